#!/usr/bin/env python3
"""fray compare: equal results, both directions, what does not match, hostile names, other data; a later
model accepted or refused by a pack of tests."""
import csv
import json
import re
import shutil

from bench import SCENARIO, Bench, change


# One that learns, under damage that a test of the pack repeats; the later one has learnt nothing.
OLD = """\
name: gate
seeds: [1, 2, 3, 4, 5, 6]
data: {shards: gated}
model:
  fusion: concat
  hidden: 8
  head: 6
  encoders: {series: {kind: conv_gru, filters: [4], kernel: 3}, feature: {kind: mlp, units: 6}}
training: {rounds: 20, clients_per_round: 0.8, local: {epochs: 2, batch: 12, lr: 0.3}}
corruption:
  - {id: less, kind: missing_modality, modalities: [feature], at: train, rate: 0.4}
evaluate: {metrics: [accuracy, nll], groups: [site]}
"""
PACK = """\
pack:
  origin: {trial: c1-s1, hash: 0123456789abcdef}
  success: 0.15
  entries: {hole: {dev_drop: 0.4, test_drop: 0.35}}
tests:
  hole: {kind: missing_modality, rate: [0.4, 0.8], modalities: [feature]}
  gone: [{kind: missing_modality, modalities: [series], rate: 0.5}]
"""


def lines(bench, folder, by_group=False):
    with open(bench.folder / folder / "compare.csv", newline="", encoding="utf-8") as f:
        return [row for row in csv.DictReader(f) if (row["group"] != "all") == by_group]


def key(row):
    return row["cell"], row["condition"], row["severity"]


def narrow(bench, text):
    wide = [line for line in text.splitlines() if len(line) > 80]
    bench.check(not wide, f"over 80 columns: {wide}")
    bench.check("\033" not in text and "\r" not in text, "escape codes in the output")


def itself(bench):
    result = bench.good("compare", "one", "one", "-o", "same")
    narrow(bench, result.stdout)
    rows = lines(bench, "same")
    # 4 cells; trial and the strengths .5 and 1 of series_lost, and clean where trial is damaged.
    bench.check(len(rows) == 4 * 3 + 2, f"{len(rows)} lines: {[key(r) for r in rows]}")
    for row in rows:
        bench.check(float(row["value"]) == 0 and row["a"] == row["b"] and row["resolved"] == "no"
                    and row["seeds"] == "2" and row["clusters"] == "3", f"A against A: {row}")
        bench.check(row["p"] == "" and row["p_holm"] == "", f"nothing could differ: {row}")
    bench.check(result.stdout.count("equal throughout") == len(rows), result.stdout)
    last = " ".join(result.stdout.split("\n\n")[-1].split())
    bench.check(last == "14 lines are equal in every seed and client: nothing there could differ, "
                "so they are not counted.", last)
    bench.check("p-values" not in result.stdout, result.stdout)
    tex = (bench.folder / "same" / "compare.tex").read_text(encoding="utf-8")
    bench.check("\\toprule" in tex and "\\label{tab:compare}" in tex, tex)


def of_one_modality(bench):
    """Controls take a part of the data, which is no other data; a part alone is."""
    bench.write("u.yaml", SCENARIO + "controls: [unimodal]\n")
    bench.good("run", "u.yaml", "-o", "with-controls", "--no-report")
    for a, b in (("one", "with-controls"), ("with-controls", "one")):
        result = bench.good("compare", a, b)
        bench.check(result.stdout.count("equal throughout") == 14, result.stdout)
    sets = [json.loads((bench.folder / f / "provenance.json").read_text(encoding="utf-8"))
            for f in ("one", "with-controls")]
    bench.check(len(sets[0]["data_sets"]) == 1 and len(sets[1]["data_sets"]) == 3, sets)
    bench.check(sets[0]["data_index_hash"] == sets[1]["data_index_hash"], sets)


def some_equal(bench):
    """Lines that cannot differ are shown, but p-values are not corrected for them."""
    bench.write("half.yaml", change(SCENARIO, "cat: {model.fusion: concat}",
                                    "cat: {model.fusion: concat, training.local.lr: 0.3}"))
    bench.good("run", "half.yaml", "-o", "half", "--no-report")
    result = bench.good("compare", "one", "half", "-o", "some")
    rows = lines(bench, "some")
    tested = [r for r in rows if r["p"] != ""]
    bench.check({r["cell"].split(",")[0] for r in rows if r["p"] == ""} >= {"att"}
                and {r["cell"].split(",")[0] for r in tested} == {"cat"} and len(tested) >= 3,
                f"{[(key(r), r['p']) for r in rows]}")
    # Holm by hand over the lines that have a p.
    order = sorted(range(len(tested)), key=lambda i: float(tested[i]["p"]))
    highest = 0
    for rank, i in enumerate(order):
        highest = max(highest, min(1, (len(tested) - rank) * float(tested[i]["p"])))
        bench.check(abs(float(tested[i]["p_holm"]) - highest) < 1e-12, f"{tested[i]}")
    words = " ".join(result.stdout.split())
    bench.check(f"corrected over {len(tested)} lines (Holm)" in words, words)
    bench.check(f"{len(rows) - len(tested)} lines are equal in every seed" in words, words)


def both_ways(bench):
    bench.good("compare", "one", "two", "-o", "ab")
    bench.good("compare", "two", "one", "-o", "ba")
    forth, back = lines(bench, "ab"), lines(bench, "ba")
    bench.check([key(r) for r in forth] == [key(r) for r in back] and len(forth) == 14, "lines")
    moved = 0
    for x, y in zip(forth, back):
        pairs = (("value", "value"), ("low", "high"), ("high", "low"))
        moved += float(x["value"]) != 0
        for p, q in pairs:
            bench.check((x[p] == "") == (y[q] == ""), f"{x} {y}")
            if x[p]:
                bench.check(abs(float(x[p]) + float(y[q])) < 1e-12, f"{p}: {x} {y}")
        bench.check(x["a"] == y["b"] and x["resolved"] == y["resolved"], f"{x} {y}")
        if x["p"]:
            bench.check(abs(float(x["p"]) - float(y["p"])) < 1e-9, f"{x} {y}")
    bench.check(moved >= 5, "hardly any difference: the case says nothing")


def mean(bench, folder, row, method, rate):
    """What scores.csv says of the same score."""
    trials = {r["trial"] for r in bench.rows(folder, "trials.csv")
              if r["method"] == method and r["lost.rate"] == rate}
    values = [float(r["value"]) for r in bench.rows(folder, "scores.csv")
              if r["trial"] in trials and r["selection"] == "best" and r["group"] == "all"
              and r["metric"] == row["metric"] and r["condition"] == row["condition"]
              and r["severity"] == row["severity"]]
    return sum(values) / len(values)


def within(bench):
    result = bench.good("compare", "one", "one", "--a", "method=att", "--b", "method=cat",
                        "--metric", "nll")
    narrow(bench, result.stdout)
    bench.check("less is better" in result.stdout, result.stdout)
    rows = lines(bench, "compare-one-one")
    bench.check(len(rows) == 7, f"{len(rows)} lines")
    for row in rows:
        rate = "0.4" if "0.4" in row["cell"] else "0"
        bench.check(row["cell"] == f"lost.rate {rate}, A: att, B: cat", row["cell"])
        a, b = mean(bench, "one", row, "att", rate), mean(bench, "one", row, "cat", rate)
        bench.check(abs(float(row["a"]) - a) < 1e-12 and abs(float(row["b"]) - b) < 1e-12
                    and abs(float(row["value"]) - (b - a)) < 1e-12, f"{row} {a} {b}")
    bench.refused("an unknown key", bench.run("compare", "one", "one", "--a", "metod=att"),
                  ["metod", "sweeps no such key"])
    bench.refused("an unknown value", bench.run("compare", "one", "one", "--a", "method=x"),
                  ["method=x", "no cell"])


def parts(bench):
    """Seeds, cells and conditions that only one side has are said and left out."""
    other = change(SCENARIO, "trial: [3, 5]", "trial: [5, 8]")
    other = change(other, "lost.rate: [0, 0.4]", "lost.rate: [0, 0.2]")
    other = change(other, "rate: [0, 0.5, 1]", "rate: [0, 0.25, 1]")
    bench.write("part.yaml", other)
    bench.good("run", "part.yaml", "-o", "part", "--no-report")
    result = bench.good("compare", "one", "part", "-o", "parts")
    narrow(bench, result.stdout)
    words = " ".join(result.stdout.split())
    for part in ("Only the seeds that both have are compared: 5.", "2 cells of A have no single",
                 "2 cells of B have no single", "Conditions that only A has: series_lost 0.5.",
                 "Conditions that only B has: series_lost 0.25."):
        bench.check(part in words, f"'{part}' is not in: {words}")
    rows = lines(bench, "parts")
    bench.check({r["cell"] for r in rows} == {"att, lost.rate 0", "cat, lost.rate 0"}
                and {r["seeds"] for r in rows} == {"1"}, f"{[key(r) for r in rows]}")
    # However far apart: of a single seed nothing is said to be resolved.
    bench.good("compare", "one", "part", "-o", "lone", "--a", "method=att", "--b", "method=cat")
    lone = lines(bench, "lone")
    bench.check(any(float(r["value"]) != 0 and r["low"] for r in lone), f"no difference: {lone}")
    bench.check(all(r["p"] == "" and r["p_holm"] == "" and r["resolved"] == "no" for r in lone),
                f"p of a single seed: {lone}")
    bench.check("single seed: not resolved" in result.stdout, result.stdout)
    # Equal seeds and settings are the same training.
    bench.check(all(float(r["value"]) == 0 for r in rows if r["condition"] == "trial"), f"{rows}")


def diverged(bench):
    """Trainings that diverged are counted."""
    wild = ("{model.fusion: concat, training.local.lr: 10, training.local.momentum: 0.99, "
            "training.local.clip_norm: 0, training.local.weight_decay: 1, "
            "training.local.epochs: 60}")
    text = change(SCENARIO, "  cat:", f"  wild: {wild}\n  cat:")
    bench.write("wild.yaml", change(text, "method: [att, cat]", "method: [att, wild]"))
    bench.good("run", "wild.yaml", "-o", "wild", "--no-report")
    result = bench.good("compare", "wild", "wild", "-o", "wilder", "--a", "method=att", "--b",
                        "method=wild")
    words = " ".join(result.stdout.split())
    bench.check("4 of the 4 trainings of B diverged" in words and "of A diverged" not in words,
                words)
    bench.check({r["diverged"] for r in lines(bench, "wilder")} == {"2"}, "column diverged")


def without_predictions(bench):
    for side in ("one", "two"):
        shutil.copytree(bench.folder / side, bench.folder / f"{side}-bare")
        (bench.folder / f"{side}-bare" / "results.h5").unlink()
    result = bench.good("compare", "one-bare", "two-bare", "-o", "bare")
    bench.check("holds no predictions by test client" in " ".join(result.stdout.split()),
                result.stdout)
    bench.check("no interval: not resolved" in result.stdout, result.stdout)  # two seeds
    bench.check(all(row["interval"] == "none" for row in lines(bench, "bare")), "intervals")


def gate_word(bench, a, b, code, *words):
    """A gate's document, whose counts are those of its lines and of compare.csv, and its exit code."""
    result = bench.run("compare", a, b, "-o", "gate", "--fail-on-worse", "--json", *words)
    bench.check(result.returncode == code, f"{a} {b}: {result.returncode}: {result.stderr}")
    said = json.loads(result.stdout)
    for word in ("worse", "better", "unresolved", "equal"):
        n = sum(line["outcome"] == word for line in said["lines"])
        bench.check(n == said[word], f"{word}: {n} lines, {said[word]} said")
    bench.check((said["worse"] > 0) == (code == 1), said)
    bench.check(("is resolved worse" in result.stderr) == (code == 1), result.stderr)
    for line, row in zip(said["lines"], lines(bench, "gate")):
        bench.check(line["condition"] == row["condition"] and line["value"] == float(row["value"])
                    and (line["outcome"] in ("worse", "better")) == (row["resolved"] == "yes"),
                    f"{line} {row}")
    return said


def in_words(bench, said):
    """What a gate's words count, and the first groups that they name, are those of compare.csv."""
    text = " ".join(bench.run("compare", "old", "new", "-o", "gate").stdout.split())
    tested, resolved = len(said["lines"]) - said["equal"], said["worse"] + said["better"]
    head = f"All of the {tested} differences are" if tested == resolved else f"Of {tested} differences {resolved} "
    bench.check(head in text and f"(B better in {said['better']}, worse in {said['worse']})" in text, text)
    found = [row for row in lines(bench, "gate", by_group=True) if row["resolved"] == "yes"]
    more = re.search(r"; and (\d+) more, in compare\.csv", text)
    named = re.findall(r"([\w.]+)(?: ([\d.]+))?, (?:site (\w+)|the worst site of each): ([+-]?[\d.]+) \[(-?[\d.]+), (-?[\d.]+)\]", text)
    bench.check(named and len(named) + (int(more[1]) if more else 0) == len(found), f"{named}, {len(found)}: {text}")
    for condition, severity, site, *numbers in named:
        row, = (r for r in found if r["condition"] == condition and r["group"] == (f"site={site}" if site else "site")
                and (not severity or float(r["severity"]) == float(severity)))
        told = [100 * float(row[name]) for name in ("value", "low", "high")]
        bench.check(all(abs(float(a) - b) < 0.051 for a, b in zip(numbers, told)), f"{numbers}, {told}")


def gate(bench):
    """Worse is exit code 1, a lack of common damage 2; the tests come from a pack."""
    bench.synth("gated", clients=10, test_clients=16, separation=4)
    bench.write("old.yaml", OLD)
    bench.write("new.yaml", change(OLD, "lr: 0.3", "lr: 0.00001"))
    bench.write("pack.yaml", PACK)
    bench.write("tests.yaml", PACK[PACK.index("tests:"):])
    for name in ("old", "new"):
        bench.good("run", f"{name}.yaml", "-o", name, "--no-report")
    shutil.copytree(bench.folder / "new", bench.folder / "unasked")
    for name in ("plain", "learnt"):
        shutil.copytree(bench.folder / "old", bench.folder / name)
    said = gate_word(bench, "old", "unasked", 1)  # without tests on either side: undamaged alone
    bench.check([line["condition"] for line in said["lines"]] == ["trial"], said)
    said = bench.good("evaluate", "old", "--tests", "pack.yaml", "--no-report").stderr
    bench.check(said.count("is no test of what it has not seen") == 1
                and "pack.yaml: tests.hole" in said and "corruption 'less'" in said, said)
    said = bench.good("evaluate", "plain", "--tests", "tests.yaml", "--no-report").stderr
    bench.check("has not seen" not in said, f"no pack: {said}")
    for name in ("scores.csv", "scenario.yaml"):
        bench.check((bench.folder / "old" / name).read_bytes()
                    == (bench.folder / "plain" / name).read_bytes(), f"{name} depends on `pack`")
    for a, b in (("old", "unasked"), ("unasked", "old")):
        bench.refused("no common damage",
                      bench.run("compare", a, b, "-o", "refused", "--fail-on-worse"),
                      ["no test condition in common but the undamaged one", "hole 0.4",
                       "fray evaluate unasked --tests"], ("refused",))
        bench.good("compare", a, b, "-o", "asked")  # which says so without the option
    bench.good("evaluate", "new", "--tests", "pack.yaml", "--no-report")
    said = gate_word(bench, "old", "new", 1)
    bench.check([(line["condition"], line["severity"]) for line in said["lines"]]
                == [("trial", None), ("hole", 0.4), ("hole", 0.8), ("gone", 0.5)], said["lines"])
    in_words(bench, said)
    back = gate_word(bench, "new", "old", 0)
    bench.check(back["better"] == said["worse"] and back["worse"] == said["better"] == 0, back)
    gate_word(bench, "old", "new", 1, "-m", "nll")  # of which less is better
    same = gate_word(bench, "old", "plain", 0)
    bench.check(same["equal"] == 4, same)
    result = bench.run("compare", "old", "new", "-o", "gate", "--fail-on-worse")
    narrow(bench, result.stdout)
    bench.check(result.returncode == 1 and result.stdout.count(" worse, p ") == said["worse"]
                and " better, p " not in result.stdout, result.stdout)
    bench.good("compare", "old", "new", "-o", "gate")  # a comparison alone is no gate
    # Conditions that one side lacks are said; of one seed nothing is found, which is said as well.
    bench.write("more.yaml", "more: {kind: missing_modality, rate: 0.5}\n")
    bench.good("evaluate", "new", "--tests", "more.yaml", "--no-report")
    bench.check(gate_word(bench, "old", "new", 1)["only_b"] == ["more 0.5"], "only_b")
    bench.write("single.yaml", change(change(OLD, "seeds: [1, 2, 3, 4, 5, 6]", "seeds: [1]"),
                                      "lr: 0.3", "lr: 0.00001"))
    bench.good("run", "single.yaml", "-o", "single", "--no-report")
    said = gate_word(bench, "learnt", "single", 0)
    bench.check(any("passing says nothing" in r for r in said["remarks"]), said["remarks"])
    for text, part in (("pack: 3\n" + PACK[PACK.index("tests:"):], "pack: a map is expected"),
                       (PACK[:PACK.index("tests:")], "there is no `tests`"),
                       (PACK + "packs: {}\n", "packs")):
        bench.write("bad.yaml", text)
        bench.refused(part, bench.run("evaluate", "new", "--tests", "bad.yaml"), [part, "bad.yaml"])


def refusals(bench):
    gone = ("out", "results", "refused")
    to = ("-o", "refused")
    bench.refused("one folder", bench.run("compare", "one", *to), ["two results folders"], gone)
    bench.refused("no folder", bench.run("compare", "one", "nowhere", *to),
                  ["nowhere", "no such folder"], gone)
    (bench.folder / "hollow").mkdir()
    bench.refused("no results", bench.run("compare", "hollow", "one", *to),
                  ["hollow", "holds no results"], gone)
    bench.refused("no such metric", bench.run("compare", "one", "two", "--metric", "acuracy", *to),
                  ["acuracy", "accuracy"], gone)
    shutil.copytree(bench.folder / "two", bench.folder / "moved")
    (bench.folder / "moved" / "checksums.txt").unlink()  # which would tell of the change
    path = bench.folder / "moved" / "provenance.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**said, "data_index_hash": "0123456789abcdef"}), encoding="utf-8")
    bench.refused("other data", bench.run("compare", "one", "moved", *to),
                  ["different data", "0123456789abcdef"], gone)
    path.unlink()
    words = " ".join(bench.good("compare", "one", "moved", "-o", "unsaid").stdout.split())
    bench.check("same data is not known" in words, words)
    for name, old, new, part in (("seeds", "[3, 5]", "[7, 9]", "no seed in common"),
                                 ("cells", "lost.rate: [0, 0.4]", "lost.rate: [0.1, 0.2]",
                                  "no cell of")):
        text = change(SCENARIO, old, new)
        bench.write("no.yaml", text if name == "seeds" else
                    change(text, "reference: {method: att, lost.rate: 0}", ""))
        bench.good("run", "no.yaml", "-o", f"no-{name}", "--no-report", "--set",
                   "training.rounds=1")
        bench.refused(f"no common {name}", bench.run("compare", "one", f"no-{name}", *to), [part],
                      gone)
    bench.write("mine/compare.csv", "my,own\n1,2\n")
    bench.refused("a file of somebody else", bench.run("compare", "one", "two", "-o", "mine"),
                  ["mine/compare.csv", "no comparison wrote it"], gone)
    bench.check((bench.folder / "mine" / "compare.csv").read_text() == "my,own\n1,2\n", "kept")
    before = (bench.folder / "one" / "columns.csv").read_bytes()
    bench.refused("into its models", bench.run("compare", "one", "two", "-o", "two/models/both"),
                  ["lies in two/models"], gone)
    bench.refused("a page among parts", bench.run("report", "one", "-o", "one/parts/page"), ["lies in one/parts"], gone)
    bench.refused("into a run", bench.run("compare", "one", "two", "-o", "one"),
                  ["one/columns.csv"], gone)
    bench.check((bench.folder / "one" / "columns.csv").read_bytes() == before, "kept columns.csv")
    bench.good("compare", "one", "two", "-o", "ab")  # an earlier comparison is replaced


def hostile(bench):
    """Names may be anything that a scenario can hold."""
    evil = "a[31m,\\\"<b>_&%$#{}~^ \\u202e\\u00e9"
    text = change(SCENARIO, "  att: {", f'  "{evil}": {{')
    text = change(text, "method: [att, cat]", f'method: ["{evil}", cat]')
    text = change(text, "reference: {method: att,", "reference: {method: cat,")
    name = "b $(touch pwned); 'x'"
    bench.write("evil.yaml", text)
    run = bench.run("run", "evil.yaml", "-o", name, "--set", "training.rounds=1")
    if not bench.check(run.returncode == 0, run.stderr):
        return
    result = bench.good("compare", name, name)
    narrow(bench, result.stdout)
    made = [p.name for p in bench.folder.iterdir() if p.name.startswith("compare-b")]
    bench.check(len(made) == 1 and re.fullmatch(r"[\w.-]+", made[0]), f"{made}")
    rows = lines(bench, made[0])
    bench.check(any("a[31m,\"<b>" in row["cell"] for row in rows), f"{rows[0]}")
    tex = (bench.folder / made[0] / "compare.tex").read_text(encoding="utf-8")
    bench.check("\x1b" not in tex and "\\textless{}b\\textgreater{}\\_\\&\\%\\$\\#\\{\\}" in tex, tex)
    page = (bench.folder / name / "report.html").read_text(encoding="utf-8")
    bench.check("<b>_" not in page and "\x1b" not in page, "markup from a name")


def main():
    bench = Bench()
    bench.synth()
    bench.write("s.yaml", SCENARIO)
    bench.good("run", "s.yaml", "-o", "one", "--no-report")
    bench.write("t.yaml", change(SCENARIO, "lr: 0.05", "lr: 0.2"))
    bench.good("run", "t.yaml", "-o", "two", "--no-report")
    bench.parts(itself, of_one_modality, some_equal, both_ways, within, parts, diverged,
                without_predictions, gate, refusals, hostile)
    bench.end()


if __name__ == "__main__":
    main()
