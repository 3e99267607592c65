#!/usr/bin/env python3
"""Writes words_golden.h: texts and their words, made by Python's own Unicode tables and a rule written
anew here with regular expressions. Code points that are unassigned in Python's Unicode version or
default-ignorable are left out, so the file does not depend on the version. So is iota subscript:
utf8proc folds letter by letter and leaves it before marks that follow. Run in this folder."""
import random
import re
import unicodedata as u

RANGES = [(0x20, 0x7e), (0xa0, 0x17f), (0x300, 0x344), (0x391, 0x3c9), (0x400, 0x45f), (0x5d0, 0x5ea),
          (0x620, 0x669), (0x900, 0x97f), (0xe01, 0xe5b), (0x1100, 0x115e), (0x1161, 0x11ff),
          (0x1e00, 0x1eff), (0x1f00, 0x1f7d), (0x2010, 0x205e), (0x2100, 0x218b), (0x2460, 0x24ff),
          (0x3001, 0x30ff), (0x3200, 0x33ff), (0x4e00, 0x4e80), (0xac00, 0xac80), (0xf900, 0xf920),
          (0xfb00, 0xfb4f), (0xfdf0, 0xfdfd), (0xff01, 0xff9f), (0x1d400, 0x1d4ff),
          (0x1f600, 0x1f64f), (0x20000, 0x20020), (0xfffd, 0xfffd)]
SPACELESS = [(0xe00, 0xeff), (0x1000, 0x109f), (0x1780, 0x17ff), (0x2e80, 0x312f), (0x31a0, 0x31ff),
             (0x3400, 0x4dbf), (0x4e00, 0xa4cf), (0xf900, 0xfaff), (0x20000, 0x3ffff)]


def role(c):
    kind, spaceless = u.category(c), any(a <= ord(c) <= b for a, b in SPACELESS)
    if c in "'\u2019":
        return "'"
    if c == "\ufffd":
        return "L"
    if kind == "Lo" and spaceless:
        return "S"
    if kind[0] == "M" or (kind == "Lm" and spaceless):
        return "M"
    if kind[0] in "LN":
        return "L"
    return "A" if kind == "So" else " "


def normal(text, fold):
    if not fold:
        return u.normalize("NFKC", text)
    # Unicode 3.13, D147 without the default-ignorable ones: a second pass settles what the first made.
    text = u.normalize("NFD", text)
    for _ in range(3):
        text = u.normalize("NFKC", text.casefold())
    return text


def words(text, fold):
    text = normal(text, fold)
    roles = "".join(map(role, text))
    found = re.finditer(r"L[LM]*(?:'L[LM]*)*|SM*|A", roles)
    return [text[m.start():m.end()].replace("\u2019", "'") for m in found]


def escaped(text):
    return "".join(f"\\x{b:02x}" for b in text.encode())


def main():
    rng = random.Random(20231)
    print("/* Texts and their words, joined by '|'. Made by make_words_golden.py; Python's Unicode "
          f"{u.unidata_version}. */")
    print("/* clang-format off */\nstatic const struct {\n  bool fold;\n  const char *text, *words;\n"
          "} golden[] = {")
    for k in range(240):
        text = ""
        while len(text) < 24:
            first, last = rng.choice(RANGES)
            for _ in range(rng.randint(1, 5)):
                c = chr(rng.randint(first, last))
                if u.category(c) not in ("Cn", "Cf", "Co"):
                    text += c
            text += rng.choice(["", "", " ", "'", "\u0301"])
        fold = k % 4 != 0
        print(f'    {{{"true" if fold else "false"}, "{escaped(text)}",\n'
              f'     "{escaped("|".join(words(text, fold)))}"}},')
    print("};\n/* clang-format on */")


if __name__ == "__main__":
    main()
