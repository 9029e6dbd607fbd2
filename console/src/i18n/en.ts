// Everything the console says in English; the keys are the catalogue's type.
import { enCases } from './en.cases'
import { enFrame } from './en.frame'
import { enViews2 } from './en.views2'
import { enWords } from './en.words'

export const en = { ...enFrame, ...enWords, ...enCases, ...enViews2 } as const
