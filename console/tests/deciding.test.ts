// What a refused decision tells of who was first.
import { expect, test } from 'vitest'
import { isDecision } from '../src/case/deciding'

test('a decision that stands is known by who made it and what it was', () => {
  expect(isDecision({ decision: { by: 'ann', choice: 'dismiss' }, items: [], fresh: false })).toBe(true)
})

test('a case is no decision, though it names one', () => {
  expect(isDecision({ id: 'c', decision: 'd', claimed_by: '', version: 1 })).toBe(false)
  expect(isDecision(null)).toBe(false)
})
