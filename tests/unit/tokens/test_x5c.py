"""Certificates that come with a token count only when they lead to a root that was pinned before."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto.keys import Key, SoftwareSigner
from eid.errors import CertificateChainRefused, EidError, KeyFileError
from eid.tokens.jws import parse_jws, sign_jws, verify_jws
from eid.tokens.x5c import MAX_CERTIFICATE, MAX_CHAIN, PinnedRoots, decode_x5c, names_issuer

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


class Member:
    """A certificate with its private key, and whoever it issues."""

    def __init__(
        self,
        name: str,
        issuer: Member | None = None,
        *,
        private: Any = None,
        ca: bool | None = True,
        path_length: int | None = None,
        usage: tuple[str, ...] | None = ("key_cert_sign",),
        start: dt.datetime = NOW - 9 * DAY,
        end: dt.datetime = NOW + 9 * DAY,
        extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
        hash_algorithm: Any = hashes.SHA256(),
        issuer_name: str | None = None,
    ) -> None:
        self.private = private or ec.generate_private_key(ec.SECP256R1())
        above = issuer or self
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        said = (
            above.name
            if issuer_name is None
            else x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer_name)])
        )
        builder = x509.CertificateBuilder(
            said, self.name, self.private.public_key(), x509.random_serial_number(), start, end
        )
        if ca is not None:
            builder = builder.add_extension(x509.BasicConstraints(ca, path_length), critical=True)
        if usage is not None:
            bits = {each: each in usage for each in USAGES}
            builder = builder.add_extension(x509.KeyUsage(**bits), critical=True)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        edwards = isinstance(above.private, ed25519.Ed25519PrivateKey)
        signed = builder.sign(above.private, None if edwards else hash_algorithm)
        self.der = signed.public_bytes(Encoding.DER)
        self.pem = signed.public_bytes(Encoding.PEM)

    def signer(self, name: str = "signer", **other: Any) -> Member:
        return Member(name, self, **{"ca": False, "usage": ("digital_signature",), **other})


ROOT = Member("root")
BETWEEN = Member("between", ROOT)
SIGNER = BETWEEN.signer()
PINNED = PinnedRoots([ROOT.der])
CHAIN = (SIGNER.der, BETWEEN.der)


def refused(
    chain: Any, *, kind: str, roots: PinnedRoots = PINNED, now: dt.datetime = NOW, **other: Any
) -> None:
    with pytest.raises(CertificateChainRefused) as caught:
        roots.key(chain, now=now, **other)
    assert caught.value.kind == kind, caught.value


# --- what holds ----------------------------------------------------------------------------------


def test_a_chain_to_a_pinned_root_gives_the_key_of_its_signer() -> None:
    key = PINNED.key(CHAIN, now=NOW)
    assert (key.alg, key.x5c) == ("ES256", CHAIN)
    assert (key.not_before, key.not_after) == (NOW - 9 * DAY, NOW + 9 * DAY)
    key.verify(SoftwareSigner(SIGNER.private).sign(b"m"), b"m")
    assert PINNED.key(CHAIN, now=NOW, kid="mine").kid == "mine"
    assert key.kid == key.thumbprint()


def test_a_token_with_its_certificates_verifies() -> None:
    x5c = [base64.b64encode(der).decode() for der in CHAIN]
    token = sign_jws({"x5c": x5c}, b"{}", SoftwareSigner(SIGNER.private))
    jws = parse_jws(token, allow=frozenset({"x5c"}))
    chain = decode_x5c(jws.header["x5c"])
    verify_jws(jws, PINNED.key(chain, now=NOW, alg=jws.header["alg"]))
    with pytest.raises(EidError):
        parse_jws(token)  # where a profile does not ask for it, a header brings no certificates


def test_the_root_may_come_along_or_not() -> None:
    assert PINNED.key((*CHAIN, ROOT.der), now=NOW).alg == "ES256"
    assert PINNED.key((ROOT.signer().der,), now=NOW).alg == "ES256"


def test_an_authority_below_the_root_can_be_pinned_itself() -> None:
    pinned = PinnedRoots([BETWEEN.der])
    for chain in ((SIGNER.der,), CHAIN, (*CHAIN, ROOT.der)):
        assert pinned.key(chain, now=NOW).alg == "ES256"
    assert (
        pinned.key((*CHAIN, Member("root").der), now=NOW).alg == "ES256"
    )  # what stands above does not matter
    refused((ROOT.signer().der,), kind="root", roots=pinned)


def test_of_two_roots_with_one_name_the_one_that_signed_counts() -> None:
    twin = Member("root")
    for roots in (PinnedRoots([twin.der, ROOT.der]), PinnedRoots([ROOT.der, twin.der])):
        assert roots.key(CHAIN, now=NOW).alg == "ES256"
        assert len(roots) == 2
    refused(CHAIN, kind="root", roots=PinnedRoots([twin.der]))


@pytest.mark.parametrize("make", [
    lambda: ec.generate_private_key(ec.SECP384R1()), lambda: ec.generate_private_key(ec.SECP521R1()), ed25519.Ed25519PrivateKey.generate,
], ids=["P-384", "P-521", "Ed25519"])  # fmt: skip
def test_other_kinds_of_keys_in_root_and_signer(make: Callable[[], Any]) -> None:
    root = Member("root", private=make())
    signer = root.signer(private=make())
    key = PinnedRoots([root.der]).key(
        (signer.der,), now=NOW, alg="ES256"
    )  # the header's word counts for RSA only
    assert key.alg == Key.from_public(signer.private.public_key()).alg


def test_an_rsa_key_is_for_the_algorithm_that_the_header_names() -> None:
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    root = Member("root", private=private)
    pinned, chain = PinnedRoots([root.der]), (root.signer(private=private).der,)
    for alg in ("RS256", "PS256"):
        assert pinned.key(chain, now=NOW, alg=alg).alg == alg
    for alg in (None, "ES256", "HS256", "none"):
        refused(chain, kind="algorithm", roots=pinned, alg=alg)


def test_roots_are_read_from_files(tmp_path: Path) -> None:
    pem, der = tmp_path / "roots.pem", tmp_path / "root.der"
    pem.write_bytes(Member("other").pem + ROOT.pem)
    der.write_bytes(ROOT.der)
    assert PinnedRoots.open(pem).key(CHAIN, now=NOW).alg == "ES256"
    assert len(PinnedRoots.open(pem, der)) == 2
    with pytest.raises(KeyFileError):
        PinnedRoots.open(tmp_path / "none")
    for content in (b"", b"junk", ROOT.pem.replace(b"MII", b"M!I"), SIGNER.pem):
        pem.write_bytes(content)
        with pytest.raises(CertificateChainRefused):
            PinnedRoots.open(pem)


# --- roots come from the caller ------------------------------------------------------------------


def test_a_root_never_comes_from_the_token() -> None:
    stranger = Member("root")  # called like the pinned one
    between = Member("between", stranger)
    signer = between.signer()
    refused((signer.der, between.der, stranger.der), kind="root")
    refused((stranger.signer().der,), kind="root")
    refused((stranger.signer().der, stranger.der), kind="root")
    refused((signer.der, between.der, ROOT.der), kind="signature")
    refused((stranger.signer().der, ROOT.der), kind="signature")


def test_a_certificate_that_stands_by_itself_is_refused() -> None:
    alone = Member("signer", ca=False, usage=("digital_signature",))
    refused((alone.der,), kind="root")
    refused((ROOT.der,), kind="root")
    refused((ROOT.der, ROOT.der), kind="root")
    refused((ROOT.signer("root").der,), kind="root")  # called like its issuer
    both = Member("root", usage=("digital_signature", "key_cert_sign"))
    refused((both.der,), kind="root", roots=PinnedRoots([both.der]))


def test_a_root_that_is_no_authority_cannot_be_pinned() -> None:
    for member in (
        SIGNER, Member("r", ca=None), Member("r", ca=False), Member("r", usage=None), Member("r", usage=("crl_sign",)),
    ):  # fmt: skip
        with pytest.raises(CertificateChainRefused):
            PinnedRoots([ROOT.der, member.der])
    with pytest.raises(CertificateChainRefused):
        PinnedRoots([])


# --- each check ----------------------------------------------------------------------------------


def test_certificates_out_of_order_are_refused() -> None:
    refused((BETWEEN.der, SIGNER.der), kind="root")
    deeper = Member("deeper", BETWEEN)
    chain = (deeper.signer().der, deeper.der, BETWEEN.der)
    assert PINNED.key(chain, now=NOW)
    refused((chain[0], BETWEEN.der), kind="order")
    refused((chain[0], chain[1]), kind="root")


def test_a_name_without_the_signature_leads_nowhere() -> None:
    impostor = Member("between", Member("elsewhere"), issuer_name="root")
    refused((impostor.signer().der, impostor.der), kind="root")
    refused((impostor.signer().der, BETWEEN.der), kind="signature")


@pytest.mark.parametrize("which", ["signer", "between", "root"])
@pytest.mark.parametrize(("start", "end"), [(NOW - 9 * DAY, NOW - DAY), (NOW + DAY, NOW + 9 * DAY)])
def test_every_certificate_must_be_valid_now(which: str, start: dt.datetime, end: dt.datetime) -> None:
    when: dict[str, Any] = {"start": start, "end": end}
    root = Member("root", **(when if which == "root" else {}))
    between = Member("between", root, **(when if which == "between" else {}))
    signer = between.signer(**(when if which == "signer" else {}))
    roots = PinnedRoots([root.der])
    refused((signer.der, between.der), kind="validity", roots=roots)
    if start < NOW:
        assert roots.key((signer.der, between.der), now=end)
    else:
        assert roots.key((signer.der, between.der), now=start)


@pytest.mark.parametrize("other", [
    {"ca": None}, {"ca": False}, {"usage": None}, {"usage": ("digital_signature",)}, {"usage": ("crl_sign",)},
], ids=str)  # fmt: skip
def test_who_is_no_authority_issues_nothing(other: dict[str, Any]) -> None:
    between = Member("between", ROOT, **other)
    refused((between.signer().der, between.der), kind="authority")


@pytest.mark.parametrize("other", [
    {"usage": None}, {"usage": ("key_encipherment",)}, {"usage": ("content_commitment",)}, {"ca": True},
    {"ca": True, "usage": ("digital_signature", "key_cert_sign")},
], ids=str)  # fmt: skip
def test_a_signer_is_one_for_signatures_and_nothing_else(other: dict[str, Any]) -> None:
    refused((BETWEEN.signer(**other).der, BETWEEN.der), kind="usage")


def test_a_signers_certificate_without_basic_constraints_is_one_all_the_same() -> None:
    assert PINNED.key((BETWEEN.signer(ca=None).der, BETWEEN.der), now=NOW)


def test_the_path_length_is_kept() -> None:
    root = Member("root", path_length=1)
    one = Member("one", root)
    two = Member("two", one)
    roots = PinnedRoots([root.der])
    assert roots.key((one.signer().der, one.der), now=NOW)
    refused((two.signer().der, two.der, one.der), kind="authority", roots=roots)
    none = Member("none", root, path_length=0)
    assert roots.key((none.signer().der, none.der), now=NOW)
    below = Member("below", none)
    refused((below.signer().der, below.der, none.der), kind="authority", roots=roots)


UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
NAMES = x509.NameConstraints([x509.DNSName("issuer.example")], None)


def test_critical_extensions_that_nobody_evaluates_are_refused() -> None:
    refused((BETWEEN.signer(extensions=((UNKNOWN, True),)).der, BETWEEN.der), kind="usage")
    assert PINNED.key((BETWEEN.signer(extensions=((UNKNOWN, False),)).der, BETWEEN.der), now=NOW)
    for extension, critical in ((UNKNOWN, True), (NAMES, True), (NAMES, False)):
        between = Member("between", ROOT, extensions=((extension, critical),))
        refused((between.signer().der, between.der), kind="authority")


def test_weak_signatures_of_certificates_are_refused() -> None:
    short = rsa.generate_private_key(public_exponent=65_537, key_size=1024)
    small = ec.generate_private_key(ec.SECP192R1())
    for private in (short, small, dsa.generate_private_key(2048)):
        root = Member("root", private=private)
        refused((root.signer().der,), kind="root", roots=PinnedRoots([root.der]))
        refused((root.signer().der, root.der), kind="algorithm", roots=PinnedRoots([root.der]))


def test_weak_hashes_in_certificates_are_refused() -> None:
    between = Member("between", ROOT, hash_algorithm=hashes.SHA224())
    refused((between.signer().der, between.der), kind="root")
    refused((between.signer().der, between.der, ROOT.der), kind="algorithm")
    refused((BETWEEN.signer(hash_algorithm=hashes.SHA224()).der, BETWEEN.der), kind="algorithm")


@pytest.mark.parametrize("curve", [ec.SECP256K1, ec.BrainpoolP256R1, ec.SECP224R1])
def test_a_signer_with_a_key_no_token_is_signed_with(curve: type[ec.EllipticCurve]) -> None:
    signer = BETWEEN.signer(private=ec.generate_private_key(curve()))
    refused((signer.der, BETWEEN.der), kind="algorithm")


# --- hostile input -------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [
    None, "", [], {}, 7, [1], [None], [""], ["AA"], ["A"], ["AA=="] * (MAX_CHAIN + 1), ["A" * (2 * MAX_CERTIFICATE)],
    ["AAA=\n"], [" AAA="], ["AA_-"], ["AB=="], ["AAAA="], [b"AAAA"], ["é"],
], ids=lambda value: str(value)[:20])  # fmt: skip
def test_what_is_no_list_of_certificates_is_refused(value: Any) -> None:
    with pytest.raises(CertificateChainRefused):
        decode_x5c(value)


def test_a_chain_is_bounded_before_it_is_read() -> None:
    refused((), kind="form")
    refused((SIGNER.der,) * (MAX_CHAIN + 1), kind="form")
    refused((b"\0" * (MAX_CERTIFICATE + 1),), kind="form")
    refused((SIGNER.der,) * MAX_CHAIN, kind="root")


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_damaged_chain_is_refused_with_our_error(data: st.DataObject) -> None:
    chain = [bytearray(der) for der in CHAIN]
    for _ in range(data.draw(st.integers(1, 3))):
        der = chain[data.draw(st.integers(0, 1))]
        at = data.draw(st.integers(0, len(der) - 1))
        der[at] = data.draw(st.integers(0, 255))
    damaged = tuple(bytes(der) for der in chain)
    if damaged != CHAIN:
        with pytest.raises(CertificateChainRefused):
            PINNED.key(damaged, now=NOW)


def test_what_was_found_to_hold_is_not_remembered_for_others() -> None:
    """The memory of verified signatures must not let a damaged copy of a certificate pass."""
    assert PINNED.key(CHAIN, now=NOW)
    for position in range(2):
        damaged = bytearray(CHAIN[position])
        damaged[-1] ^= 1
        chain = [*CHAIN]
        chain[position] = bytes(damaged)
        with pytest.raises(CertificateChainRefused):
            PINNED.key(chain, now=NOW)
    refused(CHAIN, kind="validity", now=NOW + 10 * DAY)


def test_a_name_with_bits_in_place_of_text_is_refused() -> None:
    der = BETWEEN.signer("\0bits").der
    hostile = der.replace(b"\x0c\x05\0bits", b"\x03\x05\0bits")  # UTF8String to BIT STRING
    assert hostile != der
    refused((hostile, BETWEEN.der), kind="form")
    with pytest.raises(CertificateChainRefused):
        PinnedRoots([hostile])


def test_a_serial_number_that_is_warned_about_is_refused_where_warnings_are_errors() -> None:
    der = BETWEEN.signer("signer.example").der
    at = der.index(b"\x02", der.index(b"\xa0\x03\x02\x01\x02") + 5)  # INTEGER behind the version
    refused((der[: at + 2] + b"\x80" + der[at + 3 :], BETWEEN.der), kind="form")


# --- for whom it speaks --------------------------------------------------------------------------


@pytest.mark.parametrize(("names", "issuer", "speaks"), [
    ([x509.UniformResourceIdentifier("https://issuer.example/id")], "https://issuer.example/id", True),
    ([x509.UniformResourceIdentifier("https://issuer.example/id")], "https://issuer.example/id/", False),
    ([x509.UniformResourceIdentifier("https://issuer.example/id")], "https://issuer.example", False),
    ([x509.UniformResourceIdentifier("urn:issuer:1")], "urn:issuer:1", True),
    ([x509.DNSName("issuer.example")], "https://issuer.example/id", True),
    ([x509.DNSName("Issuer.Example")], "https://issuer.EXAMPLE", True),
    ([x509.DNSName("issuer.example")], "http://issuer.example/id", False),
    ([x509.DNSName("issuer.example")], "issuer.example", False),
    ([x509.DNSName("issuer.example")], "https://issuer.example@other.example/", False),
    ([x509.DNSName("other.example")], "https://issuer.example@other.example/", False),
    ([x509.DNSName("other.example")], "https://issuer.example\\@other.example/", False),
    ([x509.DNSName("issuer.example")], "https://issuer\n.example/", False),
    ([x509.DNSName("issuer.example")], "https://issuer.example/@id", True),
    ([x509.DNSName("issuer.example")], "https://sub.issuer.example/", False),
    ([x509.DNSName("*.issuer.example")], "https://sub.issuer.example/", False),
    ([x509.DNSName("other.example"), x509.DNSName("issuer.example")], "https://issuer.example", True),
    ([x509.DNSName("issuer.example")], "https://[", False),
    ([x509.RFC822Name("a@issuer.example")], "https://issuer.example", False),
    ([], "https://issuer.example", False),
])  # fmt: skip
def test_a_certificate_speaks_for_the_issuers_it_names(names: list[Any], issuer: str, speaks: bool) -> None:
    extensions = ((x509.SubjectAlternativeName(names), False),) if names else ()
    signer = BETWEEN.signer("issuer.example", extensions=extensions)
    key = PINNED.key((signer.der, BETWEEN.der), now=NOW)
    assert names_issuer(key, issuer) is speaks


def test_a_key_without_certificate_speaks_for_nobody() -> None:
    assert not names_issuer(SoftwareSigner.generate().key, "https://issuer.example")
