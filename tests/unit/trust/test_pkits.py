"""NIST's path validation suite: what is in the ICAO profile comes out as NIST says, the rest says why not.

Which tests are outside of the profile, and what comes of them, is the table of ``docs/pkits.md``; the
tests here compare it with what really happens.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from eid.document.checks import Outcome
from eid.errors import EidError
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate
from eid.trust.chains import VerifiedSignatures, find_chain
from eid.trust.crl import Crl
from eid.verification.policy import Policy
from eid.verification.revocation import revocation_checks

NOW = datetime(2020, 1, 1, tzinfo=UTC)
PAGE = Path(__file__).resolve().parents[3] / "docs" / "pkits.md"


@dataclass(frozen=True)
class Answer:
    """What the library says of one test: ``PASSED``, or the outcome and the code that decided."""

    outcome: str
    code: str | None = None
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.outcome} {self.code or ''}".strip()


class Suite:
    """The suite, read in place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.expected: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        self.anchor = self.certificate(self.expected["trust_anchor"])

    def certificate(self, name: str) -> Certificate:
        """One certificate."""
        return Certificate.from_der((self.folder / name).read_bytes())

    def answer(self, test: dict[str, Any]) -> Answer:
        """Chain, the signer's own validity and extensions, then revocation, which is required."""
        names = (self.expected["trust_anchor_crl"], *test["crls"])
        crls = [Crl.from_der((self.folder / name).read_bytes()) for name in names]
        trust = TrustStore.of([self.anchor], crls=crls)
        try:
            signer = self.certificate(test["end_entity"])
            between = [self.certificate(name) for name in test["intermediates"]]
        except EidError as error:
            return Answer("REFUSED", error.code)
        chain = find_chain(signer, trust, now=NOW, intermediates=between, cache=VerifiedSignatures(0))
        if chain.outcome != "PASSED":
            return Answer(chain.outcome, chain.code)
        if not signer.valid_at(NOW):
            return Answer("FAILED", "SIGNER_EXPIRED" if signer.not_after < NOW else "SIGNER_NOT_YET_VALID")
        if signer.unknown_critical:
            return Answer("UNDECIDED", "SIGNER_EXTENSION_UNKNOWN")
        checks, warnings = revocation_checks(chain, trust, Policy.stored().requiring_revocation(), NOW)
        order = (Outcome.FAILED, Outcome.UNDECIDED, Outcome.NOT_CHECKED)
        for outcome in order:
            for check in checks:
                if check.outcome is outcome:
                    return Answer(outcome.value, check.code, warnings)
        return Answer("PASSED", None, warnings)


@functools.cache
def _suite(folder: Path) -> Suite:
    return Suite(folder)


@pytest.fixture
def suite(corpora: Path) -> Suite:
    return _suite(corpora / "pkits")


def number(test: str) -> str:
    """``4.14.6`` of ``41406_...``."""
    return f"4.{int(test[1:3])}.{int(test[3:5])}"


def outside() -> dict[str, tuple[str, str]]:
    """The table of the page: number of the test, NIST's word, and what the library says instead."""
    rows = re.findall(
        r"^\| (4\.\d+\.\d+) \| [^|]+ \| (valid|invalid|revoked) \| ([^|]+?) \|",
        PAGE.read_text("utf-8"),
        re.MULTILINE,
    )
    return {test: (word, said) for test, word, said in rows}


def test_every_certificate_and_list_is_read_or_refused_with_a_code(suite: Suite) -> None:
    refused = Counter[str]()
    certificates = sorted((suite.folder / "certs").iterdir())
    lists = sorted((suite.folder / "crls").iterdir())
    assert (len(certificates), len(lists)) == (405, 173)
    for path in certificates:
        try:
            certificate = Certificate.from_der(path.read_bytes())
        except EidError as error:
            refused[f"{path.name} {error.code}"] += 1
        else:
            assert certificate.subject_text is not None  # of one it is empty
            assert certificate.public_key.kind
    for path in lists:
        try:
            assert Crl.from_der(path.read_bytes()).entries is not None
        except EidError as error:
            refused[f"{path.name} {error.code}"] += 1
    # Both have a signature that is not of whole octets.
    assert set(refused) == {
        "BadSignedCACert.crt CERTIFICATE_FORMAT",
        "InvalidDSASignatureTest6EE.crt CERTIFICATE_FORMAT",
    }


def test_what_is_in_the_profile_comes_out_as_nist_says(suite: Suite) -> None:
    elsewhere = outside()
    wrong, seen = [], Counter[str]()
    for test in suite.expected["tests"]:
        if number(test["test"]) in elsewhere:
            continue
        answer = suite.answer(test)
        word = test["expect"]
        seen[word] += 1
        # Something revoked must be called so; what is invalid may be called so on top.
        good = {
            "valid": answer.outcome == "PASSED",
            "revoked": answer.outcome == "FAILED" and str(answer.code).endswith("_REVOKED"),
            "invalid": answer.outcome != "PASSED",
        }[word]
        if not good:
            wrong.append((test["test"], word, str(answer)))
    assert wrong == []
    assert seen["valid"] >= 33
    assert seen["invalid"] >= 30
    assert seen["revoked"] >= 8


def test_what_is_outside_says_what_the_page_says(suite: Suite) -> None:
    found = {
        number(test["test"]): (test["expect"], str(suite.answer(test)))
        for test in suite.expected["tests"]
        if number(test["test"]) in outside()
    }
    assert found == outside()


def test_nothing_outside_the_profile_is_called_forged(suite: Suite) -> None:
    """A valid path that needs what is not supported stays undecided; it never fails."""
    for test, (word, said) in outside().items():
        assert word != "valid" or said.startswith(("UNDECIDED", "PASSED")), test
        # What is revoked by something unsupported passes in no case.
        assert word != "revoked" or said != "PASSED", test


def test_the_page_counts_right(suite: Suite) -> None:
    text = PAGE.read_text(encoding="utf-8")
    elsewhere = outside()
    total = len(suite.expected["tests"])
    assert f"{total} path tests" in text
    assert f"**{total - len(elsewhere)}** are in the profile" in text
    assert f"**{len(elsewhere)}** are not" in text
