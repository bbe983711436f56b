"""What ``eid trust check`` counts: usable keys, signatures that hold, links, and what is odd."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import all_errors
from eid.simulator.issuer import TestIssuer
from eid.simulator.lists import write_ldif
from eid.trust.certificates import Certificate
from eid.trust.inspection import Inspection, inspect
from eid.trust.keeping import merged
from eid.trust.loaded import Loaded
from eid.trust.problems import PROBLEMS
from eid.trust.sources import load, load_trusted
from eid.verification.codes import CODES

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ALGORITHM = "ecdsa-secp256r1-sha256"
HOME = TestIssuer.create(ALGORITHM)
AGAIN = TestIssuer.create(ALGORITHM)  # the same name, another key


def codes(found: Inspection, octets: bytes) -> set[str]:
    fingerprint = Certificate.from_der(octets).fingerprint
    return {problem.code for problem in found.problems if problem.sha256 == fingerprint}


def counts(found: Inspection) -> tuple[int, ...]:
    return found.certificates, found.keys_usable, found.signatures_ok, found.self_signed, found.links


def altered(octets: bytes) -> bytes:
    """The certificate with another serial number under the same signature."""
    tbs, *rest = parse(octets).children()
    parts = [node.raw for node in tbs.children()]
    parts[1] = der.integer(4711)
    return der.sequence(der.sequence(*parts), *(node.raw for node in rest))


def with_key(octets: bytes, spki: bytes) -> bytes:
    tbs, *rest = parse(octets).children()
    parts = [node.raw for node in tbs.children()]
    parts[6] = spki
    return der.sequence(der.sequence(*parts), *(node.raw for node in rest))


def test_the_awkward_public_certificates_come_out_as_expected(corpora: Path) -> None:
    loaded = load(corpora / "csca", now=NOW)
    found = inspect(loaded)
    expected = json.loads((corpora / "csca" / "expected.json").read_text())
    awkward = {entry["sha256"]: entry for entry in expected["certificates"]}
    everything = awkward.keys() | {entry["sha256"] for entry in expected["issuers"]}
    assert {c.fingerprint for c in loaded.certificates} == everything
    assert loaded.problems == ()
    assert {Path(path).name for path in loaded.passed_over} == {"README.md", "expected.json"}
    assert found.keys_usable == len(everything)
    by_certificate: dict[str, set[str]] = {}
    for problem in found.problems:
        assert problem.sha256 is not None
        by_certificate.setdefault(problem.sha256, set()).add(problem.code)
    wrong = {"ISSUER_NOT_AT_HAND", "CERTIFICATE_SIGNATURE_INVALID", "UNSUPPORTED_ALGORITHM", "UNKNOWN_CURVE"}
    for sha256, entry in awkward.items():
        assert not by_certificate.get(sha256, set()) & wrong, entry["file"]
        assert by_certificate.get(sha256), f"{entry['oddity']} has no code"
    own = sum(entry["signed_by"] == "self" for entry in awkward.values())
    own += sum(bool(entry["self_signed"]) for entry in expected["issuers"])
    assert found.self_signed == own


def test_self_signed_links_and_document_signers_are_told_apart() -> None:
    found = inspect(load(HOME.csca_der, HOME.ds_der, now=NOW))
    assert counts(found) == (2, 2, 2, 1, 0)
    alone = inspect(load(HOME.ds_der, now=NOW))
    assert counts(alone) == (1, 1, 0, 0, 0)
    assert codes(alone, HOME.ds_der) == {"ISSUER_NOT_AT_HAND"}


def test_an_anchor_helps_to_check_without_being_counted() -> None:
    found = inspect(load(HOME.ds_der, now=NOW), anchors=[Certificate.from_der(HOME.csca_der)])
    assert counts(found) == (1, 1, 1, 0, 0)


def test_signers_of_a_directory_are_counted() -> None:
    text = write_ldif([("userCertificate", HOME.ds_der), ("cACertificate", HOME.csca_der)])
    assert counts(inspect(load(text, now=NOW))) == (2, 2, 2, 1, 0)


def test_an_altered_certificate_is_told_from_one_whose_issuer_is_missing() -> None:
    forged = altered(HOME.ds_der)
    found = inspect(load(HOME.csca_der, forged, now=NOW))
    assert codes(found, forged) == {"CERTIFICATE_SIGNATURE_INVALID"}
    assert codes(inspect(load(AGAIN.csca_der, forged, now=NOW)), forged) == {"ISSUER_NOT_AT_HAND"}


def test_one_issuer_of_the_name_and_key_identifier_that_did_sign_is_enough() -> None:
    """Real key identifiers are shared by several keys."""
    spki = parse(AGAIN.csca_der).children()[0].children()[6].raw
    twin = with_key(HOME.csca_der, spki)  # the name and identifier of HOME, the key of AGAIN
    found = inspect(load(twin, HOME.csca_der, HOME.ds_der, now=NOW))
    assert codes(found, HOME.ds_der) == set()


def test_a_key_that_cannot_be_used_is_named_and_nothing_is_called_forged() -> None:
    algorithm = der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.2.3.4"))
    odd = with_key(HOME.csca_der, der.sequence(algorithm, tlv(der.BIT_STRING, b"\0\4" + b"\1" * 64)))
    found = inspect(load(odd, now=NOW))
    assert found.keys_usable == 0
    assert codes(found, odd) & {"UNSUPPORTED_ALGORITHM", "UNKNOWN_CURVE"}
    assert "CERTIFICATE_SIGNATURE_INVALID" not in codes(found, odd)


@pytest.mark.parametrize(
    ("sources", "signature", "code"),
    [
        ((HOME.csca_der,), "VALID", None),
        ((HOME.csca_der, AGAIN.csca_der), "VALID", None),
        ((AGAIN.csca_der,), "UNDECIDED", "CRL_ISSUER_NOT_AT_HAND"),
        ((), "UNDECIDED", "CRL_ISSUER_NOT_AT_HAND"),
    ],
)
def test_a_revocation_list_is_checked_with_its_issuer(
    sources: tuple[bytes, ...], signature: str, code: str | None
) -> None:
    octets = HOME.sign_crl({5: None, 6: None}, this_update=NOW, next_update=NOW)
    (report,) = inspect(load(octets, *sources, now=NOW)).crls
    assert (report.signature, report.code, report.revoked) == (signature, code, 2)


def test_a_forged_revocation_list_is_called_so() -> None:
    octets = HOME.sign_crl({5: None}, this_update=NOW, next_update=NOW)
    forged = octets.replace(b"\x02\x01\x05", b"\x02\x01\x07")
    (report,) = inspect(load(forged, HOME.csca_der, now=NOW)).crls
    assert (report.signature, report.code) == ("INVALID", "CRL_SIGNATURE_INVALID")


def test_the_public_revocation_list_is_valid(corpora: Path) -> None:
    (report,) = inspect(load(corpora / "crl", now=NOW)).crls
    assert (report.signature, report.code, report.revoked) == ("VALID", None, 15)


def test_every_code_of_the_public_corpora_is_explained(corpora: Path) -> None:
    explained = {*PROBLEMS, *CODES, *(cls.code for cls in all_errors())}
    loaded = load(*(corpora / name for name in ("csca", "crl", "pkits")), now=NOW)
    found = inspect(loaded)
    assert {problem.code for problem in (*loaded.problems, *found.problems)} <= explained


def test_progress_goes_up_to_all_certificates() -> None:
    told: list[tuple[int, int]] = []
    inspect(load(HOME.csca_der, HOME.ds_der, now=NOW), progress=lambda *step: told.append(step))
    assert told[-1] == (2, 2)


# --- what a store keeps --------------------------------------------------------------------------


def crl_of(issuer: TestIssuer, days: int, number: int) -> bytes:
    return issuer.sign_crl(
        {number: None}, this_update=NOW + timedelta(days=days), next_update=None, number=number
    )


def test_a_store_keeps_the_newest_verified_list_of_each_issuer_and_no_forged_one() -> None:
    old, new, other = crl_of(HOME, 0, 1), crl_of(HOME, 5, 2), crl_of(AGAIN, 0, 9)
    forged = crl_of(HOME, 50, 3).replace(b"\x02\x01\x03", b"\x02\x01\x04")
    loaded = load_trusted(HOME.csca_der, new, old, other, forged, now=NOW)
    store = merged(loaded, obtained_at=NOW)
    assert {crl.raw for crl in store.crls} == {new, other}
    assert store.obtained_at == NOW


def test_a_store_of_nothing_is_empty() -> None:
    assert len(merged(Loaded(), obtained_at=NOW)) == 0
