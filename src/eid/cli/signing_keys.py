"""``eid key``: keys that sign tokens and credentials, and their public halves for others."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eid.cli.failures import usage
from eid.cli.messages import HOLDS
from eid.cli.options import command, read_secret
from eid.cli.output import Output
from eid.errors import KeyPassphraseError, Text

if TYPE_CHECKING:
    from eid.crypto.keys import Key

__all__ = ["Passphrase", "jwks", "new", "read_passphrase", "read_public_key"]

Passphrase = Annotated[
    str | None,
    typer.Option(
        "--passphrase", metavar="-", help="Of the key file; `-` reads standard input, or asks on a terminal."
    ),
]
_PROMPT = Text("passphrase of the key file", "mật khẩu của tệp khóa")


def read_passphrase(given: str | None, out: Output) -> bytes | None:
    """The passphrase of a key file. It never stands on the command line, where others could see it.

    :param given: the value of ``--passphrase``.
    :raises Failure: not ``-``, or nothing on standard input.
    """
    if given is None:
        return None
    if given != "-":
        raise usage("bad_value", "--passphrase")
    return read_secret(given, out, "--passphrase", _PROMPT).encode("utf-8", "surrogateescape")


def read_public_key(path: Path, option: str) -> Key:
    """The one public key of a file.

    :raises Failure: none in it, or several.
    """
    from eid.crypto.key_files import load_key_set

    keys = list(load_key_set(path))
    if len(keys) != 1:
        raise usage("one_public_key", option)
    return keys[0]


@command
def new(
    out: Output,
    target: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the private key.")],
    alg: Annotated[
        str,
        typer.Option(
            "--alg",
            help="ES256, ES384, ES512, Ed25519, PS256, PS384, RS256; for trials ML-DSA-44, ML-DSA-65, ML-DSA-87.",
        ),
    ] = "ES256",
    kid: Annotated[
        str | None,
        typer.Option("--kid", metavar="TEXT", help="Identifier; the key's thumbprint if left out."),
    ] = None,
    passphrase: Passphrase = None,
) -> int:
    """Make a private key that signs tokens. The file is readable by its owner only, and never overwritten.

    Its public half for those who verify: `eid key jwks`.
    """
    from eid.crypto.algorithms import ALGORITHMS
    from eid.crypto.key_files import save_signer
    from eid.crypto.keys import SoftwareSigner

    if alg not in ALGORITHMS:
        raise usage("bad_value", "--alg")
    if kid is not None and not (0 < len(kid) <= 256 and kid.isprintable() and kid == kid.strip()):
        raise usage("bad_value", "--kid")
    secret = read_passphrase(passphrase, out)
    # Typed blind, so asked for twice: a key file that nobody can open is worth nothing.
    if secret is not None and sys.stdin.isatty() and read_passphrase(passphrase, out) != secret:
        raise usage("passphrases_differ", "--passphrase")
    signer = SoftwareSigner.generate(alg, kid=kid)
    save_signer(signer, target, passphrase=secret)
    if out.json:
        out.document(
            {"key": str(target), "kid": signer.kid, "alg": signer.alg, "encrypted": secret is not None}
        )
        return HOLDS
    out.line(f"{out.label('key_written')}: {target}")
    out.line(f"kid: {signer.kid}")
    out.line(f"alg: {signer.alg}")
    if secret is None:
        out.note(out.label("key_in_clear"))
    return HOLDS


@command
def jwks(
    out: Output,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Private keys, public keys, certificates, JWK Sets."),
    ],
    target: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where to write it; standard output if left out."),
    ] = None,
    passphrase: Passphrase = None,
) -> int:
    """Write the public keys of key files as one JWK Set, for those who verify.

    Nothing private is in it. During a change of keys give the old and the new one.
    """
    from eid.crypto.key_files import save_key_set
    from eid.crypto.keys import KeySet

    secret = read_passphrase(passphrase, out)
    keys = KeySet([key for path in paths for key in _public_keys(path, secret)])
    if target is None:
        out.document(keys.to_jwks())
        return HOLDS
    save_key_set(keys, target)
    if out.json:
        out.document({"jwks": str(target), "keys": [{"kid": key.kid, "alg": key.alg} for key in keys]})
        return HOLDS
    out.line(f"{out.label('written')}: {target}")
    out.table([(key.kid, ""), (key.alg, "")] for key in keys)
    return HOLDS


def _public_keys(path: Path, passphrase: bytes | None) -> list[Key]:
    from eid.cli.files import read_file
    from eid.crypto.key_files import load_key_set, load_signer
    from eid.crypto.keys import MAX_JWKS

    if b"PRIVATE KEY-----" not in read_file(path, MAX_JWKS):
        return list(load_key_set(path))
    try:
        return [load_signer(path, passphrase=passphrase).key]
    except KeyPassphraseError:
        if passphrase is None:
            raise
        return [load_signer(path).key]  # one passphrase for several files, of which this one needs none
