import { expect, test } from 'vitest';
import { explainGoFailure } from './go-failure.ts';

const explain = (output: string): ReturnType<typeof explainGoFailure> =>
  explainGoFailure({ goVersion: 'go1.26.8', package: 'example.com/m', output, exitCode: 1 });

// What go1.21.5 and go1.26.8 say, addresses shortened.
test.each([
  [
    'build.unknown-go-version',
    'go: downloading go1.99.9 (linux/amd64)\ngo: download go1.99.9: golang.org/toolchain@v0.0.1-go1.99.9.linux-amd64: reading https://proxy/golang.org/toolchain/@v/v0.0.1-go1.99.9.linux-amd64.zip: 403 Forbidden\n\tserver response: This module version is not available.',
  ],
  ['build.unknown-go-version', 'go: download go1.99.9 for linux/amd64: toolchain not available'],
  [
    'build.source-gone',
    'go: rsc.io/quote@v9.9.9: rsc.io/quote@v9.9.9: reading https://proxy/rsc.io/quote/@v/v9.9.9.info: 403 Forbidden',
  ],
  [
    'build.source-gone',
    'go: example.com/nothing@v1.0.0: reading https://proxy/example.com/nothing/@v/v1.0.0.info: 404 Not Found',
  ],
  [
    'build.source-gone',
    'go: example.invalid/nothing@v1.0.0: reading https://proxy/example.invalid/nothing/@v/v1.0.0.info: 400 Bad Request',
  ],
  [
    'build.proxy-unreachable',
    'go: example.com/nothing@v1.0.0: Get "http://127.0.0.1:9/x.info": dial tcp 127.0.0.1:9: connect: connection refused',
  ],
  [
    'build.checksum-mismatch',
    'verifying example.com/m@v1.0.0: checksum mismatch\n\tdownloaded: h1:a=\n\tsum.golang.org: h1:b=\n\nSECURITY ERROR',
  ],
  [
    'build.module-has-replace',
    'go: example.com/m@v1.0.0 (in example.com/m@v1.0.0):\n\tThe go.mod file for the module providing named packages contains one or more replace directives.',
  ],
  [
    'build.needs-c-compiler',
    '# runtime/cgo\ncgo: C compiler "gcc" not found: exec: "gcc": executable file not found in $PATH',
  ],
  [
    'build.go-too-old',
    'go: example.com/m@v1.0.0 requires go >= 1.27 (running go 1.26.8; GOTOOLCHAIN=go1.26.8)',
  ],
  ['build.disk-full', 'write /tmp/x: no space left on device'],
])('%s', (code, output) => {
  expect(explain(output).code).toBe(code);
});

test('what the compiler says comes along, without the noise before it', () => {
  const error = explain(
    'go: downloading golang.org/x/tools v0.20.0\n# golang.org/x/tools/internal/tokeninternal\n../tokeninternal.go:64:9: invalid array length -delta * delta (constant -256 of type int64)\n',
  );
  expect(error.code).toBe('build.compile-failed');
  expect(error.facts.firstLines).toBe(
    '# golang.org/x/tools/internal/tokeninternal\n../tokeninternal.go:64:9: invalid array length -delta * delta (constant -256 of type int64)',
  );
  expect(error.message).toContain(
    'does not compile with go1.26.8: ../tokeninternal.go:64:9: invalid array length',
  );
});

test('a flood of lines is cut', () => {
  const error = explain(
    Array.from({ length: 5000 }, (_, n) => `x.go:${n}:1: ${'y'.repeat(1000)}`).join('\n'),
  );
  expect(String(error.facts.firstLines).length).toBeLessThan(4000);
});
