#!/usr/bin/env python3
"""What came of damage beside what was asked for: conditions.csv by modality, warnings of damage that features
undo, and of rates that came out far from what the laws of the entries ask for, and of no others."""
import html
import re

from bench import Bench

SYNTH = {"clients": 7, "test_clients": 3, "samples": 14, "classes": 3, "sites": 2, "audio_rate": 8000,
         "modalities": '["audio:1600", "series:40x6", "text:40"]'}
SCENARIO = """\
name: realised
seeds: {trial: [3], partition: fixed, corruption: per_trial}
data: {shards: data, features: {audio: {bands: 8}}}
model:
  hidden: 8
  head: 6
  encoders:
    audio: {kind: conv_gru, filters: [4], kernel: 3}
    series: {kind: conv_gru, filters: [4], kernel: 3}
    text: {kind: text, dim: 12}
training: {rounds: 2, clients_per_round: 0.6, local: {epochs: 1, batch: 5, lr: 0.05}}
corruption:
  - {id: cohorts, kind: label_noise, model: MODEL, rate: 0.5}
tests:
  shift: {kind: offset, severity: 3}
  flip: {kind: polarity}
  louder: {kind: gain, gain_db: 6}
  hiss: {kind: noise, snr_db: [20, 5]}
  holes: {kind: sensor_dropout, severity: 3}
  slips: {kind: typo, severity: 3}
  unfair: {kind: missing_modality, modalities: [audio], rate: [0.1, 0.2], rate_by: {site: {site0: 0.9}}}
  one_of_three: {kind: missing_modality, rate: 0.25, draw: k_of_m}
  people: {kind: missing_modality, modalities: [audio], unit: client, rate: 0.5}
evaluate: {every: 1, metrics: [accuracy, nll], groups: [site]}
"""
UNDONE = {"shift": "series", "flip": "audio", "louder": "audio"}


def undone(bench):
    """Each of them with the distance of raw values, and that of features below a thousandth of it."""
    said = bench.good("check", "fedcorr.yaml").stderr
    found = {m[1]: m for m in re.finditer(
        r"warning: tests\.(\w+): damage of (\w+) moves raw values by ([\d.e+-]+) %, and features by ([\d.e+-]+) %: "
        r"data\.features\.(\w+) undoes it", said)}
    bench.check(set(found) == set(UNDONE), f"warned of {sorted(found)}: {said}")
    for name, m in found.items():
        bench.check(m[2] == m[5] == UNDONE[name] and float(m[4]) < 1e-3 * float(m[3]) > 0, m[0])
    # 6 dB are a factor of 1.995 or its inverse, the other polarity is twice as far as silence.
    bench.check(found["flip"][3] == "200" and 49.8 < float(found["louder"][3]) < 99.6, said)


def told(bench):
    rows = {(r["condition"], r["severity"]): r for r in bench.rows("fedcorr", "conditions.csv")}
    for severity in ("20", "5"):
        row = rows["hiss", severity]
        bench.check(abs(float(row["audio.snr_db"]) - float(severity)) < 1e-4, str(row))
        bench.check(abs(float(row["audio.raw_moved"]) - 10 ** (-float(severity) / 20)) < 1e-6, str(row))
        bench.check(float(row["audio.changed"]) > 0.99 and row["series.changed"] == row["text.changed"] == "", str(row))
    # What was twice itself moved: 20 log10(1 / 2).
    bench.check(abs(float(rows["flip", "1"]["audio.snr_db"]) + 6.0206) < 1e-3, str(rows["flip", "1"]))
    holes, slips = rows["holes", "3"], rows["slips", "3"]
    bench.check(0 < float(holes["series.changed"]) < 1 and holes["series.snr_db"] == "", str(holes))
    bench.check(0 < float(slips["text.changed"]) == float(slips["text.raw_moved"]), str(slips))
    for row in rows.values():
        parts = [float(row[f"{m}.raw_moved"]) for m in ("audio", "series", "text") if row[f"{m}.raw_moved"]]
        bench.check(len(parts) < 2 and (parts == [float(row["raw_moved"])] if parts else row["raw_moved"] == ""),
                    f"one modality is damaged: {row}")
    # 14 test samples of one client of site0, 28 of two of site1.
    for rate in ("0.1", "0.2"):
        asked = float(rows["unfair", rate]["asked"])
        bench.check(abs(asked - (14 * 0.9 + 28 * float(rate)) / 42) < 1e-12, f"asked of {rate}: {asked}")
    bench.check(abs(float(rows["one_of_three", "0.25"]["asked"]) - 1 / 3) < 1e-12, "one of three is a third")
    bench.check(rows["hiss", "5"]["asked"] == "", "30 dB are no share")
    # With other rates beside it no rate is "no damage": its curve does not begin at the undamaged score.
    none = {r["name"]: r["none"] for r in bench.rows("fedcorr", "strengths.csv") if r["of"] == "test"}
    begins = {r["severity"] for r in bench.rows("fedcorr", "tables/measures.csv") if r["axis"] == "unfair" and r["measure"] == "score"}
    bench.check(none["unfair"] == rows["unfair", "0.1"]["none"] == "" and none["hiss"] == "inf", f"{none}")
    bench.check(begins == {"0.1", "0.2"}, f"the curve of rates beside others has {begins}")


def alarms(bench):
    """Of three clients at 0.5 one or two are hit, which is far; what a law asks for is not."""
    for model in ("fedcorr", "fednoro", "resample"):
        page = html.unescape((bench.folder / model / "report.html").read_text(encoding="utf-8"))
        found = re.findall(r"<b>([^<]*)</b>: [^<]*the realised rate is far from the nominal one", page)
        bench.check(len(found) == 1 and found[0].startswith("sound lost"), f"{model}: {found}")
        row = bench.rows(model, "trials.csv")[0]
        nominal, realised = float(row["cohorts.nominal"]), float(row["cohorts.realised"])
        bench.check(0 < nominal < 0.5 and abs(realised - nominal) < 0.12, f"{model}: {nominal} {realised}")
    bench.check(abs(float(bench.rows("resample", "trials.csv")[0]["cohorts.nominal"]) - 1 / 3) < 1e-12,
                "half of the labels drawn of 3 classes: a third is wrong")


def instances(bench):
    """Labels that depend on values: those of the shards, the same on any ranks, and again from the ledger."""
    for name, law in (("instance", "model: instance, rate: 0.3"), ("looks", "model: fednoro, mode: instance, rate: 0.5")):
        text = SCENARIO.replace("model: MODEL, rate: 0.5", law).replace("evaluate: {", "evaluate: {save_ledger: true, ")
        bench.write(f"{name}.yaml", text)
        bench.good("run", f"{name}.yaml", "-o", name, "--no-report")
        for n in (3,):
            bench.good("run", f"{name}.yaml", "-o", f"{name}{n}", "--no-report", ranks=n)
            bench.same_tables(name, f"{name}{n}", f"{name} on {n} ranks")
        row = bench.rows(name, "trials.csv")[0]
        nominal, realised = float(row["cohorts.nominal"]), float(row["cohorts.realised"])
        bench.check(0.1 < nominal < 0.5 and abs(nominal - realised) < (0.15 if name == "instance" else 1e-9),
                    f"{name}: {nominal} {realised}")
        ledger = next((bench.folder / name / "ledgers").glob("*.csv"))
        wrong = ledger.read_text(encoding="utf-8").count(",label,")
        sets = bench.dump(name, row["trial"])
        samples, usable, right = (sum(sets[f"train/class_{what}"][2]) for what in ("samples", "usable", "right"))
        bench.check(samples == usable == 84 and right == 84 - wrong and wrong == round(84 * realised),
                    f"{name}: {samples} {usable} {right}, {wrong} in the ledger")


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    for model in ("fedcorr", "fednoro", "resample"):
        bench.write(f"{model}.yaml", SCENARIO.replace("MODEL", model))
        bench.good("run", f"{model}.yaml", "-o", model)
    bench.parts(undone, told, alarms, instances)
    bench.end()


if __name__ == "__main__":
    main()
