/**
 * The features of client-go that `KUBE_FEATURE_<name>` turns on and off, with the minor that each came with (30 is v0.30): client-go
 * ignores other names without a word.
 * @see k8s.io/client-go/features known_features.go and envvar.go, v0.30.14 to v0.37.2
 */
export const clientFeatures: Readonly<Record<string, number>> = {
  AtomicFIFO: 36,
  ClientsAllowCARotation: 36,
  ClientsAllowCBOR: 32,
  ClientsAllowTLSCacheGC: 36,
  ClientsPreferCBOR: 32,
  InOrderInformers: 33,
  InOrderInformersBatchProcess: 35,
  InformerResourceVersion: 30,
  UnlockWhileProcessingFIFO: 36,
  WatchListClient: 30,
};
