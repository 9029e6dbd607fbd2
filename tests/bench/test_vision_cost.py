"""The reckoning of the vision bench: in time with room to spare, and partly, not late, without."""

from __future__ import annotations

from bench.vision_cost import reckoned
from bench.vision_streams import percentile


def test_with_room_everything_is_seen_whole_and_in_time() -> None:
    figures = reckoned(13.0, 45.0, 20, 0.5, 60.0)
    assert (figures.partly, len(figures.verdict_ms)) == (0, figures.shown)
    assert percentile(figures.verdict_ms, 95) <= 250


def test_without_room_hashes_and_codes_are_still_in_time_for_every_frame() -> None:
    figures = reckoned(13.0, 45.0, 100, 0.5, 60.0)
    assert len(figures.verdict_ms) == figures.shown
    assert 0 < figures.partly < figures.shown
    assert max(figures.verdict_ms) <= 500
