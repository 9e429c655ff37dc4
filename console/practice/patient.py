"""The simulated patient: what she says to what is in front of the trainee, how her mood moves, what comes in by itself.

Pure and deterministic: her words depend on the scenario, the seed and what was done before, on nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from console.practice.records import MOODS, PATIENT, PLAIN, PROXY, STRANGER, VAGUE, Interruption
from console.practice.stage import Stage
from console.practice.stand import Stand
from console.practice.voice import Voice
from console.rules.triage import YES
from console.scripts.conversation import Prompt, PromptKind
from console.scripts.records import Lines, Question

LETS_GO = 1
"""Prompts that may pass before something that came in counts as left unanswered."""
AGAIN_AT = 2
"""Prompts after which she says it again."""
SILENT = frozenset(
    {
        "silent",
        "crying",
        "angry",
        "line_drop",
        "bad_line",
        "cannot_speak",
        "proxy",
        "wrong_person",
        "thinks_it_is_fraud",
        "asks_who_are_you",
        "suicidal",
    }
)
"""Kinds after which what was asked is not answered until they were met."""
Line = tuple[str, str, str]
"""Who speaks, the words, and the code of what it is."""


@dataclass(frozen=True, slots=True)
class Patient:
    """The person on the telephone as she is now.

    Args:
        mood: index into MOODS. on_line: who is really there.
        fired: interruptions and volunteered lines that came already.
        pending: interruptions waiting for an answer, with the prompts that passed meanwhile.
        answered: interruptions met in time. ignored: those left too long.
        given: identity items she gave. heard: how each question was answered, plainly or vaguely.
        front: what she last answered to. reads: lines read to her.
        counts: how often a kind of line was said. met: a feeling was met.
        later: interruptions met whose end is still to come.
        placed: she has said where she is and who is with her.
    """

    mood: int = 0
    on_line: str = PATIENT
    fired: frozenset[str] = frozenset()
    pending: tuple[tuple[str, int], ...] = ()
    answered: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    heard: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    front: str = ""
    reads: int = 0
    counts: Mapping[str, int] = field(default_factory=dict[str, int], hash=False)
    met: bool = False
    later: tuple[str, ...] = ()
    placed: bool = False

    @property
    def mood_name(self) -> str:
        """The mood's name."""
        return MOODS[self.mood]


def begin(stage: Stage) -> Patient:
    """The patient before anybody rings. Args: the stage."""
    scenario = stage.scenario
    return Patient(mood=MOODS.index(scenario.persona.start), on_line=scenario.on_line)


def interruption(stage: Stage, code: str) -> Interruption:
    """An interruption of the scenario. Args: stage; its code. Raises KeyError without one."""
    return next(one for one in stage.scenario.interruptions if one.code == code)


def _moved(stage: Stage, patient: Patient, steps: int) -> Patient:
    best = MOODS.index(stage.scenario.persona.best)
    # Nobody is calmed below her best mood, and nobody who is better than it is made worse by that.
    floor = min(best, patient.mood)
    return replace(patient, mood=max(floor, min(len(MOODS) - 1, patient.mood + steps)))


class Speaking:
    """Collects what is said in answer to one action; the patient after it is in `patient`.

    Args:
        stage: the call. voice: her words. patient: as she was.
    """

    def __init__(self, stage: Stage, voice: Voice, patient: Patient) -> None:
        self.stage, self.voice, self.patient = stage, voice, patient
        self.lines: list[Line] = []

    # -- speaking --

    def _who(self) -> str:
        return self.patient.on_line

    def _say(self, words: str, code: str, who: str | None = None) -> None:
        if words:
            self.lines.append((who or self._who(), words, code))

    def _own(self, lines: Lines | None, code: str, who: str | None = None) -> None:
        if lines is not None:
            self._say(self.voice.joined(lines.of(self.stage.lang)), code, who)

    def _general(self, kind: str, code: str, who: str | None = None, **values: str) -> None:
        # All plain noes count together, so that no two in a row are worded alike.
        like = kind.partition(":")[0]
        said = self.patient.counts.get(like, 0)
        self.patient = replace(self.patient, counts={**self.patient.counts, like: said + 1})
        self._say(self.voice.general(kind, self.patient.mood_name, said, values), code, who)

    def picks_up(self) -> None:
        """Somebody takes the receiver, or the one who rang begins."""
        scenario = self.stage.scenario
        if scenario.pickup is not None:
            self._own(scenario.pickup, "pickup")
        else:
            self._general("pickup" if self._who() == PATIENT else self._who(), "pickup")
        self._come_in({"pickup"})

    def goodbye(self) -> None:
        """The call was saved."""
        if self._who() == PATIENT and not self._dropped():
            self._general("goodbye", "goodbye")

    def _dropped(self) -> bool:
        """Whether the line went dead: nobody hears what is asked now."""
        drops = {one.code for one in self.stage.scenario.interruptions if one.kind == "line_drop"}
        return bool(drops & self.patient.fired)

    # -- what comes in by itself --

    def _come_in(self, places: Collection[str]) -> bool:
        """Lines volunteered and interruptions of these places; True when what was asked waits."""
        waits = False
        for number, one in enumerate(self.stage.scenario.volunteers):
            name = f"volunteer:{number}"
            if one.at in places and name not in self.patient.fired:
                self._fire(name)
                self._own(one.lines, name)
        for one in self.stage.scenario.interruptions:
            if one.at in places and one.code not in self.patient.fired:
                self._fire(one.code)
                if one.becomes is not None:
                    self.patient = replace(self.patient, on_line=one.becomes)
                who = "line" if one.kind in ("line_drop", "silent") else None
                self._own(one.lines, f"interruption:{one.code}", who)
                pending = (*self.patient.pending, (one.code, 0))
                self.patient = replace(self.patient, pending=pending)
                waits = waits or one.kind in SILENT or one.becomes is not None
        return waits

    def _fire(self, name: str) -> None:
        self.patient = replace(self.patient, fired=self.patient.fired | {name})

    def met(self, tokens: Collection[str]) -> bool:
        """What was done may answer what came in. Args: tokens, as in `Interruption.answers`. Returns: it did."""
        any_met = False
        for code, _age in self.patient.pending:
            one = interruption(self.stage, code)
            if not any(token in tokens for token in one.answers):
                continue
            any_met = True
            left = tuple(entry for entry in self.patient.pending if entry[0] != code)
            late = code in self.patient.ignored
            answered = self.patient.answered if late else self.patient.answered | {code}
            self.patient = _moved(
                self.stage, replace(self.patient, pending=left, answered=answered), -one.calms
            )
            self.patient = replace(self.patient, later=(*self.patient.later, code))
            # What was asked before it came in is asked, and answered, again.
            self.patient = replace(self.patient, front="")
        return any_met

    def after_turn(self) -> None:
        """What follows something that was met, once the caller has said her lines: she hears them first."""
        for code in self.patient.later:
            one = interruption(self.stage, code)
            if one.then is not None:
                self.patient = replace(self.patient, on_line=one.then)
            self._own(one.then_lines, f"then:{code}")
        self.patient = replace(self.patient, later=())

    def feeling_met(self) -> None:
        """Something was said to how she feels."""
        if not self.patient.met or self.patient.mood:
            self._general("comforted", "comforted")
        self.patient = _moved(self.stage, replace(self.patient, met=True), -1)

    def passed_over(self) -> None:
        """The trainee went on: what came in and was not answered makes her worse, and she says it again."""
        left: list[tuple[str, int]] = []
        for code, age in self.patient.pending:
            one = interruption(self.stage, code)
            if age == LETS_GO:
                self.patient = _moved(self.stage, self.patient, one.worsens)
                self.patient = replace(self.patient, ignored=self.patient.ignored | {code})
            if age + 1 == AGAIN_AT:
                if one.again is not None:
                    self._own(one.again, f"interruption:{code}")
                elif one.kind not in SILENT:
                    self._general("impatient", f"interruption:{code}")
                # She gives up waiting, and answers what was asked.
                self.patient = replace(self.patient, front="")
            left.append((code, age + 1))
        self.patient = replace(self.patient, pending=tuple(left))

    # -- answering --

    def in_front(self, stand: Stand) -> None:
        """Something new is in front of the trainee: she reads it aloud, and it is answered.

        Args:
            stand: of the call.
        """
        if stand.halted and not self.patient.placed:
            self._where()
        prompt = stand.front
        key = "" if prompt is None else f"{self._who()}:{prompt.key}:{stand.talk.identified}"
        if prompt is None or stand.halted or key == self.patient.front or self._dropped():
            return
        back = ":turn:" in self.patient.front or not self.patient.front
        self.patient = replace(self.patient, front=key)
        asked = prompt.question
        if back and asked is not None and self.patient.heard.get(asked.code) == PLAIN:
            # Answered plainly before the talk took its turn: nobody asks that twice in a row.
            return
        self._spoken(prompt)
        if prompt.kind is PromptKind.LINES:
            self.patient = replace(self.patient, reads=self.patient.reads + 1)
        waits = self._come_in(self._places(prompt, stand))
        if waits or any(
            interruption(self.stage, code).kind in SILENT and age < AGAIN_AT
            for code, age in self.patient.pending
        ):
            return
        # Danger signs are asked of whoever rings in, and she can see them.
        sees = self.stage.sheet.incoming and prompt.question is not None and not stand.talk.identified
        proxy = self._who() == PROXY and not sees
        if self._who() == STRANGER or (proxy and not self._may_hear(stand)):
            self._general(self._who(), self._who())
            return
        self._reply(prompt, stand)

    def _where(self) -> None:
        """An emergency's lines ask where she is and who is with her; whoever is on the line says so."""
        lines = self.stage.library.otherwise.get("EMERGENCY")
        if lines is not None:
            asked = self.voice.joined(lines.of(self.stage.lang)[:2])
            self._say(self.voice.filled(asked), "emergency", "caller")
        self._general("text:place_now", "place")
        self._general("text:companion_now", "place")
        self.patient = replace(self.patient, placed=True)

    def heard_out(self) -> None:
        """Own words of the caller that met no feeling: she has heard them."""
        if not self._dropped():
            self._general("ack", "ack")

    def _may_hear(self, stand: Stand) -> bool:
        people = self.stage.sheet.people
        hearer = next((one for one in people if one.id == stand.contact), None)
        return hearer is not None and hearer.may_hear_clinical and stand.talk.identified

    def _places(self, prompt: Prompt, stand: Stand) -> set[str]:
        places = {str(prompt.kind)}
        if prompt.kind is PromptKind.LINES:
            places |= {"read", f"read:{self.patient.reads}"}
        if prompt.question is not None:
            places.add(f"q:{prompt.question.code}")
        for sign in prompt.signs:
            places.add(f"q:{sign.code}")
        if prompt.concern is not None:
            places.add(f"concern:{prompt.concern}")
        if stand.talk.turn is not None:
            # Nothing new comes in while the answer to something is being read.
            return {one for one in places if one.startswith("q:")}
        return places

    def _spoken(self, prompt: Prompt) -> None:
        lang = self.stage.lang
        words = [] if prompt.lines is None else list(prompt.lines.of(lang))
        if prompt.question is not None:
            words.append(prompt.question.words.of(lang))
        if prompt.lead is not None:
            signs = [(sign.sign or sign.words).of(lang) for sign in prompt.signs]
            words.append(self.voice.listed(prompt.lead.of(lang), signs))
        if words:
            self._say(self.voice.filled(self.voice.joined(tuple(words))), prompt.key, "caller")

    def _reply(self, prompt: Prompt, stand: Stand) -> None:
        if prompt.kind is PromptKind.IDENTITY:
            self._identity(stand)
        elif prompt.kind is PromptKind.GROUP:
            self._group(prompt.signs)
        elif prompt.question is not None:
            self._question(prompt.question)
        elif prompt.kind is PromptKind.CONCERNS:
            self._worries(stand)
        elif prompt.kind is PromptKind.CLOSE:
            self._general("thanks", prompt.key)
        elif prompt.lines is not None or prompt.kind is PromptKind.VERDICT:
            self._general("ack", prompt.key)

    def _identity(self, stand: Stand) -> None:
        known = {one.code: one.expected for one in self.stage.sheet.identity}
        for code in self.stage.scenario.persona.gives:
            if code in known:
                value = self.voice.item(code, known[code])
                self._general(f"identity:{code}", f"identity:{code}", None, value=value)
        given = self.patient.given | (set(self.stage.scenario.persona.gives) & set(known))
        self.patient = replace(self.patient, given=frozenset(given))

    def vague(self, code: str) -> bool:
        """Whether she would answer a question in a way that is neither yes nor no. Args: code of the question."""
        truth = self.stage.scenario.truth.get(code)
        if truth is None:
            return False
        return truth.vague or (truth.hidden is not None and self.patient.mood > MOODS.index(truth.hidden))

    def _hears(self, code: str) -> None:
        how = VAGUE if self.vague(code) else PLAIN
        self.patient = replace(self.patient, heard={**self.patient.heard, code: how})

    def _question(self, question: Question) -> None:
        self._hears(question.code)
        truth = self.stage.scenario.truth.get(question.code)
        mood = self.patient.mood_name
        hides = truth is not None and truth.hidden is not None and self.vague(question.code)
        own = None if truth is None else truth.says.get(mood, None if hides else truth.says.get("any"))
        if own is not None:
            self._own(own, f"q:{question.code}")
            return
        kind, values = self.voice.kind(question, vague=self.vague(question.code))
        self._general(kind, f"q:{question.code}", None, **values)

    def _group(self, signs: tuple[Question, ...]) -> None:
        there = [one for one in signs if self.voice.value(one) == YES or self.vague(one.code)]
        for one in signs:
            self._hears(one.code)
        if not there:
            self._general("group_no", "group")
            return
        for one in there:
            self._question(one)

    def _worries(self, stand: Stand) -> None:
        named = {one.code for one in stand.talk.concerns}
        left = [code for code in self.stage.scenario.worries if code not in named]
        for code in left:
            self._own(self.stage.scenario.worries[code], f"worry:{code}")
        if not left:
            self._general("nothing_else", "nothing_else")
