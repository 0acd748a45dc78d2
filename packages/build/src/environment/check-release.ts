import type { Finding } from '@gofleet/base/finding';
import { compareGoVersions, parseGoVersion } from '@gofleet/base/go-version';
import { fixSetting, placeOf } from './fix-setting.ts';
import type { GoRootFacts, MachineFacts } from './machine.ts';

function incompleteness({ version, go, compiler, hasSource }: GoRootFacts): string | undefined {
  if (version === undefined) return 'it has no VERSION that begins with "go"';
  if (go === undefined) return 'it has no bin/go';
  if (compiler === undefined) return 'it has no compiler in pkg/tool';
  return hasSource ? undefined : 'it has no src/runtime';
}

/** What a program says of the release that built it, without the experiments that follow. */
const release = (text: string): string => text.split(' ')[0] ?? text;

/** A tree over which another release was unpacked. */
function checkMixture({ path, version = '', go = version, compiler = version }: GoRootFacts): Finding[] {
  const other = [go, compiler].map(release).find((each) => each !== version);
  if (other === undefined) return [];
  const part = release(go) === other ? 'bin/go' : 'the compiler';
  return [
    {
      code: 'build.mixed-goroot',
      severity: 'error',
      message: `${path}: VERSION says ${version}, ${part} was built as ${other}: one release was unpacked over another`,
      facts: { goRoot: path, version, found: other },
      hint: `rm -rf ${path} && gofleet toolchain install ${version.replace(/^go/, '')}`,
    },
  ];
}

function checkWritable({ path, writableBy }: GoRootFacts): Finding[] {
  if (writableBy === 'nobody') return [];
  return [
    {
      code: 'build.goroot-writable',
      severity: 'warning',
      message: `${path}: ${writableBy} can change the release, and with it what every build on this machine contains`,
      facts: { goRoot: path },
      hint: `chmod -R ${writableBy === 'others' ? 'go-w' : 'a-w'} ${path}`,
    },
  ];
}

function checkTree(facts: GoRootFacts): Finding[] {
  return [...checkMixture(facts), ...checkWritable(facts)];
}

/** A GOROOT that was set: it must be a release, and the one of the `go` that will read it. */
function checkGoroot({ goroot, goOnPath, settings, wanted }: MachineFacts): Finding[] {
  if (!goroot) return [];
  const setting = settings('GOROOT');
  const place = placeOf(setting);
  const hint = fixSetting('GOROOT', setting);
  const missing = incompleteness(goroot);
  if (missing !== undefined) {
    const message = `GOROOT=${goroot.path} ${place} is no Go release: ${missing}`;
    return [{ code: 'build.no-goroot', severity: 'error', message, facts: { goRoot: goroot.path }, hint }];
  }
  const version = goroot.version ?? '';
  const expected = goOnPath?.go === undefined ? wanted.goVersion : release(goOnPath.go);
  if (expected === version) return [];
  const who = goOnPath?.go === undefined ? 'the build wants' : 'the go command in PATH is';
  const message = `GOROOT=${goroot.path} ${place} is ${version}, ${who} ${expected}`;
  return [{ code: 'build.inherited-goroot', severity: 'error', message, facts: { version, expected }, hint }];
}

function checkPath({ goOnPath, wanted, settings }: MachineFacts): Finding[] {
  if (goOnPath?.version === wanted.goVersion) return [];
  const hint = `eval "$(gofleet env --go ${wanted.goVersion.replace(/^go/, '')} --shell)"`;
  const found = goOnPath?.version;
  const [have, want] = [parseGoVersion(found ?? ''), parseGoVersion(wanted.goVersion)];
  const toolchain = settings('GOTOOLCHAIN').value;
  const switches =
    toolchain !== '' && toolchain !== 'local' && have && want && compareGoVersions(have, want) < 0;
  if (switches) {
    const message = `GOTOOLCHAIN=${toolchain} ${placeOf(settings('GOTOOLCHAIN'))} lets ${found} in PATH replace itself by ${wanted.goVersion}, unseen`;
    return [{ code: 'build.toolchain-switch', severity: 'warning', message, facts: { toolchain }, hint }];
  }
  const message = `go in PATH is ${found ?? 'not there'}, ${wanted.goVersion} is wanted`;
  return [{ code: 'build.other-go', severity: 'error', message, facts: { found }, hint }];
}

/** GOTOOLCHAIN that names a release is obeyed whatever PATH says. @see Go cmd/go/internal/toolchain Select (go1.26) */
function checkToolchain({ settings, wanted }: MachineFacts): Finding[] {
  const setting = settings('GOTOOLCHAIN');
  const named = /^(go[^+]+)(?:\+|$)/.exec(setting.value)?.[1];
  const right = wanted.goVersion;
  if (named === undefined || named === right) return [];
  return [
    {
      code: 'build.toolchain-switch',
      severity: 'error',
      message: `GOTOOLCHAIN=${setting.value} ${placeOf(setting)} runs ${named} instead of ${right}`,
      facts: { toolchain: setting.value },
      hint: fixSetting('GOTOOLCHAIN', setting, 'local'),
    },
  ];
}

function checkGobin({ settings, gobinRelease, wanted }: MachineFacts): Finding[] {
  const setting = settings('GOBIN');
  if (gobinRelease === undefined || setting.value === '' || gobinRelease === wanted.goVersion) return [];
  return [
    {
      code: 'build.inherited-gobin',
      severity: 'warning',
      message: `GOBIN=${setting.value} ${placeOf(setting)} belongs to ${gobinRelease}: what ${wanted.goVersion} installs would be found with the other release`,
      facts: { gobin: setting.value, goVersion: gobinRelease },
      hint: fixSetting('GOBIN', setting),
    },
  ];
}

function checkRival({ wanted, rival }: MachineFacts): Finding[] {
  if (rival === undefined) return [];
  return [
    {
      code: 'build.same-version-other-compiler',
      severity: 'error',
      message: `${wanted.goRoot} and ${rival} both say ${wanted.goVersion} and have different compilers: one build cache cannot tell their results apart`,
      hint: `eval "$(gofleet env --shell)"   # gives this one a cache of its own`,
    },
  ];
}

/** Which release would build, and whether its tree is whole and safe. */
export function checkRelease(machine: MachineFacts): Finding[] {
  const trees = [machine.goOnPath, machine.goroot].filter((tree) => tree?.version !== undefined);
  const distinct = [...new Map(trees.flatMap((tree) => (tree ? [[tree.path, tree] as const] : []))).values()];
  return [
    ...checkGoroot(machine),
    ...distinct.flatMap(checkTree),
    ...checkPath(machine),
    ...checkToolchain(machine),
    ...checkGobin(machine),
    ...checkRival(machine),
  ];
}
