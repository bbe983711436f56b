"""Making a token with selectively disclosable claims (RFC 9901, 4)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eid.crypto.keys import Signer
from eid.encoding import base64url, strict_json
from eid.errors import (
    ClaimInvalid,
    ClaimMustBeOpen,
    ClaimNotThere,
    DigestAlgorithmUnsupported,
    DisclosureNameForbidden,
    EncodingError,
    TokenTooLarge,
)
from eid.tokens.jws import MAX_TOKEN, sign_jws
from eid.tokens.sd_jwt import HASHES, MAX_DISCLOSURES, MAX_SD_JWT, MUST_BE_OPEN, RESERVED, Path

__all__ = ["conceal", "issue_sd_jwt"]

#: Octets of a salt: 128 bits are asked for (RFC 9901, 9.3), and 18 octets fill their base64url exactly.
_SALT = 18
#: Characters of it.
_SALT_TEXT = _SALT * 4 // 3
_json, _quote = strict_json.dumps_text, strict_json.quote


def issue_sd_jwt(
    claims: Mapping[str, Any],
    *,
    disclosable: Iterable[Path],
    signer: Signer,
    header: Mapping[str, Any],
    decoys: int = 0,
    hash_name: str = "sha-256",
) -> str:
    """Sign *claims*, of which the *disclosable* are replaced by digests.

    :param claims: everything, the registered claims included.
    :param disclosable: places, see :func:`conceal`.
    :param header: ``typ``, and whatever else stands beside ``alg`` and ``kid``.
    :returns: token and all disclosures, ending in a tilde: for the holder and nobody else.
    :raises TokenError: see :func:`conceal`.
    :raises TokenTooLarge: nobody would read it.
    """
    payload, disclosures = conceal(claims, disclosable, decoys=decoys, hash_name=hash_name)
    try:
        octets = strict_json.dumps(payload)
    except EncodingError as error:
        raise ClaimInvalid(error.detail) from None
    text = "~".join((sign_jws(header, octets, signer), *disclosures, ""))
    if len(octets) > MAX_TOKEN:
        raise TokenTooLarge(f"more than {MAX_TOKEN} octets of claims that are not disclosable")
    if len(text) > MAX_SD_JWT or len(disclosures) > MAX_DISCLOSURES:
        raise TokenTooLarge(f"more than {MAX_SD_JWT} characters or {MAX_DISCLOSURES} disclosures")
    return text


def conceal(
    claims: Mapping[str, Any],
    disclosable: Iterable[Path],
    *,
    decoys: int = 0,
    hash_name: str = "sha-256",
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The payload to sign, and the disclosures that go with it.

    :param disclosable: where the claims stand that the holder may show or keep back: ``("name",)``,
        ``("address", "street")``, ``("nationalities", None)`` for each element of an array. A place may
        lie inside another one: then the holder shows the outer without the inner, or both.
    :param decoys: with each group of digests go up to so many that stand for nothing, a random number and
        at least one, so that nobody can count what is kept back.
    :param hash_name: a name of :data:`eid.tokens.sd_jwt.HASHES`.
    :raises ClaimNotThere: *claims* has nothing at one of the places.
    :raises ClaimMustBeOpen: a place is in one of :data:`eid.tokens.sd_jwt.MUST_BE_OPEN`.
    :raises DisclosureNameForbidden: a claim has a name that belongs to the mechanism.
    :raises ClaimInvalid: a value that JSON cannot carry.
    :raises DigestAlgorithmUnsupported: an unknown *hash_name*.
    """
    if hash_name not in HASHES:
        raise DigestAlgorithmUnsupported("not in the table")
    concealing = _Concealing(hash_name, decoys)
    try:
        payload = concealing.members(claims, _marked(disclosable))
    except EncodingError as error:
        raise ClaimInvalid(error.detail) from None
    except UnicodeEncodeError:
        raise ClaimInvalid("half of a surrogate pair") from None
    if concealing.disclosures:
        payload["_sd_alg"] = hash_name
    return payload, tuple(concealing.disclosures)


#: What is asked for at one place: marks of the places in it by name, number or ``None``; and under this
#: key, whether it shall itself be hidden.
_HIDDEN = object()
_Marks = dict[Any, Any]
_NO_MARKS: _Marks = {}
#: Values that have no parts.
_PLAIN = frozenset({str, int, bool, float, type(None)})


def _marked(disclosable: Iterable[Path]) -> _Marks:
    top: _Marks = {}
    for path in disclosable:
        if not path:
            raise ClaimNotThere("an empty path")
        if path[0] in MUST_BE_OPEN:
            raise ClaimMustBeOpen(str(path[0]))
        marks = top
        for part in path:
            marks = marks.setdefault(part, {})
        marks[_HIDDEN] = True
    return top


class _Concealing:
    def __init__(self, hash_name: str, decoys: int) -> None:
        self.disclosures: list[str] = []
        self._hash = HASHES[hash_name]
        self._decoys = decoys

    def members(self, members: Mapping[str, Any], marks: _Marks) -> dict[str, Any]:
        if not members.keys().isdisjoint(RESERVED):
            raise DisclosureNameForbidden("a name that belongs to the mechanism")
        before = len(self.disclosures)
        shown: dict[str, Any] = {}
        hidden: list[str] = []
        found = int(_HIDDEN in marks)
        for name, value in members.items():
            if type(name) is not str:
                raise ClaimInvalid("the name of a claim is not a text")
            own = marks.get(name)
            if own is None:
                shown[name] = value if type(value) in _PLAIN else self._value(value, _NO_MARKS)
                continue
            found += 1
            whole = _HIDDEN in own
            # Most values have no parts, and no part of them is asked for.
            inner = value if type(value) in _PLAIN and len(own) == whole else self._value(value, own)
            if whole:
                hidden.append(f"{_quote(name)},{_json(inner)}")
            else:
                shown[name] = inner
        if found != len(marks):
            raise ClaimNotThere("nothing at a place that shall be disclosable")
        if hidden:
            digests = self._disclose(before, hidden)
            if self._decoys:
                digests += [self._decoy() for _ in range(self._how_many())]
            digests.sort()  # hides the order of the claims
            shown["_sd"] = digests
        return shown

    def _elements(self, elements: Sequence[Any], marks: _Marks) -> list[Any]:
        for part in marks:
            if part is not None and part is not _HIDDEN and part not in range(len(elements)):
                raise ClaimNotThere("nothing at a place that shall be disclosable")
        before = len(self.disclosures)
        shown: list[Any] = []
        hidden: list[int] = []
        for number, value in enumerate(elements):
            own = marks.get(number) or marks.get(None, _NO_MARKS)
            shown.append(self._value(value, own))
            if _HIDDEN in own:
                hidden.append(number)
        if hidden:
            digests = self._disclose(before, [_json(shown[number]) for number in hidden])
            for number, digest in zip(hidden, digests, strict=True):
                shown[number] = {"...": digest}
            for _ in range(self._how_many()):
                shown.insert(secrets.randbelow(len(shown) + 1), {"...": self._decoy()})
        return shown

    def _value(self, value: Any, marks: _Marks) -> Any:
        if type(value) is not str:
            if isinstance(value, (dict, Mapping)):  # the first alone is looked up fast
                return self.members(value, marks)
            if isinstance(value, (list, tuple)):
                return self._elements(value, marks)
        if marks and len(marks) > (_HIDDEN in marks):
            raise ClaimNotThere("a value that has no parts")
        return value

    def _disclose(self, place: int, contents: list[str]) -> list[str]:
        """Keep the disclosures of *contents*, which have no salt yet; return their digests.

        :param place: among the other disclosures: before those of what is inside.
        """
        # Random octets for all at once: asking for them takes longer than making them.
        salts = base64url.encode(secrets.token_bytes(_SALT * len(contents)))
        starts, length = range(0, len(salts), _SALT_TEXT), _SALT_TEXT
        disclosures = base64url.encode_each(
            [
                f'["{salts[start : start + length]}",{content}]'.encode()
                for start, content in zip(starts, contents, strict=True)
            ]
        )
        self.disclosures[place:place] = disclosures
        hashed = self._hash
        return base64url.encode_each([hashed(each.encode("ascii")).digest() for each in disclosures])

    def _how_many(self) -> int:
        return secrets.randbelow(self._decoys) + 1 if self._decoys else 0

    def _decoy(self) -> str:
        return base64url.encode(self._hash(secrets.token_bytes(_SALT)).digest())
