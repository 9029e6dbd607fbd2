"""Words that phishing puts around a brand in a host, and the cutting of labels into them."""

from __future__ import annotations

import re

__all__ = ["CUES", "ENDING", "LONG_CUE", "STARTING", "are_cues", "cut"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CUES = _words(
    """
    2x academy accept acceso access accesso account accounts acesso activate admin agent aide
    airdrop airdrops ajuda akciya alert alerts alloc allocate allocation allocations alpha amm
    anmelden anmeldung anquan anti api app application apply approval approve apps arb asset
    assets assist audit auszahlung auth authentic authenticate authenticator authorise authorize
    award ayuda backup bank base batch beginner belohnung beneficial beta block blockchain bono
    bonus bonuses bonusy boost bot bots bounty bridge bridgeapp bridges broker bsc btc bulk
    business buy cadeau cadeaux canje card care cash cashback casino cekilis cekilisi center
    centre chain chains chance chat check checker checkout chongzhi choujiang claim claims cloud
    club code codes coin coins colis collab collect collection com commerce community
    compensation complaint compliance compte concours confirm confirmation congrats connect
    connected connection connector connects connectwallet connexion conta contact contest
    contract contracts contribute control convert crypto cryptos cuenta currency custody
    customer cyber daftar dangnhap dao dapp dapplets dapps dashboard data dead debug
    decentralized defi delegate demo denglu dengru deposit desk desktop devolucion dex direct
    discount distribute distribution distributions dogrula dogrulama donate dostavka dostawa
    double download drop drops duijiang early earlybird earn easy einloggen eligibility eligible
    en enable encrypted encryption enter entrar entrega entry envio epoch es eth ether event
    events exchange explorer express extend extension extra farm faucet fees file finance fix
    fixer fixing fixup fork form forms foundation free fuli fully fund funds gagnant game gamer
    games gaming ganador ganhe gas genesis get gewinn gewinnspiel gift gifts giris giveaway
    giveaways giveback giver glitch global go gov governance grab grants gratis gratuit guanwang
    guard guthaben guvenlik hack hadiah hadiahmu hediye hediyeler help helpdesk hilfe holder
    holders home homepage hongbao host hub huodong hype iade id import incentive incentives info
    ingresar install integrate integration invest investment invite inviter io issue issues
    jiangli join kabinet kargo kazan kefu key keys kit klaim kompensaciya kongtou konto
    kostenlos kyc launch launchapp launchpad legal lending level ligong lingjiang lingqu link
    linked links list listing live lives livraison load loan lock log login logowanie lottery
    loyalty lucky main mainnet mall manage manager manual mapper market marketplace masuk max me
    meme memes merge messenger migrate migration mining mint minter minting mints mobile mod
    moderator moderators module modules move multi my nagrada net network new news nft nfts
    nhanqua nhanthuong ninsho nitro node nodes notice notification now odeme odul offer official
    oficial onboard online open oplata oracle order org p2p pacco paczka pagamento page pago
    paiement paket panel paquete partner partners party pass pay payment payments penarikan
    penukaran phrase platform platnosc plus podarki podarok podtverdit poluchit pool pools
    portal portals pre prelaunch premi premint premio premios premium presale present presents
    price private priz prize pro prod profile profit project promo promos promotion promotions
    protect protection protocol protocols provider pruefung public qr quatang quest quests quick
    raffle ramp reactivate reauth rebase receive recharge reclama reclamar reclamer recompensa
    recompensas recompense recover recovery rectification rectified rectify redeem reembolso
    refund refunds regalo regalos register registration rejoin release relief remboursement
    remit renew renzheng repair report request rescue reset resgata resgatar resgate resmi
    resmisi resolve resolver resolvers resources restake restaking restoration restore resync
    returns review reviewer revoke reward rewards rimborso roll root rozygrysh rpc
    rueckerstattung rutthuong safe safety sale sales save scan season seasons sec secret secure
    secured securite security seed seguridad send server service services session shop
    sicherheit sicurezza sign signin signup simple skin skins smart snap snapshot sol solution
    solve solver soporte sorteio sorteios sorteo space spin sponsor squad stage stake staked
    staker staking start status steam store stream sub submit subscribe suite super suporte
    support supports surprise swap swapper swaps sync synced synchro synchronization synchronize
    syncs system target task tasks tax team teams tech terminal test testnet tge the ticket
    ticketing tickets tikuan tip tixian token tokenclaim tokens tools top toroku tournament
    track trade trader trading transact transactions transfer transfers treasury trungthuong
    trust trusted tv ueberpruefung umtausch undian unlock unlocked unlocks update updates
    upgrade us usdc usdt use user users uyelik v1 v2 v3 v4 valid validate validating validation
    validations validator validators value vault verif verifica verificacao verificacion
    verificar verification verifications verified verifier verifikasi verifizierung verify
    verifying vhod vhodit vip voiti vote votes voting voucher vozvrat vyplata vyplaty vyvod
    waitlist wallet wallets warning web web3 website weryfikacja whale whitelist win winner
    winners withdraw withdrawal worldwide wrap x2 xacminh xacthuc xyz yanzheng year zabrat
    zahlung zerkalo zhuanpan zone zustellung
    """
)
_LONGEST = max(map(len, CUES))
_CHOICE = "|".join(sorted((cue for cue in CUES if len(cue) >= 4), key=lambda cue: (-len(cue), cue)))
LONG_CUE = re.compile(_CHOICE)
"""Cue words of four letters and more, anywhere."""
STARTING = re.compile(_CHOICE)
"""The same, for the beginning of a label."""
ENDING = re.compile(f"(?:{_CHOICE})$")


def are_cues(text: str) -> bool:
    """Tell whether a text can be cut into cue words and digits (the empty one can)."""
    reachable = {0}
    for at in range(len(text)):
        if at in reachable:
            ends = range(at + 1, min(at + _LONGEST, len(text)) + 1)
            reachable.update(end for end in ends if text[at:end] in CUES or text[at:end].isdigit())
    return len(text) in reachable


def cut(text: str) -> tuple[int, int]:
    """Return how many cue words of four letters and more stand in a text, and their letters."""
    found = [len(match.group()) for match in LONG_CUE.finditer(text)]
    return len(found), sum(found)
