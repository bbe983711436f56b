"""base45 (RFC 9285): its own examples, every group, and what must be refused."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eid.encoding.base45 import decode, encode
from eid.errors import EncodingError, LimitExceeded

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
LIMIT = 10_000


def by_the_letter(octets: bytes) -> str:
    """RFC 9285, 4, as it is written: the other implementation."""
    text = ""
    for at in range(0, len(octets), 2):
        pair = octets[at : at + 2]
        n = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            text += ALPHABET[n % 45]
            n //= 45
    return text


@pytest.mark.parametrize(
    ("octets", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")]
)  # fmt: skip
def test_rfc_9285_section_4(octets: bytes, text: str) -> None:
    assert encode(octets) == text
    assert decode(text, limit=LIMIT) == octets


def test_every_pair_and_every_single_octet_has_its_group() -> None:
    pairs = b"".join(n.to_bytes(2, "big") for n in range(0x10000))
    text = by_the_letter(pairs)
    assert encode(pairs) == text
    assert decode(text, limit=len(text)) == pairs
    for n in range(0x100):
        assert encode(bytes([n])) == by_the_letter(bytes([n]))
        assert decode(by_the_letter(bytes([n])), limit=2) == bytes([n])


@given(st.binary(max_size=600))
@example(b"")
def test_octets_come_back_and_both_implementations_agree(octets: bytes) -> None:
    text = encode(octets)
    assert text == by_the_letter(octets)
    assert decode(text, limit=len(text)) == octets


@given(st.text(st.sampled_from(ALPHABET), max_size=60))
def test_a_text_has_one_meaning_or_none(text: str) -> None:
    try:
        octets = decode(text, limit=LIMIT)
    except EncodingError:
        groups = [text[at : at + 3] for at in range(0, len(text), 3)]
        sums = [sum(ALPHABET.index(c) * 45**i for i, c in enumerate(group)) for group in groups]
        too_large = any(n >> (8 * (len(g) - 1)) for g, n in zip(groups, sums, strict=True) if len(g) > 1)
        assert len(text) % 3 == 1 or too_large
    else:
        assert encode(octets) == text


@pytest.mark.parametrize(
    "text",
    [
        "GGX",  # 65,536
        ":::", "BB8GGX", "GGXBB8",
        "V5",  # 256
        "::", "BB8V5", "GGX00", "BB8GGX00",
        "A", "BB8A", "BB8QED8",
        "bb8", "BB8\n", "BB_", " B8\0", "\u212ab8", "BB８", "BB8é", "\udcff00", '"00', "000,,",
    ],
)  # fmt: skip
def test_overflow_wrong_lengths_and_other_characters_are_refused(text: str) -> None:
    with pytest.raises(EncodingError) as caught:
        decode(text, limit=LIMIT)
    assert caught.value.kind == "base45"


def test_the_largest_groups_that_fit() -> None:
    assert decode("FGW", limit=3) == b"\xff\xff"
    assert decode("U5", limit=2) == b"\xff"
    assert decode("FGWU5", limit=5) == b"\xff\xff\xff"


def test_every_character_outside_the_alphabet_is_refused_at_every_place() -> None:
    others = [chr(code) for code in range(0x180) if chr(code) not in ALPHABET]
    for other in others:
        for at in range(5):
            text = "00000"[:at] + other + "00000"[at + 1 :]
            with pytest.raises(EncodingError):
                decode(text, limit=5)


def test_the_limit_comes_before_the_work() -> None:
    assert decode("BB8BB8", limit=6) == b"ABAB"
    with pytest.raises(LimitExceeded):
        decode("BB8BB8", limit=5)
    with pytest.raises(LimitExceeded):
        decode("\x00" * 7, limit=6)
