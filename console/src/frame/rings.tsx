// Calls for whoever sits here: a banner that stays until it is answered, with sound and notification.
import { useState } from 'preact/hooks'
import { path, post } from '../api/client'
import type { PageLine } from '../api/shapes'
import { t } from '../i18n'
import { useKeys } from '../keys/use'
import { useHeard } from '../live/use'
import { Button } from '../parts/button'
import { Icon } from '../parts/icon'
import { Priority } from '../parts/marks'
import { toastProblem } from '../parts/toast'
import { notify, sound } from './ringing'
import { address, go } from './route'
import { settings } from './session'

export function Rings() {
  const [pages, setPages] = useState<PageLine[]>([])
  const drop = (id: string): void => setPages((old) => old.filter((one) => one.id !== id))

  const answer = (page: PageLine): void => {
    drop(page.id)
    post(path('pages', page.id, 'ack')).catch((error: unknown) => {
      setPages((old) => [page, ...old])
      toastProblem(error)
    })
    if (page.case) go(address('case', [page.case]))
  }

  useHeard('page', ({ page, ring }) => {
    drop(page.id)
    if (page.state !== 'open' || !ring) return
    setPages((old) => [page, ...old.filter((one) => one.id !== page.id)])
    if (settings.peek().sound) sound()
    if (settings.peek().desktop) notify(t('ring.title', { priority: page.priority.toUpperCase() }), t('ring.body'), page.id, () => answer(page))
  })

  const first = pages[0]
  useKeys(t('ring.keys'), first ? [{ key: 'A', says: t('ring.answer'), run: () => answer(first) }] : [])
  if (!first) return null
  return (
    <div class="ring" role="alertdialog" aria-label={t('ring.title', { priority: first.priority.toUpperCase() })}>
      <Icon name="bell" />
      {first.priority ? <Priority priority={first.priority} /> : null}
      <div class="text">
        <strong>{first.case ? t('ring.case') : t('ring.drill')}</strong> <bdi>{first.why}</bdi>
        {pages.length > 1 ? <span class="rest">{t('ring.more', { n: pages.length - 1 })}</span> : null}
      </div>
      <Button kind="primary" keys="A" run={() => answer(first)}>
        {t('ring.answer')}
      </Button>
    </div>
  )
}
