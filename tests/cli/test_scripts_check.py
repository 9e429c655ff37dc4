"""What a release's files are named never reaches the terminal as it is written."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import pytest

from console.cli import scripts
from console.scripts import library, lint_text
from console.scripts.documents import document
from console.scripts.library import from_texts
from console.scripts.schema_files import TABLES, validate

HIDDEN = ("\x1b", "\x07", "\x9b", "\u202e", "\u200b", "\n")


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (r'"a\u001b[2Jb" = 1', ["a[2Jb"]),
        (r'["one\u009b2J"]' + "\nx = 1", ["one2J", "x"]),
        (r'[one]\n"two\u202e" = 1'.replace(r"\n", "\n"), ["one", "two"]),
        (r'list = [{ "in\u0007ner" = 1 }]', ["list", "inner"]),
    ],
)
def test_keys_are_cleaned_as_values_are(body: str, names: list[str]) -> None:
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                found.append(key)
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(document("x.toml", body))
    assert found == names


@pytest.mark.parametrize("name", [*TABLES, "windows.toml"])
@pytest.mark.parametrize("code", ["Swelling", "s", "1st", "a b", "[2J", "a.b", "a" * 49, "肿胀", "ab\n"])
def test_a_table_whose_name_is_no_code_is_refused(name: str, code: str) -> None:
    data = library.shipped().raw(name)
    table = next(iter(data.values()))
    assert validate(name, {"own_code": table}) == []
    ((where, message),) = validate(name, {code: table})
    assert where == code and "small letters" in message
    if name == "windows.toml":
        ((where, _),) = validate(name, {"own_code": {code: next(iter(table.values()))}})
        assert where == f"own_code.{code}"


def test_a_hidden_character_in_a_key_is_named() -> None:
    texts = library.shipped().texts
    body = texts["sources.toml"] + '\n[id."S1-POP-99\\u200b"]\nstate = "later"\nwhy = "x"\n'
    found = {
        (file, where, code)
        for file, where, code, _ in lint_text.problems(from_texts({**texts, "sources.toml": body}))
    }
    assert found == {("sources.toml", "id.S1-POP-99", "unclean")}


WILD = [
    ("flags.toml", '\n["a\\u001b[2J\\u009b\\u202e"]\nlevel = "\\u001b]0;x\\u0007"\n'),
    ("windows.toml", '\n[own."a\\u001b[2J\\u009b"]\nfrom = "x"\n'),
    ("sources.toml", '\n[id."S9-X\\u001b[2J\\u009b\\u200b"]\nstate = "x"\n'),
    ("flows/\x1b[2J\u202ex.toml", "code = 3\n"),
    ("flows/own.toml", "code = '''\x1b'''\n"),
]


@pytest.mark.parametrize(("name", "more"), WILD)
@pytest.mark.parametrize("as_json", [True, False])
def test_check_prints_nothing_hidden(
    name: str, more: str, as_json: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "release"
    shutil.copytree(Path(library.__file__).parent, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    before = (copy / name).read_text("utf-8") if (copy / name).exists() else ""
    (copy / name).write_text(before + more, "utf-8")
    parser = argparse.ArgumentParser()
    scripts.add_parser(parser.add_subparsers())
    words = ["scripts", "check", str(copy), *(["--json"] if as_json else [])]
    assert scripts.run(parser.parse_args(words)) == 1
    out = capsys.readouterr().out
    if as_json:
        told = [text for one in json.loads(out)["problems"] for text in one.values()]
    else:
        told = out.splitlines()
        assert all(line.endswith(")") for line in told)
    assert told and not [text for text in told if any(char in text for char in HIDDEN)]
