/** What callers are told before they are in a conference. */
export const PROMPTS = {
  pin: 'Please enter your PIN, then press the hash key.',
  again: 'This PIN is wrong. Please enter your PIN again, then press the hash key.',
  wait: 'Please wait.',
  wrong: 'This PIN is wrong. Goodbye.',
  full: 'The conference is full. Goodbye.',
  over: 'The conference is over. Goodbye.',
} as const;
export type PromptName = keyof typeof PROMPTS;
