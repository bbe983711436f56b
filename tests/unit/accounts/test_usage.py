"""What an entry of the usage log holds, and what it never holds."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import fields
from typing import Any

import pytest
import usage_samples as samples
from hypothesis import given
from hypothesis import strategies as st

from eid.accounts.model import Actor, Role
from eid.accounts.usage import MAX_CONTENT, Content, Entry, NewEntry, SubjectKey, UsageKind
from eid.accounts.usage.log import MemoryUsageLog
from eid.accounts.usage.rows import Row, moment
from eid.errors import InputError, UsageEntryRefused, UsageLogFormatError

NUMBER = "001099012349"


def test_an_entry_is_kept_without_the_person(  # the requirement of the whole log
) -> None:
    log = MemoryUsageLog(key=samples.KEY)
    log.append(samples.entry(0, subject=NUMBER, actor=Actor(Role.HOLDER, NUMBER)))
    (row,) = log.rows()
    octets = b"".join(each for each in row if isinstance(each, bytes))
    assert NUMBER.encode() not in octets
    assert row.subject == row.actor == samples.KEY.pseudonym(NUMBER)
    assert NUMBER not in repr(row) + repr(next(log.entries())) + repr(samples.entry(0)) + repr(samples.KEY)


def test_an_entry_says_who_used_what_for_what_by_which_law() -> None:
    log = MemoryUsageLog(key=samples.KEY, clock="ntp.example")
    (entry,) = log.append(samples.entry(0, codes=("ACCOUNT_LOCKED",), reference="t-1", outcome="DENY"))
    said = entry.to_json()
    assert said == {
        "sequence": 0,
        "kind": "check",
        "at": "2026-11-21T09:00:00+00:00",
        "hash": entry.hash.hex(),
        "requester": "bank.example",
        "purpose": "loan",
        "basis": "Decree 69/2024/NĐ-CP, Art. 19(3)",
        "fields": ["birth_date", "name"],
        "outcome": "DENY",
        "codes": ["ACCOUNT_LOCKED"],
        "rules_version": "ab" * 32,
        "role": "holder",
        "reference": "t-1",
        "clock": "ntp.example",
    }


def test_an_officer_is_named_and_a_holder_is_not() -> None:
    log = MemoryUsageLog(key=samples.KEY)
    office, holder, nobody = log.append(
        samples.entry(actor=samples.OFFICER), samples.entry(), samples.entry(actor=None)
    )
    assert office.content is not None
    assert (office.content.role, office.content.staff, office.actor) == (Role.OFFICER, "o-1", None)
    assert holder.content is not None
    assert (holder.content.role, holder.content.staff) == (Role.HOLDER, None)
    assert nobody.content is not None
    assert (nobody.content.role, nobody.actor) == (None, None)


def test_every_time_zone_is_the_same_moment() -> None:
    log = MemoryUsageLog(key=samples.KEY)
    hanoi = samples.NOW.astimezone(dt.timezone(dt.timedelta(hours=7))).replace(microsecond=123_456)
    (entry,) = log.append(samples.entry(at=hanoi))
    assert entry.at == hanoi


@pytest.mark.parametrize(
    "name", ["requester", "purpose", "basis", "outcome", "action", "channel", "reference"]
)
@pytest.mark.parametrize(
    "number",
    [
        NUMBER,
        "012345678",
        "0912345678",
        "+84912345678",
        "0912 345 678",
        "091.234.5678",
        "0100109106-001",
        "\uff10\uff10\uff11\uff10\uff19\uff19\uff10\uff11\uff12\uff13\uff14\uff19",
    ],
)
def test_a_number_of_a_person_or_telephone_is_refused_everywhere(name: str, number: str) -> None:
    with pytest.raises(UsageEntryRefused) as caught:
        samples.entry(**{name: number})
    assert number not in str(caught.value)
    if name != "reference":  # which may be a random identifier with digits in it
        with pytest.raises(UsageEntryRefused):
            samples.entry(**{name: f"for {number}, please"})


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": (NUMBER,)},
        {"codes": (NUMBER,)},
        {"purpose": "x@example.com"},
        {"actor": Actor(Role.OFFICER, NUMBER)},
        {"purpose": ""},
        {"purpose": "line\nbreak"},
        {"purpose": "\ud800"},
        {"requester": "x" * 129},
        {"basis": "x" * 301},
        {"reference": "x" * 129},
        {"reference": ""},
        {"once": ""},
        {"fields": ("x",) * 65},
        {"codes": ("x",) * 65},
        {"at": dt.datetime(2026, 11, 21)},
        {"at": dt.datetime(1969, 12, 31, tzinfo=dt.UTC)},
        {"kind": UsageKind.ERASURE},
        {"kind": UsageKind.EXPIRY},
    ],
)  # fmt: skip
def test_what_has_no_place_in_a_log_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageEntryRefused):
        samples.entry(**changes)


@pytest.mark.parametrize(
    "reference",
    ["123e4567-e89b-12d3-a456-426614174000", "00000000-0000-0000-0000-426614174000", "t-20261121-0001", "a" * 64],
)  # fmt: skip
def test_a_random_identifier_is_a_reference_whatever_digits_it_has(reference: str) -> None:
    assert samples.entry(reference=reference).reference == reference


@pytest.mark.parametrize("subject", ["", "   ", "x" * 257])
def test_an_identifier_that_nobody_has_is_refused(subject: str) -> None:
    with pytest.raises(InputError):
        samples.KEY.pseudonym(subject)


def test_pseudonyms_depend_on_the_key_and_on_nothing_around_the_number() -> None:
    other = SubjectKey(bytes(32))
    assert samples.KEY.pseudonym(NUMBER) == samples.KEY.pseudonym(f" {NUMBER}\n")
    assert samples.KEY.pseudonym(NUMBER) != other.pseudonym(NUMBER)
    assert samples.KEY.pseudonym("x") != samples.KEY.of("once", "x")
    with pytest.raises(InputError):
        SubjectKey(bytes(31))


# --- how it is read ------------------------------------------------------------------------------

words = st.text("abcxyz.ăđ_", min_size=1, max_size=12)
contents = st.builds(
    Content,
    requester=words,
    purpose=st.none() | words,
    basis=st.none() | words,
    fields=st.lists(words, max_size=3).map(tuple),
    outcome=st.none() | words,
    codes=st.lists(words, max_size=3).map(tuple),
    rules_version=st.none() | words,
    role=st.none() | st.sampled_from(list(Role)),
    staff=st.none() | words,
    action=st.none() | words,
    channel=st.none() | words,
    reference=st.none() | words,
    clock=words,
    count=st.none() | st.integers(0, 9),
    erased=st.none() | st.integers(0, 9),
    covers=st.none() | st.binary(min_size=32, max_size=32),
    due=st.lists(st.tuples(st.sampled_from(list(UsageKind)), st.just(samples.NOW)), max_size=1).map(tuple),
)


@given(contents)
def test_every_content_is_read_as_it_was_written(content: Content) -> None:
    assert Content.from_bytes(content.to_bytes()) == content


@pytest.mark.parametrize(
    "octets",
    [
        b"", b"[]", b"{}", b"null", b"\xff", b'{"requester":1}', b'{"requester":"x","more":"y"}',
        b'{"requester":"x","requester":"y"}', b'{"requester":"x","fields":"y"}',
        b'{"requester":"x","fields":[1]}', b'{"requester":"x","count":-1}', b'{"requester":"x","count":true}',
        b'{"requester":"x","role":"king"}', b'{"requester":"x","covers":"xx"}', b'{"requester":"x","due":[]}',
        b'{"requester":"x","due":{"check":1}}', b'{"requester":"x","due":{"check":"2026-11-21"}}',
        b'{"requester":"x","due":{"party":"2026-11-21T00:00:00+00:00"}}', b'{"requester":"x","codes":null}',
        b'{"requester":"x","due":{"check":"1969-12-31T00:00:00+00:00"}}',
        b'{"requester":"x","due":{"check":"9999-12-31T23:59:59-12:00"}}',
        b'{"requester":"' + b"x" * MAX_CONTENT + b'"}',
    ],
)  # fmt: skip
def test_other_content_is_refused(octets: bytes) -> None:
    with pytest.raises(UsageLogFormatError):
        Content.from_bytes(octets)


def test_content_that_would_not_be_read_is_not_written() -> None:
    with pytest.raises(UsageEntryRefused):
        Content(requester="x", fields=("x" * 1000,) * 64).to_bytes()


@pytest.mark.parametrize(
    "row",
    [
        Row(0, 0, 9, bytes(32)),
        Row(0, 1 << 62, 1, bytes(32)),
        Row(0, 0, 1, "text"),  # type: ignore[arg-type]
        Row(0, 0, 1, bytes(32), "text"),  # type: ignore[arg-type]
        Row(0, 0, 1, bytes(32), b"{}", subject=5),  # type: ignore[arg-type]
    ],
)
def test_a_damaged_row_is_an_error_with_a_code(row: Row) -> None:
    with pytest.raises(UsageLogFormatError):
        Entry.of(row)


def test_times_go_to_the_end_of_the_calendar_and_no_further() -> None:
    assert moment(0).year == 1970
    with pytest.raises(UsageLogFormatError):
        moment(1 << 62)


def test_nothing_of_a_new_entry_is_forgotten() -> None:
    """A member that is added to what is logged has to be kept, or to be left out here on purpose."""
    not_kept = {"kind", "at", "subject", "actor", "once"}
    assert {each.name for each in fields(NewEntry)} - not_kept <= {each.name for each in fields(Content)}
    assert re.search(r"subject|person", str({each.name for each in fields(Content)})) is None
