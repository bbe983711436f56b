"""The commands put together, and what every one of them has in common: how it ends."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any

import typer

import eid
from eid.cli import (
    accounts,
    card,
    chips,
    clean,
    credentials,
    demo,
    name_matching,
    parsers,
    printed_codes,
    qr,
    qr_images,
    records,
    signing_keys,
    status,
    tokens,
    trusting,
    verifying,
    vneid,
)
from eid.cli.accounts import asking as accounts_asking
from eid.cli.accounts import log as accounts_log
from eid.cli.failures import Failure, FileDamaged, exit_code, message, usage
from eid.cli.messages import ENVIRONMENT, HOLDS
from eid.cli.output import Output, abandon
from eid.errors import EidError

__all__ = ["app", "main"]

_INTERRUPTED = 130
_NO_LISTENER = 141

#: Typer has carried its own copy of Click since 0.26; both call their classes the same.
_ClickError: type[Exception] = typer.BadParameter.__mro__[2]

_plain: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": None,  # help without frames, and colour only where we say so
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}

app = typer.Typer(
    help="Reads chip-based citizen ID cards and passports, and proves what they say.",
    no_args_is_help=False,
    **_plain,
)
mrz_app = typer.Typer(help="The machine readable lines.", **_plain)
vietnam_app = typer.Typer(help="What is special to Viet Nam.", **_plain)
trust_app = typer.Typer(help="Whom to trust: certificates, lists, stores.", **_plain)
qr_app = typer.Typer(help="Signed QR codes, and QR codes as pictures.", **_plain)
key_app = typer.Typer(help="Keys that sign tokens and credentials.", **_plain)
record_app = typer.Typer(help="The signed archive of a verification.", **_plain)
status_app = typer.Typer(help="Status lists: which credentials are revoked or suspended.", **_plain)
credential_app = typer.Typer(help="Credentials of holders: issued, shown in parts, verified.", **_plain)
token_app = typer.Typer(help="e-ID tokens: one service tells another that a person was checked.", **_plain)
account_app = typer.Typer(help="Accounts: made, raised, locked, linked, asked, looked at.", **_plain)
account_log_app = typer.Typer(
    help="Who used whose data (`show`, which may be left out), and whether the log of it is whole.",
    cls=accounts_log.LogGroup,
    **_plain,
)
chip_app = typer.Typer(help="The built-in chip, for tests without a card.", **_plain)
vneid_app = typer.Typer(help="Sign-in with VNeID: a stand-in for tests.", **_plain)

app.command("demo")(demo.demo)
app.command("clean")(clean.clean)
app.command("readers")(card.readers)
app.command("read")(card.read)
app.command("verify")(verifying.verify)
mrz_app.command("check")(parsers.mrz_check)
vietnam_app.command("number")(parsers.vietnam_number)
vietnam_app.command("dg13")(parsers.vietnam_dg13)
vietnam_app.command("qr")(printed_codes.vietnam_qr)
vietnam_app.command("match")(name_matching.vietnam_match)
qr_app.command("issue")(qr.issue)
qr_app.command("verify")(qr.verify)
qr_app.command("pack")(qr.pack)
qr_app.command("render")(qr_images.render)
qr_app.command("scan")(qr_images.scan)
key_app.command("new")(signing_keys.new)
key_app.command("jwks")(signing_keys.jwks)
token_app.command("issue")(tokens.issue)
token_app.command("verify")(tokens.verify)
status_app.command("new")(status.new)
status_app.command("set")(status.set_)
status_app.command("check")(status.check)
credential_app.command("issue")(credentials.issue)
credential_app.command("present")(credentials.present)
credential_app.command("verify")(credentials.verify)
credential_app.command("schema")(credentials.schema)
trust_app.command("check")(trusting.check)
trust_app.command("import")(trusting.import_)
trust_app.command("list")(trusting.list_)
record_app.command("make")(records.make)
record_app.command("stamp")(records.stamp)
record_app.command("check")(records.check)
account_app.command("register")(accounts.register)
account_app.command("activate")(accounts.activate)
account_app.command("upgrade")(accounts.upgrade)
account_app.command("lock")(accounts.lock)
account_app.command("unlock")(accounts.unlock)
account_app.command("recover")(accounts.recover)
account_app.command("close")(accounts.close)
account_app.command("link")(accounts.link)
account_app.command("renumber")(accounts.renumber)
account_app.command("show")(accounts_asking.show)
account_app.command("check")(accounts_asking.check)
account_app.command("migrate")(accounts_log.migrate)
account_log_app.command("show")(accounts_log.show)
account_log_app.command("checkpoint")(accounts_log.checkpoint)
account_log_app.command("export")(accounts_log.export)
account_log_app.command("verify")(accounts_log.verify)
chip_app.command("new")(chips.new)
chip_app.command("serve")(chips.serve)
vneid_app.command("mock")(vneid.mock)
app.add_typer(mrz_app, name="mrz")
app.add_typer(vietnam_app, name="vietnam")
app.add_typer(trust_app, name="trust")
app.add_typer(record_app, name="record")
app.add_typer(token_app, name="token")
app.add_typer(credential_app, name="credential")
app.add_typer(status_app, name="status")
account_app.add_typer(account_log_app, name="log")
app.add_typer(account_app, name="account")
app.add_typer(chip_app, name="chip")
app.add_typer(qr_app, name="qr")
app.add_typer(key_app, name="key")
app.add_typer(vneid_app, name="vneid")


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"eid {eid.__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. Never raises.

    :param arguments: without the name of the program.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    out = Output.requested(arguments)
    try:
        code = _guarded(arguments, out)
        sys.stdout.flush()
    except BrokenPipeError:
        abandon(sys.stdout)
        return _NO_LISTENER
    except OSError as error:  # a full disk, for example: then not even the failure can be told there
        abandon(sys.stdout)
        out.note(f"eid: SYSTEM: {error.strerror}")
        return ENVIRONMENT
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


def _guarded(arguments: Sequence[str], out: Output) -> int:
    try:
        return _invoke(arguments)
    except Failure as failure:
        out.fail(failure.code, failure.message(out.language))
        return failure.exit_code
    except FileDamaged as damaged:
        out.fail(damaged.error.code, message(damaged.error, out.language))
        return ENVIRONMENT
    except EidError as error:
        article = getattr(error, "article", None)
        out.fail(error.code, message(error, out.language), article=article)
        return exit_code(error)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, no traceback: it could show personal data
        if os.environ.get("EID_DEBUG") == "1":
            traceback.print_exc()
        system = isinstance(error, OSError)
        reason = (isinstance(error, OSError) and error.strerror) or type(error).__name__
        unexpected = Failure("SYSTEM" if system else "INTERNAL", reason=reason)
        out.fail(unexpected.code, unexpected.message(out.language))
        return unexpected.exit_code


def _invoke(arguments: Sequence[str]) -> int:
    root = typer.main.get_command(app)
    try:
        # Not root.main(): it ends the process on a closed pipe with 1, which here means "forged".
        with root.make_context("eid", list(arguments)) as context:
            result = root.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except _ClickError as error:
        raise _usage(error) from None
    return result if isinstance(result, int) else HOLDS


def _usage(error: Exception) -> Failure:
    """A usage error of Typer in our words: in the right language, and without the value given."""
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path} --help" if context is not None else "eid --help"
    kind = type(error).__name__
    name = str(getattr(error, "option_name", "") or _parameter(error))
    if kind == "NoArgsIsHelpError" or str(error).startswith("Missing command"):
        return usage("no_command", hint=hint)
    if kind in ("NoSuchCommand",) or str(error).startswith("No such command"):
        return usage("unknown_command", hint=hint)
    problem = {
        "NoSuchOption": "unknown_option",
        "MissingParameter": "missing",
        "BadOptionUsage": "needs_value",
        "BadParameter": "bad_value",
    }.get(kind, "extra")
    return usage(problem, name, hint)


def _parameter(error: Exception) -> str:
    parameter = getattr(error, "param", None)
    if parameter is None:
        return ""
    options = [each for each in parameter.opts if each.startswith("-")]
    return max(options, key=len) if options else str(parameter.metavar or parameter.name).upper()
