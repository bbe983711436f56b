"""``eid vneid mock``: a stand-in that starts only for tests, and only for this machine."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SOURCE = str(Path(__file__).resolve().parents[2] / "src")
CALLBACK = "http://127.0.0.1:9/callback"


@contextmanager
def started(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": SOURCE, "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        [sys.executable, "-c", "from eid.cli.main import run; run()", "vneid", "mock", *map(str, arguments)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def document(process: subprocess.Popen[str]) -> Any:
    """The JSON that a running mock has printed."""
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line == "}\n":
            break
    return json.loads(text)


def public_pem(path: Path, key: Any) -> Path:
    path.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def test_a_service_signs_somebody_in_with_nothing_but_what_the_command_prints(tmp_path: Path) -> None:
    import secrets
    from urllib.parse import parse_qsl, urlsplit

    import eid
    from eid.accounts.sign_in import SignInTransactions
    from eid.accounts.sign_in.back_channel import ClientSecretPost
    from eid.tokens.replay import MemoryReplayStore
    from eid.vietnam.vneid import VneidEndpoints, VneidSignIn
    from eid.vietnam.vneid.envelope import SoftwareUnwrapper

    key = tmp_path / "key.pem"
    options = (
        "--test-only",
        "--redirect-uri",
        CALLBACK,
        "--new-client-key",
        key,
        "--listen",
        "127.0.0.1:0",
        "--json",
    )
    with started(*options) as process:
        shown = document(process)
        assert shown["official"] is False
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        adapter = VneidSignIn(
            VneidEndpoints(
                authorization=shown["authorization"], token=shown["token"], userinfo=shown["userinfo"]
            ),
            client_id=shown["client_id"],
            authentication=ClientSecretPost(shown["client_secret"]),
            redirect_uri=CALLBACK,
            unwrapper=SoftwareUnwrapper.load(key),
            transactions=SignInTransactions(
                [secrets.token_bytes(32)], replay=MemoryReplayStore(), clock=eid.utc_now
            ),
            clock=eid.utc_now,
            kinds={},
            locked=[shown["locked"]],
            pkce=False,
        )
        session = secrets.token_urlsafe()
        start = adapter.begin(session=session, transaction="T", purpose="p", consent="c")
        form = {**dict(parse_qsl(urlsplit(start.url).query)), "person": "anh"}
        location = httpx.post(shown["authorization"], data=form).headers["location"]
        signed_in = adapter.finish(urlsplit(location).query, sealed=start.sealed, session=session)
        adapter.close()
        assert signed_in.subject == shown["people"][0]["citizenPid"]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (130, "", "")


def test_people_read_that_it_is_not_official_in_their_language(tmp_path: Path) -> None:
    key = public_pem(tmp_path / "public.pem", rsa.generate_private_key(65537, 2048))
    for language, word in (("en", "Not VNeID"), ("vi", "Không phải VNeID")):
        options = (
            "--test-only",
            "--redirect-uri",
            CALLBACK,
            "--client-key",
            key,
            "--listen",
            "[::1]:0",
            "--lang",
            language,
        )
        with started(*options) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert word in process.stdout.readline()
            assert "http://[::1]:" in process.stderr.readline()


def test_without_saying_that_it_is_a_test_nothing_starts(run, tmp_path) -> None:
    done = run("vneid", "mock", "--redirect-uri", CALLBACK, "--new-client-key", tmp_path / "key.pem")
    assert done.code == 2
    assert "--test-only" in done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--redirect-uri", "https://service.example/callback"), 2),
        (("--redirect-uri", CALLBACK, "--listen", "0.0.0.0:0"), 2),
        (("--redirect-uri", CALLBACK, "--listen", "nonsense"), 2),
        (("--redirect-uri", CALLBACK, "--code-lifetime", "0"), 2),
        ((), 2),
    ],
)  # fmt: skip
def test_what_others_could_reach_is_refused_and_leaves_no_key_behind(run, tmp_path, options, code) -> None:
    done = run("vneid", "mock", "--test-only", "--new-client-key", tmp_path / "key.pem", *options, "--json")
    assert done.code == code
    assert done.json["error"]["code"] in ("VNEID_MOCK", "USAGE")
    assert not list(tmp_path.iterdir())


def test_exactly_one_key_of_the_right_kind(run, tmp_path) -> None:
    base = ("vneid", "mock", "--test-only", "--redirect-uri", CALLBACK)
    good = public_pem(tmp_path / "good.pem", rsa.generate_private_key(65537, 2048))
    wrong = [
        (), ("--client-key", good, "--new-client-key", tmp_path / "new.pem"),
        ("--client-key", public_pem(tmp_path / "ec.pem", ec.generate_private_key(ec.SECP256R1()))),
        ("--client-key", public_pem(tmp_path / "short.pem", rsa.generate_private_key(65537, 1024))),
    ]  # fmt: skip
    for options in wrong:
        assert run(*base, *options).code == 2
    assert run(*base, "--client-key", tmp_path / "nowhere.pem").code == 4
    done = run(*base, "--new-client-key", good)
    assert (done.code, "KEY_FILE_EXISTS" in done.err) == (4, True)


def test_a_port_that_is_taken_is_a_failure_of_the_environment(run, tmp_path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run(
            "vneid", "mock", "--test-only", "--redirect-uri", CALLBACK, "--new-client-key", tmp_path / "key.pem",
            "--listen", listen,
        )  # fmt: skip
    assert (done.code, done.err.split(":")[1].strip()) == (4, "VNEID_MOCK_ADDRESS")
    assert not list(tmp_path.iterdir())
