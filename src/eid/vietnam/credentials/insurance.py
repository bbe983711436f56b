"""Health insurance and social insurance."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from eid.document.dates import PartialDate
from eid.errors import Text
from eid.vietnam.credentials import sources
from eid.vietnam.credentials.identity import NUMBER, Sex
from eid.vietnam.credentials.model import CredentialType, Part, item

__all__ = ["HealthInsurance", "InsurancePeriod", "SocialInsurance"]

_MONTH = "[0-9]{4}-(0[1-9]|1[0-2])"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HealthInsurance(CredentialType):
    """A health insurance card."""

    TYPE: ClassVar[str] = "urn:eid:vn:health-insurance:1"
    NAME: ClassVar[str] = "vietnam/health-insurance"
    TITLE: ClassVar[Text] = Text("Health insurance card", "Thẻ bảo hiểm y tế")

    # Ten digits, or fifteen characters with the group in front: either may stand on a card in use.
    code: str | None = item(
        "code of the insured",
        "mã số bảo hiểm y tế",
        sources.HEALTH_CODES,
        required=True,
        pattern="[0-9A-Z]{10,15}",
    )
    number: str | None = item("personal number", "số định danh cá nhân", sources.NUMBER, pattern=NUMBER)
    name: str | None = item("full name", "họ tên", sources.HEALTH_CARD, required=True)
    birth_date: PartialDate | None = item("date of birth", "ngày sinh", sources.HEALTH_CARD, required=True)
    sex: Sex | None = item("sex", "giới tính", sources.HEALTH_CARD)
    benefit_level: str | None = item("benefit level", "mức hưởng", sources.HEALTH_CARD)
    region: str | None = item(
        "code of the region of residence", "mã nơi đối tượng sinh sống", sources.HEALTH_CODES
    )
    facility: str | None = item(
        "first facility", "nơi đăng ký khám bệnh, chữa bệnh ban đầu", sources.HEALTH_CARD
    )
    facility_code: str | None = item(
        "code of the first facility", "mã nơi đăng ký ban đầu", sources.HEALTH_CODES
    )
    valid_from: dt.date | None = item("valid from", "giá trị sử dụng từ ngày", sources.HEALTH_CARD)
    expiry_date: dt.date | None = item("valid until", "giá trị sử dụng đến ngày", sources.HEALTH_CODES)
    five_years_on: dt.date | None = item(
        "day of five years without a break", "thời điểm đủ 05 năm liên tục", sources.HEALTH_CARD
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class InsurancePeriod(Part):
    """Months for which contributions were paid."""

    first_month: str | None = item("first month", "từ tháng", sources.SOCIAL_BOOK, pattern=_MONTH)
    last_month: str | None = item("last month", "đến tháng", sources.SOCIAL_BOOK, pattern=_MONTH)
    employer: str | None = item("employer", "đơn vị", sources.SOCIAL_BOOK)
    position: str | None = item("position", "chức danh", sources.SOCIAL_BOOK)
    # Đồng a month: wages are nobody's business who asks for time alone.
    basis: int | None = item(
        "monthly wage contributions are paid on, in VND",
        "mức đóng, đồng",
        sources.SOCIAL_BOOK,
        sensitive=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SocialInsurance(CredentialType):
    """A social insurance book."""

    TYPE: ClassVar[str] = "urn:eid:vn:social-insurance:1"
    NAME: ClassVar[str] = "vietnam/social-insurance"
    TITLE: ClassVar[Text] = Text("Social insurance book", "Sổ bảo hiểm xã hội")

    # The personal number since 1 August 2025; a number of ten digits in books of before.
    insurance_number: str | None = item(
        "social insurance number",
        "mã số bảo hiểm xã hội",
        sources.SOCIAL_NUMBER,
        required=True,
        pattern="[0-9]{10}|[0-9]{12}",
    )
    name: str | None = item("full name", "họ tên", sources.SOCIAL_BOOK, required=True)
    birth_date: PartialDate | None = item("date of birth", "ngày sinh", sources.SOCIAL_BOOK, required=True)
    sex: Sex | None = item("sex", "giới tính", sources.SOCIAL_BOOK)
    nationality: str | None = item("nationality", "quốc tịch", sources.SOCIAL_BOOK)
    months: int | None = item(
        "months of contributions", "tổng số tháng đóng", sources.SOCIAL_BOOK, bounds=(0, 1200)
    )
    months_until: str | None = item("counted until", "tính đến tháng", sources.SOCIAL_BOOK, pattern=_MONTH)
    periods: tuple[InsurancePeriod, ...] | None = item("periods", "quá trình đóng", sources.SOCIAL_BOOK)
