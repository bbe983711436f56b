"""Curves, ciphers, keys and signatures: thin, strict layers over ``cryptography``."""
