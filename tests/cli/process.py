#!/usr/bin/env python3
"""How the process starts: memory limits, threads, and launchers that are not its MPI's. Every call
ends at once, done or with one message."""
import os
import resource
import subprocess
import time

from bench import FRAY, MPIRUN, Bench, by_srun, complaint, is_open_mpi, is_sanitized

SMALL = """\
name: small
seeds: [1]
data: {shards: data, modalities: [feature]}
model: {hidden: 8}
training: {rounds: 2, clients_per_round: 1.0}
"""
MIB = 1 << 20


def limited(bench, words, kind, megabytes, seconds=20):
    """Under a limit, with the limit's own clock: who spins is killed and gives -9."""
    def limit():
        resource.setrlimit(kind, (megabytes * MIB, megabytes * MIB))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        return subprocess.run([FRAY, *words], cwd=bench.folder, capture_output=True, text=True,
                              timeout=seconds, check=False, stdin=subprocess.DEVNULL,
                              preexec_fn=limit)
    except subprocess.TimeoutExpired as late:
        return subprocess.CompletedProcess(words, -9, "", str(late))


def address_space(bench):
    """Under limits between what loads and what is plenty."""
    alone = (("--version",), ("list",), ("report", "done"), ("status", "done"),
             ("synth", "-o", "out", "--set", "clients=2"))
    on_ranks = (("check", "s.yaml"), ("inspect", "data"), ("merge", "done", "-o", "out", "--no-report"),
                ("run", "s.yaml", "-o", "out", "--no-report"),
                ("evaluate", "done", "--groups", "site", "--no-report"))
    for kind, name, steps in ((resource.RLIMIT_AS, "ulimit -v", (120, 200, 300, 400)),
                              (resource.RLIMIT_DATA, "ulimit -d", (60, 150))):
        for megabytes in steps:
            commands = alone + on_ranks if megabytes == steps[0] else on_ranks[-2:]
            for words in commands:
                result = limited(bench, words, kind, megabytes)
                what = f"{name} of {megabytes} MiB, {words[0]}"
                subprocess.run(["rm", "-rf", bench.folder / "out"], check=True)
                if not bench.check(result.returncode in (0, 2),
                                   f"{what}: {result.returncode}: {result.stderr[-300:]}"):
                    continue
                if result.returncode == 2:
                    text = "\n".join(complaint(result.stderr))
                    bench.check(name in text and f"{megabytes * MIB / 1e6:.0f} MB" in text
                                and "give at least" in text, f"{what}: {text}")
    # What is asked for is enough.
    result = limited(bench, ("run", "s.yaml", "-o", "out", "--no-report"), resource.RLIMIT_AS, 200)
    need = int(result.stderr.split("give at least ")[1].split(" MB")[0])
    result = limited(bench, ("run", "s.yaml", "-o", "enough", "--no-report"), resource.RLIMIT_AS,
                     need * 1000000 // MIB + 12)
    bench.check(result.returncode == 0, f"{need} MB are not enough: {result.stderr}")
    bench.same_tables("done", "enough", "under a limit")


def open_files(bench):
    """MPI crashes where it gets none: the limit is raised where it may be, or named."""
    for soft, hard, code in ((9, 9, 2), (14, 47, 2), (9, 48, 0), (16, 4096, 0)):
        for words in (("check", "s.yaml"), ("merge", "done", "-o", "out", "--no-report")):
            result = subprocess.run([FRAY, *words], cwd=bench.folder, capture_output=True, text=True,
                                    check=False, timeout=60, stdin=subprocess.DEVNULL, preexec_fn=lambda:
                                    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)))
            what = f"{soft} of {hard} open files, {words[0]}"
            bench.check(result.returncode == code, f"{what}: {result.returncode}: {result.stderr[-300:]}")
            if code == 2:
                text = "\n".join(complaint(result.stderr))
                bench.check("ulimit -n" in text and f"to {hard}:" in text, f"{what}: {text}")
            subprocess.run(["rm", "-rf", bench.folder / "out"], check=True)


def under_mpirun(bench):
    if not is_open_mpi():
        return
    for megabytes in (150, 300):
        command = [MPIRUN, "-n", "2", "sh", "-c", f"ulimit -v {megabytes * 1024}; exec \"$@\"", "sh",
                   FRAY, "run", "s.yaml", "-o", "out", "--no-report"]
        bench.refused(f"two ranks with {megabytes} MiB", bench.run_command(command),
                      ["ulimit -v", "give at least"])


def threads_of(bench, variables):
    """Of runs that are at work, one for each of these folders with its own variables; all at once, since
    each is only waited for."""
    processes = {folder: subprocess.Popen([FRAY, "run", "s.yaml", "-o", folder, "--no-report", "--set",
                                           "training.rounds=1000000"], cwd=bench.folder,
                                          env={**os.environ, **env}, stderr=subprocess.DEVNULL)
                 for folder, env in variables.items()}
    end = time.monotonic() + 30
    counts = []
    for folder, process in processes.items():
        positions = bench.folder / folder / "positions"
        while not positions.exists() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
    time.sleep(0.2)
    for process in processes.values():
        counts.append(len(os.listdir(f"/proc/{process.pid}/task")) if process.poll() is None else 0)
        process.kill()
        process.wait()
    return counts


def threads(bench):
    """As many as with the variable that nobody sets; and where only one may be made, it runs."""
    told, untold, more = threads_of(bench, {
        "told": {"OPENBLAS_NUM_THREADS": "1"}, "untold": {},
        "more": {"OPENBLAS_NUM_THREADS": "7", "OMP_NUM_THREADS": "7"}})
    print(f"threads: {told} {untold} {more}")
    bench.check(told >= 1 and untold == told and more == told, f"threads: {told} {untold} {more}")


def launchers(bench):
    """Several processes, each alone in MPI: the first says so, none works."""
    words = (FRAY, "run", "s.yaml", "-o", "out", "--no-report")
    step = {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "3", "SLURM_STEP_NUM_TASKS": "3",
            "SLURM_STEP_ID": "0", "SLURM_STEPID": "0"}
    for what, rank, variables, part in (
            ("srun", "SLURM_PROCID", step, by_srun()),
            ("another MPI's mpirun", "PMI_RANK", {"PMI_SIZE": "3"}, "the mpirun (mpiexec) that belongs"),
            ("PALS", "PALS_RANKID", {}, "Cray PALS"), ("ALPS", "ALPS_APP_PE", {}, "aprun")):
        if what != "srun" and not is_open_mpi():
            continue  # MPICH's own variables
        rooms = [bench.session / str(k) for k in range(3)]  # two that make one folder at once fail in Open MPI
        for room in rooms:
            room.mkdir(exist_ok=True)
        processes = [subprocess.Popen(words, cwd=bench.folder, text=True, stderr=subprocess.PIPE,
                                      env={**os.environ, **variables, rank: str(k),
                                           "OMPI_MCA_orte_tmpdir_base": str(rooms[k])})
                     for k in range(3)]
        said = [process.communicate(timeout=60)[1] for process in processes]
        codes = [process.returncode for process in processes]
        lone = what in ("PALS", "ALPS")  # it tells no size, so the first of its processes may be the only one
        bench.check(codes == ([0] if lone else [2]) + [2, 2], f"{what}: exit codes {codes}: {said}")
        text = "\n".join("\n".join(complaint(one)) for one in said)
        if lone:
            subprocess.run(["rm", "-rf", bench.folder / "out"], check=True)
            continue
        bench.check(part in text and text.count("error") == 1, f"{what}: {text}")
        bench.check(not (bench.folder / "out").exists(), f"{what}: out was written")
    # In the script of a job it works, and says what is not used.
    said = bench.good(*words[1:3], "-o", "script", "--no-report", env={
        "SLURM_JOB_ID": "7", "SLURM_NTASKS": "4", "SLURM_PROCID": "0"}).stderr
    bench.check("this Slurm job has 4 tasks, but fray runs as one process: " + by_srun() in said,
                said)
    # A step of one task is a process by itself.
    bench.good(*words[1:3], "-o", "step", "--no-report", env={
        **step, "SLURM_NTASKS": "1", "SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"})
    bench.same_tables("script", "step", "alone in a job")


def ranks(bench):
    for given in (("-n", "4"), ("-np", "2")):
        bench.refused(" ".join(given), bench.run("run", *given, "s.yaml", "-o", "out"),
                      [f"mpirun -n {given[1]} fray run s.yaml -o out"])


def main():
    bench = Bench()
    bench.synth()
    bench.write("s.yaml", SMALL)
    bench.good("run", "s.yaml", "-o", "done", "--no-report")
    if is_sanitized():
        print("sanitizers take the address space: no limits are tried")
    else:
        address_space(bench)
        open_files(bench)
        under_mpirun(bench)
    threads(bench)
    launchers(bench)
    ranks(bench)
    bench.end()


if __name__ == "__main__":
    main()
