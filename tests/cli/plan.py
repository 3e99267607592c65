#!/usr/bin/env python3
"""The plan of a study: teams, disk, the time that --measure predicts, and its warnings. No test
looks at how long anything takes: only at what is said, and that it adds up."""
import json
import os
import re
import socket
import subprocess

from bench import FRAY, SCENARIO, Bench

UNITS = {"s": 1, "minutes": 60, "hours": 3600}


def plan_of(result):
    return " ".join(result.stdout.split())


def seconds_of(plan):
    found = re.search(r"time about (\S+) (s|minutes|hours) on (\d+) ranks?", plan)
    return (float(found[1]) * UNITS[found[2]], int(found[3])) if found else (None, None)


def without_measuring(bench):
    result = bench.good("check", "s.yaml")
    plan = plan_of(result)
    bench.check("teams 1 team of 1 rank on 1 rank" in plan, f"teams: {plan}")
    bench.check(re.search(r"MiB of checkpoints while 1 trial runs", plan), f"disk: {plan}")
    bench.check(" time " not in plan, f"a time that nobody measured: {plan}")
    bench.check("warning" not in result.stderr, f"warnings: {result.stderr}")
    # 8 trials of 4 clients a round: 2 ranks are best as 2 teams, 16 as 8 teams of 2.
    for ranks, words in ((2, "2 teams of 1 rank on 2 ranks"), (16, "8 teams of 2 ranks on 16"),
                         (3, "teams 3 teams of 1 rank on 3 ranks")):
        plan = plan_of(bench.good("check", "s.yaml", "--ranks", ranks))
        bench.check(words in plan, f"{ranks} ranks: '{words}' is not in {plan}")
    trained = plan_of(bench.good("check", "s.yaml", ranks=2))
    bench.check("teams 2 teams of 1 rank on 2 ranks" in trained, f"2 ranks: {trained}")


def measured(bench):
    before = sorted(bench.folder.rglob("*"))
    plan = plan_of(bench.good("check", "s.yaml", "--measure"))
    bench.check(sorted(bench.folder.rglob("*")) == before, "check --measure wrote something")
    bench.check(seconds_of(plan)[1] == 1, f"time: {plan}")
    bench.check("2 kinds of cells" in plan, f"two fusions are two kinds: {plan}")
    shares = re.search(r"(\d+) % training, (\d+) % evaluation between rounds, (\d+) % judging", plan)
    bench.check(shares and sum(map(int, shares.groups())) <= 101, f"shares: {plan}")
    bench.check(re.search(r"memory \d+ MiB per rank while measuring", plan), f"memory: {plan}")
    two = plan_of(bench.good("check", "s.yaml", "--measure", ranks=2))
    bench.check(seconds_of(two)[1] == 2, f"time on two ranks: {two}")
    controls = plan_of(bench.good("check", "controls.yaml", "--measure"))
    bench.check(re.search(r"controls are \d+ % of all", controls), f"controls: {controls}")


def long_studies(bench):
    # 2,800 trials of about half an hour, were it 20 times more or less.
    seeds = ",".join(map(str, range(1, 701)))
    sets = ["--set", "training.rounds=400000", "--set", "training.local.epochs=10",
            "--set", f"seeds.trial=[{seeds}]"]
    result = bench.good("check", "s.yaml", *sets, "--measure")
    seconds, _ = seconds_of(plan_of(result))
    bench.check(seconds and seconds > 80 * 3600, f"time: {result.stdout}")
    found = re.search(r"warning: this study takes about (\d+) hours on 1 rank; about (\d+) ranks",
                      " ".join(result.stderr.split()))
    bench.check(found and int(found[1]) / int(found[2]) <= 12, f"warning: {result.stderr}")
    many = bench.good("check", "s.yaml", *sets, "--measure", "--ranks", 1000000, seconds=120)
    bench.check(seconds_of(plan_of(many))[1] == 1000000, f"ranks: {many.stdout}")
    # Ranks do not help where a single trial is that long: one client a round, for years.
    result = bench.good("check", "s.yaml", "--set", "training.rounds=1000000", "--set",
                        "training.local.epochs=10000", "--set", "training.clients_per_round=1",
                        "--set", "training.local.batch=1", "--measure")
    bench.check("no number of ranks" in " ".join(result.stderr.split()), f"one: {result.stderr}")
    # Without measuring nothing is known of the time.
    result = bench.good("check", "s.yaml", *sets)
    bench.check("warning" not in result.stderr, f"warning: {result.stderr}")


def too_large(bench):
    """8,192 wide, with the updates of 10,000 clients: petabytes."""
    bench.good("synth", "-o", "crowd", "--set", "clients=10000", "--set", "samples=2", "--set", "dev_clients=2",
               "--set", 'modalities=["series:8x2"]', "--set", "classes=3", "--set", "shards=1")
    bench.write("huge.yaml", "name: huge\nseeds: [1]\ndata: {shards: crowd}\n"
                "model: {hidden: 8192, encoders: {series: {kind: gru}}}\n"
                "training: {rounds: 1, clients_per_round: 1.0}\n")
    for command in (["check", "huge.yaml"], ["check", "huge.yaml", "--measure"],
                    ["run", "huge.yaml", "-o", "huge"]):
        result = bench.run(*command)
        bench.check(result.returncode == 2, f"{command}: exit code {result.returncode}")
        for part in ("a rank needs about", "GiB", "10000 updates", "model.hidden"):
            bench.check(part in result.stderr, f"{command}: '{part}' is not in {result.stderr}")
    bench.check(not (bench.folder / "huge").exists(), "the run left a folder")


def scored(bench):
    """Scores that are kept are in what is refused, as in the plan, and named where they are most of it."""
    bench.synth("many", classes=300, samples=60, test_clients=12)
    rates = ", ".join(str(k / 1000) for k in range(1, 1000))
    bench.write("scored.yaml", SCENARIO.replace("shards: data", "shards: many").replace("[accuracy, macro_f1, nll]", "[accuracy]")
                .replace("tests:", f"tests:\n  more: {{kind: missing_modality, modalities: [series], rate: [{rates}]}}")
                .replace("groups: [site]", "save_scores: true"))
    said = json.loads(bench.good("check", "scored.yaml", "--json").stdout)["memory_bytes"]
    bench.check(said["scores"] > 2 << 30, f"{said}")
    for command in (("check", "scored.yaml"), ("run", "scored.yaml", "-o", "scored")):
        result = bench.run_command(["sh", "-c", 'ulimit -v 1500000; exec "$@"', "sh", FRAY, *command], bench.single())
        bench.refused(" ".join(command), result, ["a rank needs about", "may hold 1.4 GiB here", "most of it are scores"], ["scored"])
        told = float(re.search(r"needs about ([\d.]+) GiB", result.stderr)[1])
        rest = (said["most"] - said["report"] - said["feature_cache"]) / 2**30
        bench.check(rest - 0.2 < told <= rest + 0.06, f"{told} GiB refused, {rest} in the plan")
    sets = ("server.algorithm=feddyn", "clients_per_round=1", "rounds=10000", "local={momentum: 0, weight_decay: 0, clip_norm: 0}")
    many = bench.run("check", "huge.yaml", "--set", "model.hidden=4096", *(word for key in sets for word in ("--set", f"training.{key}")))
    bench.refused("states", many, ["a rank needs about", "training.server.keep: disk takes the clients' states out of memory"])
    # A secured sum is measured as one: its masks, and the integers alone.
    for protocol in ("masked", "open"):
        plan = plan_of(bench.good("check", "s.yaml", "--measure", "--set", f"training.secure_aggregation.protocol={protocol}"))
        bench.check(seconds_of(plan)[1] == 1 and ("values of masks" in plan) == (protocol == "masked"), f"{protocol}: {plan}")


def hosts(bench):
    """Ranks of one host are added up, each with its reader, and held against what the host has."""
    for ranks in (0, 2, 3):
        plan = plan_of(bench.good("check", "s.yaml", ranks=ranks))
        found = re.search(r"host (\d) ranks on this host: at most (\d) x \((\d+) \+ (\d+)\) \+ (\d+) MiB = (\d+) MiB", plan)
        if not ranks or not found:
            bench.check(not ranks and " host " not in plan, f"{ranks} ranks: {plan}")
            continue
        n, times, rank, reader, report, total = map(int, found.groups())
        bench.check(n == times == ranks and abs(total - n * (rank + reader) - report) <= n, f"{ranks} ranks: {found[0]}")
        most = int(re.search(r"at most (\d+) MiB per rank", plan)[1])  # of the one that draws the report
        bench.check(abs(most - rank - report) <= 1, f"{ranks} ranks, not the same number: {plan}")
    alone, other = (json.loads(bench.good("check", "s.yaml", "--json", *more).stdout)["host_memory"]
                    for more in ((), ("--ranks", 5)))
    bench.check(alone["hosts"] == alone["ranks"] == 1 and alone["most"] > alone["reader"] > 0, f"{alone}")
    bench.check(other["ranks"] == 0 and other["most"] is other["limit"] is None, f"imagined hosts: {other}")
    if alone["limit"] is None:
        print("what this machine has is not known")
        return
    # A bound that the data never fill is no need for memory. Long lists of n-grams, kept for every way in which each
    # seed damages the texts, are one: each cache is smaller than the machine, and two are not.
    large = ("--set", f"data.cache_mb={int(0.6 * alone['limit']) >> 20}")
    two = bench.good("check", "s.yaml", *large, ranks=2)
    bench.check("warning" not in two.stderr and " 0 MiB feature cache" in plan_of(two), f"a bound alone: {two}")
    bench.good("synth", "-o", "texts", "--set", 'modalities=["text:200"]', "--set", "clients=8", "--set", "samples=20",
               "--set", "classes=2", "--set", "shards=1")
    seeds = ",".join(map(str, range(1, 41)))
    bench.write("texts.yaml", f"name: texts\nseeds: [{seeds}]\ndata: {{shards: texts, features: {{text: {{max_words: 9999, max_ngrams: 1024}}}}}}\n"
                "model: {hidden: 2, encoders: {text: {kind: text}}}\ntraining: {rounds: 1, local: {batch: 1}}\n"
                "corruption: [{kind: typo, share: 0.3, at: train, rate: 0.1}]\n")
    said = " ".join(bench.good("check", "texts.yaml", *large, ranks=2).stderr.split())
    bench.check(re.search(r"warning: the 2 ranks of host \S+ need up to [\d.]+ GiB together .* "
                          rf"may hold {alone['limit'] / 2**30:.1f} GiB there; lower data.cache_mb", said), f"caches: {said}")
    for result in (bench.good("check", "texts.yaml", *large), bench.good("check", "texts.yaml", *large, "--ranks", 2)):
        bench.check("warning" not in result.stderr, f"a single rank: {result.stderr}")


def held(bench):
    """What is said of a rank is what it holds at most, and no more than twice that."""
    bench.good("synth", "-o", "long", "--set", 'modalities=["series:128x9"]', "--set", "clients=10", "--set", "samples=30",
               "--set", "classes=4", "--set", "shards=1")
    bench.write("long.yaml", "name: long\nseeds: [1]\ndata: {shards: long}\n"
                "model: {hidden: 48, encoders: {series: {kind: transformer}}}\n"
                "training: {rounds: 2, clients_per_round: 4, local: {batch: 16, optimiser: adam}}\n"
                "evaluate: {metrics: [accuracy, nll], save_scores: true}\n")
    for name in ("s", "long"):
        said = json.loads(bench.good("check", f"{name}.yaml", "--json").stdout)["memory_bytes"]
        process = subprocess.Popen([FRAY, "run", f"{name}.yaml", "-o", f"held-{name}", "--no-report", "-q"],
                                   cwd=bench.folder, env={**os.environ, **bench.single()})
        _, status, used = os.wait4(process.pid, 0)  # no child of it is larger: it reads files
        process.returncode = os.waitstatus_to_exitcode(status)
        most, has = said["most"] / 2**20, used.ru_maxrss / 1024
        print(f"{name}: said {most:.1f} MiB, held {has:.1f}")
        bench.check(process.returncode == 0 and most >= has >= most / 2, f"{name}: {has} MiB held, of {said}")


def crowded(bench):
    """Without any cache: so many updates that one rank can hold its share, and two cannot. A run warns, too: before
    it refuses the title of a group that is not there."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    sets = ("--set", f"model.hidden={1024 if pages < 60 << 30 else 4096}", "--set", "data.cache_mb=0", "--set")
    bench.write("crowded.yaml", "name: crowded\nseeds: [1]\ndata: {shards: crowd}\n"
                "model: {hidden: 8, encoders: {series: {kind: gru}}}\ntraining: {rounds: 1, clients_per_round: 1}\n"
                "titles: {groups: {nowhere: {none: None}}}\n")
    plan = json.loads(bench.good("check", "huge.yaml", *sets, "training.clients_per_round=2", "--json", ranks=2).stdout)
    limit, update = plan["host_memory"]["limit"], 4 * plan["parameters"]
    many = int(2 * (0.75 * (limit or 0) - plan["memory_bytes"]["most"]) / update)
    if not 2 <= many <= 10000:
        print(f"{many} clients would be needed on a machine of {limit} bytes")
        return
    result = bench.run("run", "crowded.yaml", *sets, f"training.clients_per_round={many}", "-o", "crowded", ranks=2)
    said = " ".join(result.stderr.split())
    bench.check(result.returncode == 2 and said.count(f"warning: the 2 ranks of host {socket.gethostname()} need about") == 1
                and "nowhere" in said, f"run: {result.returncode}: {said}")
    bench.check(not (bench.folder / "crowded").exists(), "the run left a folder")


def wrong_use(bench):
    for ranks in ("0", "-1", "two", "1e3", "99999999999"):
        result = bench.run("check", "s.yaml", "--ranks", ranks)
        bench.check(result.returncode == 2 and "--ranks" in result.stderr,
                    f"--ranks {ranks}: {result.returncode} {result.stderr}")


def main():
    bench = Bench()
    bench.synth()
    bench.write("s.yaml", SCENARIO)
    bench.write("controls.yaml", SCENARIO + "controls: [local_only]\n")
    bench.parts(without_measuring, measured, long_studies, too_large, scored, hosts, held, crowded, wrong_use)
    bench.end()


main()
