"""Whether a model of scripts/pytorch_models.py says what fray says: with weights that fray trained
for two rounds and kept, on the test samples that it scored (bench_pytorch --check-models)."""
import subprocess
from pathlib import Path

import h5py
import numpy as np
import torch

import pytorch_models as models

SYNTH = {"vector-784": ["feature:784"], "image-sound": ["image:28x28x1", "series:50x40"],
         "sound-text": ["series:200x80", "series:32x512"],
         "attention-ragged": ["series:200x80", "series:32x512"]}


def text_of(name, names):
    """A scenario of the model, with data as they are: what is read is what is fed."""
    model = models.MODELS[name]["fray"]
    for place, known in zip(("first", "second"), names):
        model = model.replace(f"{place}:", f"{known}:")
    features = ", ".join(f"{known}: {{standardise: none}}" for known in names)
    return (f"name: agree\nseeds: [1]\ndata: {{shards: shards, features: {{{features}}}}}\n"
            f"model: {model}\n"
            "training: {rounds: 2, clients_per_round: 1.0, local: {batch: 16, lr: 0.05}}\n"
            "evaluate: {every: 1, save_scores: true, models: keep}\n")


def run(fray, *words):
    done = subprocess.run([fray, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{fray} {words[0]}: exit code {done.returncode}\n{done.stderr[-1500:]}")


def values_of(group, rows):
    """(rows, T, C) with zeros behind each sample, and lengths; images and vectors as they are."""
    values = group["values"]
    if "offset" not in group:
        x = values[:][rows].astype(np.float32)
        if values.dtype == np.uint8:
            x = (x / 255 - 0.5) / 0.5  # as fray does where nothing else is asked
        length = x.shape[1] if x.ndim == 3 else 1
        return torch.from_numpy(x), torch.full((len(rows),), length)
    offset = group["offset"][:]
    length = (offset[1:] - offset[:-1])[rows]
    x = np.zeros((len(rows), length.max(), values.shape[1]), np.float32)
    for i, row in enumerate(rows):
        x[i, :length[i]] = values[offset[row]:offset[row + 1]]
    return torch.from_numpy(x), torch.from_numpy(length.astype(np.int64))


def agree(name, fray, folder):
    """Largest difference of a probability."""
    folder = Path(folder)
    wanted = '", "'.join(SYNTH[name])
    keys = (f'modalities=["{wanted}"]', "clients=4", "test_clients=3", "samples=20", "ragged=true",
            f"classes={models.MODELS[name]['classes']}")
    run(fray, "synth", "-o", folder / "shards", *[word for key in keys for word in ("--set", key)])
    shard = next(iter((folder / "shards").glob("*.h5")))
    with h5py.File(shard, "r") as f:
        names = sorted(f["modalities"])  # image, series; series, series2
        row = {source: i for i, source in enumerate(f["samples/source"][:])}
    (folder / "agree.yaml").write_text(text_of(name, names), encoding="utf-8")
    run(fray, "run", folder / "agree.yaml", "-o", folder / "out", "--no-report",
        "--progress", "plain")
    with h5py.File(folder / "out" / "results.h5", "r") as f:
        trial = next(iter(f["trials"].values()))["test"]
        rows = np.array([row[s] for s in trial["source"][:]])
        want = torch.from_numpy(trial["score"][1, 0])  # of the last model
    with h5py.File(shard, "r") as f:
        read = [values_of(f["modalities"][known], rows) for known in names]
    model = models.new(name).eval()
    with h5py.File(next((folder / "out" / "models").glob("*-last.h5")), "r") as f, torch.no_grad():
        place = dict(zip(("first", "second"), names))

        def take(key):
            part, rest = key.split(".", 1)
            return torch.from_numpy(f["param"][f"{place.get(part, part)}.{rest}"][:])
        model.load(take)
    x = [v.permute(0, 3, 1, 2) if v.ndim == 4 else v for v, _ in read]
    found = []
    with torch.inference_mode():
        for batch in models.batches_of(name, x, [n for _, n in read], 16):
            found.append(torch.softmax(model(batch), 1))
    return float((torch.cat(found) - want).abs().max())
