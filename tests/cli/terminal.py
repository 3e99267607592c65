#!/usr/bin/env python3
"""What a terminal shows: lines of progress and of finished trials, at any width, on a terminal and in
a file; and how little with --quiet."""
import csv
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

from bench import FRAY, SCENARIO, SOURCE, Bench, change

FINISHED = re.compile(r"trial (\d+)/8: (att|cat), lost (0|40) %, seed ([35]): accuracy (\S+) % "
                      r"at round (\d+), \d+(?:\.\d)? s")


def screen_of(bench, columns, *args, rows=24):
    """What the program writes to a terminal of so many columns, without what rewrites lines."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
    process = subprocess.Popen([FRAY, *map(str, args)], cwd=bench.folder, env=env, stdin=follower,
                               stdout=follower, stderr=follower)
    os.close(follower)
    text = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        text += piece
    os.close(leader)
    code = process.wait(timeout=60)
    shown = text.decode().replace("\r\n", "\n").replace("\033[K", "")
    return code, re.split(r"[\r\n]", shown)


def finished(bench):
    """Each finished trial says its score and the round that it is of, as trials.csv has them."""
    result = bench.good("run", "s.yaml", "-o", "r", "--no-report")
    found = FINISHED.findall(" ".join(result.stderr.split()))
    bench.check([f[0] for f in found] == [str(i + 1) for i in range(8)], f"{result.stderr}")
    with open(bench.folder / "r" / "trials.csv", encoding="utf-8") as file:
        rows = {(r["method"], f"{100 * float(r['lost.rate']):g}", r["seed"]): r
                for r in csv.DictReader(file)}
    for _, method, rate, seed, score, best in found:
        row = rows[method, rate, seed]
        bench.check(f"{100 * float(row['best.accuracy']):.1f}" == score
                    and row["best_round"] == best, f"{method} {rate} {seed}: {score}, {best}")
    wide = [line for line in result.stderr.splitlines() if len(line) > 80 and "warning" not in line]
    bench.check(not wide and "\033" not in result.stderr, f"wider than 80 columns: {wide}")


def widths(bench):
    """A terminal of any width: no line is wider, and a line that is rewritten never reaches the edge."""
    for columns in (20, 40, 80, 200):
        code, lines = screen_of(bench, columns, "run", "s.yaml", "-o", "w", "--no-report", "--overwrite",
                                "--set", "training.rounds=150", "--set", "evaluate.every=50")
        bench.check(code == 0, f"{columns} columns: exit code {code}")
        wide = [line for line in lines if len(line) > columns]
        bench.check(not wide, f"{columns} columns: {wide[:3]}")
        live = [line for line in lines if re.match(r"\d/8( trials)?(  |$)", line)]
        bench.check(live and max(map(len, live)) < columns, f"{columns} columns: {live[:3]}")
        name = columns == 20 or any(re.search(r"  (att|cat), lost (0|40) %, seed", line) for line in live)
        bench.check(name, f"{columns} columns: no trial is named: {live[:3]}")
        joined = " ".join(" ".join(lines).split())
        bench.check(len(FINISHED.findall(joined)) == 8 or columns == 20, f"{columns}: {lines}")


def told(bench):
    """COLUMNS says the width where there is no terminal to ask; nonsense is passed over."""
    for columns, most in (("40", 40), ("0", 80), ("-5", 80), ("40x", 80), ("", 80), ("99999", 80)):
        result = bench.good("run", "s.yaml", "-o", "c", "--no-report", "--overwrite",
                            env={"COLUMNS": columns})
        lines = re.findall(r"^trial .*\n(?:  .*\n)*", result.stderr, re.M)
        widest = max(len(line) for line in "".join(lines).splitlines())
        bench.check(widest <= most and (most == 40 or widest > 40), f"COLUMNS={columns}: {widest}")
        status = bench.good("status", "c", env={"COLUMNS": columns}).stdout
        over = [line for line in status.splitlines() if len(line) > most and "/" not in line]
        bench.check(not over and "trials" in status, f"status, COLUMNS={columns}: {over}")


def named(bench):
    """Wide characters in the names of methods: counted as the two columns that they take."""
    han = "\u8a9e" * 12
    text = change(SCENARIO, "  att:", f'  "{han}":').replace("att,", f'"{han}",')
    bench.write("han.yaml", text.replace("method: att", f'method: "{han}"'))
    code, lines = screen_of(bench, 40, "run", "han.yaml", "-o", "han", "--no-report")
    bench.check(code == 0, f"exit code {code}")
    taken = [sum(2 if c > "\u2e80" else 1 for c in line) for line in lines]
    bench.check(max(taken) <= 40 and any("\u8a9e" in line for line in lines), f"{lines}")


def quiet(bench):
    """--quiet leaves warnings and errors, and changes nothing else."""
    bench.good("synth", "-o", "d2", "--set", "clients=3")
    for words in (("run", "s.yaml", "-o", "q", "-q", "--overwrite"),
                  ("run", "s.yaml", "-o", "q", "--quiet", "--resume"),
                  ("evaluate", "q", "--groups", "site", "-q"), ("merge", "q", "-o", "m", "-q"),
                  ("report", "q", "-q"), ("report", "q", "-q", "--figure", "curves", "-o", "f")):
        result = bench.good(*words)
        own = re.sub(r"^fray: warning:.*\n(?: +.*\n)*", "", result.stderr, flags=re.M)
        bench.check(own == "" and result.stdout == "", f"{words}: {result.stdout}{result.stderr}")
    bench.good("run", "s.yaml", "-o", "loud", "--no-report")
    bench.same_tables("q", "loud", "quiet and loud")
    result = bench.run("run", "s.yaml", "-o", "n", "-q", "--set", "training.rounds=0")
    bench.refused("an error, quietly", result, ["training.rounds"], ("n",))
    result = bench.good("run", "s.yaml", "-o", "p", "-q", "--no-report", "--metrics", "-")
    bench.check(len(result.stdout.splitlines()) > 8 and result.stdout.startswith("{"), "metrics")
    bench.refused("a letter too far", bench.run("run", "s.yaml", "--quite"), ["--quite", "--quiet"])


def law(bench):
    """No line of an answer is wider than 80 columns, unless a path or a word makes it so."""
    bench.good("run", "s.yaml", "-o", "l", "-q")
    names = re.findall(r"^FRAY_COMMAND\((\w+)\)",
                       (SOURCE / "src/cli/commands.def").read_text(encoding="utf-8"), re.M)
    calls = [("help",), ("version",), ("list",), ("inspect", "data"), ("check", "s.yaml"), ("status", "l"),
             ("show", "l"), ("show", "l", "--all"), ("report", "l"), ("merge", "l", "-o", "lm"),
             ("compare", "l", "l", "--a", "method=att", "--b", "method=cat", "-o", "lc"),
             ("run", "s.yaml", "-o", "ln"), ("evaluate", "l", "--groups", "site"),
             ("import", SOURCE / "data/spoken-digits/dataset.yaml", "--dry-run")]
    for words in calls + [(name, "--help") for name in names]:
        result = bench.good(*words)
        for line in (result.stdout + result.stderr).splitlines():
            longest = max(map(len, line.split()), default=0)
            bench.check(len(line) <= 80 or longest > 60 or "warning" in line or "/" in line,
                        f"{words}: {len(line)} columns: {line}")


def main():
    bench = Bench()
    bench.synth()
    bench.write("s.yaml", SCENARIO)
    bench.parts(finished, widths, told, named, quiet, law)
    bench.end()


if __name__ == "__main__":
    main()
