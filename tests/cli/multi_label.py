#!/usr/bin/env python3
"""Studies of multi-label data: learning, scores, damage, ranks, what is refused."""

from bench import Bench, change

CLASSES = 4
STUDY = """\
name: sets
seeds: [1, 2]
data: {shards: data}
model:
  {fusion: concat, hidden: 16, encoders: {series: {kind: conv_gru, filters: [8], kernel: 3}}}
training:
  {rounds: 15, clients_per_round: 0.5, local: {batch: 8, lr: 0.1, epochs: 2},
   selection: {metric: macro_f1}}
corruption:
  - {id: wrong, kind: label_noise, rate: 0}
  - {id: none, kind: missing_label, rate: 0.1}
  - {id: lost, kind: missing_modality, at: train, rate: 0.1}
tests:
  series_lost: {kind: missing_modality, modalities: [series], rate: [0, 0.5, 1]}
evaluate:
  {every: 4, metrics: [macro_f1, accuracy, uar, nll, hamming], groups: [site], save_ledger: true}
sweep: [{grid: {wrong.rate: [0, 0.2, 0.5]}}]
"""
ONE = ("--no-report", "--set", "seeds=[1]", "--set", "training.rounds=2", "--set",
       "sweep=[{grid: {wrong.rate: [0.2]}}]")


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def scores(truth, said):
    """The metrics from sets, as scikit-learn defines them; classes without a value are left out."""
    hit = [sum(t[c] and s[c] for t, s in zip(truth, said)) for c in range(CLASSES)]
    true = [sum(t[c] for t in truth) for c in range(CLASSES)]
    told = [sum(s[c] for s in said) for c in range(CLASSES)]
    return {
        "accuracy": mean(t == s for t, s in zip(truth, said)),
        "macro_f1": mean(2 * h / (t + s) for h, t, s in zip(hit, true, told) if t + s),
        "uar": mean(h / t for h, t in zip(hit, true) if t),
        "hamming": mean(t[c] != s[c] for t, s in zip(truth, said) for c in range(CLASSES)),
    }


def rows_of(values):
    return [values[i:i + CLASSES] for i in range(0, len(values), CLASSES)]


def study(bench):
    bench.synth(task="multi_label", classes=CLASSES, clients=12, test_clients=6, samples=30,
                modalities='["series:24x2", "feature:8"]')
    text = bench.good("inspect", "data").stdout
    bench.check("multi-label, 4 classes" in text and " with none, 0 unlabelled" in text,
                f"inspect: {text}")
    bench.check(f"{CLASSES} classes (multi-label)" in bench.good("check", "s.yaml").stdout, "check")
    bench.good("run", "s.yaml", "-o", "full")
    bench.check((bench.folder / "full" / "report.html").exists(), "no report")
    for row in bench.rows("full", "trials.csv"):
        clean = row["wrong.rate"] == "0"
        bench.check(not clean or float(row["best.macro_f1"]) > 0.7, f"learns nothing: {row}")
        rate, n = float(row["wrong.rate"]), 200 * CLASSES  # no fewer flips than these are possible
        bench.check(abs(float(row["wrong.realised"]) - rate) < 4 * (0.25 / n) ** 0.5 * (rate > 0)
                    + 1e-12, f"realised: {row}")
        bench.check(int(row["samples_dropped"]) > 0, f"nothing unlabelled: {row}")
    constant = {row["metric"]: row["chance"] for row in bench.rows("full", "scores.csv")
                if row["group"] == "all"}
    bench.check(float(constant["macro_f1"]) == 0 and constant["nll"] == "", f"chance: {constant}")
    by_rate = {}
    for row in bench.rows("full", "trials.csv"):
        by_rate.setdefault(row["wrong.rate"], []).append(float(row["best.accuracy"]))
    bench.check(mean(by_rate["0"]) > mean(by_rate["0.5"]) + 0.1, f"noise does no harm: {by_rate}")


def results(bench):
    """Scores follow from results.h5, and the counts of the truth from the ledger."""
    trial = bench.rows("full", "trials.csv")[2]["trial"]
    held = bench.dump("full", trial)
    truth, n = rows_of(held["test/label"][2]), 6 * 30
    bench.check(held["test/label"][0] == f"{n}x{CLASSES}"
                and held["test/predicted"][0] == f"2x4x{n}x{CLASSES}"
                and held["test/confusion"][0] == f"2x4x{CLASSES}x4"
                and held["train/label_confusion"][0] == f"{CLASSES}x4",
                f"shapes: {[(k, v[0]) for k, v in held.items()]}")
    found = {(r["selection"], r["condition"], r["severity"], r["metric"]): float(r["value"])
             for r in bench.rows("full", "scores.csv")
             if r["trial"] == trial and r["group"] == "all"}
    conditions = [("trial", ""), ("series_lost", "0"), ("series_lost", "0.5"), ("series_lost", "1")]
    said = rows_of(held["test/predicted"][2])
    for s, selection in enumerate(("best", "last")):
        for c, condition in enumerate(conditions):
            at = (s * len(conditions) + c) * n
            for metric, value in scores(truth, said[at:at + n]).items():
                bench.check(abs(found[(selection, *condition, metric)] - value) < 1e-12,
                            f"{selection} {condition} {metric}: {value}")
    tables = rows_of(held["train/label_confusion"][2])
    ledger = (bench.folder / "full" / "ledgers" / f"{trial}.csv").read_text(encoding="utf-8")
    for c in range(CLASSES):
        lines = [line for line in ledger.splitlines() if line.endswith(f",class{c}")]
        # A dropped sample stands in the ledger, but not among the usable ones.
        gone = {line.split(",")[0] for line in ledger.splitlines() if ",dropped," in line}
        usable = [line for line in lines if line.split(",")[0] not in gone]
        bench.check([sum(",added," in line for line in usable),
                     sum(",removed," in line for line in usable)] == tables[c][1:3],
                    f"class {c}: {tables[c]}")


def same_bytes(bench):
    for ranks in (3,):
        bench.good("run", "s.yaml", "-o", f"r{ranks}", "--no-report", ranks=ranks)
        bench.same_tables("full", f"r{ranks}", f"{ranks} ranks")
    bench.good("run", "full/scenario.yaml", "-o", "again", "--no-report")
    bench.same_tables("full", "again", "scenario.yaml of the results")
    bench.good("run", "s.yaml", "-o", "named", "--no-report", "--set", "training.local.loss=bce")
    bench.same_tables("full", "named", "the default loss by its name")
    cells = (bench.folder / "full" / "cells.yaml").read_text(encoding="utf-8")
    text = (bench.folder / "full" / "scenario.yaml").read_text(encoding="utf-8")
    bench.check("loss: bce" in cells and "loss:" not in text, "where the default loss stands")
    trial = bench.rows("full", "trials.csv")[2]["trial"]
    bench.write("replay.yaml", change(STUDY.split("corruption:")[0], "seeds: [1, 2]", "seeds: [1]")
                + f"corruption: [{{kind: replay, ledger: full/ledgers/{trial}.csv, at: train}}]\n"
                + STUDY[STUDY.index("tests:"):STUDY.index("sweep:")])
    bench.good("run", "replay.yaml", "-o", "replayed", "--no-report")
    wanted = [r for r in bench.rows("full", "rounds.csv") if r["trial"] == trial]
    found = bench.rows("replayed", "rounds.csv")
    bench.check([{**r, "trial": ""} for r in wanted] == [{**r, "trial": ""} for r in found],
                "a replayed ledger gives other rounds")


def options(bench):
    """Weights of positives, partitions and a diverged trial run."""
    good = {"balanced": "training.local={loss: bce, positive_weights: balanced}",
            "listed": "training.local={loss: bce, positive_weights: [3, 3, 3, 3]}",
            "plain": "training.local={loss: bce, positive_weights: none}",
            "iid": "data.partition={kind: iid, clients: 5}",
            "quantity": "data.partition={kind: quantity, clients: 5, sigma: 1}"}
    for name, words in good.items():
        bench.good("run", "s.yaml", "-o", name, *ONE, "--set", words)
    recall = {name: float(bench.rows(name, "trials.csv")[0]["last.uar"])
              for name in ("plain", "balanced", "listed")}
    bench.check(recall["plain"] < recall["balanced"] and recall["plain"] < recall["listed"],
                f"heavier positives are not found more often: {recall}")
    lines = ["source,client"] + [f"c{k}/{i},p{i % 3}" for k in range(12) for i in range(6, 30)]
    bench.write("parts.csv", "\n".join(lines) + "\n")
    bench.good("run", "s.yaml", "-o", "parts", *ONE, "--set",
               "data.partition={kind: file, path: parts.csv}")
    bench.check(bench.rows("parts", "trials.csv")[0]["clients"] == "3", "partition file")
    bench.good("run", "s.yaml", "-o", "wild", *ONE, "--set",
               "training.local={lr: 10, clip_norm: 0, epochs: 50}", "--set",
               "training.server={algorithm: fedavg}")
    row = bench.rows("wild", "trials.csv")[0]
    scored = [r for r in bench.rows("wild", "scores.csv") if r["metric"] == "accuracy"]
    bench.check(row["status"] == "diverged" and scored and all(
        r["value"] == r["chance"] and r["status"] == "diverged" for r in scored),
        f"a diverged trial is not the constant predictor: {row}")


def refusals(bench):
    words = {
        "a loss of one label": ("training.local.loss=cross_entropy", ["cross_entropy", "bce"]),
        "another loss of one label": ("training.local.loss=gce", ["gce", "multi-label"]),
        "too few weights": ("training.local={loss: bce, positive_weights: [1, 2]}",
                            ["positive_weights", "2 numbers", "4 classes"]),
        "a weight of 0": ("training.local={loss: bce, positive_weights: [1, 0, 1, 1]}",
                          ["positive_weights", "0 is not"]),
        "no such weights": ("training.local={loss: bce, positive_weights: even}",
                            ["positive_weights", "balanced"]),
        "weights without bce": ("training.local={positive_weights: none}",
                                ["positive_weights", "bce"]),
        "a class matrix": ("wrong.model=class_matrix", ["class_matrix", "multi-label"]),
    }
    for what, (word, parts) in words.items():
        bench.refused(what, bench.run("run", "s.yaml", "-o", "out", "--set", word), parts)
    bench.synth("single")
    bench.refused("bce for one label",
                  bench.run("run", "s.yaml", "-o", "out", "--set", "data.shards=single", "--set",
                            "training.local.loss=bce"), ["bce", "single-label", "cross_entropy"])
    bench.refused("both tasks at once, one loss",
                  bench.run("run", "s.yaml", "-o", "out", "--set", "training.local.loss=bce",
                            "--set", "sweep=[{grid: {data.shards: [data, single]}}]"), ["bce"])


def both_tasks(bench):
    """A sweep over a set of each task: each cell takes its own default loss."""
    folders = ", ".join(str(bench.folder / name) for name in ("data", "single"))
    bench.good("run", "s.yaml", "-o", "both", "--set", "training.rounds=2", "--set",
               f"sweep=[{{grid: {{data.shards: [{folders}]}}}}]")
    bench.good("run", "both/scenario.yaml", "-o", "both2", "--no-report")
    bench.same_tables("both", "both2", "scenario.yaml of both tasks")


def main():
    bench = Bench()
    bench.write("s.yaml", STUDY)
    bench.parts(study, results, same_bytes, options, refusals, both_tasks)
    bench.end()


if __name__ == "__main__":
    main()
