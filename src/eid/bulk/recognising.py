"""What the beginning of a table of text says about the rest: encoding, delimiter, header.

An encoding is not guessed. Text that is not UTF-8 is refused with a hint at what it looks like; a person decides.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from eid.bulk.csv_reading import MAX_RECORD, records
from eid.bulk.dialects import Dialect, Encoding
from eid.bulk.fields import field_of
from eid.errors import TableFormatError
from eid.vietnam.legacy_encodings import from_tcvn3, from_vni, suspected_encoding
from eid.vietnam.mojibake import unscrambled

__all__ = ["SAMPLE", "distinct", "recognise"]

#: Octets looked at to find out the dialect.
SAMPLE = 1 << 20
MAX_COLUMNS = 1_000

_DELIMITERS = ",;\t|"
#: Records that are looked at to find out the delimiter.
_GLANCE = 100
_NEWLINE = re.compile(rb"\r\n|\n|\r")
_NUMBER = re.compile(r"'?[0-9]{9,12}")
_NO_TEXT = (
    (b"PK\x03\x04", "it is a workbook (or another archive): export it as CSV"),
    (b"\xd0\xcf\x11\xe0", "it is an old workbook: export it as CSV"),
    (b"\x1f\x8b", "it is compressed: unpack it first"),
)


def recognise(
    sample: bytes, *, encoding: Encoding, delimiter: str | None, header: bool, skip: int = 0
) -> Dialect:
    """What the beginning of a table says about the rest.

    :param sample: its first octets; UTF-16 has been made UTF-8 before.
    :param skip: lines above the header, such as a title.
    :raises TableFormatError: no text, not in the encoding, without header, or with one of more columns than
        :data:`MAX_COLUMNS`; kind ``workbook``, ``encoding``, ``empty``, ``header`` or ``columns``.
    """
    for magic, hint in _NO_TEXT:
        if sample.startswith(magic):
            raise TableFormatError(hint, "workbook")
    bom = sample.startswith(codecs.BOM_UTF8)
    body = sample[len(codecs.BOM_UTF8) :] if bom else sample
    if encoding is Encoding.AUTO:
        _must_be_utf8(body)
    if encoding in (Encoding.AUTO, Encoding.UTF_16):
        encoding = Encoding.UTF_8
    start, row, line = len(sample) - len(body), 1, 1
    if found := re.match(rb'"?sep=([,;\t|])"?[ \t]*(?:\r\n|\n|\r)', body, re.IGNORECASE):
        # A line for spreadsheets, which do not show it.
        delimiter = delimiter or found[1].decode("ascii")
        body, start, line = body[found.end() :], start + found.end(), 2
    for _ in range(skip):
        end = _end_of_line(body)
        body, start, row, line = body[end:], start + end, row + 1, line + 1
    while blank := re.match(rb"[ \t]*(?:\r\n|\n|\r)", body):
        body, start, row, line = body[blank.end() :], start + blank.end(), row + 1, line + 1
    if not body.strip():
        raise TableFormatError("the table is empty", "empty")
    delimiter = delimiter or _delimiter(body, encoding)
    first, octets, lines = _first_record(body, delimiter)
    try:
        names = tuple(name.decode(encoding.codec) for name in first)
    except UnicodeDecodeError:
        raise TableFormatError(f"the first line is not in the encoding {encoding}", "encoding") from None
    if len(names) > MAX_COLUMNS:
        raise TableFormatError(f"more than {MAX_COLUMNS} columns", "columns")
    if not header:
        return Dialect(encoding, delimiter, len(names), None, b"", start, row, line, bom)
    names = _header(names, encoding, used=_columns_used(body[len(octets) :], delimiter))
    start, row, line = start + len(octets), row + 1, line + lines
    return Dialect(encoding, delimiter, len(names), names, octets, start, row, line, bom)


def _must_be_utf8(body: bytes) -> None:
    """Refuse text in another encoding; single damaged lines in a file of UTF-8 are no reason."""
    if body.count(0) * 4 > len(body):
        hint = "it looks like utf-16 without a mark: if it is, give --encoding utf-16"
        raise TableFormatError(f"the text is not UTF-8; {hint}", "encoding")
    wrong = False
    lines = _NEWLINE.split(body)
    if len(lines) > 1:
        lines = lines[:-1]  # the sample may end within a letter
    for line in lines:
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            wrong = True
        else:
            return
    if wrong:
        name = _suspected(lines)
        hint = f"it looks like {name}: if it is, give --encoding {name}" if name else "give --encoding"
        raise TableFormatError(f"the text is not UTF-8; {hint}", "encoding")


def _suspected(lines: Sequence[bytes]) -> str | None:
    """The encoding in which most cells become Vietnamese; a hint for a person, not a choice."""
    tally = dict.fromkeys(("tcvn3", "vni", "cp1258"), 0)
    cells = [cell for line in lines[:2_000] for cell in re.split(rb'[,;\t|"]', line) if not cell.isascii()]
    for cell in cells[:2_000]:
        old = suspected_encoding(" ".join(cell.decode("cp1252", "replace").split()))
        if old is not None:
            tally[old] += 1
        composed = unicodedata.normalize("NFC", cell.decode("cp1258", "replace"))
        if _VIETNAMESE.fullmatch(composed) and composed != cell.decode("cp1252", "replace"):
            tally["cp1258"] += 1
    best = max(tally, key=tally.__getitem__)
    return best if tally[best] * 4 > len(cells) else None


_VIETNAMESE = re.compile(
    r"[\x20-\x7eÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ]*[ẠạẢ-ỹĂăĐđƠơƯư][\x20-\x7eÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ]*"
)


def _delimiter(body: bytes, encoding: Encoding) -> str:
    """The one that makes known names of the first line, then the one that the next lines agree with.

    Names have commas, too (*Họ, chữ đệm và tên*), and so have addresses: to count them is not enough.
    """
    bare = re.sub(rb'"(?:[^"]|"")*"', b"", body[: _end_of_line(body)]).decode("latin-1")

    def merit(delimiter: str) -> tuple[int, float, int, int]:
        first, *rest = list(islice(_rows(body, delimiter), _GLANCE)) or [[]]
        names = (name.encode("latin-1").decode(encoding.codec, "replace") for name in first)
        known = sum(field_of(name) is not None for name in _tidied(names, encoding))
        alike = sum(len(row) == len(first) for row in rest) / len(rest) if rest else 0
        return known, alike, bare.count(delimiter), -_DELIMITERS.index(delimiter)

    return max([each for each in _DELIMITERS if each in bare] or [","], key=merit)


def _columns_used(body: bytes, delimiter: str) -> int:
    """How many columns have something in them, as far as the sample goes."""
    return max((at for row in _rows(body, delimiter) for at, field in enumerate(row, 1) if field), default=0)


def _rows(body: bytes, delimiter: str) -> Iterator[list[str]]:
    """The records (octets as Latin-1) up to the first that is none."""
    lines = body[: 2 * MAX_RECORD].splitlines(keepends=True)
    for _, _, row, code in records(lines, delimiter, complete=True):
        if code is not None:
            return
        if row:
            yield row


def _header(names: Sequence[str], encoding: Encoding, *, used: int) -> tuple[str, ...]:
    tidy = _tidied(names, encoding)
    while len(tidy) > used and not tidy[-1]:
        tidy.pop()  # columns that a spreadsheet left behind the last one
    if any(_NUMBER.fullmatch(name) for name in tidy):
        raise TableFormatError("the first line has no names of columns: give --no-header", "header")
    if not any(tidy):
        raise TableFormatError("the first line has no names of columns", "header")
    return distinct(tidy)


def _tidied(names: Iterable[str], encoding: Encoding) -> list[str]:
    read = {Encoding.TCVN3: from_tcvn3, Encoding.VNI: from_vni}.get(encoding, unscrambled)
    return [" ".join(unicodedata.normalize("NFC", read(name)).split()) for name in names]


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """*names* with a name for columns that have none, and a number behind one that was there before."""
    taken = list[str]()
    for place, name in enumerate(names, 1):
        wanted = unused = name or f"column {place}"
        again = 2
        while unused in taken:
            unused, again = f"{wanted} ({again})", again + 1
        taken.append(unused)
    return tuple(taken)


def _end_of_line(octets: bytes) -> int:
    found = _NEWLINE.search(octets)
    return found.end() if found else len(octets)


def _first_record(body: bytes, delimiter: str) -> tuple[list[bytes], bytes, int]:
    """The fields of the first record, its octets, and how many lines it has."""
    lines = body[: 2 * MAX_RECORD].splitlines(keepends=True)
    for start, end, row, code in records(lines, delimiter, complete=True):
        if code is not None or row is None:
            raise TableFormatError("the first line cannot be put into columns", "header")
        octets = b"".join(lines[start:end])
        if len(octets) > MAX_RECORD:
            break
        return [field.encode("latin-1") for field in row], octets, end - start
    raise TableFormatError("the first line is too long", "header")
