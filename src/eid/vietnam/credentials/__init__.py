"""Credential types of Viet Nam: typed models that are issued, shown in parts, and read back.

The types are this library's own proposal; every field says what it rests on and how sure that is
(:mod:`eid.vietnam.credentials.sources`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from eid.errors import CredentialTypeMismatch
from eid.tokens.credentials import Credential
from eid.tokens.credentials.verifying import VerifiedCredential
from eid.vietnam.credentials.identity import (
    AccountHolder,
    AccountLevel,
    Address,
    HouseholdMember,
    PersonIdentification,
    Residence,
    Sex,
)
from eid.vietnam.credentials.insurance import HealthInsurance, InsurancePeriod, SocialInsurance
from eid.vietnam.credentials.model import CredentialType, Item
from eid.vietnam.credentials.records import (
    BusinessRepresentative,
    CertificateKind,
    CivilEvent,
    CivilStatus,
    CriminalRecord,
    Relative,
)
from eid.vietnam.credentials.sources import Confidence, Source
from eid.vietnam.credentials.vehicles import DrivingLicence, LicenceClass, VehicleRegistration

__all__ = [
    "TYPES",
    "AccountHolder",
    "AccountLevel",
    "Address",
    "BusinessRepresentative",
    "CertificateKind",
    "CivilEvent",
    "CivilStatus",
    "Confidence",
    "CredentialType",
    "CriminalRecord",
    "DrivingLicence",
    "HealthInsurance",
    "HouseholdMember",
    "InsurancePeriod",
    "Item",
    "LicenceClass",
    "PersonIdentification",
    "Relative",
    "Residence",
    "Sex",
    "SocialInsurance",
    "Source",
    "VehicleRegistration",
    "read",
]

#: The types by the names that commands use: ``vietnam/person`` ...
TYPES: Mapping[str, type[CredentialType]] = MappingProxyType(
    {
        each.NAME: each
        for each in (
            PersonIdentification,
            AccountLevel,
            Residence,
            DrivingLicence,
            VehicleRegistration,
            HealthInsurance,
            SocialInsurance,
            CriminalRecord,
            CivilStatus,
            BusinessRepresentative,
        )
    }
)
_BY_VCT = {each.TYPE: each for each in TYPES.values()}


def read(verified: VerifiedCredential | Credential) -> CredentialType:
    """What a verified presentation says, as the model of its type.

    :raises CredentialTypeMismatch: not one of :data:`TYPES`.
    :raises CredentialDataInvalid: a claim of another type or form.
    """
    found = _BY_VCT.get(verified.type)
    if found is None:
        raise CredentialTypeMismatch("not a type of credential that is known here")
    return found.read(verified)
