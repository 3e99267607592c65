"""Bare roots of Debian, in which scripts try fray on a system that holds nothing but what they install.

Made by debootstrap, entered by chroot within a mount namespace of its own, so that nothing stays mounted. Needs
root. The way to a mirror is that of this machine."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess

PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MOUNTS = ('mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; mount -t sysfs sys "$0/sys" 2>/dev/null || :; '
          'exec chroot "$0" "$@"')


def reason_against():
    """Why no root can be made here, or nothing."""
    if os.geteuid() != 0:
        return "only root can make and enter a root"
    if not shutil.which("debootstrap"):
        return "debootstrap is not installed"
    return ""


def mirror():
    """Where this machine has Debian's packages from."""
    places = [*pathlib.Path("/etc/apt/sources.list.d").glob("*.sources"), pathlib.Path("/etc/apt/sources.list")]
    for path in places:
        if path.exists():
            found = re.search(r"^(?:URIs:|deb(?: \[.*?\])?) *(\S+/debian)/?(?: |$)", path.read_text(encoding="utf-8"), re.M)
            if found:
                return found[1]
    return "http://deb.debian.org/debian"


def make(root, suite, packages=(), say=subprocess.DEVNULL):
    """Fills the folder `root` with a minimal `suite`, unless it holds one already."""
    done = root.with_name(root.name + ".complete")
    if done.exists():
        return
    shutil.rmtree(root, ignore_errors=True)
    include = ",".join(["ca-certificates", *packages])
    subprocess.run(["debootstrap", "--variant=minbase", f"--include={include}", suite, root, mirror()], check=True,
                   stdout=say, stderr=say, stdin=subprocess.DEVNULL)
    for path in ("/etc/resolv.conf", "/etc/hosts"):
        if os.path.exists(path):
            shutil.copy(path, root / path[1:])
    for path in pathlib.Path("/etc/apt/apt.conf.d").iterdir():  # proxies and the like
        if "Acquire::" in path.read_text(encoding="utf-8", errors="replace"):
            shutil.copy(path, root / "etc/apt/apt.conf.d")
    done.touch()


def words(root, command, user="", folder="/root", **environment):
    """The command line that runs a shell's command in the root, with an environment that holds nothing else."""
    env = {"HOME": folder, "LANG": "C.UTF-8", "PATH": PATHS, "DEBIAN_FRONTEND": "noninteractive", **environment}
    shell = ["bash", "-c", f"cd {shlex.quote(folder)} && {command}"]
    if user:
        shell = ["runuser", "-u", user, "--", *shell]
    return ["unshare", "--mount", "--propagation", "private", "sh", "-ec", MOUNTS, str(root),
            "/usr/bin/env", "-i", *(f"{name}={value}" for name, value in env.items()), *shell]
