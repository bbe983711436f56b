"""What can be asked of an account: commands, as pure data.

A command is a wish. Whether it is granted is decided by :func:`eid.accounts.lifecycle.execute.handle`; what it
then did is written as events. The classes check form and size only: they raise
:class:`~eid.errors.InputError` for a text that is empty, too long or not printable, for a time without
zone, and :class:`~eid.errors.LimitExceeded` for more than one account may have of something.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from eid.accounts.lifecycle.command_form import (
    MAX_CONSENTS,
    MAX_EVIDENCE,
    MAX_FIELDS,
    MAX_LINKS,
    MAX_LOCKS,
    MAX_PEOPLE,
    MAX_SUBJECT,
    MAX_SUBJECTS,
    REFERENCE,
    TEXT,
    WORD,
    evidence,
    identifiers,
    require_consent,
    require_details,
    require_lockable,
    require_moment,
    require_text,
    subject_of,
    texts,
)
from eid.accounts.lifecycle.events import ACCOUNT
from eid.accounts.lifecycle.members import to_members
from eid.accounts.model import Actor, Details, EvidenceItem, HolderKind
from eid.document.dates import PartialDate
from eid.encoding import strict_cbor
from eid.errors import InputError

__all__ = [
    "COMMANDS",
    "MAX_CONSENTS",
    "MAX_EVIDENCE",
    "MAX_FIELDS",
    "MAX_LINKS",
    "MAX_LOCKS",
    "MAX_PEOPLE",
    "MAX_SUBJECT",
    "MAX_SUBJECTS",
    "Activate",
    "AddAlias",
    "AddEvidence",
    "ChangeBirthDate",
    "ChangeDetails",
    "ChangeDocuments",
    "ChangeGuardians",
    "ChangeRepresentatives",
    "Close",
    "Command",
    "GiveConsent",
    "Link",
    "LockAccount",
    "NarrowConsent",
    "Notify",
    "ReachAge",
    "Recover",
    "Register",
    "Renumber",
    "Unlink",
    "UnlockAccount",
    "Upgrade",
    "WithdrawConsent",
    "digest_of",
    "subject_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What all commands have: a word for their kind."""

    kind: ClassVar[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Register(Command):
    """Make an account of level 1, or an organisation's without level.

    :param birth_date: needed for persons.
    :param documents: what was shown, words of the rules: ``identity_card``, ``valid_identity_card``, ...
    :param under_guardianship: for other reasons than age.
    :param guardians: account identifiers of parents or guardians; needed for the young.
    :param representatives: account identifiers of those who may act for an organisation.
    :param agreed: those of them who agreed to the registration.
    :param aliases: further identifiers that lead to the account, from an officer only: an identifier that nobody
        looked at would let its owner's affairs be done with the account of whoever claimed it.
    """

    kind = "register"

    holder: HolderKind
    birth_date: PartialDate | None = field(default=None, repr=False)
    documents: frozenset[str] = frozenset()
    under_guardianship: bool = False
    guardians: frozenset[str] = frozenset()
    representatives: frozenset[str] = frozenset()
    agreed: frozenset[str] = frozenset()
    aliases: tuple[str, ...] = field(default=(), repr=False)
    details: Details | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "holder", HolderKind(self.holder))
        except ValueError:
            raise InputError("no kind of holder") from None
        object.__setattr__(self, "documents", texts("documents", self.documents, WORD, MAX_FIELDS))
        for name in ("guardians", "representatives", "agreed"):
            object.__setattr__(self, name, texts(name, getattr(self, name), REFERENCE, MAX_PEOPLE))
        object.__setattr__(self, "aliases", identifiers(self.aliases))
        require_details(self.details)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify(Command):
    """The holder was told of the result of the registration: the time to activate it begins."""

    kind = "notify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activate(Command):
    """Make the account usable."""

    kind = "activate"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEvidence(Command):
    """Keep what was proved about the holder, or failed to be; see :mod:`eid.accounts.proofs`."""

    kind = "add_evidence"

    items: tuple[EvidenceItem, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", evidence(self.items))
        if not self.items:
            raise InputError("no evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade(Command):
    """Raise the account to level 2 on the evidence that it has and the *items* given with this.

    :param items: further evidence, kept with the account.
    """

    kind = "upgrade"

    items: tuple[EvidenceItem, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", evidence(self.items))


@dataclass(frozen=True, slots=True, kw_only=True)
class LockAccount(Command):
    """Lock the account or its electronic identity card, for one more reason.

    :param reason: a code of the rules; an officer may use one that they do not know.
    :param object: ``account`` or ``electronic_identity_card``.
    :param requested_by: on whose behalf an officer locks: ``authority``, ``system`` or another word.
    """

    kind = "lock"

    reason: str
    object: str = ACCOUNT
    requested_by: str = "authority"

    def __post_init__(self) -> None:
        require_lockable(self.object)
        require_text("a reason", self.reason, WORD)
        require_text("who asks", self.requested_by, WORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockAccount(Command):
    """Take away the lock of one reason. Locks of other reasons stay.

    :param reason: that of the lock.
    :param ground: what makes it go, in the words of the rules (``unlock_when``).
    :param object: ``account`` or ``electronic_identity_card``.
    :param locked_at: when that lock was set, to unlock no later one of the same reason should this
        command arrive late.
    """

    kind = "unlock"

    reason: str
    ground: str
    object: str = ACCOUNT
    locked_at: datetime | None = None

    def __post_init__(self) -> None:
        require_lockable(self.object)
        require_text("a reason", self.reason, WORD)
        require_text("a ground", self.ground, WORD)
        require_moment(self.locked_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recover(Command):
    """Let a holder in again who lost phone or password, on evidence as strong as the account's level.

    :param items: further evidence, kept with the account.
    """

    kind = "recover"

    items: tuple[EvidenceItem, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", evidence(self.items))


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Command):
    """End the account, for good.

    Its identifiers still lead to it and to no other account: its history has to be found for as long as it is
    kept, and no number is given twice. They are free again when the store erased it.
    """

    kind = "close"

    reason: str

    def __post_init__(self) -> None:
        require_text("a reason", self.reason, WORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Command):
    """Note that an account elsewhere belongs to the same holder.

    :param scope: ``banking``, ``platform`` or another word of the rules.
    :param reference: opaque; no account number in clear.
    """

    kind = "link"

    scope: str
    reference: str

    def __post_init__(self) -> None:
        require_text("a scope", self.scope, WORD)
        require_text("a reference", self.reference, REFERENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlink(Command):
    """Take such a note away."""

    kind = "unlink"

    scope: str
    reference: str

    def __post_init__(self) -> None:
        require_text("a scope", self.scope, WORD)
        require_text("a reference", self.reference, REFERENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renumber(Command):
    """Give the holder another number. The old one still leads to the account.

    :param reason: of a citizen: one for which the rules set a new number.
    :param birth_date: the corrected one, where that is the reason.
    """

    kind = "renumber"

    subject: str = field(repr=False)
    reason: str
    birth_date: PartialDate | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "subject", subject_of(self.subject))
        require_text("a reason", self.reason, WORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAlias(Command):
    """Let one more identifier lead to the account, such as an old number of nine digits."""

    kind = "add_alias"

    subject: str = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "subject", subject_of(self.subject))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeGuardians(Command):
    """Say who the guardians are from now on.

    :param guardians: account identifiers.
    :param under_guardianship: for other reasons than age.
    """

    kind = "change_guardians"

    guardians: frozenset[str]
    under_guardianship: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "guardians", texts("guardians", self.guardians, REFERENCE, MAX_PEOPLE))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachAge(Command):
    """See whether the holder has become old enough to act alone; if so, guardians have no part any more."""

    kind = "reach_age"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRepresentatives(Command):
    """Say who acts for the organisation from now on; at least one.

    :param representatives: account identifiers.
    :param agreed: who of the others agreed to it: of those who act for it now, and of those who will. All
        have to where a representative asks, unless he only takes himself out.
    """

    kind = "change_representatives"

    representatives: frozenset[str]
    agreed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in ("representatives", "agreed"):
            # Some agree to come, others to go.
            most = MAX_PEOPLE if name == "representatives" else 2 * MAX_PEOPLE
            object.__setattr__(self, name, texts(name, getattr(self, name), REFERENCE, most))
        if not self.representatives:
            raise InputError("an organisation without representatives")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeBirthDate(Command):
    """Put a person's date of birth right, or complete it, where the number stays."""

    kind = "change_birth_date"

    birth_date: PartialDate = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDocuments(Command):
    """Say which documents the holder has from now on, in words of the rules."""

    kind = "change_documents"

    documents: frozenset[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "documents", texts("documents", self.documents, WORD, MAX_FIELDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDetails(Command):
    """Call or reach the holder otherwise."""

    kind = "change_details"

    details: Details = field(repr=False)

    def __post_init__(self) -> None:
        require_details(self.details)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveConsent(Command):
    """Agree to one use of data, in place of what was agreed before with the same requester on that purpose.

    :param purpose: what for, a stable word.
    :param fields: what may be used; at least one.
    :param requester: who may use it; ``None`` for the service that keeps the account.
    :param basis: instrument and article, or contract, that the use rests on.
    :param channel: how it was given, a word of the rules.
    """

    kind = "give_consent"

    purpose: str
    fields: frozenset[str]
    requester: str | None = None
    basis: str | None = None
    channel: str | None = None

    def __post_init__(self) -> None:
        require_consent(self.purpose, self.requester)
        object.__setattr__(self, "fields", texts("fields", self.fields, WORD, MAX_FIELDS))
        if not self.fields:
            raise InputError("a consent to nothing")
        if self.basis is not None:
            require_text("a basis", self.basis, TEXT)
        if self.channel is not None:
            require_text("a channel", self.channel, WORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrowConsent(Command):
    """Take fields out of a consent.

    :param fields: those that are left, at least one; to take all out, withdraw it.
    """

    kind = "narrow_consent"

    purpose: str
    fields: frozenset[str]
    requester: str | None = None

    def __post_init__(self) -> None:
        require_consent(self.purpose, self.requester)
        object.__setattr__(self, "fields", texts("fields", self.fields, WORD, MAX_FIELDS))
        if not self.fields:
            raise InputError("to take all fields out, withdraw the consent")


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawConsent(Command):
    """Take a consent back."""

    kind = "withdraw_consent"

    purpose: str
    requester: str | None = None

    def __post_init__(self) -> None:
        require_consent(self.purpose, self.requester)


_ALL: tuple[type[Command], ...] = (
    Register, Notify, Activate, AddEvidence, Upgrade, LockAccount, UnlockAccount, Recover, Close, Link, Unlink,
    Renumber, AddAlias, ChangeGuardians, ReachAge, ChangeRepresentatives, ChangeBirthDate, ChangeDocuments, ChangeDetails,
    GiveConsent, NarrowConsent, WithdrawConsent,
)  # fmt: skip

#: Every kind of command, by its word.
COMMANDS: dict[str, type[Command]] = {each.kind: each for each in _ALL}


def digest_of(command: Command, *, subject: str, actor: Actor) -> bytes:
    """What a repeated command is known by: SHA-256 over who asks what of which account.

    The same identifier of a command with another digest is another command. Who asks is part of it, so
    that nobody learns of an account by repeating another's command.

    :param subject: the identifier that the command was given with.
    """
    members = [1, command.kind, to_members(command), subject, actor.role.value, actor.reference]
    return hashlib.sha256(strict_cbor.dumps(members)).digest()
