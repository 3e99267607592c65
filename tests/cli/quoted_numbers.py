#!/usr/bin/env python3
"""The numbers that README and docs quote are those of the bundled data and of docs/numbers; and a number
planted wrong on any page, a number that nobody checks, another picture, another block are found."""
import importlib.machinery
import importlib.util
import re
import shutil
import sys

from bench import SCENARIO, SOURCE, Bench, change

SCRIPT = SOURCE / "scripts/check_numbers"
# What the script reads. Files of the data set are many and are not changed: a link is enough.
COPIED = ("README.md", "docs", "scenarios", "scripts")


def module():
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("check_numbers", str(SCRIPT))
    out = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(out)
    return out


def copy(bench):
    root = bench.folder / "copy"
    root.mkdir()
    for name in COPIED:
        source = SOURCE / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, root / name)
    data = root / "data/spoken-digits"
    data.mkdir(parents=True)
    for source in (SOURCE / "data/spoken-digits").iterdir():
        if source.name in ("README.md", "dataset.yaml", "manifest.csv"):
            shutil.copy(source, data)
        elif source.name in ("audio", "image"):
            (data / source.name).symlink_to(source)
    return root


def checked(bench, root, *words):
    return bench.run_command([sys.executable, SCRIPT, "--root", root, *words])


def tree_is_right(bench):
    done = checked(bench, SOURCE)
    bench.check(done.returncode == 0, f"{SCRIPT.name}: {done.stdout}{done.stderr}")


def every_sentence_can_fail(bench):
    """Each sentence with one of its numbers raised, on its own page and nowhere else."""
    numbers, root = module(), bench.folder / "copy"
    facts = {**numbers.facts_of_data(root), **numbers.facts_of_script(root), **numbers.facts_taken(root)}
    quotes = list(numbers.quotes(root))
    bench.check(len(quotes) >= 20, f"{len(quotes)} sentences")
    for page, template in quotes:
        sentence = numbers.filled(template, facts)
        path = root / page
        before = path.read_text(encoding="utf-8")
        flat = re.escape(sentence).replace(r"\ ", r"(?:\s|^> |^# )+")
        found = re.search(flat, before, re.M)
        if not bench.check(found, f"{page}: '{sentence}' is not there"):
            continue
        # The last number: those of a fact stand in every sentence, and no unit follows it directly.
        text = found.group()
        digit = [m.start() for m in re.finditer(r"\d", text)][-1]
        planted = text[:digit] + str((int(text[digit]) + 1) % 10) + text[digit + 1:]
        path.write_text(before[:found.start()] + planted + before[found.end():], encoding="utf-8")
        wrong, _ = numbers.check_sentences(root, facts)
        bench.check(any(line.startswith(f"{page}: should say\n    {sentence}") for line in wrong),
                    f"{page}: '{planted}' was not found wrong")
        path.write_text(before, encoding="utf-8")
    wrong, _ = numbers.check_sentences(root, facts)
    bench.check(not wrong, f"after all, {wrong[:2]}")


def planted(bench, name, old, new, code, part):
    """A file of the copy is changed, the script called, the file put back."""
    path = bench.folder / "copy" / name
    before = path.read_bytes()
    path.write_text(change(before.decode(), old, new), encoding="utf-8")
    done = checked(bench, bench.folder / "copy")
    bench.check(done.returncode == code and part in done.stdout + done.stderr,
                f"{name}, {new!r}: exit code {done.returncode}, {done.stdout}{done.stderr}")
    path.write_bytes(before)


def planted_faults(bench):
    planted(bench, "README.md", "88 clients,", "89 clients,", 1, "README.md: should say\n    88 clients")
    planted(bench, "README.md", "The bundled data are", "The 2 bundled data are", 1,
            "README.md: 2 is checked by no line")
    planted(bench, "README.md", "<!-- /checked -->", "", 1, "<!-- checked -->")
    planted(bench, "docs/using-results.md", "\nclean  ", "\nclear  ", 1, "is not that of")
    planted(bench, "docs/images/gallery/curve1-lost-rate.svg", "<svg", "<svg ", 1,
            "curve1-lost-rate.svg: not of the run")
    planted(bench, "docs/numbers/quickstart.csv", "run/test_clients,48", "run/test_clients,47", 1,
            "tested on 47 people")
    planted(bench, "docs/numbers/quotes.txt", "{data/samples:,}", "{data/sample:,}", 2,
            "no fact data/sample")
    planted(bench, "docs/numbers/quotes.txt", "\nREADME.md | {data", "\nREADME.md {data", 2,
            "expected PAGE | SENTENCE")
    planted(bench, "scripts/make_spoken_digits", '"snr_db": 20.0', '"snr_db": 21.0', 1, "21 dB")
    manifest = "data/spoken-digits/manifest.csv"
    row = (bench.folder / "copy" / manifest).read_text(encoding="utf-8").splitlines()[-1]
    planted(bench, manifest, row + "\n", "", 2,
            "number of samples of a class differs: [175, 176]")


def takes_and_compares(bench):
    """Facts of a small study of the same keys; then one of them is changed."""
    bench.synth()
    bench.write("tiny.yaml", SCENARIO)
    bench.good("run", "tiny.yaml", "-o", "results/tiny", "--no-report")
    root, results = bench.folder / "copy", bench.folder / "results/tiny"
    checked(bench, root, "--take", results)
    facts = (root / "docs/numbers/quickstart.csv").read_text(encoding="utf-8")
    for fact in ("run/seeds,2\n", "att/clean,", "att/series_lost/loss,", "att-cat/series_lost,", "say/how sure,",
                 "say/headline,", "picture/report.png,"):
        bench.check(fact in facts, f"no {fact} in {facts}")
    score = re.search(r"\natt/clean,(.*)\n", facts)
    scores = [float(row["best.accuracy"]) for row in bench.rows("results/tiny", "trials.csv")
              if row["method"] == "att" and row["lost.rate"] == "0"]
    bench.check(score and abs(float(score[1]) - 100 * sum(scores) / len(scores)) < 1e-9,
                f"att/clean is {score and score[1]}, the trials have {scores}")
    planted_fact = facts.replace(score[0], "\natt/clean,50.5\n")
    (root / "docs/numbers/quickstart.csv").write_text(planted_fact, encoding="utf-8")
    done = checked(bench, root, results)
    others = [line for line in done.stdout.splitlines() if line.startswith("docs/numbers/quickstart.csv: ")]
    bench.check(done.returncode == 1 and len(others) == 1 and "att/clean is 50.5" in others[0], done.stdout)


def main():
    bench = Bench()
    copy(bench)
    bench.parts(tree_is_right, every_sentence_can_fail, planted_faults, takes_and_compares)
    bench.end()


if __name__ == "__main__":
    main()
