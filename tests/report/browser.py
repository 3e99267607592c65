#!/usr/bin/env python3
"""The report in a browser: what a reader can do with it. Chromium without a screen, driven by
Selenium; exit code 77 where they are not installed."""
import base64
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

try:
    from selenium import webdriver
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.actions.action_builder import ActionBuilder
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    print("skipped: python3-selenium is not installed")
    sys.exit(77)

from make_study import make

PROGRAMS = {"chromium": ("chromium", "chromium-browser", "google-chrome"),
            "driver": ("chromedriver",)}
# As root in a container there is no sandbox to set up, and /dev/shm is small.
FLAGS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--hide-scrollbars")


def find(name):
    found = [path for path in map(shutil.which, PROGRAMS[name]) if path]
    if not found:
        print(f"skipped: no {name}")
        sys.exit(77)
    return found[0]


class Reader:
    """One browser with a profile and a download folder of its own, so that tests run beside it."""

    def __init__(self, folder):
        self.downloads = folder / "downloads"
        options = webdriver.ChromeOptions()
        options.binary_location = find("chromium")
        for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.chrome.service.Service(find("driver"))
        self.driver = webdriver.Chrome(service=service, options=options)
        self.call = self.driver.execute_cdp_cmd
        self.call("Browser.setDownloadBehavior",
                  {"behavior": "allow", "downloadPath": str(self.downloads)})

    def open(self, path, width=1280, height=900, dark=False):
        self.call("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        self.call("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        self.driver.get(path.as_uri())

    def unfold(self):
        """Opens every folded part, as a reader may."""
        self.js("for (const d of document.querySelectorAll('main details')) d.open = true")
        self.until("folded tables are prepared", lambda: not self.js(
            "return document.documentElement.classList.contains('js') && "
            "[...document.querySelectorAll('main table')].some(t => t.tHead?.rows.length === 1"
            " && t.tBodies[0].rows.length > 1 && !t.querySelector('.sort'))"))

    def js(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def all(self, selector, root=None):
        return (root or self.driver).find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector, root=None):
        return (root or self.driver).find_element(By.CSS_SELECTOR, selector)

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def until(self, what, good, seconds=20):
        """Waits for the browser, which does things in its own time."""
        end = time.monotonic() + seconds
        while not good():
            assert time.monotonic() < end, f"never: {what}"
            time.sleep(0.05)


def complaints(r):
    """What the console says: errors of the script, and what the page's policy refused."""
    return [entry["message"] for entry in r.driver.get_log("browser")]


def is_quiet(r, page):
    r.open(page)
    assert r.js("return document.documentElement.classList.contains('js')"), "the script did not run"
    assert not complaints(r), complaints(r)


def runs_nothing_else(r, hostile):
    """Names that try to be markup: nothing of them runs, and the policy would refuse it."""
    r.open(hostile)
    assert not complaints(r), complaints(r)
    assert not r.all("img, iframe, b[onmouseover], main script")
    r.js("const s = document.createElement('script'); s.textContent = 'window.hacked = 1';"
         "document.body.append(s); document.body.insertAdjacentHTML('beforeend', "
         "'<img src=x onerror=\"window.hacked = 2\">')")
    r.until("the policy refuses", lambda: len(complaints(r)) > 0)
    assert r.js("return window.hacked") is None


def visible_marks(r, figure, style):
    return [m for m in r.all(f".plot [data-series='{style}'] .mark", figure) if m.is_displayed()]


def toggles_series(r, page):
    r.open(page)
    figure = r.one("figure")
    first, second, *rest = r.all(".legend .toggle", figure)
    style, other = first.get_attribute("data-series"), second.get_attribute("data-series")
    before, beside = len(visible_marks(r, figure, style)), len(visible_marks(r, figure, other))
    assert before > 0 and beside > 0
    first.click()
    assert first.get_attribute("aria-pressed") == "false"
    assert len(visible_marks(r, figure, style)) == 0
    assert len(visible_marks(r, figure, other)) == beside
    first.send_keys(Keys.ENTER)
    assert len(visible_marks(r, figure, style)) == before
    ActionChains(r.driver).double_click(second).perform()
    pressed = [b.get_attribute("aria-pressed") for b in (first, second, *rest)]
    assert pressed == ["false", "true"] + ["false"] * len(rest), pressed
    assert len(visible_marks(r, figure, style)) == 0
    assert len(visible_marks(r, figure, other)) == beside
    ActionChains(r.driver).double_click(second).perform()
    assert all(b.get_attribute("aria-pressed") == "true" for b in (first, second, *rest))


def column(r, table, index):
    return [row.text for row in r.all(f"tbody tr > :nth-child({index + 1})", table)]


def number(text):
    return float(text.replace("\u2212", "-"))


def sorts_tables(r, page):
    r.open(page)
    r.unfold()
    table = next(t for t in r.all("main table") if "Loss of" in t.text)
    names = [h.text for h in r.all("thead th", table)]
    loss = names.index("loss")
    first = column(r, table, loss)
    values = sorted(first, key=number)
    assert first not in (values, values[::-1]), "the test needs an unsorted table"
    head = r.all("thead th", table)[loss]
    button = r.one("button", head)
    button.click()
    assert column(r, table, loss) == values and head.get_attribute("aria-sort") == "ascending"
    button.send_keys(Keys.ENTER)
    assert column(r, table, loss) == values[::-1]
    assert head.get_attribute("aria-sort") == "descending"
    button.send_keys(Keys.SPACE)
    assert column(r, table, loss) == first and head.get_attribute("aria-sort") is None
    # A made-up cell without a value comes last in both orders; data-value goes before the text.
    r.js("const c = arguments[0].tBodies[0].rows; const i = arguments[1];"
         "c[0].cells[i].textContent = '\u2013'; c[1].cells[i].dataset.value = '1e9'", table, loss)
    wanted = r.js("return arguments[0].tBodies[0].rows[1].cells[arguments[1]].textContent", table,
                  loss)
    button.click()
    assert column(r, table, loss)[-2:] == [wanted, "\u2013"]
    button.click()
    assert column(r, table, loss)[0] == wanted and column(r, table, loss)[-1] == "\u2013"


def filters_tables(r, page):
    r.open(page)
    r.unfold()
    table = next(t for t in r.all("main details[open] table") if len(r.all("tbody tr", t)) > 12)
    rows = r.all("tbody tr", table)
    label = r.one(".filter", table.find_element(By.XPATH, "ancestor::details"))
    r.one("input", label).send_keys("METHOD1 TRAINING")
    shown = [row for row in rows if row.is_displayed()]
    assert 0 < len(shown) < len(rows)
    assert all("method1" in row.text and "training" in row.text for row in shown)
    assert r.one("output", label).text == f"{len(shown)} of {len(rows)} rows"
    r.one("input", label).clear()
    r.one("input", label).send_keys(" ")
    assert all(row.is_displayed() for row in rows)


def folded_tables_sort_too(r, page):
    r.open(page)
    details = next(d for d in r.all("main .part1 > details") if r.all("table", d)
                   and not d.get_attribute("open"))
    r.js("arguments[0].closest('.part1').open = true", details)
    assert not r.all(".sort", details)
    r.one("summary", details).click()
    r.until("the table is prepared", lambda: len(r.all(".sort", details)) > 2)


def tells_values(r, page):
    r.open(page)
    plot = next(p for p in r.all("figure .plot") if p.is_displayed())
    marks = r.all(".mark[data-tip]", plot)
    tip, spoken = r.one(".tip"), r.one("[aria-live=polite]")

    def told(element=tip):
        return element.get_attribute("textContent")

    def shows(mark):
        r.until("the value of the mark is told",
                lambda: tip.is_displayed() and told() == mark.get_attribute("data-tip"))

    away = ActionBuilder(r.driver)  # a pointer that rests on a mark would tell that one
    away.pointer_action.move_to_location(1, 1)
    away.perform()
    r.js("arguments[0].focus()", plot)
    r.press(Keys.ARROW_RIGHT)
    shows(marks[0])
    assert told(spoken) == told()
    r.press(Keys.ARROW_RIGHT)
    shows(marks[1])
    r.press(Keys.ARROW_DOWN)
    other = r.js("return document.activeElement.closest('.series').dataset.series")
    assert other != r.js("return arguments[0].closest('.series').dataset.series", marks[1])
    r.press(Keys.ARROW_UP)
    shows(marks[1])
    r.press(Keys.END)
    shows(marks[-1])
    r.press(Keys.ESCAPE)
    assert not tip.is_displayed()
    assert r.js("return document.activeElement === arguments[0]", plot)
    ActionChains(r.driver).move_to_element(marks[-1]).perform()  # nothing lies over the last one
    shows(marks[-1])
    ActionChains(r.driver).move_to_element(r.one("h1")).perform()
    r.until("the value goes", lambda: not tip.is_displayed())


def saves_figures(r, page):
    r.open(page)
    figure = r.one("figure[data-name]")
    name = figure.get_attribute("data-name")
    r.all(".legend .toggle", figure)[0].click()
    saved = {}
    for button in r.all(".save button", figure):
        ending = button.text.lower()
        path = r.downloads / f"{name}.{ending}"
        button.click()
        r.until(f"{path.name} is saved", path.exists)
        r.until(f"{path.name} is whole", lambda p=path: p.stat().st_size > 0)
        saved[ending] = path.read_bytes()
    assert saved["csv"] == (page.parent / "figures" / f"{name}.csv").read_bytes()
    drawing = xml.etree.ElementTree.fromstring(saved["svg"])
    assert drawing.tag.endswith("svg") and float(drawing.get("width")) > 500
    hidden = [g for g in drawing.iter() if "off" in (g.get("class") or "").split()]
    assert hidden and b"--c0:" in saved["svg"] and b".off{display:none}" in saved["svg"]
    assert saved["png"][:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(saved["png"][16:20], "big") == 3 * float(drawing.get("width"))
    assert not complaints(r), "saving broke the policy"


def ground(r):
    return r.js("return getComputedStyle(document.body).backgroundColor")


def changes_theme(r, page):
    r.open(page)
    light = ground(r)
    r.open(page, dark=True)
    dark = ground(r)
    assert light != dark
    r.one(".theme").click()
    assert ground(r) == light
    r.one(".theme").click()
    assert ground(r) == dark
    assert r.js("try { return localStorage.length } catch (e) { return 0 }") == 0


def prints(r, page):
    """Paper is light, whatever the screen is, and shows what is folded."""
    r.open(page, dark=True)
    pdf = base64.b64decode(r.call("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
                           ["data"])
    assert pdf[:5] == b"%PDF-" and len(pdf) > 20000 and b"/Type /Page" in pdf
    folded = [d for d in r.all("main details") if not d.get_attribute("open")]
    assert folded, "what was opened for the print is folded again"
    r.call("Emulation.setEmulatedMedia", {"media": "print"})
    assert ground(r) == "rgb(255, 255, 255)"
    assert not any(e.is_displayed() for e in r.all(".theme, .save, .contents, .skip, .filter"))
    # Within the paper's 178 mm, the frame of every table shows all of it.
    r.call("Emulation.setDeviceMetricsOverride",
           {"width": 673, "height": 1000, "deviceScaleFactor": 1, "mobile": False})
    r.unfold()
    cut = r.js("return [...document.querySelectorAll('main table')].filter(t => t.offsetWidth > 674 "
               "|| [...t.tHead?.rows[0].cells ?? []].some(c => !c.offsetWidth || "
               "c.getBoundingClientRect().right > 675)).map(t => t.textContent.slice(0, 80))")
    assert not cut, cut
    assert len(r.all("main table")) > 5
    r.call("Emulation.setEmulatedMedia", {"media": ""})
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True,
                              check=True).stdout.decode()
        for part in ("What this cannot say", "What breaks first", "method1", "scenario.yaml",
                     "name: ", "Remarks in full"):
            assert part in text, f"the print lacks {part}"


def bottom_of(r, selector):
    return r.js("return Math.max(...[...document.querySelectorAll(arguments[0])]"
                ".map(e => e.getBoundingClientRect().bottom))", selector)


def says_it_on_the_first_screen(r, page):
    """Headline, numbers, limits and, where there is room beside them, the curve."""
    for width, height, parts in ((1280, 800, (".headline", ".numbers", ".limits", ".curve .plot")),
                                 (390, 844, (".headline", ".numbers", ".limits"))):
        r.open(page, width=width, height=height)
        for part in parts:
            assert 0 < bottom_of(r, f".first {part}") <= height, f"{part} at {width}"
    r.open(page, height=800)
    assert len(r.all(".numbers > div")) == 4
    assert bottom_of(r, "main") < 12 * 800, "the page has grown"
    assert all(len(a.get_attribute("textContent")) > 3 and "\u2026" not in a.get_attribute("textContent")
               for a in r.all(".contents a"))


def begins_at_its_beginning(r, page):
    """The list of contents, which marks what is read, does not take the page along."""
    for height in (900, 800, 640):
        r.open(page, height=height)
        r.js("return new Promise(done => setTimeout(done, 50))")
        assert r.js("return scrollY") == 0, f"the page opens {r.js('return scrollY')} px down at {height}"
    # Still the list follows who reads on.
    r.js("document.documentElement.style.scrollBehavior = 'auto'; scrollTo(0, document.documentElement.scrollHeight)")
    r.until("the part that is read is seen in the list", lambda: r.js(
        "const a = document.querySelector('.contents a[aria-current]'); if (!a) return false;"
        "const b = a.getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight"))


def notes_show_on_focus(r, page):
    r.open(page)
    buttons, notes = r.all(".headline .noted button"), r.all(".headline .note")
    assert len(buttons) == len(notes) > 1
    assert not any(n.is_displayed() for n in notes)
    r.js("arguments[0].focus()", buttons[0])
    assert [n.is_displayed() for n in notes] == [True] + [False] * (len(notes) - 1)
    assert buttons[0].get_attribute("aria-describedby") == notes[0].get_attribute("id")
    assert "95 % interval" in notes[0].text
    r.press(Keys.TAB)
    assert [n.is_displayed() for n in notes[:2]] == [False, True]
    r.press(Keys.ESCAPE)
    assert not any(n.is_displayed() for n in notes)
    ActionChains(r.driver).move_to_element(buttons[0]).perform()
    r.until("the note shows under the pointer", notes[0].is_displayed)
    r.open(page, width=320, height=800)
    for button in r.all(".headline .noted button"):
        r.js("arguments[0].focus()", button)
        wide = r.js("return [document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], "a note stands out of the window"


def folded_parts_open_for_links(r, page):
    r.open(page)
    folded = next(d for d in r.all("main .part1") if r.all("figure", d))
    link = r.js("return document.querySelector(`.contents a[href='#${arguments[0].querySelector("
                "'.level2').id}']`)", folded)
    assert not folded.get_attribute("open")
    r.js("arguments[0].click()", link)
    r.until("the part opens", lambda: folded.get_attribute("open"))
    target = r.one(link.get_attribute("hash"), folded)
    r.until("its heading is reached", lambda: r.js(
        "const b = arguments[0].getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight",
        target))
    r.driver.get("about:blank")
    r.driver.get(page.as_uri() + "#remarks1")
    r.until("an address opens its part",
            lambda: r.js("return document.getElementById('remarks1').closest('details').open"))


def nothing_stands_out(r, pages):
    """No sideways scrolling but in frames that the keyboard reaches; 640 is 1280 at 200 %."""
    for page in pages:
        for width, height in ((320, 700), (390, 844), (640, 400), (768, 1024), (1280, 800), (1920, 1080)):
            r.open(page, width=width, height=height)
            r.unfold()
            wide = r.js("return [document.documentElement.scrollWidth, innerWidth]")
            assert wide[0] <= wide[1], f"{page}: {wide[0]} wide on {wide[1]}"
            lost = r.js("return [...document.querySelectorAll('main *')].filter(e => e.scrollWidth > "
                        "e.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(e).overflowX) && "
                        "e.tabIndex < 0).map(e => e.outerHTML.slice(0, 80))")
            assert not lost, lost


def copies_names(r, page):
    r.call("Browser.grantPermissions", {"permissions": ["clipboardReadWrite",
                                                        "clipboardSanitizedWrite"]})
    r.open(page)
    figure = r.one("figure[data-name]")
    name = figure.get_attribute("data-name")
    assert r.one(".id code", figure).text == name
    for button, wanted in zip(r.all(".copy", figure),
                              (name, r.one("figcaption", figure).get_attribute("textContent").strip())):
        button.click()
        r.until("it says so", lambda b=button: b.text == "Copied")
        copied = r.driver.execute_async_script(
            "navigator.clipboard.readText().then(arguments[0], e => arguments[0]('' + e))")
        assert copied == wanted, copied


def axe_finds_nothing(r, pages):
    """Rules of accessibility, where axe-core is installed (a visible skip where it is not)."""
    places = (os.environ.get("FRAY_AXE", ""), "/usr/share/javascript/axe-core/axe.min.js",
              "/usr/lib/node_modules/axe-core/axe.min.js",
              "/usr/share/nodejs/axe-core/axe.min.js")
    path = next((p for p in places if p and os.path.exists(p)), None)
    if not path:
        print("skipped: axe-core is not installed (FRAY_AXE names its axe.min.js)")
        return
    source = pathlib.Path(path).read_text(encoding="utf-8")
    for page in pages:
        for width, dark in ((1280, False), (390, True)):
            r.open(page, width=width, dark=dark)
            r.unfold()
            r.call("Runtime.evaluate", {"expression": source})
            found = r.driver.execute_async_script(
                "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then("
                "x => done([x.passes.length, ...x.violations.map(v => "
                "`${v.id}: ${v.nodes.length} x ${v.nodes[0].html}`)]))")
            assert found[0] > 20, "rules were asked"
            assert not found[1:], f"{page} at {width}: " + "\n".join(found[1:])


def fits_a_phone(r, pages):
    for page in pages:
        for width in (390, 320):
            r.open(page, width=width, height=844)
            wide = r.js("return [document.documentElement.scrollWidth, innerWidth]")
            assert wide[0] <= wide[1], f"{page}: {wide[0]} wide on {wide[1]}"
    plots = [p for p in r.all("figure:first-of-type .plot") if p.is_displayed()]
    assert plots and all("narrow" in p.get_attribute("class").split() for p in plots)
    contents = r.one(".contents details")
    assert not contents.get_attribute("open")
    r.one("summary", contents).click()
    link = r.all(".contents a")[-1]
    target = link.get_attribute("hash")
    r.until("the contents unfold", link.is_displayed)
    link.click()
    r.until("the contents fold", lambda: not contents.get_attribute("open"))
    r.until("the part is reached", lambda: r.js(
        "const b = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return b.top >= 0 && b.bottom <= innerHeight", target))


def needs_no_script(r, pages):
    """Card and matrix: nothing runs, both grounds, headings that stay, and all of it on paper."""
    for page in pages:
        r.open(page, dark=True)
        dark = ground(r)
        r.open(page)
        assert ground(r) != dark and not complaints(r) and not r.all("script, img, iframe")
        assert r.js("return window.hacked") is None and r.one("h1").is_displayed()
        stays = r.js("const f = document.querySelector('.scroll.long'); if (!f) return true;"
                     "f.style.maxHeight = '120px'; f.style.maxWidth = '300px'; f.scrollTo(200, 200);"
                     "const a = f.getBoundingClientRect(), b = f.querySelector('thead th').getBoundingClientRect();"
                     "return Math.abs(a.top - b.top) < 2 && Math.abs(a.left - b.left) < 2")
        assert stays, f"{page}: headings leave with what they are of"
        assert r.js("return [...document.querySelectorAll('.call a, .back')].every(a => document.querySelector(a.hash))")
        r.call("Emulation.setEmulatedMedia", {"media": "print"})
        r.call("Emulation.setDeviceMetricsOverride", {"width": 673, "height": 1000, "deviceScaleFactor": 1, "mobile": False})
        cut = r.js("return [...document.querySelectorAll('main table')].filter(t => t.getBoundingClientRect().right > 675)"
                   ".map(t => t.className)")
        r.call("Emulation.setEmulatedMedia", {"media": ""})
        assert ground(r) != dark and not cut, f"{page}: {cut}"


def can_be_walked_with_the_keyboard(r, page):
    r.open(page)
    r.press(Keys.TAB)
    skip = r.js("return document.activeElement")
    assert skip.get_attribute("class") == "skip" and skip.location["x"] >= 0
    r.press(Keys.ENTER)
    assert r.js("return document.activeElement.id") == "main"
    outline = r.js("const b = document.querySelector('.theme'); b.focus({focusVisible: true});"
                   "return getComputedStyle(b).outlineStyle")
    assert outline == "solid", "focus is not seen"
    for landmark in ("header", "nav[aria-label]", "main", "section[aria-label]"):
        assert len(r.all(f"body > {landmark}, main > {landmark}")) >= 1, landmark


def is_whole_without_script(r, page):
    r.call("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        r.open(page)
        for selector in ("h1", ".contents a", ".answers dt", "figure .plot .mark", "table td",
                         ".warn", "figcaption", ".files a"):
            found = next((e for e in r.all(selector) if e.is_displayed()), None)
            assert found, f"{selector} does not show"
        assert not r.all(".theme, .save, .sort, .filter")
    finally:
        r.call("Emulation.setScriptExecutionDisabled", {"value": False})


def main():
    find("chromium"), find("driver")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fray-browser-"))
    reader = None
    try:
        make(folder / "study", methods=3, rates=3, noise=3, seeds=3, groups=3)
        make(folder / "hostile", methods=3, rates=2, noise=2, seeds=3, groups=2, hostile=True)
        for name in ("study", "hostile"):
            subprocess.run([os.environ["FRAY_BINARY"], "report", str(folder / name)], check=True,
                           stderr=subprocess.DEVNULL)
        subprocess.run([os.environ["FRAY_BINARY"], "report", str(folder / "study"), str(folder / "hostile"),
                        "-o", str(folder / "both")], check=True, stderr=subprocess.DEVNULL)
        make(folder / "few", methods=2, rates=1, noise=1, seeds=3, groups=2, hostile=True)
        for room in ("parts", "models"):  # of a run that is done, of which no model is asked
            (folder / "few" / room).mkdir()
        for words in (("matrix", "m"), ("card", "card.html")):
            subprocess.run([os.environ["FRAY_BINARY"], words[0], "few", "-o", words[1]], check=True, cwd=folder,
                           stdout=subprocess.DEVNULL)
        plain = [folder / "m" / "matrix.html", folder / "card.html"]
        page, hostile, both = (folder / name / "report.html" for name in ("study", "hostile", "both"))
        reader = Reader(folder)
        for test in (is_quiet, toggles_series, sorts_tables, filters_tables,
                     folded_tables_sort_too, tells_values, saves_figures, changes_theme, prints,
                     can_be_walked_with_the_keyboard, is_whole_without_script,
                     says_it_on_the_first_screen, begins_at_its_beginning, notes_show_on_focus,
                     folded_parts_open_for_links,
                     copies_names):
            test(reader, page)
            print("OK", test.__name__)
        runs_nothing_else(reader, hostile)
        fits_a_phone(reader, [hostile, page])
        needs_no_script(reader, plain)
        nothing_stands_out(reader, [hostile, page, both, *plain])
        axe_finds_nothing(reader, [page, hostile, both, *plain])
        print("OK in all")
    finally:
        if reader:
            reader.driver.quit()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
