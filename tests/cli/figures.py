#!/usr/bin/env python3
"""Single figures: fray report --figure, its formats, and what it refuses."""
import csv
import io
import shutil

from bench import SOURCE, Bench

CURVE = "curve1-lost-rate"
MAGIC = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


def endings(bench, folder, name):
    return {p.suffix[1:] for p in (bench.folder / folder).glob(name + ".*")}


def choices(bench):
    gnuplot = shutil.which("gnuplot") is not None
    bench.good("report", "study", "--figure", "curves", "-o", "all")
    pictures = set(MAGIC) if gnuplot else set()
    bench.check(endings(bench, "all", CURVE) == {"csv", "dat", "gp"} | pictures,
                f"all formats: {endings(bench, 'all', CURVE)}")
    bench.check(len(list((bench.folder / "all").glob("*.csv"))) == 2, "curves are two figures")
    for ending in pictures:
        data = (bench.folder / "all" / f"{CURVE}.{ending}").read_bytes()
        bench.check(data.startswith(MAGIC[ending]), f"{ending}: {data[:8]}")
    bench.good("report", "study", "--figure", CURVE, "--format", "csv")
    bench.check(endings(bench, "study/figures", "*") == {"csv"}, "one figure as CSV")
    bench.check(not (bench.folder / "study/report.html").exists(), "a page was written")
    text = (bench.folder / f"study/figures/{CURVE}.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    bench.check([(r["series"], r["x"], round(float(r["y"]), 6)) for r in rows if r["kind"] == "mean"]
                == [("avg", "0", 82), ("avg", "0.5", 62), ("mom", "0", 81), ("mom", "0.5", 72)], f"means: {rows}")
    bench.good("report", "study", "--figure", CURVE, "--figure", "group_curves", "--format", "csv",
               "-o", "two")
    names = sorted(p.stem for p in (bench.folder / "two").iterdir())
    bench.check(names == [CURVE, "groups1-lost-rate-by-accent"], f"two figures: {names}")


def refusals(bench):
    for what, args, parts in (
            ("a kind misspelt", ["--figure", "curvs"],
             ["unknown figure 'curvs'; there are 'curves', 'group_curves', ", "group_curves"]),
            ("a name misspelt", ["--figure", "curve1-lost-rat"],
             ["unknown figure 'curve1-lost-rat'", f"(did you mean '{CURVE}'?)"]),
            ("a format misspelt", ["--figure", "curves", "--format", "pgn"],
             ["unknown format 'pgn'; there are 'svg', 'png', 'pdf', 'csv' (did you mean 'png'?)"]),
            ("a format alone", ["--format", "pdf"], ["--format goes with --figure"])):
        bench.refused(what, bench.run("report", "study", *args, "-o", "out"), parts)
    bench.refused("no results", bench.run("report", "nowhere", "--figure", "curves", "-o", "out"),
                  ["nowhere"])
    scores = bench.folder / "study/scores.csv"
    lines = scores.read_text(encoding="utf-8").splitlines(keepends=True)
    scores.write_text("".join(l for l in lines if ",accent=" not in l), encoding="utf-8")
    bench.refused("a kind without data", bench.run("report", "study", "--figure", "group_curves",
                                                   "-o", "out"),
                  ["these results do not allow a figure of kind 'group_curves'"])


def helps(bench):
    text = bench.good("report", "--help").stdout
    for part in ("--figure", "--format", "  curves ", "  group_curves ", "95 % bands"):
        bench.check(part in text, f"report --help does not name {part}")


def main():
    bench = Bench()
    fixture = SOURCE / "tests" / "report" / "fixture"
    (bench.folder / "study").mkdir()
    for name in ("trials.csv", "scores.csv", "scenario.yaml", "provenance.json", "state"):
        shutil.copy(fixture / name, bench.folder / "study" / name)
    bench.parts(helps, choices, refusals)
    bench.end()


if __name__ == "__main__":
    main()
