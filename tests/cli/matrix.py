#!/usr/bin/env python3
"""What was measured and what was not: numbers of the matrix against the answers themselves, the law of the worst case,
reasons of what is empty, and refusals before anything is written."""
import csv
import json
import re
import shutil

import card
from bench import Bench

SCENARIO = """\
name: %s
seeds: {trial: [1, 2, 3], partition: fixed, corruption: per_trial}
data: {shards: %s}
model: {fusion: concat, hidden: 6, head: 0, encoders: {series: {kind: conv_gru, filters: [4], kernel: 3}, feature: {kind: mlp, units: 6}}}
training: {rounds: 2, clients_per_round: 1, local: {epochs: 1, batch: 5, lr: 0.1}}
evaluate: {metrics: [accuracy, ece], groups: [site], save_scores: true}
tests:
  noisy: {kind: feature_noise, modalities: [feature], sigma: [0.5, 2]}
  noisy_two: {kind: feature_noise, modalities: [feature], sigma: 4}
  both: {kind: missing_modality, modalities: [series], rate: 0.7}
"""
FAMILIES = {"noisy": ["noisy=0.5", "noisy=2"], "noisy_two": ["noisy_two=4"], "both": ["both=0.7"]}
FAMILIES["all tests"] = sum(FAMILIES.values(), [])


def table(bench, folder, name):
    with open(bench.folder / folder / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def make(bench):
    for name, classes in (("data", 3), ("four", 4)):
        bench.synth(name, clients=4, test_clients=10, samples=12, classes=classes, dev_fraction=0.3, separation=2)
        bench.write(f"{name}.yaml", SCENARIO % (name, name))
        bench.good("run", f"{name}.yaml", "-o", f"r_{name}", "--no-report")


def held(bench):
    """[training][condition] -> whether each sample was answered right."""
    out = []
    for trial in bench.rows("r_data", "trials.csv"):
        part = bench.dump("r_data", trial["trial"])
        label, names = part["test/label"][2], part["test/condition"][2]
        said, n = part["test/predicted"][2], len(label)
        out.append({name: [said[c * n + i] == label[i] for i in range(n)] for c, name in enumerate(names)})
    return out


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def numbers(bench):
    """Every share from the answers themselves; the rest from the tables of the study."""
    said = bench.good("matrix", "r_data", "-o", "m").stdout
    print(said)
    bench.check(said.startswith("Coverage: "), "coverage does not come first")
    bench.check(all(len(line) <= 80 for line in said.splitlines()), "lines of more than 80 columns")
    right = held(bench)
    rows = table(bench, "m", "matrix.csv")
    names = list(right[0])
    bench.check([row["condition"] for row in rows if row["measure"] == "right"] == names, f"conditions: {names}")
    for row in rows:
        numbered = row["status"] == "ok"
        bench.check(all(bool(row[key]) == numbered for key in ("value", "low", "high", "interval")), f"half empty: {row}")
        bench.check(numbered or len(row["status"]) > 5, f"no reason: {row}")
        if row["measure"] == "right":
            expected = mean(mean(one[row["condition"]]) for one in right)
            bench.check(abs(float(row["value"]) - expected) < 1e-12, f"{row}: {expected}")
        if numbered:
            bench.check(float(row["low"]) <= float(row["value"]) <= float(row["high"]), f"outside: {row}")
    filled = sum(row["status"] == "ok" for row in rows)
    bench.check(f"Coverage: {filled} of {len(rows)} numbers" in said, "another coverage than that of the table")
    of = {(row["condition"], row["measure"]): row for row in rows}
    scores = [float(row["value"]) for row in bench.rows("r_data", "scores.csv") if row["metric"] == "ece" and row["group"] == "all"
              and row["selection"] == "best" and row["condition"] == "noisy" and row["severity"] == "2"]
    bench.check(len(scores) == 3 and abs(mean(scores) - float(of["noisy=2", "ece"]["value"])) < 1e-12, f"ece: {scores}")
    bench.check(of["noisy=2", "hijack"]["status"].startswith("not measured"), f"{of['noisy=2', 'hijack']}")
    bench.check(of["trial", "refused"]["status"].startswith("no answer is refused"), f"{of['trial', 'refused']}")
    flops = mean(float(row["flops"]) for row in bench.rows("r_data", "trials.csv"))
    bench.check(abs(float(of["trial", "flops"]["value"]) / flops - 1) < 1e-12, "flops")


def worst(bench):
    """The worst condition for each sample, for all of them, and none: each at most the next."""
    right = held(bench)
    rows = table(bench, "m", "families.csv")
    bench.check([row["family"] for row in rows[::3]] == list(FAMILIES), f"families: {[row['family'] for row in rows]}")
    for k in range(0, len(rows), 3):
        names = ["trial"] + FAMILIES[rows[k]["family"]]
        means = [mean(mean(one[name]) for one in right) for name in names]
        least = mean(mean(all(x) for x in zip(*(one[name] for name in names))) for one in right)
        values = [float(row["value"]) for row in rows[k:k + 3]]
        bench.check(all(abs(a - b) < 1e-12 for a, b in zip(values, (least, min(means), mean(means)))), f"{values}: {least} {means}")
        bench.check(values == sorted(values), f"the worst of each is better than the worst of all: {values}")
        bench.check(rows[k]["conditions"] == str(len(names) - 1), f"{rows[k]}")


def untested(bench):
    """Kinds of damage that act on these modalities, without those that a test uses."""
    kinds = {row["kind"] for row in table(bench, "m", "not_tested.csv")}
    bench.check(not kinds & {"feature_noise", "missing_modality"}, f"tested and listed as not: {kinds}")
    bench.check("gaussian_noise" not in kinds and "blank" in kinds, f"of other modalities, or lacking: {kinds}")
    columns = {(row["file"], row["column"]) for row in table(bench, "m", "columns.csv")}
    for name in ("matrix.csv", "families.csv", "not_tested.csv"):
        head = (bench.folder / "m" / name).read_text(encoding="utf-8").splitlines()[0].split(",")
        bench.check({(name, column) for column in head} <= columns, f"{name}: columns without a meaning")


def names(bench):
    """A modality that is not called after its kind is of the kind that the shards say, for titles and for what lacks."""
    bench.synth("named", clients=3, test_clients=6, samples=6, modalities='["feature:4", "series:9x2", "series:8x2"]')
    bench.write("named.yaml", """\
name: named
data: {shards: named}
model: {hidden: 6, head: 0}
training: {rounds: 1, clients_per_round: 1, local: {batch: 6, lr: 0.1}}
tests: {weak: {kind: jitter, sigma: [0.5, 1]}}
""")
    bench.check("sensor noise in the series and series2 at test" in " ".join(bench.good("check", "named.yaml").stdout.split()), "plan")
    bench.good("run", "named.yaml", "-o", "named-r", "--no-report")
    bench.good("matrix", "named-r", "-o", "named-m")
    acts = {row["kind"]: row["modalities"] for row in table(bench, "named-m", "not_tested.csv")}
    bench.check("gaussian_noise" not in acts and acts["drift"] == "series, series2" and acts["feature_shift"] == "feature", f"{acts}")


def page(bench):
    """What the table says stands on the page: coverage before any number, and each field or its reason."""
    made = card.check_page(bench, bench.folder / "m/matrix.html")
    text = (bench.folder / "m/matrix.html").read_text(encoding="utf-8")
    rows = table(bench, "m", "matrix.csv")
    filled = sum(row["status"] == "ok" for row in rows)
    bench.check(0 < text.index(f"{filled} of {len(rows)} numbers") < text.index("<table"), "coverage does not come first")
    body = re.search(r'<table class="matrix">(.*?)</table>', text, re.S)[1]
    reasons = re.search(r'<p class="why">Empty: (.*?)\.</p>', text)[1]
    for row in rows:
        if row["status"] != "ok":
            bench.check(f"</b>&nbsp;{row['status']}" in reasons, f"no reason on the page: {row}")
        elif row["measure"] not in ("bytes", "flops"):
            line = re.search(rf'<th scope="row">{re.escape(row["condition"])}</th>(.*?)</tr>', body, re.S)[1]
            shown = [f"{100 * float(row[key]):.1f}".replace("-0.0", "0.0").replace("-", "\u2212") for key in ("value", "low", "high")]
            of = line if row["measure"] not in ("worst_case", "worst_of_means", "mean_of_means") else body
            bench.check(f'>{shown[0]}<span class="range">{shown[1]} to {shown[2]}</span>' in of, f"{row}: {shown}")
    for row in table(bench, "m", "not_tested.csv"):
        bench.check(f"<code>{row['kind']}</code>" in text, f"{row['kind']} is not called untested")
    bench.check(made.out.count("\n## ") == 2, "headings")


def guarded(bench):
    """What a gate refused: of clean samples in their row, of others in rows of their own."""
    shutil.copytree(bench.folder / "r_data", bench.folder / "r_guard")
    (bench.folder / "r_guard/guard").mkdir()
    trials = [row["trial"] for row in bench.rows("r_data", "trials.csv")]
    head = "cell,trials,selection,role,gate,condition,refused,low,high,df\n"
    lines = ["all,3,best,report,energy,clean,0.9,0.8,1,", "all,3,best,report,energy+softmax,clean,0.125,0.0625,0.25,",
             "all,3,last,report,energy+softmax,clean,0.5,0.4,0.6,", "all,3,best,report,energy+softmax,emptied=1,0.75,0.5,1,4",
             "all,3,best,report,energy+softmax,few,,,,"]
    bench.write("r_guard/guard/overall.csv", head + "\n".join(lines) + "\n")
    bench.write("r_guard/guard/fronts.csv", "trial\n" + "\n".join(trials) + "\n")
    bench.good("matrix", "r_guard", "-o", "m_guard")
    rows = {(r["condition"], r["of"]): r for r in table(bench, "m_guard", "matrix.csv") if r["measure"] == "refused"}
    found = {key: (r["value"], r["low"], r["high"], r["df"]) for key, r in rows.items() if r["of"]}
    gate = "energy+softmax"
    bench.check(found["trial", gate] == ("0.125", "0.0625", "0.25", ""), f"{found}")
    bench.check(found["guard/emptied=1", gate] == ("0.75", "0.5", "1", "4"), f"{found}")
    bench.check(rows["guard/few", gate]["status"].startswith("fewer than 5") and rows["noisy=2", gate]["status"] ==
                "this gate was not asked it" and len(found) == 7, f"{found}")
    right = [r for r in table(bench, "m_guard", "matrix.csv") if r["condition"].startswith("guard/") and r["measure"] == "right"]
    bench.check([r["status"] for r in right] == ["asked by a guard alone, which counts refusals"] * 2, f"{right}")
    card.check_page(bench, bench.folder / "m_guard/matrix.html")
    bench.check("12.5 [6.2, 25.0] %" in bench.good("card", "r_guard").stdout, "the card has no share of refused answers")
    bench.write("r_guard/guard/fronts.csv", "trial\n0123456789abcdef\n")
    bench.refused("another's guard", bench.run("matrix", "r_guard", "-o", "out"), ["0123456789abcdef", "none of"])


def classes(bench):
    """Classes of other names, or of an other order, are another task; where names are not known that is said."""
    shutil.copytree(bench.folder / "r_data", bench.folder / "r_names")
    (bench.folder / "r_names/checksums.txt").unlink()
    path = bench.folder / "r_names/provenance.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    names = said["data_sets"][0]["classes"]
    bench.check(len(names) == 3 and len(set(names)) == 3, f"classes: {names}")
    for command in (("matrix", "r_data", "r_names", "-o", "out"), ("card", "r_data", "r_names", "-o", "out.md"),
                    ("compare", "r_data", "r_names", "-o", "out")):
        said["data_sets"][0]["classes"] = [names[1], names[0], names[2]]
        path.write_text(json.dumps(said), encoding="utf-8")
        bench.refused(" ".join(command), bench.run(*command), ["class 0", f"'{names[0]}'", f"'{names[1]}'"], ("out", "out.md"))
        del said["data_sets"][0]["classes"]
        path.write_text(json.dumps(said), encoding="utf-8")
        result = bench.good(*command)
        shutil.rmtree(bench.folder / "out", ignore_errors=True)
        (bench.folder / "out.md").unlink(missing_ok=True)
        bench.check(command[0] != "matrix" or "by their number alone" in " ".join(result.stdout.split()), result.stdout)


def sparse(bench):
    """Of folders that lack a table, or say less, the rest is told, and what is then not known; instruments may have asked a
    control, whose numbers stand nowhere here."""
    bench.write("sparse.yaml", (SCENARIO % ("sparse", "data")).replace("[1, 2, 3]", "[1]") + "controls: [unimodal]\n")
    bench.good("run", "sparse.yaml", "-o", "sparse", "--no-report")
    control = next(row["trial"] for row in bench.rows("sparse", "trials.csv") if row["control"])
    for name in ("unnamed", "blind", "asked"):
        shutil.copytree(bench.folder / "sparse", bench.folder / name)
        (bench.folder / name / "checksums.txt").unlink()
    (bench.folder / "unnamed/conditions.csv").unlink()
    path = bench.folder / "blind/provenance.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    del said["data_sets"], said["data"]
    path.write_text(json.dumps(said), encoding="utf-8")
    for folders, why in ((["unnamed"], "a folder has no conditions.csv"),
                         (["sparse", "blind"], "a folder has no provenance.json that tells its modalities")):
        bench.check(f"What was not tested is not known: {why}." in " ".join(bench.good("matrix", *folders, "-o", "m_sparse").stdout.split()),
                    f"{folders}: what was not tested")
        page = (bench.folder / "m_sparse/matrix.html").read_text(encoding="utf-8")
        bench.check(f"<p>What was not tested is not known: {why}.</p>" in page and not table(bench, "m_sparse", "not_tested.csv"),
                    f"{folders}: the page or the table")
        text = " ".join(bench.good("card", *folders).stdout.split())
        bench.check(f"Which kinds of damage were **not tested** is not known: {why}." in text, f"{folders}: {text}")
        bench.check(("- data: **not stated**" in text) == (len(folders) == 2), f"{folders}: data that no file names")
        shutil.rmtree(bench.folder / "m_sparse")
    bench.write("asked/redteam/pack.yaml", f'pack: {{models: {{"{control}": "00"}}}}\n')
    bench.write("asked/redteam/finds.csv", "name,test_drop,low,high,confirmed\nfound,0.3,0.1,0.5,1\n")
    bench.write("asked/guard/fronts.csv", f"trial\n{control}\n")
    bench.write("asked/guard/overall.csv", "cell,trials,selection,role,gate,condition,refused,low,high,df\n"
                "control=unimodal:series,1,best,report,energy,clean,0.9,0.8,1,\n")
    bench.write("asked/privacy.csv", "trial\n")
    text = " ".join(bench.good("card", "asked").stdout.split())
    bench.check("`found`: score 30.0 [10.0, 50.0] %" in text, f"finds on a control: {text}")
    bench.check("differential privacy, simulated: in `privacy.csv` of `asked`" in text and
                "secure aggregation, simulated: **not tested** in `asked`" in text, text)


def as_reported(bench, study, matrix):
    """Shares right are the accuracy of the report, gaps those of accuracy: values, ends of intervals, trainings."""
    bench.good("report", study)
    said = {}
    for row in table(bench, f"{study}/tables", "measures.csv"):
        if row["metric"] == "accuracy" and row["selection"] == "best" and row["control"] == "":
            if row["measure"] == "score" and row["group"] == "all" or row["measure"] == "gap":
                at = row["condition"] + ("=" + row["severity"] if row["severity"] else "")
                said[{"score": "right"}.get(row["measure"], row["measure"]), at] = row
    seen = set()
    for row in table(bench, matrix, "matrix.csv"):
        other = said.get((row["measure"], row["condition"]))
        if other and row["status"] == "ok":
            bench.check(all(abs(float(row[key]) - float(other[key])) < 1e-9 for key in ("value", "low", "high")), f"{row}: {other}")
            bench.check(row["diverged"] == other["diverged"], f"{row}: {other}")
            seen.add(row["measure"])
    return seen


def spoilt(bench):
    """A training that diverged counts as the constant predictor, as in the report, and is counted."""
    shutil.copytree(bench.folder / "r_data", bench.folder / "r_spoilt")
    (bench.folder / "r_spoilt/checksums.txt").unlink()
    path = bench.folder / "r_spoilt/trials.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",ok,", ",diverged,", 1), encoding="utf-8")
    said = bench.good("matrix", "r_spoilt", "-o", "m_spoilt").stdout
    bench.check("3 trainings (1 diverged and counts as the constant predictor)" in " ".join(said.split()), said)
    rows = table(bench, "m_spoilt", "matrix.csv")
    bench.check({(row["trainings"], row["diverged"]) for row in rows} == {("3", "1")}, f"{rows[0]}")
    spoilt_one = bench.rows("r_spoilt", "trials.csv")[0]["trial"]
    chance = next(float(row["chance"]) for row in bench.rows("r_spoilt", "scores.csv") if row["trial"] == spoilt_one and
                  row["metric"] == "accuracy" and row["group"] == "all")
    expected = mean([chance] + [mean(one["noisy=2"]) for one in held(bench)[1:]])
    of = {(row["measure"], row["condition"]): row for row in rows}
    bench.check(abs(float(of["right", "noisy=2"]["value"]) - expected) < 1e-12, f"{of['right', 'noisy=2']}: {expected}")
    bench.check(of["ece", "trial"]["status"] == "fewer than 3 seeds" and of["flops", "trial"]["status"] == "fewer than 3 seeds",
                f"what a constant predictor has not: {of['ece', 'trial']}")
    bench.check("(1 diverged and counts as the constant predictor)" in (bench.folder / "m_spoilt/matrix.html").read_text(encoding="utf-8"), "the page")
    text = " ".join(bench.good("card", "r_spoilt").stdout.split())
    bench.check("trainings: 3, of which 1 diverged and counts as the constant predictor" in text, text)
    bench.check({"right"} <= as_reported(bench, "r_spoilt", "m_spoilt"), "no number of both")
    bench.check({"right", "gap"} <= as_reported(bench, "r_data", "m"), "no number of both")


def folds(bench):
    """The folds of one plan are one training, as in the report."""
    bench.write("folds.yaml", (SCENARIO % ("folds", "data")).replace(
        "shards: data", "shards: data, partition: {kind: folds, k: 3, fold: 0}") + "membership: {held_out: 0.3}\n"
        "sweep: [{grid: {data.partition.fold: [0, 1, 2]}}]\n")
    bench.good("run", "folds.yaml", "-o", "r_folds", "--no-report")
    said = " ".join(bench.good("matrix", "r_folds", "-o", "m_folds").stdout.split())
    rows = table(bench, "m_folds", "matrix.csv")
    bench.check({(row["cell"], row["trainings"]) for row in rows} == {("all", "9")} and "9 trainings" in said, said)
    bench.check("14 people" in said or "of 14" in said, said)
    bench.check("right" in as_reported(bench, "r_folds", "m_folds"), "no number of both")
    text = " ".join(bench.good("card", "r_folds").stdout.split())
    bench.check("of clients: 14" in text and "columns n, clusters, of all folds together" in text, f"the card: {text}")
    shown = re.search(r"loss threshold (\S+) \[(\S+), (\S+)\]", bench.good("show", "r_folds").stdout).groups()
    carded = re.search(r"loss_threshold`: ([\d.]+) \[([\d.]+), ([\d.]+)\] %", text).groups()
    bench.check([round(float(a) / 100, 3) for a in carded] == [float(a) for a in shown], f"membership: {carded} {shown}")


def wrong(bench):
    bench.refused("other classes", bench.run("matrix", "r_data", "r_four", "-o", "out"), ["4 classes", "has 3"])
    bench.refused("there already", bench.run("matrix", "r_data", "-o", "m"), ["is there already"])
    bench.refused("no results", bench.run("matrix", "data", "-o", "out"), ["not the results of a run"])
    state = bench.folder / "r_four/state"
    state.write_text("running\n", encoding="utf-8")
    bench.refused("not done", bench.run("matrix", "r_four", "-o", "out"), ["r_four", "not done (running)"])
    # Without the answers the numbers of the tables are left, and the others say why they are not there.
    state.write_text("done\n", encoding="utf-8")
    (bench.folder / "r_four/results.h5").unlink()
    bench.good("matrix", "r_four", "-o", "m", "--overwrite")
    rows = table(bench, "m", "matrix.csv")
    bench.check({row["measure"] for row in rows if row["value"]} >= {"flops"}, f"{rows}")
    bench.check(all(row["status"] not in ("ok", "") for row in rows if row["measure"] == "right"), f"{rows}")


def main():
    bench = Bench()
    # The card has its numbers from the same fields, and needs the same studies.
    bench.parts(make, numbers, worst, untested, names, page, guarded, classes, sparse, spoilt, folds, card.whole, card.odd, card.wrong, wrong)
    bench.end()


if __name__ == "__main__":
    main()
