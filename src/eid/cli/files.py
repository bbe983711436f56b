"""Files of the caller: read with a limit, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from eid.cli.failures import Failure

__all__ = ["NewFile", "read_file"]


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


class NewFile:
    """A file that appears whole under its name, or not at all. Only its owner may read it.

    Made before the work that fills it, so that a folder nobody may write to is found out first.

    :param path: where it shall appear; what is there is replaced by :meth:`write`.
    :raises Failure: it cannot be written there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
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
        try:
            with self._stream as stream:
                stream.write(octets)
                stream.flush()
                os.fsync(stream.fileno())
            self._temporary.replace(self._target)
        except (OSError, ValueError) as error:
            raise Failure("FILE_NOT_WRITABLE", path=str(self.path), reason=_reason(error)) from None

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
