"""The runner that every fuzz target shares.

A target is a module with ``check(data)``, which may raise :class:`eid.errors.EidError` and nothing
else, and ``seeds()``, which makes its first inputs. ``python fuzz/fuzz_tlv.py -max_total_time=60``
runs one; all further options are libFuzzer's. The test suite runs the same two functions briefly.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

__all__ = ["instrumented", "run"]

_SEEDS = "-eid_seeds="


def instrumented(module: str) -> AbstractContextManager[object]:
    """Within it, imports of ``eid`` are instrumented when *module* runs as a program."""
    if module != "__main__":
        return contextlib.nullcontext()
    import atheris

    return atheris.instrument_imports(include=["eid"])


def run(check: Callable[[bytes], None], seeds: Callable[[], Iterable[bytes]]) -> None:
    """Fuzz *check*, beginning with *seeds*, with the libFuzzer options of the command line."""
    folders = [option for option in sys.argv if option.startswith(_SEEDS)]
    if not folders:
        sys.exit(_run_with_seeds(seeds))
    import atheris

    from eid.errors import EidError

    def one(data: bytes) -> None:
        with contextlib.suppress(EidError):
            check(data)

    options = [option for option in sys.argv if option not in folders]
    atheris.Setup([*options, folders[0].removeprefix(_SEEDS)], one)
    atheris.Fuzz()


def _run_with_seeds(seeds: Callable[[], Iterable[bytes]]) -> int:
    """Run this program once more with a folder of seeds: libFuzzer ends it without cleaning up."""
    folder = tempfile.mkdtemp(prefix="eid-fuzz-")
    try:
        for number, seed in enumerate(seeds()):
            Path(folder, f"seed-{number}").write_bytes(seed)
        return subprocess.run([sys.executable, *sys.argv, _SEEDS + folder], check=False).returncode
    finally:
        shutil.rmtree(folder)
