import { isGofleetError } from '@gofleet/base/errors';
import type { Finding } from '@gofleet/base/finding';
import { fixSetting, placeOf } from './fix-setting.ts';
import type { Setting } from './go-settings.ts';
import type { MachineFacts } from './machine.ts';
import { hasDirect, withoutDirect } from './proxy-list.ts';
import { parseFlag, splitFlags } from './split-flags.ts';

interface FlagRule {
  readonly applies: (name: string, value: string | undefined) => boolean;
  readonly code: string;
  readonly says: string;
}

/** A date or a number of seconds or more since 1970 in a value: it changes from run to run. */
const stamp = /\b20\d\d-?[01]\d-?[0-3]\d(?:[T_ -]?[0-2]\d:?[0-5]\d)?|\b1[6-9]\d{8}\b/;

/** Each is held against real builds in e2e/environment. */
const flagRules: readonly FlagRule[] = [
  {
    applies: (name, value) => name === 'a' && value !== 'false',
    code: 'build.flags-defeat-cache',
    says: 'compiles everything anew in every build',
  },
  {
    applies: (name) => name === 'toolexec',
    code: 'build.flags-poison-cache',
    says: 'is in no cache key: what the program changes is served to builds without it',
  },
  {
    applies: (name) => name === 'count',
    code: 'build.flags-defeat-cache',
    says: 'keeps every test result from being reused',
  },
  {
    applies: (name, value) => name === 'ldflags' && stamp.test(value ?? ''),
    code: 'build.flags-defeat-cache',
    says: 'has a time in it: every run links anew and no test result is reused',
  },
  {
    applies: (name, value) => name === 'work' && value !== 'false',
    code: 'build.flags-fill-disk',
    says: 'leaves the work directory of every build behind',
  },
];

const needsQuotes = /[ \t]/;

function joinFlags(words: readonly string[]): string {
  return words.map((word) => (needsQuotes.test(word) ? `"${word}"` : word)).join(' ');
}

function checkWords(setting: Setting): Finding[] {
  const words = splitFlags(setting.value);
  return words.flatMap((word) => {
    const { name, value } = parseFlag(word);
    const rest = words.filter((each) => each !== word);
    return flagRules
      .filter(({ applies }) => applies(name, value))
      .map(({ code, says }) => ({
        code,
        severity: 'warning' as const,
        message: `GOFLAGS ${placeOf(setting)}: -${name} ${says}`,
        facts: { flag: word },
        hint: fixSetting('GOFLAGS', setting, rest.length === 0 ? undefined : joinFlags(rest)),
      }));
  });
}

function checkFlags({ settings, refusedFlags }: MachineFacts): Finding[] {
  const setting = settings('GOFLAGS');
  if (setting.value === '') return [];
  const facts = { goflags: setting.value };
  const hint = fixSetting('GOFLAGS', setting);
  if (refusedFlags !== undefined) {
    const message = `GOFLAGS ${placeOf(setting)} are not for this release: ${refusedFlags}`;
    return [{ code: 'build.inherited-goflags', severity: 'error', message, facts, hint }];
  }
  try {
    return checkWords(setting);
  } catch (thrown) {
    if (!isGofleetError(thrown)) throw thrown;
    return [{ code: thrown.code, severity: 'error', message: thrown.message, facts, hint }];
  }
}

/** GODEBUG=gocacheverify=1 makes every look into the build cache a miss. @see Go cmd/go/internal/cache Get (go1.26) */
function checkGodebug({ settings }: MachineFacts): Finding[] {
  const setting = settings('GODEBUG');
  if (!/(?:^|,)gocacheverify=1(?:,|$)/.test(setting.value)) return [];
  return [
    {
      code: 'build.flags-defeat-cache',
      severity: 'warning',
      message: `GODEBUG ${placeOf(setting)}: gocacheverify=1 compiles everything anew in every build`,
      hint: fixSetting('GODEBUG', setting),
    },
  ];
}

const matchesAll = (patterns: string): boolean =>
  patterns.split(',').some((each) => each === '*' || each === '*.*');

function checkSums({ settings }: MachineFacts): Finding[] {
  const sumdb = settings('GOSUMDB');
  const off: Finding[] =
    sumdb.value === 'off'
      ? [
          {
            code: 'build.sumdb-off',
            severity: 'error',
            message: `GOSUMDB=off ${placeOf(sumdb)}: modules that go.sum does not know are taken unverified`,
            hint: fixSetting('GOSUMDB', sumdb),
          },
        ]
      : [];
  const names = ['GONOSUMDB', 'GOPRIVATE', 'GOINSECURE'] as const;
  const set = names.filter((name) => settings(name).from !== 'default' && matchesAll(settings(name).value));
  return [
    ...off,
    ...set.map((name) => ({
      code: 'build.sumdb-off',
      severity: 'error' as const,
      message: `${name}=${settings(name).value} ${placeOf(settings(name))} takes every module out of verification`,
      hint: `${fixSetting(name, settings(name))}   # or name your own hosts only`,
    })),
  ];
}

function checkProxy({ settings, scenario }: MachineFacts): Finding[] {
  const setting = settings('GOPROXY');
  if (scenario === 'local' || !hasDirect(setting.value)) return [];
  const without = withoutDirect(setting.value);
  const hint = hasDirect(without)
    ? 'export GOPROXY=… with the module proxy of your organisation'
    : `export GOPROXY=${without}`;
  return [
    {
      code: 'build.proxy-direct',
      severity: 'warning',
      message: `GOPROXY ${placeOf(setting)} ends in "direct": a module that the proxy does not have is fetched from any host`,
      facts: { goproxy: setting.value },
      hint,
    },
  ];
}

function checkEnvFile({ envFile }: MachineFacts): Finding[] {
  if (!envFile) return [];
  return envFile.problems.map(({ line, text, reason }) => ({
    code: 'build.malformed-env-file',
    severity: 'error',
    message: `${envFile.path}:${line}: "${text}" is not read as it stands there: ${reason}`,
    facts: { path: envFile.path, line },
    hint: `sed -i '${line}d' ${envFile.path}   # then go env -w NAME=VALUE`,
  }));
}

/** What settings do to builds. */
export function checkSettings(machine: MachineFacts): Finding[] {
  return [checkEnvFile, checkFlags, checkGodebug, checkSums, checkProxy].flatMap((check) => check(machine));
}
