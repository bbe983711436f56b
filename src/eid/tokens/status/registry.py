"""The issuer's side of status lists: indexes given out once, statuses changed by rules, lists published.

A register is one SQLite file. It keeps what is not VALID, and how many indexes of each list were given
out; which ones follows from a secret, so that nothing has to be remembered for an index that is free.
Full lists are followed by new ones, so the size of a register has no end.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from eid.crypto.keys import Signer
from eid.errors import StatusFinal, StatusRegistryError, StatusValueInvalid
from eid.tokens.status.lists import Form, Status, StatusList, sign_status_list, write_aggregation
from eid.tokens.status.reference import MAX_INDEX, StatusReference

__all__ = ["AGGREGATION", "ENTRIES", "Permutation", "Published", "StatusRegistry", "write_whole"]

#: Entries of one list. With 1 % revoked it is a file of 14 KB, and each holder hides among a million.
ENTRIES = 2**20
#: Name of the document with the addresses of all lists, beside them.
AGGREGATION = "aggregation.json"

_VERSION = 1
#: Octets of the secret that the order of indexes follows from.
_SECRET = 32
_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE lists (number INTEGER PRIMARY KEY, given INTEGER NOT NULL);
CREATE TABLE entries (list INTEGER, idx INTEGER, status INTEGER NOT NULL, changed_at INTEGER NOT NULL,
                      PRIMARY KEY (list, idx)) WITHOUT ROWID;
"""


class Permutation:
    """A secret order of the numbers from 0 to *size* - 1, and back.

    A Feistel network over as many bits as *size* needs (ten rounds, as FF1 of NIST SP 800-38G has),
    repeated while the result lies outside.

    :param key: 16 to 64 octets.
    """

    _ROUNDS = 10

    def __init__(self, key: bytes, size: int) -> None:
        self._key = key
        self._size = size
        self._half = max(1, -(-(size - 1).bit_length() // 2))
        self._mask = (1 << self._half) - 1

    def __getitem__(self, position: int) -> int:
        """The number at *position*."""
        return self._walk(position, range(self._ROUNDS))

    def position(self, number: int) -> int:
        """Where *number* stands."""
        return self._walk(number, range(self._ROUNDS - 1, -1, -1))

    def _walk(self, value: int, rounds: range) -> int:
        while True:
            left, right = value >> self._half, value & self._mask
            for each in rounds:
                if rounds.step > 0:
                    left, right = right, left ^ self._mixed(each, right)
                else:
                    left, right = right ^ self._mixed(each, left), left
            value = left << self._half | right
            if value < self._size:
                return value

    def _mixed(self, number: int, half: int) -> int:
        octets = bytes((number,)) + half.to_bytes(4, "big")
        return int.from_bytes(hashlib.blake2b(octets, digest_size=8, key=self._key).digest()) & self._mask


@dataclass(frozen=True, slots=True)
class Published:
    """What :meth:`StatusRegistry.publish` wrote.

    :param uris: addresses of the lists.
    :param octets: of all of them.
    """

    uris: tuple[str, ...]
    octets: int


class StatusRegistry:
    """A register. Threads and processes may share one file; after a ``fork`` open it anew.

    Never bring back an old copy of the file: it would give out indexes a second time. After a loss, go
    on with a new register under another prefix.

    :param path: of an existing register, see :meth:`create`.
    :raises StatusRegistryError: missing, damaged, or of a newer version.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        if not self._path.is_file():
            raise StatusRegistryError("there is no such file")
        self._lock = threading.Lock()
        self._process = os.getpid()
        with _translated():
            self._connection = sqlite3.connect(
                self._path, timeout=30, isolation_level=None, check_same_thread=False
            )
        try:
            self._read_meta()
        except StatusRegistryError:
            self._connection.close()
            raise

    def _read_meta(self) -> None:
        with _translated():
            self._connection.execute("PRAGMA synchronous = FULL")
            said: dict[str, Any] = dict(self._connection.execute("SELECT name, value FROM meta"))
        try:
            if said["version"] != _VERSION:
                raise StatusRegistryError("not a register of this version")
            self.prefix: str = said["prefix"]
            self.entries: int = said["entries"]
            self.bits: int = said["bits"]
            self.form = Form(said["form"])
            self._secret: bytes = said["secret"]
        except (KeyError, ValueError):
            raise StatusRegistryError("damaged") from None
        kinds = type(self.prefix), type(self.entries), type(self.bits), type(self._secret)
        if kinds != (str, int, int, bytes) or len(self._secret) != _SECRET:  # SQLite keeps anything anywhere
            raise StatusRegistryError("damaged")

    @classmethod
    def create(cls, path: str | Path, *, prefix: str, bits: int, form: Form, entries: int = ENTRIES) -> Self:
        """A new register, readable by its owner only.

        :param prefix: of the addresses of its lists, with a slash at the end. Credentials carry them.
        :param bits: of one status; suspension needs 2.
        :param form: in which the lists are signed.
        :param entries: of one list.
        :raises StatusRegistryError: something has this name, or it cannot be written.
        :raises ClaimInvalid: the prefix is no address.
        :raises StatusListInvalid: *bits* or *entries* that no list has.
        """
        StatusReference(prefix, 0)
        StatusList.of(entries, bits=bits)
        if not prefix.endswith("/") or entries > MAX_INDEX:
            raise StatusRegistryError("a prefix without a slash at the end, or too many entries")
        path = Path(path)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise StatusRegistryError(f"{error.strerror}") from None
        with _translated(), contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN; {_TABLES} COMMIT;")
            connection.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                {
                    "version": _VERSION, "prefix": prefix, "entries": entries, "bits": bits,
                    "form": str(form), "secret": secrets.token_bytes(_SECRET),
                }.items(),
            )  # fmt: skip
        return cls(path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"StatusRegistry({str(self._path)!r})"

    # --- indexes ---------------------------------------------------------------------------------

    def reserve(self, count: int = 1) -> list[StatusReference]:
        """Entries that were never given out before and never will be again, in a random order.

        They are on disk as given out when this returns. Those of a credential that is not issued in the
        end are lost, which costs nothing: free entries look like credentials in force.

        :param count: for a batch; one transaction for all.
        :raises StatusRegistryError: the file cannot be written.
        """
        references = []
        with self._transaction() as run:
            number, given = run(
                "SELECT number, given FROM lists ORDER BY number DESC LIMIT 1"
            ).fetchone() or (
                0,
                0,
            )
            while count > 0:
                if given == self.entries:
                    number, given = number + 1, 0
                taken = min(count, self.entries - given)
                order = self._order(number)
                uri = self._uri(number)
                references += [StatusReference(uri, order[each]) for each in range(given, given + taken)]
                given += taken
                count -= taken
                run("INSERT OR REPLACE INTO lists VALUES (?, ?)", number, given)
        return references

    def _order(self, number: int) -> Permutation:
        key = hashlib.blake2b(number.to_bytes(8, "big"), key=self._secret, digest_size=32).digest()
        return Permutation(key, self.entries)

    def _uri(self, number: int) -> str:
        return f"{self.prefix}{self._name(number)}"

    def _name(self, number: int) -> str:
        return f"{number}.{self.form}"

    def _number(self, uri: str) -> int:
        text = uri.removeprefix(self.prefix).removesuffix(f".{self.form}")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
        if number is None or uri != self._uri(number):
            raise StatusValueInvalid("not a list of this register")
        return number

    # --- statuses --------------------------------------------------------------------------------

    def status(self, reference: StatusReference) -> int:
        """The status of an entry that was given out.

        :raises StatusValueInvalid: it was not, or is not of this register.
        """
        with self._transaction() as run:
            return self._current(run, self._number(reference.uri), reference.index)

    def change(self, reference: StatusReference, status: int, *, now: datetime) -> None:
        """Change the status of a credential; it counts for others after :meth:`publish`.

        :param status: a :class:`~eid.tokens.status.lists.Status` or an application's own number.
        :param now: aware; kept with the entry.
        :raises StatusFinal: the credential is revoked, for good.
        :raises StatusValueInvalid: an entry that was never given out, or a status that needs more bits.
        """
        if not 0 <= status < 1 << self.bits:
            raise StatusValueInvalid("a status that needs more bits than the lists have")
        number = self._number(reference.uri)
        with self._transaction() as run:
            before = self._current(run, number, reference.index)
            if before == Status.INVALID and status != Status.INVALID:
                raise StatusFinal("INVALID is for good")
            if status == before:
                return
            if status == Status.VALID:
                run("DELETE FROM entries WHERE list = ? AND idx = ?", number, reference.index)
            else:
                run(
                    "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)",
                    number,
                    reference.index,
                    int(status),
                    int(now.timestamp()),
                )

    def revoke(self, reference: StatusReference, *, now: datetime) -> None:
        """Revoke a credential for good. See :meth:`change`."""
        self.change(reference, Status.INVALID, now=now)

    def suspend(self, reference: StatusReference, *, now: datetime) -> None:
        """Suspend a credential for the time being. See :meth:`change`."""
        self.change(reference, Status.SUSPENDED, now=now)

    def reinstate(self, reference: StatusReference, *, now: datetime) -> None:
        """End a suspension. See :meth:`change`."""
        self.change(reference, Status.VALID, now=now)

    def _current(self, run: _Run, number: int, index: int) -> int:
        given = run("SELECT given FROM lists WHERE number = ?", number).fetchone()
        if given is None or index >= self.entries or self._order(number).position(index) >= given[0]:
            raise StatusValueInvalid("an entry that was never given out")
        row = run("SELECT status FROM entries WHERE list = ? AND idx = ?", number, index).fetchone()
        return int(row[0]) if row else int(Status.VALID)

    # --- lists -----------------------------------------------------------------------------------

    @property
    def uris(self) -> tuple[str, ...]:
        """Addresses of all lists of which an entry was given out."""
        with self._transaction() as run:
            return self._all(run)

    def _all(self, run: _Run) -> tuple[str, ...]:
        return tuple(self._uri(number) for (number,) in run("SELECT number FROM lists ORDER BY number"))

    def build(self, uri: str) -> StatusList:
        """The list at *uri* as it stands.

        :raises StatusValueInvalid: not a list of this register, or nothing of it was given out.
        """
        number = self._number(uri)
        with self._transaction() as run:
            if run("SELECT 1 FROM lists WHERE number = ?", number).fetchone() is None:
                raise StatusValueInvalid("a list of which nothing was given out")
            return self._built(run, number)

    def _built(self, run: _Run, number: int) -> StatusList:
        rows = run("SELECT idx, status FROM entries WHERE list = ?", number).fetchall()
        return StatusList.of(self.entries, bits=self.bits, entries=rows)

    def publish(
        self, folder: str | Path, signer: Signer, *, now: datetime, ttl: timedelta, lifetime: timedelta
    ) -> Published:
        """Sign all lists anew and put them into *folder*, which a web server or a courier takes from there.

        Each file appears whole, and never one that is older than what another process has published:
        nobody changes the register while a list is signed. Do it at least once per *ttl*.

        :param now: aware; when the lists say they were made.
        :param ttl: how often verifiers with a connection shall ask.
        :param lifetime: how long those without one may believe a copy.
        :raises StatusRegistryError: the folder cannot be written.
        """
        folder = Path(folder)
        octets = 0
        for uri in self.uris:
            number = self._number(uri)
            with self._transaction() as run:
                token = sign_status_list(
                    self._built(run, number),
                    signer,
                    uri=uri,
                    issued_at=now,
                    expires_at=now + lifetime,
                    ttl=ttl,
                    form=self.form,
                    aggregation_uri=self.prefix + AGGREGATION,
                )
                write_whole(folder / self._name(number), token)
            octets += len(token)
        with self._transaction() as run:
            uris = self._all(run)
            write_whole(folder / AGGREGATION, write_aggregation(uris))
        return Published(uris, octets)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[_Run]:
        if os.getpid() != self._process:  # SQLite's locks do not come along
            raise StatusRegistryError("opened by another process")
        with self._lock, _translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield lambda statement, *values: self._connection.execute(statement, values)
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # there is none left after some errors
                    self._connection.execute("ROLLBACK")
                raise


_Run = Callable[..., sqlite3.Cursor]


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StatusRegistryError(str(error)) from None


def write_whole(path: Path, octets: bytes) -> None:
    """Let a file that everybody may read appear under *path*, whole or not at all.

    :raises StatusRegistryError: it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(octets)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise StatusRegistryError(f"{error.strerror}") from None
