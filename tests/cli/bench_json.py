#!/usr/bin/env python3
"""`fray bench` runs, says what it should and leaves nothing behind. No time is asserted."""
import ast
import json
import math
import resource
import struct

from bench import Bench

MACHINE = {"cpu": str, "cores": float, "openblas": str, "openblas_kernel": str, "vectors": str,
           "peak_gflops": float, "copy_gb_per_s": dict, "triad_gb_per_s": dict}
MODEL = {"name": str, "meaning": str, "parameters": float, "batch": float, "step_ms": dict,
         "step_mflop": float, "step_gflops": float, "step_share_of_peak": float,
         "evaluate_ms_per_sample": dict, "evaluate_mflop_per_sample": float,
         "evaluate_gflops": float, "evaluate_share_of_peak": float, "exact_sum_ms": dict}
HEAD = {"fray": str, "evaluation_block": float, "summed_updates": float}
AROUND = {"tiny_client_us": dict, "round_client_us": dict, "shard_mb_per_s": dict,
          "log_mel_times_real_time": dict}
NAMES = ["uci-har", "vector-784", "image-sound", "sound-text", "attention-ragged"]


def positive(value):
    return (isinstance(value, (int, float)) and not isinstance(value, bool)
            and math.isfinite(value) and value > 0)


def check_fields(bench, where, found, fields, others):
    bench.check(set(found) == set(fields) | set(others), f"{where}: fields {sorted(found)}")
    for key, kind in fields.items():
        value = found.get(key)
        if kind is str:
            good = isinstance(value, str) and value != ""
        elif kind is float:
            good = positive(value)
        else:
            good = (isinstance(value, dict) and set(value) == {"low", "median", "high"}
                    and all(map(positive, value.values()))
                    and value["low"] <= value["median"] <= value["high"])
        bench.check(good, f"{where}.{key}: {value}")


def check_json(bench, text, names, rest, lists=()):
    found = json.loads(text)
    check_fields(bench, "bench", found, {**HEAD, **rest}, ["machine", "models", *lists])
    check_fields(bench, "machine", found["machine"], MACHINE, ["pinned_by"])
    got = [model["name"] for model in found["models"]]
    bench.check(got == names, f"models {got}, expected {names}")
    for model in found["models"]:
        check_fields(bench, model["name"], model, MODEL, [])
    return found


def check_flops(bench, models):
    """Products of the vector model by hand: 784 -> 128 -> 64 -> 10 is 2 (784 x 128 + 128 x 64 +
    64 x 10) per sample; a step adds the weights' gradients (as much again) and the inputs' (all
    but the first layer's)."""
    model = next(m for m in models if m["name"] == "vector-784")
    first, rest = 784 * 128, 128 * 64 + 64 * 10
    once, step = 2e-6 * (first + rest), 2e-6 * model["batch"] * (2 * first + 3 * rest)
    bench.check(math.isclose(model["evaluate_mflop_per_sample"], once, rel_tol=1e-9),
                f"MFLOP of a sample: {model['evaluate_mflop_per_sample']}, by hand {once}")
    bench.check(math.isclose(model["step_mflop"], step, rel_tol=1e-9),
                f"MFLOP of a step: {model['step_mflop']}, by hand {step}")
    bench.check(model["parameters"] == first + rest + 128 + 64 + 10, "parameters of the model")


def check_table(bench, text, models):
    lines = text.splitlines()
    bench.check(max(map(len, lines)) <= 80, "a line of the table is wider than 80 columns")
    for model in models:
        head = f"{model['name']}: {model['parameters']:.0f} parameters"
        bench.check(head in lines, f"'{head}' is not in the table")


def check_damage(bench, here):
    """Every kind of the registry that damages raw values is measured, or says why not; nobody lists
    them in the bench."""
    listed = json.loads(bench.good("list", "corruptions", "--json").stdout)["kinds"][0]["methods"]
    text = bench.good("bench", "--brief", "--only", "damage", "--json", env=here, seconds=250).stdout
    rows = check_json(bench, text, [], {}, ["damage"])["damage"]
    names = [kind["name"] for kind in listed]
    media = ["audio", "image", "series", "text", "feature"]
    places = [(media.index(row["medium"]), names.index(row["name"])) for row in rows]
    bench.check(places == sorted(set(places)) and len(rows) > 60, f"rows {places}")
    bench.check({row["medium"] for row in rows} == set(media), "a medium has no kind")
    for row in rows:
        fields = {"name": str, "medium": str, "unit": str}
        other = {"not_measured": str} if "not_measured" in row else {"rate": dict}
        check_fields(bench, row["name"], row, {**fields, **other}, [])
    why = {row["name"]: row["not_measured"] for row in rows if "not_measured" in row}
    bench.check(why.get("background") == "has no default for from", f"not measured: {why}")
    bench.check(set(why) <= {"background", "desync", "payload", "dialect", "trigger_mark"}, f"not measured: {why}")
    return rows


def array(path):
    """Shape and numbers of a .npy file of single floats, read by the format's own description."""
    data = path.read_bytes()
    size = struct.unpack("<H", data[8:10])[0]
    head = ast.literal_eval(data[10:10 + size].decode())
    numbers = struct.unpack(f"<{(len(data) - 10 - size) // 4}f", data[10 + size:])
    good = (data[:8] == b"\x93NUMPY\1\0" and (10 + size) % 64 == 0 and head["descr"] == "<f4"
            and head["fortran_order"] is False and math.prod(head["shape"]) == len(numbers))
    return head["shape"], numbers, good


def check_values(bench):
    """What was damaged, and the same damaged, for other programs: an inverted picture shows which is
    which."""
    for i in range(16):
        shape, clean, good = array(bench.folder / "values" / f"image-{i}.npy")
        bench.check(good and shape == (32, 32, 3), f"image-{i}: {shape}")
        shape, damaged, good = array(bench.folder / "values" / f"inversion-image-{i}.npy")
        bench.check(good and shape == (32, 32, 3), f"inversion-image-{i}: {shape}")
        bench.check(all(abs(a + b - 1) < 1e-6 for a, b in zip(clean, damaged)) and len(set(clean)) > 20,
                    f"inversion-image-{i} is not the inverse of image-{i}")


def check_methods(bench, here):
    """Every algorithm of the registry is measured beside the first, and the first with half away; what
    is its own arithmetic is told apart, in the same turns."""
    listed = json.loads(bench.good("list", "servers", "--json").stdout)["kinds"][0]["methods"]
    text = bench.good("bench", "--brief", "--only", "servers", "--json", env=here, seconds=250).stdout
    rows = check_json(bench, text, [], {}, ["servers"])["servers"]
    names = [kind["name"] for kind in listed]
    coders = json.loads(bench.good("list", "compressions", "--json").stdout)["kinds"][0]["methods"][1:]
    bench.check([row["name"] for row in rows] == names + [f"{names[0]}, {c['name']}" for c in coders] + [f"{names[0]}, {what}" for what in ("on a grid", "masked", "half away")],
                f"rows {rows}")
    for row in rows:
        check_fields(bench, row["name"], row, {"name": str, "client_us": dict, "ratio": dict}, ["own", "beyond"])
        bench.check(0 <= row["own"]["low"] <= row["own"]["median"] <= row["own"]["high"], f"{row}")
    own = {row["name"]: row["own"]["median"] for row in rows}
    # Nothing of its own: no pass, no vector, no second sum; its ratio is all beyond.
    for row in rows:
        if row["own"]["high"] == 0:
            bench.check(row["beyond"] == row["ratio"], f"{row}")
    bench.check(own["fedavg"] == own["fedbuff"] == own["fednova"] == 0, f"own {own}")
    bench.check(all(own[name] > 0 for name in ("fedrs", "scaffold", "feddyn", "fedprox", "moon", "qfedavg", "ditto",
                                               "coteaching", "fedasync", "fedadam")), f"own {own}")
    table = bench.good("bench", "--brief", "--only", "servers", env=here, seconds=250).stdout
    bench.check(max(map(len, table.splitlines())) <= 80, table)


def check_rules(bench, here):
    """What each rule makes of the updates that it was measured on: the mean and the median by hand, krum one of them."""
    listed = json.loads(bench.good("list", "rules", "--json").stdout)["kinds"][0]["methods"]
    text = bench.good("bench", "--brief", "--only", "rules", "--json", "--values", "sums", env=here, seconds=100).stdout
    found = check_json(bench, text, [], {"rule_ranks": float, "rule_updates": float, "rule_values": float}, ["rules"])
    names = [row["name"] for row in found["rules"]]
    for row in found["rules"]:
        check_fields(bench, row["name"], row, {"name": str, "ms": dict, "times_mean": dict}, [])
    bench.check(names[0] == "mean" and {n for n in names if not n.startswith("before: ")} <= {r["name"] for r in listed}, f"{names}")
    here_are = {path.stem: array(path) for path in (bench.folder / "sums").iterdir()}
    bench.check(all(good and shape == (found["rule_values"],) for shape, _, good in here_are.values()), "shapes of updates")
    updates = [here_are[f"update-{k}"][1] for k in range(int(found["rule_updates"]))]
    across = [sorted(x) for x in zip(*updates)]
    bench.check(all(abs(math.fsum(x) / len(x) - y) < 1e-6 * max(map(abs, x)) for x, y in zip(across, here_are["mean"][1])), "mean")
    bench.check([x[len(x) // 2] for x in across] == list(here_are["median"][1]), "median")
    bench.check(here_are["krum"][1] in updates, "krum is none of the updates")
    table = bench.good("bench", "--brief", "--only", "rules", env=here, seconds=100).stdout
    bench.check("11 updates of 4000 values on 1 rank" in table and max(map(len, table.splitlines())) <= 80, table)


def check_parts(bench, here):
    one = bench.good("bench", "--brief", "--only", "gaussian_noise", env=here, seconds=100).stdout
    lines = one.splitlines()
    bench.check("damage of image" in lines and max(map(len, lines)) <= 80
                and len([line for line in lines if line.startswith("  gaussian_noise ")]) == 1, one)
    bench.good("bench", "--brief", "--only", "image", "--values", "values", env=here, seconds=100)
    for only in ("flip", "rules"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        bench.refused(f"values of {only} in a folder that is there", bench.run("bench", "--only", only, "--values", "values", env=here),
                      ["--values values", "is there already"])
        took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        bench.check(took < 0.8, f"refused after {took} s of processor time: something was measured before")
    check_values(bench)
    ratios = bench.good("bench", "--brief", "--only", "conditions", "--json", env=here, seconds=250).stdout
    check_json(bench, ratios, [], {"conditions": float, "training_times_clean": dict,
                                   "evaluation_times_clean": dict})
    table = bench.good("bench", "--brief", "--only", "conditions", env=here, seconds=250).stdout
    bench.check("evaluation, 5 conditions" in table and max(map(len, table.splitlines())) <= 80, table)
    ragged = bench.good("bench", "--brief", "--only", "ragged", "--json", env=here, seconds=100).stdout
    rows = check_json(bench, ragged, [], {}, ["ragged"])["ragged"]
    bench.check([row["name"] for row in rows] == ["conv_gru", "gru", "transformer"], f"{rows}")
    for row in rows:
        check_fields(bench, row["name"], row, {"name": str, "training_us": dict, "training_times_equal": dict,
                                               "evaluation_us": dict, "evaluation_times_equal": dict}, [])
    other = bench.good("bench", "--brief", "--only", "background", env=here, seconds=100).stdout
    bench.check("not measured: has no default for from" in other, other)


def main():
    bench = Bench()
    (bench.folder / "tmp").mkdir()
    here = {"TMPDIR": str(bench.folder / "tmp")}
    found = check_json(bench, bench.good("bench", "--brief", "--json", env=here, seconds=250).stdout, NAMES,
                       AROUND)
    check_flops(bench, found["models"])
    # The table is drawn by the same code for one model as for all: one is enough to look at.
    table = bench.good("bench", "--brief", "--only", "vector-784", env=here, seconds=100).stdout
    check_table(bench, table, [m for m in found["models"] if m["name"] == "vector-784"])
    one = bench.good("bench", "--brief", "--only", "vector-784", "--json", env=here, seconds=100).stdout
    check_json(bench, one, ["vector-784"], {})
    check_damage(bench, here)
    check_methods(bench, here)
    check_rules(bench, here)
    check_parts(bench, here)
    left = [path.name for path in (bench.folder / "tmp").glob("fray-bench-*")]
    bench.check(not left, f"left behind: {left}")
    bench.refused("operand", bench.run("bench", "fast"), ["unexpected 'fast'"])
    bench.refused("option", bench.run("bench", "--jsn"), ["--json"])
    bench.refused("model", bench.run("bench", "--only", "vector-748"), ["did you mean 'vector-784'"])
    bench.refused("kind", bench.run("bench", "--only", "gausian_noise"), ["did you mean 'gaussian_noise'"])
    bench.refused("labels", bench.run("bench", "--only", "label_noise"), ["no damage of raw values 'label_noise'", "'sound-text'"])
    bench.refused("values of a model", bench.run("bench", "--only", "uci-har", "--values", "out"),
                  ["--values", "damage"])
    bench.refused("values in the way", bench.run("bench", "--brief", "--only", "flip", "--values", "values"),
                  ["values"])
    bench.refused("two ranks", bench.run("bench", ranks=2), ["one process", "2 ranks"])
    bench.end()


main()
