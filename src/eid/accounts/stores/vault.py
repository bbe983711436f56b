"""The secrets of an account store: what finds an account, and what opens it.

Whoever has the database alone finds nobody in it and reads nothing:

* An identifier, such as a personal number, is kept as HMAC-SHA-256 under the *index key* (RFC 2104). A
  plain hash would not do: there are so few numbers that all of them can be tried.
* Each account has a random *data key*, which seals its events and its latest state with AES-256-GCM (NIST
  SP 800-38D). What is sealed is bound to account, kind and version, so a row that is moved to another
  place does not open there, and an account is not found under an identifier that it does not have.
* Data keys are kept wrapped: sealed with a *wrapping key* of the vault, or by a key service
  (:class:`KeyWrapper`).

Whoever can write into the database can still destroy: take an identifier out, so that its holder seems
unknown; take a command out, so that it is carried out once more when it is repeated; put all rows of an account
back as they were before, consistent as they were then. Only what is kept elsewhere tells: the usage log with
checkpoints that its database does not hold.

Erasing an account is deleting its data key. Older copies of that key may live on in the database's log
files and in backups, wrapped. They are worth nothing once all others were wrapped anew and the old wrapping
key is gone: :meth:`Vault.add_key`, :meth:`Vault.use_newest_key`,
:meth:`eid.accounts.stores.sql.SqlAccountStore.rewrap`, :meth:`Vault.drop_old_keys`, in this order.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eid.crypto.key_files import create_file, read_file
from eid.encoding import base64url, strict_json
from eid.errors import (
    AccountDataDamaged,
    EidError,
    InputError,
    KeyFileError,
    KeyFileExposed,
    VaultFileError,
    VaultKeyMissing,
)

__all__ = ["MAX_VAULT_FILE", "DataKey", "KeyWrapper", "Vault", "WrappingKeys"]

#: Octets of a vault file; one wrapping key needs some 70.
MAX_VAULT_FILE = 64 * 1024
_FORMAT, _VERSION = "eid-vault", 1
_KEY, _NONCE, _TAG = 32, 12, 16
_KEY_ID = re.compile(r"[0-9a-f]{8}")
_SEALED = b"\1"


class KeyWrapper(Protocol):
    """Keeps wrapping keys: :class:`WrappingKeys` does it here, a key service or a hardware module elsewhere.

    It is asked once for every check, so one that is far away keeps what it unwrapped for a while.
    Implementations can be shared by threads.
    """

    def wrap(self, key: bytes, *, context: bytes) -> bytes:
        """Seal *key* with the wrapping key in use, bound to *context*."""
        ...

    def unwrap(self, wrapped: bytes, *, context: bytes) -> bytes:
        """Open what :meth:`wrap` sealed for the same *context*.

        :raises VaultKeyMissing: the wrapping key is not here.
        :raises AccountDataDamaged: it does not open.
        """
        ...

    def in_use(self, wrapped: bytes) -> bool:
        """Whether *wrapped* was sealed with the wrapping key that :meth:`wrap` uses now."""
        ...


class DataKey:
    """Seals what is kept of one account."""

    __slots__ = ("_account_id", "_cipher")

    def __init__(self, key: bytes, account_id: str) -> None:
        self._cipher = AESGCM(key)
        self._account_id = account_id

    def seal(self, plain: bytes, *, kind: str, place: int | str) -> bytes:
        """*plain*, readable only with this key, as this *kind* and at this *place* of this account."""
        nonce = secrets.token_bytes(_NONCE)
        return _SEALED + nonce + self._cipher.encrypt(nonce, plain, self._bound(kind, place))

    def open(self, sealed: bytes, *, kind: str, place: int | str) -> bytes:
        """What :meth:`seal` was given.

        :raises AccountDataDamaged: it was altered, or belongs to another place.
        """
        if sealed[:1] != _SEALED:
            raise AccountDataDamaged(f"{kind}: sealed in an unknown way")
        try:
            return self._cipher.decrypt(
                sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], self._bound(kind, place)
            )
        except (InvalidTag, ValueError):
            raise AccountDataDamaged(f"{kind}: does not open") from None

    def _bound(self, kind: str, place: int | str) -> bytes:
        return f"eid-account/1 {kind} {place} {self._account_id}".encode("utf-8", "surrogatepass")

    def __repr__(self) -> str:
        return "<DataKey>"


@dataclass(frozen=True, slots=True, repr=False)
class WrappingKeys:
    """Wrapping keys in the memory of this process, AES-256-GCM.

    :param keys: 32 octets each, by their identifiers of 8 hexadecimal digits, oldest first.
    :param current: the identifier of the one that wraps; the others only unwrap.
    :raises InputError: another length or form.
    """

    keys: dict[str, bytes]
    current: str

    def __post_init__(self) -> None:
        good = all(_KEY_ID.fullmatch(name) and len(key) == _KEY for name, key in self.keys.items())
        if not good or self.current not in self.keys:
            raise InputError("wrapping keys have 32 octets and identifiers of 8 hexadecimal digits")

    @classmethod
    def generate(cls) -> Self:
        """One new key."""
        name = secrets.token_hex(4)
        return cls({name: secrets.token_bytes(_KEY)}, name)

    def wrap(self, key: bytes, *, context: bytes) -> bytes:
        """See :class:`KeyWrapper`."""
        name, nonce = bytes.fromhex(self.current), secrets.token_bytes(_NONCE)
        return name + nonce + AESGCM(self.keys[self.current]).encrypt(nonce, key, context)

    def unwrap(self, wrapped: bytes, *, context: bytes) -> bytes:
        """See :class:`KeyWrapper`."""
        wrapping = self.keys.get(wrapped[:4].hex())
        if wrapping is None:
            raise VaultKeyMissing(f"wrapping key {wrapped[:4].hex()}")
        try:
            return AESGCM(wrapping).decrypt(wrapped[4 : 4 + _NONCE], wrapped[4 + _NONCE :], context)
        except (InvalidTag, ValueError):
            raise AccountDataDamaged("a data key does not open") from None

    def in_use(self, wrapped: bytes) -> bool:
        """See :class:`KeyWrapper`."""
        return wrapped[:4].hex() == self.current

    def __repr__(self) -> str:
        return f"<WrappingKeys {', '.join(self.keys)}>"


@dataclass(frozen=True, slots=True, repr=False)
class Vault:
    """The secrets of one account store. Whoever loses it loses the accounts: keep a copy elsewhere.

    :param index_key: 32 octets. It stays for the life of the store.
    :param wrapper: what wraps the keys of the accounts.
    :raises InputError: another length.
    """

    index_key: bytes
    wrapper: KeyWrapper = field(default_factory=WrappingKeys.generate)

    def __post_init__(self) -> None:
        if len(self.index_key) != _KEY:
            raise InputError("an index key has 32 octets")

    @classmethod
    def generate(cls) -> Self:
        """New secrets, in memory only."""
        return cls(secrets.token_bytes(_KEY))

    # --- what it is used for ---------------------------------------------------------------------

    def index(self, domain: str, text: str) -> bytes:
        """What stands for *text* where it must be found again but not read: 32 octets.

        :param domain: what it is used for. The same text in two domains gives values that do not tell
            that it is the same.
        """
        return self._keyed(b"index", domain, text)

    def secret(self, purpose: str) -> bytes:
        """A key of 32 octets for another part of the library, such as the log of uses; always the same."""
        return self._keyed(b"secret", purpose, "")

    def fingerprint(self) -> bytes:
        """Tells vaults apart and nothing else: 16 octets."""
        return self._keyed(b"fingerprint", "", "")[:16]

    def _keyed(self, use: bytes, domain: str, text: str) -> bytes:
        where = domain.encode("utf-8")
        message = b"eid-vault/1 %s %d %s" % (use, len(where), where) + text.encode("utf-8", "surrogatepass")
        return hmac.digest(self.index_key, message, "sha256")

    def new_key(self, account_id: str) -> tuple[DataKey, bytes]:
        """A data key for a new account, and the same wrapped, to be kept."""
        key = secrets.token_bytes(_KEY)
        return DataKey(key, account_id), self.wrapper.wrap(key, context=_context(account_id))

    def key(self, account_id: str, wrapped: bytes) -> DataKey:
        """The data key of an account.

        :raises VaultKeyMissing: the vault does not hold the wrapping key.
        :raises AccountDataDamaged: *wrapped* was altered, or is another account's.
        """
        return DataKey(self._unwrapped(account_id, wrapped), account_id)

    def rewrapped(self, account_id: str, wrapped: bytes) -> bytes | None:
        """*wrapped* with the wrapping key that is in use now; ``None`` when it is so already.

        :raises VaultKeyMissing: see :meth:`key`, as for the other error.
        """
        if self.wrapper.in_use(wrapped):
            return None
        return self.wrapper.wrap(self._unwrapped(account_id, wrapped), context=_context(account_id))

    def _unwrapped(self, account_id: str, wrapped: bytes) -> bytes:
        key = self.wrapper.unwrap(wrapped, context=_context(account_id))
        if len(key) != _KEY:
            raise AccountDataDamaged("a data key of another length")
        return key

    # --- its file --------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: str | Path) -> Self:
        """New secrets in a new file, readable by its owner only.

        :raises KeyFileExists: something has this name; a vault is never overwritten.
        :raises KeyFileError: it cannot be written.
        """
        vault = cls.generate()
        create_file(Path(path), vault.to_bytes(), mode=0o600)
        _sync_folder(Path(path))
        return vault

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """The vault in the file at *path*.

        :raises KeyFileError: missing or unreadable.
        :raises KeyFileExposed: open to the group or to others.
        :raises VaultFileError: not a vault.
        """
        octets, status = read_file(Path(path), MAX_VAULT_FILE)
        mode = stat.S_IMODE(status.st_mode)
        if os.name == "posix" and mode & 0o077:
            raise KeyFileExposed(f"{Path(path).name} has mode {mode:o}: chmod 600")
        return cls.from_bytes(octets)

    def to_bytes(self) -> bytes:
        """The vault as octets of JSON, in clear, for a store of secrets.

        :raises InputError: its wrapping keys are elsewhere.
        """
        if not isinstance(self.wrapper, WrappingKeys):
            raise InputError("the wrapping keys of this vault are not here")
        keys = {name: base64url.encode(key) for name, key in self.wrapper.keys.items()}
        document = {
            "format": _FORMAT,
            "version": _VERSION,
            "index_key": base64url.encode(self.index_key),
            "current": self.wrapper.current,
            "wrapping_keys": keys,
        }
        return strict_json.dumps(document) + b"\n"

    @classmethod
    def from_bytes(cls, octets: bytes) -> Self:
        """What :meth:`to_bytes` wrote.

        :raises VaultFileError: it is something else.
        """
        try:
            document = strict_json.loads(octets, limit=MAX_VAULT_FILE, depth=2)
            return cls._read(document)
        except VaultFileError:
            raise
        except (EidError, KeyError, TypeError, AttributeError):
            raise VaultFileError("not a vault of this version") from None

    @classmethod
    def _read(cls, document: Any) -> Self:
        version = document["version"]
        if document["format"] != _FORMAT or type(version) is not int or version != _VERSION:
            raise VaultFileError("not a vault of this version")
        if set(document) != {"format", "version", "index_key", "current", "wrapping_keys"}:
            raise VaultFileError("members that a vault does not have")
        keys = {name: base64url.decode(text, limit=64) for name, text in document["wrapping_keys"].items()}
        return cls(base64url.decode(document["index_key"], limit=64), WrappingKeys(keys, document["current"]))

    @classmethod
    def add_key(cls, path: str | Path) -> Self:
        """Put one more wrapping key into the file. It wraps nothing yet: first every process that uses the
        store has to know it, so open the file anew everywhere.

        :raises KeyFileError: see :meth:`open`; or the file is being changed by somebody else.
        """

        def one_more(keys: WrappingKeys) -> WrappingKeys:
            name = secrets.token_hex(4)
            while name in keys.keys:
                name = secrets.token_hex(4)
            return WrappingKeys({**keys.keys, name: secrets.token_bytes(_KEY)}, keys.current)

        return cls._changed(path, one_more)

    @classmethod
    def use_newest_key(cls, path: str | Path) -> Self:
        """Wrap with the key that :meth:`add_key` added last. Open the file anew everywhere, then wrap the keys
        of older accounts anew (:meth:`~eid.accounts.stores.sql.SqlAccountStore.rewrap`).

        :raises KeyFileError: see :meth:`add_key`.
        """
        return cls._changed(path, lambda keys: WrappingKeys(keys.keys, list(keys.keys)[-1]))

    @classmethod
    def drop_old_keys(cls, path: str | Path) -> Self:
        """Remove all wrapping keys but the one in use. What is still wrapped with another, also in backups,
        cannot be read any more.

        :raises KeyFileError: see :meth:`add_key`.
        """
        return cls._changed(
            path, lambda keys: WrappingKeys({keys.current: keys.keys[keys.current]}, keys.current)
        )

    @classmethod
    def _changed(cls, path: str | Path, change: Callable[[WrappingKeys], WrappingKeys]) -> Self:
        """Write the file anew, so that at every moment there is a whole one."""
        target = Path(path)
        draft = target.with_name(f"{target.name}.new")
        # While this name is there nobody else begins a change: of two, one would lose the other's key.
        create_file(draft, b"", mode=0o600)
        try:
            vault = cls.open(target)
            assert isinstance(vault.wrapper, WrappingKeys)  # it was read from a file
            vault = replace(vault, wrapper=change(vault.wrapper))
            with draft.open("r+b") as stream:
                stream.write(vault.to_bytes())
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(draft, target)
        except BaseException as error:
            draft.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise KeyFileError(f"{target.name}: {error.strerror}") from None
            raise
        _sync_folder(target)
        return vault

    def __repr__(self) -> str:
        return "<Vault>"


def _context(account_id: str) -> bytes:
    return b"eid-data-key/1 " + account_id.encode("utf-8", "surrogatepass")


def _sync_folder(path: Path) -> None:
    """A file's name is on the disk only when its folder is."""
    with contextlib.suppress(OSError):  # systems that cannot do this to a folder
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
