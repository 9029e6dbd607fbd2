"""What the Spanish, Portuguese, French, German and Turkish packs catch and let through."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.inline import InlineDetectors
from seawall.decide import NO_STATE, decide
from seawall.events import Message, User
from seawall.fold import fold
from seawall.policy.model import Policy
from seawall.verdicts import Verdict

FOLDER = Path(__file__).parents[2] / "policies" / "default"
NOW = 1_700_000_000.0

THEFT = "scam.phishing scam.giveaway scam.impersonation"
MARKET = "market.manipulation market.misinformation scam.giveaway"

VIOLATING: dict[str, list[tuple[str, str]]] = {
    "es": [
        (THEFT, "para validar tu cuenta escribe acá las doce palabras de tu billetera"),
        (THEFT, "pasame el codigo que te llego por mensaje asi te activo el premio"),
        (THEFT, "deposita 50 usdt y en diez minutos te devuelvo el doble, ya pagué a 30 personas"),
        (THEFT, "tu paquete quedó retenido, paga la tasa de aduana con tarjeta en envios-hoy.info"),
        (THEFT, "apaguen el antivirus antes de abrir el mod que les mandé"),
        ("diversion", "agréguenme al wasap y les mando el catálogo"),
        ("diversion", "el link del grupo lo tengo en mi bio"),
        ("diversion", "dejen este directo y vengan al mío que hay sorteo"),
        ("diversion", "pagame por fuera de la app y te hago descuento"),
        (MARKET, "ganancia fija del 8% diario, cero riesgo, empieza con 20 dólares"),
        (MARKET, "todos compramos a las 9 en punto y nadie vende hasta x5"),
        (MARKET, "gracias a la profe Lucía ya retiré tres mil con sus señales"),
        ("harassment", "eres una basura de persona, das asco"),
        ("harassment", "hazle un favor a tu familia y tírate de un puente"),
        ("threat", "sé en qué calle vives y te voy a partir las piernas"),
        ("privacy", "la streamer vive en la calle Olmo 45, segundo piso"),
        ("gambling", "casino online con 100 giros gratis sin depósito, usa mi código"),
        ("illegal_goods", "vendo perico y tusi, entrega a domicilio, escríbeme al interno"),
        ("minor_safety", "cuántos años tienes? no le digas a tu mamá que hablamos"),
    ],
    "pt": [
        (THEFT, "digita aqui a frase de recuperação da carteira pra eu liberar o saque"),
        (THEFT, "me passa o código que chegou no seu celular rapidinho"),
        (THEFT, "faz um pix de 30 que eu te devolvo 60 na hora"),
        (THEFT, "sua conta vai ser bloqueada hoje, confirme seus dados em bancoseguro.info"),
        (THEFT, "desliga o antivírus e roda o instalador que eu mandei"),
        ("diversion", "me chama no zap que eu passo a tabela"),
        ("diversion", "tá tudo no meu perfil, só clicar"),
        ("diversion", "larguem essa live e venham pra minha que tem sorteio"),
        ("diversion", "paga direto no meu pix que sai sem a taxa da loja"),
        (MARKET, "lucro garantido de 5% ao dia, risco zero, investe a partir de 50"),
        (MARKET, "galera vamos comprar todo mundo junto às 20h e ninguém vende"),
        (MARKET, "saquei 4 mil graças à mentora Paula, sigam os sinais dela"),
        ("harassment", "seu lixo, ninguém te suporta, vai se tratar"),
        ("harassment", "se mata logo, o mundo fica melhor sem você"),
        ("threat", "sei onde você mora, vou te encher de porrada na saída"),
        ("privacy", "o endereço dela é rua das Acácias 88, apto 12"),
        ("gambling", "plataforma nova pagando muito no tigrinho, cadastro ganha bônus"),
        ("illegal_goods", "cnh quente sem prova, registrada no detran, chama no whats"),
        ("ip", "réplica primeira linha de relógio, manda dm pro catálogo"),
    ],
    "fr": [
        (THEFT, "saisis ta phrase de récupération ici pour débloquer ton portefeuille"),
        (THEFT, "donne-moi le code que tu viens de recevoir par sms et je valide ton lot"),
        (THEFT, "tu m'envoies 50 euros et je te renvoie le double dans l'heure"),
        (THEFT, "votre colis est retenu, réglez les frais de douane sur suivi-colis.info"),
        (THEFT, "coupe ton antivirus avant d'ouvrir le launcher"),
        ("diversion", "rejoignez mon canal telegram privé, ici on peut pas parler"),
        ("diversion", "le lien est dans ma bio les amis"),
        ("diversion", "quittez ce live et venez sur le mien, il y a des cadeaux"),
        ("diversion", "paye-moi directement par lydia, ça évite la commission du site"),
        (MARKET, "3% par jour garantis, aucun risque, retrait quand tu veux"),
        (MARKET, "on achète tous ensemble à 21h pile et personne ne vend avant x10"),
        (MARKET, "grâce à madame Perrin et ses signaux j'ai retiré 6000 euros"),
        ("harassment", "t'es qu'une grosse merde, personne veut de toi"),
        ("harassment", "va te pendre, tout le monde serait mieux sans toi"),
        ("threat", "je sais où tu habites, on va venir te casser les jambes"),
        ("privacy", "elle habite au 14 rue des Lilas, troisième étage"),
        ("gambling", "casino en ligne, bonus sans dépôt avec mon code promo"),
        ("illegal_goods", "faux permis enregistrés en préfecture, contact sur snap"),
        ("minor_safety", "t'as quel âge ? dis rien à tes parents, c'est notre secret"),
    ],
    "de": [
        (THEFT, "tippt hier eure zwölf Wörter ein, dann schalte ich die Auszahlung frei"),
        (THEFT, "gib mir schnell den Code, der gerade per SMS gekommen ist"),
        (THEFT, "überweis mir 100 und du bekommst heute noch 200 zurück"),
        (THEFT, "dein Konto wird gesperrt, bestätige sofort deine Daten auf konto-pruefen.info"),
        (THEFT, "mach den Virenscanner aus bevor du den Cheat installierst"),
        ("diversion", "schreib mir auf Telegram, hier lese ich nichts"),
        ("diversion", "den Link findet ihr in meiner Bio"),
        ("diversion", "kommt rüber in meinen Stream, hier ist es langweilig"),
        ("diversion", "zahl lieber direkt an mich per PayPal Freunde, dann sparen wir die Gebühr"),
        (MARKET, "garantierte Rendite von 4 Prozent am Tag, ganz ohne Risiko"),
        (MARKET, "alle kaufen um 20 Uhr gleichzeitig, keiner verkauft vor dem Signal"),
        (MARKET, "dank Coach Meier habe ich letzte Woche 5000 Euro Gewinn gemacht"),
        ("harassment", "du bist so ein wertloser Versager, keiner will dich hier sehen"),
        ("harassment", "spring doch von der Brücke, ohne dich wäre die Welt besser dran"),
        ("threat", "ich weiß wo du wohnst, ich schlag dich zusammen"),
        ("privacy", "ihre Adresse ist Birkenweg 12, zweiter Stock"),
        ("gambling", "Online Casino mit 50 Freispielen ohne Einzahlung, Link hier"),
        ("illegal_goods", "Führerschein ohne Prüfung, registriert, meld dich per Telegram"),
        ("self_harm", "ich kann einfach nicht mehr, ich will nicht mehr leben"),
    ],
    "tr": [
        (THEFT, "cüzdanını açmam için 12 kelimeyi buraya yaz"),
        (THEFT, "telefonuna gelen kodu bana söyle hemen onaylayayım"),
        (THEFT, "500 tl gönder anında 1000 tl geri al, herkese ödüyorum"),
        (THEFT, "hesabınız askıya alındı, bilgilerinizi hesap-dogrula.info adresinden doğrulayın"),
        (THEFT, "hileyi açmadan önce antivirüsü kapat"),
        ("diversion", "telegramdan yaz, burada konuşamıyorum"),
        ("diversion", "link profilimde, tıklayan görür"),
        ("diversion", "bu yayını bırakın benim kanalıma gelin, çekiliş var"),
        ("diversion", "siteden almayın, direkt ibana atın komisyonsuz olsun"),
        (MARKET, "günlük yüzde 5 garanti kazanç, risk yok"),
        (MARKET, "saat 9'da hep birlikte alıyoruz, kimse satmasın"),
        (MARKET, "Selim hocanın sinyalleriyle bu ay 40 bin kazandım"),
        ("harassment", "sen tam bir aptalsın, kimse seni sevmiyor"),
        ("harassment", "geber de kurtulalım, ölsen kimse üzülmez"),
        ("threat", "adresini buldum, kapına gelip kafanı kıracağım"),
        ("privacy", "kızın ev adresi Gül sokak no 7, ikinci kat"),
        ("gambling", "deneme bonusu veren siteler burada, üye ol kazan"),
        ("illegal_goods", "sınavsız ehliyet, sisteme kayıtlı, özelden yazın"),
        ("self_harm", "artık yaşamak istemiyorum, çok yoruldum"),
    ],
}

BENIGN: dict[str, list[str]] = {
    "es": [
        "nunca compartan su frase semilla con nadie, ni con soporte",
        "ojo que anda una cuenta falsa del streamer pidiendo bizum",
        "alguien sabe si esa página es confiable?",
        "me escribió un tipo prometiendo duplicar mi dinero jaja lo bloqueé",
        "te voy a matar en la próxima ronda, prepara el escudo",
        "a qué hora empieza el directo mañana?",
        "mi abuela hizo pan y me mandó fotos por whatsapp",
        "gané el sorteo de la rifa del barrio, una licuadora!",
        "la profe de mates explica mejor que youtube",
        "me muero de hambre, voy por tacos",
        "compré un reloj usado y anda perfecto",
        "el jefe final me mató tres veces, qué paliza",
        "vendí mi bici vieja por el grupo del barrio",
        "qué pena que no sigue la serie, era buenísima",
        "el pago en tres cuotas todavía está disponible?",
        "qué animal jugando ese tipo, un crack",
    ],
    "pt": [
        "gente não passem o código do sms pra ninguém, roubaram minha conta assim",
        "cuidado, tem um perfil falso pedindo pix no nome dela",
        "alguém sabe se essa loja é confiável?",
        "me mandaram mensagem falando que ganhei um iphone kkkk golpe na certa",
        "vou te matar nessa rodada, se prepara kkkk",
        "que horas começa a live amanhã?",
        "minha mãe mandou áudio de dez minutos no whatsapp",
        "o dobro de xp acaba domingo, bora upar",
        "a professora corrigiu as provas hoje",
        "morri de rir com esse clipe",
        "comprei um tênis e veio número errado",
        "meu voo de avião atrasou duas horas",
        "vendi meu violão pra pagar o aluguel",
        "o gato derrubou o copo de novo kkkk",
        "dá pra parcelar no cartão da loja?",
        "ela joga demais, que monstro",
    ],
    "fr": [
        "ne donnez jamais votre phrase de récupération, même au support",
        "attention il y a un faux compte du streamer qui demande de l'argent",
        "quelqu'un sait si ce site est fiable ?",
        "j'ai reçu un message qui promettait de doubler ma mise, j'ai signalé",
        "je vais te tuer au prochain round mdr",
        "à quelle heure commence le live demain ?",
        "ma mère m'a appelé sur whatsapp pendant le match",
        "je suis mort de rire avec ce clip",
        "ma prof de maths explique super bien",
        "j'ai acheté une montre d'occasion, elle marche nickel",
        "mon vol a deux heures de retard",
        "le boss final m'a tué trois fois",
        "j'ai vendu mon vélo à un voisin",
        "le chat a encore renversé ma tasse",
        "on peut payer en deux fois sur la boutique ?",
        "il joue trop bien, quelle machine ce mec",
    ],
    "de": [
        "gebt niemals eure Wiederherstellungsphrase weiter, auch nicht an Support",
        "Vorsicht, da gibt sich jemand als der Streamer aus und will Geld",
        "weiß jemand ob die Seite seriös ist?",
        "hab eine Nachricht bekommen, ich hätte ein iPhone gewonnen, klar Betrug",
        "nächste Runde mach ich dich fertig, gg",
        "wann startet der Stream morgen?",
        "meine Oma schickt mir jeden Tag Bilder über WhatsApp",
        "ich lach mich tot über den Clip",
        "unser Lehrer hat heute die Prüfung zurückgegeben",
        "hab eine gebrauchte Uhr gekauft, läuft super",
        "mein Flug hat zwei Stunden Verspätung",
        "der Endboss hat mich dreimal erwischt",
        "ich hab mein altes Fahrrad verkauft",
        "die Katze hat wieder das Glas umgeworfen",
        "kann man im Shop auch auf Rechnung zahlen?",
        "was für ein Biest, er spielt unglaublich gut",
    ],
    "tr": [
        "kurtarma kelimelerinizi kimseyle paylaşmayın, destek bile istemez",
        "dikkat edin yayıncının adına sahte hesap açmışlar",
        "bu site güvenilir mi bilen var mı",
        "bana iphone kazandınız diye mesaj geldi, engelledim",
        "bu raunt seni öldüreceğim hazır ol haha",
        "yarın yayın saat kaçta başlıyor",
        "annem whatsapptan on dakikalık ses kaydı atmış",
        "gülmekten öldüm bu klibe",
        "hocamız bugün sınavları okudu",
        "ikinci el saat aldım, gayet iyi çalışıyor",
        "uçağım iki saat rötar yaptı",
        "son boss beni üç kere yendi",
        "eski bisikletimi komşuya sattım",
        "kedi yine bardağı devirdi",
        "mağazada taksit yapılıyor mu",
        "adam canavar gibi oynuyor helal olsun",
    ],
}


@pytest.fixture(scope="module")
def policy(shipped: Policy) -> Policy:
    return shipped


@pytest.fixture(scope="module")
def detectors(shipped_detectors: InlineDetectors) -> InlineDetectors:
    return shipped_detectors


def judged(text: str, policy: Policy, detectors: InlineDetectors) -> Verdict:
    user = User("u", "viewer")
    event = Message("t", "1", "room", user, text, NOW, NOW, "chat")
    return decide(event, detectors.detect(fold(text), user), NO_STATE, policy)


@pytest.mark.parametrize(
    ("category", "text"), [case for cases in VIOLATING.values() for case in cases]
)
def test_what_harms_is_found(
    category: str, text: str, policy: Policy, detectors: InlineDetectors
) -> None:
    verdict = judged(text, policy, detectors)
    found = {finding.category for finding in verdict.reasons}
    assert found & set(category.split()), found
    if category == "self_harm":
        assert verdict.action == "allow"
        assert [action.kind for action in verdict.actions] == ["care"]


@pytest.mark.parametrize(
    "text", ["nìgger", "you fággot", "f a g g o t", "síeg heil", "gas thé jews", "whíte power"]
)
def test_an_accent_or_a_gap_hides_no_slur(
    text: str, policy: Policy, detectors: InlineDetectors
) -> None:
    assert judged(text, policy, detectors).action in ("hold", "block")


@pytest.mark.parametrize(
    "text", ["what a snigger that was", "is she male or female?", "the rug has a wet back", "a rag"]
)
def test_words_that_only_look_like_slurs_pass(
    text: str, policy: Policy, detectors: InlineDetectors
) -> None:
    verdict = judged(text, policy, detectors)
    assert verdict.action == "allow"
    assert not verdict.reasons


@pytest.mark.parametrize("text", [text for texts in BENIGN.values() for text in texts])
def test_warnings_questions_and_small_talk_pass(
    text: str, policy: Policy, detectors: InlineDetectors
) -> None:
    verdict = judged(text, policy, detectors)
    assert verdict.action == "allow"
    assert not verdict.actions


def test_every_language_has_its_share() -> None:
    assert min(map(len, VIOLATING.values())) >= 15
    assert min(map(len, BENIGN.values())) >= 15
