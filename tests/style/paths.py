#!/usr/bin/env python3
"""Files that pages and comments name are there.

   paths.py ROOT

A path from the root (src/..., tests/..., include/..., scripts/..., docs/...) must exist; one that begins
further down (json/json_read.c) must be the end of such a path. * stands for any name, a number for the
decision of that number, and capitals (NAME, LAYER) for whatever one likes."""
import fnmatch
import pathlib
import re
import sys

FOLDERS = ("src", "tests", "include", "scripts", "docs")
ROOTED = re.compile(rf"(?<![\w./<*-])((?:{'|'.join(FOLDERS)})/[\w./*-]*\w)")
ENDING = re.compile(r"(?<![\w./<*-])([\w-]+(?:/[\w-]+)+\.(?:c|h|def|py|sh|md|R))(?![\w/*.])")
ADDED = re.compile(r"```c\nFRAY_\w+\((\w+)\)\n```")  # a page that adds a method shows its line
COMMENT = {".md": r".*", ".py": r'""".*?"""|#[^\n]*', ".txt": r"#[^\n]*", ".cmake": r"#[^\n]*"}
COMMENT |= dict.fromkeys((".c", ".h", ".def"), r"/\*.*?\*/|//[^\n]*")
COMMENT |= dict.fromkeys((".sh", ""), r"#[^\n]*")


def files(root):
    """Paths below ROOT of what belongs to the program, the pages at the top included."""
    found = [path for name in FOLDERS for path in (root / name).rglob("*") if path.is_file()]
    return sorted(str(path.relative_to(root)) for path in [*found, *root.glob("*.md")]
                  if "__pycache__" not in path.parts)


def is_there(root, path, names):
    if (root / path).exists() or re.search(r"(^|/)[A-Z]+(/|\.|$)", path):
        return True
    if re.fullmatch(r"docs/decisions/\d{4}", path):
        return any(name.startswith(path + "-") for name in names)
    if "*" in path:
        return any(fnmatch.fnmatch(name, path) for name in names)
    return any(name.endswith("/" + path) for name in names) and not path.startswith(FOLDERS)


def check(root):
    """What is named and is not there, as FILE:LINE: PATH."""
    names = files(root)
    for name in names:
        pattern = COMMENT.get(pathlib.Path(name).suffix)
        if pattern is None:
            continue
        text = (root / name).read_text(encoding="utf-8", errors="replace")
        added = set(ADDED.findall(text))
        for comment in re.finditer(pattern, text, flags=re.S):
            for match in [*ROOTED.finditer(comment[0]), *ENDING.finditer(comment[0])]:
                path = match[1]
                if not is_there(root, path, names) and pathlib.Path(path).stem not in added:
                    line = text.count("\n", 0, comment.start() + match.start()) + 1
                    yield f"{name}:{line}: there is no {path}"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    if len(files(root)) < 500:
        sys.exit(f"only {len(files(root))} files below {root}")
    faults = sorted(set(check(root)))
    print("\n".join(faults) or "all files that are named are there")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
