"""The policy of the fault benches: `bench.faults.kills` speaks its words."""

from __future__ import annotations

from pathlib import Path

__all__ = ["BUDGET_MS", "write_policy"]

BUDGET_MS = 50.0
"""The shipped chat budget; the policy itself allows two seconds, so that a late verdict shows."""

_FILES = {
    "policy.yaml": """
policy: faults
budgets: {chat: {ms: 2000, on_timeout: allow}}
hold: {for: 2s, expiry: denied}
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


def write_policy(folder: Path) -> Path:
    """Write the policy's files; return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in _FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
