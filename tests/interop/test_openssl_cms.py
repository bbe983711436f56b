"""Our CMS verification and ``openssl cms -verify`` agree on 200 security objects, good and altered."""

from __future__ import annotations

import functools
import itertools
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eid.encoding.tlv import parse
from eid.errors import CmsError, InvalidSignature
from eid.simulator.issuer import PrivateKey, Scheme, TestIssuer
from eid.trust.cms import parse_signed_data, signer_certificate, verify_signer

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="the openssl program is not installed")

HASHES = ("sha1", "sha224", "sha256", "sha384", "sha512")
CURVES = ("secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1")
COUNT = 200


@dataclass(frozen=True)
class Case:
    """One way to sign."""

    name: str
    scheme: Scheme
    sid: str
    plain_rsa: bool = False
    signing_time: datetime | None = None
    lds_version: int = 0


def schemes() -> Iterator[tuple[str, Scheme, bool]]:
    for hash_name, bits in itertools.product(HASHES, (2048, 3072)):
        for plain in (False, True):
            yield f"rsa-{bits}-{hash_name}-{plain}", Scheme.parse(f"rsa-{bits}-{hash_name}"), plain
    for hash_name in HASHES:
        base = Scheme.parse(f"rsapss-2048-{hash_name}")
        for salt, mgf in itertools.product((None, 0, 20, 97), (None, "sha1", "sha256")):
            yield f"pss-{hash_name}-{salt}-{mgf}", replace(base, salt_length=salt, mgf_hash=mgf), False
    for curve, hash_name in itertools.product(CURVES, HASHES):
        yield f"ecdsa-{curve}-{hash_name}", Scheme.parse(f"ecdsa-{curve}-{hash_name}"), False


def cases() -> list[Case]:
    times = (None, datetime(2026, 3, 1, tzinfo=UTC))
    variants = itertools.cycle(itertools.product(("issuer", "ski"), times, (0, 1)))
    all_schemes = itertools.islice(itertools.cycle(schemes()), COUNT)
    return [
        Case(f"{i}-{name}", scheme, sid, plain, time, version)
        for i, ((name, scheme, plain), (sid, time, version)) in enumerate(
            zip(all_schemes, variants, strict=False)
        )
    ]


@functools.cache
def key(kind: str) -> PrivateKey:
    return Scheme.parse(kind).new_key()


@functools.cache
def issuer(kind: str) -> TestIssuer:
    return TestIssuer.create(kind, csca_algorithm="ecdsa-secp256r1-sha256", ds_key=key(kind))


def sign(case: Case) -> bytes:
    scheme = case.scheme
    name = scheme.curve.name if scheme.curve else scheme.bits
    kind = f"{'ecdsa' if scheme.curve else 'rsa'}-{name}-sha256"
    sod = replace(issuer(kind), scheme=scheme).sign_sod(
        {"DG1": case.name.encode(), "DG2": b"portrait"},
        sid=case.sid,
        signing_time=case.signing_time,
        plain_rsa=case.plain_rsa,
        lds_version=case.lds_version,
    )
    return parse(sod, 0x77).value


def altered(data: bytes, number: int) -> bytes:
    """One bit changed in the content, in the signed message digest or in the signature, by turns."""
    signed = parse_signed_data(data)
    (signer,) = signed.signers
    (digest,) = signer.attributes()["1.2.840.113549.1.9.4"]
    assert signed.content is not None
    part = (signed.content, digest.value, signer.signature)[number % 3]
    assert data.count(part) == 1
    changed = bytearray(data)
    changed[data.index(part) + len(part) - 1 - number % 7] ^= 1 << number % 8
    return bytes(changed)


def ours(data: bytes) -> bool:
    try:
        signed = parse_signed_data(data)
        certificate = signer_certificate(signed.signers[0], signed.certificates)
        assert certificate is not None
        verify_signer(signed, signed.signers[0], certificate)
    except (InvalidSignature, CmsError):
        return False
    return True


def theirs(path: Path) -> bool:
    assert OPENSSL is not None
    run = subprocess.run(
        [
            OPENSSL,
            "cms",
            "-verify",
            "-inform",
            "DER",
            "-in",
            path,
            "-noverify",
            "-binary",
            "-out",
            "/dev/null",
        ],
        capture_output=True,
        check=False,
    )
    if run.returncode != 0:
        assert b"erification failure" in run.stderr, run.stderr.decode()
    return run.returncode == 0


def test_verdicts_agree_on_200_security_objects_good_and_altered(tmp_path: Path) -> None:
    kinds = {case.scheme.kind for case in cases()}
    assert kinds == {"rsa", "rsapss", "ecdsa"}
    assert {case.scheme.hash_name for case in cases()} == set(HASHES)
    disagreements = []
    for number, case in enumerate(cases()):
        data = sign(case)
        for expected, octets in ((True, data), (False, altered(data, number))):
            path = tmp_path / "sod.der"
            path.write_bytes(octets)
            found = ours(octets), theirs(path)
            if found != (expected, expected):
                disagreements.append((case.name, expected, found))
    assert disagreements == []
