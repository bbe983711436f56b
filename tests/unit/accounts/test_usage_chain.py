"""The tree of the usage log, beside the definitions of RFC 9162 and its known roots."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.accounts.usage.chain import (
    EMPTY_ROOT,
    Frontier,
    completed_nodes,
    consistency_path,
    holds_consistency,
    holds_inclusion,
    inclusion_path,
)
from eid.errors import InputError, UsageProofUnavailable

#: Leaves and roots that implementations of Certificate Transparency test themselves with.
LEAVES = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MOST = 70


def sha(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


# --- RFC 9162, 2.1, word for word ------------------------------------------------------------------


def k_of(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def mth(d: Sequence[bytes]) -> bytes:
    if not d:
        return sha(b"")
    if len(d) == 1:
        return d[0]
    k = k_of(len(d))
    return sha(b"\1" + mth(d[:k]) + mth(d[k:]))


def path(m: int, d: Sequence[bytes]) -> list[bytes]:
    if len(d) == 1:
        return []
    k = k_of(len(d))
    return [*path(m, d[:k]), mth(d[k:])] if m < k else [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m: int, d: Sequence[bytes], b: bool) -> list[bytes]:
    if m == len(d):
        return [] if b else [mth(d)]
    k = k_of(len(d))
    if m <= k:
        return [*subproof(m, d[:k], b), mth(d[k:])]
    return [*subproof(m - k, d[k:], False), mth(d[:k])]


# ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def leaves() -> list[bytes]:
    return [sha(b"\0" + bytes([number])) for number in range(MOST)]


@pytest.fixture(scope="module")
def roots(leaves: list[bytes]) -> list[bytes]:
    return [mth(leaves[:size]) for size in range(MOST + 1)]


def kept(leaves: Sequence[bytes]) -> list[bytes]:
    """What a store keeps beside each leaf."""
    frontier = Frontier()
    return [frontier.add(leaf) for leaf in leaves]


def from_kept(made: Sequence[bytes], asked: set[int] | None = None):  # type: ignore[no-untyped-def]
    def node(level: int, index: int) -> bytes:
        row = ((index + 1) << level) - 1
        if asked is not None:
            asked.add(row)
        return completed_nodes(made[row], level)

    return node


def test_roots_are_those_that_others_compute() -> None:
    frontier = Frontier()
    assert frontier.root == EMPTY_ROOT == sha(b"")
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        frontier.add(sha(b"\0" + bytes.fromhex(leaf)))
        assert frontier.root.hex() == root


def test_roots_are_those_of_the_definition(leaves: list[bytes], roots: list[bytes]) -> None:
    frontier = Frontier()
    for size, leaf in enumerate(leaves, 1):
        frontier.add(leaf)
        assert frontier.root == roots[size]
        assert Frontier(size, frontier.nodes).root == roots[size]


def test_every_entry_is_proved_in_every_tree(leaves: list[bytes], roots: list[bytes]) -> None:
    made = kept(leaves)
    for size in range(1, MOST + 1):
        for index in range(size):
            proof = inclusion_path(index, size, from_kept(made))
            assert list(proof) == path(index, leaves[:size])
            assert holds_inclusion(leaves[index], index, size, proof, roots[size])


def test_every_tree_is_proved_to_be_the_beginning_of_every_larger_one(
    leaves: list[bytes], roots: list[bytes]
) -> None:
    made = kept(leaves)
    for new in range(1, MOST + 1):
        for old in range(1, new + 1):
            proof = consistency_path(old, new, from_kept(made))
            assert list(proof) == subproof(old, leaves[:new], True)
            assert holds_consistency(old, new, proof, roots[old], roots[new])


def test_a_proof_needs_few_hashes_of_the_store(leaves: list[bytes]) -> None:
    made = kept([sha(bytes([number % 256, number // 256])) for number in range(5000)])
    for index, size in ((0, 5000), (4999, 5000), (2047, 4095), (17, 4097)):
        asked: set[int] = set()
        inclusion_path(index, size, from_kept(made, asked))
        assert len(asked) <= 26
        assert max(asked) < size, "and none that came later"


@settings(deadline=None)
@given(data=st.data())
def test_no_other_proof_of_an_entry_holds(data: st.DataObject) -> None:
    leaves = [sha(b"\0" + bytes([number])) for number in range(20)]
    size = data.draw(st.integers(1, 20))
    index = data.draw(st.integers(0, size - 1))
    root, proof = mth(leaves[:size]), list(path(index, leaves[:size]))
    changed, where, of, leaf, wanted = list(proof), index, size, leaves[index], root
    match data.draw(st.sampled_from(["node", "drop", "add", "index", "leaf", "root"])):
        case "node" if changed:
            at = data.draw(st.integers(0, len(changed) - 1))
            changed[at] = sha(changed[at])
        case "drop" if changed:
            del changed[data.draw(st.integers(0, len(changed) - 1))]
        case "add":
            changed.insert(data.draw(st.integers(0, len(changed))), sha(b"x"))
        case "index":
            where = data.draw(st.integers(-2, 40).filter(lambda each: each != index))
        case "leaf":
            leaf = sha(leaf)
        case _:
            wanted = sha(root)
    assert not holds_inclusion(leaf, where, of, changed, wanted)


@settings(deadline=None)
@given(data=st.data())
def test_no_other_proof_of_growth_holds(data: st.DataObject) -> None:
    leaves = [sha(b"\0" + bytes([number])) for number in range(20)]
    new = data.draw(st.integers(1, 20))
    old = data.draw(st.integers(1, new))
    first, second, proof = mth(leaves[:old]), mth(leaves[:new]), list(subproof(old, leaves[:new], True))
    changed, before, after = list(proof), first, second
    match data.draw(st.sampled_from(["node", "drop", "add", "old", "new"])):
        case "node" if changed:
            at = data.draw(st.integers(0, len(changed) - 1))
            changed[at] = sha(changed[at])
        case "drop" if changed:
            del changed[data.draw(st.integers(0, len(changed) - 1))]
        case "add":
            changed.insert(data.draw(st.integers(0, len(changed))), sha(b"x"))
        case "old":
            before = sha(first)
        case _:
            after = sha(second)
    assert not holds_consistency(old, new, changed, before, after)


def test_a_tree_whose_beginning_was_exchanged_is_not_consistent(
    leaves: list[bytes], roots: list[bytes]
) -> None:
    other = [sha(b"\0other"), *leaves[1:]]
    proof = consistency_path(10, 20, from_kept(kept(other)))
    assert not holds_consistency(10, 20, proof, roots[10], mth(other[:20]))


def test_sizes_that_do_not_exist_prove_nothing(leaves: list[bytes], roots: list[bytes]) -> None:
    node = from_kept(kept(leaves))
    for index, size in ((-1, 5), (5, 5), (0, 0), (0, -1), (0, 1 << 60)):
        assert not holds_inclusion(leaves[0], index, size, (), roots[1])
        with pytest.raises(UsageProofUnavailable):
            inclusion_path(index, size, node)
    for old, new in ((0, 5), (6, 5), (-1, 5), (1, 1 << 60)):
        assert not holds_consistency(old, new, (), roots[1], roots[1])
        with pytest.raises(UsageProofUnavailable):
            consistency_path(old, new, node)
    assert not holds_consistency(3, 5, (), roots[3], roots[5])


def test_a_path_that_ends_before_the_root_proves_nothing(leaves: list[bytes], roots: list[bytes]) -> None:
    assert not holds_inclusion(roots[1], 0, 5, (), roots[1])
    assert not holds_inclusion(leaves[0], 0, 5, (leaves[1],), roots[2])
    assert not holds_consistency(1, 5, (), roots[1], roots[1])
    assert not holds_consistency(2, 5, (), roots[2], roots[2])
    assert not holds_consistency(1, 5, (leaves[1],), roots[1], roots[2])


def test_a_part_of_a_node_is_no_leaf(leaves: list[bytes], roots: list[bytes]) -> None:
    """Two nodes are hashed in one piece, so they could be cut in another place."""
    left, right = leaves[0], leaves[1]
    for cut in (1, 16, 31):
        assert not holds_inclusion(right[cut:], 1, 2, (left + right[:cut],), roots[2])
        assert not holds_inclusion(left + right[:cut], 0, 2, (right[cut:],), roots[2])
    assert holds_inclusion(right, 1, 2, (left,), roots[2])


def test_a_hash_that_a_store_lost_is_an_error_with_a_code() -> None:
    with pytest.raises(UsageProofUnavailable):
        completed_nodes(bytes(32), 1)


@pytest.mark.parametrize(
    ("size", "nodes"), [(1, []), (0, [bytes(32)]), (3, [bytes(32)]), (1, [b""]), (-1, [])]
)
def test_an_edge_that_no_tree_has_is_refused(size: int, nodes: list[bytes]) -> None:
    with pytest.raises(InputError):
        Frontier(size, nodes)
