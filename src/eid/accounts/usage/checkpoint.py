"""Checkpoints: where a usage log ended at a time, signed, to be kept where its operator cannot reach.

A checkpoint is a compact JWS (RFC 7515) of type ``usage-checkpoint+jwt`` over identifier, size, last hash
and Merkle root of the log. What it covers can no longer be altered, dropped or cut off unnoticed by
anybody who cannot also take the checkpoint back from those who hold it. It says nothing of persons.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from eid.accounts.usage.chain import (
    EMPTY_ROOT,
    MAX_SIZE,
    Head,
    first_hash,
    holds_consistency,
    holds_inclusion,
)
from eid.accounts.usage.log import UsageLog
from eid.crypto.keys import KeySource, Signer
from eid.encoding import base64url, strict_json
from eid.errors import CheckpointInvalid, EidError, EncodingError, InputError, TokenError
from eid.tokens.jws import parse_claims, parse_jws, require_type, sign_jws, verify_jws

__all__ = ["MAX_CHECKPOINT", "TYPE", "Checkpoint", "read_checkpoint", "sign_checkpoint", "take_checkpoint"]

TYPE = "usage-checkpoint+jwt"
#: Characters; one signed with ML-DSA-65 has some 5,000.
MAX_CHECKPOINT = 12 * 1024
_LATEST = 253_402_300_800
_HASH = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was signed. It holds once :func:`read_checkpoint` returned it.

    :param at: when, by the clock of who signed; whole seconds.
    :param key_id: of the key that signed.
    :param token: the JWS.
    """

    head: Head
    at: datetime
    key_id: str
    token: str = field(repr=False)

    def includes(self, leaf: bytes, sequence: int, path: tuple[bytes, ...]) -> bool:
        """Whether *path* proves that the entry with hash *leaf* stood in the log at *sequence* (RFC 9162, 2.1.3)."""
        return holds_inclusion(leaf, sequence, self.head.size, path, self.head.root)

    def extends(self, older: Checkpoint, path: tuple[bytes, ...]) -> bool:
        """Whether *path* proves that the log only grew since *older* (RFC 9162, 2.1.4)."""
        if self.head.log != older.head.log:
            return False
        if older.head.size == 0:
            return not path
        return holds_consistency(older.head.size, self.head.size, path, older.head.root, self.head.root)


def sign_checkpoint(head: Head, signer: Signer, *, at: datetime) -> str:
    """Sign where a log ends.

    :param at: aware; goes into the checkpoint in whole seconds.
    :raises InputError: a time without zone.
    """
    if at.utcoffset() is None:
        raise InputError("a time without zone")
    claims = {
        "log": head.log.hex(),
        "size": head.size,
        "hash": base64url.encode(head.hash),
        "root": base64url.encode(head.root),
        "iat": int(at.timestamp()),
    }
    return sign_jws({"typ": TYPE}, strict_json.dumps(claims), signer)


def take_checkpoint(log: UsageLog, signer: Signer, *, at: datetime) -> str:
    """Sign where *log* ends now, and keep the checkpoint with it.

    Do it after a number of entries or minutes, and send the result to somebody else: an auditor, another
    body, a time-stamping service.
    """
    token = sign_checkpoint(log.head(), signer, at=at)
    log.keep_checkpoint(token)
    return token


def read_checkpoint(token: str, *, keys: KeySource, log: bytes | None = None) -> Checkpoint:
    """Read a checkpoint and check its signature.

    :param keys: of who signs; asked for the time of the checkpoint.
    :param log: the log it has to be of; ``None`` for any.
    :raises CheckpointInvalid: malformed, of another log, or the signature does not hold.
    :raises UnknownKey: signed by nobody expected (and other errors of *keys*).
    """
    try:
        jws = parse_jws(token, limit=MAX_CHECKPOINT)
        require_type(jws, TYPE)
        kid = jws.kid
        claims = parse_claims(jws.payload, limit=MAX_CHECKPOINT)
    except TokenError as error:
        raise CheckpointInvalid(f"no checkpoint: {error.code}") from None
    head, at = _head(claims), _moment(claims)
    key = keys.find(kid, now=at).key
    try:
        verify_jws(jws, key)
    except TokenError as error:
        raise CheckpointInvalid(error.code, "signature") from None
    if log is not None and head.log != log:
        raise CheckpointInvalid("of another log", "log")
    return Checkpoint(head, at, kid, token)


def _moment(claims: dict[str, Any]) -> datetime:
    seconds = claims["iat"]
    if type(seconds) is not int or not 0 <= seconds < _LATEST:
        raise CheckpointInvalid("iat is not a time")
    return datetime.fromtimestamp(seconds, UTC)


def _head(claims: dict[str, Any]) -> Head:
    if claims.keys() != {"log", "size", "hash", "root", "iat"}:
        raise CheckpointInvalid("other members than a checkpoint's")
    size, log = claims["size"], claims["log"]
    if type(size) is not int or not 0 <= size <= MAX_SIZE or not isinstance(log, str) or len(log) != 32:
        raise CheckpointInvalid("no size or no log")
    try:
        head = Head(bytes.fromhex(log), size, _octets(claims["hash"]), _octets(claims["root"]))
    except (EidError, ValueError):
        raise CheckpointInvalid("a hash in another form") from None
    if len(head.log) != 16 or head.log.hex() != log:
        raise CheckpointInvalid("a log in another form")
    if size == 0 and (head.root, head.hash) != (EMPTY_ROOT, first_hash(head.log)):
        raise CheckpointInvalid("a log without entries that has a root")
    return head


def _octets(text: object) -> bytes:
    if not isinstance(text, str):
        raise EncodingError("not a text")
    octets = base64url.decode(text, limit=64)
    if len(octets) != _HASH:
        raise EncodingError("not 32 octets")
    return octets
