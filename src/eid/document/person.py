"""A person as documents describe one: typed fields, each with the file it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from eid.document.dates import PartialDate
from eid.document.face import FaceImage

__all__ = ["Person", "mask_number"]


def mask_number(number: str) -> str:
    """``001099012349`` becomes ``0010******49``; a number of fewer than eight characters is hidden."""
    if len(number) < 8:
        return "*" * len(number)
    return number[:4] + "*" * (len(number) - 6) + number[-2:]


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """What the document says of its holder. A field the document does not have is ``None``.

    :param number: the personal number; for Viet Nam the 12-digit number.
    :param name: full name in its best spelling (accented where the chip has it).
    :param surname: primary identifier of the MRZ, transliterated.
    :param given_names: secondary identifier of the MRZ, transliterated.
    :param sex: ``M``, ``F`` or ``X``.
    :param nationality: three-letter code of the MRZ.
    :param portrait: the facial image of DG2.
    :param other: further named fields (residence, place of origin, parents, ...).
    :param sources: for every field that is set, where it came from: ``DG1``, ``DG11``, ``DG13``, ...
    """

    number: str | None = None
    name: str | None = None
    surname: str | None = None
    given_names: str | None = None
    birth_date: PartialDate | None = None
    sex: str | None = None
    nationality: str | None = None
    portrait: FaceImage | None = None
    other: Mapping[str, object] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    _sensitive: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("other", "sources", "_sensitive"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __repr__(self) -> str:  # personal data stays out
        return f"<Person {mask_number(self.number) if self.number else 'without number'}>"

    def __getstate__(self) -> dict[str, object]:
        return {n: dict(v) if isinstance(v, Mapping) else v for n, v in self._members()}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, value in state.items():
            frozen = MappingProxyType(value) if isinstance(value, dict) else value
            object.__setattr__(self, name, frozen)

    def _members(self) -> Iterator[tuple[str, object]]:
        return ((name, getattr(self, name)) for name in self.__dataclass_fields__)

    def sensitive(self, name: str) -> object:
        """A sensitive field (ethnicity, religion, marks) by its name, or ``None`` when absent.

        Such fields are in no listing, no JSON and no ``repr``: a caller that needs one names it.
        """
        return self._sensitive.get(name)

    @property
    def sensitive_names(self) -> frozenset[str]:
        """Names of the sensitive fields that are present."""
        return frozenset(self._sensitive)

    def having(
        self,
        source: str,
        *,
        other: Mapping[str, object] | None = None,
        sensitive: Mapping[str, object] | None = None,
        **members: object,
    ) -> Person:
        """A copy with *members* set, each recorded as coming from *source*; ``None`` sets nothing."""
        given = {key: value for key, value in members.items() if value is not None}
        extra = {key: value for key, value in (other or {}).items() if value is not None}
        hidden = {key: value for key, value in (sensitive or {}).items() if value is not None}
        names = (*given, *extra, *hidden)
        return replace(
            self,
            **given,  # type: ignore[arg-type]
            other={**self.other, **extra},
            _sensitive={**self._sensitive, **hidden},
            sources={**self.sources, **dict.fromkeys(names, source)},
        )
