"""Files that grow, and can be cut back to what was durable. Their owner alone may read them."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from eid.errors import CleaningOutputError

__all__ = ["PARTS", "Parts", "appear", "private_file", "sync_folder", "written"]

#: The cleaned rows, the report, the rejected rows.
PARTS = ("rows", "report", "rejected")


@contextlib.contextmanager
def written() -> Iterator[None]:
    """What can happen while something is written, as errors of this library."""
    try:
        yield
    except sqlite3.Error as error:
        raise CleaningOutputError(
            f"the state of the run ({getattr(error, 'sqlite_errorname', type(error).__name__)})"
        ) from None
    except OSError as error:
        raise CleaningOutputError(error.strerror or type(error).__name__) from None


class Parts:
    """The files that are written, cut back to where the last state saw them.

    :param lengths: octets of each; none for a run that begins.
    """

    def __init__(self, folder: Path, lengths: Mapping[str, int]) -> None:
        self._streams: dict[str, BinaryIO] = {}
        try:
            with written():
                for part in PARTS:
                    stream = self._streams[part] = private_file(folder / part, keep=True)
                    length = lengths.get(part, 0)
                    if stream.seek(0, os.SEEK_END) < length:
                        raise CleaningOutputError(
                            "what an interrupted run had written is gone: give --restart"
                        )
                    stream.truncate(length)
                    stream.seek(length)
        except CleaningOutputError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the files."""
        for stream in self._streams.values():
            with contextlib.suppress(OSError):  # a full disk, which was told already
                stream.close()

    def write(self, part: str, octets: bytes) -> None:
        """Add to one of them."""
        if octets:
            with written():
                self._streams[part].write(octets)

    def durable(self) -> dict[str, int]:
        """Wait until all is on the disk; how long each is."""
        lengths = {}
        with written():
            for part, stream in self._streams.items():
                stream.flush()
                os.fsync(stream.fileno())
                lengths[part] = stream.tell()
        return lengths

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def private_file(path: Path, *, keep: bool = False) -> BinaryIO:
    """A file that its owner alone may read."""
    if not keep:
        path.unlink(missing_ok=True)
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | (0 if keep else os.O_EXCL)
    return os.fdopen(os.open(path, flags, 0o600), "r+b" if keep else "wb")


def appear(source: Path, target: Path) -> None:
    """Give *source* the name *target*: whole or not at all, also on another file system."""
    target = target.resolve()  # a link stays a link: what it points to is replaced
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = target.with_name(f".{target.name}.part")
        with source.open("rb") as octets, private_file(beside) as copy:
            shutil.copyfileobj(octets, copy)
            copy.flush()
            os.fsync(copy.fileno())
        beside.replace(target)
        source.unlink()


def sync_folder(path: Path) -> None:
    """Names of files are durable when their folder is; not every system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
