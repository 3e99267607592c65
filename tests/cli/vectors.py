#!/usr/bin/env python3
"""Pretrained word vectors from end to end: both formats, frozen and trained, on more ranks, what names a
trial, and what is refused."""
from bench import Bench
from messages import CLASSES, messages

SCENARIO = """\
name: vectors
seeds: [1]
data:
  shards: data
  features: {text: {buckets: 64, max_ngram: 0%s}}
model: {fusion: concat, hidden: 16, head: 0, dropout: 0, encoders: {text: {kind: text, dim: 4%s}}}
training: {rounds: 2, local: {epochs: 3, batch: 16, optimiser: adam, lr: 0.01, weight_decay: 0}}
evaluate: {metrics: [accuracy]}
"""


def study(bench, name, features="", encoder=""):
    bench.write(f"{name}.yaml", SCENARIO % (features, encoder))
    return f"{name}.yaml"


def run(bench, name, features="", encoder="", ranks=0, folder=None):
    bench.good("run", study(bench, name, features, encoder), "-o", folder or name, "--no-report",
               ranks=ranks)
    return [row["trial"] for row in bench.rows(folder or name, "trials.csv")]


def accuracy(bench, folder):
    found = [float(row["value"]) for row in bench.rows(folder, "scores.csv")
             if (row["metric"], row["selection"], row["group"], row["condition"])
             == ("accuracy", "last", "all", "trial")]
    return sum(found) / len(found)


def main():
    bench = Bench()
    rows, words = [], {}
    for i, (split, kind, text) in enumerate(messages()[600:]):
        rows.append(f"{i},{split}{i % 4},{list(CLASSES)[kind]},{split},{' '.join(text)}")
        for word in text:
            words.setdefault(word, [0] * len(CLASSES))[kind] += 1
    bench.write("m.csv", "id,client,label,split,text\n" + "\n".join(rows) + "\n")
    bench.write("d.yaml", "name: messages\nmodalities: {text: {kind: text}}\n"
                "inputs: [{reader: manifest, file: m.csv, texts: {text: text}}]\n")
    bench.good("import", "d.yaml", "-o", "data")
    # Vectors that tell the classes of a word: whoever uses them beats 64 hashed rows by far.
    lines = [f"{word} {' '.join(str(n / sum(of) - 0.25) for n in of)}" for word, of in words.items()]
    bench.write("glove.txt", "\n".join(lines) + "\n")
    bench.write("fast.vec", f"{len(lines) + 1} 4\n" + "\n".join(f"{x} " for x in lines)
                + "\nunheard 1 2 3 4 \n")
    plain = run(bench, "plain")
    frozen = run(bench, "frozen", ", vectors: glove.txt")
    trained = run(bench, "trained", ", vectors: glove.txt", ", vectors: trained")
    found = {way: accuracy(bench, way) for way in ("plain", "frozen", "trained")}
    print(found)
    for way in ("frozen", "trained"):
        bench.check(found[way] > found["plain"] + 0.1, f"{way}: accuracy {found}")
    bench.check(not set(plain) & set(frozen) and not set(frozen) & set(trained), "names")
    # The other format, and one more word that no text has: the same vectors, the same trials.
    bench.check(run(bench, "fast", ", vectors: fast.vec") == frozen, "names by content")
    bench.same_tables("frozen", "fast", "GloVe and fastText")
    bench.write("other.txt", "\n".join(lines).replace("0.75", "0.7501") + "\n")
    bench.check(not set(run(bench, "other", ", vectors: other.txt")) & set(frozen), "other values")
    for ranks in (4,):
        for way, encoder in (("frozen", ""), ("trained", ", vectors: trained")):
            run(bench, way, ", vectors: glove.txt", encoder, ranks, f"{way}{ranks}")
            bench.same_tables(way, f"{way}{ranks}", f"{way}, {ranks} ranks")
    # Kept models are judged with the vectors that they were trained with.
    bench.write("tests.yaml", "lost: {kind: missing_modality, rate: [0.5]}\n")
    bench.good("evaluate", "frozen", "--no-report", "--tests", "tests.yaml")
    clean = bench.rows("frozen4", "scores.csv")
    again = [row for row in bench.rows("frozen", "scores.csv") if row["selection"] == "best"
             and row["condition"] == "trial"]
    bench.check([row["value"] for row in again] == [row["value"] for row in clean
                if row["selection"] == "best" and row["condition"] == "trial"] and again, "evaluate")
    checked = bench.good("check", "frozen.yaml").stdout
    bench.check("vectors" in checked and "words of the training texts have one, of 4 numbers"
                in " ".join(checked.split()) and "MiB word vectors" in " ".join(checked.split()),
                checked)
    refusals(bench)
    bench.end()


def refusals(bench):
    bench.write("short.txt", "a 1 2\nb 1\n")
    for what, features, encoder, parts in (
            ("no such file", ", vectors: gone.txt", "", ["data.features.text.vectors", "gone.txt"]),
            ("a short line", ", vectors: short.txt", "", ["text.vectors", "short.txt: line 2"]),
            ("a folder", ", vectors: data", "", ["text.vectors", "data"]),
            ("no word of them", ", vectors: fast.vec, case: keep", ", vectors: melted",
             ["vectors", "'frozen'"]),
            ("trained without a file", "", ", vectors: trained", ["vectors: trained", "no file"])):
        bench.refused(what, bench.run("check", study(bench, "bad", features, encoder)), parts)


if __name__ == "__main__":
    main()
