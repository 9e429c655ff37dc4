"""A scenario of a clinic's own with every key once, what writers get wrong in it, and a result as practice sends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from console.practice import pipe
from console.practice.records import Grade, ItemScore, Score
from console.scripts.records import Words

OWN = """
schema = 1
code = "own_day_two"
title = { zh = "双眼皮第2天", en = "Day 2 after eyelid surgery" }
about = { zh = "周敏前天做了双眼皮。", en = "Zhou Min had her eyelids done two days ago." }
skill = "red_flag"
grade = "normal"
milestone = "D2"
on_line = "patient"
clock = "14:35"
lives_alone = true
place = { zh = "家里，客厅", en = "at home" }
companion = { zh = "一个人", en = "nobody" }
pickup = { zh = ["喂，哪位？"], en = ["Hello, who is it?"] }
sources = ["S1-QA-01"]

[persona]
name = "周敏"
born_on = 1990-05-12
sex = "female"
language = "zh"
voice = { zh = "声音发抖", en = "shaky" }
gives = ["birthday", "surgeon"]
start = "worried"
best = "calm"
pace = 4.5

[[treatment]]
procedure = "upper_blepharoplasty"
day = 2
side = "both"
surgeon = "陈医生"
anaesthesia = "local"

[[companion_person]]
name = "周强"
relation = "husband"

[truth.vision_change]
value = "yes"
says.any = { zh = ["右边那只看东西一片糊。"], en = ["The right one is a blur."] }

[truth.pain_now]
value = 3

[worry.pain]
zh = ["有点胀痛。"]
en = ["It aches a bit."]

[[volunteer]]
at = "identity"
zh = ["快点问吧。"]
en = ["Be quick."]

[[interruption]]
code = "price"
kind = "asks_price"
at = "identity"
zh = ["我再做一个多少钱啊？"]
en = ["What would another one cost me?"]
again = { zh = ["你还没说呢。"], en = ["You have not told me."] }
answers = ["turn:situation:asks_price"]
better = { zh = "价格让顾问说。", en = "Prices are for the consultant." }

[end]
outcome = "completed"
level = "EMERGENCY"
flags = ["vision_loss"]
concerns = ["pain"]
told = true
place = true
mood = "worried"
"""

COURSE = """version = 1

[[course]]
code = "ours"
title = { zh = "我们的", en = "Ours" }
about = { zh = "两通。", en = "Two calls." }
level = "normal"
pass_percent = 80
required = false
scenarios = ["own_day_two", "eyelid_d2_first_call"]
"""
"""A clinic's own course."""


def write(folder: Path, body: str = OWN, name: str = "own_day_two") -> Path:
    """A scenario file. Args: folder, body, name without ending. Returns its path."""
    path = folder / f"{name}.toml"
    path.write_text(body, encoding="utf-8")
    return path


def changed(before: str, after: str) -> str:
    """OWN with one text replaced. Args: text that stands in it once; the new one."""
    assert OWN.count(before) == 1, before
    return OWN.replace(before, after)


def scored(**other: Any) -> Score:
    """A score with one item lost."""
    items = (
        ItemScore("identity", "identity", 15, 15, Words("核对", "identity"), Words("先核对", "first")),
        ItemScore("answer:pain_now", "answer", 0, 5, Words("疼痛", "pain"), Words("问到底", "ask on")),
    )
    values = {
        "scenario": "eyelid_orbital_bleed",
        "seed": 7,
        "grade": Grade.NORMAL,
        "items": items,
        "instant_fail": (),
        "seconds": 61.04,
        "norm_s": 120.0,
        "keys": 20,
        "keys_norm": 14,
        "saved": True,
    }
    return Score(**{**values, **other})


def line(run: str = "abcdefgh-001", **other: Any) -> bytes:
    """One whole line."""
    return pipe.line_of({**pipe.document(scored(), run), **other})
