"""What the preview of the talk-track screen says: the chosen track as the call screen shows it, and why it is
the one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from console import i18n
from console.i18n import _
from console.rules.triage import Answer, Flag, Predicate, Triage
from console.screens import scripts_words as words
from console.scripts import conversation, select, turns
from console.scripts.conversation import Prompt, PromptKind
from console.scripts.errors import ScriptError
from console.scripts.library import Library
from console.scripts.records import ConcernView, Flow, FlowView, Lines, OpenTreatment, Question, Step, Track
from console.widgets import call_panes as panes
from console.widgets.call_panes import ASK, DIM, GOOD, HEAD, KEY, WARN, Line
from console.words import level_word
from db.enums import Level

if TYPE_CHECKING:
    from console.desk.scripts import Release

Judge: TypeAlias = Callable[[Mapping[str, Answer]], Triage]
"""Triage over one track or flow."""
_DIGIT = re.compile(r"(?<!\S)(\d) (?=[^\x00-\x7f])")
LEVELS = (Level.EMERGENCY, Level.SAME_DAY, Level.URGENT, Level.ROUTINE)


@dataclass(frozen=True, slots=True)
class Spot:
    """What is looked at.

    Args:
        part, code: as in `scripts_words.PARTS`; code None for an empty list.
        procedure: procedure code. day: post-op day, operation day = 0.
        spoken: language of the talk.
    """

    part: str
    code: str | None
    procedure: str
    day: int
    spoken: str

    @property
    def treatment(self) -> OpenTreatment:
        """The treatment it is selected for; nothing else is known of it."""
        return OpenTreatment(self.procedure, self.day)


@dataclass(frozen=True, slots=True)
class Book:
    """What it is read from: the release, its standing, and what fills the gaps of spoken lines."""

    library: Library
    release: Release
    values: Mapping[str, str]

    def at(self, spot: Spot) -> Book:
        """The same with the gaps for procedure and day filled too."""
        named = self.library.procedure(spot.procedure).name.of(spot.spoken)
        return replace(self, values={**self.values, "procedure": named, "day": str(spot.day)})


def lines(book: Book, spot: Spot) -> list[Line]:
    """The preview, line by line. Selects and may read files: not for the event loop.

    Args:
        book: the release.
        spot: what is looked at.
    """
    from console.screens import scripts_preview_more as more

    if spot.code is None:
        return [(_("Nothing here."), DIM)]
    book = book.at(spot)
    try:
        match spot.part:
            case "concern":
                return concern_lines(book, spot)
            case "flow" | "turn":
                return flow_lines(book, spot)
            case "playbook":
                return more.playbook_lines(book, spot)
            case "care":
                return more.care_lines(book, spot)
            case "sign":
                return more.sign_lines(book, spot)
            case _:
                return more.outcome_lines(book, spot)
    except ScriptError as fault:
        if fault.code == "no_variant":
            return no_variant(book, spot)
        return [(_("This can't be read: {fault}", fault=str(fault)), WARN)]


def head(book: Book, spot: Spot, title: str, where: str, version: int | None, why: str = "") -> list[Line]:
    """Title, and where it comes from."""
    name = book.library.procedure(spot.procedure).short.of(i18n.language())
    file = where.partition(":")[0]
    made: list[Line] = [(f"{title}  {name} {_('day {n}', n=spot.day)}", HEAD)]
    draft = "" if version is None else _("version {n}", n=version) + "  "
    made.append((f"{file}  {draft}{words.release_name(book.release)}", DIM))
    if why:
        made.append((why, DIM))
    return made


def spoken(book: Book, spot: Spot, said: Lines | None, style: str = ASK) -> list[Line]:
    """Spoken lines with their gaps filled."""
    filled = panes.filled(said, spot.spoken, book.values)
    return [(line, style) for line in filled]


def section(title: str) -> list[Line]:
    """An empty line and a heading."""
    return [("", ""), (title, HEAD)]


# -- concerns ----------------------------------------------------------------------------------------------


def concern_lines(book: Book, spot: Spot) -> list[Line]:
    """One concern: what is asked, what raises which level, what may be said, what is said otherwise."""
    library = book.library
    view = select.select_concern(library, spot.treatment, spot.code or "")
    tracks = [*library.tracks(view.concern.code), library.general_tracks[view.concern.code]]
    chosen = next((one for one in tracks if one.where == view.where), None)
    made = head(
        book, spot, view.concern.name.of(i18n.language()), view.where, view.version, _why(chosen, book)
    )
    window, inside = words.window_words(view.window, spot.day)
    made.append((window, GOOD if inside else WARN))
    made += section(_("Asked one by one: {n}", n=len(view.ask)))
    for number, question in enumerate(view.ask, 1):
        made += _question(
            book, spot, question, f"{number}.", lambda given: select.triage_concern(view, given)
        )
    if view.details:
        made += section(_("Asked for the record"))
        for question in view.details:
            made += _question(book, spot, question, "-", lambda given: select.triage_concern(view, given))
    made += section(_("Red flags"))
    made += [(words.flag_words(flag, i18n.language()), _style(flag.level)) for flag in select.raisable(view)]
    made += _may_be_said(book, spot, view)
    for level in LEVELS:
        if str(level) in view.otherwise and level.escalates:
            made += section(_("Said at {level}", level=level_word(level)))
            made += spoken(book, spot, view.otherwise[str(level)])
    if "OUTSIDE" in view.otherwise:
        made += section(_("Said when nothing may be explained"))
        made += spoken(book, spot, view.otherwise["OUTSIDE"])
    if view.record is not None:
        made += section(_("What the record gets"))
        made.append((i18n.fill(view.record.of(i18n.language()), book.values), KEY))
    return made


def _why(track: Track | Flow | None, book: Book) -> str:
    if track is None:
        return ""
    return _(
        "Chosen because it is for: {procedure}, {days}, {role}",
        procedure=words.for_word(track.procedure, book.library),
        days=words.days_words(track.days),
        role=words.role_words(track.role),
    )


def _may_be_said(book: Book, spot: Spot, view: ConcernView) -> list[Line]:
    made = section(_("What may be said when no red flag is raised"))
    if view.say is None:
        return [*made, (_why_not(view, spot.day), WARN)]
    if book.release.may_say:
        return [*made, *panes.verdict_lines(("say", view.say, True), spot.spoken, book.values)]
    # Whoever is to approve it has to read it; the call screen shows only the first line.
    made += panes.verdict_lines(("say", view.say, False), spot.spoken, book.values)
    return [*made, (_("Once approved:"), DIM), *spoken(book, spot, view.say, KEY)]


def _why_not(view: ConcernView, day: int) -> str:
    window = view.window
    if window is None or window.never or window.from_day is None or window.until is None:
        return _("Nothing: this is never explained, a clinician decides.")
    if not window.holds(day):
        return _(
            "Nothing: day {n} lies outside days {first}-{last}.",
            n=day,
            first=window.from_day,
            last=window.until,
        )
    return _("Nothing: this track has no words for it.")


def _style(level: Level) -> str:
    return panes.ALARM if level is Level.EMERGENCY else WARN if level.escalates else KEY


# -- questions ---------------------------------------------------------------------------------------------


def _question(book: Book, spot: Spot, question: Question, mark: str, judge: Judge) -> list[Line]:
    """A question as the call screen shows it, and behind each answer the level it raises by itself."""
    raised = raises(question, judge)
    hot = level_word(raised["yes"]) if "yes" in raised else ""
    made: list[Line] = [(marked(mark, question.words.of(spot.spoken)), ASK)]
    made += answers(question, hot)
    if question.kind in ("choice", "number"):
        told = [f"{_answer(question, answer)} -> {level_word(level)}" for answer, level in raised.items()]
        if told:
            made.append(("   " + "   ".join(told), KEY))
    return made


def marked(mark: str, text: str) -> str:
    """A mark before a text. Chinese has no blanks to break at: one after the mark would leave it alone in its
    line."""
    return f"{mark} {text}" if text[:1].isascii() else f"{mark}{text}"


def answers(question: Question, hot: str = "") -> list[Line]:
    """The digits of a question under it; those of a Chinese choice stand close to their words, see `marked`."""
    keys = panes.answer_keys(question, i18n.language(), hot)
    if question.kind == "choice":
        keys = [(_DIGIT.sub("\\1", words), style) for words, style in keys]
    return [("   " + words, style) for words, style in keys]


def raises(question: Question, judge: Judge) -> dict[str, Level]:
    """The level each answer raises when it is the only one.

    Args:
        question: any kind.
        judge: triage of the track or flow it is asked in.

    Returns:
        Level by answer: yes, an option's code, or for a number its threshold (`>=38`, `<36`).
    """
    before = {flag.code for flag in judge({}).flags}
    tried: dict[str, Answer]
    if question.kind == "yes_no":
        tried = {"yes": "yes"}
    elif question.kind == "choice":
        tried = {option.code: option.code for option in question.options}
    elif question.kind == "number":
        tried = _thresholds(question, judge)
    else:
        return {}
    made: dict[str, Level] = {}
    for name, value in tried.items():
        fresh = [flag.level for flag in judge({question.code: value}).flags if flag.code not in before]
        level = min(fresh, key=lambda one: one.rank, default=None)
        if level is not None:
            made[name] = level
    return made


def _thresholds(question: Question, judge: Judge) -> dict[str, Answer]:
    tried: dict[str, Answer] = {}
    extremes = (question.max, question.min)
    for extreme in extremes:
        for flag in () if extreme is None else judge({question.code: extreme}).flags:
            for part in _parts(flag.when):
                if part.question == question.code and part.kind == "at_least":
                    tried[f">={part.value:g}"] = part.value
                elif part.question == question.code and part.kind == "below" and question.min is not None:
                    tried[f"<{part.value:g}"] = question.min
    return dict(sorted(tried.items()))


def _parts(predicate: Predicate) -> Sequence[Predicate]:
    return [predicate, *(inner for part in predicate.parts for inner in _parts(part))]


def _answer(question: Question, answer: str) -> str:
    found = next((one.words.of(i18n.language()) for one in question.options if one.code == answer), None)
    return found or answer


# -- flows -------------------------------------------------------------------------------------------------


def flow_lines(book: Book, spot: Spot) -> list[Line]:
    """A flow or a turn of the talk: its steps as they are read, then those read only in some cases."""
    library = book.library
    view = select.select_flow(library, spot.treatment, spot.code or "")
    variants = library.flows(view.code)
    chosen = next(one for one in variants if one.where == view.where)
    made = head(book, spot, view.title.of(i18n.language()), view.where, view.version, _why(chosen, book))
    if chosen.situation is not None:
        made += _situation(book, chosen)
    planned = chosen.situation is None
    prompts = conversation.start(view).prompts() if planned else turns.turn_of_flow(view).prompts
    title = ""
    for prompt in prompts:
        if prompt.title.of(i18n.language()) != title:
            title = prompt.title.of(i18n.language())
            made += section(title)
        made += _prompt(book, spot, view, prompt)
    made += _only_sometimes(book, spot, chosen)
    if len(variants) > 1:
        others = [words.for_word(one.procedure, library) for one in variants if one is not chosen]
        made += section(_("Also written for"))
        made.append((", ".join(dict.fromkeys(others)), DIM))
    return made


def _situation(book: Book, flow: Flow) -> list[Line]:
    situation = flow.situation
    made: list[Line] = [(_("The caller opens it by hand when this comes up in the talk."), DIM)]
    if situation is None:
        return made
    if situation.offer is not None:
        made.append((_("Offered first when: {when}", when=words.condition_words(situation.offer)), DIM))
    if situation.after_identity:
        made.append((_("Only after identity."), DIM))
    if situation.concern is not None and situation.concern in book.library.concerns:
        name = book.library.concerns[situation.concern].name.of(i18n.language())
        made.append((_("Then the concern {name} is opened.", name=name), DIM))
    if situation.report == "complaint":
        made.append((_("Handed over as a complaint."), DIM))
    elif situation.report is not None:
        made.append((_("Handed over as a request."), DIM))
    return made


def _prompt(book: Book, spot: Spot, view: FlowView, prompt: Prompt) -> list[Line]:
    def judge(given: Mapping[str, Answer]) -> Triage:
        return select.triage_flow(view, given)

    if prompt.kind is PromptKind.QUESTION and prompt.question is not None:
        return [*spoken(book, spot, prompt.lines), *_question(book, spot, prompt.question, "?", judge)]
    shown = panes.prompt_lines(
        conversation.start(view),
        prompt,
        screen=i18n.language(),
        spoken=spot.spoken,
        values=book.values,
        identity=(),
        given=set(),
        known=True,
        hot="",
        verdict=("", None, book.release.may_say),
    )
    if prompt.kind is PromptKind.GROUP:
        levels = [raises(sign, judge).get("yes") for sign in prompt.signs]
        marks = [f" -> {level_word(level)}" if level is not None else "" for level in levels]
        first = len(shown) - 1 - len(prompt.signs)
        signs = [(line + mark, style) for (line, style), mark in zip(shown[first:-1], marks, strict=True)]
        return [*shown[1:first], *signs, shown[-1]]
    if prompt.kind is PromptKind.IDENTITY:
        return spoken(book, spot, prompt.lines)
    # The heading stands above already, and lines that are only read need no key.
    return [line for line in shown[1:] if line[1] != KEY]


def _only_sometimes(book: Book, spot: Spot, flow: Flow) -> list[Line]:
    procedure = book.library.procedure(spot.procedure)
    due = select.orders(procedure, spot.treatment)[0]
    made: list[Line] = []
    for step in flow.steps:
        if step.when and not select.condition(step.when, procedure, spot.treatment, due):
            made += section(
                _(
                    "{title} (only when: {when})",
                    title=step.title.of(i18n.language()),
                    when=words.condition_words(step.when),
                )
            )
            made += _raw_step(book, spot, step)
    return made


def _raw_step(book: Book, spot: Spot, step: Step) -> list[Line]:
    made = spoken(book, spot, step.say)
    for group in step.groups:
        made.append((group.lead.of(spot.spoken), ASK))
    codes = [*(code for group in step.groups for code in group.signs), *step.ask]
    questions = book.library.questions
    made += [(marked("?", questions[code].words.of(spot.spoken)), ASK) for code in codes if code in questions]
    return made


def no_variant(book: Book, spot: Spot) -> list[Line]:
    """A flow that is not read for this procedure on this day: for which it is."""
    made: list[Line] = [(_("Not read for this procedure on this day. It is written for:"), WARN)]
    for flow in book.library.flows(spot.code or ""):
        made.append((f"{words.for_word(flow.procedure, book.library)}  {words.days_words(flow.days)}", KEY))
    return made


def flags_of(library: Library, question: str) -> tuple[Flag, ...]:
    """Flags a question can raise or take part in, by level."""
    able = [flag for flag in library.flags.values() if question in flag.reads]
    return tuple(sorted(able, key=lambda flag: flag.level.rank))
