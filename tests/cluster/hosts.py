#!/usr/bin/env python3
"""Two hosts over TCP: the same bytes as on one; a cut link ends the job; a resume goes on.

The hosts are network namespaces joined by a pair of virtual cables. They have no names: they last
as long as their processes, and these live in a process namespace that ends with this script,
however the script ends. So nothing is left behind, and runs beside one another do not meet.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from bench import FRAY, MPIRUN, SCENARIO, SOURCE, Bench, is_open_mpi  # noqa: E402

TOOLS = ("ip", "unshare", "nsenter", "setpriv", "mount")
ADDRESSES = ("10.77.0.1", "10.77.0.2")
NET = "10.77.0.0/24"
LINK = "fray0"
NAMESPACES = ("unshare", "--net", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")
BOUND = 30  # seconds until a cut link must have ended the job; about 10 are expected


def outside(script=__file__, *more):
    """Starts a script again inside of namespaces, or says why it cannot."""
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        print(f"skipped: {', '.join(missing)} not found")
        sys.exit(77)
    words = list(NAMESPACES)
    if os.geteuid() != 0:
        words[1:1] = ["--user", "--map-root-user"]
    trial = subprocess.run(
        [*words, "ip", "link", "add", LINK, "type", "veth", "peer", "name", "other"],
        capture_output=True, text=True, check=False, timeout=60)
    if trial.returncode != 0:
        print(f"skipped: hosts of namespaces are not allowed here: {trial.stderr.strip()}")
        sys.exit(77)
    names = [f"host-{letter}-{os.getpid()}" for letter in "ab"]
    # With this process goes setpriv's, and with it, by --kill-child, all that runs inside.
    words = ["setpriv", "--pdeathsig", "KILL", *words, sys.executable, script, *more, *names]
    inner = subprocess.run(words, check=False)
    sys.exit(inner.returncode)


class Hosts:
    """This process is on host a; a process that sleeps holds host b."""

    def __init__(self, names, folder):
        self.names = names
        subprocess.run(["mount", "-t", "tmpfs", "fray", "/dev/shm"], check=True)
        subprocess.run(["hostname", names[0]], check=True)
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--uts", "sh", "-c",
             f"hostname {names[1]}; echo; exec sleep 9999"], stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        pid = str(self.holder.pid)
        self.ip("link", "add", LINK, "type", "veth", "peer", "name", LINK, "netns", pid)
        for host, address in enumerate(ADDRESSES):
            for words in ("link set lo up", f"addr add {address}/24 dev {LINK}",
                          f"link set {LINK} up"):
                self.ip(*words.split(), host=host)
        # Launchers call it as they would call ssh: [options] host command...
        self.agent = folder / "agent"
        self.agent.write_text(
            f'#!/bin/sh\nwhile [ "$1" != {ADDRESSES[1]} ]; do shift; done\nshift\n'
            f'exec nsenter --target {pid} --net --uts sh -c "$*"\n', encoding="utf-8")
        self.agent.chmod(0o755)

    def ip(self, *words, host=0):
        enter = ["nsenter", "--target", str(self.holder.pid), "--net"] if host else []
        subprocess.run([*enter, "ip", *words], check=True)

    def end(self):
        self.holder.kill()
        self.holder.wait()


def launcher(bench, hosts, ranks):
    """Words that start ranks in turns on the two hosts."""
    if is_open_mpi():
        bench.write("hostfile", "".join(f"{a} slots=4\n" for a in ADDRESSES))
        tune = SOURCE / "scripts" / "cluster" / "openmpi.conf"
        words = ["--tune", tune, "--hostfile", "hostfile", "--map-by", "node", "--bind-to", "none"]
        for key, value in (("plm_rsh_agent", hosts.agent), ("btl", "self,vader,tcp"),
                           ("btl_tcp_if_include", NET), ("oob_tcp_if_include", NET),
                           ("orte_tmpdir_base", bench.session),
                           ("mpi_yield_when_idle", 1)):  # the hosts share the cores
            words += ["--mca", key, value]
    else:
        bench.write("hostfile", "".join(f"{a}:1\n" for a in ADDRESSES))
        words = ["-f", "hostfile", "-launcher", "ssh", "-launcher-exec", hosts.agent,
                 "-iface", LINK]
    return [MPIRUN, *map(str, words), "-n", str(ranks)]


def same_bytes(bench, hosts):
    bench.good("run", "s.yaml", "-o", "one", "--no-report")
    for ranks in (2, 4):  # teams of two, one on each host
        where = bench.run_command([*launcher(bench, hosts, ranks), "hostname"]).stdout.split()
        bench.check(sorted(where) == sorted(hosts.names * (ranks // 2)), f"ranks run on {where}")
        result = bench.run_command([*launcher(bench, hosts, ranks), FRAY, "run", "s.yaml", "-o",
                                    f"two{ranks}", "--no-report", "--ranks-per-trial", "2"])
        bench.check(result.returncode == 0, f"{ranks} ranks on two hosts: exit code "
                    f"{result.returncode}: {result.stderr.strip()[-600:]}")
        bench.same_tables("one", f"two{ranks}", f"{ranks} ranks on two hosts")


def wait_for_work(process, folder):
    """Until a trial is done, and another one has its first checkpoint."""
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        done = {path.stem for path in folder.glob("parts/*.h5")}
        begun = {path.stem for path in folder.glob("checkpoints/*.state")}
        if done and begun - done:
            break
        time.sleep(0.005)


def cut(bench, hosts):
    """The cable is cut while the study runs. Returns the words that run this study."""
    words = ["run", "s.yaml", "--no-report", "--set", "training.rounds=2000",
             "--set", "evaluate.every=1000"]
    process = subprocess.Popen(
        [*launcher(bench, hosts, 2), FRAY, *words, "-o", "cut", "--ranks-per-trial", "2",
         "--checkpoint-every", "100"], cwd=bench.folder,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_for_work(process, bench.folder / "cut")
    hosts.ip("link", "set", LINK, "down")
    start = time.monotonic()
    try:
        stderr = process.communicate(timeout=BOUND)[1]
        print(f"the job ended {time.monotonic() - start:.1f} s after the cut, "
              f"with exit code {process.returncode}")
    except subprocess.TimeoutExpired:
        process.kill()
        stderr = process.communicate()[1]
        bench.check(False, f"the job goes on {BOUND} s after the cut")
    bench.check(process.returncode != 0, "exit code 0 after a cut")
    text = " ".join(stderr.split())
    for part in ("lost communication with a remote daemon", f"on node {ADDRESSES[1]}",
                 "failure of the TCP network connection"):
        bench.check(part in text, f"'{part}' is not in the message: {stderr[-900:]}")
    done = len(list((bench.folder / "cut" / "parts").glob("*.h5")))
    print(f"{done} of 8 trials were done")
    bench.check(1 <= done < 8, f"{done} trials of 8 were done before the cut")
    status = bench.good("status", "cut").stdout
    print(status)
    for part in ("killed", "--resume goes on", "rank 1    round "):
        bench.check(part in status, f"'{part}' is not in what fray status says")
    return words


def resume(bench, words):
    result = bench.good(*words, "-o", "cut", "--resume")
    for part in ("finished already and kept", "1 to go on from a checkpoint"):
        bench.check(part in result.stderr, f"resume does not say '{part}'")
    bench.good(*words, "-o", "whole")
    bench.same_tables("whole", "cut", "cut and resumed")


def inside(names):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if tempfile.gettempdir().startswith("/dev/shm"):  # over which another is mounted
        tempfile.tempdir = "/tmp"
    bench = Bench()
    bench.synth()
    bench.write("s.yaml", SCENARIO)
    hosts = Hosts(names, bench.folder)
    same_bytes(bench, hosts)
    if is_open_mpi():
        resume(bench, cut(bench, hosts))
    else:
        print("this MPI does not notice a cut link: only the bytes were compared")
    hosts.end()
    bench.end()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        inside(sys.argv[1:])
    else:
        outside()
