#!/usr/bin/python3
"""The bundled data set keeps what its README promises.

  spoken_digits.py PART ROOT FRAY
  design   who is in which group and split, as the manifest and the files say
  places   the places of recording differ in the sound itself, in every accent
  made     the script makes a client anew, as it lies in the tree; and what a wide set is

places needs h5py and numpy, made the tools of the script; without them they are skipped (77).
"""
import collections
import csv
import importlib.machinery
import importlib.util
import pathlib
import shutil
import subprocess
import sys
import tempfile

MADE_BY = {"espeak-ng": ("espeak-ng", "--version", "1.51"), "flac": ("flac", "--version", "1.4.2")}
ONE = "scotland-05"  # a test client: made last of its accent, and of both kinds of takes

faults = []


def check(good, text):
    if not good:
        faults.append(text)


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def rows_of(folder):
    with open(folder / "manifest.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def count(rows, *columns):
    return collections.Counter(tuple(row[column] for column in columns) for row in rows)


def design(root, _):
    folder = root / "data/spoken-digits"
    rows = rows_of(folder)
    named = {row[kind] for row in rows for kind in ("audio", "image")}
    there = {str(path.relative_to(folder)) for kind in ("audio", "image")
             for path in (folder / kind).rglob("*") if path.is_file()}
    check(named == there, f"files not named or not there: {sorted(named ^ there)[:5]}")
    check(len({row["id"] for row in rows}) == len(rows), "an id occurs twice")
    size = sum((folder / name).stat().st_size for name in there | {"manifest.csv"})
    check(size <= 10e6, f"{size} bytes are more than 10 MB")

    people = {row["client"]: row for row in rows}
    for column in ("split", "accent", "voice", "timbre"):
        check(len(count(rows, "client", column)) == len(people), f"a client of two {column}s")
    check(len({row["timbre"] for row in people.values()}) == len(people), "two clients of one timbre")

    training = [row for row in people.values() if row["split"] == "train"]
    test = [row for row in people.values() if row["split"] == "test"]
    of_accent = count(test, "accent")
    check(len(of_accent) == 6 and min(of_accent.values()) >= 5 and len(set(of_accent.values())) == 1,
          f"test clients of the accents: {of_accent}")
    samples = count([row for row in rows if row["split"] == "test"], "accent")
    check(min(samples.values()) >= 30, f"test samples of the accents: {samples}")
    uneven = count(training, "accent")
    check(len(uneven) == 6 and max(uneven.values()) >= 3 * min(uneven.values()),
          f"training clients of the accents: {uneven}")
    check(len(set(count(test, "accent", "voice").values())) == 1, "voices of the test are uneven")

    # Places are crossed with people: nobody is in one of them more than once oftener than in another.
    places = {row["recording"] for row in rows}
    for client in people:
        mine = count([row for row in rows if row["client"] == client], "recording")
        check(len(mine) == len(places) and max(mine.values()) - min(mine.values()) <= 1,
              f"{client} was recorded unevenly: {mine}")
    check(max(count(rows, "client", "label", "recording").values()) == 1,
          "a digit of a client was recorded twice in one place")
    for split in ("train", "test"):
        cells = count([row for row in rows if row["split"] == split], "label", "recording")
        check(max(cells.values()) - min(cells.values()) <= 3, f"{split}: digits by place: {cells}")


def places(root, fray):
    try:
        import h5py  # pylint: disable=import-outside-toplevel
        import numpy as np  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        skip(f"python3-h5py and python3-numpy are needed: {error}")
    with tempfile.TemporaryDirectory(prefix="fray-digits-") as scratch:
        subprocess.run([fray, "import", root / "data/spoken-digits/dataset.yaml", "-o",
                        f"{scratch}/shards"], check=True, stdout=subprocess.DEVNULL)
        shard = next(pathlib.Path(scratch, "shards").glob("*.h5"))
        with h5py.File(shard, "r") as file:
            sound = file["modalities/audio/values"][:].astype(float)
            offset = file["modalities/audio/offset"][:]
            group = {name: [file[f"groups/{name}/values"][code].decode()
                            for code in file[f"groups/{name}/code"][:]]
                     for name in ("accent", "recording")}
    quiet, rumble = collections.defaultdict(list), collections.defaultdict(list)
    for i, key in enumerate(zip(group["accent"], group["recording"])):
        clip = sound[offset[i]:offset[i + 1]]
        frames = clip[:len(clip) // 160 * 160].reshape(-1, 160)  # of 20 ms
        power = np.sort(np.square(frames).mean(axis=1) + 1.0)
        # How far the quietest frames lie below the loudest: the voice above the noise, roughly.
        quiet[key].append(10.0 * np.log10(power[-2:].mean() / power[:2].mean()))
        spectrum = np.square(np.abs(np.fft.rfft(clip)))
        hertz = np.fft.rfftfreq(len(clip), 1.0 / 8000.0)
        low = spectrum[(hertz > 20.0) & (hertz < 250.0)].sum()
        rumble[key].append(10.0 * np.log10((low + 1.0) / (spectrum.sum() + 1.0)))
    for accent in sorted(set(group["accent"])):
        depth = {place: np.median(quiet[accent, place]) for place in ("headset", "desk", "street")}
        check(depth["headset"] > depth["desk"] + 3.0 > depth["street"] + 6.0,
              f"{accent}: loudest above quietest, in dB, by place: {depth}")
        below = {place: np.median(rumble[accent, place]) for place in ("headset", "street")}
        check(below["street"] > below["headset"] + 3.0,
              f"{accent}: share of the power below 250 Hz, in dB, by place: {below}")


def refused(script):
    """Options that make no set end with 2 and name their bound; nothing is written."""
    with tempfile.TemporaryDirectory(prefix="fray-digits-") as scratch:
        out = pathlib.Path(scratch, "out")
        for options, word in ((["--voices", "14"], "--test"), (["--test", "5"], "--voices"),
                              (["--voices", "25", "--test", "5"], "2 to 24"),
                              (["--voices", "14", "--test", "14"], "1 to 13"),
                              (["--voices", "14", "--test", "0"], "1 to 13")):
            run = subprocess.run([script, "-o", out, *options], capture_output=True, text=True,
                                 check=False)
            check(run.returncode == 2 and word in run.stderr and not out.exists(),
                  f"{options}: {run.returncode}, {run.stderr}")
    run = subprocess.run([script, "--voices", "14", "--test", "5"], capture_output=True, text=True,
                         check=False)
    check(run.returncode == 2 and "-o DIR" in run.stderr, f"over the bundled set: {run.stderr}")


def wide(maker):
    """14 voices an accent, 5 of them in the test: who there is, and one client for all in sound."""
    sizes = {accent: (9, 5) for accent in maker.ACCENTS}
    there = list(maker.clients(sizes))
    accents = collections.Counter((accent, split) for _, _, accent, split, _ in there)
    check(len(accents) == 12 and all(n == {"train": 9, "test": 5}[split]
                                     for (_, split), n in accents.items()), f"clients: {accents}")
    maker.WORDS, maker.TAKES = maker.WORDS[:1], {"train": 1, "test": 1}  # few clips are enough
    with tempfile.TemporaryDirectory(prefix="fray-digits-") as scratch:
        fresh = pathlib.Path(scratch)
        # An accent whole: who is who in it, and that no two have one timbre.
        rows = [row for client in there if client[2] == "caribbean"
                for row in maker.make_client((fresh, client), sizes["caribbean"])]
        timbres = {row[maker.HEADER.index("timbre")] for row in rows}
        check(len(rows) == 14 and len(timbres) == 14, f"{len(rows)} clients, {len(timbres)} timbres")
        check(all((fresh / name).stat().st_size > 100 for row in rows for name in row[-2:]),
              "an empty file")


def made(root, _):
    script = root / "scripts/make_spoken_digits"
    refused(script)
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("make_spoken_digits", str(script))
    maker = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(maker)
    missing = maker.missing_packages()
    if missing:
        skip(f"{', '.join(missing)} are needed")
    for name, (tool, option, version) in MADE_BY.items():
        said = subprocess.run([tool, option], capture_output=True, text=True, check=True).stdout
        if version not in said:
            skip(f"the data were made by {name} {version}, and here is {said.strip()}")
    folder = root / "data/spoken-digits"
    accent, number = ONE.split("-")
    job = [one for one in maker.clients() if one[2] == accent and one[1] == int(number) - 1]
    with tempfile.TemporaryDirectory(prefix="fray-digits-") as scratch:
        fresh = pathlib.Path(scratch)
        rows = maker.make_client((fresh, job[0]))
        kept = [tuple(row[column] for column in maker.HEADER) for row in rows_of(folder)
                if row["client"] == ONE]
        check([tuple(row) for row in rows] == kept, "the rows of the manifest are others")
        for row in rows:
            for name in row[-2:]:
                check(same(maker.np, maker.Image, fresh / name, folder / name), f"{name} is another")
    wide(maker)
    header = (folder / "manifest.csv").read_text(encoding="utf-8").split("\n")[0]
    check(header == ",".join(maker.HEADER), f"the header of the manifest is another: {header}")


def same(np, image, fresh, kept):
    """The same bytes, or values that differ by a step here and there: sines of another processor."""
    if fresh.read_bytes() == kept.read_bytes():
        return True
    if fresh.suffix == ".png":
        a, b = (np.asarray(image.open(path), dtype=int) for path in (fresh, kept))
        step = 17
    else:
        a, b = (np.frombuffer(subprocess.run(
            [shutil.which("flac"), "-s", "-d", "-c", "--force-raw-format", "--endian=little",
             "--sign=signed", path], check=True, stdout=subprocess.PIPE).stdout, dtype="<i2").astype(int)
            for path in (fresh, kept))
        step = 64
    return a.shape == b.shape and np.abs(a - b).max() <= step and np.mean(a != b) <= 0.01


def main():
    {"design": design, "places": places, "made": made}[sys.argv[1]](
        pathlib.Path(sys.argv[2]), sys.argv[3])
    print(*faults[:20], sep="\n")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
