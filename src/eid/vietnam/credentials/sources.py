"""Where the fields of the credential types come from, and how sure that is.

No Vietnamese authority issues SD-JWT credentials, as far as is known: the types, their names and the
names of their claims are this library's own. What a source vouches for is that the paper or the database
has such a field. *Likely* is what one good source says, *unconfirmed* what was not seen in a source.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["Confidence", "Source"]


class Confidence(enum.StrEnum):
    """How sure it is that the field exists as described."""

    CONFIRMED = "confirmed"  #: two independent sources, or the text of the rule
    LIKELY = "likely"  #: one good source
    UNCONFIRMED = "unconfirmed"  #: not seen: never refuse a credential because of it


@dataclass(frozen=True, slots=True)
class Source:
    """What a field rests on.

    :param text: instrument and article.
    """

    text: str
    confidence: Confidence

    @property
    def confirmed(self) -> bool:
        """Whether the field can be relied on without looking at the original."""
        return self.confidence is Confidence.CONFIRMED


def _confirmed(text: str) -> Source:
    return Source(text, Confidence.CONFIRMED)


def _likely(text: str) -> Source:
    return Source(text, Confidence.LIKELY)


def _unconfirmed(text: str) -> Source:
    return Source(text, Confidence.UNCONFIRMED)


# --- identity ------------------------------------------------------------------------------------

NUMBER = _confirmed("Law 26/2023/QH15, Art. 12; Decree 70/2024/NĐ-CP, Art. 11")
CARD_QR = _confirmed("Circular 06/2021/TT-BCA: QR code of the card of 2021")
CARD_CHIP = _confirmed("Law 26/2023/QH15, Art. 18: data group 13 of the chip")
CARD_CHIP_RELATIVES = _likely("Law 26/2023/QH15, Art. 18: data group 13 of the chip, entries 13 and 14")
CARD_MRZ = _confirmed("ICAO Doc 9303-5: data group 1 of the chip")
CARD_2024 = _likely("Law 26/2023/QH15, Art. 18; Circular 16/2024/TT-BCA, Art. 3")
CANCELLED_NUMBERS = _likely("Decree 70/2024/NĐ-CP, Art. 12(1)")
ORIGIN = _unconfirmed("Law 26/2023/QH15, Art. 18: origin or birth registration, by generation of the card")
SENSITIVE = _likely("Law 26/2023/QH15, Art. 18; sensitive by Decree 356/2025/NĐ-CP, Art. 4")
RESIDENCE_SHOWN = _confirmed("Circular 17/2024/TT-BCA, Art. 4")

# --- accounts ------------------------------------------------------------------------------------

ACCOUNT_LEVEL = _confirmed("Decree 69/2024/NĐ-CP, Art. 7 and 9")
ACCOUNT_ACTIVATION = _confirmed("Decree 69/2024/NĐ-CP, Art. 14")
ELECTRONIC_IDENTITY = _likely("Decree 59/2022/NĐ-CP, Art. 7 to 9: content of an electronic identity")
ORGANISATION_ACCOUNT = _confirmed("Decree 69/2024/NĐ-CP, Art. 12")

# --- residence -----------------------------------------------------------------------------------

RESIDENCE_FORM = _likely("Circular 66/2023/TT-BCA: form CT07, confirmation of residence")
UNITS = _confirmed("Resolution 202/2025/QH15, Art. 1")
DISTRICT = _confirmed("districts ended with Resolution 202/2025/QH15: addresses until 30 June 2025")

# --- vehicles ------------------------------------------------------------------------------------

LICENCE_CLASSES = _likely("Law 36/2024/QH15, Art. 57: fifteen classes; older licences have other ones")
LICENCE_FACE = _likely("form of the plastic licence since 2012: name, birth date, address, expiry")
LICENCE_TEST = _likely("Circular 35/2024/TT-BGTVT, Art. 35: date of the test, on the back of the licence")
LICENCE_FORM = _unconfirmed(
    "Circular 35/2024/TT-BGTVT, Circular 12/2025/TT-BCA: form of the licence not seen"
)
LICENCE_POINTS = _unconfirmed("Law 36/2024/QH15, Art. 58: twelve points a year, text not seen")
PLATES = _likely("Circular 24/2023/TT-BCA: plates are managed under the owner's number")
VEHICLE_FORM = _unconfirmed("Circular 79/2024/TT-BCA: form of the registration certificate not seen")

# --- insurance -----------------------------------------------------------------------------------

HEALTH_CARD = _likely(
    "Decree 146/2018/NĐ-CP, Art. 12; Law 51/2024/QH15 with Decree 188/2025/NĐ-CP: content of the card"
)
HEALTH_CODES = _unconfirmed("Decision 1351/QĐ-BHXH, Decision 1666/QĐ-BHXH: parts of the card's code")
SOCIAL_NUMBER = _likely("the personal number is the social insurance number since 1 August 2025")
SOCIAL_BOOK = _unconfirmed("Law 41/2024/QH15, Art. 25: content of the electronic book not seen")

# --- records -------------------------------------------------------------------------------------

RECORD_KINDS = _likely("Law 28/2009/QH12, Art. 41")
RECORD_PERSON = _likely("Law 28/2009/QH12, Art. 42: whom the certificate is about")
RECORD_CONTENT = _likely("Law 28/2009/QH12, Art. 2(4) and 42; changed by Law 107/2025/QH15, not seen in full")
RECORD_FORM = _unconfirmed("form of the certificate not seen")
CIVIL_EVENTS = _likely("Law 60/2014/QH13, Art. 3")
BIRTH = _likely("Law 60/2014/QH13, Art. 14(1)")
CIVIL_FORM = _unconfirmed("Circular 04/2020/TT-BTP: forms not seen")
MARITAL_STATUS = _likely("Decree 123/2015/NĐ-CP, Art. 1: certificate of marital status")
ENTERPRISE = _likely("Law 59/2020/QH14, Art. 28: content of the registration certificate")
ENTERPRISE_IDENTITY = _likely("Decree 59/2022/NĐ-CP, Art. 9: electronic identity of an organisation")
REPRESENTATIVE = _likely("Law 59/2020/QH14, Art. 28(3)")
REPRESENTATIVE_ROLE = _unconfirmed("form of the registration certificate not seen")
