"""`aftercall practice list|check|run`: practice calls from a shell, without a screen and without any record."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console import i18n
from console.clean import clean
from console.cli import practice_start
from console.i18n import _

if TYPE_CHECKING:
    from console.practice.book import Book
    from console.practice.courses import Course
    from console.practice.records import Scenario

DONE, REFUSED, WRONG_USE = 0, 1, 2
GRADES = ("guided", "normal", "exam")


class Wrong(Exception):
    """Wrong use, in one sentence, with what to do about it."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add the group to the command line. Args: the main parser's sub-parsers. Returns the group's parser."""
    group = subparsers.add_parser("practice", help=_("practice calls: list, check, run"))
    commands = group.add_subparsers(dest="practice_command", required=True, metavar="list|check|run")
    listing = commands.add_parser("list", help=_("scenarios and courses"))
    checking = commands.add_parser("check", help=_("look for what is wrong with scenarios"))
    running = commands.add_parser("run", help=_("play a list of actions, and score it"))
    checking.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help=_("scenarios of one's own"))
    checking.add_argument("--only", metavar="CODE", action="append", help=_("this scenario alone"))
    checking.add_argument("--no-play", action="store_true", help=_("leave out playing the right call"))
    running.add_argument(
        "scenario", metavar="SCENARIO", help=_("code, as `aftercall practice list` shows it")
    )
    what = running.add_mutually_exclusive_group(required=True)
    what.add_argument("--actions", metavar="FILE", help=_("JSON list or lines of actions; - reads stdin"))
    what.add_argument("--perfect", action="store_true", help=_("print the actions of the right call"))
    running.add_argument("--seed", type=_seed, default=1, metavar="N", help=_("same seed, same patient (1)"))
    running.add_argument("--level", choices=GRADES, default="normal")
    for parser in (listing, running):
        parser.add_argument("--folder", type=Path, metavar="FOLDER", help=_("scenarios of one's own besides"))
    practice_start.add_start(commands)
    for parser in (listing, checking, running):
        parser.add_argument("--json", action="store_true", help=_("one JSON document on standard output"))
    return group


def run(args: argparse.Namespace) -> int:
    """Do the command.

    Args: args from `add_parser`. Returns the exit code: 0 done, 1 something in the files is faulty, 2 wrong use. A
    fault is one sentence.
    """
    from console.scripts.errors import ScriptError

    try:
        match args.practice_command:
            case "list":
                return _list(args)
            case "check":
                return _check(args)
            case "start":
                return practice_start.run(args)
            case _:
                from console.cli.practice_run import run_scenario

                return run_scenario(args)
    except Wrong as fault:
        return _fail(args, fault.code, fault.message, fault.hint)
    except ScriptError as fault:
        checking = args.practice_command == "check"
        hint = (
            _("see `aftercall practice list`")
            if checking
            else _("see `aftercall practice list` and `aftercall practice check`")
        )
        return _fail(args, fault.code, str(fault), hint)


def _list(args: argparse.Namespace) -> int:
    from console.practice import courses
    from console.practice.book import opened

    book = opened(args.folder)
    scenarios, faults = book.all()
    offered, wrong = courses.read(args.folder)
    problems = (*faults, *wrong, *courses.problems(offered, book))
    document: dict[str, Any] = {
        "scenarios": [_entry(one) for one in scenarios],
        "courses": [_course(one) for one in offered],
        "problems": [_plain(one) for one in problems],
    }
    if args.json:
        _emit(document)
        return REFUSED if problems else DONE
    lang = i18n.language()
    for one in scenarios:
        print(clean(f"{one.code:32} {one.skill.value:12} {one.grade.value:7} {one.title.of(lang)}"))
    print()
    course = _("course")
    for one in offered:
        calls = _("{n} calls", n=len(one.scenarios))
        print(clean(f"{one.code:32} {course:12} {one.grade.value:7} {one.title.of(lang)} ({calls})"))
    for one in document["problems"]:
        print(_told(one), file=sys.stderr)
    print(f"{_scenarios(len(scenarios))}; {_problems(len(problems))}", file=sys.stderr)
    return REFUSED if problems else DONE


def _scenarios(n: int) -> str:
    return _("1 scenario") if n == 1 else _("{n} scenarios", n=n)


def _problems(n: int) -> str:
    return _("1 problem") if n == 1 else _("{n} problems", n=n)


def _entry(one: Scenario) -> dict[str, Any]:
    first = one.treatments[0]
    return {
        "code": one.code,
        "title": {"zh": one.title.zh, "en": one.title.en},
        "procedure": first.procedure,
        "day": first.day,
        "level": one.grade.value,
        "skill": one.skill.value,
        "language": one.persona.language.value,
        "milestone": one.milestone,
    }


def _course(one: Course) -> dict[str, Any]:
    return {
        "code": one.code,
        "title": {"zh": one.title.zh, "en": one.title.en},
        "level": one.grade.value,
        "pass_percent": one.pass_percent,
        "required": one.required,
        "scenarios": list(one.scenarios),
    }


def _check(args: argparse.Namespace) -> int:
    from console.practice import courses
    from console.practice.book import opened, shipped
    from console.practice.check import check
    from console.practice.shelf import beside
    from console.scripts.library import shipped as talk_tracks

    shipped_codes = set(shipped().codes)
    book = opened(args.folder)
    codes = _wanted(book, args, shipped_codes)
    if args.folder is not None and not codes and not (book.faults or (args.folder / courses.FILE).exists()):
        message = _("there is no scenario in {folder}", folder=clean(str(args.folder)))
        raise Wrong("no_scenarios", message, _("a scenario is one file, CODE.toml"))
    library = talk_tracks()
    found = check(book, library, codes=codes, play=not args.no_play)
    # A single scenario is judged alone: the rest is somebody else's file.
    around = () if args.only else (*book.faults, *beside(library, args.folder))
    problems = [_plain(one) for one in dict.fromkeys((*around, *found))]
    document = {"scenarios": len(codes), "problems": problems}
    if args.json:
        _emit(document)
    else:
        for one in problems:
            print(_told(one))
        print(f"{_scenarios(len(codes))}; {_problems(len(problems))}", file=sys.stderr)
    return REFUSED if problems else DONE


def _wanted(book: Book, args: argparse.Namespace, shipped_codes: set[str]) -> tuple[str, ...]:
    """The scenarios that are checked: those of the folder, else the shipped ones, or the ones named."""
    if args.only:
        return tuple(dict.fromkeys(args.only))
    if args.folder is None:
        return book.codes
    return tuple(code for code in book.codes if code not in shipped_codes)


def _plain(one: Any) -> dict[str, str]:
    # Names of files and tables may hold anything.
    return {key: clean(getattr(one, key)) for key in ("file", "where", "code", "message")}


def _told(one: Mapping[str, str]) -> str:
    where = f"{one['where']}: " if one["where"] else ""
    return f"{one['file']}: {where}{one['message']} ({one['code']})"


def _seed(text: str) -> int:
    try:
        seed = int(text)
    except ValueError:
        seed = -1
    if not 0 <= seed <= 2**31 - 1:
        raise argparse.ArgumentTypeError(_("a whole number from 0 to {most} is expected", most=2**31 - 1))
    return seed


def _emit(document: Mapping[str, Any]) -> int:
    print(json.dumps(document, ensure_ascii=False))
    return DONE


def show(lines: Iterable[str]) -> int:
    """Print lines. Args: lines, of any origin. Returns the exit code."""
    for line in lines:
        print(clean(line))
    return DONE


def _fail(args: argparse.Namespace, code: str, message: str, hint: str) -> int:
    message = clean(message)
    if args.json:
        print(json.dumps({"error": {"code": code, "message": message, "hint": hint}}, ensure_ascii=False))
    else:
        print(f"{message}; {hint}", file=sys.stderr)
    return WRONG_USE
