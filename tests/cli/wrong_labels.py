#!/usr/bin/env python3
"""Methods against wrong and missing labels end to end: found.csv is there where a method looks for wrong
labels, says the same on several ranks, after a kill and in a merged folder; a client stands for the server,
and labels that clients are given are no missing samples."""
from bench import SCENARIO, SYNTH, Bench, change

BASE = change(SCENARIO, "seeds: {trial: [3, 5], partition: fixed, corruption: per_trial}", "seeds: [3, 5]")
BASE = BASE[:BASE.index("methods:")]
PLAIN = "training: {rounds: 3, clients_per_round: 0.6, local: {epochs: 1, batch: 5, lr: 0.05}}"
END = "evaluate: {every: 1, metrics: [accuracy]}\n"


def study(server, damage):
    return change(BASE, PLAIN, f"training: {{rounds: 6, local: {{epochs: 2, batch: 6, lr: 0.05}}, server: {server}}}") \
        + f"corruption: [{damage}]\n" + END


def found(bench):
    text = study("{algorithm: coteaching, tau: 0.5, ramp: 1}", "{kind: label_noise, rate: 0.5}")
    bench.write("noise.yaml", text)
    bench.good("run", "noise.yaml", "-o", "r1", "--no-report")
    rows = bench.rows("r1", "found.csv")
    bench.check(len(rows) == 2 and {r["of"] for r in rows} == {"samples"}, f"{rows}")
    for r in rows:
        seen, wrong, called, right = (int(r[k]) for k in ("seen", "wrong", "called", "right"))
        bench.check(0 < right <= min(wrong, called) and max(wrong, called) < seen, f"{r}")
        bench.check(abs(float(r["precision"]) - right / called) < 1e-9, f"{r}")
        bench.check(abs(float(r["recall"]) - right / wrong) < 1e-9, f"{r}")
    bench.good("run", "noise.yaml", "-o", "r3", "--no-report", ranks=3)
    bench.killed("again", "run", "noise.yaml", "--no-report")
    bench.good("run", "noise.yaml", "-o", "again", "--resume", "--no-report")
    bench.good("merge", "r1", "-o", "merged")
    first = (bench.folder / "r1" / "found.csv").read_bytes()
    for other in ("r3", "again", "merged"):
        bench.check((bench.folder / other / "found.csv").read_bytes() == first, f"found.csv of {other}")
    bench.same_tables("r1", "r3", "3 ranks")
    bench.write("plain.yaml", change(text, "{algorithm: coteaching, tau: 0.5, ramp: 1}", "{algorithm: fedavg}"))
    bench.good("run", "plain.yaml", "-o", "plain", "--no-report")
    bench.check(not (bench.folder / "plain" / "found.csv").exists(), "fedavg found something")


def mended(bench):
    """Labels that clients keep from visit to visit, in cohorts that the server's numbers choose."""
    server = "{algorithm: fedcorr, iterations: 2, finetune: 1, confidence: 0.2, keep: disk}"
    text = change(study(server, "{kind: label_noise, model: fedcorr, rate: 0.5, level_min: 0.5}"),
                  "rounds: 6", "rounds: 7, clients_per_round: 3")
    bench.write("mend.yaml", text)
    said = " ".join(bench.good("check", "mend.yaml").stderr.split())
    bench.check("none is left" not in said, said)
    bench.good("run", "mend.yaml", "-o", "m1", "--no-report")
    rows = bench.rows("m1", "found.csv")
    bench.check([r["of"] for r in rows] == 2 * ["clients", "samples", "labels"], f"{rows}")
    for c, s, m in zip(rows[::3], rows[1::3], rows[2::3]):
        bench.check(c["seen"] == "6" and 0 < int(c["wrong"]) < 6 and int(c["called"]) < 6, f"{c}")
        bench.check(all(s[k] == m[k] for k in ("seen", "wrong", "called")), f"{s} and {m}")
        bench.check(int(m["right"]) <= int(s["right"]) <= int(s["called"]), f"{s} and {m}")
    # All come once in two rounds of three, whatever the ranks and kills; clean ones alone in the fifth.
    bench.check([r["cohort"] for r in bench.rows("m1", "rounds.csv")[:4]] == 4 * ["3"], "iterations")
    bench.good("run", "mend.yaml", "-o", "m3", "--no-report", ranks=3)
    bench.killed("killed", "run", "mend.yaml", "--no-report")
    bench.good("run", "mend.yaml", "-o", "killed", "--resume", "--no-report")
    for other in ("m3", "killed"):
        bench.check((bench.folder / other / "found.csv").read_bytes() ==
                    (bench.folder / "m1" / "found.csv").read_bytes(), f"found.csv of {other}")
        bench.same_tables("m1", other, other)
    bench.write("short.yaml", change(text, "rounds: 7", "rounds: 5"))
    said = " ".join(bench.good("check", "short.yaml").stderr.split())
    bench.check("2 iterations take 4 rounds (2 until all clients came once)" in said, said)


def served(bench):
    others = ", ".join(f"c{i}" for i in range(1, 6))
    text = study("{algorithm: semifl, threshold: 0.5, server_set: c0}",
                 f"{{kind: missing_label, rate: 1, who: {{clients: [{others}]}}}}")
    bench.write("served.yaml", text)
    said = bench.good("check", "served.yaml").stdout
    bench.check("never train" not in said, said)
    bench.good("run", "served.yaml", "-o", "s1", "--no-report")
    bench.good("run", "served.yaml", "-o", "s3", "--no-report", ranks=3)
    bench.same_tables("s1", "s3", "3 ranks")
    bench.check({r["cohort"] for r in bench.rows("s1", "rounds.csv")} == {"5"}, "c0 took part")
    bench.write("nobody.yaml", change(text, "server_set: c0", "server_set: c00"))
    bench.refused("no such client", bench.run("check", "nobody.yaml"), ["'c00'"])
    bench.write("bare.yaml", change(text, "server_set: c0", "server_set: c3"))
    bench.refused("no labels", bench.run("check", "bare.yaml"), ["no sample with a label"])


def clients(bench):
    """Of six clients two have wrong labels; who is called noisy is known to the rounds after a kill."""
    text = change(study("{algorithm: fednoro, warmup: 3, begin: 1, end: 4}",
                        "{kind: label_noise, rate: 0.9, who: {clients: [c1, c4]}}"), "rounds: 6,", "rounds: 6, clients_per_round: 1.0,")
    bench.write("noisy.yaml", text)
    bench.good("run", "noisy.yaml", "-o", "n1", "--no-report")
    rows = bench.rows("n1", "found.csv")
    bench.check(len(rows) == 2 and {r["of"] for r in rows} == {"clients"}, f"{rows}")
    for r in rows:
        seen, wrong, called, right = (int(r[k]) for k in ("seen", "wrong", "called", "right"))
        bench.check(seen == 6 and wrong == 2 and right <= min(wrong, called) and 0 < called < 6, f"{r}")
    bench.good("run", "noisy.yaml", "-o", "n3", "--no-report", ranks=3)
    bench.killed("noisy-again", "run", "noisy.yaml", "--no-report")
    bench.good("run", "noisy.yaml", "-o", "noisy-again", "--resume", "--no-report")
    for other in ("n3", "noisy-again"):
        bench.same_tables("n1", other, other)
        bench.check((bench.folder / other / "found.csv").read_bytes() == (bench.folder / "n1" / "found.csv").read_bytes(), other)
    bench.write("short.yaml", change(text, "warmup: 3", "warmup: 5"))
    said = bench.good("check", "short.yaml")
    bench.check("nobody trains as a noisy client" in said.stdout + said.stderr, said.stderr)


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    bench.parts(found, mended, served, clients)
    bench.end()


main()
