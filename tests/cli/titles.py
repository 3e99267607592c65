#!/usr/bin/env python3
"""Titles and named values: the report has them, and no name of a trial, table or training does;
`run --resume` with other titles trains nothing; what they name must be there."""
import csv
import re

from bench import SCENARIO, TABLES, Bench, change

TITLES = """\
title: A small study
titles:
  keys: {lost.rate: Share lost}
  values: {lost.rate: {0.40: two in five}}
  conditions: {clean: Nothing broken}
  groups: {site: {title: Hospital, site0: North wing}}
  modalities: {series: motion}
  classes: {class0: walking}
"""
TITLED = change(change(change(change(
    SCENARIO, "name: tiny\n", "name: tiny\n" + TITLES),
    "att: {", "att: {title: Attention head, "),
    "{id: lost, ", "{id: lost, title: Things lost, "),
    "series_lost: {", "series_lost: {title: Motion gone, ")
NAMED = change(change(SCENARIO, "lost.rate: [0, 0.4]", "data.partition: %s"),
               "lost.rate: 0}", "data.partition: %s}")
MAPS = ["{kind: natural}", "{kind: dirichlet, clients: 4, alpha: 0.5}"]
WITH_NAMES = NAMED % ("{by person: %s, skewed: %s}" % tuple(MAPS), "by person")
WITHOUT = change(NAMED % ("[%s, %s]" % tuple(MAPS), "x"), ", data.partition: x}", "}")

REFUSED = [
    ("a title that is a list", "name: tiny", "name: tiny\ntitle: [a]", ["s.yaml:2", "title"]),
    ("titles that are a list", "name: tiny", "name: tiny\ntitles: [a]", ["s.yaml:2", "titles", "map"]),
    ("an unknown section", "name: tiny", "name: tiny\ntitles: {modalitys: {series: x}}",
     ["s.yaml:2", "modalitys", "'modalities'"]),
    ("a key that is not swept", "name: tiny", "name: tiny\ntitles:\n  keys: {lost.rat: x}",
     ["s.yaml:3", "titles.keys", "lost.rat", "'lost.rate'"]),
    ("a key's title that is a map", "name: tiny", "name: tiny\ntitles: {keys: {lost.rate: {a: b}}}",
     ["s.yaml:2", "text"]),
    ("a value of no swept key", "name: tiny", "name: tiny\ntitles: {values: {lst.rate: {0: x}}}",
     ["titles.values", "lst.rate", "'lost.rate'"]),
    ("a value that no cell has", "name: tiny", "name: tiny\ntitles: {values: {lost.rate: {0.5: x}}}",
     ["titles.values", "lost.rate = 0.5", "'0.4'"]),
    ("a condition that is none", "name: tiny", "name: tiny\ntitles: {conditions: {serie_lost: x}}",
     ["titles.conditions", "serie_lost", "'series_lost'"]),
    ("a group column that the data lack", "name: tiny", "name: tiny\ntitles: {groups: {sit: {a: x}}}",
     ["s.yaml:2", "titles.groups", "'sit'", "'site'"]),
    ("a group that the data lack", "name: tiny", "name: tiny\ntitles: {groups: {site: {site00: x}}}",
     ["s.yaml:2", "titles.groups.site", "'site00'", "'site0'"]),
    ("a modality that the data lack", "name: tiny", "name: tiny\ntitles: {modalities: {sereis: x}}",
     ["s.yaml:2", "titles.modalities", "'sereis'", "'series'"]),
    ("a class that the data lack", "name: tiny", "name: tiny\ntitles: {classes: {clas0: x}}",
     ["s.yaml:2", "titles.classes", "'clas0'", "'class0'"]),
    ("a method's title that is a list", "cat: {", "cat: {title: [a], ", ["s.yaml:", "text"]),
    ("a method that sets a title", "cat: {", "cat: {lost.title: b, ", ["lost.title", "study as a whole"]),
    ("a sweep over titles", "lost.rate: [0, 0.4]", "title: [a, b]", ["title", "study as a whole"]),
    ("a sweep over an entry's title", "lost.rate: [0, 0.4]", "lost.title: [a, b]",
     ["lost.title", "study as a whole"]),
    ("a blank title", "name: tiny", 'name: tiny\ntitle: " \\n"', ["s.yaml:2", "title", "blank"]),
    ("a title without width", "name: tiny", 'name: tiny\ntitles: {keys: {lost.rate: "\\u200b"}}',
     ["s.yaml:2", "'lost.rate'", "blank"]),
    ("a blank name", "lost.rate: [0, 0.4]", 'data.partition: {" ": {kind: natural}}',
     ["s.yaml:", "data.partition", "' '", "blank"]),
    ("a number with a name", "lost.rate: [0, 0.4]", "lost.rate: {none: 0, much: 0.4}",
     ["s.yaml:", "lost.rate", "'none'", "titles.values"]),
]


def page(bench, folder):
    return (bench.folder / folder / "report.html").read_text(encoding="utf-8")


def scenario(bench, folder):
    return (bench.folder / folder / "scenario.yaml").read_text(encoding="utf-8")


def stamps(bench, folder):
    return {p.name: (p.stat().st_mtime_ns, p.stat().st_ino)
            for p in (bench.folder / folder / "parts").glob("*.h5")}


def titles(bench):
    """The same bytes with and without, but for the scenario and the report."""
    bench.synth()
    bench.write("plain.yaml", SCENARIO)
    bench.write("titled.yaml", TITLED)
    bench.good("run", "plain.yaml", "-o", "plain", "--no-report", seconds=120)
    bench.good("run", "titled.yaml", "-o", "titled", seconds=120)
    bench.same_tables("plain", "titled", "titles")
    for name in ("cells.yaml", "strengths.csv", "conditions.csv"):
        bench.check((bench.folder / "plain" / name).read_bytes()
                    == (bench.folder / "titled" / name).read_bytes(), f"titles change {name}")
    for text in ("A small study", "Things lost", "Motion gone", "Attention head", "North wing"):
        bench.check(text in scenario(bench, "titled"), f"scenario.yaml lost {text}")
    html = page(bench, "titled")
    for text in ("Share lost", "Motion gone", "Attention head"):
        bench.check(text in html, f"the page lacks {text}")
    bench.check("lost.rate:" not in html.split("<details")[0], "the page has the words of the file")


def planned(bench):
    """The plan has titles beside the names."""
    plan = re.sub(r"\s+", " ", bench.good("check", "titled.yaml").stdout)
    for text in ("study A small study (tiny)", "method: att (Attention head), cat",
                 "lost.rate (Share lost): 0, 0.4 (two in five)", "series_lost (Motion gone): rate"):
        bench.check(text in plan, f"the plan lacks {text}")
    plain = re.sub(r"\s+", " ", bench.good("check", "plain.yaml").stdout)
    for text in ("study tiny", "lost.rate (features and series lost): 0, 0.4",
                 "series_lost (series lost at test): rate"):
        bench.check(text in plain, f"the plan lacks {text}")


def resumed(bench):
    """Other titles train nothing, and are those of the report."""
    before = stamps(bench, "titled")
    bench.check(len(before) == 8, f"{len(before)} parts")
    tables = [(bench.folder / "titled" / t).read_bytes() for t in TABLES]
    bench.write("other.yaml", change(change(TITLED, "Motion gone", "No motion at all"),
                                     "title: A small study\n", ""))
    result = bench.good("run", "other.yaml", "-o", "titled", "--resume")
    bench.check("8 trials: 8 finished already and kept, 0 to evaluate anew, 0 to train"
                in re.sub(r"\s+", " ", result.stderr), f"resume did more: {result.stderr}")
    bench.check(stamps(bench, "titled") == before, "resume touched parts")
    bench.check(tables == [(bench.folder / "titled" / t).read_bytes() for t in TABLES],
                "resume changed tables")
    html = page(bench, "titled")
    bench.check("No motion at all" in html and "Motion gone" not in html, "resume kept old titles")


def hostile(bench):
    """A title is text: nothing of it runs on the page, in LaTeX or in a terminal."""
    evil = '"<script>x</script>\\u001b[31m\\u202e \\\\input{a} $x$ %s"'
    bench.write("evil.yaml", change(change(change(TITLED, "Motion gone", evil % 1),
                                           "Attention head", evil % 2), "A small study", evil % 3))
    result = bench.good("run", "evil.yaml", "-o", "titled", "--resume")
    shown = bench.good("show", "titled")
    plan = bench.good("check", "evil.yaml")
    for what, text in (("run", result.stdout + result.stderr), ("show", shown.stdout),
                       ("check", plan.stdout), ("page", page(bench, "titled"))):
        bench.check("\x1b" not in text and "\u202e" not in text, f"{what}: a control character")
        bench.check("input{a}" in text, f"{what}: the title is not there")
    bench.check("<script>x" not in page(bench, "titled"), "a title runs on the page")
    for file in sorted((bench.folder / "titled").glob("*/*.tex")):
        text = file.read_text(encoding="utf-8")
        bench.check("\\input{" not in text and "\x1b" not in text, f"{file.name}: a title runs in LaTeX")
    for file in sorted((bench.folder / "titled").glob("figures/*.svg")):
        text = file.read_text(encoding="utf-8")
        bench.check("<script" not in text and "\x1b" not in text, f"{file.name}: a title runs in a picture")
    bench.good("run", "other.yaml", "-o", "titled", "--resume")


def evaluated(bench):
    """`fray evaluate` carries titles, and brings those of its tests."""
    bench.write("more.yaml", "tests:\n  all: {kind: missing_modality, rate: [0.5, 1], "
                "title: Both going}\n")
    bench.good("evaluate", "titled", "--tests", "more.yaml")
    html = page(bench, "titled")
    for text in ("No motion at all", "Both going", "Attention head"):
        bench.check(text in html, f"after evaluate the page lacks {text}")
    bench.write("more.yaml", "tests:\n  all: {kind: missing_modality, rate: [0.5, 1], "
                "title: Both gone}\n")
    bench.good("evaluate", "titled", "--tests", "more.yaml")
    bench.check("Both gone" in page(bench, "titled"), "evaluate left an old title")


def merged(bench):
    """Shares that differ in titles alone are one study, with those of the first."""
    bench.write("first.yaml", TITLED)
    bench.write("second.yaml", change(TITLED, "Motion gone", "Gone otherwise"))
    for name, share in (("first", "1/2"), ("second", "2/2")):
        bench.good("run", f"{name}.yaml", "-o", name, "--share", share, "--no-report", seconds=120)
    bench.good("merge", "first", "second", "-o", "merged")
    bench.same_tables("plain", "merged", "merged titles")
    html = page(bench, "merged")
    bench.check("Motion gone" in html and "Gone otherwise" not in html, "merge took other titles")
    bench.write("third.yaml", change(TITLED, "rounds: 3", "rounds: 2"))
    bench.good("run", "third.yaml", "-o", "third", "--share", "2/2", "--no-report", seconds=120)
    bench.refused("shares of two studies", bench.run("merge", "first", "third", "-o", "out"),
                  ["different scenarios"])


def named(bench):
    """A name is the value in the tables, and no part of the training's identity."""
    bench.write("named.yaml", WITH_NAMES)
    bench.write("maps.yaml", WITHOUT)
    bench.good("run", "named.yaml", "-o", "named", seconds=120)
    bench.good("run", "maps.yaml", "-o", "maps", "--no-report", seconds=120)
    rows = list(csv.DictReader(open(bench.folder / "named" / "trials.csv", encoding="utf-8")))
    other = list(csv.DictReader(open(bench.folder / "maps" / "trials.csv", encoding="utf-8")))
    bench.check(len(rows) == 8 and [r["trial"] for r in rows] == [r["trial"] for r in other],
                "names change trials")
    bench.check({r["data.partition"] for r in rows} == {"by person", "skewed"}, "names in trials.csv")
    bench.check({r["data.partition"] for r in other}
                == {"{kind: natural}", "{kind: dirichlet, clients: 4, alpha: 0.5}"}, "maps in trials.csv")
    bench.check("skewed" in page(bench, "named"), "the page lacks the name")
    before = stamps(bench, "named")
    bench.write("renamed.yaml", WITH_NAMES.replace("skewed", "uneven"))
    bench.good("run", "renamed.yaml", "-o", "named", "--resume")
    bench.check(stamps(bench, "named") == before, "a new name trained anew")
    bench.check("uneven" in page(bench, "named"), "the page lacks the new name")
    bench.write("s.yaml", NAMED % ("{one: %s, two: %s}" % (MAPS[0], MAPS[0]), "one"))
    bench.refused("two names of one value", bench.run("check", "s.yaml"),
                  ["data.partition", "one and two are the same value"])
    bench.write("s.yaml", change(change(NAMED % ("{one: %s, two: %s}" % (MAPS[0], MAPS[0]), "one"),
                                        "- grid: {method: [att, cat], ", "- zip: {"),
                                 "two: {kind: natural}}", "two: {kind: natural}}, training.rounds: [2, 3]"))
    bench.refused("two names of one value in a zip", bench.run("check", "s.yaml"),
                  ["data.partition", "one and two are the same value"])
    bench.write("s.yaml", NAMED % ("{by person: %s, skewed: %s}" % tuple(MAPS), "by persn"))
    bench.refused("a reference to no name", bench.run("check", "s.yaml"), ["by persn", "'by person'"])


def refusals(bench):
    for what, old, new, parts in REFUSED:
        bench.write("s.yaml", change(SCENARIO, old, new))
        for command in (("run", "s.yaml", "-o", "out"), ("check", "s.yaml")):
            bench.refused(what, bench.run(*command), parts)


if __name__ == "__main__":
    b = Bench()
    b.parts(titles, planned, merged, resumed, hostile, evaluated, named, refusals)
    b.end()
