"""What ``eid verify`` is given: an evidence file, a folder of the card's files, or EF.SOD alone."""

from __future__ import annotations

import re
from pathlib import Path

from eid.cli.failures import Failure
from eid.cli.files import read_file
from eid.document.evidence import MAX_EVIDENCE, Evidence
from eid.document.lds import EF_CARD_ACCESS, EF_COM, EF_SOD, MAX_FILE
from eid.encoding.tlv import parse_prefix
from eid.errors import EncodingError

__all__ = ["load_evidence"]

#: ``EF.SOD``, ``ef_dg1.bin``, ``DG01``: how other tools call the files.
_NAME = re.compile(r"(?:EF[._-]?)?(SOD|COM|CARD[._-]?ACCESS|DG0?([1-9]|1[0-6]))(?:\.BIN)?", re.ASCII)
_SOD_TAG = 0x77


def load_evidence(path: Path) -> Evidence:
    """The evidence at *path*.

    :raises Failure: missing, unreadable, cut off, or a name twice in a folder.
    :raises EvidenceError: an evidence file that is damaged.
    """
    try:
        folder = path.is_dir()
    except (OSError, ValueError):
        folder = False  # reading it says what is wrong
    if folder:
        return Evidence({name: _card_file(file) for name, file in _files(path).items()})
    octets = read_file(path, MAX_EVIDENCE)
    if octets[:1] == bytes((_SOD_TAG,)):
        return Evidence({EF_SOD: _whole(path, octets)})
    if not octets:
        raise Failure("FILE_CUT_OFF", path=str(path))
    if octets[0] >> 5 != 5 and path.suffix.lower() != ".eid":  # evidence is a CBOR map (RFC 8949, 3.1)
        raise Failure("FILE_UNKNOWN", path=str(path))
    return Evidence.from_bytes(octets)


def _files(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Failure("FILE_UNREADABLE", path=str(folder), reason=reason) from None
    for entry in entries:
        name = _file_name(entry.name)
        if name is None:
            continue
        if name in found:
            raise Failure("FILE_TWICE", path=str(folder), name=name)
        found[name] = entry
    return found


def _file_name(name: str) -> str | None:
    match = _NAME.fullmatch(name.upper())
    if match is None:
        return None
    if match[2]:
        return f"DG{match[2]}"
    return {"SOD": EF_SOD, "COM": EF_COM}.get(match[1], EF_CARD_ACCESS)


def _card_file(path: Path) -> bytes:
    return _whole(path, read_file(path, MAX_FILE))


def _whole(path: Path, octets: bytes) -> bytes:
    """*octets*, unless they are fewer than their own header says: a bad copy is no forgery."""
    try:
        parse_prefix(octets, der=False)
    except EncodingError as error:
        if error.kind == "truncated" or not octets:
            raise Failure("FILE_CUT_OFF", path=str(path)) from None
    return octets
