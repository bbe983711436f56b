"""Consent receipts: what somebody agreed to, in a form that the person keeps."""

from __future__ import annotations

from typing import Any

import pytest
import usage_samples as samples

from eid.accounts.model import Role
from eid.accounts.usage.log import MemoryUsageLog
from eid.accounts.usage.receipts import (
    TYPE,
    ConsentReceipt,
    read_receipt,
    receipt_of,
    sign_receipt,
    standing_consents,
)
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.encoding import strict_json
from eid.errors import InputError, ReceiptInvalid, UnknownKey
from eid.tokens.jws import sign_jws


def receipts(*acts: tuple[str, dict[str, Any]]) -> list[ConsentReceipt]:
    """Of acts that a log recorded one after the other."""
    log = MemoryUsageLog(key=samples.KEY)
    entries = log.append(
        *(samples.consent(action, number, **more) for number, (action, more) in enumerate(acts))
    )
    return [receipt_of(entry, log=log.head().log) for entry in entries]


def test_a_receipt_says_what_the_log_recorded() -> None:
    (receipt,) = receipts(("given", {}))
    assert receipt.action == "given"
    assert (receipt.purpose, receipt.requester, receipt.channel) == ("loan", "bank.example", "app")
    assert receipt.fields == {"name", "birth_date"}
    assert (receipt.at, receipt.role, receipt.sequence) == (samples.turn(0), Role.HOLDER, 0)
    assert receipt.subject == samples.KEY.pseudonym(samples.PERSONS[0])


def test_a_signed_receipt_is_read_by_whoever_has_the_key() -> None:
    for receipt in receipts(
        ("given", {}), ("narrowed", {"fields": ("name",)}), ("withdrawn", {"fields": ()})
    ):
        token = sign_receipt(receipt, samples.SIGNER)
        assert read_receipt(token, keys=samples.KEYS) == receipt
        assert samples.PERSONS[0] not in repr(receipt) + token


def test_an_altered_receipt_and_one_by_somebody_else_are_refused() -> None:
    (receipt,) = receipts(("given", {}))
    token = sign_receipt(receipt, samples.SIGNER)
    head, payload, signature = token.split(".")
    with pytest.raises(UnknownKey):
        read_receipt(token, keys=KeySet([]))
    stranger = SoftwareSigner.generate("Ed25519", kid=samples.SIGNER.kid)
    forged = sign_receipt(receipt, stranger)
    wider = receipts(("given", {"fields": ("name", "birth_date", "address")}))[0]
    other = sign_receipt(wider, samples.SIGNER).split(".")[1]
    for bad in (forged, f"{head}.{other}.{signature}", f"{head}.{payload}.", token[:-2], "", "x.y.z"):
        with pytest.raises(ReceiptInvalid):
            read_receipt(bad, keys=samples.KEYS)


def test_a_checkpoint_is_no_receipt() -> None:
    (receipt,) = receipts(("given", {}))
    payload = strict_json.dumps(receipt.to_json())
    with pytest.raises(ReceiptInvalid):
        read_receipt(sign_jws({"typ": "usage-checkpoint+jwt"}, payload, samples.SIGNER), keys=samples.KEYS)


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "assumed"}, {"action": 1}, {"purpose": ""}, {"purpose": None}, {"fields": "name"},
        {"fields": [1]}, {"fields": []}, {"at": "2026-11-21T09:00:00"}, {"at": "now"}, {"log": "00"},
        {"log": "zz" * 16}, {"sequence": -1}, {"sequence": True}, {"sequence": "1"}, {"hash": ""},
        {"hash": "AA" * 32}, {"subject": "00"}, {"role": "king"}, {"more": 1}, {"basis": 1}, {"channel": []},
    ],
)  # fmt: skip
def test_what_says_something_else_is_no_receipt(changes: dict[str, Any]) -> None:
    (receipt,) = receipts(("given", {}))
    said = {**receipt.to_json(), **changes}
    with pytest.raises(ReceiptInvalid):
        read_receipt(sign_jws({"typ": TYPE}, strict_json.dumps(said), samples.SIGNER), keys=samples.KEYS)


def test_a_receipt_lacks_nothing_that_it_needs() -> None:
    (receipt,) = receipts(("given", {}))
    for name in ("action", "purpose", "fields", "requester", "at", "log", "sequence", "hash"):
        less = {key: value for key, value in receipt.to_json().items() if key != name}
        with pytest.raises(ReceiptInvalid):
            ConsentReceipt.from_json(less)


def test_only_a_recorded_consent_has_a_receipt() -> None:
    log = MemoryUsageLog(key=samples.KEY)
    for new in (
        samples.entry(), samples.consent("assumed", 0), samples.consent("given", 0, fields=()),
        samples.consent("given", 0, outcome="REFUSED"), samples.consent("given", 0, outcome=None),
    ):  # fmt: skip
        (entry,) = log.append(new)
        with pytest.raises(InputError):
            receipt_of(entry, log=bytes(16))


# --- what stands -----------------------------------------------------------------------------------


def standing(*acts: tuple[str, dict[str, Any]], turn: int = 99) -> list[tuple[str, list[str]]]:
    held = standing_consents(receipts(*acts), at=samples.turn(turn))
    return [(consent.purpose, sorted(consent.fields)) for consent in held]


def test_nothing_is_agreed_to_by_default() -> None:
    assert standing() == []
    assert standing(("narrowed", {})) == []
    assert standing(("withdrawn", {"fields": ()})) == []


def test_what_was_given_stands_until_it_is_taken_back() -> None:
    given, withdrawn = ("given", {}), ("withdrawn", {"fields": ()})
    assert standing(given) == [("loan", ["birth_date", "name"])]
    assert standing(given, withdrawn) == []
    assert standing(given, withdrawn, turn=0) == [("loan", ["birth_date", "name"])]
    assert standing(given, withdrawn, given) == [("loan", ["birth_date", "name"])]


def test_narrowing_only_ever_takes_away() -> None:
    given = ("given", {})
    assert standing(given, ("narrowed", {"fields": ("name",)})) == [("loan", ["name"])]
    wider = ("narrowed", {"fields": ("name", "address")})
    assert standing(given, wider) == [("loan", ["name"])]
    assert standing(given, ("withdrawn", {"fields": ()}), ("narrowed", {"fields": ("name",)})) == []


def test_one_purpose_and_one_requester_do_not_touch_another() -> None:
    acts = [
        ("given", {}),
        ("given", {"purpose": "marketing", "fields": ("name",)}),
        ("given", {"requester": "clinic.example"}),
        ("withdrawn", {"purpose": "marketing", "fields": ()}),
        ("narrowed", {"requester": "clinic.example", "fields": ("name",)}),
    ]
    assert standing(*acts) == [("loan", ["birth_date", "name"]), ("loan", ["name"])]


def test_receipts_in_any_order_say_the_same() -> None:
    made = receipts(
        ("given", {}), ("narrowed", {"fields": ("name",)}), ("withdrawn", {"fields": ()}), ("given", {})
    )
    at = samples.turn(99)
    assert standing_consents(reversed(made), at=at) == standing_consents(made, at=at)
