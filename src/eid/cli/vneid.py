"""``eid vneid mock``: a stand-in for VNeID sign-in, for tests on this machine."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eid.cli.failures import Failure
from eid.cli.files import NewFile, read_file
from eid.cli.messages import HOLDS
from eid.cli.options import command, read_endpoint
from eid.cli.output import Output
from eid.errors import KeyFileExists, Text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    from eid.vietnam.vneid.mock import RunningMock

__all__ = ["mock"]

_MAX_KEY_FILE = 64 * 1024
_MIN_BITS = 2048
_TEXTS: Mapping[str, Text] = {
    "test_only": Text(
        "The stand-in is for tests: say --test-only (eid vneid mock --help).",
        "Máy chủ giả lập chỉ để kiểm thử: cần tùy chọn --test-only (eid vneid mock --help).",
    ),
    "one_key": Text(
        "Give exactly one of --client-key and --new-client-key.",
        "Cần đúng một trong hai tùy chọn --client-key và --new-client-key.",
    ),
    "not_a_key": Text(
        "--client-key must be a public RSA key of 2048 bits or more, in PEM.",
        "--client-key phải là khóa công khai RSA từ 2048 bit, dạng PEM.",
    ),
    "not_official": Text(
        "A stand-in for tests. Not VNeID, not connected with its operator; invented people only.",
        "Máy chủ giả lập để kiểm thử. Không phải VNeID, không liên quan đến cơ quan vận hành; chỉ có người hư cấu.",
    ),
    "waiting": Text("Waiting for browsers at", "Đang chờ trình duyệt tại"),
}


@command
def mock(
    out: Output,
    redirect_uri: Annotated[
        list[str],
        typer.Option(
            "--redirect-uri",
            metavar="URL",
            help="Where browsers go back to, on this machine; may be repeated.",
        ),
    ],
    client_key: Annotated[
        Path | None,
        typer.Option("--client-key", metavar="FILE.pem", help="Public RSA key of the service under test."),
    ] = None,
    new_client_key: Annotated[
        Path | None,
        typer.Option(
            "--new-client-key", metavar="FILE.pem", help="Make a key pair for it, and write the private half."
        ),
    ] = None,
    test_only: Annotated[
        bool, typer.Option("--test-only", help="This is a test. Without it nothing is started.")
    ] = False,
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="A loopback address; port 0 for any.")
    ] = "127.0.0.1:8085",
    client_id: Annotated[
        str, typer.Option("--client-id", metavar="NAME", help="Of the service under test.")
    ] = "test-client",
    code_lifetime: Annotated[
        int, typer.Option("--code-lifetime", metavar="SECONDS", min=1, max=600, help="Of a code.")
    ] = 30,
    pkce: Annotated[bool, typer.Option("--pkce", help="Refuse requests without PKCE.")] = False,
) -> int:
    """Stand in for VNeID sign-in in tests, until Ctrl-C. Not VNeID; invented people only.

    It runs and sends browsers on this machine alone. The client secret is made for the one run and printed.
    """
    from eid.chip.reading import utc_now
    from eid.vietnam.vneid.mock import MockProvider, running

    if not test_only:
        raise Failure("USAGE", problem=_TEXTS["test_only"])
    if (client_key is None) == (new_client_key is None):
        raise Failure("USAGE", problem=_TEXTS["one_key"])
    host, port = read_endpoint(listen, "--listen")
    with contextlib.ExitStack() as stack:
        # The file first, so that a folder nobody may write to is found out; filled when all else holds.
        file = stack.enter_context(_new_file(new_client_key)) if new_client_key is not None else None
        public, private = _pair() if client_key is None else (_read(client_key), b"")
        provider = MockProvider(
            test_only=test_only,
            redirect_uris=redirect_uri,
            public_key=public,
            clock=utc_now,
            client_id=client_id,
            code_lifetime=timedelta(seconds=code_lifetime),
            pkce=pkce,
        )
        served = stack.enter_context(running(provider, host=host, port=port))
        if file is not None:
            file.write(private)
        _show(out, served)
        threading.Event().wait()
    return HOLDS


def _read(path: Path) -> RSAPublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        public = load_pem_public_key(read_file(path, _MAX_KEY_FILE))
    except (ValueError, UnsupportedAlgorithm):
        public = None
    if not isinstance(public, RSAPublicKey) or public.key_size < _MIN_BITS:
        raise Failure("USAGE", problem=_TEXTS["not_a_key"])
    return public


def _new_file(path: Path) -> NewFile:
    if path.exists() or path.is_symlink():
        raise KeyFileExists(path.name)
    return NewFile(path, replace=False)


def _pair() -> tuple[RSAPublicKey, bytes]:
    """A new public key, and its private half in PEM."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = generate_private_key(65537, _MIN_BITS)
    return private.public_key(), private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _show(out: Output, served: RunningMock) -> None:
    from eid.vietnam.vneid.mock import CARD_LOCKED, PEOPLE, Fault

    endpoints, provider = served.endpoints, served.provider
    facts = {
        "authorization": endpoints.authorization,
        "token": endpoints.token,
        "userinfo": endpoints.userinfo,
        "client_id": provider.client_id,
        "client_secret": provider.client_secret,
    }
    if out.json:
        out.document(
            {
                "official": False,
                "listening": served.url,
                **facts,
                "redirect_uris": sorted(provider.redirect_uris),
                "locked": CARD_LOCKED,
                "people": [{"key": each.key, "note": each.note, **each.claims} for each in PEOPLE],
                "faults": [str(fault) for fault in Fault],
            }
        )
        return
    out.line(out.text(_TEXTS["not_official"]), "bold")
    for name, value in facts.items():
        out.line(f"  {name}: {value}")
    out.note(f"{out.text(_TEXTS['waiting'])} {served.url} {out.label('stop_with')}")
