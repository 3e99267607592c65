#!/usr/bin/env python3
"""Every metric of scores.csv follows from results.h5, with one label and with several; scores do
not depend on ranks; selection by a metric of scores."""

import csv
import math

from bench import TABLES, Bench, change

CLASSES = 4
METRICS = ["accuracy", "top2", "top3", "top5", "macro_f1", "uar", "auc", "nll", "brier", "ece",
           "hamming"]
STUDY = f"""\
name: scores
seeds: [1, 2]
data: {{shards: data}}
model:
  {{fusion: concat, hidden: 8, head: 0,
   encoders: {{series: {{kind: conv_gru, filters: [4], kernel: 3}}, feature: {{kind: mlp, units: 6}}}}}}
training:
  {{rounds: 6, clients_per_round: 0.5, local: {{batch: 6, lr: 0.05}}, selection: {{metric: auc}}}}
corruption:
  - {{id: wrong, kind: label_noise, rate: 0.1}}
  - {{id: lost, kind: missing_modality, at: test, rate: 0.3}}
tests:
  series_lost: {{kind: missing_modality, modalities: [series], rate: [0.5, 1]}}
evaluate: {{every: 1, metrics: [{", ".join(METRICS)}], groups: [site], save_scores: true}}
"""
CONDITIONS = [("trial", ""), ("clean", ""), ("series_lost", "0.5"), ("series_lost", "1")]


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else None


def area(truth, score):
    """Pair by pair; None without positives or negatives."""
    above = [s for s, t in zip(score, truth) if t]
    below = [s for s, t in zip(score, truth) if not t]
    return mean((a > b) + 0.5 * (a == b) for a in above for b in below)


def calibration(answers):
    """answers: (confidence, right)."""
    bins = {}
    for sure, right in answers:
        bins.setdefault(math.ceil(sure * 15), []).append((sure, right))
    return sum(abs(sum(r for _, r in b) - sum(s for s, _ in b)) for b in bins.values()) / len(answers)


def by_class(truth, said):
    """F1, recall of each class that has one; from sets."""
    f1, recall = [], []
    for c in range(CLASSES):
        hit = sum(c in t and c in s for t, s in zip(truth, said))
        true, told = sum(c in t for t in truth), sum(c in s for s in said)
        f1 += [2 * hit / (true + told)] if true + told else []
        recall += [hit / true] if true else []
    return {"macro_f1": mean(f1), "uar": mean(recall)}


def areas(truth, score):
    values = [area([c in t for t in truth], [p[c] for p in score]) for c in range(CLASSES)]
    there = [v for v in values if v is not None]
    return mean(there), "ok" if len(there) == CLASSES else "class absent"


def single(label, said, score):
    """Metrics of samples with one label: name -> value."""
    truth = [{t} for t in label]
    place = [sum(p[c] > p[t] or (p[c] == p[t] and c < t) for c in range(CLASSES))
             for t, p in zip(label, score)]
    best = [max(range(CLASSES), key=lambda c, p=p: (p[c], -c)) for p in score]
    return {
        "accuracy": mean(t == s for t, s in zip(label, said)),
        "hamming": mean(t != s for t, s in zip(label, said)),
        **{f"top{k}": mean(r < k for r in place) for k in (2, 3, 5)},
        **by_class(truth, [{s} for s in said]), "auc": areas(truth, score)[0],
        "nll": mean(-math.log(p[t]) for t, p in zip(label, score)),
        "brier": mean(sum((p[c] - (c == t)) ** 2 for c in range(CLASSES))
                      for t, p in zip(label, score)),
        "ece": calibration([(p[b], b == t) for t, p, b in zip(label, score, best)]),
    }


def sets(label, said, score):
    truth = [{c for c in range(CLASSES) if t[c]} for t in label]
    told = [{c for c in range(CLASSES) if s[c]} for s in said]
    cells = [(t[c], s[c], p[c]) for t, s, p in zip(label, said, score) for c in range(CLASSES)]
    return {
        "accuracy": mean(t == s for t, s in zip(truth, told)),
        "hamming": mean(t != s for t, s, _ in cells),
        "top2": None, "top3": None, "top5": None,
        **by_class(truth, told), "auc": areas(truth, score)[0],
        "nll": mean(-math.log(p if t else 1 - p) for t, _, p in cells),
        "brier": mean((p - t) ** 2 for t, _, p in cells),
        "ece": calibration([(p, t == 1) if p > 0.5 else (1 - p, t == 0) for t, _, p in cells]),
    }


def split(values, size):
    return [values[i:i + size] for i in range(0, len(values), size)]


def views(held):
    """Group -> indices of its samples."""
    names, codes = held["test/group_values/site"][2], held["test/group/site"][2]
    out = {f"site={name}": [i for i, v in enumerate(codes) if v == code]
           for code, name in enumerate(names)}
    return {"all": list(range(len(codes))), **{k: v for k, v in out.items() if v}}


def recomputed(held, multi):
    """(selection, condition, severity, group, metric) -> value, clusters, status of the area."""
    label, said = held["test/label"][2], held["test/predicted"][2]
    n = len(held["test/client"][2])
    score = split(held["test/score"][2], CLASSES)
    if multi:
        label, said = split(label, CLASSES), split(said, CLASSES)
    out = {}
    for s, selection in enumerate(("best", "last")):
        for c, condition in enumerate(CONDITIONS):
            first = (s * len(CONDITIONS) + c) * n
            for group, among in views(held).items():
                arguments = ([label[i] for i in among], [said[first + i] for i in among],
                             [score[first + i] for i in among])
                clusters = len({held["test/client"][2][i] for i in among})
                truth = [{k for k in range(CLASSES) if t[k]} if multi else {t}
                         for t in arguments[0]]
                for metric, value in (sets if multi else single)(*arguments).items():
                    out[(selection, *condition, group, metric)] = (
                        value, clusters, areas(truth, arguments[2])[1])
    return out


def check_rows(bench, folder, trial, multi):
    held = bench.dump(folder, trial)
    n = len(held["test/client"][2])
    bench.check(held["test/score"][:2] == (f"2x{len(CONDITIONS)}x{n}x{CLASSES}", "f4")
                and held["test/client"][1] == held["test/group/site"][1] == "4",
                f"shapes: {[(k, v[:2]) for k, v in held.items()]}")
    names = held["test/clients/name"][2]
    bench.check([names[c] for c in held["test/client"][2]]
                == [source.split("/")[0] for source in held["test/source"][2]], "test/client")
    totals = [sum(p) for p in split(held["test/score"][2], CLASSES)]
    bench.check(multi or all(abs(t - 1) < 1e-6 for t in totals), "probabilities add up to 1")
    expected = recomputed(held, multi)
    rows = [r for r in bench.rows(folder, "scores.csv") if r["trial"] == trial]
    bench.check(len(rows) == len(expected) == 2 * 4 * 3 * len(METRICS), f"{len(rows)} rows")
    for row in rows:
        key = tuple(row[k] for k in ("selection", "condition", "severity", "group", "metric"))
        value, clusters, status = expected[key]
        found = float(row["value"]) if row["value"] else None
        within = 1e-5 if row["metric"] == "nll" else 1e-12  # the loss never was a float
        bench.check(found == value or None not in (found, value) and abs(found - value) < within,
                    f"{folder} {key}: {found}, from results.h5 {value}")
        bench.check(row["clusters"] == str(clusters), f"{key}: clusters {row['clusters']}")
        if row["metric"] == "auc":
            bench.check(row["status"] == status, f"{key}: {row['status']}, not {status}")
        if row["metric"] in ("top2", "top5"):
            bench.check(row["status"] == ("several labels" if multi else
                                          "no more classes than that" if row["metric"] == "top5"
                                          else "ok"), f"{key}: {row['status']}")
    return held, rows


def check_chance(bench, held, rows):
    """No training sample is lost, so what trains has all true labels."""
    seen = [sum(row) for row in split(held["train/label_confusion"][2], CLASSES)]
    ranking = sorted(range(CLASSES), key=lambda c: (-seen[c], c))
    label = held["test/label"][2]
    expected = {"auc": 0.5, "brier": None, "ece": None, "nll": None,
                **{f"top{k}": mean(t in ranking[:k] for t in label) for k in (2, 3, 5)}}
    for row in rows:
        if row["group"] == "all" and row["metric"] in expected:
            found = float(row["chance"]) if row["chance"] else None
            bench.check(found == expected[row["metric"]],
                        f"chance of {row['metric']}: {found}, not {expected[row['metric']]}")


def check_selection(bench, folder):
    """The best round is the first with the largest area on dev."""
    for trial in bench.rows(folder, "trials.csv"):
        area_of = {int(r["round"]): float(r["dev.auc"]) for r in bench.rows(folder, "rounds.csv")
                   if r["trial"] == trial["trial"]}
        best = min(r for r, v in area_of.items() if v == max(area_of.values()))
        bench.check(int(trial["best_round"]) == best
                    and float(trial["dev.auc"]) == area_of[best], f"selection: {trial}")


def without(rows, keys):
    return [{k: v for k, v in row.items() if k not in keys} for row in rows]


def same_bytes(bench, name, folder):
    for ranks in (3,):
        bench.good("run", name, "-o", f"{folder}-{ranks}", "--no-report", ranks=ranks)
        for file in (*TABLES, "results.h5"):
            bench.check((bench.folder / folder / file).read_bytes()
                        == (bench.folder / f"{folder}-{ranks}" / file).read_bytes(),
                        f"{folder}: {ranks} ranks: {file} differs")


def not_kept(bench, name, folder):
    """Scores that a metric needs are not kept unless asked for, and keeping changes no number."""
    bench.good("run", name, "-o", f"{folder}-light", "--no-report", "--set",
               "evaluate.save_scores=false")
    for table in TABLES:
        bench.check(without(bench.rows(folder, table), ["trial"])
                    == without(bench.rows(f"{folder}-light", table), ["trial"]),
                    f"{folder}: save_scores changes {table}")
    trial = bench.rows(f"{folder}-light", "trials.csv")[0]["trial"]
    bench.check("test/score" not in bench.dump(f"{folder}-light", trial), "scores were kept")
    bench.good("run", name, "-o", f"{folder}-plain", "--no-report", "--set",
               "evaluate.metrics=[accuracy]")
    best = [[row["best_round"] for row in bench.rows(f, "trials.csv")]
            for f in (folder, f"{folder}-plain")]
    bench.check(best[0] == best[1], f"{folder}: the selection metric is not reported: {best}")


def diverged(bench):
    bench.good("run", "m.yaml", "-o", "wild", "--no-report", "--set", "seeds=[1]", "--set",
               "training.local={lr: 10, clip_norm: 0, epochs: 50}", "--set",
               "training.server={algorithm: fedavg}")
    trial = bench.rows("wild", "trials.csv")[0]
    values = {r["metric"]: (r["value"], r["status"]) for r in bench.rows("wild", "scores.csv")
              if r["group"] == "all"}
    bench.check(trial["status"] == "diverged" and values["auc"] == ("0.5", "diverged")
                and values["brier"] == values["top2"] == ("", "diverged"), f"{trial} {values}")
    score = bench.dump("wild", trial["trial"])["test/score"][2]
    bench.check(len(score) > 0 and all(math.isnan(v) for v in score), "scores of a diverged trial")


def spread(bench):
    """Areas of single clients, each its mean over the seeds: how they spread, the worst and the best tenth (one of four)."""
    bench.good("run", "s.yaml", "-o", "areas", "--set", "evaluate.metrics=[auc, accuracy]")
    with open(bench.folder / "areas/tables/measures.csv", encoding="utf-8", newline="") as file:
        found = {(r["measure"], r["severity"]): float(r["value"]) for r in csv.DictReader(file)
                 if r["measure"].startswith("client_") and r["group"] == "all"}
    for severity, condition in (("0", 1), ("1", 3)):
        by_client = {}
        for trial in bench.rows("areas", "trials.csv"):
            held = bench.dump("areas", trial["trial"])
            n, label, score = len(held["test/label"][2]), held["test/label"][2], split(held["test/score"][2], CLASSES)
            for client in set(held["test/client"][2]):
                mine = [i for i in range(n) if held["test/client"][2][i] == client]
                by_client.setdefault(held["test/clients/name"][2][client], []).append(
                    areas([{label[i]} for i in mine], [score[condition * n + i] for i in mine])[0])
        values = sorted(mean(v) for v in by_client.values())
        want = {"client_variance": sum((v - mean(values)) ** 2 for v in values) / 3, "client_worst10": values[0],
                "client_best10": values[-1]}
        bench.check(len(values) == 4 and all(abs(found[k, severity] - v) < 1e-6 for k, v in want.items()), f"{found}, {want}")


def unlabelled(bench):
    """A test client without labels is counted nowhere: neither its samples nor itself."""
    shard = bench.synth("few", classes=CLASSES, clients=4, test_clients=4, samples=5)[0]
    for sample in range(35, 40):
        bench.edit("set", shard, "/samples/label", sample, -1)
    bench.write("few.yaml", change(STUDY, "shards: data", "shards: few"))
    bench.good("run", "few.yaml", "-o", "few-r", "--no-report", "--set", "seeds=[1]", "--set", "evaluate.metrics=[accuracy, auc]")
    held = {(r["n"], r["clusters"]) for r in bench.rows("few-r", "scores.csv") if r["group"] == "all"}
    bench.check(held == {("15", "3")}, f"samples and clients with a label: {held}")


def plan(bench):
    text = bench.good("check", "s.yaml").stdout
    bench.check("MiB scores" in " ".join(text.split()) and "MiB of scores" in text, text)
    text = bench.good("check", "s.yaml", "--set", "evaluate={metrics: [accuracy]}", "--set",
                      "training.selection={metric: accuracy}").stdout
    bench.check("MiB of scores" not in text and "MiB scores" not in text, text)


def main():
    bench = Bench()
    keys = {"classes": CLASSES, "clients": 8, "test_clients": 4, "samples": 15}
    bench.synth(**keys)
    bench.synth("sets", task="multi_label", **keys)
    bench.write("s.yaml", STUDY)
    bench.write("m.yaml", change(STUDY, "shards: data", "shards: sets"))
    for name, folder in (("s.yaml", "single"), ("m.yaml", "multi")):
        bench.good("run", name, "-o", folder)
        for trial in bench.rows(folder, "trials.csv"):
            held, rows = check_rows(bench, folder, trial["trial"], folder == "multi")
            if folder == "single":
                check_chance(bench, held, rows)
        check_selection(bench, folder)
        same_bytes(bench, name, folder)
        not_kept(bench, name, folder)
    bench.parts(diverged, spread, unlabelled, plan)
    bench.end()


if __name__ == "__main__":
    main()
