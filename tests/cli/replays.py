#!/usr/bin/env python3
"""Ledgers replayed by the program: every kind of every medium at work at once, other samples as donors, losses in
bursts, wrong labels. Another corruption seed gives the same training, scores and ledger to the byte."""
import re

from bench import Bench, change

MEDIA = ("audio", "image", "series", "text", "feature")
SYNTH = {"clients": 6, "test_clients": 3, "samples": 12, "classes": 3, "audio_rate": 8000, "ragged": "true",
         "modalities": '["audio:1600", "image:12x12x3", "series:40x3", "text:12", "feature:6"]'}
SCENARIO = """\
name: all
seeds: {trial: [3], partition: fixed, corruption: per_trial}
data: {shards: data, features: {audio: {bands: 8}}}
model: {hidden: 8, head: 6, fusion: concat}
training: {rounds: 2, clients_per_round: 0.6, local: {epochs: 1, batch: 5, lr: 0.05}}
corruption:
%sevaluate: {every: 1, metrics: [accuracy, nll], groups: [site], save_ledger: true}
"""
# Keys that a kind wants beside its severity, or in its place; a kind of files has a test of its own.
NEEDED = {"dialect": "severity: 3, variety: indian", "payload": "strength: 0.5, target: class1",
          "desync": "shift: 1, by: windows", "trigger_mark": "strength: 0.5"}
FILES = {"background"}
TOGETHER = """\
  - {id: gone, kind: missing_modality, rate: 0.3, burst: 3, at: train}
  - {id: few, kind: missing_modality, rate: 0.4, draw: k_of_m, at: train, who: {site: site1}}
  - {id: nobody, kind: missing_label, rate: 0.1}
  - {id: wrong, kind: label_noise, model: instance, rate: 0.4, who: 0.5}
  - {id: old, kind: stale, lag: 2, rate: 0.5, at: train}
  - {id: crowd, kind: babble, severity: 4, rate: 0.5, at: train, modalities: [audio]}
  - {id: other, kind: conflict, rate: 0.4, at: train, modalities: [image, text]}
  - {id: hiss, kind: noise, severity: 5, with: old, at: train}
  - {id: paste, kind: payload, target: class2, strength: 0.7, embed: corner, rate: 0.5, at: train, modalities: [series]}
  - {id: nothing, kind: blank, fill: noise, rate: 0.2, at: train, modalities: [feature]}
"""


def entries(bench, medium, graded):
    """One of each kind of a medium, all on some of the samples; the names of the kinds."""
    text = "".join(bench.good("list", "corruptions", word).stdout for word in (medium, "any"))
    kinds = [kind for kind in re.findall(r"^  (\S+) ", text, re.M) if kind not in FILES]
    lines = []
    for k, kind in enumerate(kinds):
        keys = NEEDED.get(kind, "severity: 3" if kind in graded else "")
        lines.append(f"  - {{id: e{k}, kind: {kind}, at: train, rate: 0.3, modalities: [{medium}]"
                     f"{', ' if keys else ''}{keys}}}\n")
    return "".join(lines), set(kinds)


def again(bench, name, corruption, ranks=0):
    """Trains, then trains from the ledger alone under another corruption seed; the rows of the ledger."""
    bench.write(f"{name}.yaml", SCENARIO % corruption)
    bench.good("run", f"{name}.yaml", "-o", name, "--no-report")
    path = next((bench.folder / name / "ledgers").glob("*.csv"))
    replay = SCENARIO % f"  - {{kind: replay, at: train, ledger: {path}}}\n"
    bench.write(f"{name}-again.yaml", change(replay, "per_trial", "91"))
    bench.good("run", f"{name}-again.yaml", "-o", f"{name}-again", "--no-report", ranks=ranks)
    other = next((bench.folder / f"{name}-again" / "ledgers").glob("*.csv"))
    bench.check(path.read_bytes() == other.read_bytes(), f"{name}: the ledger of the replay is another one")
    for table in ("scores.csv", "rounds.csv", "trials.csv"):
        a, b = ([{key: value for key, value in row.items() if not re.search(r"^trial$|nominal$|realised$", key)}
                 for row in bench.rows(folder, table)] for folder in (name, f"{name}-again"))
        bench.check(a == b and len(a) > 0 and len(a[0]) > 3, f"{name}: {table} of the replay is another one")
    return [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:]]


def each_medium(bench):
    graded = set(re.findall(r"^\| `(\w+)` \| `\w+` \|", bench.good("list", "corruptions", "--reference").stdout, re.M))
    for medium in MEDIA:
        corruption, kinds = entries(bench, medium, graded)
        rows = again(bench, medium, corruption)
        bench.check({row[3] for row in rows} == kinds, f"{medium}: not in the ledger: "
                                                       f"{sorted(kinds - {row[3] for row in rows})}")


def together(bench):
    """Presence, labels and values of several modalities in one record, read on three ranks."""
    rows = again(bench, "together", TOGETHER, ranks=3)
    what = {row[2] for row in rows}
    bench.check(what >= {"lost", "label", "unlabelled", "damaged"}, f"the record holds {what} alone")
    bench.check({row[4] for row in rows} >= {"old", "crowd", "other", "hiss", "paste", "nothing"}, "entries without a row")


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    bench.parts(each_medium, together)
    bench.end()


main()
