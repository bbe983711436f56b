"""Opening a chip: EF.CardAccess, then PACE, else BAC, then the eMRTD application (Doc 9303-11, 4.2).

The rule that keeps error messages true: PACE that was offered and is supported is used, and when it
refuses the key, that is the answer. BAC is tried only where PACE is not offered or not supported.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from eid.chip.access import AccessKey, Mrz
from eid.chip.apdu import CommandAPDU, Protocol
from eid.chip.bac import basic_access_control
from eid.chip.files import read_file
from eid.chip.pace import PaceSuite, pace, suite_of
from eid.chip.session import Session, require_ok
from eid.document.evidence import AccessTranscript
from eid.document.lds import AID, EF_CARD_ACCESS, EF_COM, FILES
from eid.document.profile import Profile
from eid.document.security_infos import SecurityInfos
from eid.errors import (
    AccessNotOffered,
    FileTruncated,
    InputError,
    LimitExceeded,
    StatusWordError,
    UnsupportedAlgorithm,
)

__all__ = ["Offer", "open_chip", "read_card_access", "read_offer"]

#: Stronger ciphers first when a chip offers several.
_PREFERENCE = ("AES-256", "AES-192", "AES-128", "3DES")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a chip offers for access.

    :param suite: the PACE variant to use, or ``None``.
    :param offered: whether any PACE was offered at all.
    :param assumed: the profile's guess, because EF.CardAccess could not be read.
    """

    suite: PaceSuite | None
    offered: bool
    assumed: bool = False


def read_card_access(session: Session, profile: Profile) -> Protocol[bytes | None]:
    """EF.CardAccess as the chip gives it, or ``None``.

    SELECT MF is best effort: Viet Nam's card answers 6D00, others 6A86, 6985 or 6A81.
    """
    if profile.select_master_file:
        response = yield from session.send(CommandAPDU(0, 0xA4, 0, 0x0C, b"\x3f\x00"))
        if response.sw != 0x9000:
            session.note(f"select_mf_{response.sw:04X}")
    octets: bytes | None = None
    # SELECT first: outside an application, fewer chips take short identifiers. These are the second try.
    for session.short_identifiers in (False, None):
        try:
            octets = yield from read_file(session, FILES[EF_CARD_ACCESS])
            break
        except (StatusWordError, FileTruncated, LimitExceeded):
            continue
    # To be found out again inside the application: here only this file may be missing.
    session.short_identifiers = None
    session.forget("no_short_file_identifiers")
    return octets


def read_offer(octets: bytes | None) -> Offer:
    """The strongest supported PACE variant of EF.CardAccess (first of equals)."""
    if octets is None:
        return Offer(None, False)
    try:
        infos = SecurityInfos.parse(octets).pace
    except InputError:
        return Offer(None, False)
    suites = []
    for info in infos:
        try:
            suites.append(suite_of(info))
        except UnsupportedAlgorithm:
            continue
    suites.sort(key=lambda suite: _PREFERENCE.index(suite.cipher))
    return Offer(suites[0] if suites else None, bool(infos))


def open_chip(session: Session, key: AccessKey, offer: Offer) -> Protocol[AccessTranscript]:
    """Run access control and select the eMRTD application.

    :raises WrongAccessKey: the key is not this card's; nothing else was tried.
    :raises AccessNotOffered: no supported access takes this kind of key.
    :raises AccessBlocked: too many wrong tries.
    :raises ChipError: the chip breaks a protocol.
    """
    salt = secrets.token_bytes(16)
    digest = hashlib.sha256(salt + key.text).digest()
    suite = offer.suite
    if suite is not None:
        try:
            yield from pace(session, key, suite)
        except (StatusWordError, AccessNotOffered):
            if not offer.assumed:
                raise
            session.note("assumed_pace_refused")
        else:
            yield from _select_application(session)
            return AccessTranscript("PACE", suite.name, suite.curve.name, key.kind, salt, digest)
    elif offer.offered:
        session.note("pace_unsupported")
    yield from _select_application(session)
    if isinstance(key, Mrz):
        try:
            yield from basic_access_control(session, key)
        except StatusWordError:
            session.note("no_bac")
        else:
            return AccessTranscript("BAC", "BAC", None, key.kind, salt, digest)
    if not (yield from _readable(session)):
        raise AccessNotOffered(f"the chip takes no {key.kind}")
    return AccessTranscript("NONE")


def _select_application(session: Session) -> Protocol[None]:
    response = yield from session.ask(CommandAPDU(0, 0xA4, 0x04, 0x0C, AID))
    if response.sw in (0x6A86, 0x6B00):
        # A few chips insist on returning file control information.
        session.note("select_application_with_fci")
        response = yield from session.ask(CommandAPDU(0, 0xA4, 0x04, 0, AID, 256))
    require_ok(response, "SELECT eMRTD application")


def _readable(session: Session) -> Protocol[bool]:
    """Whether files can be read without access control (first passports)."""
    try:
        yield from read_file(session, FILES[EF_COM])
    except (StatusWordError, FileTruncated, LimitExceeded):
        return False
    return True
