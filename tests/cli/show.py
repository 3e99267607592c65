#!/usr/bin/env python3
"""fray show: the numbers of the report in any width; what is resolved and what is not; folders that have
nothing to show yet; the end of a run; JSON."""
import csv
import json
import math
import re
import shutil
import subprocess
import sys

from bench import FRAY, SCENARIO, SOURCE, Bench, change

KEYS = {"folder", "state", "has_scores", "title", "mixed_environments", "metric", "is_share",
        "higher_is_better", "selection", "seeds", "trials", "diverged", "pooled_folds", "test_samples", "test_clients",
        "headline", "limits", "models", "conditions", "scores", "losses", "differences",
        "group_differences", "volumes", "updates_words", "updates", "update_excesses",
        "membership_words", "membership", "membership_differences", "privacy"}
STAT = {"value": (float, None), "low": (float, None), "high": (float, None)}
SHAPES = {
    "models": {"label": (str,), "reference": (bool,), "keys": (dict,)},
    "conditions": {"name": (str,), "title": (str,), "is_swept": (bool,), "strength": (float, None),
                   "shown_strength": (str, None), "is_strongest": (bool,)},
    "scores": {"model": (int,), "condition": (int,), **STAT, "interval": (str,), "seeds": (int,)},
    "losses": {"model": (int,), "condition": (int,), **STAT, "p_holm": (float, None), "verdict": (str,)},
    "differences": {"condition": (int,), "model": (int,), "minus": (int,), **STAT,
                    "p_holm": (float, None), "verdict": (str,)},
    "group_differences": {"axis": (str,), "first": (str,), "second": (str, None), "column": (str, None),
                          "group": (str, None), "is_worst_group": (bool,), "against_each_client_alone": (bool,),
                          **STAT, "p_holm": (float, None), "verdict": (str,)},
    "volumes": {"keys": (dict,), "without": (str,), "condition": (str,), "score": (float, None),
                "same_volume": (float, None), **STAT, "p_holm": (float, None), "verdict": (str,)},
    "updates": {"keys": (dict,), "of": (str,), "value": (str,), "seeds": (int,), "rejected": (dict,),
                "halved": (dict,), "influence": (dict,)},
    "update_excesses": {"keys": (dict,), "measure": (str,), "of": (str,), "value": (str,), "minus_of": (str,),
                        "minus_value": (str,), "excess": (float, None), "low": (float, None), "high": (float, None),
                        "p_holm": (float, None), "verdict": (str,)}}


def fits(value, kinds):
    if value is None:
        return None in kinds
    if isinstance(value, bool):
        return bool in kinds
    return any(kind and isinstance(value, (int, float) if kind is float else kind) for kind in kinds)


def document(bench, *words):
    """The JSON of a call, with every key and type as docs/results-format.md has them."""
    result = bench.good("show", *words, "--json")
    data = json.loads(result.stdout, parse_constant=lambda word: bench.check(False, f"{word} in JSON"))
    bench.check(set(data) == {"fray", "studies"}, f"{words}: {set(data)}")
    for study in data["studies"]:
        if not study["has_scores"]:
            bench.check(set(study) == {"folder", "state", "has_scores"}, f"{words}: {set(study)}")
            continue
        bench.check(set(study) == KEYS, f"{words}: {KEYS ^ set(study)}")
        for part, shape in SHAPES.items():
            for row in study[part]:
                wrong = [k for k in shape if k not in row or not fits(row[k], shape[k])]
                bench.check(not wrong and set(row) == set(shape), f"{words}: {part}: {wrong} {row}")
        for row in study["losses"] + study["differences"] + study["group_differences"]:
            resolved = row["p_holm"] is not None and row["p_holm"] < 0.05
            bench.check(row["verdict"] in ({"more", "less"} if resolved else {"open", "unknown"}),
                        f"{words}: {row}")
        for row in study["scores"] + study["losses"] + study["differences"]:
            bench.check(row["condition"] < len(study["conditions"])
                        and row["model"] < len(study["models"]), f"{words}: {row}")
    return data["studies"]


def cells(study):
    """(label of the model, name of the condition, strength) -> score"""
    return {(study["models"][s["model"]]["label"], study["conditions"][s["condition"]]["name"],
             study["conditions"][s["condition"]]["strength"]): s for s in study["scores"]}


def shown(study, score):
    """A score as the table has it."""
    def number(value):
        text = f"{100 * value:.1f}" if study["is_share"] else f"{value:.3g}"
        return text[1:] if re.fullmatch(r"-[0.]+", text) else text
    if score["value"] is None:
        return "-"
    if score["low"] is None:
        return number(score["value"])
    return f"{number(score['value'])} [{number(score['low'])}, {number(score['high'])}]"


def same_as_page(bench):
    """Ends of curves and their intervals are those of tables/methods.csv, to the last digit."""
    study = document(bench, "r")[0]
    found = cells(study)
    with open(bench.folder / "r/tables/methods.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    n = 0
    for (label, name, _), score in found.items():
        # the page has a clean score for each curve; of the swept strength it is that of the model
        axis, measure = ("lost.rate", "clean") if name == "clean" else (name, "end")
        wanted = [r for r in rows if r["axis"] == axis and r["measure"] == measure
                  and re.sub(r" \(reference\)$", "", r["series"]).split(": ")[-1] == label
                  and (axis == "lost.rate" or re.match(r"(lost\.rate 0|lost 0 %):", r["series"]))]
        if not bench.check(len(wanted) == 1, f"{label}, {name}: {len(wanted)} rows"):
            continue
        for key in ("value", "low", "high"):
            cell = wanted[0][key]
            want = float(cell) / 100 if cell else None
            bench.check(want == score[key] or want is not None and score[key] is not None
                        and math.isclose(want, score[key], rel_tol=1e-12), f"{label}, {name}: {key}")
        n += 1
    bench.check(n == 6, f"{n} scores were compared")


def mean_of(bench, method, rate, condition, severity, metric, selection):
    """A mean over seeds from scores.csv, which the program takes no part in."""
    trials = {r["trial"] for r in bench.rows("r", "trials.csv")
              if r["method"] == method and r["lost.rate"] == rate}
    def values(name):
        return [float(r["value"]) for r in bench.rows("r", "scores.csv")
                if r["trial"] in trials and r["condition"] == name and r["group"] == "all"
                and r["severity"] == severity and r["metric"] == metric and r["selection"] == selection]

    # where no entry acts at test, `trial` is the clean condition, and stands there once
    found = values(condition) or values("trial")
    bench.check(len(found) == 3, f"{condition} {severity}: {len(found)} seeds")
    return math.fsum(found) / len(found)


def choices(bench):
    """--metric, --selection and --all show the scores of scores.csv."""
    for metric, selection in (("nll", "best"), ("macro_f1", "last"), ("accuracy", "best")):
        study = document(bench, "r", "--metric", metric, "--selection", selection, "--all")[0]
        bench.check((study["metric"], study["selection"]) == (metric, selection), f"{study}")
        bench.check((study["headline"] is None) == (metric != "accuracy"), "a headline of the wrong scores")
        n = 0
        for score in study["scores"]:
            keys = study["models"][score["model"]]["keys"]
            at = study["conditions"][score["condition"]]
            want = None
            if at["name"] == "clean":
                want = mean_of(bench, keys["method"], keys["lost.rate"], "clean", "", metric, selection)
            elif at["name"] == "lost.rate":
                bench.check(float(keys["lost.rate"]) == at["strength"], f"{keys} at {at}")
                want = mean_of(bench, keys["method"], keys["lost.rate"], "trial", "", metric, selection)
            elif at["name"] == "series_lost":
                want = mean_of(bench, keys["method"], keys["lost.rate"], "series_lost",
                               f"{at['strength']:g}", metric, selection)
            bench.check(want is not None and math.isclose(want, score["value"], rel_tol=1e-12),
                        f"{metric}, {keys}, {at}: {score['value']}, not {want}")
            n += 1
        bench.check(n == 4 * 3 + 2, f"--all: {n} scores")


def widths(bench):
    """No line is wider than asked for, and each width has the same scores."""
    for folder in ("r", "many", "odd"):
        study = document(bench, folder)[0]
        wanted = sorted(shown(study, s) for s in study["scores"])
        for columns in (20, 28, 40, 60, 80, 132, 300):
            result = bench.good("show", folder, env={"COLUMNS": str(columns)})
            wide = [line for line in result.stdout.splitlines() if len(line) > columns]
            bench.check(not wide and not result.stderr, f"{folder}, {columns} columns: {wide[:2]}")
            # behind the line that says what the numbers are of; a headline may end a line with a colon
            table = re.split(r"(?:interval\]|intervals|round):\n", result.stdout)[1].split("\n\n")[0]
            found = sorted(re.findall(r"(?<![\w.-])-?\d+(?:\.\d+)?(?:e[-+]\d+)? \[[^]]+\]", table))
            if columns >= 40:
                bench.check(found == [w for w in wanted if "[" in w], f"{folder}, {columns}: {found}")
            bench.check(not re.search(r"[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|[ ]$",
                                      result.stdout, re.M), f"{folder}: control characters or blanks")
        plain = bench.good("show", folder)
        bench.check(plain.stdout == bench.good("show", folder, env={"COLUMNS": "80"}).stdout, "80 if piped")


def claims(bench):
    """What is called resolved is; of one seed nothing is; of nothing learnt no loss is claimed."""
    for folder in ("r", "many", "one"):
        study = document(bench, folder)[0]
        text = " ".join(bench.good("show", folder, env={"COLUMNS": "400"}).stdout.split())
        resolved = re.search(r" Resolved, in points: (.*?)(Measured|Not resolved|Group|What this)", text)
        n = sum(r["verdict"] in ("more", "less") for r in study["losses"] + study["differences"])
        said = len(re.findall(r" (?:loses|gains) \S+ \[| ends \S+ \[\S+ \S+\] ahead of ", resolved[1])) if resolved else 0
        more = sum(map(int, re.findall(r"and (\d+) more", resolved[1]))) if resolved else 0
        bench.check(said + more == n, f"{folder}: {said} and {more} claims of {n}: {text}")
        # outside of that part nobody is ahead, and nothing is lost
        rest = text.replace(resolved[1], "") if resolved else text
        rest = rest.split("]:", 1)[-1] if "]:" in rest else rest.split("no intervals:", 1)[-1]
        rest = re.sub(r"Group that loses most, resolved: ", "", rest)
        # by group what is resolved has a sentence of its own, which names no more than there is
        groups = re.search(r"(?:Of|None of the) \d+ differences between methods by group (.*?) What this cannot", rest)
        n = sum(r["verdict"] in ("more", "less") for r in study["group_differences"])
        said = groups[1].count(" ahead of ") if groups else 0
        more = sum(map(int, re.findall(r"and (\d+) more", groups[1]))) if groups else 0
        bench.check(said + more == n, f"{folder}: {said} and {more} claims by group of {n}: {rest}")
        rest = rest.replace(groups[1], "") if groups else rest
        bench.check(not re.search(r" loses | gains | ahead of ", rest), f"{folder}: {rest}")
    study = document(bench, "one")[0]
    bench.check({r["verdict"] for r in study["losses"] + study["differences"]} == {"unknown"}, f"{study}")
    bench.check("seed" in " ".join(study["limits"]), f"{study['limits']}")


def is_short(bench):
    """What is not resolved takes a line a damage, without a number; one sentence where nothing can be."""
    wide = {"COLUMNS": "400"}
    for folder, why in (("r", "no model learnt"), ("many", "no model learnt"), ("one", "a single seed")):
        study = document(bench, folder)[0]
        text = bench.good("show", folder, env=wide).stdout
        verdicts = {r["verdict"] for r in study["losses"] + study["differences"]}
        bench.check(verdicts & {"open", "unknown"} and "Measured, " not in text, f"{folder}: {text}")
        short = "no model is told from chance on undamaged data" in study["limits"] or folder == "one"
        if short and not verdicts & {"more", "less"}:
            bench.check(f"Nothing is resolved: {why}" in text and "\n- " not in text, f"{folder}: {text}")
        else:
            lines = text.split("Not resolved by these data (numbers with --all):\n")[1].splitlines()
            lines = [line for line in lines if line.startswith("- ")]
            bench.check(0 < len(lines) <= len(study["conditions"]), f"{folder}: {text}")
            part = r"(every loss|the loss of [^;]+|(the|every) lead|\d+ of \d+ leads)"
            bench.check(all(re.search(rf": {part}(; {part})?$", line) for line in lines), f"{folder}: {lines}")
        every = bench.good("show", folder, "--all", env=wide).stdout
        hidden = len(document(bench, folder, "--all")[0]["models"]) - len(study["models"])
        said = re.findall(r"(?:and (\d+) models? more, with --all|; (\d+) models? trained with more, with --all)", text)
        bench.check(sum(int(n) for pair in said for n in pair if n) == hidden > 0 and "the least damage" not in every, f"{folder}: {hidden} models hidden: {text}")
        bench.check("Measured, " in every and "Not resolved by" not in every
                    and "Nothing is resolved" not in every, f"{folder}: {every}")


def folders(bench):
    """Several folders; a merged one; one that was not finished, that is at work, that is none."""
    two = bench.good("show", "r", "many")
    bench.check(two.stdout == bench.good("show", "r").stdout + "\n" + bench.good("show", "many").stdout,
                "two folders are not one after the other")
    bench.check([s["folder"] for s in document(bench, "r", "many")] == ["r", "many"], "two studies")
    bench.good("merge", "r", "-o", "merged", "-q", "--no-report")
    bench.check(document(bench, "merged")[0]["scores"] == document(bench, "r")[0]["scores"], "merged")
    shutil.copytree(bench.folder / "r", bench.folder / "begun")
    for name in ("trials.csv", "scores.csv", "results.h5"):
        (bench.folder / "begun" / name).unlink()
    bench.write("begun/state", "interrupted: the wall time is near\n")
    result = bench.good("show", "begun")
    bench.check("interrupted: the wall time is near" in result.stdout and "none yet" in result.stdout,
                result.stdout)
    narrow = bench.good("show", "begun", env={"COLUMNS": "50"}).stdout
    bench.check("\nscores      none yet: the tables are written when\n            all trials are done\n"
                in narrow, narrow)
    bench.check(document(bench, "begun") == [{"folder": "begun", "has_scores": False,
                                              "state": "interrupted: the wall time is near"}], "begun")
    result = bench.good("show", "r", "begun")
    bench.check(result.stdout.endswith("begun: interrupted: the wall time is near. There are no scores "
                                       "yet.\n"), result.stdout[-200:])
    shutil.copytree(bench.folder / "r", bench.folder / "again")
    bench.write("again/state", "running\n")
    bench.check("State: running. The numbers are of" in bench.good("show", "again").stdout, "running")
    (bench.folder / "again" / "state").unlink()
    bench.check("State" not in bench.good("show", "again").stdout, "without a state")
    for words, parts in ((("none",), ["none"]), ((".",), ["."]), ((), ["results folder is expected"]),
                         (("r", "--metric", "acuracy"), ["'acuracy'", "'accuracy'"]),
                         (("r", "none"), ["none"]), (("r", "--selection", "lsat"), ["'lsat'", "'last'"]),
                         (("r", "--jsno"), ["--jsno", "--json"]), (("none", "--json"), ["none"])):
        result = bench.run("show", *words)
        bench.refused(f"show {words}", result, parts)
        bench.check(result.stdout == "", f"show {words}: half an answer")
    bench.refused("shwo", bench.run("shwo", "r"), ["'shwo'", "'show'"])


def alone(bench):
    """Of one model what a training costs has no name: bytes both ways, four a parameter and client."""
    bench.write("alone.yaml", "name: alone\nseeds: [1, 2]\ndata: {shards: data}\nmodel: {hidden: 8, head: 6}\ntraining: "
                "{rounds: 2, clients_per_round: 3, local: {epochs: 1, batch: 6, lr: 0.05}}\n")
    bench.good("run", "alone.yaml", "-o", "alone", "-q", "--no-report")
    parameters = json.loads(bench.good("check", "alone.yaml", "--json").stdout)["parameters"]
    said = re.search(r"A training costs: (\S+) MB sent, \S+ MFLOP\.", " ".join(bench.good("show", "alone").stdout.split()))
    if bench.check(said, "the line of costs names somebody"):
        bench.check(abs(float(said[1]) - 4e-6 * parameters * 3 * 2 * 2) < 0.005 * float(said[1]), f"{said[0]}: {parameters}")


def nothing_written(bench):
    """Looking changes nothing, also where nothing can be written."""
    before = sorted((str(p), p.stat().st_mtime_ns) for p in (bench.folder / "r").rglob("*"))
    bench.good("show", "r", "--all")
    after = sorted((str(p), p.stat().st_mtime_ns) for p in (bench.folder / "r").rglob("*"))
    bench.check(before == after, "fray show wrote")
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run([FRAY, "show", "r"], cwd=bench.folder, stdout=full, check=False,
                                stderr=subprocess.PIPE, text=True)
    bench.check(result.returncode == 1 and "standard output" in result.stderr, f"{result}")


def ends(bench):
    """A run, a merge and an evaluation end with the table, on the standard error; not without a report."""
    table = bench.good("show", "r").stdout.split(":\n", 1)[1].split("\n\n")[0]
    for words in (("run", "s.yaml", "-o", "r", "--resume"), ("merge", "r", "-o", "m2"),
                  ("evaluate", "r", "--groups", "site")):
        result = bench.good(*words)
        bench.check(table in result.stderr and result.stdout == "", f"{words}: {result.stderr[-900:]}")
        last = [line for line in result.stderr.splitlines() if "warning" not in line][-2:]
        bench.check([line.split(":")[0] for line in last] == ["results", "report"], f"{words}: {last}")
        wide = [line for line in result.stderr.splitlines() if len(line) > 80 and "warning" not in line]
        bench.check(not wide, f"{words}: {wide}")
    result = bench.good("run", "s.yaml", "-o", "r", "--resume", "--no-report")
    bench.check(table not in result.stderr, "a table without a report")


def make(bench, folder, *options):
    subprocess.run([sys.executable, SOURCE / "tests/report/make_study.py", bench.folder / folder, *options],
                   check=True, capture_output=True)


def winners(bench):
    """Who is ahead, where something else is swept too: in each setting, in some, or nobody in all of them. Of a formula,
    so that it is known."""
    sys.path.insert(0, str(SOURCE / "tests/report"))
    import make_study  # pylint: disable=import-outside-toplevel
    score = make_study.score
    for k, (said, methods, noise, ahead) in enumerate((
            ("method1 ends ahead in each of the 2 settings", 2, 2, lambda m, n: m),
            ("method0 ends ahead in 1 of 2 settings, method1 in 1", 2, 2, lambda m, n: m == (n > 0)),
            ("method1 ends ahead in 1 of 2 settings.", 2, 2, lambda m, n: m * (n == 0)),
            ("4 methods end ahead in 4 of 4 settings, none of them in all", 4, 4, lambda m, n: m == round(n * 7.5)))):
        make_study.score = lambda m, lost, n, severity, group, seed, metric, ahead=ahead: (
            score(0, lost, n, severity, 0, seed, metric) + 0.05 * ahead(m, n) + 0.001 * make_study.wobble(m, lost, n, seed))
        make_study.make(bench.folder / f"won{k}", methods=methods, rates=2, noise=noise, seeds=4, groups=0)
        text = " ".join(bench.good("show", f"won{k}").stdout.split())
        bench.check(said in text, f"'{said}' is not in: {text[:600]}")
    make_study.score = score


def main():
    bench = Bench()
    bench.synth()
    bench.write("s.yaml", change(SCENARIO, "trial: [3, 5]", "trial: [3, 5, 6]"))
    bench.good("run", "s.yaml", "-o", "r", "-q")
    make(bench, "many", "--methods", "4", "--noise", "2", "--rates", "3")
    make(bench, "one", "--seeds", "1", "--methods", "2", "--noise", "2", "--rates", "3")
    make(bench, "odd", "--hostile", "--methods", "2", "--noise", "2", "--rates", "3")
    bench.parts(same_as_page, choices, widths, claims, winners, is_short, folders, alone, nothing_written, ends)
    bench.end()


if __name__ == "__main__":
    main()
