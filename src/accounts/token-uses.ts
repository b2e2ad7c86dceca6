/** When tokens were used last (ISO 8601), by user id and the token's id. */
export type TokenUses = Record<string, Record<string, string>>;

/** Both, each token with the later time. */
export function merged(one: TokenUses, other: TokenUses): TokenUses {
  const both = { ...one };
  for (const [userId, tokens] of Object.entries(other)) {
    const known = { ...both[userId] };
    for (const [id, at] of Object.entries(tokens)) known[id] = later(known[id], at);
    both[userId] = known;
  }
  return both;
}

function later(one: string | undefined, other: string): string {
  return one !== undefined && Date.parse(one) > Date.parse(other) ? one : other;
}
