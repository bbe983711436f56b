from __future__ import annotations

import base64
import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from eid.chip.access import Can
from eid.chip.reading import read, utc_now
from eid.document.evidence import Evidence
from eid.simulator.chip import Chip
from eid.simulator.issuer import TestIssuer
from eid.simulator.personalise import personalise
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate
from eid.verification.policy import Policy
from eid.verification.verify import verify
from eid.vietnam.profile import CITIZEN_CARD

CHALLENGE = "0123456789abcdef"


def outcomes(document: dict) -> dict[str, tuple[str, str | None]]:
    return {
        name: (document[name]["outcome"], document[name]["code"])
        for name in ("authentic", "chip_genuine", "still_valid", "holder")
    }


def test_file_folder_and_reading_process_agree(run, sample, evidence_file, folder, anchor) -> None:
    evidence = read(Chip(sample), Can("012349"), profile=CITIZEN_CARD)
    trust = TrustStore.open(anchor)
    report = verify(evidence, trust=trust, policy=Policy.counter(), profile=CITIZEN_CARD, now=utc_now())
    in_process = report.to_json(show_person=True)
    options = ("--trust", anchor, "--show-person", "--json")
    from_file = run("verify", evidence_file, *options)
    from_folder = run("verify", folder, "--profile", "vietnam", *options)
    assert (from_file.code, from_folder.code) == (0, 0)
    for done in (from_file, from_folder):
        assert done.json["person"] == in_process["person"] == {
            "number": "001099012349", "name": "Nguyễn Đức Ánh", "birth_date": "1999-07-04",
        }  # fmt: skip
        assert done.json["document"] == in_process["document"]
        assert outcomes(done.json)["authentic"] == outcomes(in_process)["authentic"] == ("PASSED", None)
        assert outcomes(done.json)["still_valid"] == outcomes(in_process)["still_valid"]
    assert outcomes(in_process)["chip_genuine"] == ("PASSED", None)
    assert outcomes(from_folder.json)["chip_genuine"] == ("NOT_CHECKED", None)


def test_stored_chip_passes_only_with_the_challenge_that_was_used(run, evidence_file, anchor) -> None:
    options = ("verify", evidence_file, "--trust", anchor, "--json")
    right = run(*options, "--challenge", CHALLENGE.upper())
    assert (right.code, outcomes(right.json)["chip_genuine"]) == (0, ("PASSED", None))
    wrong = run(*options, "--challenge", "00" * 8)
    assert (wrong.code, outcomes(wrong.json)["chip_genuine"]) == (1, ("FAILED", "CHALLENGE_MISMATCH"))
    none = run(*options)
    assert (none.code, outcomes(none.json)["chip_genuine"]) == (0, ("UNDECIDED", "CHALLENGE_NOT_GIVEN"))
    required = run(*options, "--require", "chip_genuine")
    assert required.code == 3


def test_chip_authentication_alone_is_terminal_only(run, description, serving, anchor, tmp_path) -> None:
    without_aa = {**description, "keys": {**description["keys"], "active_authentication": None}}
    without_aa["com"] = ["DG1", "DG2", "DG3", "DG13", "DG14"]
    path = tmp_path / "ca.eid"
    with serving(personalise(without_aa)) as where:
        assert run("read", "--connect", where, "--can", "012349", "--out", path).code == 0
    done = run("verify", path, "--trust", anchor, "--json")
    assert outcomes(done.json)["chip_genuine"] == ("UNDECIDED", "TERMINAL_ONLY")
    assert run("verify", path, "--trust", anchor, "--challenge", CHALLENGE).code == 3


def test_without_trust_the_issuer_is_unknown(run, evidence_file) -> None:
    done = run("verify", evidence_file, "--json")
    assert done.code == 3
    assert done.json["verdict"] == "UNDECIDED"
    assert outcomes(done.json)["authentic"] == ("UNDECIDED", "UNKNOWN_ISSUER")


def test_altered_octet_ends_with_one_and_names_nobody(run, folder, anchor) -> None:
    octets = bytearray((folder / "DG2").read_bytes())
    octets[-1] ^= 1
    (folder / "DG2").write_bytes(octets)
    done = run("verify", folder, "--trust", anchor, "--show-person", "--json")
    assert done.code == 1
    assert outcomes(done.json)["authentic"] == ("FAILED", "DATA_GROUP_ALTERED")
    assert done.json["person"] is None
    human = run("verify", folder, "--trust", anchor, "--show-person")
    assert "DATA_GROUP_ALTERED" in human.out
    assert "001099012349" not in human.out


def test_expired_at_a_later_time(run, evidence_file, anchor) -> None:
    options = ("verify", evidence_file, "--trust", anchor, "--json", "--at")
    assert run(*options, "2039-07-04").code == 0
    for moment in ("2039-07-05", "2039-07-05T00:00:00+00:00", "20390705T000001Z"):
        late = run(*options, moment)
        assert (late.code, outcomes(late.json)["still_valid"]) == (1, ("FAILED", "EXPIRED"))


def test_requirements_that_nobody_answered_are_undecided(run, evidence_file, anchor) -> None:
    options = ("verify", evidence_file, "--trust", anchor)
    assert run(*options, "--require", "still_valid,holder").code == 3
    assert run(*options, "--require", "holder").code == 3
    assert run(*options, "--require", "authentic").code == 0


def test_person_is_masked_unless_asked(run, evidence_file, anchor) -> None:
    masked = run("verify", evidence_file, "--trust", anchor, "--json")
    assert masked.json["person"] == {"number": "0010******49"}
    human = run("verify", evidence_file, "--trust", anchor)
    for secret in ("001099012349", "Ánh", "NGUYEN", "1999-07-04", "Tưởng Tượng", "012349"):
        assert secret not in masked.out + human.out + human.err
    assert "0010******49" in human.out
    shown = run("verify", evidence_file, "--trust", anchor, "--show-person")
    assert "Nguyễn Đức Ánh" in shown.out


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("chip genuine", "PASSED", "The chip answered a question", "Verdict: PASSED")),
    ("vi", ("chip thật", "ĐẠT", "Chip đã trả lời một câu hỏi", "Kết luận: ĐẠT")),
])  # fmt: skip
def test_codes_are_explained_in_the_language_chosen(run, evidence_file, anchor, language, words) -> None:
    done = run("verify", evidence_file, "--trust", anchor, "--lang", language)
    for word in words:
        assert word in done.out


# --- what is given ---------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["EF_{}.bin", "ef.{}", "{}.BIN", "EF-{}"])
def test_other_spellings_of_file_names(run, folder, anchor, tmp_path, spelling: str) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for file in folder.iterdir():
        shutil.copy(file, other / spelling.format(file.name.removeprefix("EF.")))
    (other / "README.md").write_text("not a file of the card")
    done = run("verify", other, "--trust", anchor, "--json")
    assert done.code == 0
    names = {check["name"] for check in done.json["authentic"]["checks"]}
    assert {"hash_DG1", "hash_DG2", "hash_DG13", "hash_DG14", "hash_DG15", "card_access"} <= names


def test_same_file_under_two_names_is_refused(run, folder) -> None:
    shutil.copy(folder / "DG1", folder / "ef_dg1.bin")
    done = run("verify", folder, "--json")
    assert (done.code, done.json["error"]["code"]) == (4, "FILE_TWICE")
    assert "DG1" in done.json["error"]["message"]


def test_lone_security_object_is_verified_as_far_as_it_goes(run, folder, anchor) -> None:
    for name in ("EF.SOD", "whatever"):
        if name != "EF.SOD":
            shutil.copy(folder / "EF.SOD", folder / name)
        done = run("verify", folder / name, "--trust", anchor, "--json")
        assert (done.code, done.json["authentic"]["code"]) == (3, "DATA_GROUPS_MISSING")
        passed = {c["name"] for c in done.json["authentic"]["checks"] if c["outcome"] == "PASSED"}
        assert {"sod_structure", "sod_signature", "certificate_chain"} <= passed


def test_folder_without_security_object_is_undecided(run, folder, tmp_path) -> None:
    (folder / "EF.SOD").unlink()
    empty = tmp_path / "empty"
    empty.mkdir()
    for path in (folder, empty):
        done = run("verify", path, "--json")
        assert (done.code, done.json["authentic"]["code"]) == (3, "SOD_MISSING")


def test_truncated_evidence_is_an_unreadable_file(run, evidence_file) -> None:
    whole = evidence_file.read_bytes()
    for length in (0, 1, 2, 100, len(whole) // 2, len(whole) - 1):
        evidence_file.write_bytes(whole[:length])
        done = run("verify", evidence_file, "--json")
        assert done.code == 4, length
        assert done.json["error"]["code"] in ("EVIDENCE_FORMAT", "FILE_CUT_OFF")
    evidence_file.write_bytes(whole + b"\0")
    assert run("verify", evidence_file).code == 4


def test_truncated_files_of_a_card(run, folder) -> None:
    sod = (folder / "EF.SOD").read_bytes()
    for length in (0, 1, 3, len(sod) - 1):
        (folder / "EF.SOD").write_bytes(sod[:length])
        done = run("verify", folder, "--json")
        assert (done.code, done.json["error"]["code"]) == (4, "FILE_CUT_OFF")
        if length:
            assert run("verify", folder / "EF.SOD").code == 4


@pytest.mark.parametrize("content", [b"hello", b"\x30\x03\x02\x01\x01", b"{}", b"\xff" * 50])
def test_other_files_are_named_as_such(run, tmp_path, content: bytes) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    done = run("verify", path)
    assert done.code == 4
    assert done.err.startswith("eid: FILE_UNKNOWN: ")


@pytest.mark.parametrize("name", ["missing.eid", "missing/x.eid", "n" * 5000])
def test_file_that_cannot_be_opened(run, tmp_path, name: str) -> None:
    done = run("verify", f"{tmp_path}/{name}")
    assert done.code == 4
    assert done.err.count("\n") == 1


def test_oversized_file_is_refused(run, tmp_path) -> None:
    path = tmp_path / "big.eid"
    path.write_bytes(bytes(5_000_000))
    done = run("verify", path, "--json")
    assert (done.code, done.json["error"]["code"]) == (4, "FILE_TOO_LARGE")


def test_trust_that_is_missing_empty_or_partly_broken(run, evidence_file, anchor, tmp_path) -> None:
    missing = run("verify", evidence_file, "--trust", tmp_path / "nowhere", "--json")
    assert (missing.code, missing.json["error"]["code"]) == (4, "TRUST_STORE")
    empty = tmp_path / "store"
    empty.mkdir()
    assert run("verify", evidence_file, "--trust", empty).code == 4
    (empty / "bad.der").write_bytes(b"\x30\x03\x02\x01\x01")
    shutil.copy(anchor, empty / "good.cer")
    partly = run("verify", evidence_file, "--trust", empty)
    assert partly.code == 0
    assert "could not be used: 1" in partly.err
    assert run("verify", evidence_file, "--trust", empty, "--trust", anchor, "--json").code == 0


# --- revocation ------------------------------------------------------------------------------------

NOW = dt.datetime.now(dt.UTC)
ISSUER = TestIssuer.create("ecdsa-secp256r1-sha256", country="VN")
SAME_NAME = TestIssuer.create("ecdsa-secp256r1-sha256", country="VN")
OTHER_COUNTRY = TestIssuer.create("ecdsa-secp256r1-sha256", country="UT")


def crl(issuer: TestIssuer, *serials: int, due: int = 30) -> bytes:
    made = NOW - dt.timedelta(days=40)
    revoked = dict.fromkeys(serials, "key_compromise")
    return issuer.sign_crl(revoked, this_update=made, next_update=NOW + dt.timedelta(days=due))


def serial(der: bytes) -> int:
    return Certificate.from_der(der).serial


@pytest.fixture
def signed(folder, tmp_path) -> Path:
    """The files of the sample card under the signature of ISSUER, whose CSCA is in ``csca.cer``."""
    groups = {file.name: file.read_bytes() for file in folder.iterdir() if file.name.startswith("DG")}
    (folder / "EF.SOD").write_bytes(ISSUER.sign_sod(groups))
    (tmp_path / "csca.cer").write_bytes(ISSUER.csca_der)
    return folder


@pytest.mark.parametrize(("lists", "end", "code"), [
    ([crl(ISSUER)], 0, None),
    ([crl(ISSUER, serial(ISSUER.ds_der))], 1, "SIGNER_REVOKED"),
    ([crl(ISSUER, serial(ISSUER.csca_der))], 1, "ISSUER_REVOKED"),
    ([crl(ISSUER, due=-1)], 3, "STALE_REVOCATION"),
    ([crl(OTHER_COUNTRY)], 3, "REVOCATION_NOT_AVAILABLE"),
    ([crl(replace(ISSUER, csca_key=SAME_NAME.csca_key))], 3, "CRL_SIGNATURE_INVALID"),
    ([crl(SAME_NAME)], 3, "CRL_WRONG_ISSUER"),
    ([crl(OTHER_COUNTRY), crl(ISSUER)], 0, None),
], ids=["good", "signer", "authority", "stale", "missing", "forged", "another issuer", "one of two"])  # fmt: skip
def test_revocation_lists_decide(run, signed, tmp_path, lists, end: int, code: str | None) -> None:
    paths = [tmp_path / f"{number}.crl" for number, _ in enumerate(lists)]
    for path, octets in zip(paths, lists, strict=True):
        path.write_bytes(octets)
    options = [part for path in paths for part in ("--crl", path)]
    done = run("verify", signed, "--trust", tmp_path / "csca.cer", *options, "--json")
    assert (done.code, done.json["authentic"]["code"]) == (end, code)
    if end == 0:
        assert done.json["warnings"] == []
    if code == "SIGNER_REVOKED":
        check = next(c for c in done.json["authentic"]["checks"] if c["name"] == "signer_revocation")
        assert check["facts"]["reason"] == "key_compromise"
        assert check["facts"]["revoked_at"].startswith(f"{NOW - dt.timedelta(days=40):%Y-%m-%d}")
        assert "key_compromise" in run("verify", signed, "--trust", tmp_path / "csca.cer", *options).out


def test_lists_of_the_trust_store_are_used_as_far_as_they_go(run, signed, tmp_path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    shutil.copy(tmp_path / "csca.cer", store)
    (store / "other.crl").write_bytes(crl(OTHER_COUNTRY))
    done = run("verify", signed, "--trust", store, "--json")
    assert (done.code, done.json["warnings"]) == (0, ["REVOCATION_NOT_CHECKED"])
    (store / "own.crl").write_bytes(crl(ISSUER, serial(ISSUER.ds_der)))
    done = run("verify", signed, "--trust", store, "--json")
    assert (done.code, done.json["authentic"]["code"]) == (1, "SIGNER_REVOKED")


def test_a_list_in_pem_and_certificates_beside_lists_that_are_not_trusted(run, signed, tmp_path) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    encoded = base64.encodebytes(crl(ISSUER)).decode()
    (folder / "ut.pem").write_text(f"-----BEGIN X509 CRL-----\n{encoded}-----END X509 CRL-----\n")
    shutil.copy(tmp_path / "csca.cer", folder)
    assert run("verify", signed, "--trust", tmp_path / "csca.cer", "--crl", folder).code == 0
    alone = run("verify", signed, "--crl", folder, "--json")
    assert (alone.code, alone.json["authentic"]["code"]) == (3, "UNKNOWN_ISSUER")


def test_what_is_no_revocation_list_is_an_unreadable_file(run, signed, tmp_path) -> None:
    whole = crl(ISSUER)
    path = tmp_path / "x.crl"
    for octets in (b"", b"hello", whole[:-1], ISSUER.csca_der):
        path.write_bytes(octets)
        done = run("verify", signed, "--trust", tmp_path / "csca.cer", "--crl", path, "--json")
        assert (done.code, done.json["error"]["code"]) == (4, "CRL_FORMAT")
    missing = run("verify", signed, "--crl", tmp_path / "nowhere.crl", "--json")
    assert missing.code == 4


@pytest.mark.parametrize("arguments", [
    ("--crl",), ("--at", "yesterday"), ("--at", "2026-13-01"), ("--at", "0001-01-01T00:00+10:00"),
    ("--challenge", "00"), ("--challenge", "zz" * 8), ("--challenge", "٠" * 16), ("--require", "everything"),
    ("--profile", "mars"), ("--lang", "fr"), ("--unknown",), ("extra",), ("--at",),
])  # fmt: skip
def test_wrong_usage(run, evidence_file, arguments) -> None:
    human = run("verify", evidence_file, *arguments)
    assert human.code == 2
    assert human.out == ""
    assert human.err.count("\n") == 1
    machine = run("verify", "--json", evidence_file, *arguments)
    assert machine.code == 2
    assert set(machine.json["error"]) == {"code", "message"}
    assert machine.err == ""


def test_profile_comes_from_the_evidence(run, evidence_file, anchor) -> None:
    evidence = Evidence.from_bytes(evidence_file.read_bytes())
    assert evidence.profile == "vietnam"
    options = ("verify", evidence_file, "--trust", anchor, "--show-person", "--json")
    assert run(*options).json["person"]["name"] == "Nguyễn Đức Ánh"
    assert run(*options, "--profile", "icao").json["person"]["name"] == "NGUYEN DUC ANH"


def test_bsi_specimen_folder(run, corpora: Path) -> None:
    done = run("verify", corpora / "bsi_silver", "--json", "--at", "2012-01-01")
    checks = {check["name"]: check["outcome"] for check in done.json["authentic"]["checks"]}
    assert checks["sod_signature"] == checks["hash_DG1"] == checks["hash_DG2"] == "PASSED"
    assert done.json["authentic"]["code"] == "UNKNOWN_ISSUER"
    assert done.json["chip_genuine"]["outcome"] == "NOT_CHECKED"
