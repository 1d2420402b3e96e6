// A table as text: for a report in Markdown, for a spreadsheet in CSV.
export function markdown(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replace(/\|/g, '\\|').replace(/\s+/g, ' ')).join(' | ')} |`;
  return [line(head), `|${head.map((_, i) => (i ? ' ---: |' : ' --- |')).join('')}`, ...rows.map(line)].join('\n') + '\n';
}

// A cell that a spreadsheet would run as a formula gets a ' in front, as in the server's CSV.
function cell(text: string): string {
  const safe = /^[=+\-@]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export const csv = (head: string[], rows: string[][]): string =>
  [head, ...rows].map((line) => line.map(cell).join()).join('\r\n') + '\r\n';
