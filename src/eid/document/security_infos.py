"""SecurityInfos: which protocols and keys a chip has (Doc 9303-11, 9.2; BSI TR-03110-3, A.1).

EF.CardAccess holds them in the clear, DG14 signed by the issuer. What is not known is kept; what is
known must have its exact form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

from eid.encoding import der
from eid.encoding.tlv import Node, parse, tlv
from eid.errors import DocumentError, EncodingError, LimitExceeded

__all__ = [
    "DG14",
    "ECDSA_PLAIN_HASHES",
    "ActiveAuthenticationInfo",
    "ChipAuthenticationInfo",
    "ChipAuthenticationPublicKeyInfo",
    "PaceDomainParameters",
    "PaceInfo",
    "SecurityInfos",
    "TerminalAuthenticationInfo",
    "active_authentication_info",
    "chip_authentication_info",
    "chip_authentication_public_key_info",
    "encode_card_access",
    "encode_dg14",
    "pace_info",
    "terminal_authentication_info",
]

#: SecurityInfo elements allowed in one file; real files have fewer than twenty.
MAX_SECURITY_INFOS = 256

_BSI = "0.4.0.127.0.7.2.2"
_PACE_DOMAIN = {f"{_BSI}.4.{arc}" for arc in (1, 2, 3, 4, 6)}
_PACE_AGREEMENT = {1: "DH-GM", 2: "ECDH-GM", 3: "DH-IM", 4: "ECDH-IM", 6: "ECDH-CAM"}
_CIPHERS = {1: "3DES", 2: "AES-128", 3: "AES-192", 4: "AES-256"}
_CA_AGREEMENT = {1: "DH", 2: "ECDH"}
_CA_KEYS = {f"{_BSI}.1.1": "DH", f"{_BSI}.1.2": "ECDH"}
_TA = f"{_BSI}.2"
_AA = "2.23.136.1.1.5"

#: OID to name, for example ``PACE-ECDH-GM-AES-128``. CAM has no 3DES variant (Doc 9303-11, 9.2.1).
PACE_NAMES = MappingProxyType(
    {
        f"{_BSI}.4.{arc}.{n}": f"PACE-{agreement}-{cipher}"
        for arc, agreement in _PACE_AGREEMENT.items()
        for n, cipher in _CIPHERS.items()
        if (arc, n) != (6, 1)
    }
)
#: OID to name, for example ``CA-ECDH-AES-128`` (Doc 9303-11, 9.2.5).
CHIP_AUTHENTICATION_NAMES = MappingProxyType(
    {
        f"{_BSI}.3.{arc}.{n}": f"CA-{agreement}-{cipher}"
        for arc, agreement in _CA_AGREEMENT.items()
        for n, cipher in _CIPHERS.items()
    }
)
#: Signature algorithm of Active Authentication with ECDSA to its hash (BSI TR-03111, 5.2.1).
ECDSA_PLAIN_HASHES = MappingProxyType(
    {
        f"0.4.0.127.0.7.1.1.4.1.{n}": name
        for n, name in enumerate(("sha1", "sha224", "sha256", "sha384", "sha512", "ripemd160"), 1)
    }
)


def _agreement(name: str) -> str:
    return name.split("-")[1]


def _cipher(name: str) -> str:
    return "3DES" if name.endswith("3DES") else name[-7:]


@dataclass(frozen=True, slots=True)
class PaceInfo:
    """PACEInfo (Doc 9303-11, 9.2.1).

    :param name: for example ``PACE-ECDH-GM-AES-128``.
    :param version: 2 for the PACE of Doc 9303; another one is kept, not judged.
    :param parameter_id: standardized domain parameters (13 is brainpoolP256r1), ``None`` when absent.
    """

    oid: str
    name: str
    version: int
    parameter_id: int | None
    raw: bytes = field(repr=False)

    @property
    def agreement(self) -> str:
        """``DH`` or ``ECDH``."""
        return _agreement(self.name)

    @property
    def mapping(self) -> str:
        """``GM`` (generic), ``IM`` (integrated) or ``CAM`` (chip authentication mapping)."""
        return self.name.split("-")[2]

    @property
    def cipher(self) -> str:
        """``3DES``, ``AES-128``, ``AES-192`` or ``AES-256``."""
        return _cipher(self.name)


@dataclass(frozen=True, slots=True)
class PaceDomainParameters:
    """PACEDomainParameterInfo: proprietary parameters, as an AlgorithmIdentifier in DER."""

    oid: str
    algorithm: bytes = field(repr=False)
    parameter_id: int | None
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChipAuthenticationInfo:
    """ChipAuthenticationInfo (Doc 9303-11, 9.2.5); ``name`` is for example ``CA-ECDH-AES-128``."""

    oid: str
    name: str
    version: int
    key_id: int | None
    raw: bytes = field(repr=False)

    @property
    def agreement(self) -> str:
        """``DH`` or ``ECDH``."""
        return _agreement(self.name)

    @property
    def cipher(self) -> str:
        """``3DES``, ``AES-128``, ``AES-192`` or ``AES-256``."""
        return _cipher(self.name)


@dataclass(frozen=True, slots=True)
class ChipAuthenticationPublicKeyInfo:
    """ChipAuthenticationPublicKeyInfo (Doc 9303-11, 9.2.6).

    :param agreement: ``DH`` or ``ECDH``.
    :param spki: the SubjectPublicKeyInfo exactly as it stands in the file.
    """

    oid: str
    agreement: str
    spki: bytes = field(repr=False)
    key_id: int | None
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ActiveAuthenticationInfo:
    """ActiveAuthenticationInfo (Doc 9303-11, 9.2.8): present when the key of DG15 is ECDSA."""

    oid: str
    version: int
    signature_oid: str
    raw: bytes = field(repr=False)

    @property
    def hash_name(self) -> str | None:
        """``sha256`` and so on, ``None`` for an algorithm this library does not know."""
        return ECDSA_PLAIN_HASHES.get(self.signature_oid)


@dataclass(frozen=True, slots=True)
class TerminalAuthenticationInfo:
    """TerminalAuthenticationInfo (BSI TR-03110-3, A.1.1.3)."""

    oid: str
    version: int
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SecurityInfos:
    """The elements of one file by kind, each kind in the order of the file.

    :param others: elements with an unknown OID: OID and raw octets.
    :param raw_elements: the octets of every element, to compare EF.CardAccess with DG14.
    """

    pace: tuple[PaceInfo, ...] = ()
    pace_domain_parameters: tuple[PaceDomainParameters, ...] = ()
    chip_authentication: tuple[ChipAuthenticationInfo, ...] = ()
    chip_authentication_keys: tuple[ChipAuthenticationPublicKeyInfo, ...] = ()
    active_authentication: tuple[ActiveAuthenticationInfo, ...] = ()
    terminal_authentication: tuple[TerminalAuthenticationInfo, ...] = ()
    others: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    raw_elements: frozenset[bytes] = field(default=frozenset(), repr=False)

    @classmethod
    def parse(cls, octets: bytes) -> Self:
        """Read EF.CardAccess (a SET OF SecurityInfo) or DG14 (the same inside tag 6E).

        :raises EncodingError: not such a file, or a SecurityInfo of another structure.
        :raises DocumentError: a known SecurityInfo without its members (kind ``security_info``).
        :raises LimitExceeded: more than :data:`MAX_SECURITY_INFOS` elements.
        """
        outer = parse(octets, der=False)
        if outer.tag == 0x6E:
            inside = outer.children()
            if len(inside) != 1:
                raise DocumentError("DG14 does not hold exactly one SET", "security_info")
            outer = inside[0]
        elements = outer.expect(der.SET).children()
        if len(elements) > MAX_SECURITY_INFOS:
            raise LimitExceeded(f"more than {MAX_SECURITY_INFOS} SecurityInfo elements")
        found: dict[str, list[object]] = {}
        for element in elements:
            kind, info = _read(element)
            found.setdefault(kind, []).append(info)
        members = {kind: tuple(infos) for kind, infos in found.items()}
        return cls(raw_elements=frozenset(e.raw for e in elements), **members)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class DG14(SecurityInfos):
    """Data group 14: the security infos that the issuer has signed (Doc 9303-10, 4.7.14)."""

    @classmethod
    def parse(cls, octets: bytes) -> Self:
        """Read DG14; errors as for :meth:`SecurityInfos.parse`."""
        parse(octets, 0x6E, der=False)
        # Not super(): a class with slots is rebuilt by its decorator, which breaks the bare form.
        return super(DG14, cls).parse(octets)


_Reader = Callable[[str, list[Node], bytes], object]


def _read(element: Node) -> tuple[str, object]:
    """The member of :class:`SecurityInfos` that *element* belongs to, and its value."""
    parts = element.expect(der.SEQUENCE).children()
    if not 2 <= len(parts) <= 3:
        raise EncodingError("a SecurityInfo has two or three members", "security_info")
    oid = der.read_oid(parts[0])
    reader: tuple[str, _Reader] | None = None
    if oid in PACE_NAMES:
        reader = "pace", _pace
    elif oid in _PACE_DOMAIN:
        reader = "pace_domain_parameters", _pace_domain
    elif oid in CHIP_AUTHENTICATION_NAMES:
        reader = "chip_authentication", _chip_authentication
    elif oid in _CA_KEYS:
        reader = "chip_authentication_keys", _chip_key
    elif oid == _AA:
        reader = "active_authentication", _active_authentication
    elif oid == _TA:
        reader = "terminal_authentication", _terminal_authentication
    if reader is None:
        return "others", (oid, element.raw)
    kind, read = reader
    try:
        return kind, read(oid, parts, element.raw)
    except EncodingError as error:
        raise DocumentError(f"SecurityInfo {oid}: {error.detail}", "security_info") from None


def _optional(parts: list[Node]) -> int | None:
    return der.read_integer(parts[2]) if len(parts) == 3 else None


def _pace(oid: str, parts: list[Node], raw: bytes) -> PaceInfo:
    return PaceInfo(oid, PACE_NAMES[oid], der.read_integer(parts[1]), _optional(parts), raw)


def _pace_domain(oid: str, parts: list[Node], raw: bytes) -> PaceDomainParameters:
    return PaceDomainParameters(oid, parts[1].expect(der.SEQUENCE).raw, _optional(parts), raw)


def _chip_authentication(oid: str, parts: list[Node], raw: bytes) -> ChipAuthenticationInfo:
    name = CHIP_AUTHENTICATION_NAMES[oid]
    return ChipAuthenticationInfo(oid, name, der.read_integer(parts[1]), _optional(parts), raw)


def _chip_key(oid: str, parts: list[Node], raw: bytes) -> ChipAuthenticationPublicKeyInfo:
    spki = parts[1].expect(der.SEQUENCE).raw
    return ChipAuthenticationPublicKeyInfo(oid, _CA_KEYS[oid], spki, _optional(parts), raw)


def _active_authentication(oid: str, parts: list[Node], raw: bytes) -> ActiveAuthenticationInfo:
    if len(parts) != 3:
        raise EncodingError("no signature algorithm")
    return ActiveAuthenticationInfo(oid, der.read_integer(parts[1]), der.read_oid(parts[2]), raw)


def _terminal_authentication(oid: str, parts: list[Node], raw: bytes) -> TerminalAuthenticationInfo:
    # The optional third member names EF.CVCA, of which version 1 has a file id; nothing here uses it.
    return TerminalAuthenticationInfo(oid, der.read_integer(parts[1]), raw)


# --- writing, for the built-in chip and for tests ---------------------------------------------------


def _oid_of(names: MappingProxyType[str, str], name: str) -> str:
    for oid, known in names.items():
        if known == name:
            return oid
    raise DocumentError(f"no protocol is called {name[:40]}", "name")


def _info(oid: str, required: bytes, optional: int | None) -> bytes:
    tail = b"" if optional is None else der.integer(optional)
    return der.sequence(der.oid(oid), required, tail)


def pace_info(name: str, parameter_id: int | None, *, version: int = 2) -> bytes:
    """Write a PACEInfo, for example ``pace_info("PACE-ECDH-GM-AES-128", 13)``.

    :raises DocumentError: no such protocol (kind ``name``).
    """
    return _info(_oid_of(PACE_NAMES, name), der.integer(version), parameter_id)


def chip_authentication_info(name: str, *, key_id: int | None = None, version: int = 1) -> bytes:
    """Write a ChipAuthenticationInfo, for example ``chip_authentication_info("CA-ECDH-AES-128")``.

    :raises DocumentError: no such protocol (kind ``name``).
    """
    return _info(_oid_of(CHIP_AUTHENTICATION_NAMES, name), der.integer(version), key_id)


def chip_authentication_public_key_info(
    spki: bytes, *, agreement: str = "ECDH", key_id: int | None = None
) -> bytes:
    """Write a ChipAuthenticationPublicKeyInfo around a SubjectPublicKeyInfo in DER.

    :param agreement: ``ECDH`` or ``DH``.
    """
    return _info(f"{_BSI}.1.{2 if agreement == 'ECDH' else 1}", spki, key_id)


def active_authentication_info(hash_name: str) -> bytes:
    """Write an ActiveAuthenticationInfo for plain ECDSA with *hash_name* (``sha256`` ...).

    :raises DocumentError: no such algorithm (kind ``name``).
    """
    signature = der.oid(_oid_of(ECDSA_PLAIN_HASHES, hash_name))
    return der.sequence(der.oid(_AA), der.integer(1), signature)


def terminal_authentication_info(*, version: int = 1) -> bytes:
    """Write a TerminalAuthenticationInfo."""
    return _info(_TA, der.integer(version), None)


def encode_card_access(infos: Iterable[bytes]) -> bytes:
    """EF.CardAccess of encoded SecurityInfo elements."""
    return der.set_of(infos)


def encode_dg14(infos: Iterable[bytes]) -> bytes:
    """DG14 of encoded SecurityInfo elements."""
    return tlv(0x6E, der.set_of(infos))
