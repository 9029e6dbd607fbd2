// A room's lines as the view keeps them: merged by event, in the order they came, bounded.
//
// The gateway tells an event again when its action (or, after an edit, its text) has changed: the
// line then changes where it stands, so that nothing jumps under a moderator's eyes.
import type { ContextLine } from '../../api/shapes'

export const MOST = 2000
/** While the view is paused, more is kept: cutting the head would move what is being read. */
export const MOST_PAUSED = 6000

export interface Merged {
  lines: ContextLine[]
  /** How many of the incoming lines were not known before. */
  fresh: number
}

/** Merge what came into what is shown; an older revision never replaces a newer one. */
export function merge(shown: ContextLine[], incoming: ContextLine[], most = MOST): Merged {
  if (incoming.length === 0) return { lines: shown, fresh: 0 }
  const lines = shown.slice()
  const places = new Map<string, number>()
  lines.forEach((line, index) => places.set(line.event, index))
  let fresh = 0
  for (const line of incoming) {
    const place = places.get(line.event)
    const known = place === undefined ? undefined : lines[place]
    if (place === undefined || known === undefined) {
      places.set(line.event, lines.push(line) - 1)
      fresh += 1
    } else if (line.rev >= known.rev) {
      lines[place] = { ...line, mine: known.mine || line.mine }
    }
  }
  return { lines: lines.length > most ? lines.slice(lines.length - most) : lines, fresh }
}

/** So much of a message is searched: a megabyte in each of 2000 lines would stop the typing. */
const SEARCHED = 2000

export type Show = 'all' | 'restricted'

/** Return the lines that a filter leaves: by what was decided, and by words or a user. */
export function filtered(lines: ContextLine[], show: Show, words: string): ContextLine[] {
  const asked = words.trim().toLocaleLowerCase()
  if (show === 'all' && asked === '') return lines
  return lines.filter(
    (line) =>
      (show === 'all' || line.action !== 'allow') &&
      (asked === '' ||
        line.text.slice(0, SEARCHED).toLocaleLowerCase().includes(asked) ||
        line.name.toLocaleLowerCase().includes(asked) ||
        line.user.toLocaleLowerCase() === asked),
  )
}
