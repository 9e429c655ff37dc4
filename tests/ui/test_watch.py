"""Every screen says when nobody watches the clocks, and who could not be called out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from console import alarms
from console.app import ConsoleApp
from console.desk import escalations, watching
from console.desk.callouts import Trouble
from console.desk.watching import Watch
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.fakes import NOW, FakeDesk

MakeApp = Callable[..., ConsoleApp]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "GRACE_S", 0.0)
    monkeypatch.setattr(alarms, "STALE_S", 0.0)


@pytest.mark.parametrize("size", SIZES)
async def test_nobody_is_watching_until_somebody_is(
    make_app: MakeApp, desk: FakeDesk, size: tuple[int, int]
) -> None:
    desk.watched = Watch(121, ())
    app = make_app("en")
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, lambda: "NOBODY IS WATCHING the clocks" in screen_text(app))
        assert app.seat is not None
        desk.watched = Watch(120, ())
        await settle(pilot, lambda: "NOBODY IS WATCHING" not in screen_text(app))
        desk.watched = Watch(None, ())
        await settle(pilot, lambda: "NOBODY IS WATCHING" in screen_text(app))


@pytest.mark.parametrize("size", SIZES)
async def test_before_anybody_signed_in_too(make_app: MakeApp, desk: FakeDesk, size: tuple[int, int]) -> None:
    """And then without the case: whoever stands before the screen may be anybody."""
    desk.watched = Watch(500, (Trouble(7, "陈医生", None),))
    app = make_app("zh", signed_in=False)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, lambda: any("没有人在看守时限" in line for line in screen_lines(app)))
        assert app.seat is None and "陈医生" not in screen_text(app)


async def test_a_failed_call_out_is_on_the_screen_with_what_to_do(make_app: MakeApp, desk: FakeDesk) -> None:
    desk.watched = Watch(
        1, (Trouble(7, "陈医生", "exit_3"), Trouble(7, "李医生", None), Trouble(9, "x", None))
    )
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: "not called out" in screen_text(app))
        kind, line = app.notices()[0]
        assert (kind, line) == (
            "alarm",
            "PHONE 陈医生 BY HAND (f11), case 7: not called out, the program ended with 3 +1",
        )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("not_found", "not on the ticker's machine"),
        ("not_allowed", "not on the ticker's machine"),
        ("timeout", "took too long"),
        ("signal_9", "ended with 9"),
    ],
)
def test_each_failure_has_words(code: str, words: str) -> None:
    assert words in alarms.call_out_error(code)


def test_a_look_that_read_earlier_is_not_written_over_a_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    there, began, go_on = ["old"], threading.Event(), threading.Event()

    def live(_seat: object, _now: object) -> list[str]:
        seen = list(there)
        if seen == ["old"]:
            began.set()
            go_on.wait(5)
        return seen

    monkeypatch.setattr(escalations, "live_alarms", live)
    monkeypatch.setattr(escalations, "on_call", lambda *_of: None)
    monkeypatch.setattr(watching, "watch", lambda *_of: Watch(1, ()))
    lookout = alarms.Lookout(cast(Any, None))
    looks = [threading.Thread(target=lookout.look, args=(SimpleNamespace(clinic_id=1), NOW)) for _ in "ab"]
    looks[0].start()
    assert began.wait(5)
    there[:] = ["new"]
    looks[1].start()
    looks[1].join(0.2)
    go_on.set()
    for one in looks:
        one.join(5)
    assert lookout.alarms == ("new",)
