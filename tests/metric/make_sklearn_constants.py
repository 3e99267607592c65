#!/usr/bin/env python3
"""Writes sklearn_constants.h: scores with ties and absent classes, and what scikit-learn makes of
them.

Run in this folder with any Python that has scikit-learn:
python3 make_sklearn_constants.py > sklearn_constants.h"""

import numpy as np
import sklearn
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, roc_auc_score, top_k_accuracy_score

BINS = 15


def ece(right, sure):
    """calibration_curve gives the bins that hold something; how many they hold is counted here."""
    accuracy, confidence = calibration_curve(right, sure, n_bins=BINS, strategy="uniform")
    edges = np.linspace(0, 1, BINS + 1)
    count = np.bincount(np.searchsorted(edges[1:-1], sure), minlength=BINS)
    count = count[count > 0]
    return float((count * abs(accuracy - confidence)).sum() / count.sum())


def top_k(labels, score, k):
    """scikit-learn puts the class with the larger number first among equals; so count from behind."""
    classes = score.shape[1]
    if k >= classes:
        return 1.0
    if classes == 2:  # it wants one column then, and knows k = 1 only
        return 1.0
    return top_k_accuracy_score(classes - 1 - labels, score[:, ::-1], k=k,
                                labels=np.arange(classes))


def of_labels(labels, score):
    classes = score.shape[1]
    there = [c for c in range(classes) if 0 < (labels == c).sum() < len(labels)]
    each = [brier_score_loss(labels == c, score[:, c]) for c in range(classes)]
    if classes == 2:
        auc = roc_auc_score(labels, score[:, 1])
    elif len(there) == classes:
        auc = roc_auc_score(labels, score, multi_class="ovr", average="macro")
    else:  # refused as a whole; one class against the rest is not
        auc = np.mean([roc_auc_score(labels == c, score[:, c]) for c in there])
    return {"auc": auc, "brier": np.mean(each) if classes == 2 else np.sum(each),
            "ece": ece(score.argmax(1) == labels, score.max(1)),
            "top2": top_k(labels, score, 2), "top3": top_k(labels, score, 3)}


def of_sets(labels, score):
    there = [c for c in range(score.shape[1]) if 0 < labels[:, c].sum() < len(labels)]
    said = score > 0.5
    return {"auc": roc_auc_score(labels[:, there], score[:, there], average="macro"),
            "brier": np.mean([brier_score_loss(labels[:, c], score[:, c])
                              for c in range(score.shape[1])]),
            "ece": ece((said == labels).ravel(), np.where(said, score, 1 - score).ravel()),
            "top2": np.nan, "top3": np.nan}


def numbers(values):
    return ", ".join(str(v) for v in values)


def show(name, labels, score, values):
    n, classes = score.shape
    kind = "uint8_t" if labels.ndim == 2 else "int32_t"
    print(f"enum {{ {name.upper()}_N = {n}, {name.upper()}_CLASSES = {classes} }};")
    print(f"static const float {name}_score[] = {{")
    for row in score:
        print("    " + ", ".join(f"{np.float32(v)!r}f" for v in row) + ",")
    print("};")
    print(f"static const {kind} {name}_label[] = {{{numbers(labels.ravel().astype(int))}}};")
    parts = ", ".join(f".{key} = {'NAN' if np.isnan(v) else repr(float(v))}"
                      for key, v in values.items())
    print(f"static const struct sklearn_values {name}_values = {{{parts}}};\n")


def single(rng, n, classes, present, name):
    labels = rng.choice(present, n)
    logits = rng.normal(size=(n, classes)) + 1.2 * np.eye(classes)[labels]
    score = np.exp(2 * logits) / np.exp(2 * logits).sum(1, keepdims=True)
    score[: n // 2] = np.round(score[: n // 2] * 8) / 8  # ties in a column, and within a row
    score[np.arange(n), score.argmax(1)] += 1 - score.sum(1)  # roc_auc_score wants sums of 1
    score = score.astype(np.float32)
    show(name, labels, score, of_labels(labels, score.astype(float)))


def main():
    rng = np.random.default_rng(17)
    print(f"/* Made by make_sklearn_constants.py with scikit-learn {sklearn.__version__}; do not edit. "
          "*/\n/* clang-format off */\n")
    print("struct sklearn_values {\n  double auc, brier, ece, top2, top3;\n};\n")
    single(rng, 60, 4, [0, 1, 2, 3], "four")
    single(rng, 40, 5, [0, 2, 3], "absent")
    single(rng, 40, 2, [0, 1], "binary")
    labels = (rng.random((40, 4)) < [0.5, 0.2, 0.7, 0]).astype(int)  # the last class in no set
    score = 1 / (1 + np.exp(-rng.normal(size=(40, 4)) - 2 * labels + 1))
    score[:20] = np.round(score[:20] * 8) / 8
    score = score.astype(np.float32)
    show("sets", labels, score, of_sets(labels, score.astype(float)))
    print("/* clang-format on */")


if __name__ == "__main__":
    main()
