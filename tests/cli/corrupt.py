#!/usr/bin/env python3
"""One sample damaged by `fray corrupt`: its files are what the page and the measures say, whatever the ranks;
the ledger repeats it; entries act in their order; what cannot be is refused and leaves nothing."""
import csv
import html.parser
import io
import math
import re
import struct

from bench import Bench
from png import pixels

FILES = {"index.html", "measures.csv", "ledger.csv"}


def wav(path):
    """Samples of a 16-bit mono WAV, and its rate."""
    data = path.read_bytes()
    rate, = struct.unpack_from("<I", data, 24)
    size, = struct.unpack_from("<I", data, 40)
    return rate, struct.unpack_from(f"<{size // 2}h", data, 44)


def measures(bench, folder):
    text = (bench.folder / folder / "measures.csv").read_text(encoding="utf-8")
    return {row["modality"]: row for row in csv.DictReader(io.StringIO(text))}


def names(bench, folder):
    return {path.name for path in (bench.folder / folder).iterdir()}


def sounds(bench):
    """The ratio that was asked for is that of the two files, to their 16 bits."""
    bench.good("corrupt", "data", "--kind", "noise", "--set", "snr_db=5", "-o", "noise")
    bench.check(names(bench, "noise") == FILES | {"audio-clean.wav", "audio-damaged.wav", "image-clean.png",
                                                  "series-clean.csv"}, f"{names(bench, 'noise')}")
    rate, clean = wav(bench.folder / "noise/audio-clean.wav")
    again, damaged = wav(bench.folder / "noise/audio-damaged.wav")
    bench.check(rate == again == 4000 and len(clean) == len(damaged) > 100, f"{rate}, {again}")
    # What is beyond full scale is cut in the file, so only the rest is compared.
    inside = [(a, b) for a, b in zip(clean, damaged) if abs(b) < 32767]
    ratio = 10 * math.log10(sum(a * a for a, _ in inside) / sum((b - a) ** 2 for a, b in inside))
    bench.check(len(inside) > len(clean) / 2 and abs(ratio - 5) < 1, f"{ratio} dB, not 5")
    said = measures(bench, "noise")["audio"]
    bench.check(abs(float(said["snr_db"]) - 5) < 1e-3, f"{said}")
    bench.check(abs(float(said["distance"]) - 10 ** -0.25) < 1e-4, f"{said}")
    bench.check(measures(bench, "noise")["image"]["distance"] == "", "the picture was not hit")


def pictures(bench):
    """A negative is 255 - x, byte by byte; a negative of a negative is the picture."""
    bench.good("corrupt", "data", "--kind", "inversion", "-o", "negative")
    clean = pixels(bench.folder / "negative/image-clean.png")[2]
    damaged = pixels(bench.folder / "negative/image-damaged.png")[2]
    bench.check(len(clean) == 100 and all(a + b == 255 for a, b in zip(clean, damaged)), "no negative")
    bench.good("corrupt", "data", "--entry", "{kind: inversion}", "--entry", "{kind: inversion, id: back}",
               "-o", "twice")
    bench.check(pixels(bench.folder / "twice/image-damaged.png")[2] == clean, "twice is not the picture")


def series(bench):
    """The CSV has a row for each step; what was multiplied is so many times as large."""
    bench.good("corrupt", "data", "--kind", "stuck_at", "--set", "share=0.5", "-o", "stuck")
    def table(name):
        rows = list(csv.reader(io.StringIO((bench.folder / "stuck" / name).read_text(encoding="utf-8"))))
        return rows[0], [[float(x) for x in row] for row in rows[1:]]
    head, clean = table("series-clean.csv")
    _, damaged = table("series-damaged.csv")
    changed = sum(a != b for x, y in zip(clean, damaged) for a, b in zip(x, y))
    said = float(measures(bench, "stuck")["series"]["changed"])
    bench.check(len(head) == 2 and len(clean) == len(damaged) > 5, f"{head}, {len(clean)}")
    bench.check(0 < changed and abs(changed / (2 * len(clean)) - said) < 1e-5, f"{changed}, {said}")


def order(bench):
    """Noise before clipping is not clipping before noise."""
    entries = ["{kind: noise, snr_db: 0}", "{kind: clipping, severity: 5}"]
    for name, words in (("ab", entries), ("ba", entries[::-1])):
        bench.good("corrupt", "data", *[w for e in words for w in ("--entry", e)], "-o", name)
    a, b = (wav(bench.folder / name / "audio-damaged.wav")[1] for name in ("ab", "ba"))
    bench.check(a != b, "the order of entries does not matter")
    # Of the clipped one a share lies at the two ends; noise on top leaves few there.
    at_ends = [sum(abs(v) == max(map(abs, x)) for v in x) / len(x) for x in (a, b)]
    bench.check(at_ends[0] > 0.3 > at_ends[1], f"{at_ends}")


def repeats(bench):
    """Its ledger, other ranks and another call give the same bytes; another seed does not."""
    words = ("corrupt", "data", "--kind", "noise", "--set", "snr_db=5")
    for name, options in (("again", {}), ("two", {"ranks": 2})):
        bench.good(*words, "-o", name, **options)
        for file in names(bench, "noise"):
            bench.check((bench.folder / name / file).read_bytes() == (bench.folder / "noise" / file).read_bytes(),
                        f"{name}: {file} differs")
    bench.good(*words, "--seed", "2", "-o", "seed")
    bench.good("corrupt", "data", "--seed", "2", "--entry",
               f"{{kind: replay, at: test, ledger: {bench.folder}/noise/ledger.csv}}", "-o", "replay")
    ledger = (bench.folder / "noise/ledger.csv").read_text(encoding="utf-8").splitlines()
    bench.check(len(ledger) == 2 and ledger[1].split(",")[1:4] == ["audio", "damaged", "noise"], f"{ledger}")
    first, other, replay = ((bench.folder / name / "audio-damaged.wav").read_bytes()
                            for name in ("noise", "seed", "replay"))
    bench.check(first != other, "the seed does not matter")
    bench.check(first == replay, "the ledger does not repeat it")


class Page(html.parser.HTMLParser):
    """Links and texts; nothing of the data may become a tag."""
    def __init__(self):
        super().__init__()
        self.links, self.tags, self.text = [], set(), ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for key, value in attrs if key == "href" and tag == "a"]

    def handle_data(self, data):
        self.text += data


def page(bench):
    """All files that it links are there, it says what was done, and what is lost is said."""
    bench.good("corrupt", "data", "--entry", "{kind: missing_modality, modalities: [audio], rate: 1}",
               "--entry", "{kind: brightness, severity: 2}", "-o", "lost")
    text = (bench.folder / "lost/index.html").read_text(encoding="utf-8")
    read = Page()
    read.feed(text)
    links = [link for link in read.links if not link.startswith("#")]
    bench.check(set(links) == names(bench, "lost") - FILES, f"{links}")
    bench.check("audio-damaged.wav" not in names(bench, "lost"), "what is lost has a file")
    bench.check("lost" in read.text and "brightness: amount" in read.text, "the page does not say what was done")
    bench.check(not re.search(r"(src|href|url)\W{1,3}https?:", text), "the page reaches out")
    bench.good("corrupt", "data", "--kind", "noise", "--set", "snr_db=5", "--set", "rate=0", "-o", "spared")
    bench.check("No value was changed" in (bench.folder / "spared/index.html").read_text(encoding="utf-8"),
                "nobody says that nothing happened")
    # Labels act on training samples alone: one of those is shown.
    bench.good("corrupt", "data", "--kind", "label_noise", "--set", "rate=1", "-o", "label")
    bench.check(re.search(r"class: .*, trained as ", (bench.folder / "label/index.html").read_text(encoding="utf-8")),
                "no wrong label")


def refusals(bench):
    folder = bench.folder
    some = next(csv.reader(io.StringIO((folder / "noise/ledger.csv").read_text(encoding="utf-8").split("\n", 1)[1])))[0]
    for what, words, parts in (
            ("a kind that is none", ("--kind", "nois"), ("did you mean 'noise'",)),
            ("a key that is none", ("--kind", "noise", "--set", "snr=3"), ("snr_db",)),
            ("a value out of range", ("--kind", "noise", "--severity", "6"), ("6 is not in [0, 5]",)),
            ("no strength", ("--kind", "noise"), ("snr_db: kind noise needs it",)),
            ("nothing", (), ("--kind NAME",)),
            ("keys without a kind", ("--severity", "3", "--entry", "{kind: fog, severity: 1}"), ("go with --kind",)),
            ("no map", ("--entry", "fog"), ("a map of keys",)),
            ("a sample that is none", ("--kind", "noise", "--severity", "1", "--sample", some + "x"), (some,)),
            ("two of one id", ("--entry", "{kind: fog, severity: 1}", "--entry", "{kind: fog, severity: 2}"),
             ("two corruptions have the id 'fog'",)),
            ("a name that steers a terminal", ("--entry", '{kind: fog, severity: 1, id: "a\\x10"}'),
             ("id: a name that is broken by a control character",)),
            ("a label at test", ("--kind", "label_noise", "--set", "rate=1", "--sample", some), ("training",)),
            ("no such medium", ("--kind", "feature_noise", "--severity", "1"), ("a modality that this damages",))):
        bench.refused(what, bench.run("corrupt", "data", *words, "-o", "out"), parts)
    before = {name: (folder / "noise" / name).read_bytes() for name in names(bench, "noise")}
    result = bench.run("corrupt", "data", "--kind", "noise", "--severity", "1", "-o", "noise")
    bench.check(result.returncode == 2 and "is there already" in result.stderr, result.stderr)
    bench.check(before == {name: (folder / "noise" / name).read_bytes() for name in names(bench, "noise")},
                "a folder that is there was changed")


def slow(bench):
    """Sound of 1 and 2 kHz has no room for the bands of the defaults, and is shown all the same."""
    for rate in (1000, 2000):
        bench.synth(f"slow{rate}", modalities='["audio:300", "image:6x6x1"]', audio_rate=rate, clients=2, test_clients=2)
        bench.good("corrupt", f"slow{rate}", "--kind", "high_pass", "--severity", "5", "-o", f"seen{rate}")
        row = bench.rows(f"seen{rate}", "measures.csv")[0]
        moved = [float(value) for key, value in row.items() if "feature" in key]
        bench.check(row["modality"] == "audio" and moved and 0 < moved[0] < 100, f"{rate} Hz: {row}")


def main():
    bench = Bench()
    bench.synth(modalities='["audio:1200", "image:10x10x1", "series:40x2"]', audio_rate=4000)
    bench.parts(sounds, pictures, series, order, repeats, page, slow, refusals)
    bench.end()


main()
