#!/usr/bin/env python3
"""Bad input: exit code 2, one clear message, nothing written."""
import fcntl
import shutil

from bench import SCENARIO, Bench, change

# what, old text of the scenario, new text, parts of the message
SCENARIOS = [
    ("unknown key", "name: tiny", "name: tiny\nzebra: 1", ["s.yaml:2", "zebra"]),
    ("misspelt key", "rounds: 3", "ronds: 3", ["s.yaml:8", "ronds", "did you mean", "rounds"]),
    ("misspelt kind", "kind: label_noise", "kind: label_nois", ["label_nois", "'label_noise'"]),
    ("wrong type", "rounds: 3", "rounds: many", ["s.yaml:8", "training.rounds", "many"]),
    ("number with a fraction for a count", "rounds: 3", "rounds: 2.5", ["rounds", "2.5"]),
    ("list for a number", "hidden: 8", "hidden: [8]", ["s.yaml:5", "model.hidden"]),
    ("out of range", "lr: 0.05", "lr: 20", ["training.local.lr", "20", "10"]),
    ("out of range, open", "clients_per_round: 0.6", "clients_per_round: 0.0",
     ["clients_per_round", "0"]),
    ("rate above 1", "kind: label_noise, rate: 0.3", "kind: label_noise, rate: 1.5",
     ["rate", "1.5", "[0, 1]"]),
    ("metric of other data", "rounds: 3", "rounds: 3, selection: {metric: wer}", ["s.yaml:8: training.selection.metric: wer is of sequences"]),
    ("metrics of other data", "metrics: [accuracy", "metrics: [wer, accuracy", ["s.yaml:", "evaluate.metrics: wer is of sequences"]),
    ("who in percent", "kind: label_noise, rate: 0.3", "kind: label_noise, rate: 0.3, who: 30%", ["30 % is written 0.3"]),
    ("clients in percent", "clients_per_round: 0.6", "clients_per_round: 60%", ["60 % is written 0.6"]),
    ("attackers in percent", "rounds: 3", "rounds: 3, attack: {kind: alie, who: 20%}", ["s.yaml:8", "20 % is written 0.2"]),
    ("duplicate key", "hidden: 8", "hidden: 8\n  hidden: 9", ["s.yaml:6", "hidden"]),
    ("duplicate corruption id", "id: wrong", "id: lost", ["'lost'", "twice"]),
    ("key of another method", "model:\n", "model:\n  fusion: concat\n  heads: 2\n",
     ["model.heads", "concat", "attention"]),
    ("key of another server", "training: {",
     "training: {server: {algorithm: fedavg, momentum: 0.5}, ",
     ["training.server.momentum", "fedavg"]),
    ("column of groups that is none", "training: {",
     "training: {server: {algorithm: groupdro, group: sites}, ",
     ["s.yaml:8", "training.server", "no group column 'sites'", "'site'"]),
    ("cohorts of some where all must come", "training: {", "training: {server: afl, ",
     ["every client in every round", "clients_per_round: 1.0"]),
    ("key of another optimiser", "local: {epochs: 1",
     "local: {optimiser: adam, momentum: 0.5, epochs: 1",
     ["training.local.momentum", "adam", "sgd"]),
    ("key of another loss", "local: {epochs: 1", "local: {q: 0.5, epochs: 1",
     ["training.local.q", "cross_entropy", "gce"]),
    ("method with an unused key", "cat: {model.fusion: concat}",
     "cat: {model.fusion: concat, model.heads: 2}", ["heads", "concat"]),
    ("method with an unknown key", "model.heads: 2", "model.haeds: 2",
     ["model.haeds", "model.heads"]),
    ("method that sets seeds", "cat: {model.fusion: concat}", "cat: {seeds: [1]}",
     ["seeds", "study as a whole"]),
    ("sweep over an unknown key", "lost.rate: [0, 0.4]", "lost.rat: [0, 0.4]",
     ["lost.rat", "lost.rate"]),
    ("sweep over an unknown id", "lost.rate: [0, 0.4]", "lots.rate: [0, 0.4]", ["lots.rate"]),
    ("sweep over an unknown method", "method: [att, cat]", "method: [att, cats]",
     ["cats", "'cat'"]),
    ("sweep over a value twice", "lost.rate: [0, 0.4]", "lost.rate: [0, 0]",
     ["lost.rate", "twice"]),
    ("two spellings of one cell", "lost.rate: [0, 0.4]", "lost.rate: [0, 0.0]",
     ["same configuration: lost.rate 0 and 0.0"]),
    ("two spellings of one strength", "rate: [0, 0.5, 1]", "rate: [0.5, 0, 0.50]",
     ["tests.series_lost.rate: 0.5 stands twice"]),
    ("percent for a share", "lost.rate: [0, 0.4]", "lost.rate: [0, 40]", ["40 is not in [0, 1]; 40 % is written 0.4"]),
    ("percent with its sign", "lost.rate: [0, 0.4]", "lost.rate: [0, 40%]", ["'40%' is no number; 40 % is written 0.4"]),
    ("sweep over seeds", "lost.rate: [0, 0.4]", "seeds: [1, 2]", ["seeds", "study as a whole"]),
    ("zip of unequal lengths", "grid: {method", "zip: {training.rounds: [1, 2, 3], method",
     ["zip", "one length"]),
    ("sweep that is no list", "- grid: {method: [att, cat], lost.rate: [0, 0.4]}",
     "grid: {method: [att]}", ["sweep", "list"]),
    ("no sweep of that word", "- grid:", "- gird:", ["grid"]),
    ("reference to no swept key", "lost.rate: 0}\n", "lost.rte: 0}\n", ["lost.rte", "lost.rate"]),
    ("baselines of no swept key", "reference: {", "baselines: {metod: [att]}\nreference: {",
     ["baselines", "metod", "method"]),
    ("baselines of no cell", "reference: {", "baselines: {method: [att, dog]}\nreference: {",
     ["baselines", "no cell", "dog"]),
    ("baselines that are a list", "reference: {", "baselines: [att]\nreference: {",
     ["baselines", "map"]),
    ("seed that is no number", "trial: [3, 5]", "trial: [3, x]", ["seeds", "x"]),
    ("seed twice", "trial: [3, 5]", "trial: [3, 3]", ["seeds", "twice"]),
    ("seeds with an unknown key", "partition: fixed, corr", "partitoin: fixed, corr",
     ["partitoin", "partition"]),
    ("seeds and repeats", "name: tiny", "name: tiny\nrepeats: 2", ["seeds", "repeats"]),
    ("no name", "name: tiny\n", "", ["name"]),
    ("name with a slash", "name: tiny", "name: a/b", ["s.yaml:1", "name", "a/b"]),
    ("name that is long", "name: tiny", "name: " + "x" * 101, ["s.yaml:1", "name", "101", "100"]),
    ("number of twenty digits", "rounds: 3", "rounds: 99999999999999999999", ["s.yaml:8", "[1, 1000000]"]),
    ("a count as 1e9", "rounds: 3", "rounds: 1e9", ["training.rounds", "1e9", "[1, 1000000]"]),
    ("a tab", "data: {shards: data}", "data:\n\tshards: data", ["s.yaml:4", "tab", "blanks"]),
    ("reference to no value", "lost.rate: 0}\n", "lost.rate: 0.5}\n",
     ["reference", "lost.rate = 0.5", "'0', '0.4'"]),
    ("missing shard", "shards: data", "shards: nowhere", ["nowhere"]),
    ("unknown modality", "shards: data", "shards: data, modalities: [series, feture]",
     ["feture", "feature"]),
    ("unknown modality of a corruption", "rate: [0, 0.5, 1]}", "rate: 0}\n  "
     "x: {kind: missing_modality, modalities: [sereis], rate: 0.5}", ["sereis", "series"]),
    ("unknown modality of an encoder", "feature: {kind: mlp", "featur: {kind: mlp",
     ["s.yaml:", "model.encoders.featur", "'feature'"]),
    ("encoder that does not fit", "feature: {kind: mlp, units: 6}", "feature: {kind: cnn}",
     ["s.yaml:", "feature", "cnn"]),
    ("unknown metric", "macro_f1", "makro_f1", ["makro_f1", "macro_f1"]),
    ("unknown group", "groups: [site]", "groups: [sites]", ["sites", "'site'"]),
    ("unknown group of who", "label_noise, rate: 0.3", "label_noise, rate: 0.3, who: {sit: a}",
     ["sit", "'site'"]),
    ("unknown value of who", "label_noise, rate: 0.3", "label_noise, rate: 0.3, who: {site: site7}",
     ["site7"]),
    ("labels at test", "kind: missing_modality, modalities: [series], rate: [0, 0.5, 1]",
     "kind: label_noise, rate: 0.5", ["series_lost", "label"]),
    ("condition that acts in training", "modalities: [series], rate: [0",
     "at: train, modalities: [series], rate: [0", ["series_lost", "train"]),
    ("condition without entries", "rate: [0, 0.5, 1]}", "rate: 0}\n  x: []",
     ["tests.x", "the list of entries is empty"]),
    ("condition of two entries with one name", "rate: [0, 0.5, 1]}", "rate: 0}\n  "
     "x: [{kind: missing_modality, rate: 0}, {kind: missing_modality, rate: 1}]",
     ["tests.x", "id 'x.missing_modality'"]),
    ("damage of a modality that is not there", "rate: [0, 0.5, 1]}", "rate: 0}\n  "
     "x: {kind: gaussian_noise, sigma: 0.1}", ["tests.x", "no modality that gaussian_noise damages"]),
    ("strength and severity", "rate: [0, 0.5, 1]}", "rate: 0}\n  "
     "x: {kind: noise, snr_db: 3, severity: 2}", ["tests.x", "snr_db", "give one of them"]),
    ("condition of too many points", "rate: [0, 0.5, 1]}", "rate: 0}\n  x: {kind: noise, snr_db: "
     f"{list(range(400))}, rate: {[i / 1000 for i in range(400)]}}}", ["tests.x", "more than 100000"]),
    ("partition that does not exist", "shards: data", "shards: data, partition: dirichle",
     ["dirichle", "dirichlet"]),
    ("partition file that is missing", "shards: data",
     "shards: data, partition: {kind: file, path: none.csv}", ["s.yaml:3", "none.csv"]),
    ("more clients than samples", "shards: data",
     "shards: data, partition: {kind: iid, clients: 90000}", ["s.yaml:3: data.partition.clients", "90000"]),
    ("all modalities are untrusted", "rate: [0, 0.5, 1]}", "rate: 0}\n  x: {kind: conflict, rate: 1}",
     ["tests.x", "it would hit all 2", "name those that it hits"]),
    ("nothing beside what conflicts", "rate: [0, 0.5, 1]}", "rate: 0}\n  "
     "x: {kind: conflict, modalities: [feature], rate: 1}\ncontrols: [unimodal]",
     ["tests.x", "here feature is the only one", "unimodal:feature"]),
    ("what a check across keys says, once and by its own line", "training: {", "training: {\n  privacy: {clip: 1, z: 1},\n  ",
     ["s.yaml:9: training.privacy: an update"]),
    ("a key of a section with a check of its own", "training: {", "training: {\n  attack: {kind: sign_flip,\n  who: all},\n  ",
     ["s.yaml:10: training.attack.who: expected"]),
    ("a check across keys of what is not there", "training: {", "training: {\n  attack: {kind: sign_flip},\n  ",
     ["s.yaml:9: training.attack.kind: sign_flip needs"]),
    ("a payload of no class", "rate: [0, 0.5, 1]}", "rate: 0}\n  "
     "x: {kind: payload, modalities: [series], target: clas2, strength: 1}", ["no class 'clas2'", "did you mean 'class2'"]),
    ("look-alikes that nobody names", "rate: [0, 0.5, 1]}", "rate: 0}\n  "
     "x: {kind: conflict, modalities: [series], donor: similar, rate: 1}", ["needs the key alike"]),
    ("broken YAML", "data: {shards: data}", "data: {shards: data", ["s.yaml:"]),
    ("no YAML at all", SCENARIO, "\x01\x02", ["s.yaml"]),
]


def scenarios(bench):
    for what, old, new, parts in SCENARIOS:
        bench.write("s.yaml", change(SCENARIO, old, new))
        bench.refused(what, bench.run("run", "s.yaml", "-o", "out"), parts)
    bench.write("s.yaml", SCENARIO)
    bench.refused("missing scenario", bench.run("run", "none.yaml", "-o", "out"), ["none.yaml"])
    for value, parts in (("training.rouns=4", ["training.rouns", "training.rounds"]),
                         ("training.rounds=x", ["training.rounds", "x"]),
                         ("training.rounds", ["KEY=VALUE"]), ("lost.rte=1", ["lost.rate"]),
                         ("lost.rate=", ["lost.rate"])):
        bench.refused(f"--set {value}",
                bench.run("run", "s.yaml", "-o", "out", "--set", value), parts)
        bench.refused(f"check --set {value}", bench.run("check", "s.yaml", "--set", value), parts)
    bench.refused("several ranks speak with one voice",
            bench.run("run", "s.yaml", "-o", "out", "--set", "lost.rte=1", ranks=3), ["lost.rate"])


def cohorts(bench):
    """A schedule of cohorts that does not fit; the study has three rounds."""
    full = "round,client\n1,c0\n2,c0\n3,c0\n"
    for what, text, parts in (("unknown client", full + "3,c99\n", [":5", "c99"]),
                              ("client twice", full + "3,c0\n", ["c0", "twice"]),
                              ("round without client", full[:-5], ["round 3"]),
                              ("no header", full[13:], [":1", "round"]),
                              ("no round", full + "x,c0\n", [":5", "x"]),
                              ("one column", full + "3\n", [":5"]), ("empty", "", ["c.csv"])):
        bench.write("c.csv", text)
        bench.refused(f"cohorts: {what}", bench.run("run", "s.yaml", "-o", "out", "--set",
                                                    "training.cohorts=c.csv"), ["c.csv", *parts])
    bench.refused("cohorts: no file", bench.run("run", "s.yaml", "-o", "out", "--set",
                                                "training.cohorts=none.csv"), ["none.csv"])


def commands(bench):
    for words, parts in ((["rnu"], ["rnu", "'run'"]), (["run", "--oot", "x"], ["--oot", "--out"]),
                         (["run"], ["scenario"]), (["run", "a", "b"], ["2"]),
                         (["run", "s.yaml", "-o"], ["--out"]),
                         (["run", "s.yaml", "--resume", "--overwrite"],
                          ["--resume", "--overwrite"]),
                         (["run", "s.yaml", "--resume=yes"], ["--resume", "no value"]),
                         (["run", "s.yaml", "--progress", "loud"], ["loud"]),
                         (["run", "s.yaml", "--set", "model.hidden=x"], ["--set: model.hidden", "'x'"]),
                         (["run", "s.yaml", "--set", "seeds=1,2"], ["'1,2' is a text", "[1, 2, 3]"]),
                         (["run", "s.yaml", "--set", "seeds=[1"], ["--set seeds=[1:", "YAML"]),
                         (["list", "corruption"], ["corruption", "corruptions"]),
                         (["scenario"], ["--reference"]), (["inspect"], ["shards"]),
                         (["inspect", "nowhere"], ["nowhere"]), (["report"], ["results"]),
                         (["report", "data"], ["data"]), (["import", "x.yaml"], ["-o"]),
                         (["synth"], ["-o"]), (["synth", "-o", "out", "--set", "cliens=3"],
                                               ["cliens", "clients"]),
                         (["synth", "-o", "out", "--set", "clients=0"], ["clients", "0"]),
                         (["synth", "-o", "out", "--set", "modalities=[smell:3]"], ["smell"]),
                         (["synth", "-o", "data"], ["data"])):
        bench.refused(" ".join(words), bench.run(*words), parts)
    result = bench.run("rnu", ranks=3)
    bench.refused("unknown command on 3 ranks", result, ["rnu"])


def shards(bench):
    good = bench.folder / "data" / "shard-0000.h5"
    edits = [("wrong version", ["attr", "version", 2], ["version", "2"]),
             ("offsets out of bounds", ["set", "/modalities/series/offset", 5, 10**6],
              ["offset", "1000000"]),
             ("falling offsets", ["set", "/modalities/series/offset", 5, 0], ["offset"]),
             ("label beyond the classes", ["set", "/samples/label", 7, 3], ["label", "3"]),
             ("negative label", ["set", "/samples/label", 7, -2], ["label", "-2"]),
             ("unknown split", ["set", "/samples/split", 7, 3], ["split", "3"]),
             ("counts that differ", ["cut", "/modalities/feature/values", 50],
              ["feature", "50", "108"]),
             ("fewer splits than labels", ["cut", "/samples/split", 50], ["split", "50", "108"]),
             ("clients beyond the samples", ["set", "/clients/count", 8, 13], ["clients"])]
    for what, (verb, *rest), parts in edits:
        (bench.folder / "bad").mkdir()
        shutil.copy(good, bench.folder / "bad" / "shard.h5")
        bench.edit(verb, bench.folder / "bad" / "shard.h5", *rest)
        bench.refused(what, bench.run("run", "s.yaml", "-o", "out", "--set", "data.shards=bad"),
                ["shard.h5", *parts])
        bench.refused(f"inspect: {what}", bench.run("inspect", "bad"), ["shard.h5", *parts])
        shutil.rmtree(bench.folder / "bad")
    for what, content in (("not HDF5", b"time,value\n0,1\n" * 99), ("empty shard", b""),
                          ("cut short", good.read_bytes()[:3000])):
        bench.write("bad/shard.h5", content)
        bench.refused(what, bench.run("run", "s.yaml", "-o", "out", "--set", "data.shards=bad"),
                ["shard.h5"])
        shutil.rmtree(bench.folder / "bad")
    (bench.folder / "bad").mkdir()
    bench.refused("folder without shards",
            bench.run("run", "s.yaml", "-o", "out", "--set", "data.shards=bad"), ["bad"])


def folders(bench):
    short = ["--set", "training.rounds=1", "--set", "seeds=[1]", "--no-report"]
    bench.good("run", "s.yaml", "-o", "held", *short)
    before = {p: p.stat().st_mtime_ns for p in (bench.folder / "held").rglob("*")}
    bench.refused("folder with a run", bench.run("run", "s.yaml", "-o", "held", *short),
            ["held", "--resume", "--overwrite"])
    with open(bench.folder / "held" / "lock", "r+", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        bench.refused("locked folder", bench.run("run", "s.yaml", "-o", "held", "--overwrite",
                                                  *short), ["held", "another run"])
    after = {p: p.stat().st_mtime_ns for p in (bench.folder / "held").rglob("*")}
    bench.check(before == after, "a refused run changed the folder")
    bench.write("file", "")
    for place in ("data/out", "data/a/b"):
        bench.refused("results among shards", bench.run("run", "s.yaml", "-o", place, *short),
                      ["lies in", "data", "outside"], ("data/out", "data/a"))
    bench.refused("a card among parts", bench.run("card", "held", "-o", "held/parts/card.md"), ["lies in held/parts"],
                  ("held/parts/card.md",))
    bench.refused("a file as folder", bench.run("run", "s.yaml", "-o", "file", *short), ["file"])


def main():
    bench = Bench()
    bench.synth(ragged="true")
    bench.write("s.yaml", SCENARIO)
    bench.parts(scenarios, cohorts, commands, shards, folders)
    bench.end()


if __name__ == "__main__":
    main()
