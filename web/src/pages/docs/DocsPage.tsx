// The documents of docs/, as they are in the repository: readable without the network.
import {h} from 'preact';
import type {ComponentChild} from 'preact';
import {useEffect, useState} from 'preact/hooks';
import documents from 'docs:';
import type {DocNode} from 'docs:';
import {safeDecode} from '../../logic/view.ts';
import {view} from '../../state.ts';
import {NotFound} from '../../ui/NotFound.tsx';
import {Shell} from '../../ui/Shell.tsx';

// What there is to read for a person who uses epochd; the others follow.
const order = ['diagnosis', 'schedules', 'api', 'operations'];
const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
const sorted = [...documents].sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name));

function element(node: DocNode, key: number): ComponentChild {
  if (typeof node === 'string') return node;
  const [tag, attributes, ...children] = node;
  return h(tag, {key, ...attributes}, children.map(element));
}

export function DocsPage() {
  const name = view.value.id || sorted[0]!.name;
  const chosen = documents.find((one) => one.name === name);
  const [text, setText] = useState<{name: string; root: DocNode} | null>(null);
  useEffect(() => {
    void chosen?.load().then((module) => setText({name, root: module.default}));
  }, [name]);
  useEffect(() => {
    const target = text?.name === name && location.hash && document.getElementById(safeDecode(location.hash.slice(1)));
    if (target) target.scrollIntoView();
    else scrollTo(0, 0);
  }, [text, name]);
  return (
    <Shell title={chosen?.title ?? 'Not found'} crumbs={<a href="/docs" aria-current={chosen ? undefined : 'page'}>Docs</a>}>
      <div class="docs">
        <nav class="docs-list" aria-label="Documents">
          {sorted.map((one) => (
            <a key={one.name} href={`/docs/${one.name}`} aria-current={one.name === name ? 'page' : undefined}>{one.title}</a>
          ))}
        </nav>
        {chosen ? text?.name === name && element(text.root, 0) : <NotFound title="Nothing here" text={`There is no document "${name}".`} />}
      </div>
    </Shell>
  );
}
