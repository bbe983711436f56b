"""Where anchors come from: certificates, revocation lists, signed lists, directory downloads, stores.

Every kind is told by its contents, not by its name. One bad entry is named and passed over; the
others are loaded. Signed lists are verified against anchors of the caller, and whatever came out is
written into the provenance of each certificate: nothing of an unverified list looks like verified.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal

from eid.errors import CertificateError, CmsError, CrlError, EidError, LimitExceeded, TrustStoreError
from eid.trust import ldif, storage
from eid.trust.anchors import Anchor, Provenance, TrustStore
from eid.trust.certificates import Certificate
from eid.trust.cms import SignedData, parse_signed_data
from eid.trust.crl import Crl
from eid.trust.deviation_list import (
    DEVIATION_LIST,
    DEVIATION_LIST_SIGNER,
    DeviationList,
    read_deviation_list,
)
from eid.trust.formats import is_crl, is_signed_data, pem_blocks
from eid.trust.loaded import ListReport, Loaded, SourceProblem
from eid.trust.master_list import (
    MASTER_LIST,
    MASTER_LIST_SIGNER,
    ListSignature,
    read_master_list,
    verify_list,
)

__all__ = [
    "MAX_CERTIFICATES",
    "MAX_FILE",
    "MAX_FILES",
    "MAX_PROBLEMS",
    "ListReport",
    "Loaded",
    "Source",
    "SourceProblem",
    "load",
    "load_trusted",
]

#: Octets of one file other than LDIF; the largest public list has some 1.5 million.
MAX_FILE = 16 * 1024 * 1024
#: Files looked at in a folder.
MAX_FILES = 20_000
#: Different certificates and revocation lists of one load; all states together have some 40 000.
MAX_CERTIFICATES = 200_000
#: Problems that are told about: whoever has more of them has the wrong file.
MAX_PROBLEMS = 10_000

_SUFFIXES = frozenset({".cer", ".crt", ".cert", ".der", ".pem", ".crl", ".ml", ".ldif", ".cms", ".p7m"})
_HEAD = 4096

#: A file or folder, or the octets themselves.
Source = str | Path | bytes
#: Told a name, the octets read so far and the octets in all.
Progress = Callable[[str, int, int], None]


def load(
    *sources: Source, anchors: Iterable[Certificate] = (), now: datetime, progress: Progress | None = None
) -> Loaded:
    """Read everything in *sources*: certificates and revocation lists in DER or PEM, signed master and
    deviation lists, LDIF of the ICAO directory, trust stores, and folders of these with subfolders.

    :param anchors: who vouches for signed lists. What the sources themselves hold does not: somebody
        who made up a list can lay a certificate beside it.
    :param now: for the validity of list signers, aware.
    :param progress: called with name, octets so far and octets in all.
    :raises TrustStoreError: a path does not exist or cannot be read, or too many files.
    :raises TrustStoreDamaged: a trust store with a wrong checksum.
    """
    return _Loader(tuple(anchors), now, progress, trusting=False).run(sources)


def load_trusted(
    *sources: Source, anchors: Iterable[Certificate] = (), now: datetime, progress: Progress | None = None
) -> Loaded:
    """Like :func:`load`, for sources the caller trusts: certificates that stand in files of their own,
    and those of stores that came from such files or from verified lists, vouch for lists, too.
    """
    return _Loader(tuple(anchors), now, progress, trusting=True).run(sources)


@dataclass(frozen=True, slots=True)
class _File:
    """A file, or octets given in its place.

    :param name: for reports and provenance.
    :param path: as the caller named it.
    :param asked_for: named by the caller, not found in a folder.
    """

    name: str
    path: str
    asked_for: bool
    octets: bytes | None = None

    def open(self) -> BinaryIO:
        return io.BytesIO(self.octets) if self.octets is not None else Path(self.path).open("rb")

    def size(self) -> int:
        return len(self.octets) if self.octets is not None else Path(self.path).stat().st_size


@dataclass(slots=True)
class _Entry:
    certificate: Certificate
    provenance: dict[Provenance, None] = field(default_factory=dict)
    pinned: bool = False


class _Loader:
    """One load. Files of certificates come first, lists that need someone to vouch for them after."""

    def __init__(
        self, anchors: tuple[Certificate, ...], now: datetime, progress: Progress | None, *, trusting: bool
    ) -> None:
        self._anchors, self._now, self._progress, self._trusting = anchors, now, progress, trusting
        self._entries: dict[bytes, _Entry] = {}
        self._signers: dict[bytes, Certificate] = {}
        self._crls: dict[bytes, Crl] = {}
        self._lists: list[ListReport] = []
        self._deviation_lists: list[DeviationList] = []
        self._problems: list[SourceProblem] = []
        self._passed_over: list[str] = []
        self._stores: list[datetime | None] = []
        self._trust = TrustStore.of(anchors)

    def run(self, sources: Iterable[Source]) -> Loaded:
        later: list[tuple[_File, bool]] = []
        for source in sources:
            for file in _files(source):
                with self._named_if_unreadable(file):
                    self._first_look(file, later)
        if self._trusting:
            self._trust = TrustStore.of((*self._anchors, *self._loaded().vouching))
        for file, is_ldif in later:
            with self._named_if_unreadable(file):
                (self._ldif if is_ldif else self._signed_file)(file)
        return self._loaded()

    def _loaded(self) -> Loaded:
        return Loaded(
            tuple(Anchor(e.certificate, tuple(e.provenance), e.pinned) for e in self._entries.values()),
            tuple(c for raw, c in self._signers.items() if raw not in self._entries),
            tuple(self._crls.values()),
            tuple(self._lists),
            tuple(self._deviation_lists),
            tuple(self._problems),
            tuple(self._passed_over),
            min((at for at in self._stores if at is not None), default=None),
        )

    @contextlib.contextmanager
    def _named_if_unreadable(self, file: _File) -> Iterator[None]:
        try:
            yield
        except OSError:
            self._problem(file.name, "FILE_UNREADABLE")

    def _problem(self, source: str, code: str, octets: bytes | None = None) -> None:
        sha256 = hashlib.sha256(octets).hexdigest() if octets is not None else None
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(SourceProblem(source, sha256, code))

    # --- files ------------------------------------------------------------------------------------

    def _first_look(self, file: _File, later: list[tuple[_File, bool]]) -> None:
        size = file.size()
        with file.open() as stream:
            head = stream.read(_HEAD)
            if ldif.looks_like_ldif(head):
                later.append((file, True))
                return
            limit = storage.MAX_STORE if storage.is_store(head) else MAX_FILE
            if size > limit:
                self._problem(file.name, "LIMIT_EXCEEDED")
                return
            data = head + stream.read(limit + 1 - len(head))
        if storage.is_store(head):
            self._store(storage.read(data))
        elif b"-----BEGIN " in data:
            self._pem(file, data, later)
        elif is_signed_data(data):
            later.append((file, False))
            return
        elif data[:1] == b"\x30" or file.asked_for or Path(file.name).suffix.lower() in _SUFFIXES:
            self._der(file.name, data)
        else:
            self._passed_over.append(file.path)
        self._tell(file, size, size)

    def _tell(self, file: _File, done: int, size: int) -> None:
        if self._progress is not None:
            self._progress(file.name, done, max(size, done))

    def _pem(self, file: _File, data: bytes, later: list[tuple[_File, bool]]) -> None:
        found = False
        for label, octets in pem_blocks(data):
            found = True
            if octets is None:
                self._problem(file.name, CrlError.code if label == "CRL" else CertificateError.code)
            elif label == "SIGNED":
                later.append((_File(file.name, file.path, file.asked_for, octets), False))
            else:
                self._der(file.name, octets)
        if not found:
            looks = file.asked_for or Path(file.name).suffix.lower() in _SUFFIXES
            if looks or b"-----BEGIN CERTIFICATE-----" in data:
                self._problem(file.name, CertificateError.code, data)
            else:
                self._passed_over.append(file.path)

    def _der(self, name: str, octets: bytes) -> None:
        if is_crl(octets):
            self._crl(name, octets)
        else:
            self._certificate(name, octets, Provenance(name, "FILE"), may_pin=True)

    def _store(self, store: TrustStore) -> None:
        self._stores.append(store.obtained_at)
        for anchor in store.entries:
            entry = self._entries.setdefault(anchor.certificate.raw, _Entry(anchor.certificate))
            entry.provenance.update(dict.fromkeys(anchor.provenance))
            entry.pinned = entry.pinned or anchor.pinned
        for crl in store.crls:
            self._crls.setdefault(crl.raw, crl)
        for certificate in store.others:
            self._signers.setdefault(certificate.raw, certificate)

    # --- single objects ---------------------------------------------------------------------------

    def _certificate(
        self, name: str, octets: bytes, provenance: Provenance, *, may_pin: bool = False
    ) -> Certificate | None:
        """Take one certificate in; each is read once, however many lists hold it."""
        certificate = self._readable(name, octets)
        if certificate is not None:
            entry = self._entries.setdefault(octets, _Entry(certificate))
            entry.provenance[provenance] = None
            entry.pinned = entry.pinned or (may_pin and _is_document_signer(certificate))
        return certificate

    def _readable(self, name: str, octets: bytes) -> Certificate | None:
        known = self._entries.get(octets)
        if known is not None:
            return known.certificate
        try:
            self._make_room()
            return self._signers.get(octets) or Certificate.from_der(octets)
        except EidError as error:
            self._problem(name, error.code, octets)
            return None

    def _crl(self, name: str, octets: bytes) -> bool:
        if octets not in self._crls:
            try:
                self._make_room()
                self._crls[octets] = Crl.from_der(octets)
            except EidError as error:
                self._problem(name, error.code, octets)
                return False
        return True

    def _signer(self, name: str, octets: bytes) -> bool:
        certificate = self._readable(name, octets)
        if certificate is not None:
            self._signers[octets] = certificate
        return certificate is not None

    def _make_room(self) -> None:
        if len(self._entries) + len(self._signers) + len(self._crls) >= MAX_CERTIFICATES:
            raise LimitExceeded(f"more than {MAX_CERTIFICATES} certificates and revocation lists")

    # --- lists ------------------------------------------------------------------------------------

    def _signed_file(self, file: _File) -> None:
        with file.open() as stream:
            octets = stream.read(MAX_FILE + 1)
        self._signed(file.name, file.path, octets)
        self._tell(file, len(octets), len(octets))

    def _signed(self, name: str, path: str, octets: bytes) -> int:
        """A list in SignedData. Returns how many certificates it has."""
        try:
            signed = parse_signed_data(octets)
            if signed.content_type == MASTER_LIST:
                return self._master_list(name, path, octets, signed)
            if signed.content_type != DEVIATION_LIST:
                raise CmsError("neither a master list nor a deviation list")
            deviations = read_deviation_list(signed)
        except (CmsError, LimitExceeded) as error:
            self._problem(name, error.code, octets)
            return 0
        found = verify_list(signed, purpose=DEVIATION_LIST_SIGNER, anchors=self._trust, now=self._now)
        self._deviation_lists.append(deviations)
        self._report(name, path, octets, "DEVIATION_LIST", found, deviations=len(deviations.deviations))
        return 0

    def _master_list(self, name: str, path: str, octets: bytes, signed: SignedData) -> int:
        content = read_master_list(signed)
        certificates = [
            c for c in (self._readable(name, o) for o in content.certificate_octets) if c is not None
        ]
        found = verify_list(
            signed,
            purpose=MASTER_LIST_SIGNER,
            anchors=self._trust,
            now=self._now,
            intermediates=(c for c in certificates if c.may_issue),
        )
        signer = found.signer.subject_text if found.signer is not None else None
        provenance = Provenance(name, "MASTER_LIST", signer, found.outcome, found.signed_at)
        for certificate in certificates:
            self._certificate(name, certificate.raw, provenance)
        if not content.complete:
            self._problem(name, "LIST_CUT_SHORT", octets)
        self._report(name, path, octets, "MASTER_LIST", found, certificates=len(certificates))
        return len(certificates)

    def _report(
        self,
        name: str,
        path: str,
        octets: bytes,
        kind: Literal["MASTER_LIST", "DEVIATION_LIST"],
        found: ListSignature,
        certificates: int = 0,
        deviations: int = 0,
    ) -> None:
        if found.outcome == "FAILED" and found.code is not None:
            self._problem(name, found.code, octets)
        self._lists.append(
            ListReport(
                path,
                kind,
                certificates,
                found.outcome,
                found.code,
                found.signature,
                found.signer.subject_text if found.signer is not None else None,
                found.signed_at,
                deviations=deviations,
            )
        )

    def _ldif(self, file: _File) -> None:
        size = file.size()
        certificates = crls = 0
        with file.open() as stream:
            for value in ldif.read_ldif(stream, progress=lambda done: self._tell(file, done, size)):
                name = f"{file.name}:{value.line}"
                if value.octets is None:
                    self._problem(name, value.code or "LDIF_VALUE_MALFORMED")
                elif value.kind == "MASTER_LIST":
                    certificates += self._signed(name, f"{file.path}:{value.line}", value.octets)
                elif value.kind == "CRL":
                    crls += self._crl(name, value.octets)
                elif value.kind == "CERTIFICATE":
                    certificates += self._signer(name, value.octets)
                else:
                    provenance = Provenance(file.name, "LDIF")
                    certificates += self._certificate(name, value.octets, provenance) is not None
        self._lists.append(ListReport(file.path, "LDIF", certificates, crls=crls))


# --- telling kinds apart -------------------------------------------------------------------------


def _files(source: Source) -> Iterator[_File]:
    """Regular files in a stable order."""
    if isinstance(source, bytes):
        yield _File("octets", "octets", True, source)
        return
    path = Path(source)
    try:
        if path.is_file():
            yield _File(path.name, str(path), True)
            return
        if not path.is_dir():
            raise TrustStoreError("the path does not exist")
        if storage.holds_store(path):
            yield _File(storage.FILE_NAME, str(path / storage.FILE_NAME), True)
            return
        count = 0
        for file in sorted(path.rglob("*")):
            if not file.is_file():
                continue
            count += 1
            if count > MAX_FILES:
                raise TrustStoreError(f"a folder of more than {MAX_FILES} files")
            yield _File(str(file.relative_to(path)), str(file), False)
    except (OSError, ValueError):
        raise TrustStoreError("the path cannot be read") from None


def _is_document_signer(certificate: Certificate) -> bool:
    """Whether a certificate that the caller gave by itself can only be meant as a pinned document
    signer: it may sign data and not certificates, and is for no special purpose such as lists.
    """
    usage = certificate.key_usage or frozenset()
    return (
        "digital_signature" in usage
        and "key_cert_sign" not in usage
        and not certificate.is_ca
        and not certificate.extended_key_usage
    )
