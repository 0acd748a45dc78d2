import { expect, test } from 'vitest';
import { hashedName, parseZiphashName } from './module-path.ts';

test('a module from its place in the cache', () => {
  expect(parseZiphashName('github.com/!burnt!sushi/toml/@v/v1.2.3.ziphash')).toEqual({
    path: 'github.com/BurntSushi/toml',
    version: 'v1.2.3',
    directory: 'github.com/!burnt!sushi/toml@v1.2.3',
  });
  expect(parseZiphashName('github.com/x/@v/v1.2.3.zip')).toBeUndefined();
});

test('go.mod of a toolchain was hashed as _go.mod', () => {
  const toolchain = { path: 'golang.org/toolchain', version: 'v0.0.1-go1.22.12.linux-amd64' };
  expect(hashedName(toolchain, 'src/go.mod')).toBe(`golang.org/toolchain@${toolchain.version}/src/_go.mod`);
  expect(hashedName({ path: 'a.example/m', version: 'v1.0.0' }, 'go.mod')).toBe('a.example/m@v1.0.0/go.mod');
});
