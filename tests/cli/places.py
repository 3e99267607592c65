#!/usr/bin/env python3
"""Where commands write: a wrong place is refused before any work, what others made stays as it is,
links are not followed, and of two that make one folder one wins."""
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time

from bench import FRAY, SCENARIO, Bench, change, complaint, halves

ONE = change(change(SCENARIO, "trial: [3, 5]", "trial: [3]"), "[att, cat], lost.rate: [0, 0.4]",
             "[att], lost.rate: [0, 0.4]")
SET = ("name: set\nclasses: [x, y]\nmodalities: {t: {kind: text}}\n"
       "shards: {clients: 2}\ninputs: [{reader: manifest, file: m.csv, texts: {t: t}}]\n")


def manifest(word, n=6):
    return "id,client,label,split,t\n" + "".join(
        f"{i},c{i},{'xy'[i % 2]},{'test' if i == 1 else 'train'},{word}{i}\n" for i in range(n))


def tree(folder):
    """Everything below a folder: bytes, targets of links, folders."""
    out = {}
    for p in sorted(folder.rglob("*")):
        name = str(p.relative_to(folder))
        out[name] = (os.readlink(p) if p.is_symlink() else "folder" if p.is_dir()
                     else p.read_bytes())
    return out


def wrong_places(bench):
    """Every command that writes, and every place where nothing can be written."""
    commands = {"import": ("import", "d.yaml"), "synth": ("synth",), "run": ("run", "s.yaml"),
                "merge": ("merge", "r"), "compare": ("compare", "r", "r2"),
                "report": ("report", "r"), "figures": ("report", "r", "--figure", "curves")}
    bench.write("file", "mine")
    (bench.folder / "dangling").symlink_to(bench.folder / "nowhere")
    before = tree(bench.folder)
    for place, part in (("", "an empty one"), ("/dev/null/x", "/dev/null"), ("/proc/x", "/proc"),
                        ("file", "exists and is not a folder"), ("file/x", "Not a directory"),
                        ("dangling", "dangling is a link to something that is not there")):
        for what, command in commands.items():
            bench.refused(f"{what} -o '{place}'", bench.run(*command, "-o", place), [part],
                          absent=("nowhere", "results"))
    for place in ("", "/dev/null/x", "/proc/x", "file/x", "r"):
        bench.refused(f"--metrics '{place}'", bench.run("run", "s.yaml", "-o", "new", "--metrics",
                                                        place), ["metrics"], absent=("new",))
    bench.check(tree(bench.folder) == before, "a command with a wrong place changed something")


def strangers(bench):
    """Folders and files that happen to be called as something of fray was, or might be."""
    names = ("set.tmp", "set.old.tmp", "syn.tmp", ".set.fray-abcdefgh", "out.merging", "out.tmp",
             ".fray-abcdefgh", "set.fray-abcdefgh")
    for name in names:
        bench.write(f"{name}/thesis.txt", "a year of work")
    before = {name: tree(bench.folder / name) for name in names}
    for word in ("", "--overwrite"):
        bench.good("import", "d.yaml", "-o", "set", *filter(None, [word]))
    bench.good("synth", "-o", "syn", "--set", "clients=2")
    bench.good("merge", "r", "-o", "out", "--no-report")
    bench.check(before == {name: tree(bench.folder / name) for name in names}, "strangers changed")
    for name in names:
        shutil.rmtree(bench.folder / name)
    bench.check(not halves(bench.folder), f"left: {halves(bench.folder)}")
    # An import replaces what an import wrote, and nothing else.
    for name, text in (("shard-x.h5", "mine"), ("notes.txt", "mine")):
        bench.write(f"set/{name}", text)
        bench.refused(f"a foreign {name}", bench.run("import", "d.yaml", "-o", "set",
                                                     "--overwrite"), [name], absent=())
        bench.check((bench.folder / "set" / name).read_text() == "mine", f"{name} changed")
        (bench.folder / "set" / name).unlink()
    shutil.copytree(bench.folder / "syn", bench.folder / "own")
    bench.refused("shards of others", bench.run("import", "d.yaml", "-o", "own", "--overwrite"),
                  ["shard-0000.h5", "which no import wrote"], absent=())


def overwriting(bench):
    """run --overwrite removes what runs and reports made, in the folders of a run too."""
    bench.good("run", "s.yaml", "-o", "over")
    for below in ("parts", "models", "checkpoints", "ledgers", "figures", "tables"):
        for name in ("thesis.txt", "0123456789abcdeg.h5", "mine.png"):
            (bench.folder / "over" / below).mkdir(exist_ok=True)
            bench.write(f"over/{below}/{name}", "mine")
            before = tree(bench.folder / "over")
            bench.refused(f"{below}/{name}", bench.run("run", "s.yaml", "-o", "over",
                                                       "--overwrite"), [below, name], absent=())
            bench.check(tree(bench.folder / "over") == before, f"{below}/{name}: it changed")
            (bench.folder / "over" / below / name).unlink()
    shutil.rmtree(bench.folder / "over" / "ledgers")
    bench.write("over/ledgers", "mine")
    bench.refused("a file for a folder", bench.run("run", "s.yaml", "-o", "over", "--overwrite"),
                  ["over/ledgers"], absent=())
    (bench.folder / "over" / "ledgers").unlink()
    bench.good("run", "s.yaml", "-o", "over", "--overwrite", "--no-report")
    bench.check(not list((bench.folder / "over").glob("figures/*")), "figures are left")
    bench.same_tables("over", "r", "after all that")


def reports(bench):
    """A report into a folder that holds other things."""
    bench.good("report", "r", "-o", "drawn")
    drawn = tree(bench.folder / "drawn")
    bench.good("report", "r", "-o", "drawn")
    bench.check(tree(bench.folder / "drawn").keys() == drawn.keys(), "drawn again")
    picture = next(n for n in drawn if n.startswith("figures/") and n.endswith(".svg"))
    stem = pathlib.Path(picture).stem
    for name in ("report.html", "tables/columns.csv", "tables/methods.tex", f"figures/{stem}.gp",
                 f"figures/{stem}.csv", picture):
        shutil.rmtree(bench.folder / "theirs", ignore_errors=True)
        bench.write(f"theirs/{name}", "mine")
        bench.refused(f"a report over {name}", bench.run("report", "r", "-o", "theirs"),
                      [name, "no report"], absent=())
        bench.check(tree(bench.folder / "theirs").get(name) == b"mine"
                    and not (bench.folder / "theirs" / "tables" / "measures.csv").exists(),
                    f"{name}: something was written")
    bench.write(f"mine/{stem}.pdf", "mine")
    bench.refused("a figure over another", bench.run("report", "r", "--figure", stem, "-o", "mine"),
                  [f"{stem}.pdf"], absent=())
    bench.check((bench.folder / "mine" / f"{stem}.pdf").read_text() == "mine", "it changed")
    # Another report, another comparison at once.
    bench.good("report", "r", "--figure", stem, "-o", "single")
    bench.check(not halves(bench.folder), f"left: {halves(bench.folder)}")


def links(bench):
    """Links under names that are, or were, those of temporary files, and of what is written."""
    victim = bench.folder / "victim"

    def lay(*names):
        victim.write_text("precious")
        for name in names:
            path = bench.folder / name
            path.unlink(missing_ok=True)
            path.parent.mkdir(exist_ok=True)
            path.symlink_to(victim)

    def whole(what):
        bench.check(victim.read_text() == "precious", f"{what}: written through a link")

    tables = ("trials.csv", "scores.csv", "rounds.csv", "results.h5", "columns.csv", "state",
              "status.json", "provenance.json", "scenario.yaml", "cells.yaml", "positions")
    shutil.copytree(bench.folder / "r", bench.folder / "linked")
    trial = next((bench.folder / "r" / "parts").glob("*.h5")).stem
    lay(*(f"linked/{name}.tmp" for name in tables), f"linked/parts/{trial}.h5.tmp",
        f"linked/models/{trial}-best.h5.tmp", f"linked/checkpoints/{trial}.state.tmp")
    (bench.folder / "linked" / "parts" / f"{trial}.h5").unlink()
    bench.good("run", "s.yaml", "-o", "linked", "--no-report", "--resume")
    whole("a resume beside links")
    lay("linked/trials.csv", "linked/results.h5", "linked/positions", "linked/status.json")
    bench.good("run", "s.yaml", "-o", "linked", "--no-report", "--resume")
    whole("a resume over links")
    bench.same_tables("linked", "r", "with links")
    names = [n for n in tree(bench.folder / "r") if n.startswith("figures/")]
    bench.good("report", "r", "-o", "linked-report")
    pictures = [n for n in names if n.endswith((".svg", ".png", ".pdf"))]
    bench.check(len(pictures) >= 3, f"pictures: {pictures}")
    lay(*(f"linked-report/{n}" for n in pictures), "linked-report/report.html.tmp")
    bench.good("report", "r", "-o", "linked-report")
    whole("a report over links")
    bench.check(not any((bench.folder / "linked-report" / n).is_symlink() for n in pictures),
                "a picture is a link")
    (bench.folder / "linked-report" / "report.html.tmp").unlink()


def words_of(folder):
    """What the texts of a set begin with: of which manifest its shards are."""
    data = b"".join(p.read_bytes() for p in sorted(folder.glob("*.h5")))
    return {word for word in ("alpha", "omega") if word.encode() in data}


def at_once(bench):
    """Two imports, and two other makers, of one folder."""
    said = set()
    for turn in range(6):
        shutil.rmtree(bench.folder / "both", ignore_errors=True)
        both = []
        for name in ("a", "b"):
            both.append(subprocess.Popen([FRAY, "import", f"{name}/d.yaml", "-o", "both"],
                                         cwd=bench.folder, stderr=subprocess.PIPE, text=True))
            time.sleep(0.01 * turn)
        texts = [p.communicate(timeout=60)[1] for p in both]
        codes = sorted(p.returncode for p in both)
        bench.check(codes == [0, 2], f"two imports: {codes}: {texts}")
        bench.check(len(words_of(bench.folder / "both")) == 1, "shards of both in one folder")
        said |= {part for part in ("another fray is writing", "exists already")
                 if any(part in t for t in texts)}
        bench.check(not halves(bench.folder), f"left: {halves(bench.folder)}")
    bench.check("another fray is writing" in said, f"the second was told: {said}")
    codes = []
    for command in (("synth", "-o", "pair", "--set", "clients=60", "--set", "shards=20"),
                    ("merge", "r", "-o", "pair-m", "--no-report"),
                    ("report", "r", "-o", "pair-r")):
        both = [subprocess.Popen([FRAY, *command], cwd=bench.folder,
                                 stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
                for _ in range(2)]
        codes = sorted(p.wait(60) for p in both)
        # Reports may also come one after the other.
        bench.check(codes in ([0, 2], [0, 0] if command[0] == "report" else None),
                    f"{command[0]} twice: {codes}")
    bench.check(len(list((bench.folder / "pair").glob("*.h5"))) == 20, "shards of synth")


def replaced_at_once(bench):
    """Whoever looks while an import replaces a folder sees all of the old or all of the new."""
    shutil.rmtree(bench.folder / "both", ignore_errors=True)
    bench.good("import", "a/d.yaml", "-o", "both")
    shards = len(list((bench.folder / "both").glob("*.h5")))
    faults, done = [], threading.Event()

    def look():
        while not done.is_set():
            try:
                before = os.stat(bench.folder / "both").st_ino
                found = sum(name.endswith(".h5") for name in os.listdir(bench.folder / "both"))
                # A listing that is slow may be of the folder that was, which is emptied by then.
                if os.stat(bench.folder / "both").st_ino != before:
                    continue
            except FileNotFoundError:
                found = 0
            if found != shards:
                faults.append(found)

    looker = threading.Thread(target=look)
    looker.start()
    for name in ("b", "a", "b"):
        bench.good("import", f"{name}/d.yaml", "-o", "both", "--overwrite")
    done.set()
    looker.join()
    bench.check(not faults, f"half a folder was seen: {faults[:5]}, {shards} expected")
    bench.check(words_of(bench.folder / "both") == {"omega"}, "the last import counts")
    # An import of before manifests were hidden among shards is one, too.
    (bench.folder / "both/.provenance").rename(bench.folder / "both/provenance")
    bench.good("import", "a/d.yaml", "-o", "both", "--overwrite")
    bench.check(not (bench.folder / "both/provenance").exists(), "the folder that was is replaced whole")


def killed(bench):
    """Killed at work: nothing or all is there, and the next one leaves nothing of it."""
    caught = 0
    for turn in range(6):
        shutil.rmtree(bench.folder / "late", ignore_errors=True)
        process = subprocess.Popen([FRAY, "import", "a/d.yaml", "-o", "late"], cwd=bench.folder,
                                   stderr=subprocess.DEVNULL)
        for _ in range(3000):
            if process.poll() is not None or len(list(bench.folder.glob(
                    ".late.fray-*/new/*.h5"))) > 10 * turn:
                break
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        caught += bool(list(bench.folder.glob(".late.fray-*")))
        late = bench.folder / "late"
        bench.check(not late.exists() or len(list(late.glob("*.h5"))) == 80, "half a folder")
    bench.check(caught >= 2, f"only {caught} imports were caught at work")
    private = list(bench.folder.glob(".late.fray-*"))
    bench.check(all(stat.S_IMODE(p.stat().st_mode) == 0o700 for p in private), "others may look")
    shutil.rmtree(bench.folder / "late", ignore_errors=True)
    bench.good("import", "a/d.yaml", "-o", "late")
    bench.check(not halves(bench.folder), f"left: {halves(bench.folder)}")


def moved(bench):
    """A results folder that is moved, or copied, while a run is at work in it."""
    start = ["run", "s.yaml", "-o", "there", "--no-report", "--set", "training.rounds=20000",
             "--checkpoint-every", "20"]
    for replaced in (False, True):
        for name in ("there", "elsewhere", "copy"):
            shutil.rmtree(bench.folder / name, ignore_errors=True)
        process = subprocess.Popen([FRAY, *start], cwd=bench.folder, text=True,
                                   stderr=subprocess.PIPE)
        for _ in range(3000):
            if list((bench.folder / "there").glob("checkpoints/*.state")) or process.poll():
                break
            time.sleep(0.005)
        shutil.copytree(bench.folder / "there", bench.folder / "copy",
                        ignore=shutil.ignore_patterns(".*"))
        status = bench.good("status", "copy", "--json").stdout
        bench.check('"state": "killed"' in status and '"at_work": false' in status,
                    f"a copy of a run at work: {status[:200]}")
        (bench.folder / "there").rename(bench.folder / "elsewhere")
        before = None
        if replaced:
            shutil.copytree(bench.folder / "r", bench.folder / "there")
            before = tree(bench.folder / "there")
        text = process.communicate(timeout=60)[1]
        bench.check(process.returncode == 1 and "there was moved" in text, f"it says: {text[-300:]}")
        state = (bench.folder / "elsewhere" / "state").read_text()
        bench.check(state.startswith("failed: ") and "was moved" in state, f"state: {state}")
        bench.check(before is None or tree(bench.folder / "there") == before,
                    "the folder in its place changed")
    less = ("--no-report", "--resume", "--set", "training.rounds=20000", "--walltime", "2")
    result = bench.run("run", "s.yaml", "-o", "elsewhere", *less)
    bench.check(result.returncode == 75 and "go on from a checkpoint" in result.stderr,
                f"a moved folder: {result.returncode}: {result.stderr[-400:]}")
    result = bench.run("run", "s.yaml", "-o", "copy", *less)
    bench.check(result.returncode == 75, f"a copy: {result.returncode}: {result.stderr[-400:]}")


def main():
    bench = Bench()
    bench.synth()
    bench.write("s.yaml", ONE)
    bench.write("d.yaml", SET)
    bench.write("m.csv", manifest("word"))
    for name, word in (("a", "alpha"), ("b", "omega")):
        bench.write(f"{name}/d.yaml", SET)
        bench.write(f"{name}/m.csv", manifest(word, 160))
    bench.good("run", "s.yaml", "-o", "r")
    bench.good("run", "s.yaml", "-o", "r2", "--no-report", "--set", "model.fusion=concat",
               "--set", "methods={att: {training.local.lr: 0.1}}")
    for check in (wrong_places, strangers, overwriting, reports, links, at_once, replaced_at_once,
                  killed, moved):
        if len(sys.argv) < 2 or check.__name__ in sys.argv[1:]:
            check(bench)
    bench.end()


if __name__ == "__main__":
    main()
