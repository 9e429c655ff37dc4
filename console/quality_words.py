"""Reviews, a caller's month and their report as words: the same for the screen, a file and the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console import i18n
from console.exchange.documents import Page, Section
from console.i18n import _, p_
from console.report_words import made_lines
from console.words import post_op_words, procedure_word, role_word

if TYPE_CHECKING:
    from console.desk.assessment import Month, Person
    from console.desk.improving import Improvement
    from console.desk.quality import Review
    from console.desk.quality_report import QualityReport
    from console.rules.quality import Fact, Part
    from console.scripts.scorecard import CardItem

IDS_NAMED = 12
"""Ids of a counted thing that are named before it says how many more there are."""


def rule_word(code: str) -> str:
    """Why a call was drawn."""
    return {
        "downgrade": p_("drawn", "level lowered"),
        "short": p_("drawn", "very short"),
        "fast": p_("drawn", "fast answers"),
        "override": p_("drawn", "overruled"),
        "random": p_("drawn", "by chance"),
    }[code]


def rules_words(codes: tuple[str, ...]) -> str:
    """Every reason of one call."""
    return i18n.listed(rule_word(code) for code in codes)


def status_word(status: str) -> str:
    """How far a review is."""
    return {
        "drawn": p_("review", "to score"),
        "scored": p_("review", "scored"),
        "answered": p_("review", "answered"),
        "closed": p_("review", "closed"),
        "lapsed": p_("review", "lapsed"),
    }[status]


def state_word(state: str) -> str:
    """What became of something to improve."""
    return {
        "open": p_("improvement", "open"),
        "done": p_("improvement", "done"),
        "dropped": p_("improvement", "dropped"),
    }[state]


def part_word(name: str) -> str:
    """A part of an assessment."""
    return {
        "plan": p_("assessment", "plan"),
        "execution": p_("assessment", "execution"),
        "quality": p_("assessment", "quality"),
    }[name]


def usage_word(kind: str) -> str:
    """A kind of talk-track."""
    return {"flow": p_("usage", "flow"), "concern": p_("usage", "concern"), "turn": p_("usage", "turn")}[kind]


def judged() -> tuple[CardItem, ...]:
    """What a lead judges in a real call, in the order of the talk."""
    from console.scripts import scorecard

    return tuple(item for item in scorecard.shipped().items if item.judged != "practice")


def item_word(code: str) -> str:
    """An item of the scorecard, an instant fail, or what a review says should be practised."""
    from console.scripts import scorecard

    card, lang = scorecard.shipped(), i18n.language()
    known = {one.code: one.title for one in (*card.items, *card.fails)} | dict(card.competencies)
    return known[code].of(lang) if code in known else code


def percent(value: float | None) -> str:
    """A share in percent; a dash of nothing."""
    return "-" if value is None else f"{value:g}%"


def points(score: int | None, of: int | None) -> str:
    """Points of points; a dash before it is scored."""
    return "-" if score is None else f"{score}/{of}"


def who(one: Review) -> str:
    """Whose call: masked name, procedure, day."""
    parts = [one.patient or "-"]
    if one.procedure is not None:
        parts.append(procedure_word(one.procedure))
    if one.post_op is not None:
        parts.append(post_op_words(one.post_op))
    return " ".join(parts)


# --- a month ---


def ids_words(ids: tuple[int, ...]) -> str:
    """The numbers of the counted rows."""
    named = " ".join(f"#{one}" for one in ids[:IDS_NAMED])
    return named + (f" +{len(ids) - IDS_NAMED}" if len(ids) > IDS_NAMED else "")


def fact_line(fact: Fact, loses: int = 0) -> str:
    """One counted thing in words, with the numbers of its rows."""
    words = {
        "planned": _("visitors and treatments with their plan in time: {n}", n=fact.n),
        "no_first_plan": _(
            "visitors without a first plan: {n}, {points} points each", n=fact.n, points=loses
        ),
        "missing_plan": _(
            "planned calls that are missing: {n}, {points} points each", n=fact.n, points=loses
        ),
        "made": _("follow-ups that were due and made: {n}", n=fact.n),
        "not_made": _("follow-ups that were due and not made: {n}", n=fact.n),
        "reviews": _("reviewed calls: {n}", n=fact.n),
    }[fact.code]
    return f"{words}  {ids_words(fact.ids)}".rstrip()


def part_lines(part: Part, no_first_plan: int, missing_plan: int) -> list[str]:
    """One part of an assessment, explained."""
    if part.points is None:
        return [_("{part}: nothing to count, so it leaves the total", part=part_word(part.name))]
    head = _(
        "{part}: {points} of {most}", part=part_word(part.name), points=f"{part.points:g}", most=part.weight
    )
    each = {"no_first_plan": no_first_plan, "missing_plan": missing_plan}
    return [head, *(f"  {fact_line(one, each.get(one.code, 0))}" for one in part.facts)]


def person_section(person: Person, no_first_plan: int, missing_plan: int) -> Section:
    """One person's month, every number explained."""
    found = person.assessment
    score = "-" if found.score is None else f"{found.score:g}"
    lines = [_("{points} of 100", points=score)]
    if found.score is None:
        lines = [_("nothing to count in this month")]
    for part in found.parts if found.score is not None else ():
        lines += part_lines(part, no_first_plan, missing_plan)
    share = found.tracking.share
    lines.append(
        _(
            "tracking rate: {share} ({n} of {all})",
            share=percent(None if share is None else round(share * 100, 1)),
            n=found.tracking.of,
            all=found.tracking.among,
        )
    )
    late = _("put on record afterwards: {n}; counted only, it costs no points", n=len(found.late))
    lines.append(f"{late}  {ids_words(found.late)}".rstrip())
    return Section(f"{person.name}  {role_word(person.role)}", tuple(lines))


def month_sections(month: Month, no_first_plan: int, missing_plan: int) -> tuple[Section, ...]:
    """A month: its objects, what was asked of whom, and how each number came about (catalogue S1-ASSESS-09)."""
    about = [
        _("Visitors and treatments of the month belong to their consultant, else to who entered them."),
        _("Plan: its most points less what is lost. Execution: its most points times the tracking rate."),
        _(
            "Quality: its most points times the mean of the reviewed calls. What has nothing leaves the total."
        ),
        _("For coaching: people stand in the order of their names, and there is no money in it."),
    ]
    if month.nobodys:
        about.append(_("visitors and treatments nobody is named for: {n}", n=month.nobodys))
    head = Section(_("Assessment {month}", month=f"{month.first:%Y-%m}"), tuple(about))
    return (head, *(person_section(one, no_first_plan, missing_plan) for one in month.people))


# --- the report ---


def improvement_lines(found: tuple[Improvement, ...]) -> tuple[str, ...]:
    """What is to be improved, a line each."""
    return tuple(
        f"{one.due_on:%m-%d}  {state_word(one.state)}  {one.owner}  {one.text}" for one in found
    ) or (_("nothing"),)


def report_page(
    report: QualityReport, clinic: str, zone: ZoneInfo, no_first_plan: int, missing_plan: int
) -> Page:
    """Everything of some days on one page."""
    title = _("Reviewed calls {first} to {last}", first=f"{report.first}", last=f"{report.last}")
    head = list(made_lines(clinic, report.at, zone))
    if report.calls is not None:
        head.append(
            _(
                "days drawn: {days}, calls: {n} of {all}",
                days=report.days,
                n=len(report.reviews),
                all=report.calls,
            )
        )
    sections = [
        Section(
            _("By rule"),
            (),
            (
                p_("quality head", "drawn for"),
                p_("quality head", "drawn"),
                p_("quality head", "scored"),
                p_("quality head", "lapsed"),
                p_("quality head", "points"),
            ),
            tuple(
                (rule_word(one.rule), one.drawn, one.scored, one.lapsed, percent(one.percent))
                for one in report.rules
            ),
        ),
        _items(report),
        Section(
            _("By person, in the order of names"),
            () if report.people else (_("nobody"),),
            (
                p_("quality head", "person"),
                p_("quality head", "scored"),
                p_("quality head", "points"),
                p_("quality head", "instant fails"),
                p_("quality head", "answered"),
            )
            if report.people
            else (),
            tuple(
                (one.name, one.scored, percent(one.percent), one.fails, one.answered) for one in report.people
            ),
        ),
        *_lists(report),
        *month_sections(report.month, no_first_plan, missing_plan),
    ]
    return Page(title, tuple(head), tuple(sections), i18n.language())


def _items(report: QualityReport) -> Section:
    rows = tuple(
        (item_word(one.code), f"{one.got}/{one.of}", one.calls, percent(one.percent))
        for one in report.items
        if one.calls
    )
    if not rows:
        return Section(_("By item"), (_("none"),))
    weak = i18n.listed(item_word(one) for one in report.weakest)
    heads = (
        p_("quality head", "item"),
        p_("quality head", "points"),
        p_("quality head", "calls"),
        p_("quality head", "share"),
    )
    return Section(_("By item"), (_("weakest: {items}", items=weak),) if weak else (), heads, rows)


def _lists(report: QualityReport) -> list[Section]:
    reviews = tuple(
        (
            f"{one.day:%m-%d}",
            one.staff,
            who(one),
            rules_words(one.drawn_for),
            status_word(one.status),
            points(one.score, one.of),
        )
        for one in report.reviews
    )
    heads = (
        p_("quality head", "day"),
        p_("quality head", "caller"),
        p_("quality head", "patient"),
        p_("quality head", "drawn for"),
        p_("quality head", "state"),
        p_("quality head", "points"),
    )
    answers = tuple(f"{one.staff} {one.day:%m-%d}: {one.answer}" for one in report.reviews if one.answer)
    counted = (*report.fails, *report.training)
    found = [
        Section(_("Reviews"), () if reviews else (_("none"),), heads if reviews else (), reviews),
        Section(_("What callers answered"), answers or (_("nothing"),)),
        Section(
            _("Instant fails, and what to practise"),
            tuple(f"{item_word(code)}: {n}" for code, n in counted) or (_("none"),),
        ),
        Section(_("To improve"), improvement_lines(report.improvements)),
    ]
    if not report.own:
        rows = tuple((usage_word(one.kind), one.code, one.calls) for one in report.usage)
        used = (p_("quality head", "kind"), p_("quality head", "talk-track"), p_("quality head", "calls"))
        found.append(Section(_("Talk-tracks used"), () if rows else (_("none"),), used if rows else (), rows))
    return found
