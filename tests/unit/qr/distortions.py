"""What a camera does to a printed code, as arithmetic: tilt, perspective, lens, noise, JPEG. Repeatable."""

from __future__ import annotations

import io
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageChops, ImageFilter

__all__ = ["ACCEPTED", "Camera", "photographed"]

#: Pixels of the sensor are averages of this many by as many points.
_OVERSAMPLING = 2
#: Standard deviation of the mean of two octets drawn at random.
_NOISE = 52.0

Point = tuple[float, float]


@dataclass(frozen=True)
class Camera:
    """The worst of each thing; what a picture gets is drawn between none and this, unless *steady*.

    :param pixels: for a module.
    :param rotation: degrees.
    :param perspective: how far each corner may be off, as a share of the width.
    :param blur: standard deviation in pixels.
    :param noise: standard deviation in grey values.
    :param jpeg: lowest quality.
    :param steady: every picture gets the worst of each.
    """

    pixels: float
    rotation: float = 20
    perspective: float = 0.05
    blur: float = 0.8
    noise: float = 10
    jpeg: int = 70
    steady: bool = False

    def at(self, **changes: float) -> Camera:
        return replace(self, **changes)  # type: ignore[arg-type]


#: What every code must survive.
ACCEPTED = Camera(pixels=3.0)


def photographed(code: Image.Image, modules: int, camera: Camera, rng: random.Random) -> Image.Image:
    """*code* (with its margin, *modules* wide) as *camera* sees it lying on something grey."""

    def amount(worst: float) -> float:
        return worst if camera.steady else rng.uniform(0, worst)

    width = modules * camera.pixels * _OVERSAMPLING
    corners = _corners(width, amount(camera.rotation) * rng.choice((-1, 1)), camera, rng)
    shift = [rng.uniform(4, 12) * _OVERSAMPLING for _ in "xy"]
    left, top = (min(point[i] for point in corners) - shift[i] for i in (0, 1))
    corners = [(x - left, y - top) for x, y in corners]
    size = tuple(
        _OVERSAMPLING * math.ceil(max(point[i] for point in corners) / _OVERSAMPLING + 8) for i in (0, 1)
    )
    paper = code.convert("L")
    seen = paper.transform(
        size, Image.Transform.PERSPECTIVE, _projection(corners, paper.width), Image.Resampling.BILINEAR,
        fillcolor=225,
    )  # fmt: skip
    seen = seen.reduce(_OVERSAMPLING).filter(ImageFilter.GaussianBlur(amount(camera.blur)))
    dark, light = rng.randrange(40), rng.randrange(190, 256)
    seen = seen.point([dark + (light - dark) * grey // 255 for grey in range(256)])
    seen = _noisy(seen, amount(camera.noise), rng)
    stream = io.BytesIO()
    seen.save(stream, "JPEG", quality=camera.jpeg if camera.steady else rng.randint(camera.jpeg, 95))
    return Image.open(stream)


def _corners(width: float, degrees: float, camera: Camera, rng: random.Random) -> list[Point]:
    angle = math.radians(degrees)
    corners = []
    for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        across, down = (
            rng.choice((-1, 1)) * camera.perspective * (1 if camera.steady else rng.random()) / 2
            for _ in "xy"
        )
        x, y = (x + across) * width, (y + down) * width
        corners.append((x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)))
    return corners


def _projection(corners: Sequence[Point], width: int) -> list[float]:
    """The eight numbers with which Pillow finds the point of a square for each point between *corners*."""
    square = ((0, 0), (width, 0), (width, width), (0, width))
    rows = []
    for (x, y), (u, v) in zip(corners, square, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for i in range(8):  # Gauss and Jordan
        best = max(range(i, 8), key=lambda row: abs(rows[row][i]))
        rows[i], rows[best] = rows[best], rows[i]
        rows[i] = [each / rows[i][i] for each in rows[i]]
        for j in range(8):
            if j != i:
                rows[j] = [a - rows[j][i] * b for a, b in zip(rows[j], rows[i], strict=True)]
    return [row[8] for row in rows]


def _noisy(image: Image.Image, deviation: float, rng: random.Random) -> Image.Image:
    layers = [Image.frombytes("L", image.size, rng.randbytes(image.width * image.height)) for _ in range(2)]
    noise = ImageChops.add(*layers, scale=2).point(
        [max(0, min(255, round(128 + (grey - 127.5) * deviation / _NOISE))) for grey in range(256)]
    )
    return ImageChops.add(image, noise, offset=-128)
