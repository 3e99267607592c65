#!/usr/bin/env python3
"""One study whose every name is an attack on whoever shows it, through every command; what comes out is read by parsers
that are not fray's: nothing runs, nothing steers, and names come back as they were given."""
import collections
import json
import os
import pty
import re
import shutil
import subprocess
import time

import yaml

import names_read
from bench import FRAY, SOURCE, Bench, vector
from made_sets import png

EVIL = [  # accepted as names: of clients, classes, groups and samples
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "\" onmouseover=\"window.pwned=1\" x='",
    "\u202eturned\u2066about\u2069\u200f\u061c",
    "zero\u200bwidth\ufeff" + "\u0301" * 40,
    "no characters \uffff\ufffe",
    "\\input{/etc/passwd}\\write18{touch pwned}%$_^~#&{}",
    "\"; system(\"touch pwned\"); '`touch pwned`@macro {/Symbol a}",
    "$(touch pwned);`touch pwned`|touch pwned",
    "=cmd|'/C calc'!A0",
    "+1+1", "-2+3", "@SUM(1)", "'=1+1", "-rf *",
    "!!python/object/apply:os.system [\"touch pwned\"]",
    "&a [*a, *a]", "- x: y # z", "a\",\"b'c,\"\"d\"",
    "[link](javascript:window.pwned=1) ![i](http://x/y) | `code` ``x",
    "{\"json\": \"\\u0000\\n\"}", "%s%n%1$s%", "null", "..", "../../x", "/etc/passwd", "~",
]
CLASSES = [EVIL[0], EVIL[7], EVIL[9]]
MADE = ("r", "out", "results", "compare-r-r", "sheets", "merged", "marked", "data", "metrics.jsonl")
REFUSED = ["two\nlines", "re\rturn", "a\ttab", "\x1b[31mred", "\x1b]8;;http://x\x07link", "\x1b]52;c;aGk=\x07", "c1 \x9b31m", "next\x85line",
           "del\x7f"]
BROKEN = [b"\xff\xfe", b"\xed\xa0\x80 surrogate", b"overlong \xc0\xae", b"cut \xe2\x82", b"nul \0 byte"]
PYTHON = """import sys
import fray_results
r = fray_results.load(sys.argv[1])
print(*r.trials["method"].unique(), *r.scores["condition"].dropna().unique(), *r.scores["group"].unique(), sep=chr(10))"""
R = """source("fray_results.R"); r <- fray_load(commandArgs(trailingOnly = TRUE)[1])
writeLines(unique(c(r$trials$method, r$scores$condition, r$scores$group)))"""
TERMS = ["one two", "three four"]


def quoted(field):
    return '"' + field.replace('"', '""') + '"'


def raw(bench):
    rows = [["id", "client", "label", "split", "site", "shop", "pic", "said", "nums"]]
    clients = EVIL[1:7] + EVIL[7:]
    for c in range(18):
        for k in range(12):
            label = (c + k) % 3
            n = 12 * c + k
            png(bench.folder, f"raw/{n}.png", (80 * label + n % 30, 90, 255 - n), 16, 16)
            bench.write(f"raw/{n}.npy", vector([4 * label + 0.1 * (n % 7), 4 - 4 * label + 0.05 * (n % 5)]))
            rows.append([f"{EVIL[n % len(EVIL)]} {n}", clients[c], CLASSES[label], "train" if c < 6 else "test",
                         EVIL[(c % 4) + 6], EVIL[(c % 3) + 9], f"{n}.png", f"{TERMS[k % 2]} {EVIL[n % 20]}", f"{n}.npy"])
    text = "".join(",".join(quoted(x) for x in row) + "\n" for row in rows)
    bench.write("raw/list.csv", text)
    dataset = {"name": EVIL[1], "licence": EVIL[7], "source": EVIL[6], "classes": CLASSES, "groups": ["site", "shop"],
               "modalities": {"pic": {"kind": "image", "size": [16, 16], "channels": "rgb"}, "said": {"kind": "text"},
                              "nums": {"kind": "feature"}},
               "inputs": [{"reader": "manifest", "file": "list.csv", "texts": {"said": "said"}}],
               "dev": {"from": "train", "fraction": 0.3, "by": "window", "within": "client"}}
    bench.write("raw/dataset.yaml", json.dumps(dataset))
    call(bench, "import", "raw/dataset.yaml", "-o", "data")
    call(bench, "inspect", "data")

METHODS = ["</th><script>window.pwned=1</script>`touch pwned`", "=HYPERLINK(\"http://x\")\u202e"]
DAMAGED = {"<img src onerror>\\input{x}%$_&#`touch pwned`\u202e;system('touch pwned')": {
               "kind": "missing_modality", "modalities": ["nums"], "rate": [0.5, 1], "title": EVIL[7] + "\n\x1b[2J"},
           "@SUM(1)|cmd{Symbol a}!!python &a": {
               "kind": "feature_noise", "modalities": ["nums"], "sigma": [0.5, 2], "who": {"site": EVIL[7]}}}


def call(bench, *words, code=0, tty=False):
    """Runs the program where every other program is one that only tells of being called; what it says steers nothing."""
    env = {**os.environ, **bench.single(), "PATH": str(bench.folder / "shims")}
    start = time.monotonic()
    if tty:
        leader, follower = pty.openpty()
        process = subprocess.Popen([FRAY, *words], cwd=bench.folder, env=env, stdin=follower, stdout=follower, stderr=follower)
        os.close(follower)
        said = b"".join(iter(lambda: read(leader), b""))
        os.close(leader)
        done, text = process.wait(), said.decode("utf-8")
        shown = names_read.terminal(text.replace("\r\n", "\n"), tty=True)
    else:
        result = subprocess.run([FRAY, *words], cwd=bench.folder, env=env, capture_output=True, stdin=subprocess.DEVNULL, check=False)
        done, text = result.returncode, (result.stdout + result.stderr).decode("utf-8")
        shown = names_read.terminal(text)
    bench.check(done == code, f"{words}: exit code {done}: {text[-600:]}")
    bench.check(not shown, f"{words}: {shown[:3]}")
    print(f"{words[0]}: {time.monotonic() - start:.1f} s")
    return text


def read(leader):
    try:
        return os.read(leader, 65536)
    except OSError:  # the other end is closed
        return b""


def shims(bench):
    """All programs that a name might call."""
    for name in ("touch", "sh", "cmd", "calc", "id", "rm", "python3", "gnuplot", "open", "xdg-open"):
        bench.write(f"shims/{name}", f"#!/bin/sh\necho {name} \"$@\" >> '{bench.folder}/called'\nexit 1\n")
        (bench.folder / "shims" / name).chmod(0o755)


def commands(bench):
    key = bench.folder / "key"
    key.write_text("a key that nobody else has")
    key.chmod(0o600)
    bench.write("gate.yaml", json.dumps({"gate": {"scores": ["disagreement"], "per": "site", "false_refusal": 0.4},
                                         "adherence": {"!!python [*a] <b>`x`": {"kind": "conflict", "modalities": ["nums"], "rate": 1}},
                                         "benign": {"'mild' \u202e": {"kind": "feature_noise", "modalities": ["nums"], "sigma": 0.1}}}))
    bench.write("red.yaml", json.dumps({"success": 0.01, "budget": 4, "search_seeds": 1, "pool": {"size": 2}, "strategies": ["random"], "cell": f"method={METHODS[0]} lost.rate=0",
                                        "limits": {"severity": 5, "feature": {"snr_db": -90}}}))
    bench.write("paper.yaml", json.dumps({"hunter": EVIL[1] + EVIL[19] + "\n\x1b[31m", "group": [{"site": [EVIL[7]]}],
                                          "against": {"cell": {"method": METHODS[0], "lost.rate": 0}, "seed": 1},
                                          "answer": {"cell": {"method": METHODS[1], "lost.rate": 0}}}))
    bench.write("pairs.csv", "set,first,second\n" + "".join(f"{quoted(s)},{quoted(a)},{quoted(b)}\n" for s, a, b in (
        (EVIL[0], "one two", "three four"), (EVIL[9], "one", "three"), (EVIL[10], "two", "four"), ("neutral", "one", "three"))))
    bench.write("pairs.yaml", json.dumps({"pairs": {"file": "pairs.csv", "modality": "said"},
                                          "rewrites": {EVIL[12]: {"kind": "dialect", "modalities": ["said"], "variety": "aave", "share": 1}}}))
    bench.write("intent.yaml", json.dumps({"intended_use": ["[link](javascript:x) <script>x</script> | `x`" + EVIL[3]], "contact": EVIL[9]}))
    bench.write("more.yaml", json.dumps({"tests": {EVIL[11] + "x": {"kind": "missing_modality", "modalities": ["said"], "rate": 0.5}}}))
    bench.write("marks.yaml", json.dumps({EVIL[12]: {"kind": "flip", "modalities": ["pic"], "rate": 1}}))
    # As paths: what stands on the command line comes from whoever named a folder.
    place = "p</b>`touch pwned`$(touch pwned)\n\x1b[31m\x9bfray: error: \u202e'\""
    call(bench, "synth", "-o", place, "--set", "clients=2", "--set", "test_clients=1")
    call(bench, "inspect", place)
    for words in (("status", place), ("show", place), ("report", place + "x"), ("import", place), ("guard", "r", place), ("run", place)):
        said = call(bench, *words, code=2)
        bench.check(len(re.findall("^fray", said, re.M)) == 1, f"{words[0]}: {said}")
    call(bench, "status", "r")
    call(bench, "run", "s.yaml", "-o", "r", "--resume", "--no-report", tty=True)
    call(bench, "evaluate", "r", "--tests", "more.yaml", "--no-report")
    call(bench, "show", "r", "--all", tty=True)
    call(bench, "show", "r", "--json")
    call(bench, "compare", "r", "r", "--a", f"method={METHODS[0]}", "--b", f"method={METHODS[1]}", "-o", "out/compare")
    call(bench, "compare", "r", "r", "--a", f"method={METHODS[0]}", "--b", f"method={METHODS[1]}", "--json")
    call(bench, "guard", "r", "gate.yaml")
    call(bench, "redteam", "r", "red.yaml")
    call(bench, "bounty", "r", "paper.yaml")
    call(bench, "pairs", "r", "pairs.yaml")
    call(bench, "lastmile", "r", "--test", list(DAMAGED)[1])
    call(bench, "matrix", "r", "-o", "out/matrix")
    call(bench, "card", "r", "-o", "out/card.md", "--intent", "intent.yaml")
    call(bench, "calibrate", "s.yaml", "-o", "out/strengths.csv", "--kinds", "feature_noise", "--losses", "20", "--seeds", "1", "--method", METHODS[0])
    call(bench, "mark", "data", "-o", "marked", "--key", "key")
    call(bench, "detect", "marked", "--key", "key", "--split", "dev", "--tests", "marks.yaml", "-o", "out/detect")
    call(bench, "corrupt", "data", "--kind", "feature_noise", "--severity", "3", "-o", "out/one")
    call(bench, "merge", "r", "-o", "merged", "--no-report")
    call(bench, "report", "r")
    call(bench, "card", "r", "-o", "out/card.html", "--intent", "intent.yaml")
    call(bench, "verify", "r", "merged")
    call(bench, "init", "data", "-o", "out/first.yaml")
    call(bench, "init", "raw/list.csv", "-o", "out/dataset.yaml")


def refused(bench):
    """Names that are none: one message, which is safe itself, and nothing written."""
    rows = (b"id,client,label,split,site,said\n", b"a,%s,x,train,s,one\n", b"b,c,x,test,%s,two\n")
    dataset = {"name": "bad", "classes": ["x"], "groups": ["site"], "modalities": {"said": {"kind": "text"}},
               "inputs": [{"reader": "manifest", "file": "list.csv", "texts": {"said": "said"}}]}
    bench.write("bad/dataset.yaml", json.dumps(dataset))
    for k, name in enumerate([name.encode() for name in REFUSED] + BROKEN):
        cell = b'"' + name + b'"'
        bench.write("bad/list.csv", rows[0] + (rows[1] % cell + rows[2] % b"s" if k % 2 else rows[1] % b"c" + rows[2] % cell))
        said = call(bench, "import", "bad/dataset.yaml", "-o", "never", code=2)
        bench.check(said.count("error:") == 1, f"{name}: {said}")
    for key in ("modalities", "groups"):
        bad = {**dataset, key: {"../x": {"kind": "text"}} if key == "modalities" else ["<b>"]}
        bench.write("bad/dataset.yaml", json.dumps(bad))
        call(bench, "import", "bad/dataset.yaml", "-o", "never", code=2)
    study = {"name": "bad", "data": {"shards": "data", "modalities": ["nums"]}, "training": {"rounds": 1}}
    lost = {"kind": "missing_modality", "modalities": ["nums"], "rate": 1}
    for more in ({"name": "a\nb"}, {"name": "../x"}, {"name": ".x"}, {"methods": {"\x1b[2J": {}}}, {"tests": {"a\nfray: error: b": lost}},
                 {"tests": {"\x9b": lost}}, {"tests": {"a/b": lost}}, {"corruption": [{**lost, "id": "a\nfray: error: b"}]}):
        bench.write("bad.yaml", json.dumps({**study, **more}))
        said = call(bench, "run", "bad.yaml", "-o", "never", code=2)
        bench.check(len(re.findall("^fray", said, re.M)) == 1, f"{more}: {said}")
    bench.check(not (bench.folder / "never").exists(), "something was written of what was refused")


def drawn(bench):
    """gnuplot itself, on a sheet of each sort: pictures that are pictures, and nothing else is run or made."""
    folder = bench.folder / "sheets"
    shutil.copytree(bench.folder / "r/figures", folder)
    scripts = [min(folder.glob(f"{kind}*.gp")).name for kind in ("curve2", "heat", "groups3", "bounty")]
    before, called = set(os.listdir(folder)), (bench.folder / "called").read_text(encoding="utf-8")
    if os.path.exists("/usr/bin/gnuplot"):
        subprocess.run(["/usr/bin/gnuplot", "-d", *scripts], cwd=folder, check=True, env={**os.environ, "PATH": str(bench.folder / "shims")})
        for name in scripts:
            faults = names_read.picture((folder / name.replace(".gp", ".svg")).read_text(encoding="utf-8"))
            bench.check(not faults, f"{name}: {faults}")
        made = {name[:-4] for name in set(os.listdir(folder)) - before}
        bench.check(made == {name[:-3] for name in scripts}, f"gnuplot made {made}")
    bench.check((bench.folder / "called").read_text(encoding="utf-8") == called, "gnuplot called another program")
    others = {line.split()[0] for line in called.splitlines()} - {"gnuplot"}
    bench.check(not others, f"programs were called: {others}")
    bench.check(not list(bench.folder.rglob("*pwned")), "a command ran")


def read_back(bench):
    """Names come back as they were given, by the readers of the docs."""
    tables = {"methods": METHODS, "conditions": list(DAMAGED), "groups": [f"shop={name}" for name in EVIL[9:12]]}
    readers = (("/usr/bin/python3", "-c", PYTHON), ("/usr/bin/Rscript", "-e", R))
    for reader in readers:
        if os.path.exists(reader[0]):
            done = subprocess.run([*reader, bench.folder / "r"], cwd=SOURCE / "docs", capture_output=True, check=False,
                                  env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"})
            lines = set(done.stdout.decode("utf-8").splitlines())
            for what, names in tables.items():
                bench.check(lines >= set(names), f"{reader[0]}: {what}: {set(names) - lines} of {sorted(lines)}; {done.stderr[-300:]}")
    kept = yaml.safe_load((bench.folder / "r/scenario.yaml").read_text(encoding="utf-8"))
    bench.check(set(kept["methods"]) == set(METHODS) and list(DAMAGED) == list(kept["tests"])[:2], "scenario.yaml has other names")
    shown = json.dumps(json.loads(call(bench, "show", "r", "--json")), ensure_ascii=False)
    bench.check(all(json.dumps(name, ensure_ascii=False) in shown for name in METHODS), "show --json has other names")
    seen = "".join(names_read.Page((bench.folder / "r/report.html").read_text(encoding="utf-8")).texts)
    for name in (CLASSES[0], EVIL[7], EVIL[1]):
        bench.check(name in seen, f"the page does not show {name!r}")


def scenario(bench):
    text = {"name": "<b>$(touch pwned)\" \u202e=1", "title": EVIL[2] + EVIL[3] + EVIL[6] + "\n\x1b]8;;http://x\x07\x9b",
            "seeds": {"trial": [1, 2], "partition": "fixed", "corruption": "per_trial"},
            "data": {"shards": "data", "modalities": ["nums", "said"], "features": {"said": {"buckets": 64}}},
            "model": {"fusion": "concat", "hidden": 4, "encoders": {"nums": "mlp"}},
            "training": {"rounds": 2, "clients_per_round": 1, "local": {"epochs": 5, "batch": 5, "lr": 0.1}},
            "methods": {METHODS[0]: {"model.hidden": 5, "title": EVIL[19] + "\u202e"}, METHODS[1]: {}},
            "corruption": [{"id": "lost", "kind": "missing_modality", "at": "both", "rate": 0, "title": EVIL[1] + EVIL[8]}],
            "tests": DAMAGED,
            "titles": {"keys": {"lost.rate": EVIL[6] + EVIL[1]}, "values": {"lost.rate": {"0.4": EVIL[7]}},
                       "conditions": {"clean": EVIL[0]}, "groups": {"site": {"title": EVIL[2], EVIL[7]: EVIL[0]}},
                       "modalities": {"nums": EVIL[6] + EVIL[9]}, "classes": {CLASSES[0]: EVIL[12]}},
            "evaluate": {"metrics": ["accuracy", "nll"], "groups": ["site", "shop"], "save_scores": True},
            "sweep": [{"grid": {"method": METHODS, "lost.rate": [0, 0.4]}}]}
    bench.write("s.yaml", json.dumps(text))
    call(bench, "check", "s.yaml")
    call(bench, "run", "s.yaml", "-o", "r", "--metrics", "metrics.jsonl")


def files(bench):
    """What lies in every folder, by the parser of its kind; a name is there as it was given."""
    own = (SOURCE / "src/report/page/page.js").read_text(encoding="utf-8")
    kinds = collections.Counter()
    for path in sorted(p for p in bench.folder.rglob("*") if p.is_file() and p.parts[len(bench.folder.parts)] in MADE):
        place = path.relative_to(bench.folder)
        bench.check(re.fullmatch(r"[\w.,=-]+", path.name), f"{place}: a name came into the path")
        look = names_read.BY_ENDING.get(path.suffix)
        if not look:
            continue
        kinds[path.suffix] += 1
        text = path.read_bytes().decode("utf-8")
        faults = look(text, own) if path.suffix == ".html" else look(text)
        bench.check(not faults, f"{place}: {faults[:4]}")
    print(dict(kinds))
    needed = set(names_read.BY_ENDING) - (set() if shutil.which("gnuplot") else {".svg"})
    bench.check(all(kinds[e] for e in needed), f"kinds that nothing was looked at of: {dict(kinds)}")


def main():
    bench = Bench()
    bench.parts(shims, raw, refused, scenario, commands, drawn, files, read_back)
    bench.end()


if __name__ == "__main__":
    main()
