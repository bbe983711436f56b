"""Number, name, access keys and session keys of a full run: in no log, no repr, no exception."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator

import pytest

from eid.chip.access import Can, Mrz
from eid.chip.reading import read, utc_now
from eid.chip.secure_messaging import SecureMessaging
from eid.chip.session import Session
from eid.document.evidence import Evidence
from eid.errors import EidError
from eid.simulator.chip import Chip
from eid.simulator.personalise import personalise
from eid.trust.anchors import TrustStore
from eid.verification.policy import Policy
from eid.verification.verify import verify, verify_or_raise
from eid.vietnam.dg13 import parse_dg13
from eid.vietnam.mrz import read_card_mrz
from eid.vietnam.number import parse_number
from eid.vietnam.profile import CITIZEN_CARD

ZONE = ("IDVNM0990123493001099012349<<4", "9907043M3907041VNM<<<<<<<<<<<2", "NGUYEN<<DUC<ANH<<<<<<<<<<<<<<<")
PERSONAL = (
    "001099012349", "099012349", "NGUYEN", "Nguyễn", "Đức Ánh", "DUC<ANH", "DUC ANH", "012349",
    "9907043", "1999-07-04", "04/07/1999", "Đường Thử Nghiệm", "Kinh", "Nguyễn Văn Mẫu", "012345678",
)  # fmt: skip


@pytest.fixture
def channels() -> list[SecureMessaging]:
    """Every secure channel of the test, of both sides."""
    return []


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch, channels: list[SecureMessaging]) -> set[str]:
    """What must not show: the person, and every key that secure messaging gets during the test."""
    found = set(PERSONAL)
    original = SecureMessaging.__init__

    def remember(self, cipher, k_enc, k_mac, *args, **kwargs):
        for key in (k_enc, k_mac):
            found.update((key.hex(), repr(key)[2:-1]))
        original(self, cipher, k_enc, k_mac, *args, **kwargs)
        channels.append(self)

    monkeypatch.setattr(SecureMessaging, "__init__", remember)
    return found


def leaks(secrets: set[str], text: str) -> list[str]:
    return [secret for secret in secrets if secret.lower() in text.lower()]


def chain(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield f"{error} {error!r} {error.args!r}"
        if isinstance(error, EidError):
            yield repr(vars(error))
        error = error.__cause__ or error.__context__


def members(value: object, depth: int = 0) -> Iterator[str]:
    """The repr of *value* and of every object of this library inside that has a repr of its own."""
    yield repr(value)
    if depth < 4 and dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            inner = getattr(value, field.name)
            if type(inner).__module__.startswith("eid."):
                yield from members(inner, depth + 1)


def test_nothing_shows_in_a_full_run(sample, secrets, channels, caplog, anchor) -> None:
    caplog.set_level(logging.DEBUG)
    evidence = read(Chip(sample), Can("012349"), profile=CITIZEN_CARD)
    opened_by_mrz = read(Chip(sample), Mrz.from_text("".join(ZONE)), profile=CITIZEN_CARD)
    trust = TrustStore.open(anchor)
    judge = {"trust": trust, "policy": Policy.counter(), "profile": CITIZEN_CARD, "now": utc_now()}
    report = verify(evidence, **judge)
    assert len(secrets) > len(PERSONAL)

    shown = [caplog.text, repr(channels), repr(Session())]
    assert channels
    for value in (
        evidence, opened_by_mrz, Evidence.from_bytes(evidence.to_bytes()), report, report.person, report.document,
        Can("012349"), Mrz.from_text("".join(ZONE)), parse_number("001099012349"), read_card_mrz(ZONE),
        read_card_mrz(ZONE).mrz, parse_dg13(sample.files["DG13"]), sample, Chip(sample), trust, CITIZEN_CARD,
        report.person.portrait,
    ):  # fmt: skip
        shown += members(value)
    shown.append(str(report.to_json()))
    for text in shown:
        assert not leaks(secrets, text), text[:200]


def test_no_exception_shows_anything(sample, description, secrets, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    errors: list[BaseException] = []
    for number in (*range(1, 30), None):
        card = personalise(
            {**description, "quirks": {"select_mf": "6d00", **({"dies_at": number} if number else {})}}
        )
        for key in (Can("012349"), Mrz.from_text("".join(ZONE)), Can("000000")):
            try:
                evidence = read(Chip(card), key, profile=CITIZEN_CARD)
                nobody = TrustStore.of(())
                verify_or_raise(
                    evidence, trust=nobody, policy=Policy.counter(), profile=CITIZEN_CARD, now=utc_now()
                )
            except EidError as error:
                errors.append(error)
    for attempt in (
        lambda: Can("01234x"), lambda: Mrz("09901234939907"), lambda: Mrz.from_text("".join(ZONE)[:-1]),
        lambda: Mrz.from_text("".join(ZONE).replace("9907043", "9907045")), lambda: parse_number("0010990123490"),
        lambda: read_card_mrz("\n".join(ZONE)[:-3]), lambda: parse_dg13(sample.files["DG13"][:-3]),
        lambda: Evidence.from_bytes(b"\xa1\x6c001099012349\x00"),
    ):  # fmt: skip
        with pytest.raises(EidError) as raised:
            attempt()
        errors.append(raised.value)
    assert len(errors) > 60
    for error in errors:
        for text in chain(error):
            assert not leaks(secrets, text), text[:200]
    assert not leaks(secrets, caplog.text)


def test_the_command_line_shows_nothing_unless_asked(
    run, address, secrets, caplog, tmp_path, anchor, folder
) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "card.eid"
    read_it = ("read", "--connect", address, "--out", path)
    runs = [
        run(*read_it, "--can", "-", stdin="012349\n"),
        run(*read_it, "--can", "-", "--json", stdin="012349\n"),
        run(*read_it, "--mrz", "\n".join(ZONE)),
        run(*read_it, "--number", "001099012349", "--json"),
        run(*read_it, "--number", "001099012340", "--lang", "vi"),
        run("verify", path, "--trust", anchor),
        run("verify", path, "--json"),
        run("verify", folder),
        run("vietnam", "dg13", folder / "DG13"),
        run("mrz", "check", "\n".join(ZONE)),
        run("mrz", "check", "\n".join(ZONE)[:-4]),
        run("vietnam", "number", "0010990123499"),
    ]
    for done in runs:
        assert not leaks(secrets, done.out + done.err), done
    assert not leaks(secrets, caplog.text)
