"""What the command line says of input that is no number, printed code, card MRZ or DG13 at all."""

from __future__ import annotations

from eid.errors import InputError, LimitExceeded, PersonalNumberError, PrintedCodeError

__all__ = ["rejection_json"]


def rejection_json(error: InputError) -> dict[str, object]:
    """The counterpart of the ``to_json`` views for the error that parsing raised; no input in it."""
    if isinstance(error, PersonalNumberError):
        result: dict[str, object] = {"valid_format": False, "warnings": [], "error": error.kind}
        return {**result, "hint": error.hint} if error.hint else result
    if isinstance(error, PrintedCodeError):
        result = {
            "outcome": "reject",
            "generation": None,
            "proof": False,
            "warnings": [],
            "error": error.kind,
        }
        return {**result, "hint": error.hint} if error.hint else result
    kind = "limit" if isinstance(error, LimitExceeded) else getattr(error, "kind", "malformed")
    return {"outcome": "reject", "warnings": [], "error": kind}
