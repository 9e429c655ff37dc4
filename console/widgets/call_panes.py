"""What the call screen's panes say, line by line: records in, styled lines out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from textual.content import Content
from textual.widgets import Static

from console import i18n
from console.i18n import _, p_
from console.rules.phone import grouped
from console.scripts.conversation import Prompt, PromptKind, Talk
from console.scripts.prompts import Note
from console.scripts.records import Lines, Question
from console.text import cut, plain
from console.widgets.folding import folded
from console.words import level_word, milestone_word, post_op_words, procedure_word, side_word
from db.enums import AttemptResult, Level
from db.records import CallSheet, IdentityItem, OpenTreatment, SheetItem

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
    """A block of styled lines, folded to its width; data in them is cleaned, never markup."""

    lines_shown: Sequence[Line] = ()

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Replaces the lines."""
        self.lines_shown = tuple(lines)
        self._paint()

    def on_resize(self) -> None:
        """Folds them anew."""
        self._paint()

    def rows_above(self, line: int) -> int:
        """Rows of the pane above a line. Args: its index."""
        width = max(self.size.width, 1)
        return sum(height_of(words, width) for words, _style in self.lines_shown[:line])

    def _paint(self) -> None:
        width = self.size.width
        painted: list[Content] = []
        for words, style in self.lines_shown:
            for row in folded(plain(words), width) if width else [plain(words)]:
                painted.append(Content.styled(row, style) if style else Content(row))
        self.update(Content("\n").join(painted))


def height_of(words: str, width: int) -> int:
    """Rows that a line takes in a pane. Args: its words; cells of the pane."""
    return len(folded(plain(words), width))


def phone_words(e164: str) -> str:
    """A number grouped as the desk phone needs it."""
    return grouped(e164)


def treatment_words(one: OpenTreatment) -> str:
    """A treatment in a few words; a restricted one by that word only."""
    if one.masked:
        return f"{procedure_word('restricted')} {post_op_words(one.day)}".strip()
    place = " ".join(part for part in (one.site, side_word(one.side)) if part)
    surgeon = one.surgeon or ""
    return "  ".join(
        part for part in (procedure_word(one.procedure), place, post_op_words(one.day), surgeon) if part
    )


def who_line(sheet: CallSheet, treatment: OpenTreatment | None, number: str | None) -> str:
    """Name, pinyin, number, and what the call is about: for the caller's eyes, who has to know whom she rings."""
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
    handed = dict.fromkeys(one.handed for one in (item, *sheet.items) if one.handed)
    lines += [(_("Handed over: {why}", why=words), WARN) for words in handed]
    others = [one for one in sheet.items if one.id != item.id]
    if others:
        names = i18n.listed(milestone_word(one.milestone) for one in others)
        lines.append((_("In the same call: {names}", names=names), ""))
    return lines


def preview_lines(
    sheet: CallSheet, item: SheetItem | None, numbers: Sequence[tuple[str, str]], chosen: int
) -> list[Line]:
    """The track pane before the call is connected.

    Args:
        sheet, item: what the call is for.
        numbers: each number, grouped, with whose it is and how often it was tried.
        chosen: place of the one that f5 dials.
    """
    lines = purpose_lines(item, sheet)
    lines.append(("", ""))
    lines += [
        (
            f"{'>' if at == chosen else ' '} {at + 1}  {number}  {note}".rstrip(),
            ASK if at == chosen else "",
        )
        for at, (number, note) in enumerate(numbers)
    ]
    if len(numbers) > 1:
        lines.append((_("a digit chooses another number"), DIM))
    if not numbers:
        lines.append((_("No number that may be dialled."), WARN))
    lines.append(("", ""))
    lines.append((_("f5 shows the number to dial on the desk phone and starts the attempt."), DIM))
    return lines


def dialling_lines(
    number: str, whose: str, result_words: Sequence[tuple[str, str]], voicemail: Sequence[str]
) -> list[Line]:
    """The track pane while the desk phone rings.

    Args:
        number: grouped. whose: name and relation when it is not the patient's own, else empty.
        result_words: digit and words of each result.
        voicemail: what may be left on a voicemail: clinic and number only.
    """
    lines: list[Line] = [(_("Dial now:"), HEAD), (f"{number}  {whose}".rstrip(), "bold $ink-mark"), ("", "")]
    lines += [(f"{key}  {words}", KEY) for key, words in result_words]
    if voicemail:
        lines += [("", ""), (_("On a voicemail say only:"), DIM), *((words, ASK) for words in voicemail)]
    return lines


def result_words() -> list[tuple[str, str]]:
    """Digit and words of each result of a dial."""
    return [(str(index % 10), p_("dial", words)) for index, (_result, words) in enumerate(RESULTS, 1)]


def filled(lines: Lines | None, lang: str, values: Mapping[str, str]) -> list[str]:
    """Spoken lines in the patient's language with their placeholders replaced, literally."""
    return [] if lines is None else [i18n.fill(line, values) for line in lines.of(lang)]


def identity_lines(offered: Sequence[IdentityItem], given: set[str], *, known: bool) -> list[Line]:
    """The identity check: what the patient may give, what the record expects.

    Args:
        offered: items on file. given: codes ticked.
        known: False for a caller nobody has on file: there is nothing to compare.
    """
    if not known:
        return [
            (_("Nobody on file: ask her name, write it into the note."), ASK),
            (_("enter: go on"), KEY),
        ]
    lines: list[Line] = [(_("Identity {n}/2: she gives, you compare.", n=len(given)), HEAD)]
    for index, item in enumerate(offered, 1):
        mark = "[x]" if item.code in given else "[ ]"
        words = p_("identity", IDENTITY_WORDS.get(item.code, item.code))
        expected = procedure_word(item.expected) if item.code == "procedure" else item.expected
        lines.append((f"{index} {mark} {i18n.labelled(words, expected)}", ASK if item.decides else KEY))
    if any(item.decides for item in offered):
        decides = i18n.listed(
            p_("identity", IDENTITY_WORDS.get(item.code, item.code)) for item in offered if item.decides
        )
        lines.append((_("one of the two: {items}", items=decides), DIM))
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
    known: bool,
    hot: str,
    verdict: tuple[str, Lines | None, bool],
    turn_keys: Sequence[Line] = (),
) -> list[Line]:
    """The track pane during a call.

    Args:
        talk, prompt: the conversation and what is in front.
        screen, spoken: languages of the caller and of the patient.
        values: placeholders.
        identity: items on offer. given: items ticked. known: whether the person is on file at all.
        hot: words of the level a yes would raise, empty when none.
        verdict: for a VERDICT: name, lines, and whether the release is approved.
        turn_keys: further keys of a turn of the talk.
    """
    done, of = talk.progress
    lines: list[Line] = [(f"{prompt.title.of(screen)}  {min(done + 1, of)}/{of}", HEAD)]
    spoken_lines = filled(prompt.lines, spoken, values)
    if prompt.kind is PromptKind.IDENTITY:
        checked = identity_lines(identity, given, known=known)
        return [*lines, *((line, ASK) for line in spoken_lines), *checked]
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
        if prompt.question.code not in talk.answers and any(
            prompt.question.code in turn.asked for turn in talk.turns
        ):
            lines.append((_("Asked just now: key her answer, do not ask it twice."), WARN))
            lines.append((prompt.question.words.of(spoken), DIM))
        else:
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
    lines += level_lines(prompt)
    lines += [(line, ASK) for line in spoken_lines]
    if prompt.shut:
        lines.append((_("More to say here only after identity (f2, then t again)."), WARN))
    if prompt.kind is PromptKind.CONCERNS:
        lines.append((_("digit: the concern she names      enter: none, go on"), KEY))
    elif prompt.kind is PromptKind.CLOSE:
        lines.append((_("ctrl+s saves the call as completed"), KEY))
    else:
        lines += [*turn_keys, (_("enter: go on"), KEY)]
    return [*lines, *note_lines(prompt, screen)]


def level_lines(prompt: Prompt) -> list[Line]:
    """How soon a clinician has to see her whatever she answers, with the key that reports it."""
    if prompt.level is None:
        return []
    level = level_word(prompt.level)
    if not Level(prompt.level).escalates:
        return [(_("A clinician looks at it ({level}), whatever she answers.", level=level), WARN)]
    words = _("A clinician has to see her ({level}), whatever she answers: report it now, f4.", level=level)
    return [(words, WARN)]


def note_lines(prompt: Prompt, screen: str) -> list[Line]:
    """Notes of a prompt, for the caller's eyes: a heading, then each with a dash. Args: prompt; her language."""
    heads = {
        "never": _("Never say or do:"),
        "first": _("Asked before anything else:"),
        "collect": _("To write down, and photographs:"),
        "remedies": _("May be proposed, never promised; who decides:"),
        "orders": _("Her doctor's written order comes before any number:"),
    }
    deciders = {
        "lead": p_("decides", "the lead"),
        "doctor": p_("decides", "the doctor"),
        "lead_and_doctor": p_("decides", "lead and doctor"),
    }
    if not prompt.notes:
        return []
    lines: list[Line] = [(heads[prompt.part], KEY)] if prompt.part in heads else []
    # A line is broken at blanks first: behind one, a Chinese sentence would leave its dash alone.
    dash = "-" if screen == "zh" else "- "
    for note in prompt.notes:
        who = f" ({deciders[note.by]})" if isinstance(note, Note) and note.by in deciders else ""
        lines.append((f"{dash}{note.of(screen)}{who}", DIM))
    return lines


def halted_lines(lines: Sequence[Line]) -> list[Line]:
    """A prompt after an answer that raised an emergency: the one key that goes on stands for all its keys."""
    on: Line = (_("enter: I have said it, go on asking"), WARN)
    first = next((index for index, (_words, style) in enumerate(lines) if style == KEY), len(lines))
    return [*lines[:first], on, *(line for line in lines[first:] if line[1] != KEY)]


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
        lines.append((cut(i18n.labelled(label, one.summary), width), DIM))
    return lines
