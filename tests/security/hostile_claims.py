"""The claims of the hostile e-ID tokens: whom and what for, times, the profile, the holder, replays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hostile_sd_jwts import b64, jwt, public
from token_making import (
    AT,
    AUDIENCE,
    COMING,
    DIGEST,
    EDWARDS,
    HEADER,
    HOLDER,
    ISSUER,
    ISSUING,
    ISSUING_NEXT,
    MALLORY,
    NONCE,
    OUT,
    P256_ORDER,
    PARTNER,
    RETIRED,
    URL,
    Case,
    Corpus,
    by,
    claims,
    claims_and,
    good,
    group,
    proof,
    resigned,
    signature_of,
    with_claims,
    with_header,
)

from eid.tokens.dpop import DpopRequest

#: What is no text, and no time either unless it says so.
NO_TEXTS: dict[str, Any] = {
    "null": None,
    "true": True,
    "number": 1,
    "list": ["x"],
    "object": {"x": 1},
}


@group
def keys_of_another_time(to: Corpus) -> None:
    """The key was withdrawn, or is published and not yet used."""
    to.add(
        "profile",
        "KEY_NOT_IN_FORCE",
        key_retired=jwt(by(RETIRED), claims(), RETIRED),
        key_not_yet_used=jwt(by(COMING), claims(), COMING),
    )


# --- for whom, by whom ---------------------------------------------------------------------------


@group
def required(to: Corpus) -> None:
    for name in ("iss", "sub", "aud", "iat", "exp", "jti", "nonce"):
        token = with_claims(**{name: OUT})
        to.add("RFC 8725, 3.12", "TOKEN_CLAIM_MISSING", **{f"{name}_missing": token})
    to.add("RFC 8725, 3.12", "TOKEN_CLAIM_MISSING", no_claims=jwt(HEADER, {}, ISSUING))
    to.add(
        "RFC 8725, 3.12",
        "TOKEN_CLAIM_MISSING",
        audience_in_capitals=with_claims(aud=OUT, AUD=AUDIENCE),
        audience_with_space=with_claims(aud=OUT, **{"aud ": AUDIENCE}),
        claims_in_claims=jwt(HEADER, {"claims": claims()}, ISSUING),
        issuer_in_header=jwt({**HEADER, "iss": ISSUER}, claims(iss=OUT), ISSUING),
        audience_in_header=jwt({**HEADER, "aud": AUDIENCE}, claims(aud=OUT), ISSUING),
    )


@group
def issuers(to: Corpus) -> None:
    for name, value in NO_TEXTS.items():
        to.add("RFC 7519, 4.1.1", "TOKEN_CLAIM_INVALID", **{f"iss_{name}": with_claims(iss=value)})
    to.add(
        "RFC 7519, 4.1.1",
        "TOKEN_CLAIM_INVALID",
        iss_empty=with_claims(iss=""),
        iss_list_of_it=with_claims(iss=[ISSUER]),
        iss_long=with_claims(iss=ISSUER + "/" * 1024),
    )
    to.add(
        "RFC 8725, 3.8",
        "TOKEN_ISSUER",
        iss_unknown=with_claims(iss="https://evil.example"),
        iss_slash=with_claims(iss=ISSUER + "/"),
        iss_capitals=with_claims(iss=ISSUER.upper()),
        iss_host_capital=with_claims(iss=ISSUER.replace("issuer", "Issuer")),
        iss_http=with_claims(iss=ISSUER.replace("https", "http")),
        iss_prefix=with_claims(iss=ISSUER[:-1]),
        iss_longer=with_claims(iss=ISSUER + ".evil.example"),
        iss_with_user=with_claims(iss="https://issuer.example@evil.example"),
        iss_with_port=with_claims(iss=ISSUER + ":443"),
        iss_with_query=with_claims(iss=ISSUER + "?x"),
        iss_with_fragment=with_claims(iss=ISSUER + "#x"),
        iss_dot_after=with_claims(iss=ISSUER + "."),
        iss_space_before=with_claims(iss=" " + ISSUER),
        iss_line_end_after=with_claims(iss=ISSUER + "\n"),
        iss_nul_after=with_claims(iss=ISSUER + "\0"),
        iss_cyrillic=with_claims(iss=ISSUER.replace("e", "\u0435", 1)),
        iss_percent_encoded=with_claims(iss=ISSUER.replace("issuer", "%69ssuer")),
        iss_is_audience=with_claims(iss=AUDIENCE),
        iss_two=with_claims(iss=f"{ISSUER} {PARTNER}"),
    )


@group
def audiences(to: Corpus) -> None:
    code = "TOKEN_AUDIENCE"
    to.add(
        "RFC 7519, 4.1.3",
        code,
        aud_other=with_claims(aud="https://shop.example"),
        aud_issuer=with_claims(aud=ISSUER),
        aud_prefix=with_claims(aud=AUDIENCE[:-1]),
        aud_longer=with_claims(aud=AUDIENCE + ".evil.example"),
        aud_slash=with_claims(aud=AUDIENCE + "/"),
        aud_path=with_claims(aud=AUDIENCE + "/login"),
        aud_capitals=with_claims(aud=AUDIENCE.upper()),
        aud_http=with_claims(aud=AUDIENCE.replace("https", "http")),
        aud_host_alone=with_claims(aud="bank.example"),
        aud_space_after=with_claims(aud=AUDIENCE + " "),
        aud_nul_after=with_claims(aud=AUDIENCE + "\0"),
        aud_two_in_text=with_claims(aud=f"{AUDIENCE} https://shop.example"),
        aud_cyrillic=with_claims(aud=AUDIENCE.replace("a", "\u0430", 1)),
        aud_wildcard=with_claims(aud="*"),
        aud_empty=with_claims(aud=""),
        aud_null=with_claims(aud=None),
        aud_true=with_claims(aud=True),
        aud_zero=with_claims(aud=0),
        aud_object=with_claims(aud={AUDIENCE: True}),
        aud_list_empty=with_claims(aud=[]),
        aud_list_of_another=with_claims(aud=["https://shop.example"]),
        aud_list_of_lists=with_claims(aud=[[AUDIENCE]]),
        aud_list_of_letters=with_claims(aud=list(AUDIENCE)),
        aud_list_with_null=with_claims(aud=[AUDIENCE, None]),
        aud_list_with_number=with_claims(aud=[1, AUDIENCE]),
    )
    # RFC 7519 has lists of audiences; a result of authentication is for one service.
    to.add(
        "profile",
        code,
        aud_list_of_one=with_claims(aud=[AUDIENCE]),
        aud_list_of_two=with_claims(aud=[AUDIENCE, "https://shop.example"]),
        aud_list_twice=with_claims(aud=[AUDIENCE, AUDIENCE]),
    )


@group
def names(to: Corpus) -> None:
    for claim, where in (("sub", "RFC 7519, 4.1.2"), ("jti", "RFC 7519, 4.1.7")):
        for name, value in NO_TEXTS.items():
            to.add(where, "TOKEN_CLAIM_INVALID", **{f"{claim}_{name}": with_claims(**{claim: value})})
        limit = with_claims(**{claim: "x" * 1024})
        to.add(
            "profile",
            "TOKEN_CLAIM_INVALID",
            limit,
            **{
                f"{claim}_empty": with_claims(**{claim: ""}),
                f"{claim}_too_long": with_claims(**{claim: "x" * 1025}),
            },
        )
    rule = "OpenID Connect Core, 3.1.3.7"
    for name, value in {**NO_TEXTS, "list_of_it": [NONCE], "empty": "", "long": NONCE * 100}.items():
        to.add(rule, "TOKEN_CLAIM_INVALID", **{f"nonce_{name}": with_claims(nonce=value)})
    to.add(
        rule,
        "TOKEN_NONCE",
        nonce_of_another=with_claims(nonce="n-other"),
        nonce_prefix=with_claims(nonce=NONCE[:-1]),
        nonce_longer=with_claims(nonce=NONCE + "A"),
        nonce_capitals=with_claims(nonce=NONCE.upper()),
        nonce_space_after=with_claims(nonce=NONCE + " "),
        nonce_nul_after=with_claims(nonce=NONCE + "\0"),
        nonce_encoded=with_claims(nonce=b64(NONCE.encode())),
        nonce_fullwidth=with_claims(nonce=NONCE.replace("0", "\uff10")),
    )


# --- times ---------------------------------------------------------------------------------------


@group
def time_types(to: Corpus) -> None:
    for claim, where in (("exp", "RFC 7519, 4.1.4"), ("iat", "RFC 7519, 4.1.6"), ("nbf", "RFC 7519, 4.1.5")):
        at = {"exp": AT + 290, "iat": AT - 10, "nbf": AT - 10}[claim]
        no_times = {
            "null": None,
            "true": True,
            "text": str(at),
            "list": [at],
            "object": {"at": at},
            "word": "now",
        }
        twin = with_claims(nbf=AT - 10)
        for name, value in no_times.items():
            token = with_claims(**{claim: value})
            to.add(where, "TOKEN_CLAIM_INVALID", twin, **{f"{claim}_{name}": token})
        to.add(
            "profile",  # RFC 7519, 2 has fractions; readers round them differently
            "TOKEN_CLAIM_INVALID",
            twin,
            **{
                f"{claim}_fraction": with_claims(**{claim: at + 0.5}),
                f"{claim}_point_zero": with_claims(**{claim: float(at)}),
                f"{claim}_negative": with_claims(**{claim: -1}),
                f"{claim}_year_10000": with_claims(**{claim: 253_402_300_800}),
                f"{claim}_milliseconds": with_claims(**{claim: at * 1000}),
            },
        )


@group
def skew(to: Corpus) -> None:
    late = {"iat": AT - 200}
    to.add(
        "RFC 7519, 4.1.4",
        "TOKEN_EXPIRED",
        with_claims(exp=AT - 29, **late, auth_time=OUT),
        exp_just_past=with_claims(exp=AT - 30, **late, auth_time=OUT),
        exp_minutes_past=with_claims(exp=AT - 100, **late, auth_time=OUT),
    )
    to.add(
        "RFC 7519, 4.1.4",
        "TOKEN_EXPIRED",
        exp_a_day_past=with_claims(iat=AT - 86_700, exp=AT - 86_400, auth_time=OUT),
        exp_in_1970=with_claims(iat=0, exp=1, auth_time=OUT),
    )
    to.add(
        "strict",  # RFC 7519, 4.1.6: what iat is for, is the reader's business
        "TOKEN_NOT_YET_VALID",
        with_claims(iat=AT + 30),
        iat_just_in_future=with_claims(iat=AT + 31),
        iat_in_milliseconds_and_exp=with_claims(iat=AT + 86_400, exp=AT + 86_700),
    )
    to.add(
        "RFC 7519, 4.1.5",
        "TOKEN_NOT_YET_VALID",
        with_claims(nbf=AT + 30),
        nbf_just_in_future=with_claims(nbf=AT + 31),
        nbf_in_an_hour=with_claims(nbf=AT + 3600),
        nbf_at_the_end_of_time=with_claims(nbf=253_402_300_799),
    )
    to.add(
        "strict",
        "TOKEN_CLAIM_INVALID",
        with_claims(iat=AT - 10, exp=AT - 9, auth_time=OUT),
        exp_before_iat=with_claims(iat=AT - 5, exp=AT - 10, auth_time=OUT),
        exp_is_iat=with_claims(iat=AT - 10, exp=AT - 10, auth_time=OUT),
        exp_before_iat_in_future=with_claims(iat=AT + 20, exp=AT + 10, auth_time=OUT),
    )
    to.add(
        "profile",
        "TOKEN_LIFETIME",
        with_claims(iat=AT - 10, exp=AT + 590),
        lives_a_second_too_long=with_claims(iat=AT - 10, exp=AT + 591),
        lives_a_year=with_claims(exp=AT + 31_536_000),
        lives_for_ever=with_claims(exp=253_402_300_799),
        lives_since_1970=with_claims(iat=0, auth_time=OUT),
    )


# --- what the profile adds -----------------------------------------------------------------------


@group
def levels(to: Corpus) -> None:
    code = "TOKEN_CLAIM_INVALID"
    twin = with_claims(acr=OUT)
    for claim, outside in (
        ("account_level", (0, 3, 4, -1, 100)),
        ("authentication_level", (0, 5, -4, 2**40)),
    ):
        values = {str(number): number for number in outside}
        odd = {
            "text": "1",
            "true": True,
            "fraction": 1.5,
            "point_zero": 1.0,
            "null": None,
            "list": [1],
            "object": {},
        }
        for name, value in {**values, **odd}.items():
            token = with_claims(acr=OUT, **{claim: value})
            to.add("profile", code, twin, **{f"{claim}_{name}": token})
    prefix = "urn:eid:authentication-level:"
    to.add(
        "profile",
        code,
        with_claims(acr="silver"),
        acr_higher=with_claims(acr=prefix + "4"),
        acr_lower=with_claims(acr=prefix + "1"),
        acr_unknown=with_claims(acr=prefix + "5"),
        acr_without_number=with_claims(acr=prefix),
        acr_spelled=with_claims(acr=prefix + "03"),
        acr_without_level=with_claims(acr=prefix + "3", authentication_level=OUT),
        acr_number=with_claims(acr=3),
        acr_null=with_claims(acr=None),
        acr_empty=with_claims(acr=""),
        acr_list=with_claims(acr=[prefix + "3"]),
    )


@group
def profile_claims(to: Corpus) -> None:
    code = "TOKEN_CLAIM_INVALID"
    evidence = {"sha256": DIGEST, "ref": "file-1"}

    def of(claim: str, twin_value: Any, /, **values: Any) -> None:
        twin = with_claims(**{claim: twin_value})
        tokens = {f"{claim}_{name}": with_claims(**{claim: value}) for name, value in values.items()}
        to.add("profile", code, twin, **tokens)

    of("amr", ["pwd", "otp"], text="face", null=None, numbers=[1], nested=[["face"]], empty_text=["face", ""],
       object={"face": True}, many=["face"] * 33, long=["f" * 1025])  # fmt: skip
    of("auth_time", AT - 10, after_iat=AT - 9, text=str(AT - 60), null=None, negative=-1, fraction=AT - 60.5,
       true=True)  # fmt: skip
    of(
        "sub_type",
        "number",
        pairwise="pairwise",
        null=None,
        capital="Number",
        empty="",
        list=["number"],
        true=True,
    )
    of("verdicts", {}, list=["authentic"], null=None, text="PASSED", unknown={"trusted": "PASSED"},
       capital={"Authentic": "PASSED"}, outcome_small={"authentic": "passed"}, outcome_true={"authentic": True},
       outcome_null={"authentic": None}, outcome_list={"authentic": ["PASSED"]},
       outcome_object={"authentic": {"outcome": "PASSED"}}, outcome_unknown={"authentic": "OK"},
       one_too_many={"authentic": "PASSED", "x": "PASSED"})  # fmt: skip
    of("evidence", [evidence] * 8, nine=[evidence] * 9, empty=[], object=evidence, null=None, text=DIGEST,
       text_in_it=[DIGEST], nothing_in_it=[{}], unknown_member=[{**evidence, "url": "https://evil.example"}],
       hexadecimal=[{"sha256": "00" * 32}], padded=[{"sha256": DIGEST + "="}], cut=[{"sha256": DIGEST[:-1]}],
       stray_bits=[{"sha256": DIGEST[:-1] + "B"}], digest_null=[{"sha256": None}], number=[{"ref": 1}],
       line_end=[{"ref": "file\n"}], space=[{"ref": "file 1"}], no_reference=[{"ref": ""}],
       not_ascii=[{"ref": "hồ-sơ"}], long=[{"ref": "f" * 201}])  # fmt: skip
    of("person", {}, list=["name"], null=None, text="Vera Muster", true=True)


# --- the holder ----------------------------------------------------------------------------------


@group
def confirmations(to: Corpus) -> None:
    key, thumbprint = public(HOLDER), HOLDER.key.thumbprint()
    bound, by_jwk = with_claims(cnf={"jkt": thumbprint}), with_claims(cnf={"jwk": key})

    def add(code: str, **tokens: tuple[str, DpopRequest | None]) -> None:
        to.cases += [
            Case(name, "profile", code, token, bound, request, proof(bound))
            for name, (token, request) in tokens.items()
        ]

    add("PROOF_MISSING", bound_without_proof=(bound, None), bound_by_jwk_without_proof=(by_jwk, None))
    add("TOKEN_NOT_BOUND", proof_for_unbound=(good(), proof(good())))
    malformed: dict[str, Any] = {
        "null": None, "text": thumbprint, "list": [{"jkt": thumbprint}], "empty": {}, "true": True,
        "kid": {"kid": "holder"}, "jku": {"jku": "https://evil.example/keys"}, "jwe": {"jwe": "a.b.c.d.e"},
        "x5t": {"x5t#S256": thumbprint}, "unknown": {"x": 1}, "jkt_and_jwk": {"jkt": thumbprint, "jwk": key},
        "jkt_and_more": {"jkt": thumbprint, "x": 1}, "jkt_null": {"jkt": None}, "jkt_number": {"jkt": 1},
        "jkt_list": {"jkt": [thumbprint]}, "jkt_empty": {"jkt": ""}, "jkt_short": {"jkt": thumbprint[:-1]},
        "jkt_padded": {"jkt": thumbprint + "="}, "jkt_hexadecimal": {"jkt": "0" * 64}, "jwk_null": {"jwk": None},
        "jwk_text": {"jwk": "key"}, "jwk_empty": {"jwk": {}}, "jwk_private": {"jwk": {**key, "d": b64(bytes(31) + b"\1")}},
        "jwk_symmetric": {"jwk": {"kty": "oct", "k": b64(bytes(32))}}, "jwk_off_curve": {"jwk": {**key, "y": key["x"]}},
        "jwk_zero": {"jwk": {**key, "x": b64(bytes(32)), "y": b64(bytes(32))}},
        "jwk_unknown_curve": {"jwk": {**key, "crv": "secp256k1"}}, "jwk_padded": {"jwk": {**key, "x": key["x"] + "="}},
        "jwk_for_encryption": {"jwk": {**key, "use": "enc"}}, "jwk_for_hmac": {"jwk": {**key, "alg": "HS256"}},
        "jwk_short_rsa": {"jwk": {"kty": "RSA", "alg": "RS256", "n": b64(b"\xff" * 128), "e": "AQAB"}},
        "jwk_small_order": {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": b64(b"\1" + bytes(31))}},
    }  # fmt: skip
    for name, value in malformed.items():
        token = with_claims(cnf=value)
        add(
            "TOKEN_CLAIM_INVALID",
            **{f"cnf_{name}": (token, proof(token)), f"cnf_{name}_without_proof": (token, None)},
        )


@group
def proofs(to: Corpus) -> None:
    bound = with_claims(cnf={"jkt": HOLDER.key.thumbprint()})
    other = with_claims(cnf={"jkt": HOLDER.key.thumbprint()}, jti="j-2")
    key = public(HOLDER)

    def add(code: str, **requests: DpopRequest) -> None:
        to.cases += [
            Case(name, "profile", code, bound, bound, request, proof(bound))
            for name, request in requests.items()
        ]

    def requested(method: str, url: str, nonce: str | None = None) -> DpopRequest:
        return replace(proof(bound), method=method, url=url, nonce=nonce)

    def raw(text: str) -> DpopRequest:
        return DpopRequest(text, "POST", URL, None)

    add("DPOP_KEY", proof_by_attacker=proof(bound, MALLORY), proof_by_issuer=proof(bound, ISSUING),
        proof_by_edwards_key=raw(jwt({"alg": "EdDSA", "typ": "dpop+jwt", "jwk": EDWARDS.key.to_jwk()},
                                     _proof_claims(bound), EDWARDS)))  # fmt: skip
    add("DPOP_ACCESS_TOKEN", proof_of_another_token=proof(other), proof_of_other_text=proof(bound, ath="x" * 43),
        proof_of_token_padded=proof(bound, ath=_proof_claims(bound)["ath"] + "="))  # fmt: skip
    add("DPOP_METHOD", proof_other_method=proof(bound, htm="GET"), proof_method_small=proof(bound, htm="post"),
        request_other_method=requested("PUT", URL))  # fmt: skip
    add("DPOP_URL", proof_other_url=proof(bound, htu="https://shop.example/token"),
        proof_http=proof(bound, htu=URL.replace("https", "http")), proof_other_path=proof(bound, htu=URL + "/"),
        proof_other_port=proof(bound, htu="https://bank.example:8443/token"),
        request_other_url=requested("POST", "https://shop.example/token"))  # fmt: skip
    add("DPOP_TIME", proof_old=proof(bound, iat=AT - 91), proof_in_future=proof(bound, iat=AT + 31),
        proof_ended=proof(bound, exp=AT - 30), proof_not_begun=proof(bound, nbf=AT + 31))  # fmt: skip
    add("DPOP_NONCE", proof_without_nonce=requested("POST", URL, "server-nonce"))
    add("DPOP_JWK", proof_without_key=proof(bound, head={"jwk": OUT}), proof_key_text=proof(bound, head={"jwk": "key"}),
        proof_key_private=proof(bound, head={"jwk": {**key, "d": b64(bytes(31) + b"\1")}}),
        proof_key_symmetric=proof(bound, head={"jwk": {"kty": "oct", "k": b64(bytes(32))}}),
        proof_key_for_other_alg=proof(bound, head={"alg": "ES384"}))  # fmt: skip
    add("TOKEN_TYPE", proof_typ_missing=proof(bound, head={"typ": OUT}), proof_typ_token=proof(bound, head={"typ": "eid+jwt"}),
        proof_typ_key_binding=proof(bound, head={"typ": "kb+jwt"}))  # fmt: skip
    add("TOKEN_ALGORITHM_FORBIDDEN", proof_alg_none=proof(bound, head={"alg": "none"}),
        proof_alg_hmac=proof(bound, head={"alg": "HS256"}))  # fmt: skip
    add("TOKEN_CRITICAL_HEADER", proof_crit=proof(bound, head={"crit": ["b64"]}))
    add("TOKEN_HEADER_FORBIDDEN", proof_jku=proof(bound, head={"jku": "https://evil.example/keys"}),
        proof_x5c=proof(bound, head={"x5c": ["MIIB"]}))  # fmt: skip
    made = proof(bound).proof
    add("TOKEN_SIGNATURE", proof_key_of_holder_signed_by_attacker=raw(resigned(made, signature_of(made, MALLORY))),
        proof_signature_empty=raw(resigned(made, b"")), proof_signature_zero=raw(resigned(made, bytes(64))))  # fmt: skip
    add("TOKEN_CLAIM_MISSING", **{f"proof_without_{name}": proof(bound, **{name: OUT})
                                  for name in ("jti", "htm", "htu", "iat", "ath")})  # fmt: skip
    add("TOKEN_CLAIM_INVALID", proof_jti_number=proof(bound, jti=1), proof_iat_text=proof(bound, iat=str(AT)),
        proof_htm_list=proof(bound, htm=["POST"]), proof_htu_relative=proof(bound, htu="/token"),
        proof_ath_null=proof(bound, ath=None))  # fmt: skip
    add("TOKEN_MALFORMED", proof_empty=raw(""), proof_two_parts=raw(made.rpartition(".")[0]))
    add("TOKEN_FORM_UNSUPPORTED", proof_twice=raw(f"{made}, {made}"))
    add("TOKEN_HEADER_FORBIDDEN", token_as_proof_with_key=raw(with_header(jwk=key, jku="x", typ="dpop+jwt")))
    add("TOKEN_TYPE", token_as_proof=raw(bound))


def _proof_claims(token: str) -> dict[str, Any]:
    from eid.tokens.jws import parse_claims, parse_jws

    return parse_claims(parse_jws(proof(token).proof, allow=frozenset({"jwk"})).payload)


# --- once ----------------------------------------------------------------------------------------


@group
def replays(to: Corpus) -> None:
    token = good()
    signature = signature_of(token)
    s = int.from_bytes(signature[32:])
    mirrored = signature[:32] + (P256_ORDER - s).to_bytes(32)
    bound = with_claims(cnf={"jkt": HOLDER.key.thumbprint()})
    again: dict[str, tuple[str, int]] = {
        "the_same": (token, 0),
        "a_second_later": (token, 1),
        "at_the_last_moment": (token, 319),
        "signed_anew": (with_header(typ="eid+jwt"), 0),
        # ECDSA has two signatures for one message; who changes one into the other has no new token.
        "signature_mirrored": (resigned(token, mirrored), 0),
        "type_spelled_otherwise": (with_header(typ="application/EID+JWT"), 0),
        "by_another_key": (jwt(by(ISSUING_NEXT), claims(), ISSUING_NEXT), 0),
        "by_another_algorithm": (jwt(by(EDWARDS), claims(), EDWARDS), 0),
        "about_another_person": (with_claims(sub="pairwise-0000"), 0),
        "with_another_end": (with_claims(exp=AT + 300), 0),
        "issued_later": (with_claims(iat=AT), 0),
        "members_reordered": (jwt(HEADER, dict(reversed(claims().items())), ISSUING), 0),
        "jti_escaped": (claims_and(b',"jti":"\\u006a-1"', jti=OUT), 0),
    }
    for name, (shown, later) in again.items():
        to.cases.append(
            Case(f"replay_{name}", "profile", "TOKEN_REPLAYED", shown, shown, used=(token,), later=later)
        )
    to.cases += [
        Case("replay_as_octets", "profile", "TOKEN_REPLAYED", token.encode(), token, used=(token,)),
        Case(
            "replay_after_others",
            "profile",
            "TOKEN_REPLAYED",
            token,
            token,
            used=(token, *(with_claims(jti=f"other-{number}") for number in range(20))),
        ),
        Case(
            "replay_with_a_new_proof", "profile", "TOKEN_REPLAYED", bound, bound,
            proof(bound, jti="p-2"), proof(bound), used=(token,),
        ),
    ]  # fmt: skip
    expired = "TOKEN_EXPIRED"
    to.cases.append(
        Case("used_and_ended", "RFC 7519, 4.1.4", expired, token, token, used=(token,), later=320)
    )
