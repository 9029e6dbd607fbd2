"""The record: what was decided, hash-chained, and the content it was about.

Nothing is re-exported here, so that the writer process imports no SQLAlchemy and the serving
process no Alembic: import `gateway.record.journal`, `gateway.record.keys` … by name.
"""

from __future__ import annotations

__all__: list[str] = []
