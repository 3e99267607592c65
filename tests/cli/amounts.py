#!/usr/bin/env python3
"""What `fray check` says of every cell's numbers, and of what the data cannot do: counts beside
fractions, cohorts, empty clients, missing labels, few test clients; and which models are kept."""
import re

from bench import Bench, change

SHORT = """\
name: short
seeds: [1]
data: {shards: data}
model: {hidden: 8, head: 6}
training: {rounds: 2, clients_per_round: 0.5, local: {batch: 6}}
"""


def plan_of(result):
    return " ".join(result.stdout.split())


def counts_and_fractions(bench):
    """1 beside 0.5 means one client: refused wherever the two stand."""
    for what, rest in (
            ("a grid", "sweep: [{grid: {training.clients_per_round: [0.25, 0.5, 1]}}]\n"),
            ("a zip", "sweep: [{zip: {training.clients_per_round: [0.5, 1], "
                      "training.rounds: [1, 2]}}]\n"),
            ("methods", "methods: {a: {training.clients_per_round: 1}, b: {}}\n"),
            ("a section", "sweep: [{grid: {training: [{rounds: 1, clients_per_round: 1}, "
                          "{rounds: 2, clients_per_round: 0.5}]}}]\n")):
        bench.write("mixed.yaml", SHORT + rest)
        for command in ("check", "run"):
            result = bench.run(command, "mixed.yaml")
            bench.refused(f"{command}: {what}", result,
                          ["training.clients_per_round: a count (1)", "write 1.0 for all"])
            bench.check("1 stands beside fractions" in result.stderr
                        and "means one client" in result.stderr, f"{what}: {result.stderr}")
    bench.write("ten.yaml", SHORT + "sweep: [{grid: {training.clients_per_round: [4, 0.5]}}]\n")
    bench.refused("a count above 1", bench.run("check", "ten.yaml"),
                  ["4 is a count and stands beside fractions (0.5)"])
    for good in ("[0.25, 0.5, 1.0]", "[1, 2, 6]"):
        bench.write("pure.yaml",
                    SHORT + f"sweep: [{{grid: {{training.clients_per_round: {good}}}}}]\n")
        bench.good("check", "pure.yaml")


def cells(bench):
    bench.write("s.yaml", SHORT + "corruption: [{id: lost, kind: missing_modality, rate: 0}]\n"
                + "sweep: [{grid: {training.clients_per_round: [1, 2, 100], "
                  "lost.rate: [0, 1]}}]\n"
                + "tests: {dark: {kind: missing_modality, rate: [0, 1]}}\n")
    result = bench.good("check", "s.yaml")
    plan = plan_of(result)
    for part in ("training.clients_per_round: 1, 2, 100", "swept lost.rate (features and series lost): 0, 1",
                 "training.clients_per_round=1, lost.rate=0: 6 clients, 1 a round",
                 "training.clients_per_round=100, lost.rate=1: 6 clients, 6 a round",
                 "lost (rate 1): 120 of 120 sample modalities in training, 72 of 72 at test",
                 "left to train on: 0 of 60 samples",
                 "dark (features and series lost at test): rate 0, 1 hits 0, 100 %"):
        bench.check(part in plan, f"'{part}' is not in {plan}")
    warning = "training.clients_per_round: 100 clients a round are asked for, there are 6"
    bench.check(result.stderr.count(warning) == 1, f"100 of 6: {result.stderr}")
    ran = bench.good("run", "s.yaml", "-o", "cut", "--no-report", "--set",
                     "sweep=[{grid: {training.clients_per_round: [100]}}]")
    bench.check(warning in ran.stderr, f"100 of 6 in a run: {ran.stderr}")
    bench.check([r["cohort"] for r in bench.rows("cut", "rounds.csv")] == ["6", "6"], "cohorts")


def many_cells(bench):
    """A bounded table: rows of equal numbers are one."""
    rates = ", ".join(f"{i / 100}" for i in range(50))
    bench.write("many.yaml", SHORT + "corruption: [{id: lost, kind: missing_modality, rate: 0}]\n"
                + f"sweep: [{{grid: {{lost.rate: [{rates}], training.rounds: [1, 2]}}}}]\n")
    result = bench.good("check", "many.yaml")
    plan = plan_of(result)
    bench.check("(50 values)" in plan and "cells with other numbers" in plan, plan)
    bench.check("lost.rate=0.0, training.rounds=1 and 1 more: " in plan, plan)
    bench.check(len(result.stdout.splitlines()) < 70, f"{len(result.stdout.splitlines())} lines")


def cohorts_file(bench):
    """Clients a round come from the file, in what is said and in what memory is needed."""
    bench.write("c.csv", "round,client\n1,c4\n1,c0\n1,c3\n2,c2\n")
    plan = plan_of(bench.good("check", "s.yaml", "--set", "training.cohorts=c.csv", "--set",
                              "sweep=[{grid: {lost.rate: [0]}}]"))
    bench.check("clients 6 federated, 1 to 3 a round (from training.cohorts)" in plan, plan)


def limits(bench):
    plan = plan_of(bench.good("check", "s.yaml", "--set", "sweep=[{grid: {lost.rate: [0]}}]",
                              "--set", "training.local.batch=64", "--set",
                              "evaluate={groups: [site], metrics: [accuracy, top5]}"))
    for part in ("training.local.batch 64 is more than any client holds (at most 10",
                 "only 3 test clients: scores tell how models do on these",
                 "group site: 2 of 2 values have fewer than 5 test clients",
                 "metric top5 tells nothing on these data (no more classes than that)"):
        bench.check(part in plan, f"'{part}' is not in {plan}")
    for folds, part in (([0], "only 1 test client: scores tell how models do on that one"),
                        ([0, 1, 2], "all folds together: only 3 test clients: scores tell how models do on these"),
                        (list(range(9)), None)):
        bench.write("folds.yaml", SHORT.replace("shards: data", "shards: data, partition: {kind: folds, fold: 0}") +
                    f"sweep: [{{grid: {{data.partition.fold: {folds}}}}}]\n")
        plan = plan_of(bench.good("check", "folds.yaml"))
        bench.check(part in plan if part else "test client" not in plan, f"folds {folds}: '{part}' is not in {plan}")
    bench.synth("people", test_clients=6)
    plan = plan_of(bench.good("check", "s.yaml", "--set", "sweep=[{grid: {lost.rate: [0]}}]",
                              "--set", "data.shards=people"))
    bench.check("test clients" not in plan, f"six are enough: {plan}")


def set_labels(bench, path, label_of):
    """Labels of the training and dev samples: of 6 clients, 12 samples each, then test clients."""
    for k in range(72):
        bench.edit("set", path, "/samples/label", k, label_of(k))


def labels(bench):
    """Nothing to learn from is refused; one class, and damage that takes all, are said."""
    for name, label_of in (("none", lambda k: -1), ("one", lambda k: 1)):
        path = bench.synth(name, clients=6)[0]
        set_labels(bench, path, label_of)
        bench.write(f"{name}.yaml", change(SHORT, "shards: data", f"shards: {name}"))
    for command in ("check", "run"):
        bench.refused(f"{command} without labels", bench.run(command, "none.yaml"),
                      ["none", "no training sample has a label", "60 samples of 6 clients"])
        more = ["-o", "learnt", "--no-report"] if command == "run" else []
        result = bench.good(command, "one.yaml", *more)
        bench.check("all 60 labelled training samples are of the class class1" in result.stderr,
                    f"{command} of one class: {result.stderr}")
    bench.refused("without labels on two ranks", bench.run("run", "none.yaml", ranks=2),
                  ["no training sample has a label"])
    # Two clients of six have labels; a partition that leaves them out has none.
    path = bench.synth("some", clients=6)[0]
    set_labels(bench, path, lambda k: k % 3 if k < 24 else -1)
    bench.write("some.yaml", change(SHORT, "shards: data", "shards: some"))
    plan = plan_of(bench.good("check", "some.yaml"))
    bench.check("4 of 6 clients have no usable training sample and never train" in plan, plan)
    result = bench.good("check", "s.yaml", "--set", "sweep=[{grid: {lost.rate: [1]}}]")
    bench.check("damage leaves no client a usable training sample (of 60)" in result.stderr,
                f"damage takes all: {result.stderr}")


def empty_clients(bench):
    """min_samples: 0 allows more clients than samples; without it the message says the bound."""
    part = "data: {shards: data, partition: {kind: dirichlet, clients: 100, alpha: 0.5%s}}"
    bench.write("empty.yaml", change(SHORT, "data: {shards: data}", part % ", min_samples: 0"))
    plan = plan_of(bench.good("check", "empty.yaml"))
    found = re.search(r"(\d+) of 100 clients have no usable training sample", plan)
    bench.check(found and int(found[1]) >= 40, f"100 clients, 60 samples: {plan}")
    bench.good("run", "empty.yaml", "-o", "empties", "--no-report", ranks=2)
    bench.check(int(bench.rows("empties", "trials.csv")[0]["clients"]) == 100, "100 clients")
    for more, least in (("", 1), (", min_samples: 3", 3)):
        bench.write("full.yaml", change(SHORT, "data: {shards: data}", part % more))
        bench.refused(f"at least {least}", bench.run("check", "full.yaml"),
                      [f"100 clients with {least} or more samples each", "60 training samples"])
    bench.write("huge.yaml", change(SHORT, "data: {shards: data}", part.replace("100", "2000000000")
                                    % ", min_samples: 0"))
    bench.refused("two thousand million", bench.run("check", "huge.yaml"), ["at most 1048576"])


def kept_models(bench):
    """keep, best, none: the same tables; what is not kept cannot be judged anew, and is said."""
    bench.write("m.yaml", SHORT)
    bench.write("more.yaml", "dark: {kind: missing_modality, rate: [0.5]}\n")
    for kept, files in (("keep", 2), ("best", 1), ("none", 0)):
        setting = ["--set", f"evaluate.models={kept}"]
        plan = plan_of(bench.good("check", "m.yaml", *setting))
        size = re.search(r"about ([\d.]+) MiB of kept models", plan)
        bench.check(size and (float(size[1]) > 0) == (files > 0), f"{kept}: {plan}")
        bench.good("run", "m.yaml", "-o", f"m-{kept}", "--no-report", *setting)
        names = sorted(p.name for p in (bench.folder / f"m-{kept}/models").iterdir())
        bench.check(len(names) == files and (files != 1 or names[0].endswith("-best.h5")),
                    f"{kept}: {names}")
        bench.same_tables("m-keep", f"m-{kept}", kept)
        again = bench.good("run", "m.yaml", "-o", f"m-{kept}", "--resume", "--no-report", *setting)
        bench.check("1 finished already" in again.stderr, f"{kept}, resumed: {again.stderr}")
    for kept in ("best", "none", "keep"):
        result = bench.run("evaluate", f"m-{kept}", "--tests", "more.yaml", "--no-report")
        if kept == "keep":
            bench.check(result.returncode == 0, f"evaluate: {result.stderr}")
        else:
            bench.refused(f"evaluate, {kept}", result,
                          [f"evaluate.models: {kept}", "the selected and the last model",
                           "--set evaluate.models=keep"])
    bench.good("merge", "m-none", "-o", "merged")
    bench.same_tables("m-none", "merged", "merged without models")
    bench.write("later.yaml", SHORT + "tests: {dark: {kind: missing_modality, rate: [0.5]}}\n")
    bench.good("run", "later.yaml", "-o", "m-none", "--resume", "--no-report", "--set",
               "evaluate.models=keep")
    bench.same_tables("m-keep", "m-none", "trained anew with the tests")
    bench.refused("a method of its own", bench.run("check", "m.yaml", "--set",
                                                   "sweep=[{grid: {evaluate.models: [keep, none]}}]"),
                  ["evaluate.models", "study as a whole"])


def main():
    bench = Bench()
    bench.synth()
    bench.parts(counts_and_fractions, cells, many_cells, cohorts_file, limits, labels,
                empty_clients, kept_models)
    bench.end()


main()
