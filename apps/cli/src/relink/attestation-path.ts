/** Where the attestation of a program lies: beside it. */
export const attestationPath = (program: string): string => `${program}.intoto.json`;
