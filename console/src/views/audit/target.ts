// Where what an audit line is about is shown, if anywhere.
//
// `what` says what was done (`room.switch`); `target` are the ids in its path, joined by `/`. An id may
// hold a `/` itself, so only known numbers of parts are taken off at the end.
import { address } from '../../frame/route'

function upTo(target: string, less: number): string {
  return target.split('/').slice(0, -less).join('/')
}

const SHOWN: Record<string, (target: string) => string> = {
  'room.view': (target) => address('room', [target]),
  'room.act': (target) => address('room', [target]),
  'room.switch': (target) => address('room', [upTo(target, 1)]),
  'decision.undo': (target) => address('decisions', [target]),
  'verdict.revert': (target) => address('decisions', [target]),
  'user.view': (target) => address('decisions', [], { user: target }),
  'rota.write': () => address('paging', ['rota']),
  'channels.write': () => address('paging', ['channels']),
}

const BY_KIND: Record<string, (target: string) => string> = {
  case: (target) => address('case', [target]),
  stream: (target) => address('stream', [target]),
  nuke: () => address('nuke'),
  pages: () => address('paging'),
  deliveries: () => address('paging', ['deliveries']),
  moderator: () => address('people'),
  holds: () => address('holds'),
}

/** Return the address of what a line is about; null where no view shows it. */
export function addressOfTarget(what: string, target: string): string | null {
  const shown = SHOWN[what] ?? BY_KIND[what.split('.')[0] ?? '']
  return shown && target !== '' ? shown(target) : null
}
