import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hashFiles } from '@gofleet/resolve/dirhash';
import { SumdbMaker } from '@gofleet/testkit/sumdb-maker';
import { makeZip } from '@gofleet/testkit/zip-maker';

/** Text that hardly gets smaller when it is packed, so that a flipped bit of a zip is a flipped bit of its content. */
export function noise(seed: string, lines: number): string {
  return Array.from({ length: lines }, (_, i) =>
    createHash('sha256').update(`${seed}${i}`).digest('hex'),
  ).join('\n');
}

/** The files of a made-up release whose `go` is a shell script. */
export function tinyRelease(goVersion: string): Record<string, string> {
  return {
    VERSION: `${goVersion}\ntime 2026-01-01T00:00:00Z\n`,
    'bin/go': `#!/bin/sh\necho go version ${goVersion} linux/amd64\n`,
    'bin/gofmt': '#!/bin/sh\ncat\n',
    'pkg/tool/linux_amd64/compile': '#!/bin/sh\n',
    'src/_go.mod': 'module std\n',
    'src/fmt/print.go': 'package fmt\n',
    'lib/time/zoneinfo.zip': noise(goVersion, 1500),
  };
}

/** What an upstream does with a request; `undefined` answers as it should. */
export type Misbehave = (
  path: string,
  body: Uint8Array,
) => { status?: number; body?: Uint8Array; half?: 'cut' | 'stall' } | undefined;

/** A module proxy on the loopback that serves made-up releases and a checksum database of its own. */
export class TinyUpstream {
  readonly sums = new SumdbMaker('sums.test');
  readonly asked: string[] = [];
  misbehave: Misbehave = () => undefined;
  readonly #files = new Map<string, Uint8Array>();
  #server: Server | undefined;

  constructor() {
    for (let i = 0; i < 300; i++) this.sums.add(`example.com/m v1.0.${i} h1:x${i}=\n`);
  }

  /** Adds a release; `entries` replaces what its zip has, the database then knows the zip all the same. */
  add(goVersion: string, files: Readonly<Record<string, string>> = tinyRelease(goVersion)): void {
    const version = `v0.0.1-${goVersion}.linux-amd64`;
    const entries = Object.entries(files).map(
      ([path, content]) => [`golang.org/toolchain@${version}/${path}`, content] as const,
    );
    const hashed = entries.map(([name, content]) => ({
      name,
      sha256: createHash('sha256').update(content).digest('hex'),
    }));
    this.sums.add(
      `golang.org/toolchain ${version} ${hashFiles(hashed)}\ngolang.org/toolchain ${version}/go.mod h1:m=\n`,
    );
    this.#files.set(`golang.org/toolchain/@v/${version}.zip`, makeZip(entries));
    this.#files.set(
      `golang.org/toolchain/@v/${version}.info`,
      Buffer.from(JSON.stringify({ Version: version })),
    );
    this.#files.set('golang.org/toolchain/@v/list', Buffer.from(`${this.#list()}${version}\n`));
  }

  /** Serves a file at a path. */
  serve(path: string, bytes: Uint8Array): void {
    this.#files.set(path, bytes);
  }

  zipOf(goVersion: string): Uint8Array {
    return this.#files.get(`golang.org/toolchain/@v/v0.0.1-${goVersion}.linux-amd64.zip`) ?? Buffer.of();
  }

  async listen(): Promise<string> {
    this.#server = createServer((request, response) => {
      const path = (request.url ?? '').slice(1);
      this.asked.push(path);
      const right = this.#answer(path);
      const { status, body, half } = (right && this.misbehave(path, right)) ?? {};
      const bytes = body ?? right;
      response.writeHead(status ?? (bytes ? 200 : 404), bytes && { 'content-length': bytes.length });
      if (half === undefined) return void response.end(bytes);
      response.write(bytes?.subarray(0, bytes.length / 2));
      if (half === 'cut') setTimeout(() => response.destroy(), 50);
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  #list(): string {
    return Buffer.from(this.#files.get('golang.org/toolchain/@v/list') ?? []).toString();
  }

  #answer(path: string): Uint8Array | undefined {
    const prefix = `sumdb/${this.sums.name}/`;
    return path.startsWith(prefix) ? this.sums.read(path.slice(prefix.length)) : this.#files.get(path);
  }
}
