// Starts the page: the view decides which page is shown.
import {render} from 'preact';
import {RunPage} from './pages/run/RunPage.tsx';
import {RunsPage} from './pages/runs/RunsPage.tsx';
import {view} from './state.ts';
import {Later} from './ui/Later.tsx';
import {NotFound} from './ui/NotFound.tsx';
import {Shell} from './ui/Shell.tsx';

const loadCompare = () => import('./pages/compare/ComparePage.tsx').then((m) => m.ComparePage);
const loadDocs = () => import('./pages/docs/DocsPage.tsx').then((m) => m.DocsPage);
const loadPlan = () => import('./pages/plan/PlanPage.tsx').then((m) => m.PlanPage);

function App() {
  const {page, id} = view.value;
  switch (page) {
    case 'runs': return <RunsPage />;
    case 'run': return <RunPage key={id} id={id} />;
    case 'compare': return <Later key={page} load={loadCompare} />;
    case 'plan': return <Later key={page} load={loadPlan} />;
    case 'docs': return <Later key={page} load={loadDocs} />;
    case 'nothing': return (
      <Shell title="Not found" crumbs={<a href="/runs">Runs</a>}>
        <NotFound title="Nothing here" text={`There is no page at ${location.pathname}.`} />
      </Shell>
    );
  }
}

render(<App />, document.getElementById('app')!);
