"""Turns of the talk: what a caller opens by hand when the patient is angry, asks about the shower, or disputes.

A turn is made from a situation's flow, a playbook, or the words of a care milestone. `offers` lists what can be
opened, what fits best first. Pure; the screen plays a turn through `conversation.take_turn`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from console.rules import names
from console.rules.triage import Flag
from console.scripts.errors import ScriptError
from console.scripts.library import Library
from console.scripts.prompts import Gate, Note, Opened, Prompt, PromptKind, joined, question_prompt
from console.scripts.records import (
    EVERYBODY,
    FlowView,
    Lines,
    OpenTreatment,
    Person,
    Procedure,
    Question,
    Words,
)
from console.scripts.records_service import CareWords, Playbook
from console.scripts.select import NOBODY, condition, orders, select_flow
from console.scripts.words import CLINICAL_PLACEHOLDERS, fill, placeholders

SITUATION, PLAYBOOK, CARE = "situation", "playbook", "care"
"""Kinds of turns; `Turn.code` is `kind:code`."""
COMPLAINT = "complaint"
MODERATE = "moderate"
"""Severity of a complaint nobody has judged yet: what the caller's own report takes (policy `complaint`)."""

_SAME_DAY_TWICE = re.compile(r"\{from\}(?:天|日)?\s*(?:到第?|至第?|-|to (?:day )?|and (?:day )?)\s*\{to\}")
_SITUATION = re.compile(r"^\[situation\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the talk.

    Args:
        code: kind and code, like "playbook:refund_surgery".
        title: as the list shows it.
        prompts: what is read and asked, in order, with gates still closed.
        view: the flow whose flags count with its answers; None when nothing is asked.
        concern: opened by itself at its end. opened: that concern over her treatments; its lines count for a
            flag that is raised while the turn is in front.
        outcome: result of the call it proposes. report: what it proposes to hand over, "complaint" or
            "request".
        after_identity: refused before the patient has shown who she is.
        check: concerns which are asked, one by one, before anything is explained.
        raises: the flag which stands as soon as it is opened. asked: questions its lines ask already.
        clock, severity: what dates the answer the patient is told (rules/sla.py).
    """

    code: str
    title: Words
    prompts: tuple[Prompt, ...]
    view: FlowView | None = None
    concern: str | None = None
    opened: Opened | None = None
    outcome: str | None = None
    report: str | None = None
    after_identity: bool = False
    clock: str = "severity"
    severity: str = MODERATE
    check: tuple[str, ...] = ()
    raises: Flag | None = None
    asked: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """SITUATION, PLAYBOOK or CARE."""
        return self.code.partition(":")[0]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question it asks, in order."""
        return tuple(one.question for one in self.prompts if one.question is not None)


def _key(code: str, number: int) -> str:
    return f"turn:{code}:{number}"


def turn_prompts(view: FlowView) -> tuple[Prompt, ...]:
    """What a situation has to read and ask. Args: its flow. Returns lines of a step together, each question
    alone."""
    made: list[Prompt] = []
    for number, step in enumerate(view.steps):
        title = Words(f"{view.title.zh}：{step.title.zh}", f"{view.title.en}: {step.title.en}")
        if step.say is not None:
            key = _key(f"{SITUATION}:{view.code}", number)
            made.append(Prompt(key, PromptKind.LINES, title, step.say))
        asked = (*step.ask, *(sign for group in step.groups for sign in group.signs))
        made += [question_prompt(view.questions[one], title) for one in asked if one in view.questions]
    return tuple(made)


def turn_of_flow(view: FlowView) -> Turn:
    """The turn of a situation. Args: the selected flow. Returns it with what the situation proposes."""
    situation = view.situation
    turn = Turn(f"{SITUATION}:{view.code}", view.title, turn_prompts(view), view)
    if situation is None:
        return turn
    return replace(
        turn,
        concern=situation.concern,
        outcome=situation.outcome,
        report=situation.report,
        raises=next((flag for flag in view.flags if flag.code == situation.raises), None),
        after_identity=situation.after_identity,
        asked=situation.asked,
    )


def turn_of_playbook(library: Library, book: Playbook, day: int | None = None) -> Turn:
    """The turn of a dispute.

    Args: library, for the names of its concerns; the playbook; post-op day of the treatment the call is about,
    None without one: outside the playbook's days its explanation is left out.
    Returns listening and never-say; the clinical questions that come first; the explanation, behind its gate;
    what to collect; the rights; the answer with the remedies. What tells of the treatment waits for identity:
    the clinical step, and all that is said of a procedure's own playbook but the listening.
    """
    code = f"{PLAYBOOK}:{book.code}"
    concerns = tuple(library.concerns[one] for one in book.check if one in library.concerns)
    heard = joined([book.listen, book.acknowledge])
    assert heard is not None
    own = bool(book.procedures)

    def prompt(number: int, part: str, lines: Lines | None, notes: Iterable[Words] = ()) -> Prompt:
        return Prompt(_key(code, number), PromptKind.LINES, book.title, lines, notes=tuple(notes), part=part)

    def after_identity(made: Prompt, before: Lines | None = None) -> Prompt:
        return replace(made, lines=before, gate=Gate.IDENTITY, more=made.lines)

    def told(made: Prompt) -> Prompt:
        clinical = own or _clinical(made.lines)
        return after_identity(made) if clinical else made

    first = replace(prompt(1, "never", heard, (one.words for one in book.never)), level=book.level)
    check = prompt(2, "first", book.ask_first, (one.name for one in concerns))
    made = [
        after_identity(first, book.listen) if own or _clinical(book.acknowledge) else first,
        after_identity(replace(check, level=book.level, concerns=concerns)),
    ]
    first_day, last_day = book.days
    fits = book.days == (None, None) or (
        day is not None and (first_day or 0) <= day and (last_day is None or day <= last_day)
    )
    if book.explain is not None and fits:
        made.append(
            Prompt(
                _key(code, 3),
                PromptKind.LINES,
                book.title,
                part="explain",
                gate=Gate.SAY,
                more=book.explain,
            )
        )
    made.append(prompt(4, "collect", None, (*book.collect, *book.photos)))
    made.append(told(prompt(5, "rights", joined([one.say for one in book.rights]))))
    remedies = (Note(one.words.zh, one.words.en, one.approver) for one in book.remedies)
    made.append(replace(told(prompt(6, "remedies", book.answer, remedies)), concerns=concerns))
    return Turn(
        code,
        book.title,
        tuple(made),
        report=COMPLAINT,
        clock=book.clock,
        severity=book.severity,
        check=tuple(one.code for one in concerns),
    )


def _clinical(lines: Lines | None) -> bool:
    texts = () if lines is None else (*lines.zh, *lines.en)
    return any(placeholders(text) & CLINICAL_PLACEHOLDERS for text in texts)


def turn_of_care(words: CareWords, procedure: Procedure | None, written_orders: str = "") -> Turn:
    """The turn of a care milestone: what is said about shower, make-up, work.

    Args:
        words: of the milestone.
        procedure: hers; None without one, or when the reader may not know it: no day is named then.
        written_orders: of her own doctor; they come before every general number (DECISIONS 14).

    Returns:
        One prompt: her sheet, and behind its gate the days of the procedure when they have a source.
    """
    code = f"{CARE}:{words.code}"
    notes = (Words(written_orders, written_orders),) if written_orders else ()
    read = Prompt(_key(code, 1), PromptKind.LINES, words.name, words.sheet, notes=notes, part="orders")
    say = _with_days(words, procedure)
    if say is not None:
        read = replace(read, gate=Gate.SAY, more=say)
    return Turn(code, words.name, (read,), after_identity=True)


def _with_days(words: CareWords, procedure: Procedure | None) -> Lines | None:
    care = None if procedure is None else procedure.care.get(words.code)
    if words.say is None or care is None or not care.sourced or care.from_day is None or care.to_day is None:
        return None
    by_order = words.code == "stitches_out" and (
        procedure is not None and (procedure.stitches_by_order or not care.from_day)
    )
    if by_order or not care.to_day:
        return None
    days = {"from": str(care.from_day), "to": str(care.to_day)}

    def filled(text: str) -> str:
        # A range of one day is one day: "day 14", not "day 14 to 14".
        once = _SAME_DAY_TWICE.sub("{from}", text) if care.from_day == care.to_day else text
        return fill(once, days)

    return Lines(tuple(filled(one) for one in words.say.zh), tuple(filled(one) for one in words.say.en))


# -- the list --


@dataclass(frozen=True, slots=True)
class Offer:
    """One line of the list a caller picks from.

    Args:
        code: as `Turn.code`. title: what is shown.
        also: other words that find it.
        proposed: its condition holds for this patient. after_identity: as in `Turn`.
    """

    code: str
    title: Words
    also: tuple[str, ...] = ()
    proposed: bool = False
    after_identity: bool = False

    @property
    def kind(self) -> str:
        """SITUATION, PLAYBOOK or CARE."""
        return self.code.partition(":")[0]


def offers(
    library: Library, treatment: OpenTreatment | None, role: str = EVERYBODY, person: Person = NOBODY
) -> tuple[Offer, ...]:
    """Everything a caller may open, what fits best first.

    Args:
        library: the release.
        treatment: the one the call is about; None for somebody without one, or one the reader may not know.
        role: of the caller. person: what is known of the patient.

    Returns:
        The situation that raises a flag, those whose condition proposes them, the other situations, playbooks of
        this procedure and day, of this procedure, of every procedure, the other playbooks, care words of the
        procedure, the other ones; each group in its own order.
    """
    procedure = None if treatment is None else library.procedures.get(treatment.procedure)
    known = treatment if procedure is not None else None
    return (
        *_situations(library, known, procedure, role, person),
        *_playbooks(library, known, procedure),
        *_cares(library, procedure),
    )


def situations(library: Library) -> Iterator[str]:
    """Codes of the flows that are turns of the talk; only those files are parsed. Args: the release."""
    texts = library.texts
    for code in library.names("flows"):
        if _SITUATION.search(texts[f"flows/{code}.toml"]):
            yield code


def _situations(
    library: Library,
    treatment: OpenTreatment | None,
    procedure: Procedure | None,
    role: str,
    person: Person,
) -> Iterator[Offer]:
    due = orders(procedure, treatment)[0] if procedure and treatment else frozenset[str]()
    found: list[tuple[bool, bool, int, Offer]] = []
    for code in situations(library):
        try:
            view = select_flow(library, treatment, code, role, person)
        except ScriptError as error:
            if error.code != "no_variant":
                raise
            continue
        one = view.situation
        if one is None:
            continue
        proposed = one.offer is not None and condition(one.offer, procedure, treatment, due, person)
        offer = Offer(f"{SITUATION}:{code}", view.title, (), proposed, one.after_identity)
        # What raises a flag keeps its digit, whatever else is proposed: it is picked without reading.
        found.append((one.raises is None, not proposed, one.order, offer))
    yield from (row[-1] for row in sorted(found, key=lambda row: row[:3]))


def _playbooks(
    library: Library, treatment: OpenTreatment | None, procedure: Procedure | None
) -> Iterator[Offer]:
    def rank(book: Playbook) -> int:
        if not book.procedures:
            return 2
        if treatment is None or procedure is None or not procedure.matches(book.procedures):
            return 3
        first, last = book.days
        fits = (first is None or treatment.day >= first) and (last is None or treatment.day <= last)
        return 0 if fits else 1

    for book in sorted(library.playbooks.values(), key=rank):
        yield Offer(
            f"{PLAYBOOK}:{book.code}", book.title, (book.when.zh, book.when.en, book.cause), rank(book) == 0
        )


def _cares(library: Library, procedure: Procedure | None) -> Iterator[Offer]:
    own = () if procedure is None else tuple(procedure.care)
    for words in sorted(library.care_words.values(), key=lambda one: one.code not in own):
        yield Offer(f"{CARE}:{words.code}", words.name, words.aliases, after_identity=True)


# -- finding one in the list --


@lru_cache(maxsize=1024)
def search_keys(offer: Offer) -> frozenset[str]:
    """Spellings a typed filter may use: titles and other words in both languages, pinyin, initials.

    Args: the offer. The first call loads the readings of pinyin, 66 MB: not for the event loop.
    """
    found: set[str] = set()
    for text in (offer.title.zh, *offer.also):
        if any("\u3400" <= char <= "\u9fff" for char in text):
            # The dot keeps the first character from being read as a surname; both readings are found.
            found |= names.pinyin_keys(text) | {names.fold(names.pinyin(f"·{text}"))}
            found |= {names.initials(text), names.initials(f"·{text}")}
    return plain_keys(offer) | {one for one in found if one}


def plain_keys(offer: Offer) -> frozenset[str]:
    """Spellings without pinyin, at hand at once. Args: the offer."""
    return frozenset(names.fold(text) for text in (offer.title.zh, offer.title.en, *offer.also) if text)


def found(typed: str, keys: frozenset[str]) -> bool:
    """Whether what was typed finds an offer. Args: the filter as typed; its `search_keys`."""
    wanted = names.fold(typed)
    return not wanted or any(wanted in key for key in keys)
