// A room's lines: merged by event, in their order, bounded; filtered by verdict and words.
import { describe, expect, test } from 'vitest'
import type { ContextLine } from '../src/api/shapes'
import { filtered, merge } from '../src/views/room/timeline'
import { atEnd, sliceOf } from '../src/views/room/window'

const line = (event: string, more: Partial<ContextLine> = {}): ContextLine => ({
  event, rev: 0, at: 0, user: 'u1', name: 'Ada', text: 'hello', action: 'allow', mine: false, ...more,
})

describe('merge', () => {
  test('adds what is new at the end and counts it', () => {
    const { lines, fresh } = merge([line('a')], [line('b'), line('c')])
    expect(lines.map((each) => each.event)).toEqual(['a', 'b', 'c'])
    expect(fresh).toBe(2)
  })

  test('changes a known line where it stands', () => {
    const { lines, fresh } = merge([line('a'), line('b')], [line('a', { action: 'remove' })])
    expect(lines.map((each) => each.action)).toEqual(['remove', 'allow'])
    expect(fresh).toBe(0)
  })

  test('an older revision never replaces a newer one', () => {
    const { lines } = merge([line('a', { rev: 2, text: 'new' })], [line('a', { rev: 1, text: 'old' })])
    expect(lines[0]?.text).toBe('new')
  })

  test('the same event twice in one batch is one line', () => {
    expect(merge([], [line('a'), line('a', { action: 'block' })]).lines).toHaveLength(1)
  })

  test('keeps the newest when there are too many', () => {
    const many = Array.from({ length: 30 }, (_, n) => line(`m${n}`))
    expect(merge([], many, 10).lines.map((each) => each.event)).toEqual(many.slice(20).map((each) => each.event))
  })

  test('nothing new is the very same list, so that nothing is drawn again', () => {
    const shown = [line('a')]
    expect(merge(shown, []).lines).toBe(shown)
  })
})

describe('filtered', () => {
  const lines = [line('a', { text: 'Free AIRDROP', action: 'block' }), line('b', { name: 'airdropper' }), line('c', { user: 'u9' })]

  test.each([
    ['all', '', 'a b c'],
    ['restricted', '', 'a'],
    ['all', 'airdrop', 'a b'],
    ['all', 'u9', 'c'],
    ['restricted', 'u9', ''],
  ] as const)('%s with %s', (show, words, events) => {
    expect(filtered(lines, show, words).map((each) => each.event).join(' ')).toBe(events)
  })
})

describe('sliceOf', () => {
  const heights = [20, 40, 20, 60, 20, 20, 20, 20]
  const whole = heights.reduce((sum, each) => sum + each, 0)

  test('what is drawn and what is left out are together the whole', () => {
    for (let top = -50; top <= whole + 50; top += 7) {
      const slice = sliceOf(heights.length, (n) => heights[n] ?? 0, top, 50, 10)
      const drawn = heights.slice(slice.start, slice.end).reduce((sum, each) => sum + each, 0)
      expect(slice.above + drawn + slice.below).toBe(whole)
    }
  })

  test('every row in sight is drawn', () => {
    for (let top = 0; top <= whole - 50; top += 5) {
      const { start, end, above } = sliceOf(heights.length, (n) => heights[n] ?? 0, top, 50, 0)
      const drawn = heights.slice(start, end).reduce((sum, each) => sum + each, 0)
      expect(above).toBeLessThanOrEqual(top)
      expect(above + drawn).toBeGreaterThanOrEqual(top + 50)
    }
  })

  test('an empty list is an empty slice', () => {
    expect(sliceOf(0, () => 20, 0, 100)).toEqual({ start: 0, end: 0, above: 0, below: 0 })
  })

  test('the end is the end, give or take half a line', () => {
    expect(atEnd(490, 500, 1000)).toBe(true)
    expect(atEnd(450, 500, 1000)).toBe(false)
  })
})
