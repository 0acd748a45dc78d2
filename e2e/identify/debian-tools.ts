import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { installPackages } from '@gofleet/lab/install-packages';

const run = promisify(execFile);
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };

/** Sees to it that a file of a Debian package is there; returns its path. */
export async function ensureInstalled(path: string, name: string): Promise<string> {
  if (existsSync(path)) return path;
  const { stderr } = await installPackages([name]);
  if (!existsSync(path)) throw new Error(`the package ${name} brings no ${path}: ${stderr}`);
  return path;
}

/** The `go` command that the distribution packages. */
export const debianGo = (): Promise<string> => ensureInstalled('/usr/lib/go-1.19/bin/go', 'golang-1.19-go');

/** A line for APT that names the backports of this machine's suite, from where its packages come. */
async function backportsSource(): Promise<string> {
  const format = ['indextargets', '--format', '$(SITE) $(CODENAME) $(SIGNED_BY)'];
  const { stdout } = await run('apt-get', format);
  const [site, suite] = /^(\S+) ([a-z]+) /m.exec(stdout)?.slice(1) ?? [];
  if (site === undefined) throw new Error('apt-get names no suite that its packages come from');
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
  return `deb [signed-by=${keys}] ${site} ${suite}-backports main\n`;
}

/**
 * UPX, which this suite has among its backports only: its package is unpacked into the cache, and nothing is installed. Returns the
 * program's path.
 */
export async function ensureUpx(): Promise<string> {
  const dir = join(cacheRoot(), 'upx');
  const program = join(dir, 'usr/bin/upx-ucl');
  if (existsSync(program)) return program;
  const work = `${dir}.${process.pid}`;
  for (const part of ['lists/partial', 'cache/archives/partial'])
    await mkdir(join(work, part), { recursive: true });
  await writeFile(join(work, 'sources.list'), await backportsSource());
  const settings = {
    'Dir::Etc::SourceList': join(work, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State::Lists': join(work, 'lists'),
    'Dir::Cache': join(work, 'cache'),
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  await run('apt-get', [...options, 'update'], { env });
  await run('apt-get', [...options, 'download', 'upx-ucl'], { env, cwd: work });
  const [name = ''] = (await readdir(work)).filter((file) => file.endsWith('.deb'));
  await run('dpkg', ['-x', join(work, name), dir]);
  await rm(work, { recursive: true });
  return program;
}
