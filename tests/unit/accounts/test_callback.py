"""The answer that comes through the browser: anybody can send one."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.accounts.sign_in.callback import (
    MAX_RESPONSE,
    plain_word,
    read_response,
    refuse_error,
    required_parameter,
    with_parameters,
)
from eid.errors import SignInDenied, SignInResponseInvalid


def test_parameters_are_decoded_once() -> None:
    assert read_response("code=a%2Bb&state=c+d&x=") == {"code": "a+b", "state": "c d", "x": ""}
    assert read_response(b"code=%2541") == {"code": "%41"}
    assert read_response("?code=a") == {"code": "a"}
    assert read_response("") == {}


@pytest.mark.parametrize(
    "query",
    [
        "code=a&code=b", "code=a&code=a", "state=%73&state=s", "code=%ff", "&".join(f"p{n}=1" for n in range(21)),
        "code=" + "x" * MAX_RESPONSE, b"code=\xff", b"\xff",
    ],
)  # fmt: skip
def test_ambiguous_or_oversized_answers_are_refused(query: str | bytes) -> None:
    with pytest.raises(SignInResponseInvalid):
        read_response(query)


def test_an_empty_parameter_is_a_missing_one() -> None:
    assert required_parameter({"code": "x"}, "code") == "x"
    for parameters in ({}, {"code": ""}):
        with pytest.raises(SignInResponseInvalid, match="no code"):
            required_parameter(parameters, "code")


@pytest.mark.parametrize("word", ["access_denied", "login-required", "E40"])
def test_plain_words_of_the_provider_are_kept(word: str) -> None:
    assert plain_word(word) == word
    with pytest.raises(SignInDenied) as caught:
        refuse_error({"error": word})
    assert caught.value.reason == word


@pytest.mark.parametrize("word", ["", "two words", "<b>", "x" * 65, "Nguyễn", "a\nb", None, 5, "a.b"])
def test_anything_else_is_not_repeated(word: object) -> None:
    assert plain_word(word) == ""


def test_an_error_beside_a_code_is_an_error() -> None:
    with pytest.raises(SignInDenied):
        refuse_error({"error": "", "code": "x"})
    refuse_error({"code": "x"})


def test_parameters_are_added_to_an_address_that_has_some() -> None:
    assert with_parameters("https://a.example/x", {"b": "c d&e"}) == "https://a.example/x?b=c+d%26e"
    assert with_parameters("https://a.example/x?y=1", {"b": "c"}) == "https://a.example/x?y=1&b=c"


@given(st.text() | st.binary())
def test_whatever_comes_gives_parameters_or_one_error(query: str | bytes) -> None:
    with contextlib.suppress(SignInResponseInvalid):
        found = read_response(query)
        assert all(isinstance(each, str) for pair in found.items() for each in pair)
