#!/usr/bin/env python3
"""A red team on finished models: what it may try, laws of its tables, the pack on the same models, the same bytes on
any ranks, and refusals before anything is written."""
import csv
import os
import subprocess

from bench import FRAY, Bench, digests

SCENARIO = """\
name: attacked
seeds: {trial: [1, 2], partition: fixed, corruption: per_trial}
data: {shards: data}
model: {fusion: concat, hidden: 6, head: 0, encoders: {series: {kind: conv_gru, filters: [4], kernel: 3}, feature: {kind: mlp, units: 6}}}
training: {rounds: 4, clients_per_round: 1, local: {epochs: 2, batch: 5, lr: 0.1}}
evaluate: {metrics: [accuracy, hijack, hijack_base], groups: [site]}
"""
FIGURES = ("redteam1-best", "redteam2-distinct", "redteam3-finds")
EMPTIED = "adherence: {emptied: {kind: blank, modalities: [feature], fill: zero}}\n"
SEARCH = "{success: %s, budget: %d, search_seeds: 2, pool: {size: 4}, strategies: [%s], limits: {%s}%s}\n"


def redteam(success=0.05, budget=10, strategies="random, climb", limits="severity: 5, series: {snr_db: -90}, feature: {snr_db: -90}", more=""):
    return SEARCH % (success, budget, strategies, limits, more)


def rows(bench, folder, table):
    """Recipes are quoted, as they hold commas."""
    with open(bench.folder / folder / table, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def make(bench):
    bench.synth("data", clients=6, test_clients=12, samples=16, classes=3, dev_fraction=0.3, separation=1.5)
    bench.write("s.yaml", SCENARIO)
    bench.good("run", "s.yaml", "-o", "r", "--no-report")


def one(bench, name, text, *more, ranks=0):
    bench.write(f"{name}.yaml", text)
    return bench.good("redteam", "r", f"{name}.yaml", "-o", name, *more, ranks=ranks, seconds=120)


def tables(bench):
    """Each strategy tries the budget from the same beginning; counts of one table are those of the other."""
    before = digests(bench.folder / "r")
    result = one(bench, "a", redteam(strategies="random, climb, fifo, lifo, scoring, scoring_lifo, scoring_diversity"))
    print(result.stdout)
    bench.check(all(len(line) <= 80 for line in result.stdout.splitlines()), "lines of more than 80 columns")
    bench.check(before == digests(bench.folder / "r"), "RESULTS was changed")
    tried, searches, finds = (rows(bench, "a", f"{t}.csv") for t in ("recipes", "strategies", "finds"))
    bench.check(len(searches) == 7 * 2 and len(tried) == 7 * 2 * 10, f"{len(searches)} searches, {len(tried)} recipes")
    begun = {}
    for s in searches:
        mine = [r for r in tried if (r["strategy"], r["search_seed"]) == (s["strategy"], s["search_seed"])]
        bench.check([int(r["step"]) for r in mine] == list(range(10)), "steps")
        good = [r for r in mine if r["success"] == "1"]
        bench.check(all((float(r["score"] or -1) >= 0.05) == (r["success"] == "1") for r in mine), "success by score")
        bench.check(int(s["successes"]) == len(good) and float(s["success_share"]) == len(good) / 10, f"share: {s}")
        bench.check(float(s["best"]) == max(float(r["score"]) for r in mine if r["score"]), f"best: {s}")
        bench.check(s["first_success"] == (good[0]["step"] if good else ""), f"first: {s}")
        bench.check(mine[-1]["distinct"] == s["distinct"], f"distinct by the last recipe: {mine[-1]['distinct']}: {s}")
        bench.check(int(s["distinct"]) <= len(good) and int(s["signatures"]) <= len(good), f"distinct: {s}")
        begun.setdefault(s["search_seed"], set()).add(tuple(r["recipe"] for r in mine[:4]))
        bench.check(all(r["parent"] == "" and r["entries"] == "1" for r in mine[:4]), "beginnings")
        for r in mine:
            bench.check(int(r["entries"]) == r["recipe"].count("kind: ") <= 3, f"entries: {r}")
            bench.check(r["role"] == "find" and (r["parent"] == "" or int(r["parent"]) < int(r["step"])), f"parent: {r}")
    told = {}
    for r in tried:
        told.setdefault(r["recipe"], set()).add((r["score"], r["feature.distortion"], r["series.distortion"]))
    bench.check(all(len(t) == 1 for t in told.values()) and len(told) < len(tried), "one recipe, several scores")
    bench.check(all(len(b) == 1 for b in begun.values()), "searches of one seed begin differently")
    bench.check(0 < len(finds) <= 10, f"{len(finds)} finds")
    scores = [float(f["dev_drop"]) for f in finds]
    bench.check(scores == sorted(scores, reverse=True), "finds in the order of their scores")
    best = max(float(r["score"]) for r in tried if r["score"])
    bench.check(scores[0] == best, f"the best find is {scores[0]}, and {best} was found")
    for f in finds:
        bench.check(f["role"] == "report" and int(f["n"]) == 2 * 12 * 16 and f["clusters"] == "12", f"samples: {f}")
        low, drop, high = (float(f[k]) for k in ("low", "test_drop", "high"))
        bench.check(f["worst_group"].startswith("site=") and int(f["worst_clusters"]) >= 5, f"group: {f}")
        bench.check(low <= drop <= high and (f["confirmed"] == "0" or low > 0.025), f"interval: {f}")
    for table in ("recipes", "strategies", "finds"):
        named = {r["column"] for r in rows(bench, "a", "columns.csv") if r["file"] == f"{table}.csv"}
        own = {"MODALITY." + k.partition(".")[2] if "." in k else k for k in rows(bench, "a", f"{table}.csv")[0]}
        bench.check(named == own, f"columns.csv names other columns than {table}.csv")


def pack(bench):
    """The pack is a file of tests, and says of the same models what the search said on the test."""
    finds = rows(bench, "a", "finds.csv")
    bench.good("evaluate", "r", "--tests", "a/pack.yaml", seconds=120)
    scores = rows(bench, "r", "scores.csv")
    got = {}
    for s in scores:
        if (s["selection"], s["metric"]) == ("best", "accuracy"):
            got.setdefault((s["condition"], s["group"]), []).append(float(s["value"]))
    groups = {group for _, group in got} - {"all"}
    print(sorted(groups))
    for f in finds:
        mean = {key: sum(v) / 2 for key, v in got.items() if key[0] in ("trial", f["name"])}
        worst = max(mean["trial", g] - mean[f["name"], g] for g in groups if g.startswith("site="))
        bench.check(abs(worst - float(f["worst_drop"])) < 1e-12, f"{f['name']}: {worst} of a group by evaluate, {f['worst_drop']}")
        drop = mean["trial", "all"] - mean[f["name"], "all"]
        bench.check(abs(drop - float(f["test_drop"])) < 1e-12, f"{f['name']}: {drop} by evaluate, {f['test_drop']} by the search")


def limits(bench):
    """What is over a limit costs its place and never counts; a lower severity cuts the range."""
    one(bench, "l", redteam(limits="severity: 5, series: {snr_db: 300}, feature: {snr_db: 300}"))
    over = [r for r in rows(bench, "l", "recipes.csv") if r["over_limit"] == "1"]
    bench.check(over and all(r["success"] == "0" and r["score"] == "" for r in over), "over a limit")
    noisy = [r for r in rows(bench, "l", "recipes.csv") if r["series.distortion"] or r["feature.distortion"]]
    bench.check(noisy and all(r["over_limit"] == "1" for r in noisy), "distortion without a limit")
    one(bench, "k", redteam(more=", recipe: {most: 1, kinds: [missing_modality]}", limits="lost: 0.2"))
    rates = [float(r["recipe"].split("rate: ")[1].rstrip("}")) for r in rows(bench, "k", "recipes.csv")]
    bench.check(rates and max(rates) <= 0.2 and min(rates) >= 0, f"rates: {rates}")
    kinds = {r["recipe"].split("kind: ")[1].split(",")[0] for r in rows(bench, "a", "recipes.csv")}
    bench.check(not kinds & {"conflict", "stale", "flip", "inversion"}, f"kinds that may change the class: {kinds}")


def sweeps(bench):
    """Each technique once, in the order of what it does, and counted by effect; pairs the same on any ranks."""
    result = one(bench, "singles", redteam(limits="severity: 3, series: {snr_db: -90}, feature: {snr_db: -90}",
                                            more=", recipe: {kinds: [jitter, offset, spikes, missing_modality, feature_noise, feature_shift]}"),
                 "--sweep", "singles")
    print(result.stdout)
    table, tried = rows(bench, "singles", "techniques.csv"), rows(bench, "singles", "recipes.csv")
    bench.check(len({r["recipe"] for r in tried}) == len(tried) == len(table), "a technique twice, or none")
    bench.check(all(r["entries"] == "1" for r in tried) and {t["severity"] for t in table} == {"1", "2", "3"}, "severities")
    scores = [float(t["score"] or "-inf") for t in table]
    bench.check(scores == sorted(scores, reverse=True), "techniques in the order of their scores")
    kept = [t["name"] for t in table if t["like"] == t["name"]]
    bench.check(all((t["success"] == "1") == (t["like"] in kept) for t in table), "what successes are like")
    search, = rows(bench, "singles", "strategies.csv")
    bench.check(kept and int(search["distinct"]) == len(kept) and int(search["tried"]) == len(table), f"counts: {search}")
    named = {r["column"] for r in rows(bench, "singles", "columns.csv") if r["file"] == "techniques.csv"}
    bench.check(named == set(table[0]), "columns.csv names other columns than techniques.csv")
    few = redteam(more=", recipe: {kinds: [jitter, missing_modality, feature_noise]}")
    for name, n in (("pairs", 0), ("pairs2", 2)):
        one(bench, name, few, "--sweep", "pairs", ranks=n)
    bench.check(digests(bench.folder / "pairs") == digests(bench.folder / "pairs2"), "a sweep: other bytes on 2 ranks")
    pairs = [t["kinds"] + " of " + t["modalities"] for t in rows(bench, "pairs", "techniques.csv")]
    print(pairs)
    kinds = {(k, m) for p in pairs for k, m in zip(*(w.split(" + ") for w in p.split(" of ")))}
    bench.check(len(set(pairs)) == len(pairs) == len(kinds) * (len(kinds) - 1) / 2 > 2, f"pairs of {len(kinds)}: {pairs}")
    bench.write("one.yaml", redteam(more=", recipe: {most: 1}"))
    for what, words in ((("--sweep", "singles", "--budget", "9"), "--budget"), (("--sweep", "pairs"), "pairs are recipes of two")):
        bench.refused(words, bench.run("redteam", "r", "one.yaml", "-o", "never", *what), [words], ("never",))


def ranks(bench):
    """A search hangs on no rank, and on nothing that was there before; --budget is the file's."""
    one(bench, "b", redteam(budget=20), "--budget", "10")
    for n in (3,):
        one(bench, f"n{n}", redteam(), ranks=n)
        bench.check(digests(bench.folder / "b") == digests(bench.folder / f"n{n}"), f"{n} ranks: other bytes")
    one(bench, "longer", redteam(budget=20))
    steps = lambda folder: [r for r in rows(bench, folder, "recipes.csv") if int(r["step"]) < 10]
    bench.check(steps("b") == steps("longer"), "a shorter search is not the beginning of a longer one")


def killed(bench):
    """Whoever is killed leaves nothing, and beginning again gives what an undisturbed search gives."""
    bench.write("k.yaml", redteam(budget=20000))
    names = {p.name for p in bench.folder.iterdir()}
    with subprocess.Popen([FRAY, "redteam", "r", "k.yaml", "-o", "again", "--progress", "plain"], cwd=bench.folder,
                          env={**os.environ, **bench.single()}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as process:
        said = process.stderr.readline()
        process.kill()
    bench.check("recipes" in said and process.returncode == -9, f"killed too late: {process.returncode}: {said}")
    bench.check({p.name for p in bench.folder.iterdir()} == names, "a search that was killed left something")
    one(bench, "again", redteam())
    bench.check(digests(bench.folder / "b") == digests(bench.folder / "again"), "after a kill: other bytes")


def nothing(bench):
    """A search without finds is a result: its pack has no conditions, and evaluate says so."""
    result = one(bench, "none", redteam(success=1))
    print(result.stdout)
    bench.check(rows(bench, "none", "finds.csv") == [], "finds of a search without successes")
    bench.refused("empty pack", bench.run("evaluate", "r", "--tests", "none/pack.yaml"),
                  ["none/pack.yaml:3: pack", "it has no conditions"], ("never",))


def hijack(bench):
    """A payload carries the class, and what the search says of the test is the metric of fray evaluate."""
    one(bench, "h", redteam(more=", goal: hijack, target: class1, recipe: {most: 1, kinds: [payload]}", strategies="random"))
    tried, finds = rows(bench, "h", "recipes.csv"), rows(bench, "h", "finds.csv")
    bench.check(finds and all('target: "class1"' in r["recipe"] for r in tried), "payloads without the target")
    bench.good("evaluate", "r", "--tests", "h/pack.yaml", seconds=120)
    got = {}
    for s in rows(bench, "r", "scores.csv"):
        if s["selection"] == "best" and s["group"] == "all" and s["metric"].startswith("hijack") and s["value"]:
            got.setdefault((s["condition"], s["metric"]), []).append(float(s["value"]))
    for f in finds:
        rise = (sum(got[f["name"], "hijack"]) - sum(got[f["name"], "hijack_base"])) / 2
        bench.check(abs(rise - float(f["test_drop"])) < 1e-12, f"{f['name']}: {rise} by evaluate, {f['test_drop']} by the search")
        bench.check(int(f["n"]) < 2 * 12 * 16, f"samples of the target count: {f}")
    wide = one(bench, "hw", redteam(budget=60, more=", goal: hijack, target: class1", strategies="random"))
    kinds = {k.split(",")[0] for r in rows(bench, "hw", "recipes.csv") for k in r["recipe"].split("kind: ")[1:]}
    for r in rows(bench, "hw", "recipes.csv"):
        reached = {m for m in ("series", "feature") for k in ("conflict", "payload") if f'kind: {k}, modalities: ["{m}"]' in r["recipe"]}
        bench.check(len(reached) < 2 or r["over_limit"] == "1", f"another class in every modality: {r}")
    bench.check({"conflict", "payload"} <= kinds and "stale" not in kinds, f"kinds of a hijack: {kinds}")
    bench.check("a rise of answers with the target" in " ".join(wide.stdout.split()), wide.stdout)


def gap(bench):
    """Of one group less the others, as counts of fray evaluate have it; of few people the test says nothing."""
    site = rows(bench, "a", "finds.csv")[0]["worst_group"]
    one(bench, "g", redteam(more=f", goal: gap, group: {site}", success=0.02))
    finds = rows(bench, "g", "finds.csv")
    bench.good("evaluate", "r", "--tests", "g/pack.yaml", seconds=120)
    right, n = {}, {}
    for s in rows(bench, "r", "scores.csv"):
        if (s["selection"], s["metric"]) == ("best", "accuracy"):
            key = s["condition"], s["group"], s["trial"]
            n[key] = int(s["n"])
            right[key] = float(s["value"]) * n[key]
    bench.check(finds, "no gap was found")
    for f in finds:
        gaps = []
        for trial in {k[2] for k in n}:
            drop = lambda g: right["trial", g, trial] - right[f["name"], g, trial]
            mine, all_of = n[f["name"], site, trial], n[f["name"], "all", trial]
            gaps.append(drop(site) / mine - (drop("all") - drop(site)) / (all_of - mine))
        bench.check(abs(sum(gaps) / 2 - float(f["test_drop"])) < 1e-12, f"{f['name']}: {sum(gaps) / 2} by evaluate: {f}")
        bench.check(f["low"] and int(f["n"]) == 2 * 12 * 16, f"gap: {f}")


def guarded(bench):
    """With a guard only what it lets pass counts, and what it refuses is what fray guard says of the same conditions."""
    bench.write("gate.yaml", "gate: {scores: [energy, 'mahalanobis:series'], false_refusal: 0.2}\n" + EMPTIED)
    bench.good("guard", "r", "gate.yaml", "-o", "gate", seconds=120)
    for name, more in (("gw", ""), ("gr", ", goal: refuse")):
        one(bench, name, redteam(success=0.01, more=more + ", guard: gate/gate.fitted.yaml"))
        pack = (bench.folder / name / "pack.yaml").read_text()
        bench.write("again.yaml", "gate: {fitted: gate/gate.fitted.yaml}\n" + EMPTIED + "benign: " + pack.partition("\ntests:")[2])
        bench.good("guard", "r", "again.yaml", "-o", f"{name}-again", seconds=120)
        got = {}
        for r in rows(bench, f"{name}-again", "fronts.csv"):
            if not r["group"] and r["gate"] == "energy+mahalanobis:series":
                refused = float(r["refused"])
                passed = (1 - refused) * float(r["answered_wrong"] or 0)
                got.setdefault(r["condition"].partition("=")[0], []).append(refused if name == "gr" else passed)
        finds = [f for f in rows(bench, name, "finds.csv") if not "missing" in f["recipe"]]
        bench.check(finds and ("conflict" not in str(finds)), f"finds: {finds}")
        for f in finds:
            rise = (sum(got[f["name"]]) - sum(got["clean"])) / 2
            bench.check(abs(rise - float(f["test_drop"])) < 1e-9, f"{f['name']}: {rise} by the guard, {f['test_drop']} by the search")


def deflected(bench):
    """A third of the steps takes a recipe that the guard mostly refuses, and tries it again in another shape."""
    said = one(bench, "d", redteam(budget=40, strategies="random, climb", more=", guard: gate/gate.fitted.yaml"))
    bench.check("get past it all the same" in " ".join(said.stdout.split()), said.stdout)
    tried = rows(bench, "d", "recipes.csv")
    by = {(r["strategy"], r["search_seed"], r["step"]): r for r in tried}
    for s in rows(bench, "d", "strategies.csv"):
        mine = [r for r in tried if (r["strategy"], r["search_seed"]) == (s["strategy"], s["search_seed"])]
        shaped = [r for r in mine if r["shape"]]
        first = min([int(r["step"]) for r in mine if r["deflected"] == "1"], default=99)
        turns = [k for k in range(4, 40) if (k - 4) % 3 == 2 and k > first]
        wanted = [] if s["strategy"] == "random" else turns
        bench.check({int(r["step"]) for r in shaped} <= set(wanted), f"other steps: {s}")
        bench.check(bool(shaped) == bool(wanted), f"no shapes: {s}")
        bench.check(int(s["deflected"]) == sum(r["deflected"] == "1" for r in mine), f"deflected: {s}")
        within = [r for r in shaped if r["bypass"]]
        bench.check(int(s["reshaped"]) == len(within), f"shapes: {s}")
        if within:
            mean = sum(float(r["bypass"]) for r in within) / len(within)
            bench.check(abs(mean - float(s["bypass_shapes"])) < 1e-12, f"bypass: {s}")
        for r in shaped:
            parent = by[r["strategy"], r["search_seed"], r["parent"]]
            bench.check(parent["deflected"] == "1" and {r["shape"]} <= {"weaker", "moved", "widened"}, f"shape: {r}")
            more = int(r["entries"]) - int(parent["entries"])
            bench.check(more == (r["shape"] == "widened"), f"entries: {r}")
    bench.check(any(r["shape"] for r in tried), "nothing was deflected")
    one(bench, "d2", redteam(budget=40, strategies="random, climb", more=", guard: gate/gate.fitted.yaml"), ranks=2)
    bench.check(digests(bench.folder / "d") == digests(bench.folder / "d2"), "a guard: 2 ranks: other bytes")


def older(bench):
    """A search goes on from an older pack: its recipes come first under their names, the new pack keeps all that can act here."""
    text = (bench.folder / "a/pack.yaml").read_text()
    more = """  other_data: {kind: gaussian_noise, modalities: [image], sigma: 0.1}
  own_keys: {kind: missing_values, modalities: [series], share: 0.2, pattern: blocks}
"""
    bench.write("old.yaml", text + more)
    said = one(bench, "o", redteam(more=", pool: {size: 4, from: old.yaml}").replace("pool: {size: 4}, ", "", 1)).stderr
    print(said)
    bench.check("old.yaml: tests.other_data: left out: these data have no modality 'image'" in said, said)
    lines = lambda folder: {line for line in (bench.folder / folder).read_text().partition("\ntests:\n")[2].splitlines()}
    names = [line.split(":")[0].strip() for line in text.partition("\ntests:\n")[2].splitlines()]
    new = (bench.folder / "o/pack.yaml").read_text()
    kept = {line.split(":")[0].strip() for line in lines("o/pack.yaml")}
    bench.check(set(names) | {"own_keys"} <= kept and "other_data" not in kept, f"kept: {kept} of {names}")
    bench.check(new.count("\n  older:\n    - {goal: wrong") == 1, new)
    tried = rows(bench, "o", "recipes.csv")
    before = {f["name"]: f["recipe"] for f in rows(bench, "a", "finds.csv")}
    for strategy in ("random", "climb"):
        first = [r for r in tried if r["strategy"] == strategy and int(r["step"]) < 4]
        bench.check([r["name"] for r in first] == names[:4] * 2, f"beginning: {[r['name'] for r in first]}")
        bench.check(all(before[r["name"]] == r["recipe"] for r in first), "another recipe under an old name")
    rest = [r["name"] for r in tried if int(r["step"]) >= 4]
    bench.check(all(name.startswith("r2-") for name in rest), f"names: {rest}")
    bench.good("evaluate", "r", "--tests", "o/pack.yaml", seconds=120)
    one(bench, "o3", redteam(more=", pool: {size: 4, from: o/pack.yaml}").replace("pool: {size: 4}, ", "", 1))
    third = (bench.folder / "o3/pack.yaml").read_text()
    bench.check(third.count("\n    - {goal: wrong") == 2 and {line.split(":")[0].strip() for line in lines("o3/pack.yaml")} >= kept, third)
    bench.write("bad.yaml", redteam(more=", pool: {from: s.yaml}").replace("pool: {size: 4}, ", "", 1))
    bench.refused("no pack", bench.run("redteam", "r", "bad.yaml", "-o", "never"), ["s.yaml: is no pack of a red team"], ("never",))


def figure(bench):
    """`fray report` of a folder that holds redteam/ draws what searches found and what is left of it; a damaged table ends it."""
    bench.write("drawn.yaml", redteam())
    bench.refused("without a red team", bench.run("report", "r", "--figure", "redteam"), ["redteam"])
    bench.good("redteam", "r", "drawn.yaml", seconds=120)
    bench.good("report", "r", "--figure", "redteam", "--format", "csv", seconds=120)
    print(sorted(p.name for p in (bench.folder / "r/figures").iterdir()))
    drawn = {what: [r for r in rows(bench, "r/figures", f"{what}.csv") if r["series"]] for what in FIGURES}
    tried, finds = rows(bench, "r/redteam", "recipes.csv"), rows(bench, "r/redteam", "finds.csv")
    for what, key in zip(FIGURES, ("score", "distinct")):
        scale = 100 if key == "score" else 1
        for r in drawn[what]:
            ends = [max(float(t[key]) for t in tried if t["strategy"] == r["series"] and t["search_seed"] == seed and t[key] and
                        int(t["step"]) < float(r["x"])) for seed in ("1", "2")]
            got = [float(r[k]) for k in ("y", "low", "high")]
            want = [scale * v for v in (sum(ends) / 2, min(ends), max(ends))]
            bench.check(all(abs(a - b) < 1e-6 for a, b in zip(got, want)), f"{what}: {r}: {want}")
        bench.check(len(drawn[what]) == 2 * 10, f"{len(drawn[what])} points")
    bench.check(sorted(r["label"] for r in drawn[FIGURES[2]]) == sorted(f["name"] for f in finds), f"finds: {drawn[FIGURES[2]]}")
    for r in drawn[FIGURES[2]]:
        f = next(f for f in finds if f["name"] == r["label"])
        bench.check(abs(float(r["x"]) - 100 * float(f["dev_drop"])) < 1e-6 and abs(float(r["y"]) - 100 * float(f["test_drop"])) < 1e-6, f"{r}")
        bench.check(r["series"] == ("confirmed" if f["confirmed"] == "1" else "not confirmed"), f"{r}: {f}")
    table = bench.folder / "r/redteam/recipes.csv"
    table.write_text(table.read_text().replace("random,1,0,", "random,1,-1,", 1))
    bench.refused("a damaged table", bench.run("report", "r", "--figure", "redteam"), ["recipes.csv, line 2"])
    # Of a sweep the order of its list means nothing, so there are no courses.
    (bench.folder / "r/redteam/techniques.csv").write_text("")
    drawn = bench.good("report", "r", "--figure", "redteam", "--format", "csv").stderr
    bench.check("redteam3-finds" in drawn and "redteam1-best" not in drawn, f"figures of a sweep: {drawn}")


def refused(bench):
    """Nothing is written of what is wrong, and the message says what and where."""
    for text, words in (
            (redteam(budget=7), "asks for at least 8"),
            (redteam(strategies="climb"), "random cannot be left out"),
            (redteam(strategies="random, clmb"), "did you mean 'climb'"),
            (redteam(more=", goal: hijak"), "did you mean 'hijack'"),
            (redteam(more=", goal: hijack"), "target: goal hijack needs it"),
            (redteam(more=", goal: hijack, target: class11"), "bad.yaml: target: 'class11' is no class; there are 'class0', 'class1', 'class2' (did you mean"),
            (redteam(more=", target: class1"), "target: goal wrong has no use for it"),
            (redteam(more=", goal: refuse"), "guard: goal refuse needs one"),
            (redteam(more=", guard: a/pack.yaml"), "is no fitted gate"),
            (redteam(more=", goal: gap"), "group: goal gap needs it"),
            (redteam(more=", recipe: {kinds: [no_punctuation]}"), "it damages none of the modalities"),
            (redteam(limits="severity: 1, lost: 0", more=", recipe: {kinds: [missing_modality]}"), "recipe.kinds: missing_modality cannot be used: the limits leave nothing of it"),
            (redteam(more=", goal: gap, group: site"), "COLUMN=VALUE is expected"),
            (redteam(more=", goal: gap, group: sit=1"), "did you mean 'site'"),
            (redteam(more=", goal: gap, group: site=nowhere"), "nobody is of site 'nowhere'"),
            (redteam(success=0), "success"),
            (redteam(more=", recipe: {kinds: [conflct]}"), "did you mean 'conflict'"),
            (redteam(more=", recipe: {kinds: [conflict]}"), "conflict cannot be used"),
            (redteam(more=", recipe: {kinds: [rotation]}"), "it damages none of the modalities"),
            (redteam(more=", cell: late"), "'late' has no models"),
            (redteam(limits="severity: 6"), "severity"),
            (redteam(more=", more: 1"), "more"),
    ):
        bench.write("bad.yaml", text)
        bench.refused(words, bench.run("redteam", "r", "bad.yaml", "-o", "never"), [words], ("never",))
    bench.write("good.yaml", redteam())
    bench.refused("no such folder", bench.run("redteam", "nowhere", "good.yaml", "-o", "never"), ["no such folder"], ("never",))
    bench.refused("is there already", bench.run("redteam", "r", "good.yaml", "-o", "a"), ["is there already"], ("never",))
    state = bench.folder / "r/state"
    was = state.read_text()
    state.write_text(was.replace("done", "interrupted"))
    bench.refused("not done", bench.run("redteam", "r", "good.yaml", "-o", "never"), ["the run is not done (interrupted)"], ("never",))
    state.write_text(was)


def main():
    bench = Bench()
    bench.parts(make, tables, limits, sweeps, ranks, killed, nothing, refused, pack, hijack, gap, guarded, deflected, older, figure)
    bench.end()


if __name__ == "__main__":
    main()
