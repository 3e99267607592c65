#!/bin/sh
# clang-format agrees with every source file. Exit code 77: not installed.
command -v clang-format >/dev/null || { echo "clang-format is not installed"; exit 77; }
cd "$1" && find src include tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
