"""A person's own settings, themes, clock, and the working threads."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console import config, i18n, themes
from console.clock import SystemClock
from console.notify import Bell
from console.work import Work
from db.connect import Database


def test_good_settings(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        'language = "zh"\ntheme = "aftercall-light"\nbell = false\n'
        'practice_folder = "/srv/calls"\n[keys]\n"queue.why" = "x, ctrl+w"\n',
        encoding="utf-8",
    )
    settings, faults = config.load(path)
    assert faults == []
    assert settings.language == "zh" and settings.theme == "aftercall-light" and settings.bell is False
    assert settings.keys == {"queue.why": ("x", "ctrl+w")}
    assert settings.practice_folder == Path("/srv/calls")


def test_wrong_settings_keep_defaults_and_are_named() -> None:
    settings, faults = config.parse(
        {
            "languag": "zh",
            "language": "fr",
            "theme": 3,
            "bell": "yes",
            "practice_folder": "calls",
            "keys": {"queue.find": "ctrl+h", "x.y": 4},
        },
        "f",
    )
    assert settings.theme == themes.DEFAULT and settings.bell is True and settings.keys == {}
    codes = {(fault.code, fault.params["key"]) for fault in faults}
    assert codes == {
        ("config_unknown_near", "languag"),
        ("config_choice", "language"),
        ("config_choice", "theme"),
        ("config_choice", "bell"),
        ("config_folder", "practice_folder"),
        ("config_key_reserved", "keys.queue.find"),
        ("config_choice", "keys.x.y"),
    }
    for fault in faults:
        assert fault.code in config.FAULT_CODES
        for lang in ("zh", "en"):
            words = i18n.error_text(lang, fault)
            assert not words.startswith("error.") and "{" not in words


@pytest.mark.parametrize("content", [b"\xff\xfe", b"language = ", b"[keys\n"])
def test_unreadable_settings_are_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    _settings, faults = config.load(path)
    assert [fault.code for fault in faults] == ["config_unreadable"]


def test_no_settings_file() -> None:
    assert config.load(Path("/nonexistent/config.toml"))[1] == []


@pytest.mark.parametrize("name", themes.NAMES)
def test_contrast(name: str) -> None:
    colours = themes.COLOURS[name]
    for ink in themes.INKS:
        for paper in themes.PAPERS:
            assert themes.contrast(colours[ink], colours[paper]) >= 4.5, (ink, paper)
    for ink, paper in themes.PAIRS:
        assert themes.contrast(colours[ink], colours[paper]) >= 4.5, (ink, paper)


def test_contrast_is_wcags() -> None:
    assert themes.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert themes.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_demo_clock_runs_on() -> None:
    start = datetime(2026, 6, 15, 6, 35, tzinfo=UTC)
    clock = SystemClock.starting_at(start)
    assert timedelta(0) <= clock.now() - start < timedelta(seconds=5)


def test_bell_rings_once_for_one_alarm() -> None:
    rung: list[int] = []

    class App:
        def bell(self) -> None:
            rung.append(1)

    bell = Bell(App())
    assert bell.ring_for({1}) and not bell.ring_for({1})
    assert not bell.ring_for(set())
    assert len(rung) == 1
    assert not Bell(App(), enabled=False).ring_for({2})


async def test_writes_keep_their_order_on_one_thread(record: Database) -> None:
    work, seen = Work(record), []

    def write(number: int) -> None:
        time.sleep(0.005 if number % 2 else 0)
        seen.append((number, threading.current_thread().name))

    await asyncio.gather(*(work.write(write, number) for number in range(10)))
    assert [number for number, _name in seen] == list(range(10))
    assert len({name for _number, name in seen}) == 1
    work.close()


async def test_a_cancelled_screen_does_not_take_its_write_along(record: Database) -> None:
    work, done, gate = Work(record), [], threading.Event()
    blocker = asyncio.create_task(work.write(gate.wait))
    await asyncio.sleep(0.02)
    task = asyncio.create_task(work.write(done.append, "saved"))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
    await blocker
    await work.write(lambda: None)
    assert done == ["saved"]
    work.close()


async def test_failures_are_raised_where_they_are_awaited(record: Database) -> None:
    work = Work(record)

    def broken() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await work.write(broken)
    with pytest.raises(KeyError):
        await work.read(broken)
    work.close()
