"""Style sheets parsed once still follow the theme, and a screen's own sheet still counts."""

from __future__ import annotations

from textual.color import Color

from console.styles import ParsedOnce
from console.themes import COLOURS


def test_rules_are_kept_until_the_colours_change() -> None:
    sheet = ParsedOnce(variables={"ink": "#111111"})
    sheet.add_source("Screen { color: $ink; }", read_from=("a", ""))
    sheet.parse()
    first = sheet.rules
    sheet.set_variables({"ink": "#111111"})
    sheet.add_source("Static { color: $ink; }", read_from=("b", ""))
    sheet.reparse()
    assert sheet.rules[0] is first[0] and len(sheet.rules) == 2
    sheet.set_variables({"ink": "#222222"})
    sheet.reparse()
    assert sheet.rules[0] is not first[0]
    assert sheet.rules[0].styles.color == Color.parse("#222222")


async def test_a_theme_switch_reaches_the_screen(make_app) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        before = app.screen.styles.background
        app.action_theme()
        await pilot.pause()
        assert app.screen.styles.background != before
        assert app.screen.styles.background == Color.parse(COLOURS[app.theme]["paper"])
