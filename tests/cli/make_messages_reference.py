#!/usr/bin/env python3
"""Writes messages_reference.json: the macro-F1 that PyTorch models reach on the messages of
messages.py. By hand only, as it needs PyTorch:

  python3 tests/cli/make_messages_reference.py

embedding_bag: EmbeddingBag (mean, N(0, 1), PyTorch's defaults) over the ids of a word and of its
n-grams, a GRU, the mean over words, a linear layer: the form of fray's encoder `text`. The ids are
hashes of another function than fray's, into as many buckets. embedding: a row a whole word of the
training vocabulary, and one row for all others. bag_of_words: logistic regression on counts.
"""
import hashlib
import json
import sys
from pathlib import Path

sys.path.append(sys.path.pop(0))  # numbers.py here is not the one that PyTorch imports
import torch
from torch import nn

from messages import BATCH, BUCKETS, CLASSES, DIM, EPOCHS, HIDDEN, LEARN, MOST, SEEDS, messages


def ids_of(word):
    marked = f"<{word}>"
    pieces = [marked] + [marked[i:i + n] for n in range(3, 6) if n < len(marked)
                         for i in range(len(marked) - n + 1)]
    hashes = [int.from_bytes(hashlib.blake2b(p.encode(), digest_size=8).digest(), "little")
              for p in pieces[:1 + MOST]]
    return [1 + h % (BUCKETS - 1) for h in hashes]


class Recurrent(nn.Module):
    """Word vectors -> GRU -> mean over the words that are there -> classes."""

    def __init__(self, bags, rows):
        super().__init__()
        self.rows = nn.EmbeddingBag(rows, DIM, mode="mean", padding_idx=0) if bags else nn.Embedding(
            rows, DIM, padding_idx=0)
        self.gru = nn.GRU(DIM, HIDDEN, batch_first=True)
        self.classes = nn.Linear(HIDDEN, len(CLASSES))

    def forward(self, x):
        there = (x if x.dim() == 2 else x[:, :, 0]) > 0
        words = self.rows(x) if x.dim() == 2 else self.rows(x.flatten(0, 1)).unflatten(
            0, x.shape[:2])
        tokens = self.gru(words)[0] * there.unsqueeze(2)
        return self.classes(tokens.sum(1) / there.sum(1, keepdim=True))


def macro_f1(truth, answers):
    scores = []
    for k in range(len(CLASSES)):
        hits = ((truth == k) & (answers == k)).sum().item()
        scores.append(2 * hits / max(1, (truth == k).sum().item() + (answers == k).sum().item()))
    return sum(scores) / len(scores)


def train(model, x, y, train_rows, test_rows, optimiser):
    kind = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[optimiser]
    step = kind(model.parameters(), **LEARN[optimiser])
    for _ in range(EPOCHS):
        for batch in train_rows[torch.randperm(len(train_rows))].split(BATCH):
            step.zero_grad()
            nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            step.step()
    with torch.no_grad():
        return macro_f1(y[test_rows], model(x[test_rows]).argmax(1))


def main():
    torch.set_num_threads(1)
    rows = messages()
    longest = max(len(words) for _, _, words in rows)
    known = sorted({word for split, _, words in rows if split == "train" for word in words})
    place = {word: 2 + i for i, word in enumerate(known)}  # 0: none, 1: any other word
    y = torch.tensor([kind for _, kind, _ in rows])
    train_rows, test_rows = (torch.tensor([i for i, row in enumerate(rows) if row[0] == split])
                             for split in ("train", "test"))
    bags = torch.zeros(len(rows), longest, 1 + MOST, dtype=torch.long)
    whole = torch.zeros(len(rows), longest, dtype=torch.long)
    counts = torch.zeros(len(rows), 2 + len(known))
    for i, (_, _, words) in enumerate(rows):
        for t, word in enumerate(words):
            ids = ids_of(word)
            bags[i, t, :len(ids)] = torch.tensor(ids)
            whole[i, t] = place.get(word, 1)
            counts[i, place.get(word, 1)] += 1
    forms = {"embedding_bag": (bags, lambda: Recurrent(True, BUCKETS)),
             "embedding": (whole, lambda: Recurrent(False, 2 + len(known))),
             "bag_of_words": (counts, lambda: nn.Linear(2 + len(known), len(CLASSES)))}
    out = {"made by": "make_messages_reference.py", "torch": torch.__version__, "seeds": SEEDS}
    for optimiser in LEARN:
        out[optimiser] = {}
        for form, (x, make) in forms.items():
            out[optimiser][form] = []
            for seed in SEEDS:
                torch.manual_seed(seed)
                score = train(make(), x, y, train_rows, test_rows, optimiser)
                out[optimiser][form].append(round(score, 4))
    Path(__file__).with_name("messages_reference.json").write_text(json.dumps(out, indent=1) + "\n")
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
