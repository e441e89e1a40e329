/** The rack's mirrors: the images a cluster pulls and the packages its machines install, without the internet. */
export { buildAptRepository, repositoriesOf, repositoryPath } from "./apt";
export { buildImages, registryStorage } from "./build-images";
export {
  CONFORMANCE_IMAGES,
  FLANNEL_IMAGE,
  FURTHER_KUBERNETES,
  furtherImages,
  imagesFor,
  kubernetesTools,
  KUBE_VIP_IMAGE,
  referenceOf,
  repositoryOf,
  type ImageSpec,
} from "./images";
export { minorOf } from "./minor";
export { startRegistry, type Registry, type RegistryOptions } from "./registry";
export { serveRepository } from "./serve-repository";
