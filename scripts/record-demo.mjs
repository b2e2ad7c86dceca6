// `npm run record-demo`: plays the demo and writes what it says into the README, between its markers.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BEGIN = '<!-- npm run record-demo writes from here -->\n';
const END = '<!-- to here -->\n';
const FIRST_LINE = 'A conference in trouble\n';

const readme = fileURLToPath(new URL('../README.md', import.meta.url));
const demo = fileURLToPath(new URL('demo.mjs', import.meta.url));
// Of its own, so that the recording is of a fresh Convoke and leaves nobody's data behind.
const dataDir = mkdtempSync(join(tmpdir(), 'convoke-record-'));

try {
  const { code, output } = await play();
  if (code !== 0) throw new Error(`The demo ended with exit code ${code}; the README stays as it is.`);
  const story = output.slice(output.indexOf(FIRST_LINE)).trimEnd();
  const text = readFileSync(readme, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`README.md lacks the markers ${BEGIN.trim()} and ${END.trim()}.`);
  const recording = `\n\`\`\`\n$ npm run demo\n${story}\n\`\`\`\n\n`;
  writeFileSync(readme, text.slice(0, from + BEGIN.length) + recording + text.slice(to));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}

function play() {
  let output = '';
  const env = { ...process.env, CONVOKE_DATA_DIR: dataDir };
  const child = spawn(process.execPath, [demo], { stdio: ['inherit', 'pipe', 'inherit'], env });
  child.stdout.on('data', (chunk) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}
