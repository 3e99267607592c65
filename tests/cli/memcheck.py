#!/usr/bin/env python3
"""A small case of each command under valgrind's memcheck: no use of memory that was never set, given back or never had.
scripts/memcheck calls it. `memcheck.py [CASE...]`."""
import os
import sys

from bench import FRAY, Bench
from small_cases import CASES, make

# Valgrind's processor is another numeric environment than the one that made the folders.
ASKS_MODELS = ("evaluate", "guard", "redteam", "bounty", "pairs", "lastmile")
SUPPRESSIONS = ["/usr/share/openmpi/openmpi-valgrind.supp"]


def main():
    bench = Bench()
    make(bench)
    for case in CASES:
        if sys.argv[1:] and case.name not in sys.argv[1:]:
            continue
        case.begin(bench)
        log = bench.folder / "memcheck.log"
        command = ["valgrind", "-q", "--error-exitcode=99", "--num-callers=20", f"--log-file={log}",
                   *(f"--suppressions={name}" for name in SUPPRESSIONS if os.path.exists(name)), FRAY, *case.words, *(("--environment", "mixed") if case.name in ASKS_MODELS else ())]
        result = bench.run_command(command, bench.single(), 1800)
        text = log.read_text(encoding="utf-8", errors="replace")
        bench.check(result.returncode == 0, f"{case.name}: exit code {result.returncode}: {result.stderr[-300:]}\n{text[:6000]}")
        print(f"{case.name}: {text.count(': at 0x') + text.count(' at 0x')} places", flush=True)
    bench.end()


if __name__ == "__main__":
    main()
