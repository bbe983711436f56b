"""What is in a load of certificates and revocation lists: which keys work, who signed whom.

Nothing here decides about trust. A signature is looked for among everything at hand, trusted or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from eid.errors import EidError, EncodingError, InvalidSignature, UnknownCurve, UnsupportedAlgorithm
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate, name_key, verify_issued_by
from eid.trust.crl import Crl
from eid.trust.loaded import Loaded, SourceProblem
from eid.trust.oddities import issuance_oddities

__all__ = ["CrlReport", "Inspection", "inspect", "inspect_crls"]

#: Certificates tried as the issuer of one.
MAX_TRIALS = 24


@dataclass(frozen=True, slots=True)
class CrlReport:
    """One revocation list.

    :param signature: ``VALID``: by a key at hand of its issuer; ``INVALID``: not by the key that its
        issuer's name and key identifier mean; ``UNDECIDED``: the issuer is not at hand, or its
        algorithm is not supported.
    :param code: why not valid, or why the list cannot be used.
    :param revoked: how many certificates; ``None`` when the entries cannot be read.
    """

    crl: Crl
    signature: Literal["VALID", "INVALID", "UNDECIDED"]
    code: str | None
    revoked: int | None


@dataclass(frozen=True, slots=True)
class Inspection:
    """Counts, each certificate once.

    :param keys_usable: signatures by these keys can be checked.
    :param signatures_ok: signed by their own key or by that of another one at hand.
    :param self_signed: signed by their own key.
    :param links: certification authorities that another key has signed: link certificates and the
        like, whether that other certificate is at hand or not.
    :param problems: by certificate: oddities that were tolerated, and what was found wrong.
    """

    certificates: int
    keys_usable: int
    signatures_ok: int
    self_signed: int
    links: int
    crls: tuple[CrlReport, ...]
    problems: tuple[SourceProblem, ...]


def inspect(
    loaded: Loaded,
    *,
    anchors: Iterable[Certificate] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Inspection:
    """Try every key and every signature of *loaded*. Nothing in it makes this raise.

    :param anchors: further certificates that may have signed.
    :param progress: called with the number of certificates done and of all.
    """
    at_hand = TrustStore.of(anchors, entries=loaded.entries, others=loaded.signers)
    names = {e.certificate: e.provenance[0].source for e in loaded.entries if e.provenance}
    certificates = loaded.certificates
    found: dict[Certificate, list[str]] = {certificate: [] for certificate in certificates}
    usable = signed = self_signed = links = 0
    for number, certificate in enumerate(certificates):
        key_problem = _key_problem(certificate)
        issuer, code = _issuer(certificate, at_hand)
        usable += key_problem is None
        self_signed += issuer is certificate
        signed += issuer is not None
        links += issuer is not certificate and _is_authority(certificate)
        codes = [*certificate.warnings, *(each for each in (key_problem, code) if each is not None)]
        if issuer is not None and issuer is not certificate:
            named = issuance_oddities(certificate, issuer)
            codes += named
            if named and issuer in found:
                found[issuer].append("NAME_IN_LINK_DIFFERS")
        found[certificate] += codes
        if progress is not None and number % 64 == 0:
            progress(number, len(certificates))
    crls = inspect_crls(loaded.crls, (entry.certificate for entry in at_hand.entries))
    problems = [
        SourceProblem(names.get(certificate, "LDIF"), certificate.fingerprint, code)
        for certificate, codes in found.items()
        for code in dict.fromkeys(codes)
    ]
    problems += (SourceProblem("CRL", r.crl.fingerprint, r.code) for r in crls if r.code is not None)
    if progress is not None:
        progress(len(certificates), len(certificates))
    return Inspection(len(certificates), usable, signed, self_signed, links, crls, tuple(problems))


def inspect_crls(crls: Iterable[Crl], certificates: Iterable[Certificate]) -> tuple[CrlReport, ...]:
    """Look for the keys that signed *crls* among *certificates*. Does not raise."""
    lists = tuple(crls)
    meant: dict[object, list[Certificate]] = {}
    for certificate in certificates if lists else ():
        for key in (_key(certificate.subject), certificate.ski):
            if key is not None:
                meant.setdefault(key, []).append(certificate)
    return tuple(_inspect_crl(crl, dict.fromkeys(_issuers(crl, meant))) for crl in lists)


def _issuers(crl: Crl, meant: dict[object, list[Certificate]]) -> Iterator[Certificate]:
    for key in (crl.aki, _key(crl.issuer)):
        if key is not None:
            yield from meant.get(key, ())


def _inspect_crl(crl: Crl, issuers: Iterable[Certificate]) -> CrlReport:
    code: str | None = None
    revoked: int | None = None
    try:
        revoked = len(crl.entries)
        code = None if crl.unsupported is None else "CRL_UNSUPPORTED"
    except EidError as error:
        code = error.code
    signature: Literal["VALID", "INVALID", "UNDECIDED"] = "UNDECIDED"
    reason = "CRL_ISSUER_NOT_AT_HAND"
    for issuer in islice(issuers, MAX_TRIALS):
        try:
            crl.verify(issuer)
        except UnsupportedAlgorithm as error:
            reason = error.code
        except InvalidSignature:
            if _means(crl.issuer, crl.aki, issuer):
                signature, reason = "INVALID", "CRL_SIGNATURE_INVALID"
        except EidError as error:
            reason = error.code
        else:
            return CrlReport(crl, "VALID", code, revoked)
    return CrlReport(crl, signature, code or reason, revoked)


def _key_problem(certificate: Certificate) -> str | None:
    try:
        reason = certificate.public_key.unsupported
    except EidError as error:
        return error.code
    return reason if reason in (None, UnknownCurve.code) else UnsupportedAlgorithm.code


def _issuer(certificate: Certificate, at_hand: TrustStore) -> tuple[Certificate | None, str | None]:
    """Whose key signed, or the reason why that is unknown."""
    code = "ISSUER_NOT_AT_HAND"
    for issuer in islice(_candidates(certificate, at_hand), MAX_TRIALS):
        try:
            verify_issued_by(certificate, issuer)
        except UnsupportedAlgorithm as error:
            if code == "ISSUER_NOT_AT_HAND":
                code = error.code
        except InvalidSignature:
            if _means(certificate.issuer, certificate.aki, issuer):
                code = "CERTIFICATE_SIGNATURE_INVALID"
        except EidError as error:
            if code == "ISSUER_NOT_AT_HAND":
                code = error.code
        else:
            return issuer, None
    return None, code


def _candidates(certificate: Certificate, at_hand: TrustStore) -> Iterator[Certificate]:
    """Itself where it may mean itself, then those its issuer's identifier, name and country mean."""
    if _same(certificate.issuer, certificate.subject):
        yield certificate
    yield from at_hand.issuers_of(certificate)
    yield from at_hand.intermediates_of(certificate)


def _means(name: bytes, key_identifier: bytes | None, issuer: Certificate) -> bool:
    """Whether both name and key identifier of an issuer are those of this one.

    Real key identifiers are shared by several keys, but not with the same name.
    """
    return key_identifier is not None and key_identifier == issuer.ski and _same(name, issuer.subject)


def _same(one: bytes, other: bytes) -> bool:
    return one == other or (_key(one) is not None and _key(one) == _key(other))


def _key(name: bytes) -> tuple[tuple[str, str], ...] | None:
    try:
        return name_key(name)
    except EncodingError:
        return None


def _is_authority(certificate: Certificate) -> bool:
    usage = certificate.key_usage or frozenset()
    return certificate.is_ca or "key_cert_sign" in usage or _same(certificate.issuer, certificate.subject)
