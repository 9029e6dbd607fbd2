// What is known of a case, in pairs; and what the user would be told.
import type { CaseView } from '../api/shapes'
import { address } from '../frame/route'
import { say, t } from '../i18n'
import { dateTime, number, percent, when } from '../i18n/formats'
import type { ComponentChildren } from 'preact'
import { Link } from '../parts/button'
import { Line, Name, Quoted } from '../parts/quoted'

export function Facts({ view }: { view: CaseView }) {
  const line = view.case
  const facts: [string, ComponentChildren][] = [
    [t('case.fact.rule'), line.rule ? <code>{line.rule}</code> : null],
    [t('case.fact.score'), line.score > 0 ? percent(line.score) : null],
    [t('case.fact.room'), line.room ? <Link to={address('room', [line.room])}><Name name={line.room} /></Link> : null],
    [t('case.fact.stream'), line.stream ? <Link to={address('stream', [line.stream])}><Name name={line.stream} /></Link> : null],
    [t('case.fact.viewers'), line.viewers > 0 ? number(line.viewers) : null],
    [t('case.fact.queue'), line.queue],
    [t('case.fact.about'), `${say('about', line.about)}${line.surface ? ` · ${say('surface', line.surface)}` : ''}`],
    [t('case.fact.lang'), line.lang || null],
    [t('case.fact.opened'), <time title={dateTime(line.opened)}>{when(line.opened)}</time>],
    [t('case.fact.latest'), line.members > 1 ? <time title={dateTime(line.latest)}>{when(line.latest)}</time> : null],
    [t('case.fact.assigned'), line.assigned || null],
    [t('case.fact.detectors'), view.detectors.length > 0 ? view.detectors.join(', ') : null],
  ]
  return (
    <section class="facts">
      <h2>{t('case.facts')}</h2>
      {line.because ? <p class="because"><Line text={line.because} most={400} /></p> : null}
      <dl>
        {facts.map(([name, value]) =>
          value === null ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
      {view.notice ? (
        <details>
          <summary>{t('case.fact.notice')}</summary>
          <Quoted text={view.notice} most={400} />
        </details>
      ) : null}
    </section>
  )
}
