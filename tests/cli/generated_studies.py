"""Studies drawn by chance from all that a scenario can say of training, data and judging: algorithms, rules, attacks, secure
sums, coders, availability, states on disk, private rounds, blocks of one's own, sequences, judges. Most draws do not go
together, so `fray check` is asked until one does."""
import json
import math
import struct

HEAD = """\
name: drawn
seeds: [%s]
data: {shards: %s, partition: %s}
model: %s
"""
VALUES = """{hidden: 6, head: 4, fusion: %s, encoders: {series: {kind: %s}, feature: {kind: mlp, units: 5}}}"""
ENCODERS = ("conv_gru, filters: [3], kernel: 3", "gru", "conv_gru, filters: [4], kernel: 3")
SPOKEN = "{hidden: 6, head: 0, dropout: 0, encoders: {audio: {kind: conv_gru, filters: [4], kernel: 3}}}"
FUSIONS = ("concat", "late", "gated", "attention, heads: 2, units: 8")
# Keys that have no default.
NEEDED = {"groupdro": ", group: site", "top_k": ", k: 0.2", "fltrust": ", root: c0"}
KEPT_ON_DISK = ("scaffold", "moon", "ditto", "feddyn", "coteaching")
REACHES = ("{kind: bernoulli, p: 0.7}", "{kind: markov, up: 0.5, down: 0.2}")
TIMES = ("{kind: devices, classes: {fast: {seconds_per_sample: 0.1}, slow: {seconds_per_sample: 1}}}",)
DAMAGE = ("{id: lost, kind: missing_modality, unit: sample, at: both, rate: 0.3}", "{id: wrong, kind: label_noise, at: train, rate: 0.2}",
          "{id: unlabelled, kind: missing_label, at: train, rate: 0.2}", "{id: noisy, kind: feature_noise, modalities: [feature], at: train, sigma: 0.3}",
          "{id: held, kind: stuck_at, modalities: [series], at: train, share: 0.4}", "{id: stale, kind: stale, modalities: [feature], at: train, rate: 0.2}")
TESTS = ("gone: {kind: missing_modality, rate: [0.3, 0.8]}", "blurred: {kind: feature_noise, modalities: [feature], sigma: [0.5, 2]}",
         "emptied: {kind: blank, modalities: [feature], fill: zero}")
JUDGES = ("{kind: argmax}", "{kind: chow, cost: 0.3}", "{kind: chow, cost: 0.5}")


def names(bench):
    listed = json.loads(bench.good("list", "--json").stdout)["kinds"]
    return {kind["kind"]: [method["name"] for method in kind["methods"]] for kind in listed}


def one_of(rng, listed, kind, key="kind", more=""):
    name = rng.choice(listed[kind])
    return f"{{{key}: {name}{NEEDED.get(name, '')}{more}}}"


def training(rng, listed, rounds):
    """What goes with what is for `fray check` to say; single features are drawn seldom enough that some do."""
    parts = [f"rounds: {rounds}", f"clients_per_round: {rng.choice(('0.6', '0.8', '1.0'))}"]
    server = rng.choice(listed["servers"])
    disk = ", keep: disk" if server in KEPT_ON_DISK and rng.random() < 0.6 else ""
    parts.append(f"server: {{algorithm: {server}{NEEDED.get(server, '')}{disk}}}")
    local = ["batch: 5", "lr: 0.05", "clip_norm: 0", "weight_decay: 0", f"momentum: {rng.choice(('0', '0', '0.9'))}"]
    if rng.random() < 0.2:
        local = ["batch: 5", "lr: 0.01", "optimiser: " + rng.choice(("adam", "adamw"))]
    if rng.random() < 0.2:
        local.append("loss: " + rng.choice(("gce", "symmetric", "label_smoothing")))
    parts.append("local: {" + ", ".join(local) + "}")
    choices = [
        (0.3, lambda: "aggregation: " + one_of(rng, listed, "rules", "rule", rng.choice(("", ", f: 1", ", blocks: holders")))),
        (0.25, lambda: "attack: " + one_of(rng, listed, "attacks", more=f", who: {rng.choice(('0.2', '0.3'))}")),
        (0.3, lambda: "compression: " + one_of(rng, listed, "compressions")),
        (0.2, lambda: "secure_aggregation: {protocol: masked}"),
        (0.15, lambda: "privacy: {clip: 1, z: 1}, on_nonfinite: exclude"),
        (0.25, lambda: "missing: " + one_of(rng, listed, "missing")),
        (0.2, lambda: "private: {blocks: [" + rng.choice(("series", "head", "feature")) + "]}"),
        (0.3, lambda: "availability: {" + rng.choice((f"reachable: {rng.choice(REACHES)}", f"time: {rng.choice(TIMES)}")) + "}"),
        (0.2, lambda: "stop: {patience: 5}")]
    parts += [make() for share, make in choices if rng.random() < share]
    return "training: {" + ", ".join(parts) + "}\n"


def draw(rng, listed, rounds):
    spoken = rng.random() < 0.12
    seeds = ", ".join(str(rng.randrange(1, 99)) for _ in range(rng.choice((1, 2, 3))))
    partition = "{own_test: 0.3}" if rng.random() < 0.3 else "{}"
    model = SPOKEN if spoken else VALUES % (rng.choice(FUSIONS), rng.choice(ENCODERS))
    text = HEAD % (seeds, "strings" if spoken else "data", partition, model) + training(rng, listed, rounds)
    metrics = "[wer, mer]" if spoken else "[accuracy, nll, macro_f1]"
    judge = "" if spoken or rng.random() < 0.6 else f", judge: {rng.choice(JUDGES)}"
    if spoken:
        text += "tests: {late: {kind: missing_modality, modalities: [audio], rate: 0.5}}\n"
    else:
        text += "corruption: [" + ", ".join(rng.sample(DAMAGE, rng.randrange(4))) + "]\n"
        text += "tests: {" + ", ".join(rng.sample(TESTS, rng.randrange(1, 4))) + "}\n"
        text += "controls: [local_only]\n" if rng.random() < 0.3 else ""
    return text + f"evaluate: {{every: {rng.choice((7, 20, rounds))}, metrics: {metrics}, groups: [{'town' if spoken else 'site'}]{judge}}}\n"


def features(text):
    """Which of them a study has, for the count at the end."""
    words = ["aggregation", "attack", "compression", "secure_aggregation", "privacy", "missing:", "private:", "reachable", "time:", "stop:",
             "keep: disk", "own_test", "judge", "strings", "local_only", "corruption: [{"]
    return [word.strip(":[{ ") for word in words if word in text] + [text.split("algorithm: ")[1].split(",")[0].split("}")[0]]


def tone(word, client, take):
    hz = (200, 500, 800)[word] + 10 * client
    values = [int(9000 * math.sin(2 * math.pi * hz * i / 4000 + take)) for i in range(400)]
    data = struct.pack("<400h", *values)
    return b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack(
        "<IHHIIHH", 16, 1, 1, 4000, 8000, 2, 16) + b"data" + struct.pack("<I", len(data)) + data


def make(bench):
    """Shards of values and of strings of tones."""
    bench.synth(dev_fraction=0.2)
    rows = ["id,client,label,split,town,audio"]
    for client in range(9):
        for take in range(6):
            split = "test" if client > 5 else "dev" if take > 3 else "train"
            bench.write(f"c{client}-{take}.wav", tone(take % 3, client, take))
            rows.append(f"c{client}-{take},c{client},{('high', 'low', 'mid')[take % 3]},{split},t{client % 2},c{client}-{take}.wav")
    bench.write("takes.csv", "\n".join(rows) + "\n")
    bench.write("set.yaml", "name: calls\ngroups: [town]\nmodalities: {audio: {kind: audio}}\ninputs: [{reader: manifest, file: takes.csv}]\n"
                            "strings: {from: audio, per_client: 6, length: [1, 3], gap_ms: [5, 20]}\n")
    bench.good("import", "set.yaml", "-o", "strings")


def valid(bench, rng, listed, rounds, name):
    """Draws until a study can run; how many draws it took."""
    for k in range(1, 400):
        text = draw(rng, listed, rounds)
        bench.write(name, text)
        if bench.run("check", name).returncode == 0:
            return text, k
    raise RuntimeError("nothing that goes together")
