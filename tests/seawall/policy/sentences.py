"""Hypothesis strategies: conditions that are sound, and everything they could be asked about."""

from __future__ import annotations

from hypothesis import strategies as st

from seawall.events import ROLES, SURFACES, Joined, Message, User
from seawall.policy.model import Env, Facts, Label
from seawall.policy.vocabulary import FACTS, LEVELS, SIGNALS, Kind, Vocabulary

__all__ = ["PATTERNS", "VOCABULARY", "WINDOWS", "conditions", "envs", "joins"]

PATTERNS = ("seed-ask", "act-now-2")
WINDOWS = ("too-fast", "alike")
VOCABULARY = Vocabulary(PATTERNS, WINDOWS, 600.0)

_SIGNAL_NAMES = [name.name for name in SIGNALS] + ["pattern.seed_ask", "pattern.act_now_2"]
_NUMBERS = [name.name for name in FACTS if name.kind is Kind.NUMBER]
_NUMBERS += ["window.too_fast", "window.alike"]
_YES_NO = [name.name for name in FACTS if name.kind is Kind.YES_NO]
_FEW_SIGNALS = _SIGNAL_NAMES[:2] + _SIGNAL_NAMES[-2:]

_constants = st.one_of(
    st.floats(1e-6, 1e12, allow_subnormal=False).map(repr),
    st.integers(0, 10**12).map(str),
    st.sampled_from([*LEVELS, "0", "1"]),
)
_texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8).map(repr)


def _longer_numbers(numbers: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(numbers, st.sampled_from("+-*"), numbers).map(lambda t: f"({' '.join(t)})"),
        st.tuples(numbers, st.floats(1e-3, 1e6).map(repr)).map(lambda t: f"({t[0]} / {t[1]})"),
        st.tuples(st.sampled_from(["min", "max"]), st.lists(numbers, min_size=2, max_size=3)).map(
            lambda t: f"{t[0]}({', '.join(t[1])})"
        ),
        numbers.map(lambda n: f"abs({n})"),
        numbers.map(lambda n: f"(-{n})"),
    )


_numbers = st.recursive(
    st.one_of(_constants, st.sampled_from(_FEW_SIGNALS), st.sampled_from(_NUMBERS)),
    _longer_numbers,
    max_leaves=5,
)
_comparisons = st.one_of(
    st.tuples(_numbers, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), _numbers).map(
        lambda t: f"({' '.join(t)})"
    ),
    st.tuples(_numbers, _numbers, _numbers).map(lambda t: f"({t[0]} < {t[1]} <= {t[2]})"),
    st.sampled_from(sorted(ROLES)).map(lambda role: f"({role!r} in user.roles)"),
    st.sampled_from(SURFACES).map(lambda surface: f"(event.surface != {surface!r})"),
    _texts.map(lambda text: f"({text} in room.topic)"),
    _texts.map(lambda text: f"(text.lang == {text})"),
    st.lists(_texts, min_size=1, max_size=3).map(lambda t: f"(room.mode not in [{', '.join(t)}])"),
    st.lists(_constants, min_size=1, max_size=3).map(lambda n: f"(event.rev in [{', '.join(n)}])"),
)


def _longer_conditions(conditions: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(conditions, st.sampled_from(["and", "or"]), conditions).map(
            lambda t: f"({' '.join(t)})"
        ),
        conditions.map(lambda c: f"(not {c})"),
        st.tuples(conditions, conditions, conditions).map(
            lambda t: f"((not {t[0]}) if {t[1]} else (not {t[2]}))"
        ),
        st.tuples(_numbers, conditions, _numbers).map(
            lambda t: f"(({t[0]} if {t[1]} else {t[2]}) > 0.5)"
        ),
    )


conditions = st.recursive(
    st.one_of(
        _comparisons,
        st.sampled_from(_SIGNAL_NAMES),
        st.sampled_from(_YES_NO),
        _numbers,
        st.sampled_from(["True", "False"]),
    ),
    _longer_conditions,
    max_leaves=6,
)
"""Texts of sound conditions, most of which read a few of the same signals."""

_times = st.floats(0, 1e11)
_users = st.builds(
    User,
    st.text(max_size=4),
    st.text(max_size=4),
    st.frozensets(st.sampled_from(sorted(ROLES))),
    st.none() | _times,
    st.none() | _times,
    st.none() | st.floats(allow_nan=False),
)
_messages = st.builds(
    Message,
    st.just("t"),
    st.just("m"),
    st.just("r"),
    _users,
    st.text(max_size=20),
    _times,
    _times,
    st.sampled_from(SURFACES),
    st.integers(0, 2**31),
    st.none() | st.sampled_from(["en", "pt-BR"]),
    st.none() | st.just("parent"),
)
_facts = st.builds(
    Facts,
    st.dictionaries(st.sampled_from(["verified", "mute"]), st.just(Label("verified"))),
    st.just({}),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.text(max_size=5),
    st.integers() | st.just(10**400),
)
_scores = st.dictionaries(
    st.sampled_from([name.replace("seed_ask", "seed-ask") for name in _FEW_SIGNALS]),
    st.floats(0, 1),
)


def envs(scores: st.SearchStrategy[dict[str, float]] = _scores) -> st.SearchStrategy[Env]:
    """Return everything a condition over messages may be asked about."""
    counts = st.dictionaries(st.sampled_from(WINDOWS), st.integers())
    return st.builds(Env, _messages, scores, _facts, counts)


joins = st.builds(
    Env, st.builds(Joined, st.just("t"), st.just("r"), _users, _times), _scores, _facts, st.just({})
)
"""Everything a condition over joins may be asked about."""
