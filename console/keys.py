"""One table of keys: action -> default keys, words, scope. Bindings, footer, help, palette and the keys
page render from it.

An action is named `scope.verb`; a screen with that scope answers it with `action_verb`. Letters, digits and
signs act only
where no text has focus; every F-key has a ctrl twin that acts everywhere. Standard library only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

from console import practice_keys, quality_keys, readiness_keys
from console.key import Key as Key
from console.key import key as _k

if TYPE_CHECKING:
    from textual.binding import Binding
    from textual.dom import DOMNode

RESERVED = frozenset({"ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+c", "ctrl+z", "ctrl+left_square_bracket"})
"""Keys a terminal sends for backspace, tab, newline, enter, copy, suspend and escape: nobody may bind
them."""


# fmt: off
def _case_keys(scope: str) -> tuple[Key, ...]:
    """What is done to one escalation: the same keys on the board and on its own page."""
    return (
        _k(f"{scope}.ack", "a ctrl+a", "take up", "Takes it up: it is yours from now on."),
        _k(f"{scope}.contacted", "c ctrl+y", "reached", "The patient was reached; ends that clock."),
        _k(f"{scope}.resolve", "r ctrl+r", "resolve",
           "Closes it: finding, action, what the patient was told; the grade by a clinician."),
        _k(f"{scope}.phoning", "p ctrl+e", "I phone", "Says to every seat that you phone the doctor."),
        _k(f"{scope}.told", "t ctrl+t", "told", "Writes down who was told."),
        _k(f"{scope}.assign", "o ctrl+o", "give to", "Gives it to a colleague."),
        _k(f"{scope}.note", "m ctrl+n", "note", "Adds a line to its story."),
        _k(f"{scope}.level", "l ctrl+d", "level",
           "Makes it more urgent, or less urgent: that only a doctor, with PIN and reason."),
        _k(f"{scope}.call_now", "n ctrl+w", "", "Has the patient called now, before everybody else."),
        _k(f"{scope}.patient", "u ctrl+u", "", "Opens the patient's page."),
        _k(f"{scope}.mis_key", "", "", "Marks it as keyed by mistake; it stays open until a clinician closes it."),
    )


TABLE: tuple[Key, ...] = (
    _k("app.help", "? f1 ctrl+g", "help", "Explains every word and key of this screen."),
    _k("app.language", "f9 ctrl+backslash", "", "Switches the screen between Chinese and English."),
    _k("app.palette", "ctrl+p :", "", "Lists everything that can be done here.", False),
    _k("app.alarm", "f11 ctrl+k", "",
       "Shows the live alarms and whom to phone; there you take 'I phone the doctor'."),
    _k("app.lock", "ctrl+l", "", "Locks this seat at once; the PIN opens it again."),
    _k("app.switch_role", "", "", "Works in another of your roles."),
    _k("app.theme", "", "", "Switches to the next colour theme."),
    _k("app.quit", "ctrl+q", "", "Signs out and closes the console, after asking."),

    _k("queue.take", "enter", "take next",
       "Takes the next person in order; once you have moved the cursor, the person under it."),
    _k("queue.find", "/ f3 ctrl+f", "find",
       "Finds a person by name, pinyin, initials, number or record id."),
    _k("queue.why", "w ctrl+w", "why", "Explains why the person under the cursor stands in this place."),
    _k("queue.why_not", "n ctrl+n", "why not", "Explains why a person you expected is not in the list."),
    _k("queue.incoming", "f7 ctrl+o", "incoming",
       "Answers a call that came in: last digits or a name; an unknown caller is taken too."),
    _k("queue.board", "b ctrl+b", "board", "Opens the escalation board."),
    _k("queue.skip", "s ctrl+x", "", "Skips the person under the cursor; a reason is required."),
    _k("queue.hand", "h ctrl+r", "",
       "Hands the call under the cursor, or all that is yours, to a colleague or to anyone; a reason is required."),
    _k("queue.drafts", "u ctrl+u", "unsaved",
       "Takes up a call of yours that was broken off before it was saved."),
    _k("queue.refresh", "f5 ctrl+d", "", "Reads the list again."),
    _k("queue.top", "home g", "", "Goes back to the first person and to taking them in order.", False),

    _k("queue.everybody", "c escape ctrl+y", "everybody", "Shows everybody again after the list was narrowed."),
    _k("queue.narrow", "f ctrl+e", "only",
       "Shows only a tier, a team, a procedure or somebody's own; enter still takes the next of everybody."),
    _k("queue.add_patient", "a ctrl+a", "", "Adds a patient by hand."),
    _k("queue.take_case", "z ctrl+right_square_bracket", "",
       "Takes down a complaint or a request that came in without a call."),
    _k("queue.policy", "y ctrl+v", "", "Opens the policy: hours, closed days, roster, limits, versions."),
    _k("queue.reports", "r ctrl+underscore", "reports",
       "Opens the reports: figures of a day, the head's summaries, the handover page."),
    _k("queue.practice", "p ctrl+circumflex_accent", "",
       "Leaves the seat to practise whole calls with simulated patients; refused while anything of yours is open."),
    _k("queue.copy_call", "e insert", "", "Copies the summary of the call saved last, for the clinic's own system."),
    _k("queue.scripts", "t ctrl+t", "", "Opens the talk-tracks: reading, searching, releases, approval."),
    _k("queue.quality", "v ctrl+end", "", "Opens what was said of your calls; for a lead the reviews of everybody's."),
    _k("queue.readiness", "m delete", "my practice", "Opens your practice: what is passed, what is open."),

    _k("board.open", "enter", "details", "Opens the whole of it: signs, place, story."),
    _k("board.everything", "e escape", "all", "Shows everything again after the cards were narrowed."),
    *_case_keys("board"),
    _k("board.back", "q b ctrl+b", "queue", "Goes back to the queue."),
    _k("board.narrow", "f", "only",
       "Shows only complaints, requests or clinical cases, or what one person has or nobody has."),
    _k("board.mine", "w", "", "Shows only what you have; once more, what everybody has."),
    _k("board.find", "/ f3 ctrl+f", "", "Finds a person by name, pinyin, initials, number or record id."),
    _k("board.add_patient", "", "", "Adds a patient by hand."),
    _k("board.staff", "s ctrl+s", "", "Opens the list of staff."),
    _k("board.take_case", "z", "take down", "Takes down a complaint or a request that came in without a call."),
    _k("board.lists", "x ctrl+x", "lists",
       "Opens the lists behind the counts of the strip; enter there opens the patient's page."),
    _k("board.reports", "d", "reports",
       "Opens the reports: figures of a day, the head's summaries, the handover page."),
    _k("board.readiness", "", "", "Opens the page that says who is ready for real calls."),
    _k("board.policy", "y", "policy", "Opens the policy: hours, closed days, roster, limits, versions."),
    _k("board.scripts", "v ctrl+v", "talk-tracks", "Opens the talk-tracks: reading, searching, releases, approval."),
    _k("board.fixlist", "i", "fix list", "Opens the fix list of refused import rows."),
    _k("board.refresh", "", "", "Reads the board again."),

    _k("escalation.next", "enter", "next", "Does what is to be done next, as the line on top says."),
    _k("escalation.steps", "s ctrl+s", "steps",
       "Lists everything that can be done to a complaint or a request now; what is next is on top."),
    *_case_keys("escalation"),
    _k("escalation.report", "e ctrl+v", "",
       "Reports to an authority: a doctor or nurse says which, and that it was made; the law's clocks are shown."),
    _k("escalation.result", "v", "", "Shows the result by dimension over time, and where photographs are."),
    _k("escalation.track", "k", "", "Shows the talk-track of the call it came from, as it was read."),
    _k("escalation.playbook", "b", "", "Shows the playbook of a complaint; there enter chooses another one."),
    _k("escalation.back", "q escape ctrl+b", "back", "Goes back."),

    _k("playbook.other", "enter", "another playbook", "Chooses another playbook.", False),

    _k("patient.edit", "e ctrl+e", "edit", "Corrects name, numbers, hours and the rest of the card."),
    _k("patient.new_treatment", "n ctrl+n", "new treatment", "Adds a treatment; its dates show before saving."),
    _k("patient.edit_treatment", "t ctrl+t", "treatment", "Corrects a treatment and plans it anew."),
    _k("patient.remove_treatment", "d ctrl+d", "", "Takes back a treatment that never was."),
    _k("patient.add_person", "k ctrl+y", "contact", "Adds somebody reachable for the patient."),
    _k("patient.consent", "o ctrl+o", "opt-out", "Notes what the patient allows or refuses, each purpose for itself."),
    _k("patient.appointment", "v ctrl+f", "came?",
       "Says what became of an appointment: came, missed, another time, cancelled."),
    _k("patient.book", "y ctrl+r", "", "Books a return to the clinic, or a series of them."),
    _k("patient.more", "m ctrl+v", "more",
       "Notes a visit, a course, no follow-up, another day for a call, a death; makes two records one."),
    _k("patient.result", "g", "", "Shows the result by dimension over time, and where photographs are."),
    _k("patient.take_case", "r", "", "Takes down a complaint or a request of this person."),
    _k("patient.copy", "c ctrl+u", "", "Copies the summary of the call under the cursor, for the clinic's own system."),
    _k("patient.why_not", "w ctrl+w", "why not", "Explains why the patient's calls are not in your list."),
    *(_k(f"patient.section({n})", str(n), "", "Shows a part of the file: 1 treatments to 8 visits.", palette=False)
      for n in range(1, 9)),
    _k("patient.side(-1)", "left", "", "The part before.", palette=False),
    _k("patient.side(1)", "right", "", "The next part.", palette=False),
    _k("patient.refresh", "f5 ctrl+x", "", "Reads the file again."),
    _k("patient.back", "q escape ctrl+b", "back", "Goes back."),

    _k("form.save", "ctrl+s", "save", "Saves the form."),
    _k("form.choose", "f2 ctrl+t", "choose", "Chooses from a list."),
    _k("form.leave", "escape", "back", "Leaves the form; asks first when something was typed."),

    _k("intake.save", "ctrl+s", "save", "Saves what was taken down."),
    _k("intake.playbook", "f2 ctrl+t", "playbook", "Shows the playbook for it."),
    _k("intake.leave", "escape", "back", "Leaves the form; asks first when something was typed."),

    _k("staff.add", "a ctrl+a", "add", "Adds a person; the first PIN is shown once."),
    _k("staff.edit", "e enter ctrl+e", "edit", "Changes name, roles, languages, telephone."),
    _k("staff.reset_pin", "p ctrl+r", "new PIN", "Gives a new first PIN, shown once."),
    _k("staff.retire", "x ctrl+x", "retire", "Lets the person go: no sign-in any more; what was written stays."),
    _k("staff.show_retired", "z", "", "Shows or hides people who are gone."),
    _k("staff.back", "q escape ctrl+b", "back", "Goes back."),

    _k("fixlist.alias", "a enter ctrl+a", "teach the word", "Says which procedure the word means; its rows come in."),
    _k("fixlist.settle", "x ctrl+x", "needs nothing", "Takes the row off the list."),
    _k("fixlist.read", "r ctrl+r", "whole row", "Shows every cell of the row."),
    _k("fixlist.back", "q escape ctrl+b", "back", "Goes back."),

    _k("scripts.search", "/ f3 ctrl+f", "search",
       "Finds a sentence in everything, in both languages, also by pinyin and its first letters."),
    _k("scripts.day(-1)", "left -", "day -", "The day before.", False),
    _k("scripts.day(1)", "right + =", "day +", "The day after.", False),
    _k("scripts.number", "d ctrl+d", "", "Types the post-op day."),
    _k("scripts.narrow", "n ctrl+n", "narrow", "Narrows the list by a part of the words, pinyin or initials."),
    _k("scripts.talk", "l ctrl+y", "talk zh/en", "Switches the language of the talk; the screen's own stays."),
    _k("scripts.releases", "r ctrl+r", "releases",
       "What is read now, every release, publishing, comparing, approving."),
    _k("scripts.next_part", "f2 ctrl+t", "", "The next part of the library."),
    *(_k(f"scripts.part({n})", key, "", f"Shows {words}.")
      for n, (key, words) in enumerate((
          ("c", "the concerns"), ("f", "the flows: planned calls"), ("t", "the turns a talk may take"),
          ("b", "the playbooks for disputes"), ("h", "the words for care at home"),
          ("s", "questions and red flags"), ("o", "the questions about the result"),
      ), 1)),
    *(_k(f"scripts.concern({n})", str(n), "", "The concern with this digit; once more, the next one behind it.",
         False)
      for n in range(10)),
    _k("scripts.page(1)", "space", "", "Scrolls the preview down while the list has the keys.", False),
    _k("scripts.page(-1)", "backspace", "", "Scrolls the preview up.", False),
    _k("scripts.open", "enter", "", "One column on: what there is for the procedure, then the preview.", False),
    _k("scripts.back", "escape", "back", "One column back; from the first one, away.", False),
    _k("scripts.leave", "q ctrl+b", "", "Leaves the talk-tracks.", False),

    _k("releases.compare", "enter", "compare", "What this release says differently from what is read now.", False),
    _k("releases.open", "v ctrl+v", "read it", "Reads through this release."),
    _k("releases.approve", "a ctrl+a", "approve", "Approves this release as a whole: a doctor, with the PIN."),
    _k("releases.publish", "p ctrl+u", "publish", "Publishes a folder of talk-tracks as a draft: lead or doctor."),
    _k("releases.back", "q escape ctrl+b", "back", "Goes back."),

    _k("script_diff.page(1)", "space", "", "Scrolls the changes down while the list has the keys.", False),
    _k("script_diff.page(-1)", "backspace", "", "Scrolls the changes up.", False),
    _k("script_diff.back", "q escape ctrl+b", "back", "Goes back."),

    _k("reports.day(-1)", "left", "day -", "The day before.", False),
    _k("reports.day(1)", "right", "day +", "The day after.", False),
    _k("reports.next_tab", "tab f2 ctrl+t", "next part", "The next part: figures, summaries, handover."),
    *(_k(f"reports.tab({n})", str(n), "", f"Shows {words}.", False)
      for n, words in enumerate(("the figures of the day", "the head's summaries", "the handover page"), 1)),
    _k("reports.sign", "g ctrl+a", "sign off", "Signs off the summaries of this day: a lead."),
    _k("reports.team", "m ctrl+y", "team/own", "Changes between the whole team's page and your own."),
    _k("reports.write", "w ctrl+w", "write", "Writes this page to a file: HTML, Markdown or XLSX."),
    _k("reports.readiness", "p ctrl+e", "practice",
       "Opens practice: for a lead who is ready for real calls, for you what is passed and what is open."),
    _k("reports.quality", "v ctrl+v", "reviews",
       "Opens the reviews of real calls: for a lead everybody's, for you what was said of yours."),
    _k("reports.today", "home", "", "Back to today."),
    *(_k(f"reports.scroll({n})", key, "", f"Scrolls a line {way}.", False)
      for n, key, way in ((-1, "up", "up"), (1, "down", "down"))),
    *(_k(f"reports.page({n})", key, "", f"Scrolls a page {way}.", False)
      for n, key, way in ((-1, "pageup backspace", "up"), (1, "pagedown space", "down"))),
    _k("reports.back", "q escape ctrl+b", "back", "Goes back."),

    _k("policy.load", "p ctrl+u", "other document", "Reads a document from a file and shows what it would move."),
    _k("policy.document", "d ctrl+d", "document", "Shows this version as it is stored."),
    _k("policy.page(1)", "space", "", "Scrolls the words down while the list has the keys.", False),
    _k("policy.page(-1)", "backspace", "", "Scrolls the words up.", False),
    _k("policy.back", "q escape ctrl+b", "back", "Goes back."),

    _k("policy_preview.apply", "a ctrl+a", "put in force", "Puts the document in force, with the PIN."),
    _k("policy_preview.back", "q escape ctrl+b", "back", "Goes back."),

    _k("sign_in.accept", "ctrl+s", "sign in",
       "Signs in with name and PIN; enter in the PIN does the same.", False),
    _k("sign_in.cancel", "escape", "", "Empties the PIN.", False),

    _k("lock.accept", "ctrl+s", "open", "Opens the seat with the PIN; enter does the same.", False),

    *(_k(f"call.answer({n})", str(n), "", "Answers: 1 no, 2 yes, 9 unsure; a choice by its digit.", False)
      for n in range(10)),
    _k("call.ten", "x", "", "Ten of ten on a pain score.", palette=False),
    _k("call.next", "enter", "", "Goes on after lines that were read; leaves a concern.", palette=False),
    _k("call.back", "up backspace", "", "Goes one question back, to read or correct it.", palette=False),
    _k("call.forward", "down", "", "Goes forward again.", palette=False),
    *(_k(f"call.scroll({n})", key, "", "Moves long lines of the talk-track up or down.", palette=False)
      for n, key in ((-1, "pageup"), (1, "pagedown"))),
    _k("call.turn", "t ctrl+b", "turns",
       "A turn of the talk: angry, asks the price, a dispute, daily life. Digits or typing pick it."),
    _k("call.concern", "c ctrl+f", "", "The next digit names what the patient worries about."),
    _k("call.track", "f2 ctrl+t", "track", "Out of a text or a concern, back to the talk-track."),
    _k("call.note", "f3 ctrl+r", "note", "Into the note."),
    _k("call.flag", "f4 ctrl+e", "report", "Reports; pressed twice it is an emergency."),
    _k("call.dial", "f5 ctrl+d", "dial",
       "Shows the number to dial on the desk phone and starts the attempt."),
    _k("call.promise", "f6 ctrl+n", "callback", "Agrees a callback: tomorrow 7pm, +2h."),
    _k("call.keep", "f7 ctrl+o", "give back",
       "Gives the person back to the queue, before anything was dialled."),
    _k("call.other", "w ctrl+w", "no phone",
       "Another way than the telephone: WeCom, text, e-mail, letter, face to face."),
    _k("call.result", "f8 ctrl+y", "result", "Says how the conversation ended when it was not completed."),
    _k("call.told", "f10 ctrl+x", "told", "Writes down who was told of the escalation."),
    _k("call.save", "ctrl+s", "save", "Saves the call; completed is implied."),
    _k("report.emergency", "f4 ctrl+e", "emergency", "Emergency now.", palette=False),
    _k("promise.whose", "f2 ctrl+t", "whose", "Changes between me and anyone.", palette=False),

    *practice_keys.ROWS,
    *readiness_keys.ROWS,
    *quality_keys.ROWS,

    _k("alarm.phoning", "p", "I phone the doctor",
       "Says to every seat that you phone the doctor for this alarm.", False),
    _k("alarm.told", "t", "told", "Writes down who was told.", False),
    _k("alarm.next", "n tab", "next alarm", "Shows the next alarm.", False),

    _k("dialog.accept", "ctrl+s", "accept", "Accepts what this window asks.", False),
    _k("dialog.cancel", "escape", "back", "Closes this window without doing anything.", False),

    *(_k(f"dialog.page({n})", key, "", "Scrolls a window that is taller than the screen.", False)
      for n, key in ((-1, "pageup"), (1, "pagedown"))),

    _k("confirm.accept", "enter", "", "Does what is asked.", False),

    _k("read.accept", "enter", "", "Closes this window.", False),

    _k("earlier_call.accept", "enter", "talk-track as read",
       "Shows the talk-track an earlier call was read from, in its words of that day.", False),

    *(_k(f"choose.pick({n})", str(n), "", "Takes the choice with this digit.", False)
      for n in range(1, 10)),
)
# fmt: on


def twin(key: str) -> str | None:
    """The full-width key a Chinese input method sends for a printable ASCII key, or None.

    A letter or digit arrives as itself (`１`), a sign under its Unicode name (`fullwidth_question_mark`).
    """
    if len(key) != 1 or not "!" <= key <= "~":
        return None
    wide = chr(ord(key) + 0xFEE0)
    return wide if wide.isalnum() else unicodedata.name(wide).lower().replace(" ", "_").replace("-", "_")


def textual_name(key: str) -> str:
    """Textual's name of a key: a sign is spelt out (`?` is `question_mark`), everything else stays."""
    if len(key) == 1 and not key.isalnum():
        named = unicodedata.name(key).lower().replace(" ", "_").replace("-", "_")
        return {
            "solidus": "slash",
            "reverse_solidus": "backslash",
            "commercial_at": "at",
            "hyphen_minus": "minus",
            "plus_sign": "plus",
            "low_line": "underscore",
        }.get(named, named)
    return key


def shown(key: str) -> str:
    """A key as a person reads it in the footer and in help."""
    names = {"backslash": "\\", "underscore": "_", "right_square_bracket": "]", "circumflex_accent": "^"}
    if key.startswith("ctrl+"):
        return f"ctrl+{names.get(key[5:], key[5:])}"
    return "esc" if key == "escape" else key


def works_in_text(key: str) -> bool:
    """Whether a key acts while a text has focus: F-keys and ctrl keys do, printable ones are typed
    instead."""
    return key.startswith("ctrl+") or (key[0] == "f" and key[1:].isdigit())


_overrides: dict[str, tuple[str, ...]] = {}


def override(keys: Mapping[str, tuple[str, ...]]) -> None:
    """Replaces default keys by a person's own; call it with what `problems` has found nothing wrong with."""
    _overrides.clear()
    _overrides.update(keys)


def keys_of(entry: Key) -> tuple[str, ...]:
    """An action's keys now: a person's own, else the defaults."""
    return _overrides.get(entry.action, entry.keys)


def entry(action: str) -> Key:
    """The table's row for an action.

    Raises:
        KeyError: there is none.
    """
    for row in TABLE:
        if row.action == action:
            return row
    raise KeyError(action)


def of_scope(*scopes: str) -> tuple[Key, ...]:
    """Rows of some scopes, in the table's order."""
    return tuple(row for scope in scopes for row in TABLE if row.scope == scope)


def bindings(*scopes: str, at_once: bool = False) -> list[Binding]:
    """Textual bindings of some scopes with the keys in use now, full-width twins included.

    F-keys and ctrl keys get priority, so that they act before a text field takes them (TextArea binds f6
    and f7).

    Args:
        scopes: whose rows.
        at_once: give every key priority, so that each has acted before the next one is delivered; only where
            nothing is typed.
    """
    from textual.binding import Binding

    return [
        Binding(name, row.verb, show=False, priority=at_once or works_in_text(key))
        for row in of_scope(*scopes)
        for key in keys_of(row)
        for name in (textual_name(key), twin(key))
        if name
    ]


def bind(node: DOMNode, *scopes: str, at_once: bool = False) -> None:
    """Gives an app or a screen the keys of its scopes; called when it is made, so that a person's own keys
    count. `at_once` as in `bindings`."""
    from textual.binding import BindingsMap

    node._bindings = BindingsMap.merge([node._bindings, BindingsMap(bindings(*scopes, at_once=at_once))])  # pyright: ignore[reportPrivateUsage]
