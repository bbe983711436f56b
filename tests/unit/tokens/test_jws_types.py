"""``typ`` of a token: what passes for the same type, and what only looks like it."""

from __future__ import annotations

import pytest

from eid.crypto.keys import SoftwareSigner
from eid.errors import TokenTypeMismatch
from eid.tokens.jws import Jws, parse_jws, require_type, sign_jws

SIGNER = SoftwareSigner.generate()


def of_type(typ: str) -> Jws:
    return parse_jws(sign_jws({"typ": typ}, b"{}", SIGNER))


@pytest.mark.parametrize("typ", ["kb+jwt", "KB+JWT", "application/kb+jwt", "Application/KB+jwt"])
def test_case_and_the_family_of_media_types_do_not_matter(typ: str) -> None:
    require_type(of_type(typ), "kb+jwt")


@pytest.mark.parametrize(
    "typ", ["jwt", "kb+jwt ", "text/kb+jwt", "application/application/kb+jwt", "\N{KELVIN SIGN}b+jwt"]
)
def test_another_type_is_refused(typ: str) -> None:
    with pytest.raises(TokenTypeMismatch):
        require_type(of_type(typ), "kb+jwt")
