"""A conversation that was broken off, brought back to the place where it stood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from console.scripts import conversation
from console.scripts.conversation import Given, Opened, Prompt, PromptKind, Talk
from console.scripts.turns import Turn


def taken_up(
    talk: Talk,
    answers: Mapping[str, Given],
    concerns: Sequence[Opened],
    *,
    identified: bool,
    turns: Sequence[Turn] = (),
) -> Talk:
    """A conversation that was broken off, at the place where it stood.

    Args:
        talk: the conversation at its beginning.
        answers: what had been answered, in the order of the answers.
        concerns: those that had been named, in order.
        identified: whether the patient had shown who she is.
        turns: turns of the talk that had been taken, in order.

    Returns:
        The conversation with its groups opened as they were and the lines before its last answer read; a
        concern or a turn whose questions are not all answered is in front.
    """
    # What the opening of a turn has raised hangs on no answer.
    opened = {turn.raises.code: turn.raises for turn in turns if turn.raises is not None}
    known = {flag.code for flag in talk.raised}
    state = replace(
        talk,
        answers=dict(answers),
        concerns=tuple(concerns),
        turns=tuple(turns),
        identified=identified,
        raised=(*talk.raised, *(flag for code, flag in opened.items() if code not in known)),
    )
    singles = frozenset(
        prompt.key
        for prompt in state.prompts()
        if prompt.kind is PromptKind.GROUP
        and any(sign.code in answers and not answers[sign.code].in_group for sign in prompt.signs)
    )
    state = replace(state, singles=singles)
    read = _read(state, state.prompts())
    for turn in turns:
        asked = conversation.back_to_turn(state, turn)
        read |= _read(asked, asked.prompts())
    state = replace(state, passed=frozenset(read))
    turned = next((one for one in reversed(turns) if any(q.code not in answers for q in one.questions)), None)
    if turned is not None:
        state = conversation.back_to_turn(state, turned)
    broken = next(
        (one for one in reversed(state.concerns) if any(q.code not in answers for q in one.questions)), None
    )
    if broken is not None:
        return conversation.name_concern(conversation.note_flags(state)[0], broken)[0]
    return conversation.note_flags(state)[0]


def _read(state: Talk, prompts: Sequence[Prompt]) -> set[str]:
    """Lines that stand before the last thing answered."""
    reached = max(
        (
            number
            for number, prompt in enumerate(prompts)
            if prompt.kind in (PromptKind.IDENTITY, PromptKind.GROUP, PromptKind.QUESTION)
            and state.done(prompt)
        ),
        default=-1,
    )
    return {prompt.key for prompt in prompts[:reached] if not state.done(prompt) and prompt.passable}
