"""Policy folders written for tests."""

from __future__ import annotations

from pathlib import Path

__all__ = ["MANIFEST", "RULE", "write"]

MANIFEST = 'policy: small\nnotices: {scam.phishing: {en: "It looked like theft."}}\n'
RULE = "- {rule: listed-link, category: scam.phishing, when: link.listed, then: block}\n"


def write(folder: Path, **others: str) -> Path:
    """Write a small sound policy and other files (``__`` for a slash, ``_`` for a dot)."""
    files = {"policy.yaml": MANIFEST, "rules.yaml": RULE}
    for name, text in others.items():
        files[name.replace("__", "/").replace("_", ".") + ".yaml"] = text
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder
