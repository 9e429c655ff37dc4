"""Keys of the pages that say who is ready: rows of the table in console/keys.py."""

from __future__ import annotations

from console.key import key as _k

# fmt: off
ROWS = (
    _k("readiness.open", "enter", "details", "Opens her page: courses, competencies, what was missed."),
    _k("readiness.write", "w ctrl+w", "write", "Writes the page to a file: CSV, XLSX, HTML or Markdown."),
    _k("readiness.refresh", "f5 ctrl+d", "", "Reads the team again."),
    _k("readiness.back", "q escape ctrl+b", "back", "Goes back."),

    *(_k(f"readiness_person.scroll({n})", key, "", f"Scrolls a line {way}.", False)
      for n, key, way in ((-1, "up", "up"), (1, "down", "down"))),
    *(_k(f"readiness_person.page({n})", key, "", f"Scrolls a page {way}.", False)
      for n, key, way in ((-1, "pageup backspace", "up"), (1, "pagedown space", "down"))),
    _k("readiness_person.allow", "a ctrl+a", "allow exam", "Allows an exam once more before its time: a lead."),
    _k("readiness_person.back", "q escape ctrl+b", "back", "Goes back."),
)
# fmt: on
