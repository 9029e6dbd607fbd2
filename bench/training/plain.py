"""Plain talk about people, written for this project: names of groups are no insult.

The suites that teach hate name groups far more often in hate than in peace, and a classifier takes
the names for the offence. These sentences are the other half.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

from bench.training.rows import Row

__all__ = ["plain_talk"]

_PEOPLE: Final[Mapping[str, str]] = {
    "en": "gay people|black people|white people|asian people|jewish people|muslims|christians|"
    "immigrants|refugees|women|black women|trans people|trans women|lesbians|disabled people|"
    "old people|deaf people|mexicans|arabs|indian people|chinese people|hindus|men|white men",
    "pt": "pessoas negras|mulheres|gays|lésbicas|pessoas trans|judeus|muçulmanos|imigrantes|"
    "nordestinos|indígenas|idosos|pessoas com deficiência",
    "vi": "người da đen|phụ nữ|người đồng tính|người chuyển giới|người khuyết tật|người già|"
    "người hồi giáo|người do thái|người nhập cư|người trung quốc",
    "es": "personas negras|mujeres|gays|lesbianas|personas trans|judíos|musulmanes|inmigrantes|"
    "indígenas|personas mayores|personas con discapacidad",
}
_ABOUT: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "there are many {} in my town",
        "I work with {} every day and we get along well",
        "the film is about two {} who open a bakery",
        "a new library for {} opened next to the station",
        "the show tonight has a lot of {} in it",
        "he wrote his thesis on {} in the nineteenth century",
        "how many {} play this game?",
        "we talked about {} and the election yesterday",
        "more {} should be on the team, they play great",
        "{} deserve the same rights as everybody",
        "my neighbours are {} and they bring us soup",
        "the museum tells the story of {} who built the bridge",
    ),
    "pt": (
        "o filme conta a história de {} que abriram uma padaria",
        "trabalho com {} todo dia e a gente se dá bem",
        "tem muitas {} na minha cidade",
        "ontem falamos sobre {} na aula de história",
        "{} merecem os mesmos direitos que todo mundo",
        "quantas {} jogam esse jogo?",
    ),
    "vi": (
        "bộ phim kể về hai {} mở tiệm bánh",
        "tôi làm việc với {} mỗi ngày và rất vui",
        "ở thành phố tôi có nhiều {}",
        "hôm qua lớp tôi học về lịch sử của {}",
        "{} xứng đáng có quyền như mọi người",
    ),
    "es": (
        "la película cuenta la historia de {} que abren una panadería",
        "trabajo con {} todos los días y nos llevamos bien",
        "hay muchas {} en mi ciudad",
        "ayer hablamos de {} en la clase de historia",
        "{} merecen los mismos derechos que todos",
    ),
}
_KIND: Final = (
    "gay|black|white|jewish|muslim|christian|trans|lesbian|disabled|mexican|arab|indian|chinese|"
    "russian|african|asian|deaf|queer|american|turkish"
)
_SOMEBODY: Final = (
    "she is a {} woman and a great coach",
    "the {} community opened a new library",
    "my friend is {} and works as a nurse",
    "he is the first {} player in the final",
    "are you {}? just asking, my mom is too",
    "the {} singer on stage has a lovely voice",
    "I grew up in a {} family",
    "proud to be {}",
    "what a beautiful {} dress",
    "there is a {} festival downtown this weekend",
)


def plain_talk() -> Iterator[Row]:
    """Yield the sentences as rows that are not violating, a template after the other."""
    order = 0
    for lang, abouts in _ABOUT.items():
        for about, people in product(abouts, _PEOPLE[lang].split("|")):
            order += 1
            yield Row("plain_talk", about.format(people), lang, "", order, about)
    for about, kind in product(_SOMEBODY, _KIND.split("|")):
        order += 1
        yield Row("plain_talk", about.format(kind), "en", "", order, about)
