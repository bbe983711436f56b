"""The trust store on disk: the same store comes back, or none."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from eid.errors import TrustStoreDamaged, TrustStoreError
from eid.simulator.issuer import TestIssuer
from eid.trust import storage
from eid.trust.anchors import Anchor, Provenance, TrustStore
from eid.trust.certificates import Certificate
from eid.trust.crl import Crl

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=7)))
ONE, TWO = (TestIssuer.create("ecdsa-secp256r1-sha256", country=c) for c in ("UT", "XA"))
CSCA, OTHER, SIGNER = (Certificate.from_der(raw) for raw in (ONE.csca_der, TWO.csca_der, ONE.ds_der))
CRL = Crl.from_der(ONE.sign_crl({5: "key_compromise"}, this_update=NOW, next_update=None))
LISTED = Provenance(
    "liste \N{LATIN SMALL LETTER E WITH ACUTE}.ml", "MASTER_LIST", "C=UT,CN=Signer", "VERIFIED", NOW
)
STORE = TrustStore.of(
    entries=[
        Anchor(CSCA, (Provenance("a.der", "FILE"), LISTED)),
        Anchor(OTHER, (LISTED,)),
        Anchor(SIGNER, (Provenance("ds.der", "FILE"),), pinned=True),
    ],
    crls=[CRL],
    obtained_at=NOW,
    others=[Certificate.from_der(TWO.ds_der)],
)


def same(one: TrustStore, other: TrustStore) -> bool:
    def contents(store: TrustStore) -> tuple[object, ...]:
        entries = {e.certificate: (frozenset(e.provenance), e.pinned) for e in store.entries}
        return entries, set(store.crls), set(store.others), store.obtained_at

    return contents(one) == contents(other)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    file = storage.save(STORE, tmp_path / "new" / "folder")
    assert same(storage.load(tmp_path / "new" / "folder"), STORE)
    assert same(storage.load(file), STORE)
    assert storage.holds_store(file.parent)
    assert storage.load(file).age(NOW) == timedelta(0)
    assert storage.load(file).pinned(SIGNER) is not None


def test_equal_stores_give_equal_octets_however_they_were_collected() -> None:
    backwards = TrustStore.of(
        entries=[Anchor(e.certificate, e.provenance[::-1], e.pinned) for e in STORE.entries[::-1]],
        crls=STORE.crls * 2,
        obtained_at=NOW.astimezone(UTC),
        others=STORE.others,
    )
    assert storage.to_bytes(backwards) == storage.to_bytes(STORE)
    assert storage.to_bytes(storage.read(storage.to_bytes(STORE))) == storage.to_bytes(STORE)


def test_an_empty_store_is_a_store() -> None:
    assert same(storage.read(storage.to_bytes(TrustStore.of())), TrustStore.of())


def test_no_changed_octet_goes_unnoticed() -> None:
    octets = storage.to_bytes(STORE)
    for at in range(0, len(octets), 11):
        changed = bytearray(octets)
        changed[at] ^= 0x01
        with pytest.raises(TrustStoreDamaged):
            storage.read(bytes(changed))


@pytest.mark.parametrize("cut", [0, 5, 16, 20, 83, 84, 85, 200, -1])
def test_a_cut_store_is_refused(cut: int) -> None:
    with pytest.raises(TrustStoreDamaged):
        storage.read(storage.to_bytes(STORE)[:cut])


def test_octets_after_the_end_are_refused() -> None:
    with pytest.raises(TrustStoreDamaged):
        storage.read(storage.to_bytes(STORE) + b"\0")


def test_a_newer_version_is_refused_and_says_so() -> None:
    newer = storage.to_bytes(STORE).replace(b"eid trust store 1\n", b"eid trust store 2\n")
    with pytest.raises(TrustStoreDamaged, match="newer version"):
        storage.read(newer)


def resealed(**changes: object) -> bytes:
    """The store with another index and the right checksum."""
    _, _, body = storage.to_bytes(STORE).split(b"\n", 2)
    head, _, blob = body.partition(b"\n")
    index = {**json.loads(head), **changes}
    body = json.dumps(index).encode() + b"\n" + blob
    return b"eid trust store 1\n" + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


@pytest.mark.parametrize(
    "changes",
    [
        {"entries": []},
        {"entries": [[10**9, [0], 0]]},
        {"entries": [[-1, [0], 0]]},
        {"entries": [["1", [0], 0]]},
        {"entries": [[1, [0], 0]]},
        {"entries": 5},
        {"entries": [[len(CSCA.raw), [99], 0]]},
        {"sources": []},
        {"sources": [["a", "SOMETHING", None, None, None]] * 3},
        {"sources": [["a", "FILE", None, "TRUSTED", None]] * 3},
        {"sources": [[5, "FILE", None, None, None]] * 3},
        {"sources": [["a", "FILE", 5, None, None]] * 3},
        {"obtained_at": "2026-11-21"},
        {"obtained_at": "yesterday"},
        {"obtained_at": 5},
        {"crls": None},
        {"crls": []},
        {"others": {}},
    ],
)
def test_an_index_that_does_not_fit_is_refused(changes: dict[str, object]) -> None:
    assert same(storage.read(resealed()), STORE)
    with pytest.raises(TrustStoreDamaged):
        storage.read(resealed(**changes))


def test_a_deeply_nested_index_is_refused() -> None:
    body = b"[" * 100_000 + b"\n"
    octets = b"eid trust store 1\n" + hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    with pytest.raises(TrustStoreDamaged):
        storage.read(octets)


def test_a_failed_save_leaves_the_old_store_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.save(STORE, tmp_path)

    def failing(self: Path, target: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(TrustStoreError):
        storage.save(TrustStore.of(), tmp_path)
    assert same(storage.load(tmp_path), STORE)
    assert [path.name for path in tmp_path.iterdir()] == [storage.FILE_NAME]


def test_saving_where_nobody_can_write_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", "a\0b"):
        with pytest.raises(TrustStoreError):
            storage.save(STORE, folder)


def test_loading_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"junk")
    for path in (tmp_path, tmp_path / "absent", "a\0b"):
        with pytest.raises(TrustStoreError):
            storage.load(path)
    with pytest.raises(TrustStoreDamaged):
        storage.load(tmp_path / "other")


def test_limits_come_before_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.save(STORE, tmp_path)
    monkeypatch.setattr(storage, "MAX_STORE", 100)
    with pytest.raises(TrustStoreDamaged):
        storage.load(tmp_path)
    with pytest.raises(TrustStoreError):
        storage.save(STORE, tmp_path)
