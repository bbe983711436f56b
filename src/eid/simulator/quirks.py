"""Odd behaviour of a chip, as cards and readers show it, and faults of a card, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from eid.simulator.members import Members

__all__ = ["Faults", "Quirks"]


@dataclass(frozen=True, slots=True)
class Quirks:
    """How the chip behaves where cards differ. The defaults make a well-behaved one.

    :param select_mf: status word to SELECT MF; ``None`` answers 9000 (Viet Nam's card: 6D00).
    :param short_only: 6700 to any command of extended length.
    :param max_le: at most so many octets per READ BINARY.
    :param wrong_length: what a definite Le beyond *max_le* or beyond what one response holds gets:
        ``6cxx`` or ``6700``; ``None`` shortens the data.
    :param response_chaining: responses longer than this come in parts by 61xx and GET RESPONSE.
    :param end_of_file: reading past the end gets ``6282`` with the data, ``short`` data and 9000, or
        ``6b00``.
    :param naked_errors: errors under secure messaging come in plain. ``counted``: the command was
        counted; ``uncounted``: it was not; ``dropped``: the session ends.
    :param no_sfi: READ BINARY with a short file identifier gets 6A86.
    :param unreadable: status word to SELECT of a file, by its name.
    :param seconds_per_command: and *seconds_per_octet*, sent and received: a slow chip or link.
    :param dies_at: number of the command (the first after power-on is 1) at which the card vanishes.
    :param mute_at: number of the command from which on the card never answers.
    :param wrong_password_tries: wrong PACE passwords until the chip blocks; ``None`` never blocks.
    :param wrong_password_delay: seconds added to the answer after a wrong one.
    :param pace_parameter_id: ``required`` refuses MSE:Set AT without DO 84, ``refused`` with it.
    """

    select_mf: int | None = None
    short_only: bool = False
    max_le: int | None = None
    wrong_length: str | None = None
    response_chaining: int | None = None
    end_of_file: str = "6282"
    naked_errors: str | None = None
    no_sfi: bool = False
    unreadable: Mapping[str, int] = field(default_factory=dict)
    seconds_per_command: float = 0.0
    seconds_per_octet: float = 0.0
    dies_at: int | None = None
    mute_at: int | None = None
    wrong_password_tries: int | None = None
    wrong_password_delay: float = 0.0
    pace_parameter_id: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "unreadable", MappingProxyType(dict(self.unreadable)))

    @classmethod
    def read(cls, members: Members) -> Quirks:
        """From the JSON member ``quirks``.

        :raises PersonalisationError: an unknown quirk or a wrong value.
        """
        unreadable = members.child("unreadable")
        quirks = cls(
            select_mf=members.status_word("select_mf"),
            short_only=members.flag("short_only"),
            max_le=members.integer("max_le", 1, 65_536),
            wrong_length=members.choice("wrong_length", ("6cxx", "6700")),
            response_chaining=members.integer("response_chaining", 1, 256),
            end_of_file=members.choice("end_of_file", ("6282", "short", "6b00")) or "6282",
            naked_errors=members.choice("naked_errors", ("counted", "uncounted", "dropped")),
            no_sfi=members.flag("no_sfi"),
            unreadable={name: unreadable.status_word(name) or 0x6982 for name in unreadable.names()},
            seconds_per_command=members.seconds("seconds_per_command"),
            seconds_per_octet=members.seconds("seconds_per_octet"),
            dies_at=members.integer("dies_at", 1, 1_000_000),
            mute_at=members.integer("mute_at", 1, 1_000_000),
            wrong_password_tries=members.integer("wrong_password_tries", 1, 15),
            wrong_password_delay=members.seconds("wrong_password_delay"),
            pace_parameter_id=members.choice("pace_parameter_id", ("required", "refused")),
        )
        members.finish()
        return quirks


@dataclass(frozen=True, slots=True)
class Faults:
    """How the card is forged, copied or wrongly made. The defaults make a genuine one.

    :param altered: files with one octet changed after they were signed.
    :param clone: the private keys of Chip and Active Authentication are missing (``no_keys``) or
        other ones (``wrong_keys``).
    :param foreign_signer: EF.SOD is signed under another CSCA than the one given as anchor.
    :param expired_signer: the document signer's certificate ended on 2022-01-01.
    :param wrong_signature: the last octet of the signature is changed.
    :param wrong_hash: groups whose hash in EF.SOD is another one.
    :param unbound: groups EF.SOD says nothing about.
    :param unsupported_curve: ``DG14`` or ``DG15`` hold a key on brainpoolP224r1.
    :param downgraded_access: EF.CardAccess was replaced: ``weak`` adds a PACE variant that DG14 does
        not have, ``none`` offers no PACE at all.
    """

    altered: tuple[str, ...] = ()
    clone: str | None = None
    foreign_signer: bool = False
    expired_signer: bool = False
    wrong_signature: bool = False
    wrong_hash: tuple[str, ...] = ()
    unbound: tuple[str, ...] = ()
    unsupported_curve: tuple[str, ...] = ()
    downgraded_access: str | None = None

    @classmethod
    def read(cls, members: Members) -> Faults:
        """From the JSON member ``faults``.

        :raises PersonalisationError: an unknown fault or a wrong value.
        """
        faults = cls(
            altered=members.texts("altered"),
            clone=members.choice("clone", ("no_keys", "wrong_keys")),
            foreign_signer=members.flag("foreign_signer"),
            expired_signer=members.flag("expired_signer"),
            wrong_signature=members.flag("wrong_signature"),
            wrong_hash=members.texts("wrong_hash"),
            unbound=members.texts("unbound"),
            unsupported_curve=members.texts("unsupported_curve"),
            downgraded_access=members.choice("downgraded_access", ("weak", "none")),
        )
        if set(faults.unsupported_curve) - {"DG14", "DG15"}:
            raise members.wrong("unsupported_curve", "only DG14 and DG15 hold keys")
        members.finish()
        return faults
