#!/usr/bin/env python3
"""An allocation that fails, at any moment of a command: exit code 1, one message about memory, and
no table or number that is not the one of a command with memory enough. `memory.py TRIES` tries
more of it."""
import os
import shutil
import sys

from bench import FRAY, MPIRUN, Bench, complaint
from damage import SMALL

LIBRARY = os.environ["FRAY_FAIL_MALLOC"]
READ = (".csv", ".tex", ".h5", ".yaml")  # the page is first written without its drawings


def tree(bench, folder):
    root = bench.folder / folder
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*"))
            if p.is_file() and p.suffix in READ and "/checkpoints/" not in str(p)}


def asked(count):
    return int.from_bytes(count.read_bytes(), sys.byteorder)


class Trial:
    """One command, in a folder `x` that begins as a copy of another (or does not exist)."""

    def __init__(self, bench, words, start=None):
        self.bench, self.words, self.start = bench, words, start

    def run(self, **env):
        shutil.rmtree(self.bench.folder / "x", ignore_errors=True)
        if self.start:
            shutil.copytree(self.bench.folder / self.start, self.bench.folder / "x")
        return self.bench.run(*self.words, env={"LD_PRELOAD": LIBRARY, **env})

    def begin(self):
        count = self.bench.folder / "count"
        result = self.run(FAIL_COUNT=str(count))
        self.bench.check(result.returncode == 0, f"{self.words[0]}: {result.stderr[-300:]}")
        self.said, self.left = result.stdout, tree(self.bench, "x")
        self.before = tree(self.bench, self.start) if self.start else {}
        return asked(count)

    def reached(self, k):
        """False if the command had no need of so many."""
        count = self.bench.folder / "count"
        return not count.exists() or asked(count) >= k

    def check(self, k, sticky):
        count = self.bench.folder / "count"
        count.unlink(missing_ok=True)
        result = self.run(FAIL_AT=str(k), FAIL_COUNT=str(count), **({"FAIL_ON": "1"} if sticky else {}))
        where = f"{' '.join(self.words[:2])}, allocation {k}{' and on' if sticky else ''}"
        lines = complaint(result.stderr)
        check = self.bench.check
        if not self.reached(k):
            check(result.returncode == 0, f"{where}: never asked for, and exit code {result.returncode}")
            return
        if not check(result.returncode == 1, f"{where}: exit code {result.returncode}: {lines[-2:]}"):
            return
        check(lines and "memory" in lines[-1], f"{where}: {lines[-2:]}")
        for name, data in tree(self.bench, "x").items():
            check(data in (self.left.get(name), self.before.get(name)), f"{where}: another {name}")
        state = self.bench.folder / "x" / "state"
        check(not state.exists() or state.read_text(encoding="utf-8") != "running\n",
              f"{where}: it is said to run still")


class OneOfTwo(Trial):
    """A run on two ranks of which the second alone lacks memory: the first must hear of it, and
    neither wait for the other. How much a rank asks for depends on which trials and messages it gets."""

    def run(self, **env):
        env = {**env, "FAIL_COUNT": self.bench.folder / "count"}
        quick = {"OMPI_MCA_odls_base_sigkill_timeout": "0"}  # both ranks have ended when mpirun begins to wait
        (self.bench.folder / "count").unlink(missing_ok=True)
        shutil.rmtree(self.bench.folder / "x", ignore_errors=True)
        preload = " ".join(f"{key}={value}" for key, value in {"LD_PRELOAD": LIBRARY, **env}.items())
        script = (f'if [ "${{OMPI_COMM_WORLD_RANK:-$PMI_RANK}}" = 1 ]; then export {preload}; fi; '
                  'exec "$@"')
        return self.bench.run_command([MPIRUN, "-n", "2", "sh", "-c", script, "sh", FRAY, *self.words],
                                      quick, seconds=30)


def main():
    bench = Bench()
    tries = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    bench.synth(samples=8)
    bench.write("s.yaml", SMALL)
    bench.write("t.yaml", "tests: {more: {kind: missing_modality, rate: [0.7]}}\n")
    bench.write("alone.yaml", SMALL.replace("seeds: [3, 4]", "seeds: [3]\ncontrols: [local_only]"))
    bench.good("run", "s.yaml", "-o", "good", "--no-report")
    commands = (Trial(bench, ("run", "s.yaml", "-o", "x", "--no-report")),
                Trial(bench, ("report", "good", "-o", "x")),
                Trial(bench, ("compare", "good", "good", "-o", "x")),
                Trial(bench, ("show", "good")),
                Trial(bench, ("show", "good", "--json")),
                Trial(bench, ("inspect", "data", "--json")),
                Trial(bench, ("check", "s.yaml", "--json")),
                Trial(bench, ("merge", "good", "-o", "x", "--no-report")),
                Trial(bench, ("evaluate", "x", "--tests", "t.yaml", "--no-report"), "good"),
                Trial(bench, ("inspect", "data")),
                Trial(bench, ("check", "s.yaml")),
                OneOfTwo(bench, ("run", "alone.yaml", "-o", "x", "--no-report")),
                OneOfTwo(bench, ("run", "alone.yaml", "-o", "x", "--no-report", "--ranks-per-trial", "2")))
    cores = os.sched_getaffinity(0)
    for command in commands:
        # On one core nothing is made in a copy of the process, whose lack of memory is no failure: tests/base/beside.c.
        os.sched_setaffinity(0, cores if isinstance(command, OneOfTwo) else {min(cores)})
        n = command.begin()
        # Not in steps that an inner loop might have; more of the end, where tables are made. After a fault
        # of a rank mpirun waits for seconds, so there are fewer of these.
        some = -(-tries // 3) if isinstance(command, OneOfTwo) else tries
        places = sorted({1 + round((n - 1) * (i / (some - 1)) ** 0.7) for i in range(some)})
        for i, k in enumerate(places):
            command.check(k, sticky=i % 4 == 3)
        print(f"{command.words[0]}: {len(places)} of {n} allocations")
    bench.end()


if __name__ == "__main__":
    main()
