import type { OperatorTable } from './operator-release.ts';

/**
 * What operators are built on, by minor: the lower and the higher of the `go` lines of its oldest and newest release, and what the oldest
 * requires. Written by `node tools/update-operator-table.ts` from the go.mod files of the released modules, as the module proxy has them.
 */
export const operatorTable: OperatorTable = {
  newestGoMinor: 27,
  controllerRuntime: [
    { minor: 'v0.12', go: '1.17', newestGo: '1.17', clientGo: 'v0.24' },
    { minor: 'v0.13', go: '1.17', newestGo: '1.17', clientGo: 'v0.25' },
    { minor: 'v0.14', go: '1.19', newestGo: '1.19', clientGo: 'v0.26' },
    { minor: 'v0.15', go: '1.20', newestGo: '1.20', clientGo: 'v0.27' },
    { minor: 'v0.16', go: '1.20', newestGo: '1.20', clientGo: 'v0.28' },
    { minor: 'v0.17', go: '1.21', newestGo: '1.21', clientGo: 'v0.29' },
    { minor: 'v0.18', go: '1.22.0', newestGo: '1.22.0', clientGo: 'v0.30' },
    { minor: 'v0.19', go: '1.22.0', newestGo: '1.22.0', clientGo: 'v0.31' },
    { minor: 'v0.20', go: '1.23.0', newestGo: '1.23.0', clientGo: 'v0.32' },
    { minor: 'v0.21', go: '1.24.0', newestGo: '1.24.0', clientGo: 'v0.33' },
    { minor: 'v0.22', go: '1.24.0', newestGo: '1.24.0', clientGo: 'v0.34' },
    { minor: 'v0.23', go: '1.25.0', newestGo: '1.25.0', clientGo: 'v0.35' },
    { minor: 'v0.24', go: '1.26.0', newestGo: '1.26.0', clientGo: 'v0.36' },
    { minor: 'v0.25', go: '1.26.0', newestGo: '1.26.0', clientGo: 'v0.37' },
  ],
  clientGo: [
    { minor: 'v0.20', go: '1.15', newestGo: '1.15' },
    { minor: 'v0.21', go: '1.16', newestGo: '1.16' },
    { minor: 'v0.22', go: '1.16', newestGo: '1.16' },
    { minor: 'v0.23', go: '1.16', newestGo: '1.19' },
    { minor: 'v0.24', go: '1.16', newestGo: '1.16' },
    { minor: 'v0.25', go: '1.19', newestGo: '1.19' },
    { minor: 'v0.26', go: '1.19', newestGo: '1.19' },
    { minor: 'v0.27', go: '1.20', newestGo: '1.20' },
    { minor: 'v0.28', go: '1.20', newestGo: '1.20' },
    { minor: 'v0.29', go: '1.21', newestGo: '1.21' },
    { minor: 'v0.30', go: '1.22.0', newestGo: '1.22.0' },
    { minor: 'v0.31', go: '1.22.0', newestGo: '1.22.0' },
    { minor: 'v0.32', go: '1.23.0', newestGo: '1.23.0' },
    { minor: 'v0.33', go: '1.24.0', newestGo: '1.24.0' },
    { minor: 'v0.34', go: '1.24.0', newestGo: '1.25.0' },
    { minor: 'v0.35', go: '1.25.0', newestGo: '1.25.0' },
    { minor: 'v0.36', go: '1.26.0', newestGo: '1.26.0' },
    { minor: 'v0.37', go: '1.26.0', newestGo: '1.26.0' },
  ],
  operatorSdk: [
    { minor: 'v1.20', go: '1.17', controllerRuntime: 'v0.11' },
    { minor: 'v1.23', go: '1.18', controllerRuntime: 'v0.12' },
    { minor: 'v1.27', go: '1.19', controllerRuntime: 'v0.13' },
    { minor: 'v1.28', go: '1.19', controllerRuntime: 'v0.14' },
    { minor: 'v1.31', go: '1.19', controllerRuntime: 'v0.14' },
    { minor: 'v1.32', go: '1.19', controllerRuntime: 'v0.14' },
    { minor: 'v1.33', go: '1.21', controllerRuntime: 'v0.15' },
  ],
};
