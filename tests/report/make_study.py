#!/usr/bin/env python3
"""Writes a results folder without running anything: the CSV files, scenario and provenance of a
study whose curves fall off by a formula. For tests of the report, and to see how a large one feels.

    make_study.py FOLDER [--methods 5] [--rates 6] [--noise 10] [--seeds 5] [--groups 4] [--hostile]
"""
import argparse
import csv
import hashlib
import json
import math
import pathlib

METRICS = ("accuracy", "macro_f1")
CHANCE = {"accuracy": 0.1, "macro_f1": 0.018}

# What must never become markup, nor turn the rest of the page around.
HOSTILE = {
    "method": '"><img src=x onerror=alert(1)>',
    "condition": "</script><script>alert(2)</script>",
    "column": "\u202eaccent\u202c",
    "group": "</title><svg onload=alert(3)>",
    "metric": "</style><b onmouseover=alert(4)>",
    "modality": "&quot;' onfocus='alert(5)",
    "long": "a-name-that-never-ends-" * 40,
    "name": "</h1></code>\u202e study <iframe src=javascript:alert(6)>",
}


def wobble(*what):
    """A number in [-1, 1) that depends on what it is for, and on nothing else."""
    digest = hashlib.sha256(repr(what).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**31 - 1


def score(method, lost, noise, severity, group, seed, metric):
    """Falls with every damage; later methods fall less, later groups more."""
    clean = 0.86 - 0.01 * method
    fall = (0.9 - 0.12 * method) * lost + (0.5 - 0.05 * method) * noise + 0.6 * severity**2
    value = 0.1 + (clean - 0.1) * math.exp(-fall * (1 + 0.12 * group))
    return value - 0.02 * (metric != "accuracy") + 0.02 * wobble(seed, method, group) \
        + 0.006 * wobble(method, lost, noise, severity, group, seed)


class Study:
    def __init__(self, options):
        self.o = options
        hostile = options.hostile
        self.methods = [f"method{i}" for i in range(options.methods)]
        self.column = "accent"
        self.groups = [f"region {i}" for i in range(options.groups)]
        self.condition = "audio_lost"
        self.metrics = list(METRICS)
        self.name = "synthetic"
        self.modality = "audio"
        if hostile:
            self.methods[0] = HOSTILE["method"]
            if len(self.methods) > 1:
                self.methods[1] = HOSTILE["long"]
            self.column, self.condition = HOSTILE["column"], HOSTILE["condition"]
            self.metrics[0], self.name = HOSTILE["metric"], HOSTILE["name"]
            self.modality = HOSTILE["modality"]
            if self.groups:
                self.groups[0] = HOSTILE["group"]

    def rates(self, n, most):
        return [round(most * i / max(n - 1, 1), 4) for i in range(n)]

    def trials(self):
        """(trial, method index, lost, noise, seed) in sweep order."""
        for m in range(len(self.methods)):
            for lost in self.rates(self.o.rates, 0.6):
                for noise in self.rates(self.o.noise, 0.4):
                    for seed in range(1, self.o.seeds + 1):
                        text = f"{m} {lost} {noise} {seed}"
                        yield (hashlib.sha256(text.encode()).hexdigest()[:16], m, lost, noise, seed)

    def write_trials(self, folder):
        head = ["trial", "method", "lost.rate", "noise.rate", "seed", "status", "diverged_round",
                "diverged_client", "rounds", "best_round", "clients", "clients_dropped",
                "samples_train", "samples_dropped", "lost.nominal", "lost.realised",
                "noise.nominal", "noise.realised", f"best.{self.metrics[0]}"]
        with open(folder / "trials.csv", "w", newline="", encoding="utf-8") as f:
            out = csv.writer(f, lineterminator="\n")
            out.writerow(head)
            for name, m, lost, noise, seed in self.trials():
                out.writerow([name, self.methods[m], lost, noise, seed, "ok", "", "", 30, 28, 42, 0,
                              1008, 0, lost, round(lost * 0.98, 4), noise, round(noise * 0.9, 4),
                              score(m, lost, noise, 0, 0, seed, "accuracy")])

    def conditions(self):
        yield "trial", "", "", 0
        yield "clean", "", "", 0
        for severity in (0, 0.25, 0.5, 0.75, 1):
            yield self.condition, severity, "rate", severity

    def write_scores(self, folder):
        sets = [("all", 360, 12, 0)]
        sets += [(f"{self.column}={g}", 90 if i else 20, 6 if i else 3, i)
                 for i, g in enumerate(self.groups)]
        with open(folder / "scores.csv", "w", newline="", encoding="utf-8") as f:
            out = csv.writer(f, lineterminator="\n")
            out.writerow(["trial", "selection", "condition", "severity", "parameter", "scope",
                          "group", "n", "clusters", "metric", "value", "low", "high", "status",
                          "realised", "chance"])
            for name, m, lost, noise, seed in self.trials():
                for selection in ("best", "last"):
                    for condition, severity, parameter, s in self.conditions():
                        for group, n, clusters, g in sets:
                            for label, metric in zip(self.metrics, METRICS):
                                value = score(m, lost, noise, s, g, seed, metric)
                                out.writerow([name, selection, condition, severity, parameter,
                                              "unseen_clients", group, n, clusters, label, value,
                                              "", "", "ok", severity, CHANCE[metric]])

    def write_rest(self, folder):
        quoted = json.dumps  # JSON's strings are YAML's
        (folder / "scenario.yaml").write_text(
            f"name: {quoted(self.name)}\n"
            f"description: {quoted('Made by a formula: ' + self.name)}\n"
            f"evaluate: {{every: 1, metrics: [{', '.join(map(quoted, self.metrics))}], "
            f"groups: [{quoted(self.column)}]}}\n"
            "corruption:\n"
            f"  - {{id: lost, kind: missing_modality, at: train, modalities: "
            f"[{quoted(self.modality)}], rate: 0}}\n"
            "  - {id: noise, kind: label_noise, at: train, rate: 0}\n"
            f"tests:\n  {quoted(self.condition)}: {{kind: missing_modality, "
            "rate: [0, 0.25, 0.5, 0.75, 1]}\n", encoding="utf-8")
        (folder / "provenance.json").write_text(
            json.dumps({"program": "fray 0.1.0", "study": self.name, "host": self.name,
                        "ranks": "2"}), encoding="utf-8")
        (folder / "state").write_text("done\n", encoding="utf-8")


def make(folder, methods=5, rates=6, noise=10, seeds=5, groups=4, hostile=False):
    options = argparse.Namespace(methods=methods, rates=rates, noise=noise, seeds=seeds,
                                 groups=groups, hostile=hostile)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    study = Study(options)
    study.write_trials(folder)
    study.write_scores(folder)
    study.write_rest(folder)
    return study


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    for key, default in (("methods", 5), ("rates", 6), ("noise", 10), ("seeds", 5), ("groups", 4)):
        parser.add_argument(f"--{key}", type=int, default=default)
    parser.add_argument("--hostile", action="store_true", help="names that try to be markup")
    given = vars(parser.parse_args())
    make(given.pop("folder"), **given)
