#!/usr/bin/env python3
"""From raw files to results by what `fray init` writes, without a line of one's own: init, import, init,
check, run. And what it must not do: write over a file, be led astray by names, take what it does not know."""
import random
import struct

from bench import SOURCE, Bench


def sound(k):
    values = [(k + 2) * 900 * (1 if i // (4 + 3 * k) % 2 else -1) for i in range(1600)]
    data = struct.pack("<1600h", *values)
    return b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack(
        "<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16) + b"data" + struct.pack("<I", len(data)) + data


def picture(k, i):
    return b"P5\n8 8\n255\n" + bytes((90 * k + 7 * i + j) % 256 for j in range(64))


def table_folder(bench):
    """Sound by whole paths, pictures by names below a folder (every tenth is not there), texts in a cell."""
    rows = ["id,speaker,direction,region,recording,picture,words"]
    for i in range(120):
        k = i // 8 % 2
        bench.write(f"talks/sound/{i:03}.wav", sound(k))
        if i % 10:
            bench.write(f"talks/pics/img_{i:03}.pgm", picture(k, i))
        rows.append(f"{i:03},p{i % 8},{['up', 'down'][k]},{['north', 'south'][i % 2]},sound/{i:03}.wav,"
                    f"img_{i:03}.pgm,\"they went {['up', 'down'][k]} the hill, number {i}\"")
    bench.write("talks/list.csv", "\n".join(rows) + "\n")


def split_folders(bench):
    """SPLIT/LABEL/CLIENT_TAKE.wav."""
    for i in range(120):
        split = ["train", "train", "train", "train", "test", "val"][i % 6]
        bench.write(f"calls/{split}/{['cat', 'dog', 'cow'][i // 6 % 3]}/p{i % 7}_{i}.wav", sound(i // 6 % 3))


def hostile_folders(bench):
    """Names that are YAML of their own, a pattern's field, or no text at all, beside two that are none."""
    for i in range(80):
        bench.write(f"odd/{['on', 'off: #x [1]'][i % 2]}/s{i // 2 % 6}-{i}.pgm", picture(i % 2, i))
    bench.write("odd/on/s{x}-1.pgm", picture(0, 0))
    bench.write("odd/on/s1\n9.pgm", picture(0, 0))
    (bench.folder / "odd" / "circle").symlink_to(bench.folder / "odd")


def whole_way(bench, name, said, plan):
    done = bench.good("init", name)
    for words in said:
        bench.check(words in done.stderr, f"{name}: '{words}' is not in: {done.stderr}")
    before = (bench.folder / name / "dataset.yaml").read_text(encoding="utf-8")
    bench.good("import", f"{name}/dataset.yaml", "-o", f"{name}.shards")
    shown = bench.good("inspect", f"{name}.shards").stdout
    for words in plan:
        bench.check(words in shown, f"{name}: '{words}' is not in: {shown}")
    bench.good("init", f"{name}.shards", "-o", f"{name}.yaml")
    bench.good("check", f"{name}.yaml")
    bench.good("run", f"{name}.yaml", "-o", f"{name}.results", "--no-report", "--set", "training.rounds=2",
               "--set", "seeds=[1]")
    bench.check((bench.folder / f"{name}.results" / "scores.csv").stat().st_size > 200, f"{name}: no scores")
    # The same files, the same words; and a file that is there stays.
    printed = bench.good("init", name, "-o", "-").stdout
    for line in before.splitlines():
        bench.check(line in printed, f"{name}: '{line}' is not printed")
    again = bench.run("init", name)
    bench.check(again.returncode == 2 and "is there already" in again.stderr, f"over a file: {again.stderr}")
    again = bench.run("init", f"{name}.shards", "-o", f"{name}.yaml")
    bench.check(again.returncode == 2 and "is there already" in again.stderr, f"over a file: {again.stderr}")
    bench.check((bench.folder / name / "dataset.yaml").read_text(encoding="utf-8") == before, "it was changed")


def by_table(bench):
    table_folder(bench)
    whole_way(bench, "talks", ["a table of 120 rows and 7 columns", "some files that the table names are not there",
                               "guessed: 8 values"],
              ["120: ", "clients        8", "recording", "pics", "words", "region"])
    # The table by its name, and a scenario of all that the modalities allow.
    printed = bench.good("init", "talks/list.csv", "-o", "-").stdout
    bench.check("file: list.csv" in printed and "client: \"{speaker}\"" in printed, printed)
    text = (bench.folder / "talks.yaml").read_text(encoding="utf-8")
    for words in ("recording_noise:", "pics_gaussian_noise:", "words_lost:", "groups: [region]"):
        bench.check(words in text, f"'{words}' is not in {text}")
    bench.check("recording_gaussian_noise" not in text, "a test that its modality does not allow")


def by_folders(bench):
    split_folders(bench)
    whole_way(bench, "calls", ["{subset}/{label}/{client}_{part4}.wav", "guessed: 3 values"],
              ["120: 80 train, 20 dev, 20 test", "clients        7", "3 classes", "cow"])
    hostile_folders(bench)
    whole_way(bench, "odd", ["2 names with braces", "{label}/{client}-{part3}.pgm"],
              ["81: ", "clients        7", "2 classes", "off: #x [1]"])


def other_tables(bench):
    """Semicolons, names of columns that are YAML, labels and clients that some rows lack."""
    rows = ["key;the: class #1;\"who \"\"is\"\" it\";path"]
    for i in range(60):
        bench.write(f"semi/{i}.pgm", picture(i % 2, i))
        rows.append(f"k{i};{'ab'[i % 2] if i != 3 else ''};w{i % 5};{i}.pgm")
    bench.write("semi/all.csv", "\n".join(rows) + "\n")
    bench.good("init", "semi/all.csv", "-o", "semi.yaml")
    plan = bench.good("import", "semi.yaml", "--dry-run").stdout
    bench.check("59 samples, 5 clients, 2 classes" in plan, plan)


def rows(bench):
    """A table of numbers whose rows are samples, as most of the UCI's: sorted by class or not, with a header or none; the
    whole way to a score, and what it says of whom."""
    rng = random.Random(4)
    def row(c):
        return [f"{unit * rng.gauss(3 * c, 1):.6g}" for unit in (1000, 1, 0.001, 1)]  # units of their own
    names = ["setosa", "versicolor", "virginica"]
    sorted_rows = [[*row(c), names[c]] for c in range(3) for _ in range(40)]
    mixed = [[str(c + 1), *row(c)] for c in rng.choices(range(3), k=1200)]
    for name, head, table, label in (("iris", ["a", "b", "c", "d", "species"], sorted_rows, "species"), ("wine", None, mixed, "class")):
        bench.write(f"{name}/{name}.csv", "".join(",".join(r) + "\n" for r in ([head] if head else []) + table))
        bench.good("init", f"{name}/{name}.csv")
        text = (bench.folder / name / "dataset.yaml").read_text(encoding="utf-8")
        for part in ("feature: {kind: feature, columns: [", f'label: "{{{label}}}"', "windows: {length: 1, longest: 1, ", 'client: "{id}"  # check'):
            bench.check(part in text, f"{name}: no {part} in {text}")
        bench.good("import", f"{name}/dataset.yaml", "-o", f"{name}-shards")
        said = bench.good("inspect", f"{name}-shards").stdout
        bench.check("feature, 1 step x 4 channels" in said and f"samples        {len(table)}" in said, said)
    bench.good("init", "iris-shards", "-o", "iris-study.yaml")
    text = (bench.folder / "iris-study.yaml").read_text(encoding="utf-8")
    bench.check("partition: {kind: iid, clients: 10}  # guessed: in the shards each sample is a client of its own" in text
                and 'features: {"feature": {standardise: train}}  # guessed' in text, text)
    bench.good("run", "iris-study.yaml", "-o", "iris-results", "--no-report", "--set", "seeds=[1]", "--set", "training.rounds=15")
    best = [float(r["best.accuracy"]) for r in bench.rows("iris-results", "trials.csv")]
    bench.check(max(best) > 0.9, f"classes that lie apart are told apart by {best}")
    text = (bench.folder / "iris/dataset.yaml").read_text(encoding="utf-8").replace(", columns: [a, b, c, d]", "")
    bench.write("iris/none.yaml", text)
    bench.refused("features that name no columns", bench.run("import", "iris/none.yaml", "-o", "none"), ["features that name their `columns`"])
    text = (bench.folder / "iris/dataset.yaml").read_text(encoding="utf-8")
    at = 1 + text[:text.index("windows: {length")].count("\n")
    for new, said in (("length: 0", "windows.length"), ("length: 1, overlap: 50%", "'50%' is no number; 50 % is written 0.5")):
        bench.write("iris/none.yaml", text.replace("length: 1", new))
        bench.refused(f"windows of {new}", bench.run("import", "iris/none.yaml", "-o", "none"), [f"iris/none.yaml:{at}: ", said])


def refusals(bench):
    bench.write("none/readme.md", "nothing")
    bench.write("none/words.csv", "a,b\n1,2\n3,4\n")
    for what, words in (("nowhere", "no such file or folder"), ("none/words.csv", "no column of it names files")):
        bad = bench.run("init", what, "-o", "x.yaml")
        bench.check(bad.returncode == 2 and words in bad.stderr, f"{what}: {bad.stderr}")
    bench.write("empty/readme.md", "nothing")
    bad = bench.run("init", "empty")
    bench.check(bad.returncode == 2 and "nothing that an import reads" in bad.stderr, bad.stderr)
    bench.check(not (bench.folder / "x.yaml").exists(), "x.yaml was written")
    bench.check([p.name for p in (bench.folder / "empty").iterdir()] == ["readme.md"], "empty: something was written")


def bundled(bench):
    """The guesses of a first scenario learn something on the bundled data, where chance is 10 %."""
    bench.good("import", SOURCE / "data/spoken-digits/dataset.yaml", "-o", "digits/shards")
    bench.good("init", "digits/shards", "-o", "digits/scenario.yaml")
    text = (bench.folder / "digits/scenario.yaml").read_text(encoding="utf-8")
    bench.check("stop: {patience: " in text, f"trains a fixed number of rounds: {text}")
    bench.good("run", "digits/scenario.yaml", "-o", "digits/out", "--no-report", "--set",
               "training.rounds=12", "--set", "evaluate.every=6", "--set", "seeds=[1]", "--set",
               "sweep=[{grid: {method: [concat]}}]", "--set", "reference={method: concat}", "--set",
               "tests={}")
    for row in bench.rows("digits/out", "trials.csv"):
        bench.check(float(row["best.accuracy"]) > 0.3, f"12 rounds reach {row['best.accuracy']}")


def main():
    bench = Bench()
    bench.parts(by_table, by_folders, other_tables, rows, refusals, bundled)
    bench.end()


if __name__ == "__main__":
    main()
