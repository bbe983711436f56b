"""Fuzz evidence files: what is accepted is written again octet by octet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from common import instrumented, run

with instrumented(__name__):
    from eid.document import evidence as ev


def check(data: bytes) -> None:
    """Read *data* as an evidence file."""
    evidence = ev.Evidence.from_bytes(data)
    assert evidence.to_bytes() == data
    assert repr(evidence)
    assert evidence.live is None


def full() -> ev.Evidence:
    """Evidence with every member set."""
    return ev.Evidence(
        files={"EF.SOD": b"\x77\x00", "DG1": b"\x61\x00"},
        unreadable={"DG3": "ACCESS_DENIED"},
        access=ev.AccessTranscript(
            "PACE", "PACE-ECDH-GM-AES-128", "brainpoolP256r1", "CAN", b"salt", bytes(32)
        ),
        chip_authentication=ev.ChipAuthenticationTranscript(
            ev.Exchange.REFUSED, "CA-ECDH-AES-128", "secp256r1", b"\x30\x00", 1, 0x6300
        ),
        active_authentication=ev.ActiveAuthenticationTranscript(ev.Exchange.COMPLETED, bytes(8), b"\1" * 9),
        read_at=datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
        reader=ev.ReaderInfo("a reader", b"\x3b\x00"),
        quirks=("no_master_file",),
        interruption="CARD_REMOVED",
        context=ev.Context("opening an account", "consent-1", "counter 3"),
        profile="vietnam",
    )


def seeds() -> Iterator[bytes]:
    """The fullest and the emptiest file."""
    yield full().to_bytes()
    yield ev.Evidence(files={}).to_bytes()


if __name__ == "__main__":
    run(check, seeds)
