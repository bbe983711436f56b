"""Verdicts on signed codes: who signed, is it still good, who shows it; and what raises instead."""

from __future__ import annotations

import dataclasses
import datetime as dt
import pickle
import threading
import zlib
from typing import Any

import cbor2
import pytest
from qr_samples import (
    DAY,
    HOUR,
    ISSUER,
    NOW,
    PERSON,
    YEAR,
    Clock,
    authority,
    certificate_for,
    claims,
    issuer,
    message_of,
    rsa_key,
    signed_text,
    signer,
    text_of,
    verifier,
)

from eid.crypto.keys import FoundKey, Key, KeySet, SoftwareSigner
from eid.document.checks import Outcome
from eid.encoding import base45
from eid.errors import (
    EidError,
    InputError,
    KeysTooOld,
    KeysUnavailable,
    NotPassed,
    QrClaimInvalid,
    QrClaimMissing,
    QrCompressionInvalid,
    QrEncrypted,
    QrMalformed,
    QrStructureInvalid,
    QrTextInvalid,
    QrTooLarge,
)
from eid.qr.claims import QrKind
from eid.qr.verifying import QrPolicy, QrVerifier
from eid.tokens.status.lists import Form, StatusList, sign_status_list
from eid.tokens.status.reference import StatusReference
from eid.tokens.status.sources import StatusChecker, StatusIssuer, StoredStatusSource
from eid.tokens.x5c import PinnedRoots
from eid.verification.status import HolderMatch

NONCE = bytes(range(16))
LIST = "https://id.example/status/1"


def static(**changes: Any) -> str:
    return issuer().issue(PERSON, **{"kind": QrKind.STATIC, "valid_for": YEAR, **changes}).text


def presented(nonce: bytes = NONCE, seconds: int = 60) -> str:
    kind, valid_for = QrKind.PRESENTATION, dt.timedelta(seconds=seconds)
    return issuer().issue(PERSON, kind=kind, valid_for=valid_for, nonce=nonce).text


# --- authentic -----------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ["ES256", "Ed25519"])
def test_a_code_of_a_trusted_issuer_passes(alg: str) -> None:
    text = issuer(alg).issue(PERSON, kind=QrKind.STATIC, valid_for=YEAR, account_level=2).text
    result = verifier(signer(alg)).verify(text)
    assert (result.verdict, result.code) == (Outcome.PASSED, None)
    assert result.person == PERSON
    assert result.kind is QrKind.STATIC
    assert result.unproven is None
    assert result.claims is not None
    assert result.claims.account_level == 2
    assert result.claims.authentication_level is None
    assert result.authentic.checks[0].facts == {"algorithm": alg, "key": "2026-1"}
    assert result.warnings == ()
    assert result.trust_age is None
    assert result.verified_at == NOW


def test_a_photocopy_proves_nobody_s_presence() -> None:
    """Decree 69/2024, Art. 19: a result of authentication is not passed on by paper."""
    result = verifier().verify(static(account_level=2, authentication_level=4))
    assert result.verdict is Outcome.PASSED
    assert result.holder.outcome is Outcome.NOT_CHECKED


def test_a_presentation_proves_nobody_s_presence_either() -> None:
    result = verifier().verify(presented(), nonce=NONCE)
    assert result.verdict is Outcome.PASSED
    assert result.holder.outcome is Outcome.NOT_CHECKED


@pytest.mark.parametrize("part", [2, 3])
def test_an_altered_code_is_forged(part: int) -> None:
    parts = message_of(static())
    octets = bytearray(parts[part])
    octets[-1] ^= 1
    parts[part] = bytes(octets)
    result = verifier().verify(text_of(parts))
    assert (result.verdict, result.code) == (Outcome.FAILED, "QR_SIGNATURE_INVALID")
    assert result.claims is result.unproven is result.person is result.kind is None


def test_a_right_kid_with_a_key_of_somebody_else_is_forged() -> None:
    stranger = SoftwareSigner.generate("ES256", kid="2026-1")
    result = verifier().verify(signed_text(claims(), by=stranger))
    assert (result.verdict, result.code) == (Outcome.FAILED, "QR_SIGNATURE_INVALID")


def test_an_unknown_kid_with_a_right_signature_is_undecided() -> None:
    text = signed_text(claims(), protected={4: b"2031-7"})
    result = verifier().verify(text)
    assert (result.verdict, result.code) == (Outcome.UNDECIDED, "UNKNOWN_KEY")
    assert result.person is None
    assert result.unproven is not None
    assert result.unproven.person.full_name == "Nguyễn Đức Ánh"


def test_a_code_without_a_signature_is_never_authentic() -> None:
    parts = message_of(static())
    parts[3] = b""
    result = verifier().verify(text_of(parts))
    assert (result.verdict, result.code) == (Outcome.FAILED, "QR_UNSIGNED")


@pytest.mark.parametrize(
    "changes", [{"claim_1": None}, {"claim_1": "https://other.example"}, {"claim_1": ISSUER + "/"}]
)
def test_an_issuer_that_is_not_trusted_is_undecided(changes: dict[str, Any]) -> None:
    result = verifier().verify(signed_text(claims(**changes)))
    assert (result.verdict, result.code) == (Outcome.UNDECIDED, "QR_ISSUER_UNKNOWN")


def test_the_key_of_one_issuer_does_not_speak_for_another() -> None:
    one, other = signer(kid="a"), signer(kid="b")
    both = QrVerifier(
        issuers=["https://one.example", "https://other.example"],
        keys={"https://one.example": KeySet([one.key]), "https://other.example": KeySet([other.key])},
        clock=Clock(),
    )
    good = signed_text(claims(claim_1="https://other.example"), by=other)
    assert both.verify(good).verdict is Outcome.PASSED
    stolen = signed_text(claims(claim_1="https://other.example"), by=one)
    assert both.verify(stolen).code == "UNKNOWN_KEY"


def test_the_algorithm_belongs_to_the_key() -> None:
    text = signed_text(claims(), by=signer("Ed25519"))
    result = verifier(signer("ES256")).verify(text)
    assert (result.verdict, result.code) == (Outcome.FAILED, "QR_ALGORITHM_MISMATCH")


def test_an_algorithm_nobody_here_knows_is_undecided() -> None:
    parts = message_of(static())
    parts[0] = cbor2.dumps({1: -46, 4: b"2026-1"})
    result = verifier().verify(text_of(parts))
    assert (result.verdict, result.code) == (Outcome.UNDECIDED, "UNSUPPORTED_ALGORITHM")


@pytest.mark.parametrize(("alg", "number"), [("ES256", -9), ("Ed25519", -19)])
def test_fully_specified_algorithms_are_read(alg: str, number: int) -> None:
    """RFC 9864: what others may write."""
    key = signer(alg)
    header = cbor2.dumps({1: number, 4: b"2026-1"})
    payload = cbor2.dumps(claims())
    signature = key.sign(cbor2.dumps(["Signature1", header, b"", payload]))
    assert verifier(key).verify(text_of([header, {}, payload, signature])).verdict is Outcome.PASSED


def test_a_code_that_names_no_key_is_tried_with_the_issuer_s_keys() -> None:
    """Claim 169 does not ask for a key identifier, and test vectors have none."""
    keys = [signer(kid="x"), signer("Ed25519", "y"), signer(kid="z")]
    for key in keys:
        result = verifier(*keys).verify(signed_text(claims(), by=key, protected={}))
        assert result.verdict is Outcome.PASSED
        assert result.authentic.checks[0].facts["key"] == key.kid
    stranger = SoftwareSigner.generate("ES256")
    result = verifier(*keys).verify(signed_text(claims(), by=stranger, protected={}))
    assert (result.verdict, result.code) == (Outcome.UNDECIDED, "QR_KEY_NOT_NAMED")


def test_a_key_is_not_used_outside_its_time() -> None:
    late = dataclasses.replace(signer().key, not_after=NOW - DAY)
    for header in ({4: b"2026-1"}, {}):
        checker = QrVerifier(issuers=ISSUER, keys=KeySet([late]), clock=Clock())
        result = checker.verify(signed_text(claims(), protected=header))
        assert (result.verdict, result.code) == (Outcome.UNDECIDED, "KEY_NOT_IN_FORCE")


class Source:
    """Keys from elsewhere, with their troubles."""

    def __init__(self, trouble: EidError | None = None, **found: Any) -> None:
        self.trouble = trouble
        self.found = found

    def find(self, kid: str, *, now: dt.datetime) -> FoundKey:
        if self.trouble is not None:
            raise self.trouble
        return FoundKey(signer().key, **self.found)


@pytest.mark.parametrize("trouble", [KeysTooOld(), KeysUnavailable()])
def test_keys_that_cannot_be_had_leave_a_code_undecided(trouble: EidError) -> None:
    result = verifier(keys=Source(trouble)).verify(static())
    assert (result.verdict, result.code) == (Outcome.UNDECIDED, trouble.code)


def test_the_age_of_the_trust_is_reported() -> None:
    result = verifier(keys=Source(trust_age=HOUR, stale=True)).verify(static())
    assert result.verdict is Outcome.PASSED
    assert result.trust_age == HOUR
    assert result.warnings == ("KEYS_STALE",)


def test_a_code_without_kid_finds_nothing_in_keys_from_elsewhere() -> None:
    result = verifier(keys=Source()).verify(signed_text(claims(), protected={}))
    assert result.code == "QR_KEY_NOT_NAMED"


# --- certificates --------------------------------------------------------------------------------


def with_chain(*chain: bytes, protected: bool = True, **more: Any) -> str:
    header = {33: chain[0] if len(chain) == 1 else list(chain)}
    return signed_text(
        claims(), **({"protected": header} if protected else {"protected": {}, "unprotected": header}), **more
    )


def pinned(root: bytes, **more: Any) -> QrVerifier:
    return verifier(keys=KeySet([]), roots={ISSUER: PinnedRoots([root])}, **more)


@pytest.mark.parametrize("protected", [True, False])
def test_a_code_with_certificates_that_lead_to_a_pinned_root(protected: bool) -> None:
    private, root = authority()
    text = with_chain(certificate_for(signer().key.public, private), protected=protected)
    assert pinned(root).verify(text).verdict is Outcome.PASSED
    assert verifier(keys=KeySet([])).verify(text).verdict is Outcome.UNDECIDED  # nobody pinned anything


def test_a_code_with_certificates_of_another_root_is_undecided() -> None:
    _, root = authority()
    stranger, _ = authority()
    result = pinned(root).verify(with_chain(certificate_for(signer().key.public, stranger)))
    assert (result.verdict, result.code) == (Outcome.UNDECIDED, "X5C_REFUSED")


def test_certificates_of_somebody_else_s_key_do_not_help() -> None:
    private, root = authority()
    chain = certificate_for(signer(kid="other").key.public, private)
    result = pinned(root).verify(with_chain(chain))
    assert (result.verdict, result.code) == (Outcome.FAILED, "QR_SIGNATURE_INVALID")


def test_expired_certificates_are_undecided() -> None:
    private, root = authority()
    chain = certificate_for(signer().key.public, private, start=NOW - 3 * DAY, end=NOW - DAY)
    result = pinned(root).verify(with_chain(chain))
    assert (result.verdict, result.code) == (Outcome.UNDECIDED, "X5C_REFUSED")


def test_an_unknown_kid_beside_certificates_is_only_a_hint() -> None:
    private, root = authority()
    own = certificate_for(signer().key.public, private)
    text = signed_text(claims(), protected={4: b"nobody", 33: own})
    assert pinned(root).verify(text).verdict is Outcome.PASSED
    assert verifier().verify(text).code == "UNKNOWN_KEY"


def test_rsa_certificates_are_not_needed_for_codes_but_read() -> None:
    private, root = authority()
    key = SoftwareSigner(rsa_key(), alg="PS256")
    text = with_chain(certificate_for(key.key.public, private), by=key)
    assert pinned(root).verify(text).verdict is Outcome.PASSED


def test_roots_are_for_trusted_issuers_only() -> None:
    _, root = authority()
    with pytest.raises(InputError):
        verifier(roots={"https://other.example": PinnedRoots([root])})


# --- still valid ---------------------------------------------------------------------------------


def at(moment: dt.datetime, text: str, **more: Any) -> tuple[Outcome, str | None]:
    result = verifier(clock=Clock(moment), **more).verify(text)
    assert result.authentic.outcome is Outcome.PASSED
    return result.verdict, result.code


def test_a_code_ends_with_its_time() -> None:
    text, end = static(valid_for=DAY), NOW + DAY
    assert at(end, text) == (Outcome.PASSED, None)  # the clocks may be apart
    assert at(end + dt.timedelta(seconds=29), text) == (Outcome.PASSED, None)
    assert at(end + dt.timedelta(seconds=30), text) == (Outcome.FAILED, "QR_EXPIRED")
    assert at(end, text, policy=QrPolicy(leeway=dt.timedelta(0))) == (Outcome.FAILED, "QR_EXPIRED")
    assert at(NOW - dt.timedelta(seconds=30), text) == (Outcome.PASSED, None)
    assert at(NOW - dt.timedelta(seconds=31), text) == (Outcome.FAILED, "QR_NOT_YET_VALID")


def test_the_person_of_an_expired_code_is_proven_and_out_of_date() -> None:
    result = verifier(clock=Clock(NOW + 2 * YEAR)).verify(static())
    assert result.verdict is Outcome.FAILED
    assert result.person == PERSON


@pytest.mark.parametrize("claim", ["claim_5", "claim_6"])
def test_a_code_from_the_future_is_not_valid_yet(claim: str) -> None:
    text = signed_text(claims(**{claim: int((NOW + HOUR).timestamp())}))
    assert at(NOW, text) == (Outcome.FAILED, "QR_NOT_YET_VALID")


def test_a_code_without_end_is_undecided() -> None:
    assert at(NOW, signed_text(claims(claim_4=None))) == (Outcome.UNDECIDED, "QR_NO_EXPIRY")
    assert at(NOW, signed_text(claims(claim_6=None))) == (Outcome.PASSED, None)


def test_times_with_fractions_are_read() -> None:
    """RFC 8392, 2: NumericDate may be a floating-point number."""
    assert at(NOW, signed_text(claims(claim_4=NOW.timestamp() + 0.5))) == (Outcome.PASSED, None)
    assert at(NOW, signed_text(claims(claim_4=NOW.timestamp() - 30.5))) == (Outcome.FAILED, "QR_EXPIRED")


def test_dates_of_an_unknown_issuer_decide_nothing() -> None:
    text = signed_text(claims(claim_4=1), protected={4: b"unknown"})
    result = verifier().verify(text)
    assert (result.still_valid.outcome, result.still_valid.code) == (
        Outcome.UNDECIDED,
        "AUTHENTIC_NOT_PASSED",
    )
    assert result.still_valid.checks[0].code == "QR_EXPIRED"


def test_a_code_for_an_audience_is_not_for_everybody() -> None:
    for audience in ("bank", ["bank", "shop"]):
        assert at(NOW, signed_text(claims(claim_3=audience))) == (Outcome.UNDECIDED, "QR_FOR_AN_AUDIENCE")


def test_a_presentation_is_for_one_check() -> None:
    def verdict(text: str, nonce: bytes | None) -> tuple[Outcome, str | None]:
        result = verifier().verify(text, nonce=nonce)
        return result.verdict, result.code

    assert verdict(presented(), NONCE) == (Outcome.PASSED, None)
    assert verdict(presented(), bytes(16)) == (Outcome.FAILED, "QR_NONCE_MISMATCH")
    assert verdict(presented(), NONCE[:-1]) == (Outcome.FAILED, "QR_NONCE_MISMATCH")
    assert verdict(presented(), b"") == (Outcome.FAILED, "QR_NONCE_MISMATCH")
    assert verdict(presented(), None) == (Outcome.UNDECIDED, "QR_NONCE_NOT_GIVEN")
    assert verdict(static(), NONCE) == (Outcome.FAILED, "QR_NOT_A_PRESENTATION")


def test_a_presentation_that_lives_long_is_refused() -> None:
    """Whatever the issuer thought of it."""
    now = int(NOW.timestamp())
    for times in ({"claim_4": now + 61}, {"claim_4": None}, {"claim_6": None}):
        result = verifier().verify(signed_text(claims(claim_10=NONCE, **times)), nonce=NONCE)
        assert (result.verdict, result.code) in [
            (Outcome.FAILED, "QR_LIVES_TOO_LONG"),
        ]
    good = signed_text(claims(claim_10=NONCE, claim_4=now + 60))
    assert verifier().verify(good, nonce=NONCE).verdict is Outcome.PASSED
    strict = QrPolicy(max_presentation=dt.timedelta(seconds=30))
    assert verifier(policy=strict).verify(good, nonce=NONCE).code == "QR_LIVES_TOO_LONG"


def test_an_old_presentation_has_expired() -> None:
    late = verifier(clock=Clock(NOW + dt.timedelta(seconds=91)))
    assert late.verify(presented(), nonce=NONCE).code == "QR_EXPIRED"


# --- status --------------------------------------------------------------------------------------


def checker(
    entries: dict[int, int], *, signed_at: dt.datetime = NOW, grace: dt.timedelta = 7 * DAY
) -> StatusChecker:
    octets = sign_status_list(
        StatusList.of(64, bits=2, entries=entries), signer(kid="lists"), uri=LIST, issued_at=signed_at,
        expires_at=signed_at + 30 * DAY, ttl=HOUR, form=Form.CWT,
    )  # fmt: skip
    source = StoredStatusSource({LIST: octets})
    return StatusChecker([StatusIssuer(LIST, KeySet([signer(kid="lists").key]), source)], offline_grace=grace)


def test_a_status_list_decides_about_a_code() -> None:
    lists = checker({1: 1, 2: 2, 3: 3})
    expected = {
        0: (Outcome.PASSED, None),
        1: (Outcome.FAILED, "QR_REVOKED"),
        2: (Outcome.FAILED, "QR_SUSPENDED"),
        3: (Outcome.UNDECIDED, "QR_STATUS_UNKNOWN"),
        64: (Outcome.UNDECIDED, "STATUS_INDEX_OUTSIDE"),
    }
    for index, verdict in expected.items():
        assert at(NOW, static(status=StatusReference(LIST, index)), status=lists) == verdict


def test_the_age_of_a_list_is_reported() -> None:
    text = static(status=StatusReference(LIST, 0))
    result = verifier(status=checker({}, signed_at=NOW - 3 * DAY)).verify(text)
    assert result.verdict is Outcome.PASSED
    check = result.still_valid.check("status")
    assert check is not None
    assert check.facts == {"at": "2026-11-19T08:00:00+00:00", "stale": True}
    assert result.warnings == ("STATUS_STALE",)


def test_a_list_that_is_too_old_decides_nothing() -> None:
    text = static(status=StatusReference(LIST, 0))
    old = checker({}, signed_at=NOW - 8 * DAY)
    assert at(NOW, text, status=old) == (Outcome.UNDECIDED, "STATUS_LIST_TOO_OLD")


def test_without_a_list_it_is_not_known_whether_a_code_was_revoked() -> None:
    text = static(status=StatusReference(LIST, 0))
    assert at(NOW, text) == (Outcome.UNDECIDED, "STATUS_NOT_AVAILABLE")
    other = static(status=StatusReference("https://elsewhere.example/1", 0))
    assert at(NOW, other, status=checker({})) == (Outcome.UNDECIDED, "STATUS_LIST_UNTRUSTED")


def test_revocation_is_passed_over_only_by_a_policy_that_says_so() -> None:
    text = static(status=StatusReference(LIST, 1))
    result = verifier(status=checker({1: 1}), policy=QrPolicy().without_status_check()).verify(text)
    assert result.verdict is Outcome.PASSED
    assert result.warnings == ("QR_STATUS_NOT_CHECKED",)


class Watched:
    asked = 0

    def check(self, reference: StatusReference, *, now: dt.datetime) -> Any:
        self.asked += 1
        raise AssertionError("nobody should be asked")


def test_a_list_that_a_stranger_names_is_not_asked_for() -> None:
    """Otherwise everybody could make a verifier fetch any address."""
    watched = Watched()
    status = {"status_list": {"idx": 0, "uri": "https://attacker.example/"}}
    text = signed_text(claims(claim_65535=status), by=SoftwareSigner.generate(kid="2026-1"))
    assert verifier(status=watched).verify(text).verdict is Outcome.FAILED
    assert watched.asked == 0


# --- holder --------------------------------------------------------------------------------------


def test_the_holder_is_what_the_caller_compared() -> None:
    yes = HolderMatch(True, "officer", "officer", NOW)
    no = HolderMatch(False, "vendor", "face", NOW, score=0.1, threshold=0.6)
    assert verifier().verify(static(), holder=yes).holder.outcome is Outcome.PASSED
    result = verifier().verify(static(), holder=no)
    assert (result.verdict, result.code) == (Outcome.FAILED, "HOLDER_MISMATCH")
    unknown = verifier().verify(signed_text(claims(), protected={4: b"?"}), holder=yes)
    assert (unknown.holder.outcome, unknown.holder.code) == (Outcome.UNDECIDED, "AUTHENTIC_NOT_PASSED")


# --- offline trust -------------------------------------------------------------------------------


def test_old_trust_proves_nothing_and_still_refuses_forgeries() -> None:
    old = {"trusted_since": NOW - 8 * DAY, "max_trust_age": 7 * DAY}
    result = verifier(**old).verify(static())
    assert (result.verdict, result.code) == (Outcome.UNDECIDED, "KEYS_TOO_OLD")
    assert result.person is None
    forged = signed_text(claims(), by=SoftwareSigner.generate(kid="2026-1"))
    assert verifier(**old).verify(forged).verdict is Outcome.FAILED
    young = verifier(trusted_since=NOW - 6 * DAY, max_trust_age=7 * DAY).verify(static())
    assert young.verdict is Outcome.PASSED
    assert young.trust_age == 6 * DAY


def test_a_clock_behind_the_trust_cannot_be_right() -> None:
    """A dead battery sets clocks back to when an old code was good."""
    behind = verifier(trusted_since=NOW + HOUR, max_trust_age=7 * DAY)
    assert behind.verify(static()).code == "QR_CLOCK_BEHIND"
    nearly = verifier(trusted_since=NOW + dt.timedelta(seconds=30), max_trust_age=7 * DAY)
    assert nearly.verify(static()).verdict is Outcome.PASSED


# --- what raises ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", QrCompressionInvalid),
        ("abc", QrTextInvalid),
        ("A", QrTextInvalid),
        (":::", QrTextInvalid),
        ("Nguyễn", QrTextInvalid),
        ("001099012349|012345678|X", QrTextInvalid),
        (base45.encode(b"not compressed"), QrCompressionInvalid),
        (base45.encode(zlib.compress(bytes(range(200))) + b"!"), QrCompressionInvalid),
        (base45.encode(zlib.compress(bytes(100_000))), QrTooLarge),
        ("0" * 5000, QrTooLarge),
        (base45.encode(zlib.compress(b"\x84")), QrStructureInvalid),
        (base45.encode(zlib.compress(cbor2.dumps(["hello", 42]))), QrStructureInvalid),
    ],
)
def test_what_is_no_signed_code_raises(text: str, error: type[EidError]) -> None:
    with pytest.raises(error) as caught:
        verifier().verify(text)
    assert isinstance(caught.value, QrMalformed)
    assert "Nguy" not in str(caught.value)


@pytest.mark.parametrize("tag", [16, 96])
def test_an_encrypted_code_is_not_malformed(tag: int) -> None:
    text = text_of([cbor2.dumps({1: 3}), {5: bytes(12)}, b"ciphertext"] + ([[]] if tag == 96 else []), tag)
    with pytest.raises(QrEncrypted) as caught:
        verifier().verify(text)
    assert not isinstance(caught.value, QrMalformed)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ([], QrStructureInvalid),
        (b"\xa2\x01\x61a\x01\x61b", QrStructureInvalid),
        (claims(claim_169=None), QrClaimMissing),
        (claims(claim_169=[]), QrClaimInvalid),
        (claims(claim_4="soon"), QrClaimInvalid),
        (claims(claim_4=True), QrClaimInvalid),
        (claims(claim_4=-1), QrClaimInvalid),
        (claims(claim_6=10**15), QrClaimInvalid),
        (claims(claim_1=5), QrClaimInvalid),
        (claims(claim_3=[]), QrClaimInvalid),
        (claims(claim_7="text"), QrClaimInvalid),
        (claims(claim_10=b"short"), QrClaimInvalid),
        (claims(claim_10="text that is long"), QrClaimInvalid),
        (claims(claim_65535={}), QrClaimInvalid),
        (claims(claim_65535={"status_list": {"idx": -1, "uri": LIST}}), QrClaimInvalid),
        (claims(claim_65535={"other": {}}), QrClaimInvalid),
        (claims(claim_minus_65537=3), QrClaimInvalid),
        (claims(claim_minus_65537=True), QrClaimInvalid),
        (claims(claim_minus_65538=0), QrClaimInvalid),
        (claims(claim_minus_65538="4"), QrClaimInvalid),
    ],
)
def test_claims_of_another_form_raise(content: object, error: type[EidError]) -> None:
    with pytest.raises(error):
        verifier().verify(signed_text(content))


def test_the_form_with_the_cwt_tag_and_the_untagged_one_are_read() -> None:
    """The specification's own example has tag 61 around tag 18."""
    for wrapping in ((61, 18), (18,), ()):
        assert verifier().verify(signed_text(claims(), wrapping=wrapping)).verdict is Outcome.PASSED


def test_brotli_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "brotli", None)
    with pytest.raises(QrCompressionInvalid, match="package brotli"):
        verifier().verify(base45.encode(b"\x0b\x02\x80hello\x03"))


def test_brotli_is_read_when_it_is_installed_and_stays_within_the_limits() -> None:
    """Claim 169 1.2.1, 3.2.1: what does not begin like zlib is Brotli."""
    brotli = pytest.importorskip("brotli", reason="the package brotli is not installed")
    from eid.qr.envelope import unpack_text

    octets = unpack_text(static())
    assert verifier().verify(base45.encode(brotli.compress(octets))).verdict is Outcome.PASSED
    for bomb in (bytes(100_000), octets + bytes(500_000)):
        with pytest.raises(QrTooLarge):
            verifier().verify(base45.encode(brotli.compress(bomb)))
    with pytest.raises(QrCompressionInvalid):
        verifier().verify(base45.encode(brotli.compress(octets)[:-5]))


# --- results -------------------------------------------------------------------------------------


def test_results_show_nothing_personal_and_can_be_sent_on() -> None:
    for text in (
        static(photo=b"\xff\xd8\xffpicture", subject="001099012349"),
        signed_text(claims(), protected={4: b"?"}),
    ):
        result = verifier().verify(text)
        for personal in ("Nguy", "001099012349", "picture", "1999"):
            assert personal not in repr(result)
        assert pickle.loads(pickle.dumps(result)) == result


def test_an_exception_for_those_who_want_one() -> None:
    verifier().verify(static()).require_passed()
    result = verifier(clock=Clock(NOW + 2 * YEAR)).verify(static())
    with pytest.raises(NotPassed, match="QR_EXPIRED") as caught:
        result.require_passed()
    assert caught.value.report is result


def test_warnings_of_the_specification_s_loose_ends_are_handed_on() -> None:
    text = signed_text(claims(claim_169={4: "A", 8: "1984-04-18", 9: "1"}))
    assert verifier().verify(text).warnings == ("BIRTH_DATE_FORM", "GENDER_NOT_NUMBER")


def test_one_verifier_for_many_threads() -> None:
    shared, text = verifier(), static()
    outcomes: list[Outcome] = []
    threads = [
        threading.Thread(target=lambda: outcomes.extend(shared.verify(text).verdict for _ in range(20)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [Outcome.PASSED] * 160


def test_a_verifier_needs_an_issuer_and_its_keys() -> None:
    for arguments in (
        {"issuers": [], "keys": KeySet([])},
        {"issuers": "", "keys": KeySet([])},
        {"issuers": ["a:1", "b:2"], "keys": KeySet([])},
        {"issuers": ["a:1"], "keys": {"b:2": KeySet([])}},
    ):
        with pytest.raises(InputError):
            QrVerifier(clock=Clock(), **arguments)  # type: ignore[arg-type]


def test_a_key_from_a_jwk_of_another_party_is_as_good() -> None:
    key = Key.from_jwk(signer().key.to_jwk())
    assert (
        QrVerifier(issuers=ISSUER, keys=KeySet([key]), clock=Clock()).verify(static()).verdict
        is Outcome.PASSED
    )
