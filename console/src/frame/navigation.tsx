// The left side: views in groups with their counts, who is on call, the connection, the moderator.
import type { SessionShown } from '../api/shapes'
import { count, t, type Key } from '../i18n'
import { short } from '../i18n/formats'
import { Kbd } from '../parts/button'
import { Icon } from '../parts/icon'
import { Connection } from './connection'
import { onCall, queues, useCounts, waiting } from './counts'
import { Menu } from './menu'
import { address, route } from './route'
import type { View } from './views'

const GROUPS = ['work', 'live', 'look', 'people'] as const
const GROUP_NAMES: Record<(typeof GROUPS)[number], Key> = {
  work: 'nav.group.work', live: 'nav.group.live', look: 'nav.group.look', people: 'nav.group.people',
}

export function Navigation({ session, views, map }: { session: SessionShown; views: readonly View[]; map: () => void }) {
  useCounts()
  return (
    <header class="side">
      <div class="brand">
        <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
          <rect width="32" height="32" rx="7" />
          <path d="M6 21c3.3 0 3.3-3 6.7-3s3.3 3 6.6 3 3.4-3 6.7-3M6 13h20M6 8.500h20" />
        </svg>
        <span>Seawall</span>
        <span class="tenant" title={session.tenant}>
          <bdi>{session.tenant}</bdi>
        </span>
      </div>
      <nav aria-label={t('nav.label')}>
        {GROUPS.map((group) => {
          const lines = views.filter((view) => view.nav?.group === group)
          return lines.length === 0 ? null : (
            <section key={group}>
              <h2>{t(GROUP_NAMES[group])}</h2>
              <ul>
                {lines.map((view) => (
                  <Entry key={view.view} view={view} />
                ))}
              </ul>
            </section>
          )
        })}
      </nav>
      <div class="foot">
        <OnCallNow me={session.name} />
        <Connection />
        <button type="button" class="mapped" onClick={map} aria-keyshortcuts="?">
          <Icon name="key" />
          <span>{t('keys.title')}</span>
          <Kbd keys="?" />
        </button>
        <Menu session={session} />
      </div>
    </header>
  )
}

const UNDER: Record<string, string> = { case: 'queue', room: 'rooms', stream: 'streams', '': 'queue' }

function Entry({ view }: { view: View }) {
  if (!view.nav) return null
  const here = route.value.view
  const current = (UNDER[here] ?? here) === view.view
  const n = view.view === 'queue' ? waiting(queues.value) : 0
  return (
    <li>
      <a href={address(view.view)} aria-current={current ? 'page' : undefined} aria-keyshortcuts={view.nav.keys}>
        <Icon name={view.nav.icon} />
        <span>{t(view.nav.label)}</span>
        {n > 0 ? (
          <span class="count">
            <span aria-hidden="true">{short(n)}</span>
            <span class="unseen">{count('nav.waiting', n)}</span>
          </span>
        ) : null}
        <Kbd keys={view.nav.keys} />
      </a>
    </li>
  )
}

function OnCallNow({ me }: { me: string }) {
  const people = [...new Set((onCall.value?.items ?? []).map((line) => line.people[0]).filter((name) => name !== undefined))]
  if (onCall.value === null) return null
  return (
    <p class={people.includes(me) ? 'oncall mine' : 'oncall'}>
      <Icon name="bell" />
      <span>
        <span class="what">{t('nav.on_call')}</span>{' '}
        <bdi>{people.length === 0 ? t('nav.on_call.nobody') : people.includes(me) ? t('nav.on_call.you') : people.join(', ')}</bdi>
      </span>
    </p>
  )
}
