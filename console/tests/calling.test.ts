// Which calls ring when the console asks which there are.
import { expect, test } from 'vitest'
import type { PageLine } from '../src/api/shapes'
import { calling } from '../src/frame/calling'

const page = (id: string, person = 'ann', state: PageLine['state'] = 'open'): PageLine => ({
  id, case: 'c', priority: 'p0', why: '', at: 0, state, step: 0, person, next: null, acked_by: '', acked: null,
})
const ids = (pages: readonly PageLine[]): string[] => pages.map((one) => one.id)

test('open calls of whoever sits here ring, others do not', () => {
  const { rings, fresh } = calling([page('1'), page('2', 'bob'), page('3', 'ann', 'acked')], [], new Set(), 'ann')
  expect(ids(rings)).toEqual(['1'])
  expect(fresh?.id).toBe('1')
})

test('what rang already does not sound again, and what was answered elsewhere stops', () => {
  const { rings, fresh } = calling([page('1')], [page('1'), page('2')], new Set(), 'ann')
  expect(ids(rings)).toEqual(['1'])
  expect(fresh).toBeNull()
})

test('what was told meanwhile is newer than the list', () => {
  const { rings } = calling([page('1'), page('2')], [page('3')], new Set(['1', '3']), 'ann')
  expect(ids(rings)).toEqual(['3', '2'])
})
