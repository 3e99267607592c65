#!/usr/bin/env python3
"""Whom damage hits, and when: dev alone, clients by name, each value of a group in turn, the samples of
another entry; the same bytes on any ranks, and from the ledger."""
import json

from bench import Bench, change

SYNTH = {"clients": 7, "test_clients": 3, "samples": 14, "classes": 3, "sites": 2, "audio_rate": 8000,
         "modalities": '["audio:1600", "series:40x6"]'}
SCENARIO = """\
name: whom
seeds: {trial: [3], partition: fixed, corruption: per_trial}
data: {shards: data, features: {audio: {bands: 8}}}
model:
  hidden: 8
  head: 6
  encoders: {audio: {kind: conv_gru, filters: [4], kernel: 3}, series: {kind: conv_gru, filters: [4], kernel: 3}}
training: {rounds: 3, clients_per_round: 0.6, local: {epochs: 1, batch: 5, lr: 0.05}}
corruption:
  - {id: hum, kind: pink_noise, snr_db: 5, rate: 0.4, at: train}
  - {id: gone, kind: missing_modality, modalities: [series], with: hum, at: train}
  - {id: clip, kind: clipping, severity: 3, at: train, who: {clients: [c1, c4]}}
tests:
  band: {kind: pink_noise, snr_db: [20, 0], who: {each: site}}
  both: [{id: a, kind: clipping, severity: 4, rate: 0.5}, {kind: missing_modality, modalities: [series], with: a}]
evaluate: {every: 1, metrics: [accuracy, nll], groups: [site], save_ledger: true}
"""
DEV = "  - {id: early, kind: pink_noise, snr_db: -10, at: dev}\n"
EACH = "band: {kind: pink_noise, snr_db: [20, 0], who: {each: site}}"


def ranks(bench):
    bench.good("run", "s.yaml", "-o", "r1")
    for n in (3,):
        bench.good("run", "s.yaml", "-o", f"r{n}", "--no-report", ranks=n)
        bench.same_tables("r1", f"r{n}", f"{n} ranks")


def each(bench):
    """A condition for each value, which leaves all others alone; counted by plan, tables and report."""
    sites = sorted({row["group"][5:] for row in bench.rows("r1", "scores.csv") if row["group"] != "all"})
    names = {row["condition"] for row in bench.rows("r1", "scores.csv")}
    bench.check(len(sites) == 2 and names >= {f"band/{s}" for s in sites}, f"{sites} {names}")
    bench.check("band" not in names, "a condition of everyone beside those of the values")
    rows = [r for r in bench.rows("r1", "scores.csv") if r["metric"] == "nll" and r["selection"] == "last"]
    value = {(r["condition"], r["severity"], r["scope"], r["group"]): r["value"] for r in rows}
    for (condition, _, scope, group), score in value.items():
        if condition.startswith("band/") and group != "all":
            same = score == value["trial", "", scope, group]
            bench.check(same == (group != "site=" + condition[5:]), f"{condition} and {group}: {score}")
    plan = json.loads(bench.good("check", "s.yaml", "--json").stdout)
    bench.check([c["name"] for c in plan["conditions"]][:4] == [f"band/{s}" for s in sites for _ in (1, 2)],
                f"conditions of the plan: {plan['conditions']}")
    text = bench.good("check", "s.yaml").stdout
    bench.check("conditions" in text and "5 on each trained model" in text and f"band/{sites[0]}: " in text, text)
    shown = bench.good("show", "r1").stdout
    bench.check(f"site {sites[0]}" in shown and f"site {sites[1]}" in shown, shown)
    page = (bench.folder / "r1/report.html").read_text(encoding="utf-8")
    bench.check(all(f"site {s}" in page for s in sites), "the report does not tell the values apart")
    stored = (bench.folder / "r1/scenario.yaml").read_text(encoding="utf-8")
    bench.check(all(s in stored for s in sites), f"scenario.yaml does not hold the values: {stored}")


def again(bench):
    """scenario.yaml has the values; a value may be named; models are asked it later."""
    bench.good("run", "r1/scenario.yaml", "-o", "again", "--no-report")
    bench.same_tables("r1", "again", "scenario.yaml of the results")
    bench.good("run", "s.yaml", "-o", "r3", "--resume", "--no-report")
    bench.same_tables("r1", "r3", "resumed")
    bench.write("plain.yaml", change(SCENARIO, "  " + EACH + "\n", ""))
    bench.good("run", "plain.yaml", "-o", "later", "--no-report")
    bench.write("more.yaml", EACH + "\n")
    bench.good("evaluate", "later", "--tests", "more.yaml")
    scores = {name: sorted(map(str, bench.rows(name, "scores.csv"))) for name in ("r1", "later")}
    bench.check(scores["r1"] == scores["later"], "conditions that were asked later have other scores")


def tied(bench):
    """What is tied to an entry hits its samples, and no others; the ledger repeats it."""
    path = next((bench.folder / "r1/ledgers").glob("*.csv"))
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    lost = {r[0] for r in rows if r[2] == "lost"}
    hummed = {r[0] for r in rows if len(r) > 4 and r[4] == "hum"}
    bench.check(lost and lost == hummed, f"lost {sorted(lost)}, hummed {sorted(hummed)}")
    clipped = {r[0].split("/")[0] for r in rows if len(r) > 4 and r[4] == "clip"}
    bench.check(clipped == {"c1", "c4"}, f"clients that clip: {clipped}")
    head = SCENARIO.split("\ncorruption:")[0] + "\n"
    tail = "tests:" + SCENARIO.split("\ntests:")[1]
    bench.write("replay.yaml", f"{head}corruption:\n  - {{kind: replay, ledger: {path}, at: train}}\n{tail}")
    bench.good("run", "replay.yaml", "-o", "replayed", "--no-report")
    other = next((bench.folder / "replayed/ledgers").glob("*.csv"))
    bench.check(other.read_bytes() == path.read_bytes(), "the ledger of the replay is another one")
    a, b = (next(iter(bench.rows(name, "trials.csv"))) for name in ("r1", "replayed"))
    bench.check(a["last.nll"] == b["last.nll"], f"replayed: {a['last.nll']} and {b['last.nll']}")


def dev(bench):
    """Neither training nor test is touched, and rounds are chosen by damaged samples."""
    bench.write("dev.yaml", change(SCENARIO, "tests:\n", DEV + "tests:\n"))
    bench.good("run", "dev.yaml", "-o", "dev1", "--no-report")
    bench.good("run", "dev.yaml", "-o", "dev3", "--no-report", ranks=3)
    bench.same_tables("dev1", "dev3", "dev on 3 ranks")
    for before, now in zip(bench.rows("r1", "rounds.csv"), bench.rows("dev1", "rounds.csv")):
        bench.check(before["test.nll"] == now["test.nll"] and before["train_loss"] == now["train_loss"],
                    f"damage of dev reached others: {before} {now}")
        bench.check(before["dev.nll"] != now["dev.nll"], f"dev is as it was: {now}")
    text = " ".join(bench.good("check", "dev.yaml").stdout.split())
    bench.check("early (snr_db -10): " in text and " sample modalities at dev" in text, text)
    plan = json.loads(bench.good("check", "dev.yaml", "--json").stdout)
    entry = {e["id"]: e for e in plan["cells"][0]["corruption"]}["early"]
    bench.check(entry["dev_hit"] == entry["dev_of"] > 0 and entry["test_of"] == 0 == entry["train_of"], str(entry))


HUM = "  - {id: hum, kind: pink_noise, snr_db: 5, rate: 0.4, at: train}\n"
REFUSED = (
    ("unknown client", "[c1", "[cl_none", ["who.clients", "the data has no client 'cl_none'"]),
    ("each in training", "who: {clients: [c1, c4]}", "who: {each: site}", ["who.each", "tests"]),
    ("each of an unknown group", "{each: site}", "{each: sit}", ["who.each", "no group 'sit'", "'site'"]),
    ("each of an unknown value", "{each: site}", "{each: {site: [x]}}", ["tests.band", "no site 'x'"]),
    ("each twice the same", "{each: site}", "{each: {site: [x, x]}}", ["tests.band", "x stands twice"]),
    ("each without values", "{each: site}", "{each: {site: []}}", ["tests.band", "the list is empty"]),
    ("tie to nobody", "with: hum", "with: hun", ["with", "no entry before it has the id 'hun'"]),
    ("tie to itself", "with: hum", "with: gone", ["with", "tied to itself"]),
    ("tie to a later entry", "with: hum", "with: clip", ["with", "'clip' stands behind it"]),
    ("tie across splits", "with: hum, at: train", "with: hum, at: both", ["acts at test", "'hum' does not"]),
    ("tie and who", "with: hum", "with: hum, who: 0.5", ["who", "with: hum"]),
    ("tie and rate", "with: hum", "with: hum, rate: 0.5", ["rate", "with: hum"]),
    ("tie in another test", "with: a}", "with: b}", ["tests.both", "'both.b'"]),
    ("tie in a control", "evaluate: {", "controls: [unimodal]\nevaluate: {", ["unimodal:series", "'hum'", "tied"]),
    ("no rate", "kind: missing_modality, modalities: [series], with: a}", "kind: missing_modality}", ["rate"]),
    ("labels at dev", HUM, "  - {id: hum, kind: label_noise, rate: 0.3, at: dev}\n", ["labels at dev"]),
    ("a test at dev", "tests:\n", "tests:\n  early: {kind: clipping, severity: 1, at: dev}\n", ["tests.early", "dev"]),
)


def refused(bench):
    for what, old, new, parts in REFUSED:
        bench.write("bad.yaml", change(SCENARIO, old, new))
        bench.refused(what, bench.run("run", "bad.yaml", "-o", "out"), parts)


SOME = """\
titles: {groups: {site: {title: place, site0: the first}}}
tests:
  a: {kind: missing_modality, rate: [0.2, 0.4], rate_by: {site: {site0: 0.5}}}
  b: {kind: missing_modality, rate: [0.2, 0.4], who: {site: [site0, site1]}}
  c: {kind: missing_modality, rate: 0.2, who: {clients: [c1, c4]}, rate_by: {label: {class0: 0.1, class1: 0.3}}}
  d: {kind: missing_modality, rate: 0.2, who: 0.25}
"""


def titled(bench):
    """A rate is that of those who have no other: a title says who they are, wherever a condition is named."""
    bench.write("some.yaml", SCENARIO[:SCENARIO.index("tests:")] + SOME)
    text = " ".join(bench.good("check", "some.yaml").stdout.split())
    for words in ("lost (place the first at 50 %) at test", "lost (place the first and site1 alone) at test",
                  "lost (2 clients alone; label class0 at 10 % and class1 at 30 %) at test", "lost (25 % of clients) at test"):
        bench.check(words in text, f"'{words}' is not in {text}")


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    bench.write("s.yaml", SCENARIO)
    bench.parts(titled, ranks, each, again, tied, dev, refused)
    bench.end()


if __name__ == "__main__":
    main()
