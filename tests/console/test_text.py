"""The only way out: measured in cells, never markup."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from console.text import CUT_MARK, cell, cut, fit, plain, ui_text
from tests.ui.hostile import FORBIDDEN, HOSTILE


def test_nothing_hostile_is_left() -> None:
    for text in HOSTILE:
        for shown in (ui_text(text).plain, cell(text).plain, plain(text), fit(text, 20)):
            assert not FORBIDDEN & set(shown)


def test_markup_is_shown_as_typed() -> None:
    assert ui_text("[bold]x[/急]").plain == "[bold]x[/急]"
    assert cell("[red]x").plain == "[red]x"


def test_cut_says_that_something_is_missing() -> None:
    assert cut("王小丽", 6) == "王小丽"
    assert cut("王小丽", 5) == "王小" + CUT_MARK
    assert cut("王小丽", 4) == "王" + CUT_MARK
    assert cut("abc", 0) == ""
    assert fit(None, 3) == "   "
    assert fit("12", 4, "right") == "  12"


def test_stacked_marks_do_not_climb() -> None:
    assert plain("Z" + "\u0335" * 30 + "x") == "Zx"


@given(st.text(max_size=40), st.integers(0, 30))
def test_fit_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width
