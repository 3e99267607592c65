#!/usr/bin/env python3
"""What show, compare and the page say of studies that are written by hand, whose numbers can be worked out: who is
ahead in several settings, how many are left out, whose updates a rule turned down, by group, by budget."""
import csv
import itertools
import json
import re

from bench import Bench

SCORES = ("trial,selection,condition,severity,parameter,scope,group,n,clusters,metric,value,low,high,status,realised,"
          "chance")


class Study:
    """Cells of every combination of the keys; value(cell, condition, severity, group) is the mean over the seeds, of
    which each of the later ones scores a thousandth more, if no scatter says otherwise."""

    def __init__(self, bench, name, keys, value, **more):
        self.bench, self.name, self.keys, self.value = bench, name, keys, value
        self.seeds = more.get("seeds", 3)
        self.conditions = more.get("conditions", (("clean", ""), ("dark", "0.5"), ("dark", "1")))
        self.groups = more.get("groups", ())
        self.metric = more.get("metric", "accuracy")
        self.cells = [dict(zip(keys, v)) for v in itertools.product(*keys.values())]
        self.status = more.get("status", lambda cell, seed: "ok")
        self.lacks = more.get("lacks", lambda cell, seed: False)
        self.columns = more.get("columns", {})
        self.scatter = more.get("scatter", lambda cell, seed: 0.001 * (seed - (self.seeds + 1) / 2))
        self.provenance = more.get("provenance", {"program": "fray"})
        self.write()

    def trial(self, cell, seed):
        return f"{cell:04x}{seed:012x}"

    def rows(self):
        for c, seed in itertools.product(range(len(self.cells)), range(1, self.seeds + 1)):
            if not self.lacks(self.cells[c], seed):
                yield c, seed

    def write(self):
        trials = [["trial", *self.keys, "seed", "status", *self.columns]]
        scores = [SCORES.split(",")]
        for c, seed in self.rows():
            cell, trial = self.cells[c], self.trial(c, seed)
            trials.append([trial, *cell.values(), seed, self.status(cell, seed), *(v(cell, seed) for v in self.columns.values())])
            for (condition, severity), group in itertools.product(self.conditions, ("all", *self.groups)):
                value = self.value(cell, condition, severity, group) + self.scatter(cell, seed)
                n, people = (400, 20) if group == "all" else (100, 8)
                scores.append([trial, "best", condition, severity, "level" if severity else "", "unseen_clients", group,
                               n, people, self.metric, f"{value:.6f}", "", "", "ok", severity, 0.1])
        self.put("trials.csv", trials)
        self.put("scores.csv", scores)
        swept = sorted({s for c, s in self.conditions if c == "dark"})
        methods = "".join(f"  {m}: {{}}\n" for m in self.keys.get("method", ()))
        self.bench.write(f"{self.name}/scenario.yaml", f"name: {self.name}\n" + (f"methods:\n{methods}" if methods else "")
                         + (f"tests: {{dark: {{kind: dim, level: [{', '.join(swept)}]}}}}\n" if swept else "")
                         + f"evaluate: {{metrics: [{self.metric}]}}\n")
        self.bench.write(f"{self.name}/provenance.json", json.dumps(self.provenance))
        self.bench.write(f"{self.name}/state", "done\n")

    def put(self, table, rows):
        path = self.bench.folder / self.name / table
        path.parent.mkdir(exist_ok=True)
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    def shown(self, *words):
        return " ".join(self.bench.good("show", self.name, *words).stdout.split())

    def page(self):
        self.bench.good("report", self.name)
        html = (self.bench.folder / self.name / "report.html").read_text(encoding="utf-8")
        return " ".join(re.sub(r"<[^>]*>", "", html.split("</head>")[1]).replace("&nbsp;", " ").split())

    def says(self, text, *parts):
        for part in parts:
            self.bench.check(part in text, f"{self.name}: '{part}' is not in: {text}")


LOSS = {"": 0, "0.5": 0.1, "1": 0.2}
LEVEL = {"avg": 0.8, "mom": 0.75, "prox": 0.7}


def ahead(bench):
    """Who is ahead in each setting, in some, and who is where it differs; without damage too. In points: 5 between
    neighbours, 20 lost, 60 left of 80."""
    def value(best):
        return lambda cell, condition, severity, group: (LEVEL[cell["method"]] - LOSS[severity] +
                                                         0.1 * (cell["method"] == best.get(cell.get("model.hidden"))))
    clean = (("clean", ""),)
    two, three = {"method": ["avg", "mom"], "model.hidden": ["8", "16"]}, {"method": ["avg", "mom"], "model.hidden": ["8", "16", "32"]}
    for name, keys, best, more, words, card in (
            ("each", two, {}, {}, "There avg ends ahead in each of the 2 settings.", "in each of 2 settings"),
            ("some", three, {"16": "mom"}, {}, "There avg ends ahead in 2 of 3 settings, mom in 1.", "told apart in 3 of 3 settings"),
            ("bare", two, {}, {"conditions": clean}, "avg is ahead in each of the 2 settings.", "in each of 2 settings"),
            ("plain", three, {"16": "mom"}, {"conditions": clean}, "avg is ahead in 2 of 3 settings, mom in 1.",
             "told apart in 3 of 3 settings"),
            ("three", {"method": list(LEVEL)}, {}, {},
             "There avg ends ahead, at 60 %, 5.0 points above mom and further from the other.",
             "mom ends ahead, but a smaller loss is not resolved, of prox (3 comparisons")):
        study = Study(bench, name, keys, value(best), **more)
        study.says(study.shown(), words)
        study.says(study.page(), card)
    many = {"method": ["avg", "mom", "prox", "cat"], "model.hidden": ["8", "16", "32", "64", "96"]}
    study = Study(bench, "four", many, lambda cell, c, severity, g: 0.6 - LOSS[severity] + 0.1 * (
        {"8": "avg", "16": "mom", "32": "prox", "64": "cat"}.get(cell["model.hidden"]) == cell["method"]))
    study.says(study.shown(), "There 4 methods end ahead in 4 of 5 settings, none of them in all.")
    study = Study(bench, "copes", {"method": ["avg", "mom"]}, lambda cell, c, severity, g: (
        0.8 - LOSS[severity] * (1 if cell["method"] == "avg" else 2)))
    study.says(study.page(), "avg copes better: it ends 20.0 points higher (20.0 to 20.0) and loses 20.0 points less")
    study = Study(bench, "open", {"method": list(LEVEL)}, lambda cell, c, severity, g: 0.8 - LOSS[severity],
                  scatter=lambda cell, seed: 0.01 * ((seed + list(LEVEL).index(cell["method"])) % 3))
    study.says(study.page(), "none of the 3 comparisons is resolved: the series are not told apart.")


def left_out(bench):
    """What a screen leaves out is counted; all of it is in the document."""
    study = Study(bench, "many", {"method": [f"m{i:02}" for i in range(15)]},
                  lambda cell, c, severity, g: 0.8 - 0.01 * int(cell["method"][1:]) - LOSS[severity])
    updates = ["trial,of,value,clients,updates,rejected,halved,influence".split(",")]
    attacks = ["trial,selection,attack,group,members,nonmembers,metric,fpr,value,pseudo".split(",")]
    spent = [("trial,q,z,clip,clients,rounds,rounds_run,delta,epsilon_pld,epsilon_rdp,epsilon_rdp_classic,noise_length,updates,"
              "clipped,clipped_first,clipped_last,length").split(",")]
    for c, seed in study.rows():
        trial = study.trial(c, seed)
        updates.append([trial, "clients", "honest", 20, 120, 0.2, 0.3, 0.5])
        attacks += [[trial, "best", "loss_threshold", "all", 50, 50, "roc_auc", "", 0.6 + 0.01 * seed, 0.6 + 0.01 * seed]]
        if c < 2:  # of those with damage .6, .7, .8 are turned down or .2, .3, .4; of the others .1
            updates += [[trial, "damage", "with", 10, 60, (0.1 if c else 0.5) + 0.1 * seed, 0.6, 0.4],
                        [trial, "damage", "without", 10, 60, 0.1, 0.2, 0.6]]
        if c != 3:
            spent.append([trial, 0.5, 1, 0.1, 100, 10, 10, 1e-3 if c else 1e-4, 3 + c, 4 + c, 5 + c, 0.1, 500, 0.5, 0.6, 0.4, 0.2])
    for table, rows in (("influence.csv", updates), ("membership.csv", attacks), ("privacy.csv", spent)):
        study.put(table, rows)
    text = study.shown()
    study.says(text, "and 3 models more, with --all", "- m07: turned down 20.0 [20.0, 20.0] % of honest clients - and 7 more in the report",
               "- m07: loss threshold 0.620 [0.595, 0.645] - and 7 more in the report", "- m12: 15 (Renyi 16, classic 17)",
               "% of updates clipped - and 2 more in the report",
               "- m00: turned down 20.0 [20.0, 20.0] % of honest clients, 70.0 [45.2, 94.8] % of honest clients with damaged")
    bench.check("- m03: 6" not in text, "who is not private has no budget")
    document = json.loads(bench.good("show", "many", "--json").stdout)["studies"][0]
    bench.check([len(document[k]) for k in ("updates", "membership", "privacy")] == [19, 15, 14], f"{document.keys()}")
    found = {(e["keys"]["method"], e["measure"]): e for e in document["update_excesses"]}
    bench.check(len(found) == len(document["update_excesses"]) == 6, f"{found.keys()}")
    one, other, part = found["m00", "rejected"], found["m01", "rejected"], found["m00", "influence"]
    bench.check({k: one[k] for k in ("of", "value", "minus_of", "minus_value")} ==
                {"of": "damage", "value": "with", "minus_of": "damage", "minus_value": "without"}, f"{one}")
    # .5, .6, .7 and .1, .2, .3: t of 2 degrees of freedom, of whose two sides 1 - t / sqrt(2 + t^2) is left; and Holm.
    reach = 4.302652729749 * 0.1 / 3 ** 0.5
    p = [1 - t / (2 + t * t) ** 0.5 for t in (0.6 * 3 ** 0.5 / 0.1, 0.2 * 3 ** 0.5 / 0.1)]
    for e, mean, value, verdict in ((one, 0.6, 2 * p[0], "more"), (other, 0.2, p[1], "open")):
        bench.check(all(abs(a - b) < 1e-9 for a, b in ((e["excess"], mean), (e["low"], mean - reach), (e["high"], mean + reach),
                                                       (e["p_holm"], value))) and e["verdict"] == verdict, f"{e}")
    bench.check(abs(part["excess"] + 0.2) < 1e-9 and part["p_holm"] is None and part["verdict"] == "unknown", f"{part}")
    said = "m00 turned down 70.0 % of the updates of honest clients with damaged training data and 10.0 % of those of honest clients"
    study.says(" ".join(document["updates_words"].split()), said)
    study.says(text, said)
    study.says(study.page(), said, "not private: no update is clipped")
    with open(bench.folder / "many/tables/privacy.csv", encoding="utf-8", newline="") as file:
        delta = {r["model"]: r["value"] + r["unit"] for r in csv.DictReader(file) if r["measure"] == "delta"}
    bench.check(delta["m00"] == "0.11e-3" and delta["m01"] == "11e-3" and len(delta) == 14, f"{delta}")


def lacking(bench):
    """What was not trained, or to no end, and windows that overlap, are told; means are of what is there."""
    study = Study(bench, "gaps", {"method": ["avg", "mom"]}, lambda cell, c, severity, g: 0.8 - LOSS[severity],
                  lacks=lambda cell, seed: cell["method"] == "mom" and seed == 3,
                  provenance={"program": "fray", "dev_windows_beside_training": "1620"})
    study.says(study.shown(), "There is no interval of that change: nothing is claimed.", "avg loses 20.0")
    study.says(study.page(), "1620 dev windows lie beside a training window of the same client and share a part of it",
               "1 of 2 cells lack a trial for some seed.")
    study = Study(bench, "wild", {"method": [f"m{i}" for i in range(9)]}, lambda cell, c, severity, g: 0.8 - LOSS[severity],
                  status=lambda cell, seed: "ok" if cell["method"] == "m0" else "diverged")
    study.says(study.page(), "24 of 27 trainings diverged; they count as the constant predictor", "m7, seed 2; and 4 more in trials.csv.")


def by_group(bench):
    """B is 2 points ahead with avg and 3 behind with mom, in the north 5 and 0, in the south at full strength 8 and 3."""
    groups = ("site=north", "site=south")
    Study(bench, "a", {"method": ["avg", "mom"]}, lambda cell, c, severity, g: LEVEL[cell["method"]] - LOSS[severity], groups=groups)
    Study(bench, "b", {"method": ["avg", "mom"]}, lambda cell, c, severity, g: (
        LEVEL[cell["method"]] - LOSS[severity] - 0.05 * (cell["method"] == "mom") +
        (0.05 if g == "site=north" else 0.08 if g == "site=south" and severity == "1" else 0.02)), groups=groups)
    text = " ".join(bench.good("compare", "a/", "b", "-o", "ab").stdout.split())
    for words in ("All of the 6 differences are resolved (B better in 3, worse in 3).",
                  "By group all of 14 differences are resolved (B - A): avg, clean, site north: +5.0 [5.0, 5.0]; avg, clean, site "
                  "south: +2.0 [2.0, 2.0]; avg, clean, the worst site of each: +2.0 [2.0, 2.0]; avg, dark 0.5, site north: +5.0 "
                  "[5.0, 5.0]; and 10 more, in compare.csv (-o)."):
        bench.check(words in text, f"'{words}' is not in: {text}")
    # In the south mom is 3 behind without damage; the worst group of b is then the south, and at full strength the north.
    with open(bench.folder / "ab/compare.csv", encoding="utf-8", newline="") as file:
        found = {(r["group"], r["severity"]): round(float(r["value"]), 9) for r in csv.DictReader(file)
                 if r["cell"] == "mom" and r["group"] != "all"}
    want = {("site=north", ""): 0, ("site=north", "0.5"): 0, ("site=north", "1"): 0, ("site=south", ""): -0.03,
            ("site=south", "0.5"): -0.03, ("site=south", "1"): 0.03, ("site", ""): -0.03, ("site", "0.5"): -0.03, ("site", "1"): 0}
    bench.check(found == want, f"{found}")
    Study(bench, "other", {"method": ["avg"]}, lambda cell, c, severity, g: 0.3 + LOSS[severity], metric="hamming")
    bench.good("report", "a", "other", "b", "-o", "several")
    html = (bench.folder / "several/report.html").read_text(encoding="utf-8")
    bench.check("<p>other is not in this table, since its score is hamming.</p>" in html, "who is not in the table")


def by_budget(bench):
    """Bars of each budget, a panel for each method; what is no budget is what a panel is called by."""
    key = "training.privacy.epsilon"
    study = Study(bench, "budgets", {"method": ["avg", "mom"], key: ["8", ".inf", "2"]},
                  lambda cell, c, severity, g: LEVEL[cell["method"]] - {"8": 0.1, ".inf": 0, "2": 0.3}[cell[key]],
                  conditions=(("clean", ""),))
    head = "trial,q,z,clip,clients,rounds,rounds_run,delta,epsilon_pld,epsilon_rdp,epsilon_rdp_classic,noise_length,updates,clipped," \
           "clipped_first,clipped_last,length"
    study.put("privacy.csv", [head.split(","), *(
        [study.trial(c, seed), 0.5, 1, 0.1, 100, 10, 10, 1e-3, e, e, e, 0.1, 500, 0.5, 0.6, 0.4, 0.2]
        for c, seed in study.rows() for e in [study.cells[c][key].replace(".", "")])])
    study.page()
    with open(next((bench.folder / "budgets/figures").glob("epsilon*.csv")), encoding="utf-8", newline="") as file:
        bars = [(r["panel"], r["x"], round(float(r["y"]), 6)) for r in csv.DictReader(file) if r["series"] == "all"]
    bench.check(bars == [("avg", "2", 50), ("avg", "8", 70), ("avg", "no noise", 80),
                         ("mom", "2", 45), ("mom", "8", 65), ("mom", "no noise", 75)], f"{bars}")


def named_maps(bench):
    """Values that are maps are called by what differs between them, however deep; names by themselves, numbers with keys."""
    values = ["{rule: krum, f: 1, more: {deep: 3, same: 1}}", "{rule: krum, f: 1, more: {deep: 4, same: 1}}",
              "{rule: krum, f: 1, more: {deep: 3, same: 1}, pre: [{kind: bucketing, size: 2}, nnm]}"]
    study = Study(bench, "maps", {"training.aggregation": values}, lambda cell, c, severity, g: 0.8 - LOSS[severity] - 0.05 * values.index(
        cell["training.aggregation"]))
    document = json.loads(bench.good("show", "maps", "--json").stdout)["studies"][0]
    labels = [m["label"] for m in document["models"]]
    bench.check(labels == ["deep 3", "deep 4", "deep 3, pre kind bucketing, size 2, nnm"], f"{labels}")


def main():
    bench = Bench()
    bench.parts(ahead, left_out, lacking, by_group, by_budget, named_maps)
    bench.end()


if __name__ == "__main__":
    main()
