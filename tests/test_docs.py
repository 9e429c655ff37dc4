"""The handbook: every command, key, setting and code is in it, every command in it can be read, links and
pictures hold, and nothing of a machine it was written on is left in a file."""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from html import unescape
from importlib import metadata
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from console import config
from console.cli import main as command_line
from console.demo.people import samples
from console.exchange.headers import FIELDS, read_mapping
from console.record_words import CAUTIONS, REFUSED
from console.rules import policy
from console.rules.gates import GATES
from console.widgets.call_panes import RESULTS
from db.enums import CallOutcome, Tier

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
PICTURES = ROOT / "docs" / "pictures"
SAMPLE = ROOT / "tests" / "data" / "clinic_small.csv"
SET_UP = "python3 -m venv .uv && .uv/bin/pip install -q uv && .uv/bin/uv run"
GLOBAL_OPTIONS = {"-h", "--help", "--db", "--staff", "--json"}


def read(path: Path | str) -> str:
    """A file of the project as text."""
    return (ROOT / path).read_text(encoding="utf-8")


def fences(text: str, language: str) -> list[str]:
    """Fenced blocks of a language; those of a list item without its indent."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def rows(text: str) -> Iterator[list[str]]:
    """Cells of every table row whose first cell is code."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if line.startswith("|") and re.fullmatch(r"`[^`]+`", cells[0]):
            yield [cells[0].strip("`"), *cells[1:]]


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    _before, found, after = text.partition(f"\n{heading}\n")
    assert found, f"no heading {heading!r}"
    return re.split(r"^#", after, maxsplit=1, flags=re.MULTILINE)[0]


def first_column(text: str) -> set[str]:
    """First cells of the tables of a text."""
    return {cells[0] for cells in rows(text)}


# Commands


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    return command_line._parser(["--help"])


def commands(
    of: argparse.ArgumentParser, name: str = "aftercall"
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that can be run, with its parser."""
    groups = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield name, of
    for group in groups:
        for word, child in group.choices.items():
            yield from commands(child, f"{name} {word}")


def test_every_command_and_option_is_documented() -> None:
    page = read("docs/cli.md")
    known = dict(commands(parser()))
    assert set(re.findall(r"^### `(.+)`$", page, re.MULTILINE)) == set(known)
    for name, made in known.items():
        told = section(page, f"### `{name}`")
        options = {option for action in made._actions for option in action.option_strings} - GLOBAL_OPTIONS
        assert {
            option for option in options if f"`{option}" not in told and f" {option} " not in told
        } == set(), name
        for action in made._actions:
            if not action.option_strings:
                assert str(action.metavar) in told, name


def test_no_option_is_documented_that_is_not_there() -> None:
    page = read("docs/cli.md")
    for name, made in commands(parser()):
        options = {option for action in made._actions for option in action.option_strings}
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", section(page, f"### `{name}`"))) <= options, name


def _lines() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for page in PAGES:
        for block in fences(page.read_text(encoding="utf-8"), "sh"):
            for line in block.splitlines():
                at = re.search(r"(?:^|\brun (?:--no-dev )?(?:--extra postgres )?)aftercall\b", line)
                if at:
                    found.append((page.name, line[line.index("aftercall", at.start()) :]))
    return found


@pytest.mark.parametrize(("page", "line"), _lines())
def test_every_command_line_of_the_handbook_can_be_read(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    words = words[: words.index(">")] if ">" in words else words
    command_line._parser(words[1:]).parse_args(words[1:])


def test_there_are_command_lines_to_read() -> None:
    assert len(_lines()) > 30


def _shape(told: str) -> set[str]:
    """Names on the outermost level of the first JSON shape of a section."""
    at = told.index("`{") + 1
    depth, name, found = 0, "", set[str]()
    for char in told[at:]:
        if char in "{[":
            depth += 1
        elif char in "}]":
            depth -= 1
        elif depth == 1:
            name += char
        if (char == "," and depth == 1) or depth == 0:
            word = re.match(r"\w+", name.strip(" ,\n"))
            found |= {word[0]} if word else set()
            name = ""
        if depth == 0:
            return found
    raise AssertionError(f"a shape without an end: {told[at : at + 60]}")


def test_documents_have_the_documented_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = read("docs/cli.md")
    url = f"sqlite:///{tmp_path / 'record' / 'clinic.db'}"
    monkeypatch.setenv("AFTERCALL_PIN", "482913")

    def run(words: str, *, exit_code: int = 0, pin: str = "482913") -> dict[str, Any]:
        monkeypatch.setenv("AFTERCALL_PIN", pin)
        arguments = shlex.split(words)
        assert command_line.main(["--db", url, *arguments, "--json"]) == exit_code, capsys.readouterr()
        document = json.loads(capsys.readouterr().out)
        name = next(
            name for name, _made in commands(parser()) if f"aftercall {words} ".startswith(f"{name} ")
        )
        told = _shape(section(page, f"### `{name}`"))
        assert set(document) - {"first_pin"} == told - {"first_pin"}, name
        return document

    run("db init --clinic Dawn --lead lead")
    run(f"import {shlex.quote(str(SAMPLE))} --at 2026-06-15", exit_code=1)
    item = run("queue --at 2026-06-15T14:35")["items"][0]
    run(f"why {item['id']} --at 2026-06-15T14:35")
    run(f"why-not {item['patient_id']} --at 2026-06-15T14:35")
    run("board")
    run("scripts list")
    run("scripts show upper_blepharoplasty --day 6 --concern swelling")
    run("scripts check")
    run("scripts triage liposuction --day 2 --concern swelling --answers '{}'")
    document = run("policy show")
    run("policy check")
    (tmp_path / "clinic.toml").write_text(str(document["document"]), encoding="utf-8")
    run("db upgrade")
    run("db info")
    run("db check")
    run("db backup")
    run("doctor", exit_code=0)
    run("locate")

    def as_lead(words: str) -> dict[str, Any]:
        return run(f"{words} --staff lead")

    as_lead(f"policy apply {shlex.quote(str(tmp_path / 'clinic.toml'))}")
    first = as_lead("staff add chen --role doctor")["first_pin"]
    as_lead("staff list")
    as_lead("staff set chen --phone 13800000001")
    monkeypatch.setenv("AFTERCALL_NEW_PIN", "730519")
    run("staff pin --staff chen", pin=str(first))
    run("scripts approve --staff chen", pin="730519")
    as_lead("staff retire chen")


# Settings and codes


def _settings(value: object, name: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _settings(child, f"{name}.{key}" if name else str(key))
    else:
        yield name, value
        if isinstance(value, list):
            for key in dict.fromkeys(key for row in value if isinstance(row, dict) for key in row):
                yield f"{name}.{key}", None


def test_every_setting_of_the_policy_is_documented_with_its_default() -> None:
    told = {
        cells[0]: cells[1]
        for cells in rows(read("docs/policy.md"))
        if "." in cells[0] or cells[0] == "schema"
    }
    settings = dict(_settings(tomllib.loads(policy.default_text()), ""))
    assert {name for name in told if not name.startswith("on_call.rows.")} == set(settings)
    for name, value in settings.items():
        if isinstance(value, bool):
            assert told[name] == str(value).lower(), name
        elif isinstance(value, str | int | float):
            assert told[name] == str(value), name
        elif isinstance(value, list) and value and all(isinstance(one, int) for one in value):
            assert told[name] == ", ".join(map(str, value)), name
        elif name.startswith(("teams.", "staff.roles", "retry.")):
            assert isinstance(value, list) and told[name] == ", ".join(value), name


def test_the_roster_of_the_handbook_is_a_policy() -> None:
    (example,) = (block for block in fences(read("docs/policy.md"), "toml") if "[on_call]" in block)
    document = tomllib.loads(policy.default_text()) | tomllib.loads(example)
    assert policy.check(document) == ()
    told = {name for name in first_column(read("docs/policy.md")) if name.startswith("on_call.rows.")}
    used = {name for name, _value in _settings(tomllib.loads(example), "")} | {
        f"on_call.rows.people.{key}" for key in tomllib.loads(example)["on_call"]["rows"][0]["people"][0]
    }
    assert told <= used


def test_every_refusal_and_warning_is_documented() -> None:
    page = read("docs/importing.md")
    assert first_column(section(page, "## Refused rows")) == set(REFUSED)
    assert first_column(section(page, "## Accepted in spite of something")) == set(CAUTIONS)
    assert first_column(section(page, "## Columns")) == set(FIELDS)


def test_the_mapping_of_the_handbook_is_one(tmp_path: Path) -> None:
    (example,) = fences(read("docs/importing.md"), "toml")
    file = tmp_path / "columns.toml"
    file.write_text(example, encoding="utf-8")
    assert {"name", "phone", "procedure", "performed_on"} <= set(read_mapping(file))


def test_the_settings_of_the_handbook_have_no_fault() -> None:
    for page in ("docs/cli.md", "docs/keys.md"):
        (example,) = fences(read(page), "toml")
        assert config.parse(tomllib.loads(example), "settings")[1] == []


def test_gates_tiers_results_and_outcomes_are_documented() -> None:
    queue, calls = read("docs/queue.md"), read("docs/calls.md")
    assert [cells[0] for cells in rows(section(queue, "## Why somebody is not there"))] == list(GATES)
    assert set(re.findall(r"\b(\d) ([A-Z_]+)", section(queue, "## The order"))) == {
        (str(int(tier)), tier.name) for tier in Tier
    }
    assert first_column(section(calls, "## How a conversation ends")) == {
        str(outcome) for outcome in CallOutcome
    }
    dial = section(calls, "## The way through").split("**Identity**")[0]
    told = dict(re.findall(r"`(\d)`\s+([a-z ]+?(?:\n +[a-z ]+)?)[,.]", dial))
    assert {digit: " ".join(words.split()) for digit, words in told.items()} == {
        str(number % 10): words for number, (_result, words) in enumerate(RESULTS, 1)
    }


# Made files


def _pictures_tool() -> ModuleType:
    loader = SourceFileLoader("tools_pictures", str(ROOT / "tools" / "pictures"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


def test_the_page_of_keys_is_fresh() -> None:
    assert read("docs/keys.md") == _pictures_tool().keys_page(), "run tools/pictures --keys"


def _words(svg: str) -> str:
    """What can be read in a picture, line by line."""
    lines: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in re.findall(r'<text class="[^"]*" x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>', svg):
        lines.setdefault(float(y), []).append((float(x), unescape(text).replace("\xa0", " ")))
    return "\n".join("".join(text for _x, text in sorted(parts)) for _y, parts in sorted(lines.items()))


@pytest.mark.parametrize("scene", ["queue", "call", "board"])
@pytest.mark.parametrize("suffix", ["", ".zh"])
def test_pictures_show_the_demo_and_nobody_else(scene: str, suffix: str) -> None:
    svg = (PICTURES / f"{scene}{suffix}.svg").read_text(encoding="utf-8")
    words = _words(svg)
    assert words.splitlines()[0].rstrip().endswith("DEMO")
    if scene != "call":
        names = {one.name for one in samples(date(2026, 6, 15), 1)}
        # The clock's weekday on the top line (周一) can be a person's name too.
        body = words.partition("\n")[2]
        assert {name for name in names if name in body} == set()
        assert re.search(r"\w\*", words)
        assert not re.search(r"138\s?\d{4}\s?\d{4}", words)
    # A picture that fetches a font tells somebody else that it was looked at.
    assert "@font-face" not in svg and "url(" not in svg.replace("url(#", "")


def test_there_is_no_picture_that_nobody_shows() -> None:
    shown = {name for page in PAGES for name in re.findall(r"pictures/([\w.]+)\)", page.read_text("utf-8"))}
    assert shown == {path.name for path in PICTURES.iterdir()}


# Links and set-up


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        file, _hash, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.is_relative_to(ROOT) and there.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(_anchor, headings), target


def test_every_page_can_be_found_and_says_first_what_one_can_do() -> None:
    start = read("README.md")
    for page in sorted((ROOT / "docs").glob("*.md")):
        assert f"docs/{page.name}" in start, page.name
        if page.name not in ("keys.md", "zh.md"):
            opening = page.read_text(encoding="utf-8").split("\n\n")[1]
            assert opening.startswith("You can "), page.name


def test_the_two_commands_that_set_everything_up() -> None:
    blocks = [block.strip() for block in fences(read("README.md"), "sh")]
    assert blocks[:2] == [f"{SET_UP} --no-dev aftercall demo", f"{SET_UP} pytest"]
    assert f"\n{SET_UP} pytest\n" in read(".ci/run")
    assert f"{SET_UP} pytest" in fences(read("CONTRIBUTING.md"), "sh")[0]


def test_the_readme_begins_with_what_it_is_and_a_picture() -> None:
    title, opening, picture, *_rest = read("README.md").split("\n\n")
    assert title.startswith("# AfterCall")
    assert "aftercare" in opening
    assert picture.startswith("![")


def test_every_dependency_says_what_it_is_for() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    wanted = [
        *project["project"]["dependencies"],
        *(one for extra in project["project"]["optional-dependencies"].values() for one in extra),
        *(one for group in project["dependency-groups"].values() for one in group),
    ]
    names = {re.split(r"[\[<>=~ ]", one)[0] for one in wanted}
    bench = {re.split(r"[\[<>=~ ]", one)[0] for one in project["dependency-groups"]["bench"]}
    pins = dict(re.findall(r'^    "([\w.-]+)==([\w.]+)', read("pyproject.toml"), re.MULTILINE))
    page = section(read("CONTRIBUTING.md"), "## Dependencies")
    told = {
        match[1]: match for match in re.finditer(r"^\| ([\w-]+) ([\d.]+)[^|]*\|(.+)\|$", page, re.MULTILINE)
    }
    assert set(told) == names
    for name, match in told.items():
        assert match[2] == pins[name], name
        licence, released = (cell.strip() for cell in match[3].split("|")[-2:])
        if name in bench and importlib.util.find_spec(name) is None:
            # Only who runs the benches installs their peers.
            continue
        stated = metadata.metadata(name).get("License-Expression")
        assert stated is None or licence == stated, name
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", released), name


# Spelt backwards, so that the list does not find itself.
_FOREIGN = tuple(
    word[::-1]
    for word in (
        "/krow/",
        "/pmt/",
        "/toor/",
        "gro.ipyp",
        "detsohnohtyp",
        "sjmpn.yrtsiger",
        "/elpmis/",
        "yb-derohtua-oc",
        "edualc",
        "ciporhtna",
        "ianepo",
        "tpgtahc",
        "tolipoc",
        "tnegabus",
        "ledom egaugnal",
    )
)


def test_no_file_tells_of_the_machine_it_was_written_on() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode("utf-8")
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    assert len(names) > 200
    found: list[str] = []
    for name in names:
        text = (ROOT / name).read_bytes().decode("utf-8", errors="ignore").lower()
        found += [f"{name}: {word}" for word in _FOREIGN if word in text or word in name.lower()]
    assert found == []
