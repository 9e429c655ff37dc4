"""The way to the policy, from the screens a lead works on."""

from __future__ import annotations

from console.screens.frame import Frame
from db.enums import Role


class OpensPolicy(Frame):
    """A screen from which a lead opens the policy."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The policy is shown to leads."""
        if action == "policy":
            seat = self.console_app.seat
            return seat is not None and seat.role is Role.LEAD
        return super().check_action(action, parameters)

    def action_policy(self) -> None:
        """The clinic's policy."""
        from console.screens.policy import PolicyScreen

        self.app.push_screen(PolicyScreen())
