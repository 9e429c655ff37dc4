"""Jobs beside a screen: a failure is one sentence, and work that never begins leaves no trace."""

from __future__ import annotations

import gc
import warnings

from textual.app import App

from console.door import Guarded
from db.errors import NotAllowed


async def _words(said: list[str]) -> str:
    said.append("begun")
    return "done"


async def _refused() -> None:
    raise NotAllowed("lead_only")


async def test_work_is_done_and_its_result_handed_on() -> None:
    said: list[str] = []
    async with App[None]().run_test() as pilot:
        assert await Guarded(pilot.app, _words(said)) == "done"
        worker = pilot.app.run_worker(Guarded(pilot.app, _words(said)))
        assert await worker.wait() == "done"
    assert said == ["begun", "begun"]


async def test_a_failure_is_one_toast() -> None:
    async with App[None]().run_test(notifications=True) as pilot:
        assert await Guarded(pilot.app, _refused()) is None
        await pilot.pause()
        assert [note.severity for note in pilot.app._notifications] == ["error"]  # pyright: ignore[reportPrivateUsage]


async def test_work_that_never_begins_is_given_up_without_a_word() -> None:
    said: list[str] = []
    async with App[None]().run_test() as pilot:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            Guarded(pilot.app, _words(said))
            pilot.app.run_worker(Guarded(pilot.app, _words(said))).cancel()
            await pilot.pause()
            gc.collect()
    assert (said, [str(one.message) for one in heard]) == ([], [])
