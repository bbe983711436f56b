"""Where accounts are kept: databases and the vault that holds their keys."""

from __future__ import annotations

from eid.errors.accounts import AccountError
from eid.errors.base import EidError, InputError, Text

__all__ = [
    "AccountConflict",
    "AccountDataDamaged",
    "AccountStoreForeign",
    "AccountStoreNewer",
    "AccountStoreOutdated",
    "AccountStoreUnavailable",
    "CommandIdReused",
    "SubjectTaken",
    "VaultFileError",
    "VaultKeyMissing",
    "VaultMismatch",
]

_CLOSED_FOR_NOW = Text(
    "The accounts cannot be reached at the moment. Please try again later.",
    "Hiện không truy cập được dữ liệu tài khoản. Vui lòng thử lại sau.",
)
_NOT_SET_UP = Text(
    "The service is not set up correctly. Its operator has to look at it.",
    "Dịch vụ chưa được thiết lập đúng. Cần người vận hành kiểm tra.",
)


class AccountConflict(AccountError):
    code = "ACCOUNT_CONFLICT"
    public_message = Text(
        "The account was changed in the meantime. Please look again.",
        "Tài khoản vừa được thay đổi. Vui lòng xem lại.",
    )
    cause = "The account is at another version than the one the command was made for."
    remedy = "Load the account again and decide again whether the command is still wanted."


class SubjectTaken(AccountError):
    code = "SUBJECT_TAKEN"
    public_message = Text(
        "There is an account for this number already.",
        "Số này đã có tài khoản.",
    )
    cause = "A number or document number leads to one account, and this one leads to another account already."
    remedy = "Find the account of that number. If the number is wrong there, an officer renumbers it first."


class CommandIdReused(AccountError):
    code = "COMMAND_ID_REUSED"
    public_message = Text(
        "The request cannot be carried out. Please start again.",
        "Không thể thực hiện yêu cầu. Vui lòng bắt đầu lại.",
    )
    cause = "A command has the identifier of another command that was carried out on this account."
    remedy = "Give every command an identifier of its own; repeat a command with the same content only."


class AccountStoreUnavailable(EidError):
    code = "ACCOUNT_STORE_UNAVAILABLE"
    public_message = _CLOSED_FOR_NOW
    cause = "The database does not answer, is locked, has no room, or refuses; or its tables are not there."
    remedy = (
        "Look at the database. A command whose answer was lost is repeated with the same identifier:"
        " it is carried out at most once."
    )


class AccountStoreOutdated(EidError):
    code = "ACCOUNT_STORE_OUTDATED"
    public_message = _NOT_SET_UP
    cause = "The tables were made by an older version of this library."
    remedy = "Make a backup, then run: eid account migrate --store URL"


class AccountStoreNewer(EidError):
    code = "ACCOUNT_STORE_NEWER"
    public_message = _NOT_SET_UP
    cause = (
        "The tables were made by a newer version of this library, which may keep what this one would lose."
    )
    remedy = "Install that version everywhere the database is used."


class AccountStoreForeign(EidError):
    code = "ACCOUNT_STORE_FOREIGN"
    public_message = _NOT_SET_UP
    cause = "The database holds tables with the names of this library that this library did not make."
    remedy = "Give accounts a database of their own."


class AccountDataDamaged(EidError):
    code = "ACCOUNT_DATA_DAMAGED"
    public_message = _CLOSED_FOR_NOW
    cause = (
        "What is kept of an account cannot be relied on: it was altered, moved to another row, cut, or put "
        "back as it was before."
    )
    remedy = "Restore the database from a backup, and find out who wrote into it past the library."


class VaultFileError(InputError):
    code = "VAULT_FILE"
    public_message = _NOT_SET_UP
    cause = "The vault file is not one that this library wrote, or was damaged."
    remedy = "Restore the vault file from its backup. Without it nobody can read the accounts."


class VaultMismatch(EidError):
    code = "VAULT_MISMATCH"
    public_message = _NOT_SET_UP
    cause = "The database was made with another vault: every number would seem unknown."
    remedy = "Open the database with the vault file that was made with it."


class VaultKeyMissing(EidError):
    code = "VAULT_KEY_MISSING"
    public_message = _CLOSED_FOR_NOW
    cause = "An account is locked with a wrapping key that the vault does not hold, or no longer holds."
    remedy = "Open the store with the newest vault file; wrap all accounts anew before an old key is removed."
