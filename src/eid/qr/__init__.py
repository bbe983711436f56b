"""Signed codes: issued, drawn, scanned, verified."""
