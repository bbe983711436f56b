"""Security objects as real documents have them: every oddity that was met must still verify."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from verification_cards import AUTHORITY, DG1, FILES, ISSUER, NOW, SIGNER, STRANGER, TRUST, folder, judge

from eid.document.checks import Check, Outcome
from eid.document.evidence import Evidence
from eid.encoding import der
from eid.encoding.tlv import Node, parse, tlv
from eid.simulator.issuer import TestIssuer
from eid.trust.anchors import Anchor, TrustStore
from eid.trust.certificates import Certificate
from eid.verification import Policy, Report

PASSED, FAILED, UNDECIDED = Outcome.PASSED, Outcome.FAILED, Outcome.UNDECIDED
RSA = TestIssuer.create("rsa-2048-sha256")
OTHER_NAME = der.sequence(der.set_of([der.sequence(der.oid("2.5.4.6"), tlv(0x13, b"VN"))]))
RSA_TRUST = TrustStore.of([Certificate.from_der(RSA.csca_der)])


def read(sod: bytes, *, trust: TrustStore = TRUST, **changes: Any) -> Report:
    return judge(Evidence({**FILES, "EF.SOD": sod}), trust=trust, **changes)


def check(report: Report, name: str) -> Check:
    found = report.authentic.check(name)
    assert found is not None
    return found


class Parts:
    """A security object taken apart; every part can be replaced before :meth:`build`."""

    def __init__(self, sod: bytes, issuer: TestIssuer = ISSUER) -> None:
        self.issuer = issuer
        info = parse(parse(sod, 0x77).value).children()
        self.kind = info[0].raw
        version, digests, content, certificates, signers = info[1].children()[0].children()
        self.version, self.digests, self.content = version.raw, digests.raw, content.raw
        self.certificates = [node.raw for node in certificates.children()]
        self.signer = [node.raw for node in signers.children()[0].children()]
        self.attributes = [node.raw for node in parse(self.signer[3]).children()]

    def sign(self, attributes: list[bytes]) -> None:
        """Sign these attributes in this order."""
        self.signer[5] = tlv(
            der.OCTET_STRING, self.issuer.scheme.sign(self.issuer.ds_key, tlv(0x31, *attributes))
        )

    def build(self) -> bytes:
        self.signer[3] = tlv(0xA0, b"".join(self.attributes))
        signed = der.sequence(
            self.version,
            self.digests,
            self.content,
            tlv(0xA0, b"".join(self.certificates)) if self.certificates else b"",
            tlv(0x31, der.sequence(*self.signer)),
        )
        return tlv(0x77, der.sequence(self.kind, tlv(0xA0, signed)))


# --- BER -----------------------------------------------------------------------------------------


def indefinite(node: Node) -> bytes:
    """The same in BER, as New Zealand writes it: indefinite lengths, the content in pieces."""
    if node.tag == der.OCTET_STRING and len(node.value) > 100:
        half = len(node.value) // 2
        pieces = tlv(der.OCTET_STRING, node.value[:half]) + tlv(der.OCTET_STRING, node.value[half:])
        return b"\x24\x80" + pieces + b"\0\0"
    if not node.constructed or node.raw == ISSUER.ds_der:
        return node.raw
    tag = node.tag.to_bytes(1, "big")
    return tag + b"\x80" + b"".join(map(indefinite, node.children())) + b"\0\0"


def test_ber_with_indefinite_lengths_verifies() -> None:
    sod = parse(ISSUER.sign_sod(FILES, signing_time=NOW), 0x77)
    report = read(tlv(0x77, indefinite(sod.children()[0])))
    assert report.verdict is PASSED
    assert report.person is not None
    broken = sod.value.replace(SIGNER.raw, SIGNER.raw[:-1] + b"\0")
    assert read(tlv(0x77, indefinite(parse(broken)))).verdict is not PASSED


# --- the signed attributes -----------------------------------------------------------------------


def _as_they_stand(parts: Parts) -> None:
    parts.attributes.reverse()
    parts.sign(parts.attributes)


def _sorted_before_signing(parts: Parts) -> None:
    parts.attributes.reverse()
    parts.sign(sorted(parts.attributes))


@pytest.mark.parametrize("signed", [_as_they_stand, _sorted_before_signing])
def test_attributes_out_of_order_verify_in_either_way_of_signing(signed: Callable[[Parts], None]) -> None:
    parts = Parts(ISSUER.sign_sod(FILES, signing_time=NOW))
    signed(parts)
    assert parts.attributes != sorted(parts.attributes)
    assert read(parts.build()).verdict is PASSED


def test_no_other_order_or_set_of_attributes_verifies() -> None:
    parts = Parts(ISSUER.sign_sod(FILES, signing_time=NOW))
    parts.attributes = [a for a in parts.attributes if der.oid("1.2.840.113549.1.9.5") not in a]
    assert read(parts.build()).authentic.code == "SOD_SIGNATURE_INVALID"
    parts = Parts(ISSUER.sign_sod(FILES, signing_time=NOW))
    first, *rest = sorted(parts.attributes)
    parts.sign([*rest, first])  # a third order: neither what stands there nor that of DER
    assert read(parts.build()).authentic.code == "SOD_SIGNATURE_INVALID"


def test_the_signing_time_is_shown_and_a_malformed_one_does_no_harm() -> None:
    report = read(ISSUER.sign_sod(FILES, signing_time=NOW))
    assert check(report, "sod_signature").facts["signing_time"] == NOW.isoformat()
    assert "signing_time" not in check(read(ISSUER.sign_sod(FILES)), "sod_signature").facts
    parts = Parts(ISSUER.sign_sod(FILES, signing_time=NOW))
    local = [a.replace(b"260301120000Z", b"26030112+0700") for a in parts.attributes]
    assert local != parts.attributes
    parts.attributes = local
    parts.sign(local)
    assert read(parts.build()).verdict is PASSED


# --- versions and algorithms ---------------------------------------------------------------------


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("kind", ["2.23.136.1.1.1", "1.3.27.1.1.1", "1.2.528.1.1006.1.20.1"])
def test_every_version_and_content_type_verifies(version: int, kind: str) -> None:
    report = read(ISSUER.sign_sod(FILES, lds_version=version, content_type=kind))
    assert report.verdict is PASSED
    assert check(report, "sod_structure").facts["lds_version"] == version


@pytest.mark.parametrize("plain", [True, False])
def test_plain_rsa_encryption_takes_its_hash_from_the_digest_algorithm(plain: bool) -> None:
    report = read(RSA.sign_sod(FILES, plain_rsa=plain), trust=RSA_TRUST)
    assert report.verdict is PASSED
    assert check(report, "sod_signature").facts["algorithm"] == "sha256WithRSAEncryption"
    forged = replace(RSA, ds_key=TestIssuer.create("rsa-2048-sha256").ds_key)
    assert read(forged.sign_sod(FILES, plain_rsa=plain), trust=RSA_TRUST).verdict is FAILED


def test_groups_hashed_with_another_function_than_the_signature() -> None:
    for name in ("sha1", "sha224", "sha384", "sha512"):
        report = read(ISSUER.sign_sod(FILES, hash_name=name))
        assert report.verdict is PASSED
        assert ("SHA1_USED" in report.warnings) is (name == "sha1")


# --- who is meant --------------------------------------------------------------------------------


def other_encoding(name: bytes) -> bytes:
    """The same name in other string types and letter case."""
    parts = []
    for part in parse(name).children():
        kind, value = part.children()[0].children()
        text = value.value.decode().upper().replace(" ", "  ")
        parts.append(der.set_of([der.sequence(kind.raw, tlv(0x1E, text.encode("utf-16-be")))]))
    return der.sequence(*parts)


def test_the_signer_may_be_named_in_another_encoding() -> None:
    parts = Parts(ISSUER.sign_sod(FILES))
    parts.certificates = [STRANGER.csca_der, *parts.certificates, STRANGER.ds_der]
    name, serial = (node.raw for node in parse(parts.signer[1]).children())
    parts.signer[1] = der.sequence(other_encoding(name), serial)
    assert read(parts.build()).verdict is PASSED


@pytest.mark.parametrize("sid", ["issuer", "ski"])
@pytest.mark.parametrize("first", [True, False])
def test_the_right_one_of_several_certificates_is_taken(sid: str, first: bool) -> None:
    parts = Parts(ISSUER.sign_sod(FILES, sid=sid))
    others = [STRANGER.ds_der, ISSUER.csca_der]
    parts.certificates = [*parts.certificates, *others] if first else [*others, *parts.certificates]
    assert read(parts.build()).verdict is PASSED


def test_certificates_that_came_along_are_not_trusted() -> None:
    parts = Parts(STRANGER.sign_sod(FILES), STRANGER)
    parts.certificates.append(STRANGER.csca_der)
    assert read(parts.build()).authentic.code == "UNKNOWN_ISSUER"


@pytest.mark.parametrize("sid", ["issuer", "ski"])
def test_a_certificate_that_was_left_out_is_found_in_the_store(sid: str) -> None:
    sod = ISSUER.sign_sod(FILES, sid=sid, with_certificate=False)
    assert read(sod).authentic.code == "SIGNER_CERTIFICATE_MISSING"
    others = [Anchor(Certificate.from_der(STRANGER.ds_der), pinned=True)]
    with_signer = TrustStore.of([AUTHORITY], entries=[Anchor(SIGNER, pinned=True), *others])
    assert read(sod, trust=with_signer).verdict is PASSED
    without = TrustStore.of([AUTHORITY], entries=others)
    assert read(sod, trust=without).authentic.code == "SIGNER_CERTIFICATE_MISSING"


def test_the_store_lends_no_certificate_to_another_signer() -> None:
    sod = replace(ISSUER, ds_key=STRANGER.ds_key).sign_sod(FILES, with_certificate=False)
    trust = TrustStore.of([AUTHORITY], entries=[Anchor(SIGNER, pinned=True)])
    assert read(sod, trust=trust).authentic.code == "SOD_SIGNATURE_INVALID"


def test_the_store_lends_no_certificate_that_only_shares_the_serial_number() -> None:
    tbs, algorithm, signature = parse(STRANGER.ds_der).children()
    fields = [node.raw for node in tbs.children()]
    fields[1], fields[3] = der.integer(SIGNER.serial), OTHER_NAME
    namesake = Certificate.from_der(der.sequence(der.sequence(*fields), algorithm.raw, signature.raw))
    assert namesake.serial == SIGNER.serial
    trust = TrustStore.of([AUTHORITY], entries=[Anchor(namesake, pinned=True)])
    sod = ISSUER.sign_sod(FILES, with_certificate=False)
    assert read(sod, trust=trust).authentic.code == "SIGNER_CERTIFICATE_MISSING"


def test_the_only_certificate_that_came_along_is_not_taken_for_the_signers() -> None:
    parts = Parts(ISSUER.sign_sod(FILES))
    parts.certificates = [ISSUER.csca_der]
    report = read(parts.build(), trust=TrustStore.of([AUTHORITY]))
    assert (report.verdict, report.code) == (UNDECIDED, "SIGNER_CERTIFICATE_MISSING")
    trust = TrustStore.of([AUTHORITY], entries=[Anchor(SIGNER, pinned=True)])
    assert read(parts.build(), trust=trust).verdict is PASSED


def test_a_second_signer_redeems_nothing() -> None:
    first, second = Parts(STRANGER.sign_sod(FILES)), Parts(ISSUER.sign_sod(FILES))
    signers = tlv(0x31, der.sequence(*first.signer), der.sequence(*second.signer))
    signed = der.sequence(
        second.version, second.digests, second.content, tlv(0xA0, STRANGER.ds_der, ISSUER.ds_der), signers
    )
    report = read(tlv(0x77, der.sequence(second.kind, tlv(0xA0, signed))))
    assert (report.verdict, report.code) == (UNDECIDED, "UNKNOWN_ISSUER")


# --- when it was signed --------------------------------------------------------------------------

DAY = dt.timedelta(days=1)
SHORT = TestIssuer.create(
    "ecdsa-secp256r1-sha256", ds_validity=(NOW - dt.timedelta(days=900), NOW - dt.timedelta(days=800))
)
AT_SIGNING = Policy.stored().with_signer_valid_at_signing()


def signed_at(days: int | None, policy: Policy) -> Report:
    moment = None if days is None else NOW - dt.timedelta(days=days)
    trust = TrustStore.of([Certificate.from_der(SHORT.csca_der)])
    return read(SHORT.sign_sod(FILES, signing_time=moment), trust=trust, policy=policy)


def test_a_policy_may_judge_the_signer_at_the_time_of_signing() -> None:
    assert signed_at(850, Policy.stored()).authentic.code == "SIGNER_EXPIRED"
    report = signed_at(850, AT_SIGNING)
    assert report.verdict is PASSED
    judged = check(report, "document_signer_validity").facts["judged_at"]
    assert judged == (NOW - dt.timedelta(days=850)).isoformat()


def test_outside_of_its_validity_or_without_a_time_nothing_is_won() -> None:
    assert signed_at(700, AT_SIGNING).authentic.code == "SIGNER_EXPIRED"
    assert signed_at(950, AT_SIGNING).authentic.code == "SIGNER_NOT_YET_VALID"
    assert signed_at(None, AT_SIGNING).authentic.code == "SIGNER_EXPIRED"
    assert signed_at(-10, AT_SIGNING).authentic.code == "SIGNER_EXPIRED"  # signed in the future: now counts


def test_a_signing_time_in_the_future_does_not_make_a_signer_valid_before_its_time() -> None:
    coming = TestIssuer.create("ecdsa-secp256r1-sha256", ds_validity=(NOW + 5 * DAY, NOW + 900 * DAY))
    trust = TrustStore.of([Certificate.from_der(coming.csca_der)])
    sod = coming.sign_sod(FILES, signing_time=NOW + 10 * DAY)
    assert read(sod, trust=trust, policy=AT_SIGNING).authentic.code == "SIGNER_NOT_YET_VALID"


def test_the_issuer_is_judged_at_the_time_of_signing_too() -> None:
    past = (NOW - 900 * DAY, NOW - 800 * DAY)
    old = TestIssuer.create("ecdsa-secp256r1-sha256", csca_validity=past, ds_validity=past)
    trust = TrustStore.of([Certificate.from_der(old.csca_der)])
    sod = old.sign_sod(FILES, signing_time=NOW - 850 * DAY)
    assert read(sod, trust=trust).authentic.code == "ISSUER_NOT_VALID"
    assert read(sod, trust=trust, policy=AT_SIGNING).verdict is PASSED


def test_a_lone_security_object_is_judged_as_far_as_it_goes() -> None:
    report = judge(Evidence({"EF.SOD": ISSUER.sign_sod({"DG1": DG1})}))
    assert check(report, "certificate_chain").outcome is PASSED
    assert report.authentic.check("issuer_country") is None
    assert report.authentic.code == "DATA_GROUPS_MISSING"
    assert judge(folder()).verdict is PASSED
