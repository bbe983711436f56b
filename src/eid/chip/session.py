"""An opened chip: sends commands through secure messaging and remembers how the chip behaves."""

from __future__ import annotations

from dataclasses import replace

from eid.chip.apdu import CommandAPDU, Protocol, ResponseAPDU
from eid.chip.secure_messaging import SecureMessaging
from eid.errors import AccessDenied, FileNotOnChip, ProtocolError, SecureMessagingLost, StatusWordError

__all__ = ["MAX_RESPONSE", "Session", "exchange", "require_ok"]

#: Octets one command may bring back over 61xx chaining.
MAX_RESPONSE = 66_000
#: Parts they may come in; chips with small buffers give some 100 octets at a time.
MAX_PARTS = 2_000
#: Plain status words that say that the chip has left the channel, not that it refuses one command.
_CHANNEL_LEFT = frozenset({0, 0x6881, 0x6882, 0x6982, 0x6985, 0x6987, 0x6988, 0x6999})


def exchange(command: CommandAPDU) -> Protocol[ResponseAPDU]:
    """One command with the two transport corrections of ISO/IEC 7816-4, 5.6: 6Cxx and 61xx."""
    response = yield command
    if response.sw >> 8 == 0x6C and not response.data:
        response = yield replace(command, le=response.sw & 0xFF or 256)
    return (yield from _fetch(response))


def _fetch(response: ResponseAPDU) -> Protocol[ResponseAPDU]:
    """The whole of a *response* that comes in parts."""
    if response.sw >> 8 != 0x61:
        return response
    data = bytearray(response.data)
    for _ in range(MAX_PARTS):
        response = yield CommandAPDU(0, 0xC0, 0, 0, le=response.sw & 0xFF or 256)
        if not response.data and response.sw >> 8 == 0x61:
            raise ProtocolError("the chip announces octets and gives none")
        data += response.data
        if len(data) > MAX_RESPONSE:
            break
        if response.sw >> 8 != 0x61:
            return ResponseAPDU(bytes(data), response.sw)
    raise ProtocolError("the chip gives more than a response can have")


def require_ok(response: ResponseAPDU, what: str) -> bytes:
    """The data of a successful *response*.

    :raises FileNotOnChip: 6A82.
    :raises AccessDenied: 6982.
    :raises StatusWordError: any other status word than 9000.
    """
    if response.sw == 0x9000:
        return response.data
    kind = {0x6A82: FileNotOnChip, 0x6982: AccessDenied}.get(response.sw, StatusWordError)
    raise kind(what, response.sw)


class Session:
    """The state of one conversation.

    :ivar messaging: the secure channel, or ``None`` before access.
    :ivar quirks: odd behaviour met so far, in order, each once.
    :ivar extended: whether extended length works: ``None`` until tried.
    :ivar exact_length: the chip refuses to be asked for more octets than a file has.
    :ivar counts_refusals: whether the chip counts a command that it refuses in plain.
    """

    __slots__ = (
        "counts_refusals",
        "exact_length",
        "extended",
        "longest",
        "messaging",
        "quirks",
        "refused_in_plain",
        "short_identifiers",
    )

    def __init__(self) -> None:
        self.messaging: SecureMessaging | None = None
        self.quirks: list[str] = []
        self.extended: bool | None = None
        #: Largest Le that worked after a chip refused a larger one; ``None`` while nothing was refused.
        self.longest: int | None = None
        self.short_identifiers: bool | None = None
        self.exact_length = False
        self.counts_refusals = True
        #: Whether this channel has gone on after a refusal in plain.
        self.refused_in_plain = False

    def note(self, quirk: str) -> None:
        """Remember odd behaviour of chip or reader."""
        if quirk not in self.quirks:
            self.quirks.append(quirk)

    def forget(self, quirk: str) -> None:
        """Take a quirk back that turned out to be something else."""
        if quirk in self.quirks:
            self.quirks.remove(quirk)

    def send(self, command: CommandAPDU) -> Protocol[ResponseAPDU]:
        """Send *command*, protected when a channel is open; the answer is plain.

        :raises SecureMessagingLost: the chip left the channel.
        :raises SecureMessagingError: an answer that cannot be believed.
        """
        messaging = self.messaging
        if messaging is None:
            return (yield from exchange(command))
        # 6Cxx in plain is not obeyed here: the Le it means is inside, and the chip may have counted.
        response = messaging.unprotect((yield from _fetch((yield messaging.protect(command)))))
        if response.sw >> 8 == 0x6C and not response.data:
            command = replace(command, le=response.sw & 0xFF or 256)
            response = messaging.unprotect((yield from _fetch((yield messaging.protect(command)))))
        return response

    def ask(self, command: CommandAPDU) -> Protocol[ResponseAPDU]:
        """Like :meth:`send`, but a refusal in plain is taken for an answer, and the channel goes on.

        Only for commands whose refusal proves nothing: anybody in between can answer in plain.

        :raises SecureMessagingLost: the chip says that it has left the channel.
        :raises SecureMessagingError: an answer that cannot be believed.
        """
        try:
            return (yield from self.send(command))
        except SecureMessagingLost as error:
            if self.messaging is None or error.sw in _CHANNEL_LEFT:
                raise
            # An extended command is refused for its form before anybody can count it.
            for_its_form = command.extended and error.sw == 0x6700
            if not for_its_form:
                self.note("plain_refusal")
                self.refused_in_plain = True
            if for_its_form or not self.counts_refusals:
                self.messaging.uncount()
            return ResponseAPDU(b"", error.sw)

    def survives(self, probe: CommandAPDU) -> Protocol[bool]:
        """Whether the channel goes on after an error in plain that may mean its end, as 6982 may.

        :param probe: a command that the chip has no reason to refuse.
        :raises SecureMessagingError: an answer that cannot be believed.
        """
        if self.messaging is None:
            return False
        self.refused_in_plain = True
        if not self.counts_refusals:
            self.messaging.uncount()
        try:
            yield from self.send(probe)
        except SecureMessagingLost:
            return False
        self.note("plain_refusal")
        return True

    def close(self) -> None:
        """Forget the channel. Where it was lost after a refusal in plain, the chip counts otherwise."""
        if self.refused_in_plain:
            self.counts_refusals = not self.counts_refusals
        self.refused_in_plain = False
        self.messaging = None

    @property
    def short_limit(self) -> int:
        """Octets of plain data that fit into one short response (Doc 9303-11, 9.8.4)."""
        if self.messaging is None:
            return 256
        # 256 less DO 99 (4), DO 8E (10), head of DO 87 (4); whole blocks; at least one octet padding.
        return 231 if self.messaging.cipher == "3DES" else 223
