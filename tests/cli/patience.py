#!/usr/bin/env python3
"""training.stop, end to end: the end follows from rounds.csv, whatever the ranks and kills; what
does not stop is as it was; the plan, status and report know that fewer rounds may be trained."""
import json
import random
import signal
import subprocess
import time

from bench import FRAY, SCENARIO, Bench, change, on_ranks

ROUNDS, EVERY, PATIENCE, DELTA = 60, 2, 3, 0.01
STOP = f"stop: {{patience: {PATIENCE}, metric: nll, min_delta: {DELTA}}}"
BASE = change(change(SCENARIO, "training: {rounds: 3,", f"training: {{rounds: {ROUNDS},"),
              "data: {shards: data}", "data: {shards: data, partition: {own_test: 0.3}}")
BASE += "controls: [unimodal, local_only]\n"


def stopping(text, stop=STOP):
    return change(text, "training: {", f"training: {{{stop}, ")


def run(bench, name, text, *words, folder=None, ranks=0):
    bench.write(f"{name}.yaml", text)
    bench.good("run", f"{name}.yaml", "-o", folder or name, *words, ranks=ranks, seconds=200)


def by_trial(rows):
    out = {}
    for row in rows:
        out.setdefault(row["trial"], []).append(row)
    return out


def end_of(rows, most=ROUNDS, patience=PATIENCE, delta=DELTA):
    """Round that ends a training, from its dev scores alone; the rule in other words."""
    best, since = None, 0
    for row in rows:
        nll = float(row["dev.nll"])
        best, since = (nll, 0) if best is None or nll + delta < best else (best, since + 1)
        if since == patience:
            return int(row["round"])
    return most


def rows_decide(bench):
    """Every training ends where its rows say; the one that never stops begins alike."""
    run(bench, "stops", stopping(BASE))
    run(bench, "all", BASE, "--no-report")
    ours, theirs = (by_trial(bench.rows(f, "rounds.csv")) for f in ("stops", "all"))
    early = 0
    for a, b in zip(bench.rows("stops", "trials.csv"), bench.rows("all", "trials.csv")):
        if a["control"] == "local_only":
            same = all(a[k] == b[k] for k in a if k != "trial")
            bench.check(same and a["trial"] not in ours, f"local_only {a} and {b}")
            continue
        rows, whole = ours[a["trial"]], theirs[b["trial"]]
        end = end_of(whole)
        early += end < ROUNDS
        bench.check(int(a["rounds"]) == end, f"{a['rounds']} rounds, rows say {end}")
        bench.check(a["status"] == "ok" and int(rows[-1]["round"]) == end, f"last row {rows[-1]}")
        bench.check(int(a["best_round"]) <= end, f"selected {a['best_round']} of {end}")
        strip = [{k: v for k, v in row.items() if k != "trial"} for row in rows]
        bench.check(strip == [{k: v for k, v in row.items() if k != "trial"}
                              for row in whole[:len(rows)]], "rows before the end differ")
        best = max(rows, key=lambda row: (float(row["dev.accuracy"]), -int(row["round"])))
        bench.check(a["best_round"] == best["round"], f"selected {a['best_round']}, not {best}")
    trainings = len(ours)
    print(f"{early} of {trainings} trainings ended early")
    bench.check(0 < early, f"{early} of {trainings} trainings ended early")


def page_of(bench, folder):
    return (bench.folder / folder / "report.html").read_text(encoding="utf-8")


def on_the_page(bench):
    """Models that still learn at the end of 12 rounds: unfinished if there were no more, finished if
    patience ended them. Curves go as far as all their seeds do."""
    learning = change(BASE, "training: {", "training: {selection: {metric: nll}, ")
    run(bench, "short", change(learning, f"rounds: {ROUNDS}", "rounds: 12"))
    run(bench, "ended", stopping(learning, "stop: {patience: 5, metric: nll, min_delta: 100}"))
    for column in ("rounds", "best_round"):
        values = [[row[column] for row in bench.rows(f, "trials.csv") if row["control"] == ""]
                  for f in ("short", "ended")]
        bench.check(values[0] == values[1] and values[0][0] == "12", f"{column}: {values}")
    bench.check("selected one of their last rounds: not finished" in page_of(bench, "short"),
                "short trainings are not called unfinished")
    bench.check("not finished" not in page_of(bench, "ended"), "what ended is called unfinished")
    bench.check("ended by themselves" not in page_of(bench, "ended"), "all ended alike")
    text = "ended by themselves: a curve goes as far as all its seeds"
    bench.check(text in page_of(bench, "stops"), "the figure does not say where its curves end")
    ends, drawn = {}, {}
    for row in bench.rows("stops", "trials.csv"):
        if row["control"] == "":
            key = f"{row['method']} {float(row['lost.rate']):g}"
            ends[key] = min(ends.get(key, ROUNDS), int(row["rounds"]))
    for row in bench.rows("stops/figures", "convergence1.csv"):
        if row["kind"] == "mean":
            key = f"{row['series']} {float(row['panel'].split()[1]) / 100:g}"
            drawn[key] = max(drawn.get(key, 0), int(float(row["x"])))
    bench.check(drawn == ends, f"curves end at {drawn}, trainings at {ends}")


def any_ranks(bench):
    for ranks in (3,):  # one and two as well where it is killed
        run(bench, "stops", stopping(BASE), "--no-report", folder=f"stops{ranks}", ranks=ranks)
        bench.same_tables("stops", f"stops{ranks}", f"{ranks} ranks")


def made_of(bench):
    return {p.name for f in ("parts", "checkpoints") for p in (bench.folder / "killed" / f).glob("*")}


def killed(bench):
    """Killed again and again, with a checkpoint at every round, on other numbers of ranks."""
    chance, kills, most = random.Random(5), 0, 0
    words = [FRAY, "run", "stops.yaml", "-o", "killed", "--no-report", "--checkpoint-every", "1"]
    for attempt in range(60):
        resume = ["--resume"] if (bench.folder / "killed/state").exists() else []
        process = subprocess.Popen(on_ranks(1 + attempt % 3, *words, *resume), cwd=bench.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        # Once another trial is whole or begun: the study takes half a second on a fast machine.
        before = made_of(bench)
        while attempt < 4 and process.poll() is None and made_of(bench) == before:
            time.sleep(0.005)
        try:
            process.wait(0.03 * chance.random() if attempt < 4 else 300)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGUSR1 if attempt % 2 else signal.SIGKILL)
            process.wait(240)
            time.sleep(1.0)  # ranks end a little after their mpirun
            kills += 1
            if (bench.folder / "killed/status.json").exists():
                said = json.loads(bench.good("status", "killed", "--json").stdout)["progress"]
                most = max(most, said["may_stop"])
            continue
        if (bench.folder / "killed/trials.csv").exists():
            break
    print(f"{kills} kills")
    bench.check(kills > 0, "it was never killed")
    stops = sum(row["control"] != "local_only" for row in bench.rows("stops", "trials.csv"))
    bench.check(most <= stops, f"status says that {most} of {stops} may stop")
    bench.same_tables("stops", "killed", f"after {kills} kills")


def nothing_changes(bench):
    """Without patience, and with more of it than rounds."""
    small = change(BASE, f"rounds: {ROUNDS}", "rounds: 6")
    run(bench, "plain", small, "--no-report")
    run(bench, "never", stopping(small, "stop: {patience: 0, metric: nll, min_delta: 0.5}"),
        "--no-report")
    bench.same_tables("plain", "never", "patience 0")
    run(bench, "long", stopping(small, "stop: {patience: 7, metric: nll}"), "--no-report")
    for table in ("trials.csv", "scores.csv", "rounds.csv"):
        a, b = bench.rows("plain", table), bench.rows("long", table)
        for row in a + b:
            row.pop("trial")
        bench.check(a == b, f"{table}: patience of more than all rounds changes something")
    names = [{row["trial"] for row in bench.rows(f, "trials.csv")} for f in ("plain", "long")]
    bench.check(not names[0] & names[1], "patience is no part of the names")


def swept(bench):
    """Patience as a value of the sweep and of a method: each cell has its own, and one that waits
    for nothing is the training that it was."""
    small = change(change(BASE, f"rounds: {ROUNDS}", "rounds: 12"), "controls: [unimodal, local_only]\n", "")
    run(bench, "without", small, "--no-report")
    sweep = change(small, "lost.rate: [0, 0.4]}", "lost.rate: [0, 0.4], training.stop.patience: [0, 1]}")
    sweep = change(sweep, "lost.rate: 0}", "lost.rate: 0, training.stop.patience: 0}")
    run(bench, "swept", stopping(sweep, "stop: {metric: nll, min_delta: 100}"))
    text = change(small, "{model.fusion: concat}",
                  "{model.fusion: concat, training.stop: {patience: 1, metric: nll, min_delta: 100}}")
    run(bench, "method", text, "--no-report")
    names = {row["trial"] for row in bench.rows("without", "trials.csv")}
    for row in bench.rows("swept", "trials.csv"):
        stops = row["training.stop.patience"] == "1"
        bench.check(row["rounds"] == ("4" if stops else "12"), f"swept: {row}")
        bench.check((row["trial"] in names) != stops, f"swept: name {row['trial']}")
    for row in bench.rows("method", "trials.csv"):
        stops = row["method"] == "cat"
        bench.check(row["rounds"] == ("4" if stops else "12"), f"method: {row}")
        bench.check((row["trial"] in names) != stops, f"method: name {row['trial']}")


def words(bench):
    bench.write("stops.yaml", stopping(BASE))
    said = bench.good("check", "stops.yaml", "--measure").stdout
    flat = " ".join(said.split())
    bench.check(f"of up to {ROUNDS} rounds" in flat, f"check: {said}")
    bench.check("up to about" in flat, f"check: {said}")
    plan = json.loads(bench.good("check", "stops.yaml", "--json").stdout)
    bench.check(plan["rounds"] == ROUNDS and 0 < plan["may_stop"] < plan["trainings"], f"{plan}")
    bench.write("all.yaml", BASE)
    said = bench.good("check", "all.yaml", "--measure").stdout
    bench.check("up to" not in " ".join(said.split()), f"check: {said}")
    bench.check(json.loads(bench.good("check", "all.yaml", "--json").stdout)["may_stop"] == 0, "plan")
    status = json.loads((bench.folder / "stops/status.json").read_text(encoding="utf-8"))
    bench.check(status["may_stop"] == 0 and status["rounds_left"] == 0, f"{status}")


def refusals(bench):
    for stop, parts in (("stop: {patience: -1}", ("patience", "-1")),
                        ("stop: {patience: 2, metric: uar}", ("uar", "evaluate.metrics", "nll")),
                        ("stop: {patience: 2}, selection: {metric: uar}",
                         ("uar", "training.selection", "evaluate.metrics")),
                        ("stop: {patience: 2, metric: nl}", ("nl",)),
                        ("stop: {patient: 2}", ("patience",)),
                        ("stop: {patience: 2, min_delta: -0.5}", ("min_delta", "-0.5"))):
        bench.write("bad.yaml", stopping(BASE, stop))
        bench.refused(stop, bench.run("run", "bad.yaml", "-o", "out"), parts)


def main():
    bench = Bench()
    bench.synth()
    refusals(bench)
    rows_decide(bench)
    on_the_page(bench)
    any_ranks(bench)
    killed(bench)
    nothing_changes(bench)
    swept(bench)
    words(bench)
    bench.end()


if __name__ == "__main__":
    main()
