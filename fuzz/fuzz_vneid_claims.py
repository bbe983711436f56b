"""Fuzz the claims of VNeID sign-in: a level is 1 or 2, or none for an organisation; nothing is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.accounts.model import HolderKind
    from eid.encoding import strict_json
    from eid.vietnam.vneid.claims import holder_kinds, parse_claims

    _KINDS = holder_kinds({1: HolderKind.CITIZEN, "2": HolderKind.FOREIGNER, "3": HolderKind.ORGANISATION})


def check(data: bytes) -> None:
    """Read *data* as the JSON object of claims."""
    claims = strict_json.loads(data, limit=64 * 1024)
    if not isinstance(claims, dict):
        return
    found = parse_claims(claims, kinds=_KINDS)
    assert claims["citizenPid"] == found.number
    assert len(found.number) == 12
    assert found.number not in repr(found)
    if found.holder is HolderKind.ORGANISATION:
        assert found.account_level is None
        assert claims.get("accountLevel") is None
    else:
        assert not isinstance(claims["accountLevel"], bool)
        assert str(found.account_level) in str(claims["accountLevel"])
    if found.birth_date is not None:
        assert f"{found.birth_date.year:04d}" in claims["birthDate"]


def seeds() -> Iterator[bytes]:
    """Claims in every known spelling."""
    good = {"citizenPid": "001099012349", "fullName": "Nguyễn Đức Ánh", "accountType": 1, "accountLevel": 2}
    yield json.dumps(good).encode()
    for born in ("04/07/1999", "19990704", "1999-07-04", "1999", "00/00/1999", "07/1999"):
        yield json.dumps({**good, "birthDate": born}, ensure_ascii=False).encode()
    for level in (1, "1", "02", "Mức 1", True, 3, None, 2.0):
        yield json.dumps({**good, "accountLevel": level}, ensure_ascii=False).encode()
    yield json.dumps({"citizenPid": "001099012349", "accountType": "3"}).encode()
    yield json.dumps({**good, "citizenPid": 1099012349}).encode()


if __name__ == "__main__":
    run(check, seeds)
