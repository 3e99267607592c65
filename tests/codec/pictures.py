#!/usr/bin/env python3
"""Pictures of every sort that is read, against values worked out here; those that are not read are
named; damaged ones are refused or, where nothing shows it, give the same pixels every time.
usage: pictures.py DRIVER (tests/codec/picture_driver.c)"""
import functools
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import zlib

from picture_files import (AC_TABLE, DC_TABLE, END, GREY, GREY_ALPHA, PALETTE, QUANTISER, RGB, RGBA,
                           START, adobe, bmp, chunk, exif, exif_segment, frame, gif, huffman, jpeg, png,
                           pnm, progressive, scan, segment, turned)

DRIVER = sys.argv[1]
FIXTURES = pathlib.Path(__file__).parent / "fixtures"
NOTES = [line.split("(")[1].split(",")[0] for line in
         (pathlib.Path(__file__).parents[2] / "include/fray/codec/notes.h").read_text().splitlines()
         if line.startswith("  X(")]
FAULTS = []


def check(good, *words):
    if not good:
        FAULTS.append(" ".join(map(str, words)))
        print("FAULT:", *words)


class Picture:
    """What the driver printed of a file: rows of pixels (tuples), or the message."""

    def __init__(self, line):
        self.line, self.rows, self.message = line, None, None
        if line.startswith("no "):
            self.status, self.message = line[3:].split(" ", 1)
            return
        _, height, width, channels, notes, colours, data = line.split()
        height, width, channels = int(height), int(width), int(channels)
        values = bytes.fromhex(data)
        pixels = [tuple(values[i:i + channels]) for i in range(0, len(values), channels)]
        self.rows = [pixels[y * width:(y + 1) * width] for y in range(height)]
        self.colours = int(colours)
        self.notes = {name for i, name in enumerate(NOTES) if int(notes) >> i & 1}


def read(files, channels=0, maximum=0, **environment):
    """files: name -> bytes; name -> Picture."""
    with tempfile.TemporaryDirectory(prefix="fray-pictures-") as folder:
        paths = []
        for name, data in files.items():
            paths.append(pathlib.Path(folder) / name)
            paths[-1].write_bytes(data)
        result = subprocess.run([DRIVER, str(channels), str(maximum), *map(str, paths)], check=False,
                                capture_output=True, text=True, env={**os.environ, **environment})
        if result.returncode != 0:
            sys.exit(f"the driver ended with {result.returncode}: {result.stderr[-2000:]}")
        lines = result.stdout.replace(folder + "/", "").splitlines()
        return {name: Picture(line) for name, line in zip(files, lines)}


WAITING = []


def expect(what, data, rows, notes=(), channels=0, maximum=0, colours=None, within=0):
    """rows: of tuples, as they are seen."""
    WAITING.append((channels, maximum, data, lambda seen: meet(what, seen, rows, notes, colours, within)))


def meet(what, seen, rows, notes, colours, within):
    if seen.rows is None:
        check(False, what, "is refused:", seen.message)
        return
    same = len(seen.rows) == len(rows) and all(
        len(a) == len(b) and all(len(p) == len(q) and all(abs(v - w) <= within for v, w in zip(p, q))
                                 for p, q in zip(a, b)) for a, b in zip(seen.rows, rows))
    check(same, what, "\n  expected", rows, "\n  seen    ", seen.rows)
    check(seen.notes == set(notes), what, "notes", sorted(seen.notes), "expected", sorted(notes))
    if colours is not None:
        check(seen.colours == colours, what, "colours by the header", seen.colours)


def refuse(what, data, part, channels=0, maximum=0):
    WAITING.append((channels, maximum, data, lambda seen: meet_refusal(what, seen, part)))


def meet_refusal(what, seen, part):
    check(seen.rows is None, what, "is taken")
    if seen.rows is None:
        check(part in seen.message and seen.status == "1", what, f'"{part}" is not in:', seen.line)


def settle():
    """What waits is read by one process for each sort of question."""
    for asked in sorted({wait[:2] for wait in WAITING}):
        waits = [wait for wait in WAITING if wait[:2] == asked]
        seen = read({f"picture-{i}": wait[2] for i, wait in enumerate(waits)}, *asked)
        check(len(seen) == len(waits), "files that the driver says nothing of:", len(waits) - len(seen))
        for (*_, met), picture in zip(waits, seen.values()):
            met(picture)
    WAITING.clear()


def grey_rows(rows):
    return [[(v,) for v in row] for row in rows]


def rounded(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)


# ---- depths and ranges ----

SIXTEEN = [[0, 256, 1000, 4096], [20000, 40000, 60000, 65535]]
SIXTEEN_SEEN = grey_rows([[rounded(v * 255, 65535) for v in row] for row in SIXTEEN])


def depths():
    expect("PGM of 16 bits", pnm(5, SIXTEEN, 65535), SIXTEEN_SEEN, ["DEPTH"], colours=1)
    expect("PGM text of 16 bits", pnm(2, SIXTEEN, 65535), SIXTEEN_SEEN, ["DEPTH"])
    expect("PNG of 16 bits", png(SIXTEEN, GREY, 16), SIXTEEN_SEEN, ["DEPTH"], colours=1)
    wide = [[v for v in row for _ in range(3)] for row in SIXTEEN]
    triple = [[p * 3 for p in row] for row in SIXTEEN_SEEN]
    expect("PPM of 16 bits", pnm(6, wide, 65535), triple, ["DEPTH"], colours=3)
    expect("PNG of 3 x 16 bits", png(wide, RGB, 16), triple, ["DEPTH"], colours=3)
    exact = [[257 * v for v in range(0, 250, 50)]]
    expect("16 bits that 8 can hold", png(exact, GREY, 16), grey_rows([range(0, 250, 50)]))
    for top in (1, 3, 15, 100, 254):
        row = sorted({0, 1, top // 3, top // 2, top})
        seen = grey_rows([[rounded(v * 255, top) for v in row]])
        expect(f"PGM up to {top}", pnm(5, [row], top), seen)
        expect(f"PGM text up to {top}", pnm(2, [row], top), seen)
    for top in (256, 1023, 4095):
        row = [0, 1, top // 2, top]
        expect(f"PGM up to {top}", pnm(5, [row], top),
               grey_rows([[rounded(v * 255, top) for v in row]]), ["DEPTH"])
    for depth in (1, 2, 4):
        row = list(range(1 << depth))
        expect(f"PNG of {depth} bits", png([row], GREY, depth),
               grey_rows([[v * 255 // ((1 << depth) - 1) for v in row]]), colours=1)
    bits = [[1, 0, 0, 1, 1, 0, 1, 0, 0, 1], [0] * 10]
    seen = grey_rows([[255 * (1 - v) for v in row] for row in bits])
    expect("PBM", pnm(4, bits), seen, colours=1)
    expect("PBM text", pnm(1, bits), seen, colours=1)
    expect("PBM text without blanks", b"P1 10 2\n1001101001" + b"0" * 10, seen)


def ranges():
    twelve = [[x * 4095 // 31 for x in range(32)]] * 2
    dark = grey_rows([[rounded(v * 255, 65535) for v in row] for row in twelve])
    expect("12 of 16 bits", png(twelve, GREY, 16), dark, ["DEPTH", "DARK"])
    seen = grey_rows([[rounded(v * 255, 4095) for v in row] for row in twelve])
    expect("12 of 16 bits with their maximum", png(twelve, GREY, 16), seen, ["DEPTH"], maximum=4095)
    expect("PGM of 12 of 16 bits", pnm(5, twelve, 65535), seen, ["DEPTH"], maximum=4095)
    high = [[0, 255, 300, 65535]]
    expect("values above the maximum", png(high, GREY, 16), grey_rows([[0, 255, 255, 255]]),
           ["CLIPPED"], maximum=255)
    refuse("maximum for 8 bits", png([[1, 2]], GREY), "`maximum` is for pictures of 16 bits",
           maximum=200)
    refuse("maximum above the file's", pnm(5, [[1, 2]], 300), "values end at 300", maximum=4095)


# ---- alpha ----


def over_white(v, a, full=255):
    return rounded((v * a + full * (full - a)) * 255, full * full)


def transparent():
    pixels = [(10, 200, 30, 0), (10, 200, 30, 1), (10, 200, 30, 128), (10, 200, 30, 255)]
    row = [v for p in pixels for v in p]
    seen = [[tuple(over_white(v, p[3]) for v in p[:3]) for p in pixels]]
    expect("RGBA", png([row], RGBA), seen, ["COMPOSITED"], colours=3)
    expect("RGBA that is opaque", png([[1, 2, 3, 255, 4, 5, 6, 255]], RGBA), [[(1, 2, 3), (4, 5, 6)]])
    wide = [40000, 65535, 40000, 30000, 40000, 0]
    expect("grey and alpha of 16 bits", png([wide], GREY_ALPHA, 16),
           grey_rows([[over_white(40000, a, 65535) for a in (65535, 30000, 0)]]),
           ["COMPOSITED", "DEPTH"], colours=1)
    colours = [(255, 0, 0), (0, 0, 0), (0, 0, 255)]
    table, alpha = chunk(b"PLTE", bytes(sum(colours, ()))), chunk(b"tRNS", bytes([255, 0]))
    expect("palette with a transparent colour", png([[0, 1, 2, 1]], PALETTE, 2, [table, alpha]),
           [[(255, 0, 0), (255, 255, 255), (0, 0, 255), (255, 255, 255)]], ["COMPOSITED"], colours=3)
    greys = chunk(b"PLTE", bytes([0, 0, 0, 90, 90, 90]))
    expect("palette of greys", png([[0, 1, 1, 0]], PALETTE, 1, [greys]), grey_rows([[0, 90, 90, 0]]),
           colours=1)
    key = chunk(b"tRNS", b"\0\x07")
    expect("grey with a transparent value", png([[7, 8]], GREY, 8, [key]), grey_rows([[255, 8]]),
           ["COMPOSITED"])
    key = chunk(b"tRNS", b"\0\1\0\2\0\3")
    expect("RGB with a transparent colour", png([[1, 2, 3, 1, 2, 4]], RGB, 8, [key]),
           [[(255, 255, 255), (1, 2, 4)]], ["COMPOSITED"])


def colours():
    row = [255, 0, 0, 0, 255, 0, 10, 20, 200]
    greys = [[(77 * r + 150 * g + 29 * b >> 8,) for r, g, b in zip(*[iter(row)] * 3)]]
    expect("RGB as grey", png([row], RGB), greys, ["CONVERTED"], channels=1)
    expect("grey as RGB", png([[5, 6]], GREY), [[(5, 5, 5), (6, 6, 6)]], ["CONVERTED"], channels=3)


# ---- EXIF ----


def orientations():
    rows = [[10 * y + x for x in range(3)] for y in range(2)]
    blocks = [v for row in rows for v in row]
    for number in range(1, 9):
        seen = turned(rows, number)
        notes = ["TURNED"] if number > 1 else []
        for big in (False, True):
            chunk_of_it = chunk(b"eXIf", exif(number, big))
            expect(f"PNG, orientation {number}", png(rows, GREY, 8, [chunk_of_it]), grey_rows(seen),
                   notes)
            expect(f"PNG, orientation {number} behind the data",
                   png(rows, GREY, 8, (), [chunk_of_it]), grey_rows(seen), notes)
            large = [[(128 + v,) for v in row for _ in range(8)] for row in seen for _ in range(8)]
            expect(f"JPEG, orientation {number}",
                   jpeg([blocks], 24, 16, exif_segment(number, big)), large, notes)
    for bad in (exif(0), exif(9), exif(6)[:-6], b"II*\0\xff\xff\xff\xff" + exif(6)[8:], b"", b"MM"):
        expect("EXIF that says nothing", png(rows, GREY, 8, [chunk(b"eXIf", bad)]), grey_rows(rows))
        expect("EXIF that says nothing", jpeg([[1]], 8, 8, segment(0xe1, b"Exif\0\0" + bad)),
               grey_rows([[129] * 8] * 8))


# ---- BMP ----


def bitmaps():
    rows = [[(1, 2, 3), (40, 50, 60), (255, 0, 7)], [(9, 8, 7), (0, 0, 0), (100, 200, 250)]]
    bgr = [b"".join(bytes(p[::-1]) for p in row) for row in rows]
    bgrx = [b"".join(bytes(p[::-1]) + b"\x55" for p in row) for row in rows]
    for top_down in (False, True):
        expect(f"BMP, from above {top_down}", bmp(bgr, 24, top_down=top_down), rows, colours=3)
        expect("BMP of 32 bits", bmp(bgrx, 32, top_down=top_down), rows)
    expect("BMP of OS/2", bmp(bgr, 24, header=12), rows)
    masks = (0xff0000, 0xff00, 0xff, 0xff000000)
    solid = [row.replace(b"\x55", b"\0") for row in bgrx]
    expect("BMP whose alpha is zero throughout", bmp(solid, 32, header=56, masks=masks), rows)
    half = [bytes([30, 20, 10, 255, 30, 20, 10, 100])]
    expect("BMP with alpha", bmp(half, 32, header=124, masks=masks),
           [[(10, 20, 30), tuple(over_white(v, 100) for v in (10, 20, 30))]], ["COMPOSITED"])
    swapped = [b"".join(bytes((*p, 0)) for p in row) for row in rows]
    expect("BMP with masks", bmp(swapped, 32, masks=(0xff, 0xff00, 0xff0000)), rows)
    five = [(31 << 10 | 7 << 5 | 1).to_bytes(2, "little")]
    expect("BMP of 16 bits", bmp(five, 16), [[(255, 7 << 3 | 7 >> 2, 1 << 3)]])
    six = [(1 << 11 | 63 << 5 | 30).to_bytes(2, "little")]
    expect("BMP of 5, 6, 5 bits", bmp(six, 16, masks=(0xf800, 0x7e0, 0x1f)), [[(8, 255, 247)]])
    greys = [(v, v, v) for v in range(256)]
    expect("BMP of greys", bmp([bytes([0, 7, 200, 255])], 8, greys), grey_rows([[0, 7, 200, 255]]),
           colours=1)
    table = [(0, 0, 255), (0, 255, 0), (255, 0, 0)]
    expect("BMP of 4 bits", bmp([b"\x01\x20"], 4, table, used=3),
           [[(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 0, 0)]], colours=3)
    expect("BMP of 1 bit", bmp([b"\xa5"], 1, table[:2], header=12),
           [[((0, 255, 0) if 0xa5 >> 7 - x & 1 else (255, 0, 0)) for x in range(8)]])
    refuse("BMP whose palette is too short", bmp([b"\x01\x23"], 4, table, used=3),
           "a pixel of colour 3, its palette has 3")
    runs = bytearray(bmp([b"\1\2"], 8, table))
    runs[30] = 1
    refuse("BMP of runs", bytes(runs), "a BMP compressed by runs is not read; save it as PNG")
    for at, value, part in ((14, 200, "its header has 200 bytes"), (28, 5, "5 bits a pixel"),
                            (10, 250, "truncated BMP"), (18, 0, "pixels wide"), (22, 0, "0 x 3"),
                            (30, 4, "of compression 4")):
        data = bytearray(bmp(bgr, 24))
        data[at] = value
        refuse(f"BMP, byte {at}", bytes(data), part)


# ---- JPEG ----


def blocks(rows):
    """Pixels of planes of single blocks."""
    return [[p for p in row for _ in range(8)] for row in rows for _ in range(8)]


def from_ycc(y, cb, cr):
    return tuple(min(255, max(0, round(v))) for v in (
        y + 1.402 * (cr - 128), y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128),
        y + 1.772 * (cb - 128)))


PLANES = [[-100, 0, 20, 127], [10, -20, 30, 40], [0, -50, 60, 5]]  # 2 x 2 blocks
PIXELS = [tuple(128 + plane[i] for plane in PLANES) for i in range(4)]


def colour(function):
    return blocks([[function(*PIXELS[0]), function(*PIXELS[1])],
                   [function(*PIXELS[2]), function(*PIXELS[3])]])


def jpegs():
    grey = [[0, -128, 127, 5]]
    rows = blocks([[(128,), (0,)], [(255,), (133,)]])
    expect("JPEG", jpeg(grey, 16, 16), rows, colours=1)
    expect("JPEG, extended", jpeg(grey, 16, 16, marker=0xc1), rows)
    expect("JPEG with restarts", jpeg(grey, 16, 16, restart=1), rows)
    expect("JPEG, progressive", progressive(grey, 16, 16), rows)
    expect("JPEG that is not a multiple of 8", jpeg(grey, 15, 9), [row[:15] for row in rows[:9]])
    expect("JPEG with comments and fill bytes",
           jpeg(grey, 16, 16, segment(0xfe, b"made by hand") + b"\xff\xff" + segment(0xe0, b"JFIF\0")),
           rows)
    far = segment(0xfe, b"." * 65533) * 2
    expect("JPEG with a long header", jpeg(grey, 16, 16, far), rows, colours=1)
    expect("JPEG with bytes behind it", jpeg(grey, 16, 16, tail=END + b"\0\0more" + START), rows)
    expect("JPEG with bytes before its end", jpeg(grey, 16, 16, tail=b"\0\0\0" + END), rows,
           ["LEFTOVER"])
    for name, data in (("", jpeg(PLANES, 16, 16)), ("progressive", progressive(PLANES, 16, 16)),
                       ("a scan each", jpeg(PLANES, 16, 16,
                                            scans=[scan(PLANES, [c]) for c in range(3)]))):
        expect("JPEG of colour " + name, data, colour(from_ycc), colours=3, within=1)
        expect("JPEG of colour as grey " + name, data, colour(lambda y, cb, cr: (y,)), ["CONVERTED"],
               channels=1)
    expect("JPEG of RGB", jpeg(PLANES, 16, 16, adobe(0)), colour(lambda *p: p), colours=3)
    expect("JPEG of RGB as grey", jpeg(PLANES, 16, 16, adobe(0)),
           colour(lambda r, g, b: (77 * r + 150 * g + 29 * b >> 8,)), ["CONVERTED"], channels=1)
    inks = PLANES + [[0, -64, 100, 127]]
    light = [tuple(rounded((128 + plane[i]) * (128 + inks[3][i]), 255) for plane in PLANES)
             for i in range(4)]
    pixels = blocks([light[:2], light[2:]])
    expect("JPEG of inks, inverted", jpeg(inks, 16, 16, adobe(0)), pixels, ["CONVERTED"], colours=3)
    upright = [[-1 - v for v in plane] for plane in inks]  # 255 - (128 + v) = 128 + (-1 - v)
    expect("JPEG of inks", jpeg(upright, 16, 16), pixels, ["CONVERTED"])
    # YCCK: the first three are 255 less the RGB that inks stand for, as luma and chroma.
    paper = [from_ycc(*PIXELS[i]) for i in range(4)]
    light = [tuple(rounded((255 - v) * (128 + inks[3][i]), 255) for v in paper[i]) for i in range(4)]
    expect("JPEG of YCCK", jpeg(inks, 16, 16, adobe(2)), blocks([light[:2], light[2:]]),
           ["CONVERTED"], within=1)
    ramp = [[(8 * x, 10 * y, 255 - 6 * x - 4 * y) for x in range(24)] for y in range(16)]
    for name in ("ramp", "arithmetic", "arithmetic-progressive"):
        expect(name, (FIXTURES / f"{name}.jpg").read_bytes(), ramp, within=4)
    twins = read({n: (FIXTURES / f"{n}.jpg").read_bytes()
                  for n in ("ramp", "arithmetic", "arithmetic-progressive")})
    check(len({picture.line for picture in twins.values()}) == 1, "arithmetic coding, other pixels")


def bad_jpegs():
    grey = [[0, -128, 127, 5]]
    whole = jpeg(grey, 16, 16)
    for marker, part in ((0xc3, "a lossless JPEG is not read; convert it to"),
                         (0xc5, "a hierarchical JPEG is not read"), (0xcb, "a lossless JPEG")):
        refuse(part, jpeg(grey, 16, 16, marker=marker), part)
    refuse("12 bits", jpeg(grey, 16, 16, marker=0xc1, bits=12),
           "a JPEG of 12 bits a sample is not read; convert it to 8 bits, or to PNG")
    refuse("2 components", jpeg(PLANES[:2], 16, 16), "a JPEG of 2 channels is not read")
    refuse("no tables", jpeg(grey, 16, 16, tables=b""), "it lacks its Huffman tables")
    refuse("no AC table", jpeg(grey, 16, 16, tables=DC_TABLE), "it lacks its Huffman tables")
    refuse("no quantiser", jpeg(grey, 16, 16, quantiser=b""), "damaged JPEG: Quantization table")
    refuse("no end", jpeg(grey, 16, 16, tail=b""), "truncated JPEG: it ends without its end marker")
    refuse("no scan", jpeg(grey, 16, 16, scans=[]), "damaged JPEG: it holds no image data")
    refuse("half a scan", jpeg(grey, 16, 16, scans=[scan([grey[0][:2]], [0])]), "damaged JPEG")
    refuse("no frame", START + QUANTISER + DC_TABLE + AC_TABLE + scan(grey, [0]) + END, "damaged JPEG")
    refuse("two frames", START + frame(grey, 16, 16) + whole[2:], "damaged JPEG")
    refuse("high", jpeg([[0]], 8, 9000), "image of 9000 x 8 pixels, the limit is 8192 x 8192")
    refuse("no height", jpeg(grey, 16, 0), "damaged JPEG")
    refuse("a component without a scan",
           jpeg(PLANES, 16, 16, scans=[scan(PLANES, [0]), scan(PLANES, [2])]),
           "scans are missing (64 of 64 coefficients of component 2 of 3)")
    first, second = scan(PLANES, [0]), scan(PLANES, [1, 2])
    other = first.replace(segment(0xda, b"\1\1\0\0\x3f\0"), segment(0xda, b"\1\1\x11\0\x3f\0"))
    refuse("a later scan without its tables", jpeg(PLANES, 16, 16, scans=[second, other]),
           "damaged JPEG: Huffman table 0x01 was not defined")
    # Scans of a progressive file: DC, AC of each component, last bits of DC.
    for left_out, part in ((0, "damaged JPEG"), (1, "63 of 64 coefficients of component 1 of 3"),
                           (3, "63 of 64 coefficients of component 3"), (4, "1 of 64 coefficients")):
        refuse(f"progressive without scan {left_out}", progressive(PLANES, 16, 16, [left_out]), part)
    many = [scan(grey, [0], "dc"), scan(grey, [0], "refine")] + [scan(grey, [0], "ac")] * 99
    refuse("101 scans", jpeg(grey, 16, 16, marker=0xc2, scans=many), "JPEG")
    crowded = huffman(0x10, [0] * 8 + [200, 200] + [0] * 6, [1] * 400)
    refuse("400 codes in a table", jpeg(grey, 16, 16, crowded), "damaged JPEG")


# ---- GIF, WebP, TIFF ----


def gifs():
    rng = random.Random(5)
    palette = [(rng.randrange(256), rng.randrange(256), rng.randrange(256)) for _ in range(256)]
    # Long enough for the table of codes to fill up and begin anew.
    rows = [[rng.randrange(256) for _ in range(90)] for _ in range(80)]
    seen = [[palette[v] for v in row] for row in rows]
    for words, more in (("", {}), (" of plain codes", {"plain": True}), (", interlaced", {"interlaced": True}),
                        (" with its own palette", {"local": True})):
        expect("GIF" + words, gif(rows, palette, **more), seen, colours=3)
    few = [[0, 1, 1, 2], [3, 3, 3, 3], [0, 0, 0, 0]]
    shades = [(0, 0, 0), (80, 80, 80), (160, 160, 160), (255, 255, 255)]
    expect("GIF of greys", gif(few, shades, least=2), grey_rows([[0, 80, 80, 160], [255] * 4, [0] * 4]),
           colours=1)
    expect("transparent GIF", gif(few, shades, least=2, transparent=0),
           grey_rows([[255, 80, 80, 160], [255] * 4, [255] * 4]), ["COMPOSITED"])
    expect("GIF smaller than its screen", gif([[1, 2]], shades, least=2, screen=(3, 4), at=(1, 1)),
           grey_rows([[255] * 4, [255, 80, 160, 255], [255] * 4]), ["COMPOSITED"])
    film = gif([[1, 2]], shades, least=2)[:-1]
    frame_2 = film[film.index(b","):]
    expect("GIF film", film + frame_2 + b";", grey_rows([[80, 160]]), ["FILM"])
    good = gif(few, shades, least=2)
    refuse("GIF beyond its screen", gif([[1, 2]], shades, least=2, screen=(1, 2), at=(0, 1)),
           "leaves the screen of 1 x 2")
    refuse("GIF beyond its palette", gif([[1, 2]], shades[:2], least=2), "colour 2 is beyond the palette of 2")
    refuse("GIF without a picture", good[:good.index(b",")] + b";", "holds no picture")
    refuse("GIF of too few pixels", gif(few[:2], shades, least=2).replace(
        b"\x04\0\x02\0", b"\x04\0\x03\0"), "8 of 12 pixels are there")
    refuse("GIF of a code that is not there yet", good.replace(b"\x02\x06", b"\x02\x06\xff", 1),
           "the GIF picture is")
    refuse("GIF of another version", b"GIF88a" + good[6:], "a GIF picture of an unknown version")


@functools.cache
def formats():
    """Whether this build reads WebP and TIFF."""
    webp = read({"p": b"RIFF\4\0\0\0WEBPVP8 "})["p"].message
    tiff = read({"p": b"II*\0"})["p"].message
    return {".gif": True, ".webp": "is not read" not in webp, ".tif": "is not read" not in tiff}


OTHERS = FIXTURES / "others"
OTHERS_NOTES = {"transparent.gif": ["COMPOSITED"], "film.gif": ["FILM"], "pages.tif": ["FILM"], "alpha.webp":
                ["COMPOSITED"], "alpha.tif": ["COMPOSITED"], "deep.tif": ["DEPTH"]}


def others():
    """Files that Pillow wrote and read (make_other_fixtures.py)."""
    known = formats()
    for name, rows in json.loads((OTHERS / "pixels.json").read_text()).items():
        data = (OTHERS / name).read_bytes()
        if not known[pathlib.Path(name).suffix]:
            refuse(name, data, "is not read; convert it to PNG or JPEG")
            continue
        expect(name, data, [[tuple(p) for p in row] for row in rows], OTHERS_NOTES.get(name, ()))
        whole = [[tuple(p) for p in row] for row in rows]
        cuts = read({str(part): data[:part] for part in range(1, len(data), max(1, len(data) // 40))})
        for part, cut in cuts.items():
            check(cut.rows is None or cut.rows == whole, f"{name}: {part} bytes of it are another picture")
    if known[".webp"]:
        head = b"VP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + b"\1\0\0\1\0\0"
        refuse("animated WebP", b"RIFF" + struct.pack("<I", 4 + len(head)) + b"WEBP" + head, "WebP picture")
    if known[".tif"]:
        grey = bytearray((OTHERS / "grey.tif").read_bytes())
        check(grey.count(b"\x06\x01\x03\0\1\0\0\0\1\0") == 1, "grey.tif says that black is 0")
        turned_round = bytes(grey).replace(b"\x06\x01\x03\0\1\0\0\0\1\0", b"\x06\x01\x03\0\1\0\0\0\0\0")
        pixels = json.loads((OTHERS / "pixels.json").read_text())["grey.tif"]
        expect("TIFF whose white is 0", turned_round, grey_rows([[255 - p[0] for p in row] for row in pixels]))
        # Of 16 bits too: 65535 - v has the high byte 255 - v / 256.
        deep = (OTHERS / "deep.tif").read_bytes()
        check(deep.count(b"\x06\x01\x03\0\1\0\0\0\1\0") == 1, "deep.tif says that black is 0")
        pixels = json.loads((OTHERS / "pixels.json").read_text())["deep.tif"]
        expect("deep TIFF whose white is 0", deep.replace(b"\x06\x01\x03\0\1\0\0\0\1\0", b"\x06\x01\x03\0\1\0\0\0\0\0"),
               grey_rows([[255 - p[0] for p in row] for row in pixels]), OTHERS_NOTES["deep.tif"])
    if known[".webp"]:
        turned_webp()


def turned_webp():
    """A WebP picture whose EXIF chunk says how it is held, with the head of a JPEG segment in front and without; one
    that is cut short says nothing."""
    plain = (OTHERS / "lossless.webp").read_bytes()
    rows = [[tuple(p) for p in row] for row in json.loads((OTHERS / "pixels.json").read_text())["lossless.webp"]]
    size = struct.pack("<I", len(rows[0]) - 1)[:3] + struct.pack("<I", len(rows) - 1)[:3]
    for number in range(1, 9):
        for before in (b"", b"Exif\0\0"):
            said = before + exif(number, number % 2)
            body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x08\0\0\0" + size + plain[12:] + \
                b"EXIF" + struct.pack("<I", len(said)) + said + b"\0" * (len(said) % 2)
            notes = ["TURNED"] if number > 1 else []
            expect(f"WebP, orientation {number}", b"RIFF" + struct.pack("<I", len(body)) + body, turned(rows, number), notes)


# ---- what else is refused ----


def strangers():
    heads = {"a BigTIFF picture": b"II+\0", "a HEIC picture": b"\0\0\0\x18ftypheic", "an AVIF picture":
             b"\0\0\0\x1cftypavif", "a PAM picture": b"P7\nWIDTH 2", "a JPEG 2000 picture":
             b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG XL picture": b"\xff\x0a\0", "an SVG drawing":
             b"<svg xmlns=", "a DICOM picture": b"\0" * 128 + b"DICM", "a PFM picture": b"Pf\n2 2\n"}
    for words, head in heads.items():
        refuse(words, head + b"\0" * 40, words + " is not read; convert it to PNG or JPEG")
    refuse("a pointer", b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS")
    refuse("a web page", b"<!DOCTYPE html><html>", "a web page")
    refuse("nothing known", b"Hello", "not a PNG, JPEG, BMP, GIF, PBM, PGM or PPM image")
    refuse("nothing", b"", "the file is empty")


def bad_others():
    good = png([[1, 2, 3], [4, 5, 6]], GREY)
    expect("PNG with bytes behind it", good + b"more", grey_rows([[1, 2, 3], [4, 5, 6]]))
    text = chunk(b"tEXt", b"Title\0x")
    expect("PNG with a text", png([[1, 2]], GREY, 8, [text], [text]), grey_rows([[1, 2]]))
    broken = text[:-1] + bytes([text[-1] ^ 1])
    refuse("PNG with a damaged text", png([[1, 2]], GREY, 8, [broken]), "damaged PNG: tEXt: CRC error")
    refuse("PNG beyond its palette",
           png([[0, 1, 2, 3]], PALETTE, 2, [chunk(b"PLTE", b"\1\2\3\4\5\6")]), "damaged PNG")
    refuse("PNG without its palette", png([[0, 1]], PALETTE, 8), "damaged PNG")
    refuse("PNG with too many data", png([[1, 2]], GREY, 8, (), (), b"", zlib.compress(b"\0\1\2" * 2)),
           "damaged PNG")
    refuse("PGM, value above its maximum", pnm(5, [[1, 101]], 100), "value 101, its maximum is 100")
    refuse("PGM text, value above its maximum", pnm(2, [[1, 101]], 100), "value 101")
    refuse("PGM text that is cut", b"P2 2 2 9\n1 2 3\n", "truncated PBM, PGM or PPM: 3 of 4 values")
    refuse("PGM of maximum 0", b"P5 1 1 0\n\0", "maximum 0 is not in [1, 65535]")
    refuse("PGM of maximum 65536", b"P5 1 1 65536\n\0\0", "maximum 65536")
    refuse("PGM of 16 bits, cut", pnm(5, SIXTEEN, 65535)[:-1], "need 16 bytes, 15 are left")
    expect("PGM with comments", pnm(5, [[7, 9]], 255, b"# one\n#two 9 9\n"), grey_rows([[7, 9]]))
    expect("PGM with a comment behind its maximum", b"P5\n2 1\n255# one\n\7\x09",
           grey_rows([[7, 9]]))
    expect("PGM with bytes behind it", pnm(5, [[7, 9]], 255) + b"P5\n", grey_rows([[7, 9]]))


# ---- damage of any sort ----


def bases():
    rng = random.Random(4)
    rows = [[rng.randrange(256) for _ in range(24)] for _ in range(6)]
    table = chunk(b"PLTE", bytes(rng.randrange(256) for _ in range(48)))
    four = [[v & 15 for v in row] for row in rows]
    inks = PLANES + [PLANES[0]]
    some = {p.name: p.read_bytes() for p in OTHERS.iterdir() if p.suffix != ".json" and
            formats()[p.suffix] and p.name in ("grey.gif", "transparent.gif", "lossy.webp", "alpha.webp",
                                               "lzw.tif", "deflate.tif", "palette.tif", "bits.tif")}
    return {**some, "grey.png": png(rows, GREY), "rgba.png": png(rows, RGBA), "table.png":
            png(four, PALETTE, 4, [table, chunk(b"eXIf", exif(6))]), "wide.png":
            png([[v * 199 for v in row] for row in rows], RGB, 16), "grey.bmp":
            bmp([bytes(row) for row in rows], 8, [(v, v, v) for v in range(256)]), "rgb.bmp":
            bmp([bytes(row) for row in rows], 24, top_down=True), "a.pgm": pnm(5, rows, 255), "b.ppm":
            pnm(6, [[v * 3 for v in row] for row in rows], 1000), "c.pgm": pnm(2, rows, 255), "d.pbm":
            pnm(4, [[v & 1 for v in row] for row in rows]), "a.jpg":
            jpeg(PLANES, 16, 16, exif_segment(8)), "b.jpg": progressive(PLANES, 16, 16), "c.jpg":
            jpeg(inks, 16, 16, adobe(2), restart=2), "d.jpg":
            jpeg(PLANES, 16, 16, scans=[scan(PLANES, [c]) for c in range(3)]), "e.jpg":
            (FIXTURES / "ramp.jpg").read_bytes(), "f.jpg":
            (FIXTURES / "arithmetic-progressive.jpg").read_bytes()}


def damaged(data, rng):
    """One to four bytes changed, a run of bytes left out, doubled or put in, or the end cut off."""
    data = bytearray(data)
    way, at = rng.randrange(6), rng.randrange(len(data))
    n = rng.randrange(1, 12)
    if way <= 2:
        for _ in range(rng.randrange(1, 5)):
            data[rng.randrange(len(data))] = rng.choice((0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)))
    elif way == 3:
        del data[at:at + n]
    elif way == 4:
        data[at:at] = data[at:at + n] if rng.random() < 0.5 else rng.randbytes(n)
    else:
        del data[at:]
    return bytes(data)


def damage():
    rng = random.Random(7)
    files = {f"{i}-{name}": damaged(data, rng) for name, data in bases().items() for i in range(40)}
    cut = {f"cut-{name}": data[:-1] for name, data in bases().items()}
    for channels in (0, 3):
        first = read({**files, **cut}, channels, MALLOC_PERTURB_="90")
        again = read({**files, **cut}, channels, MALLOC_PERTURB_="165")
        for name, picture in first.items():
            check(picture.line == again[name].line, name, "differs from run to run")
        taken = [n for n, picture in first.items() if picture.rows and n.endswith(".png")
                 and files[n].find(bases()[n.split("-", 1)[1]]) != 0]
        check(not taken, "damaged PNG files are taken:", taken)
    taken = [n for n in cut if first[n].rows and n != "cut-c.pgm"]  # its last byte is a line feed
    check(not taken, "files that lack their last byte are taken:", taken)


if __name__ == "__main__":
    for part in (depths, ranges, transparent, colours, orientations, bitmaps, jpegs, bad_jpegs,
                 gifs, others, strangers, bad_others, damage):
        part()
    settle()
    print("fine" if not FAULTS else f"{len(FAULTS)} faults")
    sys.exit(1 if FAULTS else 0)
