#!/usr/bin/env python3
"""Attackers who change their data, end to end: a backdoor gives the same bytes on several ranks and after a kill; its
success is what a count of the predictions says, beside clean accuracy; what makes no sense is refused."""
from bench import SCENARIO, SYNTH, Bench, change

BASE = change(SCENARIO, "seeds: {trial: [3, 5], partition: fixed, corruption: per_trial}", "seeds: [3, 5]")
BASE = BASE[:BASE.index("methods:")]
PLAIN = "training: {rounds: 3, clients_per_round: 0.6, local: {epochs: 1, batch: 5, lr: 0.05}}"
TRIGGER = "{kind: trigger_mark, modalities: [feature], strength: 3}"
END = """tests: {marked: {kind: trigger_mark, modalities: [feature], strength: [0, 3]}}
evaluate: {every: 2, metrics: [accuracy, attack_success]%s}
"""
BACKDOOR = f"kind: backdoor, target: class1, share: 0.6, trigger: {TRIGGER}"


def study(attack, target="", more="server: {algorithm: fedavg}"):
    return change(BASE, PLAIN, f"training: {{rounds: 4, clients_per_round: 0.6, local: {{epochs: 1, batch: 6, lr: 0.1}}, {more}, "
                  f"attack: {attack}}}") + END % (target and f", target: {target}")


def same_everywhere(bench):
    bench.write("door.yaml", study(f"{{{BACKDOOR}, boost: true, who: 0.34}}"))
    bench.good("run", "door.yaml", "-o", "door")
    bench.good("run", "door.yaml", "-o", "door3", "--no-report", ranks=3)
    bench.killed("doork", "run", "door.yaml", "--no-report")
    bench.good("run", "door.yaml", "-o", "doork", "--resume", "--no-report")
    for other in ("door3", "doork"):
        bench.same_tables("door", other, other)
    bench.check(any(float(r["attackers"]) > 0 for r in bench.rows("door", "rounds.csv")), "nobody attacks")


def success(bench):
    """By hand, of the predictions; the mark is no damage of the model where nobody trained on it."""
    for trial in {r["trial"] for r in bench.rows("door", "trials.csv")}:
        kept = bench.dump("door", trial)
        label, names = kept["test/label"][2], kept["test/condition"][2]
        said, n = kept["test/predicted"][2], len(label)
        bench.check(kept["test/target"][2] == [1], f"{kept['test/target']}")
        rows = [r for r in bench.rows("door", "scores.csv") if r["trial"] == trial and r["group"] == "all"
                and r["metric"] == "attack_success"]
        for k, name in enumerate(names):
            of = [said[k * n + i] == 1 for i in range(n) if label[i] != 1]
            condition, _, severity = name.partition("=")
            row = [r for r in rows if r["selection"] == "best" and r["condition"] == condition and r["severity"] == severity]
            bench.check(len(row) == 1 and abs(float(row[0]["value"]) - sum(of) / len(of)) < 1e-12, f"{name}: {row}, {sum(of)} of {len(of)}")
    measures = [r for r in bench.rows("door", "tables/measures.csv") if r["metric"] == "attack_success"]
    bench.check(any(r["low"] for r in measures), "no interval of attack_success")
    said = bench.good("show", "door").stdout
    bench.check("accuracy" in said, said)


def nothing_changes_without(bench):
    """Nobody attacks with who: 0, and the rounds are those of a study that knows of no attack."""
    bench.write("plain.yaml", study("{}", "class1"))
    bench.write("nobody.yaml", study(f"{{{BACKDOOR}, who: 0}}"))
    for name in ("plain", "nobody"):
        bench.good("run", f"{name}.yaml", "-o", name, "--no-report")
    plain, nobody = ([{k: v for k, v in r.items() if k not in ("trial", "attackers")} for r in bench.rows(d, "rounds.csv")]
                     for d in ("plain", "nobody"))
    bench.check(plain == nobody, "who: 0 changed the rounds")
    # What is told of the data is told of the honest ones, also where some are poisoned.
    labels = [{t["seed"]: bench.dump(d, t["trial"])["train/label_confusion"] for t in bench.rows(d, "trials.csv")}
              for d in ("plain", "door")]
    bench.check(labels[0] == labels[1], f"{labels}")


def refused(bench):
    for what, text, words in (
            ("no class", study("{kind: backdoor, target: class9, who: 0.2, trigger: %s}" % TRIGGER), ["class9", "class1"]),
            ("no trigger", study("{kind: backdoor, target: class1, who: 0.2}"), ["training.attack: trigger"]),
            ("all modalities", study("{kind: backdoor, target: class1, who: 0.2, trigger: {kind: trigger_mark, strength: 1}}"), ["name one"]),
            ("no modality", study("{%s, who: 0.2}" % BACKDOOR.replace("feature", "feat")), ["feat", "feature"]),
            ("labels", study("{kind: backdoor, target: class1, who: 0.2, trigger: {kind: label_noise, rate: 1}}"), ["label_noise", "at test"]),
            ("a rate", study("{%s, who: 0.2}" % BACKDOOR.replace("strength: 3", "strength: 3, rate: 0.5")), ["training.attack.share"]),
            ("two targets", study("{%s, who: 0.2}" % BACKDOOR, "class0"), ["class0", "class1"]),
            ("no target", study("{}"), ["attack_success", "evaluate.target"]),
            ("a target that is none", study("{}", "class7"), ["evaluate.target", "class7"]),
            ("poisoned modality", study("{kind: modality_poisoning, modality: sound, who: 0.2}", "class1"), ["sound", "series"]),
            ("no block", change(change(study("{kind: modality_poisoning, modality: feature, who: 0.2}", "class1"), "hidden: 8", "hidden: 5"),
                                "feature: {kind: mlp, units: 6}", "feature: identity"), ["no parameter of this model is of feature alone"]),
            ("semifl", study("{kind: label_flip, who: 0.2}", "class1", "server: {algorithm: semifl}"), ["label_flip", "semifl"]),
            ("private", study("{kind: label_flip, who: 0.2}", "class1", "private: {blocks: [series]}"), ["training.private"])):
        bench.write("bad.yaml", text)
        bench.refused(what, bench.run("check", "bad.yaml"), words)


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    bench.parts(same_everywhere, success, nothing_changes_without, refused)
    bench.end()


main()
