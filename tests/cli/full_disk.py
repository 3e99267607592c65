#!/usr/bin/env python3
"""A full disk, at any moment: exit code 1, one message, `state` says it, nothing half-written; the
last checkpoint is kept, and with more room --resume goes on. A folder that cannot be written."""
import os
import subprocess
import sys

from bench import TABLES, Bench, change, complaint, halves
from faults import ONE

RUN = ("run", "one.yaml", "-o", "disk/out", "--no-report", "--checkpoint-every", "1")


def mount(folder, *options):
    """A tmpfs, or another size or mode of the one that is there."""
    folder.mkdir(exist_ok=True)
    return subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "fray", folder],
                          capture_output=True, check=False).returncode == 0


def check_left(bench, disk, whole):
    """What a failed run leaves."""
    left = halves(disk)
    bench.check(not left, f"temporary files are left: {left}")
    state = disk / "out" / "state"
    if state.exists():  # else not even that fitted
        bench.check(state.read_text().startswith("failed: "), f"state: {state.read_text()}")
        status = bench.good("status", "disk/out").stdout
        bench.check("state       failed: " in status, f"status: {status}")
    for name in TABLES:
        table = disk / "out" / name
        bench.check(not table.exists() or table.read_bytes() == (whole / name).read_bytes(),
                    f"{name} is half-written")


def run_on(bench, disk, whole, ranks):
    """Runs on the mounted disk; True if all fitted."""
    result = bench.run(*RUN, ranks=ranks)
    lines = complaint(result.stderr)
    text = [line for line in lines if line.startswith("fray run:")]
    if result.returncode == 0:
        return True
    print(text)
    bench.check(result.returncode == 1, f"exit code {result.returncode}: {lines[-3:]}")
    bench.check(len(text) == 1 and lines[-1] == text[0], f"not one message: {lines[-3:]}")
    bench.check("No space left on device" in result.stderr and len(text[0]) < 400, "the reason")
    check_left(bench, disk, whole)
    return False


def go_on(bench, disk):
    """With room enough; True if there was a checkpoint to go on from."""
    kept = list(disk.glob("out/checkpoints/*.state"))
    again = ("--resume",) if (disk / "out" / "state").exists() else ()
    bench.check(mount(disk, "remount", "size=4m"), "the disk cannot grow")
    result = bench.good(*RUN, *again)
    said = "go on from a checkpoint" in result.stderr
    bench.check(said == bool(kept), f"{len(kept)} checkpoints: {result.stderr}")
    bench.same_tables("disk/out", "whole", f"resumed with more room, {len(kept)} checkpoints")
    return bool(kept)


def any_size(bench, disk):
    fitted = resumed = 0
    for i, kib in enumerate((*range(8, 240, 20), 2048)):
        if not mount(disk, f"size={kib}k"):
            print("a small disk needs root and the right to mount")
            sys.exit(77)
        try:
            if run_on(bench, disk, bench.folder / "whole", ranks=2 if i % 3 == 2 else 0):
                fitted += 1
            else:
                resumed += go_on(bench, disk)
        finally:
            subprocess.run(["umount", disk], check=True)
    print(f"{fitted} fitted, {resumed} went on from a checkpoint")
    bench.check(1 <= fitted <= 12, f"{fitted} disks were large enough")
    bench.check(resumed >= 1, "no run went on from a checkpoint")


def files(folder):
    return {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in folder.rglob("*")}


def read_only(bench, disk):
    """Neither a new run nor one that goes on; what is there stays, and can be looked at."""
    assert mount(disk, "size=4m")
    try:
        bench.good(*RUN, "--set", "training.rounds=2")
        (disk / "empty").mkdir()
        before = files(disk)
        assert mount(disk, "remount", "ro")
        calls = {"a run into a new folder": ("run", "one.yaml", "-o", "disk/new"),
                 "a run into an empty folder": ("run", "one.yaml", "-o", "disk/empty"),
                 "a resume": (*RUN, "--resume", "--set", "training.rounds=2"),
                 "an evaluation": ("evaluate", "disk/out", "--tests", "more.yaml")}
        bench.write("more.yaml", "tests: {more: {kind: missing_modality, rate: 0.7}}\n")
        for what, call in calls.items():
            for ranks in (0, 2):
                result = bench.run(*call, ranks=ranks)
                lines = complaint(result.stderr)
                print(f"{what}: {result.returncode}: {lines}")
                bench.check(result.returncode == 2, f"{what}: exit code {result.returncode}")
                bench.check(len(lines) == 1 and "Read-only file system" in lines[0],
                            f"{what}: {lines}")
        bench.check("state       done" in bench.good("status", "disk/out").stdout, "status")
        bench.check(files(disk) == before, "the folder changed")
    finally:
        subprocess.run(["umount", disk], check=True)


def main():
    bench = Bench()
    bench.synth()
    bench.write("one.yaml", change(ONE, "rounds: 3", "rounds: 6"))
    bench.good("run", "one.yaml", "-o", "whole", "--no-report")
    disk = bench.folder / "disk"
    if os.geteuid() != 0:
        print("a small disk needs root and the right to mount")
        sys.exit(77)
    any_size(bench, disk)
    read_only(bench, disk)
    bench.end()


if __name__ == "__main__":
    main()
