"""Keys of practice: rows of the table in console/keys.py."""

from __future__ import annotations

from console.key import key as _k

# fmt: off
ROWS = (
    _k("practice_call.say", "v ctrl+a", "speak", "Says something in your own words: it is how a feeling is met."),
    _k("practice_call.hurry", "space", "hear it all", "Hears the rest of what is being said at once."),
    _k("practice_call.leave", "h ctrl+right_square_bracket", "hang up",
       "Hangs up without saving; the call is scored as it stands."),
    _k("hang_up.end", "h ctrl+right_square_bracket", "",
       "Does what is asked; enter does not, it may be meant for a field.", False),

    _k("practice.start", "enter", "begin", "Plays the marked call, or the next call of the marked course."),
    _k("practice.level", "f2 ctrl+t", "difficulty", "How much help there is: guided, normal, exam."),
    _k("practice.group(1)", "tab f3 ctrl+f", "group", "The next group: courses, or what a call trains."),
    _k("practice.group(-1)", "shift+tab", "", "The group before.", False),
    _k("practice.clear", "escape ctrl+b", "back", "Empties the field, shows every group again, then leaves practice."),

    _k("debrief.missed(1)", "n ctrl+n", "next missed", "To the next missed moment of the conversation."),
    _k("debrief.missed(-1)", "N ctrl+b", "", "To the missed moment before."),
    _k("debrief.redo", "r ctrl+r", "redo here", "Takes the call up again at the marked moment."),
    _k("debrief.onward", "enter ctrl+t", "next call", "Plays the next call of the course."),
    _k("debrief.again", "a ctrl+a", "once more", "Plays the same call from its beginning."),
    _k("debrief.part", "tab f2 ctrl+y", "score/talk", "Changes between the score and the conversation."),
    *(_k(f"debrief.scroll({n})", key, "", f"Scrolls a line {way}.", False)
      for n, key, way in ((-1, "up", "up"), (1, "down", "down"))),
    *(_k(f"debrief.page({n})", key, "", f"Scrolls a page {way}.", False)
      for n, key, way in ((-1, "pageup backspace", "up"), (1, "pagedown space", "down"))),
    _k("debrief.back", "q escape ctrl+d", "back", "Back to the list of calls."),
)
# fmt: on
