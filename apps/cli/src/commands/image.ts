import { renderBytes } from '@gofleet/base/units';
import { type PackedImage, packDockerArchive } from '@gofleet/oci/docker-archive';
import type { Command } from 'commander';
import { action } from '../context.ts';
import { defaultImage } from '../image/default-image.ts';
import { describeImage } from '../image/image-content.ts';

interface Options {
  readonly output: string;
  readonly tag: string;
}

type Made = PackedImage & { readonly image: string; readonly file: string };

function render({ image, file, imageId, sizeBytes }: Made): string {
  return `${file}: ${image}, ${renderBytes(sizeBytes)}, ${imageId}`;
}

/** Adds `gofleet image`. */
export function register(program: Command): void {
  program
    .command('image')
    .description(
      "pack gofleet's own image as a docker-archive: no Docker needed, same content gives same bytes",
    )
    .requiredOption('-o, --output <file>', 'the tar to write')
    .option('--tag <reference>', 'name and tag that it is known by', defaultImage)
    .action(
      action(async (context, { output, tag }: Options) => {
        context.progress.report({ step: 'packing the image' });
        const packed = await packDockerArchive(await describeImage(tag), output);
        context.print<Made>({ image: tag, file: output, ...packed }, render);
        return undefined;
      }),
    );
}
