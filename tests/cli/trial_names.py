#!/usr/bin/env python3
"""Trials keep the names that they had: a key that came later has no part in them while it has its
default. A name is only changed here on purpose, and with a word in the changelog: results of before
are not found by `--resume`, `merge` and `compare` under another."""
import json
import shutil

from bench import Bench, change

SYNTH = {"clients": 6, "modalities": '["image:8x8x1", "feature:4", "series:20x3"]'}
PLAIN = """\
name: t
seeds: [1]
data: {shards: d}
model: {hidden: 6}
training: {rounds: 2, clients_per_round: 3, local: {batch: 8, lr: 0.1}}
"""
DAMAGED = PLAIN + """\
corruption:
  - {id: lost, kind: missing_modality, rate: 0.3, at: both}
  - {id: wrong, kind: label_noise, rate: 0.2}
  - {id: n, kind: gaussian_noise, sigma: 0.1, modalities: [image], at: train}
  - {id: j, kind: jitter, severity: 2, modalities: [series], at: both}
tests:
  noisy: {kind: gaussian_noise, sigma: [0.1, 0.4], modalities: [image]}
"""
SCAFFOLD = PLAIN.replace("lr: 0.1}", "lr: 0.1, momentum: 0, weight_decay: 0, clip_norm: 0}, server: {algorithm: scaffold, keep: disk}")
NAMES = {"damaged": (DAMAGED, "68ab0b93939b6a78"), "plain": (PLAIN, "a45fe196a684b6d2"), "scaffold": (SCAFFOLD, "014452e7ace59510")}


def names(bench):
    for study, (text, name) in NAMES.items():
        bench.write("s.yaml", text)
        bench.good("run", "s.yaml", "-o", study, "--no-report")
        found = [row["trial"] for row in bench.rows(study, "trials.csv")]
        bench.check(found == [name], f"{study}: the trial is named {found}, before it was {name}")


JUDGED = "evaluate: {metrics: [accuracy, nll]}\n"
# A study whose models others start from, and one that does: at the smallest rate there is it stays there.
KEPT = PLAIN.replace("seeds: [1]", "seeds: [1, 2]") + "methods: {a: {}, b: {model.hidden: 5}}\n" + JUDGED
GOES_ON = PLAIN.replace("seeds: [1]", "seeds: [2, 7]").replace("lr: 0.1", "lr: 1e-8").replace(
    "{hidden: 6}", "{hidden: 6, start: {results: kept, cell: {method: a}}}") + JUDGED


def starts(bench):
    """model.start: whose weights, by seed; named by the model and not by its folder; the same on ranks."""
    bench.write("kept.yaml", KEPT)
    bench.write("on.yaml", GOES_ON)
    bench.good("run", "kept.yaml", "-o", "kept", "--no-report")
    said = bench.good("check", "on.yaml").stdout
    bench.check("drawn anew: none" in said and "seed 7" in said, f"the plan does not tell of it: {said}")
    bench.good("run", "on.yaml", "-o", "on", "--no-report", ranks=3)
    kept = {row["seed"]: row for row in bench.rows("kept", "trials.csv") if row["method"] == "a"}
    on = {row["seed"]: row for row in bench.rows("on", "trials.csv")}
    for seed, of in (("2", "2"), ("7", "1")):  # 7 is not there: the first seed of the folder
        near = abs(float(on[seed]["best.nll"]) - float(kept[of]["best.nll"]))
        bench.check(near < 1e-5 and on[seed]["best.accuracy"] == kept[of]["best.accuracy"],
                    f"seed {seed} does not begin where seed {of} ended: nll {near} off")
    told = json.loads((bench.folder / "on/provenance.json").read_text(encoding="utf-8"))["starts"]
    bench.check([(one["seed"], one["trial"]) for one in told] == [("2", kept["2"]["trial"]), ("7", kept["1"]["trial"])],
                f"provenance: {told}")
    # Controls read cells again, of trees whose paths are absolute; the trials that there were keep their names.
    bench.good("run", "on.yaml", "-o", "checked", "--no-report", "--set", "controls=[all_missing, unimodal]")
    names = {row["trial"] for row in bench.rows("checked", "trials.csv") if not row["control"]}
    bench.check(names == {row["trial"] for row in on.values()}, f"with controls: {names}")
    # Another name of the folder, from a checkpoint of a run that was killed: the same tables to the byte.
    shutil.copytree(bench.folder / "kept", bench.folder / "moved")
    bench.write("moved.yaml", change(GOES_ON, "results: kept", "results: moved"))
    bench.killed("again", "run", "moved.yaml", "--no-report")
    bench.good("run", "moved.yaml", "-o", "again", "--resume", "--no-report")
    bench.same_tables("on", "again", "killed, and started from a moved folder")
    start_from_nothing(bench, told[0]["hash"])
    # A method's path is relative to the scenario, not to the results, whose scenario.yaml names it later.
    bench.write("by.yaml", PLAIN + "methods: {fresh: {}, on: {model.start: {results: kept, cell: {method: a}}}}\n")
    bench.good("run", "by.yaml", "-o", "by", "--no-report")
    bench.good("evaluate", "by", "--groups", "site")
    bench.check(len({row["trial"] for row in bench.rows("by", "scores.csv") if row["group"] == "site=site0"}) == 2,
                "methods that start from a model cannot be asked again")


def start_from_nothing(bench, model):
    """What no training can start from is refused, with nothing written."""
    def refuse(what, *parts, start="{results: kept, cell: {method: a}}", sets=()):
        bench.write("bad.yaml", PLAIN.replace("{hidden: 6}", f"{{hidden: 6, start: {start}}}"))
        words = [word for key in sets for word in ("--set", key)]
        bench.refused(what, bench.run("run", "bad.yaml", "-o", "out", *words), parts)
    refuse("several cells", "several cells", "cell:", start="kept")
    refuse("another hash", "not the one", start="{results: kept, cell: {method: a}, hash: '0123456789abcdef'}")
    refuse("no such cell", "no trial", start="{results: kept, cell: {method: c}}")
    refuse("no such key", "'fusion' is no swept key", "method", start="{results: kept, cell: {fusion: a}}")
    refuse("no results", "not the results of a run", start="d")
    refuse("no folder", "no such folder", start="nowhere")
    refuse("no folder named", "which results folder", start="{hash: '0123456789abcdef'}")
    refuse("several networks", "several networks",
           sets=("training.server.algorithm=coteaching",))
    path = bench.folder / f"kept/models/{[r for r in bench.rows('kept', 'trials.csv')][0]['trial']}-best.h5"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    refuse("one bit", path.name)
    other = next(p for p in path.parent.glob("*-best.h5") if p != path)
    path.write_bytes(other.read_bytes())
    refuse("another trial's", "another trial")
    path.write_bytes(whole)
    bench.write("named.yaml", change(GOES_ON.replace("seeds: [2, 7]", "seeds: [2]"), "method: a}", f"method: a}}, hash: ['{model}']"))
    bench.good("check", "named.yaml")


def main():
    bench = Bench()
    bench.synth("d", **SYNTH)
    bench.parts(names, starts)
    bench.end()


if __name__ == "__main__":
    main()
