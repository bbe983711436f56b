"""What of a trust store a verification looked at: as much as a record has to keep of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from eid.trust.anchors import Anchor, TrustStore
from eid.trust.certificates import Certificate
from eid.trust.crl import Crl

__all__ = ["WatchedStore"]


class WatchedStore(TrustStore):
    """A trust store that remembers what it answered with. For one verification in one thread.

    A store of what was answered gives the same answers to the same questions: whatever an answer was
    cut to (:data:`eid.trust.anchors.MAX_TRIALS`), what was in it came first and still does, because
    the order stays. So the same evidence gets the same report from it.
    """

    __slots__ = ("_certificates", "_lists")

    _certificates: set[Certificate]
    _lists: set[Crl]

    @classmethod
    def around(cls, store: TrustStore) -> WatchedStore:
        """The same store, watched."""
        watched = cls(**{field.name: getattr(store, field.name) for field in fields(TrustStore)})
        object.__setattr__(watched, "_certificates", set())
        object.__setattr__(watched, "_lists", set())
        return watched

    def used(self) -> TrustStore:
        """A store of what was looked at, in the same order, from the same sources, of the same age."""
        return TrustStore.of(
            entries=(entry for entry in self.entries if entry.certificate in self._certificates),
            crls=(crl for crl in self.crls if crl in self._lists),
            obtained_at=self.obtained_at,
            others=(certificate for certificate in self.others if certificate in self._certificates),
        )

    def entry(self, certificate: Certificate) -> Anchor | None:
        """See :meth:`TrustStore.entry`."""
        return self._noted(super().entry(certificate))

    def pinned(self, certificate: Certificate) -> Anchor | None:
        """See :meth:`TrustStore.pinned`."""
        return self._noted(super().pinned(certificate))

    def issuers_of(self, certificate: Certificate) -> tuple[Certificate, ...]:
        """See :meth:`TrustStore.issuers_of`."""
        return self._all_noted(super().issuers_of(certificate))

    def intermediates_of(self, certificate: Certificate) -> tuple[Certificate, ...]:
        """See :meth:`TrustStore.intermediates_of`."""
        return self._all_noted(super().intermediates_of(certificate))

    def signers(self, *, key_identifier: bytes | None = None, serial: bytes = b"") -> tuple[Certificate, ...]:
        """See :meth:`TrustStore.signers`."""
        return self._all_noted(super().signers(key_identifier=key_identifier, serial=serial))

    def crls_for(self, issuer: Certificate) -> tuple[Crl, ...]:
        """See :meth:`TrustStore.crls_for`."""
        found = super().crls_for(issuer)
        self._lists.update(found)
        return found

    def _noted(self, entry: Anchor | None) -> Anchor | None:
        if entry is not None:
            self._certificates.add(entry.certificate)
        return entry

    def _all_noted(self, found: Iterable[Certificate]) -> tuple[Certificate, ...]:
        together = tuple(found)
        self._certificates.update(together)
        return together
