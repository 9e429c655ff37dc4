"""The figures of a day and the head's summaries as words: the same for the screen, a file and the shell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from console import i18n
from console.exchange.documents import Page, Section
from console.i18n import _, p_
from console.policy_words import day_word
from console.sparks import spark
from console.words import post_op_words, procedure_word

if TYPE_CHECKING:
    from console.desk.day_summary import HeadSummary, Said
    from console.desk.figures import DayFigures, Part
    from console.rules.figures import Figures, Ratio

CLOCKS: Final[Mapping[str, str]] = {
    "ack": "taken up",
    "contact": "patient reached",
    "resolve": "closed",
    "first_reply": "first reply",
    "solution": "answer",
}
REASONS: Final[Mapping[str, str]] = {
    "little_information": "knew too little",
    "comparing_clinics": "compares clinics",
    "outside_influence": "family, work",
    "just_looking": "only looking",
    "price": "price",
    "risk": "worried about risk",
    "service": "the service",
    "private": "would not say",
    "not_said": "nothing noted",
}
SERVICE: Final[Mapping[str, str]] = {
    "very": "very satisfied",
    "satisfied": "satisfied",
    "neutral": "so so",
    "dissatisfied": "dissatisfied",
    "very_dissatisfied": "very dissatisfied",
    "not_said": "nothing noted",
}
DOUBTS: Final[Mapping[str, str]] = {
    "doubt": "doubts the result",
    "dissatisfied": "dissatisfied",
    "result": "dissatisfied with the result",
    "expectation": "less than hoped for",
}
NUMBERS: Final[Mapping[str, str]] = {
    "unconverted": "people who had nothing done",
    "post_op": "calls after an operation",
    "doubtful": "doubts",
    "interested": "another treatment",
}


def percent(ratio: Ratio) -> str:
    """A share as a person reads it; a dash when there was nothing to count."""
    share = ratio.share
    return "-" if share is None else f"{share * 100:.1f} %"


def counted(ratio: Ratio) -> str:
    """What a share was made of."""
    return f"{ratio.of}/{ratio.among}"


def minutes(seconds: float | None) -> str:
    """A time in minutes and seconds; a dash for none."""
    if seconds is None:
        return "-"
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def clock_word(code: str) -> str:
    """A clock's name."""
    return p_("report clock", CLOCKS[code])


def word_of(context: str, words: Mapping[str, str], code: str) -> str:
    known = words.get(code)
    return code if known is None else p_(context, known)


def reason_word(code: str) -> str:
    """Why somebody had nothing done."""
    return word_of("unconverted reason", REASONS, code)


def service_word(code: str) -> str:
    """What was said of the service."""
    return word_of("satisfaction", SERVICE, code)


def doubt_word(code: str) -> str:
    """Why somebody stands on the list of doubts."""
    return word_of("doubt reason", DOUBTS, code)


def number_word(name: str) -> str:
    """The name of a number that was signed."""
    part, _dot, code = name.partition(".")
    if part == "reason":
        return f"{_('Reason')}: {reason_word(code)}"
    if part == "service":
        return f"{_('Service')}: {service_word(code)}"
    return word_of("summary number", NUMBERS, name)


# --- the figures ---

FIGURE_HEADERS: Final = ("figure", "value", "counted", "last 14 days")
SUMMARY_HEADERS: Final = ("patient", "about", "said", "caller", "consultant")
PART_HEADERS: Final = ("", "attempts", "reached", "handling", "made", "in window", "in time")


def figure_headers() -> tuple[str, ...]:
    """Heads of the figures of a day."""
    return tuple(p_("figure head", head) for head in FIGURE_HEADERS)


def figure_rows(day: DayFigures) -> tuple[tuple[str, str, str, str], ...]:
    """Name, value, what it was counted from, the last days of each figure of a day."""
    whole = day.whole

    def line(name: str, of: Callable[[Figures], Ratio]) -> tuple[str, str, str, str]:
        ratio = of(whole)
        trend = spark([of(one).share for _day, one in day.trend], 1)
        return name, percent(ratio), counted(ratio), trend

    def of_clock(code: str) -> Callable[[Figures], Ratio]:
        from console.rules.figures import Ratio as Of

        return lambda one: one.clocks.get(code, Of())

    return (
        (
            p_("figure", "attempts"),
            str(whole.attempts),
            "",
            spark([one.attempts or None for _day, one in day.trend]),
        ),
        line(p_("figure", "contact rate"), lambda one: one.reached),
        (
            p_("figure", "average handling time"),
            minutes(whole.handling),
            _("{n} calls", n=whole.talks),
            spark([one.handling for _day, one in day.trend]),
        ),
        line(p_("figure", "tracking rate"), lambda one: one.tracked),
        line(p_("figure", "made inside the clinical window"), lambda one: one.adherent),
        (p_("figure", "due, still inside the window"), str(whole.open), "", ""),
        line(p_("figure", "clocks met in time"), lambda one: one.in_time),
        *(
            line(f"  {clock_word(code)}", of_clock(code))
            for code in CLOCKS
            if any(code in one.clocks for _day, one in day.trend)
        ),
    )


def part_headers(first: str) -> tuple[str, ...]:
    """Heads of the parts of a day. Args: first, what the parts are."""
    return (first, *(p_("figure head", head) for head in PART_HEADERS[1:]))


def part_row(name: str, of: Figures) -> tuple[str, ...]:
    """One caller's or one procedure's figures."""
    return (
        name,
        str(of.attempts),
        percent(of.reached),
        minutes(of.handling),
        f"{percent(of.tracked)} {counted(of.tracked)}" if of.tracked.among else "-",
        percent(of.adherent),
        f"{percent(of.in_time)} {counted(of.in_time)}" if of.in_time.among else "-",
    )


def caller_rows(day: DayFigures) -> tuple[tuple[str, ...], ...]:
    """The figures of each caller; what is nobody's comes last."""
    return tuple(part_row(part.name or _("nobody's own"), part.figures) for part in day.callers)


def procedure_rows(day: DayFigures) -> tuple[tuple[str, ...], ...]:
    """The figures of each procedure; what is about none comes last."""
    return tuple(part_row(_procedure(part), part.figures) for part in day.procedures)


def _procedure(part: Part) -> str:
    return _("no procedure") if part.name is None else procedure_word(part.name)


def figures_page(day: DayFigures, clinic: str, zone: ZoneInfo) -> Page:
    """The figures of a day as a page."""
    sections = [Section(_("Figures"), headers=figure_headers(), rows=figure_rows(day))]
    if not day.own:
        sections.append(
            Section(_("By caller"), headers=part_headers(p_("figure head", "caller")), rows=caller_rows(day))
        )
    sections.append(
        Section(
            _("By procedure"), headers=part_headers(p_("figure head", "procedure")), rows=procedure_rows(day)
        )
    )
    return Page(
        _("Figures of {day}", day=day_word(day.day)),
        made_lines(clinic, day.at, zone),
        tuple(sections),
        i18n.language(),
    )


def made_lines(clinic: str, at: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    return (_("{clinic}, as of {time}", clinic=clinic, time=f"{at.astimezone(zone):%Y-%m-%d %H:%M}"),)


# --- the head's summaries ---


def _who(one: Said) -> str:
    return " ".join(part for part in (one.patient, one.external_id or f"#{one.patient_id or '-'}") if part)


def _what(one: Said) -> str:
    words = (procedure_word(one.procedure) if one.procedure else "", post_op_words(one.day))
    return " ".join(word for word in words if word)


def signed_lines(head: HeadSummary, zone: ZoneInfo) -> tuple[str, ...]:
    """Who has seen the summaries, and what is different since."""
    signed = head.signed
    if signed is None:
        return (_("Not signed off yet."),)
    when = f"{signed.at.astimezone(zone):%Y-%m-%d %H:%M}"
    lines = [_("Signed off by {name}, {time}.", name=signed.staff, time=when)]
    lines += [
        _(
            "Changed since: {what} was {then}, is {now}.",
            what=number_word(one.name),
            then=one.then,
            now=one.now,
        )
        for one in signed.changed
    ]
    return tuple(lines)


def summary_sections(head: HeadSummary, zone: ZoneInfo) -> tuple[Section, ...]:
    """Both parts, and who signed."""
    numbers = head.numbers
    visited = [_("People who had nothing done, called about it: {n}", n=numbers.unconverted)]
    if numbers.unconverted:
        visited += [
            f"{_('Reason')}: {'  '.join(f'{reason_word(code)} {n}' for code, n in numbers.reasons)}",
            f"{_('Service')}: {'  '.join(f'{service_word(code)} {n}' for code, n in numbers.service)}",
        ]
    treated = (
        _("Calls after an operation: {n}", n=numbers.post_op),
        _("Doubts: {n}", n=numbers.doubtful),
        _("Brought up another treatment by herself: {n}", n=numbers.interested),
    )
    with_consultant = tuple(p_("summary head", head) for head in SUMMARY_HEADERS)
    heads = with_consultant[:-1]
    return (
        Section(_("Sign-off"), signed_lines(head, zone)),
        Section(
            _("Came and had nothing done"),
            tuple(visited),
            with_consultant if head.visitors else (),
            tuple(
                (_who(one), _what(one), _visitor(one), one.staff, one.consultant or "-")
                for one in head.visitors
            ),
        ),
        Section(_("After an operation"), treated),
        Section(
            _("Doubts"),
            () if head.doubtful else (_("nobody"),),
            heads if head.doubtful else (),
            tuple(
                (_who(one), _what(one), ", ".join(map(doubt_word, one.codes)), one.staff)
                for one in head.doubtful
            ),
        ),
        Section(
            _("Another treatment, in her own words"),
            () if head.interested else (_("nobody"),),
            heads if head.interested else (),
            tuple((_who(one), _what(one), hidden_word(one.words), one.staff) for one in head.interested),
        ),
    )


def _visitor(one: Said) -> str:
    reason, said = one.codes
    return f"{reason_word(reason)}; {service_word(said)}"


def hidden_word(words: str) -> str:
    return procedure_word(words) if words == "restricted" else words


def summary_page(head: HeadSummary, clinic: str, at: datetime, zone: ZoneInfo) -> Page:
    """The head's summaries as a page."""
    title = _("Summaries of {day}", day=day_word(head.day))
    return Page(title, made_lines(clinic, at, zone), summary_sections(head, zone), i18n.language())


def daily_page(day: DayFigures, head: HeadSummary | None, clinic: str, zone: ZoneInfo) -> Page:
    """Everything of a day on one page: the figures, and for a lead the summaries."""
    figures = figures_page(day, clinic, zone)
    more = () if head is None else summary_sections(head, zone)
    title = _("Daily report of {day}", day=day_word(day.day))
    return Page(title, figures.lines, (*figures.sections, *more), figures.lang)
