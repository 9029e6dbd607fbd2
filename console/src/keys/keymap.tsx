// The key map: every key that works where one is, by `?`.
import { Kbd } from '../parts/button'
import { Dialog } from '../parts/dialog'
import { t } from '../i18n'
import type { Scope } from './registry'

export function KeyMap({ scopes, close }: { scopes: Scope[]; close: () => void }) {
  return (
    <Dialog title={t('keys.title')} close={close} wide>
      <div class="keymap">
        {scopes.map((scope) => {
          const keys = scope.keys().filter((bound) => !bound.hidden)
          return keys.length === 0 ? null : (
            <section key={scope.title}>
              <h3>{scope.title}</h3>
              <dl>
                {keys.map((bound) => (
                  <div key={bound.key}>
                    <dt>
                      <span class="unseen">{bound.key}</span>
                      <Kbd keys={bound.key} />
                    </dt>
                    <dd>{bound.says}</dd>
                  </div>
                ))}
              </dl>
            </section>
          )
        })}
      </div>
    </Dialog>
  )
}
