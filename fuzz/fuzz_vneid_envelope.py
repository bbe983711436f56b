"""Fuzz the envelope of VNeID sign-in: it opens or is one error, and what opens is what was sealed."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

from common import instrumented, run
from cryptography.hazmat.primitives.asymmetric import rsa

with instrumented(__name__):
    from eid.encoding import strict_json
    from eid.errors import VneidEnvelopeInvalid
    from eid.vietnam.vneid.envelope import SoftwareUnwrapper, open_code, open_json, restore_plus, seal


@functools.cache
def _unwrapper() -> SoftwareUnwrapper:
    return SoftwareUnwrapper(rsa.generate_private_key(65537, 2048))


def check(data: bytes) -> None:
    """Take *data* as data and key with a line feed between, and as what such an envelope holds."""
    first, _, second = data.decode("utf-8", "replace").partition("\n")
    for call in (open_json, open_code):
        with contextlib.suppress(VneidEnvelopeInvalid):
            call(first, second, _unwrapper())
    with contextlib.suppress(VneidEnvelopeInvalid):
        assert " " not in restore_plus(first)
    envelope = seal(data, _unwrapper().public)
    try:
        value = open_json(*envelope, _unwrapper())
    except VneidEnvelopeInvalid:
        value = None
    if value is not None:
        assert value == strict_json.loads(data, limit=len(data))
    try:
        code = open_code(*envelope, _unwrapper())
    except VneidEnvelopeInvalid:
        return
    assert code.encode() == data


def seeds() -> Iterator[bytes]:
    """A good envelope, a damaged one, JSON, a code."""
    data, key = seal(b'{"citizenPid":"001099012349","accountLevel":2}', _unwrapper().public)
    yield f"{data}\n{key}".encode()
    yield f"{data[:-24]}\n{key}".encode()
    yield f"{data.replace('+', ' ')}\n{key}".encode()
    yield b'{"citizenPid":"001099012349","accountLevel":2}'
    yield b"a-plain-code"


if __name__ == "__main__":
    run(check, seeds)
