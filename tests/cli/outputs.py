#!/usr/bin/env python3
"""What cannot be written or read is said with its reason: a full or closed output, a limit on file
sizes, files that may not be read. What a file says never steers the terminal, and no NUL cuts it."""
import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys

from bench import FRAY, SCENARIO, Bench, change, complaint, halves

ONE = change(change(SCENARIO, "trial: [3, 5]", "trial: [3]"), "[att, cat], lost.rate: [0, 0.4]",
             "[att], lost.rate: [0, 0.4]")
SET = ("name: set\nlicence: \"CC0 \\e[31mred\\x9bm\"\nsource: here\nclasses: [x, y]\n"
       "modalities: {t: {kind: text}}\ninputs: [{reader: manifest, file: m.csv, texts: {t: t}}]\n")
NOBODY = 65534


def call(bench, *command, program=FRAY, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([program, *command], cwd=bench.folder, timeout=120, check=False,
                          **options)


PRINTING = (["inspect", "data"], ["scenario", "--reference"], ["synth", "--reference"], ["list"],
            ["list", "metrics"], ["check", "s.yaml"], ["check", "s.yaml", "--verify"], ["--version"],
            ["--help"], ["run", "--help"], ["report", "--help"], ["status", "r"],
            ["status", "r", "--json"], ["compare", "r", "r2", "-o", "c"],
            ["import", "d.yaml", "--dry-run"])


def full_output(bench):
    """Exit code 1 and the reason, whatever the command; else the text is there."""
    for command in PRINTING:
        with open("/dev/full", "w", encoding="ascii") as full:
            result = call(bench, *command, stdout=full)
        text = result.stderr.decode()
        bench.check(result.returncode == 1, f"{command} > /dev/full: exit {result.returncode}")
        bench.check("cannot write to the standard output: No space left on device" in text,
                    f"{command} > /dev/full: {text[-200:]}")
        result = call(bench, *command)
        bench.check(result.returncode == 0 and len(result.stdout) > 20, f"{command}: no text")
        bench.check(b"standard output" not in result.stderr, f"{command}: {result.stderr}")


def closed_output(bench):
    """No file gets the number of a closed output, and with it what is printed or remarked."""
    for shut in ((1,), (2,), (1, 2), (0, 1, 2)):
        shutil.rmtree(bench.folder / "syn", ignore_errors=True)
        result = call(bench, "synth", "-o", "syn", "--set", "clients=2", stdout=None, stderr=None,
                      preexec_fn=lambda s=shut: [os.close(fd) for fd in s])
        bench.check(result.returncode == 0, f"synth without {shut}: {result.returncode}")
        bench.good("inspect", "syn")
    result = call(bench, "list", stdout=None, preexec_fn=lambda: os.close(1))
    bench.check(result.returncode == 1 and b"Bad file descriptor" in result.stderr,
                f"list without an output: {result.returncode}: {result.stderr}")


def broken_pipe(bench):
    """A reader that goes (`| head -1`) ends no command: it says nothing, does what it does, and its exit code is its own."""
    for ignored in (False, True):
        for code, command in ((0, ("scenario", "--reference")), (0, ("list", "corruptions")), (0, ("synth", "-o", "unheard", "--set", "clients=2")),
                              (0, ("inspect", "unheard")), (2, ("check", "no.yaml")), (0, ("--help",))):
            reading, writing = os.pipe()
            os.close(reading)
            result = call(bench, *command, stdout=writing, restore_signals=False,
                          preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_IGN if ignored else signal.SIG_DFL))
            os.close(writing)
            bench.check(result.returncode == code and b"Broken pipe" not in result.stderr and b"standard output" not in result.stderr,
                        f"{command}: a broken pipe: {result.returncode}: {result.stderr}")
        bench.check((bench.folder / "unheard/index.h5").exists() or any((bench.folder / "unheard").iterdir()), "synth did nothing")
        shutil.rmtree(bench.folder / "unheard")


def limited(size):
    """As `ulimit -f` in a job whose signal is ignored."""
    def begin():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return begin


def limited_files(bench):
    """Files that may not grow: exit code 1, the file and the reason, `state` failed, no rest."""
    ends = set()
    for size in (2000, 6000, 9000, 20000, 40000, 60000, 1 << 24):
        shutil.rmtree(bench.folder / "small", ignore_errors=True)
        result = call(bench, "run", "s.yaml", "-o", "small", "--no-report", restore_signals=False,
                      preexec_fn=limited(size))
        lines = complaint(result.stderr.decode())
        state = (bench.folder / "small" / "state").read_text()
        ends.add(result.returncode)
        if result.returncode == 0:
            bench.same_tables("small", "r", "a limit that is large enough")
            continue
        bench.check(result.returncode == 1, f"{size} bytes: exit code {result.returncode}: {lines}")
        bench.check("small/" in lines[-1] and "File too large" in lines[-1], f"said: {lines[-1]}")
        bench.check(state.startswith("failed: ") and "File too large" in state, f"state: {state}")
        bench.check(not halves(bench.folder / "small"), f"left: {halves(bench.folder / 'small')}")
    bench.check(ends == {0, 1}, f"ends: {ends}")
    for what, command in (("synth", ("synth", "-o", "lim", "--set", "clients=3")),
                          ("import", ("import", "d.yaml", "-o", "lim"))):
        result = call(bench, *command, restore_signals=False, preexec_fn=limited(1500))
        text = result.stderr.decode()
        bench.check(result.returncode == 1, f"{what}: exit code {result.returncode}: {text}")
        bench.check("lim/shard-0000.h5" in text and "File too large" in text, f"{what}: {text}")
        no = ("0x", "errno", "time =", "descriptor", ".fray-", "HDF5")
        bench.check(not any(word in text for word in no), f"{what}: internals: {text}")
        bench.check(not (bench.folder / "lim").exists() and not halves(bench.folder),
                    f"{what}: something is left: {halves(bench.folder)}")


def unreadable(bench):
    """No permission is neither another format nor absence."""
    if os.geteuid() != 0:
        print("other users are tried by root alone")
        return
    shutil.copytree(bench.folder / "r", bench.folder / "hidden")
    shutil.copytree(bench.folder / "data", bench.folder / "shards")
    shard = next((bench.folder / "shards").glob("*.h5"))
    bench.folder.chmod(0o777)
    part = next((bench.folder / "hidden" / "parts").glob("*.h5"))
    for path in (bench.folder / "hidden").rglob("*"):
        path.chmod(0o777 if path.is_dir() else 0o666)
    (bench.folder / "hidden").chmod(0o777)

    # Where it was built others may not look, as below /root.
    program = shutil.copy(FRAY, bench.folder / "program")

    def as_nobody(*command):
        return call(bench, *command, program=program, user=NOBODY, group=NOBODY, extra_groups=[])

    calls = (("a shard", shard, ("inspect", "shards"), ["shard-0000.h5"]),
             ("a folder of shards", shard.parent, ("inspect", "shards"), ["shards"]),
             ("a scenario", bench.folder / "s.yaml", ("check", "s.yaml"), ["s.yaml"]),
             ("a data set's file", bench.folder / "d.yaml", ("import", "d.yaml", "-o", "i"),
              ["d.yaml"]),
             ("a table", bench.folder / "hidden" / "trials.csv", ("report", "hidden", "-o", "o"),
              ["hidden/trials.csv"]),
             ("a results folder", bench.folder / "hidden", ("report", "hidden", "-o", "o"),
              ["hidden"]),
             ("a results folder", bench.folder / "hidden", ("status", "hidden"), ["hidden"]),
             ("a state", bench.folder / "hidden" / "state", ("status", "hidden"),
              ["hidden/state"]),
             ("a results folder", bench.folder / "hidden", ("evaluate", "hidden", "--groups",
                                                            "site"), ["hidden"]),
             ("a part", part, ("run", "s.yaml", "-o", "hidden", "--resume"), [part.name]))
    for what, path, command, parts in calls:
        mode = path.stat().st_mode & 0o777
        path.chmod(0)
        result = as_nobody(*command)
        path.chmod(mode)
        text = result.stderr.decode()
        bench.check(result.returncode == 2 and "Permission denied" in text
                    and all(p in text for p in parts) and len(complaint(text)) == 1,
                    f"{what} that may not be read, {command[0]}: {result.returncode}: {text}")
    keep = bench.folder / "keep"
    (keep / "old").mkdir(mode=0o755, parents=True)
    for command in (("synth",), ("run", "s.yaml"), ("report", "hidden"), ("merge", "hidden")):
        for place in ("keep/old", "keep/new"):
            result = as_nobody(*command, "-o", place)
            bench.check(result.returncode == 2 and b"Permission denied" in result.stderr,
                        f"{command[0]} -o {place}: {result.returncode}: {result.stderr}")
    bench.check([p.name for p in keep.rglob("*")] == ["old"], "something was written")


def controls_of(text):
    """Characters that a terminal obeys; lines may end."""
    return {hex(ord(c)) for c in text if (c < " " and c != "\n") or "\x7f" <= c < "\xa0"}


def escapes(bench):
    """Names and attributes of files, on every way out."""
    evil = "\x1b]0;title\x07\x1b[31m\x9bm"
    bench.good("import", "d.yaml", "-o", "evil")
    name = "no\x1b[2Jsuch"
    (bench.folder / evil.replace("/", "")).write_text("x")
    shutil.copytree(bench.folder / "r", bench.folder / "odd")
    bench.write("odd/state", f"running{evil}\n")
    bench.write("t.yaml", change(ONE, "name: tiny", f'name: "{name}"'.replace("\x1b", "\\e")))
    bench.write("t2.yaml", change(ONE, "lost.rate: [0,", '"lo\\e[2Jst.rate": [0,'))
    for command in (("inspect", "evil"), ("inspect", name), ("check", "t.yaml"), ("check", name),
                    ("check", "t2.yaml"), ("status", "odd"), ("status", "odd", "--json"), (name,),
                    ("list", name), ("import", name, "-o", "x"), ("report", name),
                    ("run", "s.yaml", "--set", f"name={name}")):
        result = bench.run(*command)
        bad = controls_of(result.stdout + result.stderr)
        bench.check(not bad and result.stdout + result.stderr, f"{command[0]}: {bad}")
    result = bench.good("inspect", "evil")
    bench.check("CC0 ?[31mred?m" in result.stdout, f"the licence: {result.stdout[:200]}")


def nuls(bench):
    """A NUL in a scenario, in tests, in a data set's file: refused with its line."""
    for name, command in (("n.yaml", ("check", "n.yaml")),
                          ("n.yaml", ("evaluate", "r", "--tests", "n.yaml")),
                          ("n.yaml", ("import", "n.yaml", "-o", "x"))):
        bench.write(name, ONE.encode().replace(b"\nmodel:", b"\n\0model:", 1))
        line = ONE[:ONE.index("\nmodel:")].count("\n") + 2
        bench.refused(f"a NUL, {command[0]}", bench.run(*command), [f"n.yaml:{line}:", "NUL"],
                      absent=("x",))


def main():
    bench = Bench()
    ctypes.CDLL(None).umask(0o022)
    bench.synth()
    bench.write("s.yaml", ONE)
    bench.write("d.yaml", SET)
    bench.write("m.csv", "id,client,label,split,t\n" + "".join(
        f"{i},c{i},{'xy'[i % 2]},{'test' if i == 1 else 'train'},word {i}\n" for i in range(6)))
    bench.good("run", "s.yaml", "-o", "r", "--no-report")
    bench.good("run", "s.yaml", "-o", "r2", "--no-report", "--set", "training.local.lr=0.1")
    for check in (full_output, closed_output, broken_pipe, limited_files, unreadable, escapes,
                  nuls):
        if len(sys.argv) < 2 or check.__name__ in sys.argv[1:]:
            check(bench)
    bench.end()


if __name__ == "__main__":
    main()
