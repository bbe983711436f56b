"""A time-stamping authority for tests (RFC 3161): it answers in process and imitates nobody."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from eid.encoding import der
from eid.encoding.tlv import Node, parse, tlv
from eid.simulator.issuer import TestIssuer
from eid.trust.timestamps import TIME_STAMPING, TST_INFO

__all__ = ["TestTimestampAuthority", "tst_info"]

#: An arc under the example enterprise number of RFC 5612.
_POLICY = "1.3.6.1.4.1.32473.1"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"


def tst_info(
    imprint: bytes,
    *,
    at: datetime,
    policy: bytes = der.oid(_POLICY),
    serial: int = 1,
    more: bytes = b"",
) -> bytes:
    """TSTInfo (RFC 3161, 2.4.2).

    :param imprint: MessageImprint, encoded, as in the request.
    :param policy: encoded.
    :param more: what follows the time, encoded: accuracy, ordering, nonce.
    """
    time = at.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode()
    return der.sequence(
        der.integer(1), policy, imprint, der.integer(serial), tlv(der.GENERALIZED_TIME, time), more
    )


@dataclass(frozen=True, slots=True, repr=False)
class TestTimestampAuthority:
    """Grants every request. :meth:`respond` can be given wherever answers are fetched.

    :param issuer: the root, with the authority's certificate as its signer.
    :param clock: gives the time that goes into the tokens, aware.
    """

    #: pytest would take the class for a test by its name.
    __test__: ClassVar[bool] = False

    issuer: TestIssuer
    clock: Callable[[], datetime]

    @classmethod
    def create(
        cls,
        *,
        clock: Callable[[], datetime],
        algorithm: str = "ecdsa-secp256r1-sha256",
        purposes: tuple[str, ...] = (TIME_STAMPING,),
    ) -> TestTimestampAuthority:
        """A fresh root and authority.

        :param algorithm: of both keys, see :meth:`eid.simulator.issuer.Scheme.parse`.
        :param purposes: extended key usage of the authority's certificate.
        """
        return cls(TestIssuer.create(algorithm, country="UT", extended_key_usage=purposes), clock)

    @property
    def root_der(self) -> bytes:
        """The certificate to trust."""
        return self.issuer.csca_der

    def respond(self, request: bytes) -> bytes:
        """The answer to a TimeStampReq in DER: granted.

        :raises EncodingError: not such a request.
        """
        fields = parse(request, der.SEQUENCE).children()
        policy = next((node.raw for node in fields if node.tag == der.OID), der.oid(_POLICY))
        nonce = next((node.raw for node in fields[2:] if node.tag == der.INTEGER), b"")
        accuracy = der.sequence(der.integer(1))
        serial = int.from_bytes(secrets.token_bytes(8), "big")
        info = tst_info(
            _imprint(fields).raw, at=self.clock(), policy=policy, serial=serial, more=accuracy + nonce
        )
        return der.sequence(der.sequence(der.integer(0)), self.sign(info))

    def sign(self, info: bytes, *, named: bytes | None = None) -> bytes:
        """A token over TSTInfo.

        :param named: the certificate whose hash is stated as the signer's; its own unless given.
        """
        stated = hashlib.sha256(named if named is not None else self.issuer.ds_der).digest()
        identifier = der.sequence(tlv(der.OCTET_STRING, stated))
        meant = der.sequence(der.sequence(identifier))
        return self.issuer.sign_content(
            info, content_type=TST_INFO, attributes=[(_SIGNING_CERTIFICATE_V2, meant)]
        )


def _imprint(fields: list[Node]) -> Node:
    return next(node for node in fields if node.tag == der.SEQUENCE)
