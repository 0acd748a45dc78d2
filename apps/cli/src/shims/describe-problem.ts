import type { GoAnswer } from './resolve-go.ts';

function quoteLine(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

/** One line: what is missing or wrong, why it is wanted, and what to do. */
export function describeProblem({ missing, reason, resolution }: GoAnswer): string {
  if (missing) {
    const version = /^[\w.+-]+$/.test(missing.version) ? missing.version : `"${missing.version}"`;
    const name = /^\d/.test(missing.version) ? `go${missing.version}` : `a Go release ${missing.version}`;
    const why = reason ? `; ${reason.file}:${reason.line} wants it: ${quoteLine(reason.text)}` : '';
    return `${name} is not installed${why}; install it: gofleet toolchain install ${version}`;
  }
  const error = resolution.findings.find(({ severity }) => severity === 'error');
  if (error) {
    const { file, line } = error.facts ?? {};
    const where = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
    return `${where}${error.message}; look at: gofleet why`;
  }
  if (reason)
    return `${reason.file}:${reason.line} says what no rule of ours knows: ${quoteLine(reason.text)}`;
  return 'there is no Go: none in PATH, none installed; install one: gofleet toolchain install stable';
}
