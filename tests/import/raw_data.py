"""The raw files of the real data sets, for tests that import them."""
import os
import sys
import tarfile


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def unpack(archive, folder):
    os.makedirs(folder)
    with tarfile.open(archive) as tar:
        for member in tar:  # files and folders below it, nothing else
            outside = member.name.startswith("/") or ".." in member.name.split("/")
            if not outside and (member.isfile() or member.isdir()):
                tar.extract(member, folder)


def raw_folder(names, folder):
    """A folder with a folder of raw files for each of `names` (uci-har, fsdd, mnist-writers) as
    data/*/README.md describe them: FRAY_RAW as it is, else made in `folder` from what FRAY_DATA
    holds (uci-har.tar.xz, fsdd.tar.xz, mnist-t10k/). Sets that are not there are left out. Skips
    the test (77) when neither variable is set."""
    raw, data = os.environ.get("FRAY_RAW"), os.environ.get("FRAY_DATA")
    if raw:
        return raw
    if not data:
        skip("neither FRAY_RAW (raw files) nor FRAY_DATA (their archives) names a folder")
    os.makedirs(folder, exist_ok=True)
    for name in names:
        if os.path.isfile(f"{data}/{name}.tar.xz"):
            unpack(f"{data}/{name}.tar.xz", f"{folder}/{name}")
    if "mnist-writers" in names and os.path.isdir(f"{data}/mnist-t10k"):
        os.symlink(os.path.abspath(f"{data}/mnist-t10k"), f"{folder}/mnist-writers")
    return folder
