#!/usr/bin/env python3
"""What an import did to values and what it found in them: right values where they can be had, and a
warning with names where they cannot. Dry runs say the same."""
import json
import math
import struct
import subprocess

from bench import Bench, DUMP

RATE = 8000
SINE = [math.sin(2 * math.pi * 440 * i / RATE) for i in range(2000)]
FORMATS = {"f4": (3, 4), "f8": (3, 8), "i2": (1, 2), "i3": (1, 3), "i4": (1, 4)}


def packed(values, sort):
    if sort in ("f4", "f8"):
        return struct.pack(f"<{len(values)}{'f' if sort == 'f4' else 'd'}", *values)
    size = int(sort[1])
    return b"".join(int(v).to_bytes(size, "little", signed=True) for v in values)


def wav(values, sort="i2", said=None, rate=RATE, channels=1):
    tag, size = FORMATS[sort]
    data = packed(values, sort)
    said = len(data) if said is None else said
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * size * channels, size * channels,
                       8 * size)
    return (b"RIFF" + struct.pack("<I", 36 + said) + b"WAVEfmt " + struct.pack("<I", 16) + head
            + b"data" + struct.pack("<I", said) + data)


def au(values):
    return (b".snd" + struct.pack(">IIIIII", 28, 2 * len(values), 3, RATE, 1, 0)
            + struct.pack(f">{len(values)}h", *values))


def npy(values, columns=0):
    shape = f"({len(values) // columns}, {columns})" if columns else f"({len(values)},)"
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head + packed(values, "f4")


def pgm(values):
    return b"P5\n4 4\n255\n" + bytes(values)


class Set:
    """A data set of one modality in raw/, from rows (client, label, split, file)."""

    def __init__(self, bench, kind, keys=""):
        self.bench, self.rows = bench, []
        bench.write("raw/set.yaml", f"name: s\nclasses: [x, y]\nmodalities: "
                                    f"{{m: {{kind: {kind}{keys}}}}}\n"
                                    "inputs: [{reader: manifest, file: set.csv}]\n")

    def add(self, name, content, client="a", label="x", split="train"):
        self.bench.write(f"raw/{name}", content)
        self.rows.append(f"{len(self.rows) + 1},{client},{label},{split},{name}\n")
        return self

    def run(self, *words):
        self.bench.write("raw/set.csv", "id,client,label,split,m\n" + "".join(self.rows))
        return self.bench.run("import", "raw/set.yaml", *words)

    def both(self, what, folder):
        """Imports, dry and not; returns what was said, which must be the same and fit 80 columns."""
        dry, wet = self.run("--dry-run"), self.run("-o", folder)
        for result in (dry, wet):
            self.bench.check(result.returncode == 0, f"{what}: {result.stderr}")
        for line in (dry.stdout + dry.stderr + wet.stdout + wet.stderr).splitlines():
            self.bench.check(len(line) <= 80, f"{what}: {len(line)} columns: {line}")
        said = [warnings(result.stderr) for result in (dry, wet)]
        self.bench.check(said[0] == said[1], f"{what}: a dry run says {said[0]}, not {said[1]}")
        return said[1], dry.stdout, wet.stderr


def warnings(stderr):
    """Each warning as one line."""
    out = []
    for line in stderr.splitlines():
        if line.startswith("fray: warning: "):
            out.append(line.removeprefix("fray: warning: "))
        elif line.startswith("    ") and out:
            out[-1] += " " + line.strip()
    return [w for w in out if not w.startswith(("raw/set.yaml: no sample is for test", "s: only 1 test ",
                                                "s: even if each client is tested in turn"))]


def values_of(bench, folder):
    text = subprocess.run([DUMP, bench.folder / folder / "shard-0000.h5", "modalities/m"],
                          capture_output=True, text=True, check=True).stdout
    found = {}
    for line in text.splitlines():
        path, _, _, *values = line.split(" ")
        found[path.split("/")[-1]] = [float(v) for v in values]
    return found["values"]


def expect(bench, what, said, parts):
    """Exactly these warnings, in this order; each part is a tuple of words."""
    print(f"{what}:", *said, sep="\n  ")
    bench.check(len(said) == len(parts), f"{what}: {len(said)} warnings, expected {len(parts)}")
    for line, words in zip(said, parts):
        for word in words:
            bench.check(word in line, f"{what}: '{word}' is not in '{line}'")


def float_sound(bench):
    loud = Set(bench, "audio")
    loud.add("loud.wav", wav([2 * v for v in SINE], "f4"))
    loud.add("full.wav", wav([1.0, -1.0, 0.5], "f4"))
    said, plan, _ = loud.both("loud floats", "loud")
    expect(bench, "loud floats", said, [("m: 1 of 2 clipped", "loud.wav")])
    bench.check("1 clipped" in plan, f"the plan lacks the clipped sound: {plan}")
    sound = values_of(bench, "loud")
    wanted = [max(-32768, min(32767, round(65536 * v))) for v in SINE] + [32767, -32768, 16384]
    bench.check(all(abs(a - b) <= 1 for a, b in zip(sound, wanted)) and len(sound) == len(wanted),
                "loud floats: other values")
    scaled = [16000 * v for v in SINE]
    for sort in ("f4", "f8"):
        far = Set(bench, "audio").add("far.wav", wav(scaled, sort))
        bench.refused(f"{sort} on the scale of 16 bits", far.run("-o", "out"),
                      ["set.csv:2: sample 1", "far.wav", "floats up to 1", "full scale is 1",
                       "`full_scale: 32768`"])
        right = Set(bench, "audio", ", full_scale: 32768").add("far.wav", wav(scaled, sort))
        right.add("int.wav", wav([300, -300, 7]))
        said, plan, _ = right.both("with full_scale", f"right-{sort}")
        expect(bench, "with full_scale", said, [])
        bench.check("1 scaled" in plan, f"the plan lacks the scaled sound: {plan}")
        found = values_of(bench, f"right-{sort}")
        bench.check(found == [round(v) for v in scaled] + [300, -300, 7], "with full_scale: values")
    wide = Set(bench, "audio").add("wide.wav", wav([9e6 * v for v in SINE], "f4"))
    bench.refused("floats on the scale of 32 bits", wide.run("-o", "out"),
                  ["`full_scale: 2147483648`"])


def quiet_sound(bench):
    """Sound that 16 bits cannot hold; what came in 16 bits loses nothing."""
    quiet = Set(bench, "audio")
    quiet.add("f4.wav", wav([1e-5 * v for v in SINE], "f4"))
    quiet.add("f8.wav", wav([1e-9 * v for v in SINE], "f8"))
    quiet.add("i3.wav", wav([round(100 * v) for v in SINE], "i3"))
    quiet.add("i4.wav", wav([round(9000 * v) for v in SINE], "i4"))
    quiet.add("faint.wav", wav([i % 2 for i in range(100)]))
    quiet.add("soft.wav", wav([round(100000 * v) for v in SINE], "i3"))
    said, plan, _ = quiet.both("quiet sound", "quiet")
    expect(bench, "quiet sound", said,
           [("m: 4 of 6 nearly all zero", "f4.wav, f8.wav, i3.wav and 1 more")])
    bench.check("4 nearly all zero" in plan, f"the plan lacks quiet sound: {plan}")


def headers(bench):
    tone = [round(9000 * v) for v in SINE]
    odd = Set(bench, "audio")
    for name, said in (("crashed.wav", 0), ("piped.wav", 0x7ffff000), ("old.wav", 1000)):
        odd.add(name, wav([v + len(name) for v in tone], said=said))
    said, plan, last = odd.both("headers", "headers")
    expect(bench, "headers", said, [("m: 3 of 3 with a header that differs: the header announces "
                                     "another length", "crashed.wav, piped.wav, old.wav")])
    bench.check("2000 x 1" in plan and "3 with a header that differs" in last, "headers: counts")
    cut = Set(bench, "audio").add("cut.wav", wav(tone, said=4002))
    bench.refused("a cut file", cut.run("-o", "out"),
                  ["cut.wav: truncated", "4002 bytes", "4000"])


def no_sounds(bench):
    """Files that are no sound, or none that is read, are named for what they are."""
    for content, part in ((b"", "the file is empty"),
                          (b"<!DOCTYPE html><html>", "not a sound but a web page"),
                          (b"version https://git-lfs.github.com/spec/v1\n", "`git lfs pull`"),
                          (b"\0\0\0\x20ftypM4A \0\0\0\0", "an MP4 or M4A file is not read; convert it to"),
                          (b"\x1a\x45\xdf\xa3" + bytes(60), "a Matroska or WebM file is not read"),
                          (b"\xff\xf1\x50\x80" + bytes(60), "an AAC stream is not read"),
                          (b"a text", "not a readable sound file")):
        wrong = Set(bench, "audio").add("a.wav", content)
        bench.refused(part, wrong.run("-o", "out"), ["sample 1: m: ", "a.wav: ", part])


def done_on_purpose(bench):
    """Counted, without a warning."""
    some = Set(bench, "audio", ", rate: 8000")
    some.add("other.wav", wav([round(9000 * v) for v in SINE], rate=16000))
    some.add("two.wav", wav([round(900 * v) for v in SINE], channels=2))
    some.add("faint.wav", wav([2, 0, 0, -2] * 50, channels=2))
    said, plan, last = some.both("conversions", "conversions")
    expect(bench, "conversions", said, [])
    for text in (plan, last):
        bench.check("1 resampled, 2 mixed" in text, f"conversions: {text}")


def nothing_in_them(bench):
    """Constant and zero values of every kind; one line each however many they are."""
    kinds = {
        "audio": (".wav", wav([0] * 500), wav([77] * 500), wav([1, 2, 3])),
        "series": (".csv", "a,b\n0,0\n0,0\n", "a,b\n1,2\n1,2\n1,2\n", "a,b\n1,2\n1,3\n"),
        "feature": (".npy", npy([0, 0, 0]), npy([5, 5, 5]), npy([1, 2, 3])),
        "image": (".pgm", pgm([0] * 16), pgm([9] * 16), pgm(range(16))),
    }
    for kind, (end, zero, constant, other) in kinds.items():
        made = Set(bench, kind)
        for i in range(6):
            made.add(f"zero{i}{end}", zero, split="test" if i % 2 else "train")
        made.add(f"same{end}", constant).add(f"other{end}", other)
        said, plan, _ = made.both(kind, f"nothing-{kind}")
        expect(bench, kind, said,
               [("m: 1 of 8 constant", f"same{end}"),
                ("m: 6 of 8 all zero", f"zero0{end}, zero1{end}, zero2{end} and 3 more")])
        bench.check("1 constant, 6 all zero" in plan, f"{kind}: {plan}")


def leaks(bench):
    """The same content where it must not be twice, under other names and in other formats."""
    tone = [round(9000 * v) for v in SINE]

    def other(i):
        return wav([v + i for v in tone])

    twice = Set(bench, "audio")
    twice.add("1.wav", wav(tone)).add("2.au", au(tone), split="test")
    for i in range(3, 7):
        twice.add(f"{i}.wav", other(i)).add(f"copy{i}.wav", other(i), split="test")
    said, plan, _ = twice.both("train and test", "leaks")
    expect(bench, "train and test", said,
           [("m: the same content in train and in test, 5 times:",
             "1 (1.wav) and 2 (2.au); 3 (3.wav) and 4 (copy3.wav)", "and 2 more")])
    bench.check("5 repeated" in plan, f"train and test: {plan}")
    apart = Set(bench, "audio")
    apart.add("1.wav", wav(tone)).add("2.wav", wav(tone), client="b")
    apart.add("3.wav", other(3)).add("4.wav", other(3), label="y")
    apart.add("5.wav", other(5)).add("6.wav", other(5))
    apart.add("7.wav", other(7), split="dev").add("8.wav", other(7), split="test")
    apart.add("9.wav", other(9), client="b", label="y").add("10.wav", other(9), split="test")
    said, plan, _ = apart.both("clients and classes", "apart")
    expect(bench, "clients and classes", said,
           [("in train and in test, 1 time:", "9 (9.wav) and 10 (10.wav)"),
            ("in dev and in test, 1 time:", "7 (7.wav) and 8 (8.wav)"),
            ("in two clients, 2 times:", "1 (1.wav) and 2 (2.wav); 9 (9.wav) and 10 (10.wav)"),
            ("in two classes, 2 times:", "3 (3.wav) and 4 (4.wav); 9 (9.wav) and 10 (10.wav)")])
    both = Set(bench, "audio")
    both.add("1.wav", wav(tone), client="b").add("2.wav", wav(tone), split="test")
    said, _, _ = both.both("said once", "both")
    expect(bench, "said once", said,
           [("in train and in test, in two clients, 1 time:", "1 (1.wav) and 2 (2.wav)")])
    bench.check("5 repeated" in plan, f"clients and classes: {plan}")


def leaky_set(bench, leaky):
    """16 samples of 4 clients, a shard each; 8 are for test. Some of these repeat others if leaky."""
    vector = {9: 1, 10: 2, 12: 4} if leaky else {}
    picture = {14: 3} if leaky else {}
    rows = ["id,client,label,split,m,n\n"]
    for i in range(16):
        split = "train" if i < 6 else "dev" if i < 8 else "test"
        label = "x" if i == 9 else "xy"[i % 2]
        bench.write(f"raw/{i}.npy", npy([vector.get(i, i), 99]))
        bench.write(f"raw/{i}.pgm", pgm([picture.get(i, i), *range(15)]))
        rows.append(f"{i},{i // 4},{label},{split},{i}.npy,{i}.pgm\n")
    bench.write("raw/leaky.csv", "".join(rows))
    bench.write("raw/leaky.yaml",
                "name: s\nmodalities: {m: {kind: feature}, n: {kind: image}}\n"
                "shards: {clients: 1}\ninputs: [{reader: manifest, file: leaky.csv}]\n")


def leaks_reach_the_report(bench):
    """What import counts, over all modalities, stands in the shards, in what a run says of its data
    and in its report."""
    keys = ("same_in_train_and_test", "same_in_two_clients", "same_in_two_classes")
    bench.write("leaky.yaml", "name: s\nseeds: [1]\ndata: {shards: leaky}\nmodel: {hidden: 4}\n"
                              "training: {rounds: 1, clients_per_round: 1.0}\n")
    for leaky, expected in ((False, ["0", "0", "0"]), (True, ["4", "4", "2"])):
        leaky_set(bench, leaky)
        bench.good("import", "raw/leaky.yaml", "-o", "leaky", "--overwrite")
        bench.good("run", "leaky.yaml", "-o", "leaky-results", "--overwrite")
        results = bench.folder / "leaky-results"
        told = json.loads((results / "provenance.json").read_text(encoding="utf-8"))
        bench.check([told.get(key) for key in keys] == expected, f"leaks: {told}")
        page = (results / "report.html").read_text(encoding="utf-8")
        for text in ("training and test share content, 4 times", "clients share content, 4 times",
                     "classes share content, 2 times"):
            bench.check((text in page) is leaky, f"leaky: {leaky}, '{text}' in the report")


def leaks_of_texts(bench):
    """Texts are contents too, but words that go with other modalities are said again and again."""
    texts = Set(bench, "text")
    texts.add("1.txt", "one").add("2.txt", "one", split="test")
    said, _, _ = texts.both("texts", "texts")
    expect(bench, "texts", said, [("m: the same content in train and in test, 1 time",)])
    bench.write("raw/set.yaml", "name: s\nmodalities: {m: {kind: feature}, t: {kind: text}}\n"
                                "inputs: [{reader: manifest, file: both.csv, texts: {t: said}}]\n")
    bench.write("raw/a.npy", npy([1, 2]))
    bench.write("raw/b.npy", npy([1, 3]))
    bench.write("raw/both.csv", "id,client,label,split,m,said\n1,a,x,train,a.npy,yes\n"
                                "2,b,y,test,b.npy,yes\n")
    result = bench.good("import", "raw/set.yaml", "--dry-run")
    expect(bench, "texts beside features", warnings(result.stderr), [])
    bench.check("1 repeated" in result.stdout, f"texts beside features: {result.stdout}")


def arrays(bench):
    """Arrays where other files are expected, whatever their names."""
    zipped = b"PK\3\4" + bytes(30)
    for kind, name, content, parts in (
            ("series", "a.npz", zipped, ["a.npz: a .npz archive", "save the one"]),
            ("feature", "a.npz", zipped, ["a.npz: a .npz archive", "save the one"]),
            ("image", "a.npy", npy([1, 2]), ["a.npy: a NumPy array", "`image`", "`feature`"]),
            ("audio", "a.npz", zipped, ["a.npz: a .npz or .zip archive", "`audio`"]),
            ("text", "a.npy", npy([1, 2]), ["a.npy: a NumPy array", "`text`"])):
        bench.refused(f"{name} as {kind}", Set(bench, kind).add(name, content).run("-o", "out"),
                      ["sample 1: m: ", *parts])
    named = Set(bench, "series").add("array.dat", npy([1, 2, 3, 4], 2))
    named.both("an array under another name", "array")
    bench.check(values_of(bench, "array") == [1, 2, 3, 4], "an array under another name: values")


def main():
    bench = Bench()
    bench.parts(float_sound, quiet_sound, headers, no_sounds, done_on_purpose, nothing_in_them,
                leaks, leaks_reach_the_report, leaks_of_texts, arrays)
    bench.end()


if __name__ == "__main__":
    main()
