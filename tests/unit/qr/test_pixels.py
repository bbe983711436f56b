"""Round trip through pixels: signed codes drawn, photographed badly, scanned and verified."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from distortions import ACCEPTED, photographed
from PIL import Image
from qr_samples import PERSON, YEAR, issuer, verifier

from eid.crypto.keys import SoftwareSigner
from eid.document.checks import Outcome
from eid.qr.claim169 import QrPerson
from eid.qr.claims import QrKind
from eid.qr.issuing import QrIssuer
from eid.qr.photo import fit_photo
from eid.qr.planning import ErrorLevel, plan
from eid.qr.rendering import QrPicture, draw
from eid.qr.scanning import scan_image
from eid.simulator.portrait import portrait

VERSIONS = range(8, 26)
CODES = 500
#: Below, a signed code at level M is larger than the version.
_LEVEL_M_FROM = 10
_WITH_PHOTO_FROM = 18


@pytest.fixture
def repeatable(monkeypatch: pytest.MonkeyPatch) -> tuple[QrIssuer, SoftwareSigner]:
    """An issuer whose codes are the same in every run: this test must not fail once in a thousand."""
    monkeypatch.setattr("secrets.token_bytes", random.Random(5).randbytes)
    key = SoftwareSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))), kid="1")
    return issuer(signer=key), key


def codes(source: QrIssuer) -> Iterator[tuple[QrPerson, bytes | None, QrPicture, str]]:
    """Codes of all versions in turn, every second one with a photo where one fits."""
    photos = [fit_photo(portrait(), budget=budget).octets for budget in (300, 360, 420, 480, 540, 600)]
    rng = random.Random(7)
    for number in range(CODES):
        version = VERSIONS[number % len(VERSIONS)]
        photo = None
        if version >= _WITH_PHOTO_FROM and number // len(VERSIONS) % 2:
            photo = photos[(version - _WITH_PHOTO_FROM) * len(photos) // 8]
        yield sized(source, version, photo, rng)


def sized(
    source: QrIssuer, version: int, photo: bytes | None, rng: random.Random
) -> tuple[QrPerson, bytes | None, QrPicture, str]:
    """A code of *version*: the address is as long as that takes."""
    level = ErrorLevel.M if version >= _LEVEL_M_FROM else ErrorLevel.L
    address = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789 ", k=2000))
    low, high = 0, len(address)
    while True:
        length = (low + high) // 2
        person = QrPerson(id=PERSON.id, address=address[:length] or None)
        text = source.issue(person, kind=QrKind.STATIC, valid_for=YEAR, photo=photo).text
        reached = plan(text, level=level).version
        if reached == version:
            return person, photo, draw(text, level=level), text
        assert low < high, f"no code of version {version}"
        low, high = (length + 1, high) if reached < version else (low, length - 1)


def test_every_code_is_scanned_and_verified_at_three_pixels_a_module(
    repeatable: tuple[QrIssuer, SoftwareSigner],
) -> None:
    """Turned by up to 20°, in perspective of up to 5 %, blurred, noisy, as JPEG of quality 70 and up."""
    source, key = repeatable
    trusted = verifier(key)
    seen: set[tuple[int, bool]] = set()
    for number, (person, photo, picture, text) in enumerate(codes(source)):
        # Every second one at the limit, the others nearer; every tenth with the worst of everything.
        rng = random.Random(number)
        camera = ACCEPTED.at(pixels=3.0 if number % 2 else rng.uniform(3, 4), steady=number % 10 == 0)
        shot = photographed(drawn(picture), picture.layout.side, camera, rng)
        (found,) = scan_image(shot)
        assert found.text == text, number
        result = trusted.verify(found.text)
        assert result.authentic.outcome is Outcome.PASSED, number
        assert result.still_valid.outcome is Outcome.PASSED, number
        assert result.person is not None
        assert (result.person.id, result.person.address) == (person.id, person.address)
        assert (result.person.photo.data if result.person.photo else None) == photo
        seen.add((found.version, photo is not None))
    assert {version for version, _ in seen} == set(VERSIONS)
    assert {version for version, pictured in seen if pictured} == set(range(_WITH_PHOTO_FROM, 26))


def drawn(picture: QrPicture) -> Image.Image:
    return Image.open(io.BytesIO(picture.png(6)))
