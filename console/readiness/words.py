"""Who is ready for real calls, as words: the same for the screen, a file and the shell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from console import i18n
from console.exchange.documents import Page, Section
from console.i18n import _, labelled, listed, p_
from console.rules.readiness_records import Trend
from console.sparks import spark
from db.queue_records import Reason

if TYPE_CHECKING:
    from console.desk.readiness import PersonReadiness
    from console.rules.readiness_records import CourseState, Readiness, ScenarioState, Share, Shelf
    from db.practice_records import Bilingual

TRENDS: Final[Mapping[Trend, str]] = {
    Trend.TOO_FEW: "too few",
    Trend.BETTER: "better",
    Trend.SAME: "the same",
    Trend.WORSE: "worse",
}
LEVELS: Final[Mapping[str, str]] = {"guided": "guided", "normal": "normal", "exam": "exam"}
COMPETENCIES: Final[Mapping[str, str]] = {
    "communication": "communication",
    "needs": "understanding needs",
    "medical_knowledge": "medical knowledge",
    "problem_solving": "solving problems",
    "emotion_control": "people and emotions",
}
OPEN: Final = "*"
"""Stands before a call that is not passed yet."""
TOP: Final = 100
"""Percent the highest sign of a row of calls stands for."""


def said(words: Bilingual) -> str:
    """A text in the screen's language."""
    return words.zh if i18n.language() == "zh" else words.en


def course_title(shelf: Shelf, code: str) -> str:
    """A course's title; its code when the course is gone."""
    return next((said(one.title) for one in shelf.courses if one.code == code), code)


def scenario_title(shelf: Shelf, code: str) -> str:
    """A scenario's title; its code when the scenario is gone."""
    return next((said(one.title) for one in shelf.scenarios if one.code == code), code)


def item_title(shelf: Shelf, code: str) -> str:
    """An item of the scorecard, or what fails a whole call."""
    lines = [(line.code, line.title) for line in shelf.card]
    return next((said(title) for known, title in (*lines, *shelf.fails) if known == code), code)


def reason_words(reason: Reason, shelf: Shelf) -> str:
    """Why somebody is not ready, with titles for codes."""
    params = dict(reason.params)
    for name, title in (("course", course_title), ("scenario", scenario_title), ("fail", item_title)):
        if name in params:
            params[name] = title(shelf, str(params[name]))
    if "level" in params:
        params["level"] = level_word(str(params["level"]))
    return i18n.reason_text(i18n.language(), Reason(reason.code, params))


def level_word(level: str) -> str:
    """How much help there is."""
    return p_("practice level", LEVELS[level])


def trend_word(standing: Readiness) -> str:
    """The latest calls against those before."""
    return p_("practice trend", TRENDS[standing.trend]) if standing.tries else "-"


def passed_words(standing: Readiness) -> str:
    """How many of the required calls are passed, and whether that is all."""
    count = f"{standing.done}/{standing.wanted}"
    return f"{count} {p_('practice', 'ready')}" if standing.ready else count


def exam_words(standing: Readiness) -> str:
    """Whether the exam is passed, and what the last one came to; a last one that was broken off came to nothing."""
    if standing.exam_broken_off and not standing.exam_passed:
        return p_("exam", "broken off")
    if standing.exam is None:
        return "-"
    word = p_("exam", "passed") if standing.exam_passed else p_("exam", "open")
    return f"{standing.exam}% {word}"


def share_words(shelf: Shelf, share: Share) -> str:
    """An item and its share of the points; that first, for narrow columns cut the end."""
    return f"{share.percent}% {item_title(shelf, share.code)}"


def dots(standing: Readiness) -> str:
    """The latest calls as a row of dots, oldest first."""
    return spark([float(one) for one in standing.spark], TOP)


def open_words(standing: Readiness, shelf: Shelf) -> str:
    """What is missing, in one line."""
    return listed(reason_words(reason, shelf) for reason in standing.missing)


def suggested_words(standing: Readiness, shelf: Shelf) -> str:
    """What to practise next, by what it is for, in one line."""
    groups: dict[str, list[str]] = {}
    for one in standing.suggested:
        groups.setdefault(one.group, []).append(scenario_title(shelf, one.scenario))
    return listed(f"{item_title(shelf, group)}{_aside(listed(titles))}" for group, titles in groups.items())


def hint(name: str, missing: Sequence[Reason], shelf: Shelf) -> str:
    """Said to a lead who gave a trainee another role; empty when nothing is open."""
    if not missing:
        return ""
    return _(
        "{name} works on real calls from now on; not passed in practice: {open}.",
        name=name,
        open=listed(reason_words(reason, shelf) for reason in missing),
    )


# --- one person's page ---


def person_lines(one: PersonReadiness, shelf: Shelf, zone: ZoneInfo) -> list[str]:
    """The page of one person, a paragraph a line."""
    standing = one.standing
    still = open_words(standing, shelf)
    if standing.ready:
        lines = [_("Ready for real calls: every required course is passed.")]
    elif one.trainee:
        lines = [_("Not ready for real calls yet: {why}", why=still)]
    else:
        # Whoever calls already was found ready by her clinic: her courses say nothing about that.
        lines = [labelled(_("Required courses still open"), still)]
    last = "-" if standing.last_at is None else f"{standing.last_at.astimezone(zone):%Y-%m-%d %H:%M}"
    lines.append(
        _("Practised: {n} calls, the last one {last}", n=standing.tries, last=last)
        + f"   {_trend_line(standing)}"
    )
    if standing.tries:
        lines.append(_("Guided calls and calls broken off do not count in the trend and the weakest."))
    for exam in one.resting:
        lines.append(
            _(
                "Exam {scenario}: again from {at}",
                scenario=scenario_title(shelf, exam.scenario),
                at=f"{exam.until.astimezone(zone):%Y-%m-%d %H:%M}",
            )
            + (_aside(p_("exam", "broken off")) if exam.broken_off else "")
        )
    shares = (
        f"{p_('competency', COMPETENCIES[one.code])} {'-' if one.percent is None else f'{one.percent}%'}"
        for one in standing.competencies
    )
    lines.append(labelled(_("Competencies"), listed(shares)))
    if standing.weakest:
        weakest = listed(share_words(shelf, share) for share in standing.weakest)
        lines.append(labelled(_("Weakest"), weakest))
    if standing.suggested:
        lines.append(labelled(_("Practise next"), suggested_words(standing, shelf)))
    for course in standing.courses:
        lines += ["", *course_lines(course, shelf)]
    lines += _missed_lines(standing, shelf, zone)
    return lines


def course_lines(state: CourseState, shelf: Shelf) -> list[str]:
    """A course and the state of each of its calls, a mark before those that are open."""
    course = state.course
    kind = p_("course", "required") if course.required else p_("course", "not required")
    head = _(
        "{course}: {n} of {of} calls passed ({kind}, {level}, from {mark} %)",
        course=said(course.title),
        n=state.done,
        of=len(state.scenarios),
        kind=kind,
        level=level_word(str(course.level)),
        mark=course.pass_percent,
    )
    marked = ((" " if one.missing is None else OPEN, one) for one in state.scenarios)
    return [head, *(f"{mark} {_scenario_line(one, shelf)}" for mark, one in marked)]


def _trend_line(standing: Readiness) -> str:
    return f"{labelled(_('Trend'), trend_word(standing))} {dots(standing)}".rstrip()


def _scenario_line(one: ScenarioState, shelf: Shelf) -> str:
    state = p_("practice", "passed") if one.missing is None else reason_words(one.missing, shelf)
    numbers = (
        ""
        if one.best is None
        else _("best {best}%, last {last}%, tries {n}", best=one.best, last=one.last, n=one.tries)
    )
    return f"{scenario_title(shelf, one.scenario)}  {state}{_aside(numbers) if numbers else ''}"


def _aside(words: str) -> str:
    """Words in brackets, as wide as the screen's language writes them."""
    return f"\uff08{words}\uff09" if i18n.language() == "zh" else f" ({words})"


def _missed_lines(standing: Readiness, shelf: Shelf, zone: ZoneInfo) -> list[str]:
    if not standing.missed:
        return []
    lines = ["", _("Missed lately, and what would have been right")]
    general = {line.code: line.better for line in shelf.card}
    for one in standing.missed:
        better = one.item.better or general.get(one.item.group)
        times = _("{n} times", n=one.times) if one.times > 1 else ""
        head = "  ".join(
            part
            for part in (
                f"{one.at.astimezone(zone):%m-%d}",
                item_title(shelf, one.item.group),
                scenario_title(shelf, one.scenario),
                times,
            )
            if part
        )
        lines.append(f"  {head}")
        if better is not None:
            lines.append(f"    {said(better)}")
    return lines


# --- the team's page ---


def headers() -> tuple[str, ...]:
    """Column titles of the team's page."""
    return (
        _("name"),
        p_("practice", "passed"),
        p_("practice", "exam"),
        _("last practice"),
        _("Trend"),
        _("latest calls"),
        _("Weakest"),
        _("still open"),
        _("Practise next"),
    )


def page(people: Iterable[PersonReadiness], shelf: Shelf, clinic: str, now: datetime, zone: ZoneInfo) -> Page:
    """The team's page as it is written to a file.

    Args:
        people: in order. shelf: titles. clinic: its name. now: aware instant. zone: the clinic's.
    """
    team = tuple(people)
    about = (clinic, f"{now.astimezone(zone):%Y-%m-%d %H:%M}")
    competencies = tuple((one.name, *(share.percent for share in one.standing.competencies)) for one in team)
    return Page(
        title=_("Who is ready for real calls"),
        lines=tuple(line for line in about if line),
        sections=(
            Section(_("Team"), (), headers(), tuple(_row(one, shelf, zone) for one in team)),
            Section(
                _("Competencies"),
                (),
                (_("name"), *(p_("competency", word) for word in COMPETENCIES.values())),
                competencies,
            ),
        ),
        lang=i18n.language(),
    )


def _row(one: PersonReadiness, shelf: Shelf, zone: ZoneInfo) -> tuple[str, ...]:
    standing = one.standing
    return (
        one.name,
        passed_words(standing),
        exam_words(standing),
        "-" if standing.last_at is None else f"{standing.last_at.astimezone(zone):%Y-%m-%d}",
        trend_word(standing),
        dots(standing),
        share_words(shelf, standing.weakest[0]) if standing.weakest else "-",
        open_words(standing, shelf),
        suggested_words(standing, shelf),
    )
