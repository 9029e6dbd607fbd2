// Calls about urgent cases and drills, the newest first; `a` acknowledges the one under the cursor.
import { path, post } from '../../api/client'
import type { PageLine } from '../../api/shapes'
import { address, go } from '../../frame/route'
import { may } from '../../frame/session'
import { count, say, t } from '../../i18n'
import { lasting, when } from '../../i18n/formats'
import { useHeard } from '../../live/use'
import { Button } from '../../parts/button'
import { Chip, Priority } from '../../parts/marks'
import { Line, Name } from '../../parts/quoted'
import { Empty, Show } from '../../parts/state'
import { toastProblem } from '../../parts/toast'
import { useCursor } from '../kit/cursor'
import { Left } from '../kit/left'
import { More } from '../kit/more'
import { type Paged, usePaged } from '../kit/paged'

const TONES: Record<string, 'plain' | 'good' | 'bad' | 'warn'> = { open: 'bad', quiet: 'warn', acked: 'good', exhausted: 'bad' }

export function Pages() {
  const list = usePaged<PageLine>(path('pages'))
  useHeard('page', ({ page }) => {
    const known = list.items.some((each) => each.id === page.id)
    if (known) list.change((each) => (each.id === page.id ? page : each))
    else list.asked.set((old) => old && { ...old, items: [page, ...old.items.filter((each) => each.id !== page.id)] })
  })
  return (
    <section aria-label={t('paging.pages')}>
      <h2 class="section">{t('paging.pages')}</h2>
      <div class="panel">
        <Show asked={list.asked}>
          {() =>
            list.items.length === 0 ? (
              <Empty title={t('paging.pages_empty')}>{t('paging.pages_empty_help')}</Empty>
            ) : (
              <>
                <Table list={list} />
                <More list={list} />
              </>
            )
          }
        </Show>
      </div>
    </section>
  )
}

function canAck(page: PageLine): boolean {
  return (page.state === 'open' || page.state === 'exhausted') && may('pages.ack')
}

const keyOf = (page: PageLine): string => page.id

function Table({ list }: { list: Paged<PageLine> }) {
  const ack = (page: PageLine): void => {
    post<PageLine>(path('pages', page.id, 'ack')).then((shown) => {
      list.change((each) => (each.id === shown.id ? shown : each))
    }, (problem: unknown) => {
      toastProblem(problem)
      list.asked.reload()
    })
  }
  const cursor = useCursor({
    title: t('paging.pages'),
    items: list.items,
    keyOf,
    open: {
      says: t('paging.open_key'),
      run: (page) => {
        if (page.case) go(address('case', [page.case]))
      },
    },
    keys: (page) => (canAck(page) ? [{ key: 'a', says: t('paging.ack'), run: () => ack(page) }] : []),
  })
  return (
    <table class="table rows">
      <thead>
        <tr>
          <th scope="col">{t('paging.at')}</th>
          <th scope="col">{t('paging.priority')}</th>
          <th scope="col">{t('paging.why')}</th>
          <th scope="col">{t('paging.person')}</th>
          <th scope="col">{t('paging.state')}</th>
          <th scope="col"><span class="unseen">{t('v2.actions')}</span></th>
        </tr>
      </thead>
      <tbody>
        {list.items.map((page, index) => (
          <tr key={page.id} {...cursor.row(page)}>
            <td>{when(page.at)}</td>
            <td>{page.case ? <Priority priority={page.priority} /> : <Chip tone="accent">{t('paging.is_drill')}</Chip>}</td>
            <td class="why">
              {page.case ? <a class="row-link" href={address('case', [page.case])}><Line text={page.why} most={120} /></a> : <Line text={page.why} most={120} />}
            </td>
            <td><Name name={page.person} /> {page.step > 0 ? <span class="faint">{count('paging.calls', page.step)}</span> : null}</td>
            <td>
              <span class="chips">
                <Chip tone={TONES[page.state] ?? 'plain'}>{say('pstate', page.state)}</Chip>
                {page.acked !== null ? <span class="faint">{t('paging.acked_by', { name: page.acked_by, time: lasting(Math.round(page.acked - page.at)) })}</span> : null}
                {page.next !== null ? <span class="faint nowrap">{t('paging.next_call')} <Left until={page.next} /></span> : null}
              </span>
            </td>
            <td class="tools">
              {canAck(page) ? <Button run={() => ack(page)} small {...(index === cursor.at ? { keys: 'a' } : {})}>{t('paging.ack')}</Button> : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
