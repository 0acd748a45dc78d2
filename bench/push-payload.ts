import { pushToRegistry } from 'gofleet/builder/push-to-registry';

/** Pushes a program as an artefact, from where the registry can be reached: `push-payload.ts REPOSITORY FILE SHA256 DOCKER_CONFIG`. */
const [repository = '', path = '', sha256 = '', dockerConfig = ''] = process.argv.slice(2);
const push = pushToRegistry(repository, { dockerConfig });
const reproduction = {
  goVersion: undefined,
  equal: true,
  segments: [],
  differences: [],
  grade: 'proven',
} as const;
const { image } = await push(
  {
    original: { sha256, sizeBytes: 0, goVersion: '', package: 'bench/payload', buildId: '' },
    reproduction,
    artefact: { path, sha256, sizeBytes: 0, goVersion: 'go1.26.8', grade: 'proven', changes: [] },
  },
  { tag: sha256, arch: process.arch === 'x64' ? 'amd64' : process.arch },
);
process.stdout.write(image);
