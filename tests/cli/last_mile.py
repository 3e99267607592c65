#!/usr/bin/env python3
"""Whom a damage costs more: a planted difference and none, the same bytes on any ranks, the figure, how many samples
a user needs, and refusals before anything is written."""
import csv

from bench import Bench, digests

SCENARIO = """\
name: miles
seeds: {trial: [1, 2], partition: fixed, corruption: per_trial}
data: {shards: data}
model: {fusion: concat, hidden: 6, head: 0, encoders: {series: {kind: conv_gru, filters: [4], kernel: 3}, feature: {kind: mlp, units: 6}}}
training: {rounds: 3, clients_per_round: 1, local: {epochs: 2, batch: 5, lr: 0.1}}
evaluate: {metrics: [accuracy], groups: [site]}
tests:
  plane: {kind: feature_noise, modalities: [feature], sigma: [0.5, 2], rate: [0.5, 1]}
  mine: {kind: feature_noise, modalities: [feature], sigma: 6, who: {site: site1}}
"""


def table(bench, folder, name):
    with open(bench.folder / folder / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def make(bench):
    bench.synth("data", clients=6, test_clients=18, samples=12, classes=3, dev_fraction=0.3, separation=2)
    bench.write("s.yaml", SCENARIO)
    bench.good("run", "s.yaml", "-o", "r", "--no-report")


def planted(bench):
    """A damage of one group alone: its difference is what it loses, and chance makes none as large."""
    said = bench.good("lastmile", "r", "--test", "mine", "-o", "mine").stdout
    print(said)
    rows = {row["group"]: row for row in table(bench, "mine", "did.csv")}
    mine = rows["site1"]
    bench.check(mine["did"] == mine["drop"] and float(mine["others"]) == 0, f"others lose too: {mine}")
    bench.check(float(mine["drop"]) > 0.1 and float(mine["holm"]) <= 0.05 and mine["resolved"] == "1", f"{mine}")
    bench.check(all(row["resolved"] != "1" for name, row in rows.items() if name != "site1"), f"{rows}")
    flat = " ".join(said.split())
    bench.check("site1 loses" in flat and ": resolved" in flat, "the planted group is not named")
    bench.check(all(len(line) <= 80 for line in said.splitlines()), "lines of more than 80 columns")
    point = [row for row in table(bench, "mine", "plane.csv") if row["role"] == "report"]
    # The place of a number names its strength, as results.h5 does.
    names = {row["condition"] for row in (*point, *rows.values())}
    bench.check(len(names) == 1 and f"{min(names)} costs most" in flat and "=" in min(names), f"{names}")
    for row in point:
        if row["drop"]:
            off = float(row["clean"]) - float(row["damaged"]) - float(row["drop"])
            bench.check(abs(off) < 1e-12, f"clean less damaged is not the drop: {row}")


def plane(bench):
    """A plane of two keys, on one rank and on three; nothing of the results changes; the map hatches."""
    before = {name: (bench.folder / "r" / name).read_bytes() for name in ("trials.csv", "scores.csv", "results.h5")}
    words = ("--test", "plane", "--held-out", "sigma=2")
    said = bench.good("lastmile", "r", *words).stdout
    bench.good("lastmile", "r", *words, "-o", "three", ranks=3)
    bench.check(digests(bench.folder / "r/lastmile") == digests(bench.folder / "three"), "ranks change the folder")
    bench.check(before == {name: (bench.folder / "r" / name).read_bytes() for name in before}, "RESULTS was changed")
    rows = table(bench, "three", "plane.csv")
    held = {(row["first_value"], row["second_value"]): row["held_out"] for row in rows}
    bench.check(sorted(held.values()) == ["0", "0", "1", "1"], f"held out: {held}")
    worst = {row["condition"] for row in rows if row["worst"] == "1"}
    dev = [row for row in rows if row["role"] == "find"]
    most = max(dev, key=lambda row: float(row["drop"]))
    bench.check(worst == {most["condition"]}, f"dev is worst at {most['condition']}, and {worst} is looked at")
    spread = table(bench, "three", "spread.csv")[0]
    bench.check(("not resolved" in said) == (spread["resolved"] == "0"), f"{said}: {spread}")
    # The scores of the table are those of the study: the models are the same, and so are the draws.
    scores = [row for row in bench.rows("r", "scores.csv") if row["condition"] == most["condition"]
              and row["metric"] == "accuracy" and row["selection"] == "best" and row["group"] == "all"]
    mean = sum(float(row["value"]) for row in scores) / len(scores)
    mine = next(row for row in rows if row["role"] == "report" and row["condition"] == most["condition"] and not row["group"])
    bench.check(len(scores) == 2 and abs(mean - float(mine["damaged"])) < 1e-9, f"scores.csv: {mean}, here {mine}")
    bench.good("report", "r")
    path = bench.folder / "r/lastmile/spread.csv"
    was = path.read_text()
    at = was.splitlines()[0].split(",").index("p")
    path.write_text("\n".join(",".join("7" if k == at and n else cell for k, cell in enumerate(line.split(",")))
                              for n, line in enumerate(was.splitlines())) + "\n")
    bench.refused("a damaged table", bench.run("report", "r", "--figure", "last_mile"), ["spread.csv, line 2"])
    path.write_text(was)
    page = (bench.folder / "r/report.html").read_text(encoding="utf-8")
    bench.check("What a damage costs whom" in page and "not resolved" in page, "the page lacks the figure or its verdict")
    bench.check(page.count('class="over"') >= 2 * 4, "what is held out is not hatched")


def power(bench):
    """As many samples as the formula says of what results.h5 holds."""
    said = bench.good("check", "r", "--power", "--condition", "mine", "--drop", ".1").stdout
    print(said)
    bench.check("10 points" in said and "2 models" in said, "the answer does not say what it is of")
    # Which way accuracy goes is what scores.csv has: a damage may well do good.
    scores = {}
    for row in bench.rows("r", "scores.csv"):
        if (row["metric"], row["selection"], row["group"]) == ("accuracy", "best", "all"):
            name = row["condition"] + (f"={row['severity']}" if row["severity"] and "=" not in row["condition"] else "")
            scores.setdefault(name, []).append(float(row["value"]))
    clean = sum(scores.pop("trial")) / 2
    for name, values in scores.items():
        points = 100 * (clean - sum(values) / 2)
        said = bench.good("check", "r", "--power", "--condition", name).stdout
        bench.check(f"accuracy {'rises' if points < 0 else 'falls'} by {abs(points):.1f} points" in " ".join(said.split()),
                    f"{name}: {points} points: {said}")
    bench.refused("no condition", bench.run("check", "r", "--power"), ["--condition"])
    bench.refused("unknown condition", bench.run("check", "r", "--power", "--condition", "min"), ["'min'", "mine"])
    bench.refused("no share", bench.run("check", "r", "--power", "--condition", "mine", "--drop", "5"), ["[0.0001, 1)"])
    bench.refused("too little", bench.run("check", "r", "--power", "--condition", "mine", "--drop", "1e-300"), ["'1e-300'"])
    bench.refused("of a scenario", bench.run("check", "r", "--power", "--condition", "mine", "--verify"), ["--verify is of a"])
    bench.refused("of results", bench.run("check", "s.yaml", "--condition", "mine"), ["--condition says nothing without --power"])
    bench.refused("of results", bench.run("check", "s.yaml", "--drop", "0.1"), ["--drop says nothing without --power"])


def wrong(bench):
    for what, words, parts in (("several tests", (), ["--test", "plane"]),
                               ("no test", ("--test", "plan"), ["'plan'", "plane"]),
                               ("no column", ("--test", "mine", "--group", "sit"), ["'sit'", "site"]),
                               ("no key", ("--test", "plane", "--held-out", "f0=3"), ["f0=3", "does not vary"]),
                               ("no point", ("--test", "plane", "--held-out", "sigma=2,9"), ["no point of the value 9"]),
                               ("no value", ("--test", "plane", "--held-out", "sigma=x"), ["numbers"])):
        bench.refused(what, bench.run("lastmile", "r", *words, "-o", "out"), parts)
    bench.refused("there already", bench.run("lastmile", "r", "--test", "plane"), ["is there already"])
    bench.refused("no results", bench.run("lastmile", "data", "-o", "out"), ["not the results of a run"])


def main():
    bench = Bench()
    bench.parts(make, planted, plane, power, wrong)
    bench.end()


if __name__ == "__main__":
    main()
