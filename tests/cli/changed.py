#!/usr/bin/env python3
"""Data that change after a study began: what goes on with it refuses, what is at work stops."""
import json
import os
import shutil
import subprocess
import time

from bench import FRAY, Bench, complaint, on_ranks
from faults import ONE


def touch(path, seconds=1_000_000_000):
    os.utime(path, (seconds, seconds))


def listed(bench, shards):
    """provenance.json says what was read."""
    sets = json.loads((bench.folder / "out/provenance.json").read_text())["data_sets"]
    bench.check(len(sets) == 1 and sets[0]["shards"] == str(bench.folder / "data"), "one data set")
    bench.check(sets[0]["modalities"] == "feature,series" and len(sets[0]["index_hash"]) == 16,
                "its modalities and hash")
    files = sets[0]["files"]
    bench.check([f["path"] for f in files] == [str(s) for s in shards], "its files")
    for file, shard in zip(files, shards):
        bench.check(file["bytes"] == shard.stat().st_size, "its size")
        bench.check(int(file["modified"].replace(".", "")) == shard.stat().st_mtime_ns, "its time")
        bench.check(len(file["values_hash"]) == 16, "the hash of its values")


def stays(bench, before, what, result, parts):
    """Refused, and the folder is as it was."""
    bench.refused(what, result, parts, absent=())
    after = {p: p.stat().st_mtime_ns for p in (bench.folder / "out").rglob("*") if p.is_file()}
    bench.check(before == after, f"{what}: files were written")


def between_runs(bench, shards):
    bench.good("run", "one.yaml", "-o", "out", "--no-report")
    listed(bench, shards)
    keep = bench.folder / "keep"
    shutil.copytree(bench.folder / "data", keep)
    resume = ("run", "one.yaml", "-o", "out", "--no-report", "--resume")
    bench.write("more.yaml", "tests: {more: {kind: missing_modality, rate: 0.7}}\n")
    evaluate = ("evaluate", "out", "--tests", "more.yaml")
    # The time alone, with equal content: fine, and remembered.
    touch(shards[0])
    bench.good(*resume)
    listed(bench, shards)
    before = {p: p.stat().st_mtime_ns for p in (bench.folder / "out").rglob("*") if p.is_file()}
    # A value that the attribute values_hash does not speak of.
    bench.edit("set", shards[1], "/modalities/feature/values", 3, 0.125)
    for what, call in (("resume", resume), ("evaluate", evaluate)):
        stays(bench, before, f"{what} with a changed value", bench.run(*call),
              [shards[1].name, "changed since the run in out began", "values_hash"])
    stays(bench, before, "resume with a changed value, 2 ranks", bench.run(*resume, ranks=2),
          [shards[1].name, "changed since the run in out began"])
    check = ("check", "one.yaml", "--verify")
    bench.refused("check --verify", bench.run(*check), [shards[1].name, "values_hash"], absent=())
    # A label: another index.
    shutil.copy(keep / shards[1].name, shards[1])
    bench.edit("set", shards[1], "/samples/label", 0, 1)
    bench.edit("set", shards[1], "/samples/label", 1, 1)
    stays(bench, before, "resume with a changed label", bench.run(*resume),
          [shards[1].name, "changed since the run in out began"])
    # A shard less, and back.
    shards[1].unlink()
    for ranks in (0, 2):
        stays(bench, before, f"resume without a shard, {ranks} ranks", bench.run(*resume, ranks=ranks),
              [shards[1].name, "the shard is gone since the run in out began"])
    shutil.copy(keep / shards[1].name, shards[1])
    bench.good(*evaluate)
    # Sets of other modalities lie in the same files, which are read once.
    bench.write("sets.yaml", ONE + "controls: [unimodal]\n")
    for ranks, scenario in ((0, "one"), (2, "one"), (0, "sets")):
        said = bench.good("check", f"{scenario}.yaml", "--verify", ranks=ranks).stdout
        bench.check("values       2 shards, 0.0 MiB, hashed anew: all as" in said, f"{scenario}: {said}")


def wait_for(path, process):
    end = time.monotonic() + 60
    while not path.exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.002)


SETS = ("--set", "training.rounds=1500", "--set", "evaluate.every=500")


def while_running(bench, shards, ranks):
    """Touched after the plan was made: the trials that read it give no part, on any team."""
    folder = f"busy-{ranks}"
    command = [FRAY, "run", "one.yaml", "-o", folder, "--no-report", "--checkpoint-every", "100",
               *SETS]
    if ranks:
        command = on_ranks(ranks, *command)
    process = subprocess.Popen(command, cwd=bench.folder, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    wait_for(bench.folder / folder / "state", process)
    touch(shards[1], 1_100_000_000 + ranks)
    stderr = process.communicate(timeout=120)[1]
    text = "\n".join(line for line in complaint(stderr) if line.startswith("fray run:"))
    print(f"while running, {ranks} ranks: {text}")
    state = (bench.folder / folder / "state").read_text()
    bench.check(process.returncode == 1, f"exit code {process.returncode}")
    for part in (shards[1].name, "changed since the run began", "trial ", "seed "):
        bench.check(part in text and part in state, f"'{part}' is not said")
    left = [p.name for p in (bench.folder / folder).rglob("*.h5")]
    bench.check(not left, f"something of the trials was written: {left}")
    bench.good("run", "one.yaml", "-o", folder, "--no-report", "--resume", *SETS)
    bench.same_tables(folder, "calm", f"resumed after a touch, {ranks} ranks")


def main():
    bench = Bench()
    shards = bench.synth(shards=2)
    bench.write("one.yaml", ONE)
    between_runs(bench, shards)
    bench.good("run", "one.yaml", "-o", "calm", "--no-report", *SETS)
    for ranks in (0, 3):
        while_running(bench, shards, ranks)
    bench.end()


if __name__ == "__main__":
    main()
