"""The package ``cwt`` on the CWT of one of our codes, beside the raw signature check. By hand:

    python benchmarks/cwt_peer.py

It needs a cbor2 older than ours, so it gets an environment of its own, in ``build/cwt``. It is shown the
COSE message alone, without base45 and deflate around it; our figure for the whole text stands in ``make bench``.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import venv
from pathlib import Path

PLACE = Path(__file__).resolve().parent.parent / "build" / "cwt"
#: Run by the other environment, which has neither eid nor this folder.
PROGRAM = """
import json, sys, time
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
import cwt

given = json.load(sys.stdin)
message, key = bytes.fromhex(given["message"]), cwt.COSEKey.from_jwk(given["jwk"])
private = ec.generate_private_key(ec.SECP256R1())
public, octets = private.public_key(), bytes(280)
signature = private.sign(octets, ec.ECDSA(hashes.SHA256()))


def seconds(call):
    best = 1e9
    for _ in range(200):
        start = time.process_time()
        for _ in range(20):
            call()
        best = min(best, (time.process_time() - start) / 20)
    return best


claims = cwt.decode(message, key)
theirs = seconds(lambda: cwt.decode(message, key))
raw = seconds(lambda: public.verify(signature, octets, ec.ECDSA(hashes.SHA256())))
print(f"cwt {cwt.__version__}: {theirs * 1e6:.0f} µs, {theirs / raw:.2f}x raw; {len(claims)} claims, not looked into")
"""


def main() -> None:
    """Make the environment once, and a code; print what the package takes for it."""
    from qr_text import _ISSUER, _PERSON

    from eid.crypto.keys import SoftwareSigner
    from eid.qr.claims import QrKind
    from eid.qr.envelope import parse_message, unpack_text
    from eid.qr.issuing import QrIssuer

    python = PLACE / "bin" / "python"
    if not python.exists():
        venv.create(PLACE, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "cwt"], check=True)
    signer = SoftwareSigner.generate("ES256", kid="2026-1")
    issuer = QrIssuer(signer=signer, issuer=_ISSUER, clock=lambda: dt.datetime.now(dt.UTC))
    code = issuer.issue(
        _PERSON, kind=QrKind.STATIC, valid_for=dt.timedelta(days=365), account_level=2, authentication_level=3
    )
    octets = unpack_text(code.text)
    assert parse_message(octets).signature
    given = {"message": octets.hex(), "jwk": signer.key.to_jwk()}
    subprocess.run([python, "-c", PROGRAM], input=json.dumps(given), text=True, check=True)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
