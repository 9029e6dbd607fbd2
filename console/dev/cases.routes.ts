// Made up: a queue of cases that can be claimed, decided and taken back; `?cases=N`, `?rate=N` a minute.
import type { CaseLine, CaseView, Choice, DecisionLine, Note, Preview, QueueLine } from '../src/api/shapes'
import { onWatch, Refusal, tell, type Routes } from './gateway'
import { contextOf, makeCase, memberOf, now } from './world'

const asked = new URLSearchParams(location.search)
const start = now()
const cases = new Map<string, CaseLine>()
for (let n = 0; n < Number(asked.get('cases') ?? 240); n += 1) {
  const line = makeCase(n, start)
  cases.set(line.id, line)
}
const notes = new Map<string, Note[]>()
const OPEN = new Set(['open', 'claimed', 'second', 'escalated'])

function sorted(): CaseLine[] {
  return [...cases.values()].filter((line) => OPEN.has(line.state)).sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1))
}

function change(id: string, some: Partial<CaseLine>, kind: string, text = ''): CaseLine {
  const old = cases.get(id)
  if (!old) throw new Refusal(404, 'not_found')
  const line = { ...old, ...some, changed: now(), version: old.version + 1 }
  cases.set(id, line)
  const note: Note = { id: `n${Math.random()}`, at: now(), kind, by: 'mira', to: '', text }
  notes.set(id, [...(notes.get(id) ?? []), note])
  setTimeout(() => {
    tell({ type: 'cases', items: [line], at: now() })
    tell({ type: 'noted', case: id, note })
  }, 60)
  return line
}

function queues(): QueueLine[] {
  const found = new Map<string, QueueLine>()
  for (const line of sorted()) {
    const one = found.get(line.queue) ?? { queue: line.queue, open: 0, claimed: 0, escalated: 0, by_priority: {}, oldest: line.opened, soonest: line.due }
    if (line.state === 'claimed') one.claimed += 1
    else if (line.state === 'escalated') one.escalated += 1
    else one.open += 1
    one.by_priority[line.priority] = (one.by_priority[line.priority] ?? 0) + 1
    found.set(line.queue, one)
  }
  return [...found.values()].sort((a, b) => a.queue.localeCompare(b.queue))
}

function choices(line: CaseLine): Choice[] {
  const user = line.users
  const m = line.members
  const message = (kind: string) => ({ kind, target: 'message' as const, count: m, for_s: null })
  const person = (kind: string, s: number | null = null) => ({ kind, target: 'user' as const, count: user, for_s: s })
  const stream = (kind: string, s: number | null = null) => ({ kind, target: 'stream' as const, count: 1, for_s: s })
  const make = (id: string, key: string, effects: Choice['effects'], more: Partial<Choice> = {}): Choice => ({
    id, key, effects, restricts: effects.some((one) => !['approve', 'revert', 'veto'].includes(one.kind)), timed: false, for_s: null, confirm: m > 1, denied: '', ...more,
  })
  if (line.about === 'hold') {
    return [make('approve', 'a', [message('approve')]), make('deny', 'd', [message('deny')]), make('deny_mute', 'm', [message('deny'), person('mute', 600)], { timed: true, for_s: 600 }), make('deny_ban', 'b', [message('deny'), person('ban')], { timed: true, confirm: true })]
  }
  if (line.stream) {
    return [make('veto', 'v', [stream('veto')]), make('cut', 'c', [stream('cut')], { timed: true, confirm: true }), make('stream_warn', 'w', [stream('warn')]), make('blur', 'b', [stream('blur', 600)], { timed: true, for_s: 600 }), make('dismiss', 'd', [])]
  }
  return [make('dismiss', 'd', []), make('remove', 'x', [message('remove')]), make('remove_mute', 'm', [message('remove'), person('mute', 600)], { timed: true, for_s: 600 }), make('ban', 'b', [person('ban')], { timed: true, confirm: true }), make('warn', 'w', [person('warn')], line.sealed ? { denied: 'it takes evidence.sealed' } : {})]
}

function view(id: string): CaseView {
  const line = cases.get(id)
  if (!line) throw new Refusal(404, 'not_found')
  const n = Math.min(50, line.members)
  const day = 86_400
  return {
    case: line, choices: choices(line), members: { items: Array.from({ length: n }, (_, i) => memberOf(line, i)), next: line.members > 50 ? '50' : null },
    context: line.surface === 'frame' ? [] : contextOf(line), notice: 'Your message was removed because it links to a page that takes wallets over (rule 4.2). You can answer within seven days.',
    notes: [{ id: 'n0', at: line.opened, kind: 'opened', by: '', to: '', text: '' }, { id: 'n1', at: line.opened + 20, kind: 'note', by: 'jonas', to: '', text: 'Saw the same wallet yesterday in trading-floor, three accounts.' }, ...(notes.get(id) ?? [])],
    who: {
      user: line.user, name: line.name, strikes: 2, cases: 4, reverted: 1, since: start - 40 * day,
      restrictions: [{ kind: 'mute', room: line.room, until: start + 420, because: line.rule, by: '' }], verdicts: { 'wallet-drainer-link': 3, 'same-text-many': 2, 'insult-targeted': 1 },
      decisions: ['mute', 'remove', 'ban'].map((choice, i) => decision(`old${i}`, '', choice, start - (i + 1) * 3 * day, i === 2)),
    },
    detectors: ['links', 'lexicon', 'second-opinion'], veto_until: line.stream ? start + 90 : null, blind: false,
  }
}

function decision(id: string, of: string, choice: string, at = now(), undone = false): DecisionLine {
  return {
    id, case: of, at, by: 'mira', choice, reason: '', state: undone ? 'undone' : 'done', parts: 1, done: 1, failed: 0, undone_by: undone ? 'jonas' : '', undone: undone ? at + 60 : null,
    machine: false, room: 'btc-lounge', rule: 'wallet-drainer-link', category: '', action: '', surface: 'chat',
  }
}

function preview(lines: CaseLine[], choice: string): Preview {
  const all = lines.flatMap((line) => choices(line).find((one) => one.id === choice)?.effects ?? [])
  const effects = [...new Map(all.map((one) => [one.kind, one])).values()].map((one) => ({ ...one, count: all.filter((other) => other.kind === one.kind).reduce((sum, other) => sum + other.count, 0) }))
  return {
    token: 'made-up', choice, effects, users: lines.reduce((n, line) => n + line.users, 0), messages: lines.reduce((n, line) => n + line.members, 0),
    rooms: new Set(lines.map((line) => line.room)).size, exempt: 2, sample: lines.slice(0, 5).flatMap((line) => contextOf(line).slice(3, 6)), refused: '',
  }
}

export const routes: Routes = {
  'GET /v1/queues': () => ({ items: queues() }),
  'GET /v1/cases': ({ query }) => {
    const of = (name: 'queue' | 'priority' | 'user' | 'room') => (line: CaseLine) => !query.get(name) || line[name] === query.get(name)
    const found = sorted().filter(of('queue')).filter(of('priority')).filter(of('user')).filter(of('room')).filter((line) => !query.get('mine') || line.claimed_by === 'mira')
    const from = Number(query.get('cursor') ?? 0)
    const to = from + Number(query.get('limit') ?? 100)
    return { items: found.slice(from, to), next: to < found.length ? String(to) : null }
  },
  'GET /v1/cases/:': ({ path }) => view(path[0]!),
  'GET /v1/cases/:/members': ({ path, query }) => {
    const line = cases.get(path[0]!)!
    const from = Number(query.get('cursor'))
    const to = Math.min(line.members, from + 100)
    return { items: Array.from({ length: to - from }, (_, i) => memberOf(line, from + i)), next: to < line.members ? String(to) : null }
  },
  'GET /v1/cases/:/preview': ({ path, query }) => preview([cases.get(path[0]!)!], query.get('choice') ?? ''),
  'GET /v1/cases/:/members/:/:/still': () => picture(),
  'POST /v1/cases/:/claim': ({ path }) => change(path[0]!, { state: 'claimed', claimed_by: 'mira', claim_until: now() + 300 }, 'claimed'),
  'POST /v1/cases/:/release': ({ path }) => change(path[0]!, { state: 'open', claimed_by: '', claim_until: null }, 'released'),
  'POST /v1/cases/:/escalate': ({ path, body }) => change(path[0]!, { state: 'escalated' }, 'escalated', (body as { reason: string }).reason),
  'POST /v1/cases/:/second': ({ path, body }) => change(path[0]!, { state: 'second', asked_by: 'mira' }, 'second', (body as { question: string }).question),
  'POST /v1/cases/:/notes': ({ path, body }) => change(path[0]!, {}, 'note', (body as { text: string }).text),
  'POST /v1/cases/:/decision': ({ path, body }) => {
    const id = path[0]!
    const { choice } = body as { choice: string }
    if (asked.get('late') !== null) throw new Refusal(409, 'already_decided', change(id, { state: 'decided', decided_by: 'jonas', choice: 'remove', decided: now() - 2, decision: 'dx' }, 'decided'))
    change(id, { state: 'decided', decided_by: 'mira', choice, decided: now(), decision: `d-${id}` }, 'decided')
    return { decision: decision(`d-${id}`, id, choice), items: [], fresh: true }
  },
  'POST /v1/cases/bulk/preview': ({ body }) => {
    const { cases: ids, choice } = body as { cases: string[]; choice: string }
    const lines = ids.map((id) => cases.get(id)!).filter((line) => choices(line).some((one) => one.id === choice))
    const skipped = Object.fromEntries(ids.filter((id) => !lines.some((line) => line.id === id)).map((id) => [id, 'it cannot be chosen there']))
    return { token: 'made-up', cases: lines.length, preview: preview(lines, choice), skipped }
  },
  'POST /v1/cases/bulk': ({ body }) => {
    const { cases: ids, choice } = body as { cases: string[]; choice: string }
    return { items: ids.map((id) => {
      change(id, { state: 'decided', decided_by: 'mira', choice, decided: now(), decision: `d-${id}` }, 'decided')
      return { decision: decision(`d-${id}`, id, choice), items: [], fresh: true }
    }) }
  },
  'POST /v1/decisions/:/undo': ({ path }) => {
    const id = path[0]!.slice(2)
    change(id, { state: 'open', decision: '', decided_by: '', choice: '' }, 'undone')
    return { decision: decision(path[0]!, id, 'dismiss', now(), true), items: [], fresh: true }
  },
}

function picture(): Blob {
  const canvas = document.createElement('canvas')
  canvas.width = 640
  canvas.height = 360
  const pen = canvas.getContext('2d')!
  for (let y = 0; y < 9; y += 1) for (let x = 0; x < 16; x += 1) {
    pen.fillStyle = `hsl(${(x * 24 + y * 40) % 360} 60% 50%)`
    pen.fillRect(x * 40, y * 40, 40, 40)
  }
  const [, data = ''] = canvas.toDataURL('image/jpeg').split(',')
  return new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: 'image/jpeg' })
}

onWatch((type, topic) => {
  if (type === 'watch' && topic.startsWith('case:')) setTimeout(() => tell({ type: 'viewers', case: topic.slice(5), names: topic.endsWith('3') ? ['mira', 'jonas'] : ['mira'] }), 50)
})

let n = cases.size
const rate = Number(asked.get('rate') ?? 0)
if (rate > 0) setInterval(() => {
  const line = makeCase(n++)
  cases.set(line.id, line)
  tell({ type: 'cases', items: [line], at: now() })
  tell({ type: 'queues', items: queues() })
}, 60_000 / rate)
