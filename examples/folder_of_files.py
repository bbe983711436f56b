"""Verify a folder with the files of a card, as other programs write them.

    python examples/folder_of_files.py [DIR TRUST]

DIR holds ``EF.SOD`` and ``DG1`` ... ``DG16`` (each perhaps with ``.bin``), TRUST the certificates of
the authorities you trust. Without arguments a sample is written to a temporary folder and verified.

You will see that the data are authentic and who issued them, that *chip genuine* is NOT_CHECKED
(files have no chip to ask), and what happens when one octet of the portrait is changed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import eid
from eid import vietnam
from eid.document.lds import FILES
from eid.simulator.chip import Chip
from eid.simulator.personalise import personalise, write_csca
from eid.vietnam.sample import sample_citizen


def load(folder: Path) -> eid.Evidence:
    """The files that are there, under their names. Octets must be exactly those of the card."""
    files = {}
    for name in FILES:
        for path in (folder / name, folder / f"{name}.bin"):
            if path.is_file():
                files[name] = path.read_bytes()
    return eid.Evidence(files=files)


def judge(folder: Path, trust: eid.TrustStore) -> eid.Report:
    """Verify the folder and print what was found."""
    report = eid.verify(
        load(folder),
        trust=trust,
        policy=eid.Policy.stored(),
        profile=vietnam.CITIZEN_CARD,
        now=eid.utc_now(),
    )
    for name, verdict in report.verdicts.items():
        print(f"  {name}: {verdict.outcome} {verdict.code or ''}".rstrip())
    for check in report.authentic.checks:
        if check.name == "certificate_chain":
            print("  issuer:", check.facts.get("issuer"))
    print("  in one word:", report.verdict)
    return report


def write_sample(folder: Path) -> None:
    """Read the built-in chip and write its files, and the certificate to trust, to *folder*."""
    card = personalise(sample_citizen())
    evidence = eid.read(Chip(card), vietnam.can_from_number("001099012349"), profile=vietnam.CITIZEN_CARD)
    (folder / "card").mkdir()
    (folder / "trust").mkdir()
    for name, octets in evidence.files.items():
        (folder / "card" / f"{name}.bin").write_bytes(octets)
    write_csca(card, folder / "trust" / "csca.der")


def sample() -> int:
    """The sample, then the same with an altered portrait. Returns 0 when both are judged rightly."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sample(folder)
        trust = eid.TrustStore.open(folder / "trust")
        print("as the card gave them:")
        good = judge(folder / "card", trust)
        portrait = folder / "card" / "DG2.bin"
        octets = bytearray(portrait.read_bytes())
        octets[-1] ^= 1
        portrait.write_bytes(octets)
        print("with one bit of the portrait changed:")
        bad = judge(folder / "card", trust)
    return 0 if (good.verdict, bad.verdict) == (eid.Outcome.PASSED, eid.Outcome.FAILED) else 1


def main(arguments: list[str]) -> int:
    """With two arguments the caller's folder, else the sample."""
    if not arguments:
        return sample()
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        report = judge(Path(arguments[0]), eid.TrustStore.open(arguments[1]))
    except eid.EidError as error:
        print(error, file=sys.stderr)
        return 4
    return {eid.Outcome.PASSED: 0, eid.Outcome.FAILED: 1}.get(report.verdict, 3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
