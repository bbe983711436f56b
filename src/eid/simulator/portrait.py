"""The built-in portrait: an invented face, drawn by ``tools/draw_portrait.py``. Nobody looks like this."""

from __future__ import annotations

import functools
from importlib import resources

__all__ = ["portrait"]


@functools.cache
def portrait() -> bytes:
    """The JPEG (300 x 400 pixels). It makes a DG2 of some 14,600 octets, as on a real card."""
    return resources.files("eid.simulator").joinpath("portrait.jpg").read_bytes()
