"""Evidence: everything that was read from one card, exactly as it was read, in one file.

The file (``.eid``) is deterministic CBOR (RFC 8949, 4.2.1) of a versioned map. Nothing in it is
trusted by :func:`eid.verify`: it is what a terminal says it saw.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, get_type_hints

import cbor2

from eid.encoding.cbor import require_plain
from eid.errors import EncodingError, EvidenceError, LimitExceeded

__all__ = [
    "FILE_VERSION",
    "MAX_EVIDENCE",
    "AccessTranscript",
    "ActiveAuthenticationTranscript",
    "ChipAuthenticationTranscript",
    "Context",
    "Evidence",
    "Exchange",
    "LiveReading",
    "ReaderInfo",
]

#: Version of the file format, raised when a reader of the old one would misunderstand.
FILE_VERSION = 1
#: Octets of an evidence file. DG2 and DG3 of the largest cards stay below 200 KB.
MAX_EVIDENCE = 4 * 1024 * 1024


class Exchange(enum.StrEnum):
    """How an authentication protocol with the chip went, as the terminal saw it."""

    COMPLETED = "COMPLETED"  #: the chip answered; for AA the answer still has to be verified
    REFUSED = "REFUSED"  #: the chip answered with an error
    WRONG = "WRONG"  #: the chip answered, and the answer does not hold (no key)
    INTERRUPTED = "INTERRUPTED"  #: the conversation broke off
    UNSUPPORTED = "UNSUPPORTED"  #: curve or algorithm not supported by this library


@dataclass(frozen=True, slots=True)
class Context:
    """Why the card was read, from the caller (Decree 13/2023, Decree 69/2024: purpose and consent)."""

    purpose: str | None = None
    consent_reference: str | None = None
    operator: str | None = None


@dataclass(frozen=True, slots=True)
class ReaderInfo:
    """The reader's name and the card's answer to reset, as octets."""

    name: str
    atr: bytes = b""


@dataclass(frozen=True, slots=True)
class AccessTranscript:
    """How the chip was opened.

    :param protocol: ``PACE``, ``BAC`` or ``NONE``.
    :param algorithm: for PACE the protocol's name, for example ``PACE-ECDH-GM-AES-128``.
    :param curve: name of the domain parameters, for example ``brainpoolP256r1``.
    :param password: ``CAN`` or ``MRZ``.
    :param salt: random octets before the password in ``password_digest``.
    :param password_digest: SHA-256 of salt and password, so that the key can be compared with the
        card's content later without being stored.
    """

    protocol: str
    algorithm: str | None = None
    curve: str | None = None
    password: str | None = None
    salt: bytes = b""
    password_digest: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ChipAuthenticationTranscript:
    """Chip Authentication as the terminal saw it (Doc 9303-11, 6.2). No proof for third parties.

    :param public_key: the chip's SubjectPublicKeyInfo that was used, as it stands in DG14.
    :param key_id: its key identifier, when DG14 gives one.
    :param status_word: of a refusal.
    """

    exchange: Exchange
    algorithm: str
    curve: str | None = None
    public_key: bytes = b""
    key_id: int | None = None
    status_word: int | None = None


@dataclass(frozen=True, slots=True)
class ActiveAuthenticationTranscript:
    """Active Authentication (Doc 9303-11, 6.1): the challenge sent and the signature received."""

    exchange: Exchange
    challenge: bytes
    signature: bytes = b""
    status_word: int | None = None


@dataclass(frozen=True, slots=True)
class LiveReading:
    """Marks evidence that this very process read from a chip. It is never written to a file.

    :param challenge: the Active Authentication challenge this process chose or was given.
    """

    challenge: bytes | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one reading gathered.

    :param files: octets by name: ``EF.CardAccess``, ``EF.COM``, ``EF.SOD``, ``DG1`` ... ``DG16``.
    :param unreadable: for files that exist or are expected but could not be read, the error code.
    :param read_at: aware UTC time; ``None`` when unknown (a folder of files).
    :param quirks: odd behaviour of chip or reader met on the way, stable words.
    :param interruption: code of the error that ended the reading early.
    :param live: set only in the process that read the chip.
    """

    files: Mapping[str, bytes]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    access: AccessTranscript | None = None
    chip_authentication: ChipAuthenticationTranscript | None = None
    active_authentication: ActiveAuthenticationTranscript | None = None
    read_at: datetime | None = None
    reader: ReaderInfo | None = None
    quirks: tuple[str, ...] = ()
    interruption: str | None = None
    context: Context = field(default_factory=Context)
    profile: str | None = None
    live: LiveReading | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", MappingProxyType(dict(self.files)))
        object.__setattr__(self, "unreadable", MappingProxyType(dict(self.unreadable)))

    def __repr__(self) -> str:  # the files are personal data
        sizes = ", ".join(f"{name} {len(octets)}" for name, octets in self.files.items())
        return f"<Evidence {sizes or 'without files'}>"

    def stored(self) -> Evidence:
        """The same evidence without the mark of a live reading, as a verifier elsewhere sees it."""
        return replace(self, live=None)

    def to_bytes(self) -> bytes:
        """The octets of an ``.eid`` file: deterministic, so equal evidence gives equal files."""
        body = {f.name: _plain(getattr(self, f.name)) for f in fields(self) if f.name != "live"}
        # A reading that broke off at once has no files, and is evidence all the same.
        body = {key: value for key, value in body.items() if key == "files" or value not in (None, {}, [])}
        body["eid"] = FILE_VERSION
        return cbor2.dumps(body, canonical=True)

    @classmethod
    def from_bytes(cls, octets: bytes) -> Evidence:
        """Read an ``.eid`` file.

        :raises EvidenceError: not such a file, cut off, altered form, or a newer version.
        :raises LimitExceeded: longer than :data:`MAX_EVIDENCE`.
        """
        if len(octets) > MAX_EVIDENCE:
            raise LimitExceeded(f"evidence of more than {MAX_EVIDENCE} octets")
        try:
            require_plain(octets)
            body = cbor2.loads(octets)
        except LimitExceeded:
            raise
        except EncodingError as error:
            raise EvidenceError(error.detail) from None
        except Exception as error:  # noqa: BLE001 - cbor2 lets several foreign exceptions out
            raise EvidenceError(f"damaged ({type(error).__name__})") from None
        if not isinstance(body, dict) or body.pop("eid", None) != FILE_VERSION:
            raise EvidenceError("not an evidence file of this version")
        evidence: Evidence = _build(cls, body)
        if evidence.to_bytes() != octets:
            raise EvidenceError("not in deterministic form")
        return evidence


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return list(value)
    if hasattr(value, "__dataclass_fields__"):
        members = {f.name: _plain(getattr(value, f.name)) for f in fields(value)}  # type: ignore[arg-type]
        return {key: member for key, member in members.items() if member is not None}
    return value


_NESTED: dict[str, type] = {
    "access": AccessTranscript,
    "chip_authentication": ChipAuthenticationTranscript,
    "active_authentication": ActiveAuthenticationTranscript,
    "reader": ReaderInfo,
    "context": Context,
}


def _build(cls: type, body: dict[Any, Any]) -> Any:
    """An instance of dataclass *cls* from a decoded map, every member checked for its type."""
    known = get_type_hints(cls)
    values: dict[str, Any] = {}
    for name, value in body.items():
        if name not in known or name == "live":
            raise EvidenceError("an unknown member")
        values[name] = _member(cls, name, value, str(known[name]))
    try:
        return cls(**values)
    except TypeError:
        raise EvidenceError("a member is missing") from None


def _member(cls: type, name: str, value: Any, hint: str) -> Any:
    wrong = EvidenceError(f"member {name} has the wrong type")
    if cls is Evidence and name in _NESTED:
        if not isinstance(value, dict):
            raise wrong
        return _build(_NESTED[name], value)
    if "Mapping" in hint:
        kind = bytes if name == "files" else str
        if not isinstance(value, dict) or not all(
            isinstance(key, str) and isinstance(item, kind) for key, item in value.items()
        ):
            raise wrong
        return value
    if "tuple" in hint:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise wrong
        return tuple(value)
    try:
        if "datetime" in hint:
            return datetime.fromisoformat(value).astimezone(UTC)
        if "Exchange" in hint:
            return Exchange(value)
    except (TypeError, ValueError, OverflowError):
        raise wrong from None
    expected = bytes if "bytes" in hint else int if "int" in hint else str
    if not isinstance(value, expected) or isinstance(value, bool):
        raise wrong
    return value
