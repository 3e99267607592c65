#!/usr/bin/env python3
"""What must work: odd but valid studies, and every command's plain use."""
import re
import subprocess

from bench import EDIT, SCENARIO, SOURCE, TABLES, Bench, change, halves

SHORT = """\
name: short
seeds: [1]
data: {shards: data}
model:
  {fusion: concat, hidden: 8, head: 0,
   encoders: {series: {kind: conv_gru, filters: [4], kernel: 3}}}
training: {rounds: 2, local: {batch: 6}}
evaluate: {every: 1, metrics: [accuracy, uar], groups: [site]}
"""


def commands(bench):
    result = bench.good("--version")
    for part in ("fray ", "MPI", "OpenBLAS", "HDF5", "libsndfile", "libjpeg", "libpng", "utf8proc"):
        bench.check(part in result.stdout, f"--version does not name {part}")
    listing = bench.good("--help").stdout
    source = (SOURCE / "src" / "cli" / "commands.def").read_text(encoding="utf-8")
    names = re.findall(r"^FRAY_COMMAND\((\w+)\)", source, re.M)
    bench.check(len(names) >= 8, f"commands: {names}")
    for name in names:
        bench.check(re.search(rf"^  {name} ", listing, re.M), f"--help does not list {name}")
        usage = bench.good(name, "--help").stdout
        bench.check(f"fray {name}" in usage and usage.startswith("usage:"),
                    f"{name} --help: {usage}")
        wide = [line for line in usage.splitlines() if len(line) > 80]
        bench.check(not wide, f"{name} --help is wider than 80 columns: {wide}")
    everything = bench.good("list").stdout
    for part in ("corruptions", "missing_modality", "label_noise", "encoders", "conv_gru", "gru",
                 "fusions", "attention", "gated", "late", "servers", "fedavg", "losses",
                 "symmetric", "optimisers", "adamw", "partitions", "dirichlet", "metrics",
                 "macro_f1"):
        bench.check(part in everything, f"list does not name {part}")
    one = bench.good("list", "metrics").stdout
    bench.check("macro_f1" in one and "attention" not in one, "list metrics lists metrics")
    reference = bench.good("scenario", "--reference").stdout
    for part in ("training.local.lr", "clients_per_round", "missing_modality", "alpha", "rounds"):
        bench.check(part in reference, f"the reference does not name {part}")
    bench.check("clients" in bench.good("synth", "--reference").stdout, "synth --reference")
    bench.check(bench.good("list", "metrics", ranks=2).stdout == one, "list speaks once on 2 ranks")


def check_command(bench):
    before = sorted(bench.folder.rglob("*"))
    result = bench.good("check", "s.yaml")
    plan = " ".join(result.stdout.split())
    for part in ("trials 8 = 4 cells x 2 seeds", "6 federated, 3 a round", "parameters", "memory",
                 "conditions 3", "swept method", "swept lost.rate", "36 test samples"):
        bench.check(part in plan, f"the plan does not say '{part}': {result.stdout}")
    bench.check(sorted(bench.folder.rglob("*")) == before, "check wrote something")


def predictions(bench, folder):
    """The accuracies of scores.csv follow from the predicted classes of results.h5."""
    scores = bench.rows(folder, "scores.csv")
    for trial in [row["trial"] for row in bench.rows(folder, "trials.csv")]:
        text = subprocess.run([EDIT, "accuracy", bench.folder / folder / "results.h5", trial],
                              capture_output=True, text=True, check=True).stdout
        found = [float(word) for word in text.split()]
        wanted = [float(r["value"]) for r in scores if r["trial"] == trial and r["group"] == "all"
                  and r["metric"] == "accuracy"]
        bench.check(len(found) in (8, 10) and found == wanted, f"accuracy: {found} {wanted}")


def progress(bench):
    result = bench.good("run", "s.yaml", "-o", "full")
    text = result.stdout + result.stderr
    bench.check("\r" not in text and "\033" not in text, "piped progress holds \\r or escape codes")
    bench.check(re.search(r"^trial 8/8: cat, lost 40 %, seed 5: accuracy \d+\.\d % at round \d", text, re.M),
                f"no line per trial: {text[-300:]}")
    for name in (*TABLES, "results.h5", "scenario.yaml", "provenance.json", "report.html"):
        bench.check((bench.folder / "full" / name).stat().st_size > 0, f"{name} is empty")
    state = (bench.folder / "full" / "state").read_text().strip()
    bench.check(state == "done", f"state: {state}")
    bench.check(len(list((bench.folder / "full" / "models").glob("*.h5"))) == 16, "kept models")
    predictions(bench, "full")
    left = halves(bench.folder / "full")
    bench.check(not left, f"temporary files are left: {left}")
    bench.good("report", "full", "-o", "drawn")
    bench.check((bench.folder / "drawn" / "report.html").exists(), "report -o")
    bench.good("run", "s.yaml", "--set", "seeds=[1]", "--set", "training.rounds=1")
    bench.check((bench.folder / "results" / "tiny" / "trials.csv").exists(), "results/NAME")
    bench.good("run", "s.yaml", "--set", "seeds=[2]", "--set", "training.rounds=1", "--overwrite")
    seeds = {row["seed"] for row in bench.rows("results/tiny", "trials.csv")}
    bench.check(seeds == {"2"}, f"--overwrite leaves seeds {seeds}")


def few_clients(bench):
    bench.synth("two", clients=2, test_clients=1, sites=1)
    bench.write("two.yaml", change(SHORT, "shards: data", "shards: two"))
    bench.good("run", "two.yaml", "-o", "two1", "--no-report")
    bench.good("run", "two.yaml", "-o", "two5", "--no-report", ranks=5)
    bench.same_tables("two1", "two5", "more ranks than clients")


def absent_classes(bench):
    """Five classes: training and dev lack the fifth, the test client has two of them."""
    path = bench.synth("sparse", clients=4, test_clients=1, samples=5, classes=5)[0]
    bench.write("sparse.yaml", change(SHORT, "shards: data", "shards: sparse"))
    for k in range(25):  # four training clients, then the test client
        bench.edit("set", path, "/samples/label", k, k % 4 if k < 20 else 4 - k % 2)
    result = bench.good("run", "sparse.yaml", "-o", "sparse-out", "--no-report")
    for part in ("1 of 5 classes (class4) have no training sample",
                 "1 of 5 classes (class4) have no dev sample",
                 "3 of 5 classes (class0, ...) have no test sample"):
        bench.check(part in result.stderr, f"no warning '{part}': {result.stderr}")
    bench.check(result.stderr.count("no test sample") == 1, "the warning does not come once")
    status = {(r["metric"], r["status"]) for r in bench.rows("sparse-out", "scores.csv")}
    bench.check(("uar", "class absent") in status and ("accuracy", "ok") in status, f"{status}")


def empty_clients(bench):
    entry = "corruption: [{id: gone, kind: missing_label, unit: client, rate: %s}]\n"
    bench.write("some.yaml", SHORT + entry % 0.5)
    bench.good("run", "some.yaml", "-o", "some", "--no-report", "--set", "seeds=[1, 2, 3]")
    dropped = [int(row["clients_dropped"]) for row in bench.rows("some", "trials.csv")]
    bench.check(any(0 < n < 6 for n in dropped), f"clients dropped: {dropped}")
    for row in bench.rows("some", "trials.csv"):
        share = int(row["clients_dropped"]) / 6
        bench.check(abs(float(row["gone.realised"]) - share) < 1e-9
                    and int(row["samples_dropped"]) == int(row["samples_train"]) * share,
                    f"realised: {row}")
    bench.write("none.yaml", SHORT + entry % 1)
    result = bench.good("run", "none.yaml", "-o", "none", "--no-report", ranks=2)
    bench.check("no client a usable training sample" in result.stderr, "no warning: all are empty")
    row = bench.rows("none", "trials.csv")[0]
    bench.check(row["clients_dropped"] == "6" and row["best.accuracy"] != "", f"all empty: {row}")
    cohorts = {r["cohort"] for r in bench.rows("none", "rounds.csv")}
    bench.check(cohorts == {"0"}, f"cohorts of nobody: {cohorts}")


def scopes_and_sweeps(bench):
    bench.write("who.yaml", SHORT + "corruption: [{id: hit, kind: missing_modality, "
                "modalities: [series], at: train, rate: 1, who: {site: site0}}]\n")
    bench.good("run", "who.yaml", "-o", "who", "--no-report")
    row = bench.rows("who", "trials.csv")[0]
    bench.check(row["hit.realised"] == "1" and row["samples_dropped"] == "0", f"who: {row}")
    bench.write("zip.yaml", SHORT + "corruption: [{id: lost, kind: missing_modality, at: train, "
                "rate: 0}]\nsweep:\n  - zip: {lost.rate: [0, 0.3, 0.3], training.local.lr: "
                "[0.1, 0.1, 0.01]}\n")
    bench.good("run", "zip.yaml", "-o", "zip", "--no-report")
    cells = [(r["lost.rate"], r["training.local.lr"]) for r in bench.rows("zip", "trials.csv")]
    bench.check(cells == [("0", "0.1"), ("0.3", "0.1"), ("0.3", "0.01")], f"zip: {cells}")
    bench.good("run", "who.yaml", "-o", "set", "--no-report", "--set", "hit.rate=0.25",
               "--set", "hit.who=0.5")
    row = bench.rows("set", "trials.csv")[0]
    bench.check(row["hit.nominal"] == "0.25", f"--set on ID.rate: {row}")
    kept = (bench.folder / "set" / "scenario.yaml").read_text(encoding="utf-8")
    bench.check("rate: 0.25" in kept and "who: 0.5" in kept, "scenario.yaml holds what was set")


def losses_and_optimisers(bench):
    """What training.local chooses reaches the training of the clients."""
    def first(name, local):
        bench.write(f"{name}.yaml", change(SHORT, "batch: 6", f"batch: 1000, {local}"))
        bench.good("run", f"{name}.yaml", "-o", name, "--no-report")
        row = bench.rows(name, "rounds.csv")[0]
        return float(row["train_loss"]), float(row["update_norm"])

    still = "lr: 1e-8, momentum: 0, weight_decay: 0"
    plain = first("ce", still)[0]
    half = first("half", f"{still}, loss: symmetric, a: 0.5, b: 0")[0]
    bench.check(abs(half / plain - 0.5) < 1e-6, f"train_loss of half the loss: {half} of {plain}")
    bounded = first("gce", f"{still}, loss: gce, q: 1")[0]
    bench.check(0 < bounded < 1, f"train_loss of gce with q 1: {bounded}")
    small, large = (first(f"adam{k}", f"optimiser: adam, lr: {lr}, weight_decay: 0, eps: 1e-12")[1]
                    for k, lr in enumerate((1e-4, 1e-3)))
    bench.check(abs(large / small - 10) < 0.01, f"one step of adam: {small}, {large}")
    several = "batch: 2, epochs: 2, optimiser: adamw, lr: 0.001, loss: label_smoothing"
    bench.write("adamw.yaml", change(SHORT, "batch: 6", several))
    for ranks in (1, 3):
        bench.good("run", "adamw.yaml", "-o", f"adamw{ranks}", "--no-report", ranks=ranks)
    bench.same_tables("adamw1", "adamw3", "adamw on 1 and 3 ranks")


def given_cohorts(bench):
    """A schedule of cohorts replaces the draw; all clients in every round is the drawn 1.0."""
    clients = [f"c{k}" for k in range(6)]
    rows = "".join(f"{r},{c}\n" for r in (1, 2) for c in clients)
    bench.write("all.csv", "round,client\n" + rows)
    bench.write("some.csv", "round,client\n1,c4\n1,c0\n2,c2\n7,c1\n")
    bench.write("plain.yaml", SHORT)
    bench.good("run", "plain.yaml", "-o", "drawn-all", "--no-report")
    for name, cohorts in (("all", ["6", "6"]), ("some", ["2", "1"])):
        bench.good("run", "plain.yaml", "-o", f"given-{name}", "--no-report", "--set",
                   f"training.cohorts={name}.csv", ranks=2 if name == "some" else 0)
        got = [row["cohort"] for row in bench.rows(f"given-{name}", "rounds.csv")]
        bench.check(got == cohorts, f"cohorts of {name}.csv: {got}")
    for table in ("rounds.csv", "trials.csv"):
        a, b = ([{k: v for k, v in row.items() if k != "trial"}
                 for row in bench.rows(folder, table)] for folder in ("drawn-all", "given-all"))
        bench.check(a == b, f"all clients given and all drawn differ in {table}")


def divergence(bench):
    """A step size that blows up is a result: the run ends well and says which trial diverged."""
    wild = "batch: 6, lr: 10, clip_norm: 0, momentum: 0.99, weight_decay: 1"
    bench.write("wild.yaml", change(SHORT, "batch: 6", wild)
                + "sweep: [{grid: {training.rounds: [60, 1]}}]\n")
    bench.good("run", "wild.yaml", "-o", "wild", "--no-report")
    rows = bench.rows("wild", "trials.csv")
    bench.check(len(rows) == 2, f"rows: {rows}")
    bench.check(rows[0]["status"] == "diverged" and rows[0]["diverged_round"] != ""
                and rows[0]["diverged_client"] != "" and rows[0]["best.accuracy"] == "",
                f"divergence: {rows[0]}")
    bench.good("report", "wild")


def main():
    bench = Bench()
    bench.synth()
    bench.write("s.yaml", SCENARIO)
    bench.parts(commands, check_command, progress, few_clients, absent_classes, empty_clients,
                scopes_and_sweeps, losses_and_optimisers, given_cohorts, divergence)
    bench.end()


if __name__ == "__main__":
    main()
