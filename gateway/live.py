"""Live streams of one gateway put together: who takes them in, who judges, acts and keeps.

Built beside the chat path, which it shares rules, windows, labels, record and commands with.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec

from gateway.config import Config
from gateway.http.context import StreamAccess
from gateway.record.where import Where
from gateway.stream.hands import StreamHands, StreamParts
from gateway.stream.limits import StreamLimits
from gateway.stream.numbers import acting_metrics
from gateway.stream.setup import StreamPath
from gateway.stream.spikes import Spikes
from seawall.errors import ConfigError
from seawall.policy.model import Policy
from workers.models_file import read_images
from workers.speech.options import SpeechOptions
from workers.streams.client import MEMORY_MB, WorkerOptions
from workers.streams.inference import InferenceLimits
from workers.streams.units import Hearing, Sampling
from workers.vision.options import DETECTORS, Detector, HashFile, VisionOptions

__all__ = ["LiveStreams", "media_of", "worker_options"]


START_S = 2.0
"""So long a start waits for decoders to be had."""


class LiveStreams:
    """The streams of a running gateway. Build it in the loop, before sockets open."""

    def __init__(
        self,
        config: Config,
        where: Where,
        parts: StreamParts,
        options: WorkerOptions,
    ) -> None:
        """`parts` are what streams share with chat, `options` what the workers are told."""
        rulesets, metrics = parts.rulesets, parts.metrics
        self.hands = hands = StreamHands(parts, where)

        def media(tenant: str, room: str) -> tuple[Sampling, Hearing]:
            return media_of(rulesets.of(tenant).for_room(room))

        limits = StreamLimits(streams=config.media_streams)
        judge, taps = hands.judge, hands.taps
        self.path = StreamPath(options, limits, judge, taps, media, metrics.unchecked)
        hands.attach(self.path.streams)
        hands.moderating.coverage = self.path.streams.coverage
        self.spikes = Spikes(judge.spiked)
        metrics.more.append(self.path.metrics)
        metrics.more.append(lambda: acting_metrics(hands.numbers))
        metrics.degraded["media"] = lambda: bool(self.path.problems())
        metrics.degraded["evidence"] = lambda: bool(hands.evidence.writer.trouble)

    async def start(self) -> None:
        """Start the workers and the evidence thread. Call from the main thread.

        Models take their time to load; chat must not wait for that. A stream that comes before
        they are ready is taken in, and its coverage says what nobody examined.
        """
        self.hands.start()
        await self.path.start(START_S)

    def sweep(self, now: float) -> None:
        """Do what is due; call it some times a second. `now`: seconds since the epoch."""
        self.hands.sweep(now)
        self.spikes.sweep({(live.tenant, live.room) for live in self.path.streams.all()}, now)

    async def run(self, spilled: Callable[[], int]) -> None:
        """Sweep up clips until cancelled. `spilled` counts entries that wait for the database."""
        await self.hands.run(spilled)

    def access(self) -> StreamAccess:
        """Return what the HTTP API may see and do."""
        return StreamAccess(self.hands.moderating)

    async def drain(self, deadline_s: float) -> None:
        """End every stream, saying what was examined of it."""
        await self.path.drain(deadline_s)

    async def close(self) -> None:
        """End the workers, then what acts; before the journal stops."""
        await self.path.close()
        await self.hands.stop()


def media_of(policy: Policy) -> tuple[Sampling, Hearing]:
    """Return how a room's streams are sampled and heard, as its policy says."""
    media = policy.media
    sampling = Sampling(
        max_gap_s=media.max_gap_s, min_gap_s=media.min_gap_s, read_every_s=media.ocr_every_s
    )
    hearing = Hearing(
        profile=media.profile,
        hop_s=media.hop_s,
        utterance_s=media.utterance_s,
        music=media.music,
        language=media.language,
        tiers=media.tiers,
        fingerprints=media.fingerprints,
    )
    return sampling, hearing


def worker_options(config: Config) -> WorkerOptions:
    """Return what the workers are told. Raises ConfigError naming the setting that is wrong."""
    wanted = [name.strip() for name in config.media_see.split(",") if name.strip()]
    unknown = sorted(set(wanted) - set(DETECTORS))
    if unknown:
        known = ", ".join(DETECTORS)
        raise ConfigError(f"media_see: no detector is called {unknown[0]!r}; known: {known}")
    weights = config.weights_folder()
    folder = weights if Path(weights).is_dir() else ""
    images = read_images(Path(config.models_file)) if config.models_file else ()
    vision = VisionOptions(
        detectors=cast("tuple[Detector, ...]", tuple(dict.fromkeys(wanted))),  # checked above
        images=images,
        hashes=_hashes(config.hashes),
        weights=folder,
        device=config.media_device,
    )
    speech = SpeechOptions(
        weights=folder,
        device=config.media_device,
        threads=config.media_threads,
        catalogue=config.catalogue,
    )
    limits = InferenceLimits(memory_mb=MEMORY_MB, spare=config.media_spare)
    return WorkerOptions(
        vision=vision if wanted or images else None,
        speech=speech if config.media_hear else None,
        vision_limits=limits,
        speech_limits=limits,
    )


def _hashes(lists: dict[str, str]) -> tuple[HashFile, ...]:
    """Return the lists of hashes by name. Raises ConfigError for one that no rule could write."""
    found = []
    for name, path in sorted(lists.items()):
        try:
            found.append(msgspec.convert({"name": name, "path": path}, HashFile))
        except msgspec.ValidationError as problem:
            raise ConfigError(
                f"hashes: {name!r}: a list is called by lower-case letters, digits and _, a letter "
                f"first, so that a rule can write `hash.{name}`: {problem}"
            ) from problem
    return tuple(found)
