#!/usr/bin/env python3
"""Ranks with different numeric environments are refused; so is a resume under another one."""
import os
import re
import sys

from bench import FRAY, MPIRUN, SCENARIO, Bench

KERNELS = ("Haswell", "Nehalem", "Sandybridge", "SkylakeX", "Zen", "ARMV8", "NEOVERSEN1")


def main():
    bench = Bench()
    bench.synth()
    bench.write("s.yaml", SCENARIO)
    names = {}
    for wanted in KERNELS:
        version = bench.good("--version", env={"OPENBLAS_CORETYPE": wanted}).stdout
        found = re.search(r",\s+kernel\s+(\w+)", version)  # the line is filled to 80 columns
        if found:
            names.setdefault(found.group(1), wanted)
    bench.check(names, f"the version names no kernel: {version}")
    if len(names) < 2:
        print(f"this machine's OpenBLAS has one kernel: {names}")
        bench.faults or sys.exit(77)
    first, second = list(names.values())[:2]
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}
    part = ["-n", "1", "env"]
    words = [FRAY, "run", "s.yaml", "-o", "out", "--no-report"]
    command = [MPIRUN, *part, f"OPENBLAS_CORETYPE={first}", *words,
               ":", *part, f"OPENBLAS_CORETYPE={second}", *words]
    bench.refused("mixed ranks", bench.run_command(command, environment),
                  ["numeric environment", "OPENBLAS_CORETYPE"])
    short = ("--set", "training.rounds=1", "--no-report")
    bench.good("run", "s.yaml", "-o", "one", *short, env={"OPENBLAS_CORETYPE": first})
    state = (bench.folder / "one" / "trials.csv").read_bytes()
    bench.refused("resume elsewhere",
                  bench.run("run", "s.yaml", "-o", "one", "--resume", *short,
                            env={"OPENBLAS_CORETYPE": second}), ["one", "numeric environment"])
    bench.check((bench.folder / "one" / "trials.csv").read_bytes() == state, "trials.csv changed")
    bench.end()


if __name__ == "__main__":
    main()
