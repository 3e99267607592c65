#!/usr/bin/env python3
"""Runs that are killed without warning, at random or chosen moments, and resumed: the same bytes.

    kills.py [KILLS [SEED]]      5 kills; the seed of the clock is printed, for another run like it
    kills.py generated STUDIES KILLS [SEED]     so many kills of so many studies drawn by generated_studies.py

Each study is killed a few times and resumed each time, on other numbers of ranks, team sizes and
checkpoint intervals; the last resume goes to the end. Then its tables and results.h5 equal those of
a run that nobody killed, no trial was run again that had finished, and nothing is left over.
"""
import collections
import dataclasses
import fcntl
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

from bench import (DUMP, FRAY, SCENARIO, TABLES, Bench, change, complaint, halves, on_ranks,
                   ranks_of)
import generated_studies

ROUNDS = 250  # of a trial: several times the pace of checkpoints
DRAWN_ROUNDS = 120
LONG = 8      # seconds of an undisturbed run of a drawn study
WAIT = 240    # seconds for one run, at most
ALONE = 60    # seconds that mpirun may be there without a rank: Open MPI 4.1.4 was seen to wait for ever for a
              # lock of its own in PMIx_server_finalize, where MPIEXEC_TIMEOUT no longer reaches it
# One of the methods keeps a state on the server and one with each client.
STUDY = change(change(SCENARIO, "{model.fusion: concat}",
                      "{model.fusion: concat, "
                      "training.server: {algorithm: scaffold, option: 1}}"),
               "data: {shards: data}", "data: {shards: data, partition: {own_test: 0.3}}"
               ) + "controls: [local_only]\n"
# Where half a file shows that something is being written.
MOMENTS = {"checkpoint": ("checkpoints/.*.fray-*",),
           "part": ("parts/.*.fray-*", "models/.*.fray-*"),
           "tables": (".*.csv.fray-*", ".results.h5.fray-*")}
VICTIMS = ("rank", "mpirun", "all")


def is_alive(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


@dataclasses.dataclass
class Kill:
    moment: str
    victim: str
    ranks: int
    options: list
    seconds: float = 0.0    # after the start
    found: str = ""         # half a file that was there when the signal was sent
    parts: int = 0          # of finished trials, afterwards
    checkpoints: int = 0
    leftovers: int = 0      # half-written files

    def __str__(self):
        return (f"{self.victim:7} {self.moment:10} {self.ranks} ranks {' '.join(self.options):44} "
                f"after {self.seconds:5.2f} s: {self.parts} parts, {self.checkpoints} checkpoints, "
                f"{self.leftovers} half files {self.found}")


class Killer:
    """Kills runs of one scenario, and checks what comes out."""

    def __init__(self, bench, seed):
        self.bench = bench
        self.random = random.Random(seed)
        self.kills = []
        self.studies = self.missed = self.stuck = 0

    def take(self, text, *more):
        """The study that is killed from now on: run once without. Whether that ended in time; any other end but a
        good one is a fault."""
        self.more = more
        shutil.rmtree(self.path("whole"), ignore_errors=True)
        self.bench.write("s.yaml", text)
        began = time.monotonic()
        whole = self.bench.run(*self.words("whole"), "--checkpoint-every", "50", ranks=2, seconds=WAIT)
        self.whole_seconds = time.monotonic() - began
        self.content = self.read("whole")
        if self.whole_seconds >= WAIT:
            return False
        return self.bench.check(whole.returncode == 0,
                                f"an undisturbed run: exit code {whole.returncode}: {whole.stderr.strip()[-600:]}")

    def words(self, folder):
        return ("run", "s.yaml", "-o", folder, "--no-report", *self.more)

    def path(self, folder, name=""):
        return self.bench.folder / folder / name

    def read(self, folder):
        """All that must not depend on kills."""
        out = {name: self.path(folder, name).read_bytes() for name in (*TABLES, "columns.csv")
               if self.path(folder, name).exists()}
        if self.path(folder, "results.h5").exists():
            out["results.h5"] = subprocess.run([DUMP, self.path(folder, "results.h5"), "trials"],
                                               capture_output=True, check=True).stdout
        return out

    def stamps(self, folder):
        return {p.name: (p.stat().st_mtime_ns, p.stat().st_ino)
                for p in self.path(folder, "parts").glob("*.h5")}

    def options(self, ranks):
        words = ["--checkpoint-every", str(self.random.choice((1, 7, 40)))]
        if ranks > 1 and self.random.random() < 0.6:
            words += ["--ranks-per-trial", str(self.random.randint(1, ranks))]
        return words

    def start(self, folder, ranks, options):
        words = [FRAY, *self.words(folder), *options]
        if self.path(folder, "state").exists():
            words.append("--resume")
        with open(self.path("log"), "wb") as log:
            return subprocess.Popen(on_ranks(ranks, *words, seconds=WAIT),
                                    cwd=self.bench.folder, stdin=subprocess.DEVNULL, stdout=log,
                                    stderr=log)

    def half_files(self, folder, moment):
        """Name -> when it was last written, of what shows that the moment has come."""
        out = {}
        for below, pattern in map(os.path.split, MOMENTS.get(moment, ())):
            for path in self.path(folder, below).glob(pattern):
                try:
                    out[path.name] = path.stat().st_mtime_ns
                except FileNotFoundError:
                    pass  # in place by now
        return out

    def wait_for(self, process, folder, kill, before):
        """True when the moment has come; False: the run ended before. before: half files that an
        earlier kill left."""
        end = time.monotonic() + (self.random.uniform(0.2, 1.0) * self.whole_seconds
                                  if kill.moment == "random" else WAIT)
        skip = 0 if kill.moment == "tables" else self.random.randint(0, 3)
        seen = before
        while process.poll() is None and time.monotonic() < end:
            now = self.half_files(folder, kill.moment)
            new = [name for name, when in now.items() if seen.get(name) != when]
            if new and skip == 0:
                kill.found = new[0]
                return True
            skip -= bool(new)
            seen = {**seen, **now}
            time.sleep(0.0005)
        return kill.moment == "random" and process.poll() is None

    def strike(self, process, victim):
        ranks = ranks_of(process.pid)
        if victim == "mpirun" or not ranks:
            targets = [process.pid]
        else:
            targets = ranks if victim == "all" else [self.random.choice(ranks)]
        for pid in targets:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return ranks

    def wait(self, process, folder):
        """Whether the run ended well; None: it never began. A launcher that outlives its ranks, or starts none, is
        killed and counted; then the state tells how the run ended."""
        began = alone = time.monotonic()
        while process.poll() is None:
            now = time.monotonic()
            alone = now if ranks_of(process.pid) else alone
            if now - alone > ALONE or now - began > WAIT + ALONE:
                process.kill()
                process.wait()
                self.stuck += 1
                print(f"    mpirun had to be killed, {now - alone:.0f} s without a rank", flush=True)
                if alone == began:
                    return None
                state = self.path(folder, "state")
                return state.exists() and state.read_text(encoding="utf-8").strip() == "done"
            time.sleep(0.02)
        return process.returncode == 0

    def kill_once(self, folder, kill):
        before = self.half_files(folder, kill.moment)
        good = None
        while good is None:
            began = time.monotonic()
            process = self.start(folder, kill.ranks, kill.options)
            hit = self.wait_for(process, folder, kill, before)
            kill.seconds = time.monotonic() - began
            ranks = self.strike(process, kill.victim) if hit else []
            ended = self.wait(process, folder)
            good = False if hit else ended
        # Half of the time the next run starts while the ranks of this one may still be dying; but
        # not while they may still take an empty folder, which is theirs then.
        patient = self.random.random() < 0.5 or not self.path(folder, "state").exists()
        while patient and any(map(is_alive, ranks)):
            time.sleep(0.05)
        if not hit:
            self.bench.check(good, f"{folder}: a run ended with {process.returncode}: {self.said()}")
            self.missed += 1
            return False
        below = [self.path(folder, name) for name in ("", "parts", "models", "checkpoints")]
        kill.parts = len(list(below[1].glob("*.h5")))
        kill.checkpoints = len(list(below[3].glob("*.state")))
        kill.leftovers = len(halves(below[0]))
        self.kills.append(kill)
        print(f"{len(self.kills):3} {kill}", flush=True)
        return True

    def said(self):
        return "\n".join(complaint(self.path("log").read_text(encoding="utf-8", errors="replace")))

    def finish(self, folder, ranks, options):
        """The last resume; stamps: of parts that must stay as they are."""
        good = None
        while good is None:
            process = self.start(folder, ranks, options)
            good = self.wait(process, folder)
        return self.bench.check(good,
                                f"{folder}: resume ends with {process.returncode}: {self.said()}")

    def compare(self, folder, before):
        bench = self.bench
        now, stamps = self.read(folder), self.stamps(folder)
        for name, content in self.content.items():
            bench.check(now.get(name) == content, f"{folder}: {name} differs")
        for name, stamp in before.items():
            bench.check(stamps.get(name) == stamp, f"{folder}: trial {name} was run again")
        left = [str(p.relative_to(self.path(folder))) for p in self.path(folder).rglob("*")
                if p.parent.name == "checkpoints"] + halves(self.path(folder))
        bench.check(not left, f"{folder}: left over: {left}")
        state = self.path(folder, "state").read_text(encoding="utf-8").strip()
        bench.check(state == "done", f"{folder}: state is {state}")

    def study(self, kills, rank_choices):
        """A study that is killed so often, each time otherwise."""
        folder = f"k{self.studies}"
        self.studies += 1
        before = {}
        for moment, victim in kills:
            ranks = self.random.choice(rank_choices)
            hit = self.kill_once(folder, Kill(moment, victim, ranks, self.options(ranks)))
            for name, stamp in before.items():
                self.bench.check(self.stamps(folder).get(name) == stamp,
                                 f"{folder}: trial {name} was run again")
            before = self.stamps(folder)
            if not hit:
                break
        else:
            ranks = self.random.choice(rank_choices)
            if not self.finish(folder, ranks, self.options(ranks)):
                return False
        self.compare(folder, before)
        return not self.bench.faults

    def summary(self):
        print(f"\n{len(self.kills)} kills in {self.studies} copies of studies; {self.missed} runs were over "
              f"before; {self.stuck} launchers had to be killed; an undisturbed run takes {self.whole_seconds:.1f} s "
              "(the last)")
        for moment in ("random", *MOMENTS):
            counts = [sum(k.moment == moment and k.victim == v for k in self.kills)
                      for v in VICTIMS]
            print(f"  {moment:10} " + "  ".join(f"{v}: {n}" for v, n in zip(VICTIMS, counts)))


def orphans_begin_nothing(bench, killer):
    """Ranks whose launcher is killed while they wait for the folder leave it as it is, though they get it then."""
    folder = killer.path("whole")
    before = (folder / "state").stat()
    with open(folder / "lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = killer.start("whole", 2, [])
        end, ranks = time.monotonic() + WAIT, []
        while not waits_for(ranks[:1], folder / "lock") and time.monotonic() < end:
            time.sleep(0.01)
            ranks = sorted(ranks_of(process.pid))
        bench.check(len(ranks) == 2, f"{len(ranks)} ranks wait for a folder that is held")
        process.kill()
        process.wait()
    while any(map(is_alive, ranks)):
        time.sleep(0.02)
    after = (folder / "state").stat()
    bench.check((after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns),
                "ranks without a launcher began in a folder that was done")


def waits_for(pids, path):
    """Whether one of them has the file open."""
    for pid in pids:
        try:
            if any(os.path.samefile(entry, path) for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir()):
                return True
        except OSError:
            pass
    return False


def plan_of(killer, kills):
    """One of each kind first; then as it comes."""
    plan = [("random", "rank"), ("checkpoint", "all"), ("part", "rank"), ("random", "mpirun"),
            ("tables", "all")]
    while len(plan) < kills:
        plan.append((killer.random.choice(("random", "random", *MOMENTS)),
                     killer.random.choice(VICTIMS)))
    return plan


def generated(studies, kills, seed):
    """Each study as often as it needs for its share of the kills; a run that is over before it is killed
    does not count."""
    print(f"seed {seed}")
    bench = Bench()
    killer = Killer(bench, seed)
    generated_studies.make(bench)
    listed = generated_studies.names(bench)
    met = collections.Counter()
    for k in range(studies):
        text, draws = generated_studies.valid(bench, killer.random, listed, DRAWN_ROUNDS, "drawn.yaml")
        taken = killer.take(text)
        if killer.whole_seconds > LONG and not bench.faults:  # fewer rounds, so that there is time for kills
            fewer = max(10, int(DRAWN_ROUNDS * LONG / 2 / killer.whole_seconds))
            text = text.replace(f"rounds: {DRAWN_ROUNDS}", f"rounds: {fewer}")
            taken = killer.take(text)
        if not taken:
            bench.check(bench.faults, f"an undisturbed run was not done in {WAIT} s:\n{text}")
            break
        had = generated_studies.features(text)
        print(f"study {k + 1} (draw {draws}, {killer.whole_seconds:.1f} s): {' '.join(had)}", flush=True)
        met.update(had)
        wanted, tries, good = kills * (k + 1) // studies, 0, True
        while good and len(killer.kills) < wanted and tries < 3 * kills // studies:
            n = min(4, wanted - len(killer.kills))
            tries += 1
            plan = [(killer.random.choice(("random", "random", *MOMENTS)), killer.random.choice(VICTIMS)) for _ in range(n)]
            good = killer.study(plan, (1, 2, 3, 4))
            shutil.rmtree(killer.path(f"k{killer.studies - 1}"), ignore_errors=not good)
        if not good:
            print(text)
            break
    killer.summary()
    print("features: " + ", ".join(f"{name} {n}" for name, n in met.most_common()))
    bench.end()


def main():
    if sys.argv[1:2] == ["generated"]:
        generated(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else time.time_ns() % 1000000)
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 1000000
    print(f"seed {seed}")
    bench = Bench()
    killer = Killer(bench, seed)
    bench.synth()
    killer.take(STUDY, "--set", f"training.rounds={ROUNDS}", "--set", "evaluate.every=7")
    orphans_begin_nothing(bench, killer)
    plan = plan_of(killer, kills)
    rank_choices = (2,) if kills <= 5 else (1, 2, 3, 4)
    per_study = 3 if kills <= 5 else 4
    while len(killer.kills) < kills:
        at = len(killer.kills)
        if not killer.study(plan[at:min(at + per_study, kills)], rank_choices):
            break
    killer.summary()
    bench.end()


if __name__ == "__main__":
    main()
