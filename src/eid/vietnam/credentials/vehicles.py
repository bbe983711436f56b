"""What somebody may drive, and what belongs to whom."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from eid.document.dates import PartialDate
from eid.errors import Text
from eid.vietnam.credentials import sources
from eid.vietnam.credentials.model import CredentialType, Part, item

__all__ = ["DrivingLicence", "LicenceClass", "VehicleRegistration"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LicenceClass(Part):
    """One class of a licence. Classes are texts: licences of before 2025 have others than those of
    today, and stay valid.
    """

    name: str | None = item(
        "class", "hạng", sources.LICENCE_CLASSES, required=True, pattern="[A-Z][A-Z0-9]{0,3}"
    )
    test_passed_on: dt.date | None = item("day the test was passed", "ngày trúng tuyển", sources.LICENCE_TEST)
    expiry_date: dt.date | None = item("expiry", "ngày hết hạn", sources.LICENCE_FORM)
    no_expiry: bool | None = item("does not expire", "không thời hạn", sources.LICENCE_FORM)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DrivingLicence(CredentialType):
    """A licence to drive on roads."""

    TYPE: ClassVar[str] = "urn:eid:vn:driving-licence:1"
    NAME: ClassVar[str] = "vietnam/driving-licence"
    TITLE: ClassVar[Text] = Text("Driving licence", "Giấy phép lái xe")

    licence_number: str | None = item(
        "number of the licence", "số giấy phép lái xe", sources.LICENCE_FORM, required=True
    )
    name: str | None = item("full name", "họ tên", sources.LICENCE_FACE, required=True)
    birth_date: PartialDate | None = item("date of birth", "ngày sinh", sources.LICENCE_FACE, required=True)
    nationality: str | None = item("nationality", "quốc tịch", sources.LICENCE_FORM)
    residence: str | None = item("residence", "nơi cư trú", sources.LICENCE_FACE)
    classes: tuple[LicenceClass, ...] | None = item(
        "classes", "các hạng", sources.LICENCE_CLASSES, required=True
    )
    issue_date: dt.date | None = item("date of issue", "ngày cấp", sources.LICENCE_FORM)
    expiry_date: dt.date | None = item("expiry", "ngày hết hạn", sources.LICENCE_FACE)
    issuing_authority: str | None = item("issuing authority", "cơ quan cấp", sources.LICENCE_FORM)
    points: int | None = item(
        "points left when it was issued", "số điểm còn lại khi cấp", sources.LICENCE_POINTS, bounds=(0, 12)
    )
    portrait: bytes | None = item("portrait", "ảnh", sources.LICENCE_FACE, sensitive=True)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class VehicleRegistration(CredentialType):
    """A registered vehicle and its owner."""

    TYPE: ClassVar[str] = "urn:eid:vn:vehicle-registration:1"
    NAME: ClassVar[str] = "vietnam/vehicle-registration"
    TITLE: ClassVar[Text] = Text("Vehicle registration", "Chứng nhận đăng ký xe")

    plate: str | None = item("number plate", "biển số đăng ký", sources.PLATES, required=True)
    plate_colour: str | None = item("colour of the plate", "màu biển số", sources.VEHICLE_FORM)
    owner_name: str | None = item("owner", "tên chủ xe", sources.VEHICLE_FORM, required=True)
    owner_number: str | None = item(
        "identification number of the owner", "số định danh của chủ xe", sources.PLATES
    )
    owner_address: str | None = item("address of the owner", "địa chỉ chủ xe", sources.VEHICLE_FORM)
    kind: str | None = item("kind of vehicle", "loại xe", sources.VEHICLE_FORM)
    make: str | None = item("make", "nhãn hiệu", sources.VEHICLE_FORM)
    model: str | None = item("model", "số loại", sources.VEHICLE_FORM)
    colour: str | None = item("colour", "màu sơn", sources.VEHICLE_FORM)
    engine_number: str | None = item("engine number", "số máy", sources.VEHICLE_FORM)
    chassis_number: str | None = item("chassis number", "số khung", sources.VEHICLE_FORM)
    made_in_year: int | None = item(
        "year of manufacture", "năm sản xuất", sources.VEHICLE_FORM, bounds=(1885, 2200)
    )
    seats: int | None = item("seats", "số chỗ ngồi", sources.VEHICLE_FORM, bounds=(0, 200))
    first_registered_on: dt.date | None = item(
        "first registration", "ngày đăng ký lần đầu", sources.VEHICLE_FORM
    )
    issue_date: dt.date | None = item("date of issue", "ngày cấp", sources.VEHICLE_FORM)
    expiry_date: dt.date | None = item("valid until", "có giá trị đến ngày", sources.VEHICLE_FORM)
    issuing_authority: str | None = item("issuing authority", "cơ quan cấp", sources.VEHICLE_FORM)
