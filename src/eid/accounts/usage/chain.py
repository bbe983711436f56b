"""The chain and the tree of the usage log: SHA-256 as RFC 9162, 2.1, with proofs of both kinds.

Each entry holds the hash of the one before, and its own hash is a leaf of the tree. So the chain finds
what was altered where it stands, and the tree proves with a few hashes that an entry is in a log, and
that a log is the beginning of a longer one. Nothing here knows what an entry says.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from eid.errors import InputError, UsageProofUnavailable

__all__ = [
    "EMPTY_ROOT",
    "MAX_SIZE",
    "Frontier",
    "Head",
    "NodeAt",
    "completed_nodes",
    "consistency_path",
    "first_hash",
    "holds_consistency",
    "holds_inclusion",
    "inclusion_path",
    "leaf_hash",
    "node_hash",
]

#: The root of a log without entries (RFC 9162, 2.1.1).
EMPTY_ROOT = hashlib.sha256().digest()
_HASH = 32
#: Entries of a log.
MAX_SIZE = 1 << 48

#: Gives the hash over the 2**level leaves that begin at ``index << level``.
NodeAt = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Head:
    """Where a log ends.

    :param log: its identifier, 16 random octets.
    :param size: entries in it.
    :param hash: of the last entry; of the empty log, :func:`first_hash`.
    :param root: of the tree over all entries.
    """

    log: bytes
    size: int
    hash: bytes
    root: bytes


def first_hash(log: bytes) -> bytes:
    """What stands before the first entry: no two logs begin alike."""
    return hashlib.sha256(b"eid usage log 1\0" + log).digest()


def leaf_hash(previous: bytes, framed: bytes) -> bytes:
    """The hash of an entry: a leaf (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\0" + previous + framed).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two nodes (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the roots of its complete subtrees, largest first.

    :param size: leaves so far.
    :param nodes: one for each bit that is set in *size*.
    :raises InputError: another number of nodes.
    """

    __slots__ = ("nodes", "size")

    def __init__(self, size: int = 0, nodes: Iterable[bytes] = ()) -> None:
        self.size = size
        self.nodes = list(nodes)
        if size < 0 or len(self.nodes) != size.bit_count() or any(len(node) != 32 for node in self.nodes):
            raise InputError("an edge that no tree of this size has")

    def add(self, leaf: bytes) -> bytes:
        """Add one leaf.

        :returns: the hashes of the complete subtrees that end with it, smallest first, the leaf itself
            before them: what a store keeps beside the entry so that it can prove it later.
        """
        nodes = self.nodes
        size = self.size
        made = leaf
        while size & 1:
            leaf = hashlib.sha256(b"\1" + nodes.pop() + leaf).digest()
            made += leaf
            size >>= 1
        nodes.append(leaf)
        self.size += 1
        return made

    @property
    def root(self) -> bytes:
        """The root of the whole tree."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root

    def copy(self) -> Self:
        """One that grows by itself."""
        return type(self)(self.size, self.nodes)


def completed_nodes(made: bytes, level: int) -> bytes:
    """The hash at *level* out of what :meth:`Frontier.add` returned.

    :raises UsageProofUnavailable: there is none.
    """
    node = made[32 * level : 32 * level + 32]
    if len(node) != 32:
        raise UsageProofUnavailable("a hash of the tree is missing")
    return node


# --- proofs --------------------------------------------------------------------------------------


def inclusion_path(index: int, size: int, node: NodeAt) -> tuple[bytes, ...]:
    """The proof that leaf *index* is in the tree of the first *size* leaves (RFC 9162, 2.1.3.1).

    :param node: asked for the complete subtrees only, at most two for each level.
    :raises UsageProofUnavailable: *index* is not below *size*.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise UsageProofUnavailable("no such entry in a log of this size")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _half(end - begin)
        if index < middle:
            path.append(_subtree(middle, end, node))
            end = middle
        else:
            path.append(_subtree(begin, middle, node))
            begin = middle
    return tuple(reversed(path))


def consistency_path(old: int, new: int, node: NodeAt) -> tuple[bytes, ...]:
    """The proof that the first *old* leaves are the same in the tree of *new* (RFC 9162, 2.1.4.1).

    :raises UsageProofUnavailable: *old* is 0 or beyond *new*.
    """
    if not 0 < old <= new <= MAX_SIZE:
        raise UsageProofUnavailable("no such sizes")
    path: list[bytes] = []
    begin, end, whole = 0, new, True
    while old != end:
        middle = begin + _half(end - begin)
        if old <= middle:
            path.append(_subtree(middle, end, node))
            end = middle
        else:
            path.append(_subtree(begin, middle, node))
            begin, whole = middle, False
    if not whole:
        path.append(_subtree(begin, end, node))
    return tuple(reversed(path))


def holds_inclusion(leaf: bytes, index: int, size: int, path: Iterable[bytes], root: bytes) -> bool:
    """Whether *path* proves that *leaf* is at *index* of the tree with *root* (RFC 9162, 2.1.3.2)."""
    # Two nodes are hashed in one piece: a shorter leaf could be a part of one that stands there.
    if not 0 <= index < size <= MAX_SIZE or len(leaf) != _HASH:
        return False
    place, last, found = index, size - 1, leaf
    for node in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(node, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, node)
        place, last = place >> 1, last >> 1
    return last == 0 and hmac.compare_digest(found, root)


def holds_consistency(old: int, new: int, path: Iterable[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether *path* proves that the log with *old_root* is the beginning of that with *new_root* (2.1.4.2)."""
    nodes = list(path)
    if not 0 < old <= new <= MAX_SIZE:
        return False
    if old == new:
        return not nodes and hmac.compare_digest(old_root, new_root)
    if old & (old - 1) == 0:
        nodes.insert(0, old_root)
    if not nodes:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(node, first), node_hash(node, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, node)
        place, last = place >> 1, last >> 1
    return last == 0 and hmac.compare_digest(first, old_root) and hmac.compare_digest(second, new_root)


def _half(count: int) -> int:
    """The largest power of two below *count*."""
    return 1 << ((count - 1).bit_length() - 1)


def _subtree(begin: int, end: int, node: NodeAt) -> bytes:
    """The hash over the leaves from *begin* to *end*, where *begin* fits (RFC 9162, 2.1.1)."""
    count = end - begin
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, begin >> level)
    left = _half(count)
    level = left.bit_length() - 1
    return node_hash(node(level, begin >> level), _subtree(begin + left, end, node))
