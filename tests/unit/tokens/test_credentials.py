"""Holder credentials from issuer to verifier: who is believed, when, and about what."""

from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from eid.crypto.keys import KeySet, SoftwareSigner
from eid.errors import (
    CertificateChainRefused,
    ClaimNotThere,
    CredentialNotInForce,
    CredentialRevoked,
    CredentialSuspended,
    CredentialTypeMismatch,
    EidError,
    HeaderInvalid,
    HolderKeyMissing,
    InputError,
    IssuerMetadataInvalid,
    IssuerMismatch,
    KeyBindingMissing,
    KeyBindingSignatureInvalid,
    KeyBindingTimeMismatch,
    KeyBindingUnexpected,
    ReplayStoreFull,
    StatusListUnavailable,
    StatusNotAsked,
    TokenExpired,
    TokenNotYetValid,
    TokenReplayed,
    TokenSignatureInvalid,
    TokenTypeMismatch,
    UnknownKey,
)
from eid.tokens.credentials import Credential, CredentialIssuer
from eid.tokens.credentials.issuer_metadata import IssuerMetadata, metadata_url
from eid.tokens.credentials.verifying import CredentialVerifier, VerifiedCredential
from eid.tokens.jws import parse_claims, parse_jws
from eid.tokens.replay import MemoryReplayStore
from eid.tokens.sd_jwt import parse_sd_jwt
from eid.tokens.sd_jwt.issuing import issue_sd_jwt
from eid.tokens.sd_jwt.key_binding import check_key_binding
from eid.tokens.status.lists import Form, StatusList, sign_status_list
from eid.tokens.status.reference import StatusReference
from eid.tokens.status.sources import StatusChecker, StatusIssuer, StoredStatusSource
from eid.tokens.x5c import PinnedRoots

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
DAY = timedelta(days=1)
ISSUER, AUDIENCE, TYPE = "https://issuer.example", "https://bank.example", "urn:example:person"
SIGNER, HOLDER = SoftwareSigner.generate(kid="issuer-1"), SoftwareSigner.generate()
KEYS = KeySet([SIGNER.key])
CLAIMS = {
    "name": "Vera Muster",
    "birth_date": "1990-02-28",
    "address": {"street": "1 Test Street", "province": "Test"},
    "nationalities": ["VN", "FR"],
}
LIST = "https://status.example/lists/1"


def issuer(**changes: Any) -> CredentialIssuer:
    return CredentialIssuer(**{"issuer": ISSUER, "signer": SIGNER, "clock": lambda: NOW, **changes})


def issued(**changes: Any) -> str:
    by = changes.pop("by", None) or issuer()
    options = {"holder": HOLDER.key, "status": None, "expires_at": NOW + DAY, **changes}
    return by.issue(options.pop("type", TYPE), options.pop("claims", CLAIMS), **options)


def verifier(**changes: Any) -> CredentialVerifier:
    options = {"types": {TYPE}, "issuers": {ISSUER: KEYS}, "audience": AUDIENCE, "status": None}
    return CredentialVerifier(**{**options, "clock": lambda: NOW, **changes})


def shown(text: str, *fields: tuple[str | int | None, ...], **changes: Any) -> str:
    options = {"audience": AUDIENCE, "nonce": "n-1", "signer": HOLDER, "now": NOW, **changes}
    return Credential.parse(text).present(fields or [("name",)], **options).text


def verified(text: str, **changes: Any) -> VerifiedCredential:
    return verifier(**changes).verify(text, nonce="n-1")


# --- what is shown is seen -----------------------------------------------------------------------


def test_a_verifier_sees_the_chosen_fields_and_who_says_so() -> None:
    found = verified(shown(issued(), ("name",), ("address", "province")))
    assert found.claims == {"name": "Vera Muster", "address": CLAIMS["address"]}
    assert (found.type, found.issuer, found.key_id) == (TYPE, ISSUER, "issuer-1")
    assert (found.issued_at, found.not_before, found.expires_at) == (NOW, None, NOW + DAY)
    assert found.holder is not None
    assert found.holder.thumbprint() == HOLDER.key.thumbprint()
    assert (found.status, found.first_use, found.trust_age, found.stale) == (None, False, None, False)


def test_parts_of_a_field_can_be_shown_by_themselves() -> None:
    text = issued(
        disclosable=[
            ("name",),
            ("address",),
            ("address", "street"),
            ("address", "province"),
            ("nationalities", None),
        ]
    )
    for fields, expected in (
        ([("address", "province")], {"address": {"province": "Test"}, "nationalities": []}),
        ([("address",)], {"address": CLAIMS["address"], "nationalities": []}),
        ([("nationalities", 1)], {"nationalities": ["FR"]}),
        ([("nationalities", None)], {"nationalities": ["VN", "FR"]}),
        ([("nationalities",), ("name",)], {"name": "Vera Muster", "nationalities": ["VN", "FR"]}),
        ([], {"nationalities": []}),
    ):  # fmt: skip
        credential = Credential.parse(text)
        presentation = credential.present(fields, audience=AUDIENCE, nonce="n-1", signer=HOLDER, now=NOW)
        seen = verified(presentation.text).claims
        assert {"nationalities": [], **seen} == {"nationalities": [], "birth_date": "1990-02-28", **expected}


def test_what_the_issuer_left_open_is_always_seen() -> None:
    text = issued(disclosable=[("name",)])
    assert verified(shown(text, ("name",))).claims == CLAIMS
    bare = Credential.parse(text).present([], audience=AUDIENCE, nonce="n-1", signer=HOLDER, now=NOW)
    assert verified(bare.text).claims == {name: CLAIMS[name] for name in CLAIMS if name != "name"}


def test_a_credential_in_hand_says_everything_and_shows_nothing_in_a_log() -> None:
    text = issued(status=StatusReference(LIST, 7), not_before=NOW - DAY)
    credential = Credential.parse(text)
    assert credential.claims == CLAIMS
    assert credential.fields == tuple((name,) for name in CLAIMS)
    assert credential.holder is not None
    assert credential.holder.thumbprint() == HOLDER.key.thumbprint()
    presentation = credential.present([("name",)], audience=AUDIENCE, nonce="n-1", signer=HOLDER, now=NOW)
    seen = verifier().without_status_check().verify(presentation.text, nonce="n-1")
    for each in (credential, presentation, seen, verifier(), issuer()):
        assert "Muster" not in repr(each)
        assert "1990" not in repr(each)
        assert text[-40:] not in repr(each)


def test_a_field_that_is_not_there_cannot_be_shown() -> None:
    for path in [
        ("nickname",),
        ("address", "zip"),
        ("nationalities", 2),
        ("nationalities", -1),
        ("name", 0),
        ("iss",),
        (),
    ]:
        with pytest.raises(ClaimNotThere):
            shown(issued(), path)


def test_decoys_change_nothing_for_the_verifier() -> None:
    assert verified(shown(issued(decoys=5), ("birth_date",))).claims == {"birth_date": "1990-02-28"}


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512", "Ed25519", "PS256", "RS256"])
def test_every_kind_of_key_issues_and_holds(alg: str) -> None:
    signing, holding = SoftwareSigner.generate(alg, kid="k"), SoftwareSigner.generate(alg)
    text = issued(by=issuer(signer=signing), holder=holding.key)
    found = verified(shown(text, signer=holding), issuers={ISSUER: KeySet([signing.key])})
    assert found.claims == {"name": "Vera Muster"}


def test_threads_share_one_verifier() -> None:
    texts = [shown(issued(), ("birth_date",)) for _ in range(20)]
    one = verifier()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: one.verify(text, nonce="n-1").claims, texts * 5))
    assert found == [{"birth_date": "1990-02-28"}] * 100


# --- issuing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["iss", "iat", "exp", "nbf", "cnf", "vct", "status", "aud", "vct#integrity"])
def test_claims_with_a_meaning_of_their_own_are_not_the_callers(name: str) -> None:
    with pytest.raises(InputError):
        issued(claims={name: "x"})


def test_times_that_make_no_sense_are_not_issued() -> None:
    for changes in (
        {"expires_at": NOW}, {"expires_at": (NOW + DAY).replace(tzinfo=None)},
        {"not_before": NOW + DAY}, {"not_before": NOW.replace(tzinfo=None)},
    ):  # fmt: skip
        with pytest.raises(InputError):
            issued(**changes)
    with pytest.raises(InputError):
        issued(type="")


def test_a_key_in_the_credential_tells_nothing_but_itself() -> None:
    jwk = json.loads(_payload(issued()))["cnf"]["jwk"]
    assert set(jwk) == {"kty", "crv", "x", "y", "alg"}


def _payload(text: str) -> bytes:
    return parse_sd_jwt(text).jws.payload


# --- who is believed -----------------------------------------------------------------------------


def test_another_issuer_is_not_believed() -> None:
    text = shown(issued(by=issuer(issuer="https://other.example")))
    with pytest.raises(IssuerMismatch):
        verified(text)


def test_the_key_of_one_issuer_never_speaks_for_another() -> None:
    second = SoftwareSigner.generate(kid="issuer-2")
    issuers = {ISSUER: KEYS, "https://second.example": KeySet([second.key])}
    assert verified(shown(issued(by=issuer(issuer="https://second.example", signer=second))), issuers=issuers)
    with pytest.raises(UnknownKey):
        verified(shown(issued(by=issuer(signer=second))), issuers=issuers)


def test_a_type_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(CredentialTypeMismatch):
        verified(shown(issued(type="urn:example:other")))
    assert verified(shown(issued(type="urn:example:other")), types={TYPE, "urn:example:other"})


def test_a_verifier_has_to_know_what_it_expects() -> None:
    for wrong in ({"types": ()}, {"types": TYPE}, {"issuers": {}}, {"audience": ""}):
        with pytest.raises(InputError):
            verifier(**wrong)
    with pytest.raises(InputError):
        verifier().verify(shown(issued()), nonce=None)
    with pytest.raises(InputError):
        verifier().verify(shown(issued()), nonce="")
    with pytest.raises(InputError):
        verified(shown(issued()), clock=lambda: NOW.replace(tzinfo=None))


# --- certificates --------------------------------------------------------------------------------


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    above: tuple[str, ec.EllipticCurvePrivateKey],
    *,
    ca: bool,
    uri: str = ISSUER,
) -> bytes:
    subject, issuing = (
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, each)]) for each in (name, above[0])
    )
    usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign", "encipher_only", "decipher_only"), False)  # fmt: skip
    builder = (
        x509.CertificateBuilder(issuing, subject, key.public_key(), x509.random_serial_number(), NOW - DAY, NOW + 9 * DAY)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, **usage), critical=True)
    )  # fmt: skip
    if not ca:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(above[1], hashes.SHA256()).public_bytes(Encoding.DER)


ROOT_KEY, LEAF_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
ROOT = _certificate("root", ROOT_KEY, ("root", ROOT_KEY), ca=True)
LEAF = _certificate("signer", LEAF_KEY, ("root", ROOT_KEY), ca=False)
PINNED = {ISSUER: PinnedRoots([ROOT])}


def test_an_issuer_is_known_by_its_certificate() -> None:
    by = issuer(signer=SoftwareSigner(LEAF_KEY), x5c=(LEAF,))
    found = verified(shown(issued(by=by)), issuers=PINNED)
    assert found.claims == {"name": "Vera Muster"}
    assert verifier(issuers=PINNED).receive(issued(by=by)).claims == CLAIMS


def test_certificates_that_lead_nowhere_or_name_somebody_else_are_refused() -> None:
    elsewhere = _certificate("signer", LEAF_KEY, ("root", LEAF_KEY), ca=False)
    for_another = _certificate("signer", LEAF_KEY, ("root", ROOT_KEY), ca=False, uri="https://other.example")
    for der in (elsewhere, for_another, ROOT):
        by = issuer(signer=SoftwareSigner(LEAF_KEY), x5c=(der,))
        with pytest.raises(CertificateChainRefused):
            verified(shown(issued(by=by)), issuers=PINNED)
    with pytest.raises(TokenSignatureInvalid):  # the certificate is good, but another key signed
        verified(shown(issued(by=issuer(x5c=(LEAF,)))), issuers=PINNED)
    with pytest.raises(HeaderInvalid):
        verified(shown(issued()), issuers=PINNED)


def test_certificates_in_the_header_mean_nothing_where_keys_are_known() -> None:
    by = issuer(signer=SoftwareSigner(LEAF_KEY, kid="issuer-1"), x5c=(LEAF,))
    with pytest.raises(TokenSignatureInvalid):
        verified(shown(issued(by=by)))


# --- when ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "error"),
    [
        (NOW + DAY + timedelta(seconds=29), None),
        (NOW + DAY + timedelta(seconds=30), TokenExpired),
        (NOW + timedelta(hours=1) - timedelta(seconds=30), None),
        (NOW + timedelta(hours=1) - timedelta(seconds=31), TokenNotYetValid),
        (NOW - timedelta(seconds=31), TokenNotYetValid),
    ],
)
def test_a_credential_holds_between_its_times(at: datetime, error: type[EidError] | None) -> None:
    text = shown(issued(not_before=NOW + timedelta(hours=1)), now=at)
    if error is None:
        assert verified(text, clock=lambda: at)
    else:
        with pytest.raises(error):
            verified(text, clock=lambda: at)


@pytest.mark.parametrize(
    ("seconds", "accepted"), [(-30, True), (-31, False), (0, True), (330, True), (331, False), (3600, False)]
)
def test_a_presentation_is_fresh(seconds: int, accepted: bool) -> None:
    at = NOW + timedelta(seconds=seconds)
    text = shown(issued(), now=NOW)
    if accepted:
        assert verified(text, clock=lambda: at)
    else:
        with pytest.raises((KeyBindingTimeMismatch, TokenNotYetValid)):
            verified(text, clock=lambda: at)


def test_how_old_a_presentation_may_be_is_the_verifiers_choice() -> None:
    text, later = shown(issued()), NOW + timedelta(seconds=61)
    assert verified(text, clock=lambda: later)
    with pytest.raises(KeyBindingTimeMismatch):
        verified(text, clock=lambda: later, max_age=timedelta(seconds=30))
    with pytest.raises(KeyBindingTimeMismatch):
        verified(text, clock=lambda: later, max_age=timedelta(seconds=60), leeway=timedelta(0))


# --- holders -------------------------------------------------------------------------------------


def test_only_the_holder_can_show_it() -> None:
    with pytest.raises(KeyBindingSignatureInvalid):
        shown(issued(), signer=SoftwareSigner.generate())
    with pytest.raises(KeyBindingSignatureInvalid):
        shown(issued(), signer=SoftwareSigner.generate("Ed25519"))
    with pytest.raises(HolderKeyMissing):
        shown(issued(holder=None))


def test_a_credential_without_proof_is_accepted_only_where_that_was_said() -> None:
    for text in (issued(), issued(holder=None)):
        bare = Credential.parse(text).present_without_key_binding([("name",)])
        with pytest.raises(KeyBindingMissing):
            verified(bare.text)
        found = verifier().without_key_binding().verify(bare.text, nonce=None)
        assert found.claims == {"name": "Vera Muster"}
        assert found.holder is None
    # Proof that nobody asked for proves nothing: the result must not say that it does.
    assert verifier().without_key_binding().verify(shown(issued()), nonce=None).holder is None


def test_key_binding_by_itself() -> None:
    parsed = parse_sd_jwt(shown(issued()))
    payload = parse_claims(parsed.jws.payload)
    options: dict[str, Any] = {"hash_name": "sha-256", "audience": AUDIENCE, "nonce": "n-1", "now": NOW}
    assert check_key_binding(parsed, payload, **options).thumbprint() == HOLDER.key.thumbprint()
    with pytest.raises(KeyBindingMissing):
        check_key_binding(parsed._replace(key_binding=None), payload, **options)
    proof = parse_jws(str(parsed.key_binding))
    assert dict(proof.header) == {"alg": "ES256", "typ": "kb+jwt"}
    assert set(parse_claims(proof.payload)) == {"iat", "aud", "nonce", "sd_hash"}


def test_a_presentation_is_not_a_credential_to_keep() -> None:
    text = shown(issued())
    with pytest.raises(KeyBindingUnexpected):
        Credential.parse(text)
    with pytest.raises(KeyBindingUnexpected):
        verifier().receive(text)


def test_another_kind_of_token_is_not_a_credential_to_keep() -> None:
    claims = {"iss": ISSUER, "vct": TYPE, "exp": int(NOW.timestamp()) + 60, "name": "Vera"}
    text = issue_sd_jwt(claims, disclosable=[("name",)], signer=SIGNER, header={"typ": "example+sd-jwt"})
    with pytest.raises(TokenTypeMismatch):
        Credential.parse(text)
    with pytest.raises(TokenTypeMismatch):
        verifier().receive(text)


def test_a_holder_keeps_only_what_holds() -> None:
    assert verifier().receive(issued()).claims == CLAIMS
    with pytest.raises(TokenSignatureInvalid):
        verifier().receive(issued(by=issuer(signer=SoftwareSigner.generate(kid="issuer-1"))))
    with pytest.raises(TokenExpired):
        verifier(clock=lambda: NOW + 2 * DAY).receive(issued())
    cut = issued().split("~")
    assert set(verifier().receive("~".join((*cut[:2], ""))).claims) == {"name"}


# --- status --------------------------------------------------------------------------------------


def checker(value: int, *, expires: timedelta = DAY) -> StatusChecker:
    keys = SoftwareSigner.generate(kid="status-1")
    octets = sign_status_list(
        StatusList.of(1000, bits=2, entries={7: value}), keys, uri=LIST, issued_at=NOW - timedelta(hours=1),
        expires_at=NOW + expires, ttl=timedelta(hours=12), form=Form.JWT,
    )  # fmt: skip
    source = StoredStatusSource({LIST: octets})
    known = StatusIssuer("https://status.example/lists/", KeySet([keys.key]), source)
    return StatusChecker([known], offline_grace=timedelta(hours=1))


def test_a_credential_in_force_says_how_old_that_answer_is() -> None:
    text = shown(issued(status=StatusReference(LIST, 7)))
    found = verified(text, status=checker(0))
    assert found.status is not None
    assert found.status.valid
    assert found.status.age == timedelta(hours=1)


@pytest.mark.parametrize(
    ("value", "error"), [(1, CredentialRevoked), (2, CredentialSuspended), (3, CredentialNotInForce)]
)
def test_a_credential_that_was_withdrawn_is_refused(value: int, error: type[CredentialNotInForce]) -> None:
    text = issued(status=StatusReference(LIST, 7))
    with pytest.raises(error) as caught:
        verified(shown(text), status=checker(value))
    assert caught.value.status == value
    assert type(caught.value) is error
    with pytest.raises(error):
        verifier(status=checker(value)).receive(text)
    assert verified(shown(issued(status=StatusReference(LIST, 8))), status=checker(value)).status


def test_what_is_not_known_is_neither_in_force_nor_revoked() -> None:
    elsewhere = shown(issued(status=StatusReference(LIST + "0", 7)))
    with pytest.raises(StatusListUnavailable):
        verified(elsewhere, status=checker(0))
    text = shown(issued(status=StatusReference(LIST, 7)))
    with pytest.raises(StatusNotAsked):
        verified(text)
    for one in (verifier(), verifier(status=checker(1))):
        found = one.without_status_check().verify(text, nonce="n-1")
        assert found.status is None
    # Two exceptions made do not undo each other.
    bare = Credential.parse(issued(status=StatusReference(LIST, 7))).present_without_key_binding([])
    assert verifier().without_status_check().without_key_binding().verify(bare.text, nonce=None)
    with pytest.raises(StatusNotAsked):
        verifier().without_key_binding().verify(bare.text, nonce=None)


# --- replay --------------------------------------------------------------------------------------


def test_a_nonce_is_good_for_one_presentation() -> None:
    one = verifier(replay=MemoryReplayStore())
    text = shown(issued())
    assert one.verify(text, nonce="n-1").first_use
    with pytest.raises(TokenReplayed):
        one.verify(text, nonce="n-1")
    with pytest.raises(TokenReplayed):
        one.verify(shown(issued()), nonce="n-1")
    assert one.verify(shown(issued(), nonce="n-2"), nonce="n-2").first_use


def test_a_presentation_refused_for_another_reason_leaves_the_nonce_good() -> None:
    one = verifier(replay=MemoryReplayStore())
    with pytest.raises(CredentialTypeMismatch):
        one.verify(shown(issued(type="urn:example:other")), nonce="n-1")
    assert one.verify(shown(issued()), nonce="n-1").first_use


def test_a_store_that_is_full_refuses() -> None:
    with pytest.raises(ReplayStoreFull):
        verified(shown(issued()), replay=MemoryReplayStore(capacity=0))


def test_a_used_nonce_is_remembered_as_long_as_the_presentation_is_fresh() -> None:
    store = MemoryReplayStore()
    text = shown(issued())
    assert verified(text, replay=store).first_use
    for seconds in (60, 300, 330):
        with pytest.raises(TokenReplayed):
            verified(text, replay=store, clock=lambda at=seconds: NOW + timedelta(seconds=at))


def test_a_verifier_cannot_be_changed_by_who_has_it() -> None:
    types = [TYPE]
    issuers = {ISSUER: KEYS}
    one = verifier(types=types, issuers=issuers)
    types.append("urn:example:other")
    issuers["https://other.example"] = KEYS
    with pytest.raises(CredentialTypeMismatch):
        one.verify(shown(issued(type="urn:example:other")), nonce="n-1")
    with pytest.raises(IssuerMismatch):
        one.verify(shown(issued(by=issuer(issuer="https://other.example"))), nonce="n-1")
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.audience = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        one.issuers["x"] = KEYS  # type: ignore[index]


# --- keys that the issuer publishes --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("https://issuer.example", "https://issuer.example/.well-known/jwt-vc-issuer"),
        ("https://issuer.example/", "https://issuer.example/.well-known/jwt-vc-issuer"),
        (
            "https://issuer.example:8443/tenant/1",
            "https://issuer.example:8443/.well-known/jwt-vc-issuer/tenant/1",
        ),
    ],
)
def test_metadata_lie_where_the_name_of_the_issuer_says(name: str, expected: str) -> None:
    assert metadata_url(name) == expected


@pytest.mark.parametrize(
    "name",
    ["http://issuer.example", "issuer.example", "https://", "https://issuer.example?x", "https://issuer.example#x",
     "https://me@issuer.example", "urn:issuer", "https://[::1", ""],
)  # fmt: skip
def test_an_issuer_without_address_publishes_none(name: str) -> None:
    with pytest.raises(IssuerMetadataInvalid):
        metadata_url(name)


def test_published_keys_verify() -> None:
    document = {"issuer": ISSUER, "jwks": KEYS.to_jwks(), "more": 1}
    found = IssuerMetadata.read(json.dumps(document).encode(), issuer=ISSUER)
    assert found.keys is not None
    assert verified(shown(issued()), issuers={ISSUER: found.keys})
    document = {"issuer": ISSUER, "jwks_uri": "https://issuer.example/jwks"}
    assert IssuerMetadata.read(json.dumps(document).encode(), issuer=ISSUER).jwks_uri == document["jwks_uri"]


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"{}", b'{"issuer":"https://issuer.example"}', b'{"issuer":"https://evil.example","jwks_uri":"https://x"}',
     b'{"issuer":"https://issuer.example","jwks_uri":"https://x","jwks":{"keys":[]}}',
     b'{"issuer":"https://issuer.example","jwks_uri":1}', b'{"issuer":"https://issuer.example","jwks_uri":""}',
     b'{"issuer":"https://issuer.example","issuer":"x","jwks_uri":"https://x"}',
     b'{"issuer":"https://issuer.example","jwks":[]}', b'{"issuer":"https://issuer.example","jwks":null}'],
)  # fmt: skip
def test_metadata_of_somebody_else_or_of_no_form(document: bytes) -> None:
    with pytest.raises(InputError):
        IssuerMetadata.read(document, issuer=ISSUER)


# --- what some issuers add -----------------------------------------------------------------------


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["https://shop.example", AUDIENCE]])
def test_a_credential_that_its_issuer_meant_for_this_service(audience: object) -> None:
    claims = {"iss": ISSUER, "vct": TYPE, "exp": int(NOW.timestamp()) + 60, "aud": audience, "name": "Vera"}
    text = issue_sd_jwt(claims, disclosable=[("name",)], signer=SIGNER, header={"typ": "dc+sd-jwt"})
    found = verifier().without_key_binding().verify(text, nonce=None)
    assert found.claims == {"name": "Vera"}
    assert found.issued_at is None
