"""A conversation that was broken off, brought back to the place where it stood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from console.scripts import conversation
from console.scripts.conversation import Given, Opened, PromptKind, Talk


def taken_up(
    talk: Talk, answers: Mapping[str, Given], concerns: Sequence[Opened], *, identified: bool
) -> Talk:
    """A conversation that was broken off, at the place where it stood.

    Args:
        talk: the conversation at its beginning.
        answers: what had been answered, in the order of the answers.
        concerns: those that had been named, in order.
        identified: whether the patient had shown who she is.

    Returns:
        The conversation with its groups opened as they were and the lines before its last answer read; a
        concern whose danger signs are not all answered is in front.
    """
    state = replace(talk, answers=dict(answers), concerns=tuple(concerns), identified=identified)
    singles = frozenset(
        prompt.key
        for prompt in state.prompts()
        if prompt.kind is PromptKind.GROUP
        and any(sign.code in answers and not answers[sign.code].in_group for sign in prompt.signs)
    )
    state = replace(state, singles=singles)
    prompts = state.prompts()
    reached = max(
        (
            number
            for number, prompt in enumerate(prompts)
            if prompt.kind in (PromptKind.IDENTITY, PromptKind.GROUP, PromptKind.QUESTION)
            and state.done(prompt)
        ),
        default=-1,
    )
    read = {prompt.key for prompt in prompts[:reached] if not state.done(prompt) and prompt.passable}
    broken = next(
        (one for one in reversed(state.concerns) if any(q.code not in answers for q in one.questions)), None
    )
    state = replace(state, passed=frozenset(read), open=None if broken is None else broken.code)
    return conversation.note_flags(state)[0]
