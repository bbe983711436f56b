"""What a service asks for before it does something, and what is known of the present request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from eid.accounts.model import Actor, Consent, Factor, HolderKind
from eid.accounts.rule_shapes import CONFIDENCE
from eid.errors import InputError

__all__ = ["ELECTRONIC_CARD", "Consent", "Context", "Requirement"]

#: The kind of evidence that asks for the electronic identity card. It is a state, not a proof of the past.
ELECTRONIC_CARD = "electronic_identity_card"

#: What a client can be asked for (:class:`eid.tokens.step_up.StepUpChallenge`).
_LONGEST = timedelta(days=366)
#: Words and groups of words that one requirement may list.
_MANY = 64
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What must hold. What is not named is not asked for. ``a & b`` asks for what both ask for.

    :param account_level: 1 or 2.
    :param authentication_level: 1 to 4.
    :param factor_categories: of each of these categories of the rules (``biometric``, ...) a factor must
        have been checked in this transaction.
    :param evidence: kinds of evidence, each of which must have passed and not expired;
        ``electronic_identity_card`` asks for that card in force.
    :param any_evidence: groups of kinds, without that card; of each group one is enough.
    :param max_auth_age: how long ago a factor may have been checked; at most a year.
    :param min_age: whole years.
    :param holder_kinds: of which one; ``None`` for any.
    :param purpose: what the data are used for, a stable word.
    :param consent: the holder's consent to that purpose is needed.
    :param requester: who will use the data; ``None`` for the service that keeps the account.
    :param fields: the data that will be used; the consent has to cover them.
    :param basis: instrument and article that ask for this, for auditors.
    :param confidence: how sure that basis is, a word of the rules; ``None`` where the service itself
        answers for what it asks.
    :param parts: the requirements it was put together from by ``&``, so that each demand keeps the basis
        that it came with; not to be given.
    :raises InputError: a level that does not exist, a negative age, consent without purpose, too much.
    """

    account_level: int | None = None
    authentication_level: int | None = None
    factor_categories: frozenset[str] = frozenset()
    evidence: frozenset[str] = frozenset()
    any_evidence: frozenset[frozenset[str]] = frozenset()
    max_auth_age: timedelta | None = None
    min_age: int | None = None
    holder_kinds: frozenset[HolderKind] | None = None
    purpose: str | None = None
    consent: bool = False
    requester: str | None = None
    fields: frozenset[str] = frozenset()
    basis: str | None = None
    confidence: str | None = None
    parts: tuple[Requirement, ...] = field(default=(), repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("evidence", "factor_categories", "fields"):
            object.__setattr__(self, name, _words(getattr(self, name)))
        groups = frozenset(_words(group) for group in self.any_evidence)
        if len(groups) > _MANY or frozenset() in groups:
            raise InputError("a group of evidence of which none is enough, or too many groups")
        if any(ELECTRONIC_CARD in group for group in groups):
            raise InputError(f"{ELECTRONIC_CARD} is asked for by itself, in evidence")
        object.__setattr__(self, "any_evidence", groups)
        if self.holder_kinds is not None:
            object.__setattr__(self, "holder_kinds", _kinds(self.holder_kinds))
        for value, allowed in ((self.account_level, (1, 2)), (self.authentication_level, (1, 2, 3, 4))):
            if value is not None and (type(value) is not int or value not in allowed):
                raise InputError("a level that does not exist")
        if self.min_age is not None and (type(self.min_age) is not int or not 0 <= self.min_age <= 200):
            raise InputError("an age that nobody has")
        oldest = self.max_auth_age
        if oldest is not None and not (isinstance(oldest, timedelta) and timedelta(0) <= oldest <= _LONGEST):
            raise InputError("an authentication is asked for within 0 seconds to a year")
        if self.consent and not self.purpose:
            raise InputError("consent is always to a purpose")
        if self.fields and not self.purpose:
            raise InputError("data are always used for a purpose")
        if self.confidence is not None and self.confidence not in CONFIDENCE:
            raise InputError("a confidence that is no word of the rules")

    def __and__(self, other: Requirement) -> Requirement:
        """Both. Where they differ, the stricter holds; a demand of one keeps the basis of that one.

        :raises InputError: for two purposes, or two requesters: that needs two decisions.
        """
        if not isinstance(other, Requirement):
            return NotImplemented
        if self.consent and other.consent and self.requester != other.requester:
            # One of them may be the service itself, which nobody names.
            raise InputError("consent to two different requesters in one requirement")
        kinds = [each for each in (self.holder_kinds, other.holder_kinds) if each is not None]
        listed = [part for each in (self, other) for part in (each.parts or (each,)) if part != _NO_DEMAND]
        parts = tuple(dict.fromkeys(listed))
        basis, confidence = _basis_of(parts)
        return Requirement(
            account_level=_stricter(max, self.account_level, other.account_level),
            authentication_level=_stricter(max, self.authentication_level, other.authentication_level),
            factor_categories=self.factor_categories | other.factor_categories,
            evidence=self.evidence | other.evidence,
            any_evidence=self.any_evidence | other.any_evidence,
            max_auth_age=_stricter(min, self.max_auth_age, other.max_auth_age),
            min_age=_stricter(max, self.min_age, other.min_age),
            holder_kinds=frozenset.intersection(*kinds) if kinds else None,
            purpose=_same(self.purpose, other.purpose, "purposes"),
            consent=self.consent or other.consent,
            requester=_same(self.requester, other.requester, "requesters"),
            fields=self.fields | other.fields,
            basis=basis,
            confidence=confidence,
            parts=parts if len(parts) > 1 else (),
        )

    def basis_of(self, asks: Callable[[Requirement], object]) -> tuple[str | None, str | None]:
        """The basis of one demand, and how sure it is.

        :param asks: whether a part of this requirement is one that makes the demand.
        """
        if not self.parts:
            return self.basis, self.confidence
        return _basis_of(part for part in self.parts if asks(part))


def _basis_of(parts: Iterable[Requirement]) -> tuple[str | None, str | None]:
    listed = tuple(parts)
    basis = dict.fromkeys(part.basis for part in listed if part.basis)
    sure = [part.confidence for part in listed if part.confidence]
    return "; ".join(basis) or None, max(sure, key=CONFIDENCE.index, default=None)


def _words(given: Iterable[str]) -> frozenset[str]:
    if isinstance(given, str):  # "chip_report" would become twelve letters
        raise InputError("one word where a set of words is needed")
    words = frozenset(given)
    if len(words) > _MANY or not all(isinstance(word, str) and word for word in words):
        raise InputError("something that is no set of words")
    return words


def _kinds(given: Iterable[HolderKind]) -> frozenset[HolderKind]:
    try:
        return frozenset(map(HolderKind, given))
    except ValueError:
        raise InputError("a kind of holder that does not exist") from None


def _stricter(choose: Callable[[list[_T]], _T], one: _T | None, other: _T | None) -> _T | None:
    both = [each for each in (one, other) if each is not None]
    return choose(both) if both else None


def _same(one: str | None, other: str | None, what: str) -> str | None:
    if one is not None and other is not None and one != other:
        raise InputError(f"two different {what} in one requirement")
    return one if one is not None else other


#: Adds nothing to another requirement.
_NO_DEMAND = Requirement()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The present request.

    :param transaction: its identifier. Factors checked for another one do not count.
    :param actor: who acts; ``None`` for somebody who has not authenticated.
    :param factors: by which the actor was recognised.
    :param consents: of the holder, beyond those that the account has.
    :param guardian_confirmed: the guardian agreed to this use.
    :raises InputError: factors without a transaction they are of, or a time without zone.
    """

    transaction: str
    actor: Actor | None = None
    factors: tuple[Factor, ...] = ()
    consents: tuple[Consent, ...] = field(default=(), repr=False)
    guardian_confirmed: bool = False

    def __post_init__(self) -> None:
        if self.factors and not self.transaction:
            raise InputError("factors without a transaction: they would count in every other one")
        times = [factor.at for factor in self.factors]
        for each in self.consents:
            times += [at for at in (each.given_at, each.narrowed_at, each.withdrawn_at) if at is not None]
        if any(at.utcoffset() is None for at in times):
            raise InputError("a time without zone")
