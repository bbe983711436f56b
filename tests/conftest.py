"""Where test data lives, and servers. Corpora are read in place and never copied."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import servers

# A busy machine is no finding.
hypothesis.settings.register_profile(
    "eid", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("eid")

ROOT = Path(__file__).resolve().parent.parent


def _shared(variable: str, folder: str) -> Path:
    return Path(os.environ.get(variable) or ROOT.parent / "shared" / folder)


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of standard test data."""
    path = _shared("EID_CORPORA", "corpora")
    if not path.is_dir():
        pytest.skip("the corpora are not here: set EID_CORPORA")
    return path


@pytest.fixture(scope="session")
def vietnam_vectors() -> dict[str, list[dict[str, object]]]:
    """The invented Vietnamese vectors with their expected outcomes."""
    path = _shared("EID_VIETNAM", "vietnam") / "vectors.json"
    if not path.is_file():
        pytest.skip("vectors.json is not here: set EID_VIETNAM")
    vectors: dict[str, list[dict[str, object]]] = json.loads(path.read_text(encoding="utf-8"))
    return vectors


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """A database of the module's own."""
    with servers.database() as address:
        yield address


@pytest.fixture(scope="module")
def redis_url() -> str:
    """A Redis that is shared with others."""
    return servers.redis_address()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Redis of the test's own, and its process."""
    with servers.small_redis(tmp_path) as made:
        yield made
