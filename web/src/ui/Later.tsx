// A page, or a part of one, whose script is loaded when it is first wanted.
import type {ComponentType} from 'preact';
import {useEffect, useState} from 'preact/hooks';

export function Later<P extends object>({load, ...props}: {load: () => Promise<ComponentType<P>>} & P) {
  const [Part, setPart] = useState<ComponentType<P> | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => { load().then((found) => setPart(() => found), () => setFailed(true)); }, [load]);
  if (failed) return <p class="problem" role="alert">This could not be loaded: the server does not answer. Reload to try again.</p>;
  return Part && <Part {...props as unknown as P} />;
}
