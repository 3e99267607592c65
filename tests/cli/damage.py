#!/usr/bin/env python3
"""A finished folder in which one file is damaged: a bit turned, cut, a block lost, another file put
in its place. Every command that reads it ends with the tables of the whole one, or refuses; none is
ended by a signal. `damage.py TRIES SEED` tries more of it."""
import pathlib
import random
import shutil
import sys

from bench import TABLES, Bench, change

SMALL = """\
name: tiny
seeds: [3, 4]
data: {shards: data}
model: {hidden: 6, head: 5, encoders: {series: {kind: conv_gru, filters: [3], kernel: 3},
        feature: {kind: mlp, units: 5}}}
training: {rounds: 2, clients_per_round: 0.6, local: {epochs: 1, batch: 5, lr: 0.05}}
corruption: [{id: lost, kind: missing_modality, at: both, rate: 0}]
evaluate: {save_ledger: true}
sweep: [{grid: {lost.rate: [0, 0.4]}}]
"""
# Where the program looks only to say how far a run is: no number comes of them.
LIVE = ("lock", "lock.ranks", "positions", "state", "status.json")


def flip(random_, data):
    at = random_.randrange(len(data))
    data[at] ^= 1 << random_.randrange(8)
    return data, f"bit of byte {at}"


def cut(random_, data):
    n = random_.randrange(len(data))
    return data[:n], f"cut to {n} of {len(data)}"


def lose(random_, data):
    """A block that the disk gives back as zeros."""
    at = random_.randrange(0, len(data), 512)
    end = min(at + 4096, len(data))
    return data[:at] + bytes(end - at) + data[end:], f"zeros from {at} to {end}"


WAYS = (flip, flip, flip, cut, lose)


def csv_files(bench, folder):
    root = bench.folder / folder
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*.csv"))}


class Commands:
    """Each reads the folder `x`, and gives what is to be as without the damage."""

    def __init__(self, bench):
        self.bench = bench
        bench.write("t.yaml", "tests: {more: {kind: missing_modality, rate: [0.7]}}\n")
        self.calls = {
            "resume": (("run", "s.yaml", "-o", "x", "--resume", "--no-report"), "x"),
            "merge": (("merge", "x", "-o", "out", "--no-report"), "out"),
            "evaluate": (("evaluate", "x", "--tests", "t.yaml", "--no-report"), "x"),
            "report": (("report", "x", "-o", "out"), "out"),
            "compare": (("compare", "good", "x", "-o", "out"), "out"),
            "status": (("status", "x"), None)}
        self.good = {}
        for name in self.calls:
            shutil.copytree(bench.folder / "good", bench.folder / "x")
            result = self.run(name)
            bench.check(result.returncode == 0, f"{name}: {result.stderr[-300:]}")
            self.good[name] = self.given(name)
            self.clear()

    def clear(self):
        for name in ("x", "out"):
            shutil.rmtree(self.bench.folder / name, ignore_errors=True)

    def run(self, name):
        return self.bench.run(*self.calls[name][0])

    def given(self, name):
        folder = self.calls[name][1]
        if folder is None:
            return None
        files = csv_files(self.bench, folder)
        return {t: files.get(t) for t in TABLES} if folder == "x" else files

    def try_one(self, name, file, how, data):
        """Returns how it went."""
        shutil.copytree(self.bench.folder / "good", self.bench.folder / "x")
        (self.bench.folder / "x" / file).write_bytes(data)
        result = self.run(name)
        where = f"{name} with {file}, {how}"
        words = [w for w in result.stderr.splitlines() if "error" in w]
        self.bench.check(result.returncode in (0, 2), f"{where}: exit code {result.returncode}: "
                         f"{result.stderr[-300:]}")
        if result.returncode == 0:
            self.bench.check(self.given(name) == self.good[name], f"{where}: other tables")
        else:
            self.bench.check(len(words) == 1, f"{where}: {result.stderr[-300:]}")
        self.clear()
        return "same" if result.returncode == 0 else "refused"


def files(bench):
    root = bench.folder / "good"
    return [p.relative_to(root) for p in sorted(root.rglob("*"))
            if p.is_file() and p.stat().st_size]


def any_damage(bench, commands, tries, seed):
    random_ = random.Random(seed)
    names, found = sorted(commands.calls), {}
    kept = [f for f in files(bench) if f.name not in LIVE]
    for k in range(tries):
        file = random_.choice(kept if k % 8 else files(bench))
        data, how = random_.choice(WAYS)(random_, bytearray((bench.folder / "good" / file)
                                                            .read_bytes()))
        went = commands.try_one(names[k % len(names)], file, how, bytes(data))
        found[went] = found.get(went, 0) + 1
    print(f"{tries} damaged files: {found}")
    bench.check(len(found) == 2, "all went one way: the test says little")


def chosen_damage(bench, commands):
    """What chance would seldom choose, each with what is to become of it."""
    root = bench.folder / "good"
    parts = sorted(p.relative_to(root) for p in (root / "parts").glob("*.h5"))
    best = [pathlib.Path("models") / f"{p.stem}-best.h5" for p in parts]
    read = lambda name: (root / name).read_bytes()
    scores = read("scores.csv")
    digit = bytearray(scores)
    digit[scores.index(b",0.") + 3] ^= 1  # a score that reads as another
    other = bench.folder / "other"
    shape = read(parts[0])
    cases = (  # file, bytes, how, commands that refuse it; the others give what they gave
        (parts[0], read(parts[1]), "the part of another trial", ("merge", "evaluate")),
        (parts[0], (other / parts[0]).read_bytes(), "the part of another study",
         ("merge", "evaluate")),
        (parts[0], b"", "nothing", ("merge", "evaluate")),
        (parts[0], shape[:700], "its first bytes", ("merge", "evaluate")),
        (parts[0], shape + b"\n", "a byte more", ("merge", "evaluate")),
        (parts[0], bytes(512) + shape[512:], "no seal", ("merge", "evaluate")),
        (best[0], read(best[1]), "the model of another trial", ("evaluate",)),
        (best[0], read(str(best[0]).replace("best", "last")), "the last model", ("evaluate",)),
        ("scores.csv", bytes(digit), "another digit", ("report", "compare")),
        ("trials.csv", (other / "trials.csv").read_bytes(), "of another study",
         ("report", "compare")),
        ("results.h5", (other / "results.h5").read_bytes(), "of another study",
         ("report", "compare")),
        ("scenario.yaml", read("scenario.yaml").replace(b"0.4", b"0.5"), "another rate",
         ("merge", "evaluate", "report", "compare")),
        ("provenance.json", read("provenance.json").replace(b"tiny", b"tyny"), "another name",
         ("resume", "merge", "evaluate", "report", "compare")))
    for file, data, how, refusing in cases:
        if data == (root / file).read_bytes():
            bench.check(how == "the last model", f"{file}: {how}")
            continue
        for name in commands.calls:
            went = commands.try_one(name, file, how, data)
            wanted = "refused" if name in refusing else "same"
            bench.check(went == wanted, f"{name} with {file}, {how}: {went}, not {wanted}")


def made_anew(bench):
    """A damaged part is trained anew, to the byte, and the others are not."""
    shutil.copytree(bench.folder / "good", bench.folder / "x")
    part = sorted((bench.folder / "x" / "parts").glob("*.h5"))[1]
    whole = part.read_bytes()
    part.write_bytes(whole[:600] + bytes([whole[600] ^ 16]) + whole[601:])
    said = bench.good("run", "s.yaml", "-o", "x", "--resume", "--no-report").stderr
    bench.check(f"warning: x/parts/{part.name}: damaged" in said and "that trial is made anew" in said
                and "3 finished already" in said and "1 to train" in said, said)
    bench.check(part.read_bytes() == whole, "another part")
    shutil.rmtree(bench.folder / "x")


def older_folders(bench):
    """Without seals and checksums, as an older program leaves them: read as they stand, with a word.
    Edited tables: refused, until their line is taken out."""
    shutil.copytree(bench.folder / "good", bench.folder / "x")
    x = bench.folder / "x"
    (x / "checksums.txt").unlink()
    for path in (*(x / "parts").iterdir(), *(x / "models").iterdir(), x / "results.h5"):
        path.write_bytes(path.read_bytes()[512:])
    said = bench.good("run", "s.yaml", "-o", "x", "--resume", "--no-report").stderr
    bench.check("4 finished trials have no seal" in said, said)
    bench.same_tables("x", "good", "an older folder")
    bench.check("checksums" not in bench.good("report", "x", "-o", "out").stderr, "a word on no list")
    shutil.rmtree(x), shutil.rmtree(bench.folder / "out")
    shutil.copytree(bench.folder / "good", x)
    (x / "checksums.txt").unlink()  # but results.h5 has its seal
    said = bench.good("report", "x", "-o", "out").stderr
    bench.check("x: checksums.txt is gone: tables are taken as they are" in said, said)
    (x / "checksums.txt").write_bytes(bytes(65 << 20))
    bench.refused("a list without end", bench.run("report", "x"),
                  ["checksums.txt", "more than the limit", "once it is removed"],
                  absent=("x/report.html",))
    shutil.rmtree(x), shutil.rmtree(bench.folder / "out")
    shutil.copytree(bench.folder / "good", x)
    trials = x / "trials.csv"
    text = trials.read_text(encoding="utf-8")
    trials.write_text(text.replace("\n", " \n", 1).replace(" \n", "\n").rstrip("\n") + "\n",
                      encoding="utf-8")
    bench.good("report", "x", "-o", "out")  # the same bytes
    trials.write_text(text.replace(",ok,", ",diverged,", 1), encoding="utf-8")
    bench.refused("an edited table", bench.run("report", "x"),
                  ["trials.csv: not as it was written", "delete its line in x/checksums.txt"],
                  absent=("x/report.html",))
    lines = (x / "checksums.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    (x / "checksums.txt").write_text("".join(w for w in lines if "  trials.csv" not in w),
                                     encoding="utf-8")
    said = bench.good("report", "x").stderr
    bench.check("trials.csv without a line in checksums.txt" in said, said)
    bench.good("run", "s.yaml", "-o", "x", "--resume", "--no-report")
    bench.same_tables("x", "good", "tables made anew")
    shutil.rmtree(x)


def main():
    bench = Bench()
    tries, seed = map(int, sys.argv[1:3] if len(sys.argv) == 3 else (28, 1))
    bench.synth(samples=8)
    bench.write("s.yaml", SMALL)
    bench.write("o.yaml", change(SMALL, "rounds: 2", "rounds: 1"))
    bench.good("run", "s.yaml", "-o", "good", "--no-report")
    bench.good("run", "o.yaml", "-o", "other", "--no-report")
    for ours, theirs in zip(sorted((bench.folder / "good/parts").iterdir()),
                            sorted((bench.folder / "other/parts").iterdir())):
        theirs.rename(theirs.with_name(ours.name))  # under our names
    bench.check(not list((bench.folder / "good").rglob("*.tmp")), "half files")
    commands = Commands(bench)
    bench.parts(made_anew, older_folders)
    chosen_damage(bench, commands)
    any_damage(bench, commands, tries, seed)
    bench.end()


if __name__ == "__main__":
    main()
