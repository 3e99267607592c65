#!/usr/bin/env python3
"""Bad raw data: `fray import` refuses it with one clear message and writes nothing."""
import struct
import wave
import zlib

from bench import Bench, change

DATASET = """\
name: tiny
licence: CC0
modalities:
  audio: {kind: audio, rate: 8000}
  image: {kind: image, size: [8, 8], channels: grey}
inputs:
  - {reader: manifest, file: manifest.csv}
dev: {from: train, fraction: 0.25}
"""
HEADER = "id,client,label,split,audio,image\n"


def png(side=8):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))
    pixels = b"".join(b"\0" + bytes((x * 31 + y * 7) % 256 for x in range(side))
                      for y in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b""))


def sound(path, frames):
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(struct.pack(f"<{frames}h", *((i * 311) % 5000 for i in range(frames))))


def manifest(bench, text):
    bench.write("raw/manifest.csv", HEADER + text)


def main():
    bench = Bench()
    bench.write("raw/dataset.yaml", DATASET)
    bench.write("raw/a.png", png())
    sound(bench.folder / "raw" / "a.wav", 800)
    sound(bench.folder / "raw" / "none.wav", 0)
    bench.write("raw/cut.png", png()[:60])
    bench.write("raw/text.png", "no picture")
    bench.write("raw/text.wav", "no sound")
    rows = "".join(f"s{i},c{i % 3},{'yes' if i % 2 else 'no'},{'test' if i % 3 == 2 else 'train'},"
                   "a.wav,a.png\n" for i in range(12))
    manifest(bench, rows)
    bench.good("import", "raw/dataset.yaml", "-o", "good")
    bench.check("12: " in bench.good("inspect", "good").stdout, "12 samples were imported")
    bench.good("import", "raw/dataset.yaml", "-o", "out", "--dry-run")
    bench.check(not (bench.folder / "out").exists(), "a dry run wrote")
    absent = ("out",)
    bad = [("missing file", "s12,c0,yes,train,b.wav,a.png\n", ["b.wav", "manifest.csv", "14"]),
           ("duplicate id", "s3,c0,yes,train,a.wav,a.png\n", ["s3", "manifest.csv", "14"]),
           ("zero frames", "s12,c0,yes,train,none.wav,a.png\n", ["none.wav"]),
           ("truncated PNG", "s12,c0,yes,train,a.wav,cut.png\n", ["cut.png"]),
           ("not an image", "s12,c0,yes,train,a.wav,text.png\n", ["text.png"]),
           ("not a sound", "s12,c0,yes,train,text.wav,a.png\n", ["text.wav"]),
           ("too few cells", "s12,c0,yes\n", ["manifest.csv", "14"]),
           ("unknown split", "s12,c0,yes,trial,a.wav,a.png\n", ["trial", "train"]),
           ("path that leaves the folder", "s12,c0,yes,train,../a.wav,a.png\n", ["../a.wav"])]
    for what, row, parts in bad:
        manifest(bench, rows + row)
        bench.refused(what, bench.run("import", "raw/dataset.yaml", "-o", "out"), parts, absent)
    manifest(bench, rows)
    for what, old, new, parts in (
            ("misspelt key", "licence", "license", ["license", "licence"]),
            ("unknown reader", "reader: manifest", "reader: manifst", ["manifst", "manifest"]),
            ("no manifest", "file: manifest.csv", "file: none.csv", ["dataset.yaml:7: ", "none.csv: No such file"]),
            ("no table to join", "file: manifest.csv", "file: manifest.csv, join: [\n      {file: none.csv, on: id}]",
             ["dataset.yaml:8: ", "none.csv: No such file"]),
            # What other tools call it: the right key, with an example.
            ("another word for join", "file: manifest.csv", "file: manifest.csv, key: id",
             ["unknown key 'key'", "join: [{file: titles.csv, on: id}]"]),
            ("columns of another reader", "file: manifest.csv", "file: manifest.csv, columns: {file: s.csv, key: id}",
             ["unknown key 'columns'", "`join` brings columns"]),
            ("windows of a list", "file: manifest.csv", "file: manifest.csv, window: 100, step: 50",
             ["unknown key 'window'", "`reader: recordings`", "windows: {length: 100, step: 50"]),
            ("another word for where", "file: manifest.csv", "file: manifest.csv, filter: {label: yes}",
             ["unknown key 'filter'", "where: {kind: [shoe, bag]}"])):
        bench.write("raw/dataset.yaml", change(DATASET, old, new))
        bench.refused(what, bench.run("import", "raw/dataset.yaml", "-o", "out"), parts, absent)
    bench.write("raw/dataset.yaml", DATASET)
    bench.refused("existing folder", bench.run("import", "raw/dataset.yaml", "-o", "good"),
                  ["good"], absent)
    bench.end()


if __name__ == "__main__":
    main()
