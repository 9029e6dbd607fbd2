"""A message that comes again: it hears its first verdict, or waits for it with whoever sent it."""

from __future__ import annotations

from gateway.chat.answers import Answer, Key
from gateway.chat.job import Waiter
from gateway.chat.replies import plain_allow
from gateway.chat.rulesets import Rulesets

__all__ = ["again"]


def again(
    known: Answer[Waiter], key: Key, content: int, waiter: Waiter, rulesets: Rulesets
) -> None:
    """Answer a message that is known; an `allow` names the policy that is in force now."""
    _, ref, rev = key
    if known.content != content:
        if known.at == 0.0 and waiter in known.waiting:  # it still owes the first its verdict
            waiter.complain(ref, rev, "id_reused", "this (id, rev) has other content")
            return
        waiter.refuse(ref, rev, "id_reused", "this (id, rev) had other content", 0.0)
    elif known.at == 0.0:
        if waiter not in known.waiting:
            known.waiting = (*known.waiting, waiter)
    else:
        verdict = known.verdict
        if verdict is None:
            version = rulesets.of(waiter.tenant).policy.version
            verdict = plain_allow(ref, rev, version, 0.0, 0.0, 0.0, 0.0, 0.0)
        waiter.answer(ref, rev, verdict)
