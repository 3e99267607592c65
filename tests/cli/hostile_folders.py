#!/usr/bin/env python3
"""Results folders that somebody else made: links, pipes, sockets, folders and endless files under the names of what a run
leaves, and names in files that lead outside. Each command ends at once with exit code 2 and the name, reads nothing
outside and writes nothing there."""
import json
import os
import shutil
import socket
import subprocess
import time

from bench import FRAY, Bench, change

SCENARIO = """\
name: t
seeds: [1]
data: {shards: data, modalities: [feature]}
model: {fusion: concat, hidden: 4, head: 0}
training: {rounds: 1, clients_per_round: 1, local: {batch: 12}}
tests: {gone: {kind: missing_modality, modalities: [feature], rate: [0.5]}}
evaluate: {metrics: [accuracy], groups: [site], save_scores: true}
"""
SECRET = "root:x:0:0:precious\n"
READERS = (("status", "bad"), ("show", "bad"), ("report", "bad", "-o", "out"), ("compare", "good", "bad", "-o", "out"),
           ("merge", "bad", "-o", "out"), ("evaluate", "bad", "--tests", "more.yaml"), ("guard", "bad", "gate.yaml", "-o", "out"),
           ("matrix", "good", "bad", "-o", "out"), ("card", "bad"), ("lastmile", "bad", "-o", "out"))
FILES = ("state", "status.json", "provenance.json", "scenario.yaml", "cells.yaml", "checksums.txt", "results.h5", "trials.csv",
         "scores.csv", "rounds.csv", "positions", "parts/*.h5", "models/*-best.h5", "lock", "strengths.csv", "columns.csv")


def make(bench):
    bench.synth("data", clients=3, test_clients=2, samples=6)
    bench.write("s.yaml", SCENARIO)
    bench.write("gate.yaml", "gate: {scores: [disagreement], false_refusal: 0.5}\nadherence: {c: {kind: conflict, modalities: [feature], rate: 1}}\n")
    bench.write("more.yaml", "tests: {more: {kind: missing_modality, modalities: [feature], rate: 1}}\n")
    bench.good("run", "s.yaml", "-o", "good", "--no-report")
    bench.write("outside/secret", SECRET)
    os.mkfifo(bench.folder / "pipe")


def listening(path):
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)
    os.chdir(here)


def endless(path):
    with open(path, "wb") as file:
        file.truncate(1 << 42)


def kinds(bench):
    return {"a link outside": lambda path: path.symlink_to(bench.folder / "outside/secret"), "a pipe": os.mkfifo,
            "a link to a device": lambda path: path.symlink_to("/dev/zero"), "a loop": lambda path: path.symlink_to(path.name),
            "a link to a pipe": lambda path: path.symlink_to(bench.folder / "pipe"), "a socket": listening,
            "a folder": lambda path: path.mkdir(), "a link to nothing": lambda path: path.symlink_to("nowhere")}


def lay(bench, name, put):
    """A copy of the good folder, with something else under one name."""
    bad = bench.folder / "bad"
    shutil.rmtree(bad, ignore_errors=True)
    shutil.rmtree(bench.folder / "out", ignore_errors=True)
    shutil.copytree(bench.folder / "good", bad)
    path = min(bad.glob(name))
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    put(path)
    return path


def ends(bench, what, words, codes):
    """In time, by no signal, with one message; and nothing outside was read or written."""
    start = time.monotonic()
    try:
        done = subprocess.run([FRAY, *words], cwd=bench.folder, env={**os.environ, **bench.single()}, capture_output=True, timeout=60,
                              stdin=subprocess.DEVNULL, check=False)
    except subprocess.TimeoutExpired:
        return bench.check(False, f"{what}: does not end")
    said = (done.stdout + done.stderr).decode("utf-8")
    bench.check(done.returncode in codes, f"{what}: exit code {done.returncode}: {said[-300:]}")
    bench.check("precious" not in said, f"{what}: tells what lies outside: {said[-300:]}")
    bench.check(time.monotonic() - start < 30, f"{what}: {time.monotonic() - start:.0f} s")
    if done.returncode == 2:
        bench.check(said.count("error: ") == 1, f"{what}: {said}")
        bench.check(not (bench.folder / "out").exists(), f"{what}: something was written")
    outside = {p.name: p.read_text(encoding="utf-8") for p in (bench.folder / "outside").iterdir()}
    bench.check(outside == {"secret": SECRET}, f"{what}: written outside: {outside}")
    return said


def strange_files(bench):
    """Each file with every other kind, each by one reader in turn: all kinds and readers meet."""
    turn = 0
    for k, name in enumerate(FILES):
        for what, put in list(kinds(bench).items())[k % 2::2]:
            path = lay(bench, name, put)
            words = READERS[(turn + k // 4) % len(READERS)]
            turn += 1
            said = ends(bench, f"{name}: {what}: {words[0]}", words, (2,))
            bench.check(said and str(path.relative_to(bench.folder)) in said, f"{name}: {what}: {words[0]} does not name it: {said}")


def strange_folders(bench):
    """Folders that are links: nothing is written behind them, by who goes on with a run either."""
    writers = READERS + (("run", "s.yaml", "-o", "bad", "--resume", "--no-report"), ("run", "s.yaml", "-o", "bad", "--overwrite"))
    for name in ("parts", "models", "checkpoints"):
        for words in (writers if name == "parts" else writers[5:6] + writers[-2:]):
            lay(bench, name, lambda path: path.symlink_to(bench.folder / "outside"))
            ends(bench, f"{name}: {words[0]} {words[-2]}", words, (2,))
    # Whoever goes on with a run makes its tables anew, in the place of a link.
    for name in ("trials.csv", "results.h5", "positions", "status.json", "state"):
        lay(bench, name, lambda path: path.symlink_to(bench.folder / "outside/secret"))
        ends(bench, f"{name}: resume", ("run", "s.yaml", "-o", "bad", "--resume", "--no-report"), (0, 2))


def large_files(bench):
    """Sizes are looked at first: four terabytes of nothing take neither time nor memory."""
    for name, words in (("trials.csv", READERS[1]), ("scenario.yaml", READERS[4]), ("provenance.json", READERS[6]), ("state", READERS[0]),
                        ("checksums.txt", READERS[2]), ("cells.yaml", READERS[2]), ("positions", READERS[0]), ("status.json", READERS[0]),
                        ("results.h5", READERS[7]), ("parts/*.h5", READERS[4]), ("models/*-best.h5", READERS[6])):
        lay(bench, name, endless)
        ends(bench, f"{name} of 4 TiB: {words[0]}", words, (0, 2))


def names_in_files(bench):
    """What a file says of other files is compared, not opened."""
    secret = str(bench.folder / "outside/secret")
    for target in ("../outside/secret", secret):
        def listed(path):
            path.write_text("".join(f"{'0' * 32}  {target}\n" for _ in range(2)), encoding="utf-8")
        lay(bench, "checksums.txt", listed)
        for words in (READERS[1], READERS[2], READERS[5]):
            shutil.rmtree(bench.folder / "out", ignore_errors=True)
            ends(bench, f"checksums.txt lists {target}: {words[0]}", words, (0, 2))
        shutil.rmtree(bench.folder / "out", ignore_errors=True)
        bad = lay(bench, "checksums.txt", lambda path: None)
        trials = bad.parent / "trials.csv"
        name = next(iter(bench.rows("good", "trials.csv")))
        trial = bench.rows("good", "trials.csv")[0]["trial"]
        bench.check(name == "trial" or trial, "trials.csv has no trial")
        for table in ("trials.csv", "scores.csv"):
            path = bad.parent / table
            path.write_text(path.read_text(encoding="utf-8").replace(trial, target), encoding="utf-8")
        bench.check(target in trials.read_text(encoding="utf-8"), "nothing was planted")
        for words in (READERS[1], READERS[6], READERS[7]):
            shutil.rmtree(bench.folder / "out", ignore_errors=True)
            ends(bench, f"a trial {target}: {words[0]}", words, (0, 2))
    shutil.rmtree(bench.folder / "out", ignore_errors=True)
    bad = lay(bench, "checksums.txt", lambda path: None).parent
    record = json.loads((bad / "provenance.json").read_text(encoding="utf-8"))
    record["command"] = [secret, "../../x"]
    (bad / "provenance.json").write_text(json.dumps(record), encoding="utf-8")
    text = (bad / "scenario.yaml").read_text(encoding="utf-8")
    (bad / "scenario.yaml").write_text(change(text, str(bench.folder / "data"), "/dev/zero"), encoding="utf-8")
    for words in (READERS[5], READERS[2]):
        ends(bench, f"shards in /dev: {words[0]}", words, (0, 2))


def positions(bench):
    """Of wrong sizes and words; and who goes on with such a run."""
    good = (bench.folder / "good/positions").read_bytes()
    for what, data in (("empty", b""), ("cut", good[:100]), ("odd", good + b"x"), ("turned", bytes(255 - b for b in good)), ("text", b"x" * 9000)):
        for words in (("status", "bad"), ("run", "s.yaml", "-o", "bad", "--resume", "--no-report")):
            lay(bench, "positions", lambda path: path.write_bytes(data))
            ends(bench, f"positions {what}: {words[0]}", words, (0, 2))


def main():
    bench = Bench()
    bench.parts(make, strange_files, strange_folders, large_files, names_in_files, positions)
    bench.end()


if __name__ == "__main__":
    main()
