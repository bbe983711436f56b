"""An invented citizen, as the description of a card for the built-in chip.

Nobody has this name, number or address; if the number should happen to be assigned, it means nothing.
"""

from __future__ import annotations

import datetime as dt

from eid.document.dates import PartialDate
from eid.vietnam.dg13 import encode_dg13
from eid.vietnam.mrz import card_mrz_lines
from eid.vietnam.number import can_from_number

__all__ = ["sample_citizen", "sample_printed_code"]

_RESIDENCE = "Số 12, Đường Thử Nghiệm, Tổ dân phố Số Không, Phường Ví Dụ, Thành phố Tưởng Tượng"
_OLD_NUMBER = "012345678"


def sample_citizen(
    *,
    number: str = "001099012349",
    full_name: str = "Nguyễn Đức Ánh",
    birth_date: dt.date = dt.date(1999, 7, 4),
    sex: str = "M",
    issue_date: dt.date = dt.date(2024, 7, 10),
    expiry_date: dt.date | None = dt.date(2039, 7, 4),
) -> dict[str, object]:
    """The description of a citizen card, complete but for its keys and certificates.

    ``eid.simulator.personalise.new_personalisation`` adds these. The chip is what the cards are known
    to be: PACE-ECDH-GM-AES-128 on brainpoolP256r1 with CAN and MRZ, BAC, Chip Authentication ECDH
    AES-128, Active Authentication RSA-2048, a document signer on brainpoolP384r1, no master file, DG3
    listed and locked.

    :param number: personal number; its last six digits become the CAN.
    :param full_name: with accents.
    :param sex: ``M`` or ``F``.
    :param expiry_date: ``None`` for a card that does not expire.
    :raises PersonalNumberError: *number* is not a personal number.
    :raises MrzError: the name or sex cannot be written in MRZ letters.
    """
    born = PartialDate(birth_date.year, birth_date.month, birth_date.day)
    lines = card_mrz_lines(
        number=number, full_name=full_name, birth_date=born, sex=sex, expiry_date=expiry_date
    )
    national = encode_dg13(
        {
            "pin": number,
            "full_name": full_name,
            "dob": _day(birth_date),
            "sex": "Nam" if sex == "M" else "Nữ",
            "nationality": "Việt Nam",
            "ethnicity": "Kinh",
            "religion": "Không",
            "origin": "Xã Ví Dụ, Tỉnh Mẫu",
            "residence": _RESIDENCE,
            "identification_marks": "Nốt ruồi cách 1 cm dưới mắt trái",
            "issue_date": _day(issue_date),
            "expiry": _day(expiry_date) if expiry_date else "Không thời hạn",
            "parents": ("Nguyễn Văn Mẫu", "Lê Thị Thử"),
            "spouse": None,
            "old_number": _OLD_NUMBER,
            "unknown_16": "0123456789ABCDEF",
        }
    )
    return {
        "format": "eid-chip/1",
        "note": "An invented citizen of Viet Nam. Not a real person, number or address.",
        "person": {"mrz": list(lines)},
        "portrait": "built-in",
        "access": {
            "pace": [{"curve": "brainpoolP256r1", "cipher": "AES-128"}],
            "can": can_from_number(number).digits,
            "mrz": True,
            "bac": True,
        },
        "keys": {
            "chip_authentication": [{"curve": "brainpoolP256r1", "cipher": "AES-128"}],
            "active_authentication": {"algorithm": "RSA-2048", "hash": "sha256"},
            "terminal_authentication": True,
        },
        "signing": {"algorithm": "ecdsa-brainpoolP384r1-sha256", "hash": "sha256", "country": "VN"},
        "groups": {
            "DG3": {"hex": (b"\x63\x82\x01\x00" + bytes(256)).hex()},  # locked: nobody sees these zeros
            "DG13": {"hex": national.hex()},
        },
        "com": ["DG1", "DG2", "DG3", "DG13", "DG14", "DG15"],
        "locked": ["DG3"],
        "quirks": {"select_mf": "6d00"},
    }


def sample_printed_code(
    *,
    number: str = "001099012349",
    full_name: str = "Nguyễn Đức Ánh",
    birth_date: dt.date = dt.date(1999, 7, 4),
    sex: str = "M",
    issue_date: dt.date = dt.date(2024, 7, 10),
) -> str:
    """The text of the code printed on the same card, in the form of 2024: eleven fields.

    The parameters are those of :func:`sample_citizen`. Nobody signs such a code.
    """
    dates = [f"{date:%d%m}{date.year:04d}" for date in (birth_date, issue_date)]
    fields = [number, _OLD_NUMBER, full_name, dates[0], "Nam" if sex == "M" else "Nữ", _RESIDENCE, dates[1]]
    return "|".join([*fields, "", "", "", ""])


def _day(date: dt.date) -> str:
    return date.strftime("%d/%m/%Y")
