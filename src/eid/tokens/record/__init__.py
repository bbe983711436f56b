"""The archive of a verification: one signed file from which the same report is computed years later.

A record is a COSE_Sign1 (RFC 9052, 4.2) over the map of :mod:`eid.tokens.record.content`: COSE and not
JWS, because most of it is octets, which JSON would make a third longer. The form of the file and its
timestamp: :mod:`eid.tokens.record.file`.

Who checks a record learns three things apart: that the maker signed it; that the same evidence still
gives the same report; and which verdicts rest on the maker's word, because no signature of the issuer
or the chip speaks for them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest
from types import MappingProxyType
from typing import Any

from cbor2 import CBOREncodeError

from eid.crypto.cose import (
    KID,
    TAGGED,
    TYP,
    Headers,
    Sign1,
    kid_octets,
    kid_text,
    sign1,
    verify_sign1,
)
from eid.crypto.keys import Key, KeySet, Signer
from eid.document.evidence import Evidence
from eid.document.profile import Profile
from eid.errors import (
    AlgorithmMismatch,
    EidError,
    EncodingError,
    InputError,
    LimitExceeded,
    RecordMemberInvalid,
    RecordProfileUnknown,
    RecordReportDiffers,
    RecordSignatureInvalid,
    RecordSignerUnknown,
    TimestampTooEarly,
    TokenSignatureInvalid,
)
from eid.tokens.record.content import MAX_RECORD, Record, report_json
from eid.tokens.record.file import (
    RECORD_TYPE,
    attach_timestamp,
    check_timestamp,
    has_timestamp,
    parse_record,
    request_record_timestamp,
    timestamp_of,
    timestamped,
)
from eid.tokens.record.trust import WatchedStore
from eid.trust.anchors import TrustStore
from eid.trust.timestamps import (
    Timestamp,
)
from eid.verification.policy import Policy
from eid.verification.report import Report
from eid.verification.status import CLOCK_SKEW, GatewayAnswer, HolderMatch, StatusAnswer
from eid.verification.verify import verify
from eid.version import VERSION

__all__ = [
    "RECORD_TYPE",
    "CheckedRecord",
    "Difference",
    "MadeRecord",
    "Record",
    "attach_timestamp",
    "check_record",
    "check_timestamp",
    "make_record",
    "request_record_timestamp",
    "timestamped",
]

_NOTHING: Mapping[str, str] = MappingProxyType({})


# --- making --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class MadeRecord:
    """A new record.

    :param octets: of the file. Personal data in clear: see :func:`eid.tokens.record.sealing.seal`.
    :param report: what the verification found out, as :func:`eid.verify` returns it.
    """

    octets: bytes
    report: Report


def make_record(
    evidence: Evidence,
    *,
    trust: TrustStore,
    policy: Policy,
    profile: Profile,
    now: datetime,
    signer: Signer,
    made_at: datetime,
    rules: str,
    challenge: bytes | None = None,
    status: StatusAnswer | None = None,
    holder: HolderMatch | None = None,
    gateway: GatewayAnswer | None = None,
    references: Mapping[str, str] = _NOTHING,
) -> MadeRecord:
    """Verify *evidence* and put into one signed file what is needed to do so again.

    The parameters up to *now*, and from *challenge* to *gateway*, are those of :func:`eid.verify`, which
    is called here: a report of somewhere else cannot get into a record. Before the record is signed the
    report is computed once more from its octets.

    Evidence that this process read from a chip is marked as such (``evidence.live``). The mark goes into
    the record as a statement of the maker, and a check names the verdicts that rest on it.

    :param signer: signs the record; its ``kid`` is how a check finds the key.
    :param made_at: the maker's clock, aware.
    :param rules: version of the rules that the maker applies, in its own words, up to 256 characters.
    :param references: names and values of the caller's own, such as a case number: up to 32. No personal
        data; the numbers of person and document are refused.
    :raises InputError: a time without zone, or a text that cannot stand in a record.
    :raises ChallengeFormatError: *challenge* is not of 8 octets.
    :raises EvidenceError: *evidence* cannot be written and read again.
    :raises LimitExceeded: the record would have more than :data:`MAX_RECORD` octets.
    :raises RecordReportDiffers: the record would not give the same report: a fault of this library.
    """
    watched = WatchedStore.around(trust)
    report = verify(
        evidence, trust=watched, policy=policy, profile=profile, now=now,
        challenge=challenge, status=status, holder=holder, gateway=gateway,
    )  # fmt: skip
    _refuse_personal(references, report)
    try:
        computed, stored = report_json(report), evidence.to_bytes()
    except (EncodingError, CBOREncodeError, ValueError):  # UnicodeEncodeError is a ValueError
        raise InputError("a text that is no Unicode") from None
    record = Record(
        evidence=stored, live=evidence.live, trust=watched.used(), policy=policy,
        profile=profile.name, now=now, challenge=challenge, status=status, holder=holder, gateway=gateway,
        report=computed, made_at=made_at, library=VERSION, rules=rules, references=references,
    )  # fmt: skip
    payload = record.to_bytes()
    if len(payload) > MAX_RECORD:
        raise LimitExceeded(f"a record of more than {MAX_RECORD} octets")
    if report_json(Record.from_bytes(payload).verify(profile)) != computed:
        raise RecordReportDiffers("before signing")
    protected: Headers = {TYP: RECORD_TYPE, KID: kid_octets(signer.kid)}
    return MadeRecord(sign1(payload, signer, wrapping=TAGGED, protected=protected), report)


def _refuse_personal(references: Mapping[str, str], report: Report) -> None:
    known = (report.person and report.person.number, report.document and report.document.number)
    if any(number and number in value for number in known for value in references.values()):
        raise InputError("a reference that holds the number of the person or the document")


# --- checking ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the report said then and does not say now.

    :param path: where, for example ``authentic.checks[1].code``.
    :param then: ``None`` also when it was not there; personal data when the path begins with ``person``.
    :param now: likewise.
    """

    path: str
    then: object = field(repr=False)
    now: object = field(repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class CheckedRecord:
    """A record whose signature holds, and what became of its report.

    :param record: everything that the maker states.
    :param signed_by: the caller's key that it is signed with.
    :param report_then: the report as the maker computed it, in the form of :func:`report_json`.
    :param report_now: computed again, from the record alone.
    :param differences: between the two; none when they are the same.
    :param proven: the report without what only the maker says: that it read the chip itself, the status
        of the document, the comparison with the holder, a gateway's answer.
    :param timestamp: verified; ``None`` when there is none or no authorities were given.
    :param timestamp_unchecked: the record has a timestamp that nobody verified here.
    """

    record: Record
    signed_by: Key
    report_then: Mapping[str, Any]
    report_now: Report
    differences: tuple[Difference, ...]
    proven: Report
    timestamp: Timestamp | None = None
    timestamp_unchecked: bool = False

    @property
    def same(self) -> bool:
        """Whether the report computed now is the one in the record."""
        return not self.differences

    @property
    def code(self) -> str | None:
        """``RECORD_REPORT_DIFFERS``, or ``None`` when the report is the same."""
        return None if self.same else RecordReportDiffers.code

    @property
    def made_at(self) -> datetime:
        """When the record was made, by the clock of its maker."""
        return self.record.made_at

    @property
    def report_sha256(self) -> str:
        """SHA-256 of the report in the record, in hexadecimal."""
        return hashlib.sha256(self.record.report).hexdigest()

    @property
    def on_makers_word(self) -> tuple[str, ...]:
        """Names of the verdicts that would be others if the maker were not believed. For the rest speak
        the signatures of issuer and chip; that a challenge was fresh remains the maker's word.
        """
        proven = self.proven.verdicts
        return tuple(
            name for name, verdict in self.report_now.verdicts.items()
            if verdict.outcome is not proven[name].outcome
        )  # fmt: skip

    def require_same(self) -> Report:
        """The report, when it is the same as then.

        :raises RecordReportDiffers: with this object in ``checked``.
        """
        if not self.same:
            raise RecordReportDiffers(", ".join(each.path for each in self.differences[:8]), self)
        return self.report_now

    def __repr__(self) -> str:
        return f"<CheckedRecord of {self.made_at.isoformat()}, {'same' if self.same else 'other'} report>"


def check_record(
    octets: bytes,
    *,
    signer: Key | KeySet,
    profiles: Mapping[str, Profile],
    timestamp_authorities: TrustStore | None = None,
) -> CheckedRecord:
    """Verify a record and compute its report again. Needs no network, and no trust store but its own.

    Whom the maker trusted stands in the record: whether that was right is for the reader of the report,
    who finds the anchor in the facts of ``certificate_chain``.

    :param signer: the maker's keys, from a source that the caller trusts; of a single key the identifier
        in the record is not looked at.
    :param profiles: kinds of cards by name, ``{"icao": eid.ICAO, "vietnam": vietnam.CITIZEN_CARD}``.
    :param timestamp_authorities: roots of time-stamping authorities. When given, a timestamp is required, and the
        key must have been in force at its time; else at the time that the maker states.
    :raises RecordMalformed: damaged, cut off, or another kind of file.
    :raises RecordSealed: encrypted; open it first.
    :raises RecordSignerUnknown: signed by somebody else.
    :raises RecordSignatureInvalid: altered or forged.
    :raises KeyNotInForce: the key was not in force when the record was made.
    :raises RecordVersionUnknown: of a version that this library does not know.
    :raises RecordMemberInvalid: what was signed has another form.
    :raises RecordProfileUnknown: *profiles* lacks the one that was used.
    :raises TimestampError: the timestamp does not hold, is missing, or contradicts the record.
    """
    message = parse_record(octets)
    key = _key(message, signer)
    _verify(message, key)
    record = Record.from_bytes(message.payload or b"")
    timestamp = None
    if timestamp_authorities is not None:
        timestamp = timestamp_of(message, timestamp_authorities)
        if record.made_at - timestamp.at > CLOCK_SKEW + (timestamp.accuracy or timedelta(0)):
            raise TimestampTooEarly
    KeySet([key]).find(key.kid, now=timestamp.at if timestamp is not None else record.made_at)
    profile = profiles.get(record.profile)
    if profile is None:
        raise RecordProfileUnknown("no profile of this name was given")
    try:
        report = record.verify(profile)
        proven = record.verify(profile, on_makers_word=False)
    except EidError as error:
        raise RecordMemberInvalid(f"member evidence: {error.code}") from None
    then = json.loads(record.report)
    return CheckedRecord(
        record=record,
        signed_by=key,
        report_then=MappingProxyType(then),
        report_now=report,
        differences=tuple(_differences("", then, json.loads(report_json(report)))),
        proven=proven,
        timestamp=timestamp,
        timestamp_unchecked=timestamp is None and has_timestamp(message),
    )


def _key(message: Sign1, signer: Key | KeySet) -> Key:
    if isinstance(signer, Key):
        return signer
    key = signer.get(kid_text(message.kid)) if message.kid is not None else None
    if key is None:
        raise RecordSignerUnknown("the key that the record names is not among those given")
    return key


def _verify(message: Sign1, key: Key) -> None:
    try:
        verify_sign1(message, key)
    except AlgorithmMismatch:
        raise RecordSignerUnknown("signed with a key of another kind") from None
    except TokenSignatureInvalid as error:
        raise RecordSignatureInvalid(error.detail) from None


def _differences(path: str, then: Any, now: Any) -> Iterator[Difference]:
    """Depth first; what only one side has is one difference, however much it is."""
    if isinstance(then, dict) and isinstance(now, dict):
        for name in dict.fromkeys((*then, *now)):
            yield from _differences(
                f"{path}.{name}" if path else name, then.get(name, _ABSENT), now.get(name, _ABSENT)
            )
    elif isinstance(then, list) and isinstance(now, list):
        for place, (one, other) in enumerate(zip_longest(then, now, fillvalue=_ABSENT)):
            yield from _differences(f"{path}[{place}]", one, other)
    elif then != now or then.__class__ is not now.__class__:
        yield Difference(path, *(None if side is _ABSENT else side for side in (then, now)))


_ABSENT = object()
