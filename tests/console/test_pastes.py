"""A bracketed paste is text, wherever the terminal cuts it and whatever stands in it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from textual.drivers import linux_driver
from textual.events import Key, Paste
from textual.message import Message

from console import pastes, terminal
from console.pastes import END, START, WholePastes

HOSTILE = "A\x1b[31mred\nsecond line\n=1+1\x1b"


def said(events: Iterable[Message]) -> list[str]:
    """Keys by name, pastes as `<text>`."""
    found: list[str] = []
    for event in events:
        assert isinstance(event, Key | Paste)
        found.append(event.key if isinstance(event, Key) else f"<{event.text}>")
    return found


@pytest.mark.parametrize("text", [HOSTILE, "\x1b", "\x1b\x1b[", "\r\r\x1b[A\x1bOP", "", "\x1b[20"])
def test_a_paste_is_one_text_wherever_it_is_cut(text: str) -> None:
    sent, wanted = f"x{START}{text}{END}\x1b[Ay", ["x", f"<{text.replace(chr(27), '')}>", "up", "y"]
    for cut in range(1, len(sent)):
        parser = WholePastes()
        assert said([*parser.feed(sent[:cut]), *parser.feed(sent[cut:])]) == wanted, cut
    parser = WholePastes()
    assert said(event for one in sent for event in parser.feed(one)) == wanted


def test_no_pause_makes_keys_of_a_paste(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("textual._parser.get_time", lambda: now[0])
    sent = f"{START}a\x1b\r{END}"
    for cut in range(1, len(sent)):
        parser, heard = WholePastes(), list[str]()
        for part in (sent[:cut], sent[cut:]):
            heard += said(parser.feed(part))
            now[0] += 1
            heard += said(parser.tick())
        assert [one for one in heard if one != "escape"] == ["<a\r>"], cut
        assert len(heard) == 1 or cut == 1


def test_a_terminator_inside_a_paste_does_not_end_it() -> None:
    parser = WholePastes()
    assert said(parser.feed(f"{START}a{END}\rr\r{END}b{START}c{END}")) == ["<a[201~\rr\r>", "b", "<c>"]


def test_keys_still_work_after_a_paste_that_never_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = WholePastes()
    assert said(parser.feed(f"{START}a\r")) == said(parser.tick()) == []
    monkeypatch.setattr(pastes, "SILENCE_S", 0.0)
    assert said(parser.tick()) == ["<a\r>"]
    assert said(parser.feed("b\x1b[B")) == ["b", "down"]


def test_the_program_reads_its_terminal_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux_driver, "XTermParser", linux_driver.XTermParser)
    terminal.whole_pastes()
    assert linux_driver.XTermParser is WholePastes
