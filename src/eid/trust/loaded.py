"""What :mod:`eid.trust.sources` found, and what became of each list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from eid.trust.anchors import Anchor, TrustStore
from eid.trust.certificates import Certificate
from eid.trust.crl import Crl
from eid.trust.deviation_list import DeviationList

__all__ = ["ListReport", "Loaded", "SourceProblem"]


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """Something that could not be used.

    :param source: name of the file; in a folder relative to it, in LDIF with the line behind ``:``.
    :param sha256: of the octets that are meant, in hexadecimal, where they could be singled out.
    :param code: an error code or a problem code of the catalogue.
    """

    source: str
    sha256: str | None
    code: str


@dataclass(frozen=True, slots=True)
class ListReport:
    """What became of one list.

    :param path: the file as the caller named it; for a list inside LDIF with the line behind ``:``.
    :param certificates: entries that are certificates.
    :param outcome: of its signature, see :class:`eid.trust.master_list.ListSignature`; ``None`` for
        LDIF, which nobody signs.
    :param code: why it is not verified.
    :param signature: of the octets alone: ``VALID``, ``INVALID`` or ``UNDECIDED``.
    :param signer: subject of the signer's certificate.
    :param signed_at: as the signer says.
    :param crls: revocation lists in it.
    :param deviations: of a deviation list.
    """

    path: str
    kind: Literal["MASTER_LIST", "DEVIATION_LIST", "LDIF"]
    certificates: int
    outcome: Literal["VERIFIED", "UNVERIFIED", "FAILED"] | None = None
    code: str | None = None
    signature: Literal["VALID", "INVALID", "UNDECIDED"] | None = None
    signer: str | None = None
    signed_at: datetime | None = None
    crls: int = 0
    deviations: int = 0


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Loaded:
    """Everything that was found.

    :param entries: each certificate once, with every source it came from. Those of lists whose
        signature FAILED are among them and marked so: a :class:`TrustStore` trusts none of these.
    :param signers: document signers from directory downloads: known, but trusted by nobody.
    :param lists: what became of each list.
    :param deviation_lists: read for information.
    :param passed_over: paths of files in folders that are none of the kinds.
    :param obtained_at: the age of the oldest store among the sources; ``None`` without a store.
    """

    entries: tuple[Anchor, ...] = ()
    signers: tuple[Certificate, ...] = ()
    crls: tuple[Crl, ...] = ()
    lists: tuple[ListReport, ...] = ()
    deviation_lists: tuple[DeviationList, ...] = ()
    problems: tuple[SourceProblem, ...] = ()
    passed_over: tuple[str, ...] = ()
    obtained_at: datetime | None = None

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The certificates of :attr:`entries`, then :attr:`signers`."""
        return (*(entry.certificate for entry in self.entries), *self.signers)

    @property
    def vouching(self) -> tuple[Certificate, ...]:
        """Those that may vouch for lists when the caller trusts the sources: certificates that stood by
        themselves, and those of verified lists.
        """
        return tuple(
            entry.certificate
            for entry in self.entries
            if any(source.kind == "FILE" or source.outcome == "VERIFIED" for source in entry.provenance)
        )

    def store(self, *, obtained_at: datetime | None = None) -> TrustStore:
        """A trust store of the entries and revocation lists.

        :param obtained_at: when the caller fetched them; what stores among the sources say unless given.
        """
        return TrustStore.of(
            entries=self.entries,
            crls=self.crls,
            problems=((problem.source, problem.code) for problem in self.problems),
            obtained_at=obtained_at or self.obtained_at,
            others=self.signers,
        )

    def __repr__(self) -> str:
        return f"<Loaded {len(self.entries)} entries, {len(self.crls)} revocation lists, {len(self.lists)} lists>"
