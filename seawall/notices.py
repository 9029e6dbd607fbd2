"""The statement of reasons to the user: from policy text, in the user's language."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["DEFAULT_LANGUAGE", "notice_for"]

DEFAULT_LANGUAGE = "en"


def notice_for(
    notices: Mapping[str, Mapping[str, str]],
    keys: tuple[str | None, ...],
    lang: str | None,
) -> str | None:
    """Return the first notice found under `keys`, best language first: exact, base, English, any.

    `keys` are tried in order (a rule's own notice key, its name, its category); `lang` is a BCP 47
    tag such as ``pt-BR``. None when policy has no text for any of the keys.
    """
    for key in keys:
        texts = notices.get(key) if key else None
        if not texts:
            continue
        tag = (lang or DEFAULT_LANGUAGE).lower()
        for wanted in (tag, tag.partition("-")[0], DEFAULT_LANGUAGE):
            if wanted in texts:
                return texts[wanted]
        return texts[min(texts)]
    return None
