"""Encodings: one strict, bounded TLV/DER reader and writer, and deterministic CBOR."""
