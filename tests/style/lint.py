#!/usr/bin/env python3
"""scripts/lint: the files that were changed last are clean, and planted mistakes are found by
each program. All of src/ and tests/ is read by the script itself, which takes many minutes. Skipped,
visibly, without clang-tidy; without git or its history one source is read.

   lint.py ROOT BUILD"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

NEWEST = "8"
PLANTED = {
    "clang-analyzer-deadcode.DeadStores": "int f1(int x) { if (x = 1) return 2; return 0; }\n",
    "misc-redundant-expression": "int f2(int x) { return x == 1 || x == 1; }\n",
    "readability-misleading-indentation": "int g(void);\nint f3(int x) {\n  if (x)\n    g();\n    g();\n"
                                          "  return 0;\n}\n",
    "clang-analyzer-unix.Malloc": "#include <stdlib.h>\nint f4(void) { char *p = malloc(3); return p != 0; }\n",
}


def main():
    root, build = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    if not shutil.which("clang-tidy"):
        print("skipped: clang-tidy is not installed")
        sys.exit(77)
    faults = []
    history = bool(shutil.which("git")) and \
        subprocess.run(["git", "log", "-1"], cwd=root, capture_output=True, check=False).returncode == 0
    words = ["--newest", NEWEST] if history else [root / "src/base/hash.c"]
    clean = subprocess.run([sys.executable, root / "scripts/lint", *words],
                           env={**os.environ, "FRAY_BUILD": str(build)}, capture_output=True, text=True,
                           check=False)
    if clean.returncode or "files are clean" not in clean.stdout:
        faults.append(f"{words}: {clean.returncode}: {clean.stdout}{clean.stderr}")
    print(clean.stdout)
    with tempfile.TemporaryDirectory(prefix="fray-lint-") as folder:
        path = pathlib.Path(folder) / "planted.c"
        path.write_text("".join(PLANTED.values()), encoding="utf-8")
        done = subprocess.run(["clang-tidy", "--quiet", f"--config-file={root / '.clang-tidy'}", path,
                               "--", "-std=gnu11", "-Wall"], capture_output=True, text=True, check=False)
        for name in PLANTED:
            if done.returncode == 0 or name not in done.stdout:
                faults.append(f"{name}: not found: {done.returncode}: {done.stdout[-400:]}")
    print("\n".join(faults) or f"clean, and {len(PLANTED)} planted mistakes are found")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
