"""What hostile lists and certificates may cost: memory in proportion to their size, work too.

Work is counted (calls that the interpreter makes), because seconds depend on the machine; copying of
octets, which no call shows, is looked at with CPU time of large inputs and a generous limit.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import io
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eid.encoding import der
from eid.encoding.tlv import normalise_ber, parse, tlv
from eid.errors import EidError
from eid.simulator.issuer import TestIssuer
from eid.simulator.lists import sign_master_list, write_ldif
from eid.trust import sources, storage
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate, certificates_in
from eid.trust.chains import VerifiedSignatures, find_chain
from eid.trust.cms import parse_signed_data
from eid.trust.crl import Crl
from eid.trust.inspection import inspect
from eid.trust.ldif import read_ldif
from eid.trust.master_list import parse_master_list

NOW = datetime(2026, 3, 1, tzinfo=UTC)
_SLACK = 16 * 1024 * 1024


@functools.cache
def issuer() -> TestIssuer:
    return TestIssuer.create("ecdsa-secp256r1-sha256")


@functools.cache
def _parts() -> tuple[list[bytes], bytes, bytes]:
    tbs, algorithm, signature = parse(issuer().csca_der).children()
    return [node.raw for node in tbs.children()], algorithm.raw, signature.raw


def certificate(
    serial: int = 1, *, extensions: bytes | None = None, subject: bytes | None = None, identified: bool = True
) -> bytes:
    """A certificate like the test CSCA's with one part another one; nobody has signed it."""
    fields, algorithm, signature = _parts()
    fields = list(fields)
    fields[1] = der.integer(serial)
    if subject is not None:
        fields[3] = fields[5] = subject
    if extensions is not None:
        fields[7] = tlv(0xA3, tlv(der.SEQUENCE, extensions))
    elif not identified:
        del fields[7]
    return der.sequence(der.sequence(*fields), algorithm, signature)


def _extension(number: int) -> bytes:
    return der.sequence(der.oid(f"1.3.6.1.4.1.99999.{number}"), tlv(der.OCTET_STRING, b"\5\0"))


def with_extensions(count: int) -> bytes:
    return certificate(extensions=b"".join(map(_extension, range(count))))


def with_one_extension_repeated(count: int) -> bytes:
    return certificate(extensions=_extension(7) * count)


def with_names(count: int) -> bytes:
    part = der.set_of([der.sequence(der.oid("2.5.4.11"), tlv(der.UTF8_STRING, b"unit"))])
    return certificate(subject=tlv(der.SEQUENCE, part * count))


def with_spaces(count: int) -> bytes:
    value = tlv(der.UTF8_STRING, b" a" * count)
    return certificate(subject=der.sequence(der.set_of([der.sequence(der.oid("2.5.4.3"), value)])))


def look_at(octets: bytes) -> None:
    read = Certificate.from_der(octets)
    assert read.warnings is not None
    assert read.subject_text
    TrustStore.of([read]).issuers_of(read)


def crl(count: int) -> bytes:
    return issuer().sign_crl(
        dict.fromkeys(range(count)), this_update=NOW, next_update=NOW + timedelta(days=90)
    )


def small_crl(count: int) -> bytes:
    """As many entries as its octets can hold: a serial number of one octet and a date."""
    tbs, algorithm, signature = parse(crl(1)).children()
    fields = [node.raw for node in tbs.children()]
    distinct = (der.sequence(der.integer(n), tlv(der.UTC_TIME, b"2601010000Z")) for n in range(count))
    fields[5] = tlv(der.SEQUENCE, b"".join(distinct))
    return der.sequence(der.sequence(*fields), algorithm.raw, signature.raw)


def look_at_crl(octets: bytes) -> None:
    read = Crl.from_der(octets)
    assert read.entries
    assert read.unsupported is None


def segments(count: int) -> bytes:
    """SignedData in BER whose content comes in many pieces."""
    content = b"\x24\x80" + b"\x04\x02ab" * count + b"\0\0"
    return _signed(b"\xa0\x80" + content + b"\0\0")


def large_content(count: int) -> bytes:
    return _signed(tlv(0xA0, tlv(der.OCTET_STRING, bytes(count))))


def _signed(content: bytes) -> bytes:
    root = parse(issuer().sign_content(b"x", content_type="1.2.840.113549.1.7.1")).children()
    body = root[1].children()[0].children()
    encapsulated = b"\x30\x80" + body[2].children()[0].raw + content + b"\0\0"
    parts = [node.raw for node in body]
    parts[2] = encapsulated
    return b"\x30\x80" + root[0].raw + b"\xa0\x80" + b"\x30\x80" + b"".join(parts) + b"\0\0" * 3


def attributes(count: int) -> bytes:
    """A signer with many signed attributes."""
    return _with_attributes(
        b"".join(der.sequence(der.oid(f"1.3.6.1.4.1.99999.{n}"), der.set_of([b"\5\0"])) for n in range(count))
    )


def _with_attributes(listed: bytes) -> bytes:
    root = parse(issuer().sign_content(b"x", content_type="1.2.840.113549.1.7.1")).children()
    body = [node.raw for node in root[1].children()[0].children()]
    signer = [node.raw for node in parse(body[-1]).children()[0].children()]
    signer[3] = tlv(0xA0, listed)
    body[-1] = der.set_of([der.sequence(*signer)])
    return der.sequence(root[0].raw, tlv(0xA0, der.sequence(*body)))


def look_at_cms(octets: bytes) -> None:
    signed = parse_signed_data(octets)
    for signer in signed.signers:
        with contextlib.suppress(EidError):
            signer.attributes()
    assert signed.certificates


def nested(count: int) -> bytes:
    """BER forty levels deep with as many small objects on each."""
    inner = b""
    for _ in range(36):
        inner = b"\x30\x80" + b"\5\0" * count + inner + b"\0\0"
    return inner


def look_at_nothing(octets: bytes) -> None:
    normalise_ber(octets)


@functools.cache
def crowd(count: int, *, identified: bool = True) -> tuple[bytes, ...]:
    """Certificates of one name."""
    return tuple(certificate(n + 1, identified=identified) for n in range(count))


def master_list(count: int) -> bytes:
    return sign_master_list(issuer(), crowd(count))


def small_master_list(count: int) -> bytes:
    return sign_master_list(issuer(), [der.integer(n) for n in range(count)])


def look_at_list(octets: bytes) -> None:
    found = parse_master_list(octets)
    assert found.certificate_octets
    sources.load(octets, now=NOW).store()


def ldif(count: int) -> bytes:
    return write_ldif([("userCertificate;binary", octets) for octets in crowd(count)])


def ldif_of_one_value(count: int) -> bytes:
    return write_ldif([("userCertificate;binary", bytes(10 * count))], width=15)


def ldif_of_empty_lines(count: int) -> bytes:
    return b"version: 1\n" + b"dn: cn=x\n\n" * count


def look_at_ldif(octets: bytes) -> None:
    for value in read_ldif(io.BytesIO(octets)):
        assert value.line
    sources.load(octets, now=NOW).store()


def pem(count: int) -> bytes:
    import base64

    block = b"-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n"
    return b"".join(block % base64.encodebytes(octets) for octets in crowd(count))


def pem_without_end(count: int) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\nAAAA\n" * count


def pem_of_one_long_block(count: int) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + b"A" * 100 * count + b"-----BEGIN"


def look_at_pem(octets: bytes) -> None:
    with contextlib.suppress(EidError):
        certificates_in(octets)
    with contextlib.suppress(EidError):
        sources.load(octets, now=NOW)


def look_for_chain(count: int) -> Callable[[], None]:
    """A signer that none of *count* anchors and *count* intermediates of the right name has issued."""
    anchors = [Certificate.from_der(octets) for octets in crowd(count, identified=False)]
    between = [Certificate.from_der(octets) for octets in crowd(count)]
    store = TrustStore.of(anchors)
    stranger = Certificate.from_der(TestIssuer.create("ecdsa-secp256r1-sha256").ds_der)

    def run() -> None:
        chain = find_chain(stranger, store, now=NOW, intermediates=between, cache=VerifiedSignatures(0))
        assert chain.outcome == "UNDECIDED"

    return run


def inspect_crowd(count: int) -> Callable[[], None]:
    loaded = sources.load(pem(count), now=NOW)

    def run() -> None:
        inspect(loaded)

    return run


def store_round(count: int) -> Callable[[], None]:
    store = sources.load(pem(count), now=NOW).store()

    def run() -> None:
        storage.read(storage.to_bytes(store))

    return run


def with_octets(
    make: Callable[[int], bytes], look: Callable[[bytes], None]
) -> Callable[[int], Callable[[], None]]:
    def prepared(count: int) -> Callable[[], None]:
        octets = make(count)

        def run() -> None:
            with contextlib.suppress(EidError):
                look(octets)

        return run

    return prepared


#: What grows: a name, what to run for a size, and the size to begin with.
GROWING: tuple[tuple[str, Callable[[int], Callable[[], None]], int], ...] = (
    ("extensions", with_octets(with_extensions, look_at), 700),
    ("one extension repeated", with_octets(with_one_extension_repeated, look_at), 700),
    ("name of many parts", with_octets(with_names, look_at), 1500),
    ("name of many words", with_octets(with_spaces, look_at), 12_000),
    ("entries of a revocation list", with_octets(crl, look_at_crl), 10_000),
    ("pieces of a content", with_octets(segments, look_at_cms), 20_000),
    ("octets of a content", with_octets(large_content, look_at_cms), 4_000_000),
    ("signed attributes", with_octets(attributes, look_at_cms), 4000),
    ("nested BER", with_octets(nested, look_at_nothing), 2000),
    ("entries of a master list", with_octets(master_list, look_at_list), 300),
    ("small entries of a master list", with_octets(small_master_list, look_at_list), 10_000),
    ("entries of LDIF", with_octets(ldif, look_at_ldif), 300),
    ("lines of one value of LDIF", with_octets(ldif_of_one_value, look_at_ldif), 20_000),
    ("empty entries of LDIF", with_octets(ldif_of_empty_lines, look_at_ldif), 20_000),
    ("blocks of PEM", with_octets(pem, look_at_pem), 300),
    ("blocks of PEM without end", with_octets(pem_without_end, look_at_pem), 20_000),
    ("one long block of PEM", with_octets(pem_of_one_long_block, look_at_pem), 20_000),
    ("anchors and intermediates of one name", look_for_chain, 300),
    ("certificates of one name to inspect", inspect_crowd, 100),
    ("a store on disk", store_round, 300),
)


def calls_of(run: Callable[[], None]) -> int:
    """How many calls of functions, ours and built-in ones, and how many lines it takes."""
    count = 0

    def counted(frame: Any, event: str, argument: object) -> None:
        nonlocal count
        count += 1

    gc.disable()
    sys.setprofile(counted)
    try:
        run()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


def cpu_of(run: Callable[[], None]) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return best


def clear() -> None:
    """Forget what was read before: a second look would find it in a cache."""
    for module in [module for name, module in sys.modules.items() if name.startswith("eid.")]:
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


@pytest.mark.parametrize(("prepare", "size"), [row[1:] for row in GROWING], ids=[row[0] for row in GROWING])
def test_twice_the_input_takes_twice_the_work(
    prepare: Callable[[int], Callable[[], None]], size: int
) -> None:
    work = []
    for factor in (1, 2, 4):
        run = prepare(factor * size)
        clear()
        work.append(calls_of(run))
    # The fixed part cancels out of the differences; linear work gives 2, quadratic work 4.
    first, second = work[1] - work[0], work[2] - work[1]
    assert second <= 2.6 * max(first, 500), work


@pytest.mark.soak  # it looks at CPU time, which a busy machine stretches
@pytest.mark.parametrize(("prepare", "size"), [row[1:] for row in GROWING], ids=[row[0] for row in GROWING])
def test_four_times_the_input_takes_no_sixteen_times_the_time(
    prepare: Callable[[int], Callable[[], None]], size: int
) -> None:
    small, large = prepare(size), prepare(4 * size)

    def timed(run: Callable[[], None]) -> float:
        def afresh() -> None:
            clear()
            run()

        return cpu_of(afresh)

    before = timed(small)
    assert timed(large) <= 9 * max(before, 0.01)


#: Inputs of some hundred kilobytes to some megabytes, the costliest we know for each reader.
HUNGRY: tuple[tuple[str, Callable[[], bytes], Callable[[bytes], None]], ...] = (
    ("a certificate of 64 kB", lambda: with_extensions(2400), look_at),
    ("a revocation list of 65,000 entries", lambda: small_crl(65_000), look_at_crl),
    ("a content in 65,000 pieces", lambda: segments(65_000), look_at_cms),
    ("a content of 12 MB", lambda: large_content(12_000_000), look_at_cms),
    ("thousands of signed attributes", lambda: attributes(20_000), look_at_cms),
    ("BER of 36 levels with 30,000 objects each", lambda: nested(30_000), look_at_nothing),
    ("a master list of 2000 certificates", lambda: master_list(2000), look_at_list),
    ("a master list of 65,000 numbers", lambda: small_master_list(65_000), look_at_list),
    ("LDIF of 2000 entries", lambda: ldif(2000), look_at_ldif),
    ("LDIF with a value of 3 MB", lambda: ldif_of_one_value(300_000), look_at_ldif),
    ("LDIF of 300,000 lines", lambda: ldif_of_empty_lines(150_000), look_at_ldif),
    ("PEM of 2000 blocks", lambda: pem(2000), look_at_pem),
    ("PEM without an end", lambda: pem_without_end(200_000), look_at_pem),
)


@pytest.mark.parametrize(("make", "look"), [row[1:] for row in HUNGRY], ids=[row[0] for row in HUNGRY])
def test_memory_stays_within_eight_times_the_input(
    make: Callable[[], bytes], look: Callable[[bytes], None]
) -> None:
    octets = make()
    clear()
    gc.collect()
    tracemalloc.start()
    try:
        with contextlib.suppress(EidError):
            look(octets)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 8 * len(octets) + _SLACK, f"{peak:,} for {len(octets):,}"


def test_a_large_file_is_not_read_at_once(tmp_path: Path) -> None:
    """LDIF comes line by line: memory does not grow with the file, only with what is kept of it."""
    path = tmp_path / "directory.ldif"
    path.write_bytes(b"version: 1\n" + b"dn: cn=x\ndescription: of no interest whatever\n\n" * 150_000)
    assert path.stat().st_size > 6_000_000
    tracemalloc.start()
    try:
        sources.load(path, now=NOW)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000
