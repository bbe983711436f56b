"""Files of the chip: selecting and reading them (ISO/IEC 7816-4, 11; Doc 9303-10, 3.6)."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from eid.chip.apdu import CommandAPDU, ResponseAPDU
from eid.document.lds import AID, EF_CARD_ACCESS, FILES
from eid.encoding.tlv import parse, tlv
from eid.simulator.personalise import Personalisation
from eid.simulator.refused import Refused

__all__ = ["FileSystem"]

_NAME_OF_FID = {entry.fid.to_bytes(2, "big"): name for name, entry in FILES.items()}
_NAME_OF_SFI = {entry.sfi: name for name, entry in FILES.items()}
_MF = b"\x3f\x00"


class _Reading(NamedTuple):
    """What READ BINARY asks for; *definite* unless Le says "as much as there is"."""

    offset: int
    wanted: int
    definite: bool


class FileSystem:
    """The state of selection, from one reset to the next.

    :ivar application: whether the eMRTD application is selected, else the master file.
    """

    def __init__(self, card: Personalisation) -> None:
        self._card = card
        self._quirks = card.quirks
        self._current: str | None = None
        self.application = False

    def select(self, command: CommandAPDU, opened: bool) -> ResponseAPDU:
        """SELECT by application identifier, of the master file, or by file identifier.

        :param opened: whether access was proven and the command came protected.
        """
        data, p1 = command.data, command.p1
        self._current = None
        if p1 == 4:
            if not data or data != AID[: max(len(data), 5)]:
                raise Refused(0x6A82)
            self.application = True
        elif p1 == 0 and data in (b"", _MF):
            if self._quirks.select_mf is not None:
                raise Refused(self._quirks.select_mf)
            self.application = False
        elif p1 in (0, 2):
            self._current = self._usable(_NAME_OF_FID.get(data), opened)
        else:
            raise Refused(0x6A86)
        return ResponseAPDU(b"", 0x9000)

    def _usable(self, name: str | None, opened: bool) -> str:
        """The name of a file that is here and may be read now."""
        card = self._card
        if name is None or name not in card.files:
            # A file that may not even be known of is locked rather than missing.
            raise Refused(0x6982 if name in card.locked and not opened else 0x6A82)
        if (name == EF_CARD_ACCESS) == self.application:
            raise Refused(0x6A82)  # EF.CardAccess is in the master file, the others in the application
        if name in self._quirks.unreadable:
            raise Refused(self._quirks.unreadable[name])
        if name != EF_CARD_ACCESS and (not opened or name in card.locked):
            raise Refused(0x6982)
        return name

    def read(self, command: CommandAPDU, opened: bool, limit: int) -> ResponseAPDU:
        """READ BINARY, with offset or short file identifier in P1.

        :param limit: octets of plain data that the response can hold.
        """
        if command.p1 & 0x80:
            if command.p1 & 0x60:
                raise Refused(0x6A86)
            self._select_by_sfi(command.p1 & 0x1F, opened)
            offset = command.p2
        else:
            offset = command.p1 << 8 | command.p2
        if command.data or not command.le:
            raise Refused(0x6700)
        definite = command.le != (65_536 if command.extended else 256)
        return self._read(_Reading(offset, command.le, definite), opened, limit)

    def read_odd(self, command: CommandAPDU, opened: bool, limit: int) -> ResponseAPDU:
        """READ BINARY with offset in DO 54 and answer in DO 53: for files beyond 32,767 octets."""
        if command.p1 or command.p2 & 0xE0:
            raise Refused(0x6A86)
        if command.p2:
            self._select_by_sfi(command.p2, opened)
        value = parse(command.data, 0x54, der=False).value
        if not command.le or not 1 <= len(value) <= 4:
            raise Refused(0x6A80)
        room = min(command.le, limit)
        # Le counts the head of DO 53 as well.
        room -= 2 if room <= 129 else 3 if room <= 258 else 4
        if room <= 0:
            raise Refused(0x6700)
        response = self._read(_Reading(int.from_bytes(value, "big"), room, False), opened, room)
        return replace(response, data=tlv(0x53, response.data))

    def _select_by_sfi(self, sfi: int, opened: bool) -> None:
        if self._quirks.no_sfi:
            raise Refused(0x6A86)
        self._current = None
        self._current = self._usable(_NAME_OF_SFI.get(sfi), opened)

    def _read(self, reading: _Reading, opened: bool, limit: int) -> ResponseAPDU:
        if self._current is None:
            raise Refused(0x6986)
        # Asked again: the file may have been selected before the channel was lost.
        content = self._card.files[self._usable(self._current, opened)]
        left = len(content) - reading.offset
        if left < 0 or (left == 0 and reading.offset):
            raise Refused(0x6B00)
        wanted = min(reading.wanted, limit)
        if reading.definite and reading.wanted > min(left, limit):
            self._refuse_length(min(left, limit))
        data = content[reading.offset : reading.offset + wanted]
        if reading.definite and wanted > left:
            if self._quirks.end_of_file == "6b00":
                raise Refused(0x6B00)
            return ResponseAPDU(data, 0x9000 if self._quirks.end_of_file == "short" else 0x6282)
        return ResponseAPDU(data, 0x9000)

    def _refuse_length(self, right: int) -> None:
        kind = self._quirks.wrong_length
        if kind == "6cxx" and right <= 256:
            raise Refused(0x6C00 | right & 0xFF)
        if kind == "6700":
            raise Refused(0x6700)
