"""How an issuer of credentials publishes its keys: JWT VC Issuer Metadata (SD-JWT VC, 4).

The document lies at an address that follows from the issuer's name. It holds the keys, or says where they
are. Fetching is the caller's business, or :class:`~eid.tokens.key_sources.HttpKeySource`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from eid.crypto.keys import MAX_JWKS, KeySet
from eid.encoding import strict_json
from eid.errors import EncodingError, IssuerMetadataInvalid

__all__ = ["WELL_KNOWN", "IssuerMetadata", "metadata_url"]

WELL_KNOWN = "/.well-known/jwt-vc-issuer"


def metadata_url(issuer: str) -> str:
    """Where *issuer* publishes its metadata.

    :param issuer: ``iss`` of its credentials: an ``https`` address without query and fragment.
    :raises IssuerMetadataInvalid: another kind of address.
    """
    try:
        parts = urlsplit(issuer)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme != "https" or "?" in issuer or "#" in issuer or parts.username is not None:
        raise IssuerMetadataInvalid("an issuer that is no https address without query and fragment")
    return f"https://{parts.netloc}{WELL_KNOWN}{parts.path.removesuffix('/')}"


@dataclass(frozen=True, slots=True)
class IssuerMetadata:
    """What an issuer publishes about its keys. One of the two is there.

    :param keys: the keys themselves.
    :param jwks_uri: where they are; for :class:`~eid.tokens.key_sources.HttpKeySource`.
    """

    issuer: str
    keys: KeySet | None
    jwks_uri: str | None

    @classmethod
    def read(cls, octets: bytes, *, issuer: str) -> Self:
        """Read the document found at :func:`metadata_url`.

        :param issuer: whose it should be.
        :raises IssuerMetadataInvalid: it is somebody else's, or malformed.
        :raises KeyFormatError: the keys are malformed.
        :raises LimitExceeded: too long, or too many keys.
        """
        try:
            document = strict_json.loads(octets, limit=MAX_JWKS)
        except EncodingError as error:
            raise IssuerMetadataInvalid(error.detail) from None
        if not isinstance(document, dict) or document.get("issuer") != issuer:
            raise IssuerMetadataInvalid("no metadata of this issuer")
        if ("jwks" in document) == ("jwks_uri" in document):
            raise IssuerMetadataInvalid("not exactly one of jwks and jwks_uri")
        if "jwks" in document:
            return cls(issuer, KeySet.from_jwks(strict_json.dumps(document["jwks"])), None)
        uri = document["jwks_uri"]
        if not isinstance(uri, str) or not 0 < len(uri) <= _MAX_URI or not uri.isprintable():
            raise IssuerMetadataInvalid("jwks_uri is no address")
        return cls(issuer, None, uri)


_MAX_URI = 1024
