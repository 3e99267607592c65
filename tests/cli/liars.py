#!/usr/bin/env python3
"""Clients that attack, and rules that look at single updates, end to end: the same bytes on several ranks, after a
kill and merged; who attacks nests in the fraction; influence.csv adds up; what makes no sense is refused. Clients that
are not seen: the same bytes as of sums that are. And client-level privacy, whose table is the one that check promised."""
import csv
import json

from bench import SCENARIO, SYNTH, Bench, change

BASE = change(SCENARIO, "seeds: {trial: [3, 5], partition: fixed, corruption: per_trial}", "seeds: [3, 5]")
BASE = BASE[:BASE.index("methods:")]
PLAIN = "training: {rounds: 3, clients_per_round: 0.6, local: {epochs: 1, batch: 5, lr: 0.05}}"
LOST = "corruption: [{id: lost, kind: missing_modality, unit: client, at: train, modalities: [series], rate: 0.3}]\n"
END = "evaluate: {every: 1, metrics: [accuracy]}\n"


def study(aggregation, attack, more="clients_per_round: 1.0, server: {algorithm: fedavg}"):
    return change(BASE, PLAIN, f"training: {{rounds: 4, local: {{epochs: 1, batch: 6, lr: 0.05}}, {more}, "
                  f"aggregation: {aggregation}, attack: {attack}}}") + END


def same_everywhere(bench):
    """A rule that remembers, an attack that remembers, and one that asks the rule; blocks that few hold."""
    for name, aggregation, attack in (
            ("mimic", "{rule: centered_clipping, tau: 0.1, pre: [nnm], f: 1, blocks: holders}", "{kind: mimic, who: 0.34}"),
            ("alie", "{rule: trimmed_mean, f: 1}", "{kind: alie, choose: searched, who: {clients: [c2]}}"),
            ("rider", "{rule: fltrust, root: c0}", "{kind: free_rider, who: {clients: [c1, c3]}}")):
        bench.write(f"{name}.yaml", study(aggregation, attack) if name != "mimic" else
                    study(aggregation, attack, "clients_per_round: 4, server: {algorithm: fedavgm}") + LOST)
        bench.good("run", f"{name}.yaml", "-o", f"{name}1", "--no-report")
        bench.good("run", f"{name}.yaml", "-o", f"{name}3", "--no-report", ranks=3)
        bench.killed(f"{name}k", "run", f"{name}.yaml", "--no-report")
        bench.good("run", f"{name}.yaml", "-o", f"{name}k", "--resume", "--no-report")
        bench.good("merge", f"{name}1", "-o", f"{name}m", "--no-report")
        first = (bench.folder / f"{name}1" / "influence.csv").read_bytes()
        for other in ("3", "k", "m"):
            bench.check((bench.folder / f"{name}{other}" / "influence.csv").read_bytes() == first, f"influence.csv of {name}{other}")
        for other in ("3", "k"):
            bench.same_tables(f"{name}1", f"{name}{other}", f"{name}{other}")


def influence(bench):
    """Parts of all clients together are one each; whom krum left out had none."""
    for r in bench.rows("alie1", "influence.csv"):
        bench.check(0 <= float(r["rejected"]) <= float(r["halved"]) <= 1 and int(r["clients"]) > 0, f"{r}")
    by = {}
    for r in bench.rows("alie1", "influence.csv"):
        if r["of"] == "clients":
            n, total = by.get(r["trial"], (0, 0))
            by[r["trial"]] = n + int(r["updates"]), total + int(r["updates"]) * float(r["influence"])
    blocks = [r for r in bench.rows("mimic1", "influence.csv") if r["of"] == "at rest"]
    bench.check(len(blocks) == 4 and all(r["rejected"] == "0" for r in blocks if r["value"] == "feature"), f"{blocks}")
    bench.check(any(0 < float(r["rejected"]) < 1 for r in blocks if r["value"] == "series"), f"{blocks}")
    bench.check(len(by) == 2 and all(n == 24 and abs(total - n) < 1e-9 for n, total in by.values()), f"{by}")
    bench.check({r["attackers"] for r in bench.rows("alie1", "rounds.csv")} == {"1"}, "one of six attacks in every round")
    bench.write("krum.yaml", study("{rule: krum, f: 1}", "{kind: sign_flip, scale: 100, who: {clients: [c2]}}"))
    bench.good("run", "krum.yaml", "-o", "krum", "--no-report")
    rows = {r["value"]: r for r in bench.rows("krum", "influence.csv") if r["of"] == "clients"}
    bench.check(float(rows["attackers"]["rejected"]) == 1 and float(rows["attackers"]["influence"]) == 0, f"{rows}")
    bench.check(abs(float(rows["honest"]["rejected"]) - 0.8) < 1e-9, f"{rows}")


def reported(bench):
    """The report and `fray show` have what influence.csv says: means of seeds, by kind of clients."""
    want = {}
    for r in bench.rows("krum", "influence.csv"):
        want.setdefault(f"{r['of']}={r['value']}", []).append(float(r["rejected"]))
    said = bench.good("show", "krum")
    bench.check("turned down 80.0 % of honest clients, 100.0 % of attackers" in " ".join(said.stdout.split()), said.stdout)
    study = json.loads(bench.good("show", "krum", "--json").stdout)["studies"][0]
    shown = {f"{r['of']}={r['value']}": r["rejected"]["value"] for r in study["updates"]}
    bench.good("report", "krum", "-o", "krum-page")
    with open(bench.folder / "krum-page/tables/measures.csv", newline="", encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["measure"] == "rejected"]
    told = {r["group"]: float(r["value"]) for r in rows}
    mean = {kind: sum(v) / len(v) for kind, v in want.items()}
    bench.check(all(not r["metric"] and not r["scope"] for r in rows), f"{rows}")
    for found in (shown, told):
        bench.check(found.keys() == mean.keys() and all(abs(found[k] - mean[k]) < 1e-12 for k in mean), f"{found} {mean}")
    bench.check((bench.folder / "krum-page/tables/updates.csv").exists(), "no table of updates")


def by_group(bench):
    """Whoever has samples of a group's value attacks, as if named; entries must all fit; nobody is warned of."""
    def rounds(name, who):
        bench.write(f"{name}.yaml", study("{rule: median}", f"{{kind: sign_flip, who: {who}}}"))
        bench.good("run", f"{name}.yaml", "-o", name, "--no-report")
        return [{k: v for k, v in r.items() if k != "trial"} for r in bench.rows(name, "rounds.csv")]
    sites = [rounds(f"site{k}", f"{{site: site{k}}}") for k in (0, 1)]
    named = [rounds(f"named{k}", f"{{clients: [{', '.join(f'c{c}' for c in range(k, 6, 2))}]}}") for k in (0, 1)]
    bench.check(sites == named and sites[0] != sites[1], "attackers by site are others than by name")
    bench.check(all({r["attackers"] for r in bench.rows(f"site{k}", "rounds.csv")} == {"3"} for k in (0, 1)), "three of each site")
    bench.write("site0.yaml", study("{rule: median}", "{kind: sign_flip, who: {site: site0, clients: [c1, c3]}}"))
    said = " ".join(bench.good("check", "site0.yaml").stderr.split())
    bench.check("training.attack.who: no client attacks" in said, said)
    bench.write("site0.yaml", study("{rule: median}", "{kind: sign_flip, who: {site: nowhere}}"))
    bench.refused("a site", bench.run("check", "site0.yaml"), ["who.site: there is no 'nowhere'; there are 'site0', 'site1'"])


def nothing_changes_without(bench):
    """Nobody attacks with who: 0, and a sign flip that nobody makes is the plain study to the byte."""
    bench.write("plain.yaml", study("{rule: median}", "{}"))
    bench.write("nobody.yaml", study("{rule: median}", "{kind: sign_flip, who: 0}"))
    bench.good("run", "plain.yaml", "-o", "plain", "--no-report")
    bench.good("run", "nobody.yaml", "-o", "nobody", "--no-report")
    plain, nobody = ([{k: v for k, v in r.items() if k != "trial"} for r in bench.rows(d, "rounds.csv")] for d in ("plain", "nobody"))
    bench.check(plain == nobody, "who: 0 changed the rounds")


def masked(bench):
    """Masks leave the scores of the same sums without them; who falls out is counted; kills, ranks and merging change nothing."""
    text = study("{}", "{}", "clients_per_round: 1.0, availability: {dropout: {p: 0.2}}, secure_aggregation: {protocol: masked}")
    bench.write("masked.yaml", text)
    said = bench.good("check", "masked.yaml")
    bench.check("masked, 5 of 6 must send" in " ".join(said.stdout.split()) and "count nobody" in said.stderr, said.stdout + said.stderr)
    bench.good("run", "masked.yaml", "-o", "masked1", "--no-report")
    bench.good("run", "masked.yaml", "-o", "masked3", "--no-report", ranks=3)
    bench.killed("maskedk", "run", "masked.yaml", "--no-report")
    bench.good("run", "masked.yaml", "-o", "maskedk", "--resume", "--no-report")
    bench.good("merge", "masked1", "-o", "maskedm", "--no-report")
    first = (bench.folder / "masked1" / "secure.csv").read_bytes()
    for other in ("3", "k", "m"):
        bench.check((bench.folder / f"masked{other}" / "secure.csv").read_bytes() == first, f"secure.csv of masked{other}")
    for other in ("3", "k"):
        bench.same_tables("masked1", f"masked{other}", f"masked{other}")
    rows, rounds = bench.rows("masked1", "secure.csv"), bench.rows("masked1", "rounds.csv")
    lost = sum(int(r["cohort"]) < 5 for r in rounds)  # 0.67 of 6, rounded up
    bench.check(0 < lost < 8 and sum(int(r["lost"]) for r in rows) == lost, f"{lost} of 8 rounds lost, {rows}")
    bench.check(sum(int(r["keys"]) for r in rows) == 48, f"{rows}")
    bench.check(sum(int(r["sent"]) for r in rows) == sum(int(r["cohort"]) for r in rounds), f"{rows}")
    bench.check({r["train_loss"] == "" for r in rounds if int(r["cohort"]) < 5} == {True}, "a lost round has no loss")
    masks = "protocol: masked, threshold: 2"
    bench.write("two.yaml", change(text, "protocol: masked", masks))
    bench.write("open.yaml", change(text, "protocol: masked", change(masks, "masked", "open")))
    for name in ("two", "open"):
        bench.good("run", f"{name}.yaml", "-o", name, "--no-report")
    two, plain = ([{k: v for k, v in r.items() if k not in ("trial", "bytes_up", "bytes_down")} for r in bench.rows(d, "rounds.csv")]
                  for d in ("two", "open"))
    bench.check(two == plain and len(two) == 8, "masks changed the rounds")
    for words, keys in ((["2^63"], "protocol: masked, exponent: 60"), (["threshold", "7", "6 at most"], "protocol: masked, threshold: 7"),
                        (["maskd", "masked"], "protocol: maskd"), (["(0, 1000000]"], "protocol: masked, clip: 0")):
        bench.write("bad.yaml", change(text, "protocol: masked", keys))
        bench.refused(keys, bench.run("run", "bad.yaml", "-o", "none"), words)
        bench.check(not (bench.folder / "none").exists(), "a refused study leaves nothing")


def refused(bench):
    for what, text, words in (
            ("nobody named", study("{}", "{kind: ipm}"), ["training.attack.who"]),
            ("no kind", study("{}", "{who: 0.2}"), ["training.attack.kind is no_attack"]),
            ("a fraction", study("{}", "{kind: ipm, who: 1.2}"), ["1.2", "[0, 1]"]),
            ("no such client", study("{}", "{kind: ipm, who: {clients: [c99]}}"), ["c99"]),
            ("a group", study("{}", "{kind: ipm, who: {accents: x}}"), ["accents"]),
            ("too few", study("{rule: bulyan, f: 1}", "{}"), ["bulyan needs at least 7"]),
            ("all lie", study("{rule: median, pre: [nnm], f: 6}", "{}"), ["nnm", "6"]),
            ("buckets", study("{rule: krum, pre: [{kind: bucketing, size: 3}], f: 1}", "{}"), ["krum needs at least 5", "left"]),
            ("no root", study("{rule: fltrust, root: c99}", "{}"), ["c99"]),
            ("scaffold", study("{}", "{kind: ipm, who: 0.2}", "server: {algorithm: scaffold}"), ["scaffold"]),
            ("rule and scaffold", study("{pre: [nnm]}", "{}", "server: {algorithm: scaffold}"), ["nnm"]),
            ("blocks", study("{blocks: holders, pre: [nnm], f: 1}", "{}") + LOST.replace("0.3", "0.9"), ["series", "a majority needs 3"]),
            ("unknown", study("{rule: krumm}", "{}"), ["krumm", "krum"])):
        bench.write("bad.yaml", text)
        bench.refused(what, bench.run("check", "bad.yaml"), words)
    bench.write("many.yaml", study("{rule: trimmed_mean, f: 1}", "{kind: ipm, who: 0.5}", "clients_per_round: 3"))
    said = bench.good("check", "many.yaml")
    bench.check("more clients attack than" in said.stdout + said.stderr and "3 attack (ipm)" in said.stdout, said.stdout)
    bench.write("fixed.yaml", study("{rule: trimmed_mean, f: 1}", "{kind: ipm, who: 0.34, attackers_per_round: fixed}", "clients_per_round: 3"))
    bench.good("run", "fixed.yaml", "-o", "fixed", "--no-report")
    bench.check({r["attackers"] for r in bench.rows("fixed", "rounds.csv")} == {"1"}, "fixed is not fixed")
    # What is done already is no advice: of three two attack, which is more than f.
    bench.check("fixed keeps to their share" in " ".join((said.stdout + said.stderr).split()), said.stderr)
    bench.write("fixed.yaml", study("{rule: trimmed_mean, f: 1}", "{kind: ipm, who: 0.67, attackers_per_round: fixed}", "clients_per_round: 3"))
    said = " ".join(bench.good("check", "fixed.yaml").stderr.split())
    bench.check("more clients attack than" in said and "keeps to their share" not in said, said)


def private(bench):
    """Client-level privacy: check promises what privacy.csv has, which is the same on any ranks, after a kill, merged."""
    text = change(BASE, PLAIN, "training: {rounds: 4, clients_per_round: 0.5, local: {epochs: 1, batch: 6, lr: 0.05}, server: fedavgm, "
                  "on_nonfinite: exclude, privacy: {clip: 0.02, epsilon: 20}}") + END.replace("every: 1", "every: 4")
    bench.write("dp.yaml", text)
    plan = json.loads(bench.good("check", "dp.yaml", "--json").stdout)["cells"][0]["privacy"]
    said = " ".join(bench.good("check", "dp.yaml").stdout.split())
    for words in ("each with a chance of 0.5, 3 a round on average", f"epsilon {plan['epsilon_pld']:.4g} by privacy loss",
                  "noise length z C sqrt(P) / (q N)"):
        bench.check(words in said, f"'{words}' is not in: {said}")
    bench.check(19.9 < plan["epsilon_pld"] <= 20 < plan["epsilon_rdp"] < plan["epsilon_rdp_classic"], f"{plan}")
    bench.good("run", "dp.yaml", "-o", "dp1", "--no-report")
    bench.good("run", "dp.yaml", "-o", "dp3", "--no-report", ranks=3)
    bench.killed("dpk", "run", "dp.yaml", "--no-report")
    bench.good("run", "dp.yaml", "-o", "dpk", "--resume", "--no-report")
    bench.good("merge", "dp1", "-o", "dpm")
    first = (bench.folder / "dp1" / "privacy.csv").read_bytes()
    for other in ("3", "k", "m"):
        bench.check((bench.folder / f"dp{other}" / "privacy.csv").read_bytes() == first, f"privacy.csv of dp{other}")
    for other in ("3", "k"):
        bench.same_tables("dp1", f"dp{other}", f"dp{other}")
    for row in bench.rows("dp1", "privacy.csv"):
        for key in ("q", "z", "clip", "delta", "epsilon_pld", "epsilon_rdp", "epsilon_rdp_classic", "noise_length"):
            bench.check(float(row[key]) == plan[key], f"{key}: {row[key]}, not {plan[key]}")
        came = sum(int(r["cohort"]) for r in bench.rows("dp1", "rounds.csv") if r["trial"] == row["trial"])
        bench.check(row["rounds_run"] == "4" and came <= int(row["updates"]) and 0 < float(row["clipped"]) <= 1, f"{row}")


def reported_budgets(bench):
    """Table, figure, terminal and JSON: epsilons are those of privacy.csv, scores those of scores.csv, by hand."""
    bench.synth("people", test_clients=12, dev_clients=2, dev_fraction=0)
    text = change(BASE, PLAIN, "training: {rounds: 3, clients_per_round: 0.8, local: {epochs: 1, batch: 6, lr: 0.05}, "
                  "on_nonfinite: exclude, privacy: {clip: 0.1, epsilon: 20}}") + END.replace("]}", "], groups: [site]}")
    bench.write("budgets.yaml", change(text, "shards: data", "shards: people") + "sweep: [grid: {training.privacy.epsilon: [.inf, 20, 200]}]\n")
    bench.good("run", "budgets.yaml", "-o", "budgets")
    folder, scores = bench.folder / "budgets", bench.rows("budgets", "scores.csv")
    spent = {r["trial"]: float(r["epsilon_pld"]) for r in bench.rows("budgets", "privacy.csv")}
    by = {}  # epsilon asked for, group -> values of the seeds
    key = "training.privacy.epsilon"
    cell = {r["trial"]: r[key] for r in bench.rows("budgets", "trials.csv")}
    for r in scores:
        if r["selection"] == "best" and r["metric"] == "accuracy" and r["scope"] == "unseen_clients":
            by.setdefault(cell[r["trial"]], {}).setdefault(r["group"], []).append(float(r["value"]))
    with open(folder / "tables" / "privacy.csv", newline="") as file:
        table = {(r["model"], r["measure"]): r for r in csv.DictReader(file)}
    for asked, name in ((".inf", ".inf"), ("20", "epsilon 20"), ("200", "epsilon 200")):
        mean = {g: 100 * sum(v) / len(v) for g, v in by[asked].items()}
        worst = min(v for g, v in mean.items() if g.startswith("site="))
        for measure, value in (("score", mean["all"]), ("worst", worst)):
            bench.check(abs(float(table[name, measure]["value"]) - value) < 1e-9, f"{name} {measure}: {table[name, measure]}, not {value}")
        epsilon = max(spent[t] for t in cell if cell[t] == asked)
        said = table[name, "epsilon_pld"]["value"]
        bench.check((said == "" and asked == ".inf") or abs(float(said) - epsilon) < 1e-9, f"{name}: {said}, not {epsilon}")
    with open(next((folder / "figures").glob("epsilon*.csv")), newline="") as file:
        figure = list(csv.DictReader(file))
    bench.check([r["x"] for r in figure if r["series"] == "all"] == ["20", "200", "no noise"], f"{figure}")
    shown = json.loads(bench.good("show", "budgets", "--json").stdout)
    shown = (shown["studies"] if "studies" in shown else [shown])[0]["privacy"]
    bench.check([r["keys"][key] for r in shown] == [".inf", "20", "200"] and shown[0]["epsilon_pld"] is None
                and 19.9 < shown[1]["epsilon_pld"] <= 20 < shown[1]["epsilon_rdp"], f"{shown}")
    said = " ".join(bench.good("show", "budgets").stdout.split())
    bench.check(".inf: no noise, no epsilon" in said and "epsilon 20: 20 (Renyi" in said, said)
    page = (folder / "report.html").read_text()
    bench.check("Privacy" in page and "nobody is protected by these runs" in page, "the page has no part on privacy")


def changed_tables(bench):
    """What a report reads is what a run wrote: a byte more is refused, and a table that the list lacks is named."""
    for folder, tables in (("mimic1", {"influence.csv", "conditions.csv"}), ("masked1", {"secure.csv", "participation.csv"}), ("dp1", {"privacy.csv"})):
        sums = bench.folder / folder / "checksums.txt"
        text = sums.read_text()
        for name in sorted(tables):
            path = bench.folder / folder / name
            whole = path.read_bytes()
            path.write_bytes(whole + b"\n")
            bench.refused(f"a changed {name}", bench.run("report", folder), [f"{name}: not as it was written"],
                          absent=(f"{folder}/report.html",))
            path.write_bytes(whole)
        sums.write_text("".join(w for w in text.splitlines(keepends=True) if not any(f"  {n}" in w for n in tables)))
        said = bench.good("show", folder).stderr
        sums.write_text(text)
        told = [w for w in said.splitlines() if "without a line in checksums.txt" in w]
        bench.check(len(told) == 1 and all(n in told[0] for n in tables), f"{folder}: {said}")


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    bench.parts(same_everywhere, influence, by_group, reported, nothing_changes_without, masked, refused, private, changed_tables,
                reported_budgets)
    bench.end()


main()
