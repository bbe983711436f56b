"""Fuzz the header of step-up challenges: what is read can be written, and says the same again."""

from __future__ import annotations

from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.tokens.step_up import StepUpChallenge, parse_challenges


def check(data: bytes) -> None:
    """Read *data* as a ``WWW-Authenticate`` header."""
    header = data.decode("latin-1")
    for scheme, parameters in parse_challenges(header):
        assert scheme.isascii()
        assert all(name == name.lower() for name in parameters)
    challenge = StepUpChallenge.parse(header)
    if challenge is not None:
        written = challenge.header()
        assert written.isprintable()
        assert StepUpChallenge.parse(written) == challenge


def seeds() -> Iterator[bytes]:
    """One alone, one among others, quoted and unquoted values."""
    yield b'Bearer error="insufficient_user_authentication", acr_values="a b", max_age="5"'
    yield b"DPoP max_age=5 , error=insufficient_user_authentication, algs=ES256"
    yield rb'Basic realm="a, \"b\"", Negotiate abc==, Bearer error=insufficient_user_authentication,max_age=1'


if __name__ == "__main__":
    run(check, seeds)
