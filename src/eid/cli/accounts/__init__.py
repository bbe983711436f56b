"""``eid account``: registers, upgrades, locks, links and closes accounts."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from eid.cli.accounts.card import Shown, with_card
from eid.cli.accounts.options import Desk, account_command, holder_number
from eid.cli.accounts.words import ACCOUNT_LABELS
from eid.cli.failures import Failure, usage
from eid.cli.options import read_secret
from eid.errors import DocumentError

if TYPE_CHECKING:
    from eid.document.dates import PartialDate
    from eid.verification.report import Report

__all__ = ["activate", "close", "link", "lock", "recover", "register", "renumber", "unlock", "upgrade"]


class Holder(enum.StrEnum):
    """Whose account it is."""

    CITIZEN = "citizen"
    FOREIGNER = "foreigner"
    ORGANISATION = "organisation"


class Lockable(enum.StrEnum):
    """What can be locked."""

    ACCOUNT = "account"
    ELECTRONIC_CARD = "electronic_identity_card"


BirthDate = Annotated[
    str | None,
    typer.Option(
        "--birth-date", metavar="DATE", help="1999-07-04, 1999-07 or 1999; `-` reads standard input."
    ),
]
Reason = Annotated[str, typer.Option("--reason", metavar="WORD", help="Why, in a word of the rules.")]
Object = Annotated[Lockable, typer.Option("--object", help="What.")]


# --- a new account -------------------------------------------------------------------------------


@account_command(new=True)
@with_card("in_person", "biometric", "matcher")
def register(
    desk: Desk,
    shown: Shown,
    holder: Annotated[Holder, typer.Option("--holder", help="Whose account it is.")] = Holder.CITIZEN,
    birth_date: BirthDate = None,
    document: Annotated[
        list[str] | None,
        typer.Option(
            "--document",
            metavar="WORD",
            help="What was shown, in words of the rules: identity_card, valid_identity_card ... Several times.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="TEXT", help="Name of the holder; `-` reads standard input."),
    ] = None,
    phone: Annotated[
        str | None, typer.Option("--phone", metavar="TEXT", help="The holder's own mobile number; likewise.")
    ] = None,
    email: Annotated[
        str | None, typer.Option("--email", metavar="TEXT", help="E-mail address, if there is one; likewise.")
    ] = None,
    guardian: Annotated[
        list[str] | None,
        typer.Option("--guardian", metavar="NUMBER", help="Of a child: number of a guardian. Several times."),
    ] = None,
    under_guardianship: Annotated[
        bool, typer.Option("--under-guardianship", help="For other reasons than age.")
    ] = False,
    representative: Annotated[
        list[str] | None,
        typer.Option(
            "--representative",
            metavar="NUMBER",
            help="Of an organisation: number of a representative, who agreed. Several times.",
        ),
    ] = None,
    notified: Annotated[
        bool,
        typer.Option("--notified", help="The holder is told now: the time to activate the account begins."),
    ] = False,
) -> int:
    """Make an account: of level 1 for a person, without level for an organisation.

    With --evidence number, name, date of birth and card come from the card, which has to pass. The store
    and its key file are made when they are not there.
    """
    from eid.accounts.lifecycle.commands import Notify, Register
    from eid.accounts.model import Details, HolderKind
    from eid.vietnam.number import parse_number

    if notified and desk.officer is None:
        raise usage("needs_officer", "--notified")
    report = shown.report(desk)
    if report is not None:
        _take_number(desk, report)
    if holder is Holder.CITIZEN:
        desk.subject = parse_number(desk.whose).number
    read = {
        option: None if given is None else read_secret(given, desk.out, f"--{option}", ACCOUNT_LABELS[label])
        for option, given, label in (
            ("birth-date", birth_date, "birth_date"), ("name", name, "name"), ("phone", phone, "phone"),
            ("email", email, "email"),
        )
    }  # fmt: skip
    born = None if read["birth-date"] is None else _date(read["birth-date"])
    person = None if report is None else report.person
    details = Details(read["name"] or (person.name if person else None), read["phone"], read["email"])
    people = _accounts(desk, guardian or [], "--guardian")
    representatives = _accounts(desk, representative or [], "--representative")
    account = desk.run(
        Register(
            holder=HolderKind(holder.value),
            birth_date=born or (person.birth_date if person else None),
            documents=frozenset(document or ()) | _documents(report),
            under_guardianship=under_guardianship,
            guardians=people,
            representatives=representatives,
            agreed=representatives,
            details=details,
        )
    )
    if notified:
        again = None if desk.command_id is None else f"{desk.command_id} notified"
        account = desk.accounts.run(desk.whose, Notify(), actor=desk.somebody(), command_id=again)
    made = desk.vault_made
    return desk.show(account, "register", vault_made=made and str(made))


def _take_number(desk: Desk, report: Report) -> None:
    """The number of the card, which a number that was given has to be."""
    number = report.person and report.person.number
    if not number:
        raise Failure("NO_NUMBER")
    if desk.subject not in (None, number):
        raise Failure("OTHER_PERSON")
    desk.subject = number


def _documents(report: Report | None) -> frozenset[str]:
    """What the card is in words of the rules."""
    from eid.document.checks import Outcome

    if report is None:
        return frozenset()
    valid = report.still_valid.outcome is Outcome.PASSED
    return frozenset({"identity_card", "valid_identity_card"} if valid else {"identity_card"})


def _accounts(desk: Desk, numbers: Sequence[str], option: str) -> frozenset[str]:
    """The accounts of other people whom *numbers* name.

    :raises Failure: one of them has none.
    """
    found = set()
    for given in numbers:
        text = read_secret(given, desk.out, option, ACCOUNT_LABELS[option.removeprefix("--")])
        account_id = desk.account_id(holder_number(text, option))
        if account_id is None:
            raise Failure("NO_ACCOUNT", name=option)
        found.add(account_id)
    return frozenset(found)


def _date(text: str) -> PartialDate:
    from eid.document.dates import PartialDate

    parts = text.strip().split("-")
    if not 1 <= len(parts) <= 3 or [len(part) for part in parts] != [4, 2, 2][: len(parts)]:
        raise usage("bad_value", "--birth-date")
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise usage("bad_value", "--birth-date")
    try:
        return PartialDate(*map(int, parts))
    except DocumentError:
        raise usage("bad_value", "--birth-date") from None


# --- an account that is there --------------------------------------------------------------------


@account_command()
def activate(desk: Desk) -> int:
    """Make an account usable. After the time for it has passed, an officer does it."""
    from eid.accounts.lifecycle.commands import Activate

    return desk.show(desk.run(Activate()), "activate")


@account_command()
@with_card()
def upgrade(desk: Desk, shown: Shown) -> int:
    """Raise an account to level 2: on the holder's card, and on the holder seen with it.

    The card has to pass, with the answer to your --challenge. Evidence of earlier days counts, too.
    """
    from eid.accounts.lifecycle.commands import Upgrade

    return desk.show(desk.run(Upgrade(items=shown.evidence(desk))), "upgrade")


@account_command()
@with_card()
def recover(desk: Desk, shown: Shown) -> int:
    """Let a holder in again who lost phone or password, on evidence as strong as the account's level."""
    from eid.accounts.lifecycle.commands import Recover

    return desk.show(desk.run(Recover(items=shown.evidence(desk))), "recover")


@account_command()
def lock(
    desk: Desk,
    reason: Reason = "holder_request",
    what: Object = Lockable.ACCOUNT,
    requested_by: Annotated[
        str, typer.Option("--requested-by", metavar="WORD", help="On whose behalf an officer locks.")
    ] = "authority",
) -> int:
    """Lock an account, or its electronic identity card, for one more reason."""
    from eid.accounts.lifecycle.commands import LockAccount

    command = LockAccount(reason=reason, object=what.value, requested_by=requested_by)
    return desk.show(desk.run(command), "lock")


@account_command()
def unlock(
    desk: Desk,
    reason: Reason = "holder_request",
    ground: Annotated[
        str | None,
        typer.Option(
            "--ground",
            metavar="WORD",
            help="What lifts the lock, in a word of the rules; the reason if left out.",
        ),
    ] = None,
    what: Object = Lockable.ACCOUNT,
) -> int:
    """Take away the lock of one reason; locks of other reasons stay."""
    from eid.accounts.lifecycle.commands import UnlockAccount

    return desk.show(
        desk.run(UnlockAccount(reason=reason, ground=ground or reason, object=what.value)), "unlock"
    )


@account_command()
def close(desk: Desk, reason: Reason = "holder_request") -> int:
    """End an account, for good. What happened to it stays on record."""
    from eid.accounts.lifecycle.commands import Close

    return desk.show(desk.run(Close(reason=reason)), "close")


@account_command()
def link(
    desk: Desk,
    scope: Annotated[
        str, typer.Option("--scope", metavar="WORD", help="Kind of the other account: banking, platform ...")
    ],
    reference: Annotated[
        str,
        typer.Option(
            "--reference",
            metavar="TEXT",
            help="Its number or name there, kept as a keyed hash only; `-` likewise.",
        ),
    ],
    remove: Annotated[bool, typer.Option("--remove", help="It belongs to the holder no more.")] = False,
) -> int:
    """Note that an account elsewhere, at a bank or platform, belongs to the same holder."""
    from eid.accounts.lifecycle.commands import Link, Unlink

    text = read_secret(reference, desk.out, "--reference", ACCOUNT_LABELS["reference"])
    # Who reads the account needs to tell two links apart, not to know a bank account's number.
    keyed = desk.vault.index(f"link {scope}", text).hex()
    kind = Unlink if remove else Link
    return desk.show(desk.run(kind(scope=scope, reference=keyed)), "unlink" if remove else "link")


@account_command()
def renumber(
    desk: Desk,
    to: Annotated[
        str, typer.Option("--to", metavar="NUMBER", help="The new number; `-` reads standard input.")
    ],
    reason: Annotated[str, typer.Option("--reason", metavar="WORD", help="Why, in a word of the rules.")],
    birth_date: BirthDate = None,
) -> int:
    """Give the holder another number. The old one still finds the account."""
    from eid.accounts.lifecycle.commands import Renumber
    from eid.accounts.model import HolderKind
    from eid.vietnam.number import parse_number

    new = holder_number(read_secret(to, desk.out, "--to", ACCOUNT_LABELS["new_number"]), "--to")
    born = (
        None
        if birth_date is None
        else _date(read_secret(birth_date, desk.out, "--birth-date", ACCOUNT_LABELS["birth_date"]))
    )
    account = desk.store.by_subject(desk.whose)
    if account is not None and account.holder is HolderKind.CITIZEN:
        new = parse_number(new).number
    return desk.show(desk.run(Renumber(subject=new, reason=reason, birth_date=born)), "renumber")
