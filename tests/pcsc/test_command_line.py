"""The commands that need a reader, through the real daemon and its virtual reader."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eid.cli.main import main
from eid.simulator.chip import Chip
from eid.simulator.personalise import new_personalisation, personalise
from eid.simulator.serve import dial
from eid.vietnam.sample import sample_citizen


def test_demo_goes_through_daemon_and_virtual_reader(daemon, monkeypatch, capsys) -> None:
    monkeypatch.setattr("eid.chip.virtual.VPCD_PORT", daemon.ports[0])
    assert main(["demo", "--pcsc", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["reader"]["name"] == daemon.names[0]
    assert document["report"]["verdict"] == "PASSED"


def test_card_on_a_reader_is_listed_read_and_verified(daemon, capsys, tmp_path: Path) -> None:
    card = personalise(new_personalisation(sample_citizen()))
    evidence, csca = tmp_path / "card.eid", tmp_path / "csca.der"
    csca.write_bytes(card.csca_der)
    with dial(Chip(card), "localhost", daemon.ports[1]):
        read = ["read", "--number", "001099012349", "--reader", "00 01", "--out", str(evidence), "--json"]
        assert main(read) == 0
        assert json.loads(capsys.readouterr().out)["reader"] == {
            "name": daemon.names[1],
            "atr": card.atr.hex(),
        }
        assert main(["readers", "--json"]) == 0
        readers = json.loads(capsys.readouterr().out)["readers"]
        assert [reader["name"] for reader in readers if reader["card_present"]] == [daemon.names[1]]
    assert main(["verify", str(evidence), "--trust", str(csca), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "PASSED"


@pytest.mark.parametrize("arguments", [["readers"], ["demo", "--pcsc"]])
def test_stopped_daemon_is_an_environment_that_failed(daemon, capsys, arguments) -> None:
    daemon.stop()
    try:
        assert main([*arguments, "--json"]) == 4
        assert json.loads(capsys.readouterr().out)["error"]["code"] == "READER_SERVICE_DOWN"
    finally:
        assert daemon.start()
