#!/usr/bin/env python3
"""What does not go together, row by row of the table of pairs that make no sense: `fray check` refuses each that can
be written, or says that it has no effect, with the reason. And pairs of which one at strength zero is as if it were
not there."""
import math

from bench import SYNTH, Bench

HEAD = """\
name: pairs
data: {shards: data%s}
model: {hidden: 6, head: 4, encoders: {series: {kind: conv_gru, filters: [3], kernel: 3}, feature: {kind: mlp, units: 4}}}
training: {rounds: %d, clients_per_round: 1.0, %s}
evaluate: {metrics: [accuracy], models: none}
"""
PLAIN = "local: {batch: 5, momentum: 0, weight_decay: 0, clip_norm: 0}"
MOMENTUM = "local: {batch: 5, momentum: 0.9, weight_decay: 0, clip_norm: 0}"
ADAM = "local: {batch: 5, optimiser: adam, lr: 0.01, weight_decay: 0, clip_norm: 0}"
ONE_STEP = "local: {batch: 64, momentum: 0}"
MEDIAN = "aggregation: {rule: median}"
TIMED = "availability: {time: {kind: devices, classes: {all: {seconds_per_sample: 1}}}}"
MASKED = "secure_aggregation: {protocol: masked}"
SETS = "local: {batch: 5, loss: bce}"

PRIVATE = "privacy: {clip: 1, z: 1}, on_nonfinite: exclude"

# Keys of training, and words of the reason.
REFUSED = [
    # data of attackers, with labels that others give and models that nobody else has
    ("server: semifl, attack: {kind: label_flip, who: 0.2}", ["what the received model calls their samples"]),
    (f"server: ditto, {PLAIN}, attack: {{kind: label_flip, who: 0.2}}", ["with training.server: ditto clients have models of their own", "would count among them"]),
    ("private: {blocks: [series]}, attack: {kind: modality_poisoning, modality: series, who: 0.2}", ["would count among them"]),
    ("private: {blocks: [series]}, attack: {kind: modality_poisoning, modality: series, by: ascent, who: 0.2}", ["sent by nobody"]),
    (f"{SETS}, attack: {{kind: label_flip, who: 0.2}}", ["of sets of classes"]),
    (f"server: fedasync, attack: {{kind: replacement, who: 0.2}}, {TIMED}", ["each answer is taken by itself"]),
    (f"server: scaffold, {PLAIN}, attack: {{kind: modality_poisoning, modality: series, who: 0.2}}", ["goes by more than updates"]),
    # controls and kept gradients with what makes a way no sum of gradients, or corrects twice
    (f"server: scaffold, {MOMENTUM}", ["no mean of its gradients", "momentum"]),
    (f"server: scaffold, {ADAM}", ["no mean of its gradients", "adam"]),
    (f"server: {{algorithm: scaffold, mu: 0.1}}, {PLAIN}", ["does not go with", "two corrections of one drift"]),
    (f"server: {{algorithm: scaffold, momentum: 0.9}}, {PLAIN}", ["does not go with", "two corrections of one drift"]),
    (f"server: feddyn, {MOMENTUM}", ["no gradient of its loss", "momentum"]),
    (f"server: feddyn, {ADAM}", ["no gradient of its loss", "adam"]),
    (f"server: {{algorithm: feddyn, mu: 0.1}}, {PLAIN}", ["does not go with", "no gradient of its loss"]),
    (f"server: {{algorithm: feddyn, momentum: 0.9}}, {PLAIN}", ["does not go with", "no longer that of the clients"]),
    # lengths of ways
    (f"server: fednova, {ADAM}", ["the length of a client's way", "adam"]),
    (f"server: fednova, {MEDIAN}, {PLAIN}", ["judges updates by their lengths"]),
    # rules that judge single updates, with what they do not see
    ("aggregation: {rule: median, blocks: holders, f: 5}", ["labelled samples with the modality", "a majority needs 11"]),
    ("aggregation: {blocks: holders}, attack: {kind: alie, choose: searched, who: 0.2}", ["asks the mean for whole updates"]),
    (f"server: scaffold, {MEDIAN}, {PLAIN}", ["looks at the clients' updates alone"]),
    (f"server: feddyn, {MEDIAN}, {PLAIN}", ["goes with the mean only"]),
    (f"server: semifl, {MEDIAN}", ["goes with the mean only"]),
    (f"server: fedbuff, {MEDIAN}, {TIMED}", ["unweighted"]),
    ("server: fedcorr, aggregation: {rule: krum, f: 0}", ["may have 1 client:", "krum needs at least 3"]),
    (f"server: fedasync, {MEDIAN}, {TIMED}", ["needs a cohort"]),
    (f"missing: prototypes, {MEDIAN}", ["does not guard"]),
    # coders with what sums updates up, sends two models, or answers twice before it hears again
    (f"server: feddyn, compression: sign, {PLAIN}", ["would stay there for ever"]),
    ("server: coteaching, compression: qsgd", ["sends two models", "one of them alone"]),
    (f"server: fedbuff, compression: {{kind: top_k, k: 0.1}}, {TIMED}", ["may answer twice within a round"]),
    (f"server: fedasync, compression: qsgd, attack: {{kind: sign_flip, who: 0.2}}, {TIMED}",
     ["which no client knows when it codes"]),
    # servers that see sums alone, with what looks at single clients
    *((f"{keys}, {MASKED}", ["sums only", *words]) for keys, words in (
        (MEDIAN, ["median looks at single updates"]),
        ("aggregation: {rule: mean, pre: [nnm], f: 1}", ["nnm looks at single updates"]),
        ("aggregation: {rule: mean, pre: [{kind: norm_clipping, norm: 1}]}", ["norm_clipping"]),
        ("aggregation: {rule: fltrust, root: c0}", ["fltrust"]),
        ("server: afl", ["the loss of each client"]),
        ("server: {algorithm: groupdro, group: site}", ["the loss of each client"]),
        (f"server: fedasync, {TIMED}", ["each model as it comes"]),
        ("server: fedcorr", ["losses of each client"]),
        ("server: fednoro", ["losses of each client"]))),
    (f"missing: prototypes, {MASKED}", ["no public bound"]),
    (f"compression: qsgd, {MASKED}", ["a grid that all share"]),
    (f"compression: {{kind: top_k, k: 0.1}}, {MASKED}", ["a grid that all share"]),
    # one label per sample
    (f"server: fedrs, {SETS}", ["of sets of classes"]),
    (f"server: semifl, {SETS}", ["of sets of classes"]),
    (f"server: coteaching, {SETS}", ["of sets of classes"]),
    # two corrections of one fault
    ("local: {loss: gce, epsilon: 0.1}", ["does not go with loss gce", "the same fault once more"]),
    ("local: {loss: symmetric, epsilon: 0.1}", ["does not go with loss symmetric", "the same fault once more"]),
    ("local: {loss: label_smoothing, q: 0.7}", ["does not go with", "two corrections of one fault"]),
    ("local: {loss: label_smoothing, b: 1}", ["does not go with", "two corrections of one fault"]),
    ("server: {algorithm: coteaching, relabel_ratio: 0.5}", ["does not go with", "the same fault once more"]),
    ("server: {algorithm: fedcorr, tau: 0.2}", ["does not go with", "the same fault once more"]),
    ("server: fednoro, local: {loss: gce}", ["two corrections of one fault"]),
    # models of whom
    (f"server: ditto, missing: prototypes, {PLAIN}", ["of the tokens of one model"]),
    (f"server: fedbuff, private: {{blocks: [head]}}, {TIMED}", ["goes with cohorts only"]),
    (f"server: scaffold, private: {{blocks: [head]}}, {PLAIN}", ["no block of it can be private"]),
    # privacy counts rounds of one kind: clients drawn each by itself, one bounded update each, a blurred sum
    (f"server: scaffold, {PLAIN}, {PRIVATE}", ["which the clip does not bound"]),
    (f"server: feddyn, {PLAIN}, {PRIVATE}", ["divides by how many came"]),
    (f"server: fednova, {PLAIN}, {PRIVATE}", ["numbers of their data, to which no noise is added"]),
    (f"server: qfedavg, {PRIVATE}", ["numbers of their data, to which no noise is added"]),
    (f"server: afl, {PRIVATE}", ["numbers of their data, to which no noise is added"]),
    (f"server: {{algorithm: groupdro, group: site}}, {PRIVATE}", ["numbers of their data"]),
    (f"server: semifl, {PRIVATE}", ["each client counts the same"]),
    (f"server: coteaching, {PRIVATE}", ["which the clip does not bound"]),
    (f"server: fedcorr, {PRIVATE}", ["chooses whom a round asks"]),
    (f"server: fednoro, {PRIVATE}", ["numbers of their data"]),
    (f"server: fedbuff, {TIMED}, {PRIVATE}", ["takes updates as they come"]),
    (f"server: fedasync, {TIMED}, {PRIVATE}", ["takes updates as they come"]),
    (f"{MEDIAN}, {PRIVATE}", ["median looks at single updates"]),
    (f"aggregation: {{pre: [nnm], f: 1}}, {PRIVATE}", ["looks at single updates"]),
    (f"aggregation: {{blocks: holders}}, {PRIVATE}", ["no public numbers"]),
    (f"attack: {{kind: ipm, who: 0.2}}, {PRIVATE}", ["hangs on all honest updates"]),
    (f"attack: {{kind: sign_flip, who: 0.2, attackers_per_round: fixed}}, {PRIVATE}", ["drawn by itself"]),
    (f"{TIMED}, {PRIVATE}", ["who is first"]),
    (f"availability: {{reachable: {{kind: bernoulli, p: 0.5}}}}, {PRIVATE}", ["who can be reached"]),
    (f"cohorts: none.csv, {PRIVATE}", ["Poisson sampling"]),
    (f"missing: prototypes, {PRIVATE}", ["sums of tokens, to which no noise is added"]),
    ("privacy: {clip: 1, z: 1}", ["on_nonfinite: exclude"]),
    (f"local: {{batch: 5, class_weights: balanced}}, {PRIVATE}", ["counts the labels of all clients"]),
    (PRIVATE, ["the round is chosen on dev samples of clients that train"]),
    (f"stop: {{patience: 2}}, {PRIVATE}", ["without training.stop"]),
    ("privacy: {z: 1}, on_nonfinite: exclude", ["says nothing without clip"]),
    ("privacy: {clip: 1}, on_nonfinite: exclude", ["neither is given"]),
    ("privacy: {clip: 1, z: 1, epsilon: 1}, on_nonfinite: exclude", ["both are given"]),
    ("privacy: {clip: 1, z: 0.01}, on_nonfinite: exclude", ["0.01", "less hides nobody"]),
    ("privacy: {clip: 1, epsilon: 400}, on_nonfinite: exclude", ["400", "(0, 200]"]),
]

# Told, and run.
TOLD = [
    (1, f"server: scaffold, {PLAIN}", ["hardly ever used"]),
    (1, f"server: feddyn, {PLAIN}", ["hardly ever used"]),
    (1, f"server: moon, {PLAIN}", ["hardly ever used"]),
    (9, f"server: {{algorithm: fedprox, mu: 0.1}}, {ONE_STEP}", ["mu 0.1 has no effect"]),
    (9, "server: {algorithm: fednova, mu: 0.1}, "
        "local: {batch: 64, momentum: 0, weight_decay: 0, clip_norm: 0}", ["mu 0.1 has no effect"]),
    (9, f"server: {{algorithm: fedasync, rho: 0.1}}, {ONE_STEP}, {TIMED}", ["rho 0.1 has no effect"]),
    (1, "compression: sign", ["error feedback has hardly any effect", "what sign leaves out is lost"]),
    (9, "compression: {kind: top_k, k: 1.0}", ["top_k saves nothing"]),
    (9, f"server: qfedavg, {MEDIAN}", ["weights that qfedavg gives them have no effect"]),
    (9, f"server: afl, {MEDIAN}", ["weights that afl gives them have no effect"]),
    (9, f"server: {{algorithm: groupdro, group: site}}, {MEDIAN}", ["weights that groupdro gives them have no effect"]),
    (9, f"server: ditto, {PLAIN}", ["own_test holds none out", "clients never seen have none"]),
    (9, "private: {blocks: [head]}", ["own_test holds none out", "clients never seen have none"]),
]
NEIGHBOURS = [  # so near to the others that a check may take them for one
    f"server: fedbuff, compression: qsgd, {TIMED}",
    "compression: sign, attack: {kind: sign_flip, who: 0.2}",
    f"server: scaffold, compression: sign, {PLAIN}",
    f"server: {{algorithm: scaffold, option: 1}}, {MOMENTUM}",
    f"server: {{algorithm: scaffold, mu: null, momentum: null}}, {PLAIN}",
    f"server: fednova, {MOMENTUM}",
    f"server: scaffold, {PLAIN}, attack: {{kind: label_flip, who: 0.2}}",
    f"server: {{algorithm: fedprox, mu: 0.1}}, {PLAIN}",
    "local: {loss: gce, epsilon: null, q: 0.7}",
    "local: {loss: label_smoothing, epsilon: 0.1}",
    f"server: {{algorithm: qfedavg, q: 1}}, {MASKED}",
    f"server: fednova, {MASKED}, {MOMENTUM}",
    f"server: fedbuff, {MASKED}, {TIMED}",
    f"aggregation: {{blocks: holders}}, {MASKED}",
    f"attack: {{kind: alie, who: 0.2}}, {MASKED}",
]
LINEAR = """\
name: linear
data: {shards: data, modalities: [feature]}
model: {hidden: 5, head: 0, fusion: concat, encoders: {feature: identity}}
training: {rounds: 9, server: moon, %s}
"""
ALONE = """\
name: alone
controls: [local_only]
data: {shards: data, partition: {own_test: 0}}
model: {hidden: 6, head: 4, encoders: {series: {kind: conv_gru, filters: [3], kernel: 3}, feature: mlp}}
training: {rounds: 9}
"""


def asked(bench, training, rounds=9, data=""):
    bench.write("s.yaml", HEAD % (data, rounds, training))
    return bench.run("check", "s.yaml")


def refused(bench):
    for training, words in REFUSED:
        bench.refused(training, asked(bench, training), words)
    bench.write("s.yaml", LINEAR % PLAIN)
    bench.refused("moon on a linear model", bench.run("check", "s.yaml"), ["compares what the head sees"])
    bench.write("s.yaml", HEAD % (", features: {feature: {standardise: train}}", 9, PRIVATE))
    bench.refused("means over all clients", bench.run("check", "s.yaml"), ["means over all clients' samples"])
    bench.write("s.yaml", ALONE)
    bench.refused("local_only without samples of its own", bench.run("check", "s.yaml"), ["nothing to be tested on"])


def told(bench):
    for rounds, training, words in TOLD:
        result = asked(bench, training, rounds)
        said = " ".join(result.stderr.split())
        bench.check(result.returncode == 0 and said.count("warning") == 1, f"{training}: {said}")
        for word in words:
            bench.check(word in said, f"{training}: '{word}' is not in: {said}")


def neighbours(bench):
    for training in NEIGHBOURS:
        result = asked(bench, training)
        bench.check(result.returncode == 0 and "warning" not in result.stderr, f"{training}: {result.stderr}")
    result = asked(bench, f"server: ditto, {PLAIN}", data=", partition: {own_test: 0.2}")
    bench.check(result.returncode == 0 and "warning" not in result.stderr, f"ditto on own samples: {result.stderr}")


def named(bench):
    """What is wrong with one cell alone says with which, though nobody wrote a control's cell."""
    for more, where in (("controls: [unimodal]\n", "there are 'series', 'fusion', 'head' (in the control unimodal:series)"),
                        ("methods: {both: {}, one: {data.modalities: [feature], model.encoders: {feature: mlp}, training.private: {blocks: [series]}}}\n",
                         "no parameters 'series'; there are 'feature', 'fusion', 'head' (in the cell method=one)")):
        bench.write("s.yaml", HEAD % ("", 9, "private: {blocks: [feature]}") + more)
        for words in (("check", "s.yaml"), ("run", "s.yaml", "-o", "out")):
            bench.refused(f"{words[0]} with {more}", bench.run(*words), [where])


def rounds_of(bench, name, training, more=""):
    bench.write(f"{name}.yaml", HEAD % (", cache_mb: 64", 3, training) + more)
    bench.good("run", f"{name}.yaml", "-o", name, "--no-report")
    return bench.rows(name, "rounds.csv")


def coded_beside_prototypes(bench):
    """Sums of prototypes go up beside the update, as they are: no coder sees them, none hides what they cost."""
    for k, (coder, coded) in enumerate((("sign", lambda n: math.ceil(n / 8) + 4), ("int8", lambda n: n + 4),
                                        ("{kind: top_k, k: 0.1}", lambda n: 6 * math.ceil(n / 10)))):
        plain = rounds_of(bench, f"mask{k}", f"{MOMENTUM}, compression: {coder}")
        beside = rounds_of(bench, f"proto{k}", f"{MOMENTUM}, compression: {coder}, missing: {{kind: cross_modal, mu: 0}}")
        parameters = int(plain[0]["bytes_down"]) // int(plain[0]["invited"]) // 4
        for a, b in zip(plain, beside):
            same = {c for c in a if c not in ("trial", "bytes_up", "bytes_down", "flops")}
            bench.check(all(a[c] == b[c] for c in same), f"{coder}: {a} {b}")
            cohort, sums = int(a["cohort"]), 4 * 2 * 3 * 7  # floats of 2 modalities, 3 classes, 6 values and a count
            bench.check(int(a["bytes_up"]) == cohort * coded(parameters), f"{coder}: {a['bytes_up']} of {parameters} parameters")
            bench.check(int(b["bytes_up"]) == int(a["bytes_up"]) + cohort * sums, f"{coder}: {b['bytes_up']} with prototypes")
            bench.check(int(b["bytes_down"]) == int(a["bytes_down"]) + cohort * sums, f"{coder}: {b['bytes_down']} down")


def main():
    bench = Bench()
    bench.synth(**SYNTH)
    bench.parts(refused, told, neighbours, named, coded_beside_prototypes)
    bench.end()


main()
