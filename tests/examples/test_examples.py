"""Each example runs as its docstring says, without hardware and with warnings as errors."""

from __future__ import annotations

import os
import subprocess
import sys
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


PERSON = {
    "document_number": "T00000001",
    "birth_date": "1990-02-28",
    "sex": "F",
    "expiry_date": "2035-02-27",
    "surname": "MUSTER",
    "given_names": "VERA LINH",
}
