#!/usr/bin/env python3
"""Trials keep the names that they had: a key that came later has no part in them while it has its
default. A name is only changed here on purpose, and with a word in the changelog: results of before
are not found by `--resume`, `merge` and `compare` under another."""
from bench import Bench

SYNTH = {"clients": 6, "modalities": '["image:8x8x1", "feature:4", "series:20x3"]'}
PLAIN = """\
name: t
seeds: [1]
data: {shards: d}
model: {hidden: 6}
training: {rounds: 2, clients_per_round: 3, local: {batch: 8, lr: 0.1}}
"""
DAMAGED = PLAIN + """\
corruption:
  - {id: lost, kind: missing_modality, rate: 0.3, at: both}
  - {id: wrong, kind: label_noise, rate: 0.2}
  - {id: n, kind: gaussian_noise, sigma: 0.1, modalities: [image], at: train}
  - {id: j, kind: jitter, severity: 2, modalities: [series], at: both}
tests:
  noisy: {kind: gaussian_noise, sigma: [0.1, 0.4], modalities: [image]}
"""
SCAFFOLD = PLAIN.replace("lr: 0.1}", "lr: 0.1, momentum: 0, weight_decay: 0, clip_norm: 0}, server: {algorithm: scaffold, keep: disk}")
NAMES = {"damaged": (DAMAGED, "68ab0b93939b6a78"), "plain": (PLAIN, "a45fe196a684b6d2"), "scaffold": (SCAFFOLD, "014452e7ace59510")}


def names(bench):
    for study, (text, name) in NAMES.items():
        bench.write("s.yaml", text)
        bench.good("run", "s.yaml", "-o", study, "--no-report")
        found = [row["trial"] for row in bench.rows(study, "trials.csv")]
        bench.check(found == [name], f"{study}: the trial is named {found}, before it was {name}")


def main():
    bench = Bench()
    bench.synth("d", **SYNTH)
    bench.parts(names)
    bench.end()


if __name__ == "__main__":
    main()
