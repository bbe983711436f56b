"""``eid trust``: what is in certificates and lists, and a trust store on disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eid.cli.failures import Failure
from eid.cli.messages import ENVIRONMENT, FAILED, HOLDS, UNDECIDED
from eid.cli.options import command, read_time
from eid.cli.output import Output
from eid.cli.progress import LoadingProgress

if TYPE_CHECKING:
    from eid.trust.certificates import Certificate
    from eid.trust.crl import Crl
    from eid.trust.inspection import CrlReport, Inspection
    from eid.trust.loaded import ListReport, Loaded, SourceProblem

__all__ = ["check", "import_", "list_"]

Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH...",
        help="Certificates, revocation lists, master lists (.ml), LDIF, trust stores, or folders of these.",
    ),
]
AnchorPaths = Annotated[
    list[Path] | None,
    typer.Option(
        "--anchor", metavar="PATH", help="Certificates that vouch for signed lists: file or folder."
    ),
]
Store = Annotated[Path, typer.Option("--store", metavar="DIR", help="Folder of the trust store.")]

#: Lines of one kind shown to people.
_SHOWN = 20


@command
def check(
    out: Output,
    paths: Paths,
    anchor: AnchorPaths = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="Check for this time (ISO 8601) instead of now."),
    ] = None,
) -> int:
    """Check certificates, lists and revocation lists, without trusting any.

    Ends with 0 when every key can be used and every signature holds whose issuer is there, 1 when a
    signature is wrong, 3 when something cannot be decided: a list without an anchor that vouches for
    it, an unsupported algorithm, an unreadable entry.
    """
    from eid.errors import TrustStoreError
    from eid.trust.inspection import inspect
    from eid.trust.sources import load

    now = read_time(at, "--at") if at is not None else datetime.now(UTC)
    _existing((*paths, *(anchor or ())))
    anchors = _anchors(anchor or [], now)
    with LoadingProgress(out) as progress:
        loaded = load(*paths, anchors=anchors, now=now, progress=progress)
        found = inspect(loaded, anchors=anchors, progress=progress.certificates)
    if not (loaded.certificates or loaded.crls or loaded.lists or loaded.problems):
        raise TrustStoreError("no certificate found")
    if out.json:
        out.document(_check_document(loaded, found, now))
    else:
        _show_check(out, loaded, found)
    return _check_exit_code(loaded, found)


@command
def import_(out: Output, paths: Paths, store: Store, anchor: AnchorPaths = None) -> int:
    """Put certificates and revocation lists into a trust store, which is made if it is not there.

    You vouch for certificates in files of their own. Certificates of a signed list are marked with what
    came out of its signature; those of a forged list are left out, and the command ends with 1.
    """
    from eid.errors import TrustStoreError
    from eid.trust import storage
    from eid.trust.keeping import merged
    from eid.trust.sources import load_trusted

    now = datetime.now(UTC)
    _existing((*paths, *(anchor or ())))
    before = storage.load(store) if storage.holds_store(store) else None
    sources = [store, *paths] if before is not None else paths
    with LoadingProgress(out) as progress:
        loaded = load_trusted(*sources, anchors=_anchors(anchor or [], now), now=now, progress=progress)
    result = merged(loaded, obtained_at=now)
    if not result.entries:
        raise TrustStoreError("no certificate found")
    storage.save(result, store)
    added = len(result) - (len(before) if before is not None else 0)
    if out.json:
        out.document(
            {
                "store": str(store), "certificates": len(result), "added": added, "crls": len(result.crls),
                "problems": [_problem(each) for each in loaded.problems],
                "lists": [_list(each) for each in loaded.lists], "passed_over": list(loaded.passed_over),
            }
        )  # fmt: skip
    else:
        out.line(
            f"{out.label('imported')}: {len(result)} {out.label('certificates')} "
            f"({added} {out.label('added')}), {len(result.crls)} {out.label('crls')}"
        )
        _show_lists(out, loaded.lists)
        _show_problems(out, loaded.problems)
        _note_lists(out, loaded.lists)
    return FAILED if any(each.outcome == "FAILED" for each in loaded.lists) else HOLDS


@command
def list_(out: Output, store: Store) -> int:
    """List what is in a trust store, and where it came from."""
    from eid.trust import storage

    trust = storage.load(store)
    rows = sorted(trust.entries, key=lambda e: (e.certificate.country or "", e.certificate.subject_text))
    if out.json:
        out.document(
            {
                "store": str(store),
                "obtained_at": _time(trust.obtained_at),
                "certificates": len(trust),
                "countries": list(trust.countries),
                "anchors": [
                    {
                        **_certificate(entry.certificate),
                        "pinned": entry.pinned,
                        "provenance": [
                            {
                                "source": p.source, "kind": p.kind, "signer": p.signer, "outcome": p.outcome,
                                "at": _time(p.at),
                            }
                            for p in entry.provenance
                        ],
                    }
                    for entry in rows
                ],
                "crls": [_crl(crl) for crl in trust.crls],
            }
        )  # fmt: skip
        return HOLDS
    out.line(f"{out.label('obtained_at')}: {_time(trust.obtained_at)}")
    out.heading(f"{out.label('certificates')}: {len(trust)}")
    out.table(
        [
            (entry.certificate.country or "-", ""),
            (entry.certificate.subject_text, ""),
            (f"{entry.certificate.not_before:%Y-%m-%d} – {entry.certificate.not_after:%Y-%m-%d}", ""),
            (", ".join(dict.fromkeys(f"{p.source} {p.outcome or ''}".strip() for p in entry.provenance)), ""),
            (out.label("pinned") if entry.pinned else "", ""),
        ]
        for entry in rows
    )
    if trust.crls:
        out.heading(f"{out.label('crls')}: {len(trust.crls)}")
        out.table(
            [
                (crl.issuer_text, ""),
                (f"{crl.this_update:%Y-%m-%d} – {crl.next_update or crl.this_update:%Y-%m-%d}", ""),
            ]
            for crl in trust.crls
        )
    return HOLDS


def _existing(paths: Iterable[Path]) -> None:
    """The first path that is not there is named; the library would only say that there is one.

    :raises Failure: it does not exist.
    """
    for path in paths:
        try:
            there = path.exists()
        except (OSError, ValueError):
            there = False
        if not there:
            raise Failure("FILE_MISSING", path=str(path))


def _anchors(paths: Sequence[Path], now: datetime) -> tuple[Certificate, ...]:
    """Certificates the caller trusts to vouch for lists.

    :raises TrustStoreError: a path does not exist, or there is none.
    """
    from eid.errors import TrustStoreError
    from eid.trust.sources import load_trusted

    if not paths:
        return ()
    found = load_trusted(*paths, now=now).vouching
    if not found:
        raise TrustStoreError("no certificate found at --anchor")
    return found


# --- for programs --------------------------------------------------------------------------------


def _check_document(loaded: Loaded, found: Inspection, now: datetime) -> dict[str, Any]:
    return {
        "certificates": found.certificates,
        "keys_usable": found.keys_usable,
        "signatures_ok": found.signatures_ok,
        "self_signed": found.self_signed,
        "links": found.links,
        "problems": [_problem(each) for each in (*loaded.problems, *found.problems)],
        "lists": [_list(each) for each in loaded.lists],
        "crls": [
            {
                **_crl(each.crl),
                "revoked": each.revoked,
                "signature": each.signature,
                "code": each.code,
                "stale": each.crl.next_update is not None and each.crl.next_update < now,
            }
            for each in found.crls
        ],
        "deviations": [
            {"kinds": each.kinds, "descriptions": each.descriptions, "document_type": each.document_type}
            for group in loaded.deviation_lists
            for each in group.deviations
        ],
        "passed_over": list(loaded.passed_over),
    }


def _problem(problem: SourceProblem) -> dict[str, Any]:
    return {"sha256": problem.sha256, "code": problem.code, "source": problem.source}


def _list(report: ListReport) -> dict[str, Any]:
    return {
        "path": report.path,
        "kind": report.kind,
        "outcome": report.outcome,
        "code": report.code,
        "signature": report.signature,
        "signer": report.signer,
        "signed_at": _time(report.signed_at),
        "certificates": report.certificates,
        "crls": report.crls,
        "deviations": report.deviations,
    }


def _certificate(certificate: Certificate) -> dict[str, Any]:
    return {
        "sha256": certificate.fingerprint,
        "subject": certificate.subject_text,
        "issuer": certificate.issuer_text,
        "country": certificate.country,
        "not_before": _time(certificate.not_before),
        "not_after": _time(certificate.not_after),
        "problems": list(certificate.warnings),
    }


def _crl(crl: Crl) -> dict[str, Any]:
    return {
        "sha256": crl.fingerprint,
        "issuer": crl.issuer_text,
        "number": crl.number,
        "this_update": _time(crl.this_update),
        "next_update": _time(crl.next_update),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


_UNSUPPORTED = ("UNSUPPORTED_ALGORITHM", "UNKNOWN_CURVE")
_UNREADABLE = ("CERTIFICATE_FORMAT", "FILE_UNREADABLE")


def _check_exit_code(loaded: Loaded, found: Inspection) -> int:
    """An issuer that is not there is no failure: every public list has links to keys of long ago."""
    wrong = any(each.outcome == "FAILED" for each in loaded.lists)
    wrong = wrong or any(each.signature == "INVALID" for each in found.crls)
    wrong = wrong or any(each.code == "CERTIFICATE_SIGNATURE_INVALID" for each in found.problems)
    if wrong:
        return FAILED
    read = loaded.certificates or loaded.crls or loaded.lists
    if not read and all(each.code in _UNREADABLE for each in loaded.problems):
        return ENVIRONMENT  # nothing but damaged files: there is nothing to decide
    whole = found.keys_usable == found.certificates and not loaded.problems
    whole = whole and all(each.code not in _UNSUPPORTED for each in found.problems)
    whole = whole and all(each.signature == "VALID" for each in found.crls)
    whole = whole and all(each.outcome in ("VERIFIED", None) for each in loaded.lists)
    return HOLDS if whole else UNDECIDED


# --- for people ----------------------------------------------------------------------------------


def _show_check(out: Output, loaded: Loaded, found: Inspection) -> None:
    out.line(f"{out.label('certificates')}: {found.certificates}", "bold")
    counts = (
        ("keys_usable", found.keys_usable),
        ("signatures_ok", found.signatures_ok),
        ("self_signed", found.self_signed),
        ("links", found.links),
    )
    out.table([(out.label(name), ""), (str(count), "")] for name, count in counts)
    _show_lists(out, loaded.lists)
    _show_crls(out, found.crls)
    _show_problems(out, (*loaded.problems, *found.problems))
    if loaded.passed_over:
        out.heading(f"{out.label('passed_over')}: {len(loaded.passed_over)}")
        _show_some(out, [[(path, "")] for path in loaded.passed_over])
    _note_lists(out, loaded.lists)


_STYLES = {"VERIFIED": "green", "VALID": "green", "FAILED": "red", "INVALID": "red"}


def _show_lists(out: Output, lists: Iterable[ListReport]) -> None:
    rows = [
        [
            (report.path, ""),
            (report.kind, ""),
            (
                f"{report.outcome or '-'}{f' ({report.code})' if report.code else ''}",
                _STYLES.get(str(report.outcome), ""),
            ),
            (f"{report.certificates + report.crls + report.deviations} {out.label('entries')}", ""),
            (f"{out.label('signed_by')} {report.signer}" if report.signer else "", ""),
        ]
        for report in lists
    ]
    if rows:
        out.heading(f"{out.label('lists')}: {len(rows)}")
        _show_some(out, rows)


def _show_crls(out: Output, crls: Iterable[CrlReport]) -> None:
    rows = [
        [
            (report.crl.issuer_text, ""),
            (
                report.signature + (f" ({report.code})" if report.code else ""),
                _STYLES.get(report.signature, ""),
            ),
            (
                f"{report.crl.this_update:%Y-%m-%d} – {report.crl.next_update or report.crl.this_update:%Y-%m-%d}",
                "",
            ),
            ("" if report.revoked is None else f"{report.revoked} {out.label('revoked')}", ""),
        ]
        for report in crls
    ]
    if rows:
        out.heading(f"{out.label('crls')}: {len(rows)}")
        _show_some(out, rows)


def _show_problems(out: Output, problems: Sequence[SourceProblem]) -> None:
    """Each code once, with what it means and some of those it is about."""
    by_code: dict[str, list[SourceProblem]] = {}
    for problem in problems:
        by_code.setdefault(problem.code, []).append(problem)
    if by_code:
        out.heading(f"{out.label('problems')}: {len(problems)}")
    for code, group in sorted(by_code.items()):
        out.line(f"  {code}: {_meaning(out, code)}".rstrip(": "))
        _show_some(
            out, [[("  " + each.source, ""), ((each.sha256 or "")[:16], "")] for each in group], limit=5
        )


def _meaning(out: Output, code: str) -> str:
    from eid.errors import all_errors
    from eid.trust.problems import PROBLEMS
    from eid.verification.codes import CODES

    if code in PROBLEMS:
        return out.text(PROBLEMS[code].text)
    if code in CODES:
        return out.text(CODES[code].text)
    return next((out.text(cls.public_message) for cls in all_errors() if cls.code == code), "")


def _show_some(out: Output, rows: Sequence[Sequence[tuple[str, str]]], *, limit: int = _SHOWN) -> None:
    out.table(rows[:limit])
    if len(rows) > limit:
        out.line("  " + out.label("more").format(count=len(rows) - limit))


def _note_lists(out: Output, lists: Iterable[ListReport]) -> None:
    """Whatever is not verified is said once more, on standard error: nobody shall overlook it."""
    for report in lists:
        label = {"UNVERIFIED": "unverified_list", "FAILED": "failed_list"}.get(str(report.outcome))
        if label is not None:
            out.note(out.label(label).format(name=report.path, code=report.code))
