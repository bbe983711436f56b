"""Runs every fuzz target, two at a time: ``python tools/fuzz.py SECONDS [SEED]``.

Ends 1 when one finds something. With a SEED other than 0 it searches the same way each time, as far as the
machine's speed allows: a change is judged by what it did, not by chance.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FINDINGS = ROOT / "build" / "fuzz"


def run(target: Path, seconds: int, seed: int) -> int:
    """Fuzz one target, then print what it said in one piece."""
    command = [
        sys.executable,
        str(target),
        f"-max_total_time={seconds}",
        f"-seed={seed}",  # 0 is one by chance
        "-timeout=20",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={FINDINGS}/{target.stem}-",
    ]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": str(seed) if seed else "random"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    word = "FAILED" if ended.returncode else "ok"
    said = ended.stdout.splitlines() if ended.returncode else ended.stdout.splitlines()[-3:]
    sys.stdout.write("\n".join([f"--- {target.stem}: {word}", *said, ""]))
    sys.stdout.flush()
    return ended.returncode


def main() -> int:
    """Every ``fuzz/fuzz_*.py``."""
    seconds, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    targets = sorted((ROOT / "fuzz").glob("fuzz_*.py"))
    FINDINGS.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda target: run(target, seconds, seed), targets))
    sys.stdout.write(f"{len(targets)} targets, {sum(map(bool, results))} with findings\n")
    return 1 if any(results) or not targets else 0


if __name__ == "__main__":
    sys.exit(main())
