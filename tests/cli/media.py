#!/usr/bin/env python3
"""Damage of all media at once, in training and at test: the same bytes of results on 1, 2, 3 and 7 ranks,
without a cache, and killed and resumed; and damage that the data really got."""
import csv
import io
import re

from bench import SOURCE, Bench, change

SYNTH = {"clients": 7, "test_clients": 3, "samples": 10, "classes": 3, "audio_rate": 8000,
         "modalities": '["audio:1600", "image:12x12x3", "series:40x6", "text:40", "feature:8"]', "ragged": "true"}
# Of each medium kinds that draw numbers and kinds that draw none, some of them for devices, some anew in each
# epoch, some hitting clients as a whole; several act on one value after another.
SCENARIO = """\
name: media
seeds: {trial: [3], partition: fixed, corruption: per_trial}
data: {shards: data, features: {audio: {bands: 8}, text: {buckets: 512, max_ngrams: 8}}}
model:
  hidden: 8
  head: 6
  encoders:
    audio: {kind: conv_gru, filters: [4], kernel: 3}
    image: {kind: mlp, units: 6}
    series: {kind: conv_gru, filters: [4], kernel: 3}
    text: {kind: text, dim: 12}
    feature: {kind: mlp, units: 6}
training: {rounds: 3, clients_per_round: 0.6, local: {epochs: 2, batch: 5, lr: 0.05}}
corruption:
  - {id: room, kind: reverberation, severity: 2, per: client}
  - {id: hum, kind: pink_noise, snr_db: 10, rate: 0.7, redraw: epoch, at: train}
  - {id: clip, kind: clipping, severity: 3, rate: 0.5, draw: exact}
  - {id: line, kind: companding, rate: 0.5}
  - {id: glass, kind: glass_blur, severity: 2, rate: 0.6}
  - {id: warp, kind: elastic_transform, severity: 2, rate: 0.6, redraw: epoch, at: train}
  - {id: code, kind: jpeg_compression, severity: 3}
  - {id: mount, kind: placement, severity: 3}
  - {id: clock, kind: time_warp, severity: 2, rate: 0.8}
  - {id: holes, kind: sensor_dropout, severity: 3, unit: client, rate: 0.5}
  - {id: slips, kind: typo, severity: 3}
  - {id: gaps, kind: token_drop, severity: 2, rate: 0.5, redraw: epoch, at: train}
  - {id: grain, kind: feature_noise, severity: 2}
  - {id: late, kind: stale, rate: 0.3}
  - {id: canteen, kind: babble, snr_db: 5, rate: 0.3}
  - {id: wrong, kind: conflict, modalities: [text, feature], rate: 0.2}
  - {id: cap, kind: blank, modalities: [image, series], rate: 0.2, unit: client}
tests:
  sound: [{kind: background, from: sounds, snr_db: [20, 0]}, {kind: speed, severity: [1, 4]}]
  picture: {kind: snow, severity: [1, 4]}
  sensor: {kind: stuck_at, severity: [1, 4]}
  words: {kind: ocr, severity: [1, 4]}
  vector: {kind: feature_dropout, severity: [1, 4]}
  empty: {kind: blank, fill: noise, modalities: [audio, image, series, feature], rate: [0.3, 1]}
  old: {kind: stale, rate: [0.3, 1]}
  crowd: {kind: babble, severity: [1, 4]}
  lies: {kind: conflict, modalities: [image, text], rate: [0.3, 1]}
  lure: {kind: payload, target: class1, modalities: [image], embed: corner, strength: [0.3, 1]}
  drift: {kind: desync, modalities: [series], by: windows, shift: [1, 2]}
evaluate: {every: 1, metrics: [accuracy, nll], groups: [site], save_ledger: true}
"""
CONDITIONS = ("sound", "picture", "sensor", "words", "vector", "empty", "old", "crowd",
              "lies", "lure", "drift")


def ranks(bench):
    bench.good("run", "s.yaml", "-o", "r1", "--no-report")
    for n in (2,):  # three below
        bench.good("run", "s.yaml", "-o", f"r{n}", "--no-report", ranks=n)
        bench.same_tables("r1", f"r{n}", f"{n} ranks")


def uncached(bench):
    for n in (0, 3):
        bench.good("run", "s.yaml", "-o", f"uncached{n}", "--no-report", "--set", "data.cache_mb=0", ranks=n)
        bench.same_tables("r1", f"uncached{n}", f"no cache, {n or 1} ranks")


def moved(bench):
    """Not the same bytes for want of damage: every condition moves values, the more severe one farther,
    and scores with them."""
    rows = bench.rows("r1", "conditions.csv")
    scores = [r for r in bench.rows("r1", "scores.csv") if r["metric"] == "nll" and r["selection"] == "last"
              and r["group"] == "all"]
    clean = {r["scope"]: r["value"] for r in scores if r["condition"] == "clean"}
    bench.check(len(clean) > 0, "no clean scores")
    for name in CONDITIONS:
        found = [r for r in rows if r["condition"].split(" ")[0] == name and r["features_moved"]]
        bench.check(found and all(float(r["features_moved"]) > 0 for r in found), f"{name} moves nothing: {found}")
        other = [r for r in scores if r["condition"].split(" ")[0] == name]
        bench.check(any(r["value"] != clean.get(r["scope"]) for r in other), f"{name} changes no score")
    ledger = next((bench.folder / "r1" / "ledgers").glob("*.csv")).read_text(encoding="utf-8")
    for entry in ("room", "clip", "line", "glass", "code", "mount", "clock", "holes", "slips", "grain", "late", "cap", "canteen", "wrong"):
        bench.check(f",{entry}," in ledger, f"the ledger has no value that {entry} damaged")


def donors(bench):
    """Whose values others took, in the ledgers of a run: of the same client, never of the test."""
    seen = 0
    for path in (bench.folder / "r1" / "ledgers").glob("*.csv"):
        for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))):
            if not row["donor"]:
                continue
            seen += 1
            listed = re.findall(r"\w+/\w+", row["donor"])
            client = row["source"].split("/")[0]
            bench.check(all(d.split("/")[0] == client and d != row["source"] for d in listed), f"{row}")
    bench.check(seen > 0, "no value is another sample's")


def killed(bench):
    """Three times, each time a little later; what is left is done by other ranks."""
    words = ("run", "s.yaml", "--no-report", "--set", "training.rounds=40", "--set", "evaluate.every=10")
    bench.good(*words, "-o", "whole")
    for k in range(3):
        bench.killed("killed", *words, *(("--resume",) if k else ()))
    bench.good(*words, "-o", "killed", "--resume", ranks=3)
    bench.same_tables("whole", "killed", "killed and resumed")


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    bench.write("s.yaml", change(SCENARIO, "from: sounds", f"from: {SOURCE / 'tests/fixtures/sounds'}"))
    bench.parts(ranks, uncached, moved, donors, killed)
    bench.end()


if __name__ == "__main__":
    main()
