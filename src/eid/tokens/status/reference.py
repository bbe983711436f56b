"""Where the status of a token stands: the claim ``status`` with ``status_list`` in it.

Token Status List (:data:`eid.tokens.status.lists.DRAFT`), section 6: the same two members in JSON and
CBOR.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from eid.errors import ClaimInvalid, ClaimMissing

__all__ = ["MAX_INDEX", "MAX_URI", "StatusReference"]

#: Characters of the address of a list.
MAX_URI = 1024
#: The largest index any list can have (:data:`eid.tokens.status.bits.MAX_OCTETS`, one bit each).
MAX_INDEX = 2**27 - 1


@dataclass(frozen=True, slots=True)
class StatusReference:
    """One entry of one list. Together the two are as good as a serial number of the credential.

    :param uri: address of the status list token, which is also its subject.
    :param index: from 0.
    :raises ClaimInvalid: no address, or an index that no list has.
    """

    uri: str
    index: int

    def __post_init__(self) -> None:
        if type(self.index) is not int or not 0 <= self.index <= MAX_INDEX:
            raise ClaimInvalid("idx is not an index of a status list")
        if type(self.uri) is not str or not 0 < len(self.uri) <= MAX_URI or not _is_address(self.uri):
            raise ClaimInvalid("uri is not the address of a status list")

    @classmethod
    def from_claim(cls, claim: object) -> Self:
        """Read the value of the claim ``status`` of a verified token (JSON), or 65535 (CWT).

        Further members are other status mechanisms and are ignored.

        :raises ClaimMissing: it has no ``status_list``, or that no ``idx`` or ``uri``.
        :raises ClaimInvalid: of another type, or out of range.
        """
        inner = _member(claim, "status_list")
        return cls(_member(inner, "uri"), _member(inner, "idx"))

    def to_claim(self) -> dict[str, Any]:
        """The value of the claim ``status`` for a token to be issued."""
        return {"status_list": {"idx": self.index, "uri": self.uri}}


def _member(value: object, name: str) -> Any:
    if not isinstance(value, Mapping):
        raise ClaimInvalid("status is not an object, or status_list in it")
    if name not in value:
        raise ClaimMissing(f"{name} in status")
    return value[name]


def _is_address(text: str) -> bool:
    """An absolute URI (RFC 3986, 4.3) as far as it matters here: with a scheme, ASCII, no white space."""
    scheme, colon, rest = text.partition(":")
    return bool(
        colon and rest and scheme.isalnum() and text.isascii() and text.isprintable() and " " not in text
    )
