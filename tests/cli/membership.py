#!/usr/bin/env python3
"""Membership inference, end to end: membership.csv against a second implementation, from results.h5 alone; the same
bytes on several ranks, after a kill and merged; chance where nothing was learnt; what makes no sense is refused."""
import json
import math
import statistics

from bench import Bench, change

BASE = """\
name: member
seeds: {trial: [1, 2, 3, 4, 5, 6], corruption: fixed}
data: {shards: data, modalities: [feature]}
model: {hidden: 48, head: 32, dropout: 0, fusion: concat, encoders: {feature: {kind: mlp, units: 48}}}
training: {rounds: 8, clients_per_round: 1.0, local: {epochs: 10, batch: 5, lr: 0.1, weight_decay: 0}}
membership: {held_out: 0.5}
corruption: [{id: wrong, kind: label_noise, rate: 0.4}]
evaluate: {every: 8, metrics: [accuracy], groups: [site]}
"""


def area(score, member):
    pairs = [(a > b) + (a == b) / 2 for a, i in zip(score, member) if i for b, j in zip(score, member) if not j]
    return sum(pairs) / len(pairs)


def tpr(score, member, fpr):
    ins = [s for s, i in zip(score, member) if i]
    outs = [s for s, i in zip(score, member) if not i]
    best = 0
    for t in sorted(set(score)):
        if sum(s >= t for s in outs) <= fpr * len(outs):
            best = max(best, sum(s >= t for s in ins) / len(ins))
    return best


def lira(of, target, sample, pooled, online):
    """As in the paper, with one deviation for all samples; None without shadows."""
    seen = [[odds[sample] for name, (odds, member) in of.items()
             if name != target and sample in odds and member[sample] == i] for i in (0, 1)]
    phi = of[target][0][sample]
    if not seen[0] or online and not seen[1]:
        return None
    z = [(phi - statistics.fmean(v)) / s if v else 0 for v, s in zip(seen, pooled)]
    return z[0] ** 2 / 2 - z[1] ** 2 / 2 + math.log(pooled[0] / pooled[1]) if online else z[0]


def pooled_of(of, target, samples):
    out = []
    for i in (0, 1):
        squares = freedom = 0
        for s in samples:
            v = [odds[s] for name, (odds, member) in of.items() if name != target and s in odds and member[s] == i]
            if v:
                squares += sum((x - statistics.fmean(v)) ** 2 for x in v)
                freedom += len(v) - 1
        out.append(math.sqrt(squares / freedom))
    return out


def area_online(of, target):
    odds, member = of[target]
    pooled = pooled_of(of, target, sorted(odds))
    score = {s: lira(of, target, s, pooled, True) for s in sorted(odds)}
    who = [s for s in score if score[s] is not None]
    return area([score[s] for s in who], [member[s] for s in who])


def second_implementation(bench):
    bench.write("a.yaml", BASE)
    bench.good("run", "a.yaml", "-o", "a", "--no-report")
    rows = {(r["trial"], r["selection"], r["attack"], r["group"], r["metric"], r["fpr"]): r
            for r in bench.rows("a", "membership.csv")}
    names = [r["trial"] for r in bench.rows("a", "trials.csv")]
    dumps = {name: bench.dump("a", name) for name in names}
    bench.check({r["samples_train"] for r in bench.rows("a", "trials.csv")} == {"30"}, "half of 60 samples train")
    for d in dumps.values():
        bench.check(sum(d["clients/samples"][2]) == 30 and sum(d["membership/member"][2]) == 30, "30 are members")
    for r in bench.rows("a", "scores.csv"):  # what nobody trained on has no say in what is said without learning
        d = dumps[r["trial"]]
        counts, labels = d["train/class_samples"][2], d["test/label"][2]
        share = labels.count(counts.index(max(counts))) / len(labels)
        bench.check(sum(counts) == 30 and (r["group"] != "all" or abs(float(r["chance"]) - share) < 1e-12), f"{r}: {counts}, {share}")
    of = {}
    for name, d in dumps.items():  # the last row of odds is of the last model
        sample, n = d["membership/sample"][2], len(d["membership/sample"][2])
        of[name] = dict(zip(sample, d["membership/log_odds"][2][n:])), dict(zip(sample, d["membership/member"][2]))
    checked = 0
    for target in (names[0], names[4]):
        odds, member = of[target]
        samples = sorted(odds)
        site = dict(zip(dumps[target]["membership/sample"][2], dumps[target]["membership/group/site"][2]))
        values = dumps[target]["membership/group_values/site"][2]
        pooled = pooled_of(of, target, samples)
        scores = {"loss_threshold": {s: odds[s] for s in samples},
                  "lira_offline": {s: lira(of, target, s, pooled, False) for s in samples},
                  "lira_online": {s: lira(of, target, s, pooled, True) for s in samples}}
        for attack, score in scores.items():
            for group in ["all", *values]:
                who = [s for s in samples if score[s] is not None and group in ("all", values[site[s]])]
                name = group if group == "all" else f"site={group}"
                row = rows[target, "last", attack, name, "roc_auc", ""]
                ins = [member[s] for s in who]
                bench.check((int(row["members"]), int(row["nonmembers"])) == (sum(ins), len(ins) - sum(ins)), f"{row}")
                want = area([score[s] for s in who], ins)
                bench.check(abs(float(row["value"]) - want) < 1e-9, f"{row}: {want}")
                row = rows[target, "last", attack, name, "tpr", "0.2"]
                want = tpr([score[s] for s in who], ins, 0.2)
                bench.check(abs(float(row["value"]) - want) < 1e-9, f"{row}: {want}")
                checked += 1
    bench.check(checked == 18, f"{checked} attacks looked at")
    fewest = min(int(r["nonmembers"]) * float(r["fpr"]) for r in rows.values() if r["fpr"])
    bench.check(fewest >= 1, "no rate below one non-member")
    key = "last", "lira_online", "all", "roc_auc", ""
    areas = [float(rows[(n, *key)]["value"]) for n in names]
    rest = {name: seen for name, seen in of.items() if name != names[2]}
    without = statistics.fmean(area_online(rest, target) for target in rest)
    want, got = 6 * statistics.fmean(areas) - 5 * without, float(rows[(names[2], *key)]["pseudo"])
    bench.check(abs(want - got) < 1e-9, f"pseudo-value of a training: {got}, not {want}")
    bench.check(all(r["pseudo"] == r["value"] for r in rows.values() if r["attack"] == "loss_threshold"), "no shadows")
    for attack in ("loss_threshold", "lira_offline"):
        key = "last", attack, "all", "roc_auc", ""
        mean, scatter = (fold(float(rows[(n, *key)][column]) for n in names)
                         for fold, column in ((statistics.fmean, "value"), (statistics.stdev, "pseudo")))
        low = mean - 2.571 * scatter / math.sqrt(len(names))
        print(f"overfitted: {attack} {mean:.3f}, from {low:.3f} on")
        bench.check(low > 0.5, f"models that overfit wrong labels tell of their members: {attack} {mean} {low}")


def same_everywhere(bench):
    first = (bench.folder / "a" / "membership.csv").read_bytes()
    bench.good("run", "a.yaml", "-o", "a7", "--no-report", "--ranks-per-trial", 7, ranks=7)  # one without a client
    bench.killed("ak", "run", "a.yaml", "--no-report")
    bench.good("run", "a.yaml", "-o", "ak", "--resume", "--no-report")
    for share in (1, 2):
        bench.run("run", "a.yaml", "-o", f"h{share}", "--share", f"{share}/2", "--no-report")
    bench.good("merge", "h1", "h2", "-o", "am")
    for other in ("a7", "ak", "am"):
        bench.check((bench.folder / other / "membership.csv").read_bytes() == first, f"membership.csv of {other}")
        bench.same_tables("a", other, other)


def changed_table(bench):
    """Neither what a run wrote with another byte, nor unnoticed what the list of the folder lacks."""
    table = bench.folder / "ak" / "membership.csv"
    whole = table.read_bytes()
    table.write_bytes(whole + b"\n")
    bench.refused("a changed table", bench.run("report", "ak"), ["membership.csv: not as it was written"], absent=("ak/report.html",))
    table.write_bytes(whole)


def asked_anew(bench):
    """Centres belong to the tables, and not to the training; groups may come later."""
    names = [r["trial"] for r in bench.rows("a", "trials.csv")]
    bench.write("m.yaml", change(change(BASE, "0.5}", "0.5, centre: medians, deviation: each}"), ", groups: [site]", ""))
    result = bench.good("run", "m.yaml", "-o", "m", "--no-report")
    bench.check(names == [r["trial"] for r in bench.rows("m", "trials.csv")], "the same trainings")
    bench.check({r["group"] for r in bench.rows("m", "membership.csv")} == {"all"}, "nobody asks for groups")
    bench.check("few shadows" in result.stderr, f"6 seeds are few: {result.stderr}")
    bench.good("evaluate", "m", "--groups", "site", "--no-report")
    bench.check({r["group"] for r in bench.rows("m", "membership.csv")} == {"all", "site=site0", "site=site1"}, "groups")
    plain = [(r["trial"], r["value"]) for r in bench.rows("a", "membership.csv") if r["attack"] == "loss_threshold"]
    again = [(r["trial"], r["value"]) for r in bench.rows("m", "membership.csv") if r["attack"] == "loss_threshold"]
    bench.check(plain == again, "what kept models say is what they said")


def nothing_learnt(bench):
    """A model that never moved knows nobody: each attack within five deviations of chance, over all trials."""
    bench.write("still.yaml", change(change(BASE, "lr: 0.1", "lr: 1e-8"), "rounds: 8", "rounds: 1").replace("every: 8", "every: 1"))
    bench.good("run", "still.yaml", "-o", "still", "--no-report")
    for attack in ("loss_threshold", "lira_offline", "lira_online"):
        areas = [float(r["value"]) for r in bench.rows("still", "membership.csv")
                 if (r["attack"], r["group"], r["metric"], r["selection"]) == (attack, "all", "roc_auc", "last")]
        mean, deviation = statistics.fmean(areas), math.sqrt(61 / (12 * 30 * 30)) / math.sqrt(len(areas))
        print(f"still: {attack} {mean:.3f}")
        bench.check(abs(mean - 0.5) < 5 * deviation, f"{attack}: {areas}")


def told(bench):
    """The report and the terminal, from the same folder."""
    bench.good("report", "a")
    keys = json.loads(bench.good("show", "a", "--json").stdout)["studies"][0]
    bench.check(len(keys["membership"]) == 9 and keys["membership"][0]["seeds"] == 6, f"{keys['membership']}")
    got = {(m["attack"], m["group"]): m["roc_auc"]["value"] for m in keys["membership"]}
    areas = [float(r["value"]) for r in bench.rows("a", "membership.csv")
             if (r["selection"], r["attack"], r["group"], r["metric"]) == ("best", "lira_online", "site=site1", "roc_auc")]
    bench.check(abs(got["lira_online", "site=site1"] - statistics.fmean(areas)) < 1e-12, f"{got}")
    bench.check("Who was in the training" in bench.good("show", "a").stdout, "a line of the terminal")
    page = (bench.folder / "a" / "report.html").read_text(encoding="utf-8")
    bench.check("Membership inference" in page and (bench.folder / "a" / "tables" / "members.csv").exists(), "the page")


def refusals(bench):
    bench.write("off.yaml", change(BASE, "membership: {held_out: 0.5}\n", ""))
    bench.write("zero.yaml", change(BASE, "held_out: 0.5", "held_out: 0, centre: medians"))
    bench.good("run", "off.yaml", "-o", "off", "--no-report")
    bench.good("run", "zero.yaml", "-o", "zero", "--no-report")
    bench.same_tables("off", "zero", "held_out: 0")
    bench.check(not (bench.folder / "zero" / "membership.csv").exists(), "no attack, no table")
    for seeds, words in (("[1, 2]", "too few to be each other's shadows"), ("[1, 2, 3, 4]", "few shadows")):
        bench.write("few.yaml", change(BASE, "[1, 2, 3, 4, 5, 6]", seeds))
        result = bench.good("check", "few.yaml")
        bench.check(words in " ".join((result.stdout + result.stderr).split()), f"{seeds}: {result.stderr}")
        bench.check("30 training samples of 60 held out" in " ".join(result.stdout.split()), result.stdout)
    for sets, words in ((["training.private.blocks=[head]"], ["membership.held_out", "no whole model is released"]),
                        (["membership.held_out=0.01"], ["membership.held_out", "less than one"]),
                        (["membership.held_out=1"], ["membership.held_out", "0.9"])):
        bench.refused(str(sets), bench.run("check", "a.yaml", *(w for s in sets for w in ("--set", s))), words)
    bench.synth("sets", task="multi_label", modalities='["feature:5"]')
    bench.write("sets.yaml", change(BASE, "data: {shards: data", "data: {shards: sets").replace("label_noise", "missing_label"))
    bench.refused("sets", bench.run("check", "sets.yaml"), ["membership.held_out", "sets of classes"])


bench = Bench()
bench.synth()
bench.parts(second_implementation, same_everywhere, changed_table, told, asked_anew, nothing_learnt, refusals)
bench.end()
