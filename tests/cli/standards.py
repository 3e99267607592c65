#!/usr/bin/env python3
"""Standardisation over the training set from end to end, on made files: means and deviations are those of
exact numbers over what training clients hold; the same bytes on any ranks, killed and resumed, judged
later; units of the data do not matter; dev and test have no say; and what is refused."""
import math
import random
import struct
import subprocess

from bench import DUMP, Bench, change

SCENARIO = """\
name: standard
seeds: {trial: [3], partition: fixed, corruption: per_trial}
data:
  shards: data
  features: {acc: {standardise: train}, vec: {standardise: train}, pic: {standardise: train}}
model:
  hidden: 8
  head: 6
  encoders: {acc: {kind: conv_gru, filters: [4], kernel: 3}, vec: {kind: mlp, units: 6}, pic: {kind: mlp, units: 6}}
training: {rounds: 3, clients_per_round: 0.6, local: {epochs: 2, batch: 5, lr: 0.05}}
evaluate: {every: 1, metrics: [accuracy, nll]}
"""
LOST = "corruption:\n  - {id: lost, kind: missing_modality, at: both, rate: 0.3}\n"
TESTS = "tests:\n  grain: {kind: gaussian_noise, sigma: [0, 0.2]}\n"
CHANNELS = {"acc": 3, "vec": 4, "pic": 1}
CONSTANT = 3  # channel of vec


def npy(shape, values):
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode()
            + struct.pack(f"<{len(values)}f", *values))


def make(bench, name, acc=lambda x: x, vec=lambda x: x, held_out=lambda x: x):
    """Seven people of very different levels; the first has no acc, the second no pictures.
    acc lies on a grid, so that moving it by 64 rounds nothing. Returns what lies
    in the training samples: modality -> rows of channels."""
    rng, rows, train = random.Random(5), [], {m: [] for m in CHANNELS}
    for person in range(7):
        split = "train" if person < 5 else "test"
        for i in range(16):
            kind, where = i % 2, split if split == "test" or i < 13 else "dev"
            id_, cells = f"p{person}s{i}", []
            keep = (lambda x: x) if where == "train" else held_out
            for modality, missing in (("acc", 0), ("vec", -1), ("pic", 1)):
                if person == missing:
                    cells.append("")
                    continue
                if modality == "acc":
                    shape = (10 + i % 3, 3)
                    x = [round(8 * (rng.gauss(0, 1 + c) + person + kind * (t % 2) + 5 * c)) / 8
                         for t in range(shape[0]) for c in range(3)]
                    x = [keep(acc(v)) for v in x]
                elif modality == "vec":
                    shape = (4,)
                    x = [keep(vec(rng.gauss(1e4 * c + kind, 10 ** (c - 1)))) for c in range(3)]
                    x.append(vec(2.5 if where == "train" else 7.5))
                else:
                    x = [min(255, max(0, round(keep(rng.gauss(40 + 10 * person + 60 * kind, 30)))))
                         for _ in range(20)]
                    bench.write(f"{name}-raw/{id_}.pgm", b"P5 5 4 255\n" + bytes(x))
                    cells.append(f"{id_}.pgm")
                    x = [(v / 255 - 0.5) / 0.5 for v in x]
                if modality != "pic":
                    bench.write(f"{name}-raw/{id_}-{modality}.npy", npy(shape, x))
                    cells.append(f"{id_}-{modality}.npy")
                    x = struct.unpack(f"<{len(x)}f", struct.pack(f"<{len(x)}f", *x))
                if where == "train":
                    n = CHANNELS[modality]
                    train[modality] += [x[k:k + n] for k in range(0, len(x), n)]
            rows.append(f"{id_},p{person},{'ab'[kind]},{where}," + ",".join(cells))
    bench.write(f"{name}-raw/list.csv", "id,client,label,split,acc,vec,pic\n" + "\n".join(rows) + "\n")
    bench.write(f"{name}-raw/d.yaml", "name: made\nclasses: [a, b]\nmodalities: {acc: {kind: series, rate: 10}, "
                "vec: {kind: feature}, pic: {kind: image, size: [4, 5]}}\n"
                "inputs: [{reader: manifest, file: list.csv}]\n")
    bench.good("import", f"{name}-raw/d.yaml", "-o", name)
    return train


def study(bench, name, text=SCENARIO + LOST, data="data"):
    bench.write(f"{name}.yaml", change(text, "shards: data", f"shards: {data}"))
    return f"{name}.yaml"


def run(bench, folder, *args, text=SCENARIO + LOST, data="data", **options):
    return bench.good("run", study(bench, folder, text, data), "-o", folder, "--no-report", *args, **options)


def standards(bench, folder, which="last"):
    """(modality, "means" or "deviations") -> channels, from the one model of a folder."""
    path, = (bench.folder / folder / "models").glob(f"*-{which}.h5")
    text = subprocess.run([DUMP, path, "standard"], capture_output=True, text=True, check=True).stdout
    return {tuple(line.split(" ")[0].split("/")): [float(v) for v in line.split(" ")[3:]]
            for line in text.splitlines()}


def scores(bench, folder):
    return [{k: v for k, v in row.items() if k != "trial"} for row in bench.rows(folder, "scores.csv")]


def exact(rows):
    """Population mean and deviation of each channel, in whole multiples of 2^-200 and in two passes: nothing
    is rounded before the end."""
    out = {"means": [], "deviations": []}
    for channel in zip(*rows):
        pairs = [v.as_integer_ratio() for v in channel]
        x, n = [a * (2 ** 200 // b) for a, b in pairs], len(channel)
        out["means"].append(sum(x) / (n << 200))
        out["deviations"].append(math.sqrt(sum((n * v - sum(x)) ** 2 for v in x) / (n ** 3 << 400)))
    return out


def are_exact(bench):
    """Of what clients hold, with or without a label; pictures pass through float32."""
    train = make(bench, "data")
    run(bench, "clean", text=SCENARIO + "corruption: [{kind: missing_label, rate: 0.4}]\n")
    found = standards(bench, "clean")
    bench.check(found == standards(bench, "clean", "best"), "two models, two standards")
    bench.check(len(found) == 6, f"standards: {sorted(found)}")
    for modality, rows in train.items():
        for what, want in exact(rows).items():
            got = found[modality, what]
            within = 1e-6 if modality == "pic" else 1e-14
            bench.check(all(abs(a - b) <= within * max(abs(b), 1e-3) for a, b in zip(got, want))
                        and len(got) == len(want), f"{modality} {what}: {got}, not {want}")
    bench.check(found["vec", "deviations"][CONSTANT] == 0, "a constant channel has deviation 0")
    values = [float(row["value"]) for row in bench.rows("clean", "scores.csv")]
    bench.check(values and all(map(math.isfinite, values)), "scores that are no numbers")


def ranks(bench):
    text = SCENARIO + LOST + TESTS
    run(bench, "r1", text=text)
    bench.check(standards(bench, "r1") != standards(bench, "clean"), "what clients lost was counted")
    for n in (4,):
        run(bench, f"r{n}", text=text, ranks=n)
        bench.same_tables("r1", f"r{n}", f"{n} ranks")
        bench.check(standards(bench, f"r{n}") == standards(bench, "r1"), f"standards on {n} ranks")
    run(bench, "uncached", "--set", "data.cache_mb=0", text=text)
    bench.same_tables("r1", "uncached", "no cache")
    # Several trials, so that what one learns must not be what another uses.
    sweep = change(text, "trial: [3]", "trial: [3, 4]") + "sweep:\n  - grid: {lost.rate: [0.3, 0]}\n"
    run(bench, "many", text=sweep)
    run(bench, "many3", text=sweep, ranks=3)
    bench.same_tables("many", "many3", "teams")
    trial = bench.rows("r1", "trials.csv")[0]["trial"]
    ours, theirs = ([r for r in bench.rows(folder, "rounds.csv") if r["trial"] == trial]
                    for folder in ("r1", "many"))
    bench.check(ours and ours == theirs, "a trial among others is the trial alone")


def killed(bench):
    text = change(SCENARIO + LOST, "rounds: 3", "rounds: 60")
    run(bench, "whole", text=text)
    words = ("run", study(bench, "killed", text), "--no-report")
    bench.killed("killed", *words)
    bench.good(*words, "-o", "killed", "--resume", ranks=2)
    bench.same_tables("whole", "killed", "killed and resumed")
    bench.check(standards(bench, "whole") == standards(bench, "killed"), "standards of a resumed run")


def judged_later(bench):
    """Damage at test is seen in units of training: with the standards of the kept models."""
    bench.write("tests.yaml", TESTS)
    run(bench, "later")
    for n in (0, 3):
        bench.good("evaluate", "later", "--tests", "tests.yaml", "--no-report", ranks=n)
        bench.same_tables("r1", "later", f"judged later on {n} ranks")
        bench.check((bench.folder / "later/conditions.csv").read_bytes()
                    == (bench.folder / "r1/conditions.csv").read_bytes(), "conditions.csv")
    values = {r["severity"]: r["value"] for r in bench.rows("r1", "scores.csv") if r["condition"] == "grain"
              and r["metric"] == "nll" and r["selection"] == "last" and r["group"] == "all"}
    bench.check(len(values) == 2 and values["0"] != values["0.2"], f"grain: {values}")


def units(bench):
    """A power of two rounds nothing, so other units give the same scores to the last digit; moved by a
    number of its own grid, acc differs at most in the last digits. Without standardisation both change."""
    make(bench, "scaled", acc=lambda x: 8 * x, vec=lambda x: x / 1024)
    make(bench, "moved", acc=lambda x: x + 64)
    none = (SCENARIO + LOST).replace("{standardise: train}", "{standardise: none}")
    for text, mark in ((SCENARIO + LOST, ""), (none, "-none")):
        for data in ("data", "scaled", "moved"):
            run(bench, f"u-{data}{mark}", text=text, data=data)
    bench.check(scores(bench, "u-data") == scores(bench, "u-scaled"), "scaled data score otherwise")
    for column in ("train_loss", "update_norm"):
        ours, theirs = ([r[column] for r in bench.rows(f"u-{data}", "rounds.csv")]
                        for data in ("data", "scaled"))
        bench.check(ours == theirs, f"scaled data: {column}")
    for ours, theirs in zip(scores(bench, "u-data"), scores(bench, "u-moved")):
        bench.check(math.isclose(float(ours["value"]), float(theirs["value"]), rel_tol=1e-4),
                    f"moved: {ours['value']}, {theirs['value']}")
    for data in ("scaled", "moved"):
        bench.check(scores(bench, "u-data-none") != scores(bench, f"u-{data}-none"), f"{data}: no effect")


def no_leak(bench):
    make(bench, "other", held_out=lambda x: 3 * x + 7)
    run(bench, "leak", data="other")
    bench.check(standards(bench, "leak") == standards(bench, "later"), "dev or test have a say")


def nobody_holds_it(bench):
    """Zeros, which is said; and a client alone goes by its own samples."""
    text = SCENARIO + change(LOST, "at: both, rate: 0.3", "at: train, rate: 1, modalities: [acc]")
    said = bench.good("check", study(bench, "nobody", text))
    words = " ".join((said.stdout + said.stderr).split())
    bench.check("no training sample has acc" in words, words)
    bench.check("standardised over what all clients hold for training: acc (3 channels), pic (1 channel), "
                "vec (4 channels)" in words, words)
    run(bench, "nobody", text=text)
    found = standards(bench, "nobody")
    bench.check(found["acc", "means"] == found["acc", "deviations"] == [0, 0, 0], f"{found}")
    alone = SCENARIO + "controls: [local_only]\n"
    run(bench, "alone", text=alone)
    run(bench, "alone3", text=alone, ranks=3)
    bench.same_tables("alone", "alone3", "local_only")


def one_client(bench):
    """Of a single client, local-only training is the federation: it learns from the same samples."""
    text = change(SCENARIO, "shards: data", "shards: data\n  partition: {kind: iid, clients: 1}")
    run(bench, "one", text=change(text, "0.6", "1") + "controls: [local_only]\n")
    own = {}
    for row in bench.rows("one", "scores.csv"):
        if row["scope"] == "own_client" and row["selection"] == "last":
            own.setdefault((row["metric"], row["group"], row["condition"]), []).append(row["value"])
    bench.check(own and all(len(values) == 2 and len(set(values)) == 1 for values in own.values()), f"{own}")


def refusals(bench):
    for what, keys, parts in (
            ("pictures have no windows", "pic: {standardise: window}", ["pic.standardise", "none or train"]),
            ("two scales", "pic: {standardise: train, mean: 0.1}", ["pic", "mean", "leave"]),
            ("a misspelt word", "acc: {standardise: trian}", ["standardise", "trian", "train"])):
        text = change(SCENARIO, "features: {acc: {standardise: train}, vec: {standardise: train}, "
                      "pic: {standardise: train}}", f"features: {{{keys}}}")
        bench.refused(what, bench.run("check", study(bench, "bad", text)), parts)
    # A model without its standards, or with others, is none of that training.
    path, = (bench.folder / "later" / "models").glob("*-best.h5")
    data = bytearray(path.read_bytes())
    mean = struct.pack("<d", standards(bench, "later")["acc", "means"][0])
    at = data.index(mean)
    data[at:at + 8] = struct.pack("<d", 1.0)
    path.write_bytes(data)
    bench.write("more.yaml", "tests: {l: {kind: missing_modality, rate: [0.5]}}\n")
    bench.refused("another mean", bench.run("evaluate", "later", "--tests", "more.yaml"), [path.name])


def main():
    bench = Bench()
    bench.parts(are_exact, ranks, killed, judged_later, units, no_leak, nobody_holds_it, one_client, refusals)
    bench.end()


if __name__ == "__main__":
    main()
