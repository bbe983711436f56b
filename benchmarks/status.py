"""Status lists: the check of one credential, and a nation's worth of lists.

    python benchmarks/status.py            # the check and the load of a list with a million entries
    python benchmarks/status.py --national # 100 million entries in 100 lists, at several rates (minutes)

The check is that of a verifier who has the list: find it, see that it is fresh, read the bits, say so.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from measure import Row

from eid.crypto.keys import KeySet, SoftwareSigner
from eid.tokens.status.lists import Form, StatusList, read_status_list, sign_status_list
from eid.tokens.status.reference import StatusReference
from eid.tokens.status.registry import StatusRegistry
from eid.tokens.status.sources import FileStatusSource, StatusChecker, StatusIssuer, StoredStatusSource

ENTRIES = 1_000_000
PREFIX = "https://status.example/"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
TIMES = {"issued_at": NOW, "expires_at": NOW + timedelta(days=7), "ttl": timedelta(hours=12)}
SIGNER = SoftwareSigner.generate(kid="status-2026")
KEYS = KeySet([SIGNER.key])


def random_list(rate: float, *, bits: int = 1, seed: int = 1) -> StatusList:
    """A list in which *rate* of the entries, at random places, is revoked."""
    chosen = random.Random(seed).sample(range(ENTRIES), round(ENTRIES * rate))
    return StatusList.of(ENTRIES, bits=bits, entries=dict.fromkeys(chosen, 1))


def seconds_of_check(checker: StatusChecker, uris: Iterable[str]) -> float:
    """CPU time of one check, everything loaded: the median of thirty runs over a thousand credentials."""
    chance = random.Random(2)
    addresses = list(uris)
    references = [StatusReference(chance.choice(addresses), chance.randrange(ENTRIES)) for _ in range(1000)]
    runs = []
    for _ in range(31):
        start = time.process_time()
        for reference in references:
            checker.check(reference, now=NOW)
        runs.append((time.process_time() - start) / len(references))
    return statistics.median(runs[1:])  # the first one loads


def rows() -> list[Row]:
    """What `make bench` shows."""
    uri = PREFIX + "1"
    token = sign_status_list(random_list(0.01), SIGNER, uri=uri, form=Form.CWT, **TIMES)
    issuer = StatusIssuer(PREFIX, KEYS, StoredStatusSource({uri: token}))
    check = seconds_of_check(StatusChecker([issuer], offline_grace=timedelta(days=1)), [uri])
    runs = []
    for _ in range(15):
        start = time.perf_counter()
        read_status_list(token, uri=uri, keys=KEYS, now=NOW)
        runs.append(time.perf_counter() - start)
    return [
        Row("status of one credential of a million", check * 1e6, "µs", 2.0, "list loaded before"),
        Row(
            "  load such a list",
            statistics.median(runs) * 1e3,
            "ms",
            None,
            f"{len(token)} octets, 1 % revoked",
        ),
    ]


def national(lists: int) -> None:
    """Registers of as many lists, in which every entry was given out: signed, published, loaded, asked."""
    print(f"{lists} lists of {ENTRIES} entries; CPU time for all lists, and for the check of one credential")
    print("bits  revoked  list (KB)  all (MB)  register (MB)  publish (s)  load (s)  check (µs)")
    for bits in (1, 2):
        for rate in (0.001, 0.01, 0.05):
            with tempfile.TemporaryDirectory() as folder:
                _one_plan(Path(folder), lists, bits, rate)


def _one_plan(folder: Path, lists: int, bits: int, rate: float) -> None:
    public = folder / "public"
    public.mkdir()
    path = folder / "register"
    with StatusRegistry.create(path, prefix=PREFIX, bits=bits, form=Form.CWT, entries=ENTRIES) as registry:
        # Straight into the tables: reserving 100 million indexes one after the other takes an hour.
        chance = random.Random(3)
        with registry._transaction() as run:
            for number in range(lists):
                run("INSERT INTO lists VALUES (?, ?)", number, ENTRIES)
        for number in range(lists):
            chosen = sorted(chance.sample(range(ENTRIES), round(ENTRIES * rate)))
            with registry._transaction():
                registry._connection.executemany(
                    "INSERT INTO entries VALUES (?, ?, 1, 0)", ((number, index) for index in chosen)
                )
        start = time.process_time()
        done = registry.publish(public, SIGNER, now=NOW, ttl=timedelta(hours=12), lifetime=timedelta(days=7))
        publishing = time.process_time() - start
    issuer = StatusIssuer(PREFIX, KEYS, FileStatusSource(public, prefix=PREFIX))
    checker = StatusChecker([issuer], offline_grace=timedelta(days=1))
    start = time.process_time()
    assert not any(checker.load(done.uris, now=NOW).values())
    loading = time.process_time() - start
    check = seconds_of_check(checker, done.uris)
    print(
        f"{bits:4} {rate:8.1%} {done.octets / lists / 1e3:10.1f} {done.octets / 1e6:9.2f}"
        f" {path.stat().st_size / 1e6:14.1f} {publishing:12.1f} {loading:9.2f} {check * 1e6:11.2f}"
    )


def main() -> None:
    """Print the rows, or the plan."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--national", action="store_true")
    parser.add_argument("--lists", type=int, default=100)
    options = parser.parse_args()
    if options.national:
        national(options.lists)
        return
    for row in rows():
        print(f"{row.name:48} {row.value:8.2f} {row.unit:4} {row.detail}")


if __name__ == "__main__":
    main()
