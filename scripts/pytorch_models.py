"""The other models of `fray bench` in PyTorch, each in the fastest form that we found (tuned).

scripts/bench_pytorch measures them, and its --check-models compares what they say with what fray
says (pytorch_agree.py). load() takes parameters by fray's names, as a kept model has them.
docs/performance.md says what was tried.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

import fray_draws
from pytorch_side import HAR_LOCAL, Flat, drop, measure

BATCH, BLOCK = 16, 128  # of training and of evaluation, as fray bench has them
DROPOUT = 0.1


def linear(layer, x):
    return F.linear(x, layer.weight, layer.bias)


def rows_there(lengths, most):
    """(B, most) which steps are there; None: all of all samples."""
    if int(lengths.min()) == most:
        return None
    return torch.arange(most)[None, :] < lengths[:, None]


class Steps:
    """A batch of sequences, cut to its longest: what a loader makes once. layers: convolutions that
    halve it. there[k], after k of them: which steps are there; None: all."""

    def __init__(self, x, lengths, layers=0, patch=1, first=False):
        most = -(-int(lengths.max()) // patch) * patch
        there, x = rows_there(lengths, most), x[:, :most]
        if x.shape[1] < most:
            x = F.pad(x, (0, 0, 0, most - x.shape[1]))
        if there is not None:
            x = x * there[:, :, None]
        self.lengths = [lengths]
        for _ in range(layers):
            lengths = torch.clamp(lengths // 2, min=1)
            self.lengths.append(lengths)
        if patch > 1:
            self.lengths[0] = -(-self.lengths[0] // patch)
            x = x.reshape(len(x), most // patch, -1)
        self.there, time = [], x.shape[1]
        for n in self.lengths:
            self.there.append(rows_there(n, time))
            time //= 2
        # channels last, as images of height 1, is what the convolutions read
        self.x = x.transpose(1, 2).unsqueeze(2).contiguous(memory_format=torch.channels_last) \
            if first else x.contiguous()


class ConvGru(nn.Module):
    def __init__(self, channels, hidden):
        super().__init__()
        sizes = (channels, 32, 64, 128)
        self.convs = nn.ModuleList(nn.Conv1d(a, b, 5) for a, b in zip(sizes, sizes[1:]))
        self.gru = nn.GRU(sizes[-1], hidden, batch_first=True)

    def forward(self, steps, p):
        """Tokens (B, T, hidden). Steps past a sample's end are zeros in every layer, as the layers
        of fray compute none of them."""
        x = steps.x
        for k, conv in enumerate(self.convs):
            x = F.conv2d(x, conv.weight.unsqueeze(2), conv.bias, padding=(0, 2))
            x = torch.relu(F.max_pool2d(x, (1, 2)))  # max and ReLU commute
            if steps.there[k + 1] is not None:
                x = x * steps.there[k + 1][:, None, None, :]
            x = drop(x, p)
        return self.gru(x.squeeze(2).transpose(1, 2))[0]

    def load(self, take):
        for k, conv in enumerate(self.convs, 1):
            conv.weight.copy_(take(f"conv{k}.weight").transpose(1, 2))
            conv.bias.copy_(take(f"conv{k}.bias"))
        load_gru(self.gru, take)


def load_gru(gru, take):
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        to = getattr(gru, f"{name}_l0")
        to.copy_(take(f"gru.{name}").reshape(to.shape))


class Gru(nn.Module):
    def __init__(self, channels, hidden):
        super().__init__()
        self.gru = nn.GRU(channels, hidden, batch_first=True)

    def forward(self, steps, _):
        return self.gru(steps.x)[0]

    def load(self, take):
        load_gru(self.gru, take)


class Cnn(nn.Module):
    def __init__(self, side, hidden):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 32, 3, padding=1)
        self.fc = nn.Linear(32 * (side // 4)**2, hidden)

    def forward(self, x, p):
        for conv in (self.conv1, self.conv2):
            x = F.conv2d(x, conv.weight, conv.bias, padding=1)
            x = drop(torch.relu(F.max_pool2d(x, 2)), p)
        return linear(self.fc, x.permute(0, 2, 3, 1).flatten(1))

    def load(self, take):
        for name in ("conv1", "conv2"):
            conv = getattr(self, name)
            out, into = conv.weight.shape[:2]
            weight = take(f"{name}.weight").reshape(out, 3, 3, into)
            conv.weight.copy_(weight.permute(0, 3, 1, 2))
            conv.bias.copy_(take(f"{name}.bias"))
        load_linear(self.fc, take, "fc")


def load_linear(layer, take, name):
    layer.weight.copy_(take(f"{name}.weight").reshape(layer.weight.shape))
    layer.bias.copy_(take(f"{name}.bias").reshape(layer.bias.shape))


class Block(nn.Module):
    """Self-attention, normalised before each part; heads of a quarter of the width."""
    HEADS = 4

    def __init__(self, width):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask, p, lead=None):
        """lead: only the first rows of each sequence are asked for. Layers see the rows that are
        there alone, and attention whole sequences: faster than either for all."""
        batch, time, width = x.shape
        part, heads = width // self.HEADS, self.HEADS
        rows = x if mask.rows is None else x.reshape(-1, width).index_select(0, mask.rows)
        qkv = mask.spread(linear(self.qkv, self.norm1(rows)), batch, time)
        qkv = qkv.view(batch, time, 3, heads, part)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).reshape(3, batch * heads, time, part)
        if lead:
            q, rows = q[:, :lead], x[:, :lead]
        if mask.bias is None:
            score = torch.bmm(q, k.transpose(1, 2)) * part**-0.5
        else:
            score = torch.baddbmm(mask.bias, q, k.transpose(1, 2), alpha=part**-0.5)
        mean = torch.bmm(torch.softmax(score, 2), v)
        mean = mean.view(batch, heads, -1, part).transpose(1, 2).reshape(batch, -1, width)
        if not lead and mask.rows is not None:
            mean = mean.view(-1, width).index_select(0, mask.rows)
        rows = rows + drop(linear(self.out, mean), p)
        rows = rows + drop(linear(self.down, torch.relu(linear(self.up, self.norm2(rows)))), p)
        return rows if lead else mask.spread(rows, batch, time)

    def load(self, take):
        for name in ("norm1", "qkv", "out", "norm2", "up", "down"):
            load_linear(getattr(self, name), take, name)


class Mask:
    """Of sequences with `before` rows in front that are always there: what attention adds to
    scores, and the rows that are there; None: all are."""

    def __init__(self, there, before=0):
        self.bias = self.rows = None
        if there is None:
            return
        there = torch.cat((torch.ones(len(there), before, dtype=torch.bool), there), 1)
        bias = torch.zeros(there.shape).masked_fill_(~there, -math.inf)
        self.bias = bias.repeat_interleave(Block.HEADS, 0)[:, None, :]
        self.rows = there.reshape(-1).nonzero().squeeze(1)

    def spread(self, rows, batch, time):
        if self.rows is None:
            return rows
        whole = torch.zeros(batch * time, rows.shape[1])
        return whole.index_copy(0, self.rows, rows).view(batch, time, -1)


class Transformer(nn.Module):
    WIDTH, LAYERS = 64, 2

    def __init__(self, values, most, hidden):
        super().__init__()
        width = self.WIDTH
        self.input, self.token = nn.Linear(values, width), nn.Linear(width, hidden)
        self.layers = nn.ModuleList(Block(width) for _ in range(self.LAYERS))
        self.norm = nn.LayerNorm(width)
        j = torch.arange(width, dtype=torch.float64)
        angle = torch.arange(most, dtype=torch.float64)[:, None] / 10000**((j // 2 * 2) / width)
        self.positions = torch.where(j.long() % 2 == 1, angle.cos(), angle.sin()).float()

    def forward(self, steps, p):
        x = drop(linear(self.input, steps.x) + self.positions[:steps.x.shape[1]], p)
        for layer in self.layers:
            x = layer(x, steps.mask, p)
        return linear(self.token, self.norm(x))

    def load(self, take):
        for name in ("input", "token", "norm"):
            load_linear(getattr(self, name), take, name)
        for k, layer in enumerate(self.layers, 1):
            layer.load(lambda name, k=k: take(f"layer{k}.{name}"))


# ---- fusions ----

def mean_tokens(tokens, steps):
    there, lengths = steps.there[-1], steps.lengths[-1]
    if there is None:
        return tokens.mean(1)
    return torch.bmm(there[:, None, :] / lengths[:, None, None], tokens).squeeze(1)


class Gated(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.value = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(2))
        self.score = nn.ModuleList(nn.Linear(hidden, 1) for _ in range(2))

    def forward(self, tokens, steps, _):
        mean = [mean_tokens(t, s) for t, s in zip(tokens, steps)]
        score = torch.softmax(torch.cat([linear(s, m) for s, m in zip(self.score, mean)], 1), 1)
        value = [torch.tanh(linear(v, m)) for v, m in zip(self.value, mean)]
        return score[:, :1] * value[0] + score[:, 1:] * value[1]

    def load(self, take):
        for m in range(2):
            load_linear(self.value[m], take, f"gate{m + 1}.value")
            load_linear(self.score[m], take, f"gate{m + 1}.score")


class Bottleneck(nn.Module):
    TOKENS, LAYERS = 4, 2

    def __init__(self, hidden):
        super().__init__()
        self.tokens = nn.Parameter(torch.rand(self.TOKENS, hidden) - 0.5)
        self.layers = nn.ModuleList(Block(hidden) for _ in range(2 * self.LAYERS))
        self.norm = nn.LayerNorm(hidden)

    def forward(self, tokens, steps, p):
        z, x = self.tokens.expand(len(tokens[0]), -1, -1), list(tokens)
        for k in range(self.LAYERS):
            last, made = k + 1 == self.LAYERS, []
            for m in range(2):
                layer, rows = self.layers[m * self.LAYERS + k], torch.cat((z, x[m]), 1)
                y = layer(rows, steps[m].fused_mask, p, self.TOKENS if last else None)
                made.append(y[:, :self.TOKENS])
                x[m] = y[:, self.TOKENS:]
            z = (made[0] + made[1]) * 0.5
        return self.norm(z).flatten(1)

    def load(self, take):
        self.tokens.copy_(take("tokens").reshape(self.tokens.shape))
        load_linear(self.norm, take, "norm")
        for m in range(2):
            for k in range(self.LAYERS):
                self.layers[m * self.LAYERS + k].load(
                    lambda name, m=m, k=k: take(f"modality{m + 1}.layer{k + 1}.{name}"))


# ---- models ----

class Joined(nn.Module):
    """Two encoders, a fusion (None: means side by side), a hidden layer, classes."""

    def __init__(self, first, second, fusion, fused, classes):
        super().__init__()
        self.first, self.second, self.fusion = first, second, fusion
        self.hidden, self.classes = nn.Linear(fused, 64), nn.Linear(64, classes)

    def forward(self, x):
        p = DROPOUT if self.training else 0
        tokens = [self.first(x[0], p), self.second(x[1], p)]
        if self.fusion is None:
            y = torch.cat((tokens[0], mean_tokens(tokens[1], x[1])), 1)
        else:
            y = self.fusion(tokens, x, p)
        return linear(self.classes, drop(torch.relu(linear(self.hidden, y)), p))

    def load(self, take):
        for name in ("first", "second", "fusion"):
            part = getattr(self, name)
            if part is not None:
                part.load(lambda key, name=name: take(f"{name}.{key}"))
        load_linear(self.hidden, take, "head.hidden")
        load_linear(self.classes, take, "head.classes")


class Vector(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(784, 128), nn.Linear(128, 64)
        self.classes = nn.Linear(64, 10)

    def forward(self, x):
        hidden = drop(torch.relu(linear(self.fc1, x)), DROPOUT if self.training else 0)
        return linear(self.classes, linear(self.fc2, hidden))

    def load(self, take):
        load_linear(self.fc1, take, "first.fc1")
        load_linear(self.fc2, take, "first.fc2")
        load_linear(self.classes, take, "head.classes")


def image(x):
    return x.contiguous(memory_format=torch.channels_last)


def attention_steps(x, lengths, patch):
    steps = Steps(x, lengths, patch=patch)
    steps.mask = Mask(steps.there[0])
    steps.fused_mask = Mask(steps.there[0], Bottleneck.TOKENS)
    return steps


# name: parameters (fray's count), classes, shapes of a sample's modalities, model, what a batch is
# made of its features and lengths, and the keys of fray's section `model`.
MODELS = {
    "vector-784": {
        "parameters": 109_386, "classes": 10, "shapes": [(784,)], "make": Vector,
        "batch": lambda x, n: x[0], "fray": "{fusion: concat, hidden: 64, head: 0}"},
    "image-sound": {
        "parameters": 209_194, "classes": 10, "shapes": [(1, 28, 28), (50, 40)],
        "make": lambda: Joined(Cnn(28, 64), ConvGru(40, 64), None, 128, 10),
        "batch": lambda x, n: (image(x[0]), Steps(x[1], n[1], 3, first=True)),
        "fray": "{fusion: concat, hidden: 64}"},
    "sound-text": {
        "parameters": 451_622, "classes": 4, "shapes": [(200, 80), (32, 512)], "ragged": True,
        "make": lambda: Joined(ConvGru(80, 128), Gru(512, 128), Gated(128), 128, 4),
        "batch": lambda x, n: (Steps(x[0], n[0], 3, first=True), Steps(x[1], n[1])),
        "fray": "{fusion: gated, encoders: {second: {kind: gru}}}"},
    "attention-ragged": {
        "parameters": 478_916, "classes": 4, "shapes": [(200, 80), (32, 512)], "ragged": True,
        "make": lambda: Joined(Transformer(320, 50, 64), Transformer(512, 32, 64), Bottleneck(64),
                               256, 4),
        "batch": lambda x, n: (attention_steps(x[0], n[0], 4), attention_steps(x[1], n[1], 1)),
        "fray": "{fusion: bottleneck, hidden: 64, encoders: {first: {kind: transformer, patch: 4}, "
                "second: {kind: transformer}}}"},
}


def lengths_of(most, modality):
    """fray's own: from a quarter of the longest to all, the same for each batch of a block."""
    least = most // 4
    drawn = fray_draws.words(1, "bench", 200 + modality, n=BATCH)
    drawn = [least + (int(word) * (most - least + 1) >> 64) for word in drawn]
    return torch.tensor(drawn * (BLOCK // BATCH))


def new(name):
    model = MODELS[name]["make"]()
    found = sum(p.numel() for p in model.parameters())
    wanted = MODELS[name]["parameters"]
    assert found == wanted, f"{name}: {found} parameters, not {wanted}"
    return model


def random_block(name):
    """x, lengths, labels of a block, as fray bench draws them but for the values."""
    kind = MODELS[name]
    x = [torch.randn(BLOCK, *shape) for shape in kind["shapes"]]
    lengths = [lengths_of(shape[0], m) if kind.get("ragged") else
               torch.full((BLOCK,), shape[0] if len(shape) == 2 else 1)
               for m, shape in enumerate(kind["shapes"])]
    return x, lengths, torch.arange(BLOCK) % kind["classes"]


def batches_of(name, x, lengths, size, order=None):
    """The samples in batches of `size`, in that order: a tuple for the model each."""
    order = torch.arange(len(x[0])) if order is None else order
    return [MODELS[name]["batch"]([v[rows] for v in x], [n[rows] for n in lengths])
            for rows in order.split(size)]


def by_length(lengths):
    """An order in which neighbours are about as long: evaluation pads less so."""
    return torch.argsort(lengths[0] * 1000 + lengths[-1])


def evaluation_batch(name):
    """Samples of neighbouring lengths in smaller batches: as fast as any of 16 to 128."""
    return 32 if MODELS[name].get("ragged") else BLOCK


# ---- measurements ----

def step_seconds(name):
    """A training step on batches that a loader has made before."""
    x, lengths, label = random_block(name)
    batches, labels = batches_of(name, x, lengths, BATCH), label.split(BATCH)
    flat = Flat(new(name).train(), lambda model, batch: model(batch), {**HAR_LOCAL, "lr": 0.01})
    count = 0

    def one():
        nonlocal count
        at = count % len(batches)
        flat.step(batches[at], labels[at])
        count += 1
    return measure(one)


def evaluation_seconds(name):
    """A sample of a block that a loader has sorted and cut before."""
    x, lengths, _ = random_block(name)
    model = new(name).eval()
    batches = batches_of(name, x, lengths, evaluation_batch(name),
                         by_length(lengths) if MODELS[name].get("ragged") else None)

    def block():
        with torch.inference_mode():
            for batch in batches:
                model(batch).argmax(1)
    return measure(block) / BLOCK
