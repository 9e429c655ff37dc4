"""The scorecard says what the contract says, in words a caller may use, outside the release a doctor approves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from console.practice import shelf
from console.scripts import library, scorecard
from console.scripts.errors import ScriptError

POINTS = {
    "opening": 5,
    "identity": 15,
    "answers": 10,
    "answer": 5,
    "concern": 10,
    "flag": 20,
    "told": 10,
    "place": 5,
    "interruption": 10,
    "empathy": 10,
    "words": 5,
    "pace": 5,
    "note": 5,
    "opt_out": 10,
    "promise": 10,
    "report": 10,
    "must": 10,
    "outcome": 10,
    "closing": 5,
}
BODY = (Path(scorecard.__file__).parent / scorecard.FILE).read_text(encoding="utf-8")


def test_items_points_and_competencies() -> None:
    """S1-TRAIN-01: the five competencies; S1-QUAL-01: a lead's sampled review with a score."""
    card = scorecard.shipped()
    assert {item.code: item.points for item in card.items} == POINTS
    assert {item.competency for item in card.items} == set(scorecard.COMPETENCIES)
    assert tuple(code for code, _words in card.competencies) == scorecard.COMPETENCIES
    assert {item.code for item in card.items if item.judged == "lead"} == {"opening", "closing"}
    assert [fail.code for fail in card.fails] == [
        "flag_missed",
        "clinical_before_identity",
        "reassured_outside_window",
        "promised_or_sold",
        "ended_without_escalation",
    ]
    assert card.pass_percent == 80
    assert card.item("answer:pain_now").code == "answer" and card.fail("flag_missed").title.en


def test_the_release_a_doctor_approves_does_not_know_the_scenarios(tmp_path: Path) -> None:
    own = tmp_path / "release"
    shutil.copytree(Path(library.__file__).parent, own, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    before = library.from_folder(own)
    assert before.hash == library.shipped().hash
    (own / scorecard.FILE).write_text("changed = true", encoding="utf-8")
    (own / "scenarios" / "new_one.toml").write_text("x = 1", encoding="utf-8")
    after = library.from_folder(own)
    assert after.hash == before.hash
    assert not [name for name in after.texts if "scenario" in name or "scorecard" in name]
    (own / "flags.toml").write_text(
        (own / "flags.toml").read_text() + "\n# one more line\n", encoding="utf-8"
    )
    assert library.from_folder(own).hash != before.hash


def test_a_caller_may_say_what_the_scorecard_tells_her(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [one for one in shelf.beside(library.shipped()) if one.file == "scorecard.toml"]
    wrong = BODY.replace("您现在人在哪里？", "您放心，没事。")
    assert wrong != BODY
    monkeypatch.setattr(scorecard, "shipped", lambda: scorecard.parse(wrong))
    found = [one for one in shelf.beside(library.shipped()) if one.file == "scorecard.toml"]
    assert [(one.where, one.code) for one in found] == [("place.better.zh", "verdict")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pass_percent = 80", "pass_percent = 101"),
        ('judged = "practice"', 'judged = "nobody"'),
        ('competency = "needs"', 'competency = "charm"'),
        ("points = 15", "points = 0"),
        ('code = "place"', 'code = "told"'),
        ("points = 20\n", ""),
        ("version = 1", "version = "),
    ],
)
def test_a_broken_scorecard_is_a_sentence(before: str, after: str) -> None:
    assert before in BODY
    with pytest.raises(ScriptError) as caught:
        scorecard.parse(BODY.replace(before, after, 1))
    assert str(caught.value).startswith(scorecard.FILE)
