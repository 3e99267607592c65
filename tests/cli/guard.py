#!/usr/bin/env python3
"""Gates on finished models: what is written, laws of refusing, the same bytes on any ranks, thresholds that belong
to one model, and refusals before anything is written."""
import collections
import csv
import shutil

from bench import Bench, digests

SCENARIO = """\
name: guarded
seeds: {trial: [1, 2], partition: fixed, corruption: per_trial}
data: {shards: data}
model: {fusion: concat, hidden: 6, head: 0, encoders: {series: {kind: conv_gru, filters: [4], kernel: 3}, feature: {kind: mlp, units: 6}}}
training: {rounds: 4, clients_per_round: 1, local: {epochs: 2, batch: 5, lr: 0.1}}
corruption: [{id: lost, kind: missing_modality, at: train, rate: 0.3}]
evaluate: {metrics: [accuracy, answered, refuted], groups: [site]}
"""
FRONTS = """\
adherence:
  contradicted: {kind: conflict, modalities: [feature], rate: 1}
  emptied: {kind: blank, modalities: [feature], fill: zero}
benign:
  mild: {kind: feature_noise, modalities: [feature], sigma: [0.01, 0.02]}
"""
SCORES = ("softmax", "entropy", "max_logit", "energy", "energy:feature", "mahalanobis", "mahalanobis:series",
          "relative_mahalanobis", "relative_mahalanobis:feature", "disagreement", "jensen_shannon", "signal:feature")


def gate(scores="[disagreement]", more="", fronts=FRONTS):
    return f"gate: {{scores: {scores}{more}}}\n{fronts}"


def make(bench):
    bench.synth("data", clients=6, test_clients=6, samples=60, classes=3, dev_fraction=0.3, separation=1.5)
    bench.write("s.yaml", SCENARIO)
    bench.good("run", "s.yaml", "-o", "r", "--no-report")


def one(bench, name, text, *more, ranks=0):
    bench.write(f"{name}.yaml", text)
    return bench.good("guard", "r", f"{name}.yaml", "-o", name, *more, ranks=ranks, seconds=120)


def tables(bench):
    """Every score by itself and all together; two trainings under each condition."""
    before = digests(bench.folder / "r")
    result = one(bench, "all", gate("[" + ", ".join(SCORES) + "]"))
    print(result.stdout)
    bench.check(all(len(line) <= 80 for line in result.stdout.splitlines()), "lines of more than 80 columns")
    bench.check("can refuse nothing in this gate" in result.stderr, "a gate that is too wide is not told")
    bench.check("whom nobody had seen" in result.stdout, "new people are not told as such")
    bench.check(before == digests(bench.folder / "r"), "RESULTS was changed")
    rows = bench.rows("all", "fronts.csv")
    whole = [r for r in rows if not r["group"]]
    bench.check(len(whole) == 2 * 13 * 5, f"{len(whole)} rows of all samples")
    bench.check({r["condition"] for r in rows} == {"clean", "mild=0.01", "mild=0.02", "contradicted=1", "emptied=1"},
                "conditions")
    bench.check({r["gate"] for r in rows} == set(SCORES) | {"+".join(SCORES)}, "gates")
    for r in whole:
        refused, low, high = float(r["refused"]), float(r["low"]), float(r["high"])
        bench.check(0 <= low <= refused <= high <= 1, f"interval: {r}")
        bench.check((r["side"] == "adherence") == (r["unwarranted"] == ""), f"unwarranted: {r}")
        bench.check(r["n"] == "360" and r["clusters"] == "6" and r["role"] == "report", f"samples: {r}")
    # By group the counts add up, and a rate of few people is not said.
    parts = collections.Counter()
    for r in rows:
        if r["group"]:
            parts[r["trial"], r["gate"], r["condition"]] += int(r["n"])
            bench.check((r["refused"] == "") == (int(r["clusters"]) < 5), f"few people: {r}")
    bench.check(set(parts.values()) == {360}, f"groups: {set(parts.values())}")
    # Emptied vectors have facts that no other has.
    found = {r["gate"]: float(r["refused"]) for r in bench.rows("all", "overall.csv") if r["condition"] == "emptied=1"}
    bench.check(found["signal:feature"] == 1, f"emptiness is seen in {found['signal:feature']}")
    named = {r["column"] for r in bench.rows("all", "columns.csv") if r["file"] == "fronts.csv"}
    bench.check(named == set(rows[0]), "columns.csv names other columns")
    coverage = [r for r in bench.rows("all", "risk.csv") if r["gate"] == "softmax" and r["condition"] == "clean"]
    bench.check(len(coverage) == 2 * 20 and coverage[19]["coverage"] == "1", "risk by coverage")


def laws(bench):
    """0 refuses nothing and 1 everything; a larger rate refuses more; on the curve both rates grow."""
    got = {}
    for alpha in (0, 0.05, 0.2, 1):
        one(bench, f"a{alpha}", gate("[energy, disagreement]", f", false_refusal: {alpha}"))
        got[alpha] = {(r["trial"], r["gate"], r["condition"]): float(r["refused"])
                      for r in bench.rows(f"a{alpha}", "fronts.csv") if not r["group"]}
    bench.check(set(got[0].values()) == {0} and set(got[1].values()) == {1}, "0 or 1 is not kept")
    bench.check(all(got[0.05][k] <= got[0.2][k] for k in got[0]), "a larger rate refuses less")
    for row, after in zip(bench.rows("a1", "roc.csv"), bench.rows("a1", "roc.csv")[1:]):
        if float(after["asked"]) > float(row["asked"]):
            bench.check(all(float(after[k]) >= float(row[k]) for k in ("clean", "refused")), f"curve: {after}")


def ranks(bench):
    scores = "[signal:feature, mahalanobis:series, energy:feature, disagreement]"
    for n in (1, 3):
        one(bench, f"n{n}", gate(scores), ranks=n)
    bench.check(digests(bench.folder / "n1") == digests(bench.folder / "n3"),
                "ranks: other bytes")


def fitted(bench):
    """The same gate again, and never for another model or other dev samples."""
    one(bench, "first", gate("[energy, mahalanobis]", ", false_refusal: 0.1"))
    text = (bench.folder / "first/gate.fitted.yaml").read_text()
    again = "gate: {fitted: %s}\n" + FRONTS
    one(bench, "second", again % "first/gate.fitted.yaml")
    bench.check(digests(bench.folder / "first") == digests(bench.folder / "second"), "fitted: other bytes")
    models = [line for line in text.splitlines() if "model:" in line]
    bench.write("other.yaml", text.replace(models[0], models[1]))
    bench.write("moved.yaml", text.replace("high: [", "high: [9", 1))
    bench.write("g.yaml", again % "other.yaml")
    bench.refused("fitted to another model", bench.run("guard", "r", "g.yaml", "-o", "never"), ["fitted to another model"], ("never",))
    bench.write("g.yaml", again % "moved.yaml")
    bench.refused("the file was changed", bench.run("guard", "r", "g.yaml", "-o", "never"), ["the file was changed"], ("never",))
    bench.write("g.yaml", "gate: {fitted: other.yaml, false_refusal: 0.2}\n" + FRONTS)
    bench.refused("it stands alone", bench.run("guard", "r", "g.yaml", "-o", "never"), ["it stands alone"], ("never",))


def judged(bench):
    """A gate as the judge of its models: fray evaluate refuses of clean samples what fray guard refused; a model that it
    was not fitted to is refused as a whole where it is judged beside, and else told."""
    one(bench, "j", gate("[energy, disagreement]", ", false_refusal: 0.2"))
    more = "evaluate: {judge: {kind: gate, file: ../%s}}\n"  # of the folder of that file
    bench.write("deep/more.yaml", more % "j/gate.fitted.yaml")
    for folder, n in (("e1", 1), ("e2", 2)):
        shutil.copytree(bench.folder / "r", bench.folder / folder)
        bench.good("evaluate", folder, "--tests", "deep/more.yaml", "--no-report", ranks=n)
    bench.same_tables("e1", "e2", "a gate judges on two ranks")
    refused = {r["trial"]: float(r["refused"]) for r in bench.rows("j", "fronts.csv")
               if r["condition"] == "clean" and not r["group"] and r["gate"] == "energy+disagreement"}
    told = {(r["trial"], r["selection"]): float(r["value"]) for r in bench.rows("e1", "scores.csv")
            if r["metric"] == "answered" and r["condition"] == "trial" and r["group"] == "all"}
    bench.check(len(refused) == 2 and min(refused.values()) > 0, f"a gate that refuses nothing: {refused}")
    for trial, share in refused.items():
        bench.check(abs(told[trial, "best"] - (1 - share)) < 1e-12, f"judged: {told}, refused: {refused}")
        bench.check(told[trial, "last"] in (0, told[trial, "best"]), f"the last model: {told}")
    text = (bench.folder / "j/gate.fitted.yaml").read_text()
    models = [line for line in text.splitlines() if "model:" in line]
    bench.write("swapped.yaml", text.replace(models[0], models[1]))
    shutil.copytree(bench.folder / "r", bench.folder / "e3")
    dev = next(line for line in text.splitlines() if "dev:" in line)
    bench.write("strangers.yaml", text.replace(dev, dev[:-2] + ("1'" if dev[-2] == "0" else "0'")))
    for words, file in (("fitted to another model", "swapped.yaml"), ("on other dev samples", "strangers.yaml"), ("looks at more than a judge sees", "first/gate.fitted.yaml"),
                        ("nowhere.yaml", "nowhere.yaml")):
        bench.write("deep/bad.yaml", more % file)
        bench.refused(words, bench.run("evaluate", "e3", "--tests", "deep/bad.yaml", "--no-report"), [words])
    bench.same_tables("r", "e3", "a judge that was refused")


def by_group(bench):
    """With `per` each group keeps bounds of its own; other groups, fewer or in another order, are refused."""
    one(bench, "g1", gate("[energy, mahalanobis]", ", false_refusal: 0.2, per: site"))
    text = (bench.folder / "g1/gate.fitted.yaml").read_text()
    values = [line.split(": ")[1] for line in text.splitlines() if "- value:" in line]
    n = [int(line.split(": ")[1]) for line in text.splitlines() if line.startswith("        n:")]
    bounds = [line for line in text.splitlines() if line.startswith("        high:")]
    bench.check(len(values) == 2 * len(set(values)) == len(bounds) and len(set(values)) > 1, f"groups: {values}")
    bench.check(len(set(bounds)) == len(bounds), "groups share bounds")
    bench.check(sum(n) == sum(int(line.split(": ")[1]) for line in text.splitlines() if line.startswith("    n:")),
                f"dev samples by group: {n}")
    again = "gate: {fitted: %s}\n" + FRONTS
    one(bench, "g2", again % "g1/gate.fitted.yaml")
    bench.check(digests(bench.folder / "g1") == digests(bench.folder / "g2"), "groups: other bytes")
    swapped = text.replace(values[0], "@").replace(values[1], values[0]).replace("@", values[1])
    lines = text.splitlines(True)
    first = next(i for i, line in enumerate(lines) if "- value:" in line)
    last = bounds[len(set(values)) - 1]
    for words, bad in (("group 1 is", swapped), ("it was calibrated for", "".join(lines[:first] + lines[first + 4:])),
                       ("the file was changed", text.replace(last, last.replace("[", "[9", 1))),
                       ("group 1 is", text.replace(values[0], '"else\\\\where"'))):
        bench.write("bad.fitted.yaml", bad)
        bench.write("bad.yaml", again % "bad.fitted.yaml")
        bench.refused(words, bench.run("guard", "r", "bad.yaml", "-o", "never"), [words], ("never",))


def cost(bench):
    """A cost in place of a promise: nothing is asked for, and the fitted file holds a temperature."""
    result = one(bench, "k1", "gate: {cost: 2}\n" + FRONTS)
    bench.check("confidence of at most" in result.stdout and "may be" not in result.stdout, f"cost: {result.stdout}")
    rows = bench.rows("k1", "overall.csv")
    bench.check({r["asked"] for r in rows} == {""} and {r["gate"] for r in rows} == {"confidence"}, f"cost: {rows}")
    text = (bench.folder / "k1/gate.fitted.yaml").read_text()
    bench.check(text.count("temperature: ") == 2 and "high" not in text, f"cost: {text}")
    one(bench, "k2", "gate: {fitted: k1/gate.fitted.yaml}\n" + FRONTS, ranks=2)
    bench.check(digests(bench.folder / "k1") == digests(bench.folder / "k2"), "cost: other bytes")
    bench.good("guard", "r", "k1.yaml")
    bench.good("report", "r", "--figure", "fronts", "--format", "csv")
    bench.check(len([r for r in bench.rows("r/figures", "fronts1.csv") if r["kind"] == "value"]) <= 2, "cost: figure")
    shutil.rmtree(bench.folder / "r/guard")
    shutil.rmtree(bench.folder / "r/figures")
    bench.write("bad.fitted.yaml", text.replace("temperature: ", "temperature: 9", 1))
    for words, bad in (("the file was changed", "{fitted: bad.fitted.yaml}"), ("it stands alone", "{cost: 1, false_refusal: 0.1}"),
                       ("it stands alone", "{cost: 1, scores: [energy]}"), ("cost", "{cost: -1}")):
        bench.write("bad.yaml", f"gate: {bad}\n" + FRONTS)
        bench.refused(words, bench.run("guard", "r", "bad.yaml", "-o", "never"), [words], ("never",))


def similar(bench):
    """What a class is taken for is asked of each model, on its dev samples; the same on any ranks."""
    like = "{kind: conflict, modalities: [feature], rate: 1, donor: similar}"
    front = "adherence: {look_alike: %s, again: [%s, {kind: blank, modalities: [series]}]}\n" % (like, like)
    one(bench, "s1", gate(fronts=front), ranks=1)
    one(bench, "s2", gate(fronts=front), ranks=2)
    bench.check(digests(bench.folder / "s1") == digests(bench.folder / "s2"), "similar: other bytes on two ranks")
    told = {r["condition"]: r for r in bench.rows("s1", "fronts.csv") if not r["group"]}
    bench.check({k: r["donor"] for k, r in told.items()} == {"clean": "", "look_alike=1": "similar", "again": "similar"},
                f"similar: donors of {told}")
    bench.check(all(0 < int(r["n"]) <= 360 for r in told.values()), "similar: nobody was hit")
    bench.write("bad.yaml", gate(fronts=front.replace("similar", "similr")))
    bench.refused("did you mean 'similar'", bench.run("guard", "r", "bad.yaml", "-o", "never"), ["did you mean 'similar'"],
                  ("never",))


def figure(bench):
    """The report of a folder with a guard draws both fronts, and refuses a table that is damaged."""
    bench.write("drawn.yaml", gate())
    bench.refused("without a guard", bench.run("report", "r", "--figure", "fronts"), ["fronts"])
    bench.good("guard", "r", "drawn.yaml")
    bench.good("report", "r", "--figure", "fronts", "--format", "csv")
    told = {r["condition"]: float(r["refused"]) for r in bench.rows("r/guard", "overall.csv")}
    drawn = bench.rows("r/figures", "fronts1.csv")
    points = collections.defaultdict(list)
    for r in drawn:
        if r["kind"] == "line":
            points[r["series"]].append((float(r["x"]), float(r["y"])))
    # A line, a dot and a ring for each condition that ought to be refused; the axis ends at five times the asked share.
    bench.check(set(points) == {"contradicted=1", "emptied=1"}, f"curves: {set(points)}")
    for name, curve in points.items():
        bench.check(curve == sorted(curve) and curve[0] == (0, 0) and curve[-1][0] == 25, f"curve: {name} {curve}")
        bench.check(all(a[1] <= b[1] for a, b in zip(curve, curve[1:])), f"curve: {name} falls")
        marks = [(float(r["x"]), float(r["y"])) for r in drawn if r["kind"] == "value" and r["series"] == name]
        bench.check(len(marks) == 2 and marks[0][0] == 5, f"marks: {marks}")
        bench.check(abs(marks[1][0] - 100 * told["clean"]) < 1e-9 and abs(marks[1][1] - 100 * told[name]) < 1e-9, f"ring: {marks}")
    # Of whom: a site is a client here, and one client is no group.
    rows = bench.rows("r/guard", "groups.csv")
    bench.check(rows and all((r["refused"] == "") == (int(r["clusters"]) < 5) for r in rows), f"groups: {rows}")
    bench.check(sum(int(r["n"]) for r in rows) == 2 * 360, f"groups: {rows}")
    drawn = [r for r in bench.rows("r/figures", "fronts2.csv")] if (bench.folder / "r/figures/fronts2.csv").exists() else []
    bench.check(sorted(round(float(r["y"]) / 100, 9) for r in drawn if r["kind"] == "value") ==
                sorted(round(float(r["refused"]), 9) for r in rows if r["refused"]), f"bars: {drawn}")
    # Of one group that is large enough there is a bar, and of the other a word.
    table = bench.folder / "r/guard/groups.csv"
    lines = table.read_text().splitlines()
    names = lines[0].split(",")
    row = lines[1].split(",")
    for name, value in (("clusters", "5"), ("refused", "0.125"), ("low", "0.1"), ("high", "0.2"), ("null", "0.2"), ("p", "0.5")):
        row[names.index(name)] = value
    table.write_text("\n".join([lines[0], ",".join(row), *lines[2:]]) + "\n")
    for style in ("csv", "svg"):
        bench.good("report", "r", "--figure", "fronts", "--format", style)
    drawn = bench.rows("r/figures", "fronts2.csv")
    bench.check([float(r["y"]) for r in drawn if r["kind"] == "value"] == [12.5], f"bars: {drawn}")
    words = (bench.folder / "r/figures/fronts2.svg").read_text()  # of several lines
    bench.check("few)" in words, "no word for a small group")
    table = bench.folder / "r/guard/overall.csv"
    table.write_text(table.read_text().replace(",0.05,", ",0.05,9", 1))
    bench.refused("a damaged table", bench.run("report", "r", "--figure", "fronts"), ["overall.csv"])


def claims(bench):
    """Three answers: without evidence never another one, and each count is one of samples."""
    text = gate('["signal:feature"]', fronts=FRONTS + "  gone: {kind: missing_modality, modalities: [feature], rate: 1}\n")
    told = "claims: {claim: series, evidence: feature, refutes: [contradicted], not_enough_info: [%s]}\n"
    one(bench, "c1", told % "gone" + text)
    one(bench, "c2", told % "emptied" + text)
    for name in ("c1", "c2"):
        rows = [r for r in bench.rows(name, "claims.csv") if not r["group"]]
        bench.check(len(rows) == 2 * 3, f"{name}: {len(rows)} rows")
        sites = [r for r in bench.rows(name, "claims.csv") if r["group"]]
        bench.check(sum(int(r["n"]) for r in sites) == sum(int(r["n"]) for r in rows), f"{name}: groups {sites}")
        bench.check({r["label_accuracy"] for r in sites} == {""}, f"{name}: few people {sites}")
        for r in rows:
            said = [int(r[k]) for k in ("supports", "refutes", "not_enough_info")]
            bench.check(sum(said) == int(r["n"]) == 360, f"{name}: counts {r}")
            if r["truth"] == "not_enough_info":
                bench.check(said == [0, 0, 360] and float(r["invented"]) == 0, f"{name}: invented {r}")
        for trial in {r["trial"] for r in rows}:
            mine = [r for r in rows if r["trial"] == trial]
            share = sum(int(r[r["truth"]]) / int(r["n"]) for r in mine) / 3
            bench.check(all(abs(float(r["label_accuracy"]) - share) < 1e-12 for r in mine), f"{name}: accuracy {mine}")
    bench.check(not (bench.folder / "all/claims.csv").exists(), "claims that nobody asked for")
    # As a judge of the study: what was said of each truth is what scores.csv has of its condition.
    judged = gate("[energy:feature, disagreement]", fronts=FRONTS + "  gone: {kind: missing_modality, modalities: [feature], rate: 1}\n")
    one(bench, "c3", told % "gone" + judged)
    conditions = "".join(line for line in judged.splitlines(True) if "contradicted" in line or "gone" in line)
    bench.write("claims.more.yaml", "tests:\n" + conditions +
                "evaluate: {judge: {kind: claim, file: c3/gate.fitted.yaml}}\n")
    for folder, n in (("j1", 1), ("j2", 2)):
        shutil.copytree(bench.folder / "r", bench.folder / folder)
        bench.good("evaluate", folder, "--tests", "claims.more.yaml", "--no-report", ranks=n)
    bench.same_tables("j1", "j2", "claims on two ranks")
    said = {(r["trial"], r["condition"], r["metric"]): float(r["value"]) for r in bench.rows("j1", "scores.csv")
            if r["selection"] == "best" and r["group"] == "all" and r["value"]}
    for r in bench.rows("c3", "claims.csv"):
        condition = {"supports": "trial", "refutes": "contradicted", "not_enough_info": "gone"}[r["truth"]]
        n = int(r["n"])
        if not r["group"]:
            bench.check(abs(said[r["trial"], condition, "answered"] - int(r["supports"]) / n) < 1e-12 and
                        abs(said[r["trial"], condition, "refuted"] - int(r["refutes"]) / n) < 1e-12, f"judged: {r} {said}")
    bench.check(sum(v for k, v in said.items() if k[2] == "refuted" and k[1] == "contradicted") > 0, f"nothing is refuted: {said}")
    bench.write("deep/claim.yaml", "evaluate: {judge: {kind: claim, file: ../first/gate.fitted.yaml}}\n")
    bench.refused("it has no cut for claims", bench.run("evaluate", "j1", "--tests", "deep/claim.yaml"), ["looks at more than"])
    nobody = "{claim: series, evidence: feature, refutes: [gone]}"
    bench.write("bad.yaml", f"claims: {nobody}\n" + text)
    bench.refused("under gone no dev sample", bench.run("guard", "r", "bad.yaml", "-o", "never"),
                  ["under gone no dev sample has both series and feature"], ("never",))
    for claim, words in (("{claim: series, evidence: feature}", "are needed, as [contradicted]"),
                         ("{claim: series}", "both claim and evidence"),
                         ("{claim: series, evidence: series, refutes: [gone]}", "cannot be its own evidence"),
                         ("{claim: series, evidence: image, refutes: [gone]}", "no such modality as image"),
                         ("{claim: series, evidence: feature, refutes: [contradict]}", "no condition 'contradict'"),
                         ("{claim: series, evidence: feature, refutes: [gone, clean]}", "under two answers")):
        bench.write("bad.yaml", f"claims: {claim}\n" + text)
        bench.refused(words, bench.run("guard", "r", "bad.yaml", "-o", "never"), [words], ("never",))


def refused(bench):
    """Nothing is written of what is wrong, and the message says what and where."""
    few = "dev samples"
    for text, words in (
            (gate("[enrgy]"), "did you mean 'energy'"),
            (gate("[energy:imag]"), "no such modality"),
            (gate("[energy, energy]"), "energy is there twice"),
            (gate("[]"), "a list of scores is expected"),
            (gate(more=", calibrate: test"), "calibrate"),
            (gate(more=", false_refusal: 2"), "false_refusal"),
            (gate(more=", false_refusal: 0.0001"), few),
            (gate(more=", per: acent"), "is no group column"),
            (gate(fronts="adherence: {}\n"), "it names nothing that ought to be refused"),
            (gate(fronts="adherence: {a: {kind: conflct, rate: 1}}\n"), "did you mean 'conflict'"),
            (gate(fronts=FRONTS.replace("rate: 1", "rate: 2")), "adherence.contradicted"),
            (gate(fronts=FRONTS.replace("[0.01, 0.02]", "[]")), "benign.mild.sigma: the list is empty"),
            (gate(fronts=FRONTS.replace("mild", "emptied")), "'emptied' stands in adherence and in benign"),
            (gate() + "more: 1\n", "more"),
    ):
        bench.write("bad.yaml", text)
        bench.refused(words, bench.run("guard", "r", "bad.yaml", "-o", "never"), [words], ("never",))
    bench.write("good.yaml", gate())
    bench.refused("no such folder", bench.run("guard", "nowhere", "good.yaml", "-o", "never"), ["no such folder"], ("never",))
    bench.refused("is there already", bench.run("guard", "r", "good.yaml", "-o", "all"), ["is there already"], ("never",))
    # --overwrite replaces what an earlier guard wrote, and neither results nor a folder of something else.
    for out, says in (("r", "holds no fronts.csv"), ("data", "holds no fronts.csv"), ("r/models/g", "lies in r/models")):
        bench.refused(f"into {out}", bench.run("guard", "r", "good.yaml", "-o", out, "--overwrite"), [says])
    state = bench.folder / "r/state"
    was = state.read_text()
    state.write_text(was.replace("done", "interrupted"))
    bench.refused("the run is not done (interrupted)", bench.run("guard", "r", "good.yaml", "-o", "never"), ["the run is not done (interrupted)"], ("never",))
    state.write_text(was)
    bench.check(not (bench.folder / "never").exists(), "something was written")


def in_a_matrix(bench):
    """The matrix has the shares of the gate of all scores, where the guard lies in the results."""
    shutil.copytree(bench.folder / "all", bench.folder / "r/guard", dirs_exist_ok=True)
    bench.good("matrix", "r", "-o", "m")
    with open(bench.folder / "m/matrix.csv", encoding="utf-8", newline="") as file:
        rows = {r["condition"]: r["value"] for r in csv.DictReader(file) if r["of"] == "+".join(SCORES)}
    wanted = {r["condition"]: r["refused"] for r in bench.rows("all", "overall.csv") if r["gate"] == "+".join(SCORES)}
    wanted = {"trial" if name == "clean" else f"guard/{name}": value for name, value in wanted.items()}
    bench.check(len(wanted) == 5 and wanted.items() <= rows.items(), f"{rows}, not {wanted}")


def main():
    bench = Bench()
    bench.parts(make, tables, laws, ranks, fitted, judged, by_group, cost, similar, claims, refused, figure, in_a_matrix)
    bench.end()


if __name__ == "__main__":
    main()
