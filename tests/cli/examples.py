#!/usr/bin/env python3
"""The examples of docs/using-results.md run as they stand, and what docs/fray_results.py and .R take from
a folder is what its tables say, one series per combination of swept values."""
import csv
import importlib.util
import io
import os
import re
import shutil
import sys

from bench import SCENARIO, SOURCE, Bench, change

DEBIAN = "/usr/bin/python3"
NAMES = ("=2*3", "cat")  # a name that a spreadsheet would compute comes back as it was given

PYTHON = """
import sys
import fray_results as fray
r = fray.load(sys.argv[1])
assert set(r.trials["method"]) == {"=2*3", "cat"}, set(r.trials["method"])
assert r.keys == ["method", "data.partition.alpha", "lost.rate"], r.keys
fray.curve(r).to_csv(sys.stdout, index=False)
print("--")
fray.curve(r, axis="series_lost", metric="macro_f1", where={"method": "=2*3", "lost.rate": 0.4,
           "data.partition.alpha": 50}).to_csv(sys.stdout, index=False)
for bad in ({"axis": "lost"}, {"metric": "f1"}, {"where": {"methode": "cat"}}, {"where": {"method": "x"}}):
    try:
        fray.curve(r, **bad)
    except ValueError as error:
        print("--", error, file=sys.stderr)
    else:
        sys.exit(f"taken: {bad}")
"""

R = """
source("fray_results.R")
r <- fray_load(commandArgs(trailingOnly = TRUE)[1])
stopifnot(setequal(r$trials$method, c("=2*3", "cat")))
stopifnot(identical(r$keys, c("method", "data.partition.alpha", "lost.rate")))
options(digits = 17)
write.csv(fray_curve(r), row.names = FALSE)
cat("--\\n")
write.csv(fray_curve(r, axis = "series_lost", metric = "macro_f1", where = list(method = "=2*3",
          lost.rate = 0.4, data.partition.alpha = 50)), row.names = FALSE)
for (bad in list(list(axis = "lost"), list(metric = "f1"), list(where = list(methode = "cat")),
                 list(where = list(method = "x"))))
  stopifnot(inherits(try(do.call(fray_curve, c(list(r), bad)), silent = TRUE), "try-error"))
"""


def block(bench, language):
    text = (SOURCE / "docs" / "using-results.md").read_text(encoding="utf-8")
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)
    bench.check(len(found) == 1, f"{len(found)} blocks of {language}")
    return found[0]


def study(bench):
    """Two methods, two partitions, two rates: a mean over partitions would be a number of nothing."""
    text = change(SCENARIO, "  att: {", f'  "{NAMES[0]}": {{')
    text = change(text, "method: [att, cat]",
                  f'method: ["{NAMES[0]}", cat], data.partition.alpha: [0.5, 50]')
    text = change(text, "reference: {method: att,", "reference: {method: cat, data.partition.alpha: 50,")
    text = change(text, "data: {shards: data}", "data: {shards: data, partition: {kind: dirichlet, clients: 4, alpha: 1}}")
    bench.write("p.yaml", text)
    bench.good("run", "p.yaml", "-o", "results/two", "--set", "training.rounds=2")


def wanted(bench, metric, condition, keep):
    """Mean over seeds by combination and strength, from scores.csv and trials.csv alone."""
    trials = {row["trial"]: row for row in bench.rows("results/two", "trials.csv")}
    values = {}
    for row in bench.rows("results/two", "scores.csv"):
        trial = trials[row["trial"]]
        if (row["selection"], row["condition"], row["group"], row["metric"]) == \
                ("best", condition, "all", metric) and keep(trial):
            x = trial["lost.rate"] if condition == "trial" else row["severity"]
            key = (trial["method"].removeprefix("'"), float(trial["data.partition.alpha"]), float(x))
            values.setdefault(key, []).append(float(row["value"]))
    return {key: sum(v) / len(v) for key, v in values.items()}


def compare(bench, text, expected, what):
    rows = list(csv.DictReader(io.StringIO(text)))
    bench.check(len(rows) == len(expected), f"{what}: {len(rows)} points, not {len(expected)}")
    for row in rows:
        key = (row["method"], float(row["data.partition.alpha"]), float(row["x"]))
        good = key in expected and abs(float(row["value"]) - expected[key]) < 1e-9
        bench.check(good, f"{what}: {row}, not {expected.get(key)}")
        bench.check(float(row["low"]) <= float(row["value"]) <= float(row["high"]), f"{what}: {row}")
    return {row["series"] for row in rows}


def curves(bench, command, what):
    result = bench.run_command([*command, "results/two"])
    if not bench.check(result.returncode == 0, f"{what}: {result.stderr}"):
        return
    first, second = result.stdout.split("--\n")
    series = compare(bench, first, wanted(bench, "accuracy", "trial", lambda t: True), what)
    bench.check(series == {f"{m}, {p}" for m in NAMES for p in ("0.5", "50")}, f"{series}")
    one = wanted(bench, "macro_f1", "series_lost",
                 lambda t: t["method"] == "'" + NAMES[0] and t["lost.rate"] == "0.4"
                 and t["data.partition.alpha"] == "50")
    # Of other metrics than the main one measures.csv has both ends of a curve.
    compare(bench, second, {key: v for key, v in one.items() if key[2] in (0, 1)}, what)


def example(bench, command, name, text):
    """As it stands in the page, in the folder of a user who copied the file."""
    bench.write(name, text.replace("audio_lost", "series_lost"))
    result = bench.run_command([*command, name])
    bench.check(result.returncode == 0, f"{name} fails: {result.stderr}")
    bench.check(len(re.findall(r"att|cat", result.stdout)) >= 4, result.stdout)
    picture = bench.folder / "curve.png"
    if bench.check(picture.exists() and picture.read_bytes()[:4] == b"\x89PNG", f"{name}: no figure"):
        bench.check(picture.stat().st_size > 2000, f"{name}: an empty figure")
        picture.unlink()


def main():
    if importlib.util.find_spec("pandas") is None and sys.executable != DEBIAN \
            and os.path.exists(DEBIAN):
        os.execv(DEBIAN, [DEBIAN, *sys.argv])  # Debian's packages are for Debian's Python
    bench = Bench()
    python, r = block(bench, "python"), block(bench, "r")
    if importlib.util.find_spec("pandas") is None:
        print("python3-pandas is missing: the examples were not run")
        sys.exit(77)
    for name in ("fray_results.py", "fray_results.R"):
        shutil.copy(SOURCE / "docs" / name, bench.folder / name)
    bench.synth()
    bench.write("s.yaml", SCENARIO)
    bench.good("run", "s.yaml", "-o", "results/quickstart")
    study(bench)
    bench.write("take.py", PYTHON)
    curves(bench, [sys.executable, "take.py"], "Python")
    if importlib.util.find_spec("matplotlib") is None:
        print("python3-matplotlib is missing: the Python example was not run")
    else:
        example(bench, [sys.executable], "example.py", python)
    if shutil.which("Rscript") is None:
        print("r-base-core is missing: the R example was not run")
    else:
        bench.write("take.R", R)
        curves(bench, ["Rscript", "take.R"], "R")
        example(bench, ["Rscript"], "example.R", r)
    bench.end()


if __name__ == "__main__":
    main()
