// The message in the room it was said in: what came before and after, with the case's own lines marked.
import { useEffect, useRef } from 'preact/hooks'
import type { CaseLine, ContextLine, Member } from '../api/shapes'
import { t } from '../i18n'
import { clock } from '../i18n/formats'
import { ActionChip } from '../parts/marks'
import { Line, Name } from '../parts/quoted'
import { Message } from './message'

/** What was said before and after an event; the event itself is in neither. */
export function around(context: readonly ContextLine[], member: Pick<Member, 'event' | 'at'>): [ContextLine[], ContextLine[]] {
  const sorted = [...context].filter((one) => one.event !== member.event).sort((a, b) => a.at - b.at)
  const at = context.find((one) => one.event === member.event)?.at ?? member.at
  return [sorted.filter((one) => one.at <= at), sorted.filter((one) => one.at > at)]
}

export function Context({ line, member, context }: { line: CaseLine; member: Member; context: readonly ContextLine[] }) {
  const [before, after] = around(context, member)
  const reported = member.about === 'report' ? member.ref : ''
  const here = useRef<HTMLDivElement>(null)
  useEffect(() => here.current?.scrollIntoView({ block: 'nearest' }), [member.event, member.rev])
  return (
    <section class="context" aria-label={t('case.context')}>
      <Said lines={before} label={t('case.before')} reported={reported} />
      <div ref={here}>
        <Message line={line} member={member} />
      </div>
      <Said lines={after} label={t('case.after')} reported={reported} />
    </section>
  )
}

/** `reported` is the event that a report is about: it is the case's own, as those that were judged are. */
function Said({ lines, label, reported }: { lines: readonly ContextLine[]; label: string; reported: string }) {
  if (lines.length === 0) return null
  return (
    <ol class="said" aria-label={label}>
      {lines.map((one) => (
        <li key={`${one.event} ${one.rev}`} class={one.mine || one.event === reported ? 'mine' : ''}>
          <time>{clock(one.at)}</time>
          <b>
            <Name name={one.name} id={one.user} />
          </b>
          <Line text={one.text} most={400} />
          {one.action && one.action !== 'allow' ? <ActionChip action={one.action} /> : null}
        </li>
      ))}
    </ol>
  )
}
