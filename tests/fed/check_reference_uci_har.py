#!/usr/bin/python3
"""Two rounds of FedMultimodal's UCI-HAR experiment with lost sensors, by fray and by PyTorch with the
same random numbers: clients of both masks, one or no sensor; dropout, weight decay, both
momenta, and a norm that clips gradients, which that experiment's 10 does not so early. The weights must agree (scripts/reference_uci_har --exact).

    FRAY_FIXTURES=DIR FRAY_DATA=DIR FRAY_BINARY=FILE check_reference_uci_har.py SOURCE

Skipped (77) without the data, the simulation file, or PyTorch."""
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, f"{os.path.dirname(os.path.abspath(__file__))}/../import")
from raw_data import raw_folder, skip  # noqa: E402

# Among tens of millions of values that are held against 0 or one another in two rounds a few lie so near that rounding decides,
# by another kernel otherwise. One moves a tensor by so much at most; what is wrong moves every seed.
ROUNDS, SEEDS, CLIP, FLIPPED = 2, (15, 16, 18), 1, 1e-3
fray, source = os.environ["FRAY_BINARY"], sys.argv[1]
simulation = pathlib.Path(os.environ.get("FRAY_FIXTURES", ""), "fedmultimodal",
                          "uci-har_mm05_alpha01.json")
if not simulation.is_file():
    skip(f"FRAY_FIXTURES names no folder with fedmultimodal/{simulation.name}")
if not all(importlib.util.find_spec(name) for name in ("torch", "h5py")):
    skip("PyTorch or h5py is not there")
with tempfile.TemporaryDirectory() as folder:
    raw = raw_folder(["uci-har"], f"{folder}/raw")
    if not os.path.isdir(f"{raw}/uci-har"):
        skip("the raw files of uci-har are not there")
    shards, out, cohorts = (f"{folder}/{name}" for name in ("shards", "out", "cohorts.csv"))
    subprocess.run([fray, "import", f"{source}/data/uci-har/dataset.yaml", "--raw", f"{raw}/uci-har",
                    "-o", shards], check=True)
    with open(cohorts, "w", encoding="utf-8") as file:
        subprocess.run([sys.executable, f"{source}/scripts/fedmultimodal_cohorts", simulation,
                        str(ROUNDS), "0.1"], stdout=file, check=True)
    for seed in SEEDS:
        settings = [f"data.shards={shards}", f"data.partition.path={simulation}", f"seeds.trial=[{seed}]",
                    f"training.cohorts={cohorts}", f"training.rounds={ROUNDS}", f"evaluate.every={ROUNDS}",
                    f"training.local.clip_norm={CLIP}"]
        subprocess.run([fray, "run", f"{source}/scenarios/uci-har-masks.yaml", "-o", out, "--no-report", "--overwrite",
                        "--progress", "plain", *(part for s in settings for part in ("--set", s))],
                       check=True)
        done = subprocess.run([sys.executable, f"{source}/scripts/reference_uci_har", shards, simulation,
                               "--exact", out, "--clip", str(CLIP)], stdout=subprocess.PIPE, text=True)
        print(done.stdout)
        share = re.search(r"^largest share: (\S+),", done.stdout, re.M)
        if done.returncode == 0:
            sys.exit(0)
        if not share or not float(share[1]) < FLIPPED:
            break
    sys.exit(1)
