"""How a reading is shown: what was negotiated, the files, how the chip proved itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eid.cli.output import Output

if TYPE_CHECKING:
    from eid.document.evidence import AccessTranscript, Evidence

__all__ = ["negotiated_json", "reading_json", "show_reading"]


def negotiated_json(access: AccessTranscript | None) -> dict[str, object] | None:
    """How the chip was opened; never with what."""
    if access is None:
        return None
    return {
        "protocol": access.protocol,
        "algorithm": access.algorithm,
        "curve": access.curve,
        "password": access.password,
    }


def reading_json(evidence: Evidence) -> dict[str, object]:
    """The JSON of ``eid read``, without the place where the evidence was written."""
    chip, active, reader = evidence.chip_authentication, evidence.active_authentication, evidence.reader
    return {
        "negotiated": negotiated_json(evidence.access),
        "files": {name: len(octets) for name, octets in evidence.files.items()},
        "unreadable": dict(evidence.unreadable),
        "chip_authentication": chip
        and {
            "exchange": chip.exchange.value,
            "algorithm": chip.algorithm,
            "curve": chip.curve,
            "key_id": chip.key_id,
            "status_word": _status_word(chip.status_word),
        },
        "active_authentication": active
        and {
            "exchange": active.exchange.value,
            "challenge": active.challenge.hex(),
            "status_word": _status_word(active.status_word),
        },
        "quirks": list(evidence.quirks),
        "reader": reader and {"name": reader.name, "atr": reader.atr.hex()},
        "profile": evidence.profile,
        "interruption": evidence.interruption,
    }


def _status_word(sw: int | None) -> str | None:
    return None if sw is None else f"{sw:04X}"


def show_reading(out: Output, evidence: Evidence) -> None:
    """For people."""
    if evidence.reader is not None:
        out.line(f"{out.label('reader')}: {evidence.reader.name}")
    out.line(f"{out.label('access')}: {_opened(out, evidence.access)}")
    out.line(f"{out.label('files')}:")
    rows = [
        [(name, ""), (f"{len(octets)} {out.label('octets')}", "")] for name, octets in evidence.files.items()
    ]
    rows += [
        [(name, "dim"), (f"{out.label('not_read')} ({code})", "dim")]
        for name, code in evidence.unreadable.items()
    ]
    out.table(rows)
    chip, active = evidence.chip_authentication, evidence.active_authentication
    if chip is not None:
        curve = f", {chip.curve}" if chip.curve else ""
        out.line(f"{out.label('chip_authentication')}: {chip.exchange.value} ({chip.algorithm}{curve})")
    if active is not None:
        challenge = f"{out.label('challenge')} {active.challenge.hex()}"
        out.line(f"{out.label('active_authentication')}: {active.exchange.value} ({challenge})")
    if evidence.quirks:
        out.line(f"{out.label('quirks')}: {', '.join(evidence.quirks)}")


def _opened(out: Output, access: AccessTranscript | None) -> str:
    if access is None:
        return out.label("not_opened")
    if access.protocol == "NONE":
        return out.label("no_access_control")
    curve = f" {out.label('on')} {access.curve}" if access.curve else ""
    return f"{access.algorithm or access.protocol}{curve} {out.label('with')} {access.password}"
