#!/usr/bin/env python3
"""Short messages: the encoder text learns them at least as well as a PyTorch model of the same form
and a bag of words, with Adam and with SGD, whatever max_ngrams is.

What the others reach stands in messages_reference.json, which make_messages_reference.py wrote with
PyTorch from the same messages, settings and seeds."""
import json
import random
from pathlib import Path

CLASSES = {"offer": 0.4, "question": 0.3, "complaint": 0.2, "thanks": 0.1}
COUNTS = {"train": 1000, "dev": 100, "test": 600}
ENDINGS = ["", "s", "ing", "ed", "er"]
EPOCHS, BATCH, DIM, HIDDEN, BUCKETS, MOST = 8, 32, 64, 32, 8192, 24
LEARN = {"adam": {"lr": 0.003}, "sgd": {"lr": 0.1, "momentum": 0.9}}
SEEDS = [1, 2, 3]


def messages():
    """(split, class, words): five to nine words, of which one or two tell the class; words have
    endings, so that some are new in the test. random() alone is the same in all versions."""
    rng = random.Random(14)

    def below(n):
        return int(rng.random() * n)

    def stem():
        return "".join("bcdfghklmnprstvw"[below(16)] + "aeiou"[below(5)] for _ in range(2 + below(2)))

    stems = []
    while len(stems) < 460:
        new = stem()
        if new not in stems:
            stems.append(new)
    rows = []
    for split, count in COUNTS.items():
        for _ in range(count):
            draw, kind = rng.random(), 0
            while draw >= list(CLASSES.values())[kind] and kind < len(CLASSES) - 1:
                draw -= list(CLASSES.values())[kind]
                kind += 1
            words = [stems[160 + below(300)] for _ in range(4 + below(4))]
            for _ in range(1 + below(2)):
                words.insert(below(len(words) + 1), stems[40 * kind + below(40)])
            rows.append((split, kind, [word + ENDINGS[below(5)] for word in words]))
    return rows


SCENARIO = """\
name: messages
seeds: %s
data: {shards: data, features: {text: {buckets: %d, max_ngrams: %d}}, partition: {kind: iid, clients: 1}}
model: {fusion: concat, hidden: %d, head: 0, dropout: 0, encoders: {text: {kind: text, dim: %d}}}
training: {rounds: 1, local: {epochs: %d, batch: %d, optimiser: %s, %s, weight_decay: 0, clip_norm: 0}}
evaluate: {metrics: [macro_f1]}
"""


def macro_f1(bench, optimiser, most):
    keys = ", ".join(f"{key}: {value}" for key, value in LEARN[optimiser].items())
    bench.write("s.yaml", SCENARIO % (SEEDS, BUCKETS, most, HIDDEN, DIM, EPOCHS, BATCH, optimiser,
                                      keys))
    bench.good("run", "s.yaml", "-o", f"{optimiser}-{most}", "--no-report", seconds=200)
    return [float(row["value"]) for row in bench.rows(f"{optimiser}-{most}", "scores.csv")
            if row["metric"] == "macro_f1" and row["selection"] == "last"
            and row["group"] == "all" and row["condition"] == "trial"]


def mean(scores):
    return sum(scores) / len(scores)


def error2(scores):
    """The squared standard error of their mean. (The module statistics would import numbers.py.)"""
    return sum((x - mean(scores)) ** 2 for x in scores) / (len(scores) - 1) / len(scores)


def main():
    from bench import Bench
    bench = Bench()
    reference = json.loads(Path(__file__).with_name("messages_reference.json").read_text())
    rows = "\n".join(f"{i},{'a' if split != 'test' else 'b'},{list(CLASSES)[kind]},{split},"
                     + " ".join(words) for i, (split, kind, words) in enumerate(messages()))
    bench.write("messages.csv", "id,client,label,split,text\n" + rows + "\n")
    bench.write("d.yaml", "name: messages\nmodalities: {text: {kind: text}}\n"
                "inputs: [{reader: manifest, file: messages.csv, texts: {text: text}}]\n")
    bench.good("import", "d.yaml", "-o", "data")
    for optimiser in LEARN:
        found = macro_f1(bench, optimiser, MOST)
        bench.check(len(found) == len(SEEDS), f"{optimiser}: {len(found)} scores")
        # What a mean of so few seeds may be off by: two standard errors of the difference.
        for form in ("embedding_bag", "bag_of_words"):
            theirs = reference[optimiser][form]
            slack = 2 * (error2(found) + error2(theirs)) ** 0.5
            bench.check(mean(found) >= mean(theirs) - slack,
                        f"{optimiser}: macro-F1 {found}, {form} of PyTorch has {theirs}")
        print(f"{optimiser}: {found}")
        # No word reaches either cap: the same features are to be the same model.
        bench.check(found == macro_f1(bench, optimiser, 10 * MOST), f"{optimiser}: the cap matters")
    bench.end()


if __name__ == "__main__":
    main()
