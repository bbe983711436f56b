"""Accounts, their rules, stores and logs."""

from __future__ import annotations

from eid.errors.base import EidError, InputError, Text

__all__ = [
    "AccountClosed",
    "AccountError",
    "AccountExists",
    "AccountFull",
    "AccountLocked",
    "AccountNotActivated",
    "AccountNotAvailable",
    "AccountUnknown",
    "ActivationWindowPassed",
    "CatalogueError",
    "ConsentNotNarrower",
    "ConsentUnknown",
    "DocumentsMissing",
    "EventFormatError",
    "EventOutOfPlace",
    "EventUnknown",
    "EvidenceInsufficient",
    "EvidenceNotAcceptable",
    "GuardianNeeded",
    "HolderAgeUnknown",
    "LockNeverLifted",
    "NoElectronicCard",
    "NotEntitledToLevel",
    "NotLocked",
    "NumberChangeRefused",
    "RepresentativesNotAgreed",
    "RoleNotAllowed",
    "RulesError",
    "ServiceUnknown",
    "UnlockGroundMissing",
]


class AccountError(EidError):
    """What cannot be done with an account.

    :param article: instrument and article of the rule that says so; ``None`` where none does.
    """

    code = "ACCOUNT"
    public_message = Text(
        "The request about this account cannot be carried out.",
        "Không thể thực hiện yêu cầu về tài khoản này.",
    )
    cause = "A command about an account is not possible; a more specific code says why."
    remedy = "See the more specific code."

    def __init__(self, detail: str = "", *, article: str | None = None) -> None:
        super().__init__(detail)
        self.article = article


class AccountNotAvailable(AccountError):
    code = "ACCOUNT_NOT_AVAILABLE"
    public_message = Text("This account cannot be used here.", "Không thể sử dụng tài khoản này tại đây.")
    cause = (
        "There is no such account, or whoever asks has no part in it. Both look the same, so that nobody "
        "can find out who has an account."
    )
    remedy = "Check the number. The holder signs in first; an officer is told more."


class AccountUnknown(AccountNotAvailable):
    code = "ACCOUNT_UNKNOWN"
    public_message = Text("There is no such account.", "Không có tài khoản này.")
    cause = "No account has this number or identifier. Only officers and auditors are told."
    remedy = "Check the number; register the account first."


class AccountExists(AccountError):
    code = "ACCOUNT_EXISTS"
    public_message = Text("There is an account already.", "Đã có tài khoản.")
    cause = "The number that was to be registered has an account."
    remedy = "Use that account. A repeated command carries the command identifier of the first time."


class RoleNotAllowed(AccountError):
    code = "ROLE_NOT_ALLOWED"
    public_message = Text("You have no right to do this.", "Bạn không có quyền thực hiện việc này.")
    cause = "The role of whoever acts does not allow this command."
    remedy = "Let somebody act whose role does; the table is eid.accounts.roles.PERMISSIONS."


class AccountClosed(AccountError):
    code = "ACCOUNT_CLOSED"
    public_message = Text("The account was closed.", "Tài khoản đã được đóng.")
    cause = "A closed account takes no commands."
    remedy = "Nothing opens a closed account; keep its events for as long as the rules ask."


class AccountLocked(AccountError):
    code = "ACCOUNT_LOCKED"
    public_message = Text("The account is locked.", "Tài khoản đang bị khóa.")
    cause = "The command is not possible on a locked account."
    remedy = "Unlock it first; its events say why it is locked and by whom."


class AccountNotActivated(AccountError):
    code = "ACCOUNT_NOT_ACTIVATED"
    public_message = Text("Please activate the account first.", "Vui lòng kích hoạt tài khoản trước.")
    cause = "The command needs an active account."
    remedy = "Let the holder activate it in the app."


class ActivationWindowPassed(AccountError):
    code = "ACTIVATION_WINDOW_PASSED"
    public_message = Text(
        "The time to activate the account has passed. Please call the authority's hotline.",
        "Đã quá thời hạn kích hoạt tài khoản. Vui lòng liên hệ tổng đài.",
    )
    cause = "The holder was told longer ago than the rules allow for activating the account."
    remedy = "An officer activates it at the holder's call."


class HolderAgeUnknown(AccountError):
    code = "HOLDER_AGE_UNKNOWN"
    public_message = Text("Please prove the date of birth.", "Vui lòng chứng minh ngày sinh.")
    cause = "The rules ask for the holder's age, and the account has no date of birth."
    remedy = "Register the date of birth that the card proves."


class NotEntitledToLevel(AccountError):
    code = "NOT_ENTITLED_TO_LEVEL"
    public_message = Text(
        "The law gives this holder no account of that level.",
        "Pháp luật không cấp tài khoản mức độ đó cho người này.",
    )
    cause = "The rules of the day give a holder of this kind and age no account of that level."
    remedy = (
        "Wait for the age that the article names, or act through a guardian's account where the rules say so."
    )


class DocumentsMissing(AccountError):
    code = "DOCUMENTS_MISSING"
    public_message = Text("A document is missing.", "Thiếu giấy tờ.")
    cause = "The rules give such an account only to holders of documents that the account does not have."
    remedy = "Register the documents that the message names once they were shown."


class GuardianNeeded(AccountError):
    code = "GUARDIAN_NEEDED"
    public_message = Text(
        "A parent or guardian has to do this.",
        "Cha, mẹ hoặc người giám hộ cần thực hiện việc này.",
    )
    cause = (
        "The holder is too young, or under guardianship, to do this alone; or the guardian has no active "
        "account of level 2."
    )
    remedy = "Let a guardian act who has one, or an officer with the guardian present."


class RepresentativesNotAgreed(AccountError):
    code = "REPRESENTATIVES_NOT_AGREED"
    public_message = Text(
        "All representatives have to agree, and the one who registers needs an account of level 2.",
        "Tất cả người đại diện phải đồng ý, và người đăng ký cần có tài khoản mức độ 2.",
    )
    cause = (
        "An organisation's account needs the consent of every representative, one of whom registers it, and "
        "so does a change of them that one of them asks for."
    )
    remedy = "Collect the consent of all of them; let one with an active account of level 2 register it."


class EvidenceInsufficient(AccountError):
    code = "EVIDENCE_INSUFFICIENT"
    public_message = Text(
        "A further check of the holder is needed.",
        "Cần kiểm tra thêm đối với chủ tài khoản.",
    )
    cause = "The checks that passed and have not expired are not those that this needs."
    remedy = "Make the checks that the message names and hand them in."


class EvidenceNotAcceptable(AccountError):
    code = "EVIDENCE_NOT_ACCEPTABLE"
    public_message = Text("This check cannot be used.", "Không thể sử dụng kết quả kiểm tra này.")
    cause = (
        "The evidence is of the future, of another person's document, or of a kind that this role cannot "
        "give."
    )
    remedy = (
        "Check the clocks; compare the number on the card with that of the account; let an officer record "
        "what he saw."
    )


class NoElectronicCard(AccountError):
    code = "NO_ELECTRONIC_CARD"
    public_message = Text(
        "The account has no electronic identity card.",
        "Tài khoản chưa có căn cước điện tử.",
    )
    cause = "A card that was never issued cannot be locked."
    remedy = "Lock the account itself where that is meant."


class NotLocked(AccountError):
    code = "NOT_LOCKED"
    public_message = Text("There is no such lock.", "Không có khóa này.")
    cause = "Nothing is locked for the reason that the command names."
    remedy = "Look at the locks of the account; the command names the reason of one of them."


class LockNeverLifted(AccountError):
    code = "LOCK_NEVER_LIFTED"
    public_message = Text("This lock stays.", "Khóa này không thể mở.")
    cause = "The rules know nothing that would lift a lock of this reason."
    remedy = (
        "Where the lock itself was a mistake, the authority that set it has to correct its own record first."
    )


class UnlockGroundMissing(AccountError):
    code = "UNLOCK_GROUND_MISSING"
    public_message = Text("The reason for the lock is still there.", "Lý do khóa vẫn còn.")
    cause = "The rules lift a lock of this reason on another ground than the command names."
    remedy = "Name the ground of the rules once it is there."


class NumberChangeRefused(AccountError):
    code = "NUMBER_CHANGE_REFUSED"
    public_message = Text(
        "The number cannot be changed like this.",
        "Không thể thay đổi số định danh như vậy.",
    )
    cause = (
        "The reason is none of those for which the rules set a new number, or the account has that number "
        "already."
    )
    remedy = "Name a reason of the rules."


class ConsentUnknown(AccountError):
    code = "CONSENT_UNKNOWN"
    public_message = Text("There is no such consent.", "Không có sự đồng ý này.")
    cause = "No consent to this purpose and requester stands."
    remedy = "Look at the consents of the account."


class ConsentNotNarrower(AccountError):
    code = "CONSENT_NOT_NARROWER"
    public_message = Text(
        "A consent is widened only by giving it anew.",
        "Muốn mở rộng sự đồng ý cần đồng ý lại.",
    )
    cause = "The fields that would be left are not part of those that were agreed to."
    remedy = "Let the holder give a new consent."


class AccountFull(AccountError):
    code = "ACCOUNT_FULL"
    public_message = Text("The account cannot hold more of this.", "Tài khoản không thể chứa thêm.")
    cause = (
        "The account has as many links, consents, locks, identifiers or items of evidence as one account "
        "may have."
    )
    remedy = (
        "Remove what is no longer needed. If so many are right, report it; the limits are named constants."
    )


class EventOutOfPlace(AccountError):
    code = "EVENT_OUT_OF_PLACE"
    public_message = Text("The account's record is damaged.", "Hồ sơ tài khoản bị hỏng.")
    cause = "The events of an account are not in an order in which they can have happened."
    remedy = "Restore the store from a backup and find out who wrote to it."


class EventFormatError(InputError):
    code = "EVENT_FORMAT"
    public_message = Text("The account's record is damaged.", "Hồ sơ tài khoản bị hỏng.")
    cause = "An event or account that was stored is not in the form that this library writes."
    remedy = "Restore the store from a backup and find out who wrote to it."


class EventUnknown(EventFormatError):
    code = "EVENT_UNKNOWN"
    public_message = Text(
        "The account's record was written by a newer version of the software.",
        "Hồ sơ tài khoản được ghi bởi phiên bản phần mềm mới hơn.",
    )
    cause = "A newer version wrote an event that this one does not know. Ignoring it could ignore a lock."
    remedy = "Install the version that the other processes use."


class RulesError(InputError):
    code = "RULES_FORMAT"
    public_message = Text("The rules cannot be read.", "Không đọc được dữ liệu quy định.")
    cause = "An entry of the rules has no article, date or confidence, or a value of another type."
    remedy = "Repair the entry; every rule names its source and first day."


class CatalogueError(InputError):
    code = "CATALOGUE_FORMAT"
    public_message = Text("The catalogue of services cannot be read.", "Không đọc được danh mục dịch vụ.")
    cause = (
        "The file is no TOML or JSON of schema 1, or a service names a member that does not exist, a value "
        "of another type, or a demand that no requirement can have."
    )
    remedy = "Repair the service that the message names. A misspelled demand is refused, never passed over."


class ServiceUnknown(InputError):
    code = "SERVICE_UNKNOWN"
    public_message = Text("There is no such service.", "Không có dịch vụ này.")
    cause = "The catalogue has no service of that name, or it is not offered on that day."
    remedy = "Check the name against the catalogue; add the service to the file."
