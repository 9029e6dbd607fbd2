// The head of a view: its name, what stands beside it, what can be done.
import type { ComponentChildren } from 'preact'

export function Head({ title, beside, children }: { title: ComponentChildren; beside?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <header class="head">
      <h1>{title}</h1>
      {beside ? <div class="beside">{beside}</div> : null}
      <div class="tools">{children}</div>
    </header>
  )
}
