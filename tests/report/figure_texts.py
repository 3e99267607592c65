#!/usr/bin/env python3
"""Figures in a browser: no two texts of a drawing meet, none leaves it, signs stand beside marks.

On the page (wide and narrow, usual and hostile names) and in the SVG files for paper, with the letters of
a real font. test_lettering.c holds the same by estimate, where there is no browser.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from browser import Reader, find
from make_study import make

# Corners of each line of text as they are on the screen, less the empty room above and below letters.
LINES = """
const texts = [], marks = [], hidden = [];
const corners = (element, x, y, w, h) => {
  const m = element.getScreenCTM();
  return [[x, y], [x + w, y], [x + w, y + h], [x, y + h]].map(
    ([a, b]) => [m.a * a + m.c * b + m.e, m.b * a + m.d * b + m.f]);
};
for (const text of arguments[0].querySelectorAll('text')) {
  if (text.textContent.trim() && !text.getClientRects().length)
    hidden.push(text.textContent); // a rule of the page that was meant for something else
  const parts = text.querySelectorAll('tspan[x]');
  for (const part of parts.length ? parts : [text]) {
    const n = part.getNumberOfChars();
    let box = null;
    for (let i = 0; i < n; i++) {
      const e = part.getExtentOfChar(i);
      if (!e.width) continue;
      box = box ? {x: Math.min(box.x, e.x), y: box.y, right: Math.max(box.right, e.x + e.width), h: box.h}
                : {x: e.x, y: e.y, right: e.x + e.width, h: e.height};
    }
    if (box && part.textContent.trim())
      texts.push([part.textContent, text.getAttribute('class') || '',
                  corners(text, box.x, box.y + 0.16 * box.h, box.right - box.x, 0.76 * box.h)]);
  }
}
for (const mark of arguments[0].querySelectorAll('.mark.bar, .whisker.over')) {
  const e = mark.getBBox();
  marks.push(corners(mark, e.x, e.y, e.width, e.height));
}
const r = arguments[0].getBoundingClientRect();
return {texts, marks, hidden, frame: [r.left, r.top, r.right, r.bottom]};
"""


def parted(a, b, by=0.0):
    """True if a side of a has b on its far side, at least this far away."""
    for i in range(4):
        (x0, y0), (x1, y1) = a[i], a[(i + 1) % 4]
        nx, ny = y1 - y0, x0 - x1
        length = (nx * nx + ny * ny) ** 0.5
        if length < 1e-9:
            continue
        if min((nx * x + ny * y) / length for x, y in b) >= max((nx * x + ny * y) / length for x, y in a) + by:
            return True
    return False


def apart(a, b, by=0.0):
    return parted(a, b, by) or parted(b, a, by)


def check(reader, svg, where):
    seen = reader.js(LINES, svg)
    left, top, right, bottom = seen["frame"]
    assert not seen["hidden"], f"{where}: {seen['hidden']} are not shown"
    for i, (text, style, box) in enumerate(seen["texts"]):
        for x, y in box:
            assert left - 1 <= x <= right + 1 and top - 1 <= y <= bottom + 1, f"{where}: {text!r} leaves the drawing"
        for other, _, beside in seen["texts"][:i]:
            # Coordinates are rounded to a tenth of a pixel, and those of paper to a whole one.
            assert apart(box, beside, -0.8), f"{where}: {text!r} meets {other!r}"
        if style == "footnote" and len(text) == 1 and box[0][0] > left + 30:
            for mark in seen["marks"]:
                assert apart(box, mark, -0.5), f"{where}: the sign {text!r} lies over a bar"
    return len(seen["texts"])


def check_page(reader, page, where):
    n = 0
    for width in (1280, 390):
        reader.open(page, width=width)
        reader.js("for (const d of document.querySelectorAll('details')) d.open = true")
        for svg in reader.all("figure .plot"):
            if svg.is_displayed():
                n += check(reader, svg, f"{where}, {width} wide, {reader.js(NAME, svg)}")
    return n


NAME = "return arguments[0].querySelector('title').textContent + ' ' + arguments[0].getAttribute('class')"


def main():
    find("chromium"), find("driver")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fray-texts-"))
    reader = None
    try:
        gallery = os.environ["FRAY_GALLERY"]
        subprocess.run([gallery, str(folder / "usual")], check=True)
        subprocess.run([gallery, str(folder / "hostile"), "hostile"], check=True)
        make(folder / "study", methods=3, rates=3, noise=3, seeds=3, groups=6)
        subprocess.run([os.environ["FRAY_BINARY"], "report", str(folder / "study")], check=True,
                       stderr=subprocess.DEVNULL)
        reader = Reader(folder)
        for name in ("usual", "hostile"):
            n = check_page(reader, folder / name / "light.html", name)
            assert n > 500, n
            print("OK", name, n, "lines of text")
        n = check_page(reader, folder / "study/report.html", "study")
        assert n > 500, n
        print("OK page", n)
        drawn = sorted(folder.glob("usual/**/*.svg")) + sorted(folder.glob("study/figures/*.svg"))
        assert len(drawn) > 20 or not shutil.which("gnuplot"), drawn
        for path in drawn:
            reader.driver.get(path.as_uri())
            assert check(reader, reader.one("svg"), "/".join(path.parts[-3:])) > 4
        print("OK paper", len(drawn))
    finally:
        if reader:
            reader.driver.quit()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
