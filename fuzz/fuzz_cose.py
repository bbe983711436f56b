"""Fuzz CBOR, COSE_Sign1 and CWT: read again it is the same, and only what was signed verifies."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.crypto.cose import (
        CWT_TAGGED,
        KID,
        TAGGED,
        UNTAGGED,
        X5CHAIN,
        kid_text,
        parse_sign1,
        parse_sign1_without_header_placement,
        sign1,
        verify_sign1,
    )
    from eid.crypto.keys import SoftwareSigner
    from eid.encoding import strict_cbor
    from eid.errors import EidError
    from eid.tokens.cwt import check_times, read_cwt

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
_WRAPPINGS = frozenset({UNTAGGED, TAGGED, CWT_TAGGED})
_PLAIN = (int, str, bytes, bool, type(None), list, dict, float, strict_cbor.Tagged)


@functools.cache
def _signer() -> SoftwareSigner:
    return SoftwareSigner.generate("Ed25519", kid="k")


def check(data: bytes) -> None:
    """Read *data* as CBOR, as the claims of a CWT, as a message under either rule for headers."""
    with contextlib.suppress(EidError):
        value = strict_cbor.loads(data, limit=1 << 16, floats=True, tags=frozenset({1, 18}))
        _require_plain(value)
        assert (
            strict_cbor.loads(strict_cbor.dumps(value), limit=1 << 17, floats=True, tags=frozenset({1, 18}))
            == value
        )
    with contextlib.suppress(EidError):
        cwt = read_cwt(data, limit=1 << 16)
        repr(cwt)
        with contextlib.suppress(EidError):
            check_times(cwt, now=NOW)
        with contextlib.suppress(EidError):
            assert cwt.status is None or cwt.status.index >= 0
    for parse in (parse_sign1, parse_sign1_without_header_placement):
        with contextlib.suppress(EidError):
            message = parse(data, wrappings=_WRAPPINGS, limit=1 << 16)
            repr(message)
            assert all(isinstance(der, bytes) for der in message.x5chain)
            assert message.kid is None or kid_text(message.kid)
            verify_sign1(message, _signer().key)
            assert message.payload == _claims()  # nothing else verifies


def _require_plain(value: object) -> None:
    assert type(value) in _PLAIN
    if isinstance(value, strict_cbor.Tagged):
        _require_plain(value.value)
    for inner in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        _require_plain(inner)


@functools.cache
def _claims() -> bytes:
    reference = {"status_list": {"idx": 5, "uri": "https://status.example/1"}}
    return strict_cbor.dumps(
        {1: "i", 2: "s", 3: ["a"], 4: 2**31, 5: 1.5, 6: 1, 7: b"c", 65535: reference, -70001: 2}
    )


@functools.cache
def _seeds() -> tuple[bytes, ...]:
    headers = {KID: b"k", 3: 60, 16: "application/cwt", 2: [1, 4], X5CHAIN: [b"0", b"1"], 34: [-16, b"h"]}
    return (
        sign1(_claims(), _signer(), wrapping=UNTAGGED),
        sign1(_claims(), _signer(), wrapping=TAGGED, protected=headers),
        sign1(
            _claims(),
            _signer(),
            wrapping=CWT_TAGGED,
            unprotected={KID: b"k", X5CHAIN: b"0", 99: [None, True]},
        ),
        b"\xd2\x84\x41\xa0\xa1\x01\x26\xf6\x40",
        _claims(),
        bytes.fromhex("a201fb3ff800000000000002f93c00"),
        bytes.fromhex("d28343010203a1613163c3a9780382f5f6"),
    )


def seeds() -> Iterator[bytes]:
    """Messages in each wrapping, with all headers, detached; claims; numbers of all sizes."""
    return iter(_seeds())


if __name__ == "__main__":
    run(check, seeds)
