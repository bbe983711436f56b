"""The fourth verdict: presented by its holder. The comparison is the caller's; this says what it is worth."""

from __future__ import annotations

from eid.document.checks import Check, Outcome
from eid.verification.report import Verdict
from eid.verification.status import HolderMatch

__all__ = ["judge_holder"]

_NOT_CHECKED = Verdict(Outcome.NOT_CHECKED)


def judge_holder(authentic: Verdict, match: HolderMatch | None) -> Verdict:
    """What the caller's comparison of the person with the portrait says.

    A match with a portrait that nobody has proven says nothing; a mismatch is one all the same.

    :param authentic: the verdict on what the portrait came from.
    :param match: ``None`` when nobody compared.
    """
    if match is None:
        return _NOT_CHECKED
    facts = {"source": match.source, "method": match.method, "at": match.at.isoformat()}
    if not match.matched:
        check = Check("holder_match", Outcome.FAILED, "HOLDER_MISMATCH", facts)
        return Verdict(Outcome.FAILED, check.code, (check,))
    check = Check("holder_match", Outcome.PASSED, None, facts)
    if authentic.outcome is not Outcome.PASSED:
        return Verdict(Outcome.UNDECIDED, "AUTHENTIC_NOT_PASSED", (check,))
    return Verdict(Outcome.PASSED, None, (check,))
