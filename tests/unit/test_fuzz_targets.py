"""Every fuzz target, briefly: its seeds, random octets and seeds with small damage."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eid.errors import EidError

_FOLDER = Path(__file__).resolve().parents[2] / "fuzz"
_TARGETS = sorted(path.stem for path in _FOLDER.glob("fuzz_*.py"))


@pytest.fixture(params=_TARGETS, scope="module")
def target(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    sys.path.insert(0, str(_FOLDER))
    try:
        yield importlib.import_module(request.param)
    finally:
        sys.path.remove(str(_FOLDER))


def _only_our_errors(target: ModuleType, data: bytes) -> None:
    with contextlib.suppress(EidError):
        target.check(data)


def test_there_are_targets() -> None:
    assert {"fuzz_cose", "fuzz_status_list"} <= set(_TARGETS)
    assert {"fuzz_certificate", "fuzz_crl", "fuzz_cms", "fuzz_master_list", "fuzz_ldif"} <= set(_TARGETS)
    assert {"fuzz_tlv", "fuzz_mrz", "fuzz_dg2", "fuzz_security_infos", "fuzz_evidence", "fuzz_apdu"} <= set(
        _TARGETS
    )


def test_seeds_run(target: ModuleType) -> None:
    for seed in target.seeds():
        _only_our_errors(target, seed)


_BRIEF = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@_BRIEF
@given(data=st.binary(max_size=300))
def test_random_octets(target: ModuleType, data: bytes) -> None:
    _only_our_errors(target, data)


@_BRIEF
@given(draw=st.data())
def test_seeds_with_damage(target: ModuleType, draw: st.DataObject) -> None:
    seed = bytearray(draw.draw(st.sampled_from(list(target.seeds()))))
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, max(len(seed) - 1, 0)))
        match draw.draw(st.sampled_from(["set", "cut", "insert", "drop"])):
            case "set":
                seed[at : at + 1] = draw.draw(st.binary(min_size=1, max_size=1))
            case "cut":
                del seed[at:]
            case "insert":
                seed[at:at] = draw.draw(st.binary(min_size=1, max_size=8))
            case _:
                del seed[at : at + 1]
    _only_our_errors(target, bytes(seed))
