#!/usr/bin/env python3
"""Makes of PTB-XL what fray's readers take: prepare.py RAW, with ptbxl_database.csv and records100 in
RAW. It writes RAW/fray/records.csv and two .npy files a record, the limb leads and the chest leads in
mV. Python's own library is enough."""
import array
import ast
import csv
import pathlib
import struct
import sys

LIMB = ["I", "II", "III", "AVR", "AVL", "AVF"]
CHEST = ["V1", "V2", "V3", "V4", "V5", "V6"]


def superclasses(raw):
    """Code -> superclass, of the codes that are diagnoses."""
    with open(raw / "scp_statements.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    head = rows[0]
    diagnostic, superclass = head.index("diagnostic"), head.index("diagnostic_class")
    return {row[0]: row[superclass] for row in rows[1:] if row[diagnostic] in ("1", "1.0")}


def record(path):
    """Leads in mV of a record of WFDB's format 16: little-endian, one sample of each lead after the other."""
    lines = [line.split() for line in path.with_suffix(".hea").read_text(encoding="ascii").splitlines()
             if line.strip() and not line.startswith("#")]
    leads = lines[1:1 + int(lines[0][1])]
    values = array.array("h", path.with_suffix(".dat").read_bytes())
    if sys.byteorder == "big":
        values.byteswap()
    if any(lead[1] != "16" for lead in leads) or len(values) != len(leads) * int(lines[0][3]):
        raise SystemExit(f"{path}: not {lines[0][3]} samples of {len(leads)} leads in format 16")
    out = {}
    for k, lead in enumerate(leads):
        gain, _, baseline = lead[2].split("/")[0].rstrip(")").partition("(")
        zero = float(baseline or lead[4])
        out[lead[8].upper()] = [(value - zero) / float(gain) for value in values[k::len(leads)]]
    return out


def write_npy(path, columns):
    """A float32 matrix (time, leads) in NumPy's format 1.0."""
    shape = (len(columns[0]), len(columns))
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (-(11 + len(head)) % 64) + "\n"
    flat = [value for row in zip(*columns) for value in row]
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode("ascii")
                     + struct.pack(f"<{len(flat)}f", *flat))


def main(raw):
    classes = superclasses(raw)
    for folder in ("limb", "chest"):
        (raw / "fray" / folder).mkdir(parents=True, exist_ok=True)
    with open(raw / "ptbxl_database.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(raw / "fray" / "records.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["ecg_id", "site", "sex", "strat_fold", "superclasses"])
        for row in rows:
            # As in FedMultimodal, only what is certain (a likelihood of 100) counts.
            sure = {classes[code] for code, likelihood in ast.literal_eval(row["scp_codes"]).items()
                    if likelihood == 100 and code in classes}
            name = row["ecg_id"].removesuffix(".0")
            leads = record(raw / row["filename_lr"])
            write_npy(raw / "fray" / "limb" / f"{name}.npy", [leads[lead] for lead in LIMB])
            write_npy(raw / "fray" / "chest" / f"{name}.npy", [leads[lead] for lead in CHEST])
            out.writerow([name, row["site"].removesuffix(".0"), row["sex"], row["strat_fold"],
                          ";".join(sorted(sure))])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
