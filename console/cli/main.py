"""The `aftercall` command: which module does what, and the one door errors leave through."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module, util
from typing import Final, NoReturn

from console import __version__, i18n
from db.errors import RecordError

MODULES: Final = {
    "db": ("db",),
    "imports": ("import",),
    "queue": ("queue", "why", "why-not"),
    "board": ("board",),
    "tick": ("tick",),
    "report": ("report", "export"),
    "releases": ("scripts",),
    "policy": ("policy",),
    "staff": ("staff",),
    "demo": ("demo",),
    "practice": ("practice",),
    "simulate": ("simulate",),
    "doctor": ("doctor", "locate"),
}
"""Module under console.cli to its commands, in the order of help. A module that is not there yet is left out,
and its commands with it."""

WITH_VALUE: Final = ("--db", "--staff")
WRONG_USE, UNEXPECTED, INTERRUPTED, PIPE_CLOSED = 2, 70, 130, 141
"""Exit codes beyond those of errors: 70 is sysexits.h EX_SOFTWARE, 130 and 141 are 128 + the signal."""


class UsageError(Exception):
    """Arguments nobody can read; the message is argparse's."""

    def __init__(self, message: str, prog: str) -> None:
        super().__init__(message)
        self.message, self.prog = message, prog


class Parser(argparse.ArgumentParser):
    """A parser that raises instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        raise UsageError(message, self.prog)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, or the console when none is named.

    Args:
        argv: arguments without the program's name; None takes the process's.

    Returns:
        The exit code: 0 done, 1 some rows refused, 2 wrong use, 3 database not usable, 4 refused,
        70 unexpected.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    _prepare_streams()
    i18n.use(i18n.from_environment())
    try:
        args = _parser(arguments).parse_args(arguments)
        module: str | None = getattr(args, "module", None)
        if module is None:
            from console.cli import start

            return start.run(args)
        code = import_module(f"console.cli.{module}").run(args)
        sys.stdout.flush()
        return int(code)
    except UsageError as error:
        return _say(as_json, WRONG_USE, "usage", error.message, f"{error.prog} --help")
    except RecordError as error:
        from console.door import sentence

        message, hint = _halves(sentence(error))
        return _say(as_json, error.exit_code, error.code, message, hint)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return PIPE_CLOSED
    except Exception as error:
        from console.door import sentence

        return _say(as_json, UNEXPECTED, "unexpected", sentence(error), "")


def commands() -> dict[str, str]:
    """Every command that can be run, and the module that has it."""
    return {
        command: module
        for module, names in MODULES.items()
        if util.find_spec(f"console.cli.{module}") is not None
        for command in names
    }


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser for these arguments: only the module whose command is named is imported."""
    parser = Parser(prog="aftercall", description=i18n._("The console of an aftercare call team."))
    parser.add_argument("--version", action="version", version=f"aftercall {__version__}")
    _add_globals(parser, default=None)
    named = _command_in(arguments)
    asked = any(argument in ("-h", "--help") for argument in arguments)
    if named is None and not asked:
        return parser
    known = commands()
    only = known.get(named) if named is not None else None
    group = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for module in [only] if only is not None else dict.fromkeys(known.values()):
        before = set(group.choices)
        import_module(f"console.cli.{module}").add_parser(group)
        for name in set(group.choices) - before:
            made = group.choices[name]
            made.set_defaults(module=module)
            _add_globals(made, default=argparse.SUPPRESS)
    return parser


def _add_globals(parser: argparse.ArgumentParser, default: str | None) -> None:
    """--db and --staff, before the command and after it."""
    taken = {option for action in parser._actions for option in action.option_strings}
    if "--db" not in taken:
        parser.add_argument(
            "--db",
            metavar="URL",
            default=default,
            help=i18n._("sqlite:///path or postgresql://..., else AFTERCALL_DB, else the platform's place"),
        )
    if "--staff" not in taken:
        parser.add_argument(
            "--staff",
            metavar="NAME",
            default=default,
            help=i18n._("who acts; the PIN is in AFTERCALL_PIN or asked"),
        )
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction) and default is not None:
            for child in set(action.choices.values()):
                _add_globals(child, default)


def _command_in(arguments: Sequence[str]) -> str | None:
    """The first argument that is neither an option nor an option's value."""
    rest = iter(arguments)
    for argument in rest:
        if argument in WITH_VALUE:
            next(rest, None)
        elif not argument.startswith("-"):
            return argument
    return None


def _halves(sentence: str) -> tuple[str, str]:
    """What happened and what to do, from "what happened; what to do."."""
    for mark in ("; ", "；"):
        happened, found, hint = sentence.partition(mark)
        if found:
            return happened, hint
    return sentence, ""


def _say(as_json: bool, exit_code: int, code: str, message: str, hint: str) -> int:
    from console.clean import clean

    message, hint = clean(message), clean(hint)
    try:
        if as_json:
            document = {"error": {"code": code, "message": message, "hint": hint}}
            print(json.dumps(document, ensure_ascii=False), flush=True)
        else:
            mark = "；" if i18n.language() == "zh" else "; "
            print(f"aftercall: {message}{mark + hint if hint else ''}", file=sys.stderr)
    except OSError:
        _drop_output()
    return exit_code


def _drop_output() -> None:
    """Whoever read our output has gone, or the disk is full: write nothing at the interpreter's end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _prepare_streams() -> None:
    """Text in any language goes out whatever the machine's code page is."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            if stream.isatty():
                reconfigure(errors="replace")
            else:
                reconfigure(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    sys.exit(main())
