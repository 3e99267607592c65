#!/usr/bin/env python3
"""Controls of a matched volume end to end: which trials there are, each against a study that says the same by
hand; the volume as the run reports it; trials of before keep their names; the same bytes on any ranks."""
import csv
import json

from bench import SCENARIO, SYNTH, Bench, change

BASE = change(SCENARIO, "seeds: {trial: [3, 5], partition: fixed, corruption: per_trial}", "seeds: [3, 5]")
BASE = BASE[:BASE.index("training:")]
TRAINING = "training: {rounds: 3, local: {epochs: 2, batch: 6, lr: 0.05}}\n"
METHODS = {"plain": "training.server: fedavg",
           "co": "training.server: {algorithm: coteaching, tau: 0.5, ramp: 1}",
           "drop": "training.missing: {kind: modality_dropout, p: 0.4}",
           "semi": "training.server: {algorithm: semifl, threshold: 0.4}",
           "bare": "training.server: semifl"}
MATCHED = {"co": "training.server.choice: random", "drop": "training.missing.unit: sample",
           "semi": "training.server.fill: repeats", "bare": "training.server.fill: repeats"}
NAMES = {"co": "coteaching", "drop": "modality_dropout", "semi": "semifl", "bare": "semifl"}
END = "evaluate: {every: 1, metrics: [accuracy, nll]}\n"


def study(methods, rates="[0, 0.4]", **by_hand):
    """By hand: keys that methods have beside their own."""
    lines = "".join(f"  {m}: {{{METHODS[m]}{', ' + by_hand[m] if m in by_hand else ''}}}\n" for m in methods)
    return (BASE + TRAINING + "methods:\n" + lines + "corruption:\n  - {id: wrong, kind: label_noise, rate: 0.3}\n"
            "  - {id: gone, kind: missing_label, rate: 0}\n" + END +
            f"sweep: [{{grid: {{method: [{', '.join(methods)}], gone.rate: {rates}}}}}]\n")


def by_cell(bench, folder, control=""):
    return {(r["method"], r["gone.rate"], r["seed"]): r["trial"] for r in bench.rows(folder, "trials.csv")
            if r["control"] == control}


def scores(bench, folder, trial):
    return [{k: v for k, v in r.items() if k != "trial"} for r in bench.rows(folder, "scores.csv")
            if r["trial"] == trial]


def trials(bench):
    methods = ["plain", "co", "drop", "semi"]
    text = study(methods)
    bench.write("without.yaml", text)
    bench.write("with.yaml", text + "controls: [matched_volume]\n")
    plan = " ".join(bench.good("check", "with.yaml").stdout.split())
    bench.check("30 = (8 cells + 7 controls) x 2 seeds; 30 trainings of 3 rounds, of which 14 controls" in plan, plan)
    bench.good("run", "without.yaml", "-o", "without", "--no-report")
    bench.good("run", "with.yaml", "-o", "r1", "--no-report")
    few = change(study(["co", "drop", "semi"], "[0.4]"), "seeds: [3, 5]", "seeds: [3]")
    bench.write("few.yaml", few + "controls: [matched_volume]\n")
    for n in (1, 3):
        bench.good("run", "few.yaml", "-o", f"few{n}", "--no-report", ranks=n)
        bench.same_tables("few1", f"few{n}", f"{n} ranks")
    bench.check(by_cell(bench, "r1") == by_cell(bench, "without"), "a trial has another name")
    found = {(r["control"], r["method"], r["gone.rate"]) for r in bench.rows("r1", "trials.csv") if r["control"]}
    wanted = {(f"matched_volume:{NAMES[m]}", m, rate) for m in NAMES if m in methods for rate in ("0", "0.4")}
    bench.check(found == wanted | {("matched_volume:gone", "semi", "0.4")}, f"controls: {found}")
    # By hand: the key that the method names.
    bench.write("hand.yaml", study([m for m in methods if m in MATCHED], **MATCHED))
    bench.good("run", "hand.yaml", "-o", "hand", "--no-report")
    hand = by_cell(bench, "hand")
    for m, name in NAMES.items():
        for cell, trial in by_cell(bench, "r1", f"matched_volume:{name}").items():
            if cell[0] == m and m in methods:
                bench.check(scores(bench, "r1", trial) == scores(bench, "hand", hand[cell]) != [],
                            f"{cell} is not what it is by hand")
    # A control that stands in the study is trained once.
    bench.write("both.yaml", change(study(["co"]), "methods:\n", "methods:\n  chance: {training.server: {algorithm: "
                "coteaching, tau: 0.5, ramp: 1, choice: random}}\n").replace("[co]", "[co, chance]") +
                "controls: [matched_volume]\n")
    plan = " ".join(bench.good("check", "both.yaml").stdout.split())
    bench.check("12 = (4 cells + 2 controls) x 2 seeds; 8 trainings" in plan, plan)


def volumes(bench):
    """What is left out of the last round is as much, and by chance no more often wrong than at hand."""
    found = {r["trial"]: r for r in bench.rows("r1", "found.csv")}
    chance = by_cell(bench, "r1", "matched_volume:coteaching")
    for cell, trial in by_cell(bench, "r1").items():
        if cell[0] == "co":
            method, control = found[trial], found[chance[cell]]
            bench.check(int(method["called"]) > 0 and all(method[k] == control[k] for k in ("seen", "wrong", "called")),
                        f"{cell}: {method} and {control}")
    bench.check(len(chance) == 4, f"{chance}")


def gone(bench):
    """Without labels or gone: the same to whoever passes over samples without one, and not to whoever uses them."""
    bench.write("gone.yaml", study(["plain", "semi"], "[0.4]").replace("kind: missing_label",
                                                                       "kind: missing_label, if_hit: drop"))
    bench.good("run", "gone.yaml", "-o", "gone", "--no-report")
    left, kept = by_cell(bench, "gone"), by_cell(bench, "r1")
    for cell, trial in left.items():
        same = scores(bench, "gone", trial) == scores(bench, "r1", kept[cell])
        bench.check(trial != kept[cell] and (same or cell[0] == "semi"), f"{cell}: gone is another training")
    control = by_cell(bench, "r1", "matched_volume:gone")
    for cell, trial in control.items():
        bench.check(scores(bench, "r1", trial) == scores(bench, "gone", left[cell]), f"{cell} is not what it is by hand")
    bench.check(len(control) == 2, f"{control}")


def table(bench, *path):
    """Rows of a table whose names need quotes."""
    with open(bench.folder.joinpath(*path), newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def beside(bench):
    """The page's table: what fray compare says of two studies, one of which trains the controls by hand."""
    bench.good("compare", "hand", "without", "-o", "against")
    lines = table(bench, "against", "compare.csv")
    bench.good("report", "r1")
    rows = table(bench, "r1", "tables", "volumes.csv")
    rows = [r for r in rows if r["measure"] == "better_by"]
    bench.check(len(rows) == 7 and len(lines) == 6, f"{len(rows)} rows, {len(lines)} lines")
    met = 0
    for row in rows:
        name = row["beside"].removeprefix("same volume without ")
        method = next((m for m in ("co", "drop", "semi") if NAMES[m] == name), None)
        if not method:
            continue

        rate = "0.4" if "40 %" in row["model"] else "0"
        line = next(x for x in lines if f"{method}, gone.rate {rate}" == x["cell"])
        same = float(line["value"]) == 0 and line["p"] == ""  # equal in every seed and client
        none = float(line["low"]) <= -1 and float(line["high"]) >= 1  # any difference would fit: no interval
        for key in ("value", "low", "high"):
            bench.check((none and key != "value") == (row[key] == "") and
                        (row[key] == "" or abs(float(row[key]) - 100 * float(line[key])) < 1e-9), f"{row}, {line}")
        bench.check((row["verdict"] == "the same") == same, f"{row}, {line}")
        met += 1
    bench.check(met == 6, f"{met} rows have a line")
    said = bench.good("show", "r1").stdout
    bench.check("Beside the same volume of data" in said and "without coteaching" in " ".join(said.split()), said)
    page = (bench.folder / "r1" / "report.html").read_text()
    bench.check("Beside the same volume of data" in page and "co: same volume" not in page, "the page")


def less_is_better(bench):
    """Of nll the model is better by what the control has more of it."""
    bench.write("nll.yaml", change(study(["co"], "[0.4]"), "[accuracy, nll]", "[nll]") + "controls: [matched_volume]\n")
    bench.good("run", "nll.yaml", "-o", "nll")
    of = {r["measure"]: float(r["value"]) for r in table(bench, "nll", "tables", "volumes.csv") if r["value"]}
    bench.check(abs(of["same_volume"] - of["score"] - of["better_by"]) < 1e-12 and of["better_by"] != 0, f"{of}")


def whole_samples(bench):
    """Of damage at random: in each round as many values teach, of other samples; the test is the same."""
    text = (BASE + TRAINING + "corruption:\n  - {id: lost, kind: missing_modality, rate: 0}\n" + END +
            "sweep: [{grid: {lost.rate: [0, 0.4]}}]\ncontrols: [matched_volume]\n")
    bench.write("lost.yaml", text)
    bench.good("run", "lost.yaml", "-o", "lost")
    trials = {(r["control"], r["lost.rate"], r["seed"]): r for r in bench.rows("lost", "trials.csv")}
    bench.check({k[:2] for k in trials} == {("", "0"), ("", "0.4"), ("matched_volume:lost", "0.4")}, f"{trials.keys()}")
    values = {}
    for r in bench.rows("lost", "rounds.csv"):
        values.setdefault(r["trial"], []).append((r["values"], r["taught"]))
    for seed in ("3", "5"):
        method, control = trials["", "0.4", seed], trials["matched_volume:lost", "0.4", seed]
        a, b = values[method["trial"]], values[control["trial"]]
        bench.check(len(a) == 3 and [v for v, _ in a] == [v for v, _ in b]
                    and all(float(y) < float(x) for (_, x), (_, y) in zip(a, b)), f"{a} and {b}")
        for key in ("lost.realised", "lost.test_realised"):
            bench.check(method[key] == control[key] != "", f"{key}: {method[key]}, {control[key]}")
    page = (bench.folder / "lost" / "report.html").read_text()
    bench.check("whole samples gone: lost" in page, "the control has no name on the page")


LEARNT = """\
name: learnt
seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
data: {shards: big}
model: {fusion: concat, hidden: 16, head: 8, encoders: {feature: {kind: mlp, units: 8}}}
training: {rounds: 15, local: {epochs: 2, batch: 10, optimiser: adam, lr: 0.01}}
methods:
  co: {training.server: {algorithm: coteaching, tau: 0.7, ramp: 1}}
evaluate: {every: 15, metrics: [accuracy]}
controls: [matched_volume]
"""


def resolved(bench):
    """Clean labels, of which small losses teach less than as many at random: what the interval resolves is said."""
    bench.synth("big", clients=10, test_clients=10, samples=30, classes=4, modalities='["feature:8"]')
    bench.write("learnt.yaml", LEARNT)
    bench.good("run", "learnt.yaml", "-o", "learnt")
    of = {r["measure"]: r for r in table(bench, "learnt", "tables", "volumes.csv")}
    bench.check({r["verdict"] for r in of.values()} == {"behind"} and float(of["p_holm"]["value"]) < 0.05
                and float(of["better_by"]["high"]) < 0, f"{of}")
    page = (bench.folder / "learnt" / "report.html").read_text()
    bench.check("Beside the same volume of data" in page and "same volume without coteaching" in page, "the page")
    said = " ".join(bench.good("show", "learnt").stdout.split())
    bench.check("same volume without coteaching" in said and "], resolved" in said, said)
    row = json.loads(bench.good("show", "learnt", "--json").stdout)["studies"][0]["volumes"][0]
    bench.check(row["without"] == "coteaching" and row["verdict"] == "less" and row["keys"] == {"method": "co"}
                and abs(100 * row["value"] - float(of["better_by"]["value"])) < 1e-9, f"{row}")
    rounds = {r["trial"]: r for r in bench.rows("learnt", "rounds.csv")}
    pairs = {}
    for r in bench.rows("learnt", "trials.csv"):
        pairs.setdefault(r["seed"], []).append(rounds[r["trial"]])
    bench.check(all(len(p) == 2 and p[0]["taught"] == p[1]["taught"] and float(p[0]["taught"]) > 0
                    for p in pairs.values()), f"{pairs}")


def refusals(bench):
    bench.write("plain.yaml", study(["plain"]) + "controls: [matched_volume]\n")
    said = ["nothing in this study drops or adds", "coteaching", "semifl", "modality_dropout", "missing_label"]
    bench.refused("nothing to match", bench.run("check", "plain.yaml"), said)
    bench.refused("nothing to match", bench.run("run", "plain.yaml", "-o", "plain"), said)
    bench.check(not (bench.folder / "plain").exists(), "a refused study was begun")
    bench.write("twice.yaml", study(["bare"], "[0.4]").replace("id: gone", "id: semifl")
                .replace("gone.rate", "semifl.rate") + "controls: [matched_volume]\n")
    bench.refused("an id as a method", bench.run("check", "twice.yaml"), ["'semifl'", "another id"])


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    bench.parts(trials, volumes, gone, beside, less_is_better, whole_samples, resolved, refusals)
    bench.end()


main()
