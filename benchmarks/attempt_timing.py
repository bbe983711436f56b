"""Whether the time of a refusal tells why: an account that is unknown, one that is locked, a wrong secret.

    python benchmarks/attempt_timing.py [--samples 1500] [--answer-time 0] [--store URL] [--json]

To be run by hand on a machine that does nothing else. Every attempt is at an identifier and from a source that
are new, so that no counter is warmer than another, and the three kinds come in random order. The secret is
compared through scrypt; where there is no account, through the salt of nobody. For each two kinds: the difference
of the medians with the interval in which it lies with 99 % (bootstrap), and the chance that an attempt of the
first kind took longer than one of the second (0.5 when nothing can be told) with its p-value (Mann and Whitney,
two-sided). Two rows compare a kind with itself, to show what noise does to the same numbers.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import hmac
import json
import math
import random
import secrets
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from eid.accounts.attempts.guard import AttemptPolicy, Guard
from eid.accounts.attempts.sql import SqlAttemptLimits
from eid.accounts.lifecycle.events import Activated, Event, Locked, Registered, apply
from eid.accounts.model import Account, Actor, HolderKind, Role
from eid.accounts.stores.sql import SqlAccountStore
from eid.accounts.stores.store import Change
from eid.accounts.stores.vault import Vault
from eid.document.dates import PartialDate
from eid.errors import AttemptRefused

__all__ = ["compared", "measured"]

_CLERK = Actor(Role.OFFICER, "o-1")
_SALT, _OF_NOBODY = secrets.token_bytes(16), secrets.token_bytes(16)
_COST = 2**11  # cheaper than real ones, so that a difference is easier to see


def _scrypt(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, n=_COST, r=8, p=1)


_KEPT, _KEPT_OF_NOBODY = _scrypt("right", _SALT), secrets.token_bytes(64)


def _wrong(account: Account | None) -> bool:
    salt, kept = (_SALT, _KEPT) if account else (_OF_NOBODY, _KEPT_OF_NOBODY)
    return hmac.compare_digest(_scrypt("wrong", salt), kept)


def _registered(store: SqlAccountStore, number: str, *, locked: bool) -> None:
    now = datetime.now(UTC)
    events: list[Event] = [
        Registered(
            at=now, by=_CLERK, account_id=secrets.token_hex(16), holder=HolderKind.CITIZEN, subject=number,
            birth_date=PartialDate(1999, 7, 4),
        ),
        Activated(at=now, by=_CLERK),
        Locked(at=now, by=_CLERK, object="account", reason="holder_request", requested_by="holder"),
    ]  # fmt: skip
    account: Account | None = None
    kept = events if locked else events[:2]
    for event in kept:
        account = apply(account, event)
    assert account is not None
    store.append(Change(account, 0, tuple(kept), "register", bytes(32), (number,)))


def measured(url: str, samples: int, answer_time: timedelta) -> dict[str, list[float]]:
    """Milliseconds of *samples* refusals of each kind."""
    vault = Vault.generate()
    store = SqlAccountStore.open(url, vault=vault)
    guard = Guard(
        SqlAttemptLimits(store.database),
        policy=AttemptPolicy(answer_time=answer_time),
        store=store,
        secret=vault.secret("attempts"),
    )
    chance = random.Random(1)
    # The first characters are the same for all kinds, so that none is nearer to another in an index.
    numbers = [f"{chance.randrange(10**12):012}" for _ in range(3 * samples)]
    plan = list(zip(numbers, ["unknown", "locked", "wrong"] * samples, strict=True))
    for number, kind in plan:
        if kind != "unknown":
            _registered(store, number, locked=kind == "locked")
    chance.shuffle(plan)
    times: dict[str, list[float]] = {"unknown": [], "locked": [], "wrong": []}
    gc.collect()
    gc.disable()
    for count, (number, kind) in enumerate(plan):
        start = time.perf_counter()
        try:
            guard.attempt(number, source=f"source {count}", verify=_wrong, now=datetime.now(UTC))
        except AttemptRefused:
            times[kind].append((time.perf_counter() - start) * 1000)
    gc.enable()
    store.close()
    return times


@dataclass(frozen=True)
class Comparison:
    """Two kinds. Times in microseconds."""

    first: str
    second: str
    difference: float
    low: float
    high: float
    longer: float
    p: float


def compared(first: str, second: str, times: dict[str, Sequence[float]]) -> Comparison:
    """What the times of two kinds tell."""
    one, two = times[first], times[second]
    chance = random.Random(2)
    differences = sorted(
        statistics.median(chance.choices(one, k=len(one)))
        - statistics.median(chance.choices(two, k=len(two)))
        for _ in range(1000)
    )
    together = sorted([(each, 0) for each in one] + [(each, 1) for each in two])
    ranks = sum(rank for rank, (_, kind) in enumerate(together, 1) if kind == 0)
    pairs = len(one) * len(two)
    above = ranks - len(one) * (len(one) + 1) / 2
    z = (above - pairs / 2) / math.sqrt(pairs * (len(one) + len(two) + 1) / 12)
    return Comparison(
        first,
        second,
        (statistics.median(one) - statistics.median(two)) * 1000,
        differences[5] * 1000,
        differences[-6] * 1000,
        above / pairs,
        math.erfc(abs(z) / math.sqrt(2)),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--samples", type=int, default=1500)
    parser.add_argument("--answer-time", type=int, default=0, help="milliseconds")
    parser.add_argument("--store", help="an empty database; else SQLite in a folder that goes away")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.store or f"sqlite:///{folder}/accounts.db"
        times = measured(url, options.samples, timedelta(milliseconds=options.answer_time))
    halves = {
        f"{kind}, {name}": found[part::2] for kind, found in times.items() for part, name in enumerate("ab")
    }
    rows = [
        compared(first, second, times)
        for first, second in (("unknown", "wrong"), ("locked", "wrong"), ("unknown", "locked"))
    ] + [compared(f"{kind}, a", f"{kind}, b", halves) for kind in ("unknown", "wrong")]
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
        return
    for kind, found in times.items():
        cuts = statistics.quantiles(found, n=20)
        print(
            f"{kind:10} median {statistics.median(found):8.3f} ms, 5 % {cuts[0]:8.3f}, 95 % {cuts[-1]:8.3f}"
        )
    for row in rows:
        print(
            f"{row.first:10} - {row.second:10} {row.difference:+8.1f} µs [{row.low:+.1f}, {row.high:+.1f}]"
            f"  longer {row.longer:.3f}  p {row.p:.3f}"
        )


if __name__ == "__main__":
    main()
