import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureInstalled } from './debian-tools.ts';
import { type Corpus, makeCorpus } from './make-corpus.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'dist');

let corpus: Corpus;
let project: string;
beforeAll(async () => {
  corpus = await makeCorpus();
  project = mkdtempSync(join(tmpdir(), 'gofleet-library-'));
  mkdirSync(join(project, 'node_modules'));
  // As `npm install` would have it.
  symlinkSync(dist, join(project, 'node_modules/gofleet'));
  copyFileSync(join(root, 'apps/cli/examples/read-build-info.mjs'), join(project, 'example.mjs'));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

const program = (name: string): string => join(corpus.dir, 'programs', name);

test('the example runs on the built package', () => {
  const run = (path: string) =>
    spawnSync(process.execPath, ['example.mjs', path], { cwd: project, encoding: 'utf8' });
  const path = program('1.27.4-linux-amd64-modules');
  expect(run(path)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/: go1\.27\.4, modules [0-9a-f]{12}\n {2}example\.com\/local@v0\.0\.0\n/),
  });
  expect(run('example.mjs')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('identify.not-executable'),
  });
});

test('its types are those of the package', () => {
  const consumer = `import { type BinaryFacts, readBuildInfo } from 'gofleet/identify';
const facts: BinaryFacts = await readBuildInfo(new Uint8Array(0));
export const release: string | undefined = facts.goVersion;
// @ts-expect-error: a release is no number
export const wrong: number = facts.goVersion;
`;
  writeFileSync(join(project, 'consumer.mts'), consumer);
  const options = [
    '--noEmit',
    '--strict',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--lib',
    'es2022,dom',
  ];
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, 'consumer.mts'], {
    cwd: project,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

const page = `<!doctype html><title>reading</title><script type="module">
import { readBuildInfo } from '/identify.mjs';
const read = async (path) => {
  const facts = await readBuildInfo(await (await fetch(path)).blob());
  return { goVersion: facts.goVersion, deps: facts.buildInfo.deps.length, fingerprint: facts.fingerprint };
};
window.reading = read('/program');
document.title = 'ready';
</script>`;

/** Serves the page, the library and a program on the loopback interface. */
async function serve(path: string): Promise<Server> {
  const files: Readonly<Record<string, readonly [string, string | Buffer]>> = {
    '/': ['text/html', page],
    '/identify.mjs': ['text/javascript', readFileSync(join(dist, 'identify.mjs'))],
    '/program': ['application/octet-stream', readFileSync(path)],
  };
  const server = createServer(({ url = '' }, response) => {
    const [type, body] = files[url] ?? ['text/plain', ''];
    response.writeHead(url in files ? 200 : 404, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const quietly = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];

async function launch(): Promise<Browser> {
  const executablePath = await ensureInstalled('/usr/bin/chromium', 'chromium');
  return chromium.launch({
    executablePath,
    args: [...quietly, '--disable-component-update', '--disable-sync'],
  });
}

test('a browser says of a program what Node says', async () => {
  const path = program('1.27.4-linux-amd64-modules');
  const [server, browser] = [await serve(path), await launch()];
  try {
    const tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const said = await tab.evaluate('window.reading');
    const { readBuildInfo } = (await import(
      join(dist, 'identify.mjs')
    )) as typeof import('../../apps/cli/src/identify.ts');
    const facts = await readBuildInfo(new Uint8Array(readFileSync(path)));
    expect(said).toEqual({ goVersion: 'go1.27.4', deps: 2, fingerprint: facts.fingerprint });
  } finally {
    await browser.close();
    server.close();
  }
});
