#!/usr/bin/env python3
"""Who holds what, as `fray inspect` says it, against counts of the table that was imported: clients
of very different sizes, a split that is empty, sets of classes."""
import collections
import json
import random
import re

from bench import Bench, vector

CLASSES = ["run", "sit", "walk"]
CLIENTS = 10


def table(bench, name, sets):
    """Client k has 2^k + 1 samples, p2 and p3 are tested, nobody is for dev."""
    rng = random.Random(5)
    rows = []
    for client in range(CLIENTS):
        for k in range(2 ** client + 1):
            labels = {rng.choice(CLASSES[:1 + client % 3])}
            if sets:
                labels = {c for c in CLASSES if rng.random() < 0.4}
            rows.append((f"{client}-{k}", f"p{client}", labels, "test" if client in (2, 3) else "train",
                         rng.choice(["home", "street"])))
    text = "".join(",".join([i, who, ";".join(sorted(what)), *rest, f"{name}/{i}.npy"]) + "\n"
                   for i, who, what, *rest in rows)
    bench.write(f"{name}.csv", "id,client,label,split,place,move\n" + text)
    for k, row in enumerate(rows):
        bench.write(f"{name}/{row[0]}.npy", vector([k]))
    bench.write(f"{name}.yaml", f"""\
name: {name}
task: {'multi_label' if sets else 'single_label'}
classes: [run, sit, walk]
groups: [place]
modalities: {{move: {{kind: feature}}}}
inputs: [{{reader: manifest, file: {name}.csv}}]
""")
    bench.good("import", f"{name}.yaml", "-o", f"{name}.shards")
    return rows


def quartiles(sizes):
    """Of n sizes the q-th quarter lies at place q (n - 1) / 4, between two of them where it must."""
    sizes, out = sorted(sizes), []
    for q in range(5):
        at, part = divmod(q * (len(sizes) - 1), 4)
        out.append(sizes[at] + (part / 4 * (sizes[at + 1] - sizes[at]) if part else 0))
    return out


def holds(bench, rows, d):
    """The document against the rows, counted here."""
    for split in ("train", "dev", "test", "all"):
        sizes = collections.Counter(r[1] for r in rows if split in (r[3], "all"))
        said = d["client_sizes"][split]
        bench.check(said["clients"] == len(sizes) and said["samples"] == sum(sizes.values()), f"{split}: {said}")
        five = [said[k] for k in ("least", "quarter", "half", "three_quarters", "most")]
        bench.check(five == (quartiles(sizes.values()) if sizes else [None] * 5), f"{split}: {five}")
        bins = said["histogram"]
        for b in bins:
            within = sum(b["least"] <= n <= b["most"] for n in sizes.values())
            bench.check(b["clients"] == within, f"{split}: {b}, not {within}")
        bench.check(sum(b["clients"] for b in bins) == len(sizes), f"{split}: {bins}")
    for c in d["classes"]:
        held = collections.Counter(r[1] for r in rows if c["name"] in r[2])
        splits = collections.Counter(r[3] for r in rows if c["name"] in r[2])
        bench.check([c[s] for s in ("train", "dev", "test")] == [splits[s] for s in ("train", "dev", "test")], f"{c}")
        bench.check(c["clients"] == len(held) and c["most_in_one"] == max(held.values()) and
                    held[c["most_client"]] == c["most_in_one"], f"{c}, not {held}")
    pairs = collections.Counter((r[1], c) for r in rows for c in r[2])
    said = {(c["name"], k): n for c in d["client_classes"] for k, n in c["classes"].items()}
    bench.check(said == dict(pairs), f"{said}")
    for v in d["groups"][0]["values"]:
        for split in ("train", "dev", "test", "all"):
            mine = [r for r in rows if r[4] == v["value"] and split in (r[3], "all")]
            n = v["samples"] if split == "all" else v[split]
            bench.check(n == len(mine) and v["clients"][split] == len({r[1] for r in mine}), f"{v}, {split}")


def document(bench, name):
    return json.loads(bench.good("inspect", name, "--json").stdout)["data_sets"][0]


def single(bench):
    rows = table(bench, "one", False)
    holds(bench, rows, document(bench, "one.shards"))
    for columns in (80, 40):
        text = bench.good("inspect", "one.shards", env={"COLUMNS": str(columns)}).stdout
        over = [line for line in text.splitlines() if len(line) > columns]
        bench.check(not over, f"beyond {columns} columns: {over}")
        bench.check("#" in text and "walk" in text, text)
    text = bench.good("inspect", "one.shards").stdout
    train = collections.Counter(r[1] for r in rows if r[3] == "train")
    row = next(line.split() for line in text.splitlines() if line.startswith("  train"))
    bench.check(row[1:] == [str(len(train)), *(f"{q:g}" for q in quartiles(train.values()))], f"{row}")
    row = next(line.split() for line in text.splitlines() if line.startswith("  dev"))
    bench.check(row == ["dev", "0"], f"an empty split: {row}")
    street = [r for r in rows if r[4] == "street"]
    cells = [f"{sum(r[3] == s for r in street)} ({len({r[1] for r in street if r[3] == s})})"
             for s in ("train", "test")]
    line = next(line for line in text.splitlines() if line.startswith("  street"))
    bench.check(line.split(maxsplit=1)[1].split("  ")[0] == cells[0] and line.endswith(cells[1]), line)


def sets(bench):
    rows = table(bench, "set", True)
    holds(bench, rows, document(bench, "set.shards"))


def plurals(bench):
    """One of a thing is said as one."""
    bench.write("n.csv", "id,client,label,split,move\n1,a,u,train,1.npy\n2,b,v,test,2.npy\n")
    bench.write("1.npy", vector([1]))
    bench.write("2.npy", vector([2]))
    bench.write("n.yaml", "name: n\ngroups: [client]\nmodalities: {move: {kind: feature}}\n"
                          "inputs: [{reader: manifest, file: n.csv}]\n")
    bench.good("import", "n.yaml", "-o", "n.shards")
    text = bench.good("inspect", "n.shards").stdout
    bench.check("feature, 1 step x 1 channel; present in 2 samples" in text, text)
    for wrong in (" 1 samples", " 1 clients", " 1 values", " 1 steps", " 1 channels", " 1 classes"):
        bench.check(wrong not in text, f"{wrong}: {text}")
    many = bench.good("inspect", "one.shards").stdout
    bench.check("classes of a client" in many, "ten clients are few enough to be shown")
    bench.synth("crowd", clients=30, test_clients=3, samples=2)
    few, every = (bench.good("inspect", "crowd", *more).stdout for more in ((), ("--clients",)))
    bench.check("classes of a client" not in few and len(re.findall(r"\n  c\d", every)) == 33, every)


def main():
    bench = Bench()
    bench.parts(single, sets, plurals)
    bench.end()


main()
