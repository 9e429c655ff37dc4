"""The words of everybody in a practised call: the patient's general lines, the caller's own, and how long they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.desk.spoken import MONTHS
from console.practice import lines, truth
from console.practice.stage import Stage
from console.rules.triage import UNSURE, Answer
from console.scripts.conversation import Prompt, Talk
from console.scripts.records import Question
from console.scripts.words import fill

CALLER_PACE = 5.0
"""Characters a second at which a caller reads aloud in Chinese."""
ENGLISH = 3.5
"""How many English letters are spoken in the time of one Chinese character."""
BETWEEN_S = 0.4
"""Seconds between two speakers."""


class Voice:
    """What people say in one call. Args: stage; seed, so that the same call is worded the same way."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self._stage, self._seed = stage, seed
        self._general = lines.general()

    @property
    def usual(self) -> Mapping[str, Answer]:
        """Answers of a good recovery, by question code."""
        return self._general.usual(self._stage.scenario.treatments)

    @property
    def _zh(self) -> bool:
        return self._stage.lang == "zh"

    # -- the patient's words --

    def general(self, kind: str, mood: str, occurrence: int, values: Mapping[str, str]) -> str:
        """A line that stands behind every scenario.

        Args:
            kind: what it is for. mood: hers. occurrence: how often such a line was said before.
            values: of its placeholders.
        """
        scenario, lang = self._stage.scenario, self._stage.lang
        said = lines.line(self._general, scenario.code, kind, mood, lang, self._seed, occurrence)
        here = {"place": scenario.place.of(lang), "companion": scenario.companion.of(lang)}
        return lines.filled(said, {**here, **values}, lang)

    def value(self, question: Question) -> Answer:
        """The true answer to a question."""
        return truth.value(self._stage.scenario, self.usual, question)

    def kind(self, question: Question, *, vague: bool) -> tuple[str, Mapping[str, str]]:
        """Which general line answers a question, and the values of its placeholders."""
        true = self.value(question)
        return lines.answer_kind(question, true, self._stage.lang, vague=vague or true == UNSURE)

    def text(self, question: Question) -> str:
        """What she says to a question that takes her own words."""
        named = self._stage.scenario.truth.get(question.code)
        if named is not None and isinstance(named.value, str):
            return named.value
        return self.general(f"text:{question.code}", "calm", 0, {})

    def item(self, code: str, expected: str) -> str:
        """An identity item as a person says it. Args: code; what the record expects."""
        lang = self._stage.lang
        if code == "birthday" and "-" in expected:
            month, day = expected.split("-")[-2:]
            return f"{int(month)}月{int(day)}号" if lang == "zh" else f"{MONTHS[int(month) - 1]} {int(day)}"
        if code == "visit_date" and expected.count("-") == 2:
            _year, month, day = expected.split("-")
            return f"{int(month)}月{int(day)}号" if lang == "zh" else f"{MONTHS[int(month) - 1]} {int(day)}"
        if code == "procedure":
            known = self._stage.library.procedures.get(expected)
            return expected if known is None else known.name.of(lang)
        return expected

    # -- the caller's words --

    def filled(self, words: str) -> str:
        """A spoken line with its placeholders replaced."""
        return fill(words, self._stage.values)

    def joined(self, words: Sequence[str]) -> str:
        """Sentences said one after the other."""
        return ("" if self._zh else " ").join(words)

    def listed(self, lead: str, signs: Sequence[str]) -> str:
        """A lead and the signs read after it."""
        return f"{lead}{'、'.join(signs)}？" if self._zh else f"{lead} {', '.join(signs)}?"

    def asked_aloud(self, prompt: Prompt) -> str:
        """A question as it is read. Args: prompt."""
        lang = self._stage.lang
        if prompt.question is not None:
            return prompt.question.words.of(lang)
        if prompt.lead is not None:
            return self.listed(
                prompt.lead.of(lang), [(one.sign or one.words).of(lang) for one in prompt.signs]
            )
        return ""

    def feeling(self) -> str:
        """A sentence that meets a feeling."""
        return self._general.feeling_line.of(self._stage.lang)

    def doctor(self) -> str:
        """Whom the right call tells."""
        return self._stage.values.get("on_call", "")

    def callback(self) -> str:
        """What the right call promises."""
        return self._general.callback.of(self._stage.lang)

    def note(self) -> str:
        """What the right call notes."""
        return self._general.note.of(self._stage.lang)

    @staticmethod
    def feels(words: str) -> bool:
        """Whether words meet a feeling. Args: what was typed, in either language."""
        folded = words.casefold()
        return any(word in folded for word in lines.general().feeling)

    # -- time and what is asked --

    def seconds(self, who: str, words: str) -> float:
        """How long words take to say, and the breath after them. Args: who says them; the words."""
        pace = CALLER_PACE if who == "caller" else self._stage.scenario.persona.pace
        return len(words) / (pace if self._zh else pace * ENGLISH) + BETWEEN_S

    def questions(self, talk: Talk) -> Mapping[str, Question]:
        """Every question a conversation can ask, by code. Args: talk."""
        found = dict(talk.flow.questions)
        for one in (*talk.turns, *talk.concerns):
            found.update({question.code: question for question in one.questions})
        return found
