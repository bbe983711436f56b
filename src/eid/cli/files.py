"""Files of the caller: read with a limit, written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

from eid.cli.failures import Failure

__all__ = ["NewFile", "alone_with", "read_file"]

_T = TypeVar("_T")


def read_file(path: Path, limit: int) -> bytes:
    """The octets of *path*.

    :raises Failure: missing, unreadable, or longer than *limit*.
    """
    try:
        with path.open("rb") as stream:
            octets = stream.read(limit + 1)
    except FileNotFoundError:
        raise Failure("FILE_MISSING", path=str(path)) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise Failure("FILE_UNREADABLE", path=str(path), reason=_reason(error)) from None
    if len(octets) > limit:
        raise Failure("FILE_TOO_LARGE", path=str(path))
    return octets


@contextlib.contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Wait until no other program of this kind changes the file, then keep them waiting.

    For a file that is read, changed and replaced: of two changes at the same time one would be lost. On
    systems without such locks (Windows) nobody waits. That there is no file is for the reader to find out.
    """
    handle = _locked(path)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _locked(path: Path) -> int | None:
    try:
        import fcntl
    except ImportError:
        return None
    while True:
        handle = None
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.flock(handle, fcntl.LOCK_EX)
            # Who had the lock before has put another file in the place of this one: then once more.
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
            os.close(handle)
        except (OSError, ValueError):
            if handle is not None:
                os.close(handle)
            return None


class NewFile:
    """A file that appears whole under its name, or not at all. Only its owner may read it.

    Made before the work that fills it, so that a folder nobody may write to is found out first.

    :param path: where it shall appear.
    :param replace: what is there then is replaced; else :meth:`write` fails, also when another program
        has made the file meanwhile.
    :param public: everybody may read it.
    :raises Failure: it cannot be written there.
    """

    def __init__(self, path: Path, *, replace: bool = True, public: bool = False) -> None:
        self.path = path
        self._replace = replace
        self._mode = 0o644 if public else 0o600
        try:
            target = path.resolve()  # a link stays a link: what it points to is replaced
            if target.exists() and not target.is_file():
                raise Failure("FILE_NOT_WRITABLE", path=str(path), reason="not a regular file")
            handle, name = tempfile.mkstemp(prefix=f".{target.name[:32]}.", dir=target.parent)
        except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a loop of links
            raise Failure("FILE_NOT_WRITABLE", path=str(path), reason=_reason(error)) from None
        self._target, self._temporary = target, Path(name)
        self._stream = os.fdopen(handle, "wb")

    def write(self, octets: bytes) -> None:
        """Fill the file and let it appear.

        :raises Failure: the disk is full, or the folder went away.
        """
        self.fill(lambda stream: stream.write(octets))

    def fill(self, write: Callable[[BinaryIO], _T]) -> _T:
        """The same with what is too long to be in memory at once.

        :param write: is given the stream; what it returns is returned.
        :raises Failure: see :meth:`write`.
        """
        try:
            with self._stream as stream:
                result = write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            self._temporary.chmod(self._mode)
            self._appear()
        except (OSError, ValueError) as error:
            raise Failure("FILE_NOT_WRITABLE", path=str(self.path), reason=_reason(error)) from None
        return result

    def _appear(self) -> None:
        if not self._replace:
            try:
                os.link(self._temporary, self._target)  # in one step, and only where nothing is
                return
            except FileExistsError:
                raise
            except OSError:  # a file system without links, as on memory cards
                if self._target.exists():
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        self._temporary.replace(self._target)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._stream.close()
        with contextlib.suppress(OSError):
            self._temporary.unlink()  # gone already when it was written


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
