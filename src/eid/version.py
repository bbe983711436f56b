"""The version of the library, apart from the front door, so that every floor can state it."""

from __future__ import annotations

__all__ = ["VERSION"]

VERSION = "0.1.0.dev0"
