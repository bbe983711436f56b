"""How a checked record is shown: one JSON document, or text for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from eid.cli.messages import OUTCOMES, VERDICTS
from eid.cli.output import Output
from eid.cli.report_view import show_report
from eid.errors import Text

if TYPE_CHECKING:
    from eid.tokens.record import CheckedRecord, Difference
    from eid.trust.timestamps import Timestamp

__all__ = ["RECORD_LABELS", "record_document", "show_record", "timestamp_document"]

RECORD_LABELS: Mapping[str, Text] = MappingProxyType(
    {
        "record": Text("Record", "Hồ sơ"),
        "signed_by": Text("signed by", "ký bởi"),
        "made_at": Text("made at, by the maker's clock", "lập lúc, theo đồng hồ của bên lập"),
        "verified_for": Text("verified for", "xác thực cho thời điểm"),
        "timestamp": Text("trusted timestamp", "dấu thời gian tin cậy"),
        "no_timestamp": Text("none", "không có"),
        "unchecked": Text("there is one; --tsa checks it", "có; dùng --tsa để kiểm tra"),
        "by": Text("by", "bởi"),
        "rules": Text("rules", "phiên bản quy định"),
        "library": Text("library", "thư viện"),
        "references": Text("references", "mã tham chiếu"),
        "word": Text("Rests on the word of who made the record", "Chỉ dựa vào lời của bên lập hồ sơ"),
        "instead": Text("otherwise", "nếu không"),
        "differences": Text("Said otherwise then", "Khác với báo cáo khi đó"),
        "same": Text(
            "The report computed now is the one in the record.", "Báo cáo tính lại giống báo cáo trong hồ sơ."
        ),
        "differs": Text(
            "The report computed now is NOT the one in the record.",
            "Báo cáo tính lại KHÔNG giống báo cáo trong hồ sơ.",
        ),
        "hidden": Text("(personal data)", "(dữ liệu cá nhân)"),
        "request": Text("Request written to", "Đã ghi yêu cầu vào"),
        "send_it": Text(
            "Send it to the authority as application/timestamp-query, and give its answer with --response.",
            "Gửi tới tổ chức cấp dấu thời gian dưới dạng application/timestamp-query, rồi dùng --response.",
        ),
        "in_clear": Text(
            "The record holds personal data in clear: keep it safe, or give --encrypt-to.",
            "Hồ sơ chứa dữ liệu cá nhân chưa mã hóa: hãy bảo quản an toàn hoặc dùng --encrypt-to.",
        ),
    }
)
#: Differences shown to people.
_SHOWN = 20


def timestamp_document(found: Timestamp | None) -> dict[str, Any] | None:
    """What a verified timestamp says, for JSON."""
    if found is None:
        return None
    return {
        "at": found.at.isoformat(),
        "accuracy_seconds": found.accuracy.total_seconds() if found.accuracy is not None else None,
        "authority": found.authority,
        "authority_sha256": found.certificate_sha256,
        "root_sha256": found.root_sha256,
        "policy": found.policy,
        "serial": str(found.serial),
    }


def record_document(checked: CheckedRecord, *, show_person: bool) -> dict[str, Any]:
    """What ``eid record check --json`` prints."""
    import eid

    record = checked.record
    return {
        "same": checked.same,
        "code": checked.code,
        "signed_by": {
            "kid": checked.signed_by.kid,
            "alg": checked.signed_by.alg,
            "thumbprint": checked.signed_by.thumbprint(),
        },
        "made_at": checked.made_at.isoformat(),
        "verified_for": record.now.isoformat(),
        "timestamp": timestamp_document(checked.timestamp),
        "timestamp_unchecked": checked.timestamp_unchecked,
        "on_makers_word": list(checked.on_makers_word),
        "rules": record.rules,
        "library": {"then": record.library, "now": eid.__version__},
        "profile": record.profile,
        "policy": record.policy.name,
        "references": dict(record.references),
        "report_sha256": checked.report_sha256,
        "differences": [
            {"path": each.path, **dict(zip(("then", "now"), _sides(each, show_person), strict=True))}
            for each in checked.differences
        ],
        "report": checked.report_now.to_json(show_person=show_person),
    }


def _sides(difference: Difference, show_person: bool) -> tuple[object, object]:
    """What stood there then and now; nothing of the person unless asked for."""
    personal = difference.path.partition(".")[0] == "person"
    return (None, None) if personal and not show_person else (difference.then, difference.now)


def show_record(out: Output, checked: CheckedRecord, *, show_person: bool) -> None:
    """For people."""
    out.line(out.text(RECORD_LABELS["record"]), "bold")
    out.table([(out.text(RECORD_LABELS[name]), ""), (text, "")] for name, text in _facts(out, checked))
    out.line()
    show_report(out, checked.report_now, show_person=show_person)
    if checked.on_makers_word:
        out.heading(out.text(RECORD_LABELS["word"]))
        out.table(_word_rows(out, checked))
    if checked.differences:
        out.heading(out.text(RECORD_LABELS["differences"]))
        out.table(_difference_rows(out, checked, show_person))
        if len(checked.differences) > _SHOWN:
            out.line(out.label("more").format(count=len(checked.differences) - _SHOWN))
    out.line()
    if checked.same:
        out.line(out.text(RECORD_LABELS["same"]), "green")
    else:
        out.line(f"{out.text(RECORD_LABELS['differs'])} ({checked.code})", "bold red")


def _facts(out: Output, checked: CheckedRecord) -> Iterator[tuple[str, str]]:
    import eid

    record, found = checked.record, checked.timestamp
    yield "signed_by", f"{checked.signed_by.kid} ({checked.signed_by.alg})"
    yield "made_at", checked.made_at.isoformat()
    yield "verified_for", record.now.isoformat()
    if found is not None:
        yield "timestamp", f"{found.at.isoformat()} {out.text(RECORD_LABELS['by'])} {found.authority}"
    else:
        yield (
            "timestamp",
            out.text(RECORD_LABELS["unchecked" if checked.timestamp_unchecked else "no_timestamp"]),
        )
    yield "rules", record.rules
    yield "library", record.library + (f" ({eid.__version__})" if record.library != eid.__version__ else "")
    if record.references:
        yield "references", ", ".join(f"{name}={text}" for name, text in record.references.items())


def _word_rows(out: Output, checked: CheckedRecord) -> Iterator[list[tuple[str, str]]]:
    for name in checked.on_makers_word:
        now, alone = checked.report_now.verdicts[name], checked.proven.verdicts[name]
        otherwise = f"{out.text(RECORD_LABELS['instead'])} {out.text(OUTCOMES[alone.outcome.value])} {alone.code or ''}"
        yield [
            (out.text(VERDICTS[name]), ""),
            (out.text(OUTCOMES[now.outcome.value]), "yellow"),
            (otherwise.strip(), ""),
        ]


def _difference_rows(
    out: Output, checked: CheckedRecord, show_person: bool
) -> Iterator[list[tuple[str, str]]]:
    for each in checked.differences[:_SHOWN]:
        then, now = _sides(each, show_person)
        hidden = (then, now) == (None, None)
        said = out.text(RECORD_LABELS["hidden"]) if hidden else f"{out.dump(then)} -> {out.dump(now)}"
        yield [(each.path, ""), (said, "yellow")]
