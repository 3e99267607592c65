"""fray's random numbers, made a second time in NumPy: initial weights, orders of samples, dropout.

With these PyTorch trains on what fray trains on, draw for draw, and weights can be compared
(scripts/reference_uci_har --exact). include/fray/base/rng.h says what a draw is keyed by: Philox4x64
of ten rounds (Salmon et al. 2011) with the key (seed, XXH3 of the purpose) and the counter (who, when,
step, block). Needs libxxhash, which fray itself needs.
"""
import ctypes
import ctypes.util

import numpy as np
import torch
from torch import nn

MULTIPLIER = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
WEYL = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
ROUNDS, WORDS = 10, 4
ALL = 2**64 - 1
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


def hash_of(text):
    """XXH3 of 64 bits."""
    if not hasattr(hash_of, "function"):
        found = ctypes.util.find_library("xxhash")
        if not found:
            raise SystemExit("fray_draws: libxxhash is missing; on Debian: libxxhash0")
        hash_of.function = ctypes.CDLL(found).XXH3_64bits
        hash_of.function.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
        hash_of.function.restype = ctypes.c_uint64
    data = text.encode()
    return hash_of.function(data, len(data))


def product(factor, x):
    """High and low words of a product of 64-bit words."""
    low, high = np.uint64(factor & 0xFFFFFFFF), np.uint64(factor >> 32)
    x_low, x_high = x & LOW, x >> HALF
    cross = high * x_low + (low * x_low >> HALF)  # cannot overflow: (2^32 - 1)^2 + 2^32 - 1
    middle = low * x_high + (cross & LOW)
    return high * x_high + (cross >> HALF) + (middle >> HALF), np.uint64(factor) * x


def philox(key, who, when, step, blocks):
    """(blocks, 4) words: blocks 0, 1, ... of a stream."""
    c = [np.full(blocks, word, np.uint64) for word in (who, when, step)]
    c.append(np.arange(blocks, dtype=np.uint64))
    key = list(key)
    for _ in range(ROUNDS):
        high0, low0 = product(MULTIPLIER[0], c[0])
        high1, low1 = product(MULTIPLIER[1], c[2])
        c = [high1 ^ c[1] ^ np.uint64(key[0]), low1, high0 ^ c[3] ^ np.uint64(key[1]), low0]
        key = [(k + w) & ALL for k, w in zip(key, WEYL)]
    return np.stack(c, 1)


def words(seed, purpose, who=0, when=0, step=0, n=1):
    """The first n words of a stream."""
    return philox((seed, hash_of(purpose)), who, when, step, -(-n // WORDS)).ravel()[:n]


def uniform(n, **stream):
    """On [0, 1): the 53 leading bits of a word."""
    return (words(n=n, **stream) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def shuffled(n, **stream):
    """Fisher and Yates from the end, with numbers below a bound as Lemire (2019) makes them."""
    source = iter(int(word) for word in words(n=2 * n + 8, **stream))
    out = list(range(n))
    for i in range(n, 1, -1):
        wide = next(source) * i
        while (wide & ALL) < i and (wide & ALL) < 2**64 % i:
            wide = next(source) * i
        j = wide >> 64
        out[i - 1], out[j] = out[j], out[i - 1]
    return out


def kept(p, shape, **stream):
    """A dropout mask: sixteen bits a value, 0 below p, else 1 / (1 - p)."""
    n = int(np.prod(shape))
    draw = words(n=-(-n // WORDS), **stream).view(np.uint16)[:n].reshape(shape)
    return np.where(draw < round(p * 65536), np.float32(0), np.float32(1 / np.float32(1 - p)))


def fray_name(name):
    """acc_conv.conv1.weight -> acc.conv1.weight, and so on."""
    part, rest = name.split(".", 1)
    if part == "fuse_att":
        return f"fusion.{rest}"
    if part == "classifier":
        number, kind = rest.split(".")
        return f"head.{ {'0': 'hidden', '3': 'classes'}[number]}.{kind}"
    modality, kind = part.rsplit("_", 1)
    return f"{modality}.{rest}" if kind == "conv" else f"{modality}.gru.{rest[:-len('_l0')]}"


def to_torch(values, shape):
    """A convolution of fray is (filters, kernel, channels), of PyTorch (filters, channels, kernel)."""
    if len(shape) == 3:
        return np.ascontiguousarray(values.reshape(shape[0], shape[2], shape[1]).swapaxes(1, 2))
    return values.reshape(shape)


def bounds(model):
    """Of the initial values of each tensor: 1 / sqrt(values that a unit sees), of a GRU its size."""
    found = {}
    weights = dict(model.named_parameters())
    for name, w in weights.items():
        beside = weights[name.replace("bias", "weight")]
        seen = beside[0].numel() if "_rnn" not in name else w.shape[0] // 3
        found[name] = seen ** -0.5
    return found


class Given(nn.Module):
    """Dropout of fray: the k-th use in a step has the k-th purpose. Values (n, C, T) of an encoder
    are drawn in the order (n, T, C)."""

    def __init__(self, draws, p, purposes):
        super().__init__()
        self.draws, self.p, self.purposes, self.next = draws, p, purposes, 0

    def forward(self, x):
        if not self.training or not self.p:
            return x
        purpose = self.purposes[self.next]
        self.next = (self.next + 1) % len(self.purposes)
        shape = (x.shape[0], x.shape[2], x.shape[1]) if x.dim() == 3 else tuple(x.shape)
        mask = torch.from_numpy(kept(self.p, shape, **self.draws.now(purpose)))
        return x * (mask.transpose(1, 2) if x.dim() == 3 else mask)


class Draws:
    def __init__(self, make_model, seed):
        self.make_model, self.seed = make_model, seed
        self.who = self.when = self.number = 0

    def now(self, purpose):
        return {"seed": self.seed, "purpose": purpose, "who": self.who, "when": self.when,
                "step": self.number}

    def model(self, dropout):
        model = self.make_model(dropout)
        bound = bounds(model)
        for name, w in model.named_parameters():
            largest = float(w.detach().abs().max())
            # of 1000 uniform values the largest is above 98 % but once in 10^8
            if largest > bound[name] or (w.numel() >= 1000 and largest < 0.98 * bound[name]):
                raise SystemExit(f"fray_draws: {name} starts within {largest:.4f} in PyTorch, within "
                                 f"{bound[name]:.4f} in fray")
            drawn = uniform(w.numel(), seed=self.seed, purpose=f"init/{fray_name(name)}")
            values = ((2 * drawn - 1) * bound[name]).astype(np.float32)
            w.data.copy_(torch.from_numpy(to_torch(values, tuple(w.shape))))
        for modality in ("acc", "gyro"):
            purposes = [f"dropout/{modality}.conv{k}" for k in (1, 2, 3)]
            getattr(model, f"{modality}_conv").dropout = Given(self, dropout, purposes)
        model.classifier[2] = Given(self, dropout, ["dropout/head.hidden"])
        return model

    def visit(self, name, number):
        self.who, self.when = hash_of(name), number

    def step(self, number):
        self.number = number

    def order(self, n):
        return torch.tensor(shuffled(n, seed=self.seed, purpose="batches", who=self.who,
                                     when=self.when, step=0))
