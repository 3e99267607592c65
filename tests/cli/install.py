#!/usr/bin/env python3
"""An installed program works from any place, under any prefix, with what came with it.
usage: install.py BUILD"""
import os
import re
import shutil
import subprocess
import sys

from bench import SOURCE, Bench


def installed(bench, *words, where):
    return subprocess.run([bench.folder / where / "bin" / "fray", *words],
                          cwd=bench.folder / "elsewhere", capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL, timeout=120)


def good(bench, *words, where="prefix"):
    result = installed(bench, *words, where=where)
    bench.check(result.returncode == 0, f"{words}: {result.returncode}: {result.stderr[-600:]}")
    return result


def places(bench):
    prefix = bench.folder / "prefix"
    names = re.findall(r"^FRAY_COMMAND\((\w+)\)",
                       (SOURCE / "src" / "cli" / "commands.def").read_text(encoding="utf-8"), re.M)
    wanted = ["bin/fray", "share/man/man1/fray.1", "share/bash-completion/completions/fray",
              "share/zsh/site-functions/_fray", "share/fish/vendor_completions.d/fray.fish",
              "share/fray/scenarios/quickstart.yaml", "share/fray/data/uci-har/README.md",
              "share/doc/fray/README.md", "share/doc/fray/LICENSE", "share/doc/fray/docs/README.md",
              "share/doc/fray/docs/installing.md"]
    wanted += [f"share/man/man1/fray-{name}.1" for name in names]
    wanted += [f"share/doc/fray/{name}" for name in ("CITATION.cff", "SECURITY.md")
               if (SOURCE / name).exists()]
    for name in wanted:
        bench.check((prefix / name).is_file(), f"{name} was not installed")
    # With what scenarios name beside themselves, as the terms of pairs.yaml, whose texts can be imported.
    for path in (p for p in (SOURCE / "scenarios").rglob("*") if p.is_file()):
        name = path.relative_to(SOURCE / "scenarios")
        there = prefix / "share/fray/scenarios" / name
        bench.check(there.is_file() and there.read_bytes() == path.read_bytes(), f"{name} is another one, or none")
    good(bench, "import", prefix / "share/fray/data/messages/dataset.yaml", "-o", "messages")
    if shutil.which("man"):
        shown = subprocess.run(["man", "-M", prefix / "share/man", "fray-run"], capture_output=True,
                               text=True, check=False, env={**os.environ, "MANWIDTH": "80"})
        bench.check("SCENARIO" in shown.stdout, f"man fray-run: {shown.stderr}")
    source = bytes(SOURCE)
    program = (prefix / "bin" / "fray").read_bytes()
    bench.check(source + b"/scenarios" not in program, "the program names the folder of its sources")


def works(bench, where):
    share = (bench.folder / where / "share" / "fray").resolve()
    version = good(bench, "--version", where=where).stdout
    bench.check(f"  scenarios  {share}/scenarios\n" in version, version)
    good(bench, "list", where=where)
    good(bench, "scenario", "--reference", where=where)
    scenario = f"{share}/scenarios/quickstart.yaml"
    plan = good(bench, "check", scenario, where=where).stdout
    bench.check(f"{share}/data/spoken-digits/shards" in plan or "1760" in plan.replace(",", ""), plan)
    result = installed(bench, "check", "quickstart.yaml", where=where)
    bench.check(result.returncode == 2 and scenario in result.stderr,
                f"a name alone does not say where it is: {result.stderr}")
    result = installed(bench, "check", f"{share}/scenarios/uci-har-missing.yaml", where=where)
    bench.check(result.returncode == 2 and f"{share}/data/uci-har/shards" in result.stderr
                and "fray import" in result.stderr, f"missing data: {result.stderr}")


def runs(bench):
    """Results lie where the program was called, not where it is installed."""
    share = bench.folder / "prefix" / "share" / "fray"
    good(bench, "run", share / "scenarios" / "quickstart.yaml", "--no-report", "--set",
         "training.rounds=1", "--set", "seeds=[1]", "--set", "sweep=[{grid: {method: [concat]}}]",
         "--set", "reference={method: concat}", "--set", "tests={}")
    found = list((bench.folder / "elsewhere" / "results").glob("*/trials.csv"))
    bench.check(len(found) == 1, f"results: {found}")


def main():
    build = sys.argv[1]
    bench = Bench()
    (bench.folder / "elsewhere").mkdir()
    subprocess.run(["cmake", "--install", build, "--prefix", bench.folder / "prefix"], check=True,
                   stdout=subprocess.DEVNULL)
    places(bench)
    works(bench, "prefix")
    runs(bench)
    os.rename(bench.folder / "prefix", bench.folder / "moved")
    works(bench, "moved")
    bench.end()


main()
