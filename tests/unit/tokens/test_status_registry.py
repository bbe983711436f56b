"""The issuer's register: every index once, revocation for good, lists that verifiers accept."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto.keys import KeySet, SoftwareSigner
from eid.errors import ClaimInvalid, StatusFinal, StatusListInvalid, StatusRegistryError, StatusValueInvalid
from eid.tokens.status.lists import Form, Status, read_aggregation, read_status_list
from eid.tokens.status.reference import StatusReference
from eid.tokens.status.registry import AGGREGATION, Permutation, StatusRegistry
from eid.tokens.status.sources import FileStatusSource, StatusChecker, StatusIssuer

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PREFIX = "https://status.example/lists/"
HOUR = timedelta(hours=1)
SIGNER = SoftwareSigner.generate(kid="status-2026")


def create(path: Path, **changes: Any) -> StatusRegistry:
    options: dict[str, Any] = {"prefix": PREFIX, "bits": 2, "form": Form.CWT, "entries": 64, **changes}
    return StatusRegistry.create(path, **options)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[StatusRegistry]:
    with create(tmp_path / "register") as made:
        yield made


# --- indexes -------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.binary(min_size=16, max_size=64), st.integers(1, 300))
def test_a_permutation_gives_every_number_once_and_finds_it_again(key: bytes, size: int) -> None:
    order = Permutation(key, size)
    numbers = [order[position] for position in range(size)]
    assert sorted(numbers) == list(range(size))
    assert [order.position(number) for number in numbers] == list(range(size))


def test_the_order_depends_on_the_key_and_looks_like_chance() -> None:
    size = 2**20
    numbers = [Permutation(bytes(16), size)[position] for position in range(4096)]
    assert numbers != [Permutation(bytes(15) + b"\1", size)[position] for position in range(4096)]
    # A fair draw over 64 equal parts: chi-squared with 63 degrees of freedom, seldom above 110.
    counts = Counter(number * 64 // size for number in numbers)
    assert sum((counts[part] - 64) ** 2 / 64 for part in range(64)) < 130
    rising = sum(first < second for first, second in itertools.pairwise(numbers))
    assert 1900 < rising < 2200


def test_no_index_is_given_out_twice_and_full_lists_are_followed_by_new_ones(
    registry: StatusRegistry,
) -> None:
    references = [*registry.reserve(), *registry.reserve(150), *registry.reserve(10)]
    assert len(set(references)) == 161
    assert [uri.rpartition("/")[2] for uri in registry.uris] == ["0.cwt", "1.cwt", "2.cwt"]
    first = [reference.index for reference in references if reference.uri == PREFIX + "0.cwt"]
    assert sorted(first) == list(range(64))
    assert first != sorted(first)
    second = [reference.index for reference in references if reference.uri == PREFIX + "1.cwt"]
    assert second != first  # each list has an order of its own


def test_threads_and_processes_never_get_the_same_index(tmp_path: Path) -> None:
    create(tmp_path / "register", entries=1000).close()
    script = textwrap.dedent(
        """
        import sys
        from concurrent.futures import ThreadPoolExecutor
        from eid.tokens.status.registry import StatusRegistry
        with StatusRegistry(sys.argv[1]) as registry, ThreadPoolExecutor(4) as pool:
            for found in pool.map(lambda _: registry.reserve(7), range(40)):
                for each in found:
                    print(each.uri, each.index)
        """
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, tmp_path / "register"], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    given_out = [line for process in running for line in process.communicate(timeout=120)[0].splitlines()]
    assert len(given_out) == len(set(given_out)) == 4 * 40 * 7


def test_nothing_is_given_out_twice_after_a_crash(tmp_path: Path) -> None:
    create(tmp_path / "register", entries=100_000).close()
    script = textwrap.dedent(
        """
        import sys
        from eid.tokens.status.registry import StatusRegistry
        registry = StatusRegistry(sys.argv[1])
        while True:
            print(registry.reserve()[0].index, flush=True)
        """
    )
    seen: list[str] = []
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", script, tmp_path / "register"], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            seen += [process.stdout.readline() for _ in range(20)]
            process.send_signal(signal.SIGKILL)
            seen += [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    assert len(seen) == len(set(seen)) >= 60


# --- statuses ------------------------------------------------------------------------------------


def test_suspended_reinstated_revoked_and_never_back(registry: StatusRegistry) -> None:
    (reference,) = registry.reserve()
    assert registry.status(reference) == Status.VALID
    registry.suspend(reference, now=NOW)
    registry.suspend(reference, now=NOW)
    assert registry.status(reference) == Status.SUSPENDED
    registry.reinstate(reference, now=NOW)
    assert registry.status(reference) == Status.VALID
    registry.suspend(reference, now=NOW)
    registry.revoke(reference, now=NOW)
    registry.revoke(reference, now=NOW)
    for change in (registry.reinstate, registry.suspend):
        with pytest.raises(StatusFinal):
            change(reference, now=NOW)
    with pytest.raises(StatusFinal):
        registry.change(reference, 3, now=NOW)
    assert registry.status(reference) == Status.INVALID


def test_only_what_was_given_out_can_be_changed(registry: StatusRegistry) -> None:
    given_out = {reference.index for reference in registry.reserve(10)}
    for index in set(range(64)) - given_out | {64, 1000}:
        with pytest.raises(StatusValueInvalid):
            registry.revoke(StatusReference(PREFIX + "0.cwt", index), now=NOW)
    for index in given_out:
        assert registry.status(StatusReference(PREFIX + "0.cwt", index)) == Status.VALID


@pytest.mark.parametrize(
    "name",
    [
        "1.cwt",
        "0.jwt",
        "0",
        "00.cwt",
        "-1.cwt",
        "０.cwt",
        "x.cwt",
        "",
        "0.cwt.cwt",
        "99999999999999999999.cwt",
    ],
)
def test_lists_of_other_registers_are_not_changed(name: str, registry: StatusRegistry) -> None:
    index = registry.reserve()[0].index
    for uri in (PREFIX + name, f"https://other.example/lists/{name or '0.cwt'}"):
        if uri.isascii():
            with pytest.raises(StatusValueInvalid):
                registry.revoke(StatusReference(uri, index), now=NOW)
            with pytest.raises(StatusValueInvalid):
                registry.build(uri) if uri != PREFIX + "1.cwt" else registry.status(
                    StatusReference(uri, index)
                )


def test_a_list_of_one_bit_cannot_suspend(tmp_path: Path) -> None:
    with create(tmp_path / "register", bits=1) as registry:
        (reference,) = registry.reserve()
        with pytest.raises(StatusValueInvalid):
            registry.suspend(reference, now=NOW)
        registry.revoke(reference, now=NOW)
        assert registry.build(reference.uri)[reference.index] == Status.INVALID


# --- publishing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", Form)
def test_what_is_published_answers_for_every_credential(form: Form, tmp_path: Path) -> None:
    folder = tmp_path / "public"
    folder.mkdir()
    with create(tmp_path / "register", form=form) as registry:
        references = registry.reserve(100)
        for number, reference in enumerate(references):
            if number % 3:
                registry.change(reference, number % 3, now=NOW)
        done = registry.publish(folder, SIGNER, now=NOW, ttl=timedelta(hours=1), lifetime=timedelta(days=30))
    assert read_aggregation((folder / AGGREGATION).read_bytes()) == done.uris
    assert done.octets == sum(path.stat().st_size for path in folder.iterdir() if path.name != AGGREGATION)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o644}
    source = FileStatusSource(folder, prefix=PREFIX)
    checker = StatusChecker(
        [StatusIssuer(PREFIX, KeySet([SIGNER.key]), source)], offline_grace=timedelta(days=7)
    )
    answers = [checker.check(reference, now=NOW).value for reference in references]
    assert answers == [number % 3 for number in range(100)]


def test_a_later_publication_replaces_the_first(registry: StatusRegistry, tmp_path: Path) -> None:
    (reference,) = registry.reserve()
    checker = StatusChecker(
        [StatusIssuer(PREFIX, KeySet([SIGNER.key]), FileStatusSource(tmp_path, prefix=PREFIX))],
        offline_grace=timedelta(days=7),
    )
    times = {"ttl": timedelta(hours=1), "lifetime": timedelta(days=30)}
    registry.publish(tmp_path, SIGNER, now=NOW, **times)
    assert checker.check(reference, now=NOW).valid
    registry.revoke(reference, now=NOW)
    later = NOW + timedelta(hours=1)
    registry.publish(tmp_path, SIGNER, now=later, **times)
    assert not checker.check(reference, now=later).valid


def test_a_folder_that_cannot_be_written_is_said_so(registry: StatusRegistry, tmp_path: Path) -> None:
    registry.reserve()
    times = {"now": NOW, "ttl": timedelta(hours=1), "lifetime": timedelta(days=30)}
    with pytest.raises(StatusRegistryError):
        registry.publish(tmp_path / "missing", SIGNER, **times)
    (tmp_path / "0.cwt").mkdir()  # in the way
    with pytest.raises(StatusRegistryError):
        registry.publish(tmp_path, SIGNER, **times)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]  # nothing half done stays


# --- the file ------------------------------------------------------------------------------------


def test_a_register_is_its_owners_alone_and_never_overwritten(
    registry: StatusRegistry, tmp_path: Path
) -> None:
    assert stat.S_IMODE((tmp_path / "register").stat().st_mode) == 0o600
    with pytest.raises(StatusRegistryError):
        create(tmp_path / "register")
    assert "secret" not in repr(registry)


def test_a_register_goes_on_where_it_was_closed(tmp_path: Path) -> None:
    with create(tmp_path / "register") as first:
        given_out = first.reserve(20)
        first.revoke(given_out[0], now=NOW)
    with StatusRegistry(tmp_path / "register") as again:
        assert (again.prefix, again.bits, again.form, again.entries) == (PREFIX, 2, Form.CWT, 64)
        assert again.status(given_out[0]) == Status.INVALID
        assert not set(again.reserve(44)) & set(given_out)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"prefix": "https://status.example/lists"}, StatusRegistryError),
        ({"prefix": "lists/"}, ClaimInvalid),
        ({"bits": 3}, StatusListInvalid),
        ({"entries": 0}, StatusListInvalid),
        ({"entries": 2**40}, StatusListInvalid),
    ],
)
def test_registers_that_make_no_sense_are_not_made(
    changes: dict[str, Any], error: type[Exception], tmp_path: Path
) -> None:
    with pytest.raises(error):
        create(tmp_path / "register", **changes)
    assert not (tmp_path / "register").exists()


def test_damaged_foreign_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StatusRegistryError):
        StatusRegistry(tmp_path / "missing")
    with pytest.raises(StatusRegistryError):
        create(tmp_path / "missing" / "register")
    junk = tmp_path / "junk"
    junk.write_bytes(os.urandom(4096))
    with pytest.raises(StatusRegistryError):
        StatusRegistry(junk)
    foreign = tmp_path / "foreign"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE people (name TEXT)")
    connection.close()
    with pytest.raises(StatusRegistryError):
        StatusRegistry(foreign)
    create(tmp_path / "newer").close()
    for statement in (
        "UPDATE meta SET value = 2 WHERE name = 'version'",
        "DELETE FROM meta WHERE name = 'secret'",
        "UPDATE meta SET value = 'x' WHERE name = 'form'",
    ):
        with sqlite3.connect(tmp_path / "newer") as connection:
            connection.execute(statement)
        connection.close()
        with pytest.raises(StatusRegistryError):
            StatusRegistry(tmp_path / "newer")


def test_a_failed_change_leaves_no_transaction_open(registry: StatusRegistry) -> None:
    (reference,) = registry.reserve()
    for _ in range(3):
        with pytest.raises(StatusValueInvalid):
            registry.revoke(StatusReference(reference.uri, 1000), now=NOW)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: registry.status(reference), range(20)))
    registry.revoke(reference, now=NOW)


def test_an_older_list_never_replaces_a_newer_one(tmp_path: Path) -> None:
    path = tmp_path / "register"
    with create(path) as registry, StatusRegistry(path) as other:
        (reference,) = registry.reserve()

        def revoke_and_publish() -> None:
            other.revoke(reference, now=NOW)
            other.publish(tmp_path, SIGNER, now=NOW, ttl=HOUR, lifetime=HOUR)

        revoking = threading.Thread(target=revoke_and_publish)

        class Slow:
            alg, kid = SIGNER.alg, SIGNER.kid

            def sign(self, message: bytes) -> bytes:
                revoking.start()
                revoking.join(0.5)  # it would be done by then if it did not wait
                return SIGNER.sign(message)

        registry.publish(tmp_path, Slow(), now=NOW, ttl=HOUR, lifetime=HOUR)
        revoking.join()
        token = (tmp_path / reference.uri.removeprefix(PREFIX)).read_bytes()
        published = read_status_list(token, uri=reference.uri, keys=KeySet([SIGNER.key]), now=NOW)
        assert published[reference.index] == Status.INVALID


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_opens_the_register_anew(registry: StatusRegistry) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 and later warn about threads
        child = os.fork()
    if child == 0:
        try:
            registry.reserve()
            os._exit(1)
        except StatusRegistryError:
            os._exit(0)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert registry.reserve()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("entries", "many"),
        ("bits", b"2"),
        ("prefix", 7),
        ("secret", "text"),
        ("secret", b""),
        ("secret", b"x" * 65),
    ],
)
def test_a_register_with_other_things_in_it_is_damaged(tmp_path: Path, name: str, value: object) -> None:
    path = tmp_path / "register"
    create(path).close()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE meta SET value = ? WHERE name = ?", (value, name))
    with pytest.raises(StatusRegistryError, match="damaged"):
        StatusRegistry(path)
