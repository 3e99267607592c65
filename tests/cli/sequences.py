#!/usr/bin/env python3
"""Studies of sequences: strings made at import, word error rates that follow from what was said, the same bytes
on any ranks and after a kill, where training starts, and what does not go with sequences."""
import math
import struct

from bench import SOURCE, Bench, change

WORDS = ["high", "low", "mid"]
SET = """\
name: calls
groups: [town]
modalities: {audio: {kind: audio}}
inputs: [{reader: manifest, file: takes.csv}]
strings: {from: audio, per_client: 6, length: [1, 3], gap_ms: [5, 20]}
"""
STUDY = """\
name: said
seeds: [1, 2]
data: {shards: strings}
model: {hidden: 8, head: 0, dropout: 0, encoders: {audio: {kind: conv_gru, filters: [6], kernel: 3}}}
training:
  {rounds: 3, clients_per_round: 0.5, local: {batch: 4, optimiser: adam, lr: 0.01}, selection: {metric: wer}}
tests:
  late: {kind: missing_modality, modalities: [audio], rate: [0.5, 1]}
evaluate: {every: 2, metrics: [wer, substitutions, deletions, insertions, mer], groups: [town]}
"""


def tone(word, client, take):
    """A tenth of a second at 4 kHz, a pitch for each word."""
    hz = 200 + 300 * WORDS.index(word) + 10 * client
    values = [int(9000 * math.sin(2 * math.pi * hz * i / 4000 + take)) for i in range(400)]
    data = struct.pack("<400h", *values)
    return b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack(
        "<IHHIIHH", 16, 1, 1, 4000, 8000, 2, 16) + b"data" + struct.pack("<I", len(data)) + data


def data(bench):
    rows = ["id,client,label,split,town,audio"]
    for client in range(9):
        for take in range(6):
            word = WORDS[take % 3]
            name = f"c{client}-{take}.wav"
            split = "test" if client > 5 else "dev" if take > 3 else "train"
            bench.write(name, tone(word, client, take))
            rows.append(f"c{client}-{take},c{client},{word},{split},t{client % 2},{name}")
    bench.write("takes.csv", "\n".join(rows) + "\n")
    bench.write("set.yaml", SET)
    bench.write("s.yaml", STUDY)
    said = bench.good("import", "set.yaml", "-o", "strings").stderr
    bench.check("strings of" in said and "each at most" in said, f"import: {said}")
    bench.write("takes.yaml", SET[:SET.index("strings:")])
    bench.good("import", "takes.yaml", "-o", "takes")
    text = bench.good("inspect", "strings").stdout
    bench.check("sequences, 3 classes" in text and "at most 3" in text, f"inspect: {text}")
    bench.good("init", "strings", "-o", "first.yaml")
    bench.good("check", "first.yaml")
    text = bench.good("check", "s.yaml").stdout
    bench.check("3 classes (sequences)" in text and "symbols from token to token" in text, f"check: {text}")
    # Those that lost what is heard are not said to have too many words, and no filters are to blame.
    said = bench.good("check", "s.yaml", "--set", "corruption=[{kind: missing_modality, at: train, rate: 1, if_all_lost: keep}]").stderr
    bench.check("left out, since their loss is infinite: 36 lack audio, 0 have more words than steps\n" in said, f"check: {said}")


def distance(a, b):
    """Levenshtein, by its definition."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        row, above = [i + 1], row
        for j, y in enumerate(b):
            row.append(min(above[j] + (x != y), above[j + 1] + 1, row[j] + 1))
    return row[-1]


def results(bench):
    """Scores follow from the words in results.h5."""
    bench.good("run", "s.yaml", "-o", "full")
    bench.check((bench.folder / "full" / "report.html").exists(), "no report")
    trial = bench.rows("full", "trials.csv")[0]["trial"]
    held, n = bench.dump("full", trial), 3 * 6
    conditions = [("trial", ""), ("late", "0.5"), ("late", "1")]
    bench.check(held["test/edits"][0] == f"2x3x{n}x4" and "test/predicted" not in held
                and held["test/said_offset"][0] == f"{2 * 3 * n + 1}" and held["train/left_out"][2] == [0],
                f"shapes: {[(k, v[0]) for k, v in held.items()]}")
    first, words = held["test/words_offset"][2], held["test/words"][2]
    begin, said, edits = held["test/said_offset"][2], held["test/said"][2], held["test/edits"][2]
    found = {(r["selection"], r["condition"], r["severity"], r["metric"]): r for r in
             bench.rows("full", "scores.csv") if r["trial"] == trial and r["group"] == "all"}
    for s, selection in enumerate(("best", "last")):
        for c, condition in enumerate(conditions):
            wrong = counts = 0
            sums = [0, 0, 0, 0]
            for i in range(n):
                row = (s * 3 + c) * n + i
                truth, heard = words[first[i]:first[i + 1]], said[begin[row]:begin[row + 1]]
                kinds = edits[4 * row:4 * row + 4]
                wrong += distance(truth, heard)
                counts += len(truth)
                sums = [a + b for a, b in zip(sums, kinds)]
                bench.check(sum(kinds[1:]) == distance(truth, heard) and sum(kinds[:3]) == len(truth)
                            and kinds[0] + kinds[1] + kinds[3] == len(heard), f"{row}: {truth} {heard} {kinds}")
            want = {"wer": wrong / counts, "mer": wrong / (wrong + sums[0]), "substitutions": 100 * sums[1] / counts,
                    "deletions": 100 * sums[2] / counts, "insertions": 100 * sums[3] / counts}
            for metric, value in want.items():
                row = found[(selection, *condition, metric)]
                bench.check(abs(float(row["value"]) - value) < 1e-12 and row["chance"] == "",
                            f"{selection} {condition} {metric}: {row}, not {value}")
    bench.check(float(found[("last", "late", "1", "deletions")]["value"]) == 100, "who hears nothing says nothing")


def same_bytes(bench):
    bench.good("run", "s.yaml", "-o", "r3", "--no-report", ranks=3)
    bench.same_tables("full", "r3", "3 ranks")
    bench.killed("again", "run", "s.yaml", "--no-report")
    bench.good("run", "s.yaml", "-o", "again", "--resume", "--no-report")
    bench.same_tables("full", "again", "after a kill")
    bench.good("run", "full/scenario.yaml", "-o", "own", "--no-report")
    bench.same_tables("full", "own", "scenario.yaml of the results")
    bench.check("loss: ctc" in (bench.folder / "full" / "cells.yaml").read_text(encoding="utf-8")
                and "loss:" not in (bench.folder / "full" / "scenario.yaml").read_text(encoding="utf-8"),
                "where the default loss stands")


def judged_anew(bench):
    """A condition that is added later is judged, the others are taken from what was kept."""
    bench.write("more.yaml", "gone: {kind: missing_modality, modalities: [audio], rate: [1]}\n")
    bench.good("evaluate", "full", "--tests", "more.yaml", "--no-report")
    rows = {(r["condition"], r["severity"], r["metric"]): r["value"] for r in bench.rows("full", "scores.csv")
            if r["group"] == "all" and r["selection"] == "last"}
    bench.check(rows[("gone", "1", "wer")] == rows[("late", "1", "wer")] == "1", f"evaluate: {rows}")


def starts(bench):
    """From a model of single words: its encoder is taken, the classes are drawn anew."""
    bench.write("words.yaml", change(change(STUDY, "data: {shards: strings}", "data: {shards: takes}"),
                                     "selection: {metric: wer}", "selection: {metric: accuracy}")
                .replace("[wer, substitutions, deletions, insertions, mer]", "[accuracy]")
                .replace("hidden: 8", "fusion: concat, hidden: 8"))
    bench.good("run", "words.yaml", "-o", "words", "--no-report")
    text = bench.good("check", "s.yaml", "--set", "model.start=words").stdout
    bench.check("drawn anew: head.classes.weight, head.classes.bias" in " ".join(text.split()), f"start: {text}")
    bench.good("run", "s.yaml", "-o", "begun", "--no-report", "--set", "model.start=words")


def alone(bench):
    """Clients whose own models diverge say nothing: all words are missing, and are counted so."""
    bench.good("run", "s.yaml", "-o", "alone", "--no-report", "--set", "seeds=[1]", "--set", "controls=[local_only]", "--set",
               "data.partition={kind: natural, own_test: 0.3}", "--set", "training.rounds=1", "--set",
               "training.local={batch: 4, lr: 10, momentum: 0.99, weight_decay: 1, clip_norm: 0, epochs: 100}")
    trial = next(t["trial"] for t in bench.rows("alone", "trials.csv") if t["control"] == "local_only")
    held = bench.dump("alone", trial)
    first, edits = held["own/words_offset"][2], held["own/edits"][2]
    n = len(first) - 1
    bench.check(set(held["clients/diverged"][2]) == {1} and len(edits) == 4 * 2 * 3 * n, f"{held['clients/diverged']} {len(edits)}")
    want = [v for i in range(n) for v in (0, 0, first[i + 1] - first[i], 0)] * 6
    bench.check(edits == want and sum(want) > 0, "a model that diverged said something")
    values = {r["metric"]: r["value"] for r in bench.rows("alone", "scores.csv") if r["trial"] == trial and r["group"] == "all"
              and r["scope"] == "own_client" and r["condition"] == "trial" and r["selection"] == "last"}
    bench.check(values == {"wer": "1", "substitutions": "0", "deletions": "100", "insertions": "0", "mer": "1"}, f"{values}")


def refusals(bench):
    def refuse(words, *sets, study="s.yaml"):
        sets = [word for value in sets for word in ("--set", value)]
        bench.refused(" ".join(sets), bench.run("run", study, "-o", "out", *sets), words, absent=("out",))
    refuse(["evaluate.metrics: accuracy is of one answer", "there are wer"], "evaluate.metrics=[accuracy]")
    refuse(["training.selection.metric: accuracy"], "training.selection.metric=accuracy")
    refuse(["cross_entropy is for one label per sample", "take ctc"], "training.local.loss=cross_entropy")
    refuse(["ctc is for sequences of classes", "single-label"], "data.shards=takes", "training.local.loss=ctc")
    refuse(["evaluate.metrics: wer is of sequences"], "data.shards=takes", "training.local.loss=cross_entropy")
    refuse(["class_weights: is for one label"], "training.local.class_weights=balanced")
    refuse(["sampling: balanced"], "training.local.sampling=balanced")
    refuse(["evaluate.save_scores"], "evaluate.save_scores=true")
    refuse(["evaluate.target"], "evaluate.target=low")
    refuse(["evaluate.judge: chow"], "evaluate.judge={kind: chow, cost: 0.5}")
    refuse(["wrong labels are other classes"], "corruption=[{kind: label_noise, rate: 0.1}]")
    refuse(["classes are dealt", "sequences", "and quantity deal"], "data.partition={kind: dirichlet, clients: 4, alpha: 1}")
    refuse(["moon adds to the loss of each sample"], "training.server=moon")
    refuse(["fedcorr replaces the one label", "sequences of classes"], "training.server=fedcorr")
    refuse(["membership.held_out", "sequences of classes"], "membership={held_out: 0.5}")


def instruments(bench):
    """Who asks for one answer a sample is told that there are several."""
    for words in (["check", "--power", "full", "--condition", "late=1", "--drop", "0.05"],
                  ["guard", "full", str(SOURCE / "scenarios/instruments/gate.yaml"), "-o", "asked"],
                  ["redteam", "full", str(SOURCE / "scenarios/instruments/redteam.yaml"), "-o", "asked"],
                  ["bounty", "full", "--hunt", "-o", "asked"],
                  ["matrix", "full", "-o", "asked"],
                  ["lastmile", "full", "--group", "town", "-o", "asked"]):
        done = bench.run(*words)
        print(words[0], done.returncode, done.stderr[-200:])
        bench.check(done.returncode == 2 and not (bench.folder / "asked").exists(),
                    f"{words}: {done.returncode} {done.stderr[-300:]}")


def main():
    bench = Bench()
    bench.parts(data, results, same_bytes, judged_anew, starts, alone, refusals, instruments)
    bench.end()


if __name__ == "__main__":
    main()
