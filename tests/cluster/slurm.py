"""A Slurm of its own for a test: munged, slurmctld and slurmd of one machine in a temporary folder,
on ports of their own, so that tests in parallel do not meet. It needs root and Debian's packages
slurm-wlm, slurm-client, munge and slurm-wlm-basic-plugins, but neither systemd nor cgroups.

Jobs and daemons must not outlive the test. Slurm's helpers leave their process group and session, so
a guard stands between: a process that inherits every orphan below it (PR_SET_CHILD_SUBREAPER). It
ends when its standard input does, which happens however the test ends, and takes all down with it.
"""
import ctypes
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SET_PDEATHSIG, SET_CHILD_SUBREAPER = 1, 36
TOOLS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue", "scancel")
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"

# Open MPI names its shared memory by job numbers, which must not be those of another test's Slurm.
# `low` can be preempted by `high`; a preempted job gets its --signal and a time of grace. Each node
# claims more processors than the machine may have: the tests' jobs are small.
CONF = """\
ClusterName=fray
FirstJobId={first_job}
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
TmpFS={folder}/tmp
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmdParameters=config_overrides
SlurmctldParameters=preempt_send_user_signal
MpiDefault=pmix
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SchedulerParameters=bf_interval=2,sched_interval=2,batch_sched_delay=0
JobRequeue=1
ReturnToService=2
KillWait=10
InactiveLimit=0
MailProg=/bin/true
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=low Nodes=ALL Default=YES PriorityTier=1 GraceTime=60 State=UP
PartitionName=high Nodes=ALL PriorityTier=10 PreemptMode=OFF State=UP
"""


def why_not():
    """Why no Slurm can be started here; empty if it can be tried."""
    missing = [tool for tool in TOOLS if not shutil.which(tool, path=PATH)]
    if missing:
        return ("Slurm is not installed: no " + ", ".join(missing) +
                " (Debian: slurm-wlm slurm-client munge slurm-wlm-basic-plugins)")
    return "" if os.geteuid() == 0 else "only root can run slurmd for jobs of its own"


def free_ports(n):
    """Ports that nobody listens at now, below those that the system gives to clients."""
    ports = []
    while len(ports) < n:
        port = random.SystemRandom().randrange(12000, 30000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                ports += [port] if port not in ports else []
            except OSError:
                pass
    return ports


class NoSlurm(Exception):
    """The daemons are there, but do not run in this place."""


class Cluster:
    """One node named after this host. Commands find it by the variable SLURM_CONF."""

    def __init__(self, cpus=4):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fray-slurm-"))
        self.environment = {**os.environ, "PATH": PATH,
                            "SLURM_CONF": str(self.folder / "slurm.conf")}
        for name in [k for k in self.environment if k.startswith(("SLURM_", "SBATCH_", "PMIX_"))]:
            if name != "SLURM_CONF":
                del self.environment[name]
        # Slurm's plugins name symbols that only some of its programs have: they are resolved late.
        self.environment.pop("LD_BIND_NOW", None)
        for name in ("state", "spool", "tmp"):
            (self.folder / name).mkdir()
        control_port, node_port = free_ports(2)
        (self.folder / "slurm.conf").write_text(CONF.format(
            host=socket.gethostname().split(".")[0], folder=self.folder, cpus=cpus,
            control_port=control_port, node_port=node_port,
            first_job=random.SystemRandom().randrange(1000, 50000000)))
        # Nothing here uses cgroups; named, the plugin is not looked for where none are mounted.
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n")
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        self.guard = subprocess.Popen([sys.executable, __file__, str(self.folder)],
                                      stdin=subprocess.PIPE, env=self.environment)
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def wait_until_ready(self):
        end = time.monotonic() + 60
        while "idle" not in self.ask("sinfo", "-h", "-o", "%T"):
            if time.monotonic() > end or self.guard.poll() is not None:
                raise NoSlurm("the node does not come up: " + self.logs())
            time.sleep(0.2)

    def logs(self):
        """What the daemons complain of."""
        lines = []
        for log in sorted(self.folder.glob("*.log")):
            lines += [f"{log.name}: {line}" for line in log.read_text(errors="replace").splitlines()
                      if "error" in line.lower() or "fatal" in line.lower()][-5:]
        return "\n".join(lines)

    def command(self, *args, cwd=None, check=True):
        result = subprocess.run(list(map(str, args)), env=self.environment, cwd=cwd, text=True,
                                capture_output=True, stdin=subprocess.DEVNULL, timeout=60,
                                check=False)
        if check and result.returncode != 0:
            raise RuntimeError(f"{args}: {result.stderr.strip()}")
        return result

    def ask(self, *args):
        return self.command(*args, check=False).stdout

    def submit(self, *args, cwd, env=None):
        """Number of the job. Variables reach the job as they would from a user's shell."""
        result = subprocess.run(["sbatch", "--parsable", *map(str, args)], cwd=cwd, text=True,
                                env={**self.environment, **(env or {})}, capture_output=True,
                                stdin=subprocess.DEVNULL, timeout=60, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"sbatch {args}: {result.stderr.strip()}")
        return result.stdout.strip().split(";")[0]

    def job(self, number):
        """What the controller says of a job: KEY -> value."""
        words = self.ask("scontrol", "-o", "show", "job", number).split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def states(self, number):
        """State of a job, or of each task of an array."""
        lines = self.ask("scontrol", "-o", "show", "job", number).splitlines()
        return [word.split("=", 1)[1] for line in lines for word in line.split()
                if word.startswith("JobState=")]

    def wait(self, number, states=("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL"),
             seconds=240):
        """Waits until a job, or every task of an array, is in one of these states."""
        end = time.monotonic() + seconds
        while True:
            now = self.states(number)
            if now and all(state in states for state in now):
                return now
            if time.monotonic() > end:
                raise RuntimeError(f"job {number} is {now} after {seconds} s\n{self.logs()}")
            time.sleep(0.2)

    def stop(self):
        """Ends every job and daemon and removes the folder. Waits for it."""
        if self.guard.stdin:
            self.guard.stdin.close()
        try:
            self.guard.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.guard.kill()
            self.guard.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


# --- The guard: the process between the test and the daemons. ---


def children():
    """Every process below this one that still runs, youngest first."""
    parents = {}
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        if entry.isdigit() and state != "Z":
            parents[int(entry)] = int(parent)
    below, grown = {os.getpid()}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in below} - below
        below |= more
        grown = bool(more)
    return sorted(below - {os.getpid()}, reverse=True)


def end_all():
    """A job may start processes while others are ended, so until none is left."""
    for attempt in range(100):
        left = children()
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.01 * min(attempt + 1, 10))
        reap()


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def guard(folder):
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # the test gets these, ends, and so ends the guard

    def start(name, *args):
        """Ends with the guard, even if that is killed."""
        def fresh():
            prctl(SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
        with open(f"{folder}/{name}.log", "ab") as log:
            subprocess.Popen([shutil.which(name), *args], stdin=subprocess.DEVNULL, stdout=log,
                             stderr=log, cwd=folder, preexec_fn=fresh, start_new_session=True)

    start("munged", "--foreground", "--force", f"--key-file={folder}/munge.key",
          f"--socket={folder}/munge.socket", f"--pid-file={folder}/munge.pid",
          f"--log-file={folder}/munged-own.log", f"--seed-file={folder}/munge.seed")
    end = time.monotonic() + 10
    while not os.path.exists(f"{folder}/munge.socket") and time.monotonic() < end:
        time.sleep(0.05)
    start("slurmctld", "-D", "-c")
    start("slurmd", "-D")
    signal.signal(signal.SIGCHLD, lambda *_: reap())
    while True:
        try:
            if not os.read(0, 1):
                break
        except InterruptedError:
            continue
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    end_all()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    guard(sys.argv[1])
