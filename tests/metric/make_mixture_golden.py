#!/usr/bin/env python3
"""Writes mixture_golden.h: what EM for two Gaussians comes to in numpy, from the groups of k-means.
Run with any Python that has numpy, in this folder: python3 make_mixture_golden.py > mixture_golden.h
The points come from a small integer recurrence, so that C makes the same ones exactly."""
import itertools

import numpy as np


def points(n, d, upper, off, seed):
    """Sums of four bytes; the last `upper` points lie off in every dimension, and are stretched."""
    x, out = seed, []
    for i in range(n):
        row = []
        for _ in range(d):
            total = 0
            for _ in range(4):
                x = (1103515245 * x + 12345) % 2**31
                total += x // 65536 % 256
            row.append(total / 1024)
        if i >= n - upper:
            row = [off + 1.5 * row[0]] + [off + v - 0.25 * row[0] for v in row[1:]]
        out.append(row)
    return np.array(out)


def groups(x):
    """The best of k-means from all pairs of points."""
    best = None
    for pair in itertools.combinations(range(len(x)), 2):
        centre = x[list(pair)]
        while not np.array_equal(*centre):
            side = ((x[:, None] - centre) ** 2).sum(2).argmin(1)
            new = np.array([x[side == c].mean(0) for c in range(2)])
            if np.array_equal(new, centre):
                break
            centre = new
        else:  # equal points: no start
            continue
        cost = ((x - centre[side]) ** 2).sum()
        if best is None or cost < best[0] - 1e-12:
            best = (cost, side)
    return best[1]


def maximise(x, r):
    n = r.sum(0) + 10 * np.finfo(float).eps
    mean = r.T @ x / n[:, None]
    cov = [(r[:, c, None] * (x - mean[c])).T @ (x - mean[c]) / n[c] + 1e-6 * np.eye(x.shape[1]) for c in range(2)]
    return n / n.sum(), mean, cov


def log_density(x, weight, mean, cov):
    off = x - mean
    square = np.einsum("ij,jk,ik->i", off, np.linalg.inv(cov), off)
    return np.log(weight) - np.linalg.slogdet(cov)[1] / 2 - square / 2 - len(mean) / 2 * np.log(2 * np.pi)


def expect(x, weight, mean, cov):
    each = np.stack([log_density(x, weight[c], mean[c], cov[c]) for c in range(2)], 1)
    both = np.logaddexp(each[:, 0], each[:, 1])
    return both.mean(), np.exp(each - both[:, None])


def fit(x):
    r = np.eye(2)[groups(x)]
    weight, mean, cov = maximise(x, r)
    before, steps = -np.inf, 0
    while steps < 100:
        steps += 1
        bound, r = expect(x, weight, mean, cov)
        weight, mean, cov = maximise(x, r)
        if abs(bound - before) < 1e-3:
            break
        before = bound
    _, r = expect(x, weight, mean, cov)
    order = np.argsort(mean.sum(1))
    return weight[order], mean[order], np.array(cov)[order], r[:, order[1]], steps


def put(name, values):
    print(f"static const double {name}[] = {{{', '.join(repr(float(v)) for v in np.ravel(values))}}};")


print(f"/* Made by make_mixture_golden.py: numpy {np.__version__}. */")
print("/* clang-format off */")
for name, n, d, upper, off, seed in (("line", 40, 1, 12, 0.25, 7), ("plane", 60, 2, 20, 0.4, 11),
                                     ("room", 50, 3, 30, 1, 13)):
    x = points(n, d, upper, off, seed)
    weight, mean, cov, share, steps = fit(x)
    put(f"golden_{name}_sum", [x.sum()])
    put(f"golden_{name}_weight", weight)
    put(f"golden_{name}_mean", mean)
    put(f"golden_{name}_covariance", cov)
    put(f"golden_{name}_upper", share)
    print(f"enum {{ GOLDEN_{name.upper()}_STEPS = {steps} }};")
