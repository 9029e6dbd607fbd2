// A piece of a file with its line numbers. The numbers are not read out and not copied.

export function Code({ text, from = 1, mark }: { text: string; from?: number; mark?: number }) {
  const lines = text.replace(/\n$/, '').split('\n')
  return (
    <pre class="code" tabIndex={0}>
      {lines.map((line, index) => (
        <span key={index} class={from + index === mark ? 'code-line at' : 'code-line'}>
          <span class="code-number" aria-hidden="true">{from + index}</span>
          <span class={isComment(line) ? 'code-text comment' : 'code-text'}>{line}{'\n'}</span>
        </span>
      ))}
    </pre>
  )
}

function isComment(line: string): boolean {
  return line.trimStart().startsWith('#')
}
