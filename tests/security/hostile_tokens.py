"""e-ID tokens that nobody may accept, made here, each with the code it has to be refused with.

All are signed by the real issuer where that matters, so that exactly one thing is wrong: each stands
beside a good token that lacks it. Form, header and signature are here, claims in ``hostile_claims``.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import zlib
from typing import Any

import hostile_claims  # noqa: F401 - marks its groups
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hostile_sd_jwts import b64, dumps, jwt, public
from token_making import (
    EDWARDS,
    HEADER,
    HOLDER,
    ISSUER,
    ISSUING,
    ISSUING_NEXT,
    MALLORY,
    OUT,
    P256_ORDER,
    PARTNER,
    PARTNERS,
    PARTNERS_NAMESAKE,
    RSA,
    Case,
    Corpus,
    by,
    claims,
    claims_and,
    collected,
    good,
    group,
    header,
    header_and,
    proof,
    resigned,
    signature_of,
    with_claims,
    with_header,
)

__all__ = ["Case", "corpus"]

#: Order of the group of Ed25519 (RFC 8032, 5.1).
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


def corpus() -> tuple[Case, ...]:
    """All of them."""
    return collected()


# --- the compact form ----------------------------------------------------------------------------


@group
def parts(to: Corpus) -> None:
    token = good()
    head, body, signature = token.split(".")
    to.add(
        "RFC 7515, 7.1",
        "TOKEN_MALFORMED",
        nothing="",
        no_octets=b"",
        one_dot=".",
        one_part=head,
        two_parts=f"{head}.{body}",
        four_parts=f"{token}.{signature}",
        dot_after=token + ".",
        dot_before="." + token,
        six_parts=f"{token}.{token}",
        seven_parts=f"{token}.{token}.{head}",
        empty_header=f".{body}.{signature}",
        encoded_twice=b64(token.encode()),
        fullwidth_dots=token.replace(".", "\uff0e"),
        percent_encoded_dots=token.replace(".", "%2E"),
    )
    to.add(
        "RFC 7515, 7.2",
        "TOKEN_FORM_UNSUPPORTED",
        json_flattened=json.dumps({"protected": head, "payload": body, "signature": signature}),
        json_general=json.dumps(
            {"payload": body, "signatures": [{"protected": head, "signature": signature}]}
        ).encode(),
        json_after_white_space="\n " + json.dumps({"payload": body, "signatures": []}),
        encrypted=f"{b64(dumps({'alg': 'RSA-OAEP', 'enc': 'A128GCM'}))}.{body}.{b64(bytes(12))}.{body}.{head}",
        five_parts=f"{token}.{head}.{body}",
        two_tokens_with_comma=f"{token},{token}",
        detached=f"{head}..{signature}",
        only_dots="..",
    )


@group
def base64url_text(to: Corpus) -> None:
    token = good()
    head, body, signature = token.split(".")
    middle = len(head) + 20
    rule = "RFC 7515, 5.2"
    to.add(
        rule,
        "TOKEN_BASE64URL",
        header_padded=f"{head}=.{body}.{signature}",
        payload_padded=f"{head}.{body}==.{signature}",
        signature_padded=f"{token}==",
        line_end_after=token + "\n",
        line_end_before="\n" + token,
        carriage_return_after=token + "\r\n",
        space_after=token + " ",
        space_before=" " + token,
        tab_after=token + "\t",
        space_inside=f"{token[:middle]} {token[middle:]}",
        line_end_inside=f"{token[:middle]}\n{token[middle:]}",
        lines_of_76="\r\n".join(token[at : at + 76] for at in range(0, len(token), 76)),
        white_space_before_dot=f"{head} .{body}.{signature}",
        nul_after=token + "\0",
        nul_before=b"\0" + token.encode(),
        nul_inside=f"{token[:middle]}\0{token[middle:]}",
        quoted=f'"{token}"',
        bearer=f"Bearer {token}",
        tilde_after=token + "~",
        comma_after=token + ",",
        percent_encoded=token[:5] + f"%{ord(token[5]):02X}" + token[6:],
        byte_order_mark="\ufeff" + token,
        zero_width_space=f"{token[:middle]}\u200b{token[middle:]}",
        cyrillic_letter=token.replace("e", "\u0435", 1),
        fullwidth_letter=token.replace("e", "\uff45", 1),
        arabic_digits=token[:-6] + "\u0661" + token[-5:],
        lone_surrogate_in_text=f"{token[:middle]}\ud800{token[middle:]}",
        utf16_without_mark=token.encode("utf-16-le"),
        utf32_without_mark=token.encode("utf-32-be"),
        impossible_length=f"{token}AAA",
        whole_alphabet_changed=_with_special_characters().replace("-", "+").replace("_", "/"),
        unencoded_payload=f"{head}.{json.dumps(claims()).replace('.', '')}.{signature}",
    )
    to.add(
        rule,
        "TOKEN_MALFORMED",
        utf8_byte_order_mark=b"\xef\xbb\xbf" + token.encode(),
        utf16=token.encode("utf-16"),
        latin1=token[:-1].encode() + b"\xe9",
        octet_255_after=token.encode() + b"\xff",
    )
    to.add(rule, "TOKEN_SIGNATURE", hexadecimal_signature=f"{head}.{body}.{signature_of(token).hex()}")
    for name, text, place in (
        ("header", jwt(header(x=_filler(dumps(header(x="")))), claims(), ISSUING), 0),
        ("payload", with_claims(x=_filler(dumps(claims(x="")))), 1),
        ("signature", token, 2),
    ):
        pieces = text.split(".")
        pieces[place] = _with_stray_bits(pieces[place])
        # RFC 4648, 3.5: a decoder may refuse it.
        to.add("strict", "TOKEN_BASE64URL", text, **{f"stray_bits_in_{name}": ".".join(pieces)})


def _filler(octets: bytes) -> str:
    """So long that base64url of it all ends with a character that has bits to spare."""
    return "x" * ((1 - len(octets)) % 3)


def _with_stray_bits(text: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(text) % 4 == 2
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


def _with_special_characters() -> str:
    """A good token that has characters in which base64 and base64url differ."""
    while True:
        token = with_claims()
        if "-" in token and "_" in token:
            return token


@group
def sizes(to: Corpus) -> None:
    to.add(
        "strict",
        "TOKEN_TOO_LARGE",
        with_claims(x="A" * 8_000),
        too_long=with_claims(x="A" * 20_000),
        long_header=with_header(x="A" * 20_000),
        long_signature=resigned(good(), bytes(20_000)),
        megabytes="A" * 3_000_000,
        megabytes_of_dots=b"." * 3_000_000,
        megabytes_of_braces="{" * 3_000_000,
        swelling_claims=with_claims(x=["x" * 100] * 200),
    )
    limit = b',"x":' + b"[" * 15 + b"]" * 15
    to.add(
        "strict",
        "TOKEN_TOO_LARGE",
        claims_and(limit),
        claims_one_too_deep=claims_and(b',"x":' + b"[" * 16 + b"]" * 16),
        claims_deep=claims_and(b',"x":' + b"[" * 5_000 + b"]" * 5_000),
        claims_deep_objects=claims_and(b',"x":' + b'{"a":' * 1_500 + b"1" + b"}" * 1_500),
        claims_deep_never_closed=claims_and(b',"x":' + b"[" * 5_000),
        claims_deep_mixed=claims_and(b',"x":' + b'[{"a":' * 40 + b"1" + b"}]" * 40),
    )
    to.add(
        "strict",
        "TOKEN_TOO_LARGE",
        header_and(limit),
        header_one_too_deep=header_and(b',"x":' + b"[" * 16 + b"]" * 16),
        header_deep=header_and(b',"x":' + b"[" * 5_000 + b"]" * 5_000),
    )


# --- JSON, in the header and in the claims -------------------------------------------------------


@group
def json_twice(to: Corpus) -> None:
    """A member named twice (RFC 7515, 4 and RFC 7519, 4 let readers take the last one)."""
    rule, code = "strict", "TOKEN_DUPLICATE_MEMBER"
    to.add(
        rule,
        code,
        alg_twice=jwt(b'{"alg":"none",' + dumps(HEADER)[1:], claims(), ISSUING),
        alg_twice_alike=header_and(b',"alg":"ES256"'),
        alg_twice_escaped=jwt(b'{"\\u0061lg":"none",' + dumps(HEADER)[1:], claims(), ISSUING),
        alg_twice_last_wrong=header_and(b',"alg":"none"'),
        typ_twice=jwt(b'{"typ":"JWT",' + dumps(HEADER)[1:], claims(), ISSUING),
        kid_twice=jwt(b'{"kid":"2026-b",' + dumps(HEADER)[1:], claims(), ISSUING),
        kid_twice_escaped=jwt(b'{"k\\u0069d":"2026-b",' + dumps(HEADER)[1:], claims(), ISSUING),
        crit_twice=header_and(b',"crit":[],"crit":["x"]'),
    )
    to.add(
        rule,
        code,
        header_and(b',"x":{"a":1,"b":2}'),
        header_member_twice_inside=header_and(b',"x":{"a":1,"a":2}'),
    )
    for name in ("iss", "sub", "aud", "iat", "exp", "jti", "nonce", "acr", "account_level", "person"):
        member = dumps({name: claims()[name]})[1:-1]
        escaped = member.replace(name[:1].encode(), b"\\u%04x" % ord(name[0]), 1)
        first = jwt(HEADER, b'{"' + name.encode() + b'":"other",' + dumps(claims())[1:], ISSUING)
        to.add(
            rule,
            code,
            **{
                f"{name}_twice": first,
                f"{name}_twice_alike": claims_and(b"," + member),
                f"{name}_twice_escaped": claims_and(b"," + escaped),
            },
        )
    to.add(
        rule,
        code,
        claims_and(b',"x":[{"a":1,"b":2}]'),
        member_twice_inside=claims_and(b',"x":[{"a":1,"\\u0061":2}]'),
        empty_name_twice=claims_and(b',"":1,"":2'),
    )


@group
def json_numbers(to: Corpus) -> None:
    texts = {
        "nan": b"NaN",
        "infinity": b"Infinity",
        "minus_infinity": b"-Infinity",
        "1e999": b"1e999",
        "minus_1e999": b"-1E+999",
        "2_to_the_53": b"9007199254740992",
        "2_to_the_64": b"18446744073709551616",
        "minus_2_to_the_53": b"-9007199254740992",
        "of_400_digits": b"1" + b"0" * 400,
        "of_5000_digits": b"1" * 5_000,
    }
    for name, text in texts.items():
        # The grammar of JSON knows no NaN; what a huge number is, readers decide (RFC 8259, 6).
        no_json, code = text[-1:] in b"Ny", "TOKEN_NUMBER"
        rule = "RFC 7515, 5.2" if no_json else "strict"
        to.add(rule, code, header_and(b',"x":1'), **{f"header_{name}": header_and(b',"x":' + text)})
        rule = "RFC 7519, 7.2" if no_json else "strict"
        to.add(rule, code, claims_and(b',"x":1'), **{f"claim_{name}": claims_and(b',"x":' + text)})
        to.add(
            rule,
            code,
            claims_and(b',"nbf":0'),
            **{f"{claim}_{name}": claims_and(b',"%b":' % claim.encode() + text, **{claim: OUT})
               for claim in ("exp", "iat", "nbf", "auth_time", "account_level")},
        )  # fmt: skip
        inside = claims_and(b',"x":{"a":[0,1]}')
        to.add(rule, code, inside, **{f"inside_{name}": claims_and(b',"x":{"a":[0,' + text + b"]}")})


@group
def json_text(to: Corpus) -> None:
    code = "TOKEN_TEXT"
    whole, plain = claims_and(b',"x":"\\ud83d\\ude00"'), claims_and(b',"x":"\xc3\xa9"')
    to.add(
        "strict",
        code,
        whole,
        claim_surrogate_high=claims_and(b',"x":"\\ud83d"'),
        claim_surrogate_low=claims_and(b',"x":"\\ude00"'),
        claim_surrogates_reversed=claims_and(b',"x":"\\ude00\\ud83d"'),
        claim_surrogate_in_name=claims_and(b',"\\ud83d":1'),
        claim_surrogate_inside=claims_and(b',"x":[{"a":["\\uDFFF"]}]'),
        subject_surrogate=claims_and(b',"sub":"\\ud800"', sub=OUT),
        jti_surrogate=claims_and(b',"jti":"\\ud800"', jti=OUT),
        nonce_surrogate=claims_and(b',"nonce":"' + b"n-0S6_WzA2Mj" + b'\\udc00"', nonce=OUT),
        audience_surrogate=claims_and(b',"aud":"\\udc00"', aud=OUT),
    )
    to.add(
        "strict",
        code,
        header_and(b',"x":"\\ud83d\\ude00"'),
        header_surrogate=header_and(b',"x":"\\ud83d"'),
        header_surrogate_in_name=header_and(b',"\\ude00":1'),
        kid_surrogate=jwt(b'{"alg":"ES256","typ":"eid+jwt","kid":"2026-a\\ud800"}', claims(), ISSUING),
    )
    to.add(
        "RFC 7519, 7.2",
        code,
        plain,
        claims_latin1=claims_and(b',"x":"\xe9"'),
        claims_octet_255=claims_and(b',"x":"\xff"'),
        claims_overlong=claims_and(b',"x":"\xc0\xaf"'),
        claims_surrogate_octets=claims_and(b',"x":"\xed\xa0\x80"'),
        claims_cut_off=claims_and(b',"x":"\xc3"'),
        claims_utf16=jwt(HEADER, json.dumps(claims()).encode("utf-16"), ISSUING),
        claims_deflated_zlib=jwt(HEADER, zlib.compress(dumps(claims())), ISSUING),
        claims_gzipped=jwt(HEADER, gzip.compress(dumps(claims())), ISSUING),
    )
    to.add(
        "RFC 7515, 5.2",
        code,
        header_and(b',"x":"\xc3\xa9"'),
        header_latin1=header_and(b',"x":"\xe9"'),
        header_utf16=jwt(json.dumps(HEADER).encode("utf-16"), claims(), ISSUING),
    )


@group
def json_syntax(to: Corpus) -> None:
    code, text, head = "TOKEN_MALFORMED", dumps(claims()), dumps(HEADER)
    # White space is part of JSON.
    spaced = jwt(HEADER, b" \r\n\t" + json.dumps(claims(), indent=1).encode() + b"\n", ISSUING)
    broken = {
        "array": lambda octets: b"[" + octets + b"]",
        "text": lambda octets: json.dumps(octets.decode()).encode(),
        "number": lambda octets: b"1",
        "null": lambda octets: b"null",
        "true": lambda octets: b"true",
        "two_values": lambda octets: octets + octets,
        "trailing_letter": lambda octets: octets + b"x",
        "trailing_nul": lambda octets: octets + b"\0",
        "trailing_comma": lambda octets: octets[:-1] + b",}",
        "leading_comma": lambda octets: b"{," + octets[1:],
        "comment": lambda octets: octets[:-1] + b"/**/}",
        "single_quotes": lambda octets: octets.replace(b'"', b"'"),
        "never_closed": lambda octets: octets[:-1],
        "closed_twice": lambda octets: octets + b"}",
        "bare_name": lambda octets: octets[:-1] + b",x:1}",
        "line_end_in_text": lambda octets: octets[:-1] + b',"x":"\n"}',
        "unknown_escape": lambda octets: octets[:-1] + b',"x":"\\x41"}',
        "short_escape": lambda octets: octets[:-1] + b',"x":"\\u41"}',
        "leading_zero": lambda octets: octets[:-1] + b',"x":01}',
        "plus": lambda octets: octets[:-1] + b',"x":+1}',
        "hexadecimal": lambda octets: octets[:-1] + b',"x":0x1}',
        "no_digit_before_point": lambda octets: octets[:-1] + b',"x":.5}',
        "no_digit_after_point": lambda octets: octets[:-1] + b',"x":1.}',
        "underscore_in_number": lambda octets: octets[:-1] + b',"x":1_0}',
        "fullwidth_digit": lambda octets: octets[:-1] + ',"x":１}'.encode(),
        "no_break_space": lambda octets: octets[:-1] + b"\xc2\xa0}",
        "form_feed": lambda octets: octets[:-1] + b"\x0c}",
        "utf16_without_mark": lambda octets: octets.decode().encode("utf-16-le"),
        "nothing_but_spaces": lambda octets: b"  ",
    }
    for name, change in broken.items():
        to.add(
            "RFC 7519, 7.2",
            code,
            spaced,
            **{
                f"claims_{name}": jwt(HEADER, change(text), ISSUING),
                f"header_{name}": jwt(change(head), claims(), ISSUING),
            },
        )
    mark = b"\xef\xbb\xbf"
    to.add(
        "strict",  # RFC 8259, 8.1: readers may ignore it
        code,
        claims_after_byte_order_mark=jwt(HEADER, mark + text, ISSUING),
        header_after_byte_order_mark=jwt(mark + head, claims(), ISSUING),
    )
    to.add(
        "RFC 7519, 7.2",
        code,
        token_in_token=jwt(header(cty="JWT"), good().encode(), ISSUING),
        claims_of_octets=jwt(HEADER, bytes(32), ISSUING),
    )
    to.add("RFC 7519, 7.2", "TOKEN_FORM_UNSUPPORTED", claims_empty=jwt(HEADER, b"", ISSUING))


# --- the header ----------------------------------------------------------------------------------


@group
def algorithms(to: Corpus) -> None:
    for number, name in enumerate(
        ("none", "None", "NONE", "nOnE", "none ", " none", "none\0", "ｎｏｎｅ", "", "null", "no\u200bne")
    ):
        to.add(
            "RFC 8725, 3.2",
            "TOKEN_ALGORITHM_FORBIDDEN",
            **{
                f"none_{number}_unsigned": with_header(None, alg=name),
                f"none_{number}_signed": with_header(alg=name),
            },
        )
    escaped = jwt(dumps(HEADER).replace(b"ES256", b"\\u006eone"), claims(), None)
    to.add("RFC 8725, 3.2", "TOKEN_ALGORITHM_FORBIDDEN", none_escaped=escaped)
    unknown = (
        "es256", "ES256 ", "ES256K", "ES256\n", "Es256", "ESP256", "RS1", "RSA1_5", "RS512", "PS512", "Ed448", "EDDSA",
        "A256GCM", "dir", "ECDH-ES", "PBES2-HS256+A128KW", "SHA256withECDSA", "ES256,none", "x" * 1000, "-7",
    )  # fmt: skip
    for number, name in enumerate(unknown):
        to.add(
            "RFC 8725, 3.1", "TOKEN_ALGORITHM_FORBIDDEN", **{f"alg_unknown_{number}": with_header(alg=name)}
        )
    for number, value in enumerate((OUT, None, ["ES256"], ["none"], {"alg": "ES256"}, 256, True, 0, -7)):
        to.add("RFC 7515, 4.1.1", "TOKEN_HEADER", **{f"alg_no_text_{number}": with_header(alg=value)})
    for name in ("ES384", "ES512", "RS256", "PS256", "Ed25519", "EdDSA", "ML-DSA-44"):
        token = with_header(alg=name)
        to.add("RFC 8725, 3.1", "TOKEN_ALGORITHM_MISMATCH", **{f"alg_{name}_for_es256_key": token})
    to.add(
        "RFC 8725, 3.1",
        "TOKEN_ALGORITHM_MISMATCH",
        jwt(header(alg="EdDSA", kid=EDWARDS.kid), claims(), EDWARDS),
        es256_for_ed25519_key=jwt(header(kid=EDWARDS.kid), claims(), EDWARDS),
        es256_key_named_ed25519=jwt(header(kid=EDWARDS.kid), claims(), ISSUING),
        rs256_for_ed25519_key=jwt(header(kid=EDWARDS.kid, alg="RS256"), claims(), EDWARDS),
    )
    native: Any = RSA._private
    pss = jwt(header(alg="PS256", kid=RSA.kid), claims(), None)
    signed = native.sign(pss[:-1].encode(), padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    to.add(
        "RFC 8725, 3.1",
        "TOKEN_ALGORITHM_MISMATCH",
        jwt(by(RSA), claims(), RSA),
        ps256_by_rs256_key=resigned(pss, signed),
        es256_for_rsa_key=jwt(header(kid=RSA.kid), claims(), RSA),
    )


@group
def hmac_with_public_key(to: Corpus) -> None:
    point = ISSUING.key.public.public_bytes
    encoding, form = serialization.Encoding, serialization.PublicFormat
    jwk = {**public(ISSUING), "kid": ISSUING.kid}
    secrets = {
        "pem": point(encoding.PEM, form.SubjectPublicKeyInfo),
        "pem_stripped": point(encoding.PEM, form.SubjectPublicKeyInfo).strip(),
        "pem_crlf": point(encoding.PEM, form.SubjectPublicKeyInfo).replace(b"\n", b"\r\n"),
        "der": point(encoding.DER, form.SubjectPublicKeyInfo),
        "point": point(encoding.X962, form.UncompressedPoint),
        "point_without_mark": point(encoding.X962, form.UncompressedPoint)[1:],
        "point_compressed": point(encoding.X962, form.CompressedPoint),
        "jwk": dumps(jwk),
        "jwk_of_thumbprint": dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}),
        "jwks": dumps({"keys": [jwk]}),
        "jwk_spaced": json.dumps(jwk).encode(),
        "x": jwk["x"].encode(),
        "kid": ISSUING.kid.encode(),
        "nothing": b"",
    }
    for name, secret in secrets.items():
        to.add("RFC 8725, 2.1", "TOKEN_ALGORITHM_FORBIDDEN", **{f"hmac_{name}": _hmaced("HS256", secret)})
    for alg in ("HS384", "HS512", "hs256", "HS1"):
        token = _hmaced(alg, secrets["pem"])
        to.add("RFC 8725, 2.1", "TOKEN_ALGORITHM_FORBIDDEN", **{f"hmac_{alg}": token})
    others = {
        "rsa_pem": (RSA, point_of(RSA, encoding.PEM, form.SubjectPublicKeyInfo)),
        "rsa_pkcs1": (RSA, point_of(RSA, encoding.PEM, form.PKCS1)),
        "ed25519_raw": (EDWARDS, point_of(EDWARDS, encoding.Raw, form.Raw)),
        "ed25519_pem": (EDWARDS, point_of(EDWARDS, encoding.PEM, form.SubjectPublicKeyInfo)),
    }
    for name, (signer, secret) in others.items():
        good_one = jwt(by(signer), claims(), signer)
        token = _hmaced("HS256", secret, kid=signer.kid)
        to.add("RFC 8725, 2.1", "TOKEN_ALGORITHM_FORBIDDEN", good_one, **{f"hmac_{name}": token})
    # The real algorithm in the header, and the HMAC where its signature belongs.
    mac = hmac.digest(secrets["pem"], good().rpartition(".")[0].encode(), "sha256")
    to.add("RFC 8725, 2.1", "TOKEN_SIGNATURE", hmac_under_es256=resigned(good(), mac))


def point_of(signer: Any, encoding: Any, form: Any) -> bytes:
    """The public key of *signer*, as octets."""
    octets: bytes = signer.key.public.public_bytes(encoding, form)
    return octets


def _hmaced(alg: str, secret: bytes, **changes: Any) -> str:
    token = with_header(None, alg=alg, **changes)
    digest = {"384": "sha384", "512": "sha512"}.get(alg[-3:], "sha256")
    return resigned(token, hmac.digest(secret, token.rpartition(".")[0].encode(), digest))


@group
def critical(to: Corpus) -> None:
    code = "TOKEN_CRITICAL_HEADER"
    to.add(
        "RFC 7515, 4.1.11",
        code,
        crit_unknown=with_header(crit=["http://example.invalid/x"], **{"http://example.invalid/x": True}),
        crit_unknown_absent=with_header(crit=["x"]),
        crit_claim=with_header(crit=["exp"], exp=1),
        crit_claim_absent=with_header(crit=["exp"]),
        crit_two=with_header(crit=["b64", "x"], b64=True, x=1),
        crit_like_known=with_header(crit=["B64"], B64=True),
        crit_not_encoded=with_header(crit=["b64"], b64=False),
        crit_of_encryption=with_header(crit=["zip"], zip="DEF"),
        crit_ppt=with_header(crit=["ppt"], ppt="shaken"),
    )
    to.add(
        "strict",  # RFC 7515, 4.1.11: may be refused
        code,
        crit_empty=with_header(crit=[]),
        crit_alg=with_header(crit=["alg"]),
        crit_kid=with_header(crit=["kid"]),
        crit_itself=with_header(crit=["crit"]),
        crit_encoded=with_header(crit=["b64"], b64=True),
        crit_twice_named=with_header(crit=["x", "x"], x=1),
        crit_text=with_header(crit="b64", b64=True),
        crit_null=with_header(crit=None),
        crit_false=with_header(crit=False),
        crit_object=with_header(crit={"x": 1}),
        crit_number_in_it=with_header(crit=[1]),
        crit_null_in_it=with_header(crit=[None]),
        crit_list_in_it=with_header(crit=[["x"]]),
        crit_empty_text_in_it=with_header(crit=[""]),
    )


@group
def embedded_keys(to: Corpus) -> None:
    code, own, evil = "TOKEN_HEADER_FORBIDDEN", public(MALLORY), "https://evil.example/keys"
    to.add(
        "RFC 8725, 3.10",
        code,
        jwk_of_attacker=with_header(MALLORY, jwk=own),
        jwk_of_attacker_with_kid=with_header(MALLORY, jwk={**own, "kid": "2026-a"}),
        jwk_of_attacker_without_kid=with_header(MALLORY, jwk=own, kid=OUT),
        jwk_of_attacker_unknown_kid=with_header(MALLORY, jwk=own, kid="evil"),
        jwk_symmetric=with_header(MALLORY, jwk={"kty": "oct", "k": b64(bytes(32))}),
        jku_of_attacker=with_header(MALLORY, jku=evil),
        jku_file=with_header(MALLORY, jku="file:///etc/passwd"),
        jku_inside=with_header(MALLORY, jku="http://169.254.169.254/latest"),
        x5u_of_attacker=with_header(MALLORY, x5u=evil),
        x5c_of_attacker=with_header(MALLORY, x5c=[b64(b"certificate")]),
        x5c_of_nobody=with_header(MALLORY, x5c=[]),
    )
    to.add(
        "strict",  # signed by the real key: readers may ignore them
        code,
        jwk_of_issuer=with_header(jwk=public(ISSUING)),
        jwk_null=with_header(jwk=None),
        jku_signed=with_header(jku=ISSUER + "/jwks.json"),
        x5u_signed=with_header(x5u=ISSUER + "/chain.pem"),
        x5c_signed=with_header(x5c=["MIIB"]),
        b64_true=with_header(b64=True),
        b64_null=with_header(b64=None),
        zip_without_compression=with_header(zip="DEF"),
        zip_null=with_header(zip=None),
        enc=with_header(enc="A128GCM"),
        epk=with_header(epk=public(HOLDER)),
        iv=with_header(iv="AAAA"),
        tag=with_header(tag="AAAA"),
        p2c_huge=with_header(p2c=2**31, p2s="AAAA"),
        apu=with_header(apu="AAAA", apv="AAAA"),
    )
    raw = zlib.compressobj(wbits=-15)
    deflated = raw.compress(dumps(claims())) + raw.flush()
    plain = with_header(None, b64=False)
    text = f"{plain.split('.')[0]}.{claims()['jti']}"
    to.add(
        "RFC 7519, 7.2",
        code,
        zip_deflated=jwt(header(zip="DEF"), deflated, ISSUING),
        zip_bomb=jwt(header(zip="DEF"), zlib.compress(bytes(5_000_000), 9)[2:-4], ISSUING),
        b64_false=with_header(b64=False),
    )
    to.add(
        "RFC 7515, 5.2",
        "TOKEN_BASE64URL",
        b64_false_signed_so=f"{text}.{b64(ISSUING.sign(text.encode()))}",
    )


@group
def types(to: Corpus) -> None:
    known = (
        "JWT", "jwt", "at+jwt", "application/at+jwt", "dpop+jwt", "kb+jwt", "dc+sd-jwt", "vc+sd-jwt", "statuslist+jwt",
        "logout+jwt", "secevent+jwt", "JOSE", "JOSE+JSON", "oauth-authz-req+jwt", "eid+cwt", "eid", "+jwt", "eid+jwt ",
        " eid+jwt", "eid jwt", "eid+jwt+jwt", "xeid+jwt", "eid+jwt;charset=utf-8", "text/eid+jwt", "eid%2Bjwt",
        "application/application/eid+jwt", "ｅid+jwt", "e\u0131d+jwt", "application/", "*/*",
    )  # fmt: skip
    # The kind of token is written without regard to case, and with or without "application/".
    twin = with_header(typ="Application/EID+JWT")
    for number, typ in enumerate(known):
        to.add("RFC 8725, 3.11", "TOKEN_TYPE", twin, **{f"typ_other_{number}": with_header(typ=typ)})
    to.add("RFC 8725, 3.11", "TOKEN_TYPE", typ_missing=with_header(typ=OUT))
    values = (["eid+jwt"], None, "", 1, True, {"eid+jwt": 1}, "eid+jwt\n", "eid+jwt\0", "eid+jwt" + "t" * 100)
    for number, value in enumerate(values):
        to.add("RFC 8725, 3.11", "TOKEN_HEADER", **{f"typ_no_type_{number}": with_header(typ=value)})
    request = proof(good(), ISSUING).proof
    to.add("RFC 8725, 3.12", "TOKEN_HEADER_FORBIDDEN", proof_as_token=request)
    for number, value in enumerate((1, None, ["JWT"], "")):
        to.add("strict", "TOKEN_HEADER", **{f"cty_no_type_{number}": with_header(cty=value)})


@group
def key_identifiers(to: Corpus) -> None:
    values = (None, 2026, 0, True, ["2026-a"], {"kid": "2026-a"}, 1.5)
    to.add("profile", "TOKEN_HEADER", kid_missing=with_header(kid=OUT))
    for number, value in enumerate(values):
        to.add("RFC 7515, 4.1.4", "TOKEN_HEADER", **{f"kid_no_text_{number}": with_header(kid=value)})
    for number, name in enumerate(
        ("", "2026-a\n", "2026-a\0", "\x1b[2J", "2026-a\u202e", "k" * 257, "k" * 9_000)
    ):
        to.add("strict", "TOKEN_HEADER", **{f"kid_odd_{number}": with_header(kid=name)})
    unknown = (
        "unknown", "2026-A", "2026-a ", " 2026-a", "2026-", "2026-aa", "a-6202", "２０２６-a", "2026-\u0430", "k" * 256,
        "../../../../dev/null", "/etc/passwd", "..\\..\\keys", "file:///dev/null", "https://evil.example/k", "*", "%",
        "' OR '1'='1", "2026-a' UNION SELECT 'secret", "2026-a; DROP TABLE keys", "$(id)", "`id`", "| id", "{{7*7}}",
        "${jndi:ldap://evil.example}", "__proto__", "constructor", "__class__", "0", "null", "None", "2026%2Da",
        "holder", "partner-1",
    )  # fmt: skip
    for number, name in enumerate(unknown):
        to.add("RFC 8725, 3.10", "UNKNOWN_KEY", **{f"kid_unknown_{number}": with_header(kid=name)})
    partners = jwt(by(PARTNERS), claims(iss=PARTNER), PARTNERS)
    to.add(
        "RFC 8725, 3.8",
        "UNKNOWN_KEY",
        partners,
        key_of_partner=jwt(by(PARTNERS), claims(), PARTNERS),
        key_of_issuer_for_partner=jwt(HEADER, claims(iss=PARTNER), ISSUING),
    )
    to.add(
        "RFC 8725, 3.8",
        "TOKEN_SIGNATURE",
        jwt(by(PARTNERS_NAMESAKE), claims(iss=PARTNER), PARTNERS_NAMESAKE),
        namesake_of_partner=jwt(by(ISSUING_NEXT), claims(), PARTNERS_NAMESAKE),
        namesake_of_issuer=jwt(by(ISSUING_NEXT), claims(iss=PARTNER), ISSUING_NEXT),
    )
    to.add(
        "RFC 7515, 5.2",
        "TOKEN_SIGNATURE",
        jwt(by(ISSUING_NEXT), claims(), ISSUING_NEXT),
        kid_of_next_key=with_header(kid="2026-b"),
        next_key_with_kid_of_first=jwt(HEADER, claims(), ISSUING_NEXT),
    )


# --- the signature -------------------------------------------------------------------------------


@group
def signatures(to: Corpus) -> None:
    token, code, rule = good(), "TOKEN_SIGNATURE", "RFC 7515, 5.2"
    head, body, _ = token.split(".")
    signature = signature_of(token)
    r, s = signature[:32], signature[32:]
    zero, order = bytes(32), P256_ORDER.to_bytes(32)
    native: Any = ISSUING._private
    signed = token.rpartition(".")[0].encode()
    der = native.sign(signed, ec.ECDSA(hashes.SHA256()))
    other = with_claims(sub="pairwise-0000")
    made = {
        "empty": b"",
        "zeros": bytes(64),
        "ones": bytes(63) + b"\1",
        "r_zero": zero + s,
        "s_zero": r + zero,
        "r_one_s_one": bytes(31) + b"\1" + bytes(31) + b"\1",
        "r_order": order + s,
        "s_order": r + order,
        "both_order": order + order,
        "s_negative": r + ((-int.from_bytes(s)) % 2**256).to_bytes(32),
        "all_ones": b"\xff" * 64,
        "cut_by_one": signature[:63],
        "one_more": signature + b"\0",
        "s_padded": r + b"\0" + s,
        "r_padded": b"\0" + r + s,
        "half": r,
        "twice": signature + signature,
        "padded_to_96": zero[:16] + r + zero[:16] + s,
        "padded_to_132": bytes(34) + r + bytes(34) + s,
        "halves_swapped": s + r,
        "little_endian": r[::-1] + s[::-1],
        "backwards": signature[::-1],
        "der": der,
        "der_cut_to_64": der[:64],
        "first_bit_flipped": bytes([signature[0] ^ 128]) + signature[1:],
        "last_bit_flipped": signature[:-1] + bytes([signature[-1] ^ 1]),
        "by_attacker": MALLORY.sign(signed),
        "by_holder": HOLDER.sign(signed),
        "by_next_key": ISSUING_NEXT.sign(signed),
        "by_edwards_key": EDWARDS.sign(signed),
        "by_rsa_key": RSA.sign(signed),
        "of_payload_alone": ISSUING.sign(body.encode()),
        "of_header_alone": ISSUING.sign(head.encode()),
        "of_decoded_payload": ISSUING.sign(dumps(claims())),
        "of_decoded_both": ISSUING.sign(dumps(HEADER) + b"." + dumps(claims())),
        "with_dot_after": ISSUING.sign(signed + b"."),
        "without_dot": ISSUING.sign(signed.replace(b".", b"")),
        "of_nothing": ISSUING.sign(b""),
        "of_digest": ISSUING.sign(hashlib.sha256(signed).digest()),
        "with_sha384": _rs(native.sign(signed, ec.ECDSA(hashes.SHA384()))),
        "with_sha512": _rs(native.sign(signed, ec.ECDSA(hashes.SHA512()))),
        "of_another_token": signature_of(other),
        "text_of_hexadecimal": signature.hex().encode(),
        "digest_alone": hashlib.sha256(signed).digest() * 2,
    }
    to.add(rule, code, **{f"signature_{name}": resigned(token, octets) for name, octets in made.items()})
    to.add(
        rule,
        code,
        payload_of_another_token=f"{head}.{other.split('.')[1]}.{b64(signature)}",
        payload_level_raised=f"{head}.{b64(dumps(claims(account_level=1)))}.{b64(signature)}",
        payload_spaced=f"{head}.{b64(json.dumps(claims()).encode())}.{b64(signature)}",
        payload_reordered=f"{head}.{b64(dumps(dict(sorted(claims().items()))))}.{b64(signature)}",
        header_of_another_token=f"{b64(dumps(header(x=1)))}.{body}.{b64(signature)}",
        header_spaced=f"{b64(json.dumps(HEADER).encode())}.{body}.{b64(signature)}",
        header_type_respelled=f"{b64(dumps(header(typ='EID+JWT')))}.{body}.{b64(signature)}",
    )
    full = _ending_small(signed)
    to.add(rule, code, resigned(token, full), signature_s_shortened=resigned(token, full[:32] + full[33:]))
    _edwards(to)
    _rsa(to)


def _ending_small(signed: bytes) -> bytes:
    """A signature whose *s* begins with a zero octet."""
    while True:
        signature = ISSUING.sign(signed)
        if signature[32] == 0:
            return signature


def _rs(der: bytes) -> bytes:
    r, s = decode_dss_signature(der)
    return r.to_bytes(32) + s.to_bytes(32)


def _edwards(to: Corpus) -> None:
    token = jwt(by(EDWARDS), claims(), EDWARDS)
    signature = signature_of(token, EDWARDS)
    s = int.from_bytes(signature[32:], "little")
    made = {
        "empty": b"",
        "zeros": bytes(64),
        "s_plus_order": signature[:32] + (s + ED25519_ORDER).to_bytes(32, "little"),
        "neutral_point": b"\1" + bytes(63),
        "top_bit_of_s": signature[:63] + bytes([signature[63] | 0x80]),
        "sign_of_r": signature[:31] + bytes([signature[31] ^ 0x80]) + signature[32:],
        "one_more": signature + b"\0",
        "of_digest": EDWARDS.sign(hashlib.sha512(token.rpartition(".")[0].encode()).digest()),
        "by_ecdsa_key": signature_of(token),
    }
    tokens = {f"ed25519_{name}": resigned(token, octets) for name, octets in made.items()}
    to.add("RFC 8032, 5.1.7", "TOKEN_SIGNATURE", token, **tokens)


def _rsa(to: Corpus) -> None:
    token = jwt(by(RSA), claims(), RSA)
    signature = signature_of(token, RSA)
    numbers: Any = RSA.key.public.public_numbers()
    native: Any = RSA._private
    signed = token.rpartition(".")[0].encode()
    value, size = int.from_bytes(signature), len(signature)
    made = {
        "empty": b"",
        "zeros": bytes(size),
        "one": bytes(size - 1) + b"\1",
        "cut": signature[:-1],
        "zero_before": b"\0" + signature,
        "plus_modulus": (value + numbers.n).to_bytes(size + 1),
        "negated": (numbers.n - value).to_bytes(size),
        "sha1": native.sign(signed, padding.PKCS1v15(), hashes.SHA1()),
        "pss": native.sign(signed, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
    }
    tokens = {f"rsa_{name}": resigned(token, octets) for name, octets in made.items()}
    to.add("RFC 8017, 8.2.2", "TOKEN_SIGNATURE", token, **tokens)
