#!/usr/bin/env python3
"""Marks put into shards and found again: what stays as it was, what is found under which edits and by whom, the same
bytes on any ranks, and refusals before anything is written."""
import csv
import json
import shutil

from bench import Bench

TESTS = """\
flipped: {kind: flip, modalities: [image], rate: 1}
turned: {kind: rotation, modalities: [image], angle: [90, 9]}
moved: {kind: translate, modalities: [image], share: 0.09}
upside_down:
  - {kind: polarity, modalities: [audio], rate: 1}
  - {kind: inversion, modalities: [image], rate: 1}
lost: {kind: missing_modality, modalities: [audio], rate: 0.5}
"""
WORDS = '["image:16x16", "audio:2400", "series:16x1"]'


def key(bench, name, text, mode=0o600):
    bench.write(name, text)
    (bench.folder / name).chmod(mode)


def rows(bench, folder, table):
    with open(bench.folder / folder / table, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def make(bench):
    bench.synth("data", clients=3, test_clients=4, samples=12, modalities=WORDS, ragged="true", missing=0.1)
    key(bench, "k", "our key, which nobody else has")
    key(bench, "other", "another key, of somebody else")
    result = bench.good("mark", "data", "-o", "marked", "--key", "k", "--strength", "14/255")
    print(result.stdout)
    bench.good("mark", "data", "-o", "same", "--key", "k", "--strength", "0")


def stays(bench):
    """Strength 0 leaves every byte; a mark changes values alone, whose hash is that of the file."""
    for shard in sorted((bench.folder / "data").glob("*.h5")):
        bench.check((bench.folder / "same" / shard.name).read_bytes() == shard.read_bytes(), "strength 0 changed bytes")
        bench.check((bench.folder / "marked" / shard.name).read_bytes() != shard.read_bytes(), "nothing was marked")
    bench.write("s.yaml", "name: s\ndata: {shards: marked}\ntraining: {rounds: 1}\n")
    bench.good("check", "s.yaml", "--verify")
    record = (bench.folder / "marked/provenance.json").read_text(encoding="utf-8")
    told = json.loads(record)
    bench.check(told["action"] == "mark" and len(told["key_fingerprint"]) == 32, "provenance")
    bench.check("our key" not in record, "the key is in the record")
    bench.check([m["marked"] for m in told["modalities"]] == [True, True, False], "what is marked")
    bench.check(all(s["values_hash"] != s["values_hash_of_ingredient"] for s in told["shards"]), "hashes")


def detect(bench, out, *words, ranks=0):
    return bench.good("detect", "marked", "--key", "k", "--tests", "t.yaml", "--against", "data", "-o", out, *words,
                      ranks=ranks)


def finds(bench):
    bench.write("t.yaml", TESTS)
    result = detect(bench, "a", ranks=2)
    print(result.stdout)
    bench.check(all(len(line) <= 80 for line in result.stdout.splitlines()), "lines of more than 80 columns")
    bench.check(all(f"\nturned {angle} " in result.stdout for angle in (90, 9)), "lines of one axis are not told apart")
    by = {(r["condition"], r["severity"], r["modality"]): r for r in rows(bench, "a", "conditions.csv")
          if r["unit"] == "client"}
    wanted = {("clean", "", "image"): "none", ("clean", "", "audio"): "none", ("flipped", "1", "image"): "mirror",
              ("turned", "90", "image"): "turn", ("moved", "0.09", "image"): "shift",
              ("upside_down", "", "image"): "none", ("upside_down", "", "audio"): "none"}
    for place, edit in wanted.items():
        r = by[place]
        bench.check(r["found"] == r["n"] == "7", f"{place}: {r['found']} of {r['n']}")
        bench.check(r["edit"].startswith(edit), f"{place}: {r['edit']}")
        bench.check(float(r["auroc"]) == 1, f"{place}: area {r['auroc']}")
        bench.check(int(r["inverted"]) == 7 * (place[0] == "upside_down"), f"{place}: inverted {r['inverted']}")
    bench.check(by[("turned", "9", "image")]["edit"].startswith("rotation"), "rotation")
    bench.check(("flipped", "", "audio") not in by, "what is not touched has rows")
    bench.check(sum(int(r["against_found"]) for r in by.values()) <= len(by), "found where there is none")
    all_rows = rows(bench, "a", "detect.csv")
    lost = [r for r in all_rows if r["condition"] == "lost" and r["unit"] == "sample" and r["shards"] == "looked"]
    clean = [r for r in all_rows if r["condition"] == "clean" and r["modality"] == "audio" and r["unit"] == "sample"
             and r["shards"] == "looked"]
    bench.check(0 < len(lost) < len(clean), f"{len(lost)} of {len(clean)} sounds are left")
    bench.check(all(abs(float(r["p"]) + float(r["confidence"]) - 1) < 1e-12 for r in all_rows), "confidence")
    columns = {(r["file"], r["column"]) for r in rows(bench, "a", "columns.csv")}
    bench.check({("detect.csv", c) for c in all_rows[0]} <= columns, "columns without a meaning")
    # Somebody else's key is as good as none.
    bench.good("detect", "marked", "--key", "other", "-o", "b", "--split", "test")
    found = [r for r in rows(bench, "b", "detect.csv") if r["unit"] == "client" and float(r["p"]) <= .05]
    bench.check(len(found) <= 2, f"{len(found)} of 8 clients carry a key that was not used")


def ranks(bench):
    """Clients are dealt; bytes are not."""
    detect(bench, "n1")
    detect(bench, "n3", ranks=3)
    for name in ("detect.csv", "conditions.csv", "columns.csv"):
        one, two, three = ((bench.folder / n / name).read_bytes() for n in ("n1", "a", "n3"))
        bench.check(one == two == three, f"{name}: other bytes on other ranks")


def drawn(bench):
    """A results folder that holds the tables gets the figure of them."""
    bench.write("r.yaml", "name: r\nseeds: {trial: [1]}\ndata: {shards: data, modalities: [series]}\n"
                "model: {hidden: 4, encoders: {series: {kind: conv_gru, filters: [4]}}}\n"
                "training: {rounds: 1, clients_per_round: 1, local: {epochs: 1, batch: 5, lr: 0.1}}\n")
    bench.good("run", "r.yaml", "-o", "r", "--no-report")
    shutil.copytree(bench.folder / "a", bench.folder / "r/mark")
    bench.good("report", "r", "--figure", "mark_finds", "--format", "csv", "-o", "drawn")
    table = next((bench.folder / "drawn").glob("mark*.csv")).read_text(encoding="utf-8")
    bench.check("clients found" in table and "moved 0.09" in table, f"what is drawn: {table[:300]}")
    (bench.folder / "r/mark/conditions.csv").write_text(
        (bench.folder / "r/mark/conditions.csv").read_text(encoding="utf-8").replace(",7,7,", ",7,9,"), encoding="utf-8")
    bench.refused("more found than there are", bench.run("report", "r", "--figure", "mark_finds", "-o", "out"), ("line",))


def refused(bench):
    key(bench, "short", "too short")
    key(bench, "open", "a key that everybody may read", 0o644)
    bench.synth("numbers", clients=1, test_clients=1, samples=4)
    bench.write("empty.yaml", "[]\n")
    bench.write("typo.yaml", "a: {kind: flipp, modalities: [image]}\n")
    (bench.folder / "link").symlink_to("data")
    # --overwrite replaces a whole folder: one with detect.csv among other things is no folder of tables.
    (bench.folder / "home/letters").mkdir(parents=True)
    bench.write("home/detect.csv", "")
    out = ("-o", "out")
    for what, words, parts in (
            ("a short key", ("mark", "data", *out, "--key", "short"), ("16 to 4096 bytes",)),
            ("an open key", ("mark", "data", *out, "--key", "open"), ("chmod 600",)),
            ("no key", ("mark", "data", *out, "--key", "absent"), ("absent",)),
            ("numbers", ("mark", "numbers", *out, "--key", "k"), ("neither pictures nor sounds",)),
            ("too strong", ("mark", "data", *out, "--key", "k", "--strength", "1"), ("0 to 0.25",)),
            ("a folder that is there", ("mark", "data", "-o", "marked", "--key", "k"), ("marked", "is there already")),
            ("a place in what is read", ("mark", "data", "-o", "data/marked", "--key", "k"), ("lies in data",)),
            ("a place in what a link names", ("mark", "link", "-o", "data/a/b", "--key", "k"), ("lies in link",)),
            ("tables among shards", ("detect", "marked", "--key", "k", "-o", "marked/found"), ("lies in marked",)),
            ("tables among the others", ("detect", "marked", "--key", "k", "--against", "data", "-o", "data/found"),
             ("lies in data",)),
            ("a page among shards", ("corrupt", "data", "--kind", "noise", "--severity", "1", "-o", "data/look"),
             ("lies in data",)),
            ("a list", ("detect", "marked", "--key", "k", "--tests", "empty.yaml", *out), ("empty.yaml",)),
            ("a misprint", ("detect", "marked", "--key", "k", "--tests", "typo.yaml", *out), ("flipp", "flip")),
            ("other samples", ("detect", "marked", "--key", "k", "--against", "numbers", *out), ("other samples",)),
            ("a folder of others", ("detect", "marked", "--key", "k", "-o", "data", "--overwrite"), ("lies in data",)),
            ("a folder of nobody", ("detect", "marked", "--key", "k", "-o", "numbers", "--overwrite"), ("detect.csv",)),
            ("a folder of much else", ("detect", "marked", "--key", "k", "-o", "home", "--overwrite"), ("letters",)),
            ("no detector", ("detect", "numbers", "--key", "k", *out), ("neither pictures nor sounds",))):
        bench.refused(what, bench.run(*words), parts)


if __name__ == "__main__":
    bench = Bench()
    bench.parts(make, stays, finds, ranks, drawn, refused)
