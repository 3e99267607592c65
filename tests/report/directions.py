#!/usr/bin/env python3
"""A strength that gets worse downwards tells the same story as one that gets worse upwards: a study
whose strengths are turned around (and so told in strengths.csv) has the same measures, tables and
findings. One whose clean value is infinite (a signal-to-noise ratio) begins nowhere; one without an
order loses nothing; and a strengths.csv that makes no sense is refused.

   FRAY_BINARY=build/fray directions.py"""
import csv
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import make_study  # noqa: E402

FRAY = os.environ["FRAY_BINARY"]
HEAD = "of,name,entry,parameter,unit,none,worse\n"
NONE = {"lost.rate": 8.0, "audio_lost": 4.0}  # sums that doubles hold exactly enough
faults = []


def check(good, what):
    if not good:
        faults.append(what)


def rows(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def rewrite(path, change):
    found = rows(path)
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.DictWriter(f, found[0].keys(), lineterminator="\n")
        out.writeheader()
        for row in found:
            change(row)
            out.writerow(row)


def turned(text, none):
    return repr(none - float(text))


def turn(folder):
    """The same study, seen from the other side."""
    def trial(row):
        row["lost.rate"] = turned(row["lost.rate"], NONE["lost.rate"])
        row["lost.nominal"] = row["lost.rate"]

    def score(row):
        if row["condition"] == "audio_lost":
            row["severity"] = turned(row["severity"], NONE["audio_lost"])
    rewrite(folder / "trials.csv", trial)
    rewrite(folder / "scores.csv", score)
    tell(folder, f"swept,lost.rate,lost,rate,,{NONE['lost.rate']},-1",
         f"entry,lost,,rate,,{NONE['lost.rate']},-1", f"test,audio_lost,,rate,,{NONE['audio_lost']},-1",
         "swept,noise.rate,noise,rate,,0,1")


def add_condition(folder, name):
    """The scores under audio_lost once more, a little lower, as those of another test."""
    with open(folder / "scores.csv", newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    with open(folder / "scores.csv", "a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, lines[0], lineterminator="\n")
        for row in lines:
            if row["condition"] == "audio_lost":
                writer.writerow({**row, "condition": name, "value": float(row["value"]) - 0.1 * float(row["severity"])})


def tell(folder, *lines):
    (folder / "strengths.csv").write_text(HEAD + "".join(f"{line}\n" for line in lines),
                                          encoding="utf-8")


def report(folder):
    done = subprocess.run([FRAY, "report", folder], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def number(text):
    return float(text) if text else None


def near(a, b):
    return a == b or (a is not None and b is not None and abs(a - b) < 1e-9)


def compare_measures(usual, other):
    """Row by row; strengths are turned back."""
    a, b = rows(usual / "tables/measures.csv"), rows(other / "tables/measures.csv")
    check(len(a) == len(b) and len(a) > 100, f"{len(a)} and {len(b)} measures")
    for x, y in zip(a, b):
        none = NONE.get(x["axis"])
        where = f"{x['measure']} of {x['axis']} at {x['severity']}: "
        for column in x:
            p, q = x[column], y[column]
            if column == "lost.rate" and p:
                q = repr(NONE["lost.rate"] - float(q))
            elif none is not None and q and (column == "severity" or
                                             (x["measure"] == "s50" and column in ("value", "low", "high"))):
                q = repr(none - float(q))
                if x["measure"] == "s50" and column != "value":  # the ends change places
                    continue
            if column in ("severity", "value", "low", "high", "p", "p_holm", "df", "lost.rate"):
                check(near(number(p), number(q)), f"{where}{column}: {p} and {q}")
            else:
                check(p == q, f"{where}{column}: {p} and {q}")


def text_of(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    return re.sub(r"<[^>]+>", "", page)


def findings(folder):
    """What is said of costs, without the strengths in it."""
    page = (folder / "report.html").read_text(encoding="utf-8")
    costs = re.findall(r"costs (?:most: )?([\d.]+)(?:&nbsp;| )?(?:%|points)?", page)
    better = re.findall(r"<b>(copes better)</b>", page)
    return costs, len(better)


def main():
    with tempfile.TemporaryDirectory(prefix="fray-directions-") as scratch:
        scratch = pathlib.Path(scratch)
        folders = {name: scratch / name for name in ("usual", "turned", "ratio", "order", "curves", "levels", "bad")}
        for folder in folders.values():
            make_study.make(folder, methods=3, rates=4, noise=2, seeds=3, groups=2)
        turn(folders["turned"])
        # The folder says the same of itself as is assumed of one that says nothing.
        check(report(folders["usual"])[0] == 0 and report(folders["turned"])[0] == 0, "no report")
        compare_measures(folders["usual"], folders["turned"])
        check(findings(folders["usual"]) == findings(folders["turned"]) and findings(folders["usual"])[0],
              f"{findings(folders['usual'])} and {findings(folders['turned'])}")
        check("from the largest to the smallest strength" in text_of(folders["turned"]),
              "the way of a strength that falls is not said")

        # No value of it is clean: curves begin at the least damage, and nothing is relative to no damage.
        tell(folders["ratio"], "test,audio_lost,,snr,dB,inf,-1")
        check(report(folders["ratio"])[0] == 0, "no report of a ratio")
        found = [m for m in rows(folders["ratio"] / "tables/measures.csv") if m["axis"] == "audio_lost"]
        check({m["status"] for m in found if m["measure"] == "rauc"} == {"no clean point"}, "a ratio has a rauc")
        check(any(m["measure"] == "score" for m in found), "a ratio has no scores")

        # Without an order there are scores and curves, and no loss.
        tell(folders["order"], "test,audio_lost,,frequency,Hz,,0", "swept,lost.rate,lost,rate,,0,1")
        check(report(folders["order"])[0] == 0, "no report without an order")
        kinds = {m["measure"] for m in rows(folders["order"] / "tables/measures.csv")
                 if m["axis"] == "audio_lost" and m["group"] == "all"}
        check("score" in kinds and not kinds & {"rauc", "s50", "slope", "retention", "ce"}, f"{kinds}")
        page = (folders["order"] / "report.html").read_text(encoding="utf-8")
        check(list((folders["order"] / "figures").glob("curve*audio_lost.csv")), "no curve without an order")
        # Levels of a table that promise no order: no loss either, but errors against the reference.
        for name, worse in (("curves", 1), ("levels", 0)):
            with open(folders[name] / "scenario.yaml", "a", encoding="utf-8") as file:
                file.write("reference: {method: method0}\n")
            add_condition(folders[name], "fog")
            tell(folders[name], f"test,audio_lost,,severity,level,0,{worse}",
                 f"test,fog,,severity,level,0,{worse}", "swept,lost.rate,lost,rate,,0,1")
            check(report(folders[name])[0] == 0, f"no report of {name}")
        every = rows(folders["levels"] / "tables/measures.csv")
        kinds = {m["measure"] for m in every if m["axis"] == "audio_lost" and m["group"] == "all"}
        check("ce" in kinds and not kinds & {"rauc", "s50", "slope", "retention", "loss"}, f"{kinds}")
        ordered = rows(folders["curves"] / "tables/measures.csv")
        for measure in ("ce", "mce", "relative_mce"):
            same = [[(m["axis"], m["value"]) for m in found if m["measure"] == measure]
                    for found in (ordered, every)]
            check(same[0] and same[0] == same[1], f"{measure}: {same}")
        drawn = [row for row in rows(folders["levels"] / "figures/errors1.csv") if row["kind"] == "value"]
        wanted = {is_mean: [float(m["value"]) for m in every if m["measure"] == ("mce" if is_mean else "ce")]
                  for is_mean in (True, False)}
        for row in drawn:
            values = wanted[row["x"].startswith("mean of all")]
            check(any(abs(float(row["y"]) / 100 - value) < 1e-9 for value in values), f"no such error: {row}")
        check(len(drawn) == 8 * 3 and {row["x"] for row in drawn} >= {"mean of all (mCE)"}, f"errors {drawn}")
        title = "modalities lost at test"
        losses = page[page.index(">Losses and comparisons</h"):page.index(">Every score</h")]
        check(title in page and title not in losses, "a loss without an order")

        for line, part in (("tested,audio_lost,,rate,,0,1", "strengths.csv:2: of"),
                           ("test,audio_lost,,rate,,0,2", "worse"), ("test,audio_lost,,rate,,0,", "worse"),
                           ("test,audio_lost,,rate,,inf,1", "none"), ("test,audio_lost,,rate,,x,1", "none"),
                           ("test,audio_lost,,rate,,0,1\ntest,audio_lost,,rate,,0,1", "twice")):
            tell(folders["bad"], line)
            code, said = report(folders["bad"])
            check(code == 2 and part in said, f"{line!r}: exit {code}, {said!r}")
            check(not (folders["bad"] / "report.html").exists(), f"{line!r}: a report was written")
    print("\n".join(faults) or "directions: all as it should be")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
