#!/usr/bin/env python3
"""The recipes of ten public data sets (data/*/dataset.yaml and scenarios/*.yaml) take made files of the
layouts of these sets: which samples there are, their labels, splits and clients, and values by hand."""
import collections
import pathlib
import re
import subprocess
import sys

import made_sets
from bench import DUMP, SOURCE, Bench

SPLITS = ["train", "dev", "test"]


class Shard:
    """What the only shard of an import holds, by sample."""

    def __init__(self, bench, name, modalities):
        path = bench.folder / "out" / name / "shard-0000.h5"
        self.lines = {}
        for group in ("/", *(f"modalities/{m}" for m in modalities)):
            text = subprocess.run([DUMP, path, group], capture_output=True, text=True, check=True).stdout
            for line in text.splitlines():
                key, shape, kind, *values = line.split(" ")
                self.lines[key if group == "/" else f"{group}/{key}"] = (shape, kind, values)
        codes = [int(code) for code in self.column("samples/split")]
        self.split = dict(zip(self.column("samples/source"), [SPLITS[code] for code in codes]))
        self.classes = self.column("classes")
        clients, counts = self.column("clients/id"), [int(n) for n in self.column("clients/count")]
        owners = [client for client, n in zip(clients, counts) for _ in range(n)]
        self.client = dict(zip(self.split, owners))

    def column(self, key):
        return self.lines[key][2]

    def label(self):
        return {source: self.classes[int(code)]
                for source, code in zip(self.split, self.column("samples/label"))}

    def group(self, name):
        values = self.column(f"groups/{name}/values")
        return {source: values[int(code)] for source, code in zip(self.split, self.column(f"groups/{name}/code"))}

    def sizes(self):
        count = collections.Counter(self.split.values())
        return [count[split] for split in SPLITS]


def take(bench, name, make, modalities, *sets, prepare=False):
    """Makes the files, imports them by the recipe, checks its scenario; returns the shard."""
    raw = bench.folder / "raw" / name
    raw.mkdir(parents=True)
    make(raw)
    if prepare:
        subprocess.run([sys.executable, SOURCE / "data" / name / "prepare.py", raw], check=True)
    bench.good("import", SOURCE / "data" / name / "dataset.yaml", "--raw", raw, "-o", f"out/{name}")
    words = [word for key in ("training.rounds=1", f"data.shards={bench.folder / 'out' / name}", *sets)
             for word in ("--set", key)]
    said = bench.good("check", SOURCE / "scenarios" / f"{name}.yaml", *words).stdout
    bench.check("fedopt" in said and "fedprox" in said, f"{name}: {said}")
    readme = (SOURCE / "data" / name / "README.md").read_text(encoding="utf-8")
    bench.check("Licence" in readme and f"data/{name}/dataset.yaml" in readme, f"{name}: README.md")
    return Shard(bench, name, modalities)


def meld(bench):
    shard = take(bench, "meld", made_sets.meld, ["audio", "text"])
    bench.check(shard.sizes() == [14, 1, 2], f"splits: {shard.sizes()}")
    bench.check("train/dia0_utt2" not in shard.split and "dev/dia0_utt1" not in shard.split, "other emotions stay")
    label = shard.label()
    bench.check([label[f"train/dia{k}"] for k in ("0_utt0", "0_utt1", "1_utt0", "2_utt9")]
                == ["joy", "neutral", "anger", "sadness"], f"labels: {label}")
    bench.check(shard.client["train/dia1_utt0"] == "season2_Ross"
                and shard.client["test/dia0_utt0"] == "season1_Rachel", f"clients: {shard.client}")
    there = dict(zip(shard.split, shard.column("modalities/audio/present")))
    bench.check([source for source, is_there in there.items() if is_there == "0"] == ["train/dia0_utt1"],
                f"sound that is absent: {there}")
    bench.check(set(shard.column("modalities/text/present")) == {"1"}, "a text is absent")
    said = bench.good("check", SOURCE / "scenarios" / "meld.yaml", "--set",
                      f"data.shards={bench.folder / 'out' / 'meld'}").stdout
    bench.check("3 clients with 3 training samples take no part" in " ".join(said.split()), f"small clients: {said}")


def crema_d(bench):
    shard = take(bench, "crema-d", made_sets.crema_d, ["video"])
    bench.check(shard.sizes() == [56, 8, 0], f"splits: {shard.sizes()}")
    bench.check(shard.classes == ["anger", "sadness", "happiness", "neutral"], f"classes: {shard.classes}")
    label = shard.label()
    bench.check(all(label[source][:2] == {"ANG": "an", "SAD": "sa", "HAP": "ha", "NEU": "ne"}[source[9:12]]
                    and shard.client[source] == source[:4] for source in label), f"labels: {label}")
    folds = {source[:4]: fold for source, fold in shard.group("fold").items()}
    bench.check(folds == {"1001": "1", "1002": "1", "1019": "1", "1020": "2", "1038": "3", "1056": "4",
                          "1074": "5", "1091": "5"}, f"folds: {folds}")


def ku_har(bench):
    shard = take(bench, "ku-har", made_sets.ku_har, ["acc", "gyro"])
    # Three activities of five takes; of 300 rows at 100 Hz there are 150 steps, one window.
    bench.check(shard.sizes() == [60, 15, 0], f"splits: {shard.sizes()}")
    bench.check(sorted(set(shard.client.values())) == [str(who) for who in range(1001, 1006)],
                f"clients: {shard.client}")
    names = {"0": "stand", "1": "sit", "15": "stair_up"}
    bench.check(all(names[source.split("/")[1].split(".")[0]] == label for source, label in shard.label().items()),
                f"labels: {shard.label()}")
    shape, _, values = shard.lines["modalities/acc/values"]
    bench.check(shape == "75x128x3", f"shape: {shape}")
    gyro = shard.column("modalities/gyro/values")
    for k, source in enumerate(shard.split):
        who = int(shard.client[source])
        first, second = ([float(v) for v in values[384 * k + 3 * t:][:3]] for t in (0, 1))
        bench.check(first == [who, 0, 0] and second == [who + 2, 2, -2], f"{source}: {first} {second}")
        take_of = int(source.split("_A_")[1][0])
        last = [float(v) for v in gyro[384 * k + 3 * 127:][:3]]
        bench.check(last == [int(source.split("/")[1].split(".")[0]), take_of, 254 / 8], f"{source}: {last}")


def ptb_xl(bench):
    shard = take(bench, "ptb-xl", made_sets.ptb_xl, ["limb", "chest"], prepare=True)
    bench.check(shard.sizes() == [12, 1, 1], f"splits: {shard.sizes()}")
    bench.check("5" not in shard.split and shard.split["3"] == "dev" and shard.split["4"] == "test"
                and shard.client["2"] == "0" and shard.client["4"] == "1", f"{shard.split} {shard.client}")
    bits = [int(v) for v in shard.column("samples/label")]
    sets = {source: [name for c, name in enumerate(shard.classes) if bits[5 * k + c]]
            for k, source in enumerate(shard.split)}
    bench.check([sets[k] for k in ("1", "2", "3", "4", "6")]
                == [["NORM"], ["MI", "STTC"], ["STTC"], [], ["HYP"]], f"sets: {sets}")
    for name, first in (("limb", 0), ("chest", 6)):
        shape, _, values = shard.lines[f"modalities/{name}/values"]
        bench.check(shape == "14000x6", f"{name}: {shape}")
        for k, source in enumerate(shard.split):
            got = [float(v) for v in values[6000 * k + 6 * 999:][:6]]
            want = [(int(source) * 100 + 49 - 20 * (first + lead)) / 1000 for lead in range(6)]
            bench.check(all(abs(a - b) < 1e-6 for a, b in zip(got, want)), f"{name} of {source}: {got}, {want}")


def hateful_memes(bench):
    shard = take(bench, "hateful-memes", made_sets.hateful_memes, ["image", "text"])
    bench.check(shard.sizes() == [40, 3, 4], f"splits: {shard.sizes()}")
    label = shard.label()
    bench.check(label["img/00001.png"] == "benign" and label["img/00042.png"] == "hateful"
                and label["img/00047.png"] == "hateful", f"labels: {label}")
    shape, _, values = shard.lines["modalities/image/values"]
    bench.check(shape == "47x96x96x3", f"shape: {shape}")
    for k, source in enumerate(shard.split):
        number = int(source[4:9])
        got = [int(v) for v in values[96 * 96 * 3 * k:][:3]]
        bench.check(got == [number, 2 * number, 255 - number], f"{source}: {got}")


def crisis_mmd(bench):
    shard = take(bench, "crisis-mmd", made_sets.crisis_mmd, [], "data.partition.clients=10")
    bench.check(shard.sizes() == [120, 8, 8], f"splits: {shard.sizes()}")
    bench.check(shard.classes == made_sets.CRISES, f"classes: {shard.classes}")
    bench.check(all(shard.client[source] == source.split("_")[0] for source in shard.split), "clients")
    bench.check(len(set(shard.client.values())) < 80, "each picture has a tweet of its own")
    first = "917791044158185473_0"
    bench.check(shard.label()[first] == "not_humanitarian"
                and shard.label()["917791044158185474_1"] == "infrastructure_and_utility_damage"
                and shard.group("event_name")[first] == "california_wildfires", f"{shard.label()}")


def ucf101(bench):
    shard = take(bench, "ucf101", made_sets.ucf101, ["video"], "data.partition.clients=5")
    bench.check(shard.sizes() == [96, 24, 30] and len(shard.classes) == 51, f"splits: {shard.sizes()}")
    source = "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01"
    bench.check(shard.client[source] == "ApplyEyeMakeup/08" and shard.label()[source] == "ApplyEyeMakeup"
                and len(set(shard.client.values())) == 30, f"{shard.client}")
    bench.check(not any("Biking" in name for name in shard.split), "a class without sound stays")


def moments(bench):
    for name in ("mit-10", "mit-51"):
        shard = take(bench, name, made_sets.moments, [], "data.partition.clients=5")
        bench.check(shard.sizes() == [80, 20, 8], f"{name}: {shard.sizes()}")
        bench.check(shard.classes == ["adult+female+singing", "clapping"], f"{name}: {shard.classes}")
        bench.check(shard.split["validation/clapping/yt-cl_0"] == "test", f"{name}: {shard.split}")
        # The README's shell lines make the two lists that were written by hand above.
        readme = (SOURCE / "data" / name / "README.md").read_text(encoding="utf-8")
        lines = re.search(r"^\(echo part.*?> classes\.csv$", readme, re.M | re.S)
        raw = bench.folder / "raw" / name
        by_hand = [row for row in (raw / "list.csv").read_text().splitlines() if ",rare," not in row]
        subprocess.run(["sh", "-c", lines[0]], cwd=raw, check=True)
        bench.check(sorted(by_hand) == sorted((raw / "list.csv").read_text().splitlines()), f"{name}: list.csv")
        bench.check((raw / "classes.csv").read_text() == "label\nadult+female+singing\nclapping\n",
                    f"{name}: {(raw / 'classes.csv').read_text()}")


def settings(bench):
    """What the scenarios say is what the benchmark's table says."""
    table = {"meld": "200 0.1 0.01 0.002 0.01 uar", "crema-d": "200 0.1 0.05 0.025 0.01 uar",
             "ku-har": "200 0.1 0.05 0.025 0.01 macro_f1", "ptb-xl": "200 0.25 0.05 0.01 0.01 macro_f1",
             "hateful-memes": "200 0.25 0.05 0.005 0.1 uar", "crisis-mmd": "200 0.1 0.05 0.004 0.01 macro_f1",
             "ucf101": "200 0.1 0.05 0.01 0.01 accuracy", "mit-10": "300 0.05 0.05 0.025 0.01 accuracy",
             "mit-51": "300 0.05 0.05 0.025 0.01 accuracy"}
    for name, line in table.items():
        rounds, share, rate, server, mu, metric = line.split()
        text = pathlib.Path(SOURCE / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8")
        for part in (f"rounds: {rounds}\n", f"clients_per_round: {share}\n", f"batch: 16, lr: {rate}, momentum: 0.9",
                     f"fedopt, lr: {server},", f"fedprox, mu: {mu}}}", f"selection: {{metric: {metric},"):
            bench.check(part in text, f"{name}: {part}")


if __name__ == "__main__":
    BENCH = Bench()
    BENCH.parts(meld, crema_d, ku_har, ptb_xl, hateful_memes, crisis_mmd, ucf101, moments, settings)
    BENCH.end()
