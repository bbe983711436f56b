"""What is odd about a certificate that still means one thing only.

A second look at the octets, on request: nothing here decides anything, and loading a store does not
wait for it. The codes are explained in :mod:`eid.trust.problems`.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from eid.crypto.public_keys import PublicKey, load_public_key
from eid.crypto.signatures import read_signature_algorithm
from eid.encoding.der import (
    BOOLEAN,
    INTEGER,
    NULL,
    SEQUENCE,
    UTC_TIME,
    read_boolean,
    read_integer,
    read_oid,
    read_text,
    read_time,
)
from eid.encoding.tlv import Node, parse
from eid.errors import EncodingError, InputError, LimitExceeded, UnsupportedAlgorithm
from eid.trust.extensions import AKI, BASIC, KEY_USAGE, NAME_CHANGE, SKI, list_extensions, read_extensions
from eid.trust.names import COUNTRY, name_key, name_values

if TYPE_CHECKING:
    from eid.trust.certificates import Certificate

__all__ = ["issuance_oddities", "oddities_of", "same_algorithm"]

_RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
#: ECDSA, ECDSA plain and DSA identifiers stand without parameters (RFC 5758, 3; BSI TR-03111, 5.2.1).
_WITHOUT_PARAMETERS = (
    "1.2.840.10045.4.",
    "0.4.0.127.0.7.1.1.4.1.",
    "1.2.840.10040.4.3",
    "2.16.840.1.101.3.4.3.",
)
_PRINTABLE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?")
#: Elements looked at for their lengths; real certificates have some 100.
_MAX_ELEMENTS = 4096
#: Seeds of the curves that have one (FIPS 186-4, D.1.2); brainpool curves are written without.
_SEEDS = {
    "secp192r1": "3045ae6fc8422f64ed579528d38120eae12196d5",
    "secp224r1": "bd71344799d5c7fcdc45b59fa3b9ab8f6a948bc5",
    "secp256r1": "c49d360886e704936a6678e1139d26b7819f7e90",
    "secp384r1": "a335926aa319a27a1d00896a6773a4827acdac73",
    "secp521r1": "d09e8800291cb85396cc6717393284aaa0da64ba",
}


@functools.lru_cache(maxsize=128)
def oddities_of(raw: bytes) -> tuple[str, ...]:
    """Problem codes of a certificate that loads, each once, in the order of the certificate.

    :param raw: its DER octets.
    :raises EncodingError: not a certificate.
    """
    return tuple(dict.fromkeys(_find(raw)))


def issuance_oddities(child: Certificate, issuer: Certificate) -> tuple[str, ...]:
    """Problem codes of a certificate beside the one that signed it: the issuer's name that it states
    is that issuer's name in other octets, or is another name.
    """
    if child.issuer == issuer.subject:
        return ()
    try:
        same = name_key(child.issuer) == name_key(issuer.subject)
    except EncodingError:
        same = False
    return ("ISSUER_NAME_ENCODING",) if same else ("ISSUER_NAME_DIFFERS",)


def _find(raw: bytes) -> Iterator[str]:
    tbs, outer, _ = parse(raw, SEQUENCE, der=False).children()
    fields = tbs.children()
    version = fields.pop(0) if fields[0].tag == 0xA0 else None
    serial, inner, issuer, validity, subject, spki = fields[:6]
    if version is None or version.value != b"\2\1\2":
        yield "VERSION"
    yield from _serial(serial.value)
    yield from _signature(inner, outer)
    yield from _validity(validity)
    yield from _names(issuer, subject)
    yield from _key(spki)
    yield from _extensions(next((node for node in fields[6:] if node.tag == 0xA3), None))
    if not _lengths_are_minimal(raw):
        yield "LENGTH_NOT_MINIMAL"


def _serial(value: bytes) -> Iterator[str]:
    if int.from_bytes(value, "big", signed=True) <= 0:
        yield "SERIAL_NOT_POSITIVE"
    if len(value) > 20:
        yield "SERIAL_TOO_LONG"
    if not _minimal(value):
        yield "INTEGER_NOT_MINIMAL"


def _minimal(value: bytes) -> bool:
    return len(value) == 1 or not (
        (value[0] == 0 and value[1] < 0x80) or (value[0] == 0xFF and value[1] >= 0x80)
    )


# --- signature algorithm -------------------------------------------------------------------------


def _signature(inner: Node, outer: Node) -> Iterator[str]:
    try:
        if not same_algorithm(inner, outer):
            yield "SIGNATURE_ALGORITHM_DIFFERS"
        parts = inner.children()
        algorithm = read_signature_algorithm(inner)
        oid = read_oid(parts[0])
    except (EncodingError, UnsupportedAlgorithm):
        return  # whoever checks the signature hears it
    if oid.startswith(_WITHOUT_PARAMETERS) and len(parts) > 1:
        yield "ALGORITHM_PARAMETERS"
    if algorithm.scheme == "PKCS1" and [node.tag for node in parts[1:]] != [NULL]:
        yield "ALGORITHM_PARAMETERS"
    if algorithm.hash_name == "sha1":
        yield "SHA1_SIGNATURE"
    size = hashlib.new(algorithm.hash_name).digest_size
    if algorithm.scheme == "PSS" and (algorithm.mgf_hash, algorithm.salt_length) != (
        algorithm.hash_name,
        size,
    ):
        yield "PSS_PARAMETERS"


def same_algorithm(inner: Node, outer: Node) -> bool:
    """Whether both AlgorithmIdentifiers say the same; NULL and no parameters do.

    :raises EncodingError: malformed.
    """
    return _without_null(inner) == _without_null(outer)


def _without_null(node: Node) -> tuple[bytes, ...]:
    """Identifier and parameters, where absent and NULL parameters are the same."""
    return tuple(child.raw for child in node.children() if child.raw != b"\x05\x00")


# --- validity and names --------------------------------------------------------------------------


def _validity(node: Node) -> Iterator[str]:
    times = node.children()
    # RFC 5280, 4.1.2.5: seconds always, no fractions, GeneralizedTime from 2050 on.
    for time in times:
        early = time.tag != UTC_TIME and read_time(time).year < 2050
        if early or len(time) != (13 if time.tag == UTC_TIME else 15):
            yield "TIME_ENCODING"
    if read_time(times[0]) > read_time(times[1]):
        yield "VALIDITY_REVERSED"


def _names(issuer: Node, subject: Node) -> Iterator[str]:
    country: str | None = None
    try:
        for name in (issuer, subject):
            for _, value in name_values(name.raw):
                yield from _string(value)
        for oid, value in name_values(subject.raw):
            if oid == COUNTRY:
                country = read_text(value)
                break
        else:
            yield "COUNTRY_MISSING"
    except EncodingError:
        yield "STRING_CHARACTERS"
    if country is not None:
        if len(country) != 2:
            yield "COUNTRY_NOT_TWO_LETTERS"
        if country != country.upper():
            yield "COUNTRY_LOWER_CASE"


def _string(value: Node) -> Iterator[str]:
    if value.tag in (0x14, 0x1C, 0x1E):  # T61String, UniversalString, BMPString
        yield "LEGACY_STRING"
    try:
        text = read_text(value)
    except EncodingError:
        yield "STRING_CHARACTERS"
        return
    if value.tag == 0x13 and not _PRINTABLE.issuperset(text):
        yield "STRING_CHARACTERS"


# --- key -----------------------------------------------------------------------------------------


def _key(spki: Node) -> Iterator[str]:
    """Of a key that can be used; what is wrong with another one, its own code tells."""
    try:
        key = load_public_key(spki.raw)
    except InputError:
        return
    if key.unsupported is not None:
        return
    algorithm, bits = spki.children()
    if key.kind == "RSA":
        yield from _rsa_key(key, algorithm, bits)
    elif key.explicit_parameters:
        yield "EXPLICIT_CURVE_PARAMETERS"
        yield from _explicit_curve(key, algorithm.children()[1])


def _rsa_key(key: PublicKey, algorithm: Node, bits: Node) -> Iterator[str]:
    parts = algorithm.children()
    if read_oid(parts[0]) == _RSA_ENCRYPTION and [node.tag for node in parts[1:]] != [NULL]:
        yield "ALGORITHM_PARAMETERS"
    modulus, exponent = (node.value for node in parse(bits.value[1:], SEQUENCE, der=False).children())
    if not _minimal(modulus) or modulus[0] >= 0x80 or not _minimal(exponent) or exponent[0] >= 0x80:
        yield "INTEGER_NOT_MINIMAL"
    if int.from_bytes(exponent, "big") != 65537:
        yield "RSA_EXPONENT"
    if not 2048 <= key.bits <= 4096:
        yield "RSA_KEY_SIZE"


def _explicit_curve(key: PublicKey, parameters: Node) -> Iterator[str]:
    if key.curve is None:
        return
    a, b, *seed = parameters.children()[2].children()
    if {len(a), len(b)} != {key.curve.size}:
        yield "CURVE_COEFFICIENTS"
    if seed and seed[0].value.hex() != "00" + _SEEDS.get(key.curve.name, ""):
        yield "CURVE_SEED"


# --- extensions ----------------------------------------------------------------------------------


def _extensions(node: Node | None) -> Iterator[str]:
    read = read_extensions(node)
    if read.repeated:
        yield "EXTENSION_REPEATED"
    if read.malformed:
        yield "EXTENSION_MALFORMED"
    listed = list(list_extensions(node)) if node is not None else []
    for oid, critical, value in listed:
        if critical is not None:
            yield from _boolean(critical)
        if oid == NAME_CHANGE and critical is not None and read_boolean(critical):
            yield "NAME_CHANGE_CRITICAL"
        if oid not in read.malformed and oid in _LOOKS:
            yield from _LOOKS[oid](value.value)
    present = {oid for oid, _, _ in listed}
    if read.key_usage is not None and "key_cert_sign" in read.key_usage:
        if BASIC not in present:
            yield "BASIC_CONSTRAINTS_MISSING"
        elif not read.is_ca and BASIC not in read.malformed:
            yield "CA_FALSE"
    if read.is_ca:
        if KEY_USAGE not in present:
            yield "KEY_USAGE_MISSING"
        if SKI not in present:
            yield "SKI_MISSING"


def _boolean(node: Node) -> Iterator[str]:
    """BOOLEAN DEFAULT FALSE: FF, or not there at all (X.690, 11.1 and 11.5)."""
    if node.value == b"\0":
        yield "DEFAULT_ENCODED"
    elif node.value != b"\xff":
        yield "BOOLEAN_NOT_DER"


def _look_at_ski(value: bytes) -> Iterator[str]:
    try:
        parse(value, 0x04, der=False)
    except EncodingError:
        yield "SKI_NOT_WRAPPED"


def _look_at_aki(value: bytes) -> Iterator[str]:
    tags = {node.tag for node in parse(value, SEQUENCE, der=False).children()}
    if (0xA1 in tags) != (0x82 in tags):
        yield "AKI_SERIAL_WITHOUT_ISSUER"


def _look_at_basic(value: bytes) -> Iterator[str]:
    is_ca = False
    for node in parse(value, SEQUENCE, der=False).children():
        if node.tag == BOOLEAN:
            yield from _boolean(node)
            is_ca = read_boolean(node)
        elif node.tag == INTEGER and not is_ca:
            read_integer(node)
            yield "PATH_LENGTH_WITHOUT_CA"


def _look_at_usage(value: bytes) -> Iterator[str]:
    unused, *octets = parse(value, 0x03, der=False).value
    bits = int.from_bytes(bytes(octets), "big")
    if bits == 0:
        yield "KEY_USAGE_EMPTY"
    elif unused > 7 or (bits & -bits).bit_length() - 1 != unused:
        yield "BIT_STRING_NOT_DER"  # trailing zero bits belong cut off (X.690, 11.2.2)


_LOOKS = {SKI: _look_at_ski, AKI: _look_at_aki, BASIC: _look_at_basic, KEY_USAGE: _look_at_usage}


def _lengths_are_minimal(raw: bytes) -> bool:
    todo, seen = [parse(raw, SEQUENCE, der=False)], 0
    try:
        parse(raw, SEQUENCE)
        while todo:
            node = todo.pop()
            strict = Node(node.buf, node.tag, node.start, node.body, node.end, True)
            children = strict.children()
            seen += len(children)
            if seen > _MAX_ELEMENTS:
                return True
            todo.extend(child for child in children if child.constructed)
    except (EncodingError, LimitExceeded) as error:
        return isinstance(error, EncodingError) and error.kind != "length"
    return True
