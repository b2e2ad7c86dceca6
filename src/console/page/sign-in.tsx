import { useState } from 'preact/hooks';
import { tryCredentials, wordsOf } from './api.ts';
import { Problem } from './parts.tsx';
import { ALL_ACCOUNTS, signedOutFor, signIn } from './session.ts';

/** On the reader's own machine the local account is there, whose secrets are public. */
const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(location.hostname);
const local = isHere
  ? { userId: 'u-local', token: 't-local', secret: 's-local' }
  : { userId: '', token: '', secret: '' };

/** Asks for credentials, and tries them. */
export function SignIn() {
  const [error, setError] = useState(signedOutFor.value);
  const [isTrying, setTrying] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!(event.target instanceof HTMLFormElement)) return;
    const form = new FormData(event.target);
    const field = (name: string) => {
      const given = form.get(name);
      return typeof given === 'string' ? given.trim() : '';
    };
    const one = { userId: field('userId') || ALL_ACCOUNTS, token: field('token'), secret: field('secret') };
    setTrying(true);
    try {
      await tryCredentials(one);
      signIn(one);
    } catch (cause) {
      setError(wordsOf(cause));
      setTrying(false);
    }
  };
  return (
    <main class="sign-in" id="content">
      <h1>Convoke console</h1>
      <form onSubmit={(event) => void submit(event)}>
        <label>
          Account
          <input name="userId" defaultValue={local.userId} autocomplete="username" spellcheck={false} />
        </label>
        <p class="hint">Leave it empty to see all accounts, with an operator’s credentials.</p>
        <label>
          Token
          <input name="token" required defaultValue={local.token} autocomplete="off" spellcheck={false} />
        </label>
        <label>
          Secret
          <input name="secret" type="password" required defaultValue={local.secret} autocomplete="current-password" />
        </label>
        <Problem text={error} />
        <button type="submit" disabled={isTrying}>
          Sign in
        </button>
      </form>
      <p class="hint">They stay in this tab until it is closed, and are sent to this gateway alone.</p>
    </main>
  );
}
