"""What a serving gateway reads of the record, opened together and closed together."""

from __future__ import annotations

from gateway.record.answered import Answered
from gateway.record.decisions import Decisions
from gateway.record.heads import Heads
from gateway.record.holds import Holds
from gateway.record.kept import KeptEvidence
from gateway.record.nukes import Nukes
from gateway.record.outbox import Outbox
from gateway.record.seal import Seal
from gateway.record.secret import load_secret
from gateway.record.standing import Standing
from gateway.record.where import Where
from gateway.record.whose import Whose

__all__ = ["Tables"]


class Tables:
    """One reader a subject. The journal's writer is the only one that writes decisions."""

    def __init__(self, where: Where) -> None:
        self.answered = Answered(where, Seal(load_secret(where.data)))
        self.decisions = Decisions(where)
        self.evidence = KeptEvidence(where)
        self.heads = Heads(where)
        self.holds = Holds(where)
        self.nukes = Nukes(where)
        self.outbox = Outbox(where)
        self.standing = Standing(where)
        self.whose = Whose(where)

    def close(self) -> None:
        """Let go of the database."""
        for each in vars(self).values():
            each.close()
