#!/usr/bin/env python3
"""Layer rules, read from the #include lines: a layer includes only layers below it, siblings never
include each other, third-party headers have one door each, and no MPI reduction handles floats."""
import pathlib
import re
import sys

ROWS = [  # bottom row first; layers of one row are siblings
    ["base"],
    ["schema", "tensor", "comm", "codec", "signal", "h5", "json"],
    ["nn", "data"],
    ["encoder", "fusion", "corrupt", "metric"],
    ["model"],
    ["fed"],
    ["study", "report", "import"],
    ["cli"],
]
RANK = {layer: row for row, layers in enumerate(ROWS) for layer in layers}
# fusion takes the tokens that encoders make: the one contract that two siblings share.
ALLOWED = {("fusion", "encoder")}
DOORS = {
    "mpi.h": "comm", "cblas.h": "tensor", "hdf5.h": "h5", "sndfile.h": "codec",
    "mpg123.h": "codec", "ogg.h": "codec",
    "stb_image.h": "codec", "stb_image_resize.h": "codec", "stb_image_write.h": "codec",
    "jpeglib.h": "codec", "jerror.h": "codec", "png.h": "codec",
    "yaml.h": "schema", "jansson.h": "json", "kiss_fft.h": "signal", "kiss_fftr.h": "signal",
    "xxhash.h": "base", "philox.h": "base", "zlib.h": "codec",
    "utf8proc.h": "codec",
}


def layer_of(path, root):
    parts = path.relative_to(root).parts
    return parts[1] if parts[0] == "src" else parts[2]


def check_file(path, root):
    layer = layer_of(path, root)
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
        elif other and not ours:
            door = DOORS.get(other.group(1).split("/")[-1])
            if door and door != layer:
                yield f"{where}: {other.group(1)} is included by {layer}; its door is {door}"
        if re.search(r"MPI_(FLOAT|DOUBLE|LONG_DOUBLE|REAL|C_FLOAT)", line):
            yield f"{where}: floating point in MPI"
        if layer != "cli" and re.search(r"\b(exit|abort)\s*\(", line):
            yield f"{where}: only cli ends the program"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    files = sorted(root.glob("src/*/*.[ch]")) + sorted(root.glob("include/fray/*/*.h"))
    if len(files) < 20:
        sys.exit(f"only {len(files)} sources below {root}")
    faults = [fault for path in files for fault in check_file(path, root)]
    print("\n".join(faults) or f"{len(files)} files follow the layers")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
