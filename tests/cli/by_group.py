#!/usr/bin/env python3
"""Differences by group, between methods and against clients alone: values by hand from scores.csv, their errors by the
formula of two crossed factors from the predictions, Holm by hand; on the page, the terminal, in JSON and between two
folders the same numbers, and by name only what is resolved."""
import csv
import json
import math
import re

from bench import Bench

STUDY = """\
name: by-group
seeds: [1, 2, 3, 4]
data: {shards: data, partition: {kind: natural, own_test: 0.3}}
model: {hidden: 8, head: 6, encoders: {series: {kind: conv_gru, filters: [4], kernel: 3}, feature: {kind: mlp, units: 6}}}
training: {rounds: 25, local: {batch: 8, lr: 0.1, epochs: 3}}
methods:
  cat: {model.fusion: concat}
  slow: {model.fusion: concat, training.local.lr: 0.02}
tests: {series_lost: {kind: missing_modality, modalities: [series], rate: [0, 1]}}
controls: [local_only]
evaluate: {every: 25, metrics: [accuracy], groups: [site], models: none}
sweep: [{grid: {method: [cat, slow]}}]
"""
SITES = ("site0", "site1", "site2")


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def trials_of(bench, name):
    """Seed -> trial, of a method or of the control."""
    return {r["seed"]: r["trial"] for r in bench.rows("out", "trials.csv")
            if (r["control"] == "local_only" if name == "local_only" else r["method"] == name and not r["control"])}


def means(bench, row, name):
    """Mean over seeds of the row's score in scores.csv; of a worst group the worst of the means."""
    trials = set(trials_of(bench, name).values())
    groups = [row["group"]] if row["measure"] != "worst_group_difference" else [f"site={s}" for s in SITES]
    scope = {"test": "unseen_clients", "own_client": "own_client"}[row["scope"]]
    out = []
    for group in groups:
        v = [float(r["value"]) for r in bench.rows("out", "scores.csv")
             if r["trial"] in trials and r["selection"] == "best" and r["condition"] == row["condition"]
             and r["severity"] == row["severity"] and r["group"] == group and r["scope"] == scope
             and r["metric"] == "accuracy"]
        bench.check(len(v) == 4, f"{name} {group}: {len(v)} seeds")
        out.append(sum(v) / len(v))
    return min(out)


def values(bench):
    rows = table(bench.folder / "out/tables/group-differences.csv")
    # Of 2 methods one pair, at the end of the axis and without damage; each against clients alone.
    bench.check(len([r for r in rows if r["scope"] == "test"]) == 2 * 4, f"{len(rows)} rows")
    bench.check(len([r for r in rows if r["scope"] == "own_client"]) == 2 * 2 * 5, f"{len(rows)} rows")
    for row in rows:
        a, b = means(bench, row, row["first"]), means(bench, row, row["second"])
        bench.check(abs(float(row["a"]) - a) < 1e-12 and abs(float(row["b"]) - b) < 1e-12
                    and abs(float(row["value"]) - (a - b)) < 1e-12, f"{row} {a} {b}")
        bench.check(float(row["low"]) <= a - b <= float(row["high"]), f"{row}")
    bench.group_rows = rows


def holm(bench):
    for scope in ("test", "own_client"):
        rows = [r for r in bench.group_rows if r["scope"] == scope and r["p_holm"]]
        rows.sort(key=lambda r: float(r["p"]))
        highest = 0
        bench.check(len(rows) >= 4, f"{scope}: only {len(rows)} rows are tested")
        for rank, row in enumerate(rows):
            highest = max(highest, min(1, (len(rows) - rank) * float(row["p"])))
            bench.check(abs(float(row["p_holm"]) - highest) < 1e-12, f"{row}")
            bench.check((row["resolved"] == "yes") == (highest < 0.05), f"{row}")


def hits(bench, name, row):
    """(seed, client) -> hits, of the clients of the row's group."""
    out = {}
    part = "test" if row["scope"] == "test" else "own"
    condition = row["condition"] + (f"={row['severity']}" if row["severity"] else "")
    for seed, trial in trials_of(bench, name).items():
        if trial not in bench.dumped:
            bench.dumped[trial] = bench.dump("out", trial)
        data = bench.dumped[trial]
        of = lambda key: data[f"{part}/{key}"][2]
        n = len(of("label"))
        first = of("condition").index(condition) * n  # of the selected model
        said = of("predicted")[first:first + n]
        for i in range(n):
            site = of("group_values/site")[of("group/site")[i]]
            if row["group"] in ("all", f"site={site}"):
                key = (seed, of("client")[i])
                out[key] = out.get(key, 0) + (said[i] == of("label")[i])
    return out


def student(t, df):
    """P(|T| <= t), by Simpson's rule."""
    c = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(df * math.pi)
    n, sum_ = 400, 0
    for i in range(n + 1):
        x = t * i / n
        sum_ += (1 if i in (0, n) else 4 if i % 2 else 2) * (1 + x * x / df) ** (-(df + 1) / 2)
    return 2 * c * sum_ * t / n / 3


def errors(bench):
    """Clients have equally many samples, so the difference is a mean over seeds and clients; its error is that of two
    crossed factors (Cameron, Gelbach & Miller). The bootstrap's is that but for its noise."""
    looked = 0
    for row in bench.group_rows:
        if row["measure"] == "worst_group_difference" or row["interval"] != "t" or float(row["value"]) == 0:
            continue
        a, b = hits(bench, row["first"], row), hits(bench, row["second"], row)
        seeds, clients = sorted({k[0] for k in a}), sorted({k[1] for k in a})
        each = int(row["samples"]) / len(clients)
        d = {k: (a[k] - b[k]) / each for k in a}
        s, c = len(seeds), len(clients)
        mean = sum(d.values()) / (s * c)
        by_s = [sum(d[x, y] for y in clients) / c for x in seeds]
        by_c = [sum(d[x, y] for x in seeds) / s for y in clients]
        v_s = sum((x - mean) ** 2 for x in by_s) / (s * (s - 1))
        v_c = sum((y - mean) ** 2 for y in by_c) / (c * (c - 1))
        rest = sum((d[x, y] - by_s[i] - by_c[j] + mean) ** 2 for i, x in enumerate(seeds) for j, y in enumerate(clients))
        v_i = rest / ((s - 1) * (c - 1)) / (s * c)
        bench.check(abs(mean - float(row["value"])) < 1e-9, f"{row}: {mean}")
        error = math.sqrt(max(v_s + v_c - v_i, v_s, v_c, v_i))
        low, high = 0.0, 20.0
        for _ in range(40):  # t(df) at 97.5 %
            t = (low + high) / 2
            low, high = (t, high) if student(t, float(row["df"])) < 0.95 else (low, t)
        half = (float(row["high"]) - float(row["low"])) / 2
        # A draw of all clients holds more or fewer of a group's, which widens it: at most by a third with 6 of 18.
        most = 0.1 if row["group"] == "all" else 0.33
        bench.check(-0.1 * error < half / t - error < most * error + 1e-4, f"{row}: {half / t} {error}")
        looked += 1
    bench.check(looked >= 12, f"only {looked} errors were looked at")


def words(bench):
    """The same count and the same first number everywhere, and no name of what is not resolved."""
    rows = bench.group_rows
    page = (bench.folder / "out/report.html").read_text(encoding="utf-8")
    said = re.search(r'<p class="contrasts">(.*?)</p>', page).group(1)
    shown = " ".join(bench.good("show", "out").stdout.split())
    bench.check(said.replace("&#39;", "'") in shown, f"page '{said}' and terminal '{shown}'")
    for scope, what in (("test", "between methods by group"), ("own_client", "between the federation and each client")):
        tested = [r for r in rows if r["scope"] == scope and r["p_holm"]]
        resolved = [r for r in tested if r["resolved"] == "yes"]
        begin = (f"Of {len(tested)} differences {what}" if resolved else f"None of the {len(tested)} differences {what}")
        bench.check(begin in said, f"'{begin}' is not in '{said}'")
        for row in resolved[:1]:
            largest = max(resolved, key=lambda r: abs(float(r["value"])))
            bench.check(f"{100 * abs(float(largest['value'])):.1f} points ahead of" in said, f"{row} {said}")
    named = said.count(" points ahead of ")
    bench.check(named <= sum(r["resolved"] == "yes" for r in rows), f"{named} named: {said}")
    data = json.loads(bench.good("show", "out", "--json").stdout)["studies"][0]["group_differences"]
    bench.check([(r["first"], r["value"], r["p_holm"]) for r in data]
                == [(r["first"], float(r["value"]), float(r["p_holm"]) if r["p_holm"] else None) for r in rows], "JSON")


def between_folders(bench):
    """B - A of two folders is what one folder says of its two methods."""
    bench.good("compare", "out", "out", "--a", "method=slow", "--b", "method=cat", "-o", "ab")
    of = {(r["condition"], r["severity"], r["group"]): r for r in table(bench.folder / "ab/compare.csv")}
    looked = 0
    for row in bench.group_rows:
        other = of.get((row["condition"], row["severity"], row["group"]))
        if row["scope"] != "test" or not other:
            continue
        sign = 1 if row["first"] == "cat" else -1
        bench.check(abs(float(other["value"]) - sign * float(row["value"])) < 1e-12, f"{row} {other}")
        bench.check(abs(float(other["p"] or 0) - float(row["p"] or 0)) < 1e-9, f"{row} {other}")
        looked += 1
    bench.check(looked == 8, f"{looked} rows are in both")


def of_one_seed(bench):
    """A single training tells nothing: rows without a verdict, and no sentence."""
    bench.good("run", "s.yaml", "-o", "lone", "--set", "seeds=[1]", "--set", "training.rounds=2")
    rows = table(bench.folder / "lone/tables/group-differences.csv")
    bench.check(rows and all(r["p_holm"] == "" and r["resolved"] == "no" for r in rows), f"{rows}")
    page = (bench.folder / "lone/report.html").read_text(encoding="utf-8")
    bench.check('class="contrasts"' not in page, "a sentence from a single seed")


def main():
    bench = Bench()
    bench.dumped = {}
    bench.synth(clients=18, test_clients=18, samples=24, sites=3)
    bench.write("s.yaml", STUDY)
    bench.good("run", "s.yaml", "-o", "out", seconds=120)
    bench.parts(values, holm, errors, words, between_folders, of_one_seed)
    bench.end()


main()
