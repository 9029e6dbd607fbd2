"""Which models there are, as data: what they are called, where they live, what they may use.

Nothing is imported for it: `where` is a string that only a worker loads. What is shipped stands in
`SHIPPED`; `models.toml` adds encoders and vendors (see `workers.models_file`).
"""

from __future__ import annotations

import msgspec

from workers.units import Option

__all__ = ["SHIPPED", "Model"]


class Model(msgspec.Struct, frozen=True):
    """One model, and the limits of the process that runs it.

    `prefix` is how the names of its signals begin; a worker that says others is lying. `units` and
    `size_bytes` bound what may wait for it. `patience_s` is how long it may be silent while asked
    before it counts as hung: more than its slowest batch. `start_s` is how long it may load.
    """

    name: str
    where: str
    prefix: str
    options: dict[str, Option] = {}
    batch: int = 64
    units: int = 1024
    size_bytes: int = 4 << 20
    patience_s: float = 2.0
    start_s: float = 15.0
    memory_mb: int = 1024


SHIPPED: tuple[Model, ...] = (
    Model("linear", "detectors.models.linear:Linear", "linear.", memory_mb=512),
    Model(
        "opinion",
        "detectors.models.opinion:Opinion",
        "opinion.",
        batch=8,
        units=128,
        patience_s=10.0,
    ),
)
"""The models that come with us. `opinion` costs tens of milliseconds a text: it has a short queue,
so that a raid cannot make everybody wait for it."""
