"""Consent receipts: what somebody agreed to, narrowed or took back, in a form that the person can keep.

A receipt is made from the entry of the usage log that recorded the consent. Signed it can be given away;
with :class:`~eid.accounts.usage.proof.EntryProof` anybody can check that the log still says so. There is no consent by default:
where no receipt says *given*, nothing was given (Decree 356/2025/NĐ-CP, Art. 6).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from eid.accounts.model import Consent, Role
from eid.accounts.usage import Entry, UsageKind
from eid.accounts.usage.chain import MAX_SIZE
from eid.crypto.keys import KeySource, Signer
from eid.encoding import strict_json
from eid.errors import InputError, ReceiptInvalid, TokenError
from eid.tokens.jws import parse_claims, parse_jws, require_type, sign_jws, verify_jws

__all__ = [
    "ACTIONS",
    "DONE",
    "TYPE",
    "ConsentReceipt",
    "read_receipt",
    "receipt_of",
    "sign_receipt",
    "standing_consents",
]

TYPE = "consent-receipt+jwt"
#: What can happen to a consent.
ACTIONS = ("given", "narrowed", "withdrawn")
#: The outcome of what was carried out.
DONE = "DONE"
_MAX_RECEIPT = 24 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentReceipt:
    """One act of consent.

    :param action: one of :data:`ACTIONS`.
    :param fields: what may be used from now on; of a withdrawal nothing.
    :param requester: who may use it.
    :param basis: instrument and article, or contract, that the use rests on.
    :param channel: how it was given.
    :param role: as what whoever agreed acted: holder or guardian, for example.
    :param log: :param sequence: :param hash: where it is recorded.
    :param subject: the person's pseudonym in that log; only who keeps its key can match it.
    """

    action: str
    purpose: str
    fields: frozenset[str]
    requester: str
    at: datetime
    log: bytes
    sequence: int
    hash: bytes = field(repr=False)
    subject: bytes | None = field(default=None, repr=False)
    basis: str | None = None
    channel: str | None = None
    role: Role | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", frozenset(self.fields))
        if self.action not in ACTIONS:
            raise InputError("an act that no consent knows")
        if not self.purpose or (self.action != "withdrawn" and not self.fields):
            raise InputError("a consent is to a purpose and to fields")

    def to_json(self) -> dict[str, object]:
        """Its members, for people and for signing."""
        said = {
            "action": self.action,
            "purpose": self.purpose,
            "fields": sorted(self.fields),
            "requester": self.requester,
            "at": self.at.isoformat(),
            "basis": self.basis,
            "channel": self.channel,
            "role": None if self.role is None else self.role.value,
            "log": self.log.hex(),
            "sequence": self.sequence,
            "hash": self.hash.hex(),
            "subject": None if self.subject is None else self.subject.hex(),
        }
        return {name: value for name, value in said.items() if value is not None}

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Self:
        """Read it.

        :raises ReceiptInvalid: other members, or of another type.
        """
        texts = ("action", "purpose", "requester", "at", "log", "hash")
        optional = ("basis", "channel", "role", "subject")
        if not {*texts, "fields", "sequence"} <= said.keys() <= {*texts, *optional, "fields", "sequence"}:
            raise ReceiptInvalid("other members than a receipt's")
        fields, sequence = said["fields"], said["sequence"]
        if not all(isinstance(said.get(name, ""), str) for name in (*texts, *optional)):
            raise ReceiptInvalid("a member that is no text")
        if not isinstance(fields, list) or not all(isinstance(each, str) for each in fields):
            raise ReceiptInvalid("fields that are no list of texts")
        if type(sequence) is not int or not 0 <= sequence < MAX_SIZE:
            raise ReceiptInvalid("no place in a log")
        try:
            at = datetime.fromisoformat(said["at"])
            if at.utcoffset() is None:
                raise ReceiptInvalid("a time without zone")
            return cls(
                action=said["action"],
                purpose=said["purpose"],
                fields=frozenset(fields),
                requester=said["requester"],
                at=at,
                basis=said.get("basis"),
                channel=said.get("channel"),
                role=Role(said["role"]) if "role" in said else None,
                log=_octets(said["log"], 16),
                sequence=sequence,
                hash=_octets(said["hash"], 32),
                subject=_octets(said["subject"], 32) if "subject" in said else None,
            )
        except (ValueError, InputError):
            raise ReceiptInvalid("a value that no receipt has") from None


def _octets(text: str, length: int) -> bytes:
    octets = bytes.fromhex(text)
    if len(octets) != length or octets.hex() != text:
        raise ValueError
    return octets


def receipt_of(entry: Entry, *, log: bytes) -> ConsentReceipt:
    """The receipt that an entry of kind ``consent`` with the outcome ``DONE`` stands for.

    :param log: identifier of its log.
    :raises InputError: an entry of another kind, one that expired, or one that does not say that the act was
        carried out: what was refused, nobody agreed to.
    """
    content = entry.content
    if entry.kind is not UsageKind.CONSENT or content is None or content.outcome != DONE:
        raise InputError("an entry that records no act of consent")
    return ConsentReceipt(
        action=content.action or "",
        purpose=content.purpose or "",
        fields=frozenset(content.fields),
        requester=content.requester,
        at=entry.at,
        basis=content.basis,
        channel=content.channel,
        role=content.role,
        log=log,
        sequence=entry.sequence,
        hash=entry.hash,
        subject=entry.subject,
    )


def sign_receipt(receipt: ConsentReceipt, signer: Signer) -> str:
    """A compact JWS (RFC 7515) of type ``consent-receipt+jwt``, to be given to the person."""
    return sign_jws({"typ": TYPE}, strict_json.dumps(receipt.to_json()), signer)


def read_receipt(token: str, *, keys: KeySource) -> ConsentReceipt:
    """Read a receipt and check its signature.

    :param keys: of who signs receipts; asked for the time of the receipt.
    :raises ReceiptInvalid: malformed, or the signature does not hold.
    :raises UnknownKey: signed by nobody expected (and other errors of *keys*).
    """
    try:
        jws = parse_jws(token, limit=_MAX_RECEIPT)
        require_type(jws, TYPE)
        kid = jws.kid
        receipt = ConsentReceipt.from_json(parse_claims(jws.payload, limit=_MAX_RECEIPT))
    except TokenError as error:
        raise ReceiptInvalid(error.code) from None
    key = keys.find(kid, now=receipt.at).key
    try:
        verify_jws(jws, key)
    except TokenError as error:
        raise ReceiptInvalid(error.code) from None
    return receipt


def standing_consents(receipts: Iterable[ConsentReceipt], *, at: datetime) -> tuple[Consent, ...]:
    """What somebody agrees to at a time, by their receipts: to be compared with the account.

    :param receipts: of one person, in any order.
    :param at: later receipts do not count.
    """
    held: dict[tuple[str, str], Consent] = {}
    for receipt in sorted(receipts, key=lambda each: each.sequence):
        if receipt.at > at:
            continue
        key = receipt.requester, receipt.purpose
        if receipt.action == "withdrawn":
            held.pop(key, None)
        elif receipt.action == "given":
            held[key] = Consent(
                purpose=receipt.purpose,
                given_at=receipt.at,
                requester=receipt.requester,
                fields=receipt.fields,
                basis=receipt.basis,
                channel=receipt.channel,
            )
        elif key in held:  # what was never given cannot be narrowed
            before = held[key]
            held[key] = Consent(
                purpose=before.purpose,
                given_at=before.given_at,
                requester=before.requester,
                fields=before.fields & receipt.fields,
                basis=before.basis,
                channel=before.channel,
                narrowed_at=receipt.at,
            )
    return tuple(held.values())
