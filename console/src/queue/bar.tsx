// What the queue is filtered by: chips for queues and priorities, one box for everything else.
import { useEffect, useRef, useState } from 'preact/hooks'
import { queues } from '../frame/counts'
import { requery } from '../frame/route'
import { t } from '../i18n'
import { number } from '../i18n/formats'
import { useKeys } from '../keys/use'
import { Button, Kbd } from '../parts/button'
import { Icon } from '../parts/icon'
import { asTyped, isFiltered, typed, type Filters } from './filters'

const PRIORITIES = ['p0', 'p1', 'p2', 'p3']
const PAUSE_MS = 250

export function Bar({ filters }: { filters: Filters }) {
  const box = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(asTyped(filters))
  useKeys(t('queue.keys.filter'), [
    { key: '/', says: t('queue.keys.find'), run: () => box.current?.focus() },
    { key: 'm', says: t('queue.keys.mine'), run: () => requery({ mine: filters.mine ? undefined : '1' }) },
    { key: 'f', says: t('queue.keys.fit'), run: () => requery({ fit: filters.fit ? undefined : '1' }) },
    ...PRIORITIES.map((priority, n) => ({
      key: String(n),
      says: t('queue.keys.priority', { priority: priority.toUpperCase() }),
      run: () => requery({ priority: filters.priority === priority ? undefined : priority }),
    })),
  ])

  // The address follows when typing pauses.
  useEffect(() => {
    const wanted = typed(text)
    if (asTyped(wanted) === asTyped(filters)) return undefined
    const timer = setTimeout(() => {
      requery({ q: wanted.text || undefined, user: wanted.user || undefined, room: wanted.room || undefined })
    }, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])

  const clear = (): void => {
    setText('')
    requery({ queue: undefined, priority: undefined, mine: undefined, fit: undefined, user: undefined, room: undefined, q: undefined })
  }
  const perPriority = (priority: string): number => queues.value.reduce((sum, line) => sum + (line.by_priority[priority] ?? 0), 0)

  return (
    <div class="queue-bar" role="search">
      <div class="find">
        <Icon name="search" />
        <input
          ref={box}
          class="input"
          type="search"
          value={text}
          placeholder={t('queue.find')}
          aria-label={t('queue.find')}
          spellcheck={false}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.currentTarget.blur()
          }}
        />
        <Kbd keys="/" />
      </div>
      <label class="pick-queue">
        <span class="unseen">{t('queue.col.queue')}</span>
        <select class="input" value={filters.queue} onChange={(event) => requery({ queue: event.currentTarget.value || undefined })}>
          <option value="">{t('queue.all_queues')}</option>
          {queues.value.map((line) => (
            <option key={line.queue} value={line.queue}>
              {`${line.queue} (${number(line.open + line.claimed + line.escalated)})`}
            </option>
          ))}
        </select>
      </label>
      <div class="segments" role="group" aria-label={t('queue.col.priority')}>
        {PRIORITIES.map((priority) => (
          <button
            key={priority}
            type="button"
            class={priority}
            aria-pressed={filters.priority === priority}
            onClick={() => requery({ priority: filters.priority === priority ? undefined : priority })}
          >
            {priority.toUpperCase()} <span class="n">{number(perPriority(priority))}</span>
          </button>
        ))}
      </div>
      <Button small pressed={filters.mine} run={() => requery({ mine: filters.mine ? undefined : '1' })} keys="m">
        {t('queue.mine')}
      </Button>
      <Button small pressed={filters.fit} run={() => requery({ fit: filters.fit ? undefined : '1' })} keys="f" title={t('queue.fit_says')}>
        {t('queue.fit')}
      </Button>
      {isFiltered(filters) ? (
        <Button small kind="quiet" run={clear}>
          {t('queue.clear')}
        </Button>
      ) : null}
    </div>
  )
}
