"""A trust store on disk: one file in a folder, with an index, the octets and a checksum.

The file is written whole or not at all, so that a reader never meets half of one. The same contents
give the same octets. The checksum finds damage; it does not keep out somebody who may write to the
folder: whoever can do that decides whom everybody trusts.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eid.errors import EidError, TrustStoreDamaged, TrustStoreError
from eid.trust.anchors import Anchor, Provenance, TrustStore
from eid.trust.certificates import Certificate
from eid.trust.crl import Crl

__all__ = ["FILE_NAME", "MAX_STORE", "holds_store", "is_store", "load", "read", "save"]

#: Name of the file in the folder of a store.
FILE_NAME = "store.eidtrust"
#: Octets of one store; every public country certificate and revocation list together have some 20 million.
MAX_STORE = 256 * 1024 * 1024

_VERSION = 1
_MAGIC = b"eid trust store "
_KINDS = frozenset({"FILE", "MASTER_LIST", "LDIF", "STORE"})
_OUTCOMES = frozenset({"VERIFIED", "UNVERIFIED", "FAILED", None})


# --- writing -------------------------------------------------------------------------------------


def save(store: TrustStore, directory: str | Path) -> Path:
    """Write *store* into *directory*, which is made if it does not exist. What was there is replaced.

    :returns: the file.
    :raises TrustStoreError: it cannot be written, or is longer than :data:`MAX_STORE`.
    """
    octets = to_bytes(store)
    if len(octets) > MAX_STORE:
        raise TrustStoreError(f"a store of more than {MAX_STORE} octets")
    folder = Path(directory)
    target = folder / FILE_NAME
    temporary = folder / f".{FILE_NAME}.{secrets.token_hex(8)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as stream:
                stream.write(octets)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(target)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()  # gone already when all went well
    except (OSError, ValueError) as error:
        raise TrustStoreError(f"the store cannot be written ({_reason(error)})") from None
    return target


def to_bytes(store: TrustStore) -> bytes:
    """The octets of the file: equal for equal contents, in whatever order they were collected."""
    blob: list[bytes] = []
    sources: dict[Provenance, int] = {
        source: number
        for number, source in enumerate(sorted({p for e in store.entries for p in e.provenance}, key=_order))
    }
    entries: list[list[Any]] = []
    for entry in sorted(store.entries, key=lambda entry: entry.certificate.raw):
        blob.append(entry.certificate.raw)
        given = sorted(sources[source] for source in entry.provenance)
        entries.append([len(entry.certificate.raw), given, int(entry.pinned)])
    others = sorted(certificate.raw for certificate in store.others)
    crls = sorted({crl.raw for crl in store.crls})
    index = {
        "obtained_at": _time_text(store.obtained_at),
        "sources": [[s.source, s.kind, s.signer, s.outcome, _time_text(s.at)] for s in sources],
        "entries": entries,
        "others": [len(raw) for raw in others],
        "crls": [len(raw) for raw in crls],
    }
    head = json.dumps(index, separators=(",", ":"), sort_keys=True).encode()
    body = head + b"\n" + b"".join((*blob, *others, *crls))
    return b"%s%d\n%s\n" % (_MAGIC, _VERSION, hashlib.sha256(body).hexdigest().encode()) + body


def _order(source: Provenance) -> tuple[str, ...]:
    return (
        source.source,
        source.kind,
        source.signer or "",
        source.outcome or "",
        _time_text(source.at) or "",
    )


def _time_text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


# --- reading -------------------------------------------------------------------------------------


def is_store(head: bytes) -> bool:
    """Whether a file that begins with *head* is one of a store."""
    return head.startswith(_MAGIC)


def holds_store(directory: Path) -> bool:
    """Whether there is a store in *directory*."""
    return (directory / FILE_NAME).is_file()


def load(directory: str | Path) -> TrustStore:
    """Read the store in *directory* (or its file itself).

    :raises TrustStoreError: there is none, or it cannot be read.
    :raises TrustStoreDamaged: its checksum is wrong, or a newer version of this library wrote it.
    """
    path = Path(directory)
    try:
        file = path / FILE_NAME if path.is_dir() else path
        with file.open("rb") as stream:
            octets = stream.read(MAX_STORE + 1)
    except FileNotFoundError:
        raise TrustStoreError("there is no trust store") from None
    except (OSError, ValueError) as error:
        raise TrustStoreError(f"the store cannot be read ({_reason(error)})") from None
    return read(octets)


def read(octets: bytes) -> TrustStore:
    """Read the octets of a store's file.

    :raises TrustStoreDamaged: not one, altered, or of a newer version.
    """
    if len(octets) > MAX_STORE:
        raise TrustStoreDamaged(f"a store of more than {MAX_STORE} octets")
    body = _checked(octets)
    head, _, blob = body.partition(b"\n")
    try:
        index = json.loads(head)
        sources = [_provenance(*fields) for fields in index["sources"]]
        cursor = _Cursor(blob)
        entries = [
            Anchor(
                Certificate.from_der(cursor.take(length)),
                tuple(sources[number] for number in given),
                bool(pinned),
            )
            for length, given, pinned in index["entries"]
        ]
        others = [Certificate.from_der(cursor.take(length)) for length in index["others"]]
        crls = [Crl.from_der(cursor.take(length)) for length in index["crls"]]
        obtained_at = _time(index["obtained_at"])
    except (ValueError, TypeError, LookupError, RecursionError, OverflowError, EidError) as error:
        raise TrustStoreDamaged(f"an index that does not fit ({type(error).__name__})") from None
    if cursor.left:
        raise TrustStoreDamaged("octets that belong to no entry")
    return TrustStore.of(entries=entries, crls=crls, obtained_at=obtained_at, others=others)


def _checked(octets: bytes) -> bytes:
    """What follows the checksum, when it is right."""
    first, _, rest = octets.partition(b"\n") if is_store(octets[:64]) else (b"", b"", b"")
    version = first.removeprefix(_MAGIC)
    if not version.isdigit() or len(version) > 9:
        raise TrustStoreDamaged("not a trust store")
    if int(version) > _VERSION:
        raise TrustStoreDamaged("written by a newer version of this library")
    checksum, body = rest[:64], rest[65:]
    if int(version) != _VERSION or hashlib.sha256(body).hexdigest().encode() != checksum:
        raise TrustStoreDamaged("the checksum is wrong")
    return body


class _Cursor:
    """Takes one piece after the other."""

    def __init__(self, octets: bytes) -> None:
        self._octets, self._at = octets, 0

    @property
    def left(self) -> int:
        return len(self._octets) - self._at

    def take(self, length: int) -> bytes:
        if not isinstance(length, int) or not 0 < length <= self.left:
            raise ValueError
        self._at += length
        return self._octets[self._at - length : self._at]


def _provenance(source: str, kind: Any, signer: str | None, outcome: Any, at: str | None) -> Provenance:
    if not isinstance(source, str) or kind not in _KINDS or outcome not in _OUTCOMES:
        raise ValueError
    if signer is not None and not isinstance(signer, str):
        raise ValueError
    return Provenance(source, kind, signer, outcome, _time(at))


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None:
        raise ValueError
    return moment


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
