"""The answer that comes back through the browser (RFC 6749, 4.1.2): anybody can send one."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from eid.errors import SignInDenied, SignInResponseInvalid

__all__ = [
    "MAX_RESPONSE",
    "plain_word",
    "read_response",
    "refuse_error",
    "required_parameter",
    "with_parameters",
]

#: Octets of the callback's query string. An encrypted code and an RSA-wrapped key need some 2000.
MAX_RESPONSE = 16 * 1024
_MAX_PARAMETERS = 20


def read_response(query: str | bytes) -> dict[str, str]:
    """The parameters of the callback, decoded. The caller passes the query string as it arrived: what a
    framework has decoded has lost which parameters were there twice.

    :param query: without the question mark; of ``form_post`` the body.
    :raises SignInResponseInvalid: too long, too many, one twice (RFC 6749, 3.1), or not UTF-8.
    """
    if len(query) > MAX_RESPONSE:
        raise SignInResponseInvalid(f"more than {MAX_RESPONSE} octets")
    try:
        text = query.decode("ascii") if isinstance(query, bytes) else query
        pairs = parse_qsl(
            text.removeprefix("?"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_PARAMETERS
        )
    except ValueError:  # UnicodeDecodeError among them
        raise SignInResponseInvalid("no query string") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise SignInResponseInvalid("a parameter twice")
    return found


def required_parameter(parameters: Mapping[str, str], name: str) -> str:
    """One of them that is not empty.

    :raises SignInResponseInvalid: missing or empty.
    """
    value = parameters.get(name, "")
    if not value:
        raise SignInResponseInvalid(f"no {name}")
    return value


def plain_word(text: object) -> str:
    """*text* when it is a plain word of the kind error codes are, else an empty one: what comes from
    outside goes into messages and logs only so.
    """
    plain = isinstance(text, str) and 0 < len(text) <= 64 and text.isascii()
    return str(text) if plain and str(text).replace("_", "").replace("-", "").isalnum() else ""


def refuse_error(parameters: Mapping[str, str]) -> None:
    """Raise what ``error`` says, where it stands.

    :raises SignInDenied: with the provider's word.
    """
    if "error" in parameters:
        word = plain_word(parameters["error"])
        raise SignInDenied(word or "an error", word)


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """*url* with *parameters* added to its query (RFC 6749, 3.1)."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"
