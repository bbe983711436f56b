"""``eid key``: new private keys, and the public halves of key files."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eid.crypto.key_files import load_key_set, load_signer
from eid.crypto.keys import KeySet, SoftwareSigner

SECRET = "mật khẩu dài"


@pytest.fixture
def made(run, tmp_path: Path) -> Path:
    path = tmp_path / "issuer.pem"
    done = run("key", "new", "--kid", "issuer-2026", "--out", path)
    assert (done.code, done.out.count("PRIVATE")) == (0, 0)
    return path


def test_a_new_key_is_for_its_owner_and_the_command_says_that_it_is_in_clear(run, tmp_path) -> None:
    path = tmp_path / "key.pem"
    done = run("key", "new", "--out", path)
    assert done.code == 0
    signer = load_signer(path)
    assert signer.alg == "ES256"
    for word in (str(path), signer.kid, "ES256"):
        assert word in done.out
    assert "--passphrase" in done.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    private = load_signer(path).private_bytes()
    assert private.hex() not in done.out + done.err


@pytest.mark.parametrize("alg", ["ES384", "ES512", "Ed25519", "PS256", "ML-DSA-65"])
def test_a_key_of_every_kind(run, tmp_path, alg: str) -> None:
    path = tmp_path / "key.pem"
    done = run("key", "new", "--alg", alg, "--kid", "k", "--out", path, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json == {"key": str(path), "kid": "k", "alg": alg, "encrypted": False}
    assert run("key", "jwks", path).json["keys"][0]["alg"] == alg


def test_a_passphrase_from_standard_input_encrypts(run, tmp_path) -> None:
    path = tmp_path / "key.pem"
    done = run("key", "new", "--out", path, "--passphrase", "-", "--json", stdin=SECRET + "\n")
    assert (done.code, done.json["encrypted"]) == (0, True)
    assert SECRET not in done.out + done.err
    assert load_signer(path, passphrase=SECRET.encode()).kid == done.json["kid"]
    assert (
        run("key", "jwks", path, "--passphrase", "-", stdin=SECRET + "\n").json["keys"][0]["kid"]
        == done.json["kid"]
    )
    for arguments, stdin in ((("--passphrase", "-"), "wrong\n"), ((), "")):
        done = run("key", "jwks", path, *arguments, stdin=stdin)
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith("eid: KEY_PASSPHRASE: ")
        assert "wrong\n" not in done.err.split("(")[0]


def test_a_passphrase_on_the_command_line_is_refused_and_not_repeated(run, tmp_path) -> None:
    done = run("key", "new", "--out", tmp_path / "key.pem", "--passphrase", "hunter2")
    assert (done.code, done.out) == (2, "")
    assert "hunter2" not in done.err
    assert not (tmp_path / "key.pem").exists()
    done = run("key", "new", "--out", tmp_path / "key.pem", "--passphrase", "-", stdin="")
    assert done.code == 2
    assert not (tmp_path / "key.pem").exists()


def test_an_existing_key_is_never_overwritten(run, made) -> None:
    before = made.read_bytes()
    done = run("key", "new", "--out", made, "--json")
    assert (done.code, done.json["error"]["code"]) == (4, "KEY_FILE_EXISTS")
    assert made.read_bytes() == before


@pytest.mark.parametrize("arguments", [
    ("new",), ("new", "--out", "k", "--alg", "none"), ("new", "--out", "k", "--alg", "HS256"), ("new", "--out", "k", "--kid", ""),
    ("new", "--out", "k", "--kid", "a\nb"), ("new", "--out", "k", "--kid", "x" * 257), ("jwks",),
])  # fmt: skip
def test_wrong_usage(run, tmp_path, monkeypatch, arguments: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("key", *arguments)
    assert (done.code, done.out) == (2, "")
    assert os.listdir(tmp_path) == []


def test_the_public_halves_of_several_files_become_one_set(run, made, tmp_path) -> None:
    other = SoftwareSigner.generate("Ed25519", kid="issuer-2027")
    public, pem = tmp_path / "other.json", tmp_path / "third.pem"
    public.write_text(json.dumps(KeySet([other.key]).to_jwks()))
    third = SoftwareSigner.generate("ES384")
    pem.write_bytes(third.key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    done = run("key", "jwks", made, public, pem)
    assert (done.code, done.err) == (0, "")
    assert [jwk["kid"] for jwk in done.json["keys"]] == ["issuer-2026", "issuer-2027", third.kid]
    members = {member for jwk in done.json["keys"] for member in jwk}
    assert members == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert run("key", "jwks", made, public, pem, "--json").out == done.out

    out = tmp_path / "jwks.json"
    done = run("key", "jwks", made, public, "--out", out)
    assert done.code == 0
    assert "issuer-2027" in done.out
    assert [key.kid for key in load_key_set(out)] == ["issuer-2026", "issuer-2027"]
    done = run("key", "jwks", made, "--out", out, "--json")
    assert (done.code, done.json["error"]["code"]) == (4, "KEY_FILE_EXISTS")
    out.unlink()
    done = run("key", "jwks", made, "--out", out, "--json")
    assert done.json == {"jwks": str(out), "keys": [{"kid": "issuer-2026", "alg": "ES256"}]}


def test_one_passphrase_opens_those_files_that_need_it(run, made, tmp_path) -> None:
    secret = tmp_path / "secret.pem"
    run("key", "new", "--kid", "secret", "--out", secret, "--passphrase", "-", stdin=SECRET)
    done = run("key", "jwks", made, secret, "--passphrase", "-", stdin=SECRET)
    assert [jwk["kid"] for jwk in done.json["keys"]] == ["issuer-2026", "secret"]


def test_an_exposed_private_key_is_refused_and_told_by_name(run, made) -> None:
    made.chmod(0o644)
    done = run("key", "jwks", made)
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("eid: KEY_FILE_EXPOSED: ")
    assert "issuer.pem" in done.err


def test_files_that_hold_no_key(run, made, tmp_path) -> None:
    junk = tmp_path / "junk"
    junk.write_bytes(b"junk")
    for path, code in (
        (junk, "KEY_FORMAT"),
        (tmp_path / "none", "FILE_MISSING"),
        (tmp_path, "FILE_UNREADABLE"),
    ):
        done = run("key", "jwks", made, path, "--json")
        assert (done.code, done.json["error"]["code"]) == (4, code)
    twice = tmp_path / "twice.json"
    twice.write_text(json.dumps({**SoftwareSigner.generate().key.to_jwk(), "kid": "issuer-2026"}))
    done = run("key", "jwks", made, twice, "--json")
    assert done.json["error"]["code"] == "KEY_FORMAT"


def test_messages_are_in_vietnamese_too(run, tmp_path) -> None:
    done = run("key", "new", "--out", tmp_path / "key.pem", "--lang", "vi")
    assert "Đã ghi khóa bí mật" in done.out
    assert "không được mã hóa" in done.err
