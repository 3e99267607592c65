"""Picture files made byte by byte, so that what they hold is known without any decoder.

png, pnm, bmp: from rows of samples. jpeg: a small encoder of its own (ITU-T T.81) for pictures whose
8 x 8 blocks have one value each: only the DC coefficient is coded, with a quantiser of 8, so a block
that codes d has the samples 128 + d exactly. exif: the orientation tag alone."""
import struct
import zlib

# ---- PNG ----


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack(row, depth):
    """Samples of 1, 2, 4, 8 or 16 bits as the bytes of a row."""
    if depth == 16:
        return struct.pack(f">{len(row)}H", *row)
    bits = "".join(format(v, f"0{depth}b") for v in row)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6


def png(rows, kind, depth=8, before=(), after=(), tail=b"", data=None):
    """rows: lists of samples (channels side by side); before, after: chunks around the data."""
    samples = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}[kind]
    head = struct.pack(">IIBBBBB", len(rows[0]) // samples, len(rows), depth, kind, 0, 0, 0)
    packed = data or zlib.compress(b"".join(b"\0" + pack(row, depth) for row in rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(before) + chunk(b"IDAT", packed)
            + b"".join(after) + chunk(b"IEND") + tail)


# ---- PNM and BMP ----


def pnm(kind, rows, maximum=None, comment=b""):
    """kind 1 to 6; rows: lists of samples; of bitmaps 1 is black."""
    samples = 3 if kind in (3, 6) else 1
    head = b"P%d\n%s%d %d\n" % (kind, comment, len(rows[0]) // samples, len(rows))
    if maximum is not None:
        head += b"%d\n" % maximum
    if kind <= 3:
        return head + b"\n".join(b" ".join(b"%d" % v for v in row) for row in rows) + b"\n"
    depth = 1 if kind == 4 else 16 if maximum > 255 else 8
    return head + b"".join(pack(row, depth) for row in rows)


def bmp(rows, bits, palette=None, top_down=False, header=40, masks=None, used=0):
    """rows: of bytes, from above; palette: (b, g, r) each. 40 or more bytes of header, or 12."""
    width = len(rows[0]) * 8 // bits
    stride = (width * bits + 31) // 32 * 4
    entry = 3 if header == 12 else 4
    colours = b"".join(bytes(c) + b"\0" * (entry - 3) for c in palette or [])
    extra = struct.pack(f"<{len(masks)}I", *masks) if masks else b""
    first = 14 + header + (len(extra) if header == 40 else 0) + len(colours)
    if header == 12:
        head = struct.pack("<IHHHH", 12, width, len(rows), 1, bits)
    else:
        height = -len(rows) if top_down else len(rows)
        head = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, 3 if masks else 0, 0, 0,
                           0, used, 0) + extra
        head += b"\0" * (14 + header - 14 - len(head)) if header > 40 else b""
    body = b"".join(row + b"\0" * (stride - len(row))
                    for row in (rows if top_down else reversed(rows)))
    return (b"BM" + struct.pack("<IHHI", first + len(body), 0, 0, first) + head + colours + body)


# ---- GIF ----


def lzw(indices, least, plain=False):
    """Codes of GIF's LZW as bytes; plain: a clear code before the codes would grow, so that each is a pixel.
    """
    clear, out, bits, n_bits = 1 << least, bytearray(), 0, 0

    def put(code, size):
        nonlocal bits, n_bits
        bits |= code << n_bits
        n_bits += size
        while n_bits >= 8:
            out.append(bits & 255)
            bits >>= 8
            n_bits -= 8

    size, table, word = least + 1, None, ()
    for i, index in enumerate(indices):
        if plain:
            if i % (clear // 2) == 0:
                put(clear, least + 1)
            put(index, least + 1)
            continue
        if table is None:
            put(clear, size)
            table = {(k,): k for k in range(clear)}
            following = clear + 2
        if word + (index,) in table:
            word += (index,)
            continue
        put(table[word], size)
        if following == 4096:
            put(clear, size)
            table, size, following = {(k,): k for k in range(clear)}, least + 1, clear + 2
        else:
            table[word + (index,)] = following
            following += 1
            size += following - 1 == 1 << size and size < 12
        word = (index,)
    if not plain:
        put(table[word], size)
        size += following == 1 << size and size < 12
    put(clear + 1, least + 1 if plain else size)
    if n_bits:
        out.append(bits)
    return bytes(out)


def gif(rows, palette, transparent=None, least=8, screen=None, at=(0, 0), interlaced=False, local=False,
        plain=False, more=b"", tail=b";"):
    """rows: of indices; palette: of (r, g, b), a power of two of them."""
    height, width = screen or (len(rows), len(rows[0]))
    table = bytes(v for c in palette for v in c)
    bits = len(palette).bit_length() - 2
    out = b"GIF89a" + struct.pack("<HHBBB", width, height, 0 if local else 0x80 | bits, 0, 0)
    out += b"" if local else table
    out += b"!\xfe\x05hello\0"
    if transparent is not None:
        out += b"!\xf9\x04\x01\0\0" + bytes([transparent]) + b"\0"
    flags = (0x80 | bits if local else 0) | (0x40 if interlaced else 0)
    out += b"," + struct.pack("<HHHHB", at[1], at[0], len(rows[0]), len(rows), flags)
    out += table if local else b""
    order = range(len(rows))
    if interlaced:
        order = [y for first, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in order[first::step]]
    data = lzw([v for y in order for v in rows[y]], least, plain)
    pieces = [data[i:i + 255] for i in range(0, len(data), 255)]
    return (out + bytes([least]) + b"".join(bytes([len(p)]) + p for p in pieces) + b"\0" + more + tail)


# ---- JPEG ----

DC_CODES = 12  # categories 0..11, each a code of 4 bits


def segment(marker, data):
    return struct.pack(">BBH", 0xff, marker, len(data) + 2) + data


def huffman(where, lengths, symbols):
    return segment(0xc4, bytes([where]) + bytes(lengths) + bytes(symbols))


DC_TABLE = huffman(0x00, [0, 0, 0, DC_CODES] + [0] * 12, range(DC_CODES))
AC_TABLE = huffman(0x10, [1] + [0] * 15, [0])  # only "end of block": one bit, 0
QUANTISER = segment(0xdb, b"\0" + b"\x08" * 64)
START, END = b"\xff\xd8", b"\xff\xd9"


def code(difference):
    size = abs(difference).bit_length()
    value = difference if difference >= 0 else difference + (1 << size) - 1
    return format(size, "04b") + (format(value, f"0{size}b") if size else "")


def stuffed(bits):
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
    return data.replace(b"\xff", b"\xff\0")


def scan(planes, which, kind="all", restart=0):
    """planes: a list of DC values per component; which: the components of this scan. kind: all (a
    sequential scan), dc (first, its last bit left out), refine (that bit), ac (all of them zero)."""
    first, last, high, low = {"all": (0, 63, 0, 0), "dc": (0, 0, 0, 1), "refine": (0, 0, 1, 0),
                              "ac": (1, 63, 0, 0)}[kind]
    head = bytes([len(which)]) + b"".join(bytes([c + 1, 0]) for c in which)
    parts, bits, before = [], "", [0] * len(planes)
    for block in range(len(planes[which[0]])):
        if restart and block and block % restart == 0:
            parts.append(stuffed(bits) + bytes([0xff, 0xd0 + (len(parts) % 8)]))
            bits, before = "", [0] * len(planes)
        for c in which:
            value = planes[c][block] >> low
            if kind in ("all", "dc"):
                bits += code(value - before[c])
                before[c] = value
            bits += {"all": "0", "ac": "0", "refine": str(planes[c][block] & 1), "dc": ""}[kind]
    return (segment(0xda, head + bytes([first, last, high << 4 | low])) + b"".join(parts)
            + stuffed(bits))


def frame(planes, width, height, marker=0xc0, bits=8):
    parts = b"".join(bytes([c + 1, 0x11, 0]) for c in range(len(planes)))
    return segment(marker, struct.pack(">BHHB", bits, height, width, len(planes)) + parts)


def adobe(transform):
    return segment(0xee, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))


def jpeg(planes, width, height, head=b"", marker=0xc0, scans=None, tables=DC_TABLE + AC_TABLE,
         quantiser=QUANTISER, bits=8, tail=END, restart=0):
    """planes: per component the DC values of its blocks, row by row. scans: made by scan()."""
    if restart:
        head += segment(0xdd, struct.pack(">H", restart))
    if scans is None:
        scans = [scan(planes, range(len(planes)), restart=restart)]
    return (START + head + quantiser + frame(planes, width, height, marker, bits) + tables
            + b"".join(scans) + tail)


def progressive(planes, width, height, leave_out=(), **more):
    """DC without its last bit, then AC of each component, then the last bits of DC."""
    n = len(planes)
    scans = [scan(planes, range(n), "dc")] + [scan(planes, [c], "ac") for c in range(n)]
    scans.append(scan(planes, range(n), "refine"))
    return jpeg(planes, width, height, marker=0xc2,
                scans=[s for i, s in enumerate(scans) if i not in leave_out], **more)


# ---- EXIF ----


def exif(orientation, big=False):
    """A TIFF file with one tag."""
    order = ">" if big else "<"
    return ((b"MM\0*" if big else b"II*\0") + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1,
                                                         orientation, 0, 0))


def exif_segment(orientation, big=False):
    return segment(0xe1, b"Exif\0\0" + exif(orientation, big))


# Where each orientation takes the stored rows and columns: index of the stored pixel for (y, x) of
# the picture as it is seen, of stored size h x w (EXIF 2.32, 4.6.4).
SEEN = {1: lambda y, x, h, w: (y, x), 2: lambda y, x, h, w: (y, w - 1 - x),
        3: lambda y, x, h, w: (h - 1 - y, w - 1 - x), 4: lambda y, x, h, w: (h - 1 - y, x),
        5: lambda y, x, h, w: (x, y), 6: lambda y, x, h, w: (h - 1 - x, y),
        7: lambda y, x, h, w: (h - 1 - x, w - 1 - y), 8: lambda y, x, h, w: (x, w - 1 - y)}


def turned(rows, orientation):
    """Rows of pixels (any value) as they are seen."""
    h, w = len(rows), len(rows[0])
    height, width = (w, h) if orientation >= 5 else (h, w)
    place = SEEN[orientation]
    return [[rows[p[0]][p[1]] for p in (place(y, x, h, w) for x in range(width))]
            for y in range(height)]
