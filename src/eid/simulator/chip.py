"""A chip of our own: a card's operating system in some hundred lines, over plain octets.

It answers as ICAO Doc 9303-10 and -11 say a chip does, or as badly as its quirks say. It is a
:class:`eid.chip.transport.Transport`, so a protocol runs against it with no reader in between.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable

from eid.chip.apdu import CommandAPDU, ResponseAPDU
from eid.chip.secure_messaging import SecureMessaging
from eid.encoding import der
from eid.encoding.tlv import parse, parse_prefix, tlv
from eid.errors import CardMute, CardRemoved, EncodingError, LimitExceeded, SecureMessagingError
from eid.simulator.access import ChipKey
from eid.simulator.filesystem import FileSystem
from eid.simulator.keys import Random
from eid.simulator.personalise import Personalisation
from eid.simulator.protocols import (
    CA_ECDH,
    Pace,
    basic_access,
    chip_messaging,
    select_pace,
    sign_challenge,
)
from eid.simulator.refused import Refused

__all__ = ["Chip"]

#: Octets of plain data in a response: short, extended (a frame of a virtual reader holds 65,535 with
#: everything), and short with data objects and check value of secure messaging, by cipher.
_SHORT_PLAIN = 256
_EXTENDED_PLAIN = 65_000
_SHORT_PROTECTED = {"3DES": 231, "AES": 223}


class Chip:
    """One chip. Not for several threads at once, like any card.

    :param card: what is on it.
    :param random: gives the chip's random octets; the worked examples of Doc 9303-11 inject theirs.
    :param sleep: waits so many seconds, for slow chips.
    """

    def __init__(
        self,
        card: Personalisation,
        *,
        random: Random = secrets.token_bytes,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._card = card
        self._quirks = card.quirks
        self._random = random
        self._sleep = sleep
        self._tries = card.quirks.wrong_password_tries
        self._unselect()
        self._commands = 0

    def __repr__(self) -> str:
        return f"<Chip after {self._commands} commands>"

    @property
    def atr(self) -> bytes:
        """Answer to reset."""
        return self._card.atr

    @property
    def card(self) -> Personalisation:
        """What is on the chip."""
        return self._card

    @property
    def commands(self) -> int:
        """Commands since power-on."""
        return self._commands

    def power_on(self) -> bytes:
        """Power on: everything but the counter of wrong passwords starts anew. Returns the ATR."""
        self._commands = 0
        return self.reset()

    def power_off(self) -> None:
        """Power off."""
        self._unselect()

    def reset(self) -> bytes:
        """Warm reset: no application selected, no channel. Returns the ATR."""
        self._unselect()
        return self.atr

    def _unselect(self) -> None:
        self._files = FileSystem(self._card)
        self._drop_access()
        self._pending = b""

    def _drop_access(self) -> None:
        self._messaging: SecureMessaging | None = None
        self._next_messaging: SecureMessaging | None = None
        self._opened = self._card.access.open
        self._challenge: bytes | None = None
        self._pace: Pace | None = None
        self._pace_reference = 0
        self._chip_key: ChipKey | None = None

    # --- from octets to octets ----------------------------------------------------------------------

    def transmit(self, command: bytes) -> bytes:
        """Answer one command APDU.

        :raises CardRemoved: the quirk ``dies_at`` has come.
        :raises CardMute: the quirk ``mute_at`` has come; there is no deadline to wait for in process.
        """
        quirks = self._quirks
        self._commands += 1
        if quirks.dies_at is not None and self._commands >= quirks.dies_at:
            raise CardRemoved("the test chip was told to vanish here")
        if quirks.mute_at is not None and self._commands >= quirks.mute_at:
            raise CardMute("the test chip was told to fall silent here")
        answer = self._answer(bytes(command))
        wait = quirks.seconds_per_command + quirks.seconds_per_octet * (len(command) + len(answer))
        if wait:
            self._sleep(wait)
        return answer

    def _answer(self, octets: bytes) -> bytes:
        try:
            command = CommandAPDU.from_bytes(octets)
        except EncodingError:
            return b"\x67\x00"
        if command.extended and self._quirks.short_only:
            return b"\x67\x00"
        if command.cla == 0 and command.ins == 0xC0:
            return self._get_response(command)
        self._pending = b""
        return self._in_parts(self._protected(command).to_bytes(), command)

    def _get_response(self, command: CommandAPDU) -> bytes:
        if not self._pending:
            return b"\x69\x85"
        pending, self._pending = self._pending, b""
        return self._in_parts(pending, command)

    def _in_parts(self, answer: bytes, command: CommandAPDU) -> bytes:
        """Response chaining (ISO/IEC 7816-4, 5.3.4): the rest waits for GET RESPONSE.

        A short response holds 256 octets whatever the quirks: a protected RSA signature has more.
        """
        part = min(self._quirks.response_chaining or 65_536, 65_536 if command.extended else 256)
        if command.ins == 0xC0:
            part = min(part, command.le or part)
        if len(answer) - 2 <= part:
            return answer
        self._pending = answer[part:]
        left = len(self._pending) - 2
        return answer[:part] + bytes((0x61, left if left < 256 else 0))

    # --- secure messaging ---------------------------------------------------------------------------

    def _protected(self, command: CommandAPDU) -> ResponseAPDU:
        if command.cla & 0xE0:
            return ResponseAPDU(b"", 0x6E00)
        if command.cla & 0x0C != 0x0C:
            if self._messaging is not None:
                self._drop_access()  # a command in plain ends the session (Doc 9303-11, 9.8.3)
            return self._settled(self._executed(command))
        messaging = self._messaging
        if messaging is None:
            return ResponseAPDU(b"", 0x6882)
        try:
            plain = messaging.unprotect_command(command)
        except SecureMessagingError:
            self._drop_access()
            return ResponseAPDU(b"", 0x6988 if b"\x8e\x08" in command.data else 0x6987)
        response = self._executed(plain)
        naked = self._quirks.naked_errors
        if naked and response.sw != 0x9000 and not response.data:
            if naked == "dropped":
                self._drop_access()
            elif naked == "uncounted":
                messaging.uncount()
            return response
        return self._settled(messaging.protect_response(response, odd=bool(plain.ins & 1)))

    def _settled(self, response: ResponseAPDU) -> ResponseAPDU:
        """New keys count from the command after the one that made them."""
        if self._next_messaging is not None:
            self._messaging, self._next_messaging = self._next_messaging, None
            self._opened = True
        return response

    def _response_limit(self, command: CommandAPDU) -> int:
        """Octets of plain data that a response to *command* can hold."""
        if command.extended:
            limit = _EXTENDED_PLAIN
        elif self._messaging is None:
            limit = _SHORT_PLAIN
        else:
            limit = _SHORT_PROTECTED["3DES" if self._messaging.cipher == "3DES" else "AES"]
        return min(limit, self._quirks.max_le or limit)

    def _executed(self, command: CommandAPDU) -> ResponseAPDU:
        handler = {
            0xA4: lambda command: self._files.select(command, self._opened),
            0xB0: lambda command: self._files.read(command, self._opened, self._response_limit(command)),
            0xB1: lambda command: self._files.read_odd(command, self._opened, self._response_limit(command)),
            0x22: self._manage_security_environment,
            0x86: self._general_authenticate,
            0x82: self._external_authenticate,
            0x84: self._get_challenge,
            0x88: self._internal_authenticate,
        }.get(command.ins)
        if handler is None:
            return ResponseAPDU(b"", 0x6D00)
        if command.cla & 0x10 and command.ins != 0x86:
            return ResponseAPDU(b"", 0x6884)
        try:
            return handler(command)
        except Refused as refusal:
            return ResponseAPDU(b"", refusal.sw)
        except (EncodingError, LimitExceeded):
            return ResponseAPDU(b"", 0x6A80)

    # --- access and authentication ------------------------------------------------------------------

    def _get_challenge(self, command: CommandAPDU) -> ResponseAPDU:
        if command.data or command.le not in (8, 256, 65_536):
            raise Refused(0x6700)
        self._challenge = self._random(8)
        return ResponseAPDU(self._challenge, 0x9000)

    def _external_authenticate(self, command: CommandAPDU) -> ResponseAPDU:
        challenge, self._challenge = self._challenge, None
        access = self._card.access
        if not access.bac or access.mrz_information is None:
            raise Refused(0x6D00)
        if challenge is None or not self._files.application:
            raise Refused(0x6985)
        answer, messaging = basic_access(access.mrz_information, challenge, command.data, self._random)
        self._next_messaging = messaging
        return ResponseAPDU(answer, 0x9000)

    def _manage_security_environment(self, command: CommandAPDU) -> ResponseAPDU:
        objects: dict[int, bytes] = {}
        rest = command.data
        while rest:
            node = parse_prefix(rest, der=False)
            objects[node.tag] = node.value
            rest = rest[node.end :]
        self._pace = self._chip_key = None
        place = (command.p1, command.p2)
        if place == (0xC1, 0xA4):
            self._set_pace(objects)
        elif place == (0x41, 0xA4):
            self._chip_key = self._find_chip_key(objects.get(0x84), objects.get(0x80, b""))
        elif place == (0x41, 0xA6):
            # Set KAT: Chip Authentication with 3DES in one command (BSI TR-03110-3, B.2.1).
            chip_key = self._find_chip_key(objects.get(0x84), der.oid(f"{CA_ECDH}.1")[2:])
            self._next_messaging = chip_messaging(chip_key, objects.get(0x91, b""))
        else:
            raise Refused(0x6A86)
        return ResponseAPDU(b"", 0x9000)

    def _set_pace(self, objects: dict[int, bytes]) -> None:
        access, quirk = self._card.access, self._quirks.pace_parameter_id
        parameters = objects.get(0x84)
        if quirk and (parameters is None) == (quirk == "required"):
            raise Refused(0x6A80)
        if parameters is not None and len(parameters) != 1:
            raise Refused(0x6A80)
        variant = select_pace(access, objects.get(0x80, b""), parameters[0] if parameters else None)
        reference = objects.get(0x83)
        if reference == b"\x01" and access.mrz_information:
            secret = access.mrz_information.encode("ascii")
            password = hashlib.sha1(secret, usedforsecurity=False).digest()
        elif reference == b"\x02" and access.can:
            password = access.can.encode("ascii")
        else:
            raise Refused(0x6A88)
        if self._tries == 0:
            raise Refused(0x6983)
        self._pace = Pace(variant, password, self._random)

    def _find_chip_key(self, key_id: bytes | None, oid: bytes) -> ChipKey:
        if not self._opened:
            raise Refused(0x6982)
        for chip_key in self._card.chip_keys:
            same = key_id is None or (len(key_id) == 1 and key_id[0] == (chip_key.key_id or 0))
            if same and der.oid(f"{CA_ECDH}.{chip_key.arc}")[2:] == oid:
                if chip_key.key is None:
                    break
                return chip_key
        raise Refused(0x6A88)

    def _general_authenticate(self, command: CommandAPDU) -> ResponseAPDU:
        if command.p1 or command.p2:
            raise Refused(0x6A86)
        inside = parse(command.data, 0x7C, der=False).children()
        if len(inside) > 1:
            raise Refused(0x6A80)
        tag, value = (inside[0].tag, inside[0].value) if inside else (0, b"")
        if self._chip_key is not None and tag == 0x80:
            chip_key, self._chip_key = self._chip_key, None
            self._next_messaging = chip_messaging(chip_key, value)
            return ResponseAPDU(tlv(0x7C), 0x9000)
        pace = self._pace
        # All but the last step are chained (Doc 9303-11, 4.4.4.2).
        if pace is None or bool(command.cla & 0x10) == (tag == 0x85):
            self._pace = None
            raise Refused(0x6985)
        try:
            answer_tag, answer, messaging = pace.step(tag, value)
        except Refused as refusal:
            self._pace = None
            raise self._wrong_password() if refusal.sw == 0x6300 else refusal from None
        if messaging is not None:
            self._pace, self._next_messaging = None, messaging
            self._tries = self._quirks.wrong_password_tries
        return ResponseAPDU(tlv(0x7C, tlv(answer_tag, answer)), 0x9000)

    def _wrong_password(self) -> Refused:
        if self._quirks.wrong_password_delay:
            self._sleep(self._quirks.wrong_password_delay)
        if self._tries is None:
            return Refused(0x6300)
        self._tries -= 1
        return Refused(0x63C0 | self._tries)

    def _internal_authenticate(self, command: CommandAPDU) -> ResponseAPDU:
        if not self._opened:
            raise Refused(0x6982)
        if self._card.active_key is None:
            raise Refused(0x6D00)
        if len(command.data) != 8:
            raise Refused(0x6700)
        signature = sign_challenge(self._card.active_key, command.data, self._random)
        return ResponseAPDU(signature, 0x9000)
