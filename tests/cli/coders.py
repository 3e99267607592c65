#!/usr/bin/env python3
"""Studies with sound through coders and over bad lines: the same bytes on any ranks; other coders are another
numeric environment; a library without one is said before anything is written."""
import os
import pathlib
import shutil
import subprocess
import sys

from bench import FRAY, Bench

SYNTH = {"clients": 4, "test_clients": 2, "samples": 8, "classes": 2, "audio_rate": 8000, "modalities": '["audio:4000"]',
         "ragged": "true"}
SCENARIO = """\
name: lines
seeds: {trial: [3], partition: fixed, corruption: per_trial}
data: {shards: data, features: {audio: {bands: 8}}}
model: {hidden: 8, head: 6}
training: {rounds: 2, local: {epochs: 1, batch: 5, lr: 0.05}}
corruption:
  - {id: line, kind: packet_loss, severity: 4, rate: 0.7, at: train}
  - {id: voice, kind: pitch_shift, severity: 2, per: client, at: train}
tests:
  mp3: {kind: mp3_compression, kbps: [64, 8]}
  opus: {kind: opus_compression, severity: [1, 5]}
  call: [{kind: tempo, severity: 1}, {kind: gsm}, {kind: packet_loss, severity: 3}]
evaluate: {every: 1, metrics: [accuracy, nll], save_ledger: true}
"""
# Put before libsndfile: one that has no MP3, and one whose coders do something else.
WITHOUT = """
#define _GNU_SOURCE
#include <dlfcn.h>
int sf_format_check(const int *info) {
  int (*real)(const int *) = (int (*)(const int *))dlsym(RTLD_NEXT, "sf_format_check");
  return (info[4] & 0xff0000) != 0x230000 && real(info); /* frames, 8 bytes; rate; channels; format */
}
"""
OTHER = """
#define _GNU_SOURCE
#include <dlfcn.h>
long sf_write_float(void *file, const float *x, long n) {
  long (*real)(void *, const float *, long) = (long (*)(void *, const float *, long))dlsym(RTLD_NEXT, "sf_write_float");
  float *y = (float *)x;
  for (long i = 0; i < n; i += 7) y[i] *= 0.9f;
  return real(file, y, n);
}
"""


def library(bench, name, text):
    source, out = bench.folder / f"{name}.c", bench.folder / f"{name}.so"
    source.write_text(text, encoding="ascii")
    subprocess.run([shutil.which("cc") or "gcc", "-shared", "-fPIC", "-O1", source, "-o", out, "-ldl"], check=True)
    return {"LD_PRELOAD": str(out)}


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    bench.write("s.yaml", SCENARIO)
    bench.good("run", "s.yaml", "-o", "r1")
    bench.good("run", "s.yaml", "-o", "r2", "--no-report", ranks=2)
    bench.same_tables("r1", "r2", "two ranks")
    bench.good("run", "s.yaml", "-o", "uncached", "--no-report", "--set", "data.cache_mb=0")
    bench.same_tables("r1", "uncached", "no cache")
    moved = {r["condition"]: float(r["raw_moved"]) for r in bench.rows("r1", "conditions.csv") if r["raw_moved"]}
    bench.check(sum(v > 0 for v in moved.values()) >= 3, f"coders move nothing: {moved}")
    if "__asan" in pathlib.Path(FRAY).read_bytes().decode("latin-1") or "ASAN_OPTIONS" in os.environ:
        print("sanitizers want to be loaded first: nothing is put before them")
        return bench.end()
    for words in (("check", "s.yaml"), ("run", "s.yaml", "-o", "out")):
        bench.refused(f"{words[0]} without MP3", bench.run(*words, env=library(bench, "without", WITHOUT)),
                      ["cannot encode MP3 here; it has mu law, A law, GSM 06.10, Opus"])
    bench.refused("other coders", bench.run("run", "s.yaml", "-o", "r1", "--resume", env=library(bench, "other", OTHER)),
                  ["results of the coders of sound and pictures"], absent=())
    return bench.end()


if __name__ == "__main__":
    sys.exit(main())
