"""Words by which a display name claims an office, dresses up a name, or honestly disclaims both."""

from __future__ import annotations

import re

from detectors.skeleton import strip_marks

__all__ = [
    "BADGE",
    "DRESS",
    "HONEST",
    "ROLES",
    "SIGNS",
    "UNSPACED_ROLES",
    "UNSPACED_TITLE",
    "UNSPACED_WEAK",
    "WEAK_ROLES",
    "cut_phrases",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(strip_marks(text).split())


ROLES = _words(
    """
    official officiel officielle oficial ufficiale offiziell offizielle offizieller resmi
    rasmi oficjalny oficjalna официальный официальная официальное официал офіційний
    officialteam support supporto soporte suporte destek podpora поддержка підтримка
    техподдержка hotro chinhthuc helpdesk helpline helpcenter helpcentre kundendienst
    kundenservice kundensupport admin admins administrator administrador administradora
    administrateur amministratore yonetici админ администратор администрация админка адмін
    mod mods moderator moderators moderador moderadora moderateur moderatrice moderatore
    moderatorin модер модератор модератори staff equipo equipe customerservice
    customersupport customercare techsupport verified verificado verificada верифицирован
    oficialverificado announcements announcement duyuru anuncios quantri quantrivien bantuan
    layanan الدعم دعم الرسمي رسمي الرسمية المشرف مشرف ادمن الادمن الادارة الإدارة आधिकारिक
    सहायता एडमिन मॉडरेटर แอดมิน поддержки поддержке підтримки модерация модерації moderation
    moderacion moderacao moderasi moderasyon administracion administracao administration
    cskh dukungan musterihizmetleri chamsockhachhang khachhanghotro customeragent
    serviceclient atencionalcliente atendimentoaocliente layananpelanggan securityteam
    trustsafety systemnotice systemmessage systemalert systemadmin headmod headmoderator
    eventteam platformteam officialaccount خدمةالعملاء الدعمالفني ग्राहकसेवा ग्राहकसहायता
    प्रशासक
    """
)
"""An office by itself."""

WEAK_ROLES = _words(
    """
    help team crew service services care customer client clients assistance assistant agent
    operator manager owner founder ceo cto security desk hq center centre central online
    live chat room global technical tech tecnico technique teknik technischer technische
    account compte cuenta conta hesap konto bot the of de la el le und et y e da do di for
    tu van cs system notice info alert billing refund refunds withdrawal withdrawals
    recovery verification wallet pelanggan dev developer служба служби команда технический
    техническая центр الفني خدمة العملاء فريق सेवा чата стрима стріму чату канала каналу тех
    клиентов клієнтів пользователей head senior lead chief stream channel platform event
    events del dos des il lo ekibi ekip musteri hizmetleri khach hang vien nhom tim grup
    obrolan الدردشة القناة البث الرسمية عملاء ग्राहक टीम चैट स्ट्रीम host streamer vip
    moderating helper agents assistente atendimento kunden chats mitarbeiter dienst page
    profil profile akun 24 7 vn us id
    """
)
"""Words that make an office only beside one of `ROLES`."""

DRESS = _words(
    """
    backup alt alternate alternative second secondary 2nd two new old main real original
    originals the its im iam this is me my acc account accounts private privat vip giveaway
    giveaways prize prizes gift gifts airdrop event events live stream streams streaming
    streamer tv yt ttv twitch youtube tiktok insta ig channel clips vods gaming games plays
    x xx xxx xo o q v ii iii jr hd резерв резервный запасной новый второй канал стрим прямой
    эфир yedek yeni hesap cuenta nueva secundaria reserva oficialmente conta nova shop store
    uk phu khoan tai akun baru cadangan utama kedua zweitaccount zweit zweitkanal neu neuer
    ersatz secondaire concours cadeau cadeaux compte principal sorteo sorteos regalo regalos
    premio principal respaldo sorteio розыгрыш розыгрыши акк аккаунт акаунт подарки подарок
    резервний запасний нова новий розіграш hediye cekilis canli yayin ikinci hadiah undian
    nhan qua tang kenh chinh 小号 大号 备用 备用号 新号 福利 抽奖 手机号 直播 本人 本尊 唯一
    私人 私人号 サブ サブ垢 本物 本人 抽選 プレゼント 配信 부계정 본계정 부계 본계 이벤트
    추첨 라이브 계정 الاحتياطي الحساب حساب جديد بديل مسابقة جوائز ثاني असली नया अकाउंट
    गिवअवे लाइव
    """
)
"""What one adds to a name to pass for its owner."""

HONEST = _words(
    """
    fan fans fanclub fanpage fanacc lover lovers hater haters anti not no non nie nicht kein
    unofficial inofficial unoff notofficial parody parodia fake meme memes holder hodler
    enjoyer enjoyers army simp stan follower viewer watcher supporter supporters bagholder
    investor user gang club фан фанат фанаты фанатка нет не пародия неофициальный
    неофициальная hayran hayrani fã fa fas 粉丝 粉絲 非官方 ファン 非公式 팬 비공식
    penggemar معجب معجبين प्रशंसक फैन fanseite fanseite fani hayranlari admirador admiradora
    tifoso 粉 粉丝团 迷 迷妹 迷弟 信者 推し 推 팬클럽 팬계정 фанклуб parodie пародія 模仿
    模仿者 lookalike impersonator cosplay
    """
)
"""Words by which a name says that it is somebody else."""

UNSPACED_ROLES = re.compile(
    "平台客服|直播间管理员|直播间管理|管理人|客服中心|客服专员|在线客服|人工客服|官方|客服|管理员|管理員|管理组|超管|房管|运营|運營|小助手|小助理|助理|认证|認證|工作人员|工作人員|"
    "公式|運営|サポート|事務局|スタッフ|担当|공식|운영자|운영팀|운영진|관리자|고객센터|상담원|แอดมิน|ทางการ"
)
"""The same in scripts without spaces."""

UNSPACED_WEAK = re.compile(
    "平台|直播间|直播|账号|帐号|系统|中心|专员|在线|人工|团队|小组|频道|技术|安全|通知|公告|アカウント|デスク|カスタマー|チーム"
    "|センター|配信|계정|센터|팀|방송|님|채널|고객|チャット|窓口"
)
"""Words that make a title of one of them."""

UNSPACED_TITLE = re.compile("^(?:官方|公式)|(?:官方|公式|공식)$")
"""Where one of them alone makes a title: "official X" and "X official"."""

SIGNS = re.compile("[✅☑✔✓🛡™®🎖🏅👮🔰⚔\ufe0f]")
"""Pictures that look like a platform's mark of office."""

BADGE = re.compile(
    "[✅☑✔✓🛡™®🎖🏅👮🔰⚔]|[\\[(【「《『{<|★☆]\\s?(?:mod|moderator|admin|staff|official|support|verified|"
    "dev|owner|team|vip admin|модератор|админ|официальный|官方|管理|客服|公式|운영자|관리자)\\s?"
    "[\\])】」》』}>|★☆]"
)
"""Such a picture, or an office between brackets, in a lower-case name."""

_PHRASES = {
    "ho tro": "hotro",
    "chinh thuc": "chinhthuc",
    "quan tri vien": "quantrivien",
    "quan tri": "quantri",
    "customer service": "customerservice",
    "customer support": "customersupport",
    "customer care": "customercare",
    "tech support": "techsupport",
    "technical support": "techsupport",
    "help desk": "helpdesk",
    "help center": "helpcenter",
    "help line": "helpline",
    "musteri hizmetleri": "musterihizmetleri",
    "cham soc khach hang": "chamsockhachhang",
    "ho tro khach hang": "hotro",
    "service client": "serviceclient",
    "atencion al cliente": "atencionalcliente",
    "atendimento ao cliente": "atendimentoaocliente",
    "layanan pelanggan": "layananpelanggan",
    "security team": "securityteam",
    "trust safety": "trustsafety",
    "trust and safety": "trustsafety",
    "system notice": "systemnotice",
    "system message": "systemmessage",
    "system alert": "systemalert",
    "platform team": "platformteam",
    "event team": "eventteam",
    "stream manager": "headmod",
    "event manager": "eventteam",
    "خدمة العملاء": "خدمةالعملاء",
    "الدعم الفني": "الدعمالفني",
    "ग्राहक सेवा": "ग्राहकसेवा",
    "ग्राहक सहायता": "ग्राहकसहायता",
}
_PHRASE = re.compile(rf"\b(?:{'|'.join(_PHRASES)})\b")


def cut_phrases(words: str) -> str:
    """Write offices of several words as one, in a spaced text without accents."""
    return _PHRASE.sub(lambda match: _PHRASES[match.group()], words)
