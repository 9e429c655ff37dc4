"""What the call screen's panes say, line by line: records in, styled lines out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from textual.content import Content
from textual.widgets import Static

from console import i18n
from console.i18n import _, p_
from console.rules.phone import grouped
from console.rules.triage import Flag
from console.scripts.conversation import Prompt, PromptKind, Talk
from console.scripts.records import Lines, Question
from console.text import cut, plain
from console.words import level_word, milestone_word, post_op_words, procedure_word
from db.enums import AttemptResult, Level
from db.records import CallSheet, IdentityItem, OnCallCard, OpenTreatment, SheetItem

Line = tuple[str, str]
"""Words and style; the style is a Textual style or empty."""

HEAD = "bold $ink-mark"
ASK = "bold $ink"
KEY = "$ink"
DIM = "$ink-dim"
ALARM = "bold $ink-alarm"
WARN = "bold $ink-warn"
GOOD = "$ink-good"

RESULTS: tuple[tuple[AttemptResult, str], ...] = (
    (AttemptResult.CONNECTED, "connected"),
    (AttemptResult.NO_ANSWER, "no answer"),
    (AttemptResult.BUSY, "busy"),
    (AttemptResult.POWERED_OFF, "switched off"),
    (AttemptResult.UNREACHABLE, "not reachable"),
    (AttemptResult.REJECTED, "rejected"),
    (AttemptResult.VOICEMAIL, "voicemail"),
    (AttemptResult.SUSPENDED, "number suspended"),
    (AttemptResult.INVALID_NUMBER, "wrong or invalid number"),
    (AttemptResult.LINE_ERROR, "fault on our line"),
)
"""Results of a dial by digit: 1 to 9, then 0."""

IDENTITY_WORDS: Mapping[str, str] = {
    "birthday": "birthday (month and day)",
    "visit_date": "date of the visit or operation",
    "surgeon": "surgeon",
    "procedure": "what was done, in her own words",
    "name": "full name, without our saying it",
}


class Pane(Static):
    """A block of styled lines; data in them is cleaned, never markup."""

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Replaces the lines."""
        painted = [
            Content.styled(plain(words), style) if style else Content(plain(words)) for words, style in lines
        ]
        self.update(Content("\n").join(painted))


@dataclass(frozen=True, slots=True)
class FlagBox:
    """What stands above everything while a red flag of this call is open."""

    level: Level
    flags: tuple[Flag, ...]
    lines: Lines | None
    on_call: OnCallCard | None
    saved: bool
    told: str | None
    phoning: str | None
    mis_keyed: bool = False


def phone_words(e164: str) -> str:
    """A number grouped as the desk phone needs it."""
    return grouped(e164)


def treatment_words(one: OpenTreatment) -> str:
    """A treatment in a few words; a restricted one by that word only."""
    if one.masked:
        return f"{procedure_word('restricted')} {post_op_words(one.day)}".strip()
    place = " ".join(part for part in (one.site, one.side or "") if part)
    surgeon = one.surgeon or ""
    return "  ".join(
        part for part in (procedure_word(one.procedure), place, post_op_words(one.day), surgeon) if part
    )


def who_line(sheet: CallSheet, treatment: OpenTreatment | None, number: str | None, identified: bool) -> str:
    """Name, pinyin, number, and, once identity is sure or before dialling, what the call is about."""
    if sheet.patient_id is None:
        return _("Unknown caller") + (f"  {phone_words(sheet.caller_number)}" if sheet.caller_number else "")
    parts = [sheet.name, sheet.pinyin, phone_words(number) if number else ""]
    if treatment is not None:
        parts.append(treatment_words(treatment))
    return "  ".join(part for part in parts if part)


def purpose_lines(item: SheetItem | None, sheet: CallSheet) -> list[Line]:
    """Before dialling: what the call is for (catalogue S1-RECORD-12)."""
    if item is None:
        return [(_("A call that came in."), "")]
    lines: list[Line] = [(milestone_word(item.milestone), HEAD)]
    if item.promised:
        lines.append((_("Promised: {what}", what=item.promised), WARN))
    others = [one for one in sheet.items if one.id != item.id]
    if others:
        names = ", ".join(milestone_word(one.milestone) for one in others)
        lines.append((_("In the same call: {names}", names=names), ""))
    return lines


def preview_lines(sheet: CallSheet, item: SheetItem | None, numbers: Sequence[tuple[str, str]]) -> list[Line]:
    """The track pane before the call is connected."""
    lines = purpose_lines(item, sheet)
    lines.append(("", ""))
    lines += [
        (f"{index}  {number}  {note}".rstrip(), ASK if index == 1 else "")
        for index, (number, note) in enumerate(numbers, 1)
    ]
    if not numbers:
        lines.append((_("No number that may be dialled."), WARN))
    lines.append(("", ""))
    lines.append((_("f5 shows the number to dial on the desk phone and starts the attempt."), DIM))
    return lines


def dialling_lines(number: str, result_words: Sequence[tuple[str, str]]) -> list[Line]:
    """The track pane while the desk phone rings."""
    lines: list[Line] = [(_("Dial now:"), HEAD), (number, "bold $ink-mark"), ("", "")]
    lines += [(f"{key}  {words}", KEY) for key, words in result_words]
    return lines


def result_words() -> list[tuple[str, str]]:
    """Digit and words of each result of a dial."""
    return [(str(index % 10), p_("dial", words)) for index, (_result, words) in enumerate(RESULTS, 1)]


def filled(lines: Lines | None, lang: str, values: Mapping[str, str]) -> list[str]:
    """Spoken lines in the patient's language with their placeholders replaced, literally."""
    return [] if lines is None else [i18n.fill(line, values) for line in lines.of(lang)]


def identity_lines(offered: Sequence[IdentityItem], given: set[str]) -> list[Line]:
    """The identity check: what the patient may give, what the record expects."""
    count = len(given)
    lines: list[Line] = [(_("Identity {n}/2: she gives, you compare.", n=count), HEAD)]
    for index, item in enumerate(offered, 1):
        mark = "[x]" if item.code in given else "[ ]"
        words = p_("identity", IDENTITY_WORDS.get(item.code, item.code))
        expected = procedure_word(item.expected) if item.code == "procedure" else item.expected
        lines.append((f"{index} {mark} {words}: {expected}", ASK if item.decides else KEY))
    lines.append((_("8  somebody else answers      9  wrong person"), KEY))
    return lines


def answer_keys(question: Question, lang: str, hot: str) -> list[Line]:
    """The digits of a question, in the caller's words."""
    if question.kind == "yes_no":
        yes = f"2 {p_('answer', 'yes')}" + (f" -> {hot}" if hot else "")
        return [(f"1 {p_('answer', 'no')}   {yes}   9 {p_('answer', 'unsure')}", KEY)]
    if question.kind == "choice":
        shown = [f"{index} {option.words.of(lang)}" for index, option in enumerate(question.options, 1)]
        return [("   ".join([*shown, f"9 {p_('answer', 'unsure')}"]), KEY)]
    if question.unit == "score":
        return [(_("0 to 9 as one digit, x for 10, enter: unsure"), KEY)]
    if question.kind == "number":
        return [(_("type the number, enter; empty: unsure"), KEY)]
    return [(_("type her words, enter; empty: nothing said"), KEY)]


def prompt_lines(
    talk: Talk,
    prompt: Prompt,
    *,
    screen: str,
    spoken: str,
    values: Mapping[str, str],
    identity: Sequence[IdentityItem],
    given: set[str],
    hot: str,
    verdict: tuple[str, Lines | None, bool],
) -> list[Line]:
    """The track pane during a call.

    Args:
        talk, prompt: the conversation and what is in front.
        screen, spoken: languages of the caller and of the patient.
        values: placeholders.
        identity: items on offer. given: items ticked.
        hot: words of the level a yes would raise, empty when none.
        verdict: for a VERDICT: name, lines, and whether the release is approved.
    """
    done, of = talk.progress
    lines: list[Line] = [(f"{prompt.title.of(screen)}  {min(done + 1, of)}/{of}", HEAD)]
    spoken_lines = filled(prompt.lines, spoken, values)
    if prompt.kind is PromptKind.IDENTITY:
        return [*lines, *((line, ASK) for line in spoken_lines), ("", ""), *identity_lines(identity, given)]
    if prompt.kind is PromptKind.GROUP and prompt.lead is not None:
        signs = [sign.sign.of(spoken) if sign.sign else sign.words.of(spoken) for sign in prompt.signs]
        lines.append((prompt.lead.of(spoken), ASK))
        lines += [(f"- {sign}", ASK) for sign in signs]
        lines.append(
            (
                f"1 {p_('answer', 'none of them')}   2 {p_('answer', 'one or more')}   "
                f"9 {p_('answer', 'unsure')}",
                KEY,
            )
        )
        return lines
    if prompt.kind is PromptKind.QUESTION and prompt.question is not None:
        lines += [(line, ASK) for line in spoken_lines]
        lines.append((prompt.question.words.of(spoken), ASK))
        lines += answer_keys(prompt.question, screen, hot)
        before = talk.answers.get(prompt.question.code)
        if before is not None:
            lines.append(
                (_("answered: {value}", value=answer_word(prompt.question, before.value, screen)), DIM)
            )
        return lines
    if prompt.kind is PromptKind.VERDICT:
        return [
            *lines,
            *verdict_lines(verdict, spoken, values),
            ("", ""),
            (_("enter: back to the call"), KEY),
        ]
    lines += [(line, ASK) for line in spoken_lines]
    if prompt.kind is PromptKind.CONCERNS:
        lines.append((_("digit: the concern she names      enter: none, go on"), KEY))
    elif prompt.kind is PromptKind.CLOSE:
        lines.append((_("ctrl+s saves the call as completed"), KEY))
    else:
        lines.append((_("enter: go on"), KEY))
    return lines


def verdict_lines(
    verdict: tuple[str, Lines | None, bool], spoken: str, values: Mapping[str, str]
) -> list[Line]:
    """What may be said at the end of a concern; explanations only from an approved release."""
    name, lines, approved = verdict
    if name == "say":
        if not approved:
            return [(_("Not yet approved by the doctor: record, do not explain."), WARN)]
        return [(_("This may be said:"), GOOD), *((line, ASK) for line in filled(lines, spoken, values))]
    head = (
        _("Nothing reassuring here. Say:")
        if name == "OUTSIDE"
        else _("Escalated: {level}. Say:", level=level_word(name))
    )
    return [(head, WARN), *((line, ASK) for line in filled(lines, spoken, values))]


def flag_lines(box: FlagBox, screen: str, spoken: str, values: Mapping[str, str]) -> list[Line]:
    """The red flag above everything: level, sentence to say, whom to phone, who has been told."""
    head = f"!! {level_word(box.level)}  " + "; ".join(flag.text(screen) for flag in box.flags)
    lines: list[Line] = [(head, ALARM if box.level is Level.EMERGENCY else WARN)]
    state = _("handed over") if box.saved else _("handing over ...")
    if box.mis_keyed:
        state += "  " + _("marked: caller says mis-keyed")
    lines += [(line, ASK) for line in filled(box.lines, spoken, values)]
    card = box.on_call
    if card is not None and box.level in (Level.EMERGENCY, Level.SAME_DAY):
        people = "  ".join(
            f"{one.name} {phone_words(one.phone) if one.phone else _('no number')}" for one in card.people
        )
        lines.append(
            (
                (_("lead: {people}", people=people) if card.empty else _("on call: {people}", people=people)),
                WARN,
            )
        )
        if box.level is Level.EMERGENCY:
            lines.append(
                (
                    _(
                        "ambulance {number}: by where the patient is; she or her companion dials",
                        number=card.ambulance,
                    ),
                    WARN,
                )
            )
        told = box.told or _("nobody yet: f10")
        lines.append(
            (
                f"{state}   {_('told: {who}', who=told)}"
                + (f"   {_('phoning: {who}', who=box.phoning)}" if box.phoning else ""),
                "",
            )
        )
    else:
        lines.append((state, ""))
    return lines


def answer_word(question: Question, value: object, screen: str) -> str:
    """One answer in the caller's words."""
    if question.kind == "choice":
        found = next((option.words.of(screen) for option in question.options if option.code == value), None)
        if found is not None:
            return found
    if value in ("yes", "no", "unsure"):
        return p_("answer", str(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def history_lines(sheet: CallSheet, zone: ZoneInfo, width: int, most: int = 4) -> list[Line]:
    """Earlier conversations, newest first; shown only once identity is sure."""
    lines: list[Line] = []
    for one in sheet.history[:most]:
        when = one.at.astimezone(zone)
        label = f"D{one.day}" if one.day is not None else f"{when:%m-%d}"
        lines.append((cut(f"{label} {one.summary}", width), DIM))
    return lines


def time_words(moment: datetime, zone: ZoneInfo) -> str:
    """Clinic time of day."""
    return f"{moment.astimezone(zone):%H:%M}"
