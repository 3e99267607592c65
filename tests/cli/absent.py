#!/usr/bin/env python3
"""Simulated availability end to end: a trace of visits says who trained how often, in the tables; a
deadline cuts; training without cohorts is the same on any ranks and after kills; the plan says how many
come, and what cannot be is refused or warned of; a trace is known by its content, not by its name."""
import json

from bench import SCENARIO, Bench, change

ROUNDS = 6
BASE = change(SCENARIO, "seeds: {trial: [3, 5], partition: fixed, corruption: per_trial}", "seeds: [3, 5]")
BASE = BASE[:BASE.index("methods:")] + "evaluate: {every: 1, metrics: [accuracy], groups: [site]}\n"
LOCAL = "local: {epochs: 1, batch: 5, lr: 0.05, momentum: 0, weight_decay: 0, clip_norm: 0}"
PLAIN = "training: {rounds: 3, clients_per_round: 0.6, local: {epochs: 1, batch: 5, lr: 0.05}}"
DEVICES = "time: {kind: devices, classes: {fast: {seconds_per_sample: 0.1}, slow: {seconds_per_sample: 1}}}"


def study(training):
    return change(BASE, PLAIN, f"training: {{rounds: {ROUNDS}, {LOCAL}, {training}}}")


def traced(bench):
    """Two clients come in every other round, one always, one too late: counted by hand."""
    names = [f"c{i}" for i in range(6)]
    rows = ["client,round,seconds"]
    for r in range(1, ROUNDS + 1):
        rows.append(f"{names[0]},{r},4")
        rows += [f"{names[1]},{r},2"] if r % 2 else []
        rows += [f"{names[2]},{r},50"]
    bench.write("visits.csv", "\n".join(rows) + "\n")
    bench.write("other.csv", "\n".join(rows[:1] + rows[:0:-1]) + "\n")
    bench.write("traced.yaml", study("clients_per_round: 1.0, availability: {time: {kind: trace, "
                                     "path: visits.csv}, deadline: 10}"))
    result = bench.good("run", "traced.yaml", "-o", "traced", "--no-report")
    rounds = bench.rows("traced", "rounds.csv")
    for row in rounds:
        odd = int(row["round"]) % 2
        bench.check((row["invited"], row["cohort"], row["late"], row["dropped"]) ==
                    (str(2 + odd), str(1 + odd), "1", "0"), f"{row}")
        bench.check(float(row["seconds"]) == 10 and float(row["clock"]) == 10 * int(row["round"]),
                    f"the clock of {row}")
    parts = [r for r in bench.rows("traced", "participation.csv") if r["of"] == "samples"]
    for trial in {r["trial"] for r in parts}:
        mine = [r for r in parts if r["trial"] == trial]
        visits = sum(float(r["visits"]) * int(r["clients"]) for r in mine)
        bench.check(abs(visits - (ROUNDS + ROUNDS / 2)) < 1e-9, f"{visits} visits in {mine}")
        bench.check(abs(sum(float(r["trained"]) for r in mine) - 1) < 1e-9, f"shares of {mine}")
    return result


def without_cohorts(bench):
    text = study("clients_per_round: 4, server: {algorithm: fedbuff, buffer: 3}, availability: {"
                 f"dropout: {{p: 0.1}}, reachable: {{kind: bernoulli, p: 0.7}}, {DEVICES}}}")
    bench.write("busy.yaml", text)
    bench.good("run", "busy.yaml", "-o", "busy", "--no-report")
    tables = ("trials.csv", "scores.csv", "rounds.csv", "participation.csv")
    for ranks in (3,):
        bench.good("run", "busy.yaml", "-o", f"busy{ranks}", "--no-report", ranks=ranks, seconds=200)
    for _ in range(2):
        bench.killed("again", "run", "busy.yaml", "--no-report", *(["--resume"] if
                     (bench.folder / "again").exists() else []))
    bench.good("run", "busy.yaml", "-o", "again", "--resume", "--no-report")
    for folder in ("busy3", "again"):
        for table in tables:
            bench.check((bench.folder / "busy" / table).read_bytes() ==
                        (bench.folder / folder / table).read_bytes(), f"{folder}/{table} differs")
    ages = [float(r["staleness"]) for r in bench.rows("busy", "rounds.csv")]
    bench.check(any(a > 0 for a in ages), f"nobody was ever late: {ages}")


def groups(bench):
    """Who is away by the value of a column has no visits, and the model is of the others; a group that
    drops out is invited and counted."""
    away = "reachable: {kind: by_group, column: site, rate: {site1: 0}}"
    bench.write("away.yaml", study(f"clients_per_round: 1.0, availability: {{{away}}}"))
    bench.good("run", "away.yaml", "-o", "away", "--no-report")
    sites = {r["value"]: r for r in bench.rows("away", "participation.csv") if r["of"] == "site"}
    bench.check((sites["site1"]["visits"], sites["site1"]["weight"], sites["site0"]["visits"]) ==
                ("0", "0", str(ROUNDS)) and float(sites["site0"]["trained"]) == 1, f"{sites}")
    here = int(sites["site0"]["clients"])
    drops = "dropout: {column: site, rate: {site1: 1}}"
    bench.write("drops.yaml", study(f"clients_per_round: 1.0, availability: {{{drops}}}"))
    bench.good("run", "drops.yaml", "-o", "drops", "--no-report")
    for a, b in zip(bench.rows("away", "rounds.csv"), bench.rows("drops", "rounds.csv")):
        bench.check((b["cohort"], b["dropped"], b["seconds"]) == (str(here), str(6 - here), "") and
                    a["invited"] == str(here) and a["dev.accuracy"] == b["dev.accuracy"], f"{a} {b}")
    days = "reachable: {kind: diurnal, phase: group, column: site, period: 2, mean: 0.5, amplitude: 1}"
    bench.write("days.yaml", study(f"clients_per_round: 1.0, availability: {{{days}}}"))
    bench.good("run", "days.yaml", "-o", "days", "--no-report")


def plans(bench):
    said = bench.good("check", "busy.yaml").stdout
    bench.check("4 at work at a time, 3 answers a round" in " ".join(said.split()), said)
    said = bench.good("check", "traced.yaml").stdout
    bench.check("1.5 of 2.5 invited come a round in 10 simulated s" in " ".join(said.split()), said)
    bench.write("never.yaml", study(f"availability: {{{DEVICES}, deadline: 0.001}}"))
    said = " ".join(bench.good("check", "never.yaml").stderr.split())
    bench.check("nobody answers in time in any of 6 rounds" in said, said)
    bench.write("none.yaml", study("availability: {dropout: {column: site, rate: {site0: 1, site1: 1}}}"))
    said = " ".join(bench.good("check", "none.yaml").stderr.split())
    bench.check("training.availability: nobody takes part in any of 6 rounds" in said, said)
    # Rounds that nobody comes to are those of the first seed, as the run has them.
    bench.write("few.yaml", study("clients_per_round: 2, availability: {dropout: {p: 0.7}}"))
    said = " ".join(bench.good("check", "few.yaml").stdout.split())
    bench.good("run", "few.yaml", "-o", "few", "--no-report")
    rounds = bench.rows("few", "rounds.csv")
    empty = sum(r["cohort"] == "0" for r in rounds if r["trial"] == rounds[0]["trial"])
    bench.check(0 < empty < 6 and f"in {empty} of 6 rounds nobody takes part (simulated availability)" in said, f"{empty}: {said}")
    bench.write("bad.yaml", study("server: {algorithm: fedasync}"))
    bench.refused("no clock", bench.run("run", "bad.yaml", "-o", "out"), ["needs simulated time"])
    bench.write("bad.yaml", study("availability: {dropout: {p: 0.1, column: site, rate: {sit0: 1}}}"))
    bench.refused("no such value", bench.run("run", "bad.yaml", "-o", "out"),
                  ["the column site has no value 'sit0'"])


def other_groups(bench):
    """Groups that are asked for later, or no more, are in the tables of who took part and counted as if from the start."""
    text = study("aggregation: {rule: trimmed_mean, f: 1}, availability: {dropout: {p: 0.2}}")
    bench.write("with.yaml", text)
    bench.write("without.yaml", change(text, "groups: [site]", "groups: []"))
    for name in ("with", "without", "asked"):
        bench.good("run", f"{name.replace('asked', 'without')}.yaml", "-o", name, "--no-report")
    bench.good("evaluate", "asked", "--groups", "site", "--no-report")
    bench.good("run", "without.yaml", "-o", "asked-no-more", "--no-report", "--set", "evaluate.groups=[site]")
    bench.good("run", "without.yaml", "-o", "asked-no-more", "--no-report", "--resume")
    for table in ("participation.csv", "influence.csv", "scores.csv"):
        whole, bare = ((bench.folder / name / table).read_bytes() for name in ("with", "without"))
        bench.check(b",site,site1," in whole or b"site=site1" in whole, f"{table} has no groups")
        bench.check(b"site1" not in bare, f"{table} has groups")
        bench.check((bench.folder / "asked" / table).read_bytes() == whole, f"{table}: groups that were asked for later")
        bench.check((bench.folder / "asked-no-more" / table).read_bytes() == bare, f"{table}: groups that are asked for no more")


def main():
    bench = Bench()
    bench.synth()
    other_groups(bench)
    traced(bench)
    without_cohorts(bench)
    groups(bench)
    plans(bench)
    bench.end()


if __name__ == "__main__":
    main()
