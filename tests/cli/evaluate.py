#!/usr/bin/env python3
"""Tests and groups that come later: the same bytes as if asked at first, by `evaluate` and by
`run --resume`; on any ranks, after a kill; and nothing changed when something is wrong."""
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time

from bench import FRAY, SCENARIO, Bench, change, vector

MORE = """\
  gone: {kind: missing_modality, unit: client, rate: [0.25, 0.75]}
  feature_lost: {kind: missing_modality, modalities: [feature], rate: 1}
"""
OLD_TEST = "  series_lost: {kind: missing_modality, modalities: [series], rate: [0, 0.5, 1]}\n"
# A method that diverges has no models; its rows are those of the constant predictor.
WILD = ("  wild: {model.fusion: concat, training.local.lr: 10, training.local.momentum: 0.99, "
        "training.local.clip_norm: 0, training.local.weight_decay: 1, training.local.epochs: 60}\n")
BASE = change(change(change(SCENARIO, "groups: [site]", "groups: []"), "  cat:", WILD + "  cat:"),
              "method: [att, cat]", "method: [att, wild]")
FULL = change(change(BASE, OLD_TEST, OLD_TEST + MORE), "groups: []", "groups: [site]")
SETS = """\
name: sets
seeds: [1, 2]
data: {shards: many}
model: {fusion: concat, hidden: 8, encoders: {series: {kind: conv_gru, filters: [4], kernel: 3}}}
training: {rounds: 3, clients_per_round: 0.5, local: {batch: 8, lr: 0.1}}
corruption:
  - {id: lost, kind: missing_modality, at: both, rate: 0.2}
tests:
%sevaluate: {metrics: [macro_f1, accuracy, nll, auc], groups: %s}
"""
STUDIES = {
    "one": (BASE, FULL),
    "sets": (SETS % (OLD_TEST, "[]"), SETS % (OLD_TEST + MORE, "[site]")),
}
TRIALS = {"one": 8, "sets": 2}
COUNTS = {"one": (12, 18), "sets": (5, 11)}  # a client-wise loss of 0.25 hits nobody there, as `clean`
ADDED = ("--tests", "more.yaml", "--groups", "site", "--no-report")


def tables(bench, folder):
    return {name: (bench.folder / folder / name).read_bytes()
            for name in ("trials.csv", "scores.csv", "rounds.csv", "scenario.yaml", "cells.yaml")}


def files(bench, folder):
    """Everything in a folder, by a hash of its bytes."""
    root = bench.folder / folder
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(root.rglob("*")) if p.is_file() and p.name != "lock"}


def same(bench, a, b, what):
    """Tables byte by byte, the scenario, and every data set of results.h5."""
    left, right = tables(bench, a), tables(bench, b)
    for name in left:
        bench.check(left[name] == right[name], f"{what}: {name} differs")
    trials = {row["trial"] for row in bench.rows(a, "trials.csv")}
    sets = 0
    for trial in sorted(trials):
        one, two = bench.dump(a, trial), bench.dump(b, trial)
        sets += len(one)
        bench.check(repr(one) == repr(two), f"{what}: results.h5 of {trial} differs")
    bench.check(sets >= 20 * len(trials), f"{what}: only {sets} data sets compared")
    state = (bench.folder / a / "state").read_text(encoding="utf-8").strip()
    bench.check(state == "done", f"{what}: state {state}")


def copy(bench, name, to):
    shutil.rmtree(bench.folder / to, ignore_errors=True)
    shutil.copytree(bench.folder / name, bench.folder / to)
    return to


def asked_at_first(bench):
    """Ranks 1 and 2; single and several labels; conditions and groups."""
    bench.write("more.yaml", "tests:\n" + MORE)
    for name, (base, full) in STUDIES.items():
        bench.write(f"{name}.yaml", base)
        bench.write(f"{name}-full.yaml", full)
        bench.good("run", f"{name}.yaml", "-o", name, "--no-report")
        bench.good("run", f"{name}-full.yaml", "-o", f"{name}-full", "--no-report")
        old, new = tables(bench, name), tables(bench, f"{name}-full")
        bench.check(old["trials.csv"] == new["trials.csv"], f"{name}: names depend on the tests")
        bench.check(len(new["scores.csv"]) > 3 * len(old["scores.csv"]), f"{name}: no more scores")
        for n in (0, 2):
            folder = copy(bench, name, f"{name}-{n}")
            models = {p: p.stat().st_mtime_ns for p in (bench.folder / folder).glob("models/*")}
            said = bench.good("evaluate", folder, *ADDED, ranks=n).stderr
            bench.check(f"0 finished already and kept, {TRIALS[name]} to evaluate anew, 0 to train"
                        in said, f"{name}: {said}")
            same(bench, folder, f"{name}-full", f"{name}, {n} ranks")
            # Of a study's trials those with models kept the answers of then: only the new
            # conditions are judged, of the test samples alone.
            judged, kept = COUNTS[name]
            bench.check(f"judged under {judged} conditions; the answers under {kept} were kept"
                        in said, f"{name}: {said}")
            bench.check(models and all(p.stat().st_mtime_ns == t for p, t in models.items()),
                        f"{name}: models were written again")
    status = [row["status"] for row in bench.rows("one", "trials.csv")]
    bench.check(status.count("diverged") == 4, f"status: {status}")
    note = (bench.folder / "one-2" / "provenance.json").read_text(encoding="utf-8")
    bench.check('"evaluations"' in note and "fray evaluate one-2 --tests more.yaml" in note
                and '"ranks": "2"' in note, f"provenance: {note}")


def raw_damage(bench):
    """Answers under damage of raw values are kept by what happens to each value: of a list that gets
    one strength more, that one is judged, and the tables are those of a run that had it at first."""
    bench.synth("pictures", modalities='["image:8x8x1", "feature:4"]', clients=6)
    text = """\
name: pictures
seeds: [1]
data: {shards: pictures}
model: {fusion: concat, hidden: 6}
training: {rounds: 2, clients_per_round: 3, local: {batch: 8, lr: 0.1}}
tests:
  noisy: {kind: gaussian_noise, sigma: [0.1, 0.4]}
%s"""
    more = "  noisier: {kind: gaussian_noise, sigma: 0.8}\n"
    bench.write("pictures.yaml", text % "")
    bench.write("pictures-full.yaml", text % more)
    bench.write("noisier.yaml", "tests:\n" + more)
    for name in ("pictures", "pictures-full"):
        bench.good("run", f"{name}.yaml", "-o", f"{name}-out", "--no-report")
    said = bench.good("evaluate", "pictures-out", "--tests", "noisier.yaml", "--no-report").stderr
    bench.check("judged under 1 condition; the answers under 3 were kept" in said, said)
    same(bench, "pictures-out", "pictures-full-out", "raw damage")


KEPT = """\
name: kept
seeds: [1, 2]
data: {shards: uneven}
model: {hidden: 2, head: 0, encoders: {a: {kind: identity}}}
training: {rounds: 6, clients_per_round: 1.0, local: {epochs: 1, batch: 4, lr: 0.05}, %s}
corruption: [{kind: label_noise, rate: 0.2}]
evaluate: {every: 1, metrics: [accuracy], groups: [town, mood]}
"""


def tables_of_training(bench):
    """What training told of updates, absences, masks, budgets and wrong labels is as it was when a test comes later.
    Clients of 2 to 8 samples are quarters by size; a column that varies within clients parts none."""
    rows = ["id,client,label,split,town,mood,a"]
    for c in range(10):
        for k in range(c + 2 if c < 7 else 4):
            bench.write(f"v{c}-{k}.npy", vector([c + k, (c * k) % 3]))
            rows.append(f"{c}-{k},c{c},{'uv'[(c + k) % 2]},{'train' if c < 7 else 'dev' if c < 8 else 'test'},"
                        f"t{c % 2},m{k % 2},v{c}-{k}.npy")
    bench.write("uneven.csv", "\n".join(rows) + "\n")
    bench.write("uneven.yaml", "name: uneven\ngroups: [town, mood]\nmodalities: {a: {kind: feature}}\n"
                               "inputs: [{reader: manifest, file: uneven.csv}]\n")
    bench.good("import", "uneven.yaml", "-o", "uneven")
    for name, keys, tables in (
            ("absent", "availability: {dropout: {p: 0.4}}, secure_aggregation: {protocol: masked, threshold: 2}",
             ("participation.csv", "secure.csv")),
            ("noisy", "server: {algorithm: coteaching, tau: 0.5, ramp: 1}", ("found.csv",)),
            ("krum", "aggregation: {rule: krum, f: 1}", ("influence.csv",)),
            ("clipped", "privacy: {clip: 0.05, epsilon: 20}, on_nonfinite: exclude", ("privacy.csv",))):
        bench.write(f"{name}.yaml", KEPT % keys)
        bench.good("run", f"{name}.yaml", "-o", name, "--no-report")
        before = {table: (bench.folder / name / table).read_bytes() for table in tables}
        bench.write("lost.yaml", "tests: {lost: {kind: missing_modality, modalities: [a], rate: 1}}\n")
        bench.good("evaluate", name, "--tests", "lost.yaml", "--no-report")
        bench.check(any(r["condition"] == "lost" for r in bench.rows(name, "scores.csv")), f"{name}: nothing was judged")
        for table, held in before.items():
            bench.check(held.count(b"\n") > 2 and held == (bench.folder / name / table).read_bytes(), f"{name}: {table}")
    # A single group in place of a list is the first of one.
    for name, groups in (("asked", "[town, mood]"), ("later", "town")):
        bench.write(f"{name}.yaml", change(KEPT % "on_nonfinite: end", "groups: [town, mood]", f"groups: {groups}"))
        bench.good("run", f"{name}.yaml", "-o", name, "--no-report")
    bench.write("mood.yaml", "evaluate: {groups: mood}\n")
    bench.good("evaluate", "later", "--tests", "mood.yaml", "--no-report")
    bench.same_tables("asked", "later", "a second group")
    trial = bench.rows("absent", "trials.csv")[0]["trial"]
    parts = [r for r in bench.rows("absent", "participation.csv") if r["trial"] == trial]
    said = [(r["of"], r["value"], r["clients"], r["samples"]) for r in parts]
    bench.check(said == [("samples", "2 to 3", "2", "5"), ("samples", "4 to 5", "2", "9"), ("samples", "6 to 7", "2", "13"),
                         ("samples", "8", "1", "8"), ("town", "t0", "4", "20"), ("town", "t1", "3", "15")], f"{said}")
    for r in parts:
        held, trained = float(r["held"]), float(r["trained"])
        bench.check(abs(held - int(r["samples"]) / 35) < 1e-12 and abs(float(r["weight"]) - trained / held) < 1e-12, f"{r}")
    # A visit trains on all samples of its client once: of the one with 8 that is 8 a visit.
    trained = [float(r["trained"]) for r in parts]
    bench.check(abs(sum(trained[:4]) - 1) < 1e-12 and abs(sum(trained[4:]) - 1) < 1e-12, f"{trained}")
    all_trained = 8 * float(parts[3]["visits"]) / trained[3]
    for r, (least, most) in zip(parts, ((2, 3), (4, 5), (6, 7), (8, 8))):
        own, visits = float(r["trained"]) * all_trained, float(r["visits"]) * int(r["clients"])
        bench.check(abs(own - round(own)) < 1e-9 and least * visits <= round(own) <= most * visits, f"{r}: {own} samples")
    came = sum(int(r["cohort"]) for r in bench.rows("absent", "rounds.csv") if r["trial"] == trial)
    plan = json.loads(bench.good("check", "absent.yaml", "--json").stdout)["clients"]
    bench.check(abs(6 * plan["expected_a_round"] - came) < 1e-9 and plan["invited_a_round"] == 7 and
                plan["simulated_seconds_a_round"] is None, f"{plan}: {came} came in 6 rounds")
    visits = sum(float(r["visits"]) * int(r["clients"]) for r in parts[:4])
    bench.check(abs(visits - came) < 1e-9, f"{visits} visits, {came} came")


def in_steps(bench):
    """First a group, then the tests as a bare map; what is there already is kept as it is."""
    bench.write("bare.yaml", "".join(line[2:] + "\n" for line in MORE.splitlines()))
    folder = copy(bench, "one", "steps")
    bench.good("evaluate", folder, "--groups", "site", "--no-report")
    bench.good("evaluate", folder, "--tests", "bare.yaml")
    same(bench, folder, "one-full", "in steps")
    bench.check((bench.folder / folder / "report.html").exists(), "no report")
    stamps = {p: p.stat().st_mtime_ns for p in (bench.folder / folder / "parts").glob("*")}
    said = bench.good("evaluate", folder, *ADDED).stderr
    bench.check("8 finished already and kept, 0 to evaluate anew" in said, f"again: {said}")
    bench.check(stamps == {p: p.stat().st_mtime_ns for p in stamps}, "parts were written again")
    same(bench, folder, "one-full", "asked for twice")
    note = (bench.folder / folder / "provenance.json").read_text(encoding="utf-8")
    bench.check(note.count('"command": "fray evaluate') == 3, f"provenance: {note}")
    bench.write("wide.yaml", "tests:\n" + MORE + "evaluate: {groups: [site], save_ledger: true, "
                "save_scores: true}\n")
    folder = copy(bench, "one", "wide")
    bench.good("evaluate", folder, "--tests", "wide.yaml", "--no-report")
    bench.good("run", "one-full.yaml", "-o", "one-wide", "--no-report", "--set",
               "evaluate.save_ledger=true", "--set", "evaluate.save_scores=true")
    same(bench, folder, "one-wide", "groups, scores and ledgers in the file")
    ledgers = [sorted((p.name, p.read_bytes()) for p in (bench.folder / f / "ledgers").glob("*"))
               for f in (folder, "one-wide")]
    bench.check(ledgers[0] == ledgers[1], "ledgers differ")
    bench.check(len(list((bench.folder / folder / "ledgers").glob("*.csv"))) == 8, "no ledgers")


def resume(bench):
    """`run --resume` with more tests judges; with more seeds besides it trains only those."""
    folder = copy(bench, "one", "resumed")
    said = bench.good("run", "one-full.yaml", "-o", folder, "--resume", "--no-report",
                      ranks=2).stderr
    bench.check("8 trials: 0 finished already and kept, 8 to evaluate anew, 0 to train" in said,
                f"resume: {said}")
    same(bench, folder, "one-full", "resume")
    seeds = ("--set", "seeds={trial: [3, 5, 7], partition: fixed, corruption: per_trial}")
    bench.good("run", "one-full.yaml", "-o", "seven", "--no-report", *seeds)
    folder = copy(bench, "one", "resumed")
    gone = next((bench.folder / folder / "models").glob("*-best.h5"))
    gone.unlink()  # a trial without its models is trained again
    said = bench.good("run", "one-full.yaml", "-o", folder, "--resume", "--no-report",
                      *seeds).stderr
    bench.check("12 trials: 0 finished already and kept, 7 to evaluate anew, 5 to train" in said,
                f"resume with a seed: {said}")
    same(bench, folder, "seven", "resume with a seed")
    bench.good("run", "one.yaml", "-o", folder, "--resume", "--no-report")  # and back
    same(bench, folder, "one", "tests taken away")


def killed(bench):
    """Killed or stopped while judging: the tables are the old ones, and the same call finishes."""
    rates = ", ".join(str(i / 24) for i in range(24))
    bench.write("many.yaml", f"tests:\n  gone: {{kind: missing_modality, rate: [{rates}]}}\n")
    words = ("--tests", "many.yaml", "--no-report")
    bench.good("evaluate", copy(bench, "one", "whole"), *words)
    caught = 0
    for ranks, number in ((2, signal.SIGKILL), (0, signal.SIGUSR1)):
        folder = copy(bench, "one", "killed")
        before, parts = tables(bench, folder), bench.folder / folder / "parts"
        old = {p: p.stat().st_ino for p in parts.glob("*.h5")}
        process = subprocess.Popen([FRAY, "evaluate", folder, *words], cwd=bench.folder,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and all(p.stat().st_ino == i for p, i in old.items()):
            time.sleep(0.001)
        process.send_signal(number)
        code = process.wait()
        fresh = sum(p.stat().st_ino != i for p, i in old.items())
        print(f"killed after {fresh} of 8 trials")
        state = (parts.parent / "state").read_text(encoding="utf-8").strip()
        if fresh < 8:
            caught += 1
            says = "running" if number == signal.SIGKILL else "; to go on: fray evaluate "
            bench.check(says in state and code == (-9 if says == "running" else 75),
                        f"exit code {code}, state {state}")
            bench.check(tables(bench, folder) == before, "tables changed before the end")
            bench.good("report", folder, "-o", "drawn")
        bench.good("evaluate", folder, *words, ranks=ranks)
        same(bench, folder, "whole", "killed and called again")
    bench.check(caught > 0, "no evaluation was killed in time")


def damage(path, where, what):
    data = bytearray(path.read_bytes())
    data[where:where + len(what)] = what
    path.write_bytes(data)


def wrong(bench):
    """Exit code 2 and an untouched folder."""
    folder = copy(bench, "one", "wrong")
    before = files(bench, folder)

    def refuse(what, words, parts):
        result = bench.run("evaluate", folder, *words, "--no-report")
        bench.refused(what, result, parts, absent=())
        bench.check(files(bench, folder) == before, f"{what}: the folder was changed")

    for what, text, parts in (
            ("unknown corruption", "x:\n  kind: missing_modalities\n  rate: 0.1\n",
             ["t.yaml:2", "tests.x.kind", "missing_modality"]),
            ("unknown key", "tests:\n  x: {kind: missing_modality, rat: 0.1}\n",
             ["t.yaml:2", "tests.x: unknown key 'rat'", "'rate'"]),
            ("labels at test", "x: {kind: label_noise, rate: 0.1}\n",
             ["t.yaml:1", "tests.x", "label_noise"]),
            ("rate", "x: {kind: missing_modality, rate: 2}\n", ["t.yaml:1", "tests.x.rate", "2"]),
            ("unknown modality", "x: {kind: missing_modality, modalities: [serie], rate: 1}\n",
             ["t.yaml:1", "tests.x", "modalities", "'serie'", "'series'"]),
            ("other content", "series_lost: {kind: missing_modality, rate: 1}\n",
             ["t.yaml:1", "tests.series_lost", "another condition", "wrong/scenario.yaml:"]),
            ("a reserved name", "clean: {kind: missing_modality, rate: 1}\n",
             ["t.yaml:1", "clean"]),
            ("a key that trains", "tests: {}\ntraining: {rounds: 3}\n",
             ["t.yaml:2", "training", "without training"]),
            ("beside tests", "tests: {x: {kind: missing_modality, rate: 1}}\nevaluat: {}\n",
             ["t.yaml:2", "evaluat", "did you mean 'evaluate'"]),
            ("metrics", "evaluate: {metrics: [uar]}\n",
             ["t.yaml:1", "evaluate.metrics", "without training"]),
            ("empty", "", ["t.yaml"]), ("no YAML", "a: [\n", ["t.yaml"]),
            ("a list", "- 3\n", ["t.yaml"]), ("no map", "tests: 3\n", ["t.yaml:1", "tests"])):
        bench.write("t.yaml", text)
        refuse(what, ("--tests", "t.yaml"), parts)
    refuse("no such file", ("--tests", "none.yaml"), ["none.yaml"])
    refuse("unknown group", ("--groups", "sit"), ["--groups: evaluate.groups", "'sit'", "'site'"])
    bench.write("t.yaml", "evaluate:\n  groups:\n    - sit\n")
    refuse("unknown group in the file", ("--tests", "t.yaml"),
           ["t.yaml:3: evaluate.groups", "'sit'", "'site'"])
    refuse("empty group", ("--groups", "site,"), ["--groups 'site,'"])
    refuse("nothing to add", (), ["--tests FILE"])
    refuse("other training", (*ADDED[:2], "--set", "training.rounds=4"),
           ["8 of 8 trials are not finished", "--set"])
    refuse("progress", (*ADDED[:2], "--progress", "fast"), ["'fast'"])
    for name, parts in (("none", ["none: no such folder"]), ("data", ["'state'"])):
        result = bench.run("evaluate", name, *ADDED)
        bench.refused(name, result, parts, absent=("none", "data/lock", "data/state"))
    bench.refused("no folder given", bench.run("evaluate", *ADDED), ["one results folder"])


def made_anew(bench, what, part, change_it, parts):
    """A part that is not what was written: nothing is judged by it, and a run trains its trial anew,
    whatever the other trials have."""
    folder = copy(bench, "one", "hurt")
    change_it()
    before = files(bench, folder)
    bench.refused(f"{what}, evaluate", bench.run("evaluate", folder, *ADDED), parts, absent=())
    bench.check(files(bench, folder) == before, f"{what}: the folder was changed")
    said = bench.good("run", "one.yaml", "-o", folder, "--resume", "--no-report").stderr
    bench.check(all(p in said for p in (*parts, "that trial is made anew", " 1 to train")),
                f"{what}: {said}")
    bench.same_tables(folder, "one", what)
    bench.check(part.read_bytes() == (bench.folder / "one" / "parts" / part.name).read_bytes(),
                f"{what}: another part than before")


def lost_pieces(bench):
    """Models, parts, shards and provenance that are not what the run left."""
    rows = bench.rows("one", "trials.csv")
    best = [f"{row['trial']}-best.h5" for row in rows
            if row["status"] == "ok" and row["best_round"] != row["rounds"]]
    if not bench.check(len(best) > 1, "the best round is always the last"):
        return
    models = bench.folder / "hurt" / "models"

    def spoil(what, change_it, parts):
        folder = copy(bench, "one", "hurt")
        change_it()
        before = files(bench, folder)
        for words in (("evaluate", folder, *ADDED),
                      ("run", "one-full.yaml", "-o", folder, "--resume", "--no-report")):
            if words[0] == "run" and parts[0] is None:
                continue
            bench.refused(f"{what}, {words[0]}", bench.run(*words), [p for p in parts if p],
                          absent=())
            bench.check(files(bench, folder) == before, f"{what}: the folder was changed")

    a, b = models / best[0], models / best[1]
    last = models / best[0].replace("best", "last")
    spoil("another trial's model", lambda: shutil.copy(b, a), [best[0], "another trial"])
    spoil("another round's model", lambda: shutil.copy(last, a), [best[0], "not the weights"])
    spoil("a short model", lambda: os.truncate(a, 2000), [best[0]])
    spoil("no HDF5", lambda: a.write_text("model"), [best[0]])
    spoil("a folder as a model", lambda: (a.unlink(), a.mkdir()), [best[0]])
    spoil("no model", a.unlink, [None, best[0][:16], "--resume"])
    spoil("no models", lambda: shutil.rmtree(models), [None, "'models'"])
    part = bench.folder / "hurt" / "parts" / (best[0][:16] + ".h5")
    made_anew(bench, "a short part", part, lambda: os.truncate(part, 2000), [part.name])
    made_anew(bench, "an empty part", part, lambda: os.truncate(part, 0), [part.name])
    made_anew(bench, "another part", part,
              lambda: shutil.copy(part.with_name(best[1][:16] + ".h5"), part),
              [part.name, "another trial"])
    spoil("no part", part.unlink, [None, "1 of 8 trials are not finished", best[0][:16]])
    scenario = bench.folder / "hurt" / "scenario.yaml"
    spoil("no scenario", scenario.unlink, [None, "'scenario.yaml'"])
    provenance = bench.folder / "hurt" / "provenance.json"
    foreign = lambda: provenance.write_text(
        provenance.read_text().replace("hash\": \"", "hash\": \"x"))
    spoil("edited provenance", foreign, ["provenance.json: not as it was written"])
    spoil("another program", lambda: (foreign(), provenance.with_name("checksums.txt").unlink()),
          ["numeric environment"])


def data_elsewhere(bench):
    folder = copy(bench, "one", "moved")
    before = files(bench, folder)
    (bench.folder / "data").rename(bench.folder / "away")
    bench.refused("missing shards", bench.run("evaluate", folder, *ADDED),
                  ["data", "--set data.shards=PATH"], absent=())
    bench.synth("other", samples=13)
    bench.refused("another data set",
                  bench.run("evaluate", folder, *ADDED, "--set", "data.shards=other"),
                  ["other", "another data set"], absent=())
    bench.check(files(bench, folder) == before, "the folder was changed")
    # Other values under the same index: only judging shows that, but no part is made of it.
    shutil.copytree(bench.folder / "away", bench.folder / "zeros")
    shard = next((bench.folder / "zeros").glob("*.h5"))
    size = shard.stat().st_size
    damage(shard, size // 2, bytes(size // 4))
    result = bench.run("evaluate", folder, *ADDED, "--set", "data.shards=zeros")
    print(f"other values: {result.stderr.strip()}")
    bench.check(result.returncode == 1 and "values of the data set changed" in result.stderr,
                f"other values: {result.returncode} {result.stderr}")
    bench.same_tables(folder, "one", "after other values")
    bench.good("evaluate", folder, *ADDED, "--set", "data.shards=away")
    bench.same_tables(folder, "one-full", "data moved")
    bench.check("/away" in (bench.folder / folder / "scenario.yaml").read_text(), "the new place")
    (bench.folder / "away").rename(bench.folder / "data")


def swept_tests(bench):
    """A sweep of a test's key makes trials of their own, and later tests come to all of them."""
    text = change(change(SCENARIO, "lost.rate: [0, 0.4]}\nreference: {method: att, lost.rate: 0}\n",
                         "tests.series_lost.rate: [0.2, 0.9]}\n"), "rate: [0, 0.5, 1]", "rate: 0")
    bench.write("swept.yaml", text)
    bench.write("swept-full.yaml", change(text, "evaluate:", MORE + "evaluate:"))
    for name in ("swept", "swept-full"):
        bench.good("run", f"{name}.yaml", "-o", name, "--no-report")
    names = {row["trial"] for row in bench.rows("swept", "trials.csv")}
    bench.check(len(names) == 8, f"cells that differ in a test share a trial: {names}")
    bench.good("evaluate", "swept", "--tests", "more.yaml", "--no-report")
    same(bench, "swept", "swept-full", "a swept test")
    bench.write("whole.yaml", change(text, "  att: {", "  att: {tests: {}, ").replace(
        "tests.series_lost.rate: [0.2, 0.9]", "lost.rate: [0]"))
    bench.good("run", "whole.yaml", "-o", "whole-map", "--no-report")
    bench.refused("a method without tests",
                  bench.run("evaluate", "whole-map", "--tests", "more.yaml", "--no-report"),
                  ["more.yaml:2", "tests.gone", "cell 1", "method"], absent=())


def controls(bench):
    """Cells and conditions of controls, and own clients' samples, are judged like the others; models
    of single clients are not kept, so `local_only` is trained again, and only by `run --resume`."""
    text = change(change(SCENARIO, "data: {shards: data}",
                         "data: {shards: data, partition: {kind: natural, own_test: 0.3}}"),
                  "sweep:", "controls: [unimodal, all_missing, clean]\nsweep:")
    more = change(text, OLD_TEST, OLD_TEST + MORE)
    for name, content in (("control", text), ("control-full", more),
                          ("local", change(text, "clean]", "clean, local_only]")),
                          ("local-full", change(more, "clean]", "clean, local_only]"))):
        bench.write(f"{name}.yaml", content)
        bench.good("run", f"{name}.yaml", "-o", name, "--no-report")
    bench.good("evaluate", "control", "--tests", "more.yaml", "--no-report", ranks=2)
    same(bench, "control", "control-full", "controls")
    before = files(bench, "local")
    bench.refused("local_only", bench.run("evaluate", "local", "--tests", "more.yaml"),
                  ["local_only", "--resume"], absent=())
    bench.check(files(bench, "local") == before, "local_only: the folder was changed")
    said = bench.good("run", "local-full.yaml", "-o", "local", "--resume", "--no-report").stderr
    bench.check(", 4 to train" in said, f"local_only: {said}")
    same(bench, "local", "local-full", "local_only")


def main():
    bench = Bench()
    bench.synth(samples=24, test_clients=4)
    bench.synth("many", task="multi_label", classes=4)
    bench.parts(asked_at_first, raw_damage, tables_of_training, in_steps, resume, killed, wrong, lost_pieces, data_elsewhere,
                swept_tests, controls)
    bench.end()


if __name__ == "__main__":
    main()
