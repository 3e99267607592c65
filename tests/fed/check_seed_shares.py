#!/usr/bin/env python3
"""scripts/seed_shares: its laws against closed forms and tables of others, its table against a made
results folder, and its words in docs/reproducing-fedmultimodal.md against the seeds beside them.
Also: scripts/reference_uci_har says what it needs where that is missing."""
import importlib.machinery
import importlib.util
import math
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
SOURCE = pathlib.Path(os.environ["FRAY_SOURCE_DIR"])
SCRIPT = SOURCE / "scripts" / "seed_shares"
SEEDS = SOURCE / "docs" / "data" / "uci-har-masks.csv"
PAGE = SOURCE / "docs" / "reproducing-fedmultimodal.md"


def load():
    loader = importlib.machinery.SourceFileLoader("seed_shares", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("seed_shares", loader))
    loader.exec_module(module)
    return module


class Bench:
    def __init__(self, folder):
        self.folder, self.faults, self.checks = pathlib.Path(folder), 0, 0

    def check(self, good, text):
        self.checks += 1
        if not good:
            self.faults += 1
            print(f"FAULT: {text}")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def near(bench, what, found, wanted, within=5e-5):
    bench.check(math.isclose(found, wanted, rel_tol=0, abs_tol=within), f"{what}: {found}, not {wanted}")


def intervals(bench, shares):
    """Nobody of n: from 0 to 1 - (alpha / 2)^(1 / n). 4 of 10: Clopper and Pearson's (1934) charts, by
    R's binom.test 0.1216 to 0.7376."""
    for n in (5, 20):
        end = 0.025 ** (1 / n)
        for k, wanted in ((0, (0, 1 - end)), (n, (end, 1))):
            for found, value in zip(shares.clopper_pearson(k, n), wanted):
                near(bench, f"{k} of {n}", found, value)
    for found, value in zip(shares.clopper_pearson(4, 10), (0.1216, 0.7376)):
        near(bench, "4 of 10", found, value)


def tests(bench, shares):
    """Fisher's tea: 3 of 4 and 1 of 4, p = 34 / 70. Student's table. Ranks 1 2 3 against 4 5 6: u = 0,
    so z = (4.5 - 0.5) / sqrt(5.25)."""
    near(bench, "tea", shares.fisher(3, 4, 1, 4), 34 / 70)
    near(bench, "all and none", shares.fisher(5, 5, 0, 5), 2 / 252)
    for freedom, wanted in ((1, 12.706), (4, 2.776), (10, 2.228), (30, 2.042)):
        near(bench, f"t of {freedom}", shares.t_quantile(0.975, freedom), wanted, 5e-4)
    near(bench, "apart", shares.rank_sum([1, 2, 3], [4, 5, 6]),
         math.erfc(4 / math.sqrt(5.25) / math.sqrt(2)))
    near(bench, "alike", shares.rank_sum([1, 2, math.inf], [1, 2, math.inf]), 1)
    # ranks 1 2.5 | 2.5 4.5 4.5: u = 3.5 - 3 = 0.5 of 6; two ties of two values
    spread = math.sqrt(2 * 3 / 12 * (6 - 12 / 20))
    near(bench, "ties", shares.rank_sum([1, 2], [2, math.inf, math.inf]),
         math.erfc(2 / spread / math.sqrt(2)))
    # means 2 and 5, variances 1 and 20 / 3; degrees of freedom by Welch's formula
    difference, half = shares.welch([1, 2, 3], [2, 4, 6, 8])
    a, b = 1 / 3, 20 / 3 / 4
    freedom = (a + b) ** 2 / (a * a / 2 + b * b / 3)
    near(bench, "difference", difference, -3)
    near(bench, "its half", half / math.sqrt(a + b), shares.t_quantile(0.975, freedom))


def made_folder(bench, shares):
    """A seed that leaves at round 10 and one that never does, one that broke off."""
    bench.write("out/trials.csv", "trial,seed,status,best_round,best.macro_f1\n"
                "a,8,ok,15,0.7\nb,16,ok,5,0.05\nc,24,diverged,,\n")
    bench.write("out/rounds.csv", "trial,round,dev.macro_f1\n"
                "a,5,0.1\na,10,0.2\na,15,0.8\nb,5,0.06\nb,10,0.05\nb,15,0.05\nc,5,0.05\n")
    table = bench.folder / "seeds.csv"
    shares.add(table, bench.folder / "out")
    shares.add(table, bench.folder / "out")  # once is enough
    bench.check(table.read_text(encoding="utf-8").splitlines()[1:] == [
        "fray,8,15,5,15,0.800000,0.700000,10", "fray,16,15,5,5,0.060000,0.050000,"],
        table.read_text(encoding="utf-8"))
    found = shares.sides(shares.read(table))
    bench.check(found == {"fray": ([10, math.inf], [70.0], [70.0, 5.0])}, str(found))


def page(bench):
    """What the page says of the seeds is what the script prints of them."""
    done = subprocess.run([sys.executable, SCRIPT, SEEDS], capture_output=True, text=True, check=False)
    bench.check(done.returncode == 0 and done.stdout, done.stderr)
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    for line in done.stdout.splitlines():
        bench.check(" ".join(line.split()) in text, f"{PAGE.name} does not say: {line}")


def same_draws(bench, shares):
    """With the same random numbers PyTorch leaves where fray left, and stays where fray stayed."""
    left = {row["seed"]: bool(row["left_round"]) for row in shares.read(SEEDS) if row["program"] == "fray"}
    again = shares.read(SEEDS.with_name("uci-har-masks-draws.csv"))
    bench.check({row["seed"] for row in again} == {"24", "64", "128"}, f"{again}")
    for row in again:
        bench.check(bool(row["left_round"]) == left[row["seed"]], f"{row}, fray: {left[row['seed']]}")


def missing_torch(bench):
    bench.write("none/torch.py", "raise ImportError('no torch here')\n")
    done = subprocess.run([sys.executable, SOURCE / "scripts" / "reference_uci_har", "--help"],
                          capture_output=True, text=True, check=False,
                          env={"PYTHONPATH": str(bench.folder / "none"), "PYTHONDONTWRITEBYTECODE": "1"})
    bench.check(done.returncode == 1 and "python3-torch" in done.stderr
                and "Traceback" not in done.stderr, done.stderr)


def main():
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder)
        shares = load()
        intervals(bench, shares)
        tests(bench, shares)
        made_folder(bench, shares)
        page(bench)
        same_draws(bench, shares)
        missing_torch(bench)
    print(f"{bench.checks} checks, {bench.faults} faults")
    return 1 if bench.faults else 0


if __name__ == "__main__":
    sys.exit(main())
