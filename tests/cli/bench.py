"""What the end-to-end tests share: a temporary folder, synthetic shards, runs of the program."""
import atexit
import hashlib
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

FRAY = os.environ["FRAY_BINARY"]
SOURCE = pathlib.Path(os.environ["FRAY_SOURCE_DIR"])
MPIRUN = os.environ.get("FRAY_MPIRUN", "mpirun")
EDIT = os.environ.get("FRAY_EDIT_H5", "")
DUMP = os.environ.get("FRAY_DUMP_H5", "")
TABLES = ("trials.csv", "scores.csv", "rounds.csv")
SYNTH = {"clients": 6, "test_clients": 3, "samples": 12, "classes": 3, "sites": 2,
         "modalities": '["series:12x2", "feature:5"]'}

# A small study of two fusions: what most tests change a little.
SCENARIO = """\
name: tiny
seeds: {trial: [3, 5], partition: fixed, corruption: per_trial}
data: {shards: data}
model:
  hidden: 8
  head: 6
  encoders: {series: {kind: conv_gru, filters: [4], kernel: 3}, feature: {kind: mlp, units: 6}}
training: {rounds: 3, clients_per_round: 0.6, local: {epochs: 1, batch: 5, lr: 0.05}}
methods:
  att: {model.fusion: attention, model.heads: 2, model.units: 8}
  cat: {model.fusion: concat}
corruption:
  - {id: lost, kind: missing_modality, unit: sample, at: both, rate: 0}
  - {id: wrong, kind: label_noise, rate: 0.3}
tests:
  series_lost: {kind: missing_modality, modalities: [series], rate: [0, 0.5, 1]}
evaluate: {every: 2, metrics: [accuracy, macro_f1, nll], groups: [site]}
sweep:
  - grid: {method: [att, cat], lost.rate: [0, 0.4]}
reference: {method: att, lost.rate: 0}
"""


def is_sanitized():
    with open(FRAY, "rb") as file:
        return b"__asan_init" in file.read()


class Bench:
    """Runs the program in a folder of its own and collects what goes wrong."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fray-cli-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.session = pathlib.Path(tempfile.mkdtemp(prefix="fray-mpi-"))
        atexit.register(shutil.rmtree, self.session, ignore_errors=True)
        os.environ["OMPI_MCA_orte_tmpdir_base"] = str(self.session)  # of mpirun too: see tests/own_session
        self.faults = []
        self.dumps = {}
        self.checks = 0
        self.start = time.monotonic()

    def check(self, good, text):
        self.checks += 1
        if not good:
            self.faults.append(text)
            print(f"FAULT: {text}", flush=True)
        return good

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text, encoding="utf-8")
        return name

    def run(self, *args, ranks=0, env=None, seconds=300):
        command = [FRAY, *map(str, args)]
        if ranks:
            command = [MPIRUN, "-n", str(ranks)] + command
        else:
            env = {**self.single(), **(env or {})}
        return self.run_command(command, env, seconds)

    def single(self):
        """A process by itself starts no MPI, for whose threads alone symbols are resolved at the start."""
        return {"LD_BIND_NOW": ""}

    def run_command(self, command, env=None, seconds=300):
        env = {**os.environ, "MPIEXEC_TIMEOUT": str(seconds), **(env or {})}
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True,
                              timeout=seconds + 20, stdin=subprocess.DEVNULL, check=False)

    def good(self, *args, **options):
        """A run that must succeed; returns its result."""
        result = self.run(*args, **options)
        self.check(result.returncode == 0,
                   f"{args}: exit code {result.returncode}: {result.stderr.strip()[-600:]}")
        return result

    def killed(self, folder, *words):
        """A run with a checkpoint after each round, killed when it has written another one. One that had
        ended by then was at least a good one; whatever else ends a run is a fault."""
        def written():
            out = set()
            for path in (self.folder / folder / "checkpoints").glob("*"):
                try:
                    out.add((path.name, path.stat().st_mtime_ns))
                except FileNotFoundError:
                    pass  # by now another one is in its place
            return out
        before = written()
        with open(self.folder / "killed.log", "w+", encoding="utf-8") as log:
            process = subprocess.Popen([FRAY, *words, "-o", folder, "--checkpoint-every", "1"],
                                       cwd=self.folder, env={**os.environ, **self.single()},
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            while process.poll() is None and written() <= before:
                time.sleep(0.002)
            process.kill()
            code = process.wait()
            log.seek(0)
            said = log.read()[-300:]
        print(f"{folder}: ended with {code}, {len(written())} checkpoints")
        self.check(code in (-9, 0), f"{folder}: to be killed, ended with {code}: {said}")
        self.check(code == 0 or written() > set(), f"{folder}: killed without a checkpoint")

    def synth(self, folder="data", **keys):
        sets = [word for key, value in {**SYNTH, **keys}.items()
                for word in ("--set", f"{key}={value}")]
        self.good("synth", "-o", folder, *sets)
        return sorted((self.folder / folder).glob("*.h5"))

    def edit(self, *args):
        subprocess.run([EDIT, *map(str, args)], check=True)

    def refused(self, what, result, parts, absent=("out", "results")):
        """Exit code 2, one message with these parts, and nothing written."""
        lines = complaint(result.stderr)
        text = "\n".join(lines)
        print(f"{what}: {text}")
        self.check(result.returncode == 2, f"{what}: exit code {result.returncode}")
        self.check(1 <= len(lines) <= 2 and "error: " in text, f"{what}: not one message")
        for part in parts:
            self.check(part in text, f"{what}: '{part}' is not in the message")
        for name in absent:
            self.check(not (self.folder / name).exists(), f"{what}: {name} was written")

    def same_tables(self, a, b, what):
        for name in TABLES:
            left, right = self.folder / a / name, self.folder / b / name
            self.check(left.exists() and right.exists()
                       and left.read_bytes() == right.read_bytes(), f"{what}: {name} differs")

    def rows(self, folder, table):
        """Rows of a CSV file as maps (the tests' names need no quoting)."""
        lines = (self.folder / folder / table).read_text(encoding="utf-8").splitlines()
        header = lines[0].split(",")
        return [dict(zip(header, line.split(","))) for line in lines[1:]]

    def dump(self, folder, trial):
        """Path -> (shape, type, values) of what results.h5 holds of a trial. A file is dumped whole, and
        once as long as it is the same file, since most who ask for a trial ask for all."""
        path = self.folder / folder / "results.h5"
        stat = path.stat()
        key = (path, stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if key not in self.dumps:
            text = subprocess.run([DUMP, path, "trials"], capture_output=True, text=True, check=True).stdout
            lines = {}
            for line in text.splitlines():
                name, _, rest = line.partition("/")
                lines.setdefault(name, []).append(rest)
            self.dumps = {**dict(list(self.dumps.items())[-3:]), key: lines}
        out = {}
        for line in self.dumps[key][trial]:
            path, shape, kind, *values = line.split(" ")
            read = str if kind == "text" else float if kind[0] == "f" else int
            out[path] = (shape, kind, [read(v) for v in values])
        return out

    def parts(self, *parts):
        """The parts of a test, one after the other, each with its time."""
        for part in parts:
            start = time.monotonic()
            print(part.__name__, flush=True)
            part(self)
            print(f"{part.__name__}: {time.monotonic() - start:.1f} s", flush=True)

    def end(self):
        print(f"{self.checks} checks, {len(self.faults)} faults, "
              f"{time.monotonic() - self.start:.1f} s")
        sys.exit(1 if self.faults else 0)


def digests(folder):
    """Every file below a folder by its hash, but for the manifest, which holds times."""
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.rglob("*")) if p.is_file() and p.parent.name.lstrip(".") != "provenance"}


# What is being made beside a file or a folder, and the lock on a name while that is made.
DRAFT = re.compile(r"\..+\.fray-[a-z2-7]{8}|\.fray-[0-9a-f]{16}\.lock|.*\.tmp")


def halves(folder):
    """What is half-written below a folder."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if DRAFT.fullmatch(p.name))


def on_ranks(ranks, *words, seconds=300):
    """A command for Popen, of the launcher that belongs to the program. Its process is mpirun."""
    return ["env", f"MPIEXEC_TIMEOUT={seconds}", MPIRUN, "-n", str(ranks), *map(str, words)]


def ranks_of(pid):
    """Processes of the program below mpirun; MPICH has one of its own in between."""
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        below = [int(child) for child in text.split()]
    except OSError:
        return []
    out = []
    for child in below:
        try:
            if os.path.samefile(f"/proc/{child}/exe", FRAY):
                out.append(child)
                continue
        except OSError:
            continue
        out += ranks_of(child)
    return out


def is_open_mpi():
    text = subprocess.run([MPIRUN, "--version"], capture_output=True, text=True, check=True).stdout
    return "Open MPI" in text or "OpenRTE" in text


def by_srun():
    """How srun tells the tasks of this MPI of one another."""
    return "srun --mpi=pmix" if is_open_mpi() else "srun --mpi=pmi2"


def change(text, old, new):
    """Replaces what must be there, so that a test never edits nothing."""
    if old not in text:
        raise ValueError(f"'{old}' is not in the text")
    return text.replace(old, new, 1)


def vector(values):
    """A .npy file of single floats, as manifests name them."""
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(values)},), }}\n".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head + struct.pack(f"<{len(values)}f", *values)


def complaint(stderr):
    """The program's own lines without warnings, whose further lines are indented, and without progress;
    mpirun adds a paragraph about the exit code."""
    own = re.split(r"^-{20,}$", stderr, flags=re.M)[0]
    own = re.sub(r"^fray: warning:.*\n(?: +.*\n)*", "", own, flags=re.M)
    return [line for line in own.splitlines()
            if line.strip() and not line.startswith(("mpirun", "importing "))]
