#!/usr/bin/env python3
"""Small files that ask for much: each ends with exit code 2, a message with the bound, nothing written, and no process - those
that decode and read included - that took memory or time for what the file announces."""
import ctypes
import gzip
import os
import signal
import struct
import subprocess
import zlib

from bench import FRAY, Bench

MEMORY_MIB, SECONDS = 64, 5  # of what is allowed beyond a command that does nothing; the limits are far higher


def adopt():
    """Processes whose parent has ended come to this one, which can then say what they took."""
    return ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0  # PR_SET_CHILD_SUBREAPER


def watched(bench, *args):
    """(result, MiB of the largest process, processor seconds of all)."""
    with open(bench.folder / "said", "w+", encoding="utf-8") as said:
        process = subprocess.Popen([FRAY, *args], cwd=bench.folder, env={**os.environ, **bench.single()}, stdout=said, stderr=said,
                                   stdin=subprocess.DEVNULL)
        status, peak, seconds, n = 0, 0, 0.0, 0
        while True:
            try:
                pid, ended, usage = os.wait4(-1, 0)
            except ChildProcessError:
                break
            status = os.waitstatus_to_exitcode(ended) if pid == process.pid else status
            peak, seconds, n = max(peak, usage.ru_maxrss >> 10), seconds + usage.ru_utime + usage.ru_stime, n + 1
        process.returncode = status
        said.seek(0)
        return subprocess.CompletedProcess(args, status, "", said.read()), peak, seconds, n


def png(width, height):
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1 << 20), 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
                                           for name, data in ((b"IHDR", head), (b"IDAT", body), (b"IEND", b"")))


def flac(frames):
    """A description of the stream that announces frames, of which none follows."""
    info = struct.pack(">HH6x", 4096, 4096) + ((8000 << 44) | (15 << 36) | frames).to_bytes(8, "big") + bytes(16)
    return b"fLaC\x80\0\0\x22" + info


def rf64(frames):
    sizes = struct.pack("<QQQI", 2 * frames + 72, 2 * frames, frames, 0)
    return (b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<I", 28) + sizes + b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
            + b"data\xff\xff\xff\xff" + bytes(64))


def zeros(head, mebibytes):
    """gzip of a thousandth of its content: a member with the head, and others of 16 MiB of zeros."""
    return gzip.compress(head, mtime=0) + gzip.compress(bytes(16 << 20), mtime=0) * (mebibytes // 16)


def idx(rows, mebibytes):
    return zeros(struct.pack(">IIII", 0x803, rows, 28, 28), mebibytes)


def aliases(first):
    lines = [first, "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    for i in range(1, 12):
        lines.append(f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 10) + "]")
    return "\n".join(lines) + "\n"


def files(bench):
    """(what, file, words of the message); each file is the only value of an import."""
    cases = []
    for name, kind, content, words in (
            ("a.png", "image", png(60000, 60000), ["image of 60000 x 60000 pixels", "the limit is 8192 x 8192"]),
            ("a.flac", "audio", flac((1 << 36) - 1), ["truncated", "68719476735"]),
            ("a.wav", "audio", rf64(1 << 36), ["truncated", "137438953472"])):
        bench.write(f"raw/{name}", content)
        bench.write(f"raw/{name}.csv", f"id,client,label,split,m\n1,a,x,train,{name}\n")
        bench.write(f"raw/{name}.yaml", f"name: s\nclasses: [x, y]\nmodalities: {{m: {{kind: {kind}}}}}\n"
                                        f"inputs: [{{reader: manifest, file: {name}.csv}}]\n")
        cases.append((name, ("import", f"raw/{name}.yaml", "-o", "out"), [name, *words]))
    return cases


def packed(bench):
    cases = []
    for name, content, words in (
            ("few", idx(10, 1600), ["few.gz", "more than 7856 bytes unpacked"]),
            ("many", idx(1 << 31, 16), ["many.gz", "announces 1683627180032 bytes", "the limit is 1073741824"]),
            ("none", zeros(b"", 32), ["none.gz", "more than 16 bytes unpacked"])):
        bench.write(f"raw/{name}.gz", content)
        bench.write(f"raw/{name}.yaml", "name: s\nclasses: [x, y]\nmodalities: {m: {kind: image}}\n"
                                        f"inputs: [{{reader: idx, images: {name}.gz, labels: {name}.gz, modality: m}}]\n")
        cases.append((name, ("import", f"raw/{name}.yaml", "-o", "out"), words))
    return cases


def documents(bench):
    bench.write("aliases.yaml", aliases("name: s"))
    bench.write("raw/deep.jsonl", '{"a":' * 200000 + "1" + "}" * 200000 + "\n")
    bench.write("raw/deep.yaml", "name: s\nclasses: [x, y]\nmodalities: {m: {kind: text}}\n"
                                 "inputs: [{reader: manifest, file: deep.jsonl}]\n")
    bench.write("deep.json", "[" * 1000000)
    bench.write("deep_study.yaml", "name: s\nseeds: [1]\ndata: {shards: data, partition: {kind: file, path: deep.json}}\n"
                                   "training: {rounds: 1}\n")
    bench.write("nested.yaml", "name: s\na: " + "[" * 100000 + "]" * 100000 + "\n")
    return [("aliases of a data set", ("import", "aliases.yaml", "-o", "out"), ["aliases.yaml", "more than 1000000 values"]),
            ("aliases of a scenario", ("check", "aliases.yaml"), ["aliases.yaml", "more than 1000000 values"]),
            ("lists in lists", ("check", "nested.yaml"), ["nested.yaml", "64"]),
            ("JSON Lines", ("import", "raw/deep.yaml", "-o", "out"), ["deep.jsonl", "deeper than 2048"]),
            ("JSON", ("check", "deep_study.yaml"), ["deep.json", "deeper than 2048"])]


def shards(bench):
    bench.synth("data")
    cases = []
    for name, dataset in (("values", "modalities/feature/values"), ("labels", "samples/label")):
        folder = f"huge-{name}"
        (bench.folder / folder).mkdir()
        for shard in sorted((bench.folder / "data").glob("*.h5")):
            (bench.folder / folder / shard.name).write_bytes(shard.read_bytes())
        bench.edit("claim", bench.folder / folder / "shard-0000.h5", dataset, 10**18)
        cases.append((f"rows of {name}", ("inspect", folder), ["shard-0000.h5"]))
    return cases


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:  # it has ended, or the kernel does not say
        return []


def killed(bench):
    """Whoever decodes is ended again and again, as a crafted file would do: the file that it was at is named, and
    nothing written."""
    sound = b"RIFF" + struct.pack("<I", 2036) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16) + b"data" + \
        struct.pack("<I", 2000) + bytes(range(250)) * 8
    rows = ["id,client,label,split,m"]
    for k in range(300):
        bench.write(f"raw/k{k}.wav", sound)
        rows.append(f"{k},c{k % 4},{'xy'[k % 2]},train,k{k}.wav")
    bench.write("raw/killed.csv", "\n".join(rows) + "\n")
    bench.write("raw/killed.yaml", "name: s\nclasses: [x, y]\nmodalities: {m: {kind: audio}}\n"
                                   "inputs: [{reader: manifest, file: killed.csv}]\n")
    with open(bench.folder / "said", "w+", encoding="utf-8") as said:
        process = subprocess.Popen([FRAY, "import", "raw/killed.yaml", "-o", "out"], cwd=bench.folder, stdout=said, stderr=said,
                                   stdin=subprocess.DEVNULL)
        ended = set()
        while process.poll() is None:
            for pid in set(children(process.pid)) - ended:
                try:
                    os.kill(pid, signal.SIGKILL)
                    ended.add(pid)
                except ProcessLookupError:
                    pass
        said.seek(0)
        text = said.read()
    print(f"ended {len(ended)} times: exit code {process.returncode}: {text[-300:]}")
    # One that was ended in a list only costs time: its files are then asked for one by one.
    bench.check(process.returncode in (0, 2), f"killed: exit code {process.returncode}")
    if process.returncode == 2:
        for part in ("error: ", "raw/k", ".wav", "the process that decodes", "was ended by signal 9 (Killed)"):
            bench.check(part in text, f"killed: '{part}' is not in the message")
    bench.check((process.returncode == 0) == (bench.folder / "out").exists(), "killed: out is there without success")


def main():
    bench = Bench()
    cases = shards(bench) + files(bench) + packed(bench) + documents(bench)
    bench.check(adopt(), "this system does not hand over orphans")
    _, base, _, _ = watched(bench, "inspect", "data")
    for what, args, words in cases:
        result, peak, seconds, n = watched(bench, *args)
        bench.refused(what, result, words)
        print(f"    {peak} MiB in the largest of {n} processes, {seconds:.2f} s")
        bench.check(peak <= base + MEMORY_MIB, f"{what}: {peak} MiB, {base} without it")
        bench.check(seconds <= SECONDS, f"{what}: {seconds:.1f} s of work")
    killed(bench)
    bench.end()


main()
