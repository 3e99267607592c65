#!/usr/bin/env python3
"""Layer rules, read from the #include lines: a layer includes only layers below it, siblings never
include each other, and so it is among the rooms (subfolders) of a layer; third-party headers have one
door each, no MPI reduction handles floats, and files are made, and printed, in one way.

   check_layers.py ROOT"""
import pathlib
import re
import sys

ROWS = [  # bottom row first; layers of one row are siblings
    ["base"],
    ["schema", "tensor", "comm", "codec", "signal", "h5", "json"],
    ["nn", "data"],
    ["encoder", "fusion", "corrupt", "metric"],
    ["feature"],
    ["model"],
    ["fed", "results"],
    ["study", "report", "import", "bench"],
    ["instrument"],
    ["cli"],
]
# Rooms of a layer, likewise. A layer's headers in include/ belong to all its rooms. Files beside the
# rooms are above them.
ROOMS = {
    "base": [["deeds", "confine"]],
    "report": [["words", "quantity"], ["stat"], ["measure", "ahead"], ["contrast"],
               ["answer", "plot", "table", "sample"],
               ["figure", "draw/process"], ["draw"], ["figure/instrument", "page", "compare", "show"], ["specimen", "sheet", "write"]],
    "codec": [["coder", "picture"]],
    "cli": [["options", "documents", "init"], ["launch"], ["instrument"]],
    "corrupt": [["scope"], ["audio/tools", "image/tools", "series/tools", "text/tools"],
                ["modality", "label", "record", "image/noise", "image/blur", "image/weather",
                 "image/light", "image/geometry", "image/coding", "audio/noise", "audio/channel",
                 "audio/coding", "audio/time", "series/sensor", "series/motion", "series/clock",
                 "text", "features", "content"], ["plan"]],
    "data": [["dataset"], ["writer", "partition"], ["synth"]],
    "nn": [["flat"], ["sequence"], ["window"]],
    "metric": [["words"], ["scores", "intervals", "robustness", "mixture", "membership", "gate", "lists"]],
    "import": [["table"], ["value"], ["reader"], ["set"], ["check"], ["write"]],
    "fed": [["cohort", "compression", "rule"], ["pre_aggregation"], ["aggregate"], ["attack", "privacy", "secure"],
            ["availability", "missing", "client", "step"], ["labels"], ["algorithm", "judge"], ["driver"]],
    "results": [["said", "manifest"]],
    "instrument": [["folder"], ["calibrate", "guard", "redteam", "redsearch", "bounty", "bountyrun", "pairs", "lastmile",
                                "mark", "marking", "matrix"], ["card"]],
    "study": [["scenario"], ["said"], ["trial"], ["plan"], ["status"], ["run"]],
}
RANK = {layer: row for row, layers in enumerate(ROWS) for layer in layers}
# fusion takes the tokens that encoders make: the one contract that two siblings share.
ALLOWED = {("fusion", "encoder")}
DOORS = {
    "mpi.h": "comm", "cblas.h": "tensor", "hdf5.h": "h5", "sndfile.h": "codec",
    "mpg123.h": "codec", "ogg.h": "codec",
    "stb_image.h": "codec", "stb_image_resize.h": "codec", "stb_image_write.h": "codec",
    "jpeglib.h": "codec", "jerror.h": "codec", "png.h": "codec",
    "decode.h": "codec", "tiffio.h": "codec",  # decode.h: of libwebp
    "yaml.h": "schema", "jansson.h": "json", "kiss_fft.h": "signal", "kiss_fftr.h": "signal",
    "xxhash.h": "base", "philox.h": "base", "zlib.h": "codec",
    "utf8proc.h": "codec",
}
# Files and folders are made through base (draft.h, file.h), what is printed through its fray_print.
MAKES = re.compile(r"\b(mkdir|rename|renameat2?|unlink|remove|creat|mkdtemp|mkstemp|tmpfile|H5Fcreate)"
                   r"\s*\(|\bO_CREAT\b|\bfopen\s*\([^;]*\"[wa]")
PRINTS = re.compile(r"(?<![\w])(printf|puts|putchar)\s*\(|\bstdout\b")
MAKERS = {"src/h5/h5.c",         # a file for HDF5
          "src/report/draw/paper.c",  # takes pictures out of a folder of its own
          "src/bench/bench.c",   # a folder below TMPDIR
          "src/study/run/metrics_log.c"}  # appends to the file of --metrics


def place_of(path, root):
    """Layer and room ("" beside the rooms, None of what lies in include/)."""
    parts = path.relative_to(root).parts
    if parts[0] == "include":
        return parts[2], None
    return parts[1], "/".join(parts[2:-1])


def floor_of(layer, room):
    """How high a room is in its layer; None if it is not in the list."""
    rows = ROOMS.get(layer, [])
    if room == "":
        return len(rows)
    return next((i for i, row in enumerate(rows) if room in row), None)


def check_room(layer, room, included):
    """What is wrong with an include of "LAYER/ROOM/header.h", in words; None: nothing."""
    other, other_room = included.split("/")[0], "/".join(included.split("/")[1:-1])
    if other not in RANK:
        return f"unknown layer {other}"
    if other != layer:
        return f"{layer} includes a header of a room of {other}; its contract is in include/"
    if room is None:
        return f"a header of include/ includes {included}, of a room"
    if floor_of(layer, other_room) is None:
        return f"unknown room {other_room} of {layer}"
    if other_room != room and floor_of(layer, other_room) >= floor_of(layer, room):
        return f"{layer}/{room or '(beside the rooms)'} must not include {included}"
    return None


def check_file(path, root):
    layer, room = place_of(path, root)
    if layer not in RANK:
        yield f"{path.relative_to(root)}: unknown layer {layer}"
        return
    if room is not None and floor_of(layer, room) is None:
        yield f"{path.relative_to(root)}: unknown room {room} of {layer}"
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path.relative_to(root)}:{number}"
        ours = re.match(r'\s*#\s*include\s+"fray/([a-z0-9_]+)/', line)
        other = re.match(r'\s*#\s*include\s+[<"]([^">]+)[">]', line)
        if ours and ours.group(1) != layer:
            used = ours.group(1)
            if used not in RANK:
                yield f"{where}: unknown layer {used}"
            elif RANK[used] >= RANK[layer] and (layer, used) not in ALLOWED:
                yield f"{where}: {layer} must not include {used}"
        elif other and not ours and re.match(r"[a-z0-9]+/", other.group(1)) and '"' in line:
            fault = check_room(layer, room, other.group(1))
            if fault:
                yield f"{where}: {fault}"
        elif other and not ours:
            door = DOORS.get(other.group(1).split("/")[-1])
            if door and door != layer:
                yield f"{where}: {other.group(1)} is included by {layer}; its door is {door}"
        if re.search(r"MPI_(FLOAT|DOUBLE|LONG_DOUBLE|REAL|C_FLOAT)", line):
            yield f"{where}: floating point in MPI"
        if layer != "cli" and re.search(r"\b(exit|abort)\s*\(", line):
            yield f"{where}: only cli ends the program"
        if layer != "base" and MAKES.search(line) and str(path.relative_to(root)) not in MAKERS:
            yield f"{where}: files are made by fray/base/draft.h and file.h"
        if layer != "base" and path.suffix == ".c" and PRINTS.search(line):
            yield f"{where}: what is printed goes through fray_print"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    files = sorted(root.glob("src/**/*.[ch]")) + sorted(root.glob("include/fray/**/*.h"))
    if len(files) < 20:
        sys.exit(f"only {len(files)} sources below {root}")
    faults = [fault for path in files for fault in check_file(path, root)]
    print("\n".join(faults) or f"{len(files)} files follow the layers")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
