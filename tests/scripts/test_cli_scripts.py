"""`aftercall scripts`: one JSON document, stable shapes, one sentence for a fault."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from console.cli import scripts
from console.scripts import library as module


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    parser = argparse.ArgumentParser()
    scripts.add_parser(parser.add_subparsers())
    code = scripts.run(parser.parse_args(["scripts", *words, "--json"]))
    out = capsys.readouterr()
    assert out.out.count("\n") == 1
    return code, json.loads(out.out)


def test_show_has_the_promised_shape(capsys: pytest.CaptureFixture[str]) -> None:
    for lang in ("zh", "en"):
        code, shown = call(
            capsys, "show", "upper_blepharoplasty", "--day", "6", "--concern", "swelling", "--lang", lang
        )
        assert code == 0
        assert (shown["procedure"], shown["day"], shown["concern"], shown["lang"]) == (
            "upper_blepharoplasty",
            6,
            "swelling",
            lang,
        )
        assert set(shown["source"]) == {"code", "version", "hash", "status"}
        assert shown["source"]["status"] == "draft"
        assert shown["window"] == {"from": 0, "peak": 2, "until": 30}
        assert all({"code", "text", "kind"} <= set(question) for question in shown["ask"])
        assert all({"code", "level", "text"} <= set(flag) for flag in shown["red_flags"])
        assert shown["say"] and set(shown["otherwise"]) == {"EMERGENCY", "SAME_DAY", "URGENT", "OUTSIDE"}
        assert "upper_blepharoplasty" in shown["why_selected"]


def test_show_outside_the_window_and_where_never_normal_says_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(capsys, "show", "双眼皮", "--day", "31", "--concern", "肿胀")[1]["say"] is None
    shown = call(capsys, "show", "ha_filler", "--day", "1", "--concern", "pain")[1]
    assert shown["say"] is None and shown["window"] is None and shown["never_normal"]


def test_the_status_is_what_the_database_says(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    scripts.add_parser(parser.add_subparsers())
    args = parser.parse_args(["scripts", "show", "liposuction", "--day", "3", "--concern", "scar", "--json"])
    scripts.run(args, status="approved")
    assert json.loads(capsys.readouterr().out)["source"]["status"] == "approved"


def test_triage(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("triage", "upper_blepharoplasty", "--day", "6", "--concern", "swelling", "--answers")
    code, shown = call(capsys, "show", "upper_blepharoplasty", "--day", "6", "--concern", "swelling")
    calm = {question["code"]: "same" if "trend" in question["code"] else "no" for question in shown["ask"]}
    code, judged = call(capsys, *words, json.dumps(calm))
    assert code == 0
    assert judged == {"level": None, "flags": [], "reassurance_allowed": True, "unanswered": [], "unsure": []}
    _, judged = call(capsys, *words, json.dumps(calm | {"one_side_fast": "yes"}))
    assert judged["level"] == "SAME_DAY" and not judged["reassurance_allowed"]
    assert judged["flags"][0]["code"] == "one_side_growing"
    _, judged = call(capsys, *words, "{}")
    assert judged["level"] is None and not judged["reassurance_allowed"]
    assert set(judged["unanswered"]) == set(calm)


def test_triage_reads_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO('{"vision_change": "unsure"}'))
    _, judged = call(
        capsys, "triage", "ha_filler", "--day", "0", "--concern", "vision_symptoms", "--answers", "-"
    )
    assert judged["level"] == "EMERGENCY"


FAULTS = [
    (("show", "nose", "--day", "1", "--concern", "pain"), "unknown_procedure"),
    (("show", "ha_filler", "--day", "1", "--concern", "hunger"), "unknown_concern"),
    (("show", "ha_filler", "--day", "1", "--flow", "d99"), "missing_file"),
    (("triage", "ha_filler", "--day", "1", "--concern", "pain", "--answers", "{"), "answers_invalid"),
    (("triage", "ha_filler", "--day", "1", "--concern", "pain", "--answers", "[]"), "answers_invalid"),
    (
        ("triage", "ha_filler", "--day", "1", "--concern", "pain", "--answers", '{"x": "no"}'),
        "unknown_question",
    ),
    (
        ("triage", "ha_filler", "--day", "1", "--concern", "pain", "--answers", '{"pain_now": NaN}'),
        "answer_invalid",
    ),
    (
        ("triage", "ha_filler", "--day", "1", "--concern", "pain", "--answers", '{"faint": "x"}'),
        "answer_invalid",
    ),
    (("list", "--release", "/nonexistent"), "missing_file"),
    (("show", "--concern", "pain"), "procedure_needed"),
    (("show", "ha_filler", "--flow", "d7"), "procedure_needed"),
    (("show", "--playbook", "nothing"), "unknown_playbook"),
    (("show", "--care", "nothing"), "unknown_care"),
    (("show", "nose", "--care", "driving"), "unknown_procedure"),
]


@pytest.mark.parametrize(("words", "code"), FAULTS)
def test_wrong_use_is_one_sentence(
    words: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exit_code, shown = call(capsys, *words)
    assert exit_code == 2
    assert set(shown["error"]) == {"code", "message", "hint"}
    assert shown["error"]["code"] == code


@pytest.mark.parametrize("day", ["-1", "1.5", "x", "99999999"])
def test_a_day_is_a_whole_number(day: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        call(capsys, "show", "ha_filler", "--day", day, "--concern", "pain")
    assert stop.value.code == 2


def test_check_counts_and_names_the_hole(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, shown = call(capsys, "check")
    assert (code, shown["problems"]) == (0, [])
    assert (shown["procedures"], shown["concerns"]) == (23, 38)
    assert shown["flows"] >= 1 and {"playbooks", "scenarios", "stricter"} <= set(shown)
    copy = tmp_path / "release"
    shutil.copytree(Path(module.__file__).parent, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    flow = copy / "flows" / "d7.toml"
    flow.write_text(flow.read_text("utf-8").replace("title = ", "titel = ", 1), "utf-8")
    code, shown = call(capsys, "check", str(copy))
    assert code == 1
    assert {problem["file"] for problem in shown["problems"]} == {"flows/d7.toml"}
    assert any("titel" in problem["where"] for problem in shown["problems"])


def test_list_and_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = call(capsys, "list")
    assert code == 0 and len(shown["procedures"]) == 23 and len(shown["concerns"]) == 38
    parser = argparse.ArgumentParser()
    scripts.add_parser(parser.add_subparsers())
    for words in (
        ["list"],
        ["show", "liposuction", "--day", "3", "--concern", "pain", "--lang", "en"],
        ["show", "liposuction", "--day", "7", "--flow", "d7"],
        ["triage", "liposuction", "--day", "7", "--flow", "d7", "--answers", '{"faint": "yes"}'],
    ):
        assert scripts.run(parser.parse_args(["scripts", *words])) == 0
        assert capsys.readouterr().out.strip()


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped files are read once for many commands."""
    library = module.shipped()
    monkeypatch.setattr(module, "shipped", lambda: library)


@pytest.mark.usefixtures("read_once")
def test_list_has_everything_that_show_takes(capsys: pytest.CaptureFixture[str]) -> None:
    _, shown = call(capsys, "list")
    assert set(shown) == {
        *("procedures", "concerns", "flows", "situations", "playbooks", "care", "hash"),
    }
    assert len(shown["playbooks"]) >= 40 and len(shown["care"]) >= 20
    assert {one["code"] for one in shown["situations"]} < {one["code"] for one in shown["flows"]}
    for kind, option in (("playbooks", "--playbook"), ("care", "--care")):
        for one in shown[kind]:
            for lang in ("zh", "en"):
                code, part = call(capsys, "show", option, one["code"], "--lang", lang)
                assert code == 0 and part["source"]["code"] == one["code"]
                assert part["source"]["status"] == "draft"
    for one in shown["situations"]:
        code, part = call(capsys, "show", "liposuction", "--day", "3", "--flow", one["code"])
        assert code == 0 and part["steps"]


def test_a_playbook(capsys: pytest.CaptureFixture[str]) -> None:
    book = next(iter(module.shipped().playbooks.values()))
    _, shown = call(capsys, "show", "--playbook", book.code)
    assert (shown["title"], shown["listen"]) == (book.title.zh, "\n".join(book.listen.zh))
    assert len(shown["rights"]) == len(book.rights) and len(shown["never"]) == len(book.never)
    assert {one["approver"] for one in shown["remedies"]} == {one.approver for one in book.remedies}


@pytest.mark.usefixtures("read_once")
def test_care_names_days_only_with_a_source(capsys: pytest.CaptureFixture[str]) -> None:
    library = module.shipped()
    for procedure in library.procedures.values():
        for code in library.care_words:
            _, shown = call(capsys, "show", procedure.code, "--care", code)
            care = procedure.care.get(code)
            if care is None or not care.sourced or care.from_day is None:
                assert shown["days"] is None and shown["say"] is None
            elif shown["days"] is not None:
                assert shown["days"] == {"from": care.from_day, "to": care.to_day}
                assert str(care.from_day) in shown["say"]
            assert shown["sheet"]
    assert call(capsys, "show", "--care", "driving")[1]["procedure"] is None


@pytest.mark.parametrize("option", ["--inpatient", "--minor", "--returning", "--leaves-town"])
def test_conditions_of_the_person(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    library = module.shipped()

    def steps(flow: str, *more: str) -> list[str]:
        words = ("show", "upper_blepharoplasty", "--day", "7", "--flow", flow, *more)
        return [one["title"] for one in call(capsys, *words)[1]["steps"]]

    assert any(steps(flow) != steps(flow, option) for flow in library.names("flows"))


def test_a_file_with_a_wild_name_prints_no_escape_sequence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("concerns", "flows", "playbooks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "flows" / "\x1b[2Jx.toml").write_bytes(b"\xff")
    parser = argparse.ArgumentParser()
    scripts.add_parser(parser.add_subparsers())
    assert scripts.run(parser.parse_args(["scripts", "check", str(tmp_path)])) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_check_of_an_empty_release_counts_and_names_every_missing_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("concerns", "flows", "playbooks"):
        (tmp_path / folder).mkdir()
    code, shown = call(capsys, "check", str(tmp_path))
    assert code == 1
    assert {one["code"] for one in shown["problems"]} == {"missing_file"}
    counts = ("procedures", "concerns", "flows", "playbooks", "scenarios")
    assert [shown[key] for key in counts] == [0] * 5


def test_check_holds_the_practice_scenarios_against_a_release(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.practice import book

    code, shown = call(capsys, "check")
    assert (code, shown["problems"], shown["scenarios"]) == (0, [], len(book.shipped().codes))
    broken = next(iter(book.shipped().codes))
    (tmp_path / f"{broken}.toml").write_text("schema = 1", encoding="utf-8")
    monkeypatch.setattr(book, "shipped_folder", lambda: tmp_path)
    code, shown = call(capsys, "check")
    assert (code, shown["scenarios"]) == (1, 1)
    assert (f"{broken}.toml", "persona") in [(one["file"], one["where"]) for one in shown["problems"]]


def test_check_in_words_exits_as_with_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    scripts.add_parser(parser.add_subparsers())
    for folder in ("concerns", "flows", "playbooks"):
        (tmp_path / folder).mkdir()
    nested = "a = " + "[" * 50_000
    (tmp_path / "flows" / "deep.toml").write_text(nested)
    assert scripts.run(parser.parse_args(["scripts", "check", str(tmp_path)])) == 1
    out = capsys.readouterr()
    assert "flows/deep.toml" in out.out and "problems" in out.err
