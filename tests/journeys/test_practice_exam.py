"""A trainee's whole exam in a real terminal at 80x24, in Chinese, by keys alone: from the list to the debrief."""

from __future__ import annotations

import re
from pathlib import Path

from tests.journeys.player import Player
from tests.journeys.terminal import Terminal

CALL = "talk_wants_the_doctor_now"


def test_a_whole_exam_by_keys_alone_passes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "LC_ALL": "zh_CN.UTF-8",
        "PYTHONUTF8": "1",
    }
    with Terminal(["demo", "--role", "trainee"], size=(80, 24), environment=environment) as terminal:
        player = Player(terminal, "zh")
        terminal.see("普通 (f2)", "课程", patience=60.0)
        terminal.press("f2")
        terminal.see("考试 (f2)")
        for letter in CALL:
            terminal.press(letter)
        terminal.see(CALL, "1通", "不跟您说，要医生接", "DEMO")
        terminal.press("enter")
        terminal.see("没有提示，有时限，只有一次机会")
        terminal.press("enter")
        terminal.see("考试 还剩", "声音：强硬，不耐烦", "f5")
        terminal.press("f5")
        terminal.see("嘟……")
        terminal.press("space")
        terminal.see("有人接起来了")
        terminal.press("1")
        terminal.see("你是医生吗", "[ ]")
        assert "下一步" not in terminal.text, "an exam gives no hint"
        # Her words come only after the caller's own; she is upset, and that is met first.
        assert "7月20号" not in terminal.text
        terminal.press("space")
        terminal.see("7月20号", "激动")
        terminal.press("v")
        terminal.see("您怎么对她说")
        terminal.type("我听得出来您心里着急，您慢慢说\r")
        terminal.gone("您怎么对她说")
        terminal.press("space", "1")
        terminal.see("[x]")
        terminal.press("4")
        terminal.gone("[x]")
        for _group in range(4):
            before = terminal.see("1 都没有")
            terminal.press("space", "1")
            terminal.until(lambda text, was=before: _track(text) != _track(was), "the next group")
        # What comes in by itself: she wants the doctor, now.
        terminal.press("space")
        terminal.see("叫林医生来接")
        terminal.press("t")
        terminal.see("谈话转到了哪里")
        terminal.fill("要找医生", "enter")
        terminal.gone("谈话转到了哪里")
        terminal.see("我请医生给您打电话")
        terminal.press("space", "enter")
        key = _digit_of(terminal.see("整体恢复得怎么样"), "一般")
        player.key(key)
        terminal.see(player.word("score"))
        player.key("2")
        terminal.gone(player.word("score"))
        player.answer(stop=("close",))
        terminal.press("f4")
        terminal.see("请求，交主管")
        terminal.press("5")
        terminal.see("客户自己的话记下")
        terminal.type("要林医生回电话\r")
        terminal.see("已交到主管看板")
        terminal.press("ctrl+s")
        terminal.see("讲评", "考试", "按键")
        shown = terminal.text
        found = re.search(r"(\d+)分，满分(\d+)", shown)
        assert found is not None, shown
        got, of = (int(one) for one in found.groups())
        # A program keys faster than anybody reads aloud: that alone may be held against it.
        assert " 通过" in shown and of - got <= 5 and "DEMO" in shown, shown
        terminal.press("n" if of > got else "tab")
        terminal.see("客户：")
        assert "从这里重来" not in terminal.text, "an exam is not done again"
        terminal.press("q")
        terminal.see("考试 (f2)", "已经用过了")
        terminal.press("enter")
        terminal.see("这场考试已经用过了")
        terminal.press("ctrl+q")
        terminal.see("离开练习吗？")
        terminal.press("enter")
        assert terminal.finished() == 0


def _track(text: str) -> list[str]:
    """The track pane: what changes when an answer was taken."""
    return [line.split("|")[0].rstrip() for line in text.splitlines()[6:-2]]


def _digit_of(text: str, words: str) -> str:
    found = re.search(rf"(\d) [^0-9|]*{words}", text)
    assert found is not None, text
    return found[1]
