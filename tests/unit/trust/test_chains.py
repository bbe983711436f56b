"""Chains: who signed counts, whatever names and identifiers say; and no search without an end."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import InvalidSignature
from eid.trust import chains
from eid.trust.anchors import Anchor, Provenance, TrustStore
from eid.trust.certificates import Certificate
from eid.trust.chains import MAX_CHECKS, MAX_DEPTH, Chain, VerifiedSignatures, find_chain

NOW = datetime(2026, 3, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
NAME_CHANGE = "2.23.136.1.1.6.1"
CERT_SIGN, SIGN, NOTHING = b"\1\x06", b"\7\x80", b""


@dataclass
class Party:
    """Somebody with a key and a name."""

    common_name: str
    country: str | None = "UT"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def name(self) -> bytes:
        parts = [("2.5.4.6", self.country), ("2.5.4.3", self.common_name)]
        return der.sequence(
            *(
                der.set_of([der.sequence(der.oid(oid), tlv(der.UTF8_STRING, text.encode()))])
                for oid, text in parts
                if text
            )
        )

    @property
    def spki(self) -> bytes:
        return self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def identifier(self) -> bytes:
        digest = hashes.Hash(hashes.SHA1())
        digest.update(self.spki)
        return digest.finalize()


def extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    return der.sequence(der.oid(oid), der.boolean(True) if critical else b"", tlv(der.OCTET_STRING, value))


_serial = iter(range(1, 1_000_000))


def issue(
    subject: Party,
    issuer: Party,
    *,
    ca: bool | None = True,
    path_length: int | None = None,
    usage: bytes | None = CERT_SIGN,
    issuer_name: bytes | None = None,
    subject_name: bytes | None = None,
    aki: bytes | None = None,
    ski: bytes | None = None,
    without_identifiers: bool = False,
    validity: tuple[datetime, datetime] = (NOW - YEAR, NOW + YEAR),
    more: bytes = b"",
    no_extensions: bool = False,
) -> Certificate:
    """A certificate with a signature that holds."""
    extensions = [more]
    if ca is not None:
        length = der.integer(path_length) if path_length is not None else b""
        extensions.append(extension("2.5.29.19", der.sequence(der.boolean(True) if ca else b"", length)))
    if usage is not None:
        extensions.append(extension("2.5.29.15", tlv(der.BIT_STRING, usage or b"\0"), critical=True))
    if not without_identifiers:
        value = tlv(der.OCTET_STRING, ski if ski is not None else subject.identifier)
        extensions.append(extension("2.5.29.14", value))
        value = der.sequence(tlv(0x80, aki if aki is not None else issuer.identifier))
        extensions.append(extension("2.5.29.35", value))
    algorithm = der.sequence(der.oid("1.2.840.10045.4.3.2"))
    times = (tlv(der.GENERALIZED_TIME, f"{moment:%Y%m%d%H%M%SZ}".encode()) for moment in validity)
    tbs = der.sequence(
        tlv(0xA0, der.integer(2)),
        der.integer(next(_serial)),
        algorithm,
        issuer_name if issuer_name is not None else issuer.name,
        der.sequence(*times),
        subject_name if subject_name is not None else subject.name,
        subject.spki,
        b"" if no_extensions else tlv(0xA3, der.sequence(*extensions)),
    )
    signature = issuer.key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    return Certificate.from_der(der.sequence(tbs, algorithm, der.bit_string(signature)))


def signer(issuer: Party, **changes: object) -> Certificate:
    """A document signer."""
    return issue(Party("Signer"), issuer, **{"ca": None, "usage": SIGN, **changes})  # type: ignore[arg-type]


def search(
    certificate: Certificate,
    *anchors: Certificate,
    through: tuple[Certificate, ...] = (),
    now: datetime = NOW,
    cache: VerifiedSignatures | None = None,
) -> Chain:
    store = TrustStore.of(anchors)
    cache = VerifiedSignatures(0) if cache is None else cache
    return find_chain(certificate, store, now=now, intermediates=through, cache=cache)


def said(chain: Chain) -> tuple[str, str | None, tuple[str, ...]]:
    return chain.outcome, chain.code, chain.warnings


OLD, NEW, STRANGER = Party("CSCA"), Party("CSCA"), Party("CSCA")
ROOT, NEW_ROOT = issue(OLD, OLD), issue(NEW, NEW)


# --- anchors -------------------------------------------------------------------------------------


def test_the_way_from_a_signer_to_its_anchor() -> None:
    leaf = signer(OLD)
    chain = search(leaf, NEW_ROOT, ROOT)
    assert said(chain) == ("PASSED", None, ())
    assert chain.certificates == (leaf, ROOT)
    assert chain.anchor is not None
    assert chain.anchor.certificate == ROOT


def test_right_name_and_key_identifier_with_a_wrong_key_are_worth_nothing() -> None:
    leaf = signer(STRANGER, aki=OLD.identifier)
    chain = search(leaf, ROOT)
    assert said(chain) == ("UNDECIDED", "UNKNOWN_ISSUER", ())
    assert (chain.certificates, chain.anchor) == ((leaf,), None)


def test_an_anchor_is_found_by_name_when_the_key_identifier_leads_astray() -> None:
    other = issue(STRANGER, STRANGER, ski=b"shared")
    assert search(signer(OLD, aki=b"shared"), other, ROOT).certificates[-1] == ROOT
    assert said(search(signer(OLD, without_identifiers=True), NEW_ROOT, ROOT))[0] == "PASSED"


def test_an_anchor_of_the_same_country_is_tried_and_its_other_name_is_told() -> None:
    lost = signer(OLD, without_identifiers=True, issuer_name=Party("Another").name)
    assert said(search(lost, NEW_ROOT, ROOT)) == ("PASSED", None, ("ISSUER_NAME_DIFFERS",))
    abroad = signer(OLD, issuer_name=Party("CSCA", "XX").name)
    assert said(search(abroad, ROOT)) == ("UNDECIDED", "ISSUER_NAME_DIFFERS", ())
    nowhere = signer(OLD, issuer_name=Party("CSCA", None).name)
    assert said(search(nowhere, ROOT)) == ("UNDECIDED", "ISSUER_NAME_DIFFERS", ())


def test_two_unnamed_countries_are_not_the_same_country() -> None:
    nameless = Party("CSCA", None)
    leaf = signer(nameless, issuer_name=Party("Another", None).name)
    assert said(search(leaf, issue(nameless, nameless))) == ("UNDECIDED", "ISSUER_NAME_DIFFERS", ())


def test_an_unreadable_issuer_name_is_no_name() -> None:
    leaf = signer(OLD, issuer_name=der.sequence(der.integer(1)))
    assert said(search(leaf, ROOT)) == ("UNDECIDED", "ISSUER_NAME_DIFFERS", ())


@pytest.mark.parametrize(
    ("changes", "code", "warnings"),
    [
        ({"ca": None}, None, ("ANCHOR_NOT_A_CA",)),  # Belgium
        ({"ca": False}, None, ("ANCHOR_NOT_A_CA",)),  # Turkey
        ({"no_extensions": True}, None, ("ANCHOR_NOT_A_CA",)),  # before version 3
        ({"ca": None, "usage": SIGN}, "ISSUER_NOT_A_CA", ()),
        ({"ca": True, "usage": SIGN}, "ISSUER_NOT_A_CA", ()),
        ({"ca": True, "usage": NOTHING}, "ISSUER_NOT_A_CA", ()),
        ({"ca": True, "usage": None}, None, ()),
        ({"ca": False, "usage": None}, "ISSUER_NOT_A_CA", ()),
        ({"ca": None, "usage": None}, "ISSUER_NOT_A_CA", ()),
        ({"validity": (NOW - YEAR, NOW - timedelta(seconds=1))}, "ISSUER_NOT_VALID", ()),
        ({"validity": (NOW + timedelta(seconds=1), NOW + YEAR)}, "ISSUER_NOT_VALID", ()),
        ({"validity": (NOW, NOW)}, None, ()),
        ({"more": extension("1.2.3", b"", critical=True)}, None, ()),  # an anchor is the caller's choice
        ({"path_length": 0}, None, ()),
    ],
)
def test_what_an_anchor_must_be(
    changes: dict[str, object], code: str | None, warnings: tuple[str, ...]
) -> None:
    anchor = issue(OLD, OLD, **changes)  # type: ignore[arg-type]
    outcome = "UNDECIDED" if code else "PASSED"
    assert said(search(signer(OLD), anchor)) == (outcome, code, warnings)


def test_a_version_1_certificate_of_somebody_else_is_no_authority() -> None:
    anchor = issue(OLD, STRANGER, no_extensions=True, issuer_name=Party("Somebody").name)
    assert said(search(signer(OLD), anchor)) == ("UNDECIDED", "ISSUER_NOT_A_CA", ())


def test_a_better_anchor_is_taken_when_one_with_the_same_key_may_not() -> None:
    expired = issue(OLD, OLD, validity=(NOW - 2 * YEAR, NOW - YEAR))
    chain = search(signer(OLD), expired, issue(OLD, OLD, usage=SIGN), ROOT)
    assert said(chain) == ("PASSED", None, ())
    assert chain.certificates[-1] == ROOT


def test_to_be_in_the_store_makes_nobody_an_issuer() -> None:
    leaf = signer(STRANGER)
    assert said(search(leaf, leaf)) == ("UNDECIDED", "UNKNOWN_ISSUER", ())
    assert said(search(NEW_ROOT, NEW_ROOT)) == ("UNDECIDED", "UNKNOWN_ISSUER", ())


def test_an_anchor_does_not_vouch_for_itself_by_a_detour() -> None:
    one, other = issue(OLD, NEW), issue(NEW, OLD)
    assert said(search(one, one, through=(other,))) == ("UNDECIDED", "UNKNOWN_ISSUER", ())


def test_a_pinned_signer_needs_no_issuer_and_is_none() -> None:
    party = Party("Signer")
    leaf = issue(party, STRANGER, ca=None, usage=SIGN)
    store = TrustStore.of(entries=[Anchor(leaf, pinned=True)])
    chain = find_chain(leaf, store, now=NOW)
    assert (said(chain), chain.certificates) == (("PASSED", None, ()), (leaf,))
    assert chain.anchor is not None
    assert chain.anchor.pinned
    pinned_ca = TrustStore.of(entries=[Anchor(ROOT, pinned=True)])
    assert said(find_chain(signer(OLD), pinned_ca, now=NOW)) == ("UNDECIDED", "UNKNOWN_ISSUER", ())


def test_certificates_of_forged_lists_end_no_chain_but_may_stand_in_one() -> None:
    forged = (Provenance("forged.ml", "MASTER_LIST", "CN=Nobody", "FAILED"),)
    store = TrustStore.of(entries=[Anchor(ROOT, forged)])
    assert find_chain(signer(OLD), store, now=NOW).outcome == "UNDECIDED"
    link = issue(NEW, OLD)
    store = TrustStore.of([ROOT], entries=[Anchor(link, forged)])
    leaf = signer(NEW)
    assert find_chain(leaf, store, now=NOW).certificates == (leaf, link, ROOT)


# --- links ---------------------------------------------------------------------------------------


def test_the_new_key_signed_with_the_old_one_is_vouched_for_by_the_old_anchor() -> None:
    link, leaf = issue(NEW, OLD, path_length=0), signer(NEW)
    old_root = issue(OLD, OLD, path_length=0)
    assert said(search(leaf, old_root)) == ("UNDECIDED", "UNKNOWN_ISSUER", ())
    assert search(leaf, old_root, through=(link,)).certificates == (leaf, link, old_root)


def test_the_old_key_signed_with_the_new_one_is_vouched_for_by_the_new_anchor() -> None:
    link, leaf = issue(OLD, NEW), signer(OLD)
    assert search(leaf, NEW_ROOT, through=(link,)).certificates == (leaf, link, NEW_ROOT)


def test_a_certificate_does_not_vouch_for_the_key_that_signed_it() -> None:
    # Anybody can sign somebody else's key with a key of their own.
    link, leaf = issue(NEW, STRANGER), signer(STRANGER)
    assert said(search(leaf, NEW_ROOT, through=(link,))) == ("UNDECIDED", "UNKNOWN_ISSUER", ())
    assert said(search(leaf, NEW_ROOT, link)) == ("UNDECIDED", "UNKNOWN_ISSUER", ())


def test_a_link_in_the_store_is_an_anchor_itself() -> None:
    link, leaf = issue(NEW, OLD), signer(NEW)
    assert search(leaf, link).certificates == (leaf, link)


def test_an_anchor_that_has_expired_is_replaced_by_a_link() -> None:
    expired = issue(OLD, OLD, validity=(NOW - 2 * YEAR, NOW - YEAR))
    link, leaf = issue(OLD, NEW), signer(OLD)
    assert search(leaf, expired, NEW_ROOT, through=(link,)).certificates == (leaf, link, NEW_ROOT)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ca": None}, "ISSUER_NOT_A_CA"),
        ({"ca": False}, "ISSUER_NOT_A_CA"),
        ({"usage": SIGN}, "ISSUER_NOT_A_CA"),
        ({"no_extensions": True}, "ISSUER_NOT_A_CA"),
        ({"validity": (NOW - YEAR, NOW - timedelta(seconds=1))}, "ISSUER_NOT_VALID"),
        ({"more": extension("1.2.3", b"", critical=True)}, "ISSUER_EXTENSION_UNKNOWN"),
        ({"subject_name": Party("Another").name}, "ISSUER_NAME_DIFFERS"),
    ],
)
def test_a_link_has_to_be_an_authority_by_its_own_words(changes: dict[str, object], code: str) -> None:
    link = issue(NEW, OLD, **changes)  # type: ignore[arg-type]
    assert said(search(signer(NEW), ROOT, through=(link,))) == ("UNDECIDED", code, ())


def test_a_self_issued_link_that_nobody_trusted_signed_leads_nowhere() -> None:
    link = issue(NEW, STRANGER)
    assert said(search(signer(NEW), ROOT, through=(link, NEW_ROOT))) == ("UNDECIDED", "UNKNOWN_ISSUER", ())


def test_links_that_name_themselves_as_issuer_are_followed_to_an_anchor() -> None:
    # Spain and the Philippines count their keys in the name, and name the new one twice.
    second = Party("CSCA 2")
    link = issue(second, OLD, issuer_name=second.name)
    leaf = signer(second)
    assert said(search(leaf, ROOT, through=(link,))) == ("PASSED", None, ("ISSUER_NAME_DIFFERS",))


def test_path_length_counts_authorities_of_another_name_only() -> None:
    below = Party("Sub-authority")
    root = issue(OLD, OLD, path_length=0)
    leaf = signer(below)
    assert said(search(leaf, ROOT, through=(issue(below, OLD),))) == ("PASSED", None, ())
    assert said(search(leaf, root, through=(issue(below, OLD),))) == ("UNDECIDED", "PATH_LENGTH_EXCEEDED", ())
    # A country that changed its name has not got a sub-authority (Luxembourg).
    renamed = issue(below, OLD, more=extension(NAME_CHANGE, b"\5\0", critical=True))
    assert said(search(leaf, root, through=(renamed,))) == ("PASSED", None, ())


def test_path_length_of_a_link_counts_as_well() -> None:
    middle, below = Party("Middle"), Party("Below")
    leaf, lower = signer(below), issue(below, middle)
    for length, outcome in ((0, "UNDECIDED"), (1, "PASSED")):
        upper = issue(middle, OLD, path_length=length)
        assert search(leaf, ROOT, through=(lower, upper)).outcome == outcome


# --- bounds --------------------------------------------------------------------------------------


def tower(height: int) -> tuple[Certificate, list[Certificate]]:
    """A signer under *height* authorities under ROOT."""
    parties = [OLD, *(Party(f"Level {number}") for number in range(height))]
    levels = [issue(lower, upper) for upper, lower in itertools.pairwise(parties)]
    return signer(parties[-1]), levels


def test_a_chain_has_at_most_so_many_certificates() -> None:
    leaf, levels = tower(MAX_DEPTH - 2)
    assert len(search(leaf, ROOT, through=tuple(levels)).certificates) == MAX_DEPTH
    leaf, levels = tower(MAX_DEPTH - 1)
    assert said(search(leaf, ROOT, through=tuple(levels))) == ("UNDECIDED", "CHAIN_TOO_LONG", ())


def test_a_chain_of_a_thousand_costs_as_much_as_one_of_eight(monkeypatch: pytest.MonkeyPatch) -> None:
    leaf, levels = tower(1000)
    checks = counted(monkeypatch)
    assert said(search(leaf, ROOT, through=tuple(levels))) == ("UNDECIDED", "CHAIN_TOO_LONG", ())
    assert len(checks) <= 2 * MAX_DEPTH  # at each step the link, and the anchor that might have been it


def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Certificate, Certificate]]:
    """Every signature check from now on."""
    made: list[tuple[Certificate, Certificate]] = []
    verify = chains.verify_issued_by

    def counting(child: Certificate, issuer: Certificate) -> None:
        made.append((child, issuer))
        verify(child, issuer)

    monkeypatch.setattr(chains, "verify_issued_by", counting)
    return made


def test_circles_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = Party("One"), Party("Two")
    circle = tuple(issue(a, b) for a in (one, two) for b in (one, two))
    checks = counted(monkeypatch)
    assert said(search(signer(one), ROOT, through=circle)) == ("UNDECIDED", "UNKNOWN_ISSUER", ())
    assert len(checks) <= MAX_CHECKS


def test_signature_checks_are_bounded_whatever_comes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    parties = [Party("Crowd") for _ in range(8)]
    crowd = tuple(issue(a, b) for a in parties for b in parties)
    checks = counted(monkeypatch)
    assert said(search(signer(parties[0]), ROOT, through=crowd)) == ("UNDECIDED", "CHAIN_TOO_LONG", ())
    assert len(checks) == MAX_CHECKS


# --- unsupported and malformed -------------------------------------------------------------------


def other_algorithm(certificate: Certificate) -> Certificate:
    odd = der.sequence(der.oid("1.3.101.112"))
    usual = der.sequence(der.oid("1.2.840.10045.4.3.2"))
    tbs = certificate.tbs.replace(usual, odd)
    body = tbs[4:] if tbs[1] == 0x82 else tbs[3:]
    return Certificate.from_der(der.sequence(der.sequence(body), odd, der.bit_string(certificate.signature)))


def test_an_unsupported_algorithm_is_no_unknown_issuer() -> None:
    assert said(search(other_algorithm(signer(OLD)), ROOT)) == ("UNDECIDED", "UNSUPPORTED_ALGORITHM", ())
    # Unless nobody is known of whom that could be said.
    assert said(search(other_algorithm(signer(STRANGER)))) == ("UNDECIDED", "UNKNOWN_ISSUER", ())
    abroad = issue(Party("CSCA of another name"), OLD)
    assert said(search(other_algorithm(signer(OLD)), abroad)) == ("UNDECIDED", "UNKNOWN_ISSUER", ())


def test_an_anchor_that_did_sign_explains_more_than_one_that_cannot_be_checked() -> None:
    expired = issue(OLD, OLD, validity=(NOW - 2 * YEAR, NOW - YEAR))
    unusable = Party("CSCA")
    raw = issue(unusable, unusable)
    spki = der.sequence(
        der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.3.132.0.10")), der.bit_string(b"\4" + bytes(64))
    )
    odd = Certificate.from_der(_with_key(raw, spki))
    assert said(search(signer(OLD), odd)) == ("UNDECIDED", "UNSUPPORTED_ALGORITHM", ())
    assert said(search(signer(OLD), odd, expired)) == ("UNDECIDED", "ISSUER_NOT_VALID", ())


def _with_key(certificate: Certificate, spki: bytes) -> bytes:
    tbs, algorithm, signature = parse(certificate.raw).children()
    parts = [spki if node.raw == certificate.spki else node.raw for node in tbs.children()]
    return der.sequence(der.sequence(*parts), algorithm.raw, signature.raw)


# --- memory of signatures ------------------------------------------------------------------------


def test_a_signature_that_held_is_not_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = VerifiedSignatures()
    leaf = signer(OLD)
    checks = counted(monkeypatch)
    for _ in range(3):
        assert search(leaf, ROOT, cache=cache).outcome == "PASSED"
    assert len(checks) == 1
    assert len(cache) == 1
    cache.clear()
    assert search(leaf, ROOT, cache=cache).outcome == "PASSED"
    assert len(checks) == 2


def test_what_is_remembered_does_not_outlive_validity_or_trust() -> None:
    cache = VerifiedSignatures()
    leaf = signer(OLD)
    assert search(leaf, ROOT, cache=cache).outcome == "PASSED"
    assert said(search(leaf, ROOT, cache=cache, now=NOW + 2 * YEAR)) == ("UNDECIDED", "ISSUER_NOT_VALID", ())
    assert said(search(leaf, NEW_ROOT, cache=cache)) == ("UNDECIDED", "UNKNOWN_ISSUER", ())
    no_authority = issue(OLD, OLD, usage=SIGN)
    assert said(search(leaf, no_authority, cache=cache)) == ("UNDECIDED", "ISSUER_NOT_A_CA", ())


def test_an_altered_certificate_is_not_remembered_as_the_genuine_one() -> None:
    cache = VerifiedSignatures()
    leaf = signer(OLD)
    assert search(leaf, ROOT, cache=cache).outcome == "PASSED"
    altered = Certificate.from_der(leaf.raw[:-1] + bytes((leaf.raw[-1] ^ 1,)))
    assert search(altered, ROOT, cache=cache).outcome == "UNDECIDED"
    with pytest.raises(InvalidSignature):
        chains.verify_issued_by(altered, ROOT)


def test_failures_and_chains_that_lead_nowhere_are_not_remembered() -> None:
    cache = VerifiedSignatures()
    own, below = Party("Forger"), Party("Forger's signer")
    search(signer(below), ROOT, through=(issue(below, own), issue(own, own)), cache=cache)
    search(signer(STRANGER, aki=OLD.identifier), ROOT, cache=cache)
    search(other_algorithm(signer(OLD)), ROOT, cache=cache)
    assert len(cache) == 0


def test_the_memory_is_bounded_and_forgets_what_was_not_used() -> None:
    cache = VerifiedSignatures(2)
    first, second, third = (signer(OLD) for _ in range(3))
    for leaf in (first, second, first, third):
        search(leaf, ROOT, cache=cache)
    assert len(cache) == 2
    assert cache.holds(first, ROOT)
    assert cache.holds(third, ROOT)
    assert not cache.holds(second, ROOT)
    assert not cache.holds(ROOT, first)


def test_many_threads_may_search_at_once() -> None:
    cache = VerifiedSignatures(8)
    leaves = [signer(OLD) for _ in range(16)]
    store = TrustStore.of([ROOT, NEW_ROOT])
    wrong: list[Chain] = []

    def work() -> None:
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            for leaf in leaves:
                chain = find_chain(leaf, store, now=NOW, cache=cache)
                if chain.outcome != "PASSED":
                    wrong.append(chain)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(cache) == 8
