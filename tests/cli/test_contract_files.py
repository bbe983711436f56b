"""Files that are damaged, empty, or made by somebody else meanwhile: never "forged", never overwritten."""

from __future__ import annotations

import datetime as dt
import errno
import io
import json
import os
from pathlib import Path

import pytest

from eid.cli.failures import Failure
from eid.cli.files import NewFile
from eid.cli.main import main
from eid.crypto.key_files import load_signer
from eid.tokens.jws import sign_jws
from eid.tokens.status.lists import Form, StatusList, sign_status_list

ISSUER, LIST = "https://i.example", "https://s.example/1"
OPEN = ("--type", "urn:x", "--issuer", ISSUER, "--without-key-binding")


@pytest.fixture
def desk(tmp_path: Path, run, monkeypatch) -> Path:
    """A key with its public half, an encrypted one, a credential, a code, and files that are nothing."""
    monkeypatch.chdir(tmp_path)
    assert run("key", "new", "--out", "key.pem", "--kid", "k1").code == 0
    assert run("key", "jwks", "key.pem", "--out", "keys.json").code == 0
    assert (
        run("key", "new", "--out", "locked.pem", "--passphrase", "-", stdin="one two three four\n").code == 0
    )
    Path("claims.json").write_text('{"a": 1}')
    Path("person.json").write_text(json.dumps({"id": "001099012349", "full_name": "Nguyễn Đức Ánh"}))
    signed = ("--issuer", ISSUER, "--key", "key.pem")
    made = run("credential", "issue", "--type", "urn:x", "--claims", "claims.json", *signed, "--without-holder",
               "--status", f"{LIST}#1", "--out", "credential")  # fmt: skip
    assert made.code == 0, made.err
    assert run("qr", "issue", "person.json", *signed, "--status", f"{LIST}#1", "--out", "code").code == 0
    Path("empty").write_bytes(b"")
    Path("garbage").write_bytes(bytes(range(128, 256)) * 4)
    Path("folder").mkdir()
    return tmp_path


@pytest.mark.parametrize("damaged", ["empty", "garbage"])
@pytest.mark.parametrize("command", [
    ("status", "check", "FILE", "--keys", "keys.json"),
    ("status", "set", "FILE", "1", "revoked", "--key", "key.pem"),
    ("credential", "present", "FILE", "--disclose", "a", "--without-key-binding"),
    ("credential", "verify", "credential", *OPEN, "--root", "FILE"),
    ("qr", "verify", "CODE", "--issuer", f"{ISSUER}=keys.json", "--list", f"{LIST}=FILE"),
    ("qr", "verify", "CODE", "--root", f"{ISSUER}=FILE"),
    ("qr", "pack", "--out", "pack", "--key", "key.pem", "--issuer", f"{ISSUER}=keys.json", "--list", f"{LIST}=FILE"),
    ("trust", "check", "FILE"),
])  # fmt: skip
def test_a_damaged_file_fails_the_environment_and_forges_nothing(run, desk, command, damaged) -> None:
    code = Path("code").read_text().strip()
    done = run(*(part.replace("FILE", damaged).replace("CODE", code) for part in command), "--json")
    assert done.code == 4
    assert done.json


@pytest.mark.parametrize("command", [
    ("credential", "verify", "empty", *OPEN, "--keys", "keys.json"),
    ("status", "check", "--file", "empty", "--index", "1", "--keys", "keys.json"),
    ("qr", "verify", "6BFOXN", "--root", f"{ISSUER}=folder"),
])  # fmt: skip
def test_an_empty_file_or_folder_fails_the_environment(run, desk, command) -> None:
    assert run(*command, "--json").code == 4


def test_trust_check_of_a_cut_off_certificate_names_it(run, desk, sample) -> None:
    Path("cut.der").write_bytes(sample.csca_der[:-1])
    done = run("trust", "check", "cut.der", "--json")
    assert done.code == 4
    assert [problem["source"] for problem in done.json["problems"]] == ["cut.der"]


def test_a_credential_whose_status_cannot_be_read_is_not_revoked(run, desk) -> None:
    payload = b'{"status":{"status_list":{"idx":"one","uri":"x"}}}'
    Path("odd").write_text(sign_jws({"typ": "x"}, payload, load_signer(desk / "key.pem")))
    done = run("status", "check", "odd", "--keys", "keys.json", "--json")
    assert (done.code, done.json["error"]["code"]) == (3, "STATUS_UNDECIDED")


def test_a_code_is_undecided_where_the_status_list_does_not_hold(run, desk) -> None:
    then = dt.datetime.now(dt.UTC) - dt.timedelta(days=9)
    dead = sign_status_list(
        StatusList.of(8, bits=2), load_signer(desk / "key.pem"), uri=LIST, issued_at=then,
        expires_at=then + dt.timedelta(days=1), ttl=dt.timedelta(hours=1), form=Form.CWT,
    )  # fmt: skip
    Path("dead").write_bytes(dead)
    code = Path("code").read_text().strip()
    done = run("qr", "verify", code, "--issuer", f"{ISSUER}=keys.json", "--list", f"{LIST}=dead", "--json")
    assert (done.code, done.json["error"]["code"]) == (3, "STATUS_LIST_UNAVAILABLE")


def test_scan_tells_what_the_readable_pictures_say_before_it_fails(run, desk) -> None:
    pytest.importorskip("zxingcpp")
    assert run("qr", "render", "HELLO", "--out", "code.png").code == 0
    done = run("qr", "scan", "garbage", "code.png", "missing.png")
    assert (done.code, done.out) == (4, "HELLO\n")
    assert "garbage: " in done.err
    assert "missing.png" in done.err
    document = run("qr", "scan", "garbage", "code.png", "missing.png", "--json").json
    assert [code["text"] for code in document["codes"]] == ["HELLO"]
    assert document["without_code"] == ["garbage", "missing.png"]
    assert run("qr", "scan", "missing.png", "--json").json["error"]["code"] == "FILE_MISSING"


def test_names_that_are_no_text_are_not_different_names(run) -> None:
    damaged = "Trần Hoà".encode().decode("ascii", "surrogateescape")  # as in a locale without UTF-8
    assert run("vietnam", "match", damaged, "TRẦN HÒA").code == 2


# --- another program makes the file meanwhile ------------------------------------------------------


class Meanwhile(io.StringIO):
    """A standard input at which another program makes *path* before the line comes."""

    def __init__(self, path: Path) -> None:
        super().__init__("one two three four\n")
        self.path = path

    def readline(self, *size: int) -> str:
        self.path.write_text("theirs")
        return super().readline(*size)


@pytest.mark.parametrize("command", [
    ("status", "new", "--uri", LIST, "--size", "100"),
    ("record", "make", "card.eid"),
])  # fmt: skip
def test_a_file_that_appears_meanwhile_is_not_overwritten(desk, evidence_file, monkeypatch, command) -> None:
    monkeypatch.setattr("sys.stdin", Meanwhile(desk / "target"))
    assert main([*command, "--key", "locked.pem", "--passphrase", "-", "--out", "target"]) == 4
    assert (desk / "target").read_text() == "theirs"
    assert not list(desk.glob(".target*"))


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_takes_nobody_s_place(tmp_path: Path, monkeypatch, links: bool) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links on this file system")

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    target = tmp_path / "target"
    with NewFile(target, replace=False) as file:
        target.write_text("theirs")
        with pytest.raises(Failure) as raised:
            file.write(b"ours")
    assert (raised.value.exit_code, target.read_text()) == (4, "theirs")
    target.unlink()
    with NewFile(target, replace=False) as file:
        file.write(b"ours")
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    assert target.read_bytes() == b"ours"
