import { cp, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runChecked } from './run-program.ts';

/** A module that builds Kubernetes, and how the `go` command is run in it. */
interface Wrapper {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

interface GoPackage {
  readonly path: string;
  readonly dir: string;
}

async function listPackages({ dir, env, signal }: Wrapper): Promise<GoPackage[]> {
  const format = '{{if not .Standard}}{{.ImportPath}} {{.Dir}}{{end}}';
  const text = await runChecked(['go', 'list', '-mod=mod', '-deps', '-f', format, '.'], {
    cwd: dir,
    env,
    signal,
  });
  return text
    .split('\n')
    .filter((line) => line.startsWith('k8s.io/'))
    .map((line) => {
      const [path = '', ...rest] = line.split(' ');
      return { path, dir: rest.join(' ') };
    });
}

/** Whether a package's own comments ask for OpenAPI definitions of its types. */
async function isMarked({ dir }: GoPackage): Promise<boolean> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.go'));
  const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')));
  return texts.some((text) => text.includes('+k8s:openapi-gen=true'));
}

const generated = 'pkg/generated/openapi';

/** The folder, beside the wrapper's go.mod, of the release whose definitions are generated. */
export const sourceFolder = './kubernetes';

/** Copies a release out of the module cache, without its tests: the `go` command lays nothing over what is in there. */
export async function copySource(module: string, wrapperDir: string): Promise<void> {
  await cp(module, join(wrapperDir, sourceFolder), {
    recursive: true,
    filter: (path) => !path.endsWith('_test.go'),
  });
}

/**
 * Generates the OpenAPI definitions that releases before 1.24 make when they are built, with the generator that the release
 * names, into the copy of its source.
 *
 * @throws GofleetError `lab.program-failed`
 * @see https://github.com/kubernetes/kubernetes/blob/v1.22.15/build/root/Makefile.generated_files
 */
export async function generateOpenApi(wrapper: Wrapper): Promise<void> {
  const { dir, env, signal } = wrapper;
  const packages = await listPackages(wrapper);
  const marked = await Promise.all(packages.map(isMarked));
  const inputs = packages.filter((_, index) => marked[index]).map(({ path }) => path);
  const header = join(dir, 'header.txt');
  await writeFile(header, '');
  const name = 'zz_generated.openapi';
  const flags = {
    'input-dirs': inputs.join(','),
    'output-base': join(dir, 'generated'),
    'output-package': 'openapi',
    'output-file-base': name,
    'go-header-file': header,
    'report-filename': join(dir, 'violations.txt'),
  };
  const argv = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  await runChecked(['go', 'run', '-mod=mod', 'k8s.io/kube-openapi/cmd/openapi-gen', ...argv], {
    cwd: dir,
    env: { ...env, GOFLAGS: `${env.GOFLAGS ?? ''} -mod=mod`.trim() },
    signal,
    niceness: 10,
  });
  const file = `${name}.go`;
  await rename(join(dir, 'generated', 'openapi', file), join(dir, sourceFolder, generated, file));
}
