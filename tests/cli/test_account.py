"""``eid account``: a whole life of an account, over SQLite and over a real PostgreSQL."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from eid.cli.accounts.words import ACCOUNT_LABELS, DECISIONS, HOLDERS, STATES

CHALLENGE = "0123456789abcdef"
NUMBER, NEW_NUMBER = "001099012349", "001199012350"
PERSON = ("Nguyễn Đức Ánh", "0912345678", "anh@example.vn", "1999-07-04")

pytest.importorskip("sqlalchemy", reason="needs the extra sql")
psycopg = pytest.importorskip("psycopg", reason="needs the extra sql")


@dataclass
class Counter:
    """A desk with one store. Keeps everything that was printed."""

    run: Callable[..., Any]
    folder: Path
    store: str
    vault: Path
    officer: str = "lan"
    printed: list[str] = field(default_factory=list)

    def __call__(self, command: str, *arguments: object, number: str = NUMBER, more: str = "") -> Any:
        """One command, with the number on standard input and *more* behind it."""
        where = ("--store", self.store, "--vault", self.vault, "--number", "-")
        done = self.run("account", *command.split(), *where, *arguments, stdin=f"{number}\n{more}")
        self.printed += (done.out, done.err)
        return done

    def by_officer(self, command: str, *arguments: object, **more: Any) -> Any:
        return self(command, *arguments, "--officer", self.officer, "--json", **more)

    def by_holder(self, command: str, *arguments: object, **more: Any) -> Any:
        return self(command, *arguments, "--as", "holder", "--json", **more)

    def register(self, *arguments: object, **more: Any) -> Any:
        given = ("--birth-date", "1999-07-04", "--document", "valid_identity_card")
        return self.by_officer("register", *given, *arguments, **more)

    def log(self, command: str, *arguments: object) -> Any:
        where = ("--store", self.store, "--vault", self.vault)
        done = self.run("account", "log", command, *where, *arguments)
        self.printed += (done.out, done.err)
        return done


@pytest.fixture
def counter(run, tmp_path: Path) -> Counter:
    return Counter(run, tmp_path, str(tmp_path / "accounts.db"), tmp_path / "accounts.db.vault")


@pytest.fixture
def counter_with_server(run, tmp_path: Path, database: str) -> Counter:
    """Each test finds the database empty."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return Counter(run, tmp_path, database, tmp_path / "server.vault")


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest) -> Counter:
    name = "counter" if request.param == "sqlite" else "counter_with_server"
    found: Counter = request.getfixturevalue(name)
    return found


def stored(counter: Counter) -> bytes:
    """Everything that the database holds."""
    if not counter.store.startswith("postgresql"):
        files = sorted(counter.folder.glob("accounts.db*"))
        assert len(files) >= 2
        return b"".join(file.read_bytes() for file in files if file != counter.vault)
    octets = b""
    with psycopg.connect(counter.store) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert len(tables) >= 4
        for (table,) in tables:
            with connection.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
                octets += b"".join(bytes(block) for block in copy)
    return octets


# --- a whole life --------------------------------------------------------------------------------


def test_a_whole_life_of_an_account(desk: Counter, evidence_file: Path, anchor: Path, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    card = ("--evidence", evidence_file, "--trust", anchor, "--challenge", CHALLENGE)

    name, phone, email, _ = PERSON
    done = desk.register(
        "--name", "-", "--phone", "-", "--email", "-", "--notified", more=f"{name}\n{phone}\n{email}\n"
    )
    assert (done.code, done.json["command"], done.json["vault_made"]) == (0, "register", str(desk.vault))
    account = done.json["account"]
    assert (account["level"], account["state"], account["number"]) == (1, "registered", "0010******49")
    assert done.json["account"]["activated_at"] is None
    done = desk.by_holder("activate")
    assert (done.code, done.json["account"]["state"]) == (0, "active")

    require = ("--level", 2, "--require-evidence", "electronic_identity_card")
    done = desk.by_holder("check", *require)
    assert (done.code, done.json["outcome"]) == (1, "STEP_UP")
    assert {each["code"]: each["article"] for each in done.json["reasons"]}["ACCOUNT_LEVEL_TOO_LOW"] == (
        "Decree 69/2024/NĐ-CP, Art. 7(1)"
    )
    done = desk.by_officer("upgrade", *card, "--in-person")
    assert (done.code, done.json["account"]["level"], done.json["account"]["electronic_card"]) == (
        0,
        2,
        "in_force",
    )
    assert {each["kind"] for each in done.json["account"]["evidence"]} == {"chip_report", "in_person"}
    done = desk.by_holder("check", *require, *card, "--authentication-level", 1)
    assert (done.code, done.json["outcome"]) == (0, "ALLOW")

    done = desk.by_holder("lock")
    assert (done.code, done.json["account"]["state"]) == (0, "locked")
    done = desk.by_holder("check", *require)
    assert (done.code, done.json["outcome"]) == (1, "DENY")
    assert done.json["reasons"][0]["code"] == "ACCOUNT_LOCKED"
    assert done.json["reasons"][0]["article"]
    assert desk.by_holder("unlock").json["account"]["state"] == "active"

    linked = desk.by_holder("link", "--scope", "banking", "--reference", "-", more="9704 1234 5678\n")
    assert linked.code == 0
    assert [each["scope"] for each in linked.json["account"]["links"]] == ["banking"]
    done = desk.by_officer("renumber", "--to", "-", "--reason", "sex_redetermined", more=f"{NEW_NUMBER}\n")
    assert (done.code, done.json["account"]["number"]) == (0, "0011******50")
    for number in (NUMBER, NEW_NUMBER):  # the old one still finds it
        assert desk.by_officer("show", number=number).json["account"]["id"] == account["id"]
    done = desk.by_officer("close")
    assert (done.code, done.json["account"]["state"]) == (0, "closed")
    done = desk.by_officer("show", "--history", number=NEW_NUMBER)
    kinds = [each["kind"] for each in done.json["history"]]
    assert kinds == [
        "registered", "notified", "activated", "evidence_added", "upgraded", "card_issued", "locked", "unlocked",
        "linked", "renumbered", "closed",
    ]  # fmt: skip
    assert all(each["rules"] for each in done.json["history"])

    used = desk.by_officer("log").json
    assert (used["format"], used["count"]) == ("eid-usage-of-person/1", len(used["entries"]))
    used = used["entries"]
    did = [(each["kind"], each.get("action"), each.get("outcome")) for each in used]
    assert ("check", None, "DENY") in did
    assert ("check", None, "ALLOW") in did
    assert [action for kind, action, _ in did if kind == "command"] == [
        "register", "notify", "activate", "upgrade", "lock", "unlock", "link", "renumber", "close",
    ]  # fmt: skip
    _verify_the_log(desk)

    shown = desk.by_officer("show", "--show-person", "--history")
    for secret in (NUMBER, NEW_NUMBER, *PERSON):
        assert secret in shown.out  # where it is asked for; so the search below does find such texts
        desk.printed = [text for text in desk.printed if text != shown.out]
    kept, said = stored(desk), "".join(desk.printed) + caplog.text
    for secret in (NUMBER, NEW_NUMBER, *PERSON, "970412345678", "9704 1234 5678", "Nguyen", "099012349"):
        assert secret not in said
        for encoding in ("utf-8", "utf-16-le"):
            assert secret.encode(encoding) not in kept
    assert account["id"].encode() in kept


def _verify_the_log(desk: Counter) -> None:
    key, keys, checkpoint = (desk.folder / name for name in ("log.pem", "log.jwks", "checkpoint"))
    assert desk.run("key", "new", "--out", key).code == 0
    assert desk.run("key", "jwks", key, "--out", keys).code == 0
    done = desk.log("verify", "--json")
    assert (done.code, done.json["code"]) == (3, "CHECKPOINT_NOT_GIVEN")
    done = desk.log("checkpoint", "--key", key, "--out", checkpoint, "--json")
    assert done.code == 0
    size = done.json["size"]
    done = desk.log("verify", "--checkpoint", checkpoint, "--signer", keys, "--json")
    assert (done.code, done.json["verdict"], done.json["covered"]) == (0, "PASSED", size)
    done = desk.log("verify", "--signer", keys, "--json")  # only the one that was kept with the log
    assert (done.code, done.json["code"], done.json["covered"]) == (3, "CHECKPOINT_NOT_GIVEN", size)
    done = desk.log("verify", "--checkpoint", checkpoint, "--signer", keys, "--lang", "vi")
    assert (done.code, "ĐẠT" in done.out) == (0, True)
    copy = desk.folder / "copy.log"
    assert desk.log("export", "--out", copy, "--json").json["size"] == size
    alone = ("account", "log", "verify", copy, "--checkpoint", checkpoint, "--signer", keys, "--json")
    done = desk.run(*alone)  # by somebody who has neither store nor vault
    assert (done.code, done.json["verdict"], done.json["size"]) == (0, "PASSED", size)
    lines = copy.read_bytes().splitlines(keepends=True)
    copy.write_bytes(b"".join(lines[:-2]))  # the last entry and its content
    done = desk.run(*alone)
    assert (done.code, done.json["code"]) == (1, "USAGE_LOG_CUT")
    desk.printed.append(b"".join(lines).decode())


# --- one thing after another ---------------------------------------------------------------------


@pytest.fixture
def registered(counter: Counter) -> Counter:
    """A desk at which the citizen has an account of level 1, activated."""
    assert counter.register("--notified").code == 0
    assert counter.by_holder("activate").code == 0
    return counter


def failed(done: Any) -> tuple[int, str]:
    return done.code, done.json["error"]["code"]


def test_a_refusal_names_its_article(counter: Counter) -> None:
    done = counter.by_officer("register", "--birth-date", "1999-07-04")
    assert failed(done) == (1, "DOCUMENTS_MISSING")
    assert done.json["error"]["article"] == "Decree 69/2024/NĐ-CP, Art. 7(1)"
    done = counter("register", "--birth-date", "1999-07-04", "--officer", "lan", "--lang", "vi")
    assert done.code == 1
    assert "[Decree 69/2024/NĐ-CP, Art. 7(1)]" in done.err


def test_what_stands_in_the_json_of_an_account(registered: Counter) -> None:
    account = registered.by_officer("show").json["account"]
    members = {
        "id", "version", "holder", "level", "state", "electronic_card", "number", "earlier_numbers", "registered_at",
        "notified_at", "activated_at", "recovered_at", "closed_at", "locks", "electronic_card_locks", "documents",
        "under_guardianship", "guardians", "representatives", "evidence", "links", "consents",
    }  # fmt: skip
    assert account.keys() == members
    shown = registered.by_officer("show", "--show-person").json["account"]
    assert shown.keys() == members | {"person"}
    assert shown["person"] == {"birth_date": "1999-07-04", "name": None, "phone": None, "email": None}


def test_what_stands_in_the_json_of_a_decision(registered: Counter) -> None:
    decision = registered.by_holder("check", "--authentication-level", 3, "--max-auth-age", "15m").json
    assert decision.keys() == {
        "outcome", "reasons", "message", "confidence", "rules_version", "rules_day", "rules_as_of", "decided_at",
        "challenge",
    }  # fmt: skip
    assert decision["challenge"]["max_age"] == 900
    assert len(decision["challenge"]["acr_values"]) == 2  # levels 3 and 4
    assert set(decision["reasons"][0]) >= {"code", "effect", "article", "facts"}


def test_one_command_is_carried_out_once(registered: Counter) -> None:
    once = ("--command-id", "case-17")
    first = registered.by_officer("lock", "--reason", "authority_request", *once).json["account"]
    assert registered.by_officer("unlock", "--reason", "authority_request").code == 0
    again = registered.by_officer("lock", "--reason", "authority_request", *once).json["account"]
    assert (again["state"], again["version"]) == ("active", first["version"] + 1)
    done = registered.by_officer("close", *once)
    assert failed(done) == (1, "COMMAND_ID_REUSED")


def test_a_registration_repeated_makes_no_second_account_and_no_second_notice(counter: Counter) -> None:
    first = counter.register("--notified", "--command-id", "r-1").json["account"]
    again = counter.register("--notified", "--command-id", "r-1").json["account"]
    assert again == first
    assert failed(counter.register()) == (1, "ACCOUNT_EXISTS")


def test_a_command_for_an_older_version_is_refused(registered: Counter) -> None:
    version = registered.by_officer("show").json["account"]["version"]
    late = ("--expect-version", version)
    assert registered.by_holder("lock", *late).code == 0
    assert failed(registered.by_holder("unlock", *late)) == (1, "ACCOUNT_CONFLICT")
    assert registered.by_officer("show").json["account"]["state"] == "locked"


def test_to_who_has_not_signed_in_no_account_and_a_locked_one_look_the_same(registered: Counter) -> None:
    registered.by_holder("lock")
    answers = []
    for number in (NUMBER, NEW_NUMBER):
        done = registered("check", "--level", 2, "--json", number=number)
        document = {name: value for name, value in done.json.items() if name != "decided_at"}
        answers.append((done.code, document))
        done = registered("check", "--level", 2, number=number)
        answers.append((done.code, done.out))
    assert answers[:2] == answers[2:]
    assert answers[0][0] == 1
    for command in ("show", "unlock", "close"):  # somebody who says to be the holder of no account
        assert failed(registered.by_holder(command, number=NEW_NUMBER)) == (1, "ACCOUNT_NOT_AVAILABLE")
    assert failed(registered.by_officer("show", number=NEW_NUMBER)) == (1, "ACCOUNT_UNKNOWN")


def test_an_auditor_looks_and_does_not_act(registered: Counter) -> None:
    auditor = ("--auditor", "minh", "--json")
    assert registered("show", *auditor).code == 0
    assert registered("log", *auditor).json["entries"][-1]["staff"] == "minh"
    done = registered("check", *auditor)
    assert (done.code, done.json["reasons"][0]["code"]) == (1, "ROLE_MAY_NOT_ACT")
    assert registered("lock", *auditor).code == 2


def test_holders_lock_for_their_own_reason_only(registered: Counter) -> None:
    assert failed(registered.by_holder("lock", "--reason", "authority_request")) == (1, "ROLE_NOT_ALLOWED")
    assert registered.by_officer("lock", "--reason", "authority_request").code == 0
    assert failed(registered.by_holder("unlock", "--reason", "authority_request")) == (1, "ROLE_NOT_ALLOWED")
    assert failed(
        registered.by_officer("unlock", "--reason", "authority_request", "--ground", "holder_request")
    ) == (
        1,
        "UNLOCK_GROUND_MISSING",
    )


def test_death_is_for_good(registered: Counter) -> None:
    assert registered.by_officer("lock", "--reason", "holder_died").code == 0
    assert failed(registered.by_officer("unlock", "--reason", "holder_died")) == (1, "LOCK_NEVER_LIFTED")


# --- cards ---------------------------------------------------------------------------------------


def test_a_card_registers_its_holder(
    counter: Counter, evidence_file: Path, anchor: Path, tmp_path: Path
) -> None:
    card = ("--evidence", evidence_file, "--trust", anchor, "--challenge", CHALLENGE)
    where = ("--store", counter.store, "--vault", counter.vault, "--officer", "lan", "--json")
    # Whether it was lost or revoked nobody said, so that it is valid is the officer's word.
    done = counter.run("account", "register", *card, *where)
    assert failed(done) == (1, "DOCUMENTS_MISSING")
    done = counter.run(
        "account", "register", *card, *where, "--document", "valid_identity_card", "--show-person"
    )
    assert done.code == 0
    assert done.json["account"]["number"] == NUMBER
    assert done.json["account"]["person"]["name"] == "Nguyễn Đức Ánh"
    assert done.json["account"]["person"]["birth_date"] == "1999-07-04"
    done = counter.by_officer("register", *card, number=NEW_NUMBER)
    assert failed(done) == (1, "OTHER_PERSON")


def test_a_card_that_does_not_pass_proves_nothing(
    registered: Counter, evidence_file: Path, anchor: Path
) -> None:
    trusted = ("--evidence", evidence_file, "--trust", anchor, "--in-person")
    for options, code in (
        (("--evidence", evidence_file, "--challenge", CHALLENGE, "--in-person"), 3),  # nobody vouches for it
        (trusted, 3),  # perhaps a copy
        ((*trusted, "--challenge", "0" * 16), 1),  # an old answer
    ):
        assert failed(registered.by_officer("upgrade", *options)) == (code, "NOT_PASSED")
        assert registered.by_officer("show").json["account"]["evidence"] == []


def test_the_card_of_somebody_else_proves_nothing(
    counter: Counter, evidence_file: Path, anchor: Path
) -> None:
    card = ("--evidence", evidence_file, "--trust", anchor, "--challenge", CHALLENGE)
    assert counter.register("--notified", number=NEW_NUMBER).code == 0
    assert counter.by_holder("activate", number=NEW_NUMBER).code == 0
    for done in (
        counter.by_officer("upgrade", *card, "--in-person", number=NEW_NUMBER),
        counter.by_holder("check", *card, number=NEW_NUMBER),
    ):
        assert failed(done) == (1, "EVIDENCE_NOT_ACCEPTABLE")


def test_the_card_alone_is_not_enough_for_level_2(
    registered: Counter, evidence_file: Path, anchor: Path
) -> None:
    card = ("--evidence", evidence_file, "--trust", anchor, "--challenge", CHALLENGE)
    assert failed(registered.by_holder("upgrade", *card)) == (1, "EVIDENCE_INSUFFICIENT")
    done = registered.by_holder("upgrade", *card, "--biometric", "face", "--matcher", "matcher-1")
    assert (done.code, done.json["account"]["level"]) == (0, 2)
    done = registered.by_holder(
        "check", *card, "--biometric", "face", "--matcher", "matcher-1", "--authentication-level", 3
    )
    assert (done.code, done.json["outcome"]) == (0, "ALLOW")
    done = registered.by_holder("check", *card, "--authentication-level", 3)
    assert (done.code, done.json["outcome"]) == (1, "STEP_UP")
    done = registered.by_holder("recover", *card, "--biometric", "face", "--matcher", "matcher-1")
    assert done.json["account"]["recovered_at"] is not None


# --- holders of other kinds ----------------------------------------------------------------------


def test_a_child_is_registered_and_used_through_a_guardian(registered: Counter) -> None:
    child = "001216000017"
    born = ("--birth-date", "2016-03-01", "--document", "identity_card")
    assert failed(registered.by_officer("register", *born, number=child)) == (1, "GUARDIAN_NEEDED")
    done = registered.by_officer(
        "register", *born, "--guardian", "-", "--notified", number=child, more=f"{NUMBER}\n"
    )
    assert done.code == 0
    parent = registered.by_officer("show").json["account"]["id"]
    assert done.json["account"]["guardians"] == [parent]
    guardian = ("--as", "guardian", "--by", "-", "--json")
    assert registered("activate", *guardian, number=child, more=f"{NUMBER}\n").code == 0
    assert registered("check", "--level", 1, *guardian, number=child, more=f"{NUMBER}\n").code == 0
    done = registered.by_holder("check", "--level", 1, number=child)
    assert (done.code, done.json["reasons"][0]["code"]) == (1, "GUARDIAN_CONFIRMATION_MISSING")
    assert registered.by_holder("check", "--level", 1, "--guardian-confirmed", number=child).code == 0
    stranger = registered("activate", *guardian, number=child, more=f"{NEW_NUMBER}\n")
    assert failed(stranger) == (1, "ACCOUNT_NOT_AVAILABLE")
    nobody = registered.by_officer("register", *born, "--guardian", NEW_NUMBER, number="001216000018")
    assert failed(nobody) == (1, "NO_ACCOUNT")


def test_an_organisation_has_representatives_and_no_level(registered: Counter) -> None:
    given = ("--holder", "organisation", "--document", "established_or_registered_in_vietnam")
    done = registered.by_officer("register", *given, "--representative", NUMBER, number="0101234567")
    assert (done.code, done.json["account"]["level"]) == (0, None)
    done = registered(
        "check", "--level", 1, "--as", "representative", "--by", NUMBER, "--json", number="0101234567"
    )
    assert (done.code, done.json["outcome"]) == (1, "DENY")
    assert "ORGANISATION_HAS_NO_LEVEL" in {each["code"] for each in done.json["reasons"]}


def test_a_foreigner_is_found_by_passport_number(counter: Counter) -> None:
    given = (
        "--holder",
        "foreigner",
        "--birth-date",
        "1980",
        "--document",
        "permanent_or_temporary_residence_card",
    )
    assert counter.by_officer("register", *given, number="C01X00T47").code == 0
    assert counter.by_officer("show", number=" C01X00T47 ").json["account"]["number"] == "C01X***47"


# --- what is asked -------------------------------------------------------------------------------


def test_ages_purposes_and_kinds_of_holders_can_be_asked_for(registered: Counter) -> None:
    for arguments, code, reason in (
        (("--min-age", 18), 0, "AGE_MET"), (("--min-age", 99), 1, "TOO_YOUNG"),
        (("--holder-kinds", "citizen,foreigner"), 0, "HOLDER_KIND_MET"), (("--holder-kinds", "foreigner"), 1, "HOLDER_KIND"),
        (("--purpose", "loan", "--consent"), 1, "CONSENT_MISSING"),
        (("--authentication-level", 2, "--factor", "password", "--factor", "digital_device"), 0, "AUTHENTICATION_MET"),
        (("--authentication-level", 2, "--factor", "password"), 1, "AUTHENTICATION_LEVEL_TOO_LOW"),
    ):  # fmt: skip
        done = registered.by_holder("check", "--level", 1, *arguments)
        assert (done.code, reason in {each["code"] for each in done.json["reasons"]}) == (code, True), (
            arguments
        )


def test_what_services_ask_for_can_stand_in_a_file(registered: Counter) -> None:
    catalogue = registered.folder / "services.toml"
    catalogue.write_text(
        "schema = 1\n[services.residence]\naccount_level = 1\nbasis = 'Decision 12, Art. 3'\nmin_age = 18\n",
        encoding="utf-8",
    )
    of_file = ("--catalogue", catalogue, "--service")
    done = registered.by_holder("check", *of_file, "residence")
    assert (done.code, done.json["outcome"]) == (0, "ALLOW")
    assert "Decision 12, Art. 3" in {each["article"] for each in done.json["reasons"]}
    assert registered.by_holder("check", *of_file, "residence", "--level", 2).json["outcome"] == "STEP_UP"
    assert failed(registered.by_holder("check", *of_file, "residense")) == (2, "SERVICE_UNKNOWN")
    assert registered.by_holder("check", "--service", "residence").code == 2
    assert registered.by_holder("check", "--catalogue", catalogue).code == 2
    assert registered.by_holder("check", "--catalogue", "/nowhere", "--service", "residence").code == 4


def test_people_are_told_in_their_language(registered: Counter) -> None:
    said = {}
    for language in ("en", "vi"):
        done = registered("check", "--level", 2, "--as", "holder", "--lang", language)
        assert done.code == 1
        said[language] = done.out
        assert "[Decree 69/2024/NĐ-CP, Art. 7(1)]" in done.out
    assert said["en"].startswith("STEP UP: ")
    assert said["vi"].startswith("CẦN BỔ SUNG: ")
    shown = registered("show", "--officer", "lan", "--history", "--lang", "vi").out
    for part in ("0010******49", "công dân", "mức độ 1, đang hoạt động", "registered", "officer lan"):
        assert part in shown
    assert NUMBER not in shown
    assert "eid-account" in registered("log", "--officer", "lan").out


# --- the store -----------------------------------------------------------------------------------


def test_only_a_registration_makes_a_store(counter: Counter) -> None:
    for command in ("show", "activate", "check", "close", "log"):
        assert failed(counter.by_officer(command)) == (4, "FILE_MISSING")
    assert failed(counter.log("verify", "--json")) == (4, "FILE_MISSING")
    assert list(counter.folder.iterdir()) == []


@pytest.mark.parametrize("store", ["FOLDER", "/dev/null/accounts.db", "nul\0", "/no/such/folder/accounts.db"])
def test_places_where_no_store_can_be_are_the_environment(counter: Counter, store: str) -> None:
    counter.store = store.replace("FOLDER", str(counter.folder))
    done = counter.register()
    assert done.code == 4
    assert done.json["error"]["code"] in ("FILE_UNREADABLE", "FILE_NOT_WRITABLE")
    assert list(counter.folder.iterdir()) == []


def test_store_and_key_file_are_for_their_owner_only(registered: Counter) -> None:
    for file in registered.folder.glob("accounts.db*"):
        assert file.stat().st_mode & 0o777 == 0o600, file.name
    registered.vault.chmod(0o644)
    assert failed(registered.by_officer("show")) == (4, "KEY_FILE_EXPOSED")


def test_the_key_file_lies_beside_a_store_that_is_a_file(run, tmp_path: Path) -> None:
    given = (
        "--number",
        "-",
        "--officer",
        "lan",
        "--birth-date",
        "1999-07-04",
        "--document",
        "valid_identity_card",
    )
    done = run("account", "register", "--store", tmp_path / "a.db", *given, stdin=NUMBER)
    assert done.code == 0
    assert (tmp_path / "a.db.vault").is_file()
    assert "a.db.vault" in done.err  # keep it
    address = f"sqlite:///{tmp_path / 'a.db'}"
    for store, stdin in ((address, NUMBER), ("-", f"{address}\n{NUMBER}")):
        done = run(
            "account", "show", "--store", store, "--number", "-", "--officer", "lan", "--json", stdin=stdin
        )
        assert (done.code, done.json["account"]["level"]) == (0, 1)


def test_a_store_never_gets_a_second_key_file(desk: Counter) -> None:
    assert desk.register().code == 0
    kept = desk.vault.read_bytes()
    desk.vault.rename(desk.folder / "moved")
    assert failed(desk.by_officer("show")) == (4, "FILE_MISSING")
    assert failed(desk.register(number=NEW_NUMBER)) == (4, "VAULT_MISMATCH")
    assert not desk.vault.exists()  # the new one fits nothing
    desk.vault.touch(0o600)
    desk.vault.write_bytes(kept)
    assert desk.by_officer("show").code == 0


def test_a_database_that_does_not_answer_is_the_environment(run, tmp_path: Path) -> None:
    store = "postgresql://teller:s3cret-word@127.0.0.1:1/accounts"
    for command in (("register", "--birth-date", "1999"), ("show",), ("check",)):
        (tmp_path / "v").unlink(missing_ok=True)
        run(
            "account",
            "register",
            "--store",
            store,
            "--vault",
            tmp_path / "v",
            "--number",
            NUMBER,
            "--officer",
            "lan",
        )
        done = run(
            "account", *command, "--store", "-", "--vault", tmp_path / "v", "--number", "-", "--officer", "lan", "--json",
            stdin=f"{store}\n{NUMBER}\n",
        )  # fmt: skip
        assert failed(done) == (4, "ACCOUNT_STORE_UNAVAILABLE")
        assert "s3cret" not in done.out + done.err
    done = run("account", "migrate", "--store", store, "--json")
    assert failed(done) == (4, "ACCOUNT_STORE_UNAVAILABLE")


def test_tables_are_brought_up_to_date(registered: Counter) -> None:
    done = registered.run("account", "migrate", "--store", registered.store, "--json")
    assert (done.code, done.json["changed"], done.json["before"]) == (0, False, done.json["now"])
    assert registered.run("account", "migrate", "--store", registered.folder / "none.db").code == 4


def test_a_log_that_was_changed_does_not_verify(registered: Counter) -> None:
    import sqlite3

    assert registered.log("verify").code == 3
    with contextlib.closing(sqlite3.connect(registered.store)) as connection, connection:
        changed = connection.execute("UPDATE eid_usage_entries SET at = at + 1 WHERE sequence = 1").rowcount
        assert changed == 1
    done = registered.log("verify", "--json")
    assert (done.code, done.json["verdict"], done.json["code"]) == (1, "FAILED", "USAGE_ENTRY_ALTERED")
    assert done.json["findings"][0]["first"] <= 1 <= done.json["findings"][0]["last"]
    assert "USAGE_ENTRY_ALTERED" in registered.log("verify").out


def test_a_copy_that_lost_its_end_does_not_verify_even_without_a_checkpoint(registered: Counter) -> None:
    copy = registered.folder / "copy.log"
    assert registered.log("export", "--out", copy).code == 0
    lines = copy.read_bytes().splitlines(keepends=True)
    copy.write_bytes(b"".join(lines[:-2]))  # the last entry and its content
    done = registered.run("account", "log", "verify", copy, "--json")
    assert (done.code, done.json["code"]) == (1, "USAGE_LOG_CUT")


def test_a_checkpoint_held_elsewhere_is_compared_with_those_that_were_kept(registered: Counter) -> None:
    folder = registered.folder
    for name in ("log", "thief"):
        assert registered.run("key", "new", "--out", folder / f"{name}.pem").code == 0
        assert (
            registered.run("key", "jwks", folder / f"{name}.pem", "--out", folder / f"{name}.jwks").code == 0
        )
    assert registered.log("checkpoint", "--key", folder / "log.pem", "--out", folder / "held").code == 0
    assert registered.log("checkpoint", "--key", folder / "thief.pem", "--out", folder / "kept").code == 0
    done = registered.log(
        "verify", "--checkpoint", folder / "held", "--signer", folder / "log.jwks", "--json"
    )
    assert done.code != 0, "a checkpoint that was kept with the log and that the signer did not sign"


# --- wrong usage ---------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [
    ("show", "--officer", "lan"), ("show", "--number", NUMBER), ("show", "--number", "", "--officer", "lan"),
    ("show", "--number", "x" * 100, "--officer", "lan"), ("show", "--number", "001099012340123", "--officer", ""),
    ("register", "--number", "00109901234", "--officer", "lan", "--birth-date", "1999"), ("lock", "--number", NUMBER),
    ("show", "--number", NUMBER, "--officer", "lan", "--as", "holder"),
    ("show", "--number", NUMBER, "--officer", "lan", "--auditor", "minh"),
    ("show", "--number", NUMBER, "--as", "guardian"), ("show", "--number", NUMBER, "--as", "holder", "--by", NUMBER),
    ("show", "--number", NUMBER, "--officer", "lan", "--store", "mysql://x/y", "--vault", "VAULT"),
    ("show", "--number", NUMBER, "--officer", "lan", "--store", "postgresql://x/y"),
    ("show", "--number", NUMBER, "--officer", "lan", "--store", "sqlite:///a.db?mode=ro"),
    ("register", "--number", NUMBER, "--officer", "lan", "--store", ""), ("register", "--number", NUMBER, "--officer", "lan", "--store", "sqlite://a.db"),
    ("register", "--number", NUMBER, "--officer", "lan", "--store", "sqlite:///:memory:"),
    ("check", "--number", NUMBER, "--factor", "face"), ("check", "--number", NUMBER, "--holder-kinds", "elf"),
    ("check", "--number", NUMBER, "--consent"), ("check", "--number", NUMBER, "--max-auth-age", "soon"),
    ("check", "--number", NUMBER, "--level", "3"), ("show", "--number", NUMBER, "--officer", "0912345678"),
    ("upgrade", "--number", NUMBER, "--officer", "lan", "--in-person"),
    ("upgrade", "--number", NUMBER, "--as", "holder", "--evidence", "EVIDENCE", "--in-person"),
    ("upgrade", "--number", NUMBER, "--officer", "lan", "--evidence", "EVIDENCE", "--biometric", "face"),
    ("upgrade", "--number", NUMBER, "--officer", "lan", "--evidence", "EVIDENCE", "--in-person", "--biometric", "face", "--matcher", "m"),
    ("register", "--number", NEW_NUMBER, "--as", "holder", "--notified", "--birth-date", "1999"),
    ("register", "--number", NEW_NUMBER, "--officer", "lan", "--birth-date", "4.7.1999"),
    ("register", "--number", NEW_NUMBER, "--officer", "lan", "--birth-date", "1999-02-30"),
    ("register", "--officer", "lan", "--birth-date", "1999"),
    ("lock", "--number", NUMBER, "--officer", "lan", "--reason", ""), ("link", "--number", NUMBER, "--officer", "lan"),
    ("renumber", "--number", NUMBER, "--officer", "lan", "--to", "00119901235", "--reason", "sex_redetermined"),
])  # fmt: skip
def test_wrong_usage(registered: Counter, evidence_file: Path, arguments: tuple[str, ...]) -> None:
    paths = {"EVIDENCE": evidence_file, "VAULT": registered.vault}
    given = [paths.get(each, each) for each in arguments]
    where = () if "--store" in arguments else ("--store", registered.store)
    for language in ("en", "vi"):
        done = registered.run("account", *given, *where, "--lang", language)
        assert (done.code, done.out) == (2, ""), done.err
        assert NUMBER not in done.err


def test_every_word_is_there_in_both_languages() -> None:
    for catalogue in (ACCOUNT_LABELS, DECISIONS, HOLDERS, STATES):
        for text in catalogue.values():
            assert text.en
            assert text.vi
            assert text.en.count("{") == text.vi.count("{")
