import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Conferences } from './conferences.tsx';
import { Link } from './parts.tsx';
import { followLinks, place } from './place.ts';
import { ALL_ACCOUNTS, session, signOut } from './session.ts';
import { SignIn } from './sign-in.tsx';

/** The pages by the name that they have in the address. */
const pages: Record<string, { title: string; page: () => JSX.Element }> = {
  '': { title: 'Conferences', page: Conferences },
};

/** The whole console: who is signed in sees the page that the address names. */
export function App() {
  const name = place.value.get('p') ?? '';
  const { title, page: Page } = pages[name] ?? { title: 'Conferences', page: Conferences };
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
          {Object.entries(pages).map(([name, { title }]) => (
            <li key={name}>
              <Link to={{ p: name }} current={name === current}>
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
