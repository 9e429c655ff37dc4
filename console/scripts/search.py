"""Who says what, and where: every text of a release in both languages, found by its words, its pinyin or the
first letters of its pinyin."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import accumulate
from typing import Literal, TypeAlias

from console.scripts.errors import ScriptError
from console.scripts.library import OUTCOMES, Library
from console.scripts.records import EVERYBODY, Flow, Lines, Track, Words

Days: TypeAlias = tuple[int | None, int | None]
How: TypeAlias = Literal["text", "pinyin", "initials"]

MOST = 200
"""Hits handed out; beyond that a longer query is quicker than scrolling."""
LANGS = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands.

    Args:
        part: procedure, concern, level, flow, turn, playbook, care, question, flag or outcome.
        code: its code there.
        name: what it is called.
        what: which of its texts: name, say, record, OUTSIDE, a level, step, ask, sign, option, alias, or a
            playbook's own keys.
        procedure: procedure or group it is written for. days: post-op days, both included, None is open.
        where: file and table. step: title of the flow's step.
    """

    part: str
    code: str
    name: Words
    what: str
    procedure: str = EVERYBODY
    days: Days = (None, None)
    where: str = ""
    step: Words | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One text with every place it stands in, folded for comparing.

    Args:
        text: as written. lang: its language. places: in the order of the release.
        folded: lower case and half width, as long as the text.
        units: per character its syllable, itself, or nothing for a sign; empty until `spelled`.
        pinyin, initials: units and their first letters, joined.
    """

    text: str
    lang: str
    places: tuple[Place, ...]
    folded: str
    units: tuple[str, ...] = ()
    pinyin: str = ""
    initials: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One line that holds what was sought, from character `start` up to `end`, and how it was found."""

    line: Line
    start: int
    end: int
    how: How


@dataclass(frozen=True, slots=True)
class Found:
    """The first hits, the plainest first, and how many there are in all."""

    hits: tuple[Hit, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Index:
    """Every line of a release. Made by `build`; `spelled` adds pinyin."""

    lines: tuple[Line, ...]

    @property
    def has_pinyin(self) -> bool:
        """Whether Chinese lines can be found by their sound."""
        return any(line.pinyin for line in self.lines)

    def find(self, query: str, most: int = MOST) -> Found:
        """Lines that hold the words, or sound like them.

        Args:
            query: as typed; several words may stand apart, pinyin may be cut anywhere.
            most: hits handed out.

        Returns:
            Hits: those with the words themselves first, then pinyin, then initials.
        """
        asked = Query.of(query)
        found: dict[str, list[Hit]] = {"text": [], "pinyin": [], "initials": []}
        for line in self.lines:
            hit = asked.in_line(line)
            if hit is not None:
                found[hit.how].append(hit)
        every = [hit for hits in found.values() for hit in hits]
        return Found(tuple(every[:most]), len(every))


@dataclass(frozen=True, slots=True)
class Query:
    """What is sought: the folded phrase, its words, and its letters when it may be pinyin."""

    phrase: str
    words: tuple[str, ...]
    letters: str

    @staticmethod
    def of(text: str) -> Query:
        """A query. Args: text, as typed."""
        phrase = " ".join(fold(text).split())
        letters = phrase.replace(" ", "").replace("'", "").replace("ü", "v")
        sounds = len(letters) > 1 and letters.isascii() and letters.isalnum() and not letters.isdigit()
        return Query(phrase, tuple(phrase.split()), letters if sounds else "")

    def in_line(self, line: Line) -> Hit | None:
        """Where the line holds it. Args: line. Returns None when it does not."""
        if not self.phrase:
            return None
        at = line.folded.find(self.phrase)
        if at >= 0:
            return Hit(line, at, at + len(self.phrase), "text")
        if len(self.words) > 1 and all(word in line.folded for word in self.words):
            at = line.folded.find(self.words[0])
            return Hit(line, at, at + len(self.words[0]), "text")
        if self.letters and self.letters in line.pinyin:
            span = _span(line.units, self.letters)
            if span is not None:
                return Hit(line, *span, "pinyin")
        if self.letters and self.letters in line.initials:
            span = _span(tuple(unit[:1] for unit in line.units), self.letters)
            if span is not None:
                return Hit(line, *span, "initials")
        return None


def _span(units: tuple[str, ...], letters: str) -> tuple[int, int] | None:
    """The characters whose syllables begin with the letters; a match in the middle of a syllable is none."""
    joined, ends = "".join(units), list(accumulate(map(len, units)))
    starts = {end - len(unit): at for at, (unit, end) in enumerate(zip(units, ends, strict=True)) if unit}
    found = joined.find(letters)
    while found >= 0:
        if found in starts and units[starts[found]][0].isascii():
            last = next(at for at, end in enumerate(ends) if end >= found + len(letters))
            return starts[found], last + 1
        found = joined.find(letters, found + 1)
    return None


@cache
def _folded_char(char: str) -> str:
    made = unicodedata.normalize("NFKC", char).casefold()
    return made if len(made) == 1 else char.lower() if len(char.lower()) == 1 else char


def fold(text: str) -> str:
    """Lower case and half width, character by character, so that places in it are places in the text.

    Args: text. Returns a text of the same length.
    """
    return "".join(map(_folded_char, text))


def build(library: Library) -> Index:
    """Every text of a release, each once with all its places. Takes a moment: not for the event loop.

    Args: library. Raises ScriptError for a file that can't be read.
    """
    places: dict[tuple[str, str], list[Place]] = {}
    for place, words in texts(library):
        for lang in LANGS:
            for text in words.of(lang) if isinstance(words, Lines) else (words.of(lang),):
                known = places.setdefault((lang, text), [])
                # A part said in many playbooks stands in each of them once.
                if not known or (known[-1].part, known[-1].code, known[-1].where) != (
                    place.part,
                    place.code,
                    place.where,
                ):
                    known.append(place)
    return Index(
        tuple(Line(text, lang, tuple(found), fold(text)) for (lang, text), found in places.items() if text)
    )


def spelled(index: Index) -> Index:
    """The same index with pinyin and initials. Loads the dictionary of readings: not for the event loop.

    Args: index. Returns a new one.
    """
    return Index(tuple(_spell(line) if line.lang == "zh" else line for line in index.lines))


def _spell(line: Line) -> Line:
    units = _units(line.text)
    return replace(line, units=units, pinyin="".join(units), initials="".join(unit[:1] for unit in units))


@lru_cache(maxsize=10_000)
def _units(text: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    made = lazy_pinyin(text, errors=list)  # pyright: ignore[reportArgumentType]
    if len(made) != len(text):
        made = [lazy_pinyin(char, errors=list)[0] for char in text]  # pyright: ignore[reportArgumentType]
    return tuple(fold(unit) if len(unit) > 1 or unit.isalnum() else "" for unit in (str(one) for one in made))


def matches(query: str, candidates: Iterable[str]) -> bool:
    """Whether any of some short texts holds a query or sounds like it: what narrows a list. Loads the
    dictionary of readings: not for the event loop.

    Args: query, as typed; candidates. Returns True for an empty query.
    """
    asked = Query.of(query)
    if not asked.phrase:
        return True
    return any(asked.in_line(_spell(Line(text, "zh", (), fold(text)))) for text in candidates)


# -- what a release says -----------------------------------------------------------------------------------


def texts(library: Library) -> Iterator[tuple[Place, Words | Lines]]:
    """Every text a release shows or has read aloud, with its place, in the order of browsing.

    Args: library. Raises ScriptError for a file that can't be read.
    """
    for procedure in library.procedures.values():
        place = Place("procedure", procedure.code, procedure.name, "name", procedure.code)
        yield place, procedure.name
        yield place, procedure.short
        for alias in procedure.aliases:
            yield replace(place, what="alias"), Words(alias, alias)
    yield from _concerns(library)
    for code in library.names("flows"):
        for flow in library.flows(code):
            yield from _flow(flow)
    yield from _playbooks(library)
    for care in library.care_words.values():
        place = Place("care", care.code, care.name, "name", where=f"care.toml:{care.code}")
        yield place, care.name
        yield from _maybe(replace(place, what="say"), care.say)
        yield replace(place, what="sheet"), care.sheet
    yield from _asked(library)
    yield from _outcomes(library)


def _maybe(place: Place, words: Words | Lines | None) -> Iterator[tuple[Place, Words | Lines]]:
    if words is not None:
        yield place, words


def _each(place: Place, lines: Mapping[str, Lines]) -> Iterator[tuple[Place, Lines]]:
    for level, words in lines.items():
        yield replace(place, what=level), words


def _concerns(library: Library) -> Iterator[tuple[Place, Words | Lines]]:
    for level, lines in library.otherwise.items():
        yield Place("level", level, Words(level, level), level, where="concerns/general.toml"), lines
    for concern in library.concerns.values():
        yield Place("concern", concern.code, concern.name, "name"), concern.name
        tracks: list[Track] = list(library.tracks(concern.code))
        if concern.code in library.general_tracks:
            tracks.append(library.general_tracks[concern.code])
        for track in tracks:
            place = Place(
                "concern", concern.code, concern.name, "say", track.procedure, track.days, track.where
            )
            yield from _maybe(place, track.say)
            yield from _each(place, track.otherwise)
            yield from _maybe(replace(place, what="record"), track.record)


def _flow(flow: Flow) -> Iterator[tuple[Place, Words | Lines]]:
    part = "flow" if flow.situation is None else "turn"
    place = Place(part, flow.code, flow.title, "name", flow.procedure, flow.days, flow.where)
    yield place, flow.title
    for step in flow.steps:
        at = replace(place, what="step", step=step.title)
        yield at, step.title
        yield from _maybe(at, step.say)
        for group in step.groups:
            yield at, group.lead


def _playbooks(library: Library) -> Iterator[tuple[Place, Words | Lines]]:
    for one in library.playbooks.values():
        wanted = next(iter(sorted(one.procedures)), EVERYBODY)
        place = Place("playbook", one.code, one.title, "name", wanted, one.days, one.where)
        said = (("listen", one.listen), ("acknowledge", one.acknowledge), ("ask_first", one.ask_first))
        yield place, one.title
        yield replace(place, what="when"), one.when
        for what, lines in said:
            yield replace(place, what=what), lines
        yield from _maybe(replace(place, what="explain"), one.explain)
        for what, many in (("collect", one.collect), ("photos", one.photos)):
            for words in many:
                yield replace(place, what=what), words
        for right in one.rights:
            yield replace(place, what="rights"), right.say
        for never in one.never:
            yield replace(place, what="never"), never.words
        for remedy in one.remedies:
            yield replace(place, what="remedies"), remedy.words
        yield replace(place, what="answer"), one.answer


def _asked(library: Library) -> Iterator[tuple[Place, Words | Lines]]:
    for question in library.questions.values():
        place = Place("question", question.code, question.words, "ask", where="questions.toml")
        yield place, question.words
        yield from _maybe(replace(place, what="sign"), question.sign)
        for option in question.options:
            yield replace(place, what="option"), option.words
    for flag in library.flags.values():
        words = Words(flag.zh, flag.en)
        yield Place("flag", flag.code, words, "flag", where="flags.toml"), words


def _outcomes(library: Library) -> Iterator[tuple[Place, Words | Lines]]:
    if OUTCOMES not in library.texts:
        return
    try:
        outcomes = library.outcomes
    except ScriptError:
        # Without it everything else can still be found; the check names the fault.
        return
    for one in outcomes.sets.values():
        yield Place("outcome", one.code, one.name, "name", where=OUTCOMES), one.name
    sheet = Place("outcome", "sheet", outcomes.sheet_name, "name", where=OUTCOMES)
    yield sheet, outcomes.sheet_name
    for line in outcomes.sheet:
        yield replace(sheet, what="sheet"), line.words
