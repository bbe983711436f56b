"""The form in which an entry of the usage log leaves the database.

A JSON array: place, microseconds since 1970, kind, hash, salt, subject, actor, commitment, digest; octets
in hexadecimal, what went ``null``. The content stands beside it as it was hashed.
"""

from __future__ import annotations

import binascii
import re

from eid.accounts.usage import UsageKind
from eid.accounts.usage.chain import MAX_SIZE
from eid.accounts.usage.rows import Row
from eid.encoding import strict_json
from eid.errors import EidError, UsageLogFormatError

__all__ = ["MAX_LINE", "octets_from_hex", "row_from_json", "row_from_line", "row_to_json"]

#: Octets of such an array.
MAX_LINE = 1024

_LATEST = 1 << 53
#: Content stands by itself.
_VALUES = len(Row._fields) - 1
_NUMBERS = {kind.value: kind.number for kind in UsageKind}
_WORDS = {number: word for word, number in _NUMBERS.items()}

_32 = rb'(?:null|"([0-9a-f]{64})")'
#: What :func:`row_to_json` leads to; a regular expression reads it five times as fast as JSON is read.
_USUAL = re.compile(
    rb'\[(0|[1-9][0-9]{0,13}),(0|[1-9][0-9]{0,14}),"([a-z]{1,20})","([0-9a-f]{64})",(?:null|"([0-9a-f]{32})"),'
    + b",".join([_32] * 4)
    + rb"\]"
)


def row_to_json(row: Row) -> list[object]:
    """*row* without its content, as :func:`row_from_json` reads it.

    What the database should not hold, because somebody altered it, is written so that it is read as
    altered.
    """
    sequence, at, kind, kept, _, *rest = row
    others = [each.hex() if isinstance(each, bytes) else None for each in rest]
    return [sequence, at, _WORDS.get(kind, str(kind)), _hex(kept), *others]


def _hex(octets: object) -> str:
    return octets.hex() if isinstance(octets, bytes) else ""


def row_from_json(values: object, content: bytes | None = None) -> Row:
    """Read it. Whether its hash holds is not looked at.

    :param content: what was hashed as such; ``None`` of an entry that expired.
    :raises UsageLogFormatError: other values, or of other types; also a kind of a newer version.
    """
    if not isinstance(values, list) or len(values) != _VALUES:
        raise UsageLogFormatError("no entry")
    sequence, at, word, kept, *rest = values
    kind = _NUMBERS.get(word) if isinstance(word, str) else None
    if (
        type(sequence) is not int
        or type(at) is not int
        or not 0 <= sequence < MAX_SIZE
        or not 0 <= at < _LATEST
        or kind is None
    ):
        raise UsageLogFormatError("an entry with a value of another type")
    others = [None if each is None else octets_from_hex(each) for each in rest]
    return Row(sequence, at, kind, octets_from_hex(kept), content, *others)


def row_from_line(line: bytes, content: bytes | None) -> Row:
    """The same from the octets of the array.

    :raises UsageLogFormatError: see :func:`row_from_json`.
    """
    usual = _USUAL.fullmatch(line)
    if usual is None:
        try:
            return row_from_json(strict_json.loads(line, limit=MAX_LINE, depth=2), content)
        except EidError as error:
            raise UsageLogFormatError(f"an entry that cannot be read: {error.code}") from None
    sequence, at, word, kept, salt, subject, actor, committed, digest = usual.groups()
    kind = _NUMBERS.get(word.decode())
    if kind is None:
        raise UsageLogFormatError("an entry of a kind that does not exist")
    unhex = binascii.unhexlify
    return Row(
        int(sequence),
        int(at),
        kind,
        unhex(kept),
        content,
        salt and unhex(salt),
        subject and unhex(subject),
        actor and unhex(actor),
        committed and unhex(committed),
        digest and unhex(digest),
    )


def octets_from_hex(text: object) -> bytes:
    """What *text* stands for.

    :raises UsageLogFormatError: no hexadecimal.
    """
    try:
        return binascii.unhexlify(text)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        raise UsageLogFormatError("octets that are not hexadecimal") from None
