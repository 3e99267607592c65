#!/usr/bin/env python3
"""A large population: the same numbers on one and two ranks, in little memory."""
import resource

from bench import Bench

CLIENTS = 70000  # more than 65,536: cohorts are drawn without touching all clients
SCENARIO = """\
name: many
seeds: [1]
data: {shards: data, cache_mb: 16}
model:
  {fusion: concat, hidden: 4, head: 0, dropout: 0, encoders: {feature: {kind: identity}}}
training: {rounds: 20, clients_per_round: 50, local: {batch: 2, lr: 0.1}}
corruption:
  - {id: unlabelled, kind: missing_label, rate: 0.3}
evaluate: {every: 10, metrics: [accuracy]}
"""
# The program and its libraries take about 30 MB, a client of two samples about 0.5 KB.
MOST_MB = 100


def main():
    bench = Bench()
    bench.synth(clients=CLIENTS, dev_clients=40, test_clients=100, samples=2, dev_fraction=0,
                shards=3, modalities='["feature:4"]')
    bench.write("s.yaml", SCENARIO)
    bench.good("run", "s.yaml", "-o", "one", "--no-report")
    bench.good("run", "s.yaml", "-o", "two", "--no-report", ranks=2)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"at most {most:.0f} MB in a process")
    bench.check(most < MOST_MB, f"{most:.0f} MB in a process, expected less than {MOST_MB}")
    bench.same_tables("one", "two", "2 ranks")
    rows = bench.rows("one", "rounds.csv")
    bench.check([row["round"] for row in rows] == ["10", "20"], f"rounds: {rows}")
    trial = bench.rows("one", "trials.csv")
    bench.check(len(trial) == 1 and float(trial[0]["best.accuracy"]) > 0.4, f"learns: {trial}")
    # Nobody is left to draw.
    bench.good("run", "s.yaml", "-o", "all", "--no-report", "--set", "unlabelled.rate=1")
    bench.end()


if __name__ == "__main__":
    main()
