// What the live socket says, by its tag.
import type {
  Bye, CaseLines, CaseNoted, Greeting, Missed, OverviewTold, Paged, Queues, RoomLines, RoomSwitches,
  StreamEnded, StreamFinding, StreamTold, Viewers,
} from '../api/shapes'

export type ToConsole =
  | Bye | CaseLines | CaseNoted | Greeting | Missed | OverviewTold | Paged | Queues | RoomLines | RoomSwitches
  | StreamEnded | StreamFinding | StreamTold | Viewers

export type Tag = ToConsole['type']
export type Told<T extends Tag> = Extract<ToConsole, { type: T }>

/** Read a message; null is what this console does not understand (a newer gateway's, or garbage). */
export function read(data: unknown): ToConsole | null {
  if (typeof data !== 'string') return null
  try {
    const value: unknown = JSON.parse(data)
    if (typeof value !== 'object' || value === null || !('type' in value)) return null
    return typeof value.type === 'string' ? (value as ToConsole) : null
  } catch {
    return null
  }
}
