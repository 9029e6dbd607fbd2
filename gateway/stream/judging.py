"""What was seen and heard of a stream becomes events, signals and verdicts; verdicts are acted on.

Rules:
1. Everything examined is judged, the clean too: rules over time count it. A frame comes in two
   parts, its pictures and codes, then its read text; both bear the frame's capture time. A frame
   like an earlier one is judged as that one again, at its own time.
2. An utterance is one event however often it is transcribed: its passes are revisions, its
   committed text is the last. Shaky text is counted, and judged by nobody.
3. Windows are asked only where policy has some for the surface.
4. What raises suspicion has the stream looked at closer (`promote`): findings, new text or codes,
   a report, a spike in its room's chat, another scene.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from secrets import token_hex

import msgspec

from gateway.chat.authors import user_of
from gateway.chat.job import WindowAsker
from gateway.chat.recorder import Recorder
from gateway.chat.rulesets import Ruleset, Rulesets
from gateway.log import log
from gateway.metrics import Metrics
from gateway.policy.brake import Brakes
from gateway.state.labels import Labels
from gateway.stream.acting import Acting, Timing
from gateway.stream.alike import Alike
from gateway.stream.findings import Moment
from gateway.stream.hearing import Hearing, Passage
from gateway.stream.looking import SCENE_S, Scenes, Seen, image_signals, text_of
from gateway.stream.numbers import Numbers
from gateway.stream.ports import Live, Streams
from seawall import wire
from seawall.events import Message, Surface
from seawall.fold import Folded, fold
from seawall.policy.model import Facts, Policy
from seawall.policy.streams import Promotion
from seawall.signals import NO_SIGNALS, Signal, Signals
from seawall.state import NO_NEEDS, Needs, State
from seawall.streams import NO_PAST, StreamState, judge, needs, stepped_back
from seawall.verdicts import Verdict
from workers.streams.reports import Aligned, Matched, Saw, Spoke
from workers.streams.units import Chosen, Same

__all__ = ["StreamJudge", "Unit"]

_NO_TEXT = fold("")
_FAR_S = 86_400.0
"""A capture time further from now than this is no time."""


class _Known(msgspec.Struct):
    """What is remembered of an open stream."""

    live: Live
    name: str
    hearing: Hearing
    seen: Seen
    scenes: Scenes
    alike: Alike
    past: StreamState = NO_PAST
    passes: dict[int, int] = {}
    matches: int = 0
    findings: int = 0
    last: wire.Finding | None = None


class Unit(msgspec.Struct):
    """One event on its way to its verdict."""

    known: _Known
    event: Message
    signals: Signals
    moment: Moment
    policy: Policy
    facts: Facts
    needs: Needs
    unchecked: str
    spoke: Spoke | None = None
    passage: Passage | None = None


class StreamJudge:
    """Judges the streams of one gateway process: `ports.Judge`."""

    def __init__(
        self,
        rulesets: Rulesets,
        windows: WindowAsker,
        labels: Labels,
        recorder: Recorder,
        acting: Acting,
        streams: Streams,
        metrics: Metrics,
        numbers: Numbers,
        brakes: Brakes | None = None,
        begun: Callable[[Live], None] = lambda live: None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`begun` is told of every stream that is opened here, or goes on after a break."""
        self._rulesets = rulesets
        self._windows = windows
        self._labels = labels
        self._recorder = recorder
        self._acting = acting
        self._streams = streams
        self._metrics = metrics
        self._numbers = numbers
        self._brakes = brakes or Brakes()
        self._begun = begun
        self._wall = wall
        self._open: dict[int, _Known] = {}
        self._handles: dict[tuple[str, str], int] = {}

    # -- ports.Judge ----------------------------------------------------------------------------

    def opened(self, live: Live) -> None:
        """Begin to remember a stream."""
        alike = Alike(lambda saw: self._look(live, saw))
        known = _Known(live, f"s{token_hex(8)}", Hearing(), Seen(), Scenes(), alike)
        self._open[live.handle] = known
        self._handles[live.tenant, live.stream] = live.handle
        self._begun(live)

    def resumed(self, live: Live) -> None:
        """Have it begun again, as far as its server may know nothing of it."""
        self._begun(live)

    def closed(self, live: Live, why: str) -> None:
        """Forget a stream."""
        self._open.pop(live.handle, None)
        if self._handles.get((live.tenant, live.stream)) == live.handle:
            del self._handles[live.tenant, live.stream]

    def chosen(self, live: Live, chosen: Chosen) -> None:
        """Look closer at a stream whose picture suddenly becomes another."""
        known = self._open.get(live.handle)
        if known is not None and known.scenes.news(chosen):
            self._promote(live, "scene", SCENE_S)

    def saw(self, live: Live, saw: Saw) -> None:
        """Judge a frame's pictures and codes, or its read text."""
        known = self._open.get(live.handle)
        if known is None:
            return
        self._look(live, saw)
        known.alike.saw(saw)
        why = known.seen.news(saw.texts, self._wall())
        if why is not None:
            self._promote(live, why)

    def same(self, live: Live, same: Same) -> None:
        """Judge a frame that looks like an earlier one as that one, at its own time."""
        known = self._open.get(live.handle)
        if known is not None:
            known.alike.same(same)

    def spoke(self, live: Live, spoke: Spoke) -> None:
        """Judge a pass over an utterance; its committed text with the utterance before it."""
        known = self._open.get(live.handle)
        if known is None:
            return
        if spoke.shaky:
            self._numbers.judged["speech", "shaky"] += 1
            fields = {"why": spoke.shaky, "lang": spoke.lang, "final": spoke.final}
            log.info("shaky speech", extra={"fields": fields})
            return
        passage = known.hearing.passage(spoke)
        if passage is None:
            return
        rev = known.passes.get(spoke.n, 0)
        if spoke.final:
            known.passes.pop(spoke.n, None)
            known.hearing.commit(spoke)
        else:
            known.passes[spoke.n] = rev + 1
            while len(known.passes) > 8:  # an utterance whose end was never told
                del known.passes[next(iter(known.passes))]
        self._numbers.judged["speech", "judged" if spoke.final else "provisional"] += 1
        name = f"{known.name}.u{spoke.n}"
        event = self._event(
            known, name, rev, "speech", passage.text, spoke.from_, spoke.lang, not spoke.final
        )
        self._judge(known, event, (), spoke.from_, spoke.to, b"", spoke, passage)

    def matched(self, live: Live, matched: Matched) -> None:
        """Judge sound that stands in a catalogue."""
        known = self._open.get(live.handle)
        if known is None:
            return
        known.matches += 1
        name = f"{known.name}.a{known.matches}"
        event = self._event(known, name, 0, "speech", "", matched.from_)
        listed = f"audio.{matched.list}"
        signal = Signal(listed, matched.score, "fingerprint", value=matched.entry)
        self._numbers.judged["speech", "matched"] += 1
        self._judge(known, event, (signal,), matched.from_, matched.to, b"")

    # -- besides --------------------------------------------------------------------------------

    def reported(self, tenant: str, message: wire.Report) -> None:
        """Look closer at a stream that was reported, or its user, or its room."""
        about = (message.target, message.room)
        for live in self._streams.all():
            if live.tenant == tenant and (
                live.stream in about or live.user.id in about or live.room in about
            ):
                self._promote(live, "report")

    def spiked(self, tenant: str, room: str) -> None:
        """Look closer at the streams of a room whose chat suddenly boils."""
        for live in self._streams.all():
            if live.tenant == tenant and live.room == room:
                self._promote(live, "report")

    def step_back(self, tenant: str, stream: str) -> None:
        """Take back the last step of a stream's ladder: a person has undone it."""
        known = self._open.get(self._handles.get((tenant, stream), -1))
        if known is not None:
            known.past = stepped_back(known.past)

    def told(self, live: Live, finding: wire.Finding) -> None:
        """Remember what a server was told last; look closer at what brings findings."""
        known = self._open.get(live.handle)
        if known is not None:
            known.findings += 1
            known.last = finding
        media = self._policy(live).media
        self._streams.promote(live, media.promote_s, "finding")

    def last(self, live: Live) -> tuple[int, wire.Finding | None]:
        """Return how many findings a stream had since it was opened, and the last one."""
        known = self._open.get(live.handle)
        return (0, None) if known is None else (known.findings, known.last)

    # -- inside ---------------------------------------------------------------------------------

    def _look(self, live: Live, saw: Saw) -> None:
        known = self._open.get(live.handle)
        if known is None:
            return
        part = saw.unit == "ocr"
        self._numbers.judged["frame", "text" if part else "judged"] += 1
        name = f"{known.name}.f{saw.n}.{saw.at:.3f}"
        event = self._event(known, name, int(part), "frame", text_of(saw), saw.at)
        twin = known.alike.still(saw.n)
        signals = image_signals(saw.signals)
        self._judge(known, event, signals, saw.at, saw.at, saw.still, twin=twin)

    def _event(
        self,
        known: _Known,
        name: str,
        rev: int,
        surface: Surface,
        text: str,
        captured: float,
        lang: str | None = None,
        provisional: bool = False,
    ) -> Message:
        """Return what was seen or heard at a time of the server's clock as an event."""
        live = known.live
        now = self._wall()
        facts = self._labels.facts(live.tenant, live.room, live.user.id, now)
        at = captured + live.offset_s
        return Message(
            live.tenant,
            name,
            live.room,
            user_of(live.user, facts),
            text,
            at if abs(at - now) < _FAR_S else now,
            captured,
            surface,
            rev,
            lang or None,
            server=live.server,
            stream=live.stream,
            provisional=provisional,
        )

    def _judge(
        self,
        known: _Known,
        event: Message,
        signals: Sequence[Signal],
        from_: float,
        to: float,
        still: bytes,
        spoke: Spoke | None = None,
        passage: Passage | None = None,
        twin: bytes = b"",
    ) -> None:
        live, now = known.live, self._wall()
        ruleset = self._rulesets.of(live.tenant)
        policy = ruleset.for_room(live.room)
        facts = self._facts(live, now)
        folded = fold(event.text) if event.text else _NO_TEXT
        found, unchecked = self._detect(ruleset, event, folded)
        if passage is not None:
            found = known.hearing.fresh(found, passage.start)
        if signals:
            found = found.joined(signals)
        captured_at = to + live.offset_s
        late = now - captured_at > policy.budgets[event.surface].ms / 1000
        moment = Moment(from_, to, captured_at, still, late and event.rev == 0, twin)
        wanted = needs(event, found, facts, policy, folded)
        unit = Unit(known, event, found, moment, policy, facts, wanted, unchecked, spoke, passage)
        if wanted is NO_NEEDS:
            self._decide(unit, (), False)
        else:
            self._windows.submit(list(wanted.checks), None, partial(self._decide, unit))

    def _facts(self, live: Live, now: float) -> Facts:
        facts = self._labels.facts(live.tenant, live.room, live.user.id, now)
        age_s = max(0.0, now - live.opened_at)
        return msgspec.structs.replace(facts, stream_viewers=live.viewers, stream_age_s=age_s)

    def _detect(self, ruleset: Ruleset, event: Message, folded: Folded) -> tuple[Signals, str]:
        if not event.text:
            return NO_SIGNALS, ""
        try:
            return ruleset.detectors_of(event.room).detect(folded, event.user), ""
        except Exception:  # a detector's bug must cost one examination, not the stream
            self._metrics.unchecked[event.surface, "detect"] += 1
            self._numbers.judged[event.surface, "failed"] += 1
            log.exception("detector failed", extra={"fields": {"id": event.id}})
            return NO_SIGNALS, "detect"

    def _decide(self, unit: Unit, counts: Sequence[int], degraded: bool) -> None:
        known, event, now = unit.known, unit.event, self._wall()
        tripped = self._brakes.tripped(event.tenant, now)
        state = State(unit.needs, counts, unit.facts, degraded, unit.unchecked, tripped)
        before = known.past
        verdict, known.past = judge(event, unit.signals, state, unit.policy, before)
        self._brakes.judged[event.tenant] += 1
        if not verdict.reasons and not verdict.shadow:
            return
        self._brakes.note(event.tenant, verdict, now)
        if not verdict.reasons:
            return
        if unit.spoke is not None and not known.hearing.is_news(unit.spoke.n, verdict):
            if verdict.strikes:  # they count with the committed text; all else was done
                strikes = Verdict(verdict.policy, reasons=verdict.reasons, strikes=verdict.strikes)
                self._acting.strike(known.live, event, strikes, unit.moment)
            return
        if verdict.changes:
            verdict = self._recorder.news(event, verdict, unit.facts)
        changes = verdict.changes

        def settled(recorded: bool) -> None:
            self._recorder.shield.settled(event.tenant, changes)
            if not recorded:  # it never happened: the rule may act again
                known.past = before

        timing = self._timing(unit, verdict)
        keep_s = unit.policy.media.keep_s
        self._acting.act(known.live, event, verdict, unit.moment, keep_s, timing, settled)

    def _timing(self, unit: Unit, verdict: Verdict) -> Timing | None:
        """Return who says when the words of a finding were spoken; None where there are none."""
        spoke, passage = unit.spoke, unit.passage
        spans = [finding.span for finding in verdict.reasons if finding.span is not None]
        if spoke is None or passage is None or not spans:
            return None

        def timing(tell: Callable[[Moment], None]) -> None:
            def aligned(found: Aligned) -> None:
                from_, to = passage.aligned(found.words).times(spans)
                tell(msgspec.structs.replace(unit.moment, from_=from_, to=to))

            self._streams.align(unit.known.live, spoke.n, aligned)

        return timing

    def _promote(self, live: Live, why: Promotion, most_s: float = inf) -> None:
        media = self._policy(live).media
        if why in media.promote_on:
            self._streams.promote(live, min(media.promote_s, most_s), why)

    def _policy(self, live: Live) -> Policy:
        return self._rulesets.of(live.tenant).for_room(live.room)
