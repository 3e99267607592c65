#!/usr/bin/env python3
"""Contact sheets of `fray corrupt --sheet`: all kinds of the registry at each severity, cells that are what they
are said to be pixel by pixel, the same whatever the ranks; and those in docs/ are those of this program."""
import csv
import math
import re
import struct

from bench import SOURCE, Bench
from png import pixels

MEDIA = ("audio", "image", "series", "text", "feature")
DOCS = SOURCE / "docs/images/corruptions"
# The layout of a sheet: where the value without damage stands, and the first row; height of a row.
LEFT, TOP, SIDE = 140, 38, 128
FIRST, ROW, COLUMN = TOP + SIDE + 8 + 15 + 8, SIDE + 15 + 8, SIDE + 8


def cells(folder):
    with open(folder / "cells.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def size_of(path):
    return struct.unpack_from(">II", path.read_bytes(), 16)


def kinds(bench, medium):
    """Of the list, so that no kind needs a line here."""
    text = "".join(bench.good("list", "corruptions", word).stdout for word in (medium, "any"))
    return set(re.findall(r"^  (\S+) ", text, re.M))


def complete(bench):
    """Every kind of a medium is on its sheet, with five severities if it has tables of them; what cannot be
    shown says why, and nothing else does."""
    bench.good("corrupt", "--sheet", "-o", "all")
    folder = bench.folder / "all"
    bench.check({path.name for path in folder.iterdir()}
                == {"cells.csv", "index.html"} | {f"{m}.png" for m in MEDIA}, "files of a sheet")
    page = bench.good("list", "corruptions", "--reference").stdout
    graded = set(re.findall(r"^\| `(\w+)` \| `\w+` \|", page, re.M))
    rows = cells(folder)
    for medium in MEDIA:
        mine = [row for row in rows if row["modality"] == medium]
        bench.check({row["kind"] for row in mine} == kinds(bench, medium), f"{medium}: {len(mine)} cells")
        for kind in {row["kind"] for row in mine}:
            of = [row for row in mine if row["kind"] == kind]
            said = [row["said"] for row in of]
            if any(word not in ("", "unchanged") for word in said):
                bench.check(len(of) == 1 and of[0]["distance"] == "", f"{kind}: {said}")
                continue
            severities = [row["severity"] for row in of]
            bench.check(severities == (list("12345") if kind in graded else [""]), f"{kind}: {severities}")
            for row in of:
                bench.check((row["said"] == "unchanged") <= (float(row["distance"] or 0) == 0), f"{row}")
            # A kind that nobody sees at its strongest has no place on a sheet.
            bench.check(said[-1] == "", f"{medium} {kind}: {said}")
    html = (folder / "index.html").read_text(encoding="utf-8")
    bench.check(all(f'src="{m}.png"' in html for m in MEDIA), "the page does not show all sheets")


class Sheet:
    """Cells of the sheet of pictures by place."""
    def __init__(self, folder):
        self.wide, self.high, self.x = pixels(folder / "image.png")
        self.kinds = list(dict.fromkeys(row["kind"] for row in cells(folder) if row["modality"] == "image"))

    def cut(self, left, top):
        at = [3 * ((top + i) * self.wide + left) for i in range(SIDE)]
        return [[self.x[a + 3 * j:a + 3 * j + 3] for j in range(SIDE)] for a in at]

    def clean(self):
        return self.cut(LEFT, TOP)

    def of(self, kind, column=0):
        return self.cut(LEFT + column * COLUMN, FIRST + self.kinds.index(kind) * ROW)


def exact(bench):
    """By closed forms: a negative, a mirror, a black box of its area, noise of its deviation."""
    sheet = Sheet(bench.folder / "all")
    clean = sheet.clean()
    bench.check(len({bytes(p) for row in clean for p in row}) > 100, "the sample is empty")
    bench.check(all(row[2 * j] == row[2 * j + 1] for row in clean for j in range(SIDE // 2)),
                "pixels are not enlarged by a whole factor")
    negative = sheet.of("inversion")
    bench.check(all(a + b == 255 for r, s in zip(clean, negative) for p, q in zip(r, s) for a, b in zip(p, q)),
                "inversion is no negative")
    bench.check([row[::-1] for row in clean] == sheet.of("flip"), "flip is no mirror")
    for k, share in enumerate((.05, .1, .15, .2, .25)):
        black = sum(p == b"\0\0\0" for row in sheet.of("erasing", k) for p in row) / SIDE ** 2
        bench.check(abs(black - share) < .02, f"erasing {k + 1}: {black}")
    # Where nothing is cut: the middle of the sky. 64 pixels' worth of noise, three values each.
    rows = range(8, 24)
    gaps = [(b - a) / 255 for i in rows for j in range(4, 24, 2)
            for a, b in zip(clean[2 * i][j], sheet.of("gaussian_noise", 2)[2 * i][j])]
    deviation = math.sqrt(sum(g * g for g in gaps) / len(gaps))
    bench.check(abs(deviation - .12) < .02, f"noise of {deviation}")


def same(bench):
    """Ranks do not matter; the seed does, for what draws numbers and for nothing else."""
    bench.good("corrupt", "--sheet", "feature", "-o", "one")
    bench.good("corrupt", "--sheet", "feature", "-o", "two", ranks=2)
    names = {"feature.png", "cells.csv", "index.html"}
    bench.check({path.name for path in (bench.folder / "one").iterdir()} == names, "one medium")
    for name in names:
        bench.check((bench.folder / "one" / name).read_bytes() == (bench.folder / "two" / name).read_bytes(),
                    f"{name} differs on 2 ranks")
    bench.check((bench.folder / "one/feature.png").read_bytes() == (bench.folder / "all/feature.png").read_bytes(),
                "a medium alone is drawn otherwise")
    bench.good("corrupt", "audio", "--sheet", "--seed", "2", "-o", "seed")
    def distances(name, kind):
        return [row["distance"] for row in cells(bench.folder / name)
                if row["modality"] == "audio" and row["kind"] == kind]
    bench.check(distances("all", "packet_loss") != distances("seed", "packet_loss"), "the seed does not matter")
    bench.check(distances("all", "low_pass") == distances("seed", "low_pass") != [], "the seed changes a filter")


def own(bench):
    """Of shards: each modality under its own name, on the sample that was asked for."""
    bench.synth(modalities='["audio:1200", "image:10x12x1", "series:40x2", "text:8"]', audio_rate=4000)
    some = bench.good("inspect", "data", "--json").stdout
    bench.check('"audio"' in some, "no data")
    bench.good("corrupt", "--sheet", "data", "-o", "own")
    rows = cells(bench.folder / "own")
    bench.check({row["modality"] for row in rows} == {"audio", "image", "series", "text"}, "modalities")
    bench.good("corrupt", "--sheet", "audio", "data", "-o", "sound")
    bench.check([row for row in rows if row["modality"] == "audio"] == cells(bench.folder / "sound"), "sound alone")
    # Ten times twelve pixels are enlarged tenfold; a negative is 255 - x.
    wide, _, x = pixels(bench.folder / "own/image.png", FIRST)
    at = 3 * ((TOP + 5) * wide + LEFT + 5)
    bench.check(len({bytes(x[at + 30 * j:at + 30 * j + 3]) for j in range(12)}) > 3, "the picture is empty")


def refusals(bench):
    for what, words, parts in (
            ("a kind", ("--sheet", "--kind", "noise"), ("--sheet",)),
            ("two media", ("--sheet", "audio", "image"), ("audio or image",)),
            ("two places", ("--sheet", "data", "other"), ("data or other",)),
            ("no such shards", ("--sheet", "nothere"), ("nothere",)),
            ("a sample of nothing", ("--sheet", "--sample", "x"), ("of which shards",)),
            ("no such sample", ("--sheet", "data", "--sample", "x"), ("'x'",)),
            ("no such medium", ("--sheet", "data", "feature"), ("feature",)),
            ("no shards", ("--kind", "noise"), ("shards is expected",))):
        bench.refused(what, bench.run("corrupt", *words, "-o", "out"), parts)


def in_docs(bench):
    """scripts/make_sheets was run since the last change: the same cells, sheets of the same size, all linked."""
    mine, theirs = cells(bench.folder / "all"), cells(DOCS)
    keys = ("modality", "kind", "severity", "strength", "said")
    bench.check([[row[k] for k in keys] for row in mine] == [[row[k] for k in keys] for row in theirs],
                "docs/images/corruptions/cells.csv is of other kinds: run scripts/make_sheets")
    for a, b in zip(mine, theirs):
        x, y = float(a["distance"] or 0), float(b["distance"] or 0)
        bench.check(abs(x - y) <= .02 * max(x, y), f"{a['kind']} {a['severity']}: {x}, in docs/ {y}")
    for medium in MEDIA:
        bench.check(size_of(bench.folder / f"all/{medium}.png") == size_of(DOCS / f"{medium}.png"),
                    f"{medium}.png has another size: run scripts/make_sheets")
        page = (SOURCE / "docs/corruptions.md").read_text(encoding="utf-8")
        bench.check(f"(images/corruptions/{medium}.png)" in page, f"no page shows {medium}.png")
    total = sum(path.stat().st_size for path in DOCS.iterdir())
    bench.check(total <= 1.5 * 2 ** 20, f"{total} bytes of sheets")


def main():
    bench = Bench()
    bench.parts(complete, exact, same, own, refusals, in_docs)
    bench.end()


main()
