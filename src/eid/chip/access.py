"""What opens a chip: the card access number, or the machine readable zone (Doc 9303-11, 4.2 to 4.4)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import ClassVar

from eid.document.mrz import check_digit, parse_mrz
from eid.errors import AccessKeyFormatError, MrzError

__all__ = ["AccessKey", "Can", "Mrz"]


@dataclass(frozen=True, slots=True)
class Can:
    """Card access number: six digits. It opens PACE only.

    :raises AccessKeyFormatError: not six ASCII digits.
    """

    digits: str = field(repr=False)

    kind: ClassVar[str] = "CAN"
    #: Reference of the password in MSE:Set AT (Doc 9303-11, 4.4.4.1).
    reference: ClassVar[int] = 2

    def __post_init__(self) -> None:
        if re.fullmatch("[0-9]{6}", self.digits) is None:
            raise AccessKeyFormatError(f"a CAN of {len(self.digits)} characters")

    @property
    def password(self) -> bytes:
        """The octets PACE derives its key from: the digits in ASCII."""
        return self.digits.encode("ascii")

    @property
    def text(self) -> bytes:
        """The octets that identify this key to a later comparison."""
        return self.digits.encode("ascii")


@dataclass(frozen=True, slots=True)
class Mrz:
    """Access key from the machine readable zone. It opens PACE and BAC.

    :param information: document number, birth date and expiry date, each followed by its check digit
        (Doc 9303-11, 4.3.2), for example ``L898902C3674081221204159``.
    """

    information: str = field(repr=False)

    kind: ClassVar[str] = "MRZ"
    reference: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if re.fullmatch("[0-9A-Z<]{24,}", self.information) is None or len(self.information) > 45:
            raise MrzError("the access key needs number, birth date and expiry with check digits", "length")

    @classmethod
    def from_text(cls, text: str) -> Mrz:
        """From the lines as printed: TD1, TD2 or TD3, with or without line ends.

        :raises MrzError: not such lines, or a check digit is wrong (kind ``check_digit``).
        """
        zone = parse_mrz(text)
        wrong = [check.name for check in zone.checks if not check.ok]
        if wrong:
            raise MrzError(f"wrong check digit: {', '.join(wrong)}", "check_digit")
        return cls(zone.mrz_information)

    @classmethod
    def from_fields(cls, document_number: str, birth_date: str, expiry_date: str) -> Mrz:
        """From the three fields.

        :param document_number: as printed, up to 22 characters; shorter than nine is filled with ``<``.
        :param birth_date: ``YYMMDD``, unknown parts as ``<<``.
        :param expiry_date: ``YYMMDD``.
        :raises MrzError: characters or lengths that an MRZ cannot have.
        """
        number = document_number.strip().upper().replace(" ", "<").ljust(9, "<")
        if re.fullmatch("[0-9A-Z<]{9,22}", number) is None:
            raise MrzError("characters outside A-Z 0-9 < in the document number", "characters")
        for date in (birth_date, expiry_date):
            if re.fullmatch("[0-9<]{6}", date) is None:
                raise MrzError("a date that is not YYMMDD", "date")
        parts = (number, birth_date, expiry_date)
        return cls("".join(part + str(check_digit(part)) for part in parts))

    @property
    def password(self) -> bytes:
        """SHA-1 of the information: what PACE takes, and BAC the first 16 octets of."""
        return hashlib.sha1(self.information.encode("ascii")).digest()  # noqa: S324 - Doc 9303-11, 9.7.2

    @property
    def text(self) -> bytes:
        """The octets that identify this key to a later comparison."""
        return self.information.encode("ascii")


AccessKey = Mrz | Can
