#!/usr/bin/env python3
"""fray status of runs at work, killed, interrupted, failed and done; two runs in one folder."""
import json
import os
import signal
import subprocess
import time

from bench import FRAY, SCENARIO, Bench, change, complaint, is_open_mpi, on_ranks

# Rounds enough that no run comes to its end before it is looked at.
LONG = ("--set", "training.rounds=200000", "--set", "evaluate.every=200000")
SHORT = ("--set", "training.rounds=3",)


def lines(bench, folder):
    """What fray status says, as text and as JSON; both fit."""
    result = bench.good("status", folder)
    bench.check(all(len(line) <= 80 for line in result.stdout.splitlines()), "a line is too long")
    return result.stdout, json.loads(bench.good("status", folder, "--json").stdout)


def at_work(bench, folder, trials, before=()):
    """Waits until so many trials are trained at once, by other processes than those of `before`;
    returns what is said then."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        result = bench.run("status", folder, "--json")
        said = json.loads(result.stdout) if result.returncode == 0 else {"ranks": []}
        names = {rank["trial"] for rank in said["ranks"]
                 if rank.get("round", 0) > 1 and rank["pid"] not in before}
        if len(names) >= trials:
            return said
        time.sleep(0.05)
    bench.check(False, f"{folder}: {trials} trials do not begin within a minute")
    return None


def started(bench, *args, ranks):
    command = on_ranks(ranks, FRAY, "run", *args, seconds=120)
    return subprocess.Popen(command, cwd=bench.folder, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)


def ended(process):
    """Exit code and messages; nothing is left behind, whatever happens."""
    try:
        stderr = process.communicate(timeout=60)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        stderr = process.communicate()[1]
    return process.returncode, stderr


def left_alone(bench, folder):
    """mpirun may end a little before the ranks that it killed; then what is said of the folder."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if json.loads(bench.run("status", folder, "--json").stdout)["at_work"] is False:
            break
        time.sleep(0.05)
    return lines(bench, folder)


def words(text):
    return " ".join(text.split())


def a_second_run(bench, folder):
    """While one run is at work the folder is refused to others. (--resume would wait for half a
    minute first, since ranks of a killed run may need that to go.)"""
    for extra, part in (((), "already holds a run"),
                        (("--overwrite",), "another run is using this folder")):
        result = bench.run("run", "s.yaml", "-o", folder, *LONG, *extra)
        text = "\n".join(complaint(result.stderr))
        bench.check(result.returncode == 2 and part in text,
                    f"a second run {extra}: {result.returncode}: {text}")


def a_rank_dies(bench):
    """SIGKILL of one rank of two teams: its trial, round and client are named, as its row has them,
    by status and by the resume."""
    process = started(bench, "s.yaml", "-o", "out", "--no-report", *LONG, ranks=2)
    said = at_work(bench, "out", 2)
    if said:
        text, _ = lines(bench, "out")
        bench.check("state       running\n" in text and said["state"] == "running", text)
        bench.check(said["at_work"] is True and said["progress"]["trials"] == 4, "progress")
        a_second_run(bench, "out")
        os.kill(said["ranks"][1]["pid"], signal.SIGKILL)
    code, _ = ended(process)
    bench.check(code not in (0, 2), f"a rank was killed: exit code {code}")
    text, after = left_alone(bench, "out")
    print(text)
    dead = after["ranks"][1]
    bench.check(after["state"] == "killed" and after["at_work"] is False, f"state: {text}")
    bench.check("state       killed" in text, text)
    bench.check(dead["trial"] == said["ranks"][1]["trial"], "the trial of the dead rank")
    bench.check(dead["phase"] in ("training", "evaluating"), f"its phase: {dead['phase']}")
    bench.check(f"rank 1    round {dead['round']}, {dead['phase']}" in text, text)
    return dead, {rank["pid"] for rank in after["ranks"]}


def it_resumes(bench, dead, before):
    process = started(bench, "s.yaml", "-o", "out", "--no-report", "--resume", *LONG, ranks=2)
    at_work(bench, "out", 2, before)
    process.send_signal(signal.SIGTERM)
    code, stderr = ended(process)
    named = ["the last run was killed"]
    if is_open_mpi():  # MPICH kills the others at once, so which one died first cannot be told
        bench.check(code != 0, f"a signal: exit code {code}")
        named += [f"({dead['trial']}, seed {dead['seed']},", dead["cell"], f"round {dead['round']}"]
    text = words(stderr)
    for part in named:
        bench.check(part in text, f"the resume does not say '{part}': {text}")
    if dead["phase"] == "training" and is_open_mpi():
        bench.check(f"client {dead['client']} (rank 1)" in text, f"its client: {text}")
    text, said = left_alone(bench, "out")
    print(text)
    bench.check(said["state"] == "interrupted" and "state       interrupted: SIGTERM" in text, text)
    bench.check(said["checkpoints"] == 2, f"{said['checkpoints']} checkpoints")


def done_and_failed(bench):
    bench.good("run", "s.yaml", "-o", "done", "--no-report", *SHORT, ranks=2)
    text, said = lines(bench, "done")
    print(text)
    bench.check(said["state"] == "done" and said["parts"] == 4 and said["checkpoints"] == 0, text)
    bench.check("state       done\n" in text and "all of them done" in text, text)
    state = bench.folder / "done" / "state"
    for other in ("", "donebuy my book\n", "see evil.example, all is well\n"):
        state.write_text(other)
        text, said = lines(bench, "done")
        shown = bench.run("show", "done").stdout
        bench.check(not other or other.strip() not in text + str(said) + shown, f"echoed: {text} {said} {shown}")
        bench.check(not other or "State: unknown" in shown, shown)
    bench.check("warning     done/state holds no state that this program knows" in text
                and "done/state" in said["warning"], text)
    state.write_text("failed: trial x: no space\n")
    for name in ("status.json", "positions"):
        (bench.folder / "done" / name).unlink()
    text, said = lines(bench, "done")
    bench.check("state       failed: trial x: no space\n" in text and said["state"] == "failed", text)
    bench.check(said["progress"] is None and said["ranks"] == [], "nothing is known beyond that")
    bench.check("4 finished trials" in text, text)


def no_results(bench):
    (bench.folder / "empty").mkdir()
    for folder in ("empty", "missing", "s.yaml"):
        bench.refused(f"status of {folder}", bench.run("status", folder), [folder])
    bench.refused("no folder", bench.run("status"), ["one results folder"])


def main():
    bench = Bench()
    bench.synth()
    two = change(SCENARIO, "lost.rate: [0, 0.4]", "lost.rate: [0.4]")
    bench.write("s.yaml", change(two, "reference: {method: att, lost.rate: 0}\n", ""))
    bench.parts(no_results, done_and_failed)
    dead, pids = a_rank_dies(bench)
    it_resumes(bench, dead, pids)
    bench.end()


if __name__ == "__main__":
    main()
