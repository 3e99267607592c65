#!/usr/bin/env python3
"""System calls that end otherwise than asked for, at any moment of every command: short reads and writes and interrupted
calls change nothing; a full disk, a quota, a broken disk end it with a message, nothing half-written, and the same call
goes on to the same bytes. `calls.py all` tries each call of each case; `calls.py all CASE...` those of some."""
import os
import random
import re
import subprocess
import sys

from bench import FRAY, Bench, complaint, halves
from small_cases import CASES, make, tree

TOOL = os.environ["FRAY_FAIL_CALLS"]
WORDS = {"ENOSPC": "No space left on device", "EDQUOT": "Disk quota exceeded", "EIO": "Input/output error"}
DRAWN = re.compile(r"\.fray-[a-z2-7]{8}|[0-9a-f]{16}")  # what two runs call differently


class Spoiled:
    """A case whose calls are spoiled."""

    def __init__(self, bench, case):
        self.bench, self.case, self.said = bench, case, ""
        self.outside = bench.session / "calls"
        case.begin(bench)
        self.before = tree(bench)
        result = self.run("EIO", 0)
        bench.check(result.returncode == 0, f"{case.name}: {result.stderr[-400:]}")
        self.said, self.left = result.stdout, tree(bench)

    def run(self, how, at, again=()):
        command = [TOOL, str(self.bench.folder), how, str(at), str(self.outside), FRAY, *self.case.words, *again]
        env = {**self.bench.single(), "OMPI_MCA_orte_tmpdir_base": "/tmp"}
        try:
            return self.bench.run_command(command, env, 60)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 124, "", "it hangs")

    def calls(self, how):
        """(number, call, path) of all that could end so."""
        self.case.begin(self.bench)
        self.run(how, 0)
        return [line.split(" ", 2) for line in self.outside.read_text(encoding="utf-8").splitlines()]

    def unchanged(self, how):
        """Each call of the command is cut or interrupted."""
        self.case.begin(self.bench)
        result = self.run(how, "all")
        n = len(self.outside.read_text(encoding="utf-8").splitlines())
        where = f"{self.case.name}, {how} at all of {n}"
        check = self.bench.check
        if check(result.returncode == 0, f"{where}: exit code {result.returncode}: {complaint(result.stderr)[-2:]}"):
            check(tree(self.bench) == self.left and result.stdout == self.said, f"{where}: other bytes")
        return n

    def spoil(self, how, at, call, path):
        bench, check = self.bench, self.bench.check
        self.case.begin(bench)
        result = self.run(how, at)
        where = f"{self.case.name}, {how} at {at}, {call} {path}"
        lines = complaint(result.stderr)
        after = tree(bench)
        if result.returncode == 0:  # what is not needed may fail
            check(after == self.left and result.stdout == self.said, f"{where}: not told, and other bytes")
            return
        check(result.returncode in (1, 2), f"{where}: exit code {result.returncode}: {lines[-2:]}")
        in_hdf5 = call == "fstatat" and "stat info" in result.stderr  # which does not say why
        check(lines and (WORDS[how] in lines[-1] or in_hdf5), f"{where}: no reason: {lines[-2:]}")
        check(result.returncode == 1 or after == self.before, f"{where}: exit code 2, and something was written")
        for name, data in after.items():
            check(data in (self.left.get(name), self.before.get(name)), f"{where}: another {name}")
        if call not in ("unlink", "unlinkat", "rmdir", "fstatat", "getdents", "flock"):  # with these it cannot be removed
            check(not halves(bench.folder), f"{where}: half-written: {halves(bench.folder)[:3]}")
        state = bench.folder / "x" / "state"
        check(not state.exists() or call in ("open", "openat", "rename") or not state.read_text().startswith("running"),
              f"{where}: it is said to run still")
        again = self.case.again if state.exists() else ()
        result = self.run(how, 0, again)
        if result.returncode == 2 and "--overwrite" in result.stderr:  # whole, but not known to be on the disk
            result = self.run(how, 0, ("--overwrite",))
        check(result.returncode == 0, f"{where}: the next call: {result.returncode}: {complaint(result.stderr)[-2:]}")
        check(tree(bench) == self.left, f"{where}: the next call leaves other bytes")


def places(spoiled, how, most):
    """Of calls that do the same to the same file the first ones and the last."""
    alike = {}
    for number, call, path in spoiled.calls(how):
        alike.setdefault((call, DRAWN.sub("", path)), []).append((number, call, path))
    out = [one for group in alike.values() for one in (*group[:most], *group[most:][-1:])]
    return sorted(out, key=lambda one: int(one[0]))


def main():
    bench = Bench()
    everything, names = sys.argv[1:2] == ["all"], sys.argv[2:]
    if not everything:
        names = ("import", "run", "evaluate", "compare", "matrix")
    make(bench)
    tried = 0
    for case in CASES:
        if names and case.name not in names:
            continue
        spoiled = Spoiled(bench, case)
        moved = [spoiled.unchanged(how) for how in ("short", "EINTR")]
        counts = []
        for how in WORDS if everything else ("ENOSPC", "EIO"):
            chosen = places(spoiled, how, 2)
            if not everything:
                chosen = random.Random(case.name + how).sample(chosen, min(1 + (how == "EIO"), len(chosen)))
            for number, call, path in chosen:
                spoiled.spoil(how, number, call, path)
            counts.append(len(chosen))
        tried += sum(counts)
        print(f"{case.name}: {moved} calls cut and interrupted; {counts} of {', '.join(WORDS)}", flush=True)
    print(f"{tried} calls failed")
    bench.end()


if __name__ == "__main__":
    main()
