#!/usr/bin/env python3
"""Runs that are asked to stop, by a signal or by the wall time: they save, say so, and go on later
to the same bytes."""
import os
import pathlib
import signal
import subprocess
import time

from bench import FRAY, TABLES, Bench, is_open_mpi, on_ranks, ranks_of
from kills import STUDY

ROUNDS = 1500  # of a trial: it is not over when the signal comes
STOPPED = 75


def words(folder, *more):
    return ("run", "s.yaml", "-o", folder, "--no-report", "--set", f"training.rounds={ROUNDS}",
            "--set", "evaluate.every=100", "--set", "seeds.trial=[3]", "--checkpoint-every", "500", *more)


def start(bench, command):
    return subprocess.Popen(list(map(str, command)), cwd=bench.folder, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "OMPI_MCA_orte_tmpdir_base": str(bench.session)})


def await_checkpoint(bench, process, folder):
    """Until the first checkpoint."""
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        if list((bench.folder / folder).glob("checkpoints/*.state")):
            break
        time.sleep(0.005)


def ended(bench, what, process, folder, word, code=STOPPED):
    """Stopped in order: exit code, state, a checkpoint of what was running, no half files."""
    try:
        stderr = process.communicate(timeout=60)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        stderr = process.communicate()[1]
        bench.check(False, f"{what}: it does not stop")
    state = (bench.folder / folder / "state").read_text(encoding="utf-8").strip()
    checkpoints = list((bench.folder / folder / "checkpoints").iterdir())
    print(f"{what}: {process.returncode}: {state}")
    bench.check(process.returncode == code, f"{what}: exit code {process.returncode}: {stderr}")
    bench.check(state.startswith("interrupted") and word in state, f"{what}: state is {state}")
    # The wall time may come between two trials.
    bench.check((checkpoints or word == "wall time") and all(p.suffix == ".state" for p in checkpoints),
                f"{what}: checkpoints: {checkpoints}")
    bench.check("--resume" in stderr, f"{what}: how to go on is not said")
    return stderr


def resume(bench, folder, ranks):
    had = any((bench.folder / folder / "checkpoints").glob("*.state"))
    bench.check(had or folder == "wall", f"{folder}: no checkpoint") # the wall may lie between trials
    result = bench.good(*words(folder, "--resume"), ranks=ranks)
    bench.check(("to go on from a checkpoint" in result.stderr) == had,
                f"{folder}: nothing was gone on with")
    for name in TABLES:
        bench.check((bench.folder / folder / name).read_bytes()
                    == (bench.folder / "whole" / name).read_bytes(), f"{folder}: {name} differs")


def alone(bench, number):
    name = signal.Signals(number).name
    folder = f"alone-{name}"
    process = start(bench, (FRAY, *words(folder)))
    await_checkpoint(bench, process, folder)
    process.send_signal(number)
    ended(bench, f"{name} to a single process", process, folder, name)
    return folder


def several(bench, to_rank):
    """To mpirun, which passes it on, or to the last of three ranks alone, which leads no team."""
    folder = f"ranks-{to_rank}"
    process = start(bench, on_ranks(
        3, FRAY, *words(folder, "--ranks-per-trial", 2 if to_rank else 1)))
    await_checkpoint(bench, process, folder)
    # Teams of neighbours; of 3 ranks in one or two teams the middle one never leads.
    os.kill(ranks_of(process.pid)[1] if to_rank else process.pid, signal.SIGUSR1)
    ended(bench, f"SIGUSR1 to {'one rank' if to_rank else 'mpirun'}", process, folder, "SIGUSR1")
    return folder


def terminated(bench):
    """Open MPI's passes TERM on late, kills soon after, and then has an exit code of its own."""
    process = start(bench, ["env", "OMPI_MCA_odls_base_sigkill_timeout=3", *on_ranks(
        2, FRAY, *words("term", "--set", "training.rounds=900000"))])
    await_checkpoint(bench, process, "term")
    process.terminate()
    ended(bench, "SIGTERM to mpirun", process, "term", "SIGTERM", 1 if is_open_mpi() else STOPPED)


def wall_time(bench):
    process = start(bench, (FRAY, *words("wall", "--walltime", 1)))
    ended(bench, "wall time", process, "wall", "wall time")
    return "wall"


def main():
    bench = Bench()
    bench.synth()
    bench.write("s.yaml", STUDY)
    bench.good(*words("whole"), ranks=2)
    folders = [alone(bench, signal.SIGUSR1), alone(bench, signal.SIGTERM),
               alone(bench, signal.SIGINT), several(bench, False), several(bench, True),
               wall_time(bench)]
    for i, folder in enumerate(folders):
        resume(bench, folder, i % 3)
    terminated(bench)
    bench.end()


if __name__ == "__main__":
    main()
