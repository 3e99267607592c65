#!/usr/bin/env python3
"""Manifests: one flipped bit in any file of a finished folder is named, and so is what was removed, added,
renamed or cut; no later command makes a change good; sha256sum takes the sums; the chain of folders that
were made from one another; a run that was killed; manifests of others."""
import json
import random
import shutil
import subprocess

from bench import SCENARIO, Bench, change

STUDY = change(SCENARIO, "trial: [3, 5]", "trial: [3]")
DRAW = random.Random(20261129)


def paths(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def listed(bench, folder):
    path = bench.folder / folder / place(folder) / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8"))


def place(folder):
    """Hidden among shards: what a folder of them shows is shards."""
    return ".provenance" if folder == "data" else "provenance"


def flip(path):
    data = bytearray(path.read_bytes())
    data[DRAW.randrange(len(data))] ^= 1 << DRAW.randrange(8)
    path.write_bytes(data)


def copy(bench, name, to):
    shutil.rmtree(bench.folder / to, ignore_errors=True)
    shutil.copytree(bench.folder / name, bench.folder / to)
    return bench.folder / to


def verify(bench, what, code, *folders, parts=(), absent=()):
    result = bench.run("verify", *folders)
    text = result.stdout + result.stderr
    bench.check(result.returncode == code, f"{what}: exit code {result.returncode}: {text}")
    for part in parts:
        bench.check(part in text, f"{what}: '{part}' is not in {text}")
    for part in absent:
        bench.check(part not in text, f"{what}: '{part}' is in {text}")
    return text


def all_is_listed(bench):
    """Every file but locks, the manifest and its sums, in order; and sha256sum agrees."""
    for folder in ("r", "data"):
        names = [f["name"] for f in listed(bench, folder)["assertions"]]
        there = [n for n in paths(bench.folder / folder)
                 if n not in ("lock", "lock.ranks") and not n.startswith(f"{place(folder)}/")]
        bench.check(names == sorted(there, key=str.encode), f"{folder}: {set(names) ^ set(there)}")
        sums = subprocess.run(["sha256sum", "-c", "--strict", "--quiet", f"{place(folder)}/SHA256SUMS"],
                              cwd=bench.folder / folder, capture_output=True, text=True, check=False)
        bench.check(sums.returncode == 0, f"{folder}: sha256sum: {sums.stdout}{sums.stderr}")
    verify(bench, "all", 0, "r", "data", parts=("as listed", "made from   data  (as it is)"))
    shown = [p.name for p in (bench.folder / "data").glob("[!.]*")]
    bench.check(shown and all(name.endswith(".h5") for name in shown), f"among shards: {shown}")
    bench.check(bench.run("verify", "-q", "r").stdout == "", "quiet")


def bits(bench):
    """Of every file of one folder at once, and of single files, alone."""
    root = copy(bench, "r", "bits")
    names = [n for n in paths(root) if not n.startswith(("lock", "provenance/"))]
    for name in names:
        flip(root / name)
    text = verify(bench, "a bit of each", 1, "bits")
    lines = [line.split() for line in text.splitlines()]
    bench.check([w[1] for w in lines if w and w[0] == "changed"] == sorted(names, key=str.encode),
                "not every file is named")
    for name in ("results.h5", "state", "figures/curve1-lost-rate.png", "provenance/SHA256SUMS"):
        root = copy(bench, "r", "bits")
        flip(root / name)
        text = verify(bench, name, 1, "bits", parts=(name,))
        bench.check(text.count("changed ") == 1, f"{name}: {text}")
    for _ in range(8):  # refused where it is no longer what fray writes, or told by the sums
        root = copy(bench, "r", "bits")
        flip(root / "provenance/manifest.json")
        result = bench.run("verify", "bits")
        bench.check(result.returncode in (1, 2) and "provenance/" in result.stdout + result.stderr
                    and "manifest.json" in result.stdout + result.stderr,
                    f"the manifest: {result.returncode}: {result.stdout}{result.stderr}")


def files_come_and_go(bench):
    root = copy(bench, "r", "moved")
    (root / "scores.csv").rename(root / "scores-of-mine.csv")
    (root / "trials.csv").unlink()
    whole = (root / "rounds.csv").read_bytes()
    (root / "rounds.csv").write_bytes(whole[:-1])
    (root / "models/notes").mkdir()
    (root / "models/notes/a\nb\x1b[31m").write_text("mine")
    (root / "cells.yaml").unlink()
    (root / "cells.yaml").symlink_to(bench.folder / "r/cells.yaml")
    (root / "provenance/SHA256SUMS.asc").write_text("a signature")
    text = verify(bench, "files", 1, "moved", parts=(
        "missing     scores.csv\n", "added       scores-of-mine.csv\n", "missing     trials.csv\n",
        f"changed     rounds.csv  ({len(whole) - 1} bytes, {len(whole)} are listed)\n",
        "added       models/notes/a?b?[31m\n", "changed     cells.yaml  (is a link, no file)\n"))
    bench.check(len(text.splitlines()) == 8, f"more is amiss: {text}")
    (root / "provenance/SHA256SUMS").unlink()
    verify(bench, "no sums", 1, "moved", parts=("changed     provenance/SHA256SUMS  (is missing)",))


def no_laundering(bench):
    """A report over a changed folder hashes what it wrote, and nothing else."""
    root = copy(bench, "r", "washed")
    model = sorted(p.name for p in (root / "models").iterdir())[0]
    flip(root / "models" / model)
    (root / "parts/0123456789abcdef.h5").write_bytes(b"mine")
    (root / "ledgers").mkdir()
    (root / "strengths.csv").unlink()
    flip(root / "tables/methods.tex")  # the report writes it anew
    said = bench.good("report", "washed").stderr
    for part in (f"models/{model} (changed)", "parts/0123456789abcdef.h5 (not listed)", "strengths.csv (missing)"):
        bench.check(part in said, f"'{part}' is not in {said}")
    text = verify(bench, "washed", 1, "washed", parts=(
        f"changed     models/{model}\n", "added       parts/0123456789abcdef.h5\n", "missing     strengths.csv\n",
        "last: 'fray report washed'"), absent=("methods.tex",))
    bench.check(len(text.splitlines()) == 5, f"more is amiss: {text}")
    # A manifest that was edited is left as it is, and vouches for nothing.
    path = root / "provenance/manifest.json"
    path.write_text(path.read_text().replace('"action": 0', '"action": 1'))
    edited = path.read_bytes()
    said = bench.good("report", "washed").stderr
    bench.check("the manifest could not be written: washed/provenance/SHA256SUMS does not list" in said, said)
    bench.check(path.read_bytes() == edited, "an edited manifest was replaced")


def grow(bench, folder, rounds):
    """The least that another command of the folder does."""
    return bench.good("run", "one.yaml", "-o", folder, "--resume", "--no-report", "-q",
                      "--set", f"training.rounds={rounds}", "--set", "seeds=[1]").stderr


def killed_between(bench):
    """The new manifest is in place and its sums are not yet: told, and the next command goes on."""
    for case in ("later", "early"):
        root = copy(bench, "r", case)
        sums, manifest = root / "provenance/SHA256SUMS", root / "provenance/manifest.json"
        before = sums.read_bytes()
        if case == "later":
            grow(bench, case, 7)
            sums.write_bytes(before)
            verify(bench, case, 1, case, parts=("changed     provenance/SHA256SUMS  (is of the command before",))
        else:
            sums.unlink()
        actions = len(json.loads(manifest.read_text())["actions"])
        said = grow(bench, case, 8)
        bench.check("manifest" not in said, said)
        bench.check(len(json.loads(manifest.read_text())["actions"]) == actions + 1, f"{case}: not written anew")
        verify(bench, case, 0, case)


def chain(bench):
    """Shards -> results -> a matrix, as they are, as they were, and as others."""
    bench.good("matrix", "r", "-o", "matrix", "-q")
    verify(bench, "chain", 0, "matrix", "r", "data", parts=("made from   r  (as it is)",))
    verify(bench, "alone", 0, "matrix", parts=("made from   r  (not given here)",))
    bench.good("matrix", "r", "-o", "r/matrix", "-q")  # a folder of its own, in the results
    verify(bench, "inner", 0, "r", "data", parts=("r/matrix: ", "made from   r  (as it is)"))
    flip(bench.folder / "r/matrix/matrix.csv")
    verify(bench, "inner bit", 1, "r", parts=("changed     matrix.csv",))
    shutil.rmtree(bench.folder / "r/matrix")
    copy(bench, "r", "before")
    bench.good("report", "r", "-q")
    verify(bench, "later", 0, "matrix", "r", parts=("made from   r  (as it was before 'fray report r -q')",))
    verify(bench, "moved", 0, "matrix", "before", parts=("made from   before  (as it is)",))
    bench.synth("other", samples=13)
    (bench.folder / "data").rename(bench.folder / "first")
    (bench.folder / "other").rename(bench.folder / "data")
    verify(bench, "other shards", 1, "r", "data",
           parts=("changed     data  (not the one that this was made from)",))
    actions = listed(bench, "r")["actions"]
    bench.check([a["command"] for a in actions] == ["fray run one.yaml -o r", "fray report r -q"], actions)
    shutil.rmtree(bench.folder / "r")
    (bench.folder / "before").rename(bench.folder / "r")
    shutil.rmtree(bench.folder / "data")
    (bench.folder / "first").rename(bench.folder / "data")


def killed(bench):
    """What a killed run left is named; the one that goes on lists it, and says that it found it."""
    ranks = bench.run("run", "one.yaml", "-o", "two", "--no-report", ranks=3)
    bench.check(ranks.returncode == 0, ranks.stderr)
    verify(bench, "three ranks", 0, "two", absent=("found there",))
    bench.check(not any("taken" in f for f in listed(bench, "two")["assertions"]), "a rank's file is not known")
    more = ("run", "one.yaml", "--resume", "--set", "training.rounds=40", "--no-report")
    bench.killed("two", *more)
    verify(bench, "killed", 1, "two", parts=("changed     scenario.yaml", "added       checkpoints/"))
    bench.good(*more, "-o", "two")
    verify(bench, "resumed", 0, "two", parts=("as listed",))
    bench.check(len(listed(bench, "two")["actions"]) == 2, "actions of a killed run")


def refused(bench):
    bench.write("file", "x")
    bench.write("empty/x", "x")
    for what, parts in (("nowhere", ["nowhere: no such folder"]), ("file", ["file: is not a folder"]),
                        ("empty", ["empty holds no provenance/manifest.json"])):
        bench.refused(what, bench.run("verify", "r", what), parts)
    bench.check(bench.run("verify", "r", "empty").stdout == "", "something was said before")
    bench.write("empty/provenance/manifest.json", '{"format": "fray manifest 2"}')
    bench.refused("another format", bench.run("verify", "empty"), ["'format' is not \"fray manifest 1\""])
    # The folder of a user, into which a report writes, is not fray's to vouch for.
    bench.write("mine/notes", "x")
    bench.good("report", "r", "-o", "mine", "-q")
    bench.check(not (bench.folder / "mine/provenance").exists(), "a folder of others got a manifest")


def main():
    bench = Bench()
    bench.synth()
    bench.write("one.yaml", STUDY)
    bench.good("run", "one.yaml", "-o", "r")
    bench.parts(all_is_listed, bits, files_come_and_go, no_laundering, killed_between, chain, killed,
                refused)
    bench.end()


if __name__ == "__main__":
    main()
