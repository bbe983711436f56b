"""Codes that somebody made to be accepted wrongly, or to do harm. All of our own making.

Each has a name, the text, and the code of the error or verdict it must get. The signature is right wherever
the name does not say otherwise: what is refused then is refused for what it is.
"""

from __future__ import annotations

import datetime as dt
import functools
import gzip
import hashlib
import hmac
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

from eid.crypto.keys import KeySet, SoftwareSigner
from eid.encoding import base45
from eid.qr.claim169 import QrPerson
from eid.qr.claims import QrKind
from eid.qr.hcert_verifying import HcertVerifier, HealthSigners
from eid.qr.issuing import QrIssuer
from eid.qr.verifying import QrVerifier
from eid.tokens.status.lists import Form, StatusList, sign_status_list
from eid.tokens.status.sources import StatusChecker, StatusIssuer, StoredStatusSource
from eid.tokens.x5c import PinnedRoots
from eid.trust.certificates import Certificate

__all__ = ["Hostile", "good_codes", "health_verifier", "hostile_codes", "verifier"]

ISSUER = "https://id.example"
LIST = "https://id.example/status/1"
NOW = dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC)
YEAR = dt.timedelta(days=365)
NONCE = bytes(range(16))
KID = b"2026-1"

_SECONDS = int(NOW.timestamp())


@dataclass(frozen=True)
class Hostile:
    """One attempt.

    :param code: of the error that is raised, or of the verdict; never PASSED.
    :param nonce: what the verifier gave for it.
    :param health: it goes to the verifier of health certificates.
    """

    text: str = field(repr=False)
    code: str
    nonce: bytes | None = None
    health: bool = False


# --- who is trusted ------------------------------------------------------------------------------


@functools.cache
def key(alg: str = "ES256", kid: str = "2026-1") -> SoftwareSigner:
    return SoftwareSigner.generate(alg, kid=kid)


@functools.cache
def stranger() -> SoftwareSigner:
    return SoftwareSigner.generate("ES256", kid="2026-1")


def _certificate(
    public: Any, subject: str, issuer: str, private: Any, *, authority: bool, **usages: Any
) -> bytes:
    def name(text: str) -> x509.Name:
        country, common = text.split("/")
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, country),
                x509.NameAttribute(NameOID.COMMON_NAME, common),
            ]
        )

    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(usages.get("start", NOW - YEAR))
        .not_valid_after(usages.get("end", NOW + YEAR))
        .add_extension(
            x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False),
            critical=True,
        )
    )
    if authority:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    if "for_kind" in usages:
        oid = f"1.3.6.1.4.1.1847.2021.1.{usages['for_kind']}"
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid)]), critical=False)
    octets: bytes = builder.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return octets


@functools.cache
def root() -> tuple[Any, bytes]:
    private = ec.generate_private_key(ec.SECP256R1())
    return private, _certificate(private.public_key(), "VN/Root", "VN/Root", private, authority=True)


@functools.cache
def branch() -> tuple[SoftwareSigner, bytes]:
    """A signer that the pinned root vouches for, with its certificate."""
    signer = SoftwareSigner.generate("ES256", kid="branch")
    return signer, _certificate(signer.key.public, "VN/Branch", "VN/Root", root()[0], authority=False)


@functools.cache
def health_signers() -> dict[str, tuple[SoftwareSigner, bytes]]:
    found = {}
    for name, subject, usages in (
        ("any", "VN/Health", {}),
        ("tests", "VN/Laboratory", {"for_kind": 1}),
        ("foreign", "LA/Health", {}),
        ("expired", "VN/Old", {"start": NOW - 2 * YEAR, "end": NOW - dt.timedelta(days=1)}),
    ):
        signer = SoftwareSigner.generate("ES256", kid=name)
        found[name] = (
            signer,
            _certificate(signer.key.public, subject, "VN/Root", root()[0], authority=False, **usages),
        )
    return found


@functools.cache
def verifier() -> QrVerifier:
    """Trusts one ES256 key, one Ed25519 key and one root, and has one status list."""
    listed = sign_status_list(
        StatusList.of(64, bits=2, entries={1: 1, 2: 2}), key(), uri=LIST, issued_at=NOW, expires_at=NOW + YEAR,
        ttl=dt.timedelta(hours=1), form=Form.CWT,
    )  # fmt: skip
    keys = KeySet([key().key, key("Ed25519", "2026-e").key])
    return QrVerifier(
        issuers=ISSUER,
        keys=keys,
        roots={ISSUER: PinnedRoots([root()[1]])},
        clock=lambda: NOW,
        status=StatusChecker(
            [StatusIssuer(LIST, keys, StoredStatusSource({LIST: listed}))], offline_grace=dt.timedelta(days=7)
        ),
    )


@functools.cache
def health_verifier() -> HcertVerifier:
    certificates = [Certificate.from_der(der) for _, der in health_signers().values()]
    return HcertVerifier(signers=HealthSigners(certificates), clock=lambda: NOW)


# --- putting codes together ----------------------------------------------------------------------


def packed(octets: bytes) -> str:
    return base45.encode(zlib.compress(octets, 9))


def claims(**changes: Any) -> dict[Any, Any]:
    """A sound claims set with claims replaced (``c4=…``) or left out (``c4=None``)."""
    found: dict[Any, Any] = {
        1: ISSUER, 4: _SECONDS + 3600, 5: _SECONDS, 6: _SECONDS, 7: b"identifier",
        169: {1: "001099012349", 4: "Nguyễn Đức Ánh", 8: "19990704", 9: 1},
    }  # fmt: skip
    for name, value in changes.items():
        number = int(name[1:].replace("m", "-"))
        if value is None:
            del found[number]
        else:
            found[number] = value
    return found


def signature_over(
    protected: bytes, payload: bytes, by: SoftwareSigner, context: str = "Signature1", aad: bytes = b""
) -> bytes:
    return by.sign(cbor2.dumps([context, protected, aad, payload]))


def parts(
    payload: object = None,
    *,
    protected: object = None,
    unprotected: object = None,
    by: SoftwareSigner | None = None,
) -> list[Any]:
    """The four parts of a code, signed as they are."""
    header = {1: -7, 4: KID} if protected is None else protected
    raw_header = header if isinstance(header, bytes) else cbor2.dumps(header)
    content = claims() if payload is None else payload
    raw = content if isinstance(content, bytes) else cbor2.dumps(content)
    return [
        raw_header,
        {} if unprotected is None else unprotected,
        raw,
        signature_over(raw_header, raw, by or key()),
    ]


def message(items: Any, *tags: int) -> bytes:
    item = items
    for tag in reversed(tags or (18,)):
        item = cbor2.CBORTag(tag, item)
    return cbor2.dumps(item)


def code(payload: object = None, **more: Any) -> str:
    return packed(message(parts(payload, **more)))


@functools.cache
def issued(photo: bytes | None = None, nonce: bytes | None = None, name: str = "Nguyễn Đức Ánh") -> str:
    kind = QrKind.STATIC if nonce is None else QrKind.PRESENTATION
    lives = dt.timedelta(days=1) if nonce is None else dt.timedelta(seconds=60)
    return (
        QrIssuer(signer=key(), issuer=ISSUER, clock=lambda: NOW)
        .issue(QrPerson(full_name=name), kind=kind, valid_for=lives, photo=photo, nonce=nonce)
        .text
    )


def four(text: str) -> list[Any]:
    return list(cbor2.loads(zlib.decompress(base45.decode(text, limit=5000))).value)


def good_codes() -> Iterator[Hostile]:
    """What must pass: a corpus against a verifier that refuses everything proves nothing."""
    yield Hostile(code(), "")
    yield Hostile(code(protected={1: -8, 4: b"2026-e"}, by=key("Ed25519", "2026-e")), "")
    yield Hostile(code(protected={1: -7, 33: branch()[1]}, by=branch()[0]), "")
    yield Hostile(code(claims(c65535={"status_list": {"idx": 0, "uri": LIST}})), "")
    yield Hostile(issued(photo=b"\xff\xd8\xffface"), "")
    yield Hostile(issued(nonce=NONCE), "", nonce=NONCE)
    yield Hostile(health_code(), "", health=True)


# --- the corpus ----------------------------------------------------------------------------------


def hostile_codes() -> dict[str, Hostile]:
    """Every attempt by its name."""
    found: dict[str, Hostile] = {}
    for group in (
        _texts,
        _streams,
        _structures,
        _headers,
        _signatures,
        _claims,
        _people,
        _presentations,
        _health,
    ):
        for name, attempt in group():
            assert name not in found, name
            found[name] = attempt
    return found


def _texts() -> Iterator[tuple[str, Hostile]]:
    good = code()
    texts = {
        "empty_text": ("", "QR_COMPRESSION"),
        "one_character": ("A", "QR_TEXT"),
        "cut_to_an_impossible_length": (good[: len(good) // 3 * 3 - 2], "QR_TEXT"),
        "lower_case": (good.lower(), "QR_TEXT"),
        "base45_overflow_of_three": (":::" + good, "QR_TEXT"),
        "base45_overflow_of_three_at_the_limit": ("GGW" + good, "QR_TEXT"),
        "base45_overflow_of_two": (good[: len(good) // 3 * 3] + "::", "QR_TEXT"),
        "base45_overflow_of_two_at_the_limit": (good[: len(good) // 3 * 3] + "V5", "QR_TEXT"),
        "line_end_behind": (good + "\n", "QR_TEXT"),
        "carriage_return_behind": (good + "\r", "QR_TEXT"),
        "nul_inside": (good[:9] + "\0" + good[10:], "QR_TEXT"),
        "byte_order_mark": ("\ufeff" + good, "QR_TEXT"),
        "full_width_digits": (good.replace("0", "０"), "QR_TEXT"),
        "lone_surrogate": (good[:9] + "\ud800" + good[10:], "QR_TEXT"),
        "other_alphabet": (good.replace(" ", "_").replace("%", "&"), "QR_TEXT"),
        "spaces_before": ("   " + good, "QR_TEXT"),
        "prefix_of_health_codes": ("HC1:" + good, "QR_TEXT"),
        "longer_than_any_code": ("0" * 4297, "QR_TOO_LARGE"),
        "a_million_characters": ("A" * 1_000_000, "QR_TOO_LARGE"),
        "a_million_good_codes": (good * 3000, "QR_TOO_LARGE"),
        "printed_card": ("001099012349|012345678|Nguyễn Đức Ánh|04071999|Nam|Xã Ví Dụ|10072022", "QR_TEXT"),
        "jwt": ("eyJhbGciOiJub25lIn0.e30.", "QR_TEXT"),
        "address": ("HTTPS://ID.EXAMPLE/ABC", "QR_TEXT"),
    }
    for name, (text, expected) in texts.items():
        yield name, Hostile(text, expected)


def _streams() -> Iterator[tuple[str, Hostile]]:
    octets = message(parts())
    stream = zlib.compress(octets, 9)
    damaged = bytearray(stream)
    damaged[-1] ^= 1
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    headerless = raw.compress(octets) + raw.flush()
    dictionary = zlib.compressobj(9, zlib.DEFLATED, 15, 9, 0, octets[:64])
    with_dictionary = dictionary.compress(octets) + dictionary.flush()
    just_over = bytes(range(256)) * 64 + b"x"
    streams = {
        "not_compressed": (octets, "QR_COMPRESSION"),
        "raw_deflate": (headerless, "QR_COMPRESSION"),
        "gzip": (gzip.compress(octets), "QR_COMPRESSION"),
        "wrong_checksum": (bytes(damaged), "QR_COMPRESSION"),
        "stream_cut_off": (stream[:-5], "QR_COMPRESSION"),
        "checksum_cut_off": (stream[:-1], "QR_COMPRESSION"),
        "octets_behind_the_stream": (stream + b"\0", "QR_COMPRESSION"),
        "two_streams": (stream + stream, "QR_COMPRESSION"),
        "preset_dictionary": (with_dictionary, "QR_COMPRESSION"),
        "compressed_twice": (zlib.compress(stream), "QR_STRUCTURE"),
        "empty_stream": (zlib.compress(b""), "QR_STRUCTURE"),
        "header_of_a_stream_only": (b"\x78\xda", "QR_COMPRESSION"),
        "reserved_block_type": (b"\x78\x9c\x07", "QR_COMPRESSION"),
        "bomb_of_zeros": (zlib.compress(bytes(2_500_000), 9), "QR_TOO_LARGE"),
        "bomb_of_empty_arrays": (zlib.compress(b"\x9b" + b"\0\0\0\0\0\x20\0\0" + b"\x80" * 2_000_000, 9), "QR_TOO_LARGE"),
        "bomb_of_a_photograph": (
            zlib.compress(message(parts(claims(c169={62: [{0: bytes(200_000), 1: 0}]}))), 9), "QR_TOO_LARGE",
        ),
        "bomb_by_ratio": (zlib.compress(octets + bytes(10_000), 9), "QR_TOO_LARGE"),
        "bomb_just_over_the_size": (_diluted(just_over), "QR_TOO_LARGE"),
    }  # fmt: skip
    for name, (data, expected) in streams.items():
        yield name, Hostile(base45.encode(data), expected)


def _diluted(octets: bytes) -> bytes:
    """A stream of a low ratio: stored blocks first, which do not shrink, so that only the size is too large."""
    compressor = zlib.compressobj(9)
    noise = hashlib.shake_256(b"noise").digest(1300)
    return compressor.compress(noise + octets) + compressor.flush()


def _structures() -> Iterator[tuple[str, Hostile]]:
    good = parts()
    protected, _, payload, signature = good
    items = [cbor2.dumps(each) for each in good]
    head = b"\xd2\x84"
    octets = message(good)
    found: dict[str, tuple[bytes, str]] = {
        "octets_behind_the_message": (octets + b"\0", "QR_STRUCTURE"),
        "two_messages": (octets + octets, "QR_STRUCTURE"),
        "message_cut_off": (octets[:-1], "QR_STRUCTURE"),
        "message_cut_in_the_header": (octets[:4], "QR_STRUCTURE"),
        "indefinite_array": (b"\xd2\x9f" + b"".join(items) + b"\xff", "QR_STRUCTURE"),
        "indefinite_payload": (
            head + items[0] + items[1] + b"\x5f" + items[2] + b"\xff" + items[3], "QR_STRUCTURE"
        ),
        "indefinite_unprotected_header": (head + items[0] + b"\xbf\xff" + items[2] + items[3], "QR_STRUCTURE"),
        "wrong_tag_mac0": (message([*good[:3], hmac.digest(b"k", payload, "sha256")], 17), "QR_STRUCTURE"),
        "wrong_tag_mac": (message(good, 97), "QR_STRUCTURE"),
        "wrong_tag_sign": (
            message([protected, {}, payload, [[protected, {}, signature_over(protected, payload, key())]]], 98),
            "QR_STRUCTURE",
        ),
        "wrong_tag_unknown": (message(good, 998), "QR_STRUCTURE"),
        "wrong_tag_self_described": (message(good, 55799, 18), "QR_STRUCTURE"),
        "wrong_tag_cwt_alone": (message(good, 61), "QR_STRUCTURE"),
        "wrong_tags_in_turn": (message(good, 18, 61), "QR_STRUCTURE"),
        "tag_18_twice": (message(good, 18, 18), "QR_STRUCTURE"),
        "tag_61_twice": (message(good, 61, 61, 18), "QR_STRUCTURE"),
        "encrypted_message": (message([b"\xa1\x01\x03", {5: bytes(12)}, b"secret"], 16), "QR_ENCRYPTED"),
        "encrypted_for_several": (message([b"\xa1\x01\x03", {}, b"secret", []], 96), "QR_ENCRYPTED"),
        "encrypted_cwt": (message([b"\xa1\x01\x03", {}, b"secret"], 61, 16), "QR_ENCRYPTED"),
        "three_parts": (message(good[:3]), "QR_STRUCTURE"),
        "five_parts": (message([*good, b""]), "QR_STRUCTURE"),
        "map_in_place_of_the_array": (message(dict(enumerate(good))), "QR_STRUCTURE"),
        "text_in_place_of_the_message": (cbor2.dumps("text"), "QR_STRUCTURE"),
        "number_in_place_of_the_message": (b"\0", "QR_STRUCTURE"),
        "claims_without_a_message": (cbor2.dumps(claims()), "QR_STRUCTURE"),
        "detached_payload": (message([protected, {}, None, signature]), "QR_STRUCTURE"),
        "payload_as_map": (message([protected, {}, claims(), signature]), "QR_STRUCTURE"),
        "payload_as_text": (message([protected, {}, "text", signature]), "QR_STRUCTURE"),
        "signature_as_text": (message([protected, {}, payload, "text"]), "QR_STRUCTURE"),
        "signature_missing": (message([protected, {}, payload, None]), "QR_STRUCTURE"),
        "signature_as_list": (message([protected, {}, payload, [signature]]), "QR_STRUCTURE"),
        "protected_header_not_wrapped": (message([{1: -7, 4: KID}, {}, payload, signature]), "QR_STRUCTURE"),
        "unprotected_header_missing": (message([protected, None, payload, signature]), "QR_STRUCTURE"),
        "unprotected_header_wrapped": (message([protected, b"\xa0", payload, signature]), "QR_STRUCTURE"),
        "deep_arrays": (b"\x81" * 2500 + b"\0", "QR_TOO_LARGE"),
        "deep_tags": (b"\xd2" * 2300 + octets, "QR_TOO_LARGE"),
        "deep_maps": (b"\xa1\x01" * 1200 + b"\0", "QR_TOO_LARGE"),
        "array_that_says_it_is_huge": (b"\xd2\x9b" + b"\xff" * 8, "QR_STRUCTURE"),
        "string_that_says_it_is_huge": (b"\xd2\x84\x5b\x7f" + b"\xff" * 7, "QR_STRUCTURE"),
        "map_that_says_it_is_huge": (head + items[0] + b"\xbb\0\0\0\0\xff\xff\xff\xff", "QR_STRUCTURE"),
        "big_number": (head + items[0] + items[1] + items[2] + b"\xc2\x41\x01", "QR_STRUCTURE"),
        "decimal_fraction": (head + items[0] + items[1] + b"\xc4\x82\x1b" + b"\x7f" * 8 + b"\x01" + items[3], "QR_STRUCTURE"),
        "regular_expression": (head + items[0] + items[1] + b"\xd8\x23\x64(a+)" + items[3], "QR_STRUCTURE"),
        "reference_to_itself": (b"\xd8\x1c\x81\xd8\x1d\x00", "QR_STRUCTURE"),
        "reserved_length": (b"\xd2\x9c" + b"".join(items), "QR_STRUCTURE"),
        "break_outside": (head + items[0] + items[1] + items[2] + b"\xff", "QR_STRUCTURE"),
        "undefined_value": (head + items[0] + items[1] + items[2] + b"\xf7", "QR_STRUCTURE"),
    }  # fmt: skip
    found["duplicate_key_in_the_unprotected_header"] = (
        head + items[0] + b"\xa2\x05\x01\x05\x02" + items[2] + items[3], "QR_STRUCTURE",
    )  # fmt: skip
    for name, (data, expected) in found.items():
        yield name, Hostile(base45.encode(_loosely(data)), expected)


def _loosely(octets: bytes) -> bytes:
    """A stream whose ratio is no reason to refuse it: what is in it shall be looked at."""
    stream = zlib.compress(octets, 9)
    return stream if len(octets) <= 15 * len(stream) else zlib.compress(octets, 0)


def _headers() -> Iterator[tuple[str, Hostile]]:
    def of(expected: str, **more: Any) -> Hostile:
        return Hostile(code(**more), expected)

    yield "alg_missing", of("QR_STRUCTURE", protected={4: KID})
    yield "alg_in_the_unprotected_header", of("QR_STRUCTURE", protected={4: KID}, unprotected={1: -7})
    yield "alg_in_both_headers", of("QR_STRUCTURE", unprotected={1: -7})
    yield "alg_in_both_headers_differing", of("QR_STRUCTURE", unprotected={1: 5})
    yield "alg_none", of("UNSUPPORTED_ALGORITHM", protected={1: 0, 4: KID})
    yield "alg_as_word", of("UNSUPPORTED_ALGORITHM", protected={1: "ES256", 4: KID})
    yield "alg_as_word_none", of("UNSUPPORTED_ALGORITHM", protected={1: "none", 4: KID})
    yield "alg_true", of("UNSUPPORTED_ALGORITHM", protected={1: True, 4: KID})
    yield "alg_null", of("QR_STRUCTURE", protected={1: None, 4: KID})
    yield "alg_huge", of("UNSUPPORTED_ALGORITHM", protected={1: 2**63, 4: KID})
    yield "alg_list", of("QR_STRUCTURE", protected={1: [-7], 4: KID})
    public = key().key.public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header, payload = cbor2.dumps({1: 5, 4: KID}), cbor2.dumps(claims())
    mac = hmac.digest(public, cbor2.dumps(["Signature1", header, b"", payload]), "sha256")
    yield (
        "hmac_with_the_public_key",
        Hostile(packed(message([header, {}, payload, mac])), "UNSUPPORTED_ALGORITHM"),
    )
    yield "alg_of_another_kind_of_key", of("QR_ALGORITHM_MISMATCH", protected={1: -8, 4: KID})
    yield "alg_of_another_hash", of("QR_ALGORITHM_MISMATCH", protected={1: -35, 4: KID})
    yield "alg_of_rsa", of("QR_ALGORITHM_MISMATCH", protected={1: -37, 4: KID})
    yield "alg_es256_for_an_ed25519_key", of("QR_ALGORITHM_MISMATCH", protected={1: -7, 4: b"2026-e"})
    yield "wrong_kid_with_right_signature", of("UNKNOWN_KEY", protected={1: -7, 4: b"2027-9"})
    yield "kid_and_alg_of_another_key", of("QR_SIGNATURE_INVALID", protected={1: -8, 4: b"2026-e"})
    yield "kid_as_text", of("QR_STRUCTURE", protected={1: -7, 4: "2026-1"})
    yield "kid_empty", of("QR_STRUCTURE", protected={1: -7, 4: b""})
    yield "kid_huge", of("QR_STRUCTURE", protected={1: -7, 4: hashlib.shake_256(b"k").digest(300)})
    yield "kid_in_both_headers", of("QR_STRUCTURE", unprotected={4: b"2026-e"})
    yield "kid_unprotected_and_wrong", of("UNKNOWN_KEY", protected={1: -7}, unprotected={4: b"2027-9"})
    yield "kid_with_a_path", of("UNKNOWN_KEY", protected={1: -7, 4: b"../../2026-1"})
    yield "kid_with_a_query", of("UNKNOWN_KEY", protected={1: -7, 4: b"' OR '1'='1"})
    yield "kid_that_is_no_text", of("UNKNOWN_KEY", protected={1: -7, 4: b"\xff\xfe\xfd"})
    yield "crit_unknown", of("QR_STRUCTURE", protected={1: -7, 4: KID, 2: [99], 99: 1})
    yield "crit_empty", of("QR_STRUCTURE", protected={1: -7, 4: KID, 2: []})
    yield "crit_unprotected", of("QR_STRUCTURE", unprotected={2: [1]})
    yield "crit_twice", of("QR_STRUCTURE", protected={1: -7, 4: KID, 2: [1, 1]})
    yield "crit_names_what_is_missing", of("QR_STRUCTURE", protected={1: -7, 4: KID, 2: [16]})
    yield "crit_true", of("QR_STRUCTURE", protected={1: -7, 4: KID, 2: [True]})
    yield "x5u_protected", of("QR_STRUCTURE", protected={1: -7, 4: KID, 35: "https://attacker.example"})
    yield "x5u_unprotected", of("QR_STRUCTURE", unprotected={35: "https://attacker.example"})
    yield (
        "header_twice",
        Hostile(packed(message(parts(protected=b"\xa3\x01\x26\x01\x27\x04\x46" + KID))), "QR_STRUCTURE"),
    )
    yield (
        "header_kid_twice",
        Hostile(packed(message(parts(protected=b"\xa3\x01\x26\x04\x41a\x04\x46" + KID))), "QR_STRUCTURE"),
    )
    yield (
        "header_with_octets_behind",
        Hostile(packed(message(parts(protected=cbor2.dumps({1: -7, 4: KID}) + b"\0"))), "QR_STRUCTURE"),
    )
    yield "header_indefinite", Hostile(packed(message(parts(protected=b"\xbf\x01\x26\xff"))), "QR_STRUCTURE")
    yield "header_as_list", Hostile(packed(message(parts(protected=[1, -7]))), "QR_STRUCTURE")
    yield "header_empty_map", Hostile(packed(message(parts(protected=b"\xa0"))), "QR_STRUCTURE")
    yield "header_empty", Hostile(packed(message(parts(protected=b""))), "QR_STRUCTURE")
    yield (
        "header_with_a_float_key",
        Hostile(packed(message(parts(protected=b"\xa2\xf9\x3c\x00\x26\x04\x46" + KID))), "QR_STRUCTURE"),
    )
    yield from _chains()


def _chains() -> Iterator[tuple[str, Hostile]]:
    """Certificates that shall be believed because they came along."""
    other = stranger()
    private = ec.generate_private_key(ec.SECP256R1())
    own = _certificate(other.key.public, "VN/Branch", "VN/Branch", other._private, authority=True)
    fake_root = _certificate(private.public_key(), "VN/Root", "VN/Root", private, authority=True)
    by_fake = _certificate(other.key.public, "VN/Branch", "VN/Root", private, authority=False)
    below_branch = _certificate(
        other.key.public, "VN/Below", "VN/Branch", branch()[0]._private, authority=False
    )
    signer, certificate = branch()
    expired = _certificate(
        signer.key.public, "VN/Branch", "VN/Root", root()[0], authority=False,
        start=NOW - 2 * YEAR, end=NOW - dt.timedelta(days=1),
    )  # fmt: skip

    def of(expected: str, chain: object, by: SoftwareSigner) -> Hostile:
        return Hostile(code(protected={1: -7, 33: chain}, by=by), expected)

    yield "chain_signed_by_itself", of("X5C_REFUSED", own, other)
    yield "chain_to_a_root_of_the_same_name", of("X5C_REFUSED", by_fake, other)
    yield "chain_that_brings_its_root", of("X5C_REFUSED", [by_fake, fake_root], other)
    yield "chain_below_a_signer", of("X5C_REFUSED", [below_branch, certificate], other)
    yield "chain_of_another_key", of("QR_SIGNATURE_INVALID", certificate, other)
    yield "chain_in_the_wrong_order", of("X5C_REFUSED", [root()[1], certificate], signer)
    yield "chain_expired", of("X5C_REFUSED", expired, signer)
    yield "chain_of_garbage", of("X5C_REFUSED", b"no certificate", signer)
    yield "chain_with_garbage_behind", of("X5C_REFUSED", certificate + b"\0", signer)
    yield "chain_empty", of("QR_STRUCTURE", [], signer)
    yield "chain_of_one_in_a_list", of("QR_STRUCTURE", [certificate], signer)
    yield "chain_of_twenty", of("QR_STRUCTURE", [b"x"] * 20, signer)
    yield "chain_of_six", of("X5C_REFUSED", [certificate, *[b"%d" % n for n in range(5)]], signer)
    yield "chain_of_text", of("QR_STRUCTURE", "text", signer)
    yield "chain_of_numbers", of("QR_STRUCTURE", [1, 2], signer)
    yield (
        "chain_in_both_headers",
        Hostile(code(protected={1: -7, 33: certificate}, unprotected={33: own}, by=signer), "QR_STRUCTURE"),
    )
    yield (
        "chain_for_an_issuer_without_roots",
        Hostile(
            code(claims(c1="https://other.example"), protected={1: -7, 33: certificate}, by=signer),
            "QR_ISSUER_UNKNOWN",
        ),
    )


_ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ORDER_ED25519 = 2**252 + 27742317777372353535851937790883648493


def _signatures() -> Iterator[tuple[str, Hostile]]:
    protected, _, payload, signature = parts()
    r, s = signature[:32], signature[32:]
    wrong = "QR_SIGNATURE_INVALID"

    def of(replacement: bytes, expected: str = wrong) -> Hostile:
        return Hostile(packed(message([protected, {}, payload, replacement])), expected)

    yield "signature_empty", of(b"", "QR_UNSIGNED")
    yield "signature_of_zeros", of(bytes(64))
    yield "signature_r_zero", of(bytes(32) + s)
    yield "signature_s_zero", of(r + bytes(32))
    yield "signature_r_and_s_exchanged", of(s + r)
    yield "signature_r_and_s_the_order", of(_ORDER_P256.to_bytes(32, "big") * 2)
    yield (
        "signature_s_beyond_the_order",
        of(r + ((int.from_bytes(s, "big") + _ORDER_P256) % 2**256).to_bytes(32, "big")),
    )
    yield "signature_too_short", of(signature[:-1])
    yield "signature_too_long", of(signature + b"\0")
    yield "signature_with_zeros_before", of(b"\0" + r + b"\0" + s)
    yield (
        "signature_in_der",
        of(utils.encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))),
    )
    yield "signature_of_a_stranger", Hostile(code(by=stranger()), wrong)
    yield "signature_without_its_structure", of(key().sign(payload))
    yield "signature_in_another_context", of(signature_over(protected, payload, key(), context="Signature"))
    yield (
        "signature_as_a_countersignature",
        of(signature_over(protected, payload, key(), context="CounterSignature")),
    )
    yield "signature_with_external_data", of(signature_over(protected, payload, key(), aad=b"x"))
    yield "signature_under_another_header", of(signature_over(b"", payload, key()))
    yield "signature_of_another_code", of(four(issued())[3])
    yield (
        "payload_of_another_code",
        Hostile(packed(message([protected, {}, four(issued())[2], signature])), wrong),
    )
    header = cbor2.dumps({1: -8, 4: b"2026-e"})
    edwards = signature_over(header, payload, key("Ed25519", "2026-e"))
    large = (int.from_bytes(edwards[32:], "little") + _ORDER_ED25519).to_bytes(32, "little")
    for name, replacement in (
        ("ed25519_s_beyond_the_order", edwards[:32] + large),
        ("ed25519_of_zeros", bytes(64)),
        ("ed25519_identity_point", b"\x01" + bytes(63)),
        ("ed25519_cut", edwards[:-1]),
    ):
        yield name, Hostile(packed(message([header, {}, payload, replacement])), wrong)
    yield (
        "no_kid_signature_of_a_stranger",
        Hostile(code(protected={1: -7}, by=stranger()), "QR_KEY_NOT_NAMED"),
    )
    yield (
        "no_kid_signature_empty",
        Hostile(packed(message([cbor2.dumps({1: -7}), {}, payload, b""])), "QR_UNSIGNED"),
    )


def _float(value: float, form: str = ">d") -> bytes:
    return {">d": b"\xfb", ">f": b"\xfa", ">e": b"\xf9"}[form] + struct.pack(form, value)


def _raw_map(**items: bytes) -> bytes:
    """A claims set in which single claims are octets of our choice (``c4=…``)."""
    found = {cbor2.dumps(k): cbor2.dumps(v) for k, v in claims().items()}
    for name, octets in items.items():
        found[cbor2.dumps(int(name[1:].replace("m", "-")))] = octets
    return bytes((0xA0 | len(found),)) + b"".join(k + v for k, v in found.items())


def _claims() -> Iterator[tuple[str, Hostile]]:
    nan, inf = float("nan"), float("inf")
    structure = {
        "exp_nan": _raw_map(c4=_float(nan)),
        "exp_nan_of_16_bits": _raw_map(c4=_float(nan, ">e")),
        "exp_nan_of_32_bits": _raw_map(c4=_float(nan, ">f")),
        "exp_infinite": _raw_map(c4=_float(inf)),
        "nbf_nan": _raw_map(c5=_float(nan)),
        "nbf_minus_infinite": _raw_map(c5=_float(-inf)),
        "iat_nan": _raw_map(c6=_float(nan)),
        "exp_big_number": _raw_map(c4=b"\xc2\x49\x01" + bytes(8)),
        "exp_tagged_as_time": _raw_map(c4=b"\xc1\x1a\x7f\xff\xff\xff"),
        "exp_twice": _twice(4),
        "iss_twice": _twice(1),
        "identity_twice": _twice(169),
        "nonce_twice": b"\xa8" + cbor2.dumps(claims())[1:] + (b"\x0a\x48" + bytes(8)) * 2,
        "exp_twice_in_another_length": b"\xa7" + cbor2.dumps(claims())[1:] + b"\x18\x04\x1a\x7f\xff\xff\xff",
        "exp_twice_as_float_key": b"\xa7" + cbor2.dumps(claims())[1:] + _float(4.0) + b"\x1a\x7f\xff\xff\xff",
        "iss_twice_as_true": b"\xa7" + cbor2.dumps(claims())[1:] + b"\xf5\x61x",
        "claims_with_octets_behind": cbor2.dumps(claims()) + b"\0",
        "claims_cut_off": cbor2.dumps(claims())[:-1],
        "claims_empty": b"",
        "claims_as_list": cbor2.dumps([claims()]),
        "claims_as_text": cbor2.dumps("claims"),
        "claims_as_null": b"\xf6",
        "claims_indefinite": b"\xbf" + cbor2.dumps(claims())[1:] + b"\xff",
        "claims_tagged": cbor2.dumps(cbor2.CBORTag(61, claims())),
        "claims_in_a_message": message(parts()),
        "claims_with_a_list_as_key": b"\xa7" + cbor2.dumps(claims())[1:] + b"\x81\x01\x01",
        "claims_with_octets_as_key": b"\xa7" + cbor2.dumps(claims())[1:] + b"\x41\x04\x01",
        "claims_with_null_as_key": b"\xa7" + cbor2.dumps(claims())[1:] + b"\xf6\x01",
        "claims_with_text_that_is_none": b"\xa7" + cbor2.dumps(claims())[1:] + b"\x18\x63\x62\xc3\x28",
        "claims_with_a_surrogate": b"\xa7" + cbor2.dumps(claims())[1:] + b"\x18\x63\x63\xed\xa0\x80",
        "identity_name_twice": _raw_map(c169=b"\xa2\x04\x61A\x04\x61B"),
        "identity_photo_member_twice": _raw_map(c169=b"\xa1\x18\x3e\x81\xa2\x00\x41a\x00\x41b"),
        "identity_key_true": _raw_map(c169=b"\xa2\x01\x61A\xf5\x61B"),
        "identity_key_float": _raw_map(c169=b"\xa2\x04\x61A" + _float(4.0) + b"\x61B"),
        "identity_nan": _raw_map(c169=b"\xa1\x02" + _float(nan)),
        "identity_tagged": _raw_map(c169=b"\xd8\x3d\xa0"),
    }
    for name, payload in structure.items():
        yield name, Hostile(code(payload), "QR_STRUCTURE")
    wrong = {
        "exp_text": claims(c4="2099-01-01"),
        "exp_true": claims(c4=True),
        "exp_negative": claims(c4=-1),
        "exp_beyond_the_calendar": claims(c4=253_402_300_800),
        "exp_of_64_bits": claims(c4=2**64 - 1),
        "exp_list": claims(c4=[_SECONDS + 60]),
        "iat_negative": claims(c6=-1),
        "iat_text": claims(c6="now"),
        "nbf_octets": claims(c5=b"\0"),
        "iss_number": claims(c1=1),
        "iss_empty": claims(c1=""),
        "iss_huge": claims(c1=hashlib.shake_256(b"i").hexdigest(600)),
        "iss_list": claims(c1=[ISSUER]),
        "sub_octets": claims(c2=b"sub"),
        "aud_number": claims(c3=1),
        "aud_empty_list": claims(c3=[]),
        "cti_text": claims(c7="identifier"),
        "cti_huge": claims(c7=hashlib.shake_256(b"c").digest(300)),
        "nonce_short": claims(c10=b"short"),
        "nonce_long": claims(c10=hashlib.shake_256(b"n").digest(65)),
        "nonce_text": claims(c10="a text of some length"),
        "account_level_three": claims(cm65537=3),
        "account_level_zero": claims(cm65537=0),
        "account_level_true": claims(cm65537=True),
        "authentication_level_five": claims(cm65538=5),
        "authentication_level_negative": claims(cm65538=-1),
        "authentication_level_text": claims(cm65538="4"),
        "authentication_level_float": claims(cm65538=4.0),
        "status_empty": claims(c65535={}),
        "status_of_another_kind": claims(c65535={"identifier_list": {"id": b"1"}}),
        "status_text": claims(c65535="valid"),
        "status_without_index": claims(c65535={"status_list": {"uri": LIST}}),
        "status_index_negative": claims(c65535={"status_list": {"idx": -1, "uri": LIST}}),
        "status_index_huge": claims(c65535={"status_list": {"idx": 2**63, "uri": LIST}}),
        "status_index_true": claims(c65535={"status_list": {"idx": True, "uri": LIST}}),
        "status_address_none": claims(c65535={"status_list": {"idx": 0, "uri": "no address"}}),
        "identity_list": claims(c169=[]),
        "identity_text": claims(c169="Nguyễn Đức Ánh"),
        "identity_number": claims(c169=169),
    }
    for name, content in wrong.items():
        yield name, Hostile(code(content), "QR_CLAIM")
    yield "identity_missing", Hostile(code(claims(c169=None)), "QR_CLAIM_MISSING")
    yield "identity_null", Hostile(code(_raw_map(c169=b"\xf6")), "QR_CLAIM")
    yield "claims_of_nothing", Hostile(code({}), "QR_CLAIM_MISSING")
    yield (
        "claims_with_names_in_place_of_numbers",
        Hostile(code({"iss": ISSUER, "exp": _SECONDS + 60, "169": {}}), "QR_CLAIM_MISSING"),
    )
    deep = b"\x81" * 400 + b"\0"
    yield (
        "claims_nested_deep",
        Hostile(base45.encode(_loosely(message(parts(_raw_map(c99=deep))))), "QR_TOO_LARGE"),
    )
    many = b"\x99\x2e\xe0" + b"\0" * 12_000
    yield (
        "claims_with_very_many_items",
        Hostile(base45.encode(_mixed(message(parts(_raw_map(c99=many))))), "QR_TOO_LARGE"),
    )
    judged = {
        "expired": (claims(c4=_SECONDS - 31), "QR_EXPIRED"),
        "expired_long_ago": (claims(c4=0), "QR_EXPIRED"),
        "expired_by_a_fraction": (claims(c4=_SECONDS - 30.5), "QR_EXPIRED"),
        "not_yet_valid": (claims(c5=_SECONDS + 31), "QR_NOT_YET_VALID"),
        "issued_in_the_future": (claims(c6=_SECONDS + 31), "QR_NOT_YET_VALID"),
        "without_an_end": (claims(c4=None), "QR_NO_EXPIRY"),
        "of_another_issuer": (claims(c1="https://other.example"), "QR_ISSUER_UNKNOWN"),
        "of_the_issuer_in_capitals": (claims(c1=ISSUER.upper()), "QR_ISSUER_UNKNOWN"),
        "of_the_issuer_with_a_slash": (claims(c1=ISSUER + "/"), "QR_ISSUER_UNKNOWN"),
        "of_the_issuer_in_lookalikes": (claims(c1="https://іd.example"), "QR_ISSUER_UNKNOWN"),
        "of_the_issuer_with_nul": (claims(c1=ISSUER + "\0"), "QR_ISSUER_UNKNOWN"),
        "of_no_issuer": (claims(c1=None), "QR_ISSUER_UNKNOWN"),
        "for_an_audience": (claims(c3="bank"), "QR_FOR_AN_AUDIENCE"),
        "for_several_audiences": (claims(c3=["bank", "clinic"]), "QR_FOR_AN_AUDIENCE"),
        "revoked": (claims(c65535={"status_list": {"idx": 1, "uri": LIST}}), "QR_REVOKED"),
        "suspended": (claims(c65535={"status_list": {"idx": 2, "uri": LIST}}), "QR_SUSPENDED"),
        "status_beyond_the_list": (claims(c65535={"status_list": {"idx": 64, "uri": LIST}}), "STATUS_INDEX_OUTSIDE"),
        "status_in_a_list_of_a_stranger": (
            claims(c65535={"status_list": {"idx": 0, "uri": "https://attacker.example/1"}}), "STATUS_LIST_UNTRUSTED",
        ),
        "status_in_a_list_with_a_longer_address": (
            claims(c65535={"status_list": {"idx": 0, "uri": LIST + "0"}}), "STATUS_LIST_UNTRUSTED",
        ),
    }  # fmt: skip
    for name, (content, expected) in judged.items():
        yield name, Hostile(code(content), expected)
    listed = sign_status_list(
        StatusList.of(64, bits=2), key(), uri=LIST, issued_at=NOW, expires_at=NOW + YEAR,
        ttl=dt.timedelta(hours=1), form=Form.CWT,
    )  # fmt: skip
    yield "a_status_list_in_place_of_a_code", Hostile(packed(listed), "QR_CLAIM_MISSING")


def _twice(number: int) -> bytes:
    """A claims set in which one claim stands a second time."""
    found = claims()
    again = cbor2.dumps(number) + cbor2.dumps(found[number])
    return bytes((0xA0 | len(found) + 1,)) + cbor2.dumps(found)[1:] + again


def _mixed(octets: bytes) -> bytes:
    """A stream with a ratio below the limit, and small enough for a code."""
    compressor = zlib.compressobj(9)
    head = compressor.compress(octets[:200]) + compressor.flush(zlib.Z_FULL_FLUSH)
    for at in range(200, len(octets), 150):
        head += compressor.compress(octets[at : at + 150]) + compressor.flush(zlib.Z_FULL_FLUSH)
    return head + compressor.flush()


def _people() -> Iterator[tuple[str, Hostile]]:
    photo = b"\xff\xd8\xffface of one"
    victim, attacker = four(issued(photo=photo)), four(issued(photo=b"\xff\xd8\xffface of two"))
    swapped = victim[2].replace(b"face of one", b"face of two")
    renamed = victim[2].replace("Ánh".encode(), "Ình".encode())
    for name, payload in (("photo_swapped", swapped), ("name_changed", renamed)):
        assert payload != victim[2]
        yield name, Hostile(packed(message([victim[0], {}, payload, victim[3]])), "QR_SIGNATURE_INVALID")
    yield (
        "photo_swapped_with_its_signature",
        Hostile(packed(message([victim[0], {}, victim[2], attacker[3]])), "QR_SIGNATURE_INVALID"),
    )
    longer = dict(cbor2.loads(victim[2]))
    longer[4] += 10 * 365 * 86400
    yield (
        "end_moved",
        Hostile(packed(message([victim[0], {}, cbor2.dumps(longer), victim[3]])), "QR_SIGNATURE_INVALID"),
    )
    raised = dict(cbor2.loads(victim[2]))
    raised[-65538] = 4
    yield (
        "level_added",
        Hostile(packed(message([victim[0], {}, cbor2.dumps(raised), victim[3]])), "QR_SIGNATURE_INVALID"),
    )
    wrong = {
        "name_as_octets": {4: b"A"},
        "name_as_list": {4: ["A"]},
        "name_as_map": {4: {1: "A"}},
        "name_true": {4: True},
        "birth_date_octets": {8: b"19990704"},
        "birth_date_float": {8: 1.5},
        "gender_true": {9: True},
        "gender_list": {9: [1]},
        "fingers_text": {18: "1"},
        "fingers_beyond_the_hand": {18: [11]},
        "fingers_very_many": {18: [1] * 12},
        "face_octets": {62: b"\xff\xd8"},
        "face_without_data": {62: [{1: 0}]},
        "face_of_numbers": {62: [{0: 5}]},
        "face_list_of_lists": {62: [[b"x"]]},
        "face_nine_times": {62: [{0: b"x"}] * 9},
        "face_format_text": {62: [{0: b"x", 1: "0"}]},
        "face_as_bad_hexadecimal": {62: [{0: "zz"}]},
        "old_photo_number": {16: 5},
        "old_photo_bad_hexadecimal": {16: "zz"},
    }
    for name, identity in wrong.items():
        yield name, Hostile(code(claims(c169=identity)), "QR_CLAIM")


def _presentations() -> Iterator[tuple[str, Hostile]]:
    yield "replay_for_another_check", Hostile(issued(nonce=NONCE), "QR_NONCE_MISMATCH", nonce=bytes(16))
    yield "nonce_with_an_octet_less", Hostile(issued(nonce=NONCE), "QR_NONCE_MISMATCH", nonce=NONCE[:-1])
    yield "nonce_with_an_octet_more", Hostile(issued(nonce=NONCE), "QR_NONCE_MISMATCH", nonce=NONCE + b"\0")
    yield "photocopy_as_presentation", Hostile(issued(), "QR_NOT_A_PRESENTATION", nonce=NONCE)
    yield "presentation_as_photocopy", Hostile(issued(nonce=NONCE), "QR_NONCE_NOT_GIVEN")
    for name, changes in (
        ("long_presentation", {}),
        ("presentation_without_end", {"c4": None}),
        ("presentation_without_beginning", {"c6": None}),
    ):
        yield name, Hostile(code(claims(c10=NONCE, **changes)), "QR_LIVES_TOO_LONG", nonce=NONCE)
    past = claims(c10=NONCE, c4=_SECONDS - 40, c5=_SECONDS - 100, c6=_SECONDS - 100)
    yield "old_presentation", Hostile(code(past), "QR_EXPIRED", nonce=NONCE)


# --- health certificates -------------------------------------------------------------------------

_ENTRY = {
    "tg": "840539006", "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215", "dn": 2, "sd": 2,
    "dt": "2026-02-18", "co": "VN", "is": "Ministry", "ci": "URN:UVCI:01:VN:0001",
}  # fmt: skip


def _content(**changes: Any) -> dict[str, Any]:
    found = {
        "ver": "1.3.0",
        "dob": "1999-07-04",
        "nam": {"fnt": "NGUYEN", "gnt": "DUC<ANH"},
        "v": [_ENTRY],
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def _health_claims(certificate: object = None, **changes: Any) -> dict[int, Any]:
    found: dict[int, Any] = {1: "VN", 4: _SECONDS + 3600, 6: _SECONDS}
    found[-260] = {1: _content() if certificate is None else certificate}
    found.update({int(name[1:]): value for name, value in changes.items()})
    return {number: value for number, value in found.items() if value is not None}


def health_code(
    payload: object = None, *, of: str = "any", by: SoftwareSigner | None = None, header: object = None
) -> str:
    signer, certificate = health_signers()[of]
    kid = hashlib.sha256(certificate).digest()[:8]
    built = parts(
        _health_claims() if payload is None else payload,
        protected={1: -7, 4: kid} if header is None else header,
        by=by or signer,
    )
    return "HC1:" + packed(message(built))


def _health() -> Iterator[tuple[str, Hostile]]:
    def of(text: str, expected: str) -> Hostile:
        return Hostile(text, expected, health=True)

    good = health_code()
    protected, _, payload, signature = four(good.removeprefix("HC1:"))
    altered = payload.replace(b"NGUYEN", b"NGUYET")
    yield "health_without_prefix", of(good.removeprefix("HC1:"), "QR_TEXT")
    yield "health_with_another_prefix", of(good.replace("HC1:", "HC2:"), "QR_TEXT")
    yield "health_with_two_prefixes", of("HC1:" + good, "QR_TEXT")
    yield (
        "health_altered",
        of("HC1:" + packed(message([protected, {}, altered, signature])), "QR_SIGNATURE_INVALID"),
    )
    yield "health_unsigned", of("HC1:" + packed(message([protected, {}, payload, b""])), "QR_UNSIGNED")
    yield "health_of_a_stranger", of(health_code(by=stranger()), "QR_SIGNATURE_INVALID")
    yield "health_wrong_kid_with_right_signature", of(health_code(header={1: -7, 4: bytes(8)}), "UNKNOWN_KEY")
    yield "health_no_kid_of_a_stranger", of(health_code(header={1: -7}, by=stranger()), "QR_KEY_NOT_NAMED")
    own = hashlib.sha256(health_signers()["any"][1]).digest()[:8]
    yield "health_alg_of_another_key", of(health_code(header={1: -37, 4: own}), "QR_ALGORITHM_MISMATCH")
    yield "health_alg_none", of(health_code(header={1: 0, 4: own}), "UNSUPPORTED_ALGORITHM")
    yield "health_by_a_signer_of_tests", of(health_code(of="tests"), "QR_SIGNER_NOT_ENTITLED")
    yield "health_by_a_signer_of_another_country", of(health_code(of="foreign"), "QR_COUNTRY_MISMATCH")
    yield "health_by_an_expired_signer", of(health_code(of="expired"), "QR_SIGNER_EXPIRED")
    yield "health_expired", of(health_code(_health_claims(c4=_SECONDS - 60)), "QR_EXPIRED")
    yield "health_from_the_future", of(health_code(_health_claims(c6=_SECONDS + 60)), "QR_NOT_YET_VALID")
    yield "health_without_an_end", of(health_code(_health_claims(c4=None)), "QR_NO_EXPIRY")
    yield "health_of_nothing", of(health_code({1: "VN"}), "QR_CLAIM_MISSING")
    yield (
        "health_of_two_certificates",
        of(health_code(_health_claims(_content(v=[_ENTRY, _ENTRY]))), "QR_CLAIM"),
    )
    yield "health_of_two_kinds", of(health_code(_health_claims(_content(t=[_ENTRY]))), "QR_CLAIM")
    yield (
        "health_dose_nan",
        of(
            health_code(cbor2.dumps(_health_claims()).replace(b"\x62dn\x02", b"\x62dn\xf9\x7e\x00")),
            "QR_STRUCTURE",
        ),
    )
    yield (
        "health_name_twice",
        of(
            health_code(cbor2.dumps(_health_claims()).replace(b"\xa2\x63fnt", b"\xa3\x63fnt\x61A\x63fnt")),
            "QR_STRUCTURE",
        ),
    )
    yield (
        "health_date_impossible",
        of(health_code(_health_claims(_content(v=[{**_ENTRY, "dt": "2026-02-30"}]))), "QR_CLAIM"),
    )
    yield "health_code_of_a_person", of("HC1:" + issued(), "QR_CLAIM_MISSING")
