import { readFileSync, writeFileSync } from 'node:fs';
import { operatorTable } from '@gofleet/inject/operator-table';
import { renderOperators } from '@gofleet/inject/render-operators';

const page = new URL('../docs/operators.md', import.meta.url);
const mark = '<!-- table -->\n';
const [before = ''] = readFileSync(page, 'utf8').split(mark);
writeFileSync(page, `${before}${mark}\n${renderOperators(operatorTable)}\n`);
process.stdout.write(`${page.pathname} is current\n`);
