#!/usr/bin/env python3
"""Writes transformer_golden.h and ../fusion/bottleneck_golden.h: what PyTorch makes of the encoder transformer and the
fusion bottleneck, in float64, forward and backward. Run in this folder with any Python that has torch (made with 1.13):
    python3 make_attention_golden.py
Layers are torch.nn.TransformerEncoderLayer(norm_first=True); ragged samples go through its padding mask, where fray packs
them. Weights, inputs and the weights of the objective come from `waves`, which the C tests have too; a gradient is held
by two numbers per tensor, its inner product with waves of another phase and its norm."""
import math

import torch

torch.set_default_dtype(torch.float64)


def waves(n, start, size=1.0):
    """n values of a chirp, rounded to float32 as fray holds them."""
    k = torch.arange(start, start + n, dtype=torch.float64)
    return (size * torch.sin(0.37 * k + 0.011 * k * k)).to(torch.float32).to(torch.float64)


class Filler:
    """Fills tensors in fray's order, one behind the other; gains of norms lie around 1."""

    def __init__(self):
        self.at, self.tensors = 0, []

    def fill(self, name, tensor):
        with torch.no_grad():
            v = waves(tensor.numel(), self.at, 0.3).reshape(tensor.shape)
            gain = "norm" in name and name.endswith("weight")
            tensor.copy_((v + 1).to(torch.float32).to(torch.float64) if gain else v)
        self.at += tensor.numel()
        self.tensors.append((name, tensor))

    def linear(self, name, layer):
        self.fill(name + ".weight", layer.weight)
        self.fill(name + ".bias", layer.bias)

    def block(self, name, layer):
        self.linear(name + ".norm1", layer.norm1)
        self.fill(name + ".qkv.weight", layer.self_attn.in_proj_weight)
        self.fill(name + ".qkv.bias", layer.self_attn.in_proj_bias)
        self.linear(name + ".out", layer.self_attn.out_proj)
        self.linear(name + ".norm2", layer.norm2)
        self.linear(name + ".up", layer.linear1)
        self.linear(name + ".down", layer.linear2)


def block(width, heads, inner):
    return torch.nn.TransformerEncoderLayer(width, heads, inner, 0.0, batch_first=True, norm_first=True)


def emit(out, name, values):
    flat = [f"{v:.9g}" for v in values]
    out.write(f"static const double {name}[{len(flat)}] = {{\n")
    for i in range(0, len(flat), 6):
        out.write("    " + ", ".join(flat[i:i + 6]) + ",\n")
    out.write("};\n")


def emit_all(path, filler, result, inputs):
    """The objective is the inner product of the result with waves from 5000 on."""
    flat = torch.cat([r.reshape(-1) for r in result])
    (flat * waves(flat.numel(), 5000)).sum().backward()
    with open(path, "w") as out:
        out.write("/* Made by make_attention_golden.py (PyTorch, float64); do not edit. */\n/* clang-format off */\n")
        emit(out, "golden_result", flat.tolist())
        names = ", ".join(f'"{name}"' for name, _ in filler.tensors)
        out.write(f"static const char *const golden_names[{len(filler.tensors)}] = {{{names}}};\n")
        both = []
        for tensor in [t for _, t in filler.tensors] + inputs:
            g = tensor.grad.reshape(-1)
            both += [(g * waves(g.numel(), 9000)).sum().item(), g.norm().item()]
        emit(out, "golden_gradients", both)


def encoder():
    """Lengths 7, 3 and 1 of 4 channels, patches of 2 steps, width 8, 2 heads, 2 layers, tokens of 5 values."""
    lengths, width, f = [7, 3, 1], 8, Filler()
    first, token, norm = torch.nn.Linear(8, width), torch.nn.Linear(width, 5), torch.nn.LayerNorm(width)
    layers = [block(width, 2, 16) for _ in range(2)]
    f.linear("it.input", first)
    for k, layer in enumerate(layers):
        f.block(f"it.layer{k + 1}", layer)
    f.linear("it.norm", norm)
    f.linear("it.token", token)
    x = torch.zeros(3, 8, 4)
    for i, n in enumerate(lengths):
        x[i, :n] = waves(n * 4, 3000 + 100 * i).reshape(n, 4)
    rows = [math.ceil(n / 2) for n in lengths]
    position = torch.zeros(4, width)
    for t in range(4):
        for k in range(width // 2):
            angle = t / 10000 ** (2 * k / width)
            position[t, 2 * k], position[t, 2 * k + 1] = math.sin(angle), math.cos(angle)
    h = first(x.reshape(3, 4, 8)) + position.to(torch.float32).to(torch.float64)
    padding = torch.tensor([[t >= n for t in range(4)] for n in rows])
    for layer in layers:
        h = layer(h, src_key_padding_mask=padding)
    y = token(norm(h))
    emit_all("transformer_golden.h", f, [y[i, :n] for i, n in enumerate(rows)], [])


def fusion():
    """Two modalities, width 8, 2 tokens, 2 layers, 2 heads. Samples have tokens (3, 2), (none, 4), (1, none)."""
    width, bottleneck, counts, f = 8, 2, [[3, None, 1], [2, 4, None]], Filler()
    start = torch.nn.Parameter(torch.zeros(bottleneck, width))
    f.fill("fusion.tokens", start)
    layers = [[block(width, 2, 16) for _ in range(2)] for _ in range(2)]
    for m in range(2):
        for k in range(2):
            f.block(f"fusion.modality{m + 1}.layer{k + 1}", layers[m][k])
    norm = torch.nn.LayerNorm(width)
    f.linear("fusion.norm", norm)
    tokens = []
    for m in range(2):
        n = sum(c for c in counts[m] if c)
        tokens.append(waves(n * width, 3000 + 500 * m).reshape(n, width).requires_grad_())
    out = []
    for i in range(3):
        x, z = {}, start
        for m in range(2):
            if counts[m][i]:
                at = sum(c for c in counts[m][:i] if c)
                x[m] = tokens[m][at:at + counts[m][i]]
        for k in range(2):
            made = []
            for m in x:
                both = layers[m][k](torch.cat([z, x[m]])[None])[0]
                made.append(both[:bottleneck])
                x[m] = both[bottleneck:]
            z = sum(made) / len(made)
        out.append(norm(z))
    emit_all("../fusion/bottleneck_golden.h", f, out, tokens)


encoder()
fusion()
