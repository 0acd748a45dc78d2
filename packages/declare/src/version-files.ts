/** Files that pin a Go release for the directory they lie in and those below, the one that counts first. */
export const pinFileNames = [
  'mise.local.toml',
  '.mise.local.toml',
  'mise.toml',
  '.mise.toml',
  '.tool-versions',
  '.go-version',
] as const;

/** Every file name that decides which `go` runs in a directory, looked for there and in each directory above. */
export const decidingFileNames = ['go.work', 'go.mod', ...pinFileNames] as const;

/** Every environment variable that decides which `go` runs in a directory, besides PATH. */
export const decidingVariables = [
  'GOTOOLCHAIN',
  'GOWORK',
  'GO111MODULE',
  'GOENV',
  'GOROOT',
  'HOME',
  'XDG_CONFIG_HOME',
  'TMPDIR',
] as const;

/** Whether a file is named as a Dockerfile: `Dockerfile`, `Containerfile`, `Dockerfile.dev`, `dev.Dockerfile`. */
export function isDockerfileName(name: string): boolean {
  if (!/ockerfile|ontainerfile/.test(name) || name.endsWith('.dockerignore')) return false;
  return /^(?:Dockerfile|Containerfile)(?:\..+)?$|.\.(?:[Dd]ockerfile|[Cc]ontainerfile)$/.test(name);
}

/** Whether a file is named as YAML. */
export function isYamlName(name: string): boolean {
  return name.endsWith('.yaml') || name.endsWith('.yml');
}

/** Where GitHub looks for workflows, from the root of a work tree. */
export const workflowsFolder = '.github/workflows';
