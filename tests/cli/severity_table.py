#!/usr/bin/env python3
"""Studies with severities of a table of one's own: the numbers of the plain strengths, the same bytes on any
ranks and wherever the table lies, other trials when its content changes, and refusals before anything is
written."""
from bench import Bench, change

SYNTH = {"clients": 5, "test_clients": 3, "samples": 10, "classes": 3, "audio_rate": 4000,
         "modalities": '["audio:1200", "image:8x8x1"]'}
SCENARIO = """\
name: own
seeds: {trial: [3], partition: fixed, corruption: per_trial}
data: {shards: data, features: {audio: {bands: 8}}}
model:
  hidden: 8
  head: 6
  encoders: {audio: {kind: conv_gru, filters: [4], kernel: 3}, image: {kind: mlp, units: 6}}
training: {rounds: 2, clients_per_round: 0.8, local: {epochs: 1, batch: 5, lr: 0.05}}
corruption:
  - {id: hiss, kind: noise, severity: 2, severity_table: tables/own.csv, at: train}
tests:
  grain: {kind: gaussian_noise, severity: [1, 3], severity_table: tables/own.csv}
evaluate: {every: 1, metrics: [accuracy, nll], save_ledger: true}
sweep: [{grid: {hiss.severity: [0, 2]}}]
"""
PLAIN = """\
corruption:
  - {id: hiss, kind: noise, snr_db: 4.5, at: train}
tests:
  grain: {kind: gaussian_noise, sigma: [0.07, 0.4]}
evaluate: {every: 1, metrics: [accuracy, nll], save_ledger: true}
sweep: [{grid: {hiss.snr_db: [.inf, 4.5]}}]
"""
TABLE = """\
kind,medium,severity,key,value
noise,audio,1,snr_db,11
noise,audio,2,snr_db,4.5
gaussian_noise,image,1,sigma,0.07
gaussian_noise,image,3,sigma,0.4
"""


def scores(bench, folder, condition):
    return [(r["selection"], r["scope"], r["metric"], r["value"]) for r in bench.rows(folder, "scores.csv")
            if r["condition"] == condition]


def ranks(bench):
    """What a level means is what counts: the plain strengths give the same losses and scores."""
    bench.good("run", "s.yaml", "-o", "r1")
    for n in (3,):
        bench.good("run", "s.yaml", "-o", f"r{n}", "--no-report", ranks=n)
        bench.same_tables("r1", f"r{n}", f"{n} ranks")
    bench.write("plain.yaml", SCENARIO[:SCENARIO.index("corruption:\n")] + PLAIN)
    bench.good("run", "plain.yaml", "-o", "plain", "--no-report")
    losses = [[r["train_loss"] for r in bench.rows(folder, "rounds.csv")] for folder in ("r1", "plain")]
    bench.check(losses[0] == losses[1] and len(set(losses[0])) > 2, f"other losses: {losses}")
    for condition in ("grain", "trial"):
        mine, plain = scores(bench, "r1", condition), scores(bench, "plain", condition)
        bench.check(mine == plain and len(mine) > 3, f"{condition}: other scores than by strength")


def replayed(bench):
    """The ledger needs no table."""
    ledgers = [p for p in (bench.folder / "r1" / "ledgers").glob("*.csv")
               if "noise" in p.read_text(encoding="utf-8")]
    bench.check(len(ledgers) == 1, f"{len(ledgers)} ledgers with noise")
    text = ledgers[0].read_text(encoding="utf-8")
    bench.check("own.csv" not in text and ",4.5," in text, "the ledger: " + text[:200])


def elsewhere(bench):
    """Contents count: the same bytes elsewhere are the same trial, others are another."""
    bench.write("copy/own.csv", TABLE)
    bench.write("moved.yaml", SCENARIO.replace("tables/", "copy/"))
    bench.good("run", "moved.yaml", "-o", "moved", "--no-report")
    bench.same_tables("r1", "moved", "a table in another folder")
    before = (bench.folder / "moved" / "scores.csv").read_bytes()
    bench.write("copy/own.csv", change(TABLE, "0.4", "0.45"))
    bench.good("run", "moved.yaml", "-o", "moved", "--no-report", "--resume")
    after = (bench.folder / "moved" / "scores.csv").read_bytes()
    bench.check(before != after, "resuming with another table keeps the old scores")
    bench.good("run", "moved.yaml", "-o", "fresh", "--no-report")
    names = [{r["trial"] for r in bench.rows(f, "trials.csv")} for f in ("r1", "fresh")]
    bench.check(len(names[0]) == 2 and not names[0] & names[1], f"trials keep their names: {names}")


def evaluated(bench):
    """A path in a file of tests is relative to that file."""
    bench.write("more/own.csv", change(TABLE, "0.4", "0.5"))
    bench.write("more/more.yaml",
                "tests:\n  late: {kind: gaussian_noise, severity: [1, 3], severity_table: own.csv}\n")
    bench.good("evaluate", "r3", "--tests", "more/more.yaml", ranks=2)
    late, grain = scores(bench, "r3", "late"), scores(bench, "r3", "grain")
    bench.check(len(late) == len(grain) and late, "no scores of a table that was added later")


def refusals(bench):
    for what, text, parts in (
            ("a value out of range", change(TABLE, "4.5", "-101"), ["own.csv:3: snr_db: -101 is not at least"]),
            ("a level that is missing", change(TABLE, "noise,audio,2,snr_db,4.5\n", ""),
             ["own.csv: no severity 2 of noise for modality audio", "there are: 1"]),
            ("another kind", change(TABLE, "noise,audio,2", "nois,audio,2"), ["own.csv:3: kind", "did you mean 'noise'"]),
            ("another medium", change(TABLE, "noise,audio,2", "noise,image,2"), ["own.csv:3: medium"]),
            ("another data set", TABLE.replace("kind,", "data_set,kind,").replace("noise,a", "toys,noise,a")
             .replace("gaussian_noise,i", "toys,gaussian_noise,i").replace("gaussian_toys", "gaussian"),
             ["own.csv", "'toys'"]),
            ("a column too many", TABLE.replace("value", "value,colour").replace("\n", ",red\n").replace(
                "colour,red", "colour"), ["own.csv:2: unknown key 'colour'"]),
            ("no table", None, ["own.csv"])):
        if text is None:
            (bench.folder / "bad" / "own.csv").unlink()
        else:
            bench.write("bad/own.csv", text)
        bench.write("bad.yaml", SCENARIO.replace("tables/", "bad/"))
        for n in (0, 2):
            bench.refused(f"{what}, {n} ranks", bench.run("run", "bad.yaml", "-o", "out", ranks=n), parts)


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    bench.write("tables/own.csv", TABLE)
    bench.write("s.yaml", SCENARIO)
    bench.parts(ranks, replayed, elsewhere, evaluated, refusals)
    bench.end()


main()
