"""A person's own keys: what is wrong with them before they are used. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from console.keys import RESERVED, TABLE, of_scope, textual_name


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a `[keys]` entry: code (`unknown_action`, `reserved`, `no_ctrl_twin`, `clash`)
    and facts."""

    code: str
    action: str
    key: str = ""
    other: str = ""


def problems(keys: Mapping[str, Iterable[str]]) -> list[Problem]:
    """What is wrong with a person's own keys.

    Args:
        keys: action -> keys, as read from the settings.

    Returns:
        One problem per fault; empty when the keys may be used. A clash is judged inside one scope together
        with `app`.
    """
    found: list[Problem] = []
    known = {row.action: row for row in TABLE}
    merged = {row.action: row.keys for row in TABLE}
    for action, wanted in keys.items():
        wanted = tuple(wanted)
        if action not in known:
            near = get_close_matches(action, known, n=1)
            found.append(Problem("unknown_action", action, other=near[0] if near else ""))
            continue
        found += [Problem("reserved", action, key) for key in wanted if key in RESERVED]
        if not wanted or (_is_f_key(wanted) and not any(key.startswith("ctrl+") for key in wanted)):
            found.append(Problem("no_ctrl_twin", action))
        merged[action] = wanted
    for scope in dict.fromkeys(row.scope for row in TABLE):
        seen: dict[str, str] = {}
        for row in of_scope(*dict.fromkeys(("app", scope))):
            for key in map(textual_name, merged[row.action]):
                if key in seen and (row.action in keys or seen[key] in keys):
                    found.append(Problem("clash", row.action, key, seen[key]))
                seen.setdefault(key, row.action)
    return list(dict.fromkeys(found))


def _is_f_key(keys: Iterable[str]) -> bool:
    return any(key[:1] == "f" and key[1:].isdigit() for key in keys)
