#!/usr/bin/env python3
"""What training makes of uneven data: weights of classes, balanced sampling, small clients left out,
sets of classes dealt by Dirichlet, and methods that take keys out."""
from bench import Bench
from messages import CLASSES, messages

SCENARIO = """\
name: uneven
seeds: [1, 2]
data: {shards: data, features: {text: {buckets: 2048, max_ngrams: 8}}}
model: {fusion: concat, hidden: 16, head: 0, dropout: 0, encoders: {text: {kind: text, dim: 16}}}
training:
  rounds: 2
  selection: {metric: uar}
  local: {epochs: 2, batch: 16, optimiser: adam, lr: 0.005%s}
evaluate: {metrics: [accuracy, uar, nll]}
"""
WAYS = {"plain": "", "weighed": ", class_weights: balanced",
        "listed": ", class_weights: {offer: %r, question: %r, complaint: %r, thanks: %r}",
        "drawn": ", sampling: balanced", "both": ", class_weights: {thanks: 2}, sampling: balanced"}


def run(bench, way, text="", ranks=0, folder=None):
    bench.write(f"{way}.yaml", SCENARIO % text)
    bench.good("run", f"{way}.yaml", "-o", folder or way, "--no-report", ranks=ranks)


def uar(bench, way):
    found = [float(row["value"]) for row in bench.rows(way, "scores.csv")
             if row["metric"] == "uar" and row["selection"] == "last" and row["group"] == "all"]
    return sum(found) / len(found)


def names(bench, folder):
    return [row["trial"] for row in bench.rows(folder, "trials.csv")]


def weights_and_sampling(bench, train):
    """Weights that are balanced are N / (K n); any number of ranks gives the same bytes."""
    counts = [sum(kind == k for kind in train) for k in range(len(CLASSES))]
    weights = tuple(len(train) / (len(CLASSES) * n) for n in counts)
    for way, text in WAYS.items():
        run(bench, way, text % weights if "%r" in text else text)
    bench.check((bench.folder / "weighed/rounds.csv").read_text().split("\n", 1)[0]
                == (bench.folder / "listed/rounds.csv").read_text().split("\n", 1)[0], "columns")
    for ours, theirs in zip(bench.rows("weighed", "rounds.csv"), bench.rows("listed", "rounds.csv")):
        ours.pop("trial"), theirs.pop("trial")
        bench.check(ours == theirs, f"balanced {ours}, as a map {theirs}")
    for ranks in (4,):
        run(bench, "both", WAYS["both"], ranks, f"both{ranks}")
        bench.same_tables("both", f"both{ranks}", f"{ranks} ranks")
    # Defaults that are written out are no other training.
    run(bench, "said", ", class_weights: none, sampling: shuffled")
    bench.check(names(bench, "said") == names(bench, "plain"), "names of written defaults")
    bench.same_tables("plain", "said", "defaults")


def rare_class(bench):
    """Texts of one word. Of the frequent class 4, 3, 2 and 1 tenths are a, b, c and d; of the rare one, a
    ninth as many, 1, 2, 3 and 4 tenths. So the frequent class is likelier given any word (uar 1/2); when
    both weigh alike, c and d speak for the rare one (uar 7/10), whatever way makes them weigh alike."""
    rows = []
    for label, most, shares in (("often", 360, (4, 3, 2, 1)), ("rare", 40, (1, 2, 3, 4))):
        words = [word for word, tenths in zip("abcd", shares) for _ in range(most * tenths // 10)]
        for i, word in enumerate(words):
            for split in ("train", "dev", "test"):
                rows.append(f"{label}{split}{i},{split}{i % 3},{label},{split},{word}")
    bench.write("w.csv", "id,client,label,split,text\n" + "\n".join(rows) + "\n")
    bench.write("w.yaml", "name: words\nmodalities: {text: {kind: text}}\n"
                "inputs: [{reader: manifest, file: w.csv, texts: {text: text}}]\n")
    bench.good("import", "w.yaml", "-o", "words")
    for way, text, want in (("plain", "", 0.5), ("weighed", ", class_weights: balanced", 0.7),
                            ("listed", ", class_weights: {rare: 9}", 0.7),
                            ("drawn", ", sampling: balanced", 0.7)):
        study = SCENARIO.replace("shards: data", "shards: words").replace("max_ngrams: 8",
                                                                          "max_ngram: 0")
        bench.write("w-study.yaml", study.replace("rounds: 2", "rounds: 8") % text)
        bench.good("run", "w-study.yaml", "-o", f"words-{way}", "--no-report")
        found = uar(bench, f"words-{way}")
        bench.check(abs(found - want) < 1e-9, f"{way}: uar {found}, not {want}")


def small_clients(bench, sizes):
    fits = sum(n >= 40 for n in sizes)
    bench.check(1 < fits < len(sizes) - 1, f"nothing to leave out: {sizes}")
    run(bench, "all")
    bench.good("run", "all.yaml", "-o", "large", "--no-report", "--set",
               "data.partition={kind: natural, at_least: 40}")
    for folder, clients in (("all", len(sizes)), ("large", fits)):
        found = {row["clients"] for row in bench.rows(folder, "trials.csv")}
        bench.check(found == {str(clients)}, f"{folder}: {found} clients")
    plan = " ".join(bench.good("check", "all.yaml", "--set",
                               "data.partition={kind: natural, at_least: 40}").stdout.split())
    less = [n for n in sizes if n < 40]
    bench.check(f"{len(less)} clients with {sum(less)} training samples take no part in training"
                in plan, plan)
    bench.refused("no client is so large",
                  bench.run("check", "all.yaml", "--set",
                            "data.partition={kind: natural, at_least: 4000}"),
                  ["data.partition.at_least", "4000", "the largest has"])


def methods(bench):
    base = SCENARIO.replace("optimiser: adam", "optimiser: sgd, momentum: 0.5") % ""
    remedy = "methods: {sgd: {}, adam: {training.local.optimiser: adam%s}}\n"
    bench.write("stays.yaml", base + remedy % "")
    bench.refused("momentum of another optimiser", bench.run("check", "stays.yaml"),
                  ["training.local.momentum", "adam", "write momentum: null"])
    found = {}
    for word in ("none", "null"):
        bench.write("out.yaml", base + remedy % f", training.local.momentum: {word}")
        bench.good("run", "out.yaml", "-o", f"out-{word}", "--no-report", "--set",
                   "training.rounds=1")
        found[word] = names(bench, f"out-{word}")
    bench.check(found["none"] == found["null"] and len(set(found["none"])) == 4, f"names {found}")


def sets(bench):
    bench.synth("sets", task="multi_label", classes=4, clients=6, samples=40,
                modalities="['feature:6']")
    bench.write("sets.yaml", "name: sets\nseeds: [1]\ndata:\n  shards: sets\n"
                "  partition: {kind: dirichlet, clients: 5, alpha: 0.5}\n"
                "model: {fusion: concat, hidden: 6, head: 0}\ntraining: {rounds: 2}\n")
    bench.good("run", "sets.yaml", "-o", "dealt", "--no-report")
    for ranks in (3,):
        bench.good("run", "sets.yaml", "-o", f"dealt{ranks}", "--no-report", ranks=ranks)
        bench.same_tables("dealt", f"dealt{ranks}", f"{ranks} ranks")
    for key, value in (("class_weights", "balanced"), ("sampling", "balanced")):
        bench.refused(f"{key} of sets",
                      bench.run("check", "sets.yaml", "--set", f"training.local.{key}={value}"),
                      [f"training.local.{key}", "one label per sample", "positive_weights"])


def refusals(bench):
    bench.write("s.yaml", SCENARIO % "")
    for what, value, parts in (
            ("a class that is not there", "{thank: 2}", ["no class 'thank'", "'thanks'"]),
            ("a weight of 0", "{thanks: 0}", ["class_weights.thanks", "0 is not a number in (0"]),
            ("a word", "even", ["class_weights", "balanced"]),
            ("a list", "[1, 2, 3, 4]", ["class_weights", "a map from classes"])):
        bench.refused(what, bench.run("check", "s.yaml", "--set",
                                      f"training.local.class_weights={value}"), parts)
    bench.refused("no such sampling",
                  bench.run("check", "s.yaml", "--set", "training.local.sampling=even"),
                  ["training.local.sampling", "'balanced'"])


def main():
    bench = Bench()
    rows, train, of = [], [], {}
    for i, (split, kind, words) in enumerate(messages()[400:]):
        # Twelve clients of uneven size; the rarest class is rarer than the messages have it.
        if split == "train" and kind == 3 and i % 3:
            continue
        if split == "train":
            train.append(kind)
        client = f"c{int(12 * ((i * 7919 % 1000) / 1000) ** 2)}" if split == "train" else split
        if split == "train":
            of[client] = of.get(client, 0) + 1
        rows.append(f"{i},{client},{list(CLASSES)[kind]},{split},{' '.join(words)}")
    bench.write("m.csv", "id,client,label,split,text\n" + "\n".join(rows) + "\n")
    bench.write("d.yaml", "name: uneven\nmodalities: {text: {kind: text}}\n"
                "inputs: [{reader: manifest, file: m.csv, texts: {text: text}}]\n")
    bench.good("import", "d.yaml", "-o", "data")
    weights_and_sampling(bench, train)
    rare_class(bench)
    small_clients(bench, list(of.values()))
    methods(bench)
    sets(bench)
    refusals(bench)
    bench.end()


if __name__ == "__main__":
    main()
