import { writeFileSync } from 'node:fs';
import { releaseFacts } from '@gofleet/inject/release-facts';
import { renderReleases } from '@gofleet/inject/render-releases';

const page = new URL('../docs/kubernetes-releases.md', import.meta.url);
writeFileSync(page, renderReleases(releaseFacts));
process.stdout.write(`${page.pathname} is current\n`);
