"""Who somebody is, what account somebody has, and where somebody lives."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass
from typing import ClassVar

from eid.document.dates import PartialDate
from eid.errors import CredentialDataInvalid, Text
from eid.vietnam.credentials import sources
from eid.vietnam.credentials.model import CredentialType, Part, item

__all__ = [
    "NUMBER",
    "AccountHolder",
    "AccountLevel",
    "Address",
    "HouseholdMember",
    "PersonIdentification",
    "Residence",
    "Sex",
]

#: Form of a personal number; there is no check digit.
NUMBER = "[0-9]{12}"
_OLD_NUMBER = "[0-9]{9}|[0-9]{12}"


class Sex(enum.StrEnum):
    """As the card and its chip have it."""

    MALE = "M"
    FEMALE = "F"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PersonIdentification(CredentialType):
    """What the identity card says of its holder."""

    TYPE: ClassVar[str] = "urn:eid:vn:person:1"
    NAME: ClassVar[str] = "vietnam/person"
    TITLE: ClassVar[Text] = Text("Person identification", "Thông tin căn cước")

    number: str | None = item(
        "personal number", "số định danh cá nhân", sources.NUMBER, required=True, pattern=NUMBER
    )
    name: str | None = item("full name", "họ, chữ đệm và tên", sources.CARD_QR, required=True)
    birth_date: PartialDate | None = item(
        "date of birth", "ngày, tháng, năm sinh", sources.CARD_QR, required=True
    )
    sex: Sex | None = item("sex", "giới tính", sources.CARD_QR, required=True)
    nationality: str | None = item("nationality", "quốc tịch", sources.CARD_MRZ, pattern="[A-Z]{3}")
    old_number: str | None = item(
        "former identity number", "số CMND cũ", sources.CARD_QR, pattern=_OLD_NUMBER
    )
    cancelled_numbers: tuple[str, ...] | None = item(
        "cancelled personal numbers", "số định danh đã hủy", sources.CANCELLED_NUMBERS, pattern=NUMBER
    )
    place_of_origin: str | None = item("place of origin", "quê quán", sources.ORIGIN)
    birth_registration: str | None = item(
        "place of birth registration", "nơi đăng ký khai sinh", sources.CARD_2024
    )
    residence: str | None = item("residence", "nơi cư trú", sources.RESIDENCE_SHOWN)
    ethnicity: str | None = item("ethnicity", "dân tộc", sources.SENSITIVE, sensitive=True)
    religion: str | None = item("religion", "tôn giáo", sources.SENSITIVE, sensitive=True)
    marks: str | None = item("identifying marks", "đặc điểm nhận dạng", sources.CARD_CHIP, sensitive=True)
    father: str | None = item("father", "họ tên cha", sources.CARD_CHIP_RELATIVES)
    mother: str | None = item("mother", "họ tên mẹ", sources.CARD_CHIP_RELATIVES)
    spouse: str | None = item("spouse", "họ tên vợ hoặc chồng", sources.CARD_CHIP_RELATIVES)
    issue_date: dt.date | None = item("date of issue of the card", "ngày cấp thẻ", sources.CARD_QR)
    expiry_date: dt.date | None = item("expiry of the card", "ngày hết hạn của thẻ", sources.CARD_CHIP)
    no_expiry: bool | None = item("the card does not expire", "thẻ không thời hạn", sources.CARD_CHIP)
    issuing_authority: str | None = item("issuing authority", "cơ quan cấp", sources.CARD_2024)
    portrait: bytes | None = item("portrait", "ảnh khuôn mặt", sources.CARD_CHIP, sensitive=True)

    def check(self) -> None:
        """A card that does not expire has no day on which it does."""
        if self.no_expiry and self.expiry_date is not None:
            raise CredentialDataInvalid("no_expiry contradicts expiry_date", "no_expiry")


class AccountHolder(enum.StrEnum):
    """Who can have an account (Decree 69/2024/NĐ-CP, Art. 7)."""

    CITIZEN = "citizen"
    FOREIGNER = "foreigner"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AccountLevel(CredentialType):
    """What electronic identification account somebody has. It says nothing about how somebody was
    authenticated: that is another scale.
    """

    TYPE: ClassVar[str] = "urn:eid:vn:account:1"
    NAME: ClassVar[str] = "vietnam/account"
    TITLE: ClassVar[Text] = Text("Level of the identification account", "Mức độ tài khoản định danh điện tử")

    holder: AccountHolder | None = item(
        "kind of holder", "loại chủ thể", sources.ACCOUNT_LEVEL, required=True
    )
    # 1 or 2. An account of an organisation has none (Art. 7(3)): never take that for level 1.
    account_level: int | None = item(
        "level of the account", "mức độ tài khoản", sources.ACCOUNT_LEVEL, bounds=(1, 2)
    )
    number: str | None = item(
        "identification number of the holder", "số định danh của chủ thể", sources.ELECTRONIC_IDENTITY
    )
    name: str | None = item("name of the holder", "tên chủ thể", sources.ELECTRONIC_IDENTITY)
    activated_on: dt.date | None = item("day of activation", "ngày kích hoạt", sources.ACCOUNT_ACTIVATION)

    def check(self) -> None:
        """Persons have accounts with a level, organisations accounts without."""
        if self.holder is AccountHolder.ORGANISATION and self.account_level is not None:
            raise CredentialDataInvalid("an organisation's account has no level", "account_level")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Address(Part):
    """A place. Two levels since 1 July 2025, three before."""

    text: str | None = item("whole address as registered", "địa chỉ đầy đủ", sources.RESIDENCE_FORM)
    street: str | None = item("house, street, hamlet", "số nhà, đường, thôn", sources.RESIDENCE_FORM)
    ward: str | None = item("ward or commune", "phường, xã", sources.UNITS)
    district: str | None = item("district", "quận, huyện", sources.DISTRICT)
    province: str | None = item("province or city", "tỉnh, thành phố", sources.UNITS)
    province_code: str | None = item("code of the province", "mã tỉnh", sources.UNITS, pattern="[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HouseholdMember(Part):
    """Somebody else of the household."""

    name: str | None = item("full name", "họ tên", sources.RESIDENCE_FORM)
    number: str | None = item(
        "personal number", "số định danh cá nhân", sources.RESIDENCE_FORM, pattern=NUMBER
    )
    birth_date: PartialDate | None = item("date of birth", "ngày sinh", sources.RESIDENCE_FORM)
    relation: str | None = item(
        "relation to the head of household", "quan hệ với chủ hộ", sources.RESIDENCE_FORM
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Residence(CredentialType):
    """Where somebody is registered, and with whom."""

    TYPE: ClassVar[str] = "urn:eid:vn:residence:1"
    NAME: ClassVar[str] = "vietnam/residence"
    TITLE: ClassVar[Text] = Text("Confirmation of residence", "Xác nhận thông tin về cư trú")

    number: str | None = item(
        "personal number", "số định danh cá nhân", sources.NUMBER, required=True, pattern=NUMBER
    )
    name: str | None = item("full name", "họ tên", sources.RESIDENCE_FORM, required=True)
    birth_date: PartialDate | None = item("date of birth", "ngày sinh", sources.RESIDENCE_FORM)
    sex: Sex | None = item("sex", "giới tính", sources.RESIDENCE_FORM)
    permanent: Address | None = item("permanent residence", "nơi thường trú", sources.RESIDENCE_FORM)
    temporary: Address | None = item("temporary residence", "nơi tạm trú", sources.RESIDENCE_FORM)
    present: Address | None = item("present place", "nơi ở hiện tại", sources.RESIDENCE_FORM)
    head_name: str | None = item("head of household", "họ tên chủ hộ", sources.RESIDENCE_FORM)
    head_number: str | None = item(
        "number of the head of household", "số định danh của chủ hộ", sources.RESIDENCE_FORM, pattern=NUMBER
    )
    relation_to_head: str | None = item(
        "relation to the head of household", "quan hệ với chủ hộ", sources.RESIDENCE_FORM
    )
    members: tuple[HouseholdMember, ...] | None = item(
        "other members of the household", "thành viên khác trong hộ", sources.RESIDENCE_FORM
    )
    confirmed_on: dt.date | None = item("day of the confirmation", "ngày xác nhận", sources.RESIDENCE_FORM)
