#!/usr/bin/env python3
"""The pages of docs/studies say what docs/numbers/studies has; what is planted wrong on a page, among the
numbers, in a picture is found. Numbers and pictures are taken from a results folder, and are those that can be
counted in its tables; the losses in measures.csv are those of scores.csv."""
import csv
import re
import shutil
import sys

from bench import SCENARIO, SOURCE, Bench, change

SCRIPT = SOURCE / "scripts/study_pages"
PAGE = """# A study

{{run/seeds}} seeds on {{run/ranks}} ranks, {{run/test_samples}} samples, {{run/processor_minutes}} min.
att: {{score/lost.rate/0/att,0:.1f}}; loss {{loss/series_lost/cat,0/said:.2f}}, {{loss/series_lost/cat,0/verdict}}
of a group {{loss/series_lost/att,0.4/site=site0/ci:.1f}}; cat loses {{loss_difference/series_lost/cat,0:+.1f}} more
own {{own/score/lost.rate/0/att,0/ci:.1f}}; cost {{cost/client_updates/att,0:.1f}}, {{cost/megabytes_up/att,0:.6f}}
{{held/site=site0/att,0:.1f}} % hold, {{trained/site=site0/att,0:.1f}} % trained
worst {{worst_group/series_lost/1/att,0.4/site:.3f}}; again {{again@run/test_samples}};
found {{found/samples/precision/att,0:.1f}}, {{found/samples/recall/att,0:.1f}} of {{found/samples/share/att,0:.1f}}
![](images/tiny--curve2-series_lost.svg)
![](images/tiny--again@curve2-series_lost.svg)
"""


def checked(bench, root, *words):
    return bench.run_command([sys.executable, SCRIPT, "--root", root, *words])


def tree_is_right(bench):
    done = checked(bench, SOURCE)
    bench.check(done.returncode == 0 and "pages: all" in done.stdout, f"{done.stdout}{done.stderr}")
    listed = (SOURCE / "docs/studies/README.md").read_text(encoding="utf-8")
    for page in (SOURCE / "docs/studies").glob("*.md"):
        bench.check(page.name == "README.md" or f"]({page.name})" in listed, f"{page.name} is not listed")
    size = sum(path.stat().st_size for path in (SOURCE / "docs/studies/images").glob("*"))
    bench.check(size <= 1_300_000, f"{size} bytes of pictures")


def changed(bench, root, name, old, new, code, part):
    """A file of the copy is changed, the script called, the file put back."""
    path = root / name
    before = path.read_text(encoding="utf-8")
    path.write_text(change(before, old, new), encoding="utf-8")
    done = checked(bench, root)
    bench.check(done.returncode == code and part in done.stdout + done.stderr,
                f"{name}, {new!r}: exit code {done.returncode}, {done.stdout}{done.stderr}")
    path.write_text(before, encoding="utf-8")


def takes(bench):
    """A study is run, its numbers are taken, and each kind of fault is planted."""
    bench.synth(clients=9, test_clients=12)
    bench.write("tiny.yaml", SCENARIO)
    bench.good("run", "tiny.yaml", "-o", "results/tiny", "--set", "data.partition.own_test=0.25")
    root, results = bench.folder / "copy", bench.folder / "results/tiny"
    for folder in ("docs/studies", "docs/numbers/studies", "scenarios"):
        (root / folder).mkdir(parents=True)
    bench.write("copy/docs/numbers/studies/tiny.page", PAGE)
    shutil.copy(bench.folder / "tiny.yaml", root / "scenarios")
    trained = iter((0.10, 0.12))  # as participation.csv has it where availability is simulated
    chosen = [row for row in bench.rows("results/tiny", "trials.csv")
              if row["method"] == "att" and row["lost.rate"] == "0"]
    rows = [f"{row['trial']},site,site0,4,9,1,0.25,{next(trained)},0.4\n" for row in chosen]
    bench.write("results/tiny/participation.csv",
                "trial,of,value,clients,samples,visits,held,trained,weight\n" + "".join(rows))
    called = (("2", "0.5", "0.25"), ("6", "0.25", ""))  # as found.csv has it of methods that look for wrong labels
    rows = [f"{row['trial']},samples,8,4,{n},1,{right},{of_wrong}\n"
            for row, (n, right, of_wrong) in zip(chosen, called)]
    bench.write("results/tiny/found.csv", "trial,of,seen,wrong,called,right,precision,recall\n" + "".join(rows))
    done = checked(bench, root, "--take", "tiny", results, "--processor", "90")
    bench.check(done.returncode == 2 and "no number again@run/test_samples" in done.stderr, f"{done.stdout}{done.stderr}")
    done = checked(bench, root, "--take", "tiny", results, "--processor", "90", "--with", f"again={results}")
    bench.check(done.returncode == 0, f"take: {done.stdout}{done.stderr}")
    images = root / "docs/studies/images"
    bench.check((images / "tiny--again@curve2-series_lost.svg").read_bytes()
                == (images / "tiny--curve2-series_lost.svg").read_bytes(), "the picture of the second folder")
    page = (root / "docs/studies/tiny.md").read_text(encoding="utf-8")
    scores = [float(row["best.accuracy"]) for row in chosen]
    bench.check("2 seeds on 1 ranks, 144 samples, 1.5 min." in page
                and f"att: {100 * sum(scores) / len(scores):.1f};" in page, page)
    own = [float(row["value"]) for row in bench.rows("results/tiny", "scores.csv")
           if (row["scope"], row["condition"], row["metric"], row["group"], row["selection"])
           == ("own_client", "trial", "accuracy", "all", "best") and row["trial"] in {row["trial"] for row in chosen}]
    updates, sent = (sum(float(row[column]) for row in chosen) / len(chosen)
                     for column in ("client_updates", "bytes_up"))
    bench.check(f"own {100 * sum(own) / len(own):.1f} [" in page
                and f"cost {updates:.1f}, {sent / 1e6:.6f}" in page, page)
    bench.check("25.0 % hold, 11.0 % trained" in page, page)
    bench.check("found 37.5, 25.0 of 50.0" in page and "again 144;" in page, page)
    sites = {}
    for row in bench.rows("results/tiny", "scores.csv"):
        trial = next(of for of in bench.rows("results/tiny", "trials.csv") if of["trial"] == row["trial"]) \
            if row["condition"] == "series_lost" and row["severity"] == "1" and row["group"] != "all" else {}
        if (row["selection"], row["metric"], row["scope"], trial.get("method"), trial.get("lost.rate")) \
                == ("best", "accuracy", "unseen_clients", "att", "0.4"):
            sites.setdefault(row["group"], []).append(100 * float(row["value"]))
    bench.check(f"worst {min(sum(of) / len(of) for of in sites.values()):.3f};" in page, f"{page}{sites}")
    bench.check("{{" not in page and re.search(r"loss \S+ \[\S+, \S+\], not resolved, no verdict", page), page)
    bench.check(checked(bench, root, "tiny", results, "--with", f"again={results}").returncode == 0,
                "compared with its own results")
    number = re.search(r"att: (\S+);", page)[1]
    changed(bench, root, "docs/studies/tiny.md", number, "99.9", 1, "tiny.md, line 4: should say")
    changed(bench, root, "docs/studies/tiny.md", "2 seeds", "3 seeds", 1, "tiny.md, line 3: should say")
    numbers = "docs/numbers/studies/tiny.csv"
    changed(bench, root, numbers, "run/seeds,2", "run/seeds,4", 1, "4 seeds")
    changed(bench, root, numbers, "run/seeds,2", "run/seed,2", 2, "no number run/seeds")
    changed(bench, root, numbers, "run/seeds,2", "run/seeds,2,,,\nrun/other,2", 1, "run/other stands on no page")
    changed(bench, root, "docs/studies/images/tiny--curve2-series_lost.svg", "<svg", "<svg ", 1, "not of the run")
    (root / "scenarios/tiny.yaml").unlink()
    bench.check("no scenarios/tiny.yaml" in checked(bench, root).stderr, "a study without a scenario")


def losses_are_those_of_the_scores(bench):
    """Every loss in measures.csv, by hand from scores.csv: mean over seeds of what is lost."""
    trials = {row["trial"]: row for row in bench.rows("results/tiny", "trials.csv")}
    scores = {}
    for row in bench.rows("results/tiny", "scores.csv"):
        if row["selection"] == "best" and row["metric"] == "accuracy" and row["scope"] == "unseen_clients":
            t = trials[row["trial"]]
            scores[t["method"], t["lost.rate"], row["condition"], row["severity"], row["group"], t["seed"]] = \
                float(row["value"])

    def loss(method, rate, axis, group, seed):
        if axis == "lost.rate":
            ends = [(method, lost, "trial", "", group, seed) for lost in ("0", "0.4")]
        else:
            ends = [(method, rate, axis, strength, group, seed) for strength in ("0", "1")]
        return scores[ends[0]] - scores[ends[1]]
    with open(bench.folder / "results/tiny/tables/measures.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file)
                if row["measure"] in ("loss", "loss_difference", "group_excess") and row["scope"] == "unseen_clients"]
    for row in rows:
        less = 0.0
        mine = [loss(row["method"], row["lost.rate"], row["axis"], row["group"], seed) for seed in "35"]
        if row["measure"] == "loss_difference":  # the reference is att, without loss
            less = sum(loss("att", "0", row["axis"], row["group"], seed) for seed in "35") / 2
        if row["measure"] == "group_excess":
            less = sum(loss(row["method"], row["lost.rate"], row["axis"], "all", seed) for seed in "35") / 2
        bench.check(abs(float(row["value"]) - (sum(mine) / 2 - less)) < 1e-9, f"{row}, by hand {mine}, {less}")
    kinds = {measure: sum(row["measure"] == measure for row in rows)
             for measure in ("loss", "loss_difference", "group_excess")}
    # Two series along lost.rate, four under the test; all samples and two sites; one series is the reference.
    bench.check(kinds == {"loss": 18, "loss_difference": 12, "group_excess": 12}, f"{kinds}")


def main():
    bench = Bench()
    bench.parts(tree_is_right, takes, losses_are_those_of_the_scores)
    bench.end()


if __name__ == "__main__":
    main()
