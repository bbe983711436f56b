"""The draft's own examples of status lists: same lists, same statuses, same signatures."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eid.crypto.cose import TAGGED, parse_sign1, verify_sign1
from eid.crypto.keys import Key, KeySet
from eid.encoding import base64url, strict_cbor
from eid.errors import TokenExpired
from eid.tokens.cwt import read_cwt
from eid.tokens.status.lists import Form, StatusList, StatusListToken, read_status_list
from eid.tokens.status.reference import StatusReference

URI = "https://example.com/statuslists/1"
#: Within the validity of the examples.
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(corpora: Path) -> Path:
    return corpora / "status_list"


@pytest.fixture(scope="module")
def vectors(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "vectors.json").read_text())
    return found


def text_of(path: Path) -> str:
    """The example without the line breaks of the draft."""
    return "".join(path.read_text().split())


def test_the_lists_have_the_draft_s_statuses_in_both_forms(folder: Path, vectors: dict[str, Any]) -> None:
    assert len(vectors["encodings"]) == 6
    for vector in vectors["encodings"]:
        in_json = json.loads(text_of(folder / vector["json"]).rpartition("encoded:")[2])
        in_cbor = strict_cbor.loads(
            bytes.fromhex(text_of(folder / vector["cbor"]).rpartition("encoded:")[2]), limit=1 << 20
        )
        assert in_json == {"bits": vector["bits"], "lst": vector["lst"]}
        compressed = base64url.decode(in_json["lst"], limit=1 << 20)
        assert in_cbor == {"bits": vector["bits"], "lst": compressed}
        statuses = StatusList.from_compressed(compressed, bits=vector["bits"])
        assert len(statuses) == vector["entries"]
        assert hashlib.sha256(statuses._octets).hexdigest() == vector["sha256_of_list"]
        nonzero = {int(index): status for index, status in vector["nonzero"].items()}
        assert {index: status for index in range(len(statuses)) if (status := statuses[index])} == nonzero
        assert StatusList.of(vector["entries"], bits=vector["bits"], entries=nonzero) == statuses
        assert statuses.tally().get(0, 0) == vector["entries"] - vector["nonzero_count"]


@pytest.fixture(scope="module")
def keys(vectors: dict[str, Any]) -> KeySet:
    return KeySet([Key.from_jwk(vectors["public_key_jwk"])])


def check(found: StatusListToken, form: Form) -> None:
    assert (found.form, found.uri, found.ttl) == (form, URI, timedelta(seconds=43_200))
    assert (int(found.issued_at.timestamp()), found.expires_at) == (
        1_686_920_170,
        datetime.fromtimestamp(2_291_720_170, UTC),
    )
    assert found.statuses._octets.hex() == "b9a3"


def test_the_signed_list_as_jwt(folder: Path, keys: KeySet) -> None:
    token = text_of(folder / "examples/status_list_jwt_raw.md").encode()
    check(read_status_list(token, uri=URI, keys=keys, now=NOW), Form.JWT)
    with pytest.raises(TokenExpired):
        read_status_list(token, uri=URI, keys=keys, now=datetime(2043, 1, 1, tzinfo=UTC))


def test_the_signed_list_as_cwt(folder: Path, keys: KeySet) -> None:
    token = bytes.fromhex(text_of(folder / "examples/status_list_cwt.md"))
    check(read_status_list(token, uri=URI, keys=keys, now=NOW), Form.CWT)


def test_the_credential_that_refers_to_it(folder: Path, keys: KeySet) -> None:
    octets = bytes.fromhex(text_of(folder / "examples/referenced_token_cwt.md"))
    message = parse_sign1(octets, wrappings=frozenset({TAGGED}), limit=4096)
    key = keys.get("12")
    assert key is not None
    verify_sign1(message, key)
    cwt = read_cwt(message.payload or b"", limit=4096)
    assert (cwt.subject, cwt.issuer, cwt.status) == ("12345", "https://example.com", StatusReference(URI, 0))
