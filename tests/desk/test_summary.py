"""The summary of a call: never empty, never a name, and every word of it in Chinese."""

from __future__ import annotations

import ast
import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console import i18n
from console.desk import summary
from console.desk.summary import LEAST, Spoken, SummaryFacts, summarise
from console.words import MILESTONES
from db.enums import CallOutcome, Direction, Level, Purpose, SpokeTo
from db.records import Answered, CallForm, PromiseMade

NOW = datetime(2026, 6, 15, 6, 35, tzinfo=UTC)
WORDS = Spoken({"vision_change": "看东西变了"}, {"onset": "什么时候开始的?"}, {}, {"pain": "疼痛"}, {})
EMPTY = SummaryFacts(None, None, None, (), "Asia/Shanghai")


@pytest.mark.parametrize(
    ("outcome", "direction", "spoke_to", "lang"),
    list(itertools.product(CallOutcome, Direction, SpokeTo, ("zh", "en"))),
)
def test_even_an_empty_form_makes_twenty_characters(
    outcome: CallOutcome, direction: Direction, spoke_to: SpokeTo, lang: str
) -> None:
    text = summarise(lang, CallForm(direction, outcome, spoke_to), EMPTY, WORDS)
    assert len("".join(text.split())) >= LEAST
    assert "{" not in text


def test_it_says_what_was_answered() -> None:
    form = CallForm(
        spoke_to=SpokeTo.PATIENT,
        recovery="good",
        pain=2,
        concerns=("pain",),
        temperature=37.5,
        stitches_out=True,
        satisfaction="satisfied",
        opt_out=(Purpose.SURVEY,),
        promise=PromiseMade(datetime(2026, 6, 16, 11, 10, tzinfo=UTC), True, ""),
        answers=(Answered("vision_change", "yes", NOW), Answered("onset", "昨晚", NOW)),
    )
    facts = SummaryFacts("D7", 7, None, ((Level.EMERGENCY, ()),), "Asia/Shanghai")
    text = summarise("zh", form, facts, WORDS)
    for part in (
        "D7",
        "术后第7天",
        "看东西变了",
        "比较顺利",
        "疼痛2分",
        "37.5",
        "关注：疼痛",
        "线已拆",
        "2026-06-16 19:10",
        "满意度调查",
        "立即急救",
        "急救键",
        "什么时候开始的? 昨晚",
    ):
        assert part in text, part


def test_every_sentence_of_it_has_chinese_words() -> None:
    tree = ast.parse(Path(summary.__file__).read_text(encoding="utf-8"))
    used = {
        node.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "translate"
        for node in ast.walk(call)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and " " in node.value
        and "%" not in node.value
    }
    assert len(used) > 20
    for table in (
        summary._OUTCOMES,
        summary._PURPOSES,
        summary._RECOVERY,
        summary._SATISFACTION,
        summary.LEVELS,
    ):
        used |= set(table.values())
    used |= {f"milestone\x04{word}" for word in MILESTONES.values()}
    assert [one for one in sorted(used) if not i18n.has("zh", one)] == []
