#!/usr/bin/env python3
"""Same numbers however it is run: ranks, resume, kill, a rerun of scenario.yaml, severity 0. Of a study with texts, whose
words' rows decay as the clients name them, or as they did in runs of before."""
import shutil
import subprocess
import time

from bench import EDIT, FRAY, SCENARIO, TABLES, Bench, change

TEXTS = change(change(change(SCENARIO, "feature: {kind: mlp, units: 6}", "text: {kind: text, dim: 12}"),
                      "shards: data}", "shards: data, features: {text: {buckets: 400}}}"),
               "lr: 0.05}", "lr: 0.05, weight_decay: 0.02}")


def ranks(bench):
    bench.good("run", "s.yaml", "-o", "r1", "--no-report")
    rows = {name: len(bench.rows("r1", name)) for name in TABLES}
    # 2 methods x 2 rates x 2 seeds; rounds 2 and 3 are evaluated. Scores: 3 groups (all, 2 sites) x
    # 2 selections x 3 metrics x conditions (trial and 3 of tests; clean too where `lost` is 0.4).
    bench.check(rows == {"trials.csv": 8, "rounds.csv": 16, "scores.csv": 18 * 4 * (4 + 5)},
                f"rows: {rows}")
    values = {row["best.accuracy"] for row in bench.rows("r1", "trials.csv")}
    bench.check(len(values) > 1, "all trials have one accuracy: the study tests nothing")
    for n in (2, 3, 4, 7, 9):  # 4 clients a round of 6: 7 and 9 ranks are more than there are
        bench.good("run", "s.yaml", "-o", f"r{n}", "--no-report", ranks=n)
        bench.same_tables("r1", f"r{n}", f"{n} ranks")


def folds(bench):
    """Every client of the set is tested in one fold of the sweep, and any ranks give the same bytes."""
    text = change(TEXTS, "{buckets: 400}}}",
                  "{buckets: 400}}, partition: {kind: folds, k: 3, fold: 0}}")
    text = change(text, "  - grid: {method: [att, cat], lost.rate: [0, 0.4]}",
                  "  - grid: {method: [cat], data.partition.fold: [0, 1, 2]}")
    bench.write("folds.yaml", change(text, "reference: {method: att, lost.rate: 0}\n", ""))
    bench.good("run", "folds.yaml", "-o", "f1", "--no-report")
    bench.good("run", "folds.yaml", "-o", "f3", "--no-report", ranks=3)
    bench.same_tables("f1", "f3", "folds on 3 ranks")
    # 12 clients of 48 samples: 4 of them in each fold.
    sizes = {(row["n"], row["clusters"]) for row in bench.rows("f1", "scores.csv")
             if row["group"] == "all" and row["scope"] == "unseen_clients"}
    bench.check(sizes == {("192", "4")}, f"test samples and clients of a fold: {sizes}")
    trained = {row["data.partition.fold"]: row["best.accuracy"] for row in bench.rows("f1", "trials.csv")}
    bench.check(sorted(trained) == ["0", "1", "2"], f"folds: {trained}")


def resume(bench):
    parts = sorted((bench.folder / "r2" / "parts").glob("*.h5"))
    bench.check(len(parts) == 8, f"{len(parts)} parts")
    gone = parts[3]
    stamps = {p: p.stat().st_mtime_ns for p in parts if p != gone}
    gone.unlink()
    for name in TABLES:
        (bench.folder / "r2" / name).unlink()
    result = bench.good("run", "s.yaml", "-o", "r2", "--resume", "--no-report")
    bench.check("8 trials: 7 finished already and kept, 0 to evaluate anew, 1 to train"
                in result.stderr, "resume says what it keeps")
    bench.check(all(p.stat().st_mtime_ns == t for p, t in stamps.items()), "resume ran parts again")
    bench.same_tables("r1", "r2", "resume")
    bench.check((bench.folder / "r2" / "state").read_text().strip() == "done", "state is not done")


def killed(bench):
    """Killed without warning between two trials (or in one), then resumed on other ranks."""
    words = ("run", "s.yaml", "--no-report", "--set", "training.rounds=60")
    bench.good(*words, "-o", "whole")
    process = subprocess.Popen([FRAY, *words, "-o", "killed"], cwd=bench.folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    parts = bench.folder / "killed" / "parts"
    while process.poll() is None and not list(parts.glob("*.h5")):
        time.sleep(0.005)
    process.kill()
    process.wait()
    done = len(list(parts.glob("*.h5")))
    print(f"killed after {done} of 8 trials")
    if done < 8:
        state = (bench.folder / "killed" / "state").read_text().strip()
        bench.check(state == "running", f"state after a kill: {state}")
    bench.good(*words, "-o", "killed", "--resume", ranks=2)
    bench.same_tables("whole", "killed", "killed and resumed")


def rerun(bench):
    bench.good("run", "r1/scenario.yaml", "-o", "again", "--no-report")
    bench.same_tables("r1", "again", "scenario.yaml of the results")


def names(bench, folder):
    return [row["trial"] for row in bench.rows(folder, "trials.csv")]


WORDS = """\
name: words
seeds: [1]
data: {shards: words, features: {text: {buckets: 200}}}
model: {fusion: concat, hidden: 4, head: 0, encoders: {text: {kind: text, dim: 8}}}
training: {rounds: 1, clients_per_round: 1.0, local: {lr: 0.05, weight_decay: 0.02%s}}
"""
IN_SWEEP = """sweep: [grid: {training.local: [adam, {optimiser: sgd, lr: 0.1}]}]
reference: {training.local: "{optimiser: sgd, lr: 0.1}"}
"""
IN_METHODS = "methods: {a: {training.local: adam}, b: {training.local: {optimiser: sgd, lr: 0.1}}}\n"


def older_values(bench):
    """What a sweep or a method of such a folder puts in the section's place, by a bare name too, means what it meant, and is
    called as it was."""
    bench.synth("words", clients=4, test_clients=3, samples=12, modalities='["text:12"]')
    bench.write("all.yaml", WORDS % ", weight_decay_rows: all" + "methods: {a: {training.local: {optimiser: adam, weight_decay_rows: all}}, "
                "b: {training.local: {optimiser: sgd, lr: 0.1, weight_decay_rows: all}}}\n")
    bench.good("run", "all.yaml", "-o", "all-values", "--no-report")
    for name, swept in (("sweep", IN_SWEEP), ("methods", IN_METHODS)):
        bench.write(f"{name}.yaml", WORDS % "" + swept)
        bench.good("run", f"{name}.yaml", "-o", f"old-{name}", "--no-report")
        key = "training.local" if name == "sweep" else "method"
        called = [row[key] for row in bench.rows(f"old-{name}", "trials.csv")]
        bench.check(not set(names(bench, f"old-{name}")) & set(names(bench, "all-values")), "rows that decay are not in the name")
        scenario = bench.folder / f"old-{name}/scenario.yaml"
        scenario.write_text("".join(line for line in scenario.read_text().splitlines(True) if "weight_decay_rows" not in line))
        (bench.folder / f"old-{name}/checksums.txt").unlink()
        for _ in range(2):  # what it became is read again
            bench.good("run", f"old-{name}/scenario.yaml", "-o", f"old-{name}", "--resume", "--no-report")
            bench.check(names(bench, f"old-{name}") == names(bench, "all-values"), f"{name}: not the trials of before")
            bench.check([row[key] for row in bench.rows(f"old-{name}", "trials.csv")] == called, f"{name}: {called}")


def older(bench):
    """A folder of before the key, when every row decayed in every step: its scenario is read so, wherever its trials are
    looked for. In a study without a table of words the key changes no name, and no number."""
    bench.good("run", "s.yaml", "-o", "all", "--no-report", "--set", "training.local.weight_decay_rows=all")
    bench.check(not set(names(bench, "r1")) & set(names(bench, "all")), "rows that decay are not in the name")
    for name in ("all", "r1"):
        shutil.copytree(bench.folder / name, bench.folder / f"old-{name}")
        scenario = bench.folder / f"old-{name}" / "scenario.yaml"
        lines = [line for line in scenario.read_text().splitlines() if "weight_decay_rows" not in line]
        bench.check(len(scenario.read_text().splitlines()) - len(lines) == 1, "the key is not written once")
        scenario.write_text("\n".join(lines) + "\n")
        (bench.folder / f"old-{name}" / "checksums.txt").unlink()
    said = bench.good("run", "old-all/scenario.yaml", "-o", "old-all", "--resume", "--no-report").stderr
    bench.check("8 trials: 8 finished already and kept, 0 to evaluate anew, 0 to train" in said, said)
    bench.check("weight_decay_rows: all" in (bench.folder / "old-all" / "scenario.yaml").read_text(), "it is not said")
    bench.same_tables("all", "old-all", "an older folder")
    bench.refused("rows that decayed otherwise", bench.run("evaluate", "old-r1", "--groups", "site"),
                  ["8 of 8 trials are not finished"])
    only = ["--set", "data.modalities=[series]", "--set", "model.encoders={}", "--set", "data.features={}", "--set", "seeds=[3]", "--no-report"]
    for rows in ("seen", "all"):
        bench.good("run", "s.yaml", "-o", f"series-{rows}", *only, "--set", f"training.local.weight_decay_rows={rows}")
    bench.same_tables("series-seen", "series-all", "without words")


def severity_zero(bench, scenario):
    lines = [line for line in scenario.splitlines()
             if "id: lost" not in line and not line.startswith("reference")]
    bench.write("clean.yaml", change("\n".join(lines) + "\n", ", lost.rate: [0, 0.4]", ""))
    bench.good("run", "clean.yaml", "-o", "clean", "--no-report")
    zero = [row for row in bench.rows("r1", "trials.csv") if row["lost.rate"] == "0"]
    clean = bench.rows("clean", "trials.csv")
    bench.check(len(zero) == len(clean) == 4, "cells at rate 0")
    for a, b in zip(zero, clean):
        same = [k for k in b if k != "trial" and a[k] != b[k]]
        bench.check(not same, f"rate 0 is not the clean run: {same}")
        scores = [[{k: v for k, v in row.items() if k not in ("trial", "realised")}
                   for row in bench.rows(folder, "scores.csv") if row["trial"] == name]
                  for folder, name in (("r1", a["trial"]), ("clean", b["trial"]))]
        bench.check(scores[0] and scores[0] == scores[1], "scores at rate 0 differ")
        for which in ("best", "last"):
            paths = [str(bench.folder / folder / "models" / f"{name}-{which}.h5")
                     for folder, name in (("r1", a["trial"]), ("clean", b["trial"]))]
            same = subprocess.run([EDIT, "same", *paths], capture_output=True, text=True)
            bench.check(same.returncode == 0,
                        f"{which} model at rate 0: {same.stdout}{same.stderr}")


def main():
    bench = Bench()
    # 288 test samples: three evaluation blocks
    bench.synth(samples=48, test_clients=6, modalities='["series:12x2", "text:5"]')
    bench.write("s.yaml", TEXTS)
    bench.parts(ranks, folds, resume, killed, rerun, older, older_values)
    severity_zero(bench, TEXTS)
    bench.end()


if __name__ == "__main__":
    main()
