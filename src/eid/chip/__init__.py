"""Chip protocols and file reading as generators without I/O."""
