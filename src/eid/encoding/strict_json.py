"""JSON that everybody reads the same way (RFC 8259 within I-JSON, RFC 7493).

Two readers that differ about a duplicate member, a huge number or a lone surrogate can be made to see
two different tokens behind one signature. So such text is refused here.
"""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from eid.errors import EncodingError, LimitExceeded

__all__ = ["MAX_DEPTH", "dumps", "dumps_text", "loads", "loads_each", "quote"]

#: Nesting allowed unless the caller says otherwise.
MAX_DEPTH = 16
#: Integers beyond this are not the same number to every reader (RFC 7493, 2.2).
_EXACT = 2**53 - 1
_MARK = secrets.token_hex(16)
_BETWEEN = f',"{_MARK}",'.encode()
#: What is left of a text without these tells how deep it can be at most.
_NO_BRACKETS = bytes(set(range(256)) - set(b"{["))
#: Strings are passed over whole, also one that never ends, so that the time stays linear.
_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def loads(octets: bytes, *, limit: int, depth: int = MAX_DEPTH) -> Any:
    """Read one JSON value.

    :param octets: UTF-8, without byte order mark.
    :param limit: octets allowed.
    :param depth: arrays and objects that may stand inside each other.
    :raises EncodingError: with ``kind`` one of ``utf8``, ``syntax``, ``duplicate`` (a member named
        twice), ``number`` (NaN, infinite, or an integer beyond 2**53 - 1) and ``surrogate``.
    :raises LimitExceeded: longer or deeper than allowed.
    """
    if len(octets) > limit:
        raise LimitExceeded(f"more than {limit} octets of JSON")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise EncodingError("JSON that is not UTF-8", "utf8") from None
    if len(octets.translate(None, _NO_BRACKETS)) > depth and _deepest(text) > depth:
        raise LimitExceeded(f"JSON nested more than {depth} deep")
    try:
        value, end = _SCAN(text, 0)
        if end != len(text):
            value = _DECODER.decode(text)  # white space behind it, or something else
    except StopIteration:
        value = _after_white_space(text)
    except json.JSONDecodeError as error:
        raise _no_json(error) from None
    if "\\" in text and "\\u" in text:
        _require_unicode(value)
    return value


def loads_each(parts: Sequence[bytes], *, limit: int, depth: int = MAX_DEPTH) -> list[Any]:
    """Read several JSON values, each as :func:`loads` would read it. All in one go: that is faster.

    :param parts: each one JSON value.
    :param limit: octets allowed, of all together.
    :raises EncodingError: as for :func:`loads`.
    :raises LimitExceeded: as for :func:`loads`.
    """
    if not parts:
        return []
    octets = b"[" + _BETWEEN.join(parts) + b"]"
    if len(octets) > limit:
        raise LimitExceeded(f"more than {limit} octets of JSON")
    try:
        text = octets.decode("utf-8")
        if len(octets.translate(None, _NO_BRACKETS)) > depth + 1 and _deepest(text) > depth + 1:
            raise LimitExceeded(f"JSON nested more than {depth} deep")
        whole, end = _SCAN(text, 0)
    except UnicodeDecodeError:
        raise EncodingError("JSON that is not UTF-8", "utf8") from None
    except (StopIteration, json.JSONDecodeError):
        raise EncodingError("no JSON", "syntax") from None
    # The mark is a secret of this process, so no part holds it. Where one stands between two values each
    # time, no part was more than one value, and no bracket of one was closed in another.
    count = len(parts)
    if end != len(text) or len(whole) != 2 * count - 1 or whole[1::2].count(_MARK) != count - 1:
        raise EncodingError("not one JSON value each", "syntax")
    if "\\" in text and "\\u" in text:
        _require_unicode(whole)
    values: list[Any] = whole[::2]
    return values


#: What :func:`dumps_text` makes of a text.
quote: Callable[[str], str] = json.encoder.encode_basestring


def dumps(value: object) -> bytes:
    """*value* as compact UTF-8 JSON, members in the order given.

    :raises EncodingError: NaN, an infinite number, a lone surrogate, or something that JSON has no form for.
    """
    try:
        return dumps_text(value).encode("utf-8")
    except UnicodeEncodeError:
        raise EncodingError("half of a surrogate pair", "surrogate") from None


def dumps_text(value: object) -> str:
    """*value* as :func:`dumps` writes it, but not yet in octets: a lone surrogate goes through.

    :raises EncodingError: otherwise as for :func:`dumps`.
    """
    if type(value) is str:
        return quote(value)
    try:
        return _WRITE(value)
    except (ValueError, TypeError, RecursionError):
        raise EncodingError("a value that JSON cannot carry", "number") from None


def _after_white_space(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _no_json(error) from None


def _no_json(error: json.JSONDecodeError) -> EncodingError:
    return EncodingError(f"no JSON at character {error.pos}", "syntax")


def _deepest(text: str) -> int:
    deepest = now = 0
    for match in _BRACKETS.finditer(text):
        first = match[0][0]
        if first in "{[":
            now += 1
            deepest = max(deepest, now)
        elif first in "}]":
            now -= 1
    return deepest


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise EncodingError("a JSON object names a member twice", "duplicate")
    return members


def _integer(digits: str) -> int:
    if len(digits) < 16:
        return int(digits)
    if len(digits) > 17 or not -_EXACT <= (value := int(digits)) <= _EXACT:
        raise EncodingError("an integer that not every reader holds exactly", "number")
    return value


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise EncodingError("a number beyond all bounds", "number")
    return value


def _constant(name: str) -> float:
    raise EncodingError(f"{name} is no JSON", "number")


def _require_unicode(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise EncodingError("half of a surrogate pair", "surrogate") from None


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)
#: What ``decode`` does, without looking for white space first.
_SCAN: Callable[[str, int], tuple[Any, int]] = _DECODER.scan_once  # type: ignore[attr-defined]
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _writer() -> Callable[[object], str]:
    """What ``_ENCODER.encode`` does. That makes its inner encoder anew for every value, which takes longer
    than writing a small one; here it is made once. Nothing looks for circles: they end too deep, which is
    an error as well.
    """
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # a Python without it
        return _ENCODER.encode
    write = make(None, _ENCODER.default, quote, None, ":", ",", False, False, False)
    return lambda value: "".join(write(value, 0))


_WRITE = _writer()
