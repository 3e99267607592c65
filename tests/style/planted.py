#!/usr/bin/env python3
"""Tests of the tests of style: each rule of house.py and check_layers.py finds a violation that is
planted in a copy of the sources, and says what it is.

   planted.py ROOT"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import check_layers
import house
import paths

JSON = "src/json/json_read.c"
LONG = "void fray_planted_long(void) {\n" + "  ;\n" * 80 + "}\n"


class Copy:
    """The sources in a folder of their own; what was changed is put back between two plants."""

    def __init__(self, root, folder):
        self.root, self.folder, self.faults, self.tries = root, pathlib.Path(folder), [], 0
        self.changed = set()
        for name in ("src", "include", "tests/style"):
            shutil.copytree(root / name, self.folder / name)

    def restore(self):
        for name in self.changed:
            if (self.root / name).exists():
                shutil.copyfile(self.root / name, self.folder / name)
            else:
                (self.folder / name).unlink()
        self.changed.clear()

    def write(self, name, text):
        self.changed.add(name)
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    def add(self, name, text, first=False):
        old = (self.folder / name).read_text(encoding="utf-8")
        self.write(name, text + old if first else old + text)

    def expect(self, what, rule, *said):
        """One fault or more of this rule (None: of the layers), which say this."""
        self.tries += 1
        if rule:
            found = list(house.check(house.House(self.folder), rule))
        else:
            found = [fault for name in sorted(self.changed)
                     for fault in check_layers.check_file(self.folder / name, self.folder)]
        text = "\n".join(found)
        if not all(word in text for word in said):
            self.faults.append(f"{what}: not said {said}, but\n{text[:600]}")
        self.restore()


def plant_sizes(copy):
    for k in range(house.FILES_OF_A_FOLDER + 1):
        copy.write(f"src/json/planted{k}.h", "")
    copy.expect("a full folder", "folders", "src/json holds")
    copy.write("src/json/arena.c", "/* Two files of one name. */\n")
    copy.expect("a name used twice", "file_names", "arena.c is the name of 2 files")
    copy.write("tests/style/numbers.py", "")
    copy.expect("a standard module hidden", "file_names", "numbers.py hides a standard module")
    copy.add(JSON, "/* more */\n" * (house.LINES_OF_A_FILE + 1))
    copy.expect("a long file", "file_lengths", "json_read.c", "600 are the most")
    copy.add(JSON, LONG)
    copy.expect("a long function", "function_lengths", "fray_planted_long",
                "has 82 lines")


def plant_seeds(copy):
    bound = house.BYTES_OF_A_TARGET
    for k in range(house.SEEDS_OF_A_TARGET + 1):
        copy.write(f"tests/fuzz/corpus/planted/{k}", "")
    copy.expect("many seeds", "seeds", f"planted has {house.SEEDS_OF_A_TARGET + 1} seeds")
    copy.write("tests/fuzz/corpus/planted/0", "x" * (bound + 1))
    copy.expect("a large seed", "seeds", f"planted has seeds of {bound + 1} bytes")
    for k in range(house.BYTES_OF_ALL_SEEDS // bound + 1):
        copy.write(f"tests/fuzz/corpus/planted{k}/0", "x" * bound)
    copy.expect("a large corpus", "seeds", f"corpus has {bound * (k + 1)} bytes")


def plant_words(copy):
    copy.write("src/json/planted.c", "int fray_planted;\n")
    copy.expect("no opening", "openings", "planted.c", "opens without a comment")
    copy.write("src/json/planted.c", "/* planted.c */\nint fray_planted;\n")
    copy.expect("an opening that says nothing", "openings", "which is no sentence")
    for path in sorted((copy.folder / "src/json").glob("*.c")):
        text = path.read_text(encoding="utf-8")
        copy.write(str(path.relative_to(copy.folder)), re.sub(r"/\*.*?\*/", "", text, flags=re.S))
    copy.expect("comments that went away", "comments", "src/json has comments in 0.0")
    copy.write("src/planted/many.c", "int x;\n" * 100)
    copy.expect("a new layer without comments", "comments", "src/planted has comments")


def plant_names(copy):
    copy.add(JSON, "struct fray_planted {\n  int x;\n};\nint fray_planted(void) {\n  return 0;\n}\n")
    copy.expect("one name for two things", "shared_names", "fray_planted is a function")
    copy.add(JSON, "struct fray_other {\n  int x;\n};\n")
    copy.add("src/json/json_write.c", "static int fray_other(void) {\n  return 0;\n}\n")
    result = list(house.RULES["shared_names"](house.House(copy.folder)))
    if any(key == "fray_other" for key, _, _ in result):
        copy.faults.append("private names of two files are said to be shared")
    copy.restore()
    # One method of each list, unless the word stands in other places that are known.
    layers = {}
    for name, path in house.methods(house.House(copy.folder)):
        if path.parts[1] != "cli":
            layers.setdefault((path.parts[1], house.list_of(copy.folder, name, path)), name)
    if len(layers) < 8:
        copy.faults.append(f"only {len(layers)} lists of methods: {sorted(layers)}")
    for name in layers.values():
        copy.add(JSON, f'const char *fray_planted = "{name}";\n')
        copy.expect(f"the method {name} elsewhere", "method_names",
                    f"json_read.c:{name} (src/json/json_read.c) knows")
    copy.write("src/json/planted.h", "#ifndef OTHER_H\n#define OTHER_H\n#endif\n")
    copy.expect("a guard of another name", "guards", "src/json/planted.h has the guard OTHER_H")
    for name in ("src/json/planted.h", "src/csv/planted.h"):
        copy.write(name, "#ifndef FRAY_PLANTED_H\n#define FRAY_PLANTED_H\n#endif\n")
    copy.expect("one guard for two headers", "guards", "src/csv/planted.h shares the guard FRAY_PLANTED_H")
    copy.write("src/json/internal.h", "")
    copy.expect("a header of everything", "internal", "src/json/internal.h")


def plant_lists(copy):
    for name in house.RULES:
        path = f"tests/style/known/{name}.txt"
        if not (copy.folder / path).exists():
            copy.write(path, "")
        copy.add(path, "planted.c 1 # no such file\n")
        copy.expect(f"an entry of {name} for nothing", name,
                    f"planted.c is well now: take it out of {path}")


def includes(copy, what, name, header, *said):
    copy.add(name, f"#include {header}\n", first=True)
    copy.expect(what, None, f"{name}:1", *said)


def two_rooms():
    """(layer, lower room, higher room), and (layer, room, its sibling), of those that there are."""
    for layer, rows in check_layers.ROOMS.items():
        if len(rows) > 1:
            yield layer, rows[0][0], rows[-1][0]
    for layer, rows in check_layers.ROOMS.items():
        for row in rows:
            if len(row) > 1:
                yield layer, row[0], row[1]
                break


def source_of(copy, layer, room):
    found = sorted((copy.folder / "src" / layer / room).glob("*.c"))
    return str(found[0].relative_to(copy.folder)) if found else None


def plant_layers(copy):
    includes(copy, "a layer above", "src/base/arena.c", '"fray/fed/federation.h"',
             "base must not include fed")
    includes(copy, "a sibling", JSON, '"fray/h5/h5.h"', "json must not include h5")
    includes(copy, "no layer", JSON, '"fray/nowhere/x.h"', "unknown layer nowhere")
    includes(copy, "another door", JSON, "<mpi.h>", "its door is comm")
    includes(copy, "a door by another path", JSON, "<stb/stb_image.h>", "its door is codec")
    rooms = list(two_rooms())
    if len(rooms) < 2:
        copy.faults.append(f"too few rooms to test: {rooms}")
    for layer, lower, upper in rooms:
        header = f'"{layer}/{upper}/planted.h"'
        includes(copy, f"from {lower} up to {upper}", source_of(copy, layer, lower), header,
                 f"{layer}/{lower} must not include {layer}/{upper}/planted.h")
        if layer != "cli":  # it has no layer above it
            includes(copy, f"a room of {layer} from another layer", "src/cli/main.c", header,
                     f"cli includes a header of a room of {layer}")
        contract = sorted((copy.folder / "include/fray" / layer).glob("*.h"))
        if contract:
            includes(copy, f"a room in a contract of {layer}",
                     str(contract[0].relative_to(copy.folder)), header, "a header of include/ includes")
    layer = rooms[0][0]
    includes(copy, "no room", source_of(copy, layer, rooms[0][1]), f'"{layer}/nowhere/x.h"',
             f"unknown room nowhere of {layer}")
    copy.write(f"src/{layer}/nowhere/planted.c", "/* A room that no list names. */\n")
    copy.expect("a room that is not listed", None, f"unknown room nowhere of {layer}")


def plant_paths(copy):
    """Three that are not there, and three that are."""
    copy.add(JSON, "/* src/json/planted.c, json/planted.h, docs/decisions/0999; src/json/json_read.c,\n"
                   " * json/json_write.c, src/LAYER/planted.c. */\n")
    found = {fault.split()[-1] for fault in paths.check(copy.folder) if fault.startswith(JSON)}
    if found != {"src/json/planted.c", "json/planted.h", "docs/decisions/0999"}:
        copy.faults.append(f"of paths that are not there, {found} are found")
    copy.restore()


def plant_process(copy):
    """The scripts themselves end with 1 and the message."""
    copy.add(JSON, '#include <mpi.h>\n' + LONG)
    for script, words, said in (("house.py", ["function_lengths"], "fray_planted_long"),
                                ("check_layers.py", [], "its door is comm")):
        done = subprocess.run([sys.executable, copy.folder / "tests/style" / script, copy.folder, *words],
                              capture_output=True, text=True, check=False)
        if done.returncode != 1 or said not in done.stdout:
            copy.faults.append(f"{script}: exit code {done.returncode}: {done.stdout[-300:]}")
    copy.restore()


def plant_habits(copy):
    for what, line, said in (
            ("a sum of floats", "int x = MPI_DOUBLE;", "floating point in MPI"),
            ("an end", "void x(void) { exit(1); }", "only cli ends the program"),
            ("a file", 'void x(void) { fopen("x", "w"); }', "files are made by"),
            ("a print", 'void x(void) { printf("x"); }', "goes through fray_print")):
        copy.add(JSON, line + "\n")
        copy.expect(what, None, JSON, said)


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="fray-planted-") as folder:
        copy = Copy(root, folder)
        for plant in (plant_sizes, plant_seeds, plant_words, plant_names, plant_lists, plant_layers, plant_habits,
                      plant_paths, plant_process):
            plant(copy)
    print("\n".join(copy.faults) or f"{copy.tries} planted violations were found")
    sys.exit(1 if copy.faults else 0)


if __name__ == "__main__":
    main()
