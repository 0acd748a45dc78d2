import fc from 'fast-check';
import { expect, test } from 'vitest';
import { envFilePath, parseEnvFile } from './env-file.ts';

test('settings with their places; which of two counts', () => {
  const text = '# GOFLAGS=no\nGOTOOLCHAIN=local\n GOWORK=off\nlower=1\nGOTOOLCHAIN=auto\r\nGOPROXY\n';
  expect(parseEnvFile(text, 'env', 'last').get('GOTOOLCHAIN')).toMatchObject({
    value: 'auto\r',
    place: { line: 5, column: 13 },
  });
  expect(parseEnvFile(text, 'env', 'first').get('GOTOOLCHAIN')).toMatchObject({
    value: 'local',
    place: { line: 2 },
  });
  expect([...parseEnvFile(text, 'env', 'last').keys()]).toEqual(['GOTOOLCHAIN']);
});

test('any text is read', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseEnvFile(text, 'env', 'last')));
});

test('where it lies', () => {
  expect(envFilePath({ GOENV: 'off', HOME: '/h' }, 'linux')).toBeUndefined();
  expect(envFilePath({ GOENV: '/x', HOME: '/h' }, 'linux')).toBe('/x');
  expect(envFilePath({ HOME: '/h' }, 'linux')).toBe('/h/.config/go/env');
  expect(envFilePath({ HOME: '/h', XDG_CONFIG_HOME: '/x' }, 'linux')).toBe('/x/go/env');
  expect(envFilePath({ HOME: '/h', XDG_CONFIG_HOME: 'x' }, 'linux')).toBeUndefined();
  expect(envFilePath({ HOME: '/h' }, 'darwin')).toBe('/h/Library/Application Support/go/env');
  expect(envFilePath({}, 'linux')).toBeUndefined();
});
