#!/usr/bin/env python3
"""Calibration: strengths against closed forms, the same bytes on any ranks, tables that scenarios read, models
that are used again, and refusals before anything is trained or written."""
import json
import math
import random

from bench import Bench, vector

MU, S = 1.0, 0.5  # class means -MU and MU, deviation S
SCENARIO = """\
name: law
seeds: {trial: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], partition: fixed, corruption: per_trial}
data: {shards: shards}
model: {fusion: concat, hidden: 1, head: 0, dropout: 0, encoders: {a: {kind: identity}, b: {kind: identity}}}
training:
  rounds: 12
  clients_per_round: 10
  local: {epochs: 1, batch: 10, lr: 0.5, momentum: 0, weight_decay: 0, clip_norm: 0}
methods:
  plain: {training.local.epochs: 1}
  other: {training.local.epochs: 2}
corruption:
  - {id: lost, kind: missing_modality, at: train, rate: 0.5}
tests:
  gone: {kind: missing_modality, rate: 0.5}
evaluate: {every: 4, metrics: [accuracy, nll]}
sweep: [{grid: {lost.rate: [0, 0.5]}}]
reference: {lost.rate: 0}
"""
USED = """\
tests:
  noise: {kind: feature_noise, modalities: [a], severity: [1, 2, 3, 4, 5], severity_table: law.csv}
"""
LOSSES = (10, 20, 30, 40, 50)


def make_world(bench):
    """Two classes in one dimension, and a modality that says nothing."""
    rng = random.Random(7)
    rows = ["id,client,label,split,a,b\n"]
    for split, clients, each in (("train", 10, 40), ("dev", 40, 40), ("test", 20, 60)):
        for c in range(clients):
            for k in range(each):
                name, label = f"{split}{c}-{k}", k % 2
                bench.write(f"v/{name}.npy", vector([rng.gauss((2 * label - 1) * MU, S)]))
                bench.write(f"v/{name}b.npy", vector([rng.gauss(0, 0.1)]))
                rows.append(f"{name},{split}{c},{'uv'[label]},{split},v/{name}.npy,v/{name}b.npy\n")
    bench.write("world.csv", "".join(rows))
    bench.write("world.yaml", "name: world\nclasses: [u, v]\nmodalities: {a: {kind: feature}, b: {kind: feature}}\n"
                              "inputs: [{reader: manifest, file: world.csv}]\n")
    bench.good("import", "world.yaml", "-o", "shards")
    bench.write("s.yaml", SCENARIO)


def analytic(loss):
    """Accuracy under noise s is Phi(MU / sqrt(S^2 + s^2)), by chance a half; the strength by halving."""
    def accuracy(noise):
        return 0.5 * (1 + math.erf(MU / math.sqrt(2 * (S * S + noise * noise))))
    wanted = 0.5 + (1 - loss / 100) * (accuracy(0) - 0.5)
    low, high = 0.0, 1000.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if accuracy(middle) > wanted else (low, middle)
    return low


def closed_forms(bench):
    """Noise by the normal law; a lost modality loses as much as is lost of it."""
    words = ("calibrate", "s.yaml", "--kinds", "feature_noise,missing_modality,feature_dropout")
    result = bench.good(*words, "-o", "law.csv")
    print(result.stdout)
    bench.check(all(len(line) <= 80 for line in result.stdout.splitlines()), "lines of more than 80 columns")
    rows = {(r["kind"], r["modality"], float(r["loss"])): r for r in bench.rows(".", "law.csv")}
    bench.check(len(rows) == 30, f"{len(rows)} rows")
    for loss in LOSSES:
        for kind, truth in (("feature_noise", analytic(loss)), ("missing_modality", loss / 100)):
            row = rows[kind, "a", loss]
            value, low, high = (float(row[k] or "nan") for k in ("value", "low", "high"))
            print(f"{kind} {loss} %: {value} in [{low}, {high}], by the law {truth:.4f}")
            bench.check(low < truth < high, f"{kind} at {loss} %: {truth} is outside of [{low}, {high}]")
            bench.check(abs(value / truth - 1) < 0.12, f"{kind} at {loss} %: {value}, by the law {truth}")
            bench.check(abs(float(row["realised"]) - loss) < 2, f"{kind}: {row['realised']} lost for {loss}")
            bench.check(float(row["severity"]) == LOSSES.index(loss) + 1, f"severity {row['severity']}")
    never = [r for r in rows.values() if r["modality"] == "b" and r["kind"] != "feature_noise"]
    bench.check(len(never) == 10 and all(not r["value"] and "never" in r["note"] for r in never),
                f"a modality that says nothing: {never[:2]}")


def ranks(bench):
    """Models are kept, so the same call trains nothing; the table and the document are the same bytes."""
    documents, tables = [], []
    words = ("--kinds", "feature_noise", "--losses", "20,50")
    for n in (0, 3):
        result = bench.good("calibrate", "s.yaml", "-o", f"r{n}.csv", "--json", "-q", "--models", f"m{n}", "--seeds", 3,
                            "--method", "other", *words, ranks=n, seconds=120)
        tables.append((bench.folder / f"r{n}.csv").read_bytes())
        documents.append({**json.loads(result.stdout), "models": ""})
    bench.check(tables[0] == tables[1], "ranks: other tables")
    bench.check(documents[0] == documents[1], "ranks: other documents")
    d = documents[0]
    bench.check(d["seeds"] == 3 and d["clients"] == 40 and d["samples"] == 1600 and d["method"] == "other",
                f"what was asked: {[d[k] for k in ('seeds', 'clients', 'samples', 'method')]}")
    bench.check(abs(d["clean"]["value"] - 0.977) < 0.015 and d["clean"]["chance"] == 0.5, f"clean: {d['clean']}")
    curve = d["kinds"][0]
    tried = [p["strength"] for p in curve["tried"]]
    bench.check(curve["kind"] == "feature_noise" and tried == sorted(tried) and len(tried) >= 8, f"tried: {tried}")
    before = {p.name: p.stat().st_mtime_ns for p in (bench.folder / "m0" / "models").iterdir()}
    bench.good("calibrate", "m0", "-o", "again.csv", *words)
    bench.good("calibrate", "s.yaml", "-o", "twice.csv", "--models", "m0", "--seeds", 3, "--method", "other", *words)
    for name in ("again", "twice"):
        bench.check((bench.folder / f"{name}.csv").read_bytes() == tables[0], f"{name}: another table")
    after = {p.name: p.stat().st_mtime_ns for p in (bench.folder / "m0" / "models").iterdir()}
    bench.check(before == after and len(before) >= 3, "models were written again")


def used(bench):
    """A scenario that names the table loses on test what was meant, as far as new clients go: the law alone has
    the same losses for both splits."""
    text = SCENARIO[:SCENARIO.index("corruption:\n")] + USED + "evaluate: {metrics: [accuracy]}\n"
    bench.write("used.yaml", text.replace("  other: {training.local.epochs: 2}\n", ""))
    bench.good("run", "used.yaml", "-o", "used", "--no-report")
    scores = [r for r in bench.rows("used", "scores.csv") if r["metric"] == "accuracy" and r["selection"] == "best"
              and r["group"] == "all"]

    def mean(condition, severity):
        values = [float(r["value"]) for r in scores if (r["condition"], r["severity"]) == (condition, severity)]
        bench.check(len(values) == 10, f"{condition} {severity}: {len(values)} scores")
        return sum(values) / max(len(values), 1)
    clean = mean("trial", "")
    for k, loss in enumerate(LOSSES):
        lost = 100 * (1 - (mean("noise", str(k + 1)) - 0.5) / (clean - 0.5))
        print(f"severity {k + 1}: {lost:.1f} % lost on test")
        bench.check(abs(lost - loss) < 5, f"severity {k + 1}: {lost:.1f} % is lost on test, not {loss}")


def orders(bench):
    """Published severities that go up and down have no strengths between them; without names all kinds are
    tried that fit."""
    bench.synth("pictures", clients=30, test_clients=2, samples=20, classes=2, dev_fraction=0.5, separation=3,
                modalities='["image:8x8x3"]')
    bench.write("p.yaml", "name: p\nseeds: [1, 2, 3]\ndata: {shards: pictures}\nmodel: {hidden: 8, encoders: {image: "
                          "{kind: mlp, units: 6}}}\ntraining: {rounds: 10, clients_per_round: 5, local: {lr: 0.1}}\n")
    result = bench.good("calibrate", "p.yaml", "-o", "p.csv", "--losses", "25", seconds=200)
    rows = bench.rows(".", "p.csv")
    by = {r["kind"]: r for r in rows}
    bench.check(len(rows) == len(by) > 20 and all(r["medium"] == "image" for r in rows), f"{len(rows)} rows")
    bench.check(not by["saturate"]["value"] and "up and down" in by["saturate"]["note"], f"saturate: {by['saturate']}")
    bench.check(all(r["value"] or r["note"] for r in rows), "a level without a strength says nothing")
    bench.check(all(abs(float(r["realised"]) - 25) < 2 or r["note"] for r in rows if r["value"]), "losses are off")
    bench.check("saturate of image" in result.stdout, "the summary lacks a kind that cannot be told")
    bench.write("q.yaml", (bench.folder / "p.yaml").read_text() +
                "tests: {all: {kind: gaussian_noise, severity: 1, severity_table: p.csv}}\n")
    bench.good("check", "q.yaml")


def refusals(bench):
    bench.write("there.csv", "")
    bench.synth("nodev", clients=4, test_clients=2, samples=6, classes=2, dev_fraction=0, modalities='["feature:3"]')
    bench.write("nodev.yaml", "name: n\nseeds: [1]\ndata: {shards: nodev}\ntraining: {rounds: 1, clients_per_round: 2}\n")
    bench.write("dirty.yaml", SCENARIO.replace("[0, 0.5]", "[0.1, 0.5]").replace("lost.rate: 0}", "lost.rate: 0.1}")
                .replace("rounds: 12", "rounds: 1").replace("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", "[1]"))
    bench.good("run", "dirty.yaml", "-o", "dirty", "--no-report")
    common = ("-o", "out", "--models", "mx")
    for what, words, parts in (
            ("an unknown kind", ("s.yaml", "--kinds", "feature_nose"), ["'feature_nose'", "'feature_noise'"]),
            ("a kind twice", ("s.yaml", "--kinds", "noise,noise"), ["noise is there twice"]),
            ("no kind", ("s.yaml", "--kinds", "noise,"), ["--kinds"]),
            ("a kind of labels", ("s.yaml", "--kinds", "missing_label"), ["missing_label has no strength"]),
            ("a record", ("s.yaml", "--kinds", "replay"), ["replay has no strength"]),
            ("a kind with files", ("s.yaml", "--kinds", "background"), ["background needs 'from'"]),
            ("losses that fall", ("s.yaml", "--losses", "20,10"), ["10 does not lie above 20"]),
            ("a loss of nothing", ("s.yaml", "--losses", "0,10"), ["--losses 0,10"]),
            ("a loss of all", ("s.yaml", "--losses", "100"), ["percents of 1 to 99"]),
            ("no number", ("s.yaml", "--losses", "10,many"), ["--losses 10,many"]),
            ("six losses", ("s.yaml", "--losses", "1,2,3,4,5,6"), ["more than 5"]),
            ("no scenario", ("nowhere.yaml",), ["nowhere.yaml"]),
            ("no method", ("s.yaml", "--method", "plan"), ["--method plan", "did you mean 'plain'"]),
            ("no metric", ("s.yaml", "--metric", "acuracy"), ["acuracy", "accuracy"])):
        for n in (0, 2) if what in ("an unknown kind", "no scenario", "no metric") else (0,):
            bench.refused(f"{what}, {n} ranks", bench.run("calibrate", *words, *common, ranks=n), parts, ("out", "mx"))
    for what, words, parts in (
            ("a file that is there", ("s.yaml", "-o", "there.csv"), ["there.csv", "--overwrite"]),
            ("no folder", ("s.yaml", "-o", "nowhere/t.csv"), ["there is no folder nowhere"]),
            ("a folder", ("s.yaml", "-o", "shards"), ["shards"]),
            ("no file", ("s.yaml",), ["-o FILE"]),
            ("seeds of a folder", ("m0", "-o", "out", "--seeds", "3"), ["--seeds goes with a scenario"]),
            ("no results", ("shards", "-o", "out"), ["shards"]),
            ("damaged models", ("dirty", "-o", "out"), ["trained without damage", "controls: [clean]"])):
        bench.refused(what, bench.run("calibrate", *words), parts, absent=("out",))
    for what, words, parts in (
            ("probabilities", ("m0", "-o", "out", "--metric", "nll"), ["--metric nll"]),
            ("kinds of others", ("m0", "-o", "out", "--kinds", "noise"), ["no modality that noise damages"]),
            ("no dev", ("nodev.yaml", "-o", "out", "--models", "mn"), ["no dev samples"])):
        bench.refused(what, bench.run("calibrate", *words), parts, absent=("out",))
    bench.write("weak.yaml", SCENARIO.replace("lr: 0.5", "lr: 1e-8"))
    result = bench.run("calibrate", "weak.yaml", "-o", "out", "--models", "mw")
    bench.check(result.returncode == 2 and "not resolved from chance" in result.stderr
                and not (bench.folder / "out").exists(), f"models at chance: {result.stderr[-300:]}")


def main():
    bench = Bench()
    make_world(bench)
    bench.parts(closed_forms, ranks, used, orders, refusals)
    bench.end()


main()
