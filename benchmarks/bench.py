"""Figures as ratios: our code beside the raw `cryptography` calls it needs, in one process.

    python benchmarks/bench.py [--json]

*Raw* is the same calls on the same octets, contexts set up per message, nothing else. The terminal is
measured without the built-in chip's own time. Ratios are medians of paired runs, so a machine that
drifts drifts for both.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import accounts_store
import cleaning
import credentials
import deciding
import hostile
import link
import matching
import passive
import qr_images
import qr_text
import raw
import status
import tokens
import usage_log
from cards import CAN, sample_card, silver_sized_card
from measure import Row, paired

import eid
from eid import vietnam
from eid.chip.apdu import ResponseAPDU
from eid.chip.secure_messaging import SecureMessaging


def bench_pace() -> Row:
    """Access control alone, chip time taken out."""
    card = sample_card()
    offer = raw.offer_of(card)

    def ours() -> float:
        return raw.timed_pace(card, CAN, offer)

    ratio, ms = paired(ours, raw.pace_calls(), 60)
    return Row("PACE-GM brainpoolP256r1", ratio, "x raw", 1.6, f"{ms:.2f} ms")


def bench_secure_messaging() -> Row:
    """Unprotecting one response of 230 octets, which carries 223 with AES and 231 with 3DES."""
    rows = []
    for cipher in ("AES-128", "3DES"):
        key = bytes(range(16))
        response = SecureMessaging(cipher, key, key, 1).protect_response(ResponseAPDU(bytes(230), 0x9000))
        session = SecureMessaging(cipher, key, key)
        bare = raw.unprotect_calls(cipher, key, response)

        def ours(session: SecureMessaging = session, response: ResponseAPDU = response) -> None:
            for _ in range(1000):
                session._ssc = 1
                session.unprotect(response)

        def base(bare: Callable[[], None] = bare) -> None:
            for _ in range(1000):
                bare()

        ratio, ms = paired(ours, base, 30)
        rows.append((ratio, f"{cipher} {ratio:.2f}x, {ms:.1f} µs"))
    return Row("unprotect 230 octets", max(r for r, _ in rows), "x raw", 1.5, "; ".join(d for _, d in rows))


def bench_read_and_verify() -> Row:
    """The whole sample card, terminal side only: access, files, both authentications, verification."""
    card = sample_card()
    trust = eid.TrustStore.of(card.anchors)
    now = eid.utc_now()

    def ours() -> float:
        timer = link.Stopwatch(card.fresh())
        start = time.perf_counter()
        evidence = eid.read(timer, CAN, profile=vietnam.CITIZEN_CARD)
        report = eid.verify(
            evidence, trust=trust, policy=eid.Policy.counter(), profile=vietnam.CITIZEN_CARD, now=now
        )
        spent = time.perf_counter() - start - timer.elapsed
        assert report.authentic.outcome is eid.Outcome.PASSED, report.authentic
        assert report.chip_genuine.outcome is eid.Outcome.PASSED, report.chip_genuine
        return spent

    ratio, ms = paired(ours, raw.whole_card_calls(card), 40)
    return Row("read + verify sample card", ratio, "x raw", 1.6, f"{ms:.2f} ms terminal side")


def bench_verify() -> Row:
    """Verification of stored evidence alone."""
    card = sample_card()
    trust = eid.TrustStore.of(card.anchors)
    evidence = eid.read(card.fresh(), CAN, profile=vietnam.CITIZEN_CARD).stored()
    now = eid.utc_now()

    def ours() -> None:
        eid.verify(evidence, trust=trust, policy=eid.Policy.stored(), profile=vietnam.CITIZEN_CARD, now=now)

    ratio, ms = paired(ours, raw.verify_calls(card), 60)
    return Row("verify stored evidence", ratio, "x raw", None, f"{ms:.2f} ms")


def bench_commands() -> list[Row]:
    """Commands for the portrait, and time on a link of 12 ms a command and 0.1 ms an octet."""
    rows = []
    for name, card, limit in (
        ("portrait, extended length", sample_card(), 3),
        ("portrait, short length (AES)", sample_card(short=True), 66),
        ("portrait of 15,083 octets, short length (3DES)", silver_sized_card(short=True), 66),
    ):
        result = link.read_over_model(card)
        rows.append(Row(name, result.portrait_commands, "APDUs", limit, f"{result.portrait_octets} octets"))
        rows.append(
            Row("  whole read on the link", result.ratio, "x floor", 1.1, f"{result.milliseconds:.0f} ms")
        )
    return rows


def bench_import() -> list[Row]:
    """Fresh interpreters: `import eid`, and every name of the front door, beside `cryptography.x509`."""

    def seconds(statement: str) -> float:
        script = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
        runs = [
            subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout
            for _ in range(9)
        ]
        return statistics.median(float(run) for run in runs)

    base = seconds("import cryptography.x509")
    lazy = seconds("import eid")
    whole = seconds("import eid; [getattr(eid, name) for name in eid.__all__]")
    return [
        Row("import eid", lazy / base, "x x509", 2.0, f"{lazy * 1000:.1f} ms"),
        Row("import eid and use every name", whole / base, "x x509", None, f"{whole * 1000:.0f} ms"),
    ]


def main() -> None:
    """Run everything and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [
        bench_pace(),
        bench_secure_messaging(),
        bench_read_and_verify(),
        bench_verify(),
        *bench_commands(),
        *bench_import(),
        *passive.rows(),
        *tokens.rows(),
        *credentials.rows(),
        *hostile.rows(),
        *status.rows(),
        *qr_text.rows(),
        *matching.rows(),
        *cleaning.rows(),
        *deciding.rows(),
        *usage_log.rows(),
        *qr_images.rows(),
        *accounts_store.rows(),
    ]
    if options.json:
        print(json.dumps([row.__dict__ for row in rows], indent=1, ensure_ascii=False))
        return
    for row in rows:
        mark = {None: "", True: "ok", False: "OVER"}[row.kept]
        limit = "" if row.limit is None else f"{'>=' if row.at_least else '<='} {row.limit:g}"
        print(f"{row.name:48} {row.value:8.2f} {row.unit:8} {limit:8} {mark:5} {row.detail}")


if __name__ == "__main__":
    main()
