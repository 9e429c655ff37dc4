"""Strings that break terminals, markup and databases; every screen has to show them as text or not at all."""

from __future__ import annotations

HOSTILE = (
    "[bold]x",
    "[@click=app.bell]x[/]",
    "王[/]五",
    "李[/bold]四",
    "a[red]b",
    "[link=https://evil.example]x[/link]",
    "[/急]",
    "{'a[0]'}",
    "back\\[slash\\",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b[2J",
    "\x9b31mC1",
    "abc\u202egnp.exe",
    "nul\x00byte",
    "zero\u200bwidth\ufeff",
    "lone\ud800surrogate",
    "张" * 5000,
    "👩‍👩‍👧‍👦家",
    "tag\U000e0041s",
    "line\nbreak\u2028here",
    "Z" + "\u0335" * 40 + "algo",
    "$(reboot); DROP TABLE item; --",
    "%s %(name)s {name} {0.__class__}",
)

FORBIDDEN = {
    *(chr(code) for code in (*range(0, 10), *range(11, 32), *range(127, 160))),
    "\u202e",
    "\u200b",
    "\ufeff",
}
"""No painted cell may hold any of these."""
