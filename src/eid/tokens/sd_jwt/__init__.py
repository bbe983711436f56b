"""Selective disclosure (RFC 9901): a signed token whose claims may be digests, and the disclosures that
the holder shows.

This module reads. Making one: :mod:`eid.tokens.sd_jwt.issuing`; proof of the holder's key:
:mod:`eid.tokens.sd_jwt.key_binding`; what everybody uses: :mod:`eid.tokens.credentials`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from eid.crypto.keys import Key
from eid.encoding import base64url, strict_json
from eid.errors import (
    ClaimMustBeOpen,
    DigestAlgorithmUnsupported,
    DigestMalformed,
    DigestRepeated,
    DisclosureClash,
    DisclosureMalformed,
    DisclosureMisplaced,
    DisclosureNameForbidden,
    DisclosureRepeated,
    DisclosureUnreferenced,
    EncodingError,
    LimitExceeded,
    SdJwtMalformed,
    TokenTooLarge,
)
from eid.tokens.jws import Jws, parse_claims, parse_jws, verify_jws

__all__ = [
    "HASHES",
    "MAX_DISCLOSURES",
    "MAX_SD_JWT",
    "MUST_BE_OPEN",
    "RESERVED",
    "Path",
    "SdJwt",
    "hash_name",
    "parse_sd_jwt",
    "places",
    "reveal",
    "verify_sd_jwt",
]

#: Characters of a credential with all its disclosures; a portrait is the largest of them.
MAX_SD_JWT = 256 * 1024
MAX_DISCLOSURES = 200
#: Objects and arrays that may stand inside each other when everything is in its place.
_MAX_DEPTH = 16

#: Where a claim stands: names of members and numbers of array elements, from the outside in. Where paths
#: choose, ``None`` means every element. The form of OpenID4VP 1.0, 7 (claims path pointer).
Path = tuple[str | int | None, ...]

#: Hash algorithms by their name in ``_sd_alg`` (IANA, Named Information Hash Algorithm Registry).
HASHES: Mapping[str, Callable[[bytes], Any]] = MappingProxyType(
    {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
)
#: Names that no claim may have.
RESERVED = frozenset({"_sd", "...", "_sd_alg"})
#: Claims that decide whether a credential holds, so that nobody may leave them out (RFC 9901, 9.7;
#: SD-JWT VC, 2.2.2.2).
MUST_BE_OPEN = frozenset({"iss", "aud", "exp", "nbf", "cnf", "status", "vct", "vct#integrity"})


class SdJwt(NamedTuple):
    """A credential or presentation taken apart. Nothing of it has been verified.

    :param jws: what the issuer signed.
    :param disclosures: as received, in base64url.
    :param key_binding: the key-binding token, or ``None``.
    :param signed_text: all before the key-binding token, the last tilde included: what ``sd_hash`` is of.
    """

    jws: Jws
    disclosures: tuple[str, ...]
    key_binding: str | None
    signed_text: str

    def __repr__(self) -> str:  # everything else is somebody's claims
        return f"<SdJwt {dict(self.jws.header)} with {len(self.disclosures)} disclosures>"


def parse_sd_jwt(text: str | bytes) -> SdJwt:
    """Take the compact form apart (RFC 9901, 4) and check what needs no key.

    :param text: as received, nothing around it.
    :raises TokenMalformed: not a token, or as :class:`SdJwtMalformed` no tildes where they belong.
    :raises TokenTooLarge: longer than :data:`MAX_SD_JWT`, or more than :data:`MAX_DISCLOSURES`.
    :raises TokenError: see :func:`eid.tokens.jws.parse_jws`; ``x5c`` is allowed in the header.
    """
    if len(text) > MAX_SD_JWT:
        raise TokenTooLarge(f"more than {MAX_SD_JWT} characters")
    if isinstance(text, bytes):
        try:
            text = text.decode("ascii")
        except UnicodeDecodeError:
            raise SdJwtMalformed("not ASCII") from None
    token, tilde, rest = text.partition("~")
    if not tilde:
        raise SdJwtMalformed("no tilde")
    disclosures = rest.split("~", MAX_DISCLOSURES + 1)
    if len(disclosures) > MAX_DISCLOSURES + 1:
        raise TokenTooLarge(f"more than {MAX_DISCLOSURES} disclosures")
    key_binding = disclosures.pop()
    if "" in disclosures:
        raise SdJwtMalformed("an empty disclosure")
    jws = parse_jws(token, limit=MAX_SD_JWT, allow=_X5C)
    if not key_binding:
        return SdJwt(jws, tuple(disclosures), None, text)
    return SdJwt(jws, tuple(disclosures), key_binding, text[: -len(key_binding)])


_X5C = frozenset({"x5c"})


def verify_sd_jwt(sd_jwt: SdJwt, key: Key) -> dict[str, Any]:
    """Check the issuer's signature and put the disclosures in their places (RFC 9901, 7.1, steps 1 to 5).

    Times, issuer and type of the credential are the caller's to check (step 6).

    :returns: the claims that were open and those that were disclosed.
    :raises TokenError: see :func:`eid.tokens.jws.verify_jws` and :func:`reveal`.
    """
    verify_jws(sd_jwt.jws, key)
    return reveal(parse_claims(sd_jwt.jws.payload), sd_jwt.disclosures)


def hash_name(payload: Mapping[str, Any]) -> str:
    """``_sd_alg``, or ``sha-256`` where there is none.

    :raises DigestAlgorithmUnsupported: none of :data:`HASHES`.
    """
    name = payload.get("_sd_alg", "sha-256")
    if not isinstance(name, str) or name not in HASHES:
        raise DigestAlgorithmUnsupported("_sd_alg is not in the table")
    return name


def reveal(payload: dict[str, Any], disclosures: Sequence[str]) -> dict[str, Any]:
    """Replace digests by what was disclosed, and drop the others (RFC 9901, 7.1, steps 3 to 5).

    :param payload: the claims that the issuer signed, just parsed; they are used up.
    :param disclosures: in base64url. Each must be used.
    :raises DisclosureMalformed: no array of salt, name and value or of salt and value.
    :raises DisclosureNameForbidden: a claim is called ``_sd``, ``...`` or ``_sd_alg``.
    :raises DisclosureClash: a claim is there already.
    :raises DisclosureMisplaced: a named value for an array element, or an unnamed one for a member.
    :raises DisclosureRepeated: the same disclosure twice.
    :raises DisclosureUnreferenced: no digest stands for it.
    :raises DigestMalformed: digests are not written as they have to be.
    :raises DigestRepeated: a digest occurs twice.
    :raises DigestAlgorithmUnsupported: see :func:`hash_name`.
    :raises ClaimMustBeOpen: one of :data:`MUST_BE_OPEN` was disclosed, or part of it can be.
    :raises TokenTooLarge: nested too deep.
    """
    waiting = _contents(hash_name(payload), disclosures)
    seen: set[str] = set()
    payload.pop("_sd_alg", None)
    opened = {}
    for name in MUST_BE_OPEN:
        if name in payload:
            opened[name] = value = payload.pop(name)
            if type(value) in _WALK:
                _WALK[type(value)](value, 2, waiting, seen)
    if seen:
        raise ClaimMustBeOpen("part of a claim that everybody must see is a digest")
    claims = _members(payload, 1, waiting, seen)
    if waiting:
        raise DisclosureUnreferenced(f"{len(waiting)} of {len(disclosures)} disclosures")
    if not claims.keys().isdisjoint(MUST_BE_OPEN):
        raise ClaimMustBeOpen("a claim that everybody must see was disclosed")
    claims.update(opened)
    return claims


def places(payload: Mapping[str, Any], disclosures: Sequence[str]) -> dict[str, Path]:
    """The place of what each disclosure shows, among the claims that :func:`reveal` returns for all of them.

    :param disclosures: those that :func:`reveal` accepted.
    """
    name = hash_name(payload)
    texts = {_digest(name, text): text for text in disclosures}
    traced = _trace(payload, _contents(name, disclosures), ())
    return {texts[digest]: path for digest, path in traced}


def _trace(value: Any, contents: Mapping[str, list[Any]], path: Path) -> Iterator[tuple[str, Path]]:
    if type(value) is list:
        number = 0
        for element in value:
            if type(element) is dict and "..." in element:
                digest = element["..."]
                if digest not in contents:
                    continue
                yield digest, (*path, number)
                element = contents[digest][1]
            yield from _trace(element, contents, (*path, number))
            number += 1
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name != "_sd":
                yield from _trace(inner, contents, (*path, name))
        for digest in value.get("_sd", ()):
            if digest in contents:
                _, name, inner = contents[digest]
                yield digest, (*path, name)
                yield from _trace(inner, contents, (*path, name))


def _digest(name: str, text: str) -> str:
    return base64url.encode(HASHES[name](text.encode("ascii")).digest())


def _contents(name: str, disclosures: Sequence[str]) -> dict[str, list[Any]]:
    """The parsed disclosures by their digests."""
    try:
        texts = [text.encode("ascii") for text in disclosures]
        contents = strict_json.loads_each(base64url.decode_each(texts, limit=MAX_SD_JWT), limit=MAX_SD_JWT)
    except EncodingError as error:
        raise DisclosureMalformed(error.detail) from None
    except UnicodeEncodeError:
        raise DisclosureMalformed("characters outside base64url") from None
    except LimitExceeded as error:
        raise TokenTooLarge(error.detail) from None
    hashed = HASHES[name]
    digests = base64url.encode_each([hashed(text).digest() for text in texts])
    found: dict[str, list[Any]] = {}
    for digest, content in zip(digests, contents, strict=True):
        count = len(content) if type(content) is list else 0
        if count == 3:
            if type(content[1]) is not str:
                raise DisclosureMalformed("the name of a claim is not a text")
            if content[1] in RESERVED:
                raise DisclosureNameForbidden("a name that belongs to the mechanism")
        elif count != 2:
            raise DisclosureMalformed("not an array of salt, name and value or of salt and value")
        if type(content[0]) is not str:
            raise DisclosureMalformed("a salt is not a text")
        found[digest] = content
    if len(found) != len(disclosures):
        raise DisclosureRepeated("the same disclosure twice")
    return found


# One pass over the payload. It changes what it walks over, takes disclosures from *waiting* as it meets
# their digests, and keeps in *seen* what it met.

_Waiting = dict[str, list[Any]]
_NONE = object()


def _members(members: dict[str, Any], depth: int, waiting: _Waiting, seen: set[str]) -> dict[str, Any]:
    if depth > _MAX_DEPTH:
        raise TokenTooLarge(f"claims nested more than {_MAX_DEPTH} deep")
    if "..." in members or "_sd_alg" in members:
        raise DigestMalformed("... or _sd_alg in a place where it means nothing")
    digests = members.pop("_sd", _NONE)
    for name, value in members.items():
        if type(value) in _WALK:
            members[name] = _WALK[type(value)](value, depth + 1, waiting, seen)
    if digests is _NONE:
        return members
    if type(digests) is not list:
        raise DigestMalformed("_sd is not an array")
    _see(digests, seen)
    for digest in digests:
        content = waiting.pop(digest, None)
        if content is None:
            continue
        if len(content) != 3:
            raise DisclosureMisplaced("a disclosure without name for a member of an object")
        _, name, value = content
        if name in members:
            raise DisclosureClash("a claim of this name is there already")
        if type(value) in _WALK:
            value = _WALK[type(value)](value, depth + 1, waiting, seen)
        members[name] = value
    return members


def _elements(elements: list[Any], depth: int, waiting: _Waiting, seen: set[str]) -> list[Any]:
    if depth > _MAX_DEPTH:
        raise TokenTooLarge(f"claims nested more than {_MAX_DEPTH} deep")
    revealed: list[Any] = []
    for value in elements:
        if type(value) is dict and "..." in value:
            if len(value) != 1:
                raise DigestMalformed("... beside other members")
            _see([value["..."]], seen)
            content = waiting.pop(value["..."], None)
            if content is None:
                continue
            if len(content) != 2:
                raise DisclosureMisplaced("a disclosure with a name for an array element")
            value = content[1]
        if type(value) in _WALK:
            value = _WALK[type(value)](value, depth + 1, waiting, seen)
        revealed.append(value)
    return revealed


_WALK: Mapping[type, Callable[[Any, int, _Waiting, set[str]], Any]] = {dict: _members, list: _elements}


def _see(digests: list[Any], seen: set[str]) -> None:
    for digest in digests:
        if type(digest) is not str:
            raise DigestMalformed("a digest is not a text")
        if digest in seen:
            raise DigestRepeated("a digest occurs twice")
        seen.add(digest)
