"""Private keys on disk: who may read them, what is refused, and that other programs can read them, too."""

from __future__ import annotations

import base64
import json
import os
import shutil
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eid.crypto import key_files
from eid.crypto.algorithms import ALGORITHMS
from eid.crypto.key_files import (
    MAX_KEY_FILE,
    load_key_set,
    load_signer,
    read_signer,
    save_key_set,
    save_signer,
)
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.encoding import der
from eid.encoding.tlv import tlv
from eid.errors import (
    EidError,
    InputError,
    KeyFileError,
    KeyFileExists,
    KeyFileExposed,
    KeyFormatError,
    KeyPassphraseError,
)
from eid.simulator.scheme import load_private_key

SECRET = b"ch\xc3\xaca kh\xc3\xb3a"
SIGNERS = {alg: SoftwareSigner.generate(alg, kid=f"key of {alg}") for alg in ALGORITHMS}
ES256 = SIGNERS["ES256"]


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """Nothing here may rest on the mask that the caller happens to have."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_files, "_ROUNDS", 1000)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- round trips ---------------------------------------------------------------------------------


@pytest.mark.parametrize("passphrase", [None, SECRET])
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_key_comes_back_with_its_name_and_algorithm(
    tmp_path, quick, alg: str, passphrase: bytes | None
) -> None:
    path = tmp_path / "key.pem"
    save_signer(SIGNERS[alg], path, passphrase=passphrase)
    signer = load_signer(path, passphrase=passphrase)
    assert signer.key == SIGNERS[alg].key
    SIGNERS[alg].key.verify(signer.sign(b"message"), b"message")


def test_the_passphrase_is_stretched_as_much_as_promised(tmp_path) -> None:
    asn1 = pytest.importorskip("asn1crypto.keys")
    from asn1crypto import pem

    path = tmp_path / "key.pem"
    save_signer(ES256, path, passphrase=SECRET)
    octets = path.read_bytes()
    _, _, der = pem.unarmor(octets[octets.index(b"-----BEGIN") :])
    algorithm = asn1.EncryptedPrivateKeyInfo.load(der, strict=True)["encryption_algorithm"]
    assert (algorithm.kdf, algorithm.kdf_hmac, algorithm.encryption_cipher) == ("pbkdf2", "sha256", "aes")
    assert algorithm.kdf_iterations >= 600_000
    assert len(algorithm.kdf_salt) == 16
    assert algorithm.key_length == 32
    again = tmp_path / "again.pem"
    save_signer(ES256, again, passphrase=SECRET)
    assert again.read_bytes() != octets  # salt and vector are new each time


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("passphrase", [None, SECRET])
@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512", "Ed25519", "RS256"])
def test_openssl_reads_our_files(tmp_path, quick, alg: str, passphrase: bytes | None) -> None:
    path, out = tmp_path / "key.pem", tmp_path / "public.der"
    save_signer(SIGNERS[alg], path, passphrase=passphrase)
    given = ["-passin", "stdin"] if passphrase else []
    subprocess.run(
        ["openssl", "pkey", "-in", path, *given, "-pubout", "-outform", "DER", "-out", out],
        input=passphrase or b"", check=True, capture_output=True,
    )  # fmt: skip
    public = SIGNERS[alg].key.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert out.read_bytes() == public


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_we_read_the_files_of_openssl(tmp_path) -> None:
    path = tmp_path / "key.pem"
    for command, alg, passphrase in (
        (["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], None, None),
        (["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-aes256", "-pass", "pass:x"], None, b"x"),
        (["genpkey", "-algorithm", "ED25519"], None, None),
        (["genrsa", "-traditional", "2048"], "PS256", None),
        (["ecparam", "-name", "secp521r1", "-genkey"], None, None),
    ):  # fmt: skip
        made = subprocess.run(["openssl", *command], check=True, capture_output=True).stdout
        path.unlink(missing_ok=True)
        path.touch(0o600)
        path.write_bytes(made)
        signer = load_signer(path, passphrase=passphrase, alg=alg)
        assert signer.kid == signer.key.thumbprint()
        signer.key.verify(signer.sign(b"message"), b"message")


def test_a_file_that_names_nothing_gets_what_the_caller_says() -> None:
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    octets = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(KeyFormatError):
        read_signer(octets)  # RS256 or PS256?
    signer = read_signer(octets, alg="PS256", kid="mine")
    assert (signer.alg, signer.kid) == ("PS256", "mine")


def test_what_the_file_says_is_not_overruled(tmp_path) -> None:
    path = tmp_path / "key.pem"
    save_signer(SIGNERS["RS256"], path)
    assert load_signer(path, alg="RS256", kid="key of RS256").alg == "RS256"
    for other in ({"alg": "PS256"}, {"kid": "other"}):
        with pytest.raises(KeyFormatError):
            load_signer(path, **other)


# --- who may read it -----------------------------------------------------------------------------


@pytest.mark.parametrize("passphrase", [None, SECRET])
def test_a_new_key_file_is_for_its_owner_only(tmp_path, quick, passphrase: bytes | None) -> None:
    path = tmp_path / "key.pem"
    save_signer(ES256, path, passphrase=passphrase)
    assert mode(path) == 0o600


def test_a_new_key_file_is_never_open_not_even_for_a_moment(tmp_path, monkeypatch) -> None:
    path = tmp_path / "key.pem"
    seen: list[tuple[int, int]] = []
    fsync = os.fsync

    def look(handle: int) -> None:
        status = os.fstat(handle)
        seen.append((stat.S_IMODE(status.st_mode), status.st_size))
        fsync(handle)

    monkeypatch.setattr("os.fsync", look)
    monkeypatch.setattr("os.chmod", lambda *_: pytest.fail("the mode comes with the file, not after it"))
    monkeypatch.setattr("os.fchmod", lambda *_: pytest.fail("the mode comes with the file, not after it"))
    save_signer(ES256, path)
    ((bits, size),) = seen
    assert bits == 0o600
    assert size > 100


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o644, 0o660, 0o606, 0o620, 0o602, 0o610, 0o777])
def test_a_key_in_clear_that_others_can_read_is_refused(tmp_path, bits: int) -> None:
    path = tmp_path / "key.pem"
    save_signer(ES256, path)
    path.chmod(bits)
    with pytest.raises(KeyFileExposed) as caught:
        load_signer(path)
    assert "chmod 600" in caught.value.remedy
    assert f"{bits:o}" in str(caught.value)
    with pytest.raises(KeyFileExposed):
        load_signer(path, passphrase=SECRET)  # the same file; a passphrase given makes it no better
    path.chmod(0o600)
    assert load_signer(path).kid == ES256.kid
    path.chmod(0o400)
    assert load_signer(path).kid == ES256.kid


def test_an_encrypted_key_may_be_read_by_others(tmp_path, quick) -> None:
    path = tmp_path / "key.pem"
    save_signer(ES256, path, passphrase=SECRET)
    path.chmod(0o644)
    assert load_signer(path, passphrase=SECRET).kid == ES256.kid


def test_words_above_the_key_do_not_make_it_look_encrypted(tmp_path) -> None:
    path = tmp_path / "key.pem"
    save_signer(ES256, path)
    path.write_bytes(b"Proc-Type: 4,ENCRYPTED\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + path.read_bytes())
    path.chmod(0o644)
    with pytest.raises(KeyFileError):
        load_signer(path, passphrase=SECRET)
    path.write_bytes(b"ENCRYPTED PRIVATE KEY\n" + path.read_bytes()[80:])
    with pytest.raises(KeyFileError):
        load_signer(path)


# --- nothing is overwritten ----------------------------------------------------------------------


def test_a_key_is_never_overwritten(tmp_path) -> None:
    path = tmp_path / "key.pem"
    save_signer(ES256, path)
    before = path.read_bytes()
    with pytest.raises(KeyFileExists):
        save_signer(SIGNERS["Ed25519"], path)
    assert path.read_bytes() == before
    link, target = tmp_path / "link.pem", tmp_path / "elsewhere.pem"
    link.symlink_to(target)
    with pytest.raises(KeyFileExists):
        save_signer(ES256, link)
    assert not target.exists()
    with pytest.raises(KeyFileExists):
        save_signer(ES256, tmp_path)


def test_of_many_who_write_the_same_name_one_succeeds(tmp_path) -> None:
    path = tmp_path / "key.pem"
    results: list[str] = []

    def work(signer: SoftwareSigner) -> None:
        try:
            save_signer(signer, path)
            results.append(signer.kid)
        except KeyFileExists:
            results.append("exists")

    threads = [threading.Thread(target=work, args=(SoftwareSigner.generate(kid=str(n)),)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [each for each in results if each != "exists"]
    assert load_signer(path).kid == winner


def test_a_key_half_written_is_removed(tmp_path, monkeypatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    path = tmp_path / "key.pem"
    with pytest.raises(KeyFileError, match="No space left"):
        save_signer(ES256, path)
    assert not path.exists()


@pytest.mark.parametrize("where", ["no/such/folder/key.pem", "nul\0", "/dev/null/key.pem"])
def test_places_nobody_can_write_to_are_a_typed_error(tmp_path, where: str) -> None:
    with pytest.raises(KeyFileError):
        save_signer(ES256, tmp_path / where)


@pytest.mark.parametrize("kid", [" k", "k ", "a\nb", "a\rb", "a\x00b", "a\u2028b"])
def test_an_identifier_that_fits_in_no_line_is_refused_before_anything_is_written(tmp_path, kid: str) -> None:
    path = tmp_path / "key.pem"
    with pytest.raises(InputError):
        save_signer(SoftwareSigner.generate(kid=kid), path)
    assert not path.exists()


def test_an_empty_passphrase_is_no_protection(tmp_path) -> None:
    path = tmp_path / "key.pem"
    with pytest.raises(InputError):
        save_signer(ES256, path, passphrase=b"")
    assert not path.exists()


# --- what is refused -----------------------------------------------------------------------------


def test_passphrases_missing_wrong_and_needless(tmp_path, quick) -> None:
    secret, clear = tmp_path / "secret.pem", tmp_path / "clear.pem"
    save_signer(ES256, secret, passphrase=SECRET)
    save_signer(ES256, clear)
    for path, passphrase in ((secret, None), (secret, b""), (secret, b"wrong"), (clear, SECRET)):
        with pytest.raises(KeyPassphraseError) as caught:
            load_signer(path, passphrase=passphrase)
        shown = f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
        assert "wrong'" not in shown
        assert repr(SECRET) not in shown
        assert caught.value.__suppress_context__


@pytest.mark.parametrize("octets", [
    b"", b"no key", b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
    b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b'{"kty":"EC","d":"AA"}', b"\xff" * 100,
    dsa.generate_private_key(1024).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ec.generate_private_key(ec.SECP256K1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ES256.key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
])  # fmt: skip
def test_what_is_no_private_key_of_ours_is_refused(octets: bytes) -> None:
    with pytest.raises((KeyFileError, KeyFormatError)):
        read_signer(octets)


@pytest.mark.parametrize("head", [
    b"kid: a\nkid: b\n", b"alg: ES256\nalg: ES256\n", b"kid: " + b"x" * 300 + b"\n", b"alg: ES384\n", b"alg: none\n", b"kid: \xff\n",
])  # fmt: skip
def test_lines_above_the_key_that_do_not_fit_are_refused(head: bytes) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    octets = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(EidError):
        read_signer(head + octets)
    assert read_signer(b"made: today\r\nkid:  a b \r\nalg: ES256\r\n" + octets).kid == "a b"


def test_files_that_are_missing_too_long_or_no_files_are_a_typed_error(tmp_path) -> None:
    long, pipe = tmp_path / "long", tmp_path / "pipe"
    long.write_bytes(b" " * (MAX_KEY_FILE + 1))
    os.mkfifo(pipe)
    for path in (tmp_path / "none", tmp_path, long, pipe, Path("/dev/zero"), tmp_path / "nul\0"):
        with pytest.raises(KeyFileError):
            load_signer(path)
        with pytest.raises(EidError):
            load_key_set(path)
    with pytest.raises(KeyFileError):
        read_signer(b" " * (MAX_KEY_FILE + 1))


@pytest.mark.parametrize("number", [110, 111, 112, 113])  # X25519, X448, Ed25519, Ed448
@pytest.mark.parametrize("length", [0, 31, 58])
def test_a_key_that_lost_octets_or_has_too_many_is_damaged(tmp_path, number: int, length: int) -> None:
    secret = tlv(0x04, b"\7" * length)
    pkcs8 = der.sequence(
        der.integer(0), der.sequence(tlv(0x06, bytes([0x2B, 0x65, number]))), tlv(0x04, secret)
    )
    text = base64.encodebytes(pkcs8)
    pem = b"-----BEGIN PRIVATE KEY-----\n" + text + b"-----END PRIVATE KEY-----\n"
    with pytest.raises(KeyFileError):
        read_signer(pem)
    path = tmp_path / "key.pem"
    path.write_bytes(pem)
    path.chmod(0o644)
    with pytest.raises(KeyFileError):
        load_signer(path)
    with pytest.raises(KeyFormatError):
        load_private_key(pkcs8)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_of_a_key_file_is_never_a_foreign_error(data: st.DataObject) -> None:
    octets = bytearray(b"kid: k\nalg: ES256\n" + DAMAGED)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(octets) - 1))
        octets[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    for passphrase in (None, b"x"):
        try:
            read_signer(bytes(octets), passphrase=passphrase)
        except EidError:
            continue


DAMAGED = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)


# --- public keys ---------------------------------------------------------------------------------


def test_a_key_set_file_holds_nothing_private_and_all_may_read_it(tmp_path) -> None:
    path = tmp_path / "jwks.json"
    save_key_set(KeySet(signer.key for signer in SIGNERS.values()), path)
    assert mode(path) == 0o644
    jwks = json.loads(path.read_text())
    assert {member for jwk in jwks["keys"] for member in jwk} == {
        "kty", "crv", "x", "y", "n", "e", "pub", "kid", "alg", "use",
    }  # fmt: skip
    assert {key.kid: key for key in load_key_set(path)} == {s.kid: s.key for s in SIGNERS.values()}
    with pytest.raises(KeyFileExists):
        save_key_set(KeySet([]), path)


def test_public_keys_are_read_in_every_usual_form(tmp_path) -> None:
    path = tmp_path / "keys"
    public = ES256.key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    other = SIGNERS["Ed25519"].key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.write_bytes(public + other)
    assert [key.alg for key in load_key_set(path)] == ["ES256", "Ed25519"]
    path.write_text(json.dumps(ES256.key.to_jwk()))
    assert list(load_key_set(path)) == [ES256.key]


@pytest.mark.parametrize(
    "text", ["-----BEGIN NOTHING-----\n-----END NOTHING-----\n", "-----BEGIN PUBLIC KEY-----\nAA"]
)
def test_pem_without_a_public_key_is_no_empty_set(text: str, tmp_path) -> None:
    path = tmp_path / "keys.pem"
    path.write_text(text)
    with pytest.raises(KeyFormatError):
        load_key_set(path)


def test_a_private_key_is_not_read_as_a_public_one(tmp_path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(ES256.private_bytes())
    with pytest.raises(KeyFormatError):
        load_key_set(path)
    for protection in (NoEncryption(), BestAvailableEncryption(b"x")):
        private: Any = ec.generate_private_key(ec.SECP256R1())
        path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
        assert load_pem_private_key(path.read_bytes(), b"x" if b"ENCR" in path.read_bytes() else None)
        with pytest.raises(KeyFileError, match="private"):
            load_key_set(path)
