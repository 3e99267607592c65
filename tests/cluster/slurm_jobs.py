#!/usr/bin/env python3
"""scripts/slurm/fray.sbatch on a real Slurm: before its time limit, when preempted and as an array, a
study goes back to the queue, goes on, and gives the bytes of a plain run.

So that little work is enough, ranks are held: once a trial is done they are stopped, until the job
has been told to stop. Jobs run side by side."""
import os
import pathlib
import signal
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
# pylint: disable=wrong-import-position
import slurm
from bench import FRAY, SCENARIO, SOURCE, TABLES, Bench, by_srun, change, is_open_mpi

SCRIPT = SOURCE / "scripts" / "slurm" / "fray.sbatch"
STUDY = change(change(SCENARIO, "rounds: 3", "rounds: 300"), "every: 2", "every: 50")
TRIALS = 8
TOLD = "fray.sbatch: told to stop"
BACK = "is not finished; back to the queue"


class Held:
    """The ranks that work on a results folder, stopped from the first finished trial on."""

    def __init__(self, bench, folder):
        self.bench, self.name, self.folder = bench, folder, bench.folder / folder
        self.pids = []

    def ranks(self):
        """Without the children that read files for them."""
        found = {}
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                words = pathlib.Path(f"/proc/{entry}/cmdline").read_bytes().split(b"\0")
                place = os.readlink(f"/proc/{entry}/cwd")
                parent = int(pathlib.Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if (words[0] == FRAY.encode() and self.name.encode() in words
                    and place == str(self.bench.folder)):
                found[int(entry)] = parent
        return [pid for pid, parent in found.items() if parent not in found]

    def wait(self, ranks, seconds=120):
        """Waits until one trial is done and not all; then nothing moves."""
        end = time.monotonic() + seconds
        while not list(self.folder.glob("parts/*.h5")):
            if time.monotonic() > end:
                logs = [path.read_text(errors="replace") for path in self.bench.folder.glob("*.log")]
                raise RuntimeError(f"{self.name}: no trial is done after {seconds} s\n" +
                                   "\n".join(logs))
            time.sleep(0.02)
        self.pids = self.ranks()
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)
        done = len(list(self.folder.glob("parts/*.h5")))
        self.bench.check(len(self.pids) == ranks and 0 < done < TRIALS,
                         f"{self.name}: {len(self.pids)} ranks held, {done} trials done")
        return self

    def release(self):
        time.sleep(1)  # what the script passes on takes its way through srun or mpirun
        for pid in self.pids:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass


def log_of(bench, job):
    path = bench.folder / f"fray-{job}.log"
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def wait_for(what, question, seconds=120):
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not after {seconds} s")
        time.sleep(0.1)


def submit(bench, cluster, *args, **variables):
    return cluster.submit(*args, cwd=bench.folder, env={"FRAY": FRAY, **variables})


def finished(bench, cluster, job, folder, what, restarts=1):
    """It ended well, after so many restarts at least, and nobody sees how."""
    states = cluster.wait(job)
    count = int(cluster.job(job).get("Restarts", "0"))
    state = (bench.folder / folder / "state").read_text(encoding="utf-8").strip()
    bench.check(states == ["COMPLETED"] and count >= restarts and state == "done",
                f"{what}: {states}, {count} restarts, state {state}\n{log_of(bench, job)}")
    bench.same_tables(folder, "plain", what)
    print(f"{what}: {count} restarts, done after {time.monotonic() - bench.start:.0f} s", flush=True)


def back_in_queue(bench, job, what):
    """The job says that it goes back; until it starts again the folder holds what was done."""
    wait_for(what, lambda: BACK in log_of(bench, job))
    text = log_of(bench, job)
    bench.check(TOLD in text and "saving checkpoints" in text, f"{what}: {text}")


def time_limit(bench, cluster):
    """One minute. Slurm looks every half minute, and signals if the next look could be too late: 15
    to 45 seconds after the start. In a partition that nothing preempts, beside the other jobs.
    Returns what is to be called for the end."""
    job = submit(bench, cluster, "--ntasks=2", "--partition=high", "--time=1",
                 "--signal=B:USR1@15", SCRIPT, "study.yaml", "limit")
    held = Held(bench, "limit").wait(2)

    def let_go():
        wait_for("time limit", lambda: TOLD in log_of(bench, job))
        held.release()

    def end():
        thread.join()
        back_in_queue(bench, job, "time limit")
        finished(bench, cluster, job, "limit", "time limit")

    thread = threading.Thread(target=let_go)
    thread.start()
    return end


def preemption(bench, cluster, launch):
    """A job of a partition with more priority takes the place; then the study goes on."""
    folder = f"preempted-{launch}"
    job = submit(bench, cluster, "--ntasks=3", "--partition=low", "--time=10", SCRIPT, "study.yaml",
                 folder, FRAY_LAUNCH=launch)
    held = Held(bench, folder).wait(3)
    urgent = cluster.submit("--ntasks=4", "--partition=high", "--time=1", "--output=urgent.log",
                            "--wrap", "sleep 1", cwd=bench.folder)
    wait_for("preemption", lambda: TOLD in log_of(bench, job))
    held.release()
    back_in_queue(bench, job, "preemption")
    cluster.wait(urgent)
    bench.check(cluster.states(job) != ["COMPLETED"], "preempted, but done before the other began")
    finished(bench, cluster, job, folder, f"preemption, {launch}")


def array(bench, cluster):
    """Three independent jobs, of which one goes back to the queue, and a fourth that merges."""
    job = submit(bench, cluster, "--ntasks=1", "--array=1-3", "--partition=low", "--time=10",
                 "--output=array-%a.log", SCRIPT, "study.yaml", "array")
    merge = submit(bench, cluster, f"--dependency=afterok:{job}", "--ntasks=1", "--time=10",
                   "--output=merge.log", "--wrap",
                   f"{FRAY} merge array/share-* -o array/merged --no-report")
    held = Held(bench, "array/share-2").wait(1)
    log = bench.folder / "array-2.log"
    cluster.command("scancel", "--batch", "--signal=USR1", f"{job}_2")
    wait_for("array", lambda: TOLD in log.read_text(errors="replace"))
    held.release()
    states = cluster.wait(merge)
    bench.check(states == ["COMPLETED"], f"merge: {states} " + (bench.folder / "merge.log")
                .read_text(errors="replace"))
    bench.check(BACK in log.read_text(errors="replace"), "array: no share went back to the queue")
    shares = [len(list((bench.folder / f"array/share-{k}/parts").glob("*.h5"))) for k in (1, 2, 3)]
    bench.check(sum(shares) == TRIALS and min(shares) > 0, f"array: shares of {shares} trials")
    bench.same_tables("array/merged", "plain", "array")


def cancelled(bench, cluster):
    """Who cancels a job does not want it back; the same sbatch goes on later."""
    job = submit(bench, cluster, "--ntasks=2", "--time=10", SCRIPT, "study.yaml", "cancelled")
    Held(bench, "cancelled").wait(2)
    cluster.command("scancel", job)  # continues the ranks itself
    states = cluster.wait(job)
    wait_for("cancelled", lambda: not Held(bench, "cancelled").ranks(), 30)
    state = (bench.folder / "cancelled" / "state").read_text(encoding="utf-8")
    bench.check(states == ["CANCELLED"] and state.startswith("interrupted"),
                f"cancelled: {states}, {state}\n{log_of(bench, job)}")
    job = submit(bench, cluster, "--ntasks=1", "--time=10", SCRIPT, "study.yaml", "cancelled")
    finished(bench, cluster, job, "cancelled", "cancelled, and begun again", restarts=0)


def wrong_use(bench, cluster):
    """A mistake ends the job at once, and it does not come back."""
    for args, message in ((("study.yaml",), "usage: sbatch"),
                          (("nothing.yaml", "out"), "nothing.yaml"),
                          (("study.yaml", "out", "--no-such"), "--no-such")):
        job = submit(bench, cluster, "--ntasks=1", SCRIPT, *args)
        states = cluster.wait(job)
        bench.check(states == ["FAILED"] and message in log_of(bench, job),
                    f"{args}: {states}: {log_of(bench, job)}")
    bench.check(not (bench.folder / "out").exists(), "a mistake wrote a folder")


def without_pmix(bench, cluster):
    """Tasks that srun tells nothing of one another: one message; a single one works."""
    words = (FRAY, "run", "study.yaml", "--set", "training.rounds=1", "--no-report", "-o")
    result = cluster.command("srun", "--mpi=none", "--ntasks=3", *words, "apart", cwd=bench.folder,
                             check=False)
    said = [line for line in result.stderr.splitlines() if line.startswith("fray")]
    bench.check(result.returncode == 2 and len(said) == 1 and by_srun() in said[0],
                f"srun --mpi=none: {result.returncode}: {result.stderr}")
    bench.check(not (bench.folder / "apart").exists(), "srun --mpi=none: the folder was written")
    result = cluster.command("srun", "--mpi=none", "--ntasks=1", *words, "single", cwd=bench.folder,
                             check=False)
    bench.check(result.returncode == 0, f"one task: {result.returncode}: {result.stderr}")


def main():
    reason = slurm.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    bench = Bench()
    bench.synth()
    bench.write("study.yaml", STUDY)
    bench.good("run", "study.yaml", "-o", "plain", "--no-report")
    # An urgent job of 4 fits beside that of the time limit (2), but never beside one of 3.
    with slurm.Cluster(cpus=6) as cluster:
        after_limit = time_limit(bench, cluster)
        wrong_use(bench, cluster)
        # The command mpirun is Open MPI's, where several are installed.
        for launch in ("srun", "mpirun") if is_open_mpi() else ("srun",):
            preemption(bench, cluster, launch)
        array(bench, cluster)
        cancelled(bench, cluster)
        without_pmix(bench, cluster)
        after_limit()
    bench.end()


if __name__ == "__main__":
    main()
