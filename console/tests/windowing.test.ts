// Which rows are drawn, and what stays where it is when rows come and go.
import { describe, expect, it } from 'vitest'
import { drawn, scrollTo, shifted } from '../src/parts/windowing'

describe('drawn', () => {
  it('draws only what is in sight, and a few around it', () => {
    expect(drawn(44_000, 440, 44, 5000, 8)).toEqual({ first: 992, end: 1018 })
  })

  it('stays within the list at both ends', () => {
    expect(drawn(0, 440, 44, 5, 8)).toEqual({ first: 0, end: 5 })
    expect(drawn(1e9, 440, 44, 100, 8)).toEqual({ first: 99, end: 100 })
    expect(drawn(0, 440, 44, 0)).toEqual({ first: 0, end: 0 })
  })

  it('never draws more than fits, wherever it is scrolled to', () => {
    for (let top = -500; top < 250_000; top += 777) {
      const { first, end } = drawn(top, 900, 44, 5000, 8)
      expect(first).toBeGreaterThanOrEqual(0)
      expect(end).toBeLessThanOrEqual(5000)
      expect(end - first).toBeLessThanOrEqual(Math.ceil(900 / 44) + 17)
    }
  })
})

describe('scrollTo', () => {
  it('moves nothing that is in sight already', () => {
    expect(scrollTo(10, 300, 440, 44)).toBe(300)
  })

  it('brings a row in with one row of air', () => {
    expect(scrollTo(2, 300, 440, 44)).toBe(44)
    expect(scrollTo(20, 0, 440, 44)).toBe(22 * 44 - 440)
    expect(scrollTo(0, 300, 440, 44)).toBe(0)
  })
})

describe('shifted', () => {
  const old = ['a', 'b', 'c', 'd', 'e', 'f']

  it('keeps the anchor where it is when rows come above it', () => {
    expect(shifted(old, ['x', 'y', ...old], 'c', 0, 200, 40)).toBe(80)
  })

  it('shows the beginning when one looks at the beginning', () => {
    expect(shifted(old, ['x', ...old], null, 0, 200, 40)).toBe(0)
  })

  it('keeps the first row in sight when the anchor is not', () => {
    expect(shifted(old, ['x', ...old], 'f', 80, 80, 40)).toBe(40)
  })

  it('takes the next row that is still there when the anchor has gone', () => {
    expect(shifted(old, ['x', 'a', 'b', 'd', 'e', 'f'], 'c', 0, 200, 40)).toBe(0)
    expect(shifted(old, [], 'c', 40, 200, 40)).toBe(0)
  })
})
