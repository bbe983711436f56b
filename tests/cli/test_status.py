"""``eid status``: a list is made, changed and asked."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
import pytest

from eid.cli.app import main
from eid.crypto.cose import KID, TAGGED, sign1
from eid.crypto.key_files import load_signer
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.encoding import strict_json
from eid.tokens.jws import sign_jws
from eid.tokens.status.lists import Form, StatusList, read_own_status_list, sign_status_list
from eid.tokens.status.reference import StatusReference

URI = "https://status.example/lists/1"
HOLDER = SoftwareSigner.generate(kid="issuer")


class Desk:
    """A folder with a key, its public half and a list of a thousand entries."""

    def __init__(self, folder: Path, run: Callable[..., Any], *options: str) -> None:
        self.run, self.folder = run, folder
        self.key, self.keys, self.list = folder / "key.pem", folder / "keys.json", folder / "list"
        assert run("key", "new", "--out", self.key, "--kid", "status-1").code == 0
        assert run("key", "jwks", self.key, "--out", self.keys).code == 0
        self.made = run(
            "status",
            "new",
            "--uri",
            URI,
            "--key",
            self.key,
            "--out",
            self.list,
            "--size",
            1000,
            *options,
            "--json",
        )
        assert self.made.code == 0, self.made.err

    def set(self, *arguments: object) -> Any:
        return self.run("status", "set", self.list, *arguments, "--key", self.key)

    def check(self, *arguments: object) -> Any:
        return self.run("status", "check", *arguments, "--keys", self.keys, "--json")


@pytest.fixture
def desk(tmp_path: Path, run: Callable[..., Any]) -> Desk:
    return Desk(tmp_path, run)


@pytest.mark.parametrize(("options", "form"), [((), "jwt"), (("--cwt",), "cwt")])
def test_a_list_is_made_changed_and_asked(tmp_path: Path, run, options: tuple[str, ...], form: str) -> None:
    desk = Desk(tmp_path, run, *options)
    assert {name: desk.made.json[name] for name in ("uri", "entries", "bits", "form")} == {
        "uri": URI, "entries": 1000, "bits": 2, "form": form,
    }  # fmt: skip
    assert desk.made.json["octets"] == desk.list.stat().st_size
    for index, status in ((1, "revoked"), (2, "suspended"), (3, "3"), (4, "suspended"), (4, "valid")):
        assert desk.set(index, status).code == 0
    codes = {}
    for index in range(5):
        done = desk.check("--file", desk.list, "--index", index)
        codes[index] = (done.code, done.json["status"], done.json["stale"], done.json["uri"])
    assert codes == {
        0: (0, "VALID", False, URI), 1: (1, "INVALID", False, URI), 2: (1, "SUSPENDED", False, URI),
        3: (3, "APPLICATION_3", False, URI), 4: (0, "VALID", False, URI),
    }  # fmt: skip


def test_people_are_told_in_words(desk: Desk) -> None:
    done = desk.set(7, "revoked")
    assert done.out == "7: in force → REVOKED\n"
    done = desk.run("status", "check", "--file", desk.list, "--index", 7, "--keys", desk.keys)
    assert (done.code, done.out.splitlines()[0]) == (1, "REVOKED")
    done = desk.run("status", "check", "--file", desk.list, "--index", 7, "--keys", desk.keys, "--lang", "vi")
    assert done.out.splitlines()[0] == "ĐÃ THU HỒI"


def test_a_revocation_is_final(desk: Desk) -> None:
    assert desk.set(7, "invalid", "--json").json["before"] == "VALID"
    for status in ("valid", "suspended", "3"):
        done = desk.set(7, status)
        assert (done.code, "STATUS_FINAL" in done.err) == (1, True)
    assert desk.set(7, "revoked").code == 0
    assert desk.check("--file", desk.list, "--index", 7).code == 1


def test_a_change_keeps_address_lifetime_and_form(tmp_path: Path, run) -> None:
    desk = Desk(tmp_path, run, "--cwt", "--ttl", "600", "--days", "30")
    keys = KeySet([load_signer(desk.key).key])
    now = datetime.now(UTC)
    desk.set(1, "revoked")
    found = read_own_status_list(desk.list.read_bytes(), keys=keys, now=now)
    assert (found.form, found.uri, found.ttl) == (Form.CWT, URI, timedelta(minutes=10))
    assert found.expires_at is not None
    assert found.expires_at - found.issued_at == timedelta(days=30)


def test_an_expired_list_can_be_signed_anew(desk: Desk) -> None:
    signer = load_signer(desk.key)
    old = datetime.now(UTC) - timedelta(days=400)
    desk.list.write_bytes(
        sign_status_list(
            StatusList.of(8, bits=1), signer, uri=URI, issued_at=old, expires_at=old + timedelta(days=1),
            ttl=timedelta(hours=1), form=Form.JWT,
        )
    )  # fmt: skip
    assert desk.check("--file", desk.list, "--index", 0).json["error"]["code"] == "STATUS_LIST_TOO_OLD"
    assert desk.set(3, "revoked").code == 0
    assert desk.check("--file", desk.list, "--index", 0).code == 0


def test_a_list_that_ends_with_the_calendar_can_be_changed(desk: Desk) -> None:
    signer = load_signer(desk.key)
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    desk.list.write_bytes(
        sign_status_list(
            StatusList.of(8, bits=1), signer, uri=URI, issued_at=datetime.now(UTC) - timedelta(days=9),
            expires_at=end, ttl=timedelta(hours=1), form=Form.JWT,
        )
    )  # fmt: skip
    assert desk.set(3, "revoked").code == 0
    assert desk.check("--file", desk.list, "--index", 3).code == 1


@pytest.mark.parametrize(("days", "end"), [(29, 0), (32, 3)])
def test_a_list_with_a_far_end_is_not_believed_for_ever(desk: Desk, days: int, end: int) -> None:
    made, never = datetime.now(UTC) - timedelta(days=days), datetime(9999, 12, 31, tzinfo=UTC)
    desk.list.write_bytes(
        sign_status_list(
            StatusList.of(8, bits=1), load_signer(desk.key), uri=URI, issued_at=made, expires_at=never,
            ttl=timedelta(hours=1), form=Form.JWT,
        )
    )  # fmt: skip
    answer = desk.check("--file", desk.list, "--index", 0)
    assert answer.code == end
    assert answer.json["error"]["code"] == "STATUS_LIST_TOO_OLD" if end else answer.json["stale"]


# --- credentials ---------------------------------------------------------------------------------


def jwt(claims: dict[str, Any], header: dict[str, Any] | None = None) -> bytes:
    return sign_jws(header or {"typ": "dc+sd-jwt"}, strict_json.dumps(claims), HOLDER).encode()


STATUS = StatusReference(URI, 7).to_claim()


@pytest.mark.parametrize(
    "credential",
    [
        jwt({"status": STATUS}),
        jwt({"status": STATUS}) + b"\n",
        jwt({"status": STATUS}) + b"~WyJzIiwibiIsInYiXQ~",
        jwt({"status": STATUS}, {"typ": "dc+sd-jwt", "x5c": ["AA=="]}),
        sign1(cbor2.dumps({65535: STATUS}), HOLDER, wrapping=TAGGED, protected={KID: b"issuer"}),
    ],
)
def test_a_credential_says_itself_where_to_look(credential: bytes, desk: Desk, monkeypatch) -> None:
    (desk.folder / "credential").write_bytes(credential)
    assert desk.check(desk.folder / "credential", "--file", desk.list).code == 0
    desk.set(7, "revoked")
    done = desk.check(desk.folder / "credential", "--file", desk.list)
    assert (done.code, done.json["index"]) == (1, 7)


def test_a_credential_comes_from_standard_input(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("io.StringIO", lambda text: io.TextIOWrapper(io.BytesIO(text.encode())))
    done = desk.run(
        "status",
        "check",
        "-",
        "--file",
        desk.list,
        "--keys",
        desk.keys,
        stdin=jwt({"status": STATUS}).decode(),
    )
    assert done.code == 0


@pytest.mark.parametrize(
    ("credential", "code", "exit_code"),
    [
        (jwt({"sub": "x"}), "NO_STATUS", 3),
        (sign1(cbor2.dumps({2: "x"}), HOLDER, wrapping=TAGGED), "NO_STATUS", 3),
        (
            jwt({"status": StatusReference("https://other.example/1", 7).to_claim()}),
            "STATUS_LIST_UNAVAILABLE",
            3,
        ),
        (jwt({"status": StatusReference(URI, 100_000).to_claim()}), "STATUS_INDEX_OUTSIDE", 3),
        (b"nothing of the kind", "COSE_MALFORMED", None),
        (b"eyJ", "TOKEN_MALFORMED", None),
        (b"", "COSE_MALFORMED", None),
    ],
)
def test_what_cannot_be_decided_is_not_called_valid(
    credential: bytes, code: str, exit_code: int | None, desk: Desk
) -> None:
    (desk.folder / "credential").write_bytes(credential)
    done = desk.check(desk.folder / "credential", "--file", desk.list)
    assert done.json["error"]["code"] == code
    assert done.code == exit_code if exit_code is not None else done.code in (1, 4)


def test_a_closed_standard_input_is_wrong_usage(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("io.StringIO", lambda text: None)  # as Python has it for a closed one
    done = desk.check("-", "--file", desk.list)
    assert (done.code, done.json["error"]["code"]) == (2, "USAGE")


def test_a_name_that_no_host_can_have_decides_nothing(desk: Desk) -> None:
    done = desk.check("--uri", f"https://{'a' * 70}.example/list", "--index", 7)
    assert (done.code, done.json["error"]["code"]) == (3, "STATUS_LIST_UNAVAILABLE")


@pytest.mark.parametrize("address", [(), ("--uri", URI)])
def test_a_damaged_list_is_not_called_a_revocation(address: tuple[str, ...], desk: Desk) -> None:
    octets = bytearray(desk.list.read_bytes())
    octets[-20] ^= 1
    desk.list.write_bytes(octets)
    done = desk.check("--file", desk.list, "--index", 7, *address)
    assert (done.code, done.json["error"]["code"]) == (3, "STATUS_LIST_UNAVAILABLE")


def test_of_two_changes_at_the_same_time_none_is_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["status", "set", str(desk.list), "8", "revoked", "--key", str(desk.key)]
    other = threading.Thread(target=main, args=(arguments,))
    sign = SoftwareSigner.sign

    def meanwhile(signer: SoftwareSigner, message: bytes) -> bytes:
        if other.ident is None:
            other.start()
            other.join(1)  # it would be done by then if it did not wait
        return sign(signer, message)

    monkeypatch.setattr(SoftwareSigner, "sign", meanwhile)
    assert desk.set(7, "revoked").code == 0
    other.join()
    assert [desk.check("--file", desk.list, "--index", each).json["status"] for each in (7, 8, 9)] == [
        "INVALID",
        "INVALID",
        "VALID",
    ]


# --- what does not hold --------------------------------------------------------------------------


def test_a_list_by_somebody_else_decides_nothing(desk: Desk) -> None:
    other = desk.folder / "other.pem"
    desk.run("key", "new", "--out", other, "--kid", "status-1")
    done = desk.run("status", "set", desk.list, 7, "revoked", "--key", other)
    assert (done.code, "TOKEN_SIGNATURE" in done.err) == (1, True)
    stranger = desk.folder / "stranger.pem"
    desk.run("key", "new", "--out", stranger)
    done = desk.run("status", "set", desk.list, 7, "revoked", "--key", stranger)
    assert (done.code, "UNKNOWN_KEY" in done.err) == (3, True)
    octets = bytearray(desk.list.read_bytes())
    octets[-4] ^= 1
    desk.list.write_bytes(octets)
    done = desk.check("--file", desk.list, "--index", 7, "--uri", URI)
    assert done.code == 3
    assert done.json["error"]["code"] == "STATUS_LIST_UNAVAILABLE"


def test_another_address_than_the_list_s_own_decides_nothing(desk: Desk) -> None:
    done = desk.check("--file", desk.list, "--index", 7, "--uri", URI + "0")
    assert (done.code, "STATUS_LIST_SUBJECT" in done.json["error"]["message"]) == (3, True)


def test_an_old_list_says_so_and_a_dead_server_decides_nothing(desk: Desk) -> None:
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    done = desk.run("status", "check", "--file", desk.list, "--index", 7, "--keys", desk.keys, "--at", later)
    assert (done.code, "older" in done.err) == (0, True)
    assert desk.check("--file", desk.list, "--index", 7, "--at", later).json["stale"] is True
    done = desk.check("--uri", "http://127.0.0.1:9/1", "--index", 7)
    assert (done.code, done.json["error"]["code"]) == (3, "STATUS_LIST_UNAVAILABLE")


@pytest.mark.parametrize(
    "arguments",
    [
        (), ("--index", "7"), ("--uri", URI), ("--uri", "no address", "--index", "7"),
        ("--uri", URI, "--index", "-1"), ("--uri", URI, "--index", "x"), ("token", "--index", "7"),
        ("token", "--uri", URI), ("--uri", URI, "--index", "999999999999"), ("--index", "7", "--uri", URI, "--at", "x"),
    ],
)  # fmt: skip
def test_wrong_usage_of_check(arguments: tuple[str, ...], desk: Desk) -> None:
    done = desk.check(*arguments)
    assert (done.code, done.json["error"]["code"]) == (2, "USAGE")


@pytest.mark.parametrize(
    "arguments",
    [
        ("x", "revoked"),
        ("7", "gone"),
        ("7", "256"),
        ("7", "９"),
        ("7", "-1"),
        ("7", "4"),
        ("100000", "revoked"),
    ],
)
def test_wrong_usage_of_set(arguments: tuple[str, ...], desk: Desk) -> None:
    assert desk.set(*arguments).code == 2


@pytest.mark.parametrize(
    "options",
    [("--bits", "3"), ("--bits", "0"), ("--size", "0"), ("--size", "999999999999"), ("--ttl", "0"), ("--days", "0"),
     ("--uri", "no address")],
)  # fmt: skip
def test_wrong_usage_of_new(options: tuple[str, str], desk: Desk) -> None:
    done = desk.run(
        "status", "new", "--uri", URI, "--key", desk.key, "--out", desk.folder / "other", *options, "--json"
    )
    assert (done.code, done.json["error"]["code"]) == (2, "USAGE")
    assert not (desk.folder / "other").exists()


def test_files_that_cannot_be_read_or_written(desk: Desk) -> None:
    done = desk.run("status", "new", "--uri", URI, "--key", desk.key, "--out", desk.list)
    assert (done.code, "FILE_NOT_WRITABLE" in done.err) == (4, True)
    done = desk.run("status", "new", "--uri", URI, "--key", desk.key, "--out", desk.folder / "no" / "list")
    assert done.code == 4
    assert desk.check("--file", desk.folder / "missing", "--index", 7, "--uri", URI).code == 4
    assert desk.check(desk.folder / "missing", "--file", desk.list).code == 4
    done = desk.run("status", "set", desk.folder / "missing", 7, "revoked", "--key", desk.key)
    assert done.code == 4
    done = desk.run("status", "check", "--file", desk.list, "--index", 7, "--keys", desk.folder / "missing")
    assert done.code == 4


def test_the_list_can_be_read_by_a_web_server_and_the_key_cannot(desk: Desk) -> None:
    if os.name == "posix":
        assert desk.list.stat().st_mode & 0o777 == 0o644
        assert desk.key.stat().st_mode & 0o777 == 0o600
