// A case's history in the reader's language: no id, choice or category of the gateway's own is left in it.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import taxonomy from '../../seawall/taxonomy.py?raw'
import type { CaseLine, Note } from '../src/api/shapes'
import { outcomeName, toldOf } from '../src/case/told'
import { caseName } from '../src/case/words'
import { language, setLanguage, spokenIn } from '../src/i18n'
import { de } from '../src/i18n/de'
import { en } from '../src/i18n/en'
import { matches } from '../src/queue/filters'

const line = { members: 25, users: 20, about: 'hold', category: 'scam.phishing' } as CaseLine
const note = (kind: string, more: Partial<Note> = {}): Note => ({ id: 'n', at: 0, kind, by: '', to: '', text: '', ...more })

beforeAll(() => void vi.stubGlobal('document', { documentElement: { lang: '' } })) // there is no browser here
afterEach(() => setLanguage('en'))

describe('a line of the history', () => {
  it('names what was decided, not which decision', () => {
    const told = toldOf(note('decided', { by: 'ann', to: 'd095ea9ad4f3de07870fd', text: 'deny_mute' }), line, false)
    expect(told).toEqual({ to: 'Deny and mute', says: '', words: '' })
    expect(toldOf(note('expired', { text: 'deny' }), line, false).to).toBe('Deny')
    expect([outcomeName('block'), outcomeName('from_a_newer_gateway')]).toEqual(['block', 'from_a_newer_gateway'])
  })

  it('tells how an incident stands, and how it stood before', () => {
    const grew = note('joined', { text: '4 events of 3 users' })
    expect(toldOf(grew, line, false).says).toBe('4 events of 3 users by then')
    expect(toldOf(grew, line, true).says).toBe('now 25 events of 20 users')
    expect(toldOf(note('joined', { text: 'over 5000 events: more are counted, not kept' }), line, false).says).toContain('5000')
  })

  it('names the choices of a second opinion', () => {
    expect(toldOf(note('second', { by: 'ann', to: 'remove_mute', text: 'well?' }), line, false)).toEqual({ to: 'Remove and mute', says: '', words: 'well?' })
    expect(toldOf(note('opinion', { by: 'bob', to: 'ann', text: 'deny_ban: both agreed' }), line, false).says).toBe('Deny and ban: both agreed')
    expect(toldOf(note('opinion', { by: 'bob', to: 'ann', text: 'ban: ann would have chosen remove' }), line, false).says).toBe('Ban; ann would have chosen Remove')
  })

  it('leaves to people what they wrote, whatever it looks like', () => {
    expect(toldOf(note('note', { by: 'ann', text: 'denied' }), line, false)).toEqual({ to: '', says: '', words: 'denied' })
    expect(toldOf(note('escalated', { by: 'ann', text: 'hm' }), line, false).words).toBe('hm')
    expect(toldOf(note('escalated', { text: 'nobody decided in time' }), line, false).words).toBe('')
  })

  it('speaks German', async () => {
    await setLanguage('de')
    expect(toldOf(note('decided', { by: 'ann', to: 'd1', text: 'deny_mute' }), line, false).to).toBe('Ablehnen und stumm')
    expect(toldOf(note('joined', { text: '4 events of 3 users' }), line, true).says).toBe('jetzt 25 Ereignisse von 20 Personen')
    expect(toldOf(note('escalated', { text: 'nobody decided in time' }), line, false).says).toBe('niemand entschied rechtzeitig')
  })
})

describe('categories', () => {
  const names = [...taxonomy.matchAll(/Category\("([a-z_.]+)"/g)].map((found) => found[1] ?? '')

  it('all have a name in both languages', () => {
    expect(names.length).toBeGreaterThan(20)
    expect(names.filter((name) => !(`category.${name}` in en && `category.${name}` in de))).toEqual([])
  })

  it('name a case, and find it by either name', () => {
    expect([caseName(line), caseName({ ...line, category: '' })]).toEqual(['Phishing', 'Held message'])
    const self = { ...line, category: 'self_harm', rule: '', name: '', user: '', room: '', because: '', claimed_by: '' }
    expect([matches(self, 'self-harm'), matches(self, 'self_harm'), matches(self, 'spam')]).toEqual([true, true, false])
  })
})

describe('the language', () => {
  it('is the first of the browser that the console speaks', () => {
    expect([['de-DE'], ['DE'], ['fr', 'de-AT', 'en'], ['en-GB', 'de'], ['fr'], []].map(spokenIn)).toEqual(['de', 'de', 'de', 'en', 'en', 'en'])
  })

  it('is the one that was chosen last, whichever came first', async () => {
    await Promise.all([setLanguage('de'), setLanguage('en')])
    expect(language.value).toBe('en')
  })
})
