import { signal } from '@preact/signals';

/** Who is signed in: an account, or an operator, who looks at all accounts (`-`). */
export interface Session {
  userId: string;
  token: string;
  secret: string;
}

const KEPT_AS = 'convoke-session';
export const ALL_ACCOUNTS = '-';

/** The present session. It is kept for as long as the tab is open, and for no other. */
export const session = signal<Session | undefined>(kept());
/** Why nobody is signed in any more. */
export const signedOutFor = signal('');

export function signIn(one: Session): void {
  sessionStorage.setItem(KEPT_AS, JSON.stringify(one));
  signedOutFor.value = '';
  session.value = one;
}

export function signOut(why = ''): void {
  sessionStorage.removeItem(KEPT_AS);
  signedOutFor.value = why;
  session.value = undefined;
}

function kept(): Session | undefined {
  try {
    const { userId, token, secret } = JSON.parse(sessionStorage.getItem(KEPT_AS) ?? '{}') as Partial<Session>;
    const isWhole = userId !== undefined && token !== undefined && secret !== undefined;
    return isWhole ? { userId, token, secret } : undefined;
  } catch {
    return undefined;
  }
}
