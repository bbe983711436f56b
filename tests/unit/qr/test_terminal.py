"""The code on a terminal, scanned from pictures of it: on dark and light ones, drawn here and by xterm."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from eid.qr.rendering import draw, draw_with_qrcode
from eid.qr.scanning import scan_image

TEXT = "SYNTHETIC:" + "0A$Z" * 100
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
#: A cell of most terminals.
WIDTH, HEIGHT = 8, 16

Colour = tuple[int, int, int]


def screenshot(text: str, *, foreground: Colour, background: Colour) -> Image.Image:
    """What a terminal with these colours shows for *text*: written from ECMA-48 and xterm's 256 colours."""
    lines = text.split("\n")
    columns = 4 + max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines)
    image = Image.new("RGB", (columns * WIDTH, (len(lines) + 2) * HEIGHT), background)
    for row, line in enumerate(lines, 1):
        ink, ground, column = foreground, background, 0
        for codes, letter in re.findall(r"\x1b\[([0-9;]*)m|(.)", line):
            if not letter:
                ink, ground = selected(codes, ink, ground, foreground, background)
                continue
            left, top = column * WIDTH, row * HEIGHT
            halves = {" ": (0, 0), "█": (1, 1), "▀": (1, 0), "▄": (0, 1)}[letter]
            for half, inked in enumerate(halves):
                y = top + half * HEIGHT // 2
                image.paste(ink if inked else ground, (left, y, left + WIDTH, y + HEIGHT // 2))
            column += 1
    return image


def selected(codes: str, ink: Colour, ground: Colour, foreground: Colour, background: Colour) -> list[Colour]:
    """Ink and ground after SELECT GRAPHIC RENDITION (ECMA-48, 8.3.117)."""
    numbers = [int(code) for code in codes.split(";")]
    while numbers:
        match numbers:
            case [0, *rest]:
                ink, ground = foreground, background
            case [38, 5, colour, *rest]:
                ink = indexed(colour)
            case [48, 5, colour, *rest]:
                ground = indexed(colour)
            case _:
                raise AssertionError(f"unknown rendition {numbers}")
        numbers = rest
    return [ink, ground]


def indexed(number: int) -> Colour:
    """A colour of the cube of 6 x 6 x 6; those below 16 are the theme's and may be anything."""
    assert 16 <= number <= 231
    steps = (0, 95, 135, 175, 215, 255)
    red, rest = divmod(number - 16, 36)
    return steps[red], steps[rest // 6], steps[rest % 6]


@pytest.mark.parametrize("drawn", [draw, draw_with_qrcode])
@pytest.mark.parametrize(
    ("foreground", "background"),
    [(WHITE, BLACK), (BLACK, WHITE), ((0, 255, 0), (20, 20, 20)), ((101, 123, 131), (253, 246, 227))],
    ids=["dark", "light", "green", "solarized"],
)
def test_a_screenshot_of_any_terminal_is_scanned(drawn, foreground: Colour, background: Colour) -> None:
    picture = drawn(TEXT)
    shot = screenshot(picture.terminal(), foreground=foreground, background=background)
    (code,) = scan_image(shot)
    assert (code.text, code.version, code.level) == (TEXT, picture.layout.version, picture.layout.level)
    assert set(shot.crop((0, HEIGHT, picture.layout.side * WIDTH, 2 * HEIGHT)).getcolors()) == {
        (picture.layout.side * WIDTH * HEIGHT, WHITE)
    }


def test_without_colours_it_is_right_on_dark_terminals_and_inverted_on_light_ones() -> None:
    plain = draw_with_qrcode(TEXT).terminal(colour=False)
    assert "\x1b" not in plain
    for foreground, background in ((WHITE, BLACK), (BLACK, WHITE)):
        (code,) = scan_image(screenshot(plain, foreground=foreground, background=background))
        assert code.text == TEXT


def test_each_line_ends_with_the_terminals_own_colours() -> None:
    lines = draw_with_qrcode("A").terminal().splitlines()
    assert len(lines) == 15  # 29 rows of modules
    assert all(line.endswith("\x1b[0m") for line in lines)


# --- a real terminal -------------------------------------------------------------------------------


@contextmanager
def display(folder: Path) -> Iterator[str]:
    """A screen in memory, which also lies in a file of *folder*."""
    number, told = os.pipe()
    command = ["Xvfb", "-displayfd", str(told), "-screen", "0", "800x900x24", "-fbdir", str(folder)]
    with subprocess.Popen(
        [*command, "-nolisten", "tcp"], pass_fds=[told], stderr=subprocess.DEVNULL
    ) as server:
        try:
            os.close(told)
            with os.fdopen(number) as pipe:
                name = pipe.readline().strip()
            if not name:
                pytest.skip("Xvfb does not start here")
            yield f":{name}"
        finally:
            server.terminate()


def screen(path: Path) -> Image.Image:
    """The picture in a file of the X Window Dump format, 32 bits for a pixel."""
    octets = path.read_bytes()
    fields = struct.unpack_from(">20I", octets)
    header, width, height, bits, line, colours = (fields[i] for i in (0, 4, 5, 11, 12, 19))
    assert bits == 32
    pixels = octets[header + 12 * colours :]
    return Image.frombytes("RGB", (width, height), pixels, "raw", "BGRX", line, 1)


@pytest.mark.parametrize(("foreground", "background"), [("white", "black"), ("black", "white")])
def test_a_screenshot_of_xterm_is_scanned(tmp_path: Path, foreground: str, background: str) -> None:
    if not (shutil.which("Xvfb") and shutil.which("xterm")):
        pytest.skip("no Xvfb or xterm here")
    program = f"from eid.cli.main import main; main(['qr', 'render', {TEXT!r}]); input()"
    source = str(Path(__file__).resolve().parents[3] / "src")
    with display(tmp_path) as name:
        environment = {**os.environ, "DISPLAY": name, "PYTHONPATH": source, "LC_ALL": "C.UTF-8"}
        environment.pop("NO_COLOR", None)
        with subprocess.Popen(
            ["xterm", "-u8", "-fa", "Monospace", "-fs", "7", "-geometry", "90x50+0+0", "-b", "0", "-fg", foreground,
             "-bg", background, "-e", sys.executable, "-c", program],
            env=environment, stderr=subprocess.DEVNULL,
        ) as terminal:  # fmt: skip
            try:
                for _ in range(100):
                    time.sleep(0.1)
                    if found := scan_image(screen(tmp_path / "Xvfb_screen0")):
                        break
                else:
                    pytest.fail("no code on the screen")
            finally:
                terminal.terminate()
    (code,) = found
    assert (code.text, code.version) == (TEXT, draw_with_qrcode(TEXT).layout.version)
