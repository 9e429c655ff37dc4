"""Words a caller never says, and the small formal rules of spoken text: length, placeholders, both languages.

Patterns stand for kinds of sentence (facts.yaml never_say, REPORT "what a script must never say"), not for
whole sentences, so a negated form is refused too: the writer goes around the word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

MAX_ZH_LINE = 45

PLACEHOLDERS = frozenset(
    {
        "clinic",
        "caller",
        "role",
        "patient_name",
        "surgeon",
        "procedure",
        "day",
        "night_phone",
        "ambulance",
        "hotline",
        "on_call",
        "on_call_phone",
        "next_contact",
        "stitches_date",
        "review_date",
        "answer_date",
        "reply_by",
        "from",
        "to",
    }
)
CLINICAL_PLACEHOLDERS = frozenset({"procedure", "day", "surgeon", "stitches_date", "review_date"})
"""What tells of the treatment, and so is not said before identity."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

_EVERYWHERE: Mapping[str, tuple[str, ...]] = {
    "promise": (
        "保证",
        "肯定",
        "绝对",
        "一定会好",
        "一定没",
        "百分之百",
        "包您",
        "承诺您",
        "彻底恢复",
        "完全恢复",
        r"\bguarant",
        r"\bdefinite",
        r"\babsolutely\b",
        r"\bpromise you\b",
        r"\bfor sure\b",
        r"\bcertainly\b",
        "100 ?%",
    ),
    "label": (
        "疤痕体质",
        "瘢痕体质",
        "想多了",
        "太敏感",
        "难缠",
        "矫情",
        "大惊小怪",
        "心理作用",
        "没按医嘱",
        "您自己的问题",
        "too sensitive",
        "imagining",
        "troublesome",
        r"\byour (own )?fault\b",
        "scar-prone",
        "overreact",
    ),
    "selling": (
        "优惠",
        "打折",
        "折扣",
        "免费",
        "套餐",
        "活动价",
        "升级",
        "新项目",
        "特价",
        r"\bdiscount",
        "free of charge",
        "special offer",
        r"\bupgrade",
        r"\bfree (laser|treatment|session)",
    ),
    "stalling": (
        "再等等",
        "等等看",
        "先观察",
        "观察几天",
        "过几天再说",
        "拖",
        "先不用管",
        "不在(单位|院里)",
        "wait and see",
        "give it (a few|some) (more )?(days|time)",
        "ignore it",
    ),
    "never_say": (
        "致癌",
        "很成功",
        "不留疤",
        "不会留疤",
        "个人微信",
        "不要投诉",
        "别投诉",
        "删帖",
        "不退[款费钱]",
        "一律不退",
        "我是医生",
        "专家助理",
        "第三方",
        "never cause cancer",
        "successful",
        "do not complain",
        "don't complain",
        "no refund",
        r"\bI am (a|the) doctor\b",
        "third[- ]party",
    ),
}
_SPOKEN: Mapping[str, tuple[str, ...]] = {
    "verdict": (
        "正常",
        "没事",
        "没问题",
        "没关系的",
        "不用担心",
        "别担心",
        "放心(?!不下)",
        "不要紧",
        "无大碍",
        r"\bnormal",
        r"nothing to worry",
        r"(don't|do not|no need to) worry",
        r"\bit is fine\b",
        r"\bit's fine\b",
        r"\byou are fine\b",
    ),
    "diagnosing": (
        "[您你]这(个)?(就)?是",
        "(是|属于)(感染|血肿|过敏|血栓|排异|增生)",
        "诊断",
        r"\byou have (an? )?(infection|ha?ematoma|clot|allerg|rejection|seroma)",
        r"\bthis is (an? )?(infection|ha?ematoma|clot)",
        r"\bdiagnos",
    ),
    "medicine": (
        "停药",
        "停用",
        "加量",
        "减量",
        "吃[^。,,]{0,5}药",
        "服药",
        "服用",
        "吃一?片",
        "涂[^。,,]{0,4}药",
        r"\b(stop|start|keep) taking\b",
        r"\btake (a|an|some|two|one|your|more)\b[^.]*(pill|tablet|painkiller|medicine|antibiotic)",
        "ibuprofen",
        "paracetamol",
        "antibiotic",
    ),
    "treating": (
        "按摩",
        "热敷",
        "冰敷",
        "冷敷",
        "挤(?!满)",
        "[拆取]掉",
        "自己拆",
        "自己取",
        r"\bmassage",
        r"\bsqueeze",
        r"\bice (it|pack)",
        r"\b(warm|cold) (pack|compress)",
        r"\b(take off|remove) the\b",
    ),
}
_COMPILED = {
    scope: [
        (code, re.compile("|".join(f"(?:{item})" for item in items), re.IGNORECASE))
        for code, items in table.items()
    ]
    for scope, table in (("all", _EVERYWHERE), ("spoken", _SPOKEN))
}


FORBIDDEN = (*_EVERYWHERE, *_SPOKEN)
"""Kinds of words `banned` knows."""


def placeholders(text: str) -> frozenset[str]:
    """Names in braces. Args: text. Returns them without braces, also unknown ones."""
    return frozenset(_PLACEHOLDER.findall(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """A text with its placeholders replaced literally, in one pass, so a value which looks like one is
    left alone.

    Args: text; values by name. Returns the text; a name without a value stays as it stands.
    """
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


@lru_cache(maxsize=16_384)
def banned(text: str, *, spoken: bool) -> tuple[tuple[str, str], ...]:
    """Words which must not stand in a text.

    Args: text in either language; spoken, True for what is said beside questions and flag labels.
    Returns (kind, the words found) for each.
    """
    found: list[tuple[str, str]] = []
    for scope in ("all", "spoken") if spoken else ("all",):
        for code, pattern in _COMPILED[scope]:
            if hit := pattern.search(text):
                found.append((code, hit[0]))
    return tuple(found)


def cells(text: str) -> int:
    """Width on a terminal. Args: text. Returns cells, wide characters counting two."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
