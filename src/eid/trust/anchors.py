"""The caller's trust: country signing certificates, pinned document signers and revocation lists.

A store is built once, frozen and shared between threads. It finds candidates; who really signed,
:mod:`eid.trust.chains` finds out.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from eid.errors import EidError, EncodingError, InputError, TrustStoreError
from eid.trust.certificates import Certificate
from eid.trust.names import COUNTRY, name_key

if TYPE_CHECKING:
    from pathlib import Path

    from eid.trust.crl import Crl

__all__ = ["MAX_CANDIDATES", "MAX_TRIALS", "Anchor", "Provenance", "TrustStore"]

#: Anchors of the same country that are tried when neither key identifier nor name lead anywhere;
#: the country with the most public certificates has some 30.
MAX_TRIALS = 16
#: Candidates named for one certificate; the country with most keys under one name has some 10.
MAX_CANDIDATES = 64

_Name = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a certificate of the store comes from.

    :param source: name of the file or list, as the caller knows it.
    :param kind: what it was.
    :param signer: who signed the list: the subject of its signer's certificate; ``None`` for what is
        not signed.
    :param outcome: of the list's signature. ``UNVERIFIED``: nothing to check it against was given.
    :param at: when the list was signed or fetched, aware.
    """

    source: str
    kind: Literal["FILE", "MASTER_LIST", "LDIF", "STORE"]
    signer: str | None = None
    outcome: Literal["VERIFIED", "UNVERIFIED", "FAILED"] | None = None
    at: datetime | None = None


_GIVEN = Provenance("caller", "FILE")


@dataclass(frozen=True, slots=True)
class Anchor:
    """One certificate of a store.

    :param provenance: every source it came from.
    :param pinned: a document signer that the caller trusts as it is, with no issuer above it. It
        vouches for documents and never for other certificates.
    """

    certificate: Certificate
    provenance: tuple[Provenance, ...] = ()
    pinned: bool = False

    @property
    def trusted(self) -> bool:
        """Whether it may be the end of a chain. What came only from lists whose signature failed may
        not; it can still stand in the middle of a chain that ends elsewhere.
        """
        return not self.provenance or any(source.outcome != "FAILED" for source in self.provenance)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class TrustStore:
    """Certificates the caller trusts to have signed document signers, and revocation lists.

    Make one by :meth:`of` or :meth:`open`. Frozen; share it freely.

    :param entries: every certificate once, with its provenance.
    :param problems: what could not be used: name or fingerprint, and an error code.
    :param crls: revocation lists. Nothing is believed of them before their signature was checked.
    :param obtained_at: when the contents were fetched from their source; ``None`` when unknown.
    :param others: certificates that are known and trusted by nobody, such as document signers from a
        directory: a security object may lack its signer's certificate.
    """

    entries: tuple[Anchor, ...]
    problems: tuple[tuple[str, str], ...] = ()
    crls: tuple[Crl, ...] = ()
    obtained_at: datetime | None = None
    others: tuple[Certificate, ...] = ()
    _index: _Index = field(default_factory=lambda: _Index({}, _Lookup(), _Lookup(), _Lookup(), {}))
    _crls_by: Mapping[object, tuple[Crl, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        certificates: Iterable[Certificate] = (),
        *,
        entries: Iterable[Anchor] = (),
        problems: Iterable[tuple[str, str]] = (),
        crls: Iterable[Crl] = (),
        obtained_at: datetime | None = None,
        others: Iterable[Certificate] = (),
    ) -> TrustStore:
        """A store of these certificates; of none, too: then nobody's signature is known.

        :param certificates: anchors whose provenance does not matter.
        :param entries: anchors with provenance, and pinned document signers. A certificate that
            occurs more than once is one entry with every provenance; pinned once is pinned.
        :param obtained_at: aware.
        :param others: those that are entries as well are nothing else.
        :raises InputError: *obtained_at* has no zone.
        """
        if obtained_at is not None and obtained_at.utcoffset() is None:
            raise InputError("a time without zone")
        merged: dict[Certificate, Anchor] = {}
        found = list(problems)
        for certificate in certificates:
            merged.setdefault(certificate, Anchor(certificate))
        for entry in entries:
            known = merged.get(entry.certificate)
            merged[entry.certificate] = entry if known is None else _merge(known, entry)
        unknown = [c for c in dict.fromkeys(others) if c not in merged]
        index = _build_index(merged, unknown, found)
        lists = tuple(crls)
        return cls(
            tuple(merged.values()),
            tuple(found),
            lists,
            obtained_at,
            tuple(unknown),
            index,
            _index_crls(lists),
        )

    @classmethod
    def open(cls, *paths: str | Path, now: datetime | None = None) -> TrustStore:
        """Read files and folders that the caller trusts, see :func:`eid.trust.sources.load_trusted`:
        certificates and revocation lists (DER or PEM), master lists, LDIF, stores.

        A file that cannot be read does not lose the others: it is named in :attr:`problems`. In
        folders, files of another kind are passed over.

        :param now: aware; signers of lists must be valid then. The current time unless given.
        :raises TrustStoreError: a path does not exist, or there is no certificate at all.
        """
        from eid.trust import sources  # sources build stores, so they come first

        store = sources.load_trusted(*paths, now=now or datetime.now(UTC)).store()
        if not store.entries:
            raise TrustStoreError("no certificate found")
        return store

    def with_crls(self, crls: Iterable[Crl]) -> TrustStore:
        """The same store with these revocation lists beside its own."""
        together = (*self.crls, *crls)
        return replace(self, crls=together, _crls_by=_index_crls(together))

    @property
    def anchors(self) -> tuple[Certificate, ...]:
        """The certificates that may end a chain: all but pinned signers and those of forged lists."""
        return tuple(e.certificate for e in self.entries if e.trusted and not e.pinned)

    def entry(self, certificate: Certificate) -> Anchor | None:
        """The entry of this very certificate, or ``None``."""
        return self._index.entries.get(certificate)

    def pinned(self, certificate: Certificate) -> Anchor | None:
        """The entry of *certificate* when it is a pinned document signer of a source that is trusted."""
        entry = self._index.entries.get(certificate)
        return entry if entry is not None and entry.pinned and entry.trusted else None

    def issuers_of(self, certificate: Certificate) -> tuple[Certificate, ...]:
        """Anchors that may have issued *certificate*: those its key identifier means, those of its
        issuer's name, then others of its issuer's country (at most :data:`MAX_TRIALS`). Candidates
        only: who signed it, the signature tells.

        The certificate itself is never among them: to be in the store makes nobody an issuer.
        """
        return tuple(islice(self._index.anchors.issuers_of(certificate), MAX_CANDIDATES))

    def intermediates_of(self, certificate: Certificate) -> tuple[Certificate, ...]:
        """Certificates of the store that may have issued *certificate* but are not trusted by
        themselves. Pinned document signers are not among them.
        """
        return tuple(islice(self._index.middle.issuers_of(certificate), MAX_CANDIDATES))

    def signers(self, *, key_identifier: bytes | None = None, serial: bytes = b"") -> tuple[Certificate, ...]:
        """Certificates of the store with this key identifier, else with these serial number octets:
        for a security object that came without its signer's certificate. Candidates only.
        """
        if key_identifier is not None:
            return tuple(c for part in self._index.parts for c in part.by_key.get(key_identifier, ()))
        return tuple(self._index.by_serial.get(serial, ()))

    def country(self, code: str) -> tuple[Certificate, ...]:
        """The anchors of one country, as its certificates write it (``VN``); case does not matter."""
        return tuple(self._index.anchors.by_country.get(code.upper(), ()))

    @property
    def countries(self) -> tuple[str, ...]:
        """Every country an anchor is of, sorted."""
        return tuple(sorted(code for code in self._index.anchors.by_country if code))

    def crls_for(self, issuer: Certificate) -> tuple[Crl, ...]:
        """Revocation lists in the name of *issuer*, or that name its key. Not verified."""
        try:
            name = name_key(issuer.subject)
        except EncodingError:
            return ()
        found = self._crls_by.get(name, ())
        if issuer.ski is None:
            return found
        return tuple(dict.fromkeys((*found, *self._crls_by.get(issuer.ski, ()))))

    def age(self, now: datetime) -> timedelta | None:
        """How old the contents are, ``None`` when unknown. Negative when they are from the future."""
        return None if self.obtained_at is None else now - self.obtained_at

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        return f"<TrustStore of {len(self.entries)} anchors, {len(self.problems)} problems>"


@dataclass(frozen=True, slots=True)
class _Lookup:
    """Certificates of one standing, by what a certificate may say of its issuer."""

    by_key: dict[bytes, list[Certificate]] = field(default_factory=dict)
    by_name: dict[_Name, list[Certificate]] = field(default_factory=dict)
    by_country: dict[str, list[Certificate]] = field(default_factory=dict)

    def add(self, certificate: Certificate, name: _Name, *, country: bool) -> None:
        self.by_name.setdefault(name, []).append(certificate)
        if certificate.ski is not None:
            self.by_key.setdefault(certificate.ski, []).append(certificate)
        if country:
            self.by_country.setdefault(_country(name), []).append(certificate)

    def issuers_of(self, certificate: Certificate) -> Iterator[Certificate]:
        seen = {certificate}
        for group in self._groups(certificate):
            for candidate in group:
                if candidate not in seen:
                    seen.add(candidate)
                    yield candidate

    def _groups(self, certificate: Certificate) -> Iterator[Iterable[Certificate]]:
        if certificate.aki is not None:
            yield self.by_key.get(certificate.aki, ())
        try:
            name = name_key(certificate.issuer)
        except EncodingError:
            return
        yield self.by_name.get(name, ())
        yield islice(self.by_country.get(_country(name), ()), MAX_TRIALS)


@dataclass(frozen=True, slots=True)
class _Index:
    """Built once, never changed after.

    :param anchors: what may end a chain.
    :param middle: what is not trusted by itself.
    :param pinned: document signers, which issue nothing.
    """

    entries: Mapping[Certificate, Anchor]
    anchors: _Lookup
    middle: _Lookup
    pinned: _Lookup
    by_serial: dict[bytes, list[Certificate]]

    @property
    def parts(self) -> tuple[_Lookup, ...]:
        return self.anchors, self.middle, self.pinned


def _merge(one: Anchor, other: Anchor) -> Anchor:
    if one.provenance == other.provenance:
        provenance = one.provenance
    else:
        # A certificate given without provenance was given by the caller: a forged list that holds it
        # too takes nothing away.
        sources = (*(one.provenance or (_GIVEN,)), *(other.provenance or (_GIVEN,)))
        provenance = tuple(dict.fromkeys(sources))
    return Anchor(one.certificate, provenance, one.pinned or other.pinned)


def _build_index(
    entries: dict[Certificate, Anchor], others: list[Certificate], problems: list[tuple[str, str]]
) -> _Index:
    """Certificates without a readable name leave *entries* and *others* for *problems*."""
    anchors, middle, pinned = _Lookup(), _Lookup(), _Lookup()
    by_serial: dict[bytes, list[Certificate]] = {}
    unnamed: set[Certificate] = set()
    for certificate in (*entries, *others):
        try:
            name = name_key(certificate.subject)
        except EncodingError as error:
            problems.append((certificate.fingerprint, error.code))
            unnamed.add(certificate)
            continue
        entry = entries.get(certificate)
        by_serial.setdefault(certificate.serial_octets, []).append(certificate)
        if entry is None or not entry.trusted:
            middle.add(certificate, name, country=False)
        elif entry.pinned:
            pinned.add(certificate, name, country=False)
        else:
            anchors.add(certificate, name, country=True)
    for certificate in unnamed:
        entries.pop(certificate, None)
    others[:] = [certificate for certificate in others if certificate not in unnamed]
    return _Index(MappingProxyType(entries), anchors, middle, pinned, by_serial)


def _country(name: _Name) -> str:
    return next((text.upper() for attribute, text in name if attribute == COUNTRY), "")


def _index_crls(crls: Iterable[Crl]) -> Mapping[object, tuple[Crl, ...]]:
    """By the issuer's name and by the key that they name; what cannot be read finds nobody."""
    index: dict[object, list[Crl]] = {}
    for crl in crls:
        with contextlib.suppress(EidError):
            index.setdefault(name_key(crl.issuer), []).append(crl)
        with contextlib.suppress(EidError):
            if crl.aki is not None:
                index.setdefault(crl.aki, []).append(crl)
    return MappingProxyType({key: tuple(found) for key, found in index.items()})
