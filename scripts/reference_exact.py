"""A run of fray against PyTorch with the same random numbers: how far the weights are apart.
scripts/reference_uci_har --exact calls it."""
import csv
from collections import namedtuple

import h5py
import torch

import fray_draws

BOUND = 1e-5  # of the largest value in a tensor
Trial = namedtuple("Trial", "seed rounds weights")


def read_trial(results):
    """The first trial of a results folder, with its last weights."""
    with open(results / "trials.csv", encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    with h5py.File(results / "models" / f"{row['trial']}-last.h5", "r") as file:
        weights = {name: file["param"][name][:] for name in file["param"]}
        return Trial(int(row["seed"]), int(file.attrs["round"]), weights)


def by_name(federation, w):
    federation.load(w)
    return {name: p.detach().clone() for name, p in federation.model.named_parameters()}


def compare(trial, federation):
    """Trains as long as the trial did and prints the largest difference in each tensor."""
    before = by_name(federation, federation.w)
    for number in range(1, trial.rounds + 1):
        federation.round(number)
    worst = 0.0
    print(f"seed {trial.seed}, {trial.rounds} rounds; largest difference of the weights, its share of "
          "the largest value, largest change")
    for name, w in by_name(federation, federation.w).items():
        theirs = trial.weights[fray_draws.fray_name(name)]
        theirs = torch.from_numpy(fray_draws.to_torch(theirs.ravel(), tuple(w.shape)))
        apart, change = (float((w - other).abs().max()) for other in (theirs, before[name]))
        share = apart / float(theirs.abs().max())
        worst = max(worst, share)
        print(f"  {name:24} {apart:.1e}  {share:.1e}  {change:.1e}")
    print(f"largest share: {worst:.1e}, bound {BOUND:.0e}")
    return 0 if worst <= BOUND else 1
