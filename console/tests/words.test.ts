// What is said: both languages say everything, numbers and times are said as people read them.
import { describe, expect, it } from 'vitest'
import type { Choice } from '../src/api/shapes'
import { around } from '../src/case/context'
import { keysOf } from '../src/case/words'
import { parseHash, address } from '../src/frame/route'
import { told } from '../src/frame/connection'
import { count, fill, say, t } from '../src/i18n'
import { de } from '../src/i18n/de'
import { deCases } from '../src/i18n/de.cases'
import { deFrame } from '../src/i18n/de.frame'
import { deViews2 } from '../src/i18n/de.views2'
import { deWords } from '../src/i18n/de.words'
import { en } from '../src/i18n/en'
import { countdown, lasting } from '../src/i18n/formats'
import { nearness } from '../src/parts/countdown'
import { asTyped, belongs, filtersOf, fits, matches, typed } from '../src/queue/filters'

const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? '').sort()

describe('the catalogues', () => {
  it('have the same keys', () => {
    expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort())
  })

  it('have the same places in each message', () => {
    const other = Object.entries(en).filter(([key, text]) => places(text).join() !== places(de[key as keyof typeof en]).join())
    expect(other).toEqual([])
  })

  it('say nothing twice: no part overwrites another', () => {
    const parts = [deCases, deFrame, deViews2, deWords].flatMap((part) => Object.keys(part))
    expect(parts.filter((key, n) => parts.indexOf(key) !== n)).toEqual([])
  })

  it('count in both forms wherever they count', () => {
    const ones = Object.keys(en).filter((key) => key.endsWith('.one'))
    expect(ones.filter((key) => !(key.replace(/\.one$/, '.other') in en))).toEqual([])
  })
})

describe('messages', () => {
  it('are filled, counted and looked up', () => {
    expect(fill('{a} and {b}', { a: 1 })).toBe('1 and {b}')
    expect([count('queue.selected', 1), count('target.user', 2500)]).toEqual(['1 selected', '2,500 users'])
    expect([say('action', 'mute'), say('action', 'from_a_newer_gateway')]).toEqual(['mute', 'from_a_newer_gateway'])
    expect(t('live.waiting', { s: 4 })).toBe('Reconnecting in 4 s')
  })

  it('never run what they are filled with', () => {
    expect(fill('{name}', { name: '{name} $& <b>' })).toBe('{name} $& <b>')
  })
})

describe('times', () => {
  it('count down without jumping', () => {
    expect([0, 0.2, 59, 60, 245, 3729, 90_000].map(countdown)).toEqual(['0:00', '0:01', '0:59', '1:00', '4:05', '1:02:09', '1 d 1 h'])
    expect(countdown(-5)).toBe('0:00')
  })

  it('last as people say it', () => {
    expect([null, 30, 600, 7200, 604_800].map(lasting)).toEqual(['until reversed', '30 s', '10 min', '2 h', '7 d'])
  })

  it('are near before they are late', () => {
    expect([500, 120, 30, 0, -3].map(nearness)).toEqual(['far', 'near', 'soon', 'late', 'late'])
  })

  it('tell how the connection stands', () => {
    expect(told({ is: 'waiting', attempt: 1, until: 14.2 }, 10)).toBe('Reconnecting in 5 s')
    expect(told({ is: 'waiting', attempt: 1, until: 10.4 }, 10)).toBe('Connecting…')
    expect(told({ is: 'offline' }, 10)).toBe('Offline')
  })
})

describe('addresses', () => {
  it('come back as they were written', () => {
    const hard = address('case', ['a/b?c#d é'], { q: 'x&y=z', none: '' })
    expect(parseHash(hard)).toEqual({ view: 'case', parts: ['a/b?c#d é'], query: { q: 'x&y=z' } })
    expect(parseHash('')).toEqual({ view: '', parts: [], query: {} })
    expect(parseHash('#/case/%E0%A4%A').parts).toEqual(['%E0%A4%A'])
  })
})

describe('filters', () => {
  it('are typed and shown alike', () => {
    expect(typed('user:u-1  bad words room:lobby')).toEqual({ user: 'u-1', room: 'lobby', text: 'bad words' })
    expect(asTyped(typed('bad user:u-1'))).toBe('user:u-1 bad')
  })

  it('say what belongs, and what matches', () => {
    const line = { state: 'open', queue: 'q', priority: 'p1', user: 'u', room: 'r', claimed_by: '', assigned: 'me', category: 'Spam', rule: 'x', name: '', because: '' }
    const one = line as Parameters<typeof belongs>[0]
    const reader = (name: string) => ({ name, langs: [], skills: [] })
    expect(belongs(one, filtersOf({ mine: '1', priority: 'p1' }), reader('me'))).toBe(true)
    expect(belongs(one, filtersOf({ mine: '1' }), reader('you'))).toBe(false)
    expect(belongs({ ...one, state: 'decided' }, filtersOf({}), reader('me'))).toBe(false)
    const spoken = { ...one, lang: 'pt-BR', category: 'scam.phishing' }
    expect(fits(spoken, { name: 'me', langs: ['pt'], skills: ['scam'] })).toBe(true)
    expect(fits(spoken, { name: 'me', langs: ['p'], skills: [] })).toBe(false)
    expect(fits(spoken, { name: 'me', langs: [], skills: ['spam'] })).toBe(false)
    expect([matches(one, 'SPAM x'), matches(one, 'ham')]).toEqual([true, false])
  })
})

describe('choices', () => {
  const choice = (key: string): Choice => ({ id: key, key, effects: [], restricts: false, timed: false, for_s: null, confirm: false, denied: '' })

  it('get a number where their key is the console’s own, or taken', () => {
    expect(keysOf([choice('a'), choice('u'), choice('a'), choice('')])).toEqual(['a', '2', '3', '4'])
  })
})

describe('context', () => {
  it('is cut at the event it is about', () => {
    const said = (event: string, at: number) => ({ event, rev: 0, at, user: '', name: '', text: '', action: '', mine: false })
    const [before, after] = around([said('b', 2), said('here', 3), said('a', 1), said('c', 4)], { event: 'here', at: 99 })
    expect([before.map((one) => one.event), after.map((one) => one.event)]).toEqual([['a', 'b'], ['c']])
  })
})
