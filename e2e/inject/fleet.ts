import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { createKubeClient, type KubeClient } from '@gofleet/kube/client';
import { kubeconfigConnection } from '@gofleet/kube/connection';
import { type KubernetesLine, type LabState, labDown, labLoad, labUp } from '@gofleet/lab/lab';
import { packDockerArchive } from '@gofleet/oci/docker-archive';
import { createGoBench, type GoBench } from '../relink/go-binaries.ts';
import { packWrapped } from './wrapped-image.ts';

const root = join(import.meta.dirname, '..', '..');

/** The image of the program that the tests move: a published web server, built with go1.22.5. */
export const originalGo = 'go1.22.5';
export const image = 'gofleet.dev/e2e/present:1';
/** A program whose source Go 1.25 and newer refuse to compile; it waits for a child that never answers. */
export const fragileImage = 'gofleet.dev/e2e/stringer:1';

/** A program that tells, every second, what its runtime runs with, or with which arguments when it has any. */
export const tellingImage = 'gofleet.dev/e2e/telling:1';

/** A program that executes `go build` in two directories, one of them with a `.tool-versions`, over and over. */
export const runnerImage = 'gofleet.dev/e2e/runner:1';

const runner = {
  'go.mod': 'module example.com/runner\n\ngo 1.22\n',
  'main.go': `package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const program = \`package main

import "runtime"

func main() { println("built by", runtime.Version()) }
\`

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func run(dir, name string, args ...string) string {
	command := exec.Command(name, args...)
	command.Dir = dir
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Sprint(err, " ", string(output))
	}
	return strings.TrimSpace(string(output))
}

func main() {
	for name, files := range map[string]map[string]string{
		"plain":  {"go.mod": "module m\\n\\ngo 1.22\\n"},
		"pinned": {"go.mod": "module m\\n\\ngo 1.22\\n", ".tool-versions": "golang 1.22.5\\n"},
	} {
		dir := filepath.Join("/tmp", name)
		check(os.MkdirAll(dir, 0o755))
		files["main.go"] = program
		for path, text := range files {
			check(os.WriteFile(filepath.Join(dir, path), []byte(text), 0o644))
		}
	}
	for {
		for _, name := range []string{"plain", "pinned"} {
			dir := filepath.Join("/tmp", name)
			result := run(dir, "go", "build", "-o", "program", ".")
			if result == "" {
				result = run(dir, "./program") + " with GOCACHE=" + run(dir, "go", "env", "GOCACHE")
			}
			fmt.Printf("%s: %s\\n", name, strings.ReplaceAll(result, "\\n", " "))
		}
		time.Sleep(time.Second)
	}
}
`,
};

const telling = {
  'go.mod': 'module example.com/telling\n\ngo 1.22\n',
  'main.go': `package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

func recovered() (value any) {
	defer func() { value = recover() }()
	panic(nil)
}

func main() {
	for {
		percent := debug.SetGCPercent(100)
		debug.SetGCPercent(percent)
		limit := debug.SetMemoryLimit(-1)
		if len(os.Args) > 1 {
			fmt.Println("args:", os.Args[1:], "queue:", os.Getenv("QUEUE"))
			time.Sleep(time.Second)
			continue
		}
		fmt.Println("panic(nil):", recovered(), "gc:", percent, "limit:", limit, "procs:", runtime.GOMAXPROCS(0))
		time.Sleep(time.Second)
	}
}
`,
};

/** A program that works all the time, tells Prometheus how long each piece took, and is slow where GOGC is 20. */
export const meteredImage = 'gofleet.dev/e2e/metered:1';

const metered = {
  'go.mod': 'module example.com/metered\n\ngo 1.22\n',
  'main.go': `package main

import (
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"
)

var bounds = []float64{0.005, 0.02, 0.05, 0.1, 0.5}

func main() {
	var mutex sync.Mutex
	counts := make([]int, len(bounds)+1)
	piece := time.Millisecond
	if os.Getenv("GOGC") == "20" {
		piece = 150 * time.Millisecond
	}
	go func() {
		for {
			start := time.Now()
			time.Sleep(piece)
			took := time.Since(start).Seconds()
			mutex.Lock()
			at := 0
			for at < len(bounds) && took > bounds[at] {
				at++
			}
			counts[at]++
			mutex.Unlock()
		}
	}()
	http.HandleFunc("/metrics", func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		total := 0
		for at, bound := range bounds {
			total += counts[at]
			fmt.Fprintf(w, "piece_seconds_bucket{le=\\"%g\\"} %d\\n", bound, total)
		}
		fmt.Fprintf(w, "piece_seconds_bucket{le=\\"+Inf\\"} %d\\n", total+counts[len(bounds)])
	})
	panic(http.ListenAndServe(":8080", nil))
}
`,
};

/** A program with a module that needs Go 1.24 or newer, and is of an operator. */
export const clientImage = 'gofleet.dev/e2e/client:1';

const client = {
  'go.mod': 'module example.com/client\n\ngo 1.24.1\n\nrequire k8s.io/client-go v0.34.0\n',
  'main.go': `package main

import (
	"fmt"
	"time"

	"k8s.io/client-go/util/flowcontrol"
)

func main() {
	for backoff := flowcontrol.NewBackOff(time.Second, time.Minute); ; time.Sleep(backoff.Get("told")) {
		fmt.Println("still here")
		backoff.Next("told", time.Now())
	}
}
`,
};

/** A lab with gofleet installed in it, and the tests' program in an image. */
export interface Fleet {
  readonly lab: LabState;
  readonly client: KubeClient;
  /** The `go` command of this machine. */
  readonly go: string;
  /** Runs `./gofleet …` on this cluster; returns what it printed. */
  gofleet(...args: readonly string[]): Promise<string>;
  /** `gofleet install` with further options, as it was installed at first. */
  install(...options: readonly string[]): Promise<string>;
  /** The folder of the builder and its workers. */
  readonly builderDir: string;
  /** Gives the image's name another content: the same program, built with another Go. */
  moveTag(goVersion: string): Promise<void>;
  end(): Promise<void>;
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { cwd: root, maxBuffer: 64 << 20 });
  return stdout;
}

const folder = { path: '/tmp', directory: true, mode: 0o1777 } as const;
const user = '65532:65532';

async function packPresent(binary: string, tar: string): Promise<void> {
  const cmd = ['-http=0.0.0.0:3999', '-orighost=x', '-play=false'];
  const files = [{ path: '/present', source: binary, mode: 0o755 }, folder];
  await packDockerArchive({ repoTag: image, entrypoint: ['/present'], cmd, user, files }, tar);
}

async function packFragile(binary: string, child: string, tar: string): Promise<void> {
  const files = [
    { path: '/stringer', source: binary, mode: 0o755 },
    { path: '/present', source: child, mode: 0o755 },
    folder,
  ];
  const entrypoint = ['/stringer', '-type=T', '/tmp'];
  const env = { GOPACKAGESDRIVER: '/present' };
  await packDockerArchive({ repoTag: fragileImage, entrypoint, env, user, files }, tar);
}

/** An image of nothing but a program. */
async function packAlone(repoTag: string, name: string, binary: string, tar: string): Promise<void> {
  const files = [{ path: `/${name}`, source: binary, mode: 0o755 }];
  await packDockerArchive({ repoTag, entrypoint: [`/${name}`], user, files }, tar);
}

async function packRunner(binary: string, tar: string): Promise<void> {
  const files = [{ path: '/runner', source: binary, mode: 0o755 }, folder];
  const env = { PATH: '/usr/bin:/bin', HOME: '/tmp' };
  await packDockerArchive({ repoTag: runnerImage, entrypoint: ['/runner'], env, user, files }, tar);
}

/** The tars of the programs that only some tests need. */
async function packOthers(bench: GoBench, dir: string): Promise<readonly string[]> {
  const install = (program: string): Promise<string> => installTool(bench, program, originalGo);
  const fragile = join(dir, 'fragile.tar');
  await packFragile(await install('stringer'), await install('present'), fragile);
  const told = join(dir, 'telling.tar');
  await packAlone(tellingImage, 'telling', await bench.build(telling, originalGo), told);
  const timed = join(dir, 'metered.tar');
  await packAlone(meteredImage, 'metered', await bench.build(metered, originalGo), timed);
  const asks = join(dir, 'client.tar');
  const fetching = { flags: ['-trimpath', '-mod=mod'] };
  await packAlone(clientImage, 'client', await bench.build(client, 'go1.24.1', fetching), asks);
  const runs = join(dir, 'runner.tar');
  await packRunner(await bench.build(runner, originalGo), runs);
  const wrapped = join(dir, 'wrapped.tar');
  await packWrapped(await install('present'), wrapped);
  return [fragile, told, timed, asks, runs, wrapped];
}

const installTool = (bench: GoBench, program: string, goVersion: string): Promise<string> =>
  bench.install(`golang.org/x/tools/cmd/${program}@v0.24.0`, goVersion);

export interface FleetOptions {
  /** Whether no other program's image is needed than {@link image}. */
  readonly onlyPresent?: boolean;
}

/** What the builder makes is kept for the next run. */
async function installFleet(
  name: string,
  kubernetes: KubernetesLine,
  { onlyPresent = false }: FleetOptions,
): Promise<Fleet> {
  const dir = await mkdtemp(join(tmpdir(), 'gofleet-e2e-inject-'));
  const bench = await createGoBench();
  const lab = await labUp({ name, kubernetes });
  const tar = async (goVersion: string): Promise<string> => {
    const path = join(dir, `${goVersion}.tar`);
    await packPresent(await installTool(bench, 'present', goVersion), path);
    return path;
  };
  const own = join(dir, 'gofleet.tar');
  await run(join(root, 'gofleet'), ['image', '-o', own]);
  const others = onlyPresent ? [] : await packOthers(bench, dir);
  await labLoad(name, [own, await tar(originalGo), ...others]);
  const client = createKubeClient(await kubeconfigConnection({ path: lab.kubeconfig }));
  const gofleet = (...args: readonly string[]): Promise<string> =>
    run(join(root, 'gofleet'), [...args, '--kubeconfig', lab.kubeconfig]);
  const builderDir = join(cacheRoot(), 'e2e-builder');
  const { GOSUMDB: gosumdb = 'sum.golang.org' } = bench.local.moduleEnv as Record<string, string>;
  const modules = ['--goproxy', lab.moduleMirror, '--gosumdb', gosumdb, '--gonosumdb', 'gofleet.example/*'];
  const sources = [...modules, '--builder-host-path', builderDir];
  const installWith = (...options: readonly string[]) => gofleet('install', ...sources, ...options);
  await installWith();
  return {
    lab,
    client,
    go: bench.local.path,
    gofleet,
    install: installWith,
    builderDir,
    moveTag: async (goVersion) => labLoad(name, [await tar(goVersion)]),
    end: async () => {
      await client.close();
      await labDown(name);
      bench.remove();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The limit of a test that starts a lab: on a new machine its programs are compiled first. */
export const firstBuildMs = 1_800_000;

/** Starts a lab of this name and installs gofleet in it; what it started is gone again when that fails. */
export async function startFleet(
  name: string,
  kubernetes: KubernetesLine = '1.36',
  options: FleetOptions = {},
): Promise<Fleet> {
  await labDown(name);
  try {
    return await installFleet(name, kubernetes, options);
  } catch (thrown) {
    await labDown(name);
    throw thrown;
  }
}

/** A GoRuntime that selects `app: present`. */
export function wish(namespace: string, spec: Partial<GoRuntime['spec']> = {}): GoRuntime {
  return {
    apiVersion: 'gofleet.dev/v1alpha1',
    kind: 'GoRuntime',
    metadata: { name: 'present', namespace },
    spec: { selector: { matchLabels: { app: 'present' } }, runtime: { goVersion: '1.23.4' }, ...spec },
  };
}
