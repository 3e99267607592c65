#!/usr/bin/env python3
"""What a shell offers behind the words of a command line: options, values, files, commands.
usage: completion.py SHELL; 77 where the shell is not installed."""
import shutil
import subprocess
import sys

from bench import Bench

# Words as typed, the last one begun: what must be offered, and what must not be.
CASES = [
    ("fray |", {"run", "help", "version", "merge"}, {"study.yaml"}),
    ("fray r|", {"run", "report"}, {"merge"}),
    ("fray run --|", {"--out", "--set", "--walltime", "--help"}, {"--tests", "--dry-run"}),
    ("fray run --re|", {"--resume"}, {"--out"}),
    ("fray run --progress |", {"auto", "live", "plain"}, set()),
    ("fray run --environment m|", {"mixed"}, {"same"}),
    ("fray run st|", {"study.yaml"}, {"other.txt"}),
    ("fray run -o |", {"folder"}, {"study.yaml"}),
    ("fray run study.yaml --metrics o|", {"other.txt"}, set()),
    ("fray list c|", {"corruptions"}, {"encoders"}),
    ("fray help m|", {"merge"}, {"run"}),
    ("fray bench --only uci|", {"uci-har"}, {"vector-784"}),
    ("fray report folder --figure cur|", {"curves"}, {"abstention"}),
    ("fray report folder --format p|", {"png", "pdf"}, {"svg"}),
    ("fray compare -m macro|", {"macro_f1"}, {"accuracy"}),
    ("fray help --completion f|", {"fish"}, {"bash"}),
]

# bash itself divides words at "=".
BASH = r"""
source fray.bash
compopt() { :; }
line=${1%|}
read -ra COMP_WORDS <<< "${line//=/ = }"
[[ $line != *' ' ]] || COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
function=$(complete -p fray | sed 's/.*-F \([^ ]*\).*/\1/')
$function fray "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""


def of_bash(bench, line):
    return subprocess.run(["bash", "-c", BASH, "bash", line], cwd=bench.folder, capture_output=True,
                          text=True, check=True).stdout


def of_fish(bench, line):
    script = f"source fray.fish; complete -C '{line[:-1]}'"
    out = subprocess.run(["fish", "--no-config", "-c", script], cwd=bench.folder, capture_output=True,
                         text=True, check=True).stdout
    return "\n".join(text.split("\t")[0].rstrip("/") for text in out.splitlines())


def main():
    shell = sys.argv[1]
    if not shutil.which(shell):
        print(f"skipped: {shell} is not installed")
        raise SystemExit(77)
    bench = Bench()
    names = {"bash": "fray.bash", "zsh": "_fray", "fish": "fray.fish"}
    bench.write(names[shell], bench.good("help", "--completion", shell).stdout)
    syntax = subprocess.run([shell, "-n", names[shell]], cwd=bench.folder, capture_output=True,
                            text=True, check=False)
    bench.check(syntax.returncode == 0 and not syntax.stderr, f"syntax: {syntax.stderr}")
    for name in ("study.yaml", "other.txt", "folder/inside.yaml"):
        bench.write(name, "")
    offer = {"bash": of_bash, "fish": of_fish}.get(shell)
    cases = CASES + [("fray run --progress=l|", {"live"}, {"auto"})] if shell == "bash" else CASES
    for line, wanted, others in cases if offer else []:
        offered = set(offer(bench, line).split("\n"))
        bench.check(wanted <= offered and not others & offered, f"{line}: {sorted(offered)}")
    bench.end()


main()
