"""The holder's card at the desk: verified now, as evidence to keep or as a factor for one transaction."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eid.cli.accounts.options import Desk
from eid.cli.failures import usage
from eid.cli.verifying import Challenge, CrlPaths, OfProfile, Question, TrustPaths

if TYPE_CHECKING:
    from eid.accounts.model import EvidenceItem, Factor
    from eid.verification.report import Report
    from eid.verification.status import HolderMatch

__all__ = ["Shown", "with_card"]

CardPath = Annotated[
    Path | None,
    typer.Option("--evidence", metavar="PATH", help="FILE.eid or a folder: the holder's card, verified now."),
]
InPerson = Annotated[
    bool, typer.Option("--in-person", help="The officer has seen that it is the holder who shows the card.")
]
Biometric = Annotated[
    str | None,
    typer.Option(
        "--biometric",
        metavar="METHOD",
        help="What your matcher compared with the card and found equal: face ...",
    ),
]
Matcher = Annotated[
    str | None, typer.Option("--matcher", metavar="NAME", help="With --biometric: the name of that matcher.")
]
#: Who made the report: this program.
_SOURCE = "eid-account"


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """A card that was shown, as the options name it, and who compared the person with it. The fields are the
    options that :func:`with_card` gives a command.
    """

    card: CardPath = None
    in_person: InPerson = False
    biometric: Biometric = None
    matcher: Matcher = None
    trust: TrustPaths = None
    crl: CrlPaths = None
    profile: OfProfile = None
    challenge: Challenge = None

    def report(self, desk: Desk) -> Report | None:
        """The report on the card, which passed; ``None`` where no card was shown.

        :raises NotPassed: it did not pass, its chip included.
        :raises Failure: options that do not belong together.
        """
        from eid.verification.verify import verify_or_raise

        if (self.biometric is None) != (self.matcher is None):
            raise usage("missing", "--matcher" if self.matcher is None else "--biometric")
        if self.in_person and self.biometric is not None:
            raise usage("one_of", "--in-person, --biometric")
        if self.in_person and desk.officer is None:
            raise usage("needs_officer", "--in-person")
        if self.card is None:
            if self.trust or self.crl or self.profile or self.challenge or self.biometric or self.in_person:
                raise usage("with_card")
            return None
        question = Question.read(
            desk.out, self.card, profile=self.profile, trust=self.trust, crl=self.crl, at=None,
            challenge=self.challenge, require="chip_genuine",
        )  # fmt: skip
        return verify_or_raise(question.evidence, **question.terms(), holder=self._match(desk, question.now))

    def _match(self, desk: Desk, now: datetime) -> HolderMatch | None:
        from eid.verification.status import HolderMatch

        if self.in_person:
            return HolderMatch(matched=True, source=str(desk.officer), method="officer", at=now)
        if self.biometric is not None:
            return HolderMatch(matched=True, source=str(self.matcher), method=self.biometric, at=now)
        return None

    def evidence(self, desk: Desk) -> tuple[EvidenceItem, ...]:
        """What the card proves of the holder of this account; nothing where none was shown.

        :raises NotPassed: see :meth:`report`.
        :raises EvidenceNotAcceptable: it is the card of somebody else.
        """
        from eid.accounts.proofs import evidence_of

        report = self.report(desk)
        if report is None:
            return ()
        return evidence_of(report, subject=self._present_number(desk), source=_SOURCE)

    def factors(self, desk: Desk, transaction: str) -> tuple[Factor, ...]:
        """By what the card recognises the holder in this transaction, likewise."""
        from eid.accounts.proofs import factors_of

        report = self.report(desk)
        if report is None:
            return ()
        return factors_of(report, subject=self._present_number(desk), transaction=transaction)

    def _present_number(self, desk: Desk) -> str:
        """The number that the card has to bear, also where an older one was given."""
        account = desk.store.by_subject(desk.whose)
        return desk.whose if account is None else account.subjects[-1]


def with_card(*left_out: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Gives a command of :func:`~eid.cli.accounts.options.account_command` the options of a card, and a
    :class:`Shown` made of them as second argument.

    :param left_out: those that the command does not have.
    """
    hints = typing.get_type_hints(Shown, include_extras=True)
    options = {
        each.name: inspect.Parameter(
            each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=hints[each.name]
        )
        for each in dataclasses.fields(Shown)
        if each.name not in left_out
    }

    def decorate(function: Callable[..., int]) -> Callable[..., int]:
        signature = inspect.signature(function, eval_str=True)
        desk, _, *own = signature.parameters.values()

        def at_desk(desk: Desk, /, **given: Any) -> int:
            return function(desk, Shown(**{name: given.pop(name) for name in options}), **given)

        at_desk.__name__, at_desk.__doc__ = function.__name__, function.__doc__
        parameters = [desk, *own, *options.values()]
        at_desk.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return at_desk

    return decorate
