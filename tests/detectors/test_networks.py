"""Networks: batches of few sizes, and what does not fit refused at the start."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.models.device import Compute
from detectors.networks import BUCKETS, Network
from seawall.errors import ConfigError
from tests.detectors.vision.test_operator import network

SHAPE = (3, 16, 16)


def test_a_batch_of_any_size_is_answered_row_by_row() -> None:
    model = Network("tiny", network(), SHAPE)
    batch = np.stack([np.full(SHAPE, level, np.float32) for level in range(5)])
    assert model.run(batch)[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert (model.most, model.outputs, model.device) == (1, 3, "cpu")


def test_a_batch_is_filled_up_to_a_bucket_and_cut_again() -> None:
    model = Network("tiny", network(), SHAPE)
    model.most, model._buckets = BUCKETS[-1], BUCKETS  # as on a GPU
    for size in (1, 3, 32, 37):
        batch = np.stack([np.full(SHAPE, level, np.float32) for level in range(size)])
        assert model.run(batch)[:, 1].tolist() == list(range(size))


def test_a_gpu_that_is_not_there_is_said_not_worked_around() -> None:
    with pytest.raises(ConfigError, match="tiny"):
        Network("tiny", network(), SHAPE, Compute("cuda", "somebody said so"))


def test_another_shape_is_refused_with_both_shapes() -> None:
    with pytest.raises(ConfigError, match="batchx3x16x16, not floats of Nx3x32x32"):
        Network("tiny", network(), (3, 32, 32))
