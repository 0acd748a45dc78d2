import { type AddressInfo, createConnection } from 'node:net';
import { dirname } from 'node:path';
import { writeJson } from './json-file.ts';
import { parseUpstreams } from './mirror-route.ts';
import { createModuleMirror } from './module-mirror.ts';
import { relayTo } from './pipe-sockets.ts';
import { labFiles } from './plan.ts';
import { findProcess, isAlive } from './process-ref.ts';
import { runChecked } from './run-program.ts';

/** Runs on the host's network: the API server on a port of loopback, and the module mirror's way out. */
async function main(planPath: string, launcherPid: number): Promise<void> {
  const launcher = findProcess(launcherPid);
  // A relay without a lab has nothing to relay.
  setInterval(() => isAlive(launcher) || process.exit(0), 500);
  const files = labFiles(dirname(planPath));
  const env = JSON.parse(await runChecked(['go', 'env', '-json', 'GOPROXY', 'GOSUMDB'])) as {
    GOPROXY: string;
    GOSUMDB: string;
  };
  createModuleMirror(parseUpstreams(env), files.modules).listen(files.mirrorSocket);
  const server = await relayTo(
    () => createConnection(files.apiSocket),
    (listener, done) => listener.listen(0, '127.0.0.1', done),
  );
  await writeJson(files.relay, { port: (server.address() as AddressInfo).port });
}

const [planPath = '', launcherPid = '0'] = process.argv.slice(2);
await main(planPath, Number(launcherPid));
