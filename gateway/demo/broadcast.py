"""The stream as the demo shows it: what was found, what was done. Told the time, does no I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Literal

import msgspec

__all__ = ["STREAMER", "Broadcast", "Seen", "Told"]

STREAMER = "nora_charts"
_KEPT = 6

State = Literal["waiting", "live", "warned", "blurred", "muted", "cut", "ended"]
_STATES: dict[str, State] = {
    "warn": "warned",
    "blur": "blurred",
    "mute_audio": "muted",
    "mute_video": "blurred",
    "cut": "cut",
}


class Seen(msgspec.Struct, frozen=True):
    """A finding, in words. `at` is seconds of the stream, `lag_s` what it came after."""

    at: float
    surface: str
    action: str
    rule: str
    lag_s: float


class _Reason(msgspec.Struct):
    rule: str = ""


class _Target(msgspec.Struct):
    kind: str = ""


class Told(msgspec.Struct, rename={"from_": "from"}):
    """A line of `seawall send`, as much of it as is shown."""

    type: str = ""
    surface: str = ""
    action: str = ""
    kind: str = ""
    reason: str = ""
    from_: float = 0.0
    to: float = 0.0
    speech: float = 0.0
    frames: float = 0.0
    for_s: float | None = None
    reasons: list[_Reason] = []
    target: _Target = msgspec.field(default_factory=_Target)


class Broadcast:
    """The stream as the board shows it. Told the time, does no I/O."""

    def __init__(self) -> None:
        self.state: State = "waiting"
        self.began = 0.0
        self.ended: float | None = None
        self.speech = self.frames = 0.0
        """Shares examined, of all that was reported so far."""
        self._covered_s = 0.0
        self.seen: deque[Seen] = deque(maxlen=_KEPT)
        self.dark_s: float | None = None
        """From the frame that led to the cut to the stop of its bytes."""
        self.findings = 0
        self._offending: float | None = None

    def tell(self, told: Told, at: float) -> str | None:
        """Take a line in; `at` is seconds since the epoch. Return it in words, or None."""
        match told.type:
            case "opened":
                self.state, self.began, self.ended = "live", at, None
                return f"stream {STREAMER}: live"
            case "coverage":
                self._cover(told)
            case "finding":
                return self._found(told, at)
            case "command":
                return self._commanded(told, at)
            case "closed":
                self.ended = at
                if self.state != "cut":
                    self.state = "ended"
                return f"stream {STREAMER}: {told.reason or self.state}"
        return None

    def summary(self) -> Iterable[str]:
        """Say in plain lines what became of the stream."""
        yield f"stream of {STREAMER}: {self.state}, {self.findings} findings"
        if self.dark_s is not None:
            yield f"dark {self.dark_s:.1f} s after the frame that led to it, countdown included"

    def _cover(self, told: Told) -> None:
        """Take a report into the means: each counts as long as it is."""
        length = max(0.0, told.to - told.from_)
        self._covered_s += length
        if self._covered_s:
            weight = length / self._covered_s
            self.speech += (told.speech - self.speech) * weight
            self.frames += (told.frames - self.frames) * weight

    def _found(self, told: Told, at: float) -> str:
        rule = told.reasons[0].rule if told.reasons else "?"
        if told.action == "cut" and self._offending is None:
            self._offending = told.from_
        self.findings += 1
        self.seen.append(Seen(at - self.began, told.surface, told.action, rule, at - told.to))
        return f"stream {told.surface}: {told.action} · {rule} · after {at - told.to:.1f} s"

    def _commanded(self, told: Told, at: float) -> str | None:
        if told.target.kind != "stream":
            return None
        if told.for_s == 0:
            self.state = "live"
        else:
            self.state = _STATES.get(told.kind, self.state)
        if told.kind == "cut":
            self.ended = at
            if self._offending is not None:
                self.dark_s = at - self._offending
        span = "" if told.for_s is None else f" for {told.for_s:g} s"
        return f"command {told.kind} stream {STREAMER}{span}"
