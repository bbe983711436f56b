"""Fuzz the vault file: one that is read is written as the same vault, and shows nothing of its keys."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.accounts.stores.vault import Vault, WrappingKeys
    from eid.errors import AccountDataDamaged, VaultFileError, VaultKeyMissing

_SAME = b"\x2a" * 32


@functools.cache
def _vault() -> Vault:
    keys = WrappingKeys({"00000001": bytes(32), "00000002": _SAME}, "00000002")
    return Vault(bytes(range(32)), keys)


def check(data: bytes) -> None:
    """Read *data* as a vault file, as a wrapped key and as something sealed."""
    with contextlib.suppress(AccountDataDamaged, VaultKeyMissing):
        _vault().key("a-1", data)
        raise AssertionError("a key that nobody wrapped")
    key, _ = _vault().new_key("a-1")
    with contextlib.suppress(AccountDataDamaged):
        key.open(data, kind="event", place=1)
        raise AssertionError("what nobody sealed opens")
    with contextlib.suppress(VaultFileError):
        vault = Vault.from_bytes(data)
        again = Vault.from_bytes(vault.to_bytes())
        assert again == vault
        assert vault.index_key.hex() not in repr(vault)
        key, wrapped = vault.new_key("a-1")
        sealed = key.seal(b"x", kind="event", place=1)
        assert again.key("a-1", wrapped).open(sealed, kind="event", place=1) == b"x"


def seeds() -> Iterator[bytes]:
    """Vaults, whole and with odd members."""
    whole = _vault().to_bytes()
    yield whole
    document = json.loads(whole)
    yield json.dumps({**document, "current": "00000001"}).encode()
    yield json.dumps({**document, "version": 2}).encode()
    yield json.dumps({**document, "wrapping_keys": {}}).encode()
    # Sealed with other randomness than here, so of no use as they are, but of the right form.
    key, _ = _vault().new_key("a-1")
    yield key.seal(b"x", kind="event", place=1)
    yield bytes.fromhex("00000002") + bytes(60)


if __name__ == "__main__":
    run(check, seeds)
