"""What registers say: criminal records, civil status, and who acts for an enterprise."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass
from typing import ClassVar

from eid.document.dates import PartialDate
from eid.errors import CredentialDataInvalid, Text
from eid.vietnam.credentials import sources
from eid.vietnam.credentials.identity import NUMBER, Sex
from eid.vietnam.credentials.model import CredentialType, Part, item

__all__ = [
    "BusinessRepresentative",
    "CertificateKind",
    "CivilEvent",
    "CivilStatus",
    "CriminalRecord",
    "Relative",
]


class CertificateKind(enum.StrEnum):
    """Law 28/2009/QH12, Art. 41."""

    NUMBER_1 = "1"  #: convictions that are not remitted
    NUMBER_2 = "2"  #: all; for courts and prosecutors, and for persons about themselves


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CriminalRecord(CredentialType):
    """A criminal record certificate. It tells of the day it was issued, and of no day after."""

    TYPE: ClassVar[str] = "urn:eid:vn:criminal-record:1"
    NAME: ClassVar[str] = "vietnam/criminal-record"
    TITLE: ClassVar[Text] = Text("Criminal record certificate", "Phiếu lý lịch tư pháp")

    kind: CertificateKind | None = item(
        "kind of certificate", "loại phiếu", sources.RECORD_KINDS, required=True
    )
    certificate_number: str | None = item("number of the certificate", "số phiếu", sources.RECORD_FORM)
    name: str | None = item("full name", "họ tên", sources.RECORD_PERSON, required=True)
    sex: Sex | None = item("sex", "giới tính", sources.RECORD_PERSON)
    birth_date: PartialDate | None = item("date of birth", "ngày sinh", sources.RECORD_PERSON, required=True)
    birth_place: str | None = item("place of birth", "nơi sinh", sources.RECORD_PERSON)
    nationality: str | None = item("nationality", "quốc tịch", sources.RECORD_PERSON)
    residence: str | None = item("residence", "nơi cư trú", sources.RECORD_PERSON)
    number: str | None = item(
        "personal number or passport number", "số định danh cá nhân hoặc số hộ chiếu", sources.RECORD_PERSON
    )
    # Not disclosed is None. That is neither True nor False: compare with "is".
    has_conviction: bool | None = item(
        "has a conviction on record", "có án tích", sources.RECORD_CONTENT, required=True, sensitive=True
    )
    convictions: tuple[str, ...] | None = item(
        "convictions as recorded", "nội dung án tích", sources.RECORD_CONTENT, sensitive=True
    )
    barred: bool | None = item(
        "barred from posts or from managing enterprises",
        "bị cấm đảm nhiệm chức vụ, thành lập, quản lý doanh nghiệp",
        sources.RECORD_CONTENT,
        sensitive=True,
    )
    issue_date: dt.date | None = item("date of issue", "ngày cấp", sources.RECORD_FORM, required=True)
    issuing_authority: str | None = item("issuing authority", "cơ quan cấp", sources.RECORD_FORM)

    def check(self) -> None:
        """Convictions stand on no certificate that says there are none."""
        if self.has_conviction is False and self.convictions:
            raise CredentialDataInvalid("has_conviction contradicts convictions", "has_conviction")


class CivilEvent(enum.StrEnum):
    """What a civil status paper is about (Law 60/2014/QH13, Art. 3; Decree 123/2015/NĐ-CP)."""

    BIRTH = "birth"
    MARRIAGE = "marriage"
    GUARDIANSHIP = "guardianship"
    RECOGNITION = "recognition"  #: of a parent or child
    CHANGE = "change"  #: or correction
    DIVORCE = "divorce"
    ADOPTION = "adoption"
    DEATH = "death"
    MARITAL_STATUS = "marital_status"  #: certificate of who is, or is not, married


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Relative(Part):
    """A parent or spouse, as civil status papers name them."""

    name: str | None = item("full name", "họ tên", sources.BIRTH)
    number: str | None = item("personal number", "số định danh cá nhân", sources.CIVIL_FORM, pattern=NUMBER)
    birth_year: int | None = item("year of birth", "năm sinh", sources.BIRTH, bounds=(1850, 2200))
    ethnicity: str | None = item("ethnicity", "dân tộc", sources.BIRTH, sensitive=True)
    nationality: str | None = item("nationality", "quốc tịch", sources.BIRTH)
    residence: str | None = item("residence", "nơi cư trú", sources.BIRTH)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CivilStatus(CredentialType):
    """A birth, a marriage, a marital status or another entry of the civil register."""

    TYPE: ClassVar[str] = "urn:eid:vn:civil-status:1"
    NAME: ClassVar[str] = "vietnam/civil-status"
    TITLE: ClassVar[Text] = Text("Civil status", "Giấy tờ hộ tịch")

    event: CivilEvent | None = item(
        "what it is about", "sự kiện hộ tịch", sources.CIVIL_EVENTS, required=True
    )
    registration_number: str | None = item("number in the register", "số đăng ký", sources.CIVIL_FORM)
    registered_on: dt.date | None = item("day of registration", "ngày đăng ký", sources.CIVIL_FORM)
    registered_at: str | None = item("place of registration", "nơi đăng ký", sources.CIVIL_FORM)
    name: str | None = item("full name", "họ, chữ đệm, tên", sources.BIRTH, required=True)
    number: str | None = item("personal number", "số định danh cá nhân", sources.BIRTH, pattern=NUMBER)
    birth_date: PartialDate | None = item("date of birth", "ngày sinh", sources.BIRTH)
    sex: Sex | None = item("sex", "giới tính", sources.BIRTH)
    birth_place: str | None = item("place of birth", "nơi sinh", sources.BIRTH)
    place_of_origin: str | None = item("place of origin", "quê quán", sources.BIRTH)
    ethnicity: str | None = item("ethnicity", "dân tộc", sources.BIRTH, sensitive=True)
    nationality: str | None = item("nationality", "quốc tịch", sources.BIRTH)
    father: Relative | None = item("father", "cha", sources.BIRTH)
    mother: Relative | None = item("mother", "mẹ", sources.BIRTH)
    spouse: Relative | None = item("spouse", "vợ hoặc chồng", sources.CIVIL_FORM)
    marital_status: str | None = item("marital status", "tình trạng hôn nhân", sources.MARITAL_STATUS)
    event_date: dt.date | None = item("day of the event", "ngày xảy ra sự kiện", sources.CIVIL_FORM)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BusinessRepresentative(CredentialType):
    """Who acts for an enterprise."""

    TYPE: ClassVar[str] = "urn:eid:vn:business-representative:1"
    NAME: ClassVar[str] = "vietnam/business-representative"
    TITLE: ClassVar[Text] = Text("Representative of an enterprise", "Người đại diện của doanh nghiệp")

    enterprise_code: str | None = item(
        "code of the enterprise", "mã số doanh nghiệp", sources.ENTERPRISE, required=True
    )
    enterprise_name: str | None = item(
        "name of the enterprise", "tên doanh nghiệp", sources.ENTERPRISE, required=True
    )
    foreign_name: str | None = item(
        "name in a foreign language", "tên tiếng nước ngoài", sources.ENTERPRISE_IDENTITY
    )
    short_name: str | None = item("short name", "tên viết tắt", sources.ENTERPRISE_IDENTITY)
    organisation_identifier: str | None = item(
        "electronic identifier of the organisation",
        "mã định danh điện tử của tổ chức",
        sources.ENTERPRISE_IDENTITY,
    )
    headquarters: str | None = item("head office", "địa chỉ trụ sở chính", sources.ENTERPRISE)
    established_on: dt.date | None = item(
        "day of establishment", "ngày thành lập", sources.ENTERPRISE_IDENTITY
    )
    charter_capital: int | None = item("charter capital in VND", "vốn điều lệ, đồng", sources.ENTERPRISE)
    name: str | None = item("representative", "họ tên người đại diện", sources.REPRESENTATIVE, required=True)
    number: str | None = item(
        "personal number of the representative", "số định danh của người đại diện", sources.REPRESENTATIVE
    )
    nationality: str | None = item(
        "nationality of the representative", "quốc tịch người đại diện", sources.REPRESENTATIVE
    )
    contact_address: str | None = item(
        "contact address of the representative", "địa chỉ liên lạc", sources.REPRESENTATIVE
    )
    title: str | None = item("title", "chức danh", sources.REPRESENTATIVE_ROLE)
    legal_representative: bool | None = item(
        "represents by law and not by authorisation",
        "là đại diện theo pháp luật",
        sources.REPRESENTATIVE,
        required=True,
    )
    manages_account: bool | None = item(
        "manages the organisation's identification account",
        "quản lý tài khoản định danh của tổ chức",
        sources.ORGANISATION_ACCOUNT,
    )
