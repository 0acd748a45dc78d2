import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type ProxyFault, startFaultProxy } from './fault-proxy.ts';

/** What the program is told on its command line, as JSON. */
export interface ServedProxy {
  readonly listen: { readonly host: string; readonly port: number };
  /** Paths of PEM files. */
  readonly files: { readonly cert: string; readonly key: string; readonly ca: string };
  readonly upstream: string;
  readonly seed: number;
  /** Path of the socket on which it is told what to do: a line `{ "use": FAULT | null }`, answered with a line of counts. */
  readonly control: string;
}

async function main({ listen, files, upstream, seed, control }: ServedProxy): Promise<void> {
  const [cert = '', key = '', ca = ''] = [files.cert, files.key, files.ca].map((path) =>
    readFileSync(path, 'utf8'),
  );
  const proxy = await startFaultProxy({
    listen,
    serving: { cert, key },
    upstream: { url: upstream, ca },
    seed,
  });
  const obey = (socket: Socket): void => {
    createInterface({ input: socket }).on('line', (line) => {
      const { use } = JSON.parse(line) as { use?: ProxyFault | null };
      if (use !== undefined) proxy.use(use ?? undefined);
      socket.write(`${JSON.stringify(proxy.counts())}\n`);
    });
    // Whoever started it is gone.
    socket.on('error', () => process.exit(0));
    socket.on('close', () => process.exit(0));
  };
  createServer(obey).listen(control);
}

const [served = '{}'] = process.argv.slice(2);
await main(JSON.parse(served) as ServedProxy);
