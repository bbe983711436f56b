"""Revocation lists applied to a document: what decides, what only warns, and what nobody can undo."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from verification_cards import (
    AUTHORITY,
    ISSUER,
    NOW,
    SIGNER,
    STRANGER,
    TRUST,
    crl,
    folder,
    judge,
    trust_with,
)

from eid.document.checks import Check, Outcome
from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.simulator.issuer import TestIssuer
from eid.trust.anchors import Anchor, Provenance, TrustStore
from eid.trust.certificates import Certificate
from eid.trust.chains import Chain
from eid.trust.crl import Crl
from eid.verification import Policy, Report
from eid.verification.revocation import revocation_checks

PASSED, FAILED, UNDECIDED, NOT_CHECKED = (
    Outcome.PASSED,
    Outcome.FAILED,
    Outcome.UNDECIDED,
    Outcome.NOT_CHECKED,
)
POLICY = Policy.stored()
REQUIRED = POLICY.requiring_revocation()
DAY = dt.timedelta(days=1)


def on(*crls: Crl, policy: Policy = POLICY, **changes: Any) -> Report:
    return judge(folder(), trust=trust_with(*crls), policy=policy, **changes)


def check(report: Report, name: str = "signer_revocation") -> Check:
    found = report.authentic.check(name)
    assert found is not None
    return found


def extension(oid: str, value: bytes) -> bytes:
    return der.sequence(der.oid(oid), der.boolean(True), tlv(der.OCTET_STRING, value))


# --- what a good list gives ----------------------------------------------------------------------


def test_a_good_list_passes_without_warning_and_says_which_it_was() -> None:
    current = crl({1: None}, number=42)
    report = on(current, policy=REQUIRED)
    assert (report.verdict, report.warnings) == (PASSED, ())
    for name in ("signer_revocation", "issuer_revocation"):
        assert check(report, name).outcome is PASSED
        assert check(report, name).facts == {
            "list_issuer": AUTHORITY.subject_text,
            "list_number": 42,
            "this_update": "2026-02-28T12:00:00+00:00",
            "next_update": "2026-03-31T12:00:00+00:00",
        }


def test_a_revoked_signer_fails_with_date_and_reason() -> None:
    report = on(crl({SIGNER.serial: "key_compromise"}))
    facts = check(report).facts
    assert (facts["revoked_at"], facts["reason"]) == ("2026-02-28T12:00:00+00:00", "key_compromise")
    assert report.verdict is FAILED
    assert report.person is None
    assert check(on(crl({SIGNER.serial: None}))).facts["reason"] is None


def test_six_cases_have_six_codes() -> None:
    forged = crl(issuer=replace(ISSUER, csca_key=STRANGER.csca_key))
    cases = {
        "SIGNER_REVOKED": on(crl({SIGNER.serial: None}), policy=REQUIRED),
        "ISSUER_REVOKED": on(crl({AUTHORITY.serial: None}), policy=REQUIRED),
        "STALE_REVOCATION": on(crl(due=-DAY), policy=REQUIRED),
        "REVOCATION_NOT_AVAILABLE": on(policy=REQUIRED),
        "CRL_SIGNATURE_INVALID": on(forged, policy=REQUIRED),
        "CRL_WRONG_ISSUER": on(crl(issuer=STRANGER), policy=REQUIRED),
    }
    assert {code: report.authentic.code for code, report in cases.items()} == {code: code for code in cases}


def test_the_list_that_comes_last_counts() -> None:
    """A certificate on hold may be taken off the next list (RFC 5280, 5.3.1)."""
    held = crl({SIGNER.serial: "certificate_hold"}, age=5 * DAY, number=1)
    released = crl(age=DAY, number=2)
    assert on(held, released).verdict is on(released, held).verdict is PASSED
    assert on(held).authentic.code == "SIGNER_REVOKED"
    again = crl({SIGNER.serial: "certificate_hold"}, age=DAY, number=3)
    assert on(held, released, again).authentic.code == "SIGNER_REVOKED"  # same time, greater number


def test_being_on_a_list_does_not_grow_stale() -> None:
    for age in (100, 4000):
        listed = crl({SIGNER.serial: None}, age=age * DAY, due=-50 * DAY)
        assert on(listed).authentic.code == "SIGNER_REVOKED"


def test_the_facts_of_a_revocation_are_those_of_the_list_that_says_so() -> None:
    newest = crl({SIGNER.serial: None}, due=-DAY, number=2)
    report = on(newest, crl(age=9 * DAY, number=1))
    assert (report.authentic.code, check(report).facts["list_number"]) == ("SIGNER_REVOKED", 2)


def test_only_a_delta_can_take_anybody_off_a_list() -> None:
    report = on(crl({SIGNER.serial: "remove_from_crl"}))
    assert report.authentic.code == "SIGNER_REVOKED"


def test_a_serial_number_on_another_countrys_list_means_nothing() -> None:
    other = TestIssuer.create("ecdsa-secp256r1-sha256", country="VN")
    foreign = crl({SIGNER.serial: None}, issuer=other)
    both = TrustStore.of([AUTHORITY, Certificate.from_der(other.csca_der)], crls=[foreign])
    report = judge(folder(), trust=both)
    assert (report.verdict, report.warnings) == (PASSED, ("REVOCATION_NOT_CHECKED",))


def test_a_forged_list_can_revoke_nobody() -> None:
    forged = crl({SIGNER.serial: None}, issuer=replace(ISSUER, csca_key=STRANGER.csca_key))
    assert on(forged).authentic.code == "CRL_SIGNATURE_INVALID"
    report = on(forged, crl(age=9 * DAY))
    assert (report.verdict, report.warnings) == (PASSED, ("CRL_SIGNATURE_INVALID",))


def test_a_forged_newer_list_hides_no_entry_of_the_true_one() -> None:
    forged = crl(issuer=replace(ISSUER, csca_key=STRANGER.csca_key), number=99, age=DAY / 2)
    assert on(forged, crl({SIGNER.serial: None})).authentic.code == "SIGNER_REVOKED"


# --- times ---------------------------------------------------------------------------------------


def test_a_list_is_stale_from_the_moment_its_successor_was_due() -> None:
    report = on(crl(due=dt.timedelta(0)), policy=REQUIRED)
    assert (report.verdict, report.warnings) == (PASSED, ())
    assert on(crl(due=-dt.timedelta(seconds=1))).authentic.code == "STALE_REVOCATION"
    # A clock may be five minutes slow.
    report = on(crl(age=-dt.timedelta(minutes=5)), policy=REQUIRED)
    assert (report.verdict, report.warnings) == (PASSED, ())
    assert on(crl(age=-dt.timedelta(minutes=6))).authentic.code == "STALE_REVOCATION"


def test_a_policy_says_how_long_an_old_list_may_be_used() -> None:
    week = POLICY.with_revocation_within(7 * DAY)
    report = on(crl(due=-7 * DAY, age=9 * DAY), policy=week)
    assert (report.verdict, report.warnings) == (PASSED, ("STALE_REVOCATION",))
    late = on(crl(due=-7 * DAY - dt.timedelta(seconds=1), age=9 * DAY), policy=week)
    assert late.authentic.code == "STALE_REVOCATION"


def test_a_list_that_announces_no_successor_is_good_for_ninety_days() -> None:
    assert on(crl(age=90 * DAY, due=None)).verdict is PASSED
    assert on(crl(age=91 * DAY, due=None)).authentic.code == "STALE_REVOCATION"


# --- missing lists -------------------------------------------------------------------------------


def test_without_a_list_the_report_says_that_nothing_was_checked() -> None:
    report = judge(folder())
    assert (report.verdict, report.warnings) == (PASSED, ("REVOCATION_NOT_CHECKED",))
    assert (check(report).outcome, check(report).code) == (NOT_CHECKED, "REVOCATION_NOT_AVAILABLE")


def test_omitting_the_check_is_said_and_lets_a_revoked_signer_pass() -> None:
    report = on(crl({SIGNER.serial: None}), policy=POLICY.without_revocation_check())
    assert (report.verdict, report.warnings) == (PASSED, ("REVOCATION_CHECK_OMITTED",))
    assert (check(report).outcome, check(report).code) == (NOT_CHECKED, "REVOCATION_CHECK_OMITTED")
    assert report.authentic.check("issuer_revocation") is None


def test_lists_are_not_looked_at_where_no_issuer_is_known() -> None:
    report = judge(folder(), trust=TrustStore.of([], crls=[crl({SIGNER.serial: None})]))
    assert report.authentic.code == "UNKNOWN_ISSUER"
    assert report.authentic.check("signer_revocation") is None


# --- lists outside the profile -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("oid", "value", "limit", "listed"),
    [
        ("2.5.29.27", der.integer(1), "CRL_DELTA", "SIGNER_REVOKED"),
        ("2.5.29.28", der.sequence(tlv(0x84, b"\xff")), "CRL_INDIRECT", "CRL_UNSUPPORTED"),
        ("2.5.29.28", der.sequence(tlv(0x83, b"\x05\x60")), "CRL_PARTIAL", "SIGNER_REVOKED"),
        ("1.2.3", b"", "CRL_EXTENSION_UNKNOWN", "SIGNER_REVOKED"),
    ],
    ids=["delta", "indirect", "some reasons", "unknown"],
)
def test_an_unsupported_list_never_clears_anybody(oid: str, value: bytes, limit: str, listed: str) -> None:
    """Who is on a partial list is revoked; a serial number on an indirect one may be another issuer's."""
    odd = [extension(oid, value)]
    report = on(crl(extensions=odd), policy=REQUIRED)
    assert report.authentic.code == "CRL_UNSUPPORTED"
    assert check(report).facts["unsupported"] == limit
    assert on(crl(extensions=odd)).warnings == ("REVOCATION_NOT_CHECKED", "CRL_UNSUPPORTED")
    assert on(crl({SIGNER.serial: None}, extensions=odd), policy=REQUIRED).authentic.code == listed


def test_a_delta_clears_nobody_but_an_entry_that_it_ends_is_left_open() -> None:
    delta = [extension("2.5.29.27", der.integer(1))]
    off = crl({SIGNER.serial: "remove_from_crl"}, extensions=delta, number=2)
    held = crl({SIGNER.serial: "certificate_hold"}, age=3 * DAY)
    report = on(off, held, policy=REQUIRED)
    assert (report.authentic.code, check(report).facts["unsupported"]) == ("CRL_UNSUPPORTED", "CRL_DELTA")
    for reason in ("key_compromise", "affiliation_changed"):
        assert on(off, crl({SIGNER.serial: reason}, age=3 * DAY)).authentic.code == "SIGNER_REVOKED"
    assert on(off, crl(age=3 * DAY)).verdict is PASSED
    assert (
        on(crl({SIGNER.serial: None}, extensions=delta), crl(age=3 * DAY)).authentic.code == "SIGNER_REVOKED"
    )
    again = crl({SIGNER.serial: "certificate_hold"}, number=3, age=DAY / 2)
    assert on(off, again).authentic.code == "SIGNER_REVOKED"  # a complete list after the delta


def test_a_list_about_authorities_does_not_clear_a_signer() -> None:
    only = crl(extensions=[extension("2.5.29.28", der.sequence(tlv(0x82, b"\xff")))])
    report = on(only, policy=REQUIRED)
    assert (check(report).outcome, check(report).code) == (UNDECIDED, "REVOCATION_NOT_AVAILABLE")
    assert check(report, "issuer_revocation").outcome is PASSED


def test_a_list_with_malformed_entries_clears_nobody() -> None:
    whole = parse(crl({5: None}).raw).children()
    fields = [node.raw for node in whole[0].children()]
    fields[5] = der.sequence(der.sequence(der.integer(5)))
    tbs = der.sequence(*fields)
    signature = der.bit_string(ISSUER.scheme.sign(ISSUER.csca_key, tbs))
    report = on(Crl.from_der(der.sequence(tbs, whole[1].raw, signature)), policy=REQUIRED)
    assert (check(report).code, check(report).facts["unsupported"]) == ("CRL_UNSUPPORTED", "CRL_FORMAT")


# --- who may sign a list -------------------------------------------------------------------------


def test_after_a_change_of_key_the_new_key_signs_the_list_for_both() -> None:
    new = Certificate.from_der(STRANGER.csca_der)  # the same name, another key
    both = TrustStore.of([AUTHORITY, new], crls=[crl({SIGNER.serial: None}, issuer=STRANGER)])
    assert judge(folder(), trust=both).authentic.code == "SIGNER_REVOKED"
    empty = TrustStore.of([AUTHORITY, new], crls=[crl(issuer=STRANGER)])
    assert judge(folder(), trust=empty, policy=REQUIRED).verdict is PASSED


def test_a_key_of_that_name_that_nobody_trusts_signs_no_list() -> None:
    failed = (Provenance("list", "MASTER_LIST", outcome="FAILED"),)
    untrusted = Anchor(Certificate.from_der(STRANGER.csca_der), failed)
    trust = TrustStore.of([AUTHORITY], entries=[untrusted], crls=[crl(issuer=STRANGER)])
    assert judge(folder(), trust=trust, policy=REQUIRED).authentic.code == "CRL_WRONG_ISSUER"


def reissued(csca_der: bytes, **changes: bytes) -> bytes:
    """The CSCA's certificate with other parts, signed again."""
    tbs, algorithm, _ = parse(csca_der).children()
    names = ("version", "serial", "algorithm", "issuer", "validity", "subject", "spki", "extensions")
    fields = {name: node.raw for name, node in zip(names, tbs.children(), strict=True)} | changes
    signed = der.sequence(*fields.values())
    return der.sequence(signed, algorithm.raw, der.bit_string(ISSUER.scheme.sign(ISSUER.csca_key, signed)))


@pytest.mark.parametrize("attribute", ["2.5.4.3", "2.5.4.10"])
def test_another_authority_of_the_country_signs_no_list_in_its_name(attribute: str) -> None:
    own = der.sequence(
        der.set_of([der.sequence(der.oid("2.5.4.6"), tlv(0x13, b"UT"))]),
        der.set_of([der.sequence(der.oid(attribute), tlv(0x13, b"CA for visas"))]),
    )
    visas = Certificate.from_der(reissued(STRANGER.csca_der, subject=own, issuer=own))
    lent = crl(issuer=replace(ISSUER, csca_key=STRANGER.csca_key))
    trust = TrustStore.of([AUTHORITY, visas], crls=[lent])
    lent.verify(visas)
    assert visas in trust.issuers_of(SIGNER)
    assert judge(folder(), trust=trust, policy=REQUIRED).authentic.code == "CRL_SIGNATURE_INVALID"


def test_an_authority_that_may_not_sign_lists_signs_none() -> None:
    usage = extension("2.5.29.15", tlv(der.BIT_STRING, b"\2\x04"))  # keyCertSign alone
    ca = extension("2.5.29.19", der.sequence(der.boolean(True)))
    without = reissued(ISSUER.csca_der, extensions=tlv(0xA3, der.sequence(usage, ca)))
    trust = TrustStore.of([Certificate.from_der(without)], crls=[crl()])
    assert judge(folder(), trust=trust).warnings == ("REVOCATION_NOT_CHECKED", "CRL_WRONG_ISSUER")


def test_an_expired_key_of_that_name_signs_no_list() -> None:
    """Who stole an old key could otherwise date a list back and let it end in the next century."""
    ended = (NOW - 4000 * DAY, NOW - DAY)
    old = TestIssuer.create("ecdsa-secp256r1-sha256", csca_validity=ended)
    trust = TrustStore.of([AUTHORITY, Certificate.from_der(old.csca_der)], crls=[crl(issuer=old)])
    assert judge(folder(), trust=trust, policy=REQUIRED).authentic.code == "CRL_WRONG_ISSUER"


@pytest.mark.parametrize("country", ["VN", "AA"])
def test_the_key_identifier_of_an_authority_under_another_name_is_not_its_list(country: str) -> None:
    renamed = TestIssuer.create("ecdsa-secp256r1-sha256", country=country, csca_key=ISSUER.csca_key)
    report = on(crl(issuer=renamed))
    assert report.warnings == ("REVOCATION_NOT_CHECKED", "CRL_WRONG_ISSUER")


def _unusable(kind: str) -> Certificate:
    """An authority of the same name whose key nobody here can use."""
    ed25519 = der.sequence(der.sequence(der.oid("1.3.101.112")), der.bit_string(bytes(32)))
    p256 = der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.2.840.10045.3.1.7"))
    no_point = der.sequence(p256, der.bit_string(b"\4" + bytes(63) + b"\1"))
    return Certificate.from_der(
        reissued(STRANGER.csca_der, spki={"unknown": ed25519, "broken": no_point}[kind])
    )


@pytest.mark.parametrize(("kind", "code"), [("unknown", "CRL_UNSUPPORTED"), ("broken", "CRL_WRONG_ISSUER")])
def test_a_key_that_cannot_be_used_neither_signs_nor_hides_a_list(kind: str, code: str) -> None:
    third = TestIssuer.create("ecdsa-secp256r1-sha256")
    known = [AUTHORITY, _unusable(kind)]
    report = judge(folder(), trust=TrustStore.of(known, crls=[crl(issuer=third)]), policy=REQUIRED)
    assert report.authentic.code == code
    with_third = TrustStore.of([*known, Certificate.from_der(third.csca_der)], crls=[crl(issuer=third)])
    assert judge(folder(), trust=with_third, policy=REQUIRED).verdict is PASSED


def test_an_authority_that_says_nothing_of_key_usage_may_sign_lists() -> None:
    silent = Certificate.from_der(reissued(STRANGER.csca_der, extensions=b""))
    trust = TrustStore.of([AUTHORITY, silent], crls=[crl(issuer=STRANGER)])
    assert judge(folder(), trust=trust, policy=REQUIRED).verdict is PASSED


def test_an_issuer_whose_name_cannot_be_read_has_no_lists() -> None:
    nameless = replace(SIGNER, issuer=b"\x30\x03\x31\x05\x30")
    chain = Chain("PASSED", None, (nameless, AUTHORITY), Anchor(AUTHORITY))
    checks, _ = revocation_checks(chain, trust_with(crl()), REQUIRED, NOW)
    assert checks[0].code == "REVOCATION_NOT_AVAILABLE"


# --- links and pinned signers --------------------------------------------------------------------


def _linked() -> tuple[Certificate, TrustStore]:
    """ISSUER's CSCA is the anchor; STRANGER's key, linked to it, signs the documents."""
    link = Certificate.from_der(reissued(STRANGER.csca_der))
    failed = (Provenance("list", "MASTER_LIST", outcome="FAILED"),)
    return link, TrustStore.of([AUTHORITY], entries=[Anchor(link, failed)])


def test_a_revoked_link_breaks_the_chain() -> None:
    link, trust = _linked()
    good = judge(folder(issuer=STRANGER), trust=trust.with_crls([crl()]), policy=REQUIRED)
    assert (good.verdict, len(good.authentic.check("certificate_chain").facts["links"])) == (PASSED, 1)  # type: ignore[union-attr, arg-type]
    report = judge(folder(issuer=STRANGER), trust=trust.with_crls([crl({link.serial: "ca_compromise"})]))
    assert report.authentic.code == "ISSUER_REVOKED"


def test_the_list_of_a_linked_key_counts_for_what_it_signed() -> None:
    _, trust = _linked()
    lists = [crl(issuer=STRANGER), crl()]
    assert judge(folder(issuer=STRANGER), trust=trust.with_crls(lists), policy=REQUIRED).verdict is PASSED


def test_a_linked_key_that_came_with_the_document_revokes_what_it_signed() -> None:
    link, _ = _linked()
    signer = Certificate.from_der(STRANGER.ds_der)
    chain = Chain("PASSED", None, (signer, link, AUTHORITY), Anchor(AUTHORITY))
    lists = [crl({signer.serial: None}, issuer=STRANGER)]
    checks, _ = revocation_checks(chain, TrustStore.of([AUTHORITY], crls=lists), POLICY, NOW)
    assert checks[0].code == "SIGNER_REVOKED"


def test_a_link_needs_a_list_where_one_is_required() -> None:
    link, trust = _linked()
    chain = Chain("PASSED", None, (SIGNER, link, AUTHORITY), trust.entry(AUTHORITY))
    checks, _ = revocation_checks(chain, trust, REQUIRED, NOW)
    assert [(c.name, c.code) for c in checks] == [
        ("signer_revocation", "REVOCATION_NOT_AVAILABLE"),
        ("issuer_revocation", "REVOCATION_NOT_AVAILABLE"),
    ]


def test_a_pinned_signer_is_reported_as_such_and_can_be_revoked() -> None:
    pinned = TrustStore.of(entries=[Anchor(SIGNER, pinned=True)])
    report = judge(folder(), trust=pinned)
    assert (report.verdict, report.warnings) == (PASSED, ("REVOCATION_NOT_CHECKED",))
    assert check(report, "certificate_chain").facts["anchor"] == "pinned document signer"
    listed = TrustStore.of(
        [AUTHORITY], entries=[Anchor(SIGNER, pinned=True)], crls=[crl({SIGNER.serial: None})]
    )
    assert judge(folder(), trust=listed).authentic.code == "SIGNER_REVOKED"
    other = judge(folder(issuer=STRANGER), trust=pinned)
    assert other.authentic.code == "UNKNOWN_ISSUER"


# --- real lists ----------------------------------------------------------------------------------


def test_the_list_of_colombia_revokes_and_grows_stale(corpora: Path) -> None:
    real = Crl.from_der((corpora / "crl/COL.crl").read_bytes())
    csca = Certificate.from_der((corpora / "crl/CSCA_CO_756cf429.der").read_bytes())
    trust = TrustStore.of([csca], crls=[real])

    def code(serial: int, day: str) -> str | None:
        signer = replace(SIGNER, issuer=csca.subject, serial=serial)
        chain = Chain("PASSED", None, (signer, csca), Anchor(csca))
        checks, _ = revocation_checks(chain, trust, POLICY, dt.datetime.fromisoformat(day + "T00:00:00Z"))
        return checks[0].code

    assert code(0x55780B03, "2020-06-01") == "SIGNER_REVOKED"
    assert code(0x55780B04, "2020-06-01") is None
    assert code(0x55780B04, "2020-08-07") == "STALE_REVOCATION"
    assert code(0x55780B03, "2020-08-07") == "SIGNER_REVOKED"


def test_the_store_of_these_tests_has_no_lists() -> None:
    assert TRUST.crls == ()
