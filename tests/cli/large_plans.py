#!/usr/bin/env python3
"""Plans of thousands of cells, conditions, seeds, methods or anchors: memory grows with their
number, not with its square, and stays far below what a rank may hold."""
import os
import subprocess

from bench import FRAY, Bench

BASE = """\
name: large
seeds: %(seeds)s
data: {shards: data}
model: {hidden: 8, head: 6}
training: {rounds: 3, clients_per_round: 0.6, local: {epochs: 1, batch: 5, lr: 0.05}}
corruption: [{id: lost, kind: missing_modality, at: both, rate: 0}]
%(rest)s
"""


def values(n, first=0):
    return ", ".join(f"{(first + i) / 1e5:.5f}" for i in range(n))


def scenario(kind, n):
    seeds = f"[{', '.join(map(str, range(n)))}]" if kind == "seeds" else "[3]"
    rest = {
        "seeds": "",
        "cells": f"sweep: [{{grid: {{lost.rate: [{values(n)}]}}}}]",
        "steps": f"sweep: [{{grid: {{training.local.lr: [{values(n, 1)}]}}}}]",
        "zip": f"sweep: [{{zip: {{lost.rate: [{values(n)}], training.local.lr: [{values(n, 1)}]}}}}]",
        "methods": "methods:\n" + "".join(f"  m{i}: {{training.local.lr: {(i + 1) / 1e5:.5f}}}\n"
                                          for i in range(n)),
        "conditions": f"tests: {{t: {{kind: missing_modality, rate: [{values(n)}]}}}}",
        "names": "tests:\n" + "".join(f"  t{i}: {{kind: missing_modality, rate: {i / n:.5f}}}\n"
                                      for i in range(n)),
        "swept tests": "tests: {t: {kind: missing_modality, rate: 0}, "
                       "u: {kind: missing_modality, rate: [0, 0.5]}}\n"
                       f"sweep: [{{grid: {{tests.t.rate: [{values(n)}]}}}}]",
        "controls": f"sweep: [{{grid: {{lost.rate: [{values(n)}]}}}}]\n"
                    "controls: [clean, unimodal, all_missing]",
    }[kind]
    return BASE % {"seeds": seeds, "rest": rest}


def plan(bench, name, text):
    """MiB that `fray check` held at most."""
    bench.write("s.yaml", text)
    # Sanitizers keep what was freed, which is not what is held.
    kept = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=1"]))
    env = {**os.environ, "ASAN_OPTIONS": kept}
    with subprocess.Popen([FRAY, "check", "s.yaml"], cwd=bench.folder, env=env,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        message = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    bench.check(process.returncode == 0, f"{name}: {process.returncode} {message[-300:]}")
    return usage.ru_maxrss / 1024


def grows(bench):
    for kind, n in (("cells", 5000), ("steps", 5000), ("zip", 5000), ("seeds", 5000),
                    ("methods", 1000), ("conditions", 5000), ("names", 2000),
                    ("swept tests", 5000), ("controls", 1000)):
        half, whole = (plan(bench, f"{m} {kind}", scenario(kind, m)) for m in (n // 2, n))
        print(f"{n} {kind}: {whole:.0f} MiB, half as many {half:.0f} MiB")
        bench.check(whole < 200, f"{n} {kind} take {whole:.0f} MiB")
        bench.check(whole < 2 * half, f"{kind}: {half:.0f} MiB, twice as many {whole:.0f} MiB")
    both = BASE % {"seeds": "[3]",
                   "rest": f"sweep: [{{grid: {{lost.rate: [{values(400)}]}}}}]\n"
                           f"tests: {{t: {{kind: missing_modality, rate: [{values(400)}]}}}}"}
    held = plan(bench, "cells and conditions", both)
    bench.check(held < 200, f"400 cells of 400 conditions take {held:.0f} MiB")


def many_names(bench):
    """As many anchors as there are lines; and what a few lines can make of anchors."""
    many = "".join(f"k{i}: &a{i} 1\n" for i in range(50000)) + \
           "".join(f"r{i}: *a{i}\n" for i in range(50000))
    bench.write("many.yaml", many)
    bench.refused("100,000 anchors", bench.run("check", "many.yaml", seconds=20),
                  ["many.yaml:1", "k0"])
    tens = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + \
           "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9))
    bench.write("tens.yaml", tens)
    bench.refused("lists of lists", bench.run("check", "tens.yaml"), ["values"])
    bench.write("long.yaml", "a: &a " + "x" * 4000000 + "\nb: [" + ", ".join(["*a"] * 1000) + "]\n")
    bench.refused("one long text, often", bench.run("check", "long.yaml"), ["long.yaml:2", "bytes"])


def twice(bench):
    """Long lists are still compared with themselves."""
    for what, text, part in (
            ("a swept value twice", scenario("cells", 3000).replace("0.02999", "0.00007"),
             "lost.rate has the value 0.00007 twice"),
            ("a strength twice", scenario("conditions", 3000).replace("0.02999", "0.00007"),
             "tests.t.rate: 0.00007 stands twice"),
            ("a seed twice", scenario("seeds", 3000).replace(" 2999]", " 7]"),
             "seeds: 7 stands twice"),
            ("a setting twice", scenario("zip", 300).replace("0.00299", "0.00007")
             .replace("0.00300", "0.00008"),
             "lost.rate has the value 0.00007 twice, with the same values of the other keys")):
        bench.write("twice.yaml", text)
        bench.refused(what, bench.run("check", "twice.yaml"), [part])


def main():
    bench = Bench()
    bench.synth()
    bench.parts(grows, many_names, twice)
    bench.end()


main()
