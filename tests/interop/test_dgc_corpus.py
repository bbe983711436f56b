"""The common test set of the EU digital COVID certificate, and Viet Nam's health signer.

Each file says what every step of a verifier has to make of it, at a time that it gives. Steps are judged
here one by one, so that a wrong result cannot hide behind another.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cbor2
import pytest

from eid.document.checks import Outcome
from eid.encoding import base45
from eid.errors import QrError, QrStructureInvalid, QrTextInvalid
from eid.qr.envelope import unpack_text
from eid.qr.hcert import CLAIM_HCERT
from eid.qr.hcert_verifying import HcertVerifier, HealthSigners, VerifiedHcert
from eid.qr.scanning import scan_file
from eid.trust.certificates import Certificate

Vector = dict[str, Any]


@pytest.fixture(scope="module")
def vectors(corpora: Path) -> dict[str, Vector]:
    folder = corpora / "dgc_common"
    if not folder.is_dir():
        pytest.skip("the dgc_common corpus is not here")
    listed = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return {
        Path(each["file"]).stem: {
            **json.loads((folder / each["file"]).read_text(encoding="utf-8")),
            "verdict": each["verdict"],
        }
        for each in listed
    }


def certificate_of(vector: Vector) -> Certificate:
    return Certificate.from_der(base64.b64decode(vector["TESTCTX"]["CERTIFICATE"]))


def verify(vector: Vector, *certificates: Certificate) -> VerifiedHcert:
    clock = dt.datetime.fromisoformat(vector["TESTCTX"]["VALIDATIONCLOCK"])
    signers = HealthSigners(certificates or [certificate_of(vector)])
    assert signers.problems == ()
    return HcertVerifier(signers=signers, clock=lambda: clock).verify(vector["PREFIX"])


def expecting(vectors: dict[str, Vector], step: str) -> dict[str, tuple[Vector, bool]]:
    """The vectors that say something about *step*, with what they say."""
    return {
        name: (vector, vector["EXPECTEDRESULTS"][step])
        for name, vector in vectors.items()
        if step in vector["EXPECTEDRESULTS"]
    }


def raises(step: Callable[[], object]) -> str | None:
    """The code of the error, or ``None``."""
    try:
        step()
    except QrError as error:
        return error.code
    return None


def test_the_corpus_is_complete(vectors: dict[str, Vector]) -> None:
    assert len(vectors) == 38
    assert sum(v["verdict"] == "VALID" for v in vectors.values()) == 16


#: The list's own verdict on the whole, and the code that we give for it.
VERDICTS = {
    "B1": "QR_TEXT",
    "CBO1": "QR_CLAIM_MISSING",
    "CBO2": "QR_STRUCTURE",
    "CO5": "QR_SIGNATURE_INVALID",
    **dict.fromkeys(("CO6", "CO7", "CO8", "CO9", "CO10", "CO11"), "QR_SIGNER_NOT_ENTITLED"),
    "CO16": "QR_NOT_YET_VALID",
    "CO17": "QR_EXPIRED",
    **dict.fromkeys(("CO22", "CO23"), "UNKNOWN_KEY"),
    **dict.fromkeys(("DGC1", "DGC2"), "QR_CLAIM"),
    **dict.fromkeys(("H1", "H2", "H3"), "QR_TEXT"),
    **dict.fromkeys(("Z1", "Z2"), "QR_COMPRESSION"),
}
#: Good codes that the list calls invalid for a picture that cannot be read, or by mistake in its column.
SOUND_TEXT = {"Q1", "DGC3", "DGC4", "DGC5", "DGC6"}


def test_every_vector_gets_its_verdict_and_code(vectors: dict[str, Vector]) -> None:
    for name, vector in vectors.items():
        try:
            result = verify(vector)
        except QrError as error:
            verdict, code = None, error.code
        else:
            verdict, code = result.verdict, result.code
        assert code == VERDICTS.get(name), name
        assert (verdict is Outcome.PASSED) == (name not in VERDICTS), name
        if name not in SOUND_TEXT:
            assert (verdict is Outcome.PASSED) == (vector["verdict"] == "VALID"), name


def test_prefix(vectors: dict[str, Vector]) -> None:
    for name, (vector, expected) in expecting(vectors, "EXPECTEDUNPREFIX").items():
        code = raises(lambda text=vector["PREFIX"]: unpack_text(text, prefix="HC1:"))
        assert (code is None or name in ("B1", "Z1", "Z2")) == expected, name


def test_base45(vectors: dict[str, Vector]) -> None:
    for name, (vector, expected) in expecting(vectors, "EXPECTEDB45DECODE").items():
        code = raises(lambda text=vector["PREFIX"]: unpack_text(text, prefix="HC1:"))
        assert (code != QrTextInvalid.code) == expected, name
        if expected and "COMPRESSED" in vector:
            octets = base45.decode(vector["PREFIX"].removeprefix("HC1:"), limit=5000)
            assert octets == bytes.fromhex(vector["COMPRESSED"]), name


def test_compression(vectors: dict[str, Vector]) -> None:
    for name, (vector, expected) in expecting(vectors, "EXPECTEDCOMPRESSION").items():
        code = raises(lambda text=vector["PREFIX"]: unpack_text(text, prefix="HC1:"))
        assert (code is None) == expected, name
        if expected:
            assert unpack_text(vector["PREFIX"], prefix="HC1:") == bytes.fromhex(vector["COSE"]), name


def payload_of(vector: Vector) -> Any:
    message = cbor2.loads(unpack_text(vector["PREFIX"], prefix="HC1:"))
    while isinstance(message, cbor2.CBORTag):
        message = message.value
    return cbor2.loads(message[2])[CLAIM_HCERT][1]


def test_decoding(vectors: dict[str, Vector]) -> None:
    for name, (vector, expected) in expecting(vectors, "EXPECTEDDECODE").items():
        code = raises(lambda vector=vector: verify(vector))
        assert (code is None) == expected, name
    for name, (vector, expected) in expecting(vectors, "EXPECTEDVALIDJSON").items():
        assert (payload_of(vector) == vector["JSON"]) == expected, name


def test_signature(vectors: dict[str, Vector]) -> None:
    for name, (vector, expected) in expecting(vectors, "EXPECTEDVERIFY").items():
        if raises(lambda vector=vector: verify(vector)) == QrStructureInvalid.code:
            assert not expected, name
            continue
        assert (verify(vector).authentic.outcome is Outcome.PASSED) == expected, name


def test_key_usage(vectors: dict[str, Vector]) -> None:
    for name, (vector, expected) in expecting(vectors, "EXPECTEDKEYUSAGE").items():
        assert (verify(vector).authentic.code != "QR_SIGNER_NOT_ENTITLED") == expected, name


def test_expiry(vectors: dict[str, Vector]) -> None:
    for name, (vector, expected) in expecting(vectors, "EXPECTEDEXPIRATIONCHECK").items():
        check = verify(vector).still_valid.check("times")
        assert check is not None
        assert (check.outcome is Outcome.PASSED) == expected, name


def test_picture(vectors: dict[str, Vector], tmp_path: Path) -> None:
    pytest.importorskip("zxingcpp")
    for name, (vector, expected) in expecting(vectors, "EXPECTEDPICTUREDECODE").items():
        if "2DCODE" not in vector:
            continue
        path = tmp_path / f"{name}.png"
        path.write_bytes(base64.b64decode(vector["2DCODE"]))
        try:
            found = [each.text for each in scan_file(path)]
        except QrError:
            found = []
        assert (found == [vector["PREFIX"]]) == expected, name


# --- the schema, which is for a schema validator and not for us ------------------------------------

_TEXT = {"type": "string", "minLength": 1, "maxLength": 80}
_DATE = {"type": "string", "pattern": r"^20\d\d-\d\d-\d\d"}
_COUNT = {"type": "integer", "minimum": 1, "maximum": 9}


def _entry(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": properties}


def _one(entry: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "maxItems": 1, "items": entry}


#: What schema 1.3.0 of the eHealth Network asks for, in as much as the vectors need it.
SCHEMA = {
    "type": "object",
    "required": ["ver", "nam", "dob"],
    "properties": {
        "ver": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
        "dob": {"type": "string", "pattern": r"^((19|20)\d\d(-\d\d){0,2})?$"},
        "nam": {
            "type": "object",
            "required": ["fnt"],
            "properties": {"fn": _TEXT, "gn": _TEXT, "fnt": {"type": "string", "pattern": "^[A-Z<]*$"}},
        },
        "v": _one(
            _entry("tg vp mp ma dn sd dt co is ci", dn=_COUNT, sd=_COUNT, dt=_DATE, ci=_TEXT, tg=_TEXT)
        ),
        "t": _one(_entry("tg tt sc tr co is ci", sc=_DATE, tr=_TEXT, ci=_TEXT)),
        "r": _one(_entry("tg fr co is df du ci", fr=_DATE, df=_DATE, du=_DATE, ci=_TEXT)),
    },
    "oneOf": [{"required": ["v"]}, {"required": ["t"]}, {"required": ["r"]}],
}


def test_schema(vectors: dict[str, Vector]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(SCHEMA)
    found = expecting(vectors, "EXPECTEDSCHEMAVALIDATION")
    assert len(found) == 7
    for name, (vector, expected) in found.items():
        assert validator.is_valid(payload_of(vector)) == expected, name
        # What the schema refuses is not read either.
        assert (raises(lambda vector=vector: verify(vector)) is None) == expected, name


# --- damage --------------------------------------------------------------------------------------


def parts_of(vector: Vector) -> list[Any]:
    return list(cbor2.loads(bytes.fromhex(vector["COSE"])).value)


def with_parts(vector: Vector, parts: list[Any]) -> Vector:
    from eid.qr.envelope import pack_text

    return {**vector, "PREFIX": pack_text(cbor2.dumps(cbor2.CBORTag(18, parts)), prefix="HC1:")}


@pytest.mark.parametrize("name", ["CO1", "CO2", "CO3", "CO12", "CO14"])
def test_an_altered_payload_is_forged(vectors: dict[str, Vector], name: str) -> None:
    protected, unprotected, payload, signature = parts_of(vectors[name])
    claims = cbor2.loads(payload)
    claims[4] += 1
    altered = with_parts(vectors[name], [protected, unprotected, cbor2.dumps(claims), signature])
    result = verify(altered)
    assert (result.verdict, result.code) == (Outcome.FAILED, "QR_SIGNATURE_INVALID")
    assert result.certificate is None
    assert result.unproven is None


def test_a_wrong_key_under_the_right_name_is_forged(vectors: dict[str, Vector]) -> None:
    mine, other = certificate_of(vectors["CO3"]), certificate_of(vectors["CO12"])
    signers = HealthSigners([other])
    signers._by_kid = {hashlib.sha256(mine.raw).digest()[:8]: list(signers)}  # as if hashes were equal
    clock = dt.datetime.fromisoformat(vectors["CO3"]["TESTCTX"]["VALIDATIONCLOCK"])
    result = HcertVerifier(signers=signers, clock=lambda: clock).verify(vectors["CO3"]["PREFIX"])
    assert (result.verdict, result.code) == (Outcome.FAILED, "QR_SIGNATURE_INVALID")


def test_with_another_trust_list_nothing_is_known(vectors: dict[str, Vector]) -> None:
    result = verify(vectors["CO3"], certificate_of(vectors["CO12"]))
    assert (result.verdict, result.code) == (Outcome.UNDECIDED, "UNKNOWN_KEY")


def test_all_have_expired_today(vectors: dict[str, Vector]) -> None:
    vector = vectors["CO28"]
    today = HcertVerifier(
        signers=HealthSigners([certificate_of(vector)]),
        clock=lambda: dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
    ).verify(vector["PREFIX"])
    assert (today.verdict, today.code) == (Outcome.FAILED, "QR_EXPIRED")
    check = today.still_valid.check("signer_validity")
    assert check is not None
    assert check.code == "QR_SIGNER_EXPIRED"


# --- Viet Nam ------------------------------------------------------------------------------------


@pytest.fixture
def vietnamese_signer(corpora: Path) -> tuple[Certificate, dict[str, Any]]:
    folder = corpora / "vn_dcc"
    if not folder.is_dir():
        pytest.skip("the vn_dcc corpus is not here")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return Certificate.from_der((folder / "vn_dcc_dsc.der").read_bytes()), expected


def test_the_vietnamese_health_signer_loads(vietnamese_signer: tuple[Certificate, dict[str, Any]]) -> None:
    certificate, expected = vietnamese_signer
    signers = HealthSigners([certificate])
    assert signers.problems == ()
    (signer,) = signers
    assert signer.key.alg == "PS256"
    assert base64.b64encode(bytes.fromhex(signer.key.kid)).decode() == "ZtJVElOdWm0="
    assert certificate.country == "VN"
    assert signers.named(base64.b64decode("ZtJVElOdWm0=")) == (signer,)
    assert signer.entitled is None  # it names other usages than those of vaccination, test and recovery
    assert set(certificate.subject_text.split(",")) == set(expected["subject"].split(","))
    assert certificate.not_after.isoformat() == expected["not_after"]
