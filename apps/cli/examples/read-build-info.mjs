// node read-build-info.mjs PROGRAM
import { openAsBlob } from 'node:fs';
import { isGofleetError, readBuildInfo } from 'gofleet/identify';

const [path = process.execPath] = process.argv.slice(2);
try {
  const { goVersion, buildInfo, fingerprint } = await readBuildInfo(await openAsBlob(path));
  console.log(`${path}: ${goVersion ?? 'unknown release'}, modules ${fingerprint.modules ?? 'unknown'}`);
  for (const { path: name, version } of buildInfo?.deps ?? []) console.log(`  ${name}@${version}`);
} catch (error) {
  if (!isGofleetError(error)) throw error;
  console.error(`${path}: ${error.message} (${error.code})`);
  process.exitCode = 1;
}
