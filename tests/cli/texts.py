#!/usr/bin/env python3
"""Text from end to end: synthetic and imported, alone and beside a series, damaged, on more ranks."""
import subprocess

from bench import EDIT, Bench, change

SCENARIO = """\
name: texts
seeds: [3]
data:
  shards: data
  features: {text: {buckets: 512, max_ngrams: 8}}
model:
  {fusion: attention, hidden: 16, heads: 2, units: 8, head: 0,
   encoders: {series: {kind: conv_gru, filters: [4], kernel: 3}, text: {kind: text, dim: 12}}}
training:
  {rounds: 12, clients_per_round: 0.7, local: {batch: 8, optimiser: adam, lr: 0.01}}
corruption:
  - {id: lost, kind: missing_modality, at: train, rate: 0.2}
tests:
  text_lost: {kind: missing_modality, modalities: [text], rate: [0.5, 1]}
  series_lost: {kind: missing_modality, modalities: [series], rate: [1]}
evaluate: {every: 4, metrics: [accuracy, nll]}
"""

ONLY_TEXT = """\
name: alone
seeds: [1]
data: {shards: data, modalities: [text]}
model: {fusion: concat, hidden: 16, head: 0}
training: {rounds: 2, local: {batch: 8}}
evaluate: {every: 2, metrics: [accuracy]}
"""


def accuracy(bench, folder, condition="clean", which="last"):
    rows = [row for row in bench.rows(folder, "scores.csv")
            if row["condition"] == condition and row["metric"] == "accuracy"
            and row["selection"] == which and row["group"] == "all"]
    bench.check(len(rows) == 1, f"{folder}, {condition}: {len(rows)} rows")
    return float(rows[0]["value"])


def learns(bench):
    result = bench.good("inspect", "data")
    bench.check("text           text, up to " in result.stdout and " bytes" in result.stdout,
                f"inspect: {result.stdout}")
    bench.write("s.yaml", SCENARIO)
    for ranks in (1, 3):
        bench.good("run", "s.yaml", "-o", f"r{ranks}", "--no-report", ranks=ranks)
        bench.same_tables("r1", f"r{ranks}", f"{ranks} ranks")
    # 4 classes, 120 test samples: chance is 0.25 +- 0.04
    for condition in ("trial", "series_lost"):
        found = accuracy(bench, "r1", condition)
        bench.check(found > 0.6, f"{condition}: accuracy {found}")
    bench.write("alone.yaml", ONLY_TEXT)  # the encoder is the default one
    bench.good("run", "alone.yaml", "-o", "alone", "--no-report", "--set", "training.rounds=25",
               "--set", "training.local.lr=0.2")
    found = accuracy(bench, "alone", "trial")
    bench.check(found > 0.6, f"text alone: accuracy {found}")


def zeros(bench):
    """Absent texts as zeros, as FedMultimodal encodes what is absent."""
    keys = ("--set", "training.rounds=2", "--set", "model.encode_absent_as_zeros=true")
    for ranks in (1, 2):
        bench.good("run", "s.yaml", "-o", f"z{ranks}", "--no-report", *keys, ranks=ranks)
    bench.same_tables("z1", "z2", "absent as zeros")


def are_same(*models):
    return subprocess.run([EDIT, "same", *map(str, models)], capture_output=True, check=False).returncode == 0


def changed_on_its_way(bench):
    """What changes an update also changes rows that no batch of the client named: the sum must not miss those. A decay too small
    for a float moves nothing, and has all rows summed."""
    models = {}
    for name, words in (("plain", ()), ("attack", ("training.attack={kind: gaussian_update, deviation: 0.05, who: 0.3}",)),
                        ("coded", ("training.compression={kind: sign}",))):
        for rows, decay in (("seen", "0"), ("all", "1e-300")):
            keys = (f"training.local.weight_decay={decay}", f"training.local.weight_decay_rows={rows}", *words)
            bench.good("run", "alone.yaml", "-o", f"{name}-{rows}", "--no-report",
                       *(word for key in keys for word in ("--set", key)))
            models[name, rows] = next((bench.folder / f"{name}-{rows}" / "models").glob("*-last.h5"))
        bench.check(are_same(models[name, "seen"], models[name, "all"]), f"{name}: the models differ")
    for name in ("attack", "coded"):
        bench.check(not are_same(models[name, "seen"], models["plain", "seen"]), f"{name} changes nothing")


def damaged(bench):
    """Ill-formed bytes, NUL and controls all over the texts: data like any other."""
    path = bench.synth("bad", modalities='["text:6"]', clients=4)[0]
    for k, byte in enumerate((0xff, 0xc3, 0x80, 0xed, 0xa0, 0xf4, 0x00, 0x1b, 0xe2, 0xf0, 0xc0) * 12):
        bench.edit("set", path, "/modalities/text/values", 13 * k, byte)
    bench.write("bad.yaml", change(ONLY_TEXT, "shards: data", "shards: bad"))
    for ranks in (1, 3):
        bench.good("run", "bad.yaml", "-o", f"bad{ranks}", "--no-report", ranks=ranks)
    bench.same_tables("bad1", "bad3", "damaged texts")


def imported(bench):
    """Texts from a column and from files, Latin-1 and nothing but punctuation among them."""
    texts = ["Good!", "¡Muy bien!", "不好", "very \"bad\"", "..."]
    lines = ["id,client,label,split,text,note"]
    for k in range(30):
        note = f"notes/{k}.txt" if k % 3 else ""
        quoted = texts[k % 5].replace('"', '""')
        lines.append(f'{k},c{k % 3},{"no" if k % 5 in (2, 3) else "yes"},'
                     f'{("train", "dev", "test")[k // 5 % 3]},"{quoted}",{note}')
        if note:
            bench.write(note, b"caf\xe9 \xff\xfe" if k % 2 else b"plain")
    bench.write("list.csv", "\n".join(lines) + "\n")
    bench.write("set.yaml", "name: said\nmodalities: {text: {kind: text}, note: {kind: text}}\n"
                "inputs: [{reader: manifest, file: list.csv, texts: {text: text}}]\n")
    plan = bench.good("import", "set.yaml", "-o", "said", "--dry-run").stdout
    bench.check("3 to 11 bytes" in plan, f"plan of the import: {plan}")
    bench.good("import", "set.yaml", "-o", "said")
    bench.write("said.yaml", change(ONLY_TEXT, "{shards: data, modalities: [text]}", "{shards: said}"))
    bench.good("run", "said.yaml", "-o", "out-said", "--no-report")


def refusals(bench):
    bench.refused("a series' encoder", bench.run(
        "run", "alone.yaml", "-o", "out", "--set", "model.encoders.text={kind: gru}"),
        ["model.encoders.text: encoder gru does not accept words, which text has"])
    bench.refused("a text's encoder", bench.run(
        "run", "s.yaml", "-o", "out", "--set", "model.encoders.series={kind: text}"),
        ["model.encoders.series: encoder text does not accept sequences"])
    bench.refused("a key of sound", bench.run(
        "run", "alone.yaml", "-o", "out", "--set", "data.features.text={bands: 9}"),
        ["data.features.text.bands: is not used by modalities of kind text"])


def main():
    bench = Bench()
    bench.synth(clients=10, test_clients=6, samples=20, classes=4, separation=2,
                modalities='["series:12x2", "text:8"]', ragged="true")
    bench.parts(learns, zeros, changed_on_its_way, damaged, imported, refusals)
    bench.end()


if __name__ == "__main__":
    main()
