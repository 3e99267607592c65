#!/usr/bin/env python3
"""Writes uncertainty_golden.h: numbers of numpy and scipy that intervals, p-values, the line of
baselines and the expected gap are held against. Run with any Python that has both, in this folder:
    python3 make_uncertainty_golden.py > uncertainty_golden.h
The draws come from a small integer recurrence, so that C makes the same ones exactly."""
import numpy as np
import scipy
from scipy import stats
from scipy.special import expit, logit

DRAWS, ALONE = 600, 100
CROSSED = DRAWS - 2 * ALONE


def draws():
    """Sums of three bytes of a linear congruential generator; narrower in the last two parts."""
    x, out = 12345, []
    for i in range(DRAWS):
        total = 0
        for _ in range(3):
            x = (1103515245 * x + 12345) % 2**31
            total += x // 65536 % 256
        scale = 1.0 if i < CROSSED else 0.75 if i < CROSSED + ALONE else 0.5
        out.append(0.25 + scale * (total / 768 - 0.5))
    return np.array(out)


def certainty(v, seeds, clusters):
    both, s, c = v[:CROSSED], v[CROSSED:CROSSED + ALONE], v[CROSSED + ALONE:]
    us, uc = seeds / (seeds - 1), clusters / (clusters - 1)
    inter = max(0, (both.var() - s.var() - c.var()) * us * uc)
    vs, vc = s.var() * us, c.var() * uc
    square = max(vs + vc - inter, vs, vc, inter)
    df = square**2 / (vs**2 / (seeds - 1) + vc**2 / (clusters - 1)
                      + inter**2 / ((seeds - 1) * (clusters - 1)))
    return np.sqrt(square), max(df, min(seeds, clusters) - 1)


def put(name, *values):
    print(f"static const double {name}[] = {{{', '.join(repr(float(v)) for v in values)}}};")


print("/* Made by make_uncertainty_golden.py: numpy %s, scipy %s. */" % (np.__version__, scipy.__version__))
print("/* clang-format off */")
v = draws()
value = 0.24
put("golden_draw_sum", v.sum())
error, df = certainty(v, 9, 4)
half = stats.t.ppf(0.975, df) * error
put("golden_student", error, df, value - half, value + half, 2 * stats.t.sf(value / error, df))
error, df = certainty(v, 12, 40)
both = v[:CROSSED]
wide = error / both.std()
level = stats.norm.sf(stats.t.ppf(0.975, df) * wide)
low, high = np.quantile(both, [level, 1 - level])
ordered = np.sort(both)
k = np.searchsorted(ordered, 0, side="right")
at_zero = (k - 1 - ordered[k - 1] / (ordered[k] - ordered[k - 1])) / (CROSSED - 1)
put("golden_percentile", error, df, low, high, 2 * stats.t.sf(stats.norm.isf(at_zero) / wide, df))
seeds = np.array([0.71, 0.74, 0.69, 0.75])
ci = stats.t.interval(0.95, 3, seeds.mean(), stats.sem(seeds))
put("golden_seeds", *ci, stats.sem(seeds))
put("golden_tail", *stats.t.sf([0.5, 2.0, 6.0, 2.0], [1, 4.5, 30, 1e9]))

clean = np.array([0.55, 0.60, 0.62, 0.66, 0.70, 0.74, 0.79, 0.83, 0.86])
corrupt = np.array([0.41, 0.43, 0.47, 0.49, 0.56, 0.57, 0.66, 0.69, 0.75])
slope, intercept = np.polyfit(logit(clean), logit(corrupt), 1)
put("golden_line", intercept, slope, expit(intercept + slope * logit(0.72)))

# Expected range of six binomial(30, .8) shares: E max = sum over k of P(max > k), likewise E min.
k = np.arange(31)
cdf, below = stats.binom.cdf(k, 30, 0.8), stats.binom.cdf(k - 1, 30, 0.8)
put("golden_gap", np.sum((1 - cdf**6)[:-1] - ((1 - below)**6)[1:]) / 30)
