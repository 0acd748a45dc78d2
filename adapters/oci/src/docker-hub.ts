const apiHost = 'registry-1.docker.io';
const names: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', apiHost]);

/** Whether a registry is Docker Hub, by any of its names. */
export const isDockerHub = (registry: string): boolean => names.has(registry);

/** The host that a registry's API is asked at: Docker Hub's is not the one that references name. */
export const apiHostOf = (registry: string): string => (isDockerHub(registry) ? apiHost : registry);

/** What `docker login` calls Docker Hub. */
export const hubServer = 'https://index.docker.io/v1/';

/** Repositories of Docker Hub whose names have one part are those of the Docker library. */
export const qualifyRepository = (registry: string, repository: string): string =>
  isDockerHub(registry) && !repository.includes('/') ? `library/${repository}` : repository;
