#!/usr/bin/env python3
"""What the results say beside the scores: scope, realised damage, damage by client; trial names."""

from bench import TABLES, Bench

HEAD = """\
name: details
seeds: [3]
data: {shards: data}
model:
  {fusion: concat, hidden: 8, head: 0,
   encoders: {series: {kind: conv_gru, filters: [4], kernel: 3}, feature: {kind: mlp, units: 6}}}
training: {rounds: 2, local: {batch: 6}}
evaluate: {every: 1, metrics: [accuracy], groups: [site]}
"""
DAMAGE = """\
corruption:
  - {id: a, kind: missing_modality, at: test, rate: 0.8}
  - {id: b, kind: missing_modality, at: both, rate: 0}
  - {id: wrong, kind: label_noise, rate: 0.5}
  - {id: none, kind: missing_label, rate: 0.25}
  - {id: kept, kind: missing_modality, at: train, if_all_lost: keep, rate: 0.5}
  - {id: gone, kind: missing_modality, at: train, if_all_lost: drop, rate: 0.3}
tests:
  half: {kind: missing_modality, modalities: [series], rate: [0.5]}
"""


def partition(bench, name, test_of):
    """A partition file that makes the first samples of some clients test samples."""
    lines = ["source,client,split"]
    for k in range(9):  # 6, 7 and 8 are the clients of the test split
        for i in range(12):
            split = "dev" if i in (3, 4) else "train"
            if k >= 6 or k in test_of and i < 3:
                split = "test"
            if k < 6 or k in test_of:
                lines.append(f"c{k}/{i},c{k},{split}")
    return bench.write(name, "\n".join(lines) + "\n")


def scopes(bench, folder):
    return {row["group"]: row["scope"] for row in bench.rows(folder, "scores.csv")}


def scope(bench):
    bench.write("plain.yaml", HEAD)
    bench.good("run", "plain.yaml", "-o", "unseen", "--no-report")
    found = scopes(bench, "unseen")
    bench.check(len(found) == 3 and set(found.values()) == {"unseen_clients"}, f"unseen: {found}")
    cases = {"known": (range(6), {"known_clients"}, None),
             "mixed": (range(9), {"mixed"}, None),
             # client k belongs to site k mod 2: each group has one kind of client
             "split": ([0, 7], None, {"all": "mixed", "site=site0": "known_clients",
                                            "site=site1": "unseen_clients"})}
    for name, (test_of, values, exact) in cases.items():
        partition(bench, f"{name}.csv", test_of)
        bench.good("run", "plain.yaml", "-o", name, "--no-report", "--set",
                   f"data.partition={{kind: file, path: {name}.csv}}")
        found = scopes(bench, name)
        bench.check(found == exact if exact else set(found.values()) == values, f"{name}: {found}")


def realised(bench):
    bench.write("damage.yaml", HEAD + DAMAGE)
    bench.good("run", "damage.yaml", "-o", "d1", "--no-report")
    bench.good("run", "damage.yaml", "-o", "d3", "--no-report", ranks=3)
    for name in (*TABLES, "results.h5"):
        bench.check((bench.folder / "d1" / name).read_bytes()
                    == (bench.folder / "d3" / name).read_bytes(), f"3 ranks: {name} differs")
    trial = bench.rows("d1", "trials.csv")[0]["trial"]
    data = bench.dump("d1", trial)
    hit, there = (sum(data[f"test/clients/trial.a.{k}"][2]) for k in ("hit", "eligible"))
    bench.check(0 < hit < there == 2 * 36, f"entry a at test: {hit} of {there}")
    rates = {(row["condition"], row["realised"]) for row in bench.rows("d1", "scores.csv")}
    half = sum(data["test/clients/half=0.5.half.hit"][2])
    bench.check(rates == {("trial", repr(hit / there)), ("half", repr(half / 36)), ("clean", "")},
                f"realised rates: {rates}")
    return data


def by_client(bench, data):
    v = {path: values for path, (_, _, values) in data.items()}
    bench.check(v["test/clients/name"] == ["c6", "c7", "c8"]
                and v["test/clients/samples"] == [12] * 3, "natural clients of the test")
    bench.check({path for path in v if path.startswith("clients/")}
                == {f"clients/{k}" for k in ("name", "samples", "usable", "lost_all", "unlabelled",
                                             "dropped", "relabelled")}
                | {f"clients/{e}.{k}" for e in ("b", "wrong", "none", "kept", "gone")
                   for k in ("hit", "eligible")}, f"columns of training: {sorted(v)}")
    bench.check({path for path in v if path.startswith("test/clients/") and path.endswith(".hit")}
                == {"test/clients/trial.a.hit", "test/clients/trial.b.hit",
                    "test/clients/half=0.5.half.hit"}, f"columns of the test: {sorted(v)}")
    bench.check(data["test/predicted"][1] == "2" and data["test/confusion"][1] == "8"
                and data["train/label_confusion"][:2] == ("3x3", "4"), "types of the data sets")
    bench.check(v["clients/unlabelled"] == v["clients/none.hit"], "unlabelled")
    seen = v["train/label_confusion"]
    wrong = sum(seen) - seen[0] - seen[4] - seen[8]
    bench.check(sum(seen) == sum(v["clients/usable"]), "label confusion is of what trains")
    bench.check(0 < wrong == sum(v["clients/relabelled"]) <= sum(v["clients/wrong.hit"]),
                f"{wrong} changed labels")
    lost, dropped = v["clients/lost_all"], v["clients/dropped"]
    bench.check(0 < sum(dropped) < sum(lost) and all(a <= b for a, b in zip(dropped, lost)),
                f"lost all {lost}, dropped {dropped}")
    for total, usable, gone, bare in zip(v["clients/samples"], v["clients/usable"], dropped,
                                         v["clients/unlabelled"]):
        bench.check(max(gone, bare) <= total - usable <= gone + bare, "usable")


def names(bench):
    """A ledger counts by its content: copied elsewhere it gives the same trial. One that is only
    replayed at test leaves the trial alone, and counts for what is kept of it."""
    bench.write("save.yaml", HEAD + "corruption:\n"
                "  - {id: lost, kind: missing_modality, at: train, rate: 0.5}\n")
    bench.good("run", "save.yaml", "-o", "saved", "--no-report", "--set",
               "evaluate.save_ledger=true")
    ledger = next((bench.folder / "saved" / "ledgers").glob("*.csv")).read_bytes()
    cut = ledger[:ledger.rstrip(b"\n").rfind(b"\n") + 1]
    found = []
    for name, content in (("one.csv", ledger), ("two.csv", ledger), ("less.csv", cut)):
        bench.write(name, content)
        bench.write("replay.yaml", HEAD + "corruption:\n"
                    "  - {id: again, at: train, kind: replay, ledger: %s}\n" % name)
        bench.good("run", "replay.yaml", "-o", "replay", "--overwrite", "--no-report")
        found.append(bench.rows("replay", "trials.csv")[0]["trial"])
    bench.write("both.yaml", HEAD + "corruption:\n"
                "  - {id: again, at: train, kind: replay, ledger: one.csv}\n"
                "sweep: [{grid: {again.ledger: [one.csv, two.csv, less.csv]}}]\n")
    bench.good("run", "both.yaml", "-o", "both", "--no-report")
    rows = [(row["again.ledger"], row["trial"]) for row in bench.rows("both", "trials.csv")]
    bench.check(rows == [("one.csv", found[0]), ("two.csv", found[0]), ("less.csv", found[2])],
                f"cells that share a trial: {rows}")
    bench.check(found[0] == found[1] != found[2], f"names by ledger: {found}")
    for name, counts in (("one.csv", None), ("two.csv", (1, 0, 0)), ("less.csv", (0, 1, 0))):
        bench.write("test/replay.yaml", HEAD + "tests:\n"
                    "  again: {kind: replay, ledger: ../%s}\n" % name)
        said = bench.good("run", "test/replay.yaml", "-o", "tested", "--no-report",
                          *(["--resume"] if counts else []), "--set", "data.shards=data").stderr
        bench.check(not counts or "1 trial: %d finished already and kept, %d to evaluate anew, "
                    "%d to train" % counts in said, f"{name} replayed at test: {said}")
    bench.good("run", "tested/scenario.yaml", "-o", "tested-again", "--no-report")
    bench.same_tables("tested", "tested-again", "scenario.yaml with a ledger at test")


def main():
    bench = Bench()
    bench.synth()
    scope(bench)
    by_client(bench, realised(bench))
    names(bench)
    bench.end()


if __name__ == "__main__":
    main()
