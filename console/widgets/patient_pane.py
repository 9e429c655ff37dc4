"""What the simulated patient says, at the pace of speech: frozen lines in, rows of words out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from console import i18n
from console.i18n import _, p_
from console.practice.records import CALM, Said
from console.text import cut, plain
from console.widgets.call_panes import ASK, DIM, WARN, Line
from console.widgets.folding import folded

CALLER, DESK, LINE = "caller", "desk", "line"
"""Who in a transcript is neither patient nor somebody in her place."""
CAME_IN = "interruption:"
"""Before the code of what came in by itself."""
SPEAKERS = {
    "patient": "patient",
    "proxy": "somebody else",
    "stranger": "somebody else",
    LINE: "telephone",
    CALLER: "you",
    DESK: "keyed",
}
MOODS = {"calm": "calm", "worried": "worried", "upset": "upset", "angry": "angry"}


def speaker_word(who: str) -> str:
    """Who says a line. Args: who, as `Said.who`."""
    return p_("speaker", SPEAKERS.get(who, who))


def mood_word(mood: str) -> str:
    """A mood, as it sounds on the telephone."""
    return p_("mood", MOODS.get(mood, mood))


class Speech:
    """Lines of a call and how far the newest of them have been said.

    Everybody takes the time of speech, the caller too, who reads aloud what is in front of her; what is keyed is
    there at once. Whoever goes on meanwhile has heard enough: the next lines finish those before.

    Args:
        seconds: time a line takes, by who says it and its words.
    """

    def __init__(self, seconds: Callable[[str, str], float]) -> None:
        self._seconds = seconds
        self._lines: list[Said] = []
        self._spans: list[tuple[float, float]] = []

    @property
    def lines(self) -> Sequence[Said]:
        """Every line so far, said or not."""
        return self._lines

    def hear(self, lines: Iterable[Said], now: float) -> None:
        """Takes new lines. Args: the lines; now, seconds of any monotonic clock."""
        self.hurry(now)
        at = now
        for one in lines:
            takes = 0.0 if one.who == DESK or one.code == "say" else self._seconds(one.who, one.text)
            self._lines.append(one)
            self._spans.append((at, at + takes))
            at += takes

    def hurry(self, now: float) -> None:
        """Says the rest at once. Args: as `hear`."""
        self._spans = [(min(start, now), min(end, now)) for start, end in self._spans]

    def speaking(self, now: float) -> bool:
        """Whether something is still being said."""
        return any(end > now for _start, end in self._spans[-12:])

    def heard(self, now: float) -> list[tuple[Said, str, bool]]:
        """Lines heard so far: line, the words of it that are out, whether it goes on."""
        made: list[tuple[Said, str, bool]] = []
        for one, (start, end) in zip(self._lines, self._spans, strict=True):
            if start > now:
                break
            if end <= now:
                made.append((one, one.text, False))
            else:
                share = (now - start) / (end - start)
                made.append((one, one.text[: int(len(one.text) * share)], True))
        return made


def heard_lines(
    heard: Sequence[tuple[Said, str, bool]], width: int, rows: int, *, mine: bool, newest: int = 0
) -> list[Line]:
    """The last rows of a conversation.

    Args:
        heard: of `Speech.heard`. width: cells of a row. rows: there are.
        mine: whether the caller's own words stand between, one row each.
        newest: number of the first line of what was said last; those stand out.

    Returns:
        At most `rows` lines, the newest at the end, none longer than a row.
    """
    made: list[Line] = []
    if not mine and heard and heard[-1][0].who == CALLER and heard[-1][2]:
        made.append((_("(you are reading aloud; space: her answer)"), DIM))
    for one, words, goes_on in reversed(heard):
        if one.who == DESK or (one.who == CALLER and not mine):
            continue
        mood = "" if one.mood == CALM or one.who != "patient" else f" ({mood_word(one.mood)})"
        label = i18n.labelled(f"{speaker_word(one.who)}{mood}", words + (_(" .. (space)") if goes_on else ""))
        if one.who == CALLER:
            block = [cut(label, width)]
            style = DIM
        else:
            block = [row for part in plain(label, multiline=True).split("\n") for row in folded(part, width)]
            loud = WARN if one.who == LINE or one.code.startswith(CAME_IN) else ASK
            style = loud if one.number >= newest else DIM
        made = [*((row, style) for row in block), *made]
        if len(made) >= rows:
            break
    return made[-rows:]
