"""The page on writing talk-tracks: it names every file, key, placeholder and case there is, and its example holds."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

from console.scripts import schema, schema_files, schema_service
from console.scripts.words import CLINICAL_PLACEHOLDERS, MAX_ZH_LINE, PLACEHOLDERS

PAGE = (Path(__file__).parents[2] / "docs" / "talk-track-files.md").read_text(encoding="utf-8")

TOLD: dict[str, tuple[type[schema.Strict], set[str]]] = {
    "procedures.toml": (schema.Procedure, set()),
    "questions.toml": (schema.Question, set()),
    "flags.toml": (schema.Flag, set()),
    "windows.toml": (schema.Window, set()),
    "care.toml": (schema_service.CareWords, set()),
    "concerns/CODE.toml": (schema.Track, set()),
    "flows/CODE.toml": (schema.Flow, set()),
    "flows/general.toml": (schema.Step, set()),
    "playbooks/AREA.toml": (schema_service.Playbook, set()),
    "playbooks/general.toml": (schema_service.PlaybookParts, {"version"}),
    "outcomes.toml": (schema_service.OutcomeFile, {"version"}),
    "sources.toml": (schema_service.Traced, set()),
}
"""The model behind each row of the page's table, and its keys that every file has."""


def keys(model: type[schema.Strict]) -> set[str]:
    """A model's keys as a file spells them."""
    return {field.alias or name for name, field in model.model_fields.items()}


def rows() -> dict[str, set[str]]:
    """File -> keys of the page's first table."""
    found = re.findall(r"^\| `([^`]+\.toml)` \| [^|]+ \| ([^|]+) \|$", PAGE, re.MULTILINE)
    return {name: set(re.findall(r"`([^`]+)`", cells)) for name, cells in found}


def test_every_file_of_a_release_is_told() -> None:
    listed = {name.split("/")[0] for name in rows()}
    known = {*schema_files.TABLES, *schema_files.FOLDERS, "windows.toml"}
    assert listed == known | {name.split("/")[0] for name in schema_files.WHOLE}


@pytest.mark.parametrize("name", TOLD)
def test_every_key_is_told(name: str) -> None:
    model, always = TOLD[name]
    assert rows()[name] == keys(model) - always


def test_placeholders_conditions_and_predicates_are_told() -> None:
    assert set(re.findall(r"`\{(\w+)\}`", PAGE)) == PLACEHOLDERS
    before_identity = PAGE.split("What tells of the\ntreatment (")[1].split(")")[0]
    assert set(re.findall(r"\{(\w+)\}", before_identity)) == CLINICAL_PLACEHOLDERS
    assert f"{MAX_ZH_LINE} Chinese characters" in PAGE
    for word in (*get_args(schema.Condition), *keys(schema.When), *keys(schema.Situation)):
        assert f"`{word}`" in PAGE, word


def test_the_example_fits_the_schema() -> None:
    example = PAGE.split("```toml\n")[1].split("```")[0]
    document: dict[str, Any] = tomllib.loads(example)
    assert schema_files.validate("concerns/swelling.toml", document) == []
    assert schema_files.validate("concerns/swelling.toml", {**document, "more": 1}) != []
