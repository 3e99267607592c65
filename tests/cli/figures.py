#!/usr/bin/env python3
"""Single figures: fray report --figure, its formats, and what it refuses."""
import csv
import io
import json
import re
import shutil
import zlib

from bench import SOURCE, Bench

CURVE = "curve1-lost-rate"
MAGIC = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


def endings(bench, folder, name):
    return {p.suffix[1:] for p in (bench.folder / folder).glob(name + ".*")}


def choices(bench):
    gnuplot = shutil.which("gnuplot") is not None
    bench.good("report", "study", "--figure", "curves", "-o", "all")
    pictures = set(MAGIC) if gnuplot else set()
    bench.check(endings(bench, "all", CURVE) == {"csv", "dat", "gp", "tex"} | pictures,
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


def size_cm(path):
    """Width of a picture as a program that places it reads it, in cm."""
    data = path.read_bytes()
    if path.suffix == ".pdf":
        box = re.search(rb"/MediaBox\s*\[\s*([\d. ]+)\]", data)
        left, _, right, _ = map(float, box.group(1).split())
        return (right - left) / 72 * 2.54
    if path.suffix == ".png":
        at = data.index(b"pHYs")
        per_metre, unit = int.from_bytes(data[at + 4:at + 8], "big"), data[at + 12]
        assert unit == 1 and zlib.crc32(data[at:at + 13]) == int.from_bytes(data[at + 13:at + 17], "big")
        return int.from_bytes(data[16:20], "big") / per_metre * 100
    return float(re.search(rb'<svg\s+width="(\d+)"', data).group(1)) / 96 * 2.54


def smallest_type(path):
    """The smallest font of an SVG in points; its pixels are 96 to the inch."""
    return min(map(float, re.findall(r'font-size="([\d.]+)"', path.read_text(encoding="utf-8")))) * 72 / 96


def papers(bench):
    """Width, font and titles: what is drawn has the size that was asked for, and says the names."""
    if not shutil.which("gnuplot"):
        return
    for words, cm in (("single", 8.5), ("double", 17.5), ("12", 12)):
        bench.good("report", "study", "--figure", CURVE, "--width", words, "-o", words)
        for ending, off in (("pdf", 0.03), ("png", 0.01), ("svg", 0.02)):
            got = size_cm(bench.folder / words / f"{CURVE}.{ending}")
            bench.check(abs(got - cm) <= off, f"{words}, {ending}: {got} cm")
        bench.check(smallest_type(bench.folder / words / f"{CURVE}.svg") >= 6 - 1e-6,
                    f"{words}: type below 6 points")
        tex = (bench.folder / words / f"{CURVE}.tex").read_text(encoding="utf-8")
        for part in (f"\\includegraphics[width={cm:g}cm]{{{CURVE}}}", f"\\label{{fig:{CURVE}}}",
                     "\\caption{", "mlp for smell", "figure*" if cm > 10 else "\\begin{figure}\n"):
            bench.check(part in tex, f"{words}: {part!r} is not in {tex}")
    nasty = "A \\input{x} 100 % of $y_1$ & 'z' `touch pwned` #"
    bench.good("report", "study", "--figure", CURVE.upper(), "--font", "DejaVu Sans,6", "--title", nasty,
               "--x-title", "loss of 'sound' @ training", "--y-title", "score", "--series-title",
               "avg=Averaging = \\usual", "-o", "named")
    drawn = (bench.folder / "named" / f"{CURVE}.svg").read_text(encoding="utf-8")
    for part in ("Averaging = /usual", "score", ">mom<", "DejaVu Sans", "touch pwned"):
        bench.check(part in drawn, f"the drawing lacks {part!r}")
    bench.check(smallest_type(bench.folder / "named" / f"{CURVE}.svg") >= 6 - 1e-6, "type below 6")
    bench.check(not list(bench.folder.rglob("pwned")), "a title was run")
    tex = (bench.folder / "named" / f"{CURVE}.tex").read_text(encoding="utf-8")
    bench.check("A \\textbackslash{}input\\{x\\} 100 \\% of \\$y\\_1\\$ \\& " in tex, f"not escaped: {tex}")
    rows = (bench.folder / "named" / f"{CURVE}.csv").read_text(encoding="utf-8")
    bench.check(",avg,mean," in rows and "Averaging" not in rows, "the numbers keep the names")
    # The smallest and the largest of all, of every kind.
    for width, font in (("4", "DejaVu Sans,8"), ("40", "DejaVu Sans,24")):
        bench.good("report", "study", "--figure", "curves", "--figure", "group_curves", "--figure", "heat_map",
                   "--width", width, "--font", font, "-o", "size" + width)
        got = size_cm(bench.folder / ("size" + width) / f"{CURVE}.png")
        bench.check(abs(got - float(width)) < 0.01, f"{width} cm: {got}")
    # Drawn over again, and whatever lies there that is of somebody else is left alone.
    bench.good("report", "study", "--figure", CURVE, "-o", "named")
    (bench.folder / "theirs").mkdir()
    (bench.folder / "theirs" / f"{CURVE}.tex").write_text("mine", encoding="utf-8")
    bench.refused("a snippet of somebody else",
                  bench.run("report", "study", "--figure", CURVE, "-o", "theirs"), [f"{CURVE}.tex is there already"])


def styles(bench):
    for what, args, parts in (
            ("a width in words", ["--width", "half"], ["--width 'half'", "single (8.5 cm), double (17.5 cm)", "4 to 40"]),
            ("a width too small", ["--width", "3.9"], ["--width '3.9'"]),
            ("no number", ["--width", "nan"], ["--width 'nan'"]),
            ("a font that runs", ["--font", "x'; system('touch pwned') #"], ["--font", "letters, digits"]),
            ("a font too small", ["--font", "Times,5.9"], ["--font 'Times,5.9'", "6 to 24 points"]),
            ("type too large", ["--width", "4", "--font", "Times,24"],
             ["--width '4' has no room for type of 24 points: 11.9 cm at least"]),
            ("no title", ["--series-title", "avg"], ["--series-title 'avg': NAME=TITLE"]),
            ("a series misspelt", ["--series-title", "avgg=A"],
             ["no chosen figure has a series 'avgg'", "(did you mean 'avg'?)"])):
        bench.refused(what, bench.run("report", "study", "--figure", CURVE, *args, "-o", "out"), parts)
    bench.refused("a title for several", bench.run("report", "study", "--figure", "curves", "--title", "T",
                                                   "-o", "out"), ["--title 'T' is for one figure, and 2 are chosen"])
    bench.refused("a width without a figure", bench.run("report", "study", "--width", "single", "-o", "out"),
                  ["--width goes with --figure"])


def refusals(bench):
    for what, args, parts in (
            ("a kind misspelt", ["--figure", "curvs"],
             ["unknown figure 'curvs'; there are ", "(did you mean 'curves'?)"]),
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
    path = bench.folder / "study" / "provenance.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**said, "default_encoders": {"smell": "mlp"}}), encoding="utf-8")
    bench.parts(helps, choices, papers, styles, refusals)
    bench.end()


if __name__ == "__main__":
    main()
