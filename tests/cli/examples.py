#!/usr/bin/env python3
"""The examples of docs/using-results.md: the Python one runs as it stands, both are short."""
import importlib.util
import os
import re
import sys

from bench import SCENARIO, SOURCE, Bench


def blocks(language):
    text = (SOURCE / "docs" / "using-results.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def short(bench, language):
    found = blocks(language)
    if bench.check(len(found) == 1, f"{len(found)} blocks of {language}"):
        lines = [line for line in found[0].splitlines() if line.strip()]
        bench.check(0 < len(lines) <= 10, f"{language}: {len(lines)} lines")
        bench.check("scores.csv" in found[0] and "tables/measures.csv" in found[0], language)
        return lines
    return []


def curve(bench):
    """The means that the example prints, made without pandas."""
    trials = {row["trial"]: row for row in bench.rows("results/quickstart", "trials.csv")}
    values = {}
    for row in bench.rows("results/quickstart", "scores.csv"):
        if (row["selection"], row["condition"], row["group"], row["metric"]) == \
                ("best", "trial", "all", "accuracy"):
            trial = trials[row["trial"]]
            values.setdefault((trial["lost.rate"], trial["method"]), []).append(float(row["value"]))
    return {key: sum(v) / len(v) for key, v in values.items()}


def main():
    debian = "/usr/bin/python3"
    if importlib.util.find_spec("pandas") is None and sys.executable != debian \
            and os.path.exists(debian):
        os.execv(debian, [debian, *sys.argv])  # Debian's packages are for Debian's Python
    bench = Bench()
    lines = short(bench, "python")
    short(bench, "r")
    if bench.faults or importlib.util.find_spec("pandas") is None:
        print("python3-pandas is missing: the example was not run")
        sys.exit(1 if bench.faults else 77)
    if importlib.util.find_spec("matplotlib") is None:
        print("python3-matplotlib is missing: the example is run without its last line")
        bench.check("plot" in lines[-1] and not any("plot" in line for line in lines[:-1]), "plot")
        lines = lines[:-1]
    bench.synth()
    bench.write("s.yaml", SCENARIO)
    bench.good("run", "s.yaml", "-o", "results/quickstart")
    check = "\nfor x in curve.index:\n  for m in curve.columns:\n    print('POINT', x, m, " \
            "repr(float(curve.loc[x, m])))\n"
    bench.write("example.py", "\n".join(lines) + check)
    result = bench.run_command([sys.executable, "example.py"], {"MPLBACKEND": "Agg"})
    bench.check(result.returncode == 0, f"the example fails: {result.stderr}")
    points = re.findall(r"^POINT (\S+) (\S+) (\S+)$", result.stdout, re.M)
    wanted = curve(bench)
    bench.check(len(points) == 4, f"{result.stdout}")
    for x, method, value in points:
        bench.check(abs(float(value) - wanted[(f"{float(x):g}", method)]) < 1e-12, f"{points}")
    bench.check(result.stdout.count(" rauc ") >= 2, f"no areas are shown: {result.stdout}")
    if len(lines) > 8:
        size = (bench.folder / "curve.png").stat().st_size
        bench.check(size > 2000, f"curve.png has {size} bytes")
    bench.end()


if __name__ == "__main__":
    main()
