#!/usr/bin/env python3
"""Ranks that hang under `--stall`: a stopped process and a call that does not return end the job with its name, code 1 and
the state `failed`, and --resume goes on to the same bytes; a job that was stopped as a whole goes on. Clocks that step
back make no negative times. `stall.py all` stops more ranks; `stall.py threads` is what scripts/threads looks at."""
import json
import os
import re
import signal
import subprocess
import sys
import time

from bench import FRAY, SCENARIO, Bench, change, on_ranks, ranks_of
from status import words

STALL = 2
RUN = ("run", "s.yaml", "--no-report", "--checkpoint-every", "50", "--set", "training.rounds=600", "--set", "evaluate.every=60")


def positions(bench, folder):
    """What `fray status` says of each rank."""
    result = bench.run("status", folder, "--json")
    return json.loads(result.stdout)["ranks"] if result.returncode == 0 else []


def started(bench, folder, ranks, *more, out=subprocess.DEVNULL):
    command = on_ranks(ranks, FRAY, *RUN, "-o", folder, "--stall", STALL, *more)
    return subprocess.Popen(command, cwd=bench.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, text=True)


def at_work(bench, folder, ranks):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = positions(bench, folder)
        if len(found) == ranks and all(rank.get("round", 0) > 60 for rank in found):
            return found
        time.sleep(0.02)
    bench.check(False, f"{folder}: the ranks do not come to their rounds")
    return []


def ended(bench, process, folder, rank, found, most):
    """How the job ended, and that it says which rank and where it was."""
    began = time.monotonic()
    try:
        stderr = process.communicate(timeout=60)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        bench.check(False, f"{folder}: it hangs")
        return
    seconds = time.monotonic() - began
    text = next((line for line in stderr.splitlines() if line.startswith("fray: stalled: ")), "")
    print(f"{folder}: after {seconds:.1f} s: {text}")
    # The rank that speaks ends with 1; a launcher may see first that the stopped one was ended by it (137).
    bench.check(process.returncode in (1, 128 + signal.SIGKILL) and seconds < most, f"{folder}: code {process.returncode} after {seconds:.1f} s: {stderr}")
    for part in (f"rank {rank} on host {os.uname().nodename} (process {found[rank]['pid']})", "trial ", "round "):
        bench.check(part in text, f"{folder}: '{part}' is not in: {stderr}")
    state = (bench.folder / folder / "state").read_text(encoding="utf-8")
    bench.check(state.startswith(f"failed: rank {rank} on host"), f"{folder}: state {state}")
    said = json.loads((bench.folder / folder / "status.json").read_text(encoding="utf-8"))
    bench.check(said["state"] == "failed", f"{folder}: status.json {said['state']}")
    text = bench.good("status", folder).stdout
    bench.check(f"failed: rank {rank} on host" in words(text), text)


def a_rank_stops(bench, rank, ranks):
    folder = f"stopped{rank}"
    process = started(bench, folder, ranks)
    found = at_work(bench, folder, ranks)
    if found:
        os.kill(found[rank]["pid"], signal.SIGSTOP)
    ended(bench, process, folder, rank, found, STALL + 8)
    bench.good(*RUN, "-o", folder, "--resume", "--stall", "60")
    bench.same_tables("whole", folder, folder)


def a_call_hangs(bench):
    """A pipe that nobody reads takes no more: the rank neither computes nor waits for others."""
    process = subprocess.Popen([FRAY, *RUN, "-o", "hung", "--stall", str(STALL), "--metrics", "-", "--set", "evaluate.every=1"],
                               cwd=bench.folder, env={**os.environ, **bench.single()}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not positions(bench, "hung") and time.monotonic() < end:
        time.sleep(0.05)
    found = positions(bench, "hung")
    while process.poll() is None and time.monotonic() < end:  # without reading what it says
        time.sleep(0.05)
    ended(bench, process, "hung", 0, found, 60)


def the_job_is_stopped(bench):
    """As batch systems do it: nobody hangs, everybody waits."""
    process = started(bench, "suspended", 2)
    found = at_work(bench, "suspended", 2)
    pids = ranks_of(process.pid)
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for pid in pids:
            os.kill(pid, number)
        time.sleep(STALL + 1)
    process.communicate(timeout=90)
    bench.check(found and process.returncode == 0, f"a job that was stopped and went on: {process.returncode}")
    bench.same_tables("whole", "suspended", "suspended")


def clocks_step_back(bench):
    """The clock on the wall by hours, the one that only goes on by half seconds, again and again."""
    env = {"LD_PRELOAD": os.environ["FRAY_FAIL_CLOCK"]}
    result = bench.good(*RUN, "-o", "clocks", "--progress", "plain", "--checkpoint-minutes", "1", "--walltime", "1h", env=env)
    said = result.stderr + bench.good("status", "clocks", env=env).stdout
    bench.check(not re.search(r"[ (]-[0-9]|-:--.*trials in|trials in -:--", said), f"a negative time: {said}")
    status = json.loads((bench.folder / "clocks" / "status.json").read_text(encoding="utf-8"))
    bench.check(all(not isinstance(v, float) or v >= 0 for v in status.values()), f"{status}")
    bench.check(status["elapsed_seconds"] > 0 and status["rounds_per_second"] < 1e6, f"{status}")
    bench.same_tables("whole", "clocks", "clocks that step back")
    result = bench.run(*RUN, "-o", "late", "--walltime", "1", "--set", "training.rounds=1000000", env=env)
    bench.check(result.returncode == 75, f"a wall time of 1 s: {result.returncode}: {result.stderr[-300:]}")


def main():
    bench = Bench()
    bench.synth()
    bench.write("s.yaml", change(SCENARIO, "sweep:\n  - grid: {method: [att, cat], lost.rate: [0, 0.4]}\nreference: {method: att, lost.rate: 0}\n",
                                 "sweep:\n  - grid: {method: [att]}\n"))
    bench.good(*RUN, "-o", "whole")
    a_rank_stops(bench, 0, 2)
    if sys.argv[1:] == ["threads"]:  # a clock is put in the way by a library, which sanitizers do not bear
        for ranks in (1, 3):
            bench.good(*RUN, "-o", f"watched{ranks}", "--stall", "60", ranks=ranks, seconds=900)
            bench.same_tables("whole", f"watched{ranks}", f"{ranks} ranks watched")
        a_call_hangs(bench)
        bench.end()
        return
    if sys.argv[1:] == ["all"]:
        for rank, ranks in ((1, 2), (2, 3), (0, 3)):
            a_rank_stops(bench, rank, ranks)
        the_job_is_stopped(bench)
    a_call_hangs(bench)
    clocks_step_back(bench)
    bench.end()


if __name__ == "__main__":
    main()
