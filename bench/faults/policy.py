"""The policy of the fault benches: `bench.faults.kills` speaks its words."""

from __future__ import annotations

from pathlib import Path

__all__ = ["BUDGET_MS", "WORDS", "write_policy"]

BUDGET_MS = 50.0
"""The shipped chat budget; the policy itself allows two seconds, so that a late verdict shows."""

WORDS = {
    "blockword": "block",
    "holdword": "hold",
    "maskword": "mask",
    "muteword": "block",
}
"""What the policy does to a message that has one of these; nothing to any other, but by windows."""

_FILES = {
    "policy.yaml": """
policy: faults
budgets: {chat: {ms: 2000, on_timeout: allow}}
hold: {for: 2s, expiry: denied}
brake: off
""",
    "lexicon.en.yaml": """
lexicon: en
terms:
  - {term: blockword, category: spam, severity: critical}
  - {term: holdword, category: scam.giveaway, severity: high}
  - {term: maskword, category: profanity, severity: medium}
  - {term: muteword, category: threat, severity: high}
""",
    "rules.yaml": """
- {rule: block-spam, category: spam, when: lexicon.spam, then: block, strikes: 1}
- {rule: hold-giveaway, category: scam.giveaway, when: lexicon.scam.giveaway, then: hold}
- {rule: mask-profanity, category: profanity, when: lexicon.profanity, then: mask}
- {rule: mute-threat, category: threat, when: lexicon.threat, then: [block, {mute: 60s}]}
- window: pace
  key: [room, user]
  count: accepted
  limit: 8
  per: 60s
  over: {then: slow, for: 30s}
""",
}


_ASKS = """
- {ask: linear, wait_ms: 30}
"""


def write_policy(folder: Path, *, asks: bool = False) -> Path:
    """Write the policy's files; return their folder. With `asks` every message asks the model."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {**_FILES, "asks.yaml": _ASKS} if asks else _FILES
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
