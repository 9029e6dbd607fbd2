// Short words about what just happened, with a way back where there is one.
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { explain } from '../api/problem'
import { t } from '../i18n'
import { useKeys } from '../keys/use'
import { Button } from './button'
import { Icon } from './icon'

export interface Toast {
  text: string
  /** `problem` is told at once and stays until it is closed. */
  kind?: 'done' | 'problem' | 'news'
  action?: { label: string; key?: string; run: () => void }
  forS?: number
}

interface Shown extends Toast {
  n: number
}

const MOST = 4
export const toasts = signal<Shown[]>([])
let n = 0

/** Show a toast; the returned function takes it away. */
export function toast(one: Toast): () => void {
  n += 1
  const mine = n
  toasts.value = [...toasts.value, { ...one, n: mine }].slice(-MOST)
  return () => gone(mine)
}

/** Say that something did not work. */
export function toastProblem(problem: unknown): void {
  toast({ text: explain(problem), kind: 'problem', forS: 12 })
}

function gone(which: number): void {
  toasts.value = toasts.value.filter((one) => one.n !== which)
}

function One({ one }: { one: Shown }) {
  const close = (): void => gone(one.n)
  const forS = one.forS ?? 6
  useEffect(() => {
    const timer = setTimeout(close, forS * 1000)
    return () => clearTimeout(timer)
  }, [one.n])
  const act = (): void => {
    close()
    one.action?.run()
  }
  return (
    <li class={`toast ${one.kind ?? 'done'}`}>
      <Icon name={one.kind === 'problem' ? 'warn' : 'check'} />
      <span class="text">{one.text}</span>
      {one.action ? (
        <Button small run={act} {...(one.action.key ? { keys: one.action.key } : {})}>
          {one.action.label}
        </Button>
      ) : null}
      <Button kind="quiet" small label={t('keys.close')} run={close}>
        <Icon name="close" />
      </Button>
    </li>
  )
}

/** Where toasts stand; the newest action has its key. */
export function Toasts() {
  const shown = toasts.value
  const latest = [...shown].reverse().find((one) => one.action?.key)
  useKeys(
    t('keys.last'),
    latest?.action?.key
      ? [
          {
            key: latest.action.key,
            says: latest.action.label,
            run: () => {
              gone(latest.n)
              latest.action?.run()
            },
          },
        ]
      : [],
    { off: latest === undefined },
  )
  return (
    <section aria-label={t('toast.label')}>
      <div class="unseen" role="alert">
        {shown.filter((one) => one.kind === 'problem').map((one) => one.text).join(' ')}
      </div>
      <div class="unseen" role="status">
        {shown.filter((one) => one.kind !== 'problem').map((one) => one.text).join(' ')}
      </div>
      <ol class="toasts">
        {shown.map((one) => (
          <One key={one.n} one={one} />
        ))}
      </ol>
    </section>
  )
}
