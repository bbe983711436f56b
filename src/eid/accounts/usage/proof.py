"""A proof that one entry stands in a usage log, for somebody who has nothing but a key to check with."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Any, Self

from eid.accounts.usage import Entry
from eid.accounts.usage.chain import first_hash, leaf_hash
from eid.accounts.usage.checkpoint import Checkpoint, read_checkpoint
from eid.accounts.usage.form import row_from_json, row_to_json
from eid.accounts.usage.log import UsageLog
from eid.accounts.usage.rows import Row, frame, row_digest
from eid.crypto.keys import KeySource
from eid.encoding import strict_json
from eid.errors import EidError, UsageLogFormatError, UsageProofInvalid, UsageProofUnavailable

__all__ = ["MAX_PROOF", "EntryProof", "prove_entry"]

#: Octets of a proof: an entry, a checkpoint, and a hash for each doubling of the log.
MAX_PROOF = 64 * 1024
_FORMAT = "eid-usage-proof/1"
_MAX_PATH = 64
_MEMBERS = {"format", "entry", "content", "previous", "path", "checkpoint"}


@dataclass(frozen=True, slots=True)
class EntryProof:
    """An entry, the hash before it, the path to the root (RFC 9162, 2.1.3) and the signed root.

    It holds the person's layer of the entry, so it is for the person it is about, or an authority.
    """

    row: Row = field(repr=False)
    previous: bytes = field(repr=False)
    path: tuple[bytes, ...] = field(repr=False)
    checkpoint: str = field(repr=False)

    def check(self, *, keys: KeySource, log: bytes | None = None) -> tuple[Entry, Checkpoint]:
        """The entry that is proved, and the checkpoint that proves it.

        :param keys: of who signs checkpoints.
        :param log: the log it has to stand in, where the same keys sign for several; ``None`` for any.
        :raises UsageProofInvalid: it proves nothing.
        :raises CheckpointInvalid: the checkpoint does not hold.
        :raises UnknownKey: it is signed by nobody expected (and other errors of *keys*).
        """
        checkpoint = read_checkpoint(self.checkpoint, keys=keys, log=log)
        row = self.row
        digest = row_digest(row)
        if digest is None:
            raise UsageProofInvalid("an entry in another form")
        leaf = leaf_hash(self.previous, frame(row.kind, row.sequence, row.at, digest))
        if not hmac.compare_digest(leaf, row.hash):
            raise UsageProofInvalid("another hash than the entry's")
        if row.sequence == 0 and self.previous != first_hash(checkpoint.head.log):
            raise UsageProofInvalid("a first entry of another log")
        if not checkpoint.includes(leaf, row.sequence, self.path):
            raise UsageProofInvalid("a path that does not lead to the root")
        return Entry.of(row), checkpoint

    def to_bytes(self) -> bytes:
        """As JSON."""
        content = self.row.content
        return strict_json.dumps(
            {
                "format": _FORMAT,
                "entry": row_to_json(self.row),
                "content": None if content is None else content.decode("utf-8"),
                "previous": self.previous.hex(),
                "path": [each.hex() for each in self.path],
                "checkpoint": self.checkpoint,
            }
        )

    @classmethod
    def from_bytes(cls, octets: bytes) -> Self:
        """Read it; nothing of it is checked yet.

        :raises UsageProofInvalid: not such JSON.
        """
        try:
            said: Any = strict_json.loads(octets, limit=MAX_PROOF, depth=3)
            if not isinstance(said, dict) or said.keys() != _MEMBERS or said["format"] != _FORMAT:
                raise UsageProofInvalid("no proof of this version")
            path, checkpoint, content = said["path"], said["checkpoint"], said["content"]
            if not isinstance(path, list) or len(path) > _MAX_PATH or not isinstance(checkpoint, str):
                raise UsageProofInvalid("a path that is no short list, or no checkpoint")
            if not isinstance(content, str | None):
                raise UsageProofInvalid("content that is no text")
            row = row_from_json(said["entry"], None if content is None else content.encode())
            return cls(row, _hash(said["previous"]), tuple(map(_hash, path)), checkpoint)
        except UsageProofInvalid:
            raise
        except EidError as error:
            raise UsageProofInvalid(f"no proof: {error.code}") from None


def _hash(text: object) -> bytes:
    try:
        octets = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        octets = b""
    if len(octets) != 32:
        raise UsageLogFormatError("no hash in hexadecimal")
    return octets


def prove_entry(log: UsageLog, sequence: int, checkpoint: str, *, keys: KeySource) -> EntryProof:
    """Prove that an entry stands in *log*, to whoever trusts who signed *checkpoint*.

    :param checkpoint: of this log, taken after the entry.
    :raises UsageProofUnavailable: there is no such entry below the checkpoint.
    :raises CheckpointInvalid: see :func:`~eid.accounts.usage.checkpoint.read_checkpoint`, as for others.
    """
    head = log.head()
    signed = read_checkpoint(checkpoint, keys=keys, log=head.log)
    path = log.inclusion(sequence, signed.head.size)
    rows = list(log.rows(max(0, sequence - 1), sequence + 1))
    if not rows or rows[-1].sequence != sequence:
        raise UsageProofUnavailable("an entry that is not there")
    previous = rows[-2].hash if len(rows) > 1 else first_hash(head.log)
    return EntryProof(rows[-1], previous, path, checkpoint)
