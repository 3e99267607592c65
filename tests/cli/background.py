#!/usr/bin/env python3
"""Studies with sounds of one's own in the background: the same bytes on any ranks, the same trials wherever
the sounds lie, other trials when they change, and refusals before anything is written."""
import json
import shutil
import wave

from bench import SOURCE, Bench, change

SYNTH = {"clients": 5, "test_clients": 3, "samples": 10, "classes": 3, "audio_rate": 4000,
         "modalities": '["audio:1200", "feature:4"]', "ragged": "true"}
SCENARIO = """\
name: street
seeds: {trial: [3], partition: fixed, corruption: per_trial}
data: {shards: data, features: {audio: {bands: 8}}}
model:
  hidden: 8
  head: 6
  encoders: {audio: {kind: conv_gru, filters: [4], kernel: 3}, feature: {kind: mlp, units: 6}}
training: {rounds: 2, clients_per_round: 0.8, local: {epochs: 1, batch: 5, lr: 0.05}}
corruption:
  - {id: street, kind: background, from: sounds, snr_db: 5, rate: 0.7, at: train}
tests:
  hiss: {kind: background, from: sounds/hiss.wav, snr_db: [20, 0]}
  pair: [{kind: background, from: sounds, snr_db: 10}, {kind: low_pass, severity: 3}]
evaluate: {every: 1, metrics: [accuracy, nll], groups: [site], save_ledger: true}
"""


def ranks(bench):
    bench.good("run", "s.yaml", "-o", "r1")
    for n in (3,):
        bench.good("run", "s.yaml", "-o", f"r{n}", "--no-report", ranks=n)
        bench.same_tables("r1", f"r{n}", f"{n} ranks")
    bench.good("run", "s.yaml", "-o", "uncached", "--no-report", "--set", "data.cache_mb=0")
    bench.same_tables("r1", "uncached", "no cache")
    moved = [r["raw_moved"] for r in bench.rows("r1", "conditions.csv") if r["condition"] == "hiss"]
    bench.check(len(moved) == 2 and abs(float(moved[0]) - 0.1) < 1e-6 and abs(float(moved[1]) - 1) < 1e-6,
                f"hiss moves values by {moved}")


def elsewhere(bench):
    """Contents count: the same bytes in another folder are the same trial."""
    shutil.copytree(bench.folder / "sounds", bench.folder / "copy")
    bench.write("moved.yaml", SCENARIO.replace("sounds", "copy"))
    bench.good("run", "moved.yaml", "-o", "moved", "--no-report")
    bench.same_tables("r1", "moved", "sounds in another folder")


def changed(bench):
    """Another sound makes another trial; what was kept is not taken for it."""
    (bench.folder / "copy" / "far" / "fall.wav").unlink()
    bench.good("run", "moved.yaml", "-o", "fewer", "--no-report")
    names = [{r["trial"] for r in bench.rows(folder, "trials.csv")} for folder in ("moved", "fewer")]
    bench.check(len(names[0]) == 1 and not names[0] & names[1], f"trials keep their names: {names}")
    before = (bench.folder / "moved" / "scores.csv").read_bytes()
    result = bench.run("run", "moved.yaml", "-o", "moved", "--no-report", "--resume")
    print("resumed with fewer sounds:", result.returncode, result.stderr.strip()[-300:])
    bench.check(result.returncode != 0 or (bench.folder / "moved" / "scores.csv").read_bytes() != before,
                "resuming with other sounds keeps the old scores")


def replayed(bench):
    """A ledger repeats it, and knows when sounds are others."""
    ledger = next((bench.folder / "r1" / "ledgers").glob("*.csv"))
    corruption = SCENARIO[SCENARIO.index("corruption:\n"):SCENARIO.index("tests:")]
    again = change(SCENARIO, corruption, f"corruption: [{{kind: replay, at: train, ledger: {ledger}}}]\n")
    bench.write("again.yaml", change(again, "corruption: per_trial", "corruption: 91"))

    def losses(folder):
        return [(r["train_loss"], r["update_norm"]) for r in bench.rows(folder, "rounds.csv")]
    for n in (0, 2):
        bench.good("run", "again.yaml", "-o", f"again{n}", "--no-report", ranks=n)
        bench.check(losses("r1") == losses(f"again{n}"), f"the replayed training is another one, {n} ranks")
    text = ledger.read_text(encoding="utf-8")
    bench.check("contents: " in text, "the ledger has no hash of the sounds")
    bench.write("other.csv", text.replace("contents: ", "contents: 0"))
    bench.write("other.yaml", change((bench.folder / "again.yaml").read_text(), str(ledger), "other.csv"))
    bench.refused("other sounds", bench.run("run", "other.yaml", "-o", "out"), ["other.csv:", "contents"])


def evaluated(bench):
    """Conditions that are added later, with a path that is relative to their own file, on two ranks; a resumed
    study judges them anew when the sounds are others, and does not train."""
    shutil.copytree(bench.folder / "sounds", bench.folder / "more" / "sounds")
    bench.write("more/more.yaml", "tests:\n  late: {kind: background, from: sounds, snr_db: [15, 3]}\n")
    with_late = SCENARIO.replace("evaluate:", "  late: {kind: background, from: more/sounds, snr_db: [15, 3]}\nevaluate:")
    bench.write("late.yaml", with_late)
    bench.good("run", "late.yaml", "-o", "late", "--no-report")
    bench.good("evaluate", "r3", "--tests", "more/more.yaml", ranks=2)
    bench.same_tables("late", "r3", "evaluated later")
    before = (bench.folder / "late" / "scores.csv").read_text(encoding="utf-8").splitlines()
    (bench.folder / "more" / "sounds" / "far" / "fall.wav").unlink()
    bench.good("run", "late.yaml", "-o", "late", "--no-report", "--resume")
    after = (bench.folder / "late" / "scores.csv").read_text(encoding="utf-8").splitlines()
    differ = [b for a, b in zip(before, after, strict=True) if a != b]
    bench.check(differ and all(",late," in line for line in differ), f"other sounds change {len(differ)} scores")


def counted(bench):
    """Memory of the plan: files and values of three seconds at 16 kHz, once, whichever kinds name them."""
    for name, seconds in (("a", 1), ("b", 2)):
        (bench.folder / "loud").mkdir(exist_ok=True)
        with wave.open(str(bench.folder / "loud" / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16000)
            file.writeframes(bytes(i * i * 31 & 255 for i in range(32000 * seconds)))
    values, files = 4 * 3 * 16000, 2 * 3 * 16000
    for what, more in (("one kind", ""), ("two kinds", "  - {id: talk, kind: babble, from: loud, snr_db: 9, at: train}\n")):
        text = change(SCENARIO, "from: sounds,", "from: loud,")
        bench.write("loud.yaml", text[:text.index("tests:")].rstrip(" ") + more + text[text.index("evaluate:"):])
        memory = json.loads(bench.good("check", "loud.yaml", "--json").stdout)["memory_bytes"]
        print(what, memory)
        bench.check(0 <= memory["named_sounds"] - values - files < 1000, f"{what}: {memory['named_sounds']} bytes")
        bench.check(memory["most"] > memory["named_sounds"] + memory["training"] > 0, f"{what}: not in the sum")
    bench.check("0.3 MiB sounds that entries name" in " ".join(bench.good("check", "loud.yaml").stdout.split()),
                "check does not say it")


def refusals(bench):
    bench.write("sounds/broken.wav", b"RIFF\0\0")
    for what, keys, parts in (
            ("a broken sound", "sounds", ["broken.wav"]),
            ("no such folder", "nowhere", ["nowhere"]),
            ("no sounds", "data", ["holds no sounds"])):
        bench.write("bad.yaml", SCENARIO.replace("from: sounds,", f"from: {keys},", 1))
        for n in (0, 2):
            bench.refused(f"{what}, {n} ranks", bench.run("run", "bad.yaml", "-o", "out", ranks=n), parts)
    bench.write("bad.yaml", SCENARIO.replace("from: sounds, ", "", 1))
    bench.refused("no from", bench.run("run", "bad.yaml", "-o", "out"), ["from"])


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    shutil.copytree(SOURCE / "tests" / "fixtures" / "sounds", bench.folder / "sounds")
    bench.write("s.yaml", SCENARIO)
    bench.parts(ranks, elsewhere, changed, replayed, evaluated, counted, refusals)
    bench.end()


main()
