/** What belongs to a conference is kept in variables of its bridge, which Asterisk has since these versions. */
const OLDEST: Record<string, number> = { 20: 20, 22: 10, 23: 4 };

/** Why an Asterisk of this version cannot be used; undefined if it can. */
export function refusalOfVersion(version: string): string | undefined {
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  const oldest = OLDEST[major] ?? (Number(major) > 23 ? 0 : Infinity);
  if (major !== '' && Number(minor) >= oldest) return undefined;
  return `it is ${version}, which has no variables of bridges: 20.20, 22.10, 23.4 or newer is needed`;
}
