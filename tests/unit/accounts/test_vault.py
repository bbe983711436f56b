"""The secrets of an account store, and the file they are kept in."""

from __future__ import annotations

import json
import os
import secrets
import threading
from pathlib import Path

import pytest

from eid.accounts.stores.vault import MAX_VAULT_FILE, DataKey, Vault, WrappingKeys
from eid.errors import (
    AccountDataDamaged,
    InputError,
    KeyFileError,
    KeyFileExists,
    KeyFileExposed,
    VaultFileError,
    VaultKeyMissing,
)

posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
NUMBER = "001099012349"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.json"


# --- what stands for a number ---------------------------------------------------------------------------


def test_a_number_is_found_again_with_the_same_vault_only() -> None:
    vault = Vault.generate()
    assert vault.index("subject", NUMBER) == Vault.from_bytes(vault.to_bytes()).index("subject", NUMBER)
    assert vault.index("subject", NUMBER) != Vault.generate().index("subject", NUMBER)
    assert len(vault.index("subject", NUMBER)) == 32


def test_the_same_text_in_two_places_cannot_be_told_to_be_the_same() -> None:
    vault = Vault.generate()
    values = [
        vault.index("subject", NUMBER),
        vault.index("command", NUMBER),
        vault.index("subject" + NUMBER[0], NUMBER[1:]),
        vault.index("", "subject" + NUMBER),
        vault.index("subject", NUMBER + "\0"),
        vault.secret("subject"),
        vault.secret(NUMBER),
        vault.fingerprint() + bytes(16),
        vault.index_key,
    ]
    assert len(set(values)) == len(values)


def test_any_text_has_an_index() -> None:
    vault = Vault.generate()
    assert len({vault.index("subject", text) for text in ("", "\ud800", "\udc00", "ố", "o\u0302\u0301")}) == 5


def test_a_wrapping_key_that_changes_does_not_change_what_finds_accounts(path: Path) -> None:
    before = Vault.create(path)
    Vault.add_key(path)
    Vault.use_newest_key(path)
    after = Vault.drop_old_keys(path)
    assert before.index("subject", NUMBER) == after.index("subject", NUMBER)
    assert before.fingerprint() == after.fingerprint()
    assert before.secret("usage") == after.secret("usage")
    assert before.wrapper.keys != after.wrapper.keys  # type: ignore[attr-defined]


# --- what is sealed ----------------------------------------------------------------------------------------


def test_what_was_sealed_opens_where_it_belongs_and_nowhere_else() -> None:
    vault = Vault.generate()
    key, wrapped = vault.new_key("a-1")
    sealed = key.seal(b"text", kind="event", place=2)
    again = vault.key("a-1", wrapped)
    assert again.open(sealed, kind="event", place=2) == b"text"
    for kind, place in (("event", 1), ("event", 21), ("account", 2), ("event 2", ""), ("event", "2 ")):
        with pytest.raises(AccountDataDamaged):
            again.open(sealed, kind=kind, place=place)
    other, _ = vault.new_key("a-1")
    with pytest.raises(AccountDataDamaged):
        other.open(sealed, kind="event", place=2)


def test_a_key_belongs_to_its_account() -> None:
    vault = Vault.generate()
    _, wrapped = vault.new_key("a-1")
    for account_id in ("a-2", "a-", "a-11", ""):
        with pytest.raises(AccountDataDamaged):
            vault.key(account_id, wrapped)
        with pytest.raises(AccountDataDamaged):
            Vault(vault.index_key, _with_another(vault)).rewrapped(account_id, wrapped)


def test_the_same_data_key_seals_for_one_account() -> None:
    """Whoever writes into the database cannot move a row together with its key."""
    material = secrets.token_bytes(32)
    sealed = DataKey(material, "a-1").seal(b"x", kind="event", place=1)
    with pytest.raises(AccountDataDamaged):
        DataKey(material, "a-2").open(sealed, kind="event", place=1)


def test_every_bit_of_what_is_sealed_counts() -> None:
    vault = Vault.generate()
    key, wrapped = vault.new_key("a-1")
    sealed = key.seal(b"text", kind="event", place=1)
    for at in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[at] ^= 1
        with pytest.raises(AccountDataDamaged):
            key.open(bytes(damaged), kind="event", place=1)
    for length in range(len(sealed)):
        with pytest.raises(AccountDataDamaged):
            key.open(sealed[:length], kind="event", place=1)
    for at in range(len(wrapped)):
        damaged = bytearray(wrapped)
        damaged[at] ^= 1
        with pytest.raises(VaultKeyMissing if at < 4 else AccountDataDamaged):
            vault.key("a-1", bytes(damaged))
    for length in range(len(wrapped)):
        with pytest.raises(VaultKeyMissing if length < 4 else AccountDataDamaged):
            vault.key("a-1", wrapped[:length])


def test_nothing_is_sealed_twice_the_same_way() -> None:
    vault = Vault.generate()
    key, _ = vault.new_key("a-1")
    assert len({key.seal(b"text", kind="event", place=1) for _ in range(100)}) == 100
    assert len({vault.new_key("a-1")[1] for _ in range(100)}) == 100


def test_a_key_service_can_keep_the_wrapping_keys() -> None:
    class Service:
        """Far away; it may say no."""

        def __init__(self) -> None:
            self._keys = WrappingKeys.generate()
            self.asked: list[bytes] = []

        def wrap(self, key: bytes, *, context: bytes) -> bytes:
            return self._keys.wrap(key, context=context)

        def unwrap(self, wrapped: bytes, *, context: bytes) -> bytes:
            self.asked.append(context)
            return self._keys.unwrap(wrapped, context=context)

        def in_use(self, wrapped: bytes) -> bool:
            return True

    service = Service()
    vault = Vault(secrets.token_bytes(32), service)
    key, wrapped = vault.new_key("a-1")
    sealed = key.seal(b"text", kind="event", place=1)
    assert vault.key("a-1", wrapped).open(sealed, kind="event", place=1) == b"text"
    assert len(service.asked) == 1
    assert vault.rewrapped("a-1", wrapped) is None
    with pytest.raises(InputError):
        vault.to_bytes()


def test_a_key_service_that_gives_something_else_is_not_believed() -> None:
    class Wrong(WrappingKeys):
        def unwrap(self, wrapped: bytes, *, context: bytes) -> bytes:
            return b"short"

    keys = WrappingKeys.generate()
    vault = Vault(secrets.token_bytes(32), Wrong(keys.keys, keys.current))
    _, wrapped = vault.new_key("a-1")
    with pytest.raises(AccountDataDamaged):
        vault.key("a-1", wrapped)


# --- wrapping keys that change -------------------------------------------------------------------------------


def _with_another(vault: Vault) -> WrappingKeys:
    keys = vault.wrapper
    assert isinstance(keys, WrappingKeys)
    return WrappingKeys({**keys.keys, "00000000": secrets.token_bytes(32)}, "00000000")


def test_a_new_key_is_known_before_it_is_used_and_the_old_one_as_long_as_it_is_needed(path: Path) -> None:
    first = Vault.create(path)
    key, old = first.new_key("a-1")
    sealed = key.seal(b"text", kind="event", place=1)
    added = Vault.add_key(path)
    assert added.rewrapped("a-1", old) is None, "it is not used yet"
    used = Vault.use_newest_key(path)
    new = used.rewrapped("a-1", old)
    assert new is not None
    assert used.rewrapped("a-1", new) is None
    for vault in (added, used):
        for wrapped in (old, new):
            assert vault.key("a-1", wrapped).open(sealed, kind="event", place=1) == b"text"
    with pytest.raises(VaultKeyMissing):
        first.key("a-1", new)
    last = Vault.drop_old_keys(path)
    assert last.key("a-1", new).open(sealed, kind="event", place=1) == b"text"
    with pytest.raises(VaultKeyMissing):
        last.key("a-1", old)
    assert Vault.open(path).to_bytes() == last.to_bytes()


def test_two_that_change_the_file_at_the_same_time_lose_no_key(path: Path) -> None:
    Vault.create(path)
    added: list[int] = []
    start = threading.Barrier(8)

    def add() -> None:
        start.wait()
        for _ in range(10):
            try:
                Vault.add_key(path)
            except KeyFileExists:
                continue
            added.append(1)

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keys = Vault.open(path).wrapper
    assert isinstance(keys, WrappingKeys)
    assert added
    assert len(keys.keys) == 1 + len(added)
    assert list(path.parent.iterdir()) == [path]


def test_a_change_that_cannot_be_made_leaves_the_file_as_it_was(path: Path) -> None:
    path.write_bytes(b"no vault")
    path.chmod(0o600)
    with pytest.raises(VaultFileError):
        Vault.add_key(path)
    assert path.read_bytes() == b"no vault"
    assert list(path.parent.iterdir()) == [path]
    draft = path.with_name("vault.json.new")
    draft.write_bytes(b"of somebody else")
    with pytest.raises(KeyFileExists):
        Vault.add_key(path)
    assert draft.read_bytes() == b"of somebody else"


# --- the file ---------------------------------------------------------------------------------------------------


@posix
def test_the_file_is_for_its_owner_only_also_after_a_change(path: Path) -> None:
    old = os.umask(0)
    try:
        Vault.create(path)
        assert path.stat().st_mode & 0o777 == 0o600
        Vault.add_key(path)
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(old)


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601])
def test_a_file_that_others_can_use_is_refused(path: Path, mode: int) -> None:
    Vault.create(path)
    path.chmod(mode)
    for attempt in (Vault.open, Vault.add_key, Vault.use_newest_key, Vault.drop_old_keys):
        with pytest.raises(KeyFileExposed):
            attempt(path)


def test_a_vault_is_never_overwritten(path: Path) -> None:
    first = Vault.create(path)
    with pytest.raises(KeyFileExists):
        Vault.create(path)
    assert Vault.open(path).to_bytes() == first.to_bytes()


def test_a_file_that_is_not_there(path: Path) -> None:
    for attempt in (Vault.open, Vault.add_key):
        with pytest.raises(KeyFileError):
            attempt(path)
    with pytest.raises(KeyFileError):
        Vault.create(path.parent / "nowhere" / "vault.json")


def test_whatever_is_not_a_vault_is_refused() -> None:
    good = json.loads(Vault.generate().to_bytes())
    name = good["current"]

    def changed(**members: object) -> bytes:
        return json.dumps({**good, **members}).encode()

    short = good["index_key"][:-3]
    bad = [
        b"", b"{}", b"[]", b"null", b"1", b'"x"', b"\xff", b"{", b"[" * 10_000, b" " * (MAX_VAULT_FILE + 1),
        Vault.generate().to_bytes() * 2,
        changed(format="other"), changed(version=2), changed(version="1"), changed(version=True), changed(version=1.0), changed(version=[]),
        changed(more=1),
        changed(index_key=short), changed(index_key=None), changed(index_key=5), changed(index_key="*" * 43),
        changed(index_key="A" * 10_000),
        changed(current="ffffffff"), changed(current=None), changed(current=[]), changed(current={}),
        changed(wrapping_keys={}), changed(wrapping_keys=[]), changed(wrapping_keys=None),
        changed(wrapping_keys={name: short}), changed(wrapping_keys={name: None}),
        changed(wrapping_keys={name: {}}), changed(wrapping_keys={"x": good["index_key"]}, current="x"),
        changed(wrapping_keys={name: good["index_key"], "FFFFFFFF": good["index_key"]}),
        changed(wrapping_keys={name: good["index_key"], "": good["index_key"]}),
    ]  # fmt: skip
    bad += [json.dumps({k: v for k, v in good.items() if k != left}).encode() for left in good]
    for octets in bad:
        with pytest.raises(VaultFileError):
            Vault.from_bytes(octets)
    assert Vault.from_bytes(changed()).to_bytes() == Vault.from_bytes(json.dumps(good).encode()).to_bytes()


def test_keys_of_another_length_are_refused() -> None:
    for length in (0, 16, 31, 33):
        with pytest.raises(InputError):
            Vault(bytes(length))
        with pytest.raises(InputError):
            WrappingKeys({"00000000": bytes(length)}, "00000000")
    with pytest.raises(InputError):
        WrappingKeys({}, "00000000")


def test_no_secret_shows(path: Path) -> None:
    vault = Vault.create(path)
    key, wrapped = vault.new_key("a-1")
    keys = vault.wrapper
    assert isinstance(keys, WrappingKeys)
    shown = f"{vault!r} {vault!s} {keys!r} {key!r}"
    for secret in (vault.index_key, *keys.keys.values(), wrapped):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown
    path.write_bytes(vault.to_bytes()[:-5])
    with pytest.raises(VaultFileError) as caught:
        Vault.open(path)
    assert str(caught.value) == "VAULT_FILE: not a vault of this version"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
