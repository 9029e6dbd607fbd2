// The frame around every view: navigation with counts, the connection's state, the moderator's menu.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { SessionShown } from '../api/shapes'
import { t } from '../i18n'
import { KeyMap } from '../keys/keymap'
import type { Scope } from '../keys/registry'
import { registry, useKeys } from '../keys/use'
import { useTopic } from '../live/use'
import { MenuDialogs } from './menu'
import { Navigation } from './navigation'
import { Outlet } from './outlet'
import { Rings } from './rings'
import { address, go, route } from './route'
import { may } from './session'
import { VIEWS } from './views'

export function Shell({ session }: { session: SessionShown }) {
  const [map, setMap] = useState<Scope[] | null>(null)
  const main = useRef<HTMLElement>(null)
  useTopic(may('cases.read') ? 'queue' : null)
  useTopic(may('pages.read') ? 'pages' : null)

  const seen = VIEWS.filter((view) => view.needs === null || session.permissions.includes(view.needs))
  useKeys(t('keys.everywhere'), [
    { key: '?', says: t('keys.map'), run: () => setMap(registry.reachable()) },
    ...seen.flatMap((view) =>
      view.nav ? [{ key: view.nav.keys, says: t('keys.go', { view: t(view.nav.label) }), run: () => go(address(view.view)) }] : [],
    ),
  ])

  // A new view begins at its beginning, for eyes and screen readers alike.
  const where = route.value.view
  useEffect(() => main.current?.focus({ preventScroll: true }), [where])

  return (
    <div class="shell">
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault()
          main.current?.focus()
        }}
      >
        {t('shell.skip')}
      </a>
      <Navigation session={session} views={seen} map={() => setMap(registry.reachable())} />
      <Rings />
      <main id="content" ref={main} tabIndex={-1} class="main">
        <Outlet />
      </main>
      <MenuDialogs />
      {map ? <KeyMap scopes={map} close={() => setMap(null)} /> : null}
    </div>
  )
}
