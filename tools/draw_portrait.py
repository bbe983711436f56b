"""Draws the portrait of the sample card: an invented, stylised face that nobody has.

    python tools/draw_portrait.py        (needs the extra `images`; writes src/eid/simulator/portrait.jpg)

The picture is drawn four times too large and scaled down, then given a little grain until the whole
EF.DG2 has the size of a real card's, some 14,600 octets.
"""

from __future__ import annotations

import io
import random
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from eid.document.dg2 import encode_dg2

SCALE = 4
WIDTH, HEIGHT = 300, 400
LOW, HIGH = 14_500, 14_700
TARGET = Path(__file__).resolve().parent.parent / "src" / "eid" / "simulator" / "portrait.jpg"

SKY, SKY_LOW = (226, 237, 244), (182, 207, 222)
SKIN, SKIN_SHADE, SKIN_LIGHT = (241, 203, 170), (222, 172, 136), (250, 221, 194)
HAIR, HAIR_LIGHT = (43, 38, 48), (82, 72, 92)
SHIRT, SHIRT_SHADE, COLLAR = (46, 112, 128), (32, 86, 102), (244, 247, 248)
LIP, LIP_SHADE, BLUSH, INK = (201, 106, 98), (160, 74, 72), (236, 150, 128), (52, 42, 48)

Box = tuple[float, float, float, float]


class Canvas:
    """Shapes in the coordinates of the final picture, drawn SCALE times larger."""

    def __init__(self) -> None:
        self.image = _gradient(SKY, SKY_LOW)

    def _blend(self, mask: Image.Image, colour: tuple[int, int, int], blur: float, opacity: float) -> None:
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * SCALE))
        if opacity < 1:
            mask = mask.point(lambda value: int(value * opacity))
        self.image.paste(Image.new("RGB", self.image.size, colour), (0, 0), mask)

    def mask(self) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        mask = Image.new("L", self.image.size, 0)
        return mask, ImageDraw.Draw(mask)

    def oval(self, box: Box, colour: tuple[int, int, int], *, blur: float = 0, opacity: float = 1) -> None:
        mask, draw = self.mask()
        draw.ellipse([value * SCALE for value in box], fill=255)
        self._blend(mask, colour, blur, opacity)

    def shape(
        self,
        points: list[tuple[float, float]],
        colour: tuple[int, int, int],
        *,
        blur: float = 0,
        opacity: float = 1,
        inside: Image.Image | None = None,
    ) -> None:
        """A closed curve through *points* (Catmull-Rom)."""
        mask, draw = self.mask()
        draw.polygon([(x * SCALE, y * SCALE) for x, y in _smooth(points)], fill=255)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * SCALE))
        if inside is not None:
            mask = ImageChops.multiply(mask, inside)
        self._blend(mask, colour, 0, opacity)

    def stroke(
        self, points: list[tuple[float, float]], colour: tuple[int, int, int], widths: tuple[float, float]
    ) -> None:
        """An open curve, as wide as *widths* at its ends and in its middle."""
        mask, draw = self.mask()
        path = _smooth(points, closed=False)
        for index, (x, y) in enumerate(path):
            part = 1 - abs(2 * index / (len(path) - 1) - 1)
            radius = (widths[0] + (widths[1] - widths[0]) * part) / 2 * SCALE
            draw.ellipse(
                [x * SCALE - radius, y * SCALE - radius, x * SCALE + radius, y * SCALE + radius], fill=255
            )
        self._blend(mask, colour, 0, 1)


def _gradient(top: tuple[int, int, int], bottom: tuple[int, int, int]) -> Image.Image:
    column = Image.new("RGB", (1, HEIGHT))
    for y in range(HEIGHT):
        part = y / (HEIGHT - 1)
        column.putpixel((0, y), tuple(round(a + (b - a) * part) for a, b in zip(top, bottom, strict=True)))
    return column.resize((WIDTH * SCALE, HEIGHT * SCALE), Image.Resampling.BICUBIC)


def _smooth(points: list[tuple[float, float]], *, closed: bool = True) -> list[tuple[float, float]]:
    count = len(points)
    out: list[tuple[float, float]] = []
    for i in range(count if closed else count - 1):
        if closed:
            p = [points[(i + k) % count] for k in (-1, 0, 1, 2)]
        else:
            p = [points[min(max(i + k, 0), count - 1)] for k in (-1, 0, 1, 2)]
        for step in range(24):
            t = step / 24
            weights = (
                -0.5 * t + t * t - 0.5 * t**3,
                1 - 2.5 * t * t + 1.5 * t**3,
                0.5 * t + 2 * t * t - 1.5 * t**3,
                -0.5 * t * t + 0.5 * t**3,
            )
            out.append(
                (
                    sum(w * point[0] for w, point in zip(weights, p, strict=True)),
                    sum(w * point[1] for w, point in zip(weights, p, strict=True)),
                )
            )
    return out


def _body(canvas: Canvas) -> None:
    # Shoulders, neck and collar.
    canvas.shape(
        [
            (-10, 430),
            (2, 372),
            (44, 340),
            (104, 320),
            (150, 328),
            (196, 320),
            (256, 340),
            (298, 372),
            (310, 430),
        ],
        SHIRT,
    )
    shirt, draw = canvas.mask()
    draw.polygon(
        [
            (x * SCALE, y * SCALE)
            for x, y in _smooth(
                [
                    (-10, 430),
                    (2, 372),
                    (44, 340),
                    (104, 320),
                    (150, 328),
                    (196, 320),
                    (256, 340),
                    (298, 372),
                    (310, 430),
                ]
            )
        ],
        fill=255,
    )
    canvas.shape(
        [(196, 312), (256, 330), (304, 366), (316, 440), (226, 440), (232, 372)],
        SHIRT_SHADE,
        blur=10,
        opacity=0.7,
        inside=shirt,
    )
    neck = [(113, 250), (187, 250), (190, 316), (178, 336), (150, 352), (122, 336), (110, 316)]
    canvas.shape(neck, SKIN)
    inside, draw = canvas.mask()
    draw.polygon([(x * SCALE, y * SCALE) for x, y in _smooth(neck)], fill=255)
    canvas.shape(
        [(106, 250), (194, 250), (196, 288), (150, 306), (104, 288)], SKIN_SHADE, blur=7, inside=inside
    )
    canvas.shape([(110, 308), (101, 324), (122, 372), (150, 358), (126, 340)], COLLAR)
    canvas.shape([(190, 308), (199, 324), (178, 372), (150, 358), (174, 340)], COLLAR)
    canvas.stroke([(150, 360), (150, 380), (149, 402)], SHIRT_SHADE, (2, 2))
    canvas.oval((152.5, 377, 158.5, 383), COLLAR)


FACE = [
    (150, 84),
    (196, 98),
    (215, 146),
    (213, 200),
    (201, 244),
    (175, 272),
    (150, 279),
    (125, 272),
    (99, 244),
    (87, 200),
    (85, 146),
    (104, 98),
]


def _head(canvas: Canvas) -> None:
    for side in (-1, 1):
        middle = 150 + side * 65
        canvas.oval((middle - 13, 166, middle + 13, 214), SKIN_SHADE)
        canvas.oval((middle - 10 + side, 169, middle + 10 + side, 210), SKIN)
        canvas.stroke(
            [(middle + side * 3, 180), (middle + side * 7, 188), (middle + side * 3, 199)], SKIN_SHADE, (1, 2)
        )
    canvas.shape(FACE, SKIN)
    inside, draw = canvas.mask()
    draw.polygon([(x * SCALE, y * SCALE) for x, y in _smooth(FACE)], fill=255)
    # Light from the left, shade to the right and below the hair.
    canvas.shape(
        [(222, 120), (226, 210), (204, 262), (150, 292), (182, 250), (200, 200)],
        SKIN_SHADE,
        blur=12,
        opacity=0.65,
        inside=inside,
    )
    canvas.shape(
        [(100, 130), (134, 122), (140, 160), (116, 204), (98, 194)],
        SKIN_LIGHT,
        blur=12,
        opacity=0.8,
        inside=inside,
    )
    canvas.shape(
        [(76, 170), (96, 100), (150, 78), (204, 100), (224, 170), (198, 136), (150, 124), (102, 136)],
        SKIN_SHADE,
        blur=7,
        opacity=0.5,
        inside=inside,
    )
    for x in (112, 188):
        canvas.shape(
            [(x - 16, 218), (x, 206), (x + 16, 218), (x, 230)], BLUSH, blur=6, opacity=0.45, inside=inside
        )


def _features(canvas: Canvas) -> None:
    for side in (-1, 1):
        x = 150 + side * 31
        canvas.shape(
            [
                (x - 15.5, 178),
                (x - 7.5, 170),
                (x + 7.5, 170),
                (x + 15.5, 178),
                (x + 7.5, 184.5),
                (x - 7.5, 184.5),
            ],
            (252, 252, 250),
        )
        canvas.oval((x - 8, 169, x + 8, 185), (92, 60, 44))
        canvas.oval((x - 4.4, 172.6, x + 4.4, 181.4), (24, 18, 20))
        canvas.oval((x - 5, 171, x - 1.2, 174.8), (255, 255, 255))
        canvas.stroke([(x - 17, 178.5), (x - 8.5, 169.5), (x + 8.5, 169.5), (x + 17, 178.5)], INK, (1.2, 2.8))
        canvas.stroke([(x - 12, 184), (x, 187), (x + 12, 184)], SKIN_SHADE, (0.8, 1.6))
        canvas.stroke(
            [(x - side * 18, 156), (x - side * 4, 151.5), (x + side * 8, 151), (x + side * 20, 157)],
            HAIR,
            (3.2, 6.4),
        )
    canvas.stroke([(156, 184), (160, 204), (164, 214), (160, 219)], SKIN_SHADE, (0.8, 2.6))
    canvas.stroke([(139, 218), (150, 223), (161, 218)], SKIN_SHADE, (2.0, 3.6))
    canvas.oval((144, 203, 153, 215), SKIN_LIGHT, blur=3, opacity=0.9)
    # An open smile.
    canvas.shape(
        [(124, 240), (138, 242), (150, 243), (162, 242), (176, 240), (166, 254), (150, 259), (134, 254)],
        LIP_SHADE,
    )
    canvas.shape(
        [(129, 242), (150, 244), (171, 242), (162, 249.5), (150, 251.5), (138, 249.5)], (253, 252, 250)
    )
    canvas.stroke([(123, 239), (138, 241.5), (150, 242.3), (162, 241.5), (177, 239)], LIP, (1.6, 3.0))
    canvas.stroke([(131, 252), (141, 257.5), (150, 259), (159, 257.5), (169, 252)], LIP, (1.2, 4.0))
    for side in (-1, 1):
        canvas.stroke(
            [(150 + side * 29, 233), (150 + side * 32, 239), (150 + side * 30, 245)], SKIN_SHADE, (0.8, 1.8)
        )


def _fringe(canvas: Canvas) -> None:
    canvas.shape(
        [
            (84, 178),
            (76, 150),
            (80, 112),
            (94, 76),
            (126, 54),
            (160, 47),
            (196, 58),
            (216, 84),
            (222, 118),
            (223, 152),
            (216, 178),
            (212, 156),
            (207, 132),
            (190, 118),
            (166, 116),
            (138, 124),
            (118, 116),
            (102, 124),
            (92, 138),
            (88, 158),
        ],
        HAIR,
    )
    canvas.shape(
        [(112, 76), (136, 62), (172, 60), (196, 72), (174, 71), (140, 74), (122, 86)],
        HAIR_LIGHT,
        blur=4,
        opacity=0.9,
    )
    for shift in range(6):
        canvas.stroke(
            [(120 + 9 * shift, 66 - 1.2 * shift), (112 + 12 * shift, 88), (116 + 13 * shift, 110 - shift)],
            HAIR_LIGHT,
            (0.5, 1.1),
        )


def draw() -> Image.Image:
    """The picture without grain."""
    canvas = Canvas()
    canvas.oval((30, 40, 270, 330), (240, 247, 250), blur=40, opacity=0.8)
    _body(canvas)
    _head(canvas)
    _features(canvas)
    _fringe(canvas)
    return canvas.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def _grain(image: Image.Image, strength: float) -> Image.Image:
    dice = random.Random(9303)
    noise = Image.new("L", image.size)
    noise.putdata([min(255, max(0, round(128 + dice.gauss(0, strength)))) for _ in range(WIDTH * HEIGHT)])
    layer = Image.merge("RGB", [noise.filter(ImageFilter.GaussianBlur(0.6))] * 3)
    return ImageChops.add(image, layer, 1, -128)


def main() -> None:
    """Find the grain that gives the wanted size, and write the file."""
    picture = draw()
    for step in range(200):
        stream = io.BytesIO()
        _grain(picture, step * 0.1).save(
            stream, "JPEG", quality=86, optimize=True, comment=b"Drawn by the makers of eid. Nobody's face."
        )
        octets = stream.getvalue()
        size = len(encode_dg2(octets, WIDTH, HEIGHT, "image/jpeg"))
        if size > HIGH:
            raise SystemExit(f"too large already: {size}")
        if size >= LOW + 40:
            TARGET.write_bytes(octets)
            print(f"{TARGET.name}: {len(octets)} octets, EF.DG2 {size}, grain {step * 0.1:.1f}")  # noqa: T201 - a script
            return
    raise SystemExit("the grain does not suffice")


if __name__ == "__main__":
    main()
