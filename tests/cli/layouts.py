#!/usr/bin/env python3
"""`fray init` on folders as people have them: for each layout what it takes for what, and that an import takes
the YAML as it is. Sounds, pictures and tables are tiny; names and columns are those of published sets."""
import gzip
import json
import os
import random
import re
import struct

from bench import Bench
from made_sets import png, put, wav

RNG = random.Random(5)


class Layout:
    """One folder: made, looked at, imported without a change."""

    def __init__(self, bench, name):
        self.bench, self.name, self.root = bench, name, bench.folder / name

    def take(self, yaml, plan, said=()):
        done = self.bench.good("init", self.name)
        text = (self.root / "dataset.yaml").read_text(encoding="utf-8")
        for words in yaml:
            self.bench.check(words in text, f"{self.name}: '{words}' is not in: {text}")
        for words in said:
            self.bench.check(words in done.stderr, f"{self.name}: '{words}' is not in: {done.stderr}")
        seen = self.bench.good("import", f"{self.name}/dataset.yaml", "--dry-run").stdout
        for words in plan:
            self.bench.check(words in seen, f"{self.name}: '{words}' is not in: {seen}")
        return text


def sensor(start, rows=40):
    lines = [f"{k * 0.02:.2f},{start + RNG.random():.3f},{RNG.random():.3f},{9 + RNG.random():.3f}" for k in range(rows)]
    return "time,ax,ay,az\n" + "\n".join(lines) + "\n"


def clinic(bench):
    """Two tables; sound in a folder for each person; pictures, series and texts by name; some are missing."""
    it = Layout(bench, "clinic")
    people = ["participant,sex,age,site"]
    sessions = ["recording_id,participant,visit,task"]
    for p in range(1, 13):
        people.append(f"P{p:02},{'fm'[p % 2]},{20 + p},{['Ulm', 'Bonn'][p % 2]}")
        for visit in (1, 2):
            for k, task in enumerate(("rest", "walk", "stairs")):
                name = f"P{p:02}_v{visit}_{task}"
                sessions.append(f"{name},P{p:02},{visit},{task}")
                if (p + visit + k) % 9:
                    wav(it.root, f"audio/P{p:02}/{name}.wav", 100 * k + p, 0.02)
                png(it.root, f"photos/{name}.png", (p, k, visit))
                put(it.root, f"sensors/{name}.csv", sensor(k))
                put(it.root, f"notes/{name}.txt", f"number {p} {visit} went {task}")
    put(it.root, "participants.csv", "\n".join(people) + "\n")
    put(it.root, "sessions.csv", "\n".join(sessions) + "\n")
    put(it.root, "README.txt", "about this study")
    it.take(['audio: "audio/{participant}/{recording_id}.wav"', 'photos: "photos/{recording_id}.png"',
             'notes: "notes/{recording_id}.txt"', "sensors: {kind: series, rate: 50, columns: [ax, ay, az]}",
             "{file: participants.csv, on: participant}", 'client: "{participant}"', 'label: "{task}"',
             "groups: [visit, sex, site]", "absent: keep", "fraction: 0.5, of: clients"],
            ["72 samples, 12 clients, 3 classes", "40 x 3 at 50 Hz"],
            ["not used: 1 data file of the kind text, such as README.txt"])


def no_table(bench):
    """The same takes as sound, picture and text, known by their names alone; a table of the speakers."""
    it = Layout(bench, "home")
    put(it.root, "speakers.csv", "speaker,accent\n" + "".join(f"s{s:02},{'ns'[s % 2]}\n" for s in range(12)))
    for s in range(12):
        for take in range(4):
            for k, word in enumerate(("yes", "no")):
                name = f"s{s:02}_{word}_{take}"
                if (s + take) % 7:
                    wav(it.root, f"sound/{name}.wav", 50 * k + s, 0.02)
                if (s + take) % 5:
                    png(it.root, f"faces/{name}.png", (s, k, take))
                put(it.root, f"words/{name}.txt", f"person {s} said {word} {take}")
    it.take(['audio: "sound/{client}_{label}_{part4}.wav"', 'text: "words/{client}_{label}_{part4}.txt"',
             "{file: speakers.csv, on: client, key: speaker}", "groups: [accent]"],
            ["96 samples, 12 clients, 2 classes", "accent               group            2 values"])


def folders(bench):
    """A folder for each class; one for each person; kinds side by side in it; endings in capital letters."""
    it = Layout(bench, "classes")
    for k, name in enumerate(("cat", "dog", "owl")):
        for i in range(8):
            png(it.root, f"{name}/IMG_{10 * k + i:04}.{'PNG' if i % 4 == 0 else 'png'}", (k, i, 9))
    it.take(['"{label}/IMG_{part3}.PNG"', '"{label}/IMG_{part3}.png"', "client: all  # check"], ["24 samples, 1 client, 3 classes"])
    it = Layout(bench, "persons")
    for s in range(10):
        for k, name in enumerate(("up", "down", "left")):
            for i in range(2):
                wav(it.root, f"S{s:02}/{name}_{i}.wav", 10 * s + k, 0.02)
                png(it.root, f"S{s:02}/{name}_{i}.png", (s, k, i))
    it.take(['audio: "{client}/{label}_{part3}.wav"', 'image: "{client}/{label}_{part3}.png"'],
            ["60 samples, 10 clients, 3 classes"])


def memes(bench):
    """JSON Lines, a file for each split."""
    it, number = Layout(bench, "memes"), 0
    for split, n in (("train", 24), ("dev_seen", 6), ("test_seen", 6)):
        lines = []
        for k in range(n):
            number += 1
            lines.append(json.dumps({"id": number, "img": f"img/{number:05}.png", "label": k % 2, "text": f"look at {number} now"}))
            png(it.root, f"img/{number:05}.png", (number, 1, 2))
        put(it.root, f"{split}.jsonl", "\n".join(lines) + "\n")
    it.take(["file: train.jsonl", "file: dev_seen.jsonl", "split: dev", "img: {kind: image", "text: text", 'id: "{id}"'],
            ["36 samples, 1 client, 2 classes", "24         6         6"])
    # Numbers that begin anew in each table are no ids by themselves.
    it = Layout(bench, "anew")
    for split, n in (("train", 20), ("val", 8), ("test", 8)):
        put(it.root, f"{split}.csv", "id,who,label,text\n" + "".join(
            f"{k},p{k % 4},{'ab'[k % 2]},\"{split} words of {k}\"\n" for k in range(n)))
    it.take(['id: "train/{id}"', 'id: "dev/{id}"', "file: val.csv"], ["36 samples, 4 clients, 2 classes"])


def wisdm(bench):
    """One table for all: no header, a sign at the ends of rows, nanoseconds, faulty rows."""
    it, rows = Layout(bench, "wisdm"), []
    for who in range(1, 9):
        time = 49105962326000
        for what in ("Jogging", "Walking"):
            for _ in range(300):
                time += 50000000
                rows.append(f"{who},{what},{time},{RNG.random():.6f},{9 + RNG.random():.6f},{RNG.random():.8f};")
        rows.append("11,Walking,1867172313000,4.4,4.4,")
    put(it.root, "WISDM_ar_v1.1_raw.txt", "\n".join(rows) + "\n")
    it.take(["rate: 20", 'columns: ["4", "5", "6"]', 'row_end: ";"', "{1: person, 2: activity, 3: time}",
             "time_unit: ns", "gap: 0.5 s"], ["8 clients, 2 classes", "128 x 3 at 20 Hz"])
    # The same by its name.
    shown = bench.good("init", "wisdm/WISDM_ar_v1.1_raw.txt", "-o", "-").stdout
    bench.check("reader: recordings" in shown and "pattern: WISDM_ar_v1.1_raw.txt" in shown, shown)


def persons_tables(bench):
    """PAMAP2 (blanks, NaN, the label in column 2, a slow sensor), MHEALTH (tabs, the label at the end)."""
    it = Layout(bench, "pamap2")
    for who in range(101, 107):
        rows, time = [], 8.38
        for what in (0, 1, 4, 0):
            for i in range(300):
                time += 0.01
                cells = ["NaN" if RNG.random() < 0.003 else f"{what + RNG.random():.5f}" for _ in range(4)]
                rows.append(f"{time:.2f} {what} {'104' if i % 11 == 0 else 'NaN'} {' '.join(cells)}")
        put(it.root, f"Protocol/subject{who}.dat", "\n".join(rows) + "\n")
    it.take(['pattern: "Protocol/{part2}.dat"', "separator: blanks", 'columns: ["4", "5", "6", "7"]', "rate: 100",
             'skip: ["0"]', 'client: "{part2}"', "missing: linear"], ["6 clients, 2 classes", "with filled gaps"])
    it = Layout(bench, "mhealth")
    for who in range(1, 8):
        rows = ["\t".join(f"{what + RNG.random():.4f}" for _ in range(5)) + f"\t{what}"
                for what in (0, 1, 2, 0, 5) for _ in range(200)]
        put(it.root, f"mHealth_subject{who}.log", "\n".join(rows) + "\n")
    put(it.root, "README.txt", "The data set has numbers in it.\n")
    it.take([r'separator: "\t"', "names: {6: activity}", 'pattern: "mHealth_{part2}.log"'], ["7 clients, 3 classes"])


def motionsense(bench):
    """A file for each person and activity, which is a folder; a column without a name; a table of the people."""
    it = Layout(bench, "motion")
    for what in ("dws_1", "sit_5", "wlk_7"):
        for who in range(1, 13):
            rows = [f"{i},{RNG.random():.4f},{RNG.random():.4f}" for i in range(1100)]
            put(it.root, f"A_DeviceMotion_data/{what}/sub_{who}.csv", ",pitch,userAcceleration.x\n" + "\n".join(rows) + "\n")
    put(it.root, "data_subjects_info.csv", "code,weight,age,gender\n" + "".join(f"{i},{60 + i},{30 + i},{i % 2}\n" for i in range(1, 13)))
    it.take(['"A_DeviceMotion_data/{part2}/sub_{part4}.csv"', "columns: [pitch, userAcceleration.x]", 'label: "{part2}"',
             "{file: data_subjects_info.csv, on: part4, key: code}", "groups: [gender]"], ["12 clients, 3 classes"])


def labelled_rows(bench):
    """A table for each person with a label in every row: cut by hand, and by what init writes."""
    it = Layout(bench, "sub")
    for who in (1, 2):
        rows = [f"{i},{RNG.random():.3f},{RNG.random():.3f},{RNG.random():.3f},{('walk', 'sit')[i // 200 % 2]}"
                for i in range(800)]
        put(it.root, f"sub_{who}.csv", "t,x,y,z,activity\n" + "\n".join(rows) + "\n")
    put(it.root, "hand.yaml", "name: d\nmodalities: {acc: {kind: series, rate: 50, columns: [x, y, z]}}\n"
        "test: {clients: [\"2\"]}\ninputs:\n  - {reader: recordings, pattern: \"sub_{who}.csv\", client: \"{who}\",\n"
        "     label: \"{activity}\", windows: {length: 100, step: 50, label: activity}}\n")
    # 800 rows are 15 windows of 100 every 50; where walk and sit are as long, the first one counts.
    plan = bench.good("import", "sub/hand.yaml", "--dry-run").stdout
    bench.check("30 samples, 2 clients, 2 classes" in plan and "100 x 3 at 50 Hz" in plan, plan)
    labels = [row.split()[:4] for row in plan.splitlines() if row.split()[:1] in (["sit"], ["walk"])]
    bench.check(labels == [["sit", "7", "0", "7"], ["walk", "8", "0", "8"]], plan)
    it.take(['pattern: "sub_{part2}.csv"', "columns: [x, y, z]", "label: activity", 'client: "{part2}"'],
            ["2 clients, 2 classes", "128 x 3"])


def schemes(bench):
    """Names that are codes: EMO-DB, both forms of SAVEE, RAVDESS; CREMA-D by its words."""
    sets = {"emodb": [f"wav/{s}{t}{e}a" for s in ("03", "08", "09", "10", "11") for t in ("a01", "b02") for e in "WLEAFTN"],
            "savee": [f"AudioData/{s}/{e}{i:02}" for s in ("DC", "JE", "JK", "KL") for e in ("a", "h", "n", "sa") for i in (1, 2)],
            "mirror": [f"ALL/{s}_{e}{i:02}" for s in ("DC", "JE", "JK", "KL") for e in ("a", "h", "n", "sa") for i in (1, 2)],
            "ravdess": [f"Actor_{a:02}/03-01-{e:02}-01-01-01-{a:02}" for a in range(1, 9) for e in range(1, 9)],
            "crema": [f"AudioWAV/{a}_{s}_{e}_XX" for a in range(1001, 1013) for s in ("DFA", "IEO") for e in ("ANG", "DIS", "HAP")]}
    plans = {"emodb": "5 clients, 7 classes", "savee": "4 clients, 4 classes", "mirror": "4 clients, 4 classes",
             "ravdess": "8 clients, 8 classes", "crema": "12 clients, 3 classes"}
    classes = {"emodb": "boredom", "savee": "sadness", "mirror": "sadness", "ravdess": "fearful", "crema": "ANG"}
    for name, paths in sets.items():
        it = Layout(bench, name)
        for k, path in enumerate(paths):
            wav(it.root, f"{path}.wav", k, 0.02)
        it.take(["reader: files"], [plans[name], classes[name]])


def digits(bench):
    """IDX pairs, and a list as contests have it: path, label, split."""
    it = Layout(bench, "mnist")
    for name, n in (("train", 60), ("t10k", 20)):
        it.root.mkdir(exist_ok=True)
        put(it.root, f"{name}-images-idx3-ubyte.gz", gzip.compress(
            struct.pack(">4B3I", 0, 0, 8, 3, n, 4, 4) + bytes(RNG.randrange(256) for _ in range(16 * n))))
        put(it.root, f"{name}-labels-idx1-ubyte.gz", gzip.compress(
            struct.pack(">4BI", 0, 0, 8, 1, n) + bytes(k % 10 for k in range(n))))
    it.take(["images: train-images-idx3-ubyte.gz", "split: test  # guessed"], ["80 samples, 1 client, 10 classes", "54         6        20"])
    # Nobody is named, so a scenario deals the pictures.
    bench.good("import", "mnist/dataset.yaml", "-o", "mnist.shards")
    shown = bench.good("init", "mnist.shards", "-o", "mnist.yaml")
    bench.check("partition: {kind: iid, clients: 10}" in shown.stderr, shown.stderr)
    plan = bench.good("check", "mnist.yaml").stdout
    bench.check("10 federated, 5 a round; 54 training, 6 dev, 20 test samples" in plan, plan)
    it = Layout(bench, "contest")
    rows = ["path,label,split"]
    for i in range(48):
        png(it.root, f"imgs/{i}.png", (i, 2, 3))
        rows.append(f"imgs/{i}.png,{'ab'[i // 4 % 2]},{('train', 'train', 'valid', 'test')[i % 4]}")
    put(it.root, "data.csv", "\n".join(rows) + "\n")
    it.take(["image: path", "values: {train: [train], dev: [valid], test: [test]}"], ["48 samples, 1 client, 2 classes"])
    for name in ("train", "test"):
        put(bench.folder / "har", f"{name}/Inertial Signals/acc_x_{name}.txt", "".join(
            " ".join(f"{RNG.random():.7e}" for _ in range(128)) + "\n" for _ in range(30)))
        put(bench.folder / "har", f"{name}/y_{name}.txt", "".join(f"{k % 6 + 1}\n" for k in range(30)))
    bench.refused("matrices", bench.run("init", "har"), ["tables of numbers, such as", "`reader: matrix`"],
                  ["har/dataset.yaml"])
    # What is not understood is said.
    bench.write("odd/notes.xyz", "?")
    png(bench.folder / "odd", "one/a.png", (1, 2, 3))
    png(bench.folder / "odd", "two/a.png", (1, 2, 4))
    done = bench.good("init", "odd")
    bench.check("not used: 1 data file, such as notes.xyz" in done.stderr, done.stderr)


def tables_of_others(bench):
    """A list in a folder of its own; blanks behind commas; columns that no template can name; tables that tell of
    others, some of it twice: what is joined has each name once."""
    it = Layout(bench, "mixed")
    rows = ["file name, participant,device, site,{x},label"]
    for i in range(48):
        png(it.root, f"set/my pics/{i}.png", (i, 2, 3))
        rows.append(f" my pics/{i}.png ,P{i % 12:02},d{i % 5}, {'UB'[i % 2]},7,{'xy'[i // 12 % 2]}")
    put(it.root, "set/list.csv", "\n".join(rows) + "\n")
    put(it.root, "devices.csv", "device,sex,maker (old)\n" + "".join(f"d{k},{'fm'[k % 2]},m{k % 2}\n" for k in range(5)))
    put(it.root, "people.csv", "participant;site;sex;age\n" + "".join(
        f"P{p:02};{'UB'[p % 2]};{'mf'[p % 2]};{'old' if p % 3 else 'young'}\n" for p in range(12)))
    text = it.take(["file: set/list.csv", 'image: "set/{file name}"', "{file: devices.csv, on: device}",
                    '{file: people.csv, separator: ";", on: participant, columns: [age]}', 'client: "{participant}"',
                    "groups: [device, site, sex, age]"], ["48 samples, 12 clients, 2 classes", "age                  group"])
    bench.check("a table of 48 rows and 5 columns" in text and "{x}" not in text, text)
    # A table that has nothing new is not joined, and said to be left over.
    it = Layout(bench, "nothing")
    for i in range(24):
        wav(it.root, f"a/r{i}.wav", i, 0.02)
    put(it.root, "list.csv", "rec,participant,site,label\n" + "".join(f"r{i},P{i % 12:02},{'UB'[i % 2]},{'xy'[i // 12]}\n" for i in range(24)))
    put(it.root, "people.csv", "participant,site\n" + "".join(f"P{p:02},{'UB'[p % 2]}\n" for p in range(12)))
    text = it.take(['a: "a/{rec}.wav"'], ["24 samples, 12 clients, 2 classes"], ["such as people.csv"])
    bench.check("join:" not in text, text)


def few_rows(bench):
    """Few samples of each client: a share of them that is one at least, or else people."""
    for name, takes, people, share in (("three", 3, 8, "{fraction: 0.34, of: samples}"),
                                       ("one", 1, 8, "{fraction: 0.2, of: clients}"),
                                       ("four", 1, 4, "{fraction: 0.25, of: clients}")):
        it = Layout(bench, name)
        for s in range(people):
            for k in range(takes):
                png(it.root, f"P{s:02}/P{s:02}_{'ab'[(s + k) % 2]}_{k}.png", (s, k, 1))
        if takes == 1:
            put(it.root, "list.csv", "path,speaker,label\n" + "".join(
                f"P{s:02}/P{s:02}_{'ab'[s % 2]}_0.png,P{s:02},{'ab'[s % 2]}\n" for s in range(people)))
        text = it.take([f"test: {share}"], [f"{people * takes} samples, {people} clients, 2 classes"])
        bench.check(takes == 1 or '"{client}/{client}_{label}_{part4}.png"' in text, f"a person stands twice in {text}")
        tested = re.search(r"^samples +\d+ +\d+ +(\d+)$", bench.good("import", f"{name}/dataset.yaml", "--dry-run").stdout, re.M)
        bench.check(int(tested[1]) == {3: 8, 1: 1}[takes], f"{name}: {tested[0]}")
    # Parts whose texts come again in the others are read apart, with what must be looked at; no text is a sample's own.
    for part, n in (("train", 24), ("test", 12)):
        put(bench.folder / "again", f"{part}.csv", "text,label\n" + "".join(f"good words of {k % 7},{'ab'[k % 2]}\n" for k in range(n)))
    Layout(bench, "again").take(["text: {kind: text}", "# check: no column has a text of its own in each row", 'id: "{row}"'],
                                ["12 samples, 1 client, 2 classes"])
    for part in ("train", "test"):
        put(bench.folder / "both", f"{part}.csv", "path,label,site\n" + "".join(
            f"{'xyz'[k % 3]}.png,{'ab'[k % 2]},{'uv'[k % 2]}\n" for k in range(12)))
        for name in "xyz":
            png(bench.folder / "both", f"{name}.png", (1, 2, 3))
    Layout(bench, "both").take(['id: "train/{row}"', 'id: "test/{row}"', "so ids are numbers of rows"],
                               ["24 samples, 2 clients, 2 classes"])
    # Classes that are numbers, one for each folder; names that no rule made are no fields.
    it = Layout(bench, "digits")
    for d in range(4):
        for i in range(6):
            png(it.root, f"train/{d}/_{10 * d + i}_.png", (d, i, 3))
            png(it.root, f"test/{d}/_{10 * d + i}_.png", (d, i, 4))
    it.take(['"{subset}/{label}/', "values: {train: [train], test: [test]}"], ["48 samples, 24 clients, 4 classes", "20         4        24"])


def bare_tables(bench):
    """Time steps of which nothing says whose they are, or whose file says what somebody does; long ones are read in part."""
    it = Layout(bench, "bare")
    put(it.root, "a.csv", "t,x,y\n" + "".join(f"{i * 0.02:.2f},{RNG.random():.3f},{RNG.random():.3f}\n" for i in range(1100)))
    done = bench.good("init", "bare").stderr
    bench.check("client: all  # check" in done and "label: unknown  # check: nothing here says what a row is" in done, done)
    it = Layout(bench, "doing")
    for what in ("walk", "sit", "run"):
        put(it.root, f"{what}.csv", 'person,t,"x",y\n\n' + "".join(
            f'p{i // 300},{i % 300 * 0.02:.2f},{RNG.random():.3f} , "{RNG.random():.3f}" \n' + "bad,row\n" * (i == 7) for i in range(1800)))
    it.take(['pattern: "{part1}.csv"', 'client: "{person}"', 'label: "{part1}"', "faulty: cut"], ["6 clients, 3 classes", "54 samples"])
    it = Layout(bench, "long")
    row = "1.5,%d,2.25," + "0123456789" * 20 + ",%s\n"
    put(it.root, "one.csv", "x,n,y,note,label\n" + "".join(row % (k % 9, ("walk", "sit")[k // 600 % 2]) for k in range(24000)))
    text = bench.good("init", "long").stderr
    rows = int(re.search(r"about (\d+) rows", text)[1])
    bench.check(abs(rows - 24000) < 100 and (it.root / "one.csv").stat().st_size > 4 << 20, text)
    # IDX pictures without a test; bytes that are no table; names that are no UTF-8 or hold braces.
    it = Layout(bench, "idx")
    it.root.mkdir()
    put(it.root, "train-images-idx3-ubyte.gz", gzip.compress(struct.pack(">4B3I", 0, 0, 8, 3, 60, 4, 4) + RNG.randbytes(960)))
    put(it.root, "train-labels-idx1-ubyte.gz", gzip.compress(struct.pack(">4BI", 0, 0, 8, 1, 60) + bytes(k % 10 for k in range(60))))
    it.take(["test: {fraction: 0.2, of: samples}  # guessed"], ["60 samples, 1 client, 10 classes", "44         4        12"])
    for k in range(5):
        put(bench.folder / "bytes", f"d{k}.dat", bytes([0, 1, 2, 3]) * 50)
        png(bench.folder / "signs", f"{'ab'[k % 2]}/{k}.png", (k, 2, 3))
    bench.refused("bytes", bench.run("init", "bytes"), ["nothing that an import reads", "d0.dat"], ["bytes/dataset.yaml"])
    for name in (b"\xff\xfe.png", b"{x}.png"):
        with open(os.path.join(os.fsencode(bench.folder), b"signs/a", name), "wb") as file:
            file.write(b"x")
    bench.check("# check: 2 names with braces" in bench.good("init", "signs").stderr, "names that were left out")


if __name__ == "__main__":
    b = Bench()
    b.parts(clinic, no_table, folders, memes, wisdm, persons_tables, motionsense, labelled_rows, schemes, digits,
            tables_of_others, few_rows, bare_tables)
    b.end()
