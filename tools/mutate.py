"""Changes the source in small ways and sees whether the tests notice.

``mutate.py [--all] [--limit N] [FILE ...]``. In the chip protocols, where much is about sizes and odd
chips, only what is done to refusals is tried, unless ``--all`` asks for the rest as well.

It works on a copy. Each mutant is run against the tests that pass through the changed lines, fastest
first. A survivor that nobody has reviewed is printed, and the run ends 1; ``mutants-reviewed.txt`` names
those that are harmless, and why. The machine needs ``fork``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import coverage

# What the tests import, loaded once: every mutant is a fork of this process.
import cryptography.x509  # noqa: F401
import hypothesis
import pytest
from mutants import Mutant, mutants_of

ROOT = Path(__file__).resolve().parent.parent
REVIEWED = ROOT / "tools" / "mutants-reviewed.txt"
VERDICTS = "src/eid/verification"
PACKAGES = (VERDICTS, "src/eid/chip")
TESTS = (
    "tests/unit/verification",
    "tests/unit/chip",
    "tests/unit/encoding/test_apdu.py",
    "tests/security/test_faults_and_quirks.py",
)
MEMORY = 4 << 30
#: One test may take this many seconds with a mutant, and all together so many times what they took without.
PATIENCE, SLOWER = 15.0, 3.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """The tests without a mutant: how long each takes, and through which lines of which file it goes."""

    seconds: Mapping[str, float]
    through: Mapping[str, Mapping[int, frozenset[str]]]

    def tests_for(self, mutant: Mutant) -> list[str]:
        """Those that can notice, fastest first."""
        lines = self.through.get(mutant.file, {})
        first, last = mutant.lines
        tests = frozenset[str]().union(*(lines.get(line, ()) for line in range(first, last + 1)))
        if not tests and any(line in lines for line in range(first, last + 1)):
            # Run at import only (constants, defaults): any test of this file may notice.
            tests = frozenset[str]().union(*lines.values()) or frozenset(self.seconds)
        return sorted(tests, key=lambda test: self.seconds[test])


# --- running tests in a fork ---------------------------------------------------------------------


class _Clock:
    """A pytest plugin that takes the time of each test."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration


def run_tests(copy: Path, arguments: Sequence[str], limit: float, times: Path | None = None) -> int | None:
    """Exit code of pytest in *copy*, or ``None`` when it was not done within *limit* seconds."""
    child = os.fork()
    if child == 0:
        _run_child(copy, arguments, times)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _run_child(copy: Path, arguments: Sequence[str], times: Path | None) -> None:
    code = 99
    try:
        os.setsid()
        os.chdir(copy)
        sys.dont_write_bytecode = times is None
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        if times is None:
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
        # The same examples each time, and no search for a smaller one: that it fails is enough.
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile("mutants", derandomize=True, database=None, phases=phases)
        hypothesis.settings.load_profile("mutants")
        clock = _Clock()
        # hypothesis is here already, which is no reason to stop.
        always = ["-q", "-x", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
        code = int(pytest.main([*always, *arguments], plugins=[clock]))
        tested = sys.modules.get("eid")
        if code == 0 and not (tested and str(tested.__file__).startswith(str(copy))):
            code = 99  # another installation was tested
        if times:
            times.write_text(json.dumps(clock.seconds))
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        os._exit(code)


def baseline(copy: Path) -> Baseline:
    """Run all tests once."""
    times = copy / "times.json"
    os.environ["COVERAGE_CORE"] = "ctrace"  # the newer one knows no contexts
    if run_tests(copy, [*TESTS, "--cov=eid", "--cov-context=test", "--cov-report="], 1200, times) != 0:
        sys.exit("The tests fail without any mutant.")
    data = coverage.CoverageData(str(copy / ".coverage"))
    data.read()
    through = {}
    for name in data.measured_files():
        by_line = data.contexts_by_lineno(name)
        tests = {line: frozenset(c.split("|")[0] for c in found if c) for line, found in by_line.items()}
        through[str(Path(name).relative_to(copy))] = tests
    return Baseline(json.loads(times.read_text()), through)


def survives(copy: Path, mutant: Mutant, base: Baseline) -> bool:
    """Whether no test notices *mutant*. Those of the module itself come first: one file is quick to load."""
    tests = base.tests_for(mutant)
    own = [test for test in tests if Path(test.split("::")[0]).stem == f"test_{Path(mutant.file).stem}"]
    target = copy / mutant.file
    original = target.read_bytes()
    listed = copy / "tests.txt"
    for stale in (target.parent / "__pycache__").glob(f"{target.stem}.*.pyc"):
        stale.unlink()
    target.write_text(mutant.source, encoding="utf-8")
    try:
        for some in (own, [test for test in tests if test not in own]):
            listed.write_text("\n".join(some))
            limit = PATIENCE + SLOWER * sum(base.seconds[test] for test in some)
            if some and run_tests(copy, [f"--timeout={PATIENCE}", f"@{listed}"], limit) != 0:
                return False
    finally:
        target.write_bytes(original)
    return True


# --- what was reviewed ---------------------------------------------------------------------------


def read_reviewed() -> set[tuple[str, ...]]:
    """Keys of the mutants in the list: three lines each, below a line that says why."""
    reviewed: set[tuple[str, ...]] = set()
    entry: list[str] = []
    for line in REVIEWED.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        entry.append(line[2:] if line[0] in "-+" else line)
        if line[0] == "+":
            reviewed.add(tuple(entry))
            entry = []
    return reviewed


def show(mutant: Mutant, word: str) -> None:
    """Print *mutant* in the form of the list."""
    line = f"# {word}: line {mutant.lines[0]}, {mutant.operator}"
    sys.stdout.write("\n".join([line, mutant.key[0], f"- {mutant.removed}", f"+ {mutant.added}", "", ""]))
    sys.stdout.flush()


# --- the run -------------------------------------------------------------------------------------


def make_copy(folder: Path) -> Path:
    """What the tests need, in *folder*."""
    copy = folder / ROOT.name
    copy.mkdir()
    for name in ("src", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    os.environ.setdefault("EID_CORPORA", str(ROOT.parent / "shared" / "corpora"))
    os.environ.setdefault("EID_VIETNAM", str(ROOT.parent / "shared" / "vietnam"))
    return copy


def try_all(copy: Path, mutants: Iterable[Mutant], base: Baseline) -> Counter[str]:
    """Run each; print the survivors."""
    results: Counter[str] = Counter()
    for mutant in mutants:
        if not base.tests_for(mutant):
            word = "no test"
        else:
            word = "survived" if survives(copy, mutant, base) else "killed"
        results[word] += 1
        if word != "killed":
            show(mutant, word)
    return results


def main() -> int:
    """Mutate the files given, else all of :data:`PACKAGES`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", help="default: " + ", ".join(PACKAGES))
    parser.add_argument("--all", action="store_true", help="also what refuses nothing")
    parser.add_argument("--limit", type=int, help="try only so many, always the same ones")
    chosen = parser.parse_args()
    reviewed = read_reviewed()
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(KeyboardInterrupt):
        copy = make_copy(Path(folder))
        files = [str(Path(file).resolve().relative_to(ROOT)) for file in chosen.files] or sorted(
            str(path.relative_to(copy)) for package in PACKAGES for path in (copy / package).glob("*.py")
        )
        everything = [mutant for file in files for mutant in mutants_of(copy, file)]
        mutants = [
            mutant
            for mutant in everything
            if mutant.key not in reviewed
            and (chosen.all or mutant.refusal or mutant.file.startswith(VERDICTS))
        ]
        if chosen.limit is not None and chosen.limit < len(mutants):
            mutants = random.Random(0).sample(mutants, chosen.limit)
        base = baseline(copy)
        sys.stdout.write(f"{len(mutants)} mutants to try, {len(everything)} in all\n\n")
        results = try_all(copy, mutants, base)
        known = {mutant.key for mutant in everything}
        gone = [key for key in sorted(reviewed - known) if key[0].split(" ")[0] in files]
        for place, removed, _ in gone:
            sys.stdout.write(f"In the reviewed list, but no mutant any more: {place}: {removed}\n")
        sys.stdout.write(f"{dict(results)}, {len(known & reviewed)} reviewed\n")
        return 1 if set(results) - {"killed"} else 0
    return 130


if __name__ == "__main__":
    sys.exit(main())
