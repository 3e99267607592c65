#!/usr/bin/env python3
"""Every sentence of whole pages, of their tables, and of `fray compare`, on studies in which nothing
has an effect: what could claim a loss, an order or a threshold must be a sentence that is known to
claim none. A new wording that does not ask a verdict is found here."""
import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError:  # another Python comes first in the path
    if sys.executable == "/usr/bin/python3" or not os.path.exists("/usr/bin/python3"):
        print("skipped: python3-h5py is missing")
        sys.exit(77)
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

FRAY = os.environ["FRAY_BINARY"]
CLASSES, RATES = 4, ("0", "0.25", "0.5")
CONDITIONS = (("trial", "", ""), ("dark", "0", "level"), ("dark", "0.5", "level"),
              ("dark", "1", "level"))
SCENARIO = """name: nothing
corruption:
  - {id: lost, kind: missing_modality, at: train, rate: 0}
tests:
  dark: {kind: missing_modality, level: [0, 0.5, 1]}
evaluate: {every: 1, metrics: [accuracy], groups: [g]}
reference: {method: m0, lost.rate: 0}
"""

# Words that a claim would need.
DANGER = re.compile(r"\b(loses?|losing|gains?|costs?|copes?|gone|worst|best|worse|better|highest|"
                    r"lowest|higher|lower|ahead|behind|most|least|first|crosses|resolved|told|"
                    r"falls|rises|points (above|below))\b", re.I)
# Sentences that hold one of them and claim nothing: what is not resolved, how to read, what is shown.
HARMLESS = [re.compile(p) for p in (
    # what is not resolved
    r"is not told apart from no change \(loss ", r"are not told apart \(first − second: score .*not resolved",
    r"none of the \d+ comparisons is resolved: the series are not told apart",
    r"the comparison is not resolved: the series are not told apart",
    r"none of \d+ series is told apart from no change; the measured losses",
    r"none of \d+ series is told apart from no change, \d+ (is|are) not told from chance",
    r"not resolved by these data( m\d.*)?$",
    r"^Not resolved by these data: (no loss|of \d+ groups and damages looked at, none) is told apart",
    r"^Of \d+ paired comparisons? of series, 0 are resolved",
    r"^Of \d+ paired comparisons?, all else equal, none is resolved",
    r"comparisons? not resolved$",
    r"comparisons of series (are|is) resolved neither in score nor in loss",
    r"^None of the \d+ differences is resolved by these data\.$",
    r"^None of the \d+ differences between methods by group is resolved\.$",
    r"^None of the \d+ differences is resolved by these data\. By group none of \d+ differences is resolved\.$",
    r"^a [^;]*; ([b-z] [^;]*; )*[b-z] [^;]*\.$", r"^resolved$",
    # first screen
    r"^Of \d+ damages tried, none is told apart from no loss of \w+: the measured losses lie between",
    r", no loss of \w+ is told apart from none: \S+ points were measured\.$",
    r"[Ww]hich (model|method) ends ahead( there| with .*)? is not resolved\.$", r"^Ahead under it$", r"^not resolved$",
    r"points; not resolved( with p adjusted for the \d+ damages)?$", r"no loss told, place open$", r"^(behind its best, paired by seed|Lead: over)",
    r"so none has anything to lose: nothing is said of what damage costs\.$",
    r"is known of other (trainings|people)", r"nothing is said of damage that was not tried\.$",
    # chance
    r"models? (are )?not told from chance", r"^(Of a model|Who) (that is not|is at chance)",
    r"(No series is|no model here is) told from chance", r"^not told from chance$",
    # remarks and how to read
    r"^Then a method that learns more slowly looks worse", r"^(To speak of people takes|Three are the least)",
    r"^What is claimed: ", r"^Where nothing happens, each family", r"^What costs most is told apart from each", r"^Told from chance: ",
    r"“Not resolved by these data” means", r"[Ww]hat is called resolved holds over all",
    r"^Chance: the same metric of the predictor", r"^The worst of several groups looks worse than it is",
    # captions: what is shown, not what came out
    r"^What breaks first$", r"^Paired differences between series: score at \S+, and loss on the way",
    r"with the worst tenth marked", r"^A point above another .*for sure only as far as their whiskers",
    r"^Down the first column one may read whether", r"has no chance line\.( |$)", r"^worst 10\s%$", r"\{tab:methods\}")]


def draw(rng, methods, seeds, clients, each, right, stuck):
    """answers (trials, conditions, samples) and labels: luck of seeds, people, trainings, samples."""
    label = rng.integers(0, CLASSES, clients * each)
    people = np.repeat(rng.normal(0, .06, clients), each)
    of_seed = rng.normal(0, .02, seeds)
    answers = []
    for trial in range(methods * len(RATES) * seeds):
        p = right + people + of_seed[trial % seeds] + rng.normal(0, .03)
        if trial % seeds < stuck:  # never left the plateau
            p = np.full(label.size, 1 / CLASSES)
        other = (label + rng.integers(1, CLASSES, label.size)) % CLASSES
        one = np.where(rng.random(label.size) < p, label, other)
        rows = [one]
        for _ in CONDITIONS[1:]:
            again = np.where(rng.random(label.size) < p, label,
                             (label + rng.integers(1, CLASSES, label.size)) % CLASSES)
            rows.append(np.where(rng.random(label.size) < .1, again, one))
        answers.append(rows)
    return label, np.array(answers)


def write(folder, rng, methods=2, seeds=3, clients=12, each=20, right=.7, stuck=0):
    folder.mkdir(parents=True)
    label, answers = draw(rng, methods, seeds, clients, each, right, stuck)
    who = np.repeat(np.arange(clients), each)
    trials = ["trial,method,lost.rate,seed,status,rounds,best_round,clients,clients_dropped,"
              "lost.nominal,lost.realised,dev.accuracy"]
    scores = ["trial,selection,condition,severity,parameter,scope,group,n,clusters,metric,value,low,"
              "high,status,realised,chance"]
    rounds = ["trial,round,dev.accuracy"]
    with h5py.File(folder / "results.h5", "w") as f:
        for t, own in enumerate(answers):
            name, rate = f"{t + 1:016x}", RATES[t // seeds % len(RATES)]
            trials.append(f"{name},m{t // seeds // len(RATES)},{rate},{t % seeds + 1},ok,20,20,8,0,"
                          f"{rate},{rate},{right}")
            rounds += [f"{name},{k},{right * k / 20}" for k in range(1, 21)]
            for c, (condition, severity, parameter) in enumerate(CONDITIONS):
                for group, mask in (("all", who >= 0), ("g=a", who % 2 == 0), ("g=b", who % 2 == 1)):
                    if not mask.any():
                        continue
                    value = (own[c] == label)[mask].mean()
                    scores.append(f"{name},best,{condition},{severity},{parameter},unseen_clients,"
                                  f"{group},{mask.sum()},{len(set(who[mask]))},accuracy,{value!r},,,"
                                  f"ok,,{0 if group == 'g=b' else .25}"
                                  .replace(repr(value), f"{value:.17g}"))
            g = f.create_group(f"trials/{name}/test")
            g["clients/name"] = [f"c{k:02d}" for k in range(clients)]
            g["condition"] = ["trial", "dark=0", "dark=0.5", "dark=1"]
            g["client"], g["label"] = who.astype("i4"), label.astype("i4")
            g["group/g"], g["group_values/g"] = (who % 2).astype("i4"), ["a", "b", "nobody"]
            g["confusion"] = np.zeros((2, len(CONDITIONS), CLASSES, CLASSES), "i8")
            g["predicted"] = np.stack([own, own]).astype("i2")
    for file, text in (("trials.csv", trials), ("scores.csv", scores), ("rounds.csv", rounds)):
        (folder / file).write_text("\n".join(text) + "\n", encoding="utf-8")
    (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "provenance.json").write_text('{"data_index_hash": "1"}\n', encoding="utf-8")
    (folder / "state").write_text("done\n", encoding="utf-8")


def sentences(page):
    """What a reader reads, one sentence each: text of elements, split where sentences end."""
    page = re.sub(r"<(script|style|svg|pre|nav)\b.*?</\1>", "", page, flags=re.S)
    page = re.sub(r"</?(b|code|small|sup|i|em|a)\b[^>]*>", "", page)
    for block in re.split(r"<[^>]*>", page):
        block = " ".join(html.unescape(block).split())
        yield from (s for s in re.split(r"(?<=[.:;]) (?=[A-Z“])", block) if s)


def run(*args, cwd):
    env = {**os.environ, "PATH": "/nowhere"}  # no gnuplot
    result = subprocess.run([FRAY, *map(str, args)], cwd=cwd, env=env, capture_output=True, text=True,
                            timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stdout


def claims(texts):
    return [s for s in texts
            if DANGER.search(s) and not any(p.search(s) for p in HARMLESS)]


def check_page(folder, faults, name):
    run("report", folder.name, cwd=folder.parent)
    found = claims(sentences((folder / "report.html").read_text(encoding="utf-8")))
    for path in sorted((folder / "tables").glob("*.tex")):
        text = re.sub(r"\\[a-z]+\*?(\[[^]]*\])?", " ", path.read_text(encoding="utf-8"))
        found += claims(" ".join(text.split()).split(". "))
    faults += [f"{name}: {s}" for s in found]


def words(folder):
    page = (folder / "report.html").read_text(encoding="utf-8").split("<main")[1].split("<script")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split())


def check_split(top):
    """Two kinds of trainings in a mean: how many, and the mean of both."""
    write(top / "split", np.random.default_rng(5), seeds=5, right=.95, stuck=2)
    run("report", "split", cwd=top)
    text = words(top / "split")
    assert re.search("Some seeds of [4-6] models never left chance, others did", text), text[:3000]
    found = re.search(r"m\d, lost 0 %: 2 of 5 seeds stay at chance \(mean (\S+) %\), the "
                      r"others reach (\S+) %; the mean of all, (\S+) %, is that of neither", text)
    assert found, text[-4000:]
    low, high, both = map(float, found.groups())
    assert abs(low - 25) < 6 and high > 85 and abs(both - (2 * low + 3 * high) / 5) < .2, found.groups()


def check_compare_at_chance(top):
    """Guessing against less than that: a difference, and no verdict."""
    for name, right in (("guess", .25), ("below", .05)):
        write(top / name, np.random.default_rng(11), methods=1, seeds=10, right=right, each=40)
    printed = run("compare", "below", "guess", "-o", "at-chance", cwd=top)
    assert "at chance: no verdict" in printed and "None of the 12 differences is resolved" in printed, printed
    assert "whoever is ahead is not told from chance" in " ".join(printed.split()), printed
    rows = (top / "at-chance" / "compare.csv").read_text(encoding="utf-8")
    assert ",yes," not in rows, rows


def check_group_chance(top):
    """No chance line at 0 % for a group without the class that training answers most."""
    numbers = next((top / "usual" / "figures").glob("groups1*.csv")).read_text(encoding="utf-8")
    chance = [row.split(",")[0] for row in numbers.splitlines() if ",chance," in row]
    assert chance and set(chance) == {"a"}, numbers
    text = words(top / "usual")
    assert "A group without a sample of the class that is most frequent in training has no chance" in text


def against_0(table):
    """Rows of the short table that are called open beside an interval without 0."""
    n = 0
    for row in re.findall(r'<tr><th scope="row">.*?</tr>', table):
        ranges = [[float(x.replace("\u2212", "-")) for x in re.findall(r"\u2212?\d[\d.]*", html.unescape(r).replace(" to ", " "))]
                  for r in re.findall(r'<span class="range">(.*?)</span>', row)]
        words_of = re.search(r'class="words">(.*?)<', row)[1]
        for word, at in (("no loss told", -2), ("place open", -1)):
            n += word in words_of and len(ranges[at]) == 2 and (ranges[at][0] > 0 or ranges[at][1] < 0)
    return n


def check_families(top):
    """What is open beside an interval without 0 is explained, by what was looked at together; elsewhere nothing is."""
    write(top / "family", np.random.default_rng(214), methods=5, seeds=5)
    run("report", "family", cwd=top)
    seen = {}
    for name in ("family", "usual", "three"):
        page = (top / name / "report.html").read_text(encoding="utf-8")
        table = page.split('<table class="short">')[1].split("</table>")[0]
        seen[name] = against_0(table)
        assert ("holds over all rows together" in table) == (seen[name] > 0), (name, table)
    assert seen["family"] >= 2, seen


def check_leaks(top):
    """What the shards count of content that is there twice reaches provenance and page."""
    run("synth", "-o", "shards", "--set", "clients=3", "--set", "test_clients=2", cwd=top)
    for path in (top / "shards").glob("*.h5"):
        with h5py.File(path, "r+") as f:
            f.attrs["same_in_train_and_test"], f.attrs["same_in_two_classes"] = np.uint64(4), -1
    (top / "leaky.yaml").write_text(
        "name: leaky\nseeds: [1]\ndata: {shards: shards}\nmodel: {hidden: 4}\n"
        "training: {rounds: 1, clients_per_round: 1.0}\n", encoding="utf-8")
    run("run", "leaky.yaml", "-o", "leaky", cwd=top)
    provenance = json.loads((top / "leaky" / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["same_in_train_and_test"] == "4", provenance
    assert "same_in_two_clients" not in provenance and "same_in_two_classes" not in provenance
    assert "Leak: training and test share content, 4 times" in words(top / "leaky")


def main():
    top = pathlib.Path(tempfile.mkdtemp(prefix="fray-sentences-"))
    faults = []
    designs = {"usual": {}, "one-seed": {"seeds": 1}, "two-seeds": {"seeds": 2},
               "two-people": {"clients": 2}, "one-person": {"clients": 1, "each": 40},
               "many": {"methods": 6, "each": 8}, "three": {"methods": 3},
               "chance": {"right": .25}, "tiny": {"clients": 3, "each": 2}}
    try:
        for i, (name, design) in enumerate(designs.items()):
            write(top / name, np.random.default_rng(100 + i), **design)
            check_page(top / name, faults, name)
        write(top / "other", np.random.default_rng(7))
        printed = run("compare", "usual", "other", "-o", "compared", cwd=top)
        faults += [f"compare: {s}" for s in
                   claims(" ".join(p.split()) for p in re.split(r"\n\n|\n(?=\s)", printed))]
        page = (top / "chance" / "report.html").read_text(encoding="utf-8")
        assert "not told from chance: no verdict about them" in page, "chance is remarked on"
        page = (top / "two-people" / "report.html").read_text(encoding="utf-8")
        assert "Only 2 test clients: nothing about other people" in page, "two people"
        assert "0.0 to 100.0" not in page, "no interval that anything would fit"
        page = (top / "one-person" / "report.html").read_text(encoding="utf-8")
        assert "of 1 client: all that is said here holds for that one client alone." in page, "one person"
        assert "the intervals here are of other trainings, not of other people" in page, "one person"
        assert re.search("is not known to change \\(loss \\S+ points in a single training, which may be",
                         words(top / "one-seed")), "one seed"
        page = (top / "usual" / "report.html").read_text(encoding="utf-8")
        assert "18 of 18 trainings selected one of their last rounds: not finished" in page
        assert "1 of 3 groups has no test sample" in page
        check_group_chance(top)
        check_families(top)
        check_split(top)
        check_compare_at_chance(top)
        check_leaks(top)
    finally:
        if not os.environ.get("FRAY_KEEP"):
            shutil.rmtree(top)
    for fault in faults:
        print(f"a claim, or a sentence that is not known to claim nothing: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
