"""Checkpoints and proofs: what somebody without the log can be sure of."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import usage_samples as samples
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.accounts.usage.chain import EMPTY_ROOT, Head, first_hash
from eid.accounts.usage.checkpoint import TYPE, read_checkpoint, sign_checkpoint, take_checkpoint
from eid.accounts.usage.log import MemoryUsageLog
from eid.accounts.usage.proof import EntryProof, prove_entry
from eid.crypto.keys import Key, KeySet, SoftwareSigner
from eid.encoding import base64url
from eid.errors import (
    CheckpointInvalid,
    EidError,
    KeyNotInForce,
    UnknownKey,
    UsageLogFormatError,
    UsageProofInvalid,
    UsageProofUnavailable,
)
from eid.tokens.jws import sign_jws

LOG = bytes(range(16))


def signed(claims: dict[str, Any], *, typ: str = TYPE) -> str:
    return sign_jws({"typ": typ}, json.dumps(claims).encode(), samples.SIGNER)


def claims(**changes: Any) -> dict[str, Any]:
    hashed = base64url.encode(bytes(range(32)))
    return {"log": LOG.hex(), "size": 5, "hash": hashed, "root": hashed, "iat": 1_795_000_000, **changes}


@pytest.mark.parametrize("alg", ["ES256", "Ed25519", "RS256", "ML-DSA-44"])
def test_a_checkpoint_says_where_the_log_ended_when_and_by_whom(alg: str) -> None:
    signer = SoftwareSigner.generate(alg, kid="k")
    head = Head(LOG, 5, bytes(32), bytes(range(32)))
    token = sign_checkpoint(head, signer, at=samples.NOW.replace(microsecond=7))
    found = read_checkpoint(token, keys=KeySet([signer.key]), log=LOG)
    assert (found.head, found.at, found.key_id, found.token) == (head, samples.NOW, "k", token)
    assert token not in repr(found)


@pytest.mark.parametrize(
    "changes",
    [
        {"size": -1}, {"size": True}, {"size": "5"}, {"size": 5.0}, {"size": 1 << 50}, {"log": "00"},
        {"log": LOG.hex().upper()}, {"log": "  " * 16}, {"log": 5}, {"hash": ""}, {"hash": "AA"}, {"root": None},
        {"root": base64url.encode(bytes(31))}, {"iat": -1}, {"iat": 1e9}, {"iat": True}, {"iat": 1 << 50},
        {"more": 1}, {"size": 0},
    ],
)  # fmt: skip
def test_what_says_something_else_is_no_checkpoint(changes: dict[str, Any]) -> None:
    with pytest.raises(CheckpointInvalid) as caught:
        read_checkpoint(signed(claims(**changes)), keys=samples.KEYS)
    assert caught.value.kind == "malformed"


def test_a_checkpoint_lacks_nothing() -> None:
    assert read_checkpoint(signed(claims()), keys=samples.KEYS).head.size == 5
    for name in claims():
        less = {key: value for key, value in claims().items() if key != name}
        with pytest.raises(CheckpointInvalid):
            read_checkpoint(signed(less), keys=samples.KEYS)


def test_an_empty_log_has_one_root() -> None:
    empty = claims(size=0, root=base64url.encode(EMPTY_ROOT), hash=base64url.encode(first_hash(LOG)))
    assert read_checkpoint(signed(empty), keys=samples.KEYS).head.size == 0


def test_another_kind_of_token_is_no_checkpoint() -> None:
    for token in (signed(claims(), typ="eid+jwt"), "", "a.b", "a.b.c", signed(claims()) + "x"):
        with pytest.raises(CheckpointInvalid):
            read_checkpoint(token, keys=samples.KEYS)


def test_of_another_log_by_another_key_and_out_of_time() -> None:
    token = signed(claims())
    with pytest.raises(CheckpointInvalid) as caught:
        read_checkpoint(token, keys=samples.KEYS, log=bytes(16))
    assert caught.value.kind == "log"
    with pytest.raises(UnknownKey):
        read_checkpoint(token, keys=KeySet([]))
    stranger = SoftwareSigner.generate("Ed25519", kid=samples.SIGNER.kid)
    with pytest.raises(CheckpointInvalid) as caught:
        read_checkpoint(token, keys=KeySet([stranger.key]))
    assert caught.value.kind == "signature"
    key = samples.SIGNER.key
    later = Key(key.kid, key.alg, key.public, not_before=samples.NOW + 900 * samples.DAY)
    with pytest.raises(KeyNotInForce):
        read_checkpoint(token, keys=KeySet([later]))


def test_growth_is_between_checkpoints_of_one_log() -> None:
    log, other = MemoryUsageLog(key=samples.KEY), MemoryUsageLog(key=samples.KEY)
    first = read_checkpoint(take_checkpoint(log, samples.SIGNER, at=samples.NOW), keys=samples.KEYS)
    for each in (log, other):
        samples.fill(each, 5)
    second = read_checkpoint(take_checkpoint(log, samples.SIGNER, at=samples.NOW), keys=samples.KEYS)
    assert second.extends(first, ())
    assert not second.extends(first, (bytes(32),))
    foreign = read_checkpoint(take_checkpoint(other, samples.SIGNER, at=samples.NOW), keys=samples.KEYS)
    assert not foreign.extends(first, ())
    assert not foreign.extends(second, ())


# --- the proof of one entry ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proofs() -> list[EntryProof]:
    log, held = samples.rich_log()
    return [prove_entry(log, place, held[-1], keys=samples.KEYS) for place in range(27)]


def test_every_entry_is_proved_to_whoever_has_the_key(proofs: list[EntryProof]) -> None:
    for place, proof in enumerate(proofs):
        entry, checkpoint = EntryProof.from_bytes(proof.to_bytes()).check(keys=samples.KEYS)
        assert entry.sequence == place
        assert checkpoint.head.size == 27
        assert entry.hash.hex() not in repr(proof)


def test_a_proof_from_another_log_by_the_same_key_is_told_apart(proofs: list[EntryProof]) -> None:
    """Whoever runs two logs, one of them for show, signs both."""
    _, checkpoint = proofs[3].check(keys=samples.KEYS)
    entry, _ = proofs[3].check(keys=samples.KEYS, log=checkpoint.head.log)
    assert entry.sequence == 3
    with pytest.raises(CheckpointInvalid) as caught:
        proofs[3].check(keys=samples.KEYS, log=LOG)
    assert caught.value.kind == "log"


def test_a_proof_in_which_any_octet_differs_proves_nothing_else(proofs: list[EntryProof]) -> None:
    for proof in (proofs[0], proofs[4], proofs[12], proofs[26]):
        octets = proof.to_bytes()
        whole = proof.check(keys=samples.KEYS)
        for at in range(0, len(octets), 3):
            changed = bytearray(octets)
            changed[at] ^= 1
            try:
                said = EntryProof.from_bytes(bytes(changed)).check(keys=samples.KEYS)
            except EidError:
                continue
            assert said == whole, "another spelling of the same"


def test_an_entry_that_is_in_no_log_is_not_proved_by_a_good_checkpoint(proofs: list[EntryProof]) -> None:
    other, _ = samples.rich_log()
    rows = list(other.rows())
    for place in range(1, 27):
        good = proofs[place]
        invented = replace(good, row=rows[place], previous=rows[place - 1].hash)
        wrong_paths = [
            (),
            good.path[:-1],
            (*good.path, bytes(32)),
            good.path[::-1],
            (bytes(32), *good.path[1:]),
        ]
        for bad in (invented, *(replace(good, path=path) for path in wrong_paths)):
            with pytest.raises(UsageProofInvalid):
                bad.check(keys=samples.KEYS)


def test_the_first_entry_of_another_log_is_not_of_this_one(proofs: list[EntryProof]) -> None:
    log = MemoryUsageLog(key=samples.KEY)
    samples.fill(log, 1)
    row = next(log.rows())
    head = Head(LOG, 1, row.hash, log.head().root)
    token = sign_checkpoint(head, samples.SIGNER, at=samples.NOW)
    proof = EntryProof(row, first_hash(log.head().log), (), token)
    with pytest.raises(UsageProofInvalid):
        proof.check(keys=samples.KEYS)


def test_what_a_checkpoint_does_not_cover_is_not_proved() -> None:
    log, held = samples.rich_log()
    for place in (8, 28, 29, -1):
        with pytest.raises(UsageProofUnavailable):
            prove_entry(log, place, held[1], keys=samples.KEYS)
    other, _ = samples.rich_log()
    with pytest.raises(CheckpointInvalid):
        prove_entry(other, 3, held[1], keys=samples.KEYS)


@pytest.mark.parametrize(
    "octets",
    [b"", b"{}", b"[]", b'{"format":"eid-usage-proof/1"}', b"\xff", b"[" * 100, b'"' + b"x" * 100_000 + b'"'],
)
def test_what_is_no_proof_is_refused(octets: bytes) -> None:
    with pytest.raises(UsageProofInvalid):
        EntryProof.from_bytes(octets)


@settings(deadline=None)
@given(data=st.data())
def test_a_proof_with_another_member_is_refused(data: st.DataObject) -> None:
    said = {
        "format": "eid-usage-proof/1",
        "entry": [],
        "content": None,
        "previous": "",
        "path": [],
        "checkpoint": "",
    }
    name = data.draw(st.sampled_from(sorted(said)))
    said[name] = data.draw(st.sampled_from([None, 1, [], {}, [1], "x", "00" * 32, ["00"], [None] * 9]))
    with pytest.raises((UsageProofInvalid, UsageLogFormatError)):
        EntryProof.from_bytes(json.dumps(said).encode())
