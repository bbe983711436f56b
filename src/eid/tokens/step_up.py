"""Step-up challenges (RFC 9470): a service says that it needs a stronger or newer authentication.

The service answers a request with 401 and the challenge in ``WWW-Authenticate``; the client reads it and
sends the person to authenticate again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, Self

from eid.errors import AuthenticationInsufficient, InputError

__all__ = ["ERROR", "MAX_HEADER", "Authenticated", "StepUpChallenge", "parse_challenges"]

#: The value of ``error`` that marks such a challenge.
ERROR = "insufficient_user_authentication"
#: Characters of a ``WWW-Authenticate`` header, and challenges in it.
MAX_HEADER = 8 * 1024
_MAX_CHALLENGES = 16
#: RFC 9470 names no bound; a person authenticates in a lifetime.
_MAX_AGE = timedelta(days=36_525)
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_SCHEME = re.compile(rf"({_WORD})(?:( +)(?=[^ ,])|(?=[ ]*(?:,|$)))")
_TOKEN68 = re.compile(r"([A-Za-z0-9._~+/-]+=*)(?=[ \t]*(?:,|$))")
_PARAMETER = re.compile(
    rf'({_WORD})[ \t]*=[ \t]*(?:({_WORD})|"((?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\t -~\x80-\xff])*+)")(?=[ \t]*(?:,|$))'
)
_BETWEEN = re.compile(r"[ \t,]*")
#: What may stand in a quoted value without escape, spaces aside: a value of ``acr``.
_ACR = re.compile(r"[!#-\[\]-~]{1,200}")
_DESCRIPTION = re.compile(r"[ !#-\[\]-~]{1,500}")  # RFC 6750, 3


class Authenticated(Protocol):
    """What is asked of a token: :class:`~eid.tokens.verifying.VerifiedToken` and
    :class:`~eid.tokens.access_token.VerifiedAccessToken` have it.
    """

    @property
    def acr(self) -> str | None:
        """How the person was authenticated."""

    @property
    def auth_time(self) -> datetime | None:
        """When."""


@dataclass(frozen=True, slots=True)
class StepUpChallenge:
    """What a service asks for.

    :param acr_values: any of these, the one liked best first; see :func:`eid.tokens.profile.acr_for`.
    :param max_age: how long ago the authentication may have been, whole seconds.
    :param scheme: how the token is sent.
    :param description: for developers, printable ASCII without quotes and backslashes.
    :raises InputError: asks for nothing, or a value that cannot stand in a header.
    """

    acr_values: tuple[str, ...] = ()
    max_age: timedelta | None = None
    scheme: Literal["Bearer", "DPoP"] = "Bearer"
    description: str | None = None

    def __post_init__(self) -> None:
        if not self.acr_values and self.max_age is None:
            raise InputError("a challenge asks for an acr or an age")
        if isinstance(self.acr_values, str) or not all(map(_ACR.fullmatch, self.acr_values)):
            raise InputError("an acr is printable ASCII without spaces, quotes and backslashes")
        if self.max_age is not None and not timedelta(0) <= self.max_age <= _MAX_AGE:
            raise InputError("an age of 0 seconds to a hundred years")
        if self.scheme not in ("Bearer", "DPoP"):
            raise InputError("the scheme is Bearer or DPoP")
        if self.description is not None and not _DESCRIPTION.fullmatch(self.description):
            raise InputError("a description is printable ASCII without quotes and backslashes")

    def header(self) -> str:
        """The value of ``WWW-Authenticate`` (RFC 9470, 3)."""
        parts = {"error": ERROR}
        if self.description is not None:
            parts["error_description"] = self.description
        if self.acr_values:
            parts["acr_values"] = " ".join(self.acr_values)
        if self.max_age is not None:
            parts["max_age"] = str(int(self.max_age.total_seconds()))
        return f"{self.scheme} " + ", ".join(f'{name}="{value}"' for name, value in parts.items())

    @classmethod
    def parse(cls, header: str) -> Self | None:
        """The step-up challenge in a ``WWW-Authenticate`` header, or ``None`` when it asks for something
        else.

        :raises InputError: not such a header, or a challenge that breaks RFC 9470.
        """
        for scheme, parameters in parse_challenges(header):
            kind = {"bearer": "Bearer", "dpop": "DPoP"}.get(scheme.lower())
            if kind is None or parameters.get("error") != ERROR:
                continue
            age = parameters.get("max_age")
            if age is not None and not re.fullmatch("[0-9]{1,10}", age):
                raise InputError("max_age is not a number of seconds")
            description = parameters.get("error_description", "")
            return cls(
                tuple(parameters.get("acr_values", "").split()),
                None if age is None else timedelta(seconds=int(age)),
                "Bearer" if kind == "Bearer" else "DPoP",
                # For developers only: what could not be written here is no reason to refuse the rest.
                description if _DESCRIPTION.fullmatch(description) else None,
            )
        return None

    def require(self, token: Authenticated, *, now: datetime) -> None:
        """Whether *token* is as strong and new as this asks.

        :raises AuthenticationInsufficient: it is not: answer with 401 and :meth:`header`.
        """
        if self.acr_values and token.acr not in self.acr_values:
            raise AuthenticationInsufficient("acr is not among those asked for")
        if self.max_age is not None:
            if token.auth_time is None:
                raise AuthenticationInsufficient("nobody says when the person was authenticated")
            if now - token.auth_time > self.max_age:
                raise AuthenticationInsufficient("the authentication is too long ago")


def parse_challenges(header: str) -> list[tuple[str, Mapping[str, str]]]:
    """The challenges of a ``WWW-Authenticate`` header (RFC 9110, 11.6.1), each with its parameters; their
    names in small letters. A challenge with a ``token68`` instead has none.

    :raises InputError: malformed, too long, or a parameter twice.
    """
    wrong = InputError("a header that holds no challenges")
    if len(header) > MAX_HEADER:
        raise wrong
    found: list[tuple[str, dict[str, str]]] = []
    at = _end(_BETWEEN.match(header))
    while at < len(header):
        parameter = _PARAMETER.match(header, at) if found else None
        if parameter is None:
            scheme = _SCHEME.match(header, at)
            if scheme is None or len(found) == _MAX_CHALLENGES:
                raise wrong
            found.append((scheme[1], {}))
            at = scheme.end()
            if scheme[2]:  # something follows: parameters, or one token68
                parameter = _PARAMETER.match(header, at)
                token68 = _TOKEN68.match(header, at)
                if parameter is None and token68 is None:
                    raise wrong
                at = at if token68 is None else token68.end()
        if parameter is not None:
            name, plain, quoted = parameter.groups()
            if name.lower() in found[-1][1]:
                raise wrong
            found[-1][1][name.lower()] = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            at = parameter.end()
        at = _end(_BETWEEN.match(header, at))
    return list(found)


def _end(match: re.Match[str] | None) -> int:
    return 0 if match is None else match.end()
