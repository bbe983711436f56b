"""Trust stores: opened from what people have, and never talked into an issuer."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from eid.encoding import der
from eid.encoding.tlv import parse
from eid.errors import TrustStoreError
from eid.simulator.issuer import TestIssuer
from eid.trust import anchors
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate

ONE = TestIssuer.create("ecdsa-secp256r1-sha256")
TWO = TestIssuer.create("ecdsa-secp256r1-sha256")  # the same names, other keys
OTHER = TestIssuer.create("ecdsa-secp256r1-sha256", country="XX")
CSCA_1, CSCA_2, CSCA_X = (Certificate.from_der(i.csca_der) for i in (ONE, TWO, OTHER))
DS_1 = Certificate.from_der(ONE.ds_der)


def pem(raw: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(raw) + b"-----END CERTIFICATE-----\n"


def without_extensions(raw: bytes) -> Certificate:
    tbs, algorithm, signature = parse(raw).children()
    parts = [node.raw for node in tbs.children()][:-1]
    return Certificate.from_der(der.sequence(der.sequence(*parts), algorithm.raw, signature.raw))


def test_issuers_are_found_by_key_identifier_first_then_by_name() -> None:
    store = TrustStore.of([CSCA_2, CSCA_X, CSCA_1, CSCA_1])
    assert len(store) == 3
    assert store.issuers_of(DS_1) == (CSCA_1, CSCA_2)
    assert store.issuers_of(without_extensions(ONE.ds_der)) == (CSCA_2, CSCA_1)


def test_a_certificate_in_the_store_is_not_its_own_issuer() -> None:
    assert TrustStore.of([CSCA_1]).issuers_of(CSCA_1) == ()
    assert TrustStore.of([DS_1]).issuers_of(DS_1) == ()


def test_an_empty_store_knows_nobody() -> None:
    assert TrustStore.of([]).issuers_of(DS_1) == ()


def test_an_anchor_without_a_readable_name_is_a_problem_not_a_loss() -> None:
    tbs, algorithm, signature = parse(ONE.csca_der).children()
    parts = [node.raw for node in tbs.children()]
    parts[5] = der.sequence(der.integer(1))
    odd = Certificate.from_der(der.sequence(der.sequence(*parts), algorithm.raw, signature.raw))
    store = TrustStore.of([odd, CSCA_1])
    assert store.anchors == (CSCA_1,)
    assert store.problems == ((odd.fingerprint, "ENCODING"),)
    parts[5], parts[3] = parse(ONE.csca_der).children()[0].children()[5].raw, der.sequence(der.integer(1))
    child = Certificate.from_der(der.sequence(der.sequence(*parts), algorithm.raw, signature.raw))
    assert store.issuers_of(child) == ()


def test_a_folder_is_read_with_its_subfolders_and_bad_files_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "one.der").write_bytes(ONE.csca_der)
    (tmp_path / "sub" / "bundle.txt").write_bytes(pem(TWO.csca_der) + pem(b"\x30\x00") + pem(OTHER.csca_der))
    (tmp_path / "broken.cer").write_bytes(ONE.csca_der[:-1])
    (tmp_path / "not64.pem").write_bytes(b"-----BEGIN CERTIFICATE-----A-----END CERTIFICATE-----")
    (tmp_path / "key.pem").write_bytes(b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")
    (tmp_path / "README.md").write_text("no certificate")
    store = TrustStore.open(tmp_path)
    assert set(store.anchors) == {CSCA_1, CSCA_2, CSCA_X}
    assert sorted(store.problems) == [
        ("broken.cer", "CERTIFICATE_FORMAT"),
        ("key.pem", "CERTIFICATE_FORMAT"),
        ("not64.pem", "CERTIFICATE_FORMAT"),
        (os.path.join("sub", "bundle.txt"), "CERTIFICATE_FORMAT"),
    ]
    assert repr(store) == "<TrustStore of 3 anchors, 4 problems>"


def test_single_files_of_any_name_are_read(tmp_path: Path) -> None:
    (tmp_path / "anchor").write_bytes(pem(ONE.csca_der))
    (tmp_path / "other.bin").write_bytes(TWO.csca_der)
    store = TrustStore.open(str(tmp_path / "anchor"), tmp_path / "other.bin")
    assert store.anchors == (CSCA_1, CSCA_2)


def test_a_store_that_cannot_be_opened_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "junk.der").write_bytes(b"junk")
    for path in (tmp_path / "absent", tmp_path / "empty", tmp_path / "junk.der", "a\0b"):
        with pytest.raises(TrustStoreError):
            TrustStore.open(path)
    (tmp_path / "one.der").write_bytes(ONE.csca_der)
    monkeypatch.setattr(anchors, "MAX_FILES", 1)
    with pytest.raises(TrustStoreError):
        TrustStore.open(tmp_path)


def test_files_too_large_or_unreadable_are_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.der").write_bytes(ONE.csca_der)
    (tmp_path / "huge.der").write_bytes(b"\x30" + b"\0" * 5000)
    (tmp_path / "secret.der").write_bytes(TWO.csca_der)
    read = Path.read_bytes

    def refusing(path: Path) -> bytes:
        if path.name == "secret.der":
            raise PermissionError
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refusing)
    monkeypatch.setattr(anchors, "MAX_FILE", 4000)
    store = TrustStore.open(tmp_path)
    assert store.anchors == (CSCA_1,)
    assert store.problems == (("huge.der", "LIMIT_EXCEEDED"), ("secret.der", "FILE_UNREADABLE"))


def test_every_public_country_certificate_of_the_corpus_opens(corpora: Path) -> None:
    store = TrustStore.open(corpora / "csca")
    assert len(store) == len({path.read_bytes() for path in (corpora / "csca").rglob("*.der")})
    assert store.problems == ()
