"""`aftercall scripts list|show|check|triage`: the talk-tracks from a shell, without a database."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from console.clean import clean
from console.cli.scripts_shown import (
    care_document,
    care_lines,
    concern_document,
    concern_lines,
    flag_document,
    flow_document,
    flow_lines,
    list_document,
    list_lines,
    playbook_document,
    playbook_lines,
)
from console.i18n import _

if TYPE_CHECKING:
    from console.rules.triage import Answer
    from console.scripts.library import Library
    from console.scripts.records import Procedure

DONE, REFUSED, WRONG_USE = 0, 1, 2
MAX_DAY = 36_500
DRAFT = "draft"


class _Wrong(Exception):
    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add the group to the command line. Args: the main parser's sub-parsers. Returns the group's parser."""
    group = subparsers.add_parser("scripts", help=_("talk-tracks: list, show, check, triage"))
    commands = group.add_subparsers(dest="scripts_command", required=True, metavar="list|show|check|triage")
    add_commands(commands)
    return group


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands themselves, for a group which has more. Args: the group's sub-parsers."""
    listing = commands.add_parser(
        "list", help=_("procedures, concerns, flows, situations, playbooks and care codes of the release")
    )
    show = commands.add_parser("show", help=_("what a caller asks and may say for a procedure and day"))
    check = commands.add_parser("check", help=_("look for holes and forbidden words in a release"))
    judge = commands.add_parser("triage", help=_("which red flags some answers raise"))
    for parser in (show, judge):
        parser.add_argument(
            "procedure",
            nargs="?" if parser is show else None,
            metavar="PROCEDURE",
            help=_("code, or a word a clinic uses for it"),
        )
        parser.add_argument(
            "--day",
            type=_day,
            metavar="N",
            required=parser is judge,
            help=_("days since the operation day (0)"),
        )
        parser.add_argument(
            "--role", default="any", help=_("who asks: caller, nurse, doctor ... (default: any)")
        )
        parser.add_argument("--anaesthesia", choices=("general", "sedation", "local"))
        parser.add_argument(
            "--stitches-day", type=_day, metavar="N", help=_("day of the surgeon's date for stitches")
        )
        for option, words in (
            ("--inpatient", _("still in the ward on that day")),
            ("--minor", _("the patient is under 18")),
            ("--male", _("the patient is a man")),
            ("--returning", _("treated or called here before")),
            ("--leaves-town", _("the patient goes away soon")),
        ):
            parser.add_argument(option, action="store_true", help=words)
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--concern", metavar="C", help=_("concern code, like swelling"))
        what.add_argument("--flow", metavar="F", help=_("flow code, like d7"))
        if parser is show:
            what.add_argument("--playbook", metavar="B", help=_("playbook code, like refund_surgery"))
            what.add_argument("--care", metavar="M", help=_("care code, like driving"))
    show.add_argument(
        "--lang", choices=("zh", "en"), default="zh", help=_("language spoken with the patient")
    )
    judge.add_argument("--lang", choices=("zh", "en"), default="zh", help=_("language of the flags' words"))
    judge.add_argument(
        "--answers", required=True, metavar="JSON", help=_("question code to answer; - reads stdin")
    )
    check.add_argument("folder", nargs="?", type=Path, metavar="DIR", help=_("a release of one's own"))
    for parser in (listing, show, judge):
        parser.add_argument(
            "--release", type=Path, metavar="DIR", dest="folder", help=_("a release of one's own")
        )
    for parser in (listing, show, check, judge):
        parser.add_argument("--json", action="store_true", help=_("one JSON document on standard output"))


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
            args, fault.code, str(fault), _("see `aftercall scripts list` and `aftercall scripts check`")
        )


def _library(folder: Path | None) -> Library:
    from console.scripts.library import from_folder, shipped

    return shipped() if folder is None else from_folder(folder)


def _list(library: Library, args: argparse.Namespace) -> int:
    document = list_document(library)
    return _emit(document) if args.json else _print(list_lines(document))


def _show(library: Library, args: argparse.Namespace, status: str) -> int:
    from console.scripts.select import select_concern, select_flow

    source: dict[str, Any] = {"hash": library.hash, "status": status}
    if args.playbook is not None or args.care is not None:
        return _show_service(library, args, source)
    if args.procedure is None or args.day is None:
        raise _Wrong(
            "procedure_needed",
            _("a concern and a flow need a procedure and --day"),
            _("write it like `aftercall scripts show upper_blepharoplasty --day 6 --concern swelling`"),
        )
    procedure = _procedure(library, args.procedure)
    treatment = _treatment(procedure, args)
    if args.flow is not None:
        view = select_flow(library, treatment, args.flow, args.role, _person(args))
        shown = flow_document(view, procedure, args.lang, source)
        return _emit(shown) if args.json else _print(flow_lines(shown))
    found = select_concern(library, treatment, _concern(library, args.concern), args.role)
    shown = concern_document(found, procedure, args.lang, source)
    return _emit(shown) if args.json else _print(concern_lines(shown))


def _show_service(library: Library, args: argparse.Namespace, source: dict[str, Any]) -> int:
    """A playbook, or the words of a care milestone; neither needs a day."""
    see = _("see `aftercall scripts list`")
    if args.playbook is not None:
        book = library.playbooks.get(args.playbook)
        if book is None:
            raise _Wrong(
                "unknown_playbook", _("there is no playbook {code}", code=repr(args.playbook[:60])), see
            )
        shown = playbook_document(book, args.lang, source)
        return _emit(shown) if args.json else _print(playbook_lines(shown))
    words = library.care_words.get(args.care) or next(
        (one for one in library.care_words.values() if args.care in (one.name.zh, *one.aliases)), None
    )
    if words is None:
        raise _Wrong("unknown_care", _("there is no care code {code}", code=repr(args.care[:60])), see)
    procedure = None if args.procedure is None else _procedure(library, args.procedure)
    shown = care_document(words, procedure, args.lang, source)
    return _emit(shown) if args.json else _print(care_lines(shown))


def _check(library: Library, args: argparse.Namespace) -> int:
    from console.practice.book import shipped as scenarios
    from console.practice.shelf import shipped_problems
    from console.scripts.errors import ScriptError
    from console.scripts.library import shipped
    from console.scripts.lint import check, stricter

    found = check(library, shipped())
    held = args.folder is None or not found
    if not found:
        # Practice is played with the talk-tracks: a code that a scenario names must be in them.
        found = shipped_problems(library)
    # Names of files and tables may hold anything.
    problems = [
        {key: clean(getattr(one, key)) for key in ("file", "where", "code", "message")} for one in found
    ]
    counts: dict[str, int] = {"procedures": 0, "concerns": 0, "playbooks": 0}
    decided: list[dict[str, Any]] = []
    try:
        counts = {
            "procedures": len(library.procedures),
            "concerns": len(library.concerns),
            "playbooks": len(library.playbooks),
        }
        decided = [
            {"code": code, "level": level, "decision": number} for code, level, number in stricter(library)
        ]
    except ScriptError:
        # The fault is among the problems already; what can't be read counts as none.
        pass
    document = {
        **counts,
        "flows": len(library.names("flows")),
        "scenarios": len(scenarios().codes) if held else 0,
        "problems": problems,
        "stricter": decided,
        "hash": library.hash,
    }
    if args.json:
        _emit(document)
    else:
        for one in problems:
            print("{file}: {where}: {message} ({code})".format(**one))
        named = {key: document[key] for key in ("procedures", "concerns", "flows", "playbooks")}
        print(
            _(
                "{procedures} procedures, {concerns} concerns, {flows} flows, {playbooks} playbooks; {n} problems",
                n=len(problems),
                **named,
            ),
            file=sys.stderr,
        )
    return REFUSED if problems else DONE


def _triage(library: Library, args: argparse.Namespace) -> int:
    from console.scripts.select import select_concern, select_flow, triage_concern, triage_flow

    procedure = _procedure(library, args.procedure)
    treatment = _treatment(procedure, args)
    answers = _answers(library, args.answers)
    if args.flow is not None:
        view = select_flow(library, treatment, args.flow, args.role, _person(args))
        result = triage_flow(view, answers)
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
    print(document["level"] or _("no red flag"))
    for flag in document["flags"]:
        print(f"! {flag['level']:9} {flag['text']}")
    print(_("reassurance allowed: yes") if result.reassurance_allowed else _("reassurance allowed: no"))
    for code in result.unanswered:
        print(f"? {library.questions[code].words.of(args.lang)}")
    return DONE


def _answers(library: Library, text: str) -> dict[str, Answer]:
    from console.scripts.answers import answer_fault

    hint = _(
        "write them like {example}; `scripts show ... --json` has the codes",
        example='{"vision_change": "no", "pain_now": 3}',
    )
    try:
        given = json.loads(sys.stdin.read() if text == "-" else text)
    except ValueError as error:
        raise _Wrong("answers_invalid", _("the answers are not JSON"), hint) from error
    except RecursionError as error:
        raise _Wrong("answers_invalid", _("the answers are nested too deeply"), hint) from error
    if not isinstance(given, dict):
        raise _Wrong("answers_invalid", _("the answers are not an object"), hint)
    answers = cast("dict[str, Any]", given)
    for code, answer in answers.items():
        question = library.questions.get(code)
        if question is None:
            raise _Wrong("unknown_question", _("there is no question {code}", code=repr(code[:60])), hint)
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
    raise _Wrong(
        "unknown_procedure",
        _("there is no procedure {code}", code=repr(word[:60])),
        _("see `aftercall scripts list`"),
    )


def _concern(library: Library, word: str) -> str:
    folded = word.strip().casefold()
    for concern in library.concerns.values():
        if folded in (concern.code, concern.name.zh, concern.name.en.casefold()):
            return concern.code
    raise _Wrong(
        "unknown_concern",
        _("there is no concern {code}", code=repr(word[:60])),
        _("see `aftercall scripts list`"),
    )


def _treatment(procedure: Procedure, args: argparse.Namespace) -> Any:
    from console.scripts.records import OpenTreatment

    return OpenTreatment(
        procedure.code,
        args.day,
        anaesthesia=args.anaesthesia,
        stitches_day=args.stitches_day,
        inpatient=args.inpatient,
    )


def _person(args: argparse.Namespace) -> Any:
    from console.scripts.records import Person

    return Person(args.minor, args.male, args.returning, args.leaves_town)


def _day(text: str) -> int:
    try:
        day = int(text)
    except ValueError:
        day = -1
    if not 0 <= day <= MAX_DAY:
        raise argparse.ArgumentTypeError(_("a whole number from 0 to {most} is expected", most=MAX_DAY))
    return day


def _print(lines: Iterable[str]) -> int:
    for line in lines:
        print(line)
    return DONE


def _emit(document: Mapping[str, Any]) -> int:
    print(json.dumps(document, ensure_ascii=False))
    return DONE


def _fail(args: argparse.Namespace, code: str, message: str, hint: str) -> int:
    # A file's name may hold anything.
    message = clean(message)
    if args.json:
        print(json.dumps({"error": {"code": code, "message": message, "hint": hint}}, ensure_ascii=False))
    else:
        print(f"{message}; {hint}", file=sys.stderr)
    return WRONG_USE
