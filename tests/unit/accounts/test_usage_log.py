"""What every usage log promises: in memory, in SQLite and in a real PostgreSQL."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import usage_samples as samples

from eid.accounts.model import Actor, Role
from eid.accounts.usage import SubjectKey, UsageKind
from eid.accounts.usage.chain import EMPTY_ROOT, first_hash, holds_consistency, holds_inclusion
from eid.accounts.usage.checkpoint import read_checkpoint, take_checkpoint
from eid.accounts.usage.log import MemoryUsageLog, UsageLog
from eid.accounts.usage.sql import SqlUsageLog
from eid.accounts.usage.store import MAX_BATCH
from eid.accounts.usage.verify import verify_log
from eid.document.checks import Outcome
from eid.errors import InputError, UsageEntryRefused, UsageProofUnavailable

pytest.importorskip("sqlalchemy", reason="needs the extra sql")
pytest.importorskip("alembic", reason="needs the extra sql")
pytest.importorskip("psycopg", reason="needs the extra sql")

import servers


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[UsageLog]:
    if request.param == "memory":
        yield MemoryUsageLog(key=samples.KEY)
    elif request.param == "sqlite":
        opened = SqlUsageLog.open(f"sqlite:///{tmp_path / 'log.db'}", key=samples.KEY)
        yield opened
        opened.close()
    else:
        with servers.database() as url:
            opened = SqlUsageLog.open(url, key=samples.KEY)
            yield opened
            opened.close()


def passes(log: UsageLog, *checkpoints: str) -> bool:
    report = verify_log(log.rows(), log=log.head().log, checkpoints=checkpoints, keys=samples.KEYS)
    return report.outcome is (Outcome.PASSED if checkpoints else Outcome.UNDECIDED) and not any(
        finding.outcome is Outcome.FAILED for finding in report.findings
    )


def test_an_empty_log_is_a_log(log: UsageLog) -> None:
    head = log.head()
    assert (head.size, head.root, head.hash) == (0, EMPTY_ROOT, first_hash(head.log))
    assert list(log.entries()) == []
    assert log.append() == ()
    assert log.checkpoints() == ()
    empty = take_checkpoint(log, samples.SIGNER, at=samples.NOW)
    assert log.checkpoints() == (empty,)
    assert not passes(log, empty), "nobody could tell whether there were entries once"
    log.append(samples.entry())
    assert passes(log, empty, take_checkpoint(log, samples.SIGNER, at=samples.NOW))


def test_entries_stand_in_the_order_in_which_they_were_added(log: UsageLog) -> None:
    made = [log.append(samples.entry(0))[0], *log.append(samples.entry(1), samples.entry(2))]
    assert [each.sequence for each in made] == [0, 1, 2]
    assert list(log.entries()) == made
    assert list(log.entries(1)) == made[1:]
    assert list(log.entries(1, 2)) == made[1:2]
    assert list(log.entries(5)) == []
    assert (log.head().size, log.head().hash) == (3, made[-1].hash)
    assert passes(log)


def test_more_at_once_than_allowed_is_refused_and_nothing_is_added(log: UsageLog) -> None:
    with pytest.raises(InputError):
        log.append(*[samples.entry()] * (MAX_BATCH + 1))
    with pytest.raises(UsageEntryRefused):
        log.append(samples.entry(), samples.entry(requester="0912345678"))
    with pytest.raises(InputError):
        log.append(samples.entry(), samples.entry(subject=""))
    assert log.head().size == 0


def test_what_happened_once_is_logged_once(log: UsageLog) -> None:
    (first,) = log.append(samples.entry(0, once="c-1"))
    again, other, twice = log.append(
        samples.entry(5, once="c-1"), samples.entry(1, once="c-2"), samples.entry(2, once="c-2")
    )
    assert again == first
    assert twice == other
    assert log.head().size == 2
    assert passes(log)


def test_who_used_my_data_lists_exactly_my_entries(log: UsageLog) -> None:
    samples.fill(log, 30)
    log.append(samples.entry(subject=None), samples.entry(subject="a-9", actor=Actor(Role.GUARDIAN, "a-2")))
    for person in samples.PERSONS:
        mine = [entry.sequence for entry in log.of_subject(person)]
        assert mine == [n for n in range(30) if samples.PERSONS[n % 3] == person]
    both = [entry.sequence for entry in log.of_subject("a-2", f" {samples.PERSONS[0]} ", "a-2")]
    assert both == [n for n in range(30) if n % 3 in (0, 1)]
    assert list(log.of_subject("nobody")) == []
    with pytest.raises(InputError):
        log.of_subject()


def test_every_entry_is_proved_in_every_checkpoint_after_it(log: UsageLog) -> None:
    heads = []
    for number in range(13):
        log.append(samples.entry(number))
        heads.append(log.head())
    rows = list(log.rows())
    for head in heads:
        for row in rows[: head.size]:
            path = log.inclusion(row.sequence, head.size)
            assert holds_inclusion(row.hash, row.sequence, head.size, path, head.root)
        for newer in heads[head.size - 1 :]:
            path = log.consistency(head.size, newer.size)
            assert holds_consistency(head.size, newer.size, path, head.root, newer.root)
    for wrong in ((13, None), (0, 14), (-1, 5), (5, 5)):
        with pytest.raises(UsageProofUnavailable):
            log.inclusion(*wrong)
    for wrong in ((0, 5), (6, 5), (1, 14)):
        with pytest.raises(UsageProofUnavailable):
            log.consistency(*wrong)


def test_checkpoints_are_kept_in_their_order(log: UsageLog) -> None:
    taken = []
    for number in range(3):
        log.append(samples.entry(number))
        taken.append(take_checkpoint(log, samples.SIGNER, at=samples.turn(number)))
    assert list(log.checkpoints()) == taken
    old, new = (read_checkpoint(taken[n], keys=samples.KEYS, log=log.head().log) for n in (0, 2))
    assert new.extends(old, log.consistency(1, 3))
    assert not old.extends(new, log.consistency(1, 3))
    assert passes(log, *taken)


# --- erasure -------------------------------------------------------------------------------------


def test_an_erased_person_is_gone_and_the_chain_holds(log: UsageLog) -> None:
    samples.fill(log, 30)
    token = take_checkpoint(log, samples.SIGNER, at=samples.turn(30))
    before = list(log.rows())
    record = log.erase("a-2", at=samples.turn(31), requester="office", basis="request", actor=samples.OFFICER)
    assert record.content is not None
    assert (record.content.count, record.content.erased, record.content.staff) == (10, 10, "o-1")
    assert list(log.of_subject("a-2")) == []
    assert len(list(log.of_subject("a-3"))) == 10
    pseudonym = samples.KEY.pseudonym("a-2")
    for old, new in zip(before, log.rows(0, 30), strict=True):
        assert (new.hash, new.content, new.sequence) == (old.hash, old.content, old.sequence)
        assert pseudonym not in (new.subject, new.actor)
        assert (new.salt is None) == (old.subject == pseudonym)
    assert passes(log, token)
    path = log.inclusion(1, 30)
    assert read_checkpoint(token, keys=samples.KEYS).includes(before[1].hash, 1, path)


def test_the_commitment_that_stays_can_be_matched_with_nobody(log: UsageLog) -> None:
    """Whoever has the key and guesses the number has the salt to guess too, which is gone."""
    from eid.accounts.usage.rows import commitment

    log.append(samples.entry(1), samples.entry(1))
    one, two = log.rows(0, 2)
    assert one.salt != two.salt
    assert one.salt is not None
    log.erase("a-2", at=samples.NOW, requester="office")
    erased = next(log.rows(0, 1))
    assert erased.commitment == commitment(one.salt, one.subject, one.actor)
    assert erased.salt is None
    assert commitment(bytes(16), one.subject, one.actor) != erased.commitment


def test_erasing_again_or_nobody_is_on_record_and_touches_nothing(log: UsageLog) -> None:
    samples.fill(log, 6)
    log.erase("a-2", at=samples.NOW, requester="office")
    for subject in ("a-2", "nobody"):
        record = log.erase(subject, at=samples.NOW, requester="office")
        assert record.content is not None
        assert (record.content.count, record.content.erased) == (0, 2)
    assert passes(log)


def test_what_a_law_keeps_is_not_erased(log: UsageLog) -> None:
    samples.fill(log, 9)
    log.append(samples.consent("given", 9))
    log.erase(
        samples.PERSONS[0],
        at=samples.NOW,
        requester="office",
        before=samples.turn(6),
        keep={UsageKind.CONSENT},
    )
    assert [entry.sequence for entry in log.of_subject(samples.PERSONS[0])] == [6, 9]
    assert passes(log)


def test_a_holder_who_asks_is_not_named_in_the_record(log: UsageLog) -> None:
    samples.fill(log, 3)
    record = log.erase("a-2", at=samples.NOW, requester="app", actor=Actor(Role.HOLDER, "a-2"))
    assert record.content is not None
    assert (record.content.role, record.subject, record.actor) == (None, None, None)


# --- retention -----------------------------------------------------------------------------------


def test_what_expired_keeps_place_time_and_kind_and_the_chain_holds(log: UsageLog) -> None:
    samples.fill(log, 12)
    token = take_checkpoint(log, samples.SIGNER, at=samples.turn(12))
    log.erase("a-2", at=samples.turn(13), requester="office")
    before = list(log.entries(0, 12))
    record = log.expire({UsageKind.CHECK: samples.turn(6)}, at=samples.turn(14), requester="office")
    assert record is not None
    assert record.content is not None
    assert record.content.count == 2
    assert record.content.due == ((UsageKind.CHECK, samples.turn(6)),)
    for old, new in zip(before, log.entries(0, 12), strict=True):
        assert (new.sequence, new.at, new.kind, new.hash) == (old.sequence, old.at, old.kind, old.hash)
        assert new.expired == (old.sequence in (0, 3))
        if new.expired:
            assert (new.subject, new.actor) == (None, None)
    assert [each.sequence for each in log.of_subject(samples.PERSONS[0])] == [6, 9]
    assert passes(log, token)
    assert log.expire({UsageKind.CHECK: samples.turn(6)}, at=samples.NOW, requester="office") is None


def test_what_was_erased_may_expire_and_the_other_way_round(log: UsageLog) -> None:
    samples.fill(log, 12)
    everything = {kind: samples.turn(9) for kind in (UsageKind.CHECK, UsageKind.DISCLOSURE)}
    log.erase("a-2", at=samples.turn(13), requester="office")
    log.expire(everything, at=samples.turn(13), requester="office")
    log.erase(samples.PERSONS[0], at=samples.turn(13), requester="office")
    assert passes(log)
    log.expire({UsageKind.COMMAND: samples.turn(99)}, at=samples.turn(13), requester="office")
    assert passes(log)
    assert [entry.expired for entry in log.entries(0, 12)] == [n < 9 or n % 3 == 2 for n in range(12)]


def test_what_the_log_says_of_itself_never_expires(log: UsageLog) -> None:
    with pytest.raises(InputError):
        log.expire({UsageKind.ERASURE: samples.NOW}, at=samples.NOW, requester="office")


def test_the_name_of_what_expired_is_free_again(log: UsageLog) -> None:
    log.append(samples.entry(0, once="c-1"))
    log.expire({UsageKind.CHECK: samples.turn(99)}, at=samples.turn(99), requester="office")
    (again,) = log.append(samples.entry(100, once="c-1"))
    assert again.sequence == 2


# --- many at a time ------------------------------------------------------------------------------


def test_threads_add_each_entry_once_and_in_one_chain(log: UsageLog) -> None:
    def add(thread: int) -> None:
        for number in range(10):
            log.append(samples.entry(number, reference=f"t-{thread}-{number}"), samples.entry(number))

    threads = [threading.Thread(target=add, args=(each,)) for each in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    references = [entry.content.reference for entry in log.entries() if entry.content is not None]
    assert log.head().size == 160
    assert len({each for each in references if each}) == 80
    assert passes(log, take_checkpoint(log, samples.SIGNER, at=samples.turn(999)))


def test_another_key_finds_nothing(log: UsageLog) -> None:
    samples.fill(log, 6)
    stranger = SubjectKey(bytes(32))
    assert all(row.subject != stranger.pseudonym("a-2") for row in log.rows())


def test_times_without_zone_are_refused(log: UsageLog) -> None:
    naive = dt.datetime(2026, 11, 21)
    with pytest.raises(InputError):
        log.erase("a-2", at=naive, requester="office")
    with pytest.raises(InputError):
        log.erase("a-2", at=samples.NOW, requester="office", before=naive)
    with pytest.raises(InputError):
        log.expire({UsageKind.CHECK: naive}, at=samples.NOW, requester="office")
    with pytest.raises(InputError):
        take_checkpoint(log, samples.SIGNER, at=naive)
    assert log.head().size == 0
