#!/usr/bin/env python3
"""Pictures from files to shards: the modality's colours, turned photos, 16-bit files, what is said."""
import struct
import subprocess
import sys

from bench import DUMP, SOURCE, Bench

sys.path.insert(0, str(SOURCE / "tests" / "codec"))
from picture_files import (GREY, GREY_ALPHA, PALETTE, RGB, chunk, exif, exif_segment, jpeg,  # noqa: E402
                           png, pnm, segment, turned)

ROWS = [[10, 20, 30], [40, 50, 60]]
COLOUR = [[200, 0, 0, 0, 200, 0, 0, 0, 200], [1, 2, 3, 4, 5, 6, 7, 8, 9]]


def dataset(keys="", more=""):
    return (f"name: p\nclasses: [x, y]\nmodalities: {{pic: {{kind: image{keys}}}}}\n"
            f"inputs: [{{reader: manifest, file: m.csv}}]\n{more}")


def stored(bench):
    """The pictures of out/shard-0000.h5: a list of rows of pixels each."""
    text = subprocess.run([DUMP, bench.folder / "out" / "shard-0000.h5", "modalities/pic"],
                          capture_output=True, text=True, check=True).stdout
    line = [line for line in text.splitlines() if line.startswith("values ")][0]
    _, shape, _, *values = line.split()
    values = [int(v) for v in values]
    for size in reversed([int(n) for n in shape.split("x")][1:]):
        values = [values[i:i + size] for i in range(0, len(values), size)]
    return values


def imported(bench, files, keys=""):
    """The values of the pictures in the order of files, and what was said."""
    rows = "".join(f"{i},c,{'xy'[i % 2]},{'train' if i else 'test'},{name}\n"
                   for i, name in enumerate(files))
    bench.write("m.csv", "id,client,label,split,pic\n" + rows)
    bench.write("d.yaml", dataset(keys))
    result = bench.good("import", "d.yaml", "-o", "out", "--overwrite")
    return stored(bench), result.stderr


def grey(rows):
    return [[[v] for v in row] for row in rows]


def rgb(rows):
    return [[row[i:i + 3] for i in range(0, len(row), 3)] for row in rows]


def colours(bench):
    bench.write("grey.png", png(ROWS, GREY))
    bench.write("grey.pgm", pnm(5, ROWS, 255))
    bench.write("colour.png", png(COLOUR, RGB))
    greys = chunk(b"PLTE", bytes(v for v in range(0, 240, 10) for _ in range(3)))
    bench.write("table.png", png([[v // 10 for v in row] for row in ROWS], PALETTE, 8, [greys]))
    repeated = [[[v] * 3 for v in row] for row in ROWS]
    luma = [[[(77 * p[0] + 150 * p[1] + 29 * p[2]) >> 8] for p in row] for row in rgb(COLOUR)]
    values, said = imported(bench, ["grey.png", "table.png", "grey.pgm"])
    bench.check(values == [grey(ROWS)] * 3, f"all grey: {values}")
    bench.check("pic: grey, as all its files" in said, f"all grey: {said}")
    values, said = imported(bench, ["grey.png", "grey.pgm", "colour.png"])
    bench.check(values == [repeated, repeated, rgb(COLOUR)], f"the last has colour: {values}")
    bench.check("pic: RGB, since" in said and "colour.png has colour" in said, f"colour: {said}")
    for keys, wanted in ((", channels: auto", rgb(COLOUR)), (", channels: rgb", rgb(COLOUR)),
                         (", channels: grey", luma)):
        values, said = imported(bench, ["colour.png"], keys)
        bench.check(values == [wanted], f"{keys}: {values}")
        bench.check("auto" in keys or "since" not in said, f"{keys}: {said}")
    bench.write("late.jpg", jpeg([[1], [2], [3]], 3, 2, segment(0xfe, b"." * 65000) * 2))
    values, _ = imported(bench, ["grey.png", "late.jpg"])
    bench.check(len(values[0][0][0]) == 3, "colour that is told behind 128 KB")


def photos(bench):
    names = []
    for number in range(1, 9):
        rows = ROWS if number < 5 else [[10, 40], [20, 50], [30, 60]]  # all 2 x 3 when seen
        names.append(f"o{number}.png")
        bench.write(names[-1], png(rows, GREY, 8, [chunk(b"eXIf", exif(number))]))
    values, _ = imported(bench, names)
    lying = [ROWS] * 4 + [[[10, 40], [20, 50], [30, 60]]] * 4
    wanted = [grey(turned(rows, i + 1)) for i, rows in enumerate(lying)]
    bench.check(values == wanted, f"turned: {values}")
    bench.write("phone.jpg", jpeg([[100, -100]], 16, 8, exif_segment(6)))
    values, _ = imported(bench, ["phone.jpg"])
    bench.check(values == [grey([[228] * 8] * 8 + [[28] * 8] * 8)], f"a photo on its side: {values}")


def depths(bench):
    twelve = [[0, 1000, 2000, 4095]]
    bench.write("deep.png", png(twelve, GREY, 16))
    bench.write("deep.pgm", pnm(5, twelve, 65535))
    bench.write("light.png", png([[7, 9, 11, 13]], GREY))
    bench.write("hole.png", png([[0, 0, 0, 255, 50, 255, 90, 0]], GREY_ALPHA))
    values, said = imported(bench, ["deep.png", "deep.pgm", "hole.png"])
    words = " ".join(said.split())
    for part in ("2 of 3 using few of their bits", "`maximum` says which of them is white",
                 "deep.png, deep.pgm", "1 laid on white", "2 reduced to 8 bits"):
        bench.check(part in words, f"{part}: {said}")
    few = grey([[(2 * v * 255 + 65535) // (2 * 65535) for v in twelve[0]]])
    bench.check(values == [few, few, grey([[255, 0, 50, 255]])], f"as they are: {values}")
    values, said = imported(bench, ["deep.png", "deep.pgm"], ", maximum: 4095")
    bench.check("few of their bits" not in " ".join(said.split()), f"with their maximum: {said}")
    full = grey([[(2 * v * 255 + 4095) // (2 * 4095) for v in twelve[0]]])
    bench.check(values == [full, full], f"with their maximum: {values}")
    for name, keys, parts in (
            ("light.png", ", maximum: 4095", ["light.png", "`maximum` is for pictures of 16 bits"]),
            ("deep.png", ", maximum: 70000", ["maximum", "65535"]),
            ("deep.png", ", channels: colour", ["channels", "'auto', 'grey', 'rgb'"])):
        bench.write("m.csv", f"id,client,label,split,pic\n1,c,x,test,{name}\n2,c,y,train,{name}\n")
        bench.write("d.yaml", dataset(keys))
        bench.refused(keys, bench.run("import", "d.yaml", "-o", "bad"), parts, ("bad",))


def flat(bench):
    """Pictures in which nothing can be seen, and one that may be damaged, are warned of by name."""
    bench.write("flat.png", png([[9, 8, 7] * 3] * 2, RGB))
    bench.write("black.png", png([[0, 0, 0] * 3] * 2, RGB))
    bench.write("colour.png", png(COLOUR, RGB))
    _, said = imported(bench, ["flat.png", "black.png", "colour.png"])
    words = " ".join(said.split())
    for part in ("1 of 3 constant: every value is the same flat.png",
                 "1 of 3 all zero: every value is zero black.png"):
        bench.check(part in words, f"{part}: {said}")
    bench.write("padded.jpg", jpeg([[1, 2]], 16, 8, tail=b"\0" * 40 + b"\xff\xd9"))
    _, said = imported(bench, ["padded.jpg"])
    bench.check("may be damaged" in " ".join(said.split()) and "padded.jpg" in said, said)


def others(bench):
    """Sorts that are not read, and files that are damaged, in colour or not."""
    bench.write("a.gif", b"GIF89a\1\0\1\0\0\0\0;")
    bench.write("cut.jpg", jpeg([[1], [2], [3]], 8, 8)[:-2])
    bench.write("lossless.jpg", jpeg([[1]], 8, 8, marker=0xc3))
    for name, part in (("a.gif", "the GIF file holds no picture"),
                       ("cut.jpg", "truncated JPEG: it ends without its end marker"),
                       ("lossless.jpg", "a lossless JPEG is not read; convert it to a baseline")):
        bench.write("m.csv", f"id,client,label,split,pic\n1,c,x,test,{name}\n2,c,y,train,{name}\n")
        for keys in ("", ", channels: rgb"):
            bench.write("d.yaml", dataset(keys))
            result = bench.run("import", "d.yaml", "-o", "bad")
            bench.refused(name, result, [name, "m.csv:2: sample 1: pic", part], ("bad",))
            if name != "cut.jpg":  # whose header is whole
                bench.check("as all its files" not in result.stderr, f"{name}: {result.stderr}")


def rows_in_memory(bench):
    head = struct.pack(">IIII", 0x803, 2, 2, 3)
    bench.write("i.idx", head + bytes(v for row in ROWS + ROWS for v in row))
    for keys, wanted in (("", grey(ROWS)), (", channels: rgb", [[[v] * 3 for v in r] for r in ROWS])):
        bench.write("d.yaml", f"name: p\nclasses: [x, y]\nmodalities: {{pic: {{kind: image{keys}}}}}\ninputs:\n"
                    "  - {reader: idx, images: i.idx, modality: pic, id: 'n{row}', client: c, label: x,"
                    " split: test}\n")
        bench.good("import", "d.yaml", "-o", "out", "--overwrite")
        values = stored(bench)
        bench.check(values == [wanted] * 2, f"IDX {keys}: {values}")


def main():
    bench = Bench()
    bench.parts(colours, photos, depths, flat, others, rows_in_memory)
    bench.end()


if __name__ == "__main__":
    main()
