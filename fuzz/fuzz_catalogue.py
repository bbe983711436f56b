"""Fuzz the catalogue of services: what is read can be decided upon, and nothing unknown is passed over."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.accounts.catalogue import Catalogue
    from eid.accounts.decision import DecisionOutcome, decide
    from eid.accounts.requirement import Context
    from eid.accounts.rules import RuleBook
    from eid.errors import EidError

_NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
_NO_LAW = RuleBook({}, day=_NOW.date())
_NOBODY = Context(transaction="t")
_TABLE = {
    "schema": 1,
    "services": {
        "residence": {
            "title": {"vi": "Đăng ký thường trú", "en": "Residence"},
            "account_level": 2,
            "authentication_level": 3,
            "factor_categories": ["biometric"],
            "evidence": ["chip_report"],
            "any_evidence": [["in_person", "vneid_sign_in"]],
            "max_auth_age": "5m",
            "min_age": 18,
            "holder_kinds": ["citizen"],
            "purpose": "residence",
            "consent": True,
            "fields": ["name", "address"],
            "requester": "commune",
            "basis": "an article",
            "confidence": "likely",
            "from": "2026-01-01",
            "until": "2026-12-31",
        },
        "library.card": {},
    },
}


def check(data: bytes) -> None:
    """Read *data* as TOML and as JSON, and ask each service."""
    for read in (Catalogue.from_toml, Catalogue.from_json):
        with contextlib.suppress(EidError):
            _ask(read(data))


def _ask(catalogue: Catalogue) -> None:
    repr(catalogue)
    for service in catalogue:
        assert catalogue[service.name] is service.requirement
        service.offered(_NOW.date())
        decision = decide(None, service.requirement, rules=_NO_LAW, context=_NOBODY, now=_NOW)
        assert decision.outcome is DecisionOutcome.STEP_UP
        decision.challenge()
        decision.to_json()
        with contextlib.suppress(EidError):  # two purposes
            service.requirement & catalogue[next(iter(catalogue)).name]


def seeds() -> Iterator[bytes]:
    """A catalogue in both forms, with every member."""
    yield json.dumps(_TABLE, ensure_ascii=False).encode()
    yield _toml().encode()
    yield b"schema = 1\n[services]\n"
    yield b"schema = 1\n[services.a]\nmin_age = 200\nuntil = 2026-01-01\n"


def _toml() -> str:
    lines = ["schema = 1"]
    for name, service in _TABLE["services"].items():  # type: ignore[attr-defined]
        lines.append(f'[services."{name}"]')
        for key, value in service.items():
            text = json.dumps(value, ensure_ascii=False)
            if isinstance(value, dict):
                text = (
                    "{"
                    + ", ".join(f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in value.items())
                    + "}"
                )
            elif key in ("from", "until"):
                text = value
            lines.append(f"{key} = {text}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    run(check, seeds)
