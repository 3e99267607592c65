#!/usr/bin/env python3
"""Teams of ranks: the same bytes however trials are spread; shares, growth, faults and lines."""
import json
import re
import subprocess
import time

from bench import FRAY, MPIRUN, SCENARIO, Bench, change, complaint, halves

LONG = ("--set", "training.rounds=400", "--set", "evaluate.every=100")


def spread(bench):
    """As one rank does it: teams of all sizes, also sizes that do not divide the ranks."""
    bench.good("run", "s.yaml", "-o", "one", "--no-report")
    for ranks, size in ((2, 2), (4, 1), (3, 2), (7, 3)):
        name = f"t{ranks}x{size}"
        result = bench.good("run", "s.yaml", "-o", name, "--no-report", "--ranks-per-trial", size,
                            ranks=ranks)
        bench.same_tables("one", name, f"{ranks} ranks in teams of {size}")
        teams = -(-ranks // size)
        bench.check(f"on {ranks} ranks in {teams} team" in result.stderr,
                    f"{name}: {result.stderr[-200:]}")
        status = json.loads((bench.folder / name / "status.json").read_text(encoding="utf-8"))
        bench.check(status["teams"] == teams and status["done"] == 12 and 0 < status["busy"] <= 1,
                    f"{name}: {status}")
    bench.check(not list((bench.folder / "one" / "checkpoints").iterdir()), "checkpoints are left")


def start(bench, *words, ranks=0):
    command = ([MPIRUN, "-n", str(ranks)] if ranks else []) + [FRAY, "run", *map(str, words)]
    return subprocess.Popen(command, cwd=bench.folder, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)


def wait_for(process, condition):
    end = time.monotonic() + 240
    while not condition() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)


def grown(bench):
    """More seeds and more values of the sweep: what is there is kept, and the bytes are as if all had
    been asked for at first."""
    bench.write("seeds.yaml", change(SCENARIO, "trial: [3, 5]", "trial: [3, 5, 9]"))
    bench.write("more.yaml", change(change(SCENARIO, "trial: [3, 5]", "trial: [3, 5, 9]"),
                                    "lost.rate: [0, 0.4]}\nref", "lost.rate: [0, 0.2, 0.4]}\nref"))
    bench.write("base.yaml", SCENARIO)
    bench.good("run", "base.yaml", "-o", "grow", "--no-report")
    told = (("seeds.yaml", "12 trials: 8 finished already and kept, 0 to evaluate anew, 4 to train"),
            ("more.yaml", "18 trials: 12 finished already and kept, 0 to evaluate anew, 6 to train"),
            ("base.yaml", "the folder holds 10 more finished trials that the scenario does not ask"))
    for file, text in told:
        stamps = {p: p.stat().st_mtime_ns for p in (bench.folder / "grow" / "parts").iterdir()}
        result = bench.good("run", file, "-o", "grow", "--resume", "--no-report", ranks=2)
        bench.check(text in " ".join(result.stderr.split()), f"{file}: {result.stderr[:300]}")
        bench.check(all(p.stat().st_mtime_ns == t for p, t in stamps.items()), f"{file}: ran again")
        bench.good("run", file, "-o", f"fresh-{file}", "--no-report")
        bench.same_tables(f"fresh-{file}", "grow", f"grown to {file}")


def tidied(bench):
    """Half files of runs go at the end; what others call .tmp stays."""
    bench.good("run", "s.yaml", "-o", "tidy", "--no-report")
    trial = "0123456789abcdef"
    for name in (".trials.csv.fray-abcdefgh", f"parts/.{trial}.h5.fray-abcdefgh",
                 f"checkpoints/.{trial}.state.fray-abcdefgh", "trials.csv.tmp",
                 f"parts/{trial}.h5.tmp", f"checkpoints/{trial}.state.tmp"):
        bench.write(f"tidy/{name}", "half")
    bench.write("tidy/parts/notes.tmp", "mine")
    bench.good("run", "s.yaml", "-o", "tidy", "--no-report", "--resume")
    left = halves(bench.folder / "tidy")
    bench.check(left == ["parts/notes.tmp"], f"left: {left}")


def shares(bench):
    """Each trial is in exactly one share; a share has no tables."""
    names = {p.name for p in (bench.folder / "one" / "parts").iterdir()}
    seen = []
    for k in (1, 2, 3):
        bench.good("run", "s.yaml", "-o", f"share{k}", "--no-report", "--share", f"{k}/3")
        seen.append({p.name for p in (bench.folder / f"share{k}" / "parts").iterdir()})
        bench.check(not (bench.folder / f"share{k}" / "trials.csv").exists(), "a share has tables")
        status = json.loads((bench.folder / f"share{k}" / "status.json").read_text(encoding="utf-8"))
        bench.check(status["trials"] == status["done"] == 4, f"share {k}: {status}")
        state = (bench.folder / f"share{k}" / "state").read_text(encoding="utf-8").strip()
        bench.check(state == f"done: share {k}/3", state)
        bench.refused("report of a share", bench.run("report", f"share{k}"),
                      [f"done: share {k}/3", "fray merge"])
    bench.check(sum(map(len, seen)) == len(names) == 12 and set.union(*seen) == names,
                f"shares: {seen}")
    bench.check(all(len(s) == 4 for s in seen), f"shares of {[len(s) for s in seen]}")


def fault(bench):
    """A team that fails ends the run: the others save and stop, and all is said once."""
    folder = bench.folder / "fault"
    shards = bench.synth("parted", clients=6, test_clients=6, shards=2)
    process = start(bench, "s.yaml", "-o", "fault", "--no-report", "--set", "data.shards=parted",
                    "--set", "training.rounds=4000", "--set", "evaluate.every=1000",
                    "--ranks-per-trial", 1, ranks=2)
    wait_for(process, (folder / "positions").exists)
    shards[1].unlink()
    stderr = process.communicate(timeout=240)[1]
    said = [line for line in complaint(stderr) if line.startswith("fray run:")]
    state = (folder / "state").read_text(encoding="utf-8")
    print(f"fault: {said}")
    bench.check(process.returncode == 1 and len(said) == 1, f"exit code {process.returncode}")
    for part in ("trial ", "seed ", shards[1].name):
        bench.check(part in said[0] and part in state, f"fault: '{part}' is not said")
    bench.check(state.startswith("failed: "), f"fault: state is {state}")
    bench.check(not list((folder / "parts").iterdir()), "a part of a failed run")


def lines(bench):
    """One JSON object for each evaluated round and each trial, as the tables say."""
    bench.good("run", "s.yaml", "-o", "lines", "--no-report", "--metrics", "m.jsonl", ranks=3)
    text = (bench.folder / "m.jsonl").read_text(encoding="utf-8")
    events = [json.loads(line) for line in text.splitlines()]
    rows = bench.rows("lines", "rounds.csv")
    rounds = [e for e in events if e["event"] == "round"]
    bench.check(len(rounds) == len(rows), f"{len(rounds)} lines of rounds, {len(rows)} rows")
    for row in rows:
        here = [e for e in rounds if e["trial"] == row["trial"] and e["round"] == int(row["round"])]
        bench.check(len(here) == 1 and here[0]["dev"]["accuracy"] == float(row["dev.accuracy"]),
                    f"round {row['round']} of {row['trial']}: {here}")
    ends = sorted(e["trial"] for e in events if e["event"] == "trial")
    bench.check(ends == sorted(r["trial"] for r in bench.rows("lines", "trials.csv")), "trial ends")
    result = bench.good("run", "s.yaml", "-o", "stdout", "--no-report", "--metrics", "-")
    bench.check(len(result.stdout.splitlines()) == len(events), "metrics on the standard output")


def wrong(bench):
    for words, part in ((("--ranks-per-trial", "0"), "1 to"), (("--ranks-per-trial", "two"), "two"),
                        (("--checkpoint-every", "-1"), "-1"), (("--checkpoint-minutes", "x"), "x"),
                        (("--walltime", "1:2:3:4"), "1:2:3:4"), (("--walltime", "0"), "SECONDS"),
                        (("--walltime", "5x"), "5x"), (("--walltime", "0x10"), "0x10"),
                        (("--walltime", "1:60"), "1:60"), (("--walltime", "99999999999"), "less"),
                        (("--share", "1/100001"), "100000"), (("--share", "3/2"), "K/N"),
                        (("--share", "0/2"), "0/2"), (("--share", "1"), "K/N"),
                        (("--metrics", "none/m.jsonl"), "none/m.jsonl")):
        result = bench.run("run", "s.yaml", "-o", "out", *words)
        bench.refused(" ".join(words), result, [part])
    before = sorted(p.name for p in (bench.folder / "one").iterdir())
    result = bench.run("run", "s.yaml", "-o", "one", "--resume", "--metrics", "one/m.jsonl")
    bench.refused("metrics among results", result, ["--metrics one/m.jsonl", "results folder"])
    bench.check(sorted(p.name for p in (bench.folder / "one").iterdir()) == before, "it wrote")
    result = bench.good("run", "s.yaml", "-o", "one", "--resume", "--ranks-per-trial", 3)
    bench.check("warning: --ranks-per-trial 3: this run has 1 rank" in result.stderr, result.stderr)


def names(bench):
    """What a scenario calls things is shown, and not obeyed by a terminal."""
    text = change(SCENARIO, "  att:", '  "a\\u202eb":')
    bench.write("names.yaml", text.replace("att,", '"a\\u202eb",').replace("method: att", 'method: "a\\u202eb"'))
    result = bench.good("run", "names.yaml", "-o", "names", "--no-report", "--metrics", "names.jsonl",
                        "--set", "training.rounds=1")
    bench.check(": a?b, lost " in result.stderr and "\u202e" not in result.stderr, result.stderr)
    lines = (bench.folder / "names.jsonl").read_text(encoding="utf-8").splitlines()
    methods = {json.loads(line)["cell"]["method"] for line in lines}
    bench.check("a\u202eb" in methods, f"{methods}")
    said = json.loads(bench.good("status", "names", "--json").stdout)
    bench.check(said["state"] == "done", f"{said}")


def columns(bench):
    """Lines of progress fit a terminal of 80 columns, and say which trial they are of."""
    result = bench.good("run", "s.yaml", *LONG, "-o", "plain", "--no-report", "--progress", "live",
                        ranks=2)
    shown = [s for s in re.split(r"[\r\n]", result.stderr.replace("\033[K", "")) if " trials  " in s]
    bench.check(shown, "no line of progress")
    bench.check(all(len(s) <= 79 for s in shown), f"too long: {max(shown, key=len)}")
    bench.check(all(re.search(r"  (control local_only, )?(att|cat), lost (0|40) %, seed [35]\b", s)
                    for s in shown), f"no trial: {shown[:3]}")


def main():
    bench = Bench()
    bench.synth(samples=24, test_clients=4)
    # local_only has no rounds: it is a trial of another kind, and of other length
    bench.write("s.yaml", SCENARIO + "controls: [local_only]\n")
    for part in (spread, grown, tidied, shares, fault, lines, wrong, names, columns):
        began = time.monotonic()
        part(bench)
        print(f"{part.__name__}: {time.monotonic() - began:.1f} s", flush=True)
    bench.end()


if __name__ == "__main__":
    main()
