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

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from detectors.skeleton import bare, outline, skeleton
from seawall.hosts import HOSTED_SUFFIXES, parents, split_host, to_unicode

__all__ = ["LookAlikes"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CUES = _words(
    """
    2x acceso access account accounts acesso activate aide airdrop airdrops ajuda akciya alert
    alpha anquan app application apps assist auth authenticate authorize award ayuda bank base
    beta bonus bonuses bonusy bot bounty bridge btc business card care cash cekilis center
    centre chain chat check checkout chongzhi claim claims club coin coins com community compte
    confirm connect connection conta contact convert cuenta customer daftar dangnhap dapp
    dashboard defi denglu dengru deposit desk desktop devolucion dex distribution dogrulama
    download drop drops earn en entrar entry es eth event events exchange extension fees finance
    fix free fund funds get gift gifts giris giveaway giveaways global go gratis gratuit
    guanwang guard hadiah hediye help helpdesk hilfe home homepage huodong iade id info ingresar
    install invest investment io jiangli kabinet kefu key klaim kongtou konto kostenlos kyc
    launch launchpad lending lingqu live log login lottery lucky main mainnet mall market me
    merge migrate migration mint mobile my net network new news nft nfts nhanqua ninsho nitro
    notice now odul offer official oficial online open org page partner pass pay payment
    payments phrase platform plus podarki podarok portal premio premios premium presale price
    priz prize pro profile profit promo promotion protect protection protocol quest reclamar
    recover recovery rectify redeem reembolso refund regalo regalos register registration
    renzheng resgatar resgate resmi resmisi resolve restore reward rewards rozygrysh safe safety
    sale season secure secured security seed server service services session shop sign signin
    signup snapshot sol solution soporte sorteio sorteo stake staking start steam store stream
    suite suporte support swap sync system tax team tech terminal the ticket tickets tikuan
    token tokens top toroku trade trader trading transfer tv undian unlock update upgrade us
    user users uyelik v2 v3 validate validation vault verificar verification verifikasi verify
    vhod vip vote voucher vyvod wallet wallets web web3 website win winner withdraw withdrawal
    x2 xacminh xyz yanzheng zerkalo
    """
)
_LONGEST_CUE = max(map(len, _CUES))
_CUE_CHOICE = "|".join(sorted((cue for cue in _CUES if len(cue) >= 4), key=len, reverse=True))
_LONG_CUE = re.compile(_CUE_CHOICE)
_STARTING = re.compile(_CUE_CHOICE)
_ENDING = re.compile(f"(?:{_CUE_CHOICE})$")


class LookAlikes:
    """Scores hosts against brands; results of the last few thousand hosts are kept.

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
        self._own_bare = {bare(domain): domain for domain in self._own if len(bare(domain)) >= 8}
        self._by_look: dict[str, str] = {}
        self._names: dict[str, str] = {}
        for brand, domains in brands.items():
            self._learn(brand, brand)
            for domain in domains:
                _, label, _ = split_host(domain)
                # "office" of office.com is everybody's word; "discordapp" is the brand's.
                if len(label) >= 6 and (bare(brand) in bare(label) or bare(label) in bare(brand)):
                    self._learn(label, brand)
        self._looks = sorted(self._by_look)
        self._by_outline = {
            outline(look): self._by_look[look] for look in self._looks if len(look) > 4
        }
        self.score = lru_cache(maxsize=4096)(self._score)

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

    def _score(self, host: str) -> tuple[float, str]:
        """Return how much the host looks like a brand it is not, and which: (0, "") for none."""
        if not self._looks or self.is_own(host):
            return 0.0, ""
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
                cued = suffix in self._rented or any(map(self._is_cues, (bare(label), *others)))
                best = max(best, (0.9 if cued or bare(part) != self._names[look] else 0.7, brand))
            elif len(look) > 5:
                inside = self._inside(part, rented=False)
                best = max(best, (inside[0] - 0.05, inside[1]))
        return best

    def _inside(self, label: str, *, rented: bool) -> tuple[float, str]:
        whole = bare(label)
        for own, domain in self._own_bare.items():
            if own in whole and len(whole) > len(own):
                return 0.95, domain
        look = skeleton(label)
        if len(look) != len(whole):
            return 0.0, ""
        words = label.split("-")
        best = max(map(self._in_other_letters, words))
        for known, brand in self._by_look.items():
            at = look.find(known)
            if at < 0 or len(known) == len(look):
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
        if self._is_cues(left) and self._is_cues(right):
            return 0.95
        cued = _LONG_CUE.search(left) is not None or _LONG_CUE.search(right) is not None
        if apart:
            cued = cued or any(word in _CUES for word in words if skeleton(word) != known)
            return 0.85 if cued else 0.55
        if cued and len(known) >= 6:
            return 0.8
        if left and right:
            return 0.6 if len(known) >= 8 else 0.0
        return 0.65 if len(known) >= 7 else 0.5 if len(known) == 6 else 0.0

    def _is_cues(self, text: str) -> bool:
        """Tell whether a text can be cut into cue words and digits (the empty one can)."""
        reachable = {0}
        for at in range(len(text)):
            if at in reachable:
                ends = range(at + 1, min(at + _LONGEST_CUE, len(text)) + 1)
                reachable.update(
                    end for end in ends if text[at:end] in _CUES or text[at:end].isdigit()
                )
        return len(text) in reachable

    def _misspelt(self, label: str) -> tuple[float, str]:
        whole = bare(label)
        candidates = {whole: 0.0}
        for word in label.split("-"):
            # Beside other words a misspelt brand is less sure than alone, unless those are cues.
            others = whole.replace(bare(word), "", 1)
            candidates.setdefault(bare(word), 0.0 if self._is_cues(others) else -0.1)
        for cue in (_STARTING.match(whole), _ENDING.search(whole)):
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


def _by_distance(distance: int, length: int, other: int) -> float:
    if distance == 0 or min(length, other) < 6:
        return 0.0
    if distance == 1:
        return 0.85 if length >= 7 else 0.6
    if distance == 2:
        return 0.85 if length >= 10 else 0.6 if length >= 8 else 0.0
    return 0.8 if length >= 13 else 0.5 if length >= 11 else 0.0
