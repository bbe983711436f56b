"""Reading one file of the chip (ICAO Doc 9303-10, 3.6; ISO/IEC 7816-4, 7.2).

The header of a file says how long it is; reading stops there. How much one command may ask for is
found out once per card: extended length is tried on the first file that needs it, and every refusal
steps the size down. After a refusal the offset never moves.
"""

from __future__ import annotations

from collections.abc import Callable

from eid.chip.apdu import CommandAPDU, Protocol, ResponseAPDU
from eid.chip.session import Session, require_ok
from eid.document.lds import MAX_FILE, ElementaryFile
from eid.encoding.tlv import parse_prefix, tlv
from eid.errors import (
    EncodingError,
    FileTruncated,
    LimitExceeded,
    ProtocolError,
    SecureMessagingLost,
    TransportError,
)

__all__ = ["Progress", "read_file", "select_command", "select_file"]

#: Called with the name of the file, octets read so far, and octets of the file.
Progress = Callable[[str, int, int], None]

#: After extended length in full: a buffer many readers have, a short response, and ever less.
_LADDER = (2_000, 256, 128, 64)
#: Octets that hold the header of any file of at most :data:`MAX_FILE`, and that any file has.
_HEADER = 6
#: A shorter answer than asked for is remembered as the most the chip gives, but not below this.
_LEAST_REMEMBERED = 64
#: Beyond this offset READ BINARY needs the odd instruction (ISO/IEC 7816-4, 7.2.3).
_LAST_SHORT_OFFSET = 0x7FFF


def select_command(file: ElementaryFile) -> CommandAPDU:
    """SELECT by file identifier, without asking for file control information."""
    return CommandAPDU(0, 0xA4, 0x02, 0x0C, file.fid.to_bytes(2, "big"))


def select_file(session: Session, file: ElementaryFile) -> Protocol[None]:
    """Make *file* the current one.

    :raises FileNotOnChip: 6A82.
    :raises AccessDenied: 6982.
    :raises StatusWordError: another refusal.
    """
    require_ok((yield from session.ask(select_command(file))), f"SELECT {file.name}")


def read_file(session: Session, file: ElementaryFile, progress: Progress | None = None) -> Protocol[bytes]:
    """All octets of *file*, by the length in its own header.

    :raises FileNotOnChip: the chip has no such file.
    :raises AccessDenied: the rights do not suffice.
    :raises FileTruncated: the chip has fewer octets than the header says.
    :raises LimitExceeded: the header announces more than :data:`MAX_FILE`.
    """
    data = bytearray((yield from _first(session, file)))
    total = _total(file, bytes(data))
    if progress:
        progress(file.name, min(len(data), total), total)
    while len(data) < total:
        chunk = yield from _read(session, len(data), total - len(data))
        if not chunk:
            raise FileTruncated(f"{file.name}: {len(data)} of {total} octets")
        data += chunk
        if progress:
            progress(file.name, min(len(data), total), total)
    return bytes(data[:total])


def _total(file: ElementaryFile, head: bytes) -> int:
    """Octets of the file by its header; what follows the header need not be there yet."""
    try:
        node = parse_prefix(head + bytes(min(_declared(head), MAX_FILE)), der=False)
    except EncodingError as error:
        if _declared(head) > MAX_FILE:
            raise LimitExceeded(f"{file.name} announces {_declared(head)} octets") from None
        raise FileTruncated(f"{file.name}: no header ({error.kind})") from None
    if node.end > MAX_FILE:
        raise LimitExceeded(f"{file.name} announces {node.end} octets")
    return node.end


def _declared(head: bytes) -> int:
    """The length in the header of a data object, 0 when there is none."""
    position = 2 if head[:1] and head[0] & 0x1F == 0x1F else 1
    length = head[position] if len(head) > position else 0
    if length >= 0x80:
        length = int.from_bytes(head[position + 1 : position + 1 + (length & 0x7F)], "big")
    return length


def _first(session: Session, file: ElementaryFile) -> Protocol[bytes]:
    """Select the file and read its first octets, in one command where short identifiers work."""
    if session.short_identifiers is not False:
        response = yield from _head(session, 0x80 | file.sfi)
        if response.sw in (0x9000, 0x6282) and response.data and response.data[0] == file.tag:
            session.short_identifiers = True
            return response.data
        if session.short_identifiers or response.sw == 0x6982:
            # The card is known to understand short identifiers, so this is about the file.
            if response.sw != 0x6282:
                require_ok(response, f"READ BINARY {file.name}")
        else:
            session.note("no_short_file_identifiers")
            session.short_identifiers = False
    yield from select_file(session, file)
    response = yield from _head(session, 0)
    if response.sw != 0x6282:
        require_ok(response, f"READ BINARY {file.name}")
    return response.data


def _head(session: Session, p1: int) -> Protocol[ResponseAPDU]:
    """The first octets of a file of unknown length; *p1* names it or is 0 for the selected one."""
    if not session.exact_length:
        response = yield from session.ask(CommandAPDU(0, 0xB0, p1, 0, le=_short_size(session)))
        if response.sw not in (0x6700, 0x6B00) and response.sw >> 8 != 0x6C:
            return response
        # Some chips want no more octets asked for than there are, and only the header tells how many.
        # Remembered before it is tried: such a refusal can cost the channel.
        session.exact_length = True
        session.note("exact_length")
    return (yield from session.ask(CommandAPDU(0, 0xB0, p1, 0, le=_HEADER)))


def _short_size(session: Session) -> int:
    return min(session.short_limit, session.longest or 256)


def _read(session: Session, offset: int, wanted: int) -> Protocol[bytes]:
    """READ BINARY at *offset*, not beyond the end: some octets, none where the chip has no more."""
    while True:
        size, extended = _size(session, wanted)
        try:
            response = yield from session.ask(_command(offset, size, extended))
        except TransportError as error:
            # A reader that cannot pass extended length says so with an error of its own.
            if type(error) is not TransportError or not extended or session.extended:
                raise
            session.extended = False
            session.note("extended_length_refused")
            raise SecureMessagingLost("the reader does not pass extended length") from None
        if response.sw in (0x9000, 0x6282):
            if extended and session.extended is None:
                session.extended = True
            data = _unwrap(response) if offset > _LAST_SHORT_OFFSET else response.data
            if response.sw == 0x9000 and _LEAST_REMEMBERED <= len(data) < size:
                session.longest = len(data)
            return data[:wanted]
        if response.sw == 0x6B00:
            return b""
        if response.sw >> 8 == 0x6C and (response.sw & 0xFF or 256) < size:
            wanted = response.sw & 0xFF or 256
            if wanted >= _LEAST_REMEMBERED:
                session.longest = wanted
        elif not _step_down(session, size, extended, response.sw):
            require_ok(response, "READ BINARY")


def _size(session: Session, wanted: int) -> tuple[int, bool]:
    """How many octets to ask for, and whether in extended form."""
    short = _short_size(session)
    if wanted <= short or session.extended is False:
        return min(wanted, short), False
    return min(wanted, session.longest or 65_535, 65_535), True


def _step_down(session: Session, size: int, extended: bool, sw: int) -> bool:
    """Take a smaller size after a refusal; ``False`` when the refusal is not about size."""
    if sw == 0x6982 or (not extended and sw != 0x6700):
        return False
    for smaller in _LADDER:
        if smaller < size and (extended or smaller <= session.short_limit):
            if smaller <= 256:
                session.extended = False
            session.longest = smaller
            session.note("extended_length_refused" if extended else f"short_read_{smaller}")
            return True
    return False


def _command(offset: int, size: int, extended: bool) -> CommandAPDU:
    if offset <= _LAST_SHORT_OFFSET:
        return CommandAPDU(0, 0xB0, offset >> 8, offset & 0xFF, le=size, extended=extended)
    where = tlv(0x54, offset.to_bytes(3, "big"))
    # The answer is wrapped in DO 53, whose header takes up to four octets.
    return CommandAPDU(0, 0xB1, 0, 0, where, size if size <= 256 else min(size + 4, 65_535), extended)


def _unwrap(response: ResponseAPDU) -> bytes:
    """The octets in DO 53."""
    if not response.data:
        return b""
    try:
        return parse_prefix(response.data, 0x53, der=False).value
    except EncodingError as error:
        raise ProtocolError(f"READ BINARY with odd instruction: {error.detail}") from None
