// What goes wrong is said by its code, then by its status, then in the gateway's words.
import { describe, expect, it } from 'vitest'
import { explain, Problem, problemOf } from '../src/api/problem'

describe('problems', () => {
  it('are read from what the gateway answers', () => {
    const problem = problemOf(409, { code: 'claimed', detail: 'x holds it', stands: { id: 'c1' } })
    expect([problem.status, problem.code, problem.stands]).toEqual([409, 'claimed', { id: 'c1' }])
    expect(explain(problem)).toBe('Somebody else holds this case.')
  })

  it('are said by their status when the code is unknown', () => {
    expect(explain(problemOf(503, { code: 'new_code', detail: 'words' }))).toContain('Nothing was changed')
    expect(explain(problemOf(404, null))).toBe('It is not there, or not in your tenant.')
  })

  it('are said in the gateway’s words when nothing else is known', () => {
    expect(explain(problemOf(422, { code: 'odd', detail: 'that phrase is too short' }))).toBe('that phrase is too short')
    expect(explain(problemOf(500, '<html>'))).toContain('went wrong')
    expect(explain(new Error('secret internals'))).not.toContain('secret')
  })

  it('say how long to wait', () => {
    expect(explain(problemOf(429, { code: 'throttled' }, '30'))).toBe('Too many attempts. Try again in 30 s.')
    expect(explain(problemOf(429, { code: 'throttled' }, 'soon'))).toBe('Too many attempts. Wait a while.')
    expect(explain(new Problem(0, 'unreachable', ''))).toContain('cannot be reached')
  })
})
