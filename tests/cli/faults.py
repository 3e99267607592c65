#!/usr/bin/env python3
"""Real faults end the run with a message and exit code 1: a rank that cannot read, a lost shard."""
import subprocess
import time

from bench import FRAY, MPIRUN, SCENARIO, Bench, change, complaint, halves

ONE = change(change(SCENARIO, "sweep:\n  - grid: {method: [att, cat], lost.rate: [0, 0.4]}\n", ""),
             "reference: {method: att, lost.rate: 0}\n", "")


def ended(bench, what, code, stderr, folder, parts):
    text = "\n".join(line for line in complaint(stderr) if line.startswith("fray run:"))
    state = (bench.folder / folder / "state").read_text(encoding="utf-8")
    print(f"{what}: {text}")
    bench.check(code == 1, f"{what}: exit code {code}")
    bench.check("\n" not in text, f"{what}: more than one message")
    for part in parts:
        bench.check(part in text and part in state, f"{what}: '{part}' is not said")
    bench.check(state.startswith("failed: "), f"{what}: state is {state}")
    bench.check(not (bench.folder / folder / "trials.csv").exists(), f"{what}: trials.csv")
    left = halves(bench.folder / folder)
    bench.check(not left, f"{what}: temporary files are left: {left}")


def lost_rank(bench):
    """The second rank starts where the relative path of the shards leads nowhere."""
    (bench.folder / "empty").mkdir()
    words = [FRAY, "run", "one.yaml", "-o", "rank", "--no-report", "--ranks-per-trial", "2"]
    command = [MPIRUN, "-n", "1", *words, ":", "-n", "1", "env", "-C", "empty", *words]
    result = bench.run_command(command)
    ended(bench, "a rank without shards", result.returncode, result.stderr, "rank",
          ["trial ", "seed 3", "round 1", "client ", "No such file"])


def lost_shard(bench):
    """The test samples' shard goes while the training ones are read; it is needed at the end."""
    shards = bench.synth("parted", clients=6, test_clients=6, shards=2)
    bench.check(len(shards) == 2, f"{len(shards)} shards")
    process = subprocess.Popen(
        [FRAY, "run", "one.yaml", "-o", "shard", "--no-report", "--set", "data.shards=parted",
         "--set", "training.rounds=20000", "--set", "evaluate.every=2000"],
        cwd=bench.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    state = bench.folder / "shard" / "state"
    end = time.monotonic() + 60
    while not state.exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.002)
    shards[1].unlink()
    try:
        stderr = process.communicate(timeout=120)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        stderr = process.communicate()[1]
        bench.check(False, "the run goes on without its shard")
    ended(bench, "a shard that vanished", process.returncode, stderr, "shard",
          ["trial ", "seed 3", shards[1].name, "No such file"])


def main():
    bench = Bench()
    bench.synth()
    bench.write("one.yaml", ONE)
    bench.parts(lost_rank, lost_shard)
    bench.end()


if __name__ == "__main__":
    main()
