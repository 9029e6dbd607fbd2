// Who it is about: strikes, restrictions in force, and what was decided before.
import type { DecisionLine, UserView } from '../api/shapes'
import { address } from '../frame/route'
import { choiceName } from './words'
import { count, say, t } from '../i18n'
import { dateTime, day, number, when } from '../i18n/formats'
import { Link } from '../parts/button'
import { ActionChip, Chip } from '../parts/marks'
import { Name } from '../parts/quoted'

export function User({ who }: { who: UserView }) {
  const rules = Object.entries(who.verdicts).sort((a, b) => b[1] - a[1])
  return (
    <section class="user">
      <h2>
        <Link to={address('decisions', [], { user: who.user })}>
          <Name name={who.name} id={who.user} />
        </Link>
        <span class="strikes">
          <Chip tone={who.strikes >= 3 ? 'bad' : who.strikes > 0 ? 'warn' : 'plain'}>{count('user.strikes', Math.round(who.strikes))}</Chip>
        </span>
      </h2>
      <p class="faint">
        {[
          count('user.cases', who.cases),
          who.reverted > 0 ? count('user.reverted', who.reverted) : '',
          who.since === null ? t('user.never') : t('user.since', { when: day(who.since) }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {who.restrictions.length > 0 ? (
        <ul class="restrictions" aria-label={t('user.restrictions')}>
          {who.restrictions.map((one) => (
            <li key={`${one.kind} ${one.room}`} title={one.because}>
              <Chip tone="bad">{say('action', one.kind)}</Chip>
              <span>
                {one.until === null ? t('span.until_reversed') : t('user.until', { when: when(one.until) })}
                {one.by ? ` · ${one.by}` : ''}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      {rules.length > 0 ? (
        <p class="rules" aria-label={t('user.rules')}>
          {rules.slice(0, 6).map(([rule, n]) => (
            <span key={rule} class="rule">
              {rule} <b>{number(n)}</b>
            </span>
          ))}
        </p>
      ) : null}
      {who.decisions.length > 0 ? (
        <ol class="history" aria-label={t('user.history')}>
          {who.decisions.slice(0, 8).map((one) => (
            <Before key={one.id} one={one} />
          ))}
        </ol>
      ) : null}
    </section>
  )
}

function Before({ one }: { one: DecisionLine }) {
  return (
    <li class={one.undone === null ? '' : 'undone'}>
      <time title={dateTime(one.at)}>{day(one.at)}</time>
      {one.machine ? <ActionChip action={one.action} /> : <b>{choiceName(one.choice)}</b>}
      <span class="faint">{one.rule || one.by}</span>
      {one.undone === null ? null : <span class="faint">{say('decision_state', 'undone')}</span>}
    </li>
  )
}
