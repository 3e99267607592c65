#!/usr/bin/env python3
"""JSON Schema of scenarios and data sets, held against a validator that is not ours: it accepts what the
program accepts, every YAML of the repository too, and refuses what the program refuses."""
import json
import re
import sys

here = sys.path.pop(0)  # numbers.py beside this file would stand for Python's
try:
    import jsonschema
    import yaml
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)
sys.path.insert(0, here)
from bench import SCENARIO, SOURCE, Bench  # noqa: E402


class Loader(yaml.SafeLoader):
    """Scalars as YAML 1.2 has them: 1e-4 is a number, `on` is none of true and false."""


Loader.yaml_implicit_resolvers = {}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), "tf")
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(?:~|null|)$"), ["~", "n", ""])
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), "-+0123456789")
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$|^[-+]?\.inf$"),
    "-+0123456789.")
# The first that fits decides; `1e-4` of version 1.1 is a text.
Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))

DATASET = """\
name: cats
groups: [town]
modalities:
  audio: {kind: audio, rate: 16000}
  image: {kind: image, size: [2, 2], channels: grey}
inputs:
  - {reader: manifest, file: list.csv}
dev: {from: train, fraction: 0.2}
"""
# Text, what takes its place, whether it is still right.
SCENARIO_CHANGES = [
    ("rounds: 3", "rounds: 4", True),
    ("rounds: 3", "rounds: three", False),
    ("rounds: 3", "rounds: 0", False),
    ("rounds: 3", "rounds: 3, ruonds: 4", False),
    ("clients_per_round: 0.6", "clients_per_round: 2", True),
    ("clients_per_round: 0.6", "clients_per_round: 1.5", False),
    ("hidden: 8", "hidden: [8]", False),
    ("hidden: 8", "hidden: 8\n  colour: red", False),
    ("kind: mlp, units: 6", "kind: mlp, units: 6, filters: null", True),
    ("kind: mlp, units: 6", "kind: mlp, units: 6, filters: [3]", False),
    ("kind: mlp, units: 6", "kind: mpl, units: 6", False),
    ("kind: mlp, units: 6", "kind: mlp, units: -6", False),
    ("kind: label_noise, rate: 0.3", "kind: label_nose, rate: 0.3", False),
    ("kind: label_noise, rate: 0.3", "kind: label_noise, rate: 1.3", False),
    ("kind: label_noise, rate: 0.3", "kind: label_noise, rate: 0.3, snr_db: 3", False),
    ("kind: label_noise, rate: 0.3", "rate: 0.3", False),
    ("metrics: [accuracy, macro_f1, nll]", "metrics: accuracy", True),
    ("metrics: [accuracy, macro_f1, nll]", "metrics: {accuracy: 1}", False),
    ("reference: {", "controls: [clean]\nreference: {", True),
    ("reference: {", "controls: [clear]\nreference: {", False),
    ("lr: 0.05}", "lr: 0.05, optimiser: adam, momentum: none}", True),
    ("lr: 0.05}", "lr: 0.05, optimiser: adam, momentum: 0.5}", False),
    ("lr: 0.05}", "lr: 1e-3}", True),
    ("lr: 0.05}", "lr: 1e9}", False),
    ("lr: 0.05}", "lr: yes}", False),
    ("name: tiny\n", "", False),
    ("data: {shards: data}\n", "", False),
    ("name: tiny", "name: 2024", True),
]
DATASET_CHANGES = [
    ("name: cats\n", "", False),
    ("kind: audio, rate: 16000", "kind: audio, rate: 10", False),
    ("kind: audio, rate: 16000", "kind: audio, size: [2, 2]", False),
    ("kind: audio, rate: 16000", "kind: sound, rate: 16000", False),
    ("kind: audio, rate: 16000", "rate: 16000", False),
    ("kind: audio, rate: 16000", "kind: audio, trim: {below_db: -40}", True),
    ("kind: audio, rate: 16000", "kind: audio, trim: {below_db: 40}", False),
    ("size: [2, 2]", "size: [2, 0]", False),
    ("channels: grey", "channels: green", False),
    ("{reader: manifest, file: list.csv}", "{reader: manifest}", False),
    ("{reader: manifest, file: list.csv}", "{reader: manifest, file: list.csv, pattern: x}", False),
    ("{reader: manifest, file: list.csv}", "{reader: manifest, file: list.csv, client: \"{town}\"}", True),
    ("{reader: manifest, file: list.csv}",
     "{reader: manifest, file: list.csv, derive: {t: {from: town, slice: [1, 2]}}}", True),
    ("{reader: manifest, file: list.csv}",
     "{reader: manifest, file: list.csv, derive: {t: {form: town}}}", False),
    ("{reader: manifest, file: list.csv}", "{reader: manifest, file: list.csv, where: {town: [Ulm, Bonn]}}", True),
    ("{reader: manifest, file: list.csv}", "{reader: manifest, file: list.csv, where: {town: {isin: Ulm}}}", False),
    ("{reader: manifest, file: list.csv}",
     "{reader: manifest, file: list.csv, where: {town: {in: [Ulm, Bonn]}}}", True),
    ("{reader: manifest, file: list.csv}", "{reader: manifest, file: list.csv, files: {audio: audio}}", True),
    ("{reader: manifest, file: list.csv}", "{reader: manifest, file: list.csv, files: [audio]}", False),
    ("{reader: manifest, file: list.csv}", "{reader: manifest, file: list.csv, files: {audio: [a, b]}}", False),
    ("{reader: manifest, file: list.csv}",
     "{reader: manifest, file: list.csv, derive: {t: {from: town, values: {u: [Ulm], b: [Bonn]}}}}", True),
    ("{reader: manifest, file: list.csv}",
     "{reader: manifest, file: list.csv, derive: {t: {from: town, values: [Ulm, Bonn]}}}", False),
    ("{reader: manifest, file: list.csv}",
     "{reader: manifest, file: list.csv, join: [{file: list.csv, on: id, columns: [client], prefix: x}]}", True),
    ("{reader: manifest, file: list.csv}",
     "{reader: manifest, file: list.csv, join: [{fill: list.csv}]}", False),
    ("{reader: manifest, file: list.csv}",
     "{reader: manifest, file: list.csv, derive: {t: {from: town, values: {u: [Ulm], b: Bonn}}}}", False),
    ("fraction: 0.2", "fraction: 1", False),
    ("fraction: 0.2", "fraction: 0.2, by: day", False),
    ("dev: {", "seed: 1.5\ndev: {", False),
]
TABLE = """\
id,client,label,split,town,audio,image
1,anna,purr,train,Ulm,,a.pgm
2,anna,meow,train,Ulm,,b.pgm
3,ben,meow,test,Bonn,,c.pgm
4,anna,purr,train,Ulm,d.wav,
"""


def validator(bench, command):
    schema = json.loads(bench.good(command, "--schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def whole_ones(bench, validators):
    """Every YAML of the repository; the program takes them all, in other tests."""
    scenarios = list(SOURCE.glob("scenarios/*.yaml"))
    for kind, paths in (("scenario", scenarios), ("import", list(SOURCE.glob("data/*/dataset.yaml")))):
        bench.check(len(paths) >= 5, f"{kind}: only {len(paths)} YAML files found")
        for path in paths:
            for e in validators[kind].iter_errors(yaml.load(path.read_text(encoding="utf-8"), Loader)):
                bench.check(False, f"{path}: {list(e.path)}: {e.message[:300]}")


def changed(bench, check, kind, base, changes, command):
    """Program and validator agree on the base and on each change of it."""
    for old, new, good in [("", "", True), *changes]:
        bench.check(old in base, f"{kind}: '{old}' is not in the base")
        text = base.replace(old, new, 1) if old else base
        bench.write("it.yaml", text)
        done = bench.run(*command)
        errors = list(check.iter_errors(yaml.load(text, Loader)))
        bench.check((done.returncode == 0) == good, f"{new}: the program says {done.stderr}")
        bench.check(good or done.returncode == 2, f"{new}: exit code {done.returncode}")
        bench.check((not errors) == good,
                    f"{new}: the validator says {[e.message[:200] for e in errors]}")


def main():
    bench = Bench()
    validators = {kind: validator(bench, kind) for kind in ("scenario", "import")}
    whole_ones(bench, validators)
    bench.synth("data")
    changed(bench, validators["scenario"], "scenario", SCENARIO, SCENARIO_CHANGES, ["check", "it.yaml"])
    bench.write("list.csv", TABLE)
    for k, name in enumerate("abc"):
        bench.write(f"{name}.pgm", b"P5\n2 2\n255\n" + bytes([k, 1, 2, 3]))
    samples = b"".join(int(300 * (k % 7)).to_bytes(2, "little") for k in range(800))
    bench.write("d.wav", b"RIFF" + (36 + len(samples)).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0\1\0\1\0"
                + (16000).to_bytes(4, "little") + (32000).to_bytes(4, "little") + b"\2\0\x10\0data"
                + len(samples).to_bytes(4, "little") + samples)
    changed(bench, validators["import"], "import", DATASET, DATASET_CHANGES,
            ["import", "it.yaml", "--dry-run"])
    bench.end()


if __name__ == "__main__":
    main()
