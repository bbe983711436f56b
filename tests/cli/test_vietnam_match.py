"""``eid vietnam match``: two names, a class with reasons, and an exit code that says what to do."""

from __future__ import annotations

import pytest

EXIT_CODES = {
    "exact": 0,
    "canonical": 0,
    "orthographic": 0,
    "accent_folded": 3,
    "truncated": 3,
    "token_order": 3,
    "partial": 3,
    "accent_conflict": 1,
    "near": 1,
    "different": 1,
}


def test_vectors_give_their_class_reasons_and_exit_code(run, vietnam_vectors) -> None:
    seen = set()
    for case in vietnam_vectors["names"]:
        arguments = case["a"], case["b"], "--a-source", case["a_source"], "--b-source", case["b_source"]
        done = run("vietnam", "match", "--json", *arguments)
        expected = case["expect"]
        seen.add(expected["class"])
        assert done.code == EXIT_CODES[expected["class"]], case["id"]
        assert done.json["class"] == expected["class"], case["id"]
        assert set(done.json["reasons"]) == set(expected["reasons"]), case["id"]
    assert seen == set(EXIT_CODES)


def test_a_damaged_name_is_for_a_person_to_decide(run) -> None:
    done = run("vietnam", "match", "Nguy?n ??c", "Nguyễn Đức", "--json")
    assert (done.code, done.json["class"], done.json["advice"]) == (3, "near", "review")


def test_people_get_a_sentence_in_their_language_and_no_name(run) -> None:
    done = run("vietnam", "match", "Trần  Hoà", "TRẦN HÒA")
    assert done.code == 0
    assert "The same name in another spelling." in done.out
    assert "whitespace, case, tone_placement" in done.out
    done = run("vietnam", "match", "Trần Hoà", "Trần Hoa", "--lang", "vi")
    assert done.code == 1
    assert "KHÔNG giống" in done.out
    for name in ("Trần", "Hoà", "TRẦN"):
        assert name not in done.out + done.err


def test_names_may_come_from_standard_input(run) -> None:
    assert run("vietnam", "match", "-", "-", stdin="Trần Hoà\nTrần Hòa\n").code == 0
    assert run("vietnam", "match", "Trần Hoà", "-", stdin="Lê Hòa\n").code == 1
    assert run("vietnam", "match", "Trần Hoà", "-", stdin="").code == 2


def test_old_encodings_are_read_when_named_alone(run) -> None:
    old = "NguyÔn §øc ¸nh", "Nguyễn Đức Ánh"
    assert run("vietnam", "match", *old, "--a-source", "tcvn3").code == 0
    assert run("vietnam", "match", *old).code != 0


@pytest.mark.parametrize("name", ["", "123", "a" * 401])
def test_what_is_no_name_is_wrong_usage_and_not_repeated(run, name: str) -> None:
    done = run("vietnam", "match", "Trần Hoà", "--", name)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
    assert not name or name not in done.err
    assert run("vietnam", "match", "--json", "Trần Hoà", "--", name).json["outcome"] == "reject"


def test_an_unknown_source_is_wrong_usage(run) -> None:
    assert run("vietnam", "match", "Hòa", "Hòa", "--a-source", "guess").code == 2
