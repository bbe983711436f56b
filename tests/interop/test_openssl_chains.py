"""The zoo before ``openssl verify``: same answer for each certificate and chain, or a listed difference.

The differences, with their reasons, are the tables of ``docs/openssl.md``; a difference that is not there,
or one that is there and does not show, fails.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "zoo"))

from breeding import NOW
from shapes import cases
from specimens import USABLE, VALID, Specimen, zoo

OPENSSL = shutil.which("openssl")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "openssl.md"
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="the openssl program is not installed")


def pem(certificates: Iterable[bytes]) -> bytes:
    import base64

    blocks = []
    for octets in certificates:
        text = base64.encodebytes(octets)
        blocks.append(b"-----BEGIN CERTIFICATE-----\n" + text + b"-----END CERTIFICATE-----\n")
    return b"".join(blocks)


def verified(
    folder: Path, leaf: bytes, anchors: Sequence[bytes], between: Iterable[bytes] = (), at: datetime = NOW
) -> str:
    """``ok`` or the first error of ``openssl verify``.

    Anchors need not be self-signed (``-partial_chain``). But a leaf that is its own anchor would then be
    believed unread, so there the signature is asked for.
    """
    assert OPENSSL is not None
    folder.mkdir()
    files = {"leaf": pem([leaf]), "anchors": pem(anchors), "between": pem(between)}
    for name, octets in files.items():
        (folder / f"{name}.pem").write_bytes(octets)
    command = [
        OPENSSL, "verify", "-no-CAfile", "-no-CApath", "-no-CAstore", "-auth_level", "0",
        "-check_ss_sig" if leaf in anchors else "-partial_chain", "-attime", str(int(at.timestamp())),
        "-trusted", str(folder / "anchors.pem"),
    ]  # fmt: skip
    if files["between"]:
        command += ["-untrusted", str(folder / "between.pem")]
    run = subprocess.run([*command, str(folder / "leaf.pem")], capture_output=True, check=False)
    if run.returncode == 0:
        return "ok"
    said = (run.stdout + run.stderr).decode(errors="replace")
    error = re.search(r"error \d+ at \d+ depth lookup: ?(.+)", said)
    if error is not None:
        return error[1].strip()
    return "cannot load" if re.search(r"nable to load|Could not (read|find|load)", said) else said[:200]


def differences(heading: str) -> dict[str, str]:
    """The table under *heading*: pattern of names, and which way they differ (``eid`` or ``openssl`` accepts)."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `([^`]+)` \| (eid|openssl) \|", section, re.MULTILINE)
    return {pattern.replace("\\|", "|"): accepts for pattern, accepts in rows}


def compare(found: dict[str, tuple[bool, bool, str]], listed: dict[str, str]) -> None:
    """Each difference matches a pattern of the page, and each pattern a difference."""
    unexplained, used = [], set()
    for name, (ours, theirs, said) in found.items():
        if ours == theirs:
            continue
        who = "eid" if ours else "openssl"
        matching = {p for p, accepts in listed.items() if accepts == who and re.fullmatch(p, name)}
        used |= matching
        if not matching:
            unexplained.append((name, f"only {who} accepts", said))
    assert unexplained == []
    if "OpenSSL 3.0." in version():  # others may have come closer
        assert set(listed) - used == set()


def version() -> str:
    assert OPENSSL is not None
    return subprocess.run([OPENSSL, "version"], capture_output=True, text=True, check=True).stdout


def issuer_of(specimen: Specimen) -> bytes:
    return specimen.issuer if specimen.issuer is not None else specimen.der


def accepted(specimen: Specimen) -> bool:
    """What the zoo expects of us, which its own tests see to."""
    return specimen.refused is None and specimen.signature == VALID and specimen.key == USABLE


def test_single_certificates(tmp_path: Path) -> None:
    """The signature of each, under its issuer as the only anchor."""
    everyone = [s for s in zoo() if len(s.der) < 100_000]

    def ask(item: tuple[int, Specimen]) -> str:
        place, specimen = item
        return verified(tmp_path / str(place), specimen.der, [issuer_of(specimen)])

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(ask, enumerate(everyone)))
    found = {
        specimen.name: (accepted(specimen), said == "ok", said)
        for specimen, said in zip(everyone, answers, strict=True)
    }
    assert sum(ours and theirs for ours, theirs, _ in found.values()) >= 150
    assert sum(not ours and not theirs for ours, theirs, _ in found.values()) >= 150
    compare(found, differences("Single certificates"))


def test_chains(tmp_path: Path) -> None:
    """The way from each leaf to the anchors."""
    everyone = [case for case in cases() if case.anchors]
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda item: verified(
                    tmp_path / str(item[0]), item[1].leaf, item[1].anchors, item[1].intermediates, item[1].at
                ),
                enumerate(everyone),
            )
        )
    found = {
        case.name: (not case.code, said == "ok", said) for case, said in zip(everyone, answers, strict=True)
    }
    assert sum(ours and theirs for ours, theirs, _ in found.values()) >= 40
    assert sum(not ours and not theirs for ours, theirs, _ in found.values()) >= 40
    compare(found, differences("Chains"))
