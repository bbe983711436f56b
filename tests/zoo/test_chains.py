"""Every chain of the zoo leads where it should, with a bounded amount of work."""

from __future__ import annotations

import pytest
from shapes import Case, cases

import eid.trust.chains as chains_module
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate
from eid.trust.chains import MAX_CHECKS, Chain, VerifiedSignatures, find_chain


def find(case: Case, *, cache: VerifiedSignatures | None = None) -> Chain:
    return find_chain(
        Certificate.from_der(case.leaf),
        TrustStore.of(map(Certificate.from_der, case.anchors)),
        now=case.at,
        intermediates=tuple(map(Certificate.from_der, case.intermediates)),
        cache=cache if cache is not None else VerifiedSignatures(),
    )


def test_there_are_shapes_enough_and_the_zoo_has_its_300() -> None:
    assert len(cases()) >= 150
    assert len({octets for case in cases() for octets in case.certificates}) >= 300


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_chain_leads_where_it_should(case: Case) -> None:
    chain = find(case)
    assert (chain.outcome, chain.code or "") == ("UNDECIDED" if case.code else "PASSED", case.code)
    assert len(chain.certificates) == case.length
    assert chain.certificates[0].raw == case.leaf
    if case.code:
        assert chain.anchor is None
    else:
        assert chain.anchor is not None
        assert chain.certificates[-1].raw in case.anchors
        assert case.warnings <= set(chain.warnings)


def test_no_search_checks_more_signatures_than_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    done = 0
    genuine = chains_module.verify_issued_by

    def counted(child: Certificate, issuer: Certificate) -> None:
        nonlocal done
        done += 1
        genuine(child, issuer)

    monkeypatch.setattr(chains_module, "verify_issued_by", counted)
    most = 0
    for case in cases():
        done = 0
        find(case)
        assert done <= MAX_CHECKS, case.name
        most = max(most, done)
    assert most > 12  # the thicket made it work


def test_what_was_verified_before_is_not_verified_again_and_failures_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = 0
    genuine = chains_module.verify_issued_by

    def counted(child: Certificate, issuer: Certificate) -> None:
        nonlocal done
        done += 1
        genuine(child, issuer)

    monkeypatch.setattr(chains_module, "verify_issued_by", counted)
    by_name = {case.name: case for case in cases()}
    for label, again in (
        ("direct-ecdsa", 0),
        ("direct-brainpool", 0),
        ("link-new-with-old-brainpool", 1),  # the anchor that did not sign the leaf is asked again
        ("anchor-of-the-same-name-only-rsa", 1),
    ):
        cache = VerifiedSignatures()
        first = find(by_name[label], cache=cache)
        done = 0
        second = find(by_name[label], cache=cache)
        assert done == again, label
        assert (second.outcome, second.code) == (first.outcome, first.code)


def test_a_remembered_signature_gives_no_rights() -> None:
    """The memory holds signatures, not verdicts: validity and rights are looked at each time."""
    by_name = {case.name: case for case in cases()}
    cache = VerifiedSignatures()
    case = by_name["direct-ecdsa"]
    assert find(case, cache=cache).outcome == "PASSED"
    late = Case("late", case.leaf, case.anchors, at=case.at.replace(year=2041))
    assert find(late, cache=cache).code == "ISSUER_NOT_VALID"
    assert find(Case("none", case.leaf, ()), cache=cache).code == "UNKNOWN_ISSUER"
