#!/usr/bin/env python3
"""Several folders become one: the same bytes as of one run, whoever did which trial; trials that are
missing can be made up for; and what does not belong together is refused, with nothing written."""
import atexit
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time

from bench import FRAY, SCENARIO, Bench, change

# A method that diverges keeps no models, ledgers are files of their own.
WILD = ("  wild: {model.fusion: concat, training.local.lr: 10, training.local.momentum: 0.99, "
        "training.local.clip_norm: 0, training.local.weight_decay: 1, training.local.epochs: 60}\n")
STUDY = change(change(change(SCENARIO, "  cat:", WILD + "  cat:"), "method: [att, cat]",
                      "method: [att, wild]"), "groups: [site]",
               "groups: [site], save_ledger: true")
SEEDS = "trial: [3, 5]"
ABOUT = ("provenance.json", "status.json", "positions", "checksums.txt")
GRID = "lost.rate: [0, 0.4]"


def files(bench, folder):
    """Everything in a folder, by a hash of its bytes."""
    root = bench.folder / folder
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(root.rglob("*"))
            if p.is_file() and not p.name.startswith("lock") and p.parent.name.lstrip(".") != "provenance"}


def copy(bench, name, to):
    shutil.rmtree(bench.folder / to, ignore_errors=True)
    shutil.copytree(bench.folder / name, bench.folder / to)
    return to


def share(bench, name, to, keep):
    """The folder as if only every trial of which keep(number) is true had been done in it."""
    copy(bench, name, to)
    for number, part in enumerate(sorted((bench.folder / to / "parts").glob("*.h5"))):
        if not keep(number):
            for file in [part, *(bench.folder / to).glob(f"*/{part.stem}[-.]*")]:
                file.unlink(missing_ok=True)
    for table in ("trials.csv", "scores.csv", "rounds.csv", "columns.csv", "results.h5"):
        (bench.folder / to / table).unlink()
    return to


def start(bench, *args):
    """The program beside the test; ended with it."""
    process = subprocess.Popen([FRAY, *args], cwd=bench.folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(process.kill)
    return process


def state(bench, folder):
    return (bench.folder / folder / "state").read_text(encoding="utf-8").strip()


def provenance(bench, folder):
    return json.loads((bench.folder / folder / "provenance.json").read_text(encoding="utf-8"))


def same(bench, a, b, what):
    """Every file but those that say how it was made has the same bytes: tables, results.h5, models,
    ledgers, parts."""
    left, right = files(bench, a), files(bench, b)
    for name in sorted(set(left) | set(right)):
        if name not in ABOUT:
            bench.check(left.get(name) == right.get(name), f"{what}: {name} differs")
    bench.check(len(set(left) & set(right)) > 20, f"{what}: few files were compared")
    bench.check(state(bench, a) == state(bench, b) == "done", f"{what}: state {state(bench, a)}")


def shares(bench):
    """Three shares, in any order, also of one rank among several; what they were stays said."""
    names = [share(bench, "whole", f"share-{k}", lambda n, k=k: n % 3 == k) for k in range(3)]
    before = {name: files(bench, name) for name in names}
    said = bench.good("merge", *names, "-o", "merged", "--no-report").stderr
    bench.check("merged: 8 trials of 3 folders" in said and "results: merged" in said, said)
    same(bench, "merged", "whole", "shares")
    bench.good("merge", *reversed(names), "-o", "deep/er/merged/", "--no-report", ranks=2)
    same(bench, "deep/er/merged", "whole", "shares in another order")
    bench.check(before == {name: files(bench, name) for name in names}, "a source was changed")
    root = provenance(bench, "merged")
    one = provenance(bench, "whole")
    bench.check([entry["folder"] for entry in root["merged"]] == names
                and all(entry["command"] == one["command"] for entry in root["merged"])
                and root["numeric_environment_hash"] == one["numeric_environment_hash"]
                and root["command"].startswith("fray merge share-0 ") and "mixed" not in root,
                f"provenance: {root}")
    for k in (1, 2, 3):
        bench.good("run", "study.yaml", "-o", f"parts/share-{k}", "--share", f"{k}/3")
    bench.good("merge", *(f"parts/share-{k}" for k in (1, 2, 3)), "-o", "parts/all", "--no-report")
    same(bench, "parts/all", "whole", "shares of independent runs")
    bench.good("run", "study.yaml", "-o", "merged", "--resume", "--no-report")
    bench.check(len(provenance(bench, "merged")["merged"]) == 3, "a resumed run forgets the merge")
    same(bench, "merged", "whole", "a merged folder that is resumed")
    bench.good("merge", "merged", "-o", "again")
    bench.check((bench.folder / "again" / "report.html").exists(), "no report")
    bench.check([e["folder"] for e in provenance(bench, "again")["merged"]] == names, "merged twice")
    bench.good("evaluate", "again", "--groups", "site", "--no-report")


def controls(bench):
    """Controls are trials as well: some are those of cells, some keep no models."""
    bench.write("controls.yaml", change(SCENARIO, "sweep:", "controls: [unimodal, all_missing, "
                "local_only, clean]\nsweep:"))
    bench.good("run", "controls.yaml", "-o", "controls", "--no-report")
    for k in (1, 2):
        bench.good("run", "controls.yaml", "-o", f"control-{k}", "--share", f"{k}/2")
    bench.good("merge", "control-1", "control-2", "-o", "controls-merged",
               "--no-report")
    same(bench, "controls-merged", "controls", "controls")


def grown(bench):
    """Other seeds and other swept values; the spanning scenario leaves out what it does not name."""
    parts = {"seed-3": (SEEDS, "trial: [3]"), "seed-5": (SEEDS, "trial: [5]")}
    for name, (old, new) in parts.items():
        bench.write(f"{name}.yaml", change(STUDY, old, new))
        bench.good("run", f"{name}.yaml", "-o", name, "--no-report")
    result = bench.run("merge", "seed-3", "seed-5", "-o", "out")
    bench.refused("scenarios that differ", result,
                  ["seed-3 and seed-5 were run from different scenarios", "line ", "--scenario"])
    bench.good("merge", "seed-3", "seed-5", "-o", "seeds", "--scenario", "study.yaml",
               "--no-report")
    same(bench, "seeds", "whole", "other seeds")
    bench.write("more.yaml", change(STUDY, GRID, "lost.rate: [0, 0.2]"))
    bench.good("run", "more.yaml", "-o", "more", "--no-report")
    bench.write("three.yaml", change(STUDY, GRID, "lost.rate: [0, 0.2, 0.4]"))
    bench.good("run", "three.yaml", "-o", "three", "--no-report")
    bench.good("merge", "whole", "more", "-o", "values", "--scenario", "three.yaml", "--no-report")
    same(bench, "values", "three", "other values, with trials that both have")
    said = bench.good("merge", "three", "-o", "less", "--scenario", "study.yaml",
                      "--no-report").stderr
    bench.check("left out: 4 trials that the scenario does not name" in said, said)
    same(bench, "less", "whole", "a part of a study")


def missing(bench):
    """What is missing is said, and fray run --resume makes up for it, to the same bytes."""
    result = bench.run("merge", "share-0", "share-1", "-o", "partial")
    text = result.stderr
    bench.check(result.returncode == 1 and "incomplete: partial: 2 of 8 trials are missing" in text
                and "fray run partial/scenario.yaml -o partial --resume" in text,
                f"{result.returncode}: {text}")
    bench.check(state(bench, "partial") == "interrupted: 2 of 8 trials are missing",
                state(bench, "partial"))
    bench.check(not (bench.folder / "partial" / "trials.csv").exists(), "tables of a part")
    result = bench.run("merge", "partial", "share-2", "-o", "whole-again", "--no-report")
    same(bench, "whole-again", "whole", "a merge that is merged on")
    said = bench.good("run", "partial/scenario.yaml", "-o", "partial", "--resume",
                      "--no-report").stderr
    bench.check("6 finished already" in said, said)
    same(bench, "partial", "whole", "a merge that is run on")
    bench.write("tests.yaml", change(STUDY, "rate: [0, 0.5, 1]", "rate: [0, 1]"))
    result = bench.run("merge", "share-0", "share-1", "share-2", "-o", "stale", "--scenario",
                       "tests.yaml")
    bench.check(result.returncode == 1 and "8 judged under other tests" in result.stderr,
                result.stderr)
    bench.good("run", "tests.yaml", "-o", "asked", "--no-report")
    said = bench.good("run", "tests.yaml", "-o", "stale", "--resume", "--no-report").stderr
    bench.check(" 0 to train" in said, said)
    bench.same_tables("stale", "asked", "a merge under other tests")


def begun(bench):
    """A trial in progress comes along with the checkpoint that is furthest."""
    endless = change(STUDY, "rounds: 3", "rounds: 100000")
    both = change(change(endless, GRID, "lost.rate: [0]"), SEEDS, "trial: [3]")
    bench.write("both.yaml", both)
    for method in ("att", "wild"):
        text = change(change(both, "method: [att, wild]", f"method: [{method}]"),
                      "reference: {method: att", f"reference: {{method: {method}")
        bench.write(f"{method}.yaml", text)
    bench.good("run", "wild.yaml", "-o", "wild", "--no-report")  # diverges at once
    process = start(bench, "run", "att.yaml", "-o", "late", "--checkpoint-every", "1")
    folder = bench.folder / "late" / "checkpoints"
    bench.check(wait_for(lambda: list(folder.glob("*.state"))), "no checkpoint")
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.1)
    copy(bench, "late", "early")
    process.send_signal(signal.SIGCONT)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    bench.check(process.wait(60) == 75, f"exit code {process.returncode}")
    early, late = files(bench, "early"), files(bench, "late")
    result = bench.run("merge", "early", "wild", "late", "-o", "begun", "--scenario", "both.yaml")
    bench.check(result.returncode == 1 and "1 of 2 trials is missing" in result.stderr, result.stderr)
    got = files(bench, "begun")
    names = [name for name in got if name.startswith("checkpoints/")]
    bench.check(len(names) == 1 and got[names[0]] == late[names[0]] != early[names[0]],
                f"checkpoints: {names}")
    shutil.rmtree(bench.folder / "late")


def states(bench):
    """What clients keep comes along with the checkpoint that names it."""
    text = change(change(change(STUDY, "rounds: 3", "rounds: 600"), GRID, "lost.rate: [0]"), SEEDS,
                  "trial: [3]")
    text = change(text, "model.units: 8}",
                  "model.units: 8, training.server: {algorithm: scaffold, option: 1}}")
    bench.write("states.yaml", text)
    for method in ("att", "wild"):
        one = change(change(text, "method: [att, wild]", f"method: [{method}]"),
                     "reference: {method: att", f"reference: {{method: {method}")
        bench.write(f"{method}.yaml", one)
    bench.good("run", "wild.yaml", "-o", "no-states", "--no-report")  # diverges at once
    process = start(bench, "run", "att.yaml", "-o", "has-states", "--checkpoint-every", "3")
    folder = bench.folder / "has-states" / "checkpoints"
    bench.check(wait_for(lambda: list(folder.glob("*.state"))), "no checkpoint")
    process.send_signal(signal.SIGTERM)
    bench.check(process.wait(60) == 75, f"exit code {process.returncode}")
    kept = {p.name for p in folder.glob("*.clients/*-*")}
    result = bench.run("merge", "no-states", "has-states", "-o", "joined", "--scenario",
                       "states.yaml")
    bench.check(result.returncode == 1 and "1 of 2 trials is missing" in result.stderr, result.stderr)
    joined = bench.folder / "joined" / "checkpoints"
    got = {p.name for p in joined.glob("*.clients/*-*")}
    bench.check(got == kept and len(kept) > 2, f"states of clients: {got}, not {kept}")
    said = bench.good("run", "states.yaml", "-o", "joined", "--resume", "--no-report").stderr
    bench.check("beginning" not in said, said)
    bench.check(not list(joined.iterdir()), f"left over: {list(joined.iterdir())}")
    bench.good("run", "states.yaml", "-o", "unbroken", "--no-report")
    bench.same_tables("joined", "unbroken", "a merge with states of clients")


def wait_for(question, seconds=60):
    end = time.monotonic() + seconds
    while not question() and time.monotonic() < end:
        time.sleep(0.01)
    return question()


def mixed(bench):
    """Two numeric environments: refused, or marked wherever the numbers are shown."""
    copy(bench, "share-1", "other")
    path = bench.folder / "other" / "provenance.json"
    root = json.loads(path.read_text(encoding="utf-8"))
    here = root["numeric_environment_hash"]
    root["numeric_environment_hash"] = "00112233445566aa"
    root["numeric_environment"] = "fray of elsewhere"
    root["numeric_environment_parts"]["kernel"] = "Elsewhere"
    path.write_text(json.dumps(root), encoding="utf-8")
    bench.refused("edited provenance", bench.run("merge", "share-0", "other", "-o", "out"),
                  ["other/provenance.json: not as it was written"])
    path.with_name("checksums.txt").unlink()
    three = ("share-0", "other", "share-2")
    bench.refused("two environments", bench.run("merge", *three, "-o", "out"),
                  ["2 numeric environments", "share-0 and other differ: OpenBLAS kernel (", "; there Elsewhere)",
                   "--mixed"])
    bench.refused("mixed and not whole", bench.run("merge", *three[:2], "-o", "out", "--mixed"),
                  ["2 of 8 trials are missing", "mixed"])
    said = bench.good("merge", *three, "-o", "mixed", "--mixed").stderr
    bench.check("warning: mixed mixes 2 numeric environments" in said, said)
    bench.same_tables("mixed", "whole", "mixed")
    note = provenance(bench, "mixed")
    bench.check(note["mixed"] is True and note["numeric_environment_hash"] ==
                [here, "00112233445566aa"] and note["numeric_environment"][1] ==
                "fray of elsewhere", f"provenance: {note}")
    page = (bench.folder / "mixed" / "report.html").read_text(encoding="utf-8")
    bench.check("<li>Made by 2 programs or machines, " in page, "the report does not warn")
    page = (bench.folder / "again" / "report.html").read_text(encoding="utf-8")
    bench.check("programs or machines" not in page, "a report warns of nothing")
    said = bench.good("compare", "mixed", "whole").stdout
    bench.check("mixed was made in 2 numeric environments" in " ".join(said.split()), said)
    for command in (("run", "study.yaml", "-o", "mixed", "--resume"),
                    ("evaluate", "mixed", "--groups", "site")):
        before = files(bench, "mixed")
        bench.refused(command[0] + " of what is mixed", bench.run(*command),
                      ["made in 2 numeric environments", "--environment mixed"])
        bench.check(before == files(bench, "mixed"), f"{command[0]} changed what is mixed")
    bench.good("merge", "mixed", "-o", "mixed-2", "--environment", "mixed", "--no-report")
    bench.check(provenance(bench, "mixed-2")["mixed"] is True, "merged again, the mark is lost")


def older(bench):
    """A folder of an older program, whose parts and models have no seal, holds the same trials: HDF5's
    numbers of where the file begins and ends are all that differs."""
    copy(bench, "share-0", "older")
    for path in sorted((bench.folder / "older").glob("[pm]*/*.h5")):
        data = bytearray(path.read_bytes()[512:])
        for at in (24, 40):
            number = int.from_bytes(data[at:at + 8], "little") - 512
            data[at:at + 8] = number.to_bytes(8, "little")
        path.write_bytes(data)
    for k, folders in enumerate((("older", "share-0"), ("share-0", "older"))):
        result = bench.run("merge", *folders, "-o", f"both-{k}", "--no-report")
        bench.check(result.returncode == 1 and "incomplete" in result.stderr,
                    f"{folders}: {result.returncode}: {result.stderr}")


def refusals(bench):
    """What does not belong together. Nothing is written."""
    def refused(what, args, parts):
        bench.refused(what, bench.run("merge", *args), parts, absent=("out",))
        bench.check(not list(bench.folder.glob(".*fray-*")), f"{what}: something is left")

    one = sorted((bench.folder / "share-0" / "parts").glob("*.h5"))[0].stem
    for folder, end in (("parts", ".h5"), ("models", "-last.h5")):
        copy(bench, "share-0", "odd")
        for candidate in sorted((bench.folder / "odd" / "models").glob("*-last.h5")):
            one = candidate.name[:16]
        path = bench.folder / "odd" / folder / f"{one}{end}"
        path.write_bytes(path.read_bytes()[512:] + b"x")  # as if made elsewhere, without a seal
        refused(f"two {folder} of one trial", ("share-0", "odd", "-o", "out"),
                [one, "share-0", "odd", f"{folder}/{one}{end}"])
    with open(bench.folder / "odd" / "models" / f"{one}-best.h5", "r+b") as file:
        file.seek(900)
        file.write(b"x")
    (bench.folder / "odd" / "models" / f"{one}-last.h5").unlink()
    refused("a model with another byte", ("odd", "-o", "out"), [f"odd/models/{one}-best.h5"])
    refused("no folders", ("-o", "out"), ["results folders are expected"])
    refused("no -o", ("share-0",), ["-o DIR"])
    refused("the same folder twice", ("share-0", "./share-0/", "-o", "out"), ["the same folder"])
    refused("no such folder", ("share-0", "nowhere", "-o", "out"), ["nowhere: no such folder"])
    (bench.folder / "bare").mkdir()
    refused("no results", ("share-0", "bare", "-o", "out"), ["bare is not the results of a run"])
    refused("a file", ("share-0", "-o", "study.yaml"), ["study.yaml exists and is not a folder"])
    bench.write("full/notes.txt", "mine")
    refused("a folder that is not empty", ("share-0", "-o", "full"), ["full is not empty"])
    refused("a place in what is read", ("share-0", "share-1", "-o", "share-1/all"), ["lies in share-1"])
    refused("an unknown option", ("share-0", "-o", "out", "--mixt"), ["--mixt", "mixed"])
    with open(bench.folder / "share-1" / "lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused("a folder in use", ("share-0", "share-1", "-o", "out"),
                ["share-1: another run is using this folder"])
    copy(bench, "share-0", "other-data")
    bench.synth("data-2", samples=13)
    refused("data that are gone", ("share-0", "-o", "out", "--set", "data.shards=gone"),
            ["gone", "--set data.shards=PATH"])
    refused("other data", ("share-0", "-o", "out", "--set", f"data.shards={bench.folder}/data-2"),
            ["share-0: made of other data", "hash of the index"])
    bench.write("foreign.yaml", change(STUDY, "hidden: 8", "hidden: 9"))
    refused("a scenario of other trials", ("share-0", "-o", "out", "--scenario", "foreign.yaml"),
            ["none of its 3 trials is one of foreign.yaml"])
    share(bench, "whole", "none", lambda n: False)
    refused("folders without trials", ("none", "-o", "out"), ["holds a finished trial"])
    copy(bench, "share-0", "broken")
    part = sorted((bench.folder / "broken" / "parts").glob("*.h5"))[0]
    part.write_bytes(part.read_bytes()[:-1])
    refused("a part that is short", ("broken", "share-1", "share-2", "-o", "out"), [part.name])
    part.write_bytes(b"not HDF5")
    refused("a part that is broken", ("broken", "share-1", "share-2", "-o", "out"), [part.name])
    bench.write("out.merging/notes.txt", "mine")  # as earlier versions called what they made
    bench.write(".out.fray-abcdefgh/notes.txt", "mine")
    bench.good("merge", "none", "share-0", "share-1", "share-2", "-o", "out", "--no-report")
    same(bench, "out", "whole", "a share without trials")
    for name in ("out.merging", ".out.fray-abcdefgh"):
        bench.check((bench.folder / name / "notes.txt").read_text() == "mine", f"{name} is gone")
        shutil.rmtree(bench.folder / name)


def killed(bench):
    """Killed at any instant, there is no folder or a whole one; the same call makes it."""
    command = ["merge", "share-0", "share-1", "share-2", "-o", "late", "--no-report"]
    caught = 0
    for turn in range(8):
        late = bench.folder / "late"
        process = start(bench, *command)
        for _ in range(4000):  # from the first file on, a little later each time
            written = sum(len(names) for folder in bench.folder.glob(".late.fray-*")
                          for _, _, names in os.walk(folder))
            if process.poll() is not None or written > 3 * turn:
                break
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        caught += len(list(bench.folder.glob(".late.fray-*"))) > 0
        if late.exists():
            same(bench, "late", "whole", "killed too late")
            shutil.rmtree(late)
    bench.check(caught >= 2, f"only {caught} merges were caught at work")
    bench.good(*command)
    same(bench, "late", "whole", "after merges that were killed")
    bench.check(not list(bench.folder.glob(".*fray-*")), "what was killed is left")


def main():
    bench = Bench()
    bench.synth()
    bench.write("study.yaml", STUDY)
    bench.good("run", "study.yaml", "-o", "whole", "--no-report")
    bench.parts(shares, controls, grown, missing, begun, states, mixed, older, refusals, killed)
    bench.end()


if __name__ == "__main__":
    main()
