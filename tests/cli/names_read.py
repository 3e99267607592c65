"""What a name must not do, told by parsers that are not fray's: one check for each language that fray writes. Each gives
the faults of a text."""
import csv
import html.parser
import io
import json
import re
import xml.etree.ElementTree

import yaml

# Everything that pages and pictures are made of. What is not listed would have come out of a name.
ELEMENTS = set("html head meta title style body a header h1 h2 h3 h4 p code nav details summary ol ul li main b dl div dt dd aside "
               "figure figcaption span button svg g path text tspan desc rect circle line defs pattern table caption thead tbody tr "
               "th td tfoot small br pre script sup sub section em img audio article mark footer wbr input label strong col colgroup "
               "polyline polygon lineargradient stop use clippath i filter feflood fecomposite".split())
LATEX = set("usepackage begin end centering caption label includegraphics resizebox width linewidth ifdim else fi toprule midrule "
            "bottomrule multicolumn textsuperscript smallskip footnotesize pm textbackslash textasciicircum textasciitilde "
            "textasciigrave textquotesingle textquotedbl textless textgreater textbar addlinespace cmidrule small par quad "
            "textit textbf emph hspace vspace times cdot".split())
CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
# What fray itself sends a terminal: colours, and the rest of a line wiped.
OWN = re.compile(r"\x1b\[(?:\d+(?:;\d+)*)?m|\x1b\[K")


def terminal(text, tty=False):
    """No byte steers: controls but ends of lines, C1, and what turns the direction of writing."""
    if tty:
        text = OWN.sub("", text).replace("\r", "")
    return [f"{match!r} in {text[max(0, text.index(match) - 40):][:80]!r}"
            for match in sorted(set(CONTROLS.findall(text) + TURNING.findall(text) + re.findall(r"\r|\ufffd", text)))]


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

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_comment(self, data):
        self.elements.append("!--")

    def handle_data(self, data):
        self.texts.append(data)


def page(text, own_script=None):
    """Elements and attributes that are fray's; its own script, if any, and no other."""
    p = Page(text)
    out = [f"<{tag}>" for tag in set(p.elements) - ELEMENTS]
    for tag, name, value in p.attributes:
        link = value if name in ("href", "src", "srcset", "action", "formaction", "xlink:href", "data", "poster") else ""
        if name.startswith("on") or not re.fullmatch(r"[a-z][a-z0-9:_-]*", name.lower()):
            out.append(f"<{tag} {name}={value[:60]}>")
        elif link and not re.fullmatch(r"#.*|[\w./-]+|data:(?:image/png|audio/wav);base64,[A-Za-z0-9+/=]+", link):
            out.append(f"<{tag} {name}={link[:80]}>")
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", text, re.S)
    out += [f"a script: {s[:80]!r}" for s in scripts if s != own_script]
    out += [f"{text.count('<script')} scripts"] if text.count("<script") > 1 else []
    return out + terminal(text.replace("\ufffd", ""))


def picture(text):
    """SVG as XML, with no element that runs or loads."""
    try:
        root = xml.etree.ElementTree.fromstring(text)
    except xml.etree.ElementTree.ParseError as error:
        return [str(error)]
    out = []
    for element in root.iter():
        tag = element.tag.split("}")[-1].lower()
        out += [f"<{tag}>"] if tag not in ELEMENTS or tag in ("script", "a", "img") else []
        for name, value in element.attrib.items():
            name = name.split("}")[-1]
            if name.startswith("on") or (name == "href" and not value.startswith(("#", "data:image/png;base64,"))):
                out.append(f"{tag} {name}={value[:60]}")
    return out + terminal(text.replace("\ufffd", ""))


def table(text):
    """CSV: as many cells in each row, and none that a spreadsheet computes or a terminal obeys."""
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    out = [f"row {k}: {len(row)} cells, not {len(rows[0])}" for k, row in enumerate(rows) if len(row) != len(rows[0])]
    for cell in {cell for row in rows for cell in row}:
        number = re.fullmatch(r"-[0-9.]+(?:e[+-]?[0-9]+)?", cell)
        if cell[:1] in tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20") and cell != "-" and not number:
            out.append(f"a formula: {cell[:80]!r}")
        out += [f"a control character: {cell!r}"] if CONTROLS.search(cell) else []
    return out


def tree(text):
    """YAML that needs no more than plain tags, and shows a reader what it says."""
    yaml.safe_load(text)
    return terminal(text)


def document(text):
    """JSON, of a line each where there are several."""
    try:
        json.loads(text)
    except json.JSONDecodeError:
        for line in text.splitlines():
            json.loads(line)
    return terminal(text)


def paper(text):
    """LaTeX: only the control sequences that fray writes, braces in pairs, comments only as whole lines."""
    out, depth, at = [], 0, 0
    text = "\n".join(line for line in text.split("\n") if not line.startswith("%"))
    for token in re.finditer(r"\\([A-Za-z]+|.|\n)|([{}])|(%.*)|(\$)", text):
        word, brace, comment, _ = token.groups()
        if word and len(word) > 1 and word not in LATEX:
            out.append(f"\\{word}")
        elif word and len(word) == 1 and word not in "\\$%&#_{} @,":
            out.append(f"\\{word}")
        depth += {"{": 1, "}": -1}.get(brace, 0)
        out += [f"a comment: {comment[:60]}"] if comment and comment != "%" else []
        out += [f"a brace too many at {token.start()}"] if depth < 0 else []
        at = token.end()
    math = re.findall(r"(?<!\\)\$([^$]*)\$", text)
    out += [f"math: {m[:40]}" for m in math if not re.fullmatch(r"(?:\\pm|\\times|[-+<>=\d.\s,])*", m)]
    return out + ([f"{depth} open braces"] if depth or at < 0 else []) + terminal(text.replace("\ufffd", ""))


def script(text):
    """gnuplot: strings in single quotes that end on their line, and nothing outside of them that runs or opens."""
    out = []
    for line in text.split("\n"):
        if line.startswith("#"):
            continue
        bare = re.sub(r"'[^']*'", "''", line)
        for sign in re.findall(r"[\"'`@!|<>;]|\b(?:system|load|call|eval|shell|import|print|cd|exec)\b", bare.replace("''", "")):
            out.append(f"{sign} in {line[:80]}")
        out += [f"a substitution in {line[:80]}"] if re.search("[`@]", line) else []
    return out + terminal(text.replace("\ufffd", ""))


def note(text):
    """Markdown: outside of fenced code no element, link or picture."""
    bare = re.sub(r"(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", " ".join(text.split()))
    out = [f"an element: {found}" for found in re.findall(r"(?<!\\)<[A-Za-z/!][^>]*>", bare)]
    out += [f"a link: {found}" for found in re.findall(r"(?<!\\)\]\((?!#)[^)]*\)", bare)]
    return out + terminal(text.replace("\ufffd", ""))


BY_ENDING = {".csv": table, ".json": document, ".yaml": tree, ".tex": paper, ".gp": script, ".svg": picture, ".md": note,
             ".html": page, ".dat": terminal, ".txt": terminal, ".jsonl": document}
