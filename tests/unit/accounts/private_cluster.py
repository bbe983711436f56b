"""A PostgreSQL cluster of a test's own, which may be killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest


class Cluster:
    """A PostgreSQL server of this test's own, with its files and its log."""

    def __init__(self, folder: Path, programs: Path, user: str | None) -> None:
        self._programs = programs
        self._identity: dict[str, Any] = {"user": user, "group": user, "extra_groups": []} if user else {}
        self.folder, self.data, self.log = folder, folder / "data", folder / "server.log"
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        self._run(str(programs / "initdb"), "-D", str(self.data), "-U", "postgres", "-A", "trust", "-N")
        with (self.data / "postgresql.conf").open("a") as settings:
            # As much in the log as a server can be told to write, so that a test can look what it says.
            settings.write(
                f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{folder}'\n"
                "shared_buffers = 16MB\nmax_connections = 40\nlog_statement = 'all'\nlog_duration = on\n"
                "log_parameter_max_length = -1\nlog_parameter_max_length_on_error = -1\n"
            )
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def _run(self, *command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, **self._identity)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", str(self.data)],
                stdout=log, stderr=log, cwd=self.folder, **self._identity,
            )  # fmt: skip
        end = time.monotonic() + 120
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < end, self.log.read_text()[-2000:]
                assert self._server.poll() is None, self.log.read_text()[-2000:]
                time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL for every process of it, as when the power goes."""
        assert self._server is not None
        postmaster = self._server.pid
        os.kill(postmaster, signal.SIGSTOP)  # it must not start another one meanwhile
        children = _children(postmaster)
        for process in [*children, postmaster]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._server.wait(timeout=30)
        while any(map(_lives, children)):  # while they hold its memory, no other server starts
            time.sleep(0.01)
        self._server = None

    def stop(self) -> None:
        """End it in good order, so that everything is in its files."""
        if self._server is None:
            return
        self._server.send_signal(signal.SIGINT)
        self._server.wait(timeout=60)
        self._server = None


def _lives(process: int) -> bool:
    try:
        _, _, rest = Path(f"/proc/{process}/stat").read_text().rpartition(")")
    except OSError:
        return False
    return rest.split()[0] not in {"Z", "X"}


def _children(process: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = entry.read_text().rpartition(")")
            if int(rest.split()[1]) == process:
                found.append(int(name.split()[0]))
    return found


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """A new cluster, stopped; gone afterwards. The test is skipped where there can be none."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which("initdb")
    folder = programs[-1] if programs else Path(found).parent if found else None
    if folder is None or not Path("/proc/self/stat").exists():
        pytest.skip("no programs of a PostgreSQL server, or no /proc")
    user = "postgres" if os.geteuid() == 0 else None
    if user and subprocess.run(["id", user], capture_output=True).returncode:
        pytest.skip("a PostgreSQL server does not run as root, and there is no user postgres")
    # Not in the folder of the tests: another user may not enter that, and names of sockets are short.
    place = Path(tempfile.mkdtemp(prefix="eid-pg-"))
    try:
        if user:
            shutil.chown(place, user, user)
        made = Cluster(place, folder, user)
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(place, ignore_errors=True)
