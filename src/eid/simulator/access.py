"""The members ``access`` and ``keys`` of a card description: what opens the chip and proves it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from eid.crypto.curves import Curve, by_name
from eid.crypto.symmetric import CIPHERS
from eid.document import security_infos
from eid.errors import KeyFormatError, PersonalisationError
from eid.simulator.keys import EcKey, RsaKey, read_key
from eid.simulator.members import Members
from eid.simulator.quirks import Faults

__all__ = ["Access", "ActiveKey", "ChipKey", "Keys", "PaceVariant", "read_access", "read_keys"]

_CIPHERS = tuple(CIPHERS)
_HASHES = ("sha1", "sha224", "sha256", "sha384", "sha512")
#: Trailers of ISO/IEC 9796-2 (ISO/IEC 10118 identifiers); BC implies SHA-1.
_TRAILERS = {"sha1": "33cc", "sha224": "38cc", "sha256": "34cc", "sha384": "36cc", "sha512": "35cc"}
_LOST_CURVE = "brainpoolP224r1"


@dataclass(frozen=True, slots=True)
class PaceVariant:
    """PACE with generic mapping on *curve*."""

    curve: Curve
    cipher: str

    @property
    def info(self) -> bytes:
        """The PACEInfo."""
        return security_infos.pace_info(f"PACE-ECDH-GM-{self.cipher}", self.curve.parameter_id)

    @property
    def arc(self) -> int:
        """Last arc of the object identifier, by cipher."""
        return 1 + _CIPHERS.index(self.cipher)


@dataclass(frozen=True, slots=True)
class Access:
    """What opens the chip.

    :param pace: offered variants, preferred first.
    :param hidden_pace: variants the chip speaks although DG14 does not name them.
    :param open: no access control at all.
    """

    pace: tuple[PaceVariant, ...] = ()
    hidden_pace: tuple[PaceVariant, ...] = ()
    can: str | None = field(default=None, repr=False)
    mrz_information: str | None = field(default=None, repr=False)
    bac: bool = True
    open: bool = False


@dataclass(frozen=True, slots=True)
class ChipKey:
    """A key for Chip Authentication; ``key`` is ``None`` on a clone."""

    cipher: str
    key_id: int | None
    key: EcKey | None

    @property
    def arc(self) -> int:
        """Last arc of the object identifier, by cipher."""
        return 1 + _CIPHERS.index(self.cipher)


@dataclass(frozen=True, slots=True)
class ActiveKey:
    """The key for Active Authentication; ``key`` is ``None`` on a clone.

    :param trailer: of ISO/IEC 9796-2, for RSA.
    """

    key: EcKey | RsaKey | None
    hash_name: str
    trailer: bytes


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys with what the files say of them."""

    chip: tuple[ChipKey, ...]
    active: ActiveKey | None
    active_spki: bytes
    access: Access
    infos: tuple[bytes, ...]
    public_infos: tuple[bytes, ...]

    def dg14(self) -> bytes:
        """DG14: everything."""
        return security_infos.encode_dg14((*self.infos, *self.public_infos))

    def card_access(self, downgraded: str | None) -> bytes:
        """EF.CardAccess: everything but the keys; *downgraded* as in :class:`Faults`."""
        infos = list(self.infos)
        if downgraded == "weak":
            infos += [variant.info for variant in self.access.hidden_pace]
            infos = [info for info in infos if info not in {v.info for v in self.access.pace}]
        elif downgraded == "none":
            infos = [info for info in infos if info not in {v.info for v in self.access.pace}]
        return security_infos.encode_card_access(infos)


def read_access(members: Members, mrz_information: str | None) -> Access:
    """From the member ``access``.

    :param mrz_information: of DG1, where there is one.
    """
    pace = tuple(_pace(entry) for entry in members.children("pace"))
    can = members.optional_text("can")
    if can is not None and re.fullmatch("[0-9]{6}", can) is None:
        raise members.wrong("can", "must be six digits")
    mrz = members.get("mrz")
    if isinstance(mrz, str):
        if re.fullmatch("[A-Z0-9<]{24,45}", mrz) is None:
            raise members.wrong("mrz", "must be true, false or the MRZ information of 24 to 45 characters")
        mrz_information = mrz
    elif not members.flag("mrz", True):
        mrz_information = None
    elif mrz is True and mrz_information is None:
        raise members.wrong("mrz", "needs a DG1 with a machine readable zone")
    bac = members.flag("bac", mrz_information is not None)
    if bac and mrz_information is None:
        raise members.wrong("bac", "needs a machine readable zone")
    hidden = tuple(PaceVariant(variant.curve, "3DES") for variant in pace[:1])
    access = Access(pace, hidden, can, mrz_information, bac, members.flag("open"))
    members.finish()
    return access


def _pace(entry: Members) -> PaceVariant:
    curve = _curve(entry, "curve")
    if curve.native is None:
        raise entry.wrong("curve", "is not one that PACE runs on here")
    variant = PaceVariant(curve, _cipher(entry))
    entry.finish()
    return variant


def _cipher(entry: Members) -> str:
    return entry.choice("cipher", _CIPHERS) or "AES-128"


def _curve(entry: Members, name: str) -> Curve:
    curve = by_name(entry.text(name))
    if curve is None:
        raise entry.wrong(name, "is not the name of a curve, such as brainpoolP256r1")
    return curve


def read_keys(members: Members, access: Access, faults: Faults) -> Keys:
    """From the member ``keys``; keys that are not given are fresh."""
    infos = [variant.info for variant in access.pace]
    public: list[bytes] = []
    if members.flag("terminal_authentication"):
        infos.append(security_infos.terminal_authentication_info())
    chip: list[ChipKey] = []
    for entry in members.children("chip_authentication"):
        chip_key, info, spki_info = _chip_key(entry, faults)
        chip.append(chip_key)
        infos.append(info)
        public.append(spki_info)
    if faults.downgraded_access == "weak" and not set(access.hidden_pace) - set(access.pace):
        raise PersonalisationError("faults.downgraded_access: needs a PACE variant stronger than 3DES")
    active, spki = None, b""
    if members.get("active_authentication") is not None:
        active, spki = _active_key(members.child("active_authentication"), faults)
        if isinstance(active.key, EcKey):
            public.append(security_infos.active_authentication_info(active.hash_name))
        active = replace(active, key=_cloned(active.key, faults))
    members.finish()
    return Keys(tuple(chip), active, spki, access, tuple(infos), tuple(public))


def _cloned(key: EcKey | RsaKey | None, faults: Faults) -> EcKey | RsaKey | None:
    """The key as the chip has it."""
    if faults.clone is None or key is None:
        return key
    if faults.clone == "no_keys":
        return None
    if isinstance(key, EcKey):
        return EcKey.generate(key.curve)
    return RsaKey.generate(key.native.key_size)


def _chip_key(entry: Members, faults: Faults) -> tuple[ChipKey, bytes, bytes]:
    raw = entry.octets("key")
    key_id = entry.integer("key_id", 0, 127)
    cipher = _cipher(entry)
    explicit = entry.flag("explicit_parameters")
    named = _curve(entry, "curve") if raw is None or entry.get("curve") is not None else None
    if "DG14" in faults.unsupported_curve:
        key: EcKey | RsaKey = _on_lost_curve()
    elif raw is not None:
        key = _read_key(entry, raw)
    else:
        assert named is not None
        key = EcKey.generate(named)
    if not isinstance(key, EcKey):
        raise entry.wrong("key", "must be an elliptic-curve key")
    entry.finish()
    held = _cloned(key, faults)
    return (
        ChipKey(cipher, key_id, held if isinstance(held, EcKey) else None),
        security_infos.chip_authentication_info(f"CA-ECDH-{cipher}", key_id=key_id),
        security_infos.chip_authentication_public_key_info(
            key.spki(explicit_parameters=explicit), key_id=key_id
        ),
    )


def _active_key(entry: Members, faults: Faults) -> tuple[ActiveKey, bytes]:
    raw = entry.octets("key")
    algorithm = entry.optional_text("algorithm") or ("" if raw is not None else "RSA-2048")
    key: EcKey | RsaKey
    if "DG15" in faults.unsupported_curve:
        key = _on_lost_curve()
    elif raw is not None:
        key = _read_key(entry, raw)
    elif algorithm in ("RSA-1024", "RSA-2048", "RSA-3072", "RSA-4096"):
        key = RsaKey.generate(int(algorithm[4:]))
    else:
        key = EcKey.generate(_curve(entry, "algorithm"))
    small = isinstance(key, RsaKey) and key.native.key_size < 2048
    hash_name = entry.choice("hash", _HASHES) or ("sha1" if small else "sha256")
    default = "bc" if hash_name == "sha1" else _TRAILERS[hash_name]
    trailer = entry.choice("trailer", ("bc", _TRAILERS[hash_name]), default) or default
    if trailer == "bc" and hash_name != "sha1":
        raise entry.wrong("trailer", "bc stands for SHA-1")
    entry.finish()
    return ActiveKey(key, hash_name, bytes.fromhex(trailer)), key.spki()


def _on_lost_curve() -> EcKey:
    curve = by_name(_LOST_CURVE)
    assert curve is not None
    return EcKey.generate(curve)


def _read_key(entry: Members, raw: bytes) -> EcKey | RsaKey:
    try:
        return read_key(raw)
    except KeyFormatError as error:
        raise entry.wrong("key", error.detail) from None
