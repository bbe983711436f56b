"""How one part of the chip tells another to answer with a status word."""

from __future__ import annotations

__all__ = ["Refused"]


class Refused(Exception):  # never leaves the chip
    """The chip answers with this status word and no data."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw
