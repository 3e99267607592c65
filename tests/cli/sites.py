#!/usr/bin/env python3
"""Every place from which a small case of each command asks for memory, one failure at a time: exit code 1 with a message,
no signal, nothing half-written, no other number. `sites.py [CASE...]`; `sites.py libraries [CASE...]` lets allocations
within libraries fail, at SAMPLE of their places. A place is a chain of callers; the first allocation of each is tried, and
the last of some."""
import collections
import os
import subprocess
import sys

from bench import FRAY, Bench, complaint, halves
from small_cases import CASES, make, tree

LIBRARY = os.environ["FRAY_FAIL_MALLOC"]
LIBRARIES = "libhdf5,libjansson,libyaml,libsndfile,libpng,libjpeg,libmpg123,libwebp,libkissfft,libutf8proc"
SAMPLE = 60
OFTEN = 40  # a place that is reached more often than that is tried again at its last time


class Sites:
    def __init__(self, bench, case, where):
        self.bench, self.case = bench, case
        self.env = {"FAIL_WHERE": where} if where else {}
        self.in_libraries = bool(where)
        self.stacks = bench.session / "stacks"
        case.begin(bench)
        self.before = tree(bench)
        result = self.run(FAIL_STACKS=str(self.stacks))
        bench.check(result.returncode == 0, f"{case.name}: {result.stderr[-400:]}")
        self.said, self.left = result.stdout, tree(bench)
        self.codes = collections.Counter()

    def run(self, **env):
        command = [FRAY, *self.case.words]
        env = {**self.bench.single(), **self.env, "LD_PRELOAD": LIBRARY, **env}
        try:
            return self.bench.run_command(command, env, 40)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 124, "", "it hangs")

    def places(self):
        lines = self.stacks.read_text(encoding="utf-8").split()
        first, last, times = {}, {}, collections.Counter(lines)
        for k, line in enumerate(lines, 1):
            first.setdefault(line, k)
            last[line] = k
        return sorted({*first.values(), *(last[line] for line, n in times.items() if n > OFTEN)}), len(lines)

    def fail(self, k):
        bench, check = self.bench, self.bench.check
        self.case.begin(bench)
        result = self.run(FAIL_AT=str(k))
        where = f"{self.case.name}, {'library ' if self.in_libraries else ''}allocation {k}"
        lines = complaint(result.stderr)
        after = tree(bench)
        self.codes[result.returncode] += 1
        if result.returncode == 0:
            check(self.in_libraries, f"{where}: not told")
            check(after == self.left and result.stdout == self.said, f"{where}: not told, and other bytes")
            return
        check(result.returncode == 1 or self.in_libraries and result.returncode == 2,
              f"{where}: exit code {result.returncode}: {lines[-2:]}")
        check(lines and (self.in_libraries or "memory" in lines[-1]), f"{where}: no reason: {lines[-2:]}")
        check(result.returncode != 2 or after == self.before, f"{where}: exit code 2, and something was written")
        for name, data in after.items():
            check(data in (self.left.get(name), self.before.get(name)), f"{where}: another {name}")
        check(not halves(bench.folder), f"{where}: half-written: {halves(bench.folder)[:3]}")
        state = bench.folder / "x" / "state"
        check(not state.exists() or not state.read_text().startswith("running"), f"{where}: it is said to run still")


def main():
    # On one core nothing is made in a copy of the process, whose lack of memory is no failure: tests/base/beside.c.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    names = sys.argv[1:]
    libraries = names[:1] == ["libraries"]
    names = names[libraries:]
    bench = Bench()
    make(bench)
    for case in CASES:
        if names and case.name not in names:
            continue
        sites = Sites(bench, case, LIBRARIES if libraries else "")
        places, n = sites.places()
        if libraries:
            places = places[::max(1, len(places) // SAMPLE)]
        for k in places:
            sites.fail(k)
        print(f"{case.name}: {len(places)} places of {n} allocations; exit codes {dict(sites.codes)}", flush=True)
    bench.end()


if __name__ == "__main__":
    main()
