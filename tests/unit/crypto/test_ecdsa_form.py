"""ECDSA signatures leave as r || s in full length, also when r or s is a short number."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.algorithms import ALGORITHMS

HALVES = {"ES256": 32, "ES384": 48, "ES512": 66}


class Written:
    """Signs with a signature that was chosen before."""

    def __init__(self, der: bytes) -> None:
        self.der = der

    def sign(self, digest: bytes, scheme: Any) -> bytes:
        return self.der


@pytest.mark.parametrize("alg", HALVES)
@given(data=st.data())
def test_r_and_s_have_their_full_length(alg: str, data: st.DataObject) -> None:
    half = HALVES[alg]
    greatest = 2**521 - 1 if alg == "ES512" else 256**half - 1
    numbers = st.integers(1, 200) | st.integers(1, greatest) | st.just(greatest) | st.just(greatest // 2 + 1)
    r, s = data.draw(numbers), data.draw(numbers)
    found = ALGORITHMS[alg].sign(Written(encode_dss_signature(r, s)), b"message")
    assert found == r.to_bytes(half, "big") + s.to_bytes(half, "big")
