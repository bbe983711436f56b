"""The archive of a verification: the same report years later, and nothing else passes for one."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import __version__
from eid.chip.access import Can
from eid.chip.reading import read
from eid.crypto.cose import KID, TAGGED, TYP, sign1
from eid.crypto.keys import Key, KeySet, SoftwareSigner
from eid.document.checks import Outcome
from eid.document.evidence import Context, Evidence, LiveReading
from eid.document.profile import ICAO, Profile
from eid.document.sod import SecurityObject
from eid.encoding import strict_cbor
from eid.errors import (
    ChallengeFormatError,
    EidError,
    EvidenceError,
    InputError,
    KeyNotInForce,
    RecordError,
    RecordMalformed,
    RecordMemberInvalid,
    RecordProfileUnknown,
    RecordReportDiffers,
    RecordSealed,
    RecordSignatureInvalid,
    RecordSignerUnknown,
    RecordVersionUnknown,
    TimestampMismatch,
    TimestampMissing,
    TimestampTooEarly,
    TimestampUntrusted,
)
from eid.simulator.chip import Chip
from eid.simulator.issuer import TestIssuer
from eid.simulator.personalise import new_personalisation, personalise
from eid.simulator.timestamps import TestTimestampAuthority
from eid.tokens import record as module
from eid.tokens.record import (
    RECORD_TYPE,
    CheckedRecord,
    attach_timestamp,
    check_record,
    make_record,
    request_record_timestamp,
    timestamped,
)
from eid.tokens.record.content import MAX_FILE, Record, report_json
from eid.tokens.record.sealing import seal
from eid.trust.anchors import Anchor, Provenance, TrustStore
from eid.trust.certificates import Certificate
from eid.trust.crl import Crl
from eid.verification import GatewayAnswer, HolderMatch, Policy, StatusAnswer, verify
from eid.vietnam.profile import CITIZEN_CARD
from eid.vietnam.sample import sample_citizen

HANOI = dt.timezone(dt.timedelta(hours=7))
NOW = dt.datetime(2026, 11, 22, 1, 30, 0, 250_000, tzinfo=HANOI)
DAY = dt.timedelta(days=1)
CHALLENGE = bytes(range(8, 16))
PROFILES = {"vietnam": CITIZEN_CARD, "icao": ICAO}
SECRETS = ("001099012349", "Ánh", "NGUYEN")

DESCRIPTION = new_personalisation(sample_citizen())
CARD = personalise(DESCRIPTION)
ANCHOR = Certificate.from_der(CARD.csca_der)
TRUST = TrustStore.of([ANCHOR], obtained_at=NOW - DAY)
LIVE = read(Chip(CARD), Can("012349"), profile=CITIZEN_CARD, challenge=CHALLENGE, clock=lambda: NOW)
STORED = Evidence.from_bytes(LIVE.to_bytes())
OTHER = Evidence.from_bytes(replace(STORED, context=Context(purpose="another case")).to_bytes())
WITHOUT_AA = replace(STORED, active_authentication=None)

SIGNER = SoftwareSigner.generate(kid="archive-2026")
KEYS = KeySet([SIGNER.key])
TSA = TestTimestampAuthority.create(clock=lambda: NOW)
ROOTS = TrustStore.of([Certificate.from_der(TSA.root_der)])


def make(evidence: Evidence = STORED, **changes: Any) -> bytes:
    arguments: dict[str, Any] = {
        "trust": TRUST, "policy": Policy.stored(), "profile": CITIZEN_CARD, "now": NOW, "signer": SIGNER,
        "made_at": NOW, "rules": "rules 2026-10", "challenge": CHALLENGE,
    }  # fmt: skip
    return make_record(evidence, **{**arguments, **changes}).octets


def check(octets: bytes, **changes: Any) -> CheckedRecord:
    return check_record(octets, **{"signer": KEYS, "profiles": PROFILES, **changes})


def content(octets: bytes) -> dict[str, Any]:
    """The map in a record."""
    message = strict_cbor.loads(octets, limit=MAX_FILE, tags=frozenset({18})).value
    body: dict[str, Any] = strict_cbor.loads(message[2], limit=MAX_FILE)
    return body


def signed(payload: object, *, signer: SoftwareSigner = SIGNER, **changes: Any) -> bytes:
    """A record by the maker's own hand over whatever he likes."""
    octets = payload if isinstance(payload, bytes) else strict_cbor.dumps(payload)
    headers = {"protected": {TYP: RECORD_TYPE, KID: signer.kid.encode()}, "wrapping": TAGGED, **changes}
    return sign1(octets, signer, **headers)


RECORD = make()
STAMPED = timestamped(RECORD, send=TSA.respond, authorities=ROOTS)


# --- the same report -----------------------------------------------------------------------------


def test_the_same_report_is_computed_from_the_file_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object) -> None:
        raise AssertionError("a check asks nobody")

    monkeypatch.setattr(socket, "socket", no_network)
    asked = verify(
        STORED, trust=TRUST, policy=Policy.stored(), profile=CITIZEN_CARD, now=NOW, challenge=CHALLENGE
    )
    checked = check(RECORD)
    assert checked.same
    assert checked.code is None
    assert checked.differences == ()
    assert checked.require_same() == checked.report_now == asked
    assert asked.verdict is Outcome.PASSED
    assert checked.report_then == json.loads(report_json(asked))
    assert checked.report_sha256 == hashlib.sha256(report_json(asked)).hexdigest()
    assert checked.report_then["person"]["name"] == "Nguyễn Đức Ánh"


def test_a_record_says_who_made_it_when_and_with_what() -> None:
    record = check(make(references={"case": "A-17", "branch": "7"}, made_at=NOW + DAY)).record
    assert (record.made_at, record.now, record.rules) == (NOW + DAY, NOW, "rules 2026-10")
    assert (record.library, record.profile, record.policy) == (__version__, "vietnam", Policy.stored())
    assert record.references == {"case": "A-17", "branch": "7"}
    assert Evidence.from_bytes(record.evidence) == STORED
    assert record.challenge == CHALLENGE
    assert check(RECORD).signed_by is SIGNER.key


def test_the_day_is_that_of_the_zone_then() -> None:
    """02:00 on the last day in Hanoi is 19:00 of the day before in UTC, and one day later is too late."""
    last = dt.datetime(2039, 7, 4, 23, 59, tzinfo=HANOI)
    for now, outcome in ((last, "UNDECIDED"), (last + dt.timedelta(minutes=1), "FAILED")):
        checked = check(make(now=now, made_at=now))
        assert checked.same
        assert checked.record.now.utcoffset() == dt.timedelta(hours=7)
        assert checked.report_now.still_valid.outcome.value == outcome


def test_the_age_of_the_trust_store_counts_from_then() -> None:
    policy = Policy.stored().with_max_trust_age(2 * DAY)
    for age, outcome in ((DAY, Outcome.PASSED), (3 * DAY, Outcome.UNDECIDED)):
        trust = TrustStore.of([ANCHOR], obtained_at=NOW - age)
        checked = check(make(trust=trust, policy=policy))
        assert checked.same
        assert checked.report_now.authentic.outcome is outcome


@pytest.mark.parametrize("algorithm", ["ES384", "ES512", "Ed25519", "PS256", "ML-DSA-65"])
def test_any_kind_of_key_signs(algorithm: str) -> None:
    signer = SoftwareSigner.generate(algorithm)
    octets = make(signer=signer)
    assert check(octets, signer=KeySet([signer.key])).same
    with pytest.raises(RecordSignerUnknown):
        check(octets)


def test_of_a_single_key_the_identifier_does_not_matter() -> None:
    assert check(RECORD, signer=Key.from_public(SIGNER.key.public)).same
    with pytest.raises(RecordSignatureInvalid):
        check(RECORD, signer=SoftwareSigner.generate().key)


# --- what is kept of the trust store -------------------------------------------------------------


def _many(count: int) -> list[Certificate]:
    return [
        Certificate.from_der(TestIssuer.create("ecdsa-secp256r1-sha256", country=country).csca_der)
        for country in ("UT", "VN")
        for _ in range(count // 2)
    ]


def test_a_record_keeps_the_authorities_that_were_looked_at_and_no_others() -> None:
    listed = Provenance("list.ml", "MASTER_LIST", "C=UT", "VERIFIED", NOW - 9 * DAY)
    trust = TrustStore.of(
        _many(60), entries=[Anchor(ANCHOR, (listed,))], obtained_at=NOW - DAY, others=_many(4)
    )
    checked = check(make(trust=trust))
    kept = checked.record.trust
    assert checked.same
    entry = kept.entry(ANCHOR)
    assert entry is not None
    assert entry.provenance == (listed,)
    assert kept.obtained_at == NOW - DAY
    assert len(kept) == len(trust) // 2 + 1  # all of the country have one name here
    assert {certificate.country for certificate in kept.anchors} == {ANCHOR.country}
    assert kept.others == ()


def test_an_unknown_issuer_stays_unknown_whatever_else_was_trusted() -> None:
    checked = check(make(trust=TrustStore.of(_many(10))))
    assert checked.same
    assert checked.report_now.code == "UNKNOWN_ISSUER"


def test_revocation_lists_that_counted_are_kept() -> None:
    issuer = TestIssuer.create("ecdsa-secp256r1-sha256", country="VN")
    dg = {name: octets for name, octets in CARD.files.items() if name.startswith("DG") and name != "DG3"}
    evidence = Evidence({**dg, "EF.SOD": issuer.sign_sod(dg)})
    signer = Certificate.from_der(issuer.ds_der)
    stranger = TestIssuer.create("ecdsa-secp256r1-sha256", country="UT")
    window = {"this_update": NOW - DAY, "next_update": NOW + 30 * DAY}
    for revoked, outcome in (({}, Outcome.PASSED), ({signer.serial: "key_compromise"}, Outcome.FAILED)):
        lists = [Crl.from_der(each.sign_crl(revoked, **window)) for each in (issuer, stranger)]
        trust = TrustStore.of([Certificate.from_der(issuer.csca_der)], crls=lists)
        policy = Policy.stored().requiring_revocation()
        checked = check(make(evidence, trust=trust, policy=policy, challenge=None))
        assert checked.same
        assert checked.report_now.authentic.outcome is outcome
        assert checked.record.trust.crls == (lists[0],)


# --- on whose word -------------------------------------------------------------------------------


def test_what_issuer_and_chip_have_signed_rests_on_nobodys_word() -> None:
    checked = check(RECORD)
    assert checked.report_now.chip_genuine.outcome is Outcome.PASSED
    assert checked.on_makers_word == ()
    assert checked.proven == checked.report_now


def test_a_live_reading_is_a_statement_of_the_maker_and_named_as_one() -> None:
    live = replace(WITHOUT_AA, live=LiveReading(None))
    made = make_record(
        live, trust=TRUST, policy=Policy.counter(), profile=CITIZEN_CARD, now=NOW, signer=SIGNER,
        made_at=NOW, rules="1",
    )  # fmt: skip
    checked = check(made.octets)
    assert checked.same
    assert checked.report_now == made.report
    assert checked.report_now.verdict is Outcome.PASSED
    assert checked.on_makers_word == ("chip_genuine",)
    assert checked.proven.chip_genuine.code == "TERMINAL_ONLY"
    assert checked.record.live == LiveReading(None)


def test_what_the_chip_signed_for_the_reading_process_itself_holds_without_its_word() -> None:
    checked = check(make(LIVE, policy=Policy.counter(), challenge=None))
    assert checked.same
    assert checked.record.live == LiveReading(CHALLENGE)
    assert checked.on_makers_word == ()
    by_name = {each.name: each for each in checked.proven.chip_genuine.checks}
    assert by_name["active_authentication"].outcome is Outcome.PASSED
    assert by_name["chip_authentication"].code == "TERMINAL_ONLY"
    other = check(make(replace(LIVE, live=LiveReading(bytes(8))), policy=Policy.counter(), challenge=None))
    assert other.report_now.chip_genuine.code == "CHALLENGE_MISMATCH"


def test_a_stored_file_never_becomes_a_live_one() -> None:
    checked = check(make(WITHOUT_AA, policy=Policy.counter(), challenge=None))
    assert checked.record.live is None
    assert checked.report_now.chip_genuine.code == "TERMINAL_ONLY"
    assert checked.on_makers_word == ()


def test_answers_from_elsewhere_rest_on_the_makers_word() -> None:
    sod = hashlib.sha256(STORED.files["EF.SOD"]).hexdigest()
    checked = check(
        make(
            trust=TrustStore.of(),
            policy=Policy.stored().requiring("still_valid", "holder").with_status_within(7 * DAY),
            status=StatusAnswer("IN_FORCE", "own list", NOW - 2 * DAY),  # type: ignore[arg-type]
            holder=HolderMatch(True, "matcher", "face", NOW, 0.1 + 0.2, 1),
            gateway=GatewayAnswer(True, "gateway", NOW - DAY, sod),
        )
    )
    assert checked.same
    assert checked.report_now.verdict is Outcome.PASSED
    assert checked.on_makers_word == ("authentic", "chip_genuine", "still_valid", "holder")
    assert checked.proven.code == "UNKNOWN_ISSUER"
    assert checked.record.holder == HolderMatch(True, "matcher", "face", NOW, 0.1 + 0.2, 1)


def test_each_answer_is_left_out_of_what_is_proven() -> None:
    status = StatusAnswer("IN_FORCE", "own list", NOW)  # type: ignore[arg-type]
    holder = HolderMatch(True, "matcher", "face", NOW)
    for answer, verdict, code in (
        ({"status": status}, "still_valid", "STATUS_NOT_AVAILABLE"),
        ({"holder": holder}, "holder", None),
    ):
        checked = check(make(**answer))
        assert checked.on_makers_word == (verdict,)
        assert checked.report_now.verdicts[verdict].outcome is Outcome.PASSED
        assert checked.proven.verdicts[verdict].code == code


def test_a_pinned_signer_is_kept_as_one() -> None:
    signer = SecurityObject.parse(STORED.files["EF.SOD"]).signed_data.certificates[0]
    trust = TrustStore.of(_many(4), entries=[Anchor(signer, pinned=True)])
    checked = check(make(trust=trust))
    assert checked.same
    assert checked.report_now.authentic.outcome is Outcome.PASSED
    assert checked.record.trust.entries == (Anchor(signer, pinned=True),)


# --- altered -------------------------------------------------------------------------------------


@settings(max_examples=400, deadline=None)
@given(
    place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), octets=st.sampled_from([RECORD, STAMPED])
)
def test_any_flipped_bit_is_found(place: float, bit: int, octets: bytes) -> None:
    _require_refused(octets, int(place * len(octets)), bit)


@pytest.mark.parametrize("octets", [RECORD, STAMPED], ids=["record", "stamped"])
def test_any_flipped_bit_at_the_ends_is_found(octets: bytes) -> None:
    """Heads, headers and signature: where the octets mean most."""
    for place in (*range(120), *range(len(octets) - 120, len(octets))):
        for bit in range(8):
            _require_refused(octets, place, bit)


@pytest.mark.soak
@pytest.mark.parametrize("octets", [RECORD, STAMPED], ids=["record", "stamped"])
def test_every_flipped_bit_is_found(octets: bytes) -> None:
    for place in range(len(octets)):
        for bit in range(8):
            _require_refused(octets, place, bit)


def _require_refused(octets: bytes, place: int, bit: int) -> None:
    altered = bytearray(octets)
    altered[place] ^= 1 << bit
    with pytest.raises(RecordError):
        check(bytes(altered))


def test_a_cut_or_lengthened_file_is_malformed() -> None:
    for octets in (RECORD, STAMPED):
        for length in (0, 1, 2, 10, 100, len(octets) // 2, len(octets) - 65, len(octets) - 1):
            with pytest.raises(RecordMalformed):
                check(octets[:length])
        with pytest.raises(RecordMalformed):
            check(octets + b"\0")


def test_other_evidence_in_a_signed_record_is_found() -> None:
    ours, theirs = STORED.to_bytes(), replace(STORED, quirks=("a",)).to_bytes()
    body = {**content(RECORD), "evidence": theirs}
    assert RECORD.count(ours) == 1
    payload = strict_cbor.loads(RECORD, limit=MAX_FILE, tags=frozenset({18})).value
    payload[2] = strict_cbor.dumps(body)
    with pytest.raises(RecordSignatureInvalid):
        check(strict_cbor.dumps(strict_cbor.Tagged(18, payload)))


def test_a_stranger_and_a_namesake_are_no_signers() -> None:
    stranger, namesake = SoftwareSigner.generate(kid="another"), SoftwareSigner.generate(kid="archive-2026")
    with pytest.raises(RecordSignerUnknown):
        check(make(signer=stranger))
    with pytest.raises(RecordSignatureInvalid):
        check(make(signer=namesake))
    with pytest.raises(RecordSignerUnknown):
        check(signed(content(RECORD), protected={TYP: RECORD_TYPE}))
    with pytest.raises(RecordSignerUnknown):
        check(make(signer=SoftwareSigner.generate("Ed25519", kid="archive-2026")))


def test_a_key_counts_only_in_its_time() -> None:
    keys = KeySet([replace(SIGNER.key, not_before=NOW - DAY, not_after=NOW + DAY)])
    assert check(RECORD, signer=keys).same
    for made_at in (NOW - 2 * DAY, NOW + 2 * DAY):
        with pytest.raises(KeyNotInForce):
            check(make(made_at=made_at), signer=keys)


def test_a_signature_for_another_purpose_makes_no_record() -> None:
    payload = strict_cbor.dumps(content(RECORD))
    for protected in ({KID: b"archive-2026"}, {KID: b"archive-2026", TYP: "application/statuslist+cwt"}):
        with pytest.raises(RecordMalformed):
            check(signed(payload, protected=protected))


def test_only_the_one_form_is_read() -> None:
    good = content(RECORD)
    assert check(signed(good)).same
    for octets in (
        signed(good, unprotected={1000: b"more"}),
        signed(good, unprotected={270: b"a token"}),
        signed(good, unprotected={270: b"a token", "3161-ctt-sha256": bytes(32)}),
        signed(good, wrapping=()),
        signed(good, wrapping=(61, 18)),
        b"\xd8\x12" + signed(good)[1:],  # the tag in a longer form
        b"\xd2\x9f" + signed(good)[2:] + b"\xff",
        b"", b"\x00", b"{}", STORED.to_bytes(),
    ):  # fmt: skip
        with pytest.raises(RecordMalformed):
            check(octets)


# --- what a maker could do who holds the key -----------------------------------------------------


def test_a_report_that_does_not_follow_from_the_evidence_is_shown() -> None:
    body = content(RECORD)
    report = json.loads(body["report"])
    report["chip_genuine"] = {"outcome": "PASSED", "code": None, "checks": []}
    report["person"]["name"] = "Somebody Else"
    del report["warnings"]
    body["report"] = json.dumps(report, ensure_ascii=False, separators=(",", ":")).encode()
    checked = check(signed(body))
    assert not checked.same
    assert checked.code == "RECORD_REPORT_DIFFERS"
    paths = {each.path for each in checked.differences}
    assert {"person.name", "warnings", "chip_genuine.checks[0]"} <= paths
    with pytest.raises(RecordReportDiffers, match=r"person\.name") as raised:
        checked.require_same()
    assert raised.value.checked is checked
    assert not [secret for secret in SECRETS if secret in str(raised.value)]


def test_a_member_of_the_report_that_says_nothing_is_a_difference_too() -> None:
    body = content(RECORD)
    for change in (
        lambda report: report | {"more": None},
        lambda report: {name: value for name, value in report.items() if name != "profile"},
        lambda report: report | {"warnings": [*report["warnings"], None]},
        lambda report: (
            report | {"authentic": report["authentic"] | {"checks": report["authentic"]["checks"][:-1]}}
        ),
        lambda report: {name: value for name, value in report.items() if name != "person"},
    ):
        report = change(json.loads(body["report"]))
        octets = json.dumps(report, ensure_ascii=False, separators=(",", ":")).encode()
        checked = check(signed({**body, "report": octets}))
        assert not checked.same
        assert len(checked.differences) == 1


@pytest.mark.parametrize(("member", "change"), [
    ("evidence", lambda _: replace(STORED, files={**STORED.files, "DG2": b"\x75\x00"}).to_bytes()),
    ("evidence", lambda _: Evidence({}).to_bytes()),
    ("trust", lambda trust: {**trust, "entries": []}),
    ("challenge", lambda _: bytes(8)),
    ("policy", lambda policy: {**policy, "required": ["authentic", "holder"]}),
    ("policy", lambda policy: {**policy, "name": "counter"}),
    ("policy", lambda policy: {**policy, "revocation": "OFF"}),
    ("now", lambda _: (NOW + dt.timedelta(days=365 * 20)).isoformat()),
    ("now", lambda _: NOW.astimezone(dt.UTC).isoformat()),
    ("profile", lambda _: "icao"),
])  # fmt: skip
def test_every_input_that_decided_something_shows_when_it_is_exchanged(
    member: str, change: Callable[[Any], Any]
) -> None:
    body = content(RECORD)
    checked = check(signed({**body, member: change(body[member])}))
    assert not checked.same
    assert check(signed(body)).same


@pytest.mark.parametrize(("member", "value"), [
    ("live", {}),
    ("status", {"status": "IN_FORCE", "source": "list", "at": NOW.isoformat()}),
    ("holder", {"matched": True, "source": "m", "method": "face", "at": NOW.isoformat()}),
    ("gateway", {"authentic": True, "source": "g", "at": NOW.isoformat(), "sod_sha256": "0" * 64}),
])  # fmt: skip
def test_a_statement_that_was_not_there_then_shows(member: str, value: Any) -> None:
    body = content(make(WITHOUT_AA, policy=Policy.counter(), challenge=None))
    checked = check(signed({**body, member: value}))
    assert not checked.same


def test_another_version_of_the_content_is_not_guessed_at() -> None:
    for version in (0, 2, True, "1", None):
        with pytest.raises(RecordVersionUnknown):
            check(signed({**content(RECORD), "eid-record": version}))
    body = content(RECORD)
    del body["eid-record"]
    with pytest.raises(RecordMalformed):
        check(signed(body))


def test_a_member_too_many_or_too_few_is_refused_on_every_level() -> None:
    good = content(
        make(
            status=StatusAnswer("LOST", "list", NOW),  # type: ignore[arg-type]
            holder=HolderMatch(True, "m", "face", NOW),
            gateway=GatewayAnswer(True, "g", NOW, "0" * 64),
            trust=TrustStore.of(entries=[Anchor(ANCHOR, (Provenance("a", "FILE"),))]),
        )
    )
    assert check(signed(good)).same
    optional = {"challenge", "status", "holder", "gateway"}
    for name, value in good.items():
        if name not in optional and name != "eid-record":
            with pytest.raises(RecordMemberInvalid, match=name):
                check(signed({key: each for key, each in good.items() if key != name}))
        if isinstance(value, dict) and name != "references":
            with pytest.raises(RecordMemberInvalid, match=name):
                check(signed({**good, name: {**value, "more": 1}}))
            for inner in set(value) - {"obtained_at"}:
                smaller = {key: each for key, each in value.items() if key != inner}
                with pytest.raises(RecordMalformed):
                    check(signed({**good, name: smaller}))
    with pytest.raises(RecordMemberInvalid, match="not known"):
        check(signed({**good, "more": 1}))
    with pytest.raises(RecordMemberInvalid, match="not known"):
        check(signed({**good, 7: 1}))


@pytest.mark.parametrize(("member", "value"), [
    *[(name, value) for name in ("evidence", "trust", "policy", "profile", "now", "report", "made_at",
                                 "library", "rules", "references", "live", "status", "holder", "gateway")
      for value in (7, None, [], True)],
    ("live", {"challenge": "text"}),
    ("challenge", bytes(7)), ("challenge", "text"),
    ("now", "2026-11-22T01:30:00"), ("now", "yesterday"), ("made_at", "2026-11-22"),
    ("now", "2026-11-22 01:30:00+07:00"),
    ("rules", ""), ("rules", "r" * 257),
    ("references", {"Case": "1"}), ("references", {"case": ""}), ("references", {"case": 1}),
    ("references", {f"case{number}": "1" for number in range(33)}),
    ("status", {"status": "FINE", "source": "list", "at": NOW.isoformat()}),
    ("status", {"status": "LOST", "source": "list", "at": "2026-11-22T01:30:00"}),
    ("gateway", {"authentic": 1, "source": "g", "at": NOW.isoformat(), "sod_sha256": "0" * 64}),
    ("gateway", {"authentic": True, "source": "g", "at": NOW.isoformat(), "sod_sha256": "0"}),
    ("holder", {"matched": True, "source": "m", "method": "f", "at": NOW.isoformat(), "score": "1.50"}),
    ("holder", {"matched": True, "source": "m", "method": "f", "at": NOW.isoformat(), "score": "many"}),
    ("evidence", b""), ("evidence", b"\xa0"), ("evidence", STORED.to_bytes() + b"\0"),
    ("report", b"[]"), ("report", b"{"), ("report", b'{"a": 1}'), ("report", b'{"a":1,"a":1}'), ("report", b"\xff"),
    ("report", b'{"a":' * 100_000),
])  # fmt: skip
def test_a_member_of_another_form_is_refused(member: str, value: Any) -> None:
    with pytest.raises(RecordMalformed):
        check(signed({**content(RECORD), member: value}))


@pytest.mark.parametrize("change", [
    lambda trust: {**trust, "entries": [[ANCHOR.raw, [0], False]]},
    lambda trust: {**trust, "entries": [[ANCHOR.raw, [-1], False]], "sources": [{"source": "a", "kind": "FILE"}]},
    lambda trust: {**trust, "entries": [[ANCHOR.raw, [], 0]]},
    lambda trust: {**trust, "entries": [[ANCHOR.raw, []]]},
    lambda trust: {**trust, "entries": [[b"no certificate", [], False]]},
    lambda trust: {**trust, "entries": [*trust["entries"], *trust["entries"]]},
    lambda trust: {**trust, "others": [ANCHOR.raw]},
    lambda trust: {**trust, "crls": [ANCHOR.raw]},
    lambda trust: {**trust, "sources": [{"source": "a", "kind": "HEARSAY"}]},
    lambda trust: {**trust, "sources": [{"source": "a", "kind": "FILE"}]},
    lambda trust: {**trust, "obtained_at": "2026-11-22T01:30:00"},
    lambda trust: {**trust, "entries": [[ANCHOR.raw, [0], False]], "sources": [
        {"source": "a", "kind": "FILE", "at": "2026-11-22T01:30:00"}]},
])  # fmt: skip
def test_a_trust_store_of_another_form_is_refused(change: Callable[[Any], Any]) -> None:
    body = content(RECORD)
    with pytest.raises(RecordMalformed):
        check(signed({**body, "trust": change(body["trust"])}))


@pytest.mark.parametrize(("name", "value"), [
    ("required", ["everything"]), ("required", ["holder", "authentic"]), ("required", ["authentic", "authentic"]),
    ("trust_terminal", 1), ("revocation", "SOMETIMES"), ("signer_validity", "NEVER"),
    ("status_within", [1, 0]), ("status_within", [1, 0, 0, 0]), ("status_within", [0, 90_000, 0]),
    ("status_within", [10**12, 0, 0]), ("max_trust_age", ["1", 0, 0]),
])  # fmt: skip
def test_a_policy_of_another_form_is_refused(name: str, value: Any) -> None:
    body = content(RECORD)
    with pytest.raises(RecordMalformed):
        check(signed({**body, "policy": {**body["policy"], name: value}}))


def test_signed_octets_in_another_order_are_refused() -> None:
    body = content(RECORD)
    pairs = [strict_cbor.dumps(key) + strict_cbor.dumps(value) for key, value in body.items()]
    head = bytes([0xA0 | len(pairs)])
    assert check(signed(head + b"".join(pairs))).same
    with pytest.raises(RecordMalformed, match="deterministic"):
        check(signed(head + b"".join(reversed(pairs))))
    with pytest.raises(RecordMalformed):
        check(signed(b"\x80"))


# --- the profile is code, and code changes -------------------------------------------------------


def test_a_profile_that_was_not_given_is_named_as_the_reason() -> None:
    with pytest.raises(RecordProfileUnknown):
        check(RECORD, profiles={"icao": ICAO})


def test_a_library_that_finds_something_else_says_what() -> None:
    other = replace(CITIZEN_CARD, cross_checks=lambda _: ())
    checked = check(RECORD, profiles={"vietnam": other})
    assert not checked.same
    assert all(each.path.startswith("authentic.checks[") for each in checked.differences)
    assert {each.now for each in checked.differences} == {None}


# --- timestamps ----------------------------------------------------------------------------------


def test_a_timestamp_is_checked_and_says_when() -> None:
    checked = check(STAMPED, timestamp_authorities=ROOTS)
    assert checked.same
    assert checked.timestamp is not None
    assert checked.timestamp.at == NOW.replace(microsecond=0)
    assert not checked.timestamp_unchecked


def test_a_timestamp_that_nobody_checked_does_not_look_checked() -> None:
    checked = check(STAMPED)
    assert checked.timestamp is None
    assert checked.timestamp_unchecked
    assert not check(RECORD).timestamp_unchecked


def test_a_timestamp_fetched_by_hand_is_the_same() -> None:
    response = TSA.respond(request_record_timestamp(RECORD))
    octets = attach_timestamp(RECORD, response, authorities=ROOTS)
    assert check(octets, timestamp_authorities=ROOTS).timestamp is not None


def test_a_missing_a_strange_and_another_records_timestamp_are_refused() -> None:
    with pytest.raises(TimestampMissing):
        check(RECORD, timestamp_authorities=ROOTS)
    with pytest.raises(TimestampUntrusted):
        check(STAMPED, timestamp_authorities=TrustStore.of())
    with pytest.raises(TimestampUntrusted):
        timestamped(RECORD, send=TSA.respond, authorities=TrustStore.of())
    response = TSA.respond(request_record_timestamp(make()))
    with pytest.raises(TimestampMismatch):
        attach_timestamp(RECORD, response, authorities=ROOTS)
    message = strict_cbor.loads(STAMPED, limit=MAX_FILE, tags=frozenset({18})).value
    moved = strict_cbor.loads(make(), limit=MAX_FILE, tags=frozenset({18})).value
    moved[1] = message[1]
    with pytest.raises(TimestampMismatch):
        check(strict_cbor.dumps(strict_cbor.Tagged(18, moved)), timestamp_authorities=ROOTS)


def test_a_second_timestamp_does_not_replace_the_first() -> None:
    with pytest.raises(InputError):
        timestamped(STAMPED, send=TSA.respond, authorities=ROOTS)
    with pytest.raises(InputError):
        attach_timestamp(STAMPED, TSA.respond(request_record_timestamp(STAMPED)), authorities=ROOTS)


def test_a_record_cannot_be_younger_than_its_timestamp() -> None:
    for late in (dt.timedelta(minutes=6), DAY):
        octets = timestamped(make(made_at=NOW + late), send=TSA.respond, authorities=ROOTS)
        with pytest.raises(TimestampTooEarly):
            check(octets, timestamp_authorities=ROOTS)
    soon = make(made_at=NOW + dt.timedelta(minutes=4))
    assert check(timestamped(soon, send=TSA.respond, authorities=ROOTS), timestamp_authorities=ROOTS).same


def test_with_a_timestamp_the_key_must_have_been_in_force_at_its_time() -> None:
    ended = KeySet([replace(SIGNER.key, not_after=NOW - DAY)])
    octets = timestamped(make(made_at=NOW - 2 * DAY), send=TSA.respond, authorities=ROOTS)
    assert check(octets, signer=ended).same  # the maker says so
    with pytest.raises(KeyNotInForce):
        check(octets, signer=ended, timestamp_authorities=ROOTS)


# --- making --------------------------------------------------------------------------------------


def test_making_returns_the_report_that_is_in_the_record() -> None:
    made = make_record(
        LIVE, trust=TRUST, policy=Policy.counter(), profile=CITIZEN_CARD, now=NOW, signer=SIGNER,
        made_at=NOW, rules="1",
    )  # fmt: skip
    assert made.report == verify(LIVE, trust=TRUST, policy=Policy.counter(), profile=CITIZEN_CARD, now=NOW)
    assert check(made.octets).report_now == made.report


@pytest.mark.parametrize("changes", [
    {"references": {"case": "for 001099012349"}},
    {"references": {"Case": "1"}},
    {"references": {"case": ""}},
    {"references": {"case": "x" * 257}},
    {"references": {f"n{number}": "1" for number in range(33)}},
    {"references": {"case": "\ud800"}},
    {"rules": ""},
    {"rules": "\ud800"},
    {"made_at": NOW.replace(tzinfo=None)},
    {"now": NOW.replace(tzinfo=None)},
    {"status": StatusAnswer("LOST", "\ud800", NOW)},  # type: ignore[arg-type]
    {"holder": HolderMatch(True, "\ud800", "face", NOW)},
    {"holder": HolderMatch(True, "m", "face", NOW, score="high")},  # type: ignore[arg-type]
    {"evidence": replace(STORED, quirks=("\ud800",))},
])  # fmt: skip
def test_what_cannot_stand_in_a_record_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        make(**changes)


def test_a_challenge_of_another_length_and_too_large_evidence_are_refused() -> None:
    with pytest.raises(ChallengeFormatError):
        make(challenge=b"1")
    with pytest.raises(EidError):
        make(replace(STORED, files={**STORED.files, "DG16": bytes(5 * 1024 * 1024)}))
    with pytest.raises(EvidenceError):
        make(replace(STORED, read_at="yesterday"))  # type: ignore[arg-type]


def test_numbers_of_matchers_are_kept_to_the_last_bit() -> None:
    class Odd(float):
        def __repr__(self) -> str:
            return "odd"

    for score in (0.1 + 0.2, 1e-300, float("inf"), 7, -3, Odd(0.5)):
        holder = HolderMatch(True, "m", "face", NOW, score=score)
        assert check(make(holder=holder)).record.holder == holder
    strange = check(make(holder=HolderMatch(True, "m", "face", NOW, score=float("nan")))).record.holder
    assert strange is not None
    assert strange.score != strange.score


def test_a_watched_store_that_forgot_something_is_found_before_signing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module.WatchedStore, "used", lambda self: TrustStore.of())
    with pytest.raises(RecordReportDiffers, match="before signing"):
        make()


def test_nothing_shows_the_person_but_the_record_itself() -> None:
    made = make_record(
        STORED, trust=TRUST, policy=Policy.stored(), profile=CITIZEN_CARD, now=NOW, signer=SIGNER,
        made_at=NOW, rules="1",
    )  # fmt: skip
    checked = check(made.octets)
    report = checked.report_then
    texts = (repr(made), repr(checked), repr(checked.record), repr(module.Difference("person", report, None)))
    assert not [secret for secret in SECRETS for text in texts if secret in text]


def test_a_sealed_record_has_to_be_opened_first() -> None:
    with pytest.raises(RecordSealed):
        check(seal(RECORD, to=x25519.X25519PrivateKey.generate().public_key()))


# --- any input comes back as it was --------------------------------------------------------------

times = st.datetimes(
    dt.datetime(1990, 1, 1),
    dt.datetime(2090, 1, 1),
    timezones=st.integers(-1439, 1439).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes))),
)
spans = st.timedeltas()
words = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
STORES = {
    "dated": TRUST,
    "empty": TrustStore.of(),
    "with others": TrustStore.of([ANCHOR], others=[ROOTS.anchors[0]]),
}
policies = st.builds(
    Policy,
    words,
    st.frozensets(st.sampled_from(["authentic", "chip_genuine", "still_valid", "holder"])),
    st.booleans(),
    spans,
    st.sampled_from(["OFFERED", "REQUIRED", "OFF"]),
    spans,
    st.none() | spans,
    st.sampled_from(["NOW", "SIGNING"]),
)
numbers = st.none() | st.floats(allow_nan=False) | st.integers()
records = st.builds(
    Record,
    evidence=st.binary(max_size=50),
    live=st.none() | st.builds(LiveReading, st.none() | st.binary(min_size=8, max_size=8)),
    trust=st.sampled_from(sorted(STORES)).map(lambda name: STORES[name]),
    policy=policies,
    profile=words,
    now=times,
    challenge=st.none() | st.binary(min_size=8, max_size=8),
    status=st.none() | st.builds(StatusAnswer, st.sampled_from(["LOST", "IN_FORCE"]), words, times),
    holder=st.none() | st.builds(HolderMatch, st.booleans(), words, words, times, numbers, numbers),
    gateway=st.none() | st.builds(GatewayAnswer, st.booleans(), words, times, st.just("0aF9" * 16)),
    report=st.dictionaries(words, words, max_size=3).map(
        lambda report: json.dumps(report, ensure_ascii=False, separators=(",", ":")).encode()
    ),
    made_at=times,
    library=words,
    rules=st.text("abc-1", min_size=1, max_size=9),
    references=st.dictionaries(
        st.from_regex("[a-z]{1,9}", fullmatch=True), st.text("xyz", min_size=1, max_size=9), max_size=9
    ),
)


@settings(max_examples=200, deadline=None)
@given(record=records)
def test_every_content_comes_back_as_it_was(record: Record) -> None:
    again = Record.from_bytes(record.to_bytes())
    for name in record.__dataclass_fields__:
        ours, theirs = getattr(record, name), getattr(again, name)
        if name == "trust":
            assert (ours.entries, ours.others, ours.obtained_at) == (
                theirs.entries,
                theirs.others,
                theirs.obtained_at,
            )
        else:
            assert ours == theirs
    assert again.to_bytes() == record.to_bytes()


def test_profiles_of_ones_own_work() -> None:
    mine = Profile("mine")
    octets = make(profile=mine)
    assert check(octets, profiles={"mine": mine}).same
