#!/usr/bin/env python3
"""Measures what docs/scaling.md reports: bytes of rounds, time of exchanges, and what a model says.

    export FRAY_BINARY=build/fray FRAY_SOURCE_DIR=.
    tests/cluster/measure_scaling.py build/tests/fed/test_traffic_1

Exchanges are timed between two ranks in shared memory and between two hosts of namespaces
(hosts.py) whose link is as it comes or slowed to a known rate. alpha is from the smallest exchange,
beta from that of 0.8 MB or from the known rate. They predict the time of a round's exchanges.
"""
import math
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import hosts as two_hosts  # noqa: E402
from hosts import LINK, MPIRUN, Bench, Hosts, launcher  # noqa: E402

SIZES = ((1, 400), (128, 400), (1250, 200), (10_000, 100), (100_000, 40), (1_000_000, 10))
UNITS = ((85, 40), (290, 20), (900, 10))  # hidden units: 1e4, 1e5 and 1e6 parameters, about
LINKS = (("as it comes", None, None), ("1 Gbit/s", "1gbit", 1.25e8),
         ("100 Mbit/s", "100mbit", 1.25e7))


def numbers(command, folder):
    result = subprocess.run([*map(str, command)], cwd=folder, capture_output=True, text=True,
                            timeout=300, check=True)
    return [float(word) for word in result.stdout.split()]


def exchange_time(alpha, beta, ranks, size):
    """Of an allreduce: out and back, log2(P) steps each."""
    return 2 * math.log2(ranks) * alpha + 2 * size * beta


def measure(title, start, program, folder, rate=None):
    """rate: bytes a second of the link, where it is known; beta then comes from nowhere else."""
    points = []
    for n, repeats in SIZES:
        _, size, seconds = numbers([*start, program, n, repeats], folder)
        points.append((size, seconds))
    alpha = points[0][1] / 2
    beta = 1 / rate if rate else points[4][1] / points[4][0] / 2
    print(f"\n{title}: alpha {alpha * 1e6:.1f} us, beta {beta * 1e9:.3f} ns/byte "
          f"({'given' if rate else 'measured'})")
    for size, seconds in points:
        print(f"  {size:9.0f} bytes  measured {seconds * 1e6:10.1f} us  "
              f"model {exchange_time(alpha, beta, 2, size) * 1e6:10.1f} us")
    for units, rounds in UNITS:
        row = numbers([*start, program, units, 10, rounds], folder)
        parameters, cohort, _, calls, counted, closed, seconds, waited = row
        small = (calls - 1) * exchange_time(alpha, beta, 2, (counted - 8 * parameters) / 5)
        model = small + exchange_time(alpha, beta, 2, 8 * parameters)
        print(f"  round: {parameters:.0f} parameters, cohort {cohort:.0f}: {calls:.0f} calls, "
              f"{counted:.0f} bytes (closed form {closed:.0f}); {seconds * 1e3:.2f} ms, "
              f"in exchanges {waited * 1e3:.2f} ms, model {model * 1e3:.2f} ms", flush=True)


def volumes(program, folder):
    print("parameters, cohort, ranks, calls, bytes counted, bytes of the closed form")
    for units, cohort, ranks in ((85, 10, 2), (290, 10, 2), (900, 10, 2), (2900, 10, 2),
                                 (290, 1, 2), (290, 100, 2), (290, 1000, 2), (290, 10, 3),
                                 (290, 10, 8)):
        row = numbers([MPIRUN, "-n", ranks, program, units, cohort, 2], folder)
        print(" ".join(f"{value:.0f}" for value in row[:6]), flush=True)


def inside(program, names):
    bench = Bench()
    hosts = Hosts(names, bench.folder)
    volumes(program, bench.folder)
    measure("shared memory", [MPIRUN, "-n", 2], program, bench.folder)
    for title, shape, rate in LINKS:
        for host in (0, 1) if shape else ():
            enter = ["nsenter", "--target", str(hosts.holder.pid), "--net"] if host else []
            subprocess.run([*enter, "tc", "qdisc", "replace", "dev", LINK, "root", "tbf",
                            "rate", shape, "burst", "64kb", "latency", "100ms"], check=True)
        measure(f"two hosts, {title}", launcher(bench, hosts, 2), program, bench.folder, rate)
    hosts.end()


if __name__ == "__main__":
    if len(sys.argv) == 4:
        inside(sys.argv[1], sys.argv[2:])
    else:
        two_hosts.outside(__file__, str(pathlib.Path(sys.argv[1]).resolve()))
