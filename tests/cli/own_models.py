#!/usr/bin/env python3
"""Clients' own models in a study: Ditto and private blocks are judged on own samples, on any ranks and
after a stop; what is not kept is not asked again."""
from bench import Bench, change

SYNTH = {"clients": 9, "test_clients": 3, "samples": 20, "classes": 3, "sites": 2,
         "modalities": '["series:20x4", "feature:6"]'}
SCENARIO = """\
name: own
seeds: {trial: [1, 2], partition: fixed, corruption: per_trial}
data: {shards: data, partition: {own_test: 0.3}}
model: {fusion: concat, hidden: 8, head: 6}
training:
  rounds: 4
  clients_per_round: 0.4
  local: {epochs: 1, batch: 5, lr: 0.05, momentum: 0, weight_decay: 0, clip_norm: 0}
methods:
  shared: {}
  ditto: {training.server: {algorithm: ditto, lambda: 0.2, keep: disk}}
  head: {training.private: {blocks: [head]}}
  encoders: {training.private: {blocks: [series, feature], keep: disk}}
tests: {gone: {kind: missing_modality, modalities: [series], rate: 1, if_all_lost: keep}}
controls: [local_only]
evaluate: {metrics: [accuracy, nll]}
"""


def scores(bench, folder):
    trials = {row["trial"]: (row["control"] or row["method"], row["seed"]) for row in bench.rows(folder, "trials.csv")}
    return {(*trials[row["trial"]], row["selection"], row["condition"], row["scope"], row["group"], row["metric"]): row["value"]
            for row in bench.rows(folder, "scores.csv")}


def own_rows(bench):
    """Ditto's global model is that of plain FedAvg, its own models are others; of private blocks both
    differ. Own models are the last, so both selections say the same of them."""
    bench.good("run", "s.yaml", "-o", "r1")
    value = scores(bench, "r1")
    def of(method, scope, selection="last"):
        return {k[1:]: v for k, v in value.items() if k[0] == method and k[2] == selection and k[4] == scope}
    scopes = {k[4] for k in value}
    others = scopes - {"own_client"}
    bench.check("own_client" in scopes and len(others) == 1, f"scopes {scopes}")
    there = others.pop()
    bench.check(of("ditto", there) == of("shared", there), "Ditto's global part is not FedAvg's")
    bench.check(of("ditto", "own_client") != of("shared", "own_client"), "Ditto's own models are the global one")
    for method in ("head", "encoders"):
        bench.check(of(method, there) != of("shared", there), f"{method}: nothing is private")
    for method in ("ditto", "head", "encoders"):
        best, last = ({k[:1] + k[2:]: v for k, v in of(method, "own_client", s).items()} for s in ("best", "last"))
        bench.check(best == last and best, f"{method}: own models of two kinds")
    page = (bench.folder / "r1/report.html").read_text(encoding="utf-8")
    bench.check("ditto" in page, "the report lacks a method")


def ranks(bench):
    for n in (3,):
        bench.good("run", "s.yaml", "-o", f"r{n}", "--no-report", ranks=n)
        bench.same_tables("r1", f"r{n}", f"{n} ranks")


def stops(bench):
    """Killed while it trains, and gone on with on other ranks: the same tables."""
    bench.write("long.yaml", change(SCENARIO, "rounds: 4", "rounds: 25"))
    bench.good("run", "long.yaml", "-o", "whole", "--no-report", seconds=200)
    bench.killed("cut", "run", "long.yaml", "--no-report")
    bench.good("run", "long.yaml", "-o", "cut", "--resume", "--no-report", ranks=2, seconds=200)
    bench.same_tables("whole", "cut", "killed")


def asked_again(bench):
    """New tests are judged on kept models, but for what has models of clients: those train anew."""
    more = change(SCENARIO, "tests: {", "tests: {late: {kind: missing_modality, modalities: [feature], rate: 1, if_all_lost: keep}, ")
    bench.write("more.yaml", change(more, "controls: [local_only]\n", ""))
    bench.write("plain.yaml", change(SCENARIO, "controls: [local_only]\n", ""))
    bench.write("late.yaml", "late: {kind: missing_modality, modalities: [feature], rate: 1, if_all_lost: keep}\n")
    bench.good("run", "plain.yaml", "-o", "again", "--no-report")
    bench.refused("evaluate", bench.run("evaluate", "again", "--tests", "late.yaml"), ["own models (training.", "are not kept", "fray run --resume"],
                  absent=())
    bench.good("run", "more.yaml", "-o", "again", "--resume", "--no-report")
    bench.good("run", "more.yaml", "-o", "fresh", "--no-report")
    bench.same_tables("fresh", "again", "with a new test")


def words(bench):
    for text, said in (("blocks: [haed]", "did you mean 'head'"), ("blocks: [series, feature, head]", "nothing is left"),
                       ("blocks: [fusion]", "no parameters 'fusion'")):
        bench.write("wrong.yaml", change(SCENARIO, "blocks: [head]", text))
        for command in ("check", "run"):
            bench.refused(text, bench.run(command, "wrong.yaml"), [said])
    bench.write("wrong.yaml", change(SCENARIO, "blocks: [head]}", "blocks: [head]}, training.server: {algorithm: scaffold}"))
    bench.refused("scaffold", bench.run("check", "wrong.yaml"), ["no block", "scaffold"])
    text = bench.good("check", "s.yaml").stdout
    bench.check("disk" in text, "the plan does not count the clients' states on the disk")


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    bench.write("s.yaml", SCENARIO)
    bench.parts(own_rows, ranks, stops, asked_again, words)
    bench.end()


if __name__ == "__main__":
    main()
