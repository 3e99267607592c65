#!/usr/bin/env python3
"""scripts/compare_with finds no difference between a program and itself, and finds a planted one."""
import os
import pathlib
import subprocess
import sys
import tempfile

FRAY = pathlib.Path(os.environ["FRAY_BINARY"]).resolve()
SCRIPT = pathlib.Path(os.environ["FRAY_SOURCE_DIR"]) / "scripts" / "compare_with"
# Programs that write what this one writes, but for a digit of rounds.csv, or without a last row.
OTHER = """\
#!/bin/sh
"{fray}" "$@" || exit $?
while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
[ ! -f "$out/rounds.csv" ] || sed -i '3s/0/7/' "$out/rounds.csv"
"""
LOST = """\
#!/bin/sh
"{fray}" "$@" || exit $?
while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
[ ! -f "$out/scores.csv" ] || sed -i '$d' "$out/scores.csv"
"""


def compare(work, *words):
    result = subprocess.run([sys.executable, SCRIPT, FRAY, "--work", work, *words], check=False,
                            capture_output=True, text=True, stdin=subprocess.DEVNULL)
    print(result.stdout, result.stderr)
    return result


def main():
    faults = []

    def check(good, text):
        if not good:
            faults.append(text)

    with tempfile.TemporaryDirectory(prefix="fray-compare-test-") as folder:
        work = pathlib.Path(folder)

        def program(name, text):
            path = work / name
            path.write_text(text.format(fray=FRAY), encoding="utf-8")
            path.chmod(0o755)
            return path

        same = compare(work / "kept", "--new", FRAY, "--only", "multi-label")
        check(same.returncode == 0 and "same bytes" in same.stdout, "it differs from itself")
        check(all(len(line) <= 80 for line in same.stdout.splitlines()), "a line of over 80")
        for name, text, words in (("other", OTHER, ("rounds.csv, line 3: ", " was '", "  is:  ")),
                                  ("lost", LOST, ("scores.csv, line ", "(no such line)"))):
            found = compare(work / "kept", "--new", program(name, text), "--only", "multi-label")
            check(found.returncode == 1 and "DIFFERENT" in found.stdout, f"{name}: not found")
            check(all(word in found.stdout for word in words), f"{name}: {found.stdout}")
        failing = compare(work / "kept", "--new", program("none", "#!/bin/sh\nexit 3\n"), "--only",
                          "multi-label")
        check(failing.returncode == 2 and "exit code 3" in failing.stdout, "a failure is no result")
    print("\n".join(faults) or "as it should be")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
