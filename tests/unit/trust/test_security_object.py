"""EF.SOD: the list of hashes inside the signature."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.document.sod import MAX_SOD, SecurityObject
from eid.encoding import der
from eid.encoding.tlv import tlv
from eid.errors import CmsError, DocumentError, EidError, EncodingError, LimitExceeded, UnsupportedAlgorithm
from eid.simulator.issuer import TestIssuer

ISSUER = TestIssuer.create("ecdsa-secp256r1-sha256")
FILES = {"DG1": b"one", "DG2": b"two"}
SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))
ENTRY = der.sequence(der.integer(1), tlv(der.OCTET_STRING, b"h"))


def signed(content: bytes, kind: str = "2.23.136.1.1.1") -> bytes:
    return tlv(0x77, ISSUER.sign_content(content, content_type=kind))


def lds(*groups: bytes, algorithm: bytes = SHA256, tail: bytes = b"") -> bytes:
    return der.sequence(der.integer(0), algorithm, der.sequence(*groups), tail)


def test_a_security_object_reads_as_it_was_made() -> None:
    found = SecurityObject.parse(ISSUER.sign_sod(FILES, hash_name="sha512"))
    assert (found.lds_version, found.hash_name, found.lds_info) == (0, "sha512", None)
    assert set(found.hashes) == {1, 2}
    assert len(found.hashes[1]) == 64
    assert SecurityObject.parse(ISSUER.sign_sod(FILES, lds_version=1)).lds_info == ("0108", "040000")


def test_the_bsi_specimen_reads_as_its_readme_says(corpora: Path) -> None:
    found = SecurityObject.parse((corpora / "bsi_silver/EF_SOD.bin").read_bytes())
    assert (found.lds_version, found.hash_name, sorted(found.hashes)) == (0, "sha256", [1, 2, 3, 4, 14])


@pytest.mark.parametrize("kind", ["2.23.136.1.1.1", "1.3.27.1.1.1", "1.2.528.1.1006.1.20.1"])
def test_content_types_of_older_documents_are_accepted(kind: str) -> None:
    assert SecurityObject.parse(signed(lds(ENTRY), kind)).hashes == {1: b"h"}


@pytest.mark.parametrize(
    "data",
    [
        signed(lds(ENTRY), "2.23.136.1.1.2"),  # a master list is no security object
        signed(b""),
        signed(der.sequence(der.integer(0))),
        signed(lds(ENTRY, algorithm=der.sequence())),
        signed(lds()),
        signed(lds(ENTRY, ENTRY)),
        signed(lds(der.sequence(der.integer(0), tlv(der.OCTET_STRING, b"h")))),
        signed(lds(der.sequence(der.integer(17), tlv(der.OCTET_STRING, b"h")))),
        signed(lds(der.sequence(der.integer(1)))),
        signed(lds(ENTRY, tail=der.sequence(der.integer(1), der.integer(1)))),
    ],
    ids=[
        "type",
        "empty",
        "short",
        "no hash",
        "no group",
        "twice",
        "group 0",
        "group 17",
        "no value",
        "versions",
    ],
)
def test_other_content_is_no_security_object(data: bytes) -> None:
    with pytest.raises(DocumentError):
        SecurityObject.parse(data)


def test_what_is_no_signature_file_is_refused() -> None:
    with pytest.raises(EncodingError):
        SecurityObject.parse(b"")
    with pytest.raises(EncodingError):
        SecurityObject.parse(tlv(0x61, b""))
    with pytest.raises(CmsError):
        SecurityObject.parse(tlv(0x77, b""))
    with pytest.raises(LimitExceeded):
        SecurityObject.parse(b"\x77" * (MAX_SOD + 1))


def _bare(*, content: bool, signer: bool) -> bytes:
    kind = der.oid("2.23.136.1.1.1")
    body = tlv(0xA0, tlv(der.OCTET_STRING, lds(ENTRY))) if content else b""
    info = der.sequence(
        der.integer(1),
        der.sequence(der.sequence(), der.integer(1)),
        SHA256,
        SHA256,
        tlv(der.OCTET_STRING, b""),
    )
    inner = der.sequence(
        der.integer(3), der.set_of([]), der.sequence(kind, body), der.set_of([info] if signer else [])
    )
    return tlv(0x77, der.sequence(der.oid("1.2.840.113549.1.7.2"), tlv(0xA0, inner)))


def test_without_content_or_signature_it_is_none() -> None:
    assert SecurityObject.parse(_bare(content=True, signer=True)).hashes == {1: b"h"}
    for data in (_bare(content=False, signer=True), _bare(content=True, signer=False)):
        with pytest.raises(DocumentError):
            SecurityObject.parse(data)


def test_an_unknown_hash_function_is_unsupported_and_no_forgery() -> None:
    with pytest.raises(UnsupportedAlgorithm):
        SecurityObject.parse(signed(lds(ENTRY, algorithm=der.sequence(der.oid("1.2.840.113549.2.5")))))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=6), st.integers(0, 2000), st.integers(0, 4))
def test_damaged_files_raise_only_errors_of_the_library(new: bytes, at: int, drop: int) -> None:
    seed = signed(lds(ENTRY))
    at %= len(seed)
    with contextlib.suppress(EidError):
        SecurityObject.parse(seed[:at] + new + seed[at + drop :])
