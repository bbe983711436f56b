"""Fuzz answers of time-stamping authorities: only a token with a good signature says anything."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from lists import NOW

    from eid.encoding import der
    from eid.encoding.tlv import tlv
    from eid.errors import EidError
    from eid.simulator.timestamps import TestTimestampAuthority
    from eid.trust.anchors import TrustStore
    from eid.trust.certificates import Certificate
    from eid.trust.timestamps import (
        Timestamp,
        request_timestamp,
        token_of_response,
        verify_timestamp,
    )

_MESSAGE = b"the signature of a record"


@functools.cache
def _authority() -> TestTimestampAuthority:
    return TestTimestampAuthority.create(clock=lambda: NOW)


@functools.cache
def _roots() -> TrustStore:
    return TrustStore.of([Certificate.from_der(_authority().root_der)])


@functools.cache
def _response() -> bytes:
    return _authority().respond(request_timestamp(_MESSAGE, nonce=7))


@functools.cache
def _said() -> Timestamp:
    return verify_timestamp(token_of_response(_response()), _MESSAGE, authorities=_roots())


def check(data: bytes) -> None:
    """Read *data* as a token, and as a response with one in it."""
    tokens = [data]
    with contextlib.suppress(EidError):
        tokens.append(token_of_response(data))
    for token in tokens:
        with contextlib.suppress(EidError):
            assert verify_timestamp(token, _MESSAGE, authorities=_roots(), nonce=7) == _said()


def seeds() -> Iterator[bytes]:
    """A response, its token, a refusal."""
    yield _response()
    yield token_of_response(_response())
    yield der.sequence(der.sequence(der.integer(2), tlv(der.BIT_STRING, b"\7\x80")))


if __name__ == "__main__":
    run(check, seeds)
