#!/usr/bin/env python3
"""Own-client scope and controls: each control against a study that says the same by hand."""
from bench import SCENARIO, TABLES, Bench, change, vector

CONTROLS = "controls: [unimodal, all_missing, local_only, clean]\n"
# An entry and a condition that one of the modalities never meets, and a rate that is never 0, with another beside it.
BESIDE = ", rate_by: {site: {site0: 0.6}}"
STUDY = change(change(SCENARIO, "tests:\n", "  - {id: part, kind: missing_modality, "
                      f"modalities: [series], rate: 0.3{BESIDE}}}\ntests:\n"),
               "evaluate:", "  gone: {kind: missing_modality, rate: 1}\nevaluate:")
ONE = """\
name: one
seeds: [3]
data: {shards: data, partition: {kind: natural, own_test: 0.25}}
model:
  {fusion: concat, hidden: 8, head: 6,
   encoders: {series: {kind: conv_gru, filters: [4], kernel: 3}, feature: {kind: mlp, units: 6}}}
training: {rounds: 4, local: {epochs: 2, batch: 5, lr: 0.05, momentum: 0.9}}
corruption: [{id: lost, kind: missing_modality, rate: 0.3}]
evaluate: {every: 1, metrics: [accuracy, nll]}
"""


def trials(bench, folder, control, **values):
    return [row for row in bench.rows(folder, "trials.csv")
            if row["control"] == control and all(row[k] == v for k, v in values.items())]


HELD = {}  # rows by trial of each table, which is long and asked for a hundred times


def scores(bench, folder, trial, **values):
    """What was scored of a trial: all columns but its name, of the rows with these values."""
    key = (folder, (bench.folder / folder / "scores.csv").stat().st_mtime_ns)
    if key not in HELD:
        HELD[key] = {}
        for row in bench.rows(folder, "scores.csv"):
            HELD[key].setdefault(row.pop("trial"), []).append(row)
    return [dict(row) for row in HELD[key].get(trial, []) if all(row[k] == v for k, v in values.items())]


def ranks_and_resume(bench):
    bench.write("all.yaml", STUDY + CONTROLS)
    plan = " ".join(bench.good("check", "all.yaml").stdout.split())
    for part in ("24 = (4 cells + 8 controls) x 2 seeds; 24 trainings of 3 rounds, of which 16 "
                 "controls", "own test held out of training: 12 samples", "0.2 by default with the control local_only"):
        bench.check(part in plan, f"the plan does not say '{part}': {plan}")
    bench.good("run", "all.yaml", "-o", "r1")
    text = (bench.folder / "r1" / "scenario.yaml").read_text()
    bench.check("own_test: 0.2" in text, "scenario.yaml does not say own_test")
    for n in (3,):
        bench.good("run", "all.yaml", "-o", f"r{n}", "--no-report", ranks=n)
        bench.same_tables("r1", f"r{n}", f"{n} ranks")
    for part in sorted((bench.folder / "r3" / "parts").glob("*.h5"))[::3]:
        part.unlink()
    bench.good("run", "all.yaml", "-o", "r3", "--resume", "--no-report", ranks=2)
    bench.same_tables("r1", "r3", "resume")
    bench.good("run", "r1/scenario.yaml", "-o", "again", "--no-report")
    bench.same_tables("r1", "again", "scenario.yaml of the results")


def rows_of_controls(bench):
    found = [(r["control"], r["method"], r["lost.rate"]) for r in bench.rows("r1", "trials.csv")]
    wanted = [("", m, r) for m in ("att", "cat") for r in ("0", "0.4")]
    wanted += [(c, "att", r) for c in ("unimodal:feature", "unimodal:series", "local_only")
               for r in ("0", "0.4")] + [("clean", "att", "0"), ("clean", "cat", "0")]
    bench.check(found == [w for w in wanted for _ in range(2)], f"control rows: {found}")
    for row in bench.rows("r1", "trials.csv"):
        columns = [v for k, v in row.items() if k.startswith("part.")]
        acts = row["control"] != "unimodal:feature"
        bench.check(len(columns) == 4 and any(columns) == acts, f"columns of `part`: {row}")
    for trial in trials(bench, "r1", "local_only"):
        bench.check({s["scope"] for s in scores(bench, "r1", trial["trial"])} == {"own_client"}
                    and trial["best.accuracy"] == "" and trial["dev.accuracy"] == "",
                    "local_only is scored elsewhere than on its own clients")
        bench.check(trial["rounds"] == "2", f"3 rounds of 3 in 6 are 1.5 epochs: {trial}")
        bench.check(trial["bytes_down"] == trial["bytes_up"] == "0" and trial["client_updates"] == ""
                    and float(trial["flops"]) > 0, f"what training alone costs: {trial}")


def unimodal(bench):
    """A model of one modality is that of a study that has no other."""
    encoders = {"series": ", feature: {kind: mlp, units: 6}",
                "feature": "series: {kind: conv_gru, filters: [4], kernel: 3}, "}
    for name, other in encoders.items():
        alone = change(STUDY, other, "")
        alone = change(alone, "shards: data", f"shards: data, modalities: [{name}], "
                       "partition: {own_test: 0.2}")
        if name == "feature":
            alone = "\n".join(line for line in alone.splitlines()
                              if "modalities: [series]" not in line) + "\n"
        bench.write("alone.yaml", alone + "controls: all_missing\n")
        bench.good("run", "alone.yaml", "-o", f"alone-{name}", "--no-report")
        for control in trials(bench, "r1", f"unimodal:{name}"):
            same = trials(bench, f"alone-{name}", "",
                          **{k: control[k] for k in ("method", "lost.rate", "seed")})
            left = scores(bench, "r1", control["trial"])
            right = scores(bench, f"alone-{name}", same[0]["trial"])
            bench.check(len(same) == 1 and left and left == right, f"{name} alone differs")


def masks(bench):
    """Conditions of controls are those that a user could write, on every model."""
    by_hand = {"gone": "all_missing", "series_lost": "without:series"}
    for trial in bench.rows("r1", "trials.csv"):
        both = not trial["control"].startswith("unimodal")
        for hand, ours in by_hand.items():
            if ours != "all_missing" and not both:
                continue
            left = scores(bench, "r1", trial["trial"], condition=hand, severity="1")
            right = scores(bench, "r1", trial["trial"], condition=ours, severity="", parameter="")
            values = [[{k: v for k, v in row.items()
                        if k not in ("condition", "severity", "parameter")} for row in rows]
                      for rows in (left, right)]
            bench.check(values[0] and values[0] == values[1], f"{ours} is not {hand}: {trial}")
        names = {s["condition"] for s in scores(bench, "r1", trial["trial"])}
        bench.check(("only:series" in names) == both, f"conditions: {names}")


def clean(bench):
    """No cell of the study is clean, since `part` and `wrong` act in all; by hand there is one."""
    bench.write("zero.yaml", change(STUDY, BESIDE, ""))
    sets = [word for key in ("part.rate=0", "wrong.rate=0", "data.partition.own_test=0.2",
                             "controls=[clean, all_missing, unimodal]")
            for word in ("--set", key)]
    plan = " ".join(bench.good("check", "zero.yaml", *sets).stdout.split())
    bench.check("20 = (4 cells + 6 controls) x 2 seeds; 16 trainings" in plan
                and "of which 8 controls" in plan, f"a cell is trained twice: {plan}")
    bench.good("run", "zero.yaml", "-o", "zero", "--no-report", *sets)
    rows = len(bench.rows("zero", "scores.csv"))
    for control in trials(bench, "zero", "clean"):
        twin = trials(bench, "zero", "", **{k: control[k] for k in ("method", "lost.rate", "seed")})
        bench.check([t["trial"] for t in twin] == [control["trial"]], "clean is no cell of the sweep")
        there = trials(bench, "r1", "clean", **{k: control[k] for k in ("method", "seed")})
        bench.check(len(there) == 1 and there[0]["trial"] == control["trial"],
                    "the clean control of another study has another name")
        left = scores(bench, "zero", control["trial"])
        bench.check(left and left == scores(bench, "r1", there[0]["trial"]), "clean differs")
        bench.check(there[0]["part.realised"] == there[0]["part.nominal"] == "0", f"a clean training is damaged: {there}")
    seen = {tuple(sorted(r.items())) for r in bench.rows("zero", "scores.csv")}
    bench.check(len(seen) == rows, "scores of a shared trial stand twice")
    bench.good("report", "zero", "-o", "drawn")


def own_samples(bench):
    """Scores of the own samples follow from results.h5, and nobody trained on them."""
    for trial in bench.rows("r1", "trials.csv"):
        sets = bench.dump("r1", trial["trial"])
        (selections, conditions, n), _, predicted = (
            [int(x) for x in sets["own/predicted"][0].split("x")], *sets["own/predicted"][1:])
        label, names = sets["own/label"][2], sets["own/condition"][2]
        clients, holder = sets["clients/name"][2], sets["own/holder"][2]
        bench.check([s.split("/")[0] for s in sets["own/source"][2]] == [clients[h] for h in holder],
                    "own/holder is not the client of the sample")
        bench.check([holder.count(c) for c in range(6)] == [2] * 6
                    and sets["clients/samples"][2] == [8] * 6, "floor(0.2 x 10) of each are held out")
        at = names.index("trial")
        for s, selection in enumerate(("best", "last")):
            start = (s * conditions + at) * n
            value = sum(p == t for p, t in zip(predicted[start:start + n], label)) / n
            row, = scores(bench, "r1", trial["trial"], selection=selection, condition="trial",
                          scope="own_client", group="all", metric="accuracy")
            bench.check(selections == 2 and float(row["value"]) == value and row["n"] == "12"
                        and row["clusters"] == "6", f"own accuracy {value}: {row}")


def alone_as_federated(bench):
    """The model of each client is that of a federation whose only client it is."""
    bench.write("one.yaml", ONE)
    bench.good("run", "one.yaml", "-o", "locals", "--no-report", "--set", "controls=local_only",
               ranks=3)
    control, = trials(bench, "locals", "local_only")
    together = bench.dump("locals", control["trial"])
    for k in (0, 4):
        lines = [f"c{k}/{i},c{k}" for i in range(12) if i not in (0, 1)]
        bench.write("only.csv", "\n".join(["source,client", *lines]) + "\n")
        bench.good("run", "one.yaml", "-o", f"only{k}", "--no-report", "--set",
                   "data.partition={kind: file, path: only.csv, own_test: 0.25}",
                   "--set", "controls=local_only")
        federated, = trials(bench, f"only{k}", "")
        single, = trials(bench, f"only{k}", "local_only")
        last = [scores(bench, f"only{k}", t["trial"], scope="own_client", selection="last")
                for t in (federated, single)]
        bench.check(last[0] and last[0] == last[1], f"client {k} alone is not its federation")
        bench.check(single["flops"] == federated["flops"], f"nor are its operations: {single} {federated}")
        sets = bench.dump(f"only{k}", federated["trial"])
        mine = [i for i, s in enumerate(together["own/source"][2]) if s in sets["own/source"][2]]
        n = len(together["own/source"][2])
        answers = [[d["own/predicted"][2][s * len(d["own/source"][2]) * len(d["own/condition"][2])
                                          + i] for i in samples]
                   for d, s, samples in ((together, 1, mine), (sets, 1, range(len(mine))))]
        bench.check(0 < len(mine) < n and answers[0] == answers[1],
                    f"client {k} among others is not client {k} alone: {answers}")


def diverged(bench):
    """A client with values that training does not survive is a constant predictor, and counted."""
    path, = bench.synth("wild")
    for k in (*range(12 * 5), *range(36 * 5, 48 * 5)):  # features of the clients 0 and 3
        bench.edit("set", path, "/modalities/feature/values", k, 3e38)
    bench.good("run", "one.yaml", "-o", "spoilt", "--no-report", "--set", "data.shards=wild",
               "--set", "controls=local_only", ranks=2)
    control, = trials(bench, "spoilt", "local_only")
    sets = bench.dump("spoilt", control["trial"])
    diverged = [k for k, flag in enumerate(sets["clients/diverged"][2]) if flag]
    bench.check(diverged and set(diverged) <= {0, 3}, f"diverged: {diverged}")
    rows = scores(bench, "spoilt", control["trial"], condition="trial", metric="accuracy")
    bench.check({r["status"] for r in rows} == {f"{len(diverged)} of 6 clients diverged"} and len(rows) == 2,
                f"diverged clients are not counted: {rows}")
    n = len(sets["own/label"][2])
    said = {p for p, h in zip(sets["own/predicted"][2][:n], sets["own/holder"][2]) if h in diverged}
    right = sum(p == t for p, t in zip(sets["own/predicted"][2][:n], sets["own/label"][2]))
    constant = sum(t in said for t in sets["own/label"][2]) / n
    bench.check(len(said) == 1 and float(rows[0]["value"]) == right / n
                and float(rows[0]["chance"]) == constant, f"constant predictors: {said}, {rows[0]}")


def spoilt_sets(bench):
    """The same of sets: a client that diverges says of each sample the classes that most training samples have, and has
    no scores."""
    rows = ["id,client,label,split,a"]
    for c in range(4):
        for k in range(12):
            value = (k % 5 - 2) * (1e38 if c == 2 else 1)
            bench.write(f"f{c}-{k}.npy", vector([value, c + k % 3]))
            rows.append(f"{c}-{k},q{c},{('u', 'u;v', 'v', 'u;w', 'w')[(c + k) % 5]},{'test' if c == 3 else 'dev' if c == 0 and k < 2 else 'train'},f{c}-{k}.npy")
    bench.write("labels.csv", "\n".join(rows) + "\n")
    bench.write("labels.yaml", "name: labels\ntask: multi_label\nclasses: [u, v, w]\nmodalities: {a: {kind: feature}}\n"
                               "inputs: [{reader: manifest, file: labels.csv}]\n")
    bench.good("import", "labels.yaml", "-o", "labels")
    bench.write("spoilt.yaml", """\
name: spoilt
seeds: [1]
data: {shards: labels, partition: {kind: natural, own_test: 0.34}}
model: {hidden: 2, head: 0, encoders: {a: {kind: identity}}}
training: {rounds: 1, clients_per_round: 1.0, local: {epochs: 1, batch: 4, lr: 0.1, clip_norm: 0}}
tests: {lost: {kind: missing_modality, modalities: [a], rate: 1}}
evaluate: {metrics: [accuracy, hamming, nll], save_scores: true}
controls: [local_only]
""")
    bench.good("run", "spoilt.yaml", "-o", "labelled", "--no-report")
    control, = trials(bench, "labelled", "local_only")
    held = bench.dump("labelled", control["trial"])
    bench.check([held["clients/name"][2][c] for c, bad in enumerate(held["clients/diverged"][2]) if bad] == ["q2"], "who diverged")
    own = held["own/source"][2]
    table = {row.split(",")[0]: row.split(",")[2].split(";") for row in rows[3:37]}
    trained = [labels for name, labels in table.items() if name not in own]
    constant = [int(2 * sum(c in labels for labels in trained) > len(trained)) for c in "uvw"]
    bench.check(len(trained) == 34 - len(own) and 0 < sum(constant) < 3, f"{constant} of {len(trained)}, {own[:3]}")
    n, said, score = len(own), held["own/predicted"][2], held["own/score"][2]
    theirs = [i for i in range(n) if held["clients/name"][2][held["own/holder"][2][i]] == "q2"]
    asked = range(len(said) // (3 * n))  # both models, under each condition
    sets = [said[3 * (row * n + i):3 * (row * n + i) + 3] for row in asked for i in theirs]
    bench.check(theirs and all(s == constant for s in sets), f"{sets[:3]}, most have {constant}")
    spoilt = {3 * (row * n + i) + k for row in asked for i in theirs for k in range(3)}
    bench.check(all((v != v) == (at in spoilt) for at, v in enumerate(score)), "scores of a client that diverged")
    truth = [[int(c in table[s]) for c in "uvw"] for s in own]
    right = sum(said[3 * i:3 * i + 3] == truth[i] for i in range(n)) / n
    rows = scores(bench, "labelled", control["trial"], condition="trial", metric="accuracy")
    bench.check({r["status"] for r in rows} == {"1 of 3 clients diverged"} and
                abs(float(rows[0]["value"]) - right) < 1e-12, f"{rows}, {right}")


def kinds(bench):
    """Every kind of partition, and sets of classes; some on three ranks as on one."""
    bench.synth("sets", task="multi_label", classes=4)
    lines = [f"c{k}/{i},g{(k + i) % 4}" for k in range(6) for i in range(2, 12)]
    bench.write("mixed.csv", "\n".join(["source,client", *lines]) + "\n")
    dealt = {"iid": "{kind: iid, clients: 5}", "dirichlet": "{kind: dirichlet, clients: 4, alpha: 1}",
             "file": "{kind: file, path: mixed.csv}", "sets": "{kind: quantity, clients: 4, sigma: 0.3}"}
    for name, partition in dealt.items():
        words = ["--set", f"data.partition={partition}", "--set", f"controls={CONTROLS[10:-1]}"]
        words += ["--set", "data.shards=sets"] if name == "sets" else []
        bench.good("run", "one.yaml", "-o", f"{name}-1", "--no-report", *words)
        if name in ("file", "sets"):  # the others: the study above, on 2 and 7
            bench.good("run", "one.yaml", "-o", f"{name}-3", "--no-report", *words, ranks=3)
            bench.same_tables(f"{name}-1", f"{name}-3", f"3 ranks, {name}")
        scopes = {r["scope"] for r in bench.rows(f"{name}-1", "scores.csv")}
        bench.check("own_client" in scopes and len(scopes) == 2, f"{name}: scopes {scopes}")


def report(bench):
    """Controls stand beside the curves that there were before and change nothing in them."""
    bench.write("plain.yaml", STUDY)
    bench.good("run", "plain.yaml", "-o", "plain", "--set", "data.partition.own_test=0.2")
    figures = sorted(p.name for p in (bench.folder / "plain" / "figures").glob("curve*.csv"))
    bench.check(figures, "no figures")
    for name in figures:
        left, right = (bench.rows(f, f"figures/{name}") for f in ("plain", "r1"))
        drawn = {r["series"] for r in right if r["control"] == "1"}
        bench.check(left == [r for r in right if r["control"] == "0"],
                    f"controls change figures/{name}")
        bench.check(any(s.endswith(" alone") for s in drawn) and "no modality at test" in drawn,
                    f"figures/{name}: controls {sorted(drawn)}")
    names = [{r["trial"] for r in trials(bench, f, "")} for f in ("plain", "r1")]
    bench.check(len(names[0]) == 8, "trials")


def refusals(bench):
    cases = {"unknown": ("controls: [unimodel]\n", ["unimodel", "unimodal"]),
             "twice": ("controls: [clean, clean]\n", ["controls", "'clean' stands twice"]),
             "no own": ("controls: [local_only]\n", ["own_test", "local_only"]),
             "colon": ("", ["'a:b'", "colon"]), "reserved": ("", ["'all_missing'"]),
             "swept": ("controls: [clean]\n", ["controls", "study as a whole"])}
    for name, (controls, parts) in cases.items():
        text = STUDY + controls
        if name == "no own":
            text = change(text, "shards: data", "shards: data, partition: {own_test: 0}")
        if name in ("colon", "reserved"):
            text = change(text, "  gone:", "  'a:b':" if name == "colon" else "  all_missing:")
        if name == "swept":
            text = change(text, "lost.rate: [0, 0.4]", "controls: [[clean], [unimodal]]")
            text = change(text, "reference: {method: att, lost.rate: 0}\n", "")
        bench.write("bad.yaml", text)
        bench.refused(name, bench.run("run", "bad.yaml", "-o", "out"), parts)


def main():
    bench = Bench()
    bench.synth()
    bench.parts(ranks_and_resume, rows_of_controls, unimodal, masks, clean, own_samples,
                alone_as_federated, diverged, spoilt_sets, kinds, report, refusals)
    bench.end()


if __name__ == "__main__":
    main()
