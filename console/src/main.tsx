// Starts the console.
import { render } from 'preact'
import { App } from './frame/app'
import { startClock } from './frame/clock'
import { ahead } from './frame/outlet'
import { startRoute } from './frame/route'
import { restore } from './frame/session'
import { setLanguage } from './i18n'
import { startKeys } from './keys/use'
import './styles/tokens.css'
import './styles/base.css'
import './styles/parts.css'
import './styles/marks.css'
import './styles/forms.css'
import './styles/states.css'
import './styles/dialogs.css'
import './styles/shell.css'

const root = document.getElementById('console')
if (!root) throw new Error('the page has no #console')
startClock()
startRoute()
startKeys()
void ahead()
// Until somebody's own setting is known it is the browser's; nothing is drawn in another one first.
void setLanguage('system').then(() => {
  void restore()
  render(<App />, root)
})
