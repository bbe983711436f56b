"""Each example runs as its docstring says, without hardware and with warnings as errors."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import eid

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


def run(name: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_every_example_is_tested_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert not [path.name for path in EXAMPLES.glob("*.py") if f'"{path.name}"' not in source]


def test_sample_card_is_read_proven_and_shown(tmp_path: Path) -> None:
    result = run("read_sample_card.py", "card.eid", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "opened with PACE-ECDH-GM-AES-128 on brainpoolP256r1 and the CAN" in result.stdout
    assert "in one word: PASSED" in result.stdout
    assert "name: Nguyễn Đức Ánh" in result.stdout
    assert eid.Evidence.from_bytes((tmp_path / "card.eid").read_bytes()).files["DG1"]


def test_bank_catches_a_replay_and_a_file_nobody_asked_for(tmp_path: Path) -> None:
    result = run("verify_stored_evidence.py", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines() == [
        "the chip signed our challenge: PASSED",
        "  authentic: PASSED",
        "  chip_genuine: PASSED",
        "the same file for another transaction: FAILED",
        "  authentic: PASSED",
        "  chip_genuine: FAILED CHALLENGE_MISMATCH",
        "a file nobody asked for: UNDECIDED",
        "  authentic: PASSED",
        "  chip_genuine: UNDECIDED CHALLENGE_NOT_GIVEN",
    ]


def test_auditor_gets_the_report_of_then_and_nothing_from_an_altered_file(tmp_path: Path) -> None:
    result = run("archive_a_check.py", "check.eidrec", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    said = result.stdout.splitlines()
    assert said[0] == "at the counter: PASSED"
    assert said[1] == f"archived: {(tmp_path / 'check.eidrec').stat().st_size} octets"
    assert said[2] == "the auditor: PASSED, same report as then: True"
    assert said[3].endswith("CN=Test document signer, not an authority")
    assert said[4:] == [
        "  on the bank's word: holder",
        "  proven by signatures of issuer and chip: authentic PASSED, chip_genuine PASSED",
        "  case: A-17, rules: account opening 2026-10",
        "one bit changed: RECORD_NOT_OPENED",
    ]


def test_auditor_finds_what_an_administrator_changed_in_the_usage_log(tmp_path: Path) -> None:
    pytest.importorskip("alembic", reason="needs the extra sql")
    result = run("audit_usage_log.py", "log.jsonl", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines() == [
        "as it was exported: PASSED",
        "one purpose altered: FAILED",
        "  USAGE_ENTRY_ALTERED, entries 5 to 5",
        "one deleted, all hashes computed anew: FAILED",
        "  USAGE_LOG_REWRITTEN, entries 4 to 7",
        "  USAGE_LOG_CUT, entries 11 to 11",
        "the end cut off: FAILED",
        "  USAGE_LOG_CUT, entries 10 to 11",
        "one person erased: PASSED",
        "  3 entries without their person; found: 0",
    ]
    assert b"a-1" not in (tmp_path / "log.jsonl").read_bytes()


def test_kiosk_has_one_sentence_for_each_customer(tmp_path: Path) -> None:
    result = run("kiosk_loop.py", "--simulate", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    said = dict(line.split(": ", 1) for line in result.stdout.splitlines())
    assert said["genuine card"] == "Xin chào Nguyễn Đức Ánh."
    assert "12 chữ số" in said["a digit too few"]
    assert "không mở được thẻ" in said["wrong number"]
    assert "rút ra quá sớm" in said["pulled out early"]
    assert "EF.SOD, DG1" in said["pulled out early"]
    assert "[CARD_MUTE]" in said["falls silent"]
    assert said["copied chip"].endswith("Thẻ bị từ chối.")
    assert said["altered data"].endswith("Thẻ bị từ chối.")
    assert said["unknown authority"].endswith("Mời quý khách tới quầy.")  # undecided is not refused
    assert len(said) == 8


def test_store_from_a_master_list_knows_revoked_signers_and_forged_lists(tmp_path: Path) -> None:
    result = run("build_trust_store.py", "anchors", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    said = result.stdout.splitlines()
    assert said[0].startswith("list: VERIFIED, 2 certificates")
    assert "with the store: PASSED" in said
    assert "with its revocation list: FAILED SIGNER_REVOKED" in said
    assert any(line.endswith(": key_compromise") for line in said)
    assert "with a forged revocation list: UNDECIDED CRL_SIGNATURE_INVALID" in said
    assert "with the altered list: UNDECIDED UNKNOWN_ISSUER" in said
    assert eid.TrustStore.open(tmp_path / "anchors").country("VN")


def test_a_bank_sees_two_fields_and_a_thief_gets_nowhere(tmp_path: Path) -> None:
    result = run("present_two_fields.py", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[1:] == [
        "the bank sees: Nguyễn Đức Ánh, 1999-07-04",
        "and not the number: None",
        "the thief at a shop: TOKEN_AUDIENCE",
        "the thief at the bank: TOKEN_REPLAYED",
        "a copy without proof: KEY_BINDING_MISSING",
    ]


def test_a_token_is_good_for_one_service_one_transaction_and_one_use(tmp_path: Path) -> None:
    result = run("issue_and_verify_token.py", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines() == [
        "at the counter: PASSED",
        "the shop: TOKEN_AUDIENCE",
        "the portal in another transaction: TOKEN_NONCE",
        "the portal: accepted",
        "  account level 2, authentication level 3, by sc and face; a number: False",
        "the portal once more: TOKEN_REPLAYED",
        "a card by an authority that nobody knows: UNDECIDED, no token (NOT_PASSED)",
    ]


def test_clinic_without_signal_tells_seven_situations_apart(tmp_path: Path) -> None:
    result = run("clinic_verify_qr.py", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines() == [
        "on paper: PASSED, insured, holder NOT_CHECKED",
        "and the face compared: PASSED, insured, holder PASSED",
        "another face in it: FAILED QR_SIGNATURE_INVALID",
        "revoked: FAILED QR_REVOKED",
        "another issuer: UNDECIDED QR_ISSUER_UNKNOWN",
        "no new file for three weeks: UNDECIDED KEYS_TOO_OLD",
        "on a telephone, for this visit: PASSED, insured, holder NOT_CHECKED",
        "the same again: not asked for, or shown before",
    ]


def test_clinic_takes_a_code_and_a_file_of_its_own(tmp_path: Path) -> None:
    from eid.crypto.key_files import save_key_set
    from eid.crypto.keys import KeySet, SoftwareSigner
    from eid.qr.pack import PackIssuer, write_pack

    issuer, office = SoftwareSigner.generate(kid="i"), SoftwareSigner.generate(kid="o")
    pack = write_pack(
        [PackIssuer("https://id.example", KeySet([issuer.key]))], signer=office, now=eid.utc_now(),
        valid_for=timedelta(days=1),
    )  # fmt: skip
    (tmp_path / "week.eidqr").write_bytes(pack)
    save_key_set(KeySet([office.key]), tmp_path / "office.jwks")
    options = ("--pack", "week.eidqr", "--pack-key", "office.jwks")
    result = run("clinic_verify_qr.py", "no code", *options, folder=tmp_path)
    assert (result.returncode, result.stdout) == (0, "not a signed code: QR_TEXT\n"), result.stderr
    assert run("clinic_verify_qr.py", "no code", folder=tmp_path).returncode == 2


def test_people_sign_in_at_the_stand_in_and_everything_else_is_refused(tmp_path: Path) -> None:
    result = run("vneid_sign_in.py", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    anh = "Nguyễn Đức Ánh, citizen, account level 2, authentication level unknown, signed: False"
    assert result.stdout.splitlines() == [
        f"signed in: {anh}",
        "the same callback again: SIGN_IN_REPLAYED",
        "and in another browser: SIGN_IN_TRANSACTION",
        "an organisation: Công ty Ví Dụ, organisation, account level None, authentication level unknown, signed: False",
        f"a plus that became a space: {anh}",
        "somebody else than expected: SIGN_IN_OTHER_PERSON",
        "a locked card: SIGN_IN_CARD_LOCKED",
        "a late code: SIGN_IN_CODE",
        "an altered answer: VNEID_ENVELOPE",
        "no account level: VNEID_CLAIMS",
        "the person declines: SIGN_IN_DENIED",
        "the shop: TOKEN_AUDIENCE",
        "the bank: account level 2, transaction opening-17",
    ]


@pytest.mark.parametrize("arguments", [[], ["--trust", "nowhere"]])
def test_kiosk_without_anchors_says_what_is_missing(tmp_path: Path, arguments: list[str]) -> None:
    result = run("kiosk_loop.py", *arguments, folder=tmp_path)
    assert result.returncode in (2, 4)
    assert "Traceback" not in result.stderr
    assert result.stderr


def test_folder_of_files_is_authentic_until_one_bit_changes(tmp_path: Path) -> None:
    result = run("folder_of_files.py", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    good, bad = result.stdout.split("with one bit")
    assert "authentic: PASSED" in good
    assert "chip_genuine: NOT_CHECKED" in good
    assert "authentic: FAILED DATA_GROUP_ALTERED" in bad


def test_folder_of_files_takes_the_callers_folder(tmp_path: Path) -> None:
    from eid.simulator.personalise import personalise, write_csca

    card = personalise({"format": "eid-chip/1", "person": PERSON, "signing": {"country": "UT"}})
    for name, octets in card.files.items():
        (tmp_path / name).write_bytes(octets)
    write_csca(card, tmp_path / "csca.der")
    result = run("folder_of_files.py", ".", "csca.der", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    (tmp_path / "EF.SOD").unlink()
    assert run("folder_of_files.py", ".", "csca.der", folder=tmp_path).returncode == 3
    assert run("folder_of_files.py", ".", "nowhere", folder=tmp_path).returncode == 4


def test_kiosk_opens_the_chip_with_a_scanned_code_and_finds_what_was_altered(tmp_path: Path) -> None:
    pytest.importorskip("zxingcpp", reason="needs the extra qr")
    result = run("kiosk_scan_and_open.py", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    issued, altered = result.stdout.split("altered year:")
    altered, other = altered.split("another card:")
    assert issued.splitlines()[-1] == "  Xin chào Nguyễn Đức Ánh."
    assert "birth_date, code and dg13: alarm" in altered
    assert "không khớp" in altered
    assert "không thuộc về thẻ này" in other
    assert "PASSED" not in other


def test_a_public_service_asks_and_each_answer_names_its_article(tmp_path: Path) -> None:
    result = run("public_service.py", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    said = result.stdout
    assert said.startswith("account of level 2, electronic card in_force")
    assert "STEP_UP AUTHENTICATION_LEVEL_TOO_LOW" in said
    assert "[Decree 69/2024/NĐ-CP, Art. 20(1)] level=2 required=3" in said
    assert "DENY TOO_YOUNG: The holder is too young for this. [terms of the office] min_age=60" in said
    assert said.splitlines()[-1].endswith("The same of every number: True")


def test_a_bank_asks_for_the_face_beyond_the_amounts_of_decision_2345(tmp_path: Path) -> None:
    result = run("bank_transfer.py", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    transfers = [line.rpartition(": ")[2].split() for line in result.stdout.splitlines()[:5]]
    missing = ["STEP_UP", "FACTOR_CATEGORY_MISSING"]
    assert transfers == [["ALLOW"], ["ALLOW"], missing, ["ALLOW"], missing]
    assert "[Decision 2345/QĐ-NHNN, Art. 1] authentication_level=3 category=biometric" in result.stdout


def test_a_bank_cleans_its_customers_and_loses_none(tmp_path: Path) -> None:
    result = run("clean_customer_file.py", ".", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    said = result.stdout.splitlines()
    assert [line for line in said if line.startswith("row ")] == [
        "row 2: 001099012349, Nguyễn Đức Ánh, 1999-07-04",
        "row 3: 052160004321, LÊ THỊ MẪU, 1960-03-01",
        "row 4: no number, Trần Ví Dụ, no birth date",
        "row 5: 064203000015, Phạm Thử, no birth date",
        "row 6: 001099012349, NGUYEN DUC ANH, 1999-07-04",
    ]
    assert [line.split(": ")[1] for line in said if line.startswith("  account")] == [
        "same", "same", "not_found", "conflict", "same",
    ]  # fmt: skip
    assert "  lives in what is now: Tuyên Quang" in said
    assert "  duplicate_number of row 2" in said
    assert said[-2:] == ["rejected: ['001099012340;Vũ Mẫu;1999']", "6 rows, 1 rejected, 1 in conflict"]


PERSON = {
    "document_number": "T00000001",
    "birth_date": "1990-02-28",
    "sex": "F",
    "expiry_date": "2035-02-27",
    "surname": "MUSTER",
    "given_names": "VERA LINH",
}
