"""Keys of the reviews of real calls: rows of the table in console/keys.py."""

from __future__ import annotations

from console.key import key as _k

# fmt: off
ROWS = (
    _k("quality.open", "enter", "read it", "Opens the review: the call, its score, what the caller answered."),
    _k("quality.month(-1)", "left", "month -", "The month before.", False),
    _k("quality.month(1)", "right", "month +", "The next month.", False),
    _k("quality.next_tab", "tab f2 ctrl+t", "next part",
       "The next part: reviews, assessment, to improve, report."),
    *(_k(f"quality.tab({n})", str(n), "", f"Shows {words}.", False)
      for n, words in enumerate(("the reviews", "the assessment", "what is to be improved", "the report"), 1)),
    _k("quality.add", "a ctrl+a", "to improve", "Adds something to improve, with who sees to it and until when."),
    _k("quality.done", "d ctrl+d", "done", "What is under the cursor was improved."),
    _k("quality.drop", "x ctrl+x", "", "Drops what is under the cursor, with the reason: a lead."),
    *(_k(f"quality.scroll({n})", key, "", f"Scrolls a line {way}.", False)
      for n, key, way in ((-1, "up", "up"), (1, "down", "down"))),
    *(_k(f"quality.page({n})", key, "", f"Scrolls a page {way}.", False)
      for n, key, way in ((-1, "pageup", "up"), (1, "pagedown", "down"))),
    _k("quality.back", "q escape ctrl+b", "back", "Goes back."),

    _k("review.score", "s enter ctrl+s", "score",
       "Scores the call item by item; once more amends it, with the reason."),
    _k("review.answer", "a ctrl+a", "reply", "Answers what was said of your call, once."),
    _k("review.close", "c ctrl+y", "end", "Closes the review: the answer was read, or talked over."),
    _k("review.improve", "i ctrl+n", "to improve", "Puts something on the list of what is to be improved."),
    _k("review.card", "k ctrl+d", "scorecard", "Shows what earns the points, and what makes the score 0."),
    _k("review.track", "t ctrl+t", "talk-track", "Shows the talk-track of the call as it was read."),
    *(_k(f"review.scroll({n})", key, "", f"Scrolls a line {way}.", False)
      for n, key, way in ((-1, "up", "up"), (1, "down", "down"))),
    *(_k(f"review.page({n})", key, "", f"Scrolls a page {way}.", False)
      for n, key, way in ((-1, "pageup backspace", "up"), (1, "pagedown space", "down"))),
    _k("review.back", "q escape ctrl+b", "back", "Goes back."),
)
# fmt: on
