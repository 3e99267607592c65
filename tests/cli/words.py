#!/usr/bin/env python3
"""Words for people: help and version under the names that others give them, unknown names with
what there is, wall times, and the whole command that goes on with a run that was stopped."""
import os
import shlex
import signal
import subprocess
import time

from bench import FRAY, MPIRUN, SCENARIO, Bench, change, on_ranks

# what, old text of the scenario, new text, parts of the message
NAMES = [
    ("metric by a word", "macro_f1", "f1", ["unknown metric 'f1'", "'uar'",
                                            "did you mean 'macro_f1'?"]),
    ("fusion by its end", "model.fusion: concat", "model.fusion: cat",
     ["unknown fusion 'cat'", "there are", "did you mean 'concat'?"]),
    ("method key without its section", "cat: {model.fusion: concat}", "cat: {fusion: concat}",
     ["no key 'fusion'", "did you mean 'model.fusion'?"]),
    ("key of two sections", "cat: {model.fusion: concat}", "cat: {lr: 0.1}",
     ["'training.local.lr' or 'training.server.lr'"]),
    ("key at the root", "name: tiny", "name: tiny\nhidden: 8", ["s.yaml:2",
                                                                  "did you mean 'model.hidden'?"]),
    ("id of an entry", "grid: {method: [att, cat], lost.rate", "grid: {method: [att, cat], loss.rate",
     ["no key 'loss.rate'", "did you mean 'lost.rate'?"]),
    ("modality of a test", "modalities: [series]", "modalities: [audio]",
     ["no modality 'audio'", "there are 'feature', 'series'"]),
    ("modality of the data", "shards: data", "shards: data, modalities: [audio]",
     ["s.yaml:3", "no modality 'audio'", "there are 'feature', 'series'"]),
    ("one seed", "seeds: {trial: [3, 5], partition: fixed, corruption: per_trial}", "seeds: 3",
     ["s.yaml:2", "[3] for that one seed", "repeats: N"]),
    ("group", "groups: [site]", "groups: [town]", ["no group column 'town'", "there is 'site'"]),
]


def names(bench):
    for what, old, new, parts in NAMES:
        bench.write("s.yaml", change(SCENARIO, old, new))
        bench.refused(what, bench.run("check", "s.yaml"), parts)
    bench.write("s.yaml", change(SCENARIO, "shards: data", "shards: no/where"))
    bench.refused("missing shards", bench.run("check", "s.yaml"),
                  ["s.yaml:3: data.shards", f"{bench.folder}/no/where",
                   f"fray import DATASET.yaml -o {bench.folder}/no/where"])
    bench.write("s.yaml", SCENARIO)


def asks(bench):
    whole = bench.good("--help").stdout
    for words in (("help",), ("-h",)):
        bench.check(bench.good(*words).stdout == whole, f"{words} is not --help")
    run = bench.good("run", "--help").stdout
    bench.check(bench.good("help", "run").stdout == run, "help run is not run --help")
    version = bench.good("--version").stdout
    for words in (("version",), ("-V",), ("-v",)):
        bench.check(bench.good(*words).stdout == version, f"{words} is not --version")
    bench.refused("a word for help", bench.run("hlep"), ["'hlep'", "did you mean 'help'?"])
    bench.refused("help of nothing", bench.run("help", "rnu"), ["'rnu'", "did you mean 'run'?"])
    bench.refused("an option of others", bench.run("run", "-v"), ["'-v'", "'--walltime'", "'--out'"])
    bench.refused("a figure", bench.run("run", "s.yaml", "--walltme", "4h"),
                  ["did you mean '--walltime'?"])


def wall_times(bench):
    short = ["--set", "training.rounds=1", "--set", "seeds=[1]", "--set",
             "sweep=[{grid: {method: [att]}}]", "--set", "reference={method: att}"]
    for k, text in enumerate(("1h30m", "1-12")):  # each form: test_options.c
        bench.good("run", "s.yaml", "-o", f"w{k}", "--no-report", "--walltime", text, *short)
    for text in ("4x", "0m"):
        bench.refused(f"--walltime {text}", bench.run("run", "s.yaml", f"--walltime={text}"),
                      ["--walltime", "4h, 30m, 1h30m", "HH:MM:SS"])


def stopped(bench, name, command):
    """The last line of a run that was asked to stop."""
    env = {**os.environ, "OMPI_MCA_orte_tmpdir_base": str(bench.session)}
    with subprocess.Popen(command, cwd=bench.folder, env=env, stderr=subprocess.PIPE,
                          text=True) as process:
        end = time.monotonic() + 240
        while not list((bench.folder / name).glob("checkpoints/*")) and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        lines = process.stderr.read().splitlines()
    found = [line for line in lines if "to go on: " in line]
    bench.check(len(found) == 1, f"{name}: {lines}")
    return found[0].split("to go on: ")[1] if found else ""


def goes_on(bench):
    """The command that a stopped run names ends it, whatever the names of its files."""
    bench.write("long study.yaml", change(SCENARIO, "rounds: 3", "rounds: 3000"))
    words = ["run", "long study.yaml", "--set", "training.local.lr=0.01", "--set",
             "sweep=[{grid: {method: [att]}}]", "--set", "reference={method: att}",
             "--overwrite", "--no-report", "--checkpoint-every", "1"]
    once = [*words, "-o", "it's one"]
    said = stopped(bench, "it's one", [FRAY, *once])
    expected = ["fray", *(w for w in once if w != "--overwrite"), "--resume"]
    bench.check(shlex.split(said) == expected, f"said {said}")
    two = [*words, "-o", "two"]
    said = stopped(bench, "two", on_ranks(2, FRAY, *two))
    bench.check(said.startswith("mpirun -n 2 fray run ") and said.endswith(" --resume"), said)
    here = {"fray": FRAY, "mpirun": MPIRUN}  # where several MPIs are installed, that of this one
    result = bench.run_command([here.get(w, w) for w in shlex.split(said)])
    bench.check(result.returncode == 0, f"{said}: {result.stderr[-300:]}")


def figures(bench):
    """A figure that needs what was not kept says how to keep it."""
    bench.good("run", "s.yaml", "-o", "drawn", "--no-report")
    for kind in ("abstention", "reliability"):
        bench.refused(kind, bench.run("report", "drawn", "--figure", kind, "--format", "csv"),
                      [kind, "evaluate.save_scores: true", "fray evaluate"])
    result = bench.run("report", "drawn", "-o", "page", env={"PATH": "/nowhere"})
    bench.check("gnuplot" in result.stderr and "apt-get install gnuplot-nox" in result.stderr,
                f"without gnuplot: {result.stderr}")


def main():
    bench = Bench()
    bench.synth()
    bench.parts(names, asks, wall_times, goes_on, figures)
    bench.end()


main()
