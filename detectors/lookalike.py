"""How much a host looks like a protected brand's without being its own.

The brand's own complete list of domains wins over everything (a brand's secondary hosts are the
commonest false alarm). Then, strongest first:

1. the same look by other letters (paypa1, rn for m, Cyrillic a), or a whole own domain as
   sub-domain of another: 1.0;
2. the brand with cue words around it (brand-login, claimbrand), or as sub-domain or rented name of
   a host that is not its own: 0.9 to 0.95;
3. the very name under another top-level name, one or two letters off: 0.8 to 0.85 for names long
   enough not to be hit by chance;
4. the brand somewhere among other words: 0.5 to 0.65, for a human or for rules that add evidence.

Below seven letters rule 3 weakens, below five only rule 1 and, as a whole word, rule 2 remain:
short names lie near many honest ones. Scores were set by thought and checked on lists, not fitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA, Levenshtein

from detectors.hostfeatures import Resemblance
from detectors.hostwords import CUES, ENDING, LONG_CUE, STARTING, are_cues
from detectors.skeleton import bare, outline, skeleton
from detectors.spotter import finder
from detectors.suffixes import split_host
from seawall.hosts import HOSTED_SUFFIXES, parents, to_unicode

__all__ = ["LookAlikes"]


_LONGEST_WORD = 40


class LookAlikes:
    """Scores hosts against brands, by rules.

    `brands` maps a name to its own domains; `own` are further hosts that are nobody's look-alike.
    What stands under an own domain is the owner's too, unless strangers get names there (`rented`).
    """

    def __init__(
        self,
        brands: Mapping[str, Iterable[str]],
        own: Iterable[str] = (),
        rented: Iterable[str] = (),
    ) -> None:
        self._own = frozenset(own).union(*map(frozenset, brands.values()))
        self._rented = HOSTED_SUFFIXES.union(rented)
        self._by_look: dict[str, str] = {}
        self._names: dict[str, str] = {}
        own_bare: dict[str, str] = {}
        for brand, domains in brands.items():
            self._learn(brand, brand)
            for domain in domains:
                _, label, _ = split_host(domain)
                # "office" of office.com is everybody's word; "discordapp" is the brand's.
                if len(label) >= 6 and (bare(brand) in bare(label) or bare(label) in bare(brand)):
                    self._learn(label, brand)
                    own_bare[bare(domain)] = domain
        self._looks = sorted(self._by_look)
        self._by_outline = {
            outline(look): self._by_look[look] for look in self._looks if len(look) > 4
        }
        self._find_looks = _finder_of(self._looks)
        self._find_own = _finder_of(tuple(own_bare))
        self._own_domains = tuple(own_bare.values())

    def _learn(self, name: str, brand: str) -> None:
        look = skeleton(name)
        if len(look) >= 3:
            self._by_look.setdefault(look, brand)
            self._names.setdefault(look, bare(name))

    def owns(self, name: str, host: str) -> bool:
        """Tell whether an own list names `name`, the host or a domain above it, and so the host."""
        return name in self._own and (name == host or name not in self._rented)

    def is_own(self, host: str) -> bool:
        """Tell whether the host is on an own list, by itself or by the domain it belongs to."""
        return any(self.owns(name, host) for name in parents(host))

    def score(self, host: str) -> tuple[float, str]:
        """Return how much the host looks like a brand it is not, and which: (0, "") for none."""
        if not self._looks or self.is_own(host):
            return 0.0, ""
        return self._by_rules(host)

    def _by_rules(self, host: str) -> tuple[float, str]:
        above, label, suffix = split_host(to_unicode(host))
        if above and f"{label}.{suffix}" in self._rented:
            above, label, suffix = above[:-1], above[-1], f"{label}.{suffix}"
        best = max(
            self._same_look(label, suffix),
            self._as_subdomain(above, label, suffix),
            self._inside(label, rented=suffix in self._rented),
            self._misspelt(label),
        )
        return best if best[0] >= 0.5 else (0.0, "")

    def resemble(self, host: str) -> tuple[Resemblance, str]:
        """Return how a host lies to the brands, and which one the rules name."""
        rules, brand = self._by_rules(host)
        above, label, _ = split_host(to_unicode(host))
        looks = {skeleton(name) for name in (*above[-2:], label)}
        inside = max(
            (len(self._looks[each]) for look in looks for each in self._find_looks(look)),
            default=0,
        )
        nearest = Resemblance(rules, inside)
        for word in dict.fromkeys((*label.split("-"), label.replace("-", ""))):
            look = skeleton(word)
            if 5 <= len(look) <= _LONGEST_WORD:
                for known, apart, _ in process.extract(
                    look, self._looks, scorer=OSA.distance, score_cutoff=4, limit=4
                ):
                    # Far from a short name is near to any name.
                    if len(known) >= 5 and apart * 2 < len(known) and apart < nearest.distance:
                        edits = _edits(known, look, int(apart))
                        nearest = Resemblance(rules, inside, int(apart), len(known), edits)
        return nearest, brand

    def _same_look(self, label: str, suffix: str) -> tuple[float, str]:
        look = skeleton(label)
        brand = self._by_look.get(look)
        if brand is None:
            brand = self._by_outline.get(outline(look), "")
            return (1.0 if brand else 0.0), brand
        if bare(label) != self._names[look] or not label.isascii():
            return (1.0 if len(look) >= 5 else 0.6), brand
        if suffix in self._rented:
            return (0.95 if len(look) >= 5 else 0.5), brand
        if label != self._names[look]:
            return (0.9 if len(look) >= 5 else 0.5), brand
        return (0.85 if len(look) >= 7 else 0.7 if len(look) >= 5 else 0.0), brand

    def _as_subdomain(self, above: tuple[str, ...], label: str, suffix: str) -> tuple[float, str]:
        if not above:
            return 0.0, ""
        joined = f".{'.'.join(above)}."
        for domain in self._own:
            if f".{domain}." in joined:
                return 1.0, domain
        best = (0.0, "")
        for part in above:
            others = [bare(other) for other in above if other not in (part, "www", "en", "m")]
            look = skeleton(part)
            brand = self._by_look.get(look)
            if brand is not None and len(look) >= 5:
                cued = suffix in self._rented or any(map(are_cues, (bare(label), *others)))
                best = max(best, (0.9 if cued or bare(part) != self._names[look] else 0.7, brand))
            elif len(look) > 5:
                inside = self._inside(part, rented=False)
                best = max(best, (inside[0] - 0.05, inside[1]))
        return best

    def _inside(self, label: str, *, rented: bool) -> tuple[float, str]:
        whole = bare(label)
        for each in self._find_own(whole):
            domain = self._own_domains[each]
            if len(whole) >= len(domain):
                return 0.95, domain
        look = skeleton(label)
        if len(look) != len(whole):
            return 0.0, ""
        words = label.split("-")
        best = max(map(self._in_other_letters, words))
        for each in self._find_looks(look):
            known = self._looks[each]
            brand = self._by_look[known]
            at = look.find(known)
            if len(known) == len(look):
                continue
            left, right = whole[:at], whole[at + len(known) :]
            score = self._around(known, left, right, words)
            if score and self._names[known] not in whole:
                score = 1.0 if len(known) >= 6 else score
            best = max(best, (min(1.0, score + 0.1) if rented and score else score, brand))
        return best

    def _in_other_letters(self, word: str) -> tuple[float, str]:
        look = skeleton(word)
        brand = self._by_outline.get(outline(look), "")
        if not brand or self._names.get(look) == bare(word):
            return 0.0, ""
        return 1.0, brand

    def _around(self, known: str, left: str, right: str, words: list[str]) -> float:
        """Score a brand by what stands left and right of it in the label."""
        apart = any(skeleton(word) == known for word in words)
        if len(known) < 5 and not apart:
            return 0.0
        if are_cues(left) and are_cues(right):
            return 0.95
        cued = LONG_CUE.search(left) is not None or LONG_CUE.search(right) is not None
        if apart:
            cued = cued or any(word in CUES for word in words if skeleton(word) != known)
            return 0.85 if cued else 0.65 if skeleton(words[0]) == known and right else 0.55
        if cued and len(known) >= 6:
            return 0.8
        if left and right:
            return 0.6 if len(known) >= 8 else 0.0
        return 0.65 if len(known) >= 7 else 0.5 if len(known) == 6 else 0.0

    def _misspelt(self, label: str) -> tuple[float, str]:
        whole = bare(label)
        candidates = {whole: 0.0}
        for word in label.split("-"):
            # Beside other words a misspelt brand is less sure than alone, unless those are cues.
            others = whole.replace(bare(word), "", 1)
            candidates.setdefault(bare(word), 0.05 if are_cues(others) else -0.1)
        for cue in (STARTING.match(whole), ENDING.search(whole)):
            if cue is not None:
                candidates.setdefault(whole.replace(cue.group(), "", 1), 0.05)
        best = (0.0, "")
        for text, more in candidates.items():
            if len(text) < 6:
                continue
            near = process.extract(
                skeleton(text), self._looks, scorer=OSA.distance, score_cutoff=3, limit=4
            )
            for known, distance, _ in near:
                score = _by_distance(int(distance), len(known), len(text))
                best = max(best, (score + more if score else 0.0, self._by_look[known]))
        return best


def _finder_of(texts: Sequence[str]) -> Callable[[str], list[int]]:
    """Return what tells which of some texts stand in another, the first written first."""
    find = finder(tuple(text.encode() for text in texts))
    return lambda text: sorted({each for _, _, each in find(text.encode("utf-8", "replace"))})


def _edits(known: str, look: str, apart: int) -> str:
    """Name the kinds of difference: a letter deleted, inserted, replaced; x for a swap."""
    steps = Levenshtein.editops(known, look)
    if len(steps) > apart:
        return "x"
    return "".join(sorted(step.tag[0] for step in steps))


def _by_distance(distance: int, length: int, other: int) -> float:
    if distance == 0 or min(length, other) < 6:
        return 0.0
    if distance == 1:
        return 0.85 if length >= 7 else 0.6
    if distance == 2:
        return 0.85 if length >= 10 else 0.6 if length >= 8 else 0.0
    return 0.8 if length >= 13 else 0.5 if length >= 11 else 0.0
