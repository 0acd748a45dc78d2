import { quoteForFish, quoteForShell } from './shell-quote.ts';

/** The shells that can be told where the shims are. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const renderPosix = (folder: string): string => `_gofleet_path() {
  local rest=":$PATH:"
  while case "$rest" in *":$1:"*) true ;; *) false ;; esac; do rest="\${rest%%":$1:"*}:\${rest#*":$1:"}"; done
  rest="\${rest#:}"
  export PATH="$1:\${rest%:}"
}
_gofleet_path ${quoteForShell(folder)}
unset -f _gofleet_path
`;

const renderFish = (folder: string): string =>
  `set --export PATH ${quoteForFish(folder)} (string match --invert -- ${quoteForFish(folder)} $PATH)\n`;

/** Shell code that puts a folder first in PATH, once, however often it is run. */
export function renderShellSetup(shell: Shell, folder: string): string {
  return shell === 'fish' ? renderFish(folder) : renderPosix(folder);
}
