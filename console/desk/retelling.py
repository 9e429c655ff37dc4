"""One earlier call in the words of the release it was read from.

What was said is worked out anew from that release, the stored answers and the approval of that day; which
of the lines a caller read aloud nobody stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from console.i18n import fill, translate
from console.rules.triage import Answer
from console.scripts import records as tracks
from console.scripts.conversation import Opened
from console.scripts.errors import ScriptError
from console.scripts.joint import select_joint
from console.scripts.library import Library
from console.scripts.records import Lines, Question, Step
from console.scripts.select import condition, select_concern, select_flow, triage_concern
from console.scripts.untreated import select_untreated
from db.connect import Row
from db.enums import Level
from db.reading_records import NOT_APPROVED, OUTSIDE, SAY, AnswerRead, CallRead, PartRead

PLACEHOLDERS: Mapping[str, str] = {
    "clinic": "name of the clinic",
    "caller": "name of the caller",
    "role": "her role",
    "patient_name": "name of the patient",
    "surgeon": "name of the surgeon",
    "procedure": "what was done",
    "day": "day after the operation",
    "night_phone": "number for the night",
    "ambulance": "number of the ambulance",
    "hotline": "number of the helpline",
    "on_call": "doctor on call",
    "on_call_phone": "number of the doctor on call",
    "next_contact": "day of the next call",
    "stitches_date": "day the stitches come out",
    "review_date": "day of the review",
    "answer_date": "day of the answer",
    "reply_by": "time of the answer",
    "from": "first day",
    "to": "last day",
}
"""What stands for a value nobody stored (context `placeholder`)."""
THEN = frozenset(
    {
        "returning",
        "new_patient",
        "leaves_town",
        "stitches_due",
        "splint_due",
        "drain_in",
        "inpatient",
        "at_home",
    }
)
"""Conditions of steps that depend on what the record said on that day."""
BY_ROLE = frozenset({"doctor", "not_doctor"})
"""Conditions of steps that depend on who called."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the record has of a call, read in one transaction."""

    row: Row
    call_day: date
    answers: tuple[Row, ...]
    raised: tuple[tuple[int, Level], ...]
    main: tracks.OpenTreatment | None
    others: Mapping[int, tracks.OpenTreatment]
    person: tracks.Person
    role: str
    role_known: bool
    release: Row | None
    approved_at: int | None


class Reader:
    """Puts one call into the words of its release."""

    def __init__(self, base: CallRead, facts: Facts, library: Library) -> None:
        self.base, self.facts, self.library = base, facts, library
        self.lang = base.lang
        self.standing = [one for one in facts.answers if not one["superseded_at"]]
        self.values: dict[str, Answer] = {
            str(one["question"]): one["value"]
            if one["number"] is None or one["value"] == "unsure"
            else one["number"]
            for one in self.standing
        }
        self.used: set[int] = set()
        self.filled = self._fillings()

    def read(self) -> CallRead:
        """The whole record."""
        title, steps = self._steps()
        concerns = [self._concern(code) for code in self._named()]
        left = self._answers(one for one in self.facts.answers if one["id"] not in self.used)
        other = (PartRead("other", answers=left),) if left else ()
        return replace(self.base, title=title, parts=(*steps, *other, *concerns))

    # -- words --

    def _fillings(self) -> dict[str, str]:
        """What is known fills its gap; every other gap says what stood there."""
        made = {
            name: translate(self.lang, "({what})", what=translate(self.lang, f"placeholder\x04{words}"))
            for name, words in PLACEHOLDERS.items()
        }
        main = self.facts.main
        if main is not None:
            made["day"] = str(main.day)
            if main.procedure in self.library.procedures:
                made["procedure"] = self.library.procedures[main.procedure].name.of(self.lang)
        return made

    def _lines(self, lines: Lines | None) -> tuple[str, ...]:
        return () if lines is None else tuple(fill(one, self.filled) for one in lines.of(self.lang))

    def _value(self, question: Question | None, row: Row, value: str) -> str:
        if question is not None and question.kind == "choice":
            for option in question.options:
                if option.code == value:
                    return option.words.of(self.lang)
        if value in ("yes", "no", "unsure"):
            return translate(self.lang, f"answer\x04{value}")
        if question is not None and question.kind == "number" and row["number"] is not None:
            return f"{row['number']:g}"
        return value

    def _question(self, question: Question | None, code: str, *, in_group: bool) -> str:
        if question is None:
            return code
        # Among others only its short form was read aloud.
        words = question.sign if in_group and question.sign is not None else question.words
        return fill(words.of(self.lang), self.filled)

    def _answers(self, rows: Iterable[Row]) -> tuple[AnswerRead, ...]:
        """Questions with their answers, in the order they stand; corrected ones behind the one that stands."""
        made: dict[tuple[str, int | None], AnswerRead] = {}
        for row in sorted(rows, key=lambda one: (one["superseded_at"] is not None, int(one["id"]))):
            self.used.add(int(row["id"]))
            code = str(row["question"])
            question = self.library.questions.get(code)
            answer = self._value(question, row, str(row["value"]))
            known = made.get((code, row["treatment_id"]))
            if known is None:
                made[code, row["treatment_id"]] = AnswerRead(
                    code=code,
                    question=self._question(question, code, in_group=bool(row["asked_in_group"])),
                    answer=answer,
                    in_group=bool(row["asked_in_group"]),
                    counts=row["superseded_at"] is None,
                )
            else:
                was = (*known.was, (answer, str(row["correction_reason"] or "")))
                made[code, row["treatment_id"]] = AnswerRead(
                    known.code, known.question, known.answer, was, known.in_group, known.counts
                )
        return tuple(made.values())

    # -- the flow --

    def _steps(self) -> tuple[str | None, tuple[PartRead, ...]]:
        facts, code = self.facts, self.base.flow
        if code is None:
            return None, ()
        main = facts.main or min(facts.others.values(), key=lambda one: one.day, default=None)
        try:
            view = select_flow(self.library, main, code, facts.role, facts.person)
        except ScriptError:
            return code, ()
        flow = next(one for one in self.library.flows(code) if one.where == view.where)
        procedure = None if main is None else self.library.procedure(main.procedure)
        in_flow = [one for one in facts.answers if one["concern"] is None]
        made: list[PartRead] = []
        known, sets = self.base.identified, self.library.outcomes.sets
        gate = next((n for n, step in enumerate(flow.steps) if step.kind == "identity"), len(flow.steps))
        for number, step in enumerate(flow.steps):
            wanted = {*step.ask, *(sign for group in step.groups for sign in group.signs)}
            asked_of = sets.get(step.outcomes or "")
            wanted |= set() if asked_of is None else {item.question for item in asked_of.items}
            answers = self._answers(one for one in in_flow if one["question"] in wanted)
            if not answers:
                # Nobody stored which lines were read: those of a question that was not asked surely were not.
                if wanted or (not known and number > gate) or step.kind == "concerns":
                    continue
                if not self._depends(step) and not condition(
                    step.when, procedure, main, frozenset(), facts.person, facts.role
                ):
                    continue
            made += self._step(step, answers)
        return flow.title.of(self.lang), tuple(made)

    def _depends(self, step: Step) -> bool:
        """Whether nobody can say any more if its condition held."""
        return step.when in THEN or (step.when in BY_ROLE and not self.facts.role_known)

    def _step(self, step: Step, answers: tuple[AnswerRead, ...]) -> Iterator[PartRead]:
        """A step; each group of signs that was read in one breath is a part of its own, without a title."""
        by_group = [tuple(one for one in answers if one.code in group.signs) for group in step.groups]
        placed = {one.code for heard in by_group for one in heard}
        own = tuple(one for one in answers if one.code not in placed)
        when = step.when if self._depends(step) and not answers else None
        yield PartRead("step", step.title.of(self.lang), when, self._lines(step.say), own)
        for group, heard in zip(step.groups, by_group, strict=True):
            if heard:
                yield PartRead("step", lines=(fill(group.lead.of(self.lang), self.filled),), answers=heard)

    # -- the concerns --

    def _named(self) -> list[str]:
        named = (str(one["concern"]) for one in self.facts.answers if one["concern"] is not None)
        return list(dict.fromkeys(named))

    def _opened(self, code: str, asked_of: set[int]) -> Opened:
        """A concern over the treatments open on that day, as the call screen opens it."""
        facts = self.facts
        own = [facts.others[one] for one in sorted(asked_of) if one in facts.others]
        ordered = [*own, *([facts.main] if facts.main is not None else []), *facts.others.values()]
        unique = list({(one.procedure, one.day, one.site, one.side): one for one in ordered}.values())
        if not unique:
            return Opened(code, (select_untreated(self.library, code),))
        if len(unique) == 1:
            return Opened(code, (select_concern(self.library, unique[0], code, facts.role),))
        return Opened(code, select_joint(self.library, unique, code, facts.role).views)

    def _concern(self, code: str) -> PartRead:
        rows = [one for one in self.facts.answers if one["concern"] == code]
        answers = self._answers(rows)
        try:
            opened = self._opened(code, {int(one["treatment_id"]) for one in rows if one["treatment_id"]})
        except ScriptError:
            return PartRead("concern", code, answers=answers)
        verdicts = [triage_concern(view, self.values) for view in opened.views]
        heard = max((int(one["at"]) for one in rows), default=int(self.facts.row["ended_at"]))
        levels = [level for at, level in self.facts.raised if at <= heard and level.escalates]
        levels += [one.level for one in verdicts if one.level is not None and one.level.escalates]
        title = opened.views[0].concern.name.of(self.lang)
        if levels:
            name = str(min(levels, key=lambda one: one.rank))
        elif (
            self.base.identified
            and all(one.reassurance_allowed for one in verdicts)
            and all(view.say is not None for view in opened.views)
        ):
            if not self.base.might_say:
                return PartRead("concern", title, answers=answers, said_as=NOT_APPROVED)
            return PartRead(
                "concern", title, answers=answers, said_as=SAY, said=self._lines(opened.views[0].say)
            )
        else:
            name = OUTSIDE
        lines = next((view.otherwise[name] for view in opened.views if name in view.otherwise), None)
        return PartRead("concern", title, answers=answers, said_as=name, said=self._lines(lines))
