"""What the options of ``eid qr`` name: issuers with their keys, roots, status lists, lifetimes, nonces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from eid.cli.failures import Failure, FileDamaged, usage
from eid.cli.files import read_file

if TYPE_CHECKING:
    from eid.crypto.keys import KeySet
    from eid.tokens.status.sources import StatusIssuer

__all__ = [
    "certificates",
    "issuers_of",
    "lists_of",
    "read_duration",
    "read_nonce",
    "roots_of",
    "status_issuers",
]

_MAX_CERTIFICATES = 1024 * 1024
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _pairs(given: list[str], option: str) -> Iterator[tuple[str, Path]]:
    for text in given:
        name, equals, path = text.rpartition("=")
        if not equals or not name or not path:
            raise usage("name_and_file", option)
        yield name, Path(path)


def issuers_of(issuer: list[str], root: list[str]) -> dict[str, KeySet]:
    """The keys of each issuer; one that is named by a root alone has none."""
    from eid.crypto.key_files import load_key_set
    from eid.crypto.keys import KeySet

    found: dict[str, KeySet] = {}
    for name, path in _pairs(issuer, "--issuer"):
        found[name] = KeySet([*found.get(name, ()), *load_key_set(path)])
    for name, _ in _pairs(root, "--root"):
        found.setdefault(name, KeySet([]))
    return found


def roots_of(root: list[str]) -> dict[str, list[bytes]]:
    """The roots pinned for each issuer, DER."""
    found: dict[str, list[bytes]] = {}
    for name, path in _pairs(root, "--root"):
        found.setdefault(name, []).extend(certificates([path]))
    return found


def status_issuers(lists: list[str], keys: dict[str, KeySet], now: datetime) -> list[StatusIssuer]:
    """Status lists from files, each believed from the issuer whose keys signed it.

    :raises StatusListUnavailable: a list that does not hold; of the code that says nothing.
    """
    from eid.errors import StatusListUnavailable, TokenError, UnknownKey
    from eid.tokens.status.sources import StatusIssuer, StoredStatusSource

    try:
        found = lists_of(lists, keys, now)
    except UnknownKey:
        raise
    except TokenError as error:
        raise StatusListUnavailable(str(error)) from None
    return [
        StatusIssuer(uri, keys[name], StoredStatusSource(stored))
        for name, stored in found.items()
        for uri in stored
    ]


def lists_of(lists: list[str], keys: dict[str, KeySet], now: datetime) -> dict[str, dict[str, bytes]]:
    """The status lists of each issuer: those that its keys have signed.

    :raises EidError: a list that no issuer's keys have signed, or that does not hold.
    :raises FileDamaged: one that is cut off.
    """
    from eid.errors import TokenError, TokenMalformed, UnknownKey
    from eid.tokens.status.lists import MAX_TOKEN, read_status_list

    found: dict[str, dict[str, bytes]] = {}
    for uri, path in _pairs(lists, "--list"):
        octets = read_file(path, MAX_TOKEN)
        octets = octets.rstrip(b"\r\n") if octets[:1] == b"e" else octets
        problem: TokenError = UnknownKey("no issuer given has signed the status list")
        for name, known in keys.items():
            try:
                read_status_list(octets, uri=uri, keys=known, now=now)
            except UnknownKey:
                continue
            except TokenMalformed as error:
                raise FileDamaged(error) from None
            except TokenError as error:
                problem = error
                continue
            found.setdefault(name, {})[uri] = octets
            break
        else:
            raise problem
    return found


def certificates(paths: list[Path]) -> Iterator[bytes]:
    """Every certificate of these files and folders, DER."""
    from eid.trust.certificates import certificates_in

    for path in paths:
        try:
            inside = sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]
        except OSError as error:
            raise Failure("FILE_UNREADABLE", path=str(path), reason=error.strerror or "") from None
        for each in inside:
            yield from (c.raw for c in certificates_in(read_file(each, _MAX_CERTIFICATES)))


def read_duration(text: str, option: str) -> timedelta:
    """``60s``, ``15m``, ``12h`` or ``30d``.

    :raises Failure: something else.
    """
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if match is None:
        raise usage("duration", option)
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def read_nonce(text: str, option: str) -> bytes:
    """8 to 64 octets in hexadecimal.

    :raises Failure: something else.
    """
    if re.fullmatch("(?:[0-9A-Fa-f]{2}){8,64}", text) is None:
        raise usage("nonce", option)
    return bytes.fromhex(text)
