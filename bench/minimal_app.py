"""The floor: a Textual app with one Static."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class MinimalApp(App[None]):
    """One line of text."""

    def compose(self) -> ComposeResult:
        yield Static("floor-is-painted")


if __name__ == "__main__":
    MinimalApp().run()
