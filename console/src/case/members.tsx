// The events of an incident: one line each, the newest first; one of them is shown above in full.
import { useState } from 'preact/hooks'
import { get, path, withQuery } from '../api/client'
import type { CaseLine, Member, MemberPage } from '../api/shapes'
import { count, say, t } from '../i18n'
import { clock, number, percent } from '../i18n/formats'
import { Button } from '../parts/button'
import { ActionChip } from '../parts/marks'
import { Line, Name } from '../parts/quoted'
import { toastProblem } from '../parts/toast'

export interface MembersProps {
  line: CaseLine
  page: MemberPage
  current: Member | null
  choose: (member: Member) => void
  add: (page: MemberPage) => void
}

export function Members({ line, page, current, choose, add }: MembersProps) {
  const [busy, setBusy] = useState(false)
  // One rule in all of them is said in the facts already; the room is the text's.
  const mixed = page.items.some((one) => one.rule !== line.rule)
  const more = async (): Promise<void> => {
    setBusy(true)
    try {
      add(await get<MemberPage>(withQuery(path('cases', line.id, 'members'), { cursor: page.next, limit: 100 })))
    } catch (error) {
      toastProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <section class="panel members">
      <h2>
        {count('case.members', line.members)} · {count('target.user', line.users)}
      </h2>
      <table class="table">
        <thead>
          <tr>
            <th>{t('case.col.time')}</th>
            <th>{t('case.col.user')}</th>
            <th>{t('case.col.text')}</th>
            {mixed ? <th>{t('case.col.rule')}</th> : null}
            <th class="number">{t('case.col.score')}</th>
            <th>{t('case.col.action')}</th>
          </tr>
        </thead>
        <tbody>
          {page.items.map((one) => (
            <tr key={`${one.event} ${one.rev}`} aria-current={current === one ? 'true' : undefined} onClick={() => choose(one)}>
              <td>
                <button type="button" class="link" onClick={() => choose(one)} aria-label={t('case.show_member', { name: one.name || one.user })}>
                  {clock(one.at)}
                </button>
              </td>
              <td>
                <Name name={one.name} id={one.user} />
              </td>
              <td class="text">{one.text === null ? <span class="faint">{one.still ? say('surface', 'frame') : t('case.no_text')}</span> : <Line text={one.text} spans={one.spans} most={120} />}</td>
              {mixed ? <td class="faint">{one.rule}</td> : null}
              <td class="number">{one.score > 0 ? percent(one.score) : ''}</td>
              <td>{one.about === 'report' ? null : <ActionChip action={one.action} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {page.next ? (
        <footer>
          <Button small run={() => void more()} busy={busy}>
            {t('case.more_members', { n: number(Math.max(0, line.members - page.items.length)) })}
          </Button>
        </footer>
      ) : null}
    </section>
  )
}
