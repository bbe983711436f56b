"""The caller's trust anchors: country signing certificates, indexed for finding issuers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from eid.errors import CertificateError, EidError, EncodingError, TrustStoreError
from eid.trust.certificates import Certificate, der_blocks, name_key

__all__ = ["MAX_FILE", "MAX_FILES", "TrustStore"]

#: Octets of one file of a store; a bundle of every public country certificate has some 3 million.
MAX_FILE = 16 * 1024 * 1024
#: Files looked at in a folder.
MAX_FILES = 20_000

_SUFFIXES = frozenset({".cer", ".crt", ".cert", ".der", ".pem"})

_Name = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class TrustStore:
    """Certificates the caller trusts to have signed document signers. Frozen; share it freely.

    :param anchors: the certificates, each once.
    :param problems: files (or parts of bundles) that could not be used, with an error code.
    """

    anchors: tuple[Certificate, ...]
    problems: tuple[tuple[str, str], ...] = ()
    _by_key: Mapping[bytes, tuple[Certificate, ...]] = field(default_factory=dict)
    _by_name: Mapping[_Name, tuple[Certificate, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, certificates: Iterable[Certificate], *, problems: Iterable[tuple[str, str]] = ()
    ) -> TrustStore:
        """A store of these certificates; of none, too: then nobody's signature is known."""
        anchors: dict[Certificate, None] = {}
        by_key: dict[bytes, list[Certificate]] = {}
        by_name: dict[_Name, list[Certificate]] = {}
        found = list(problems)
        for certificate in certificates:
            if certificate in anchors:
                continue
            try:
                name = name_key(certificate.subject)
            except EncodingError as error:
                found.append((certificate.fingerprint, error.code))
                continue
            anchors[certificate] = None
            by_name.setdefault(name, []).append(certificate)
            if certificate.ski is not None:
                by_key.setdefault(certificate.ski, []).append(certificate)
        return cls(
            tuple(anchors),
            tuple(found),
            MappingProxyType({key: tuple(value) for key, value in by_key.items()}),
            MappingProxyType({key: tuple(value) for key, value in by_name.items()}),
        )

    @classmethod
    def open(cls, *paths: str | Path) -> TrustStore:
        """Read certificates, DER or PEM, from files and folders (with their subfolders).

        A file that cannot be read does not lose the others: it is named in :attr:`problems`. In
        folders, files that neither look like certificates nor are called so are passed over.

        :raises TrustStoreError: a path does not exist, or there is no certificate at all.
        """
        problems: list[tuple[str, str]] = []
        store = cls.of(_load(paths, problems))
        if not store.anchors:
            raise TrustStoreError("no certificate found")
        return cls(store.anchors, (*store.problems, *problems), store._by_key, store._by_name)

    def issuers_of(self, certificate: Certificate) -> tuple[Certificate, ...]:
        """Anchors that may have issued *certificate*: those its key identifier means, then those of
        its issuer's name. Candidates only: who signed it, the signature tells.

        The certificate itself is never among them: to be in the store makes nobody an issuer.
        """
        by_key = self._by_key.get(certificate.aki, ()) if certificate.aki is not None else ()
        try:
            by_name = self._by_name.get(name_key(certificate.issuer), ())
        except EncodingError:
            by_name = ()
        found = dict.fromkeys((*by_key, *by_name))
        found.pop(certificate, None)
        return tuple(found)

    def __len__(self) -> int:
        return len(self.anchors)

    def __repr__(self) -> str:
        return f"<TrustStore of {len(self.anchors)} anchors, {len(self.problems)} problems>"


def _load(paths: Iterable[str | Path], problems: list[tuple[str, str]]) -> Iterator[Certificate]:
    for path in map(Path, paths):
        for name, file in _files(path):
            try:
                if file.stat().st_size > MAX_FILE:
                    problems.append((name, "LIMIT_EXCEEDED"))
                    continue
                data = file.read_bytes()
            except OSError:
                problems.append((name, "FILE_UNREADABLE"))
                continue
            if file == path or _is_candidate(file, data):
                yield from _read(name, data, problems)


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    """Regular files with a name for reports, in a stable order."""
    try:
        if path.is_file():
            yield path.name, path
            return
        if not path.is_dir():
            raise TrustStoreError("the path does not exist")
        count = 0
        for file in sorted(path.rglob("*")):
            if not file.is_file():
                continue
            count += 1
            if count > MAX_FILES:
                raise TrustStoreError(f"a folder of more than {MAX_FILES} files")
            yield str(file.relative_to(path)), file
    except (OSError, ValueError):
        raise TrustStoreError("the path cannot be read") from None


def _is_candidate(file: Path, data: bytes) -> bool:
    return file.suffix.lower() in _SUFFIXES or data[:1] == b"\x30" or b"-----BEGIN CERTIFICATE-----" in data


def _read(name: str, data: bytes, problems: list[tuple[str, str]]) -> Iterator[Certificate]:
    found = False
    try:
        for block in der_blocks(data):
            found = True
            try:
                yield Certificate.from_der(block)
            except EidError as error:
                problems.append((name, error.code))
    except CertificateError as error:
        problems.append((name, error.code))
    else:
        if not found:
            problems.append((name, CertificateError.code))
