"""Practice results as the practice process sends them, and a small shelf of courses to judge them by."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from console.rules.readiness_records import CardLine, Course, Shelf, Tagged
from db.practice_records import Bilingual, PracticeLevel

NOW = datetime(2026, 6, 15, 6, 35, tzinfo=UTC)
_runs = itertools.count(1)

Item = tuple[str, int, int, Mapping[str, str] | None]


def run(scenario: str, items: Iterable[Item] = (("flag", 20, 20, None),), **more: Any) -> dict[str, Any]:
    """One finished call on the normal level with so many points; `more` replaces or adds keys."""
    made = [
        {"code": code, "got": got, "of": of, **({"better": better} if better else {})}
        for code, got, of, better in items
    ]
    return {
        "run": f"run-{next(_runs):06d}",
        "scenario": scenario,
        "level": "normal",
        "seed": 7,
        "items": made,
        "instant_fail": [],
        "seconds": 180.5,
        "norm_seconds": 170,
        "keys": 40,
        "keys_norm": 36,
        "finished": True,
        **more,
    }


def begun(whole: Mapping[str, Any]) -> dict[str, Any]:
    """The beginning of an exam, as it is sent before its end."""
    items = [{"code": one["code"], "got": 0, "of": one["of"]} for one in whole["items"]]
    nothing = {"instant_fail": [], "seconds": 0, "keys": 0, "finished": False}
    return {**whole, **nothing, "items": items, "begun": True}


def both(text: str) -> Bilingual:
    """A title that reads the same in both languages."""
    return Bilingual(f"{text}（中）", text)


def course(
    code: str,
    *scenarios: str,
    mark: int = 80,
    required: bool = True,
    level: PracticeLevel = PracticeLevel.NORMAL,
) -> Course:
    """A course."""
    return Course(code, both(code), scenarios, mark, required, level)


SHELF = Shelf(
    courses=(
        course("first_week", "plain", "bleed"),
        course("exam", "dispute", level=PracticeLevel.EXAM),
        course("extra", "implant", required=False),
    ),
    card=(
        CardLine("identity", both("identity"), "communication"),
        CardLine("answer", both("answer"), "needs"),
        CardLine("flag", both("danger sign"), "medical_knowledge", both("Report it.")),
        CardLine("told", both("told"), "problem_solving"),
        CardLine("empathy", both("empathy"), "emotion_control"),
        CardLine("note", both("note"), ""),
    ),
    scenarios=(
        Tagged("plain", both("A plain call"), "normal"),
        Tagged("bleed", both("An eye"), "red_flag"),
        Tagged("fever", both("A fever"), "fever"),
        Tagged("dispute", both("Money back"), "dispute"),
        Tagged("implant", both("An implant"), "late_implant"),
        Tagged("husband", both("Her husband"), "who_answers"),
    ),
    fails=(("flag_missed", both("a danger sign was missed")),),
)
