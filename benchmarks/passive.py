"""Trust: loading a store, and verifying security objects beside the raw checks and an asn1crypto reader.

    python benchmarks/passive.py [--sods 10000] [--json]

Every security object has a document signer certificate and key of its own unless the row says otherwise,
so that no memory of the library helps. *Raw* is the same signature checks on the same octets: the keys
made from their points or numbers, everything else known beforehand.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import ModuleType

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import load_der_public_key
from measure import Row

import eid
from eid.crypto import keys
from eid.crypto.signatures import digest
from eid.document.profile import ICAO
from eid.document.sod import SecurityObject
from eid.encoding.tlv import parse, tlv
from eid.simulator.issuer import TestIssuer
from eid.simulator.lists import sign_master_list
from eid.trust import certificates, chains, names, oddities, sources, storage
from eid.trust.certificates import Certificate
from eid.trust.chains import find_chain
from eid.trust.cms import parse_signed_data, signer_certificate, verify_signer
from eid.verification import signers

NOW = datetime(2026, 3, 1, tzinfo=UTC)
_DG1 = b"\x61\x5f\x1f\x5c" + bytes(92)
_GROUPS = {f"DG{n}": _DG1 + bytes((n,)) for n in (1, 2, 3, 11, 12, 13, 14, 15)}

#: One check without anything around it.
Check = Callable[[], None]


@dataclass(frozen=True)
class Stack:
    """Security objects of one country.

    :param sods: EF.SOD.
    :param signers: the certificates of the document signers.
    """

    csca: bytes
    sods: tuple[bytes, ...]
    signers: tuple[bytes, ...]


def stack(algorithm: str, count: int, signers: int) -> Stack:
    """*count* security objects by *signers* document signers."""
    first = TestIssuer.create(algorithm)
    made = [first]
    for _ in range(signers - 1):
        made.append(TestIssuer.create(algorithm, csca_key=first.csca_key, csca_der=first.csca_der))
    sods = []
    for number in range(count):
        groups = {**_GROUPS, "DG1": _DG1 + number.to_bytes(4, "big")}
        sods.append(made[number % signers].sign_sod(groups, lds_version=1, signing_time=NOW))
    return Stack(first.csca_der, tuple(sods), tuple(one.ds_der for one in made))


# --- raw -----------------------------------------------------------------------------------------


def raw_check(certificate: Certificate, signature: bytes, message: bytes, hash_name: str) -> Check:
    """The check of one signature, the key from its numbers."""
    algorithm = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384()}[hash_name]
    native = load_der_public_key(certificate.spki)
    if isinstance(native, ec.EllipticCurvePublicKey):
        curve, point = native.curve, parse(certificate.spki).children()[1].value[1:]

        def elliptic() -> None:
            key = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
            digested = digest(hash_name, message)
            key.verify(signature, digested, ec.ECDSA(utils.Prehashed(algorithm)))

        return elliptic
    assert isinstance(native, rsa.RSAPublicKey)
    numbers = native.public_numbers()

    def modular() -> None:
        key = rsa.RSAPublicNumbers(numbers.e, numbers.n).public_key()
        key.verify(signature, message, padding.PKCS1v15(), algorithm)

    return modular


def raw_checks(one: Stack) -> tuple[list[Check], list[Check]]:
    """For each security object: the check of its own signature, and of its signer's certificate."""
    csca = Certificate.from_der(one.csca)
    own, above = [], []
    for octets in one.sods:
        signed = SecurityObject.parse(octets).signed_data
        (signer,), (certificate,) = signed.signers, signed.certificates
        assert signer.signed_attributes is not None
        message = tlv(0x31, signer.signed_attributes.value)
        own.append(raw_check(certificate, signer.signature, message, signer.hash_name))
        hash_name = certificate.signature_algorithm.hash_name
        above.append(raw_check(csca, certificate.signature, certificate.tbs, hash_name))
    return own, above


# --- ours and a peer -----------------------------------------------------------------------------


def verify_sod(octets: bytes, trust: eid.TrustStore, cache: chains.VerifiedSignatures) -> None:
    """EF.SOD from its octets to a trusted signer: structure, chain, signature."""
    sod = SecurityObject.parse(octets)
    signed = sod.signed_data
    signer = signed.signers[0]
    certificate = signer_certificate(signer, signed.certificates)
    assert certificate is not None
    assert find_chain(certificate, trust, now=NOW, cache=cache).outcome == "PASSED"
    verify_signer(signed, signer, certificate)
    assert sod.hashes


def verify_whole(octets: bytes, trust: eid.TrustStore) -> None:
    """The same through ``verify``, with its report and all that it says."""
    report = eid.verify(
        eid.Evidence({"EF.SOD": octets}), trust=trust, policy=eid.Policy.stored(), profile=ICAO, now=NOW
    )
    assert report.authentic.code == "DATA_GROUPS_MISSING"


def asn1crypto_sod(octets: bytes, issuers: dict[bytes, object]) -> None:
    """The same steps with asn1crypto for reading and ``cryptography`` for keys, as most code has it."""
    from asn1crypto import cms, core, x509

    content = cms.ContentInfo.load(parse(octets, 0x77).value)
    signed = content["content"]
    signer = signed["signer_infos"][0]
    sid = signer["sid"].chosen
    for choice in signed["certificates"]:
        certificate = choice.chosen
        if certificate.serial_number == sid["serial_number"].native and certificate.issuer == sid["issuer"]:
            break
    else:
        raise AssertionError("no certificate")
    assert isinstance(certificate, x509.Certificate)
    issuer = issuers[certificate.authority_key_identifier]
    assert certificate["tbs_certificate"]["validity"]["not_after"].native > NOW
    _peer_verify(issuer, certificate["signature_algorithm"], certificate["signature_value"].native,
                 certificate["tbs_certificate"].dump())  # fmt: skip
    stated = {attribute["type"].native: attribute["values"][0] for attribute in signer["signed_attrs"]}
    encapsulated = signed["encap_content_info"]["content"].native
    assert stated["message_digest"].native == digest(
        signer["digest_algorithm"]["algorithm"].native, encapsulated
    )
    key = certificate.public_key
    _peer_verify(key, signer["signature_algorithm"], signer["signature"].native,
                 b"\x31" + signer["signed_attrs"].dump()[1:])  # fmt: skip
    assert core.Sequence.load(encapsulated).native


def _peer_verify(key: object, algorithm: object, signature: bytes, message: bytes) -> None:
    native = load_der_public_key(key.dump())  # type: ignore[attr-defined]
    hash_name = algorithm.hash_algo  # type: ignore[attr-defined]
    chosen = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384()}[hash_name]
    if isinstance(native, ec.EllipticCurvePublicKey):
        native.verify(signature, message, ec.ECDSA(chosen))
    else:
        assert isinstance(native, rsa.RSAPublicKey)
        native.verify(signature, message, padding.PKCS1v15(), chosen)


# --- rows ----------------------------------------------------------------------------------------


def interleaved(forget: Check, *kinds: Sequence[Check]) -> list[float]:
    """Median microseconds of several ways to do the same, taken in turn on each item.

    :param forget: called before each one, outside of the time.
    """
    times: list[list[float]] = [[] for _ in kinds]
    for calls in zip(*kinds, strict=True):
        for found, call in zip(times, calls, strict=True):
            forget()
            start = time.perf_counter()
            call()
            found.append((time.perf_counter() - start) * 1e6)
    return [statistics.median(found[1:]) for found in times]


def forgetting(csca: Certificate) -> Check:
    """Makes the library forget every certificate, key and signature but those of *csca*."""

    def forget() -> None:
        chains.VERIFIED.clear()
        _forget_caches((certificates, keys, names, oddities, signers))
        assert csca.public_key.native is not None
        assert csca.country
        assert csca.subject_text

    return forget


def bench_sods(algorithm: str, count: int) -> Row:
    """Two checks without any memory of the signer."""
    one = stack(algorithm, count, count)
    csca = Certificate.from_der(one.csca)
    trust = eid.TrustStore.of([csca])
    own, above = raw_checks(one)
    nothing = chains.VerifiedSignatures(0)
    issuers = _peer_issuers(one.csca)
    base, mine, whole, peer = interleaved(
        forgetting(csca),
        [partial(_both, *pair) for pair in zip(own, above, strict=True)],
        [partial(verify_sod, octets, trust, nothing) for octets in one.sods],
        [partial(verify_whole, octets, trust) for octets in one.sods],
        [partial(asn1crypto_sod, octets, issuers) for octets in one.sods],
    )
    name = f"EF.SOD, {algorithm.rpartition('-')[0]}, two checks"
    detail = f"{mine:.0f} µs, raw {base:.0f} µs, verify {whole:.0f} µs, asn1crypto {peer:.0f} µs"
    if "brainpoolP384r1" in algorithm:
        return Row(name, mine / base, "x raw", 1.3, detail)
    return Row(name, mine - base, "µs more", 400, detail)


def _both(one: Check, other: Check) -> None:
    one()
    other()


def _peer_issuers(csca: bytes) -> dict[bytes, object]:
    from asn1crypto import x509

    certificate = x509.Certificate.load(csca)
    return {certificate.key_identifier: certificate.public_key}


def bench_known_signer(count: int) -> Row:
    """One signer for all, met before: one check is left."""
    one = stack("ecdsa-brainpoolP384r1-sha256", count, 1)
    trust = eid.TrustStore.of([Certificate.from_der(one.csca)])
    own, _ = raw_checks(one)
    memory = chains.VerifiedSignatures()
    verify_sod(one.sods[0], trust, memory)
    base, mine = interleaved(
        lambda: None, own, [partial(verify_sod, octets, trust, memory) for octets in one.sods]
    )
    detail = f"{mine:.0f} µs, one raw check {base:.0f} µs"
    return Row("EF.SOD, brainpoolP384r1, signer met before", mine / base, "x raw", 1.3, detail)


# --- a heap of documents on two processes ----------------------------------------------------------

_WORK: dict[str, object] = {}


def _prepare(csca: bytes, signers: tuple[bytes, ...]) -> None:
    _WORK["trust"] = eid.TrustStore.of([Certificate.from_der(csca)])
    _WORK["csca"] = csca


def _ours(sods: Sequence[bytes]) -> int:
    trust = _WORK["trust"]
    assert isinstance(trust, eid.TrustStore)
    for octets in sods:
        verify_sod(octets, trust, chains.VERIFIED)
    return len(sods)


def _raw(checks: Sequence[tuple[bytes, bytes, bytes]]) -> int:
    curve, algorithm = ec.BrainpoolP384R1(), ec.ECDSA(hashes.SHA256())
    for point, signature, message in checks:
        ec.EllipticCurvePublicKey.from_encoded_point(curve, point).verify(signature, message, algorithm)
    return len(checks)


def bench_heap(count: int, processes: int = 2) -> Row:
    """*count* security objects of 100 signers, against as many raw checks on as many processes."""
    one = stack("ecdsa-brainpoolP384r1-sha256", count, min(100, count))
    checks = []
    for octets in one.sods:
        signed = parse_signed_data(parse(octets, 0x77).value)
        (signer,), (certificate,) = signed.signers, signed.certificates
        assert signer.signed_attributes is not None
        point = parse(certificate.spki).children()[1].value[1:]
        checks.append((point, signer.signature, tlv(0x31, signer.signed_attributes.value)))
    size = max(1, count // (processes * 10))
    rates: dict[str, list[float]] = {"ours": [], "raw": []}
    with ProcessPoolExecutor(processes, initializer=_prepare, initargs=(one.csca, one.signers)) as pool:
        list(pool.map(_raw, [checks[:4]] * processes * 4))  # every process is up
        for _ in range(3):
            for name, work, items in (("raw", _raw, checks), ("ours", _ours, one.sods)):
                parts = [items[at : at + size] for at in range(0, count, size)]
                start = time.perf_counter()
                done = sum(pool.map(work, parts))  # type: ignore[arg-type]
                rates[name].append(done / (time.perf_counter() - start))
    mine, base = (statistics.median(rates[name]) for name in ("ours", "raw"))
    detail = f"{mine:.0f} a second, raw {base:.0f}; {processes} processes, {os.cpu_count()} processors"
    return Row(f"{count} EF.SOD, brainpoolP384r1", mine / base, "of raw", 0.8, detail, at_least=True)


# --- stores --------------------------------------------------------------------------------------

_ALGORITHMS = (
    ("rsa-2048-sha256", False), ("rsa-4096-sha256", False), ("ecdsa-brainpoolP256r1-sha256", True),
    ("ecdsa-secp384r1-sha384", True), ("rsapss-3072-sha256", False), ("ecdsa-secp256r1-sha256", False),
)  # fmt: skip


def many_certificates(count: int) -> list[bytes]:
    """Distinct CSCA certificates in the mixture of the public lists: keys of six kinds, many explicit."""
    made = [
        TestIssuer.create(algorithm, explicit_parameters=explicit).csca_der
        for algorithm, explicit in _ALGORITHMS
    ]
    found = []
    for number in range(count):
        octets = bytearray(made[number % len(made)])
        fields = parse(bytes(octets)).children()[0].children()
        serial = fields[1]
        octets[serial.body + 1 : serial.end] = (number + 1).to_bytes(serial.end - serial.body - 1, "big")
        country = octets.index(b"\x06\x03\x55\x04\x06\x13\x02") + 7
        for place in (country, octets.index(b"\x06\x03\x55\x04\x06\x13\x02", country) + 7):
            octets[place : place + 2] = bytes((65 + number % 26, 65 + number // 26 % 26))
        found.append(bytes(octets))
    return found


def bench_store(count: int = 936) -> list[Row]:
    """CPU time for a store of as many certificates as the public lists hold."""
    octets = many_certificates(count)
    bundle = sign_master_list(TestIssuer.create("ecdsa-secp256r1-sha256"), octets)
    rows = []
    for name, call in (
        ("from memory", lambda: eid.TrustStore.of(map(Certificate.from_der, octets))),
        ("from a master list", lambda: sources.load(bundle, now=NOW).store()),
    ):
        rows.append(_store_row(f"store of {count} certificates, {name}", call, count, 150))
    kept = storage.to_bytes(eid.TrustStore.of(map(Certificate.from_der, octets)))
    rows.append(
        _store_row(f"store of {count} certificates, reopened", lambda: storage.read(kept), count, 150)
    )
    return rows


def _store_row(name: str, call: Callable[[], object], count: int, limit: float) -> Row:
    times = []
    for _ in range(7):
        _forget()
        start = time.process_time()
        call()
        times.append((time.process_time() - start) * 1000)
    best = statistics.median(times)
    return Row(name, best, "ms CPU", limit, f"{best * 1000 / count:.0f} µs a certificate")


def _forget() -> None:
    """Empty the memories of what was read before."""
    _forget_caches(module for name, module in list(sys.modules.items()) if name.startswith("eid."))


def _forget_caches(modules: Iterable[ModuleType]) -> None:
    for module in modules:
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def rows(sods: int = 1000, each: int = 150) -> list[Row]:
    """Every row about trust."""
    found = bench_store()
    for algorithm in ("ecdsa-brainpoolP384r1-sha256", "ecdsa-secp256r1-sha256", "rsa-2048-sha256"):
        found.append(bench_sods(algorithm, each // 3 if algorithm.startswith("rsa") else each))
    return [*found, bench_known_signer(each), bench_heap(sods)]


def main() -> None:
    """Print the rows about trust alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sods", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = rows(options.sods)
    if options.json:
        print(json.dumps([row.__dict__ for row in found], indent=1, ensure_ascii=False))
        return
    for row in found:
        mark = {None: "", True: "ok", False: "OVER"}[row.kept]
        print(f"{row.name:52} {row.value:8.2f} {row.unit:8} {mark:5} {row.detail}")


if __name__ == "__main__":
    main()
