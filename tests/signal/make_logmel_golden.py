#!/usr/bin/env python3
"""Writes logmel_golden.h: log-mel energies and MFCC of a fixed sound, from numpy in float64.

Independent of fray: numpy's FFT, filters and DCT written from the formulas. Run with any Python that has numpy, in this folder:
    python3 make_logmel_golden.py > logmel_golden.h
The sound is three tones and a hash-like noise, so that C can make the same samples (rounded to
int16 steps, exact in float32)."""
import numpy as np


def sound(n):
    i = np.arange(n)
    noise = (((i * 7919) % 10007) ^ ((i * 104729) % 4093)) % 2048 - 1024
    tones = 6000 * np.sin(2 * np.pi * 440 * i / 8000) + 3000 * np.sin(2 * np.pi * 1830 * i / 8000)
    return np.rint(tones * np.minimum(1, i / 700)) / 32768 + noise / 32768


def mel(hz):
    return 2595 * np.log10(1 + hz / 700)


def hz(m):
    return 700 * (10 ** (m / 2595) - 1)


def logmel(x, rate, frame, hop, bands, low, high, emphasis):
    if emphasis:
        x = np.concatenate([x[:1], x[1:] - emphasis * x[:-1]])
    fft = 1 << int(np.ceil(np.log2(frame)))
    if len(x) < frame:
        x = np.pad(x, (0, frame - len(x)))
    frames = 1 + (len(x) - frame) // hop
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frame) / frame)
    rows = np.stack([x[t * hop:t * hop + frame] * window for t in range(frames)])
    power = np.abs(np.fft.rfft(rows, fft)) ** 2
    corner = hz(np.linspace(mel(low), mel(high), bands + 2))
    f = np.arange(fft // 2 + 1) * rate / fft
    up = (f[None] - corner[:-2, None]) / (corner[1:-1] - corner[:-2])[:, None]
    down = (corner[2:, None] - f[None]) / (corner[2:] - corner[1:-1])[:, None]
    return np.log(power @ np.maximum(0, np.minimum(up, down)).T + 1e-6)


def dct(x, k):
    n = x.shape[1]
    basis = np.cos(np.pi * np.arange(k)[:, None] * (np.arange(n) + 0.5)[None] / n)
    return x @ (basis * np.sqrt(np.where(np.arange(k) == 0, 1, 2) / n)[:, None]).T


def emit(name, values):
    print(f"static const float {name}[{values.size}] = {{ /* {values.shape[0]} x {values.shape[1]} */")
    flat = [f"{v:.6f}f" for v in values.ravel()]
    for i in range(0, len(flat), 8):
        print("    " + ", ".join(flat[i:i + 8]) + ",")
    print("};")


print("/* Made by make_logmel_golden.py (numpy, float64); do not edit. */")
print("/* clang-format off */")
x = sound(1000)
emit("golden_logmel", logmel(x, 8000, 200, 80, 20, 0, 4000, 0))
emit("golden_mfcc", dct(logmel(x, 8000, 256, 100, 26, 100, 3800, 0.97), 13))
emit("golden_short", logmel(x[:150], 8000, 200, 80, 20, 0, 4000, 0))
