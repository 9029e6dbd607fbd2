// Answers and the live socket tell of one thing in any order: what is newer stands.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { landed } from '../src/api/landing'
import type { CaseLine, CaseView } from '../src/api/shapes'
import { answered, newer } from '../src/case/newest'
import { more, put, reload, rows } from '../src/queue/store'

function line(version: number, some: Partial<CaseLine> = {}): CaseLine {
  return {
    id: 'a', state: 'open', about: 'verdict', queue: 'abuse', priority: 'p2', severity: 'low', category: 'spam', rule: 'r', score: 1, room: 'room', user: 'u', name: 'n',
    stream: '', surface: 'chat', lang: 'en', because: '', opened: 0, latest: 0, changed: 0, due: null, nobody: 'close', viewers: 0, rank: 1, members: 1, users: 1, sealed: false,
    claimed_by: '', claim_until: null, assigned: '', asked_by: '', decision: '', choice: '', decided_by: '', decided: null, version, ...some,
  }
}

const claimed = line(2, { state: 'claimed', claimed_by: 'ann' })
const view = (of: CaseLine): CaseView => ({
  case: of, choices: [], members: { items: [], next: null }, context: [], notes: [], who: null, notice: null, detectors: [], veto_until: null, blind: false,
})

describe('a line of a case', () => {
  it('stands by its version, in whatever order the two came', () => {
    expect([newer(line(1), claimed), newer(claimed, line(1)), newer(null, claimed)]).toEqual([claimed, claimed, claimed])
  })

  it('of one version stands as it came last, and never for another case', () => {
    expect(newer(line(2), line(2, { viewers: 3 })).viewers).toBe(3)
    expect(newer(claimed, line(1, { id: 'b' })).id).toBe('b')
  })
})

describe('a case that was asked for', () => {
  it('is shown as it was told when the answer is older', () => {
    expect(answered(view(line(1)), claimed).case).toBe(claimed)
  })

  it('is the answer itself when nothing newer is known', () => {
    for (const told of [null, line(1), line(2)]) {
      const answer = view(claimed)
      expect(answered(answer, told)).toBe(answer)
    }
  })
})

describe('an answer', () => {
  it('comes under what was told while it was on its way, in that order', () => {
    const shown = landed({ on: false, n: 0 }, [(old) => old && { ...old, on: true }, (old) => old && { ...old, n: old.n + 1 }])
    expect(shown).toEqual({ on: true, n: 1 })
    expect(landed('old', ['told', 'newer'])).toBe('newer')
    expect(landed('as it is', [])).toBe('as it is')
  })
})

describe('the queue', () => {
  const answers: ((page: object) => void)[] = []
  const come = (items: CaseLine[], next: string | null = null): void => answers.shift()?.(Response.json({ items, next }))
  const claims = (): string[] => rows.value.map((each) => `${each.id} ${each.claimed_by}`)

  function slow(): void {
    vi.stubGlobal('fetch', () => new Promise((answer) => answers.push(answer)))
  }

  afterEach(() => void vi.unstubAllGlobals())

  it('keeps what was told while it was asked for, the first time and anew', async () => {
    slow()
    for (const version of [1, 2]) {
      const asked = reload()
      put(line(version + 1, { state: 'claimed', claimed_by: `told ${version}` }))
      come([line(version)])
      await asked
      expect(claims()).toEqual([`a told ${version}`])
    }
  })

  it('keeps what was told of a page that was on its way', async () => {
    slow()
    const asked = reload()
    come(Array.from({ length: 200 }, (_, n) => line(9, { id: `a${n}` })), 'cursor')
    await asked
    const paged = more()
    put(line(2, { id: 'b', rank: 5, state: 'claimed', claimed_by: 'told' }))
    come([line(1, { id: 'b', rank: 5 })])
    await paged
    expect([claims().length, claims().at(-1)]).toEqual([201, 'b told'])
  })
})
