"""From a document signer up to an anchor of the caller (Doc 9303-12, 5; RFC 5280, 6).

What counts is who signed. Key identifiers and names only say where to look, and everybody can write
them; so a reason is given only by a certificate whose key did sign. Between signer and anchor may
stand link certificates: a country changes its key and signs the new one with the old, or the old one
with the new. A certificate never vouches for the key it was signed with.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from eid.errors import (
    CertificateError,
    EncodingError,
    InvalidSignature,
    KeyFormatError,
    LimitExceeded,
    UnsupportedAlgorithm,
)
from eid.trust.anchors import Anchor, TrustStore
from eid.trust.certificates import Certificate, name_key, verify_issued_by

__all__ = ["MAX_CHECKS", "MAX_DEPTH", "VERIFIED", "Chain", "VerifiedSignatures", "find_chain"]

#: Certificates of one chain, signer and anchor included. Real ones have two, with a link three.
MAX_DEPTH = 8
#: Signatures that one search checks: each costs up to some milliseconds.
MAX_CHECKS = 32


#: Name constraints, policy constraints, inhibit any-policy: they restrict what stands below, also where
#: their issuer forgot to mark them as critical, and are not evaluated here.
_CONSTRAINTS = frozenset({"2.5.29.30", "2.5.29.36", "2.5.29.54"})


@dataclass(frozen=True, slots=True)
class Chain:
    """The way from a certificate to an anchor, or why there is none.

    :param outcome: ``PASSED`` or ``UNDECIDED``: an unknown issuer is no sign of forgery.
    :param code: why not, from the catalogue of verdict codes; ``None`` when passed.
    :param certificates: from the signer to the anchor; only the signer when there is no way.
    :param anchor: the entry of the store at the end. A pinned signer is its own.
    :param warnings: problem codes of what was tolerated on the way.
    """

    outcome: Literal["PASSED", "UNDECIDED"]
    code: str | None
    certificates: tuple[Certificate, ...]
    anchor: Anchor | None = None
    warnings: tuple[str, ...] = ()


class VerifiedSignatures:
    """Which certificate was found to be signed by which: a bounded memory, shared between threads.

    A pair is the SHA-256 of both certificates, so it means the same in every store and at any time;
    validity and rights are looked at each time. Only signatures that held, in chains that led to an
    anchor, are remembered: nobody can fill it with certificates of their own.

    :param size: pairs kept; the one not used for longest goes first. 0 keeps none.
    """

    def __init__(self, size: int = 4096) -> None:
        self._size = size
        self._pairs: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()

    def holds(self, child: Certificate, issuer: Certificate) -> bool:
        """Whether *issuer*'s signature over *child* was found to hold before."""
        if not self._pairs:
            return False
        pair = _pair(child, issuer)
        with self._lock:
            if pair not in self._pairs:
                return False
            self._pairs.move_to_end(pair)
            return True

    def add(self, child: Certificate, issuer: Certificate) -> None:
        """Remember it."""
        if self._size <= 0:
            return
        pair = _pair(child, issuer)
        with self._lock:
            self._pairs[pair] = None
            self._pairs.move_to_end(pair)
            while len(self._pairs) > self._size:
                self._pairs.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._pairs.clear()

    def __len__(self) -> int:
        return len(self._pairs)


def _pair(child: Certificate, issuer: Certificate) -> bytes:
    return hashlib.sha256(child.raw).digest() + hashlib.sha256(issuer.raw).digest()


#: The memory that :func:`find_chain` uses unless it is given another.
VERIFIED = VerifiedSignatures()


def find_chain(
    certificate: Certificate,
    trust: TrustStore,
    *,
    now: datetime,
    intermediates: Iterable[Certificate] = (),
    cache: VerifiedSignatures = VERIFIED,
) -> Chain:
    """Look for a way from *certificate* to an anchor of *trust*. Nothing in certificates makes it raise.

    Checked of each issuer: its signature, its name, its validity at *now*, its right to issue
    (a CA with keyCertSign), the path length and unknown critical extensions. The anchor's own right
    is the caller's to give: it may lack BasicConstraints and have another name of the same country,
    each with a warning, but its key usages must not leave signing certificates out. Not checked: whether *certificate* itself is valid and
    entitled to what it did.

    :param now: aware.
    :param intermediates: certificates that came along; not trusted, but a chain may pass through.
    """
    pin = trust.pinned(certificate)
    if pin is not None:
        return Chain("PASSED", None, (certificate,), pin)
    return _Search(trust, now, tuple(intermediates), cache).run(certificate)


class _Search:
    """One search, depth first: anchors before intermediates at every step."""

    def __init__(
        self,
        trust: TrustStore,
        now: datetime,
        intermediates: tuple[Certificate, ...],
        cache: VerifiedSignatures,
    ) -> None:
        self._trust, self._now, self._intermediates, self._cache = trust, now, intermediates, cache
        self._checks = 0
        self._fresh: list[tuple[Certificate, Certificate]] = []
        self._refusal: str | None = None
        self._unsupported: str | None = None

    def run(self, certificate: Certificate) -> Chain:
        path = [certificate]
        warnings = self._climb(path)
        if warnings is None:
            code = self._refusal or self._unsupported or "UNKNOWN_ISSUER"
            return Chain("UNDECIDED", code, (certificate,))
        for child, issuer in itertools.pairwise(path):
            if (child, issuer) in self._fresh:
                self._cache.add(child, issuer)
        return Chain("PASSED", None, tuple(path), self._trust.entry(path[-1]), tuple(dict.fromkeys(warnings)))

    def _climb(self, path: list[Certificate]) -> list[str] | None:
        """Extend *path* to an anchor and return the warnings; or leave it as it was and return None."""
        child = path[-1]
        for anchor in self._trust.issuers_of(child):
            warnings: list[str] = []
            if anchor not in path and self._issued(path, anchor, warnings, is_anchor=True):
                path.append(anchor)
                return warnings
        for link in self._links(child):
            warnings = []
            if _same_key_in(path, link) or not self._issued(path, link, warnings, is_anchor=False):
                continue
            path.append(link)
            above = self._climb(path)
            if above is not None:
                return warnings + above
            path.pop()
        return None

    def _links(self, child: Certificate) -> Iterator[Certificate]:
        """Untrusted certificates that may have issued *child*, those of its key identifier first."""
        name = _name(child.issuer)
        others: list[Certificate] = []
        for link in self._intermediates:
            if child.aki is not None and link.ski == child.aki:
                yield link
            elif name is not None and _name(link.subject) == name:
                others.append(link)
        yield from others
        yield from self._trust.intermediates_of(child)

    def _issued(
        self, path: list[Certificate], issuer: Certificate, warnings: list[str], *, is_anchor: bool
    ) -> bool:
        """Whether *issuer* signed the end of *path*, and had the right to."""
        if self._checks >= MAX_CHECKS:
            self._refusal = "CHAIN_TOO_LONG"
            return False
        self._checks += 1
        if not self._signed(path[-1], issuer):
            return False
        code = self._refused(path, issuer, warnings, is_anchor=is_anchor)
        self._refusal = self._refusal or code
        return code is None

    def _signed(self, child: Certificate, issuer: Certificate) -> bool:
        if self._cache.holds(child, issuer):
            return True
        try:
            verify_issued_by(child, issuer)
        except UnsupportedAlgorithm as error:
            # It explains only where child means this issuer: others of its country were mere trials.
            if _name(child.issuer) == _name(issuer.subject) or (child.aki and child.aki == issuer.ski):
                self._unsupported = self._unsupported or error.code
            return False
        except (InvalidSignature, CertificateError, KeyFormatError, LimitExceeded):
            return False
        self._fresh.append((child, issuer))
        return True

    def _refused(
        self, path: list[Certificate], issuer: Certificate, warnings: list[str], *, is_anchor: bool
    ) -> str | None:
        """Why *issuer*, whose key did sign the end of *path*, may not have; or ``None``."""
        if not issuer.may_issue:
            if not (is_anchor and _forgot_to_say(issuer)):
                return "ISSUER_NOT_A_CA"
            warnings.append("ANCHOR_NOT_A_CA")
        if not issuer.valid_at(self._now):
            return "ISSUER_NOT_VALID"
        if not is_anchor and (issuer.unknown_critical or not _CONSTRAINTS.isdisjoint(issuer.extensions)):
            return "ISSUER_EXTENSION_UNKNOWN"
        if not is_anchor and len(path) + 2 > MAX_DEPTH:
            return "CHAIN_TOO_LONG"
        if issuer.is_ca and issuer.path_length is not None:
            below = sum(not _is_link(certificate) for certificate in path[1:])
            if below > issuer.path_length:
                return "PATH_LENGTH_EXCEEDED"
        child = path[-1]
        name = _name(child.issuer)
        if name is not None and name == _name(issuer.subject):
            return None
        # Links of Spain and the Philippines state the new name as their issuer's, too. The key of an
        # anchor did sign, so that is a slip as long as the country is the same.
        country = issuer.country
        if is_anchor and country is not None and country == child.issuer_country:
            warnings.append("ISSUER_NAME_DIFFERS")
            return None
        return "ISSUER_NAME_DIFFERS"


def _forgot_to_say(anchor: Certificate) -> bool:
    """Whether an anchor that is no CA by its own words may be meant as one.

    Turkey's CSCA says cA FALSE and Belgium's says nothing, but both say keyCertSign. A root of
    before version 3 says nothing at all. A document signer in the store never qualifies.
    """
    if anchor.key_usage is not None:
        return "key_cert_sign" in anchor.key_usage
    return anchor.self_issued and not anchor.extensions


def _is_link(certificate: Certificate) -> bool:
    """Whether it is not counted by path length: self-issued (RFC 5280, 4.2.1.9), or Luxembourg's kind,
    where the country changed its name with the key (Doc 9303-12, 7.1.1.4).
    """
    return certificate.self_issued or certificate.name_change


def _same_key_in(path: list[Certificate], link: Certificate) -> bool:
    """A chain passes each key once: twice is a loop."""
    return any(certificate.spki == link.spki for certificate in path)


def _name(name: bytes) -> tuple[tuple[str, str], ...] | None:
    try:
        return name_key(name)
    except EncodingError:
        return None
