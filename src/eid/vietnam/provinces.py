"""Prefixes of the personal number and the units they belong to since the merger of 2025.

Sixty-three prefixes were given to provinces (Circular 07/2016/TT-BCA, annex); since 1 July 2025 there
are 34 units (Resolution 202/2025/QH15). Numbers did not change with the merger, and the code of a new
unit is not the prefix of an old province: the two share digits and differ in territory (Gia Lai was
064 and is 52). The prefix is that of *birth registration* and says nothing about where somebody lives.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

__all__ = ["MERGER", "PROVINCES", "UNITS", "Province", "province"]

#: First day of the 34 units.
MERGER = dt.date(2025, 7, 1)

#: The 34 units since 1 July 2025, by their two-digit code.
UNITS: dict[str, str] = {
    "01": "Hà Nội",
    "04": "Cao Bằng",
    "08": "Tuyên Quang",
    "11": "Điện Biên",
    "12": "Lai Châu",
    "14": "Sơn La",
    "15": "Lào Cai",
    "19": "Thái Nguyên",
    "20": "Lạng Sơn",
    "22": "Quảng Ninh",
    "24": "Bắc Ninh",
    "25": "Phú Thọ",
    "31": "Hải Phòng",
    "33": "Hưng Yên",
    "37": "Ninh Bình",
    "38": "Thanh Hóa",
    "40": "Nghệ An",
    "42": "Hà Tĩnh",
    "44": "Quảng Trị",
    "46": "Huế",
    "48": "Đà Nẵng",
    "51": "Quảng Ngãi",
    "52": "Gia Lai",
    "56": "Khánh Hòa",
    "66": "Đắk Lắk",
    "68": "Lâm Đồng",
    "75": "Đồng Nai",
    "79": "Hồ Chí Minh",
    "80": "Tây Ninh",
    "82": "Đồng Tháp",
    "86": "Vĩnh Long",
    "91": "An Giang",
    "92": "Cần Thơ",
    "96": "Cà Mau",
}

# Prefix, name of the province until 30 June 2025, code of its unit since.
_PREFIXES = (
    ("001", "Hà Nội", "01"),
    ("002", "Hà Giang", "08"),
    ("004", "Cao Bằng", "04"),
    ("006", "Bắc Kạn", "19"),
    ("008", "Tuyên Quang", "08"),
    ("010", "Lào Cai", "15"),
    ("011", "Điện Biên", "11"),
    ("012", "Lai Châu", "12"),
    ("014", "Sơn La", "14"),
    ("015", "Yên Bái", "15"),
    ("017", "Hòa Bình", "25"),
    ("019", "Thái Nguyên", "19"),
    ("020", "Lạng Sơn", "20"),
    ("022", "Quảng Ninh", "22"),
    ("024", "Bắc Giang", "24"),
    ("025", "Phú Thọ", "25"),
    ("026", "Vĩnh Phúc", "25"),
    ("027", "Bắc Ninh", "24"),
    ("030", "Hải Dương", "31"),
    ("031", "Hải Phòng", "31"),
    ("033", "Hưng Yên", "33"),
    ("034", "Thái Bình", "33"),
    ("035", "Hà Nam", "37"),
    ("036", "Nam Định", "37"),
    ("037", "Ninh Bình", "37"),
    ("038", "Thanh Hóa", "38"),
    ("040", "Nghệ An", "40"),
    ("042", "Hà Tĩnh", "42"),
    ("044", "Quảng Bình", "44"),
    ("045", "Quảng Trị", "44"),
    ("046", "Thừa Thiên Huế", "46"),
    ("048", "Đà Nẵng", "48"),
    ("049", "Quảng Nam", "48"),
    ("051", "Quảng Ngãi", "51"),
    ("052", "Bình Định", "52"),
    ("054", "Phú Yên", "66"),
    ("056", "Khánh Hòa", "56"),
    ("058", "Ninh Thuận", "56"),
    ("060", "Bình Thuận", "68"),
    ("062", "Kon Tum", "51"),
    ("064", "Gia Lai", "52"),
    ("066", "Đắk Lắk", "66"),
    ("067", "Đắk Nông", "68"),
    ("068", "Lâm Đồng", "68"),
    ("070", "Bình Phước", "75"),
    ("072", "Tây Ninh", "80"),
    ("074", "Bình Dương", "79"),
    ("075", "Đồng Nai", "75"),
    ("077", "Bà Rịa - Vũng Tàu", "79"),
    ("079", "Hồ Chí Minh", "79"),
    ("080", "Long An", "80"),
    ("082", "Tiền Giang", "82"),
    ("083", "Bến Tre", "86"),
    ("084", "Trà Vinh", "86"),
    ("086", "Vĩnh Long", "86"),
    ("087", "Đồng Tháp", "82"),
    ("089", "An Giang", "91"),
    ("091", "Kiên Giang", "91"),
    ("092", "Cần Thơ", "92"),
    ("093", "Hậu Giang", "92"),
    ("094", "Sóc Trăng", "92"),
    ("095", "Bạc Liêu", "96"),
    ("096", "Cà Mau", "96"),
)


@dataclass(frozen=True, slots=True)
class Province:
    """A prefix with its province of old and its unit of today.

    :param prefix: three digits, as the number begins.
    :param name: the province until 30 June 2025.
    :param unit_code: two digits, the unit since 1 July 2025.
    :param unit_name: its name.
    """

    prefix: str
    name: str
    unit_code: str
    unit_name: str


#: All assigned prefixes.
PROVINCES: dict[str, Province] = {
    prefix: Province(prefix, name, code, UNITS[code]) for prefix, name, code in _PREFIXES
}


def province(prefix: str) -> Province | None:
    """The province of a three-digit *prefix*, or ``None``: a country, a later rule, or nothing known."""
    return PROVINCES.get(prefix)
