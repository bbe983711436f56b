"""Events make the account, and are the same octets years later; what cannot be understood is refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifecycle_samples import DAY, NOW, NUMBER, OFFICER, events, item

from eid.accounts.lifecycle import events as e
from eid.accounts.lifecycle.event_bytes import (
    MAX_EVENT,
    account_from_bytes,
    account_to_bytes,
    event_from_bytes,
    event_to_bytes,
)
from eid.accounts.lifecycle.events import EVENTS, Event, Registered, apply, replay
from eid.accounts.model import Account, Actor, CardState, Details, HolderKind, Role
from eid.document.checks import Outcome
from eid.document.dates import PartialDate
from eid.encoding import strict_cbor
from eid.errors import EventFormatError, EventOutOfPlace, EventUnknown, InputError

SAID: dict[str, typing.Any] = {"at": NOW, "by": OFFICER}
REGISTERED = Registered(
    at=NOW,
    by=OFFICER,
    article="Decree 69/2024/NĐ-CP, Art. 7(1)",
    rules="00" * 32,
    account_id="a-1",
    holder=HolderKind.CITIZEN,
    subject=NUMBER,
    aliases=("012345678",),
    birth_date=PartialDate(1999, 7, 4),
    documents=frozenset({"valid_identity_card", "identity_card"}),
    details=Details("Trần Thị Mẫu", "+84900000001"),
)


def after(*more: Event) -> Account:
    return replay([REGISTERED, *more])


# --- events make the account ---------------------------------------------------------------------


def test_a_person_begins_with_level_1_and_an_organisation_without() -> None:
    person = apply(None, REGISTERED)
    assert (person.level, person.version, person.registered_at) == (1, 1, NOW)
    assert person.subjects == ("012345678", NUMBER)
    organisation = dataclasses.replace(REGISTERED, holder=HolderKind.ORGANISATION)
    assert apply(None, organisation).level is None


def test_the_version_counts_the_events() -> None:
    account = after(e.Notified(**SAID), e.Activated(**SAID), e.CardIssued(**SAID))
    assert account.version == 4
    assert (account.notified_at, account.activated_at, account.card) == (NOW, NOW, CardState.IN_FORCE)


def test_an_account_begins_once_and_with_its_registration() -> None:
    for wrong in ([], [e.Activated(**SAID)], [REGISTERED, REGISTERED]):
        with pytest.raises(EventOutOfPlace):
            replay(wrong)


def test_every_kind_of_event_is_applied() -> None:
    for cls in EVENTS.values():
        if cls is not Registered:
            assert apply(after(), _one(cls)).version == 2


@pytest.mark.parametrize("kind", sorted(set(EVENTS) - {"registered"}))
def test_only_its_own_event_touches_a_lock_or_a_level(kind: str) -> None:
    """Whatever else happens: a lock goes by being unlocked, a level comes by an upgrade."""
    card = "electronic_identity_card"
    locks = [
        e.Locked(object=object_, reason="x", requested_by="holder", **SAID) for object_ in ("account", card)
    ]
    before = after(e.Activated(**SAID), e.CardIssued(**SAID), *locks)
    account = apply(before, _one(EVENTS[kind]))
    if kind not in ("locked", "unlocked"):
        assert (account.locks, account.card_locks, account.card) == (
            before.locks, before.card_locks, CardState.LOCKED,
        )  # fmt: skip
    assert account.level == (2 if kind == "upgraded" else 1)


def _one(cls: type[Event]) -> Event:
    """The plainest event of a kind."""
    plain: dict[str, object] = {
        "items": (item("chip_report"),),
        "rests_on": (item("chip_report"),),
        "level": 2,
        "object": "account",
        "birth_date": PartialDate(2000),
        "guardians": frozenset({"g"}),
        "under_guardianship": True,
        "representatives": frozenset({"r"}),
        "documents": frozenset({"d"}),
        "fields": frozenset({"name"}),
        "details": Details("Ai Đó"),
    }
    needed = [each.name for each in dataclasses.fields(cls) if each.default is dataclasses.MISSING]
    return cls(**{**{name: plain.get(name, "word") for name in needed}, **SAID})


def test_a_kind_that_nobody_applies_is_not_passed_over() -> None:
    class Strange(Event):
        kind = "strange"

    with pytest.raises(EventOutOfPlace):
        apply(after(), Strange(**SAID))


def test_two_reasons_to_lock_are_two_locks_and_each_goes_alone() -> None:
    def lock(object_: str, reason: str) -> Event:
        return e.Locked(object=object_, reason=reason, requested_by="holder", **SAID)

    def unlock(object_: str, reason: str) -> Event:
        return e.Unlocked(object=object_, reason=reason, ground=reason, **SAID)

    card = "electronic_identity_card"
    locked = after(e.CardIssued(**SAID), lock("account", "x"), lock(card, "x"), lock(card, "y"))
    assert ([each.reason for each in locked.locks], locked.card) == (["x"], CardState.LOCKED)
    one = apply(locked, unlock(card, "x"))
    assert ([each.reason for each in one.card_locks], one.card) == (["y"], CardState.LOCKED)
    assert one.locks == locked.locks
    two = apply(apply(one, unlock(card, "y")), unlock("account", "x"))
    assert (two.card, two.card_locks, two.locks) == (CardState.IN_FORCE, (), ())


def test_a_newer_proof_takes_the_place_of_an_older_one_only_where_it_says_as_much() -> None:
    first = item("vneid_sign_in", at=NOW - DAY)
    newer = item("vneid_sign_in", expires_at=None)
    assert after(*(e.EvidenceAdded(items=(each,), **SAID) for each in (first, newer))).evidence == (newer,)
    assert after(*(e.EvidenceAdded(items=(each,), **SAID) for each in (newer, first))).evidence == (newer,)
    for other in (
        item("vneid_sign_in", Outcome.FAILED),
        item("vneid_sign_in", source="kiosk"),
        item("chip_report"),
        item("vneid_sign_in", expires_at=NOW + DAY),  # counts less long than the first
    ):
        both = after(*(e.EvidenceAdded(items=(each,), **SAID) for each in (first, other)))
        assert both.evidence == (first, other)


def test_consent_is_one_for_a_purpose_and_requester() -> None:
    both = frozenset({"name", "birth_date"})
    give = e.ConsentGiven(purpose="loan", fields=both, requester="bank", channel="app", **SAID)
    other = e.ConsentGiven(purpose="loan", fields=both, **SAID)
    narrow = e.ConsentNarrowed(purpose="loan", fields=frozenset({"name"}), requester="bank", **SAID)
    end = e.ConsentWithdrawn(purpose="loan", requester="bank", **SAID)
    account = after(other, give, narrow)
    mine, banks = account.consents
    assert (mine.fields, mine.requester) == (both, None)
    assert (banks.fields, banks.given_at, banks.narrowed_at) == (frozenset({"name"}), NOW, NOW)
    ended = apply(account, end)
    assert [each.withdrawn_at for each in ended.consents] == [None, NOW]
    again = apply(ended, give)
    assert [each.withdrawn_at for each in again.consents] == [None, None]
    assert again.consents[1].fields == both


def test_an_old_number_stays_and_a_corrected_birth_date_comes_with_the_new_one() -> None:
    new = e.Renumbered(
        subject="001199012340", reason="birth_year_corrected", birth_date=PartialDate(2000, 7, 4), **SAID
    )
    account = after(new, e.AliasAdded(subject="C1234567", **SAID))
    assert account.subjects == ("C1234567", "012345678", NUMBER, "001199012340")
    assert account.birth_date == PartialDate(2000, 7, 4)


def test_nothing_personal_is_in_the_repr_of_events_and_accounts() -> None:
    personal = [NUMBER, "012345678", "Trần", "900000001", "1999", "001199012340", "Ai Đó", "2000"]
    shown = [repr(REGISTERED), repr(apply(None, REGISTERED))]
    renumbered = e.Renumbered(subject="001199012340", reason="x", birth_date=PartialDate(2000), **SAID)
    shown += [repr(renumbered), repr(_one(e.DetailsChanged)), repr(_one(e.BirthDateChanged))]
    shown.append(repr(e.AliasAdded(subject="012345678", **SAID)))
    for text in shown:
        assert not [word for word in personal if word in text]


# --- octets --------------------------------------------------------------------------------------


@given(events())
def test_every_event_comes_back_from_its_octets(event: Event) -> None:
    octets = event_to_bytes(event)
    assert event_from_bytes(octets) == event
    assert event_to_bytes(event_from_bytes(octets)) == octets


@given(st.lists(events().filter(lambda event: not isinstance(event, Registered)), max_size=8))
def test_every_account_comes_back_from_its_octets(more: list[Event]) -> None:
    account = after(*more)
    assert account_from_bytes(account_to_bytes(account)) == account


def test_an_organisation_without_level_comes_back() -> None:
    account = apply(None, dataclasses.replace(REGISTERED, holder=HolderKind.ORGANISATION))
    assert account_from_bytes(account_to_bytes(account)).level is None


def test_the_octets_of_an_event_are_the_same_in_every_version() -> None:
    """What is proved by a digest today has to be proved by it in years: this text never changes."""
    event = e.Locked(
        at=dt.datetime(2026, 11, 21, 16, 0, 0, 7, tzinfo=dt.timezone(7 * dt.timedelta(hours=1))),
        by=Actor(Role.OFFICER, "o-1"),
        article="Law 26/2023/QH15, Art. 34(1)(a)",
        object="electronic_identity_card",
        reason="holder_request",
        requested_by="holder",
    )
    assert event_to_bytes(event).hex() == LOCKED_OCTETS
    assert event_to_bytes(REGISTERED).hex() == REGISTERED_OCTETS


LOCKED_OCTETS = (
    "8301666c6f636b6564a66261741b000660c595e68407626279a264726f6c65676f666669636572697265666572656e63"
    "65636f2d31666f626a6563747818656c656374726f6e69635f6964656e746974795f6361726466726561736f6e6e686f"
    "6c6465725f726571756573746761727469636c65781f4c61772032362f323032332f514831352c204172742e20333428"
    "31292861296c7265717565737465645f627966686f6c646572"
)
REGISTERED_OCTETS = (
    "83016a72656769737465726564ab6261741b000660c595e68400626279a264726f6c65676f6666696365726972656665"
    "72656e6365696f6666696365722d376572756c6573784030303030303030303030303030303030303030303030303030"
    "30303030303030303030303030303030303030303030303030303030303030303030303030303066686f6c6465726763"
    "6974697a656e67616c696173657381693031323334353637386761727469636c6578204465637265652036392f323032"
    "342f4ec4902d43502c204172742e20372831296764657461696c73a2646e616d65725472e1baa76e205468e1bb8b204d"
    "e1baab756570686f6e656c2b3834393030303030303031677375626a6563746c30303130393930313233343969646f63"
    "756d656e7473826d6964656e746974795f636172647376616c69645f6964656e746974795f636172646a6163636f756e"
    "745f696463612d316a62697274685f64617465831907cf0704"
)


def test_what_a_newer_version_wrote_is_refused_and_never_passed_over() -> None:
    _, kind, members = strict_cbor.loads(event_to_bytes(e.Activated(**SAID)), limit=1000)
    for newer in (
        [2, kind, members],
        [1, "frozen_by_court", members],
        [1, kind, {**members, "unless": "x"}],
        [1, kind, {**members, "by": {"role": "robot", "reference": "x"}}],
    ):
        with pytest.raises(EventUnknown):
            event_from_bytes(strict_cbor.dumps(newer))
    version, members = strict_cbor.loads(account_to_bytes(after()), limit=10_000)
    for account in ([version + 1, members], [version, {**members, "frozen": True}]):
        with pytest.raises(EventUnknown):
            account_from_bytes(strict_cbor.dumps(account))


def test_damaged_events_are_refused() -> None:
    octets = event_to_bytes(REGISTERED)
    _, kind, members = strict_cbor.loads(octets, limit=10_000)
    without = {name: value for name, value in members.items() if name != "subject"}
    for wrong in (
        b"",
        octets[:-1],
        octets + b"\0",
        strict_cbor.dumps(7),
        strict_cbor.dumps([]),
        strict_cbor.dumps([1, kind]),
        strict_cbor.dumps(["1", kind, members]),
        strict_cbor.dumps([True, kind, members]),
        strict_cbor.dumps([1, kind, []]),
        strict_cbor.dumps([1, kind, without]),
        strict_cbor.dumps([1, kind, {**members, "subject": 7}]),
        strict_cbor.dumps([1, kind, {**members, "at": "now"}]),
        strict_cbor.dumps([1, kind, {**members, "at": True}]),
        strict_cbor.dumps([1, kind, {**members, "at": 2**63}]),
        strict_cbor.dumps([1, kind, {**members, "birth_date": [1999, 2, 30]}]),
        strict_cbor.dumps([1, kind, {**members, "birth_date": []}]),
        strict_cbor.dumps([1, kind, {**members, "birth_date": [1999, True]}]),
        strict_cbor.dumps([1, kind, {**members, "documents": "valid"}]),
        strict_cbor.dumps([1, kind, {**members, "documents": ["b", "a"]}]),  # another spelling of the set
        strict_cbor.dumps([1, kind, {**members, "documents": ["a", "a"]}]),
        strict_cbor.dumps([1, kind, {**members, "under_guardianship": False}]),  # the default, spelled out
        strict_cbor.dumps([1, kind, {**members, "birth_date": None}]),
        b"\x00" * (MAX_EVENT + 1),
    ):
        with pytest.raises(EventFormatError):
            event_from_bytes(wrong)


def test_a_damaged_account_is_refused() -> None:
    version, members = strict_cbor.loads(account_to_bytes(after()), limit=10_000)
    for wrong in (
        [version],
        [version, {**members, "level": None}],  # a person without level
        [version, {**members, "level": 3}],
        [version, {**members, "version": True}],
    ):
        with pytest.raises(EventFormatError):
            account_from_bytes(strict_cbor.dumps(wrong))


def test_a_time_without_zone_is_not_written() -> None:
    with pytest.raises(InputError):
        event_to_bytes(e.Activated(at=dt.datetime(2026, 11, 21), by=OFFICER))


@settings(max_examples=50)
@given(events(), st.data())
def test_one_changed_octet_gives_another_event_or_none(event: Event, data: st.DataObject) -> None:
    octets = bytearray(event_to_bytes(event))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    try:
        other = event_from_bytes(bytes(octets))
    except EventFormatError:
        return
    assert other != event
