#!/usr/bin/env python3
"""JSON of list, inspect and check: valid, whole, and the same as what the tables and the run say."""
import json
import re

from bench import SCENARIO, Bench, change


def document(bench, *words, ranks=0):
    result = bench.good(*words, "--json", ranks=ranks)
    return json.loads(result.stdout, parse_constant=lambda word: bench.check(False, f"{word} in JSON"))


def typed(bench, what, row, shape):
    """Keys and types, no more and no fewer. A tuple of types may hold None."""
    bench.check(set(row) == set(shape), f"{what}: {set(row) ^ set(shape)}")
    for key, kinds in shape.items():
        value = row.get(key)
        good = value is None and None in kinds or any(
            kind and isinstance(value, (int, float) if kind is float else kind)
            and (kind is bool or not isinstance(value, bool)) for kind in kinds)
        bench.check(good, f"{what}: {key} is {value!r}")


def lists(bench):
    """Every method of every kind, in the order of the text."""
    data = document(bench, "list")
    bench.check(set(data) == {"fray", "kinds"}, f"{set(data)}")
    text = bench.good("list").stdout
    headings = re.findall(r"^(\S+)$", text, re.M)
    bench.check([k["kind"] for k in data["kinds"]] == headings, f"kinds: {headings}")
    names = re.findall(r"^  (\S+) ", text, re.M)
    # Corruptions stand by what they damage: those of two media stand twice, and in another order.
    bench.check(sorted(m["name"] for k in data["kinds"] for m in k["methods"]) == sorted(set(names)),
                f"names: {names}")
    bench.check([m["name"] for k in data["kinds"][1:] for m in k["methods"]]
                == names[len(names) - sum(len(k["methods"]) for k in data["kinds"][1:]):], "the order of the others")
    flat = re.sub(r"\s+", "", text)
    for method in data["kinds"][0]["methods"]:
        typed(bench, method["name"], {"category": method.pop("category")}, {"category": (str,)})
    for kind in data["kinds"]:
        typed(bench, "kind", kind, {"kind": (str,), "methods": (list,)})
        for method in kind["methods"]:
            typed(bench, method["name"], method, {"name": (str,), "meaning": (str,), "source": (str, None)})
            for key in ("meaning", "source"):
                words = re.sub(r"\s+", "", method[key] or "")
                bench.check(words in flat, f"{method['name']}: {key} is not in the text")
    one = document(bench, "list", "losses")
    bench.check(one["kinds"] == [k for k in data["kinds"] if k["kind"] == "losses"], "one kind")
    bench.refused("no such kind", bench.run("list", "loses", "--json"), ["'loses'", "'losses'"])


def techniques(bench):
    """Every kind once, under its own category, with its severities; the sum is that of the lines."""
    kinds = document(bench, "list", "corruptions")["kinds"][0]["methods"]
    category = {m["name"]: m["category"] for m in kinds}
    text = bench.good("list", "techniques").stdout
    parts = re.split(r"^(\w+): .*\n", text.rsplit("\n\n", 1)[0] + "\n", flags=re.M)[1:]
    listed = {n: c for c, part in zip(parts[::2], parts[1::2]) for n in re.findall(r"^  (\w+) ", part, re.M)}
    bench.check(set(parts[::2]) == set(category.values()) and len(parts) == 14, f"{parts[::2]}")
    bench.check(all(category[n] == c for n, c in listed.items()), "a kind stands under another category")
    bench.check(set(category) - set(listed) == {"missing_label", "label_noise", "replay"},
                f"left out: {set(category) - set(listed)}")
    severities = re.findall(r"^  \w+ +(severity 1 to 5|by \w+|all or nothing):?", text, re.M)
    total = sum(5 if s.startswith("severity") else 1 for s in severities)
    bench.check(text.splitlines()[-1].startswith(f"{len(listed)} kinds") and f": {total} techniques" in text
                and len(severities) == len(listed), f"{len(listed)} kinds, {total} techniques: {text.splitlines()[-1]}")
    bench.check(all(len(line) <= 80 for line in text.splitlines()), "wider than 80 columns")
    one = bench.good("list", "techniques", "payload").stdout
    bench.check("\n  trigger_word " in one and "blank" not in one, "one category")
    bench.refused("no such category", bench.run("list", "techniques", "noises"), ["'noises'", "'noise'"])
    bench.refused("techniques as JSON", bench.run("list", "techniques", "--json"), ["category", "corruptions --json"])


def groups(bench):
    """Groups of corruptions put together are the list; a group that is none is refused with the names of all."""
    text = bench.good("list", "corruptions").stdout
    words = re.findall(r"^\S.* \((\w+)\)$", text, re.M)
    bench.check(words[0] == "labels" and {"image", "audio", "series", "text", "feature"} <= set(words), f"{words}")
    parts = [bench.good("list", "corruptions", word).stdout.split("\n", 1)[1] for word in words]
    bench.check(text == "corruptions\n" + "".join(parts), "the groups are not the list")
    bench.check(all(len(line) <= 80 for line in text.splitlines()), "wider than 80 columns")
    for line in ("gaussian_noise", "noise", "jitter", "typo", "feature_noise"):
        bench.check(sum(f"\n  {line} " in part for part in parts) == 1, f"{line} is not in one group")
    bench.refused("no such group", bench.run("list", "corruptions", "sound"), ["'sound'", "'audio'", "'labels'"])
    bench.refused("a group of others", bench.run("list", "metrics", "audio"), ["only corruptions"])
    bench.refused("a group as JSON", bench.run("list", "corruptions", "audio", "--json"), ["--json"])


MODALITY = {"name": (str,), "kind": (str,), "present": (int,), "length": (float, None), "is_ragged": (bool,),
            "channels": (float, None), "height": (float, None), "width": (float, None),
            "rate_hz": (float, None), "unit": (str, None), "channel_names": (list,)}


def inspects(bench):
    """What was asked of synth is what is found; several data sets are elements of one document."""
    data = document(bench, "inspect", "data", "data")
    bench.check(len(data["data_sets"]) == 2 and data["data_sets"][0] == data["data_sets"][1], "two of them")
    d = data["data_sets"][0]
    typed(bench, "data set", d, {
        "path": (str,), "name": (str,), "licence": (str, None), "shards": (int,), "bytes": (int,),
        "multi_label": (bool,), "clients": (int,), "samples": (dict,), "index_hash": (str,),
        "same_content": (dict,), "modalities": (list,), "classes": (list,), "groups": (list,),
        "client_sizes": (dict,), "client_classes": (list,)})
    bench.check(d["clients"] == 9 and len(d["classes"]) == 3, f"{d['clients']}, {d['classes']}")
    counts = {key: sum(c[key] for c in d["classes"]) for key in ("train", "dev", "test")}
    bench.check({**counts, "unlabelled": 0} == d["samples"], f"{counts}, {d['samples']}")
    bench.check(sum(counts.values()) == 9 * 12, f"{counts}")
    for modality in d["modalities"]:
        typed(bench, modality["name"], modality, MODALITY)
    series = [m for m in d["modalities"] if m["name"] == "series"]
    bench.check([(m["length"], m["channels"]) for m in series] == [(12, 2)], f"{series}")
    bench.check({m["present"] for m in d["modalities"]} == {108}, "present")
    for group in d["groups"]:
        bench.check(sum(v["samples"] for v in group["values"]) == 108, f"{group}")
    text = bench.good("inspect", "data").stdout
    bench.check(d["index_hash"] in text, "index hash")
    size = sum(p.stat().st_size for p in (bench.folder / "data").glob("*.h5"))
    bench.check(d["bytes"] == size, f"{d['bytes']} bytes, not {size}")
    bench.check(document(bench, "inspect", "data", "data", ranks=2) == data, "two ranks")
    result = bench.run("inspect", "data", "none", "--json")
    bench.refused("one that is none", result, ["none"])
    bench.check(result.stdout == "", "half a document")


def promised(bench):
    """What check says of a training's bytes and operations is what the run reports, for every way to
    cope with missing modalities, where nothing is missing and everybody comes; with modalities lost,
    whatever stands in for them, it is not less. Clients that train alone send nothing."""
    kinds = [k["name"] for k in json.loads(bench.good("list", "missing", "--json").stdout)["kinds"][0]["methods"]]
    bench.check(len(kinds) >= 6, f"{kinds}")
    text = """\
name: costs
seeds: [1]
data: {shards: plain}
model: {fusion: concat, hidden: 8, head: 6}
training:
  rounds: 2
  clients_per_round: 1.0
  local: {epochs: 2, batch: 5, lr: 0.05}
  missing: {kind: KIND}
evaluate: {every: 2, metrics: [accuracy], models: none}
"""
    bench.synth("plain", samples=6, modalities='["series:8x2","feature:5"]')
    lost = "corruption: [{kind: missing_modality, at: train, rate: 0.4}]\n"
    for kind in kinds:
        for damage in ("", lost):
            # At 0 it takes nothing away: what it takes is what a run then does less.
            bench.write("m.yaml", text.replace("KIND", kind + (", p: 0" if kind == "modality_dropout" else "")) + damage)
            costs = json.loads(bench.good("check", "m.yaml", "--json").stdout)["costs"]
            bench.good("run", "m.yaml", "-o", "m", "-q", "--no-report", "--overwrite")
            row, = bench.rows("m", "trials.csv")
            for key in ("client_updates", "bytes_down", "bytes_up", "flops"):
                came = float(row[key])
                bench.check(costs[key] == came if not damage else costs[key] >= 0.999 * came > 0,
                            f"{kind}{' with losses' if damage else ''}: {key}: {costs[key]} planned, {came} came of it")
    # As coders send it, without what stays with the client; behind masks, with keys and shares.
    for sent, least, most in (("compression: {kind: top_k, k: 0.05}\n  private: {blocks: [head]}", 0, 0.1),
                              ("secure_aggregation: {protocol: masked}\n  private: {blocks: [head]}", 1.5, 2.1)):
        bench.write("m.yaml", text.replace("missing: {kind: KIND}", sent))
        costs = json.loads(bench.good("check", "m.yaml", "--json").stdout)["costs"]
        bench.good("run", "m.yaml", "-o", "m", "-q", "--no-report", "--overwrite")
        row, = bench.rows("m", "trials.csv")
        for key in ("bytes_up", "bytes_down"):
            bench.check(costs[key] == float(row[key]), f"{sent}: {key}: {costs[key]} planned, {row[key]} came of it")
        bench.check(least * costs["bytes_down"] < costs["bytes_up"] < most * costs["bytes_down"], f"{sent}: {costs}")


def checks(bench):
    """The plan is what the run then does."""
    bench.write("s.yaml", SCENARIO + "controls: [clean]\n")
    plan = document(bench, "check", "s.yaml")
    typed(bench, "plan", plan, {
        "fray": (str,), "study": (str,), "data": (dict,), "clients": (dict,), "fusion": (str,),
        "parameters": (int,), "seeds": (int,), "trials": (int,), "trainings": (int,), "rounds": (int,),
        "may_stop": (int,), "cells": (list,), "conditions": (list,), "limits": (list,), "warnings": (list,),
        "memory_bytes": (dict,), "host_memory": (dict,), "disk_bytes": (dict,), "costs": (dict,), "ranks": (int,),
        "teams": (int,), "seconds": (float, None)})
    bench.good("run", "s.yaml", "-o", "r", "-q", "--no-report")
    rows = bench.rows("r", "trials.csv")
    bench.check(plan["trials"] == len(rows), f"{plan['trials']} trials, {len(rows)} rows")
    bench.check(plan["trainings"] == len({r["trial"] for r in rows}), f"{plan['trainings']} trainings")
    costs = plan["costs"]
    for key in ("client_updates", "bytes_down", "bytes_up", "flops"): # of a cell without damage
        worst = max(float(r[key]) for r in rows if r["lost.rate"] == "0")
        bench.check(0 < worst <= costs[key], f"{key}: {costs[key]} planned, {worst} came of it")
    bench.check(costs["bytes_down"] == costs["bytes_up"], "fedavg sends as much as it gets")
    bench.check(0 < costs["sample_forward"] < costs["sample_step"] <= 3 * costs["sample_forward"],
                f"{costs}")
    bench.check(plan["seconds"] is None, f"{plan['seconds']} s without measuring")
    promised(bench)
    memory = plan["memory_bytes"]
    bench.check(memory["most"] == sum(v for k, v in memory.items() if k != "most"), f"{memory}")
    host = plan["host_memory"]
    typed(bench, "host", host, {"hosts": (int,), "ranks": (int,), "reader": (int,), "most": (int,), "limit": (int, None)})
    bench.check(host["most"] == memory["most"] + host["reader"], f"{host}, {memory}")
    cells = [{"method": r["method"], "lost.rate": r["lost.rate"]} for r in rows[::2]]
    bench.check([c["keys"] for c in plan["cells"]] == cells, f"{[c['keys'] for c in plan['cells']]}")
    for cell, row in zip(plan["cells"], rows[::2]):
        typed(bench, "cell", cell, {"keys": (dict,), "control": (str, None), "trains": (bool,),
                                    "training_samples": (int,), "usable_samples": (int,),
                                    "corruption": (list,)})
        bench.check((cell["control"] or "") == row["control"], f"{cell['control']}, {row['control']}")
        for entry in cell["corruption"]:
            want = row[f"{entry['id']}.realised"]
            got = entry["train_hit"] / entry["train_of"] if entry["train_of"] else None
            bench.check(want == "" and got is None or want != "" and float(want) == got,
                        f"{cell['keys']}, {entry}: {want}")
    bench.check([c["severity"] for c in plan["conditions"]] == [0, 0.5, 1], f"{plan['conditions']}")
    measured = document(bench, "check", "s.yaml", "--measure", ranks=2)
    bench.check(measured["seconds"] > 0 and measured["ranks"] == 2, f"{measured['seconds']}")
    hostile = change(SCENARIO, "name: tiny", 'name: "a\\u202e\\"b"')
    bench.write("odd.yaml", hostile)
    result = bench.good("check", "odd.yaml", "--json")
    bench.check(json.loads(result.stdout)["study"] == 'a\u202e"b', result.stdout[:200])
    bench.check("\u202e" not in result.stdout, "a mark of direction")
    bench.refused("both", bench.run("check", "s.yaml", "--json", "--verify"), ["--json", "--verify"])
    result = bench.run("check", "none.yaml", "--json")
    bench.refused("no scenario", result, ["none.yaml"])
    bench.check(result.stdout == "", "half a document")


def main():
    bench = Bench()
    bench.synth()
    bench.parts(lists, techniques, groups, inspects, checks)
    bench.end()


if __name__ == "__main__":
    main()
