#!/usr/bin/env python3
"""Rules of the house that a compiler does not hold; what each asks for stands at its function.

   house.py ROOT [RULE...]   house.py --list: the names of the rules
   house.py ROOT --shrink    takes what is no longer needed out of the lists, and tightens their numbers

What breaks a rule today stands in known/RULE.txt, one line each: KEY VALUE, and perhaps # a reason.
A list only shrinks: a new violation fails, and so does an entry that is no longer needed."""
import collections
import functools
import pathlib
import re
import sys

FILES_OF_A_FOLDER = 25
LINES_OF_A_FILE = 600
LINES_OF_A_FUNCTION = 80
COMMENT_SHARE = 12  # of 100 lines of .c that hold a comment
SEEDS_OF_A_TARGET, BYTES_OF_A_TARGET, BYTES_OF_ALL_SEEDS = 64, 48 << 10, 192 << 10
RULES = {}


def rule(function):
    RULES[function.__name__] = function
    return function


class House:
    """The sources, read once."""

    def __init__(self, root):
        self.root = root
        paths = sorted([*root.glob("src/**/*.[ch]"), *root.glob("include/fray/**/*.h")])
        self.text = {path.relative_to(root): path.read_text(encoding="utf-8") for path in paths}
        if len(paths) < 20:
            sys.exit(f"only {len(paths)} sources below {root}")

    def sources(self, suffix=".c"):
        return {path: text for path, text in self.text.items()
                if path.suffix == suffix and path.parts[0] == "src"}


@functools.cache  # tests of these rules read a tree many times over
def without_comments(text):
    """The same lines, with blanks for comments and for what stands in quotes."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"", blank, text, flags=re.S)


def lines_with_comments(text):
    """How many lines hold a comment, or a part of one."""
    found = set()
    for match in re.finditer(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)+'|/\*.*?\*/|//[^\n]*", text,
                             flags=re.S):
        if match[0][0] == "/":
            first = text.count("\n", 0, match.start())
            found.update(range(first, first + match[0].count("\n") + 1))
    return len(found)


def functions(text):
    """(name, is static, lines) of each function that is defined, in the form of clang-format: it
    begins at the margin and ends with a brace there."""
    lines = without_comments(text).split("\n")
    begin = None
    for number, line in enumerate(lines):
        if re.match(r"[A-Za-z_]", line) and not line.startswith(("typedef", "struct {")):
            begin = number
        if line.startswith("}") and begin is not None:
            head = " ".join(lines[begin:number])
            head = head[:head.index("{")] if "{" in head else head
            found = re.match(r"[^=;]*?(\w+)\s*\(", head)
            if found and not re.match(r"(static |extern )?(const )?(struct|enum|union) \w+\s*$", head):
                yield found[1], head.startswith("static"), number - begin + 1
            begin = None


# ---- the rules: each gives (key, value, what is wrong) ----

@rule
def folders(house):
    """No folder of src/ holds more than 25 files, CMakeLists.txt aside."""
    count = collections.Counter(path.parent.relative_to(house.root)
                                for path in (house.root / "src").rglob("*")
                                if path.is_file() and path.name != "CMakeLists.txt")
    for folder, n in sorted(count.items()):
        if n > FILES_OF_A_FOLDER:
            yield str(folder), n, f"holds {n} files; {FILES_OF_A_FOLDER} are a room"


@rule
def file_names(house):
    """No two .c files of src/ have one name: a name alone says which file is meant. No script of the tests
    has that of a standard module, which those beside it would import in its place."""
    count = collections.Counter(path.name for path in house.sources())
    for name, n in sorted(count.items()):
        if n > 1:
            where = ", ".join(str(path.parent) for path in house.sources() if path.name == name)
            yield name, n, f"is the name of {n} files, in {where}"
    for path in sorted((house.root / "tests").rglob("*.py")):
        if path.stem in sys.stdlib_module_names:
            yield str(path.relative_to(house.root)), 1, "hides a standard module of that name"


@rule
def file_lengths(house):
    """No file is longer than 600 lines, of tests neither."""
    tests = {path.relative_to(house.root): path.read_text(encoding="utf-8")
             for path in sorted(house.root.glob("tests/**/*.[ch]"))}
    for path, text in {**house.text, **tests}.items():
        n = text.count("\n")
        if n > LINES_OF_A_FILE:
            yield path.name, n, f"({path}) has {n} lines; {LINES_OF_A_FILE} are the most"


@rule
def function_lengths(house):
    """No function is longer than 80 lines."""
    for path, text in house.text.items():
        for name, _, n in functions(text):
            if n > LINES_OF_A_FUNCTION:
                yield name, n, f"({path}) has {n} lines; {LINES_OF_A_FUNCTION} are the most"


@rule
def openings(house):
    """Every .c file opens with a sentence that says what lives there."""
    for path, text in house.sources().items():
        comment = re.match(r"/\*(.*?)\*/", text, flags=re.S)
        words = re.sub(r"\s*\n\s*\*\s*", " ", comment[1]).split() if comment else []
        if not comment:
            yield path.name, None, f"({path}) opens without a comment"
        elif len(words) < 3 or not re.search(r"[.!?](\s|$)", comment[1]):
            yield path.name, None, f"({path}) opens with '{' '.join(words)}', which is no sentence"


@rule
def comments(house):
    """In each layer 12 of 100 lines of .c say something that the code cannot. A list says how many
    there are where it is less: no fewer than that."""
    total, held = collections.Counter(), collections.Counter()
    for path, text in house.sources().items():
        total[path.parts[1]] += text.count("\n")
        held[path.parts[1]] += lines_with_comments(text)
    for layer in sorted(total):
        share = 100 * held[layer] / total[layer]
        if share < COMMENT_SHARE:
            yield f"src/{layer}", share, f"has comments in {share:.1f} of 100 lines of .c"


@rule
def shared_names(house):
    """No function has the name of a struct, enum or union, unless both are private to other files."""
    tags = collections.defaultdict(set)
    for path, text in house.text.items():
        for match in re.finditer(r"\b(?:struct|enum|union)\s+(\w+)\s*\{", without_comments(text)):
            tags[match[1]].add(path)
    for path, text in house.text.items():
        for name, is_static, _ in functions(text):
            if name in tags and (path in tags[name] or not is_static):
                where = ", ".join(sorted(map(str, tags[name])))
                yield name, None, f"is a function of {path} and a struct of {where}"


def list_of(root, name, path):
    """The .def file that has a method of this file."""
    for found in sorted((root / "src" / path.parts[1]).rglob("*.def")):
        words = re.findall(r"\((\w+)\)", found.read_text(encoding="utf-8"))
        if name in words or path.stem in words:
            return found.name
    return None


def methods(house):
    """(name, file of it) of every line of a list NAMES.def, where the file gives the name."""
    of_name = collections.defaultdict(list)
    for p in house.sources():
        of_name[p.parts[1], p.stem].append(p)
    for path in sorted((house.root / "src").rglob("*.def")):
        layer = path.relative_to(house.root).parts[1]
        for line in re.findall(r"^FRAY_\w+\((\w+)", path.read_text(encoding="utf-8"), flags=re.M):
            own = [p for stem in (line, f"command_{line}", f"corrupt_{line}") for p in of_name[layer, stem]]
            for p in own:
                name = re.search(r"\.name = \"(\w+)\"", house.text[p])
                yield name[1] if name else line, p


@rule
def method_names(house):
    """No method of a list (NAMES.def) is known by name outside its own file: it declares what others
    need to know. Commands are no methods; what else uses the same word is in the list with a
    reason."""
    own = collections.defaultdict(set)
    for name, path in methods(house):
        if path.parts[1] != "cli":
            own[name].add(path)
    for path, text in house.text.items():
        if path.parts[0] != "src":
            continue
        bare = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
        for name in sorted(set(re.findall(r"\"(\w+)\"", bare)) & own.keys()):
            if path not in own[name]:
                yield f"{path.name}:{name}", None, f"({path}) knows \"{name}\" of {min(own[name])}"


@rule
def guards(house):
    """The guard of a header ends in the name of its file, and is that of no other: a header whose
    guard another one has is empty where both are included."""
    found = {path: re.search(r"^#ifndef (\w+)\n#define \1$", text, flags=re.M)
             for path, text in house.text.items() if path.suffix == ".h"}
    count = collections.Counter(guard[1] for guard in found.values() if guard)
    for path, guard in found.items():
        if not guard or not f"_{guard[1]}".endswith(f"_{path.stem.upper()}_H"):
            yield str(path), None, f"has the guard {guard and guard[1]}"
        elif count[guard[1]] > 1:
            yield str(path), None, f"shares the guard {guard[1]} with another header"


@rule
def internal(house):
    """No header is the whole inside of a layer."""
    for path in house.text:
        if path.name == "internal.h":
            yield str(path), None, "holds whatever a layer has; a topic has a header"


@rule
def seeds(house):
    """The corpus of the fuzz targets stays small: every test replays all of it, and fuzzing adds what it finds."""
    everything = 0
    for folder in sorted((house.root / "tests/fuzz/corpus").glob("*")):
        sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        everything += sum(sizes)
        if len(sizes) > SEEDS_OF_A_TARGET:
            yield folder.name, len(sizes), f"has {len(sizes)} seeds; {SEEDS_OF_A_TARGET} are the most"
        if sum(sizes) > BYTES_OF_A_TARGET:
            yield folder.name, sum(sizes), f"has seeds of {sum(sizes)} bytes; {BYTES_OF_A_TARGET} are the most"
    if everything > BYTES_OF_ALL_SEEDS:
        yield "corpus", everything, f"has {everything} bytes; {BYTES_OF_ALL_SEEDS} are the most"


# ---- lists of what is known ----

def known(house, name):
    """Key -> value, of known/RULE.txt."""
    path = house.root / "tests/style/known" / f"{name}.txt"
    out = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split("#")[0].split()
            if words:
                out[words[0]] = float(words[1]) if len(words) > 1 else None
    return out


def worse(name, value, limit):
    if value is None or limit is None:
        return False
    return value < limit if name == "comments" else value > limit


def check(house, name):
    """What is wrong, in words."""
    listed, seen = known(house, name), set()
    for key, value, text in RULES[name](house):
        if key not in listed:
            yield f"{name}: {key} {text}"
        elif worse(name, value, listed[key]):
            yield f"{name}: {key} {text}, and the list of what is known says {listed[key]:g}"
        seen.add(key)
    for key in sorted(listed.keys() - seen):
        yield f"{name}: {key} is well now: take it out of tests/style/known/{name}.txt"


def shrink(house, name):
    """Rewrites a list without what is well now; nothing is ever added, and no number loosened."""
    path = house.root / "tests/style/known" / f"{name}.txt"
    if not path.exists():
        return
    now = {key: value for key, value, _ in RULES[name](house)}
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        words, comment = line.split("#")[0].split(), line[line.index("#"):] if "#" in line else ""
        if not words:
            kept.append(line)
        elif words[0] in now:
            if len(words) > 1 and now[words[0]] is not None:
                tight = (max if name == "comments" else min)(int(now[words[0]]), int(float(words[1])))
                words[1] = str(tight)
            kept.append(" ".join(words + ([comment] if comment else [])))
    if any(line.split("#")[0].strip() for line in kept):
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    else:
        path.unlink()


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(RULES))
        return
    house = House(pathlib.Path(sys.argv[1]).resolve())
    names = [word for word in sys.argv[2:] if not word.startswith("--")] or list(RULES)
    if "--shrink" in sys.argv:
        for name in names:
            shrink(house, name)
    faults = [fault for name in names for fault in check(house, name)]
    print("\n".join(faults) or f"{len(house.text)} files keep {', '.join(names)}")
    if "--moving" in sys.argv:  # while many files move: what is well now is told, and is no fault
        faults = [fault for fault in faults if "is well now" not in fault]
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
