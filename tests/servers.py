"""Servers of this machine for tests of what processes share. A test is skipped where there is none."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

POSTGRESQL = "postgresql://postgres@127.0.0.1:5432"
REDIS = "redis://127.0.0.1:6379/0"


@contextlib.contextmanager
def database() -> Iterator[str]:
    """The address of a new database, which is gone afterwards."""
    psycopg = pytest.importorskip("psycopg", reason="needs the extra sql")
    name = f"eid_test_{secrets.token_hex(6)}"
    try:
        server = psycopg.connect(f"{POSTGRESQL}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL on 127.0.0.1:5432")
    with server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{POSTGRESQL}/{name}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def redis_address() -> str:
    """The address of the Redis that other programs use too."""
    redis = pytest.importorskip("redis", reason="needs the extra redis")
    with closing(redis.Redis.from_url(REDIS, socket_timeout=3)) as client:
        try:
            client.ping()
        except redis.RedisError:
            pytest.skip("no Redis on 127.0.0.1:6379")
    return REDIS


@contextlib.contextmanager
def small_redis(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a Redis of the test's own, with little memory, and its process."""
    pytest.importorskip("redis", reason="needs the extra redis")
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    path = folder / "redis.sock"
    arguments = ["--port", "0", "--unixsocket", str(path), "--save", "", "--maxmemory", "1500kb"]
    with subprocess.Popen([program, *arguments], cwd=folder, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(100):
                if path.exists():
                    break
                time.sleep(0.05)
            yield f"unix://{path}", process
        finally:
            process.kill()
