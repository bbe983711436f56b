"""The envelope: what was sealed opens, everything else is one error, and no fault is told apart."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eid.errors import KeyFileExposed, KeyFormatError, UnsupportedAlgorithm, VneidEnvelopeInvalid
from eid.vietnam.vneid import envelope as vneid_envelope
from eid.vietnam.vneid.envelope import (
    MAX_DATA,
    SoftwareUnwrapper,
    open_code,
    open_json,
    restore_plus,
    seal,
)

PRIVATE = rsa.generate_private_key(65537, 2048)
UNWRAPPER = SoftwareUnwrapper(PRIVATE)
_QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def sealed_with(key: bytes, plain: bytes, *, padded: bool = True) -> str:
    """Base64 of *plain* under *key*, by the library's own primitives."""
    if padded:
        padder = PKCS7(128).padder()
        plain = padder.update(plain) + padder.finalize()
    return b64(Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(plain))


def wrapped(octets: bytes) -> str:
    return b64(PRIVATE.public_key().encrypt(octets, padding.PKCS1v15()))


def raw_rsa(encoded: bytes) -> str:
    """RSA without padding: the receiver sees exactly *encoded*."""
    numbers = PRIVATE.public_key().public_numbers()
    return b64(pow(int.from_bytes(encoded, "big"), numbers.e, numbers.n).to_bytes(256, "big"))


_TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


@_QUICK
@given(st.dictionaries(_TEXT, _TEXT | st.integers(-9, 9), max_size=5))
def test_what_was_sealed_opens(content: dict[str, object]) -> None:
    plain = json.dumps(content).encode()
    assert open_json(*seal(plain, PRIVATE.public_key()), UNWRAPPER) == content


@pytest.mark.parametrize("size", [16, 24, 32])
def test_all_sizes_of_aes_keys_open(size: int) -> None:
    key = secrets.token_bytes(size)
    assert open_json(sealed_with(key, b'{"a":1}'), wrapped(key), UNWRAPPER) == {"a": 1}
    assert open_code(sealed_with(key, b"a-code"), wrapped(key), UNWRAPPER) == "a-code"


KEY = secrets.token_bytes(32)
GOOD_DATA, GOOD_KEY = (
    sealed_with(KEY, b'{"citizenPid":"001099012349","x":"' + b"y" * 40 + b'"}'),
    wrapped(KEY),
)


def _block(number: int, data: str = GOOD_DATA) -> str:
    """*data* with one bit of one block changed."""
    octets = bytearray(base64.b64decode(data))
    octets[16 * number + 5] ^= 1
    return b64(bytes(octets))


FAULTS: dict[str, tuple[str, str]] = {
    "first block changed": (_block(0), GOOD_KEY),
    "middle block changed": (_block(2), GOOD_KEY),
    "last block changed": (_block(-1), GOOD_KEY),
    "last block cut": (b64(base64.b64decode(GOOD_DATA)[:-16]), GOOD_KEY),
    "half a block cut": (b64(base64.b64decode(GOOD_DATA)[:-8]), GOOD_KEY),
    "nothing": ("", GOOD_KEY),
    "not base64": ("*" + GOOD_DATA[1:], GOOD_KEY),
    "base64 without padding": (b64(b"x" * 16).rstrip("="), GOOD_KEY),
    "a line break": (GOOD_DATA + "\n", GOOD_KEY),
    "not ASCII": ("é" + GOOD_DATA[1:], GOOD_KEY),
    "too long": ("A" * (MAX_DATA + 4), GOOD_KEY),
    "no padding": (sealed_with(KEY, b'{"a":1}' + b" " * 9, padded=False), GOOD_KEY),
    "padding of zeros": (sealed_with(KEY, b'{"a":1}' + b"\0" * 9, padded=False), GOOD_KEY),
    "padding too long": (sealed_with(KEY, b'{"a":1}' + b"\x11" * 25, padded=False), GOOD_KEY),
    "padding not all the same": (sealed_with(KEY, b'{"a":1}' + b"\x01" * 7 + b"\x03\x02", padded=False), GOOD_KEY),
    "no JSON": (sealed_with(KEY, b"citizenPid=1"), GOOD_KEY),
    "a JSON array": (sealed_with(KEY, b"[]"), GOOD_KEY),
    "a member twice": (sealed_with(KEY, b'{"a":1,"a":2}'), GOOD_KEY),
    "not UTF-8": (sealed_with(KEY, b'{"a":"\xff"}'), GOOD_KEY),
    "another key wrapped": (GOOD_DATA, wrapped(secrets.token_bytes(32))),
    "a key of 15 octets": (GOOD_DATA, wrapped(KEY[:15])),
    "a key of 33 octets": (GOOD_DATA, wrapped(KEY + b"x")),
    "an empty key": (GOOD_DATA, wrapped(b"")),
    "no PKCS#1 padding": (GOOD_DATA, raw_rsa(b"\0\1" + b"x" * 221 + b"\0" + KEY)),
    "no zero before the message": (GOOD_DATA, raw_rsa(b"\0\2" + b"x" * 254)),
    "padding of seven octets": (GOOD_DATA, raw_rsa(b"\0\2" + b"x" * 7 + b"\0" + b"y" * 246)),
    "a number beyond the modulus": (GOOD_DATA, b64(b"\xff" * 256)),
    "zero": (GOOD_DATA, b64(bytes(256))),
    "a short number": (GOOD_DATA, b64(b"x" * 255)),
    "no wrapped key": (GOOD_DATA, ""),
    "a wrapped key that is no base64": (GOOD_DATA, "*" * 344),
    "a wrapped key too long": (GOOD_DATA, "A" * 1404),
    "the two exchanged": (GOOD_KEY, GOOD_DATA),
}  # fmt: skip


def test_the_base_of_the_faults_is_good() -> None:
    assert open_json(GOOD_DATA, GOOD_KEY, UNWRAPPER)["citizenPid"] == "001099012349"


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_the_same_error(fault: str) -> None:
    with pytest.raises(VneidEnvelopeInvalid) as caught:
        open_json(*FAULTS[fault], UNWRAPPER)
    error = caught.value
    assert (type(error), error.detail, error.args) == (VneidEnvelopeInvalid, "", ("",))
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


@pytest.mark.parametrize(
    "code", [b"", b"two words", b"line\n", b"\xc3\xa9", b"\0", b"x" * 5000, b"\x7f"],
    ids=["empty", "space", "line break", "not ASCII", "zero", "too long", "delete"],
)  # fmt: skip
def test_what_is_no_code_is_the_same_error(code: bytes) -> None:
    with pytest.raises(VneidEnvelopeInvalid) as caught:
        open_code(sealed_with(KEY, code), GOOD_KEY, UNWRAPPER)
    assert caught.value.detail == ""


def test_after_a_wrong_key_everything_is_still_carried_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same steps are taken for every fault, so that none is quicker."""
    steps: list[str] = []

    def watched(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            steps.append(name)
            return function(*arguments, **options)

        return call

    monkeypatch.setattr(vneid_envelope, "_ecb", watched("aes", vneid_envelope._ecb))
    monkeypatch.setattr(vneid_envelope, "_padded", watched("padding", vneid_envelope._padded))
    monkeypatch.setattr(
        vneid_envelope.strict_json, "loads", watched("json", vneid_envelope.strict_json.loads)
    )
    open_json(GOOD_DATA, GOOD_KEY, UNWRAPPER)
    good, steps[:] = list(steps), []
    assert good == ["aes", "padding", "json"]
    for fault in ("another key wrapped", "a key of 15 octets", "no PKCS#1 padding", "last block changed",
                  "a number beyond the modulus", "padding of zeros"):  # fmt: skip
        with pytest.raises(VneidEnvelopeInvalid):
            open_json(*FAULTS[fault], UNWRAPPER)
        assert steps == good, fault
        steps.clear()


def test_what_is_no_encryption_gives_another_key_and_no_error() -> None:
    """Implicit rejection: the same octets for the same input, so that asking twice tells nothing."""
    wrong = base64.b64decode(FAULTS["no PKCS#1 padding"][1])
    first = UNWRAPPER.unwrap(wrong)
    assert first == UNWRAPPER.unwrap(wrong)
    assert first != KEY
    others = {
        UNWRAPPER.unwrap(secrets.token_bytes(255).rjust(256, b"\0")) for _ in range(20)
    }  # always below the modulus
    assert len({len(each) for each in others}) > 1


def test_a_library_that_tells_wrong_padding_by_an_error_is_refused() -> None:
    class Telling(rsa.RSAPrivateKey):  # what OpenSSL before 3.2 does
        def decrypt(self, ciphertext: bytes, padding: object) -> bytes:
            raise ValueError("Decryption failed")

        def __getattr__(self, name: str) -> object:
            return getattr(PRIVATE, name)

        key_size = 2048

        def public_key(self) -> rsa.RSAPublicKey:
            return PRIVATE.public_key()

    Telling.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]
    with pytest.raises(UnsupportedAlgorithm):
        SoftwareUnwrapper(Telling())


@given(st.binary(min_size=16, max_size=64).filter(lambda octets: len(octets) % 16 == 0))
def test_padding_is_judged_as_by_the_reference(plain: bytes) -> None:
    for octets in (plain, plain[:-1] + b"\1", plain[:-2] + b"\2\2", plain[:-16] + b"\x10" * 16):
        unpadder = PKCS7(128).unpadder()
        try:
            unpadder.update(octets)
            unpadder.finalize()
            holds = True
        except ValueError:
            holds = False
        assert vneid_envelope._padded(octets) is holds


def test_moved_blocks_can_go_unnoticed_so_nothing_here_is_proof() -> None:
    """The known weakness of the mode, written down: trust rests on the connection alone."""
    plain = b'{               ' + b'"a":"AAAAAAAAA",' + b'"b":"BBBBBBBBB",' + b'"c":1}'  # fmt: skip
    key = secrets.token_bytes(16)
    octets = base64.b64decode(sealed_with(key, plain))
    moved = octets[:16] + octets[32:48] + octets[16:32] + octets[48:]
    assert moved != octets
    found = open_json(b64(moved), wrapped(key), UNWRAPPER)
    assert list(found) == ["b", "a", "c"]


# --- the plus sign -------------------------------------------------------------------------------


def test_a_plus_is_restored_where_that_makes_base64_and_only_there() -> None:
    assert restore_plus("ab+/AA==") == "ab+/AA=="
    assert restore_plus("ab /AA==") == "ab+/AA=="
    assert restore_plus("    ") == "++++"
    for wrong in (
        "ab /AA",
        "a b c",
        " b/AA==",
        "ab_/AA==",
        "ab-/AA==",
        "ab/A=A==",
        "ab\t/AA==",
        "ab%20AA=",
        "ab+/AB==",
    ):
        with pytest.raises(VneidEnvelopeInvalid):
            restore_plus(wrong)


@given(st.binary(max_size=100))
def test_every_value_survives_the_decoding_of_a_query(octets: bytes) -> None:
    text = b64(octets)
    ((_, decoded),) = parse_qsl(f"code={text}", keep_blank_values=True)
    assert restore_plus(decoded) == text


# --- keys ----------------------------------------------------------------------------------------


def test_only_rsa_keys_of_sound_size_are_taken() -> None:
    with pytest.raises(KeyFormatError):
        SoftwareUnwrapper(rsa.generate_private_key(65537, 1024))
    with pytest.raises(KeyFormatError):
        SoftwareUnwrapper(ec.generate_private_key(ec.SECP256R1()))  # type: ignore[arg-type]


def test_a_key_comes_from_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    pem = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"words"))
    path = tmp_path / "key.pem"
    path.write_bytes(pem)
    unwrapper = SoftwareUnwrapper.load(path, passphrase=b"words")
    assert unwrapper.unwrap(base64.b64decode(GOOD_KEY)) == KEY
    assert repr(unwrapper) == "<SoftwareUnwrapper RSA-2048>"
    path.write_bytes(PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o644)
    with pytest.raises(KeyFileExposed):
        SoftwareUnwrapper.load(path)
