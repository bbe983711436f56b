"""LDIF (RFC 2849) as the ICAO Public Key Directory is handed out: certificates, CRLs and master lists.

The complete download has some 80 MB, so it is read line by line and one value at a time. A value that
cannot be used is told about and passed over; the entries after it are read as if nothing had been.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["MAX_LDIF", "MAX_VALUE", "LdifValue", "looks_like_ldif", "read_ldif"]

#: Octets of one file. The complete directory of 2025 has 79 million.
MAX_LDIF = 1024 * 1024 * 1024
#: Octets of one value as base64: a master list of 16 MiB.
MAX_VALUE = 16 * 1024 * 1024 * 4 // 3 + 4

#: What the values of an attribute are. Options (``;binary``) and letter case make no difference.
_KINDS = {
    b"usercertificate": "CERTIFICATE",
    b"cacertificate": "CA_CERTIFICATE",
    b"certificaterevocationlist": "CRL",
    b"authorityrevocationlist": "CRL",
    b"pkdmasterlistcontent": "MASTER_LIST",  # the directory since 2014
    b"cscamasterlistdata": "MASTER_LIST",  # before
}

#: Octets between two calls of a progress callback.
_STEP = 1 << 18

#: A callback told how many octets of the file have been read.
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, repr=False)
class LdifValue:
    """One value that matters here, or what was wrong with it.

    :param kind: ``CERTIFICATE`` (a document signer's), ``CA_CERTIFICATE``, ``CRL`` or ``MASTER_LIST``;
        ``FILE`` when the file is longer than :data:`MAX_LDIF` and nothing after this line was read.
    :param line: where it begins, counted from 1.
    :param octets: the decoded value; ``None`` when *code* says why not.
    :param code: ``LDIF_VALUE_MALFORMED``, ``LDIF_CHANGE_RECORD`` or ``LIMIT_EXCEEDED``.
    """

    kind: str
    line: int
    octets: bytes | None
    code: str | None = None

    def __repr__(self) -> str:
        return f"<LdifValue {self.kind} of line {self.line}>"


def looks_like_ldif(head: bytes) -> bool:
    """Whether a file that begins with *head* is LDIF: a version or an entry, after any comments."""
    for line in head.removeprefix(b"\xef\xbb\xbf").splitlines():
        if line and not line.startswith((b"#", b" ")):
            return line.lower().startswith((b"version:", b"dn:"))
    return False


def read_ldif(stream: BinaryIO, *, progress: Progress | None = None) -> Iterator[LdifValue]:
    """The values of certificates, CRLs and master lists in *stream*, one after the other.

    Folded lines are joined, base64 (``::``) is decoded. Values in change records other than additions
    (RFC 2849, ``changetype``) are told about and not given: a delta is to be applied to a directory.

    :param stream: a binary file; it is read line by line and never held as a whole.
    :param progress: called now and then with the octets read so far.
    """
    value: _Value | None = None
    adds = whole = True
    number = position = told = 0
    while line := stream.readline(MAX_VALUE):
        continues, whole = not whole, line.endswith(b"\n")
        position += len(line)
        number += not continues
        if progress is not None and position - told >= _STEP:
            told = position
            progress(position)
        if position > MAX_LDIF:
            yield LdifValue("FILE", number, None, "LIMIT_EXCEEDED")
            return
        text = line.rstrip(b"\r\n")
        if continues or text.startswith(b" "):
            if value is not None:
                value.append(text if continues else text[1:])
            continue
        if value is not None:
            yield value.decoded(adds)
            value = None
        if not text:
            adds = True  # an empty line ends the record
        elif not text.startswith(b"#"):
            name, _, content = text.partition(b":")
            name = name.partition(b";")[0].strip().lower()
            if name == b"changetype":
                adds = content.strip().lower() == b"add"
            elif name in _KINDS:
                value = _Value(_KINDS[name], number, content)
    if value is not None:
        yield value.decoded(adds)
    if progress is not None:
        progress(position)


class _Value:
    """A value while its lines are coming in."""

    def __init__(self, kind: str, line: int, first: bytes) -> None:
        self.kind = kind
        self._line = line
        self._encoded = bytearray(first)
        self._too_long = False

    def append(self, part: bytes) -> None:
        if len(self._encoded) + len(part) > MAX_VALUE:
            self._too_long = True
        else:
            self._encoded += part

    def decoded(self, adds: bool) -> LdifValue:
        def problem(code: str) -> LdifValue:
            return LdifValue(self.kind, self._line, None, code)

        if not adds:
            return problem("LDIF_CHANGE_RECORD")
        if self._too_long:
            return problem("LIMIT_EXCEEDED")
        encoded = self._encoded
        if not encoded.startswith(b":"):  # text or a URL (RFC 2849, value-spec): no DER can stand so
            return problem("LDIF_VALUE_MALFORMED")
        try:
            return LdifValue(self.kind, self._line, base64.b64decode(encoded[1:].strip(), validate=True))
        except (binascii.Error, ValueError):
            return problem("LDIF_VALUE_MALFORMED")
