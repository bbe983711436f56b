"""``eid account log`` and ``migrate``: the record of who used whose data, and the tables it is kept in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from eid.cli.accounts.options import (
    DEFAULT_STORE,
    Desk,
    StoreAddress,
    VaultFile,
    account_command,
    find_store,
    opened,
    usage_log,
)
from eid.cli.accounts.words import ACCOUNT_LABELS
from eid.cli.failures import Failure, usage
from eid.cli.files import NewFile, read_file
from eid.cli.messages import FAILED, HOLDS, OUTCOMES, UNDECIDED
from eid.cli.options import command
from eid.cli.output import Output
from eid.cli.signing_keys import Passphrase, read_passphrase
from eid.cli.token_view import utc_text
from eid.errors import InputError

if TYPE_CHECKING:
    from eid.accounts.usage import Entry
    from eid.accounts.usage.findings import LogReport

__all__ = ["LogGroup", "checkpoint", "export", "migrate", "show", "verify"]

_SHOW = "show"
_STYLES = {"PASSED": "green", "FAILED": "bold red", "UNDECIDED": "yellow", "NOT_CHECKED": "dim"}


class LogGroup(TyperGroup):
    """``eid account log`` alone shows entries; the other commands have a word of their own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the word in that may be left out."""
        first = args[0] if args else ""
        if first not in self.commands and first not in ("--help", "-h"):
            args = [_SHOW, *args]
        return super().parse_args(ctx, args)


@account_command(changes=False, person=False)
def show(desk: Desk) -> int:
    """Who used this person's data: when, for what, by which law, and with what outcome."""
    from eid.accounts.usage.export import export_person
    from eid.chip.reading import utc_now

    account = desk.accounts.find(desk.whose, actor=desk.somebody())
    whose = (account.id, *account.subjects)
    if desk.out.json:
        desk.out.document(export_person(desk.log, whose, at=utc_now()))
    else:
        desk.out.table(_entry_rows(desk.log.of_subject(*whose)))
    return HOLDS


def _entry_rows(entries: Iterable[Entry]) -> list[list[tuple[str, str]]]:
    rows = []
    for entry in entries:
        said = entry.content
        words: tuple[object, ...] = () if said is None else (said.action, said.outcome, *said.codes)
        what = " ".join(str(word) for word in (entry.kind.value, *words) if word)
        why = "" if said is None else ", ".join(filter(None, (said.requester, said.purpose, said.basis)))
        who = "" if said is None else " ".join(filter(None, (said.role, said.staff)))
        rows.append([(utc_text(entry.at), "dim"), (what, "bold"), (who, ""), (why, "dim")])
    return rows


@command
def checkpoint(
    out: Output,
    key: Annotated[
        Path, typer.Option("--key", metavar="FILE", help="Private key that signs, see `eid key new`.")
    ],
    target: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Where to write it; then keep it somewhere else.")
    ],
    store: StoreAddress = DEFAULT_STORE,
    vault: VaultFile = None,
    passphrase: Passphrase = None,
) -> int:
    """Sign where the log ends now. What a checkpoint covers can no longer be changed or cut off unseen."""
    from eid.accounts.usage.checkpoint import sign_checkpoint
    from eid.chip.reading import utc_now
    from eid.crypto.key_files import load_signer

    address, _ = find_store(out, store)
    signer = load_signer(key, passphrase=read_passphrase(passphrase, out))
    with opened(out, address, vault, new=False) as (kept, keys, _), NewFile(target) as file:
        log = usage_log(kept, keys)
        head = log.head()
        token = sign_checkpoint(head, signer, at=utc_now())
        file.write(token.encode("ascii") + b"\n")
        log.keep_checkpoint(token)
    if out.json:
        out.document(
            {"checkpoint": str(target), "size": head.size, "root": head.root.hex(), "key": signer.kid}
        )
    else:
        out.line(f"{out.label('written')}: {target} ({head.size} {out.label('entries')})")
    return HOLDS


@command
def export(
    out: Output,
    target: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write it.")],
    store: StoreAddress = DEFAULT_STORE,
    vault: VaultFile = None,
) -> int:
    """Write the whole log into a file that anybody can verify without the database, `verify FILE`."""
    from eid.accounts.usage.export import export_log

    address, _ = find_store(out, store)
    with opened(out, address, vault, new=False) as (kept, keys, _), NewFile(target) as file:
        size = file.fill(lambda stream: export_log(usage_log(kept, keys), stream))
    if out.json:
        out.document({"out": str(target), "size": size})
    else:
        out.line(f"{out.label('written')}: {target} ({size} {out.label('entries')})")
    return HOLDS


@command
def verify(
    out: Output,
    path: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="An exported log; the one in the store if left out."),
    ] = None,
    store: StoreAddress = DEFAULT_STORE,
    vault: VaultFile = None,
    checkpoints: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint", metavar="FILE", help="One that was held elsewhere. Several times, oldest first."
        ),
    ] = None,
    signer: Annotated[
        Path | None,
        typer.Option(
            "--signer", metavar="KEYS", help="Public keys of who signs checkpoints: JWK Set, or PEM."
        ),
    ] = None,
) -> int:
    """Verify the whole log: that nothing was altered, taken out, moved, or cut off behind a checkpoint.

    Ends with 0 when it holds, 1 when something is wrong, and 3 when that cannot be decided: without
    --checkpoint the end could have been cut off together with the checkpoints that lie beside it.
    """
    from eid.accounts.usage.export import ExportedLog
    from eid.accounts.usage.verify import verify_log
    from eid.crypto.key_files import load_key_set

    given = [_checkpoint(each) for each in checkpoints or []]
    keys = None if signer is None else load_key_set(signer)
    if path is not None:
        with ExportedLog.open(path) as exported:
            report = verify_log(
                exported.rows(), log=exported.log, size=exported.size,
                checkpoints=given, kept=exported.checkpoints, keys=keys,
            )  # fmt: skip
    else:
        address, _ = find_store(out, store)
        with opened(out, address, vault, new=False) as (kept, secrets, _):
            log = usage_log(kept, secrets)
            head = log.head()
            report = verify_log(
                log.rows(), log=head.log, size=head.size,
                checkpoints=given, kept=log.checkpoints(), keys=keys,
            )  # fmt: skip
    if out.json:
        out.document(report.to_json())
    else:
        _show_report(out, report)
    return {"PASSED": HOLDS, "FAILED": FAILED}.get(report.outcome.value, UNDECIDED)


def _checkpoint(path: Path) -> str:
    from eid.accounts.usage.checkpoint import MAX_CHECKPOINT

    return read_file(path, MAX_CHECKPOINT + 2).strip().decode("ascii", "replace")


def _show_report(out: Output, report: LogReport) -> None:
    word = report.outcome.value
    out.line(f"{out.label('verdict')}: {out.text(OUTCOMES[word])}", _STYLES[word])
    covered = out.text(ACCOUNT_LABELS["covered"])
    out.line(f"{report.size} {out.label('entries')}, {report.covered} {covered}")
    rows = []
    for each in report.findings:
        where = (
            ""
            if each.first is None
            else f"{each.first}"
            if each.last == each.first
            else f"{each.first}-{each.last}"
        )
        rows.append([(each.code, _STYLES[each.outcome.value]), (where, ""), (out.text(each.text), "")])
    if rows:
        out.table(rows)


@command
def migrate(out: Output, store: StoreAddress = DEFAULT_STORE) -> int:
    """Bring the tables of an older version to the form this version uses. Make a backup before."""
    from eid.accounts.stores.migrations import migrate as bring

    address, file = find_store(out, store)
    if file is not None and not file.exists():
        raise Failure("FILE_MISSING", path=str(file))
    try:
        before, now = bring(address)
    except InputError:
        raise usage("bad_value", "--store") from None
    if out.json:
        out.document({"before": before, "now": now, "changed": before != now})
    elif before == now:
        out.line(f"{out.text(ACCOUNT_LABELS['tables_new'])}: {now}")
    else:
        out.line(f"{out.text(ACCOUNT_LABELS['tables_changed'])}: {before or '-'} → {now}")
    return HOLDS
