"""Trust stores: opened from what people have, and never talked into an issuer."""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import InputError, TrustStoreError
from eid.simulator.issuer import TestIssuer
from eid.trust import sources
from eid.trust.anchors import MAX_CANDIDATES, MAX_TRIALS, Anchor, Provenance, TrustStore
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
    assert TrustStore.of(others=[odd, CSCA_1]).others == (CSCA_1,)
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
    monkeypatch.setattr(sources, "MAX_FILES", 1)
    with pytest.raises(TrustStoreError):
        TrustStore.open(tmp_path)


def test_files_too_large_or_unreadable_are_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.der").write_bytes(ONE.csca_der)
    (tmp_path / "huge.der").write_bytes(b"\x30" + b"\0" * 5000)
    (tmp_path / "secret.der").write_bytes(TWO.csca_der)
    opened = Path.open

    def refusing(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == "secret.der":
            raise PermissionError
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refusing)
    monkeypatch.setattr(sources, "MAX_FILE", 4000)
    store = TrustStore.open(tmp_path)
    assert store.anchors == (CSCA_1,)
    assert store.problems == (("huge.der", "LIMIT_EXCEEDED"), ("secret.der", "FILE_UNREADABLE"))


def test_every_public_country_certificate_of_the_corpus_opens(corpora: Path) -> None:
    store = TrustStore.open(corpora / "csca")
    assert len(store) == len({path.read_bytes() for path in (corpora / "csca").rglob("*.der")})
    assert store.problems == ()


# --- what a store knows about its certificates ---------------------------------------------------

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FORGED = Provenance("forged.ml", "MASTER_LIST", "CN=Nobody", "FAILED", NOW)
LIST = Provenance("list.ml", "MASTER_LIST", "CN=List signer", "VERIFIED", NOW)
UNSIGNED = Provenance("unknown.ml", "MASTER_LIST", None, "UNVERIFIED")


def test_a_certificate_from_several_sources_is_one_entry_that_knows_them_all() -> None:
    store = TrustStore.of([CSCA_2], entries=[Anchor(CSCA_1, (LIST,)), Anchor(CSCA_1, (UNSIGNED, LIST))])
    assert [entry.certificate for entry in store.entries] == [CSCA_2, CSCA_1]
    entry = store.entry(CSCA_1)
    assert entry is not None
    assert entry.provenance == (LIST, UNSIGNED)
    assert store.entry(CSCA_X) is None


def test_certificates_of_forged_lists_are_known_but_no_anchors() -> None:
    store = TrustStore.of(entries=[Anchor(CSCA_1, (FORGED,)), Anchor(CSCA_2, (FORGED, LIST))])
    assert store.anchors == (CSCA_2,)
    assert CSCA_1 not in store.issuers_of(DS_1)
    assert CSCA_1 in store.intermediates_of(DS_1)
    assert store.country("UT") == (CSCA_2,)


def test_a_forged_list_takes_nothing_away_from_what_the_caller_gave() -> None:
    for store in (
        TrustStore.of([CSCA_1], entries=[Anchor(CSCA_1, (FORGED,))]),
        TrustStore.of(entries=[Anchor(CSCA_1, (FORGED,)), Anchor(CSCA_1)]),
    ):
        assert store.anchors == (CSCA_1,)
        assert store.issuers_of(DS_1) == (CSCA_1,)


def test_a_pinned_document_signer_vouches_for_itself_and_for_nobody_else() -> None:
    store = TrustStore.of([CSCA_2], entries=[Anchor(DS_1, pinned=True), Anchor(CSCA_1, pinned=True)])
    found = store.pinned(DS_1)
    assert found is not None
    assert found.certificate == DS_1
    assert store.pinned(CSCA_2) is None
    assert store.anchors == (CSCA_2,)
    assert CSCA_1 not in store.issuers_of(DS_1)
    assert CSCA_1 not in store.intermediates_of(DS_1)
    assert TrustStore.of(entries=[Anchor(DS_1, (FORGED,), pinned=True)]).pinned(DS_1) is None
    for entries in ([Anchor(DS_1, pinned=True), Anchor(DS_1)], [Anchor(DS_1), Anchor(DS_1, pinned=True)]):
        assert TrustStore.of(entries=entries).pinned(DS_1) is not None


def test_certificates_of_others_help_to_find_a_signer_and_are_trusted_by_nobody() -> None:
    store = TrustStore.of([CSCA_2], others=[DS_1, CSCA_1, CSCA_2])
    assert store.others == (DS_1, CSCA_1)
    assert store.anchors == (CSCA_2,)
    assert store.issuers_of(DS_1) == (CSCA_2,)
    assert store.intermediates_of(DS_1) == (CSCA_1,)
    assert store.signers(serial=DS_1.serial_octets)[-1] == DS_1
    assert store.signers(key_identifier=DS_1.ski) == (DS_1,)
    assert store.signers(key_identifier=b"?") == store.signers(serial=b"?") == ()


def test_anchors_are_listed_by_country_however_it_is_written() -> None:
    store = TrustStore.of([CSCA_1, CSCA_X, CSCA_2])
    assert store.countries == ("UT", "XX")
    assert store.country("ut") == (CSCA_1, CSCA_2)
    assert store.country("VN") == ()


def renamed(raw: bytes, number: int, common_name: str) -> Certificate:
    """The certificate with another issuer (3) or subject (5), signature now wrong; no extensions."""
    tbs, algorithm, signature = parse(raw).children()
    parts = [node.raw for node in tbs.children()][:-1]
    attributes = [("2.5.4.6", "UT"), ("2.5.4.3", common_name)]
    parts[number] = der.sequence(
        *(der.set_of([der.sequence(der.oid(o), tlv(der.UTF8_STRING, t.encode()))]) for o, t in attributes)
    )
    return Certificate.from_der(der.sequence(der.sequence(*parts), algorithm.raw, signature.raw))


def test_without_key_identifier_and_name_some_anchors_of_the_country_are_tried() -> None:
    lost = renamed(ONE.ds_der, 3, "Nobody")
    assert TrustStore.of([CSCA_X, CSCA_1]).issuers_of(lost) == (CSCA_1,)
    crowd = [renamed(ONE.csca_der, 5, f"CSCA {number}") for number in range(2 * MAX_TRIALS)]
    forged = [Anchor(renamed(TWO.csca_der, 5, f"Forged {number}"), (FORGED,)) for number in range(40)]
    assert len(TrustStore.of(crowd).issuers_of(lost)) == MAX_TRIALS
    # Certificates that nobody trusts do not use up the trials.
    store = TrustStore.of(entries=[*forged, Anchor(CSCA_1)], others=crowd)
    assert store.issuers_of(lost) == (CSCA_1,)


def test_candidates_are_bounded_however_many_bear_the_name() -> None:
    crowd = []
    for number in range(MAX_CANDIDATES + 5):
        tbs, algorithm, signature = parse(ONE.csca_der).children()
        parts = [node.raw for node in tbs.children()]
        parts[1] = der.integer(number + 1000)
        crowd.append(Certificate.from_der(der.sequence(der.sequence(*parts), algorithm.raw, signature.raw)))
    assert len(TrustStore.of(crowd).issuers_of(DS_1)) == MAX_CANDIDATES
    assert len(TrustStore.of(others=crowd).intermediates_of(DS_1)) == MAX_CANDIDATES
    assert TrustStore.of([*crowd, CSCA_X]).country("XX") == (CSCA_X,)


def test_the_age_of_a_store_is_told_when_it_is_known() -> None:
    store = TrustStore.of([CSCA_1], obtained_at=NOW)
    assert store.age(NOW + timedelta(days=3)) == timedelta(days=3)
    assert store.age(NOW - timedelta(days=1)) == timedelta(days=-1)
    assert TrustStore.of([CSCA_1]).age(NOW) is None
    with pytest.raises(InputError):
        TrustStore.of([CSCA_1], obtained_at=datetime(2026, 3, 1))


class FakeCrl:
    """What a store looks at."""

    def __init__(self, issuer: bytes, aki: bytes | None = None) -> None:
        self.issuer, self.aki = issuer, aki


def test_revocation_lists_are_found_by_issuer_or_key() -> None:
    by_name, by_key, other = FakeCrl(CSCA_1.subject), FakeCrl(b"\x30\0", CSCA_1.ski), FakeCrl(b"junk")
    store = TrustStore.of([CSCA_1], crls=[by_name, other]).with_crls([by_key])  # type: ignore[list-item]
    assert store.crls == (by_name, other, by_key)
    assert store.crls_for(CSCA_1) == (by_name, by_key)
    both = FakeCrl(CSCA_1.subject, CSCA_1.ski)
    assert TrustStore.of(crls=[both]).crls_for(CSCA_1) == (both,)  # type: ignore[list-item]
    assert store.crls_for(CSCA_2) == (by_name,)
    assert store.crls_for(CSCA_X) == ()


def test_an_opened_store_knows_its_files(tmp_path: Path) -> None:
    (tmp_path / "one.der").write_bytes(ONE.csca_der)
    (entry,) = TrustStore.open(tmp_path, now=NOW).entries
    assert entry.provenance == (Provenance("one.der", "FILE"),)
