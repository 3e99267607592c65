#!/usr/bin/env python3
"""The page as a file: its policy allows its one script and nothing else, it asks nobody for
anything, and names from data stay text. No browser is needed."""
import base64
import hashlib
import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from make_study import HOSTILE, make

SOURCE = pathlib.Path(os.environ["FRAY_SOURCE_DIR"])
# Everything that the page is made of. What is not listed would have come out of a name.
ELEMENTS = set("html head meta title style body a header h1 h2 h3 h4 p code nav details summary ol ul li "
               "main b dl div dt dd aside figure figcaption span button svg g path text tspan desc rect "
               "circle line defs pattern table caption thead tbody tr th td small br pre script "
               "sup sub section em img audio article mark".split())
DATA = {"img": "data:image/png;base64,", "audio": "data:audio/wav;base64,"}
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


class Page(html.parser.HTMLParser):
    """Elements, attributes and texts, as a browser sees them."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.attributes, self.texts = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.texts.append(data)


def policy(text):
    content = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text).group(1)
    return {part.split()[0]: part.split()[1:] for part in content.split(";")}


def check_policy(text):
    script = re.findall(r"<script>(.*?)</script>", text, re.S)
    assert len(script) == 1 and text.count("<script") == 1, "one script"
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert policy(text) == {
        "default-src": ["'none'"], "script-src": [f"'sha256-{digest}'"],
        "style-src": ["'unsafe-inline'"], "img-src": ["blob:", "data:"], "media-src": ["data:"], "base-uri": ["'none'"],
        "form-action": ["'none'"]}, policy(text)
    source = (SOURCE / "src/report/page/page.js").read_text(encoding="utf-8")
    assert script[0] == source, "the script of the page is page.js"
    # What would turn text into markup or code, ask a server, or keep something.
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                 "new Function", "fetch(", "XMLHttpRequest", "WebSocket", "localStorage",
                 "sessionStorage", "cookie", "import("):
        assert word not in source, f"page.js: {word}"
    assert len(source.encode()) < 18432, "page.js has grown"


def check_alone(page):
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), f"{tag} {name}"
        if name == "src" and value.startswith(DATA.get(tag, "nothing")):
            assert re.fullmatch(r"[A-Za-z0-9+/]+=*", value[len(DATA[tag]):]), value[:80]
            continue
        assert name not in ("src", "srcset", "action", "formaction", "ping"), f"{tag} {name}"
        if name == "href":
            assert value.startswith("#") or re.fullmatch(r"figures/[\w.-]+", value), value
    text = " ".join(value for _, name, value in page.attributes if name not in ("data-tip", "xmlns", "src"))
    assert "//" not in text and "@import" not in "".join(page.texts)


def check_names(page, text):
    strange = set(page.elements) - ELEMENTS
    assert not strange, f"elements that the report does not make: {strange}"
    assert not BIDI.search(text), "a name turns the text around it"
    seen = "".join(page.texts)
    for key in ("method", "condition", "metric", "group", "name", "modality"):
        assert BIDI.sub("\ufffd", HOSTILE[key]) in seen, f"{key} is not shown as it is"
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids)), "ids"


def report(folder, **options):
    make(folder, **options)
    subprocess.run([os.environ["FRAY_BINARY"], "report", str(folder)], check=True,
                   stderr=subprocess.DEVNULL)
    return (folder / "report.html").read_text(encoding="utf-8")


def check_size(folder):
    """A large study opens at once: its longest tables of the last round stay in the files."""
    text = report(folder / "large", methods=5, rates=5, noise=5, seeds=1, groups=2)
    left_out = re.findall(r"<p><b>([\w ]+)</b>, model of the last round: (\d+) rows, in", text)
    assert left_out == [("modalities lost at test", "625")], left_out
    assert "<b>modalities lost at test</b>, model of the round selected" in text


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fray-page-"))
    try:
        text = report(folder / "plain", methods=2, rates=2, noise=1, seeds=3, groups=2)
        check_policy(text)
        check_alone(Page(text))
        text = report(folder / "hostile", methods=3, rates=2, noise=2, seeds=3, groups=2,
                      hostile=True)
        check_policy(text)
        page = Page(text)
        check_alone(page)
        check_names(page, text)
        for path in (folder / "hostile" / "figures").iterdir():
            assert re.fullmatch(r"[\w.-]+", path.name), path.name
        check_size(folder)
    finally:
        shutil.rmtree(folder)
    print("the policy holds")


if __name__ == "__main__":
    sys.exit(main())
