"""The generated catalogue: every code is there and says something in both languages."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import doc_pages
import pytest

from eid.cli.messages import FAILURES
from eid.errors import all_errors
from eid.qr.codes import QR_CODES
from eid.trust.problems import PROBLEMS
from eid.verification.codes import CODES

#: Letters that Vietnamese has and English has not.
_VIETNAMESE = re.compile(
    r"[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE
)


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_errors", doc_pages.DOCS / "generate_errors.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def section(text: str, heading: str) -> str:
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def codes_in(source: doc_pages.Path) -> set[str]:
    """What looks like a code in a module, its public names aside."""
    text = re.sub(r"__all__ = \[.*?\]", "", source.read_text(encoding="utf-8"), flags=re.DOTALL)
    return set(re.findall(r'"([A-Z]+(?:_[A-Z0-9]+)+)"', text))


def test_every_error_class_is_in_the_catalogue_with_cause_and_remedy(generator: ModuleType) -> None:
    text = section(generator.catalogue(), "Errors")
    classes = list(generator.errors())
    assert len(classes) > 30
    for cls in classes:
        entry = text.split(f"\n### `{cls.code}`\n", 1)[1].split("\n### ", 1)[0]
        assert f"eid.errors.{cls.__name__}" in entry
        for label in ("English", "Tiếng Việt", "Cause", "Remedy"):
            assert re.search(rf"^- {label}: \S.{{9,}}$", entry, re.MULTILINE), f"{cls.__name__}: {label}"


def test_every_error_class_has_texts_of_its_own(generator: ModuleType) -> None:
    for cls in generator.errors():
        own = vars(cls)
        assert {"code", "public_message", "cause", "remedy"} <= own.keys(), cls.__name__
        assert _VIETNAMESE.search(cls.public_message.vi), cls.__name__
        assert not _VIETNAMESE.search(cls.public_message.en), cls.__name__


def test_no_two_error_classes_share_a_code(generator: ModuleType) -> None:
    codes = [cls.code for cls in generator.errors()]
    assert len(codes) == len(set(codes))


def test_every_verdict_code_is_in_the_catalogue_with_cause_and_remedy(generator: ModuleType) -> None:
    text = section(generator.catalogue(), "Verdict codes")
    for code, entry in [*CODES.items(), *QR_CODES.items()]:
        assert f"\n### `{code}`\n" in text
        assert entry.code == code
        assert len(entry.cause) > 9, code
        assert len(entry.remedy) > 9, code
        assert _VIETNAMESE.search(entry.text.vi), code
        assert entry.text.en, code


def test_every_problem_code_is_in_the_catalogue_with_cause_and_remedy(generator: ModuleType) -> None:
    text = section(generator.catalogue(), "Problem codes")
    assert len(PROBLEMS) > 30
    for code, entry in PROBLEMS.items():
        assert f"\n### `{code}`\n" in text
        assert entry.code == code
        assert len(entry.cause) > 9, code
        assert len(entry.remedy) > 9, code
        assert _VIETNAMESE.search(entry.text.vi), code
        assert not _VIETNAMESE.search(entry.text.en), code


def test_every_code_that_trust_may_name_is_in_the_catalogue() -> None:
    """Codes in the source of trust and of its commands are errors, verdicts or problems."""
    known = set(CODES) | set(PROBLEMS) | {cls.code for cls in all_errors()} | set(FAILURES)
    sources = [*(doc_pages.ROOT / "src/eid/trust").glob("*.py"), doc_pages.ROOT / "src/eid/cli/trusting.py"]
    used: set[str] = set()
    for source in sources:
        if source.name != "problems.py":
            used |= codes_in(source)
    kinds_of_things = {"MASTER_LIST", "DEVIATION_LIST", "CA_CERTIFICATE"}
    assert len(used) > 40
    assert used - known - kinds_of_things == set()


def test_every_code_that_a_signed_code_may_get_is_explained_once() -> None:
    errors = {cls.code for cls in all_errors()}
    assert not QR_CODES.keys() & (CODES.keys() | PROBLEMS.keys() | errors)
    used: set[str] = set()
    for name in ("verifying", "hcert_verifying", "result"):
        used |= codes_in(doc_pages.ROOT / "src/eid/qr" / f"{name}.py")
    assert len(used) > 20
    assert used - set(QR_CODES) - set(CODES) - errors == set()
    assert set(QR_CODES) - used == set()


def test_every_failure_of_the_command_line_is_in_the_catalogue(generator: ModuleType) -> None:
    text = section(generator.catalogue(), "Codes of the command line")
    assert not {code for code in FAILURES if f"| `{code}` |" not in text}


def test_every_code_a_report_may_hold_is_explained(generator: ModuleType) -> None:
    """Codes in the source of verification, and of the Vietnamese checks, are in the catalogue or on the page."""
    known = set(CODES) | set(PROBLEMS) | {cls.code for cls in generator.errors()}
    known |= set(
        re.findall(r"`([A-Z_]{6,})`", (doc_pages.DOCS / "verification.md").read_text(encoding="utf-8"))
    )
    sources = [
        *(doc_pages.ROOT / "src/eid/verification").glob("*.py"),
        doc_pages.ROOT / "src/eid/vietnam/cross_checks.py",
    ]
    assert len(sources) > 5
    used: set[str] = set()
    for source in sources:
        if source.name != "codes.py":
            used |= codes_in(source)
    used -= {"IN_FORCE", "NOT_CHECKED"}
    assert len(used) > 25
    assert not used - known


def test_writing_leaves_an_unchanged_page_alone(generator: ModuleType, tmp_path: doc_pages.Path) -> None:
    page = tmp_path / "errors.md"
    generator.write(page)
    before = page.stat().st_mtime_ns
    generator.write(page)
    assert page.stat().st_mtime_ns == before
    page.write_text("old", encoding="utf-8")
    generator.write(page)
    assert page.read_text(encoding="utf-8") == generator.catalogue()
