// Where the target of an audit line is shown, if anywhere: `case:ID`, `room:ID`, `stream:ID` …
import { address } from '../../frame/route'

const VIEWS: Record<string, (id: string) => string> = {
  case: (id) => address('case', [id]),
  room: (id) => address('room', [id]),
  stream: (id) => address('stream', [id]),
  decision: (id) => address('decisions', [id]),
  user: (id) => address('decisions', [], { user: id }),
  nuke: () => address('nuke'),
}

/** Return the address of what a target names; null where no view shows it. */
export function addressOfTarget(target: string): string | null {
  const colon = target.indexOf(':')
  if (colon < 1) return null
  return VIEWS[target.slice(0, colon)]?.(target.slice(colon + 1)) ?? null
}
