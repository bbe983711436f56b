"""What the credential types have in common: fields with a type, a label and a source; written to claims
and read back.

A type is a dataclass whose every field may be ``None``: what was not disclosed is not there, and nothing
is made up for it. Reading is strict about types and forms, and tolerant about everything else: unknown
claims are left alone.
"""

from __future__ import annotations

import datetime as dt
import enum
import functools
import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

from eid.crypto.keys import Key
from eid.document.dates import PartialDate
from eid.encoding import base64url
from eid.errors import CredentialDataInvalid, CredentialTypeMismatch, DocumentError, EidError, Text
from eid.tokens.credentials import Credential, CredentialIssuer
from eid.tokens.credentials.verifying import VerifiedCredential
from eid.tokens.sd_jwt import Path
from eid.tokens.status.reference import StatusReference
from eid.vietnam.credentials.sources import Source

__all__ = ["CredentialType", "Item", "Part", "item"]

#: Characters of a text, elements of a list, characters of a picture in base64url.
_MAX_TEXT = 2048
_MAX_ELEMENTS = 64
_MAX_PICTURE = 128 * 1024
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PARTIAL_DATE = "[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"


@dataclass(frozen=True, slots=True)
class Item:
    """What is known about one field.

    :param label: what people call it.
    :param required: a credential cannot be issued without it. A presentation can.
    :param sensitive: sensitive personal data; a verifier that asks for it needs a reason.
    :param pattern: form of a text, whole.
    :param bounds: of a number, both included.
    """

    label: Text
    source: Source
    required: bool = False
    sensitive: bool = False
    pattern: str | None = None
    bounds: tuple[int, int] | None = None


def item(
    en: str,
    vi: str,
    source: Source,
    *,
    required: bool = False,
    sensitive: bool = False,
    pattern: str | None = None,
    bounds: tuple[int, int] | None = None,
) -> Any:
    """A field of a credential type. See :class:`Item`."""
    known = Item(Text(en, vi), source, required, sensitive, pattern, bounds)
    return field(default=None, metadata={"item": known})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Part:
    """A value with fields of its own."""

    def __repr__(self) -> str:  # what they are, not what they say
        given = [each.name for each in fields(self) if getattr(self, each.name) is not None]
        return f"<{type(self).__name__} with {', '.join(given) or 'nothing'}>"

    @classmethod
    def items(cls) -> Mapping[str, Item]:
        """The fields by the names of their claims."""
        return {each.name: each.metadata["item"] for each in fields(cls)}

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> Self:
        """Read what *claims* have. What they have not is ``None``, and unknown claims are left alone.

        :raises CredentialDataInvalid: a claim of another type or form; ``field`` names it.
        """
        hints, known = _hints(cls), cls.items()
        read = cls(**{
            name: _read(hints[name], claims[name], known[name], name) for name in known if name in claims
        })  # fmt: skip
        read.check()
        return read

    def to_claims(self) -> dict[str, Any]:
        """The claims for a credential: those that are not ``None``.

        :raises CredentialDataInvalid: a value of another type or form; ``field`` names it.
        """
        hints = _hints(type(self))
        claims = {
            name: _write(hints[name], value, name)
            for name in self.items()
            if (value := getattr(self, name)) is not None
        }
        type(self).from_claims(claims)  # whatever is written can be read
        return claims

    def require_all(self) -> None:
        """Whether everything is there that a credential must have.

        :raises CredentialDataInvalid: something is missing; ``field`` names it.
        """
        for name, known in self.items().items():
            value = getattr(self, name)
            if known.required and value is None:
                raise CredentialDataInvalid(f"{name} has to be there", name)
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, Part):
                    each.require_all()

    def check(self) -> None:
        """Whether the fields agree with each other, as far as they are there.

        :raises CredentialDataInvalid: they contradict each other.
        """

    @classmethod
    def schema(cls, *, presented: bool = False) -> dict[str, Any]:
        """A JSON Schema (2020-12) of the claims, made from the fields.

        :param presented: for claims of which some may have been kept back: then none is required.
        """
        hints = _hints(cls)
        properties = {
            name: {
                **_schema(hints[name], known, presented=presented),
                "title": known.label.en,
                "x-title-vi": known.label.vi,
                "x-source": known.source.text,
                "x-confidence": known.source.confidence.value,
                **({"x-sensitive": True} if known.sensitive else {}),
            }
            for name, known in cls.items().items()
        }
        required = [name for name, known in cls.items().items() if known.required]
        whole: dict[str, Any] = {"type": "object", "properties": properties}
        return whole if presented or not required else {**whole, "required": required}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CredentialType(Part):
    """A type of credential. Its subclasses have the fields."""

    #: ``vct``. This library's own: no authority has named one.
    TYPE: ClassVar[str]
    #: How commands call it.
    NAME: ClassVar[str]
    TITLE: ClassVar[Text]

    @classmethod
    def read(cls, verified: VerifiedCredential | Credential) -> Self:
        """What a verified presentation, or the holder's own credential, says.

        :raises CredentialTypeMismatch: it is of another type.
        :raises CredentialDataInvalid: see :meth:`from_claims`.
        """
        if verified.type != cls.TYPE:
            raise CredentialTypeMismatch(f"not {cls.NAME}")
        return cls.from_claims(verified.claims)

    def issue(
        self,
        issuer: CredentialIssuer,
        *,
        holder: Key | None,
        status: StatusReference | None,
        expires_at: dt.datetime,
        not_before: dt.datetime | None = None,
        decoys: int = 0,
    ) -> str:
        """A credential that says this. Every field can be shown or kept back by itself, and so can every
        part of a field and element of a list.

        :returns: for the holder and nobody else; see :meth:`eid.tokens.credentials.CredentialIssuer.issue`.
        :raises CredentialDataInvalid: a field is missing, or has another type or form.
        """
        self.require_all()
        return issuer.issue(
            self.TYPE,
            self.to_claims(),
            holder=holder,
            status=status,
            expires_at=expires_at,
            not_before=not_before,
            disclosable=self.places(),
            decoys=decoys,
        )

    def places(self) -> list[Path]:
        """The places that its holder can show or keep back."""
        return [path for name, value in self.to_claims().items() for path in _places(value, (name,))]

    @classmethod
    def schema(cls, *, presented: bool = False) -> dict[str, Any]:
        """See :meth:`Part.schema`."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": cls.TYPE,
            "title": cls.TITLE.en,
            "x-title-vi": cls.TITLE.vi,
            # The two-argument form: slots make another class of this one.
            **super(CredentialType, cls).schema(presented=presented),
        }


def _places(value: Any, path: Path) -> Iterator[Path]:
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _places(inner, (*path, name))
    elif isinstance(value, list):
        yield (*path, None)


# --- values --------------------------------------------------------------------------------------


def _types(cls: type[Part]) -> dict[str, Any]:
    """The types of the fields, without ``None``."""
    return {name: _bare(hint) for name, hint in typing.get_type_hints(cls).items()}


_hints: Any = functools.cache(_types)


def _bare(hint: Any) -> Any:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        (hint,) = (each for each in typing.get_args(hint) if each is not type(None))
    return hint


def _element(hint: Any) -> Any:
    """The type of the elements, when *hint* is a list's."""
    return typing.get_args(hint)[0] if typing.get_origin(hint) is tuple else None


def _wrong(name: str, form: str) -> CredentialDataInvalid:
    return CredentialDataInvalid(f"{name} is not {form}", name)


def _read(hint: Any, value: Any, known: Item, name: str) -> Any:
    element = _element(hint)
    if element is not None:
        if type(value) is not list or len(value) > _MAX_ELEMENTS:
            raise _wrong(name, "a short list")
        return tuple(_read(element, each, known, name) for each in value)
    if issubclass(hint, Part):
        if not isinstance(value, dict):
            raise _wrong(name, "an object")
        return hint.from_claims(value)
    if hint is bool:
        if type(value) is not bool:
            raise _wrong(name, "true or false")
        return value
    if hint is int or issubclass(hint, enum.IntEnum):
        return _read_number(hint, value, known, name)
    if type(value) is not str:
        raise _wrong(name, "a text")
    return _read_text(hint, value, known, name)


def _read_number(hint: Any, value: Any, known: Item, name: str) -> int:
    low, high = known.bounds or (0, 2**53 - 1)
    if type(value) is not int or not low <= value <= high:
        raise _wrong(name, f"a whole number from {low} to {high}")
    try:
        return int(value) if hint is int else hint(value)
    except ValueError:
        raise _wrong(name, "one of the numbers it can be") from None


def _read_text(hint: Any, value: str, known: Item, name: str) -> Any:
    if hint is bytes:
        try:
            return base64url.decode(value, limit=_MAX_PICTURE)
        except EidError:
            raise _wrong(name, "base64url") from None
    if not 0 < len(value) <= _MAX_TEXT or not value.isprintable():
        raise _wrong(name, f"a line of 1 to {_MAX_TEXT} characters")
    if known.pattern is not None and re.fullmatch(known.pattern, value) is None:
        raise _wrong(name, "of the form it has to have")
    if hint is str:
        return value
    try:
        if hint is dt.date and re.fullmatch(_DATE, value):
            return dt.date.fromisoformat(value)
        if hint is PartialDate and re.fullmatch(_PARTIAL_DATE, value):
            return PartialDate(*map(int, value.split("-")))
        if issubclass(hint, enum.Enum):
            return hint(value)
    except (ValueError, DocumentError):
        pass
    raise _wrong(name, "a date" if hint in (dt.date, PartialDate) else "one of the words it can be")


def _write(hint: Any, value: Any, name: str) -> Any:
    element = _element(hint)
    if element is not None:
        if not isinstance(value, tuple):
            raise _wrong(name, "a tuple")
        return [_write(element, each, name) for each in value]
    # A date with time is a date to isinstance, as True is a number.
    if not isinstance(value, hint) or (type(value) is not hint and hint in (int, dt.date)):
        raise _wrong(name, f"of type {hint.__name__}")
    if isinstance(value, Part):
        return value.to_claims()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, bytes):
        return base64url.encode(value)
    return str(value) if isinstance(value, dt.date | PartialDate) else value


def _schema(hint: Any, known: Item, *, presented: bool) -> dict[str, Any]:
    element = _element(hint)
    if element is not None:
        each = _schema(element, known, presented=presented)
        return {"type": "array", "items": each, "maxItems": _MAX_ELEMENTS}
    if issubclass(hint, Part):
        inner: dict[str, Any] = hint.schema(presented=presented)
        return inner
    if issubclass(hint, enum.Enum):
        return {"enum": [each.value for each in hint]}
    if hint is bool:
        return {"type": "boolean"}
    if hint is int:
        low, high = known.bounds or (0, 2**53 - 1)
        return {"type": "integer", "minimum": low, "maximum": high}
    if hint is bytes:
        return {"type": "string", "contentEncoding": "base64url", "maxLength": _MAX_PICTURE}
    text: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": _MAX_TEXT}
    pattern = {dt.date: _DATE, PartialDate: _PARTIAL_DATE}.get(hint, known.pattern)
    return text if pattern is None else {**text, "pattern": f"^(?:{pattern})$"}
