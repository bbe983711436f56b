"""LDIF: values come out whole, whatever their lines look like, and bad ones lose nothing else."""

from __future__ import annotations

import base64
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.simulator.lists import write_ldif
from eid.trust import ldif
from eid.trust.ldif import LdifValue, looks_like_ldif, read_ldif


def read(text: bytes | str) -> list[tuple[str, bytes | None, str | None]]:
    octets = text.encode() if isinstance(text, str) else text
    return [(v.kind, v.octets, v.code) for v in read_ldif(io.BytesIO(octets))]


def encoded(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def test_every_attribute_of_the_directory_is_known_by_either_name() -> None:
    names = {
        "userCertificate;binary": "CERTIFICATE",
        "cACertificate;binary": "CA_CERTIFICATE",
        "certificateRevocationList;binary": "CRL",
        "pkdMasterListContent": "MASTER_LIST",
        "CscaMasterListData": "MASTER_LIST",
        "USERCERTIFICATE": "CERTIFICATE",
    }
    values = [(name, f"value {number}".encode()) for number, name in enumerate(names)]
    assert read(write_ldif(values)) == [
        (kind, octets, None) for (_, octets), kind in zip(values, names.values(), strict=True)
    ]


@given(
    st.lists(st.binary(min_size=1, max_size=300), max_size=5),
    st.integers(26, 90),
    st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_is_folded_comes_out_whole(values: list[bytes], width: int, end: str) -> None:
    text = write_ldif([("userCertificate;binary", each) for each in values], width=width)
    assert [octets for _, octets, _ in read(text.replace(b"\n", end.encode()))] == values


def test_a_value_may_stand_on_one_long_line_and_at_the_end_of_a_file_without_newline() -> None:
    octets = bytes(range(256)) * 40
    assert read(f"dn: cn=x\nuserCertificate;binary:: {encoded(octets)}") == [("CERTIFICATE", octets, None)]


def test_comments_other_attributes_and_their_folded_lines_are_nothing() -> None:
    text = f"""# a comment
 that goes on
version: 1

dn: cn=one,
 c=UT
description:: {encoded(b"userCertificate:: QQ==")}
userCertificate;binary:: {encoded(b"one")}
# between
cn: userCertificate;binary:: {encoded(b"no")}
userCertificate;binary::{encoded(b"two")}

"""
    assert read(text) == [("CERTIFICATE", b"one", None), ("CERTIFICATE", b"two", None)]


@pytest.mark.parametrize(
    "value",
    [": text", ":< file:///etc/passwd", ":: not base64!", ":: QQ=", "", ":: QUJD\n RE=", ":: Q Q = ="],
)
def test_a_bad_value_is_told_about_and_loses_nothing_else(value: str) -> None:
    text = f"dn: cn=x\nuserCertificate;binary{value}\nuserCertificate;binary:: {encoded(b'good')}\n"
    found = read(text)
    assert ("CERTIFICATE", b"good", None) in found
    if value:
        assert found[0] == ("CERTIFICATE", None, "LDIF_VALUE_MALFORMED")


def test_only_additions_of_a_delta_are_values() -> None:
    def record(change: str, octets: bytes) -> str:
        return f"dn: cn=x\n{change}userCertificate;binary:: {encoded(octets)}\n\n"

    text = (
        record("changetype: add\n", b"added")
        + record("changetype: delete\n", b"gone")
        + record("changetype: modify\ndelete: userCertificate;binary\n", b"gone")
        + record("", b"plain")
    )
    assert read(text) == [
        ("CERTIFICATE", b"added", None),
        ("CERTIFICATE", None, "LDIF_CHANGE_RECORD"),
        ("CERTIFICATE", None, "LDIF_CHANGE_RECORD"),
        ("CERTIFICATE", b"plain", None),
    ]


def test_values_tell_the_line_they_begin_on() -> None:
    values = list(
        read_ldif(io.BytesIO(write_ldif([("cACertificate", b"x" * 100), ("userCertificate", b"y")])))
    )
    assert [value.line for value in values] == [5, 11]
    assert repr(values[0]) == "<LdifValue CA_CERTIFICATE of line 5>"


def test_a_value_too_long_is_refused_and_the_next_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ldif, "MAX_VALUE", 120)
    folded = write_ldif([("userCertificate;binary", b"x" * 200), ("userCertificate;binary", b"good")])
    unfolded = write_ldif(
        [("userCertificate;binary", b"x" * 200), ("userCertificate;binary", b"good")], width=10_000
    )
    for text in (folded, unfolded):
        assert read(text) == [("CERTIFICATE", None, "LIMIT_EXCEEDED"), ("CERTIFICATE", b"good", None)]


def test_a_file_too_long_is_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    text = write_ldif([("userCertificate;binary", b"one"), ("userCertificate;binary", b"two")])
    monkeypatch.setattr(ldif, "MAX_LDIF", len(text) - 20)
    assert read(text)[0] == ("CERTIFICATE", b"one", None)
    assert read(text)[-1] == ("FILE", None, "LIMIT_EXCEEDED")


def test_progress_is_told_in_octets_up_to_the_whole_file() -> None:
    text = write_ldif([("userCertificate;binary", b"x" * 1_000_000)])
    told: list[int] = []
    list(read_ldif(io.BytesIO(text), progress=told.append))
    assert len(told) > 3
    assert told == sorted(told)
    assert told[-1] == len(text)


def test_ldif_is_told_by_its_beginning() -> None:
    for head in (
        b"version: 1\n",
        b"dn: cn=x\n",
        b"DN:: eA==\n",
        b"# c\n c\n\n dn: no\ndn: cn=x",
        b"\xef\xbb\xbfversion: 1",
    ):
        assert looks_like_ldif(head)
    for head in (
        b"",
        b"\x30\x82",
        b"{}",
        b"# only a comment\n",
        b"name: x\ndn: cn=x\n",
        b"-----BEGIN CERTIFICATE-----",
    ):
        assert not looks_like_ldif(head)


@given(st.binary(max_size=400))
def test_any_octets_are_read_without_an_error(octets: bytes) -> None:
    for value in read_ldif(io.BytesIO(b"userCertificate:: " + octets)):
        assert isinstance(value, LdifValue)
