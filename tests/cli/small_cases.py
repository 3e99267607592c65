"""One small case of each command that reads or writes files: what tests of failing allocations, failing system calls
and valgrind go through. Each works in `x` (or `out`), which begins as a copy of another folder or does not exist."""
import dataclasses
import io
import shutil
import struct
import wave

from bench import halves, vector

MODEL = """\
model: {fusion: concat, hidden: 6, head: 4, encoders: {series: {kind: conv_gru, filters: [3], kernel: 3},
        feature: {kind: mlp, units: 4}}}
"""
PLAIN = MODEL.join(("""\
name: plain
seeds: {trial: [1, 2, 3], partition: fixed, corruption: per_trial}
data: {shards: data}
""", """\
training: {rounds: 2, clients_per_round: 1, local: {epochs: 1, batch: 5, lr: 0.1}}
corruption: [{id: lost, kind: missing_modality, at: train, rate: 0.3}]
tests: {noisy: {kind: feature_noise, modalities: [feature], sigma: [0.5, 2]}}
evaluate: {metrics: [accuracy, ece, answered, refuted, hijack, hijack_base], groups: [site], save_scores: true, save_ledger: true}
"""))
# A trial of each way in which rounds differ, and more than one kind of damage.
FULL = MODEL.join(("""\
name: full
seeds: [3]
data: {shards: data, partition: {own_test: 0.2}}
""", """\
training:
  rounds: 2
  clients_per_round: 0.7
  local: {epochs: 1, batch: 5, lr: 0.05, momentum: 0, weight_decay: 0, clip_norm: 0}
methods:
  controls: {training.server: scaffold}
  disk: {training.server: {algorithm: moon, keep: disk}}
  own: {training.server: ditto}
  masked: {training.secure_aggregation: {protocol: masked}}
  coded: {training.compression: {kind: top_k, k: 0.1}}
  robust: {training.aggregation: {rule: median}, training.attack: {kind: sign_flip, who: 0.2}}
  private: {training.privacy: {clip: 1, z: 1}, training.on_nonfinite: exclude}
  timed: {training.server: fedbuff, training.availability: {time: {kind: devices, classes: {all: {seconds_per_sample: 1}}}}}
corruption:
  - {id: lost, kind: missing_modality, unit: sample, at: both, rate: 0.3}
  - {id: wrong, kind: label_noise, at: train, rate: 0.2}
  - {id: noisy, kind: feature_noise, modalities: [feature], at: train, sigma: 0.2}
controls: [local_only]
evaluate: {every: 2, metrics: [accuracy, nll], groups: [site]}
sweep: [{grid: {method: [controls, disk, own, masked, coded, robust, private, timed]}}]
"""))
IMPORT = """\
name: world
classes: [u, v]
modalities: {sound: {kind: audio, rate: 8000}, picture: {kind: image, size: [8, 8]}, words: {kind: text},
             facts: {kind: feature}}
inputs: [{reader: manifest, file: world.csv}]
"""
WORDS = """\
name: words
seeds: [1]
data: {shards: world, modalities: [words], features: {words: {buckets: 32}}}
model: {fusion: concat, hidden: 4}
training: {rounds: 1, clients_per_round: 1, local: {batch: 4}}
evaluate: {metrics: [accuracy]}
"""
FILES = {
    "plain.yaml": PLAIN, "full.yaml": FULL, "world.yaml": IMPORT,
    "words.yaml": WORDS, "terms.csv": "set,first,second\nplanted,red,blue\nneutral,some,other\n",
    "pairs.yaml": "pairs: {file: terms.csv, modality: words}\n",
    "tests.yaml": "tests: {more: {kind: missing_modality, rate: [0.7]}}\n",
    "gate.yaml": "gate: {scores: [energy, disagreement], false_refusal: 0.2}\nadherence: {emptied: {kind: blank, modalities: [feature], fill: zero}}\n"
                 "benign: {mild: {kind: feature_noise, modalities: [feature], sigma: 0.01}}\n",
    "red.yaml": "{success: 0.05, budget: 4, search_seeds: 1, pool: {size: 2}, strategies: [random, climb], "
                "limits: {severity: 5, series: {snr_db: -90}, feature: {snr_db: -90}}}\n",
    "paper.yaml": "group: []\nanswer: {without: feature}\n",
    "marks.yaml": "flipped: {kind: flip, modalities: [image], rate: 1}\n"}
KEPT = (".csv", ".tex", ".h5", ".yaml", ".md")
SOUNDS = '["image:16x16", "audio:2400"]'


def sound(k):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"".join(struct.pack("<h", (i * (k + 3) * 97) % 8000 - 4000) for i in range(800)))
    return out.getvalue()


def picture(k):
    """A grey picture of 8 x 8 in the format that needs no library."""
    return b"P5 8 8 255\n" + bytes((i * (k + 5)) % 256 for i in range(64))


def raw_files(bench):
    rows = ["id,client,label,split,sound,picture,words,facts\n"]
    for k, split in enumerate(("train", "train", "train", "train", "dev", "test", "test", "train")):
        bench.write(f"raw/{k}.wav", sound(k))
        bench.write(f"raw/{k}.pgm", picture(k))
        bench.write(f"raw/{k}.txt", f"some words of {('red', 'blue')[k % 2]}")
        bench.write(f"raw/{k}.npy", vector([k, 1.5, -k]))
        rows.append(f"s{k},{split}{k % 2},{'uv'[k % 2]},{split},{k}.wav,{k}.pgm,{k}.txt,{k}.npy\n")
    bench.write("raw/world.csv", "".join(rows))


def make(bench):
    """All that the cases read."""
    bench.synth(test_clients=6, samples=12, dev_fraction=0.3, separation=3)
    bench.synth("media", clients=2, test_clients=2, samples=4, modalities=SOUNDS)
    raw_files(bench)
    for name, text in FILES.items():
        bench.write(name, text)
    bench.write("key", "our key, which nobody else has")
    (bench.folder / "key").chmod(0o600)
    bench.good("mark", "media", "-o", "marked", "--key", "key", "--strength", "14/255")
    bench.good("import", "world.yaml", "--raw", "raw", "-o", "world")
    bench.good("run", "words.yaml", "-o", "spoken", "--no-report")
    bench.good("run", "plain.yaml", "-o", "good", "--no-report")


def tree(bench):
    """What a case leaves, without what tells of the moment and what goes on from it."""
    out = {}
    for root in ("x", "x.csv", "x.md"):
        path = bench.folder / root
        for p in sorted(path.rglob("*")) if path.is_dir() else [path] if path.exists() else []:
            if p.is_file() and p.suffix in KEPT and not p.name.startswith(".") and "checkpoints" not in p.parts:
                out[str(p.relative_to(bench.folder))] = p.read_bytes()
    return out


@dataclasses.dataclass
class Case:
    name: str
    words: tuple
    start: str = ""      # what x begins as
    again: tuple = ()    # what goes on after a fault; else the same words

    def begin(self, bench):
        for name in ("x", "results"):
            shutil.rmtree(bench.folder / name, ignore_errors=True)
        for name in ("x.csv", "x.md", *halves(bench.folder)):
            path = bench.folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if self.start:
            shutil.copytree(bench.folder / self.start, bench.folder / "x")


CASES = [
    Case("import", ("import", "world.yaml", "--raw", "raw", "-o", "x")),
    Case("check", ("check", "full.yaml")),
    Case("run", ("run", "full.yaml", "-o", "x", "--no-report", "--checkpoint-every", "1"), again=("--resume",)),
    Case("evaluate", ("evaluate", "x", "--tests", "tests.yaml", "--no-report"), "good"),
    Case("report", ("report", "good", "-o", "x")),
    Case("merge", ("merge", "good", "-o", "x", "--no-report")),
    Case("compare", ("compare", "good", "good", "-o", "x")),
    Case("guard", ("guard", "good", "gate.yaml", "-o", "x")),
    Case("redteam", ("redteam", "good", "red.yaml", "-o", "x")),
    Case("bounty", ("bounty", "good", "paper.yaml", "-o", "x")),
    Case("pairs", ("pairs", "spoken", "pairs.yaml", "-o", "x")),
    Case("lastmile", ("lastmile", "good", "--test", "noisy", "-o", "x")),
    Case("mark", ("mark", "media", "-o", "x", "--key", "key", "--strength", "14/255")),
    Case("detect", ("detect", "marked", "--key", "key", "--tests", "marks.yaml", "-o", "x")),
    Case("matrix", ("matrix", "good", "-o", "x")),
    Case("card", ("card", "good", "-o", "x.md")),
    Case("calibrate", ("calibrate", "plain.yaml", "--kinds", "missing_modality", "-o", "x.csv",
                       "--set", "seeds.trial=[1, 3]", "--set", "training.rounds=30", "--set", "corruption=[]")),
    Case("inspect", ("inspect", "data", "--json")),
    Case("show", ("show", "good", "--json")),
]
