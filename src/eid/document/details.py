"""What DG11 and DG12 have in common: optional fields by tag, each text or date (Doc 9303-10, 4.7.11)."""

from __future__ import annotations

from collections.abc import Mapping

from eid.document.dates import PartialDate
from eid.encoding.der import read_integer
from eid.encoding.tlv import Node, parse
from eid.errors import DocumentError, EncodingError

__all__ = ["Details"]

_TAG_LIST = 0x5C
_NAMES = 0xA0


class Details:
    """The fields of one group. What is asked for and readable is taken out; the rest stays in ``rest``."""

    def __init__(self, octets: bytes, tag: int) -> None:
        self._fields: dict[int, Node] = {}
        for node in parse(octets, tag, der=False).children():
            if node.tag in self._fields:
                raise DocumentError(f"field {node.tag:02X} twice", "duplicate")
            self._fields[node.tag] = node
        # The tag list only repeats what follows, and on real documents not always rightly.
        self._fields.pop(_TAG_LIST, None)

    def text(self, tag: int) -> str | None:
        """Field *tag* as text; ``None`` when absent, empty or not UTF-8 (it then stays in ``rest``)."""
        node = self._fields.get(tag)
        text = None if node is None else _utf8(node.value)
        if text is None:
            return None
        del self._fields[tag]
        return text or None

    def parts(self, tag: int) -> tuple[str, ...]:
        """Field *tag* as texts that fillers separate, for example the lines of an address."""
        return tuple(part for piece in (self.text(tag) or "").split("<") if (part := piece.strip()))

    def name(self, tag: int) -> str | None:
        """Field *tag* as a name: fillers become spaces, the order stays that of the document."""
        return " ".join((self.text(tag) or "").replace("<", " ").split()) or None

    def octets(self, tag: int) -> bytes | None:
        """Field *tag* as it is."""
        node = self._fields.pop(tag, None)
        return None if node is None else node.value

    def date(self, tag: int) -> PartialDate | None:
        """Field *tag* as a date; an impossible one stays in ``rest``."""
        node = self._fields.get(tag)
        date = None if node is None else _date(node.value)
        if date is not None:
            del self._fields[tag]
        return date

    def names(self, tag: int) -> tuple[str, ...]:
        """Names with *tag* from the template A0: their number, then one object for each."""
        node = self._fields.get(_NAMES)
        if node is None:
            return ()
        inside = node.children()
        if not inside or any(child.tag != tag for child in inside[1:]):
            return ()
        try:
            count = read_integer(inside[0])
        except EncodingError:
            return ()
        texts = [_utf8(child.value) for child in inside[1:]]
        if count != len(texts) or None in texts:
            return ()
        del self._fields[_NAMES]
        return tuple(" ".join(text.replace("<", " ").split()) for text in texts if text)

    def rest(self) -> Mapping[int, bytes]:
        """Fields that nothing above has taken: unknown tags and values of an unexpected form."""
        return {tag: node.value for tag, node in self._fields.items()}


def _utf8(value: bytes) -> str | None:
    try:
        return value.decode("utf-8").strip()
    except UnicodeDecodeError:
        return None


def _date(value: bytes) -> PartialDate | None:
    # Doc 9303-10 writes CCYYMMDD; four octets of packed digits are met on documents of LDS 1.7 too.
    text = value.hex() if len(value) == 4 else value.decode("latin-1")
    try:
        return PartialDate.from_compact(text)
    except DocumentError:
        return None
