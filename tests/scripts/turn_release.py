"""A release of the tests' own turns of the talk: few situations, playbooks and care words, whose words never change."""

from __future__ import annotations

from console.scripts import library

SITUATION = """
code = "t_{code}"
version = 1
title = {{ zh = "{zh}", en = "{en}" }}
milestones = []
[situation]
{situation}
[[flow]]
procedure = "any"
sources = ["a test"]
step = [
  {{ kind = "say", title = {{ zh = "先听", en = "Listen" }}, say = {{ zh = ["我听着。"], en = ["I am listening."] }} }},
{steps}]
"""
ASK = """  { kind = "ask", title = { zh = "问", en = "Ask" }, ask = ["vision_change", "suicide_thoughts"] },
"""
BOOKS = """
version = 1
[[playbook]]
code = "t_eyes"
title = { zh = "眼皮：一高一低", en = "Eyelids: uneven" }
cause = "procedure"
procedures = ["upper_blepharoplasty"]
days = [0, 30]
when = { zh = "她说两边不一样", en = "She says the sides differ" }
severity = "minor"
level = "URGENT"
check = ["swelling", "vision_symptoms"]
listen = "listen"
acknowledge = { zh = ["眼皮的事让您操心了。"], en = ["I am sorry your eyelids worry you."] }
ask_first = "ask_first"
explain = { zh = ["头几周两边可以不一样。"], en = ["In the first weeks the sides can differ."] }
collect = ["t_words"]
photos = ["t_photo"]
rights = ["t_ways", "t_answer"]
never = ["t_never"]
remedies = ["t_remedy"]
answer = "answer"
sources = ["a test"]

[[playbook]]
code = "t_late"
title = { zh = "眼皮：半年以后", en = "Eyelids: after half a year" }
cause = "procedure"
procedures = ["upper_blepharoplasty"]
days = [180]
when = { zh = "很久以后", en = "Much later" }
severity = "severe"
listen = "listen"
acknowledge = "acknowledge"
ask_first = "ask_first"
collect = ["t_words"]
rights = ["t_ways"]
never = ["t_never"]
remedies = ["t_remedy"]
answer = "answer"
sources = ["a test"]

[[playbook]]
code = "t_refund"
title = { zh = "要退钱", en = "Wants money back" }
cause = "refund"
when = { zh = "她要退钱", en = "She wants her money back" }
severity = "moderate"
clock = "refund"
listen = "listen"
acknowledge = "acknowledge"
ask_first = "ask_first"
collect = ["t_words"]
rights = ["t_ways"]
never = ["t_never"]
remedies = ["t_remedy"]
answer = "answer_after_review"
sources = ["a test"]

[[playbook]]
code = "t_lipo"
title = { zh = "吸脂：不平", en = "Liposuction: uneven" }
cause = "procedure"
procedures = ["liposuction"]
when = { zh = "不平", en = "Uneven" }
severity = "minor"
listen = "listen"
acknowledge = "acknowledge"
ask_first = "ask_first"
collect = ["t_words"]
rights = ["t_ways"]
never = ["t_never"]
remedies = ["t_remedy"]
answer = "answer"
sources = ["a test"]
"""
PARTS = """
version = 1
[line.listen]
zh = ["我听着。"]
en = ["I am listening."]
[line.acknowledge]
zh = ["让您受累了。"]
en = ["I am sorry."]
[line.ask_first]
zh = ["先问身体。"]
en = ["Your body first."]
[line.answer]
zh = ["{reply_by}前有人回您，{answer_date}给您答复。"]
en = ["Somebody rings before {reply_by}; the answer comes by {answer_date}."]
[line.answer_after_review]
zh = ["{surgeon}看过，{answer_date}给您答复。"]
en = ["{surgeon} sees you; the answer comes by {answer_date}."]
[right.t_ways]
sources = ["a test"]
say.zh = ["您可以投诉。"]
say.en = ["You may complain."]
[right.t_answer]
sources = ["a test"]
say.zh = ["我们照实回答。"]
say.en = ["We answer truthfully."]
[never.t_never]
zh = "不怪她"
en = "Never blame her"
sources = ["a test"]
[remedy.t_remedy]
zh = "免费复查"
en = "A free review"
approver = "lead_and_doctor"
[photo.t_photo]
zh = "正面一张"
en = "One from the front"
[collect.t_words]
zh = "她的原话"
en = "Her own words"
"""
CARE = """
[washing]
zh = "洗澡"
en = "Shower"
aliases = ["冲凉", "wash"]
say.zh = ["第{from}到{to}天可以。"]
say.en = ["It can be from day {from} to {to}."]
sheet.zh = ["按单子来。"]
sheet.en = ["Follow your sheet."]
[contact_lenses]
zh = "隐形眼镜"
en = "Contact lenses"
say.zh = ["第{from}到{to}天可以。"]
say.en = ["It can be from day {from} to {to}."]
sheet.zh = ["按单子来。"]
sheet.en = ["Follow your sheet."]
[food]
zh = "饮食"
en = "Food"
say.zh = ["第{from}到{to}天可以。"]
say.en = ["From day {from} to {to}."]
sheet.zh = ["按单子来。"]
sheet.en = ["Follow your sheet."]
"""


def release() -> library.Library:
    """The shipped release with situations, playbooks and care words of the tests' own."""
    texts = {
        name: text
        for name, text in library.shipped().texts.items()
        if not name.startswith("playbooks/") and not (name.startswith("flows/") and "[situation]" in text)
    }
    for kept in ("proxy", "wrong_person", "voicemail"):
        texts[f"flows/{kept}.toml"] = library.shipped().texts[f"flows/{kept}.toml"]
    for code, zh, en, situation, steps in (
        ("angry", "她生气", "Angry", 'order = 2\nreport = "complaint"', ASK),
        ("dark", "不想活", "Dark words", 'order = 1\nconcern = "mood_body_image"', ASK),
        ("stop", "别打了", "No more calls", 'order = 3\noutcome = "opted_out"', ""),
        ("parent", "家长", "A parent", 'order = 9\noffer = "minor"', ""),
        ("daily", "问起居", "Daily life", "order = 5\nafter_identity = true", ""),
        ("bones", "不能说话", "Cannot speak", 'order = 8\noffer = "cannot_speak"', ""),
    ):
        words = {"code": code, "zh": zh, "en": en, "situation": situation, "steps": steps}
        texts[f"flows/t_{code}.toml"] = SITUATION.format_map(words)
    texts |= {"playbooks/general.toml": PARTS, "playbooks/t_books.toml": BOOKS, "care.toml": CARE}
    return library.from_texts(texts)
