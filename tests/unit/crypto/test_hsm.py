"""Keys in a PKCS#11 module: SoftHSM2, the real library, with a token of its own for these tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from eid.crypto.hsm import Pkcs11Signer
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.errors import (
    EidError,
    HsmError,
    HsmKeyAbsent,
    HsmPinRefused,
    HsmTokenAbsent,
    InvalidSignature,
    KeyFormatError,
    MissingExtra,
    TokenReplayed,
)
from eid.tokens.issuing import Subject, TokenIssuer
from eid.tokens.jws import parse_jws, sign_jws, verify_jws
from eid.tokens.replay import MemoryReplayStore
from eid.tokens.verifying import TokenVerifier

PIN, TOKEN = "secret-pin-4711", "eid tests"
KINDS = [
    ("p256", None, "ES256"), ("p384", None, "ES384"), ("p521", None, "ES512"), ("edwards", None, "Ed25519"),
    ("rsa", "RS256", "RS256"), ("rsa", "PS256", "PS256"), ("rsa", "PS384", "PS384"),
]  # fmt: skip


@pytest.fixture(scope="session")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """SoftHSM2 with one fresh token, and keys of every kind on it."""
    library = next(Path("/usr/lib").glob("**/libsofthsm2.so"), None)
    if library is None or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM2 is not installed (Debian: softhsm2)")
    pkcs11 = pytest.importorskip("pkcs11")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        for label in (TOKEN, "twin", "twin"):
            subprocess.run(
                ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "so-pin-000", "--pin", PIN],
                check=True, capture_output=True,
            )  # fmt: skip
        with pkcs11.lib(str(library)).get_token(token_label=TOKEN).open(user_pin=PIN, rw=True) as session:
            fill(session)
        yield str(library)


def fill(session: Any) -> None:
    from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
    from pkcs11.util.ec import encode_named_curve_parameters

    def pair(name: str, identifier: bytes, params: bytes, kind: Any = KeyType.EC) -> tuple[Any, Any]:
        domain = session.create_domain_parameters(kind, {Attribute.EC_PARAMS: params}, local=True)
        edwards = {"mechanism": Mechanism.EC_EDWARDS_KEY_PAIR_GEN} if kind is KeyType.EC_EDWARDS else {}
        made: tuple[Any, Any] = domain.generate_keypair(store=True, label=name, id=identifier, **edwards)
        return made

    for number, (name, curve) in enumerate(
        {"p256": "secp256r1", "p384": "secp384r1", "p521": "secp521r1"}.items()
    ):
        pair(name, bytes([number]), encode_named_curve_parameters(curve))
    pair("edwards", b"e", bytes.fromhex("06032b6570"), KeyType.EC_EDWARDS)
    session.generate_keypair(KeyType.RSA, 2048, store=True, label="rsa", id=b"r")
    pair("k1 curve", b"k", encode_named_curve_parameters("secp256k1"))
    for _ in range(2):
        pair("double", b"d", encode_named_curve_parameters("secp256r1"))
    public, _ = pair("alone", b"a", encode_named_curve_parameters("secp256r1"))
    public.destroy()
    public, _ = pair("mismatched", b"m", encode_named_curve_parameters("secp256r1"))
    public.destroy()
    public, _ = pair("other", b"o", encode_named_curve_parameters("secp256r1"))
    public[Attribute.ID] = b"m"
    public, _ = pair("certified", b"c", encode_named_curve_parameters("secp256r1"))
    point = bytes(public[Attribute.EC_POINT])[2:]
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.CERTIFICATE_TYPE: 0, Attribute.TOKEN: True,
            Attribute.ID: b"c", Attribute.LABEL: "certified", Attribute.SUBJECT: b"0\0", Attribute.VALUE: certificate(point),
        }
    )  # fmt: skip
    public.destroy()


def certificate(point: bytes) -> bytes:
    import datetime as dt

    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Issuer")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(name, name, public, 1, start, start + dt.timedelta(days=999))
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.DER)


def opened(module: str, label: str = "p256", **other: Any) -> Pkcs11Signer:
    return Pkcs11Signer(module, **{"token": TOKEN, "pin": PIN, "label": label, **other})


# --- signing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("label", "alg", "expected"), KINDS)
def test_a_token_signed_in_the_device_verifies_with_its_public_key(module, label, alg, expected) -> None:
    with opened(module, label, alg=alg, kid="device-1") as signer:
        assert (signer.alg, signer.kid) == (expected, "device-1")
        token = sign_jws({"typ": "eid+jwt"}, b'{"sub":"x"}', signer)
        keys = KeySet([signer.key])
    jws = parse_jws(token)
    key = keys.get(jws.kid)
    assert key is not None
    verify_jws(jws, key)
    other = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    with pytest.raises(EidError):
        verify_jws(parse_jws(other), key)


@pytest.mark.parametrize("label", ["p256", "edwards"])
def test_an_e_id_token_is_issued_with_a_key_in_the_device(module, label: str) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    with opened(module, label) as signer:
        issuer = TokenIssuer(
            issuer="https://issuer.example", signer=signer, pairwise_secret=b"s" * 32, clock=lambda: now
        )
        token = issuer.issue(
            Subject("001099012349", now, ("otp",)),
            audience="https://bank.example", nonce="n-1", account_level=2, authentication_level=2,
        )  # fmt: skip
        verifier = TokenVerifier(
            issuers="https://issuer.example",
            audience="https://bank.example",
            keys=KeySet([signer.key]),
            replay=MemoryReplayStore(),
            clock=lambda: now,
        )
        assert verifier.verify(token, nonce="n-1").account_level == 2
        with pytest.raises(TokenReplayed):
            verifier.verify(token, nonce="n-1")


def test_a_device_key_is_called_by_its_thumbprint_unless_named(module) -> None:
    with opened(module) as signer:
        assert signer.kid == signer.key.thumbprint()


def test_a_key_is_found_by_its_identifier_too(module) -> None:
    with opened(module, label=None, identifier=b"\0") as signer, opened(module) as same:
        assert signer.key == same.key
    with opened(module, "p256", identifier=b"\0") as signer:
        assert signer.alg == "ES256"
    with pytest.raises(HsmKeyAbsent):
        opened(module, "p256", identifier=b"\1")


def test_a_certificate_serves_where_there_is_no_public_key(module) -> None:
    with opened(module, "certified") as signer:
        assert len(signer.key.x5c) == 1
        signer.key.verify(signer.sign(b"m"), b"m")


def test_one_signer_serves_many_threads(module) -> None:
    wrong: list[Exception] = []
    with opened(module) as signer, opened(module, "edwards") as other:

        def work(number: int) -> None:
            try:
                for count in range(10):
                    message = b"%d %d" % (number, count)
                    for each in (signer, other):
                        each.key.verify(each.sign(message), message)
            except Exception as error:
                wrong.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


# --- sessions ------------------------------------------------------------------------------------


def test_closing_one_signer_leaves_the_others_logged_in(module) -> None:
    first = opened(module)
    second = opened(module, "p384")
    first.close()
    second.key.verify(second.sign(b"m"), b"m")
    first.close()  # closing twice is nothing
    second.close()
    for signer in (first, second):
        with pytest.raises(HsmError, match="closed"):
            signer.sign(b"m")
    with opened(module) as third:
        third.key.verify(third.sign(b"m"), b"m")


def test_a_login_of_another_part_of_the_program_is_no_obstacle(module) -> None:
    import pkcs11

    with pkcs11.lib(module).get_token(token_label=TOKEN).open(user_pin=PIN), opened(module) as signer:
        signer.key.verify(signer.sign(b"m"), b"m")


def test_a_failed_opening_leaves_nothing_open(module) -> None:
    for _ in range(3):
        with pytest.raises(HsmKeyAbsent):
            opened(module, "nobody")
    # Nobody is logged in, so the PIN is asked for again, and a wrong one noticed.
    with pytest.raises(HsmPinRefused):
        opened(module, pin="wrong-pin-1234")


def test_a_session_that_the_device_ended_is_a_typed_error(module) -> None:
    with opened(module) as signer:
        signer._session.close()
        with pytest.raises(HsmError) as caught:
            signer.sign(b"m")
        assert not isinstance(caught.value, HsmKeyAbsent)


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_signer_does_not_sign_in_another_process(module) -> None:
    with opened(module) as signer:
        child = os.fork()
        if child == 0:
            try:
                signer.sign(b"m")
            except HsmError:
                os._exit(0)
            os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        signer.key.verify(signer.sign(b"m"), b"m")  # the parent is none the worse for it


# --- what is refused -----------------------------------------------------------------------------


def test_a_token_that_is_not_there_or_not_the_only_one(module) -> None:
    with pytest.raises(HsmTokenAbsent):
        opened(module, token="nowhere")
    with pytest.raises(HsmTokenAbsent, match="2 tokens"):
        opened(module, token="twin")


@pytest.mark.parametrize("pin", ["wrong-pin-1234", "x9z", "x" * 300])
def test_a_wrong_pin_is_its_own_error_and_is_shown_nowhere(module, pin: str, caplog) -> None:
    with pytest.raises(HsmPinRefused) as caught:
        opened(module, pin=pin)
    shown = f"{caught.value} {caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r} {caplog.text}"
    assert pin not in shown
    assert caught.value.__suppress_context__


def test_the_pin_is_not_kept(module) -> None:
    with opened(module) as signer:
        assert PIN not in repr(signer)
        assert PIN not in repr({name: getattr(signer, name) for name in vars(signer)})
        assert PIN not in repr(vars(signer._login))


@pytest.mark.parametrize(("label", "error"), [
    ("nobody", HsmKeyAbsent), ("double", HsmKeyAbsent), ("alone", HsmKeyAbsent), ("mismatched", KeyFormatError),
    ("rsa", KeyFormatError), ("k1 curve", EidError),
])  # fmt: skip
def test_keys_that_cannot_be_used(module, label: str, error: type[EidError]) -> None:
    with pytest.raises(error):
        opened(module, label)


def test_an_algorithm_that_is_not_the_keys(module) -> None:
    for label, alg in (("p256", "ES384"), ("rsa", "ES256"), ("edwards", "ML-DSA-44"), ("p256", "none")):
        with pytest.raises(EidError):
            opened(module, label, alg=alg)
    with pytest.raises(HsmKeyAbsent):
        Pkcs11Signer(module, token=TOKEN, pin=PIN)


@pytest.mark.parametrize("path", ["/nowhere/module.so", "/dev/null", __file__, ""])
def test_a_module_that_is_none(module, path: str) -> None:
    with pytest.raises(HsmError, match="cannot be loaded"):
        opened(path)


def test_without_the_extra_it_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(MissingExtra, match=r"eid\[hsm\]"):
        opened("module.so")


def test_a_signature_of_the_wrong_key_does_not_pass(module) -> None:
    with opened(module) as signer, pytest.raises(InvalidSignature):
        SoftwareSigner.generate().key.verify(signer.sign(b"m"), b"m")
