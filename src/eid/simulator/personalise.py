"""One JSON file describes one card: its person, access, keys, signer, files, quirks and faults.

The schema is in :func:`personalise`. The same description always gives the same card when it carries
its keys and certificates, as :func:`new_personalisation` makes it (RSASSA-PSS signatures excepted:
they are random by nature).
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from eid.document.dg1 import DG1, encode_dg1
from eid.document.dg15 import encode_dg15
from eid.document.lds import DATA_GROUPS, EF_CARD_ACCESS, EF_COM, EF_SOD, encode_com
from eid.errors import DocumentError, EidError, EncodingError, MrzError, PersonalisationError
from eid.simulator.access import Access, ActiveKey, ChipKey, Keys, read_access, read_keys
from eid.simulator.files import DG11_FIELDS, DG12_FIELDS, compose_td1, details_file, portrait_file
from eid.simulator.members import MAX_FILE, Members
from eid.simulator.portrait import portrait
from eid.simulator.quirks import Faults, Quirks
from eid.simulator.scheme import PrivateKey, write_private_key
from eid.simulator.signing import Signing, read_signing

__all__ = [
    "FORMAT",
    "Personalisation",
    "new_personalisation",
    "personalise",
    "read_personalisation",
    "write_csca",
    "write_description",
]

#: Value of the member ``format``.
FORMAT = "eid-chip/1"
#: Octets of a description file.
_MAX_JSON = 16 * MAX_FILE
#: A contactless card as PC/SC readers present it (PC/SC part 3, 3.1.3.2.3), historical bytes "eid-test".
_ATR = "3b8880016569642d746573745a"


@dataclass(frozen=True, slots=True, repr=False)
class Personalisation:
    """A card ready to be put on a :class:`eid.simulator.chip.Chip`.

    :param files: octets by name, as the chip serves them (after faults).
    :param com: groups that EF.COM lists.
    :param locked: files that stay 6982 whatever is proven.
    :param csca_der: the certificate to trust; empty when EF.SOD was given from outside.
    :param description: what it was made from.
    """

    files: Mapping[str, bytes]
    access: Access
    chip_keys: tuple[ChipKey, ...]
    active_key: ActiveKey | None
    locked: frozenset[str]
    atr: bytes
    quirks: Quirks
    faults: Faults
    csca_der: bytes
    ds_der: bytes
    description: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", MappingProxyType(dict(self.files)))

    def __repr__(self) -> str:  # invented, but the habit is kept
        return f"<Personalisation {', '.join(self.files)}>"

    @property
    def can(self) -> str | None:
        """The card access number, if any."""
        return self.access.can

    @property
    def mrz_information(self) -> str | None:
        """What BAC and PACE take of the machine readable zone, if they do."""
        return self.access.mrz_information


def personalise(description: Mapping[str, Any], *, folder: Path | None = None) -> Personalisation:
    """Make the card that *description* (decoded JSON) describes.

    Members (all but ``format`` optional; raw octets are ``{"hex"}``, ``{"base64"}`` or ``{"path"}``):

    - ``format``: ``eid-chip/1``.
    - ``person``: ``mrz`` (list of lines, taken literally) or the members of a TD1 zone
      (``document_code``, ``issuer``, ``document_number``, ``optional_1``, ``birth_date``, ``sex``,
      ``expiry_date``, ``nationality``, ``optional_2``, ``surname``, ``given_names``); ``details`` makes
      DG11 and ``document`` DG12 (members: :data:`eid.simulator.files.DG11_FIELDS` and ``DG12_FIELDS``).
    - ``portrait``: ``"built-in"`` or the octets of an image; makes DG2.
    - ``access``: ``pace`` (list of ``curve`` and ``cipher``, preferred first), ``can``, ``mrz`` (``true``,
      ``false`` or the MRZ information), ``bac``, ``open`` (no access control).
    - ``keys``: ``chip_authentication`` (list of ``curve``, ``cipher``, ``key_id``, ``explicit_parameters``,
      ``key``), ``active_authentication`` (``algorithm`` = ``RSA-2048`` or a curve, ``hash``, ``trailer``,
      ``key``), ``terminal_authentication`` (announced in EF.CardAccess and DG14, not performed).
    - ``signing``: ``algorithm``, ``csca_algorithm``, ``hash``, ``country``, ``lds_version``, ``sid``,
      ``explicit_parameters``, ``signed_at``, ``csca`` and ``document_signer`` (``key``, ``certificate``).
    - ``groups``: octets of any file by name, instead of those that would be made; ``null`` leaves it out.
    - ``com``: the groups EF.COM lists. ``locked``: files never readable; DG3 and DG4 unless given.
    - ``atr``: hexadecimal. ``quirks``: :class:`~eid.simulator.quirks.Quirks`. ``faults``:
      :class:`~eid.simulator.quirks.Faults`. ``note``: anything.

    :param folder: what ``path`` members are relative to; without it they are refused.
    :raises PersonalisationError: a member is missing, unknown or wrong; the text names it.
    """
    root = Members(description, "", folder)
    if root.optional_text("format") != FORMAT:
        raise root.wrong("format", f"must be {FORMAT}")
    try:
        return _personalise(root, description)
    except PersonalisationError:
        raise
    except EidError as error:  # encoders of other packages: say that it was the description
        raise PersonalisationError(f"{error.code}: {error.detail}") from None


def _personalise(root: Members, description: Mapping[str, Any]) -> Personalisation:
    quirks = Quirks.read(root.child("quirks"))
    faults = Faults.read(root.child("faults"))
    files = _personal_files(root)
    given, absent = _given_files(root)
    files.update(given)
    access = read_access(root.child("access"), _mrz_information(files.get("DG1")))
    keys = read_keys(root.child("keys"), access, faults)
    files = {**_key_files(access, keys, faults), **files}
    for name in absent:
        files.pop(name, None)
    com = root.texts("com", tuple(name for name in DATA_GROUPS if name in files))
    files.setdefault(EF_COM, _com(root, com))
    csca_der = ds_der = b""
    signing_members = root.child("signing")
    if EF_SOD not in files and EF_SOD not in absent:
        signing = read_signing(signing_members, faults)
        csca_der, ds_der = signing.csca_der, signing.ds_der
        files[EF_SOD] = _security_object(root, signing, files, faults)
    for name in absent:
        files.pop(name, None)
    for name in faults.altered:
        files[name] = _altered(root, files, name)
    locked = frozenset(root.texts("locked", ("DG3", "DG4")))
    atr = root.text("atr", _ATR)
    root.finish()
    return Personalisation(
        files=dict(sorted(files.items())),
        access=access,
        chip_keys=keys.chip,
        active_key=keys.active,
        locked=locked,
        atr=_atr(root, atr),
        quirks=quirks,
        faults=faults,
        csca_der=csca_der,
        ds_der=ds_der,
        description=copy.deepcopy(dict(description)),
    )


def _personal_files(root: Members) -> dict[str, bytes]:
    """DG1, DG2, DG11 and DG12, as far as they are described."""
    files: dict[str, bytes] = {}
    if root.get("person") is not None:
        person = root.child("person")
        lines = person.texts("mrz")
        zone = "".join(lines) if lines else compose_td1(person)
        try:
            files["DG1"] = encode_dg1(zone)
        except MrzError:
            raise person.wrong("mrz", "is not 3 lines of 30, 2 of 36 or 2 of 44 characters") from None
        if person.get("details") is not None:
            files["DG11"] = details_file(person.child("details"), 0x6B, DG11_FIELDS, 0x5F0F)
        if person.get("document") is not None:
            files["DG12"] = details_file(person.child("document"), 0x6C, DG12_FIELDS, None)
        person.finish()
    if root.get("portrait") == "built-in":
        files["DG2"] = portrait_file(root, "portrait", portrait())
    elif (image := root.octets("portrait")) is not None:
        files["DG2"] = portrait_file(root, "portrait", image)
    return files


def _given_files(root: Members) -> tuple[dict[str, bytes], frozenset[str]]:
    """Files given as octets, and names of those that shall be absent."""
    groups = root.child("groups")
    given: dict[str, bytes] = {}
    absent: set[str] = set()
    for name in groups.names():
        if name not in (*DATA_GROUPS, EF_COM, EF_SOD, EF_CARD_ACCESS):
            raise groups.wrong(name[:40], "is not the name of a file")
        octets = groups.octets(name)
        if octets is None:
            absent.add(name)
        else:
            given[name] = octets
    return given, frozenset(absent)


def _mrz_information(dg1: bytes | None) -> str | None:
    try:
        return DG1.parse(dg1).mrz.mrz_information if dg1 else None
    except (DocumentError, EncodingError, MrzError):
        return None  # a broken DG1 on purpose: then access.mrz is given as text


def _key_files(access: Access, keys: Keys, faults: Faults) -> dict[str, bytes]:
    """EF.CardAccess, DG14 and DG15."""
    files: dict[str, bytes] = {}
    if keys.infos:
        files["DG14"] = keys.dg14()
    if access.pace:
        files[EF_CARD_ACCESS] = keys.card_access(faults.downgraded_access)
    if keys.active_spki:
        files["DG15"] = encode_dg15(keys.active_spki)
    return files


def _com(root: Members, groups: tuple[str, ...]) -> bytes:
    try:
        return encode_com(groups)
    except DocumentError:
        raise root.wrong("com", "must be names of data groups") from None


def _security_object(root: Members, signing: Signing, files: Mapping[str, bytes], faults: Faults) -> bytes:
    groups = {name: octets for name, octets in files.items() if name in DATA_GROUPS}
    for name in (*faults.wrong_hash, *faults.unbound):
        if name not in groups:
            raise root.wrong("faults", f"there is no {name[:40]} on this card")
    bound = {name: octets for name, octets in groups.items() if name not in faults.unbound}
    bound.update({name: bound[name] + b"\0" for name in faults.wrong_hash if name in bound})
    sod = signing.sign(bound)
    # The signature is the last octet string of the file.
    return sod[:-1] + bytes((sod[-1] ^ 1,)) if faults.wrong_signature else sod


def _altered(root: Members, files: Mapping[str, bytes], name: str) -> bytes:
    octets = files.get(name)
    if not octets:
        raise root.wrong("faults.altered", f"there is no {name[:40]} on this card")
    middle = len(octets) // 2
    return octets[:middle] + bytes((octets[middle] ^ 1,)) + octets[middle + 1 :]


def _atr(root: Members, text: str) -> bytes:
    try:
        atr = bytes.fromhex(text)
    except ValueError:
        atr = b""
    if not 2 <= len(atr) <= 33:
        raise root.wrong("atr", "must be 2 to 33 octets in hexadecimal")
    return atr


# --- new descriptions and files ---------------------------------------------------------------------

_UTOPIAN: Mapping[str, Any] = {
    "format": FORMAT,
    "note": "Test card of an invented person, made by eid. Not an identity document.",
    "person": {
        "document_number": "T00000001",
        "birth_date": "1990-02-28",
        "sex": "F",
        "expiry_date": "2035-02-27",
        "surname": "MUSTER",
        "given_names": "VERA LINH",
    },
    "portrait": "built-in",
    "access": {
        "pace": [{"curve": "brainpoolP256r1", "cipher": "AES-128"}],
        "can": "123456",
        "bac": True,
    },
    "keys": {
        "chip_authentication": [{"curve": "brainpoolP256r1", "cipher": "AES-128"}],
        "active_authentication": {"algorithm": "secp256r1", "hash": "sha256"},
    },
    "signing": {"algorithm": "ecdsa-brainpoolP384r1-sha256", "country": "UT"},
}


def new_personalisation(
    description: Mapping[str, Any] | None = None, *, folder: Path | None = None
) -> dict[str, Any]:
    """A complete description: *description* with fresh keys and certificates where it has none.

    Without one: an invented TD1 card of Utopia (code UTO, Doc 9303-3, 5, for specimens).

    :raises PersonalisationError: as :func:`personalise`.
    """
    source = _UTOPIAN if description is None else description
    card = personalise(source, folder=folder)  # refuses what cannot be used before anything is made of it
    new = copy.deepcopy(dict(source))
    if card.csca_der:
        members = new["signing"] = dict(new.get("signing") or {})
        signing = read_signing(Members(members, "signing", folder), Faults())
        issuer = signing.issuer
        if not members.get("csca"):
            members["csca"] = _pair(issuer.csca_key, signing.csca_der)
        if not (members.get("document_signer") or {}).get("certificate"):
            members["document_signer"] = _pair(issuer.ds_key, issuer.ds_der)
    if new.get("keys"):
        keys = read_keys(Members(new["keys"], "keys", folder), card.access, Faults())
        wanted = new["keys"].get("chip_authentication") or []
        for entry, chip_key in zip(wanted, keys.chip, strict=True):
            if chip_key.key is not None:
                entry.setdefault("key", _base64(chip_key.key.pkcs8()))
        if keys.active is not None and keys.active.key is not None:
            new["keys"]["active_authentication"].setdefault("key", _base64(keys.active.key.pkcs8()))
    return new


def _pair(key: PrivateKey, certificate: bytes) -> dict[str, Any]:
    return {"key": _base64(write_private_key(key)), "certificate": _base64(certificate)}


def _base64(octets: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(octets).decode("ascii")}


def read_personalisation(path: str | Path) -> Personalisation:
    """Make the card that a JSON file describes; ``path`` members are relative to the file's folder.

    :raises PersonalisationError: unreadable, not JSON, or a wrong member.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            octets = stream.read(_MAX_JSON + 1)
    except (OSError, ValueError) as error:
        raise PersonalisationError(f"the file cannot be read ({type(error).__name__})") from None
    if len(octets) > _MAX_JSON:
        raise PersonalisationError("the file is too large")
    try:
        description = json.loads(octets)
    except (ValueError, RecursionError):
        raise PersonalisationError("the file is not JSON") from None
    return personalise(description, folder=path.parent)


def write_description(description: Mapping[str, Any], path: str | Path) -> None:
    """Write a description as JSON.

    :raises PersonalisationError: the file cannot be written.
    """
    text = json.dumps(dict(description), ensure_ascii=False, indent=2) + "\n"
    _write(Path(path), text.encode())


def write_csca(card: Personalisation, path: str | Path) -> None:
    """Write the CSCA certificate (DER), for ``eid verify --trust``.

    :raises PersonalisationError: the card has none, or the file cannot be written.
    """
    if not card.csca_der:
        raise PersonalisationError("signing: this card's EF.SOD was given, so there is no CSCA certificate")
    _write(Path(path), card.csca_der)


def _write(path: Path, octets: bytes) -> None:
    try:
        path.write_bytes(octets)
    except (OSError, ValueError) as error:
        raise PersonalisationError(f"the file cannot be written ({type(error).__name__})") from None
