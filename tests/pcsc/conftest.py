"""A pcscd of our own with two virtual readers, and cards dialled into them.

pcscd has one fixed folder for its socket. In a mount namespace that folder can be any other one, and
clients find it through PCSCLITE_CSOCK_NAME: so a daemon that serves the machine is not disturbed.
"""

from __future__ import annotations

import contextlib
import glob
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eid.chip.virtual import Control, FrameDecoder, encode_frame, read_control
from eid.readers import pcsc
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation
from eid.simulator.serve import ServedChip, dial

ATR = bytes.fromhex("3b80800101")  # ISO 14443-A contactless card as PC/SC part 3 writes it, T=1
# Debian leaves sbin out of the path of ordinary users.
PCSCD = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
#: Tells clients where pcscd's socket is.
SOCKET_NAME = "PCSCLITE_CSOCK_NAME"
PACKAGES = "apt install pcscd libpcsclite-dev vsmartcard-vpcd gcc python3-dev && pip install pyscard"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.pcsc)


class Daemon:
    """pcscd with the virtual readers ``names``; slot n waits for its card at ``ports[n]``."""

    names = ("Virtual PCD 00 00", "Virtual PCD 00 01")

    def __init__(self, driver: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="eid-pcsc-"))
        self.socket = self.folder / "run" / "pcscd.comm"
        self.log = self.folder / "log"
        self.ports = free_ports()
        (self.folder / "run").mkdir()
        (self.folder / "conf").mkdir()
        (self.folder / "conf" / "vpcd").write_text(
            f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{self.ports[0]}\n'
            f"LIBPATH {driver}\nCHANNELID {self.ports[0]}\n"
        )
        self.process: subprocess.Popen[bytes] | None = None

        self.command = [str(PCSCD), "--foreground", "--error", "-c", f"{self.folder}/conf"]

    def move_apart(self) -> bool:
        """Have it run in a namespace of its own. Before the first call of PC/SC: it asks only once where to go."""
        unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        mount = 'mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$0" /run/pcscd && exec "$@"'
        prefix = [*unshare, "sh", "-c", mount, f"{self.folder}/run"]
        if subprocess.run([*prefix, "true"], capture_output=True).returncode:
            return False
        self.command = [*prefix, *self.command]
        os.environ[SOCKET_NAME] = str(self.socket)
        return True

    def start(self) -> bool:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        process = self.process
        return wait_until(lambda: process.poll() is not None or self._serves()) and process.poll() is None

    def _serves(self) -> bool:
        try:
            return [reader.name for reader in pcsc.list_readers()] == list(self.names)
        except pcsc.ReaderServiceDown:
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_ports() -> tuple[int, int]:
    """Two neighbours: vpcd takes the port of its first slot and the next one for the second."""
    for first in range(42_000, 60_000, 2):
        with socket.socket() as a, socket.socket() as b:
            try:
                a.bind(("", first))
                b.bind(("", first + 1))
            except OSError:
                continue
            return first, first + 1
    pytest.skip("no two free ports")


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture(scope="session")
def daemon() -> Iterator[Daemon]:
    """The daemon, running. A test that stops it starts it again."""
    drivers = glob.glob("/usr/lib/pcsc/drivers/serial/libifdvpcd.so*")
    missing = [
        name
        for name, there in {
            "pcscd": PCSCD,
            "vsmartcard-vpcd": drivers,
            "pyscard": importlib.util.find_spec("smartcard"),
            "util-linux (unshare)": shutil.which("unshare"),
        }.items()
        if not there
    ]
    if missing:
        pytest.skip(f"missing: {', '.join(missing)}; {PACKAGES}")
    daemon = Daemon(drivers[0])
    before = os.environ.get(SOCKET_NAME)
    try:
        # Containers often forbid namespaces; root then takes the machine's place, if that is free.
        if not daemon.move_apart() and os.geteuid() != 0:
            pytest.skip("a pcscd of our own needs mount namespaces or root")
        if not daemon.start():
            pytest.skip(f"pcscd does not start: {daemon.log.read_text()[-300:]}")
        yield daemon
    finally:
        daemon.remove()
        os.environ.pop(SOCKET_NAME, None)
        if before is not None:
            os.environ[SOCKET_NAME] = before


Answer = Callable[[bytes], bytes | None]


class VirtualCard:
    """Answers APDUs at a virtual reader. An *answer* of ``None`` is silence."""

    def __init__(self, port: int, answer: Answer, atr: bytes) -> None:
        self.link = socket.create_connection(("127.0.0.1", port), 5)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.link.settimeout(None)
        self.answer, self.atr = answer, atr
        self.controls: list[Control] = []
        self.commands = 0
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        frames = FrameDecoder()
        try:
            while True:
                self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
                octets = self.link.recv(70_000)
                if not octets:
                    return
                for body in frames.feed(octets):
                    self._handle(body)
        except OSError:
            return

    def _handle(self, body: bytes) -> None:
        control = read_control(body)
        if control is not None:
            self.controls.append(control)
            if control is Control.ATR and self.atr:
                self.link.sendall(encode_frame(self.atr))
            return
        self.commands += 1
        response = self.answer(body)
        if response is not None:
            self.link.sendall(encode_frame(response))

    def pull(self) -> None:
        """Take the card away."""
        with contextlib.suppress(OSError):
            self.link.shutdown(socket.SHUT_RDWR)
        self.link.close()


def echo(command: bytes) -> bytes:
    return command + b"\x90\x00"


Insert = Callable[..., VirtualCard]


@pytest.fixture
def insert(daemon: Daemon) -> Iterator[Insert]:
    """``insert(slot=0, answer=echo, atr=ATR)`` lays a card on a reader; all are taken away at the end."""
    cards: list[VirtualCard] = []

    def insert(slot: int = 0, answer: Answer = echo, atr: bytes = ATR) -> VirtualCard:
        # The driver takes one card at a time, and looks for the next when it has seen the last one go.
        wait_until(lambda: not pcsc.list_readers()[slot].card_present)
        card = VirtualCard(daemon.ports[slot], answer, atr)
        cards.append(card)
        return card

    yield insert
    for card in cards:
        card.pull()
    empty(daemon)


@pytest.fixture
def insert_chip(daemon: Daemon) -> Iterator[Callable[..., Chip]]:
    """``insert_chip(card, slot=0)`` lays a chip of the simulator, so personalised, on a reader."""
    served: list[ServedChip] = []

    def insert(card: Personalisation, slot: int = 0) -> Chip:
        wait_until(lambda: not pcsc.list_readers()[slot].card_present)
        chip = Chip(card)
        served.append(dial(chip, "127.0.0.1", daemon.ports[slot]))
        return chip

    yield insert
    for chip in served:
        chip.stop()
    empty(daemon)


def empty(daemon: Daemon) -> None:
    if daemon.process is not None:
        wait_until(lambda: not any(reader.card_present for reader in pcsc.list_readers()))
