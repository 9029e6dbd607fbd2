// Charts, differences, searches and addresses of the views that look back.
import { describe, expect, test } from 'vitest'
import { addressOfTarget } from '../src/views/audit/target'
import { askedOf, dayEnd, dayStart, isFiltered } from '../src/views/decisions/asked'
import { layOut, stepFor } from '../src/views/overview/chart'
import { sparkPath } from '../src/views/overview/spark'
import { readLine } from '../src/views/policy/difference'

describe('the chart of hours', () => {
  test.each([[0, 1], [3, 1], [4, 1], [5, 2], [29, 10], [100, 50], [101, 50], [4000, 1000]])('%d has steps of %d', (most, step) => {
    expect(stepFor(most)).toBe(step)
  })

  test('no bar leaves the box, and nothing is no bar', () => {
    const chart = layOut([[0, 0], [7, 3], [29, 12]], 300, 100)
    for (const { first, second } of chart.hours) {
      for (const bar of [first, second]) {
        expect(bar.y).toBeGreaterThanOrEqual(0)
        expect(bar.y + bar.height).toBeCloseTo(100)
      }
    }
    expect(chart.hours[0]?.first.height).toBe(0)
    expect(chart.hours.map((hour) => hour.ago)).toEqual([2, 1, 0])
  })

  test('the scale begins at 0 and reaches over the greatest', () => {
    const { ticks, top } = layOut([[29, 4]], 300, 100)
    expect(ticks[0]).toEqual({ value: 0, y: 100 })
    expect(ticks.at(-1)).toEqual({ value: top, y: 0 })
    expect(top).toBeGreaterThanOrEqual(29)
  })

  test('a day without cases is an empty chart, not a broken one', () => {
    expect(layOut(Array.from({ length: 24 }, () => [0, 0]), 300, 100).hours).toHaveLength(24)
    expect(layOut([], 300, 100).hours).toEqual([])
  })

  test('a curve needs some points, and a level one does not divide by nothing', () => {
    expect(sparkPath([1, 2])).toBe('')
    expect(sparkPath([5, 5, 5, 5])).not.toMatch(/NaN/)
  })
})

describe('a line of a difference', () => {
  test.each([
    ['! stricter  rule x: stage shadow -> act', 'stricter', true, 'rule x: stage shadow -> act'],
    ['  milder    room r: rule x: hold -> flag', 'milder', false, 'room r: rule x: hold -> flag'],
    ['! changed   rule x: when a -> b', 'changed', true, 'rule x: when a -> b'],
    ['+ then: block', 'added', false, ' then: block'],
    ['- then: hold', 'removed', false, ' then: hold'],
    ['@@ -1 +1 @@', 'place', false, '@@ -1 +1 @@'],
    ['3 changes, 1 of them may take more from people by themselves', 'words', false, '3 changes, 1 of them may take more from people by themselves'],
    ['', 'words', false, ''],
  ] as const)('%s', (text, way, danger, told) => {
    expect(readLine(text)).toEqual({ way, danger, text: told })
  })
})

describe('the search of decisions', () => {
  test('a day is from its first to its last moment', () => {
    const [start, end] = [dayStart('2026-03-01') ?? 0, dayEnd('2026-03-01') ?? 0]
    expect(end - start).toBe(86_400)
    expect(new Date(start * 1000).getHours()).toBe(0)
  })

  test('a day that is none is not asked for', () => {
    expect(dayStart('tomorrow')).toBeNull()
    expect(dayEnd('')).toBeNull()
  })

  test('people or machines, or both where it is left open', () => {
    expect(askedOf({ whose: 'people' })['machine']).toBe('false')
    expect(askedOf({ whose: 'machine' })['machine']).toBe('true')
    expect(askedOf({})['machine']).toBeNull()
  })

  test('says whether anything is filtered', () => {
    expect(isFiltered({})).toBe(false)
    expect(isFiltered({ other: 'x' })).toBe(false)
    expect(isFiltered({ room: 'a' })).toBe(true)
  })
})

test('an audit line leads to what it names, where a view shows it', () => {
  expect(addressOfTarget('case.claim', 'c 1')).toBe('#/case/c%201')
  expect(addressOfTarget('room.view', 'a/b')).toBe('#/room/a%2Fb')
  expect(addressOfTarget('room.switch', 'a/b/shield')).toBe('#/room/a%2Fb')
  expect(addressOfTarget('session.open', 'ada')).toBeNull()
  expect(addressOfTarget('case.view', '')).toBeNull()
})
