"""Lets the tests here import what they share (the import mode adds no folders by itself)."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
