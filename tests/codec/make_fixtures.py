#!/usr/bin/env python3
"""Writes fixtures/: tiny pictures and sounds with values known in closed form.

Pictures (5 rows, 7 columns): grey = 20 y + 10 x, rgb = (40 y, 30 x, 10 (x + y)); written by Pillow, the
interlaced PNG by hand (Adam7). JPEG: 16 x 16 of one colour (200, 100, 50), baseline and progressive;
ramp.jpg, 24 x 16: (8 x, 10 y, 255 - 6 x - 4 y), baseline; arithmetic.jpg and arithmetic-progressive.jpg are
the same coefficients in arithmetic coding, by jpegtran of libjpeg-turbo 2.1.5.
Sounds: 0.25 s at 16 kHz, left 0.5 sin(2 pi 500 t), right half of it, written by libsndfile through
ctypes. Run in this folder; needs python3-numpy, python3-pil, libjpeg-turbo-progs and libsndfile1."""
import ctypes
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

out = Path(__file__).parent / "fixtures"
out.mkdir(exist_ok=True)
y, x = np.mgrid[0:5, 0:7]
grey = (20 * y + 10 * x).astype(np.uint8)
rgb = np.stack([40 * y, 30 * x, 10 * (x + y)], 2).astype(np.uint8)
alpha = np.dstack([rgb, np.full((5, 7), 128, np.uint8)])

Image.fromarray(grey).save(out / "grey.png")
Image.fromarray(rgb).save(out / "rgb.png")
Image.fromarray(alpha).save(out / "rgba.png")
Image.fromarray(rgb).quantize(64).save(out / "palette.png")
Image.fromarray(grey.astype(np.uint16) * 257).save(out / "grey16.png")
Image.fromarray(grey).save(out / "grey.pgm")
Image.fromarray(rgb).save(out / "rgb.ppm")
Image.fromarray(rgb).save(out / "rgb.bmp")
flat = Image.new("RGB", (16, 16), (200, 100, 50))
flat.save(out / "flat.jpg", quality=95)
flat.save(out / "progressive.jpg", quality=95, progressive=True)
yy, xx = np.mgrid[0:16, 0:24]
Image.fromarray(np.stack([8 * xx, 10 * yy, 255 - 6 * xx - 4 * yy], 2).astype(np.uint8)).save(
    out / "ramp.jpg", quality=95, subsampling=0)
for name, more in (("arithmetic.jpg", []), ("arithmetic-progressive.jpg", ["-progressive"])):
    (out / name).write_bytes(subprocess.run(["jpegtran", "-arithmetic", *more, str(out / "ramp.jpg")],
                                            check=True, capture_output=True).stdout)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


rows = b""
for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
                       (1, 0, 2, 2), (0, 1, 1, 2)]:
    part = grey[y0::dy, x0::dx]
    if part.size:
        rows += b"".join(b"\0" + row.tobytes() for row in part)
header = struct.pack(">IIBBBBB", 7, 5, 8, 0, 0, 0, 1)
data = zlib.compress(rows)
(out / "interlaced.png").write_bytes(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data[:9]) +
    chunk(b"IDAT", data[9:]) + chunk(b"IEND", b""))
# The same header, half of the rows: a whole zlib stream, too short for the picture.
(out / "half-data.png").write_bytes(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
    chunk(b"IDAT", zlib.compress(rows[:len(rows) // 2])) + chunk(b"IEND", b""))
# A header that announces 100000 x 100000 pixels.
(out / "huge.png").write_bytes(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 100000, 100000, 8, 0, 0, 0, 0)) +
    chunk(b"IDAT", data) + chunk(b"IEND", b""))


class Info(ctypes.Structure):
    _fields_ = [("frames", ctypes.c_int64), ("samplerate", ctypes.c_int), ("channels", ctypes.c_int),
                ("format", ctypes.c_int), ("sections", ctypes.c_int), ("seekable", ctypes.c_int)]


lib = ctypes.CDLL("libsndfile.so.1")
lib.sf_open.restype = ctypes.c_void_p
lib.sf_writef_float.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
lib.sf_close.argtypes = [ctypes.c_void_p]
t = np.arange(4000) / 16000
tone = np.stack([0.5 * np.sin(2 * np.pi * 500 * t), 0.25 * np.sin(2 * np.pi * 500 * t)], 1)
tone = np.ascontiguousarray(tone.astype(np.float32))
for name, code in [("tone.wav", 0x010002), ("tone.flac", 0x170002), ("tone.ogg", 0x200060),
                   ("tone.mp3", 0x230082), ("tone.aiff", 0x020002)]:
    info = Info(0, 16000, 2, code, 0, 0)
    handle = lib.sf_open(str(out / name).encode(), 0x20, ctypes.byref(info))
    assert handle, name
    assert lib.sf_writef_float(handle, tone.ctypes.data, len(tone)) == len(tone)
    lib.sf_close(handle)

import gzip  # noqa: E402

first = gzip.compress(b"fray " * 20, mtime=0)
both = first + gzip.compress(b"!", mtime=0)
(Path(__file__).parent / "gzip_fixture.h").write_text(
    "/* Made by make_fixtures.py; do not edit. */\n" + ", ".join(map(str, both)) + "\n")
print("PACKED_FIRST in codec.c:", len(first))
