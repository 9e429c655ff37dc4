"""Parts of a talk-track as `aftercall scripts` prints them: lists, spoken lines, questions, flags, playbooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from console.i18n import _

if TYPE_CHECKING:
    from console.rules.triage import Flag
    from console.scripts.inventory import Change
    from console.scripts.library import Library
    from console.scripts.records import ConcernView, FlowView, Lines, Procedure, Question, Words
    from console.scripts.records_service import CareWords, Playbook


def values_of(procedure: Procedure, day: int, lang: str) -> dict[str, str]:
    """What fills the gaps of spoken lines. Args: procedure; post-op day; lang."""
    return {"procedure": procedure.name.of(lang), "day": str(day)}


def spoken(lines: Lines, lang: str, values: Mapping[str, str]) -> str:
    """Spoken lines with their gaps filled. Args: lines; lang; values from `values_of`."""
    from console.scripts.words import fill

    return "\n".join(fill(line, values) for line in lines.of(lang))


def question_document(question: Question, lang: str) -> dict[str, Any]:
    """A question in JSON. Args: question; lang."""
    made: dict[str, Any] = {"code": question.code, "text": question.words.of(lang), "kind": question.kind}
    if question.sign is not None:
        made["sign"] = question.sign.of(lang)
    if question.options:
        made["options"] = [{"code": one.code, "text": one.words.of(lang)} for one in question.options]
    if question.kind == "number":
        made["unit"], made["min"], made["max"] = question.unit, question.min, question.max
    return made


def flag_document(flag: Flag, lang: str) -> dict[str, Any]:
    """A red flag in JSON. Args: flag; lang."""
    made: dict[str, Any] = {"code": flag.code, "level": flag.level.value, "text": flag.text(lang)}
    if flag.action is not None:
        made["action"] = flag.action.value
    if flag.contact_by_min is not None:
        made["contact_by_min"] = flag.contact_by_min
    return made


def change_lines(change: Change) -> list[str]:
    """One difference between two releases in words. Args: change. Returns the place, then old and new."""
    place = f"{change.file}: {change.where}"
    if change.line is not None:
        place = _("{place}, sentence {n}", place=place, n=change.line)
    old, new = [f"  - {change.old}"], [f"  + {change.new}"]
    if change.kind == "changed":
        return [place, *old, *new]
    if change.kind == "removed":
        return [_("{place}: taken out", place=place), *(old if change.old else [])]
    return [_("{place}: new", place=place), *(new if change.new else [])]


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def list_document(library: Library) -> dict[str, Any]:
    """What a release has, in JSON. Args: library. Raises ScriptError on a fault in a file."""
    from console.scripts import turns

    return {
        "procedures": [
            {
                "code": one.code,
                "name": _both(one.name),
                "short": _both(one.short),
                "groups": sorted(one.groups),
                "restricted": one.restricted,
            }
            for one in library.procedures.values()
        ],
        "concerns": [
            {"code": one.code, "name": _both(one.name), "key": one.key} for one in library.concerns.values()
        ],
        "flows": [
            {
                "code": code,
                "title": _both(library.flows(code)[0].title),
                "milestones": list(library.flows(code)[0].milestones),
            }
            for code in library.names("flows")
        ],
        "situations": [
            {"code": code, "title": _both(library.flows(code)[0].title)} for code in turns.situations(library)
        ],
        "playbooks": [
            {"code": one.code, "title": _both(one.title), "procedures": sorted(one.procedures)}
            for one in library.playbooks.values()
        ],
        "care": [{"code": one.code, "name": _both(one.name)} for one in library.care_words.values()],
        "hash": library.hash,
    }


def list_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """A list as lines, a heading before each part. Args: document from `list_document`."""
    situations = {one["code"] for one in document["situations"]}
    parts = (
        (_("Procedures"), document["procedures"]),
        (_("Concerns, with their key"), document["concerns"]),
        (_("Flows"), [one for one in document["flows"] if one["code"] not in situations]),
        (_("Situations (`--flow`)"), document["situations"]),
        (_("Playbooks (`--playbook`)"), document["playbooks"]),
        (_("Daily life (`--care`)"), document["care"]),
    )
    for title, rows in parts:
        yield f"== {title} ({len(rows)})"
        for one in rows:
            name = one.get("name") or one["title"]
            yield f"{one.get('key', ' ')}  {one['code']:30} {name['zh']} / {name['en']}"


def concern_document(
    view: ConcernView, procedure: Procedure, lang: str, source: Mapping[str, Any]
) -> dict[str, Any]:
    """A concern's track in JSON. Args: view; procedure; lang; source with hash and status of the release."""
    from console.scripts.select import raisable

    values = values_of(procedure, view.day, lang)
    window = view.window
    return {
        "procedure": procedure.code,
        "day": view.day,
        "concern": view.concern.code,
        "lang": lang,
        "source": {"code": view.concern.code, "version": view.version, **source},
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


def concern_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """A concern's track as lines. Args: document from `concern_document`."""
    yield from (f"? {question['text']}" for question in document["ask"])
    yield from (f"! {flag['level']:9} {flag['text']}" for flag in document["red_flags"])
    window = document["window"]
    if window is None:
        yield _("window: none, a clinician decides on any day")
    else:
        yield _("window: day {first} to {last}", first=window["from"], last=window["until"])
    yield _("say [{status}]: {words}", status=document["source"]["status"], words=document["say"] or "-")
    yield from (f"{level}: {text}" for level, text in document["otherwise"].items())
    yield document["why_selected"]


def flow_document(
    view: FlowView, procedure: Procedure, lang: str, source: Mapping[str, Any]
) -> dict[str, Any]:
    """A flow in JSON. Args: view; procedure; lang; source with hash and status of the release."""
    from console.scripts.words import fill

    values = values_of(procedure, view.day, lang)
    return {
        "procedure": procedure.code,
        "day": view.day,
        "flow": view.code,
        "lang": lang,
        "source": {"code": view.code, "version": view.version, **source},
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


def flow_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """A flow as lines. Args: document from `flow_document`."""
    for step in document["steps"]:
        yield f"== {step['title']}"
        if step["say"]:
            yield step["say"]
        for group in step["groups"]:
            signs = " / ".join(sign.get("sign", sign["text"]) for sign in group["signs"])
            yield f"{group['lead']} {signs}"
        yield from (f"? {question['text']}" for question in step["ask"])
    yield f"[{document['source']['status']}] {document['why_selected']}"


def playbook_document(book: Playbook, lang: str, source: Mapping[str, Any]) -> dict[str, Any]:
    """A playbook in JSON. Args: book; lang; source with hash and status of the release."""

    def lines(said: Lines | None) -> str | None:
        return None if said is None else "\n".join(said.of(lang))

    return {
        "playbook": book.code,
        "lang": lang,
        "source": {"code": book.code, "version": book.version, **source},
        "title": book.title.of(lang),
        "cause": book.cause,
        "procedures": sorted(book.procedures),
        "days": {"from": book.days[0], "to": book.days[1]},
        "when": book.when.of(lang),
        "severity": book.severity,
        "clock": book.clock,
        "level": book.level,
        "listen": lines(book.listen),
        "acknowledge": lines(book.acknowledge),
        "ask_first": lines(book.ask_first),
        "check": list(book.check),
        "explain": lines(book.explain),
        "collect": [one.of(lang) for one in book.collect],
        "photos": [one.of(lang) for one in book.photos],
        "rights": [{"code": one.code, "say": lines(one.say)} for one in book.rights],
        "never": [{"code": one.code, "text": one.words.of(lang)} for one in book.never],
        "remedies": [
            {"code": one.code, "text": one.words.of(lang), "approver": one.approver} for one in book.remedies
        ],
        "answer": lines(book.answer),
        "sources": list(book.sources),
    }


def playbook_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """A playbook as lines. Args: document from `playbook_document`."""
    yield f"{document['title']} [{document['source']['status']}]"
    yield document["when"]
    for title, key in (
        (_("Listen"), "listen"),
        (_("Acknowledge"), "acknowledge"),
        (_("Ask first"), "ask_first"),
        (_("Explain, once the clinical questions are answered and raised nothing"), "explain"),
    ):
        if document[key]:
            yield f"== {title}"
            yield document[key]
    for title, key in (
        (_("Clinical questions first"), "check"),
        (_("Collect"), "collect"),
        (_("Photos"), "photos"),
    ):
        if document[key]:
            yield f"== {title}"
            yield from (f"- {one}" for one in document[key])
    yield f"== {_('Tell the rights')}"
    yield from (one["say"] for one in document["rights"])
    yield f"== {_('Never say or do')}"
    yield from (f"- {one['text']}" for one in document["never"])
    yield f"== {_('What may be proposed, and who decides')}"
    yield from (f"- {one['text']} [{one['approver']}]" for one in document["remedies"])
    yield f"== {_('The answer')}"
    yield document["answer"]


def care_document(
    words: CareWords, procedure: Procedure | None, lang: str, source: Mapping[str, Any]
) -> dict[str, Any]:
    """The words of a care milestone in JSON.

    Args: words; procedure, None without one: then no day is named; lang; source with hash and status.
    Returns `days` and `say` only for a range with a source; `sheet` is what is said before it, or alone.
    """
    from console.scripts.turns import turn_of_care

    care = None if procedure is None else procedure.care.get(words.code)
    said = turn_of_care(words, procedure).prompts[0].more
    return {
        "care": words.code,
        "procedure": None if procedure is None else procedure.code,
        "lang": lang,
        "source": {"code": words.code, **source},
        "name": words.name.of(lang),
        "days": None if care is None or said is None else {"from": care.from_day, "to": care.to_day},
        "confidence": None if care is None else care.confidence,
        "sheet": "\n".join(words.sheet.of(lang)),
        "say": None if said is None else "\n".join(said.of(lang)),
        "sources": list(words.sources if care is None else care.sources),
    }


def care_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The words of a care milestone as lines. Args: document from `care_document`."""
    yield f"{document['name']} [{document['source']['status']}]"
    yield _("First, and always: {words}", words=document["sheet"])
    if document["say"] is None:
        yield _("No day is named: the facts have none with a source for it.")
    else:
        days = document["days"]
        yield _("window: day {first} to {last}", first=days["from"], last=days["to"])
        yield document["say"]
