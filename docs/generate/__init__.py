"""The reference pages, written from the code: `python -m docs.generate`, `--check` to compare."""

from __future__ import annotations

__all__: list[str] = []
