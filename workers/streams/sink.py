"""Who hears what becomes of one stream: implemented by the gateway, called in the loop."""

from __future__ import annotations

from typing import Protocol

from workers.streams.reports import Listened, Lost, Matched, Saw, Spoke
from workers.streams.units import Chosen, Ended, Failed, Heard, Missed, Opened, Same, Took

__all__ = ["Sink"]


class Sink(Protocol):
    """One stream's. Handles and numbers are the stream's own, whichever decoder said it."""

    def opened(self, opened: Opened) -> None:
        """The container was understood; again when its tracks change, or by a new decoder."""

    def took(self, took: Took) -> None:
        """A piece that was fed waits no more: read, dropped, or lost with its decoder."""

    def chosen(self, chosen: Chosen) -> None:
        """A frame was handed over to be looked at."""

    def same(self, same: Same) -> None:
        """A frame looks like one before."""

    def heard(self, heard: Heard) -> None:
        """Sound was handed over to be listened to."""

    def missed(self, missed: Missed) -> None:
        """A part of the stream that nobody can examine."""

    def failed(self, failed: Failed) -> None:
        """The stream cannot be decoded, or no longer."""

    def ended(self, ended: Ended) -> None:
        """Everything was decoded."""

    def saw(self, saw: Saw) -> None:
        """A frame was looked at, or its text read."""

    def lost(self, lost: Lost) -> None:
        """A frame was not looked at."""

    def spoke(self, spoke: Spoke) -> None:
        """Something was said."""

    def listened(self, listened: Listened) -> None:
        """Sound is settled."""

    def matched(self, matched: Matched) -> None:
        """Sound stands in a catalogue."""

    def gone(self, why: str, again: bool) -> None:
        """The decoder is gone; `again` says that another takes its place, else this is the end."""
