// Every view there is: its address, its place in the navigation, who may see it, where it is written.
import type { ComponentType } from 'preact'
import type { Key } from '../i18n'
import type { IconName } from '../parts/icon'
import type { Permission } from './session'

export interface ViewProps {
  /** What follows the view in the address, decoded. */
  parts: string[]
  query: Record<string, string>
}

export interface Viewed {
  default: ComponentType<ViewProps>
  /** Ask for what it will show, before anything of it is drawn. */
  ahead?: (query: ViewProps['query']) => void
}

export interface View {
  view: string
  needs: Permission | null
  load: () => Promise<Viewed>
  /** Its line in the navigation; a view without one is reached from another. */
  nav?: { label: Key; icon: IconName; keys: string; group: 'work' | 'live' | 'look' | 'people' }
}

/** The first is where one arrives. */
export const VIEWS: readonly View[] = [
  { view: 'queue', needs: 'cases.read', load: () => import('../views/queue'), nav: { label: 'nav.queue', icon: 'queue', keys: 'g q', group: 'work' } },
  { view: 'case', needs: 'cases.read', load: () => import('../views/case') },
  { view: 'holds', needs: 'evidence.view', load: () => import('../views/holds'), nav: { label: 'nav.holds', icon: 'hold', keys: 'g h', group: 'work' } },
  { view: 'decisions', needs: 'decisions.read', load: () => import('../views/decisions'), nav: { label: 'nav.decisions', icon: 'search', keys: 'g d', group: 'work' } },
  { view: 'rooms', needs: 'rooms.read', load: () => import('../views/rooms'), nav: { label: 'nav.rooms', icon: 'room', keys: 'g r', group: 'live' } },
  { view: 'room', needs: 'rooms.read', load: () => import('../views/room') },
  { view: 'streams', needs: 'rooms.read', load: () => import('../views/streams'), nav: { label: 'nav.streams', icon: 'stream', keys: 'g s', group: 'live' } },
  { view: 'stream', needs: 'rooms.read', load: () => import('../views/stream') },
  { view: 'nuke', needs: 'rooms.nuke', load: () => import('../views/nuke'), nav: { label: 'nav.nuke', icon: 'nuke', keys: 'g n', group: 'live' } },
  { view: 'overview', needs: 'overview.read', load: () => import('../views/overview'), nav: { label: 'nav.overview', icon: 'chart', keys: 'g o', group: 'look' } },
  { view: 'policy', needs: 'policy.read', load: () => import('../views/policy'), nav: { label: 'nav.policy', icon: 'policy', keys: 'g p', group: 'look' } },
  { view: 'paging', needs: 'pages.read', load: () => import('../views/paging'), nav: { label: 'nav.paging', icon: 'bell', keys: 'g c', group: 'people' } },
  { view: 'people', needs: 'people.read', load: () => import('../views/people'), nav: { label: 'nav.people', icon: 'people', keys: 'g m', group: 'people' } },
  { view: 'audit', needs: 'audit.read', load: () => import('../views/audit'), nav: { label: 'nav.audit', icon: 'audit', keys: 'g a', group: 'people' } },
]

export function viewNamed(name: string): View | undefined {
  return VIEWS.find((one) => one.view === name)
}
