"""Names: masked for lists, spelled in pinyin for her who calls, folded for search."""

from __future__ import annotations

import re
import unicodedata

_COMPOUND = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 "
    "濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 "
    "公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 "
    "微生 梁丘 左丘 东门 西门 第五 南荣 单于 歐陽 司馬 東方 獨孤 聞人 諸葛 尉遲 赫連 澹臺 濮陽 "
    "公孫 鍾離 長孫 鮮于 閭丘 巫馬 顓孫 樂正 穀梁 軒轅 段幹 東郭 南門 東門 西門 "
)
COMPOUND_SURNAMES = frozenset(_COMPOUND.split())
"""Surnames of two characters; the others have one."""

SURNAME_READINGS = {
    "单": "shan", "單": "shan", "曾": "zeng", "仇": "qiu", "朴": "piao", "查": "zha", "盖": "ge",
    "蓋": "ge", "解": "xie", "区": "ou", "區": "ou", "任": "ren", "翟": "zhai", "缪": "miao",
    "繆": "miao", "尉": "wei", "乐": "yue", "樂": "yue", "洗": "xian", "冼": "xian", "逄": "pang",
    "召": "shao", "燕": "yan", "宁": "ning", "华": "hua", "華": "hua", "黑": "he", "秘": "bi",
    "员": "yun", "員": "yun", "种": "chong", "繁": "po", "折": "she", "覃": "qin", "葛": "ge",
    "纪": "ji", "紀": "ji", "那": "na", "撒": "sa", "尹": "yin", "郇": "xun",
}  # fmt: skip
"""Readings of characters that sound otherwise as a surname."""

COMPOUND_READINGS = {
    "尉迟": "yu chi", "尉遲": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "長孫": "zhang sun",
    "澹台": "tan tai", "澹臺": "tan tai", "令狐": "ling hu", "单于": "chan yu", "鲜于": "xian yu",
    "鮮于": "xian yu", "乐正": "yue zheng", "樂正": "yue zheng", "宰父": "zai fu",
    "亓官": "qi guan", "子车": "zi ju",
}  # fmt: skip

_LATIN_WORD = re.compile(r"[^\W\d_]", re.UNICODE)
_SEPARATORS = re.compile(r"[\s·・•‧.,'’`\-_/]+")


def _is_han(char: str) -> bool:
    code = ord(char)
    return (
        0x3400 <= code <= 0x4DBF
        or 0x4E00 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x323AF
        or char == "〇"
    )


def _is_variation(char: str) -> bool:
    code = ord(char)
    return 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF


def _characters(name: str) -> list[str]:
    """Glyphs of a name; a variation selector stays with the glyph it selects."""
    glyphs: list[str] = []
    for char in name:
        if glyphs and (_is_variation(char) or unicodedata.combining(char)):
            glyphs[-1] += char
        else:
            glyphs.append(char)
    return glyphs


def family_name(name: str) -> str:
    """The surname of a Chinese name, compound ones whole; the first word of any other name.

    Args:
        name: a person's name; surrounding space does not count.

    Returns:
        The surname, or "" for an empty name.
    """
    text = name.strip()
    glyphs = _characters(text)
    if not glyphs:
        return ""
    if not _is_han(glyphs[0][0]):
        return text.split()[0]
    plain = "".join(glyph[0] for glyph in glyphs[:2])
    if len(glyphs) > 2 and plain in COMPOUND_SURNAMES:
        return "".join(glyphs[:2])
    return glyphs[0]


def masked(name: str) -> str:
    """A name for lists, JSON and other seats: `王*`, `欧阳*`, `J* S*`.

    The mask never tells how long the name is. A name written in letters keeps each word's first letter, two
    at most.

    Args:
        name: a person's name.

    Returns:
        The masked name; `*` when there is nothing to keep.
    """
    text = name.strip()
    glyphs = _characters(text)
    if not glyphs:
        return "*"
    if _is_han(glyphs[0][0]):
        return family_name(text) + "*"
    words = [word for word in _SEPARATORS.split(text) if word and _LATIN_WORD.match(word)]
    return " ".join(_characters(word)[0] + "*" for word in words[:2]) or "*"


def fold(text: str) -> str:
    """Text as it is compared in a search: NFKC, no case, no accents, no spaces, dots or dashes.

    Args:
        text: a name, or what a person typed.
    """
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(char for char in decomposed if not unicodedata.combining(char) and not _is_variation(char))
    return _SEPARATORS.sub("", unicodedata.normalize("NFC", kept))


def _syllables(name: str) -> list[str]:
    """Pinyin of each glyph, lower case, ü as v; a run of other letters is one syllable as it stands."""
    # 66 MB of readings: loaded when a name is first spelled.
    from pypinyin import Style, lazy_pinyin

    han = [_is_han(char) for char in name]
    if not any(han):
        return [word.casefold() for word in name.split()]
    surname = family_name(name) if han[0] and "·" not in name else ""
    plain = "".join(char for char in surname if not _is_variation(char))
    rest = name[len(surname) :]
    head: list[str] = []
    if plain:
        known = COMPOUND_READINGS.get(plain) or SURNAME_READINGS.get(plain)
        head = known.split() if known else lazy_pinyin(plain, style=Style.NORMAL)
    tail = lazy_pinyin(rest, style=Style.NORMAL)
    return [word for part in (*head, *tail) for word in _SEPARATORS.split(part.casefold()) if word]


def pinyin(name: str) -> str:
    """A name as its caller says it, lower case: `wang xiaoli`, `ouyang xiu`; a Latin name in lower case.

    Args:
        name: a person's name.

    Returns:
        Surname and given name, a space between. A glyph without a reading stays as it is.
    """
    text = name.strip()
    glyphs = _characters(text)
    if not glyphs or not _is_han(glyphs[0][0]):
        return " ".join(_syllables(text))
    if "·" in text:  # a name written by its sound has no surname in front
        return " ".join("".join(_syllables(part)) for part in text.split("·") if part)
    count = 2 if len(_characters(family_name(text))) == 2 else 1
    parts = _syllables(text)
    return " ".join(part for part in ("".join(parts[:count]), "".join(parts[count:])) if part)


def pinyin_keys(name: str) -> frozenset[str]:
    """Every spelling a search may use: all readings of the first glyph, ü as v, u and yu, no spaces.

    Args:
        name: a person's name.
    """
    text = name.strip()
    parts = _syllables(text)
    if not parts:
        return frozenset()
    spellings = {fold("".join(parts))}
    if _is_han(text[0]):
        from pypinyin import Style
        from pypinyin import pinyin as readings

        first = readings(text[0], style=Style.NORMAL, heteronym=True)[0]
        spellings |= {fold("".join([reading, *parts[1:]])) for reading in first}
    spellings |= {spelled.replace("v", other) for spelled in tuple(spellings) for other in ("u", "yu")}
    return frozenset(spelled for spelled in spellings if spelled)


def initials(name: str) -> str:
    """First letters of a name's syllables or words, folded: 王小丽 -> `wxl`, Mary Ann Lee -> `mal`.

    Args:
        name: a person's name.
    """
    return "".join(fold(part)[:1] for part in _syllables(name.strip()))
