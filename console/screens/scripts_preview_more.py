"""The preview of what is no concern and no flow: playbooks, care words, questions and red flags, outcome sets."""

from __future__ import annotations

from console import i18n
from console.i18n import _, p_
from console.screens import scripts_words as words
from console.screens.scripts_preview import Book, Spot, answers, flags_of, head, marked, section, spoken
from console.scripts import turns
from console.scripts.library import OUTCOMES, Library
from console.scripts.records import Lines, Question, Words
from console.scripts.records_service import Outcomes, Playbook
from console.widgets import call_panes as panes
from console.widgets.call_panes import ASK, DIM, HEAD, KEY, WARN, Line
from console.widgets.case_words import severity_word
from console.words import level_word
from db.enums import Severity

SHEET = "sheet"
RATINGS = "ratings"
LEVEL = "level:"
"""Before a level in the code of the lines said at it under every concern."""
FLAG = "flag:"
"""Before the code of a red flag among the questions."""


# -- playbooks ---------------------------------------------------------------------------------------------


def playbook_lines(book: Book, spot: Spot) -> list[Line]:
    """A playbook: what comes first, what is said, noted, told, never said, offered, and answered."""
    lang = i18n.language()
    one = book.library.playbooks[spot.code or ""]
    made = head(book, spot, one.title.of(lang), one.where, one.version)
    made.append((one.when.of(lang), KEY))
    wanted = [words.for_word(code, book.library) for code in sorted(one.procedures)]
    made.append((_("For: {procedures}, {days}", procedures=", ".join(wanted) or _("all procedures"),
                   days=words.days_words(one.days)), DIM))  # fmt: skip
    made.append((_handed_over(one), DIM))
    # As on the call screen: what is never said stands before the first sentence.
    waits = {prompt.part for prompt in turns.turn_of_playbook(book.library, one).prompts if prompt.gate}
    made += _listed(_("Never"), [never.words for never in one.never], WARN)
    made += section(_("Listen"))
    made += spoken(book, spot, one.listen)
    made += section(_("Acknowledge") + _waiting("never" in waits))
    made += spoken(book, spot, one.acknowledge)
    made += section(_("Ask first") + _waiting("first" in waits))
    made += spoken(book, spot, one.ask_first)
    names = [book.library.concerns[code].name.of(lang) for code in one.check if code in book.library.concerns]
    if names:
        made.append((_("Then open: {names}", names=", ".join(names)), KEY))
    if one.explain is not None:
        made += section(_("What may be explained") + _waiting("explain" in waits))
        made += _explained(book, spot, one.explain)
    made += _listed(_("Write down"), one.collect)
    made += _listed(_("Photographs"), one.photos)
    made += section(_("What she must be told") + _waiting("rights" in waits))
    for right in one.rights:
        made += spoken(book, spot, right.say)
    made += section(_("The answer") + _waiting("remedies" in waits))
    made += spoken(book, spot, one.answer)
    made += section(_("What may be offered, and who decides"))
    made += [(marked("-", f"{one.words.of(lang)}  ({_approver(one.approver)})"), KEY) for one in one.remedies]
    return made


def _waiting(waits: bool) -> str:
    return "  " + _("(after identity)") if waits else ""


def _handed_over(one: Playbook) -> str:
    parts = [_("handed over as {severity}", severity=severity_word(Severity(one.severity)))]
    if one.level is not None:
        parts.append(_("seen by a clinician: {level}", level=level_word(one.level)))
    parts.append(
        _("answered by the refund's days") if one.clock == "refund" else _("answered by the severity's days")
    )
    return "  ".join(parts)


def _explained(book: Book, spot: Spot, lines: Lines) -> list[Line]:
    if book.release.may_say:
        return spoken(book, spot, lines)
    held = panes.verdict_lines(("say", lines, False), spot.spoken, book.values)
    return [*held, (_("Once approved:"), DIM), *spoken(book, spot, lines, KEY)]


def _listed(title: str, many: list[Words] | tuple[Words, ...], style: str = KEY) -> list[Line]:
    if not many:
        return []
    return [*section(title), *((marked("-", one.of(i18n.language())), style) for one in many)]


def _approver(code: str) -> str:
    return {
        "lead": p_("approver", "the lead"),
        "doctor": p_("approver", "the doctor"),
        "lead_and_doctor": p_("approver", "lead and doctor"),
    }.get(code, code)


# -- care words --------------------------------------------------------------------------------------------


def care_lines(book: Book, spot: Spot) -> list[Line]:
    """Words of one care milestone as the call screen reads them: with the procedure's days where it may name
    them, else as the sheet says."""
    one, procedure = book.library.care_words[spot.code or ""], book.library.procedure(spot.procedure)
    care, turn = procedure.care.get(one.code), turns.turn_of_care(one, procedure)
    prompt = turn.prompts[0]
    made = head(book, spot, one.name.of(i18n.language()), f"care.toml:{one.code}", None)
    if turn.after_identity:
        made.append((_("Only after identity."), DIM))
    if care is None:
        made.append((_("Nothing is planned for this procedure: as the sheet says."), WARN))
    elif not care.sourced or care.from_day is None:
        made.append((_("No day has a source: as the sheet says, no day is named."), WARN))
    elif prompt.more is None:
        made.append((_("No day is named on a call: as the sheet says."), WARN))
    else:
        days = words.days_words((care.from_day, care.to_day))
        made.append((_("Of this procedure: {days}", days=days), KEY))
    if prompt.more is not None:
        made += section(_("With days"))
        made += _explained(book, spot, prompt.more)
    made += section(_("As the sheet says"))
    if prompt.more is None:
        return [*made, *spoken(book, spot, prompt.lines)]
    made.append((_("Said in its place while nothing may be explained:"), DIM))
    return [*made, *spoken(book, spot, prompt.lines, DIM if book.release.may_say else ASK)]


# -- questions and red flags -------------------------------------------------------------------------------


def sign_lines(book: Book, spot: Spot) -> list[Line]:
    """A question, a red flag, or the lines said at a level under every concern."""
    code = spot.code or ""
    if code.startswith(FLAG):
        return _flag_lines(book, code.removeprefix(FLAG))
    if code.startswith(LEVEL):
        level = code.removeprefix(LEVEL)
        title = _("Said when nothing may be explained")
        if level != "OUTSIDE":
            title = _("Said at {level}", level=level_word(level))
        made: list[Line] = [(title, HEAD), (_("Under every concern that has no lines of its own."), DIM)]
        return [*made, *spoken(book, spot, book.library.otherwise[level])]
    return _question_lines(book, book.library.questions[code])


def _question_lines(book: Book, one: Question) -> list[Line]:
    library, lang = book.library, i18n.language()
    made: list[Line] = [(one.words.zh, ASK), (one.words.en, ASK)]
    made += answers(one)
    if one.sign is not None:
        made.append((_("Read in a group as: {zh} / {en}", zh=one.sign.zh, en=one.sign.en), KEY))
    if one.procedures:
        names = [words.for_word(code, library) for code in sorted(one.procedures)]
        made.append((_("Only for: {names}", names=", ".join(names)), DIM))
    made += section(_("Red flags it can raise"))
    flags = flags_of(library, one.code)
    made += [(words.flag_words(flag, lang), WARN) for flag in flags] or [(_("None."), DIM)]
    made += section(_("Asked in"))
    names = _asked_in(library, one.code)
    made.append((", ".join(names) if names else _("Nowhere."), DIM))
    return made


def _asked_in(library: Library, code: str) -> list[str]:
    lang = i18n.language()
    found = [
        concern.name.of(lang)
        for concern in library.concerns.values()
        for track in (*library.tracks(concern.code), library.general_tracks[concern.code])
        if code in (*track.ask, *track.details, track.trend)
    ]
    found += [
        flow.title.of(lang)
        for name in library.names("flows")
        for flow in library.flows(name)
        for step in flow.steps
        if code in step.ask or any(code in group.signs for group in step.groups)
    ]
    return list(dict.fromkeys(found))


def _flag_lines(book: Book, code: str) -> list[Line]:
    library, lang = book.library, i18n.language()
    flag = library.flags[code]
    made: list[Line] = [(words.flag_words(flag, lang), WARN), (f"{flag.zh} / {flag.en}", KEY)]
    if flag.everywhere:
        made.append((_("Counted in every concern and every flow."), DIM))
    if flag.procedures:
        names = [words.for_word(one, library) for one in sorted(flag.procedures)]
        made.append((_("Only for: {names}", names=", ".join(names)), DIM))
    if flag.decision is not None:
        made.append((_("More urgent than its source, by a decision of the clinic."), DIM))
    made += section(_("Questions it is read from"))
    asked = [library.questions[one].words.of(lang) for one in sorted(flag.reads) if one in library.questions]
    return [*made, *((marked("?", one), ASK) for one in asked)]


# -- results -----------------------------------------------------------------------------------------------


def outcome_codes(library: Library) -> tuple[str, ...]:
    """What the part of results lists; empty for a release without outcome sets."""
    if OUTCOMES not in library.texts:
        return ()
    return (*library.outcomes.sets, RATINGS, SHEET)


def outcome_name(outcomes: Outcomes, code: str) -> str:
    """A set, the ratings, or the sheet."""
    lang = i18n.language()
    if code == SHEET:
        return outcomes.sheet_name.of(lang)
    return _("Ratings") if code == RATINGS else outcomes.sets[code].name.of(lang)


def outcome_lines(book: Book, spot: Spot) -> list[Line]:
    """An outcome set, the ratings, or the 100-point sheet."""
    lang, outcomes, code = i18n.language(), book.library.outcomes, spot.code or ""
    made = head(book, spot, outcome_name(outcomes, code), OUTCOMES, outcomes.version)
    if code == SHEET:
        made.append((_("Passed with {n} of 100 points.", n=outcomes.pass_mark), KEY))
        area = ""
        for line in outcomes.sheet:
            if line.area.of(lang) != area:
                area = line.area.of(lang)
                made += section(area)
            made.append((f"{line.points:>3}  {line.words.of(lang)}", KEY))
        return made
    if code == RATINGS:
        for question in outcomes.ratings.values():
            made += _asked_as(book, spot, question)
        return made
    one = outcomes.sets[code]
    made.append((words.days_words(one.days), KEY))
    for dimension, name in outcomes.dimensions.items():
        items = [item for item in one.items if item.dimension == dimension]
        if items:
            made += section(name.of(lang))
        for item in items:
            made += _asked_as(book, spot, item.question)
            if item.procedures:
                names = ", ".join(words.for_word(code, book.library) for code in sorted(item.procedures))
                made.append(("   " + _("Only for: {names}", names=names), DIM))
    return made


def _asked_as(book: Book, spot: Spot, code: str) -> list[Line]:
    question = book.library.questions.get(code)
    if question is None:
        return [(marked("?", code), WARN)]
    return [(marked("?", question.words.of(spot.spoken)), ASK), *answers(question)]
