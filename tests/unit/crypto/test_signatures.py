"""Signature algorithms as documents name them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eid.crypto.digests import digest, hash_algorithm, hash_name
from eid.crypto.public_keys import load_public_key
from eid.crypto.signatures import (
    SignatureAlgorithm,
    read_signature_algorithm,
    signature_algorithm_by_oid,
    verify_ecdsa_plain,
    verify_signature,
)
from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import EncodingError, InvalidSignature, UnsupportedAlgorithm

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = load_public_key(RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
EC_KEY = load_public_key(EC.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
NULL = b"\x05\x00"


def identifier(oid: str, *parameters: bytes) -> bytes:
    return der.sequence(der.oid(oid), *parameters)


@pytest.mark.parametrize(
    ("oid", "name", "scheme", "hash_"),
    [
        ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption", "PKCS1", "sha1"),
        ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption", "PKCS1", "sha256"),
        ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption", "PKCS1", "sha512"),
        ("1.2.840.10045.4.1", "ecdsa-with-SHA1", "ECDSA", "sha1"),
        ("1.2.840.10045.4.3.1", "ecdsa-with-SHA224", "ECDSA", "sha224"),
        ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512", "ECDSA", "sha512"),
        ("0.4.0.127.0.7.1.1.4.1.3", "ecdsa-plain-SHA256", "ECDSA_PLAIN", "sha256"),
        ("1.2.840.10040.4.3", "dsa-with-SHA1", "DSA", "sha1"),
        ("2.16.840.1.101.3.4.3.2", "dsa-with-SHA256", "DSA", "sha256"),
    ],
)
def test_algorithms_are_known_by_identifier(oid: str, name: str, scheme: str, hash_: str) -> None:
    for parameters in ((), (NULL,)):  # NULL beside ECDSA occurs in ten country certificates
        found = read_signature_algorithm(parse(identifier(oid, *parameters)))
        assert (found.name, found.scheme, found.hash_name) == (name, scheme, hash_)
    assert signature_algorithm_by_oid(oid) == found


def test_plain_rsa_encryption_takes_the_hash_of_the_digest_algorithm() -> None:
    node = parse(identifier("1.2.840.113549.1.1.1", NULL))
    assert read_signature_algorithm(node, "sha384").hash_name == "sha384"
    with pytest.raises(UnsupportedAlgorithm):
        read_signature_algorithm(node)


def test_a_bare_key_identifier_means_ecdsa_with_the_hash_of_the_digest_algorithm() -> None:
    node = parse(identifier("1.2.840.10045.2.1"))
    found = read_signature_algorithm(node, "sha256")
    assert (found.name, found.scheme, found.hash_name) == ("ecdsa-with-SHA256", "ECDSA", "sha256")
    verify_signature(EC_KEY, found, EC.sign(b"m", ec.ECDSA(hashes.SHA256())), b"m")
    with pytest.raises(UnsupportedAlgorithm):
        read_signature_algorithm(node)


def test_ecdsa_with_a_hash_specified_in_its_parameters() -> None:
    sha384 = identifier("2.16.840.1.101.3.4.2.2", NULL)
    found = read_signature_algorithm(parse(identifier("1.2.840.10045.4.3", sha384)))
    assert (found.name, found.scheme, found.hash_name) == ("ecdsa-with-SHA384", "ECDSA", "sha384")
    for parameters in ((), (NULL, NULL), (der.sequence(),), (identifier("1.2.3"),)):
        with pytest.raises((UnsupportedAlgorithm, EncodingError)):
            read_signature_algorithm(parse(identifier("1.2.840.10045.4.3", *parameters)))


def test_pss_takes_everything_from_its_parameters() -> None:
    def hash_(oid: str) -> bytes:
        return identifier(oid, NULL)

    mgf = identifier("1.2.840.113549.1.1.8", hash_("1.3.14.3.2.26"))
    parameters = der.sequence(
        tlv(0xA0, hash_("2.16.840.1.101.3.4.2.3")),
        tlv(0xA1, mgf),
        tlv(0xA2, der.integer(7)),
        tlv(0xA3, der.integer(1)),
    )
    found = read_signature_algorithm(parse(identifier("1.2.840.113549.1.1.10", parameters)), "sha256")
    assert found == SignatureAlgorithm("RSASSA-PSS", "PSS", "sha512", "sha1", 7)


@pytest.mark.parametrize(
    "raw",
    [
        identifier("1.2.3.4"),
        identifier("1.2.840.113549.1.1.4", NULL),  # MD5
        identifier("1.2.840.113549.1.1.10"),  # PSS without parameters says nothing
        identifier("1.2.840.113549.1.1.10", NULL),
        identifier("1.2.840.10045.4.3.2", tlv(4, b"\0" * 1200)),
    ],
)
def test_other_algorithms_are_unsupported_and_no_forgery(raw: bytes) -> None:
    with pytest.raises(UnsupportedAlgorithm):
        read_signature_algorithm(parse(raw), "sha256")


def test_an_algorithm_without_identifier_is_malformed() -> None:
    with pytest.raises(EncodingError):
        read_signature_algorithm(parse(der.sequence()))


@pytest.mark.parametrize("name", ["sha1", "sha224", "sha256", "sha384", "sha512"])
def test_good_signatures_pass_and_altered_messages_fail(name: str) -> None:
    function = hash_algorithm(name)
    cases = [
        (RSA_KEY, SignatureAlgorithm("a", "PKCS1", name), RSA.sign(b"m", padding.PKCS1v15(), function)),
        (EC_KEY, SignatureAlgorithm("b", "ECDSA", name), EC.sign(b"m", ec.ECDSA(function))),
        (
            RSA_KEY,
            SignatureAlgorithm("c", "PSS", name, name, 11),
            RSA.sign(b"m", padding.PSS(padding.MGF1(function), 11), function),
        ),
    ]
    for key, algorithm, signature in cases:
        verify_signature(key, algorithm, signature, b"m")
        for wrong in ((signature, b"n"), (signature[:-1] + bytes((signature[-1] ^ 1,)), b"m"), (b"", b"m")):
            with pytest.raises(InvalidSignature):
                verify_signature(key, algorithm, *wrong)


def test_pss_with_another_salt_length_or_mask_hash_fails() -> None:
    signature = RSA.sign(b"m", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    verify_signature(RSA_KEY, SignatureAlgorithm("p", "PSS", "sha256", "sha256", 32), signature, b"m")
    for mgf, salt in (("sha256", 20), ("sha1", 32)):
        with pytest.raises(InvalidSignature):
            verify_signature(RSA_KEY, SignatureAlgorithm("p", "PSS", "sha256", mgf, salt), signature, b"m")
    with pytest.raises(InvalidSignature):  # no room for such a salt in 2048 bits
        verify_signature(RSA_KEY, SignatureAlgorithm("p", "PSS", "sha256", "sha256", 2000), signature, b"m")


def test_a_signature_of_another_kind_than_the_key_fails() -> None:
    for key, scheme in ((RSA_KEY, "ECDSA"), (EC_KEY, "PKCS1"), (EC_KEY, "PSS"), (RSA_KEY, "ECDSA_PLAIN")):
        with pytest.raises(InvalidSignature):
            verify_signature(key, SignatureAlgorithm("x", scheme, "sha256"), b"\1" * 64, b"m")


def test_ecdsa_signatures_must_be_der_and_nothing_else() -> None:
    good = EC.sign(b"m", ec.ECDSA(hashes.SHA256()))
    algorithm = SignatureAlgorithm("x", "ECDSA", "sha256")
    r, s = (node.raw for node in parse(good).children())
    longer = b"\x30\x81" + bytes((len(r) + len(s),)) + r + s
    for wrong in (good + b"\0", longer, der.sequence(r, s, s), tlv(0x31, r, s)):
        with pytest.raises(InvalidSignature):
            verify_signature(EC_KEY, algorithm, wrong, b"m")


def test_plain_ecdsa_signatures_must_have_the_length_of_the_order() -> None:
    r, s = (der.read_integer(node) for node in parse(EC.sign(b"m", ec.ECDSA(hashes.SHA256()))).children())
    plain = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    verify_ecdsa_plain(EC_KEY, "sha256", plain, b"m")
    verify_signature(EC_KEY, SignatureAlgorithm("x", "ECDSA_PLAIN", "sha256"), plain, b"m")
    longer = r.to_bytes(33, "big") + s.to_bytes(33, "big")
    padded = plain[:32] + b"\0\0" + plain[32:]  # the same numbers, written longer
    for wrong in (longer, padded, plain[:-1], b"", b"\0" * 64, plain[32:] + plain[:32]):
        with pytest.raises(InvalidSignature):
            verify_ecdsa_plain(EC_KEY, "sha256", wrong, b"m")


def test_unknown_hash_functions_are_unsupported() -> None:
    for call in (lambda: hash_name("1.2.3"), lambda: digest("md5", b""), lambda: hash_algorithm("md5")):
        with pytest.raises(UnsupportedAlgorithm):
            call()
    with pytest.raises(UnsupportedAlgorithm):
        verify_ecdsa_plain(EC_KEY, "md5", b"\1" * 64, b"")
    assert digest(hash_name("2.16.840.1.101.3.4.2.1"), b"").hex().startswith("e3b0c442")
