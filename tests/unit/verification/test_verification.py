"""Verification as a whole: what passes, what a report shows, and that it is pure."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from verification_cards import (
    CARD_ACCESS,
    CHALLENGE,
    DG1,
    DG14,
    DG15,
    FILES,
    ISSUER,
    NOBODY,
    NOW,
    PACE,
    STRANGER,
    TRUST,
    aa_signature,
    active,
    chip,
    folder,
    judge,
    mrz,
    reading,
)

from eid.document.checks import Outcome
from eid.document.dg1 import encode_dg1
from eid.document.evidence import (
    ActiveAuthenticationTranscript,
    ChipAuthenticationTranscript,
    Evidence,
    Exchange,
)
from eid.document.profile import ICAO
from eid.document.security_infos import active_authentication_info, encode_dg14
from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import ChallengeFormatError, InputError, NotPassed
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate
from eid.verification import DocumentStatus, HolderMatch, Policy, StatusAnswer, verify_or_raise

PASSED, FAILED, UNDECIDED, NOT_CHECKED = (
    Outcome.PASSED,
    Outcome.FAILED,
    Outcome.UNDECIDED,
    Outcome.NOT_CHECKED,
)
COUNTER = Policy.counter()
IN_FORCE = StatusAnswer(DocumentStatus.IN_FORCE, "registry", NOW)
OFFICER = HolderMatch(True, "officer", "officer", NOW)


def outcomes(report: Any) -> tuple[Outcome, ...]:
    return tuple(verdict.outcome for verdict in report.verdicts.values())


# --- what passes ---------------------------------------------------------------------------------


def test_a_good_card_at_the_counter_passes_all_four() -> None:
    report = judge(reading(), policy=COUNTER, status=IN_FORCE, holder=OFFICER)
    assert outcomes(report) == (PASSED, PASSED, PASSED, PASSED)
    assert (report.verdict, report.code) == (PASSED, None)
    assert report.warnings == ("REVOCATION_NOT_CHECKED",)
    names = [check.name for check in report.authentic.checks]
    assert names == [
        "sod_structure", "sod_signature", "certificate_chain", "document_signer_validity", "signer_revocation",
        "hash_DG1", "hash_DG14", "hash_DG15", "card_access", "required_groups", "issuer_country",
    ]  # fmt: skip
    facts = {check.name: check.facts for check in report.authentic.checks}
    assert facts["sod_signature"]["algorithm"] == "ecdsa-with-SHA256"
    assert facts["certificate_chain"]["country"] == "UT"
    witness = report.chip_genuine.check("chip_authentication")
    assert witness is not None
    assert witness.facts["witness"] == "terminal"
    assert report.chip_genuine.check("absent") is None


def test_chip_authentication_alone_passes_only_where_the_chip_was_read() -> None:
    alone = reading(active_authentication=None)
    assert judge(alone, policy=COUNTER).chip_genuine.outcome is PASSED
    assert judge(alone.stored(), policy=COUNTER).chip_genuine.code == "TERMINAL_ONLY"
    assert judge(Evidence.from_bytes(alone.to_bytes()), policy=COUNTER).chip_genuine.code == "TERMINAL_ONLY"


def test_stored_evidence_passes_with_the_challenge_that_was_used_and_no_other() -> None:
    stored = Evidence.from_bytes(reading().to_bytes())
    assert judge(stored, challenge=CHALLENGE).chip_genuine.outcome is PASSED
    assert judge(stored, challenge=CHALLENGE).verdict is PASSED
    assert judge(stored).chip_genuine.code == "CHALLENGE_NOT_GIVEN"
    for wrong in (b"\0" * 8, CHALLENGE[::-1]):
        assert judge(stored, challenge=wrong).verdict is FAILED


def test_the_challenge_of_the_caller_wins_over_that_of_the_reading() -> None:
    assert judge(reading(), policy=COUNTER, challenge=b"\0" * 8).chip_genuine.code == "CHALLENGE_MISMATCH"
    assert judge(reading(), policy=COUNTER, challenge=CHALLENGE).chip_genuine.outcome is PASSED


def test_a_failed_protocol_outweighs_one_that_passed() -> None:
    report = judge(reading(chip_authentication=chip(Exchange.WRONG)), policy=COUNTER)
    assert report.chip_genuine.outcome is FAILED
    # ... while one that is merely no proof for others does not hurt.
    stored = judge(reading(live=False), challenge=CHALLENGE)
    assert stored.chip_genuine.outcome is PASSED
    assert [check.code for check in stored.chip_genuine.checks] == [None, "TERMINAL_ONLY"]


def test_the_hash_of_active_authentication_is_the_one_that_dg14_names() -> None:
    for name, expected in (("sha256", PASSED), ("sha512", FAILED)):
        files = {"DG1": DG1, "DG15": DG15, "DG14": encode_dg14([active_authentication_info(name)])}
        evidence = replace(folder(files), active_authentication=active())
        assert judge(evidence, challenge=CHALLENGE).chip_genuine.outcome is expected


def test_files_without_a_conversation_say_nothing_about_the_chip() -> None:
    report = judge(folder())
    assert outcomes(report) == (PASSED, NOT_CHECKED, UNDECIDED, NOT_CHECKED)
    assert report.verdict is PASSED
    assert judge(folder(), policy=COUNTER).verdict is UNDECIDED


def test_file_folder_and_live_reading_agree() -> None:
    live = reading()
    reports = [
        judge(live, policy=COUNTER),
        judge(Evidence.from_bytes(live.to_bytes())),
        judge(Evidence(live.files)),
    ]
    first = reports[0]
    for report in reports[1:]:
        assert report.authentic.outcome is first.authentic.outcome
        assert report.still_valid == first.still_valid
        assert report.person == first.person
        assert report.document == first.document


def test_of_two_signers_each_must_hold() -> None:
    def signer_of(sod: bytes) -> tuple[bytes, bytes]:
        body = parse(sod, 0x77).children()[0].children()[1].children()[0].children()
        return body[3].value, body[4].value

    (ours, our_info), (other, other_info) = (signer_of(i.sign_sod(FILES)) for i in (ISSUER, STRANGER))
    sod = ISSUER.sign_sod(FILES)
    body = parse(sod, 0x77).children()[0].children()[1].children()[0].children()
    parts = (*(node.raw for node in body[:3]), tlv(0xA0, other, ours), tlv(der.SET, other_info, our_info))
    both = der.sequence(der.oid("1.2.840.113549.1.7.2"), tlv(0xA0, der.sequence(*parts)))
    evidence = folder(read={"EF.SOD": tlv(0x77, both)})
    assert judge(evidence).authentic.code == "UNKNOWN_ISSUER"
    assert judge(evidence, trust=NOBODY).authentic.code == "UNKNOWN_ISSUER"
    everybody = TrustStore.of([*TRUST.anchors, Certificate.from_der(STRANGER.csca_der)])
    assert judge(evidence, trust=everybody).authentic.outcome is PASSED
    broken = bytearray(tlv(0x77, both))
    broken[-3] ^= 1  # in the signature of the second
    assert (
        judge(folder(read={"EF.SOD": bytes(broken)}), trust=everybody).authentic.code
        == "SOD_SIGNATURE_INVALID"
    )


def test_of_several_anchors_with_one_name_the_one_that_signed_is_found() -> None:
    from eid.trust.certificates import Certificate

    many = TrustStore.of(Certificate.from_der(i.csca_der) for i in (STRANGER, ISSUER))
    assert judge(folder(), trust=many).verdict is PASSED
    assert judge(folder(issuer=STRANGER), trust=many).verdict is PASSED


def test_an_untrusted_signers_dates_decide_nothing() -> None:
    later = NOW + dt.timedelta(days=366 * 18)
    report = judge(folder(), trust=NOBODY, now=later)
    assert (report.authentic.outcome, report.authentic.code) == (UNDECIDED, "UNKNOWN_ISSUER")
    validity = report.authentic.check("document_signer_validity")
    assert validity is not None
    assert (validity.outcome, validity.code) == (UNDECIDED, "SIGNER_EXPIRED")


@pytest.mark.parametrize("extra", ["DG13", "DG15", "DG16"])
def test_a_group_nobody_signed_is_not_used_and_does_not_decide(extra: str) -> None:
    report = judge(folder({"DG1": DG1}, read={extra: DG15}))
    check = report.authentic.check(f"hash_{extra}")
    assert check is not None
    assert (check.outcome, check.code) == (NOT_CHECKED, "DATA_GROUP_NOT_IN_SOD")
    assert report.verdict is PASSED


def test_a_profile_sees_only_what_a_good_signature_vouches_for() -> None:
    seen: list[set[str]] = []

    def look(content: Any) -> tuple[()]:
        seen.append(set(content.groups))
        return ()

    profile = replace(ICAO, cross_checks=look, parsers={"DG13": lambda octets: octets.upper()})
    judge(folder({"DG1": DG1, "DG13": b"m"}, read={"DG11": b"\x6b\0"}), profile=profile)
    judge(folder(read={"DG14": DG14 + b"\0"}), profile=profile)
    judge(folder(issuer=replace(ISSUER, ds_key=STRANGER.ds_key)), profile=profile)
    assert seen == [{"DG1", "DG13"}, {"DG1", "DG15"}]


# --- still valid ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expiry", "outcome"),
    [
        ("260301", PASSED),
        ("260302", PASSED),
        ("260228", FAILED),
        ("260300", PASSED),
        ("2602<<", FAILED),
        ("26<<<<", PASSED),
    ],
)
def test_a_document_is_valid_to_the_end_of_its_last_day(expiry: str, outcome: Outcome) -> None:
    report = judge(folder({"DG1": encode_dg1(mrz(expiry))}), status=IN_FORCE)
    assert report.still_valid.outcome is outcome


def test_a_document_without_expiry_does_not_expire_when_the_profile_says_so() -> None:
    files = {"DG1": encode_dg1(mrz("991231"))}
    profile = replace(ICAO, no_expiry=frozenset({"991231"}))
    later = NOW.replace(year=2042)
    report = judge(folder(files), profile=profile, status=replace(IN_FORCE, at=later), now=later)
    assert report.still_valid.outcome is PASSED
    assert report.document is not None
    assert report.document.expiry_date is None
    assert report.to_json()["document"] == {"kind": "TD1", "issuer": "UTO", "expiry_date": None}


def test_a_status_answer_may_be_as_old_as_the_policy_allows() -> None:
    old = replace(IN_FORCE, at=NOW - dt.timedelta(days=6))
    assert judge(folder(), status=old).still_valid.code == "STATUS_STALE"
    week = Policy.stored().with_status_within(dt.timedelta(days=7))
    assert judge(folder(), status=old, policy=week).still_valid.outcome is PASSED


def test_status_and_match_are_checked_when_they_are_made() -> None:
    with pytest.raises(InputError):
        StatusAnswer("FINE", "registry", NOW)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        StatusAnswer(DocumentStatus.LOST, "registry", NOW.replace(tzinfo=None))
    with pytest.raises(InputError):
        HolderMatch(True, "officer", "officer", NOW.replace(tzinfo=None))
    assert StatusAnswer("LOST", "registry", NOW).status is DocumentStatus.LOST  # type: ignore[arg-type]


# --- policy and arguments ------------------------------------------------------------------------


def test_a_required_verdict_that_did_not_pass_leaves_the_whole_undecided() -> None:
    strict = Policy.stored().requiring("still_valid", "holder")
    report = judge(folder(), policy=strict)
    assert (report.verdict, report.code) == (UNDECIDED, "STATUS_NOT_AVAILABLE")
    report = judge(folder(), policy=strict, status=IN_FORCE)
    assert (report.verdict, report.code) == (UNDECIDED, None)
    assert judge(folder(), policy=strict, status=IN_FORCE, holder=OFFICER).verdict is PASSED


def test_giving_a_challenge_requires_the_chip() -> None:
    assert judge(folder(), challenge=CHALLENGE).verdict is UNDECIDED
    assert judge(folder(), challenge=CHALLENGE).required == {"authentic", "chip_genuine"}


def test_any_failure_fails_whether_required_or_not() -> None:
    report = judge(folder(), status=StatusAnswer(DocumentStatus.LOST, "registry", NOW))
    assert (report.verdict, report.code) == (FAILED, "LOST")


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(InputError):
        judge(folder(), now=NOW.replace(tzinfo=None))
    for challenge in (b"", b"1234567", b"123456789"):
        with pytest.raises(ChallengeFormatError):
            judge(folder(), challenge=challenge)
    with pytest.raises(InputError):
        Policy.counter().requiring("genuine")


def test_verify_or_raise_returns_only_what_passed() -> None:
    arguments: dict[str, Any] = {"trust": TRUST, "policy": Policy.stored(), "profile": ICAO, "now": NOW}
    assert verify_or_raise(folder(), **arguments).verdict is PASSED
    with pytest.raises(NotPassed) as caught:
        verify_or_raise(folder(), **{**arguments, "trust": NOBODY})
    assert caught.value.report.authentic.code == "UNKNOWN_ISSUER"  # type: ignore[attr-defined]
    assert caught.value.detail == "UNDECIDED UNKNOWN_ISSUER"


# --- the report ----------------------------------------------------------------------------------


def _named(person: Any, _: Any) -> Any:
    return person.having("DG13", number="001099012349", name="Nguyễn Đức Ánh")


def test_json_is_the_document_of_the_command_line() -> None:
    report = judge(folder(), profile=replace(ICAO, complete=_named))
    shown = report.to_json(show_person=True)
    assert list(shown) == [
        "verdict", "authentic", "chip_genuine", "still_valid", "holder", "person", "document", "warnings",
    ]  # fmt: skip
    assert shown["person"] == {"number": "001099012349", "name": "Nguyễn Đức Ánh", "birth_date": "1974-08-12"}
    assert shown["document"] == {"kind": "TD1", "issuer": "UTO", "expiry_date": "2032-04-15"}
    assert shown["verdict"] == "PASSED"
    assert shown["still_valid"]["code"] == "STATUS_NOT_AVAILABLE"  # type: ignore[index]
    assert shown["authentic"]["checks"][7] == {  # type: ignore[index]
        "name": "hash_DG15", "outcome": "PASSED", "code": None, "facts": {},
    }  # fmt: skip
    assert shown["authentic"]["checks"][9]["facts"]["groups"] == ["DG1", "DG14", "DG15"]  # type: ignore[index]
    assert json.loads(json.dumps(shown)) == shown


def test_json_hides_the_person_unless_asked() -> None:
    report = judge(folder(), profile=replace(ICAO, complete=_named))
    hidden = report.to_json()
    assert hidden["person"] == {"number": "0010******49"}
    text = json.dumps(hidden, ensure_ascii=False)
    for personal in ("001099012349", "Ánh", "ERIKSSON", "1974", "D23145890"):
        assert personal not in text
    assert judge(folder()).to_json()["person"] == {"number": None}
    assert judge(Evidence({})).to_json()["person"] is None
    assert judge(Evidence({})).to_json()["document"] is None


def test_no_personal_data_in_the_repr_of_a_report() -> None:
    report = judge(reading(), policy=COUNTER, profile=replace(ICAO, complete=_named))
    for personal in ("001099012349", "Ánh", "ERIKSSON", "1974", "D23145890"):
        assert personal not in repr(report)


def test_a_report_of_a_forged_document_names_nobody() -> None:
    for evidence in (
        folder(read={"DG15": DG15 + b"\0"}),
        folder(issuer=replace(ISSUER, ds_key=STRANGER.ds_key)),
        Evidence({"DG1": DG1}),
    ):
        report = judge(evidence)
        assert report.person is None
        assert report.document is None


# --- the specimen of the BSI ---------------------------------------------------------------------


def _silver(corpora: Path, **read: bytes) -> Evidence:
    folder = corpora / "bsi_silver"
    files = {f"DG{n}": (folder / f"EF_DG{n}.bin").read_bytes() for n in (1, 2, 14, 15)}
    return Evidence({"EF.SOD": (folder / "EF_SOD.bin").read_bytes(), **files, **read})


@pytest.mark.parametrize("now", [dt.datetime(2014, 3, 1, tzinfo=dt.UTC), NOW], ids=["then", "now"])
def test_the_bsi_specimen_gives_what_its_readme_says(corpora: Path, now: dt.datetime) -> None:
    report = judge(_silver(corpora), now=now)
    found = {check.name: (check.outcome, check.code) for check in report.authentic.checks}
    assert found["sod_signature"] == (PASSED, None)
    assert found["certificate_chain"] == (UNDECIDED, "UNKNOWN_ISSUER")
    assert [found[f"hash_DG{n}"][0] for n in (1, 2, 14)] == [PASSED, PASSED, PASSED]
    assert found["hash_DG15"] == (NOT_CHECKED, "DATA_GROUP_NOT_IN_SOD")
    assert (report.authentic.outcome, report.authentic.code) == (UNDECIDED, "UNKNOWN_ISSUER")
    signature = report.authentic.check("sod_signature")
    assert signature is not None
    assert signature.facts["algorithm"] == "RSASSA-PSS"
    assert report.person is not None
    assert (report.person.surname, report.person.given_names) == ("MUSTERMANN", "ERIKA")
    assert report.person.portrait is not None


def test_one_altered_octet_of_the_specimens_portrait_is_found(corpora: Path) -> None:
    portrait = bytearray(_silver(corpora).files["DG2"])
    portrait[9000] ^= 1
    report = judge(_silver(corpora, DG2=bytes(portrait)))
    assert (report.authentic.outcome, report.authentic.code) == (FAILED, "DATA_GROUP_ALTERED")
    assert report.person is None


def test_the_specimens_chip_proves_a_key_that_nobody_signed(corpora: Path) -> None:
    from cryptography.hazmat.primitives.hashes import SHA1, Hash
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    key = load_der_private_key((corpora / "bsi_silver/DG15_private.pkcs8.der").read_bytes(), None)
    numbers = key.private_numbers()  # type: ignore[union-attr]
    recovered = bytes(range(106))
    hashed = Hash(SHA1())
    hashed.update(recovered + CHALLENGE)
    representative = b"\x6a" + recovered + hashed.finalize() + b"\xbc"  # ISO/IEC 9796-2, scheme 1
    signature = pow(int.from_bytes(representative, "big"), numbers.d, numbers.public_numbers.n)  # type: ignore[union-attr]
    evidence = replace(
        _silver(corpora),
        active_authentication=ActiveAuthenticationTranscript(
            Exchange.COMPLETED, CHALLENGE, signature.to_bytes(128, "big")
        ),
        chip_authentication=ChipAuthenticationTranscript(
            Exchange.UNSUPPORTED, "CA-ECDH-3DES", "brainpoolP224r1"
        ),
    )
    report = judge(evidence, challenge=CHALLENGE)
    check, key_check, *_ = report.chip_genuine.checks
    assert (check.outcome, check.facts["bound"]) == (PASSED, False)
    assert (key_check.name, key_check.code) == ("active_authentication_key", "KEY_NOT_BOUND")
    assert key_check.outcome is UNDECIDED
    unsupported = report.chip_genuine.check("chip_authentication")
    assert unsupported is not None
    assert (unsupported.outcome, unsupported.code) == (UNDECIDED, "UNSUPPORTED_ALGORITHM")
    assert (report.chip_genuine.outcome, report.chip_genuine.code) == (UNDECIDED, "KEY_NOT_BOUND")


# --- pure, and never raising ---------------------------------------------------------------------


def test_the_same_arguments_give_the_same_report() -> None:
    evidence = reading()
    before = evidence.to_bytes()
    first = judge(evidence, policy=COUNTER, status=IN_FORCE, holder=OFFICER)
    again = judge(evidence, policy=COUNTER, status=IN_FORCE, holder=OFFICER)
    assert first == again
    assert first.to_json(show_person=True) == again.to_json(show_person=True)
    assert evidence.to_bytes() == before


_NAMES = ["EF.SOD", "EF.CardAccess", "DG1", "DG2", "DG11", "DG12", "DG14", "DG15", "DG17", "EF.COM", ""]
_BASE = reading()
_damage = st.tuples(st.integers(0, 2000), st.binary(max_size=4), st.integers(0, 3))


def _damaged(octets: bytes, damage: tuple[int, bytes, int]) -> bytes:
    at, new, drop = damage
    at %= len(octets) + 1
    return octets[:at] + new + octets[at + drop :]


@settings(max_examples=400, deadline=None)
@given(
    st.dictionaries(st.sampled_from(_NAMES), st.binary(max_size=80)),
    st.dictionaries(st.sampled_from(sorted(_BASE.files)), _damage),
    st.booleans(),
)
def test_no_evidence_makes_verification_raise_or_improves_it(
    random: dict[str, bytes], damage: dict[str, tuple[int, bytes, int]], resign: bool
) -> None:
    """Random files, damaged ones, and damaged ones that a hostile issuer has signed as they are."""
    files = {**_BASE.files, **random}
    files |= {name: _damaged(_BASE.files[name], how) for name, how in damage.items()}
    groups = {name: octets for name, octets in files.items() if name.startswith("DG") and name != "DG17"}
    if resign:
        files["EF.SOD"] = STRANGER.sign_sod(groups)
    evidence = replace(_BASE, files=files)
    first = judge(evidence, policy=COUNTER)
    assert first == judge(evidence, policy=COUNTER)
    json.dumps(first.to_json(show_person=True))
    repr(first)
    if resign:
        assert first.verdict is not PASSED
    if first.authentic.outcome is PASSED:
        assert all(files[name] == FILES[name] for name in FILES if name in files)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(list(Exchange)),
    st.sampled_from(list(Exchange)),
    st.binary(max_size=80),
    st.binary(max_size=12),
    st.binary(max_size=40),
    st.booleans(),
)
def test_no_transcript_that_was_made_up_passes(
    aa: Exchange, ca: Exchange, signature: bytes, challenge: bytes, spki: bytes, given_challenge: bool
) -> None:
    evidence = replace(
        reading(live=False),
        active_authentication=ActiveAuthenticationTranscript(aa, challenge, signature),
        chip_authentication=ChipAuthenticationTranscript(ca, "CA-ECDH-AES-128", public_key=spki),
    )
    report = judge(evidence, policy=COUNTER, challenge=CHALLENGE if given_challenge else None)
    assert report.chip_genuine.outcome is not PASSED


def test_a_signature_over_another_challenge_never_counts_as_a_proof() -> None:
    for other in (bytes(8), CHALLENGE + b"\0", CHALLENGE[:-1]):
        transcript = active(challenge=other, signature=aa_signature(other))
        report = judge(reading(live=False, active_authentication=transcript), challenge=CHALLENGE)
        assert report.chip_genuine.code == "CHALLENGE_MISMATCH"


def test_access_and_card_access_agree_with_the_signed_copy() -> None:
    card_access = judge(reading(), policy=COUNTER).authentic.check("card_access")
    assert card_access is not None
    assert card_access.facts == {"protocol": "PACE", "algorithm": "PACE-ECDH-GM-AES-128"}
    only_file = judge(folder(read={"EF.CardAccess": CARD_ACCESS})).authentic.check("card_access")
    assert only_file is not None
    assert only_file.outcome is PASSED
    no_copy = judge(replace(folder({"DG1": DG1}), access=PACE))
    assert no_copy.warnings == ("REVOCATION_NOT_CHECKED",)
