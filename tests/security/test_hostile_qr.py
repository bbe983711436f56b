"""The corpus of hostile codes: none is accepted, each gets its own code, and none does harm."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path

import hostile_qr
import pytest

from eid.document.checks import Outcome
from eid.errors import EidError, QrStructureInvalid

_CODES = hostile_qr.hostile_codes()

#: Of memory, that the whole corpus may take on top of the library itself.
MEGABYTES = 64
#: Octets of memory for one code: some copies of the largest message there may be.
ONE_CODE = 1_000_000


def judged(attempt: hostile_qr.Hostile) -> tuple[Outcome | None, str | None]:
    """Verdict and code; no verdict where an error was raised."""
    try:
        if attempt.health:
            result: object = hostile_qr.health_verifier().verify(attempt.text)
        else:
            result = hostile_qr.verifier().verify(attempt.text, nonce=attempt.nonce)
    except EidError as error:
        str(error)
        return None, error.code
    assert hasattr(result, "verdict")
    return result.verdict, result.code  # type: ignore[attr-defined]


def test_there_are_enough_of_them_and_of_many_kinds() -> None:
    assert len(_CODES) >= 120
    assert len({attempt.code for attempt in _CODES.values()}) >= 25


def test_good_codes_pass() -> None:
    """Otherwise the rest would prove nothing."""
    for number, attempt in enumerate(hostile_qr.good_codes()):
        assert judged(attempt) == (Outcome.PASSED, None), number


@pytest.mark.parametrize("name", _CODES)
def test_none_is_accepted_and_each_gets_its_own_code(name: str) -> None:
    verdict, code = judged(_CODES[name])
    assert verdict is not Outcome.PASSED
    assert code == _CODES[name].code


#: Parts of names, and the reason that a structure error of such an attempt must have.
_REASONS = {
    "exp_twice|iss_twice|identity_twice|nonce_twice|name_twice|member_twice|header_twice|kid_twice|duplicate_|_key_true|identity_key_float": "TOKEN_DUPLICATE_MEMBER",
    "wrong_tag_(mac|sign|cwt)|wrong_tags|tag_18_twice|tag_61_twice": "COSE_TAG",
    "alg_in_": "COSE_ALGORITHM_UNPROTECTED",
    "crit_": "TOKEN_CRITICAL_HEADER",
    "nan|infinite": "TOKEN_NUMBER",
    "x5u_": "TOKEN_HEADER_FORBIDDEN",
    "detached": "COSE_DETACHED",
    "text_that_is_none|surrogate": "TOKEN_TEXT",
}


def test_broken_structures_are_refused_for_what_they_are() -> None:
    looked_at = 0
    for name, attempt in _CODES.items():
        for pattern, reason in _REASONS.items():
            if attempt.code == "QR_STRUCTURE" and re.search(pattern, name):
                verify = (
                    hostile_qr.health_verifier().verify if attempt.health else hostile_qr.verifier().verify
                )
                with pytest.raises(QrStructureInvalid) as caught:
                    verify(attempt.text)
                assert caught.value.reason == reason, name
                looked_at += 1
    assert looked_at > 40


@pytest.mark.parametrize("name", _CODES)
def test_nothing_of_a_forged_or_undecided_code_looks_proven(name: str) -> None:
    attempt = _CODES[name]
    if attempt.health:
        return
    try:
        result = hostile_qr.verifier().verify(attempt.text, nonce=attempt.nonce)
    except EidError:
        return
    if result.authentic.outcome is not Outcome.PASSED:
        assert result.claims is result.person is result.kind is None
        assert result.still_valid.outcome is not Outcome.PASSED
    if result.authentic.outcome is Outcome.FAILED:
        assert result.unproven is None
    assert result.holder.outcome is Outcome.NOT_CHECKED


def test_no_code_takes_much_memory() -> None:
    """A bomb that went off would: the largest swells to two and a half megabytes."""
    for name, attempt in _CODES.items():
        judged(attempt)  # caches are filled before
        tracemalloc.start()
        try:
            judged(attempt)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < ONE_CODE, name


_CHILD = """
import json, resource, sys
sys.path.insert(0, sys.argv[1])
import hostile_qr
from eid.errors import EidError, QrStructureInvalid

def judge(attempt):
    try:
        if attempt.health:
            return hostile_qr.health_verifier().verify(attempt.text).verdict.value
        return hostile_qr.verifier().verify(attempt.text, nonce=attempt.nonce).verdict.value
    except EidError as error:
        return error.code

for attempt in hostile_qr.good_codes():
    judge(attempt)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
codes = hostile_qr.hostile_codes()
found = {name: judge(attempt) for name, attempt in codes.items()}
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"kilobytes": after - before, "passed": [n for n, c in found.items() if c == "PASSED"]}))
"""


def test_the_whole_corpus_takes_little_memory() -> None:
    """Measured in a process of its own, so that what C and Rust allocate counts, too."""
    pytest.importorskip("resource")
    folder = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": str(folder.parents[1] / "src")}
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(folder)], env=environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["passed"] == []
    assert found["kilobytes"] < MEGABYTES * 1024
