#!/usr/bin/env python3
"""The numeric environment sees what computes, whatever it calls itself; a run goes on in another one
only when told to, and then its folder and report say so."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

from bench import FRAY, SCENARIO, Bench, change

KERNELS = ("Haswell", "Nehalem", "ARMV8", "NEOVERSEN1")
# Interposed libraries: another FFT, and one that leaves rounding and denormals changed.
FFT = """
#define _GNU_SOURCE
#include <dlfcn.h>
typedef struct { float r, i; } C;
static void (*real)(void *, const float *, C *);
void kiss_fftr(void *c, const float *t, C *f) {
  if (!real) real = (void (*)(void *, const float *, C *))dlsym(RTLD_NEXT, "kiss_fftr");
  real(c, t, f);
  f[1].r *= 1.00001f;
}
"""
EXP = """
#define _GNU_SOURCE
#include <dlfcn.h>
static double (*real)(double);
double exp(double x) {
  if (!real) real = (double (*)(double))dlsym(RTLD_NEXT, "exp");
  return real(x) * (1 + 0x1p-52);
}
"""
ROUNDING = """
#include <fenv.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif
__attribute__((constructor)) static void change(void) {
  fesetround(FE_UPWARD);
#if defined(__SSE__)
  _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
}
"""
AUDIO = """\
name: heard
seeds: [3]
data: {shards: sound}
model: {hidden: 8, head: 6}
training: {rounds: 2, local: {epochs: 1, batch: 5, lr: 0.05}}
"""


def library(bench, name, text):
    source = bench.folder / f"{name}.c"
    source.write_text(text, encoding="ascii")
    out = bench.folder / f"{name}.so"
    subprocess.run([shutil.which("cc") or "gcc", "-shared", "-fPIC", "-O1", source, "-o", out, "-ldl",
                    "-lm"], check=True)
    return {"LD_PRELOAD": str(out)}


def provenance(bench, folder):
    return json.loads((bench.folder / folder / "provenance.json").read_text(encoding="utf-8"))


def files(bench, folder):
    return {str(p): p.read_bytes() for p in sorted((bench.folder / folder).rglob("*"))
            if p.is_file() and p.name not in ("lock", "lock.ranks")}


def interposed(bench):
    bench.synth("sound", modalities='["audio:4000"]')
    bench.write("heard.yaml", AUDIO)
    bench.good("run", "heard.yaml", "-o", "heard", "--no-report")
    again = ("run", "heard.yaml", "-o", "heard", "--no-report", "--resume")
    bench.good(*again)
    for name, text, part in (("fft", FFT, "results of the FFT (KissFFT)"),
                             ("exp", EXP, "C library's functions (")):
        other = library(bench, name, text)
        bench.refused(f"another {name}", bench.run(*again, env=other), ["heard", part], absent=())
    state = library(bench, "rounding", ROUNDING)
    bench.good(*again, env=state)
    bench.good("run", "heard.yaml", "-o", "rounded", "--no-report", env=state)
    bench.same_tables("heard", "rounded", "rounding and flush-to-zero set by a library")


def kernels(bench):
    """Two names of kernels that this machine's OpenBLAS has, if there are two."""
    found = {}
    for wanted in KERNELS:
        words = bench.good("--version", env={"OPENBLAS_CORETYPE": wanted}).stdout
        found.setdefault(" ".join(words.split()).split(", kernel ")[1].split()[0], wanted)
    return list(found.items())[:2]


def mixed(bench):
    pair = kernels(bench)
    if len(pair) < 2:
        print(f"this machine's OpenBLAS has one kernel: {pair}")
        return
    (first, one), (second, two) = pair
    here, there = {"OPENBLAS_CORETYPE": one}, {"OPENBLAS_CORETYPE": two}
    bench.write("s.yaml", SCENARIO)
    bench.write("more.yaml", change(SCENARIO, "trial: [3, 5]", "trial: [3, 5, 7]"))
    bench.write("tests.yaml", "feature_lost: {kind: missing_modality, modalities: [feature], rate: [0.5]}\n")
    bench.good("run", "s.yaml", "-o", "r", env=here)
    before = files(bench, "r")
    page = (bench.folder / "r" / "report.html").read_text(encoding="utf-8")
    bench.check("programs or machines" not in page, "a report warns of nothing")
    resume = ("run", "more.yaml", "-o", "r", "--resume")
    judge = ("evaluate", "r", "--tests", "tests.yaml")
    for words in (resume, judge):
        bench.refused(f"{words[0]} elsewhere", bench.run(*words, env=there),
                      [f"OpenBLAS kernel ({first}; here {second})", "--environment mixed"], absent=())
    bench.check(before == files(bench, "r"), "a refused call changed the folder")
    bench.refused("another word", bench.run(*resume, "--environment", "mixt", env=there), ["mixed"],
                  absent=())

    said = bench.good(*resume, "--environment", "mixed", env=there).stderr
    bench.check(said.count("warning: r: made in another numeric environment") == 1, said)
    note = provenance(bench, "r")
    bench.check(note["mixed"] is True and [p["kernel"] for p in note["numeric_environment_parts"]]
                == [first, second], f"provenance: {note}")
    trials = bench.rows("r", "trials.csv")
    bench.check(len(trials) == 12 and all(row["status"] == "ok" for row in trials),
                f"{len(trials)} trials")
    page = (bench.folder / "r" / "report.html").read_text(encoding="utf-8")
    bench.check("<li>Made by 2 programs or machines, " in page, "the report does not warn")
    # What was kept is what it was.
    old = {row.split(",")[0]: row for row in
           before[str(bench.folder / "r" / "scores.csv")].decode().splitlines()[1:]}
    new = {row.split(",")[0] for row in
           (bench.folder / "r" / "scores.csv").read_text(encoding="utf-8").splitlines()[1:]}
    bench.check(set(old) < new, "finished trials are not kept")

    bench.refused("mixed, and not told", bench.run(*judge, env=here),
                  ["made in 2 numeric environments", "--environment mixed"], absent=())
    bench.good(*judge, "--environment", "mixed", "--no-report", env=here)
    note = provenance(bench, "r")
    bench.check([p["kernel"] for p in note["numeric_environment_parts"]] == [first, second]
                and len(note["evaluations"]) == 1, f"provenance after evaluate: {note}")
    bench.check(any(row["condition"] == "feature_lost" for row in bench.rows("r", "scores.csv")),
                "no scores of the new condition")
    said = bench.good("compare", "r", "r").stdout
    bench.check("r was made in 2 numeric environments" in " ".join(said.split()), said)


def older(bench):
    """Of a program that noted no parts."""
    bench.write("one.yaml", change(SCENARIO, "trial: [3, 5]", "trial: [3]"))
    bench.good("run", "one.yaml", "-o", "old", "--no-report")
    path = bench.folder / "old" / "provenance.json"
    note = json.loads(path.read_text(encoding="utf-8"))
    del note["numeric_environment_parts"]
    note["numeric_environment"] = "fray 0.1.0 0123456789abcdef; OpenBLAS"
    note["numeric_environment_hash"] = "0123456789abcdef"
    path.write_text(json.dumps(note), encoding="utf-8")
    (bench.folder / "old" / "checksums.txt").unlink()  # nor hashes of its files
    again = ("run", "one.yaml", "-o", "old", "--resume", "--no-report")
    bench.refused("an older program's", bench.run(*again),
                  ["of an older program, which did not note its parts",
                   "fray 0.1.0 0123456789abcdef", "--environment mixed"], absent=())
    bench.good(*again, "--environment", "mixed")
    bench.check(provenance(bench, "old")["numeric_environment_hash"][0] == "0123456789abcdef",
                "the older environment is forgotten")
    bench.good("report", "old")


def main():
    bench = Bench()
    bench.synth()
    if "ASAN_OPTIONS" in os.environ and "__asan" in pathlib.Path(FRAY).read_bytes().decode("latin-1"):
        print("sanitizers want to be loaded first: nothing is put before them")
    else:
        interposed(bench)
    mixed(bench)
    older(bench)
    bench.end()


if __name__ == "__main__":
    sys.exit(main())
