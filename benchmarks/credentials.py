"""Holder credentials beside the raw calls they need, and beside the package ``sd-jwt``.

*Raw* is the signatures (r and s to DER, as ``cryptography`` wants them) and the SHA-256 of what is hashed:
eight disclosures, with key binding also the presentation; then the holder's key is made of its point.
For issuing: the signature, eight salts, eight hashes. The detail gives the ratio to the signatures alone.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from measure import Row

from eid.crypto.keys import KeySet, SoftwareSigner
from eid.tokens.credentials import Credential, CredentialIssuer
from eid.tokens.credentials.verifying import CredentialVerifier
from eid.tokens.jws import Jws, parse_claims, parse_jws
from eid.tokens.sd_jwt import SdJwt, parse_sd_jwt, verify_sd_jwt
from eid.tokens.sd_jwt.issuing import issue_sd_jwt
from eid.tokens.sd_jwt.key_binding import check_key_binding

__all__ = ["rows"]

_ISSUER, _AUDIENCE, _NONCE, _TYPE = "https://issuer.example", "https://bank.example", "n-0S6_WzA2Mj", "urn:x"
_CLAIMS = {
    "number": "001099012349", "name": "Nguyễn Đức Ánh", "birth_date": "1999-07-04", "sex": "M",
    "nationality": "VNM", "residence": "Xã Ví Dụ, Tỉnh Mẫu", "issue_date": "2024-07-10", "no_expiry": True,
}  # fmt: skip
_SIGNER, _HOLDER = SoftwareSigner.generate(kid="issuer-1"), SoftwareSigner.generate()
_CURVE = ec.SECP256R1()

#: Calls of one measurement: many for the clock, few enough that some run undisturbed.
_BATCH = 100
_WARM = 10

Call = Callable[[], object]


def now() -> datetime:
    """The clock of both sides."""
    return datetime.now(UTC)


# --- raw -----------------------------------------------------------------------------------------


def _check(key: ec.EllipticCurvePublicKey, jws: Jws) -> None:
    r, s = int.from_bytes(jws.signature[:32]), int.from_bytes(jws.signature[32:])
    key.verify(encode_dss_signature(r, s), jws.signing_input, ec.ECDSA(hashes.SHA256()))


def raw_verify(parsed: SdJwt) -> Call:
    """Signature and disclosures."""
    key, octets = _SIGNER.key.public, [each.encode() for each in parsed.disclosures]

    def calls() -> None:
        _check(key, parsed.jws)
        for each in octets:
            hashlib.sha256(each).digest()

    return calls


def raw_bound(parsed: SdJwt) -> Call:
    """The same, and the holder's key, signature and hash."""
    first, bound = raw_verify(parsed), parse_jws(str(parsed.key_binding))
    point = _HOLDER.key.public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    signed = parsed.signed_text.encode()

    def calls() -> None:
        first()
        hashlib.sha256(signed).digest()
        _check(ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point), bound)

    return calls


def raw_issue(parsed: SdJwt) -> Call:
    """Salts, hashes, signature."""
    private, octets = _SIGNER._private, [each.encode() for each in parsed.disclosures]

    def calls() -> None:
        for each in octets:
            secrets.token_bytes(16)
            hashlib.sha256(each).digest()
        private.sign(parsed.jws.signing_input, ec.ECDSA(hashes.SHA256()))

    return calls


# --- ours and a peer -----------------------------------------------------------------------------


def peer_calls(text: str) -> tuple[Call, Call, Call]:
    """The same three with the package ``sd-jwt``: verify, verify with key binding, issue."""
    from jwcrypto.jwk import JWK
    from jwt.algorithms import ECAlgorithm
    from sd_jwt.common import SDObj
    from sd_jwt.issuer import SDJWTIssuer
    from sd_jwt.verifier import SDJWTVerifier

    key, holder = (JWK.from_json(ECAlgorithm.to_jwk(each._private)) for each in (_SIGNER, _HOLDER))
    open_text = text.rpartition("~")[0] + "~"
    whole = {"iss": _ISSUER, "vct": _TYPE, "iat": 1, "exp": 4_000_000_000}
    claims = {**whole, **{SDObj(name): value for name, value in _CLAIMS.items()}}

    def verify() -> object:
        return SDJWTVerifier(open_text, lambda issuer, header: key).get_verified_payload()

    def bound() -> object:
        return SDJWTVerifier(text, lambda issuer, header: key, _AUDIENCE, _NONCE).get_verified_payload()

    def issue() -> object:
        return SDJWTIssuer(claims, key, holder).sd_jwt_issuance

    return verify, bound, issue


def compared(calls: dict[str, Call], rounds: int) -> dict[str, float]:
    """Least microseconds of each, taken in turn, of this thread's processor time: what others do at the same
    time on a shared machine only ever adds to it. Calls that do not count go before each measurement, so that
    nobody pays for what the one before left in the processor's caches.
    """
    least = dict.fromkeys(calls, float("inf"))
    gc.collect()
    gc.disable()  # as timeit does
    for _ in range(max(1, rounds // _BATCH)):
        for name, call in calls.items():
            for _ in range(_WARM):
                call()
            start = time.thread_time()
            for _ in range(_BATCH):
                call()
            least[name] = min(least[name], (time.thread_time() - start) / _BATCH * 1e6)
    gc.enable()
    return least


def rows(rounds: int = 6000) -> list[Row]:
    """Every row about credentials."""
    issuer = CredentialIssuer(issuer=_ISSUER, signer=_SIGNER, clock=now)
    text = issuer.issue(_TYPE, _CLAIMS, holder=_HOLDER.key, status=None, expires_at=now() + timedelta(days=9))
    fields = [(name,) for name in _CLAIMS]
    bound = Credential.parse(text).present(
        fields, audience=_AUDIENCE, nonce=_NONCE, signer=_HOLDER, now=now()
    )
    parsed, with_key = parse_sd_jwt(text), parse_sd_jwt(bound.text)
    assert len(parsed.disclosures) == 8
    verifier = CredentialVerifier(
        types={_TYPE}, issuers={_ISSUER: KeySet([_SIGNER.key])}, audience=_AUDIENCE, status=None, clock=now
    )
    peers = peer_calls(bound.text)
    whole = {**parse_claims(parsed.jws.payload), **_CLAIMS}
    for name in ("_sd", "_sd_alg"):
        del whole[name]

    def ours_bound() -> None:
        read = parse_sd_jwt(bound.text)
        claims = verify_sd_jwt(read, _SIGNER.key)
        check_key_binding(read, claims, hash_name="sha-256", audience=_AUDIENCE, nonce=_NONCE, now=now())

    def ours_issue() -> str:
        return issue_sd_jwt(whole, disclosable=fields, signer=_SIGNER, header={"typ": "dc+sd-jwt"})

    key_bound = parse_jws(str(with_key.key_binding))

    def two_signatures() -> None:
        _check(_SIGNER.key.public, parsed.jws)
        _check(_HOLDER.key.public, key_bound)

    lax = verifier.without_key_binding()
    return [
        _row("SD-JWT, 8 disclosures, verify", 1.45, rounds, {
            "raw": raw_verify(parsed), "ours": lambda: verify_sd_jwt(parse_sd_jwt(text), _SIGNER.key),
            "signatures": lambda: _check(_SIGNER.key.public, parsed.jws),
            "whole": lambda: lax.verify(text, nonce=None), "sd-jwt": peers[0],
        }),
        _row("SD-JWT with key binding, verify", 1.55, rounds, {
            "raw": raw_bound(with_key), "ours": ours_bound, "signatures": two_signatures,
            "whole": lambda: verifier.verify(bound.text, nonce=_NONCE), "sd-jwt": peers[1],
        }),
        _row("SD-JWT, 8 disclosures, issue", 1.6, rounds, {
            "raw": raw_issue(parsed), "ours": ours_issue,
            "signatures": lambda: _SIGNER._private.sign(parsed.jws.signing_input, ec.ECDSA(hashes.SHA256())),
            "whole": lambda: issuer.issue(_TYPE, _CLAIMS, holder=_HOLDER.key, status=None,
                                          expires_at=now() + timedelta(days=9)),
            "sd-jwt": peers[2],
        }),
    ]  # fmt: skip


def _row(name: str, limit: float, rounds: int, calls: dict[str, Call]) -> Row:
    times = compared(calls, rounds)
    detail = (
        f"{times['ours']:.0f} µs, {times['ours'] / times['signatures']:.2f}x signatures alone; with issuer, times and "
        f"result {times['whole'] / times['raw']:.2f}x raw; sd-jwt {times['sd-jwt'] / times['raw']:.2f}x raw"
    )
    return Row(name, times["ours"] / times["raw"], "x raw", limit, detail)


def main() -> None:
    """Print the rows about credentials alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = rows(options.rounds)
    if options.json:
        print(json.dumps([row.__dict__ for row in found], indent=1, ensure_ascii=False))
        return
    for row in found:
        mark = {None: "", True: "ok", False: "OVER"}[row.kept]
        print(f"{row.name:36} {row.value:6.2f} {row.unit} {mark:5} {row.detail}")


if __name__ == "__main__":
    main()
