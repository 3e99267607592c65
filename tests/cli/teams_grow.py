#!/usr/bin/env python3
"""Ranks that find no trial left join teams that still train: the same bytes for any number of ranks, also
of a run that is killed or stopped while a team grows."""
import os
import signal
import subprocess
import time

from bench import FRAY, Bench, on_ranks, ranks_of

# One long training among short ones, whose clients keep a state, and the same alone.
STUDY = """\
name: grow
seeds: [3]
data: {shards: data, partition: {own_test: 0.3}}
model: {hidden: 8, head: 6, encoders: {series: {kind: conv_gru, filters: [4], kernel: 3}, feature: {kind: mlp, units: 6}}}
training:
  rounds: 1
  clients_per_round: 8
  local: {batch: 5, lr: 0.05}
  server: {algorithm: scaffold, option: 1}
evaluate: {every: 100, metrics: [accuracy, nll]}
controls: [local_only]
sweep: [{grid: {training.rounds: [4, LONG]}}]
"""
JOINED = "that still trained"
TRIES = 3  # a machine that is busy elsewhere may hide that joining pays
STOPPED = 75
# Else ranks that have no core of their own stay where they are.
MANY = {"LD_PRELOAD": os.environ["FRAY_MANY_CORES"]}


def same(bench):
    grown = 0
    bench.good("run", "s.yaml", "-o", "one", "--no-report")
    for ranks in (2, 3):
        for _ in range(TRIES if ranks == 3 else 1):
            result = bench.good("run", "s.yaml", "-o", f"n{ranks}", "--no-report", "--overwrite", ranks=ranks,
                                env=MANY)
            bench.same_tables("one", f"n{ranks}", f"{ranks} ranks")
            grown += JOINED in result.stderr
            print(f"{ranks} ranks: {result.stderr.splitlines()[-2:]}")
            if JOINED in result.stderr:
                break
        bench.check(not list((bench.folder / f"n{ranks}" / "checkpoints").iterdir()), "checkpoints are left")
    bench.check(grown > 0, "no team ever grew")


def begin(bench, folder):
    """A run on three ranks whose long training has just been saved, as it is for those that join:
    nothing else asks for a checkpoint. None: no team grew."""
    process = subprocess.Popen(on_ranks(3, FRAY, "run", "s.yaml", "-o", folder, "--no-report", "--overwrite"),
                               cwd=bench.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, env={**os.environ, **MANY})
    while process.poll() is None:
        if list((bench.folder / folder).glob("checkpoints/*.state")):
            return process
        time.sleep(0.001)
    process.communicate()
    return None


def disturbed(bench, folder, ranks, disturb):
    """A run on three ranks that is disturbed while a team grows goes on, on others, to the bytes of one
    that was not."""
    for _ in range(TRIES):
        process = begin(bench, folder)
        if process:
            break
    else:
        bench.check(False, f"{folder}: no team grew")
        return
    disturb(process)
    stderr = process.communicate(timeout=60)[1]
    print(f"{folder}: exit code {process.returncode}: {(bench.folder / folder / 'state').read_text().strip()}")
    bench.check(process.returncode != 0, f"{folder}: it was not disturbed")
    bench.check(folder != "stopped" or process.returncode == STOPPED, f"{folder}: {stderr}")
    bench.good("run", "s.yaml", "-o", folder, "--no-report", "--resume", ranks=ranks)
    bench.same_tables("one", folder, folder)


def killed(bench):
    def kill(process):
        for pid in ranks_of(process.pid):
            os.kill(pid, signal.SIGKILL)
    disturbed(bench, "killed", 2, kill)


def stopped(bench):
    """A signal that reaches one rank alone, whether it stands by or has joined."""
    disturbed(bench, "stopped", 4, lambda process: os.kill(ranks_of(process.pid)[-1], signal.SIGUSR1))


def main():
    bench = Bench()
    bench.synth(clients=8, samples=360)
    bench.write("s.yaml", STUDY.replace("LONG", "30"))
    bench.parts(same, killed, stopped)
    bench.end()


if __name__ == "__main__":
    main()
