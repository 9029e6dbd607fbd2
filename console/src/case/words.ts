// How cases and choices are called, and which keys choices have.
import type { CaseLine, Choice } from '../api/shapes'
import { say } from '../i18n'

/** Keys that are the console's own in a case; a choice whose key is one of them gets its number instead. */
export const RESERVED: ReadonlySet<string> = new Set([...'jkcnueotspylg?/.,'])

export function choiceName(id: string): string {
  return say('choice', id)
}

/** What a case is about, in a word or two. */
export function caseName(line: CaseLine): string {
  return line.category ? say('category', line.category) : say('about', line.about)
}

/** The key of each choice, in their order. */
export function keysOf(choices: readonly Choice[]): string[] {
  const taken = new Set<string>()
  return choices.map((choice, n) => {
    const own = choice.key !== '' && !RESERVED.has(choice.key) && !taken.has(choice.key)
    const key = own ? choice.key : String(n + 1)
    taken.add(key)
    return key
  })
}
