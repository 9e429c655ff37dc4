"""`aftercall scripts list|show|check|triage`: the talk-tracks from a shell, without a database."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from console.cli.scripts_shown import flag_document, question_document, spoken, values_of

if TYPE_CHECKING:
    from console.rules.triage import Answer
    from console.scripts.library import Library
    from console.scripts.records import ConcernView, FlowView, Procedure

DONE, REFUSED, WRONG_USE = 0, 1, 2
MAX_DAY = 36_500
DRAFT = "draft"


class _Wrong(Exception):
    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add the group to the command line. Args: the main parser's sub-parsers. Returns the group's parser."""
    group = subparsers.add_parser("scripts", help="talk-tracks: list, show, check, triage")
    commands = group.add_subparsers(dest="scripts_command", required=True, metavar="list|show|check|triage")
    add_commands(commands)
    return group


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands themselves, for a group which has more. Args: the group's sub-parsers."""
    listing = commands.add_parser("list", help="procedures, concerns and flows of the release")
    show = commands.add_parser("show", help="what a caller asks and may say for a procedure and day")
    check = commands.add_parser("check", help="look for holes and forbidden words in a release")
    judge = commands.add_parser("triage", help="which red flags some answers raise")
    for parser in (show, judge):
        parser.add_argument("procedure", metavar="PROCEDURE", help="code, or a word a clinic uses for it")
        parser.add_argument(
            "--day", type=_day, required=True, metavar="N", help="days since the operation day (0)"
        )
        parser.add_argument(
            "--role", default="any", help="who asks: caller, nurse, doctor ... (default: any)"
        )
        parser.add_argument("--anaesthesia", choices=("general", "sedation", "local"))
        parser.add_argument(
            "--stitches-day", type=_day, metavar="N", help="day of the surgeon's date for stitches"
        )
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--concern", metavar="C", help="concern code, like swelling")
        what.add_argument("--flow", metavar="F", help="flow code, like d7")
    show.add_argument("--lang", choices=("zh", "en"), default="zh", help="language spoken with the patient")
    judge.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the flags' words")
    judge.add_argument(
        "--answers", required=True, metavar="JSON", help="question code to answer; - reads stdin"
    )
    check.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="a release of one's own")
    for parser in (listing, show, judge):
        parser.add_argument(
            "--release", type=Path, metavar="DIR", dest="folder", help="a release of one's own"
        )
    for parser in (listing, show, check, judge):
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(args: argparse.Namespace, status: str | None = None) -> int:
    """Do the command.

    Args: args from `add_parser`; status of the release, "approved" or "draft", when a database knows it
    (the shipped release alone is a draft).
    Returns the exit code: 0 done, 1 `check` found problems, 2 wrong use. A fault is one sentence.
    """
    from console.scripts.errors import ScriptError

    try:
        library = _library(args.folder)
        match args.scripts_command:
            case "list":
                return _list(library, args)
            case "show":
                return _show(library, args, status or DRAFT)
            case "check":
                return _check(library, args)
            case _:
                return _triage(library, args)
    except _Wrong as fault:
        return _fail(args, fault.code, fault.message, fault.hint)
    except ScriptError as fault:
        return _fail(
            args, fault.code, str(fault), "see `aftercall scripts list` and `aftercall scripts check`"
        )


def _library(folder: Path | None) -> Library:
    from console.scripts.library import from_folder, shipped

    return shipped() if folder is None else from_folder(folder)


def _list(library: Library, args: argparse.Namespace) -> int:
    document = {
        "procedures": [
            {
                "code": procedure.code,
                "name": {"zh": procedure.name.zh, "en": procedure.name.en},
                "short": {"zh": procedure.short.zh, "en": procedure.short.en},
                "groups": sorted(procedure.groups),
                "restricted": procedure.restricted,
            }
            for procedure in library.procedures.values()
        ],
        "concerns": [
            {"code": concern.code, "name": {"zh": concern.name.zh, "en": concern.name.en}, "key": concern.key}
            for concern in library.concerns.values()
        ],
        "flows": [
            {
                "code": code,
                "title": {"zh": library.flows(code)[0].title.zh, "en": library.flows(code)[0].title.en},
                "milestones": list(library.flows(code)[0].milestones),
            }
            for code in library.names("flows")
        ],
        "hash": library.hash,
    }
    if args.json:
        return _emit(document)
    for procedure in library.procedures.values():
        print(f"{procedure.code:30} {procedure.name.zh} / {procedure.name.en}")
    for concern in library.concerns.values():
        print(f"{concern.key}  {concern.code:30} {concern.name.zh} / {concern.name.en}")
    for code in library.names("flows"):
        title = library.flows(code)[0].title
        print(f"   {code:30} {title.zh} / {title.en}")
    return DONE


def _show(library: Library, args: argparse.Namespace, status: str) -> int:
    from console.scripts.select import raisable, select_concern, select_flow

    procedure = _procedure(library, args.procedure)
    treatment = _treatment(procedure, args)
    if args.flow is not None:
        return _show_flow(
            library, procedure, select_flow(library, treatment, args.flow, args.role), args, status
        )
    view = select_concern(library, treatment, _concern(library, args.concern), args.role)
    lang: str = args.lang
    values = values_of(procedure, view.day, lang)
    window = view.window
    document: dict[str, Any] = {
        "procedure": procedure.code,
        "day": view.day,
        "concern": view.concern.code,
        "lang": lang,
        "source": {
            "code": view.concern.code,
            "version": view.version,
            "hash": library.hash,
            "status": status,
        },
        "ask": [question_document(question, lang) for question in view.ask],
        "details": [question_document(question, lang) for question in view.details],
        "red_flags": [flag_document(flag, lang) for flag in raisable(view)],
        "window": None
        if window is None or window.never
        else {"from": window.from_day, "peak": window.peak, "until": window.until},
        "never_normal": window is None or window.never,
        "say": None if view.say is None else spoken(view.say, lang, values),
        "otherwise": {level: spoken(lines, lang, values) for level, lines in view.otherwise.items()},
        "why_selected": view.why,
    }
    return _emit(document) if args.json else _print_concern(view, document)


def _show_flow(
    library: Library, procedure: Procedure, view: FlowView, args: argparse.Namespace, status: str
) -> int:
    from console.scripts.words import fill

    lang: str = args.lang
    values = values_of(procedure, view.day, lang)
    document: dict[str, Any] = {
        "procedure": procedure.code,
        "day": view.day,
        "flow": view.code,
        "lang": lang,
        "source": {"code": view.code, "version": view.version, "hash": library.hash, "status": status},
        "steps": [
            {
                "kind": step.kind,
                "title": step.title.of(lang),
                "say": None if step.say is None else spoken(step.say, lang, values),
                "groups": [
                    {
                        "lead": fill(group.lead.of(lang), values),
                        "signs": [question_document(view.questions[code], lang) for code in group.signs],
                    }
                    for group in step.groups
                ],
                "ask": [question_document(view.questions[code], lang) for code in step.ask],
            }
            for step in view.steps
        ],
        "red_flags": [
            flag_document(flag, lang) for flag in sorted(view.flags, key=lambda flag: flag.level.rank)
        ],
        "why_selected": view.why,
    }
    if args.json:
        return _emit(document)
    for step in document["steps"]:
        print(f"== {step['title']}")
        if step["say"]:
            print(step["say"])
        for group in step["groups"]:
            print(group["lead"], " / ".join(sign["sign"] for sign in group["signs"]))
        for question in step["ask"]:
            print(f"? {question['text']}")
    print(f"[{status}] {view.why}")
    return DONE


def _print_concern(view: ConcernView, document: Mapping[str, Any]) -> int:
    for question in document["ask"]:
        print(f"? {question['text']}")
    for flag in document["red_flags"]:
        print(f"! {flag['level']:9} {flag['text']}")
    window = view.window
    if window is None or window.never:
        print("window: none, a clinician decides on any day")
    else:
        print(f"window: day {window.from_day} to {window.until}")
    print(f"say [{document['source']['status']}]: {document['say'] or '-'}")
    for level, text in document["otherwise"].items():
        print(f"{level}: {text}")
    print(view.why)
    return DONE


def _check(library: Library, args: argparse.Namespace) -> int:
    from console.scripts.errors import ScriptError
    from console.scripts.lint import check, stricter

    problems = check(library)
    counts: dict[str, int] = {"procedures": 0, "concerns": 0}
    decided: list[dict[str, Any]] = []
    try:
        counts = {"procedures": len(library.procedures), "concerns": len(library.concerns)}
        decided = [
            {"code": code, "level": level, "decision": number} for code, level, number in stricter(library)
        ]
    except ScriptError:
        # The fault is among the problems already; what can't be read counts as none.
        pass
    document = {
        **counts,
        "flows": len(library.names("flows")),
        "playbooks": len(library.names("playbooks")),
        "scenarios": len(library.names("scenarios")),
        "problems": [
            {"file": one.file, "where": one.where, "code": one.code, "message": one.message}
            for one in problems
        ],
        "stricter": decided,
        "hash": library.hash,
    }
    if args.json:
        _emit(document)
    else:
        for one in problems:
            print(f"{one.file}: {one.where}: {one.message} ({one.code})")
        named = ", ".join(f"{document[key]} {key}" for key in ("procedures", "concerns", "flows"))
        print(f"{named}; {len(problems)} problems", file=sys.stderr)
    return REFUSED if problems else DONE


def _triage(library: Library, args: argparse.Namespace) -> int:
    from console.scripts.select import select_concern, select_flow, triage_concern, triage_flow

    procedure = _procedure(library, args.procedure)
    treatment = _treatment(procedure, args)
    answers = _answers(library, args.answers)
    if args.flow is not None:
        result = triage_flow(select_flow(library, treatment, args.flow, args.role), answers)
    else:
        view = select_concern(library, treatment, _concern(library, args.concern), args.role)
        result = triage_concern(view, answers)
    document = {
        "level": None if result.level is None else result.level.value,
        "flags": [flag_document(flag, args.lang) for flag in result.flags],
        "reassurance_allowed": result.reassurance_allowed,
        "unanswered": list(result.unanswered),
        "unsure": list(result.unsure),
    }
    if args.json:
        return _emit(document)
    print(document["level"] or "no red flag")
    for flag in document["flags"]:
        print(f"! {flag['level']:9} {flag['text']}")
    print(f"reassurance allowed: {'yes' if result.reassurance_allowed else 'no'}")
    for code in result.unanswered:
        print(f"? {library.questions[code].words.of(args.lang)}")
    return DONE


def _answers(library: Library, text: str) -> dict[str, Answer]:
    from console.scripts.select import answer_fault

    hint = 'write them like {"vision_change": "no", "pain_now": 3}; `scripts show ... --json` has the codes'
    try:
        given = json.loads(sys.stdin.read() if text == "-" else text)
    except ValueError as error:
        raise _Wrong("answers_invalid", "the answers are not JSON", hint) from error
    except RecursionError as error:
        raise _Wrong("answers_invalid", "the answers are nested too deeply", hint) from error
    if not isinstance(given, dict):
        raise _Wrong("answers_invalid", "the answers are not an object", hint)
    answers = cast("dict[str, Any]", given)
    for code, answer in answers.items():
        question = library.questions.get(code)
        if question is None:
            raise _Wrong("unknown_question", f"there is no question {code[:60]!r}", hint)
        if fault := answer_fault(question, answer):
            raise _Wrong("answer_invalid", f"{code}: {fault}", hint)
    return answers


def _procedure(library: Library, word: str) -> Procedure:
    if word in library.procedures:
        return library.procedures[word]
    folded = word.strip().casefold()
    for procedure in library.procedures.values():
        if folded in (alias.casefold() for alias in procedure.aliases):
            return procedure
    raise _Wrong("unknown_procedure", f"there is no procedure {word[:60]!r}", "see `aftercall scripts list`")


def _concern(library: Library, word: str) -> str:
    folded = word.strip().casefold()
    for concern in library.concerns.values():
        if folded in (concern.code, concern.name.zh, concern.name.en.casefold()):
            return concern.code
    raise _Wrong("unknown_concern", f"there is no concern {word[:60]!r}", "see `aftercall scripts list`")


def _treatment(procedure: Procedure, args: argparse.Namespace) -> Any:
    from console.scripts.records import OpenTreatment

    return OpenTreatment(
        procedure.code, args.day, anaesthesia=args.anaesthesia, stitches_day=args.stitches_day
    )


def _day(text: str) -> int:
    try:
        day = int(text)
    except ValueError:
        day = -1
    if not 0 <= day <= MAX_DAY:
        raise argparse.ArgumentTypeError(f"a whole number from 0 to {MAX_DAY} is expected")
    return day


def _emit(document: Mapping[str, Any]) -> int:
    print(json.dumps(document, ensure_ascii=False))
    return DONE


def _fail(args: argparse.Namespace, code: str, message: str, hint: str) -> int:
    if args.json:
        print(json.dumps({"error": {"code": code, "message": message, "hint": hint}}, ensure_ascii=False))
    else:
        print(f"{message}; {hint}", file=sys.stderr)
    return WRONG_USE
