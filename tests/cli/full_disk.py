#!/usr/bin/env python3
"""A full disk, at any moment: exit code 1, one message, `state` says it, nothing half-written."""
import os
import subprocess
import sys

from bench import TABLES, Bench, complaint
from faults import ONE


def mount(folder, kib):
    folder.mkdir(exist_ok=True)
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "fray", folder],
                          capture_output=True, check=False).returncode == 0


def run_on(bench, disk, whole):
    """Runs on the mounted disk; True if all fitted."""
    result = bench.run("run", "one.yaml", "-o", "disk/out", "--no-report")
    lines = complaint(result.stderr)
    text = [line for line in lines if line.startswith("fray run:")]
    if result.returncode == 0:
        return True
    print(text)
    bench.check(result.returncode == 1, f"exit code {result.returncode}: {lines[-3:]}")
    bench.check(len(text) == 1 and lines[-1] == text[0], f"not one message: {lines[-3:]}")
    bench.check("No space left on device" in result.stderr and len(text[0]) < 400, "the reason")
    left = [p.name for p in disk.rglob("*.tmp")]
    bench.check(not left, f"temporary files are left: {left}")
    state = disk / "out" / "state"
    if state.exists():  # else not even that fitted
        bench.check(state.read_text().startswith("failed: "), f"state: {state.read_text()}")
    for name in TABLES:
        table = disk / "out" / name
        bench.check(not table.exists() or table.read_bytes() == (whole / name).read_bytes(),
                    f"{name} is half-written")
    return False


def main():
    bench = Bench()
    bench.synth()
    bench.write("one.yaml", ONE)
    bench.good("run", "one.yaml", "-o", "whole", "--no-report")
    disk = bench.folder / "disk"
    fitted = 0
    for kib in (*range(16, 200, 12), 2048):
        if os.geteuid() != 0 or not mount(disk, kib):
            print("a small disk needs root and the right to mount")
            sys.exit(77)
        try:
            fitted += run_on(bench, disk, bench.folder / "whole")
        finally:
            subprocess.run(["umount", disk], check=True)
    bench.check(1 <= fitted <= 8, f"{fitted} disks were large enough")
    bench.end()


if __name__ == "__main__":
    main()
