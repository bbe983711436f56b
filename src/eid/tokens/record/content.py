"""What a record states, and how that is written: one deterministic CBOR map for every record.

Everything that :func:`eid.verify` was given stands in it, so that it can be called again; and what it
answered, so that the two answers can be compared.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import cbor2

from eid.document.evidence import Evidence, LiveReading
from eid.document.profile import Profile
from eid.encoding import strict_cbor, strict_json
from eid.errors import (
    EidError,
    EncodingError,
    InputError,
    LimitExceeded,
    RecordMalformed,
    RecordMemberInvalid,
    RecordVersionUnknown,
)
from eid.tokens.record.members import CODECS, OPTIONAL
from eid.trust.anchors import TrustStore
from eid.verification.policy import Policy
from eid.verification.report import Report
from eid.verification.status import GatewayAnswer, HolderMatch, StatusAnswer
from eid.verification.verify import verify

__all__ = ["MAX_FILE", "MAX_RECORD", "RECORD_VERSION", "Record", "report_json"]

#: Version of the content, raised when a reader of the old one would misunderstand.
RECORD_VERSION = 1
#: Octets of the content. Evidence has up to 4 MiB, a revocation list up to 8.
MAX_RECORD = 24 * 1024 * 1024
#: Octets of a file: also signature, timestamp and what sealing adds.
MAX_FILE = MAX_RECORD + 128 * 1024
#: References of the caller, and characters of one, of its name, and of the version of the rules.
_MAX_REFERENCES = 32
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_MAX_TEXT = 256


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """What the maker of a record states. Signed as a whole, see :mod:`eid.tokens.record`.

    :param evidence: the octets of the ``.eid`` file.
    :param live: set when the maker had read the chip in its own process: then Chip Authentication
        counts in its report, on its word alone.
    :param trust: what the verification looked at of the trust store.
    :param policy: what had to hold, as one value for each of its fields.
    :param profile: name of the kind of card.
    :param now: the time verified for, in the zone that decided the day.
    :param challenge: what the maker had the chip sign; that it was fresh is its word.
    :param status: on the maker's word, as :attr:`holder` and :attr:`gateway`.
    :param report: as it was computed then, see :func:`report_json`.
    :param made_at: when the record was made, by the maker's clock.
    :param library: version of this library.
    :param rules: version of the rules that the maker applied, in its own words.
    :param references: of the caller, such as a case number; no personal data.
    :raises InputError: times without zone, texts too long, or a reference that cannot stand there.
    """

    evidence: bytes
    live: LiveReading | None
    trust: TrustStore
    policy: Policy
    profile: str
    now: datetime
    challenge: bytes | None
    status: StatusAnswer | None
    holder: HolderMatch | None
    gateway: GatewayAnswer | None
    report: bytes
    made_at: datetime
    library: str
    rules: str
    references: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.now.utcoffset() is None or self.made_at.utcoffset() is None:
            raise InputError("a time without zone")
        if not 0 < len(self.rules) <= _MAX_TEXT:
            raise InputError(f"the version of the rules has 1 to {_MAX_TEXT} characters")
        if len(self.references) > _MAX_REFERENCES:
            raise InputError(f"more than {_MAX_REFERENCES} references")
        for name, value in self.references.items():
            if not _NAME.fullmatch(name) or not 0 < len(value) <= _MAX_TEXT:
                raise InputError("a reference whose name or value cannot stand in a record")
        object.__setattr__(self, "references", MappingProxyType(dict(self.references)))

    def __repr__(self) -> str:  # the evidence is personal data
        return f"<Record of {self.made_at.isoformat()}, {len(self.evidence)} octets of evidence>"

    def verify(self, profile: Profile, *, on_makers_word: bool = True) -> Report:
        """Compute the report again, from what is stated here and nothing else.

        :param profile: the one called :attr:`profile`.
        :param on_makers_word: also believe what only the maker says: that it read the chip itself, and
            the answers about status, holder and authenticity.
        :raises EvidenceError: the evidence cannot be read.
        :raises LimitExceeded: it is too long.
        """
        evidence, challenge = Evidence.from_bytes(self.evidence), self.challenge
        if on_makers_word:
            evidence = dataclasses.replace(evidence, live=self.live)
        elif challenge is None and self.live is not None:
            challenge = self.live.challenge  # what the chip signed holds without the mark, too
        return verify(
            evidence,
            trust=self.trust,
            policy=self.policy,
            profile=profile,
            now=self.now,
            challenge=challenge,
            status=self.status if on_makers_word else None,
            holder=self.holder if on_makers_word else None,
            gateway=self.gateway if on_makers_word else None,
        )

    def to_bytes(self) -> bytes:
        """The octets that are signed: equal for equal records.

        :raises InputError: a text that is no Unicode, or a score that is no number.
        """
        try:
            members = {name: write(getattr(self, name)) for name, (write, _) in CODECS.items()}
            present = {name: value for name, value in members.items() if value is not None}
            return strict_cbor.dumps({"eid-record": RECORD_VERSION, **present})
        except (cbor2.CBOREncodeError, TypeError, ValueError):  # UnicodeEncodeError is a ValueError
            raise InputError("a member that cannot be written, such as text that is no Unicode") from None

    @classmethod
    def from_bytes(cls, octets: bytes) -> Record:
        """Read what was signed.

        :raises RecordVersionUnknown: of another version.
        :raises RecordMemberInvalid: a member too many, too few, or of another type.
        :raises RecordMalformed: not such a map, or not in deterministic form.
        """
        try:
            body = strict_cbor.loads(octets, limit=MAX_RECORD)
        except (EncodingError, LimitExceeded) as error:
            raise RecordMalformed(error.detail) from None
        if not isinstance(body, dict) or "eid-record" not in body:
            raise RecordMalformed("not a record")
        version = body.pop("eid-record")
        if version != RECORD_VERSION or isinstance(version, bool):
            raise RecordVersionUnknown("another version of the content")
        record = _record(body)
        if record.to_bytes() != octets:
            raise RecordMalformed("not in deterministic form")
        return record


def _record(body: dict[Any, Any]) -> Record:
    if not body.keys() <= CODECS.keys():
        raise RecordMemberInvalid("a member that is not known")
    values: dict[str, Any] = {}
    for name, (_, read) in CODECS.items():
        try:
            values[name] = None if name in OPTIONAL and name not in body else read(body[name])
        # Whatever is wrong with a member, its reader stumbles over it in one of these ways.
        except (EidError, TypeError, ValueError, LookupError, OverflowError, RecursionError):
            raise RecordMemberInvalid(f"member {name}") from None
    try:
        return Record(**values)
    except InputError as error:
        raise RecordMemberInvalid(error.detail) from None


def report_json(report: Report) -> bytes:
    """A report in full, as the record keeps it: what ``eid verify --json --show-person`` prints, and
    what it was computed for.

    :raises EncodingError: a text that is no Unicode.
    """
    return strict_json.dumps({
        **report.to_json(show_person=True),
        "policy": report.policy,
        "required": sorted(report.required),
        "profile": report.profile,
        "verified_at": report.verified_at.isoformat(),
    })  # fmt: skip
