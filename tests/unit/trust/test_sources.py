"""Sources of trust: whatever people have is loaded, bad entries are named, and nothing is trusted silently."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eid.errors import EidError, TrustStoreDamaged, TrustStoreError, all_errors
from eid.simulator.issuer import TestIssuer
from eid.simulator.lists import (
    deviation,
    list_signer,
    sign_deviation_list,
    sign_master_list,
    write_ldif,
)
from eid.trust import sources, storage
from eid.trust.anchors import Anchor, Provenance, TrustStore
from eid.trust.certificates import Certificate
from eid.trust.deviation_list import DEVIATION_LIST_SIGNER
from eid.trust.loaded import Loaded
from eid.trust.problems import PROBLEMS
from eid.trust.sources import load, load_trusted

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ALGORITHM = "ecdsa-secp256r1-sha256"
HOME = TestIssuer.create(ALGORITHM, country="UT")
FOREIGN = TestIssuer.create(ALGORITHM, country="XA")
SIGNER = list_signer(HOME)
LIST = sign_master_list(SIGNER, [HOME.csca_der, FOREIGN.csca_der], signing_time=NOW)
FORGED = LIST.replace(FOREIGN.csca_der, FOREIGN.csca_der[:-1] + bytes([FOREIGN.csca_der[-1] ^ 1]))
ANCHOR, OTHER = Certificate.from_der(HOME.csca_der), Certificate.from_der(FOREIGN.csca_der)
CRL = HOME.sign_crl({7: None}, this_update=NOW, next_update=NOW)


def pem(raw: bytes, label: str = "CERTIFICATE") -> bytes:
    return (
        f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(raw) + f"-----END {label}-----\n".encode()
    )


def certificates(loaded: Loaded) -> set[bytes]:
    return {entry.certificate.raw for entry in loaded.entries}


def test_every_kind_is_told_by_its_contents_alone(tmp_path: Path) -> None:
    kinds = {
        "certificate": HOME.csca_der,
        "pem": pem(FOREIGN.csca_der),
        "crl": CRL,
        "crl-pem": pem(CRL, "X509 CRL"),
        "list": LIST,
        "list-pem": pem(LIST, "CMS"),
        "ldif": write_ldif([("userCertificate;binary", HOME.ds_der)]),
    }
    for name, octets in kinds.items():
        (tmp_path / name).write_bytes(octets)
    loaded = load(tmp_path, now=NOW)
    assert certificates(loaded) == {HOME.csca_der, FOREIGN.csca_der}
    assert [crl.raw for crl in loaded.crls] == [CRL]
    assert [each.kind for each in loaded.lists] == ["LDIF", "MASTER_LIST", "MASTER_LIST"]
    assert [each.raw for each in loaded.signers] == [HOME.ds_der]
    assert loaded.problems == ()
    assert loaded.passed_over == ()
    assert len(loaded.certificates) == 3


def test_octets_are_a_source_as_well() -> None:
    assert certificates(load(HOME.csca_der, pem(FOREIGN.csca_der), now=NOW)) == {
        HOME.csca_der,
        FOREIGN.csca_der,
    }


def test_files_that_are_nothing_of_the_kind_are_named_and_passed_over(tmp_path: Path) -> None:
    for name, octets in {
        "README.md": b"# read me",
        "expected.json": b"{}",
        "empty": b"",
        "key.txt": pem(b"secret", "PRIVATE KEY"),
        "csca.der": HOME.csca_der,
    }.items():
        (tmp_path / name).write_bytes(octets)
    loaded = load(tmp_path, now=NOW)
    assert certificates(loaded) == {HOME.csca_der}
    assert loaded.problems == ()
    assert loaded.passed_over == tuple(
        str(tmp_path / n) for n in ("README.md", "empty", "expected.json", "key.txt")
    )


def test_bad_files_are_named_with_a_code_and_their_octets(tmp_path: Path) -> None:
    bad = {
        "a.der": (HOME.csca_der[:-1], "CERTIFICATE_FORMAT"),
        "b.pem": (b"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----", "CERTIFICATE_FORMAT"),
        "c.crl": (CRL.replace(b"261121", b"26112x"), "CRL_FORMAT"),
        "d.ml": (LIST[:-5], "CMS_FORMAT"),
        "e.bin": (HOME.sign_content(b"x", content_type="1.2.3"), "CMS_FORMAT"),
    }
    for name, (octets, _) in bad.items():
        (tmp_path / name).write_bytes(octets)
    (tmp_path / "good.cer").write_bytes(HOME.csca_der)
    loaded = load(tmp_path, now=NOW)
    assert certificates(loaded) == {HOME.csca_der}
    assert [problem.source for problem in loaded.problems] == list(bad)
    for problem in loaded.problems:
        assert bad[problem.source][1] == problem.code
    assert all(problem.sha256 for problem in loaded.problems if problem.source != "b.pem")


def test_one_bad_entry_never_loses_a_list() -> None:
    octets = sign_master_list(SIGNER, [b"\x30\x03\x02\x01\x05", HOME.csca_der, FOREIGN.csca_der[:-1] + b"\0"])
    loaded = load(octets, now=NOW, anchors=[ANCHOR])
    assert HOME.csca_der in certificates(loaded)
    assert [problem.code for problem in loaded.problems] == ["CERTIFICATE_FORMAT"]
    assert loaded.lists[0].certificates == 2


# --- lists and who vouches for them --------------------------------------------------------------


def test_provenance_tells_what_came_out_of_the_signature() -> None:
    for anchors, outcome in (((ANCHOR,), "VERIFIED"), ((), "UNVERIFIED"), ((OTHER,), "UNVERIFIED")):
        loaded = load(LIST, now=NOW, anchors=anchors)
        for entry in loaded.entries:
            (source,) = entry.provenance
            assert (source.kind, source.outcome, source.at) == ("MASTER_LIST", outcome, NOW)
            assert source.signer == Certificate.from_der(SIGNER.ds_der).subject_text
        assert loaded.lists[0].outcome == outcome


def test_a_forged_list_is_read_but_nothing_of_it_is_trusted() -> None:
    loaded = load(FORGED, now=NOW, anchors=[ANCHOR])
    (report,) = loaded.lists
    assert (report.outcome, report.code, report.signature) == ("FAILED", "LIST_SIGNATURE_INVALID", "INVALID")
    assert loaded.entries
    assert loaded.store().anchors == ()
    assert [problem.code for problem in loaded.problems] == ["LIST_SIGNATURE_INVALID"]


def test_a_certificate_beside_a_list_does_not_vouch_for_it(tmp_path: Path) -> None:
    (tmp_path / "list.ml").write_bytes(LIST)
    (tmp_path / "csca.der").write_bytes(HOME.csca_der)
    assert load(tmp_path, now=NOW).lists[0].outcome == "UNVERIFIED"
    assert load_trusted(tmp_path, now=NOW).lists[0].outcome == "VERIFIED"  # when the caller trusts both


def test_a_list_does_not_vouch_for_another_unless_it_is_verified() -> None:
    second = sign_master_list(list_signer(FOREIGN), [TestIssuer.create(ALGORITHM, country="XB").csca_der])
    loaded = load_trusted(LIST, second, now=NOW)
    assert [report.outcome for report in loaded.lists] == ["UNVERIFIED", "UNVERIFIED"]
    assert loaded.vouching == ()
    assert set(load_trusted(LIST, now=NOW, anchors=[ANCHOR]).vouching) == {ANCHOR, OTHER}


def test_an_unverified_store_does_not_vouch_for_lists_later(tmp_path: Path) -> None:
    storage.save(load_trusted(LIST, now=NOW).store(), tmp_path / "unverified")
    storage.save(load_trusted(HOME.csca_der, now=NOW).store(), tmp_path / "given")
    assert load_trusted(tmp_path / "unverified", LIST, now=NOW).lists[0].outcome == "UNVERIFIED"
    assert load_trusted(tmp_path / "given", LIST, now=NOW).lists[0].outcome == "VERIFIED"


def test_a_certificate_of_several_sources_is_one_entry_with_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "csca.der").write_bytes(HOME.csca_der)
    (tmp_path / "list.ml").write_bytes(LIST)
    loaded = load_trusted(tmp_path, now=NOW)
    entry = next(each for each in loaded.entries if each.certificate == ANCHOR)
    assert [(source.source, source.kind) for source in entry.provenance] == [
        ("csca.der", "FILE"),
        ("list.ml", "MASTER_LIST"),
    ]


def test_a_certificate_given_by_the_caller_stays_trusted_when_a_forged_list_holds_it_too() -> None:
    store = load_trusted(HOME.csca_der, FORGED, now=NOW).store()
    assert store.anchors == (ANCHOR,)


# --- document signers ----------------------------------------------------------------------------


def test_a_document_signer_given_by_itself_is_pinned_and_one_from_a_directory_is_not_trusted() -> None:
    given = load(HOME.ds_der, now=NOW)
    assert given.entries == (
        Anchor(Certificate.from_der(HOME.ds_der), (Provenance("octets", "FILE"),), True),
    )
    listed = load(write_ldif([("userCertificate;binary", HOME.ds_der)]), now=NOW)
    assert (listed.entries, len(listed.signers)) == ((), 1)
    store = listed.store()
    assert (store.anchors, store.pinned(Certificate.from_der(HOME.ds_der))) == ((), None)
    assert store.others == listed.signers


def test_neither_authorities_nor_signers_of_lists_are_pinned() -> None:
    loaded = load(HOME.csca_der, SIGNER.ds_der, now=NOW)
    assert [entry.pinned for entry in loaded.entries] == [False, False]


def test_a_document_signer_in_a_master_list_is_not_pinned() -> None:
    loaded = load(sign_master_list(SIGNER, [FOREIGN.ds_der]), now=NOW, anchors=[ANCHOR])
    assert [entry.pinned for entry in loaded.entries] == [False]


# --- LDIF ----------------------------------------------------------------------------------------


def test_a_directory_download_gives_lists_anchors_signers_and_revocation_lists() -> None:
    text = write_ldif(
        [
            ("pkdMasterListContent", LIST),
            ("cACertificate;binary", FOREIGN.csca_der),
            ("userCertificate;binary", HOME.ds_der),
            ("userCertificate;binary", b"junk"),
            ("certificateRevocationList;binary", CRL),
            ("CscaMasterListData", b"junk"),
        ]
    )
    loaded = load(text, now=NOW, anchors=[ANCHOR])
    master, whole = loaded.lists
    assert (master.kind, master.outcome, master.path) == ("MASTER_LIST", "VERIFIED", "octets:5")
    assert (whole.kind, whole.outcome, whole.certificates, whole.crls) == ("LDIF", None, 4, 1)
    sourced = {entry.certificate.raw: [p.kind for p in entry.provenance] for entry in loaded.entries}
    assert sourced == {HOME.csca_der: ["MASTER_LIST"], FOREIGN.csca_der: ["MASTER_LIST", "LDIF"]}
    assert [each.raw for each in loaded.signers] == [HOME.ds_der]
    assert [problem.code for problem in loaded.problems] == ["CERTIFICATE_FORMAT", "CMS_FORMAT"]
    assert all(problem.source.startswith("octets:") for problem in loaded.problems)


# --- deviation lists -----------------------------------------------------------------------------


def test_a_deviation_list_is_read_for_information() -> None:
    signer = list_signer(HOME, purpose=DEVIATION_LIST_SIGNER)
    octets = sign_deviation_list(
        signer,
        [
            deviation(kind="2.2", text="Hash of DG2", document_type="ID"),
            deviation(kind="9", text="New"),
            b"\x30\x00",
        ],
    )
    loaded = load(octets, now=NOW, anchors=[ANCHOR])
    (report,) = loaded.lists
    assert (report.kind, report.outcome, report.deviations) == ("DEVIATION_LIST", "VERIFIED", 2)
    (found,) = loaded.deviation_lists
    assert found.unreadable == 1
    told = {each.kinds: (each.descriptions, each.document_type) for each in found.deviations}
    assert told == {
        ("data_group_hash_wrong",): (("Hash of DG2",), "ID"),
        ("2.23.136.1.1.7.9",): (("New",), None),
    }
    assert loaded.entries == ()
    assert load(sign_deviation_list(SIGNER, []), now=NOW, anchors=[ANCHOR]).lists[0].outcome == "FAILED"


# --- stores, limits, failures --------------------------------------------------------------------


def test_a_store_is_a_source_by_its_folder_or_file(tmp_path: Path) -> None:
    given = load_trusted(HOME.csca_der, CRL, now=NOW).store(obtained_at=NOW)
    file = storage.save(given, tmp_path)
    for source in (tmp_path, file):
        loaded = load(source, now=NOW)
        assert loaded.entries == given.entries
        assert loaded.crls == given.crls
        assert loaded.obtained_at == NOW
        assert TrustStore.open(source).age(NOW) == NOW - NOW


def test_a_damaged_store_is_not_passed_over(tmp_path: Path) -> None:
    file = storage.save(load_trusted(HOME.csca_der, now=NOW).store(), tmp_path)
    file.write_bytes(file.read_bytes() + b"\0")
    with pytest.raises(TrustStoreDamaged):
        load(HOME.csca_der, tmp_path, now=NOW)


def test_limits_come_before_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.der").write_bytes(HOME.csca_der)
    (tmp_path / "b.der").write_bytes(FOREIGN.csca_der)
    monkeypatch.setattr(sources, "MAX_CERTIFICATES", 1)
    loaded = load(tmp_path, now=NOW)
    assert len(loaded.entries) == 1
    assert [(p.source, p.code) for p in loaded.problems] == [("b.der", "LIMIT_EXCEEDED")]
    monkeypatch.setattr(sources, "MAX_FILE", 100)
    assert [p.code for p in load(tmp_path, now=NOW).problems] == ["LIMIT_EXCEEDED"] * 2
    monkeypatch.setattr(sources, "MAX_FILES", 1)
    with pytest.raises(TrustStoreError):
        load(tmp_path, now=NOW)


def test_problems_do_not_pile_up_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_PROBLEMS", 3)
    assert len(load(pem(b"\x30\x00") * 10, now=NOW).problems) == 3


def test_a_path_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", "a\0b"):
        with pytest.raises(TrustStoreError):
            load(path, now=NOW)


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.der").write_bytes(HOME.csca_der)
    (tmp_path / "b.der").write_bytes(FOREIGN.csca_der)
    opened = Path.open

    def refusing(path: Path, mode: str) -> object:
        if path.name == "a.der":
            raise PermissionError
        return opened(path, mode)

    monkeypatch.setattr(Path, "open", refusing)
    loaded = load(tmp_path, now=NOW)
    assert certificates(loaded) == {FOREIGN.csca_der}
    assert [(p.source, p.code) for p in loaded.problems] == [("a.der", "FILE_UNREADABLE")]


def test_progress_is_told_for_every_file(tmp_path: Path) -> None:
    (tmp_path / "a.der").write_bytes(HOME.csca_der)
    (tmp_path / "b.ldif").write_bytes(write_ldif([("userCertificate", HOME.ds_der)]))
    told: list[tuple[str, int, int]] = []
    load(tmp_path, now=NOW, progress=lambda *step: told.append(step))
    assert {name for name, done, total in told if done == total > 0} == {"a.der", "b.ldif"}


def test_every_code_of_a_source_is_explained() -> None:
    explained = {*PROBLEMS, *(cls.code for cls in all_errors())}
    text = Path(sources.__file__).read_text() + Path(storage.__file__).with_name("ldif.py").read_text()
    for code in (
        "LIST_CUT_SHORT",
        "FILE_UNREADABLE",
        "LIMIT_EXCEEDED",
        "LDIF_VALUE_MALFORMED",
        "LDIF_CHANGE_RECORD",
    ):
        assert code in text
        assert code in explained


@pytest.mark.parametrize("seed", [LIST, CRL, HOME.csca_der, write_ldif([("cACertificate", HOME.csca_der)])])
def test_damage_anywhere_is_never_a_foreign_error(seed: bytes) -> None:
    for at in range(0, len(seed), max(1, len(seed) // 150)):
        for damaged in (seed[:at], seed[:at] + b"\xff" + seed[at + 1 :], seed[:at] + b"\x80" + seed[at:]):
            try:
                load(damaged, now=NOW, anchors=[ANCHOR]).store()
            except EidError:
                pytest.fail("damage in one source must be a problem, not an error")
