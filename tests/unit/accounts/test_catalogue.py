"""What a service asks for stands in a file; what the file misspells is refused, never passed over."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from account_samples import NOW, account, context

from eid.accounts.catalogue import MAX_CATALOGUE, Catalogue
from eid.accounts.decision import DecisionOutcome, decide
from eid.accounts.model import HolderKind
from eid.accounts.requirement import Requirement
from eid.errors import CatalogueError, LimitExceeded, ServiceUnknown
from eid.vietnam import rules

WHOLE = """
schema = 1

[services.residence]
title = { vi = "Đăng ký thường trú", en = "Residence" }
account_level = 2
authentication_level = 3
factor_categories = ["biometric"]
evidence = ["chip_report"]
any_evidence = [["in_person", "vneid_sign_in"]]
max_auth_age = "5m"
min_age = 18
holder_kinds = ["citizen", "foreigner"]
purpose = "residence"
consent = true
requester = "commune"
fields = ["name", "address"]
basis = "Decision 12, Art. 3"
confidence = "likely"
from = 2026-01-01
until = 2026-12-31

[services."library.card"]
title = "Thẻ thư viện"
"""


def toml(body: str) -> Catalogue:
    return Catalogue.from_toml(f"schema = 1\n[services.s]\n{body}\n".encode())


def test_every_demand_can_stand_in_the_file() -> None:
    catalogue = Catalogue.from_toml(WHOLE.encode())
    assert catalogue["residence"] == Requirement(
        account_level=2,
        authentication_level=3,
        factor_categories=frozenset({"biometric"}),
        evidence=frozenset({"chip_report"}),
        any_evidence=frozenset({frozenset({"in_person", "vneid_sign_in"})}),
        max_auth_age=dt.timedelta(minutes=5),
        min_age=18,
        holder_kinds=frozenset({HolderKind.CITIZEN, HolderKind.FOREIGNER}),
        purpose="residence",
        consent=True,
        requester="commune",
        fields=frozenset({"name", "address"}),
        basis="Decision 12, Art. 3",
        confidence="likely",
    )
    title = catalogue.service("residence").title
    assert title is not None
    assert (title.vi, title.en) == ("Đăng ký thường trú", "Residence")
    assert catalogue["library.card"] == Requirement()
    assert [service.name for service in catalogue] == ["residence", "library.card"]
    assert len(catalogue) == 2


def test_every_member_of_a_requirement_has_its_place_in_the_file() -> None:
    from eid.accounts import catalogue

    assert set(Requirement.__dataclass_fields__) - {"parts"} == catalogue._MEMBERS


def test_json_says_the_same(tmp_path: Path) -> None:
    table = {"schema": 1, "services": {"s": {"min_age": 18, "from": "2026-01-01", "max_auth_age": "90d"}}}
    catalogue = Catalogue.from_json(json.dumps(table).encode())
    same = toml('min_age = 18\nfrom = 2026-01-01\nmax_auth_age = "90d"')
    assert catalogue.service("s") == same.service("s")
    file = tmp_path / "services.json"
    file.write_text(json.dumps(table), encoding="utf-8")
    assert Catalogue.read(file) == catalogue
    file = tmp_path / "services.toml"
    file.write_text(WHOLE, encoding="utf-8")
    assert Catalogue.read(file) == Catalogue.from_toml(WHOLE.encode())


def test_a_record_can_name_the_exact_catalogue() -> None:
    one, other = Catalogue.from_toml(WHOLE.encode()), Catalogue.from_toml(WHOLE.replace("18", "19").encode())
    assert one.version != other.version
    assert one.version == Catalogue.from_toml(WHOLE.encode()).version


def test_a_service_is_offered_from_its_first_to_its_last_day() -> None:
    catalogue = Catalogue.from_toml(WHOLE.encode())
    for day in (dt.date(2026, 1, 1), dt.date(2026, 12, 31)):
        assert catalogue.service("residence", day=day).name == "residence"
    for day in (dt.date(2025, 12, 31), dt.date(2027, 1, 1)):
        with pytest.raises(ServiceUnknown):
            catalogue.service("residence", day=day)
    assert catalogue.service("library.card", day=dt.date(1990, 1, 1)).requirement == Requirement()
    with pytest.raises(ServiceUnknown):
        catalogue["residense"]


def test_a_decision_names_the_basis_that_the_file_gives() -> None:
    catalogue = toml('min_age = 18\nbasis = "Decision 12, Art. 3"\nconfidence = "likely"')
    decision = decide(account(), catalogue["s"], rules=rules.at(NOW), context=context(), now=NOW)
    assert decision.outcome is DecisionOutcome.ALLOW
    assert "MET AGE_MET: The age is right. [Decision 12, Art. 3; likely] min_age=18" in decision.explain()
    assert decision.confidence == "likely"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("acount_level = 2", "unknown: acount_level"),
        ("account_level = 3", "a level that does not exist"),
        ("account_level = 0", "a level that does not exist"),
        ("account_level = true", "no whole number"),
        ('account_level = "2"', "no whole number"),
        ("authentication_level = 5", "a level that does not exist"),
        ("min_age = -1", "an age that nobody has"),
        ("min_age = 201", "an age that nobody has"),
        ("min_age = 18.0", "no whole number"),
        ('evidence = "chip_report"', "no list"),
        ('evidence = [""]', "no text"),
        ("evidence = [1]", "no text"),
        ('any_evidence = ["a"]', "no list"),
        ("any_evidence = [[]]", "a group of evidence"),
        ('max_auth_age = "5"', "no duration"),
        ('max_auth_age = "-5m"', "no duration"),
        ("max_auth_age = 300", "no duration"),
        ('max_auth_age = "367d"', "within 0 seconds to a year"),
        ('holder_kinds = ["child"]', "kind of holder"),
        ("consent = true", "always to a purpose"),
        ('consent = "yes"\npurpose = "p"', "neither true nor false"),
        ('fields = ["name"]', "for a purpose"),
        ('purpose = "a\\nb"', "printable"),
        ('confidence = "sure"', "no word of the rules"),
        ("from = 2026-02-01\nuntil = 2026-01-31", "ends before it begins"),
        ('from = "2026-02-30"', "no day"),
        ("from = 2026-02-01T00:00:00Z", "no day"),
        ('title = { vi = "x" }', "title"),
    ],
)
def test_what_no_service_can_ask_for_is_refused_with_its_name(body: str, says: str) -> None:
    with pytest.raises(CatalogueError, match=f"service s: .*{says}"):
        toml(body)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "schema = 2\n[services]",
        "schema = true\n[services]",
        "[services]",
        "schema = 1",
        "schema = 1\nservices = 1",
        "schema = 1\nother = 1\n[services]",
        "schema = 1\n[services.S]",
        "schema = 1\n[services]\ns = 1",
        "schema = 1\n[services.s]\n[services.s]",
        "schema = 1\n[services",
        "schema = 1\n[services]\nx = 2026-13-01",
        'schema = 1\n[services.s]\npurpose = "\udcff"',
    ],
)
def test_what_is_no_catalogue_is_refused(text: str) -> None:
    with pytest.raises(CatalogueError):
        Catalogue.from_toml(text.encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize("octets", [b"", b"[]", b"{", b'{"schema":1,"schema":1,"services":{}}', b"\xff"])
def test_what_is_no_json_catalogue_is_refused(octets: bytes) -> None:
    with pytest.raises(CatalogueError):
        Catalogue.from_json(octets)


def test_a_missing_file_is_our_error_and_names_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as caught:
        Catalogue.read(tmp_path / "none.toml")
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    "octets",
    [
        b"#" * (MAX_CATALOGUE + 1),
        b"a = " + b"[" * 9,
        ".".join("a" * 22).encode() + b" = 1",
        b"schema = 1\n" + b"".join(b"[services.a%d]\n" % number for number in range(5001)),
    ],
)
def test_limits_are_checked_before_work(octets: bytes) -> None:
    with pytest.raises(LimitExceeded):
        Catalogue.from_toml(octets)
    with pytest.raises((LimitExceeded, CatalogueError)):
        Catalogue.from_json(octets)


def test_a_requirement_takes_no_word_for_a_set_of_words() -> None:
    from eid.errors import InputError

    for wrong in (
        {"evidence": "chip_report"},
        {"any_evidence": ["chip_report"]},
        {"evidence": [1]},
        {"fields": [f"f{number}" for number in range(65)], "purpose": "p"},
    ):
        arguments: dict[str, Any] = wrong
        with pytest.raises(InputError):
            Requirement(**arguments)
