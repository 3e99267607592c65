#!/usr/bin/env python3
"""A bounty on finished models: words by the counts that stand beside them, the list against its table, roles that never
meet, answers of every kind, hunters, the same bytes on any ranks, and refusals before anything is written."""
import csv
import math
import shutil
import subprocess

from bench import DUMP, Bench, digests

# A model that hardly trained, and one that did: whoever is asked about, the second one is better.
SCENARIO = """\
name: mended
seeds: {trial: [1, 2], partition: fixed, corruption: per_trial}
data: {shards: data}
model: {fusion: concat, hidden: 6, encoders: {series: {kind: conv_gru, filters: [4], kernel: 3}, feature: {kind: mlp, units: 6}}}
training: {rounds: 12, clients_per_round: 1, local: {epochs: 2, batch: 5, lr: 0.1}}
tests: {lost: {kind: missing_modality, modalities: [series], rate: [0.3, 0.6]}}
evaluate: {metrics: [accuracy], groups: [site]}
sweep: [{grid: {training.rounds: [1, 12]}}]
"""
AGAINST = "against: {cell: {training.rounds: 1}, seed: 2, condition: lost=0.3}\n"


def paper(group="[]", answer="{cell: {training.rounds: 12}}", more=AGAINST):
    return f"{more}group: {group}\nanswer: {answer}\n"


def rows(bench, folder, table):
    with open(bench.folder / folder / table, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def make(bench):
    bench.synth("data", clients=6, test_clients=16, samples=16, classes=3, dev_fraction=0.3, separation=1.5)
    bench.write("s.yaml", SCENARIO)
    bench.good("run", "s.yaml", "-o", "r", "--no-report")


def one(bench, name, *papers, more=(), ranks=0):
    files = [bench.write(f"{name}-{k}.yaml", text) for k, text in enumerate(papers)]
    return bench.good("bounty", "r", *files, "-o", name, *more, ranks=ranks)


def word(row):
    """The rule, from the counts of the row."""
    n, everyone, right, wrong = (int(row[k]) for k in ("n", "all", "right", "wrong"))
    p = sum(math.comb(right + wrong, k) for k in range(right, right + wrong + 1)) / 2 ** (right + wrong)
    assert abs(p - float(row["p"])) < 1e-12 * p, (p, row)
    if n < 20 or n < 0.02 * everyone or int(row["clients"]) < 3:
        return "too small"
    if right <= wrong or right - wrong < 0.01 * everyone:
        return "no gain"
    return "not sure" if p > 0.05 / 20 or 3 * int(row["clients_gained"]) < 2 * int(row["clients"]) else "accepted"


def certificates(bench):
    """Each is judged against what the ones before it left; the model itself has nothing to give."""
    before = digests(bench.folder / "r")
    trials = {(t["training.rounds"], t["seed"]): t["trial"] for t in rows(bench, "r", "trials.csv")}
    head = f"r/models/{trials['1', '2']}-best.h5"
    site = rows(bench, "r", "scores.csv")
    value = next(s["group"].partition("=")[2] for s in site if s["group"].startswith("site="))
    result = one(bench, "a", paper("[{present: {series: false}}]"), paper("[{present: {series: false}}]"),
                 paper("[]", f"{{head: {head}}}"), paper("[]", "{cell: {training.rounds: 1}}"), paper(f"{{site: {value}}}"),
                 paper("[]", "{without: feature}"), paper("{said: class0}", "{say: {class0: class1}}"), paper(),
                 paper("[{disagreement: [0.3, null]}, {feature.level: [null, 0.2]}]"))
    print(result.stdout)
    bench.check(all(len(line) <= 80 for line in result.stdout.splitlines()), "lines of more than 80 columns")
    bench.check(before == digests(bench.folder / "r"), "RESULTS was changed")
    judged = rows(bench, "a", "submissions.csv")
    bench.check([int(j["submission"]) for j in judged] == list(range(1, 10)), "numbers")
    for j in judged:
        bench.check(word(j) == j["word"], f"{word(j)} by the counts: {j}")
        bench.check((j["word"] == "accepted") == (j["version"] != ""), f"version: {j}")
        bench.check(j["role"] == "verify" and int(j["all"]) == 8 * 16, f"role: {j}")
    bench.check(judged[0]["word"] == "accepted" and judged[1]["word"] == "no gain", "a certificate twice")
    # What the model itself says, by its own head: no sample turns, where the list has not changed it already.
    base = one(bench, "own", paper("[]", f"{{head: {head}}}"), paper("[]", "{cell: {training.rounds: 1}}"))
    for j in rows(bench, "own", "submissions.csv"):
        bench.check((j["right"], j["wrong"], j["word"]) == ("0", "0", "no gain"), f"a model against itself: {j}")
    bench.check("No certificate was accepted" in base.stdout, "no word of it")


def versions(bench):
    """Mistakes on verify fall by what the submission says; nobody verifies and reports; repairs take nothing."""
    judged, all_rows = rows(bench, "a", "submissions.csv"), rows(bench, "a", "versions.csv")
    error = {(r["version"], r["role"], r["group"]): r for r in all_rows}
    for j in judged:
        if j["word"] != "accepted":
            continue
        then, now = (float(error[str(int(j["version"]) - k), "verify", "all"]["error"]) for k in (1, 0))
        bench.check(abs(then - now - float(j["gained"])) < 1e-12 or j["repairs"] != "0", f"gain: {then} {now} {j}")
        own = error[j["version"], "verify", j["group"]]
        for v in range(int(j["version"])):
            old = error[str(v), "verify", j["group"]]
            bench.check(old["error"] == "" or float(own["error"]) <= float(old["error"]), f"worse than version {v}: {own}")
    for r in all_rows:
        few = r["group"] != "all" and (int(r["clients"]) < 5 or int(r["n"]) < 30)
        bench.check((r["error"] == "") == few, f"few: {r}")
        bench.check((r["low"] != "") == (r["role"] == "report" and r["version"] != "0" and not few), f"interval: {r}")
        if r["low"]:
            bench.check(float(r["low"]) <= float(r["gained"]) <= float(r["high"]), f"interval: {r}")
    whole = [error["0", role, "all"] for role in ("verify", "report")]
    bench.check([w["clients"] for w in whole] == ["8", "8"] and [w["n"] for w in whole] == ["128", "128"], f"roles: {whole}")
    # As trials.csv has the model on all test samples of that condition.
    trials = {(t["training.rounds"], t["seed"]): t["trial"] for t in rows(bench, "r", "trials.csv")}
    score = next(float(s["value"]) for s in rows(bench, "r", "scores.csv") if s["trial"] == trials["1", "2"] and
                 (s["condition"], s["severity"], s["selection"], s["metric"], s["group"]) == ("lost", "0.3", "best", "accuracy", "all"))
    mean = sum(1 - float(w["error"]) for w in whole) / 2
    bench.check(abs(mean - score) < 1e-12, f"accuracy {mean} by the bounty, {score} by the study")
    made = (bench.folder / "a/list.yaml").read_text()
    accepted = [j for j in judged if j["word"] == "accepted"]
    bench.check(made.count("submission:") == len(accepted) and "drawn by the bounty" in made, "list.yaml")
    for table in ("submissions", "versions", "teams"):
        named = {r["column"] for r in rows(bench, "a", "columns.csv") if r["file"] == f"{table}.csv"}
        bench.check(named == set(rows(bench, "a", f"{table}.csv")[0]), f"columns.csv names other columns than {table}.csv")


def judged(bench):
    """A list as a judge: on all test samples its model is wrong as often as its last version, under its condition and any
    other; nobody else's answers change, and other models than it knows are refused."""
    trials = {(t["training.rounds"], t["seed"]): t["trial"] for t in rows(bench, "r", "trials.csv")}
    mended = trials["1", "2"]
    before = {tuple(s[k] for k in ("trial", "selection", "condition", "severity", "metric", "group")): s["value"]
              for s in rows(bench, "r", "scores.csv")}
    for n, folder in ((0, "e1"), (2, "e2")):
        shutil.copytree(bench.folder / "r", bench.folder / folder)
        bench.write("j.yaml", "evaluate: {judge: {kind: list, file: a/list.yaml}}\n")
        bench.good("evaluate", folder, "--tests", "j.yaml", "--no-report", ranks=n)
    bench.same_tables("e1", "e2", "a list judges on two ranks")
    changed = 0
    for s in rows(bench, "e1", "scores.csv"):
        key = tuple(s[k] for k in ("trial", "selection", "condition", "severity", "metric", "group"))
        mine = (s["trial"], s["selection"]) == (mended, "best")
        bench.check(mine or s["value"] == before[key], f"a model that the list does not mend: {s}, was {before[key]}")
        changed += mine and s["value"] != before[key]
        if mine and key[2:] == ("lost", "0.3", "accuracy", "all"):
            table = rows(bench, "a", "versions.csv")
            last = max(int(r["version"]) for r in table)
            wrong = [float(r["error"]) for r in table if r["version"] == str(last) and r["group"] == "all"]
            bench.check(abs(1 - sum(wrong) / 2 - float(s["value"])) < 1e-12, f"accuracy {s['value']}, versions.csv says {wrong}")
    bench.check(changed > 3, f"{changed} scores of the mended model changed")
    text = (bench.folder / "a/list.yaml").read_text()
    other = next(line.split(": ")[1].strip('" ') for line in text.splitlines() if line.startswith("    model:"))
    for words, was, new in (("mends another model", text.split('model: "')[1][:16], "0" * 16), ("another model than the one that it asks", other, "1" * 16),
                            ("points to no version before it", f"answer: {text.split('answer: ')[1].splitlines()[0]}", "version: 7"),
                            ("nodes are expected", "nodes:", "knots:")):
        bench.write("bad.yaml", text.replace(was, new))
        bench.write("k.yaml", "evaluate: {judge: {kind: list, file: bad.yaml}}\n")
        bench.refused(words, bench.run("evaluate", "e1", "--tests", "k.yaml", "--no-report"), [words], ("never",))


def by_facts(bench):
    """A judge that asks for facts of raw values: of whom the mean of a vector is 0 or more all is said to be class1, of
    the others what the list says without that node."""
    text = (bench.folder / "a/list.yaml").read_text()
    first = text.split("  - group:")[1]
    said = {}
    for name, nodes in (("e0", [first]), ("e3", [first, " [{feature.level: [0, null]}]\n    answer: {say: {class0: class1, class2: class1}}\n"
                                                       "    submission: 5\n"])):
        bench.write("list.yaml", text[:text.index("versions:")] + f"versions: {list(range(len(nodes) + 1))}\nnodes:\n" +
                    "".join("  - group:" + node for node in nodes))
        shutil.copytree(bench.folder / "r", bench.folder / name)
        bench.write("j.yaml", "evaluate: {judge: {kind: list, file: list.yaml}}\n")
        bench.good("evaluate", name, "--tests", "j.yaml", "--no-report")
        trials = {(t["training.rounds"], t["seed"]): t["trial"] for t in rows(bench, name, "trials.csv")}
        said[name] = bench.dump(name, trials["1", "2"])
    shard = {}
    for line in subprocess.run([DUMP, bench.folder / "data/shard-0000.h5", "/"], capture_output=True, text=True,
                               check=True).stdout.splitlines():
        path, *_, values = line.split(" ", 3)
        shard[path] = values.split(" ")
    vectors = [list(map(float, shard["modalities/feature/values"][5 * i:5 * i + 5])) for i in range(len(shard["samples/source"]))]
    source = said["e0"]["test/source"][2]
    high = [sum(vectors[shard["samples/source"].index(s)]) >= 0 for s in source]
    before, after = (said[name]["test/predicted"][2] for name in ("e0", "e3"))
    best = len(before) // 2  # the list knows the best model, not the last
    want = [1 if high[i % len(source)] and old >= 0 else old for i, old in enumerate(before[:best])]
    bench.check(after[:best] == want and after[best:] == before[best:], "a judge by facts")
    bench.check(0 < sum(high) < len(source) and sum(a != b for a, b in zip(before, after)) > 50, f"{sum(high)} of {len(source)}")


def figure(bench):
    """The report of a folder with a bounty draws its versions and its teams, and refuses a table that is damaged."""
    bench.refused("without a bounty", bench.run("report", "r", "--figure", "bounty"), ["bounty"])
    shutil.copytree(bench.folder / "a", bench.folder / "r/bounty")
    bench.good("report", "r", "--figure", "bounty", "--format", "csv")
    table, teams = rows(bench, "a", "versions.csv"), rows(bench, "a", "teams.csv")
    drawn = {what: [r for r in rows(bench, "r/figures", f"{what}1.csv") if r["series"]] for what in ("bounty_versions", "bounty_teams")}
    for r in drawn["bounty_versions"]:
        group, _, who = r["series"].rpartition(", ")
        role = "verify" if who == "who verify" else "report"
        error = next(t["error"] for t in table if (t["version"], t["role"], t["group"]) == (r["x"], role, group))
        bench.check(abs(float(r["y"]) - 100 * float(error)) < 1e-6, f"{r}: {error}")
    last = max(int(t["version"]) for t in table)
    # A group may be too small among those who chose nothing.
    bench.check(len(drawn["bounty_versions"]) in [k * (last + 1) for k in (2, 3, 4)], f"{len(drawn['bounty_versions'])} points")
    shown = list(dict.fromkeys(t["team"] for t in teams))[:8]
    want = sorted((t["team"], 100 * float(t["of_submitted"]), float(t["of_accepted"] or 0) > 0) for t in teams
                  if float(t["of_submitted"]) > 0 and t["team"] in shown)
    got = sorted((r["series"], float(r["y"]), r["label"] != "") for r in drawn["bounty_teams"])
    bench.check(len(want) > 3 and want == got, f"{got} by the figure, {want} by the table")
    text = (bench.folder / "r/bounty/versions.csv").read_text()
    bench.write("r/bounty/versions.csv", text.replace("0,verify,all,128,8,", "-1,verify,all,128,8,", 1))
    bench.refused("a damaged table", bench.run("report", "r", "--figure", "bounty"), ["versions.csv, line 2"])
    shutil.rmtree(bench.folder / "r/bounty")


def hunt(bench):
    """Hunters spend what certificates leave, in the order of what they found; the same on any ranks."""
    bench.write("terms.yaml", "accept: {submissions: 12}\n" + AGAINST)
    bench.write("h.yaml", paper())
    bench.good("bounty", "r", "terms.yaml", "h.yaml", "--hunt", "-o", "h")
    judged = rows(bench, "h", "submissions.csv")
    bench.check(judged[0]["hunter"] == "h" and judged[0]["team"] == "" and len(judged) <= 12, f"{judged[0]}")
    gains = [float(j["dev_gain"]) for j in judged[1:]]
    bench.check(len(gains) > 3 and gains == sorted(gains, reverse=True) and gains[-1] > 0, f"order: {gains}")
    bench.check(all(int(j["dev_n"]) >= 12 for j in judged[1:]), "small leaves")
    teams = rows(bench, "h", "teams.csv")
    for t in teams:
        mine = [j for j in judged if j["hunter"] == t["team"]]
        bench.check(int(t["submitted"]) == len(mine) and int(t["accepted"]) == sum(j["version"] != "" for j in mine), f"{t}")
        share = sum(f"{t['feature']}: [" in j["group"].replace('"', "") for j in mine) / len(mine)
        bench.check(float(t["of_submitted"]) == share, f"{share}: {t}")
    for n in (3,):
        bench.good("bounty", "r", "terms.yaml", "h.yaml", "--hunt", "-o", f"h{n}", ranks=n)
        bench.check(digests(bench.folder / "h") == digests(bench.folder / f"h{n}"), f"{n} ranks: other bytes")


def refused(bench):
    """Nothing is written of what is wrong, and the message says what and where."""
    for text, words in (
            (paper("[{label: \"0\"}]"), "never said by the label"),
            (paper("[{sit: a}]"), "did you mean 'site'"),
            (paper(answer="{without: sound}"), "'sound' is no modality"),
            (paper(answer="{cell: {training.rounds: 7}}"), "no cells with models"),
            (paper(answer="{head: s.yaml}"), "answer.head"),
            (paper(more=AGAINST.replace("lost=0.3", "lost=0.4")), "did you mean 'lost="),
            (paper(more=AGAINST.replace("seed: 2", "seed: 9")), "9 has no model"),
            (paper(more=AGAINST + "model: \"0123456789abcdef\"\n"), "about another model"),
            (paper(more=AGAINST + "accept: {alpha: 0.5}\n"), "not a hunter's to state"),
            (AGAINST, "there is no certificate"),
    ):
        bench.write("bad.yaml", text)
        bench.refused(words, bench.run("bounty", "r", "bad.yaml", "-o", "never"), [words], ("never",))
    bench.write("good.yaml", paper())
    bench.write("few.yaml", "accept: {submissions: 1}\n")
    bench.write("other.yaml", paper(more=AGAINST.replace("seed: 2", "seed: 1")))
    for files, words in ((("few.yaml", "good.yaml", "good.yaml"), "the budget is spent"),
                         (("good.yaml", "other.yaml"), "a bounty mends one model")):
        bench.refused(words, bench.run("bounty", "r", *files, "-o", "never"), [words], ("never",))
    # The same model in another order of keys is the same model.
    bench.write("turned.yaml", paper(more="against: {condition: lost=0.3, seed: 2, cell: {training.rounds: 1}}\n"))
    bench.good("bounty", "r", "good.yaml", "turned.yaml", "-o", "turned")
    bench.refused("is there already", bench.run("bounty", "r", "good.yaml", "-o", "a"), ["is there already"], ("never",))
    state = bench.folder / "r/state"
    was = state.read_text()
    state.write_text(was.replace("done", "interrupted"))
    bench.refused("not done", bench.run("bounty", "r", "good.yaml", "-o", "never"), ["the run is not done (interrupted)"], ("never",))
    state.write_text(was)


def main():
    bench = Bench()
    bench.parts(make, certificates, versions, judged, by_facts, figure, hunt, refused)
    bench.end()


if __name__ == "__main__":
    main()
