#!/usr/bin/env python3
"""PyTorch's side of scripts/bench_pytorch: one measurement in a process of its own.

  scripts/pytorch_side.py JOB      JOB: a JSON object with work, form and what they need

Prints one JSON object. Two forms of everything: `plain` is written as FedMultimodal writes it (a
deep copy of the model and a new optimiser per client, a DataLoader with padding, dictionaries
averaged parameter by parameter, evaluation in batches of 16); `tuned` does the same arithmetic as
fast as we could make it. docs/performance.md says what was tried.
"""
import copy
import ctypes
import json
import os
import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

HAR = {"channels": 3, "filters": (32, 64, 128), "hidden": 128, "units": 512, "heads": 6,
       "head": 64, "classes": 6}
HAR_PARAMETERS = 420_684  # fray's count
HAR_LOCAL = {"lr": 0.05, "momentum": 0.9, "weight_decay": 1e-5, "clip": 10.0, "batch": 16}
LOGISTIC_LOCAL = {"lr": 0.03, "momentum": 0.0, "weight_decay": 0.0, "clip": 0.0, "batch": 10}
DROPOUT = 0.1
PLAIN_EVALUATION_BATCH = 16
TUNED_EVALUATION_BATCH = 128  # as fast as any of 16 to 512 where this was written
STEPS, BLOCK = 128, 128  # time steps; samples of fray's own evaluation block
BATCHES, BATCH_SECONDS = 9, 0.04  # as fray bench measures


# ---- the model, plain ----

class ConvEncoder(nn.Module):
    """Three times Conv1d - ReLU - max-pool 2 - dropout over (B, T, C); out: (B, T // 8, C')."""

    def __init__(self, channels, filters, dropout):
        super().__init__()
        self.conv1 = nn.Conv1d(channels, filters[0], 5, padding="same")
        self.conv2 = nn.Conv1d(filters[0], filters[1], 5, padding="same")
        self.conv3 = nn.Conv1d(filters[1], filters[2], 5, padding="same")
        self.relu, self.pool, self.dropout = nn.ReLU(), nn.MaxPool1d(2), nn.Dropout(dropout)

    def forward(self, x):
        x = x.permute(0, 2, 1)
        for conv in (self.conv1, self.conv2, self.conv3):
            x = self.dropout(self.pool(self.relu(conv(x))))
        return x.permute(0, 2, 1)


class Attention(nn.Module):
    """Tokens (B, T, H) and which of them are real -> (B, heads x H)."""

    def __init__(self, hidden, units, heads):
        super().__init__()
        self.att_fc1, self.att_fc2 = nn.Linear(hidden, units), nn.Linear(units, heads)

    def forward(self, x, real):
        score = self.att_fc2(torch.tanh(self.att_fc1(x))).transpose(1, 2)
        score = score.masked_fill(~real[:, None, :], -1e5)
        return torch.matmul(torch.softmax(score, dim=-1), x).flatten(1)


class Har(nn.Module):
    """Names of parameters as in FedMultimodal, so that its weights can be loaded. The windows all
    have 128 steps, so the GRU gets no packed sequence: packing would only slow it down."""

    def __init__(self, channels, filters, hidden, units, heads, head, classes, dropout=DROPOUT):
        super().__init__()
        self.acc_conv = ConvEncoder(channels, filters, dropout)
        self.gyro_conv = ConvEncoder(channels, filters, dropout)
        self.acc_rnn = nn.GRU(filters[-1], hidden, batch_first=True)
        self.gyro_rnn = nn.GRU(filters[-1], hidden, batch_first=True)
        self.fuse_att = Attention(hidden, units, heads)
        self.classifier = nn.Sequential(nn.Linear(heads * hidden, head), nn.ReLU(),
                                        nn.Dropout(dropout), nn.Linear(head, classes))

    def forward(self, a, b, length_a, length_b):
        a, _ = self.acc_rnn(self.acc_conv(a))
        b, _ = self.gyro_rnn(self.gyro_conv(b))
        real = [torch.arange(x.shape[1])[None, :] < (length // 8)[:, None]
                for x, length in ((a, length_a), (b, length_b))]
        return self.classifier(self.fuse_att(torch.cat((a, b), dim=1), torch.cat(real, dim=1)))


# ---- the model, tuned ----

class Flat:
    """A model whose parameters and gradients are views of two vectors: clip, step, copy and mean
    are then a few operations on one vector each."""

    def __init__(self, model, forward, local):
        self.model, self.forward, self.local = model, forward, local
        parameters = list(model.parameters())
        self.w = torch.cat([p.detach().reshape(-1) for p in parameters])
        self.g, self.v = torch.zeros_like(self.w), torch.zeros_like(self.w)
        at = 0
        for p in parameters:
            n = p.numel()
            p.data = self.w[at:at + n].view(p.shape)
            p.grad = self.g[at:at + n].view(p.shape)
            at += n

    def start(self, w):
        self.w.copy_(w)
        self.v.zero_()

    def step(self, x, label):
        local = self.local
        self.g.zero_()
        loss = F.cross_entropy(self.forward(self.model, x), label)
        loss.backward()
        with torch.no_grad():
            if local["clip"]:
                norm = float(torch.linalg.vector_norm(self.g))
                if norm > local["clip"]:
                    self.g.mul_(local["clip"] / (norm + 1e-6))
            if local["weight_decay"]:
                self.g.add_(self.w, alpha=local["weight_decay"])
            if local["momentum"]:
                self.v.mul_(local["momentum"]).add_(self.g)
            self.w.add_(self.v if local["momentum"] else self.g, alpha=-local["lr"])
        return loss


def drop(x, p):
    """Dropout with 16 random bits per value; F.dropout draws a number of its own for each."""
    if not p:
        return x
    n = x.numel()
    bits = torch.empty((n + 3) // 4, dtype=torch.int64)
    bits.random_(-2**63, None)
    keep = bits.view(torch.int16)[:n].as_strided(x.shape, x.stride()) >= round(p * 65536) - 32768
    return x * keep * (1 / (1 - p))


def encode_tuned(conv, rnn, x, p):
    """A convolution over images of height 1, channels last: oneDNN is faster at these."""
    x = x.unsqueeze(2).contiguous(memory_format=torch.channels_last)
    for layer in (conv.conv1, conv.conv2, conv.conv3):
        x = F.conv2d(x, layer.weight.unsqueeze(2), layer.bias, padding=(0, 2))
        # max and ReLU commute, and ReLU is half the work after the pool
        x = torch.relu(F.max_pool2d(x, (1, 2)))
        x = drop(x, p)
    return rnn(x.squeeze(2).transpose(1, 2))[0]


def har_tuned(model, x):
    """x: (B, 6, T), both modalities, channels first, every step real."""
    p = model.classifier[2].p if model.training else 0
    c = x.shape[1] // 2
    tokens = torch.cat((encode_tuned(model.acc_conv, model.acc_rnn, x[:, :c], p),
                        encode_tuned(model.gyro_conv, model.gyro_rnn, x[:, c:], p)), dim=1)
    fusion = model.fuse_att
    score = torch.softmax(fusion.att_fc2(torch.tanh(fusion.att_fc1(tokens))), dim=1)
    fused = torch.bmm(score.transpose(1, 2), tokens).flatten(1)
    y = torch.relu(model.classifier[0](fused))
    return model.classifier[3](drop(y, p))


# ---- data ----

class Samples(Dataset):
    """As FedMultimodal's data sets: a list of arrays; an item is converted when it is asked for."""

    def __init__(self, columns, label):
        self.columns, self.label = columns, label

    def __len__(self):
        return len(self.label)

    def __getitem__(self, i):
        return [torch.tensor(column[i]) for column in self.columns], torch.tensor(self.label[i])


def pad_windows(items):
    columns = [[item[0][m] for item in items] for m in range(2)]
    length = [torch.tensor([len(x) for x in column]) for column in columns]
    padded = [pad_sequence(column, batch_first=True) for column in columns]
    return (*padded, *length), torch.stack([item[1] for item in items])


def stack_vectors(items):
    return (torch.stack([item[0][0] for item in items]),), torch.stack([item[1] for item in items])


def read_shards(folder, names):
    """Of all shards: values per modality, labels, splits, source ids, clients as (id, rows)."""
    import h5py  # only rounds need it
    values, label, split, source, clients = [[] for _ in names], [], [], [], []
    at = 0
    for path in sorted(Path(folder).glob("*.h5")):
        with h5py.File(path, "r") as f:
            for column, name in zip(values, names):
                column.append(f[f"modalities/{name}/values"][:])
            label.append(f["samples/label"][:])
            split.append(f["samples/split"][:])
            source += [name.decode() for name in f["samples/source"][:]]
            for name, first, count in zip(f["clients/id"][:], f["clients/first"][:],
                                          f["clients/count"][:]):
                clients.append((name.decode(), np.arange(at + first, at + first + count)))
            at = len(source)
    if not label:
        raise SystemExit(f"{folder}: no shards")
    return ([np.concatenate(column) for column in values],
            np.concatenate(label).astype(np.int64), np.concatenate(split), source, clients)


def har_data(job):
    values, label, _, source, _ = read_shards(job["shards"], ("acc", "gyro"))
    values = [(x - x.mean(1, keepdims=True)) / (x.std(1, keepdims=True) + 1e-5) for x in values]
    row = {name: i for i, name in enumerate(source)}
    with open(job["partition"], encoding="utf-8") as file:
        partition = json.load(file)
    clients = {client: np.array([row[f"{'test' if client == 'test' else 'train'}/{entry[1]}"]
                                 for entry in entries]) for client, entries in partition.items()}
    tests = [clients.pop("dev"), clients.pop("test")]
    return values, label, clients, tests


def logistic_data(job):
    values, label, split, _, owners = read_shards(job["shards"], ("feature",))
    clients = {name: rows[split[rows] == 0] for name, rows in owners if (split[rows] == 0).any()}
    return values, label, clients, [np.flatnonzero(split == 1), np.flatnonzero(split == 2)]


# ---- federated rounds ----

def scores(predicted, label, classes):
    """Accuracy and macro-F1 of one confusion matrix."""
    confusion = np.bincount(label * classes + predicted, minlength=classes * classes)
    confusion = confusion.reshape(classes, classes)
    hit, both = np.diag(confusion), confusion.sum(0) + confusion.sum(1)
    f1 = np.divide(2.0 * hit, both, out=np.zeros(classes), where=both > 0)
    return float(hit.sum() / len(label)), float(f1.mean())


class PlainRounds:
    def __init__(self, model, local, data, collate):
        values, label, clients, tests = data

        def loader(rows, shuffle, batch):
            return DataLoader(Samples([column[rows] for column in values], label[rows]),
                              batch_size=batch, shuffle=shuffle, collate_fn=collate)
        self.model, self.local = model, local
        self.classes = int(label.max()) + 1
        self.clients = {name: loader(rows, True, local["batch"])
                        for name, rows in clients.items() if len(rows)}
        self.tests = [loader(rows, False, PLAIN_EVALUATION_BATCH) for rows in tests]

    def train(self, loader):
        model, local = copy.deepcopy(self.model), self.local
        model.train()
        criterion = nn.CrossEntropyLoss()
        optimiser = torch.optim.SGD(model.parameters(), lr=local["lr"],
                                    momentum=local["momentum"],
                                    weight_decay=local["weight_decay"])
        for x, label in loader:
            optimiser.zero_grad()
            criterion(model(*x), label).backward()
            if local["clip"]:
                nn.utils.clip_grad_norm_(model.parameters(), local["clip"])
            optimiser.step()
        return copy.deepcopy(model.state_dict()), len(loader.dataset)

    def round(self, cohort):
        updates = [self.train(self.clients[name]) for name in cohort]
        total = sum(n for _, n in updates)
        mean = copy.deepcopy(updates[0][0])
        for key in mean:
            mean[key] = sum(state[key] * (n / total) for state, n in updates)
        self.model.load_state_dict(mean)

    def evaluate(self):
        self.model.eval()
        found = []
        for loader in self.tests:
            predicted, labels = [], []
            with torch.no_grad():
                for x, label in loader:
                    predicted.append(torch.softmax(self.model(*x), 1).argmax(1).numpy())
                    labels.append(label.numpy())
            found.append(scores(np.concatenate(predicted), np.concatenate(labels), self.classes))
        return found


class TunedRounds:
    """x: (N, ...) tensor of all samples; a batch is a slice of rows of it."""

    def __init__(self, model, forward, local, x, data):
        _, label, clients, tests = data
        self.flat, self.x, self.label = Flat(model, forward, local), x, torch.from_numpy(label)
        self.classes = int(label.max()) + 1
        self.clients = {name: torch.from_numpy(rows) for name, rows in clients.items()}
        self.tests = [(x[rows], label[rows]) for rows in tests]  # copied once, then sliced
        self.global_w, self.sum = self.flat.w.clone(), torch.zeros_like(self.flat.w)

    def round(self, cohort):
        flat, batch = self.flat, self.flat.local["batch"]
        flat.model.train()
        total = sum(len(self.clients[name]) for name in cohort)
        self.sum.zero_()
        for name in cohort:
            rows = self.clients[name]
            rows = rows[torch.randperm(len(rows))]
            flat.start(self.global_w)
            for at in range(0, len(rows), batch):
                now = rows[at:at + batch]
                flat.step(self.x[now], self.label[now])
            self.sum.add_(flat.w, alpha=len(rows) / total)
        self.global_w.copy_(self.sum)

    def evaluate(self):
        flat = self.flat
        flat.model.eval()
        flat.w.copy_(self.global_w)
        with torch.inference_mode():
            return [scores(torch.cat([flat.forward(flat.model, part).argmax(1) for part in
                                      x.split(TUNED_EVALUATION_BATCH)]).numpy(),
                           label, self.classes) for x, label in self.tests]


class TunedLogistic:
    """Logistic regression with the gradient written out and all clients of a round in one batched
    product; short clients and last batches are filled with rows of weight 0."""

    def __init__(self, local, x, data):
        _, label, clients, tests = data
        self.local, self.x, self.classes = local, x, int(label.max()) + 1
        self.label = torch.from_numpy(label)
        self.clients = {name: torch.from_numpy(rows) for name, rows in clients.items()}
        self.tests = [(x[rows], label[rows]) for rows in tests]
        bound = x.shape[1] ** -0.5
        self.w = torch.empty(x.shape[1], self.classes).uniform_(-bound, bound)
        self.b = torch.empty(self.classes).uniform_(-bound, bound)

    def gather(self, cohort):
        """Rows (K, S) in random order, and weight 1 / (size of the row's batch), 0 for filling."""
        batch, rows = self.local["batch"], [self.clients[name] for name in cohort]
        n = torch.tensor([len(r) for r in rows])
        most = -(-int(n.max()) // batch) * batch
        at = torch.arange(most)[None, :]
        index = torch.zeros(len(rows), most, dtype=torch.int64)
        for k, r in enumerate(rows):
            index[k, :len(r)] = r[torch.randperm(len(r))]
        size = torch.clamp(n[:, None] - at // batch * batch, 1, batch)
        return index, (at < n[:, None]) / size, n

    def round(self, cohort):
        with torch.inference_mode():
            index, weight, n = self.gather(cohort)
            clients, most = index.shape
            w = self.w.expand(clients, -1, -1).clone()
            b = self.b.expand(clients, 1, -1).clone()
            lr, batch = self.local["lr"], self.local["batch"]
            x = self.x[index]
            truth = F.one_hot(self.label[index], self.classes).float()
            for at in range(0, most, batch):
                now = x[:, at:at + batch]
                g = torch.softmax(torch.baddbmm(b, now, w), 2)
                g.sub_(truth[:, at:at + batch]).mul_(weight[:, at:at + batch, None])
                w.baddbmm_(now.transpose(1, 2), g, alpha=-lr)
                b.sub_(g.sum(1, keepdim=True), alpha=lr)
            share = n / n.sum()
            self.w = torch.tensordot(share, w, 1)
            self.b = torch.tensordot(share, b[:, 0], 1)

    def evaluate(self):
        with torch.inference_mode():
            return [scores(torch.addmm(self.b, x, self.w).argmax(1).numpy(), label, self.classes)
                    for x, label in self.tests]


# ---- measurements ----

def measure(work):
    """Median seconds of one call, as fray bench takes it: 9 batches of at least 0.04 s."""
    def batch(n):
        start = time.process_time()
        for _ in range(n):
            work()
        return time.process_time() - start
    batch(2)
    n = 1
    while (seconds := batch(n)) < BATCH_SECONDS:
        n = int(n * min(1.2 * BATCH_SECONDS / seconds, 16)) + 1
    return statistics.median(batch(n) / n for _ in range(BATCHES))


def new_har():
    model = Har(**HAR)
    count = sum(p.numel() for p in model.parameters())
    assert count == HAR_PARAMETERS, f"{count} parameters, not {HAR_PARAMETERS}"
    return model


def random_windows():
    a, b = torch.randn(BLOCK, STEPS, 3), torch.randn(BLOCK, STEPS, 3)
    label = torch.arange(BLOCK) % HAR["classes"]
    return a, b, torch.full((BLOCK,), STEPS), label, torch.cat((a, b), 2).transpose(1, 2).clone()


def plain_step(model, local):
    optimiser = torch.optim.SGD(model.parameters(), lr=local["lr"], momentum=local["momentum"],
                                weight_decay=local["weight_decay"])
    criterion = nn.CrossEntropyLoss()

    def step(x, label):
        optimiser.zero_grad()
        loss = criterion(model(*x), label)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), local["clip"])
        optimiser.step()
        return loss
    return step


def work_step(job):
    """Of batches that lie in memory: neither form pays for loading here."""
    a, b, length, label, both = random_windows()
    local = {**HAR_LOCAL, "lr": 0.01}
    model, n = new_har().train(), local["batch"]
    parts = [slice(at, at + n) for at in range(0, BLOCK, n)]
    if job["form"] == "plain":
        batches = [((a[p], b[p], length[p], length[p]), label[p]) for p in parts]
        step = plain_step(model, local)
    else:
        batches = [(both[p], label[p]) for p in parts]
        step = Flat(model, har_tuned, local).step
    count = 0

    def one():
        nonlocal count
        step(*batches[count % len(batches)])
        count += 1
    return {"seconds": measure(one)}


def work_evaluate(job):
    a, b, length, _, both = random_windows()
    model = new_har().eval()
    if job["form"] == "plain":
        n = PLAIN_EVALUATION_BATCH
        parts = [(a[at:at + n], b[at:at + n], length[at:at + n], length[at:at + n])
                 for at in range(0, BLOCK, n)]

        def block():
            with torch.no_grad():
                for x in parts:
                    model(*x).argmax(1)
    else:
        parts = [part.clone() for part in both.split(TUNED_EVALUATION_BATCH)]

        def block():
            with torch.inference_mode():
                for x in parts:
                    har_tuned(model, x).argmax(1)
    return {"seconds": measure(block) / BLOCK}


def work_model(job):
    import pytorch_models as models  # which takes the optimiser from here
    return {"seconds": (models.step_seconds if job["what"] == "step"
                        else models.evaluation_seconds)(job["model"])}


def work_agree(job):
    import pytorch_agree
    return {"difference": pytorch_agree.agree(job["model"], job["fray"], job["folder"])}


def time_rounds(federation, job):
    """Rounds 1 .. warm are not timed; the rest, evaluation included, is."""
    cohorts, warm, every = job["cohorts"], job["warm"], job["every"]
    if isinstance(cohorts, str):  # a file, when there are too many for an argument
        cohorts = json.loads(Path(cohorts).read_text(encoding="utf-8"))
    found = []
    start = time.process_time()
    for number, cohort in enumerate(cohorts, 1):
        federation.round(cohort)
        if number % every == 0:
            found = federation.evaluate()
        if number == warm:
            start = time.process_time()
    seconds = (time.process_time() - start) / (len(cohorts) - warm)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "peak_mb": peak * 1024e-6,
            "scores": [[round(v, 4) for v in pair] for pair in found]}


def work_har(job):
    data = har_data(job)
    model = new_har()
    if job["form"] == "plain":
        return time_rounds(PlainRounds(model, HAR_LOCAL, data, pad_windows), job)
    both = torch.from_numpy(np.concatenate(data[0], 2).transpose(0, 2, 1).copy())
    data[0].clear()
    return time_rounds(TunedRounds(model, har_tuned, HAR_LOCAL, both, data), job)


def work_logistic(job):
    data = logistic_data(job)
    size, classes = data[0][0].shape[1], int(data[1].max()) + 1
    if job["form"] == "plain":
        model = nn.Linear(size, classes)
        return time_rounds(PlainRounds(model, LOGISTIC_LOCAL, data, stack_vectors), job)
    x = torch.from_numpy(data[0].pop())
    return time_rounds(TunedLogistic(LOGISTIC_LOCAL, x, data), job)


# ---- checks ----

def work_check(job):
    """Both forms against a recorded PyTorch run of the reference: logits, gradients, three steps.
    Returns the largest differences."""
    import h5py
    with h5py.File(job["fixture"], "r") as f:
        want = {name: torch.from_numpy(f["param"][name][:]) for name in f["param"]}
        grad = {name: torch.from_numpy(f["grad"][name][:]) for name in f["grad"]}
        after = {name: torch.from_numpy(f["param_after_3_steps"][name][:]) for name in want}
        logits = [torch.from_numpy(f[f"step{k}/logits"][:]) for k in range(3)]
        a, b, la, lb, y = (torch.from_numpy(f["input"][k][:]) for k in
                           ("a", "b", "len_a", "len_b", "y"))
    shape = {"channels": want["acc_conv.conv1.weight"].shape[1],
             "filters": [want[f"acc_conv.conv{k}.weight"].shape[0] for k in (1, 2, 3)],
             "hidden": want["acc_rnn.weight_hh_l0"].shape[1],
             "units": want["fuse_att.att_fc1.weight"].shape[0],
             "heads": want["fuse_att.att_fc2.weight"].shape[0],
             "head": want["classifier.0.weight"].shape[0],
             "classes": want["classifier.3.weight"].shape[0]}
    model = Har(**shape, dropout=0).train()
    model.load_state_dict(want)
    if job["form"] == "plain":
        step, x = plain_step(model, HAR_LOCAL), (a, b, la.long(), lb.long())

        def look():
            return model(*x)
    else:
        assert bool((la == a.shape[1]).all() and (lb == b.shape[1]).all()), "ragged fixture"
        flat, x = Flat(model, har_tuned, HAR_LOCAL), torch.cat((a, b), 2).transpose(1, 2).clone()
        step = flat.step

        def look():
            return har_tuned(model, x)

    def apart(got, wanted, start=None):
        """Largest difference over all tensors, relative to the largest value (or change)."""
        change = wanted if start is None else {k: wanted[k] - start[k] for k in wanted}
        return (max(float((got[k].detach() - wanted[k]).abs().max()) for k in wanted)
                / max(float(v.abs().max()) for v in change.values()))
    parameters, found = dict(model.named_parameters()), {}
    for k in range(3):
        y_now = look()
        found[f"logits, step {k}"] = apart({0: y_now}, {0: logits[k]})
        if k == 0:
            F.cross_entropy(y_now, y.long()).backward()
            found["gradient"] = apart({name: p.grad for name, p in parameters.items()}, grad)
        step(x, y.long())
    found["change of the weights in 3 steps"] = apart(parameters, after, want)
    return found


def blas_in_use():
    """The BLAS libraries mapped into this process, with OpenBLAS's own account of itself."""
    torch.mm(torch.ones(8, 8), torch.ones(8, 8))
    with open("/proc/self/maps", encoding="utf-8") as file:
        paths = {line.split()[-1] for line in file if "/" in line}
    found = []
    for path in sorted(p for p in paths if "blas" in Path(p).name or "mkl_rt" in Path(p).name):
        library, text = ctypes.CDLL(path), Path(path).name
        if hasattr(library, "openblas_get_config"):
            config, core = library.openblas_get_config, library.openblas_get_corename
            config.restype = core.restype = ctypes.c_char_p
            version = " ".join(config().decode().split()[:2])
            text += f", {version}, kernel {core().decode()}"
        found.append(text)
    return found


def work_about(_):
    return {"torch": torch.__version__, "python": sys.version.split()[0],
            "numpy": np.__version__, "config": torch.__config__.show(), "blas": blas_in_use(),
            "onednn": torch.backends.mkldnn.is_available(), "compile": hasattr(torch, "compile")}


def work_clients(job):
    """Ids of the clients with training samples."""
    return {"clients": list(logistic_data({**job})[2])}


WORK = {"about": work_about, "agree": work_agree, "check": work_check, "clients": work_clients,
        "evaluate": work_evaluate, "har": work_har, "logistic": work_logistic,
        "model": work_model, "step": work_step}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    job = json.loads(sys.argv[1])
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    torch.manual_seed(job.get("seed", 1))
    assert "OPENBLAS_L2_SIZE" not in os.environ, "OPENBLAS_L2_SIZE is set"
    print(json.dumps(WORK[job["work"]](job)))


if __name__ == "__main__":
    main()
