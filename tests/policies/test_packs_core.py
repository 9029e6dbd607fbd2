"""English, Chinese, Russian and Ukrainian packs, on sentences written for this test.

A violating line is flagged or stronger, for its category; an honest one passes with no finding.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.inline import InlineDetectors
from gateway.judge.rows import Row
from gateway.judge.run import Judge
from seawall.events import Message, User
from seawall.policy.model import Policy
from seawall.verdicts import Verdict

FOLDER = Path(__file__).parents[2] / "policies" / "default"

VIOLATING = {
    "en": [
        (
            "scam.phishing",
            "hey, to sort your stuck withdrawal just text me the 24 word phrase of your wallet",
        ),
        (
            "scam.phishing",
            "we need the login code that just popped up on your phone, paste it here quickly",
        ),
        (
            "scam.phishing",
            "your page gets deleted in 24 hours, confirm your identity at https://verify-page.top",
        ),
        (
            "scam.phishing",
            "lost coins to a fake broker? a cyber expert i know recovered all of mine, write him",
        ),
        (
            "scam.giveaway",
            "our founder is feeling generous: deposit any amount of eth and receive twice as much",
        ),
        (
            "market.misinformation",
            "put in 500 and take 6 percent every single day, principal insured, no risk at all",
        ),
        (
            "market.manipulation",
            "all members buy $ORBX at 21:00 utc on my signal, nobody sells before 10x",
        ),
        (
            "market.manipulation",
            "my uncle works at the exchange, listing is not public yet, load up on the token",
        ),
        ("diversion", "hit me up on snapchat for the uncut version"),
        ("diversion", "prices and photos are on my profile page, tap it"),
        ("diversion", "message me and pay with zelle, it is cheaper without the app fees"),
        ("harassment", "you are such a talentless waste of space, get lost"),
        ("harassment", "do everyone a favor and end yourself"),
        ("threat", "I swear I will find you and break your jaw after the show"),
        ("hate", "all those immigrants are vermin and should be wiped out"),
        ("privacy", "her real name is Jane Sample and she lives at 12 Elm Street apt 4"),
        ("gambling", "sign up at the best crypto casino with my code and get 100 free spins"),
        ("illegal_goods", "selling xanax and percs, discreet shipping, dm for the menu"),
        ("ip", "aaa quality replica rolex and gucci bags, order on whatsapp"),
        ("sexual", "horny and home alone, my private show link is in my bio"),
        ("spam", "buy 1000 real followers and live viewers, instant delivery, cheap"),
        (
            "minor_safety",
            "you are 13 right? send a pic and delete our chat, your mom never needs to know",
        ),
        ("graphic", "full uncensored execution video, link in the channel"),
    ],
    "zh": [
        ("scam.phishing", "把你手机刚收到的验证码报给我，马上帮你解封"),
        ("scam.phishing", "您的钱包存在风险，请立即导入助记词完成升级"),
        ("scam.phishing", "被黑平台骗了不要慌，专业团队帮你追回，先联系我"),
        ("scam.giveaway", "活动最后一小时，转1个以太坊返还2个，秒到账"),
        ("market.misinformation", "跟我做项目，每天固定收益百分之五，保本无风险"),
        ("market.manipulation", "全体注意，今晚九点统一买入，听我口令一起拉盘"),
        ("market.manipulation", "我表哥在交易所上班，这个币还没公布，赶紧埋伏"),
        ("market.manipulation", "感谢陈老师带单，跟着他一个月回本还翻了三倍"),
        ("diversion", "想看更多就加我薇信，备注直播间"),
        ("diversion", "联系方式在我的主页，自己看"),
        ("diversion", "别拍小黄车，私我微信转账便宜二十"),
        ("harassment", "你这种废物主播赶紧滚吧，看着就恶心"),
        ("harassment", "你怎么还不去死，活着就是浪费空气"),
        ("threat", "你给我等着，明天我带人去你家弄死你"),
        ("hate", "外地人都是蟑螂，早该滚回去"),
        ("privacy", "她住在幸福小区3栋502，手机号是13800000000"),
        ("gambling", "首充一百送八十八彩金，真人荷官，出款秒到"),
        ("illegal_goods", "有货，叶子和邮票都有，同城闪送，加飞机"),
        ("ip", "莆田纯原球鞋，一比一复刻，过验，要的私聊"),
        ("sexual", "寂寞少妇同城可约，上门服务，加我"),
        ("spam", "刷粉丝涨人气，一百块一千粉，不掉粉，联系我"),
        ("minor_safety", "小妹妹几岁啦？一个人在家的话开摄像头，别告诉爸妈"),
    ],
    "ru": [
        ("scam.phishing", "чтобы снять блокировку, назовите код, который пришёл вам в смс"),
        ("scam.phishing", "для обновления кошелька впишите 12 слов в форму"),
        ("scam.phishing", "кинули на бирже? поможем вернуть украденные деньги, пишите специалисту"),
        ("scam.giveaway", "переведи любую сумму в usdt и через час получишь в два раза больше"),
        ("market.misinformation", "вклад под 4 % в день, всё застраховано, без риска"),
        ("market.manipulation", "ровно в 20:00 все вместе покупаем токен, никто не продаёт до х10"),
        (
            "market.manipulation",
            "знакомый работает на бирже, листинг ещё не объявили, закупайте монету",
        ),
        ("market.misinformation", "приглашай друзей и получай процент с каждого до пятого уровня"),
        ("diversion", "остальное смотри в моём профиле, там ссылка"),
        ("diversion", "пишите мне в телегу, тут не отвечаю"),
        ("diversion", "оплата мимо сайта переводом на карту, так дешевле"),
        ("harassment", "какая же ты тупая бездарность, удали канал"),
        ("harassment", "сделай всем одолжение, просто исчезни и сдохни"),
        ("threat", "я тебя найду и переломаю тебе ноги"),
        ("hate", "этих мигрантов надо вешать, они не люди"),
        ("privacy", "её адрес: улица Ленина 5, квартира 12, подъезд второй"),
        ("gambling", "заходи в казино, бонус за регистрацию и фриспины, вывод на карту"),
        ("illegal_goods", "продам шишки, закладки по городу, прайс в лс"),
        ("ip", "реплики люкс, часы и сумки не отличить от оригинала, пишите"),
        ("sexual", "интим встречи без обязательств, девушки на ночь, пиши"),
        ("spam", "накрутка зрителей и подписчиков, дёшево"),
        ("minor_safety", "тебе 12? скинь фото и никому не говори, это наш секрет"),
    ],
    "uk": [
        ("scam.phishing", "щоб розблокувати картку, продиктуйте код, який надійшов у смс"),
        ("scam.phishing", "для міграції гаманця введіть 12 слів у форму"),
        ("scam.phishing", "ошукав брокер? допоможемо повернути вкрадені кошти, пишіть фахівцю"),
        ("scam.giveaway", "надсилай 100 usdt і за годину отримаєш вдвічі більше"),
        (
            "scam.phishing",
            "вам нараховано виплату, отримайте компенсацію за посиланням https://vyplata-oon.top",
        ),
        ("market.misinformation", "гарантований прибуток 5 % на день, без ризику"),
        ("market.manipulation", "рівно о 20:00 всі разом купуємо токен, тримаємо до х10"),
        (
            "market.manipulation",
            "знайомий працює на біржі, лістинг ще не оголосили, закупайте монету",
        ),
        ("market.misinformation", "запрошуй друзів і отримуй відсоток з кожного до п'ятого рівня"),
        ("diversion", "решта в моєму профілі, дивись посилання в описі"),
        ("diversion", "пишіть мені в телеграм, тут не відповідаю"),
        ("diversion", "оплата повз сайт, переказ на картку, так дешевше"),
        ("harassment", "яка ж ти тупа нездара, видали канал"),
        ("harassment", "зроби всім послугу, просто зникни і здохни"),
        ("threat", "я тебе знайду і поламаю тобі ноги"),
        ("hate", "цих біженців треба вигнати, це таргани, а не люди"),
        ("privacy", "її адреса: вулиця Шевченка 5, квартира 12"),
        ("gambling", "заходь у казино, бонус за реєстрацію і фріспіни, вивід на картку"),
        ("illegal_goods", "продам шишки, закладки по місту, прайс у лс"),
        ("ip", "репліки люкс, годинники та сумки, не відрізнити від оригіналу, пишіть"),
        ("spam", "накрутка глядачів і підписників, дешево"),
        ("minor_safety", "тобі 12? скинь фото і нікому не кажи, це наш секрет"),
    ],
}

BENIGN = {
    "en": [
        "never give your recovery words to anybody, not even to support",
        "got a dm that said my account is frozen, obviously a scam, reported it",
        "is it normal that the exchange asks for a selfie?",
        "how do i back up my wallet before I change my phone?",
        "we doubled our viewers since last week, thank you so much",
        "the raid boss kills me every time, i will kill it tonight",
        "my coach says I should stretch more before a match",
        "the code on the box says 2019, is it still good?",
        "our school play sold out, so happy",
        "police seized two tons of cocaine at the port, says the news",
        "calling people vermin is disgusting, nobody deserves that",
        "the address of the venue is on the ticket",
        "I lost my luggage and the airline found it, great support",
        "that casino scene in the movie was filmed in Prague",
        "my replica of the titanic is finally painted",
        "buy two get one free at the merch stand today",
        "the market is closed on Monday because of the holiday",
        "if you feel low please talk to someone, you matter",
    ],
    "zh": [
        "大家记住，客服不会向你要验证码",
        "刚收到一条短信说我账户冻结了，一看就是骗子",
        "助记词要怎么备份才安全？",
        "今晚八点一起打副本，缺个奶妈",
        "这个主播唱歌真好听，第一次来就关注了",
        "我们公司的新地址在地铁口旁边",
        "老师今天讲的数学题我终于懂了",
        "昨天看新闻，警方缴获了一批毒品",
        "双十一优惠券什么时候发？",
        "你这波操作太秀了",
        "请不要歧视外地人，大家都是一样的",
        "妈妈做的红烧肉是最好吃的",
        "电影票在官网买就行，周末人多",
        "这款鞋子断货了，什么时候补货？",
        "心情不好就找人聊聊，别一个人扛",
        "主播什么时候下播？我明天还要上班",
    ],
    "ru": [
        "никому не сообщайте код из смс, даже если звонят из банка",
        "мне написали что карта заблокирована, это же мошенники?",
        "как правильно хранить сид фразу?",
        "сегодня в восемь идём в рейд, нужен хил",
        "спасибо за стрим, было очень весело",
        "бабушка живёт в деревне, у неё есть корова",
        "купил билеты на концерт, жду не дождусь",
        "полиция задержала группу с наркотиками, пишут в новостях",
        "почему видео тормозит, у всех так?",
        "этот босс меня опять убил, сейчас отомщу",
        "нельзя так говорить о людях, это расизм",
        "посылка пришла за три дня, отличный магазин",
        "в школе сегодня отменили уроки из за мороза",
        "какой курс доллара сегодня?",
        "если тебе плохо, поговори с кем нибудь, ты не один",
        "мой учитель по гитаре играет в группе",
    ],
    "uk": [
        "нікому не повідомляйте код із смс, навіть якщо дзвонять з банку",
        "мені написали що картку заблоковано, це шахраї?",
        "як правильно зберігати сід фразу?",
        "сьогодні о восьмій ідемо в рейд, потрібен хіл",
        "дякую за стрім, було дуже весело",
        "бабуся живе в селі, у неї є корова",
        "купив квитки на концерт, чекаю з нетерпінням",
        "поліція затримала групу з наркотиками, пишуть у новинах",
        "чому відео гальмує, у всіх так?",
        "цей бос мене знову вбив, зараз помщуся",
        "не можна так казати про людей, це расизм",
        "посилка прийшла за три дні, чудовий магазин",
        "у школі сьогодні скасували уроки через мороз",
        "який курс долара сьогодні?",
        "якщо тобі погано, поговори з кимось, ти не один",
        "мій вчитель гри на гітарі виступає у гурті",
        "слава Україні, всім гарного вечора",
    ],
}

CARE = [
    ("en", "i don't want to be alive anymore"),
    ("en", "nobody would even notice if i was gone"),
    ("zh", "我真的撑不下去了，不想活了"),
    ("zh", "如果我走了大家会更轻松吧"),
    ("ru", "я больше не хочу жить, нет сил"),
    ("ru", "наглотался таблеток, мне страшно"),
    ("uk", "я більше не хочу жити, немає сил"),
    ("uk", "без мене всім буде легше"),
]
FIGURES_OF_SPEECH = [
    ("en", "this level is killing me lol"),
    ("zh", "笑死我了哈哈哈"),
    ("ru", "я умираю со смеху, ахахах"),
    ("uk", "я зараз помру від сміху, ахахах"),
]
IN_EXPECTED = {
    # Overlaps that a policy owner would accept as right.
    "scam.giveaway": {"scam.phishing", "market.misinformation"},
    "scam.phishing": {"scam.giveaway", "scam.impersonation", "diversion"},
    "market.misinformation": {"market.manipulation"},
    "market.manipulation": {"market.misinformation"},
    "harassment": {"hate", "threat"},
    "hate": {"harassment"},
}


@pytest.fixture(scope="module")
def policy(shipped: Policy) -> Policy:
    return shipped


@pytest.fixture(scope="module")
def judge(policy: Policy, shipped_detectors: InlineDetectors) -> Judge:
    return Judge(policy, None, shipped_detectors)


def said(judge: Judge, text: str, lang: str) -> Verdict:
    """Judge a line in a room of its own, so that none counts into another's windows."""
    user = User(f"viewer of {text}", "viewer")
    event = Message("t", text, text, user, text, 1_700_000_000.0, 1_700_000_000.0, lang=lang)
    return judge.judge(Row(event, timed=True))


def lines(by_language: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(lang, text) for lang, texts in by_language.items() for text in texts]


@pytest.mark.parametrize(
    ("lang", "category", "text"),
    [(lang, *case) for lang, cases in VIOLATING.items() for case in cases],
)
def test_violating(judge: Judge, lang: str, category: str, text: str) -> None:
    found = {finding.category for finding in said(judge, text, lang).reasons}
    assert found & ({category} | IN_EXPECTED.get(category, set()))


@pytest.mark.parametrize(("lang", "text"), lines(BENIGN))
def test_benign(judge: Judge, lang: str, text: str) -> None:
    verdict = said(judge, text, lang)
    assert verdict.action == "allow"
    assert [finding.rule for finding in verdict.reasons] == []


@pytest.mark.parametrize(("lang", "text"), CARE)
def test_a_person_in_need_gets_care_and_no_penalty(judge: Judge, lang: str, text: str) -> None:
    verdict = said(judge, text, lang)
    assert [action.kind for action in verdict.actions] == ["care"]
    assert not verdict.restricts


@pytest.mark.parametrize(("lang", "text"), FIGURES_OF_SPEECH)
def test_a_figure_of_speech_needs_no_care(judge: Judge, lang: str, text: str) -> None:
    assert said(judge, text, lang).actions == ()


def test_enough_lines_for_each_language() -> None:
    for table in (VIOLATING, BENIGN):
        assert set(table) == {"en", "zh", "ru", "uk"}
        assert all(len(texts) >= 15 for texts in table.values())
