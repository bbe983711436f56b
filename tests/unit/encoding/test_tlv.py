from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from asn1crypto import parser as oracle
from hypothesis import given
from hypothesis import strategies as st

from eid.encoding import tlv as module
from eid.encoding.tlv import MAX_CHILDREN, MAX_DEPTH, Node, normalise_ber, parse, parse_prefix, tlv
from eid.errors import EidError, EncodingError, LimitExceeded

_PRIMITIVE = st.tuples(
    st.sampled_from([0x02, 0x04, 0x0C, 0x5F1F, 0x5F2E, 0x80, 0x9F8101]), st.binary(max_size=200)
)
_TREE = st.recursive(
    _PRIMITIVE,
    lambda inner: st.tuples(st.sampled_from([0x30, 0x31, 0x61, 0x7F61, 0xA0]), st.lists(inner, max_size=5)),
    max_leaves=20,
)


def _encode(tree: tuple[int, object]) -> bytes:
    tag, value = tree
    return tlv(tag, value) if isinstance(value, bytes) else tlv(tag, *map(_encode, value))


def _decode(node: Node) -> tuple[int, object]:
    return node.tag, [_decode(child) for child in node.children()] if node.constructed else node.value


def _kind(octets: bytes, **options: object) -> str:
    with pytest.raises(EncodingError) as caught:
        parse(octets, **options)
    return caught.value.kind


@given(_TREE)
def test_what_is_written_is_read_back(tree: tuple[int, object]) -> None:
    octets = _encode(tree)
    assert _decode(parse(octets)) == tree
    assert parse(octets).raw == octets


@given(_TREE)
def test_every_cut_is_noticed(tree: tuple[int, object]) -> None:
    octets = _encode(tree)
    for end in range(len(octets)):
        with pytest.raises(EncodingError):
            parse(octets[:end])


@given(_TREE, st.binary(min_size=1, max_size=3))
def test_octets_after_the_end_are_refused_but_can_be_asked_for(tree: tuple[int, object], tail: bytes) -> None:
    octets = _encode(tree)
    assert _kind(octets + tail) == "trailing"
    assert parse_prefix(octets + tail).end == len(octets)


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        ("", "truncated"),
        ("30", "truncated"),
        ("3001", "truncated"),
        ("308201", "truncated"),
        ("3084ffffffff00", "truncated"),
        ("3085000000000100", "length"),
        ("30ff", "length"),
        ("3080020101 0000", "indefinite_length"),
        ("1f", "truncated"),
        ("1f80", "tag"),
        ("1f8001 00", "tag"),
        ("5fffffff7f00", "tag"),
        ("1f01 00", "tag"),
        ("308101 00", "length"),
        ("3082 0001 00", "length"),
        ("30820080" + "00" * 128, "length"),
    ],
)
def test_malformed_headers_are_named(octets: str, kind: str) -> None:
    assert _kind(bytes.fromhex(octets)) == kind


@pytest.mark.parametrize("octets", ["1f0100", "30810102", "3084000000020201"])
def test_longer_forms_pass_only_where_they_are_tolerated(octets: str) -> None:
    data = bytes.fromhex(octets + "00" * 4)
    parse_prefix(data, der=False)
    with pytest.raises(EncodingError):
        parse_prefix(data)


def test_a_child_cannot_reach_over_the_end_of_its_parent() -> None:
    outer = parse(bytes.fromhex("3006 3002 0201 0500".replace(" ", "")))
    assert outer.children()[0].tag == 0x30
    with pytest.raises(EncodingError, match="over the end"):
        outer.children()[0].children()
    # A header, too, ends where the parent ends, although the buffer goes on.
    inner = parse(bytes.fromhex("3005 3001 02 0500".replace(" ", ""))).children()[0]
    with pytest.raises(EncodingError):
        inner.children()


def test_a_wrong_tag_is_named() -> None:
    assert _kind(b"\x61\x00", tag=0x75) == "tag"
    with pytest.raises(EncodingError):
        parse(b"\x61\x00").expect(0x75)
    assert parse(b"\x61\x00", 0x61).expect(0x61).find(0x02) is None


def test_repr_shows_no_content() -> None:
    assert repr(parse(tlv(0x5A, b"SECRET"))) == "<Node 5A of 6 octets>"
    assert len(parse(tlv(0x5A, b"SECRET"))) == 6


def test_the_number_of_children_is_bounded() -> None:
    full = tlv(0x30, b"\x05\0" * MAX_CHILDREN)
    assert len(parse(full).children()) == MAX_CHILDREN
    with pytest.raises(LimitExceeded):
        parse(tlv(0x30, b"\x05\0" * (MAX_CHILDREN + 1))).children()
    with pytest.raises(LimitExceeded):
        normalise_ber(tlv(0x30, b"\x05\0" * (MAX_CHILDREN + 1)))


@given(_TREE)
def test_agrees_with_an_independent_reader(tree: tuple[int, object]) -> None:
    def walk(node: Node) -> None:
        class_, method, _, header, content, trailer = oracle.parse(node.raw, strict=True)
        assert (content, trailer) == (node.value, b"")
        assert bool(method) == node.constructed
        assert class_ == node.raw[0] >> 6
        assert header + content == node.raw
        assert len(header) == node.body - node.start
        for child in node.children() if node.constructed else ():
            walk(child)

    walk(parse(_encode(tree)))


@given(st.binary(max_size=40))
def test_accepts_nothing_that_an_independent_reader_refuses(octets: bytes) -> None:
    try:
        node = parse(octets, der=False)
    except EncodingError:
        return
    assert oracle.parse(octets, strict=True)[4] == node.value


# --- BER --------------------------------------------------------------------------------------------


def _to_ber(tree: tuple[int, object]) -> bytes:
    tag, value = tree
    head = tag.to_bytes((tag.bit_length() + 7) // 8, "big")
    if not isinstance(value, bytes):
        return head + b"\x80" + b"".join(map(_to_ber, value)) + b"\0\0"
    if tag == 0x04:  # in segments
        return b"\x24\x80" + tlv(0x04, value[:3]) + tlv(0x24, tlv(0x04, value[3:])) + b"\0\0"
    return head + b"\x84" + len(value).to_bytes(4, "big") + value


@given(_TREE)
def test_ber_becomes_der_and_stays_so(tree: tuple[int, object]) -> None:
    assert normalise_ber(_to_ber(tree)) == _encode(tree)
    assert normalise_ber(_encode(tree)) == _encode(tree)


@given(_TREE)
def test_cut_ber_is_noticed(tree: tuple[int, object]) -> None:
    octets = _to_ber(tree)
    for end in range(len(octets)):
        with pytest.raises(EncodingError):
            normalise_ber(octets[:end])


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        ("", "truncated"),
        ("0480", "indefinite_length"),
        ("3080", "truncated"),
        ("30800000 00", "trailing"),
        ("2480 0201 01 0000", "tag"),
        ("3fffffffff7f80 0000", "tag"),
    ],
)
def test_malformed_ber_is_named(octets: str, kind: str) -> None:
    with pytest.raises(EncodingError) as caught:
        normalise_ber(bytes.fromhex(octets))
    assert caught.value.kind == kind


def test_nesting_is_bounded() -> None:
    def nested(depth: int) -> bytes:
        return b"\x30\x80" * depth + b"\0\0" * depth

    normalise_ber(nested(MAX_DEPTH))
    for depth in (MAX_DEPTH + 2, 100_000):
        with pytest.raises(LimitExceeded):
            normalise_ber(nested(depth))


@pytest.mark.parametrize(
    "make",
    [
        lambda n: tlv(0x30, b"\x05\0" * n),
        lambda n: b"\x30\x80" + b"\x30\x80\0\0" * n + b"\0\0",
        lambda n: b"\x24\x80" + b"\x04\x01a" * n + b"\0\0",
        lambda n: b"\x30\x80" * 30 + b"\x05\0" * n + b"\0\0" * 30,
    ],
)
def test_work_grows_no_faster_than_the_input(
    make: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def count(function: Callable[..., object]) -> Callable[..., object]:
        def counting(*arguments: object) -> object:
            nonlocal calls
            calls += 1
            return function(*arguments)

        return counting

    for name in ("_header", "_normalise"):
        monkeypatch.setattr(module, name, count(getattr(module, name)))
    counts = []
    for size in (1_000, 2_000, 4_000):
        calls = 0
        normalise_ber(make(size))
        counts.append(calls)
    assert counts[0] > 0
    assert counts[2] <= 2.1 * counts[1] <= 4.5 * counts[0]


def test_reading_copies_nothing_until_asked() -> None:
    buffer = tlv(0x30, *(tlv(0x30, tlv(0x04, bytes(100))) for _ in range(10)))
    nodes = [parse(buffer)]
    while nodes:
        node = nodes.pop()
        assert node.buf is buffer
        nodes += node.children() if node.constructed else []


@given(st.binary(max_size=60))
def test_hostile_octets_give_only_our_errors(octets: bytes) -> None:
    for read in (parse, normalise_ber, lambda data: parse(data, der=False).children()):
        with contextlib.suppress(EidError):
            read(octets)


def test_children_before_a_malformed_one_are_given_one_by_one() -> None:
    good = tlv(0x04, b"one") + tlv(0x04, b"two")
    assert [node.value for node in parse(tlv(0x30, good)).iterate()] == [b"one", b"two"]
    nodes = parse(tlv(0x30, good, b"\x04\x05x")).iterate()
    assert [next(nodes).value, next(nodes).value] == [b"one", b"two"]


def test_children_one_by_one_are_bounded_as_well() -> None:
    assert sum(1 for _ in parse(tlv(0x30, b"\5\0" * MAX_CHILDREN)).iterate()) == MAX_CHILDREN
    with pytest.raises(LimitExceeded):
        for _ in parse(tlv(0x30, b"\5\0" * (MAX_CHILDREN + 1))).iterate():
            pass
