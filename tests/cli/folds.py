#!/usr/bin/env python3
"""The folds of one plan are one study: each score is that of the union of their test samples, as it
follows from scores.csv and results.h5; a study of constant models gives the same numbers as one that
tests all clients at once; what is missing is said."""
import csv
import json
import random
import shutil

import scores
import sequences
from bench import Bench, change, vector

FOLDS = 5
CLIENTS = 14  # of the studies below, each of them a fold


def changed(text, *pairs):
    for old, new in zip(pairs[::2], pairs[1::2]):
        text = change(text, old, new)
    return text


STUDY = changed(scores.STUDY, "name: scores", "name: folds", "data: {shards: data}",
               f"data: {{shards: data, partition: {{kind: folds, k: {FOLDS}, fold: 0}}}}") + f"""\
methods:
  slow: {{training.local.lr: 0.01}}
  fast: {{training.local.lr: 0.05}}
sweep: [{{grid: {{method: [slow, fast], data.partition.fold: {list(range(FOLDS))}}}}}]
reference: {{method: slow, data.partition.fold: 0}}
"""


def union(bench, folder, trials):
    """What all folds of a method and seed answered, as one training's answers would be held."""
    parts = [bench.dump(folder, t["trial"]) for t in trials]
    classes, conditions = scores.CLASSES, len(scores.CONDITIONS)
    out = {"test/group_values/site": parts[0]["test/group_values/site"]}
    names = sorted({name for p in parts for name in p["test/clients/name"][2]})
    out["test/label"] = (0, 0, [v for p in parts for v in p["test/label"][2]])
    out["test/group/site"] = (0, 0, [v for p in parts for v in p["test/group/site"][2]])
    out["test/client"] = (0, 0, [names.index(p["test/clients/name"][2][c])
                                 for p in parts for c in p["test/client"][2]])
    for key, width in (("test/predicted", 1), ("test/score", classes)):
        rows = [scores.split(p[key][2], len(p["test/label"][2]) * width) for p in parts]
        out[key] = (0, 0, [v for r in range(2 * conditions) for part in rows for v in part[r]])
    return out


def measures(bench, folder):
    with open(bench.folder / folder / "tables/measures.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def measured(bench, folder):
    """Rows of scores; at strength 0 that of undamaged data stands again, which is left out."""
    return [r for r in measures(bench, folder) if r["measure"] == "score" and r["severity"] != "0"]


def pooled(bench):
    bench.synth(clients=7, test_clients=3, samples=12, classes=scores.CLASSES)
    bench.write("s.yaml", STUDY)
    bench.good("run", "s.yaml", "-o", "r", "-q")
    trials = bench.rows("r", "trials.csv")
    bench.check(len(trials) == 2 * 2 * FOLDS, f"{len(trials)} rows of trials.csv")
    expected = {}
    for method in ("slow", "fast"):
        seeds = [scores.recomputed(union(bench, "r", [t for t in trials if t["method"] == method and
                                                      t["seed"] == str(seed)]), False)
                 for seed in (1, 2)]
        for key, (_, clusters, _) in seeds[0].items():
            values = [s[key][0] for s in seeds]
            expected[(method, *key)] = (None if None in values else scores.mean(values), clusters)
    rows = [r for r in measured(bench, "r") if r["control"] == ""]
    bench.check("data.partition.fold" not in rows[0], "the fold is an axis of the measures")
    bench.check(len({r["metric"] for r in rows}) == len(scores.METRICS), f"{len(rows)} rows")
    for row in rows:
        key = tuple(row[k] for k in ("method", "selection", "condition", "severity", "group", "metric"))
        value, clusters = expected[key]
        found = float(row["value"]) if row["value"] else None
        bench.check(found == value or None not in (found, value) and abs(found - value) < 1e-5,
                    f"{key}: {found}, of all folds {value}")
        bench.check(row["clusters"] == str(clusters), f"{key}: {row['clusters']} clients, not {clusters}")
    bench.check({r["clusters"] for r in rows if r["group"] == "all"} == {"10"}, "all ten are tested")
    # Of accuracy the table of scores alone tells it: samples that were right, of samples.
    table = [r for r in bench.rows("r", "scores.csv") if r["metric"] == "accuracy" and r["group"] == "all"]
    for row in rows:
        if row["metric"] != "accuracy" or row["group"] != "all":
            continue
        seeds = []
        for seed in ("1", "2"):
            mine = {t["trial"] for t in trials if t["method"] == row["method"] and t["seed"] == seed}
            part = [(float(r["value"]), int(r["n"])) for r in table if r["trial"] in mine and
                    all(r[k] == row[k] for k in ("selection", "condition", "severity"))]
            bench.check(len(part) == FOLDS and sum(n for _, n in part) == 120, f"{part}")
            seeds.append(sum(v * n for v, n in part) / sum(n for _, n in part))
        bench.check(abs(float(row["value"]) - scores.mean(seeds)) < 1e-12, f"{row}: {seeds}")


def pages(bench):
    """The fold is no axis, no column and no colour; how many there are is said."""
    html = (bench.folder / "r/report.html").read_text(encoding="utf-8")
    bench.check("5 folds" in html and "20 trainings" in html, "the page does not say the folds")
    bench.check("<th scope=\"col\" class=\"words\">data.partition.fold" not in html, "a column of folds")
    drawn = [p.name for p in (bench.folder / "r/figures").glob("*") if "fold" in p.name]
    bench.check(not drawn, f"figures of folds: {drawn}")
    bench.check("No test samples are shown" not in html and "Largest change" in html, "single samples")
    where = html.index("The reference is the cell with")
    bench.check("slow" in html[where:where + 200] and "fold" not in html[where:where + 100], html[where:where + 200])
    bench.refused("one fold", bench.run("compare", "r", "r", "--a", "data.partition.fold=0", "--b", "method=fast"),
                  ["data.partition.fold=0", "its folds are compared together, as one study"])
    text = bench.good("show", "r").stdout
    bench.check("2 seeds and 5 folds, 120 test samples of 10 clients" in " ".join(text.split()), text)
    study = json.loads(bench.good("show", "r", "--json").stdout)["studies"][0]
    bench.check(study["pooled_folds"] == 5 and study["trials"] == 20 and study["test_clients"] == 10, f"{study['trials']}")
    bench.check(all("data.partition.fold" not in m.get("keys", {}) for m in study["models"]), f"{study['models']}")
    text = bench.good("compare", "r", "r", "--a", "method=slow", "--b", "method=fast", "-o", "c").stdout
    with open(bench.folder / "c/compare.csv", encoding="utf-8", newline="") as file:
        lines = [row for row in csv.DictReader(file) if row["group"] == "all"]
    bench.check(lines and {row["clusters"] for row in lines} == {"10"}, text)


# ---- constant models ----

LAW = """\
name: law
seeds: [1, 2, 3]
data: {shards: %s}
model: {fusion: concat, hidden: 2, head: 0, encoders: {a: {kind: identity}, b: {kind: identity}}}
training: {rounds: 1, clients_per_round: 1.0, local: {epochs: 1, batch: 4, lr: 1e-8}}
tests:
  b_lost: {kind: missing_modality, modalities: [b], rate: [0, 0.5, 1]}
evaluate: {every: 1, metrics: [accuracy, macro_f1], groups: [place]}
"""


def manifest(bench, name, rows, task=""):
    head = ("id", "client", "label", "split", "place", "a", "b")
    for i, *_, x, y, z, q in rows:
        bench.write(f"{name}/a{i}.npy", vector([x, y]))
        bench.write(f"{name}/b{i}.npy", vector([z, q]))
    table = [(*row[:5], f"{name}/a{row[0]}.npy", f"{name}/b{row[0]}.npy") for row in rows]
    bench.write(f"{name}.csv", "".join(",".join(row) + "\n" for row in [head, *table]))
    bench.write(f"{name}.yaml", f"""\
name: {name}
{task}classes: [u, v, w]
groups: [place]
modalities: {{a: {{kind: feature}}, b: {{kind: feature}}}}
inputs: [{{reader: manifest, file: {name}.csv}}]
""")
    bench.good("import", f"{name}.yaml", "-o", f"{name}.shards")


def people(split, hot=""):
    """Fourteen clients of uneven size; the values of `hot` are too large to train on."""
    rng = random.Random(3)
    return [(f"p{c}-{k}", f"p{c}", rng.choice("uvvw"), split, "home" if c % 2 else "street",
             *(rng.gauss(0, 1) * (1e38 if f"p{c}" == hot else 1) for _ in "xyzq"))
            for c in range(CLIENTS) for k in range(9 + c)]


def law(bench):
    """Models that do not learn are the same in every fold, so nothing but the folds differs."""
    extra = [(f"e{k}", "extra", "uvw"[k % 3], "dev" if k < 3 else "train", "home", 0, 0, 0, 0) for k in range(12)]
    manifest(bench, "apart", people("train"))
    manifest(bench, "whole", people("test") + extra)
    bench.write("apart.run.yaml", changed(LAW % "apart.shards", "{shards: apart.shards}",
                                         "{shards: apart.shards, partition: {kind: folds, dev: next, fold: 0}}") +
                f"sweep: [{{grid: {{data.partition.fold: {list(range(CLIENTS))}}}}}]\n")
    bench.write("whole.run.yaml", LAW % "whole.shards")
    for name in ("apart", "whole"):
        bench.good("run", f"{name}.run.yaml", "-o", f"{name}.r", "-q")
    keys = ("measure", "condition", "severity", "selection", "group", "metric", "scope", "value", "low", "high", "interval",
            "df", "seeds", "clusters", "status")
    apart, whole = ([tuple(r[k] for k in keys) for r in measures(bench, f"{name}.r")] for name in ("apart", "whole"))
    bench.check(len(whole) > 20 and len(apart) == len(whole), f"{len(apart)} rows, {len(whole)} rows")
    for a, b in zip(apart, whole):
        bench.check(a == b or a[:7] == b[:7] and a[10] == b[10] and a[12:] == b[12:] and
                    all(abs(float(x) - float(y)) < 1e-9 for x, y in zip(a[7:10], b[7:10]) if x or y),
                    f"pooled {a}, at once {b}")
    bench.check({r[13] for r in apart if r[0] == "score" and r[4] == "all"} == {str(CLIENTS)}, "all clients")
    bench.check({r[13] for r in apart if r[0] == "score" and r[4] == "place=home"} == {"7"}, "a group is measured")


def diverged(bench):
    """Folds whose training diverged, all but those where p4 is tested or is dev, count as their constant predictor; the others with their models."""
    manifest(bench, "hot", people("train", hot="p4"))
    bench.write("hot.run.yaml", changed(LAW % "hot.shards", "{shards: hot.shards}",
                                       "{shards: hot.shards, partition: {kind: folds, dev: next, fold: 0}}",
                                       "lr: 1e-8", "lr: 0.1, clip_norm: 0", "seeds: [1, 2, 3]", "seeds: [1]") +
                f"sweep: [{{grid: {{data.partition.fold: {list(range(CLIENTS))}}}}}]\n")
    bench.good("run", "hot.run.yaml", "-o", "hot.r", "-q")
    trials = bench.rows("hot.r", "trials.csv")
    bad = [t["status"] == "diverged" for t in trials]
    bench.check(bad == [c not in (3, 4) for c in range(CLIENTS)], f"which diverged: {bad}")
    rows = people("train")
    truth, said = [], []
    for fold, trial in enumerate(trials):
        held = bench.dump("hot.r", trial["trial"])
        label = held["test/label"][2]
        others = [r[2] for r in rows if r[1] not in (f"p{fold}", f"p{(fold + 1) % CLIENTS}")]
        constant = max("uvw", key=lambda c: (others.count(c), -ord(c)))
        truth += label
        said += ["uvw".index(constant)] * len(label) if bad[fold] else \
            [p if p >= 0 else (t + 1) % 3 for p, t in zip(held["test/predicted"][2][:len(label)], label)]
    expected = {"accuracy": scores.mean(t == s for t, s in zip(truth, said)),
                "macro_f1": scores.by_class([{t} for t in truth], [{s} for s in said])["macro_f1"]}
    for row in measured(bench, "hot.r"):
        if row["condition"] == "clean" or row["condition"] == "trial":
            if row["group"] == "all" and row["selection"] == "best":
                bench.check(abs(float(row["value"]) - expected[row["metric"]]) < 1e-12 and row["diverged"] == "12",
                            f"{row}: {expected}")
    text = " ".join(bench.good("show", "hot.r").stdout.split())
    bench.check("12 of 14 trainings diverged" in text, text)


def lacking(bench):
    """Cells that lack a fold are in no number, and folds that nobody ran are told of."""
    bench.write("few.yaml", changed(STUDY, "k: 5", "k: 8", "seeds: [1, 2]", "seeds: [1]",
                                   "sweep: [{grid: {method: [slow, fast], data.partition.fold: [0, 1, 2, 3, 4]}}]",
                                   "sweep: [{zip: {method: [slow, slow, slow, fast, fast], "
                                   "data.partition.fold: [0, 1, 2, 0, 2]}}]"))
    bench.good("run", "few.yaml", "-o", "few", "-q")
    text = " ".join(bench.good("show", "few").stdout.split())
    bench.check("only 3 of 8 folds were run" in text and "1 of 2 trainings lack a fold" in text, text)
    rows = measured(bench, "few")
    bench.check({r["method"] for r in rows} == {"slow"}, f"{ {r['method'] for r in rows} }")
    html = (bench.folder / "few/report.html").read_text(encoding="utf-8")
    bench.check("3 of 8 folds were run; 1 of 2 trainings lack a fold" in html, "no remark")
    bench.write("some.yaml", changed(STUDY, "k: 5, ", "", "seeds: [1, 2]", "seeds: [1]", "[0, 1, 2, 3, 4]", "[0, 1, 2]"))
    bench.good("run", "some.yaml", "-o", "some", "-q")
    text = " ".join(bench.good("show", "some").stdout.split())
    bench.check("3 folds" in text and "not all folds were run: clients who train are tested by none" in text, text)
    for name in ("r", "apart.r"):
        text = bench.good("show", name).stdout
        bench.check("not all folds" not in " ".join(text.split()), f"{name}: {text}")
    bench.write("one.yaml", changed(STUDY, "seeds: [1, 2]", "seeds: [1]",
                                   "sweep: [{grid: {method: [slow, fast], data.partition.fold: [0, 1, 2, 3, 4]}}]",
                                   "sweep: [{zip: {method: [slow, slow, fast], data.partition.fold: [0, 1, 2]}}]"))
    bench.good("run", "one.yaml", "-o", "one", "-q")
    text = " ".join(bench.good("show", "one").stdout.split())
    bench.check("folds are not pooled (no model has all of its folds yet)" in text, text)
    bench.check({r["data.partition.fold"] for r in measured(bench, "one")} == {"0", "1", "2"}, "not apart")


def unkept(bench):
    """Without predictions nothing can be put together but means: folds stand apart, and that is said."""
    shutil.copytree(bench.folder / "r", bench.folder / "bare")
    (bench.folder / "bare/results.h5").unlink()
    text = " ".join(bench.good("show", "bare").stdout.split())
    bench.check("folds are not pooled (there is no results.h5): a fold is no setting" in text, text)
    bench.good("report", "bare")
    html = (bench.folder / "bare/report.html").read_text(encoding="utf-8")
    bench.check("folds are not pooled: there is no results.h5" in html, "no remark")


def several_labels(bench):
    """Sets of classes: of folds that diverged the set of what most of the others have, of the rest what they said."""
    rng = random.Random(5)
    rows = [(f"p{c}-{k}", f"p{c}", rng.choice(["u", "u;v", "u;w", "u;v;w", "v", "w"]), "train", "home" if c % 2 else "street",
             *(rng.gauss(0, 1) * (1e38 if c == 4 else 1) for _ in "xyzq")) for c in range(6) for k in range(10 + c)]
    manifest(bench, "sets", rows, "task: multi_label\n")
    bench.write("sets.run.yaml", changed(LAW % "sets.shards", "{shards: sets.shards}",
                                        "{shards: sets.shards, partition: {kind: folds, dev: next, fold: 0}}",
                                        "lr: 1e-8", "lr: 0.1, clip_norm: 0", "seeds: [1, 2, 3]", "seeds: [1]",
                                        "[accuracy, macro_f1]", "[accuracy, macro_f1, hamming]") +
                "sweep: [{grid: {data.partition.fold: [0, 1, 2, 3, 4, 5]}}]\n")
    bench.good("run", "sets.run.yaml", "-o", "sets.r", "-q")
    trials = bench.rows("sets.r", "trials.csv")
    bad = [t["status"] == "diverged" for t in trials]
    bench.check(bad == [c not in (3, 4) for c in range(6)], f"which diverged: {bad}")
    truth, said = [], {"0": [], "1": []}
    for fold, trial in enumerate(trials):
        held = bench.dump("sets.r", trial["trial"])
        own = [r for r in rows if r[1] == f"p{fold}"]
        others = [r[2].split(";") for r in rows if r[1] not in (f"p{fold}", f"p{(fold + 1) % 6}")]
        constant = [int(2 * sum(c in o for o in others) > len(others)) for c in "uvw"]
        bench.check(constant[0] == 1, f"most samples have u: {constant}")
        answers = scores.split(held["test/predicted"][2], 3)
        truth += [{c for c in range(3) if "uvw"[c] in r[2].split(";")} for r in own]
        for severity, first in (("0", 1), ("1", 3)):  # conditions of the best model: trial, 0, 0.5, 1
            sets = [constant] * len(own) if bad[fold] else answers[first * len(own):(first + 1) * len(own)]
            said[severity] += [{c for c in range(3) if v[c]} for v in sets]
    seen = 0
    for row in measures(bench, "sets.r"):
        if row["measure"] != "score" or row["severity"] not in said or row["group"] != "all":
            continue
        pairs = list(zip(truth, said[row["severity"]]))
        want = {"accuracy": scores.mean(t == s for t, s in pairs),
                "macro_f1": scores.by_class(*zip(*pairs))["macro_f1"],
                "hamming": scores.mean(len(t ^ s) / 3 for t, s in pairs)}[row["metric"]]
        bench.check(abs(float(row["value"]) - want) < 1e-12, f"{row}: of all folds {want}")
        seen += 1
    bench.check(seen == 6, f"{seen} rows")
    text = " ".join(bench.good("show", "sets.r").stdout.split())
    bench.check("4 of 6 trainings diverged and count as chance" in text, text)


def of_sequences(bench):
    """Words of all folds: what was substituted, left out and put in, of all that were there."""
    sequences.data(bench)
    bench.write("said.yaml", changed(sequences.STUDY, "seeds: [1, 2]", "seeds: [1]", "{shards: strings}",
                                    "{shards: strings, partition: {kind: folds, k: 3, fold: 0}}") +
                "sweep: [{grid: {data.partition.fold: [0, 1, 2]}}]\n")
    bench.good("run", "said.yaml", "-o", "said", "-q")
    edits = {}
    for trial in bench.rows("said", "trials.csv"):
        held = bench.dump("said", trial["trial"])
        n = len(held["test/client"][2])
        for row, kinds in enumerate(scores.split(held["test/edits"][2], 4)):
            at = ("best", "last")[row // (3 * n)], ("", "0.5", "1")[row // n % 3]
            edits[at] = [a + b for a, b in zip(edits.get(at, [0, 0, 0, 0]), kinds)]
    seen = set()
    for row in measures(bench, "said"):
        if row["measure"] != "score" or row["group"] != "all":
            continue
        right, wrong, gone, new = edits[row["selection"], "" if row["severity"] == "0" else row["severity"]]
        words = right + wrong + gone
        want = {"wer": (wrong + gone + new) / words, "mer": (wrong + gone + new) / (words + new),
                "substitutions": 100 * wrong / words, "deletions": 100 * gone / words,
                "insertions": 100 * new / words}[row["metric"]]
        bench.check(abs(float(row["value"]) - want) < 1e-12, f"{row}: of all folds {want}")
        seen.add((row["metric"], row["severity"]))
    bench.check(len({metric for metric, _ in seen}) == 5 and ("wer", "0.5") in seen, f"{seen}")
    bench.check("3 folds, 90 test samples of 9 clients" in " ".join(bench.good("show", "said").stdout.split()), "not pooled")


CONTROLLED = """\
name: controlled
seeds: [1, 2]
data: {shards: data, partition: {kind: folds, k: 3, fold: 0}}
model: {fusion: concat, hidden: 4, head: 0, encoders: {series: {kind: gru}, feature: {kind: mlp, units: 4}}}
training: {rounds: 2, clients_per_round: 0.8, local: {epochs: 1, batch: 6, lr: 0.05}, on_nonfinite: exclude,
           privacy: {clip: 0.05, z: 0.5}}
evaluate: {every: 2, metrics: [accuracy], groups: [site]}
controls: [unimodal]
sweep: [grid: {data.partition.fold: [0, 1, 2]}]
"""


def controls(bench):
    """Controls have folds of their own, of which each score is that of the union; a share is none below 0 or above 1;
    of what is told of each training the mean over folds stands for them."""
    bench.write("controlled.yaml", CONTROLLED)
    bench.good("run", "controlled.yaml", "-o", "controlled", "-q")
    trials = bench.rows("controlled", "trials.csv")
    rows = [r for r in measures(bench, "controlled") if r["measure"] == "score"]
    seen = set()
    for control in ("", "unimodal:series", "unimodal:feature"):
        want = []
        for seed in ("1", "2"):
            parts = [bench.dump("controlled", t["trial"]) for t in trials if t["control"] == control and t["seed"] == seed]
            bench.check(len(parts) == 3, f"{control}: {len(parts)} folds")
            said = [(p["test/predicted"][2][i], y) for p in parts for i, y in enumerate(p["test/label"][2])]
            bench.check(len(said) == 120, f"{control}: {len(said)} samples")
            want.append(scores.mean(a == b for a, b in said))
        for row in rows:
            if row["control"] == control and row["condition"] == "trial" and row["group"] == "all" and row["selection"] == "best":
                bench.check(abs(float(row["value"]) - scores.mean(want)) < 1e-12 and row["clusters"] == "10", f"{row}: {want}")
                seen.add(control)
    bench.check(len(seen) == 3, f"scores of {seen} alone")
    costs = [r for r in bench.rows("controlled/tables", "costs.csv") if r["measure"] == "clean"]
    bench.check(len(costs) == 1 and all(0 <= float(costs[0][end] or 0) <= 100 for end in ("value", "low", "high")), f"{costs}")
    bench.check(any(r["control"] and r["low"] == "0" for r in rows), "no interval that ends at 0")
    for row in rows:
        bench.check(not row["low"] or 0 <= float(row["low"]) <= float(row["value"]) <= float(row["high"]) <= 1, f"{row}")
    of = {t["trial"]: t["seed"] for t in trials if not t["control"]}
    clipped = [[float(r["clipped"]) for r in bench.rows("controlled", "privacy.csv") if of.get(r["trial"]) == seed] for seed in ("1", "2")]
    want = 100 * scores.mean(scores.mean(c) for c in clipped)
    bench.check(all(len(set(c)) == 3 for c in clipped), f"{clipped}")
    told = [r["value"] for r in bench.rows("controlled/tables", "privacy.csv") if r["measure"] == "clipped"]
    bench.check(len(told) == 1 and abs(float(told[0]) - want) < 1e-9, f"clipped {told}, not {want}")
    # Who tells roles by the shards cannot ask such models, and says why.
    bench.write("gate.yaml", "gate: {scores: [softmax]}\nadherence:\n  emptied: {kind: blank, modalities: [feature], fill: zero}\n"
                "benign:\n  mild: {kind: feature_noise, modalities: [feature], sigma: 0.01}\n")
    bench.refused("a gate on folds", bench.run("guard", "controlled", "gate.yaml", "-o", "gated"),
                  ["data.partition tests other samples than the shards name"], ["gated"])
    bench.write("one.run.yaml", CONTROLLED.replace("[0, 1, 2]", "[1]").replace("controls: [unimodal]\n", ""))
    bench.good("run", "one.run.yaml", "-o", "single", "-q")
    text = " ".join(bench.good("show", "single").stdout.split())
    bench.check("of 3 clients" in text and "folds are not pooled (a single fold was run)" in text, text)


def main():
    bench = Bench()
    bench.parts(pooled, pages, controls, law, diverged, lacking, unkept, several_labels, of_sequences)
    bench.end()


main()
