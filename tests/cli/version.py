#!/usr/bin/env python3
"""The version comes from the tag, and nothing is made again while it stays.
usage: version.py BUILD"""
import re
import shutil
import subprocess

from bench import SOURCE, Bench

GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false",
       "-c", "tag.gpgsign=false"]


def git(folder, *words):
    subprocess.run([*GIT, *words], cwd=folder, check=True, capture_output=True)


def header(bench, source):
    """What the build's step writes for a folder of sources, and when."""
    out = bench.folder / "version_text.h"
    subprocess.run(["cmake", f"-DSOURCE={source}", "-DVERSION=7.8.9", f"-DOUT={out}",
                    "-P", SOURCE / "scripts" / "cmake" / "version.cmake"], check=True)
    return re.fullmatch(r'#define FRAY_VERSION "(.*)"\n', out.read_text()).group(1), out.stat().st_mtime_ns


def package_version(bench, version):
    """What the package of Debian is called."""
    text = bench.folder / "version_text.h"
    text.write_text(f'#define FRAY_VERSION "{version}"\n', encoding="utf-8")
    ask = bench.folder / "ask.cmake"
    ask.write_text(f'include("{SOURCE}/scripts/cmake/package_version.cmake")\nmessage(${{CPACK_PACKAGE_VERSION}})',
                   encoding="utf-8")
    return subprocess.run(["cmake", f"-DCPACK_FRAY_VERSION_TEXT={text}", "-P", ask], check=True, capture_output=True,
                          text=True).stderr.strip()


def main():
    bench = Bench()
    versions = [package_version(bench, version) for version in
                ("0.2.0-rc.1", "0.2.0-rc.1-3-gabcdef0", "0.2.0", "0.2.0-12-gabcdef0", "0.2.1")]
    bench.check(versions == ["0.2.0~rc.1", "0.2.0~rc.1+3.gabcdef0", "0.2.0", "0.2.0+12.gabcdef0", "0.2.1"],
                f"versions of packages: {versions}")
    for low, high in zip(versions, versions[1:]):  # as dpkg orders them
        if shutil.which("dpkg"):
            bench.check(subprocess.run(["dpkg", "--compare-versions", low, "lt", high], check=False).returncode == 0,
                        f"{low} does not come before {high}")
    clone = bench.folder / "clone"
    clone.mkdir()
    bench.check(header(bench, clone)[0] == "7.8.9", "without git it is not the project's version")
    if not shutil.which("git"):
        print("git is not installed")
        bench.end()
    git(clone, "init", "-q")
    git(clone, "commit", "-q", "--allow-empty", "-m", "one")
    bench.check(header(bench, clone)[0] == "7.8.9", "without a tag it is not the project's version")
    git(clone, "tag", "nightly")
    bench.check(header(bench, clone)[0] == "7.8.9", "a tag that is no version is taken for one")
    git(clone, "tag", "v0.1.0")
    version, time = header(bench, clone)
    bench.check(version == "0.1.0", f"v0.1.0 gives {version}")
    bench.check(header(bench, clone) == (version, time), "what stayed the same was written again")
    git(clone, "tag", "-a", "v0.2.0-rc.1", "-m", "candidate")
    git(clone, "commit", "-q", "--allow-empty", "-m", "two")
    version = header(bench, clone)[0]
    bench.check(re.fullmatch(r"0\.2\.0-rc\.1-1-g[0-9a-f]+", version), f"a commit later: {version}")
    inner = clone / "copied"
    inner.mkdir()
    bench.check(header(bench, inner)[0] == "7.8.9", "sources inside another clone take its tag")
    said = bench.good("--version").stdout.splitlines()[0]
    bench.check(re.fullmatch(r"fray \d+\.\d+\.\d+\S*", said), said)
    bench.end()


main()
