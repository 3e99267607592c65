#!/usr/bin/python3
"""Imports UCI-HAR and reads FedMultimodal's own files against it.

    FRAY_FIXTURES=DIR FRAY_DATA=DIR check_fedmultimodal.py IMPORT_DRIVER TEST DATA

FRAY_FIXTURES holds fedmultimodal/uci-har_*.json, FRAY_DATA holds uci-har.tar.xz (or FRAY_RAW a
folder uci-har with its raw files). Skipped (77) without them."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, f"{os.path.dirname(os.path.abspath(__file__))}/../import")
from raw_data import raw_folder, skip  # noqa: E402

driver, test, data = sys.argv[1:4]
fixtures = os.environ.get("FRAY_FIXTURES", "")
if not os.path.isdir(f"{fixtures}/fedmultimodal"):
    skip("FRAY_FIXTURES names no folder with fedmultimodal/")
with tempfile.TemporaryDirectory() as folder:
    raw = raw_folder(["uci-har"], f"{folder}/raw")
    if not os.path.isdir(f"{raw}/uci-har"):
        skip("the raw files of uci-har are not there")
    shards = f"{folder}/shards"
    subprocess.run([driver, f"{data}/uci-har/dataset.yaml", shards, f"{raw}/uci-har"], check=True)
    sys.exit(subprocess.run([test], env=os.environ | {"FRAY_UCI_HAR_SHARDS": shards}).returncode)
