#!/usr/bin/env python3
"""The table of limits in docs/security.md is that of the code: every constant by which a reader refuses has a row, and each
row the value that the constant has."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
NAME = r"(?:[A-Z][A-Z_]*_)?(?:LIMIT|MOST|LONGEST|LARGEST|DEEPEST|MAX)(?:_[A-Z_]+)?|largest_[a-z]+"
CONSTANT = re.compile(rf"\b({NAME})\b\s*=\s*((?:\(size_t\))?[0-9(][^,;}}\n/]*|INT32_MAX)")
READERS = "fray_file_read|fray_file_read_text|fray_json_read|fray_side_read|fray_gzip_read"
UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "min": 60}
# Constants of these bound keys and options, whose ranges the reference pages and the help say, or what fray itself makes.
KEYS = ("src/encoder/", "src/fusion/", "src/nn/", "src/signal/", "include/fray/signal/", "src/model/", "src/fed/privacy/", "include/fray/fed/",
        "src/corrupt/image/", "src/corrupt/text/", "src/cli/", "src/h5/h5_data.c", "include/fray/results/report_section.h",
        "include/fray/instrument/redteam.h", "src/data/partition/partition.c", "src/import/reader/window_", "src/report/show/show.c")


def value(text):
    """Of a constant expression."""
    text = text.strip().replace("(size_t)", "").replace("INT32_MAX", "0x7fffffff")
    if not re.fullmatch(r"[0-9a-fx()<>+*\s-]+", text):
        raise ValueError(text)
    return eval(text)  # pylint: disable=eval-used  # digits and operators only


def refuses(name, text):
    """A check that ends with the fault of whoever gave the input, or a reader's bound."""
    for found in re.finditer(rf"(?:FRAY_CHECK|fail_at|{READERS})\(([^;{{}}]*?\b{name}\b[^;{{}}]*);", text):
        if found.group(0).startswith(("FRAY_CHECK", )) and "INPUT" not in found.group(0):
            continue
        return True
    return False


def constants():
    """(file, name) -> value, of those that refuse."""
    files = {path: path.read_text(encoding="utf-8") for path in sorted([*ROOT.glob("src/**/*.[ch]"), *ROOT.glob("include/**/*.h")])}
    out = {}
    for path, text in files.items():
        for name, expression in CONSTANT.findall(text):
            users = [text] if path.suffix == ".c" else files.values()
            if any(name in user and refuses(name, user) for user in users):
                out[str(path.relative_to(ROOT)), name] = value(expression)
    return {place: bound for place, bound in out.items() if not place[0].startswith(KEYS)}


def declared(file, name):
    path = ROOT / file
    found = re.search(rf"\b{name}\b\s*=\s*([^,;}}\n/]*)", path.read_text(encoding="utf-8")) if path.is_file() else None
    return value(found.group(1)) if found else None


def rows():
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    section = text[text.index("\n## Limits\n"):]
    for what, limit, place in re.findall(r"^\| (.*?) \| (.*?) \| `(.*?)` \|", section, re.M):
        number, unit = re.fullmatch(r"([\d,]+) ?(KiB|MiB|GiB|min)?", limit.strip()).groups()
        file, name = place.split(": ")
        yield what, (file, name), int(number.replace(",", "")) * UNITS[unit or ""]


def main():
    code, faults, seen = constants(), [], set()
    for what, place, said in rows():
        seen.add(place)
        if declared(*place) != said:
            faults.append(f"{what}: {said} on the page, {declared(*place)} in {place[0]}")
    faults += [f"{file}: {name} = {code[file, name]} has no row" for file, name in sorted(set(code) - seen)]
    print(*faults, sep="\n")
    print(f"{len(seen)} rows, {len(faults)} faults")
    sys.exit(1 if faults or not seen else 0)


main()
