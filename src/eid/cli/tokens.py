"""``eid token``: issue e-ID tokens, verify those that arrive."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eid.cli.failures import Failure, usage
from eid.cli.files import read_file
from eid.cli.messages import HOLDS
from eid.cli.options import PROMPTS, ShowPerson, check_texts, command, names, read_secret
from eid.cli.output import Output
from eid.cli.signing_keys import Passphrase, read_passphrase, read_public_key
from eid.cli.token_view import show_token, token_document, utc_text
from eid.cli.verifying import Challenge, CrlPaths, OfProfile, Question, Require, TrustPaths
from eid.errors import InputError, KeyFileExposed, KeysUnavailable, Text

if TYPE_CHECKING:
    from eid.crypto.keys import KeySource
    from eid.tokens.dpop import DpopRequest
    from eid.tokens.issuing import Subject
    from eid.tokens.replay import ReplayStore
    from eid.tokens.replay.redis import RedisReplayStore
    from eid.tokens.replay.sql import SqlReplayStore
    from eid.verification.report import Report

__all__ = ["issue", "verify"]

_MAX_SECRET = 4096
#: Seconds; what :data:`eid.tokens.profile.DEFAULT_TTL` and ``MAX_TTL`` say, which is not loaded for ``--help``.
_TTL, _MAX_TTL = 300, 600
_ADDRESS = Text("address of the replay store", "địa chỉ kho chống dùng lại")


# --- issue ---------------------------------------------------------------------------------------


@command
def issue(
    out: Output,
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="Private key, see `eid key new`.")],
    issuer: Annotated[str, typer.Option("--issuer", metavar="URL", help="Us, as verifiers know us.")],
    audience: Annotated[
        str, typer.Option("--audience", metavar="NAME", help="The one service that may use the token.")
    ],
    nonce: Annotated[
        str, typer.Option("--nonce", metavar="TEXT", help="The value it chose for its transaction.")
    ],
    evidence: Annotated[
        Path | None,
        typer.Option(
            "--evidence",
            metavar="PATH",
            help="FILE.eid or a folder, verified now: the person is whom it proves.",
        ),
    ] = None,
    number: Annotated[
        str | None,
        typer.Option(
            "--number", metavar="-", help="Personal number on our own word instead, from standard input."
        ),
    ] = None,
    trust: TrustPaths = None,
    crl: CrlPaths = None,
    profile: OfProfile = None,
    challenge: Challenge = None,
    require: Require = None,
    account_level: Annotated[
        int | None, typer.Option("--account-level", help="Level of the person's account.", min=1, max=2)
    ] = None,
    authentication_level: Annotated[
        int | None,
        typer.Option("--authentication-level", help="Level of this authentication.", min=1, max=4),
    ] = None,
    pairwise_secret: Annotated[
        Path | None,
        typer.Option(
            "--pairwise-secret",
            metavar="FILE",
            help="32 or more random octets, from which pseudonyms are made.",
        ),
    ] = None,
    with_number: Annotated[
        bool, typer.Option("--with-number", help="Name the person by the number, not by a pseudonym.")
    ] = False,
    disclose: Annotated[
        str | None,
        typer.Option("--disclose", metavar="NAME,...", help="Fields of the document to put in, in clear."),
    ] = None,
    confirm: Annotated[
        Path | None,
        typer.Option("--confirm", metavar="FILE", help="Public key of the holder, who then has to prove it."),
    ] = None,
    ttl: Annotated[
        int, typer.Option("--ttl", metavar="SECONDS", help="How long it lives.", min=1, max=_MAX_TTL)
    ] = _TTL,
    passphrase: Passphrase = None,
) -> int:
    """Tell one service, for one transaction, that a person was checked: prints the token.

    Evidence that does not pass gives no token: that ends with 1, or with 3 when it is undecided.
    """
    from eid.crypto.key_files import load_signer
    from eid.tokens.issuing import TokenIssuer

    check_texts({"--issuer": issuer, "--audience": audience, "--nonce": nonce})
    if (evidence is None) == (number is None):
        raise usage("one_of", "--evidence, --number")
    if (pairwise_secret is None) != with_number:
        raise usage("one_of", "--pairwise-secret, --with-number")
    if evidence is None and (trust or crl or profile or challenge or require or disclose):
        raise usage("with_evidence")
    secret = secrets.token_bytes(32) if pairwise_secret is None else _pairwise_secret(pairwise_secret)
    holder = None if confirm is None else read_public_key(confirm, "--confirm")
    signer = load_signer(key, passphrase=read_passphrase(passphrase, out))
    about: Report | Subject
    if evidence is None:
        about, kept = _stated(out, str(number)), None
    else:
        question = Question.read(
            out,
            evidence,
            profile=profile,
            trust=trust,
            crl=crl,
            at=None,
            challenge=challenge,
            require=require,
        )
        about, kept = _proven(question), question.evidence
    now = datetime.now(UTC)
    by = TokenIssuer(issuer=issuer, signer=signer, pairwise_secret=secret, clock=lambda: now)
    try:
        token = by.issue(
            about,
            audience=audience,
            nonce=nonce,
            account_level=account_level,
            authentication_level=authentication_level,
            evidence=() if kept is None else [kept],
            ttl=timedelta(seconds=ttl),
            disclose=names(disclose),
            confirmation=holder,
            with_number=with_number,
        )
    except InputError:
        if not disclose:
            raise
        raise usage("disclose", "--disclose") from None  # everything else was looked at before
    if out.json:
        out.document(
            {
                "token": token, "issuer": issuer, "audience": audience, "key": signer.kid, "alg": signer.alg,
                "expires_at": utc_text(now + timedelta(seconds=ttl)), "bound": holder is not None,
            }
        )  # fmt: skip
    else:
        out.write(token + "\n")
    return HOLDS


def _pairwise_secret(path: Path) -> bytes:
    """The octets of *path* as they are. Who has them can tell whose pseudonym it is, by trying all numbers.

    :raises KeyFileExposed: others than its owner may read the file.
    """
    from eid.crypto.key_files import read_file as read_private

    octets, status = read_private(path, _MAX_SECRET)
    if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
        raise KeyFileExposed(f"{path.name} has mode {stat.S_IMODE(status.st_mode):o}: chmod 600")
    return octets


def _stated(out: Output, given: str) -> Subject:
    from eid.tokens.issuing import Subject
    from eid.vietnam.number import parse_number

    if given != "-":
        raise usage("bad_value", "--number")
    number = parse_number(read_secret(given, out, "--number", PROMPTS["--number"])).number
    return Subject(number, datetime.now(UTC))


def _proven(question: Question) -> Report:
    """The report on the evidence.

    :raises NotPassed: it did not pass.
    :raises Failure: it names nobody.
    """
    from eid.verification.verify import verify_or_raise

    report = verify_or_raise(question.evidence, **question.terms())
    if report.person is None or not report.person.number:
        raise Failure("NO_NUMBER")
    return report


# --- verify --------------------------------------------------------------------------------------


@command
def verify(
    out: Output,
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="The token; `-` reads standard input.")],
    issuer: Annotated[str, typer.Option("--issuer", metavar="URL", help="Who may have issued it.")],
    audience: Annotated[str, typer.Option("--audience", metavar="NAME", help="Us, as the issuer knows us.")],
    nonce: Annotated[
        str, typer.Option("--nonce", metavar="TEXT", help="The value we chose for the transaction.")
    ],
    keys: Annotated[
        str, typer.Option("--keys", metavar="FILE|URL", help="Public keys of the issuer: a JWK Set.")
    ],
    replay: Annotated[
        str | None,
        typer.Option(
            "--replay",
            metavar="URL",
            help="Where used tokens are kept; `-` reads the address from standard input.",
        ),
    ] = None,
    without_replay_check: Annotated[
        bool, typer.Option("--without-replay-check", help="Only look: take what may have been used before.")
    ] = False,
    proof: Annotated[
        Path | None,
        typer.Option("--proof", metavar="FILE", help="The DPoP header of the request that brought it."),
    ] = None,
    method: Annotated[
        str | None, typer.Option("--method", metavar="NAME", help="Method of that request, such as POST.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="Address of that request, as the client saw it."),
    ] = None,
    without_proof: Annotated[
        bool,
        typer.Option(
            "--without-proof-of-possession", help="Take whoever brings a bound token for its holder."
        ),
    ] = False,
    show_person: ShowPerson = False,
) -> int:
    """Verify a token: who issued it, for whom, for which transaction, and that it is used once.

    Ends with 0 when it holds, 1 when it does not, 3 when that cannot be decided, and 4 when used tokens
    cannot be looked up: the token is not accepted then.
    """
    from eid.tokens.verifying import TokenVerifier

    check_texts({"--issuer": issuer, "--audience": audience, "--nonce": nonce})
    if (replay is None) != without_replay_check:
        raise usage("one_of", "--replay, --without-replay-check")
    request = _request(proof, method, url)
    with _store(out, replay) as store:
        verifier = TokenVerifier(
            issuers=issuer,
            audience=audience,
            keys=_keys(keys),
            replay=store,
            clock=lambda: datetime.now(UTC),
        )
        if without_replay_check:
            verifier = verifier.without_replay_check()
        if without_proof:
            verifier = verifier.without_proof_of_possession()
        verified = verifier.verify(_token(token), nonce=nonce, proof=request)
    if out.json:
        out.document(token_document(verified, show_person=show_person))
    else:
        show_token(out, verified, show_person=show_person)
    return HOLDS


def _request(proof: Path | None, method: str | None, url: str | None) -> DpopRequest | None:
    from eid.tokens.dpop import MAX_PROOF, DpopRequest, normalised_url

    given = {"--proof": proof, "--method": method, "--url": url}
    if not any(given.values()):
        return None
    for option, value in given.items():
        if not value:
            raise usage("missing", option)
    try:
        normalised_url(str(url))
    except InputError:
        raise usage("bad_value", "--url") from None
    octets = read_file(Path(str(proof)), MAX_PROOF + 2).strip(b"\r\n")
    return DpopRequest(octets.decode("ascii", "replace"), method=str(method), url=str(url), nonce=None)


def _keys(given: str) -> KeySource:
    from eid.tokens.key_sources import FileKeySource, HttpKeySource

    if given.startswith(("https://", "http://")):
        return HttpKeySource(given, clock=lambda: datetime.now(UTC))
    try:
        return FileKeySource(given)
    except KeysUnavailable as error:
        raise Failure("FILE_UNREADABLE", path=given, reason=error.detail) from None


@contextlib.contextmanager
def _store(out: Output, given: str | None) -> Iterator[ReplayStore]:
    """The store at an address, which may hold a password."""
    from eid.tokens.replay import MemoryReplayStore

    if given is None:
        yield MemoryReplayStore()  # nobody will ask it
        return
    address = read_secret(given, out, "--replay", _ADDRESS)
    try:
        store = _opened(address)
    except InputError:
        raise usage("bad_value", "--replay") from None
    with contextlib.closing(store):
        yield store


def _opened(address: str) -> RedisReplayStore | SqlReplayStore:
    if address.startswith(("redis://", "rediss://", "unix://")):
        from eid.tokens.replay.redis import RedisReplayStore

        return RedisReplayStore.open(address)
    from eid.tokens.replay.sql import SqlReplayStore

    return SqlReplayStore.open(address)


def _token(given: str) -> str:
    from eid.tokens.profile import MAX_EID_TOKEN

    if given != "-":
        return given
    try:
        # As text, because an address may have been read from the line before.
        text = sys.stdin.read(MAX_EID_TOKEN + 3)
    except (OSError, UnicodeDecodeError, AttributeError, ValueError):
        raise usage("nothing_given", "TOKEN") from None
    if not text.strip():
        raise usage("nothing_given", "TOKEN")
    return text.strip("\r\n")
