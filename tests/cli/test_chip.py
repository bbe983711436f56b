from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SOURCE = str(Path(__file__).resolve().parents[2] / "src")


def start(*arguments: object, **options: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": SOURCE, "LC_ALL": "C.UTF-8"}
    return subprocess.Popen(
        [sys.executable, "-c", "from eid.cli.main import run; run()", *map(str, arguments)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


@pytest.mark.parametrize("profile", ["vietnam", "icao"])
def test_new_card_is_served_read_and_verified(run, tmp_path, profile: str) -> None:
    card = tmp_path / "card.json"
    done = run("chip", "new", card, "--profile", profile, "--json")
    assert (done.code, done.json) == (
        0, {"card": str(card), "csca": str(tmp_path / "card.csca.pem"), "profile": profile},
    )  # fmt: skip
    assert (tmp_path / "card.csca.pem").read_text().startswith("-----BEGIN CERTIFICATE-----")
    can = json.loads(card.read_text())["access"]["can"]
    chip = start("chip", "serve", card, "--listen", "127.0.0.1:0", "--json")
    try:
        assert chip.stdout is not None
        address = json.loads("".join(chip.stdout.readline() for _ in range(3)))["listening"]
        evidence = tmp_path / "card.eid"
        assert run("read", "--connect", address, "--can", can, "--out", evidence).code == 0
        assert run("verify", evidence, "--trust", tmp_path / "card.csca.pem").code == 0
    finally:
        chip.send_signal(signal.SIGINT)
        rest, err = chip.communicate(timeout=10)
    assert (chip.returncode, rest, err) == (130, "", "")


def test_existing_files_are_kept_unless_forced(run, tmp_path) -> None:
    card = tmp_path / "card.json"
    (tmp_path / "card.csca.pem").write_text("mine")
    done = run("chip", "new", card, "--lang", "vi")
    assert (done.code, done.err.split(": ")[1]) == (4, "FILE_EXISTS")
    assert "đã tồn tại" in done.err
    assert not card.exists()
    forced = run("chip", "new", card, "--force")
    assert forced.code == 0
    assert str(card) in forced.out
    assert card.stat().st_mode & 0o777 == 0o600
    assert run("chip", "new", tmp_path / "no" / "card.json").code == 4
    assert run("chip", "new", tmp_path / ("n" * 300 + ".json")).code == 4


@pytest.mark.parametrize(("content", "code", "named"), [
    (None, "FILE_MISSING", "card.json"),
    ("{", "PERSONALISATION", "JSON"),
    ("[]", "PERSONALISATION", ""),
    ('{"format": "eid-chip/1", "access": {"pace": 3}}', "PERSONALISATION", "access.pace"),
    ('{"format": "eid-chip/1", "accesss": {}}', "PERSONALISATION", "accesss"),
])  # fmt: skip
def test_bad_description_names_the_member(run, tmp_path, content, code, named) -> None:
    card = tmp_path / "card.json"
    if content is not None:
        card.write_text(content)
    done = run("chip", "serve", card, "--listen", "127.0.0.1:0", "--json")
    assert (done.code, done.json["error"]["code"]) == (4, code)
    assert named in done.json["error"]["message"]


def test_exactly_one_place_to_serve(run, tmp_path) -> None:
    card = tmp_path / "card.json"
    assert run("chip", "serve", card).code == 2
    assert run("chip", "serve", card, "--vpcd", "a:1", "--listen", "b:1").code == 2
    assert run("chip", "serve", card, "--vpcd", "nonsense").code == 2


def test_no_virtual_reader_there(run, tmp_path) -> None:
    card = tmp_path / "card.json"
    run("chip", "new", card)
    done = run("chip", "serve", card, "--vpcd", "127.0.0.1:1")
    assert (done.code, done.err.split(": ")[1]) == (4, "REMOTE_UNREACHABLE")


def test_serving_ends_when_the_virtual_reader_hangs_up(run, tmp_path) -> None:
    import socket
    import threading

    card = tmp_path / "card.json"
    run("chip", "new", card)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def hang_up() -> None:
            link, _ = server.accept()
            time.sleep(0.1)
            link.close()

        reader = threading.Thread(target=hang_up)
        reader.start()
        done = run("chip", "serve", card, "--vpcd", f"127.0.0.1:{port}")
        reader.join()
    assert done.code == 0
    assert f"127.0.0.1:{port}" in done.err
    assert done.out == ""
