"""Reads what policy says of streams: rules over time, their ladder, how media is examined."""

from __future__ import annotations

import re
from typing import cast, get_args

from seawall.policy.form import Form, described
from seawall.policy.model import Effect
from seawall.policy.problems import Problems
from seawall.policy.read_effects import effects_of
from seawall.policy.streams import (
    NO_STREAM_LADDER,
    PROMOTIONS,
    MediaPolicy,
    Nobody,
    Over,
    Profile,
    Promotion,
    StreamLadder,
    StreamStep,
    Veto,
)
from seawall.policy.tree import Map, Node, Scalar, Seq

__all__ = [
    "MEDIA_KEYS",
    "MOST_OF",
    "over_of",
    "read_media",
    "read_stream_ladder",
    "veto_of",
    "yes_of",
]

MOST_OF = 60
"""The most units that a rule may look back over."""
STEPS = 16
MEDIA_KEYS = (
    "profile",
    "max_gap",
    "min_gap",
    "ocr_every",
    "hop",
    "utterance",
    "music",
    "language",
    "tiers",
    "fingerprints",
    "promote",
    "evidence",
    "veto",
)
_DAY_S = 86400.0
_PROFILES: tuple[str, ...] = get_args(Profile)
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
_NOBODY: tuple[str, ...] = get_args(Nobody)


def over_of(form: Form, problems: Problems) -> Over | None:
    """Return how often a rule must be met."""
    node = form.node("over")
    if node is None:
        return None
    over = Form(node, problems, "`over`", ("hits", "of", "within"), ("hits", "of", "within"))
    hits, of = over.whole("hits", 1, 1, MOST_OF), over.whole("of", MOST_OF, 1, MOST_OF)
    if hits > of:
        problems.add(over.place("hits"), f"{hits} hits of {of} there cannot be")
    return Over(hits, of, over.seconds("within", 60.0, 1.0, 3600.0))


def veto_of(form: Form, problems: Problems, usual: Veto | None = None) -> Veto | None:
    """Return the veto, None for `none`, or `usual` where nothing is said."""
    node = form.node("veto")
    if node is None:
        return usual
    if isinstance(node, Scalar) and node.value == "none":
        return None
    first = usual or Veto()
    veto = Form(node, problems, "`veto`", ("for", "nobody"), ("for",))
    nobody = veto.word("nobody", "outcome", _NOBODY, first.nobody)
    # checked by `word`
    return Veto(veto.seconds("for", first.for_s, 1.0, 3600.0), cast(Nobody, nobody))


def yes_of(form: Form, key: str, problems: Problems, usual: bool = False) -> bool:
    """Return a value that is true or false."""
    node = form.node(key)
    if node is None:
        return usual
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    problems.add(node.where, f"expected true or false, found {described(node)}")
    return usual


def read_stream_ladder(node: Node | None, problems: Problems) -> StreamLadder:
    """Return the steps of `stream.next`; without a ladder there are none."""
    if node is None:
        return NO_STREAM_LADDER
    keys = ("steps", "memory", "pause")
    form = Form(node, problems, "`stream_ladder`", keys, ("steps",))
    listed = form.node("steps")
    if listed is not None and not isinstance(listed, Seq):
        problems.add(listed.where, f"expected a list of steps, found {described(listed)}")
    items = listed.items if isinstance(listed, Seq) else ()
    if len(items) > STEPS:
        problems.add(form.place("steps"), f"at most {STEPS} steps are allowed")
    steps: list[StreamStep] = []
    for item in items[:STEPS]:
        for effect in effects_of(item, problems, tracks=("stream",)):
            if effect.kind == "next":
                problems.add(item.where, "a step cannot be the next step")
            else:
                steps.append(_step(effect))
    usual = NO_STREAM_LADDER
    return StreamLadder(
        tuple(steps),
        form.seconds("memory", usual.memory_s, 1.0, 30 * _DAY_S),
        form.seconds("pause", usual.pause_s, 0.0, 3600.0),
    )


def read_media(
    node: Node | None, problems: Problems, base: MediaPolicy | None = None
) -> MediaPolicy:
    """Return how media is examined; what is not said is as in `base`."""
    base = base or MediaPolicy()
    if node is None:
        return base
    form = Form(node, problems, "`media`", MEDIA_KEYS)
    evidence = _part(form, "evidence", ("for", "keep"), problems)
    promote = _part(form, "promote", ("on", "for"), problems)
    promotions = promote.words("on", "reason", PROMOTIONS, base.promote_on)
    language = form.text("language", base.language, longest=3).lower()
    if form.has("language") and _LANGUAGE.fullmatch(language) is None:
        problems.add(form.place("language"), f"{language!r} is not a language such as en")
    max_gap_s = form.seconds("max_gap", base.max_gap_s, 0.5, 300.0)
    min_gap_s = form.seconds("min_gap", base.min_gap_s, 0.1, 60.0)
    if min_gap_s > max_gap_s:
        problems.add(form.place("min_gap"), "'min_gap' must not be longer than 'max_gap'")
    hop_s = form.seconds("hop", base.hop_s, 0.5, 10.0)
    utterance_s = form.seconds("utterance", base.utterance_s, 2.0, 8.0)
    return MediaPolicy(
        profile=_profile(form, base),
        max_gap_s=max_gap_s,
        min_gap_s=min_gap_s,
        ocr_every_s=form.seconds("ocr_every", base.ocr_every_s, 0.5, 3600.0),
        hop_s=hop_s,
        utterance_s=utterance_s,
        music=yes_of(form, "music", problems, base.music),
        language=language,
        tiers=yes_of(form, "tiers", problems, base.tiers),
        fingerprints=yes_of(form, "fingerprints", problems, base.fingerprints),
        promote_on=frozenset(cast("tuple[Promotion, ...]", promotions)),  # checked by `words`
        promote_s=promote.seconds("for", base.promote_s, 1.0, 3600.0),
        evidence_s=evidence.seconds("for", base.evidence_s, 0.0, 300.0),
        keep_s=evidence.seconds("keep", base.keep_s, 3600.0, 3650 * _DAY_S),
        veto=_media_veto(form, problems, base),
    )


def _profile(form: Form, base: MediaPolicy) -> Profile:
    # checked by `word`
    return cast(Profile, form.word("profile", "profile", _PROFILES, base.profile))


def _media_veto(form: Form, problems: Problems, base: MediaPolicy) -> Veto:
    veto = veto_of(form, problems, base.veto)
    if veto is None:
        problems.add(form.place("veto"), "the usual veto cannot be none; a single rule's can")
    return veto or base.veto


def _part(form: Form, key: str, keys: tuple[str, ...], problems: Problems) -> Form:
    return Form(form.node(key) or Map((), form.where), problems, f"`{key}`", keys)


def _step(effect: Effect) -> StreamStep:
    return StreamStep(effect.kind, effect.for_s)
