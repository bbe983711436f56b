"""Nothing of the hostile corpus is accepted, each is refused for its own reason, and nothing foreign leaks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from eid import errors
from eid.crypto.keys import SoftwareSigner
from eid.errors import EidError
from eid.tokens.credentials import Credential

sys.path.insert(0, str(Path(__file__).resolve().parent))

import hostile_sd_jwts as hostile

CASES = hostile.corpus()
#: What the section on SD-JWT of the error catalogue has, and this corpus cannot show.
NOT_OF_A_PRESENTATION = {"CLAIM_NOT_THERE", "KEY_BINDING_UNEXPECTED"}


def test_the_corpus_is_large_and_its_names_are_its_own() -> None:
    assert len(CASES) >= 80
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({case.text for case in CASES}) == len(CASES)


def test_what_all_the_others_differ_from_is_accepted() -> None:
    verified = hostile.verifier().verify(hostile.good(), nonce=hostile.NONCE)
    assert verified.claims == {
        "name": "Vera Muster",
        "address": {"province": "Test", "street": "1 Test Street"},
        "nationalities": ["VN", "FR"],
    }
    assert verified.holder is not None
    assert verified.holder.thumbprint() == hostile.HOLDER.key.thumbprint()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_hostile_presentation_is_refused_for_its_own_reason(case: hostile.Case) -> None:
    with pytest.raises(EidError) as caught:
        hostile.verifier().verify(case.text, nonce=hostile.NONCE)
    assert caught.value.code == case.code
    for secret in (hostile.NONCE, hostile.AUDIENCE, "Muster", hostile.NAME):
        assert secret not in str(caught.value)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_without_key_binding_everything_else_still_counts(case: hostile.Case) -> None:
    verifier = hostile.verifier().without_key_binding()
    found = None
    try:
        verified = verifier.verify(case.text, nonce=None)
    except EidError as error:
        found = error.code
    if found is None:
        assert case.bound, "only the proof of the holder may be left out"
        assert verified.holder is None
    else:
        assert found == case.code or case.bound


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_wallet_reads_it_or_says_why_not(case: hostile.Case) -> None:
    for read in (Credential.parse, hostile.verifier().receive):
        try:
            read(case.text)
        except EidError:
            continue
        assert case.bound or read == Credential.parse


def test_every_reason_of_the_catalogue_is_met() -> None:
    wanted = {
        cls.code
        for cls in errors.all_errors()
        if cls.__module__ == "eid.errors.tokens"
        and cls.code.startswith(
            ("SD_JWT", "DISCLOSURE", "DIGEST", "CLAIM_", "KEY_BINDING", "HOLDER_KEY", "CREDENTIAL_TYPE")
        )
    }
    assert wanted - {case.code for case in CASES} == NOT_OF_A_PRESENTATION


def test_every_must_of_section_7_is_broken_by_some_case() -> None:
    broken = {case.must for case in CASES}
    assert broken >= {f"RFC 9901, 7.1, {step}" for step in ("2a", "2b", "2c", "3c", "4", "5", "6")}
    assert broken >= {
        f"RFC 9901, 7.3, {step}" for step in ("2", "5a", "5b", "5c", "5d", "5e", "5f", "5g", "5h")
    }
    assert {"RFC 9901, 4.1.1", "RFC 9901, 4.2.4.1", "RFC 9901, 4.2.4.2"} <= broken  # 7.1, 2d and 3b


def test_a_proof_made_for_one_service_is_no_use_at_another() -> None:
    text = hostile.good()
    assert hostile.verifier().verify(text, nonce=hostile.NONCE)
    other = hostile.CredentialVerifier(
        types={hostile.TYPE},
        issuers=hostile.verifier().issuers,
        audience="https://shop.example",
        status=None,
        clock=lambda: hostile.NOW,
    )
    with pytest.raises(errors.AudienceMismatch):
        other.verify(text, nonce=hostile.NONCE)
    with pytest.raises(errors.NonceMismatch):
        hostile.verifier().verify(text, nonce="of the next transaction")


def test_a_stolen_credential_cannot_be_shown_with_the_thiefs_key() -> None:
    credential = Credential.parse(hostile.good().rpartition("~")[0] + "~")
    with pytest.raises(errors.KeyBindingSignatureInvalid):
        credential.present(
            [("name",)],
            audience=hostile.AUDIENCE,
            nonce="n",
            signer=SoftwareSigner.generate(),
            now=hostile.NOW,
        )


def test_no_character_can_be_changed_added_or_taken_away() -> None:
    text, verifier = hostile.good(), hostile.verifier()
    for position, character in enumerate(text):
        other = "B" if character == "A" else "A"
        for changed in (
            text[:position] + other + text[position + 1 :],
            text[:position] + text[position + 1 :],
            text[:position] + other + text[position:],
        ):
            with pytest.raises(EidError):
                verifier.verify(changed, nonce=hostile.NONCE)
