"""Visible digital seals, read: BSI TR-03137 part 1 and ICAO Doc 9303-13, the binary form of a code.

A seal holds a few fields of a paper document, signed: a residence permit, a visa, an arrival attestation.
Only the common structure is read here. What a field means is told by the profile of the document type,
which the header names by two numbers; there are hundreds, so fields stay octets.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from eid.crypto.signatures import verify_ecdsa_plain
from eid.document.checks import Check, Outcome
from eid.errors import InvalidSignature, KeyFormatError, QrStructureInvalid, QrTooLarge, UnsupportedAlgorithm
from eid.qr.result import CodeResult, judge_validity
from eid.trust.certificates import Certificate
from eid.verification.holder import judge_holder
from eid.verification.report import Verdict
from eid.verification.status import HolderMatch

__all__ = ["MAX_SEAL", "Seal", "VerifiedSeal", "decode_c40", "read_seal", "verify_seal"]

#: Octets of the largest QR code (version 40, level L).
MAX_SEAL = 2953
_MAGIC = 0xDC
#: Raw version numbers: 2 is "version 3", 3 is "version 4" of the header.
_FIXED_REFERENCE, _COUNTED_REFERENCE = 2, 3
_SIGNATURE = 0xFF
#: Hash function by the bits of the signer's curve (TR-03116, 2.1).
_HASHES = {224: "sha224", 256: "sha256", 384: "sha384", 512: "sha512"}


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal taken apart. Nothing of it has been verified.

    :param country: that issued the document, as in machine readable zones (``D<<``, ``UTO``).
    :param signer: identifier of the signer, country and two letters.
    :param reference: of the signer's certificate, as the signer counts them.
    :param issued_on: day of issue of the document, :param signed_on: of the seal.
    :param feature_definition: number of the profile, :param category: number of the document type.
    :param features: tag and octets of each field, in their order.
    :param signed: the octets that are signed, :param signature: ECDSA as r || s.
    """

    country: str
    signer: str
    reference: str
    issued_on: dt.date
    signed_on: dt.date
    feature_definition: int
    category: int
    features: tuple[tuple[int, bytes], ...] = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def feature(self, tag: int) -> bytes | None:
        """The octets of the first field with this tag, or ``None``."""
        return next((octets for number, octets in self.features if number == tag), None)


@dataclass(frozen=True, slots=True)
class VerifiedSeal(CodeResult):
    """What came out for one seal. Its ``repr`` holds no personal data.

    :param seal: when it is authentic; else ``None``.
    :param unproven: while *authentic* is UNDECIDED.
    """

    seal: Seal | None
    unproven: Seal | None


def read_seal(octets: bytes) -> Seal:
    """Take a seal apart.

    :param octets: of the code, as the scanner gives them in binary.
    :raises QrStructureInvalid: not a seal of version 3 or 4, cut off, or with octets behind the signature.
    :raises QrTooLarge: longer than :data:`MAX_SEAL`.
    """
    if len(octets) > MAX_SEAL:
        raise QrTooLarge(f"more than {MAX_SEAL} octets")
    source = _Source(octets)
    magic, version = source.take(2)
    if magic != _MAGIC or version not in (_FIXED_REFERENCE, _COUNTED_REFERENCE):
        raise QrStructureInvalid("no seal of a known version")
    country = decode_c40(source.take(2)).replace(" ", "<")
    if version == _FIXED_REFERENCE:
        text = decode_c40(source.take(6))
        return _read_rest(source, country, text[:4], text[4:])
    text, start = decode_c40(source.take(4)), source.at
    problem = QrStructureInvalid("a length that is no number")
    for length in _lengths(text[4:]):
        source.at = start
        try:
            reference = decode_c40(source.take(-(-length // 3) * 2))[:length]
            return _read_rest(source, country, text[:4], reference)
        except QrStructureInvalid as error:
            problem = error
    raise problem


def _lengths(digits: str) -> list[int]:
    """The length of the reference: two hexadecimal digits, which some write as decimal ones."""
    found = [int(digits, 16)] if re.fullmatch("[0-9A-F]{2}", digits) else []
    return [*found, int(digits)] if found and digits.isdecimal() and int(digits) != found[0] else found


def _read_rest(source: _Source, country: str, signer: str, reference: str) -> Seal:
    issued_on, signed_on = _date(source.take(3)), _date(source.take(3))
    feature_definition, category = source.take(2)
    features = []
    while (tag := source.take(1)[0]) != _SIGNATURE:
        features.append((tag, source.take(source.length())))
    signed = source.taken[:-1]
    signature = source.take(source.length())
    if not source.at_end:
        raise QrStructureInvalid("octets behind the signature")
    return Seal(
        country, signer, reference, issued_on, signed_on, feature_definition, category, tuple(features), signed,
        signature,
    )  # fmt: skip


def verify_seal(
    octets: bytes,
    *,
    signers: Mapping[tuple[str, str], Certificate],
    now: dt.datetime,
    holder: HolderMatch | None = None,
) -> VerifiedSeal:
    """Judge a seal. Seals name no end of their validity, so *still valid* is UNDECIDED at best: look at the
    document.

    :param signers: certificates that the caller trusts, by signer and reference (``("DETS", "00032")``).
    :param now: aware.
    :raises QrMalformed: as :func:`read_seal`.
    """
    seal = read_seal(octets)
    certificate = signers.get((seal.signer, seal.reference))
    signature = _check(seal, certificate)
    authentic = Verdict(signature.outcome, signature.code, (signature,))
    checks = [Check("times", Outcome.UNDECIDED, "QR_NO_EXPIRY")]
    if seal.signed_on - now.date() > dt.timedelta(days=1):  # the signer's day may have begun earlier
        checks = [Check("times", Outcome.FAILED, "QR_NOT_YET_VALID")]
    if certificate is not None:
        checks.append(_signer_times(seal, certificate))
    outcome = authentic.outcome
    return VerifiedSeal(
        authentic,
        judge_validity(authentic, checks),
        judge_holder(authentic, holder),
        (),
        None,
        now,
        seal if outcome is Outcome.PASSED else None,
        seal if outcome is Outcome.UNDECIDED else None,
    )


def _check(seal: Seal, certificate: Certificate | None) -> Check:
    if certificate is None:
        return Check("signature", Outcome.UNDECIDED, "UNKNOWN_KEY")
    try:
        key = certificate.public_key
        name = _HASHES.get(key.bits)
        if key.kind != "EC" or name is None:
            raise UnsupportedAlgorithm(f"a key of kind {key.name}")
        verify_ecdsa_plain(key, name, seal.signature, seal.signed)
    except InvalidSignature:
        return Check("signature", Outcome.FAILED, "QR_SIGNATURE_INVALID")
    except (UnsupportedAlgorithm, KeyFormatError) as error:
        return Check("signature", Outcome.UNDECIDED, error.code)
    return Check("signature", Outcome.PASSED, None, {"algorithm": f"ECDSA {name}", "key": key.name})


def _signer_times(seal: Seal, certificate: Certificate) -> Check:
    """A seal outlives its signer's certificate, which has to be valid on the day of signing."""
    name = "signer_validity"
    if seal.signed_on < certificate.not_before.date():
        return Check(name, Outcome.FAILED, "QR_SIGNER_NOT_YET_VALID")
    if seal.signed_on > certificate.not_after.date():
        return Check(name, Outcome.FAILED, "QR_SIGNER_EXPIRED")
    return Check(name, Outcome.PASSED)


# --- encodings -----------------------------------------------------------------------------------


class _Source:
    """Octets taken from the front."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self.at = 0

    def take(self, count: int) -> bytes:
        taken = self._octets[self.at : self.at + count]
        if len(taken) != count:
            raise QrStructureInvalid("a seal cut off")
        self.at += count
        return taken

    @property
    def taken(self) -> bytes:
        """Everything so far."""
        return self._octets[: self.at]

    @property
    def at_end(self) -> bool:
        """Whether everything was taken."""
        return self.at == len(self._octets)

    def length(self) -> int:
        """A length as in DER, of at most two octets (TR-03137-1, 2.3.3)."""
        first = self.take(1)[0]
        if first < 0x80:
            return first
        if first in (0x81, 0x82):
            return int.from_bytes(self.take(first - 0x80), "big")
        raise QrStructureInvalid("a length that no field has")


def decode_c40(octets: bytes) -> str:
    """Digits, capitals and spaces, three of them in two octets (ISO/IEC 16022; Doc 9303-13, 2.3.4).

    :raises QrStructureInvalid: a value that stands for no character.
    """
    text = ""
    pairs = iter(octets)
    for first in pairs:
        second = next(pairs, None)
        if second is None:
            raise QrStructureInvalid("half a group of C40")
        if first == 0xFE:  # one character is left over, in ASCII plus one
            text += _ascii(second)
            continue
        value = (first << 8 | second) - 1
        text += _character(value // 1600) + _character(value % 1600 // 40) + _character(value % 40)
    return text


def _ascii(value: int) -> str:
    if not 1 <= value <= 128:
        raise QrStructureInvalid("a character that C40 does not have")
    return chr(value - 1)


def _character(value: int) -> str:
    if value == 3:
        return " "
    if 4 <= value <= 13:
        return chr(value - 4 + ord("0"))
    if 14 <= value <= 39:
        return chr(value - 14 + ord("A"))
    if value == 0:  # shift 1, which fills up the end
        return ""
    raise QrStructureInvalid("a character that seals do not have")


def _date(octets: bytes) -> dt.date:
    """MMDDYYYY as one number."""
    digits = f"{int.from_bytes(octets, 'big'):08d}"
    try:
        return dt.date(int(digits[4:]), int(digits[:2]), int(digits[2:4]))
    except ValueError:
        raise QrStructureInvalid("a date that is none") from None
