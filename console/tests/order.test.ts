// The queue: live, but nothing moves under the hand until it settles.
import { describe, expect, it } from 'vitest'
import type { CaseLine } from '../src/api/shapes'
import { begun, extended, isSettled, settled, told } from '../src/queue/order'
import { following, stepped } from '../src/queue/walk'
import { spent } from '../src/queue/urgency'

function line(id: string, rank: number, some: Partial<CaseLine> = {}): CaseLine {
  return {
    id, state: 'open', about: 'verdict', queue: 'abuse', priority: 'p2', severity: 'low', category: 'spam', rule: 'r', score: 1, room: 'room', user: 'u', name: 'n',
    stream: '', surface: 'chat', lang: 'en', because: '', opened: 0, latest: 0, changed: 0, due: null, nobody: 'close', viewers: 0, rank, members: 1, users: 1, sealed: false,
    claimed_by: '', claim_until: null, assigned: '', asked_by: '', decision: '', choice: '', decided_by: '', decided: null, version: 1, ...some,
  }
}

const open = (one: CaseLine): boolean => one.state === 'open'
const abc = begun([line('b', 2), line('a', 1), line('c', 3)], null)

describe('the board', () => {
  it('is in order of rank, then of id', () => {
    expect(begun([line('z', 1), line('b', 2), line('a', 2)], null).order).toEqual(['z', 'a', 'b'])
  })

  it('shows what changed at once, where it stands', () => {
    const board = told(abc, [line('c', 0, { version: 2, claimed_by: 'x' })], open)
    expect(board.order).toEqual(['a', 'b', 'c'])
    expect(board.lines.get('c')?.claimed_by).toBe('x')
    expect(isSettled(board)).toBe(false)
    expect(settled(board).order).toEqual(['c', 'a', 'b'])
  })

  it('keeps what is new back, and counts it', () => {
    const board = told(abc, [line('n', 0)], open)
    expect([board.order, [...board.fresh]]).toEqual([['a', 'b', 'c'], ['n']])
    expect(settled(board).order).toEqual(['n', 'a', 'b', 'c'])
  })

  it('leaves the row of what has ended until it settles', () => {
    const board = told(abc, [line('b', 2, { state: 'decided', version: 2 })], open)
    expect([board.order, [...board.left]]).toEqual([['a', 'b', 'c'], ['b']])
    expect(settled(board).order).toEqual(['a', 'c'])
  })

  it('takes back what came again before it settled', () => {
    const ended = told(abc, [line('b', 2, { state: 'decided', version: 2 })], open)
    expect(told(ended, [line('b', 2, { version: 3 })], open).left.size).toBe(0)
  })

  it('forgets what came and went before anybody saw it', () => {
    const came = told(abc, [line('n', 0)], open)
    const went = told(came, [line('n', 0, { state: 'resolved', version: 2 })], open)
    expect([went.fresh.size, went.lines.has('n'), isSettled(went)]).toEqual([0, false, true])
  })

  it('believes the newest version, in whatever order they come', () => {
    const board = told(told(abc, [line('a', 1, { version: 5, name: 'new' })], open), [line('a', 1, { version: 4, name: 'old' })], open)
    expect(board.lines.get('a')?.name).toBe('new')
  })

  it('leaves to its page what ranks behind the last loaded line', () => {
    const part = begun([line('a', 1), line('b', 2)], 'cursor')
    const board = told(part, [line('far', 9), line('near', 1.5)], open)
    expect([...board.fresh]).toEqual(['near'])
    expect(extended(board, [line('far', 9), line('b', 2)], null).order).toEqual(['a', 'b', 'far'])
  })
})

describe('walking', () => {
  const rows = [line('a', 1), line('b', 2, { claimed_by: 'other', state: 'claimed' }), line('c', 3)]

  it('steps within the list, and begins at its head', () => {
    expect([stepped(rows, null, 1), stepped(rows, 'a', 1), stepped(rows, 'c', 1), stepped(rows, 'a', -1), stepped([], 'a', 1)]).toEqual(['a', 'b', 'c', 'a', null])
  })

  it('goes on to what is nobody else’s, and from the end to the head', () => {
    expect([following(rows, 'a', 'me'), following(rows, 'c', 'me'), following(rows, 'gone', 'me'), following(rows.slice(1, 2), 'b', 'me')]).toEqual(['c', 'a', 'a', null])
  })
})

describe('time that has run', () => {
  it('is a share of the time there was', () => {
    expect(spent({ opened: 100, due: 200, priority: 'p2' }, 150)).toBe(0.5)
    expect(spent({ opened: 100, due: 200, priority: 'p2' }, 900)).toBe(1)
    expect(spent({ opened: 100, due: null, priority: 'p0' }, 130)).toBe(0.5)
    expect(spent({ opened: 100, due: 100, priority: 'p0' }, 50)).toBe(0)
  })
})
