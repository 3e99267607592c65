#!/usr/bin/env python3
"""scripts/from_fedmultimodal: feature pickles that NumPy wrote become shards with the same values; a pickle
that would run something is refused before it does."""
import os
import pathlib
import pickle
import pickletools
import subprocess
import sys

try:
    import numpy as np
except ImportError:
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    print("NumPy is not there")
    sys.exit(77)

# Behind the library: one of the scripts there has the name of a module of Python's.
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from bench import DUMP, SOURCE, Bench  # noqa: E402

SCRIPT = SOURCE / "scripts" / "from_fedmultimodal"


def convert(bench, *words, code=0):
    result = subprocess.run([sys.executable, SCRIPT, *map(str, words)], cwd=bench.folder, capture_output=True,
                            text=True, check=False)
    bench.check(result.returncode == code and "Traceback" not in result.stderr,
                f"{words}: {result.returncode}: {result.stderr[-600:]}")
    return result.stderr


def dump(bench, name, protocol, *lists):
    for file, content in lists:
        bench.write(f"{name}/{file}.pkl", pickle.dumps(content, protocol=protocol))


def values(bench, folder, modality):
    text = subprocess.run([DUMP, bench.folder / folder / "shard-0000.h5", f"modalities/{modality}"],
                          capture_output=True, text=True, check=True).stdout
    line = [line for line in text.splitlines() if line.startswith("values ")][0].split(" ")
    return [float(value) for value in line[3:]]


def single(bench):
    """As acc and gyro: C and Fortran order, float64 and float32, labels of NumPy's and Python's."""
    draw = np.random.default_rng(1)
    for protocol in (3, pickle.HIGHEST_PROTOCOL):
        acc = {c: [[f"{c}{k}", "x.csv", np.int64(k % 2), draw.normal(size=(8, 3))] for k in range(3)]
               for c in ("1-0", "2-0", "dev", "test")}
        gyro = {c: [[s[0], s[1], int(s[2]), np.asfortranarray(draw.normal(size=(8, 3)).astype("f4"))]
                    for s in samples] for c, samples in acc.items()}
        gyro["2-0"][1][-1] = None
        dump(bench, f"acc{protocol}", protocol, *acc.items())
        dump(bench, f"gyro{protocol}", protocol, *gyro.items())
        convert(bench, f"acc=acc{protocol}", f"gyro=gyro{protocol}", "-o", f"made{protocol}", "--classes", "no,yes")
        bench.good("import", f"made{protocol}/dataset.yaml", "-o", f"out{protocol}")
        said = bench.good("inspect", f"out{protocol}").stdout
        bench.check("6 train, 3 dev, 3 test" in said and "yes" in said, said)
        order = [c for c in ("1-0", "2-0", "dev", "test")]
        for name, lists in (("acc", acc), ("gyro", gyro)):
            want = [float(np.float32(v)) for c in order for s in lists[c] if s[-1] is not None for v in s[-1].ravel()]
            got = values(bench, f"out{protocol}", name)
            got = [v for v in got if v != 0] if len(got) != len(want) else got
            bench.check(got == want, f"{name} by protocol {protocol}: {len(got)} values, {len(want)} expected")


def sets(bench):
    """As PTB-XL (sets of classes) and UCF101 (all clients in train.pkl; three axes)."""
    lists = {"0.0": [["a", "x", [1.0, 0.0, 1], np.ones((1, 2, 4), "f4") * 3]],
             "1.0": [["b", "x", [0.0, 0.0, 0.0], np.ones((1, 2, 4), "f4") * 5]]}
    dump(bench, "all", 5, ("train", lists), ("test", [["c", "x", [0, 1, 0], np.ones((1, 2, 4), "f4")]]))
    convert(bench, "ecg=all", "-o", "sets")
    manifest = (bench.folder / "sets" / "manifest.csv").read_text(encoding="utf-8").split()
    bench.check(manifest[1:] == ["0.0/0,0.0,0;2,train,values/ecg/0.0/0.npy", "1.0/0,1.0,,train,values/ecg/1.0/0.npy",
                                 "test/0,test,1,test,values/ecg/test/0.npy"], f"{manifest}")
    bench.good("import", "sets/dataset.yaml", "-o", "set-shards")
    bench.check(values(bench, "set-shards", "ecg") == [3.0] * 8 + [5.0] * 8 + [1.0] * 8, "three axes")


class Runs:
    def __init__(self, function, *words):
        self.call = function, words

    def __reduce__(self):
        return self.call


def refused(bench):
    ran = bench.folder / "ran"
    for k, bad in enumerate((Runs(os.system, f"touch {ran}"), Runs(eval, f"open({str(ran)!r}, 'w')"),
                             Runs(getattr, "x", "upper"), np.dtype, Runs(np.load, str(ran)))):
        content = [["a", "x", 0, bad]]
        dump(bench, f"bad{k}", 4, ("1", content))
        said = convert(bench, f"m=bad{k}", "-o", f"no{k}", code=1)
        bench.check(f"bad{k}/1.pkl" in said or "sample 1/0: m is no array" in said, said)
    bench.check(not ran.exists(), "a pickle ran a command")
    bench.check("neither an array nor a number" in convert(bench, "m=bad0", "-o", "no", code=1), "os.system by name")
    whole = pickle.dumps([["a", "x", 0, np.ones((2, 2))]], protocol=5)
    bench.check(any(op.name == "FRAME" for op, _, _ in pickletools.genops(whole)), "no pickle of NumPy's")
    for cut in range(0, len(whole) - 1, 7):
        bench.write("cut/1.pkl", whole[:cut])
        convert(bench, "m=cut", "-o", "none", code=1)
    dump(bench, "a", 5, ("1", [["a", "x", 0, np.ones((2, 2))]]))
    for k, other in enumerate(([["b", "x", 0, np.ones((2, 2))]], [["a", "x", 1, np.ones((2, 2))]],
                               [["a", "x", 0, np.ones(2)], ["b", "x", 0, np.ones(2)]], [["a", "x", 0.5, np.ones(2)]],
                               [["a", "x", 0, np.array(["text"])]], [["a", "x", 0, np.ones((2, 0))]])):
        dump(bench, f"b{k}", 5, ("1", other))
        said = convert(bench, "a=a", f"b=b{k}", "-o", f"two{k}", code=1)
        bench.check("error: " in said, said)
    left = [path.name for path in bench.folder.iterdir() if path.name.lstrip(".").startswith(("no", "two"))]
    bench.check(not left, f"left behind: {left}")


if __name__ == "__main__":
    BENCH = Bench()
    BENCH.parts(single, sets, refused)
    BENCH.end()
