"""Whoever can write to the database of a usage log changes it: each change is found, and where it is.

Two kinds of attackers: one changes rows and leaves the rest, the other computes all hashes anew. The
second can be found only by checkpoints that he cannot take back.
"""

from __future__ import annotations

import datetime as dt
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "accounts"))

import usage_samples as samples

from eid.accounts.usage import Content, UsageKind
from eid.accounts.usage.checkpoint import sign_checkpoint
from eid.accounts.usage.export import ExportedLog, export_log
from eid.accounts.usage.findings import LogReport
from eid.accounts.usage.log import MemoryUsageLog
from eid.accounts.usage.rows import Row, seal
from eid.accounts.usage.verify import MAX_FINDINGS, first_difference, verify_log
from eid.crypto.keys import SoftwareSigner
from eid.document.checks import Outcome

#: The entries are 0 to 28; the erasure stands at 16, the expiry at 22.
SIZE, ERASURE, EXPIRY = 29, 16, 22


@dataclass(frozen=True)
class Held:
    """A log as its operator keeps it, and the checkpoints that somebody else holds."""

    log: bytes
    rows: list[Row]
    checkpoints: list[str]

    def verify(
        self, rows: Sequence[Row] | None = None, checkpoints: Sequence[str] | None = None
    ) -> LogReport:
        return verify_log(
            self.rows if rows is None else rows,
            log=self.log,
            checkpoints=self.checkpoints if checkpoints is None else checkpoints,
            keys=samples.KEYS,
        )


@pytest.fixture(scope="module")
def held() -> Held:
    log, checkpoints = samples.rich_log()
    return Held(log.head().log, list(log.rows()), checkpoints)


def found(report: LogReport, code: str) -> list[tuple[int | None, int | None]]:
    """Where."""
    return [(each.first, each.last) for each in report.findings if each.code == code]


def failed(report: LogReport) -> set[str]:
    return {each.code for each in report.findings if each.outcome is Outcome.FAILED}


def test_the_log_that_nobody_touched_passes(held: Held) -> None:
    report = held.verify()
    assert report.outcome is Outcome.PASSED
    assert report.findings == ()
    assert (report.size, report.covered, report.checkpoints) == (SIZE, 27, 4)
    assert (report.erased, report.expired) == (4, 3)


# --- one entry -----------------------------------------------------------------------------------


def flipped(octets: bytes, at: int = 0) -> bytes:
    changed = bytearray(octets)
    changed[at] ^= 1
    return bytes(changed)


def alterations(row: Row) -> Iterator[tuple[str, Row]]:
    """Everything that can be changed in one row, its place aside."""
    yield "time", row._replace(at=row.at + 1)
    yield "kind", row._replace(kind=row.kind % 6 + 1)
    yield "unknown kind", row._replace(kind=300)
    yield "time before 1970", row._replace(at=-1)
    yield "hash", row._replace(hash=flipped(row.hash))
    yield "no hash", row._replace(hash=b"")
    yield "text as hash", row._replace(hash="0" * 32)  # type: ignore[arg-type]
    for name in ("content", "salt", "subject", "actor", "commitment", "digest"):
        value = getattr(row, name)
        if value is None:
            yield f"{name} out of nothing", row._replace(**{name: bytes(32)})
            continue
        yield f"{name}, first octet", row._replace(**{name: flipped(value)})
        yield f"{name}, last octet", row._replace(**{name: flipped(value, -1)})
        yield f"{name} shorter", row._replace(**{name: value[:-1]})
        yield f"{name} longer", row._replace(**{name: value + b"\0"})
        yield f"{name} as text", row._replace(**{name: value.decode("latin-1")})
        yield f"{name} gone", row._replace(**{name: None})
    if row.subject is not None and row.salt is not None:
        # The octets that are hashed stay the same, cut in another place.
        yield (
            "salt longer, subject shorter",
            row._replace(salt=row.salt + row.subject[:1], subject=row.subject[1:] + b"\0"),
        )
        yield "cut elsewhere", row._replace(salt=row.salt + row.subject[:16], subject=row.subject[16:])
        if row.actor is not None:
            yield (
                "cut between the persons",
                row._replace(subject=row.subject[:-1], actor=row.subject[-1:] + row.actor),
            )
        if row.actor is not None and row.actor != row.subject:
            yield "persons changed", row._replace(subject=row.actor, actor=row.subject)
        yield "nobody", row._replace(subject=None)
    if row.content is not None and row.commitment is not None:
        yield (
            "cut elsewhere",
            row._replace(commitment=row.commitment + row.content[:1], content=row.content[1:]),
        )


def test_every_alteration_of_one_entry_is_found_where_it_is(held: Held) -> None:
    tried = 0
    for place, row in enumerate(held.rows):
        for what, altered in alterations(row):
            if altered == row:
                continue
            rows = [*held.rows[:place], altered, *held.rows[place + 1 :]]
            report = held.verify(rows)
            where = found(report, "USAGE_ENTRY_ALTERED")
            assert report.outcome is Outcome.FAILED, (place, what)
            # Behind the last checkpoint it may be the entry before, with its hash.
            allowed = [(place, place)] if place < 27 else [(place, place), (place - 1, place)]
            assert where in [[each] for each in allowed], (place, what, where)
            assert failed(report) <= {"USAGE_ENTRY_ALTERED", "USAGE_REDUCED_UNRECORDED"}, (place, what)
            tried += 1
    assert tried > 500


def test_an_entry_altered_together_with_its_hash_is_found_to_within_two(held: Held) -> None:
    for place, row in enumerate(held.rows[:-1]):
        changed = held.rows[:place] + [row._replace(at=row.at + 1)]
        rows = samples.rehashed(changed, held.log) + held.rows[place + 1 :]
        report = held.verify(rows)
        assert found(report, "USAGE_ENTRY_ALTERED") == [(place, place + 1)]
        if place < 27:
            assert found(report, "USAGE_LOG_REWRITTEN") == [interval(place)]


def interval(place: int) -> tuple[int, int]:
    """Between which checkpoints it is."""
    return next((low, high - 1) for low, high in ((0, 8), (8, 16), (16, 27)) if place < high)


def test_every_entry_dropped_is_missed(held: Held) -> None:
    for place in range(SIZE - 1):
        report = held.verify(held.rows[:place] + held.rows[place + 1 :])
        assert found(report, "USAGE_ENTRY_MISSING") == [(place, place)]
        assert "USAGE_ENTRY_ALTERED" not in failed(report)
    everything = held.verify([])
    assert found(everything, "USAGE_LOG_CUT") == [(0, 26)]


def test_every_run_of_entries_dropped_is_missed(held: Held) -> None:
    for first in range(SIZE - 1):
        for last in range(first, SIZE - 1):
            report = held.verify(held.rows[:first] + held.rows[last + 1 :])
            assert found(report, "USAGE_ENTRY_MISSING") == [(first, last)]


def test_every_two_entries_swapped_are_found(held: Held) -> None:
    for one in range(SIZE):
        for other in range(one + 1, SIZE):
            rows = list(held.rows)
            rows[one], rows[other] = rows[other], rows[one]
            report = held.verify(rows)
            assert report.outcome is Outcome.FAILED
            misplaced = found(report, "USAGE_ENTRY_MISPLACED")
            assert misplaced, (one, other)
            assert all(one <= first <= last <= other for first, last in misplaced)  # type: ignore[operator]


def test_every_two_entries_that_changed_places_with_their_numbers_are_found(held: Held) -> None:
    for one in range(SIZE):
        for other in range(one + 1, SIZE):
            rows = list(held.rows)
            rows[one] = held.rows[other]._replace(sequence=one)
            rows[other] = held.rows[one]._replace(sequence=other)
            report = held.verify(rows)
            places = {
                place for low, high in found(report, "USAGE_ENTRY_ALTERED") for place in span(low, high)
            }
            assert {one, other} <= places
            assert places <= {one - 1, one, one + 1, other - 1, other, other + 1}


def span(first: int | None, last: int | None) -> range:
    assert first is not None
    assert last is not None
    return range(first, last + 1)


def test_every_entry_that_stands_twice_is_found(held: Held) -> None:
    for place, row in enumerate(held.rows):
        for at in (place + 1, SIZE):
            report = held.verify([*held.rows[:at], row, *held.rows[at:]])
            assert failed(report) == {"USAGE_ENTRY_REPEATED"}
            assert found(report, "USAGE_ENTRY_REPEATED") == [(place, place)]
            assert report.checkpoints == 4, "the rest is still compared"


def test_every_entry_put_in_between_is_found(held: Held) -> None:
    for place in range(SIZE):
        added = held.rows[3]._replace(sequence=place)
        renumbered = [row._replace(sequence=row.sequence + 1) for row in held.rows[place:]]
        report = held.verify([*held.rows[:place], added, *renumbered])
        first, last = found(report, "USAGE_ENTRY_ALTERED")[0]
        assert first in (place - 1, place, place + 1)
        assert last == SIZE, "and everything behind it stands in another place"


# --- the whole log -------------------------------------------------------------------------------


def test_the_end_cut_off_behind_a_checkpoint_is_missed(held: Held) -> None:
    for size in range(SIZE):
        report = held.verify(held.rows[:size])
        expected = [(size, 26)] if size < 27 else []
        assert found(report, "USAGE_LOG_CUT") == expected
        assert (report.outcome is Outcome.FAILED) == bool(expected)


def rewrites(rows: list[Row], place: int) -> Iterator[tuple[str, list[Row]]]:
    row = rows[place]
    yield "altered", [*rows[:place], row._replace(at=row.at + 1), *rows[place + 1 :]]
    yield "dropped", rows[:place] + rows[place + 1 :]
    yield "doubled", [*rows[: place + 1], *rows[place:]]
    if place:
        yield "swapped", [*rows[: place - 1], row, rows[place - 1], *rows[place + 1 :]]


def test_a_log_rewritten_with_all_its_hashes_is_found_between_two_checkpoints(held: Held) -> None:
    for place in range(26):
        for what, rows in rewrites(held.rows, place):
            report = held.verify(samples.rehashed(rows, held.log))
            low, high = interval(place + {"doubled": 1, "swapped": -1}.get(what, 0))
            assert found(report, "USAGE_LOG_REWRITTEN") == [(low, high)], (place, what)
            assert report.covered == low


def test_behind_the_last_checkpoint_a_rewritten_log_is_not_found_and_nobody_says_so(held: Held) -> None:
    rows = samples.rehashed(held.rows[:28], held.log)
    report = held.verify(rows)
    assert report.outcome is Outcome.PASSED
    assert (report.covered, report.size) == (27, 28)


def test_another_log_with_the_same_entries_is_not_this_one(held: Held) -> None:
    rows = samples.rehashed(held.rows, bytes(16))
    assert found(held.verify(rows), "USAGE_ENTRY_ALTERED")[0][0] == 0


# --- checkpoints ---------------------------------------------------------------------------------


def test_without_a_checkpoint_nothing_is_decided(held: Held) -> None:
    report = held.verify(checkpoints=[])
    assert (report.outcome, report.code) == (Outcome.UNDECIDED, "CHECKPOINT_NOT_GIVEN")


def test_a_checkpoint_over_no_entries_decides_nothing(held: Held) -> None:
    """Any other entries under the same identifier would agree with it as well."""
    other = MemoryUsageLog(key=samples.KEY)
    samples.fill(other, 5)
    for rows in (held.rows, samples.rehashed(list(other.rows()), held.log), []):
        report = held.verify(rows, held.checkpoints[:1])
        assert (report.outcome, report.covered) == (Outcome.UNDECIDED, 0)
        assert "CHECKPOINT_NOT_GIVEN" in {each.code for each in report.findings}


@pytest.mark.parametrize("which", range(4))
def test_a_forged_checkpoint_is_found(held: Held, which: int) -> None:
    head, payload, signature = held.checkpoints[which].split(".")
    stranger = SoftwareSigner.generate("Ed25519", kid=samples.SIGNER.kid)
    rows = held.rows[: (0, 8, 16, 27)[which]]
    forged = {
        "another signature": f"{head}.{payload}.{'A' * len(signature)}",
        "another payload": f"{head}.{held.checkpoints[which - 1].split('.')[1]}.{signature}",
        "another's key": samples.checkpoint_of(rows, held.log, at=samples.NOW, signer=stranger),
    }
    for what, token in forged.items():
        tokens = [*held.checkpoints[:which], token, *held.checkpoints[which + 1 :]]
        report = held.verify(checkpoints=tokens)
        assert failed(report) == {"CHECKPOINT_FORGED"}, what
        assert [each.checkpoint for each in report.findings if each.code == "CHECKPOINT_FORGED"] == [which]


def test_a_checkpoint_of_a_key_that_nobody_knows_is_undecided_not_forged(held: Held) -> None:
    token = samples.checkpoint_of(held.rows, held.log, at=samples.turn(60), signer=SoftwareSigner.generate())
    report = held.verify(checkpoints=[*held.checkpoints, token])
    assert (report.outcome, report.code) == (Outcome.UNDECIDED, "CHECKPOINT_KEY_UNKNOWN")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.AAAA", "\ud800", "." * 20_000])
def test_what_is_no_checkpoint_is_found(held: Held, token: str) -> None:
    report = held.verify(checkpoints=[*held.checkpoints, token])
    assert failed(report) == {"CHECKPOINT_MALFORMED"}
    assert report.findings[0].checkpoint == 4


def test_a_checkpoint_of_another_log_is_found(held: Held) -> None:
    token = samples.checkpoint_of([], bytes(16), at=samples.NOW)
    report = held.verify(checkpoints=[token, *held.checkpoints])
    assert failed(report) == {"CHECKPOINT_OTHER_LOG"}
    assert report.findings[0].checkpoint == 0


def test_a_token_of_another_kind_by_the_same_key_is_no_checkpoint(held: Held) -> None:
    from eid.tokens.jws import parse_jws, sign_jws

    payload = parse_jws(held.checkpoints[1]).payload
    report = held.verify(checkpoints=[sign_jws({"typ": "eid+jwt"}, payload, samples.SIGNER)])
    assert "CHECKPOINT_MALFORMED" in failed(report)


def test_every_other_order_of_the_checkpoints_is_found(held: Held) -> None:
    for one in range(4):
        for other in range(one + 1, 4):
            tokens = list(held.checkpoints)
            tokens[one], tokens[other] = tokens[other], tokens[one]
            report = held.verify(checkpoints=tokens)
            assert failed(report) == {"CHECKPOINT_ORDER"}
            moved = {each.checkpoint for each in report.findings}
            assert moved <= set(range(one, other + 1)) | {one + 1}
            assert report.checkpoints == 4, "each of them still holds"


def test_a_checkpoint_signed_later_over_a_shorter_log_is_out_of_order(held: Held) -> None:
    token = samples.checkpoint_of(held.rows[:20], held.log, at=samples.turn(60))
    assert failed(held.verify(checkpoints=[*held.checkpoints, token])) == {"CHECKPOINT_ORDER"}


def test_two_machines_that_sign_at_the_same_moment_are_no_finding(held: Held) -> None:
    """One is a minute ahead, or has signed over what it read before the other added to it."""
    minute = dt.timedelta(minutes=1)
    behind = samples.checkpoint_of(held.rows, held.log, at=samples.turn(27) - minute)
    shorter = samples.checkpoint_of(held.rows[:26], held.log, at=samples.turn(27) + minute)
    for token in (behind, shorter):
        report = held.verify(checkpoints=[*held.checkpoints, token])
        assert (report.outcome, report.checkpoints) == (Outcome.PASSED, 5)


def test_checkpoints_that_go_back_in_small_steps_are_out_of_order(held: Held) -> None:
    back = [samples.turn(27) - step * dt.timedelta(minutes=4) for step in (1, 2)]
    tokens = [samples.checkpoint_of(held.rows, held.log, at=at) for at in back]
    assert failed(held.verify(checkpoints=[*held.checkpoints, *tokens])) == {"CHECKPOINT_ORDER"}


def test_a_checkpoint_that_claims_an_earlier_time_than_the_one_before_is_out_of_order(held: Held) -> None:
    token = samples.checkpoint_of(held.rows, held.log, at=samples.turn(20))
    report = held.verify(checkpoints=[*held.checkpoints, token])
    assert failed(report) == {"CHECKPOINT_ORDER"}
    assert report.findings[0].checkpoint == 4


def forked(held: Held, at: int) -> list[Row]:
    """The same log up to *at*; then it goes on otherwise, and as well made."""
    changed = [row._replace(at=row.at + 1) for row in held.rows[at:]]
    return samples.rehashed(held.rows[:at] + changed, held.log)


@pytest.mark.parametrize("at", [0, 5, 8, 13, 16, 20, 26])
def test_two_heads_signed_for_one_size_are_a_fork(held: Held, at: int) -> None:
    other = samples.checkpoint_of(forked(held, at)[:27], held.log, at=samples.turn(27))
    report = held.verify(checkpoints=[*held.checkpoints, other])
    assert failed(report) == {"USAGE_LOG_FORKED"}
    assert found(report, "USAGE_LOG_FORKED") == [(16, 26)]
    assert report.findings[0].checkpoint == 4


@pytest.mark.parametrize("at", [0, 5, 8, 13, 16, 20])
def test_a_head_of_another_history_is_a_fork_also_for_another_size(held: Held, at: int) -> None:
    size = 22
    other = samples.checkpoint_of(forked(held, at)[:size], held.log, at=samples.turn(24))
    tokens = [*held.checkpoints[:3], other, held.checkpoints[3]]
    report = held.verify(checkpoints=tokens)
    assert failed(report) == {"USAGE_LOG_FORKED"}
    assert found(report, "USAGE_LOG_FORKED") == [(16, size - 1)]
    other_side = held.verify(forked(held, at), tokens)
    # Whoever is shown the other branch finds the checkpoints that were signed over this one.
    assert failed(other_side) & {"USAGE_LOG_FORKED", "USAGE_LOG_REWRITTEN"}


def test_two_heads_beyond_the_log_are_a_fork(held: Held) -> None:
    at = samples.turn(40)
    pair = [samples.checkpoint_of(rows, held.log, at=at) for rows in (held.rows, forked(held, 27))]
    report = held.verify(held.rows[:27], [*held.checkpoints, *pair])
    assert failed(report) == {"USAGE_LOG_FORKED", "USAGE_LOG_CUT"}


def test_two_copies_of_a_forked_log_show_where_they_part(held: Held) -> None:
    for at in range(SIZE):
        assert first_difference(held.rows, forked(held, at)) == at
    assert first_difference(held.rows, held.rows[:20]) == 20
    assert first_difference(held.rows, list(held.rows)) is None


def test_a_root_signed_over_another_last_hash_does_not_agree(held: Held) -> None:
    head = replace(samples.head_of(held.rows[:20], held.log), hash=bytes(32))
    token = sign_checkpoint(head, samples.SIGNER, at=samples.turn(21))
    assert "USAGE_LOG_REWRITTEN" in failed(held.verify(checkpoints=[*held.checkpoints[:3], token]))


# --- what erasure and retention may take out, and nobody else --------------------------------------


def reductions(rows: list[Row], place: int) -> Iterator[Row]:
    row = rows[place]
    if row.salt is not None:
        yield row.without_person()
    if row.content is not None:
        yield row.without_content()


def test_every_person_or_content_taken_out_without_record_is_found(held: Held) -> None:
    for place in range(SIZE):
        for reduced in reductions(held.rows, place):
            report = held.verify([*held.rows[:place], reduced, *held.rows[place + 1 :]])
            assert "USAGE_REDUCED_UNRECORDED" in failed(report), place
            assert any(place in span(*each) for each in found(report, "USAGE_REDUCED_UNRECORDED")), (
                "and where"
            )
            if reduced.content is None:
                assert found(report, "USAGE_REDUCED_UNRECORDED")[-1] == (place, place) or place in (
                    ERASURE, EXPIRY, *(each.sequence for each in held.rows if each.erased),
                )  # fmt: skip


def test_erasing_one_entry_for_another_is_found_though_the_number_is_right() -> None:
    log, checkpoints = samples.rich_log()
    other = Held(log.head().log, list(log.rows()), checkpoints)
    erased = next(row for row in other.rows if row.erased)
    whole = next(row for row in other.rows[5:] if row.salt is not None)
    # As if somebody had kept a copy of the erased one: what it is does not matter for the number.
    rows = list(other.rows)
    rows[whole.sequence] = whole.without_person()
    rows[erased.sequence] = erased._replace(commitment=None, salt=bytes(16), subject=b"x" * 32)
    assert found(other.verify(rows), "USAGE_REDUCED_UNRECORDED")


def test_what_is_as_old_as_the_law_allows_may_not_be_taken_out_yet() -> None:
    """The expiry of the checks says: older than the fourth turn."""
    log, checkpoints = samples.rich_log()
    log.append(
        samples.entry(0, at=samples.turn(4)), samples.entry(0, at=samples.turn(4) - dt.timedelta.resolution)
    )
    log.expire({UsageKind.CHECK: samples.turn(4)}, at=samples.turn(30), requester="office")
    rows = list(log.rows())
    assert (rows[SIZE].content is None, rows[SIZE + 1].content is None) == (False, True)
    report = verify_log(rows, log=log.head().log, checkpoints=checkpoints, keys=samples.KEYS)
    assert report.outcome is Outcome.PASSED
    rows[SIZE] = rows[SIZE].without_content()
    report = verify_log(rows, log=log.head().log, checkpoints=checkpoints, keys=samples.KEYS)
    assert found(report, "USAGE_REDUCED_UNRECORDED") == [(SIZE, SIZE)]


def test_an_entry_that_is_dated_back_may_not_be_emptied_on_the_word_of_an_earlier_expiry() -> None:
    """Else whoever keeps the log writes a use down with an old date, and takes out at once what it says."""
    log, checkpoints = samples.rich_log()
    log.append(samples.entry(0, at=samples.turn(1)))
    rows = list(log.rows())
    rows[SIZE] = rows[SIZE].without_content()
    token = samples.checkpoint_of(rows, log.head().log, at=samples.turn(30))
    report = verify_log(rows, log=log.head().log, checkpoints=[*checkpoints, token], keys=samples.KEYS)
    assert failed(report) == {"USAGE_REDUCED_UNRECORDED"}
    assert found(report, "USAGE_REDUCED_UNRECORDED") == [(SIZE, SIZE)]


def test_no_expiry_allows_to_empty_the_record_of_an_erasure() -> None:
    """Who keeps the log can write into an expiry what this library would not."""
    log, checkpoints = samples.rich_log()
    rows = list(log.rows())
    said = replace(
        Content.from_bytes(rows[EXPIRY].content or b""), due=((UsageKind.ERASURE, samples.turn(90)),)
    )
    new = seal(
        said.to_bytes(), kind=UsageKind.EXPIRY.number, sequence=SIZE, at=samples.turn(40),
        previous=rows[-1].hash, salt=bytes(16), subject=None, actor=None,
    )  # fmt: skip
    rows = [*rows[:ERASURE], rows[ERASURE].without_content(), *rows[ERASURE + 1 :], new]
    token = samples.checkpoint_of(rows, log.head().log, at=samples.turn(50))
    report = verify_log(rows, log=log.head().log, checkpoints=[*checkpoints, token], keys=samples.KEYS)
    assert found(report, "USAGE_REDUCED_UNRECORDED") == [(ERASURE, ERASURE)]


def test_erasing_a_record_of_erasure_hides_nothing(held: Held) -> None:
    rows = list(held.rows)
    for place in (ERASURE, EXPIRY):
        rows[place] = rows[place].without_content()
    assert "USAGE_REDUCED_UNRECORDED" in failed(held.verify(rows))


# --- entries that claim another time ---------------------------------------------------------------


def test_an_entry_dated_back_before_a_checkpoint_is_noticed() -> None:
    log, checkpoints = samples.rich_log()
    log.append(samples.entry(1, at=samples.NOW - 30 * samples.DAY))
    report = verify_log(log.rows(), log=log.head().log, checkpoints=checkpoints, keys=samples.KEYS)
    assert report.outcome is Outcome.PASSED, "a clock may be wrong"
    assert found(report, "USAGE_TIME_BACKDATED") == [(SIZE, SIZE)]


# --- as a file -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lines() -> tuple[Held, list[bytes]]:
    log, checkpoints = samples.rich_log()
    stream = io.BytesIO()
    export_log(log, stream)
    return Held(log.head().log, list(log.rows()), checkpoints), stream.getvalue().splitlines(keepends=True)


def verify_file(held: Held, lines: Sequence[bytes]) -> LogReport:
    exported = ExportedLog(io.BytesIO(b"".join(lines)))
    return verify_log(
        exported.rows(), log=held.log, size=exported.size, checkpoints=held.checkpoints,
        kept=exported.checkpoints, keys=samples.KEYS,
    )  # fmt: skip


def test_the_file_passes_as_the_log_does(lines: tuple[Held, list[bytes]]) -> None:
    held, whole = lines
    report = verify_file(held, whole)
    assert report.outcome is Outcome.PASSED
    assert (report.size, report.checkpoints) == (SIZE, 8)


def _of_entry(lines: list[bytes]) -> dict[int, int]:
    """Which entry a line belongs to; header and checkpoints belong to none."""
    places: dict[int, int] = {}
    place = -1
    for number, line in enumerate(lines):
        place += line.startswith(b"[")
        if line[:1] == b"[" or (line[:1] == b"{" and place >= 0):
            places[number] = place
    return places


def test_every_flipped_bit_of_every_line_is_found(lines: tuple[Held, list[bytes]]) -> None:
    held, whole = lines
    for number, place in _of_entry(whole).items():
        for at in range(0, len(whole[number]), 7):
            changed = [*whole[:number], flipped(whole[number], at), *whole[number + 1 :]]
            try:
                report = verify_file(held, changed)
            except Exception as error:
                raise AssertionError((number, at, changed[number])) from error
            assert report.outcome is Outcome.FAILED, (number, at)
            spans = [(each.first, each.last) for each in report.findings if each.first is not None]
            assert any(low - 1 <= place <= high + 1 for low, high in spans), (number, at, spans)  # type: ignore[operator]


@pytest.mark.parametrize("change", ["drop", "double", "swap"])
def test_every_line_dropped_doubled_or_swapped_is_found(lines: tuple[Held, list[bytes]], change: str) -> None:
    held, whole = lines
    for number in _of_entry(whole):
        changed = list(whole)
        if change == "drop":
            del changed[number]
        elif change == "double":
            changed.insert(number, whole[number])
        elif number + 2 < len(whole):
            changed[number], changed[number + 2] = changed[number + 2], changed[number]
        if changed != whole:
            assert verify_file(held, changed).outcome is Outcome.FAILED, number


def test_a_file_cut_off_anywhere_is_found(lines: tuple[Held, list[bytes]]) -> None:
    held, whole = lines
    octets = b"".join(whole)
    begin = len(b"".join(whole[: min(_of_entry(whole))]))
    for end in range(begin, len(octets), 11):
        report = verify_file(held, [octets[:end]])
        assert report.outcome is Outcome.FAILED, end
    assert verify_file(held, [octets[:-1]]).outcome is Outcome.FAILED


def test_a_file_that_hides_how_long_it_was_is_found_by_the_checkpoint(
    lines: tuple[Held, list[bytes]],
) -> None:
    held, whole = lines
    header = whole[0].replace(b'"size":29', b'"size":20')
    assert header != whole[0]
    places = _of_entry(whole)
    rows = [line for number, line in enumerate(whole) if places.get(number, -1) in range(20)]
    report = verify_file(held, [header, *rows])
    assert found(report, "USAGE_LOG_CUT") == [(20, 26)]


def test_a_file_that_is_shorter_than_it_says_is_found_also_behind_the_last_checkpoint(
    lines: tuple[Held, list[bytes]],
) -> None:
    held, whole = lines
    places = _of_entry(whole)
    report = verify_file(held, [line for number, line in enumerate(whole) if places.get(number, 0) < 27])
    assert found(report, "USAGE_LOG_CUT") == [(27, 28)]


def test_a_log_in_pieces_is_given_up_before_it_takes_for_ever() -> None:
    log, checkpoints = samples.rich_log()
    for digest in (bytes(32), None):
        rows = [Row(place, 0, 1, bytes(32), digest=digest) for place in range(1, 40 * MAX_FINDINGS, 2)]
        report = verify_log(rows, log=log.head().log, checkpoints=checkpoints, keys=samples.KEYS)
        assert report.outcome is Outcome.FAILED
        assert len(found(report, "USAGE_ENTRY_MISSING")) <= MAX_FINDINGS
        assert len(found(report, "USAGE_ENTRY_ALTERED")) <= MAX_FINDINGS


def test_keys_that_are_not_given_decide_nothing(held: Held) -> None:
    report = verify_log(held.rows, log=held.log, checkpoints=held.checkpoints)
    assert (report.outcome, report.checkpoints) == (Outcome.UNDECIDED, 0)
