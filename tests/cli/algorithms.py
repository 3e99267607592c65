#!/usr/bin/env python3
"""Every algorithm of the registry, end to end: measured by `fray check`, and run on several ranks with
the same tables, on a simulated clock, which some of them need. Nobody lists them here but for keys that have
no default."""
import csv
import json

from bench import SYNTH, Bench

SCENARIO = """\
name: algorithms
data: {shards: data, partition: {own_test: 0.2}}
model: {hidden: 6, head: 4, encoders: {series: {kind: conv_gru, filters: [3], kernel: 3}, feature: {kind: mlp, units: 4}}}
training:
  rounds: 3
  clients_per_round: 1.0
  availability: {time: {kind: devices, classes: {fast: {seconds_per_sample: 0.1}, slow: {seconds_per_sample: 1}}}}
  local: {batch: 5, lr: 0.05, momentum: 0, weight_decay: 0, clip_norm: 0}
evaluate: {metrics: [accuracy], models: none}
sweep:
  - grid: {training.server: [%s]}
"""
KEYS = {"groupdro": ", group: site"}
MORE = ["{algorithm: feddyn, compat: authors}", "{algorithm: moon, keep: disk}"]


def methods(bench):
    listed = json.loads(bench.good("list", "servers", "--json").stdout)["kinds"][0]["methods"]
    return [f"{{algorithm: {m['name']}{KEYS.get(m['name'], '')}}}" for m in listed] + MORE


def measured(bench):
    said = bench.good("check", "s.yaml", "--measure", seconds=200).stdout
    bench.check("memory" in said and "warning" not in said, said)


def ranks(bench):
    bench.good("run", "s.yaml", "-o", "r1", "--no-report", seconds=200)
    with open(bench.folder / "r1" / "trials.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    bad = {row["training.server"]: row["status"] for row in rows if row["status"] != "ok"}
    bench.check(not bad and len({row["training.server"] for row in rows}) == bench.count, f"{len(rows)} rows, {bad}")
    for n in (3,):
        bench.good("run", "s.yaml", "-o", f"r{n}", "--no-report", ranks=n, seconds=200)
        bench.same_tables("r1", f"r{n}", f"{n} ranks")


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    all_of_them = methods(bench)
    bench.count = len(all_of_them)
    bench.write("s.yaml", SCENARIO % ", ".join(all_of_them))
    bench.parts(measured, ranks)
    bench.end()


main()
