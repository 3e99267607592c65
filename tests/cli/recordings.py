#!/usr/bin/env python3
"""Continuous recordings, end to end: one table for all people and a file for each give the same samples;
memory does not grow with the length of a table; the plan of a dry run is that of the import."""
import os
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
    bench.check(stored(bench, "out-many") == stored(bench, "out-one"), "one table gives other windows")
    bench.check(sum(map(len, stored(bench, "out-one"))) > 5000, "hardly any values")


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
    kept = "ASAN_OPTIONS" in os.environ  # sanitizers keep what was freed
    bench.check(kept or (size > 40 and most < 35), f"{most:.0f} MiB for a table of {size:.0f} MiB")


if __name__ == "__main__":
    b = Bench()
    b.parts(one_table_or_many, memory)
    b.end()
