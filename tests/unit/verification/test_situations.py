"""Every verdict code, each produced by the situation that it names."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from verification_cards import (
    AUTHORITY,
    CA_INFOS,
    CARD_ACCESS,
    CHALLENGE,
    CLONE_KEY,
    DG1,
    DG14,
    DG15,
    FILES,
    ISSUER,
    NOBODY,
    NOW,
    PACE,
    PACE_INFO,
    SIGNER,
    STRANGER,
    TRUST,
    aa_signature,
    active,
    chip,
    crl,
    folder,
    judge,
    mrz,
    reading,
    spki_of,
    trust_with,
)

from eid.crypto.curves import by_name
from eid.document.checks import Check, Outcome
from eid.document.dg1 import encode_dg1
from eid.document.dg15 import encode_dg15
from eid.document.evidence import AccessTranscript, Evidence, Exchange
from eid.document.profile import ICAO
from eid.document.security_infos import encode_card_access, encode_dg14, pace_info
from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import DocumentError
from eid.simulator.issuer import TestIssuer
from eid.trust.anchors import Anchor, Provenance, TrustStore
from eid.trust.certificates import Certificate
from eid.trust.problems import PROBLEMS
from eid.verification import GatewayAnswer, HolderMatch, Policy, Report, StatusAnswer
from eid.verification.codes import CODES

FAILED, UNDECIDED, PASSED, NOT_CHECKED = (
    Outcome.FAILED,
    Outcome.UNDECIDED,
    Outcome.PASSED,
    Outcome.NOT_CHECKED,
)
YEARS = dt.timedelta(days=366 * 20)


class Situation(NamedTuple):
    """What is the matter, and where the report says so: a verdict, or ``warnings``."""

    title: str
    where: str
    outcome: Outcome | None
    code: str
    make: Callable[[], Report]


SITUATIONS: list[Situation] = []


def other_digest(sod: bytes) -> bytes:
    """*sod* with SHA-512 in the list of hash functions at its head, which nobody has signed."""
    sha256, sha512 = der.oid("2.16.840.1.101.3.4.2.1"), der.oid("2.16.840.1.101.3.4.2.3")
    return sod.replace(sha256, sha512, 1)


def hidden_copy(access: AccessTranscript) -> Report:
    """EF.SOD lists DG14, but there is none among the files."""
    files = {"EF.SOD": ISSUER.sign_sod(FILES), "DG1": DG1, "EF.CardAccess": CARD_ACCESS}
    return judge(Evidence(files, access=access))


def situation(
    title: str, where: str, outcome: Outcome | None, code: str
) -> Callable[[Callable[[], Report]], None]:
    def add(make: Callable[[], Report]) -> None:
        SITUATIONS.append(Situation(title, where, outcome, code, make))

    return add


def add(title: str, where: str, outcome: Outcome | None, code: str, make: Callable[[], Report]) -> None:
    SITUATIONS.append(Situation(title, where, outcome, code, make))


# --- certificates made by hand -------------------------------------------------------------------


def extension(oid: str, value: bytes, *, critical: bool = True) -> bytes:
    return der.sequence(der.oid(oid), der.boolean(critical), tlv(der.OCTET_STRING, value))


def certificate(
    base: bytes,
    *,
    spki: bytes | None = None,
    extensions: list[bytes] | None = None,
    issuer: bytes | None = None,
    subject: bytes | None = None,
    by: TestIssuer = ISSUER,
) -> bytes:
    """*base* with another key, other names or other extensions, signed by the CSCA of *by*."""
    tbs, algorithm, _ = parse(base).children()
    parts = [node.raw for node in tbs.children()]
    for place, other in ((3, issuer), (5, subject), (6, spki)):
        if other is not None:
            parts[place] = other
    if extensions is not None:
        parts[7] = tlv(0xA3, der.sequence(*extensions))
    signed = der.sequence(*parts)
    return der.sequence(signed, algorithm.raw, der.bit_string(by.scheme.sign(by.csca_key, signed)))


def signer(**changes: object) -> TestIssuer:
    return replace(ISSUER, ds_der=certificate(ISSUER.ds_der, **changes))  # type: ignore[arg-type]


def anchor(*extensions: bytes) -> TrustStore:
    return TrustStore.of([Certificate.from_der(certificate(ISSUER.csca_der, extensions=list(extensions)))])


ALGORITHM = parse(spki_of(ISSUER.ds_key)).children()[0].raw
POINT = parse(spki_of(ISSUER.ds_key)).children()[1]
P256 = by_name("secp256r1")
assert P256
# The CVE-2020-0601 forgery: every number of P-256, but the generator is the signer's own point.
FORGED_CURVE = der.sequence(
    der.integer(1),
    der.sequence(der.oid("1.2.840.10045.1.1"), der.integer(P256.p)),
    der.sequence(tlv(4, P256.a.to_bytes(32, "big")), tlv(4, P256.b.to_bytes(32, "big"))),
    tlv(4, POINT.value[1:]),
    der.integer(P256.n),
    der.integer(1),
)
KEY_ON_FORGED_CURVE = der.sequence(der.sequence(der.oid("1.2.840.10045.2.1"), FORGED_CURVE), POINT.raw)

# sect163k1, a curve over a binary field
UNSUPPORTED_KEY = der.sequence(
    der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.3.132.0.1")), der.bit_string(b"\4" + bytes(42))
)
BASIC_CA = extension("2.5.29.19", der.sequence(der.boolean(True)))
SIGNS_DOCUMENTS = extension("2.5.29.15", tlv(der.BIT_STRING, b"\7\x80"))


# --- authentic -----------------------------------------------------------------------------------

add("a folder without EF.SOD", "authentic", UNDECIDED, "SOD_MISSING", lambda: judge(Evidence({"DG1": DG1})))
add("EF.SOD is cut off", "authentic", FAILED, "SOD_MALFORMED",
    lambda: judge(folder(read={"EF.SOD": ISSUER.sign_sod(FILES)[:-9]})))  # fmt: skip
add("EF.SOD is a signed master list", "authentic", FAILED, "SOD_MALFORMED",
    lambda: judge(folder(content_type="2.23.136.1.1.2")))  # fmt: skip
add("the signer's key is no point", "authentic", FAILED, "SOD_MALFORMED",
    lambda: judge(folder(issuer=signer(spki=der.sequence(ALGORITHM, der.bit_string(b"\4" + b"\1" * 64))))))  # fmt: skip


@situation("the hash in EF.SOD was replaced", "authentic", FAILED, "SOD_SIGNATURE_INVALID")
def _() -> Report:
    other = encode_dg1(mrz("330415"))
    sod = ISSUER.sign_sod(FILES)
    forged = sod.replace(hashlib.sha256(DG1).digest(), hashlib.sha256(other).digest())
    assert forged != sod
    return judge(folder(read={"DG1": other, "EF.SOD": forged}))


@situation(
    "somebody else's signature under the signer's certificate", "authentic", FAILED, "SOD_SIGNATURE_INVALID"
)
def _() -> Report:
    return judge(folder(issuer=replace(ISSUER, ds_key=STRANGER.ds_key)))


add("the signer's curve has no implementation", "authentic", UNDECIDED, "UNSUPPORTED_ALGORITHM",
    lambda: judge(folder(issuer=signer(spki=UNSUPPORTED_KEY))))  # fmt: skip


@situation("the hash function of the groups is unknown", "authentic", UNDECIDED, "UNSUPPORTED_ALGORITHM")
def _() -> Report:
    md5 = der.sequence(der.oid("1.2.840.113549.2.5"))
    group = der.sequence(der.integer(1), tlv(der.OCTET_STRING, b"\0" * 16))
    content = der.sequence(der.integer(0), md5, der.sequence(group))
    return judge(
        folder(read={"EF.SOD": tlv(0x77, ISSUER.sign_content(content, content_type="2.23.136.1.1.1"))})
    )


add("explicit parameters with another generator", "authentic", UNDECIDED, "UNKNOWN_CURVE",
    lambda: judge(folder(issuer=signer(spki=KEY_ON_FORGED_CURVE))))  # fmt: skip
add("the anchor's key cannot be used", "authentic", UNDECIDED, "UNSUPPORTED_ALGORITHM",
    lambda: judge(folder(), trust=TrustStore.of([Certificate.from_der(certificate(ISSUER.csca_der, spki=UNSUPPORTED_KEY))])))  # fmt: skip
add("EF.SOD without certificate", "authentic", UNDECIDED, "SIGNER_CERTIFICATE_MISSING",
    lambda: judge(folder(with_certificate=False)))  # fmt: skip
add("an empty trust store", "authentic", UNDECIDED, "UNKNOWN_ISSUER", lambda: judge(folder(), trust=NOBODY))
add("an issuer of the same name, but another key", "authentic", UNDECIDED, "UNKNOWN_ISSUER",
    lambda: judge(folder(issuer=STRANGER)))  # fmt: skip
add("a self-signed signer with the anchor's names", "authentic", UNDECIDED, "UNKNOWN_ISSUER",
    lambda: judge(folder(issuer=replace(STRANGER, ds_key=STRANGER.csca_key, ds_der=STRANGER.csca_der))))  # fmt: skip
add("the signer itself in the trust store", "authentic", UNDECIDED, "UNKNOWN_ISSUER",
    lambda: judge(folder(), trust=TrustStore.of([Certificate.from_der(ISSUER.ds_der)])))  # fmt: skip
add("an anchor whose key is no key", "authentic", UNDECIDED, "UNKNOWN_ISSUER",
    lambda: judge(folder(), trust=TrustStore.of([Certificate.from_der(certificate(ISSUER.csca_der, spki=der.sequence()))])))  # fmt: skip
add("an anchor without BasicConstraints", "warnings", None, "ANCHOR_NOT_A_CA",
    lambda: judge(folder(), trust=anchor(extension("2.5.29.15", tlv(der.BIT_STRING, b"\1\x06")))))  # fmt: skip
add("an anchor with CA false and without key usages", "authentic", UNDECIDED, "ISSUER_NOT_A_CA",
    lambda: judge(folder(), trust=anchor(extension("2.5.29.19", der.sequence()))))  # fmt: skip
add("an anchor without keyCertSign", "authentic", UNDECIDED, "ISSUER_NOT_A_CA",
    lambda: judge(folder(), trust=anchor(BASIC_CA, SIGNS_DOCUMENTS)))  # fmt: skip


@situation("the anchor has expired before its signer", "authentic", UNDECIDED, "ISSUER_NOT_VALID")
def _() -> Report:
    issuer = TestIssuer.create(
        "ecdsa-secp256r1-sha256", csca_validity=(NOW - YEARS, NOW - dt.timedelta(days=1))
    )
    trust = TrustStore.of([Certificate.from_der(issuer.csca_der)])
    return judge(folder(issuer=issuer), trust=trust)


add("the CSCA signs documents itself", "authentic", UNDECIDED, "SIGNER_NOT_ENTITLED",
    lambda: judge(folder(issuer=signer(extensions=[BASIC_CA, SIGNS_DOCUMENTS]))))  # fmt: skip
add("a signer for key agreement only", "authentic", UNDECIDED, "SIGNER_NOT_ENTITLED",
    lambda: judge(folder(issuer=signer(extensions=[extension("2.5.29.15", tlv(der.BIT_STRING, b"\3\x08"))]))))  # fmt: skip
add("a signer of master lists", "authentic", UNDECIDED, "SIGNER_NOT_ENTITLED",
    lambda: judge(folder(issuer=signer(extensions=[SIGNS_DOCUMENTS, extension("2.5.29.37", der.sequence(der.oid("2.23.136.1.1.3")))]))))  # fmt: skip
add("a signer with an unknown critical extension", "authentic", UNDECIDED, "SIGNER_EXTENSION_UNKNOWN",
    lambda: judge(folder(issuer=signer(extensions=[extension("1.2.3", b"")]))))  # fmt: skip
add(
    "the signer has expired",
    "authentic",
    FAILED,
    "SIGNER_EXPIRED",
    lambda: judge(folder(), now=NOW + dt.timedelta(days=366 * 18)),
)
add("the signer is not valid yet", "authentic", FAILED, "SIGNER_NOT_YET_VALID",
    lambda: judge(folder(issuer=TestIssuer.create(
        "ecdsa-secp256r1-sha256", csca_key=ISSUER.csca_key, csca_der=ISSUER.csca_der,
        ds_validity=(NOW + dt.timedelta(days=1), NOW + YEARS)))))  # fmt: skip
add(
    "DG1 was altered",
    "authentic",
    FAILED,
    "DATA_GROUP_ALTERED",
    lambda: judge(folder(read={"DG1": encode_dg1(mrz("330415"))})),
)
add(
    "another group was altered",
    "authentic",
    FAILED,
    "DATA_GROUP_ALTERED",
    lambda: judge(folder(read={"DG15": DG15 + b"\0"})),
)
add(
    "DG1 has no hash in EF.SOD",
    "authentic",
    UNDECIDED,
    "DATA_GROUP_NOT_IN_SOD",
    lambda: judge(folder({"DG14": DG14}, read={"DG1": DG1})),
)
add("DG2 was put beside a signature that does not know it", "authentic", UNDECIDED, "DATA_GROUP_NOT_IN_SOD",
    lambda: judge(folder(read={"DG2": b"\x75\0"})))  # fmt: skip
add("DG13 was put beside a signature that does not know it", "warnings", None, "DATA_GROUP_NOT_IN_SOD",
    lambda: judge(folder(read={"DG13": b"\x6d\0"})))  # fmt: skip
add(
    "EF.SOD alone",
    "authentic",
    UNDECIDED,
    "DATA_GROUPS_MISSING",
    lambda: judge(Evidence({"EF.SOD": ISSUER.sign_sod(FILES)})),
)
add("DG1 was not read", "authentic", UNDECIDED, "DATA_GROUPS_MISSING",
    lambda: judge(Evidence({"EF.SOD": ISSUER.sign_sod(FILES), "DG14": DG14})))  # fmt: skip
add(
    "a signed DG1 that is no DG1",
    "authentic",
    UNDECIDED,
    "DATA_GROUP_MALFORMED",
    lambda: judge(folder({"DG1": b"\x61\0"})),
)
add(
    "a signed DG11 that is no DG11",
    "warnings",
    None,
    "DATA_GROUP_MALFORMED",
    lambda: judge(folder({**FILES, "DG11": b"\x6b\1"})),
)
add("a profile cannot make sense of the groups", "authentic", UNDECIDED, "DATA_GROUP_MALFORMED",
    lambda: judge(folder(), profile=replace(ICAO, cross_checks=_confused)))  # fmt: skip
add("a profile cannot make sense of the person", "warnings", None, "DATA_GROUP_MALFORMED",
    lambda: judge(folder(), profile=replace(ICAO, complete=_confused)))  # fmt: skip
add("a wrong check digit that was signed", "warnings", None, "MRZ_CHECK_DIGIT",
    lambda: judge(folder({"DG1": encode_dg1(mrz(right=False))})))  # fmt: skip


def _confused(*_: object) -> object:
    raise DocumentError


# --- how the chip was opened ---------------------------------------------------------------------

STRONGER = pace_info("PACE-ECDH-GM-AES-256", 13)


def opened(
    card_access: bytes | None, dg14: bytes, access: AccessTranscript | None = PACE, *quirks: str
) -> Report:
    read = {"EF.CardAccess": card_access} if card_access is not None else {}
    return judge(replace(folder({"DG1": DG1, "DG14": dg14}, read=read), access=access, quirks=quirks))


add("EF.CardAccess offers what DG14 does not", "authentic", FAILED, "ACCESS_DOWNGRADE",
    lambda: opened(encode_card_access([PACE_INFO, pace_info("PACE-ECDH-GM-3DES", 13)]), DG14))  # fmt: skip
add("the stronger protocol was taken out of EF.CardAccess", "authentic", FAILED, "ACCESS_DOWNGRADE",
    lambda: opened(CARD_ACCESS, encode_dg14([PACE_INFO, STRONGER])))  # fmt: skip
add("the variant used is not in DG14", "authentic", FAILED, "ACCESS_DOWNGRADE",
    lambda: opened(None, encode_dg14([STRONGER])))  # fmt: skip
add("the domain parameters used are not in DG14", "authentic", FAILED, "ACCESS_DOWNGRADE",
    lambda: opened(None, encode_dg14([pace_info("PACE-ECDH-GM-AES-128", 16)])))  # fmt: skip
add("BAC although the signed DG14 offers PACE", "authentic", FAILED, "ACCESS_DOWNGRADE",
    lambda: opened(CARD_ACCESS, DG14, AccessTranscript("BAC", "BAC")))  # fmt: skip
add(
    "EF.CardAccess is no SET",
    "authentic",
    UNDECIDED,
    "CARD_ACCESS_MALFORMED",
    lambda: opened(b"\x30\0", DG14),
)
add(
    "DG14 has no PACE information",
    "warnings",
    None,
    "CARD_ACCESS_NOT_BOUND",
    lambda: opened(CARD_ACCESS, encode_dg14(CA_INFOS)),
)
add("there is no DG14", "warnings", None, "CARD_ACCESS_NOT_BOUND",
    lambda: judge(folder({"DG1": DG1}, read={"EF.CardAccess": CARD_ACCESS})))  # fmt: skip
add("DG14 is not signed", "warnings", None, "CARD_ACCESS_NOT_BOUND",
    lambda: judge(folder({"DG1": DG1}, read={"DG14": DG14, "EF.CardAccess": CARD_ACCESS})))  # fmt: skip
add("DG14 was kept from being read and the access is a weak one", "authentic", UNDECIDED, "CARD_ACCESS_NOT_BOUND",
    lambda: hidden_copy(AccessTranscript("BAC", "BAC")))  # fmt: skip
add("DG14 was kept from being read and PACE used an old cipher", "authentic", UNDECIDED, "CARD_ACCESS_NOT_BOUND",
    lambda: hidden_copy(AccessTranscript("PACE", "PACE-ECDH-GM-3DES", "brainpoolP256r1")))  # fmt: skip
add("DG14 could not be read, but the access is a strong one", "warnings", None, "CARD_ACCESS_NOT_BOUND",
    lambda: hidden_copy(PACE))  # fmt: skip
add("EF.SOD with padding behind it", "warnings", None, "TRAILING_OCTETS",
    lambda: judge(folder(read={"EF.SOD": ISSUER.sign_sod(FILES) + bytes(5)})))  # fmt: skip
add("the head of EF.SOD announces another hash function", "authentic", UNDECIDED, "SOD_INCONSISTENT",
    lambda: judge(folder(read={"EF.SOD": other_digest(ISSUER.sign_sod(FILES))})))  # fmt: skip
add("a challenge of zeros", "chip_genuine", UNDECIDED, "CHALLENGE_NOT_RANDOM",
    lambda: judge(reading(live=False, active_authentication=active(challenge=bytes(8), signature=aa_signature(bytes(8)))), challenge=bytes(8)))  # fmt: skip
add("BAC, because no PACE variant is implemented", "warnings", None, "PACE_UNSUPPORTED",
    lambda: opened(CARD_ACCESS, DG14, AccessTranscript("BAC", "BAC"), "pace_unsupported"))  # fmt: skip
add("a good card", "warnings", None, "REVOCATION_NOT_CHECKED", lambda: judge(folder()))


# --- links, lists and ages of the trust store ----------------------------------------------------


def linked(*extensions: bytes, name: bytes | None = None) -> Report:
    """STRANGER's CSCA is not in the store, but ISSUER's, of the same name, has signed its key."""
    base = parse(STRANGER.csca_der).children()[0].children()
    identifier = extension("2.5.29.35", der.sequence(tlv(0x80, AUTHORITY.ski or b"")), critical=False)
    link = certificate(
        STRANGER.csca_der,
        extensions=[*extensions, base[7].children()[0].children()[0].raw, identifier],
        issuer=name,
    )
    return judge(
        folder(issuer=STRANGER),
        trust=TrustStore.of(
            [AUTHORITY],
            entries=[
                Anchor(Certificate.from_der(link), (Provenance("list", "MASTER_LIST", outcome="FAILED"),))
            ],
        ),
    )


SIGNS_CERTIFICATES = extension("2.5.29.15", tlv(der.BIT_STRING, b"\1\x06"))


def endless() -> Report:
    """A chain of self-made authorities that carries more certificates than anybody needs."""
    made = [TestIssuer.create("ecdsa-secp256r1-sha256") for _ in range(10)]
    links = []
    for below, above in itertools.pairwise(made):
        with_key = [BASIC_CA, SIGNS_CERTIFICATES]
        links.append(Certificate.from_der(certificate(below.csca_der, extensions=with_key, by=above)))
    top = TrustStore.of(
        [Certificate.from_der(made[-1].csca_der)],
        entries=[Anchor(link, (Provenance("list", "MASTER_LIST", outcome="FAILED"),)) for link in links],
    )
    return judge(folder(issuer=made[0]), trust=top)


add("ten authorities above each other", "authentic", UNDECIDED, "CHAIN_TOO_LONG", endless)
add("a link that may not stand above another", "authentic", UNDECIDED, "ISSUER_EXTENSION_UNKNOWN",
    lambda: linked(BASIC_CA, SIGNS_CERTIFICATES, extension("1.2.3", b"")))  # fmt: skip


@situation(
    "an anchor of path length 0 above an authority of another name",
    "authentic",
    UNDECIDED,
    "PATH_LENGTH_EXCEEDED",
)
def _() -> Report:
    middle = TestIssuer.create("ecdsa-secp256r1-sha256", country="VN")
    between = Certificate.from_der(
        certificate(middle.csca_der, extensions=[BASIC_CA, SIGNS_CERTIFICATES], issuer=AUTHORITY.subject)
    )
    failed = (Provenance("list", "MASTER_LIST", outcome="FAILED"),)
    trust = TrustStore.of([AUTHORITY], entries=[Anchor(between, failed)])
    return judge(folder(issuer=middle), trust=trust)


@situation("the key of an anchor with another name", "authentic", UNDECIDED, "ISSUER_NAME_DIFFERS")
def _() -> Report:
    other = TestIssuer.create("ecdsa-secp256r1-sha256", country="XK", csca_key=ISSUER.csca_key)
    return judge(folder(), trust=TrustStore.of([Certificate.from_der(other.csca_der)]))


def from_list(outcome: Any, **changes: Any) -> Report:
    source = Provenance("UT.ml", "MASTER_LIST", "C=UT", outcome)
    return judge(folder(), trust=TrustStore.of(entries=[Anchor(AUTHORITY, (source,))]), **changes)


add("an anchor of a list that nobody verified", "warnings", None, "ANCHOR_NOT_VERIFIED",
    lambda: from_list("UNVERIFIED"))  # fmt: skip
add("an anchor of a forged list", "authentic", UNDECIDED, "UNKNOWN_ISSUER", lambda: from_list("FAILED"))
add("an old document with SHA-1", "warnings", None, "SHA1_USED", lambda: judge(folder(hash_name="sha1")))
add("a trust store of last year", "authentic", UNDECIDED, "TRUST_STALE",
    lambda: judge(folder(), trust=TrustStore.of([AUTHORITY], obtained_at=NOW - dt.timedelta(days=400)),
                  policy=Policy.stored().with_max_trust_age(dt.timedelta(days=90))))  # fmt: skip
add("a trust store of unknown age", "authentic", UNDECIDED, "TRUST_STALE",
    lambda: judge(folder(), policy=Policy.stored().with_max_trust_age(dt.timedelta(days=90))))  # fmt: skip


# --- the signer against DG1 ----------------------------------------------------------------------


@situation("a trusted signer of another country", "authentic", UNDECIDED, "ISSUER_COUNTRY_MISMATCH")
def _() -> Report:
    other = TestIssuer.create("ecdsa-secp256r1-sha256", country="VN")
    lao = encode_dg1(mrz().replace("UTO", "LAO"))
    return judge(
        folder({"DG1": lao}, issuer=other), trust=TrustStore.of([Certificate.from_der(other.csca_der)])
    )


@situation("certificates without a country", "warnings", None, "ISSUER_COUNTRY_UNKNOWN")
def _() -> Report:
    nowhere = der.sequence(der.set_of([der.sequence(der.oid("2.5.4.3"), tlv(der.UTF8_STRING, b"CSCA"))]))
    csca = certificate(ISSUER.csca_der, issuer=nowhere, subject=nowhere)
    ds = certificate(ISSUER.ds_der, issuer=nowhere, subject=nowhere)
    trust = TrustStore.of([Certificate.from_der(csca)])
    return judge(folder(issuer=replace(ISSUER, csca_der=csca, ds_der=ds)), trust=trust)


@situation("a signer of passports under a card", "authentic", UNDECIDED, "DOCUMENT_TYPE_NOT_LISTED")
def _() -> Report:
    passports = TestIssuer.create("ecdsa-secp256r1-sha256", document_types=("P", "AC"))
    return judge(folder(issuer=passports), trust=TrustStore.of([Certificate.from_der(passports.csca_der)]))


# --- revocation ----------------------------------------------------------------------------------

REQUIRED = Policy.stored().requiring_revocation()
ELSEWHERE = TestIssuer.create("ecdsa-secp256r1-sha256", country="VN")
FORGED = replace(ISSUER, csca_key=STRANGER.csca_key)
DELTA = extension("2.5.29.27", der.integer(1))

add("the signer is on the list", "authentic", FAILED, "SIGNER_REVOKED",
    lambda: judge(folder(), trust=trust_with(crl({SIGNER.serial: "key_compromise"}))))  # fmt: skip
add("the CSCA is on its own list", "authentic", FAILED, "ISSUER_REVOKED",
    lambda: judge(folder(), trust=trust_with(crl({AUTHORITY.serial: "ca_compromise"}))))  # fmt: skip
add("a list whose successor was due yesterday", "authentic", UNDECIDED, "STALE_REVOCATION",
    lambda: judge(folder(), trust=trust_with(crl(due=-dt.timedelta(days=1)))))  # fmt: skip
add("an old list that the policy still allows", "warnings", None, "STALE_REVOCATION",
    lambda: judge(folder(), trust=trust_with(crl(due=-dt.timedelta(days=1))),
                  policy=Policy.stored().with_revocation_within(dt.timedelta(days=7))))  # fmt: skip
add("a list from the future", "authentic", UNDECIDED, "STALE_REVOCATION",
    lambda: judge(folder(), trust=trust_with(crl(age=-dt.timedelta(hours=1)))))  # fmt: skip
add("no list, and the policy wants one", "authentic", UNDECIDED, "REVOCATION_NOT_AVAILABLE",
    lambda: judge(folder(), policy=REQUIRED))  # fmt: skip
add("the list of another country only", "authentic", UNDECIDED, "REVOCATION_NOT_AVAILABLE",
    lambda: judge(folder(), trust=trust_with(crl(issuer=ELSEWHERE)), policy=REQUIRED))  # fmt: skip
add("a forged list", "authentic", UNDECIDED, "CRL_SIGNATURE_INVALID",
    lambda: judge(folder(), trust=trust_with(crl(issuer=FORGED))))  # fmt: skip
add("a forged list beside a good one", "warnings", None, "CRL_SIGNATURE_INVALID",
    lambda: judge(folder(), trust=trust_with(crl(issuer=FORGED, number=9), crl(age=dt.timedelta(days=2)))))  # fmt: skip
add("a list of that name, by another authority", "warnings", None, "CRL_WRONG_ISSUER",
    lambda: judge(folder(), trust=trust_with(crl(issuer=STRANGER))))  # fmt: skip
add("the same, and the policy wants one", "authentic", UNDECIDED, "CRL_WRONG_ISSUER",
    lambda: judge(folder(), trust=trust_with(crl(issuer=STRANGER)), policy=REQUIRED))  # fmt: skip
add("a delta list only", "warnings", None, "CRL_UNSUPPORTED",
    lambda: judge(folder(), trust=trust_with(crl(extensions=[DELTA]))))  # fmt: skip
add("a policy without revocation check", "warnings", None, "REVOCATION_CHECK_OMITTED",
    lambda: judge(folder(), policy=Policy.stored().without_revocation_check()))  # fmt: skip


# --- a gateway -----------------------------------------------------------------------------------

ASKED = folder()


def gateway(
    authentic: bool = True, *, about: Evidence = ASKED, age: dt.timedelta = dt.timedelta(0)
) -> GatewayAnswer:
    digest = hashlib.sha256(about.files["EF.SOD"]).hexdigest()
    return GatewayAnswer(authentic, "ministry", NOW - age, digest)


add("a gateway vouches where no anchor does", "warnings", None, "VOUCHED_BY_GATEWAY",
    lambda: judge(ASKED, trust=NOBODY, gateway=gateway()))  # fmt: skip
add("a gateway says no, whatever the anchor", "authentic", FAILED, "GATEWAY_REJECTED",
    lambda: judge(ASKED, gateway=gateway(False, age=dt.timedelta(days=99))))  # fmt: skip
add("a gateway's answer about another card", "authentic", UNDECIDED, "GATEWAY_OTHER_DOCUMENT",
    lambda: judge(ASKED, gateway=gateway(about=folder({"DG1": encode_dg1(mrz("330415"))}))))  # fmt: skip
add("a gateway's answer of last week", "authentic", UNDECIDED, "GATEWAY_STALE",
    lambda: judge(ASKED, gateway=gateway(age=dt.timedelta(days=7))))  # fmt: skip
add("a gateway's answer from the future", "authentic", UNDECIDED, "GATEWAY_STALE",
    lambda: judge(ASKED, gateway=gateway(age=-dt.timedelta(hours=1))))  # fmt: skip
add("an old answer of a gateway where no anchor is", "authentic", UNDECIDED, "UNKNOWN_ISSUER",
    lambda: judge(ASKED, trust=NOBODY, gateway=gateway(age=dt.timedelta(days=7))))  # fmt: skip


@situation("two groups contradict each other", "authentic", FAILED, "CROSS_CHECK_FAILED")
def _() -> Report:
    found = Check("dg13_name", FAILED, "CROSS_CHECK_FAILED")
    return judge(folder(), profile=replace(ICAO, cross_checks=lambda _: (found,)))


@situation("opened with another card's key", "authentic", FAILED, "ACCESS_KEY_MISMATCH")
def _() -> Report:
    found = Check("access_key", FAILED, "ACCESS_KEY_MISMATCH")
    return judge(folder(), profile=replace(ICAO, cross_checks=lambda _: (found,)))


# --- chip genuine --------------------------------------------------------------------------------

COUNTER = Policy.counter()


def live(**changes: object) -> Report:
    return judge(reading(**changes), policy=COUNTER)  # type: ignore[arg-type]


def stored(challenge: bytes | None = None, **changes: object) -> Report:
    return judge(reading(live=False, **changes), challenge=challenge)  # type: ignore[arg-type]


add("a genuine chip of an unknown issuer", "chip_genuine", UNDECIDED, "AUTHENTIC_NOT_PASSED",
    lambda: judge(reading(), policy=COUNTER, trust=NOBODY))  # fmt: skip
add("a genuine chip with an altered file", "chip_genuine", UNDECIDED, "AUTHENTIC_NOT_PASSED",
    lambda: live(files={**reading().files, "DG1": encode_dg1(mrz("330415"))}))  # fmt: skip
add("nothing was asked of a chip with keys", "chip_genuine", UNDECIDED, "CHIP_NOT_ASKED",
    lambda: live(active_authentication=None, chip_authentication=None))  # fmt: skip
add("a copy that hides its groups with keys", "chip_genuine", UNDECIDED, "CHIP_NOT_ASKED",
    lambda: judge(replace(Evidence({"EF.SOD": ISSUER.sign_sod(FILES), "DG1": DG1}), access=PACE), policy=COUNTER))  # fmt: skip
add("a reading that broke off before the keys", "chip_genuine", UNDECIDED, "CHIP_NOT_ASKED",
    lambda: judge(Evidence({}, access=PACE, interruption="CARD_REMOVED"), policy=COUNTER))  # fmt: skip
add("a chip whose DG14 names access protocols only", "chip_genuine", UNDECIDED, "CHIP_CANNOT_PROVE",
    lambda: judge(replace(folder({"DG1": DG1, "DG14": encode_dg14([PACE_INFO])}), access=PACE), policy=COUNTER))  # fmt: skip
add("a chip without keys", "chip_genuine", UNDECIDED, "CHIP_CANNOT_PROVE",
    lambda: judge(replace(folder({"DG1": DG1}), access=PACE), policy=COUNTER))  # fmt: skip
add("DG15 is not in EF.SOD", "chip_genuine", UNDECIDED, "KEY_NOT_BOUND",
    lambda: judge(replace(folder({"DG1": DG1}, read={"DG15": DG15}), access=PACE, active_authentication=active()), challenge=CHALLENGE))  # fmt: skip
add("DG15 is missing beside the transcript", "chip_genuine", UNDECIDED, "KEY_NOT_BOUND",
    lambda: judge(replace(folder({"DG1": DG1}), active_authentication=active()), challenge=CHALLENGE))  # fmt: skip
add("Chip Authentication with a key that is not in DG14", "chip_genuine", UNDECIDED, "KEY_NOT_BOUND",
    lambda: live(active_authentication=None, chip_authentication=chip(public_key=spki_of(CLONE_KEY))))  # fmt: skip
add("Chip Authentication with an unsigned DG14", "chip_genuine", UNDECIDED, "KEY_NOT_BOUND",
    lambda: live(files=folder({"DG1": DG1}, read={"DG14": DG14}).files, active_authentication=None))  # fmt: skip
add(
    "a stored proof, and nobody says which challenge",
    "chip_genuine",
    UNDECIDED,
    "CHALLENGE_NOT_GIVEN",
    stored,
)
add(
    "an old proof for another challenge",
    "chip_genuine",
    FAILED,
    "CHALLENGE_MISMATCH",
    lambda: stored(b"\xaa" * 8),
)
add("a proof over less than the challenge", "chip_genuine", FAILED, "CHALLENGE_MISMATCH",
    lambda: stored(CHALLENGE, active_authentication=active(challenge=b"", signature=aa_signature(b""))))  # fmt: skip
add("a clone signs with its own key", "chip_genuine", FAILED, "CHIP_SIGNATURE_INVALID",
    lambda: live(active_authentication=active(signature=aa_signature(key=CLONE_KEY))))  # fmt: skip
add("a replayed signature under a fresh challenge", "chip_genuine", FAILED, "CHIP_SIGNATURE_INVALID",
    lambda: stored(b"\xaa" * 8, active_authentication=active(challenge=b"\xaa" * 8)))  # fmt: skip
add("a clone without its own key refuses", "chip_genuine", FAILED, "CHIP_REFUSED",
    lambda: live(active_authentication=active(Exchange.REFUSED, signature=b"", status_word=0x6988)))  # fmt: skip
add("an answer to Active Authentication that is none", "chip_genuine", FAILED, "CHIP_REFUSED",
    lambda: live(active_authentication=active(Exchange.WRONG)))  # fmt: skip
add("a clone refuses Chip Authentication", "chip_genuine", FAILED, "CHIP_REFUSED",
    lambda: live(chip_authentication=chip(Exchange.REFUSED, status_word=0x6A80)))  # fmt: skip
add("a clone without the Chip Authentication key", "chip_genuine", FAILED, "CHIP_KEY_WRONG",
    lambda: live(chip_authentication=chip(Exchange.WRONG)))  # fmt: skip
add("a signed DG15 without a key", "chip_genuine", UNDECIDED, "CHIP_KEY_MALFORMED",
    lambda: judge(replace(folder({"DG1": DG1, "DG15": b"\x6f\0"}), active_authentication=active()), challenge=CHALLENGE))  # fmt: skip
add("DG15 with a curve that has no implementation", "chip_genuine", UNDECIDED, "UNSUPPORTED_ALGORITHM",
    lambda: judge(replace(folder({"DG1": DG1, "DG15": encode_dg15(UNSUPPORTED_KEY)}), active_authentication=active()), challenge=CHALLENGE))  # fmt: skip
add("the reader had no implementation of the chip's curve", "chip_genuine", UNDECIDED, "UNSUPPORTED_ALGORITHM",
    lambda: live(active_authentication=None, chip_authentication=chip(Exchange.UNSUPPORTED)))  # fmt: skip
add("the card was pulled in the middle", "chip_genuine", UNDECIDED, "INTERRUPTED",
    lambda: live(active_authentication=active(Exchange.INTERRUPTED), chip_authentication=None, interruption="CARD_REMOVED"))  # fmt: skip
add("the card was pulled in Chip Authentication", "chip_genuine", UNDECIDED, "INTERRUPTED",
    lambda: live(active_authentication=None, chip_authentication=chip(Exchange.INTERRUPTED)))  # fmt: skip
add(
    "Chip Authentication in a stored file",
    "chip_genuine",
    UNDECIDED,
    "TERMINAL_ONLY",
    lambda: stored(CHALLENGE, active_authentication=None),
)
add("a live reading, but a policy that trusts no terminal", "chip_genuine", UNDECIDED, "TERMINAL_ONLY",
    lambda: judge(reading(active_authentication=None), policy=Policy.stored()))  # fmt: skip
add(
    "the reading broke off",
    "warnings",
    None,
    "READING_INTERRUPTED",
    lambda: live(interruption="CARD_REMOVED"),
)


# --- still valid and holder ----------------------------------------------------------------------


def answer(status: str, **changes: dt.timedelta) -> StatusAnswer:
    return StatusAnswer(status, "registry", NOW - changes.get("age", dt.timedelta()))  # type: ignore[arg-type]


add("the day after the expiry", "still_valid", FAILED, "EXPIRED",
    lambda: judge(folder({"DG1": encode_dg1(mrz("260228"))}), status=answer("IN_FORCE")))  # fmt: skip
add("an expiry that is no date", "still_valid", UNDECIDED, "EXPIRY_UNREADABLE",
    lambda: judge(folder({"DG1": encode_dg1(mrz("999999"))}), status=answer("IN_FORCE")))  # fmt: skip
for word in ("LOST", "REVOKED", "LOCKED", "REPLACED"):
    add(
        f"the registry says {word}",
        "still_valid",
        FAILED,
        word,
        lambda word=word: judge(folder(), status=answer(word)),
    )  # type: ignore[misc]
add("an old answer that it is lost", "still_valid", FAILED, "LOST",
    lambda: judge(folder(), status=answer("LOST", age=dt.timedelta(days=90))))  # fmt: skip
add(
    "the registry does not know it",
    "still_valid",
    UNDECIDED,
    "STATUS_UNKNOWN",
    lambda: judge(folder(), status=answer("UNKNOWN")),
)
add("nobody was asked", "still_valid", UNDECIDED, "STATUS_NOT_AVAILABLE", lambda: judge(folder()))
add("an answer of two days ago", "still_valid", UNDECIDED, "STATUS_STALE",
    lambda: judge(folder(), status=answer("IN_FORCE", age=dt.timedelta(days=2))))  # fmt: skip
add("an answer from the future", "still_valid", UNDECIDED, "STATUS_STALE",
    lambda: judge(folder(), status=answer("IN_FORCE", age=dt.timedelta(minutes=-6))))  # fmt: skip
add("in force, but of an unknown issuer", "still_valid", UNDECIDED, "AUTHENTIC_NOT_PASSED",
    lambda: judge(folder(), trust=NOBODY, status=answer("IN_FORCE")))  # fmt: skip
add("in force, but forged", "still_valid", UNDECIDED, "AUTHENTIC_NOT_PASSED",
    lambda: judge(folder(read={"DG1": encode_dg1(mrz("330415"))}), status=answer("IN_FORCE")))  # fmt: skip
add("another person presents the card", "holder", FAILED, "HOLDER_MISMATCH",
    lambda: judge(folder(), holder=HolderMatch(False, "officer", "officer", NOW)))  # fmt: skip
add("the right person with a card of an unknown issuer", "holder", UNDECIDED, "AUTHENTIC_NOT_PASSED",
    lambda: judge(folder(), trust=NOBODY, holder=HolderMatch(True, "officer", "officer", NOW)))  # fmt: skip


@pytest.mark.parametrize("case", SITUATIONS, ids=lambda case: f"{case.code}: {case.title}")
def test_situation(case: Situation) -> None:
    report = case.make()
    if case.where == "warnings":
        assert case.code in report.warnings
        return
    verdict = report.verdicts[case.where]
    assert (verdict.outcome, verdict.code) == (case.outcome, case.code)
    if case.outcome is FAILED:
        assert report.verdict is FAILED
    if case.where == "authentic":
        assert report.verdict is not PASSED
        assert (report.person is None) or case.outcome is UNDECIDED


def test_a_date_that_nobody_trusted_has_signed_does_not_make_a_card_expired() -> None:
    evidence = folder({"DG1": encode_dg1(mrz("200415"))})
    assert judge(evidence).still_valid.code == "EXPIRED"
    unknown = judge(evidence, trust=NOBODY)
    assert (unknown.still_valid.outcome, unknown.still_valid.code) == (UNDECIDED, "AUTHENTIC_NOT_PASSED")
    assert unknown.still_valid.check("expiry").code == "EXPIRED"
    assert unknown.verdict is UNDECIDED
    lost = judge(evidence, trust=NOBODY, status=StatusAnswer("LOST", "police", NOW))
    assert (lost.still_valid.outcome, lost.still_valid.code) == (FAILED, "LOST")


def test_failing_with_a_key_that_nobody_signed_says_nothing_about_the_chip() -> None:
    evidence = replace(
        folder({"DG1": DG1}, read={"DG15": DG15}),
        access=PACE,
        active_authentication=active(signature=bytes(64)),
    )
    verdict = judge(evidence, challenge=CHALLENGE).chip_genuine
    assert (verdict.outcome, verdict.code) == (UNDECIDED, "KEY_NOT_BOUND")
    assert verdict.check("active_authentication").outcome is FAILED


#: Given by the checks of a country's profile, whose own tests bring them about.
OF_PROFILES = {
    "DATA_GROUP_NOT_READ", "FIELD_NOT_COMPARABLE", "NATIONAL_LAYOUT_NOT_FOUND", "NUMBER_BIRTH_YEAR_MISMATCH",
    "NUMBER_SEX_MISMATCH",
}  # fmt: skip


def test_every_code_of_the_catalogue_has_its_situation() -> None:
    assert ({case.code for case in SITUATIONS} - set(PROBLEMS)) | OF_PROFILES == set(CODES) - set(PROBLEMS)


def test_what_a_profile_could_not_compare_is_a_warning_and_decides_nothing() -> None:
    remark = Check("number_sex", Outcome.NOT_CHECKED, "NUMBER_SEX_MISMATCH")
    silent = Check("access_key", Outcome.NOT_CHECKED)
    report = judge(folder(), profile=replace(ICAO, cross_checks=lambda _: (remark, silent)))
    assert report.authentic.outcome is PASSED
    assert "NUMBER_SEX_MISMATCH" in report.warnings
    assert None not in report.warnings


@pytest.mark.parametrize("case", SITUATIONS, ids=lambda case: f"{case.code}: {case.title}")
def test_all_codes_of_a_report_are_in_the_catalogue(case: Situation) -> None:
    report = case.make()
    codes = {check.code for verdict in report.verdicts.values() for check in verdict.checks}
    codes |= {verdict.code for verdict in report.verdicts.values()} | set(report.warnings)
    assert codes - {None} <= set(CODES) | set(PROBLEMS)


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_texts_a_cause_and_a_remedy(code: str) -> None:
    entry = CODES[code]
    assert entry.code == code
    assert entry.text.en.endswith(".")
    assert entry.text.vi.endswith(".")
    assert entry.text.en != entry.text.vi
    assert entry.cause.endswith((".", ")."))
    assert entry.remedy.endswith((".", ")."))


def test_the_trust_store_of_these_tests_is_right() -> None:
    assert judge(folder(), trust=TRUST).verdict is PASSED
