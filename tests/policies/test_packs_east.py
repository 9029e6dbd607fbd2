"""Packs for Vietnamese, Indonesian, Arabic, Hindi, Korean, Japanese, on sentences of our own."""

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
NOW = 1_700_000_000.0

VIOLATING: dict[str, list[tuple[str, str]]] = {
    "vi": [
        ("scam.phishing", "bạn nhập đủ 12 từ khôi phục vào form này để admin mở ví giúp"),
        ("scam.phishing", "chị đọc mã otp vừa về máy cho em để em hoàn tiền nhé"),
        ("scam.giveaway", "chuyển 1 triệu vào quỹ, 10 phút sau nhận lại gấp đôi"),
        ("scam.phishing", "bị sàn lừa mất tiền liên hệ luật sư bên em, cam kết lấy lại được vốn"),
        ("market.misinformation", "nhóm em cam kết lợi nhuận 5% mỗi ngày, bao lỗ 100%"),
        ("market.manipulation", "cả nhà cùng múc mã này lúc 9h tối nay, đồng loạt nhé"),
        ("diversion", "kết bạn zalo em để nhận bảng giá sỉ nha"),
        ("diversion", "chị chuyển khoản thẳng cho em khỏi qua sàn, em giảm thêm 50k"),
        ("gambling", "nổ hũ đổi thưởng nạp đầu tặng 100%, rút tiền 2 phút"),
        ("illegal_goods", "nhận làm bằng đại học phôi thật, không cần thi, ib em"),
        ("ip", "túi gucci super fake y như thật, ib shop báo giá"),
        ("harassment", "mày đúng là đồ óc chó, câm mồm đi"),
        ("threat", "tao biết nhà mày ở đâu, mai tao đến chém mày"),
        ("minor_safety", "con học lớp mấy rồi, gửi chú cái ảnh nhưng đừng nói với mẹ nhé"),
        ("gambling", "tai xiu online uy tin, nap rut nhanh, dang ky nhan code"),
    ],
    "id": [
        ("scam.phishing", "kak masukin 12 kata frasa pemulihan wallet nya ke form ini ya"),
        ("scam.phishing", "sebutin kode otp yang barusan masuk ke hp kamu ya kak biar refund cair"),
        ("scam.giveaway", "transfer 100rb sekarang, 15 menit kemudian balik dua kali lipat"),
        ("scam.phishing", "uang kamu kena tipu? tim kami bisa kembalikan dana, hubungi sekarang"),
        ("market.misinformation", "robot trading kami profit 3% per hari, dijamin tanpa risiko"),
        (
            "market.manipulation",
            "semua beli bareng koin ini jam 8 malam tepat, jangan ada yang jual",
        ),
        ("diversion", "order lewat wa aja kak, cek nomor di bio aku"),
        ("diversion", "jangan checkout di sini kak, transfer langsung ke rekening aku lebih murah"),
        ("gambling", "situs slot gacor hari ini, depo 10rb wd jutaan"),
        ("illegal_goods", "ready ganja kualitas super, cod aman, dm aja"),
        ("ip", "jam rolex replika 1:1 mirip asli, minat dm"),
        ("harassment", "dasar lo sampah, otak kosong, muka bikin mual"),
        ("threat", "gue tau rumah lo, besok gue samperin gue bacok lo"),
        ("minor_safety", "dek kelas berapa? kirim foto kamu tapi jangan bilang mama ya"),
    ],
    "ar": [
        ("scam.phishing", "اكتب عبارة الاسترداد المكونة من 12 كلمة هنا عشان نفك محفظتك"),
        ("scam.phishing", "عطني رمز التحقق اللي وصلك على الجوال عشان استرجع المبلغ"),
        ("scam.giveaway", "حول 100 دولار على المحفظة ويرجع لك الضعف خلال ساعة"),
        ("scam.phishing", "نصبوا عليك؟ خبير استرجاع الأموال يرجع فلوسك، تواصل معنا"),
        ("market.misinformation", "أرباح يومية مضمونة 5% بدون أي خسارة"),
        ("market.manipulation", "يا شباب كلنا نشتري العملة الساعة 9 بنفس الوقت"),
        ("diversion", "التفاصيل على قناتي في التليجرام انضموا الآن"),
        ("diversion", "لا تطلب من التطبيق، حول على حسابي مباشرة وأعطيك خصم"),
        ("gambling", "سجل في كازينو اونلاين واحصل على بونص ولفات مجانية"),
        ("illegal_goods", "حشيش للبيع توصيل لكل المناطق بسرية تامة"),
        ("ip", "ساعات رولكس هاي كوبي نفس الأصلي للطلب خاص"),
        ("harassment", "انت واحد حقير وفاشل ووجهك يقرف"),
        ("threat", "والله لاقتلك، اعرف وين ساكن"),
        ("minor_safety", "كم عمرك حبيبتي؟ ابعتيلي صورتك ولا تقولي لماما"),
    ],
    "hi": [
        (
            "scam.phishing",
            "wallet theek karne ke liye apna 12 word ka recovery phrase is form me daalo",
        ),
        ("scam.phishing", "आपके फोन पर आया ओटीपी बता दीजिए, रिफंड अभी आ जाएगा"),
        ("scam.giveaway", "500 bhejo aur 10 minute me 1000 wapas pao, paisa double"),
        ("scam.phishing", "fraud ho gaya? hamari team paisa wapas dilwa degi, whatsapp karo"),
        ("market.misinformation", "roz 5% pakka profit, koi loss nahi, guarantee ke saath"),
        ("market.manipulation", "sab log ek saath 9 baje ye coin buy karenge, ready raho"),
        ("diversion", "telegram channel join karo bhai, link bio me hai"),
        ("diversion", "app se order mat karo, seedha upi kar do 100 kam lagega"),
        ("gambling", "online cricket betting id lo, deposit pe bonus milega"),
        ("illegal_goods", "desi katta milega bina license, delivery available"),
        ("ip", "first copy rolex watch, original jaisa, order ke liye dm karo"),
        ("harassment", "tu ekdum chutiya insaan hai, shakal dekh apni"),
        ("threat", "तेरे घर आकर तुझे जान से मार दूंगा"),
        ("minor_safety", "kaunsi class me ho? apni photo bhejo par mummy ko mat batana"),
    ],
    "ko": [
        ("scam.phishing", "지갑 복구 문구 12단어를 여기에 입력해 주시면 바로 해결됩니다"),
        ("scam.phishing", "문자로 받은 인증번호 6자리 저한테 알려주세요 환불 처리해 드릴게요"),
        ("scam.giveaway", "0.1 이더 보내시면 두 배로 돌려드립니다 선착순"),
        ("scam.phishing", "코인 사기 피해금 회수해 드립니다 전문 변호사 상담 문의"),
        ("market.misinformation", "원금 보장에 매일 3% 확정 수익 드립니다"),
        ("market.manipulation", "오늘 밤 9시 정각에 다같이 매수 들어갑니다 시장가로"),
        ("diversion", "카톡 친추 해주시면 더 싸게 드려요 아이디는 프로필에"),
        ("diversion", "앱 결제 말고 제 계좌로 바로 입금하시면 할인해 드립니다"),
        ("gambling", "먹튀 없는 카지노 첫충 보너스 가입코드 문의"),
        ("illegal_goods", "대마 팝니다 텔레로 문의 선드랍"),
        ("ip", "명품 미러급 시계 정품과 구별 불가 문의 주세요"),
        ("harassment", "너 같은 쓰레기 병신은 방송 접어라"),
        ("threat", "니 집 어딘지 알아 찾아가서 죽여버린다"),
        ("minor_safety", "몇 학년이야? 사진 보내줘 엄마한테는 비밀로 해"),
    ],
    "ja": [
        ("scam.phishing", "ウォレット復旧のためリカバリーフレーズ12単語をここに入力してください"),
        ("scam.phishing", "SMSで届いた認証コードを教えてください、すぐ返金します"),
        ("scam.giveaway", "0.1BTCを送金すると2倍にして返します、先着50名"),
        ("scam.phishing", "詐欺で失った資産を取り戻せます、まずはDMでご相談ください"),
        ("market.misinformation", "元本保証で毎日必ず3%の利益が出ます"),
        ("market.manipulation", "今夜21時ちょうどに全員一斉に成行で買いましょう"),
        ("diversion", "続きはLINEで話そう、IDはプロフに載せてるから追加してね"),
        ("diversion", "アプリを通さず直接振込なら安くできますよ"),
        ("gambling", "オンカジ登録で入金不要ボーナスもらえるよ、リンクはこちら"),
        ("illegal_goods", "大麻あります、都内手押し、連絡はテレグラムで"),
        ("ip", "ロレックスのスーパーコピー販売中、本物と見分けつきません"),
        ("harassment", "お前ほんとゴミだな、さっさと消えろクズ"),
        ("threat", "お前の家特定した、今夜殺しに行くから待ってろ"),
        ("minor_safety", "何年生なの？写真送って、お母さんには内緒だよ"),
    ],
}

BENIGN: dict[str, list[str]] = {
    "vi": [
        "mọi người đừng bao giờ đưa mã otp cho ai nhé, lừa đảo đó",
        "shop ơi áo này còn size M không ạ",
        "bao giờ có lịch live tiếp vậy anh",
        "mẹ em suýt bị lừa chuyển tiền, may mà em chặn kịp",
        "hôm nay trời mưa to quá, ai ở nhà xem live giống mình không",
        "con boss này khó quá, đánh mãi không chết",
        "thanh toán bằng ví trong app có được giảm giá không shop",
        "cười chết mất, anh kể chuyện hài quá",
        "cổ phiếu này em mua lâu rồi, giờ vẫn lỗ",
        "con gái em học lớp 3 rất thích kênh này",
        "trang cá nhân của bạn ấy dễ thương ghê",
        "cho mình hỏi gửi hàng về Đà Nẵng mất mấy ngày",
        "chua xot qua, cau chuyen nay cam dong that",
    ],
    "id": [
        "jangan pernah kasih kode otp ke siapa pun ya, itu penipuan",
        "kak ukuran L masih ada ga?",
        "besok live jam berapa bang?",
        "tadi ada yang ngaku admin minta transfer, langsung aku blokir",
        "hujan deras banget di sini, untung ada live kamu",
        "boss terakhir susah banget, mati terus dari tadi",
        "bayar pakai qris di aplikasi bisa kan kak?",
        "ngakak banget wkwkwk sakit perut",
        "saham ini udah aku pegang dua tahun, masih merah",
        "anakku kelas dua sd suka banget nonton ini",
        "foto profil kamu lucu deh",
        "burungnya gacor banget om, makannya apa?",
        "film barunya udah tayang di bioskop belum ya?",
    ],
    "ar": [
        "لا تشارك رمز التحقق مع أحد، هذا نصب",
        "كم سعر القميص الأزرق لو سمحت؟",
        "متى البث القادم يا بطل؟",
        "واحد كلمني وقال إنه من البنك وحظرته على طول",
        "الجو حلو اليوم والحمد لله",
        "هذا الزعيم صعب جدا، مت عشر مرات في اللعبة",
        "هل ينفع أدفع بالبطاقة داخل التطبيق؟",
        "ههههه والله ضحكتني",
        "السهم نازل من أسبوعين وأنا صابر",
        "ولدي في الصف الثالث ويحب القناة",
        "صورة حسابك جميلة ما شاء الله",
        "وين أشوف الفيلم بشكل رسمي؟",
        "شكرا على الشرح المفيد يا أستاذ",
    ],
    "hi": [
        "kisi ko bhi otp mat batana, ye fraud hai",
        "bhai ye shirt medium size me hai kya?",
        "अगला लाइव कब होगा भाई?",
        "kal ek fake call aaya tha bank ke naam se, maine block kar diya",
        "aaj mausam bahut accha hai",
        "ye boss bahut mushkil hai game me, baar baar mar raha hu",
        "app me card se payment ho jayega kya?",
        "hahaha pet me dard ho gaya hasi se",
        "maine ye share do saal pehle liya tha, abhi bhi loss me hu",
        "मेरा बेटा तीसरी कक्षा में है और उसे यह चैनल पसंद है",
        "aapki profile photo bahut pyari hai",
        "ye film kis ott pe aayegi officially?",
        "बहुत अच्छी जानकारी दी, धन्यवाद",
    ],
    "ko": [
        "인증번호는 절대 아무한테도 알려주지 마세요 사기입니다",
        "이 셔츠 M 사이즈 남아 있나요?",
        "다음 방송은 언제 해요?",
        "어제 은행이라고 전화 왔는데 사기 같아서 바로 끊었어요",
        "오늘 날씨 진짜 좋네요 산책하기 딱이다",
        "이 보스 너무 어려워요 열 번은 죽은 듯",
        "카드 결제도 되나요?",
        "ㅋㅋㅋㅋ 진짜 웃겨 죽겠다",
        "이 주식 2년째 들고 있는데 아직도 마이너스예요",
        "우리 딸이 초등학교 2학년인데 이 채널 좋아해요",
        "프로필 사진 너무 귀여워요",
        "이 영화 어느 극장에서 볼 수 있어요?",
        "설명 감사합니다 많이 배웠어요",
    ],
    "ja": [
        "認証コードは絶対に誰にも教えないでください、詐欺です",
        "このシャツのMサイズはまだありますか？",
        "次の配信はいつですか？",
        "昨日銀行を名乗る変な電話が来たのですぐ切りました",
        "今日はいい天気で散歩日和ですね",
        "このボス強すぎ、もう十回は死んだ",
        "クレジットカードで支払えますか？",
        "笑いすぎてお腹痛いwww",
        "この株もう二年持ってるけどまだマイナスです",
        "うちの子は小学二年生でこのチャンネルが大好きです",
        "プロフィールの写真かわいいですね",
        "この映画はどこの映画館で見られますか？",
        "解説ありがとうございます、勉強になりました",
    ],
}

IN_NEED = {
    "vi": "mình mệt lắm rồi, không muốn sống nữa",
    "id": "aku capek banget, pengen mati aja rasanya",
    "ar": "تعبت من حياتي وأريد أن أموت",
    "hi": "ab jeene ka mann nahi karta, mar jana chahta hu",
    "ko": "너무 힘들어서 죽고 싶어요",
    "ja": "もう疲れた、死にたい、消えてしまいたい",
}


@pytest.fixture(scope="module")
def policy(shipped: Policy) -> Policy:
    return shipped


@pytest.fixture(scope="module")
def judge(policy: Policy, shipped_detectors: InlineDetectors) -> Judge:
    return Judge(policy, None, shipped_detectors)


def judged(judge: Judge, text: str, lang: str) -> Verdict:
    """Judge a text as the only message of its room."""
    user = User(text, "viewer")
    return judge.judge(
        Row(Message("t", text, text, user, text, NOW, NOW, "chat", lang=lang), timed=True)
    )


@pytest.mark.parametrize(
    ("lang", "category", "text"),
    [(lang, category, text) for lang, rows in VIOLATING.items() for category, text in rows],
    ids=lambda value: value[:24],
)
def test_a_violation_is_held(judge: Judge, lang: str, category: str, text: str) -> None:
    verdict = judged(judge, text, lang)
    assert verdict.action in ("hold", "block")
    assert category in {finding.category for finding in verdict.reasons}


@pytest.mark.parametrize(
    ("lang", "text"),
    [(lang, text) for lang, rows in BENIGN.items() for text in rows],
    ids=lambda value: value[:24],
)
def test_ordinary_talk_passes_untouched(judge: Judge, lang: str, text: str) -> None:
    verdict = judged(judge, text, lang)
    assert (verdict.action, verdict.actions) == ("allow", ())


@pytest.mark.parametrize(("lang", "text"), IN_NEED.items())
def test_a_person_in_need_is_helped_and_not_punished(judge: Judge, lang: str, text: str) -> None:
    verdict = judged(judge, text, lang)
    assert [action.kind for action in verdict.actions] == ["care"]
    assert not verdict.restricts


@pytest.mark.parametrize("lang", sorted(VIOLATING))
def test_every_category_has_its_notice(policy: Policy, lang: str) -> None:
    assert all(lang in texts for texts in policy.notices.values())
