#!/usr/bin/env python3
"""The pages docs/adding-a-*.md are true of the code: a file that a page shows whole compiles where it
would lie, and its line fits the list. CITATION.cff has the version of the build.

   recipes.py ROOT COMPILER"""
import pathlib
import re
import subprocess
import sys
import tempfile

WHOLE = re.compile(r"`(src/[\w/]+/(\w+)\.c)`, all of it.*?```c\n(.*?)```", re.S)
FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Wshadow", "-Wstrict-prototypes",
         "-Wno-missing-declarations", "-fsyntax-only"]


def line_of(text, name):
    """The line of a list that a page shows for a method."""
    found = re.search(rf"```c\n(FRAY_\w+\({name}\))\n```", text)
    return found[1] if found else None


def check_whole(root, compiler, page, text):
    for path, name, code in WHOLE.findall(text):
        folder, line = (root / path).parent, line_of(text, name)
        if not folder.is_dir() or not line:
            yield f"{page}: no folder for {path}, or no line of a list that names {name}"
            continue
        lists = [found for found in folder.glob("*.def")
                 if "\n" + line.split("(")[0] + "(" in found.read_text(encoding="utf-8")]
        if len(lists) != 1:
            yield f"{page}: {len(lists)} lists beside {path} have lines as {line}"
        with tempfile.TemporaryDirectory(prefix="fray-recipe-") as scratch:
            source = pathlib.Path(scratch) / f"{name}.c"
            source.write_text(code, encoding="utf-8")
            done = subprocess.run([*compiler, *FLAGS, f"-I{root / 'include'}", f"-I{root / 'src'}",
                                   f"-I{folder}", source], capture_output=True, text=True, check=False)
        if done.returncode:
            yield f"{page}: {path} does not compile:\n{done.stderr[:1500]}"


def check_citation(root):
    """CITATION.cff names the version of the build."""
    cited = re.search(r"^version: (\S+)$", (root / "CITATION.cff").read_text(encoding="utf-8"), re.M)
    built = re.search(r"project\(fray VERSION (\S+)", (root / "CMakeLists.txt").read_text(encoding="utf-8"))
    if not cited or not built or cited[1] != built[1]:
        yield f"CITATION.cff: version {cited and cited[1]}, CMakeLists.txt has {built and built[1]}"


def main():
    root, compiler = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    faults, whole = [], 0
    pages = sorted(root.glob("docs/adding-a*.md"))
    for path in pages:
        text = path.read_text(encoding="utf-8")
        whole += len(WHOLE.findall(text))
        faults += check_whole(root, compiler, path.name, text)
    faults += check_citation(root)
    if len(pages) < 5 or whole < 4:
        faults.append(f"only {len(pages)} pages with {whole} whole files")
    print("\n".join(faults) or f"{len(pages)} pages, {whole} files compile as they are shown")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
