#!/usr/bin/env python3
"""What `fray import`, `inspect` and `check` say about tables: names of channels, columns that look
like time, files left out, classes that look like sets, names that look alike; and what a cohorts file
of a large population costs."""
import json
import time

from bench import Bench

MANIFEST = "name: s\nmodalities: {%s}\ninputs: [{reader: manifest, file: m.csv%s}]\n"


def said(bench, yaml, *parts, absent=(), dry=True):
    """Imports, dry or not: exit code 0, and these parts on stdout or stderr."""
    bench.write("d.yaml", yaml)
    result = bench.good("import", "d.yaml", *(("--dry-run",) if dry else
                                             ("-o", "out", "--overwrite")))
    text = " ".join((result.stdout + result.stderr).split())  # warnings are wrapped
    for part in parts:
        bench.check(part in text, f"'{part}' is not said: {text}")
    for part in absent:
        bench.check(part not in text, f"'{part}' is said: {text}")


def columns(bench):
    bench.write("m.csv", "id,client,label,split,acc\n1,a,x,train,1.csv\n2,b,y,test,2.csv\n")
    bench.write("1.csv", "time,x,y\n0,1,5\n1,3,4\n2,2,6\n")
    bench.write("2.csv", "y,x,time\n5,7,0.5\n5,6,0.6\n5,9,0.7\n")
    series = MANIFEST % ("acc: {kind: series%s}", "")
    warning = "channel 'time' rises from step to step in every sample, as time does"
    for dry in (True, False):
        said(bench, series % "", "acc", warning, "time, x, y" if dry else "2 samples", dry=dry)
    said(bench, series % ", columns: [x, y], unit: m/s", absent=("rises",), dry=False)
    text = bench.good("inspect", "out").stdout
    bench.check("channels     x, y\n" in text and "2 channels, m/s;" in text, f"inspect names no channels: {text}")
    held = json.loads(bench.good("inspect", "out", "--json").stdout)["data_sets"][0]["modalities"][0]
    bench.check((held["channel_names"], held["unit"]) == (["x", "y"], "m/s"), f"{held}")
    bench.write("2.csv", "y,x,time\n5,7,0.5\n5,6,0.6\n5,9,0.2\n")
    said(bench, series % "", "time, x, y", absent=("rises",))


def narrow(bench):
    """What people read fits 80 columns, whatever the names, and columns of numbers stay in place."""
    names = ",".join(f"channel {i} of a sensor" for i in range(30))
    bench.write("m.csv", "id,client,label,split,kind,acc\n1,a,caf\u00e9,train,\u00e9" + "k" * 200 +
                ",1.csv\n2,b," + "y" * 200 + ",test,k,2.csv\n3,b,\u00e9" + "\u00e9z" * 30 + ",test,k,2.csv\n")
    bench.write("1.csv", names + "\n" + ",".join(map(str, range(30))) + "\n")
    bench.write("2.csv", names + "\n" + ",".join(map(str, range(1, 31))) + "\n")
    bench.write("d.yaml", "groups: [kind]\n" + MANIFEST % ("acc: {kind: series}", ""))
    plan = bench.good("import", "d.yaml", "--dry-run").stdout
    bench.good("import", "d.yaml", "-o", "out", "--overwrite")
    shown = bench.good("inspect", "out").stdout
    for text in (plan, shown):
        bench.check(all(len(line) <= 80 for line in text.splitlines()), f"beyond 80 columns: {text}")
        bench.check("... (30 in all)" in " ".join(text.split()), f"channels: {text}")
    rows = [line for line in plan.splitlines() if line.startswith("  ") and line.endswith(("0", "1"))]
    bench.check(len(rows) == 3 and len({len(row) for row in rows}) == 1, f"rows of classes: {rows}")
    bench.check("licence        not said\n" in shown, f"no licence: {shown}")
    bench.check("same content   1 in two classes\n" in shown, f"inspect says no leaks: {shown}")


def left_out(bench):
    for i in (1, 2, 3):
        bench.write(f"raw/x/{i}.txt", "a")
        bench.write(f"raw/y/{i}.TXT", "b")
    bench.write("raw/y/1.txt", "b")
    files = ("name: s\nraw: raw\nmodalities: {t: {kind: text}, u: {kind: text}}\ninputs:\n"
             "  - {reader: files, pattern: \"{label}/{take}.txt\", modality: t, id: \"{path}\", "
             "client: \"{take}\"}\n")
    other = files.replace("pattern: \"{label}/{take}.txt\", modality: t",
                          "pattern: \"{label}/{take}.TXT\", modality: u").split("inputs:\n")[1]
    for dry in (True, False):
        said(bench, files.replace(", u: {kind: text}", ""), "warning: s: 3 files do not fit a pattern "
             "and are left out: y/1.TXT, y/2.TXT, y/3.TXT; 3 would fit but for capital letters", dry=dry)
    said(bench, files + other, absent=("left out",))  # both together take all
    bench.write("raw/x/README.md", "about")
    said(bench, files + other, "s: 1 file does not fit a pattern and is left out: x/README.md",
         absent=("capital",))


def sets(bench):
    bench.write("m.csv", "id,client,label,t\n1,a,\"['NORM']\",x\n2,a,MI,y\n")
    text = MANIFEST % ("t: {kind: text}", ", texts: {t: t}")
    said(bench, text, "1 of 2 classes look like sets of classes (\"['NORM']\"); `task: multi_label`")
    said(bench, "task: multi_label\n" + text, absent=("look like",))
    bench.write("m.csv", "id,client,label,t\n1,a,\"NORM,STTC\",x\n2,a,MI,y\n")
    said(bench, "task: multi_label\n" + text, "1 of 2 classes look like lists of classes "
         '("NORM,STTC"); `label_separator`')
    bench.write("n.csv", "id,client,label,t\n1,a,(none),x\n2,a,[unk],y\n3,a,\"a, b\",y\n")
    said(bench, text.replace("m.csv", "n.csv"), absent=("look like",))
    said(bench, "classes: [MI, \"NORM,STTC\"]\ntask: multi_label\n" + text, absent=("look like",))


def many_missing(bench):
    rows = "".join(f"{i},c,{i % 2},train,gone/{i}.txt\n" for i in range(300))
    bench.write("m.csv", "id,client,label,split,t\n" + rows)
    bench.write("d.yaml", MANIFEST % ("t: {kind: text}", ""))
    result = bench.run("import", "d.yaml", "--dry-run")
    lines = result.stderr.splitlines()
    bench.check(result.returncode == 2, "missing files are accepted")
    bench.check("error: 300 of 300 files are missing" in lines[-1] and "... and 299 more" in lines[-1],
                f"no count: {lines[-1]}")
    bench.check(sum("gone/" in line for line in lines[:-1]) == 100 and
                "  ... and 200 more" in lines, "not 100 lines and a count")


def names(bench):
    """What a study names: clients of a partition file, values of groups."""
    bench.synth(clients=2, dev_fraction=0, dev_clients=1)
    rows = "".join(f"c{c}/{j},k1{' ' * (j % 3)}\n" for c in range(2) for j in range(12))
    bench.write("p.csv", "source,client\n" + rows)
    study = ("name: r\nseeds: [1]\ndata: {shards: data, partition: {kind: file, path: p.csv}}\n"
             "model: {fusion: concat}\ntraining: {rounds: 1}\n"
             "corruption: [{id: lost, kind: missing_modality, who: {site: \"%s\"}, rate: 0.5}]\n")
    bench.write("r.yaml", study % "site1 ")
    text = bench.good("check", "r.yaml").stdout
    bench.check("1 federated" in text, f"blanks make clients: {text}")
    bench.write("r.yaml", study % "site7")
    bench.refused("unknown group", bench.run("check", "r.yaml"),
                  ["the data has no site 'site7'; there are 'site0', 'site1' (did you mean"], ())


def cohorts(bench):
    bench.synth("big", clients=60000, samples=2, dev_fraction=0, dev_clients=2, test_clients=2,
                modalities='["feature:4"]')
    rows = "".join(f'{r},"c{53999 + c}"\n' for r in range(1, 6) for c in range(6000))
    bench.write("c.csv", "round,client\n" + rows)
    bench.write("t.yaml", "name: r\nseeds: [1]\ndata: {shards: big}\n"
                "model: {hidden: 4, head: 0, fusion: concat}\n"
                "training: {rounds: 5, cohorts: c.csv}\n")
    start = time.monotonic()
    bench.good("check", "t.yaml")
    bench.check(time.monotonic() - start < 15, "a cohorts file takes long")


def main():
    bench = Bench()
    bench.parts(columns, narrow, left_out, sets, many_missing, names, cohorts)
    bench.end()


if __name__ == "__main__":
    main()
