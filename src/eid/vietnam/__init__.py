"""Viet Nam: the chip profile of the citizen card, its national data, number and machine readable zone."""

from __future__ import annotations

from eid.vietnam.dg13 import DG13, parse_dg13
from eid.vietnam.mrz import CardMrz, read_card_mrz
from eid.vietnam.number import NumberInfo, can_from_number, parse_number
from eid.vietnam.profile import CITIZEN_CARD, profile_for
from eid.vietnam.rejections import rejection_json

__all__ = [
    "CITIZEN_CARD",
    "DG13",
    "CardMrz",
    "NumberInfo",
    "can_from_number",
    "parse_dg13",
    "parse_number",
    "profile_for",
    "read_card_mrz",
    "rejection_json",
]
