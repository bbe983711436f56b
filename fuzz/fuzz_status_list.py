"""Fuzz status lists, both as they come and signed over: an index has a status, or none at all."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import zlib
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.crypto.cose import KID, TAGGED, TYP, sign1
    from eid.crypto.keys import KeySet, SoftwareSigner
    from eid.encoding import strict_cbor, strict_json
    from eid.errors import EidError
    from eid.tokens.jws import sign_jws
    from eid.tokens.status.lists import (
        MAX_OCTETS,
        Form,
        StatusList,
        StatusListToken,
        read_aggregation,
        read_status_list,
        sign_status_list,
        write_aggregation,
    )

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
URI = "https://status.example/1"
_STATUSES = StatusList.of(64, bits=2, entries={1: 1, 7: 2, 63: 3})


@functools.cache
def _signer() -> SoftwareSigner:
    return SoftwareSigner.generate("Ed25519", kid="k")


def check(data: bytes) -> None:
    """Read *data* as a token, as the claims of either form, as a compressed list, as an aggregation."""
    with contextlib.suppress(EidError):
        assert _read(data).statuses == _STATUSES  # nothing else verifies
    with contextlib.suppress(EidError):
        _read(sign_jws({"typ": "statuslist+jwt"}, data, _signer()).encode())
    header = {TYP: "application/statuslist+cwt", KID: b"k"}
    with contextlib.suppress(EidError):
        _read(sign1(data, _signer(), wrapping=TAGGED, protected=header))
    for bits in (1, 2, 4, 8):
        with contextlib.suppress(EidError):
            _ask(StatusList.from_compressed(data, bits=bits))
    uris = read_aggregation(data)
    assert read_aggregation(write_aggregation(uris)) == uris


def _read(token: bytes) -> StatusListToken:
    found = read_status_list(token, uri=URI, keys=KeySet([_signer().key]), now=NOW)
    assert found.uri == URI
    assert found.issued_at <= NOW + dt.timedelta(seconds=30)
    assert found.expires_at is None or found.expires_at > NOW - dt.timedelta(seconds=31)
    assert found.ttl is None or found.ttl > dt.timedelta(0)
    repr(found)
    _ask(found.statuses)
    return found


def _ask(statuses: StatusList) -> None:
    assert statuses.size * statuses.bits <= MAX_OCTETS * 8
    for index in (0, 1, statuses.size - 1, statuses.size, 2**40, -1):
        with contextlib.suppress(EidError):
            assert 0 <= statuses[index] < 1 << statuses.bits
            assert 0 <= index < statuses.size


@functools.cache
def _seeds() -> tuple[bytes, ...]:
    seconds = int(NOW.timestamp())
    inner = {"bits": 2, "lst": _STATUSES.compressed()}
    times = {"issued_at": NOW, "expires_at": NOW + dt.timedelta(days=1), "ttl": dt.timedelta(hours=1)}
    return (
        *(sign_status_list(_STATUSES, _signer(), uri=URI, form=form, **times) for form in Form),
        strict_json.dumps(
            {"sub": URI, "iat": seconds, "exp": seconds + 9, "ttl": 60,
             "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ", "aggregation_uri": "https://status.example/all"}}
        ),
        strict_cbor.dumps({2: URI, 6: seconds, 4: seconds + 9, 65534: 60, 65533: inner}),
        strict_cbor.dumps({1: "i", 2: URI, 6: seconds + 0.5, 5: seconds, 65533: {**inner, "aggregation_uri": URI}}),
        zlib.compress(bytes(1000), 9),
        write_aggregation([URI, URI + "1"]),
    )  # fmt: skip


def seeds() -> Iterator[bytes]:
    """Both forms, claims of both, a list that compresses well, an aggregation."""
    return iter(_seeds())


if __name__ == "__main__":
    run(check, seeds)
