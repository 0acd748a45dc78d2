import { expect, test } from 'vitest';
import { hashedFiles, parseZiphashName } from './module-path.ts';

test('a module from its place in the cache', () => {
  expect(parseZiphashName('github.com/!burnt!sushi/toml/@v/v1.2.3.ziphash')).toEqual({
    path: 'github.com/BurntSushi/toml',
    version: 'v1.2.3',
    directory: 'github.com/!burnt!sushi/toml@v1.2.3',
  });
  expect(parseZiphashName('github.com/x/@v/v1.2.3.zip')).toBeUndefined();
});

test('a go.mod of a toolchain is a copy, unless it differs', () => {
  const files = [
    { name: 'src/_go.mod', sha256: 'a' },
    { name: 'src/go.mod', sha256: 'a' },
    { name: 'misc/_go.mod', sha256: 'b' },
    { name: 'misc/go.mod', sha256: 'changed' },
  ];
  const names = (path: string) => hashedFiles({ path, version: 'v1' }, files).map(({ name }) => name);
  expect(names('golang.org/toolchain')).toEqual(
    ['src/_go.mod', 'misc/_go.mod', 'misc/go.mod'].map((name) => `golang.org/toolchain@v1/${name}`),
  );
  expect(names('a.example/m')).toHaveLength(4);
});
