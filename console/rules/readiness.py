"""Who is ready for real calls: what was passed, the trend, weakest items, competencies, what to practise next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from console.rules.readiness_records import (
    COMPETENCIES,
    PERCENT,
    Course,
    CourseState,
    Missed,
    Readiness,
    ScenarioState,
    Share,
    Shelf,
    Suggestion,
    Tagged,
    Trend,
)
from db.enums import Role
from db.practice_records import KeptResult, PracticeLevel, PracticeResult
from db.queue_records import Reason

BLOCK: Final = 5
"""Calls on each side of a trend."""
EARLIER_LEAST: Final = 3
"""Calls the earlier side needs, as many as a weakest item: of one or two the mean says nothing."""
EVEN: Final = 5
"""Percentage points between two means that are still the same; one wrong answer of a long call is as much."""
WINDOW: Final = 20
"""Latest calls whose items are added up: what was weak a long time ago is no longer news."""
TRIES_LEAST: Final = 3
WEAKEST_MOST: Final = 3
MISSED_MOST: Final = 12
SUGGESTED_MOST: Final = 3
SPARK: Final = 2 * BLOCK

SKILLS: Final[Mapping[str, tuple[str, ...]]] = {
    "opening": ("incoming", "normal"),
    "identity": ("who_answers", "incoming"),
    "answers": ("normal", "several"),
    "answer": ("normal", "questions"),
    "concern": ("questions", "late_implant"),
    "flag": ("red_flag", "fever"),
    "told": ("red_flag", "fever"),
    "place": ("red_flag",),
    "interruption": ("hard_talk", "dispute"),
    "empathy": ("hard_talk", "dispute"),
    "words": ("hard_talk", "questions"),
    "pace": ("normal",),
    "note": ("dispute", "several"),
    "opt_out": ("hard_talk",),
    "promise": ("hard_talk", "several"),
    "report": ("dispute",),
    "must": ("normal",),
    "outcome": ("who_answers", "dispute"),
    "closing": ("normal",),
    # what fails a whole call
    "flag_missed": ("red_flag", "fever"),
    "clinical_before_identity": ("who_answers", "incoming"),
    "reassured_outside_window": ("late_implant", "questions"),
    "promised_or_sold": ("dispute", "hard_talk"),
    "ended_without_escalation": ("red_flag", "fever"),
}
"""What is weak on the scorecard -> skills whose scenarios train it (catalogue S0-TRAIN-01)."""


def percent(result: PracticeResult) -> int:
    """Points got in whole percent, rounded down, so that 79.9 does not pass at 80."""
    return result.got * PERCENT // result.of


def passes(result: PracticeResult, mark: int) -> bool:
    """Whether a call reaches a pass mark in percent: played to its end, nothing that fails the whole call."""
    return result.finished and not result.instant_fail and percent(result) >= mark


def counts(result: PracticeResult, course: Course) -> bool:
    """Whether a call counts for a course: with no more help than it allows; in an exam only its own one try."""
    if course.level is PracticeLevel.EXAM:
        return result.level is PracticeLevel.EXAM and result.course == course.code
    return _rank(result.level) >= _rank(course.level)


def assess(results: Iterable[KeptResult], shelf: Shelf) -> Readiness:
    """Where one person stands.

    Args:
        results: hers, in any order.
        shelf: courses, scorecard and scenarios.
    """
    known = sorted(results, key=lambda kept: (kept.at, kept.id), reverse=True)
    measured = [kept for kept in known if measures(kept.result)]
    by_code: dict[str, list[KeptResult]] = {}
    for kept in known:
        by_code.setdefault(kept.result.scenario, []).append(kept)
    courses = tuple(
        CourseState(
            course, tuple(_scenario(code, by_code.get(code, ()), course) for code in course.scenarios)
        )
        for course in shelf.courses
    )
    exams = [one for one in courses if one.course.level is PracticeLevel.EXAM]
    exam = next((kept for kept in measured if kept.result.level is PracticeLevel.EXAM), None)
    latest = next((kept for kept in known if kept.result.level is PracticeLevel.EXAM), None)
    weakest = _weakest(measured)
    return Readiness(
        courses=courses,
        missing=missing(courses),
        exam=None if exam is None else percent(exam.result),
        exam_passed=all(one.passed for one in exams) if exams else None,
        exam_broken_off=latest is not None and not latest.result.finished,
        last_at=known[0].at if known else None,
        tries=len(known),
        trend=trend([percent(kept.result) for kept in measured]),
        spark=tuple(percent(kept.result) for kept in reversed(measured[:SPARK])),
        weakest=weakest,
        competencies=_competencies(measured, {line.code: line.competency for line in shelf.card}),
        missed=_missed(known),
        suggested=suggest([one.code for one in weakest], measured, shelf.scenarios),
    )


def measures(result: PracticeResult) -> bool:
    """Whether a call says how good somebody is: played to its end, and not led from prompt to prompt."""
    return result.finished and result.level is not PracticeLevel.GUIDED


def missing(courses: Iterable[CourseState]) -> tuple[Reason, ...]:
    """Why somebody is not ready for real calls, in the order of the courses; empty when she is."""
    required = [one for one in courses if one.course.required]
    if not required:
        return (Reason("practice_no_course"),)
    return tuple(
        Reason("practice_course_open", {"course": one.course.code, "n": one.done, "of": len(one.scenarios)})
        for one in required
        if not one.passed
    )


def trend(newest_first: Sequence[int]) -> Trend:
    """The mean of the last five calls against the five before them, in percent."""
    late, early = newest_first[:BLOCK], newest_first[BLOCK : 2 * BLOCK]
    if len(late) < BLOCK or len(early) < EARLIER_LEAST:
        return Trend.TOO_FEW
    # Whole numbers only: both means times both lengths.
    apart = sum(late) * len(early) - sum(early) * len(late)
    if abs(apart) < EVEN * len(late) * len(early):
        return Trend.SAME
    return Trend.BETTER if apart > 0 else Trend.WORSE


def suggest(
    groups: Iterable[str],
    newest_first: Sequence[KeptResult],
    scenarios: Sequence[Tagged],
    most: int = SUGGESTED_MOST,
) -> tuple[Suggestion, ...]:
    """Scenarios to practise for what is weak, also for what a lead found in real calls.

    Args:
        groups: items of the scorecard or what fails a whole call, the weakest first.
        newest_first: the person's calls.
        scenarios: what there is.
        most: how many.

    Returns:
        For each item in turn the next best scenario: one whose latest call lost points of that item, most first;
        then one of its skills that was never played; then the one played longest ago. None twice.
    """
    latest: dict[str, KeptResult] = {}
    for kept in newest_first:
        latest.setdefault(kept.result.scenario, kept)
    queues = [(group, _candidates(group, latest, scenarios)) for group in dict.fromkeys(groups)]
    found: dict[str, Suggestion] = {}
    while len(found) < most and any(rest for _group, rest in queues):
        for group, rest in queues:
            while rest and rest[0] in found:
                rest.pop(0)
            if rest and len(found) < most:
                code = rest.pop(0)
                found[code] = Suggestion(code, group)
    return tuple(found.values())


def begins_real_calls(before: Iterable[Role | str], after: Iterable[Role | str]) -> bool:
    """Whether a change of roles lets a trainee work on real calls for the first time."""
    had = {Role(role) for role in before}
    return had == {Role.TRAINEE} and bool({Role(role) for role in after} - had)


def _rank(level: PracticeLevel) -> int:
    return list(PracticeLevel).index(level)


def _scenario(code: str, newest_first: Sequence[KeptResult], course: Course) -> ScenarioState:
    counted = [kept.result for kept in newest_first if counts(kept.result, course)]
    shares = [percent(result) for result in counted]
    return ScenarioState(
        scenario=code,
        tries=len(newest_first),
        best=max(shares, default=None),
        last=shares[0] if shares else None,
        missing=_why_open(code, bool(newest_first), counted, course),
    )


def _why_open(code: str, tried: bool, counted: Sequence[PracticeResult], course: Course) -> Reason | None:
    if any(passes(result, course.pass_percent) for result in counted):
        return None
    about: dict[str, object] = {"scenario": code, "course": course.code}
    if not tried:
        return Reason("practice_not_tried", about)
    if not counted:
        return Reason("practice_more_help", {**about, "level": str(course.level)})
    ended = [result for result in counted if result.finished]
    clean = [percent(result) for result in ended if not result.instant_fail]
    if clean:
        return Reason("practice_below", {**about, "percent": max(clean), "mark": course.pass_percent})
    if ended:
        return Reason("practice_failed", {**about, "fail": ended[0].instant_fail[0]})
    return Reason(
        "practice_broken_off" if course.level is PracticeLevel.EXAM else "practice_unfinished", about
    )


def _weakest(newest_first: Sequence[KeptResult]) -> tuple[Share, ...]:
    points: dict[str, list[int]] = {}
    for kept in newest_first[:WINDOW]:
        groups: dict[str, list[int]] = {}
        for item in kept.result.items:
            sums = groups.setdefault(item.group, [0, 0])
            sums[0] += item.got
            sums[1] += item.of
        for group, (got, of) in groups.items():
            whole = points.setdefault(group, [0, 0, 0])
            points[group] = [whole[0] + got, whole[1] + of, whole[2] + 1]
    weak = [
        Share(group, got, of, tries)
        for group, (got, of, tries) in points.items()
        if tries >= TRIES_LEAST and got < of
    ]
    return tuple(sorted(weak, key=lambda one: (one.got / one.of, one.code))[:WEAKEST_MOST])


def _competencies(newest_first: Sequence[KeptResult], of_group: Mapping[str, str]) -> tuple[Share, ...]:
    points = {code: [0, 0, 0] for code in COMPETENCIES}
    for kept in newest_first[:WINDOW]:
        met: set[str] = set()
        for item in kept.result.items:
            sums = points.get(of_group.get(item.group, ""))
            if sums is not None:
                sums[0] += item.got
                sums[1] += item.of
                met.add(of_group[item.group])
        for code in met:
            points[code][2] += 1
    return tuple(Share(code, *sums) for code, sums in points.items())


def _missed(newest_first: Sequence[KeptResult]) -> tuple[Missed, ...]:
    found: dict[tuple[str, str], Missed] = {}
    # Of an exam that only began nobody knows what was missed.
    for kept in [one for one in newest_first if not one.result.begun][:WINDOW]:
        for item in kept.result.items:
            if item.got < item.of:
                key = (kept.result.scenario, item.code)
                before = found.get(key)
                if before is None:
                    found[key] = Missed(kept.result.scenario, kept.at, item, 1)
                else:
                    found[key] = Missed(before.scenario, before.at, before.item, before.times + 1)
    return tuple(found.values())[:MISSED_MOST]


def _candidates(group: str, latest: Mapping[str, KeptResult], scenarios: Sequence[Tagged]) -> list[str]:
    lost: list[tuple[float, str]] = []
    for one in scenarios:
        if (kept := latest.get(one.code)) is not None:
            items = [item for item in kept.result.items if item.group == group]
            got, of = sum(item.got for item in items), sum(item.of for item in items)
            if got < of:
                lost.append((got / of, one.code))
            elif group in kept.result.instant_fail:
                lost.append((0.0, one.code))
    skills = SKILLS.get(group, ())
    ordered = sorted(
        (one for one in scenarios if one.skill in skills), key=lambda one: skills.index(one.skill)
    )
    fresh = [one.code for one in ordered if one.code not in latest]
    played = sorted((one.code for one in ordered if one.code in latest), key=lambda code: latest[code].at)
    return list(dict.fromkeys([*(code for _share, code in sorted(lost)), *fresh, *played]))
