#!/usr/bin/env python3
"""Continuous recordings, end to end: windows are those of the definition, written down a second time; one
table for all people and a file for each give the same samples; memory does not grow with the length of a table; the plan of a dry run is that of the import."""
import bisect
import math
import os
import pathlib
import random
import re
import subprocess

from bench import DUMP, FRAY, Bench

RNG = random.Random(14)
ACTIVITIES = ["sit", "walk"]
HEAD = "time,x,y,act"
MANY = 400_000


def rows_of(person):
    """Bouts of random length, a gap now and then, and cells without a number."""
    rows, time, bout = [], person / 7, 0
    while len(rows) < 500:
        bout += 1
        for _ in range(RNG.randrange(3, 40)):
            time += 3 if RNG.random() < 0.02 else 0.02
            x = "" if RNG.random() < 0.03 else f"{RNG.gauss(0, 1):.4f}"
            rows.append(f"{time:.3f},{x},{person * 1000 + len(rows)},{ACTIVITIES[bout % 2]}")
    return rows


def dataset(reader):
    return ("name: d\nmodalities: {acc: {kind: series, columns: [x, y]}}\ntest: {clients: [\"3\"]}\n"
            "dev: {fraction: 0.2}\ninputs:\n  - reader: recordings\n" + reader +
            "    client: \"{who}\"\n    label: \"{act}\"\n    id: \"{who}/{line}\"\n"
            "    derive: {line: {from: id, pattern: \"{:any}/{line:any}\"}}\n"
            "    windows: {length: 8, step: 5, label: act, purity: 0.75, time: time, gap: 1 s,\n"
            "              missing: linear, fill_at_most: 2, longest: 60, rate: 40}\n")


def stored(bench, folder):
    text = subprocess.run([DUMP, bench.folder / folder / "shard-0000.h5", "modalities/acc"],
                          capture_output=True, text=True, check=True).stdout
    return [line for line in text.splitlines() if line.startswith(("values ", "channel"))]


def one_table_or_many(bench):
    people = {person: rows_of(person) for person in (3, 1, 2)}
    for person, rows in people.items():
        bench.write(f"many/p_{person}.csv", "\n".join([HEAD, *rows]) + "\n")
    table = [f"{row},{person}" for person, rows in people.items() for row in rows]
    bench.write("one/all.csv", "\n".join([HEAD + ",who", *table]) + "\n")
    bench.write("many/d.yaml", dataset("    pattern: \"p_{who}.csv\"\n"))
    bench.write("one/d.yaml", dataset("    pattern: all.csv\n    by: [who]\n"))
    said = {}
    for name in ("many", "one"):
        dry = bench.good("import", f"{name}/d.yaml", "-o", "no", "--dry-run")
        done = bench.good("import", f"{name}/d.yaml", "-o", f"out-{name}")
        count = re.search(r"(\d+) samples, 3 clients, 2 classes", dry.stdout)
        bench.check(count and f"d: {count[1]} samples in 1 shard" in done.stderr, done.stderr)
        bench.check("missing values filled" in dry.stderr and "left out by `purity`" in dry.stderr, dry.stderr)
        said[name] = re.sub(r"^.*?, ", "", dry.stderr.split("\n    ")[0])
        bench.check("resampled" in dry.stdout and "with filled gaps" in dry.stdout, dry.stdout)
    bench.check(said["many"] == said["one"], f"{said}")
    # Windows overlap, but those of dev and of train are never of one stretch: nothing to warn of.
    seen = bench.good("inspect", "out-one/shard-0000.h5")
    dev = re.search(r"(\d+) train, (\d+) dev", seen.stdout)
    bench.check(dev and int(dev[2]) > 5 and "beside a training window" not in seen.stderr, seen.stderr)
    bench.check(stored(bench, "out-many") == stored(bench, "out-one"), "one table gives other windows")
    bench.check(sum(map(len, stored(bench, "out-one"))) > 5000, "hardly any values")


def between(times, values, at):
    """As numpy.interp: straight lines between points."""
    k = min(max(bisect.bisect_right(times, at) - 1, 0), len(times) - 2)
    share = min(max((at - times[k]) / (times[k + 1] - times[k]), 0), 1)
    return values[k] + (values[k + 1] - values[k]) * share


def by_definition(rows, length, step, rate, gap, most):
    """Windows of rows (time, x or None, label) as the page describes them, in the plainest way."""
    stretches, now, lacking = [], [], []
    for before, row in zip([None, *rows], rows):
        if before and row[0] - before[0] > gap:
            stretches.append(now)
            now, lacking = [], []
        if row[1] is None:
            lacking.append(row)
            continue
        if len(lacking) > most:
            stretches.append(now)
            now, lacking = [], []
        now += (lacking if now else []) + [row]
        lacking = []
    windows = []
    for stretch in [*stretches, now]:
        known = [(t, x) for t, x, _ in stretch if x is not None]
        if len(known) < 2:
            continue
        steps = math.floor((stretch[-1][0] - stretch[0][0]) * rate + 1e-3) + 1
        times, xs = zip(*known)
        for first in range(0, steps - length + 1, step):
            at = [stretch[0][0] + k / rate for k in range(first, first + length)]
            last = max(r for r in stretch if r[0] <= at[-1] + 1e-3 / rate)
            windows.append(([between(times, xs, t) for t in at], last[2]))
    return windows


def definition(bench):
    """Values of 2000 rows of uneven times, gaps and missing cells, worked out a second time."""
    rows, time = [], 100.0
    for k in range(2000):
        time += RNG.choice((0.015, 0.02, 0.0225, 0.03)) if RNG.random() < 0.99 else 2
        rows.append((round(time, 4), None if RNG.random() < 0.15 else round(RNG.gauss(0, 5), 3),
                     "ab"[k // 50 % 2]))
    bench.write("def.csv", "t,x,act\n" + "".join(f"{t:.4f},{'NaN' if x is None else x},{a}\n" for t, x, a in rows))
    bench.write("def.yaml", "name: d\nmodalities: {acc: {kind: series, columns: [x]}}\ninputs:\n"
                "  - {reader: recordings, pattern: def.csv, client: me, label: \"{act}\",\n"
                "     windows: {length: 12, step: 7, label: act, rule: end, time: t, gap: 0.5 s, rate: 60,\n"
                "       missing: linear, fill_at_most: 2}}\n")
    bench.good("import", "def.yaml", "-o", "def")
    line = next(x for x in stored(bench, "def") if x.startswith("values "))
    seen = [float(v) for v in line.split()[3:]]
    windows = by_definition(rows, 12, 7, 60, 0.5, 2)
    expected = [v for values, _ in windows for v in values]
    bench.check(len(windows) > 200 and len(seen) == len(expected), f"{len(seen)} values, {len(expected)} expected")
    worst = max((abs(a - b) for a, b in zip(seen, expected)), default=9)
    bench.check(worst < 1e-4, f"values differ by {worst}")
    plan = bench.good("import", "def.yaml", "-o", "x", "--dry-run").stdout
    for name in "ab":
        n = sum(label == name for _, label in windows)
        bench.check(re.search(rf"^  {name} +{n} ", plan, re.M), f"{n} of {name}: {plan}")


def memory(bench):
    """A table of 50 MB, most of it a column that nobody asked for."""
    pad = "p" * 100
    with open(bench.folder / "long.csv", "w", encoding="utf-8") as out:
        out.write("who,pad,x,act\n")
        for first in range(0, MANY, 1000):
            out.write("".join(f"{i // 20000},{pad},{i % 977},{i // 300 % 2}\n" for i in range(first, first + 1000)))
    bench.write("long.yaml", "name: l\nmodalities: {acc: {kind: series, columns: [x]}}\ninputs:\n"
                "  - {reader: recordings, pattern: long.csv, by: [who], client: \"{who}\", label: \"{act}\",\n"
                "     windows: {length: 100, label: act}}\nshards: {megabytes: 1}\n")
    size = (bench.folder / "long.csv").stat().st_size / 2**20
    with subprocess.Popen([FRAY, "import", "long.yaml", "-o", "long"], cwd=bench.folder,
                          stderr=subprocess.PIPE) as process:
        message = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    bench.check(process.returncode == 0, f"{process.returncode} {message[-300:]}")
    most = usage.ru_maxrss / 1024
    kept = b"__asan_init" in pathlib.Path(FRAY).read_bytes()  # sanitizers keep what was freed
    bench.check(kept or (size > 40 and most < 35), f"{most:.0f} MiB for a table of {size:.0f} MiB")


if __name__ == "__main__":
    b = Bench()
    b.parts(one_table_or_many, definition, memory)
    b.end()
