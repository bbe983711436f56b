"""Reading a card: from a transport and an access key to :class:`Evidence`.

Order: EF.CardAccess, access control, EF.COM, EF.SOD, then the data groups, small ones first and the
portrait last, so that a card pulled out early has given as much as possible. Active and Chip
Authentication follow; after BAC, whose keys an eavesdropper may guess, Chip Authentication comes
before the data groups. One file that cannot be read never loses the others.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from eid.chip.access import AccessKey
from eid.chip.active_authentication import check_challenge, internal_authenticate, signature_length
from eid.chip.apdu import CommandAPDU, Protocol
from eid.chip.chip_authentication import ChipAuthenticationSuite, chip_authentication, suites_of
from eid.chip.files import Progress, read_file, select_command
from eid.chip.opening import Offer, open_chip, read_card_access, read_offer
from eid.chip.session import Session
from eid.chip.transport import Transport, run
from eid.document.dg15 import DG15
from eid.document.evidence import (
    AccessTranscript,
    ActiveAuthenticationTranscript,
    ChipAuthenticationTranscript,
    Context,
    Evidence,
    Exchange,
    LiveReading,
    ReaderInfo,
)
from eid.document.lds import EF_CARD_ACCESS, EF_COM, EF_SOD, FILES, group_name, group_number, read_com
from eid.document.profile import Profile
from eid.document.security_infos import DG14
from eid.document.sod import SecurityObject
from eid.errors import (
    AccessDenied,
    ChipError,
    FileTruncated,
    InputError,
    LimitExceeded,
    SecureMessagingError,
    SecureMessagingLost,
    StatusWordError,
    UnsupportedAlgorithm,
)

__all__ = ["read", "read_protocol", "utc_now"]

#: Groups with the keys by which a chip proves that it is no copy.
_PROOFS = frozenset({"DG14", "DG15"})
_ALWAYS = frozenset({EF_CARD_ACCESS, EF_COM, EF_SOD})
#: Read after the small groups: pictures.
_LARGE = ("DG2", "DG3", "DG4", "DG5", "DG6", "DG7")


def utc_now() -> datetime:
    """The system's time, aware."""
    return datetime.now(UTC)


def read(
    transport: Transport,
    key: AccessKey,
    *,
    profile: Profile,
    challenge: bytes | None = None,
    files: Iterable[str] | None = None,
    context: Context | None = None,
    clock: Callable[[], datetime] = utc_now,
    progress: Progress | None = None,
) -> Evidence:
    """Read a card.

    :param transport: an opened card: anything with ``transmit(bytes) -> bytes``. When it has an
        ``info`` (:class:`ReaderInfo`), that goes into the evidence.
    :param key: :class:`Can` or :class:`Mrz`.
    :param profile: what this kind of card is like.
    :param challenge: 8 octets for Active Authentication, chosen by whoever verifies; without it the
        reading process chooses its own, which proves nothing to others.
    :param files: data groups to read (``DG1`` ...); all readable ones when not given. EF.CardAccess,
        EF.COM, EF.SOD, DG14 and DG15 are always read: they carry the proof.
    :param context: purpose, consent and operator, kept in the evidence.
    :param clock: gives the time of reading.
    :param progress: called with file name, octets so far, octets in all.
    :raises WrongAccessKey: the key is not this card's.
    :raises ChipError: the reading broke off; ``error.evidence`` holds what was read until then.
    :raises ChallengeFormatError: the challenge has another length.
    :raises DocumentError: *files* has a name that is no data group (kind ``name``).
    """
    if challenge is not None:
        check_challenge(challenge)
    wanted = None if files is None else frozenset(files) - _ALWAYS
    for name in wanted or ():
        group_number(name)
    info = getattr(transport, "info", None)
    reading = _Reading(key, profile, challenge, wanted, progress)
    reading.reader = info if isinstance(info, ReaderInfo) else None
    reading.context = context or Context()
    reading.read_at = clock()
    try:
        run(reading.protocol(), transport)
    except ChipError as error:
        reading.interruption = error.code
        error.evidence = reading.evidence()
        raise
    return reading.evidence()


def read_protocol(
    key: AccessKey, *, profile: Profile, read_at: datetime, challenge: bytes | None = None
) -> Protocol[Evidence]:
    """The same without I/O, for a driver of one's own (an asynchronous relay, a recording)."""
    reading = _Reading(key, profile, challenge, None, None)
    reading.read_at = read_at
    yield from reading.protocol()
    return reading.evidence()


class _Reading:
    """What one reading has gathered so far: it can be turned into evidence at any moment."""

    def __init__(
        self,
        key: AccessKey,
        profile: Profile,
        challenge: bytes | None,
        wanted: frozenset[str] | None,
        progress: Progress | None,
    ) -> None:
        self.session = Session()
        self.key = key
        self.profile = profile
        self.challenge = challenge or secrets.token_bytes(8)
        self.wanted = wanted
        self.progress = progress
        self.offer = Offer(None, False)
        self.files: dict[str, bytes] = {}
        self.unreadable: dict[str, str] = {}
        self.access: AccessTranscript | None = None
        self.chip: ChipAuthenticationTranscript | None = None
        self.active: ActiveAuthenticationTranscript | None = None
        self.read_at: datetime | None = None
        self.reader: ReaderInfo | None = None
        self.context = Context()
        self.interruption: str | None = None
        self.reopened = False
        self.probes: frozenset[str] = frozenset()

    def evidence(self) -> Evidence:
        return Evidence(
            files=self.files,
            unreadable=self.unreadable,
            access=self.access,
            chip_authentication=self.chip,
            active_authentication=self.active,
            read_at=self.read_at,
            reader=self.reader,
            quirks=tuple(self.session.quirks),
            interruption=self.interruption,
            context=self.context,
            profile=self.profile.name,
            live=LiveReading(self.challenge if self.active else None),
        )

    def protocol(self) -> Protocol[None]:
        session = self.session
        octets = yield from read_card_access(session, self.profile)
        if octets is not None:
            self.files[EF_CARD_ACCESS] = octets
        self.offer = read_offer(octets)
        if octets is None and self.profile.card_access_hint is not None:
            session.note("card_access_assumed")
            self.offer = replace(read_offer(self.profile.card_access_hint), assumed=True)
        self.access = yield from open_chip(session, self.key, self.offer)
        for name in (EF_COM, EF_SOD):
            yield from self._file(name)
        groups = self._groups()
        early = self.access.protocol == "BAC"
        if early and "DG14" in groups:
            yield from self._file("DG14")
            yield from self._chip_authentication()
        for name in groups:
            if name not in self.files and name not in self.unreadable:
                yield from self._file(name)
        for name in self.probes - self.files.keys():
            self.unreadable.pop(name, None)  # it was never announced, so nothing is missing
        yield from self._active_authentication()
        if not early:
            yield from self._chip_authentication()

    def _groups(self) -> Sequence[str]:
        """Data groups to read, in order: the security object decides, EF.COM adds.

        The keys of DG14 and DG15 are asked for even when nobody lists them, as on the BSI specimen.
        """
        names: set[str] = set()
        if EF_SOD in self.files:
            try:
                names |= {group_name(n) for n in SecurityObject.parse(self.files[EF_SOD]).hashes}
            except InputError:
                self.session.note("sod_not_understood")
            except UnsupportedAlgorithm:
                self.session.note("sod_not_understood")
        if EF_COM in self.files:
            try:
                names |= set(read_com(self.files[EF_COM]).groups)
            except InputError:
                self.session.note("com_not_understood")
        wanted = self.wanted
        for name in sorted(names & self.profile.skip - (wanted or frozenset())):
            # Fingerprints and iris need Terminal Authentication, so asking would only cost time.
            self.unreadable[name] = AccessDenied.code
            names.discard(name)
        self.probes = _PROOFS - names
        names |= _PROOFS | (wanted or frozenset())
        if wanted is not None:
            names &= wanted | _PROOFS
        first = [name for name in ("DG1", "DG14", "DG15") if name in names]
        rest = sorted(names.difference(first), key=lambda name: (name in _LARGE, int(name[2:])))
        return (*first, *rest)

    def _file(self, name: str) -> Protocol[None]:
        """Read one file; a refusal is noted, a lost channel is opened again once."""
        while True:
            try:
                self.files[name] = yield from read_file(self.session, FILES[name], self.progress)
            except (StatusWordError, FileTruncated, LimitExceeded) as error:
                self.unreadable[name] = error.code
            except SecureMessagingLost as error:
                refusal = {0x6982: AccessDenied, 0x6985: StatusWordError}.get(error.sw)
                # In plain these say that the session is gone, or only that this file is locked.
                if refusal and (yield from self.session.survives(select_command(FILES[self._last_read()]))):
                    self.unreadable[name] = refusal.code
                    return
                if self.reopened:
                    raise
                yield from self._reopen()
                continue
            return

    def _last_read(self) -> str:
        """A file of the application that is known to be there, as far as any is."""
        return next((name for name in reversed(self.files) if name != EF_CARD_ACCESS), EF_COM)

    def _reopen(self) -> Protocol[None]:
        """Access control once more, because the chip dropped its session. At most once a reading."""
        self.reopened = True
        self.session.close()
        self.session.note("session_reopened")
        if self.profile.select_master_file:
            # PACE belongs to the master file; whether the chip can go back there is its affair.
            yield from self.session.send(CommandAPDU(0, 0xA4, 0, 0x0C, b"\x3f\x00"))
        self.access = yield from open_chip(self.session, self.key, self.offer)

    def _active_authentication(self) -> Protocol[None]:
        if "DG15" not in self.files:
            return
        try:
            length = signature_length(DG15.parse(self.files["DG15"]).spki)
        except (InputError, UnsupportedAlgorithm):
            self._active_outcome(Exchange.UNSUPPORTED)
            return
        self._active_outcome(Exchange.INTERRUPTED)
        try:
            response = yield from internal_authenticate(self.session, self.challenge, length)
        except SecureMessagingLost as error:
            if not self.reopened:
                yield from self._reopen()
                yield from self._active_authentication()
            else:
                self._active_outcome(Exchange.REFUSED, sw=error.sw)
            return
        if response.sw == 0x9000:
            self._active_outcome(Exchange.COMPLETED, response.data)
        else:
            self._active_outcome(Exchange.REFUSED, sw=response.sw)

    def _active_outcome(self, exchange: Exchange, signature: bytes = b"", sw: int | None = None) -> None:
        self.active = ActiveAuthenticationTranscript(exchange, self.challenge, signature, sw)

    def _chip_authentication(self) -> Protocol[None]:
        """Try the keys of DG14 until one is supported, and prove it by one read."""
        if "DG14" not in self.files:
            return
        try:
            suites = suites_of(DG14.parse(self.files["DG14"]))
        except InputError:
            self.session.note("dg14_not_understood")
            return
        for suite in suites:
            yield from self._chip_authentication_with(suite)
            if self.chip is not None and self.chip.exchange is not Exchange.UNSUPPORTED:
                return

    def _chip_authentication_with(self, suite: ChipAuthenticationSuite) -> Protocol[None]:
        def outcome(exchange: Exchange, curve: str | None = None, sw: int | None = None) -> None:
            self.chip = ChipAuthenticationTranscript(
                exchange, suite.name, curve, suite.public_key, suite.key_id, sw
            )

        outcome(Exchange.INTERRUPTED)
        try:
            curve = yield from chip_authentication(self.session, suite)
        except (UnsupportedAlgorithm, InputError):
            outcome(Exchange.UNSUPPORTED)
            return
        except StatusWordError as error:
            outcome(Exchange.REFUSED, sw=error.sw)
            return
        except SecureMessagingLost as error:
            outcome(Exchange.REFUSED, sw=error.sw)
            if not self.reopened:
                yield from self._reopen()
                yield from self._chip_authentication_with(suite)
            return
        # Only who has the private key can answer under the new session keys. DG14 is there to be
        # selected, so that a chip that refuses in plain has no reason to.
        try:
            yield from self.session.send(select_command(FILES["DG14"]))
        except (SecureMessagingLost, SecureMessagingError):
            outcome(Exchange.WRONG, curve)
            yield from self._reopen_for_the_rest()
        else:
            outcome(Exchange.COMPLETED, curve)

    def _reopen_for_the_rest(self) -> Protocol[None]:
        """After a failed Chip Authentication, where data groups are still to be read."""
        if self.access is not None and self.access.protocol == "BAC" and not self.reopened:
            yield from self._reopen()
