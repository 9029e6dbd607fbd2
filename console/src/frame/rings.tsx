// Calls for whoever sits here: a banner that stays until it is answered, with sound and notification.
//
// The live socket rings when a call is made; whoever signs in, reloads or comes back while called asks for what is open.
import { useEffect, useRef, useState } from 'preact/hooks'
import { get, path, post } from '../api/client'
import type { PageLine, PagePage } from '../api/shapes'
import { t } from '../i18n'
import { useKeys } from '../keys/use'
import { epoch } from '../live/socket'
import { useHeard } from '../live/use'
import { Button } from '../parts/button'
import { Icon } from '../parts/icon'
import { Priority } from '../parts/marks'
import { Line } from '../parts/quoted'
import { toastProblem } from '../parts/toast'
import { calling } from './calling'
import { notify, sound } from './ringing'
import { address, go } from './route'
import { may, me, settings } from './session'

export function Rings() {
  const [pages, setPages] = useState<PageLine[]>([])
  // Told since the open calls were last asked for: what the answer says of these is older.
  const told = useRef(new Set<string>())
  const shown = useRef(pages)
  shown.current = pages
  const greeted = epoch.value
  const drop = (id: string): void => setPages((old) => old.filter((one) => one.id !== id))

  const answer = (page: PageLine): void => {
    drop(page.id)
    told.current.add(page.id)
    post(path('pages', page.id, 'ack')).catch((error: unknown) => {
      setPages((old) => [page, ...old])
      toastProblem(error)
    })
    if (page.case) go(address('case', [page.case]))
  }

  const alarm = (page: PageLine): void => {
    if (settings.peek().sound) sound()
    if (settings.peek().desktop) notify(t('ring.title', { priority: page.priority.toUpperCase() }), t('ring.body'), page.id, () => answer(page))
  }

  useHeard('page', ({ page, ring }) => {
    told.current.add(page.id)
    drop(page.id)
    if (page.state !== 'open' || !ring) return
    setPages((old) => [page, ...old.filter((one) => one.id !== page.id)])
    alarm(page)
  })

  useEffect(() => {
    if (greeted === 0 || !may('pages.read')) return undefined
    const stop = new AbortController()
    told.current.clear()
    get<PagePage>(path('pages'), { signal: stop.signal }).then(({ items }) => {
      const { rings, fresh } = calling(items, shown.current, told.current, me())
      setPages(rings)
      if (fresh) alarm(fresh)
      // Without the answer nothing rings anew; the gateway calls again, and over other channels.
    }, () => undefined)
    return () => stop.abort()
  }, [greeted])

  const first = pages[0]
  useKeys(t('ring.keys'), first ? [{ key: 'A', says: t('ring.answer'), run: () => answer(first) }] : [])
  if (!first) return null
  return (
    <div class="ring" role="alertdialog" aria-label={t('ring.title', { priority: first.priority.toUpperCase() })}>
      <Icon name="bell" />
      {first.priority ? <Priority priority={first.priority} /> : null}
      <div class="text">
        <strong>{first.case ? t('ring.case') : t('ring.drill')}</strong> <Line text={first.why} />
        {pages.length > 1 ? <>{' '}<span class="rest">{t('ring.more', { n: pages.length - 1 })}</span></> : null}
      </div>
      <Button kind="primary" keys="A" run={() => answer(first)}>
        {t('ring.answer')}
      </Button>
    </div>
  )
}
