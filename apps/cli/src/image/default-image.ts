import { version } from '../version.ts';

/** The image that `gofleet install` runs when none is named. */
export const defaultImage = `docker.io/gofleet/gofleet:${version}`;
