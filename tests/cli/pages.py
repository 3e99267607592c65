#!/usr/bin/env python3
"""Manual pages and help: each renders without a warning, says what the other says, and every command
gives help on the standard output under every name of it."""
import os
import re
import shutil
import subprocess

from bench import FRAY, SOURCE, Bench, is_sanitized

SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "SEE ALSO"]


def names():
    source = (SOURCE / "src" / "cli" / "commands.def").read_text(encoding="utf-8")
    return re.findall(r"^FRAY_COMMAND\((\w+)\)", source, re.M)


def words_of(text):
    """Words without what a page adds by its width: hyphens at line ends, blanks, dashes."""
    text = re.sub(r"[\u2010-]\n\s+", "", text)
    return re.sub(r"[\s\u2010\u2212-]+", "", text)


def help_of(bench, name):
    whole = bench.run("help", name)
    bench.check(whole.returncode == 0 and whole.stdout.startswith("usage: "), f"help {name}")
    for words in ((name, "--help"), (name, "-h"), (name, "nothing", "--no-such", "-h")):
        result = bench.run(*words)
        bench.check((result.returncode, result.stdout, result.stderr) == (0, whole.stdout, ""),
                    f"{words}: {result.returncode}, {result.stderr}")
    return whole.stdout


def page_of(bench, name):
    return bench.good("help", *([name] if name else []), "--man").stdout


def rendered(bench, name, page):
    """The page as a terminal shows it; groff and, where it is, mandoc find nothing to complain of."""
    bench.write("page.1", page)
    path = bench.folder / "page.1"
    groff = subprocess.run(["groff", "-ww", "-man", "-Tutf8", "-P-cbou", path], capture_output=True,
                           text=True, check=False)
    bench.check(groff.returncode == 0 and not groff.stderr, f"groff, {name}: {groff.stderr}")
    if shutil.which("man"):
        shown = subprocess.run(["man", "--warnings", "-l", path], capture_output=True, text=True,
                               check=False, env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
        bench.check(shown.returncode == 0 and not shown.stderr, f"man, {name}: {shown.stderr}")
        wide = [line for line in shown.stdout.splitlines() if len(line) > 80]
        bench.check(not wide, f"{name}: wider than 80 columns: {wide}")
    if shutil.which("mandoc"):
        lint = subprocess.run(["mandoc", "-T", "lint", path], capture_output=True, text=True,
                              check=False)
        faults = [line for line in lint.stdout.splitlines() if "missing date" not in line]
        bench.check(not faults, f"mandoc, {name}: {faults}")
    return groff.stdout


def pages(bench):
    tools = [tool for tool in ("man", "mandoc") if not shutil.which(tool)]
    print("not installed:", *tools or ["nothing"])
    for name in names():
        text, page = help_of(bench, name), page_of(bench, name)
        shown = rendered(bench, name, page)
        for section in SECTIONS:
            bench.check(re.search(rf"^{section}$", shown, re.M), f"{name}: no {section}")
        squeezed = words_of(shown)
        for line in re.findall(r"^ {2,6}(-.*?)(?:  |$)", text, re.M):
            if "--help" not in line:
                bench.check(words_of(line) in squeezed, f"{name}: the page lacks '{line}'")
        about = text.split("\n\n")[1]
        bench.check(words_of(about) in squeezed, f"{name}: the page lacks '{about}'")
    whole = rendered(bench, "fray", page_of(bench, None))
    for name in names():
        bench.check(f"fray-{name}(1)" in whole.replace("\u2010", "-").replace("\u2212", "-"),
                    f"fray(1) does not name {name}")


def nothing(bench):
    result = bench.run()
    bench.check(result.returncode == 2 and not result.stdout and "usage: fray COMMAND" in result.stderr,
                f"no command: {result.returncode}")
    bench.refused("page of nothing", bench.run("help", "rnu", "--man"), ["'rnu'", "'run'"])
    bench.refused("both", bench.run("help", "--man", "--completion", "bash"), ["--man", "--completion"])
    bench.refused("unknown shell", bench.run("help", "--completion", "bsh"), ["'bsh'", "'bash'"])
    bench.refused("option twice", bench.run("run", "s.yaml", "-o", "out", "--out", "b"),
                  ["--out is given twice"])
    bench.refused("a forgotten value", bench.run("run", "s.yaml", "-o", "--resume"),
                  ["--out needs a value", "'--resume' is an option"])


def main():
    if not shutil.which("groff"):
        print("skipped: groff is not installed")
        raise SystemExit(77)
    bench = Bench()
    print(FRAY)
    # The build has made each page with its own fray; what groff makes of it is no matter of sanitizers.
    if is_sanitized():
        for name in names():
            bench.good("help", name)
    else:
        pages(bench)
    nothing(bench)
    bench.end()


main()
