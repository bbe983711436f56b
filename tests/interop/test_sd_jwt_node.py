"""SD-JWTs across implementations: ours and ``@sd-jwt/core`` from npm, which a first run installs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jwt.algorithms import ECAlgorithm

from eid.crypto.keys import SoftwareSigner
from eid.tokens.credentials import Credential
from eid.tokens.jws import parse_claims
from eid.tokens.sd_jwt import Path as Place
from eid.tokens.sd_jwt import hash_name, parse_sd_jwt, verify_sd_jwt
from eid.tokens.sd_jwt.issuing import issue_sd_jwt
from eid.tokens.sd_jwt.key_binding import check_key_binding

sys.path.insert(0, str(Path(__file__).resolve().parent))

from sd_jwt_cases import Case, cases

HERE = Path(__file__).resolve().parent
PACKAGE = "@sd-jwt/core@0.19.0"
ISSUER, HOLDER = SoftwareSigner.generate(kid="issuer"), SoftwareSigner.generate(kid="holder")
AT = 1_800_000_000
NOW = datetime.fromtimestamp(AT, UTC)
AUDIENCE, NONCE = "https://verifier.example", "n-1234"

Node = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def node() -> Node:
    """Runs commands in one process of node."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        pytest.skip("needs node and npm")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if int(re.findall(r"[0-9]+", version)[0]) < 20:
        pytest.skip(f"needs node 20 or newer, not {version.strip()}")
    folder = Path(os.environ.get("EID_NPM_CACHE") or HERE.parents[1] / "build" / "npm")
    if not (folder / "node_modules" / "@sd-jwt" / "core").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", ".", PACKAGE]
        try:
            subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=True)
        except (subprocess.SubprocessError, OSError):
            pytest.skip(f"{PACKAGE} cannot be installed: no npm registry in reach")

    def run(commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
        done = subprocess.run(
            [program, str(HERE / "sd_jwt_node.mjs"), str(folder)],
            input=json.dumps(commands),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    return run


@pytest.fixture(scope="module")
def some_cases(corpora: Path) -> list[Case]:
    """All but those that name the whole payload themselves."""
    return [case for case in cases(corpora) if not {"iss", "iat", "cnf"} & case.claims.keys()]


def private(signer: SoftwareSigner) -> dict[str, Any]:
    jwk: dict[str, Any] = ECAlgorithm.to_jwk(signer._private, as_dict=True)
    return jwk


def public(signer: SoftwareSigner) -> dict[str, Any]:
    jwk: dict[str, Any] = ECAlgorithm.to_jwk(signer.key.public, as_dict=True)
    return jwk


def whole(case: Case) -> dict[str, Any]:
    return {
        "iss": "https://issuer.example",
        "iat": AT - 100,
        "exp": AT + 100_000,
        "vct": "https://credentials.example/corpus",
        "cnf": {"jwk": public(HOLDER)},
        **case.claims,
    }


def disclosure_frame(places: Iterable[Place]) -> dict[str, Any]:
    frame: dict[str, Any] = {}
    for path in places:
        inside = frame
        for part in path[:-1]:
            inside = inside.setdefault(str(part), {})
        inside.setdefault("_sd", []).append(path[-1])
    return frame


def presentation_frame(places: Iterable[Place]) -> dict[str, Any]:
    frame: dict[str, Any] = {}
    for path in places:
        inside = frame
        for part in path[:-1]:
            inside = inside.setdefault(str(part), {})
            if inside is True:
                break
        else:
            inside.setdefault(str(path[-1]), True)
    return frame


def checked(text: str) -> dict[str, Any]:
    """What we say of a presentation with key binding."""
    parsed = parse_sd_jwt(text)
    payload = parse_claims(parsed.jws.payload)
    check_key_binding(parsed, payload, hash_name=hash_name(payload), audience=AUDIENCE, nonce=NONCE, now=NOW)
    return verify_sd_jwt(parsed, ISSUER.key)


def test_what_node_issues_we_hold_show_and_verify(node: Node, some_cases: list[Case]) -> None:
    commands = [
        {
            "op": "issue",
            "claims": whole(case),
            "frame": disclosure_frame(case.disclosable),
            "key": private(ISSUER),
            "header": {"typ": "dc+sd-jwt", "kid": "issuer"},
            "hash": name,
        }
        for name in ("sha-256", "sha-384", "sha-512")
        for case in some_cases
    ]
    answers = node(commands)
    assert len(answers) == 3 * len(some_cases) > 90
    for command, answer, case in zip(commands, answers, some_cases * 3, strict=True):
        credential = Credential.parse(answer["ok"])
        assert credential.claims == {n: v for n, v in case.claims.items() if n != "vct"}, case.name
        assert sorted(map(str, credential.fields)) == sorted(map(str, case.disclosable)), case.name
        assert credential._hash_name == command["hash"]
        text = credential.present(case.shown, audience=AUDIENCE, nonce=NONCE, signer=HOLDER, now=NOW).text
        seen = checked(text)
        if case.expected is not None:
            assert {name: seen[name] for name in seen if name in case.claims} == case.expected, case.name


def test_what_we_issue_node_shows_and_we_verify(node: Node, some_cases: list[Case]) -> None:
    commands = [
        {
            "op": "present",
            "text": ours(case, decoys=0),  # it counts decoys as elements, so that numbers would differ
            "frame": presentation_frame(case.shown),
            "holder": private(HOLDER),
            "kb": {"iat": AT, "aud": AUDIENCE, "nonce": NONCE},
        }
        for case in some_cases
    ]
    for answer, case in zip(node(commands), some_cases, strict=True):
        seen = checked(answer["ok"])
        if case.expected is not None:
            assert {name: seen[name] for name in seen if name in case.claims} == case.expected, case.name


def test_what_we_issue_and_show_node_verifies(node: Node, some_cases: list[Case]) -> None:
    texts = [
        Credential.parse(ours(case, decoys=2))
        .present(case.shown, audience=AUDIENCE, nonce=NONCE, signer=HOLDER, now=NOW)
        .text
        for case in some_cases
    ]
    verify = {"op": "verify", "key": public(ISSUER), "nonce": NONCE, "now": AT}
    answers = node([{**verify, "text": text} for text in texts])
    for text, answer, case in zip(texts, answers, some_cases, strict=True):
        assert answer["ok"]["payload"] == checked(text), case.name
        assert answer["ok"]["kb"]["aud"] == AUDIENCE
    other = public(SoftwareSigner.generate())
    refused = node(
        [
            {**verify, "text": texts[0], "key": other},
            {**verify, "text": texts[0], "nonce": "another"},
            {**verify, "text": texts[0], "now": AT + 10**6},
        ]
    )
    assert all("error" in answer for answer in refused)


def ours(case: Case, *, decoys: int) -> str:
    return issue_sd_jwt(
        whole(case),
        disclosable=case.disclosable,
        signer=ISSUER,
        header={"typ": "dc+sd-jwt"},
        decoys=decoys,
    )
