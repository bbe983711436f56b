"""Step-up challenges (RFC 9470) and the header they stand in (RFC 9110, 11.6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.errors import AuthenticationInsufficient, InputError
from eid.tokens.profile import acr_for
from eid.tokens.step_up import MAX_HEADER, StepUpChallenge, parse_challenges

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Token:
    acr: str | None
    auth_time: datetime | None


def test_a_challenge_stands_in_the_header_as_rfc_9470_has_it() -> None:
    challenge = StepUpChallenge(("myACR",), timedelta(seconds=5), description="too weak")
    assert challenge.header() == (
        'Bearer error="insufficient_user_authentication", error_description="too weak", '
        'acr_values="myACR", max_age="5"'
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        # RFC 9470, figures 2 and 3.
        (
            'Bearer error="insufficient_user_authentication",\t'
            'error_description="A different authentication level is required", acr_values="myACR"',
            StepUpChallenge(("myACR",), description="A different authentication level is required"),
        ),
        (
            'Bearer error="insufficient_user_authentication", max_age="5"',
            StepUpChallenge(max_age=timedelta(seconds=5)),
        ),
        (
            "dpop max_age=5 , error=insufficient_user_authentication, algs=ES256",
            StepUpChallenge(max_age=timedelta(seconds=5), scheme="DPoP"),
        ),
        (
            'Basic realm="x", Bearer realm="a, Bearer b", Negotiate abc==, '
            'BEARER ERROR="insufficient_user_authentication", Acr_Values="a b"',
            StepUpChallenge(("a", "b")),
        ),
        (
            r'Bearer error="insufficient_user_authentication", max_age=5, error_description="say \"please\""',
            StepUpChallenge(max_age=timedelta(seconds=5)),
        ),
        ('Bearer error="invalid_token"', None),
        ('Basic error="insufficient_user_authentication", max_age="5"', None),
        ("Bearer", None),
        ("", None),
    ],
)
def test_a_client_finds_the_challenge_among_others(header: str, expected: StepUpChallenge | None) -> None:
    assert StepUpChallenge.parse(header) == expected


_ACR = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"\\'), min_size=1, max_size=30
)


@given(
    acrs=st.lists(_ACR, max_size=4).map(tuple),
    age=st.none() | st.integers(0, 31_622_400).map(lambda seconds: timedelta(seconds=seconds)),
    scheme=st.sampled_from(["Bearer", "DPoP"]),
)  # fmt: skip
def test_what_is_asked_is_what_is_read(acrs: tuple[str, ...], age: timedelta | None, scheme: Any) -> None:
    if not acrs and age is None:
        return
    challenge = StepUpChallenge(acrs, age, scheme)
    assert StepUpChallenge.parse(challenge.header()) == challenge


@pytest.mark.parametrize(
    "settings",
    [
        {}, {"acr_values": ('a"',)}, {"acr_values": ("a b",)}, {"acr_values": ("",)}, {"acr_values": ("a\\",)},
        {"acr_values": ("a\r\nSet-Cookie: x",)}, {"acr_values": ("é",)}, {"acr_values": "abc"},
        {"max_age": timedelta(seconds=-1)}, {"max_age": timedelta(days=40_000)},
        {"acr_values": ("a",), "description": 'x"'}, {"acr_values": ("a",), "description": "x\r\ny"},
        {"acr_values": ("a",), "scheme": "Basic"},
    ],
)  # fmt: skip
def test_nothing_that_could_break_out_of_the_header_is_taken(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        StepUpChallenge(**settings)


@pytest.mark.parametrize(
    "header",
    [
        'Bearer error="insufficient_user_authentication", max_age="-1"',
        'Bearer error="insufficient_user_authentication", max_age="1.5"',
        'Bearer error="insufficient_user_authentication", max_age="99999999999"',
        'Bearer error="insufficient_user_authentication"',
        'Bearer error="insufficient_user_authentication", max_age="1", max_age="2"',
        'Bearer error="insufficient_user_authentication", max_age="1',
        'Bearer error="insufficient_user_authentication" max_age="1"',
        'Bearer error="insufficient_user_authentication", acr_values="a\\"b"',
        "error=x", "Bearer a==b", 'Bearer a="\x01"', "Bearer Basic x", "Bär a=b", '"Bearer"',
        "A, " * 17, "B " + "a=b, " * 2, "Bearer " + "x" * MAX_HEADER,
    ],
)  # fmt: skip
def test_a_header_that_breaks_the_rules_is_refused(header: str) -> None:
    with pytest.raises(InputError):
        StepUpChallenge.parse(header)


def test_quoted_values_may_hold_commas_quotes_and_schemes() -> None:
    header = r'Bearer realm="a, Basic b=\"c\"", error=x, DPoP algs="ES256 Ed25519" ,, Basic YWJj'
    assert parse_challenges(header) == [
        ("Bearer", {"realm": 'a, Basic b="c"', "error": "x"}),
        ("DPoP", {"algs": "ES256 Ed25519"}),
        ("Basic", {}),
    ]


@given(st.text('Bearer ,="\\a\t', max_size=40))
def test_any_text_is_read_or_refused(header: str) -> None:
    try:
        found = parse_challenges(header)
    except InputError:
        return
    assert all(scheme for scheme, _ in found)


# --- whether a token is enough -----------------------------------------------------------------------


def test_a_token_of_an_asked_level_and_age_is_enough() -> None:
    asked = StepUpChallenge((acr_for(3), acr_for(4)), timedelta(minutes=5))
    asked.require(Token(acr_for(4), NOW - timedelta(minutes=5)), now=NOW)
    StepUpChallenge(("x",)).require(Token("x", None), now=NOW)
    StepUpChallenge(max_age=timedelta(0)).require(Token(None, NOW), now=NOW)


@pytest.mark.parametrize(
    "token",
    [
        Token(acr_for(2), NOW),
        Token(None, NOW),
        Token(acr_for(3), None),
        Token(acr_for(3), NOW - timedelta(minutes=5, seconds=1)),
    ],
)
def test_a_token_that_is_weaker_or_older_is_not(token: Token) -> None:
    asked = StepUpChallenge((acr_for(3), acr_for(4)), timedelta(minutes=5))
    with pytest.raises(AuthenticationInsufficient):
        asked.require(token, now=NOW)
