"""Lines folded as Chinese is set."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.text import cells
from console.widgets.folding import CLOSING, OPENING, folded


def test_a_closing_sign_takes_the_character_before_it_along() -> None:
    assert folded("您现在方便说话吗？旁边有人", 16) == ["您现在方便说话", "吗？旁边有人"]
    assert folded("先坐下来，再说（慢慢说）一遍", 16) == ["先坐下来，再说", "（慢慢说）一遍"]


def test_what_goes_on_stands_behind_the_time() -> None:
    assert folded("00:06 您：我不是医生。我会边听边记，可以吗？", 26) == [
        "00:06 您：我不是医生。我会",
        "      边听边记，可以吗？",
    ]
    assert folded("  -10  担心的事问到底：肿胀，还有青紫", 24) == [
        "  -10  担心的事问到底：",
        "       肿胀，还有青紫",
    ]


def test_english_words_stay_whole() -> None:
    assert folded("You: I am not a doctor.", 12) == ["You: I am", "not a", "doctor."]
    assert folded("word exact next", 10) == ["word exact", "next"]
    assert folded("abcd ", 4) == ["abcd"]
    assert folded("abcdefghij", 4) == ["abcd", "efgh", "ij"]


@given(
    st.text(st.sampled_from("您好吗，。？（）：ab 0-9>%\u3000「」"), max_size=60),
    st.integers(2, 40),
)
def test_nothing_is_lost_and_nothing_is_too_wide(words: str, width: int) -> None:
    rows = folded(words, width)
    assert "".join("".join(rows).split()) == "".join(words.split())
    assert all(cells(row.rstrip()) <= width for row in rows)
    assert len(rows) <= len(words) + 1


@given(st.text(st.sampled_from("您好吗您好吗您好吗，。（"), max_size=60), st.integers(8, 40))
def test_signs_stand_where_they_belong(words: str, width: int) -> None:
    single = "".join(
        b for a, b in zip("您" + words, words, strict=False) if not ({a, b} <= CLOSING | OPENING)
    )
    for row in folded(single, width)[1:]:
        assert row.lstrip()[:1] not in CLOSING
