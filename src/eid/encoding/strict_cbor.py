"""CBOR (RFC 8949) of tokens and QR codes: one reading for every octet string, or none.

``cbor2`` decodes, with everything switched off that makes objects of what it reads; whatever comes out
is looked at once more. Nothing here knows what the items mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

import cbor2

from eid.errors import EncodingError, LimitExceeded

__all__ = ["MAX_DEPTH", "MAX_ITEMS", "Tagged", "dumps", "loads"]

#: Arrays, maps and tags inside each other. A QR credential has three.
MAX_DEPTH = 8
#: Data items. A vaccination certificate has about fifty.
MAX_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class Tagged:
    """An item with a tag that the caller allowed, uninterpreted (RFC 8949, 3.4)."""

    number: int
    value: Any


def loads(
    octets: bytes,
    *,
    limit: int,
    depth: int = MAX_DEPTH,
    floats: bool = False,
    tags: frozenset[int] = frozenset(),
) -> Any:
    """The one data item that *octets* are, made of int, bytes, str, list, dict, bool and ``None``.

    Integers are those of major types 0 and 1 (64 bits and a sign), keys of maps int or str.

    :param limit: octets allowed.
    :param depth: arrays, maps and tags inside each other, at most :data:`MAX_DEPTH`.
    :param floats: also finite floating-point numbers.
    :param tags: also items with these tags, as :class:`Tagged`.
    :raises EncodingError: malformed, cut off, octets after the end (kind ``trailing``), a key twice in
        one map (``duplicate``), an indefinite length, invalid UTF-8, or an item of another kind
        (``kind``): tags, simple values, floats.
    :raises LimitExceeded: longer than *limit*, deeper than *depth*, or more than :data:`MAX_ITEMS`.
    """
    if len(octets) > limit:
        raise LimitExceeded(f"more than {limit} octets of CBOR")
    if len(octets) > MAX_ITEMS:  # else there cannot be more items than that
        _count(octets)
    source = BytesIO(octets)
    try:
        decoder = cbor2.CBORDecoder(
            source,
            semantic_decoders=_decoders(tags),
            max_depth=depth,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
        value = decoder.decode()
    except cbor2.CBORDecodeError as error:
        raise _translated(error) from None
    if source.tell() != len(octets):
        raise EncodingError("octets after the end", "trailing")
    if value.__class__ not in _PLAIN:
        _require(value, floats)
    return value


def dumps(value: object) -> bytes:
    """*value* in its one encoding: shortest forms, keys in length-first order (RFC 8949, 4.2.3).

    :param value: of what :func:`loads` returns.
    :raises EncodingError: of anything else (kind ``kind``).
    """
    try:
        return cbor2.dumps(value, canonical=True, default=_encode_tagged)
    except (cbor2.CBOREncodeError, UnicodeEncodeError):  # the latter: half of a surrogate pair
        raise EncodingError("a value that has no place in CBOR here", "kind") from None


def _encode_tagged(encoder: cbor2.CBOREncoder, value: object) -> None:
    if not isinstance(value, Tagged):
        raise cbor2.CBOREncodeError
    encoder.encode(cbor2.CBORTag(value.number, value.value))


_PLAIN = frozenset({int, str, bytes, bool, type(None)})


def _require(value: Any, floats: bool) -> None:
    """Let pass only the classes that :func:`loads` promises."""
    kind = value.__class__
    if kind is dict:
        for key, item in value.items():
            if key.__class__ is not int and key.__class__ is not str:
                raise EncodingError("a map with a key that is neither a number nor text", "kind")
            if item.__class__ not in _PLAIN:
                _require(item, floats)
    elif kind is list:
        for item in value:
            if item.__class__ not in _PLAIN:
                _require(item, floats)
    elif kind is Tagged:
        if value.value.__class__ not in _PLAIN:
            _require(value.value, floats)
    elif kind is float and floats:
        if not math.isfinite(value):
            raise EncodingError("an infinite number, or none", "number")
    else:
        raise EncodingError("an item that has no place here", "kind")


class _Decoders(dict[int, Callable[[Any, bool], Any]]):
    """What ``cbor2`` does with each tag: refuse, also those that it would make an object of."""

    def __missing__(self, number: int) -> Callable[[Any, bool], Any]:
        return _refuse_tag


def _refuse_tag(value: object, immutable: bool) -> Any:
    raise cbor2.CBORDecodeError(_TAG)


@lru_cache(maxsize=32)
def _decoders(tags: frozenset[int]) -> _Decoders:
    def keep(number: int) -> Callable[[Any, bool], Any]:
        return lambda value, immutable: Tagged(number, value)

    return _Decoders({number: keep(number) for number in tags})


_TAG = "a tag that has no place here"
#: What cbor2 says (there are no classes for it), and our kind of error.
_KINDS = ((_TAG, "kind"), ("Duplicate map key", "duplicate"), ("indefinite", "indefinite"))


def _translated(error: cbor2.CBORDecodeError) -> EncodingError | LimitExceeded:
    text = str(error)
    if "depth" in text:
        return LimitExceeded("arrays, maps or tags too deep inside each other")
    if isinstance(error, cbor2.CBORDecodeEOF):
        return EncodingError("cut off", "truncated")
    if isinstance(error.__cause__, UnicodeDecodeError):
        return EncodingError("text that is not UTF-8", "utf8")
    return EncodingError(
        "not CBOR of the kind used here", next((k for t, k in _KINDS if t in text), "malformed")
    )


def _count(octets: bytes) -> None:
    """Count heads of items, without looking at what is in them."""
    at, items, end = 0, 0, len(octets)
    while at < end:
        items += 1
        if items > MAX_ITEMS:
            raise LimitExceeded(f"more than {MAX_ITEMS} items of CBOR")
        major, argument = octets[at] >> 5, octets[at] & 0x1F
        at += 1
        if 24 <= argument <= 27:
            size = 1 << (argument - 24)
            argument = int.from_bytes(octets[at : at + size], "big")
            at += size
        if major in (2, 3):
            at += argument
