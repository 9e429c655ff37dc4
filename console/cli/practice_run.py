"""`aftercall practice run`: a list of actions played without a screen; the same list makes the same score."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from console import i18n
from console.clean import clean
from console.i18n import _

if TYPE_CHECKING:
    from console.practice.play import Play
    from console.practice.records import Action, Said, Score
    from console.practice.stand import ActionError

DONE = 0
MAX_BYTES: Final = 2_000_000
MAX_ACTIONS: Final = 5_000
MAX_S: Final = 86_400.0
"""Seconds a practised call may last at most: a day."""
_KEYS: Final = frozenset({"do", "value", "about", "at", "keys"})


def run_scenario(args: argparse.Namespace) -> int:
    """Play the actions, or print those of the right call. Args: from the parser. Returns the exit code.

    Raises Wrong when the actions can't be read, ScriptError when the scenario can't.
    """
    from console.practice import advice, play, score
    from console.practice.book import opened
    from console.practice.proof import practice_base, staged
    from console.practice.records import Grade

    scenario = opened(args.folder).scenario(args.scenario)
    actions = () if args.perfect else read_actions(args.actions)
    with practice_base() as base, staged(base, scenario) as stage:
        if args.perfect:
            return _perfect(args, advice.perfect(stage, args.seed))
        played, refused = play.run(stage, args.seed, Grade(args.level), actions)
        result = score.score(played)
    document = run_document(played, result, refused)
    if args.json:
        print(json.dumps(document, ensure_ascii=False))
        return DONE
    from console.cli import practice_words

    for line in practice_words.lines(document):
        print(clean(line))
    return DONE


def _perfect(args: argparse.Namespace, actions: tuple[Action, ...]) -> int:
    entries = [action_document(one) for one in actions]
    if args.json:
        print(json.dumps(entries, ensure_ascii=False))
    else:
        for entry in entries:
            print(json.dumps(entry, ensure_ascii=False))
    return DONE


def action_document(action: Action) -> dict[str, Any]:
    """An action as a file of actions has it, without what it leaves open. Args: action."""
    document: dict[str, Any] = {"do": action.do}
    if action.value != "":
        document["value"] = action.value
    if action.about:
        document["about"] = action.about
    if action.at is not None:
        document["at"] = action.at
    if action.keys != 1:
        document["keys"] = action.keys
    return document


def run_document(
    played: Play, result: Score, refused: tuple[tuple[int, ActionError], ...] = ()
) -> dict[str, Any]:
    """A played call and its score, for machines.

    Args: the call; its score; the actions the call screen would not take, by number from 0. Returns the document.
    """
    from console.practice.courses import passed

    lang = i18n.language()
    return {
        "scenario": result.scenario,
        "seed": result.seed,
        "level": result.grade.value,
        "score": result.score,
        "of": result.of,
        "passed": passed(result),
        "items": [
            {
                "code": one.code,
                "got": one.got,
                "of": one.of,
                "text": one.text.of(lang),
                "better": one.better.of(lang),
                "action": one.action,
            }
            for one in result.items
        ],
        "missed": list(result.missed),
        "instant_fail": list(result.instant_fail),
        "seconds": result.seconds,
        "norm_seconds": result.norm_s,
        "keys": result.keys,
        "keys_norm": result.keys_norm,
        "saved": result.saved,
        "refused": [
            {"action": number, "code": error.code, "about": error.where} for number, error in refused
        ],
        "transcript": [_said(one, result) for one in played.said],
    }


def _said(one: Said, result: Score) -> dict[str, Any]:
    lost = [item.code for item in result.items if item.got < item.of and item.action == one.action >= 0]
    return {
        "n": one.number,
        "at": one.at,
        "who": one.who,
        "text": one.text,
        "code": one.code,
        "value": one.value,
        "mood": one.mood,
        "action": one.action,
        "missed": lost,
    }


# -- reading actions --


def read_actions(source: str) -> tuple[Action, ...]:
    """The actions of a file.

    Args: source, a file's name, or "-" for standard input; one JSON list, or a JSON object on each line.
    Raises Wrong with one sentence that names the line.
    """
    return parse_actions(_text(source))


def parse_actions(body: str) -> tuple[Action, ...]:
    """Actions of a text. Args: body. Raises Wrong with one sentence that names the line or the entry."""
    if body.lstrip().startswith("["):
        entries = _load(body, 0)
        if not isinstance(entries, list):
            raise _wrong(_("a list of actions is expected"))
        named = [
            (_("action {n}", n=number), entry) for number, entry in enumerate(cast("list[Any]", entries), 1)
        ]
    else:
        named = [
            (_("line {n}", n=number), _load(line, number))
            for number, line in enumerate(body.splitlines(), 1)
            if line.strip()
        ]
    if not named:
        raise _wrong(_("there are no actions in it"))
    if len(named) > MAX_ACTIONS:
        raise _wrong(_("more than {most} actions", most=MAX_ACTIONS))
    return tuple(_action(where, entry) for where, entry in named)


def _text(source: str) -> str:
    try:
        if source == "-":
            body = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            path = Path(source)
            # A pipe or a device would never end.
            if not path.is_file():
                raise _wrong(_("{file} is not a file", file=clean(source)))
            with path.open("rb") as file:
                body = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or _("not a file")
        raise _wrong(_("{file} can't be read: {reason}", file=clean(source), reason=reason)) from error
    if len(body) > MAX_BYTES:
        raise _wrong(_("larger than 2 MB"))
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise _wrong(_("line {n}: not UTF-8", n=line)) from error


def _load(text: str, line: int) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _wrong(_("line {n}: not JSON: {reason}", n=line or error.lineno, reason=error.msg)) from error
    except RecursionError as error:
        raise _wrong(_("line {n}: nested too deeply", n=line or 1)) from error
    except ValueError as error:
        raise _wrong(_("line {n}: not a number anybody can use", n=line or 1)) from error


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _action(where: str, entry: Any) -> Action:
    from console.practice.records import Action

    def refuse(message: str) -> Exception:
        return _wrong(f"{where}: {message}")

    if not isinstance(entry, dict):
        raise refuse(_("an object with do, value, about, at and keys is expected"))
    data = cast("dict[str, Any]", entry)
    for key in sorted(data.keys() - _KEYS):
        raise refuse(_("there is no key {key}", key=repr(clean(key)[:40])))
    do, value, about = data.get("do"), data.get("value", ""), data.get("about", "")
    at, keys = data.get("at"), data.get("keys", 1)
    if not isinstance(do, str) or not do.strip():
        raise refuse(_("do names what is done, as a text"))
    if isinstance(value, bool) or not isinstance(value, (str, int, float)) or _huge(value):
        raise refuse(_("value is a text or a number"))
    if not isinstance(about, str):
        raise refuse(_("about is a text"))
    if at is not None and (not _number(at) or not 0 <= at <= MAX_S):
        raise refuse(_("at is a number of seconds"))
    if isinstance(keys, bool) or not isinstance(keys, int) or not 0 <= keys <= 10_000:
        raise refuse(_("keys is a whole number"))
    said = clean(value) if isinstance(value, str) else value
    return Action(clean(do)[:40], said, clean(about), None if at is None else float(at), keys)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not _huge(value)


def _huge(value: Any) -> bool:
    if isinstance(value, int):
        return abs(value) > 10**9
    return isinstance(value, float) and (not math.isfinite(value) or abs(value) > 10**9)


def _wrong(message: str) -> Exception:
    from console.cli.practice import Wrong

    hint = _(
        "write them like {example}, one on a line; `aftercall practice run SCENARIO --perfect` prints some",
        example='{"do": "answer", "value": "no", "about": "vision_change"}',
    )
    return Wrong("actions_invalid", message, hint)
