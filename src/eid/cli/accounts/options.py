"""What the commands of ``eid account`` share: where accounts are kept, whose account it is, and who acts."""

from __future__ import annotations

import contextlib
import enum
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eid.cli.accounts.view import account_document, show_account
from eid.cli.accounts.words import ACCOUNT_LABELS
from eid.cli.failures import Failure, usage
from eid.cli.messages import HOLDS
from eid.cli.options import ShowPerson, command, read_secret
from eid.cli.output import Output
from eid.errors import InputError, KeyFileExists, LimitExceeded, VaultMismatch

if TYPE_CHECKING:
    from eid.accounts.lifecycle.commands import Command
    from eid.accounts.model import Account, Actor
    from eid.accounts.service import Accounts
    from eid.accounts.stores.sql import SqlAccountStore
    from eid.accounts.stores.vault import Vault
    from eid.accounts.usage.log import UsageLog
    from eid.accounts.usage.sql import SqlUsageLog

__all__ = [
    "DEFAULT_STORE",
    "Acting",
    "Desk",
    "StoreAddress",
    "VaultFile",
    "account_command",
    "find_store",
    "holder_number",
    "opened",
    "usage_log",
]

#: Where accounts are when nothing else is said: a file in the present folder.
DEFAULT_STORE = "accounts.db"
#: What stands for a holder's account before it exists, and for one that is not there. No account has this
#: identifier.
_NEW = "new"
_TWELVE_DIGITS = 12
#: What the log of uses calls this program.
_SERVICE = "eid-account"


class Acting(enum.StrEnum):
    """Who is not staff."""

    HOLDER = "holder"
    GUARDIAN = "guardian"
    REPRESENTATIVE = "representative"


StoreAddress = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="URL",
        help="sqlite:///FILE (or FILE), postgresql://...; `-` reads the address from standard input.",
    ),
]
VaultFile = Annotated[
    Path | None,
    typer.Option(
        "--vault", metavar="FILE", help="Key file of the store; beside a SQLite file if left out: FILE.vault."
    ),
]
Number = Annotated[
    str | None,
    typer.Option(
        "--number",
        metavar="NUMBER",
        help="Whose account: personal number, passport number or tax code; `-` reads standard input.",
    ),
]
Officer = Annotated[
    str | None, typer.Option("--officer", metavar="NAME", help="An officer acts, known by this name.")
]
Auditor = Annotated[
    str | None, typer.Option("--auditor", metavar="NAME", help="An auditor looks, known by this name.")
]
As = Annotated[
    Acting | None,
    typer.Option(
        "--as", help="Who acts otherwise; you have made sure that it is he or she.", show_default=False
    ),
]
By = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="NUMBER",
        help="With --as guardian or representative: number of who acts; `-` likewise.",
    ),
]
CommandId = Annotated[
    str | None,
    typer.Option(
        "--command-id",
        metavar="TEXT",
        help="Your name for this change: given again with the same name, it is carried out once.",
    ),
]
ExpectVersion = Annotated[
    int | None,
    typer.Option(
        "--expect-version", metavar="N", help="Only if the account is still at this version.", min=0
    ),
]


# --- the store -----------------------------------------------------------------------------------


def find_store(out: Output, given: str) -> tuple[str, Path | None]:
    """The address of a database, and its file where it has one.

    :raises Failure: not such an address.
    """
    address = read_secret(given, out, "--store", ACCOUNT_LABELS["store"])
    if "://" not in address:
        address = f"sqlite:///{address}"
    scheme, _, rest = address.partition("://")
    if not scheme.startswith("sqlite"):
        return address, None
    name = rest.removeprefix("/")
    # With options SQLite opens the file in other ways, and in memory nothing would stay.
    if "?" in name or name in ("", ":memory:") or not rest.startswith("/"):
        raise usage("bad_value", "--store")
    file = Path(name)
    if file.exists() and not file.is_file():
        raise Failure("FILE_UNREADABLE", path=name, reason="not a regular file")
    return address, file


@contextlib.contextmanager
def opened(
    out: Output, store: str, vault: Path | None, *, new: bool
) -> Iterator[tuple[SqlAccountStore, Vault, Path | None]]:
    """The store with its vault, and the vault's file when it was made just now.

    :param new: a store that is not there is made, and a vault beside it. A store that is there never
        gets another vault: nobody could open it with that.
    :raises Failure: an address that is none, or a file that is not there.
    :raises EidError: the store or the vault cannot be opened.
    """
    from eid.accounts.stores.sql import SqlAccountStore

    address, file = find_store(out, store)
    if file is not None and not file.exists():
        if not new:
            raise Failure("FILE_MISSING", path=str(file))
        _private(file)
    if vault is None:
        if file is None:
            raise usage("missing", "--vault")
        vault = file.with_name(f"{file.name}.vault")
    keys, made = _vault(vault, new=new)
    try:
        kept = SqlAccountStore.open(address, vault=keys)
    except InputError:
        if made:
            vault.unlink()
        raise usage("bad_value", "--store") from None
    except VaultMismatch:
        if made:
            vault.unlink()
        raise
    with contextlib.closing(kept):
        yield kept, keys, vault if made else None


def _private(file: Path) -> None:
    """Make an empty file for its owner only. What comes into it is sealed; who uses it how often is not."""
    try:
        file.touch(mode=0o600)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise Failure("FILE_NOT_WRITABLE", path=str(file), reason=reason) from None


def _vault(path: Path, *, new: bool) -> tuple[Vault, bool]:
    from eid.accounts.stores.vault import Vault

    if not path.exists():
        if not new:
            raise Failure("FILE_MISSING", path=str(path))
        with contextlib.suppress(KeyFileExists):  # somebody else makes it at the same time
            return Vault.create(path), True
    return Vault.open(path), False


def usage_log(store: SqlAccountStore, vault: Vault) -> SqlUsageLog:
    """The log of uses, in the same database; its pseudonyms are made with the vault."""
    from eid.accounts.usage import SubjectKey
    from eid.accounts.usage.sql import SqlUsageLog

    return SqlUsageLog(store.database, key=SubjectKey(vault.secret("usage log")))


def holder_number(text: str, option: str) -> str:
    """*text* as an identifier: a personal number in twelve digits, or another as it is.

    :raises PersonalNumberError: twelve digits that are no personal number.
    :raises Failure: nothing, or too much.
    """
    from eid.accounts.lifecycle.commands import subject_of
    from eid.vietnam.number import parse_number

    try:
        text = subject_of(text)
    except InputError:
        raise usage("bad_value", option) from None
    digits = "".join(text.split())
    return parse_number(digits).number if len(digits) == _TWELVE_DIGITS and digits.isdigit() else text


# --- one command at the desk ---------------------------------------------------------------------


@dataclass(slots=True)
class Desk:
    """One command on one account.

    :param subject: whose account; ``None`` where the command finds out itself.
    :param vault_made: the key file that was made with the store just now.
    """

    out: Output
    store: SqlAccountStore
    vault: Vault
    log: UsageLog
    accounts: Accounts
    subject: str | None
    show_person: bool
    vault_made: Path | None
    officer: str | None
    auditor: str | None
    acting: Acting | None
    by: str | None
    command_id: str | None
    expected_version: int | None

    @property
    def whose(self) -> str:
        """The number of the account's holder.

        :raises Failure: none was given.
        """
        if self.subject is None:
            raise usage("missing", "--number")
        return self.subject

    def somebody(self) -> Actor:
        """Who acts.

        :raises Failure: nobody was named.
        """
        actor = self.actor()
        if actor is None:
            raise usage("one_of", "--officer, --as")
        return actor

    def actor(self) -> Actor | None:
        """Who acts; ``None`` when nobody was named."""
        from eid.accounts.model import Actor, Role

        for role, name in ((Role.OFFICER, self.officer), (Role.AUDITOR, self.auditor)):
            if name is not None:
                return Actor(role, _name(name, f"--{role.value}"))
        if self.acting is None:
            return None
        number = self.whose if self.by is None else self.by
        return Actor(Role(self.acting.value), self.account_id(number) or _NEW)

    def account_id(self, number: str) -> str | None:
        """The identifier of the account that *number* leads to."""
        account = self.store.by_subject(number)
        return None if account is None else account.id

    def run(self, command: Command) -> Account:
        """Carry *command* out."""
        return self.accounts.run(
            self.whose,
            command,
            actor=self.somebody(),
            command_id=self.command_id,
            expected_version=self.expected_version,
        )

    def show(self, account: Account, did: str, **more: Any) -> int:
        """Print *account* as the command left it.

        :param did: the command's word.
        :param more: further members of the JSON document.
        """
        if self.out.json:
            document = account_document(account, show_person=self.show_person)
            self.out.document({"command": did, "account": document, **more})
        else:
            show_account(self.out, account, show_person=self.show_person)
        return HOLDS


def _name(text: str, option: str) -> str:
    if not 0 < len(text) <= 128 or not text.isprintable():
        raise usage("bad_value", option)
    return text


def account_command(
    *, changes: bool = True, new: bool = False, person: bool = True
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Gives a command the options above, and a :class:`Desk` made of them as first argument.

    :param changes: it changes the account: no auditors, but identifiers of commands and versions.
    :param new: it may make the store, and finds out the number itself.
    :param person: it shows the account.
    """

    def decorate(function: Callable[..., int]) -> Callable[..., int]:
        signature = inspect.signature(function, eval_str=True)
        own = list(signature.parameters.values())[1:]
        shared: dict[str, tuple[object, Any]] = {
            "store": (StoreAddress, DEFAULT_STORE),
            "vault": (VaultFile, None),
            "number": (Number, None),
            "officer": (Officer, None),
            **({} if changes else {"auditor": (Auditor, None)}),
            "as_": (As, None),
            "by": (By, None),
            **({"command_id": (CommandId, None), "expect_version": (ExpectVersion, None)} if changes else {}),
            **({"show_person": (ShowPerson, False)} if person else {}),
        }

        def at_desk(out: Output, /, **given: Any) -> int:
            of_desk = {name: given.pop(name) for name in shared}
            with _desk(out, new=new, **of_desk) as desk:
                try:
                    return function(desk, **given)
                except InputError as error:
                    # What files hold has classes of its own; this is a word that is empty or too long.
                    if type(error) not in (InputError, LimitExceeded):
                        raise
                    raise usage("account_value", error.detail) from None

        keyword = inspect.Parameter.KEYWORD_ONLY
        added = [
            inspect.Parameter(name, keyword, default=default, annotation=annotation)
            for name, (annotation, default) in shared.items()
        ]
        first = inspect.Parameter("out", inspect.Parameter.POSITIONAL_ONLY, annotation=Output)
        at_desk.__name__, at_desk.__doc__ = function.__name__, function.__doc__
        at_desk.__signature__ = signature.replace(parameters=[first, *own, *added])  # type: ignore[attr-defined]
        return command(at_desk)

    return decorate


@contextlib.contextmanager
def _desk(
    out: Output,
    *,
    new: bool,
    store: str,
    vault: Path | None,
    number: str | None,
    officer: str | None,
    as_: Acting | None,
    by: str | None,
    show_person: bool = False,
    auditor: str | None = None,
    command_id: str | None = None,
    expect_version: int | None = None,
) -> Iterator[Desk]:
    """Everything that the shared options name. From standard input come address, number and actor's number."""
    from eid.accounts.service import Accounts
    from eid.chip.reading import utc_now
    from eid.vietnam import rules

    if number is None and not new:
        raise usage("missing", "--number")
    if sum(each is not None for each in (officer, auditor, as_)) > 1:
        raise usage("one_of", "--officer, --as" if auditor is None else "--officer, --auditor, --as")
    if (by is not None) != (as_ in (Acting.GUARDIAN, Acting.REPRESENTATIVE)):
        raise usage("acting_by", "--by")
    address = read_secret(store, out, "--store", ACCOUNT_LABELS["store"])
    numbers = []
    for given, option, label in ((number, "--number", "number"), (by, "--by", "acting_number")):
        text = None if given is None else read_secret(given, out, option, ACCOUNT_LABELS[label])
        numbers.append(None if text is None else holder_number(text, option))
    with opened(out, address, vault, new=new) as (kept, keys, made):
        if made is not None and not out.json:  # now: the command itself may fail
            out.note(f"{out.text(ACCOUNT_LABELS['vault_made'])} ({made})")
        log = usage_log(kept, keys)
        yield Desk(
            out=out,
            store=kept,
            vault=keys,
            log=log,
            accounts=Accounts(kept, rules=rules, clock=utc_now, log=log, service=_SERVICE),
            subject=numbers[0],
            show_person=show_person,
            vault_made=made,
            officer=officer,
            auditor=auditor,
            acting=as_,
            by=numbers[1],
            command_id=command_id,
            expected_version=expect_version,
        )
