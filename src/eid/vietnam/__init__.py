"""Viet Nam: the chip profile of the citizen card, its national data, number, machine readable zone and
printed code, names and addresses, and the rules of law as dated data.
"""

from __future__ import annotations

from eid.vietnam import rules
from eid.vietnam.addresses import Address, parse_address
from eid.vietnam.card_qr import PrintedCode, parse_printed_code
from eid.vietnam.card_qr.check import cross_check
from eid.vietnam.comparisons import Comparison, Severity, most_severe
from eid.vietnam.dg13 import DG13, parse_dg13
from eid.vietnam.matching import NameMatch, NameSource, match_names
from eid.vietnam.mrz import CardMrz, read_card_mrz
from eid.vietnam.number import NumberInfo, can_from_number, parse_number
from eid.vietnam.profile import CITIZEN_CARD, profile_for
from eid.vietnam.rejections import rejection_json

__all__ = [
    "CITIZEN_CARD",
    "DG13",
    "Address",
    "CardMrz",
    "Comparison",
    "NameMatch",
    "NameSource",
    "NumberInfo",
    "PrintedCode",
    "Severity",
    "can_from_number",
    "cross_check",
    "match_names",
    "most_severe",
    "parse_address",
    "parse_dg13",
    "parse_number",
    "parse_printed_code",
    "profile_for",
    "read_card_mrz",
    "rejection_json",
    "rules",
]
