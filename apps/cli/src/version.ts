/** The release of gofleet that this is. */
export const version = '0.1.0';
