#!/usr/bin/env python3
"""What the numeric environment calls code: the objects of the layers that compute, and of no others;
the same in another folder; another when an object changes.

   numeric_code.py SOURCE BUILD OBJCOPY"""
import json
import pathlib
import re
import shutil
import shlex
import subprocess
import sys
import tempfile

LAYERS = ("tensor", "signal", "nn", "encoder", "fusion", "corrupt", "metric", "feature", "model", "fed", "data")
NEVER = ("cli", "report", "import", "comm", "h5", "json", "schema")


def code_of(source, work, objects, objcopy):
    """What the build would write for these objects below `work`."""
    (work / "list.txt").write_text("".join(f"{path}\n" for path in objects), encoding="utf-8")
    out = work / "code.c"
    subprocess.run(["cmake", f"-DLIST={work / 'list.txt'}", f"-DROOT={work}", f"-DOBJCOPY={objcopy}",
                    "-DCOMPILER=some", f"-DOUT={out}", "-P",
                    str(source / "src/study/numeric_code.cmake")], check=True)
    return re.search(r'fray_numeric_code\[\] = "([0-9a-f]{16})"', out.read_text(encoding="utf-8"))[1]


def check_names(objects, faults):
    places = [re.search(r"/src/([a-z0-9]+)/(?:[a-z0-9_/]+/)?CMakeFiles/[a-z0-9_]+\.dir/(?:\./)?(.+)\.c\.o$",
                        str(path)) for path in objects]
    found = {(place[1], place[2]) for place in places}
    for layer in LAYERS:
        if not any(name == layer for name, _ in found):
            faults.append(f"no object of {layer}")
    for layer, name in found:
        if layer in NEVER:
            faults.append(f"{layer}/{name} computes nothing")
    for needed in (("base", "rng"), ("tensor", "vec"), ("fed", "exact"), ("fed", "client"), ("fed", "sampler"),
                   ("fed", "fedavgm"), ("fed", "evaluation"), ("fed", "rounds"), ("study", "trial"),
                   ("metric", "interval"), ("data", "partition"), ("feature", "recipe")):
        if needed not in found:
            faults.append(f"{'/'.join(needed)} is left out")


def check_hash(source, objects, objcopy, faults):
    """Some objects stand for all: each is read by the same line."""
    objects = objects[::12]
    with tempfile.TemporaryDirectory(prefix="fray-code-") as one, \
            tempfile.TemporaryDirectory(prefix="fray-code-elsewhere-") as two:
        hashes = []
        for folder in (one, two):
            work = pathlib.Path(folder)
            copies = [work / f"{i:03}.o" for i in range(len(objects))]
            for path, copy in zip(objects, copies):
                shutil.copyfile(path, copy)
            hashes.append(code_of(source, work, copies, objcopy))
        if hashes[0] != hashes[1]:
            faults.append("the same objects elsewhere are other code")
        reverse = code_of(source, work, copies[::-1], objcopy)
        if reverse != hashes[1]:
            faults.append("the order of the objects counts")
        shutil.copyfile(objects[1], copies[0])
        if code_of(source, work, copies, objcopy) == hashes[1]:
            faults.append("another object is the same code")


def check_paths(source, build, objcopy, faults):
    """A source that lies elsewhere, with another comment, gives the same object."""
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    entry = next(c for c in commands if c["file"].endswith("src/nn/pool.c")
                 and "fray_nn.dir" in c["command"])
    words = shlex.split(entry["command"])
    output = words[words.index("-o") + 1]
    with tempfile.TemporaryDirectory(prefix="fray-code-") as folder:
        here, there = pathlib.Path(folder) / "here", pathlib.Path(folder) / "there"
        here.mkdir()
        there.mkdir()
        text = pathlib.Path(entry["file"]).read_text(encoding="utf-8")
        (there / "pool.c").write_text("/* moved */ " + text + "/* and more */\n", encoding="utf-8")
        for i, word in enumerate(words):
            if word == entry["file"]:
                words[i] = str(there / "pool.c")
            elif word == "-o":
                words[i + 1] = str(there / "pool.o")
            elif word in ("-MF", "-MT"):
                words[i + 1] = str(there / "pool.d")
        subprocess.run([*words, f"-I{source / 'src/nn'}"], cwd=entry["directory"], check=True)
        shutil.copyfile(pathlib.Path(entry["directory"]) / output, here / "pool.o")
        codes = [code_of(source, place, [place / "pool.o"], objcopy) for place in (here, there)]
        if codes[0] != codes[1]:
            faults.append("the place or a comment of a source changes its code")


def main():
    source, build, objcopy = (pathlib.Path(word).resolve() for word in sys.argv[1:4])
    lists = sorted(build.glob("src/study/numeric_objects_*.txt"))
    objects = [pathlib.Path(line) for line in lists[0].read_text(encoding="utf-8").splitlines() if line]
    faults = []
    check_names(objects, faults)
    check_hash(source, objects, objcopy, faults)
    if "__asan" not in objects[0].read_bytes().decode("latin-1"):  # it names paths
        check_paths(source, build, objcopy, faults)
    print("\n".join(faults) or f"{len(objects)} objects compute")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
