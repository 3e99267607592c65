"""Reads PNG files of 8 bits a value by the specification: grey, RGB, palette."""
import itertools
import struct
import zlib


def plain(line, _before, _step):
    return line


def left(line, _before, step):
    """Each channel is a running sum."""
    out = bytearray(line)
    for channel in range(step):
        out[channel::step] = bytes(v & 255 for v in itertools.accumulate(line[channel::step]))
    return out


def above(line, before, _step):
    """All bytes at once, as one long number: the top bits apart, so that none carries into its neighbour."""
    a, b = (int.from_bytes(x, "little") for x in (line, before))
    low, top = (int.from_bytes(x * len(line), "little") for x in (b"\x7f", b"\x80"))
    return (((a & low) + (b & low)) ^ ((a ^ b) & top)).to_bytes(len(line), "little")


def mean(line, before, step):
    out = bytearray(line)
    for i, b in enumerate(before):
        out[i] = (line[i] + ((out[i - step] if i >= step else 0) + b) // 2) & 255
    return out


def paeth(line, before, step):
    """Channel by channel; where a neighbour equals the corner, which is nearly everywhere, the other is nearest."""
    out = bytearray(line)
    for channel in range(step):
        values, a, c = [], 0, 0
        for v, b in zip(line[channel::step], before[channel::step]):
            if b == c:
                near = a
            elif a == c:
                near = b
            else:
                x, y, z = abs(b - c), abs(a - c), abs(a + b - 2 * c)
                near = a if x <= y and x <= z else b if y <= z else c
            a, c = (v + near) & 255, b
            values.append(a)
        out[channel::step] = bytes(values)
    return out


FILTERS = (plain, left, above, mean, paeth)


def pixels(path, most=1 << 31):
    """Width, height, and the bytes of the first rows put together: one a pixel of grey pictures, else three."""
    data, at, packed, palette = path.read_bytes(), 8, b"", None
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, bits, colour = struct.unpack_from(">IIBB", body)
        elif kind == b"PLTE":
            palette = [body[3 * i:3 * i + 3] for i in range(size // 3)]
        packed += body if kind == b"IDAT" else b""
        at += 12 + size
    step = 3 if colour == 2 else 1
    wide = (width * step * bits + 7) // 8  # palettes of few colours have fewer bits a pixel
    raw, rows, before = zlib.decompress(packed), [], bytes(wide)
    for r in range(min(height, most)):
        how, line = raw[r * (wide + 1)], raw[r * (wide + 1) + 1:(r + 1) * (wide + 1)]
        line = FILTERS[how](line, before, step)
        before = bytes(line)
        if palette:
            each = 8 // bits
            line = [before[j // each] >> (8 - bits * (j % each + 1)) & (1 << bits) - 1 for j in range(width)]
            rows.append(b"".join(palette[v] for v in line))
        else:
            rows.append(before)
    return width, height, b"".join(rows)
