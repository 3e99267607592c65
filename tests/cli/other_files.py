#!/usr/bin/env python3
"""Ranks that find other files behind the same path: side files are read by rank 0 alone, shards are
compared, and what differs otherwise is refused before anything is written. Files that change while a
study runs change nothing."""
import json
import os
import shutil

from bench import FRAY, MPIRUN, SCENARIO, Bench, change

RANKS = 2
ONE = change(change(SCENARIO, "trial: [3, 5]", "trial: [3]"), "method: [att, cat], lost.rate: [0, 0.4]",
             "method: [att], lost.rate: [0, 0.4]")


def together(bench, *words, extra=()):
    """One rank in the folder A, one in B; extra: words for the second alone."""
    both = [FRAY, *words]
    command = [MPIRUN, "-n", "1", "-wdir", str(bench.folder / "A"), *both, ":",
               "-n", "1", "-wdir", str(bench.folder / "B"), *both, *extra]
    return bench.run_command(command)


def hash_of(name):
    return sum(map(ord, name))


def sources(bench):
    """Source ids of the training samples, as a ledger of damage has them."""
    bench.write("A/ledger.yaml", change(ONE, "groups: [site]",
                                        "groups: [site], save_ledger: true"))
    bench.good("run", "A/ledger.yaml", "-o", "made", "--no-report")
    found = sorted((bench.folder / "made" / "ledgers").glob("*.csv"))
    return found[0].read_text(encoding="utf-8")


def run_apart(bench, what, name, here, there, *sets):
    """rank 1 has another file, then none, then a folder, at the path that rank 0 reads."""
    words = ("run", "s.yaml", "--no-report", "--ranks-per-trial", str(RANKS),
             *(w for s in sets for w in ("--set", s)))
    bench.write(f"A/{name}", here)
    alone = bench.run_command(["env", "-C", str(bench.folder / "A"), FRAY, *words, "-o",
                               str(bench.folder / what)])
    bench.check(alone.returncode == 0, f"{what}: {alone.stderr[-400:]}")
    path = bench.folder / "B" / name
    for kind in ("another", "none", "folder")[:3 if what == "cohorts" else 1]:
        out = f"{what}-{kind}"
        if kind == "another":
            path.write_text(there, encoding="utf-8")
        elif kind == "none":
            path.unlink()
        else:
            path.mkdir()
        result = together(bench, *words, "-o", str(bench.folder / out))
        bench.check(result.returncode == 0, f"{out}: {result.stderr[-400:]}")
        if result.returncode == 0:
            bench.same_tables(out, what, out)


def side_files(bench):
    names = ["c0", "c1", "c2", "c3", "c4", "c5"]
    cohort = lambda k: "round,client\n" + "".join(
        f"{r},{names[(r + k) % 6]}\n{r},{names[(r + k + 2) % 6]}\n" for r in (1, 2, 3))
    run_apart(bench, "cohorts", "c.csv", cohort(0), cohort(1), "training.cohorts=c.csv")
    rows = [r.split(",") for r in bench.ledger.splitlines()[1:]]
    bench.check(len(rows) > 10, "the ledger says little")
    split = lambda odd: "source,client\n" + "".join(
        f"{s},{'one' if (hash_of(s) + odd) % 3 else 'two'}\n" for s in sorted({r[0] for r in rows}))
    run_apart(bench, "partition", "p.csv", split(0), split(1),
              "data.partition={kind: file, path: p.csv}")
    half = "\n".join(bench.ledger.splitlines()[:6]) + "\n"
    run_apart(bench, "ledger", "l.csv", bench.ledger, half,
              "corruption=[{id: lost, kind: missing_modality, rate: 0}, "
              "{id: wrong, kind: replay, ledger: l.csv, at: train}]")
    lost = "source,modality,what,value\n" + "".join(
        f"{s},series,lost,\n" for s in sorted({r[0] for r in rows}))
    run_apart(bench, "test-ledger", "t.csv", lost, half,
              "tests={gone: {kind: replay, ledger: t.csv}}")


def shards(bench):
    """Copies are as good as one file; other values, even under the same hash, are not."""
    words = ("run", "s.yaml", "--no-report", "--ranks-per-trial", str(RANKS), "-o",
             str(bench.folder / "out"))
    result = together(bench, *words)
    bench.check(result.returncode == 0, f"copies: {result.stderr[-400:]}")
    bench.same_tables("out", "plain", "copies")
    shutil.rmtree(bench.folder / "out")
    shard = sorted((bench.folder / "B" / "data").glob("*.h5"))[0]
    stat = os.stat(shard)
    bench.edit("set", shard, "/modalities/feature/values", 3, 0.125)
    os.utime(shard, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    for command in (words, ("check", "s.yaml")):
        result = together(bench, *command)
        bench.refused(f"other values, {command[0]}", result,
                      ["rank 1 on host ", shard.name, "other values than rank 0"])
    with open(shard, "ab") as file:
        file.write(b"x")
    bench.refused("another size", together(bench, *words),
                  ["rank 1 on host ", shard.name, "a file of "])
    shutil.copytree(bench.folder / "A" / "data", bench.folder / "B" / "data", dirs_exist_ok=True)


def other_words(bench):
    """The same files and another --set: the trials are others."""
    words = ("run", "s.yaml", "--no-report", "-o", str(bench.folder / "out"))
    for extra in ("training.rounds=2", "seeds={trial: [6], partition: fixed}"):
        bench.refused(f"another --set {extra}", together(bench, *words, extra=("--set", extra)),
                      ["different names"])
    bench.refused("another option", together(bench, *words, extra=("--overwrite",)),
                  ["different -o"], absent=("out", "o"))
    bench.refused("one rank refuses", together(bench, *words, extra=("-o", str(bench.folder / "o"))),
                  ["--out is given twice"], absent=("out", "o"))
    bench.refused("another count of files",
                  together(bench, *words, extra=("--set", "training.cohorts=none.csv")), ["--set"])


def later(bench):
    """A ledger that changes between the plan and the trial: the run works on what it has read. And a
    ledger of a results folder that is not what was written there."""
    folder = bench.folder / "made"
    kept = sorted((folder / "ledgers").glob("*.csv"))[0]
    text = kept.read_text(encoding="utf-8")
    replay = ("corruption=[{id: lost, kind: missing_modality, rate: 0}, "
              f"{{id: wrong, kind: replay, ledger: {kept}, at: train}}]")
    words = ("run", "A/s.yaml", "--no-report", "--set", replay)
    bench.good(*words, "-o", "first")
    kept.write_text(text.replace("label", "dropped", 1), encoding="utf-8")
    bench.refused("a damaged ledger", bench.run(*words, "-o", "second"),
                  [kept.name, "not as it was written"], absent=("second",))
    kept.write_text(text, encoding="utf-8")
    bench.good(*words, "-o", "second")
    bench.same_tables("first", "second", "a ledger put back")


def main():
    bench = Bench()
    for name in ("A", "B"):
        (bench.folder / name).mkdir()
        bench.write(f"{name}/s.yaml", ONE)
    bench.synth("A/data", samples=9)
    shutil.copytree(bench.folder / "A" / "data", bench.folder / "B" / "data")
    bench.ledger = sources(bench)
    bench.good("run", "A/s.yaml", "-o", "plain", "--no-report")
    said = json.loads((bench.folder / "plain/provenance.json").read_text(encoding="utf-8"))
    bench.check(len(said["data_sets"]) == 1, "provenance")
    bench.parts(side_files, shards, other_words, later)
    bench.end()


if __name__ == "__main__":
    main()
