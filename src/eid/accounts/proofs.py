"""What a verification report proves of the holder of an account: evidence to keep, factors for now.

A report is about a card. It becomes evidence of an account only when the card bears the account's
number, so both functions ask for that number and refuse another person's card.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from eid.accounts.model import EvidenceItem, Factor
from eid.document.checks import Outcome
from eid.errors import EvidenceNotAcceptable, InputError
from eid.verification.report import Report

__all__ = ["BIOMETRIC_METHODS", "evidence_of", "factors_of"]

#: Methods of a :class:`~eid.verification.status.HolderMatch` by which a machine compared the body.
BIOMETRIC_METHODS = frozenset({"face", "fingerprint", "voice", "iris"})
#: The method of somebody who looked.
_OFFICER = "officer"
#: Years that stand for no end at all.
_NEVER = 9000
#: What the chip has to be proved by; whose card it is, is another question.
_OF_CARD = ("authentic", "chip_genuine", "still_valid")


def evidence_of(
    report: Report,
    *,
    subject: str,
    source: str,
    valid_for: timedelta | None = None,
    digest: str | None = None,
) -> tuple[EvidenceItem, ...]:
    """What *report* says of the holder of *subject*, to be kept with the account.

    ``chip_report`` passes when the card is authentic, its chip no copy, nothing says that it is not valid,
    and whatever else the policy required of the card passed. ``biometric`` or ``in_person`` comes with it when
    somebody compared the person present with the portrait of an authentic card.

    :param subject: the number that the card has to bear.
    :param source: who made the report, a stable word: ``counter``, ``kiosk``, ...
    :param valid_for: how long it counts; not longer than the card is valid. ``None``: as long as that.
    :param digest: SHA-256 of the record the report stands in, in hexadecimal (see
        :func:`eid.tokens.record.make_record`): what the evidence can be proved with later.
    :raises EvidenceNotAcceptable: the card names nobody, or bears another number.
    :raises InputError: a report made for a time without zone.
    """
    _require_own(report, subject)
    outcome = _of_card(report)
    ends = (_after(report.verified_at, valid_for), _end_of_card(report))
    until = min((end for end in ends if end is not None), default=None)
    items = [_item("chip_report", outcome, report.verified_at, source, until, digest)]
    match = _match(report)
    if match is not None and report.authentic.outcome is Outcome.PASSED:
        method, by, at = match
        kind = "in_person" if method == _OFFICER else "biometric" if method in BIOMETRIC_METHODS else None
        if kind is not None:
            items.append(_item(kind, report.holder.outcome, at, by, _after(at, valid_for), digest))
    return tuple(items)


def factors_of(report: Report, *, subject: str, transaction: str) -> tuple[Factor, ...]:
    """By which factors the holder of *subject* was recognised in *transaction*.

    The card counts only when it is authentic, its chip no copy, and nothing says that it is not valid: a
    file, a printed code or a copy is no possession. The body counts only when a machine compared it with
    the portrait of such a card.

    :param subject: the number that the card has to bear.
    :param transaction: what the report was made for; in another transaction it counts for nothing.
    :raises EvidenceNotAcceptable: the card names nobody, or bears another number.
    :raises InputError: a report made for a time without zone.
    """
    _require_own(report, subject)
    if not _possessed(report):
        return ()
    factors = [Factor("identity_card", report.verified_at, transaction)]
    match = _match(report)
    if match is not None and report.holder.outcome is Outcome.PASSED and match[0] in BIOMETRIC_METHODS:
        factors.append(Factor(match[0], match[2], transaction))
    return tuple(factors)


def _require_own(report: Report, subject: str) -> None:
    if report.verified_at.utcoffset() is None:
        raise InputError("a report made for a time without zone")
    number = report.person.number if report.person else None
    if number is None:
        # A forged card must not count against whoever's number is on it.
        raise EvidenceNotAcceptable("a card that proves nobody's number")
    if number.strip() != subject.strip():
        raise EvidenceNotAcceptable("another person's card")


def _possessed(report: Report) -> bool:
    return (
        report.authentic.outcome is Outcome.PASSED
        and report.chip_genuine.outcome is Outcome.PASSED
        and report.still_valid.outcome is not Outcome.FAILED
    )


def _of_card(report: Report) -> Outcome:
    outcomes = {name: report.verdicts[name].outcome for name in _OF_CARD}
    if Outcome.FAILED in outcomes.values():
        return Outcome.FAILED
    required = report.required & outcomes.keys()
    if _possessed(report) and all(outcomes[name] is Outcome.PASSED for name in required):
        return Outcome.PASSED
    return Outcome.UNDECIDED


def _item(
    kind: str, outcome: Outcome, at: datetime, source: str, until: datetime | None, digest: str | None
) -> EvidenceItem:
    # What failed does not get better by waiting; only what passed ends.
    ends = until if outcome is Outcome.PASSED else None
    return EvidenceItem(kind, outcome, at, source, ends, digest)


def _after(at: datetime, valid_for: timedelta | None) -> datetime | None:
    return None if valid_for is None else at + valid_for


def _end_of_card(report: Report) -> datetime | None:
    """When the card's last day is over everywhere; ``None`` for a card that does not end."""
    expiry = report.document.expiry_date if report.document else None
    if expiry is None or expiry.year >= _NEVER:
        return None
    return datetime.combine(expiry.last_day(), time(), UTC) + timedelta(days=1, hours=12)


def _match(report: Report) -> tuple[str, str, datetime] | None:
    """Method, source and time of the comparison with the portrait, if one was made."""
    check = report.holder.check("holder_match")
    if check is None:
        return None
    method, source, at = (check.facts[name] for name in ("method", "source", "at"))
    return str(method), str(source), datetime.fromisoformat(str(at))
