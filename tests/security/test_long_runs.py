"""What the other tests do a little of, for long: ``make soak``. Other seeds, so other damage."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flipped_bits import CARDS, FlippedBit, flip_bits, read_over, report_on

import eid
from eid.document.dg1 import encode_dg1
from eid.encoding.tlv import Node, parse, tlv
from eid.errors import EidError
from eid.simulator.chip import Chip
from eid.simulator.personalise import new_personalisation, personalise
from eid.vietnam.sample import sample_citizen

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]

FLIPS_PER_CARD = 4_000
DAMAGES = 10_000


@pytest.mark.parametrize("name", CARDS)
def test_twenty_thousand_flipped_bits_never_improve_a_report(name: str) -> None:
    chance = random.Random(f"soak {name}")
    flip_bits(new_personalisation(sample_citizen()), name, FLIPS_PER_CARD, chance)


# --- damaged data objects ------------------------------------------------------------------------


def _nodes(node: Node, depth: int = 0) -> Iterator[Node]:
    """*node* and all data objects in it, also those that stand inside of octet and bit strings."""
    yield node
    if depth > 20:
        return
    try:
        inner = node.children() if node.constructed else _nested(node)
        for child in inner:
            yield from _nodes(child, depth + 1)
    except EidError:
        return


def _nested(node: Node) -> list[Node]:
    start = {0x04: 0, 0x03: 1}.get(node.tag)
    if start is None or len(node) < start + 2 or not node.value[start] & 0x20:
        return []
    inside = Node(node.buf, node.tag, node.start, node.body + start, node.end, node.der)
    return inside.children()


def _damaged(octets: bytes, nodes: list[Node], chance: random.Random) -> bytes:
    """One data object gone, doubled, swapped, grown, cut, or of another tag; or some octets at random.

    Lengths around it are put right half of the time: otherwise only the outermost reader is tried.
    """
    node, other = chance.choice(nodes), chance.choice(nodes)
    noise = chance.randbytes(chance.randrange(1, 9))
    new = chance.choice(
        (
            lambda: b"",
            lambda: node.raw * 2,
            lambda: other.raw,
            lambda: tlv(node.tag, node.value + noise),
            lambda: tlv(node.tag, node.value[: chance.randrange(len(node) + 1)]),
            lambda: tlv(node.tag, noise),
            lambda: tlv(chance.choice((node.tag ^ 0x20, 0x02, 0x05, 0x30, 0x31, 0xA0)), node.value),
            lambda: octets[node.start : node.body] + noise + octets[node.body + len(noise) : node.end],
        )
    )()
    return (_replaced if chance.random() < 0.5 else _spliced)(octets, nodes, node, new)


def _spliced(octets: bytes, _: list[Node], node: Node, new: bytes) -> bytes:
    return octets[: node.start] + new + octets[node.end :]


def _replaced(octets: bytes, nodes: list[Node], node: Node, new: bytes) -> bytes:
    """*new* for *node*, with the length of everything around it put right."""
    start, end = node.start, node.end
    for outer in sorted(nodes, key=len):
        if outer.body <= start and end <= outer.end and (outer.start, outer.end) != (start, end):
            new = tlv(outer.tag, octets[outer.body : start] + new + octets[end : outer.end])
            start, end = outer.start, outer.end
    return octets[:start] + new + octets[end:]


def test_ten_thousand_damaged_files_never_raise_and_never_vouch_for_others() -> None:
    chance = random.Random("soak damage")
    card = personalise(new_personalisation(sample_citizen()))
    evidence, finished = read_over(FlippedBit(Chip(card)))
    assert finished
    assert evidence is not None
    good = report_on(card, evidence)
    assert good.verdict == "PASSED"
    assert good.person is not None
    altered = encode_dg1(parse(evidence.files["DG1"]).children()[0].value[:-1] + b"A")
    assert altered != evidence.files["DG1"]
    small = sorted(name for name in evidence.files if len(evidence.files[name]) < 5_000)
    assert {"EF.SOD", "EF.CardAccess", "DG1", "DG13", "DG14", "DG15"} <= set(small)
    nodes = {name: list(_nodes(parse(evidence.files[name], der=False))) for name in small}
    passed = 0
    for turn in range(DAMAGES):
        name = "EF.SOD" if turn % 2 else chance.choice(small)
        octets = _damaged(evidence.files[name], nodes[name], chance)
        damaged = replace(evidence, files={**evidence.files, name: octets})
        report = report_on(card, damaged)
        where = f"turn {turn}: {name} as {octets.hex()}"
        if report.authentic.outcome is eid.Outcome.PASSED:
            passed += 1
            for group in damaged.files:
                if group.startswith("DG"):
                    assert damaged.files[group] == card.files[group], where
            assert report.person == good.person, where
            assert report.chip_genuine.outcome is good.chip_genuine.outcome, where
        forged = replace(damaged, files={**damaged.files, "DG1": altered})
        assert report_on(card, forged).authentic.outcome is not eid.Outcome.PASSED, where
        assert report_on(card, forged).verdict is not eid.Outcome.PASSED, where
    # Damage to what nobody signed, such as an unsigned attribute or octets swapped for the same.
    assert 0 < passed < DAMAGES // 2
