"""The ways on that the queue and the board share: to the policy, the reports, and what is taken down without a call."""

from __future__ import annotations

from console.screens.report_door import OpensReports
from console.screens.take_case import TakesCases
from db.enums import Role


class OpensPolicy(TakesCases, OpensReports):
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
