"""Who may sign a document like this, where trust comes from, and what a gateway can stand in for."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from typing import Any

import pytest
from verification_cards import (
    AUTHORITY,
    DG1,
    FILES,
    ISSUER,
    NOBODY,
    NOW,
    SIGNER,
    STRANGER,
    TRUST,
    crl,
    folder,
    judge,
    mrz,
    trust_with,
)

from eid.document import dg1 as dg1_file
from eid.document.checks import Check, Outcome
from eid.document.dg1 import encode_dg1
from eid.document.evidence import Evidence
from eid.document.states import countries_of
from eid.encoding import der
from eid.errors import InputError
from eid.simulator.issuer import TestIssuer
from eid.trust.anchors import Anchor, Provenance, TrustStore
from eid.trust.certificates import Certificate
from eid.trust.chains import Chain
from eid.verification import GatewayAnswer, Policy, Report
from eid.verification.signers import profile_checks
from eid.verification.status import CLOCK_SKEW

PASSED, FAILED, UNDECIDED, NOT_CHECKED = (
    Outcome.PASSED,
    Outcome.FAILED,
    Outcome.UNDECIDED,
    Outcome.NOT_CHECKED,
)
DAY = dt.timedelta(days=1)


def check(report: Report, name: str) -> Check:
    found = report.authentic.check(name)
    assert found is not None
    return found


# --- issuing State -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "country", "right"),
    [
        ("VNM", "VN", True),
        ("VNM", "vn", True),
        ("VNM", "VNM", True),
        ("D", "DE", True),
        ("D<<", "DE", True),
        ("D", "DK", False),
        ("GBD", "GB", True),
        ("CHN", "HK", True),
        ("HKG", "CN", False),
        ("RKS", "KS", True),
        ("RKS", "RS", False),
        ("EUE", "EU", True),
        ("UNO", "UN", True),
        ("XOM", "XM", True),
        ("XPO", "FR", False),  # no country signs for an organization
        ("XPO", "EU", False),
        ("UTO", "UT", True),
        ("LAO", "VN", False),
        ("FOO", "VN", False),  # a State that nobody knows is nobody's
        ("VN", "LA", False),
    ],
)
def test_the_country_of_the_certificates_is_the_issuing_state(state: str, country: str, right: bool) -> None:
    issuer = TestIssuer.create("ecdsa-secp256r1-sha256", country=country)
    zone = mrz().replace("I<UTO", "I<" + state.ljust(3, "<"))
    evidence = folder({"DG1": encode_dg1(zone)}, issuer=issuer)
    report = judge(evidence, trust=TrustStore.of([Certificate.from_der(issuer.csca_der)]))
    assert report.authentic.code == (None if right else "ISSUER_COUNTRY_MISMATCH")
    facts = check(report, "issuer_country").facts
    assert facts == {"state": state.rstrip("<"), "countries": (country.upper(),)}


@pytest.mark.parametrize(("state", "country"), [("VNM", "XX"), ("VNM", "UT"), ("UTO", "DE"), ("UTO", "ZZ")])
def test_where_one_side_is_no_state_nothing_is_compared_and_somebody_is_told(
    state: str, country: str
) -> None:
    issuer = TestIssuer.create("ecdsa-secp256r1-sha256", country=country)
    evidence = folder({"DG1": encode_dg1(mrz().replace("UTO", state))}, issuer=issuer)
    report = judge(evidence, trust=TrustStore.of([Certificate.from_der(issuer.csca_der)]))
    assert (report.verdict, report.authentic.code) == (PASSED, None)
    assert "ISSUER_COUNTRY_UNKNOWN" in report.warnings


def test_one_certificate_of_another_country_is_enough_to_doubt() -> None:
    """A CSCA whose country differs from that of its signer, whichever of them DG1 agrees with."""
    foreign = TestIssuer.create("ecdsa-secp256r1-sha256", country="VN")
    mixed = TestIssuer.create(
        "ecdsa-secp256r1-sha256", country="LA", csca_key=foreign.csca_key, csca_der=foreign.csca_der
    )
    trust = TrustStore.of([Certificate.from_der(foreign.csca_der)])
    report = judge(folder({"DG1": encode_dg1(mrz().replace("UTO", "LAO"))}, issuer=mixed), trust=trust)
    assert report.authentic.code == "ISSUER_COUNTRY_MISMATCH"
    assert check(report, "issuer_country").facts["countries"] == ("LA", "VN")
    assert report.warnings == ("REVOCATION_NOT_CHECKED",)  # what decides is no warning


def test_a_made_up_country_does_not_hide_a_foreign_one() -> None:
    foreign = TestIssuer.create("ecdsa-secp256r1-sha256", country="VN")
    mixed = TestIssuer.create(
        "ecdsa-secp256r1-sha256", country="XX", csca_key=foreign.csca_key, csca_der=foreign.csca_der
    )
    trust = TrustStore.of([Certificate.from_der(foreign.csca_der)])
    report = judge(folder({"DG1": encode_dg1(mrz().replace("UTO", "LAO"))}, issuer=mixed), trust=trust)
    assert report.authentic.code == "ISSUER_COUNTRY_MISMATCH"


def test_an_agreeing_country_is_no_reason_to_warn() -> None:
    assert "ISSUER_COUNTRY_UNKNOWN" not in judge(folder()).warnings


def test_a_signer_whose_certificate_was_signed_with_sha_1_is_used_with_a_warning() -> None:
    issuer = TestIssuer.create("ecdsa-secp256r1-sha256", csca_algorithm="ecdsa-secp256r1-sha1")
    report = judge(folder(issuer=issuer), trust=TrustStore.of([Certificate.from_der(issuer.csca_der)]))
    assert (report.verdict, "SHA1_USED" in report.warnings) == (PASSED, True)


def test_the_chain_names_signer_and_anchor_and_nothing_that_is_not_there() -> None:
    report = judge(folder())
    signer, authority = Certificate.from_der(ISSUER.ds_der), Certificate.from_der(ISSUER.csca_der)
    assert check(report, "certificate_chain").facts == {
        "signer": signer.subject_text,
        "signer_sha256": signer.fingerprint,
        "issuer": authority.subject_text,
        "issuer_sha256": authority.fingerprint,
        "country": "UT",
    }
    assert "judged_at" not in check(report, "document_signer_validity").facts


def test_what_cannot_be_read_of_a_signer_neither_passes_nor_breaks_anything() -> None:
    nameless = replace(Certificate.from_der(ISSUER.ds_der), subject=b"\x30\x03\x31\x05\x30")
    chain = Chain("PASSED", None, (nameless,), Anchor(nameless, pinned=True))
    (country, *_), unknown = profile_checks(
        chain, dg1_file.DG1.parse(encode_dg1(mrz().replace("UTO", "AAA")))
    )
    assert (country.outcome, country.code) == (NOT_CHECKED, "ISSUER_COUNTRY_UNKNOWN")
    assert unknown == ("ISSUER_COUNTRY_UNKNOWN",)


@pytest.mark.parametrize("value", [b"\x30\x05\x31", der.sequence(der.integer(1))], ids=["cut", "no types"])
def test_a_document_type_list_that_cannot_be_read_is_none(value: bytes) -> None:
    certificate = Certificate.from_der(ISSUER.ds_der)
    values = {**certificate.extensions, "2.23.136.1.1.6.2": value}
    extensions = replace(certificate._extensions, values=values)
    odd = replace(certificate, raw=value, _extensions=extensions)  # another certificate to every cache
    chain = Chain("PASSED", None, (odd,), Anchor(odd, pinned=True))
    checks, _ = profile_checks(chain, dg1_file.DG1.parse(encode_dg1(mrz())))
    assert [each.name for each in checks] == ["issuer_country"]


def test_every_state_of_iso_3166_has_one_country_and_made_up_ones_have_none() -> None:
    assert countries_of("VNM") == {"VN"}
    assert countries_of("DEU") == countries_of("D") == {"DE"}
    for made_up in ("", "X", "VN", "AAA", "xom", "XO1", "XXXX"):
        assert countries_of(made_up) == frozenset()
    assert "DE" not in countries_of("XOM")


# --- document type list --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed", "right"),
    [(("I",), True), (("P", "I"), True), (("P",), False), (("ID",), False), (("i",), True)],
)
def test_the_document_type_is_on_the_signers_list(listed: tuple[str, ...], right: bool) -> None:
    issuer = TestIssuer.create("ecdsa-secp256r1-sha256", document_types=listed)
    report = judge(folder(issuer=issuer), trust=TrustStore.of([Certificate.from_der(issuer.csca_der)]))
    assert report.authentic.code == (None if right else "DOCUMENT_TYPE_NOT_LISTED")
    assert check(report, "document_type").facts["document_code"] == "I"


def test_without_a_list_there_is_no_such_check() -> None:
    assert judge(folder()).authentic.check("document_type") is None


def test_a_kind_with_two_letters_is_covered_by_its_first_or_itself() -> None:
    zone = encode_dg1(mrz().replace("I<UTO", "IDUTO"))
    for listed, right in ((("I",), True), (("ID",), True), (("IR",), False)):
        issuer = TestIssuer.create("ecdsa-secp256r1-sha256", document_types=listed)
        trust = TrustStore.of([Certificate.from_der(issuer.csca_der)])
        report = judge(folder({"DG1": zone}, issuer=issuer), trust=trust)
        assert (report.verdict is PASSED) is right


# --- anchors -------------------------------------------------------------------------------------


def test_the_report_tells_where_the_anchor_came_from() -> None:
    sources = (
        Provenance("DE.ml", "MASTER_LIST", "C=DE", "UNVERIFIED"),
        Provenance("NL.ml", "MASTER_LIST", "C=NL", "VERIFIED"),
    )
    both = judge(folder(), trust=TrustStore.of(entries=[Anchor(AUTHORITY, sources)]))
    assert check(both, "certificate_chain").facts["anchor_source"] == ("DE.ml UNVERIFIED", "NL.ml VERIFIED")
    assert "ANCHOR_NOT_VERIFIED" not in both.warnings
    file = judge(folder(), trust=TrustStore.of(entries=[Anchor(AUTHORITY, (Provenance("x.der", "FILE"),))]))
    assert "ANCHOR_NOT_VERIFIED" not in file.warnings
    one = judge(folder(), trust=TrustStore.of(entries=[Anchor(AUTHORITY, sources[:1])]))
    assert (one.verdict, "ANCHOR_NOT_VERIFIED" in one.warnings) == (PASSED, True)


def test_a_pinned_signer_vouches_for_its_documents_only() -> None:
    pinned = TrustStore.of(entries=[Anchor(SIGNER, pinned=True)])
    report = judge(folder(), trust=pinned)
    facts = check(report, "certificate_chain").facts
    assert (report.verdict, facts["anchor"], facts["country"]) == (PASSED, "pinned document signer", "UT")
    assert "issuer" not in facts
    assert judge(folder(issuer=STRANGER), trust=pinned).authentic.code == "UNKNOWN_ISSUER"
    late = judge(folder(), trust=pinned, now=NOW + 18 * 366 * DAY)
    assert late.authentic.code == "SIGNER_EXPIRED"
    lao = TestIssuer.create("ecdsa-secp256r1-sha256", country="LA")
    vietnam = folder({"DG1": encode_dg1(mrz().replace("UTO", "VNM"))}, issuer=lao)
    pinned = TrustStore.of(entries=[Anchor(Certificate.from_der(lao.ds_der), pinned=True)])
    assert judge(vietnam, trust=pinned).authentic.code == "ISSUER_COUNTRY_MISMATCH"


def test_a_pinned_authority_signs_no_documents() -> None:
    own = replace(ISSUER, ds_key=ISSUER.csca_key, ds_der=ISSUER.csca_der)
    trust = TrustStore.of(entries=[Anchor(AUTHORITY, pinned=True)])
    assert judge(folder(issuer=own), trust=trust).authentic.code == "SIGNER_NOT_ENTITLED"


def test_the_age_of_the_trust_store_counts_when_the_policy_says_so() -> None:
    policy = Policy.stored().with_max_trust_age(30 * DAY)

    def obtained(age: dt.timedelta | None) -> Report:
        at = None if age is None else NOW - age
        return judge(folder(), trust=TrustStore.of([AUTHORITY], obtained_at=at), policy=policy)

    assert obtained(30 * DAY).verdict is PASSED
    assert check(obtained(3 * DAY), "trust_age").facts == {"age_days": 3}
    assert obtained(31 * DAY).authentic.code == obtained(None).authentic.code == "TRUST_STALE"
    assert judge(folder(), trust=TrustStore.of([AUTHORITY], obtained_at=NOW - 4000 * DAY)).verdict is PASSED


def test_a_policy_is_changed_by_making_another() -> None:
    base = Policy.counter()
    changed = (
        base.requiring_revocation()
        .with_revocation_within(DAY)
        .with_max_trust_age(DAY)
        .with_signer_valid_at_signing()
        .requiring("holder")
    )
    assert base == Policy.counter()
    assert (changed.revocation, changed.revocation_within, changed.max_trust_age) == ("REQUIRED", DAY, DAY)
    assert changed.without_revocation_check().revocation == "OFF"
    assert (changed.signer_validity, "holder" in changed.required) == ("SIGNING", True)


# --- a gateway -----------------------------------------------------------------------------------


def answer(evidence: Evidence, authentic: bool = True, **changes: Any) -> GatewayAnswer:
    digest = hashlib.sha256(evidence.files["EF.SOD"]).hexdigest().upper()
    return replace(GatewayAnswer(authentic, "ministry", NOW, digest), **changes)


def test_a_gateway_stands_in_for_an_unknown_issuer_and_is_named() -> None:
    card = folder()
    report = judge(card, trust=NOBODY, gateway=answer(card))
    assert report.verdict is PASSED
    assert report.person is not None
    assert check(report, "gateway").facts == {
        "source": "ministry",
        "at": NOW.isoformat(),
        "anchor": "gateway",
    }
    assert (check(report, "certificate_chain").outcome, check(report, "certificate_chain").code) == (
        NOT_CHECKED,
        "UNKNOWN_ISSUER",
    )
    assert report.warnings == ("VOUCHED_BY_GATEWAY", "REVOCATION_NOT_CHECKED")


def test_a_gateway_stands_in_for_nothing_else() -> None:
    altered = folder(read={"DG1": encode_dg1(mrz("330415"))})
    assert judge(altered, trust=NOBODY, gateway=answer(altered)).authentic.code == "DATA_GROUP_ALTERED"
    wrong = folder(issuer=replace(ISSUER, ds_key=STRANGER.ds_key))
    assert judge(wrong, trust=NOBODY, gateway=answer(wrong)).authentic.code == "SOD_SIGNATURE_INVALID"
    bare = folder(with_certificate=False)
    assert judge(bare, trust=NOBODY, gateway=answer(bare)).authentic.code == "SIGNER_CERTIFICATE_MISSING"
    card = folder()
    revoked = trust_with(crl({SIGNER.serial: None}))
    assert judge(card, trust=revoked, gateway=answer(card)).authentic.code == "SIGNER_REVOKED"
    late = judge(card, trust=NOBODY, now=NOW + 18 * 366 * DAY, gateway=answer(card, at=NOW + 18 * 366 * DAY))
    assert late.authentic.code == "SIGNER_EXPIRED"


def test_a_gateway_beside_an_anchor_only_confirms() -> None:
    card = folder()
    report = judge(card, trust=TRUST, gateway=answer(card))
    assert (report.verdict, report.warnings) == (PASSED, ("REVOCATION_NOT_CHECKED",))
    assert judge(card, trust=TRUST, gateway=answer(card, False)).authentic.code == "GATEWAY_REJECTED"


def test_an_answer_about_another_card_never_helps() -> None:
    card, other = folder(), folder({**FILES, "DG1": DG1}, hash_name="sha512")
    report = judge(card, trust=NOBODY, gateway=answer(other))
    assert report.verdict is UNDECIDED
    assert judge(card, gateway=answer(other, False)).authentic.code == "GATEWAY_OTHER_DOCUMENT"


def test_where_revocation_is_required_a_gateway_alone_does_not_do() -> None:
    card = folder()
    report = judge(card, trust=NOBODY, policy=Policy.stored().requiring_revocation(), gateway=answer(card))
    assert report.authentic.code == "REVOCATION_NOT_AVAILABLE"
    omitted = Policy.stored().without_revocation_check()
    report = judge(card, trust=NOBODY, policy=omitted, gateway=answer(card))
    assert report.warnings == ("VOUCHED_BY_GATEWAY", "REVOCATION_CHECK_OMITTED")


@pytest.mark.parametrize("digest", ["00" * 32, "ff" * 32])
def test_no_other_digest_comes_close(digest: str) -> None:
    card = folder()
    report = judge(card, trust=NOBODY, gateway=answer(card, sod_sha256=digest))
    assert check(report, "gateway").code == "GATEWAY_OTHER_DOCUMENT"


@pytest.mark.parametrize("age", [-CLOCK_SKEW, Policy.stored().status_within])
def test_an_answer_counts_up_to_the_last_moment(age: dt.timedelta) -> None:
    card = folder()
    report = judge(card, trust=NOBODY, gateway=answer(card, at=NOW - age))
    assert report.verdict is PASSED
    beyond = age + (dt.timedelta(seconds=1) if age > dt.timedelta(0) else -dt.timedelta(seconds=1))
    report = judge(card, trust=NOBODY, gateway=answer(card, at=NOW - beyond))
    assert check(report, "gateway").code == "GATEWAY_STALE"


def test_whose_issuer_nobody_trusts_may_name_any_country() -> None:
    report = judge(folder(), trust=NOBODY)
    assert report.authentic.code == "UNKNOWN_ISSUER"
    assert report.authentic.check("issuer_country") is None


@pytest.mark.parametrize("digest", ["", "00" * 31, "zz" * 32, "00" * 33])
def test_an_answer_names_the_document_it_is_about(digest: str) -> None:
    with pytest.raises(InputError):
        GatewayAnswer(True, "ministry", NOW, digest)
    with pytest.raises(InputError):
        GatewayAnswer(True, "ministry", NOW.replace(tzinfo=None), "00" * 32)
