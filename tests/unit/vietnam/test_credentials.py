"""Vietnamese credential types: what is issued is read back, and what was kept back is not made up."""

from __future__ import annotations

import datetime as dt
import enum
import functools
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eid.crypto.keys import KeySet, SoftwareSigner
from eid.document.dates import PartialDate
from eid.errors import CredentialDataInvalid, CredentialTypeMismatch
from eid.tokens.credentials import Credential, CredentialIssuer
from eid.tokens.credentials.verifying import CredentialVerifier
from eid.vietnam import credentials as vn
from eid.vietnam.credentials import sources
from eid.vietnam.credentials.model import CredentialType, Part, _element, _hints

NOW = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)
SIGNER, HOLDER = SoftwareSigner.generate(kid="issuer-1"), SoftwareSigner.generate()
ISSUER = CredentialIssuer(issuer="https://issuer.example", signer=SIGNER, clock=lambda: NOW)
VERIFIER = CredentialVerifier(
    types={each.TYPE for each in vn.TYPES.values()},
    issuers={"https://issuer.example": KeySet([SIGNER.key])},
    audience="https://bank.example",
    status=None,
    clock=lambda: NOW,
)
ALL = list(vn.TYPES.values())
NAMES = list(vn.TYPES)
PARTS = (vn.Address, vn.HouseholdMember, vn.LicenceClass, vn.InsurancePeriod, vn.Relative)
PERSON = vn.PersonIdentification(
    number="001099012349",
    name="Nguyễn Đức Ánh",
    birth_date=PartialDate(1999, 7, 4),
    sex=vn.Sex.MALE,
    residence="Số 1, Thôn Thử Nghiệm, Xã Ví Dụ, Tỉnh Mẫu",
    ethnicity="Kinh",
    portrait=b"\xff\xd8not a picture",
)


# --- making them up ------------------------------------------------------------------------------

TEXTS = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=20
).filter(str.isprintable)


@functools.cache
def values(
    hint: Any, pattern: str | None, bounds: tuple[int, int] | None, complete: bool
) -> st.SearchStrategy[Any]:
    element = _element(hint)
    if element is not None:
        return st.lists(values(element, pattern, bounds, complete), max_size=3).map(tuple)
    if issubclass(hint, Part):
        return parts(hint, complete=complete)
    if issubclass(hint, enum.Enum):
        return st.sampled_from(list(hint))
    if hint is PartialDate:
        days = st.dates(dt.date(1, 1, 1))
        return st.builds(
            lambda day, known: PartialDate(*(day.year, day.month, day.day)[:known]), days, st.integers(1, 3)
        )
    low, high = bounds or (0, 2**53 - 1)
    return {
        bool: st.booleans(),
        int: st.integers(low, high),
        bytes: st.binary(max_size=40),
        dt.date: st.dates(),
        str: TEXTS
        if pattern is None
        else st.from_regex(pattern, fullmatch=True, alphabet=st.characters(codec="ascii")),
    }[hint]


def parts(cls: type[Part], *, complete: bool = False) -> st.SearchStrategy[Any]:
    hints = _hints(cls)

    def field(name: str) -> st.SearchStrategy[Any]:
        known = cls.items()[name]
        some = values(hints[name], known.pattern, known.bounds, complete)
        return some if known.required and complete else st.none() | some

    def build(**members: Any) -> Any:
        if members.get("no_expiry"):
            members["expiry_date"] = None
        if members.get("holder") is vn.AccountHolder.ORGANISATION:
            members["account_level"] = None
        if members.get("has_conviction") is False:
            members["convictions"] = None
        return cls(**members)

    return st.builds(build, **{name: field(name) for name in cls.items()})


BRIEF = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@functools.cache
def validator(cls: type[CredentialType], *, presented: bool) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(cls.schema(presented=presented))


# --- round trips ---------------------------------------------------------------------------------


@BRIEF
@pytest.mark.parametrize("cls", ALL, ids=NAMES)
@given(data=st.data())
def test_what_is_issued_is_read_back(cls: type[CredentialType], data: st.DataObject) -> None:
    made = data.draw(parts(cls, complete=True))
    text = made.issue(
        ISSUER, holder=HOLDER.key, status=None, expires_at=NOW + dt.timedelta(days=365), decoys=2
    )
    credential = VERIFIER.receive(text)
    assert cls.read(credential) == made
    assert vn.read(credential) == made
    for presented in (False, True):
        validator(cls, presented=presented).validate(dict(credential.claims))


@BRIEF
@pytest.mark.parametrize("cls", ALL, ids=NAMES)
@given(data=st.data())
def test_what_is_kept_back_is_not_made_up(cls: type[CredentialType], data: st.DataObject) -> None:
    made = data.draw(parts(cls, complete=True))
    text = made.issue(ISSUER, holder=HOLDER.key, status=None, expires_at=NOW + dt.timedelta(days=365))
    given_names = list(made.to_claims())
    shown = data.draw(st.lists(st.sampled_from(given_names), unique=True))
    presentation = Credential.parse(text).present(
        [(name,) for name in shown], audience="https://bank.example", nonce="n-1", signer=HOLDER, now=NOW
    )
    verified = VERIFIER.verify(presentation.text, nonce="n-1")
    seen = cls.read(verified)
    for name in cls.items():
        assert getattr(seen, name) == (getattr(made, name) if name in shown else None)
    validator(cls, presented=True).validate(dict(verified.claims))


def test_a_part_of_a_field_can_be_shown_by_itself() -> None:
    made = vn.Residence(
        number="001099012349",
        name="Nguyễn Đức Ánh",
        permanent=vn.Address(
            text="Số 1, Xã Ví Dụ, Tỉnh Mẫu", ward="Xã Ví Dụ", province="Tỉnh Mẫu", province_code="01"
        ),
        members=(vn.HouseholdMember(name="Nguyễn Thị Thử"), vn.HouseholdMember(name="Nguyễn Văn Mẫu")),
    )
    text = made.issue(ISSUER, holder=HOLDER.key, status=None, expires_at=NOW + dt.timedelta(days=1))
    presentation = Credential.parse(text).present(
        [("permanent", "province"), ("members", 1)],
        audience="https://bank.example",
        nonce="n-1",
        signer=HOLDER,
        now=NOW,
    )
    seen = vn.Residence.read(VERIFIER.verify(presentation.text, nonce="n-1"))
    assert seen == vn.Residence(
        permanent=vn.Address(province="Tỉnh Mẫu"), members=(vn.HouseholdMember(name="Nguyễn Văn Mẫu"),)
    )


def test_every_type_has_names_of_its_own() -> None:
    assert len(ALL) == 10
    assert len({each.TYPE for each in ALL}) == len({each.TITLE.vi for each in ALL}) == 10
    assert all(name == each.NAME and name.startswith("vietnam/") for name, each in vn.TYPES.items())


def test_the_guide_lists_every_type() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "guides" / "credentials.md"
    rows = re.findall(
        r"^\| `(vietnam/[^`]+)` \| `([^`]+)` \| `([^`]+)` \|", page.read_text(encoding="utf-8"), re.M
    )
    assert rows == [(name, each.__name__, each.TYPE) for name, each in vn.TYPES.items()]


# --- what is wrong -------------------------------------------------------------------------------


def test_what_has_to_be_there_is_missed_when_issuing_and_not_when_reading() -> None:
    incomplete = vn.PersonIdentification(number="001099012349", name="Nguyễn Đức Ánh")
    with pytest.raises(CredentialDataInvalid) as caught:
        incomplete.issue(ISSUER, holder=None, status=None, expires_at=NOW + dt.timedelta(days=1))
    assert caught.value.field == "birth_date"
    nameless = vn.DrivingLicence(
        licence_number="1", name="Vera", birth_date=PartialDate(1990), classes=(vn.LicenceClass(),)
    )
    with pytest.raises(CredentialDataInvalid):
        nameless.issue(ISSUER, holder=None, status=None, expires_at=NOW + dt.timedelta(days=1))
    assert vn.PersonIdentification.from_claims(incomplete.to_claims()) == incomplete
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(incomplete.to_claims(), vn.PersonIdentification.schema())


@pytest.mark.parametrize(
    ("claims", "field"),
    [
        ({"number": 1099012349}, "number"),
        ({"number": "1099012349"}, "number"),
        ({"number": "００１０９９０１２３４９"}, "number"),
        ({"number": "001099012349\n"}, "number"),
        ({"number": None}, "number"),
        ({"name": ""}, "name"),
        ({"name": ["Vera"]}, "name"),
        ({"name": "Vera\x1b[2J"}, "name"),
        ({"name": "V" * 2049}, "name"),
        ({"birth_date": "04/07/1999"}, "birth_date"),
        ({"birth_date": "1999-13-01"}, "birth_date"),
        ({"birth_date": "1999-7-4"}, "birth_date"),
        ({"birth_date": 1999}, "birth_date"),
        ({"sex": "Nam"}, "sex"),
        ({"sex": True}, "sex"),
        ({"issue_date": "1999-07"}, "issue_date"),
        ({"issue_date": "1999-02-30"}, "issue_date"),
        ({"issue_date": "1999-07-04T00:00:00"}, "issue_date"),
        ({"no_expiry": 1}, "no_expiry"),
        ({"no_expiry": "true"}, "no_expiry"),
        ({"no_expiry": True, "expiry_date": "2039-07-04"}, "no_expiry"),
        ({"cancelled_numbers": "001099012349"}, "cancelled_numbers"),
        ({"cancelled_numbers": ["1"]}, "cancelled_numbers"),
        ({"cancelled_numbers": ["001099012349"] * 65}, "cancelled_numbers"),
        ({"portrait": "====="}, "portrait"),
        ({"portrait": "A" * 131_073}, "portrait"),
    ],
)
def test_a_claim_of_another_form_is_refused(claims: dict[str, Any], field: str) -> None:
    with pytest.raises(CredentialDataInvalid) as caught:
        vn.PersonIdentification.from_claims(claims)
    assert caught.value.field == field
    assert "Vera" not in str(caught.value)
    assert "1099012349" not in str(caught.value)


@pytest.mark.parametrize(
    "made",
    [
        vn.PersonIdentification(number=1099012349),  # type: ignore[arg-type]
        vn.PersonIdentification(birth_date=dt.date(1999, 7, 4)),  # type: ignore[arg-type]
        vn.PersonIdentification(issue_date=dt.datetime(2020, 1, 1)),
        vn.PersonIdentification(sex="M"),  # type: ignore[arg-type]
        vn.PersonIdentification(cancelled_numbers=["001099012349"]),  # type: ignore[arg-type]
        vn.PersonIdentification(portrait="x"),  # type: ignore[arg-type]
        vn.AccountLevel(account_level=True),
        vn.AccountLevel(account_level=3),
        vn.AccountLevel(account_level=0),
        vn.Residence(permanent={"province": "x"}),  # type: ignore[arg-type]
        vn.Residence(members=("x",)),  # type: ignore[arg-type]
        vn.SocialInsurance(months=-1),
        vn.SocialInsurance(months_until="2026-13"),
        vn.DrivingLicence(classes=(vn.LicenceClass(name="b2"),)),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_not_issued(made: CredentialType) -> None:
    with pytest.raises(CredentialDataInvalid):
        made.to_claims()


def test_an_organisation_has_no_level() -> None:
    organisation = vn.AccountLevel(holder=vn.AccountHolder.ORGANISATION)
    assert organisation.to_claims() == {"holder": "organisation"}
    for level in (1, 2):
        with pytest.raises(CredentialDataInvalid):
            vn.AccountLevel.from_claims({"holder": "organisation", "account_level": level})


def test_a_clean_record_has_no_convictions() -> None:
    with pytest.raises(CredentialDataInvalid):
        vn.CriminalRecord.from_claims({"has_conviction": False, "convictions": ["x"]})
    assert vn.CriminalRecord.from_claims({}).has_conviction is None


def test_unknown_claims_are_left_alone() -> None:
    assert vn.PersonIdentification.from_claims({"name": "Vera", "blood_type": {"x": [1]}}).name == "Vera"


def test_a_credential_of_another_type_is_not_read() -> None:
    text = PERSON.issue(ISSUER, holder=None, status=None, expires_at=NOW + dt.timedelta(days=1))
    credential = Credential.parse(text)
    with pytest.raises(CredentialTypeMismatch):
        vn.DrivingLicence.read(credential)
    other = ISSUER.issue(
        "urn:example:x", {"name": "Vera"}, holder=None, status=None, expires_at=NOW + dt.timedelta(days=1)
    )
    with pytest.raises(CredentialTypeMismatch):
        vn.read(Credential.parse(other))


# --- sources, labels, schemas --------------------------------------------------------------------


@pytest.mark.parametrize("cls", [*ALL, *PARTS], ids=lambda cls: cls.__name__)
def test_every_field_has_a_source_and_two_labels(cls: type[Part]) -> None:
    for name, known in cls.items().items():
        assert known.source.text, name
        assert known.source.confidence in vn.Confidence
        assert known.label.en, name
        assert known.label.vi, name
        assert known.label.en != known.label.vi, name


def test_nothing_calls_itself_confirmed_without_naming_an_instrument() -> None:
    for name, source in vars(sources).items():
        if isinstance(source, vn.Source) and source.confirmed:
            assert any(
                word in source.text for word in ("Law", "Decree", "Circular", "Resolution", "Doc 9303")
            ), name


def test_sensitive_fields_are_marked() -> None:
    marked = {name for name, known in vn.PersonIdentification.items().items() if known.sensitive}
    assert marked == {"ethnicity", "religion", "marks", "portrait"}
    assert vn.PersonIdentification.schema()["properties"]["religion"]["x-sensitive"] is True


@pytest.mark.parametrize("cls", ALL, ids=NAMES)
def test_schemas_are_schemas(cls: type[CredentialType]) -> None:
    for presented in (False, True):
        schema = cls.schema(presented=presented)
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$id"] == cls.TYPE
        assert set(schema["properties"]) == set(cls.items())
        assert ("required" in schema) is not presented
    required = [name for name, known in cls.items().items() if known.required]
    assert cls.schema()["required"] == required
    assert required


@BRIEF
@pytest.mark.parametrize("cls", ALL, ids=NAMES)
@given(data=st.data())
def test_schema_and_reader_agree(cls: type[CredentialType], data: st.DataObject) -> None:
    claims = data.draw(parts(cls)).to_claims()
    name = data.draw(st.sampled_from(list(cls.items())))
    claims[name] = data.draw(
        st.sampled_from([None, 1, -1, True, "", "x", "2020-01-01", [], {}, ["x"], [1], "0" * 12])
    )
    valid = validator(cls, presented=True).is_valid(claims)
    try:
        cls.from_claims(claims)
    except CredentialDataInvalid:
        # What a schema cannot say: days that do not exist, fields that contradict each other, canonical base64url.
        assert not valid or name in {
            "expiry_date",
            "no_expiry",
            "account_level",
            "holder",
            "portrait",
            "has_conviction",
            "convictions",
        }
    else:
        assert valid


def test_nothing_personal_in_a_log() -> None:
    assert (
        repr(PERSON)
        == "<PersonIdentification with number, name, birth_date, sex, residence, ethnicity, portrait>"
    )
    assert repr(vn.Address()) == "<Address with nothing>"
    assert vn.PersonIdentification.from_claims(PERSON.to_claims()) == PERSON
    assert hash(PERSON) == hash(vn.PersonIdentification.from_claims(PERSON.to_claims()))
