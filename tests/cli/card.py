"""The service card of the studies of matrix.py: every number is in the file and the column of its footnote, what is typed
is marked and harmless, and refusals come before anything is written."""
import csv
import html.parser
import json
import math
import re
import shutil
import urllib.parse

FENCED = re.compile(r"(`+)(?!`)(.*?)(?<!`)\1(?!`)")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
INTERVAL = re.compile(r"(\S+) \[(\S+), (\S+)\]")
STUDENT = 4.302652729911275  # 97.5 % quantile of Student's t, 2 degrees of freedom
HEADINGS = ["Overview", "Intended uses and limitations", "Design", "Expectations", "Test-driven methodology", "Fairness",
            "Explainability", "Robustness", "Privacy and security", "Transparency", "Governance", "Deployment practices",
            "The eight dimensions", "Failures", "Where the numbers are from"]
DIMENSIONS = ["privacy and security", "safety", "fairness", "veracity and robustness", "explainability", "controllability",
              "governance", "transparency"]
INTENT = """\
intended_use: ["- no list, *no* <script>alert()</script> | and `no code`", "turned \\u202e\\">around<img src=x>"]
contact: "+49 30 1234"
licence: "1. of *ours*"
"""
ODD = "r_|odd <b>`x`"


POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# All that pages of instruments are made of. Another one would have come out of a name.
ELEMENTS = set("html head meta title style body a header h1 h2 h3 p code nav details summary ol ul li main b dl dt dd div span "
               "svg path circle rect table caption thead tbody tfoot tr th td small sup wbr".split())


class Page(html.parser.HTMLParser):
    """A card's page, written back in the form that its numbers are checked in; no browser is needed."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.links, self.attributes, self.open, self.out, self.rows = set(), [], [], [], "", []
        self.feed(text)
        self.close()

    def inside(self, tag, name=""):
        return any(t == tag and name in c for t, c in self.open)

    def handle_starttag(self, tag, attrs):
        attrs = {key: value or "" for key, value in attrs}
        self.elements.add(tag)
        self.attributes += [(tag, *item) for item in attrs.items()]
        self.links += [attrs["href"]] if "href" in attrs else []
        if tag not in ("meta", "br", "wbr"):
            self.open.append((tag, attrs.get("class", "")))
        if tag == "li" and self.inside("ol", "notes"):
            self.out += f"\n[^{attrs['id'][4:]}]: "
        self.out += {"p": "\n", "tr": "\n- ", "h2": "\n## ", "h3": "\n### ", "li": "", "caption": "\n", "td": " ",
                     "code": "``` "}.get(tag, "")
        if tag == "div" and "typed" in attrs.get("class", ""):
            self.out += "\n"

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass
        self.out += {"code": " ```", "h2": "\n", "h3": "\n", "caption": "\n"}.get(tag, "")

    def handle_data(self, data):
        if self.inside("head") or self.inside("nav") or self.inside("a", "back") or self.inside("header"):
            return
        if self.inside("sup", "call"):
            data = f"[^{data}]"
        self.out += data if not self.inside("div", "typed") else re.sub(r"^|\n", "\n> ", data)


def check_page(bench, path):
    """It may run nothing and fetch nothing, and leads to files that are there and back."""
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    bench.check(f'content="{POLICY}"' in text and "<script" not in text, f"{path}: its policy")
    bench.check(page.elements <= ELEMENTS, f"{path}: {page.elements - ELEMENTS}")
    bench.check(not re.search("[\u202a-\u202e\u2066-\u2069]", text), f"{path}: turns its text around")
    bench.check(not [a for a in page.attributes if a[1].startswith("on") or a[1] in ("src", "action")], f"{path}: attributes")
    ids = [value for _, name, value in page.attributes if name == "id"]
    bench.check(len(ids) == len(set(ids)), f"{path}: ids")
    for link in page.links:
        there = link[1:] in ids if link[0] == "#" else (path.parent / urllib.parse.unquote(link)).is_file()
        bench.check(there, f"{path}: {link} leads nowhere")
    return page


def rows_of(bench, note):
    """The rows of a table that a footnote names, and the columns."""
    wanted = {key: text.strip() if fence != "`" or text == " " else text for key, fence, text in
              re.findall(r"(\w+)=(`+)(?!`)(.*?)(?<!`)\2(?!`)", note)}
    name, columns = note.split(",")[0].split(" ")[0], re.search(r"columns? (.*?)(?=:)", note)[1].split(", ")
    folder = wanted.pop("folder", "")
    made = "made by fray matrix" in note
    path = bench.folder / ("m_card" if made else folder) / name
    if name == "provenance.json":
        return [json.loads(path.read_text(encoding="utf-8"))], columns, name
    if made:
        wanted.update({"folder": folder} if folder else {})
    else:
        wanted.pop("cell", None)
    if name == "scores.csv":
        wanted.setdefault("metric", "accuracy")
        wanted["selection"] = "best"
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    bench.check(not wanted or set(wanted) <= set(rows[0]), f"{name} lacks a column of {wanted}")
    return [row for row in rows if all(row.get(k) == v for k, v in wanted.items() if k != "severity")], columns, name


def forms(*values):
    return {form for v in values for form in (f"{100 * v:.1f}", f"{v:.3g}", f"{v:.0f}")}


def is_number(text):
    return re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", text)


def allowed(bench, note):
    """Every way in which a number of that place may be written, and those of a number with its interval."""
    rows, columns, _ = rows_of(bench, note)
    bench.check(rows, f"no row: {note}")
    texts = {str(row[column]) for row in rows for column in columns}
    if "rows that are ok" in note:
        return {str(len(rows)), str(sum(row["status"] == "ok" for row in rows))}, []
    if "mean over trainings" in note:
        seeds = [float(row["value"]) for row in rows]
        bench.check(len(seeds) == 3, f"{len(seeds)} trainings: {note}")
        centre = sum(seeds) / 3
        # Of trainings that are each other's shadows the scatter is that of other numbers.
        scatter = [float(row.get("pseudo", row["value"])) for row in rows]
        half = STUDENT * math.sqrt(sum((v - sum(scatter) / 3) ** 2 for v in scatter) / 2 / 3)
        # No share lies outside of 0 and 1, whatever Student's law says.
        ends = (max(centre - half, 0), min(centre + half, 1)) if "within 0 and 1" in note else (centre - half, centre + half)
        interval = [forms(centre), *map(forms, ends)]
        return set().union(*interval), interval
    words = {word for text in texts if not is_number(text) for word in NUMBER.findall(text)}
    interval = [forms(float(rows[0][column])) for column in columns[:3]] if "low, high" in note and rows[0]["low"] else []
    return words | forms(*(float(text) for text in texts if is_number(text))), interval


def check_numbers(bench, card):
    body, notes = card.split("## Where the numbers are from")
    notes = {n: " ".join(text.split()) for n, text in re.findall(r"^\[\^(\d+)\]: (.*?)(?=^\[\^|\Z)", notes, re.M | re.S)}
    body = "\n".join(line for line in body.splitlines() if not line.startswith(">"))
    body = re.sub(r"\n(?=\S)(?![-#|])", " ", re.sub(r"\n {2}(?=\S)", " ", body))  # wrapped lines
    seen, numbers, intervals = set(), 0, 0
    for line in body.splitlines():
        parts = re.split(r"\[\^(\d+)\]", FENCED.sub("", line))
        bench.check(not re.search(r"\d", parts[-1]), f"a number without a footnote: {line}")
        for text, n in zip(parts[::2], parts[1::2]):
            seen.add(n)
            words = NUMBER.findall(text)
            numbers += len(words)
            ways, interval = allowed(bench, notes[n])
            bench.check(set(words) <= ways, f"{words} are not in {notes[n]}: {sorted(ways)}; {line}")
            for found in INTERVAL.findall(text):
                bench.check(interval and all(word in way for word, way in zip(found, interval)), f"{found}: {interval}; {line}")
                intervals += 1
    bench.check(seen == set(notes), f"footnotes of nothing: {set(notes) - seen}")
    bench.check(intervals > 10, f"{intervals} numbers with intervals")
    return numbers


def whole(bench):
    bench.good("matrix", "r_data", "-o", "m_card")
    card = bench.good("card", "r_data").stdout
    print(card)
    headings = [line.lstrip("# ") for line in card.splitlines() if line.startswith("##")]
    bench.check(headings == HEADINGS, f"headings: {headings}")
    bench.check([line.split("|")[1].strip() for line in card.splitlines() if line.startswith("|")][2:] == DIMENSIONS, "dimensions")
    bench.check(all(len(line) <= 80 or line.startswith("|") for line in card.splitlines()), "lines of more than 80 columns")
    bench.check(check_numbers(bench, card) > 40, "few numbers")
    bench.check(card.count("**not stated**") >= 8 and "**not tested**" in card, "what is missing is not said")
    (bench.folder / "sub").mkdir()
    bench.good("card", "r_data", "-o", "sub/card.html")
    page = check_page(bench, bench.folder / "sub/card.html")
    check_numbers(bench, page.out)
    # Numbers with their footnotes are the same ones, in the same order: both are written of one card.
    said = [[(n, m) for m, n in re.findall(r"([\d.e+-]+)(?: \[[^]]*\](?: %)?| %)?\[\^(\d+)\]", " ".join(form.split()))]
            for form in (card.split("## Where")[0], page.out.split("## Where")[0])]
    bench.check(said[0] == said[1] and len(said[0]) > 20, f"another card on the page: {said}")
    bench.check({"../r_data/scores.csv", "../r_data/provenance.json"} <= set(page.links), f"links: {set(page.links)}")
    bench.good("card", "r_data", "-o", "card.md")
    bench.check((bench.folder / "card.md").read_text(encoding="utf-8") == card, "the file is another card")


def odd(bench):
    """Names with marks of Markdown and HTML, a red team, and what is typed."""
    shutil.copytree(bench.folder / "r_data", bench.folder / ODD)
    red = bench.folder / ODD / "redteam"
    red.mkdir()
    trials = [row["trial"] for row in bench.rows("r_data", "trials.csv")]
    bench.write(f"{ODD}/redteam/pack.yaml", "pack:\n  models:\n" + "".join(f'    "{t}": "00"\n' for t in trials))
    finds = [(f"find-{k}", 0.1 * ((3 * k) % 7), 0.05, 0.9, int(k != 2)) for k in range(7)]
    bench.write(f"{ODD}/redteam/finds.csv", "name,test_drop,low,high,confirmed\n" +
                "".join(",".join(map(str, find)) + "\n" for find in finds))
    bench.write(f"{ODD}/membership.csv", "trial,selection,attack,group,metric,value,pseudo\n" + "".join(
        f"{t},best,{attack},{group},{metric},{0.5 + 0.1 * k * k},{0.3 + 0.02 * k}\n" for k, t in enumerate(trials)
        for attack in ("loss|1", "other") for group in ("site=site0", "all") for metric in ("roc_auc", "advantage")))
    bench.write("intent.yaml", INTENT)
    # A group of four clients is suppressed, and another one of five is not; the list would tell that the table was edited.
    scores = bench.folder / ODD / "scores.csv"
    scores.write_text(re.sub(r"(,site=site1,\d+),\d+,", r"\1,4,", scores.read_text(encoding="utf-8")), encoding="utf-8")
    (bench.folder / ODD / "checksums.txt").unlink()
    bench.good("matrix", ODD, "-o", "m_card", "--overwrite")
    card = bench.good("card", ODD, "--intent", "intent.yaml").stdout
    check_numbers(bench, card)
    bench.check(re.search(r"`site=site1`:\s+\*\*suppressed\*\*", card), "a group of four clients is not suppressed")
    bench.check(re.search(r"`site=site0`,\s+`accuracy`:\s+\d", card), "a group of five clients is")
    shown = re.findall(r"`(find-\d)`: score", card)
    best = [find[0] for find in sorted((f for f in finds if f[4]), key=lambda f: -f[1])[:5]]
    bench.check(shown == best, f"finds: {shown}, not {best}")
    bench.check(len(re.findall(r"^\| privacy and security \| `(?:loss\\\|1|other)` \| 66.7 \[", card, re.M)) == 2, "attacks")
    bench.good("card", ODD, "--intent", "intent.yaml", "-o", "odd.html")
    page = check_page(bench, bench.folder / "odd.html")
    check_numbers(bench, page.out)
    bench.check("<script>alert()</script> | and `no code`" in page.out and 'turned \ufffd">around<img src=x>' in page.out,
                "what is typed is not shown as it is")
    bench.check(page.out.count("typed, not measured") == 3 and f"``` {ODD} ```" in page.out, "typed text is not marked")
    quoted = [line for line in card.splitlines() if line.startswith(">")]
    bench.check(quoted[0].startswith("> - \\- no list, \\*no\\* \\<script\\>"), f"{quoted}")
    bench.check("> - \\+49 30 1234" in quoted and "> - 1\\. of \\*ours\\*" in quoted, f"{quoted}")
    bench.check("<b>" not in FENCED.sub("", " ".join(card.split())), "a name is markup")
    # Of another red team: its trainings are none of these.
    bench.write(f"{ODD}/redteam/pack.yaml", 'pack: {models: {"0123456789abcdef": "00"}}\n')
    bench.refused("another's red team", bench.run("card", ODD, "-o", "o.md"), ["0123456789abcdef", "none of"])


def wrong(bench):
    for text, parts in (("intended_us: [a]\n", ["intended_us", "intended_use"]),
                        ("limitations: [right in 99 of 100]\n", ["99 of 100", "holds a number"])):
        bench.write("bad.yaml", text)
        bench.refused(text, bench.run("card", "r_data", "--intent", "bad.yaml", "-o", "new.md"), ["bad.yaml", *parts])
    bench.refused("another form", bench.run("card", "r_data", "-o", "new.pdf"), ["new.pdf", ".md or .html"])
    bench.refused("there already", bench.run("card", "r_data", "-o", "card.md"), ["card.md", "is there already"])
    bench.refused("other classes", bench.run("card", "r_data", "r_four", "-o", "new.md"), ["4 classes", "has 3"])
    state = bench.folder / "r_four/state"
    state.write_text("running\n", encoding="utf-8")
    bench.refused("not done", bench.run("card", "r_four", "-o", "new.md"), ["r_four", "not done (running)"])
    state.write_text("done\n", encoding="utf-8")
    bench.check(not any((bench.folder / name).exists() for name in ("new.md", "new.pdf", "o.md")), "written all the same")
