"""Plays the call screen as a caller does: reads what stands there, presses the key it asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.journeys.terminal import Terminal

WORDS = {
    "en": {
        "opened": "before the call",
        "dial": "Dial now",
        "identity": "Identity ",
        "group": "1 none of them",
        "sign": "1 no   2 yes",
        "score": "0 to 9 as one digit",
        "number": "type the number, enter",
        "words": "type her words, enter",
        "on": "enter: go on",
        "concerns": "digit: the concern",
        "verdict": "enter: back to the call",
        "close": "ctrl+s saves the call",
        "choice": "9 unsure",
        "queue": "take next",
        "now": "NOW",
        "told": "told:",
        "halted": "enter: I have said it",
    },
    "zh": {
        "opened": "拨号前",
        "dial": "现在拨",
        "identity": "核对身份 ",
        "group": "1 都没有",
        "sign": "1 没有   2 有",
        "score": "0到9一个数字",
        "number": "输入数字",
        "words": "写下客户的话",
        "on": "enter：继续",
        "concerns": "按数字：客户担心",
        "verdict": "enter：回到话术",
        "close": "算完成",
        "choice": "9 说不清",
        "queue": "取下一个",
        "now": "立即急救",
        "told": "已告知：",
        "halted": "enter：这几句说完了",
    },
}
HOURS = {"en": "How many hours", "zh": "几个小时"}
"""How a question for a number of hours is told from one for a temperature."""
POSITION = re.compile(r"  (\d+/\d+)$")
"""Where the call stands, at the end of a prompt's heading."""
ORDER = ("group", "sign", "score", "number", "words", "concerns", "verdict", "close", "on", "choice")


@dataclass
class Player:
    """One caller at one terminal."""

    terminal: Terminal
    language: str = "en"
    wide: bool = False
    """Digits arrive full-width, as a Chinese input method sends them."""

    def word(self, name: str) -> str:
        """What the screen says for a state, in this language."""
        return WORDS[self.language][name]

    def key(self, *digits: str) -> None:
        """Presses digits, full-width when the input method is on."""
        for digit in digits:
            self.terminal.press(chr(ord(digit) + 0xFEE0) if self.wide and digit.isdigit() else digit)

    def connect(self) -> None:
        """From the opened call: show the number, dial, somebody answers."""
        self.terminal.see(self.word("opened"))
        self.terminal.see("138 0000")
        self.terminal.press("f5")
        self.terminal.see(self.word("dial"))
        self.key("1")
        self.terminal.gone(self.word("dial"))

    def identify(self) -> None:
        """The patient gives her birthday and the surgeon."""
        self.terminal.see(self.word("identity"), "[ ]")
        self.key("1")
        self.terminal.see("[x]")
        self.key("3")
        self.terminal.gone("[x]")

    def state(self, screen: str) -> str | None:
        """What stands in front of the caller: the first mark found."""
        if self.word("halted") in screen:
            return "halted"
        if "[ ]" in screen:
            return "identity"
        return next((name for name in ORDER if self.word(name) in screen), None)

    def answer(
        self, *, stop: tuple[str, ...] = ("concerns", "close"), pain: str = "2", most: int = 60
    ) -> str:
        """Answers everything as well until one of the stops stands there.

        Returns:
            The state it stopped at.
        """
        for _step in range(most):
            screen = self.terminal.until(lambda text: self.state(text), "something to answer")
            state = self.state(screen)
            assert state is not None
            if state in stop:
                return state
            before = self._front(screen)
            if state in ("group", "sign", "choice"):
                self.key("1")
            elif state == "score":
                self.key(pain)
            elif state == "number":
                self.terminal.type("2\r" if HOURS[self.language] in self._asked(screen) else "36.5\r")
            elif state == "words":
                self.terminal.type("\r")
            elif state in ("halted", "on", "verdict", "concerns"):
                self.terminal.press("enter")
            else:
                return state
            self.terminal.until(lambda text, was=before: self._front(text) != was, f"an answer to {state}")
        raise AssertionError(f"still asking after {most} answers:\n{self.terminal.text}")

    def _asked(self, screen: str) -> str:
        """The track pane from the prompt's heading on."""
        lines = self._left(screen)
        heading = next((at for at, line in enumerate(lines) if POSITION.search(line)), 0)
        return "\n".join(lines[heading:])

    def _front(self, screen: str) -> tuple[str, ...]:
        """What changes when an answer was taken: position and state, or the track pane of a prompt without a position.

        Alarms and the flag's lines come by themselves, whenever their rows are written.
        """
        lines = self._left(screen)
        found = next((match[1] for line in lines if (match := POSITION.search(line))), None)
        return tuple(lines) if found is None else (found, str(self.state(screen)))

    def _left(self, screen: str) -> list[str]:
        return [line.split("|")[0].rstrip() for line in screen.splitlines()[2:-3]]

    def back_in_queue(self) -> str:
        """Waits for the queue."""
        return self.terminal.see(self.word("queue"))
