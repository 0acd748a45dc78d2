import type { Finding } from '@gofleet/base/finding';
import { parseBuildInfo } from '@gofleet/identify/build-info';
import { classifyProvenance, type Provenance } from '@gofleet/identify/provenance';
import { binariesOf, buildOf, targetOf } from '../admission/choose-artefact.ts';
import { selectsPod } from '../admission/claim-containers.ts';
import { type ContainerExplanation, explainInjection } from '../admission/explain-injection.ts';
import { needsNoPlugin } from '../delivery/needs-no-plugin.ts';
import { deliverableOf } from '../delivery/plan-delivery.ts';
import type { GoRuntime } from '../go-runtime.ts';
import type { ObservedBinary } from '../runtime-status.ts';
import type { CheckedObject, PreflightInput } from './preflight-input.ts';

function fixOfRefusal(runtime: GoRuntime | undefined, { reasons, injections }: ContainerExplanation): string {
  const name = runtime?.metadata.name ?? '';
  const text = reasons.join(' ');
  if (runtime?.spec.mode === 'godebug')
    return `correct spec.godebug.settings or spec.runtime.goVersion: kubectl edit goruntime ${name}`;
  if (runtime?.spec.mode === 'toolchain')
    return `correct spec.runtime.goVersion or spec.toolchain: kubectl edit goruntime ${name}`;
  if (runtime?.spec.mode === 'libgo')
    return `name a library of the same SONAME in spec.libgo, and see why with "gofleet libgo": kubectl edit goruntime ${name}`;
  if (/evidence of the relink/.test(text))
    return `find what differs with "gofleet prove", or accept less: kubectl patch goruntime ${name} --type merge -p '{"spec":{"minimumGrade":"claimed"}}'`;
  if (/in no registry/.test(text)) return 'gofleet install --push docker://REGISTRY/REPOSITORY';
  if (/delivery image: /.test(text))
    return `let it choose: kubectl patch goruntime ${name} --type merge -p '{"spec":{"delivery":"auto"}}'`;
  if (/own mount/.test(text)) return 'mount the volume beside the executable, not at or above it';
  if (injections.length > 0) return `kubectl describe goruntime ${name}: the wish before stays mounted`;
  return `wish another release: kubectl patch goruntime ${name} --type merge -p '{"spec":{"runtime":{"goVersion":"…"}}}'`;
}

function checkContainer(
  explanation: ContainerExplanation,
  runtimes: readonly GoRuntime[],
): readonly Finding[] {
  const { container, runtime, outcome, reasons, overruled } = explanation;
  const wish = runtimes.find(({ metadata }) => metadata.name === runtime);
  const facts = { container, runtime };
  const message = `${container}: ${reasons.join('; ')}`;
  const contradiction: Finding = {
    code: 'preflight.contradicting-wishes',
    severity: 'warning',
    message: `${container}: GoRuntime ${runtime} decides, ${overruled.join(', ')} is younger and has no effect`,
    facts,
    hint: `narrow one of them with spec.containers, or delete the loser: kubectl delete goruntime ${overruled[0]}`,
  };
  const verdict: Readonly<Record<typeof outcome, readonly Finding[]>> = {
    refused: [
      {
        code: 'preflight.wish-refused',
        severity: 'error',
        message,
        facts,
        hint: fixOfRefusal(wish, explanation),
      },
    ],
    waiting: [
      {
        code: 'preflight.waits',
        severity: 'info',
        message,
        facts,
        hint: `kubectl get goruntime ${runtime} -w`,
      },
    ],
    injected: [],
    unchanged: [],
  };
  return [...verdict[outcome], ...(overruled.length > 0 ? [contradiction] : [])];
}

const hardToProve: Readonly<Partial<Record<Provenance['class'], string>>> = {
  'dirty-checkout': 'build it from a clean checkout',
  'no-vcs': 'build it inside its repository, with -buildvcs=true',
  vendored: 'give its source: gofleet prove FILE --source URL@REVISION',
  'local-replace': 'replace by a released module instead of a directory',
  unknown: 'build it with Go 1.18 or newer and module support',
};

function provenanceOf({ buildInfo, goVersion }: ObservedBinary): Provenance {
  try {
    return classifyProvenance(parseBuildInfo(buildInfo, goVersion));
  } catch {
    return { class: 'unknown', reason: 'its build info cannot be read' };
  }
}

/** Originals that are still to be reproduced, and will hardly be. */
function checkProvenance(runtime: GoRuntime, image: string | undefined): readonly Finding[] {
  const target = targetOf(runtime);
  if (target === undefined || (runtime.spec.mode ?? 'relink') !== 'relink') return [];
  return binariesOf(runtime, image).flatMap((binary): Finding[] => {
    const provenance = provenanceOf(binary);
    const fix = hardToProve[provenance.class];
    const isDone = buildOf(runtime, binary.sha256, target)?.phase === 'Ready' || binary.goVersion === target;
    if (fix === undefined || isDone) return [];
    const message = `${binary.path} of ${binary.image} may not reach the grade "${runtime.spec.minimumGrade ?? 'compiled-equal'}": ${provenance.reason}`;
    return [
      {
        code: 'preflight.weak-provenance',
        severity: 'warning',
        message,
        facts: { path: binary.path },
        hint: fix,
      },
    ];
  });
}

/** Whether what is wished can be had for the containers of an object: releases, evidence, contradictions. */
export function checkWish(
  { template }: CheckedObject,
  { runtimes, cluster }: Pick<PreflightInput, 'runtimes' | 'cluster'>,
): readonly Finding[] {
  // Where the plugin is needed, nodes without it are told of by themselves.
  const nodes = runtimes.every(needsNoPlugin) ? cluster?.nodes.map(deliverableOf) : undefined;
  const { containers } = explainInjection(template, runtimes, { nodes });
  return containers.flatMap((explanation) => {
    const wish = runtimes.find(({ metadata }) => metadata.name === explanation.runtime);
    return [
      ...checkContainer(explanation, runtimes),
      ...(wish === undefined ? [] : checkProvenance(wish, explanation.image)),
    ];
  });
}

/** Wishes that select none of the objects of their namespace. */
export function checkSelectors({ runtimes, objects, isWhole }: PreflightInput): readonly Finding[] {
  if (!isWhole) return [];
  const idle = runtimes.filter((runtime) => !objects.some(({ template }) => selectsPod(runtime, template)));
  return idle.map(({ metadata, spec }) => ({
    code: 'preflight.selects-nothing',
    severity: 'warning',
    message: `GoRuntime ${metadata.name} selects no pod: ${JSON.stringify(spec.selector)}`,
    facts: { runtime: metadata.name },
    hint: `compare with: kubectl get pods -n ${metadata.namespace} --show-labels`,
  }));
}
