"""Single certificates: algorithm by algorithm, oddity by oddity, and those made to deceive.

Each says what must come out: whether it loads, which oddities are noted, whether its key can be used and
whether its signature holds. *Unsupported* is never *invalid*.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from breeding import (
    AKI,
    BASIC,
    CERT_SIGN,
    HASHES,
    NULL,
    SKI,
    TO,
    USAGE,
    Algorithm,
    Draft,
    Key,
    aki,
    attribute,
    authority,
    basic,
    dsa_key,
    ec_key,
    ec_spki,
    ed25519_key,
    explicit,
    extension,
    forged_key,
    hash_identifier,
    name,
    rsa_key,
    signer,
    ski,
    time,
    usage,
    with_parameters,
)

from eid.crypto.curves import CURVES, by_name
from eid.encoding import der
from eid.encoding.tlv import parse, tlv

VALID, INVALID = "VALID", "INVALID_SIGNATURE"
UNSUPPORTED, UNKNOWN_CURVE = "UNSUPPORTED_ALGORITHM", "UNKNOWN_CURVE"
MALFORMED, BAD_KEY, TOO_LONG = "CERTIFICATE_FORMAT", "KEY_FORMAT", "LIMIT_EXCEEDED"
USABLE = "USABLE"


@dataclass(frozen=True)
class Specimen:
    """One certificate and what must come of it.

    :param issuer: the certificate whose key it is checked with; ``None`` is itself.
    :param signature: ``VALID`` or the code of the error.
    :param key: ``USABLE`` or the code of the error that its key leads to.
    :param refused: code with which it is not even loaded; then the rest says nothing.
    :param warnings: the problem codes that must be noted, no others.
    """

    name: str
    der: bytes
    issuer: bytes | None = None
    signature: str = VALID
    key: str = USABLE
    refused: str | None = None
    warnings: frozenset[str] = frozenset()


# --- algorithms ----------------------------------------------------------------------------------

RSA, P256, BP384 = Algorithm("PKCS1"), Algorithm("ECDSA"), Algorithm("ECDSA", "sha384")
_NATIVE = [curve.name for curve in CURVES if curve.native is not None]
_SLOW = [curve.name for curve in CURVES if curve.native is None]


def algorithms() -> Iterator[tuple[str, Key, Algorithm, frozenset[str]]]:
    """Everything a document's issuer may sign with; all of it holds. Last: problem codes of the CSCA."""
    none: frozenset[str] = frozenset()
    sha1 = frozenset({"SHA1_SIGNATURE"})
    explicit_ = frozenset({"EXPLICIT_CURVE_PARAMETERS"})
    for hash_name in ("sha1", "sha224", "sha256", "sha384", "sha512"):
        noted = sha1 if hash_name == "sha1" else none
        yield f"rsa-2048-{hash_name}", rsa_key(), Algorithm("PKCS1", hash_name), noted
        for curve in ("secp256r1", "brainpoolP256r1", "brainpoolP384r1"):
            yield f"ecdsa-{curve}-{hash_name}", ec_key(curve), Algorithm("ECDSA", hash_name), noted
        for salt, mgf in ((None, None), (20, None), (0, None), (97, None), (None, "sha1"), (20, "sha512")):
            label = f"pss-{hash_name}-salt-{salt}-mgf-{mgf}"
            size = HASHES[hash_name][1].digest_size
            usual = (salt or size) == size and mgf in (None, hash_name) and salt != 0
            more = noted if usual else noted | {"PSS_PARAMETERS"}
            yield label, rsa_key(), Algorithm("PSS", hash_name, salt, mgf), more
    for bits, exponent in (
        (1024, 65537),
        (3072, 65537),
        (2048, 3),
        (2048, 17),
        (2048, 38129),
        (2048, 2**32 + 15),
    ):
        size = {"RSA_KEY_SIZE"} if bits == 1024 else set()
        odd = frozenset(size | ({"RSA_EXPONENT"} if exponent != 65537 else set()))
        yield f"rsa-{bits}-e-{exponent}", rsa_key(bits, exponent), RSA, odd
        yield f"pss-{bits}-e-{exponent}", rsa_key(bits, exponent), Algorithm("PSS"), odd
    for curve in (*_NATIVE, *_SLOW):
        key = ec_key(curve)
        for hash_name in ("sha256", "sha512"):
            yield f"named-{curve}-{hash_name}", key, Algorithm("ECDSA", hash_name), none
        parameters = by_name(curve)
        assert parameters is not None
        written = with_parameters(key, explicit(parameters))
        yield f"explicit-{curve}", written, Algorithm("ECDSA", "sha256"), explicit_
    for label, parameters_, noted in odd_parameters():
        key = with_parameters(ec_key(label.split("-")[1]), parameters_)
        yield label, key, Algorithm("ECDSA"), explicit_ | noted
    for hash_name in ("sha1", "sha224", "sha256"):
        noted = sha1 if hash_name == "sha1" else none
        yield f"dsa-{hash_name}", dsa_key(), Algorithm("DSA", hash_name), noted
    for hash_name in ("sha1", "sha256", "sha512"):
        noted = sha1 if hash_name == "sha1" else none
        yield f"plain-{hash_name}", ec_key("brainpoolP256r1"), Algorithm("PLAIN", hash_name), noted
    for label, key in pss_keys():
        yield label, key, Algorithm("PSS"), none


def odd_parameters() -> Iterator[tuple[str, bytes, set[str]]]:
    """Ways to write a known curve; the second word of the label is its name."""
    for label in ("secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP320r1"):
        curve = by_name(label)
        assert curve is not None
        more = curve.size + 1
        # Only where a coefficient has leading zeros is the shortest form another one.
        fewest = min((number.bit_length() + 7) // 8 for number in (curve.a, curve.b))
        short = {"CURVE_COEFFICIENTS"} if fewest < curve.size else set()
        yield (
            f"explicit-{label}-padded-coefficients",
            explicit(curve, size=(more, more)),
            {"CURVE_COEFFICIENTS"},
        )
        yield f"explicit-{label}-shortest-coefficients", explicit(curve, size=(0, 0)), short
        yield f"explicit-{label}-odd-seed", explicit(curve, seed=b"invented seed of ours"), {"CURVE_SEED"}
        yield f"explicit-{label}-without-cofactor", explicit(curve, cofactor=None), set()
        yield f"explicit-{label}-compressed-generator", explicit(curve, compressed=True), set()


def pss_keys() -> Iterator[tuple[str, Key]]:
    """Keys labelled RSASSA-PSS: without parameters, with fitting ones, with a smaller least salt."""
    key = rsa_key()
    bits = parse(key.spki).children()[1].raw
    oid = der.oid("1.2.840.113549.1.1.10")
    for label, parameters in (
        ("pss-spki-without-parameters", b""),
        ("pss-spki-with-parameters", Algorithm("PSS").pss_parameters),
        ("pss-spki-least-salt-20", Algorithm("PSS", salt=20).pss_parameters),
    ):
        yield label, replace(key, spki=der.sequence(der.sequence(oid, parameters), bits))


_OF_THE_SIGNATURE = frozenset({"SHA1_SIGNATURE", "PSS_PARAMETERS"})


def by_algorithm() -> Iterator[Specimen]:
    """For each algorithm a CSCA and a document signer under it."""
    for label, key, algorithm, noted in algorithms():
        subject = name(f"CSCA {label}")
        anchor = authority(key, algorithm, subject).signed_by(key)
        yield Specimen(f"{label}-csca", anchor, warnings=noted)
        leaf = signer(ec_key("secp256r1", 1), algorithm, subject, key).signed_by(key)
        yield Specimen(f"{label}-signer", leaf, anchor, warnings=noted & _OF_THE_SIGNATURE)


# --- what nobody can check here, which is no forgery ---------------------------------------------


def unsupported() -> Iterator[Specimen]:
    """Well formed, honestly signed perhaps, and beyond this library: UNSUPPORTED, never INVALID."""
    key, subject = rsa_key(), name("CSCA of another kind")
    md5 = Algorithm("PKCS1", "md5")
    yield Specimen("md5-rsa", authority(key, md5, subject).signed_by(key), signature=UNSUPPORTED)
    modern = ed25519_key()
    draft = authority(modern, Algorithm("ED25519"), subject)
    yield Specimen("ed25519", draft.signed_by(modern), signature=UNSUPPORTED, key=UNSUPPORTED)
    for oid in ("1.2.643.7.1.1.3.2", "1.2.156.10197.1.501", "2.16.840.1.101.3.4.3.14", "1.3.6.1.4.1.99999.1"):
        odd = replace(authority(key, RSA, subject), inner=der.sequence(der.oid(oid)))
        yield Specimen(f"algorithm-{oid}", odd.signed_by(key), signature=UNSUPPORTED)
    curve = by_name("secp256r1")
    assert curve is not None
    for oid in ("1.3.132.0.10", "1.2.156.10197.1.301", "1.3.36.3.3.2.8.1.1.2"):
        foreign = with_parameters(ec_key("secp256r1"), der.oid(oid))
        yield Specimen(
            f"curve-{oid}",
            authority(foreign, P256, subject).signed_by(foreign),
            signature=UNSUPPORTED,
            key=UNSUPPORTED,
        )
    mask = der.sequence(der.oid("1.3.6.1.4.1.99999.2"), hash_identifier("sha256"))
    parameters = der.sequence(
        tlv(0xA0, hash_identifier("sha256")), tlv(0xA1, mask), tlv(0xA2, der.integer(32))
    )
    odd = replace(
        authority(key, Algorithm("PSS"), subject),
        inner=der.sequence(der.oid("1.2.840.113549.1.1.10"), parameters),
    )
    yield Specimen("pss-other-mask-function", odd.signed_by(key), signature=UNSUPPORTED)


# --- oddities ------------------------------------------------------------------------------------

Change = Callable[[Draft], Draft]


def oddities() -> Iterator[tuple[str, Change, set[str]]]:
    """What real issuers write, and its relatives: each still means one thing only."""
    yield "plain", lambda d: d, set()
    yield from _odd_numbers_and_times()
    yield from _odd_names()
    yield from _odd_extensions()


def _odd_numbers_and_times() -> Iterator[tuple[str, Change, set[str]]]:
    def serial(octets: str) -> Change:
        return lambda d: replace(d, serial=tlv(der.INTEGER, bytes.fromhex(octets)))

    yield "serial-zero", serial("00"), {"SERIAL_NOT_POSITIVE"}
    yield "serial-negative", serial("8f01"), {"SERIAL_NOT_POSITIVE"}
    yield "serial-of-21-octets", serial("7f" * 21), {"SERIAL_TOO_LONG"}
    yield "serial-padded", serial("00001d"), {"INTEGER_NOT_MINIMAL"}
    yield (
        "generalized-before-2050",
        lambda d: replace(d, not_after=time(TO, generalized=True)),
        {"TIME_ENCODING"},
    )
    forever = tlv(der.GENERALIZED_TIME, b"99991231235959Z")
    yield "valid-forever", lambda d: replace(d, not_after=forever), set()
    yield (
        "utc-without-seconds",
        lambda d: replace(d, not_before=tlv(der.UTC_TIME, b"2101010000Z")),
        {"TIME_ENCODING"},
    )
    fraction = tlv(der.GENERALIZED_TIME, b"20210101000000.5Z")
    yield "time-with-fraction", lambda d: replace(d, not_before=fraction), {"TIME_ENCODING"}
    yield "version-absent", lambda d: replace(d, version=b""), {"VERSION"}
    yield "version-1-with-extensions", lambda d: replace(d, version=tlv(0xA0, der.integer(0))), {"VERSION"}
    yield "unique-identifiers", lambda d: replace(d, unique=tlv(0x81, b"\0\1") + tlv(0x82, b"\0\2")), set()

    def null(d: Draft) -> Draft:
        oid = parse(d.algorithm.identifier).children()[0].raw
        return replace(d, inner=der.sequence(oid, NULL))

    def no_parameters(d: Draft) -> Draft:
        return replace(d, inner=der.sequence(parse(d.algorithm.identifier).children()[0].raw))

    yield "algorithm-with-null", null, {"ALGORITHM_PARAMETERS"}
    yield "algorithm-without-parameters", no_parameters, {"ALGORITHM_PARAMETERS"}

    def outer(d: Draft) -> Draft:
        return replace(d, outer=Algorithm("PKCS1", "sha512").identifier)

    yield "outer-algorithm-differs", outer, {"SIGNATURE_ALGORITHM_DIFFERS"}


def _odd_names() -> Iterator[tuple[str, Change, set[str]]]:
    def named(subject: bytes) -> Change:
        return lambda d: replace(d, subject=subject, issuer=subject if d.issuer == d.subject else d.issuer)

    yield "country-lower-case", named(name("Odd", "ut")), {"COUNTRY_LOWER_CASE"}
    yield "country-three-letters", named(name("Odd", "UTO")), {"COUNTRY_NOT_TWO_LETTERS"}
    yield "country-absent", named(name("Odd", None)), {"COUNTRY_MISSING"}
    for label, tag, codec in (
        ("t61", 0x14, "latin-1"), ("bmp", 0x1E, "utf-16-be"), ("universal", 0x1C, "utf-32-be"),
        ("ia5", 0x16, "ascii"), ("visible", 0x1A, "ascii"), ("printable", 0x13, "ascii"),
    ):  # fmt: skip
        legacy = {"LEGACY_STRING"} if label in ("t61", "bmp", "universal") else set()
        text = "Ödd" if codec != "ascii" else "Odd"
        yield f"name-{label}", named(name(text, "UT", tag, codec)), legacy
    yield "name-printable-with-at-sign", named(name("a@b_c*&", "UT", 0x13)), {"STRING_CHARACTERS"}
    yield "name-utf8-vietnamese", named(name("Cục Cảnh sát quản lý hành chính")), set()
    yield (
        "name-invalid-utf8",
        named(name("\xff\xfe", "UT", der.UTF8_STRING, "latin-1")),
        {"STRING_CHARACTERS"},
    )
    pair = tlv(
        der.SET,
        parse(attribute("2.5.4.3", "Odd")).value + parse(attribute("2.5.4.5", "7")).value,
    )
    yield "name-multi-valued", named(der.sequence(attribute("2.5.4.6", "UT", 0x13), pair)), set()
    unknown = der.sequence(attribute("2.5.4.6", "UT", 0x13), attribute("1.3.6.1.4.1.99999.7", "x"))
    yield "name-unknown-attribute", named(unknown), set()
    twice = der.sequence(*(attribute("2.5.4.6", c, 0x13) for c in ("UT", "XX")), attribute("2.5.4.3", "Odd"))
    yield "country-twice", named(twice), set()
    mail = der.sequence(
        attribute("2.5.4.6", "UT", 0x13), attribute("1.2.840.113549.1.9.1", "a@b.example", 0x16)
    )
    yield "name-with-mail", named(mail), set()
    yield "name-of-10-kB", named(name("x" * 10_000)), set()
    value = der.sequence(
        attribute("2.5.4.6", "UT", 0x13), der.set_of([der.sequence(der.oid("2.5.4.3"), der.integer(7))])
    )
    yield "name-of-a-number", named(value), {"STRING_CHARACTERS"}


def _odd_extensions() -> Iterator[tuple[str, Change, set[str]]]:
    def put(oid_key: str, octets: bytes) -> Change:
        return lambda d: d.with_extensions(**{oid_key: octets})

    true_01 = tlv(der.BOOLEAN, b"\1")
    yield (
        "boolean-01-critical",
        put("usage", extension(USAGE, tlv(der.BIT_STRING, CERT_SIGN), critical=true_01)),
        {"BOOLEAN_NOT_DER"},
    )
    yield (
        "boolean-01-ca",
        put("basic", extension(BASIC, der.sequence(true_01), critical=True)),
        {"BOOLEAN_NOT_DER"},
    )
    default = extension(USAGE, tlv(der.BIT_STRING, CERT_SIGN), critical=der.boolean(False))
    yield "critical-false-written", put("usage", default), {"DEFAULT_ENCODED"}
    yield "bare-ski", put("ski", extension(SKI, b"\x11" * 20)), {"SKI_NOT_WRAPPED"}
    yield "ski-absent", put("ski", b""), {"SKI_MISSING"}
    yield "ski-of-4-octets", put("ski", ski(b"1234")), set()
    serial_only = extension(AKI, der.sequence(tlv(0x80, b"\x22" * 20), tlv(0x82, b"\7")))
    yield "aki-serial-without-issuer", put("aki", serial_only), {"AKI_SERIAL_WITHOUT_ISSUER"}
    yield "aki-empty", put("aki", extension(AKI, der.sequence())), set()
    yield "aki-absent", put("aki", b""), set()
    yield "aki-of-another", put("aki", aki(b"\x33" * 20)), set()
    yield "basic-absent", put("basic", b""), {"BASIC_CONSTRAINTS_MISSING"}
    yield "basic-empty", put("basic", basic(ca=None)), {"CA_FALSE"}
    yield (
        "basic-false-with-pathlen",
        put("basic", basic(ca=False, path_length=0)),
        {"PATH_LENGTH_WITHOUT_CA", "CA_FALSE", "DEFAULT_ENCODED"},
    )
    yield "basic-false-written", put("basic", basic(ca=False)), {"DEFAULT_ENCODED", "CA_FALSE"}
    yield "basic-not-critical", put("basic", basic(ca=True, path_length=0, critical=False)), set()
    yield "path-length-negative", put("basic", basic(ca=True, path_length=-1)), {"EXTENSION_MALFORMED"}
    yield "path-length-of-80-octets", put("basic", basic(ca=True, path_length=2**630)), set()
    yield "usage-absent", put("usage", b""), {"KEY_USAGE_MISSING"}
    yield "usage-trailing-zeros", put("usage", usage(b"\x00\x06")), {"BIT_STRING_NOT_DER"}
    yield "usage-of-no-bits", put("usage", usage(b"\x00")), {"KEY_USAGE_EMPTY"}
    yield "usage-of-40-octets", put("usage", usage(b"\0\6" + bytes(39))), {"BIT_STRING_NOT_DER"}
    yield (
        "usage-malformed",
        put("usage", extension(USAGE, b"\x04\x02\x01\x06", critical=True)),
        {"EXTENSION_MALFORMED"},
    )
    yield (
        "basic-malformed",
        put("basic", extension(BASIC, b"\x30\x05\x01", critical=True)),
        {"EXTENSION_MALFORMED"},
    )
    yield "ski-of-nothing", put("ski", extension(SKI, b"")), {"EXTENSION_MALFORMED"}
    yield "aki-of-noise", put("aki", extension(AKI, b"\xff\xff\xff")), {"EXTENSION_MALFORMED"}
    unknown = "1.3.6.1.4.1.99999.5"
    yield "unknown-extension", put("more", extension(unknown, NULL)), set()
    yield "unknown-critical-extension", put("more", extension(unknown, NULL, critical=True)), set()
    yield (
        "name-change-critical",
        put("more", extension("2.23.136.1.1.6.1", NULL, critical=True)),
        {"NAME_CHANGE_CRITICAL"},
    )
    types = der.sequence(der.integer(0), der.set_of([tlv(0x13, b"P"), tlv(0x13, b"ID")]))
    yield "document-types", put("more", extension("2.23.136.1.1.6.2", types)), set()
    period = der.sequence(tlv(0x80, b"20210101000000Z"), tlv(0x81, b"20260101000000Z"))
    yield "private-key-usage-period", put("more", extension("2.5.29.16", period)), set()
    policies = der.sequence(der.sequence(der.oid("1.3.6.1.4.1.99999.9")))
    yield "policies-critical", put("more", extension("2.5.29.32", policies, critical=True)), set()
    yield "purpose-any", put("more", extension("2.5.29.37", der.sequence(der.oid("2.5.29.37.0")))), set()
    points = der.sequence(der.sequence(tlv(0xA0, tlv(0xA0, tlv(0x86, b"http://crl.example/x")))))
    yield "distribution-point", put("more", extension("2.5.29.31", points)), set()
    yield "extension-repeated", put("more", ski(b"\x44" * 20)), {"EXTENSION_REPEATED"}
    yield "extensions-empty", lambda d: replace(d, whole_extensions=tlv(0xA3, der.sequence())), set()
    yield "extensions-absent", lambda d: replace(d, whole_extensions=b""), set()
    yield "extension-of-30-kB", put("more", extension(unknown, bytes(30_000))), set()
    thousand = b"".join(extension(f"1.3.6.1.4.1.99999.{n + 1000}", NULL) for n in range(1000))
    yield "a-thousand-extensions", put("more", thousand), set()


BASES = (("rsa", RSA), ("ecdsa", P256), ("brainpool", BP384))


def base_key(label: str) -> Key:
    """The key that oddities of one kind are signed with."""
    return {
        "rsa": lambda: rsa_key(),
        "ecdsa": lambda: ec_key("secp256r1"),
        "brainpool": lambda: ec_key("brainpoolP384r1"),
    }[label]()


def by_oddity() -> Iterator[Specimen]:
    """Each oddity in a CSCA, with three kinds of key."""
    for label, algorithm in BASES:
        key = base_key(label)
        for oddity, change, noted in oddities():
            draft = change(authority(key, algorithm, name("Odd CSCA")))
            codes = set(noted)
            if (label == "rsa" and oddity == "algorithm-with-null") or (
                label != "rsa" and oddity == "algorithm-without-parameters"
            ):
                codes = set()  # for this kind of key it is how it should be
            # Which algorithm signed must stand there once: the second copy is under no signature.
            signature = INVALID if oddity == "outer-algorithm-differs" else VALID
            yield Specimen(
                f"{oddity}-{label}", draft.signed_by(key), signature=signature, warnings=frozenset(codes)
            )


def odd_keys() -> Iterator[Specimen]:
    """Keys written in another way than the standards have it."""
    made = rsa_key()
    modulus, exponent = parse(parse(made.spki).children()[1].value[1:]).children()
    algorithm = der.sequence(der.oid("1.2.840.113549.1.1.1"), NULL)
    bare = der.sequence(der.oid("1.2.840.113549.1.1.1"))

    def key(number: bytes, e: bytes = exponent.value, kind: bytes = algorithm) -> Key:
        inner = der.sequence(tlv(der.INTEGER, number), tlv(der.INTEGER, e))
        return replace(made, spki=der.sequence(kind, der.bit_string(inner)))

    for label, odd, codes in (
        ("modulus-without-leading-zero", key(modulus.value[1:]), {"INTEGER_NOT_MINIMAL"}),
        ("modulus-padded", key(b"\0\0" + modulus.value), {"INTEGER_NOT_MINIMAL"}),
        ("exponent-padded", key(modulus.value, b"\0\0" + exponent.value), {"INTEGER_NOT_MINIMAL"}),
        ("rsa-key-without-null", key(modulus.value, exponent.value, bare), {"ALGORITHM_PARAMETERS"}),
    ):
        draft = authority(odd, RSA, name("Odd key"))
        yield Specimen(label, draft.signed_by(odd), warnings=frozenset(codes))
    for curve_name in ("secp256r1", "brainpoolP384r1", "brainpoolP320r1"):
        known = ec_key(curve_name)
        point = parse(known.spki).children()[1].value[1:]
        half = len(point) // 2
        parameters = parse(known.spki).children()[0].children()[1].raw
        short = replace(known, spki=ec_spki(parameters, bytes((2 + point[-1] % 2,)) + point[1 : half + 1]))
        draft = authority(short, P256, name("Compressed"))
        yield Specimen(f"compressed-point-{curve_name}", draft.signed_by(short))


# --- made to deceive -----------------------------------------------------------------------------


def malicious() -> Iterator[Specimen]:
    """Forgeries, and what should stop or slow the reader."""
    yield from _forged_curves()
    yield from _forged_signatures()
    yield from _impossible_keys()
    yield from _malformed()


def _forged_curves() -> Iterator[Specimen]:
    """CVE-2020-0601 and every other number of a curve changed: UNKNOWN_CURVE, and nothing verified."""
    for curve in CURVES:
        key = ec_key(curve.name)
        forged = forged_key(key)
        subject = name(f"CSCA {curve.name}")
        draft = authority(forged, P256, subject)
        label = f"forged-generator-{curve.name}"
        yield Specimen(label, draft.signed_by(forged), signature=UNKNOWN_CURVE, key=UNKNOWN_CURVE)
        # What the forger signs with that key does not verify under the real authority of that name.
        genuine = authority(key, P256, subject).signed_by(key)
        leaf = signer(ec_key("secp256r1", 1), P256, subject, key).signed_by(forged)
        yield Specimen(f"signed-by-{label}", leaf, genuine, signature=INVALID)
        lonely = signer(ec_key("secp256r1", 1), P256, subject, key).signed_by(forged)
        yield Specimen(f"under-{label}", lonely, draft.signed_by(forged), signature=UNKNOWN_CURVE)
    for label in ("secp256r1", "brainpoolP384r1"):
        known = by_name(label)
        assert known is not None
        for what, parameters in (
            ("a", explicit(known, a=known.a - 1)),
            ("b", explicit(known, b=known.b ^ 1)),
            ("p", explicit(known, p=known.p + 2)),
            ("n", explicit(known, n=known.n - 2)),
            ("cofactor-2", explicit(known, cofactor=2)),
            ("cofactor-0", explicit(known, cofactor=0)),
            ("a-plus-p", explicit(known, a=known.a + known.p, size=(known.size + 1, known.size))),
            ("generator-negated", explicit(known, generator=(known.gx, known.p - known.gy))),
        ):
            key = with_parameters(ec_key(label), parameters)
            draft = authority(key, P256, name("Almost a curve"))
            signed = draft.signed_by(key)
            yield Specimen(f"forged-{what}-{label}", signed, signature=UNKNOWN_CURVE, key=UNKNOWN_CURVE)
    curve = by_name("secp256r1")
    assert curve is not None
    named_and_forged = der.sequence(
        der.oid(curve.oid), explicit(curve, generator=(curve.gx, curve.p - curve.gy))
    )
    key = with_parameters(ec_key("secp256r1"), named_and_forged)
    draft = authority(key, P256, name("Name and numbers"))
    yield Specimen("forged-name-beside-numbers", draft.signed_by(key), signature=BAD_KEY, key=BAD_KEY)


def _forged_signatures() -> Iterator[Specimen]:
    for label, algorithm in BASES:
        key, subject = base_key(label), name(f"Authority {label}")
        anchor = authority(key, algorithm, subject).signed_by(key)
        draft = signer(ec_key("secp256r1", 1), algorithm, subject, key)
        genuine = draft.signed_by(key)
        signature = parse(genuine).children()[2].value[1:]

        def forged(
            what: str, octets: bytes, label: str = label, draft: Draft = draft, anchor: bytes = anchor
        ) -> Specimen:
            return Specimen(f"{what}-{label}", draft.with_signature(octets), anchor, signature=INVALID)

        yield Specimen(f"genuine-{label}", genuine, anchor)
        other = replace(draft, serial=der.integer(0x1E))
        moved = Specimen(
            f"signature-moved-{label}", other.with_signature(signature), anchor, signature=INVALID
        )
        yield moved
        # Right name, right key identifier, another key: what every forger writes.
        impostor = {"rsa": rsa_key(2048, 65537, 9)}.get(label) or ec_key(
            "secp256r1" if label == "ecdsa" else "brainpoolP384r1", 9
        )
        yield Specimen(f"right-name-wrong-key-{label}", draft.signed_by(impostor), anchor, signature=INVALID)
        yield forged("signature-empty", b"")
        yield forged("signature-zero", bytes(len(signature)))
        yield forged("signature-one", bytes(len(signature) - 1) + b"\1")
        yield forged("signature-cut", signature[:-1])
        yield forged("signature-longer", signature + b"\0")
        yield forged("signature-of-30-kB", bytes(30_000))
        flipped = signature[:-1] + bytes((signature[-1] ^ 1,))
        yield forged("signature-bit", flipped)
        for field_, change in (
            ("serial", lambda d: replace(d, serial=der.integer(5))),
            ("not-after", lambda d: replace(d, not_after=tlv(der.GENERALIZED_TIME, b"99991231235959Z"))),
            ("subject", lambda d: replace(d, subject=name("Somebody else"))),
            ("key", lambda d: replace(d, spki=impostor.spki)),
            ("extensions", lambda d: d.with_extensions(basic=basic(ca=True))),
        ):
            changed = change(draft).with_signature(signature)
            yield Specimen(f"altered-{field_}-{label}", changed, anchor, signature=INVALID)
        kind = {"PKCS1": Algorithm("ECDSA"), "ECDSA": Algorithm("PKCS1")}[algorithm.scheme]
        confused = replace(draft, inner=kind.identifier).with_signature(signature)
        yield Specimen(f"algorithm-of-another-kind-{label}", confused, anchor, signature=INVALID)
        other_hash = replace(algorithm, hash_name="sha512" if algorithm.hash_name != "sha512" else "sha256")
        confused = replace(draft, inner=other_hash.identifier).signed_by(key)
        yield Specimen(f"another-hash-named-{label}", confused, anchor, signature=INVALID)
    yield from _forged_rsa()
    yield from _forged_ecdsa()


def _forged_rsa() -> Iterator[Specimen]:
    key, subject = rsa_key(2048, 3), name("Authority e 3")
    anchor = authority(key, RSA, subject).signed_by(key)
    draft = signer(ec_key("secp256r1", 1), RSA, subject, key)
    # Bleichenbacher's forgery of 2006: with e = 3 a cube whose head looks like a PKCS #1 block.
    import hashlib

    info = der.sequence(
        hash_identifier("sha256"), tlv(der.OCTET_STRING, hashlib.sha256(draft.tbs()).digest())
    )
    head = b"\0\1" + b"\xff" * 8 + b"\0" + info
    block = int.from_bytes(head + b"\xff" * (256 - len(head)), "big")
    root = _cube_root(block)
    assert (root**3).to_bytes(256, "big").startswith(head)
    forged = draft.with_signature(root.to_bytes(256, "big"))
    yield Specimen("bleichenbacher-2006", forged, anchor, signature=INVALID)
    pss = Algorithm("PSS", "sha256", 32)
    usual = rsa_key()
    anchor = authority(usual, RSA, subject).signed_by(usual)
    draft = signer(ec_key("secp256r1", 1), pss, subject, usual)
    for label, stated in (
        ("salt", Algorithm("PSS", "sha256", 20)),
        ("mask-hash", Algorithm("PSS", "sha256", 32, "sha1")),
        ("hash", Algorithm("PSS", "sha512", 32, "sha256")),
    ):
        other = replace(draft, inner=stated.identifier)
        signed = other.with_signature(pss.sign(usual, other.tbs()))
        odd = frozenset({"PSS_PARAMETERS"})
        yield Specimen(f"pss-another-{label}-stated", signed, anchor, signature=INVALID, warnings=odd)
    as_pkcs1 = replace(draft, inner=RSA.identifier)
    signed = as_pkcs1.with_signature(pss.sign(usual, as_pkcs1.tbs()))
    yield Specimen("pss-called-pkcs1", signed, anchor, signature=INVALID)
    bits = parse(usual.spki).children()[1].raw
    strict = der.sequence(
        der.sequence(der.oid("1.2.840.113549.1.1.10"), Algorithm("PSS", "sha512").pss_parameters), bits
    )
    anchor = authority(replace(usual, spki=strict), pss, subject).signed_by(usual)
    # The key forbids what the signature uses: nobody can say that it is forged, nor may it count.
    leaf = signer(ec_key("secp256r1", 1), pss, subject, usual).signed_by(usual)
    yield Specimen("pss-key-forbids-hash", leaf, anchor, signature=UNSUPPORTED)
    leaf = signer(ec_key("secp256r1", 1), RSA, subject, usual).signed_by(usual)
    yield Specimen("pss-key-used-for-pkcs1", leaf, anchor, signature=UNSUPPORTED)


def _cube_root(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle - 1)
    return low


def _forged_ecdsa() -> Iterator[Specimen]:
    for curve_name in ("secp256r1", "brainpoolP256r1", "brainpoolP224r1"):
        key, subject = ec_key(curve_name), name(f"Authority {curve_name}")
        curve = by_name(curve_name)
        assert curve is not None
        anchor = authority(key, P256, subject).signed_by(key)
        draft = signer(ec_key("secp256r1", 1), P256, subject, key)
        n, p = curve.n, curve.p
        r, s = (int.from_bytes(node.value, "big") for node in parse(P256.sign(key, draft.tbs())).children())
        for what, pair in (
            ("0-0", (0, 0)), ("0-s", (0, s)), ("r-0", (r, 0)), ("n-n", (n, n)), ("1-1", (1, 1)), ("r-plus-n", (r + n, s)),
            ("s-plus-n", (r, s + n)), ("negative-r", (r - n, s)), ("negative-s", (r, s - n)), ("p-1", (p, 1)),
            ("huge", (r + (n << 4000), s)),
        ):  # fmt: skip
            written = der.sequence(*(der.integer(number) for number in pair))
            yield Specimen(
                f"ecdsa-{what}-{curve_name}", draft.with_signature(written), anchor, signature=INVALID
            )
        good = der.sequence(der.integer(r), der.integer(s))
        for what, written in (
            ("three-numbers", der.sequence(der.integer(r), der.integer(s), der.integer(s))),
            ("one-number", der.sequence(der.integer(r))),
            ("trailing-octet", good + b"\0"),
            ("no-sequence", der.integer(r) + der.integer(s)),
            ("long-length", b"\x30\x81" + good[1:]),
        ):
            yield Specimen(
                f"ecdsa-{what}-{curve_name}", draft.with_signature(written), anchor, signature=INVALID
            )


def _impossible_keys() -> Iterator[Specimen]:
    made = ec_key("secp256r1")
    parameters = parse(made.spki).children()[0].children()[1].raw
    point = parse(made.spki).children()[1].value[1:]
    rsa_oid = der.sequence(der.oid("1.2.840.113549.1.1.1"), NULL)

    def rsa_spki(n: int, e: int) -> bytes:
        return der.sequence(rsa_oid, der.bit_string(der.sequence(der.integer(n), der.integer(e))))

    large = 1 << 2047 | 1
    for label, spki, code in (
        ("point-at-infinity", ec_spki(parameters, b"\0"), BAD_KEY),
        ("point-not-on-the-curve", ec_spki(parameters, point[:-1] + bytes((point[-1] ^ 1,))), BAD_KEY),
        ("point-of-zeros", ec_spki(parameters, b"\4" + bytes(64)), BAD_KEY),
        ("point-cut", ec_spki(parameters, point[:-1]), BAD_KEY),
        ("point-hybrid", ec_spki(parameters, bytes((6 + point[-1] % 2,)) + point[1:]), BAD_KEY),
        ("point-empty", ec_spki(parameters, b""), BAD_KEY),
        ("curve-not-stated", ec_spki(b"", point), UNKNOWN_CURVE),
        ("curve-inherited", ec_spki(NULL, point), UNKNOWN_CURVE),
        ("rsa-of-512-bits", rsa_spki(1 << 511 | 1, 65537), UNSUPPORTED),
        ("rsa-of-20000-bits", rsa_spki(1 << 19_999 | 1, 65537), UNSUPPORTED),
        ("rsa-even-modulus", rsa_spki(large - 1, 65537), BAD_KEY),
        ("rsa-modulus-0", rsa_spki(0, 65537), UNSUPPORTED),
        ("rsa-exponent-0", rsa_spki(large, 0), BAD_KEY),
        ("rsa-exponent-1", rsa_spki(large, 1), BAD_KEY),
        ("rsa-exponent-even", rsa_spki(large, 65536), BAD_KEY),
        ("rsa-endless-exponent", rsa_spki(1 << 4095 | 1, (1 << 4094) + 1), UNSUPPORTED),
        ("rsa-three-numbers", der.sequence(rsa_oid, der.bit_string(der.sequence(*[der.integer(5)] * 3))), BAD_KEY),
        ("key-of-noise", der.sequence(rsa_oid, der.bit_string(bytes(range(64)))), BAD_KEY),
        ("key-of-9-kB", der.sequence(rsa_oid, der.bit_string(bytes(9000))), TOO_LONG),
        ("key-of-nothing", der.sequence(), BAD_KEY),
    ):  # fmt: skip
        odd = replace(rsa_key(), spki=spki)
        draft = authority(rsa_key(), RSA, name("Impossible key"))
        # An authority signs it, so the certificate is fine as such; what it vouches for is not.
        anchor = draft.signed_by(rsa_key())
        leaf = replace(draft, spki=odd.spki, subject=name("Holder")).signed_by(rsa_key())
        yield Specimen(label, leaf, anchor, key=code)


def _malformed() -> Iterator[Specimen]:
    key = ec_key("secp256r1")
    draft = authority(key, P256, name("Malformed"))
    good = draft.signed_by(key)
    tbs, algorithm, signature = (node.raw for node in parse(good).children())
    noise = extension("1.3.6.1.4.1.99999.5", bytes(10 * 1024 * 1024))
    yield Specimen("extension-of-10-MB", draft.with_extensions(more=noise).signed_by(key), refused=TOO_LONG)
    deep = b""
    for _ in range(10_000):
        deep = tlv(0x30, deep)
    yield Specimen("nested-10000-deep", draft.with_extensions(more=extension("1.2.3", deep)).signed_by(key))
    nested = replace(draft, subject=deep).signed_by(key)
    yield Specimen("subject-nested", nested, warnings=frozenset({"STRING_CHARACTERS"}))
    for label, octets in (
        ("empty", b""),
        ("one-octet", b"\x30"),
        ("endless-length", b"\x30\x84\xff\xff\xff\xff" + bytes(40)),
        ("trailing-octet", good + b"\0"),
        ("cut", good[:-1]),
        ("cut-in-half", good[: len(good) // 2]),
        ("no-signature", der.sequence(tbs, algorithm)),
        ("four-parts", der.sequence(tbs, algorithm, signature, NULL)),
        ("signature-of-odd-bits", der.sequence(tbs, algorithm, tlv(3, b"\3" + bytes(64)))),
        ("signature-octet-string", der.sequence(tbs, algorithm, tlv(4, bytes(64)))),
        ("tbs-empty", der.sequence(der.sequence(), algorithm, signature)),
        ("tbs-a-set", der.sequence(b"\x31" + tbs[1:], algorithm, signature)),
        ("serial-empty", replace(draft, serial=tlv(der.INTEGER, b"")).signed_by(key)),
        ("serial-a-string", replace(draft, serial=tlv(der.OCTET_STRING, b"\1")).signed_by(key)),
        ("time-impossible", replace(draft, not_after=tlv(der.UTC_TIME, b"260230000000Z")).signed_by(key)),
        ("time-with-zone", replace(draft, not_after=tlv(der.UTC_TIME, b"260301000000+0700")).signed_by(key)),
        ("time-of-letters", replace(draft, not_after=tlv(der.UTC_TIME, b"YYMMDDHHMMSSZ")).signed_by(key)),
        ("extensions-a-set", replace(draft, whole_extensions=tlv(0xA3, b"\x31\0")).signed_by(key)),
        ("extension-of-one-part", draft.with_extensions(more=der.sequence(der.oid("1.2.3"))).signed_by(key)),
        ("a-public-key", key.spki),
        ("noise", bytes(range(256)) * 4),
    ):  # fmt: skip
        yield Specimen(f"malformed-{label}", octets, refused=MALFORMED)


@functools.cache
def zoo() -> tuple[Specimen, ...]:
    """All of them, with names that tell them apart."""
    found = (*by_algorithm(), *unsupported(), *by_oddity(), *odd_keys(), *malicious())
    names = [specimen.name for specimen in found]
    assert len(names) == len(set(names)), sorted(n for n in names if names.count(n) > 1)[:5]
    return found
