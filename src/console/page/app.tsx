import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Conference } from './conference.tsx';
import { Conferences } from './conferences.tsx';
import { DeadLetters } from './dead-letters.tsx';
import { Explained } from './explained.tsx';
import { Health, HealthLine } from './health.tsx';
import { Link } from './parts.tsx';
import { followLinks, place } from './place.ts';
import { Schedules } from './schedules.tsx';
import { ALL_ACCOUNTS, session, signOut } from './session.ts';
import { SignIn } from './sign-in.tsx';

interface Page {
  title: string;
  page: () => JSX.Element;
  /** Left out of the menu: a link elsewhere leads there. */
  isWithin?: true;
}

const home: Page = { title: 'Conferences', page: Conferences };
/** The pages by the name that they have in the address. */
const pages: Record<string, Page> = {
  '': home,
  conference: { title: 'Conference', page: Conference, isWithin: true },
  explained: { title: 'Conference explained', page: Explained, isWithin: true },
  'dead-letters': { title: 'Dead letters', page: DeadLetters },
  schedules: { title: 'Schedules', page: Schedules },
  health: { title: 'Health', page: Health },
};

const inMenu = Object.entries(pages).filter(([, { isWithin }]) => isWithin !== true);

/** The whole console: who is signed in sees the page that the address names. */
export function App() {
  const name = place.value.get('p') ?? '';
  const { title, page: Page } = pages[name] ?? home;
  useEffect(() => {
    document.title = `${place.value.get('id') ?? title} · Convoke`;
  }, [place.value, title]);
  if (session.value === undefined) return <SignIn />;
  return (
    <div class="app" onClick={followLinks}>
      <a class="skip" href="#content">
        To the content
      </a>
      <Header current={name} />
      <HealthLine />
      <main id="content" tabIndex={-1}>
        <Page key={name} />
      </main>
    </div>
  );
}

function Header({ current }: { current: string }) {
  const { userId = '' } = session.value ?? {};
  return (
    <header>
      <strong>Convoke</strong>
      <nav aria-label="Pages">
        <ul>
          {inMenu.map(([name, { title }]) => (
            <li key={name}>
              <Link to={{ p: name }} current={name === current || (name === '' && pages[current]?.isWithin === true)}>
                {title}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <span class="who">{userId === ALL_ACCOUNTS ? 'all accounts' : userId}</span>
      <button type="button" class="quiet" onClick={() => signOut()}>
        Sign out
      </button>
    </header>
  );
}
