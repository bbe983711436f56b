"""``eid qr render`` and ``eid qr scan``."""

from __future__ import annotations

import io
import os
import pty
import shutil
import struct
import subprocess
import sys
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import pytest
from PIL import Image

from eid.qr.planning import plan
from eid.qr.rendering import draw_with_qrcode
from eid.qr.scanning import scan_image

TEXT = "SYNTHETIC CODE $42"
SOURCE = str(Path(__file__).resolve().parents[2] / "src")


# --- render ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [TEXT, "Nguyễn Đức Ánh|café", "A" * 419])
def test_what_is_drawn_is_scanned(run, tmp_path: Path, text: str) -> None:
    path = tmp_path / "code.png"
    assert run("qr", "render", text, "--out", path).code == 0
    assert path.stat().st_mode & 0o77 == 0  # it may hold personal data
    done = run("qr", "scan", path)
    assert (done.code, done.out, done.err) == (0, f"{text}\n", "")
    (code,) = run("qr", "scan", path, "--json").json["codes"]
    assert code["file"] == str(path)
    assert (code["text"], code["octets"]) == (text, None)
    assert (code["version"], code["level"]) == (plan(text).version, plan(text).level)


def test_json_says_how_the_code_is_laid_out(run, tmp_path: Path) -> None:
    path = tmp_path / "code.svg"
    document = run("qr", "render", "A" * 419, "--out", path, "--print-size", 30, "--json").json
    assert document.pop("module_mm") == pytest.approx(30 / 73)
    assert document.pop("pixels_per_module") == pytest.approx(8 * 30 / 73)
    assert document == {
        "out": str(path), "version": 12, "level": "M", "modules": 65, "quiet_zone": 4, "print_size_mm": 30.0,
        "camera": "phone",
    }  # fmt: skip
    assert 'width="30mm"' in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_what_will_not_scan_is_refused_and_nothing_written(run, tmp_path: Path, language: str) -> None:
    path = tmp_path / "code.png"
    done = run("qr", "render", "A" * 419, "--out", path, "--print-size", 15, "--lang", language)
    assert (done.code, done.out) == (2, "")
    assert "QR_WILL_NOT_SCAN" in done.err
    assert "25.9 mm" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("camera", "code"), [("scanner", 0), ("12.5", 0), ("webcam", 2), ("4", 2), ("phone", 0)]
)
def test_the_camera_decides(run, tmp_path: Path, camera: str, code: int) -> None:
    arguments = ("--print-size", 30, "--camera", camera, "--out", tmp_path / "code.png")
    assert run("qr", "render", "A" * 419, *arguments).code == code


def test_standard_input_is_drawn(run, tmp_path: Path) -> None:
    path = tmp_path / "code.png"
    assert run("qr", "render", "-", "--out", path, stdin="TWO\nLINES\n").code == 0
    assert run("qr", "scan", path).out == "TWO\nLINES\n"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("",),
        ("A", "B"),
        ("A", "--out", "code.gif"),
        ("A", "--out", "labels.pdf"),
        ("A", "--camera", "none"),
        ("A", "--camera", "-3"),
        ("A", "--camera", "nan"),
        ("A", "--camera", "1e-320", "--print-size", "30"),
        ("A\udcff",),
        ("A", "--print-size", "0"),
        ("A", "--print-size", "nan"),
        ("A", "--level", "X"),
        ("A" * 5000,),
        ("-",),
    ],
)
def test_wrong_usage_of_render_ends_with_two(run, tmp_path: Path, monkeypatch, arguments) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("qr", "render", *arguments)
    assert (done.code, done.out) == (2, "")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_ends_with_four(run, tmp_path: Path) -> None:
    assert run("qr", "render", "A", "--out", tmp_path / "missing" / "code.png").code == 4


def test_a_sheet_of_labels_has_captions_and_every_code(run, tmp_path: Path) -> None:
    path = tmp_path / "labels.pdf"
    lines = "FIRST 1\tTrạm y tế xã\\nBình Minh\n\nSECOND 2\tNguyễn Đức Ánh\nTHIRD 3\n"
    done = run("qr", "render", "-", "--out", path, "--print-size", 30, "--json", stdin=lines)
    assert done.json == {"out": str(path), "labels": 3, "print_size_mm": 30.0}
    if shutil.which("pdftoppm") is None:
        pytest.skip("no poppler-utils here")
    page = subprocess.run(["pdftoppm", "-r", "200", path], capture_output=True, check=True).stdout
    codes = scan_image(Image.open(io.BytesIO(page)))
    assert sorted(str(code.text) for code in codes) == ["FIRST 1", "SECOND 2", "THIRD 3"]
    caption = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout.decode()
    assert "Trạm y tế xã\nBình Minh" in caption


def test_a_caption_nobody_can_print_is_refused(run, tmp_path: Path) -> None:
    done = run("qr", "render", "A\t漢字", "--out", tmp_path / "labels.pdf", "--print-size", 30)
    assert (done.code, done.out) == (2, "")
    assert "label 1" in done.err
    assert "漢字" not in done.err


# --- the terminal ----------------------------------------------------------------------------------


def test_what_is_piped_has_no_colours(run) -> None:
    assert run("qr", "render", TEXT).out == draw_with_qrcode(TEXT).terminal(colour=False)
    assert run("qr", "render", TEXT, "--json").json["terminal"] == draw_with_qrcode(TEXT).terminal(
        colour=False
    )


def on_terminal(columns: int, **environment: str) -> tuple[int, str]:
    """Exit code and output of the command on a terminal so wide."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    variables = {**os.environ, "PYTHONPATH": SOURCE, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
    for name in ("NO_COLOR", "COLUMNS"):
        variables.pop(name, None)
    program = "from eid.cli.main import main; import sys; sys.exit(main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", program, "qr", "render", TEXT],
        stdout=theirs, stderr=theirs, env={**variables, **environment},
    ) as process:  # fmt: skip
        os.close(theirs)
        parts = []
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # Linux says so when the other side is closed
                break
            if not part:
                break
            parts.append(part)
        os.close(ours)
    return process.returncode, b"".join(parts).decode().replace("\r\n", "\n")


def test_a_terminal_shows_black_on_white_whatever_its_own_colours() -> None:
    assert on_terminal(80) == (0, draw_with_qrcode(TEXT).terminal())


def test_no_color_is_honoured() -> None:
    assert on_terminal(80, NO_COLOR="1") == (0, draw_with_qrcode(TEXT).terminal(colour=False))


def test_a_code_wider_than_the_terminal_is_refused() -> None:
    code, shown = on_terminal(28)
    assert code == 4
    assert "TERMINAL_TOO_NARROW" in shown
    assert "29 columns" in shown
    assert on_terminal(29)[0] == 0


def test_a_terminal_without_block_letters_is_told_so() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from eid.cli.main import run; run()", "qr", "render", TEXT],
        env={**os.environ, "PYTHONPATH": SOURCE, "PYTHONIOENCODING": "latin-1"}, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (4, b"")
    assert b"TERMINAL_WITHOUT_BLOCKS" in done.stderr


# --- scan ------------------------------------------------------------------------------------------


@pytest.fixture
def code_file(tmp_path: Path) -> Path:
    path = tmp_path / "code.png"
    path.write_bytes(draw_with_qrcode(TEXT).png())
    return path


def test_a_picture_without_a_code_is_named_and_ends_with_four(run, tmp_path: Path, code_file: Path) -> None:
    empty = tmp_path / "empty.png"
    Image.new("L", (50, 50), 255).save(empty)
    done = run("qr", "scan", empty)
    assert (done.code, done.out) == (4, "")
    assert str(empty) in done.err
    done = run("qr", "scan", code_file, empty)
    assert (done.code, done.out) == (4, f"{TEXT}\n")
    assert str(empty) in done.err
    document = run("qr", "scan", code_file, empty, "--json").json
    assert [code["text"] for code in document["codes"]] == [TEXT]
    assert document["without_code"] == [str(empty)]


def test_what_is_no_text_is_shown_as_octets(run, tmp_path: Path) -> None:
    import segno

    path = tmp_path / "code.png"
    segno.make("é", encoding="latin-1", micro=False).save(str(path), scale=5)
    assert "e9" in run("qr", "scan", path).out
    (code,) = run("qr", "scan", path, "--json").json["codes"]
    assert (code["text"], code["octets"]) == (None, "e9")


def test_a_code_cannot_steer_the_terminal(run, tmp_path: Path) -> None:
    path = tmp_path / "code.png"
    path.write_bytes(draw_with_qrcode("A\x1b[2JB").png())
    done = run("qr", "scan", path)
    assert "\x1b" not in done.out
    assert run("qr", "scan", path, "--json").json["codes"][0]["text"] == "A\x1b[2JB"


@pytest.mark.parametrize(("arguments", "code"), [((), 2), (("--camera", "-1"), 2), (("missing.png",), 4)])
def test_wrong_usage_of_scan(run, arguments, code: int) -> None:
    assert run("qr", "scan", *arguments).code == code


def test_files_and_camera_exclude_each_other(run, code_file: Path) -> None:
    assert run("qr", "scan", code_file, "--camera", 0).code == 2


def test_a_damaged_picture_ends_with_four(run, code_file: Path) -> None:
    code_file.write_bytes(code_file.read_bytes()[:60])
    done = run("qr", "scan", code_file)
    assert (done.code, done.out) == (4, "")
    assert "QR_PICTURE" in done.err


def test_the_camera_needs_its_extra(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    done = run("qr", "scan", "--camera", 0)
    assert done.code == 4
    assert "eid[camera]" in done.err
