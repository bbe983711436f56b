"""The file of a record: one COSE_Sign1 in one form, and the trusted timestamp over its signature.

The timestamp stands where RFC 9921, 3.1 puts it (COSE, then timestamp). Beside it is the SHA-256 of its
octets: some of them nobody signs, and damage shall not go unnoticed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from eid.crypto.cose import TAGGED, TYP, Sign1, parse_sign1
from eid.encoding import strict_cbor
from eid.errors import InputError, RecordMalformed, RecordSealed, TimestampMissing, TokenError
from eid.tokens.record.content import MAX_FILE
from eid.tokens.record.sealing import is_sealed
from eid.trust.anchors import TrustStore
from eid.trust.timestamps import (
    Timestamp,
    obtain_token,
    request_timestamp,
    token_of_response,
    verify_timestamp,
)

__all__ = [
    "RECORD_TYPE",
    "attach_timestamp",
    "check_timestamp",
    "has_timestamp",
    "parse_record",
    "request_record_timestamp",
    "timestamp_of",
    "timestamped",
]

#: Type in the signed header (RFC 9596): a signature for another purpose makes no record.
RECORD_TYPE = "application/eid-record+cbor"
_TIMESTAMP, _TOKEN_SHA256 = 270, "3161-ctt-sha256"


def parse_record(octets: bytes) -> Sign1:
    """Take a record apart, only in the one form that is written here. Nothing of it is verified.

    :raises RecordMalformed: damaged, cut off, or another kind of file.
    :raises RecordSealed: encrypted.
    """
    if is_sealed(octets):
        raise RecordSealed
    try:
        message = parse_sign1(octets, wrappings=frozenset({TAGGED}), limit=MAX_FILE)
    except TokenError as error:
        raise RecordMalformed(f"{error.code}: {error.detail}".removesuffix(": ")) from None
    if message.protected.get(TYP) != RECORD_TYPE or message.payload is None:
        raise RecordMalformed("signed for another purpose")
    _require_token_undamaged(message.unprotected)
    if _assembled(message, message.unprotected) != octets:
        raise RecordMalformed("not in deterministic form")
    return message


def _require_token_undamaged(unprotected: Mapping[Any, Any]) -> None:
    if not unprotected:
        return
    token, stated = unprotected.get(_TIMESTAMP), unprotected.get(_TOKEN_SHA256)
    if len(unprotected) != 2 or not isinstance(token, bytes) or not isinstance(stated, bytes):
        raise RecordMalformed("an unprotected header of another form")
    if not hmac.compare_digest(stated, hashlib.sha256(token).digest()):
        raise RecordMalformed("a damaged timestamp")


def _assembled(message: Sign1, unprotected: Mapping[Any, Any]) -> bytes:
    items = [message.protected_raw, dict(unprotected), message.payload, message.signature]
    return strict_cbor.dumps(strict_cbor.Tagged(TAGGED[0], items))


# --- timestamps ----------------------------------------------------------------------------------


def timestamped(
    octets: bytes, *, send: Callable[[bytes], bytes], authorities: TrustStore, policy: str | None = None
) -> bytes:
    """The same record with a trusted timestamp, obtained and verified here.

    :param send: takes a request (RFC 3161) to an authority and returns its answer; what it raises is
        not caught.
    :param authorities: roots that vouch for the authority.
    :param policy: of the authority (dotted), to ask for and to demand.
    :raises InputError: the record has one already.
    :raises RecordMalformed: not a record.
    :raises TimestampError: refused, or not one for this record: see :mod:`eid.trust.timestamps`.
    """
    message = parse_record(octets)
    token, _ = obtain_token(_stamped(message), send=send, authorities=authorities, policy=policy)
    return _with_token(message, token)


def request_record_timestamp(octets: bytes) -> bytes:
    """A request for a timestamp of this record, for those who send it themselves; without a nonce,
    because the signature that is stamped exists but once.

    :raises RecordMalformed: not a record.
    """
    return request_timestamp(_stamped(parse_record(octets)), nonce=None)


def attach_timestamp(octets: bytes, response: bytes, *, authorities: TrustStore) -> bytes:
    """The same record with the timestamp of *response*, the answer to :func:`request_record_timestamp`.

    :raises InputError: the record has one already.
    :raises RecordMalformed: not a record.
    :raises TimestampError: refused, or not one for this record: see :mod:`eid.trust.timestamps`.
    """
    message = parse_record(octets)
    token = token_of_response(response)
    verify_timestamp(token, _stamped(message), authorities=authorities)
    return _with_token(message, token)


def check_timestamp(octets: bytes, *, authorities: TrustStore) -> Timestamp:
    """Verify the timestamp of a record, and nothing else of it.

    :raises RecordMalformed: not a record.
    :raises TimestampMissing: it has none.
    :raises TimestampError: it does not hold: see :func:`eid.trust.timestamps.verify_timestamp`.
    """
    return timestamp_of(parse_record(octets), authorities)


def _stamped(message: Sign1) -> bytes:
    """What is stamped: the signature as it is encoded in the file (RFC 9921, 3.1)."""
    return strict_cbor.dumps(message.signature)


def _with_token(message: Sign1, token: bytes) -> bytes:
    if message.unprotected:
        raise InputError("the record has a timestamp already")
    return _assembled(message, {_TIMESTAMP: token, _TOKEN_SHA256: hashlib.sha256(token).digest()})


def timestamp_of(message: Sign1, authorities: TrustStore) -> Timestamp:
    """Verify the timestamp of a record that was taken apart; errors as :func:`check_timestamp`."""
    token = message.unprotected.get(_TIMESTAMP)
    if token is None:
        raise TimestampMissing
    return verify_timestamp(token, _stamped(message), authorities=authorities)


def has_timestamp(message: Sign1) -> bool:
    """Whether there is one, good or bad."""
    return _TIMESTAMP in message.unprotected
