import { expect, test } from 'vitest';
import { parseToolchainName, platformOfNode, toolchainName } from './platform.ts';

test.each([
  [
    { platform: 'linux', arch: 'x64' },
    { os: 'linux', arch: 'amd64' },
  ],
  [
    { platform: 'darwin', arch: 'arm64' },
    { os: 'darwin', arch: 'arm64' },
  ],
  [
    { platform: 'win32', arch: 'ia32' },
    { os: 'windows', arch: '386' },
  ],
])('%j is %j', (host, platform) => {
  expect(platformOfNode(host)).toEqual(platform);
});

test('names go there and back; staging folders and others are none', () => {
  const platform = { os: 'linux', arch: 'arm64' };
  expect(parseToolchainName(toolchainName('go1.28rc1', platform))).toEqual({
    goVersion: 'go1.28rc1',
    platform,
  });
  for (const name of ['.staging-0a-1-2', 'go1.26.8', 'go1.26.8.linux', 'gopath.linux-amd64', '']) {
    expect(parseToolchainName(name)).toBeUndefined();
  }
});
