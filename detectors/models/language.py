"""Which language's measurements a text is held against.

Scripts of one language decide alone. In Latin letters the commonest small words vote; where they
say nothing, or as much for two, the sender's word counts, unless the letters speak against it.
"und" stands for a text that nothing is known of: most are a word or two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["UNKNOWN", "language"]

UNKNOWN: Final = "und"

_SCRIPTS: Final = (
    (re.compile("[\u3040-\u30ff]"), "ja"),
    (re.compile("[\uac00-\ud7a3\u3131-\u318e]"), "ko"),
    (re.compile("[\u3400-\u9fff]"), "zh"),
    (re.compile("[\u0600-\u06ff]"), "ar"),
    (re.compile("[\u0900-\u097f]"), "hi"),
    (re.compile("[\u0400-\u04ff]"), "ru"),
)
_UKRAINIAN: Final = re.compile("[іїєґІЇЄҐ]")
_RUSSIAN: Final = re.compile("[ыэъёЫЭЪЁ]")
_OTHER: Final = re.compile("[\u0370-\u03ff\u0530-\u05ff\u0700-\u08ff\u0980-\u1cff]")
_VIETNAMESE: Final = re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]")
_TURKISH: Final = re.compile("[ğışİ]")
_PORTUGUESE: Final = re.compile("[ãõ]")
_SPANISH: Final = re.compile("[ñ¿¡]")
_LATIN: Final = re.compile("[a-zà-ɏ]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_LOOKED_AT: Final = 400

_MARKERS: Final[Mapping[str, str]] = {
    "en": "the and you your is are was were this that it to of for in on my me we they he she his"
    " her have has had not dont im youre its what who how why when where with just like get got"
    " can will would should if but so or at be been do does did from by an as there here yeah yes"
    " please all any out up about know think want need go going good one them their our us am"
    " let make never too then than more because some only now thats lol hello thanks free check"
    " off into has cant wont isnt doesnt gonna wanna ur",
    "id": "yang yg dan di ini itu tidak gak ga nggak enggak aku saya kamu kau dia kita mereka ada"
    " dengan untuk dari ke bisa udah sudah juga aja saja lagi banget kalo kalau karena jadi tapi"
    " sama nya orang buat mau apa kok sih dong deh ya bang bro kak gue gua lu lo anak lebih pas"
    " semua bukan belum masih pake pakai kaya kayak gini gitu tau main terus terima kasih hari"
    " jangan cuma jd tp sm bgt dgn utk klo krn blm dr emang memang wkwk anjir anjay mantap malah",
    "vi": "khong ko toi ban anh em la cua va cho nay do gi thi ma nhu co duoc mot nhung nguoi the"
    " may tao no chi ong nha roi vl vcl dm dmm cc nhe luon qua lam di ra ve",
    "pt": "que não nao você voce vc com uma um para pra por mais mas isso esse essa ele ela eu meu"
    " minha seu sua muito bem tem ser foi está esta tá ta é e os as no na do da dos das em só so"
    " porra kkk kkkk kkkkk pq tudo quem como quando também tambem gente agora vai vou cara nem ja",
    "es": "que el los las una un por para con pero más mas eso ese esa yo tú tu mi su muy bien es"
    " está esta fue como cuando también tambien porque qué quien donde hay aquí soy eres son del al"
    " lo le se ya si sí no nos les gracias hola jaja jajaja todo todos nada ahora voy vamos vale",
    "tr": "bir bu ve için icin ne var yok ben sen biz siz onlar ama gibi çok cok mi mu mı değil"
    " degil kadar daha diye şu olan oldu bana sana benim senin bunu nasıl nasil neden her lan abi"
    " kardeş ile ya da de şey sey artık artik hiç hic yani evet hayır",
    "fr": "le la les des une un et est pas que qui je tu il elle nous vous ils sur dans pour avec"
    " mais ou où ce cette ça ca mon ton son ma ta sa au aux du en on ne plus très"
    " tres bien oui non salut merci tout tous fait être etre suis es moi toi lui quoi mdr ptdr",
    "de": "der die das und ist nicht ich du er sie es wir ihr ein eine einen mit für fur auf aber"
    " auch wie was wer wenn so noch nur schon mal ja nein bin bist sind war hat habe haben dem den"
    " zu von im am ja doch kein keine mich dich mir dir",
    "it": "il lo gli che non è e un una per con ma anche come sono sei ho hai ha mi ti si ci della"
    " del di da questo questa quello perché perche più piu ciao grazie tutto tutti bene cosa io",
    "hi": "hai hain ka ki ke ko se mein nahi nahin kya tum aap hum wo yeh bhi par aur toh tha thi"
    " kar raha rahi rahe log kyu kyun jo apne mera tera sab bhai yaar accha hota hoti hote",
    "nl": "het een en van ik je dat niet wat zijn op te met voor maar ook aan er naar bij heb dit",
    "pl": "nie jest się sie to na że ze jak ale co tak w z do czy już juz mam jestem dla tylko",
    "tl": "ang ng mga sa na ako ikaw ka siya naman lang po ba hindi kasi yung wala ko mo din rin",
}


_NEVER_BARE: Final = frozenset(
    ("ar", "fa", "he", "ur", "ru", "uk", "bg", "zh", "ja", "ko", "th", "vi", "mr", "ne", "el")
)
"""Languages that bare Latin letters without one known word are no sign of, whatever was told."""


def _weights() -> dict[str, list[tuple[str, float]]]:
    """Share a word's vote among the languages that have it."""
    owners: dict[str, list[str]] = {}
    for name, words in _MARKERS.items():
        for word in dict.fromkeys(words.split()):
            owners.setdefault(word, []).append(name)
    return {word: [(name, 1 / len(names)) for name in names] for word, names in owners.items()}


_VOTES: Final = _weights()


def language(text: str, told: str = "") -> str:
    """Return a text's language, `UNKNOWN` if nobody knows; `told` is what the sender said."""
    seen = text[:_LOOKED_AT].lower()
    told = told.lower().partition("-")[0]
    bare = UNKNOWN if told in _NEVER_BARE else told or UNKNOWN
    if not seen.isascii():
        found = _by_letters(seen, told)
        if found:
            return found
    votes: dict[str, float] = {}
    for word in _WORD.findall(seen):
        for name, weight in _VOTES.get(word, ()):
            votes[name] = votes.get(name, 0.0) + weight
    ranked = sorted(votes.items(), key=lambda item: -item[1])[:2]
    if not ranked:
        return bare
    best, most = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    if told in votes and votes[told] >= most - 1:
        return told
    return best if most >= 1 and most >= second + 0.75 else bare


def _by_letters(seen: str, told: str) -> str:
    """Decide by script; where Latin letters are the most of a text, only by letters of one."""
    latin = len(_LATIN.findall(seen))
    for script, name in _SCRIPTS:
        if len(script.findall(seen)) * 2 > latin:
            if name != "ru":
                return told if told in ("fa", "ur", "mr", "ne") else name
            ukrainian = bool(_UKRAINIAN.search(seen)) and not _RUSSIAN.search(seen)
            return "uk" if ukrainian or (told == "uk" and not _RUSSIAN.search(seen)) else "ru"
    if len(_OTHER.findall(seen)) > latin:
        return told or "other"
    if _VIETNAMESE.search(seen):
        return "vi"
    if _TURKISH.search(seen):
        return "tr"
    if _PORTUGUESE.search(seen):
        return "pt"
    return "es" if _SPANISH.search(seen) else ""
