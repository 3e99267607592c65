"""Reads PNG files of 8 bits a value by the specification: grey, RGB, palette."""
import struct
import zlib


def pixels(path):
    """Width, height, and the rows' bytes put together: one a pixel of grey pictures, else three."""
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
    for r in range(height):
        how, line = raw[r * (wide + 1)], bytearray(raw[r * (wide + 1) + 1:(r + 1) * (wide + 1)])
        for i in range(wide if how else 0):
            a = line[i - step] if i >= step else 0
            b, c = before[i], before[i - step] if i >= step else 0
            p = a + b - c
            near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line[i] = (line[i] + (0, a, b, (a + b) // 2, near)[how]) & 255
        before = bytes(line)
        if palette:
            each = 8 // bits
            line = [before[j // each] >> (8 - bits * (j % each + 1)) & (1 << bits) - 1 for j in range(width)]
            rows.append(b"".join(palette[v] for v in line))
        else:
            rows.append(before)
    return width, height, b"".join(rows)
