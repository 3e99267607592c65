import sys
import h5py
import numpy as np

rng = np.random.default_rng(1)
label = np.tile([0, 1], 20)  # two clients with 20 samples each
length = rng.integers(4000, 8000, 40)  # sounds of half a second to a second
with h5py.File(sys.argv[1], "w") as f:
    f.attrs.update(format="fray-shard", version=1, dataset="demo", task="single_label")
    f["classes"] = ["low", "high"]
    f["clients/id"], f["clients/first"], f["clients/count"] = ["ann", "bob"], [0, 20], [20, 20]
    f["samples/label"], f["samples/split"] = label, np.repeat([0, 1, 2], [15, 5, 20])  # bob: test
    f["samples/source"] = [f"demo/{i}" for i in range(40)]
    f["groups/room/values"], f["groups/room/code"] = ["quiet", "loud"], np.arange(40) % 2
    f["modalities/motion/values"] = rng.normal(label[:, None, None], 1, (40, 64, 3))
    f["modalities/voice/values"] = rng.integers(-3000, 3000, length.sum()).astype("int16")
    f["modalities/voice/offset"] = np.concatenate([[0], np.cumsum(length)])
    f["modalities/motion"].attrs.update(kind="series", rate=50)
    f["modalities/voice"].attrs.update(kind="audio", rate=8000)
