#!/usr/bin/env python3
"""Studies with damaged raw values, in training and at test: the same bytes on any ranks, with any cache,
killed and resumed, evaluated later, replayed from a ledger; and what check and conditions.csv say."""
from bench import Bench, change

SYNTH = {"clients": 6, "test_clients": 3, "samples": 12, "classes": 3, "audio_rate": 4000,
         "modalities": '["audio:1200", "image:10x10x1"]', "ragged": "true"}
SCENARIO = """\
name: noisy
seeds: {trial: [3], partition: fixed, corruption: per_trial}
data: {shards: data, features: {audio: {bands: 8}}}
model:
  hidden: 8
  head: 6
  encoders: {audio: {kind: conv_gru, filters: [4], kernel: 3}, image: {kind: mlp, units: 6}}
training: {rounds: 3, clients_per_round: 0.6, local: {epochs: 2, batch: 5, lr: 0.05}}
corruption:
  - {id: hiss, kind: noise, snr_db: 10, rate: 0.7}
  - {id: grain, kind: gaussian_noise, severity: 2, at: train, redraw: epoch}
  - {id: lost, kind: missing_modality, at: both, rate: 0.2}
tests:
  loud: {kind: noise, snr_db: [.inf, 20, 0]}
  dim: {kind: gaussian_noise, sigma: [0, 0.1, 0.4]}
  plane: {kind: noise, snr_db: [20, 0], rate: [0.5, 1]}
evaluate: {every: 1, metrics: [accuracy, nll], groups: [site], save_ledger: true}
sweep:
  - grid: {hiss.snr_db: [10, 0]}
controls: [clean, unimodal]
"""
MORE = """\
tests:
  pair: [{kind: noise, snr_db: [15, 3]}, {kind: gaussian_noise, sigma: [0.05, 0.3]}]
"""


def ranks(bench):
    bench.good("run", "s.yaml", "-o", "r1")
    for n in (4,):
        bench.good("run", "s.yaml", "-o", f"r{n}", "--no-report", ranks=n)
        bench.same_tables("r1", f"r{n}", f"{n} ranks")
    bench.good("run", "s.yaml", "-o", "uncached", "--no-report", "--set", "data.cache_mb=0")
    bench.same_tables("r1", "uncached", "no cache")
    values = {row["value"] for row in bench.rows("r1", "scores.csv") if row["metric"] == "nll"
              and row["condition"] == "loud" and row["selection"] == "last" and row["group"] == "all"}
    bench.check(len(values) > 8, "loud: the strength changes no score")


def neutral(bench):
    """A neutral strength gives the scores of the undamaged data, to the last digit."""
    scores = [r for r in bench.rows("r1", "scores.csv") if r["metric"] == "nll"]

    def of(condition, severity):
        return {(r["trial"], r["selection"], r["scope"], r["group"]): r["value"] for r in scores
                if (r["condition"], r["severity"]) == (condition, severity)}
    clean = of("clean", "")
    bench.check(len(clean) > 0, "no clean scores")
    for condition, severity in (("loud", "inf"), ("dim", "0")):
        found = of(condition, severity)
        both = clean.keys() & found.keys()  # a unimodal model lacks conditions of the other modality
        bench.check(len(both) >= 4, f"{condition} {severity}: {len(both)} scores")
        bench.check(all(found[key] == clean[key] for key in both), f"{condition} {severity} is not clean")


def killed(bench):
    words = ("run", "s.yaml", "--no-report", "--set", "training.rounds=40")
    bench.good(*words, "-o", "whole")
    bench.killed("killed", *words)
    bench.good(*words, "-o", "killed", "--resume", ranks=2)
    bench.same_tables("whole", "killed", "killed and resumed")


def evaluated(bench):
    bench.write("more.yaml", MORE)
    bench.write("all.yaml", change(SCENARIO, "evaluate:", MORE.split("\n", 1)[1] + "evaluate:"))
    bench.good("run", "all.yaml", "-o", "all", "--no-report")
    bench.good("evaluate", "r1", "--tests", "more.yaml")
    bench.same_tables("all", "r1", "evaluated later")
    for folder in ("all", "r1"):
        pair = [r for r in bench.rows(folder, "conditions.csv")
                if r["condition"] == "pair noise.snr_db=15 gaussian_noise.sigma=0.3"]
        bench.check([(r["entry"], r["key"], r["value"], r["unit"], r["none"], r["worse"]) for r in pair]
                    == [("pair.noise", "snr_db", "15", "dB", "inf", "-1"),
                        ("pair.gaussian_noise", "sigma", "0.3", "full scale", "0", "1")],
                    f"{folder}: conditions.csv: {pair}")


def told(bench):
    """By its own level the noise moves values by 10^(-SNR/20), whatever they are."""
    rows = [r for r in bench.rows("all", "conditions.csv") if r["condition"] == "loud"]
    for row in rows:
        moved = row["raw_moved"]
        if row["severity"] == "inf":
            bench.check(moved == "", f"loud inf moves values by {moved}")
        else:
            want = 10 ** (-float(row["severity"]) / 20)
            bench.check(abs(float(moved) - want) < 1e-6, f"loud {row['severity']}: {moved}")
            bench.check(float(row["features_moved"]) > 0, "features stay")
    bench.check({r["condition"] for r in bench.rows("all", "conditions.csv")} >= {"trial", "dim"},
                "conditions are missing")
    out = bench.good("check", "s.yaml").stdout
    for text in ("loud (noise in the sound at test): snr_db inf, 20, 0 hits 0, 100, 100 % of what it can",
                 "hiss (snr_db 10)", "grain (severity 2)", "clean, hiss.snr_db=inf", "plane (noise in the sound at test): at snr_db=20"):
        bench.check(text in " ".join(out.split()), f"check does not say '{text}'")


    bench.write("bands.yaml", change(SCENARIO, "tests:\n", "tests:\n  bands: [{kind: high_pass, severity: 1}, "
                                     "{kind: low_pass, severity: 3}]\n"))
    out = " ".join(bench.good("check", "bands.yaml").stdout.split())
    bench.check(" hits 50 % of all values" in out, f"two filters of one of two modalities: {out}")


def replayed(bench):
    """A ledger does the same damage under another corruption seed: the same training."""
    once = change(SCENARIO, "sweep:\n  - grid: {hiss.snr_db: [10, 0]}\ncontrols: [clean, unimodal]\n", "")
    once = change(once, ", at: train, redraw: epoch", ", at: train")
    bench.write("once.yaml", once)
    bench.good("run", "once.yaml", "-o", "once", "--no-report")
    ledger = next((bench.folder / "once" / "ledgers").glob("*.csv"))
    corruption = once[once.index("\ncorruption:") + 1:once.index("tests:")]
    again = change(once, corruption, f"corruption: [{{kind: replay, at: train, ledger: {ledger}}}]\n")
    bench.write("again.yaml", change(again, "corruption: per_trial", "corruption: 91"))
    bench.good("run", "again.yaml", "-o", "again", "--no-report")

    def losses(folder):
        return [(r["train_loss"], r["update_norm"]) for r in bench.rows(folder, "rounds.csv")]
    bench.check(losses("once") == losses("again"), "the replayed training is another one")
    text = ledger.read_text(encoding="utf-8")
    bench.check(",damaged,noise,hiss,10,,3\n" in text and ",damaged,gaussian_noise,grain," in text,
                "the ledger lacks damaged values")


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    bench.write("s.yaml", SCENARIO)
    bench.parts(ranks, neutral, killed, evaluated, told, replayed)
    bench.end()


if __name__ == "__main__":
    main()
