#!/usr/bin/env python3
"""Pairs of terms on the bundled messages: the planted pair flips answers and neutral ones do not, exchanges of equal words
and of words that are one to the model flip none, the same bytes on any ranks, and refusals before anything is written."""
import csv
import subprocess
import sys

from bench import SOURCE, Bench, digests

SCENARIO = """\
name: messages
seeds: [1]
data: {shards: data, modalities: [claim], features: {claim: {buckets: %d}}}
model: {fusion: concat, hidden: 32}
training: {rounds: %d, clients_per_round: 0.5, local: {batch: 10, optimiser: adam, lr: 0.01, clip_norm: 5}}
evaluate: {every: 10, metrics: [accuracy]}
"""
OTHER = """\
name: other
seeds: [1]
data: {shards: other}
model: {fusion: concat, hidden: 4, head: 0, encoders: {series: {kind: conv_gru, filters: [2], kernel: 3}}}
training: {rounds: 1, local: {batch: 8}}
evaluate: {metrics: [accuracy]}
"""
PAIRS = """\
set,first,second
planted,nurse,engineer
words,spend time,hang out
words,Queue,queue
rare,leaking tap,cold boiler
neutral,Monday,Tuesday
neutral,blue,green
"""
ASK = """\
pairs: {file: pairs.csv, modality: %s}
rewrites: {aave: {kind: dialect, modalities: [claim], variety: aave, share: 1}}
"""


def rows(bench, folder, table="pairs.csv"):
    with open(bench.folder / folder / table, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def messages():
    with open(SOURCE / "data" / "messages" / "messages.csv", encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["split"] == "test"]


def bundled(bench):
    """The bundled messages are those that the script makes."""
    subprocess.run([sys.executable, SOURCE / "scripts" / "make_messages", "-o", bench.folder / "made"], check=True)
    made, there = (bench.folder / "made" / "messages.csv", SOURCE / "data" / "messages" / "messages.csv")
    bench.check(made.read_bytes() == there.read_bytes(), "make_messages makes other messages")


def make(bench):
    bench.good("import", SOURCE / "data" / "messages" / "dataset.yaml", "-o", "data")
    bench.write("pairs.csv", PAIRS)
    bench.write("pairs.yaml", ASK % "claim")
    for name, buckets, rounds in (("r", 8192, 25), ("one", 2, 1)):
        bench.write(f"{name}.yaml", SCENARIO % (buckets, rounds))
        bench.good("run", f"{name}.yaml", "-o", name, "--no-report")


def planted(bench):
    said = bench.good("pairs", "r", "pairs.yaml", "-o", "p1").stdout
    print(said)
    bench.check("nurse / engineer" in said and all(len(line) <= 80 for line in said.splitlines()), said)
    found = {(row["set"], row["first"]): row for row in rows(bench, "p1")}
    one = found["planted", "nurse"]
    bench.check(float(one["excess"]) >= 0.35 and float(one["low"]) > 0, f"planted: {one}")
    for term in ("Monday", "blue"):
        bench.check(float(found["neutral", term]["flips"]) <= 0.12, f"neutral: {found['neutral', term]}")
        bench.check(found["neutral", term]["excess"] == "", "a neutral pair has an excess")
    # Counts by the file itself.
    texts = messages()
    for key, terms in ((("planted", "nurse"), ("nurse", "engineer")), (("words", "spend time"), ("spend time", "hang out"))):
        holds = [t for t in texts if any(word in t["claim"] for word in terms)]
        row = found[key]
        bench.check((int(row["n"]), int(row["without"]), int(row["clusters"]))
                    == (len(holds), len(texts) - len(holds), len({t["client"] for t in holds})), f"{row}")
    # Terms that differ in the case of a first letter, which is kept: nothing is exchanged.
    row = found["words", "Queue"]
    bench.check(int(row["n"]) > 0 and row["flips"] in ("0", "") and row["moved"] in ("0", ""), f"{row}")
    bench.check(found["rare", "leaking tap"]["flips"] == "" or int(found["rare", "leaking tap"]["n"]) >= 30, "suppressed")
    whole = found["planted", ""]
    bench.check(whole["flips"] == one["flips"] and whole["p"] == "", "a set as a whole says what its pair says, without p")
    bench.check(int(found["aave", ""]["n"]) > 0 and found["aave", ""]["excess"] != "", "rewriting")
    toward = [float(r["toward"]) for r in rows(bench, "p1", "toward.csv") if r["first"] == "nurse"]
    bench.check(len(toward) == 4 and abs(sum(toward)) < 1e-9, f"what leaves a class goes to another: {toward}")
    named = {r["column"] for r in rows(bench, "p1", "columns.csv") if r["file"] == "pairs.csv"}
    bench.check(named == set(one), f"columns: {named ^ set(one)}")


def hashed(bench):
    """Two buckets: every word is id 1, and the model cannot tell words of one length."""
    bench.write("pairs.csv", "set,first,second\nx,nurse,clerk\nneutral,blue,grey\n")
    bench.good("pairs", "one", "pairs.yaml", "-o", "p2")
    for row in rows(bench, "p2"):
        if row["first"]:
            bench.check(int(row["n"]) >= 30 and row["flips"] == "0" and row["moved"] == "0", f"equal ids: {row}")
    bench.write("pairs.csv", PAIRS)


def ranks(bench):
    bench.good("pairs", "r", "pairs.yaml", ranks=3)
    bench.check(digests(bench.folder / "p1") == digests(bench.folder / "r" / "pairs"), "3 ranks: other bytes")


def figure(bench):
    """The neutral pairs first, then the pair that stands out; values are those of the table."""
    bench.good("report", "r", "--figure", "term_pairs", "--format", "csv")
    drawn = [row for row in rows(bench, "r/figures", "term_pairs1.csv") if row["kind"] == "value"]
    bench.check([row["x"] for row in drawn][:2] == ["neutral pairs", "nurse / engineer"], f"{[row['x'] for row in drawn]}")
    table = {(row["set"], row["first"]): row for row in rows(bench, "p1")}
    for at, key in ((0, ("neutral", "")), (1, ("planted", "nurse"))):
        bench.check(abs(float(drawn[at]["y"]) - 100 * float(table[key]["flips"])) < 1e-9, f"{drawn[at]}")
    path = bench.folder / "r" / "pairs" / "pairs.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(f",{table['planted', 'nurse']['flips']},", ",7,"), encoding="utf-8")
    bench.refused("no share", bench.run("report", "r", "--figure", "term_pairs"), ["pairs.csv, line 2", "no row of pairs"], absent=())


def refused(bench):
    before = sorted(p.name for p in bench.folder.iterdir())
    neutral = "neutral,a,the\n"
    for csv_text, ask, parts in (
            ("set,first,second\nx,he,\n" + neutral, ASK % "claim", ["pairs.csv, line 2", "second is empty"]),
            ("set,first,second\nx,he,she\nx,his,he\n" + neutral, ASK % "claim", ["pairs.csv, line 3: pairs: 'he' stands twice"]),
            ("set,first,second\nx,a/b,c\n" + neutral, ASK % "claim", ["line 2", "holds a stroke"]),
            ("set,first,second\nx,a  b,c\n" + neutral, ASK % "claim", ["line 2", "single blanks"]),
            ("set,first,second\nx,he,she\n", ASK % "claim", ["no pair of the set 'neutral'"]),
            ("set,one,two\nx,he,she\n", ASK % "claim", ["pairs.csv", "second"]),
            (PAIRS, ASK % "clam", ["pairs.modality", "did you mean 'claim'"]),
            (PAIRS, "pairs: {file: none.csv, modality: claim}\n", ["none.csv"]),
            (PAIRS, "pairs: {fil: pairs.csv, modality: claim}\n", ["did you mean 'file'"]),
            (PAIRS, ASK % "claim" + "tests: {}\n", ["tests"])):
        bench.write("pairs.csv", csv_text)
        bench.write("bad.yaml", ask)
        bench.refused(f"{parts}", bench.run("pairs", "r", "bad.yaml", "-o", "no"), parts, absent=("no",))
    bench.synth("other", modalities='["series:4x1", "text:6"]', clients=4)
    bench.write("other.yaml", OTHER)
    bench.good("run", "other.yaml", "-o", "vectors", "--no-report")
    bench.write("pairs.csv", PAIRS)
    bench.write("bad.yaml", "pairs: {file: pairs.csv, modality: series}\n")
    bench.refused("no text", bench.run("pairs", "vectors", "bad.yaml", "-o", "no"),
                  ["pairs.modality: series is of kind series", "texts"], absent=("no",))
    bench.refused("folder that is there", bench.run("pairs", "r", "pairs.yaml", "-o", "p1"), ["p1", "--overwrite"], absent=())
    bench.check(before == sorted(p.name for p in bench.folder.iterdir() if p.name not in ("bad.yaml", "other", "other.yaml", "vectors")), "something was written")


def main():
    bench = Bench()
    bench.parts(bundled, make, planted, hashed, ranks, figure, refused)
    bench.end()


if __name__ == "__main__":
    main()
