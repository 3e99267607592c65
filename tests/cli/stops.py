#!/usr/bin/env python3
"""Runs that are asked to stop, by a signal or by the wall time: they save, say so, and go on later
to the same bytes."""
import os
import signal
import subprocess
import time

from bench import FRAY, TABLES, Bench, is_open_mpi, on_ranks, ranks_of
from kills import STUDY

SIGNALS = (signal.SIGUSR1, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2, signal.SIGXCPU)
ROUNDS = 900  # of a trial: it is not over when the signal comes
STOPPED = 75


def words(folder, *more):
    return ("run", "s.yaml", "-o", folder, "--no-report", "--set", f"training.rounds={ROUNDS}",
            "--set", "evaluate.every=100", "--set", "seeds.trial=[3]", "--checkpoint-every", "300", *more)


def start(bench, command):
    return subprocess.Popen(list(map(str, command)), cwd=bench.folder, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "OMPI_MCA_orte_tmpdir_base": str(bench.session)})


def await_checkpoint(bench, process, folder):
    """Until the first checkpoint."""
    end = time.monotonic() + 240
    while process.poll() is None and time.monotonic() < end:
        if list((bench.folder / folder).glob("checkpoints/*.state")):
            break
        time.sleep(0.005)


def ended(bench, what, process, folder, word, code=STOPPED):
    """Stopped in order: exit code, state, a checkpoint of what was running, no half files."""
    try:
        stderr = process.communicate(timeout=240)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        stderr = process.communicate()[1]
        bench.check(False, f"{what}: it does not stop")
    state = (bench.folder / folder / "state").read_text(encoding="utf-8").strip()
    checkpoints = list((bench.folder / folder / "checkpoints").iterdir())
    print(f"{what}: {process.returncode}: {state}")
    bench.check(process.returncode == code, f"{what}: exit code {process.returncode}: {stderr}")
    bench.check(state.startswith("interrupted") and word in state, f"{what}: state is {state}")
    # A trial whose clients keep a state has a folder of them beside its checkpoint.
    bench.check(checkpoints and all(p.suffix == ".state" or (
        p.suffix == ".clients" and p.with_suffix(".state") in checkpoints) for p in checkpoints),
                f"{what}: checkpoints: {checkpoints}")
    bench.check("--resume" in stderr, f"{what}: how to go on is not said")
    return stderr


def resume(bench, folder, ranks):
    had = any((bench.folder / folder / "checkpoints").glob("*.state"))
    bench.check(had, f"{folder}: no checkpoint")
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
    """Of a training that no machine ends in a second."""
    process = start(bench, (FRAY, *words("wall", "--walltime", 1, "--set", "training.rounds=900000")))
    ended(bench, "wall time", process, "wall", "wall time")


def ignored(bench):
    """What the caller ignores stays ignored, as with nohup."""
    process = start(bench, ("sh", "-c", "trap '' HUP; exec \"$@\"", "sh", FRAY, *words("nohup")))
    await_checkpoint(bench, process, "nohup")
    process.send_signal(signal.SIGHUP)
    stderr = process.communicate(timeout=240)[1]
    bench.check(process.returncode == 0, f"nohup: exit code {process.returncode}: {stderr}")
    for name in TABLES:
        bench.check((bench.folder / "nohup" / name).read_bytes()
                    == (bench.folder / "whole" / name).read_bytes(), f"nohup: {name} differs")


def limit_of_time(bench):
    """A soft limit of processor time, as PBS sets one."""
    process = start(bench, ("sh", "-c", "ulimit -S -t 1; exec \"$@\"", "sh", FRAY,
                            *words("cpu", "--set", "training.rounds=900000")))
    ended(bench, "ulimit -t", process, "cpu", "SIGXCPU")


def positions_cut(bench):
    """Somebody empties a file of the folder: nothing depends on it."""
    process = start(bench, (FRAY, *words("cut")))
    await_checkpoint(bench, process, "cut")
    (bench.folder / "cut" / "positions").write_bytes(b"")
    stderr = process.communicate(timeout=240)[1]
    state = (bench.folder / "cut" / "state").read_text(encoding="utf-8").strip()
    bench.check(process.returncode == 0 and state == "done", f"positions: {state}: {stderr}")


def nobody_reads(bench):
    """The reader of --metrics - is gone: an error of the run, with a state."""
    process = subprocess.Popen([FRAY, *words("unread", "--metrics", "-", "--set", "evaluate.every=1")],
                               cwd=bench.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    stderr = process.communicate(timeout=240)[1].decode()
    state = (bench.folder / "unread" / "state").read_text(encoding="utf-8").strip()
    bench.check(process.returncode == 1 and "Broken pipe" in stderr and state.startswith("failed"),
                f"--metrics -: {process.returncode}: {state}: {stderr}")


def main():
    bench = Bench()
    bench.synth()
    bench.write("s.yaml", STUDY)
    bench.good(*words("whole"), ranks=2)
    folders = [alone(bench, number) for number in SIGNALS] + [several(bench, False), several(bench, True)]
    wall_time(bench)
    for i, folder in enumerate(folders):
        resume(bench, folder, i % 3)
    bench.parts(terminated, ignored, limit_of_time, positions_cut, nobody_reads)
    bench.end()


if __name__ == "__main__":
    main()
