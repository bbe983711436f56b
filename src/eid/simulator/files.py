"""Files of the chip that are made from plain descriptions: machine readable zone, DG2, DG11, DG12."""

from __future__ import annotations

import re
from collections.abc import Mapping

from eid.document.dg2 import encode_dg2
from eid.document.face import image_header
from eid.document.mrz import check_digit
from eid.encoding import der
from eid.encoding.tlv import tlv
from eid.errors import DocumentError
from eid.simulator.members import Members

__all__ = ["DG11_FIELDS", "DG12_FIELDS", "compose_td1", "details_file", "portrait_file"]

#: Members of ``person.details`` with their tags (Doc 9303-10, 4.7.11).
DG11_FIELDS: Mapping[str, int] = {
    "name": 0x5F0E,
    "personal_number": 0x5F10,
    "birth_date": 0x5F2B,
    "place_of_birth": 0x5F11,
    "residence": 0x5F42,
    "telephone": 0x5F12,
    "profession": 0x5F13,
    "title": 0x5F14,
    "personal_summary": 0x5F15,
    "custody_information": 0x5F18,
}
#: Members of ``person.document`` with their tags (Doc 9303-10, 4.7.12).
DG12_FIELDS: Mapping[str, int] = {
    "issuing_authority": 0x5F19,
    "issue_date": 0x5F26,
    "endorsements": 0x5F1B,
    "tax_or_exit": 0x5F1C,
    "personalized_at": 0x5F55,
    "personalization_system": 0x5F56,
}


def details_file(members: Members, tag: int, fields: Mapping[str, int], names_tag: int | None) -> bytes:
    """DG11 or DG12 with the fields that *members* has.

    :param names_tag: tag of each of ``other_names``, where the group has them.
    """
    parts: dict[int, bytes] = {}
    for name, field_tag in fields.items():
        value = members.optional_text(name)
        if value is not None:
            parts[field_tag] = tlv(field_tag, value.encode())
    others = members.texts("other_names") if names_tag is not None else ()
    if names_tag is not None and others:
        inner = der.integer(len(others)) + b"".join(tlv(names_tag, item.encode()) for item in others)
        parts[names_tag] = tlv(0xA0, inner)
    members.finish()
    tag_list = b"".join(field_tag.to_bytes(2, "big") for field_tag in parts)
    return tlv(tag, tlv(0x5C, tag_list), *parts.values())


def portrait_file(members: Members, name: str, image: bytes) -> bytes:
    """DG2 around an image (JPEG or JPEG 2000).

    :raises PersonalisationError: another kind of image.
    """
    try:
        media_type, width, height = image_header(image)
        return encode_dg2(image, width, height, media_type)
    except DocumentError:
        raise members.wrong(name, "is neither JPEG nor JPEG 2000 of a usable size") from None


def compose_td1(person: Members) -> str:
    """A machine readable zone of three lines after Doc 9303-5 from single members."""

    def field(name: str, width: int, default: str | None = None, pattern: str = "[A-Z0-9<]*") -> str:
        value = person.text(name, default).upper().replace(" ", "<")
        if len(value) > width or re.fullmatch(pattern, value) is None:
            raise person.wrong(name, f"must be at most {width} characters of an MRZ")
        return value.ljust(width, "<")

    def date(name: str) -> str:
        value = person.text(name)
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is None:
            raise person.wrong(name, "must be a date such as 1999-07-04")
        digits = value.replace("-", "")[2:]
        return f"{digits}{check_digit(digits)}"

    number = field("document_number", 9)
    one = field("document_code", 2, "I") + field("issuer", 3, "UTO")
    one += f"{number}{check_digit(number)}" + field("optional_1", 15, "")
    sex = person.choice("sex", ("M", "F", "X"), "X")
    two = date("birth_date") + ("<" if sex == "X" else str(sex)) + date("expiry_date")
    two += field("nationality", 3, "UTO") + field("optional_2", 11, "")
    two += str(check_digit(one[5:] + two[:7] + two[8:15] + two[18:29]))
    names = f"{person.text('surname')}<<{person.text('given_names', '')}".upper().replace(" ", "<")
    if re.fullmatch("[A-Z<]+", names) is None:
        raise person.wrong("surname", "and given_names must be letters A to Z")
    return one + two + names[:30].ljust(30, "<")
