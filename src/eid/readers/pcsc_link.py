"""One connection to one card through PC/SC. Every method may block: :mod:`eid.readers.pcsc` calls them in a thread."""

from __future__ import annotations

import time

from eid.chip.apdu import CommandAPDU
from eid.document.evidence import ReaderInfo
from eid.errors import CardRemoved, EncodingError, NoCard, NoReader, ReaderGone, TransportError
from eid.readers.scard import (
    OK,
    RESET,
    SHARING,
    STATE_EMPTY,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Context,
    error_for,
)

__all__ = ["Link", "fit"]

#: Seconds after a failed exchange in which pcscd finds out that the card has left: it looks every 0.4 s.
_SETTLE = 1.0
_WRONG_LENGTH = b"\x67\x00"
# PC/SC part 10: how to ask for features, the feature that tells properties, the property asked for.
_GET_FEATURES, _PROPERTIES, _MAX_APDU_DATA = 3400, 0x12, 0x0A


def fit(command: bytes, *, t0: bool, max_data: int | None) -> bytes | None:
    """*command* as protocol and reader can carry it, ``None`` when they cannot.

    :param t0: the card speaks T=0: no extended length, and case 4 goes without Le; the card then
        answers 61xx (ISO/IEC 7816-3, 12.2).
    :param max_data: data octets the reader says it can carry; 0 for short APDUs only (PC/SC part 10).
    """
    try:
        apdu = CommandAPDU.from_bytes(command)
    except EncodingError:
        return command  # nothing is known about it: let the card object
    if len(command) > 5 and command[4] == 0:  # extended
        most = 0 if t0 or max_data is None else max_data
        return command if len(apdu.data) <= most and apdu.le <= most else None
    return command[:-1] if t0 and apdu.data and apdu.le else command


class Link:
    """Connects, transmits, disconnects. ``shared`` tells that another program is using the card too."""

    def __init__(self, reader: str) -> None:
        self.info = ReaderInfo(reader)
        self.shared = False
        self._context: Context | None = None
        self._card: int | None = None
        self._t0 = False
        self._max_data: int | None = None

    def open(self) -> None:
        """Exclusively if possible, else shared and then within a transaction.

        :raises TransportError: no card, no such reader, held by another program, mute, service down.
        """
        context = self._context = Context()
        scard = context.scard
        mode = scard.SCARD_SHARE_EXCLUSIVE
        result = self._connect(mode)
        if result & 0xFFFFFFFF == SHARING:
            self.shared, mode = True, scard.SCARD_SHARE_SHARED
            result = self._connect(mode)
        if result != OK:
            raise error_for(result, "connecting")
        if self.shared:
            # A command of another program between ours would end the protected channel.
            result = scard.SCardBeginTransaction(self._card)
            if result != OK:
                raise error_for(result, "beginning a transaction")
        result, _, _, _, atr = scard.SCardStatus(self._card)
        if result != OK:
            raise error_for(result, "asking for the ATR")
        self.info = ReaderInfo(self.info.name, bytes(atr))
        self._max_data = self._reader_limit()

    def transmit(self, command: bytes) -> bytes:
        """One command, one response.

        :raises TransportError: as the card or the reader fails.
        """
        context = self._context
        if context is None or self._card is None:
            raise CardRemoved("the connection is closed")
        scard = context.scard
        if self._t0 or self._max_data is not None:
            fitting = fit(command, t0=self._t0, max_data=self._max_data)
            if fitting is None:
                return _WRONG_LENGTH  # as a chip without extended length answers: the sender steps down
            command = fitting
        pci = scard.SCARD_PCI_T0 if self._t0 else scard.SCARD_PCI_T1
        result, response = scard.SCardTransmit(self._card, pci, list(command))
        if result == OK and len(response) >= 2:
            return bytes(response)
        raise self._reason(result)

    def close(self) -> None:
        """Reset the card, so that nobody inherits an opened one, and let go. Never raises."""
        context, self._context = self._context, None
        card, self._card = self._card, None
        if context is not None:
            if card is not None:
                context.scard.SCardDisconnect(card, context.scard.SCARD_RESET_CARD)
            context.release()

    def _connect(self, mode: int) -> int:
        assert self._context is not None
        scard = self._context.scard
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        result, card, protocol = scard.SCardConnect(self._context.handle, self.info.name, mode, protocols)
        if result == OK:
            self._card, self._t0 = card, protocol == scard.SCARD_PROTOCOL_T0
        return int(result)

    def _reader_limit(self) -> int | None:
        """What the reader says about extended length; ``None`` when it says nothing, as most do."""
        assert self._context is not None
        scard = self._context.scard
        result, features = scard.SCardControl(self._card, scard.SCARD_CTL_CODE(_GET_FEATURES), [])
        code = _tlv(bytes(features)).get(_PROPERTIES) if result == OK else None
        if code is None:
            return None
        result, properties = scard.SCardControl(self._card, int.from_bytes(code, "big"), [])
        size = _tlv(bytes(properties)).get(_MAX_APDU_DATA) if result == OK else None
        return None if size is None else int.from_bytes(size, "little")

    def _reason(self, result: int) -> TransportError:
        """Why an exchange failed. The first code after a removal says only that there was no answer."""
        assert self._context is not None
        scard = self._context.scard
        if result & 0xFFFFFFFF == RESET:
            # Has to be acknowledged, or every later command gets the same answer.
            mode = scard.SCARD_SHARE_SHARED if self.shared else scard.SCARD_SHARE_EXCLUSIVE
            protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
            again, _ = scard.SCardReconnect(self._card, mode, protocols, scard.SCARD_LEAVE_CARD)
            return error_for(result if again == OK else again, "transmitting")
        error = error_for(result, "transmitting") if result != OK else TransportError("no valid response")
        if isinstance(error, NoCard):
            return CardRemoved(error.detail)
        if isinstance(error, NoReader):
            return ReaderGone(error.detail)
        if type(error) is not TransportError:
            return error
        try:
            return self._left() or error
        except TransportError as lost:
            return lost

    def _left(self) -> TransportError | None:
        """Whether the card or the reader went away just now."""
        assert self._context is not None
        name, state = self.info.name, 0
        end = time.monotonic() + _SETTLE
        while (left := end - time.monotonic()) > 0:
            state = self._context.states({name: state}, int(left * 1000) + 1)[name][0]
            if state & (STATE_UNKNOWN | STATE_UNAVAILABLE):
                return ReaderGone("the reader was unplugged")
            if state & STATE_EMPTY:
                return CardRemoved("the card was removed")
        return None


def _tlv(octets: bytes) -> dict[int, bytes]:
    """The tag-length-value triples of PC/SC part 10, one octet each for tag and length."""
    found: dict[int, bytes] = {}
    while len(octets) >= 2:
        found[octets[0]] = octets[2 : 2 + octets[1]]
        octets = octets[2 + octets[1] :]
    return found
