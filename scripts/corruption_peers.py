"""The same damage in numpy, SciPy, scikit-image, OpenCV and Pillow: what bench_corruptions times.

A peer is a function of a list of clean values (float32, as `fray bench --values` writes them) that
returns the damaged ones. It does the operation of severity 3 in the way of its library: numpy gets
all values at once where they have one shape, pictures in 8 bits are converted before the clock
starts where the library only knows those."""
import importlib
import io

import numpy as np


def library(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


cv2, ndimage, signal = library("cv2"), library("scipy.ndimage"), library("scipy.signal")
filters, color, util, transform = (library("skimage." + name) for name in ("filters", "color", "util", "transform"))
Image = library("PIL.Image")
interpolate, spatial = library("scipy.interpolate"), library("scipy.spatial.transform")
HERE = {"numpy": np, "SciPy": ndimage, "scikit-image": filters, "OpenCV": cv2, "Pillow": Image}
if cv2:
    cv2.setNumThreads(1)
random = np.random.RandomState(1)  # what the published code draws from
fast = np.random.default_rng(1)


def each(function):
    return lambda values: [function(x) for x in values]


def at_once(function):
    """Of a stack of values: one call of numpy instead of many."""
    return lambda values: function(np.stack(values))


def clip(x):
    return np.clip(x, 0, 1)


# ---- pictures: noise ----

def gaussian_noise(x):
    return clip(x + random.normal(size=x.shape, scale=.08))


def gaussian_noise_fast(x):
    return clip(x + np.float32(.08) * fast.standard_normal(x.shape, dtype=np.float32))


def shot_noise(x):
    return clip(random.poisson(x * 100.) / 100.)


def speckle_noise(x):
    return clip(x + x * random.normal(size=x.shape, scale=.12))


def skimage_noise(**keys):
    return lambda x: util.random_noise(x, **keys)


# ---- pictures: blur ----

def scipy_blur(x):
    return ndimage.gaussian_filter(x, (.7, .7, 0), mode="nearest", truncate=4)


def skimage_blur(x):
    return filters.gaussian(x, sigma=.7, channel_axis=-1, mode="nearest", truncate=4)


def opencv_blur(x):
    return cv2.GaussianBlur(x, (7, 7), .7, borderType=cv2.BORDER_REPLICATE)


def defocus_kernel():
    """Radius .5: one pixel, softened by 3 x 3; the zeros of the published 17 x 17 are left out."""
    disk = np.zeros((5, 5), np.float32)
    disk[2, 2] = 1
    return cv2.GaussianBlur(disk, (3, 3), .6)[1:4, 1:4] if cv2 else None


KERNEL = defocus_kernel()


def opencv_defocus(x):
    return cv2.filter2D(x, -1, KERNEL)


def motion(x, degrees):
    """Shifted copies, added by weight, of radius 6 and sigma 2; 8 bits at the end."""
    n, t = 2 * 6 + 1, np.radians(degrees)
    weight = np.exp(-np.arange(n) ** 2 / 8.)
    out, high, wide = np.zeros_like(x), *x.shape[:2]
    for i, w in enumerate(weight / weight.sum()):
        dx, dy = int(np.ceil(i * np.cos(t) - .5)), int(np.ceil(i * np.sin(t) - .5))
        rows = np.clip(np.arange(high) + dy, 0, high - 1)
        columns = np.clip(np.arange(wide) + dx, 0, wide - 1)
        out += np.float32(w) * x[rows][:, columns]
    return np.round(255 * clip(out)) / 255


def motion_drawn(x):
    return motion(x, random.uniform(-45, 45))


def zoom_in(x, factor):
    high = x.shape[0]
    crop = int(np.ceil(high / factor))
    top = (high - crop) // 2
    out = ndimage.zoom(x[top:top + crop, top:top + crop], (factor, factor, 1), order=1)
    trim = (out.shape[0] - high) // 2
    return out[trim:trim + high, trim:trim + high]


def zoom_blur(x):
    out = np.zeros_like(x)
    for factor in np.arange(1, 1.16, .01)[:16]:
        out += zoom_in(x, factor)
    return clip((x + out) / 17)


def glass_blur(x):
    """As published: a loop over pixels."""
    x = np.uint8(filters.gaussian(x, sigma=.4, channel_axis=-1) * 255)
    high, wide = x.shape[:2]
    for row in range(high - 1, 1, -1):
        for column in range(wide - 1, 1, -1):
            dx, dy = random.randint(-1, 1, size=(2,))
            x[row, column] = x[row + dy, column + dx]
    return clip(filters.gaussian(x / 255., sigma=.4, channel_axis=-1))


# ---- pictures: light and weather ----

def skimage_brightness(x):
    hsv = color.rgb2hsv(x)
    hsv[..., 2] = clip(hsv[..., 2] + .15)
    return color.hsv2rgb(hsv)


def opencv_brightness(x):
    hsv = cv2.cvtColor(x, cv2.COLOR_RGB2HSV)
    hsv[..., 2] = clip(hsv[..., 2] + .15)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def skimage_saturate(x):
    hsv = color.rgb2hsv(x)
    hsv[..., 1] = clip(hsv[..., 1] * 1.5)
    return color.hsv2rgb(hsv)


def opencv_saturate(x):
    hsv = cv2.cvtColor(x, cv2.COLOR_RGB2HSV)
    hsv[..., 1] = clip(hsv[..., 1] * 1.5)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def contrast(x):
    means = x.mean(axis=(1, 2), keepdims=True)
    return clip((x - means) * np.float32(.4) + means)


def plasma(side, decay):
    """Diamond-square on a torus, level by level with whole arrays, as published."""
    a, step, wibble = np.zeros((side, side)), side, 100.

    def wibbled(array):
        return array / 4 + wibble * random.uniform(-wibble, wibble, array.shape)
    while step >= 2:
        half = step // 2
        corner = a[0:side:step, 0:side:step]
        squares = corner + np.roll(corner, -1, 0)
        squares = squares + np.roll(squares, -1, 1)
        a[half:side:step, half:side:step] = wibbled(squares)
        middle = a[half:side:step, half:side:step]
        left, top = middle + np.roll(middle, 1, 0), middle + np.roll(middle, 1, 1)
        a[0:side:step, half:side:step] = wibbled(left + corner + np.roll(corner, -1, 1))
        a[half:side:step, 0:side:step] = wibbled(top + corner + np.roll(corner, -1, 0))
        step, wibble = half, wibble / decay
    a -= a.min()
    return a / a.max()


def fog(x):
    most = x.max()
    return clip((x + .75 * plasma(32, 2.5)[..., None]) * most / (most + .75))


def spatter(x):
    """Water, as published: edges, distance to them, histogram."""
    layer = filters.gaussian(random.normal(size=x.shape[:2], loc=.65, scale=.3), sigma=1)
    layer[layer < .69] = 0
    layer = (layer * 255).astype(np.uint8)
    far = cv2.distanceTransform(255 - cv2.Canny(layer, 50, 150), cv2.DIST_L2, 5)
    _, far = cv2.threshold(far, 20, 20, cv2.THRESH_TRUNC)
    far = cv2.equalizeHist(cv2.blur(far, (3, 3)).astype(np.uint8))
    far = cv2.filter2D(far, cv2.CV_8U, np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]))
    far = cv2.blur(far, (3, 3)).astype(np.float32)
    light = layer * far
    light = light / light.max() * .5
    return clip(x + light[..., None] * np.array([175, 238, 238]) / 255)


# ---- pictures: geometry and coding ----

def scipy_rotation(x, degrees=27):
    return ndimage.rotate(x, degrees, reshape=False, order=1, prefilter=False)


def skimage_rotation(x, degrees=27):
    return transform.rotate(x, degrees, order=1)


def opencv_rotation(x, degrees=27):
    middle = (x.shape[1] - 1) / 2, (x.shape[0] - 1) / 2
    return cv2.warpAffine(x, cv2.getRotationMatrix2D(middle, degrees, 1), x.shape[1::-1])


def pillow_picture(x):
    return Image.fromarray(np.uint8(np.round(255 * x)))


def pillow_rotation(x, degrees=27):
    return x.rotate(degrees, Image.BILINEAR)


def pillow_resize(x):
    return x.resize((16, 16), Image.BILINEAR).resize((32, 32), Image.BILINEAR)


def pillow_pixelate(x):
    return x.resize((27, 27), Image.BOX).resize((32, 32), Image.BOX)


def pillow_jpeg(x):
    out = io.BytesIO()
    x.save(out, "JPEG", quality=58)
    out.seek(0)
    return np.asarray(Image.open(out))


def opencv_jpeg(x):
    _, code = cv2.imencode(".jpg", x, (cv2.IMWRITE_JPEG_QUALITY, 58))
    return cv2.imdecode(code, cv2.IMREAD_COLOR)


def opencv_resize(x):
    return cv2.resize(cv2.resize(x, (16, 16), interpolation=cv2.INTER_AREA), (32, 32))


def elastic(x):
    """As published for 32 pixels: three points jump, then a smoothed field moves each pixel."""
    side = x.shape[0]
    middle, third = np.float32((side // 2, side // 2)), side // 3
    points = np.float32([middle + third, [middle[0] + third, middle[1] - third], middle - third])
    moved = points + random.uniform(-.06 * side, .06 * side, size=points.shape).astype(np.float32)
    x = cv2.warpAffine(x, cv2.getAffineTransform(points, moved), (side, side), borderMode=cv2.BORDER_REFLECT_101)
    dx, dy = (filters.gaussian(random.uniform(-1, 1, size=(side, side)), .06 * side, mode="reflect",
                               truncate=3) * .08 * side for _ in range(2))
    row, column, channel = np.meshgrid(range(side), range(side), range(3), indexing="ij")
    at = row + dy[..., None], column + dx[..., None], channel
    return ndimage.map_coordinates(x, at, order=1, mode="reflect")


# ---- sound ----

def rms(x):
    return np.sqrt(np.mean(np.square(x, dtype=np.float64), axis=-1, keepdims=True))


def noise(x):
    z = random.normal(size=x.shape)
    return (x + z * (rms(x) / rms(z) * 10 ** -.5)).astype(np.float32)


def noise_fast(x):
    z = fast.standard_normal(x.shape, dtype=np.float32)
    return x + z * (rms(x) / rms(z) * 10 ** -.5).astype(np.float32)


def pink_noise(x):
    n = x.shape[-1]
    hz = np.fft.rfftfreq(n, 1 / 16000.)
    spectrum = random.normal(size=hz.shape) + 1j * random.normal(size=hz.shape)
    spectrum[hz < 20] = 0
    spectrum[hz >= 20] /= np.sqrt(hz[hz >= 20])
    z = np.fft.irfft(spectrum, n)
    return (x + z * (rms(x) / rms(z) * 10 ** -.5)).astype(np.float32)


SECTIONS = signal.butter(4, 1000, fs=16000, output="sos") if signal else None


def low_pass(x):
    return signal.sosfilt(SECTIONS, x, zi=signal.sosfilt_zi(SECTIONS) * x[0])[0].astype(np.float32)


def echo(x):
    out = x * np.float32(.72)
    out[2000:] += np.float32(.27) * x[:-2000]
    return out


def reverberation(x):
    taps = int(1.1 * .45 * 16000)
    h = random.normal(size=taps) * np.exp(-np.log(1000) / (16000 * .45) * np.arange(taps))
    h[0] = 0
    h /= np.sqrt(np.sum(h * h))
    h[0] = 1
    return (signal.fftconvolve(x, h)[:len(x)] / np.sqrt(2)).astype(np.float32)


def downsampling(x):
    """With a filter as long as fray's, 32 zero crossings a side."""
    window = signal.firwin(2 * 32 * 8 + 1, 1 / 8., window=("kaiser", 9.)).astype(np.float32)
    low = signal.resample_poly(x, 3, 8, window=window)
    return signal.resample_poly(low, 8, 3, window=window)[:len(x)]


def clipping(x):
    most = np.percentile(np.abs(x), 90)
    return np.clip(x, -most, most)


def soft_clipping(x):
    out = np.tanh(x * np.float32(.5 / (np.percentile(np.abs(x), 80.2) + 1e-6)))
    return (out * (rms(x) / rms(out))).astype(np.float32)


def codebook():
    """G.711 mu-law of all 65,536 values of 16 bits by its bare formula: 14 bits, segments of 16."""
    value = np.arange(-32768, 32768)
    size = np.minimum(np.abs(value) // 4, 8158) + 33
    segment = np.floor(np.log2(size)).astype(int) - 5
    step = (size >> (segment + 1)) & 15
    back = ((2 * step + 33) << segment) - 33
    return (np.sign(value) * back * 4 / 32768.).astype(np.float32)


CODEBOOK = codebook()


def companding(x):
    return CODEBOOK[np.clip(np.rint(x * 32768), -32768, 32767).astype(np.int32) + 32768]


# ---- series ----

def jitter(x):
    return (x + .2 * x.std(axis=1, keepdims=True) * random.normal(size=x.shape)).astype(np.float32)


def sensor_rotation(x):
    axis = random.normal(size=3)
    turn = spatial.Rotation.from_rotvec(np.pi / 4 * axis / np.linalg.norm(axis))
    return np.concatenate([turn.apply(x[:, :3]), turn.apply(x[:, 3:])], axis=1).astype(np.float32)


def time_warp(x):
    n = len(x)
    spline = interpolate.CubicSpline(np.linspace(0, n - 1, 6), 1 + .1 * random.normal(size=6))
    speed = np.maximum(spline(np.arange(n)), .1)
    path = np.concatenate([[0], np.cumsum(speed[:-1])])
    path *= (n - 1) / path[-1]
    return np.stack([np.interp(path, np.arange(n), x[:, c]) for c in range(x.shape[1])], axis=1).astype(np.float32)


def magnitude_warp(x):
    n = len(x)
    knots = 1 + .3 * random.normal(size=(6, x.shape[1]))
    return (x * interpolate.CubicSpline(np.linspace(0, n - 1, 6), knots)(np.arange(n))).astype(np.float32)


def sensor_quantisation(x):
    low, high = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    level = np.minimum(np.rint((x - low) / (high - low) * 16), 15)
    return low + (level + np.float32(.5)) / 16 * (high - low)


def sensor_saturation(x):
    most = np.percentile(np.abs(x), 90, axis=1, keepdims=True)
    return np.clip(x, -most, most).astype(np.float32)


# Kind, library, what is done, how the outputs must agree, and what is made of a value before the
# clock starts. SAME: mean distance over full scale, largest distance. EITHER: the same, of the better
# of two signs. FOUND: of the best of many angles. LAW: means over all values of what it moves, within a share.
SAME, EITHER, FOUND, LAW = "same", "either", "found", "law"


def as_is(x):
    return x


def bgr(x):
    return np.ascontiguousarray(np.uint8(np.round(255 * x))[..., ::-1])


PEERS = [
    ("gaussian_noise", "numpy", at_once(gaussian_noise), LAW, .02, as_is),
    ("gaussian_noise", "numpy, float32", at_once(gaussian_noise_fast), LAW, .02, as_is),
    ("gaussian_noise", "scikit-image", each(skimage_noise(mode="gaussian", var=.0064)), LAW, .02, as_is),
    ("shot_noise", "numpy", at_once(shot_noise), LAW, .02, as_is),
    ("impulse_noise", "scikit-image", each(skimage_noise(mode="s&p", amount=.03)), LAW, .1, as_is),
    ("speckle_noise", "numpy", at_once(speckle_noise), LAW, .02, as_is),
    ("speckle_noise", "scikit-image", each(skimage_noise(mode="speckle", var=.0144)), LAW, .02, as_is),
    ("gaussian_blur", "SciPy", each(scipy_blur), SAME, 1e-5, as_is),
    ("gaussian_blur", "scikit-image", each(skimage_blur), SAME, 1e-5, as_is),
    ("gaussian_blur", "OpenCV", each(opencv_blur), SAME, 1e-4, as_is),
    ("defocus_blur", "OpenCV", each(opencv_defocus), SAME, 1e-5, as_is),
    ("motion_blur", "numpy", each(motion_drawn), FOUND, 3e-3, as_is),
    ("zoom_blur", "SciPy", each(zoom_blur), SAME, 1e-3, as_is),
    ("glass_blur", "scikit-image", each(glass_blur), LAW, .15, as_is),
    ("fog", "numpy", each(fog), LAW, .15, as_is),
    ("spatter", "OpenCV", each(spatter), LAW, .3, as_is),
    ("brightness", "scikit-image", each(skimage_brightness), SAME, 1e-5, as_is),
    ("brightness", "OpenCV", each(opencv_brightness), SAME, 1e-5, as_is),
    ("saturate", "scikit-image", each(skimage_saturate), SAME, 1e-5, as_is),
    ("saturate", "OpenCV", each(opencv_saturate), SAME, 1e-5, as_is),
    ("contrast", "numpy", at_once(contrast), SAME, 1e-5, as_is),
    ("rotation", "SciPy", each(scipy_rotation), EITHER, 5e-3, as_is),
    ("rotation", "scikit-image", each(skimage_rotation), EITHER, 5e-3, as_is),
    ("rotation", "OpenCV", each(opencv_rotation), EITHER, 1e-2, as_is),
    ("rotation", "Pillow", each(pillow_rotation), EITHER, 2e-2, pillow_picture),
    ("resize", "Pillow", each(pillow_resize), SAME, 3e-3, pillow_picture),
    ("jpeg_compression", "Pillow", each(pillow_jpeg), SAME, 1e-5, pillow_picture),
    ("jpeg_compression", "OpenCV", each(opencv_jpeg), SAME, 1e-5, bgr),
    ("pixelate", "Pillow", each(pillow_pixelate), SAME, 1e-3, pillow_picture),
    ("elastic_transform", "OpenCV", each(elastic), LAW, .2, as_is),
    ("noise", "numpy", at_once(noise), LAW, .01, as_is),
    ("noise", "numpy, float32", at_once(noise_fast), LAW, .01, as_is),
    ("pink_noise", "numpy", each(pink_noise), LAW, .05, as_is),
    ("low_pass", "SciPy", each(low_pass), SAME, 1e-5, as_is),
    ("echo", "numpy", at_once(lambda x: echo(x.T).T), SAME, 1e-6, as_is),
    ("reverberation", "SciPy", each(reverberation), LAW, .4, as_is),
    ("downsampling", "SciPy", each(downsampling), SAME, 5e-3, as_is),
    ("clipping", "numpy", each(clipping), SAME, 1e-6, as_is),
    ("soft_clipping", "numpy", each(soft_clipping), SAME, 1e-5, as_is),
    ("companding", "numpy", each(companding), SAME, 1e-5, as_is),
    ("jitter", "numpy", at_once(jitter), LAW, .05, as_is),
    ("sensor_rotation", "SciPy", each(sensor_rotation), LAW, .3, as_is),
    ("time_warp", "SciPy", each(time_warp), LAW, .3, as_is),
    ("magnitude_warp", "SciPy", each(magnitude_warp), LAW, .3, as_is),
    ("sensor_quantisation", "numpy", at_once(sensor_quantisation), SAME, 1e-5, as_is),
    ("sensor_saturation", "numpy", at_once(sensor_saturation), SAME, 1e-5, as_is),
]
SIGNED = {scipy_rotation, skimage_rotation, opencv_rotation, pillow_rotation}
ROTATIONS = {"SciPy": scipy_rotation, "scikit-image": skimage_rotation, "OpenCV": opencv_rotation,
             "Pillow": pillow_rotation}
