// What a line of a case's history says in the reader's language: the gateway writes ids, numbers and words of its own.
import type { CaseLine, Note } from '../api/shapes'
import { count, say, t } from '../i18n'
import { choiceName } from './words'

export interface Told {
  /** Whom or what it went to: a person, a queue, a choice. */
  to: string
  /** What the gateway says besides. */
  says: string
  /** What a person wrote, shown as theirs. */
  words: string
}

const GROWN = /^(\d+) events of (\d+) users$/
const OVER = /^over (\d+) events/
const AGREED = /^(\w+): both agreed$/
const DIFFERED = /^(\w+): (.+) would have chosen (\w+)$/

/** `last`: no later line of the same kind tells how it has grown, so this one tells how it stands. */
export function toldOf(note: Note, line: CaseLine, last: boolean): Told {
  const told = { to: note.to, says: '', words: '' }
  switch (note.kind) {
    case 'decided':
      return { ...told, to: choiceName(note.text) }
    case 'expired':
      return { ...told, to: outcomeName(note.text) }
    case 'joined':
      return { ...told, says: grown(note.text, line, last) }
    case 'opinion':
      return { ...told, says: opinion(note.text) }
    case 'second':
      return { ...told, to: note.to ? choiceName(note.to) : '', words: note.text }
    default:
      return note.by ? { ...told, words: note.text } : { ...told, says: say('told', note.text) }
  }
}

/** What happened by itself: mostly what somebody could have chosen, too. */
export function outcomeName(word: string): string {
  const choice = choiceName(word)
  return choice === word ? say('action', word) : choice
}

function grown(text: string, line: CaseLine, last: boolean): string {
  const over = OVER.exec(text)
  if (over) return t('told.over', { n: over[1] ?? '' })
  const then = GROWN.exec(text)
  if (!then) return text
  const [events, users] = last ? [line.members, line.users] : [Number(then[1]), Number(then[2])]
  return t(last ? 'told.now' : 'told.then', { events: count('queue.members', events), users: count('target.user', users) })
}

function opinion(text: string): string {
  const agreed = AGREED.exec(text)
  if (agreed) return t('told.agreed', { choice: choiceName(agreed[1] ?? '') })
  const differed = DIFFERED.exec(text)
  if (!differed) return text
  const [, choice = '', name = '', other = ''] = differed
  return t('told.differed', { choice: choiceName(choice), name, other: choiceName(other) })
}
