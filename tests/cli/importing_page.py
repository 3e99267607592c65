#!/usr/bin/env python3
"""The examples of docs/importing.md are true: whole ones are imported with the tables that the page shows
and files that are made for them, pieces of one are put into an input or a set that they fit."""
import csv
import io
import re
import struct
import wave

from bench import SOURCE, Bench

PIXELS = b"P5\n2 2\n255\n"
WORDS = """\
id,client,split,activity,emotion,word,year,name,accent
1,anna,train,1,Hap,cat,1999,03a01Wa,north
2,ben,train,2,joy,dog,2004,08b10Fb,north
3,cleo,train,1,SAD,cow,2011,10a02Wa,south
4,dan,train,2,happy,cat,2012,11a02Fc,south
"""


def blocks(text):
    """(language, lines) of every block of the page."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)


def sound():
    out = io.BytesIO()
    with wave.open(out, "wb") as w:
        w.setnchannels(1), w.setsampwidth(2), w.setframerate(16000)
        w.writeframes(struct.pack("<64h", *range(64)))
    return out.getvalue()


def first_example(bench, table, yaml):
    rows = list(csv.DictReader(io.StringIO(table)))
    for k, row in enumerate(rows):
        if row["audio"]:
            bench.write(f"cats/{row['audio']}", sound())
        if row["image"]:
            bench.write(f"cats/{row['image']}", PIXELS + bytes([k, 1, 2, 3]))
    bench.write("cats/list.csv", table)
    bench.write("cats/cats.yaml", yaml)
    plan = bench.good("import", "cats/cats.yaml", "-o", "x", "--dry-run").stdout
    bench.check("cats: 3 samples, 2 clients, 2 classes" in plan, plan)


def rows_example(bench, table, yaml, said):
    ids = [row["id"] for row in csv.DictReader(io.StringIO(table))]
    # What is left out needs no file.
    for k, name in enumerate(ids[:3]):
        bench.write(f"fashion/images/{name}.jpg", PIXELS + bytes([k, 1, 2, 3]))
    bench.write("fashion/titles.csv", "id,title\n" + "".join(f"{k},title {k}\n" for k in ids))
    bench.write("fashion/styles.csv", table)
    bench.write("fashion/fashion.yaml", yaml)
    done = bench.good("import", "fashion/fashion.yaml", "-o", "x", "--dry-run")
    bench.check(said.strip() in done.stderr, f"said: {done.stderr}")
    bench.check("fashion: 3 samples, 2 clients, 2 classes" in done.stdout, done.stdout)


def recordings_example(bench, yaml):
    """36 s of two people in two activities at 20 Hz, with a gap of a minute and a dirty row."""
    rows, time = [], 0
    for k in range(4 * 360):
        time += 60_000_000_000 if k == 100 else 50_000_000
        rows.append(f"{33 + k // 720},{'Walking' if k // 360 % 2 else 'Sitting'},{time},{k},1,{-k}"
                    + (",;" if k == 500 else ";"))
    bench.write("wisdm/WISDM_ar_v1.1_raw.txt", "\n".join(rows) + "\n")
    bench.write("wisdm/wisdm.yaml", yaml)
    done = bench.good("import", "wisdm/wisdm.yaml", "-o", "x", "--dry-run")
    # Of 33: 100 rows are too few; 400, of which the windows from 100 and 200 on are over the change; 219
    # behind the dirty row. Of 34: six windows, two of them over the change.
    bench.check("1 data file, 1440 rows, 3 stretches: 6 windows of 200 steps" in done.stderr, done.stderr)
    for words in ("1 faulty row left out", "100 rows in stretches shorter", "1 gap in time",
                  "4 windows left out by `purity`", "39 steps at the ends"):
        bench.check(words in done.stderr, f"{words}: {done.stderr}")
    bench.check("200 x 3 at 20 Hz, m/s2" in done.stdout, done.stdout)


def recording_lines(bench, page):
    """The rows of the table of layouts: keys in code, those of the input and then those of `windows`."""
    layouts = {"PAMAP2": ("subject101.dat", " ", 54, 0.01), "MHEALTH": ("m.log", "\t", 24, 0),
               "Opportunity": ("S1-ADL1.dat", " ", 250, 33),
               "KU-HAR": ("1.Raw_time_domian_data/0.Stand/1001_A_1.csv", ",", 8, 0.01)}
    for name, (path, separator, columns, step) in layouts.items():
        line = re.search(r"^\| %s .*$" % name, page, re.M)
        if not bench.check(line, f"no line for {name}"):
            continue
        keys = re.findall(r"`([^`]*)`", line[0].split("|")[2])
        label = re.search(r"\d: (activity|locomotion)", keys[0])
        rows = []
        for k in range(12):
            cells = [str(k + c) for c in range(columns)]
            cells[0] = str(k * step) if step else cells[0]
            if label:
                cells[{"PAMAP2": 1, "MHEALTH": 23, "Opportunity": 243}[name]] = str(k // 4)
            rows.append(separator.join(cells))
        bench.write(f"layout/{path}", "\n".join(rows) + "\n")
        if label:
            keys[0] += f", client: me, label: \"{{{label[1]}}}\""
            keys[1:] = [", ".join([f"length: 4, label: {label[1]}"] + keys[1:])]
        else:
            keys[0] += ", client: \"{who}\""
            keys[1:] = ["length: 4"]
        if "pattern:" not in keys[0]:
            keys[0] = f"pattern: {path}, " + keys[0]
        bench.write("layout/l.yaml", "name: l\nclasses: [\"1\", \"2\", \"0\", Stand]\nmodalities: {acc: {"
                    "kind: series, columns: [%s]}}\ninputs:\n  - {reader: recordings, %s, windows: {%s}}\n"
                    % ("x, y" if "3: y" in keys[0] or "6: y" in keys[0] else '"5", "6"', keys[0], keys[1]))
        plan = bench.good("import", "layout/l.yaml", "-o", "x", "--dry-run").stdout
        bench.check(f"l: {2 if name in ('PAMAP2', 'MHEALTH') else 3} samples" in plan, f"{name}: {plan}")


def items(block):
    """Entries of a map of the YAML, one or more lines each, without those that are remarks."""
    found = []
    for line in block.splitlines():
        if line.lstrip().startswith("#"):
            continue
        if re.match(r" {4,}", line):
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found


def derive_lines(bench, block):
    found = items(block)
    bench.check(found[0] == "derive:" and len(found) == 6, f"derive: {found}")
    bench.write("words.csv", WORDS)
    for entry in found[1:]:
        name = entry.split(":")[0].strip()
        # A set of the one field, kept as a group, so that what the page says is seen in the plan.
        bench.write("d.yaml", "name: d\nmodalities: {say: {kind: text}}\ngroups: [%s]\ninputs:\n"
                    "  - reader: manifest\n    file: words.csv\n    texts: {say: word}\n"
                    "    label: \"{id}\"\n    derive:\n%s\n"
                    % ("kept" if name == "label" else name,
                       "\n".join("    " + line for line in entry.replace("label:", "kept:").splitlines())))
        plan = bench.good("import", "d.yaml", "-o", "x", "--dry-run").stdout
        values = {"label": 2, "mood": 2, "coarse": 2, "decade": 3, "feeling": 2}[name]
        if bench.check(f"group            {values} values" in plan, f"{name}: {plan}"):
            continue


def split_lines(bench, block):
    bench.write("words.csv", WORDS)
    for line in block.strip().splitlines():
        head = line.split("#")[0].replace("k: 10", "k: 4")
        # Larger shares, since the page's would be none of four.
        head = re.sub(r"fraction: 0\.\d", "fraction: 0.5", head)
        bench.write("s.yaml", "name: s\nmodalities: {say: {kind: text}}\ngroups: [accent]\ninputs:\n"
                    "  - {reader: manifest, file: words.csv, texts: {say: word}, label: "
                    "\"{activity}\"}\n" + head + "\n")
        bench.good("import", "s.yaml", "-o", "x", "--dry-run")


def main():
    bench = Bench()
    page = (SOURCE / "docs" / "importing.md").read_text(encoding="utf-8")
    found = blocks(page)
    whole = [k for k, (language, text) in enumerate(found)
             if language == "yaml" and text.startswith("name:") and "inputs:" in text]
    bench.check(len(whole) == 3, f"{len(whole)} whole examples")
    first_example(bench, found[whole[0] - 1][1], found[whole[0]][1])
    rows_example(bench, found[whole[1] - 1][1], found[whole[1]][1], found[whole[1] + 1][1])
    recordings_example(bench, found[whole[2]][1])
    recording_lines(bench, page)
    derive_lines(bench, next(text for _, text in found if text.startswith("derive:")))
    split_lines(bench, next(text for _, text in found if text.startswith("test: {clients")))
    bench.end()


if __name__ == "__main__":
    main()
