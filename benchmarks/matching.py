"""Names and addresses: how long one comparison takes, for information.

python benchmarks/matching.py
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from measure import Row

from eid.vietnam.addresses import parse_address
from eid.vietnam.matching import NameSource, match_names

_CALLS = 500
_TEXT = NameSource.TEXT
_PAIRS = (
    ("Nguyễn Đức Ánh", "Nguyễn Đức Ánh", _TEXT),
    ("Nguyễn Đức Ánh", "NGUYỄN ĐỨC ÁNH", _TEXT),
    ("Nguyễn Đức Ánh", "NGUYEN<<DUC<ANH", NameSource.MRZ),
    ("Trần Hoà", "Trần Hòa", _TEXT),
    ("Lê Thị Thử", "Lê Văn Thử", _TEXT),
)
_ADDRESS = "Số 1, Thôn Thử Nghiệm, Xã Ví Dụ, Huyện Thử, Tỉnh Hà Giang"


def _microseconds(call: Callable[[], object]) -> float:
    """CPU time of one call."""
    call()
    start = time.process_time()
    for _ in range(_CALLS):
        call()
    return (time.process_time() - start) / _CALLS * 1e6


def rows() -> list[Row]:
    """Both rows; that of names is the mean over five pairs, the details are each."""
    times = [
        _microseconds(lambda p=pair: match_names(p[0], p[1], a_source=_TEXT, b_source=p[2]))
        for pair in _PAIRS
    ]
    classes = [match_names(a, b, a_source=_TEXT, b_source=source).name_class for a, b, source in _PAIRS]
    detail = ", ".join(f"{each} {took:.0f}" for each, took in zip(classes, times, strict=True))
    day = dt.date(2022, 7, 10)
    address = _microseconds(lambda: parse_address(_ADDRESS, as_of=day))
    return [
        Row("two names", sum(times) / len(times), "µs", None, detail),
        Row("address", address, "µs", None, f"{len(_ADDRESS)} characters"),
    ]


if __name__ == "__main__":
    for row in rows():
        print(f"{row.name:20} {row.value:8.1f} {row.unit}  {row.detail}")
