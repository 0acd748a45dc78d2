import { GofleetError } from '@gofleet/base/errors';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { goRuntimeApi } from '@gofleet/inject/in-cluster';
import { restrictedContainer } from '@gofleet/inject/manifest';
import { sandboxRunDir } from '@gofleet/inject/sandbox-places';
import { sandboxName } from '@gofleet/inject/want-sandbox';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { unlessGone } from '@gofleet/kube/unless-gone';
import { defaultImage } from '../image/default-image.ts';
import { waitFor } from '../wait-for.ts';

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
}

interface Pod extends KubeObject {
  readonly spec: {
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
  };
  readonly status?: { readonly phase?: string };
}

/** Where a sandbox is played. */
export interface SandboxPlay {
  readonly client: KubeClient;
  /** The release that it offers, `go1.26.8`. */
  readonly goVersion: string;
  readonly signal: AbortSignal;
}

const namespace = 'building';
const objects = `/api/v1/namespaces/${namespace}`;
const { group, version, plural, kind } = goRuntimeApi;
const wishes = `/apis/${group}/${version}/namespaces/${namespace}/${plural}`;
const name = 'ci';
const labels = { app: name };

const files = {
  'go.mod': 'module example.test/told\n\ngo 1.21\n',
  'main.go': 'package main\n\nimport "runtime"\n\nfunc main() { println("built by", runtime.Version()) }\n',
};

/** What the main container does, in an image without a Go: writes sources, calls `go`, and runs what came out. */
const script = `
const { writeFileSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
for (const [path, text] of Object.entries(${JSON.stringify(files)})) writeFileSync(path, text);
const run = (...argv) => spawnSync(argv[0], argv.slice(1), { stdio: 'inherit' });
const built = run('${sandboxRunDir}/go', 'build', '-o', 'told', '.');
if (built.error) console.error(built.error.message);
process.exitCode = built.status === 0 ? run('./told').status : 1;
`;

const wish = ({ goVersion }: SandboxPlay) => ({
  ...{ apiVersion: `${group}/${version}`, kind, metadata: { name, namespace } },
  spec: {
    selector: { matchLabels: labels },
    runtime: { goVersion: goVersion.replace(/^go/, '') },
    sandbox: { volume: 'work' },
    rollout: { strategy: 'OnRestart' },
  },
});

const pod = {
  metadata: { name, labels },
  spec: {
    ...{ restartPolicy: 'Never', terminationGracePeriodSeconds: 1 },
    containers: [
      {
        ...{ name: 'main', image: defaultImage, workingDir: '/work' },
        command: ['/gofleet/node', '-e', script],
        securityContext: restrictedContainer,
        volumeMounts: [{ name: 'work', mountPath: '/work' }],
      },
    ],
    volumes: [{ name: 'work', emptyDir: {} }],
  },
};

/** Until the webhook would bring a sandbox that the node plugin mounts the release for. */
async function untilOffered({ client, goVersion, signal }: SandboxPlay): Promise<void> {
  await waitFor({
    what: `a sandbox with ${goVersion} mounted`,
    timeoutMs: 120_000,
    signal,
    probe: async () => {
      const { spec } = await client.create<Pod>(`${objects}/pods`, pod, { dryRun: 'All' });
      const all = [...(spec.initContainers ?? []), ...spec.containers];
      return all.find((each) => each.name === sandboxName)?.args?.includes('--goroot') || undefined;
    },
  });
}

/** Until all of the pod has ended, its sandbox too. */
async function untilEnded({ client, signal }: SandboxPlay): Promise<Pod> {
  const ended = async (): Promise<Pod | undefined> => {
    const found = await client.get<Pod>(`${objects}/pods/${name}`);
    return /Succeeded|Failed/.test(found.status?.phase ?? '') ? found : undefined;
  };
  return waitFor({ what: 'the pod to end', timeoutMs: 120_000, signal, probe: ended });
}

/** So that nothing of it is mounted when gofleet goes. */
async function remove({ client, signal }: SandboxPlay): Promise<void> {
  for (const path of [`${objects}/pods/${name}`, `${wishes}/${name}`]) {
    await unlessGone(client.delete(path));
    const gone = async () => ((await unlessGone(client.get(path))) === undefined ? true : undefined);
    await waitFor({ what: `${path} to be gone`, timeoutMs: 120_000, signal, probe: gone });
  }
  await client.delete(objects);
}

/** Wishes for it, so that the node has the release by the time that it is played. */
export async function wishForSandbox(play: SandboxPlay): Promise<void> {
  const enforced = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await play.client.create('/api/v1/namespaces', { metadata: { name: namespace, labels: enforced } });
  await play.client.create<GoRuntime>(wishes, wish(play));
}

/**
 * A pod whose image has no Go builds a program through a sandbox of its own, and runs it; under Pod Security `restricted`. Answers
 * which kind of container the sandbox was.
 */
export async function playSandbox(play: SandboxPlay): Promise<'native' | 'classic'> {
  const { client, goVersion } = play;
  await untilOffered(play);
  await client.create(`${objects}/pods`, pod);
  const { spec, status } = await untilEnded(play);
  const said = await client.getText(`${objects}/pods/${name}/log?container=main`);
  if (status?.phase !== 'Succeeded' || !said.includes(`built by ${goVersion}\n`))
    throw new GofleetError(
      'cli.matrix-unmet',
      `expected a program built by ${goVersion}, found ${JSON.stringify(said)}`,
    );
  await remove(play);
  return spec.initContainers?.some((each) => each.name === sandboxName) ? 'native' : 'classic';
}
