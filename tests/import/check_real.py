#!/usr/bin/python3
"""Imports the real data sets and compares every value with the raw files, read by numpy.

    FRAY_RAW=DIR check_real.py IMPORT_DRIVER DATA
    FRAY_DATA=DIR check_real.py IMPORT_DRIVER DATA

FRAY_RAW holds the raw files as data/*/README.md describe them: DIR/uci-har, DIR/fsdd,
DIR/mnist-writers; FRAY_DATA holds uci-har.tar.xz, fsdd.tar.xz and mnist-t10k/, which are unpacked.
Skipped (77) without either, numpy or h5py; a set that is missing is left out."""
import csv
import gzip
import os
import subprocess
import sys
import tempfile
import wave
from collections import Counter

sys.dont_write_bytecode = True
from raw_data import raw_folder, skip  # noqa: E402

try:
    import h5py
    import numpy as np
except ImportError as error:
    skip(error)
DRIVER, DATA = sys.argv[1:3]


class Shard:
    def __init__(self, name, raw, out):
        folder = f"{out}/{name}"
        subprocess.run([DRIVER, f"{DATA}/{name}/dataset.yaml", folder, raw], check=True)
        files = sorted(os.listdir(folder))
        assert files == ["shard-0000.h5"], files
        f = self.f = h5py.File(f"{folder}/{files[0]}")
        self.audio = None
        self.source = [s.decode() for s in f["samples/source"][:]]
        self.label, self.split = f["samples/label"][:], f["samples/split"][:]
        names = [c.decode() for c in f["clients/id"][:]]
        self.client = np.repeat(names, f["clients/count"][:])
        assert len(set(self.source)) == len(self.source) == len(self.label) == len(self.client)

    def group(self, name):
        text = np.array([v.decode() for v in self.f[f"groups/{name}/values"][:]])
        return text[self.f[f"groups/{name}/code"][:]]

    def sound(self, i):
        if self.audio is None:
            self.audio = [self.f[f"modalities/audio/{what}"][:] for what in ("offset", "values")]
        offset, values = self.audio
        return values[offset[i]:offset[i + 1]]


def check_har(out):
    shard = Shard("uci-har", f"{RAW}/uci-har", out)
    values = {m: shard.f[f"modalities/{m}/values"][:] for m in ("acc", "gyro")}
    assert Counter(shard.split) == {0: 5890, 1: 1462, 2: 2947}, Counter(shard.split)
    for part in ("train", "test"):
        base = f"{RAW}/uci-har/UCI HAR Dataset/{part}"
        y, subject = (np.loadtxt(f"{base}/{n}_{part}.txt").astype(int) for n in ("y", "subject"))
        place = {s: i for i, s in enumerate(shard.source)}
        order = [place[f"{part}/{row}"] for row in range(len(y))]
        assert np.array_equal(shard.label[order], y - 1)
        assert [int(c) for c in shard.client[order]] == subject.tolist()
        assert all((shard.split[order] == 2) == (part == "test"))
        for m in values:
            raw = [np.loadtxt(f"{base}/Inertial Signals/body_{m}_{a}_{part}.txt") for a in "xyz"]
            assert np.array_equal(values[m][order], np.stack(raw, 2).astype(np.float32))


def check_sound(shard, i, name):
    digit, speaker, take = name.split("_")
    with wave.open(f"{RAW}/fsdd/recordings/{name}.wav") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert np.array_equal(shard.sound(i), raw), name
    assert (int(digit), speaker) == (shard.label[i], shard.client[i])
    assert (int(take) < 5) == (shard.split[i] == 2)


def check_fsdd(out):
    shard = Shard("fsdd", f"{RAW}/fsdd", out)
    assert Counter(shard.split) == {0: 2160, 1: 540, 2: 300}
    for i, name in enumerate(shard.source):
        check_sound(shard, i, name)


def mnist():
    def read(name, skip):
        with gzip.open(f"{RAW}/mnist-writers/t10k-{name}-ubyte.gz") as file:
            return np.frombuffer(file.read()[skip:], np.uint8)
    with open(f"{RAW}/mnist-writers/writers.csv") as file:
        writer = [row["writer"] for row in csv.DictReader(file)]
    return read("images-idx3", 16).reshape(-1, 28, 28, 1), read("labels-idx1", 8), np.array(writer)


def check_mnist(out):
    image, label, writer = mnist()
    shard = Shard("mnist-writers", f"{RAW}/mnist-writers", out)
    rows = [int(s.split("/")[1]) for s in shard.source]
    assert sorted(rows) == list(range(10000))
    assert np.array_equal(shard.f["modalities/image/values"][:], image[rows])
    assert np.array_equal(shard.label, label[rows])
    assert np.array_equal(shard.client, writer[rows]) and len(set(shard.client)) == 297
    test = set(shard.client[shard.split == 2])
    assert len(test) == 59 and not test & set(shard.client[shard.split != 2])


def check_pair(out):
    image, label, writer = mnist()
    shard = Shard("fsdd-mnist", RAW, out)
    sounds, rows = zip(*(s.split("+t10k/") for s in shard.source))
    rows = [int(r) for r in rows]
    assert len(set(sounds)) == len(set(rows)) == 3000
    for i, name in enumerate(sounds):
        check_sound(shard, i, name)
    assert np.array_equal(shard.f["modalities/image/values"][:], image[rows])
    assert np.array_equal(shard.label, label[rows])
    assert np.array_equal(shard.group("writer"), writer[rows])
    assert np.array_equal(shard.group("speaker"), shard.client)
    home = {}
    for w, c, s in zip(shard.group("writer"), shard.client, shard.split):
        assert home.setdefault(w, (c, s == 2)) == (c, s == 2)


with tempfile.TemporaryDirectory() as folder:
    RAW = raw_folder(["uci-har", "fsdd", "mnist-writers"], f"{folder}/raw")
    done = 0
    for check, needs in [(check_har, ["uci-har"]), (check_fsdd, ["fsdd"]),
                         (check_mnist, ["mnist-writers"]), (check_pair, ["fsdd", "mnist-writers"])]:
        if all(os.path.isdir(f"{RAW}/{n}") for n in needs):
            check(folder)
            print(check.__name__, "agrees")
            done += 1
    if not done:
        skip("none of the data sets is there")
