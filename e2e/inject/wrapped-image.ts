import { realpath } from 'node:fs/promises';
import { packDockerArchive } from '@gofleet/oci/docker-archive';
import { listSharedLibraries } from 'gofleet/image/shared-libraries';

/** The tests' program as many images have it: a script ends by executing it, found in PATH, where a link to it lies. */
export const wrappedImage = 'gofleet.dev/e2e/wrapped:1';
/** Where it really lies. */
export const wrappedPath = '/opt/app-1.2/bin/present';

export async function packWrapped(binary: string, tar: string): Promise<void> {
  const files = [
    ...(await listSharedLibraries(['/bin/sh'])),
    { path: '/bin/sh', source: await realpath('/bin/sh'), mode: 0o755 },
    { path: wrappedPath, source: binary, mode: 0o755 },
    { path: '/opt/app', linkTo: 'app-1.2' },
    { path: '/usr/bin/present', linkTo: '/opt/app/bin/present' },
    { path: '/start.sh', bytes: '#!/bin/sh\nexec present "$@"\n', mode: 0o755 },
  ];
  const env = { PATH: '/usr/bin' };
  await packDockerArchive(
    {
      repoTag: wrappedImage,
      entrypoint: ['../start.sh'],
      workingDir: '/opt',
      env,
      user: '65532:65532',
      files,
    },
    tar,
  );
}
