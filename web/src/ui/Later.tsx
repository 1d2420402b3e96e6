// A page whose script is loaded when it is first opened.
import type {ComponentType} from 'preact';
import {useEffect, useState} from 'preact/hooks';

export function Later({load}: {load: () => Promise<ComponentType>}) {
  const [Page, setPage] = useState<ComponentType | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => { load().then((found) => setPage(() => found), () => setFailed(true)); }, [load]);
  if (failed) return <p class="problem" role="alert">This page could not be loaded: the server does not answer. Reload to try again.</p>;
  return Page && <Page />;
}
