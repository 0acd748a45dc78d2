import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseImageReference } from './image-reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test.each([
  ['docker://r.example/app', 'r.example', 'app', 'latest'],
  ['docker://r.example:5000/team/app:v1.2', 'r.example:5000', 'team/app', 'v1.2'],
  ['docker://docker.io/golang:1.26', 'docker.io', 'library/golang', '1.26'],
  ['docker://docker.io/team/app', 'docker.io', 'team/app', 'latest'],
  ['docker://localhost/app:1', 'localhost', 'app', '1'],
  [`docker://127.0.0.1:5000/a/b__c@${digest}`, '127.0.0.1:5000', 'a/b__c', digest],
  [`docker://[::1]:5000/a:tag@${digest}`, '[::1]:5000', 'a', digest],
])('%s', (text, registry, repository, version) => {
  expect(parseImageReference(text)).toEqual({ registry, repository, version, text });
});

test.each([
  'docker://app',
  'docker://team/app:v1',
  'docker://r.example/App',
  'docker://r.example/app:',
  'docker://r.example/../app',
  'docker://r.example/app@sha256:12',
  'docker://user@r.example/app',
  'docker://r.example/app?x=1',
])('%s is refused', (text) => {
  expect(() => parseImageReference(text)).toThrow(expect.objectContaining({ code: 'oci.usage' }));
});

test('any text gives a reference whose address stays on the registry, or our error', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        const { registry, repository } = parseImageReference(`docker://${text}`);
        expect(new URL(`http://${registry}/v2/${repository}`).pathname).toBe(`/v2/${repository}`);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'oci.usage' });
      }
    }),
  );
});
