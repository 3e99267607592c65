#!/usr/bin/env python3
"""Writes fixtures/others/: small GIF, WebP and TIFF files by Pillow, and pixels.json with what Pillow reads
from each, as rows of pixels; alpha is laid on white, round(a v + (1 - a) 255). Pictures of 9 rows and 13
columns: grey = 20 y + 10 x, rgb = (25 y, 20 x, 12 (x + y) mod 256). Run in this folder; needs python3-pil
(made with Pillow 9.4.0, libwebp 1.2.4, libtiff 4.5.0)."""
import json
from pathlib import Path

from PIL import Image

out = Path(__file__).parent / "fixtures" / "others"
out.mkdir(exist_ok=True)
SIZE = (13, 9)


def picture(mode, value):
    image = Image.new(mode, SIZE)
    image.putdata([value(y, x) for y in range(9) for x in range(13)])
    return image


grey = picture("L", lambda y, x: min(20 * y + 10 * x, 255))
rgb = picture("RGB", lambda y, x: (25 * y, 20 * x, 12 * (x + y) % 256))
alpha = picture("RGBA", lambda y, x: (25 * y, 20 * x, 12 * (x + y) % 256, 255 - 28 * y))
deep = picture("I;16", lambda y, x: 7000 * y + 100 * x)
table = rgb.quantize(17)

grey.save(out / "grey.gif")
table.save(out / "colours.gif")
table.save(out / "interlaced.gif", interlace=1)
table.save(out / "transparent.gif", transparency=3)
table.save(out / "film.gif", save_all=True, append_images=[table.transpose(Image.Transpose.ROTATE_180)])
rgb.save(out / "lossy.webp", quality=80)
rgb.save(out / "lossless.webp", lossless=True)
alpha.save(out / "alpha.webp", lossless=True, exact=True)
grey.save(out / "grey.tif")
grey.save(out / "lzw.tif", compression="tiff_lzw")
rgb.save(out / "deflate.tif", compression="tiff_adobe_deflate")
rgb.save(out / "plain.tif")
alpha.save(out / "alpha.tif")
deep.save(out / "deep.tif", compression="tiff_lzw")
table.save(out / "palette.tif")
grey.point(lambda v: 255 * (v > 100)).convert("1").save(out / "bits.tif", compression="group4")
grey.save(out / "pages.tif", save_all=True, append_images=[grey])


def on_white(v, a):
    return (2 * (v * a + 255 * (255 - a)) + 255) // 510


def pixel(value):
    if not isinstance(value, tuple):
        return [value]
    return [on_white(v, value[3]) for v in value[:3]]


def seen(path):
    image = Image.open(path)
    if image.mode == "I;16":
        data = [(2 * v * 255 + 65535) // (2 * 65535) for v in image.getdata()]
    elif image.mode == "1" or path.name in ("grey.gif", "grey.tif", "lzw.tif", "pages.tif"):
        data = list(image.convert("L").getdata())
    else:
        data = list(image.convert("RGBA").getdata())
    return [[pixel(v) for v in data[13 * y:13 * y + 13]] for y in range(9)]


(out / "pixels.json").write_text(json.dumps(
    {p.name: seen(p) for p in sorted(out.iterdir()) if p.suffix != ".json"}, separators=(",", ":"))
    .replace("]],", "]],\n") + "\n")
