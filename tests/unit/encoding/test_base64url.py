"""base64url: each octet string has one spelling, and everything else is refused."""

from __future__ import annotations

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.encoding.base64url import decode, encode
from eid.errors import EncodingError, LimitExceeded

ALPHABET = string.ascii_letters + string.digits + "-_"


@given(st.binary(max_size=300))
def test_what_is_written_is_read_again(octets: bytes) -> None:
    text = encode(octets)
    assert decode(text, limit=400) == octets
    assert text == base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


@pytest.mark.parametrize(("octets", "text"), [
    (b"", ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (b"foob", "Zm9vYg"), (b"fooba", "Zm9vYmE"), (b"foobar", "Zm9vYmFy"),
])  # fmt: skip
def test_rfc_4648_section_10(octets: bytes, text: str) -> None:
    assert encode(octets) == text
    assert decode(text, limit=8) == octets


def test_rfc_7515_appendix_c() -> None:
    assert encode(bytes([3, 236, 255, 224, 193])) == "A-z_4ME"
    assert decode("A-z_4ME", limit=7) == bytes([3, 236, 255, 224, 193])


@given(st.text(ALPHABET, max_size=40))
def test_of_all_spellings_only_the_canonical_one_is_read(text: str) -> None:
    """The lax decoder of the standard library tells what *text* would mean to others."""
    canonical = len(text) % 4 != 1 and encode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) == text
    if canonical:
        assert encode(decode(text, limit=40)) == text
    else:
        with pytest.raises(EncodingError) as caught:
            decode(text, limit=40)
        assert caught.value.kind == "base64url"


def test_every_ending_but_the_canonical_is_refused() -> None:
    for length, good in ((1, 0), (2, 4), (3, 16)):
        accepted = []
        for last in ALPHABET:
            text = "A" * (length - 1) + last
            try:
                decode(text, limit=4)
                accepted.append(last)
            except EncodingError:
                continue
        assert len(accepted) == good


@pytest.mark.parametrize("text", [
    "Zg=", "Zg==", "=Zg", "Zm8=", "Zm9v=", "Zm9v====", "====", "=", "Z", "Zm9vZ", "Zh", "Zm9", "Zm9vYh", " Zg", "Zg ", "Z g", "Zg\n",
    "\nZm9v", "Zm9v\r\n", "Zm\t9v", "Zm9v\0", "\0\0\0\0", "A+A/", "+-+-", "Zm9v!", "Zm.v", "Zm9é", "Ｚｇ", "Zg\u200b", "\ud800AAA",
    "Zm9vZg==Zm9v", "Zg\x00\x00",
])  # fmt: skip
def test_what_lax_decoders_let_pass_is_refused(text: str) -> None:
    with pytest.raises(EncodingError) as caught:
        decode(text, limit=100)
    assert caught.value.kind == "base64url"


@given(st.text(max_size=12))
def test_no_other_error_comes_from_any_text(text: str) -> None:
    try:
        assert encode(decode(text, limit=12)) == text
    except EncodingError:
        assert not (set(text) <= set(ALPHABET) and len(text) % 4 == 0)


def test_the_limit_counts_characters() -> None:
    assert decode("AAAA", limit=4) == bytes(3)
    with pytest.raises(LimitExceeded):
        decode("AAAA", limit=3)
    with pytest.raises(LimitExceeded):
        decode("!" * 5, limit=4)  # before anything is looked at
