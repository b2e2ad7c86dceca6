import { unpackDebian } from '../debian.ts';

/**
 * What is loaded of Debian's packages, without the numbers in the names of libraries, which change: Asterisk, what speaks, and what
 * the two are linked to. All that `asterisk` depends on would be three times as much.
 */
const PROGRAMS = ['asterisk', 'asterisk-modules', 'espeak-ng', 'espeak-ng-data'];
const LIBRARIES = [
  ...['c', 'gcc-s', 'stdc++', 'crypt', 'cap', 'systemd', 'uuid', 'tinfo', 'edit', 'bsd', 'md', 'zstd', 'ssl', 'srtp'],
  ...['jansson', 'nspr', 'nss', 'sqlite', 'uriparser', 'xml', 'xslt'],
  ...['espeak-ng', 'pcaudio', 'sonic', 'asound', 'pulse', 'asyncns', 'dbus', 'sndfile', 'flac', 'mp3lame', 'mpg'],
  ...['ogg', 'opus', 'vorbis', 'vorbisenc', 'x', 'x11-xcb', 'xau', 'xcb', 'xdmcp'],
];
const WANTED = new RegExp(
  `^(${PROGRAMS.join('|')}|zlib1g|lib(${LIBRARIES.join('|').replaceAll('+', '\\+')})[-\\d.]*(t64|a)?)$`,
);

/**
 * Unpacks Asterisk, and what speaks for it, into a folder of the cache. `check` says whether what is in a folder runs. Answers the folder.
 * Of Debian's releases the present stable one has no Asterisk.
 * @throws Error with a plain reason
 */
export async function installPackages(
  cacheDir: string,
  check: (root: string) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<string> {
  const isWanted = (name: string) => WANTED.test(name);
  return await unpackDebian(
    cacheDir,
    { name: 'asterisk', packages: PROGRAMS, isWanted, suite: 'testing', check },
    signal,
  );
}
