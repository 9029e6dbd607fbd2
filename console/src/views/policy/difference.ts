// The lines of a policy's diff, taken apart: what it does to people decides its colour.
//
// A line is `! stricter  rule x: told`: a mark (`!`: may take more from people by itself), a way
// (stricter, milder, changed), then words. Head and sum have neither. Lines of files (`+`, `-`, `@@`)
// are coloured by their first sign.

export type Way = 'stricter' | 'milder' | 'changed' | 'added' | 'removed' | 'place' | 'words'

export interface Change {
  way: Way
  danger: boolean
  text: string
}

const SHAPE = /^([! ]) (stricter|milder|changed)\s+(.*)$/s

/** Read one line of a diff. */
export function readLine(line: string): Change {
  const [, mark, way, text] = SHAPE.exec(line) ?? []
  if (way === 'stricter' || way === 'milder' || way === 'changed') {
    return { way, danger: mark === '!', text: text ?? '' }
  }
  if (line.startsWith('@@')) return { way: 'place', danger: false, text: line }
  if (line.startsWith('+')) return { way: 'added', danger: false, text: line.slice(1) }
  if (line.startsWith('-')) return { way: 'removed', danger: false, text: line.slice(1) }
  return { way: 'words', danger: false, text: line }
}
