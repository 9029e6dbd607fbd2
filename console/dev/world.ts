// Made up: cases of every kind, the same at each start.
import type { CaseLine, ContextLine, Member } from '../src/api/shapes'

let state = 42
/** 0…1, the same row of numbers each time. */
export function chance(): number {
  state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
  return state / 4_294_967_296
}

export function pick<T>(of: readonly T[]): T {
  return of[Math.floor(chance() * of.length)] as T
}

const KINDS = [
  ['scam.phishing', 'wallet-drainer-link', 'fraud', 'high', 'A listed look-alike of a wallet page was posted'],
  ['scam.giveaway', 'double-your-coins', 'fraud', 'medium', 'Promises to send back twice what is sent'],
  ['scam.impersonation', 'brand-in-name', 'fraud', 'medium', 'The name looks like the support of a listed brand'],
  ['harassment', 'insult-targeted', 'abuse', 'medium', 'An insult aimed at another person in the room'],
  ['threat', 'threat-model', 'abuse', 'high', 'The second opinion reads it as a threat'],
  ['hate', 'slur-severe', 'abuse', 'high', 'A severe slur, spelled around the filter'],
  ['self_harm', 'help-needed', 'care', 'critical', 'Somebody may be in danger'],
  ['spam', 'same-text-many', 'raids', 'low', 'The same text from many accounts'],
  ['flood', 'join-wave', 'raids', 'low', 'More accounts joined than usual'],
  ['minor_safety', 'hash-listed', 'safety', 'critical', 'A frame is on a list'],
  ['market.manipulation', 'pump-call', 'market', 'medium', 'A call to buy at a set time'],
  ['graphic', 'frame-graphic', 'streams', 'high', 'Several frames look graphic'],
] as const
const NAMES = ['moonboi_77', 'Ana Petrov', 'xX_reaper_Xx', 'Сергей', 'مريم', 'lena.w', 'Support Ledger', 'tobi', '小林', 'nyx', 'free_eth_4u', 'grandma_gaming', 'kat\u202erof', 'olu']
const ROOMS = ['btc-lounge', 'night-stream', 'trading-floor', 'speedrun', 'harbour-main', 'just-chatting']
const TEXTS = [
  'Claim your airdrop now at hxxps://app-uniswapp.example/claim before it ends, I just got 3 ETH back lol',
  'nobody asked you, go back where you came from you absolute cl0wn',
  'i cant do this anymore. nobody would even notice if i was gone',
  'send 0.1 BTC get 0.2 BTC back, Elon confirmed, link in my profile',
  'I know where you live and tomorrow you will see me',
  'BUY $KELP AT 18:00 SHARP everyone at once we send it to the moon',
  '<script>alert(1)</script> <img src=x onerror=alert(2)> **bold** https://click.example',
  'paypal\u200b-\u200bsecure \u202ediova\u202c login \u2066here\u2069',
  'مرحبا انضموا الآن واحصلوا على عملات مجانية free-coins.example',
]

export const now = (): number => Date.now() / 1000

export function makeCase(n: number, at = now()): CaseLine {
  const [category, rule, queue, severity, because] = pick(KINDS)
  const priority = severity === 'critical' ? pick(['p0', 'p1']) : severity === 'high' ? pick(['p1', 'p2']) : pick(['p2', 'p3'])
  const opened = at - chance() * 900
  const due = chance() < 0.8 ? at + { p0: 60, p1: 300, p2: 1800, p3: 14_400 }[priority as 'p0']! * chance() * 1.4 + 4 : null
  const members = chance() < 0.15 ? Math.ceil(chance() * 300) : 1
  const viewers = Math.floor(chance() ** 4 * 24_000)
  const score = 0.5 + chance() / 2
  const weight = { critical: 8, high: 4, medium: 2, low: 1 }[severity]
  const claimed = chance() < 0.08
  return {
    id: `c${String(n).padStart(5, '0')}`, state: claimed ? 'claimed' : chance() < 0.04 ? 'escalated' : 'open',
    about: chance() < 0.15 ? 'hold' : chance() < 0.15 ? 'report' : 'verdict', queue, priority, severity, category, rule, score,
    room: pick(ROOMS), user: `u-${Math.floor(chance() * 9000)}`, name: pick(NAMES), stream: queue === 'streams' ? 's-81' : '',
    surface: queue === 'streams' ? 'frame' : pick(['chat', 'chat', 'chat', 'comment', 'profile']), lang: 'en', because, opened, latest: at, changed: opened,
    due, nobody: pick(['close', 'escalate', 'keep']), viewers, rank: (due ?? opened + 7200) - 300 * Math.log2(weight * score * (1 + Math.log2(1 + viewers))),
    members, users: members > 1 ? Math.ceil(members * 0.7) : 1, sealed: category === 'minor_safety', claimed_by: claimed ? pick(['jonas', 'mira', 'lea.k']) : '',
    claim_until: claimed ? at + 240 : null, assigned: '', asked_by: '', decision: '', choice: '', decided_by: '', decided: null, version: 1,
  }
}

export function memberOf(line: CaseLine, n: number): Member {
  const media = line.surface === 'frame'
  const text = media || line.sealed ? null : (TEXTS[(Number(line.id.slice(1)) + n) % TEXTS.length] as string)
  return {
    event: `${line.id}-e${n}`, rev: 0, about: line.about, ref: '', room: line.room, user: n === 0 ? line.user : `u-${n}`, name: n === 0 ? line.name : pick(NAMES),
    surface: line.surface, stream: line.stream, action: line.about === 'hold' ? 'hold' : pick(['block', 'allow', 'mask']), rule: line.rule, score: line.score,
    at: line.latest - n * 3, ended: false, kept: !line.sealed, text,
    spans: text === null ? [] : [{ start: 6, end: Math.min(26, text.length), rule: line.rule, category: line.category }], still: media, clip: media,
  }
}

export function contextOf(line: CaseLine): ContextLine[] {
  const says = ['gm everyone', 'did you see the last clip', 'lmao', 'what is happening here', 'mods?', 'can somebody explain the chart', 'no way', 'that is not the real site', 'reported', 'anyway, who is live tonight']
  return says.map((text, n) => ({
    event: n === 5 ? `${line.id}-e0` : `x${n}`, rev: 0, at: line.latest - 40 + n * 8, user: `u-${n}`, name: pick(NAMES), text, action: n === 3 ? 'mask' : 'allow', mine: n === 5 || n === 7,
  }))
}
