"""Telephone numbers in a message: written, grouped, or said digit by digit.

1. Seven to fifteen digits may be a number. Alone they mean nothing: how sure one is without an
   announcing word comes from its shape (a plus, a trunk zero, 3-3-4, a Chinese mobile's beginning).
2. Toll-free and premium numbers are hotlines, not people; dates, versions, addresses, amounts and
   what follows the word "order" or "ticket" are none at all.
3. Said aloud, seven single digits in a row with at least three different ones are a number, unless
   somebody is counting.
"""

from __future__ import annotations

import re
from itertools import pairwise

import msgspec

__all__ = [
    "NUMBER_SIGNS",
    "NUMBER_WORDS",
    "SPOKEN_GATE",
    "Number",
    "find_numbers",
    "find_spoken_numbers",
]


class Number(msgspec.Struct, frozen=True, gc=False):
    """Digits at [start, end) of the text searched; `alone` is how sure it is unannounced, 0…1."""

    start: int
    end: int
    digits: str
    alone: float


def _spoken_digits() -> dict[str, str]:
    languages = """
        zero one two three four five six seven eight nine
        oh one two three four five six seven ate niner
        cero uno dos tres cuatro cinco seis siete ocho nueve
        zero um dois três quatro cinco meia sete oito nove
        zéro un deux trois quatre cinq six sept huit neuf
        null eins zwei drei vier fünf sechs sieben acht neun
        zero uno due tre quattro cinque sei sette otto nove
        ноль один два три четыре пять шесть семь восемь девять
        нуль один два три чотири пʼять шість сім вісім девʼять
        нуль одна дві три чотири пять шість сім вісім девять
        ноль одна две три четыре пять шесть семь восемь девять
        shunya ek do teen char paanch chhe saat aath nau
        zero ek do tin chaar panch che sat ath no
        sifir wahid ithnan thalatha arbaa khamsa sitta sabaa thamania tisaa
        sıfır bir iki üç dört beş altı yedi sekiz dokuz
        không một hai ba bốn năm sáu bảy tám chín
        nol satu dua tiga empat lima enam tujuh delapan sembilan
        kosong satu dua tiga empat lima enam tujuh delapan sembilan
        शून्य एक दो तीन चार पांच छह सात आठ नौ
        صفر واحد اثنان ثلاثة اربعة خمسة ستة سبعة ثمانية تسعة
        ゼロ いち に さん よん ご ろく なな はち きゅう
        れい いち に さん し ご ろく しち はち く
        공 일 이 삼 사 오 육 칠 팔 구
        영 일 이 삼 사 오 육 칠 팔 구
        零 一 二 三 四 五 六 七 八 九
        〇 壹 贰 叁 肆 伍 陆 柒 捌 玖
        洞 幺 两 参 参 伍 陸 拐 八 勾
        零 壱 弐 叄 四 五 六 七 八 玖
        洞 腰 貳 叁 肆 伍 六 柒 捌 久
    """
    digits: dict[str, str] = {}
    for line in languages.strip().splitlines():
        for digit, word in enumerate(line.split()):
            digits.setdefault(word, str(digit))
    return digits


def _spoken_tens() -> dict[str, str]:
    """Return words for tens and hundreds as they are said in numbers, and what they stand for."""
    languages = """
        ten twenty thirty forty fifty sixty seventy eighty ninety hundred
        diez veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien
        dez vinte trinta quarenta cinquenta sessenta setenta oitenta noventa cem
        dix vingt trente quarante cinquante soixante septante huitante nonante cent
        zehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert
        dieci venti trenta quaranta cinquanta sessanta settanta ottanta novanta cento
        десять двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто сто
        десять двадцять тридцять сорок пʼятдесят шістдесят сімдесят вісімдесят девʼяносто сто
        on yirmi otuz kırk elli altmış yetmiş seksen doksan yüz
        sepuluh duapuluh tigapuluh empatpuluh limapuluh enampuluh tujuhpuluh delapanpuluh
        दस बीस तीस चालीस पचास साठ सत्तर अस्सी नब्बे सौ
        عشرة عشرون ثلاثون اربعون خمسون ستون سبعون ثمانون تسعون مئة
    """
    tens: dict[str, str] = {}
    for line in languages.strip().splitlines():
        for digit, word in enumerate(line.split(), 1):
            tens.setdefault(word, "00" if digit == 10 else f"{digit}0")
    return tens


_TENS = _spoken_tens()
_TIMES = {"double": 2, "triple": 3, "doble": 2, "duplo": 2, "dobel": 2, "doppel": 2, "डबल": 2}
"""How often the next digit is meant."""
_SPOKEN = _spoken_digits()
NUMBER_SIGNS = "".join(word for word in _SPOKEN if len(word) == 1 and word >= "\u3000")
"""Digits of scripts that write them next to each other."""

NUMBER_WORDS = frozenset(word for word in _SPOKEN if word not in NUMBER_SIGNS)
_SIGNS = NUMBER_SIGNS
_WORDS = "|".join(sorted(NUMBER_WORDS, key=lambda word: (-len(word), word)))
_BESIDES = "|".join(sorted({*_TENS, *_TIMES}, key=lambda word: (-len(word), word)))
SPOKEN_GATE = (
    rf"(?: (?:{_WORDS})){{2}} (?:{_WORDS}|{_BESIDES}|[0-9])"
    rf"|(?:[{_SIGNS}] ?){{5}}|(?:[{_SIGNS}] ?){{3}}[0-9]|[0-9] ?(?:[{_SIGNS}] ?){{3}}"
)
"""RE2 syntax, over the padded spaced form."""

_SAID = re.compile(
    rf"(?:(?<!\S)(?:{_WORDS}|{_BESIDES}|[0-9]{{1,4}})(?!\S)\s?){{3,20}}|(?:[{_SIGNS}0-9]\s?){{7,20}}"
)
_TOKEN = re.compile(rf"[{_SIGNS}]|[0-9]+|\S+")
_WRITTEN = re.compile(
    r"(?<![\w.,:/#$€£¥=])(?:\+\s?)?\(?[0-9](?:[\s.\-()/]{0,3}[0-9oо]){6,17}(?![\w%°$€£¥]|[.,:/-][0-9])"
)
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}[\s./-]?[01]?[0-9][\s./-]?[0-3]?[0-9]\b|.{1,5}(?:19|20)[0-9]{2}$"
)
_QUAD = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_TOLL_FREE = re.compile(r"\+?1?(?:800|833|844|855|866|877|888|900|1900|0800|0900|8800)")
_CHINESE_MOBILE = re.compile(r"(?:86)?1[3-9][0-9]{9}")
_AMERICAN = re.compile(r"1?[2-9][0-9]{2}[2-9][0-9]{6}")
_OTHERWISE = re.compile(
    r"(?:\b(?:order|commande|pedido|bestell\w*|заказ\w*|sipariş\w*|invoice|ticket|билет\w*|flight|рейс|"
    r"tracking|isbn|bug|issue|hash|block|blk|tx|serial|build|seed)\b|订单|訂單|单号|單號|주문|注文|編號|编号)"
    r"[^0-9]{0,24}$"
)


def find_numbers(text: str) -> list[Number]:
    """Return written numbers of a legible text, in order."""
    found: list[Number] = []
    for match in _WRITTEN.finditer(text):
        start, end = match.span()
        written = match.group()
        digits = re.sub(r"[oо]", "0", re.sub(r"[^0-9oо]", "", written))
        real = sum(char in "0123456789" for char in written)
        if not 7 <= len(digits) <= 15 or real * 3 < len(digits) * 2:
            continue
        if _DATE.fullmatch(written) or _OTHERWISE.search(text, max(0, start - 48), start):
            continue
        if _QUAD.fullmatch(written) or _TOLL_FREE.match(digits):
            continue
        found.append(Number(start, end, digits, _alone(written.strip(), digits)))
    return found


def _alone(written: str, digits: str) -> float:
    if len(set(digits)) < 3:
        return 0.0
    if written.startswith("+") and len(digits) >= 9:
        return 0.8
    groups = [len(group) for group in re.split(r"[^0-9oо]+", written) if group]
    if len(digits) >= 9 and len(groups) >= 3 and digits[0] == "0" and digits[1] != "0":
        return 0.7
    if groups in ([3, 3, 4], [1, 3, 3, 4]) and _AMERICAN.fullmatch(digits):
        return 0.7
    if _CHINESE_MOBILE.fullmatch(digits) and len(groups) <= 3:
        return 0.6
    if groups == [10] and _AMERICAN.fullmatch(digits):
        return 0.5
    return 0.0


def find_spoken_numbers(spaced: str) -> list[Number]:
    """Return numbers said digit by digit in a spaced form, in order."""
    found: list[Number] = []
    for match in _SAID.finditer(spaced):
        pieces = _TOKEN.findall(match.group())
        digits = _digits_of(pieces)
        said = sum(piece in _SPOKEN for piece in pieces)
        if not 7 <= len(digits) <= 15 or said < 3 or len(set(digits)) < 3:
            continue
        singly = "".join(_SPOKEN.get(piece, "") for piece in pieces)
        if _is_count(singly if len(singly) >= 7 else digits):
            continue
        if _OTHERWISE.search(spaced, max(0, match.start() - 48), match.start()):
            continue
        end = match.start() + len(match.group().rstrip())
        found.append(Number(match.start(), end, digits, 0.7))
    return found


def _digits_of(pieces: list[str]) -> str:
    digits = ""
    times = 1
    for piece in pieces:
        if piece in _TIMES:
            times = _TIMES[piece]
            continue
        digits += _SPOKEN.get(piece, _TENS.get(piece, piece)) * times
        times = 1
    return digits


def _is_count(digits: str) -> bool:
    steps = {int(right) - int(left) for left, right in pairwise(digits)}
    return len(steps) == 1 or (len(steps) == 2 and len(steps & {1, -1}) == 1)
