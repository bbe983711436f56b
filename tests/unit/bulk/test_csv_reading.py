"""Tables of text: no record is broken, lost or read twice, whatever stands in the file."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eid.bulk import csv_reading
from eid.bulk.csv_reading import MAX_RECORD, Block, Row, cut_blocks, rows_of
from eid.bulk.dialects import Dialect, Encoding
from eid.errors import TableFormatError


def dialect(width: int = 3, *, delimiter: str = ",", encoding: Encoding = Encoding.UTF_8) -> Dialect:
    return Dialect(encoding, delimiter, width, None, b"", 0, 1, 1, bom=False)


def blocks(octets: bytes, how: Dialect) -> list[Block]:
    return list(cut_blocks(io.BytesIO(octets), how, start=0, row=how.row, line=how.line))


def rows(octets: bytes, how: Dialect | None = None) -> list[Row]:
    how = how or dialect()
    return [row for block in blocks(octets, how) for row in rows_of(block, how)]


def fields(octets: bytes, how: Dialect | None = None) -> list[list[str] | str | None]:
    return [row.fields if row.fields is not None else row.code for row in rows(octets, how)]


def test_records_with_every_line_end_and_embedded_newlines() -> None:
    octets = b'1,a,b\r\n2,"c\r\nd","e ""f"""\n3,g,h\r4,i,j'
    assert fields(octets) == [["1", "a", "b"], ["2", "c\r\nd", 'e "f"'], ["3", "g", "h"], ["4", "i", "j"]]
    found = rows(octets)
    assert [row.number for row in found] == [1, 2, 3, 4]
    assert [row.line for row in found] == [1, 2, 4, 5]


def test_ragged_rows_are_named_and_kept_and_those_around_them_are_read() -> None:
    octets = b"1,a,b\n2,a\n3,a,b,c\n4,a,b,,\n\n6,x,y\n"
    found = rows(octets)
    assert [(row.number, row.code) for row in found] == [
        (1, None), (2, "too_few_fields"), (3, "too_many_fields"), (4, "extra_empty_fields"), (6, None),
    ]  # fmt: skip
    assert [row.octets for row in found if row.fields is None] == [b"2,a\n", b"3,a,b,c\n"]
    assert found[3].fields == ["4", "a", "b"]


@pytest.mark.parametrize("damage", [b"", b"\xff,x,y\n"])
def test_the_mark_of_the_end_of_a_file_is_no_row(damage: bytes) -> None:
    found = rows(b"1,a,b\n" + damage + b"2,c,d\n\x1a")
    assert [row.fields for row in found if row.fields] == [["1", "a", "b"], ["2", "c", "d"]]
    assert [row.code for row in found if row.code] == ["undecodable_octets"] * bool(damage)
    assert fields(b"1,a,b\n\x1a,a,b\n")[1] == ["\x1a", "a", "b"]


def test_a_lost_quotation_mark_costs_one_row_and_not_the_rest_of_the_file() -> None:
    after = b"".join(b"%d,a,b\n" % number for number in range(3, 30_000))
    found = rows(b'1,a,b\n2,"a,b\n' + after)
    assert [row.code for row in found[:3]] == [None, "quote_unbalanced", None]
    assert found[1].octets == b'2,"a,b\n'
    assert len(found) == 29_999
    assert found[-1].number == found[-1].line == 29_999


def test_a_quotation_mark_that_is_closed_by_the_next_one_costs_one_row() -> None:
    assert fields(b'1,"a,b\n2,"c",d\n3,e,f\n') == ["quote_unbalanced", ["2", "c", "d"], ["3", "e", "f"]]


def test_quotation_marks_inside_a_field_are_text() -> None:
    assert fields('1,Công ty "Thử",5"\n'.encode()) == [["1", 'Công ty "Thử"', '5"']]


def test_octets_that_are_no_text_cost_their_row() -> None:
    octets = "1,Ánh,b\n".encode() + b'2,\xc3,b\n3,"x\n\xff",b\n' + "4,Đức,b".encode()
    found = rows(octets)
    assert [row.code for row in found] == [None, "undecodable_octets", "undecodable_octets", None]
    assert found[2].octets == b'3,"x\n\xff",b\n'
    assert [row.number for row in found] == [1, 2, 3, 4]
    assert [row.line for row in found] == [1, 2, 3, 5]


def test_a_record_that_is_too_long_is_left_out() -> None:
    long = b"2," + b"x" * MAX_RECORD + b",b\n"
    for end in (b"", b'3,"q",r\n'):
        found = rows(b"1,a,b\n" + long + b"3,a,b\n" + end)
        assert [row.code for row in found][:3] == [None, "row_too_long", None]
        assert found[1].octets == long


def test_many_lines_in_quotation_marks_are_no_record_without_end() -> None:
    endless = b'"a\n",' * 20_000 + b'"b"\n'
    found = rows(b"1,a,b\n" + endless + b"3,a,b\n")
    assert {row.code for row in found} == {None, "quote_unbalanced"}
    assert [row.fields for row in found if row.fields] == [["1", "a", "b"], ["3", "a", "b"]]
    assert b"".join(row.octets for row in found) == endless


def test_a_file_without_line_ends_is_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reading, "_MAX_LINE", 4 * csv_reading.BLOCK)
    with pytest.raises(TableFormatError) as raised:
        blocks(bytes(6 * csv_reading.BLOCK), dialect())
    assert raised.value.kind == "line"


def test_going_on_behind_a_block_gives_what_follows() -> None:
    octets = b"".join(b'%d,"a\n",b\n' % number for number in range(100_000))
    how = dialect()
    whole = blocks(octets, how)
    assert len(whole) > 2
    stream = io.BytesIO(octets)
    stream.seek(whole[0].end)
    first = whole[0]
    rest = list(
        cut_blocks(stream, how, start=first.end, row=first.row + first.rows, line=first.line + first.lines)
    )
    both = [[row for block in some for row in rows_of(block, how)] for some in (rest, whole[1:])]
    assert both[0] == both[1]
    assert rest[-1].end == len(octets)


_PIECES = st.lists(
    st.sampled_from(
        [b"a", b"1", b",", b'"', b'""', b"\n", b"\r\n", b"\r", b"\xc3\xa1", b"\xff", b"\x00", b" ", b"x" * 40]
    ),
    max_size=120,
)


@settings(max_examples=400, deadline=None)
@example(pieces=[b"\n", b'"', b"x" * 80], size=1, limit=60)
@given(pieces=_PIECES, size=st.integers(1, 200), limit=st.sampled_from([60, 200, MAX_RECORD]))
def test_nothing_depends_on_where_blocks_are_cut_and_nothing_is_lost(
    pieces: list[bytes], size: int, limit: int
) -> None:
    octets, how = b"".join(pieces), dialect(2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reading, "MAX_RECORD", limit)
        in_one = blocks(octets, how)
        expected = [(row.number, row.line, row.fields, row.code, row.octets) for row in rows(octets, how)]
        patch.setattr(csv_reading, "BLOCK", size)
        cut = blocks(octets, how)
        assert b"".join(block.octets for block in cut) == octets
        assert sum(block.rows for block in cut) == sum(block.rows for block in in_one)
        assert sum(block.lines for block in cut) == len(octets.splitlines())
        found = [(row.number, row.line, row.fields, row.code, row.octets) for row in rows(octets, how)]
    assert found == expected
    # Every letter is in a field or in a rejected row.
    kept = "".join("".join(row[2]) for row in found if row[2] is not None).encode()
    kept += b"".join(row[4] for row in found if row[2] is None)
    for letter in (b"a", b"1", b"x", b"\xff"):
        assert kept.count(letter) == octets.count(letter)


@settings(max_examples=150, deadline=None)
@given(
    table=st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=3, max_size=3),
        max_size=20,
    ),
    delimiter=st.sampled_from(",;\t|"),
    size=st.integers(1, 300),
)
def test_what_the_standard_library_writes_is_read_back(
    table: list[list[str]], delimiter: str, size: int
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(table)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reading, "BLOCK", size)
        found = fields(text.getvalue().encode(), dialect(3, delimiter=delimiter))
    assert found == [row for row in table if any(row)]
