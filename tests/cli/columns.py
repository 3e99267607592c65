#!/usr/bin/env python3
"""The data dictionary: every column of every CSV file is in it, and the documentation agrees."""
import csv
import fnmatch
import re

from bench import SCENARIO, SOURCE, Bench, change

FIELDS = ["file", "column", "type", "unit", "meaning", "empty"]


def read(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.reader(f))


def stands_for(name, column, keys):
    """True if a name of the dictionary is this column, or the family that it belongs to."""
    if name == "KEY":
        return column in keys
    before, dot, behind = name.partition(".")
    if before in ("ID", "MODALITY") and dot:
        return column.endswith(dot + behind) and column != dot + behind
    if behind == "METRIC":
        return column.startswith(before + dot) and column != before + dot
    return name == column


def dictionary(bench, folder):
    entries = []
    for path in sorted(folder.rglob("columns.csv")):
        head, *rows = read(path)
        bench.check(head == FIELDS, f"{path}: {head}")
        entries += [dict(zip(head, row)) for row in rows]
        for row in rows:
            bench.check(len(row) == len(FIELDS) and row[2] in ("text", "integer", "real")
                        and all(row[k] for k in (0, 1, 2, 4, 5)), f"{path}: {row}")
    names = [(e["file"], e["column"]) for e in entries]
    bench.check(len(names) > 40 and len(set(names)) == len(names), f"{folder}: {names}")
    return entries


def types(bench, where, entry, values):
    for value in values:
        if value == "":
            bench.check(entry["empty"] != "never", f"{where}: empty, which is said to be never")
        elif entry["type"] == "integer":
            bench.check(re.fullmatch(r"-?\d+", value), f"{where}: {value} is no integer")
        elif entry["type"] == "real":
            bench.check(re.fullmatch(r"-?\d+(\.\d+)?(e[+-]\d+)?|inf", value),
                        f"{where}: {value} is no number")


def files(bench, folder, keys, expected):
    entries = dictionary(bench, folder)
    seen = set()
    for path in sorted(folder.rglob("*.csv")):
        if path.name == "columns.csv":
            continue
        name = path.relative_to(folder).as_posix()
        ours = [e for e in entries if fnmatch.fnmatch(name, e["file"])]
        head, *rows = read(path)
        for k, column in enumerate(head):
            fits = [e for e in ours if stands_for(e["column"], column, keys)]
            if bench.check(len(fits) == 1, f"{name}: column {column} is there {len(fits)} times"):
                types(bench, f"{name}: {column}", fits[0], [row[k] for row in rows])
                seen.add(fits[0]["file"])
    bench.check(expected <= seen, f"no file was found for {expected - seen}")


def documented(bench, entries):
    """The tables of the documentation name the same columns."""
    text = (SOURCE / "docs" / "results-format.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (?:`?)([\w/.*-]+\.csv)(?:`?):[^\n]*\n(.*?)(?=^## |\Z)", text,
                               re.M | re.S))
    for file in sorted({e["file"] for e in entries}):
        if not bench.check(file in sections, f"results-format.md has no section on {file}"):
            continue
        table = re.search(r"^\| column .*?\n\n", sections[file], re.M | re.S).group()
        cells = re.findall(r"^\| (`[^|]*|one per swept key) \|", table, re.M)
        said = {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}
        said |= {"KEY"} if any(cell == "one per swept key" for cell in cells) else set()
        meant = {e["column"] for e in entries if e["file"] == file}
        bench.check(said == meant, f"{file}: results-format.md says {sorted(said - meant)} more "
                                   f"and {sorted(meant - said)} less than columns.csv")


def across(bench, folder):
    """Both studies stand in one table, with the numbers of their own tables, and in one figure."""
    head, *rows = read(folder / "tables" / "across-studies.csv")
    for study, before in (("tiny", ""), ("more", "r2-")):
        own = read(folder / "tables" / f"{before}methods.csv")[1:]
        ours = [row[1:] for row in rows if row[0] == study]
        bench.check(head[0] == "study" and len(own) > 20 and ours == own, f"{study}: {len(ours)}")
    page = (folder / "report.html").read_text(encoding="utf-8")
    bench.check("Across studies" in page and "tiny: att" in page and "more: cat" in page, "page")
    series = {row[1] for row in read(folder / "figures" / "across1.csv")[1:]}
    bench.check({"tiny: att", "tiny: cat", "more: att", "more: cat"} <= series, f"{series}")


def main():
    bench = Bench()
    bench.synth()
    bench.write("s.yaml", change(SCENARIO, "evaluate: {every: 2,",
                                 "evaluate: {save_ledger: true, every: 2,"))
    bench.good("run", "s.yaml", "-o", "out")
    out = bench.folder / "out"
    files(bench, out, {"method", "lost.rate"},
          {"trials.csv", "scores.csv", "rounds.csv", "ledgers/*.csv"})
    bench.good("run", "s.yaml", "-o", "more", "--no-report", "--set", "name=more")
    bench.good("report", "out", "more", "-o", "both")
    files(bench, bench.folder / "both", {"method", "lost.rate"},
          {"tables/*measures.csv", "tables/*methods.csv", "tables/across-studies.csv",
           "figures/*.csv"})
    across(bench, bench.folder / "both")
    bench.good("compare", "out", "more", "-o", "against")
    files(bench, bench.folder / "against", set(), {"compare.csv"})
    documented(bench, dictionary(bench, out))
    bench.end()


if __name__ == "__main__":
    main()
